#include "liqd/record/parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "liqd/record/event_log.h"
#include "lq_test.h"

#define RING_SZ ((size_t)1 << 16)
#define WALL_NS UINT64_C(1795323585123456789) /* 2026-11-22T04:59:45.123456 */
#define SEC_NS  UINT64_C(1000000000)

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/liqd-parts-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char path[512];
    DIR *dir = opendir(folder);
    for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        (void)unlink(path); /* not . and .. */
    }
    (void)closedir(dir);
    return rmdir(folder);
}

/* ---- names */

static void a_name_says_chain_beginning_and_part(void **state)
{
    char path[LQ_PARTS_PATH_SZ];
    char long_name[LQ_PARTS_PATH_SZ];
    (void)state;
    assert_ok(lq_parts_path(path, "/a", 10, WALL_NS, 7));
    assert_string_equal(path, "/a/10-20261122T045945.123456Z-000007.liqdlog");
    assert_ok(lq_parts_path(path, ".", UINT64_MAX, 0, LQ_PARTS_MAX - 1));
    assert_string_equal(path, "./18446744073709551615-19700101T000000.000000Z-999999.liqdlog");
    char before[LQ_PARTS_PATH_SZ];
    memcpy(before, path, sizeof(before));
    assert_err(lq_parts_path(path, ".", 1, 0, LQ_PARTS_MAX), LQ_ERR_RANGE);
    memset(long_name, 'a', sizeof(long_name));
    long_name[sizeof(long_name) - 40] = '\0';
    assert_err(lq_parts_path(path, long_name, 1, 0, 0), LQ_ERR_TOO_LONG);
    assert_string_equal(path, before);
}

/* ---- which files are kept */

/* Makes the file of PART of the recording of chain 1 that began at second BEGAN. */
static void make_part(char path[LQ_PARTS_PATH_SZ], uint64_t chain_id, uint64_t began, uint32_t part)
{
    assert_ok(lq_parts_path(path, folder, chain_id, began * SEC_NS, part));
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
}

static bool is_there(uint64_t chain_id, uint64_t began, uint32_t part)
{
    char path[LQ_PARTS_PATH_SZ];
    assert_ok(lq_parts_path(path, folder, chain_id, began * SEC_NS, part));
    return access(path, F_OK) == 0;
}

/* Three recordings: of three parts, of two, and that at hand, of two. */
static void make_three(char path[LQ_PARTS_PATH_SZ])
{
    static const uint32_t cnts[] = {3, 2, 2};
    for (uint32_t i = 0; i < LQ_ARRAY_CNT(cnts); i++)
        for (uint32_t part = 0; part < cnts[i]; part++)
            make_part(path, 1, 100 + i, part);
}

static void the_oldest_go_and_none_that_a_kept_one_needs(void **state)
{
    /* by how many are kept, how many there are then */
    static const size_t left[] = {2, 2, 2, 4, 4, 7, 7, 7, 7};
    char path[LQ_PARTS_PATH_SZ];
    (void)state;
    for (uint64_t keep = 0; keep < LQ_ARRAY_CNT(left); keep++) {
        make_three(path);
        assert_int_equal(lq_parts_prune(path, keep), left[keep]);
        for (uint32_t part = 0; part < 3; part++)
            assert_int_equal(is_there(1, 100, part), left[keep] >= 7);
        for (uint32_t part = 0; part < 2; part++) {
            assert_int_equal(is_there(1, 101, part), left[keep] >= 4);
            assert_true(is_there(1, 102, part));
        }
        assert_int_equal(remove_folder(NULL), 0);
        assert_int_equal(make_folder(NULL), 0);
    }
}

