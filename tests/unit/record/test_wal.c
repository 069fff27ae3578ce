#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "liqd/record/wal.h"
#include "lq_test.h"
#include "wal_internal.h"

#define PATH_SZ 128
#define SZ      LQ_WAL_SZ_MIN
#define CAP     (SZ - WAL_HEADER_SZ)

static const lq_wal_bind_t bind_to = {.chain_id = 1, .genesis = {{1, 2, 3}}};

static char folder[PATH_SZ];
static char path[2 * PATH_SZ];
static char copy_path[2 * PATH_SZ];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/dev/shm/liqd-wal-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof(path), "%s/wal", folder);
    (void)snprintf(copy_path, sizeof(copy_path), "%s/copy", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)umount(folder); /* of a test that failed */
    (void)unlink(path);
    (void)unlink(copy_path);
    return rmdir(folder);
}

static lq_wal_t *opened_at(const char *at, bool want_found)
{
    lq_wal_t *wal = NULL;
    lq_err_msg_t msg = {""};
    bool found = !want_found;
    lq_err_t err = lq_wal_open(&wal, &msg, &found, at, SZ, &bind_to, 1);
    if (err)
        fail_msg("%s", msg.text);
    assert_true(found == want_found);
    return wal;
}

static lq_wal_t *opened(bool want_found)
{
    return opened_at(path, want_found);
}

/* What record SEQ of a test holds: anything, but the same each time. */
static size_t content(uint8_t *out, uint64_t seq, size_t max)
{
    lq_rng_t rng;
    lq_rng_seed(&rng, seq);
    size_t sz = (size_t)lq_rng_below(&rng, max + 1);
    lq_rng_bytes(&rng, out, sz);
    return sz;
}

static void append(lq_wal_t *wal, uint64_t want_seq, size_t max)
{
    static uint8_t bytes[LQ_WAL_RECORD_MAX];
    uint64_t seq = 0;
    size_t sz = content(bytes, want_seq, max);
    assert_ok(lq_wal_append(wal, &seq, bytes, sz, 0));
    assert_int_equal(seq, want_seq);
}

/* Takes the next record, which is SEQ; false: there is none. */
static bool takes(lq_wal_t *wal, uint64_t want_seq, size_t max)
{
    static uint8_t bytes[LQ_WAL_RECORD_MAX];
    uint64_t seq = 0;
    const uint8_t *p = NULL;
    size_t sz = 0;
    if (!lq_wal_next(wal, &seq, &p, &sz))
        return false;
    assert_int_equal(seq, want_seq);
    assert_int_equal(sz, content(bytes, want_seq, max));
    assert_memory_equal(p, bytes, sz);
    return true;
}

static void records_are_read_in_order_and_stay_until_released(void **state)
{
    (void)state;
    lq_wal_t *wal = opened(false);
    assert_false(takes(wal, 1, 900));
    for (uint64_t seq = 1; seq <= 10; seq++)
        append(wal, seq, 900);
    for (uint64_t seq = 1; seq <= 4; seq++)
        assert_true(takes(wal, seq, 900));
    lq_wal_release(wal, 3);
    lq_wal_stat_t stat = lq_wal_stat(wal);
    assert_int_equal(stat.appended_seq, 10);
    assert_int_equal(stat.released_seq, 3);
    assert_int_equal(stat.sz, CAP);
    lq_wal_close(wal);

    wal = opened(true);
    assert_int_equal(lq_wal_stat(wal).used_sz, stat.used_sz);
    for (uint64_t seq = 4; seq <= 10; seq++)
        assert_true(takes(wal, seq, 900));
    append(wal, 11, 900);
    assert_true(takes(wal, 11, 900));
    assert_false(takes(wal, 12, 900));
    lq_wal_release(wal, UINT64_MAX);
    assert_int_equal(lq_wal_stat(wal).used_sz, 0);
    assert_int_equal(lq_wal_stat(wal).released_seq, 11);
    lq_wal_close(wal);

    wal = opened(true);
    assert_false(takes(wal, 12, 900));
    append(wal, 12, 900);
    lq_wal_close(wal);
}

/* What was not read is not released, whatever is said. */
static void only_what_was_read_is_released(void **state)
{
    (void)state;
    lq_wal_t *wal = opened(false);
    append(wal, 1, 100);
    append(wal, 2, 100);
    lq_wal_release(wal, 2);
    assert_int_equal(lq_wal_stat(wal).released_seq, 0);
    assert_true(takes(wal, 1, 100));
    lq_wal_release(wal, 2);
    assert_int_equal(lq_wal_stat(wal).released_seq, 1);
    lq_wal_close(wal);
}

