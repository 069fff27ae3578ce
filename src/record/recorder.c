#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "byte_ring_internal.h"
#include "event_log_internal.h"
#include "folder_internal.h"
#include "liqd/base/clock.h"
#include "liqd/base/text.h"
#include "liqd/record/parts.h"

#define FRAME_SZ ((size_t)64 << 10) /* a frame that is so large is written at once */
#define MS_NS    ((uint64_t)1000000)
#define POLL_NS  (5 * MS_NS) /* the hot thread wakes nobody */

/* The hot thread's line, the ring's lines, the writer's. */
struct lq_recorder {
    lq_byte_ring_t ring;

    _Alignas(LQ_CACHE_LINE_SZ) _Atomic uint64_t event_cnt;
    bool in_event;
    uint32_t part_asked;   /* the last part that the writer was told to begin */
    uint64_t part_mono_ns; /* when; 0: none was, and no block was settled */

    /* whoever ends recording first says why */
    _Alignas(LQ_CACHE_LINE_SZ) _Atomic uint64_t why; /* reason_of's; 0: it goes on */

    _Atomic uint64_t written_cnt;
    _Atomic uint64_t file_sz;
    _Atomic uint32_t part;     /* that is written */
    _Atomic uint32_t file_cnt; /* in the folder */
    int fd;
    bool broken; /* the file cannot be written on */
    uint64_t frame_cnt;
    uint64_t check;      /* of the last frame */
    uint64_t empty_ns;   /* when there was nothing to be written */
    uint64_t synced_ns;  /* when the file was */
    uint64_t synced_sz;  /* as far as that */
    uint64_t written_sz; /* file_sz, of this thread */

    bool in_parts; /* never changed, nor what follows */
    uint64_t chain_id;
    lq_recorder_parts_t parts;
    char *folder; /* parts.folder */
    char *program;

    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool closing; /* under the lock */
};

static uint64_t mono_ns(void)
{
    return lq_clock_now(lq_clock_system()).mono_ns;
}

static uint64_t reason_of(lq_err_t err, int os_error)
{
    return (uint64_t)(uint32_t)err << 32 | (uint32_t)os_error;
}

static lq_err_t err_of(uint64_t why)
{
    return (lq_err_t)(int32_t)(why >> 32);
}

static void end(lq_recorder_t *r, lq_err_t err, int os_error)
{
    uint64_t none = 0;
    (void)atomic_compare_exchange_strong(&r->why, &none, reason_of(err, os_error));
}

static bool has_ended(const lq_recorder_t *r)
{
    return atomic_load_explicit(&r->why, memory_order_relaxed) != 0;
}

/* ---- the hot thread */

/* Appends a record of SZ bytes, which the caller writes where this points; NULL: recording ends. */
static inline uint8_t *append(lq_recorder_t *r, size_t sz, unsigned tag)
{
    uint8_t *p = sz <= RECORD_SZ_MAX ? lq_byte_ring_append(&r->ring, RECORD_HEAD_SZ + sz) : NULL;
    if (LQ_UNLIKELY(!p)) {
        end(r,
            sz > RECORD_SZ_MAX || sz > r->ring.cap - RECORD_HEAD_SZ ? LQ_ERR_TOO_LONG : LQ_ERR_FULL,
            0);
        return NULL;
    }
    uint32_t head = record_head(sz, tag);
    memcpy(p, &head, sizeof(head));
    return p + RECORD_HEAD_SZ;
}

void lq_recorder_event(lq_recorder_t *r, const lq_event_t *event)
{
    uint64_t cnt = atomic_load_explicit(&r->event_cnt, memory_order_relaxed);
    atomic_store_explicit(&r->event_cnt, cnt + 1, memory_order_relaxed);
    r->in_event = true;
    if (LQ_UNLIKELY(has_ended(r)))
        return;
    lq_byte_ring_publish(&r->ring); /* the one before, where nobody said that it is done */
    uint8_t *p = append(r, lq_event_sz(event), RECORD_TAG_EVENT);
    if (p)
        (void)lq_event_encode(p, event);
}

