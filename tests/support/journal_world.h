#ifndef JOURNAL_WORLD_H
#define JOURNAL_WORLD_H

/* A folder with a write-ahead log and a journal, and records that tell of a few senders. */

#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "liqd/record/journal.h"
#include "lq_test.h"
#include "random_tx_record.h"

#define WORLD_PATH_SZ    128
#define WORLD_WAL_SZ     LQ_WAL_SZ_MIN
#define WORLD_KEPT_MAX   4096u
#define WORLD_SENDER_CNT 3u

static const lq_wal_bind_t world_bind = {.chain_id = 1, .genesis = {{0xd4, 0xe5}}};

static char world_folder[WORLD_PATH_SZ];
static char world_wal[2 * WORLD_PATH_SZ];
static char world_db[2 * WORLD_PATH_SZ];

static inline int world_begin(void **state)
{
    (void)state;
    (void)snprintf(world_folder, sizeof(world_folder), "/tmp/liqd-journal-XXXXXX");
    if (!mkdtemp(world_folder))
        return -1;
    (void)snprintf(world_wal, sizeof(world_wal), "%s/wal", world_folder);
    (void)snprintf(world_db, sizeof(world_db), "%s/journal.db", world_folder);
    return 0;
}

static inline int world_end(void **state)
{
    (void)state;
    (void)umount(world_folder); /* of a test that failed */
    static const char *const names[] = {"wal",
                                        "wal.copy",
                                        "journal.db",
                                        "journal.db-wal",
                                        "journal.db-shm",
                                        "journal.db.lock",
                                        "journal.db-journal",
                                        "filler"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(names); i++) {
        char path[3 * WORLD_PATH_SZ];
        (void)snprintf(path, sizeof(path), "%s/%s", world_folder, names[i]);
        (void)unlink(path);
    }
    return rmdir(world_folder);
}

static inline lq_wal_t *world_open_wal(uint64_t first_seq)
{
    lq_wal_t *wal = NULL;
    lq_err_msg_t msg = {""};
    bool found;
    if (lq_wal_open(&wal, &msg, &found, world_wal, WORLD_WAL_SZ, &world_bind, first_seq) != LQ_OK)
        fail_msg("%s", msg.text);
    return wal;
}

static inline lq_journal_t *world_open_journal(bool read_only)
{
    lq_journal_t *journal = NULL;
    lq_err_msg_t msg = {""};
    bool found;
    if (lq_journal_open(&journal, &msg, &found, world_db, &world_bind, read_only) != LQ_OK)
        fail_msg("%s", msg.text);
    return journal;
}

static inline void world_copy(lq_journal_t *journal, lq_wal_t *wal)
{
    lq_err_msg_t msg = {""};
    if (lq_journal_copy(journal, &msg, wal) != LQ_OK)
        fail_msg("%s", msg.text);
}

/* What was appended, in order: the bytes of record I stand from OFFSETS[I] on. */
typedef struct world_kept {
    size_t cnt;
    size_t ends[WORLD_KEPT_MAX];
    uint8_t bytes[WORLD_KEPT_MAX * 3000];
} world_kept_t;

static inline const uint8_t *world_kept_at(const world_kept_t *kept, size_t i, size_t *sz)
{
    size_t from = i ? kept->ends[i - 1] : 0;
    *sz = kept->ends[i] - from;
    return kept->bytes + from;
}

static inline void world_keep(world_kept_t *kept, const lq_tx_record_t *record)
{
    size_t from = kept->cnt ? kept->ends[kept->cnt - 1] : 0;
    assert_true(kept->cnt < WORLD_KEPT_MAX);
    assert_true(from + lq_tx_record_sz(record) <= sizeof(kept->bytes));
    kept->ends[kept->cnt++] = from + lq_tx_record_encode(kept->bytes + from, record);
}

/* Appends the record to both. */
static inline void world_append(world_kept_t *kept, lq_wal_t *wal, const lq_tx_record_t *record)
{
    size_t sz = 0;
    world_keep(kept, record);
    const uint8_t *p = world_kept_at(kept, kept->cnt - 1, &sz);
    assert_ok(lq_wal_append(wal, NULL, p, sz, 0));
}

