#include "sizing_internal.h"

/* The best single call. Floats say where to look next; which of two calls is better is decided in
   integers. */

#define PROFIT_BITS 20u /* what is less than 2^-20 of a profit is not looked for */
#define FUNDS_BITS  32u /* nor 2^-32 of what may be spent */
#define SURE_BITS   40u /* floats are good for more */

/* Units of either token by which rounding may part a call from the line. */
#define NOISE_UNITS 4u

/* Ranges of a swap that are looked at whole, and probes of those that are not. */
#define WHOLE_BITS 12u
#define PROBE_MAX  48u
#define NEAR_BITS  10u

/* 0.382, the smaller part of a golden section, of 2^16. */
#define GOLDEN_PART 25033u
#define GOLDEN_BITS 16u

static const lq_u256_t one = {{1, 0, 0, 0}};

/* One range at work. */
typedef struct hunt {
    lq_sizer_t *s;
    const lq_trial_t *base;
    lq_candidate_t *best;
    lq_survey_t *survey;
    const lq_sizing_token_t *collateral;
    const lq_sizing_token_t *debt;
    lq_liquidation_call_t call;
    lq_u256_t from;
    lq_u256_t to;
} hunt_t;

static void consider(lq_candidate_t *best, const lq_candidate_t *c)
{
    if (!c->there)
        return;
    int cmp = best->there ? lq_i256_cmp(&c->net, &best->net) : 1;
    bool same_way = best->there && best->call.pair.collateral == c->call.pair.collateral &&
                    best->call.pair.debt == c->call.pair.debt && best->call.by == c->call.by;
    if (cmp > 0 || (cmp == 0 && same_way && lq_u256_lt(&c->call.amount, &best->call.amount)))
        *best = *c;
}

static lq_try_t attempt(hunt_t *h, lq_candidate_t *c, const lq_u256_t *amount)
{
    h->call.amount = *amount;
    lq_try_t end = lq_sizer_try(h->s, c, h->base, &h->call, h->collateral, h->debt);
    if (end == LQ_TRY_WORTH)
        h->s->seen |= LQ_SIZING_SEEN_PRICE;
    consider(h->best, c);
    return end;
}

static lq_u256_t plus(const lq_u256_t *a, const lq_u256_t *b)
{
    return lq_u256_add_wrap(a, b);
}

static lq_u256_t minus(const lq_u256_t *a, const lq_u256_t *b)
{
    return lq_u256_sub_wrap(a, b);
}

static lq_u256_t middle(const lq_u256_t *low, const lq_u256_t *high)
{
    lq_u256_t gap = minus(high, low);
    gap = lq_u256_shr(&gap, 1);
    return plus(low, &gap);
}

/* Whether none lies between LOW and HIGH, of which LOW is the smaller. */
static bool adjacent(const lq_u256_t *low, const lq_u256_t *high)
{
    lq_u256_t next = plus(low, &one);
    return !lq_u256_lt(&next, high);
}

/* UNITS of both tokens, in worth, up to 2^192 of it. */
static double units_worth(const hunt_t *h, double units)
{
    return units * (h->collateral->unit_usd + h->debt->unit_usd);
}

/* ---- what the inventory allows ---- */

/* Whether REPAID of what AMOUNT repays can be paid. */
static bool affordable(hunt_t *h, lq_candidate_t *c, const lq_u256_t *amount)
{
    lq_try_t end = attempt(h, c, amount);
    return end != LQ_TRY_FUNDS;
}

/* Makes `to` the last amount that can be paid, *C what it comes to; it cannot now, as C found out.
   From the proportion it is a few units away, so steps double from there before they halve. */
