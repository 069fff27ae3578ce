#include "liqd/codec/rlp.h"

#include <jansson.h>

#include "lq_test.h"

/* A growing buffer of the tests' own. */
typedef struct bytes {
    uint8_t *at;
    size_t sz;
} bytes_t;

static void append(bytes_t *b, const void *data, size_t sz)
{
    b->at = realloc(b->at, b->sz + sz + 1);
    assert_non_null(b->at);
    if (sz)
        memcpy(b->at + b->sz, data, sz);
    b->sz += sz;
}

/* The oracle: appendix B of the yellow paper, word for word and with no thought of speed. */
static void oracle_head(bytes_t *b, uint8_t kind, size_t sz)
{
    uint8_t head[9];
    size_t cnt = 0;
    if (sz < 56) {
        head[cnt++] = (uint8_t)(kind + sz);
    } else {
        for (size_t v = sz; v; v /= 256)
            cnt++;
        head[0] = (uint8_t)(kind + 55 + cnt);
        for (size_t i = cnt, v = sz; i; i--, v /= 256)
            head[i] = (uint8_t)(v % 256);
        cnt++;
    }
    append(b, head, cnt);
}

static void oracle_string(bytes_t *b, const uint8_t *data, size_t sz)
{
    if (sz != 1 || data[0] > 127)
        oracle_head(b, 128, sz);
    append(b, data, sz);
}

static void oracle_list(bytes_t *b, const bytes_t *content)
{
    oracle_head(b, 192, content->sz);
    append(b, content->at, content->sz);
}

/* The shortest big-endian form of a decimal number. */
static bytes_t from_decimal(const char *text)
{
    bytes_t out = {0};
    append(&out, "", 0);
    for (; *text; text++) {
        assert_in_range(*text, '0', '9');
        unsigned carry = (unsigned)(*text - '0');
        for (size_t i = out.sz; i; i--) {
            carry += out.at[i - 1] * 10u;
            out.at[i - 1] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry) {
            append(&out, "", 1);
            memmove(out.at + 1, out.at, out.sz - 1);
            out.at[0] = (uint8_t)carry;
        }
    }
    return out;
}

static lq_u256_t word_of(const uint8_t *be, size_t sz)
{
    uint8_t word[32] = {0};
    assert_true(sz <= 32);
    if (sz)
        memcpy(word + 32 - sz, be, sz);
    return lq_u256_from_be(word);
}

static bytes_t unhex(const char *hex)
{
    if (strncmp(hex, "0x", 2) == 0)
        hex += 2;
    bytes_t out = {0};
    append(&out, "", 0);
    for (; *hex; hex += 2) {
        char pair[3] = {hex[0], hex[1], '\0'};
        char *end;
        uint8_t byte = (uint8_t)strtoul(pair, &end, 16);
        assert_ptr_equal(end, pair + 2);
        append(&out, &byte, 1);
    }
    return out;
}

/* Writes the items of R with W until R ends, whatever the depth. */
static lq_err_t copy(lq_rlp_writer_t *w, lq_rlp_reader_t r)
{
    enum {
        DEPTH_MAX = 5000
    };
    static struct level {
        lq_rlp_reader_t r;
        size_t list;
    } stack[DEPTH_MAX];
    size_t depth = 0;
    lq_err_t err = LQ_OK;
    while (!err) {
        if (!lq_rlp_has_item(&r)) {
            if (!depth)
                break;
            depth--;
            r = stack[depth].r;
            lq_rlp_put_list_end(w, stack[depth].list);
        } else if (lq_rlp_has_list(&r)) {
            lq_rlp_reader_t list;
            err = lq_rlp_get_list(&r, &list);
            if (!err) {
                assert_true(depth < DEPTH_MAX);
                stack[depth].r = r;
                stack[depth].list = lq_rlp_put_list(w);
                depth++;
                r = list;
            }
        } else {
            const uint8_t *data;
            size_t sz;
            err = lq_rlp_get_bytes(&r, &data, &sz);
            if (!err)
                lq_rlp_put_bytes(w, data, sz);
        }
    }
    return err;
}

