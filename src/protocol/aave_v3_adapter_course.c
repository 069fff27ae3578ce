/* See aave_v3_adapter_course.h. */

#include "aave_v3_adapter_course.h"

#include "aave_v3_internal.h"

void set_guess(guess_t *g, const pairing_t *p)
{
    double weighted = lq_u256_to_double(&p->own.weighted_collateral_bps);
    g->repaid = lq_u256_to_double(&p->pair.debt_price) / lq_u256_to_double(&p->pair.debt_unit);
    g->seized = g->repaid * p->pair.liquidation_bonus_bps / BPS;
    g->least = lq_u256_to_double(&p->pair.collateral_price) /
               lq_u256_to_double(&p->pair.collateral_unit) / g->repaid;
    g->collateral_value = lq_u256_to_double(&p->own.total_collateral_base);
    g->debt_value = lq_u256_to_double(&p->own.total_debt_base);
    g->threshold = g->collateral_value > 0 ? weighted / g->collateral_value / BPS : 0;
}

course_t course_of(const pairing_t *p, const lq_aave_v3_account_t *sums)
{
    const double ray = 1e27;
    guess_t g;
    set_guess(&g, p);
    return (course_t){
        .w = lq_u256_to_double(&sums->weighted_collateral_bps) / BPS,
        .d = lq_u256_to_double(&sums->total_debt_base),
        .repaid = g.repaid,
        .seized = g.seized,
        .unit = g.repaid * g.least,
        .supply = lq_u256_to_double(&p->assets[0].liquidity_index) / ray,
        .owed = lq_u256_to_double(&p->assets[1].variable_borrow_index) / ray,
        .threshold = p->narrow.threshold_bps / BPS,
    };
}

#define SLACK      1e-7 /* more than what doubles make of the factors below */
#define LEAST_RISE 1e-6
#define GAP_BITS   20

/* By how much W - H D of an account may be off, in doubles: each is by less than 2^-50 of it. */
static double off_of(const course_t *c)
{
    return (c->w + c->d) / (double)(UINT64_C(1) << 45);
}

/* An amount such that behind a call that repays as much or more health is above LIMIT, or all debts
   are written off. With r, s, c, j, i and t for the six of a course, a call that repays
   y, and leaves more than bad debt:
     - The burn of y leaves at most i more than it should, the balance is rounded up by less than 1,
       its value too: D' <= D - r y + r (i + 1) + 1.
     - It takes a units with a c <= s y + c, or, where that is all, a c <= s y + 2 r: seizures and
       what they need are rounded by a unit.
     - The burns of what goes to the liquidator and of the fee take at most j more each, the balance
       and its value are rounded down by less than 1; what is no collateral any more is none of it:
       W' >= W - t (s y + 2 r + c + c (2 j + 1) + 1).
     - A health factor is rounded by less than 2e-18, in a later block by 1e-18 again: above a limit
       is what has W' >= H D' (1 + 4e-18), for H = LIMIT: HEAL_HEALTH or CLOSE_HEALTH, in which
       the 2^-14 of later_health is.
   So it is from (H r - t s) y >= H D - W + t (2 r + 2 c (j + 1) + 1) + r (i + 1) + 1 + 4e-18 D on.
 */