static void only_what_is_so_named_of_this_chain_goes(void **state)
{
    static const char *const others[] = {
        "1-20261122T045945.123456Z-00000.liqdlog",  "1-20261122T045945.123456Z-0000000.liqdlog",
        "1-20261122T045945.123456Z-00000a.liqdlog", "1-20261122T045945.123456Z-000000.liqdlog.gz",
        "1-20261122 045945.123456Z-000000.liqdlog", "1.lock",
        "x-20261122T045945.123456Z-000000.liqdlog", "1-.liqdlog",
    };
    char path[LQ_PARTS_PATH_SZ];
    char other[512];
    (void)state;
    make_part(path, 11, 100, 0);
    make_part(path, 2, 100, 0);
    for (size_t i = 0; i < LQ_ARRAY_CNT(others); i++) {
        (void)snprintf(other, sizeof(other), "%s/%s", folder, others[i]);
        assert_int_equal(close(open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), 0);
    }
    make_part(path, 1, 100, 0);
    make_part(path, 1, 99999999, 0);
    assert_int_equal(lq_parts_prune(path, 1), 1);
    assert_false(is_there(1, 100, 0));
    assert_true(is_there(11, 100, 0) && is_there(2, 100, 0));
    for (size_t i = 0; i < LQ_ARRAY_CNT(others); i++) {
        (void)snprintf(other, sizeof(other), "%s/%s", folder, others[i]);
        assert_int_equal(access(other, F_OK), 0);
    }
    assert_int_equal(lq_parts_prune("/nonexistent/1-x", 1), 0);
}

/* ---- recording */

static const lq_event_log_start_t start = {
    .chain_id = 1, .seed = 7, .program = "test", .config = "a: b\n", .config_sz = 5};

static lq_recorder_t *open_parts(uint64_t sz_max, uint64_t age_max_ns, uint64_t keep)
{
    lq_recorder_t *r = NULL;
    lq_err_msg_t msg = {""};
    lq_recorder_parts_t parts = {folder, WALL_NS, sz_max, age_max_ns, keep};
    lq_err_t err = lq_recorder_open_parts(&r, &msg, &parts, &start, RING_SZ);
    if (err)
        fail_msg("%s", msg.text);
    return r;
}

static void record_event(lq_recorder_t *r, uint64_t n)
{
    lq_recorder_event(r, &(lq_event_t){.kind = LQ_EVENT_TIMER, .time = {n, n}});
    lq_recorder_done(r);
}

/* Settles at MONO_NS until the part at hand is PART. */
static void settle_to(lq_recorder_t *r, uint64_t mono_ns, uint32_t part)
{
    while (lq_recorder_stat(r).part < part && !lq_recorder_stat(r).ended) {
        lq_recorder_settle(r, mono_ns);
        (void)usleep(1000);
    }
    assert_true(lq_recorder_stat(r).ended || lq_recorder_stat(r).part == part);
}

/* What part PART has: its first event and how many; sets *CHECK, and returns whether it goes on. */
static bool read_part(uint32_t part, uint64_t first, uint64_t cnt, uint64_t *check)
{
    char path[LQ_PARTS_PATH_SZ];
    size_t sz = 0;
    lq_event_log_t *log;
    lq_err_msg_t msg;
    const lq_event_t *event;
    const lq_recorded_action_t *actions;
    size_t action_cnt;
    assert_ok(lq_parts_path(path, folder, 1, WALL_NS, part));
    char *p = lq_test_read(path, &sz);
    assert_ok(lq_event_log_open(&log, &msg, p, sz));
    const lq_event_log_start_t *s = lq_event_log_start(log);
    assert_int_equal(s->part, part);
    assert_int_equal(s->chain_id, 1);
    assert_int_equal(s->seed, part ? 0 : 7);
    assert_int_equal(s->config_sz, part ? 0 : 5);
    assert_true(s->before == (part ? *check : 0));
    for (uint64_t i = 0; i < cnt; i++) {
        assert_ok(lq_event_log_next(log, &msg, &event, &actions, &action_cnt));
        assert_int_equal(event->time.wall_ns, first + i);
    }
    assert_err(lq_event_log_next(log, &msg, &event, &actions, &action_cnt), LQ_ERR_EMPTY);
    *check = lq_event_log_check(log);
    bool goes_on = lq_event_log_goes_on(log);
    assert_int_equal(lq_event_log_is_complete(log), !goes_on);
    lq_event_log_close(log);
    free(p);
    return goes_on;
}