/* Reads IN as one item: LQ_OK where it is one, and then the writer gives IN again. */
static lq_err_t judge(const uint8_t *in, size_t sz)
{
    uint8_t *exact = malloc(sz + !sz);
    assert_non_null(exact);
    if (sz)
        memcpy(exact, in, sz);
    uint8_t *again = malloc(sz + !sz);
    assert_non_null(again);
    lq_rlp_reader_t r;
    lq_rlp_reader_init(&r, NULL, exact, sz);
    lq_rlp_writer_t w;
    lq_rlp_writer_init(&w, again, sz);
    lq_rlp_reader_t one = r;
    const uint8_t *data;
    size_t data_sz;
    lq_rlp_reader_t list;
    lq_err_t err = lq_rlp_has_list(&one) ? lq_rlp_get_list(&one, &list)
                                         : lq_rlp_get_bytes(&one, &data, &data_sz);
    if (!err)
        err = lq_rlp_get_end(&one);
    if (!err)
        err = copy(&w, r);
    if (!err) {
        size_t again_sz;
        assert_ok(lq_rlp_writer_final(&w, &again_sz, NULL));
        assert_int_equal(again_sz, sz);
        assert_memory_equal(again, exact, sz);
    }
    free(exact);
    free(again);
    return err;
}

/* A "#..." string of the vectors, or NULL. */
static const char *decimal_of(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && text[0] == '#' ? text + 1 : NULL;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the vectors nest
static void put_value(lq_rlp_writer_t *w, const json_t *value)
{
    if (json_is_array(value)) {
        size_t list = lq_rlp_put_list(w);
        for (size_t i = 0; i < json_array_size(value); i++)
            put_value(w, json_array_get(value, i));
        lq_rlp_put_list_end(w, list);
    } else if (json_is_integer(value)) {
        lq_rlp_put_u64(w, (uint64_t)json_integer_value(value));
    } else if (decimal_of(value)) {
        bytes_t be = from_decimal(decimal_of(value));
        if (be.sz <= 32) {
            lq_u256_t v = word_of(be.at, be.sz);
            lq_rlp_put_u256(w, &v);
        } else {
            lq_rlp_put_bytes(w, be.at, be.sz);
        }
        free(be.at);
    } else {
        assert_true(json_is_string(value));
        lq_rlp_put_bytes(w, (const uint8_t *)json_string_value(value), json_string_length(value));
    }
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the vectors nest
static void get_value(lq_rlp_reader_t *r, const json_t *value)
{
    if (json_is_array(value)) {
        lq_rlp_reader_t list;
        assert_ok(lq_rlp_get_list(r, &list));
        for (size_t i = 0; i < json_array_size(value); i++)
            get_value(&list, json_array_get(value, i));
        assert_ok(lq_rlp_get_end(&list));
    } else if (json_is_integer(value)) {
        uint64_t v;
        assert_ok(lq_rlp_get_u64(r, &v));
        assert_int_equal(v, json_integer_value(value));
    } else if (decimal_of(value)) {
        bytes_t be = from_decimal(decimal_of(value));
        lq_u256_t v;
        if (be.sz <= 32) {
            lq_u256_t want = word_of(be.at, be.sz);
            assert_ok(lq_rlp_get_u256(r, &v));
            assert_true(lq_u256_eq(&v, &want));
        } else {
            assert_err(lq_rlp_get_u256(r, &v), LQ_ERR_RANGE);
            const uint8_t *data;
            size_t sz;
            assert_ok(lq_rlp_get_bytes(r, &data, &sz));
            assert_int_equal(sz, be.sz);
            assert_memory_equal(data, be.at, sz);
        }
        free(be.at);
    } else {
        const uint8_t *data;
        size_t sz;
        assert_ok(lq_rlp_get_bytes(r, &data, &sz));
        assert_int_equal(sz, json_string_length(value));
        assert_memory_equal(data, json_string_value(value), sz);
    }
}

static json_t *load(const char *sub)
{
    json_t *all = json_load_file(lq_test_vectors(sub), JSON_ALLOW_NUL, NULL);
    assert_non_null(all);
    return all;
}

/* @src ethereum-tests RLPTests/rlptest.json */
static void writes_and_reads_the_valid_vectors(void **state)
{
    (void)state;
    json_t *all = load("ethereum-tests/RLPTests/rlptest.json");
    assert_true(json_object_size(all) >= 28);
    const char *name;
    json_t *one;
    json_object_foreach(all, name, one)
    {
        print_message("%s\n", name);
        const json_t *value = json_object_get(one, "in");
        bytes_t want = unhex(json_string_value(json_object_get(one, "out")));
        uint8_t got[2000];
        assert_true(want.sz <= sizeof(got));
        lq_rlp_writer_t w;
        lq_rlp_writer_init(&w, got, want.sz);
        put_value(&w, value);
        size_t sz;
        assert_ok(lq_rlp_writer_final(&w, &sz, NULL));
        assert_int_equal(sz, want.sz);
        assert_memory_equal(got, want.at, sz);
        lq_rlp_reader_t r;
        lq_rlp_reader_init(&r, NULL, want.at, want.sz);
        get_value(&r, value);
        assert_ok(lq_rlp_get_end(&r));
        assert_ok(judge(want.at, want.sz));
        free(want.at);
    }
    json_decref(all);
}

/* @src ethereum-tests RLPTests/invalidRLPTest.json, RLPTests/RandomRLPTests/example.json */
static void refuses_the_invalid_vectors(void **state)
{
    (void)state;
    static const char *const files[] = {
        "ethereum-tests/RLPTests/invalidRLPTest.json",
        "ethereum-tests/RLPTests/RandomRLPTests/example.json",
    };
    size_t invalid_cnt = 0;
    size_t valid_cnt = 0;
    for (size_t i = 0; i < LQ_ARRAY_CNT(files); i++) {
        json_t *all = load(files[i]);
        const char *name;
        json_t *one;
        json_object_foreach(all, name, one)
        {
            print_message("%s\n", name);
            const char *in = json_string_value(json_object_get(one, "in"));
            bytes_t out = unhex(json_string_value(json_object_get(one, "out")));
            lq_err_t err = judge(out.at, out.sz);
            if (strcmp(in, "VALID") == 0) {
                assert_ok(err);
                valid_cnt++;
            } else {
                assert_string_equal(in, "INVALID");
                assert_err(err, out.sz ? LQ_ERR_SYNTAX : LQ_ERR_EMPTY);
                invalid_cnt++;
            }
            free(out.at);
        }
        json_decref(all);
    }
    assert_true(invalid_cnt >= 26);
    assert_true(valid_cnt >= 1);
}

/* A size near an edge of the header's forms, or a small one. */
static size_t random_sz(lq_rng_t *rng)
{
    static const uint16_t edges[] = {0, 1, 2, 54, 55, 56, 57, 127, 128, 254, 255, 256, 257, 1000};
    return lq_rng_below(rng, 2) ? edges[lq_rng_below(rng, LQ_ARRAY_CNT(edges))]
                                : lq_rng_below(rng, 40);
}

/* The same random items by the oracle and by the writer. */
// NOLINTNEXTLINE(misc-no-recursion): DEPTH bounds it
static void put_random(bytes_t *want, lq_rlp_writer_t *w, lq_rng_t *rng, size_t depth)
{
    for (size_t n = lq_rng_below(rng, 6); n; n--) {
        if (depth && lq_rng_below(rng, 3) == 0) {
            bytes_t content = {0};
            size_t list = lq_rlp_put_list(w);
            put_random(&content, w, rng, depth - 1);
            lq_rlp_put_list_end(w, list);
            oracle_list(want, &content);
            free(content.at);
        } else {
            uint8_t data[1000];
            size_t sz = random_sz(rng);
            lq_rng_bytes(rng, data, sz);
            lq_rlp_put_bytes(w, data, sz);
            oracle_string(want, data, sz);
        }
    }
}

static void writes_what_the_oracle_writes(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(1000, 1000000);
    for (size_t i = 0; i < cnt; i++) {
        lq_rng_t again = rng;
        lq_rlp_writer_t w;
        bytes_t want = {0};
        lq_rlp_writer_init(&w, NULL, 0); /* counts */
        size_t list = lq_rlp_put_list(&w);
        bytes_t content = {0};
        put_random(&content, &w, &rng, 5);
        lq_rlp_put_list_end(&w, list);
        oracle_list(&want, &content);
        free(content.at);
        assert_int_equal(lq_rlp_writer_sz(&w), want.sz);

        uint8_t *got = malloc(want.sz);
        assert_non_null(got);
        lq_rlp_writer_init(&w, got, want.sz);
        list = lq_rlp_put_list(&w);
        content = (bytes_t){0};
        put_random(&content, &w, &again, 5);
        lq_rlp_put_list_end(&w, list);
        free(content.at);
        size_t sz;
        assert_ok(lq_rlp_writer_final(&w, &sz, NULL));
        assert_int_equal(sz, want.sz);
        assert_memory_equal(got, want.at, sz);
        assert_ok(judge(got, sz));
        free(got);
        free(want.at);
    }
}

/* Strings and lists of N bytes around each edge of the header's forms: 2^8, 2^16, 2^24. */
static void writes_lengths_in_their_shortest_form(void **state)
{
    (void)state;
    static const struct {
        size_t sz;
        size_t head_sz;
        uint8_t head[5]; /* of the string; a list's first byte is 0x40 more */
    } rows[] = {
        {0, 1, {0x80}},
        {2, 1, {0x82}},
        {55, 1, {0xb7}},
        {56, 2, {0xb8, 56}},
        {255, 2, {0xb8, 255}},
        {256, 3, {0xb9, 1, 0}},
        {65535, 3, {0xb9, 255, 255}},
        {65536, 4, {0xba, 1, 0, 0}},
        {(1 << 24) - 1, 4, {0xba, 255, 255, 255}},
        {1 << 24, 5, {0xbb, 1, 0, 0, 0}},
    };
    enum {
        PIECE =
            10000 /* bytes of a string with a header of 3: a list is of such and of single zeros */
    };
    uint8_t *content = calloc(1, 1 << 24);
    assert_non_null(content);
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        size_t want_sz = rows[i].head_sz + rows[i].sz;
        uint8_t *got = malloc(want_sz);
        assert_non_null(got);
        lq_rlp_writer_t w;
        lq_rlp_writer_init(&w, got, want_sz);
        lq_rlp_put_bytes(&w, content, rows[i].sz);
        size_t sz;
        assert_ok(lq_rlp_writer_final(&w, &sz, NULL));
        assert_int_equal(sz, want_sz);
        assert_memory_equal(got, rows[i].head, rows[i].head_sz);
        assert_memory_equal(got + rows[i].head_sz, content, rows[i].sz);
        assert_ok(judge(got, sz));

        lq_rlp_writer_init(&w, got, want_sz);
        size_t list = lq_rlp_put_list(&w);
        size_t left = rows[i].sz;
        for (; left >= PIECE; left -= PIECE)
            lq_rlp_put_bytes(&w, content, PIECE - 3);
        for (; left; left--)
            lq_rlp_put_bytes(&w, content, 1);
        lq_rlp_put_list_end(&w, list);
        assert_ok(lq_rlp_writer_final(&w, &sz, NULL));
        assert_int_equal(sz, want_sz);
        assert_int_equal(got[0], rows[i].head[0] + 0x40);
        assert_memory_equal(got + 1, rows[i].head + 1, rows[i].head_sz - 1);
        assert_ok(judge(got, sz));
        free(got);
    }
    free(content);
}

static void writes_the_header_of_a_list_alone(void **state)
{
    (void)state;
    for (size_t bits = 0; bits <= 64; bits++) {
        for (size_t i = 0; i < 3; i++) {
            size_t sz = (bits < 64 ? (size_t)1 << bits : 0) + i - 1; /* one below to one above */
            uint8_t got[LQ_RLP_HEADER_MAX];
            bytes_t want = {0};
            oracle_head(&want, 192, sz);
            assert_int_equal(lq_rlp_list_header(got, sz), want.sz);
            assert_memory_equal(got, want.at, want.sz);
            free(want.at);
        }
    }
    uint8_t got[LQ_RLP_HEADER_MAX];
    assert_int_equal(lq_rlp_list_header(got, 55), 1);
    assert_int_equal(got[0], 0xf7);
    assert_int_equal(lq_rlp_list_header(got, 56), 2);
    assert_int_equal(got[0], 0xf8);
    assert_int_equal(got[1], 56);
}

static void every_single_byte_goes_round(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t in[1] = {(uint8_t)byte};
        uint8_t got[2];
        lq_rlp_writer_t w;
        lq_rlp_writer_init(&w, got, sizeof(got));
        lq_rlp_put_bytes(&w, in, 1);
        size_t sz;
        assert_ok(lq_rlp_writer_final(&w, &sz, NULL));
        assert_int_equal(sz, byte < 0x80 ? 1 : 2);
        assert_int_equal(got[sz - 1], byte);
        if (sz == 2)
            assert_int_equal(got[0], 0x81);
        assert_ok(judge(got, sz));
        lq_rlp_reader_t r;
        lq_rlp_reader_init(&r, NULL, got, sz);
        uint64_t v = 77;
        if (byte)
            assert_ok(lq_rlp_get_u64(&r, &v));
        else
            assert_err(lq_rlp_get_u64(&r, &v), LQ_ERR_SYNTAX);
        assert_int_equal(v, byte ? byte : 77);
    }
}

