#include "liqd/record/wal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "liqd/base/digest.h"
#include "liqd/base/fetch.h"
#include "liqd/base/text.h"
#include "wal_internal.h"

/* The header is mapped, then the ring twice, one behind the other: what lies across the end is in
   one piece. Of one thread each: the appender's line, the reader's. */
struct lq_wal {
    wal_header_t *header;
    uint8_t *ring;
    size_t cap;
    size_t mapped_sz;
    int fd;

    _Alignas(LQ_CACHE_LINE_SZ) _Atomic uint64_t head; /* bytes ever appended */
    uint64_t at;                                      /* the same */
    uint64_t tail_seen;
    uint64_t next_seq;
    uint64_t check; /* of the last record */
    size_t room_sz; /* of what lq_wal_room gave; NO_ROOM: nothing */
    _Atomic uint64_t appended_seq;
    _Atomic uint64_t full_cnt;

    _Alignas(LQ_CACHE_LINE_SZ) _Atomic uint64_t tail; /* bytes ever released */
    uint64_t read_at;
    uint64_t head_seen;
    wal_tail_t released;
    uint64_t turn;
    _Atomic uint64_t released_seq;
};

#define NO_ROOM SIZE_MAX

/* What a transaction is recorded with, before it leaves. */
#define WARM_SZ 4096u

static inline wal_record_t *record_at(const lq_wal_t *w, uint64_t at)
{
    return (wal_record_t *)(void *)(w->ring + at % w->cap);
}

static inline size_t record_total(size_t sz)
{
    return sizeof(wal_record_t) + (sz + 7) / 8 * 8;
}

static inline uint64_t size_word(size_t sz)
{
    return (uint64_t)WAL_MARK << 32 | sz;
}

static uint64_t record_check(uint64_t before, uint64_t seq, const void *p, size_t sz)
{
    return lq_digest_word(lq_digest_word(before, seq), lq_digest(p, sz));
}

static uint64_t tail_digest(const wal_tail_t *tail, uint64_t turn)
{
    uint64_t h = lq_digest_word(turn, tail->at);
    return lq_digest_word(lq_digest_word(h, tail->seq), tail->check);
}

/* ---- appending */

static bool fits(const lq_wal_t *w, size_t sz, size_t reserve)
{
    size_t need = record_total(sz) + WAL_SPARE_SZ;
    size_t left = w->cap - (size_t)(w->at - w->tail_seen);
    return left >= need && left - need >= reserve;
}

bool lq_wal_has_room(lq_wal_t *w, size_t sz, size_t reserve)
{
    if (LQ_UNLIKELY(sz > LQ_WAL_RECORD_MAX))
        return false;
    if (LQ_LIKELY(fits(w, sz, reserve)))
        return true;
    w->tail_seen = atomic_load_explicit(&w->tail, memory_order_acquire);
    return fits(w, sz, reserve);
}

lq_err_t lq_wal_room(lq_wal_t *w, uint8_t **out, size_t sz, size_t reserve)
{
    if (LQ_UNLIKELY(sz > LQ_WAL_RECORD_MAX))
        return LQ_ERR_TOO_LONG;
    if (LQ_UNLIKELY(!lq_wal_has_room(w, sz, reserve))) {
        atomic_fetch_add_explicit(&w->full_cnt, 1, memory_order_relaxed);
        return LQ_ERR_FULL;
    }
    w->room_sz = sz;
    *out = (uint8_t *)(record_at(w, w->at) + 1);
    return LQ_OK;
}

/* Until the size stands the record is not there; what stands where the next one's will be is none,
   and is made so before. */
