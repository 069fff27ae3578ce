#include "json_internal.h"

#include <jansson.h>

#include "json_random.h"

#define DEPTH_MAX 64

static const lq_json_limits_t limits = {LQ_JSON_TEXT_MAX, DEPTH_MAX};

/* What a parse gave: freed by drop(). */
typedef struct parsed {
    lq_err_t err;
    lq_err_msg_t msg;
    lq_json_t doc;
    char *text; /* a copy of exactly the size of the text, so that a read behind it is seen */
    lq_json_tok_t *tok; /* room for the worst that is malformed: "[[[" */
} parsed_t;

static void *exact_copy(const void *data, size_t sz)
{
    if (!sz)
        return NULL;
    void *copy = malloc(sz);
    assert_non_null(copy);
    memcpy(copy, data, sz);
    return copy;
}

static parsed_t parse_by(const lq_json_simd_t *simd, const char *text, size_t sz)
{
    parsed_t p = {.text = exact_copy(text, sz), .tok = calloc(sz + 2, sizeof(lq_json_tok_t))};
    assert_non_null(p.tok);
    p.err = lq_json_parse_by(simd, &p.doc, p.tok, sz + 2, &p.msg, p.text, sz, &limits);
    return p;
}

static void drop(parsed_t *p)
{
    free(p->text);
    free(p->tok);
}

/* Parses with every way that the CPU has, which must all say and find the same. */
static parsed_t parse(const char *text, size_t sz)
{
    parsed_t first = parse_by(lq_json_simd(0), text, sz);
    for (size_t i = 1; lq_json_simd(i); i++) {
        parsed_t other = parse_by(lq_json_simd(i), text, sz);
        if (other.err != first.err)
            fail_msg("%s and %s differ", lq_json_simd(0)->name, lq_json_simd(i)->name);
        if (first.err) {
            assert_string_equal(other.msg.text, first.msg.text);
        } else {
            assert_int_equal(other.doc.tok_cnt, first.doc.tok_cnt);
            assert_memory_equal(other.tok, first.tok, first.doc.tok_cnt * sizeof(*first.tok));
        }
        drop(&other);
    }
    return first;
}

static void assert_accepts(const char *text, size_t sz)
{
    parsed_t p = parse(text, sz);
    if (p.err)
        fail_msg("%.*s: %s", (int)sz, text, p.msg.text);
    drop(&p);
}

static void assert_rejects(const char *text, size_t sz)
{
    parsed_t p = parse(text, sz);
    if (p.err != LQ_ERR_SYNTAX)
        fail_msg("%.*s is not refused", (int)sz, text);
    assert_non_null(strstr(p.msg.text, "JSON offset "));
    drop(&p);
}

/* Texts may hold NUL, hence sizes. */
typedef struct text {
    const char *at;
    size_t sz;
} text_t;

#define T(literal)                     \
    {                                  \
        (literal), sizeof(literal) - 1 \
    }