/* Numbers of every width, against strings of their bytes. */
static void integers_go_round(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = 257 + lq_test_cnt(10000, 10000000);
    for (size_t i = 0; i < cnt; i++) {
        size_t bits = i <= 256 ? i : lq_rng_below(&rng, 257);
        uint8_t be[32];
        lq_rng_bytes(&rng, be, sizeof(be));
        size_t sz = (bits + 7) / 8;
        if (sz) { /* exactly so many bits */
            be[0] = (uint8_t)(be[0] | 0x80);
            be[0] = (uint8_t)(be[0] >> (8 * sz - bits));
        }
        bytes_t want = {0};
        oracle_string(&want, be, sz);
        uint8_t got[33];
        lq_rlp_writer_t w;
        lq_rlp_writer_init(&w, got, want.sz);
        lq_u256_t v = word_of(be, sz);
        lq_rlp_put_u256(&w, &v);
        size_t got_sz;
        assert_ok(lq_rlp_writer_final(&w, &got_sz, NULL));
        assert_int_equal(got_sz, want.sz);
        assert_memory_equal(got, want.at, want.sz);
        lq_rlp_reader_t r;
        lq_rlp_reader_init(&r, NULL, want.at, want.sz);
        lq_u256_t back;
        assert_ok(lq_rlp_get_u256(&r, &back));
        assert_ok(lq_rlp_get_end(&r));
        assert_true(lq_u256_eq(&back, &v));

        lq_rlp_reader_init(&r, NULL, want.at, want.sz);
        uint64_t narrow = 77;
        if (sz <= 8) {
            assert_ok(lq_rlp_get_u64(&r, &narrow));
            assert_int_equal(narrow, v.w[0]);
            lq_rlp_writer_init(&w, got, want.sz);
            lq_rlp_put_u64(&w, narrow);
            assert_ok(lq_rlp_writer_final(&w, &got_sz, NULL));
            assert_int_equal(got_sz, want.sz);
            assert_memory_equal(got, want.at, want.sz);
        } else {
            assert_err(lq_rlp_get_u64(&r, &narrow), LQ_ERR_RANGE);
            assert_int_equal(narrow, 77);
        }
        free(want.at);
    }
}