void lq_recorder_action(lq_recorder_t *r, const lq_action_t *action)
{
    LQ_ASSERT(r->in_event);
    if (LQ_UNLIKELY(has_ended(r)))
        return;
    unsigned tag = 1 + (unsigned)action->kind;
    bool kept = lq_action_is_kept(action->kind);
    uint8_t *p = append(r, kept ? lq_action_sz(action) : RECORD_DIGEST_SZ, tag);
    if (!p)
        return;
    if (kept) {
        (void)lq_action_encode(p, action);
    } else {
        uint64_t digest = lq_action_digest(action);
        memcpy(p, &digest, sizeof(digest));
    }
}

void lq_recorder_done(lq_recorder_t *r)
{
    if (LQ_LIKELY(!has_ended(r)))
        lq_byte_ring_publish(&r->ring);
    r->in_event = false;
}

void lq_recorder_settle(lq_recorder_t *r, uint64_t mono_ns)
{
    LQ_ASSERT(!r->in_event);
    if (!r->in_parts || has_ended(r))
        return;
    if (!r->part_mono_ns)
        r->part_mono_ns = mono_ns;
    /* where the writer is behind with the last one its size tells nothing */
    if (atomic_load_explicit(&r->part, memory_order_acquire) != r->part_asked ||
        (atomic_load_explicit(&r->file_sz, memory_order_relaxed) <= r->parts.sz_max &&
         mono_ns - r->part_mono_ns <= r->parts.age_max_ns))
        return;
    if (!append(r, 0, RECORD_TAG_PART))
        return;
    lq_byte_ring_publish(&r->ring);
    r->part_asked++;
    r->part_mono_ns = mono_ns;
}

/* ---- the writer */

/* Returns 0, or errno. */
static int write_all(int fd, const void *from, size_t sz)
{
    const uint8_t *p = from;
    while (sz) {
        ssize_t n = write(fd, p, sz);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : ENOSPC;
        p += n;
        sz -= (size_t)n;
    }
    return 0;
}

/* Whether the record at P says that the next part begins here. */
static bool is_next_part(const uint8_t *p)
{
    uint32_t head;
    memcpy(&head, p, sizeof(head));
    return record_tag(head) == RECORD_TAG_PART;
}

/* Returns the bytes of the first frame among the SZ at P, which are whole events, and sets *CNT to
   its events. */
static size_t cut_frame(uint32_t *cnt, const uint8_t *p, size_t sz)
{
    size_t at = 0;
    *cnt = 0;
    while (at < sz) {
        uint32_t head;
        memcpy(&head, p + at, sizeof(head));
        unsigned tag = record_tag(head);
        if (tag == RECORD_TAG_PART)
            break;
        if (tag == RECORD_TAG_EVENT) {
            if (at >= FRAME_SZ)
                break;
            ++*cnt;
        }
        at += RECORD_HEAD_SZ + record_sz(head);
    }
    return at;
}

/* What stands behind the last whole frame is taken back where that can be done; who reads the file
   finds the end anyway. */
static void fail(lq_recorder_t *r, int os_error)
{
    r->broken = true;
    end(r, LQ_ERR_IO, os_error);
    if (ftruncate(r->fd, (off_t)r->written_sz) != 0)
        return;
}

/* Writes the frame of CNT events, the SZ bytes at P; of no bytes CNT is a mark. */
static void write_frame(lq_recorder_t *r, uint32_t cnt, const uint8_t *p, size_t sz)
{
    uint8_t head[FRAME_HEAD_SZ];
    uint64_t check = frame_head(head, r->check, r->frame_cnt, cnt, p, sz);
    int error = write_all(r->fd, head, sizeof(head));
    if (!error)
        error = write_all(r->fd, p, sz);
    if (error) {
        fail(r, error);
        return;
    }
    r->check = check;
    r->frame_cnt++;
    r->written_sz += sizeof(head) + sz;
    if (sz)
        atomic_fetch_add_explicit(&r->written_cnt, cnt, memory_order_relaxed);
    atomic_store_explicit(&r->file_sz, r->written_sz, memory_order_relaxed);
}