static void the_ring_goes_round_with_records_of_any_size(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    uint64_t appended = 0;
    uint64_t read = 0;
    lq_wal_t *wal = opened(false);
    for (size_t i = 0; i < lq_test_cnt(4000, 400000); i++) {
        static uint8_t bytes[LQ_WAL_RECORD_MAX];
        size_t sz = content(bytes, appended + 1, LQ_WAL_RECORD_MAX / 8);
        if (lq_wal_append(wal, NULL, bytes, sz, 0) == LQ_OK)
            appended++;
        else
            assert_true(read < appended);
        if (lq_rng_below(&rng, 3) == 0)
            while (read < appended && lq_rng_below(&rng, 100))
                assert_true(takes(wal, ++read, LQ_WAL_RECORD_MAX / 8));
        if (lq_rng_below(&rng, 4) == 0)
            lq_wal_release(wal, read);
        if (lq_rng_below(&rng, 100) == 0) {
            uint64_t released = lq_wal_stat(wal).released_seq;
            lq_wal_close(wal);
            wal = opened(true);
            assert_int_equal(lq_wal_stat(wal).appended_seq, appended);
            assert_int_equal(lq_wal_stat(wal).released_seq, released);
            read = released;
        }
    }
    lq_wal_close(wal);
}

static void a_full_log_refuses_and_has_room_once_released(void **state)
{
    (void)state;
    static uint8_t bytes[LQ_WAL_RECORD_MAX + 1];
    lq_wal_t *wal = opened(false);
    uint64_t seq = 7;
    assert_err(lq_wal_append(wal, &seq, bytes, sizeof(bytes), 0), LQ_ERR_TOO_LONG);
    size_t cnt = 0;
    lq_err_t err = LQ_OK;
    for (; !err; cnt += !err)
        err = lq_wal_append(wal, NULL, bytes, LQ_WAL_RECORD_MAX, 0);
    assert_int_equal(err, LQ_ERR_FULL);
    assert_int_equal(cnt, (CAP - WAL_SPARE_SZ) / (LQ_WAL_RECORD_MAX + sizeof(wal_record_t)));
    lq_wal_stat_t stat = lq_wal_stat(wal);
    assert_int_equal(stat.full_cnt, 1);

    /* to the last byte, but for what stays reserved */
    size_t left = CAP - stat.used_sz - WAL_SPARE_SZ - sizeof(wal_record_t);
    assert_err(lq_wal_append(wal, &seq, bytes, left - 800, 801), LQ_ERR_FULL);
    assert_err(lq_wal_append(wal, &seq, bytes, left - 800, SIZE_MAX), LQ_ERR_FULL);
    assert_err(lq_wal_append(wal, &seq, bytes, left + 1, 0), LQ_ERR_FULL);
    assert_int_equal(seq, 7);
    assert_ok(lq_wal_append(wal, &seq, bytes, left, 0));
    assert_int_equal(seq, cnt + 1);
    assert_int_equal(lq_wal_stat(wal).used_sz + WAL_SPARE_SZ, CAP);
    assert_err(lq_wal_append(wal, &seq, NULL, 0, 0), LQ_ERR_FULL);
    lq_wal_close(wal);

    wal = opened(true);
    const uint8_t *p = NULL;
    size_t sz = 0;
    for (size_t i = 0; i <= cnt; i++)
        assert_true(lq_wal_next(wal, &seq, &p, &sz));
    assert_false(lq_wal_next(wal, &seq, &p, &sz));
    lq_wal_release(wal, 1);
    assert_ok(lq_wal_append(wal, &seq, bytes, 1000, 1000));
    lq_wal_close(wal);
}

static void room_is_filled_in_place_and_counts_once_committed(void **state)
{
    (void)state;
    lq_wal_t *wal = opened(false);
    uint8_t *room = NULL;
    assert_ok(lq_wal_room(wal, &room, 5, 0));
    memset(room, 1, 5);
    lq_wal_close(wal);
    wal = opened(true);
    uint64_t seq = 0;
    const uint8_t *p = NULL;
    size_t sz = 0;
    assert_false(lq_wal_next(wal, &seq, &p, &sz));
    assert_ok(lq_wal_room(wal, &room, 4, 0));
    memset(room, 2, 4);
    assert_int_equal(lq_wal_commit(wal, 4), 1);
    assert_true(lq_wal_next(wal, &seq, &p, &sz));
    assert_int_equal(sz, 4);
    assert_memory_equal(p, "\2\2\2\2", 4);
    lq_wal_close(wal);
}