/* In a buffer of any smaller size: refused with the size it takes, and no byte behind the buffer.
 */
static void counts_what_does_not_fit(void **state)
{
    (void)state;
    uint8_t data[100] = {0};
    for (size_t max = 0; max <= 170; max++) {
        uint8_t *out = malloc(max + !max);
        lq_rlp_writer_t w;
        lq_rlp_writer_init(&w, max ? out : NULL, max);
        size_t outer = lq_rlp_put_list(&w);
        lq_rlp_put_bytes(&w, data, 60); /* 62 */
        size_t inner = lq_rlp_put_list(&w);
        lq_rlp_put_bytes(&w, data, sizeof(data)); /* 102 */
        lq_rlp_put_u64(&w, 7);                    /* 1 */
        lq_rlp_put_list_end(&w, inner);           /* 2 */
        lq_rlp_put_list_end(&w, outer);           /* 2 */
        assert_int_equal(lq_rlp_writer_sz(&w), 169);
        size_t sz = 77;
        lq_err_msg_t msg;
        if (max < 169) {
            assert_err(lq_rlp_writer_final(&w, &sz, &msg), LQ_ERR_FULL);
            char want[100];
            (void)snprintf(want, sizeof(want), "RLP of 169 bytes: the buffer has room for %zu",
                           max);
            assert_string_equal(msg.text, want);
            assert_int_equal(sz, 77);
        } else {
            assert_ok(lq_rlp_writer_final(&w, &sz, &msg));
            assert_int_equal(sz, 169);
            assert_ok(judge(out, sz));
        }
        free(out);
    }
}

