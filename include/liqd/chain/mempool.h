#ifndef LIQD_CHAIN_MEMPOOL_H
#define LIQD_CHAIN_MEMPOOL_H

/* Pending transactions of all endpoints, each once, as PENDING events, for destinations that are
   watched. Nodes give hashes or whole transactions; of a hash the transaction is fetched from the
   node that told it, as far as the budget goes. What was not fetched, or not there, is tried again
   when another node tells its hash.

   Memory: seen_max hashes, of which the oldest are forgotten first (about 100 bytes each), and
   input_max. What a node tells of a transaction is not proven: its hash is not computed. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/events.h"
#include "liqd/rpc/pool.h"

/* Opaque. */
typedef struct lq_mempool lq_mempool_t;

#define LQ_MEMPOOL_WATCH_MAX 1024u
#define LQ_MEMPOOL_FETCH_MAX 1024u

typedef struct lq_mempool_config {
    bool full;       /* ask for whole transactions where the node can; where one refuses, hashes are
                        asked of all, and those of nodes that give whole ones are not looked at */
    size_t seen_max; /* hashes remembered, each as seen or as given */
    size_t fetch_max;    /* transactions being fetched at once */
    uint32_t fetch_rate; /* a second; 0: hashes are counted and dropped */
    size_t input_max;    /* bytes of calldata; a longer one is counted and dropped */
    uint64_t timeout_ns; /* of a fetch */
    uint64_t seed;       /* of the table of hashes: secret, random */
} lq_mempool_config_t;

typedef struct lq_mempool_stat {
    uint64_t hash_cnt, full_cnt; /* told, by endpoint that counts */
    uint64_t double_cnt;         /* of these, known already */
    uint64_t unwatched_cnt, given_cnt;
    uint64_t fetch_cnt, gone_cnt; /* fetched, and no longer there or mined */
    uint64_t failed_cnt;          /* not fetched: refused, or no answer */
    uint64_t over_cnt;            /* dropped: budget or size */
    uint64_t garbage_cnt;         /* did not decode, or was of another hash */
} lq_mempool_stat_t;

/* lq_mempool_new subscribes on POOL and gives PENDING events to EVENT with CTX. WATCHED (copied, up
   to LQ_MEMPOOL_WATCH_MAX, empty: all) are the destinations that count. LQ_ERR_NOMEM; LQ_ERR_FULL:
   the pool's subscriptions; LQ_ERR_RANGE: a count. */
LQ_MUST_USE lq_err_t lq_mempool_new(lq_mempool_t **m, lq_arena_t *arena, lq_loop_t *loop,
                                    lq_log_t *log, lq_pool_t *pool,
                                    const lq_mempool_config_t *config, const lq_address_t *watched,
                                    size_t watched_cnt, lq_event_fn_t *event, void *ctx);

/* lq_mempool_free ends M; NULL is allowed. Not from EVENT. */
void lq_mempool_free(lq_mempool_t *m);
const lq_mempool_stat_t *lq_mempool_stat(const lq_mempool_t *m);

#endif
