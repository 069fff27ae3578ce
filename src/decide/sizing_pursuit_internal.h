#ifndef LIQD_DECIDE_SIZING_PURSUIT_INTERNAL_H
#define LIQD_DECIDE_SIZING_PURSUIT_INTERNAL_H

/* The search for the best two calls. */

#include "sizing_hunt_internal.h"

/* A first amount that was tried, and what the two come to, to steer by. */
typedef struct lq_stop {
    lq_u256_t amount;
    bool there; /* false: it is no call */
    bool end;   /* nothing beside it is better alone (lq_sizer_is_end); of tops alone */
    double first;
    double then; /* 0 where no second earns */
} lq_stop_t;

/* A first call, and what comes behind it; the trial behind it is the room's of the same number. */
typedef struct lq_kept {
    bool fixed; /* a known one has it */
    lq_candidate_t first;
    lq_sizing_look_t then;
} lq_kept_t;

/* What is remembered of one. */
typedef struct lq_known {
    lq_liquidation_call_t call;
    lq_stop_t stop;
    bool two; /* `sum` is what the two net */
    lq_i256_t sum;
    uint32_t try_cnt;
    lq_kept_t *kept; /* NULL: it is not */
} lq_known_t;

#define LQ_KNOWN_MAX 32u

typedef struct lq_pursuit {
    lq_sizer_t *s;
    const lq_trial_t *base;
    lq_sizing_pair_t of;
    const lq_swap_route_t *route; /* of it: the first call's */
    bool pruned; /* what comes behind is looked for only where it could be better than the best */
    bool turned; /* what is as good as the best is taken for it */
    lq_i256_t best;   /* of the two together */
    lq_kept_t *found; /* the two; NULL: none net more than one */
    lq_sizing_bound_t bound;
    size_t fixed_cnt;
    lq_kept_t kept[LQ_SIZING_KEPT_MAX];
    size_t known_cnt;
    lq_known_t known[LQ_KNOWN_MAX]; /* where the bound is known: there is one route */
} lq_pursuit_t;

/* ---- sizing_steps.c ---- */

/* lq_pursuit_try sets K's stop and sum to what its call, along P's route, and the best behind it
   come to. */
void lq_pursuit_try(lq_pursuit_t *p, lq_known_t *k);

/* ---- sizing_flash.c ---- */

/* lq_pursuit_flash finds the best two by a flash loan, better than ALONE, where what bounds them is
   told of all pairs. False: it is not; P is unchanged. */
bool lq_pursuit_flash(lq_pursuit_t *p, const lq_candidate_t *alone);

/* ---- in passing ---- */

static inline bool lq_pursuit_can_go_on(const lq_pursuit_t *p)
{
    return p->s->try_cnt < p->s->terms->try_max;
}

/* How much more than the best there would have to be to look for it. */
static inline double lq_pursuit_goal(const lq_pursuit_t *p)
{
    double best = lq_sizing_double(&p->best);
    double little = best / (double)(1u << LQ_HUNT_PROFIT_BITS);
    return best > 0 ? best + (p->turned ? -little : little) : best;
}

#endif