/* A list in a list, as deep as there are bytes: neither side keeps a stack. */
static void depth_costs_nothing(void **state)
{
    (void)state;
    enum {
        DEPTH = 3000
    };
    static uint8_t out[3 * DEPTH];
    static size_t lists[DEPTH];
    lq_rlp_writer_t w;
    lq_rlp_writer_init(&w, out, sizeof(out));
    for (size_t i = 0; i < DEPTH; i++)
        lists[i] = lq_rlp_put_list(&w);
    for (size_t i = DEPTH; i; i--)
        lq_rlp_put_list_end(&w, lists[i - 1]);
    size_t sz;
    assert_ok(lq_rlp_writer_final(&w, &sz, NULL));
    assert_ok(judge(out, sz));
    lq_rlp_reader_t r;
    lq_rlp_reader_init(&r, NULL, out, sz);
    for (size_t i = 0; i < DEPTH; i++)
        assert_ok(lq_rlp_get_list(&r, &r));
    assert_false(lq_rlp_has_item(&r));
    assert_ok(lq_rlp_get_end(&r));
}

enum getter {
    BYTES = 1,
    U64 = 2,
    U256 = 4,
    LIST = 8,
    STRINGS = BYTES | U64 | U256,
    ALL = STRINGS | LIST
};
static const struct {
    const char *in;
    unsigned by;
    lq_err_t err;
    const char *text;
} refused[] = {
    {"", ALL, LQ_ERR_EMPTY, "offset 0: no item left: one is missing"},
    {"00", LIST, LQ_ERR_SYNTAX, "offset 0: string where a list belongs"},
    {"80", LIST, LQ_ERR_SYNTAX, "offset 0: string where a list belongs"},
    {"c0", STRINGS, LQ_ERR_SYNTAX, "offset 0: list where a string belongs"},
    {"8100", STRINGS, LQ_ERR_SYNTAX,
     "offset 0: byte 0x00 behind a header: below 0x80 it must stand alone"},
    {"817f", STRINGS, LQ_ERR_SYNTAX,
     "offset 0: byte 0x7f behind a header: below 0x80 it must stand alone"},
    {"81", STRINGS, LQ_ERR_SYNTAX,
     "offset 0: item of 1 bytes, of which 0 are there: the input is cut short or the length "
     "wrong"},
    {"830102", STRINGS, LQ_ERR_SYNTAX,
     "offset 0: item of 3 bytes, of which 2 are there: the input is cut short or the length "
     "wrong"},
    {"c3c0c0", LIST, LQ_ERR_SYNTAX,
     "offset 0: item of 3 bytes, of which 2 are there: the input is cut short or the length "
     "wrong"},
    {"b8", STRINGS, LQ_ERR_SYNTAX,
     "offset 0: length of 1 bytes, of which 0 are there: the input is cut short"},
    {"bfffffffffffffff", STRINGS, LQ_ERR_SYNTAX,
     "offset 0: length of 8 bytes, of which 7 are there: the input is cut short"},
    {"bfffffffffffffffff", STRINGS, LQ_ERR_SYNTAX,
     "offset 0: item of 18446744073709551615 bytes, of which 0 are there: the input is cut "
     "short or the length wrong"},
    {"ffffffffffffffffffc0", LIST, LQ_ERR_SYNTAX,
     "offset 0: item of 18446744073709551615 bytes, of which 1 are there: the input is cut "
     "short or the length wrong"},
    {"b800", STRINGS, LQ_ERR_SYNTAX,
     "offset 0: length with a leading zero: it must be in its shortest form"},
    {"f90038", LIST, LQ_ERR_SYNTAX,
     "offset 0: length with a leading zero: it must be in its shortest form"},
    {"b837", STRINGS, LQ_ERR_SYNTAX,
     "offset 0: length 55 in a byte of its own: up to 55 it must stand in the first"},
    {"f801c0", LIST, LQ_ERR_SYNTAX,
     "offset 0: length 1 in a byte of its own: up to 55 it must stand in the first"},
    {"00", U64 | U256, LQ_ERR_SYNTAX,
     "offset 0: integer with a leading zero: zero is the empty string"},
    {"820001", U64 | U256, LQ_ERR_SYNTAX,
     "offset 0: integer with a leading zero: zero is the empty string"},
    {"89000000000000000000", U64 | U256, LQ_ERR_SYNTAX,
     "offset 0: integer with a leading zero: zero is the empty string"},
    {"89010000000000000000", U64, LQ_ERR_RANGE, "offset 0: integer of 9 bytes: at most 8 fit here"},
    {"a1010000000000000000000000000000000000000000000000000000000000000000", U256, LQ_ERR_RANGE,
     "offset 0: integer of 33 bytes: at most 32 fit here"},
};

