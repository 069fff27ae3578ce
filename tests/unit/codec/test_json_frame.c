#include "json_internal.h"

#include "json_random.h"

static const lq_json_limits_t wide = {LQ_JSON_TEXT_MAX, UINT32_MAX};

/* The same, byte by byte: what the outcome must be, whatever the pieces and the CPU. */
typedef struct plain {
    size_t value_sz;
    uint32_t depth;
    bool in_string;
    bool escaped;
} plain_t;

static lq_err_t plain_byte(plain_t *p, bool *ends, char c, const lq_json_limits_t *limits)
{
    *ends = false;
    if (!p->value_sz && (c == ' ' || c == '\t' || c == '\n' || c == '\r'))
        return LQ_OK;
    if (!p->value_sz && c != '{' && c != '[')
        return LQ_ERR_SYNTAX;
    if (p->value_sz == limits->text_max)
        return LQ_ERR_TOO_LONG;
    p->value_sz++;
    if (p->escaped) {
        p->escaped = false;
        if (c == '"' || c == '\\')
            return LQ_OK;
    }
    if (c == '\\')
        p->escaped = true;
    else if (c == '"')
        p->in_string = !p->in_string;
    else if (!p->in_string && (c == '{' || c == '[') && p->depth++ == limits->depth_max)
        return LQ_ERR_RANGE;
    else if (!p->in_string && (c == '}' || c == ']'))
        *ends = --p->depth == 0;
    if (*ends)
        *p = (plain_t){0};
    return LQ_OK;
}

/* Feeds the SZ bytes at TEXT in random pieces of at most PIECE_MAX, empty ones included, each from
   a buffer of its own size, and compares each value that ends, and the error, with the plain way.
 */
static void feed_in_pieces(const lq_json_simd_t *simd, const char *text, size_t sz,
                           const lq_json_limits_t *limits, size_t piece_max, lq_rng_t *rng)
{
    lq_json_frame_t f;
    lq_json_frame_init(&f, limits);
    plain_t plain = {0};
    size_t plain_at = 0;
    size_t at = 0;
    while (at < sz) {
        size_t piece = lq_rng_below(rng, piece_max + 1);
        if (piece > sz - at)
            piece = sz - at;
        char *data = piece ? malloc(piece) : NULL;
        if (piece)
            memcpy(data, text + at, piece);
        for (size_t done = 0; done < piece || !piece;) {
            size_t used = 42;
            size_t value_sz = 43;
            lq_err_msg_t msg;
            lq_json_frame_t before = f;
            lq_err_t err =
                lq_json_frame_feed_by(simd, &f, &used, &value_sz, &msg, data + done, piece - done);
            lq_err_t want = LQ_OK;
            bool ends = false;
            size_t start = plain_at;
            size_t value_before = plain.value_sz;
            while (plain_at < at + piece && !want && !ends)
                want = plain_byte(&plain, &ends, text[plain_at++], limits);
            assert_err(err, want);
            if (err) {
                char where[64];
                (void)snprintf(where, sizeof(where), "JSON stream offset %zu: ", plain_at - 1);
                assert_ptr_equal(strstr(msg.text, where), msg.text);
                assert_true(used == 42 && value_sz == 43);
                assert_memory_equal(&f, &before, sizeof(f));
                free(data);
                return;
            }
            assert_int_equal(used, plain_at - start);
            assert_int_equal(value_sz != 0, ends);
            if (ends && !value_before) /* begins and ends here, behind white space perhaps */
                assert_true(value_sz <= used && strchr("{[", text[plain_at - value_sz]));
            else if (ends)
                assert_int_equal(value_sz, value_before + used);
            done += used;
            if (!piece)
                break;
        }
        free(data);
        at += piece;
    }
}

static void feed_every_way(const char *text, size_t sz, const lq_json_limits_t *limits,
                           lq_rng_t *rng)
{
    static const size_t piece_max[] = {1, 3, 70, 1100, SIZE_MAX - 1};
    for (size_t i = 0; lq_json_simd(i); i++)
        for (size_t k = 0; k < LQ_ARRAY_CNT(piece_max); k++)
            feed_in_pieces(lq_json_simd(i), text, sz, limits, piece_max[k], rng);
}

static void splits_a_stream_cut_anywhere(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t round = 0; round < lq_test_cnt(60, 20000); round++) {
        json_buf_t b = {0};
        for (size_t i = lq_rng_below(&rng, 6); i; i--) {
            json_put_space(&b, &rng);
            json_put_container(&b, &rng, 4);
        }
        feed_every_way(b.text, b.sz, &wide, &rng);
        free(b.text);
    }
}

/* Broken streams, tight limits: the same error at the same byte however it is cut. */
static void refuses_at_the_same_byte_cut_anywhere(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t round = 0; round < lq_test_cnt(100, 30000); round++) {
        json_buf_t b = {0};
        for (size_t i = 1 + lq_rng_below(&rng, 3); i; i--)
            json_put_container(&b, &rng, 4);
        if (lq_rng_below(&rng, 2))
            json_mutate(&b, &rng);
        lq_json_limits_t tight = {lq_rng_below(&rng, 400), (uint32_t)lq_rng_below(&rng, 5)};
        feed_every_way(b.text, b.sz, &tight, &rng);
        free(b.text);
    }
}

