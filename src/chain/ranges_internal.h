#ifndef LQ_CHAIN_RANGES_INTERNAL_H
#define LQ_CHAIN_RANGES_INTERNAL_H

/* The planner of a backfill: which blocks to ask for next, several ranges at once, given back in
   order. Pure: knows neither nodes nor logs, only how a request ended; time is an argument.

   The blocks not yet delivered are a row of pieces, each open, sent or held. The lowest open one is
   always asked for first, so that what is held never blocks what it waits for.

   The size of a range:
   - It doubles until the first refusal, and afterwards below half of what it was; beyond
     that it grows by an eighth after PATIENCE full answers. Where the number of logs was the
     trouble, an answer with few of them lets it double too: the dense blocks are behind.
   - A refusal's hint is taken where it makes the range smaller, else the range is halved. Only
     answers to what was sent after the last refusal let it grow.
   - A limit of blocks, named or found, holds for CAP_ANSWERS answers; then it is tried again.
   - One block that is still too much is read from its receipts.
   - An answer with exactly as many logs as someone might cut at (1, 2 or 5 times a power of ten, of
     at least 100) is not believed: its range is read again in halves, one block by its receipts. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/err.h"
#include "liqd/rpc/failure.h"

#define LQ_RANGES_PARALLEL_MAX 16u
#define LQ_RANGES_SLOT_MAX     64u /* ranges sent, held or set aside to be asked elsewhere */
#define LQ_RANGES_PIECE_MAX    (2 * LQ_RANGES_SLOT_MAX + 1)
#define LQ_RANGES_ROUND_MAX    3u /* so often every endpoint must refuse one range */

typedef struct lq_ranges_config {
    uint64_t from_blk, to_blk; /* inclusive; to_blk below UINT64_MAX */
    uint64_t range_blk, range_max_blk;
    size_t parallel; /* 1 to LQ_RANGES_PARALLEL_MAX */
    size_t hold_max; /* bytes that may be held */
    uint32_t endpoint_cnt;
} lq_ranges_config_t;

/* What to ask for. */
typedef struct lq_range {
    uint64_t from_blk, to_blk; /* inclusive */
    uint32_t id;               /* names it until it is delivered or refused */
    uint32_t not_mask;         /* bit per endpoint that has no use for it */
    bool receipts;             /* one block, by its receipts */
} lq_range_t;

typedef enum lq_ranges_verdict {
    LQ_RANGES_HOLD,  /* keep the answer until it is delivered */
    LQ_RANGES_DOUBT, /* forget it: it is asked for again */
} lq_ranges_verdict_t;

typedef enum lq_piece_state {
    LQ_PIECE_OPEN,
    LQ_PIECE_SENT,
    LQ_PIECE_HELD,
} lq_piece_state_t;

typedef struct lq_piece {
    uint64_t from_blk, to_blk;
    uint64_t not_before_ns;
    size_t sz; /* bytes: expected where it is sent, there where it is held */
    uint32_t id;
    uint32_t epoch; /* of its sending */
    uint32_t not_mask;
    uint32_t round_cnt;
    uint32_t broken_cnt;
    lq_piece_state_t state;
    lq_err_t err;   /* why it was refused elsewhere */
    bool set_aside; /* open, but keeps its bounds and what is known of it */
    bool doubted;   /* a half of what was in doubt */
    bool receipts;
} lq_piece_t;

typedef struct lq_ranges_stat {
    uint64_t request_cnt, refused_cnt, receipts_cnt;
    uint64_t doubt_cnt;   /* answers of a suspicious number of logs */
    uint64_t dropped_cnt; /* answers for which there was no room */
} lq_ranges_stat_t;