static bool cut_to_funds(hunt_t *h, lq_candidate_t *c)
{
    lq_u256_t high = h->to; /* cannot be paid */
    lq_u256_t low = h->from;
    lq_u256_t guess;
    if (lq_u256_is_zero(&h->debt->left) || lq_u256_eq(&low, &high))
        return false;
    if (lq_u256_mul_div_down(&guess, &high, &h->debt->left, &c->outcome.repaid) ||
        !lq_u256_lt(&guess, &high))
        guess = minus(&high, &one);
    bool fits = lq_u256_lt(&low, &guess) && affordable(h, c, &guess);
    if (fits) {
        low = guess;
    } else {
        if (lq_u256_lt(&low, &guess))
            high = guess;
        if (!affordable(h, c, &low))
            return false;
    }
    for (lq_u256_t step = one; !adjacent(&low, &high); step = lq_u256_shl_wrap(&step, 1)) {
        lq_u256_t gap = minus(&high, &low);
        if (!lq_u256_lt(&step, &gap))
            break;
        lq_u256_t at = fits ? plus(&low, &step) : minus(&high, &step);
        bool can = affordable(h, c, &at);
        if (can)
            low = at;
        else
            high = at;
        if (can != fits)
            break;
    }
    for (lq_u256_t gap = minus(&high, &low), tolerance = lq_u256_shr(&low, FUNDS_BITS);
         !adjacent(&low, &high) && lq_u256_lt(&tolerance, &gap); gap = minus(&high, &low)) {
        lq_u256_t at = middle(&low, &high);
        if (affordable(h, c, &at))
            low = at;
        else
            high = at;
    }
    h->to = low;
    return attempt(h, c, &low) == LQ_TRY_OK;
}

/* ---- rounding ---- */

/* Of the amounts that seize as much as AT does the smallest, but for EPS of worth. */
static void lower_to_step(hunt_t *h, const lq_candidate_t *at, double eps)
{
    const lq_u256_t seized = at->outcome.seized;
    lq_candidate_t c;
    lq_candidate_t high = *at;
    lq_u256_t low = h->from;
    lq_u256_t step;
    if (lq_u256_div_checked(&step, &at->call.amount, &seized))
        return;
    do {
        lq_u256_t room = minus(&high.call.amount, &h->from);
        step = plus(&step, &one);
        low = lq_u256_lt(&step, &room) ? minus(&high.call.amount, &step) : h->from;
        step = lq_u256_shl_wrap(&step, 1);
        if (attempt(h, &c, &low) != LQ_TRY_OK || !lq_u256_eq(&c.outcome.seized, &seized))
            break;
        high = c;
    } while (lq_u256_lt(&h->from, &low));
    while (!adjacent(&low, &high.call.amount)) {
        lq_u256_t saved = minus(&high.paid.raw, &c.paid.raw);
        if (c.there && lq_u256_to_double(&saved) <= eps)
            return;
        lq_u256_t mid = middle(&low, &high.call.amount);
        lq_candidate_t m;
        if (attempt(h, &m, &mid) == LQ_TRY_OK && lq_u256_eq(&m.outcome.seized, &seized)) {
            high = m;
        } else {
            low = mid;
            c = m;
        }
    }
}

/* Amounts that were tried, and what lies between two of them: as seized and paid rise with the
   amount, none there gets more than the higher one got, nor pays less than the lower one paid. */
typedef struct node {
    lq_u256_t amount;
    lq_usd_t got;
    lq_usd_t paid;
    uint32_t gas;
    bool there;
} node_t;

typedef struct gap {
    node_t low;
    node_t high;
} gap_t;

#define GAP_MAX 256u /* one a bit */

static node_t node_of(const lq_candidate_t *c, const lq_u256_t *amount)
{
    return (node_t){*amount, c->got, c->paid, c->gas, c->there};
}

/* Whether something in G could be better than the best. */
static bool promises(const hunt_t *h, const gap_t *g)
{
    lq_usd_t gas_usd;
    lq_i256_t bound;
    lq_i256_t cost;
    if (adjacent(&g->low.amount, &g->high.amount))
        return false;
    if (!g->low.there || !g->high.there)
        return true;
    if (lq_u256_eq(&g->low.got.raw, &g->high.got.raw) && g->low.gas == g->high.gas)
        return false;
    if (lq_u256_eq(&g->low.paid.raw, &g->high.paid.raw) && g->low.gas == g->high.gas)
        return false;
    uint32_t gas = g->low.gas < g->high.gas ? g->low.gas : g->high.gas;
    if (lq_sizer_gas_usd(h->s, &gas_usd, gas) || lq_i256_from_u256(&cost, &gas_usd.raw))
        return false;
    bound = lq_i256_sub_wrap(&(lq_i256_t){g->high.got.raw}, &(lq_i256_t){g->low.paid.raw});
    bound = lq_i256_sub_wrap(&bound, &cost);
    return !h->best->there || lq_i256_lt(&h->best->net, &bound);
}

