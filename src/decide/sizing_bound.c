#include "sizing_internal.h"

/* What two calls earn at most. */

#define PROFIT_BITS 20u

/* Rounding, in units of both tokens; as in a single call, twice. */
#define NOISE_UNITS 8u

/* Prices of ours and the protocol's that part by less do not hide a second call. */
#define PRICE_SLACK 1.25

#define SURE_BITS 40u /* floats are good for more */

static double usd_of(lq_sizer_t *s, uint32_t units)
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
            return LQ_SIZING_ANY_WORTH;
        sum += lq_u256_to_double(&usd.raw);
    }
    return sum;
}

/* ALL of the protocol's value in our worth, where FELL of it was WORTH so much. */
static double in_worth(const lq_u256_t *before, const lq_u256_t *after, const lq_usd_t *worth)
{
    double all = lq_u256_to_double(before);
    double fell = all - lq_u256_to_double(after);
    return fell > 0 ? PRICE_SLACK * all * (lq_u256_to_double(&worth->raw) / fell)
                    : LQ_SIZING_ANY_WORTH;
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
                      ? LQ_SIZING_ANY_WORTH
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

/* ---- the bound ---- */

/* First calls that pay from FROM to TO; LIFTED: the limits behind them hold (lq_sizing_top_t). */
typedef struct stretch {
    double from;
    double to;
    bool lifted;
} stretch_t;

/* The most on S of what FIRST earns and, behind it, a call that earns MOST less FALL of what the
   first pays, or nothing. That is a line, and above its bend another that rises more: it has its
   most at an end. */
static double most_on(const stretch_t *s, const lq_sizing_top_t *first, double most, double fall)
{
    double low = first->margin * s->from + lq_sizing_most(most - fall * s->from, 0);
    double high = first->margin * s->to + lq_sizing_most(most - fall * s->to, 0);
    return lq_sizing_most(low, high);
}

/* What a call of FIRST on S and one of THEN behind it earn at most, but for gas and rounding. Both
   earn in proportion to what they pay. What the second pays is no more than is owed of its debt,
   than its collateral brings, and, where the first lifts, than the limit behind that; of what they
   share, than the first leaves. */
static double two_earn(const lq_sizing_top_t *first, const lq_sizing_top_t *then,
                       const stretch_t *s)
{
    bool one_debt = first->call.pair.debt == then->call.pair.debt;
    bool one_collateral = first->call.pair.collateral == then->call.pair.collateral;
    double part = then->margin / (1 + then->margin);
    double most = most_on(s, first, then->margin * then->owed, one_debt ? then->margin : 0);
    double by_collateral =
        most_on(s, first, part * then->held, one_collateral ? part * (1 + first->margin) : 0);
    most = lq_sizing_least(most, by_collateral);
    if (!s->lifted || !then->limited)
        return most;
    double half = first->value / then->value / 2;
    return lq_sizing_least(most,
                           most_on(s, first, then->margin * then->later, then->margin * half));
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
static double least_gas(lq_sizer_t *s, const lq_gas_kind_t *kind)
{
    const lq_candidate_t *last = lq_sizer_joined(s);
    uint32_t before = last ? last->kind_gas : 0;
    uint32_t units = lq_gas_least(s->terms->gas, kind, s->terms->gas_floor, 0);
    return units > before ? usd_of(s, units - before) : 0;
}

/* Sets what two calls add at least, by the first's pair: in one transaction, or each in its own, of
   which the second is not the first of its token. */
static void set_gas(lq_sizing_bound_t *b, lq_sizer_t *s, const lq_survey_t *survey)
{
    const bool atomic = s->terms->atomic;
    double least = atomic ? 0 : LQ_SIZING_ANY_WORTH;
    for (size_t i = 0; i < survey->pair_cnt; i++) {
        lq_gas_kind_t kind = kind_of(s, &survey->tops[i]);
        kind.call_cnt = (uint8_t)(kind.call_cnt + atomic);
        b->gas[i] = least_gas(s, &kind);
        bool first = (kind.shape & LQ_GAS_FIRST) != 0;
        kind.shape &= (uint8_t)~LQ_GAS_FIRST;
        if (!atomic)
            least = lq_sizing_least(least, first ? least_gas(s, &kind) : b->gas[i]);
    }
    for (size_t i = 0; i < survey->pair_cnt; i++)
        b->gas[i] += least;
}

/* Whether that is so of two calls of which the first is of pair number I, on S. */
static bool is_hopeless_on(const lq_sizing_bound_t *b, const lq_survey_t *survey, size_t i,
                           const stretch_t *s)
{
    const lq_sizing_top_t *first = &survey->tops[i];
    double sum = 0;
    double noise = 0;
    for (size_t k = 0; k < survey->pair_cnt; k++) {
        const lq_sizing_top_t *then = &survey->tops[k];
        sum = lq_sizing_most(sum, two_earn(first, then, s));
        noise = lq_sizing_most(noise, then->noise);
    }
    double little = sum / (double)(1u << PROFIT_BITS);
    double unsure = sum / (double)(UINT64_C(1) << SURE_BITS);
    return sum + unsure + first->noise + noise - b->gas[i] <= b->least + little;
}

bool lq_bound_is_hopeless(const lq_sizing_bound_t *b, const lq_survey_t *survey, size_t i,
                          double part)
{
    const lq_sizing_top_t *first = &survey->tops[i];
    double most = lq_sizing_least(part * first->paid, first->again);
    const stretch_t unlifted = {0, lq_sizing_least(most, first->lift), false};
    const stretch_t lifted = {first->lift, most, true};
    return (first->lift <= 0 || is_hopeless_on(b, survey, i, &unlifted)) &&
           (most < first->lift || is_hopeless_on(b, survey, i, &lifted));
}

/* Sets what two calls earn at most, where that is known: all pairs have a top. */
static void find_bound(lq_sizing_bound_t *b, lq_sizer_t *s, const lq_survey_t *survey)
{
    b->known = true;
    for (size_t i = 0; i < survey->pair_cnt; i++)
        b->known &= survey->tops[i].there;
    if (b->known)
        set_gas(b, s, survey);
}

static bool are_hopeless(const lq_sizing_bound_t *b, const lq_survey_t *survey)
{
    for (size_t i = 0; i < survey->pair_cnt; i++)
        if (!lq_bound_is_hopeless(b, survey, i, 1))
            return false;
    return true;
}

bool lq_bound_may_earn(lq_sizer_t *s, lq_sizing_bound_t *b, const lq_trial_t *base,
                       const lq_candidate_t *single, const lq_survey_t *survey)
{
    double eps = eps_of(single);
    prospect_t prospect = prospect_of(s, single, eps, survey);
    b->known = false;
    b->least = lq_sizing_double(&single->net);
    if (prospect == NOTHING_LEFT)
        return false;
    find_bound(b, s, survey);
    if (b->known)
        return !are_hopeless(b, survey);
    return prospect == MORE_THAN_GAS ||
           most_of_all(s, base, single, survey) >
               lq_sizing_double(&single->gross) + further_gas(s, single) + eps;
}
