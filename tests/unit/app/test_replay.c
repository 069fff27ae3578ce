/* liqd replay of recordings in which something is amiss. On a chain: tests/cli/run.test.mjs. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "liqd/record/event_log.h"
#include "lq_test.h"
#include "memory_io.h"
#include "state.h"

#define RING_SZ ((size_t)1 << 20)

static const char yaml[] =
    "chain: {id: 1}\n"
    "book: {accounts: 64, groups: 16, oracles: 16, feeds: 16, undo: 1 MiB, replay: 1 MiB}\n"
    "liquidation: {candidates: 16, in_flight: 1, gas_kinds: 16}\n"
    "markets: {m: {protocol: morpho_blue, assets: 4,\n"
    "  address: \"0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb\"}}\n";

static char folder[64];
static char path[96];
static char heard[16384]; /* what was said on standard error */
static lq_config_t config;
static lq_schema_doc_t doc;
static lq_state_t state;
static lq_recorder_t *recorder;
static unsigned action_no; /* of all */
static unsigned left_out;  /* that one is not recorded; 0: each is */

static int enter(void **unused)
{
    (void)unused;
    memory_io_t files = {.files = {{"c.yaml", yaml}}};
    lq_schema_io_t io = memory_io(&files);
    (void)snprintf(folder, sizeof(folder), "/tmp/liqd_test_replay_XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof(path), "%s/events", folder);
    return lq_schema_load(&doc, &config, &lq_config_schema, &io, "c.yaml");
}

static int leave(void **unused)
{
    (void)unused;
    lq_schema_free(&doc);
    (void)unlink(path);
    return rmdir(folder);
}

static void on_action(void *ctx, const lq_action_t *action)
{
    (void)ctx;
    if (++action_no != left_out)
        lq_recorder_action(recorder, action);
}

static void open_recorder(void)
{
    char *text;
    size_t sz;
    lq_err_msg_t msg;
    assert_ok(lq_config_write(&text, &sz, &doc, &config));
    lq_event_log_start_t start = {
        .chain_id = 1, .seed = 5, .program = "test", .config = text, .config_sz = sz};
    assert_ok(lq_recorder_open(&recorder, &msg, path, &start, RING_SZ));
    free(text);
}

/* Records three events: time, a block to begin at, which has actions, and time. EXTRA, where it is
   not NULL, is recorded as done at the second. */
static void record(unsigned without, const lq_action_t *extra)
{
    lq_err_msg_t msg;
    lq_header_t header = {.block = {.number = 100}, .timestamp_sec = 1000};
    lq_event_t events[] = {
        {.kind = LQ_EVENT_TIMER, .time = {1000000000, 1}},
        {.kind = LQ_EVENT_BEGIN, .time = {2000000000, 2}, .as.head = &header},
        {.kind = LQ_EVENT_TIMER, .time = {3000000000, 3}},
    };
    lq_recorder_stat_t stat;
    action_no = 0;
    left_out = without;
    (void)unlink(path);
    open_recorder();
    assert_ok(lq_state_open(&state, &msg, &config, true, on_action, NULL, 5));
    for (size_t i = 0; i < LQ_ARRAY_CNT(events); i++) {
        lq_recorder_event(recorder, &events[i]);
        assert_ok(lq_state_event(&state, &msg, &events[i]));
        if (i == 1 && extra)
            lq_recorder_action(recorder, extra);
    }
    lq_recorder_close(recorder, &stat);
    assert_int_equal(stat.written_cnt, LQ_ARRAY_CNT(events));
    lq_state_close(&state);
}

/* Replays; what it says goes to HEARD. */
static int replay(void)
{
    const lq_cli_command_t *command = lq_cli_liqd.commands;
    while (strcmp(command->name, "replay") != 0)
        command++;
    lq_cli_call_t call = {.command = command, .operand = path};
    FILE *to = tmpfile();
    assert_non_null(to);
    int err = dup(STDERR_FILENO);
    int out = dup(STDOUT_FILENO);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_true(err >= 0 && out >= 0 && null >= 0);
    (void)fflush(NULL);
    (void)dup2(fileno(to), STDERR_FILENO);
    (void)dup2(null, STDOUT_FILENO);
    int rc = lq_cmd_replay(&call);
    (void)fflush(NULL);
    (void)dup2(err, STDERR_FILENO);
    (void)dup2(out, STDOUT_FILENO);
    (void)close(err);
    (void)close(out);
    (void)close(null);
    rewind(to);
    heard[fread(heard, 1, sizeof(heard) - 1, to)] = '\0';
    assert_int_equal(fclose(to), 0);
    return rc;
}

static void assert_heard(const char *text)
{
    if (!strstr(heard, text))
        fail_msg("\"%s\" is not in: %s", text, heard);
}

static void what_was_done_is_done_again(void **unused)
{
    (void)unused;
    record(0, NULL);
    assert_true(action_no > 2);
    assert_int_equal(replay(), LQ_EXIT_DONE);
    assert_string_equal(heard, "");
}

static void an_action_too_many_is_shown(void **unused)
{
    (void)unused;
    lq_action_t extra = {.kind = LQ_ACTION_DROP, .as.id = 77};
    record(0, &extra);
    assert_int_equal(replay(), LQ_EXIT_FAILED);
    assert_heard(" of event 2 differs\n");
    assert_heard("\n  recorded: drop intent=77\n  replayed: none\n");
}

static void an_action_that_is_not_recorded_is_shown(void **unused)
{
    (void)unused;
    record(0, NULL);
    unsigned cnt = action_no;
    for (unsigned i = 1; i <= cnt; i++) {
        record(i, NULL);
        assert_int_equal(replay(), LQ_EXIT_FAILED);
        assert_heard(" differs\n  recorded: ");
        assert_heard("\n  replayed: ");
        assert_null(strstr(heard, "replayed: none"));
    }
}

/* Changes the byte at AT by BITS. */
static void spoil(off_t at, uint8_t bits)
{
    uint8_t byte;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= bits;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    assert_int_equal(close(fd), 0);
}

static off_t file_sz(void)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

static void every_spoilt_byte_fails(void **unused)
{
    (void)unused;
    record(0, NULL);
    for (off_t at = 0; at < file_sz(); at += 13) {
        spoil(at, 1);
        int rc = replay();
        if (rc != LQ_EXIT_FAILED && rc != LQ_EXIT_CONFIG)
            fail_msg("byte %lld: %d", (long long)at, rc);
        assert_heard(path);
        spoil(at, 1);
    }
    assert_int_equal(replay(), LQ_EXIT_DONE);
}

static void one_of_another_version_is_refused(void **unused)
{
    (void)unused;
    record(0, NULL);
    unsigned refused = 0;
    for (off_t at = 0; at < 16; at++) { /* among the first words is the version */
        spoil(at, 2);
        refused += replay() == LQ_EXIT_CONFIG;
        spoil(at, 2);
    }
    assert_true(refused > 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_done_is_done_again, enter, leave),
        cmocka_unit_test_setup_teardown(an_action_too_many_is_shown, enter, leave),
        cmocka_unit_test_setup_teardown(an_action_that_is_not_recorded_is_shown, enter, leave),
        cmocka_unit_test_setup_teardown(every_spoilt_byte_fails, enter, leave),
        cmocka_unit_test_setup_teardown(one_of_another_version_is_refused, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
