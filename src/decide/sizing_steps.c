#include "sizing_internal.h"

/* Whether two calls earn more than one, and which two.

   Behind any first call within a range the same may be done next, and how much of it falls in
   proportion to the first. So the sum of the two is a line with bends where another limit of the
   second begins to hold. With one pair the line does not fall before a bend and rise behind it, and
   the borders have the best of it; with several it is probed in between as well. */

#define PROFIT_BITS 20u

/* First amounts of a range that are tried one by one. */
#define EACH_MAX 512u

/* The way between two amounts, in parts; and how often it is divided where it bends. */
#define WAY_BITS  10u
#define WAY       (1u << WAY_BITS)
#define DEPTH_MAX 3u

/* Rounding, in units of both tokens; as in a single call, twice. */
#define NOISE_UNITS 8u

/* Prices of ours and the protocol's that part by less do not hide a second call. */
#define PRICE_SLACK 1.25

/* Rounding of two calls and of their lines, in units of both tokens; and what floats are good for.
 */
#define TOP_NOISE_UNITS 64.0
#define SURE_BITS       40u

/* All but a top is less than this part of it. */
#define BELOW_TOP (1 - 1.0 / (double)(1u << LQ_LIQUIDATION_APART_BITS))

#define ANY_WORTH 1e300
#define NO_CALL   (-1e300)

static const lq_u256_t one = {{1, 0, 0, 0}};

/* A first amount that was tried, and what the two come to, to steer by. */
typedef struct stop {
    lq_u256_t amount;
    bool there; /* false: it is no call */
    bool end;   /* nothing beside it is better alone (lq_sizer_is_end); of tops alone */
    double first;
    double then; /* 0 where no second earns */
} stop_t;

/* What is remembered of one. */
typedef struct known {
    lq_liquidation_call_t call;
    stop_t stop;
    bool two; /* `sum` is what the two net */
    lq_i256_t sum;
} known_t;

#define KNOWN_MAX 32u

typedef struct pursuit {
    lq_sizer_t *s;
    const lq_trial_t *base;
    lq_sizing_pair_t of;
    const lq_swap_route_t *route; /* of it: the first call's */
    lq_i256_t best;               /* of the two together */
    lq_candidate_t *first;
    bool found;
    bool bounded;                 /* all pairs have a top */
    double least;                 /* that the best two are known to come to */
    double gas[LQ_PLAN_PAIR_MAX]; /* that two calls take at least, by the first's pair */
    size_t known_cnt;
    known_t known[KNOWN_MAX]; /* where all pairs have a top: there is one route */
} pursuit_t;

static double usd_of(const lq_sizer_t *s, uint32_t units)
{
    lq_usd_t usd;
    return lq_sizer_gas_usd(s, &usd, units) ? 0 : lq_u256_to_double(&usd.raw);
}

/* What a call behind C adds in gas, at least. */
static double further_gas(lq_sizer_t *s, const lq_candidate_t *c)
{
    lq_gas_kind_t kind = c->kind;
    if (!s->terms->atomic)
        return usd_of(s, c->kind_gas);
    kind.call_cnt++;
    uint32_t units = lq_sizer_gas(s, &kind, c->swap_gas);
    return usd_of(s, units > c->kind_gas ? units - c->kind_gas : 0);
}

/* The most that may be spent: on each debt that is known, what is there. */
static double funds_worth(const lq_sizer_t *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->token_cnt; i++) {
        lq_usd_t usd;
        if (!s->tokens[i].usable || !s->tokens[i].is_debt)
            continue;
        if (lq_worth_up(&usd, &s->tokens[i].left, &s->tokens[i].about.quote))
            return ANY_WORTH;
        sum += lq_u256_to_double(&usd.raw);
    }
    return sum;
}

/* ALL of the protocol's value in our worth, where FELL of it was WORTH so much. */
static double in_worth(const lq_u256_t *before, const lq_u256_t *after, const lq_usd_t *worth)
{
    double all = lq_u256_to_double(before);
    double fell = all - lq_u256_to_double(after);
    return fell > 0 ? PRICE_SLACK * all * (lq_u256_to_double(&worth->raw) / fell) : ANY_WORTH;
}

/* All that calls could earn: the largest margin that any has, on all that is owed, as far as there
   are funds for it; and no more than all that can be seized. */
