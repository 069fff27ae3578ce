#ifndef LIQD_DECIDE_SIZING_HUNT_INTERNAL_H
#define LIQD_DECIDE_SIZING_HUNT_INTERNAL_H

/* The search within one range of amounts. Floats say where to look next; which of two calls is
   better is decided in integers. */

#include "sizing_internal.h"

#define LQ_HUNT_PROFIT_BITS 20u /* what is less than 2^-20 of a profit is not looked for */

#define LQ_HUNT_SURE_BITS 40u /* floats are good for more */

/* Units of either token by which rounding may part a call from the line. */
#define LQ_HUNT_NOISE_UNITS 4u

/* One range at work. */
typedef struct lq_hunt {
    lq_sizer_t *s;
    const lq_trial_t *base;
    lq_candidate_t *best;
    lq_survey_t *survey;
    lq_sizing_pair_t *of;
    const lq_swap_route_t *route; /* of it; what is tried goes along it */
    lq_liquidation_call_t call;
    lq_u256_t from;
    lq_u256_t to;
} lq_hunt_t;

/* ---- sizing_call.c ---- */

/* lq_hunt_consider has *BEST be C where that is better. */
void lq_hunt_consider(lq_candidate_t *best, const lq_candidate_t *c);

/* lq_hunt_try sets *C to what AMOUNT comes to, and considers it. */
lq_try_t lq_hunt_try(lq_hunt_t *h, lq_candidate_t *c, const lq_u256_t *amount);

/* lq_hunt_top sets *C to the largest amount of the range that the contract takes and that can be
   paid, but for its swap, and `to` to that amount. False: there is none. */
bool lq_hunt_top(lq_hunt_t *h, lq_candidate_t *c);

/* lq_hunt_is_known tells whether the range up to C, its largest amount, has nothing that was not
   looked at by another way to name the size, but for rounding that does not matter. */
bool lq_hunt_is_known(lq_hunt_t *h, const lq_candidate_t *c);

/* lq_hunt_whole looks at all from LOW to HIGH that could be better. */
void lq_hunt_whole(lq_hunt_t *h, const lq_u256_t *low, const lq_u256_t *high);

/* lq_hunt_step looks, of the amounts that seize as much as AT does, for the smallest, but for EPS
   of worth. */
void lq_hunt_step(lq_hunt_t *h, const lq_candidate_t *at, double eps);

/* lq_hunt_note_margin has the survey know of GROSS, earned where PAID was. */
void lq_hunt_note_margin(lq_hunt_t *h, double gross, double paid);

/* ---- sizing_bend.c ---- */

/* lq_hunt_bent looks along each route, where a swap costs more the larger it is. */
void lq_hunt_bent(lq_hunt_t *h);

/* ---- in passing ---- */

static const lq_u256_t lq_hunt_one = {{1, 0, 0, 0}};

/* Whether none lies between LOW and HIGH, of which LOW is the smaller. */
static inline bool lq_hunt_adjacent(const lq_u256_t *low, const lq_u256_t *high)
{
    lq_u256_t next = lq_u256_add_wrap(low, &lq_hunt_one);
    return !lq_u256_lt(&next, high);
}

static inline lq_u256_t lq_hunt_middle(const lq_u256_t *low, const lq_u256_t *high)
{
    lq_u256_t gap = lq_u256_sub_wrap(high, low);
    gap = lq_u256_shr(&gap, 1);
    return lq_u256_add_wrap(low, &gap);
}

/* UNITS of both tokens of OF, in worth, up to 2^192 of it. */
static inline double lq_hunt_units(const lq_sizing_pair_t *of, double units)
{
    return units * (of->collateral->unit_usd + of->debt->unit_usd);
}

/* PART of AMOUNT, rounded up, and a 2^32nd of it at least; all of it from 1 on. */
lq_u256_t lq_hunt_part(const lq_u256_t *amount, double part);

#endif