static void room_that_is_not_used_is_the_next_ones(void **state)
{
    (void)state;
    lq_wal_t *wal = opened(false);
    const uint8_t *p = NULL;
    uint64_t seq = 0;
    size_t sz = 0;
    for (uint8_t i = 1; i <= 2; i++) {
        uint8_t *room = NULL;
        assert_true(lq_wal_has_room(wal, 1000, 0));
        assert_ok(lq_wal_room(wal, &room, 1000, 0));
        memset(room, i, 3);
        assert_int_equal(lq_wal_commit(wal, 3), i);
    }
    lq_wal_stat_t stat = lq_wal_stat(wal);
    assert_true(stat.used_sz < 200);
    lq_wal_close(wal);
    wal = opened(true);
    for (uint8_t i = 1; i <= 2; i++) {
        assert_true(lq_wal_next(wal, &seq, &p, &sz));
        assert_int_equal(seq, i);
        assert_int_equal(sz, 3);
        assert_int_equal(p[2], i);
    }
    assert_false(lq_wal_next(wal, &seq, &p, &sz));
    stat = lq_wal_stat(wal);
    assert_false(lq_wal_has_room(wal, stat.sz, 0));
    assert_false(lq_wal_has_room(wal, 1, stat.sz - stat.used_sz));
    assert_false(lq_wal_has_room(wal, LQ_WAL_RECORD_MAX + 1, 0));
    assert_int_equal(lq_wal_stat(wal).full_cnt, 0);
    lq_wal_close(wal);
}

static void commit_without_room(void)
{
    lq_wal_t *wal = opened(false);
    (void)lq_wal_commit(wal, 0);
}

static void commit_more_than_room(void)
{
    uint8_t *room = NULL;
    lq_wal_t *wal = opened(false);
    assert_ok(lq_wal_room(wal, &room, 4, 0));
    (void)lq_wal_commit(wal, 5);
}

static void a_commit_of_more_than_room_is_a_bug(void **state)
{
    (void)state;
    assert_dies(commit_more_than_room, "does not hold");
}

static void a_commit_without_room_is_a_bug(void **state)
{
    (void)state;
    assert_dies(commit_without_room, "does not hold");
}

/* ---- being killed */

static uint8_t *file_bytes(int *fd)
{
    *fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(*fd >= 0);
    uint8_t *p = mmap(NULL, SZ, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    assert_true(p != MAP_FAILED);
    return p;
}

static void write_copy(const uint8_t *p, size_t sz)
{
    int fd = open(copy_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, sz), sz);
    (void)close(fd);
}

/* Opens the copy: it has the records from FROM on, in whole, and no other; returns the last. */
static uint64_t last_of_copy(uint64_t from, size_t max)
{
    lq_wal_t *wal = opened_at(copy_path, true);
    uint64_t seq = from;
    while (takes(wal, seq, max))
        seq++;
    assert_int_equal(lq_wal_stat(wal).appended_seq, seq - 1);
    append(wal, seq, max); /* and goes on */
    lq_wal_close(wal);
    return seq - 1;
}

