#ifndef LIQD_RPC_POOL_INTERNAL_H
#define LIQD_RPC_POOL_INTERNAL_H

/* What the parts of a pool share: its endpoints and what is asked of them to learn how they are
   (pool.c), its calls and their queue (pool_call.c), its subscriptions (pool_sub.c). */

#include "health_internal.h"
#include "liqd/rpc/pool.h"

#define LQ_POOL_SLOT_BITS 10u
#define LQ_POOL_SLOT_CNT  LQ_POOL_CALL_MAX
_Static_assert(LQ_POOL_SLOT_CNT == 1u << LQ_POOL_SLOT_BITS, "a slot is the lower bits of an id");
#define LQ_POOL_SLOT_TEXT  4096u /* bytes for a call's items */
#define LQ_POOL_SEND_SLOTS 64u   /* of all slots, kept for sends */
#define LQ_POOL_BIG_CNT    32u   /* texts of larger calls */
#define LQ_POOL_SEND_BIGS  4u    /* of these, kept for sends */
#define LQ_POOL_NONE       UINT32_MAX

typedef struct lq_pool_peer {
    lq_pool_t *pool;
    lq_endpoint_t *e;
    const char *name;
    uint32_t number;
    uint32_t send_max; /* calls at once */
    uint32_t read_max;
    uint32_t open_cnt; /* calls of the caller, sent */
    bool stream;
    unsigned roles;
    lq_node_health_t shown; /* the last that was logged */
    uint64_t unwell_cnt;
    lq_health_probe_t probe;
} lq_pool_peer_t;

typedef enum lq_pool_slot_state {
    LQ_POOL_SLOT_FREE,
    LQ_POOL_SLOT_QUEUED,
    LQ_POOL_SLOT_SENT,
} lq_pool_slot_state_t;

typedef struct lq_pool_slot {
    uint64_t id;
    lq_pool_t *pool;
    lq_pool_slot_state_t state;
    lq_pool_call_t call; /* its items stand in TEXT */
    uint64_t deadline_ns;
    uint32_t tried_mask;
    uint32_t endpoint;   /* SENT */
    lq_rpc_id_t rpc;     /* SENT */
    lq_rpc_class_t last; /* of the last attempt; UNSENT before it */
    uint32_t last_endpoint;
    uint32_t big;        /* its large text; LQ_POOL_NONE: its own */
    uint32_t next, prev; /* of the queue, or of the free ones */
} lq_pool_slot_t;

typedef struct lq_pool_pair {
    struct lq_pool_sub *sub;
    uint32_t endpoint;
    uint32_t number; /* the endpoint's */
    bool used;
    bool on;      /* established there */
    bool told;    /* and the caller has been told so */
    bool refused; /* and the caller has not been told */
    lq_rpc_class_t class_;
    int64_t code;
} lq_pool_pair_t;

typedef struct lq_pool_sub {
    lq_pool_t *pool;
    bool used;
    uint32_t number;
    lq_sub_fn_t *fn;
    void *ctx;
    lq_pool_pair_t pairs[LQ_POOL_ENDPOINT_MAX];
} lq_pool_sub_t;

struct lq_pool {
    lq_loop_t *loop;
    lq_log_t *log;
    lq_clock_t clock;
    uint64_t chain_id;
    lq_rng_t rng; /* of the endpoints */
    lq_health_set_t health;
    size_t peer_cnt;
    lq_pool_peer_t peers[LQ_POOL_ENDPOINT_MAX];
    uint64_t early_cnt[LQ_POOL_ENDPOINT_MAX];
    lq_timer_t timer;

    uint64_t next_seq;
    lq_pool_slot_t *slots;
    char *texts; /* LQ_POOL_SLOT_TEXT for each slot */
    uint32_t free_slot;
    uint32_t slot_used_cnt;
    uint32_t queue_first, queue_last;
    char *bigs;
    size_t big_sz;
    uint32_t big_used;                        /* bit per text */
    lq_rpc_result_t results[LQ_RPC_ITEM_MAX]; /* of calls that no endpoint has answered */

    lq_pool_sub_t subs[LQ_POOL_SUB_MAX];
};

/* How often the endpoints are looked at, and how often while calls wait. */
#define LQ_POOL_TICK_NS      UINT64_C(100000000)
#define LQ_POOL_TICK_BUSY_NS UINT64_C(10000000)

/* What health goes by: the calls that one end of a connection breaks are of one moment. */
static inline uint64_t lq_pool_now(const lq_pool_t *pool)
{
    return lq_loop_time(pool->loop).mono_ns;
}

/* Whether the node itself said what ended as C. */
static inline bool lq_pool_is_answered(const lq_rpc_answer_t *answer, lq_rpc_class_t c)
{
    return answer->doc || (c != LQ_RPC_TIMEOUT && c != LQ_RPC_BROKEN && c != LQ_RPC_UNSENT);
}

/* pool_call.c */

LQ_MUST_USE lq_err_t lq_pool_calls_init(lq_pool_t *pool, lq_arena_t *arena, size_t text_max);

/* lq_pool_pump sends of the queue what can go now, sends first: ALL is looked at, or as much as
   costs little. Calls nobody back. */
void lq_pool_pump(lq_pool_t *pool, bool all);

/* lq_pool_expire ends the queued calls whose time is over, and those that none will ever take. */
void lq_pool_expire(lq_pool_t *pool);

/* lq_pool_take_away moves the reads under way at an endpoint to others: all of them, or only those
   that a well one can take now. */
void lq_pool_take_away(lq_pool_t *pool, uint32_t endpoint, bool all);

/* pool_sub.c */

/* lq_pool_subs_proven tells the callers of what was established before the chain id was known. */
void lq_pool_subs_proven(lq_pool_t *pool, uint32_t endpoint);

/* lq_pool_subs_foreign tells them that what they have of ENDPOINT is lost. */
void lq_pool_subs_foreign(lq_pool_t *pool, uint32_t endpoint);

#endif
