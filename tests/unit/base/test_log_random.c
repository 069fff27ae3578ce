#include "liqd/base/log.h"

#include "log_rig.h"
#include "lq_test.h"

/* A strict reader of both formats. */

typedef struct character {
    uint32_t c;
    bool escaped;
} character_t;

static uint32_t take_hex4(const char **at)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        char c = *(*at)++;
        assert_true((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
        v = v * 16 + (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return v;
}

static character_t take_escape(const char **at)
{
    char c = *(*at)++;
    if (c != 'u') {
        assert_true(c == '"' || c == '\\');
        return (character_t){.c = (uint8_t)c};
    }
    uint32_t v = take_hex4(at);
    assert_false(v >= 0xdc00 && v <= 0xdfff);
    if (v >= 0xd800 && v <= 0xdbff) {
        assert_true(*(*at)++ == '\\' && *(*at)++ == 'u');
        uint32_t low = take_hex4(at);
        assert_in_range(low, 0xdc00, 0xdfff);
        v = 0x10000 + (v - 0xd800) * 0x400 + (low - 0xdc00);
    }
    return (character_t){.c = v, .escaped = true};
}

/* Raw characters must be well-formed UTF-8 and nothing that a terminal obeys. */
static character_t take_character(const char **at)
{
    uint8_t first = (uint8_t)(*at)++[0];
    if (first == '\\')
        return take_escape(at);
    assert_true(first >= 0x20 && first != 0x7f);
    if (first < 0x80)
        return (character_t){.c = first};
    size_t more_cnt = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    assert_in_range(first, 0xc2, 0xf4);
    uint32_t v = first & (0x3fu >> more_cnt);
    for (size_t i = 0; i < more_cnt; i++) {
        uint8_t next = (uint8_t)(*at)++[0];
        assert_in_range(next, 0x80, 0xbf);
        v = v * 64 + (next & 0x3fu);
    }
    assert_true(v >= (more_cnt == 3 ? 0x10000u : more_cnt == 2 ? 0x800u : 0x80u));
    assert_false(v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff) || (v >= 0x80 && v <= 0x9f));
    assert_false(v == 0x61c || (v >= 0x200b && v <= 0x200f) || (v >= 0x2028 && v <= 0x202e));
    assert_false((v >= 0x2060 && v <= 0x2069) || v == 0xfeff || (v >= 0xe0000 && v <= 0xe007f));
    return (character_t){.c = v};
}

/* Reads a value at *AT and walks IN beside it; returns the bytes of IN that the value shows. */
static size_t take_value(const char **at, lq_log_format_t format, const uint8_t *in, size_t sz)
{
    bool quoted = **at == '"';
    assert_true(quoted || format == LQ_LOG_LOGFMT);
    *at += quoted;
    size_t used = 0;
    while (quoted ? **at != '"' : **at != ' ' && **at != '\n') {
        if (!quoted)
            assert_true(**at > ' ' && **at < 0x7f && !strchr("\"=\\", **at));
        character_t got = take_character(at);
        if (got.escaped && got.c == 0xfffd) { /* stands for one byte that is no character */
            assert_true(in[used] >= 0x80);
            used++;
            continue;
        }
        uint8_t utf8[4];
        size_t len = got.c < 0x80 ? 1 : got.c < 0x800 ? 2 : got.c < 0x10000 ? 3 : 4;
        uint32_t rest = got.c;
        for (size_t i = len; --i; rest /= 64)
            utf8[i] = (uint8_t)(0x80 + rest % 64);
        utf8[0] = (uint8_t)(len == 1 ? rest : (0xf00u >> len) + rest);
        assert_true(used + len <= sz);
        assert_memory_equal(utf8, in + used, len);
        used += len;
    }
    *at += quoted;
    return used;
}

static void take(const char **at, const char *want)
{
    assert_int_equal(strncmp(*at, want, strlen(want)), 0);
    *at += strlen(want);
}

static bool take_key(const char **at, lq_log_format_t format, const char *key)
{
    char want[64];
    (void)snprintf(want, sizeof(want), format == LQ_LOG_JSON ? ",\"%s\":" : " %s=", key);
    if (strncmp(*at, want, strlen(want)) != 0)
        return false;
    *at += strlen(want);
    return true;
}

/* Bytes that look like what strangers send: plain, multi-byte, hidden, broken. */
static size_t random_bytes(uint8_t *out, lq_rng_t *rng, size_t max)
{
    static const char *const odd[] = {"\"",           "\\",           "=",        " ",
                                      "\n",           "\x1b[0m",      "\u200f",   "\u00e9",
                                      "\u20ac",       "\U0001f600",   "\xed\xa0", "\xc0\xaf",
                                      "\xf4\x90\x80", "\U000e0041",   "\ufffd",   "\x7f",
                                      "\xf0\x9f\x98", "\xe2\x82\xac", "\ufeff",   "\xc2\x85"};
    size_t want_sz = (size_t)lq_rng_below(rng, max + 1);
    uint64_t mix = lq_rng_below(rng, 3);
    size_t sz = 0;
    while (sz + 4 < want_sz) {
        uint64_t kind = lq_rng_below(rng, mix + 1);
        if (kind == 0) {
            out[sz++] = (uint8_t)(0x21 + lq_rng_below(rng, 0x5e));
        } else if (kind == 1) {
            const char *text = odd[lq_rng_below(rng, LQ_ARRAY_CNT(odd))];
            while (*text)
                out[sz++] = (uint8_t)*text++;
        } else {
            out[sz++] = (uint8_t)lq_rng_u64(rng);
        }
    }
    return sz;
}

static void check_cut(const char **at, lq_log_format_t format, const char *key, size_t cut_sz)
{
    char cut_key[40];
    (void)snprintf(cut_key, sizeof(cut_key), "%s_cut", key);
    assert_int_equal(take_key(at, format, cut_key), cut_sz > 0);
    if (cut_sz)
        assert_int_equal(strtoull(*at, (char **)at, 10), cut_sz);
}

#define FIELD_CNT 6

static void check_line(const lq_log_config_t *config, const lq_log_field_t *fields)
{
    const char *at = rig.text;
    take(&at, config->format == LQ_LOG_JSON ? JSON_HEAD "debug\",\"module\":\"m\",\"msg\":\"n\""
                                            : LOGFMT_HEAD "debug module=m msg=n");
    bool left_out = false;
    for (size_t i = 0; i < FIELD_CNT; i++) {
        if (!take_key(&at, config->format, fields[i].key)) {
            left_out = true;
            continue;
        }
        const char *value = at;
        size_t used = take_value(&at, config->format, fields[i].as.bytes, fields[i].sz);
        size_t quotes_sz = *value == '"' ? 2 : 0;
        assert_true((size_t)(at - value) - quotes_sz <= config->value_max);
        if (used <
            fields[i].sz) /* the longest escape would not have fitted, or the value is short */
            assert_true((size_t)(at - value) - quotes_sz + 12 > config->value_max);
        check_cut(&at, config->format, fields[i].key, fields[i].sz - used);
    }
    if (left_out)
        take(&at, config->format == LQ_LOG_JSON ? ",\"truncated\":true" : " truncated=true");
    take(&at, config->format == LQ_LOG_JSON ? "}\n" : "\n");
    assert_ptr_equal(at, rig.text + rig.sz);
}

static void random_bytes_leave_every_line_readable(void **state)
{
    (void)state;
    static const char *const keys[FIELD_CNT] = {"a", "bb", "ccc", "dddd", "e_e", "f0"};
    static uint8_t bytes[FIELD_CNT][600];
    lq_rng_t rng = lq_test_rng();
    for (size_t round = lq_test_cnt(2000, 400000); round; round--) {
        lq_log_config_t config = with_format((lq_log_format_t)(round % LQ_LOG_FORMAT_CNT));
        config.line_max = LQ_LOG_LINE_MIN + (uint32_t)lq_rng_below(&rng, 1800);
        config.value_max = LQ_LOG_VALUE_MIN +
                           (uint32_t)lq_rng_below(&rng, config.line_max / 2 - LQ_LOG_VALUE_MIN + 1);
        start(&config);
        lq_log_field_t fields[FIELD_CNT + 1] = {{0}};
        for (size_t i = 0; i < FIELD_CNT; i++) {
            size_t sz = random_bytes(bytes[i], &rng, lq_rng_below(&rng, 4) ? 80 : 600);
            fields[i] = LQ_LOG_STR("", bytes[i], sz);
            fields[i].key = keys[i];
            fields[i].key_sz = (uint32_t)strlen(keys[i]);
        }
        lq_log_write(&rig.log, LQ_LOG_DEBUG, "m", "n", fields);
        assert_int_equal(rig.line_cnt, 1);
        check_line(&config, fields);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_bytes_leave_every_line_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