/* Feeds TEXT whole and returns what it says of the first value; its size in SZ. */
static lq_err_t frame(size_t *sz, lq_err_msg_t *msg, const char *text, size_t text_sz,
                      const lq_json_limits_t *limits)
{
    lq_json_frame_t f;
    lq_json_frame_init(&f, limits);
    size_t used;
    return lq_json_frame_feed(&f, &used, sz, msg, text, text_sz);
}

static void finds_where_a_value_ends(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t used;
        size_t sz;
    } cases[] = {
        {"", 0, 0},
        {"  \r\n\t", 5, 0},
        {"{}", 2, 2},
        {"[]", 2, 2},
        {" {}", 3, 2},
        {"{}{}", 2, 2},
        {"{}\n{}", 2, 2},
        {"[[]] ", 4, 4},
        {"{\"a\":\"}\"}", 9, 9},
        {"[\"\\\"]\"]", 7, 7},
        {"[\"\\\\\"]]", 6, 6},
        {"[\"\\\\\\\"]\"]", 9, 9},
        {"[\"a", 3, 0},
        {"{\"a\":[{}]", 9, 0},
        {"[\"\\", 3, 0},
        {"[\"[[[{{{\"]x", 10, 10},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_json_frame_t f;
        lq_json_frame_init(&f, &wide);
        size_t used = 42;
        size_t sz = 42;
        assert_ok(lq_json_frame_feed(&f, &used, &sz, NULL, cases[i].text, strlen(cases[i].text)));
        assert_int_equal(used, cases[i].used);
        assert_int_equal(sz, cases[i].sz);
    }
    lq_json_frame_t f;
    lq_json_frame_init(&f, &wide);
    size_t used = 42;
    size_t sz = 42;
    assert_ok(lq_json_frame_feed(&f, &used, &sz, NULL, NULL, 0));
    assert_true(used == 0 && sz == 0);
}

static void says_what_breaks_a_stream(void **state)
{
    (void)state;
    lq_json_frame_t f;
    lq_json_limits_t few = {20, 3};
    lq_json_frame_init(&f, &few);
    size_t used;
    size_t sz;
    lq_err_msg_t msg;
    assert_ok(lq_json_frame_feed(&f, &used, &sz, &msg, "[1] ", 4));
    assert_int_equal(used, 3);
    assert_ok(lq_json_frame_feed(&f, &used, &sz, &msg, " ", 1));
    assert_err(lq_json_frame_feed(&f, &used, &sz, &msg, " 1", 2), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text,
                        "JSON stream offset 5: neither an object nor an array begins here; "
                        "close the stream, it cannot be read on");
    assert_err(lq_json_frame_feed(&f, &used, &sz, &msg, "[[[[", 4), LQ_ERR_RANGE);
    assert_string_equal(msg.text,
                        "JSON stream offset 7: nested deeper than depth_max (3); raise it if "
                        "the sender is right, and open the stream again");
    assert_err(lq_json_frame_feed(&f, &used, &sz, &msg, "[1234567890,234567890]", 22),
               LQ_ERR_TOO_LONG);
    assert_string_equal(msg.text, "JSON stream offset 24: the value is longer than text_max (20); "
                                  "raise it if the sender is right, and open the stream again");
}

static void bounds_size_and_depth(void **state)
{
    (void)state;
    size_t sz;
    for (size_t max = 0; max < 200; max++) {
        char text[200];
        memset(text, ' ', sizeof(text));
        text[0] = '[';
        text[max ? max - 1 : 0] = max > 1 ? ']' : '[';
        lq_json_limits_t exact = {max, 1};
        if (max > 1) {
            assert_ok(frame(&sz, NULL, text, max, &exact));
            assert_int_equal(sz, max);
            exact.text_max--;
        }
        assert_err(frame(&sz, NULL, text, max > 1 ? max : max + 1, &exact), LQ_ERR_TOO_LONG);
    }
    for (uint32_t depth = 1; depth < 200; depth++) {
        char text[400];
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        size_t text_sz = 2 * (size_t)depth;
        lq_json_limits_t exact = {SIZE_MAX, depth};
        lq_json_limits_t below = {SIZE_MAX, depth - 1};
        assert_ok(frame(&sz, NULL, text, text_sz, &exact));
        assert_int_equal(sz, text_sz);
        assert_err(frame(&sz, NULL, text, text_sz, &below), LQ_ERR_RANGE);
    }
}

/* What the parser takes is one value to the framer, and ends where it does. */
static void agrees_with_the_parser(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t round = 0; round < lq_test_cnt(300, 100000); round++) {
        json_buf_t b = {0};
        json_put_container(&b, &rng, 5);
        size_t value_sz = b.sz;
        json_put_space(&b, &rng);
        lq_json_tok_t *tok = calloc(b.sz, sizeof(*tok));
        assert_non_null(tok);
        lq_json_t doc;
        assert_ok(lq_json_parse(&doc, tok, b.sz, NULL, b.text, b.sz, &wide));
        size_t sz;
        assert_ok(frame(&sz, NULL, b.text, b.sz, &wide));
        assert_int_equal(sz, value_sz);
        free(tok);
        free(b.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_where_a_value_ends),
        cmocka_unit_test(splits_a_stream_cut_anywhere),
        cmocka_unit_test(refuses_at_the_same_byte_cut_anywhere),
        cmocka_unit_test(says_what_breaks_a_stream),
        cmocka_unit_test(bounds_size_and_depth),
        cmocka_unit_test(agrees_with_the_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