static double most_of_all(lq_sizer_t *s, const lq_trial_t *base, const lq_candidate_t *single,
                          const lq_survey_t *survey)
{
    lq_health_t before;
    lq_health_t after;
    lq_trial_t *trial = &s->room->trials[0];
    lq_liquidation_outcome_t out;
    s->adapter->trial_health(s->self, base, &before);
    lq_sizer_copy(s, trial, base);
    if (s->adapter->trial_send(s->self, trial, &out, &single->call))
        return 0;
    s->adapter->trial_health(s->self, trial, &after);
    double seized = in_worth(&before.collateral_value, &after.collateral_value, &single->got);
    double owed = single->outcome.bad_debt
                      ? ANY_WORTH
                      : in_worth(&before.debt_value, &after.debt_value, &single->paid);
    if (s->terms->funding == LQ_FUNDING_INVENTORY) {
        double funds = funds_worth(s);
        owed = funds < owed ? funds : owed;
    }
    double most = owed * survey->margin;
    return most < seized ? most : seized;
}

/* What a second call could be worth. */
typedef enum prospect {
    NOTHING_LEFT,
    MORE_THAN_GAS, /* rounding alone may earn its gas */
    SOMETHING,
} prospect_t;

/* What takes all there is at the best margin leaves nothing but rounding. */
static prospect_t prospect_of(lq_sizer_t *s, const lq_candidate_t *single, double eps,
                              const lq_survey_t *survey)
{
    double gross = lq_sizing_double(&single->gross);
    double paid = lq_u256_to_double(&single->paid.raw);
    double noise = NOISE_UNITS * (single->collateral->unit_usd + single->debt->unit_usd);
    bool all = (survey->one_debt && single->outcome.closes_debt) ||
               (survey->one_collateral && single->outcome.takes_all);
    all = all && gross >= 0 && survey->margin * paid <= gross + eps;
    /* Several calls swap along one route, and all together are on its line. */
    all |= survey->bent_all;
    if (all && noise <= eps)
        return NOTHING_LEFT;
    if (noise > further_gas(s, single) + eps)
        return MORE_THAN_GAS;
    return all ? NOTHING_LEFT : SOMETHING;
}

/* What of SINGLE's profit is too little to look for. */
static double eps_of(const lq_candidate_t *single)
{
    double gross = lq_sizing_double(&single->gross);
    return (gross > 0 ? gross : 0) / (double)(1u << PROFIT_BITS);
}

/* ---- what two calls earn at most ---- */

static double least_of(double a, double b)
{
    return a < b ? a : b;
}

static double most_of(double a, double b)
{
    return a > b ? a : b;
}

/* The most of two calls of which the first earns up to EARNED and the second up to MOST where the
   first pays nothing, and up to LEFT where it pays all; between the two it is a line. */
static double most_on_line(double earned, double most, double left)
{
    return most_of(most, earned + most_of(left, 0));
}

/* What a call of FIRST that pays up to T and one of THEN behind it earn at most, but for gas and
   rounding. Both earn in proportion to what they pay. What the second pays is no more than is owed
   of its debt, than its collateral brings, and than it may pay behind another; of what they share,
   than the first leaves. Each of these is a line in what the first pays, and so is what the two
   earn then: it has its most at an end. */
static double two_earn(const lq_sizing_top_t *first, const lq_sizing_top_t *then, double t)
{
    bool one_debt = first->call.pair.debt == then->call.pair.debt;
    bool one_collateral = first->call.pair.collateral == then->call.pair.collateral;
    double earned = first->margin * t;
    double shared = one_debt ? then->margin * t : 0;
    double by_debt = then->margin * then->owed;
    double by_later = then->margin * then->later;
    double part = then->margin / (1 + then->margin);
    double by_collateral = part * then->held;
    double collateral_left = one_collateral ? by_collateral - part * (t + earned) : by_collateral;
    double most = most_on_line(earned, by_debt, by_debt - shared);
    most = least_of(most, most_on_line(earned, by_later, by_later - shared / 2));
    return least_of(most, most_on_line(earned, by_collateral, collateral_left));
}

/* The kind of a transaction with a call of TOP that ends nothing. */
static lq_gas_kind_t kind_of(const lq_sizer_t *s, const lq_sizing_top_t *top)
{
    lq_candidate_t c;
    c.collateral = top->collateral;
    c.debt = top->debt;
    c.outcome = (lq_liquidation_outcome_t){.closes_debt = false};
    return lq_sizer_kind(s, &c, 0);
}