/* Each getter on input that it must refuse: the error, the words, and nothing touched. */
static void explains_what_it_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(refused); i++) {
        for (unsigned by = BYTES; by <= LIST; by *= 2) {
            if (!(refused[i].by & by))
                continue;
            bytes_t in = unhex(refused[i].in);
            lq_err_msg_t msg;
            lq_rlp_reader_t r;
            lq_rlp_reader_init(&r, &msg, in.at, in.sz);
            lq_rlp_reader_t list = {.at = 77};
            const uint8_t *data = (const uint8_t *)refused;
            size_t sz = 77;
            uint64_t v = 77;
            lq_u256_t wide = {{77, 77, 77, 77}};
            lq_err_t err = by == BYTES  ? lq_rlp_get_bytes(&r, &data, &sz)
                           : by == U64  ? lq_rlp_get_u64(&r, &v)
                           : by == U256 ? lq_rlp_get_u256(&r, &wide)
                                        : lq_rlp_get_list(&r, &list);
            assert_err(err, refused[i].err);
            assert_string_equal(msg.text, refused[i].text);
            assert_ptr_equal(data, refused);
            assert_true(r.at == 0 && list.at == 77 && !list.data && sz == 77 && v == 77);
            assert_true((wide.w[0] & wide.w[1] & wide.w[2] & wide.w[3]) == 77);
            free(in.at);
        }
    }
}

