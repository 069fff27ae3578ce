#include "log_internal.h"

#include <inttypes.h>
#include <time.h>

#include "lq_test.h"

#define OUT_MAX 8192

/* An oracle that is written from the header and from Unicode's tables, not from the code. */

/* Unicode 15.0, table 3-7: the size of the well-formed sequence at IN, 0 for none. */
static size_t well_formed(const uint8_t *in, size_t sz)
{
    static const struct {
        uint8_t first[2], second[2];
        size_t len;
    } rows[] = {
        {{0x00, 0x7f}, {0, 0}, 1},       {{0xc2, 0xdf}, {0x80, 0xbf}, 2},
        {{0xe0, 0xe0}, {0xa0, 0xbf}, 3}, {{0xe1, 0xec}, {0x80, 0xbf}, 3},
        {{0xed, 0xed}, {0x80, 0x9f}, 3}, {{0xee, 0xef}, {0x80, 0xbf}, 3},
        {{0xf0, 0xf0}, {0x90, 0xbf}, 4}, {{0xf1, 0xf3}, {0x80, 0xbf}, 4},
        {{0xf4, 0xf4}, {0x80, 0x8f}, 4},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        size_t len = rows[i].len;
        if (in[0] < rows[i].first[0] || in[0] > rows[i].first[1] || len > sz)
            continue;
        bool good = len == 1 || (in[1] >= rows[i].second[0] && in[1] <= rows[i].second[1]);
        for (size_t k = 2; k < len; k++)
            good = good && in[k] >= 0x80 && in[k] <= 0xbf;
        return good ? len : 0;
    }
    return 0;
}

static uint32_t code_point(const uint8_t *in, size_t len)
{
    uint32_t c = len == 1   ? in[0]
                 : len == 2 ? in[0] - 0xc0u
                 : len == 3 ? in[0] - 0xe0u
                            : in[0] - 0xf0u;
    for (size_t i = 1; i < len; i++)
        c = c * 64 + (in[i] - 0x80u);
    return c;
}

static bool escaped(uint32_t c)
{
    static const uint32_t ranges[][2] = {
        {0, 0x1f},          {0x7f, 0x9f},       {0x61c, 0x61c},     {0x200b, 0x200f},
        {0x202a, 0x202e},   {0x2028, 0x2029},   {0x2060, 0x2069},   {0xfeff, 0xfeff},
        {0xe0000, 0xe007f}, {0x206a, 0x206f},   {0xad, 0xad},       {0x34f, 0x34f},
        {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x3164, 0x3164},
        {0xfe00, 0xfe0f},   {0xffa0, 0xffa0},   {0xfff0, 0xfff8},   {0xfff9, 0xfffb},
        {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0080, 0xe0fff},
    };
    if (c >= 0x20000 && c >> 12 != 0xe0) /* nothing there: for speed */
        return false;
    for (size_t i = 0; i < LQ_ARRAY_CNT(ranges); i++)
        if (c >= ranges[i][0] && c <= ranges[i][1])
            return true;
    return false;
}

/* The text of the first character of IN in OUT and its size in *OUT_SZ; returns its size in IN. */
static size_t expected_char(char out[16], size_t *out_sz, const uint8_t *in, size_t sz)
{
    size_t len = well_formed(in, sz);
    uint32_t c = len ? code_point(in, len) : 0;
    int printed = 0;
    if (!len)
        printed = snprintf(out, 16, "\\ufffd");
    else if (c == '"' || c == '\\')
        printed = snprintf(out, 16, "\\%c", (char)c);
    else if (escaped(c) && c < 0x10000)
        printed = snprintf(out, 16, "\\u%04" PRIx32, c);
    else if (escaped(c))
        printed = snprintf(out, 16, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + (c - 0x10000) / 0x400,
                           0xdc00 + (c - 0x10000) % 0x400);
    else
        memcpy(out, in, len);
    *out_sz = printed ? (size_t)printed : len;
    return len ? len : 1;
}

static size_t expected(char *out, size_t *cut_sz, lq_log_format_t format, const uint8_t *in,
                       size_t sz, size_t max)
{
    bool bare = format == LQ_LOG_LOGFMT && sz > 0;
    for (size_t i = 0; i < sz && i < max; i++)
        bare = bare && in[i] > ' ' && in[i] < 0x7f && !strchr("\"=\\", in[i]);
    size_t out_sz = 0;
    size_t i = 0;
    if (!bare)
        out[out_sz++] = '"';
    for (size_t text_sz = 0; i < sz;) {
        char piece[16];
        size_t piece_sz;
        size_t used = expected_char(piece, &piece_sz, in + i, sz - i);
        text_sz += piece_sz;
        if (text_sz > max)
            break;
        memcpy(out + out_sz, piece, piece_sz);
        out_sz += piece_sz;
        i += used;
    }
    if (!bare)
        out[out_sz++] = '"';
    *cut_sz = sz - i;
    return out_sz;
}