/* The journal's records are the CNT first of KEPT, and each has its row. */
static inline void world_assert_records(const world_kept_t *kept, size_t cnt)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    size_t sz = 0;
    size_t i = 0;
    assert_int_equal(sqlite3_open_v2(world_db, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT seq, bytes FROM records ORDER BY seq", -1, &stmt, NULL),
        SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        assert_true(i < cnt);
        const uint8_t *p = world_kept_at(kept, i++, &sz);
        assert_int_equal(sqlite3_column_int64(stmt, 0), i);
        assert_int_equal(sqlite3_column_bytes(stmt, 1), sz);
        assert_memory_equal(sqlite3_column_blob(stmt, 1), p, sz);
    }
    assert_int_equal(i, cnt);
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* ---- what a transaction manager records: nonces come in order and go their ways */

typedef struct world_nonce {
    uint32_t sender;
    uint64_t nonce;
    lq_tx_state_t state;
    uint32_t attempt_cnt;
    uint64_t intent;
    lq_hash_t hash; /* of the last attempt */
} world_nonce_t;

typedef struct world_senders {
    lq_rng_t *rng;
    uint64_t wall_ns;
    uint64_t intent_id;
    uint64_t next[WORLD_SENDER_CNT];
    world_nonce_t open[256];
    size_t open_cnt;
} world_senders_t;

static inline lq_address_t world_sender(uint32_t i)
{
    lq_address_t address = {{0xaa, (uint8_t)i}};
    return address;
}

static inline void world_attempt(world_senders_t *w, world_kept_t *kept, world_nonce_t *n)
{
    static random_tx_record_t x;
    random_tx_record(w->rng, &x, LQ_TX_RECORD_ATTEMPT, false);
    lq_tx_attempt_t *a = &x.of.attempt;
    x.record.wall_ns = w->wall_ns;
    a->sender = world_sender(n->sender);
    a->nonce = n->nonce;
    a->number = n->attempt_cnt++;
    a->intent = n->intent;
    a->use = LQ_TX_USE_LIQUIDATE;
    a->raw_sz = a->raw_sz > 300 ? 300 : a->raw_sz;
    n->hash = a->hash;
    world_keep(kept, &x.record);
}

static inline void world_state(world_senders_t *w, world_kept_t *kept, world_nonce_t *n,
                               lq_tx_state_t state)
{
    lq_tx_moved_t moved = {
        .sender = world_sender(n->sender), .nonce = n->nonce, .state = state, .hash = n->hash};
    lq_tx_record_t record = {LQ_TX_RECORD_STATE, w->wall_ns, {.moved = &moved}};
    if (state == LQ_TX_LOST)
        moved.hash = random_hash(w->rng);
    n->state = state;
    world_keep(kept, &record);
}

static inline void world_receipt(world_senders_t *w, world_kept_t *kept, const world_nonce_t *n,
                                 bool ok)
{
    static random_tx_record_t x;
    random_tx_record(w->rng, &x, LQ_TX_RECORD_RECEIPT, false);
    lq_tx_receipt_t *r = &x.of.receipt;
    x.record.wall_ns = w->wall_ns;
    r->sender = world_sender(n->sender);
    r->nonce = n->nonce;
    r->hash = n->hash;
    r->ok = ok;
    r->why[0] = '\0';
    r->gas_price_wei.raw = lq_u256_from_u64(lq_rng_below(w->rng, 1000000000000));
    r->l1_fee_wei.raw = lq_u256_from_u64(lq_rng_below(w->rng, 1000));
    r->paid_wei.raw = lq_u256_from_u64(lq_rng_below(w->rng, 1000000));
    for (size_t i = 0; i < r->gain_cnt; i++)
        r->gains[i] = (lq_gain_t){{{0xbb, (uint8_t)lq_rng_below(w->rng, 6)}},
                                  lq_i256_from_i64((int64_t)lq_rng_u64(w->rng) >> 2)};
    world_keep(kept, &x.record);
}

static inline void world_other(world_senders_t *w, world_kept_t *kept, lq_tx_record_kind_t kind)
{
    static random_tx_record_t x;
    random_tx_record(w->rng, &x, kind, false);
    x.record.wall_ns = w->wall_ns;
    if (kind == LQ_TX_RECORD_HALT)
        x.of.halt.sender = world_sender((uint32_t)lq_rng_below(w->rng, WORLD_SENDER_CNT));
    if (kind == LQ_TX_RECORD_ENDED && w->intent_id && lq_rng_below(w->rng, 4)) {
        x.of.ended.intent = 1 + lq_rng_below(w->rng, w->intent_id);
        x.of.ended.net_usd = lq_i256_from_i64((int64_t)lq_rng_u64(w->rng) >> 4); /* sums fit */
    }
    if (kind == LQ_TX_RECORD_ANSWER && w->open_cnt && lq_rng_below(w->rng, 4))
        x.of.answer.hash = w->open[lq_rng_below(w->rng, w->open_cnt)].hash;
    world_keep(kept, &x.record);
}

static inline void world_new(world_senders_t *w, world_kept_t *kept)
{
    static random_tx_record_t x;
    uint32_t sender = (uint32_t)lq_rng_below(w->rng, WORLD_SENDER_CNT);
    uint64_t intent = 0; /* of several transactions, one more */
    if (w->intent_id && lq_rng_below(w->rng, 3) == 0)
        intent = w->intent_id - lq_rng_below(w->rng, w->intent_id < 4 ? w->intent_id : 4);
    if (!intent) {
        random_tx_record(w->rng, &x, LQ_TX_RECORD_INTENT, false);
        x.record.wall_ns = w->wall_ns;
        intent = x.of.intent.id = ++w->intent_id;
        world_keep(kept, &x.record);
    }
    world_nonce_t *n = &w->open[w->open_cnt++];
    *n = (world_nonce_t){.sender = sender, .nonce = w->next[sender]++, .intent = intent};
    world_attempt(w, kept, n);
}

/* The next thing that may become of N. */
static inline void world_step_nonce(world_senders_t *w, world_kept_t *kept, world_nonce_t *n)
{
    bool more = lq_rng_below(w->rng, 3);
    switch (n->state) {
    case LQ_TX_RESERVED:
        world_state(w, kept, n, lq_rng_below(w->rng, 5) ? LQ_TX_SENT : LQ_TX_RELEASED);
        return;
    case LQ_TX_SENT:
    case LQ_TX_CANCELLING:
        if (more) {
            bool ok = lq_rng_below(w->rng, 4);
            world_receipt(w, kept, n, ok);
            world_state(w, kept, n, ok ? LQ_TX_MINED : LQ_TX_REVERTED);
        } else if (lq_rng_below(w->rng, 3)) {
            world_attempt(w, kept, n);
        } else {
            static const lq_tx_state_t to[] = {LQ_TX_CANCELLING, LQ_TX_EXPIRED, LQ_TX_LOST};
            world_state(w, kept, n, to[lq_rng_below(w->rng, 3)]);
        }
        return;
    case LQ_TX_EXPIRED:
        world_state(w, kept, n, more ? LQ_TX_RELEASED : LQ_TX_SENT);
        return;
    case LQ_TX_MINED:
    case LQ_TX_REVERTED:
    case LQ_TX_LOST:
        world_state(w, kept, n, more ? LQ_TX_FINAL : LQ_TX_SENT);
        return;
    case LQ_TX_RELEASED: /* taken again */
        n->state = LQ_TX_RESERVED;
        n->intent = ++w->intent_id;
        {
            static random_tx_record_t x;
            random_tx_record(w->rng, &x, LQ_TX_RECORD_INTENT, false);
            x.record.wall_ns = w->wall_ns;
            x.of.intent.id = n->intent;
            world_keep(kept, &x.record);
        }
        world_attempt(w, kept, n);
        return;
    case LQ_TX_FINAL:
    case LQ_TX_STATE_CNT:
        return;
    }
}

static inline void world_step(world_senders_t *w, world_kept_t *kept)
{
    w->wall_ns += lq_rng_below(w->rng, 12000000000u);
    uint64_t what = lq_rng_below(w->rng, 20);
    if (what < 3 && w->open_cnt < LQ_ARRAY_CNT(w->open)) {
        world_new(w, kept);
    } else if (what < 14 && w->open_cnt) {
        size_t i = (size_t)lq_rng_below(w->rng, w->open_cnt);
        world_step_nonce(w, kept, &w->open[i]);
        if (w->open[i].state == LQ_TX_FINAL)
            w->open[i] = w->open[--w->open_cnt];
    } else {
        static const lq_tx_record_kind_t kinds[] = {
            LQ_TX_RECORD_RUN,  LQ_TX_RECORD_ANSWER,    LQ_TX_RECORD_ANSWER,   LQ_TX_RECORD_ENDED,
            LQ_TX_RECORD_HALT, LQ_TX_RECORD_CANDIDATE, LQ_TX_RECORD_CANDIDATE};
        world_other(w, kept, kinds[lq_rng_below(w->rng, LQ_ARRAY_CNT(kinds))]);
    }
}

/* world_tell keeps CNT records or some more. */
static inline void world_tell(world_senders_t *w, world_kept_t *kept, lq_rng_t *rng, size_t cnt)
{
    *w = (world_senders_t){.rng = rng, .wall_ns = 1700000000000000000u};
    kept->cnt = 0;
    while (kept->cnt < cnt)
        world_step(w, kept);
}

/* world_finish has most nonces become FINAL. */
static inline void world_finish(world_senders_t *w, world_kept_t *kept)
{
    while (w->open_cnt && kept->cnt + 8 < WORLD_KEPT_MAX) {
        size_t i = (size_t)lq_rng_below(w->rng, w->open_cnt);
        world_step_nonce(w, kept, &w->open[i]);
        if (w->open[i].state == LQ_TX_FINAL)
            w->open[i] = w->open[--w->open_cnt];
        if (lq_rng_below(w->rng, 200) == 0)
            return;
    }
}

/* world_give appends the records from FROM on to the log, and has the journal take them whenever it
   is full, and in the end. */
static inline void world_give(const world_kept_t *kept, size_t from, lq_wal_t *wal,
                              lq_journal_t *journal)
{
    for (size_t i = from; i < kept->cnt;) {
        size_t sz = 0;
        const uint8_t *p = world_kept_at(kept, i, &sz);
        lq_err_t err = lq_wal_append(wal, NULL, p, sz, 0);
        if (err)
            world_copy(journal, wal);
        else
            i++;
    }
    world_copy(journal, wal);
}

#endif
