#ifndef LIQD_CHAIN_BACKFILL_H
#define LIQD_CHAIN_BACKFILL_H

/* All watched logs of a range of past blocks, in order, each once, as fast as the nodes give them.
   Ranges adapt to what a node allows: it takes the hint in a refusal, else bisects, then grows
   again; several are under way at once. A block whose logs exceed a node's limit is read from its
   receipts.

   Each answer is anchored: it comes in one batch with the header of its last block, which must be
   there; [] from a node that does not have the range is thus never believed. Each log must be of
   the range, watched, and in its place. An answer with as many logs as a provider might cut at
   silently (100, 1000, 10000, ...) is read again in halves, of one block from its receipts.

   Memory: hold_max, and as much as the filter's text takes 16 times. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/chain/filter.h"
#include "liqd/events.h"
#include "liqd/rpc/pool.h"

/* Opaque. */
typedef struct lq_backfill lq_backfill_t;

typedef struct lq_backfill_progress {
    uint64_t from_blk, to_blk;
    uint64_t next_blk; /* every log below it has been given: start there again to resume */
    uint64_t log_cnt;
    uint64_t request_cnt, refused_cnt, receipts_cnt;
    uint64_t doubt_cnt; /* answers with a round number of logs, as if cut off: read again */
    uint64_t fault_cnt; /* answers that contradict themselves or do not decode: asked elsewhere */
    uint64_t range_blk; /* the present size of a range */
    uint64_t elapsed_ns;
    uint64_t eta_ns;     /* UINT64_MAX: unknown yet */
    uint64_t waiting_ns; /* time in which nothing could be done but wait for nodes */
} lq_backfill_progress_t;

typedef struct lq_backfill_handlers {
    void *ctx;
    void (*log)(void *ctx, const lq_evm_log_t *log);
    /* progress: after each range that was given, and at least every second. */
    void (*progress)(void *ctx, const lq_backfill_progress_t *progress);
    /* done: once. LQ_OK, or why it cannot go on: LQ_ERR_NOT_FOUND (no endpoint keeps so old
       blocks), LQ_ERR_REMOTE (refused everywhere, the filter too, however it is split),
       LQ_ERR_TIMEOUT (no endpoint answered for give_up_ns), LQ_ERR_FULL (the logs of one block
       exceed hold_max), LQ_ERR_TOO_LONG (the filter exceeds what an endpoint sends at once). B may
       be freed from here, but not from the others. */
    void (*done)(void *ctx, lq_err_t err, const lq_err_msg_t *msg);
} lq_backfill_handlers_t;

typedef struct lq_backfill_config {
    uint64_t from_blk;
    uint64_t to_blk;    /* inclusive; at or below what is final: a reorg below it is not noticed */
    uint64_t range_blk; /* to begin with */
    uint64_t range_max_blk;
    size_t parallel; /* ranges under way, 1 to 16 */
    size_t hold_max; /* bytes of answers that wait for an earlier one, and of the largest; about 300
                        for a log with its data */
    uint64_t timeout_ns; /* of a request */
    uint64_t give_up_ns;
    bool trust_bloom;
} lq_backfill_config_t;

/* lq_backfill_new begins; nothing is called from within. FILTER is copied. It sets one timer.
   LQ_ERR_NOMEM; LQ_ERR_RANGE: a member of CONFIG, or from_blk is above to_blk. Free it after done,
   or before to cancel. */
LQ_MUST_USE lq_err_t lq_backfill_new(lq_backfill_t **b, lq_arena_t *arena, lq_loop_t *loop,
                                     lq_log_t *log, lq_pool_t *pool,
                                     const lq_backfill_config_t *config, const lq_filter_t *filter,
                                     const lq_backfill_handlers_t *handlers);
void lq_backfill_free(lq_backfill_t *b);

#endif
