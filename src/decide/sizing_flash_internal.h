#ifndef LIQD_DECIDE_SIZING_FLASH_INTERNAL_H
#define LIQD_DECIDE_SIZING_FLASH_INTERNAL_H

/* The search for the best two calls by a flash loan, and its bounds. */

#include "sizing_pursuit_internal.h"

#define LQ_FLASH_SIDE_MAX  16u
#define LQ_FLASH_ENTRY_MAX LQ_SIZING_CURVE_MAX
#define LQ_FLASH_NODE_MAX  1024u

/* Units and part by which what is told may be off. */
#define LQ_FLASH_FINE_UNITS 4.0
#define LQ_FLASH_SURE       (1 + 1.0 / (double)(UINT64_C(1) << 36))

/* What is told of a pair; amounts are units. */
typedef struct lq_flash_side {
    lq_sizing_pair_t of;
    lq_candidate_t like; /* its largest call */
    lq_liquidation_top_t top;
    double taken; /* of the collateral for a unit that is repaid, what the protocol has included */
    double owed;  /* the most of it that is lent, and no less */
    double held;  /* what all of the collateral repays, and no less */
    double later; /* lq_liquidation_top_t's, and no less */
    double value;
    double least; /* that does as much as the largest amount */
    double again; /* the most that is repaid with anything left to do behind it */
    double lift;
} lq_flash_side_t;

typedef struct lq_flash_entry {
    const lq_flash_side_t *side;
    const lq_swap_route_t *route;
    const lq_sizing_curve_t *curve;
    lq_sizing_line_t line;
    double then; /* the most that it earns behind any, as of so many points */
    size_t point_cnt;
} lq_flash_entry_t;

/* What a call repays at most behind one that repaid X: ALL less FALL of X. */
typedef struct limit {
    double all;
    double fall;
} limit_t;

#define LIMIT_CNT 3u

/* First calls along ENTRY that repay from LOW to HIGH, of one range. */
typedef struct lq_flash_node {
    const lq_flash_entry_t *entry;
    double low;
    double high;
    bool lifted;          /* the limits behind them hold (lq_liquidation_top_t) */
    lq_u256_t borders[2]; /* the same, to the unit, where not tried yet */
    bool ends[2];         /* these were */
    unsigned depth;
    double alone;                 /* what the first grosses at most */
    double bound;                 /* that two net at most */
    double cap;                   /* that the second did behind the next smaller amount; most of
                                     what is behind a larger one does no more, but what leaves so
                                     little that all may be taken does */
    double likely;                /* the bound, if no second nets more than that */
    double at;                    /* where the bound has its most */
    const lq_flash_entry_t *then; /* and of what behind it; NULL: of nothing */
    bool along;                   /* that goes the same way */
    double firsts[2];             /* amounts of both that it was made of */
    double thens[2];
} lq_flash_node_t;

typedef struct lq_flash {
    lq_pursuit_t *p;
    size_t side_cnt;
    lq_flash_side_t sides[LQ_FLASH_SIDE_MAX];
    size_t entry_cnt;
    lq_flash_entry_t entries[LQ_FLASH_ENTRY_MAX];
    lq_sizing_behind_t behind[LQ_FLASH_SIDE_MAX];
    size_t node_cnt;
    lq_flash_node_t nodes[LQ_FLASH_NODE_MAX];
} lq_flash_t;

/* ---- sizing_flash_bound.c ---- */

/* lq_flash_bound sets N's bound, of all that may come behind it, what is likely, and where it has
   its most. */
void lq_flash_bound(lq_flash_t *f, lq_flash_node_t *n);

/* lq_flash_tell_behind sets F's behind to what the pairs earn at most behind a first call of N that
   repays X. */
void lq_flash_tell_behind(lq_flash_t *f, const lq_flash_node_t *n, double x);

/* ---- in passing ---- */

/* V, rounding included. */
static inline double lq_flash_no_less(double v)
{
    return v * LQ_FLASH_SURE + LQ_FLASH_FINE_UNITS;
}

#endif
