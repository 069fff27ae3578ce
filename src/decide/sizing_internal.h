#ifndef LIQD_DECIDE_SIZING_INTERNAL_H
#define LIQD_DECIDE_SIZING_INTERNAL_H

#include "liqd/decide/sizing.h"

/* Factors that a plan may touch: of two legs each. */
#define LQ_SIZING_TOKEN_MAX ((size_t)2 * LQ_PLAN_PAIR_MAX)

#define LQ_SIZING_ANY_WORTH 1e300

#define LQ_SIZING_GAS_MAX 16u
#define LQ_SIZING_FEE_MAX 8u

typedef struct lq_sizing_token {
    uint16_t factor;
    bool usable;
    bool is_debt; /* of a pair */
    lq_terms_token_t about;
    lq_u256_t left;  /* of what is there or is lent, behind the steps that stand */
    double unit_usd; /* worth of one unit, in wads; to steer by */
} lq_sizing_token_t;

/* What a transaction of a kind costs. */
typedef struct lq_sizing_gas {
    lq_gas_kind_t kind;
    uint32_t swap_gas;
    uint32_t units;
} lq_sizing_gas_t;

/* What units of gas are worth. */
typedef struct lq_sizing_fee {
    uint32_t units;
    lq_usd_t usd;
} lq_sizing_fee_t;

/* A pair that something may be done with. */
typedef struct lq_sizing_pair {
    lq_liquidation_pair_t pair;
    const lq_sizing_token_t *collateral;
    const lq_sizing_token_t *debt;
    size_t route_cnt; /* above 0; where there is nothing to swap one, without paths */
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_u256_t reach; /* the most that is repaid by what its best was looked for among */
} lq_sizing_pair_t;

/* A call with all that it comes to. */
typedef struct lq_candidate {
    bool there;
    lq_liquidation_call_t call;
    lq_liquidation_outcome_t outcome;
    const lq_sizing_token_t *collateral;
    const lq_sizing_token_t *debt;
    lq_swap_route_t route;
    lq_swap_t swap;
    lq_u256_t flash_fee;
    lq_usd_t got;  /* what is seized */
    lq_usd_t paid; /* what is paid for it: of the debt, or, swapped, of the collateral */
    lq_i256_t gross;
    lq_i256_t net;      /* gross less the gas that it adds */
    uint32_t gas;       /* units that it adds */
    lq_gas_kind_t kind; /* of its transaction up to it */
    uint32_t swap_gas;  /* units of that: its swaps */
    uint32_t kind_gas;  /* and all */
} lq_candidate_t;

/* What is known of a pair behind a first call. */
typedef struct lq_sizing_behind {
    lq_liquidation_pair_t pair;
    double most;   /* that it grosses */
    double margin; /* over what is paid, at the best route's spot */
} lq_sizing_behind_t;

/* Why pairs are left out. */
#define LQ_SIZING_SEEN_PRICE 1u
#define LQ_SIZING_SEEN_FUNDS 2u

/* How a try ended. */
typedef enum lq_try {
    LQ_TRY_OK,
    LQ_TRY_REFUSED, /* by the contract */
    LQ_TRY_FUNDS,   /* more than there is, or than is lent */
    LQ_TRY_ROUTE,   /* there is none, or not for so much */
    LQ_TRY_WORTH,   /* more than can be counted */
} lq_try_t;

typedef struct lq_sizer {
    const lq_adapter_t *adapter;
    const lq_instance_t *self;
    const lq_terms_t *terms;
    lq_sizing_room_t *room; /* trials[0] is where calls are tried */
    lq_wei_t per_gas;
    unsigned seen;
    uint32_t try_cnt;
    const lq_trial_t *acted; /* what trials[0] is a copy of, with the call below; NULL: something
                                else is */
    lq_liquidation_call_t act_call;
    lq_liquidation_outcome_t act_outcome;
    lq_try_t act_end;
    const lq_liquidation_call_t *first; /* whose ranges behind it are kept, or NULL */
    size_t step_cnt;                    /* those that stand, which what is tried comes behind */
    lq_candidate_t steps[LQ_PLAN_STEP_MAX];
    double floor; /* a look is for what nets more than that alone */
    size_t behind_cnt;
    const lq_sizing_behind_t *behind; /* of pairs that it need not ask */
    size_t curve_cnt;
    size_t gas_cnt;
    lq_sizing_gas_t gas[LQ_SIZING_GAS_MAX];
    size_t fee_cnt;
    lq_sizing_fee_t fees[LQ_SIZING_FEE_MAX];
    size_t token_cnt;
    lq_sizing_token_t tokens[LQ_SIZING_TOKEN_MAX];
} lq_sizer_t;

