#ifndef LIQD_DECIDE_SIZING_H
#define LIQD_DECIDE_SIZING_H

/* The plan that earns the most from one account: which collateral for which debt, how much, and in
   how many calls.

   All pairs, all ways to name a size and all ranges of amounts that the adapter tells are looked
   at. Within a range profit is concave but for rounding: proportional where what is seized is kept,
   bent where a swap costs more the larger it is. So the best lies at a border, where the inventory
   ends, or where the swap's marginal cost meets the bonus. What rounding adds is looked for next to
   these as long as it can be more than 2^-20 of the profit; on small accounts that is all of it.

   A second call is looked for behind the borders of the first: repay just below what heals, just
   enough for the next close factor. With the best of two found, the first stands and the rest is
   planned anew, up to LQ_PLAN_STEP_MAX calls, as long as each earns more than the gas it adds.

   With an inventory most of that is left out by proof. Where an adapter tells at once what the
   largest amount of a pair comes to (trial_top), no range that ends below it is searched that could
   not earn as much in proportion. Two calls earn no more than their margins on what is owed, on
   what the collaterals bring, on what the first may pay without healing the account, and on what
   the second may still pay behind it; where that, rounding included and the least gas taken off, is
   above what is known of by no more than 2^-20 of what they gross, they are not tried. What is
   found is the same but for that: of two as good as each other either, and what comes behind it.

   The claim, which tests try to break by brute force: no other pair or size of one call earns more
   by more than 2^-20 of the profit, or than what rounding parts swaps by: a few units of the
   tokens. With an inventory, on accounts below 2^20 units, none earns more at all; nor does a
   sequence of two where a call names fewer than 512 amounts. Of larger accounts the best two are
   looked for at the borders and, where there are several pairs or swaps, in between as long as it
   can hold more: where the lines from both ends meet. All of this as far as try_max lets it.

   All of this is of calls as they are sent (trial_send), and of seconds that pass in later blocks.

   FLASH: route and size are chosen together: the best size is looked for along each route that
   could still be better, the gas of its pools included. What a route costs is convex in what comes
   out of it: it is above the lines through all that was quoted along it. Where the adapter tells
   what bounds a second call of each pair (trial_top), and the amounts are of 2^20 units and more,
   that bounds what two calls net, by pair, route and stretch of first amounts, and what is not
   above the best by 2^-20 of the profit is not tried. Of two in either order the smaller comes
   first. The claim is of the best two, and holds as far as these: but for the gas of ticks that are
   crossed and of paths that carry something, as the bounds count what the amounts take that they
   are made of; and but for three times what the quotes round by, a unit and more by each tick or
   path. What it is not: stretches are parted as long as it takes to part each four times, and then
   for three times as many tries, the least parted first. Where what is told is not reached, as near
   the borders of dust and of the close factor, something between two amounts that were tried may be
   missed. And of three calls and more the first two are the best two, not those of the best plan.

   A swap behind others of the plan is quoted together with those of its own direction, along their
   route, and refused where its route or theirs crosses the same pools otherwise, or the pool that
   lends. What is seized is not spent again. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/decide/gas.h"
#include "liqd/decide/money.h"
#include "liqd/market/swap.h"
#include "liqd/market/venues.h"
#include "liqd/protocol/adapter.h"

#define LQ_PLAN_STEP_MAX 4u
#define LQ_PLAN_PAIR_MAX \
    64u /* pairs of one account; beyond these, the ones of the lowest factors */

typedef enum lq_funding {
    LQ_FUNDING_INVENTORY, /* our own tokens; what is seized is kept */
    LQ_FUNDING_FLASH,     /* a flash loan, repaid by swapping a part of what is seized */
} lq_funding_t;

typedef struct lq_plan_step {
    lq_liquidation_call_t call;
    lq_liquidation_outcome_t outcome;
    lq_profit_t profit;  /* of this step, its gas included */
    lq_swap_t swap;      /* FLASH: collateral into debt and fee; all 0 where both are one token */
    lq_loan_t loan;      /* FLASH: what outcome.repaid is borrowed by */
    lq_u256_t flash_fee; /* units of the debt token */
} lq_plan_step_t;

typedef struct lq_plan {
    lq_plan_step_t steps[LQ_PLAN_STEP_MAX];
    size_t step_cnt;
    uint32_t gas;           /* units of all */
    lq_gas_kind_t gas_kind; /* of the transaction, of the first where there are several */
    lq_profit_t profit;     /* of all, without a bid */
} lq_plan_t;