// clang-format off
static const text_t accept[] = {
    T("{}"), T("[]"), T("\"\""), T("0"), T("null"), T("true"), T("false"), T(" {} "),
    T("\t\r\n []\n"), T(" \"a\" "), T(" 1 "), T("[ ]"), T("{ }"), T("[\n\t\r ]"), T("[1]"),
    T("[1,2]"), T("[ 1 , 2 ]"), T("[[]]"), T("[[],[]]"), T("[{}]"), T("[{},[]]"), T("[[[[[[]]]]]]"),
    T("[null,true,false]"), T("[\"a\",1,null,{},[]]"), T("{\"a\":1}"), T("{ \"a\" : 1 }"),
    T("{\"a\":1,\"b\":2}"), T("{\"a\":{\"b\":{\"c\":[]}}}"), T("{\"a\":\"b\",\"c\":\"d\"}"),
    T("{\"a\":\"b\", \"c\":\"d\"}"), T("{\"a\": \"b\"}"), T("{\"\":0}"), T("{\"\":\"\"}"),
    T("{\"a\":1,\"a\":2}"), T("{\"a\":{},\"b\":[]}"), T("{\"a\":null}"), T("{\"a\":\"\\\"\"}"),
    T("{\"\\\"\":1}"), T("{\"\\u0061\":1}"), T("[0]"), T("[-0]"), T("[1234567890]"), T("[-1]"),
    T("[0.0]"), T("[0.5]"), T("[-0.5]"), T("[10.25]"), T("[1e1]"), T("[1E1]"), T("[1e+1]"),
    T("[1e-1]"), T("[1.5e10]"), T("[0e0]"), T("[0E+00]"), T("[1e999999]"), T("[-1.25E-7]"),
    T("[9007199254740993]"), T("[123456789012345678901234567890]"), T("1.5"), T("-0"), T("1e5"),
    T("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"), T("[\"\\u0000\"]"), T("[\"\\uABCD\\uabcd\"]"),
    T("[\"\\ud800\\udc00\"]"), T("[\"\\uDBFF\\uDFFF\"]"), T("[\"\\ud7ff\\ue000\"]"),
    T("[\"\\uFFFE\\uFFFF\"]"), T("[\"\x7f\"]"), T("[\" !#$%&'()*+,-./:;<=>?@^_`|~\"]"),
    T("[\"{}[],:\"]"), T("[\"\xc2\x80\"]"), T("[\"\xdf\xbf\"]"), T("[\"\xe0\xa0\x80\"]"),
    T("[\"\xe1\x80\x80\"]"), T("[\"\xec\xbf\xbf\"]"), T("[\"\xed\x80\x80\"]"),
    T("[\"\xed\x9f\xbf\"]"), T("[\"\xee\x80\x80\"]"), T("[\"\xef\xbf\xbf\"]"),
    T("[\"\xf0\x90\x80\x80\"]"), T("[\"\xf1\x80\x80\x80\"]"), T("[\"\xf3\xbf\xbf\xbf\"]"),
    T("[\"\xf4\x8f\xbf\xbf\"]"), T("{\"\xc3\xa9\":\"\xe2\x82\xac\"}"), T("\"\xf0\x9f\x98\x80\""),
};