static lq_u256_t lifts_from(const pairing_t *p, const course_t *c, double limit)
{
    double rise = limit * c->repaid - c->threshold * c->seized;
    if (p->rules->health_by_average || p->rules->e_mode_price || !(rise > c->repaid * LEAST_RISE))
        return (lq_u256_t){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    double noise = c->threshold * (2 * c->repaid + 2 * c->unit * (c->supply + 1) + 1) +
                   c->repaid * (c->owed + 1) + 1 + off_of(c);
    double at = (limit * c->d - c->w + noise) / rise * (1 + SLACK);
    return from_double(at > 0 ? at + 1 : 0);
}

double dust_border(const pairing_t *p, const course_t *c, double units)
{
    double debt = lq_u256_to_double(&p->pair.debt_balance) * c->repaid;
    double collateral = lq_u256_to_double(&p->pair.collateral_balance) * c->unit;
    double by_debt =
        (debt - (double)p->borders.debt_leftover + units * (1 + c->repaid)) / c->repaid;
    double by_collateral =
        (collateral - (double)p->borders.collateral_leftover + units * (1 + c->repaid + c->unit)) /
        c->seized;
    return by_debt < by_collateral ? by_debt : by_collateral;
}

/* An amount such that what repays more is. */
static double leaves_dust_above(const pairing_t *p, const course_t *c)
{
    return dust_border(p, c, 2) * (1 + SLACK) + 1;
}

bool find_below(lq_u256_t *below, const pairing_t *p, const course_t *c, const lq_u256_t *least)
{
    if (!p->rules->dust_refused)
        return false;
    lq_u256_t border = from_double(leaves_dust_above(p, c));
    lq_u256_t near = lq_u256_shr(least, GAP_BITS);
    near = lq_u256_sub_wrap(least, &near);
    if (lq_u256_lt(&near, &border))
        return false;
    *below = border;
    return true;
}

/* What is the same of all pairs of an account: the largest of each. */
typedef struct extremes {
    double unit;   /* value of a unit of a token and of what a scaled one of it is, together */
    double bonus;  /* 1: none */
    double secure; /* threshold times bonus: what W loses where 1 is repaid */
} extremes_t;

static extremes_t extremes_of(const lq_instance_t *self, const trial_t *t, const pairing_t *p)
{
    const double ray = 1e27;
    extremes_t out = {.unit = 0};
    for (size_t i = 0; i < t->cnt; i++) {
        const trial_leg_t *leg = &t->legs[i];
        const lq_aave_v3_asset_t *asset = &self->reserves[leg->reserve].asset;
        double unit = (lq_u256_to_double(&leg->index) / ray + 2) * lq_u256_to_double(&leg->price) /
                      lq_u256_to_double(&asset->unit.value);
        out.unit = unit > out.unit ? unit : out.unit;
        if (!(leg->flags & LQ_AAVE_V3_COLLATERAL))
            continue;
        const lq_aave_v3_leg_t of = {.asset = asset, .flags = leg->flags};
        double bonus = leg_bonus(self, t, leg) / BPS;
        double secure = bonus * lq_aave_v3_threshold_bps(&of, p->e_mode) / BPS;
        out.bonus = bonus > out.bonus ? bonus : out.bonus;
        out.secure = secure > out.secure ? secure : out.secure;
    }
    return out;
}

/* Whether the close factor holds of P behind any call of any pair that leaves the account with a
   health above 0.95, neither healed nor written off: both values stay above 2000 dollars. With the
   roundings of lifts_from, together less than N = 5 u + 2 for the u of the extremes, a call that
   repays v leaves W' >= W - q v - N and D' <= D - v + N, for the largest q = t s / r. It leaves the
   account unhealed: v < (H D - W + N) / (H - q), and takes less than b v + N of one collateral, for
   the largest bonus b. */
static bool stays_large(const pairing_t *p, const course_t *c, const extremes_t *x)
{
    const double keep = (1 + SLACK);
    double noise = 5 * x->unit + 2 + off_of(c);
    double collateral = lq_u256_to_double(&p->own.total_collateral_base);
    double debt = lq_u256_to_double(&p->own.total_debt_base);
    if (!p->rules->close_by_account || p->rules->health_by_average || p->has_close_factor ||
        x->secure * keep > CLOSE_HEALTH_NOW)
        return false;
    double most = (HEAL_HEALTH * c->d - c->w + noise) / (HEAL_HEALTH - x->secure) * keep;
    most = most > 0 ? most : 0;
    return debt - most - noise > LQ_AAVE_V3_MIN_CLOSE_FACTOR_BASE * keep &&
           collateral - x->bonus * most - noise > LQ_AAVE_V3_MIN_CLOSE_FACTOR_BASE * keep;
}

void set_later(lq_liquidation_top_t *top, const lq_instance_t *self, const trial_t *t,
               const pairing_t *p, const course_t *c)
{
    const extremes_t x = extremes_of(self, t, p);
    top->lift = lifts_from(p, c, CLOSE_HEALTH);
    top->limited = stays_large(p, c, &x);
    top->later = from_double(((c->d / 2 + x.unit + 2) / c->repaid + 2) * (1 + SURE));
    top->unit_value = c->repaid;
}

lq_u256_t again_up_to(const pairing_t *p, const course_t *c, const lq_u256_t *top)
{
    lq_u256_t out = lifts_from(p, c, HEAL_HEALTH);
    if (!p->rules->dust_refused || !lq_u256_lt(&out, top))
        return out;
    const lq_u256_t by_dust = from_double(leaves_dust_above(p, c));
    return lq_u256_min(&out, &by_dust);
}