static void sync_file(lq_recorder_t *r)
{
    if (r->synced_sz == r->written_sz || r->fd < 0)
        return;
    if (fdatasync(r->fd) != 0) {
        r->broken = true;
        end(r, LQ_ERR_IO, errno);
    }
    r->synced_sz = r->written_sz;
}

/* Writes START to the file; returns 0, or errno. */
static int write_start(lq_recorder_t *r, const lq_event_log_start_t *start, const char *path)
{
    uint8_t head[LOG_HEAD_SZ];
    log_section_t sections[LOG_SECTION_CNT];
    r->check = log_head(head, sections, start);
    r->written_sz = sizeof(head);
    int error = write_all(r->fd, head, sizeof(head));
    for (size_t i = 0; i < LOG_SECTION_CNT && !error; i++) {
        error = write_all(r->fd, sections[i].p, sections[i].sz);
        r->written_sz += sections[i].sz;
    }
    if (!error && fsync(r->fd) != 0)
        error = errno;
    if (!error)
        error = lq_folder_sync(path);
    r->synced_sz = r->written_sz;
    r->frame_cnt = 0;
    atomic_store_explicit(&r->file_sz, r->written_sz, memory_order_relaxed);
    return error;
}

static int make_new(lq_recorder_t *r, const char *path, const lq_event_log_start_t *start)
{
    r->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (r->fd < 0)
        return errno;
    int error = write_start(r, start, path);
    if (!error)
        return 0;
    (void)close(r->fd);
    (void)unlink(path);
    r->fd = -1;
    return error;
}

static int make_part(lq_recorder_t *r, const lq_event_log_start_t *start)
{
    char path[LQ_PARTS_PATH_SZ];
    if (lq_parts_path(path, r->folder, r->chain_id, r->parts.wall_ns, start->part))
        return EOVERFLOW;
    int error = make_new(r, path, start);
    if (error)
        return error;
    atomic_store_explicit(&r->file_cnt, (uint32_t)lq_parts_prune(path, r->parts.keep_cnt),
                          memory_order_relaxed);
    return 0;
}

/* Ends the file and begins the next part: that is only there once the former is whole. */
static void begin_part(lq_recorder_t *r)
{
    write_frame(r, MARK_NEXT, NULL, 0);
    if (!r->broken)
        sync_file(r);
    if (r->broken)
        return;
    (void)close(r->fd); /* it was synced */
    r->fd = -1;
    lq_event_log_start_t start = {.chain_id = r->chain_id,
                                  .program = r->program,
                                  .part = 1 + atomic_load_explicit(&r->part, memory_order_relaxed),
                                  .before = r->check};
    int error = make_part(r, &start);
    if (error) {
        r->broken = true;
        end(r, LQ_ERR_IO, error);
        return;
    }
    atomic_store_explicit(&r->part, start.part, memory_order_release);
}

/* Writes what is due; all that is there where ALL. */
static void write_due(lq_recorder_t *r, bool all)
{
    while (!r->broken) {
        size_t sz = 0;
        const uint8_t *p = lq_byte_ring_peek(&r->ring, &sz);
        uint64_t now_ns = mono_ns();
        if (sz && is_next_part(p)) {
            begin_part(r);
            lq_byte_ring_take(&r->ring, RECORD_HEAD_SZ);
            continue;
        }
        if (!sz)
            r->empty_ns = now_ns;
        if (!sz || (sz < FRAME_SZ && !all &&
                    now_ns - r->empty_ns < LQ_RECORDER_FRAME_MS * MS_NS - 2 * POLL_NS))
            return;
        uint32_t cnt = 0;
        sz = cut_frame(&cnt, p, sz);
        write_frame(r, cnt, p, sz);
        if (!r->broken)
            lq_byte_ring_take(&r->ring, sz);
        r->empty_ns = now_ns;
    }
}

