#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "journal_internal.h"
#include "liqd/base/clock.h"

#define MS_NS         ((uint64_t)1000000)
#define POLL_NS       (5 * MS_NS) /* who appends wakes nobody */
#define RETRY_MIN_NS  (100 * MS_NS)
#define RETRY_MAX_NS  (5000 * MS_NS)
#define BEAT_EACH_CNT 32u /* records, between two signs of life */

/* ---- a batch */

/* What the log has, as far as there is room; what the journal has already is passed over. */
static void take(lq_journal_t *j)
{
    journal_item_t item;
    while (j->batch_cnt < JOURNAL_BATCH_MAX && lq_wal_next(j->wal, &item.seq, &item.p, &item.sz))
        j->batch[j->batch_cnt++] = item;
}

static void beat(lq_journal_t *j)
{
    uint64_t now_ns = lq_clock_now(lq_clock_system()).mono_ns;
    atomic_store_explicit(&j->beat_mono_ns, now_ns, memory_order_relaxed);
}

static lq_err_t insert_all(lq_journal_t *j, lq_err_msg_t *msg)
{
    lq_err_t err = LQ_OK;
    uint64_t last_seq = atomic_load(&j->last_seq);
    for (size_t i = 0; i < j->batch_cnt && !err; i++) {
        if (i % BEAT_EACH_CNT == 0)
            beat(j);
        if (j->batch[i].seq > last_seq)
            err = journal_insert(j, msg, &j->batch[i]);
    }
    return err;
}

/* Writes the batch, all or nothing of it, and gives its room in the log back. */
static lq_err_t write_batch(lq_journal_t *j, lq_err_msg_t *msg)
{
    if (!j->batch_cnt)
        return LQ_OK;
    uint64_t seq = j->batch[j->batch_cnt - 1].seq;
    if (seq > atomic_load(&j->last_seq)) {
        lq_err_t err = journal_exec(j->db, msg, j->path, "BEGIN IMMEDIATE");
        if (!err)
            err = journal_end(j->db, msg, j->path, insert_all(j, msg));
        if (err)
            return err;
        atomic_store(&j->last_seq, seq);
        atomic_fetch_add(&j->commit_cnt, 1);
    }
    lq_wal_release(j->wal, seq);
    j->batch_cnt = 0;
    return LQ_OK;
}

static lq_err_t write_all(lq_journal_t *j, lq_err_msg_t *msg)
{
    lq_err_t err = LQ_OK;
    for (take(j); j->batch_cnt && !err; take(j))
        err = write_batch(j, msg);
    return err;
}

/* What the log has released the journal has, unless it is another one, or an older copy of it. */
static lq_err_t check_behind(lq_journal_t *j, lq_err_msg_t *msg, const lq_wal_t *wal)
{
    uint64_t released = lq_wal_stat(wal).released_seq;
    uint64_t last = atomic_load(&j->last_seq);
    if (!last || last >= released)
        return LQ_OK;
    return lq_err_msg_set(msg, LQ_ERR_INVAL,
                          "journal %s: ends with record %" PRIu64 ", but was given up to %" PRIu64
                          ": is it an old copy? Name the newest, or move it away and start with "
                          "--accept-used-nonce",
                          j->path, last, released);
}

lq_err_t lq_journal_copy(lq_journal_t *j, lq_err_msg_t *msg, lq_wal_t *wal)
{
    LQ_ASSERT(!j->read_only && !j->started);
    lq_err_t err = check_behind(j, msg, wal);
    if (err)
        return err;
    j->wal = wal;
    return write_all(j, msg);
}

/* ---- the thread */

static void say(lq_journal_t *j, const lq_err_msg_t *msg)
{
    bool was = false;
    (void)pthread_mutex_lock(j->lock);
    was = j->failing;
    j->failing = msg != NULL;
    (void)snprintf(j->why, sizeof(j->why), "%s", msg ? msg->text : "");
    (void)pthread_mutex_unlock(j->lock);
    if (msg && !was)
        LQ_LOG(j->log, LQ_LOG_ERROR, "journal", "cannot be written: nothing is sent meanwhile",
               LQ_LOG_CSTR("why", msg->text));
    else if (!msg && was)
        LQ_LOG(j->log, LQ_LOG_INFO, "journal", "is written again",
               LQ_LOG_U64("seq", atomic_load(&j->last_seq)));
}

