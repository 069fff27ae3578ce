#include "liqd/base/log.h"

#include "log_rig.h"
#include "lq_test.h"

static void write_one_of_each(void)
{
    static const uint8_t bytes[] = {0xde, 0xad, 0x00};
    LQ_LOG(&rig.log, LQ_LOG_WARN, "rpc", "endpoint is down", LQ_LOG_STR("url", "ws://n:1/x", 8),
           LQ_LOG_CSTR("why", "no \"answer\""), LQ_LOG_CSTR("none", NULL), LQ_LOG_U64("tries", 3),
           LQ_LOG_I64("margin_bps", -17), LQ_LOG_BOOL("last", true), LQ_LOG_BOOL("first", false),
           LQ_LOG_HEX("tx", bytes, sizeof(bytes)), LQ_LOG_ERR("err", LQ_ERR_NOT_FOUND),
           LQ_LOG_STR("empty", NULL, 0), LQ_LOG_CSTR("eq", "a=b"), LQ_LOG_CSTR("path", "c:\\"));
}

static void writes_each_kind_as_logfmt(void **state)
{
    (void)state;
    start(&usual);
    write_one_of_each();
    assert_string_equal(rig.text,
                        LOGFMT_HEAD "warn module=rpc msg=\"endpoint is down\" url=ws://n:1 "
                                    "why=\"no \\\"answer\\\"\" none=null tries=3 margin_bps=-17 "
                                    "last=true first=false tx=0xdead00 err=\"not found\" "
                                    "empty=\"\" eq=\"a=b\" path=\"c:\\\\\"\n");
    assert_int_equal(rig.last_level, LQ_LOG_WARN);
}

static void writes_each_kind_as_json(void **state)
{
    (void)state;
    lq_log_config_t config = with_format(LQ_LOG_JSON);
    start(&config);
    write_one_of_each();
    assert_string_equal(
        rig.text,
        JSON_HEAD "warn\",\"module\":\"rpc\",\"msg\":\"endpoint is down\",\"url\":\"ws://n:1\","
                  "\"why\":\"no \\\"answer\\\"\",\"none\":null,\"tries\":3,\"margin_bps\":-17,"
                  "\"last\":true,\"first\":false,\"tx\":\"0xdead00\",\"err\":\"not found\","
                  "\"empty\":\"\",\"eq\":\"a=b\",\"path\":\"c:\\\\\"}\n");
}

static void writes_a_line_without_fields(void **state)
{
    (void)state;
    start(&usual);
    LQ_LOG(&rig.log, LQ_LOG_INFO, "app", "started");
    assert_string_equal(rig.text, LOGFMT_HEAD "info module=app msg=started\n");
    lq_log_config_t config = with_format(LQ_LOG_JSON);
    start(&config);
    LQ_LOG(&rig.log, LQ_LOG_INFO, "app", "a\x1b[2J");
    assert_string_equal(rig.text, JSON_HEAD "info\",\"module\":\"app\",\"msg\":\"a\\u001b[2J\"}\n");
}

static void hostile_values_are_escaped(void **state)
{
    (void)state;
    /* U+202E CDSU U+2069 U+FEFF; as a literal clang-tidy takes it for what it is */
    static const uint8_t bidi[] = {0xe2, 0x80, 0xae, 'C',  'D',  'S', 'U',
                                   0xe2, 0x81, 0xa9, 0xef, 0xbb, 0xbf};
    start(&usual);
    LQ_LOG(&rig.log, LQ_LOG_INFO, "market", "token", LQ_LOG_CSTR("ansi", "\x1b[31mUSDC\x1b[0m\x9b"),
           LQ_LOG_CSTR("line", "a\nlevel=error"), LQ_LOG_STR("bidi", bidi, sizeof(bidi)),
           LQ_LOG_CSTR("tag", "\U000e0041"));
    assert_string_equal(rig.text,
                        LOGFMT_HEAD "info module=market msg=token "
                                    "ansi=\"\\u001b[31mUSDC\\u001b[0m\\ufffd\" "
                                    "line=\"a\\u000alevel=error\" "
                                    "bidi=\"\\u202eCDSU\\u2069\\ufeff\" tag=\"\\udb40\\udc41\"\n");
}