/* Returns whether the recorder is being closed. */
static bool pause_writing(lq_recorder_t *r)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)POLL_NS;
    if (until.tv_nsec >= 1000 * (long)MS_NS) {
        until.tv_nsec -= 1000 * (long)MS_NS;
        until.tv_sec++;
    }
    (void)pthread_mutex_lock(&r->lock);
    if (!r->closing)
        (void)pthread_cond_timedwait(&r->wake, &r->lock, &until);
    bool closing = r->closing;
    (void)pthread_mutex_unlock(&r->lock);
    return closing;
}

/* The end mark says that all before it is there, also on the disk. */
static void write_end(lq_recorder_t *r)
{
    sync_file(r);
    if (has_ended(r))
        return;
    write_frame(r, MARK_END, NULL, 0);
    sync_file(r);
}

static void *write_on(void *ctx)
{
    lq_recorder_t *r = ctx;
    bool closing = false;
    while (!closing) {
        closing = pause_writing(r);
        write_due(r, closing);
        uint64_t now_ns = mono_ns();
        if (now_ns - r->synced_ns >= LQ_RECORDER_SYNC_MS * MS_NS) {
            sync_file(r);
            r->synced_ns = now_ns;
        }
    }
    write_end(r);
    return NULL;
}

/* ---- opening and closing */

static lq_err_t refuse(lq_err_msg_t *msg, lq_err_t err, const char *path, const char *text)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    return lq_err_msg_set(msg, err, "event log %s: %s", lq_text_quote(quoted, path), text);
}

static lq_err_t make_file(lq_recorder_t *r, lq_err_msg_t *msg, const char *path,
                          const lq_event_log_start_t *start)
{
    int error = make_new(r, path, start);
    if (error == EEXIST)
        return refuse(msg, LQ_ERR_EXISTS, path, "exists: name another file, or move it away");
    return error ? refuse(msg, LQ_ERR_IO, path, strerror(error)) : LQ_OK;
}

/* With every signal blocked: they are for others, and a limit on file sizes is told by write(2). */
static bool start_thread(lq_recorder_t *r)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&r->thread, NULL, write_on, r) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static void init_state(lq_recorder_t *r)
{
    pthread_condattr_t attr;
    atomic_init(&r->event_cnt, 0);
    atomic_init(&r->written_cnt, 0);
    atomic_init(&r->why, 0);
    atomic_init(&r->file_sz, 0);
    atomic_init(&r->part, 0);
    atomic_init(&r->file_cnt, 0);
    r->in_event = r->closing = r->broken = r->in_parts = false;
    r->part_asked = 0;
    r->part_mono_ns = 0;
    r->folder = r->program = NULL;
    r->empty_ns = r->synced_ns = mono_ns();
    (void)pthread_mutex_init(&r->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&r->wake, &attr);
    (void)pthread_condattr_destroy(&attr);
}

static void free_state(lq_recorder_t *r)
{
    (void)pthread_cond_destroy(&r->wake);
    (void)pthread_mutex_destroy(&r->lock);
    lq_byte_ring_fini(&r->ring);
    free(r->folder);
    free(r->program);
    free(r);
}

/* Makes *OUT, without a file or a thread; PATH is for what is said. */
static lq_err_t new_recorder(lq_recorder_t **out, lq_err_msg_t *msg, const char *path,
                             size_t ring_sz)
{
    if (ring_sz < LQ_RECORDER_RING_MIN || ring_sz > LQ_RECORDER_RING_MAX ||
        (ring_sz & (ring_sz - 1)))
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "a ring of %zu bytes is no power of two from %zu to %zu", ring_sz,
                              LQ_RECORDER_RING_MIN, LQ_RECORDER_RING_MAX);
    lq_recorder_t *r = aligned_alloc(LQ_CACHE_LINE_SZ, sizeof(*r));
    if (!r || lq_byte_ring_init(&r->ring, ring_sz) != LQ_OK) {
        free(r);
        return refuse(msg, LQ_ERR_NOMEM, path, "its ring does not fit into memory");
    }
    init_state(r);
    *out = r;
    return LQ_OK;
}