/* Worth of the gas that a transaction of KIND adds at least, whatever it ends. */
static double least_gas(const lq_sizer_t *s, const lq_gas_kind_t *kind)
{
    const lq_candidate_t *last = lq_sizer_joined(s);
    uint32_t before = last ? last->kind_gas : 0;
    uint32_t units = lq_gas_least(s->terms->gas, kind, s->terms->gas_floor, 0);
    return units > before ? usd_of(s, units - before) : 0;
}

/* Sets what two calls add at least, by the first's pair: in one transaction, or each in its own, of
   which the second is not the first of its token. */
static void set_gas(pursuit_t *p, const lq_survey_t *survey)
{
    const bool atomic = p->s->terms->atomic;
    double least = atomic ? 0 : ANY_WORTH;
    for (size_t i = 0; i < survey->pair_cnt; i++) {
        lq_gas_kind_t kind = kind_of(p->s, &survey->tops[i]);
        kind.call_cnt = (uint8_t)(kind.call_cnt + atomic);
        p->gas[i] = least_gas(p->s, &kind);
        kind.shape &= (uint8_t)~LQ_GAS_FIRST;
        if (!atomic)
            least = least_of(least, least_gas(p->s, &kind));
    }
    for (size_t i = 0; i < survey->pair_cnt; i++)
        p->gas[i] += least;
}

/* Whether two calls of which the first is of pair number I, and pays up to PART of what its largest
   does, net less than what the best come to. */
static bool is_hopeless(const pursuit_t *p, const lq_survey_t *survey, size_t i, double part)
{
    const lq_sizing_top_t *first = &survey->tops[i];
    double t = least_of(part * first->paid, first->again);
    double sum = 0;
    double units = first->unit_usd;
    for (size_t k = 0; k < survey->pair_cnt; k++) {
        const lq_sizing_top_t *then = &survey->tops[k];
        sum = most_of(sum, two_earn(first, then, t));
        units = most_of(units, then->unit_usd);
    }
    sum = sum * (1 + 1.0 / (double)(UINT64_C(1) << SURE_BITS)) + TOP_NOISE_UNITS * units;
    return sum - p->gas[i] < p->least;
}

/* How much of what the largest amount of pair number I pays AMOUNT does. */
static double part_of(const lq_survey_t *survey, size_t i, const lq_u256_t *amount)
{
    double part = lq_u256_to_double(amount) / lq_u256_to_double(&survey->tops[i].call.amount);
    return part < 1 ? part : 1;
}

/* ---- tries ---- */

static bool is_same(const lq_liquidation_call_t *a, const lq_liquidation_call_t *b)
{
    return a->pair.collateral == b->pair.collateral && a->pair.debt == b->pair.debt &&
           a->by == b->by && lq_u256_eq(&a->amount, &b->amount);
}

/* What is known of CALL where that is not better than the best; else it has to be tried again. */
static const known_t *recall(const pursuit_t *p, const lq_liquidation_call_t *call)
{
    for (size_t i = 0; i < p->known_cnt; i++)
        if (is_same(&p->known[i].call, call))
            return p->known[i].two && lq_i256_lt(&p->best, &p->known[i].sum) ? NULL : &p->known[i];
    return NULL;
}

static void remember(pursuit_t *p, const known_t *k)
{
    if (p->bounded && p->known_cnt < KNOWN_MAX)
        p->known[p->known_cnt++] = *k;
}

/* Sets K's stop and sum to what its call and the best behind it come to. */
static void try_two(pursuit_t *p, known_t *k)
{
    lq_sizer_t *s = p->s;
    lq_candidate_t first;
    lq_candidate_t then;
    lq_trial_t *behind = &s->room->trials[1];
    if (lq_sizer_try(s, &first, p->base, &k->call, &p->of, p->route) != LQ_TRY_OK)
        return;
    k->stop.there = true;
    k->stop.end = p->bounded && lq_sizer_is_end(s, &first, &p->of);
    k->stop.first = lq_sizing_double(&first.net);
    /* What a flash loan does not cover cannot be paid, whatever comes behind. */
    if (s->terms->funding == LQ_FUNDING_FLASH && lq_i256_is_neg(&first.gross))
        return;
    lq_sizer_copy(s, behind, &s->room->trials[0]);
    lq_sizer_push(s, &first);
    s->first = &k->call;
    lq_sizer_best_call(s, &then, NULL, behind);
    s->first = NULL;
    lq_sizer_pop(s);
    if (!then.there || lq_i256_is_neg(&then.net) ||
        lq_i256_add_checked(&k->sum, &first.net, &then.net))
        return;
    k->two = true;
    k->stop.then = lq_sizing_double(&then.net);
    if (lq_i256_lt(&p->best, &k->sum)) {
        p->best = k->sum;
        p->least = most_of(p->least, lq_sizing_double(&k->sum));
        *p->first = first;
        p->found = true;
    }
}