static const text_t reject[] = {
    /* nothing, or more than one */
    T(""), T(" "), T("\n"), T("\0"), T("{}{}"), T("[] []"), T("1 2"), T("{},"), T("[]]"), T("{}}"),
    T("\"a\"\"b\""), T("nulll"), T("[]\0"), T("[] \0"), T("1\0"), T("[]x"),
    /* containers */
    T("["), T("{"), T("]"), T("}"), T("[}"), T("{]"), T("[1"), T("[1,"), T("[1,]"), T("[,1]"),
    T("[,]"), T("[1,,2]"), T("[1 2]"), T("[1;2]"), T("[[]"), T("[[1]"), T("[{]}"), T("[1}"),
    T("{\"a\"}"), T("{\"a\":}"), T("{\"a\":1"), T("{\"a\":1,"), T("{\"a\":1,}"), T("{,}"),
    T("{\"a\" 1}"), T("{\"a\"::1}"), T("{\"a\",1}"), T("{:1}"), T("{1:1}"), T("{a:1}"),
    T("{'a':1}"), T("{null:1}"), T("{[]:1}"), T("{\"a\":1 \"b\":2}"), T("{\"a\":1]"),
    T("{\"a\":\"b\",}"), T("{\"a\":\"b\",,}"), T("{\"a\":\"b\",1}"), T("{\"a\":\"b\" \"c\"}"),
    T("[\"a\":1]"), T("[\"a\" \"b\"]"), T("{\"a\":\"b\",\"c\"}"), T("{\"a\":\"b\",\"c\":}"),
    T("{\"a\":\"b\":\"c\"}"), T("[\"a\",\"b\":\"c\"]"), T("{\"a\",\"b\"}"),
    T("{\"a\":\"b\",\"c\",\"d\"}"), T("{\"a\":\"b\",\"c\",\"d\":\"e\"}"),
    /* literals and other languages */
    T("nul"), T("Null"), T("NULL"), T("tru"), T("True"), T("truee"), T("fals"), T("false1"),
    T("[nul]"), T("[tru]"), T("[fals]"), T("[falsy]"), T("[nulll]"), T("[truefalse]"), T("n"),
    T("undefined"), T("NaN"), T("[NaN]"), T("Infinity"), T("[-Infinity]"), T("[a]"), T("['a']"),
    T("[1]//x"), T("/**/[1]"), T("#\n[]"), T("\xef\xbb\xbf{}"), T("\xff\xfe{\0}\0"), T("\v[]"),
    T("\f[]"), T("[\f]"), T("\xc2\xa0[]"), T("[\xe2\x80\x83]"), T("[\x85]"), T("[\x01]"),
    T("[1\x01]"), T("[\0]"), T("{\"a\":\0}"), T("[\"a\"\0]"),
    /* numbers */
    T("-"), T("[-]"), T("[+1]"), T("[.5]"), T("[-.5]"), T("[1.]"), T("[1.e1]"), T("[1e]"),
    T("[1e+]"), T("[1E-]"), T("[1e1.5]"), T("[1e1e1]"), T("[01]"), T("[-01]"), T("[00]"),
    T("[0x10]"), T("[1_000]"), T("[1,000,]"), T("[- 1]"), T("[1 000]"), T("[--1]"), T("[1-]"),
    T("[1+1]"), T("[0.]"), T("[0e]"), T("[.]"), T("[e1]"), T("[1a]"), T("1."), T("1e"), T("01"),
    T("[\xef\xbc\x91]"), T("[1f]"), T("[1.2.3]"), T("[-0x1]"), T("[1e 1]"),
    /* strings */
    T("\""), T("[\"]"), T("[\"a]"), T("[\"a\\\"]"), T("\"\\"), T("[\"\\"), T("[\"\\\"]"),
    T("[\"\\a\"]"), T("[\"\\x41\"]"), T("[\"\\'\"]"), T("[\"\\0\"]"), T("[\"\\U0041\"]"),
    T("[\"\\\n\"]"), T("[\"\\\0\"]"), T("[\"\\\xc3\xa9\"]"), T("[\"\\u\"]"), T("[\"\\u1\"]"),
    T("[\"\\u12\"]"), T("[\"\\u123\"]"), T("[\"\\u123g\"]"), T("[\"\\u 123\"]"),
    T("[\"\\u00e\\u00e9\"]"), T("[\"\\u-123\"]"), T("[\"\\u123"), T("\"\\u1234"),
    T("[\"\\ud800\"]"), T("[\"\\udc00\"]"), T("[\"\\ud800a\"]"), T("[\"\\ud800\\n\"]"),
    T("[\"\\ud800\\ud800\"]"), T("[\"\\udc00\\udc00\"]"), T("[\"\\udfff\\udfff\"]"),
    T("[\"\\udc00\\ud800\"]"), T("[\"\\ud800\\u0041\"]"), T("[\"\\ud800\\udbff\"]"),
    T("[\"\\ud800\\ue000\"]"), T("[\"\\ud800\\\"]"), T("[\"\\ud800\\u\"]"),
    T("[\"\\ud800\\udc0\"]"), T("\"\\ud800"), T("\"\\ud800\\"), T("[\"\x00\"]"), T("[\"\x01\"]"),
    T("[\"\x1f\"]"), T("[\"\n\"]"), T("[\"\t\"]"), T("{\"a\nb\":1}"), T("{\"\\x\":1}"),
    T("{\"\xff\":1}"), T("{\"a\":\"\xff\"}"),
    /* UTF-8 */
    T("[\"\x80\"]"), T("[\"\xbf\"]"), T("[\"\xc0\x80\"]"), T("[\"\xc1\xbf\"]"), T("[\"\xc2\"]"),
    T("[\"\xc2\x7f\"]"), T("[\"\xc2\xc0\"]"), T("[\"\xe0\x80\x80\"]"), T("[\"\xe0\x9f\xbf\"]"),
    T("[\"\xe1\x80\"]"), T("[\"\xe1\x80\x7f\"]"), T("[\"\xe1\x7f\x80\"]"), T("[\"\xe1\"]"),
    T("[\"\xed\xa0\x80\"]"), T("[\"\xed\xbf\xbf\"]"), T("[\"\xf0\x80\x80\x80\"]"),
    T("[\"\xf0\x8f\xbf\xbf\"]"), T("[\"\xf0\x90\x80\"]"), T("[\"\xf0\x90\x80\x7f\"]"),
    T("[\"\xf1\x80\x7f\x80\"]"), T("[\"\xf4\x90\x80\x80\"]"), T("[\"\xf5\x80\x80\x80\"]"),
    T("[\"\xf8\x88\x80\x80\x80\"]"), T("[\"\xfe\"]"), T("[\"\xff\"]"), T("\"\xf0\x9f\x98"),
    T("\"\xe2\x82"), T("\"\xc3"), T("[\"\xc3\xa9\xa9\"]"), T("[\"\xe2\x82\xac\xac\"]"),
};
// clang-format on

