#include <string.h>

#include "sizing_pursuit_internal.h"

/* Whether two calls earn more than one, and which two.

   Behind any first call within a range the same may be done next, and how much of it falls in
   proportion to the first. So the sum of the two is a line with bends where another limit of the
   second begins to hold. With one pair the line does not fall before a bend and rise behind it, and
   the borders have the best of it; with several it is probed in between as well. */

/* First amounts of a range that are tried one by one. */
#define EACH_MAX 512u

/* The way between two amounts, in parts; and how often it is divided where it bends. */
#define WAY_BITS  10u
#define WAY       (1u << WAY_BITS)
#define DEPTH_MAX 3u

/* Rounding, in units of both tokens; as in a single call, twice. */
#define NOISE_UNITS 8u

/* What heals is known to within less. */
#define BELOW_HEALED (1 - 1.0 / (double)(1u << 22))

static const lq_u256_t one = {{1, 0, 0, 0}};

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

/* What is known of CALL where that is not better than the best, or kept; else it has to be tried
   again. */
static const lq_known_t *recall(const lq_pursuit_t *p, const lq_liquidation_call_t *call)
{
    for (size_t i = 0; i < p->known_cnt; i++) {
        const lq_known_t *k = &p->known[i];
        if (is_same(&k->call, call))
            return k->two && !k->kept && lq_i256_lt(&p->best, &k->sum) ? NULL : k;
    }
    return NULL;
}

static void remember(lq_pursuit_t *p, const lq_known_t *k)
{
    if (p->bound.known && p->known_cnt < LQ_KNOWN_MAX)
        p->known[p->known_cnt++] = *k;
}

/* One that is free: neither the best nor a known one's. */
static lq_kept_t *free_one(lq_pursuit_t *p)
{
    size_t i = 0;
    while (p->kept[i].fixed || p->found == &p->kept[i])
        i++;
    LQ_ASSERT(i < LQ_SIZING_KEPT_MAX);
    return &p->kept[i];
}

static lq_trial_t *trial_of(const lq_pursuit_t *p, const lq_kept_t *kept)
{
    return &p->s->room->kept[kept - p->kept];
}

/* Keeps the two of K for what is to come, where there is room besides the best and the next. */
static void keep(lq_pursuit_t *p, lq_known_t *k, lq_kept_t *kept)
{
    if (!p->bound.known || p->fixed_cnt + 2 >= LQ_SIZING_KEPT_MAX || p->known_cnt == LQ_KNOWN_MAX)
        return;
    kept->fixed = true;
    p->fixed_cnt++;
    k->kept = kept;
}

/* Has the best be the two of KEPT, which net SUM, where that is more. */
static void consider(lq_pursuit_t *p, lq_kept_t *kept, const lq_i256_t *sum)
{
    bool turned = p->turned && lq_sizing_double(sum) > lq_pursuit_goal(p);
    if (!turned && !lq_i256_lt(&p->best, sum))
        return;
    p->best = *sum;
    p->bound.least = lq_sizing_most(p->bound.least, lq_sizing_double(sum));
    p->found = kept;
}

void lq_pursuit_try(lq_pursuit_t *p, lq_known_t *k)
{
    lq_sizer_t *s = p->s;
    lq_kept_t *kept = free_one(p);
    lq_candidate_t *first = &kept->first;
    lq_candidate_t *then = &kept->then.best;
    lq_trial_t *behind = trial_of(p, kept);
    if (lq_sizer_try(s, first, p->base, &k->call, &p->of, p->route) != LQ_TRY_OK)
        return;
    k->stop.there = true;
    k->stop.end = p->bound.known && lq_sizer_is_end(s, first, &p->of);
    k->stop.first = lq_sizing_double(&first->net);
    /* What a flash loan does not cover cannot be paid, whatever comes behind. */
    if (s->terms->funding == LQ_FUNDING_FLASH && lq_i256_is_neg(&first->gross))
        return;
    lq_sizer_copy(s, behind, &s->room->trials[0]);
    lq_sizer_push(s, first);
    s->first = &k->call;
    s->floor = p->pruned ? lq_pursuit_goal(p) - k->stop.first : -LQ_SIZING_ANY_WORTH;
    lq_sizer_look(s, &kept->then, behind);
    s->floor = -LQ_SIZING_ANY_WORTH;
    s->first = NULL;
    lq_sizer_pop(s);
    if (!then->there || lq_i256_is_neg(&then->net) ||
        lq_i256_add_checked(&k->sum, &first->net, &then->net))
        return;
    k->two = true;
    k->stop.then = lq_sizing_double(&then->net);
    if (lq_i256_lt(&p->best, &k->sum))
        keep(p, k, kept);
    consider(p, kept, &k->sum);
}