/* Tries AMOUNT, and the best behind it. */
static stop_t stop_at(pursuit_t *p, lq_liquidation_call_t *call, const lq_u256_t *amount)
{
    call->amount = *amount;
    const known_t *last = recall(p, call);
    if (last)
        return last->stop;
    known_t k = {.call = *call, .stop = {.amount = *amount}};
    try_two(p, &k);
    remember(p, &k);
    return k.stop;
}

static bool can_go_on(const pursuit_t *p)
{
    return p->s->try_cnt < p->s->terms->try_max;
}

/* How much more than the best there would have to be to look for it. */
static double goal(const pursuit_t *p)
{
    double best = lq_sizing_double(&p->best);
    return best > 0 ? best * (1 + 1.0 / (double)(1u << PROFIT_BITS)) : best;
}

/* Between two stops the first call earns at most what it does at the upper, and the second at most
   what it does at the lower; but for rounding. */
static bool may_hold_more(const pursuit_t *p, const stop_t *low, const stop_t *high)
{
    double noise = NOISE_UNITS * (p->of.collateral->unit_usd + p->of.debt->unit_usd);
    return high->first + low->then + noise > goal(p);
}

/* PART 1024ths of the way from LOW to HIGH. */
static lq_u256_t part_way(const lq_u256_t *low, const lq_u256_t *high, unsigned part)
{
    lq_u256_t gap = lq_u256_sub_wrap(high, low);
    lq_u256_t unit = lq_u256_shr(&gap, WAY_BITS);
    lq_u256_t times = lq_u256_from_u64(part);
    if (lq_u256_is_zero(&unit)) {
        gap = lq_u256_mul_wrap(&gap, &times);
        unit = lq_u256_shr(&gap, WAY_BITS);
    } else {
        unit = lq_u256_mul_wrap(&unit, &times);
    }
    return lq_u256_add_wrap(low, &unit);
}

static double sum_of(const stop_t *stop)
{
    return stop->first + stop->then;
}

/* Where the lines from both ends meet, in 1024ths of the way; they are known from NEAR and FAR,
   that are a 1024th from the ends. */
static unsigned meet(const stop_t *low, const stop_t *near, const stop_t *far, const stop_t *high)
{
    double rise = sum_of(near) - sum_of(low);
    double fall = sum_of(high) - sum_of(far);
    double at = (sum_of(high) - sum_of(low) - fall * WAY) / (rise - fall);
    return at > 1 && at < WAY - 1 ? (unsigned)at : WAY / 2;
}

/* Looks between two stops for a bend above both. */
static void look_between(pursuit_t *p, lq_liquidation_call_t *call, const stop_t *low,
                         const stop_t *high, unsigned depth)
{
    lq_u256_t next = lq_u256_add_wrap(&low->amount, &one);
    if (!lq_u256_lt(&next, &high->amount) || !low->there || !high->there || !can_go_on(p) ||
        !may_hold_more(p, low, high))
        return;
    lq_u256_t at = part_way(&low->amount, &high->amount, WAY / 2);
    stop_t mid = stop_at(p, call, &at);
    double line = (sum_of(low) + sum_of(high)) / 2;
    double off = sum_of(&mid) - line;
    if (!mid.there || depth == 0 || (off < 0 ? -off : off) * (1u << PROFIT_BITS) <= goal(p))
        return;
    at = part_way(&low->amount, &high->amount, 1);
    stop_t near = stop_at(p, call, &at);
    at = part_way(&low->amount, &high->amount, WAY - 1);
    stop_t far = stop_at(p, call, &at);
    at = part_way(&low->amount, &high->amount, meet(low, &near, &far, high));
    if (near.there && far.there && !lq_u256_eq(&at, &mid.amount))
        mid = stop_at(p, call, &at);
    look_between(p, call, low, &mid, depth - 1);
    look_between(p, call, &mid, high, depth - 1);
}