/* Looks at all from LOW to HIGH that could be better. */
static void search_whole(hunt_t *h, const lq_u256_t *low, const lq_u256_t *high)
{
    gap_t gaps[GAP_MAX];
    size_t cnt = 1;
    lq_candidate_t c;
    (void)attempt(h, &c, low);
    gaps[0].low = node_of(&c, low);
    (void)attempt(h, &c, high);
    gaps[0].high = node_of(&c, high);
    while (cnt > 0 && h->s->try_cnt < h->s->terms->try_max) {
        gap_t g = gaps[--cnt];
        if (!promises(h, &g))
            continue;
        lq_u256_t mid = middle(&g.low.amount, &g.high.amount);
        (void)attempt(h, &c, &mid);
        node_t m = node_of(&c, &mid);
        LQ_ASSERT(cnt + 2 <= GAP_MAX);
        gaps[cnt++] = (gap_t){g.low, m};
        gaps[cnt++] = (gap_t){m, g.high};
    }
}

/* PART of AMOUNT, rounded up; all of it from 1 on. */
static lq_u256_t part_of(const lq_u256_t *amount, double part)
{
    const double whole = 4294967296.0;
    lq_u256_t unit = lq_u256_from_u64(UINT64_C(1) << 32);
    lq_u256_t out = *amount;
    if (part < 1) {
        lq_u256_t scale = lq_u256_from_u64((uint64_t)(part * whole) + 1);
        if (lq_u256_mul_div_up(&out, amount, &scale, &unit))
            LQ_BUG("a part is more than the whole");
    }
    return out;
}

/* On which part of its length a line that rises by CHANGE, told with as much as NOISE, has left its
   end by more than NOISE. */
static double lost_within(double noise, double change)
{
    return change > noise ? 2 * noise / (change - noise) : 1;
}

/* The line's best is AT, at the end of the range. Rounding adds up to some units of each token to
   what others get: of the finer one, once the coarser is at its step. Where that is too little to
   matter nothing is searched; else all that lies so near the end that it could matter. */
static void search_rounding(hunt_t *h, const lq_candidate_t *at)
{
    double gross = lq_sizing_double(&at->gross);
    double eps = gross / (double)(1u << PROFIT_BITS);
    double collateral = h->collateral->unit_usd;
    double debt = h->debt->unit_usd;
    double fine = NOISE_UNITS * (collateral < debt ? collateral : debt);
    double gas = gross - lq_sizing_double(&at->net);
    double noise = units_worth(h, NOISE_UNITS);
    if (noise <= eps || gross + noise <= gas)
        return;
    if (collateral > eps)
        lower_to_step(h, at, eps);
    if (fine <= eps)
        return;
    double part = lost_within(noise, gross);
    lq_u256_t low = h->from;
    lq_u256_t width = part_of(&h->to, part);
    if (lq_u256_lt(&width, &h->to)) {
        low = minus(&h->to, &width);
        low = lq_u256_max(&low, &h->from);
    }
    search_whole(h, &low, &h->to);
}

/* The line falls from the begin of the range to AT, at its end, where it is not above 0: what there
   is to earn is by rounding. */
static void search_low(hunt_t *h, const lq_candidate_t *at)
{
    double gas = lq_sizing_double(&at->gross) - lq_sizing_double(&at->net);
    double noise = units_worth(h, NOISE_UNITS);
    lq_candidate_t c;
    if (noise <= gas) {
        (void)attempt(h, &c, &h->from);
        return;
    }
    double part = lost_within(noise, -lq_sizing_double(&at->gross));
    lq_u256_t width = part_of(&h->to, part);
    lq_u256_t high = plus(&h->from, &width);
    if (!lq_u256_lt(&high, &h->to))
        high = h->to;
    search_whole(h, &h->from, &high);
}

/* ---- the end of a range costs other gas ---- */

/* What closes a debt or takes all may take more gas than what leaves one unit: the largest amount
   that is not so is tried where that may be. */
