#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "journal_world.h"

/* The journal's thread, and what may happen to it. */

static world_kept_t kept;
static world_senders_t senders;

static void write_nowhere(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)line;
    (void)line_sz;
    if (level == LQ_LOG_ERROR)
        ++*(size_t *)ctx;
}

static lq_log_t log_to;
static size_t error_cnt;

static lq_log_t *quiet_log(void)
{
    static const lq_log_config_t config = {.line_max = 1024, .value_max = 256};
    error_cnt = 0;
    assert_ok(lq_log_init(&log_to, &config, lq_clock_system(), write_nowhere, &error_cnt));
    return &log_to;
}

/* Waits for it; a thread that hangs is ended by the test's own limit. */
static void until_committed(const lq_journal_t *journal, uint64_t seq)
{
    while (lq_journal_stat(journal).committed_seq < seq)
        (void)usleep(1000);
}

static void until_failing(const lq_journal_t *journal, bool failing)
{
    while (lq_journal_stat(journal).failing != failing)
        (void)usleep(1000);
}

/* Appends what the log has room for, from *AT on. */
static void append_some(lq_wal_t *wal, size_t *at, size_t to)
{
    while (*at < to) {
        size_t sz = 0;
        const uint8_t *p = world_kept_at(&kept, *at, &sz);
        if (lq_wal_append(wal, NULL, p, sz, 0) != LQ_OK)
            return;
        ++*at;
    }
}

static lq_journal_t *started(lq_wal_t *wal)
{
    lq_journal_t *journal = world_open_journal(false);
    lq_err_msg_t msg = {""};
    if (lq_journal_start(journal, &msg, wal, quiet_log()) != LQ_OK)
        fail_msg("%s", msg.text);
    return journal;
}

static void its_thread_takes_what_is_appended(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = started(wal);
    size_t at = 0;
    world_tell(&senders, &kept, &rng, 3000);
    while (at < kept.cnt) {
        size_t to = at + 1 + (size_t)lq_rng_below(&rng, 300);
        append_some(wal, &at, to < kept.cnt ? to : kept.cnt);
        if (lq_rng_below(&rng, 3) == 0)
            until_committed(journal, at);
    }
    lq_journal_close(journal); /* behind all of it */
    assert_int_equal(lq_wal_stat(wal).used_sz, 0);
    lq_wal_close(wal);
    world_assert_records(&kept, kept.cnt);
}

static void it_beats_while_it_is_idle(void **state)
{
    (void)state;
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = started(wal);
    uint64_t beat_ns = lq_journal_stat(journal).beat_mono_ns;
    for (unsigned i = 0; i < 3; i++) {
        while (lq_journal_stat(journal).beat_mono_ns == beat_ns)
            (void)usleep(1000);
        beat_ns = lq_journal_stat(journal).beat_mono_ns;
    }
    lq_journal_close(journal);
    lq_wal_close(wal);
}

