#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "event_log_internal.h"
#include "lq_test.h"
#include "random_event.h"

#define PATH_SZ    128
#define RING_SZ    ((size_t)256 << 10)
#define ACTION_MAX 3

static const lq_event_log_start_t start = {
    .chain_id = 1, .program = "test", .config = "a: b\n", .config_sz = 5};

static char folder[PATH_SZ];
static char path[2 * PATH_SZ];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/liqd-recorder-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof(path), "%s/log", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)umount(folder); /* of a test that failed */
    (void)unlink(path);
    return rmdir(folder);
}

/* What the recorder calls: fails with this where it is not 0. */
static _Atomic int sync_error;

int fdatasync(int fd) /* NOLINT(readability-inconsistent-declaration-parameter-name) */
{
    int error = atomic_load(&sync_error);
    if (!error)
        return (int)syscall(SYS_fdatasync, fd);
    errno = error;
    return -1;
}

static void sleep_ms(unsigned ms)
{
    (void)usleep(ms * 1000);
}

/* ---- a stream that its seed tells again */

typedef struct stream {
    lq_rng_t rng;
    random_event_t event;
    random_action_t actions[ACTION_MAX];
    size_t action_cnt;
    size_t sz; /* in a log */
} stream_t;

static stream_t *stream_new(uint64_t seed)
{
    stream_t *s = calloc(1, sizeof(*s));
    assert_non_null(s);
    lq_rng_seed(&s->rng, seed);
    return s;
}

static void stream_next(stream_t *s)
{
    random_event(&s->rng, &s->event, (lq_event_kind_t)lq_rng_below(&s->rng, LQ_EVENT_CNT), false);
    s->sz = RECORD_HEAD_SZ + lq_event_sz(&s->event.event);
    s->action_cnt = (size_t)lq_rng_below(&s->rng, ACTION_MAX + 1);
    for (size_t i = 0; i < s->action_cnt; i++) {
        lq_action_kind_t kind = (lq_action_kind_t)lq_rng_below(&s->rng, LQ_ACTION_CNT);
        random_action(&s->rng, &s->actions[i], kind, false);
        s->sz += RECORD_HEAD_SZ +
                 (lq_action_is_kept(kind) ? lq_action_sz(&s->actions[i].action) : RECORD_DIGEST_SZ);
    }
}

static void record_next(lq_recorder_t *r, stream_t *s)
{
    stream_next(s);
    lq_recorder_event(r, &s->event.event);
    for (size_t i = 0; i < s->action_cnt; i++)
        lq_recorder_action(r, &s->actions[i].action);
    if (s->action_cnt & 1)
        lq_recorder_done(r);
}

/* Records CNT events of S, no faster than they are written. */
static void record(lq_recorder_t *r, stream_t *s, size_t cnt)
{
    uint64_t given_sz = 0;
    for (size_t i = 0; i < cnt; i++) {
        record_next(r, s);
        given_sz += s->sz;
        for (;;) {
            lq_recorder_stat_t stat = lq_recorder_stat(r);
            if (stat.ended)
                return;
            if (given_sz < stat.file_sz + RING_SZ / 2)
                break;
            sleep_ms(1);
        }
    }
}

typedef struct found {
    uint64_t cnt;    /* events */
    uint64_t offset; /* where it ends */
    bool complete;
} found_t;

/* Reads the log at PATH, which must hold the beginning of the stream of SEED; sets *FOUND to what
   is there, and returns how it ends. */
static lq_err_t read_back(uint64_t seed, found_t *found)
{
    size_t sz = 0;
    char *p = lq_test_read(path, &sz);
    stream_t *s = stream_new(seed);
    lq_event_log_t *log = NULL;
    lq_err_msg_t msg;
    static uint8_t got[RANDOM_RESULT_MAX * RANDOM_DATA_MAX + 8192];
    static uint8_t want[sizeof(got)];
    lq_err_t err = LQ_OK;
    assert_ok(lq_event_log_open(&log, &msg, p, sz));
    for (;;) {
        const lq_event_t *event = NULL;
        const lq_recorded_action_t *actions = NULL;
        size_t action_cnt = 0;
        err = lq_event_log_next(log, &msg, &event, &actions, &action_cnt);
        if (err)
            break;
        stream_next(s);
        size_t event_sz = lq_event_encode(want, &s->event.event);
        assert_int_equal(lq_event_encode(got, event), event_sz);
        assert_memory_equal(got, want, event_sz);
        assert_int_equal(action_cnt, s->action_cnt);
        for (size_t i = 0; i < action_cnt; i++) {
            assert_int_equal(actions[i].kind, s->actions[i].action.kind);
            assert_true(actions[i].digest == lq_action_digest(&s->actions[i].action));
            if (!actions[i].bytes)
                continue;
            assert_int_equal(lq_action_encode(want, &s->actions[i].action), actions[i].sz);
            assert_memory_equal(actions[i].bytes, want, actions[i].sz);
        }
    }
    *found = (found_t){lq_event_log_event_cnt(log), lq_event_log_offset(log),
                       lq_event_log_is_complete(log)};
    lq_event_log_close(log);
    free(s);
    free(p);
    return err;
}