static void json_integers_beyond_2_53_are_strings(void **state)
{
    (void)state;
    lq_log_config_t config = with_format(LQ_LOG_JSON);
    start(&config);
    LQ_LOG(&rig.log, LQ_LOG_ERROR, "m", "n", LQ_LOG_U64("a", 9007199254740991u),
           LQ_LOG_U64("b", 9007199254740992u), LQ_LOG_U64("c", UINT64_MAX), LQ_LOG_U64("d", 0),
           LQ_LOG_I64("e", -9007199254740991), LQ_LOG_I64("f", -9007199254740992),
           LQ_LOG_I64("g", INT64_MIN), LQ_LOG_I64("h", INT64_MAX), LQ_LOG_I64("i", 0));
    assert_string_equal(rig.text,
                        JSON_HEAD "error\",\"module\":\"m\",\"msg\":\"n\",\"a\":9007199254740991,"
                                  "\"b\":\"9007199254740992\",\"c\":\"18446744073709551615\","
                                  "\"d\":0,\"e\":-9007199254740991,\"f\":\"-9007199254740992\","
                                  "\"g\":\"-9223372036854775808\",\"h\":\"9223372036854775807\","
                                  "\"i\":0}\n");
    start(&usual);
    LQ_LOG(&rig.log, LQ_LOG_ERROR, "m", "n", LQ_LOG_U64("c", UINT64_MAX),
           LQ_LOG_I64("g", INT64_MIN));
    assert_string_equal(rig.text, LOGFMT_HEAD "error module=m msg=n c=18446744073709551615 "
                                              "g=-9223372036854775808\n");
}

static uint64_t counted(uint64_t *cnt)
{
    return ++*cnt;
}

static void lower_levels_evaluate_nothing(void **state)
{
    (void)state;
    for (unsigned lowest = 0; lowest < LQ_LOG_LEVEL_CNT; lowest++) {
        lq_log_config_t config = usual;
        config.level = (lq_log_level_t)lowest;
        start(&config);
        for (unsigned level = 0; level < LQ_LOG_LEVEL_CNT; level++) {
            uint64_t cnt = 0;
            forget();
            LQ_LOG(&rig.log, (lq_log_level_t)level, "m", "n", LQ_LOG_U64("x", counted(&cnt)));
            assert_int_equal(cnt, level >= lowest);
            assert_int_equal(rig.line_cnt, level >= lowest);
            if (level >= lowest) {
                assert_int_equal(rig.last_level, level);
                assert_non_null(strstr(rig.text, lq_log_level_names[level]));
            }
        }
    }
}

static void time_follows_the_wall_clock_both_ways(void **state)
{
    (void)state;
    start(&usual);
    static const struct {
        uint64_t wall_ns;
        const char *want;
    } rows[] = {{0, "time=1970-01-01T00:00:00.000000Z level=info module=m msg=n\n"},
                {UINT64_MAX, "time=2554-07-21T23:34:33.709551Z level=info module=m msg=n\n"},
                {999, "time=1970-01-01T00:00:00.000000Z level=info module=m msg=n\n"},
                {1000, "time=1970-01-01T00:00:00.000001Z level=info module=m msg=n\n"}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        rig.manual.now.wall_ns = rows[i].wall_ns;
        forget();
        LQ_LOG(&rig.log, LQ_LOG_INFO, "m", "n");
        assert_string_equal(rig.text, rows[i].want);
    }
}

static void rejects_what_is_out_of_range(void **state)
{
    (void)state;
    static const struct {
        lq_log_config_t config;
        lq_err_t want;
    } rows[] = {
        /* level, format, rate, burst, line, value */
        {{0, 0, 0, 0, 256, 16}, LQ_OK},
        {{3, 1, 1000000, 1000000, 4096, 2048}, LQ_OK},
        {{0, 0, 0, 1000000, 256, 128}, LQ_OK},
        {{0, 0, 1, 1, 256, 16}, LQ_OK},
        {{4, 0, 0, 0, 256, 16}, LQ_ERR_RANGE},
        {{(lq_log_level_t)-1, 0, 0, 0, 256, 16}, LQ_ERR_RANGE},
        {{0, 2, 0, 0, 256, 16}, LQ_ERR_RANGE},
        {{0, (lq_log_format_t)-1, 0, 0, 256, 16}, LQ_ERR_RANGE},
        {{0, 0, 1000001, 1, 256, 16}, LQ_ERR_RANGE},
        {{0, 0, 1, 1000001, 256, 16}, LQ_ERR_RANGE},
        {{0, 0, 0, 1000001, 256, 16}, LQ_ERR_RANGE},
        {{0, 0, 1, 0, 256, 16}, LQ_ERR_RANGE},
        {{0, 0, 0, 0, 255, 16}, LQ_ERR_RANGE},
        {{0, 0, 0, 0, 4097, 16}, LQ_ERR_RANGE},
        {{0, 0, 0, 0, UINT32_MAX, 16}, LQ_ERR_RANGE},
        {{0, 0, 0, 0, 256, 15}, LQ_ERR_RANGE},
        {{0, 0, 0, 0, 256, 129}, LQ_ERR_RANGE},
        {{0, 0, 0, 0, 4096, 2049}, LQ_ERR_RANGE},
        {{0, 0, 0, 0, 256, 0}, LQ_ERR_RANGE},
    };
    static lq_log_t before;
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        start(&usual);
        before = rig.log;
        assert_err(lq_log_init(&rig.log, &rows[i].config, lq_clock_system(), keep, NULL),
                   rows[i].want);
        if (rows[i].want != LQ_OK)
            assert_memory_equal(&rig.log, &before, sizeof(before));
    }
}