/* ---- sizing_try.c ---- */

/* lq_sizer_lack notes that more than there is, or than is lent, would be needed. */
void lq_sizer_lack(lq_sizer_t *s);

/* lq_sizer_token returns what is known of FACTOR, NULL where nothing may be done with it. */
lq_sizing_token_t *lq_sizer_token(lq_sizer_t *s, uint16_t factor);

/* lq_sizer_pair sets *OUT to what is known of PAIR, with the routes that may be taken behind the
   steps that stand, and reach 0. False: nothing may be done with it; why is noted. */
bool lq_sizer_pair(lq_sizer_t *s, lq_sizing_pair_t *out, lq_liquidation_pair_t pair);

bool lq_sizer_shares_a_pool(const lq_swap_route_t *a, const lq_swap_route_t *b);

/* lq_sizer_copy makes TO, one of the room's, like FROM. */
void lq_sizer_copy(lq_sizer_t *s, lq_trial_t *to, const lq_trial_t *from);

/* lq_sizer_act sets *OUT to CALL done to a copy of BASE, behind the steps that stand, and leaves
   that copy in room->trials[0]: OK or REFUSED. lq_sizer_pay completes such a C with what it costs
   along ROUTE. lq_sizer_try does both. A candidate says what was found out also where it is not OK.
 */
lq_try_t lq_sizer_act(lq_sizer_t *s, lq_candidate_t *out, const lq_trial_t *base,
                      const lq_liquidation_call_t *call, const lq_sizing_pair_t *of);
lq_try_t lq_sizer_pay(lq_sizer_t *s, lq_candidate_t *c, const lq_swap_route_t *route);
/* lq_sizer_ask has ROUTE's curve know of about OUT units. False: there is not so much depth. */
bool lq_sizer_ask(lq_sizer_t *s, const lq_swap_route_t *route, double out);

lq_try_t lq_sizer_try(lq_sizer_t *s, lq_candidate_t *out, const lq_trial_t *base,
                      const lq_liquidation_call_t *call, const lq_sizing_pair_t *of,
                      const lq_swap_route_t *route);

/* lq_sizer_act_top is lq_sizer_act of the call of the adapter's trial_top; the tokens of *OUT are
   not set, and it counts as no try. False: it tells none. */
bool lq_sizer_act_top(lq_sizer_t *s, lq_candidate_t *out, const lq_trial_t *base,
                      lq_liquidation_top_t *top);

/* lq_sizer_joined returns the step whose transaction the next one is in; NULL: it has one of its
   own. */
const lq_candidate_t *lq_sizer_joined(const lq_sizer_t *s);

/* lq_sizer_kind returns the kind of C's transaction, with swaps through POOL_CNT pools of its own.
   lq_sizer_gas returns the units of a transaction of KIND, whose swaps take SWAP_GAS of them (0:
   not known), lq_sizer_gas_usd what UNITS cost. */
lq_gas_kind_t lq_sizer_kind(const lq_sizer_t *s, const lq_candidate_t *c, uint32_t pool_cnt);
uint32_t lq_sizer_gas(lq_sizer_t *s, const lq_gas_kind_t *kind, uint32_t swap_gas);
LQ_MUST_USE lq_err_t lq_sizer_gas_usd(lq_sizer_t *s, lq_usd_t *out, uint32_t units);

/* lq_sizer_push has C stand, lq_sizer_pop takes the last away. */
void lq_sizer_push(lq_sizer_t *s, const lq_candidate_t *c);
void lq_sizer_pop(lq_sizer_t *s);

/* ---- sizing_curve.c ---- */

/* lq_curve_is_same tells whether A and B go through the same pools, lq_curve_is_same_path does of
   one path. */