/* Private fields. */
typedef struct lq_ranges {
    lq_ranges_config_t config;
    lq_ranges_stat_t stat;
    lq_piece_t pieces[LQ_RANGES_PIECE_MAX];
    size_t piece_cnt;
    uint64_t next_blk;
    uint32_t last_id;
    size_t sent_cnt, slot_cnt;
    size_t held_sz, sent_sz;

    uint64_t range_blk;
    uint64_t calm_blk;       /* below it the range doubles */
    uint64_t cap_blk;        /* the most that nodes seem to allow */
    uint64_t good_blk;       /* the most that was answered since a range was too wide */
    uint64_t told_blk;       /* a size that a hint gave */
    uint64_t rows_max;       /* the most logs that one answer had */
    uint64_t bytes_per_kblk; /* of 1024 blocks, smoothed */
    uint32_t epoch;          /* number of refusals that made ranges smaller */
    uint32_t patience_cnt, cap_cnt;
    bool shrinking;  /* no full answer since the last refusal */
    bool rows_bound; /* the last one was for the number of logs */

    uint64_t wait_until_ns;
    uint64_t pause_ns;

    uint64_t rate_mono_ns, rate_blk; /* where the rate was last taken */
    uint64_t rate_mblk_per_sec;      /* smoothed; 0: unknown */
} lq_ranges_t;

/* lq_ranges_init starts R at NOW_NS. LQ_ERR_RANGE: a member of CONFIG is. */
LQ_MUST_USE lq_err_t lq_ranges_init(lq_ranges_t *r, const lq_ranges_config_t *config,
                                    uint64_t now_ns);

/* lq_ranges_next sets *RANGE to what to ask for now, counted as sent; call it until it returns
   false. Then *WAKE_NS is when time alone may change that, UINT64_MAX: never. */
LQ_MUST_USE bool lq_ranges_next(lq_ranges_t *r, lq_range_t *range, uint64_t *wake_ns,
                                uint64_t now_ns);

/* lq_ranges_is_round tells whether an answer of CNT logs may have been cut off. */
bool lq_ranges_is_round(uint64_t cnt);

/* lq_ranges_answered takes the answer to ID with its number of logs and the SZ bytes that holding
 * them takes; ROUND where it, or a part of it asked for by itself, has a suspicious number. */
LQ_MUST_USE lq_ranges_verdict_t lq_ranges_answered(lq_ranges_t *r, uint32_t id, uint64_t row_cnt,
                                                   bool round, size_t sz);

/* lq_ranges_refused takes how ID ended without a usable answer: class and hint, ENDPOINT's number.
   An answer that is not believed is LQ_RPC_SYNCING, one
   too large for us LQ_RPC_ROWS. LQ_ERR_
   NOT_FOUND, LQ_ERR_REMOTE: every endpoint refused it LQ_RANGES_ROUND_MAX times; there is no going
   on. */
LQ_MUST_USE lq_err_t lq_ranges_refused(lq_ranges_t *r, uint32_t id, lq_rpc_class_t class_,
                                       const lq_rpc_hint_t *hint, uint32_t endpoint,
                                       uint64_t retry_after_ns, uint64_t now_ns);

/* lq_ranges_dropped puts ID, sent or held, back: there is no room for its SZ bytes (0: unknown). */
void lq_ranges_dropped(lq_ranges_t *r, uint32_t id, size_t sz);

/* lq_ranges_is_head tells whether ID is what delivery waits for. */
bool lq_ranges_is_head(const lq_ranges_t *r, uint32_t id);

/* lq_ranges_last_held sets *ID to the highest held range, which is not the head. */
LQ_MUST_USE bool lq_ranges_last_held(const lq_ranges_t *r, uint32_t *id);

/* lq_ranges_deliver sets *RANGE to the next range in order, if its answer is held, and forgets it.
 */
LQ_MUST_USE bool lq_ranges_deliver(lq_ranges_t *r, lq_range_t *range, uint64_t now_ns);

/* lq_ranges_is_done tells whether all was delivered. */
bool lq_ranges_is_done(const lq_ranges_t *r);

/* lq_ranges_eta_ns returns how long the rest will take; UINT64_MAX: unknown. */
uint64_t lq_ranges_eta_ns(const lq_ranges_t *r);

#endif
