#include <string.h>

#include "sizing_flash_internal.h"

/* What two calls by a flash loan earn at most. */

/* Steps of a price. */
#define PRICE_STEP_MAX 24u

/* Prices whose bounds part by less are one. */
#define SURE_BITS 36u

/* How often what a quote may be off by is in a bound: in the line's point, and, where that is no
   further from what is looked for than from the other, twice in its slope. */
#define NOISE_TIMES 3.0

/* The most that two earn, and by which amounts: of two of each that is what lies between, where all
   that the two share is spent. */
typedef struct peak {
    double most;
    double at; /* of the first */
    double firsts[2];
    double thens[2];
} peak_t;

static void limits_of(limit_t out[LIMIT_CNT], const lq_flash_node_t *n, const lq_flash_side_t *then)
{
    const lq_flash_side_t *first = n->entry->side;
    const bool one_debt = first->of.pair.debt == then->of.pair.debt;
    const limit_t none = {LQ_SIZING_ANY_WORTH, 0};
    const bool one_collateral = first->of.pair.collateral == then->of.pair.collateral;
    out[0] = (limit_t){then->owed, one_debt};
    out[1] = (limit_t){then->held, one_collateral ? first->taken / then->taken / LQ_FLASH_SURE : 0};
    out[2] = none;
    if (n->lifted && then->top.limited)
        out[2] = (limit_t){then->later, first->value / then->value / 2 / LQ_FLASH_SURE};
}

static double limit_at(const limit_t *l, double x)
{
    return lq_sizing_most(l->all - l->fall * x, 0);
}

/* PEAK is the most of a first call of N and one along THEN, another way, each for itself, the
   second of up to TOP: has it be no more than under L. Where both want more than there is, a price
   for it parts it between them: whatever the price, what they earn less it and all of it together
   is a bound. Not looked at any further below ENOUGH. */
static void put_under(peak_t *out, const lq_flash_node_t *n, const lq_flash_entry_t *then,
                      double top, const limit_t *l, double enough)
{
    peak_t peak = *out;
    double x = peak.firsts[1];
    double y = peak.thens[1];
    double spent[2] = {l->fall * n->low, l->fall * x + y};
    double value[2] = {lq_curve_most(&n->entry->line, 0, n->low, n->low, NULL), peak.most};
    if (spent[1] <= l->all || spent[0] >= l->all)
        return;
    peak.firsts[0] = n->low;
    peak.thens[0] = 0;
    for (unsigned i = 0; i < PRICE_STEP_MAX && peak.most > enough; i++) {
        double price = (value[1] - value[0]) / (spent[1] - spent[0]);
        double first = lq_curve_most(&n->entry->line, price * l->fall, n->low, n->high, &x);
        double second = lq_curve_most(&then->line, price, 0, top, &y);
        if (second < 0)
            second = y = 0;
        double spend = l->fall * x + y;
        double most = first + second + price * l->all;
        bool same = first + second <=
                    value[0] - price * spent[0] + peak.most / (double)(UINT64_C(1) << SURE_BITS);
        peak.most = lq_sizing_least(peak.most, most);
        if (same)
            break;
        bool over = spend > l->all;
        peak.firsts[over] = x;
        peak.thens[over] = y;
        spent[over] = spend;
        value[over] = first + second + price * spend;
    }
    double part = (l->all - spent[0]) / (spent[1] - spent[0]);
    peak.at = peak.firsts[0] + part * (peak.firsts[1] - peak.firsts[0]);
    *out = peak;
}

/* The most that a first call of N and one along THEN, another way, gross. */
static peak_t most_apart(const lq_flash_node_t *n, const lq_flash_entry_t *then,
                         const limit_t *limits, double enough)
{
    double top = LQ_SIZING_ANY_WORTH;
    double x;
    double y;
    for (size_t i = 0; i < LIMIT_CNT; i++)
        top = lq_sizing_least(top, limit_at(&limits[i], n->low));
    double second = lq_curve_most(&then->line, 0, 0, top, &y);
    if (second < 0)
        second = y = 0;
    if (n->alone + second <= enough)
        return (peak_t){.most = n->alone + second};
    peak_t peak = {.most = lq_curve_most(&n->entry->line, 0, n->low, n->high, &x) + second};
    const peak_t free = {peak.most, x, {x, x}, {y, y}};
    peak = free;
    for (size_t i = 0; i < LIMIT_CNT && peak.most > enough; i++) {
        peak_t here = free;
        if (limits[i].fall > 0)
            put_under(&here, n, then, top, &limits[i], enough);
        if (here.most < peak.most)
            peak = here;
    }
    return peak;
}