static void leave_a_unit(hunt_t *h, const lq_candidate_t *at)
{
    const lq_liquidation_outcome_t *o = &at->outcome;
    if (!(o->closes_debt || o->takes_all || o->bad_debt) || lq_u256_eq(&h->from, &h->to))
        return;
    lq_gas_kind_t kind = at->kind;
    kind.shape &= (uint8_t) ~(LQ_GAS_CLOSES_DEBT | LQ_GAS_TAKES_ALL | LQ_GAS_BAD_DEBT);
    if (lq_sizer_gas(h->s, &kind) >= at->kind_gas)
        return;
    lq_u256_t high = at->call.amount;
    lq_u256_t low = h->from;
    lq_candidate_t c;
    for (lq_u256_t step = one;; step = lq_u256_shl_wrap(&step, 1)) {
        lq_u256_t room = minus(&high, &h->from);
        low = lq_u256_lt(&step, &room) ? minus(&high, &step) : h->from;
        if (attempt(h, &c, &low) != LQ_TRY_OK || c.kind_gas < at->kind_gas ||
            lq_u256_eq(&low, &h->from))
            break;
        high = low;
    }
    while (!adjacent(&low, &high)) {
        lq_u256_t mid = middle(&low, &high);
        if (attempt(h, &c, &mid) == LQ_TRY_OK && c.kind_gas >= at->kind_gas)
            high = mid;
        else
            low = mid;
    }
    if (attempt(h, &c, &low) != LQ_TRY_OK)
        return;
    h->to = low;
    search_rounding(h, &c);
}

/* ---- where a swap bends the line ---- */

#define NO_DEPTH   (-1e300)
#define ANY_MARGIN 1e300
#define ANY_BOUND  1e300

typedef struct probe {
    lq_u256_t amount;
    double profit; /* gross; NO_DEPTH: the venues have not so much */
    double paid;
} probe_t;

static probe_t probe_of(const lq_candidate_t *c)
{
    if (!c->there)
        return (probe_t){c->call.amount, NO_DEPTH, 0};
    return (probe_t){c->call.amount, lq_sizing_double(&c->gross), lq_u256_to_double(&c->paid.raw)};
}

static probe_t probe(hunt_t *h, const lq_u256_t *amount)
{
    lq_candidate_t c;
    (void)attempt(h, &c, amount);
    return probe_of(&c);
}

static void note_margin(hunt_t *h, const probe_t *p)
{
    double margin = p->paid > 0 ? p->profit / p->paid : ANY_MARGIN;
    if (h->survey && margin > h->survey->margin)
        h->survey->margin = margin;
}

static double gap_of(const probe_t *a, const probe_t *b)
{
    lq_u256_t gap = minus(&b->amount, &a->amount);
    return lq_u256_to_double(&gap);
}

/* By how much something between A and B can be above M, of a concave line through the three. */
static double bound_above(const probe_t *a, const probe_t *m, const probe_t *b)
{
    double left = gap_of(a, m);
    double right = gap_of(m, b);
    double by_left = left > 0 ? (m->profit - a->profit) / left * right : ANY_BOUND;
    double by_right = right > 0 ? (m->profit - b->profit) / right * left : ANY_BOUND;
    return by_left > by_right ? by_left : by_right;
}

static lq_u256_t golden(const lq_u256_t *low, const lq_u256_t *high)
{
    lq_u256_t gap = minus(high, low);
    lq_u256_t part = lq_u256_shr(&gap, GOLDEN_BITS);
    lq_u256_t scale = lq_u256_from_u64(GOLDEN_PART);
    if (lq_u256_is_zero(&part)) {
        gap = lq_u256_mul_wrap(&gap, &scale);
        part = lq_u256_shr(&gap, GOLDEN_BITS);
    } else {
        part = lq_u256_mul_wrap(&part, &scale);
    }
    part = lq_u256_max(&part, &one);
    return plus(low, &part);
}