static void accepts_what_the_grammar_has(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(accept); i++)
        assert_accepts(accept[i].at, accept[i].sz);
}

static void rejects_what_it_has_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(reject); i++)
        assert_rejects(reject[i].at, reject[i].sz);
}

/* Every byte, alone in a string and alone in an array. */
static void judges_every_byte(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        char string[] = {'[', '"', (char)c, '"', ']'};
        bool fine = c >= ' ' && c < 0x80 && c != '"' && c != '\\';
        (fine ? assert_accepts : assert_rejects)(string, sizeof(string));
        char array[] = {'[', (char)c, ']'};
        fine = c == ' ' || c == '\t' || c == '\n' || c == '\r' || (c >= '0' && c <= '9');
        (fine ? assert_accepts : assert_rejects)(array, sizeof(array));
        char escape[] = {'[', '"', '\\', (char)c, '"', ']'};
        fine = c && strchr("\"\\/bfnrt", (int)c);
        (fine ? assert_accepts : assert_rejects)(escape, sizeof(escape));
    }
}

/* Every pair and, of those that begin one, every longer sequence up to what the lead byte asks for
   is judged as RFC 3629 says, whose table is written out here. */
static bool is_utf8(const uint8_t *c, size_t sz)
{
#define IN(i, low, high) (c[i] >= (low) && c[i] <= (high))
    switch (sz) {
    case 2:
        return IN(0, 0xc2, 0xdf) && IN(1, 0x80, 0xbf);
    case 3:
        return IN(2, 0x80, 0xbf) &&
               ((c[0] == 0xe0 && IN(1, 0xa0, 0xbf)) || (IN(0, 0xe1, 0xec) && IN(1, 0x80, 0xbf)) ||
                (c[0] == 0xed && IN(1, 0x80, 0x9f)) || (IN(0, 0xee, 0xef) && IN(1, 0x80, 0xbf)));
    case 4:
        return IN(2, 0x80, 0xbf) && IN(3, 0x80, 0xbf) &&
               ((c[0] == 0xf0 && IN(1, 0x90, 0xbf)) || (IN(0, 0xf1, 0xf3) && IN(1, 0x80, 0xbf)) ||
                (c[0] == 0xf4 && IN(1, 0x80, 0x8f)));
    default:
        return false;
    }
#undef IN
}

static void judges_utf8_as_its_table_does(void **state)
{
    (void)state;
    lq_json_tok_t tok[2];
    static const uint8_t edge[] = {0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0};
    for (unsigned lead = 0x80; lead < 256; lead++) {
        for (unsigned second = 0x80; second < 256; second++) {
            for (size_t k = 0; k < LQ_ARRAY_CNT(edge) * LQ_ARRAY_CNT(edge); k++) {
                uint8_t c[] = {(uint8_t)lead, (uint8_t)second, edge[k % LQ_ARRAY_CNT(edge)],
                               edge[k / LQ_ARRAY_CNT(edge)]};
                size_t sz = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
                char text[6] = {'"'};
                memcpy(text + 1, c, sz);
                text[1 + sz] = '"';
                lq_json_t doc;
                lq_err_t err = lq_json_parse(&doc, tok, 2, NULL, text, sz + 2, &limits);
                assert_err(err, is_utf8(c, sz) ? LQ_OK : LQ_ERR_SYNTAX);
            }
        }
    }
}