static uint64_t file_sz(void)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (uint64_t)st.st_size;
}

/* The file at PATH is whole, and what STAT says of it: it has its end mark where recording has not
   ended early; it goes. */
static void assert_whole(uint64_t seed, const lq_recorder_stat_t *stat)
{
    found_t found;
    assert_err(read_back(seed, &found), LQ_ERR_EMPTY);
    assert_int_equal(found.cnt, stat->written_cnt);
    assert_int_equal(found.offset, stat->file_sz);
    assert_int_equal(found.complete, !stat->ended);
    assert_int_equal(file_sz(), stat->file_sz);
    assert_int_equal(unlink(path), 0);
}

static lq_recorder_t *open_recorder(size_t ring_sz)
{
    lq_recorder_t *r = NULL;
    lq_err_msg_t msg = {""};
    lq_err_t err = lq_recorder_open(&r, &msg, path, &start, ring_sz);
    if (err)
        fail_msg("%s", msg.text);
    return r;
}

/* ---- the tests */

static void what_was_recorded_is_read_back(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    uint64_t seed = lq_rng_u64(&rng);
    const size_t cnt = lq_test_cnt(2000, 100000);
    stream_t *s = stream_new(seed);
    lq_recorder_t *r = open_recorder(RING_SZ);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    record(r, s, cnt);
    lq_recorder_stat_t stat;
    lq_recorder_close(r, &stat);
    free(s);
    assert_false(stat.ended);
    assert_ok(stat.err);
    assert_int_equal(stat.event_cnt, cnt);
    assert_int_equal(stat.written_cnt, cnt);
    assert_whole(seed, &stat);
}

static void a_log_without_events_is_whole(void **state)
{
    (void)state;
    lq_recorder_stat_t stat;
    lq_recorder_close(open_recorder(LQ_RECORDER_RING_MIN), &stat);
    assert_int_equal(stat.event_cnt, 0);
    assert_whole(0, &stat);
    lq_recorder_close(NULL, NULL);
}

/* Without a close: a process that is killed later has lost none of these. */
static void an_event_is_written_once_the_next_one_comes(void **state)
{
    (void)state;
    stream_t *s = stream_new(3);
    lq_recorder_t *r = open_recorder(RING_SZ);
    record_next(r, s);
    record_next(r, s);
    while (lq_recorder_stat(r).written_cnt < 1)
        sleep_ms(1);
    assert_int_equal(lq_recorder_stat(r).event_cnt, 2);
    found_t found;
    assert_err(read_back(3, &found), LQ_ERR_EMPTY);
    assert_int_equal(found.cnt, 1);
    assert_false(found.complete);
    lq_recorder_stat_t stat;
    lq_recorder_close(r, &stat);
    assert_int_equal(stat.written_cnt, 2);
    assert_whole(3, &stat);
    free(s);
}

static void an_event_that_is_done_is_written_without_another(void **state)
{
    (void)state;
    stream_t *s = stream_new(4);
    lq_recorder_t *r = open_recorder(RING_SZ);
    for (uint64_t i = 1; i <= 5; i++) {
        record_next(r, s);
        lq_recorder_done(r);
        while (lq_recorder_stat(r).written_cnt < i)
            sleep_ms(1);
        found_t found;
        assert_err(read_back(4, &found), LQ_ERR_EMPTY);
        assert_int_equal(found.cnt, i);
        assert_false(found.complete);
    }
    lq_recorder_stat_t stat;
    lq_recorder_close(r, &stat);
    assert_whole(4, &stat);
    free(s);
}