/* Returns whether the journal is being closed. */
static bool pause_thread(lq_journal_t *j, uint64_t ns)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    uint64_t nsec = (uint64_t)until.tv_nsec + ns;
    until.tv_sec += (time_t)(nsec / (1000 * MS_NS));
    until.tv_nsec = (long)(nsec % (1000 * MS_NS));
    (void)pthread_mutex_lock(j->lock);
    if (!j->closing)
        (void)pthread_cond_timedwait(&j->wake, j->lock, &until);
    bool closing = j->closing;
    (void)pthread_mutex_unlock(j->lock);
    return closing;
}

static void *write_on(void *ctx)
{
    lq_journal_t *j = ctx;
    uint64_t retry_ns = RETRY_MIN_NS;
    uint64_t wait_ns = POLL_NS;
    bool closing = false;
    while (!closing) {
        uint64_t now_ns = lq_clock_now(lq_clock_system()).mono_ns;
        uint64_t until_ns = lq_time_after(now_ns, wait_ns);
        do { /* a long wait is not a thread that hangs */
            closing = pause_thread(j, wait_ns < RETRY_MIN_NS ? wait_ns : RETRY_MIN_NS);
            beat(j);
        } while (!closing && lq_clock_now(lq_clock_system()).mono_ns < until_ns);
        lq_err_msg_t msg;
        lq_err_t err = write_all(j, &msg);
        beat(j);
        say(j, err ? &msg : NULL);
        wait_ns = err ? retry_ns : POLL_NS;
        retry_ns = err ? (2 * retry_ns < RETRY_MAX_NS ? 2 * retry_ns : RETRY_MAX_NS) : RETRY_MIN_NS;
    }
    return NULL;
}

void journal_init_thread(lq_journal_t *j)
{
    pthread_condattr_t attr;
    j->lock = &j->lock_itself;
    (void)pthread_mutex_init(j->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&j->wake, &attr);
    (void)pthread_condattr_destroy(&attr);
}

/* With every signal blocked: they are for others, and a limit on file sizes is told by write(2). */
static bool start_thread(lq_journal_t *j)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&j->thread, NULL, write_on, j) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

lq_err_t lq_journal_start(lq_journal_t *j, lq_err_msg_t *msg, lq_wal_t *wal, lq_log_t *log)
{
    LQ_ASSERT(!j->read_only && !j->started && (!j->wal || j->wal == wal));
    lq_err_t err = check_behind(j, msg, wal);
    if (err)
        return err;
    j->wal = wal;
    j->log = log;
    beat(j);
    j->started = start_thread(j);
    return j->started ? LQ_OK
                      : lq_err_msg_set(msg, LQ_ERR_NOMEM,
                                       "journal %s: its thread cannot be started", j->path);
}

void journal_stop_thread(lq_journal_t *j)
{
    if (j->started) {
        (void)pthread_mutex_lock(j->lock);
        j->closing = true;
        (void)pthread_cond_signal(&j->wake);
        (void)pthread_mutex_unlock(j->lock);
        (void)pthread_join(j->thread, NULL);
    }
    (void)pthread_cond_destroy(&j->wake);
    (void)pthread_mutex_destroy(j->lock);
}

lq_journal_stat_t lq_journal_stat(const lq_journal_t *j)
{
    lq_journal_stat_t stat = {.committed_seq = atomic_load(&j->last_seq),
                              .commit_cnt = atomic_load(&j->commit_cnt),
                              .beat_mono_ns =
                                  atomic_load_explicit(&j->beat_mono_ns, memory_order_relaxed)};
    (void)pthread_mutex_lock(j->lock);
    stat.failing = j->failing;
    memcpy(stat.why, j->why, sizeof(stat.why));
    (void)pthread_mutex_unlock(j->lock);
    return stat;
}