/* Finds "offset N" and the fault in the message of a text that is refused. */
static void assert_fault(const char *text, lq_err_t want, const char *message)
{
    size_t sz = strlen(text);
    lq_json_tok_t tok[16];
    lq_json_t doc;
    memset(&doc, 0xa5, sizeof(doc));
    lq_json_t before = doc;
    lq_json_limits_t few = {100, 4};
    lq_err_msg_t msg;
    assert_err(lq_json_parse(&doc, tok, LQ_ARRAY_CNT(tok), &msg, text, sz, &few), want);
    assert_string_equal(msg.text, message);
    assert_memory_equal(&doc, &before, sizeof(doc));
    assert_err(lq_json_parse(&doc, tok, LQ_ARRAY_CNT(tok), NULL, text, sz, &few), want);
    assert_memory_equal(&doc, &before, sizeof(doc));
}

static void says_what_is_wrong_and_where(void **state)
{
    (void)state;
#define SYNTAX(text, where, why)      \
    assert_fault(text, LQ_ERR_SYNTAX, \
                 "JSON offset " where ": " why "; discard the text and distrust its sender")
    SYNTAX("", "0 (near the top)", "a value is expected, but the text ends");
    SYNTAX("{\"a\":1}x", "7 (near a)", "the end of the text is expected behind its value");
    SYNTAX("{\"params\":{\"result\":[0,{\"number\":nul}]}}", "33 (near params.result[1].number)",
           "a value is expected");
    SYNTAX("{\"a\":[\"x\",\"y\",\"\\q\"]}", "15 (near a[1])",
           "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u is expected");
    SYNTAX("[\"ab", "4 (near the top)", "a closing quote is expected, but the text ends");
    SYNTAX("[\"ab\\", "5 (near the top)", "an escape is expected, but the text ends");
    SYNTAX("[\"\\u12x4\"]", "2 (near the top)", "four hex digits are expected behind \\u");
    SYNTAX("[\"\\udc00\"]", "2 (near the top)", "a surrogate pair is expected, high half first");
    SYNTAX("[\"a\xff\"]", "3 (near the top)", "UTF-8 is expected");
    SYNTAX("[\"a\tb\"]", "3 (near the top)",
           "in a string, an escape is expected for a control character");
    SYNTAX("{\"a\":1,}", "7 (near a)", "a member name in quotes is expected");
    SYNTAX("{\"a\" 1}", "5 (near a)", "a colon is expected behind a member name");
    SYNTAX("{\"a\":1", "6 (near a)", "a comma or } is expected, but the text ends");
    SYNTAX("[1}", "2 (near [0])", "a comma or ] is expected");
    SYNTAX("[1.]", "3 (near the top)", "a digit is expected");
    SYNTAX("[-]", "2 (near the top)", "a digit is expected");
    SYNTAX("[1,+2]", "3 (near [0])", "a value is expected");
#undef SYNTAX
    assert_fault("[[[{\"a\":[]}]]]", LQ_ERR_RANGE,
                 "JSON offset 8 (near [0][0][0].a): no deeper nesting is expected; raise depth_max "
                 "(4) if the sender is right to nest so deep");
    assert_fault(
        "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]", LQ_ERR_FULL,
        "JSON offset 37 (near [14]): no further value is expected; give more than 16 tokens "
        "or ask for less");
    char text[102];
    memset(text, '1', 101);
    text[101] = '\0';
    assert_fault(text, LQ_ERR_TOO_LONG,
                 "JSON text of 101 bytes; ask for less or raise text_max (100)");
}

/* A path longer than a message takes, and one that is no printable text. */
static void cuts_and_cleans_paths_in_messages(void **state)
{
    (void)state;
    static const char text[] = "{\"\xc3\xa9\\n\x7f\":{\"0123456789012345678901234567890123456789"
                               "012345678901234567890123456789012345678901234567890123456789\":x}}";
    parsed_t p = parse(text, sizeof(text) - 1);
    assert_err(p.err, LQ_ERR_SYNTAX);
    assert_non_null(strstr(p.msg.text, "(near ?\?\\n?.0123456789"));
    assert_non_null(strstr(p.msg.text, "...): a value is expected"));
    drop(&p);
}

