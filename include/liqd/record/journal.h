#ifndef LIQD_RECORD_JOURNAL_H
#define LIQD_RECORD_JOURNAL_H

/* The journal: an SQLite database with all that was ever sent, what came of it, and why what was
   not taken was not. WAL mode, synchronous FULL. Written by a thread of its own, which takes
   records from the write-ahead log and releases them once they are committed; nobody waits for it.
   Its tables are documented for the operator's own queries (liqd-journal(5)), numbered by version,
   and migrated when it is opened; nothing is ever deleted from it.

   It belongs to one chain, by id and genesis, and to the senders that it has seen. Records carry
   numbers (wal.h): one that it has already is not taken again, so what the log still holds after a
   crash may be given anew.

   Where it cannot be written (the disk is full, the medium fails) it tries on, what waits stays in
   the log, and lq_journal_stat says so: the caller sends nothing meanwhile. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/err.h"
#include "liqd/base/log.h"
#include "liqd/record/tx_record.h"
#include "liqd/record/wal.h"

/* Opaque. */
typedef struct lq_journal lq_journal_t;

#define LQ_JOURNAL_SCHEMA 1u

/* lq_journal_open opens the database PATH, or makes it, mode 0600, checks its integrity and
   migrates it. LQ_ERR_EXISTS: another process writes it; LQ_ERR_INVAL: of another chain, or a newer
   version; LQ_ERR_SYNTAX: it is damaged, or no journal; MSG says what helps; LQ_ERR_IO;
   LQ_ERR_NOMEM. *FOUND tells whether it was there. READ_ONLY: for reports, BIND's genesis is not
   looked at; it must be there (LQ_ERR_NOT_FOUND), and may be written by another process meanwhile.
   _close takes NULL, and ends the thread behind what it has. */
LQ_MUST_USE lq_err_t lq_journal_open(lq_journal_t **journal, lq_err_msg_t *msg, bool *found,
                                     const char *path, const lq_wal_bind_t *bind, bool read_only);
void lq_journal_close(lq_journal_t *journal);

/* lq_journal_last_seq returns the number of its last record; 0: none. lq_journal_boot_id sets OUT
   to the boot id of its last RUN, "" where it has none. */
uint64_t lq_journal_last_seq(const lq_journal_t *journal);
void lq_journal_boot_id(const lq_journal_t *journal, char out[LQ_TX_RECORD_NAME_SZ]);

/* lq_journal_copy takes all that WAL holds and was not released, at once: at start-up, before
   lq_journal_restore. lq_journal_start has the thread do so from now on; WAL outlives the journal,
   LOG too, which is safe to use from any thread. */
LQ_MUST_USE lq_err_t lq_journal_copy(lq_journal_t *journal, lq_err_msg_t *msg, lq_wal_t *wal);
LQ_MUST_USE lq_err_t lq_journal_start(lq_journal_t *journal, lq_err_msg_t *msg, lq_wal_t *wal,
                                      lq_log_t *log);

/* lq_journal_restore gives FN, in the order of coming, what a transaction manager needs to go on:
   of each nonce that is not FINAL or RELEASED its intents, attempts, answers, states and receipts;
   of each sender the highest nonce, be it FINAL; halts that stand; intents without an end, and the
   one of the highest id; of these intents the other nonces too, be they FINAL, and how each has
   ended (LQ_ERR_FULL of FN ends it). All is found by the records' own bytes, each checked
   (LQ_ERR_SYNTAX). Cost: some passes over all records but for candidates, 3 us a record. */
LQ_MUST_USE lq_err_t lq_journal_restore(lq_journal_t *journal, lq_err_msg_t *msg,
                                        lq_err_t (*fn)(void *ctx, const lq_tx_record_t *record),
                                        void *ctx);

/* Of any thread. */
typedef struct lq_journal_stat {
    uint64_t committed_seq;
    uint64_t commit_cnt;
    bool failing; /* the last try to write failed: nothing may be sent */
    char why[LQ_TX_RECORD_TEXT_SZ];
    uint64_t beat_mono_ns; /* when the thread last came round, busy or idle: for a watchdog */
} lq_journal_stat_t;
lq_journal_stat_t lq_journal_stat(const lq_journal_t *journal);

/* ---- reports ---- */

/* One intent as it stands. */
typedef struct lq_journal_row {
    uint64_t wall_ns;
    lq_tx_intent_t intent;
    bool ended;        /* false also where a reorg has given it back */
    lq_tx_ended_t end; /* the last word on it, be it UNMINED */
    lq_address_t sender;
    uint64_t nonce; /* of its first transaction */
    uint32_t attempt_cnt;
    lq_hash_t hash;     /* of what was mined, else of its last attempt; all zero: none */
    uint64_t mined_blk; /* 0: not mined */
    uint32_t gas;
    lq_wei_t gas_wei; /* l1 fee included */
    lq_wei_t paid_wei;
    lq_gain_t gains[LQ_TX_RECORD_TOKEN_MAX];
    size_t gain_cnt;
} lq_journal_row_t;

/* lq_journal_rows gives FN the intents that began at FROM_WALL_NS or later, in order;
   lq_journal_misses the candidates that ended since, but TAKEN. FN returns false to end. */
LQ_MUST_USE lq_err_t lq_journal_rows(lq_journal_t *journal, lq_err_msg_t *msg,
                                     uint64_t from_wall_ns,
                                     bool (*fn)(void *ctx, const lq_journal_row_t *row), void *ctx);
LQ_MUST_USE lq_err_t lq_journal_misses(
    lq_journal_t *journal, lq_err_msg_t *msg, uint64_t from_wall_ns,
    bool (*fn)(void *ctx, uint64_t wall_ns, const lq_tx_candidate_t *candidate), void *ctx);

/* What the senders and the executor came to since, to the wei: cancellations, approvals and all
   that reverted included. */
#define LQ_JOURNAL_TOKEN_MAX 256u
typedef struct lq_journal_total {
    uint64_t intent_cnt;
    uint64_t ended_cnt[LQ_OUTCOME_CNT];
    uint64_t miss_cnt[LQ_REASON_CNT];
    uint64_t mined_cnt; /* transactions, reverted ones included */
    lq_wei_t gas_wei;
    lq_wei_t paid_wei;
    lq_i256_t net_usd;                     /* realised */
    lq_i256_t estimated_usd;               /* of the same intents */
    lq_gain_t gains[LQ_JOURNAL_TOKEN_MAX]; /* by token */
    size_t gain_cnt;
} lq_journal_total_t;
LQ_MUST_USE lq_err_t lq_journal_total(lq_journal_t *journal, lq_err_msg_t *msg,
                                      lq_journal_total_t *out, uint64_t from_wall_ns);

#endif