/* The most that both gross the same way: what the two pay goes along one route. */
static peak_t most_together(const lq_flash_node_t *n, const limit_t *limits)
{
    double high = LQ_SIZING_ANY_WORTH;
    double sum;
    for (size_t i = 0; i < LIMIT_CNT; i++) {
        double end = lq_sizing_most(n->low + limit_at(&limits[i], n->low),
                                    n->high + limit_at(&limits[i], n->high));
        high = lq_sizing_least(high, end);
    }
    peak_t peak = {.most = lq_curve_most(&n->entry->line, 0, n->low, high, &sum)};
    double room = lq_sizing_most(high - n->high, 0);
    peak.at = lq_sizing_least(n->high, lq_sizing_most(n->low, sum - room));
    peak.firsts[0] = peak.at;
    peak.firsts[1] = sum;
    return peak;
}

static bool is_one_way(const lq_flash_side_t *a, const lq_flash_side_t *b)
{
    return lq_sizing_same_token(a->of.collateral, b->of.collateral) &&
           lq_sizing_same_token(a->of.debt, b->of.debt);
}

/* Worth of the gas that a call along FIRST, which swaps as AT tells, and one that swaps as BEHIND
   does add; NULL: no more than any does. */
static double gas_of(lq_sizer_t *s, const lq_flash_entry_t *first, const lq_sizing_point_t *at,
                     const lq_sizing_point_t *behind, bool two)
{
    lq_candidate_t c;
    lq_usd_t usd;
    const lq_candidate_t *last = lq_sizer_joined(s);
    uint32_t before = last ? last->kind_gas : 0;
    uint32_t gas = (at ? at->gas : 0) + (behind ? behind->gas : 0);
    uint32_t pools = (at ? at->pool_cnt : 0) + (behind ? behind->pool_cnt : 0);
    c.collateral = first->side->of.collateral;
    c.debt = first->side->of.debt;
    c.outcome = (lq_liquidation_outcome_t){.closes_debt = false};
    lq_gas_kind_t kind = lq_sizer_kind(s, &c, pools);
    kind.call_cnt = (uint8_t)(kind.call_cnt + two);
    gas = (last ? last->swap_gas : 0) + (gas ? gas : 1);
    uint32_t units = lq_gas_least(s->terms->gas, &kind, s->terms->gas_floor, gas);
    units = units > before ? units - before : 0;
    return lq_sizer_gas_usd(s, &usd, units) ? 0 : lq_u256_to_double(&usd.raw);
}

/* The same of two calls. */
static double gas_of_two(lq_sizer_t *s, const lq_flash_entry_t *first, const lq_sizing_point_t *at,
                         const lq_flash_entry_t *then, const lq_sizing_point_t *behind)
{
    if (s->terms->atomic)
        return gas_of(s, first, at, behind, true);
    return gas_of(s, first, at, NULL, false) + gas_of(s, then, behind, NULL, false);
}

/* The most that ENTRY earns behind any call. */
static double most_behind(lq_flash_entry_t *e)
{
    if (e->point_cnt != e->curve->cnt + 1) {
        const lq_flash_side_t *side = e->side;
        double most = lq_sizing_least(side->owed, side->held);
        if (side->top.limited && side->lift <= 0)
            most = lq_sizing_least(most, side->later);
        e->then = lq_curve_most(&e->line, 0, 0, most, NULL);
        e->then = lq_sizing_most(e->then, 0);
        e->point_cnt = e->curve->cnt + 1;
    }
    return e->then;
}

/* Whether THEN may come behind FIRST; *ALONG: along the same route. */
static bool may_follow(const lq_flash_entry_t *first, const lq_flash_entry_t *then, bool *along)
{
    const bool one_way = is_one_way(first->side, then->side);
    *along = one_way && first->route->path_cnt > 0;
    if (one_way)
        return then->route->path_cnt == 0 || lq_curve_is_same(first->route, then->route);
    return !lq_sizer_shares_a_pool(first->route, then->route);
}