static void refuses_what_it_cannot_open(void **state)
{
    (void)state;
    lq_recorder_t *r = NULL;
    lq_err_msg_t msg = {""};
    const size_t sizes[] = {0, LQ_RECORDER_RING_MIN / 2, LQ_RECORDER_RING_MIN + 4096,
                            2 * LQ_RECORDER_RING_MAX};
    for (size_t i = 0; i < LQ_ARRAY_CNT(sizes); i++)
        assert_err(lq_recorder_open(&r, &msg, path, &start, sizes[i]), LQ_ERR_RANGE);
    assert_int_equal(access(path, F_OK), -1);

    int fd = open(path, O_WRONLY | O_CREAT, 0644);
    assert_int_equal(write(fd, "mine", 4), 4);
    (void)close(fd);
    assert_err(lq_recorder_open(&r, &msg, path, &start, RING_SZ), LQ_ERR_EXISTS);
    assert_non_null(strstr(msg.text, "exists"));
    assert_int_equal(file_sz(), 4);
    assert_int_equal(unlink(path), 0);

    assert_int_equal(symlink("elsewhere", path), 0);
    assert_err(lq_recorder_open(&r, &msg, path, &start, RING_SZ), LQ_ERR_EXISTS);
    assert_int_equal(unlink(path), 0);

    assert_err(lq_recorder_open(&r, &msg, "/tmp/liqd-no-such-folder/log", &start, RING_SZ),
               LQ_ERR_IO);
    assert_non_null(strstr(msg.text, strerror(ENOENT)));
    assert_null(r);
}

/* The writer looks every few milliseconds, which this does not wait for. */
static void a_full_ring_ends_recording_before_the_event_that_did_not_fit(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    uint64_t seed = lq_rng_u64(&rng);
    stream_t *s = stream_new(seed);
    lq_recorder_t *r = open_recorder(LQ_RECORDER_RING_MIN);
    size_t cnt = 0;
    while (!lq_recorder_stat(r).ended) {
        record_next(r, s);
        cnt++;
    }
    for (size_t i = 0; i < 10; i++, cnt++)
        record_next(r, s);
    lq_recorder_stat_t stat;
    lq_recorder_close(r, &stat);
    free(s);
    assert_err(stat.err, LQ_ERR_FULL);
    assert_int_equal(stat.event_cnt, cnt);
    assert_true(stat.written_cnt > 0 && stat.written_cnt < cnt - 10);
    assert_whole(seed, &stat);
}

static void an_event_larger_than_the_ring_ends_recording(void **state)
{
    (void)state;
    stream_t *s = stream_new(5);
    lq_recorder_t *r = open_recorder(LQ_RECORDER_RING_MIN);
    record_next(r, s);
    uint8_t *data = calloc(1, LQ_RECORDER_RING_MIN);
    assert_non_null(data);
    lq_evm_log_t log = {.data = data, .data_sz = LQ_RECORDER_RING_MIN};
    lq_recorder_event(r, &(lq_event_t){.kind = LQ_EVENT_LOG, .as = {.log = &log}});
    lq_recorder_stat_t stat;
    lq_recorder_close(r, &stat);
    assert_err(stat.err, LQ_ERR_TOO_LONG);
    assert_int_equal(stat.event_cnt, 2);
    assert_int_equal(stat.written_cnt, 1);
    assert_whole(5, &stat);
    free(data);
    free(s);
}

static void record_until_it_ends(uint64_t seed, int os_error)
{
    stream_t *s = stream_new(seed);
    lq_recorder_t *r = open_recorder(RING_SZ);
    record(r, s, SIZE_MAX);
    lq_recorder_stat_t stat;
    lq_recorder_close(r, &stat);
    free(s);
    assert_true(stat.ended);
    assert_err(stat.err, LQ_ERR_IO);
    assert_int_equal(stat.os_error, os_error);
    assert_true(stat.written_cnt > 0 && stat.written_cnt < stat.event_cnt);
    assert_whole(seed, &stat);
}