/* Takes R, which is freed where it fails. */
static lq_err_t begin(lq_recorder_t **recorder, lq_err_msg_t *msg, lq_recorder_t *r,
                      const char *path, const lq_event_log_start_t *start)
{
    lq_err_t err = make_file(r, msg, path, start);
    if (!err && r->in_parts)
        atomic_store_explicit(&r->file_cnt, (uint32_t)lq_parts_prune(path, r->parts.keep_cnt),
                              memory_order_relaxed);
    if (!err && !start_thread(r)) {
        (void)close(r->fd);
        (void)unlink(path);
        err = refuse(msg, LQ_ERR_NOMEM, path, "its thread cannot be started");
    }
    if (err) {
        free_state(r);
        return err;
    }
    *recorder = r;
    return LQ_OK;
}

lq_err_t lq_recorder_open(lq_recorder_t **recorder, lq_err_msg_t *msg, const char *path,
                          const lq_event_log_start_t *start, size_t ring_sz)
{
    lq_recorder_t *r = NULL;
    lq_err_t err = new_recorder(&r, msg, path, ring_sz);
    return r ? begin(recorder, msg, r, path, start) : err;
}

lq_err_t lq_recorder_open_parts(lq_recorder_t **recorder, lq_err_msg_t *msg,
                                const lq_recorder_parts_t *parts, const lq_event_log_start_t *start,
                                size_t ring_sz)
{
    char path[LQ_PARTS_PATH_SZ];
    lq_recorder_t *r = NULL;
    lq_err_t err = lq_parts_path(path, parts->folder, start->chain_id, parts->wall_ns, 0);
    if (err)
        return refuse(msg, err, parts->folder, "is too long a name for a folder");
    err = new_recorder(&r, msg, path, ring_sz);
    if (!r)
        return err;
    r->in_parts = true;
    r->chain_id = start->chain_id;
    r->parts = *parts;
    r->folder = strdup(parts->folder);
    r->program = strdup(start->program);
    if (!r->folder || !r->program) {
        free_state(r);
        return refuse(msg, LQ_ERR_NOMEM, path, "does not fit into memory");
    }
    return begin(recorder, msg, r, path, start);
}

lq_recorder_stat_t lq_recorder_stat(const lq_recorder_t *r)
{
    uint64_t why = atomic_load_explicit(&r->why, memory_order_relaxed);
    return (lq_recorder_stat_t){
        .event_cnt = atomic_load_explicit(&r->event_cnt, memory_order_relaxed),
        .written_cnt = atomic_load_explicit(&r->written_cnt, memory_order_relaxed),
        .file_sz = atomic_load_explicit(&r->file_sz, memory_order_relaxed),
        .part = atomic_load_explicit(&r->part, memory_order_relaxed),
        .file_cnt = atomic_load_explicit(&r->file_cnt, memory_order_relaxed),
        .ended = why != 0,
        .err = err_of(why),
        .os_error = (int)(uint32_t)why};
}

void lq_recorder_close(lq_recorder_t *r, lq_recorder_stat_t *stat)
{
    if (!r)
        return;
    if (!has_ended(r))
        lq_byte_ring_publish(&r->ring);
    (void)pthread_mutex_lock(&r->lock);
    r->closing = true;
    (void)pthread_cond_signal(&r->wake);
    (void)pthread_mutex_unlock(&r->lock);
    (void)pthread_join(r->thread, NULL);
    if (r->fd >= 0 && close(r->fd) != 0)
        end(r, LQ_ERR_IO, errno);
    if (stat)
        *stat = lq_recorder_stat(r);
    free_state(r);
}
