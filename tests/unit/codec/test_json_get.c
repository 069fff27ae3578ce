#include "json_internal.h"

#include <inttypes.h>

#include "lq_test.h"

#define TOK_MAX 4096

static const lq_json_limits_t limits = {LQ_JSON_TEXT_MAX, 64};
static lq_json_tok_t toks[TOK_MAX];

static lq_json_t parse_sz(const char *text, size_t sz)
{
    lq_json_t doc;
    lq_err_msg_t msg;
    lq_err_t err = lq_json_parse(&doc, toks, TOK_MAX, &msg, text, sz, &limits);
    if (err)
        fail_msg("%s: %s", text, msg.text);
    return doc;
}

static lq_json_t parse(const char *text)
{
    return parse_sz(text, strlen(text));
}

static lq_json_val_t find(const lq_json_t *doc, const char *path)
{
    lq_json_val_t v = LQ_JSON_ABSENT;
    assert_ok(lq_json_find(doc, &v, NULL, lq_json_root(doc), path));
    return v;
}

static uint64_t number_at(const lq_json_t *doc, const char *path)
{
    uint64_t n = 0;
    assert_ok(lq_json_get_u64(doc, &n, NULL, lq_json_root(doc), path));
    return n;
}

static void finds_values_by_path(void **state)
{
    (void)state;
    lq_json_t doc =
        parse(" {\"a\": {\"b\" : [10, {\"c\":11}, [12, 13]]}, \"d\":14, \"\xc3\xa9\":15,"
              "\"long name of a member, with a space\":16} ");
    assert_int_equal(number_at(&doc, "a.b[0]"), 10);
    assert_int_equal(number_at(&doc, "a.b[1].c"), 11);
    assert_int_equal(number_at(&doc, "a.b[2][0]"), 12);
    assert_int_equal(number_at(&doc, "a.b[2][1]"), 13);
    assert_int_equal(number_at(&doc, "d"), 14);
    assert_int_equal(number_at(&doc, "\xc3\xa9"), 15);
    assert_int_equal(number_at(&doc, "long name of a member, with a space"), 16);
    assert_int_equal(lq_json_kind(find(&doc, "")), LQ_JSON_KIND_OBJECT);
    assert_int_equal(lq_json_kind(find(&doc, NULL)), LQ_JSON_KIND_OBJECT);
    assert_int_equal(lq_json_kind(find(&doc, "a.b")), LQ_JSON_KIND_ARRAY);
    uint64_t n;
    assert_ok(lq_json_get_u64(&doc, &n, NULL, find(&doc, "a.b"), "[2][1]"));
    assert_int_equal(n, 13);
    doc = parse("[[1],[2,3]]");
    assert_int_equal(number_at(&doc, "[1][1]"), 3);
    doc = parse("7");
    assert_int_equal(number_at(&doc, NULL), 7);
}

static void names_the_kinds(void **state)
{
    (void)state;
    lq_json_t doc = parse("[null,true,false,1,\"a\",\"\\n\",[],{}]");
    static const lq_json_kind_t want[] = {
        LQ_JSON_KIND_NULL,   LQ_JSON_KIND_BOOL,   LQ_JSON_KIND_BOOL,  LQ_JSON_KIND_NUMBER,
        LQ_JSON_KIND_STRING, LQ_JSON_KIND_STRING, LQ_JSON_KIND_ARRAY, LQ_JSON_KIND_OBJECT,
    };
    lq_json_iter_t it;
    assert_ok(lq_json_iter(&doc, &it, NULL, lq_json_root(&doc), NULL));
    lq_json_val_t v;
    for (size_t i = 0; i < LQ_ARRAY_CNT(want); i++) {
        assert_true(lq_json_next(&doc, NULL, &v, &it));
        assert_int_equal(lq_json_kind(v), want[i]);
    }
    assert_false(lq_json_next(&doc, NULL, &v, &it));
    assert_int_equal(lq_json_kind(LQ_JSON_ABSENT), LQ_JSON_KIND_ABSENT);
}

static void assert_no_value(const lq_json_t *doc, const char *path, lq_err_t want, const char *says)
{
    lq_err_msg_t msg;
    lq_json_val_t v = {42};
    assert_err(lq_json_find(doc, &v, &msg, lq_json_root(doc), path), want);
    assert_string_equal(msg.text, says);
    assert_err(lq_json_find(doc, &v, NULL, lq_json_root(doc), path), want);
    assert_int_equal(v.word, 42);
    /* the getters say the same */
    uint64_t n = 42;
    assert_err(lq_json_get_u64(doc, &n, &msg, lq_json_root(doc), path), want);
    assert_string_equal(msg.text, says);
    assert_int_equal(n, 42);
}

#define REMEDY "; mend what is asked for or distrust the sender"