/* The limit's signal is blocked in the thread that writes. */
static void a_limit_on_file_sizes_ends_recording_with_a_whole_frame(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (size_t i = 0; i < lq_test_cnt(3, 50); i++) {
        uint64_t seed = lq_rng_u64(&rng);
        struct rlimit limit = {200000 + lq_rng_below(&rng, 300000), before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        record_until_it_ends(seed, EFBIG);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    }
}

static void a_full_disk_ends_recording_with_a_whole_frame(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    if (mount("tmpfs", folder, "tmpfs", 0, "size=512k") != 0) {
        print_message("no tmpfs can be mounted here: %s\n", strerror(errno));
        skip();
    }
    record_until_it_ends(lq_rng_u64(&rng), ENOSPC);
    assert_int_equal(umount(folder), 0);
}

static void a_disk_that_takes_no_more_ends_recording_without_an_end_mark(void **state)
{
    (void)state;
    for (unsigned late = 0; late < 2; late++) {
        stream_t *s = stream_new(6);
        lq_recorder_t *r = open_recorder(RING_SZ);
        lq_recorder_stat_t stat;
        record(r, s, 20);
        lq_recorder_done(r);
        while (lq_recorder_stat(r).written_cnt < 20)
            sleep_ms(1);
        atomic_store(&sync_error, EIO);
        while (!late && !lq_recorder_stat(r).ended)
            sleep_ms(1);
        record_next(r, s);
        lq_recorder_close(r, &stat);
        atomic_store(&sync_error, 0);
        assert_err(stat.err, LQ_ERR_IO);
        assert_int_equal(stat.os_error, EIO);
        assert_int_equal(stat.written_cnt, 20 + late);
        assert_whole(6, &stat);
        free(s);
    }
}

/* A child that records until it is killed; says on PIPE when it has begun. */
static void record_in_child(uint64_t seed, int pipe_fd)
{
    lq_recorder_t *r = NULL;
    if (lq_recorder_open(&r, NULL, path, &start, RING_SZ) || write(pipe_fd, "", 1) != 1)
        _exit(1);
    stream_t *s = calloc(1, sizeof(*s));
    if (!s)
        _exit(1);
    lq_rng_seed(&s->rng, seed);
    record(r, s, SIZE_MAX);
    _exit(2); /* it ended */
}

static void a_killed_process_leaves_a_log_that_reads_up_to_a_whole_frame(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    uint64_t total = 0;
    size_t torn_cnt = 0;
    const size_t run_cnt = lq_test_cnt(50, 2000);
    for (size_t i = 0; i < run_cnt; i++) {
        uint64_t seed = lq_rng_u64(&rng);
        int fds[2];
        char began = 1;
        int status = 0;
        assert_int_equal(pipe(fds), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (!child)
            record_in_child(seed, fds[1]);
        (void)close(fds[1]);
        assert_int_equal(read(fds[0], &began, 1), 1);
        (void)close(fds[0]);
        (void)usleep((useconds_t)lq_rng_below(&rng, 60000));
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        found_t found;
        lq_err_t err = read_back(seed, &found);
        assert_err(err, found.offset == file_sz() ? LQ_ERR_EMPTY : LQ_ERR_SYNTAX);
        assert_false(found.complete);
        torn_cnt += err == LQ_ERR_SYNTAX;
        total += found.cnt;
        assert_int_equal(unlink(path), 0);
    }
    print_message("%zu runs, %zu torn, %zu events\n", run_cnt, torn_cnt, (size_t)total);
    assert_true(total > 0);
}

typedef struct watch {
    lq_recorder_t *recorder;
    _Atomic bool stop;
} watch_t;

static void *watch(void *ctx)
{
    watch_t *w = ctx;
    uint64_t written = 0;
    while (!atomic_load(&w->stop)) {
        lq_recorder_stat_t stat = lq_recorder_stat(w->recorder);
        if (stat.written_cnt < written || stat.ended)
            return w;
        written = stat.written_cnt;
    }
    return NULL;
}

static void any_thread_may_ask_how_it_goes(void **state)
{
    (void)state;
    stream_t *s = stream_new(11);
    watch_t w = {.recorder = open_recorder(RING_SZ)};
    pthread_t thread;
    void *failed = NULL;
    atomic_init(&w.stop, false);
    assert_int_equal(pthread_create(&thread, NULL, watch, &w), 0);
    record(w.recorder, s, 500);
    atomic_store(&w.stop, true);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
    lq_recorder_stat_t stat;
    lq_recorder_close(w.recorder, &stat);
    assert_whole(11, &stat);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_recorded_is_read_back),
        cmocka_unit_test(a_log_without_events_is_whole),
        cmocka_unit_test(an_event_is_written_once_the_next_one_comes),
        cmocka_unit_test(an_event_that_is_done_is_written_without_another),
        cmocka_unit_test(refuses_what_it_cannot_open),
        cmocka_unit_test(a_full_ring_ends_recording_before_the_event_that_did_not_fit),
        cmocka_unit_test(an_event_larger_than_the_ring_ends_recording),
        cmocka_unit_test(a_limit_on_file_sizes_ends_recording_with_a_whole_frame),
        cmocka_unit_test(a_full_disk_ends_recording_with_a_whole_frame),
        cmocka_unit_test(a_disk_that_takes_no_more_ends_recording_without_an_end_mark),
        cmocka_unit_test(a_killed_process_leaves_a_log_that_reads_up_to_a_whole_frame),
        cmocka_unit_test(any_thread_may_ask_how_it_goes),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