static void check_text(lq_log_format_t format, const uint8_t *in, size_t sz, size_t max)
{
    static char want[OUT_MAX];
    static char got[OUT_MAX];
    size_t want_cut_sz;
    size_t cut_sz = 12345;
    size_t want_sz = expected(want, &want_cut_sz, format, in, sz, max);
    memset(got, '#', want_sz + 16);
    const char *end = lq_log_put_text(got, &cut_sz, format, in, sz, max);
    assert_int_equal(end - got, want_sz);
    assert_memory_equal(got, want, want_sz);
    assert_int_equal(cut_sz, want_cut_sz);
    assert_memory_equal(end, "################", 16); /* nothing behind its end */
}

static size_t put_utf8(uint8_t out[4], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len; --i;) {
        out[i] = (uint8_t)(0x80 + c % 64);
        c /= 64;
    }
    out[0] = (uint8_t)((0xf00 >> len) + c); /* 0xc0, 0xe0, 0xf0 in its low byte */
    return len;
}

static void every_code_point_is_shown_or_escaped(void **state)
{
    (void)state;
    enum {
        RUN = 256
    };
    uint8_t in[4 * RUN];
    for (uint32_t first = 0; first < 0x110000; first += RUN) {
        size_t sz = 0;
        for (uint32_t c = first; c < first + RUN; c++)
            sz += put_utf8(in + sz, c); /* surrogates too: three bytes that are none */
        check_text(LQ_LOG_JSON, in, sz, sizeof(in) * 6);
        if (first < 0x3000)
            check_text(LQ_LOG_LOGFMT, in, sz, sizeof(in) * 6);
    }
}

static void every_start_of_a_sequence(void **state)
{
    (void)state;
    static const uint8_t ends[][2] = {{0x80, 0x80}, {0xbf, 0xbf}, {0x7f, 0x80}, {0x80, 0xc0}};
    for (unsigned i = 0; i < 0x10000; i++) {
        uint8_t in[] = {(uint8_t)(i >> 8), (uint8_t)i, 0, 0};
        check_text(i % 2 ? LQ_LOG_LOGFMT : LQ_LOG_JSON, in, 2, 64);
        for (size_t k = 0; in[0] >= 0xe0 && k < LQ_ARRAY_CNT(ends); k++) {
            memcpy(in + 2, ends[k], 2);
            check_text(LQ_LOG_JSON, in, 4, 64);
        }
        if (i < 0x100) {
            check_text(LQ_LOG_LOGFMT, in + 1, 1, 64);
            check_text(LQ_LOG_JSON, in + 1, 1, 64);
        }
    }
}

/* Bytes that meet: plain text, well-formed sequences of each length, hidden ones, their fragments
   and noise. */
static size_t random_text(uint8_t *in, lq_rng_t *rng, size_t max)
{
    static const uint32_t odd[] = {'"',    '\\',   '=',    ' ',    0,       '\n',    0x1b,
                                   0x7f,   0x9b,   0x61c,  0x202e, 0x2066,  0xfeff,  0xe0041,
                                   0x7ff,  0x800,  0xffff, 0xd7ff, 0x10000, 0xd800,  0xdfff,
                                   0xe000, 0xfffd, 0xe9,   0x20ac, 0x1f600, 0x10ffff};
    size_t want_sz = (size_t)lq_rng_below(rng, max + 1);
    uint64_t mix = lq_rng_below(rng, 6);
    size_t sz = 0;
    while (sz + 4 <= want_sz) {
        switch (lq_rng_below(rng, mix + 1)) {
        case 0:
            in[sz++] = (uint8_t)(0x21 + lq_rng_below(rng, 0x5e));
            break;
        case 1:
            sz += put_utf8(in + sz, odd[lq_rng_below(rng, LQ_ARRAY_CNT(odd))]);
            break;
        case 2:
            sz += put_utf8(in + sz, (uint32_t)lq_rng_below(rng, 0x110000));
            break;
        case 3:
            sz += put_utf8(in + sz, (uint32_t)lq_rng_below(rng, 0x3000));
            break;
        case 4:
            sz += put_utf8(in + sz, 0x80 + (uint32_t)lq_rng_below(rng, 0x1fff80)) - 1;
            break;
        default:
            in[sz++] = (uint8_t)lq_rng_u64(rng);
        }
    }
    return sz;
}

static void random_text_at_every_cap(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t round = lq_test_cnt(300, 200000); round; round--) {
        uint8_t in[200];
        size_t sz = random_text(in, &rng, 48);
        for (size_t max = 1; max <= 60; max++) {
            check_text(LQ_LOG_LOGFMT, in, sz, max);
            check_text(LQ_LOG_JSON, in, sz, max);
        }
        sz = random_text(in, &rng, sizeof(in));
        check_text(LQ_LOG_JSON, in, sz, sizeof(in) * 6);
    }
}

