#ifndef LIQD_RPC_HEALTH_INTERNAL_H
#define LIQD_RPC_HEALTH_INTERNAL_H

/* The health of a set of endpoints and the choice among them, from what is seen of them alone.
   Pure: time (monotonic nanoseconds, NOW, which never goes back) comes as an argument.

   An endpoint is judged by the worst that holds, in this order:

   FOREIGN   its chain id is another: never chosen
   DOWN      no connection: cannot be chosen
   UNPROVEN  its chain id is not known: not chosen until it is
   QUOTA     a quota is used up, it forbids us, or it asked us to wait longer than LIMIT_MAX (and
             gets that much): probed after 10 min, doubled up to 2 h
   LIMITED   asked us to wait: as long as it said, else 1 s, doubled up to 60 s
   FAILING   its error budget is used up, it is syncing, or no request was answered for SILENCE:
             probed after 1 s, doubled up to 60 s
   STALE     its head is older than the failover time (the longer of two block times and 5 s) while
             another's is newer, or is behind another's by lag_blk_max. A first head cannot be
             judged: one that is lag_blk_max above all others is no measure for them, and stale
             itself, once it has stood still for ten failover times while another's rises
   WELL

   The error budget is eight errors; one comes back each 10 s and with each eighth request that went
   well. Errors of one moment count once: a batch that fails, or a connection that ends with all its
   calls, is one fault.

   Chosen is a well one; where no endpoint that fits is well, the first kind that there is of STALE,
   FAILING, QUOTA and LIMITED. So the last is never disabled; reads alone pass by what has asked us
   to wait, and wait themselves. Among equals the lower latency counts, in steps of a factor of two
   so that noise does not, then the order. A request that is not answered yet counts as latency
   already, and one that never was afterwards. What is not asked otherwise is measured each 30 s, so
   that one which was slow is found to be so no longer. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/rng.h"
#include "liqd/rpc/failure.h"
#include "liqd/rpc/pool.h"

#define LQ_NODE_HEALTH_SEC UINT64_C(1000000000)
#define LQ_NODE_HEALTH_SILENCE_NS                                   \
    (5 * LQ_NODE_HEALTH_SEC) /* unanswered for so long is no answer \
                              */
#define LQ_NODE_HEALTH_LIMIT_MAX_NS                               \
    (300 * LQ_NODE_HEALTH_SEC) /* a longer Retry-After is a quota \
                                */
#define LQ_NODE_HEALTH_NONE UINT32_MAX

/* A time to stay away, and for how long the last one was. */
typedef struct lq_health_wait {
    bool on;
    uint64_t until_ns;
    uint64_t last_ns;
} lq_health_wait_t;

/* Requests a second, in nanoseconds of saved time: a second's worth at most. */
typedef struct lq_health_rate {
    uint64_t cost_ns; /* of one; 0: unlimited */
    uint64_t reserve_ns;
    int64_t saved_ns; /* below zero after a batch that is larger than a second's worth */
    uint64_t at_ns;
} lq_health_rate_t;

/* A head that grew faster than any chain does, and whether what came after rose from there as a
   chain does. */
typedef struct lq_health_claim {
    uint64_t blk; /* 0: none */
    uint64_t at_ns;
    bool rose;
} lq_health_claim_t;

typedef struct lq_health_peer {
    unsigned roles;
    bool stream;
    bool up;
    bool proven;
    bool foreign;
    bool probing;
    uint64_t chain_id;
    uint64_t head_blk; /* 0: unknown, as of one that is down or foreign */
    uint64_t head_ns;  /* when it rose to this */
    lq_health_claim_t claim;
    uint64_t asked_ns;    /* when we last learned of its head, or asked for it */
    uint64_t latency_ns;  /* smoothed; 0: unknown */
    uint64_t measured_ns; /* when that was learned, or asked */
    uint32_t open_cnt;    /* requests not answered */
    bool waiting;
    uint64_t waiting_ns;  /* WAITING: since the last answer, or the first request behind it */
    uint32_t timeout_cnt; /* since the last answer */
    uint32_t budget;      /* eighths of an error that it may still make */
    uint64_t budget_ns;   /* when an error last came back with time */
    uint64_t error_ns;
    uint64_t prove_ns; /* not before this is its chain id asked again */
    lq_health_wait_t proving, failing, limited, quota;
    lq_health_rate_t rate;
} lq_health_peer_t;