/* Golden section between FROM and TO, with M between the two. */
static void narrow(hunt_t *h, probe_t a, probe_t m, probe_t b)
{
    while (m.profit <= NO_DEPTH && !adjacent(&a.amount, &m.amount)) {
        b = m;
        lq_u256_t at = golden(&a.amount, &b.amount);
        m = probe(h, &at);
    }
    for (unsigned i = 0; i < PROBE_MAX; i++) {
        double eps = (m.profit > 0 ? m.profit : 0) / (double)(1u << PROFIT_BITS);
        if (bound_above(&a, &m, &b) <= eps)
            return;
        bool right = gap_of(&a, &m) < gap_of(&m, &b);
        const probe_t *low = right ? &m : &a;
        const probe_t *high = right ? &b : &m;
        if (adjacent(&low->amount, &high->amount))
            return;
        lq_u256_t at = golden(&low->amount, &high->amount);
        probe_t p = probe(h, &at);
        if (p.profit > m.profit) {
            if (right)
                a = m;
            else
                b = m;
            m = p;
        } else if (right) {
            b = p;
        } else {
            a = p;
        }
    }
}

static void search_bent(hunt_t *h)
{
    lq_u256_t width = minus(&h->to, &h->from);
    if (lq_u256_bit_len(&width) <= WHOLE_BITS) {
        search_whole(h, &h->from, &h->to);
        if (h->survey)
            h->survey->margin = ANY_MARGIN;
        return;
    }
    probe_t a = probe(h, &h->from);
    probe_t b = probe(h, &h->to);
    lq_u256_t part = lq_u256_shr(&width, NEAR_BITS);
    lq_u256_t at = plus(&h->from, &part);
    probe_t near = probe(h, &at);
    if (near.profit > NO_DEPTH)
        note_margin(h, &near);
    at = minus(&h->to, &part);
    probe_t last = probe(h, &at);
    if (b.profit > NO_DEPTH && last.profit <= b.profit) {
        narrow(h, last, b, b);
    } else if (near.profit <= a.profit) {
        narrow(h, a, near, last);
    } else {
        at = golden(&near.amount, &last.amount);
        narrow(h, near, probe(h, &at), b);
    }
    lq_candidate_t best = *h->best;
    double eps = best.there ? lq_sizing_double(&best.gross) / (double)(1u << PROFIT_BITS) : 0;
    if (best.there && eps > 0 && h->collateral->unit_usd > eps &&
        best.collateral == h->collateral && best.debt == h->debt && best.call.by == h->call.by)
        lower_to_step(h, &best, eps);
}

/* ---- all ranges ---- */

static void search_straight(hunt_t *h)
{
    lq_candidate_t c;
    lq_try_t end = attempt(h, &c, &h->to);
    if (end == LQ_TRY_FUNDS) {
        if (!cut_to_funds(h, &c))
            return;
        end = c.there ? LQ_TRY_OK : LQ_TRY_REFUSED;
    }
    for (unsigned i = 0; i < NOISE_UNITS && end == LQ_TRY_REFUSED; i++) {
        if (!lq_u256_lt(&h->from, &h->to))
            return;
        h->to = minus(&h->to, &one);
        end = attempt(h, &c, &h->to);
    }
    if (end != LQ_TRY_OK)
        return;
    probe_t p = probe_of(&c);
    note_margin(h, &p);
    if (lq_i256_is_neg(&c.gross) || lq_u256_is_zero(&c.gross.bits)) {
        search_low(h, &c);
        return;
    }
    search_rounding(h, &c);
    leave_a_unit(h, &c);
}

void lq_sizer_best_in(lq_sizer_t *s, lq_candidate_t *best, lq_survey_t *survey,
                      const lq_trial_t *base, lq_liquidation_pair_t pair, lq_liquidation_by_t by,
                      const lq_liquidation_range_t *range)
{
    lq_sizing_token_t *debt = lq_sizer_token(s, pair.debt);
    hunt_t h = {.s = s,
                .base = base,
                .best = best,
                .survey = survey,
                .collateral = lq_sizer_token(s, pair.collateral),
                .debt = debt,
                .call = {.pair = pair, .by = by},
                .from = range->from,
                .to = range->to};
    if (!h.collateral || !h.debt) {
        s->seen |= LQ_SIZING_SEEN_PRICE;
        return;
    }
    debt->is_debt = true;
    if (s->terms->funding == LQ_FUNDING_FLASH)
        search_bent(&h);
    else
        search_straight(&h);
}

/* Whether another way to name the size cannot do more than C, which leaves nothing, but for
   rounding that does not matter. */