/* Offsets count from the input's beginning, in however deep a list. */
static void names_the_offset_inside_lists(void **state)
{
    (void)state;
    bytes_t in =
        unhex("c88363617405c2808181"); /* ["cat", 5, ["", 0x81 without its byte]] and 0x81 */
    lq_err_msg_t msg;
    lq_rlp_reader_t r;
    lq_rlp_reader_init(&r, &msg, in.at, in.sz);
    lq_rlp_reader_t list;
    assert_ok(lq_rlp_get_list(&r, &list));
    assert_err(lq_rlp_get_end(&r), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "offset 9: 1 bytes after the last item: nothing may follow it");
    const uint8_t *data;
    size_t sz;
    uint64_t v;
    assert_ok(lq_rlp_get_bytes(&list, &data, &sz));
    assert_int_equal(sz, 3);
    assert_memory_equal(data, "cat", 3);
    assert_ptr_equal(data, in.at + 2);
    assert_err(lq_rlp_get_end(&list), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "offset 5: 4 bytes after the last item: nothing may follow it");
    assert_ok(lq_rlp_get_u64(&list, &v));
    assert_int_equal(v, 5);
    assert_true(lq_rlp_has_list(&list));
    lq_rlp_reader_t inner;
    assert_ok(lq_rlp_get_list(&list, &inner));
    assert_false(lq_rlp_has_item(&list));
    assert_false(lq_rlp_has_list(&list));
    assert_err(lq_rlp_get_u64(&list, &v), LQ_ERR_EMPTY);
    assert_string_equal(msg.text, "offset 9: no item left: one is missing");
    assert_ok(lq_rlp_get_end(&list));
    assert_ok(lq_rlp_get_u64(&inner, &v));
    assert_int_equal(v, 0);
    /* the byte that follows belongs to the parent */
    assert_err(lq_rlp_get_bytes(&inner, &data, &sz), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text,
                        "offset 8: item of 1 bytes, of which 0 are there: the input is cut short "
                        "or the length wrong");
    free(in.at);
}