/* Looks at each amount between two stops, as far as there can be more. */
static void look_at_each(pursuit_t *p, lq_liquidation_call_t *call, const stop_t *low,
                         const stop_t *high)
{
    lq_u256_t at = part_way(&low->amount, &high->amount, WAY / 2);
    if (!can_go_on(p) || lq_u256_eq(&at, &low->amount) || !may_hold_more(p, low, high))
        return;
    stop_t mid = stop_at(p, call, &at);
    /* What rounding refuses says nothing of those beside it. */
    stop_t below = mid.there ? mid : (stop_t){mid.amount, true, false, high->first, 0};
    stop_t above = mid.there ? mid : (stop_t){mid.amount, true, false, 0, low->then};
    look_at_each(p, call, low, &below);
    look_at_each(p, call, &above, high);
}

static bool is_wide(const lq_u256_t *width)
{
    return !lq_u256_lt(width, &(lq_u256_t){{EACH_MAX, 0, 0, 0}});
}

/* Sets *BEST to the stop at RANGE's best alone, where the funds or the swap end it sooner than it
   does. False: it has none. */
static bool stop_at_best(pursuit_t *p, stop_t *best, lq_liquidation_call_t *call,
                         const lq_liquidation_range_t *range)
{
    lq_candidate_t alone = {.there = false};
    lq_sizing_pair_t of = p->of;
    of.route_cnt = 1;
    of.routes[0] = *p->route;
    lq_sizer_best_in(p->s, &alone, NULL, p->base, &of, call->by, range);
    if (alone.there)
        *best = stop_at(p, call, &alone.call.amount);
    return alone.there;
}

/* Whether all of RANGE, of pair number I, but its last 2^-20 is hopeless. */
static bool is_hopeless_below(const pursuit_t *p, const lq_survey_t *survey, size_t i,
                              const lq_liquidation_range_t *range)
{
    lq_u256_t below = lq_u256_sub_wrap(&range->to, &range->from);
    below = lq_u256_shr(&below, PROFIT_BITS);
    below = lq_u256_sub_wrap(&range->to, &below);
    return is_hopeless(p, survey, i, part_of(survey, i, &below));
}

/* Looks for the first call in RANGE, of pair number I, along P's route. */
static void first_in(pursuit_t *p, const lq_survey_t *survey, size_t i, lq_liquidation_by_t by,
                     const lq_liquidation_range_t *range)
{
    lq_liquidation_call_t call = {.pair = p->of.pair, .by = by};
    lq_u256_t width = lq_u256_sub_wrap(&range->to, &range->from);
    stop_t best = {.end = false};
    if (p->bounded && is_wide(&width)) {
        best = stop_at(p, &call, &range->to);
        if (best.end && is_hopeless_below(p, survey, i, range))
            return;
    }
    if (!best.end && !stop_at_best(p, &best, &call, range))
        return;
    stop_t low = lq_u256_eq(&range->from, &best.amount) ? best : stop_at(p, &call, &range->from);
    stop_t high = lq_u256_eq(&range->to, &best.amount) ? best : stop_at(p, &call, &range->to);
    if (!high.there)
        high = best;
    width = lq_u256_sub_wrap(&high.amount, &low.amount);
    if (lq_u256_lt(&high.amount, &low.amount))
        return;
    if (!is_wide(&width)) {
        low = low.there ? low : (stop_t){low.amount, true, false, 0, ANY_WORTH};
        look_at_each(p, &call, &low, &high);
    } else if (survey->pair_cnt > 1 || p->s->terms->funding == LQ_FUNDING_FLASH) {
        look_between(p, &call, &low, &high, DEPTH_MAX);
    }
}

/* Tries the largest amount of pair number I, which P is set to, first. */
static void try_top(pursuit_t *p, const lq_survey_t *survey, size_t i)
{
    lq_liquidation_call_t call = survey->tops[i].call;
    p->route = &p->of.routes[0];
    (void)stop_at(p, &call, &survey->tops[i].call.amount);
}