static void values_are_cut_beyond_their_cap(void **state)
{
    (void)state;
    lq_log_config_t config = usual;
    config.value_max = 16;
    start(&config);
    LQ_LOG(&rig.log, LQ_LOG_INFO, "module_longer_than_16", "message, longer than 16 bytes",
           LQ_LOG_CSTR("below", "123456789012345"), LQ_LOG_CSTR("at", "1234567890123456"),
           LQ_LOG_CSTR("beyond", "12345678901234567"), LQ_LOG_CSTR("char", "12345678901234\u20ac."),
           LQ_LOG_CSTR("escape", "1234567890\n\n"), LQ_LOG_HEX("hex", "1234567", 7),
           LQ_LOG_HEX("hexes", "12345678", 8));
    assert_string_equal(rig.text,
                        LOGFMT_HEAD "info module=module_longer_than_16 "
                                    "msg=\"message, longer than 16 bytes\" below=123456789012345 "
                                    "at=1234567890123456 beyond=1234567890123456 beyond_cut=1 "
                                    "char=\"12345678901234\" char_cut=4 "
                                    "escape=\"1234567890\\u000a\" escape_cut=1 "
                                    "hex=0x31323334353637 hexes=0x31323334353637 hexes_cut=1\n");
    config.format = LQ_LOG_JSON;
    start(&config);
    static char big[100016];
    memset(big, 'x', sizeof(big));
    LQ_LOG(&rig.log, LQ_LOG_INFO, "m", "n", LQ_LOG_STR("big", big, sizeof(big)));
    assert_string_equal(rig.text, JSON_HEAD "info\",\"module\":\"m\",\"msg\":\"n\","
                                            "\"big\":\"xxxxxxxxxxxxxxxx\",\"big_cut\":100000}\n");
}

/* The longest line: head, then fields up to the room that is kept for truncated=true. */
static void check_line_cap(lq_log_format_t format, size_t overhead)
{
    lq_log_config_t config = with_format(format);
    config.line_max = 256;
    config.value_max = 128;
    start(&config);
    LQ_LOG(&rig.log, LQ_LOG_INFO, "m", "n");
    size_t room =
        256 - rig.sz -
        (format == LQ_LOG_JSON ? strlen(",\"truncated\":true") : strlen(" truncated=true"));
    char text[128];
    memset(text, 'x', sizeof(text));
    size_t fits_sz = room - 2 * overhead - 100;
    forget();
    LQ_LOG(&rig.log, LQ_LOG_INFO, "m", "n", LQ_LOG_STR("a", text, 100),
           LQ_LOG_STR("b", text, fits_sz));
    assert_null(strstr(rig.text, "truncated"));
    assert_non_null(strstr(rig.text, format == LQ_LOG_JSON ? "\"b\":" : " b="));
    size_t full_sz = rig.sz;
    forget();
    LQ_LOG(&rig.log, LQ_LOG_INFO, "m", "n", LQ_LOG_STR("a", text, 100),
           LQ_LOG_STR("b", text, fits_sz + 1));
    assert_null(strstr(rig.text, format == LQ_LOG_JSON ? "\"b\":" : " b="));
    assert_non_null(strstr(rig.text, format == LQ_LOG_JSON ? "x\",\"truncated\":true}\n"
                                                           : "x truncated=true\n"));
    /* the full line with one small field that has no room: exactly line_max */
    forget();
    LQ_LOG(&rig.log, LQ_LOG_INFO, "m", "n", LQ_LOG_STR("a", text, 100),
           LQ_LOG_STR("b", text, fits_sz), LQ_LOG_U64("c", 1));
    assert_int_equal(rig.sz, 256);
    assert_true(full_sz < 256);
    /* a later field that fits is kept */
    forget();
    LQ_LOG(&rig.log, LQ_LOG_INFO, "m", "n", LQ_LOG_STR("a", text, 100), LQ_LOG_STR("b", text, 128),
           LQ_LOG_U64("c", 1));
    assert_null(strstr(rig.text, format == LQ_LOG_JSON ? "\"b\":" : " b="));
    assert_non_null(strstr(rig.text, format == LQ_LOG_JSON ? "x\",\"c\":1,\"truncated\":true}\n"
                                                           : "x c=1 truncated=true\n"));
}

static void fields_beyond_the_line_cap_are_left_out(void **state)
{
    (void)state;
    check_line_cap(LQ_LOG_LOGFMT, strlen(" a="));
    check_line_cap(LQ_LOG_JSON, strlen(",\"a\":\"\""));
}