/* Whatever is accepted is written again to the same bytes: judge asserts it. Random input, and
   valid input with a byte changed or the end cut off, so that both verdicts are met. */
static void accepts_only_the_one_encoding(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(10000, 10000000);
    size_t accepted_cnt = 0;
    for (size_t i = 0; i < cnt; i++) {
        lq_rlp_writer_t w;
        lq_rlp_writer_init(&w, NULL, 0);
        bytes_t content = {0};
        bytes_t in = {0};
        put_random(&content, &w, &rng, 2);
        oracle_list(&in, &content);
        in.at[lq_rng_below(&rng, in.sz)] = (uint8_t)lq_rng_u64(&rng);
        size_t sz = lq_rng_below(&rng, 4) ? in.sz : lq_rng_below(&rng, in.sz + 1);
        accepted_cnt += !judge(in.at, sz);
        free(content.at);
        free(in.at);
    }
    print_message("%zu of %zu accepted\n", accepted_cnt, cnt);
    assert_true(accepted_cnt > cnt / 100 && accepted_cnt < cnt / 100 * 99);
}

/* All inputs of one and two bytes. */
static void judges_every_short_input(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        uint8_t in[2] = {(uint8_t)a};
        assert_int_equal(judge(in, 1) == LQ_OK, a < 0x80 || a == 0x80 || a == 0xc0);
        for (unsigned b = 0; b < 256; b++) {
            in[1] = (uint8_t)b;
            bool string = a == 0x81 && b >= 0x80;
            bool list = a == 0xc1 && (b <= 0x80 || b == 0xc0);
            assert_int_equal(judge(in, 2) == LQ_OK, string || list);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads_the_valid_vectors),
        cmocka_unit_test(refuses_the_invalid_vectors),
        cmocka_unit_test(writes_what_the_oracle_writes),
        cmocka_unit_test(writes_lengths_in_their_shortest_form),
        cmocka_unit_test(writes_the_header_of_a_list_alone),
        cmocka_unit_test(every_single_byte_goes_round),
        cmocka_unit_test(integers_go_round),
        cmocka_unit_test(counts_what_does_not_fit),
        cmocka_unit_test(depth_costs_nothing),
        cmocka_unit_test(explains_what_it_refuses),
        cmocka_unit_test(names_the_offset_inside_lists),
        cmocka_unit_test(accepts_only_the_one_encoding),
        cmocka_unit_test(judges_every_short_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
