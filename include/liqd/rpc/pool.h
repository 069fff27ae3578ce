#ifndef LIQD_RPC_POOL_H
#define LIQD_RPC_POOL_H

/* Several endpoints as one node that stays: calls go to the best endpoint of their role and move on
   to the next where that makes sense; subscriptions run on all. Health is judged from what is seen:
   heads, latency, errors. Where every endpoint of a role is unwell the best of them still serves:
   the last is never disabled. Reads alone wait while the last has asked us to, 5 min at most.

   Memory: besides that of the endpoints 4 KB for each of LQ_POOL_CALL_MAX calls and 32 times the
   largest out_max for calls that take more, all reserved when it is made, pages from first use. The
   loop needs room for one timer more than those of the endpoints, each of whose call_max counts as
   one more (probes). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/base/log.h"
#include "liqd/net/loop.h"
#include "liqd/rpc/endpoint.h"

/* Opaque. */
typedef struct lq_pool lq_pool_t;

#define LQ_POOL_ENDPOINT_MAX 16u
#define LQ_POOL_CALL_MAX     1024u /* under way and waiting; 64 of them are for sends alone */
#define LQ_POOL_SUB_MAX      16u

typedef enum lq_role {
    LQ_ROLE_READ = 1,
    LQ_ROLE_SUBSCRIBE = 2,
    LQ_ROLE_SEND = 4,
} lq_role_t;

typedef struct lq_pool_endpoint {
    lq_endpoint_config_t rpc; /* number is set by the pool */
    unsigned roles;           /* lq_role_t, or-ed */
    uint32_t rate_per_sec;    /* requests a second; 0: unlimited */
    uint32_t send_reserve;    /* of these, kept for sends; so many of call_max too, and an eighth of
                                 it at least where the role is SEND */
} lq_pool_endpoint_t;

typedef struct lq_pool_config {
    const lq_pool_endpoint_t *endpoints; /* their order breaks ties */
    size_t endpoint_cnt;                 /* 1 to LQ_POOL_ENDPOINT_MAX */
    uint64_t chain_id;    /* asked of each endpoint at each connection (HTTP: at the start and after
                             each probe); one with another is not used */
    uint64_t block_ns;    /* the chain's block time */
    uint64_t lag_blk_max; /* so many blocks behind the highest head is unwell */
    uint64_t seed;        /* of jitter */
} lq_pool_config_t;

typedef enum lq_node_health {
    LQ_NODE_HEALTH_WELL,
    LQ_NODE_HEALTH_UNPROVEN, /* not connected yet, or its chain id is not known yet */
    LQ_NODE_HEALTH_DOWN,     /* no connection */
    LQ_NODE_HEALTH_STALE,    /* head older than max(two block times, 5 s) while another has a newer
                           one, or    behind by lag_blk_max */
    LQ_NODE_HEALTH_FAILING,  /* error budget used up: probed half-open */
    LQ_NODE_HEALTH_LIMITED,  /* asked us to wait */
    LQ_NODE_HEALTH_QUOTA,    /* quota used up, or not authorised: probed rarely */
    LQ_NODE_HEALTH_FOREIGN,  /* wrong chain id: never used */
} lq_node_health_t;

const char *lq_node_health_str(lq_node_health_t h);

typedef struct lq_pool_stat {
    unsigned roles; /* as configured */
    lq_node_health_t health;
    bool up;
    uint64_t head_blk;      /* 0: unknown */
    uint64_t head_mono_ns;  /* when it came */
    uint64_t latency_ns;    /* smoothed */
    uint64_t chain_id;      /* as it says; 0: unknown */
    uint64_t until_mono_ns; /* LIMITED, FAILING, QUOTA: the next probe */
    uint64_t unwell_cnt; /* how often it fell out of WELL, for another reason than its connection */
    uint64_t early_cnt;  /* notifications dropped since its chain id was not known */
    const lq_endpoint_stat_t *rpc;
} lq_pool_stat_t;