static void bounds_depth(void **state)
{
    (void)state;
    char text[2 * 70];
    lq_json_tok_t tok[70];
    lq_json_t doc;
    for (uint32_t depth = 1; depth <= 70; depth++) {
        for (size_t kind = 0; kind < 2; kind++) {
            memset(text, '[', depth);
            memset(text + depth, ']', depth);
            if (kind) { /* the innermost is an object */
                text[depth - 1] = '{';
                text[depth] = '}';
            }
            size_t sz = 2 * (size_t)depth;
            lq_json_limits_t at = {SIZE_MAX, depth};
            lq_json_limits_t below = {SIZE_MAX, depth - 1};
            assert_ok(lq_json_parse(&doc, tok, depth, NULL, text, sz, &at));
            assert_err(lq_json_parse(&doc, tok, depth, NULL, text, sz, &below), LQ_ERR_RANGE);
        }
    }
    lq_json_limits_t flat = {SIZE_MAX, 0};
    assert_ok(lq_json_parse(&doc, tok, 1, NULL, "\"a\"", 3, &flat));
    assert_ok(lq_json_parse(&doc, tok, 1, NULL, "1", 1, &flat));
    assert_err(lq_json_parse(&doc, tok, 1, NULL, "[]", 2, &flat), LQ_ERR_RANGE);
}

/* A million brackets need no stack. */
static void survives_any_depth(void **state)
{
    (void)state;
    size_t sz = 2000000;
    char *text = malloc(sz);
    lq_json_tok_t *tok = calloc(sz, sizeof(*tok));
    assert_true(text && tok);
    memset(text, '[', sz / 2);
    memset(text + sz / 2, ']', sz / 2);
    lq_json_limits_t deep = {SIZE_MAX, UINT32_MAX};
    lq_json_t doc;
    assert_ok(lq_json_parse(&doc, tok, sz / 2, NULL, text, sz, &deep));
    lq_err_msg_t msg;
    assert_err(lq_json_parse(&doc, tok, sz, &msg, text, sz - 1, &deep), LQ_ERR_SYNTAX);
    assert_err(lq_json_parse(&doc, tok, sz, &msg, text, sz / 2, &deep), LQ_ERR_SYNTAX);
    free(text);
    free(tok);
}

static void bounds_size(void **state)
{
    (void)state;
    lq_json_tok_t tok[4];
    lq_json_t doc;
    lq_json_limits_t five = {5, 1};
    assert_ok(lq_json_parse(&doc, tok, 4, NULL, "[1,2]", 5, &five));
    assert_err(lq_json_parse(&doc, tok, 4, NULL, "[1,2] ", 6, &five), LQ_ERR_TOO_LONG);
    /* refused before it is read */
    lq_json_limits_t any = {SIZE_MAX, 1};
    assert_err(lq_json_parse(&doc, tok, 4, NULL, "[]", (size_t)LQ_JSON_TEXT_MAX + 1, &any),
               LQ_ERR_TOO_LONG);
    assert_err(lq_json_parse(&doc, tok, 4, NULL, NULL, 0, &any), LQ_ERR_SYNTAX);
}

/* Exactly as many tokens as there are values and names suffice; one less does not. */
static void needs_a_token_for_each_value_and_name(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t tok_cnt;
    } cases[] = {
        {"1", 1},
        {"\"a\"", 1},
        {"[]", 1},
        {"{}", 1},
        {"[1]", 2},
        {"[1,2]", 3},
        {"[[],[]]", 3},
        {"[\"a\"]", 2},
        {"[\"a\",\"b\"]", 3},
        {"[\"a\",\"b\",\"c\"]", 4},
        {"{\"a\":1}", 3},
        {"{\"a\":\"b\"}", 3},
        {"{\"a\":\"b\",\"c\":\"d\"}", 5},
        {"{\"a\":\"b\",\"c\":1}", 5},
        {"{\"a\":{}}", 3},
        {"{\"a\":[\"b\",\"c\"],\"d\":\"e\",\"f\":\"g\"}", 9},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        const char *text = cases[i].text;
        size_t sz = strlen(text);
        for (size_t cnt = 0; cnt <= cases[i].tok_cnt; cnt++) {
            lq_json_tok_t *tok = cnt ? malloc(cnt * sizeof(*tok)) : NULL;
            lq_json_t doc = {0};
            lq_err_t err = lq_json_parse(&doc, tok, cnt, NULL, text, sz, &limits);
            assert_err(err, cnt < cases[i].tok_cnt ? LQ_ERR_FULL : LQ_OK);
            assert_int_equal(doc.tok_cnt, err ? 0 : cnt);
            free(tok);
        }
    }
}