typedef struct lq_health_set {
    size_t cnt;
    uint64_t chain_id;
    uint64_t failover_ns;
    uint64_t lag_blk_max;
    lq_rng_t rng;
    lq_health_peer_t peers[LQ_POOL_ENDPOINT_MAX];
} lq_health_set_t;

/* lq_health_init sets SET to the endpoints of CONFIG, none of them up but those on HTTP. */
void lq_health_init(lq_health_set_t *set, const lq_pool_config_t *config, uint64_t now);

/* What is seen of endpoint I. */
void lq_health_note_up(lq_health_set_t *set, uint32_t i, uint64_t now, bool up);
void lq_health_note_chain(lq_health_set_t *set, uint32_t i, uint64_t now, uint64_t chain_id);
void lq_health_note_sent(lq_health_set_t *set, uint32_t i, uint64_t now);
void lq_health_note_cancelled(lq_health_set_t *set, uint32_t i);
/* How a request that was sent ended: ANSWERED by the node itself, or not; the rest as in
   lq_rpc_answer_t. */
void lq_health_note_end(lq_health_set_t *set, uint32_t i, uint64_t now, lq_rpc_class_t c,
                        bool answered, uint64_t latency_ns, uint64_t retry_after_ns);
/* Anything at all came from it. */
void lq_health_note_alive(lq_health_set_t *set, uint32_t i, uint64_t now);
/* Returns false where no chain grows so fast: an error, and otherwise ignored until another rises
   from there, as where the number that it said first was of another node behind the same gateway.
 */
bool lq_health_note_head(lq_health_set_t *set, uint32_t i, uint64_t now, uint64_t head_blk);
/* Counts as three errors. */
void lq_health_note_fault(lq_health_set_t *set, uint32_t i, uint64_t now);

/* lq_health_of returns the judgement of I. */
lq_node_health_t lq_health_of(const lq_health_set_t *set, uint32_t i, uint64_t now);

/* lq_health_until returns when what it waits for is over: LIMITED, FAILING, QUOTA; else 0. */
uint64_t lq_health_until(const lq_health_set_t *set, uint32_t i, uint64_t now);

/* lq_health_is_silent tells whether I has not answered for LQ_NODE_HEALTH_SILENCE_NS, and if so
   takes it for failing. lq_health_is_dead: whether a new connection is called for: two requests
   have timed out since anything came, and twice the failover time has passed. */
bool lq_health_is_silent(lq_health_set_t *set, uint32_t i, uint64_t now);
bool lq_health_is_dead(const lq_health_set_t *set, uint32_t i, uint64_t now);

/* What to ask I to learn how it is; asked is told by lq_health_note_probe. */
typedef enum lq_health_probe {
    LQ_NODE_HEALTH_PROBE_NONE,
    LQ_NODE_HEALTH_PROBE_CHAIN, /* eth_chainId: to prove it, or to take it back */
    LQ_NODE_HEALTH_PROBE_HEAD,  /* eth_blockNumber: nothing was heard of it for long */
} lq_health_probe_t;
lq_health_probe_t lq_health_wants_probe(const lq_health_set_t *set, uint32_t i, uint64_t now);
void lq_health_note_probe(lq_health_set_t *set, uint32_t i, uint64_t now, lq_health_probe_t probe);
void lq_health_note_probe_end(lq_health_set_t *set, uint32_t i, uint64_t now, bool ok);

/* What a request wants of an endpoint. */
typedef struct lq_health_want {
    lq_role_t role;
    uint32_t mask;     /* bit per endpoint that may be taken */
    uint32_t now_mask; /* of these, those that have room now */
    uint64_t min_head_blk;
    uint32_t item_cnt;
} lq_health_want_t;

/* lq_health_choose returns the endpoint to take, LQ_NODE_HEALTH_NONE where none can be taken now,
   and sets *FIT_MASK to all that would do but for room, rate or a better one. The request's rate is
   not yet paid: lq_health_pay. */
uint32_t lq_health_choose(lq_health_set_t *set, uint32_t *fit_mask, uint64_t now,
                          const lq_health_want_t *want);
void lq_health_pay(lq_health_set_t *set, uint32_t i, uint64_t now, uint32_t item_cnt);

#endif