static void says_why_a_path_leads_nowhere(void **state)
{
    (void)state;
    lq_json_t doc = parse("{\"a\":{\"b\":[1,[2]],\"twice\":1,\"x\":3,\"twice\":2},\"n\":null}");
    assert_no_value(&doc, "z", LQ_ERR_NOT_FOUND,
                    "JSON offset 0 (the top): the member \"z\" is missing" REMEDY);
    assert_no_value(&doc, "a.z", LQ_ERR_NOT_FOUND,
                    "JSON offset 5 (a): the member \"z\" is missing" REMEDY);
    assert_no_value(&doc, "a.twice", LQ_ERR_EXISTS,
                    "JSON offset 5 (a): the member \"twice\" occurs twice" REMEDY);
    assert_no_value(&doc, "a.twice.c", LQ_ERR_EXISTS,
                    "JSON offset 5 (a): the member \"twice\" occurs twice" REMEDY);
    assert_no_value(&doc, "a.b[2]", LQ_ERR_NOT_FOUND,
                    "JSON offset 10 (a.b): the array has fewer elements" REMEDY);
    assert_no_value(&doc, "a.b[99999999999999999999999]", LQ_ERR_NOT_FOUND,
                    "JSON offset 10 (a.b): the array has fewer elements" REMEDY);
    assert_no_value(&doc, "a.b[18446744073709551616]", LQ_ERR_NOT_FOUND, /* 2^64 */
                    "JSON offset 10 (a.b): the array has fewer elements" REMEDY);
    assert_no_value(&doc, "a.b[1][1]", LQ_ERR_NOT_FOUND,
                    "JSON offset 13 (a.b[1]): the array has fewer elements" REMEDY);
    assert_no_value(&doc, "a.b.c", LQ_ERR_SYNTAX,
                    "JSON offset 10 (a.b): an array where an object is wanted" REMEDY);
    assert_no_value(&doc, "a[0]", LQ_ERR_SYNTAX,
                    "JSON offset 5 (a): an object where an array is wanted" REMEDY);
    assert_no_value(&doc, "n.a", LQ_ERR_SYNTAX,
                    "JSON offset 49 (n): null where an object is wanted" REMEDY);
    assert_no_value(&doc, "a.x[0]", LQ_ERR_SYNTAX,
                    "JSON offset 32 (a.x): a number where an array is wanted" REMEDY);
}

static void refuses_what_is_no_path(void **state)
{
    (void)state;
    lq_json_t doc = parse("{\"a\":[{\"a\":[]}]}");
    static const struct {
        const char *path;
        size_t at;
    } cases[] = {{".", 1},     {".a", 1},      {"a.", 3},      {"a..b", 3},
                 {"a[", 2},    {"a[]", 2},     {"a[0", 2},     {"a[x]", 2},
                 {"a[0]a", 5}, {"a[0].", 6},   {"a.[0]", 3},   {"a[-1]", 2},
                 {"a[0x]", 2}, {"a[0]..a", 6}, {"a[0].a[", 7}, {"a[ 0]", 2}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_err_msg_t msg;
        lq_json_val_t v = {42};
        char says[128];
        (void)snprintf(says, sizeof(says),
                       "JSON path \"%s\": wrong at character %zu; write it like a.b[0].c",
                       cases[i].path, cases[i].at);
        lq_err_t err = lq_json_find(&doc, &v, &msg, lq_json_root(&doc), cases[i].path);
        if (err != LQ_ERR_INVAL)
            fail_msg("%s: %s", cases[i].path, lq_err_name(err));
        assert_string_equal(msg.text, says);
        assert_int_equal(v.word, 42);
    }
}

/* Names of all sizes, whose comparison reads them in pieces; and the same with one byte changed. */
static void tells_names_of_every_size_apart(void **state)
{
    (void)state;
    for (size_t sz = 0; sz <= 40; sz++) {
        char name[41];
        for (size_t i = 0; i < sz; i++)
            name[i] = (char)('a' + i % 26);
        name[sz] = '\0';
        char text[64];
        int text_sz = snprintf(text, sizeof(text), "{\"%s\":1}", name);
        char *exact = malloc((size_t)text_sz); /* a read behind the text is seen */
        assert_non_null(exact);
        memcpy(exact, text, (size_t)text_sz);
        lq_json_t doc = parse_sz(exact, (size_t)text_sz);
        lq_json_key_t key = {name, (uint32_t)sz, false};
        lq_json_val_t v;
        assert_ok(lq_json_pick(&doc, &v, NULL, lq_json_root(&doc), &key, 1));
        if (sz)
            assert_int_equal(number_at(&doc, name), 1);
        for (size_t i = 0; i < sz; i++) {
            name[i] ^= 1;
            assert_err(lq_json_pick(&doc, &v, NULL, lq_json_root(&doc), &key, 1), LQ_ERR_NOT_FOUND);
            assert_err(lq_json_find(&doc, &v, NULL, lq_json_root(&doc), name), LQ_ERR_NOT_FOUND);
            name[i] ^= 1;
        }
        lq_json_key_t shorter = {name, (uint32_t)sz - 1, false};
        if (sz)
            assert_err(lq_json_pick(&doc, &v, NULL, lq_json_root(&doc), &shorter, 1),
                       LQ_ERR_NOT_FOUND);
        free(exact);
    }
}

