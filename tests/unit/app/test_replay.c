/* liqd replay of recordings in which something is amiss. On a chain: tests/cli/run.test.mjs. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "liqd/record/event_log.h"
#include "liqd/record/parts.h"
#include "lq_test.h"
#include "memory_io.h"
#include "state.h"

#define RING_SZ  ((size_t)1 << 20)
#define PART_CNT 3u

static const char yaml[] =
    "chain: {id: 1}\n"
    "book: {accounts: 64, groups: 16, oracles: 16, feeds: 16, undo: 1 MiB, replay: 1 MiB}\n"
    "liquidation: {candidates: 16, in_flight: 1, gas_kinds: 16}\n"
    "markets: {m: {protocol: morpho_blue, assets: 4,\n"
    "  address: \"0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb\"}}\n";

static char folder[64];
static char path[96];
static char parts[PART_CNT][LQ_PARTS_PATH_SZ]; /* of a recording in parts */
static char heard[16384];                      /* what was said on standard error */
static lq_config_t config;
static lq_schema_doc_t doc;
static lq_state_t state;
static lq_recorder_t *recorder;
static unsigned action_no;             /* of all */
static uint64_t first_ns = 1000000000; /* when the first event was */
static unsigned left_out;              /* that one is not recorded; 0: each is */

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
    for (unsigned i = 0; i < PART_CNT; i++)
        (void)unlink(parts[i]);
    return rmdir(folder);
}

static void on_action(void *ctx, const lq_action_t *action)
{
    (void)ctx;
    if (++action_no != left_out)
        lq_recorder_action(recorder, action);
}

/* IN_PARTS: of a new recording in the folder. */
static void open_recorder(bool in_parts)
{
    char *text;
    size_t sz;
    lq_err_msg_t msg;
    assert_ok(lq_config_write(&text, &sz, &doc, &config));
    lq_event_log_start_t start = {
        .chain_id = 1, .seed = 5, .program = "test", .config = text, .config_sz = sz};
    lq_recorder_parts_t settings = {
        .folder = folder, .wall_ns = 5, .age_max_ns = UINT64_MAX, .keep_cnt = 1};
    if (in_parts)
        assert_ok(lq_recorder_open_parts(&recorder, &msg, &settings, &start, RING_SZ));
    else
        assert_ok(lq_recorder_open(&recorder, &msg, path, &start, RING_SZ));
    free(text);
}

/* Has the next part begin here, where there are parts. */
static void begin_part(uint32_t part)
{
    while (lq_recorder_stat(recorder).part < part) {
        lq_recorder_settle(recorder, 1);
        (void)usleep(1000);
    }
}

/* Records three events: time, a block to begin at, which has actions, and time. EXTRA, where it is
   not NULL, is recorded as done at the second. IN_PARTS: each in its own. */
static void record_as(unsigned without, const lq_action_t *extra, bool in_parts)
{
    lq_err_msg_t msg;
    lq_header_t header = {.block = {.number = 100}, .timestamp_sec = 1000};
    lq_event_t events[] = {
        {.kind = LQ_EVENT_TIMER, .time = {first_ns, 1}},
        {.kind = LQ_EVENT_BEGIN, .time = {2000000000, 2}, .as.head = &header},
        {.kind = LQ_EVENT_TIMER, .time = {3000000000, 3}},
    };
    lq_recorder_stat_t stat;
    action_no = 0;
    left_out = without;
    (void)unlink(path);
    open_recorder(in_parts);
    assert_ok(lq_state_open(&state, &msg, &config, true, on_action, NULL, 5));
    for (size_t i = 0; i < LQ_ARRAY_CNT(events); i++) {
        lq_recorder_event(recorder, &events[i]);
        assert_ok(lq_state_event(&state, &msg, &events[i]));
        if (i == 1 && extra)
            lq_recorder_action(recorder, extra);
        lq_recorder_done(recorder);
        if (in_parts && i + 1 < LQ_ARRAY_CNT(events))
            begin_part((uint32_t)i + 1);
    }
    lq_recorder_close(recorder, &stat);
    assert_int_equal(stat.written_cnt, LQ_ARRAY_CNT(events));
    lq_state_close(&state);
}

static void record(unsigned without, const lq_action_t *extra)
{
    record_as(without, extra, false);
}

