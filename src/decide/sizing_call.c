#include "sizing_hunt_internal.h"

/* The best single call. */

#define FUNDS_BITS 32u /* what is less than 2^-32 of what may be spent is not looked for */

void lq_hunt_consider(lq_candidate_t *best, const lq_candidate_t *c)
{
    if (!c->there)
        return;
    int cmp = best->there ? lq_i256_cmp(&c->net, &best->net) : 1;
    bool same_way = best->there && best->call.pair.collateral == c->call.pair.collateral &&
                    best->call.pair.debt == c->call.pair.debt && best->call.by == c->call.by;
    if (cmp > 0 || (cmp == 0 && same_way && lq_u256_lt(&c->call.amount, &best->call.amount)))
        *best = *c;
}

lq_try_t lq_hunt_try(lq_hunt_t *h, lq_candidate_t *c, const lq_u256_t *amount)
{
    h->call.amount = *amount;
    lq_try_t end = lq_sizer_try(h->s, c, h->base, &h->call, h->of, h->route);
    lq_hunt_consider(h->best, c);
    return end;
}

/* ---- what the inventory and the lender allow ---- */

static lq_try_t act(lq_hunt_t *h, lq_candidate_t *c, const lq_u256_t *amount)
{
    h->call.amount = *amount;
    return lq_sizer_act(h->s, c, h->base, &h->call, h->of);
}

/* Whether what AMOUNT repays is there; also where rounding refuses it. */
static bool affordable(lq_hunt_t *h, lq_candidate_t *c, const lq_u256_t *amount)
{
    return act(h, c, amount) != LQ_TRY_OK || !lq_u256_lt(&h->of->debt->left, &c->outcome.repaid);
}

/* Makes `to` the last amount that can be paid; it cannot now, as C found out. From the proportion
 * it is a few units away, so steps double from there before they halve. */
static bool cut_to_funds(lq_hunt_t *h, lq_candidate_t *c)
{
    lq_u256_t high = h->to; /* cannot be paid */
    lq_u256_t low = h->from;
    lq_u256_t guess;
    if (lq_u256_is_zero(&h->of->debt->left) || lq_u256_eq(&low, &high))
        return false;
    if (lq_u256_mul_div_down(&guess, &high, &h->of->debt->left, &c->outcome.repaid) ||
        !lq_u256_lt(&guess, &high))
        guess = lq_u256_sub_wrap(&high, &lq_hunt_one);
    bool fits = lq_u256_lt(&low, &guess) && affordable(h, c, &guess);
    if (fits) {
        low = guess;
    } else {
        if (lq_u256_lt(&low, &guess))
            high = guess;
        if (!affordable(h, c, &low))
            return false;
    }
    for (lq_u256_t step = lq_hunt_one; !lq_hunt_adjacent(&low, &high);
         step = lq_u256_shl_wrap(&step, 1)) {
        lq_u256_t gap = lq_u256_sub_wrap(&high, &low);
        if (!lq_u256_lt(&step, &gap))
            break;
        lq_u256_t at = fits ? lq_u256_add_wrap(&low, &step) : lq_u256_sub_wrap(&high, &step);
        bool can = affordable(h, c, &at);
        if (can)
            low = at;
        else
            high = at;
        if (can != fits)
            break;
    }
    for (lq_u256_t gap = lq_u256_sub_wrap(&high, &low), tolerance = lq_u256_shr(&low, FUNDS_BITS);
         !lq_hunt_adjacent(&low, &high) && lq_u256_lt(&tolerance, &gap);
         gap = lq_u256_sub_wrap(&high, &low)) {
        lq_u256_t at = lq_hunt_middle(&low, &high);
        if (affordable(h, c, &at))
            low = at;
        else
            high = at;
    }
    h->to = low;
    return true;
}

/* Sets *C to what `to` comes to, which may be a few units less than it was. */
static bool act_at_top(lq_hunt_t *h, lq_candidate_t *c)
{
    for (unsigned i = 0; act(h, c, &h->to) != LQ_TRY_OK; i++) {
        if (i == LQ_HUNT_NOISE_UNITS || !lq_u256_lt(&h->from, &h->to))
            return false;
        h->to = lq_u256_sub_wrap(&h->to, &lq_hunt_one);
    }
    return true;
}