static bool exhausts(lq_sizer_t *s, const lq_candidate_t *c)
{
    if (!c->there || !(c->outcome.closes_debt || c->outcome.takes_all) ||
        s->terms->funding == LQ_FUNDING_FLASH)
        return false;
    hunt_t h = {.collateral = c->collateral, .debt = c->debt};
    return units_worth(&h, NOISE_UNITS) <=
           lq_sizing_double(&c->gross) / (double)(1u << PROFIT_BITS);
}

/* Whether nothing in RANGE can be better than BEST, of the same pair and larger amounts: what is
   earned is in proportion to the amount but for rounding, and no call takes less gas than one that
   ends nothing. */
static bool is_beaten(lq_sizer_t *s, const lq_candidate_t *best, lq_liquidation_by_t by,
                      const lq_liquidation_range_t *range)
{
    if (!best->there || best->call.by != by || s->terms->funding == LQ_FUNDING_FLASH ||
        lq_i256_is_neg(&best->gross) || !lq_u256_lt(&range->to, &best->call.amount))
        return false;
    hunt_t h = {.collateral = best->collateral, .debt = best->debt};
    lq_gas_kind_t kind = best->kind;
    kind.shape &= (uint8_t) ~(LQ_GAS_CLOSES_DEBT | LQ_GAS_TAKES_ALL | LQ_GAS_BAD_DEBT);
    uint32_t units = lq_sizer_gas(s, &kind);
    if (best->kind_gas == 0 || units > best->kind_gas)
        units = best->kind_gas;
    uint32_t saved = best->kind_gas - units;
    double gross = lq_sizing_double(&best->gross);
    double gas = gross - lq_sizing_double(&best->net);
    double part = lq_u256_to_double(&range->to) / lq_u256_to_double(&best->call.amount);
    double saving = best->gas > saved ? gas * saved / best->gas : gas;
    double most = gross * part + units_worth(&h, 2 * NOISE_UNITS) + saving;
    return most < gross * (1 - 1.0 / (double)(UINT64_C(1) << SURE_BITS));
}

static size_t ranges_of(lq_sizer_t *s, lq_liquidation_range_t *out, lq_survey_t *survey,
                        const lq_trial_t *base, lq_liquidation_pair_t pair, lq_liquidation_by_t by,
                        bool first)
{
    size_t cnt = s->adapter->trial_ranges(s->self, base, out, pair, by);
    if (survey && first) {
        survey->range_cnt = cnt;
        memcpy(survey->ranges, out, cnt * sizeof(out[0]));
    }
    return cnt;
}

void lq_sizer_best_call(lq_sizer_t *s, lq_candidate_t *best, lq_survey_t *survey,
                        const lq_trial_t *base)
{
    lq_liquidation_pair_t pairs[LQ_PLAN_PAIR_MAX];
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    size_t pair_cnt = s->adapter->trial_pairs(s->self, base, pairs, LQ_PLAN_PAIR_MAX);
    pair_cnt = pair_cnt < LQ_PLAN_PAIR_MAX ? pair_cnt : LQ_PLAN_PAIR_MAX;
    lq_candidate_t of_pair;
    best->there = false;
    if (survey)
        *survey = (lq_survey_t){.pair_cnt = pair_cnt, .one_collateral = true, .one_debt = true};
    for (size_t i = 0; i < pair_cnt; i++) {
        of_pair.there = false;
        if (survey) {
            survey->one_collateral &= pairs[i].collateral == pairs[0].collateral;
            survey->one_debt &= pairs[i].debt == pairs[0].debt;
        }
        for (unsigned by = 0; by < LQ_LIQUIDATION_BY_CNT && !exhausts(s, &of_pair); by++) {
            size_t cnt = ranges_of(s, ranges, survey, base, pairs[i], (lq_liquidation_by_t)by,
                                   i == 0 && by == 0);
            for (size_t k = cnt; k > 0 && s->try_cnt < s->terms->try_max; k--)
                if (!is_beaten(s, &of_pair, (lq_liquidation_by_t)by, &ranges[k - 1]))
                    lq_sizer_best_in(s, &of_pair, survey, base, pairs[i], (lq_liquidation_by_t)by,
                                     &ranges[k - 1]);
        }
        consider(best, &of_pair);
    }
}