static void each_event_is_in_one_part_and_each_part_names_the_one_before(void **state)
{
    uint64_t check = 0;
    lq_recorder_stat_t stat;
    (void)state;
    lq_recorder_t *r = open_parts(0, UINT64_MAX, 1);
    for (uint32_t part = 0; part < 5; part++) {
        settle_to(r, 1, part);
        for (uint64_t i = 0; i <= part; i++)
            record_event(r, 10 * (uint64_t)part + i);
    }
    lq_recorder_close(r, &stat);
    assert_false(stat.ended);
    assert_int_equal(stat.part, 4);
    assert_int_equal(stat.file_cnt, 5); /* more than are to be kept: all are needed */
    assert_int_equal(stat.written_cnt, 15);
    for (uint32_t part = 0; part < 5; part++)
        assert_int_equal(read_part(part, 10 * (uint64_t)part, part + 1, &check), part < 4);
}

static void a_part_may_be_empty(void **state)
{
    uint64_t check = 0;
    (void)state;
    lq_recorder_t *r = open_parts(0, UINT64_MAX, 1);
    settle_to(r, 1, 2);
    lq_recorder_close(r, NULL);
    assert_true(read_part(0, 0, 0, &check));
    assert_true(read_part(1, 0, 0, &check));
    assert_false(read_part(2, 0, 0, &check));
}

static void a_part_is_as_old_as_the_blocks_say(void **state)
{
    (void)state;
    lq_recorder_t *r = open_parts(UINT64_MAX, 100, 1);
    record_event(r, 1);
    lq_recorder_settle(r, 1000); /* the first block: its age begins */
    lq_recorder_settle(r, 1100);
    record_event(r, 2);
    lq_recorder_stat_t stat;
    lq_recorder_close(r, &stat);
    assert_int_equal(stat.part, 0);
    assert_int_equal(remove_folder(NULL), 0);
    assert_int_equal(make_folder(NULL), 0);

    r = open_parts(UINT64_MAX, 100, 1);
    lq_recorder_settle(r, 1000);
    lq_recorder_settle(r, 1101);
    settle_to(r, 1102, 1);       /* the writer does it */
    lq_recorder_settle(r, 1201); /* not yet */
    lq_recorder_close(r, &stat);
    assert_int_equal(stat.part, 1);
    assert_false(stat.ended);
}

static void where_the_next_part_cannot_be_made_recording_ends(void **state)
{
    char path[LQ_PARTS_PATH_SZ];
    uint64_t check = 0;
    lq_recorder_stat_t stat;
    (void)state;
    assert_ok(lq_parts_path(path, folder, 1, WALL_NS, 1));
    assert_int_equal(mkdir(path, 0700), 0);
    lq_recorder_t *r = open_parts(0, UINT64_MAX, 1);
    record_event(r, 5);
    settle_to(r, 1, 1);
    record_event(r, 6);
    lq_recorder_close(r, &stat);
    assert_true(stat.ended);
    assert_err(stat.err, LQ_ERR_IO);
    assert_int_equal(stat.os_error, EEXIST);
    assert_int_equal(stat.part, 0);
    assert_int_equal(stat.written_cnt, 1);
    assert_true(read_part(0, 5, 1, &check));
    assert_int_equal(rmdir(path), 0);
}

static void a_file_alone_has_no_parts(void **state)
{
    char path[LQ_PARTS_PATH_SZ];
    lq_recorder_t *r = NULL;
    lq_err_msg_t msg;
    lq_recorder_stat_t stat;
    uint64_t check = 0;
    (void)state;
    assert_ok(lq_parts_path(path, folder, 1, WALL_NS, 0));
    assert_ok(lq_recorder_open(&r, &msg, path, &start, RING_SZ));
    record_event(r, 5);
    lq_recorder_settle(r, 1);
    lq_recorder_settle(r, UINT64_MAX);
    lq_recorder_close(r, &stat);
    assert_int_equal(stat.part, 0);
    assert_int_equal(stat.file_cnt, 0);
    assert_false(read_part(0, 5, 1, &check));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_says_chain_beginning_and_part),
        cmocka_unit_test_setup_teardown(the_oldest_go_and_none_that_a_kept_one_needs, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(only_what_is_so_named_of_this_chain_goes, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(
            each_event_is_in_one_part_and_each_part_names_the_one_before, make_folder,
            remove_folder),
        cmocka_unit_test_setup_teardown(a_part_may_be_empty, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_part_is_as_old_as_the_blocks_say, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(where_the_next_part_cannot_be_made_recording_ends,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_file_alone_has_no_parts, make_folder, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