bool lq_hunt_top(lq_hunt_t *h, lq_candidate_t *c)
{
    if (!act_at_top(h, c))
        return false;
    if (!lq_u256_lt(&h->of->debt->left, &c->outcome.repaid))
        return true;
    if (cut_to_funds(h, c) && act_at_top(h, c) &&
        !lq_u256_lt(&h->of->debt->left, &c->outcome.repaid))
        return true;
    lq_sizer_lack(h->s);
    return false;
}

/* ---- rounding ---- */

void lq_hunt_step(lq_hunt_t *h, const lq_candidate_t *at, double eps)
{
    const lq_u256_t seized = at->outcome.seized;
    lq_candidate_t c;
    lq_candidate_t high = *at;
    lq_u256_t low = h->from;
    lq_u256_t step;
    if (lq_u256_div_checked(&step, &at->call.amount, &seized))
        return;
    do {
        lq_u256_t room = lq_u256_sub_wrap(&high.call.amount, &h->from);
        step = lq_u256_add_wrap(&step, &lq_hunt_one);
        low = lq_u256_lt(&step, &room) ? lq_u256_sub_wrap(&high.call.amount, &step) : h->from;
        step = lq_u256_shl_wrap(&step, 1);
        if (lq_hunt_try(h, &c, &low) != LQ_TRY_OK || !lq_u256_eq(&c.outcome.seized, &seized))
            break;
        high = c;
    } while (lq_u256_lt(&h->from, &low));
    while (!lq_hunt_adjacent(&low, &high.call.amount)) {
        lq_u256_t saved = lq_u256_sub_wrap(&high.paid.raw, &c.paid.raw);
        if (c.there && lq_u256_to_double(&saved) <= eps)
            return;
        lq_u256_t mid = lq_hunt_middle(&low, &high.call.amount);
        lq_candidate_t m;
        if (lq_hunt_try(h, &m, &mid) == LQ_TRY_OK && lq_u256_eq(&m.outcome.seized, &seized)) {
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
static bool promises(const lq_hunt_t *h, const gap_t *g)
{
    lq_usd_t gas_usd;
    lq_i256_t bound;
    lq_i256_t cost;
    if (lq_hunt_adjacent(&g->low.amount, &g->high.amount))
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

void lq_hunt_whole(lq_hunt_t *h, const lq_u256_t *low, const lq_u256_t *high)
{
    gap_t gaps[GAP_MAX];
    size_t cnt = 1;
    lq_candidate_t c;
    (void)lq_hunt_try(h, &c, low);
    if (lq_u256_eq(low, high)) {
        h->s->try_cnt++; /* as two of them, of any width */
        return;
    }
    gaps[0].low = node_of(&c, low);
    (void)lq_hunt_try(h, &c, high);
    gaps[0].high = node_of(&c, high);
    while (cnt > 0 && h->s->try_cnt < h->s->terms->try_max) {
        gap_t g = gaps[--cnt];
        if (!promises(h, &g))
            continue;
        lq_u256_t mid = lq_hunt_middle(&g.low.amount, &g.high.amount);
        (void)lq_hunt_try(h, &c, &mid);
        node_t m = node_of(&c, &mid);
        LQ_ASSERT(cnt + 2 <= GAP_MAX);
        gaps[cnt++] = (gap_t){g.low, m};
        gaps[cnt++] = (gap_t){m, g.high};
    }
}

lq_u256_t lq_hunt_part(const lq_u256_t *amount, double part)
{
    const double whole = 4294967296.0;
    lq_u256_t unit = lq_u256_from_u64(UINT64_C(1) << 32);
    lq_u256_t out = *amount;
    if (part < 1) {
        lq_u256_t scale = lq_u256_from_u64((part > 0 ? (uint64_t)(part * whole) : 0) + 1);
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

/* The line's best is C, at the end of a range. Rounding adds up to some units of each token to what
   others get: of the finer one, once the coarser is at its step. Whether that is too little to
   matter: of a step of the collateral, and of all that lies so near the end that it could. */
static bool is_smooth(const lq_hunt_t *h, const lq_candidate_t *c, bool *step, bool *near)
{
    double gross = lq_sizing_double(&c->gross);
    double eps = gross / (double)(1u << LQ_HUNT_PROFIT_BITS);
    double collateral = h->of->collateral->unit_usd;
    double debt = h->of->debt->unit_usd;
    double fine = LQ_HUNT_NOISE_UNITS * (collateral < debt ? collateral : debt);
    double gas = gross - lq_sizing_double(&c->net);
    double noise = lq_hunt_units(h->of, LQ_HUNT_NOISE_UNITS);
    bool matters = noise > eps && gross + noise > gas;
    *step = matters && collateral > eps;
    *near = matters && fine > eps;
    return !*step && !*near;
}

static void search_rounding(lq_hunt_t *h, const lq_candidate_t *at)
{
    double gross = lq_sizing_double(&at->gross);
    bool step;
    bool near;
    if (is_smooth(h, at, &step, &near))
        return;
    if (step)
        lq_hunt_step(h, at, gross / (double)(1u << LQ_HUNT_PROFIT_BITS));
    if (!near)
        return;
    double part = lost_within(lq_hunt_units(h->of, LQ_HUNT_NOISE_UNITS), gross);
    lq_u256_t low = h->from;
    lq_u256_t width = lq_hunt_part(&h->to, part);
    if (lq_u256_lt(&width, &h->to)) {
        low = lq_u256_sub_wrap(&h->to, &width);
        low = lq_u256_max(&low, &h->from);
    }
    lq_hunt_whole(h, &low, &h->to);
}

/* The line falls from the begin of the range to AT, at its end, where it is not above 0: what there
   is to earn is by rounding. */
static void search_low(lq_hunt_t *h, const lq_candidate_t *at)
{
    double gas = lq_sizing_double(&at->gross) - lq_sizing_double(&at->net);
    double noise = lq_hunt_units(h->of, LQ_HUNT_NOISE_UNITS);
    lq_candidate_t c;
    if (noise <= gas) {
        (void)lq_hunt_try(h, &c, &h->from);
        return;
    }
    double part = lost_within(noise, -lq_sizing_double(&at->gross));
    lq_u256_t width = lq_hunt_part(&h->to, part);
    lq_u256_t high = lq_u256_add_wrap(&h->from, &width);
    if (!lq_u256_lt(&high, &h->to))
        high = h->to;
    lq_hunt_whole(h, &h->from, &high);
}

/* ---- the end of a range costs other gas ---- */

/* Whether what leaves one unit takes less gas than C, which closes a debt or takes all. */
static bool is_dear(lq_sizer_t *s, const lq_candidate_t *c)
{
    const lq_liquidation_outcome_t *o = &c->outcome;
    if (!(o->closes_debt || o->takes_all || o->bad_debt))
        return false;
    lq_gas_kind_t kind = lq_sizing_plain(c->kind);
    return lq_sizer_gas(s, &kind, c->swap_gas) < c->kind_gas;
}

/* There the largest amount that is not so is tried. */
static void leave_a_unit(lq_hunt_t *h, const lq_candidate_t *at)
{
    if (lq_u256_eq(&h->from, &h->to) || !is_dear(h->s, at))
        return;
    lq_u256_t high = at->call.amount;
    lq_u256_t low = h->from;
    lq_candidate_t c;
    for (lq_u256_t step = lq_hunt_one;; step = lq_u256_shl_wrap(&step, 1)) {
        lq_u256_t room = lq_u256_sub_wrap(&high, &h->from);
        low = lq_u256_lt(&step, &room) ? lq_u256_sub_wrap(&high, &step) : h->from;
        if (lq_hunt_try(h, &c, &low) != LQ_TRY_OK || c.kind_gas < at->kind_gas ||
            lq_u256_eq(&low, &h->from))
            break;
        high = low;
    }
    while (!lq_hunt_adjacent(&low, &high)) {
        lq_u256_t mid = lq_hunt_middle(&low, &high);
        if (lq_hunt_try(h, &c, &mid) == LQ_TRY_OK && c.kind_gas >= at->kind_gas)
            high = mid;
        else
            low = mid;
    }
    if (lq_hunt_try(h, &c, &low) != LQ_TRY_OK)
        return;
    h->to = low;
    search_rounding(h, &c);
}

/* ---- all ranges ---- */

#define ANY_MARGIN 1e300

static void note_margin(lq_survey_t *survey, double gross, double paid)
{
    double margin = paid > 0 ? gross / paid : ANY_MARGIN;
    if (survey && margin > survey->margin)
        survey->margin = margin;
}

void lq_hunt_note_margin(lq_hunt_t *h, double gross, double paid)
{
    note_margin(h->survey, gross, paid);
}

/* Whether UNITS of both tokens do not matter beside what C earns. */
static bool is_fine(const lq_hunt_t *h, const lq_candidate_t *c, double units)
{
    return lq_hunt_units(h->of, units) <=
           lq_sizing_double(&c->gross) / (double)(1u << LQ_HUNT_PROFIT_BITS);
}

bool lq_hunt_is_known(lq_hunt_t *h, const lq_candidate_t *c)
{
    lq_u256_t *reach = &h->of->reach;
    if (h->call.by != LQ_LIQUIDATION_BY_REPAID && h->best->there &&
        !lq_u256_lt(reach, &c->outcome.repaid) && is_fine(h, h->best, 2 * LQ_HUNT_NOISE_UNITS))
        return true;
    *reach = lq_u256_max(reach, &c->outcome.repaid);
    return false;
}

static void search_straight(lq_hunt_t *h)
{
    lq_candidate_t c;
    if (!lq_hunt_top(h, &c) || lq_sizer_pay(h->s, &c, h->route) != LQ_TRY_OK)
        return;
    lq_hunt_consider(h->best, &c);
    lq_hunt_note_margin(h, lq_sizing_double(&c.gross), lq_u256_to_double(&c.paid.raw));
    if (lq_i256_is_neg(&c.gross) || lq_u256_is_zero(&c.gross.bits)) {
        search_low(h, &c);
        return;
    }
    search_rounding(h, &c);
    leave_a_unit(h, &c);
}

void lq_sizer_best_in(lq_sizer_t *s, lq_candidate_t *best, lq_survey_t *survey,
                      const lq_trial_t *base, lq_sizing_pair_t *of, lq_liquidation_by_t by,
                      const lq_liquidation_range_t *range)
{
    lq_hunt_t h = {.s = s,
                   .base = base,
                   .best = best,
                   .survey = survey,
                   .of = of,
                   .route = &of->routes[0],
                   .call = {.pair = of->pair, .by = by},
                   .from = range->from,
                   .to = range->to};
    if (s->terms->funding == LQ_FUNDING_FLASH)
        lq_hunt_bent(&h);
    else
        search_straight(&h);
}

/* Whether another way to name the size cannot do more than C, which leaves nothing, but for
   rounding that does not matter. */
static bool exhausts(lq_sizer_t *s, const lq_candidate_t *c, lq_sizing_pair_t *of)
{
    const lq_hunt_t h = {.of = of};
    return c->there && (c->outcome.closes_debt || c->outcome.takes_all) &&
           s->terms->funding != LQ_FUNDING_FLASH && is_fine(&h, c, LQ_HUNT_NOISE_UNITS);
}

/* Whether nothing up to TO can be better than BEST, of the same pair and larger amounts: what is
   earned is in proportion to the amount but for rounding, and no call takes less gas than one that
   ends nothing. */
static bool is_beaten(lq_sizer_t *s, const lq_candidate_t *best, lq_sizing_pair_t *of,
                      lq_liquidation_by_t by, const lq_u256_t *to)
{
    if (!best->there || best->call.by != by || s->terms->funding == LQ_FUNDING_FLASH ||
        lq_i256_is_neg(&best->gross) || !lq_u256_lt(to, &best->call.amount))
        return false;
    const lq_hunt_t h = {.of = of};
    lq_gas_kind_t kind = lq_sizing_plain(best->kind);
    uint32_t units = lq_sizer_gas(s, &kind, best->swap_gas);
    if (best->kind_gas == 0 || units > best->kind_gas)
        units = best->kind_gas;
    uint32_t saved = best->kind_gas - units;
    double gross = lq_sizing_double(&best->gross);
    double gas = gross - lq_sizing_double(&best->net);
    double part = lq_u256_to_double(to) / lq_u256_to_double(&best->call.amount);
    double saving = best->gas > saved ? gas * saved / best->gas : gas;
    double most = gross * part + lq_hunt_units(h.of, 2 * LQ_HUNT_NOISE_UNITS) + saving;
    return most < gross * (1 - 1.0 / (double)(UINT64_C(1) << LQ_HUNT_SURE_BITS));
}

bool lq_sizer_is_end(lq_sizer_t *s, const lq_candidate_t *c, lq_sizing_pair_t *of)
{
    const lq_hunt_t h = {.of = of};
    bool step;
    bool near;
    return !lq_i256_is_neg(&c->gross) && !lq_u256_is_zero(&c->gross.bits) &&
           is_smooth(&h, c, &step, &near) && !is_dear(s, c);
}

/* Sets *C to what the end of the last range of TOP's pair comes to where, proven at once, nothing
   else of the pair can be better and no search would look beside it: rounding does not matter, what
   ends nothing saves no gas, and the other ranges end so far below that they are beaten. */
static bool take_top(lq_sizer_t *s, lq_candidate_t *c, lq_liquidation_top_t *top,
                     lq_sizing_pair_t *of, const lq_trial_t *base)
{
    if (s->terms->funding == LQ_FUNDING_FLASH || !s->adapter->trial_top ||
        s->try_cnt >= s->terms->try_max || !lq_sizer_act_top(s, c, base, top) ||
        !lq_sizer_pair(s, of, top->call.pair))
        return false;
    c->collateral = of->collateral;
    c->debt = of->debt;
    if (lq_u256_lt(&of->debt->left, &c->outcome.repaid) ||
        lq_sizer_pay(s, c, &of->routes[0]) != LQ_TRY_OK || !lq_sizer_is_end(s, c, of))
        return false;
    lq_u256_t others = lq_u256_shr(&c->call.amount, LQ_LIQUIDATION_APART_BITS);
    others = lq_u256_sub_wrap(&c->call.amount, &others);
    if (lq_u256_lt(&top->below, &top->least))
        others = lq_u256_max(&others, &top->below);
    return is_beaten(s, c, of, c->call.by, &others);
}

/* What rounding adds at most to what a call of C's pair earns beside its margin, as C, its largest,
   has it. For u and v, the worth of a unit of the collateral and of the debt, r units of collateral
   for one of debt, and a margin m, where r u = (1 + m) v:
     - What pays x seizes less than r x + 4: four roundings of a unit, one times the bonus, below 2;
       where it takes all, it may pay 1.5 units less than that is worth: r x + 4 + 1.5 r.
     - So r is told by C to within 4 / x, and where that takes all by r / x more. What pays t times
       what C does, as all that is owed may be TURNS times that, earns by this up to t (4 u + r u)
       more; behind what takes all nothing of its collateral is left, and t is 1.
     - A burn leaves less than an index and two units more than it should, of both tokens: which is
       m times as much.
   In all 4 (1 + t) u + 2.5 (1 + m) v, and 12 m (u + v) for indices below 10. */
static double noise_of(const lq_candidate_t *c, double margin, double turns)
{
    double u = c->collateral->unit_usd;
    double v = c->debt->unit_usd;
    double t = c->outcome.takes_all ? 1 : turns;
    return 4 * (1 + t) * u + 2.5 * (1 + margin) * v + 12 * margin * (u + v);
}

static void note_top(lq_survey_t *survey, lq_sizing_top_t *out, const lq_candidate_t *c,
                     const lq_liquidation_top_t *top)
{
    double gross = lq_sizing_double(&c->gross);
    double paid = lq_u256_to_double(&c->paid.raw);
    double seized = lq_u256_to_double(&c->outcome.seized);
    double taken = seized + lq_u256_to_double(&c->outcome.protocol_fee);
    double unit = c->debt->unit_usd;
    double owed = lq_u256_to_double(&top->owed) * unit;
    bool gap = lq_u256_lt(&top->below, &top->least);
    double below = lq_u256_to_double(&top->below) * unit / paid;
    *out = (lq_sizing_top_t){
        .there = paid > 0 && taken > 0,
        .call = {top->call.pair, top->call.by, top->least},
        .collateral = c->collateral,
        .debt = c->debt,
        .margin = gross / paid,
        .paid = paid,
        .below = gap ? lq_sizing_most(below, LQ_SIZING_BELOW_TOP) : LQ_SIZING_BELOW_TOP,
        .owed = owed,
        .lift = lq_u256_to_double(&top->lift) * unit,
        .limited = top->limited,
        .later = lq_u256_to_double(&top->later) * unit,
        .value = top->unit_value / unit,
        .held = lq_u256_to_double(&top->held) * (seized / taken) * c->collateral->unit_usd,
        .again = lq_u256_to_double(&top->again) * unit,
        .noise = noise_of(c, gross / paid, owed / paid)};
    note_margin(survey, gross, paid);
}

/* Whether nothing of PAIR nets more than a look is for. */
static bool is_beneath(const lq_sizer_t *s, lq_survey_t *survey, lq_liquidation_pair_t pair)
{
    for (size_t i = 0; i < s->behind_cnt; i++) {
        const lq_sizing_behind_t *b = &s->behind[i];
        if (!lq_sizing_same_pair(b->pair, pair) || b->most > s->floor)
            continue;
        survey->margin = lq_sizing_most(survey->margin, b->margin);
        return true;
    }
    return false;
}

/* Sets *BEST to the better of it and what PAIR, the NTH, has. */
static void best_of_pair(lq_sizer_t *s, lq_candidate_t *best, lq_survey_t *survey,
                         const lq_trial_t *base, lq_liquidation_pair_t pair, size_t nth)
{
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    lq_sizing_pair_t of;
    lq_candidate_t here;
    /* Routes are found sooner than ranges, and behind a call often there are none. Before it a pair
       without ranges is not to be the reason that there is no plan. */
    bool asked = s->first && s->terms->funding == LQ_FUNDING_FLASH;
    survey->tops[nth].there = false;
    if (is_beneath(s, survey, pair))
        return;
    if (asked && !lq_sizer_pair(s, &of, pair))
        return;
    lq_liquidation_top_t most = {.call = {.pair = pair, .by = LQ_LIQUIDATION_BY_REPAID}};
    bool top = take_top(s, &here, &most, &of, base);
    here.there = top;
    s->try_cnt += top;
    if (top)
        note_top(survey, &survey->tops[nth], &here, &most);
    for (unsigned i = top; i < LQ_LIQUIDATION_BY_CNT && !exhausts(s, &here, &of); i++) {
        lq_liquidation_by_t by = (lq_liquidation_by_t)i;
        size_t cnt = lq_sizer_ranges(s, base, ranges, pair, by);
        if (nth == 0 && i == 0) {
            survey->told = true;
            survey->range_cnt = cnt;
            memcpy(survey->ranges, ranges, cnt * sizeof(ranges[0]));
        }
        if (cnt > 0 && !asked && !lq_sizer_pair(s, &of, pair))
            return;
        asked |= cnt > 0;
        for (size_t k = cnt; k > 0 && s->try_cnt < s->terms->try_max; k--)
            if (!is_beaten(s, &here, &of, by, &ranges[k - 1].to))
                lq_sizer_best_in(s, &here, survey, base, &of, by, &ranges[k - 1]);
    }
    lq_hunt_consider(best, &here);
}

/* Sets *BEST to the call that nets the most from BASE; not there: there is none. */
static void best_call(lq_sizer_t *s, lq_candidate_t *best, lq_survey_t *survey,
                      const lq_trial_t *base)
{
    lq_liquidation_pair_t pairs[LQ_PLAN_PAIR_MAX];
    size_t pair_cnt = s->adapter->trial_pairs(s->self, base, pairs, LQ_PLAN_PAIR_MAX);
    pair_cnt = pair_cnt < LQ_PLAN_PAIR_MAX ? pair_cnt : LQ_PLAN_PAIR_MAX;
    best->there = false;
    survey->pair_cnt = pair_cnt;
    survey->one_collateral = true;
    survey->one_debt = true;
    survey->bent_all = false;
    survey->margin = 0;
    survey->told = false;
    for (size_t i = 0; i < pair_cnt; i++) {
        survey->one_collateral &= pairs[i].collateral == pairs[0].collateral;
        survey->one_debt &= pairs[i].debt == pairs[0].debt;
        best_of_pair(s, best, survey, base, pairs[i], i);
    }
}

void lq_sizer_look(lq_sizer_t *s, lq_sizing_look_t *out, const lq_trial_t *base)
{
    uint32_t before = s->try_cnt;
    best_call(s, &out->best, &out->survey, base);
    out->try_cnt = s->try_cnt - before;
    out->there = s->try_cnt < s->terms->try_max || before == 0;
}