static void knows_escaped_names(void **state)
{
    (void)state;
    lq_json_t doc = parse("{\"n\\u0075mb\\u0065r\":1,\"\\ud83d\\ude00\":2,\"a\\u0000\":3,\"a\":4,"
                          "\"\\\"\":5,\"\\u0061b\":6}");
    assert_int_equal(number_at(&doc, "number"), 1);
    assert_int_equal(number_at(&doc, "\xf0\x9f\x98\x80"), 2);
    assert_int_equal(number_at(&doc, "a"), 4);
    assert_int_equal(number_at(&doc, "\""), 5);
    lq_json_val_t v[3];
    static const lq_json_key_t keys[] = {LQ_JSON_KEY("a\0"), LQ_JSON_KEY("number"),
                                         LQ_JSON_KEY("ab")};
    assert_ok(lq_json_pick(&doc, v, NULL, lq_json_root(&doc), keys, 3));
    uint64_t n;
    assert_ok(lq_json_get_u64(&doc, &n, NULL, v[0], NULL));
    assert_int_equal(n, 3);
    assert_ok(lq_json_get_u64(&doc, &n, NULL, v[2], NULL));
    assert_int_equal(n, 6);
    /* none of these is the beginning or the end of another */
    assert_err(lq_json_find(&doc, v, NULL, lq_json_root(&doc), "numbe"), LQ_ERR_NOT_FOUND);
    assert_err(lq_json_find(&doc, v, NULL, lq_json_root(&doc), "numberr"), LQ_ERR_NOT_FOUND);
    /* the same name in two spellings */
    doc = parse("{\"ab\":1,\"a\\u0062\":2}");
    assert_err(lq_json_find(&doc, v, NULL, lq_json_root(&doc), "ab"), LQ_ERR_EXISTS);
    assert_err(lq_json_pick(&doc, v, NULL, lq_json_root(&doc), &keys[2], 1), LQ_ERR_EXISTS);
}

static void takes_booleans(void **state)
{
    (void)state;
    lq_json_t doc = parse("[true,false]");
    bool flag = false;
    assert_ok(lq_json_get_bool(&doc, &flag, NULL, lq_json_root(&doc), "[0]"));
    assert_true(flag);
    assert_ok(lq_json_get_bool(&doc, &flag, NULL, lq_json_root(&doc), "[1]"));
    assert_false(flag);
}

static void takes_integers_up_to_their_bounds(void **state)
{
    (void)state;
#define BAD LQ_ERR_SYNTAX
#define BIG LQ_ERR_RANGE
    static const struct {
        const char *text;
        lq_err_t u64_err;
        lq_err_t i64_err;
        uint64_t u64;
        int64_t i64;
    } cases[] = {
        {"0", LQ_OK, LQ_OK, 0, 0},
        {"7", LQ_OK, LQ_OK, 7, 7},
        {"-0", BIG, LQ_OK, 0, 0},
        {"-1", BIG, LQ_OK, 0, -1},
        {"9223372036854775807", LQ_OK, LQ_OK, INT64_MAX, INT64_MAX},
        {"9223372036854775808", LQ_OK, BIG, (uint64_t)1 << 63, 0},
        {"-9223372036854775808", BIG, LQ_OK, 0, INT64_MIN},
        {"-9223372036854775809", BIG, BIG, 0, 0},
        {"18446744073709551615", LQ_OK, BIG, UINT64_MAX, 0},
        {"18446744073709551616", BIG, BIG, 0, 0},
        {"18446744073709551620", BIG, BIG, 0, 0},
        {"184467440737095516150", BIG, BIG, 0, 0},
        {"-18446744073709551616", BIG, BIG, 0, 0},
        {"100000000000000000000000000000000000000000", BIG, BIG, 0, 0},
        {"1.0", BAD, BAD, 0, 0},
        {"1e2", BAD, BAD, 0, 0},
        {"1E0", BAD, BAD, 0, 0},
        {"-1.5", BAD, BAD, 0, 0},
        {"99999999999999999999999.5", BAD, BAD, 0, 0},
    };
#undef BAD
#undef BIG
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_json_t doc = parse(cases[i].text);
        uint64_t u64 = 42;
        int64_t i64 = 42;
        lq_json_val_t v = lq_json_root(&doc);
        assert_err(lq_json_get_u64(&doc, &u64, NULL, v, NULL), cases[i].u64_err);
        assert_int_equal(u64, cases[i].u64_err ? 42 : cases[i].u64);
        assert_err(lq_json_get_i64(&doc, &i64, NULL, v, NULL), cases[i].i64_err);
        assert_int_equal(i64, cases[i].i64_err ? 42 : cases[i].i64);
        const char *raw;
        size_t sz;
        assert_ok(lq_json_get_number(&doc, &raw, &sz, NULL, v, NULL));
        assert_int_equal(sz, strlen(cases[i].text));
        assert_memory_equal(raw, cases[i].text, sz);
    }
}