bool lq_curve_is_same_path(const lq_swap_path_t *a, const lq_swap_path_t *b);
bool lq_curve_is_same(const lq_swap_route_t *a, const lq_swap_route_t *b);

/* lq_curve_of returns what is known of ROUTE, NULL where there is no room for more. */
lq_sizing_curve_t *lq_curve_of(lq_sizer_t *s, const lq_swap_route_t *route);

/* lq_curve_note has CURVE, which may be NULL, know of SWAP, all that goes along it. */
void lq_curve_note(lq_sizing_curve_t *curve, const lq_swap_t *swap);

/* lq_curve_wants tells whether CURVE would know more by a quote of OUT. */
bool lq_curve_wants(const lq_sizing_curve_t *curve, double out);

/* Calls of a pair along a route, behind the steps that stand. */
typedef struct lq_sizing_line {
    const lq_sizing_curve_t *curve;
    double got;    /* worth of what is seized for a unit that is repaid */
    double need;   /* units that come out for a unit that is repaid: the loan's fee is above 1 */
    double unit;   /* worth of one that goes in */
    double before; /* units that come out for the steps that stand, and go in */
    double before_in;
} lq_sizing_line_t;

/* lq_curve_line returns that of C's pair, of whose calls C is one, and CURVE. */
lq_sizing_line_t lq_curve_line(const lq_sizer_t *s, const lq_candidate_t *c,
                               const lq_sizing_curve_t *curve);

/* lq_curve_ends_at tells whether OUT is the largest amount that CURVE knows of. */
bool lq_curve_ends_at(const lq_sizing_curve_t *curve, double out);

/* lq_curve_near returns the largest amount that is known up to what repaying UNITS takes; NULL:
   none is. */
const lq_sizing_point_t *lq_curve_near(const lq_sizing_line_t *line, double units);

/* lq_curve_most returns the most that a call along LINE which repays from LOW to HIGH units could
   gross, less TAX for each of them and but for the rounding of what is seized, and sets *AT, if not
   NULL, to how many these are. */
double lq_curve_most(const lq_sizing_line_t *line, double tax, double low, double high, double *at);

/* ---- sizing_told.c ---- */

/* lq_sizer_ranges is the adapter's trial_ranges of BASE. Where it is behind a call, s->first, from
   one and the same trial since lq_sizer_forget_told, an answer is kept: what comes next is looked
   for behind the same calls again and again, along other routes. */
size_t lq_sizer_ranges(lq_sizer_t *s, const lq_trial_t *base,
                       lq_liquidation_range_t out[LQ_LIQUIDATION_RANGE_MAX],
                       lq_liquidation_pair_t pair, lq_liquidation_by_t by);
void lq_sizer_forget_told(lq_sizer_t *s);

/* ---- sizing_call.c ---- */

/* All but a top is less than this part of it, unless it tells another (below). */
#define LQ_SIZING_BELOW_TOP (1 - 1.0 / (double)(1u << LQ_LIQUIDATION_APART_BITS))

/* What the largest amount of a pair comes to where nothing else of the pair can be better alone
   (take_top), in worth. */
typedef struct lq_sizing_top {
    bool there;
    lq_liquidation_call_t call; /* the smallest that does as much */
    const lq_sizing_token_t *collateral;
    const lq_sizing_token_t *debt;
    double margin; /* gross over paid; not below 0 */
    double paid;
    double below; /* all but what does as much is less than this part of it */
    double owed;  /* all of the debt */
    double lift;  /* from what is paid on the limit of `later` holds behind it */
    bool limited; /* there is one */
    double later; /* the most that is paid behind another call; less half of what that paid, by the
                     protocol's value */
    double value; /* of what is worth 1, the protocol's */
    double held;  /* what all of the collateral would bring */
    double again; /* the most that is paid where anything is left to do behind it */
    double noise; /* what rounding adds at most to what a call of the pair earns */
} lq_sizing_top_t;