static void record_parts(unsigned without)
{
    for (uint32_t i = 0; i < PART_CNT; i++) {
        assert_ok(lq_parts_path(parts[i], folder, 1, 5, i));
        (void)unlink(parts[i]);
    }
    record_as(without, NULL, true);
}

/* Replays FILE and the CNT ones behind it; what it says goes to HEARD. */
static int replay_files(const char *file, char *const *others, size_t cnt)
{
    const lq_cli_command_t *command = lq_cli_liqd.commands;
    while (strcmp(command->name, "replay") != 0)
        command++;
    lq_cli_call_t call = {.command = command, .operand = file, .others = others, .other_cnt = cnt};
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

static int replay(void)
{
    return replay_files(path, NULL, 0);
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

static void parts_are_replayed_as_one(void **unused)
{
    (void)unused;
    record_parts(0);
    char *const others[] = {parts[1], parts[2], parts[2]};
    assert_int_equal(replay_files(parts[0], others, 2), LQ_EXIT_DONE);
    assert_string_equal(heard, "");

    /* as far as they are given */
    assert_int_equal(replay_files(parts[0], others, 1), LQ_EXIT_DONE);
    assert_heard("-000001.li...\": goes on in its next part, which is not given");
    assert_int_equal(replay_files(parts[0], NULL, 0), LQ_EXIT_DONE);
    assert_heard("-000000.li...\": goes on in its next part, which is not given");

    assert_int_equal(replay_files(parts[0], others, 3), LQ_EXIT_FAILED);
    assert_heard("-000002.li...\": is not continued, and another file is given");
}

static void a_part_that_does_not_follow_is_refused(void **unused)
{
    (void)unused;
    record_parts(0);
    char *const others[] = {parts[2], parts[1], parts[0]};
    assert_int_equal(replay_files(parts[1], others, 1), LQ_EXIT_FAILED);
    assert_heard("-000001.li...\": continues another file");
    for (size_t i = 0; i < LQ_ARRAY_CNT(others); i++) {
        int rc = replay_files(parts[0], &others[i], 1);
        assert_int_equal(rc, others[i] == parts[1] ? LQ_EXIT_DONE : LQ_EXIT_FAILED);
        if (rc)
            assert_heard("\": does not continue the file before it");
    }

    /* the right number, of another recording */
    char kept[128];
    char *const foreign[] = {kept};
    (void)snprintf(kept, sizeof(kept), "%s/kept", folder);
    assert_int_equal(rename(parts[1], kept), 0);
    first_ns++;
    record_parts(0);
    first_ns--;
    assert_int_equal(replay_files(parts[0], foreign, 1), LQ_EXIT_FAILED);
    assert_heard("kept\": does not continue the file before it");
    assert_int_equal(unlink(kept), 0);
}

static void a_difference_in_a_later_part_is_shown(void **unused)
{
    (void)unused;
    record_parts(0);
    unsigned cnt = action_no;
    char *const others[] = {parts[1], parts[2]};
    for (unsigned i = 1; i <= cnt; i++) {
        record_parts(i);
        assert_int_equal(replay_files(parts[0], others, 2), LQ_EXIT_FAILED);
        assert_heard(" differs\n  recorded: ");
    }
}

static void a_part_that_was_only_begun_is_said(void **unused)
{
    (void)unused;
    record_parts(0);
    char *const others[] = {parts[1]};
    assert_int_equal(truncate(parts[1], 0), 0);
    assert_int_equal(replay_files(parts[0], others, 1), LQ_EXIT_FAILED);
    assert_heard("-000001.li...\": is empty: its program was killed as it began it");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_done_is_done_again, enter, leave),
        cmocka_unit_test_setup_teardown(an_action_too_many_is_shown, enter, leave),
        cmocka_unit_test_setup_teardown(an_action_that_is_not_recorded_is_shown, enter, leave),
        cmocka_unit_test_setup_teardown(every_spoilt_byte_fails, enter, leave),
        cmocka_unit_test_setup_teardown(one_of_another_version_is_refused, enter, leave),
        cmocka_unit_test_setup_teardown(parts_are_replayed_as_one, enter, leave),
        cmocka_unit_test_setup_teardown(a_part_that_does_not_follow_is_refused, enter, leave),
        cmocka_unit_test_setup_teardown(a_difference_in_a_later_part_is_shown, enter, leave),
        cmocka_unit_test_setup_teardown(a_part_that_was_only_begun_is_said, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