static void takes_random_integers(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(5000, 1000000); i++) {
        uint64_t want = lq_rng_u64(&rng) >> lq_rng_below(&rng, 64);
        char text[48];
        (void)snprintf(text, sizeof(text), "[%" PRIu64 ",%" PRId64 "]", want, (int64_t)want);
        lq_json_t doc = parse(text);
        assert_int_equal(number_at(&doc, "[0]"), want);
        int64_t got;
        assert_ok(lq_json_get_i64(&doc, &got, NULL, lq_json_root(&doc), "[1]"));
        assert_int_equal(got, (int64_t)want);
    }
}

static void takes_strings_raw_and_resolved(void **state)
{
    (void)state;
    static const char text[] = "[\"\",\"plain \xe2\x82\xac\",\"a\\n\\\"\\\\\\/\\b\\f\\r\\tz\","
                               "\"\\u0000\\u007f\\u0080\\u07ff\\u0800\\uffff\\ud800\\udc00"
                               "\\uDBFF\\uDFFF\",\"\\u0041\"]";
    static const struct {
        const char *raw;
        const char *text;
        size_t text_sz;
    } want[] = {
        {"", "", 0},
        {"plain \xe2\x82\xac", "plain \xe2\x82\xac", 9},
        {"a\\n\\\"\\\\\\/\\b\\f\\r\\tz", "a\n\"\\/\b\f\r\tz", 10},
        {"\\u0000\\u007f\\u0080\\u07ff\\u0800\\uffff\\ud800\\udc00\\uDBFF\\uDFFF",
         "\0\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 20},
        {"\\u0041", "A", 1},
    };
    lq_json_t doc = parse(text);
    lq_json_iter_t it;
    assert_ok(lq_json_iter(&doc, &it, NULL, lq_json_root(&doc), NULL));
    for (size_t i = 0; i < LQ_ARRAY_CNT(want); i++) {
        lq_json_val_t v;
        assert_true(lq_json_next(&doc, NULL, &v, &it));
        const char *raw;
        size_t sz;
        assert_ok(lq_json_get_raw(&doc, &raw, &sz, NULL, v, NULL));
        assert_int_equal(sz, strlen(want[i].raw));
        assert_memory_equal(raw, want[i].raw, sz);
        size_t max = want[i].text_sz; /* exactly the room */
        if (!max)
            continue; /* below */
        char *out = malloc(max);
        assert_non_null(out);
        memset(out, 'x', max);
        sz = 42;
        assert_err(lq_json_get_text(&doc, out, &sz, max - 1, NULL, v, NULL), LQ_ERR_TOO_LONG);
        assert_int_equal(sz, 42);
        for (size_t k = 0; k < max; k++)
            assert_int_equal(out[k], 'x');
        assert_ok(lq_json_get_text(&doc, out, &sz, max, NULL, v, NULL));
        assert_int_equal(sz, max);
        assert_memory_equal(out, want[i].text, sz);
        free(out);
    }
    lq_json_val_t empty = find(&doc, "[0]");
    size_t sz = 42;
    assert_ok(lq_json_get_text(&doc, NULL, &sz, 0, NULL, empty, NULL));
    assert_int_equal(sz, 0);
    lq_err_msg_t msg;
    assert_err(lq_json_get_text(&doc, NULL, &sz, 0, &msg, lq_json_root(&doc), "[4]"),
               LQ_ERR_TOO_LONG);
    assert_string_equal(
        msg.text, "JSON offset 100 ([4]): the string is longer than there is room for" REMEDY);
}

static void takes_quantities_and_data(void **state)
{
    (void)state;
    lq_json_t doc = parse("{\"q\":\"0x1a\",\"zero\":\"0x0\",\"max\":\"0xffffffffffffffff\","
                          "\"more\":\"0x10000000000000000\",\"d\":\"0x00ff80\",\"none\":\"0x\"}");
    lq_json_val_t root = lq_json_root(&doc);
    uint64_t n = 0;
    assert_ok(lq_json_get_qty_u64(&doc, &n, NULL, root, "q"));
    assert_int_equal(n, 0x1a);
    assert_ok(lq_json_get_qty_u64(&doc, &n, NULL, root, "zero"));
    assert_int_equal(n, 0);
    assert_ok(lq_json_get_qty_u64(&doc, &n, NULL, root, "max"));
    assert_int_equal(n, UINT64_MAX);
    lq_u256_t big = {{0}};
    assert_ok(lq_json_get_qty_u256(&doc, &big, NULL, root, "more"));
    assert_true(lq_u256_eq(&big, &(lq_u256_t){{0, 1, 0, 0}}));
    uint8_t bytes[4] = {0};
    assert_ok(lq_json_get_data(&doc, bytes, 3, NULL, root, "d"));
    assert_memory_equal(bytes, "\x00\xff\x80\x00", 4);
    memset(bytes, 0xa5, sizeof(bytes));
    size_t sz = 0;
    assert_ok(lq_json_get_data_max(&doc, bytes, &sz, 3, NULL, root, "d"));
    assert_int_equal(sz, 3);
    assert_memory_equal(bytes, "\x00\xff\x80\xa5", 4);
    assert_ok(lq_json_get_data_max(&doc, bytes, &sz, 0, NULL, root, "none"));
    assert_int_equal(sz, 0);
    assert_ok(lq_json_get_data(&doc, bytes, 0, NULL, root, "none"));
}

static void says_what_is_wrong_with_hex(void **state)
{
    (void)state;
    lq_json_t doc = parse("{\"big\":\"0x10000000000000000\",\"a\":[\"0x0x\",\"0X1a\",\"1a\","
                          "\"\\u0030x1a\",\"\",\"0\",\"0x123\"],\"n\":\"0x01\"}");
    lq_json_val_t root = lq_json_root(&doc);
    uint64_t n = 42;
    lq_u256_t big = {{42}};
    uint8_t bytes[8];
    memset(bytes, 0xa5, sizeof(bytes));
    size_t sz = 42;
    lq_err_msg_t msg;
    assert_err(lq_json_get_qty_u64(&doc, &n, &msg, root, "big"), LQ_ERR_RANGE);
    assert_non_null(strstr(msg.text, "JSON offset 7 (big): 17 hex digits: "));
    assert_err(lq_json_get_qty_u64(&doc, &n, &msg, root, "n"), LQ_ERR_SYNTAX);
    assert_non_null(strstr(msg.text, "(n): offset 2: a quantity has no leading zeros"));
    assert_err(lq_json_get_qty_u256(&doc, &big, &msg, root, "n"), LQ_ERR_SYNTAX);
    assert_err(lq_json_get_data_max(&doc, bytes, &sz, 7, &msg, root, "big"), LQ_ERR_SYNTAX);
    assert_non_null(strstr(msg.text, "(big): 17 hex digits: "));
    assert_err(lq_json_get_data_max(&doc, bytes, &sz, 0, &msg, root, "n"), LQ_ERR_TOO_LONG);
    assert_non_null(strstr(msg.text, "(n): 1 bytes: at most 0 fit here"));
    assert_err(lq_json_get_data(&doc, bytes, 0, &msg, root, "n"), LQ_ERR_SYNTAX);
    assert_err(lq_json_get_data(&doc, bytes, 2, &msg, root, "n"), LQ_ERR_SYNTAX);
    assert_non_null(strstr(msg.text, "(n): 2 hex digits: 2 bytes take exactly 4"));
    assert_err(lq_json_get_data(&doc, bytes, SIZE_MAX / 2, &msg, root, "n"), LQ_ERR_SYNTAX);
    for (size_t i = 0; i < 7; i++) {
        char path[8];
        (void)snprintf(path, sizeof(path), "a[%zu]", i);
        assert_err(lq_json_get_qty_u64(&doc, &n, NULL, root, path), i == 6 ? LQ_OK : LQ_ERR_SYNTAX);
        if (i == 6)
            n = 42;
        assert_err(lq_json_get_data(&doc, bytes, 1, NULL, root, path), LQ_ERR_SYNTAX);
        assert_err(lq_json_get_data(&doc, bytes, 0, NULL, root, path), LQ_ERR_SYNTAX);
        assert_err(lq_json_get_data_max(&doc, bytes, &sz, 8, &msg, root, path), LQ_ERR_SYNTAX);
        assert_non_null(strstr(msg.text, path));
    }
    assert_int_equal(n, 42);
    assert_true(lq_u256_eq(&big, &(lq_u256_t){{42}}));
    assert_int_equal(sz, 42);
    for (size_t i = 0; i < sizeof(bytes); i++)
        assert_int_equal(bytes[i], 0xa5);
}

/* Each getter takes its own kind alone, and says what it got instead. */
static void getters_refuse_other_kinds(void **state)
{
    (void)state;
    static const char *const names[] = {"null",     "a boolean", "a number",
                                        "a string", "an array",  "an object"};
    lq_json_t doc = parse("[null,true,7,\"0x7\",[],{}]");
    lq_json_val_t root = lq_json_root(&doc);
    for (size_t i = 0; i <= LQ_ARRAY_CNT(names); i++) {
        lq_json_val_t v = LQ_JSON_ABSENT;
        char path[8];
        (void)snprintf(path, sizeof(path), "[%zu]", i);
        if (i < LQ_ARRAY_CNT(names))
            assert_ok(lq_json_find(&doc, &v, NULL, root, path));
        bool flag = false;
        uint64_t u64 = 42;
        int64_t i64 = 42;
        const char *raw = path;
        size_t sz = 42;
        char text[4] = "xyz";
        lq_u256_t big = {{42}};
        uint8_t bytes[4] = {42};
        lq_json_iter_t it = {42, 43, true};
        lq_err_msg_t msg[11];
        lq_err_t err[] = {
            lq_json_get_bool(&doc, &flag, &msg[0], v, NULL),
            lq_json_get_u64(&doc, &u64, &msg[1], v, NULL),
            lq_json_get_i64(&doc, &i64, &msg[2], v, NULL),
            lq_json_get_number(&doc, &raw, &sz, &msg[3], v, NULL),
            lq_json_get_raw(&doc, &raw, &sz, &msg[4], v, NULL),
            lq_json_get_text(&doc, text, &sz, 4, &msg[5], v, NULL),
            lq_json_get_qty_u64(&doc, &u64, &msg[6], v, NULL),
            lq_json_get_qty_u256(&doc, &big, &msg[7], v, NULL),
            lq_json_get_data(&doc, bytes, 1, &msg[8], v, NULL),
            lq_json_get_data_max(&doc, bytes, &sz, 4, &msg[9], v, NULL),
            lq_json_iter(&doc, &it, &msg[10], v, NULL),
        };
        static const char *const wants[] = {"boolean",
                                            "number",
                                            "number",
                                            "number",
                                            "string",
                                            "string",
                                            "string",
                                            "string",
                                            "string",
                                            "string",
                                            "array or an object"};
        for (size_t k = 0; k < LQ_ARRAY_CNT(err); k++) {
            char says[160];
            if (i == LQ_ARRAY_CNT(names)) {
                assert_err(err[k], LQ_ERR_NOT_FOUND);
                (void)snprintf(
                    says, sizeof(says),
                    "JSON: a%s %s is wanted of a member that is absent; ask lq_json_kind "
                    "first",
                    k == 10 ? "n" : "", wants[k]);
                assert_string_equal(msg[k].text, says);
            } else if (err[k]) {
                assert_err(err[k], LQ_ERR_SYNTAX);
                (void)snprintf(says, sizeof(says), "(%s): %s where a%s %s is wanted", path,
                               names[i], k == 10 ? "n" : "", wants[k]);
                bool hex =
                    i == 3 && (k == 8 || k == 9); /* a string, but three digits are no data */
                assert_true(hex || strstr(msg[k].text, says));
            }
        }
        if (i == 0 || i == LQ_ARRAY_CNT(names)) { /* nothing fits these */
            for (size_t k = 0; k < LQ_ARRAY_CNT(err); k++)
                assert_true(err[k] != LQ_OK);
            assert_true(!flag && u64 == 42 && i64 == 42 && raw == path && sz == 42);
            assert_true(text[0] == 'x' && big.w[0] == 42 && bytes[0] == 42 && it.next == 42);
        }
    }
}

static void picks_members_in_any_order(void **state)
{
    (void)state;
    static const lq_json_key_t keys[] = {LQ_JSON_KEY("a"), LQ_JSON_KEY("bb"),
                                         LQ_JSON_KEY_OPT("ccc"), LQ_JSON_KEY("dd")};
    static const struct {
        const char *text;
        int want[4]; /* the number each one is, -1 where it is absent */
    } cases[] = {
        {"{\"a\":1,\"bb\":2,\"ccc\":3,\"dd\":4}", {1, 2, 3, 4}},
        {"{\"dd\":4,\"ccc\":3,\"bb\":2,\"a\":1}", {1, 2, 3, 4}},
        {"{\"a\":1,\"x\":9,\"bb\":2,\"dd\":4,\"yy\":8}", {1, 2, -1, 4}},
        {"{\"x\":[1,{\"a\":7}],\"bb\":2,\"a\":1,\"y\":{\"dd\":6},\"dd\":4}", {1, 2, -1, 4}},
        {"{\"ab\":0,\"bb\":2,\"bc\":0,\"a\":1,\"b\":0,\"dd\":4,\"\":0}", {1, 2, -1, 4}},
        {"{\"x\":1,\"x\":2,\"a\":1,\"bb\":2,\"ccc\":3,\"dd\":4,\"x\":3}", {1, 2, 3, 4}},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_json_t doc = parse(cases[i].text);
        lq_json_val_t v[4];
        assert_ok(lq_json_pick(&doc, v, NULL, lq_json_root(&doc), keys, 4));
        for (size_t k = 0; k < 4; k++) {
            uint64_t n = 0;
            if (cases[i].want[k] < 0) {
                assert_int_equal(lq_json_kind(v[k]), LQ_JSON_KIND_ABSENT);
            } else {
                assert_ok(lq_json_get_u64(&doc, &n, NULL, v[k], NULL));
                assert_int_equal(n, cases[i].want[k]);
            }
        }
    }
}

static void picks_containers(void **state)
{
    (void)state;
    lq_json_t doc = parse("{\"a\":{\"b\":[7,{}]},\"c\":[],\"d\":{}}");
    static const lq_json_key_t keys[] = {LQ_JSON_KEY("a"), LQ_JSON_KEY("c"), LQ_JSON_KEY("d")};
    lq_json_val_t v[3];
    assert_ok(lq_json_pick(&doc, v, NULL, lq_json_root(&doc), keys, 3));
    uint64_t n;
    assert_ok(lq_json_get_u64(&doc, &n, NULL, v[0], "b[0]"));
    assert_int_equal(n, 7);
    assert_int_equal(lq_json_kind(v[1]), LQ_JSON_KIND_ARRAY);
    assert_int_equal(lq_json_kind(v[2]), LQ_JSON_KIND_OBJECT);
    assert_ok(lq_json_pick(&doc, v, NULL, v[2], keys, 0));
}

static void assert_no_pick(const char *text, lq_err_t want, const char *says)
{
    static const lq_json_key_t keys[] = {LQ_JSON_KEY("a"), LQ_JSON_KEY("bb"), LQ_JSON_KEY_OPT("c")};
    lq_json_t doc = parse(text);
    lq_json_val_t v[3] = {{1}, {2}, {3}};
    lq_err_msg_t msg;
    assert_err(lq_json_pick(&doc, v, &msg, lq_json_root(&doc), keys, 3), want);
    assert_string_equal(msg.text, says);
    assert_err(lq_json_pick(&doc, v, NULL, lq_json_root(&doc), keys, 3), want);
    assert_true(v[0].word == 1 && v[1].word == 2 && v[2].word == 3);
}

static void picks_all_or_nothing(void **state)
{
    (void)state;
    assert_no_pick("{\"a\":1}", LQ_ERR_NOT_FOUND,
                   "JSON offset 0 (the top): the member \"bb\" is missing" REMEDY);
    assert_no_pick("{}", LQ_ERR_NOT_FOUND,
                   "JSON offset 0 (the top): the member \"a\" is missing" REMEDY);
    assert_no_pick("{\"a\":1,\"bb\":2,\"a\":1}", LQ_ERR_EXISTS,
                   "JSON offset 0 (the top): the member \"a\" occurs twice" REMEDY);
    assert_no_pick("{\"bb\":1,\"bb\":2,\"a\":1}", LQ_ERR_EXISTS,
                   "JSON offset 0 (the top): the member \"bb\" occurs twice" REMEDY);
    assert_no_pick("{\"a\":1,\"bb\":2,\"c\":1,\"x\":0,\"c\":2}", LQ_ERR_EXISTS,
                   "JSON offset 0 (the top): the member \"c\" occurs twice" REMEDY);
    assert_no_pick("[1]", LQ_ERR_SYNTAX,
                   "JSON offset 0 (the top): an array where an object is wanted" REMEDY);
    lq_json_t doc = parse("{}");
    lq_err_msg_t msg;
    lq_json_val_t v = {42};
    static const lq_json_key_t key = LQ_JSON_KEY_OPT("a");
    assert_err(lq_json_pick(&doc, &v, &msg, LQ_JSON_ABSENT, &key, 1), LQ_ERR_NOT_FOUND);
    assert_int_equal(v.word, 42);
    assert_err(lq_json_pick(&doc, &v, &msg, lq_json_root(&doc), &key, LQ_JSON_PICK_MAX + 1),
               LQ_ERR_INVAL);
    assert_string_equal(msg.text, "JSON: 65 members asked for at once; at most 64");
}

/* As many members as go, in a random order and among others, against a walk over all of them. */
static void picks_as_a_plain_search_would(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t round = 0; round < lq_test_cnt(300, 100000); round++) {
        size_t member_cnt = lq_rng_below(&rng, 100);
        char text[4096] = "{";
        size_t sz = 1;
        for (size_t i = 0; i < member_cnt; i++)
            sz += (size_t)snprintf(text + sz, sizeof(text) - sz, "%s\"%s%u\":%zu", i ? "," : "",
                                   lq_rng_below(&rng, 9) ? "name" : "",
                                   (unsigned)lq_rng_below(&rng, 2000), i);
        text[sz++] = '}';
        lq_json_t doc = parse_sz(text, sz);
        lq_json_key_t keys[LQ_JSON_PICK_MAX];
        char names[LQ_JSON_PICK_MAX][16];
        size_t key_cnt = lq_rng_below(&rng, LQ_JSON_PICK_MAX + 1);
        for (size_t k = 0; k < key_cnt; k++) { /* half of them are there; all differ */
            int name_sz = snprintf(names[k], sizeof(names[k]), "name%u",
                                   (unsigned)(31 * k + lq_rng_below(&rng, 31)));
            keys[k] = (lq_json_key_t){names[k], (uint32_t)name_sz, true};
        }
        lq_json_val_t got[LQ_JSON_PICK_MAX];
        lq_err_t err = lq_json_pick(&doc, got, NULL, lq_json_root(&doc), keys, key_cnt);
        bool twice = false;
        for (size_t k = 0; k < key_cnt; k++) {
            lq_json_iter_t it;
            assert_ok(lq_json_iter(&doc, &it, NULL, lq_json_root(&doc), NULL));
            lq_json_val_t name;
            lq_json_val_t val;
            lq_json_val_t want = LQ_JSON_ABSENT;
            while (lq_json_next(&doc, &name, &val, &it)) {
                const char *raw;
                size_t raw_sz;
                assert_ok(lq_json_get_raw(&doc, &raw, &raw_sz, NULL, name, NULL));
                if (raw_sz != keys[k].name_sz || memcmp(raw, names[k], raw_sz) != 0)
                    continue;
                twice = twice || want.word;
                want = val;
            }
            if (!err)
                assert_int_equal(got[k].word, want.word);
        }
        assert_err(err, twice ? LQ_ERR_EXISTS : LQ_OK);
    }
}

