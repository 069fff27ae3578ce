#include "start.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lq_test.h"

static char path[64];
static lq_config_t config;
static lq_start_log_t log_;

static int set_up(void **state)
{
    (void)snprintf(path, sizeof(path), "/tmp/lq-start-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    config = (lq_config_t){.log_file = path,
                           .log_level = LQ_LOG_INFO,
                           .log_line_max_sz = LQ_LOG_LINE_MIN,
                           .log_value_max_sz = LQ_LOG_VALUE_MIN};
    assert_int_equal(lq_start_log_open(&log_, "test", &config, LQ_LOG_INFO, NULL), LQ_EXIT_DONE);
    *state = path;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lq_start_log_close(&log_);
    return unlink(path);
}

/* What is in the file, as far as it matters here. */
static const char *written(void)
{
    static char text[4 * LQ_START_HELD_SZ];
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t sz = read(fd, text, sizeof(text) - 1);
    assert_true(sz >= 0);
    (void)close(fd);
    text[sz] = '\0';
    return text;
}

static size_t line_cnt(void)
{
    size_t cnt = 0;
    for (const char *at = written(); (at = strchr(at, '\n')); at++)
        cnt++;
    return cnt;
}

static void holds_lines_until_they_are_released(void **state)
{
    (void)state;
    lq_start_log_hold(&log_);
    LQ_LOG(&log_.log, LQ_LOG_INFO, "test", "first");
    LQ_LOG(&log_.log, LQ_LOG_INFO, "test", "second");
    assert_int_equal(line_cnt(), 0);
    lq_start_log_release(&log_);
    assert_int_equal(line_cnt(), 2);
    const char *text = written();
    assert_true(strstr(text, "first") < strstr(text, "second"));
    LQ_LOG(&log_.log, LQ_LOG_INFO, "test", "third");
    assert_int_equal(line_cnt(), 3);
    lq_start_log_release(&log_);
    assert_int_equal(line_cnt(), 3);
}

static void a_warning_waits_for_nothing_and_comes_behind_what_was_held(void **state)
{
    (void)state;
    lq_start_log_hold(&log_);
    LQ_LOG(&log_.log, LQ_LOG_INFO, "test", "first");
    LQ_LOG(&log_.log, LQ_LOG_WARN, "test", "second");
    assert_int_equal(line_cnt(), 2);
    const char *text = written();
    assert_true(strstr(text, "first") < strstr(text, "second"));
    LQ_LOG(&log_.log, LQ_LOG_INFO, "test", "third");
    assert_int_equal(line_cnt(), 2);
}

static void more_lines_than_there_is_room_for_are_written_in_their_order(void **state)
{
    (void)state;
    enum {
        CNT = 500
    };
    size_t at = 0;
    lq_start_log_hold(&log_);
    for (uint64_t i = 0; i < CNT; i++)
        LQ_LOG(&log_.log, LQ_LOG_INFO, "test", "one of many", LQ_LOG_U64("number", i));
    assert_true(line_cnt() > 0 && line_cnt() < CNT);
    lq_start_log_release(&log_);
    assert_int_equal(line_cnt(), CNT);
    for (const char *line = written(); (line = strstr(line, "number=")); line++)
        assert_int_equal(strtoul(line + strlen("number="), NULL, 10), at++);
    assert_int_equal(at, CNT);
}

static void what_is_held_is_written_at_the_end(void **state)
{
    (void)state;
    lq_start_log_hold(&log_);
    LQ_LOG(&log_.log, LQ_LOG_INFO, "test", "last");
    lq_start_log_close(&log_);
    assert_int_equal(line_cnt(), 1);
    assert_int_equal(lq_start_log_open(&log_, "test", &config, LQ_LOG_INFO, NULL), LQ_EXIT_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(holds_lines_until_they_are_released, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_warning_waits_for_nothing_and_comes_behind_what_was_held,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            more_lines_than_there_is_room_for_are_written_in_their_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_held_is_written_at_the_end, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