uint64_t lq_wal_commit(lq_wal_t *w, size_t sz)
{
    LQ_ASSERT(w->room_sz != NO_ROOM && sz <= w->room_sz);
    wal_record_t *record = record_at(w, w->at);
    uint64_t seq = w->next_seq;
    w->check = record_check(w->check, seq, record + 1, sz);
    record->seq = seq;
    record->check = w->check;
    w->at += record_total(sz);
    atomic_store_explicit(&record_at(w, w->at)->size, 0, memory_order_relaxed);
    atomic_store_explicit(&record->size, size_word(sz), memory_order_release);
    atomic_store_explicit(&w->header->appended_seq, seq, memory_order_release); /* not before */
    w->next_seq = seq + 1;
    w->room_sz = NO_ROOM;
    atomic_store_explicit(&w->appended_seq, seq, memory_order_relaxed);
    atomic_store_explicit(&w->head, w->at, memory_order_release);
    return seq;
}

lq_err_t lq_wal_append(lq_wal_t *w, uint64_t *seq, const void *p, size_t sz, size_t reserve)
{
    uint8_t *room = NULL;
    lq_err_t err = lq_wal_room(w, &room, sz, reserve);
    if (err)
        return err;
    if (sz)
        memcpy(room, p, sz);
    uint64_t given = lq_wal_commit(w, sz);
    if (seq)
        *seq = given;
    return LQ_OK;
}

/* Nothing is written: a page that is on its way to the disk would be waited for. */
void lq_wal_warm(const lq_wal_t *w)
{
    size_t left = w->cap - (size_t)(w->at - w->tail_seen);
    lq_fetch(w, sizeof(*w));
    lq_fetch(&w->header->appended_seq, sizeof(w->header->appended_seq));
    if (left > WARM_SZ)
        lq_fetch(record_at(w, w->at), WARM_SZ);
}

/* ---- reading */

static size_t size_of(const wal_record_t *record)
{
    return (size_t)(uint32_t)atomic_load_explicit(&record->size, memory_order_relaxed);
}

bool lq_wal_next(lq_wal_t *w, uint64_t *seq, const uint8_t **p, size_t *sz)
{
    if (w->read_at == w->head_seen) {
        w->head_seen = atomic_load_explicit(&w->head, memory_order_acquire);
        if (w->read_at == w->head_seen)
            return false;
    }
    const wal_record_t *record = record_at(w, w->read_at);
    *seq = record->seq;
    *p = (const uint8_t *)(record + 1);
    *sz = size_of(record);
    w->read_at += record_total(*sz);
    return true;
}

/* Written where the one that counts does not stand; the turn makes it count, by one store. */
static void write_tail(lq_wal_t *w)
{
    wal_tail_t *slot = &w->header->tails[++w->turn & 1];
    *slot = w->released;
    slot->digest = tail_digest(&w->released, w->turn);
    atomic_store_explicit(&w->header->turn, w->turn, memory_order_release);
}

void lq_wal_release(lq_wal_t *w, uint64_t seq)
{
    wal_tail_t *r = &w->released;
    uint64_t before = r->at;
    while (r->at != w->read_at) {
        const wal_record_t *record = record_at(w, r->at);
        if (record->seq > seq)
            break;
        r->seq = record->seq;
        r->check = record->check;
        r->at += record_total(size_of(record));
    }
    if (r->at == before)
        return;
    write_tail(w);
    atomic_store_explicit(&w->released_seq, r->seq, memory_order_relaxed);
    atomic_store_explicit(&w->tail, r->at, memory_order_release);
}

lq_wal_stat_t lq_wal_stat(const lq_wal_t *w)
{
    uint64_t tail = atomic_load_explicit(&w->tail, memory_order_relaxed);
    uint64_t head = atomic_load_explicit(&w->head, memory_order_acquire);
    return (lq_wal_stat_t){
        .appended_seq = atomic_load_explicit(&w->appended_seq, memory_order_relaxed),
        .released_seq = atomic_load_explicit(&w->released_seq, memory_order_relaxed),
        .used_sz = (size_t)(head - tail),
        .sz = w->cap,
        .full_cnt = atomic_load_explicit(&w->full_cnt, memory_order_relaxed)};
}

/* ---- opening */

static lq_err_t refuse(lq_err_msg_t *msg, lq_err_t err, const char *path, const char *text)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    return lq_err_msg_set(msg, err, "write-ahead log %s: %s", lq_text_quote(quoted, path), text);
}