/* Looks for the first call among those of pair number I, PAIR. */
static void first_of_pair(pursuit_t *p, const lq_survey_t *survey, lq_liquidation_pair_t pair,
                          size_t i)
{
    lq_sizer_t *s = p->s;
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    if ((p->bounded && is_hopeless(p, survey, i, 1)) || !lq_sizer_pair(s, &p->of, pair))
        return;
    if (p->bounded && is_hopeless(p, survey, i, BELOW_TOP)) {
        try_top(p, survey, i);
        return;
    }
    for (unsigned k = 0; k < LQ_LIQUIDATION_BY_CNT; k++) {
        lq_liquidation_by_t by = (lq_liquidation_by_t)k;
        bool told = i == 0 && k == 0 && survey->told;
        const lq_liquidation_range_t *at = told ? survey->ranges : ranges;
        size_t cnt =
            told ? survey->range_cnt : s->adapter->trial_ranges(s->self, p->base, ranges, pair, by);
        for (size_t m = 0; m < cnt; m++)
            for (size_t n = 0; n < p->of.route_cnt && can_go_on(p); n++) {
                p->route = &p->of.routes[n];
                if (!p->bounded || !is_hopeless(p, survey, i, part_of(survey, i, &at[m].to)))
                    first_in(p, survey, i, by, &at[m]);
            }
    }
}

/* ---- the best two ---- */

/* Sets what two calls earn at most, where that is known: all pairs have a top. */
static void find_bound(pursuit_t *p, const lq_survey_t *survey)
{
    p->bounded = true;
    for (size_t i = 0; i < survey->pair_cnt; i++)
        p->bounded &= survey->tops[i].there;
    if (p->bounded)
        set_gas(p, survey);
}

/* Whether all first calls that pay up to PART of what is the most of their pair are hopeless. */
static bool are_hopeless(const pursuit_t *p, const lq_survey_t *survey, double part)
{
    for (size_t i = 0; i < survey->pair_cnt; i++)
        if (!is_hopeless(p, survey, i, part))
            return false;
    return true;
}

/* Learns what the best two come to at least, of those that begin with a largest amount. True: all
   others are hopeless. */
static bool is_of_tops(pursuit_t *p, const lq_survey_t *survey)
{
    for (size_t i = 0; i < survey->pair_cnt; i++)
        if (!is_hopeless(p, survey, i, 1) && lq_sizer_pair(p->s, &p->of, survey->tops[i].call.pair))
            try_top(p, survey, i);
    return are_hopeless(p, survey, BELOW_TOP);
}

/* Whether two calls could net more than SINGLE. */
static bool may_earn(pursuit_t *p, const lq_candidate_t *single, const lq_survey_t *survey)
{
    double eps = eps_of(single);
    prospect_t prospect = prospect_of(p->s, single, eps, survey);
    p->bounded = false;
    if (prospect == NOTHING_LEFT)
        return false;
    find_bound(p, survey);
    if (p->bounded)
        return !are_hopeless(p, survey, 1);
    return prospect == MORE_THAN_GAS ||
           most_of_all(p->s, p->base, single, survey) >
               lq_sizing_double(&single->gross) + further_gas(p->s, single) + eps;
}

bool lq_sizer_best_two(lq_sizer_t *s, lq_candidate_t *first, const lq_trial_t *base,
                       const lq_candidate_t *single, const lq_survey_t *survey)
{
    lq_liquidation_pair_t pairs[LQ_PLAN_PAIR_MAX];
    pursuit_t p;
    p.s = s;
    p.base = base;
    p.best = single->net;
    p.least = lq_sizing_double(&single->net);
    p.first = first;
    p.found = false;
    p.known_cnt = 0;
    if (!may_earn(&p, single, survey))
        return false;
    lq_sizer_forget_told(s);
    uint32_t try_cnt = s->try_cnt;
    if (p.bounded && is_of_tops(&p, survey))
        return p.found;
    s->try_cnt = try_cnt; /* the search has as many as without what was told at once */
    p.best = single->net; /* in the order of the pairs */
    p.found = false;
    size_t pair_cnt = s->adapter->trial_pairs(s->self, base, pairs, LQ_PLAN_PAIR_MAX);
    pair_cnt = pair_cnt < LQ_PLAN_PAIR_MAX ? pair_cnt : LQ_PLAN_PAIR_MAX;
    for (size_t i = 0; i < pair_cnt; i++)
        first_of_pair(&p, survey, pairs[i], i);
    return p.found;
}