static void sequences_end_with_the_text(void **state)
{
    (void)state;
    /* exactly as large as the input, so that a read past the end is seen */
    static const char *const texts[] = {"\xf0\x9f\x98\x80", "\xe2\x82\xac", "\xc3\xa9"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(texts); i++) {
        for (size_t sz = 1; sz <= strlen(texts[i]); sz++) {
            uint8_t *in = malloc(sz);
            assert_non_null(in);
            memcpy(in, texts[i], sz);
            check_text(LQ_LOG_JSON, in, sz, 64);
            free(in);
        }
    }
    size_t cut_sz = 1;
    char out[4];
    assert_int_equal(lq_log_put_text(out, &cut_sz, LQ_LOG_LOGFMT, NULL, 0, 16) - out, 2);
    assert_memory_equal(out, "\"\"", 2);
    assert_int_equal(cut_sz, 0);
}

static void hex_is_cut_at_a_byte(void **state)
{
    (void)state;
    static const uint8_t in[] = {0x00, 0x1f, 0xa9, 0xff};
    static const struct {
        size_t sz, max;
        const char *want;
        size_t cut_sz;
    } rows[] = {{0, 16, "0x", 0},          {4, 10, "0x001fa9ff", 0}, {4, 11, "0x001fa9ff", 0},
                {4, 9, "0x001fa9", 1},     {4, 8, "0x001fa9", 1},    {4, 2, "0x", 4},
                {4, 4096, "0x001fa9ff", 0}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        char out[32];
        char want[32];
        size_t cut_sz = 99;
        char *end = lq_log_put_hex(out, &cut_sz, LQ_LOG_LOGFMT, in, rows[i].sz, rows[i].max);
        *end = '\0';
        assert_string_equal(out, rows[i].want);
        assert_int_equal(cut_sz, rows[i].cut_sz);
        end = lq_log_put_hex(out, &cut_sz, LQ_LOG_JSON, in, rows[i].sz, rows[i].max);
        *end = '\0';
        (void)snprintf(want, sizeof(want), "\"%s\"", rows[i].want);
        assert_string_equal(out, want);
        assert_int_equal(cut_sz, rows[i].cut_sz);
    }
}

static void check_u64(uint64_t v)
{
    char out[24];
    char want[24];
    *lq_log_put_u64(out, v) = '\0';
    (void)snprintf(want, sizeof(want), "%" PRIu64, v);
    assert_string_equal(out, want);
}

static void numbers_are_decimal(void **state)
{
    (void)state;
    check_u64(0);
    check_u64(UINT64_MAX);
    for (uint64_t power = 1; power <= UINT64_MAX / 10; power *= 10) {
        check_u64(power);
        check_u64(power - 1);
        check_u64(10 * power - 1);
    }
    check_u64(10000000000000000000u);
    lq_rng_t rng = lq_test_rng();
    for (int i = 0; i < 10000; i++)
        check_u64(lq_rng_u64(&rng) >> lq_rng_below(&rng, 64));
}

static void check_time(uint64_t wall_ns)
{
    char out[32];
    char want[64];
    time_t sec = (time_t)(wall_ns / 1000000000u);
    struct tm t;
    assert_non_null(gmtime_r(&sec, &t));
    size_t sz = strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S", &t);
    (void)snprintf(want + sz, sizeof(want) - sz, ".%06" PRIu64 "Z", wall_ns % 1000000000u / 1000);
    *lq_log_put_time(out, wall_ns) = '\0';
    assert_string_equal(out, want);
    assert_int_equal(strlen(out), 27);
}

static void time_is_rfc_3339_in_utc(void **state)
{
    (void)state;
    char out[32];
    *lq_log_put_time(out, 1763630100123456789u) = '\0';
    assert_string_equal(out, "2025-11-20T09:15:00.123456Z");
    *lq_log_put_time(out, 951782400000000999u) = '\0';
    assert_string_equal(out, "2000-02-29T00:00:00.000000Z");
    *lq_log_put_time(out, UINT64_MAX) = '\0';
    assert_string_equal(out, "2554-07-21T23:34:33.709551Z");
    check_time(0);
    for (uint64_t day = 0; day <= UINT64_MAX / 86400000000000u; day++) {
        check_time(day * 86400000000000u);
        if (day)
            check_time(day * 86400000000000u - 1);
    }
    lq_rng_t rng = lq_test_rng();
    for (int i = 0; i < 10000; i++)
        check_time(lq_rng_u64(&rng));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_is_shown_or_escaped),
        cmocka_unit_test(every_start_of_a_sequence),
        cmocka_unit_test(random_text_at_every_cap),
        cmocka_unit_test(sequences_end_with_the_text),
        cmocka_unit_test(hex_is_cut_at_a_byte),
        cmocka_unit_test(numbers_are_decimal),
        cmocka_unit_test(time_is_rfc_3339_in_utc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