/* Another process holds the database. */
static void a_locked_database_is_waited_for(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    sqlite3 *db = NULL;
    size_t at = 0;
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = started(wal);
    world_tell(&senders, &kept, &rng, 200);
    append_some(wal, &at, 100);
    until_committed(journal, 100);
    assert_int_equal(sqlite3_open(world_db, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    append_some(wal, &at, kept.cnt);
    until_failing(journal, true);
    uint64_t beat_ns = lq_journal_stat(journal).beat_mono_ns;
    while (lq_journal_stat(journal).beat_mono_ns == beat_ns) /* it does not hang */
        (void)usleep(1000);
    lq_journal_stat_t stat = lq_journal_stat(journal);
    assert_int_equal(stat.committed_seq, 100);
    assert_non_null(strstr(stat.why, "another process"));
    assert_int_equal(lq_wal_stat(wal).released_seq, 100);
    assert_int_equal(error_cnt, 1); /* said once */
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    until_committed(journal, kept.cnt);
    until_failing(journal, false);
    assert_string_equal(lq_journal_stat(journal).why, "");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    lq_journal_close(journal);
    lq_wal_close(wal);
    world_assert_records(&kept, kept.cnt);
}

/* Fills the small disk that the folder is. */
static bool fill(void)
{
    static const uint8_t bytes[4096];
    char path[3 * WORLD_PATH_SZ];
    (void)snprintf(path, sizeof(path), "%s/filler", world_folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    while (write(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes))
        ;
    (void)close(fd);
    return true;
}

static void empty(void)
{
    char path[3 * WORLD_PATH_SZ];
    (void)snprintf(path, sizeof(path), "%s/filler", world_folder);
    assert_int_equal(unlink(path), 0);
}

static void a_full_disk_is_waited_for(void **state)
{
    (void)state;
    if (mount("liqd-test", world_folder, "tmpfs", 0, "size=16m") != 0) {
        print_message("cannot mount here: %s\n", strerror(errno));
        skip();
    }
    lq_rng_t rng = lq_test_rng();
    size_t at = 0;
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = started(wal);
    world_tell(&senders, &kept, &rng, 2000);
    for (size_t round = 1; round <= 3; round++) {
        append_some(wal, &at, round * 100);
        until_committed(journal, at);
        assert_true(fill());
        while (!lq_journal_stat(journal).failing && at < kept.cnt) {
            append_some(wal, &at, at + 20);
            (void)usleep(1000);
        }
        until_failing(journal, true);
        lq_journal_stat_t stat = lq_journal_stat(journal);
        assert_true(stat.committed_seq < at);
        assert_int_equal(lq_wal_stat(wal).released_seq, stat.committed_seq);
        empty();
        until_committed(journal, at);
        until_failing(journal, false);
    }
    lq_journal_close(journal);
    world_assert_records(&kept, at);
    lq_wal_close(wal);
    assert_int_equal(umount(world_folder), 0);
}

static void a_limit_on_file_sizes_is_an_error_as_any_other(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    struct rlimit before;
    struct stat st;
    size_t at = 0;
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = started(wal);
    world_tell(&senders, &kept, &rng, 1000);
    append_some(wal, &at, 50);
    until_committed(journal, 50);
    char side[3 * WORLD_PATH_SZ];
    (void)snprintf(side, sizeof(side), "%s-wal", world_db);
    assert_int_equal(stat(side, &st), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit limit = {(rlim_t)st.st_size + 20000, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    while (!lq_journal_stat(journal).failing) {
        append_some(wal, &at, at + 10);
        (void)usleep(1000);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    until_committed(journal, at);
    until_failing(journal, false);
    lq_journal_close(journal);
    lq_wal_close(wal);
    world_assert_records(&kept, at);
}

/* What cannot be written stays in the log, and the next start takes it. */
static void what_a_failing_journal_leaves_is_taken_later(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    sqlite3 *db = NULL;
    size_t at = 0;
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = started(wal);
    world_tell(&senders, &kept, &rng, 200);
    assert_int_equal(sqlite3_open(world_db, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    append_some(wal, &at, kept.cnt);
    until_failing(journal, true);
    lq_journal_close(journal);
    lq_wal_close(wal);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    journal = world_open_journal(false);
    wal = world_open_wal(lq_journal_last_seq(journal) + 1);
    world_copy(journal, wal);
    lq_journal_close(journal);
    lq_wal_close(wal);
    world_assert_records(&kept, kept.cnt);
}

typedef struct shared {
    _Atomic size_t appended; /* so many appends have returned */
} shared_t;

static void append_until_killed(shared_t *s)
{
    lq_journal_t *journal = world_open_journal(false);
    lq_wal_t *wal = world_open_wal(lq_journal_last_seq(journal) + 1);
    world_copy(journal, wal);
    if (lq_journal_start(journal, NULL, wal, quiet_log()) != LQ_OK)
        _exit(1);
    size_t at = s->appended;
    while (at < kept.cnt) {
        append_some(wal, &at, at + 1);
        s->appended = at;
        (void)usleep(20);
    }
    lq_journal_close(journal);
    _exit(0);
}

static void a_killed_process_loses_nothing(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    shared_t *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(s != MAP_FAILED);
    world_tell(&senders, &kept, &rng, 4000);
    for (size_t i = 0; i < lq_test_cnt(25, 500); i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            append_until_killed(s);
        (void)usleep((useconds_t)lq_rng_below(&rng, 60000));
        (void)kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);

        lq_journal_t *journal = world_open_journal(false);
        lq_wal_t *wal = world_open_wal(lq_journal_last_seq(journal) + 1);
        uint64_t appended = lq_wal_stat(wal).appended_seq;
        assert_in_range(appended, s->appended, s->appended + 1);
        assert_true(lq_journal_last_seq(journal) <= appended);
        world_copy(journal, wal);
        lq_journal_close(journal);
        lq_wal_close(wal);
        world_assert_records(&kept, (size_t)appended);
        s->appended = (size_t)appended;
        if (s->appended < kept.cnt)
            continue;
        assert_int_equal(world_end(NULL), 0); /* anew */
        assert_int_equal(world_begin(NULL), 0);
        s->appended = 0;
    }
    (void)munmap(s, sizeof(*s));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(its_thread_takes_what_is_appended),
        TEST(it_beats_while_it_is_idle),
        TEST(a_locked_database_is_waited_for),
        TEST(a_full_disk_is_waited_for),
        TEST(a_limit_on_file_sizes_is_an_error_as_any_other),
        TEST(what_a_failing_journal_leaves_is_taken_later),
        TEST(a_killed_process_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