static void walks_over_members_and_elements(void **state)
{
    (void)state;
    lq_json_t doc = parse("{\"a\":[],\"b\":[1,[2,3],{\"x\":4},5],\"a\":{}}");
    lq_json_iter_t it;
    lq_json_val_t name;
    lq_json_val_t val;
    static const char *const names[] = {"a", "b", "a"};
    static const lq_json_kind_t kinds[] = {LQ_JSON_KIND_ARRAY, LQ_JSON_KIND_ARRAY,
                                           LQ_JSON_KIND_OBJECT};
    assert_ok(lq_json_iter(&doc, &it, NULL, lq_json_root(&doc), ""));
    for (size_t i = 0; i < 3; i++) {
        assert_true(lq_json_next(&doc, &name, &val, &it));
        const char *raw;
        size_t sz;
        assert_ok(lq_json_get_raw(&doc, &raw, &sz, NULL, name, NULL));
        assert_int_equal(sz, 1);
        assert_int_equal(*raw, *names[i]);
        assert_int_equal(lq_json_kind(val), kinds[i]);
    }
    lq_json_val_t before = val;
    assert_false(lq_json_next(&doc, &name, &val, &it));
    assert_false(lq_json_next(&doc, &name, &val, &it));
    assert_int_equal(val.word, before.word);
    assert_ok(lq_json_iter(&doc, &it, NULL, lq_json_root(&doc), "b"));
    size_t cnt = 0;
    while (lq_json_next(&doc, &name, &val, &it)) {
        assert_int_equal(lq_json_kind(name), LQ_JSON_KIND_ABSENT);
        cnt++;
    }
    assert_int_equal(cnt, 4);
    uint64_t n;
    assert_ok(lq_json_get_u64(&doc, &n, NULL, val, NULL));
    assert_int_equal(n, 5);
    doc = parse("[]");
    assert_ok(lq_json_iter(&doc, &it, NULL, lq_json_root(&doc), NULL));
    assert_false(lq_json_next(&doc, NULL, &val, &it));
}