/* Any of an append's stores may have been made, but for the size, which comes last. */
static void a_record_without_its_size_is_none(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static uint8_t before[SZ];
    static _Alignas(wal_header_t) uint8_t after[SZ];
    static uint8_t between[SZ];
    int fd = -1;
    lq_wal_t *wal = opened(false);
    uint8_t *file = file_bytes(&fd);
    uint64_t seq = 0;
    uint64_t first = 1;
    for (size_t round = 0; round < 5; round++) {
        for (size_t i = 0; i < 700; i++) { /* on, across the end of the ring now and then */
            append(wal, ++seq, 800);
            assert_true(takes(wal, seq, 800));
        }
        lq_wal_release(wal, seq - 3);
        first = seq - 2;
        memcpy(before, file, SZ);
        lq_wal_stat_t stat = lq_wal_stat(wal);
        append(wal, ++seq, 800);
        size_t total = lq_wal_stat(wal).used_sz - stat.used_sz;
        assert_true(takes(wal, seq, 800));
        memcpy(after, file, SZ);
        wal_header_t *h = (wal_header_t *)(void *)after;
        uint64_t at = h->tails[h->turn & 1].at + stat.used_sz;
        for (size_t k = 0; k <= total; k += k < 32 || k + 16 > total ? 1 : 61) {
            memcpy(between, before, SZ);
            for (size_t i = 8; i < k; i++) /* a prefix */
                between[WAL_HEADER_SZ + (at + i) % CAP] = after[WAL_HEADER_SZ + (at + i) % CAP];
            write_copy(between, SZ);
            assert_int_equal(last_of_copy(first, 800), seq - 1);
            for (size_t i = 8; i < total + 8; i++) /* some */
                if (lq_rng_below(&rng, 2))
                    between[WAL_HEADER_SZ + (at + i) % CAP] = after[WAL_HEADER_SZ + (at + i) % CAP];
            write_copy(between, SZ);
            assert_int_equal(last_of_copy(first, 800), seq - 1);
        }
        write_copy(after, SZ);
        assert_int_equal(last_of_copy(first, 800), seq);
        /* the size without the rest: a file that was altered, not a process that was killed */
        memcpy(between, after, SZ);
        between[WAL_HEADER_SZ + (at + 8 + lq_rng_below(&rng, 16)) % CAP] ^= 4;
        write_copy(between, SZ);
        lq_wal_t *none = NULL;
        lq_err_msg_t msg;
        bool found;
        assert_err(lq_wal_open(&none, &msg, &found, copy_path, SZ, &bind_to, 1), LQ_ERR_SYNTAX);
        assert_non_null(strstr(msg.text, "move it away"));
    }
    lq_wal_close(wal);
    (void)munmap(file, SZ);
    (void)close(fd);
}

typedef struct shared {
    _Atomic uint64_t returned; /* appends that have */
    _Atomic uint64_t released; /* releases that have begun are above this */
    _Atomic bool done;
} shared_t;

static shared_t *make_shared(void)
{
    shared_t *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(s != MAP_FAILED);
    return s;
}

#define STEP_RECORD_MAX 120u
#define STEP_RECORD_CNT ((size_t)6)

static void append_step_by_step(shared_t *s)
{
    lq_wal_t *wal = opened(true);
    uint8_t bytes[STEP_RECORD_MAX];
    (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    (void)raise(SIGSTOP);
    for (uint64_t i = 1; i <= STEP_RECORD_CNT; i++) {
        uint64_t seq = 0;
        const uint8_t *p = NULL;
        size_t sz = content(bytes, i, STEP_RECORD_MAX);
        if (lq_wal_append(wal, &seq, bytes, sz, 0) != LQ_OK)
            _exit(1);
        s->returned = seq;
        if (i % 2)
            continue;
        while (lq_wal_next(wal, &seq, &p, &sz))
            ;
        s->released = i - 1; /* from here on it may be */
        lq_wal_release(wal, i - 1);
    }
    s->done = true;
    _exit(0);
}

/* The copy as it stands between two instructions of the appender. */
static void check_between(const shared_t *s, const uint8_t *file)
{
    write_copy(file, SZ);
    lq_wal_t *wal = opened_at(copy_path, true);
    lq_wal_stat_t stat = lq_wal_stat(wal);
    assert_in_range(stat.appended_seq, s->returned, s->returned + 1);
    assert_in_range(stat.released_seq, s->released < 2 ? 0 : s->released - 2, s->released);
    uint64_t seq = stat.released_seq + 1;
    while (takes(wal, seq, STEP_RECORD_MAX))
        seq++;
    assert_int_equal(seq - 1, stat.appended_seq);
    lq_wal_close(wal);
}

/* What sanitizers add is a hundred times as many. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STEP_IS_SLOW 1
#else
#define STEP_IS_SLOW LQ_ASAN
#endif

static void a_process_is_killed_between_any_two_instructions(void **state)
{
    (void)state;
    if (STEP_IS_SLOW)
        skip();
    static uint8_t last[SZ];
    shared_t *s = make_shared();
    int fd = -1;
    lq_wal_close(opened(false));
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        append_step_by_step(s);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFSTOPPED(status))
        skip(); /* no ptrace here */
    uint8_t *file = file_bytes(&fd);
    size_t states = 0;
    while (!s->done) {
        if (memcmp(last, file, SZ) != 0) {
            memcpy(last, file, SZ);
            check_between(s, file);
            states++;
        }
        if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0) {
            print_message("no single steps here: %s\n", strerror(errno));
            break;
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSTOPPED(status));
    }
    bool stepped = s->done;
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, &status, 0);
    check_between(s, file);
    (void)munmap(file, SZ);
    (void)munmap(s, sizeof(*s));
    (void)close(fd);
    if (!stepped)
        skip();
    assert_true(states > 5 * STEP_RECORD_CNT); /* payload, number, checksum, next, size, hint */
}

