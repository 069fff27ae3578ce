#ifndef LIQD_CHAIN_CHAIN_H
#define LIQD_CHAIN_CHAIN_H

/* The chain as it happens: the tracker on the endpoints of a pool. Subscribes to heads and logs on
   all of them, polls heads where there is no subscription and as a cross-check, fetches what the
   tracker wants. Gives the events HEAD, LOG, BLOCK, UNDONE, BROKEN.

   An endpoint without the role to read tells heads and logs, but answers nothing: with a quorum of
   k, k endpoints at least must be readable, or no block with watched logs is ever complete.

   Memory: the tracker's, block_log_max logs of some 250 bytes, block_data_max bytes, the filter
   three times (twice as text) and 50 KB; all of it reserved when it is made. One timer. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/chain/filter.h"
#include "liqd/chain/tracker.h"
#include "liqd/events.h"
#include "liqd/rpc/pool.h"

/* Opaque. */
typedef struct lq_chain lq_chain_t;

typedef struct lq_chain_config {
    lq_tracker_config_t tracker; /* endpoint_cnt is set by the chain */
    uint64_t block_ns;           /* the chain's block time */
    uint64_t poll_ns; /* between polls of the head of an endpoint without a subscription; one with
                         it is polled when no head came for two block times, but no sooner */
    uint64_t timeout_ns;   /* of a read */
    size_t block_log_max;  /* logs in one answer: the watched ones of a block, and all of it where
                              its receipts have to decide. A block with more watched logs is never
                              complete: counted, and logged as an error each time */
    size_t block_data_max; /* bytes of their data */
} lq_chain_config_t;

typedef struct lq_chain_stat {
    lq_tracker_stat_t tracker;
    uint64_t poll_cnt;
    uint64_t missed_head_cnt; /* heads that a poll found and a subscription should have told */
    uint64_t garbage_cnt;     /* notifications and answers that did not decode */
    uint64_t overflow_cnt;    /* those with more logs than block_log_max, or block_data_max */
    uint64_t want_cnt, unanswered_cnt;
} lq_chain_stat_t;

/* lq_chain_new begins on POOL, which must outlive it, with its FILTER (copied); events go to EVENT
   with CTX, which may begin calls of the pool, but not end the chain. START (NULL: at the head) is
   the first block that is given, with what is known of its parent, see lq_tracker_start.
   LQ_ERR_NOMEM, LQ_ERR_RANGE, LQ_ERR_FULL (subscriptions), LQ_ERR_TOO_LONG (the filter, see
   LQ_RPC_SUB_PARAMS_MAX). */
typedef struct lq_chain_start {
    uint64_t from_blk;
    lq_hash_t parent_hash;
} lq_chain_start_t;
LQ_MUST_USE lq_err_t lq_chain_new(lq_chain_t **chain, lq_arena_t *arena, lq_loop_t *loop,
                                  lq_log_t *log, lq_pool_t *pool, const lq_chain_config_t *config,
                                  const lq_filter_t *filter, const lq_chain_start_t *start,
                                  lq_event_fn_t *event, void *ctx);

/* lq_chain_free cancels all that is under way and ends CHAIN; NULL is allowed. Not from its
 * callback. */
void lq_chain_free(lq_chain_t *chain);

lq_chain_stat_t lq_chain_stat(const lq_chain_t *chain);

/* lq_chain_warm fetches into the caches what a log that is notified touches. */
void lq_chain_warm(const lq_chain_t *chain);

#endif