typedef struct lq_pool_call {
    lq_rpc_call_t rpc; /* timeout_ns is for all attempts together */
    lq_role_t role;
    bool pinned; /* to ENDPOINT: no other is tried */
    uint32_t endpoint;
    uint64_t min_head_blk; /* only endpoints known to have this block; 0: any */
    uint32_t not_mask;     /* bit per endpoint that must not be used */
} lq_pool_call_t;

/* lq_pool_new makes *POOL with its endpoints, which begin to connect. LQ_ERR_NOMEM, LQ_ERR_RANGE
 * (counts). */
LQ_MUST_USE lq_err_t lq_pool_new(lq_pool_t **pool, lq_arena_t *arena, lq_loop_t *loop,
                                 lq_log_t *log, const lq_pool_config_t *config);

/* lq_pool_free cancels all and ends POOL; NULL is allowed. Not from its callbacks. */
void lq_pool_free(lq_pool_t *pool);

/* lq_pool_call sends CALL to the best endpoint that fits and sets *ID; fn is called once, with the
   answer of the last attempt. A call moves to the next endpoint, each tried once, while its class
   lets it (lq_rpc_may_move; of a batch: of each item), time is left, and its role is not SEND: a
   send goes once to the endpoint that it is pinned to, or the best, since the caller sends to all
   of them. An attempt gets half of the time that is left while there are other endpoints, and moves
   earlier where its endpoint falls silent. Where no endpoint can take a call now, it waits for one
   until its time is over, but not where none ever will (of the role, not excluded, not tried), and
   ends as UNSENT, its endpoint LQ_POOL_ENDPOINT_MAX; sends that wait go first. Never calls back
   from within. LQ_ERR_FULL: too many under way. LQ_ERR_TOO_LONG: larger than the largest out_max.
 */
LQ_MUST_USE lq_err_t lq_pool_call(lq_pool_t *pool, lq_rpc_id_t *id, const lq_pool_call_t *call);

/* lq_pool_cancel ends the call ID; its fn is then never called. */
void lq_pool_cancel(lq_pool_t *pool, lq_rpc_id_t id);

/* lq_pool_subscribe subscribes on all endpoints of role SUBSCRIBE that can (streams); what an
   endpoint tells while its chain id is not known, or is another, does not reach FN. *SUB is never
   0. LQ_ERR_FULL; LQ_ERR_TOO_LONG: LQ_RPC_SUB_PARAMS_MAX. */
LQ_MUST_USE lq_err_t lq_pool_subscribe(lq_pool_t *pool, uint32_t *sub, const char *params,
                                       size_t params_sz, lq_sub_fn_t *fn, void *ctx);
void lq_pool_unsubscribe(lq_pool_t *pool, uint32_t sub);

/* lq_pool_note_head tells the pool that ENDPOINT has shown block NUMBER as its head. */
void lq_pool_note_head(lq_pool_t *pool, uint32_t endpoint, uint64_t number);

/* lq_pool_note_fault tells it that ENDPOINT misbehaved in a way that only the caller can see (an
 * answer that contradicts itself). */
void lq_pool_note_fault(lq_pool_t *pool, uint32_t endpoint);

size_t lq_pool_endpoint_cnt(const lq_pool_t *pool);
const char *lq_pool_name(const lq_pool_t *pool, uint32_t endpoint);
lq_pool_stat_t lq_pool_stat(const lq_pool_t *pool, uint32_t endpoint);

/* lq_pool_warm fetches into the caches what a notification by ENDPOINT and a call pinned to it
 * touch.
 */
void lq_pool_warm(const lq_pool_t *pool, uint32_t endpoint);

/* lq_pool_rehearse does what each node's notification TEXT does, up to where it is told on. */
void lq_pool_rehearse(lq_pool_t *pool, const char *text, size_t text_sz);

#endif