static void append_until_killed(shared_t *s)
{
    lq_wal_t *wal = opened(true);
    static uint8_t bytes[2000];
    uint64_t seq = lq_wal_stat(wal).appended_seq;
    for (;;) {
        size_t sz = content(bytes, seq + 1, sizeof(bytes));
        if (lq_wal_append(wal, &seq, bytes, sz, 0) == LQ_OK) {
            s->returned = seq;
            continue;
        }
        const uint8_t *p = NULL;
        uint64_t read = 0;
        while (read + 20 < seq && lq_wal_next(wal, &read, &p, &sz))
            ;
        lq_wal_release(wal, read);
    }
}

static void a_process_is_killed_at_any_moment(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    shared_t *s = make_shared();
    lq_wal_close(opened(false));
    for (size_t i = 0; i < lq_test_cnt(60, 2000); i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            append_until_killed(s);
        uint64_t was = s->returned;
        while (s->returned == was)
            (void)usleep(100);
        (void)usleep((useconds_t)lq_rng_below(&rng, 3000));
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        lq_wal_t *wal = opened(true);
        lq_wal_stat_t stat = lq_wal_stat(wal);
        assert_in_range(stat.appended_seq, s->returned, s->returned + 1);
        uint64_t seq = stat.released_seq + 1;
        while (takes(wal, seq, 2000))
            seq++;
        assert_int_equal(seq - 1, stat.appended_seq);
        lq_wal_close(wal);
    }
    (void)munmap(s, sizeof(*s));
}

/* Whoever made it was killed before it was one. */
static void a_log_that_was_never_finished_is_made_anew(void **state)
{
    (void)state;
    lq_wal_close(opened(false));
    int fd = -1;
    uint8_t *file = file_bytes(&fd);
    memset(file, 0, sizeof(uint64_t)); /* the magic */
    write_copy(file, SZ);
    lq_wal_close(opened_at(copy_path, false));
    write_copy(file, SZ / 2);
    lq_wal_close(opened_at(copy_path, false));
    write_copy(file, 0);
    lq_wal_close(opened_at(copy_path, false));
    file[SZ - 1] = 1; /* but there is something in it */
    write_copy(file, SZ);
    lq_wal_t *wal = NULL;
    bool found;
    assert_err(lq_wal_open(&wal, NULL, &found, copy_path, SZ, &bind_to, 1), LQ_ERR_SYNTAX);
    (void)munmap(file, SZ);
    (void)close(fd);
}

/* ---- what is refused */

static void assert_refused(lq_err_t want, const lq_wal_bind_t *bind, size_t sz, const char *says)
{
    lq_wal_t *wal = NULL;
    lq_err_msg_t msg = {""};
    bool found = true;
    assert_err(lq_wal_open(&wal, &msg, &found, path, sz, bind, 1), want);
    assert_null(wal);
    if (!strstr(msg.text, says))
        fail_msg("\"%s\" does not say \"%s\"", msg.text, says);
}

static void one_process_has_it(void **state)
{
    (void)state;
    lq_wal_t *wal = opened(false);
    assert_refused(LQ_ERR_EXISTS, &bind_to, SZ, "another process");
    lq_wal_close(wal);
    lq_wal_close(opened(true));
}

static void another_chains_log_is_refused(void **state)
{
    (void)state;
    lq_wal_close(opened(false));
    lq_wal_bind_t other = bind_to;
    other.chain_id = 10;
    assert_refused(LQ_ERR_INVAL, &other, SZ, "of chain 1, not 10");
    other = bind_to;
    other.genesis.b[31] = 1;
    assert_refused(LQ_ERR_INVAL, &other, SZ, "another block");
}