static lq_err_t refuse_damaged(lq_err_msg_t *msg, const char *path, const char *what, uint64_t at)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                          "write-ahead log %s: damaged, %s at byte %" PRIu64
                          ": move it away; what the journal does not have is found on the chain",
                          lq_text_quote(quoted, path), what, at);
}

static uint64_t fixed_digest(const wal_fixed_t *fixed)
{
    return lq_digest(fixed, sizeof(*fixed));
}

/* All of it is there at once, or the disk is full now and not at an append. */
static lq_err_t allocate(int fd, lq_err_msg_t *msg, const char *path, size_t sz)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    int error = EINTR;
    while (error == EINTR)
        error = posix_fallocate(fd, 0, (off_t)sz);
    if (!error)
        return LQ_OK;
    return lq_err_msg_set(msg, LQ_ERR_IO, "write-ahead log %s: %zu bytes (%zu MiB) needed: %s",
                          lq_text_quote(quoted, path), sz, sz >> 20, strerror(error));
}

static lq_err_t map_file(lq_wal_t *w, lq_err_msg_t *msg, const char *path, size_t sz)
{
    const int all = PROT_READ | PROT_WRITE;
    const int how = MAP_SHARED | MAP_FIXED | MAP_POPULATE;
    lq_err_t err = allocate(w->fd, msg, path, sz);
    if (err)
        return err;
    w->cap = sz - WAL_HEADER_SZ;
    w->mapped_sz = sz + w->cap;
    uint8_t *p = mmap(NULL, w->mapped_sz, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return refuse(msg, LQ_ERR_NOMEM, path, "it cannot be mapped");
    w->header = (wal_header_t *)(void *)p;
    w->ring = p + WAL_HEADER_SZ;
    if (mmap(p, sz, all, how, w->fd, 0) == MAP_FAILED ||
        mmap(p + sz, w->cap, all, how, w->fd, WAL_HEADER_SZ) == MAP_FAILED)
        return refuse(msg, LQ_ERR_NOMEM, path, "it cannot be mapped");
    return LQ_OK;
}

static void unmap_file(lq_wal_t *w)
{
    if (w->header)
        (void)munmap(w->header, w->mapped_sz);
    w->header = NULL;
}

/* The magic comes last: without it there is no log yet. */
static lq_err_t make(lq_wal_t *w, lq_err_msg_t *msg, const char *path, size_t sz,
                     const lq_wal_bind_t *bind, uint64_t first_seq)
{
    if (ftruncate(w->fd, 0) != 0)
        return refuse(msg, LQ_ERR_IO, path, strerror(errno));
    lq_err_t err = map_file(w, msg, path, sz);
    if (err) {
        (void)!ftruncate(w->fd, 0);
        return err;
    }
    wal_header_t *h = w->header;
    LQ_ASSERT(h);
    memset(h, 0, sz);
    h->fixed.version = LQ_WAL_VERSION;
    h->fixed.header_sz = WAL_HEADER_SZ;
    h->fixed.file_sz = sz;
    h->fixed.chain_id = bind->chain_id;
    h->fixed.genesis = bind->genesis;
    h->digest = fixed_digest(&h->fixed);
    w->released = (wal_tail_t){.seq = first_seq - 1};
    w->at = w->check = 0;
    w->next_seq = first_seq;
    write_tail(w);
    atomic_store_explicit(&h->appended_seq, first_seq - 1, memory_order_relaxed);
    atomic_store_explicit(&h->magic, WAL_MAGIC, memory_order_release);
    return LQ_OK;
}

/* Whether there are zeros alone from FROM to SZ: who made it was stopped. */
static bool is_blank(int fd, off_t from, off_t sz)
{
    static const uint8_t zeros[4096];
    uint8_t bytes[sizeof(zeros)];
    while (from < sz) {
        ssize_t n = pread(fd, bytes, sizeof(bytes), from);
        if (n <= 0 || memcmp(bytes, zeros, (size_t)n) != 0)
            return false;
        from += n;
    }
    return true;
}

static lq_err_t check_fixed(const wal_header_t *h, lq_err_msg_t *msg, const char *path, off_t sz,
                            const lq_wal_bind_t *bind)
{
    const wal_fixed_t *f = &h->fixed;
    char quoted[LQ_TEXT_QUOTE_SZ];
    (void)lq_text_quote(quoted, path);
    if (atomic_load_explicit(&h->magic, memory_order_relaxed) != WAL_MAGIC)
        return refuse_damaged(msg, path, "no write-ahead log begins", 0);
    if (f->version != LQ_WAL_VERSION)
        return lq_err_msg_set(msg, LQ_ERR_INVAL,
                              "write-ahead log %s: of version %" PRIu32
                              ", not %u: start the liqd that wrote it, which empties it",
                              quoted, f->version, LQ_WAL_VERSION);
    if (h->digest != fixed_digest(f) || f->header_sz != WAL_HEADER_SZ ||
        f->file_sz < LQ_WAL_SZ_MIN || f->file_sz > LQ_WAL_SZ_MAX)
        return refuse_damaged(msg, path, "its header", 0);
    if (f->file_sz != (uint64_t)sz)
        return refuse_damaged(msg, path, "cut", (uint64_t)sz);
    if (f->chain_id != bind->chain_id)
        return lq_err_msg_set(msg, LQ_ERR_INVAL,
                              "write-ahead log %s: of chain %" PRIu64 ", not %" PRIu64
                              ": name another journal.run_dir for each chain",
                              quoted, f->chain_id, bind->chain_id);
    if (memcmp(&f->genesis, &bind->genesis, sizeof(f->genesis)) != 0)
        return lq_err_msg_set(msg, LQ_ERR_INVAL,
                              "write-ahead log %s: of a chain %" PRIu64
                              " that began with another block: was it reset? Move it away, with "
                              "the journal",
                              quoted, f->chain_id);
    return LQ_OK;
}

/* Whether a whole record stands at AT, behind one of BEFORE. */
static bool is_good(const lq_wal_t *w, uint64_t at, const wal_tail_t *before)
{
    const wal_record_t *record = record_at(w, at);
    uint64_t size = atomic_load_explicit(&record->size, memory_order_relaxed);
    size_t sz = size_of(record);
    return size == size_word(sz) && sz <= LQ_WAL_RECORD_MAX &&
           at + record_total(sz) + WAL_SPARE_SZ <= w->released.at + w->cap &&
           record->seq > before->seq &&
           record->check == record_check(before->check, record->seq, record + 1, sz);
}

/* Reads where the records begin and end. */
static lq_err_t recover(lq_wal_t *w, lq_err_msg_t *msg, const char *path)
{
    const wal_header_t *h = w->header;
    w->turn = atomic_load_explicit(&h->turn, memory_order_relaxed);
    w->released = h->tails[w->turn & 1];
    if (w->released.digest != tail_digest(&w->released, w->turn) || w->released.at % 8)
        return refuse_damaged(msg, path, "its header", offsetof(wal_header_t, turn));
    wal_tail_t last = w->released;
    const wal_record_t *record = record_at(w, last.at);
    while (atomic_load_explicit(&record->size, memory_order_relaxed)) {
        if (!is_good(w, last.at, &last))
            return refuse_damaged(msg, path, "a record", WAL_HEADER_SZ + last.at % w->cap);
        last.seq = record->seq;
        last.check = record->check;
        last.at += record_total(size_of(record));
        record = record_at(w, last.at);
    }
    if (last.seq < atomic_load_explicit(&h->appended_seq, memory_order_relaxed))
        return refuse_damaged(msg, path, "a record is missing", WAL_HEADER_SZ + last.at % w->cap);
    w->at = last.at;
    w->next_seq = last.seq + 1;
    w->check = last.check;
    return LQ_OK;
}

static void begin(lq_wal_t *w, uint64_t first_seq)
{
    if (w->next_seq < first_seq) /* the journal is further: the log is of an earlier time */
        w->next_seq = first_seq;
    w->room_sz = NO_ROOM;
    w->tail_seen = w->read_at = w->released.at;
    w->head_seen = w->at;
    atomic_init(&w->head, w->at);
    atomic_init(&w->tail, w->released.at);
    atomic_init(&w->appended_seq, w->next_seq - 1);
    atomic_init(&w->released_seq, w->released.seq);
    atomic_init(&w->full_cnt, 0);
}

/* Takes up the log that there is, of SZ bytes. */
static lq_err_t take_up(lq_wal_t *w, lq_err_msg_t *msg, const char *path, off_t sz,
                        const lq_wal_bind_t *bind)
{
    wal_header_t h;
    if (sz < (off_t)LQ_WAL_SZ_MIN)
        return refuse_damaged(msg, path, "cut", (uint64_t)sz);
    if (pread(w->fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h))
        return refuse(msg, LQ_ERR_IO, path, "it cannot be read");
    lq_err_t err = check_fixed(&h, msg, path, sz, bind);
    if (!err)
        err = map_file(w, msg, path, (size_t)sz);
    return err ? err : recover(w, msg, path);
}

static lq_err_t make_or_take_up(lq_wal_t *w, lq_err_msg_t *msg, bool *found, const char *path,
                                size_t sz, const lq_wal_bind_t *bind, uint64_t first_seq)
{
    struct stat st;
    uint64_t magic = 0;
    if (fstat(w->fd, &st) != 0)
        return refuse(msg, LQ_ERR_IO, path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return refuse(msg, LQ_ERR_IO, path, "no regular file");
    (void)!pread(w->fd, &magic, sizeof(magic), 0);
    *found = magic || !is_blank(w->fd, WAL_HEADER_SZ, st.st_size);
    if (!*found)
        return make(w, msg, path, sz, bind, first_seq);
    lq_err_t err = take_up(w, msg, path, st.st_size, bind);
    bool is_empty = !err && w->at == w->released.at;
    if (err || !is_empty || (size_t)st.st_size == sz)
        return err;
    uint64_t next_seq = w->next_seq < first_seq ? first_seq : w->next_seq;
    unmap_file(w); /* another size is asked for, and there is nothing in it to lose */
    return make(w, msg, path, sz, bind, next_seq);
}

static lq_err_t open_file(lq_wal_t *w, lq_err_msg_t *msg, const char *path)
{
    w->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (w->fd < 0)
        return refuse(msg, LQ_ERR_IO, path, strerror(errno));
    if (flock(w->fd, LOCK_EX | LOCK_NB) == 0)
        return LQ_OK;
    return errno == EWOULDBLOCK
               ? refuse(msg, LQ_ERR_EXISTS, path, "another process has it: is liqd running?")
               : refuse(msg, LQ_ERR_IO, path, strerror(errno));
}

lq_err_t lq_wal_open(lq_wal_t **wal, lq_err_msg_t *msg, bool *found, const char *path, size_t sz,
                     const lq_wal_bind_t *bind, uint64_t first_seq)
{
    LQ_ASSERT(first_seq);
    if (sz < LQ_WAL_SZ_MIN || sz > LQ_WAL_SZ_MAX || (sz & (sz - 1)))
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "a write-ahead log of %zu bytes: it takes a power of two from %zu "
                              "to %zu",
                              sz, LQ_WAL_SZ_MIN, LQ_WAL_SZ_MAX);
    lq_wal_t *w = aligned_alloc(LQ_CACHE_LINE_SZ, sizeof(*w));
    if (!w)
        return refuse(msg, LQ_ERR_NOMEM, path, lq_err_str(LQ_ERR_NOMEM));
    memset(w, 0, sizeof(*w));
    bool was_there = false;
    lq_err_t err = open_file(w, msg, path);
    if (!err)
        err = make_or_take_up(w, msg, &was_there, path, sz, bind, first_seq);
    if (err) {
        lq_wal_close(w);
        return err;
    }
    begin(w, first_seq);
    *found = was_there;
    *wal = w;
    return LQ_OK;
}

void lq_wal_close(lq_wal_t *w)
{
    if (!w)
        return;
    unmap_file(w);
    if (w->fd >= 0)
        (void)close(w->fd);
    free(w);
}