static void suppressed_always_has_room(void **state)
{
    (void)state;
    for (unsigned format = 0; format < LQ_LOG_FORMAT_CNT; format++) {
        lq_log_config_t config = with_format((lq_log_format_t)format);
        config.rate_per_sec = 1;
        config.burst_cnt = 1;
        config.line_max = 256;
        config.value_max = 16;
        start(&config);
        static const lq_log_field_t end[] = {{0}};
        lq_log_write(&rig.log, LQ_LOG_INFO, "m", "n", end);
        rig.log.sites[0].suppressed_cnt = UINT64_MAX; /* recorded one at a time it takes ages */
        lq_clock_manual_advance(&rig.manual, 1000000000u);
        lq_log_field_t fields[65];
        for (size_t i = 0; i < 64; i++)
            fields[i] = LQ_LOG_U64("k", 1);
        fields[64] = end[0];
        forget();
        lq_log_write(&rig.log, LQ_LOG_INFO, "m", "n", fields);
        assert_non_null(strstr(
            rig.text, format == LQ_LOG_JSON
                          ? ",\"k\":1,\"suppressed\":\"18446744073709551615\",\"truncated\":true}\n"
                          : " k=1 suppressed=18446744073709551615 truncated=true\n"));
        assert_in_range(rig.sz, 256 - strlen(",\"k\":1"), 256);
    }
}

static void keys_and_literals_have_caps_too(void **state)
{
    (void)state;
    lq_log_config_t config = usual;
    config.line_max = 256;
    start(&config);
    LQ_LOG(&rig.log, LQ_LOG_INFO, "m", "n", LQ_LOG_U64("k2345678901234567890123456789012", 1),
           LQ_LOG_U64("k23456789012345678901234567890123", 2));
    assert_string_equal(rig.text,
                        LOGFMT_HEAD "info module=m msg=n "
                                    "k2345678901234567890123456789012=1 truncated=true\n");
    char message[301];
    memset(message, 'x', 300);
    message[300] = '\0';
    static const lq_log_field_t end[] = {{0}};
    forget();
    lq_log_write(&rig.log, LQ_LOG_INFO, "m", message, end);
    message[128] = '\0';
    char want[400];
    (void)snprintf(want, sizeof(want), LOGFMT_HEAD "info module=m msg=%s msg_cut=172\n", message);
    assert_string_equal(rig.text, want);
    message[128] = 'x';
    forget();
    lq_log_write(&rig.log, LQ_LOG_INFO, message, message, end);
    assert_null(strstr(rig.text, "msg="));
    assert_non_null(strstr(rig.text, "module_cut=172 truncated=true\n"));
}

/* The room behind a line of 4096 bytes holds the largest field that may be tried there: on the
   heap, so that a write past it is seen. */
static void largest_field_behind_the_longest_line(void **state)
{
    (void)state;
    for (unsigned format = 0; format < LQ_LOG_FORMAT_CNT; format++) {
        lq_log_config_t config = with_format((lq_log_format_t)format);
        config.line_max = LQ_LOG_LINE_MAX;
        config.value_max = LQ_LOG_LINE_MAX / 2;
        start(&config);
        lq_log_t *log = malloc(sizeof(*log));
        assert_non_null(log);
        memcpy(log, &rig.log, sizeof(*log));
        static char big[5000];
        memset(big, ' ', sizeof(big));
        lq_log_field_t fields[2000];
        for (size_t i = 0; i < 1998; i++)
            fields[i] = LQ_LOG_U64("k", 1);
        fields[1998] = LQ_LOG_STR("k2345678901234567890123456789012", big, sizeof(big));
        fields[1999] = (lq_log_field_t){0};
        lq_log_write(log, LQ_LOG_INFO, "m", "n", fields);
        free(log);
        assert_in_range(rig.sz, LQ_LOG_LINE_MAX - strlen(",\"k\":1"), LQ_LOG_LINE_MAX);
        assert_non_null(strstr(rig.text, "truncated"));
        assert_null(strstr(rig.text, "k2"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_each_kind_as_logfmt),
        cmocka_unit_test(writes_each_kind_as_json),
        cmocka_unit_test(writes_a_line_without_fields),
        cmocka_unit_test(hostile_values_are_escaped),
        cmocka_unit_test(json_integers_beyond_2_53_are_strings),
        cmocka_unit_test(lower_levels_evaluate_nothing),
        cmocka_unit_test(time_follows_the_wall_clock_both_ways),
        cmocka_unit_test(rejects_what_is_out_of_range),
        cmocka_unit_test(values_are_cut_beyond_their_cap),
        cmocka_unit_test(fields_beyond_the_line_cap_are_left_out),
        cmocka_unit_test(suppressed_always_has_room),
        cmocka_unit_test(keys_and_literals_have_caps_too),
        cmocka_unit_test(largest_field_behind_the_longest_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