static void another_versions_log_is_refused(void **state)
{
    (void)state;
    lq_wal_close(opened(false));
    int fd = -1;
    uint8_t *file = file_bytes(&fd);
    ((wal_header_t *)(void *)file)->fixed.version++;
    assert_refused(LQ_ERR_INVAL, &bind_to, SZ, "of version 2");
    (void)munmap(file, SZ);
    (void)close(fd);
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    assert_refused(LQ_ERR_RANGE, &bind_to, SZ / 2, "power of two");
    assert_refused(LQ_ERR_RANGE, &bind_to, SZ + 4096, "power of two");
    assert_refused(LQ_ERR_RANGE, &bind_to, LQ_WAL_SZ_MAX * 2, "power of two");
    assert_int_equal(access(path, F_OK), -1);
}

/* Nothing is in it: another size is made of it; else it stays as it is. */
static void another_size_is_taken_once_it_is_empty(void **state)
{
    (void)state;
    lq_wal_t *wal = opened(false);
    append(wal, 1, 100);
    append(wal, 2, 100);
    lq_wal_close(wal);
    bool found = false;
    assert_ok(lq_wal_open(&wal, NULL, &found, path, 2 * SZ, &bind_to, 1));
    assert_int_equal(lq_wal_stat(wal).sz, CAP);
    assert_true(takes(wal, 1, 100) && takes(wal, 2, 100));
    lq_wal_release(wal, 2);
    lq_wal_close(wal);
    assert_ok(lq_wal_open(&wal, NULL, &found, path, 2 * SZ, &bind_to, 1));
    assert_true(found);
    assert_int_equal(lq_wal_stat(wal).sz, 2 * SZ - WAL_HEADER_SZ);
    assert_int_equal(lq_wal_stat(wal).released_seq, 2);
    append(wal, 3, 100);
    lq_wal_close(wal);
}

static void numbers_go_on_behind_the_journals(void **state)
{
    (void)state;
    lq_wal_t *wal = NULL;
    bool found = true;
    assert_ok(lq_wal_open(&wal, NULL, &found, path, SZ, &bind_to, 40));
    assert_false(found);
    assert_int_equal(lq_wal_stat(wal).released_seq, 39);
    append(wal, 40, 100);
    lq_wal_close(wal);
    /* an older log: its records keep their numbers, and new ones are new to the journal */
    assert_ok(lq_wal_open(&wal, NULL, &found, path, SZ, &bind_to, 100));
    append(wal, 100, 100);
    lq_wal_close(wal);
    assert_ok(lq_wal_open(&wal, NULL, &found, path, SZ, &bind_to, 7));
    append(wal, 101, 100);
    assert_true(takes(wal, 40, 100) && takes(wal, 100, 100) && takes(wal, 101, 100));
    lq_wal_close(wal);
}

/* Whatever is damaged: it is refused, or the records are what they were; never fewer. */
static void damage_is_noticed(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static uint8_t was[SZ];
    int fd = -1;
    lq_wal_t *wal = opened(false);
    for (uint64_t seq = 1; seq <= 8; seq++)
        append(wal, seq, 300);
    assert_true(takes(wal, 1, 300));
    lq_wal_release(wal, 1);
    size_t end = WAL_HEADER_SZ + lq_wal_stat(wal).used_sz + 400;
    lq_wal_close(wal);
    uint8_t *file = file_bytes(&fd);
    memcpy(was, file, SZ);
    for (size_t i = 0; i < lq_test_cnt(3000, 100000); i++) {
        size_t at = (size_t)lq_rng_below(&rng, i % 2 ? end : sizeof(wal_header_t));
        size_t sz = 1 + (size_t)lq_rng_below(&rng, 9);
        if (lq_rng_below(&rng, 2))
            memset(file + at, 0, sz);
        else
            file[at] ^= (uint8_t)(1u << lq_rng_below(&rng, 8));
        lq_err_msg_t msg = {""};
        bool found;
        lq_err_t err = lq_wal_open(&wal, &msg, &found, path, SZ, &bind_to, 1);
        if (!err && found) {
            uint64_t seq = lq_wal_stat(wal).released_seq + 1;
            assert_in_range(seq, 1, 2); /* the turn before the last */
            while (takes(wal, seq, 300))
                seq++;
            assert_int_equal(seq, 9);
        } else {
            assert_true(err == LQ_ERR_SYNTAX || err == LQ_ERR_INVAL);
            assert_non_null(strstr(msg.text, path));
        }
        if (!err)
            lq_wal_close(wal);
        memcpy(file, was, SZ);
    }
    (void)munmap(file, SZ);
    assert_int_equal(ftruncate(fd, SZ - 4096), 0);
    assert_refused(LQ_ERR_SYNTAX, &bind_to, SZ, "cut at byte");
    (void)close(fd);
}