/* Tries AMOUNT, and the best behind it. */
static lq_stop_t stop_at(lq_pursuit_t *p, lq_liquidation_call_t *call, const lq_u256_t *amount)
{
    call->amount = *amount;
    const lq_known_t *last = recall(p, call);
    if (last) {
        if (last->kept && lq_i256_lt(&p->best, &last->sum)) {
            p->s->try_cnt += last->try_cnt; /* as if it were tried again */
            consider(p, last->kept, &last->sum);
        }
        return last->stop;
    }
    lq_known_t k = {.call = *call, .stop = {.amount = *amount}};
    uint32_t before = p->s->try_cnt;
    lq_pursuit_try(p, &k);
    k.try_cnt = p->s->try_cnt - before;
    remember(p, &k);
    return k.stop;
}

/* Between two stops the first call earns at most what it does at the upper, and the second at most
   what it does at the lower; but for rounding. */
static bool may_hold_more(const lq_pursuit_t *p, const lq_stop_t *low, const lq_stop_t *high)
{
    double noise = lq_hunt_units(&p->of, NOISE_UNITS);
    return high->first + low->then + noise > lq_pursuit_goal(p);
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

static double sum_of(const lq_stop_t *stop)
{
    return stop->first + stop->then;
}

/* Where the lines from both ends meet, in 1024ths of the way; they are known from NEAR and FAR,
   that are a 1024th from the ends. */
static unsigned meet(const lq_stop_t *low, const lq_stop_t *near, const lq_stop_t *far,
                     const lq_stop_t *high)
{
    double rise = sum_of(near) - sum_of(low);
    double fall = sum_of(high) - sum_of(far);
    double at = (sum_of(high) - sum_of(low) - fall * WAY) / (rise - fall);
    return at > 1 && at < WAY - 1 ? (unsigned)at : WAY / 2;
}

/* Looks between two stops for a bend above both. */
static void look_between(lq_pursuit_t *p, lq_liquidation_call_t *call, const lq_stop_t *low,
                         const lq_stop_t *high, unsigned depth)
{
    lq_u256_t next = lq_u256_add_wrap(&low->amount, &one);
    if (!lq_u256_lt(&next, &high->amount) || !low->there || !high->there ||
        !lq_pursuit_can_go_on(p) || !may_hold_more(p, low, high))
        return;
    lq_u256_t at = part_way(&low->amount, &high->amount, WAY / 2);
    lq_stop_t mid = stop_at(p, call, &at);
    double line = (sum_of(low) + sum_of(high)) / 2;
    double off = sum_of(&mid) - line;
    if (!mid.there || depth == 0 ||
        (off < 0 ? -off : off) * (1u << LQ_HUNT_PROFIT_BITS) <= lq_pursuit_goal(p))
        return;
    at = part_way(&low->amount, &high->amount, 1);
    lq_stop_t near = stop_at(p, call, &at);
    at = part_way(&low->amount, &high->amount, WAY - 1);
    lq_stop_t far = stop_at(p, call, &at);
    at = part_way(&low->amount, &high->amount, meet(low, &near, &far, high));
    if (near.there && far.there && !lq_u256_eq(&at, &mid.amount))
        mid = stop_at(p, call, &at);
    look_between(p, call, low, &mid, depth - 1);
    look_between(p, call, &mid, high, depth - 1);
}

/* Looks at each amount between two stops, as far as there can be more. */
static void look_at_each(lq_pursuit_t *p, lq_liquidation_call_t *call, const lq_stop_t *low,
                         const lq_stop_t *high)
{
    lq_u256_t at = part_way(&low->amount, &high->amount, WAY / 2);
    if (!lq_pursuit_can_go_on(p) || lq_u256_eq(&at, &low->amount) || !may_hold_more(p, low, high))
        return;
    lq_stop_t mid = stop_at(p, call, &at);
    /* What rounding refuses says nothing of those beside it. */
    lq_stop_t below = mid.there ? mid : (lq_stop_t){mid.amount, true, false, high->first, 0};
    lq_stop_t above = mid.there ? mid : (lq_stop_t){mid.amount, true, false, 0, low->then};
    look_at_each(p, call, low, &below);
    look_at_each(p, call, &above, high);
}

static bool is_wide(const lq_u256_t *width)
{
    return !lq_u256_lt(width, &(lq_u256_t){{EACH_MAX, 0, 0, 0}});
}

/* Sets *BEST to the stop at RANGE's best alone, where the funds or the swap end it sooner than it
   does. False: it has none. */
static bool stop_at_best(lq_pursuit_t *p, lq_stop_t *best, lq_liquidation_call_t *call,
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
static bool is_hopeless_below(const lq_pursuit_t *p, const lq_survey_t *survey, size_t i,
                              const lq_liquidation_range_t *range)
{
    lq_u256_t below = lq_u256_sub_wrap(&range->to, &range->from);
    below = lq_u256_shr(&below, LQ_HUNT_PROFIT_BITS);
    below = lq_u256_sub_wrap(&range->to, &below);
    return lq_bound_is_hopeless(&p->bound, survey, i, part_of(survey, i, &below));
}

/* Looks for the first call in RANGE, of pair number I, along P's route. */
static void first_in(lq_pursuit_t *p, const lq_survey_t *survey, size_t i, lq_liquidation_by_t by,
                     const lq_liquidation_range_t *range)
{
    lq_liquidation_call_t call = {.pair = p->of.pair, .by = by};
    lq_u256_t width = lq_u256_sub_wrap(&range->to, &range->from);
    lq_stop_t best = {.end = false};
    if (p->bound.known && is_wide(&width)) {
        best = stop_at(p, &call, &range->to);
        if (best.end && is_hopeless_below(p, survey, i, range))
            return;
    }
    if (!best.end && !stop_at_best(p, &best, &call, range))
        return;
    lq_stop_t low = lq_u256_eq(&range->from, &best.amount) ? best : stop_at(p, &call, &range->from);
    lq_stop_t high = lq_u256_eq(&range->to, &best.amount) ? best : stop_at(p, &call, &range->to);
    if (!high.there)
        high = best;
    width = lq_u256_sub_wrap(&high.amount, &low.amount);
    if (lq_u256_lt(&high.amount, &low.amount))
        return;
    if (!is_wide(&width)) {
        low = low.there ? low : (lq_stop_t){low.amount, true, false, 0, LQ_SIZING_ANY_WORTH};
        look_at_each(p, &call, &low, &high);
    } else if (survey->pair_cnt > 1 || p->s->terms->funding == LQ_FUNDING_FLASH) {
        look_between(p, &call, &low, &high, DEPTH_MAX);
    }
}

/* Tries what is just below USD, paid by a call of TOP's pair, which P is set to, first. */
static void try_below(lq_pursuit_t *p, const lq_sizing_top_t *top, double usd)
{
    lq_liquidation_call_t call = top->call;
    lq_u256_t amount = lq_hunt_part(&call.amount, usd / top->paid * BELOW_HEALED);
    p->route = &p->of.routes[0];
    (void)stop_at(p, &call, &amount);
}

/* Tries the largest amount of TOP's pair, which P is set to, first; or, where nothing may be done
   behind that, what is just below all of which that is known. */
static void try_top(lq_pursuit_t *p, const lq_sizing_top_t *top)
{
    lq_liquidation_call_t call = top->call;
    if (top->again < top->paid * LQ_SIZING_BELOW_TOP) {
        try_below(p, top, top->again);
        return;
    }
    p->route = &p->of.routes[0];
    (void)stop_at(p, &call, &top->call.amount);
}

/* Whether no first call of pair number I is better than those that were tried. */
static bool is_top_best(const lq_pursuit_t *p, const lq_survey_t *survey, size_t i)
{
    return p->bound.known && (lq_bound_is_hopeless(&p->bound, survey, i, survey->tops[i].below) ||
                              lq_bound_is_hopeless(&p->bound, survey, i, 1));
}

/* Tries first the amount of TOP's pair behind which a second call may do less than before. */
static void try_lift(lq_pursuit_t *p, const lq_sizing_top_t *top)
{
    double most = lq_sizing_least(top->again, top->paid * top->below);
    if (top->lift <= 0 || top->lift >= most || !lq_sizer_pair(p->s, &p->of, top->call.pair))
        return;
    try_below(p, top, top->lift);
}

/* Looks for the first call among those of pair number I, PAIR. */
static void first_of_pair(lq_pursuit_t *p, const lq_survey_t *survey, lq_liquidation_pair_t pair,
                          size_t i)
{
    lq_sizer_t *s = p->s;
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    if ((p->bound.known && lq_bound_is_hopeless(&p->bound, survey, i, 1)) ||
        !lq_sizer_pair(s, &p->of, pair))
        return;
    if (is_top_best(p, survey, i)) {
        try_top(p, &survey->tops[i]);
        return;
    }
    for (unsigned k = 0; k < LQ_LIQUIDATION_BY_CNT; k++) {
        lq_liquidation_by_t by = (lq_liquidation_by_t)k;
        bool told = i == 0 && k == 0 && survey->told;
        const lq_liquidation_range_t *at = told ? survey->ranges : ranges;
        size_t cnt =
            told ? survey->range_cnt : s->adapter->trial_ranges(s->self, p->base, ranges, pair, by);
        for (size_t m = 0; m < cnt; m++)
            for (size_t n = 0; n < p->of.route_cnt && lq_pursuit_can_go_on(p); n++) {
                p->route = &p->of.routes[n];
                if (!p->bound.known ||
                    !lq_bound_is_hopeless(&p->bound, survey, i, part_of(survey, i, &at[m].to)))
                    first_in(p, survey, i, by, &at[m]);
            }
    }
}

/* ---- the best two ---- */

/* Finds the best two of those that begin with a largest amount. True: all others are hopeless. */
static bool is_of_tops(lq_pursuit_t *p, const lq_survey_t *survey)
{
    for (size_t i = 0; i < survey->pair_cnt; i++)
        if (!lq_bound_is_hopeless(&p->bound, survey, i, 1) &&
            lq_sizer_pair(p->s, &p->of, survey->tops[i].call.pair))
            try_top(p, &survey->tops[i]);
    for (size_t i = 0; i < survey->pair_cnt; i++)
        if (!is_top_best(p, survey, i))
            try_lift(p, &survey->tops[i]);
    for (size_t i = 0; i < survey->pair_cnt; i++)
        if (!is_top_best(p, survey, i))
            return false;
    return true;
}

/* Looks for the best two, better than LOOK's best alone. */
static void pursue(lq_pursuit_t *p, const lq_sizing_look_t *look)
{
    lq_sizer_t *s = p->s;
    lq_liquidation_pair_t pairs[LQ_PLAN_PAIR_MAX];
    lq_sizer_forget_told(s);
    uint32_t try_cnt = s->try_cnt;
    if (p->bound.known && is_of_tops(p, &look->survey))
        return;
    if (s->terms->funding == LQ_FUNDING_FLASH && lq_pursuit_flash(p, &look->best))
        return;
    s->try_cnt = try_cnt; /* the search has as many as without what was told at once */
    size_t pair_cnt = s->adapter->trial_pairs(s->self, p->base, pairs, LQ_PLAN_PAIR_MAX);
    pair_cnt = pair_cnt < LQ_PLAN_PAIR_MAX ? pair_cnt : LQ_PLAN_PAIR_MAX;
    for (size_t i = 0; i < pair_cnt; i++)
        first_of_pair(p, &look->survey, pairs[i], i);
}

/* Sets *NEXT, and the trial behind the first, to what FOUND has. */
static void go_on_from(lq_pursuit_t *p, lq_sizing_look_t *next)
{
    const lq_sizing_look_t *then = &p->found->then;
    next->there = then->there;
    if (!then->there)
        return;
    memcpy(next, then,
           offsetof(lq_sizing_look_t, survey.tops) +
               then->survey.pair_cnt * sizeof(then->survey.tops[0]));
    lq_sizer_copy(p->s, &p->s->room->trials[2], trial_of(p, p->found));
}

bool lq_sizer_best_two(lq_sizer_t *s, lq_candidate_t *first, lq_sizing_look_t *next,
                       const lq_trial_t *base, const lq_sizing_look_t *look)
{
    lq_pursuit_t p;
    if (!lq_bound_may_earn(s, &p.bound, base, &look->best, &look->survey))
        return false;
    p.s = s;
    p.base = base;
    p.best = look->best.net;
    p.found = NULL;
    p.fixed_cnt = 0;
    p.known_cnt = 0;
    p.pruned = false;
    p.turned = false;
    for (size_t i = 0; i < LQ_SIZING_KEPT_MAX; i++)
        p.kept[i].fixed = false;
    pursue(&p, look);
    if (!p.found)
        return false;
    *first = p.found->first;
    go_on_from(&p, next);
    return true;
}