/* Each prefix of a container is an error, and each byte behind it. */
static void rejects_every_truncation(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(40, 4000); i++) {
        json_buf_t b = {0};
        json_put_container(&b, &rng, 4);
        assert_accepts(b.text, b.sz);
        size_t step = 1 + b.sz / 100; /* large ones at a hundred places */
        for (size_t sz = 0; sz < b.sz; sz += step)
            assert_rejects(b.text, sz);
        json_put_str(&b, "]");
        assert_rejects(b.text, b.sz);
        free(b.text);
    }
}

/* The text at every offset from a multiple of 64, and with its strings across the ends of chunks.
 */
static void does_not_depend_on_alignment(void **state)
{
    (void)state;
    for (size_t pad = 0; pad < 130; pad++) {
        for (size_t chunk = 0; chunk <= 8192; chunk += 4096) {
            json_buf_t b = {0};
            json_put_str(&b, "[\"");
            for (size_t i = 0; i < chunk + pad; i++)
                json_put_str(&b, "x");
            json_put_str(&b, "\",\"\\u0041\",{\"name\":\"\xe2\x82\xac\",\"n\":-12.5e3},\"\",true]");
            parsed_t p = parse(b.text, b.sz);
            assert_ok(p.err);
            assert_int_equal(p.doc.tok_cnt, 10);
            assert_int_equal(p.tok[1].info & TOK_PAYLOAD_MAX, chunk + pad);
            drop(&p);
            b.text[b.sz - 9] = '\x1f'; /* in the place of the comma before the empty string */
            p = parse(b.text, b.sz);
            assert_err(p.err, LQ_ERR_SYNTAX);
            drop(&p);
            free(b.text);
        }
    }
}

// NOLINTBEGIN(misc-no-recursion): as deep as the texts of this file
/* Compares value V with what jansson made of it. */
static void assert_same(const lq_json_t *doc, lq_json_val_t v, const json_t *want);

static void assert_same_text(const lq_json_t *doc, lq_json_val_t v, const char *want,
                             size_t want_sz)
{
    char *text = malloc(want_sz + 1);
    size_t sz;
    assert_ok(lq_json_get_text(doc, text, &sz, want_sz, NULL, v, NULL));
    assert_int_equal(sz, want_sz);
    assert_memory_equal(text, want, sz);
    free(text);
}

static void assert_same_members(const lq_json_t *doc, lq_json_val_t v, const json_t *want)
{
    lq_json_iter_t it;
    assert_ok(lq_json_iter(doc, &it, NULL, v, NULL));
    lq_json_val_t name;
    lq_json_val_t val;
    size_t cnt = 0;
    while (lq_json_next(doc, &name, &val, &it))
        cnt++;
    if (cnt != json_object_size(want))
        return; /* a name occurs twice: jansson has kept the last one alone */
    assert_ok(lq_json_iter(doc, &it, NULL, v, NULL));
    while (lq_json_next(doc, &name, &val, &it)) {
        char text[4096];
        size_t sz;
        assert_ok(lq_json_get_text(doc, text, &sz, sizeof(text), NULL, name, NULL));
        const json_t *member = json_object_getn(want, text, sz);
        assert_non_null(member);
        assert_same(doc, val, member);
    }
}

static void assert_same_elements(const lq_json_t *doc, lq_json_val_t v, const json_t *want)
{
    lq_json_iter_t it;
    assert_ok(lq_json_iter(doc, &it, NULL, v, NULL));
    lq_json_val_t val;
    size_t i = 0;
    while (lq_json_next(doc, NULL, &val, &it)) {
        assert_true(i < json_array_size(want));
        assert_same(doc, val, json_array_get(want, i++));
    }
    assert_int_equal(i, json_array_size(want));
}

