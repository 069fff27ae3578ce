#ifndef LQ_TEST_JSON_RANDOM_H
#define LQ_TEST_JSON_RANDOM_H

/* Random JSON for the tests of the scanner: valid texts in every form that the grammar has, and
   mutations of them. */

#include "lq_test.h"

/* A text that grows. */
typedef struct json_buf {
    char *text;
    size_t sz;
    size_t max;
} json_buf_t;

static inline void json_put(json_buf_t *b, const char *text, size_t sz)
{
    if (b->sz + sz > b->max) {
        b->max = 2 * (b->sz + sz) + 64;
        b->text = realloc(b->text, b->max);
        assert_non_null(b->text);
    }
    if (sz)
        memcpy(b->text + b->sz, text, sz);
    b->sz += sz;
}

static inline void json_put_str(json_buf_t *b, const char *text)
{
    json_put(b, text, strlen(text));
}

/* Nothing most of the time, so that runs without white space are long. */
static inline void json_put_space(json_buf_t *b, lq_rng_t *rng)
{
    static const char space[] = " \t\n\r";
    if (lq_rng_below(rng, 8) == 0)
        for (size_t i = lq_rng_below(rng, 9); i; i--)
            json_put(b, &space[lq_rng_below(rng, 4)], 1);
}

static inline void json_put_char(json_buf_t *b, lq_rng_t *rng)
{
    static const char *const odd[] = {
        "\\\"",
        "\\\\",
        "\\/",
        "\\b",
        "\\f",
        "\\n",
        "\\r",
        "\\t",
        "\\u0000",
        "\\u0041",
        "\\u00e9",
        "\\uD834\\udd1E",
        "\\uFFFF",
        "\\ud7ff",
        "\\ue000",
        "\x7f",
        "\xc2\x80",
        "\xdf\xbf",
        "\xe0\xa0\x80",
        "\xed\x9f\xbf",
        "\xee\x80\x80",
        "\xef\xbf\xbf",
        "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
    };
    if (lq_rng_below(rng, 3)) {
        char c = (char)('a' + lq_rng_below(rng, 26));
        json_put(b, &c, 1);
    } else {
        json_put_str(b, odd[lq_rng_below(rng, LQ_ARRAY_CNT(odd))]);
    }
}

static inline void json_put_string(json_buf_t *b, lq_rng_t *rng)
{
    json_put_str(b, "\"");
    switch (lq_rng_below(rng, 4)) {
    case 0:
        for (size_t i = lq_rng_below(rng, 12); i; i--)
            json_put_char(b, rng);
        break;
    case 1: /* crosses blocks of 64 bytes */
        for (size_t i = lq_rng_below(rng, 300); i; i--)
            json_put(b, &"0123456789abcdef"[lq_rng_below(rng, 16)], 1);
        break;
    default:
        for (size_t i = lq_rng_below(rng, 9); i; i--)
            json_put(b, &"abcdefgh"[lq_rng_below(rng, 8)], 1);
        break;
    }
    json_put_str(b, "\"");
}

static inline void json_put_digits(json_buf_t *b, lq_rng_t *rng)
{
    for (size_t i = 1 + lq_rng_below(rng, lq_rng_below(rng, 4) ? 3 : 22); i; i--)
        json_put(b, &"0123456789"[lq_rng_below(rng, 10)], 1);
}

static inline void json_put_number(json_buf_t *b, lq_rng_t *rng)
{
    if (lq_rng_below(rng, 3) == 0)
        json_put_str(b, "-");
    if (lq_rng_below(rng, 4) == 0) {
        json_put_str(b, "0");
    } else {
        json_put(b, &"123456789"[lq_rng_below(rng, 9)], 1);
        if (lq_rng_below(rng, 2))
            json_put_digits(b, rng);
    }
    if (lq_rng_below(rng, 4) == 0) {
        json_put_str(b, ".");
        json_put_digits(b, rng);
    }
    if (lq_rng_below(rng, 6) == 0) {
        static const char *const exponent[] = {"e", "E", "e+", "E-", "e-"};
        json_put_str(b, exponent[lq_rng_below(rng, LQ_ARRAY_CNT(exponent))]);
        json_put(b, &"0123456789"[lq_rng_below(rng, 10)], 1);
    }
}

// NOLINTBEGIN(misc-no-recursion): as deep as it is told
static inline void json_put_container(json_buf_t *b, lq_rng_t *rng, unsigned depth);

/* A value with containers in it down to DEPTH. */
static inline void json_put_value(json_buf_t *b, lq_rng_t *rng, unsigned depth)
{
    static const char *const literal[] = {"null", "true", "false"};
    switch (lq_rng_below(rng, depth ? 8 : 5)) {
    case 0:
        json_put_str(b, literal[lq_rng_below(rng, 3)]);
        break;
    case 1:
        json_put_number(b, rng);
        break;
    case 2:
    case 3:
    case 4:
        json_put_string(b, rng);
        break;
    default:
        json_put_container(b, rng, depth);
        break;
    }
}

static inline void json_put_container(json_buf_t *b, lq_rng_t *rng, unsigned depth)
{
    bool named = lq_rng_below(rng, 2);
    json_put_str(b, named ? "{" : "[");
    json_put_space(b, rng);
    for (size_t i = lq_rng_below(rng, 7), first = i; i; i--) {
        if (i != first) {
            json_put_str(b, ",");
            json_put_space(b, rng);
        }
        if (named) {
            json_put_string(b, rng);
            json_put_space(b, rng);
            json_put_str(b, ":");
            json_put_space(b, rng);
        }
        json_put_value(b, rng, depth - 1);
        json_put_space(b, rng);
    }
    json_put_str(b, named ? "}" : "]");
}
// NOLINTEND(misc-no-recursion)

/* Changes, drops, repeats or inserts some bytes. */
static inline void json_mutate(json_buf_t *b, lq_rng_t *rng)
{
    static const char spice[] =
        "\"\\{}[]:,0123456789.eE+-truefalsn \n\t\x01\x1f\x7f\x80\xc3\xe2\xf0\xff/u";
    for (size_t i = 1 + lq_rng_below(rng, 3); i && b->sz; i--) {
        size_t at = lq_rng_below(rng, b->sz);
        size_t sz = 1 + lq_rng_below(rng, 4);
        if (sz > b->sz - at)
            sz = b->sz - at;
        char c = spice[lq_rng_below(rng, sizeof(spice))]; /* its NUL included */
        switch (lq_rng_below(rng, 4)) {
        case 0:
            b->text[at] = c;
            break;
        case 1:
            memmove(b->text + at, b->text + at + sz, b->sz - at - sz);
            b->sz -= sz;
            break;
        case 2:
            json_put(b, &c, 1);
            memmove(b->text + at + 1, b->text + at, b->sz - at - 1);
            b->text[at] = c;
            break;
        default:
            b->sz = at; /* cut */
            break;
        }
    }
}

#endif