/* A random tree with names of its own everywhere. */
// NOLINTNEXTLINE(misc-no-recursion): as deep as it is told
static size_t put_tree(char *text, size_t max, lq_rng_t *rng, unsigned depth)
{
    size_t sz = 0;
    if (depth == 0 || lq_rng_below(rng, 3) == 0)
        return (size_t)snprintf(text, max, "%u", (unsigned)lq_rng_below(rng, 1000));
    bool named = lq_rng_below(rng, 2);
    text[sz++] = named ? '{' : '[';
    size_t cnt = lq_rng_below(rng, 5);
    for (size_t i = 0; i < cnt; i++) {
        sz += (size_t)snprintf(text + sz, max - sz, "%s", i ? "," : "");
        if (named)
            sz += (size_t)snprintf(text + sz, max - sz, "\"n%zu\":", i);
        sz += put_tree(text + sz, max - sz, rng, depth - 1);
    }
    text[sz++] = named ? '}' : ']';
    return sz;
}

/* The path that messages tell of a value leads to it. */
static void paths_lead_back_to_their_values(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t round = 0; round < lq_test_cnt(300, 100000); round++) {
        char text[16384];
        size_t sz = put_tree(text, sizeof(text), &rng, 5);
        lq_json_t doc = parse_sz(text, sz);
        bool in_object[8] = {0};
        uint32_t end[8] = {0};
        size_t depth = 0;
        bool is_name = false;
        for (uint32_t i = 0; i < doc.tok_cnt; i++) {
            while (depth && i >= end[depth])
                depth--;
            is_name = depth && in_object[depth] && !is_name && tok_kind(&doc.tok[i]) == TOK_STRING;
            if (is_name)
                continue;
            lq_json_path_t path;
            lq_json_path(&path, &doc, i);
            lq_json_val_t v;
            assert_ok(lq_json_find(&doc, &v, NULL, lq_json_root(&doc), i ? path.text : ""));
            assert_int_equal(v.word, tok_value(doc.tok, &doc.tok[i]).word);
            if (tok_contains(&doc.tok[i])) {
                depth++;
                in_object[depth] = tok_kind(&doc.tok[i]) == TOK_OBJECT;
                end[depth] = tok_payload(&doc.tok[i]);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_values_by_path),
        cmocka_unit_test(names_the_kinds),
        cmocka_unit_test(says_why_a_path_leads_nowhere),
        cmocka_unit_test(refuses_what_is_no_path),
        cmocka_unit_test(tells_names_of_every_size_apart),
        cmocka_unit_test(knows_escaped_names),
        cmocka_unit_test(takes_booleans),
        cmocka_unit_test(takes_integers_up_to_their_bounds),
        cmocka_unit_test(takes_random_integers),
        cmocka_unit_test(takes_strings_raw_and_resolved),
        cmocka_unit_test(takes_quantities_and_data),
        cmocka_unit_test(says_what_is_wrong_with_hex),
        cmocka_unit_test(getters_refuse_other_kinds),
        cmocka_unit_test(picks_members_in_any_order),
        cmocka_unit_test(picks_containers),
        cmocka_unit_test(picks_all_or_nothing),
        cmocka_unit_test(picks_as_a_plain_search_would),
        cmocka_unit_test(walks_over_members_and_elements),
        cmocka_unit_test(paths_lead_back_to_their_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