static void assert_same(const lq_json_t *doc, lq_json_val_t v, const json_t *want)
{
    bool flag;
    int64_t integer;
    const char *raw;
    size_t sz;
    switch (json_typeof(want)) {
    case JSON_NULL:
        assert_int_equal(lq_json_kind(v), LQ_JSON_KIND_NULL);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        assert_ok(lq_json_get_bool(doc, &flag, NULL, v, NULL));
        assert_int_equal(flag, json_is_true(want));
        break;
    case JSON_INTEGER:
        assert_ok(lq_json_get_i64(doc, &integer, NULL, v, NULL));
        assert_int_equal(integer, json_integer_value(want));
        break;
    case JSON_REAL: {
        assert_ok(lq_json_get_number(doc, &raw, &sz, NULL, v, NULL));
        char copy[256];
        assert_true(sz < sizeof(copy));
        memcpy(copy, raw, sz);
        copy[sz] = '\0';
        assert_true(strtod(copy, NULL) == json_real_value(want));
        break;
    }
    case JSON_STRING:
        assert_same_text(doc, v, json_string_value(want), json_string_length(want));
        break;
    case JSON_OBJECT:
        assert_int_equal(lq_json_kind(v), LQ_JSON_KIND_OBJECT);
        assert_same_members(doc, v, want);
        break;
    case JSON_ARRAY:
        assert_int_equal(lq_json_kind(v), LQ_JSON_KIND_ARRAY);
        assert_same_elements(doc, v, want);
        break;
    }
}

// NOLINTEND(misc-no-recursion)

/* jansson limits numbers, and names to those without NUL, and overlooks a NUL byte behind a number
   or a literal; otherwise it must say the same. */
static bool agrees_with_jansson(const char *text, size_t sz)
{
    json_error_t error;
    json_t *want = json_loadb(text, sz, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    enum json_error_code code = want ? json_error_unknown : json_error_code(&error);
    parsed_t p = parse(text, sz);
    bool nul = sz && memchr(text, '\0', sz);
    bool comparable =
        !nul &&
        (want || (code != json_error_numeric_overflow && code != json_error_null_byte_in_key));
    if (nul)
        assert_err(p.err, LQ_ERR_SYNTAX);
    if (comparable && !want != (p.err != LQ_OK))
        fail_msg("\"%.*s\": jansson: %s; ours: %s", (int)sz, text, want ? "fine" : error.text,
                 p.err ? p.msg.text : "fine");
    if (want && !p.err)
        assert_same(&p.doc, lq_json_root(&p.doc), want);
    bool fine = want != NULL;
    json_decref(want);
    drop(&p);
    return fine;
}

static void agrees_with_jansson_on_valid_texts(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t fine_cnt = 0;
    size_t cnt = lq_test_cnt(1500, 500000);
    for (size_t i = 0; i < cnt; i++) {
        json_buf_t b = {0};
        json_put_space(&b, &rng);
        json_put_value(&b, &rng, 1 + (unsigned)lq_rng_below(&rng, 5));
        json_put_space(&b, &rng);
        fine_cnt += agrees_with_jansson(b.text, b.sz);
        free(b.text);
    }
    assert_true(fine_cnt > cnt / 2); /* the others have numbers too large for it */
}

static void agrees_with_jansson_on_mutations(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t fine_cnt = 0;
    size_t cnt = lq_test_cnt(4000, 2000000);
    for (size_t i = 0; i < cnt; i++) {
        json_buf_t b = {0};
        json_put_value(&b, &rng, 1 + (unsigned)lq_rng_below(&rng, 3));
        json_mutate(&b, &rng);
        fine_cnt += agrees_with_jansson(b.text, b.sz);
        free(b.text);
    }
    assert_in_range(fine_cnt, cnt / 50, cnt - cnt / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_the_grammar_has),
        cmocka_unit_test(rejects_what_it_has_not),
        cmocka_unit_test(judges_every_byte),
        cmocka_unit_test(judges_utf8_as_its_table_does),
        cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(cuts_and_cleans_paths_in_messages),
        cmocka_unit_test(bounds_depth),
        cmocka_unit_test(survives_any_depth),
        cmocka_unit_test(bounds_size),
        cmocka_unit_test(needs_a_token_for_each_value_and_name),
        cmocka_unit_test(rejects_every_truncation),
        cmocka_unit_test(does_not_depend_on_alignment),
        cmocka_unit_test(agrees_with_jansson_on_valid_texts),
        cmocka_unit_test(agrees_with_jansson_on_mutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