/* What a token is to us; set once for each factor that a plan may touch. */
typedef struct lq_terms_token {
    lq_address_t token;
    lq_quote_t quote;    /* a price of 0: none, the pair is left out */
    lq_u256_t available; /* INVENTORY: units that may be spent */
    lq_loan_t loan;      /* FLASH, of a debt: what .available is 0 of, nobody lends */
} lq_terms_token_t;

/* What a plan is made under. Borrowed. */
typedef struct lq_terms {
    void *ctx;
    /* token: sets *OUT for FACTOR of the instance; false: nothing may be done with it. Called once
       for each factor and plan. */
    bool (*token)(void *ctx, lq_terms_token_t *out, uint16_t factor);
    const lq_swaps_t *swaps;
    const lq_gas_t *gas;
    const lq_gas_floor_t *gas_floor;
    lq_gas_price_t gas_price;
    lq_quote_t coin;
    lq_funding_t funding;
    bool atomic; /* several calls in one transaction, not each in its own */
    bool first;  /* see LQ_GAS_FIRST; known for no token: false */
    uint32_t instance;
    uint16_t leg_cnt; /* of the account */
    uint32_t try_max; /* calls tried for one step of a plan, about 0.3 us each: some tens are the
                         rule, some hundred with several pairs; accounts of few units of coarse
                         tokens at next to no gas can use up any number. What was found until
                         then stands */
} lq_terms_t;

/* Why there is no plan. */
typedef enum lq_sizing {
    LQ_SIZING_PLAN,         /* there is: of net profit, before any minimum, above 0 */
    LQ_SIZING_BLOCKED,      /* no pair passes */
    LQ_SIZING_NO_PRICE,     /* of no pair both tokens have one */
    LQ_SIZING_NO_ROUTE,     /* of no pair is there a loan and a swap; room->no_route says why */
    LQ_SIZING_NO_FUNDS,     /* of no pair is any of the debt there */
    LQ_SIZING_UNPROFITABLE, /* *OUT is the one that loses least */
} lq_sizing_t;
#define LQ_SIZING_CNT 6

/* lq_sizing_str returns it as a person reads it, in lower case; static. */
const char *lq_sizing_str(lq_sizing_t sizing);

/* The ranges of a pair behind a first call, as an adapter told them. */
#define LQ_SIZING_TOLD_MAX       256u
#define LQ_SIZING_TOLD_RANGE_MAX 8u

typedef struct lq_sizing_told {
    lq_liquidation_call_t first;
    lq_liquidation_pair_t pair;
    lq_liquidation_by_t by;
    size_t cnt;
    lq_liquidation_range_t ranges[LQ_SIZING_TOLD_RANGE_MAX];
} lq_sizing_told_t;

/* What a route's quotes told of it. */
#define LQ_SIZING_CURVE_MAX 128u
#define LQ_SIZING_POINT_MAX 32u

typedef struct lq_sizing_point {
    double out; /* units that came out */
    double in;  /* for so many, but for rounding */
    uint32_t gas;
    uint32_t pool_cnt; /* that it went through */
} lq_sizing_point_t;

typedef struct lq_sizing_curve {
    lq_swap_route_t route;
    double off; /* units of what goes in that rounding adds at most */
    double end; /* there is not so much */
    size_t cnt;
    lq_sizing_point_t points[LQ_SIZING_POINT_MAX]; /* in rising order */
} lq_sizing_curve_t;

/* What comes behind a first call is kept of so many, to be gone on from. */
#define LQ_SIZING_KEPT_MAX 4u

/* Memory of one sizing; contents mean nothing between calls, but for what is said of them. */
typedef struct lq_sizing_room {
    lq_trial_t trials[3];
    lq_trial_t kept[LQ_SIZING_KEPT_MAX];
    bool is_told[LQ_SIZING_TOLD_MAX];
    lq_sizing_told_t told[LQ_SIZING_TOLD_MAX];
    lq_sizing_curve_t curves[LQ_SIZING_CURVE_MAX];
    lq_no_route_t no_route; /* NO_ROUTE: the nearest miss of all pairs */
    size_t work;            /* calls tried and swaps quoted are added */
} lq_sizing_room_t;

/* lq_size sets *OUT to the best plan for the account of TRIAL, an open one of SELF, which stays as
   it is. *OUT is unchanged unless PLAN or UNPROFITABLE. Among equals that it looked at the one of
   fewer calls, then of the lower factors, then of the smaller amount. A swap that is cheaper than
   our own prices costs 0, and seized_usd is so much more. LQ_GAS_FIRST is counted for the first
   step alone. */
lq_sizing_t lq_size(lq_plan_t *out, lq_sizing_room_t *room, const lq_adapter_t *adapter,
                    const lq_instance_t *self, const lq_trial_t *trial, const lq_terms_t *terms);

#endif