/* What the best call was found among. */
typedef struct lq_survey {
    size_t pair_cnt;
    bool one_collateral;
    bool one_debt;
    bool bent_all;    /* swaps: of the only pair all was looked at, up to what leaves nothing */
    double margin;    /* the largest gross profit over what was repaid */
    bool told;        /* what is below */
    size_t range_cnt; /* of the first pair, by the first way to name a size */
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    lq_sizing_top_t tops[LQ_PLAN_PAIR_MAX]; /* of each pair; the last member: it is copied as far as
                                               there are pairs */
} lq_survey_t;

/* The best call from somewhere. */
typedef struct lq_sizing_look {
    bool there;          /* as it is with all tries of a step */
    lq_candidate_t best; /* the call that nets the most; not there: there is none */
    uint32_t try_cnt;    /* that it took */
    lq_survey_t survey;
} lq_sizing_look_t;

/* lq_sizer_look sets *OUT to the best call from BASE, behind the steps that stand. */
void lq_sizer_look(lq_sizer_t *s, lq_sizing_look_t *out, const lq_trial_t *base);

/* lq_sizer_best_in sets *BEST to the better of it and what RANGE has. SURVEY may be NULL. */
void lq_sizer_best_in(lq_sizer_t *s, lq_candidate_t *best, lq_survey_t *survey,
                      const lq_trial_t *base, lq_sizing_pair_t *of, lq_liquidation_by_t by,
                      const lq_liquidation_range_t *range);

/* lq_sizer_is_end tells whether C, the end of a range of OF, is its best, and nothing beside it is
   looked at. */
bool lq_sizer_is_end(lq_sizer_t *s, const lq_candidate_t *c, lq_sizing_pair_t *of);

/* ---- sizing_steps.c ---- */

/* lq_sizer_best_two tells whether two calls from BASE net more than the best alone of LOOK, and
   sets *FIRST to the first of them. What comes behind it was looked at then: *NEXT, with the trial
   in room->trials[2], where that is as it is with all tries (there). */
bool lq_sizer_best_two(lq_sizer_t *s, lq_candidate_t *first, lq_sizing_look_t *next,
                       const lq_trial_t *base, const lq_sizing_look_t *look);

/* ---- sizing_bound.c ---- */

/* What two calls earn at most. */
typedef struct lq_sizing_bound {
    bool known;   /* all pairs have a top */
    double least; /* that the best two are known to come to; the caller's to raise */
    double gas[LQ_PLAN_PAIR_MAX]; /* that two calls take at least, by the first's pair */
} lq_sizing_bound_t;

/* lq_bound_may_earn sets *B and tells whether two calls from BASE could net more than SINGLE, the
   best alone. */
bool lq_bound_may_earn(lq_sizer_t *s, lq_sizing_bound_t *b, const lq_trial_t *base,
                       const lq_candidate_t *single, const lq_survey_t *survey);

/* lq_bound_is_hopeless tells whether two calls of which the first is of pair number I, and pays up
   to PART of what its largest does, net no more than what the best come to but for 2^-20 of what
   they gross. B is known. */
bool lq_bound_is_hopeless(const lq_sizing_bound_t *b, const lq_survey_t *survey, size_t i,
                          double part);

/* ---- in passing ---- */

/* KIND of a call that ends nothing. */
static inline lq_gas_kind_t lq_sizing_plain(lq_gas_kind_t kind)
{
    kind.shape &= (uint8_t) ~(LQ_GAS_CLOSES_DEBT | LQ_GAS_TAKES_ALL | LQ_GAS_BAD_DEBT);
    return kind;
}

static inline bool lq_sizing_same_token(const lq_sizing_token_t *a, const lq_sizing_token_t *b)
{
    return __builtin_memcmp(&a->about.token, &b->about.token, sizeof(a->about.token)) == 0;
}

static inline bool lq_sizing_same_pair(lq_liquidation_pair_t a, lq_liquidation_pair_t b)
{
    return a.collateral == b.collateral && a.debt == b.debt;
}

static inline double lq_sizing_least(double a, double b)
{
    return a < b ? a : b;
}

static inline double lq_sizing_most(double a, double b)
{
    return a > b ? a : b;
}

static inline double lq_sizing_double(const lq_i256_t *v)
{
    lq_u256_t abs = lq_i256_abs(v);
    double d = lq_u256_to_double(&abs);
    return lq_i256_is_neg(v) ? -d : d;
}

#endif