/* Sets N's bound to what it and THEN net at most, where that is more. Not looked at any further
   where the two gross no more than ENOUGH. */
static void bound_by(lq_flash_t *f, lq_flash_node_t *n, const lq_flash_entry_t *then, double enough)
{
    const lq_flash_entry_t *first = n->entry;
    limit_t limits[LIMIT_CNT];
    bool along;
    if (!may_follow(first, then, &along))
        return;
    limits_of(limits, n, then->side);
    const peak_t peak = along ? most_together(n, limits) : most_apart(n, then, limits, enough);
    if (peak.most <= enough)
        return;
    double behind = along ? peak.firsts[1] : peak.thens[0];
    double net =
        peak.most -
        gas_of_two(f->p->s, first, lq_curve_near(&first->line, peak.firsts[0]), then,
                   lq_curve_near(&then->line, behind)) -
        NOISE_TIMES * (first->curve->off * first->line.unit + then->curve->off * then->line.unit);
    if (net <= n->bound)
        return;
    n->bound = net;
    n->along = along;
    n->then = then;
    n->at = peak.at;
    memcpy(n->firsts, peak.firsts, sizeof(n->firsts));
    memcpy(n->thens, peak.thens, sizeof(n->thens));
}

void lq_flash_bound(lq_flash_t *f, lq_flash_node_t *n)
{
    const lq_flash_entry_t *first = n->entry;
    const lq_sizing_point_t *least = lq_curve_near(&first->line, n->low);
    double alone = lq_curve_most(&first->line, 0, n->low, n->high, NULL);
    n->alone = alone;
    double goal = lq_pursuit_goal(f->p);
    double gas = gas_of(f->p->s, first, least, NULL, f->p->s->terms->atomic);
    double behind = 0;
    size_t start = 0;
    for (size_t i = 0; i < f->entry_cnt; i++)
        if (most_behind(&f->entries[i]) > behind) {
            behind = f->entries[i].then;
            start = i;
        }
    start = n->then ? (size_t)(n->then - f->entries) : start;
    n->then = NULL;
    n->bound = -LQ_SIZING_ANY_WORTH;
    for (size_t i = 0; i < f->entry_cnt; i++) {
        const lq_flash_entry_t *then = &f->entries[(start + i) % f->entry_cnt];
        double enough = lq_sizing_most(n->bound, goal) + gas;
        if (alone + then->then > enough)
            bound_by(f, n, then, enough);
    }
    n->likely = n->bound;
    if (n->cap < LQ_SIZING_ANY_WORTH)
        n->likely =
            lq_sizing_least(n->bound, alone - gas_of(f->p->s, first, least, NULL, false) + n->cap);
}

void lq_flash_tell_behind(lq_flash_t *f, const lq_flash_node_t *n, double x)
{
    for (size_t i = 0; i < f->side_cnt; i++) {
        const lq_flash_side_t *side = &f->sides[i];
        limit_t limits[LIMIT_CNT];
        double top = LQ_SIZING_ANY_WORTH;
        lq_sizing_behind_t *out = &f->behind[i];
        limits_of(limits, n, side);
        for (size_t k = 0; k < LIMIT_CNT; k++)
            top = lq_sizing_least(top, limit_at(&limits[k], x));
        *out = (lq_sizing_behind_t){.pair = side->of.pair};
        for (size_t k = 0; k < f->entry_cnt; k++) {
            const lq_flash_entry_t *e = &f->entries[k];
            bool along;
            if (e->side != side || !may_follow(n->entry, e, &along))
                continue;
            double paid = e->line.need * e->line.unit / e->route->spot;
            double most = lq_curve_most(&e->line, 0, 0, top, NULL);
            out->margin = lq_sizing_most(out->margin, (e->line.got - paid) / paid);
            out->most = along ? LQ_SIZING_ANY_WORTH : lq_sizing_most(out->most, most);
        }
        out->most += lq_hunt_units(&side->of, LQ_HUNT_NOISE_UNITS);
    }
}