static void what_is_no_log_is_refused(void **state)
{
    (void)state;
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs("my notes", f) >= 0 && fclose(f) == 0);
    assert_refused(LQ_ERR_SYNTAX, &bind_to, SZ, "damaged");
    char *text = lq_test_read(path, NULL);
    assert_string_equal(text, "my notes");
    free(text);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_refused(LQ_ERR_IO, &bind_to, SZ, "directory");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(symlink("/dev/null", path), 0);
    assert_refused(LQ_ERR_IO, &bind_to, SZ, path);
}

static void its_file_is_for_its_owner_alone(void **state)
{
    (void)state;
    struct stat st;
    lq_wal_close(opened(false));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, SZ);
    assert_true((size_t)st.st_blocks * 512 >= SZ); /* allocated */
}

static void a_full_disk_is_said_when_it_is_opened(void **state)
{
    (void)state;
    if (mount("liqd-test", folder, "tmpfs", 0, "size=512k") != 0) {
        print_message("cannot mount here: %s\n", strerror(errno));
        skip();
    }
    assert_refused(LQ_ERR_IO, &bind_to, SZ, "1048576 bytes (1 MiB) needed");
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_blocks, 0); /* and what there is of room stays free */
    assert_int_equal(umount(folder), 0);
}

/* ---- two threads */

#define THREAD_RECORD_CNT 20000u

static void *read_all(void *ctx)
{
    lq_wal_t *wal = ctx;
    for (uint64_t want = 1; want <= THREAD_RECORD_CNT;) {
        uint64_t seq = 0;
        const uint8_t *p = NULL;
        size_t sz = 0;
        if (!lq_wal_next(wal, &seq, &p, &sz))
            continue;
        if (seq != want || sz != 8 + want % 900 || memcmp(p, &want, 8) != 0)
            return ctx;
        if (want % 7 == 0)
            lq_wal_release(wal, want);
        want++;
    }
    return NULL;
}

static void one_thread_appends_and_another_reads(void **state)
{
    (void)state;
    static uint8_t bytes[1000];
    lq_wal_t *wal = opened(false);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, read_all, wal), 0);
    for (uint64_t seq = 1; seq <= THREAD_RECORD_CNT;) {
        memcpy(bytes, &seq, 8);
        lq_err_t err = lq_wal_append(wal, NULL, bytes, 8 + seq % 900, 0);
        assert_true(!err || err == LQ_ERR_FULL);
        seq += !err;
        lq_wal_stat_t stat = lq_wal_stat(wal);
        assert_true(stat.used_sz <= stat.sz);
    }
    void *wrong = wal;
    assert_int_equal(pthread_join(thread, &wrong), 0);
    assert_null(wrong);
    lq_wal_close(wal);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(records_are_read_in_order_and_stay_until_released),
        TEST(only_what_was_read_is_released),
        TEST(the_ring_goes_round_with_records_of_any_size),
        TEST(a_full_log_refuses_and_has_room_once_released),
        TEST(room_is_filled_in_place_and_counts_once_committed),
        TEST(room_that_is_not_used_is_the_next_ones),
        TEST(a_commit_without_room_is_a_bug),
        TEST(a_commit_of_more_than_room_is_a_bug),
        TEST(a_record_without_its_size_is_none),
        TEST(a_process_is_killed_between_any_two_instructions),
        TEST(a_process_is_killed_at_any_moment),
        TEST(a_log_that_was_never_finished_is_made_anew),
        TEST(one_process_has_it),
        TEST(another_chains_log_is_refused),
        TEST(another_versions_log_is_refused),
        TEST(sizes_are_bounded),
        TEST(another_size_is_taken_once_it_is_empty),
        TEST(numbers_go_on_behind_the_journals),
        TEST(damage_is_noticed),
        TEST(what_is_no_log_is_refused),
        TEST(its_file_is_for_its_owner_alone),
        TEST(a_full_disk_is_said_when_it_is_opened),
        TEST(one_thread_appends_and_another_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
