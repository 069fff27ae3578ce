#ifndef LQ_CHAIN_BACKFILL_INTERNAL_H
#define LQ_CHAIN_BACKFILL_INTERNAL_H

/* The two halves of backfill.h: backfill.c asks and delivers, backfill_answer.c judges answers. */

#include "hold_internal.h"
#include "liqd/chain/backfill.h"
#include "ranges_internal.h"
#include "watch_internal.h"

#define LQ_BACKFILL_GROUP_MAX 16u

_Static_assert(LQ_HOLD_PART_MAX >= LQ_RANGES_SLOT_MAX, "each range that is held has a part");

/* A range on its way. */
typedef struct lq_backfill_request {
    lq_backfill_t *b;
    lq_range_t range;
    lq_rpc_id_t rpc;
    size_t group_cnt; /* of addresses, each asked for by itself */
    bool used;
} lq_backfill_request_t;

struct lq_backfill {
    lq_loop_t *loop;
    lq_log_t *log;
    lq_pool_t *pool;
    lq_backfill_config_t config;
    lq_backfill_handlers_t handlers;
    lq_ranges_t ranges;
    lq_hold_t hold;
    lq_watched_t watched;
    lq_filter_t filter; /* copied */
    size_t group_cnt, group_max;
    char *params; /* of one batch */
    size_t params_max;
    lq_timer_t timer;
    lq_backfill_request_t requests[LQ_RANGES_PARALLEL_MAX];
    lq_backfill_progress_t progress;
    lq_err_msg_t last_fault; /* what the last refusal or faulty answer said */
    uint64_t begin_ns;
    uint64_t answer_ns;   /* when a node last answered anything */
    uint64_t progress_ns; /* when the caller last heard of it */
    uint64_t busy_ns;     /* spent on answers */
    uint64_t busy_end_ns; /* until then */
    bool ended;
};

typedef enum lq_backfill_judgement {
    LQ_BACKFILL_GOOD,    /* its logs are in the hold's open part, sorted */
    LQ_BACKFILL_REFUSED, /* CLASS, HINT */
    LQ_BACKFILL_FAULTY,  /* it contradicts itself or does not decode */
    LQ_BACKFILL_NO_ROOM,
} lq_backfill_judgement_t;

typedef struct lq_backfill_judged {
    lq_rpc_class_t class_;
    lq_rpc_hint_t hint;
    const lq_rpc_result_t *result; /* that refused; NULL: it has no such block */
    size_t row_cnt;
    bool round; /* a list of a suspicious length */
} lq_backfill_judged_t;

/* lq_backfill_judge reads ANSWER to REQUEST into the hold. MSG: what is wrong with a faulty one. */
lq_backfill_judgement_t lq_backfill_judge(lq_backfill_t *b, lq_backfill_judged_t *judged,
                                          lq_err_msg_t *msg, const lq_backfill_request_t *request,
                                          const lq_rpc_answer_t *answer);

#endif
