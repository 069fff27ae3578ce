#include "sizing_internal.h"

/* Whether two calls earn more than one, and which two.

   Behind any first call within a range the same may be done next, and how much of it falls in
   proportion to the first. So the sum of the two is a line with bends where another limit of the
   second begins to hold. With one pair the line does not fall before a bend and rise behind it, and
   the borders have the best of it; with several it is probed in between as well. */

#define PROFIT_BITS 20u

/* First amounts of a range that are tried one by one. */
#define EACH_MAX 512u

/* Probes of a longer one, where there are several pairs. */
#define PROBE_MAX  24u
#define PART_UNITS 8u

/* Rounding, in units of both tokens; as in a single call, twice. */
#define NOISE_UNITS 8u

/* Prices of ours and the protocol's that part by less do not hide a second call. */
#define PRICE_SLACK 1.25

#define ANY_WORTH 1e300
#define NO_CALL   (-1e300)

static const lq_u256_t one = {{1, 0, 0, 0}};

typedef struct pursuit {
    lq_sizer_t *s;
    const lq_trial_t *base;
    lq_i256_t best; /* of the two together */
    lq_candidate_t *first;
    bool found;
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
    uint32_t units = lq_sizer_gas(s, &kind);
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
    s->adapter->trial_copy(trial, base);
    if (s->adapter->trial_call(s->self, trial, &out, &single->call))
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

/* Whether a second call could earn its gas. What takes all there is at the best margin leaves
   nothing but rounding. */
static bool may_earn(lq_sizer_t *s, const lq_trial_t *base, const lq_candidate_t *single,
                     const lq_survey_t *survey)
{
    double gross = lq_sizing_double(&single->gross);
    double paid = lq_u256_to_double(&single->paid.raw);
    double eps = (gross > 0 ? gross : 0) / (double)(1u << PROFIT_BITS);
    double noise = NOISE_UNITS * (single->collateral->unit_usd + single->debt->unit_usd);
    bool all = (survey->one_debt && single->outcome.closes_debt) ||
               (survey->one_collateral && single->outcome.takes_all);
    all = all && gross >= 0 && survey->margin * paid <= gross + eps;
    if (all && noise <= eps)
        return false;
    double gas = further_gas(s, single);
    if (noise > gas + eps)
        return true;
    if (all)
        return false;
    return most_of_all(s, base, single, survey) > gross + gas + eps;
}

/* What FIRST and the best behind it come to; false: FIRST is no call. */
static bool follow(pursuit_t *p, lq_i256_t *sum, const lq_liquidation_call_t *call,
                   const lq_sizing_token_t *collateral, const lq_sizing_token_t *debt)
{
    lq_sizer_t *s = p->s;
    lq_candidate_t first;
    lq_candidate_t then;
    lq_trial_t *behind = &s->room->trials[1];
    if (lq_sizer_try(s, &first, p->base, call, collateral, debt) != LQ_TRY_OK)
        return false;
    *sum = first.net;
    /* What a flash loan does not cover cannot be paid, whatever comes behind. */
    if (s->terms->funding == LQ_FUNDING_FLASH && lq_i256_is_neg(&first.gross))
        return true;
    s->adapter->trial_copy(behind, &s->room->trials[0]);
    lq_sizer_push(s, &first);
    lq_sizer_best_call(s, &then, NULL, behind);
    lq_sizer_pop(s);
    if (!then.there || lq_i256_add_checked(sum, &first.net, &then.net))
        return true;
    if (lq_i256_lt(&p->best, sum)) {
        p->best = *sum;
        *p->first = first;
        p->found = true;
    }
    return true;
}

static double follow_at(pursuit_t *p, lq_liquidation_call_t *call, const lq_u256_t *amount,
                        const lq_sizing_token_t *collateral, const lq_sizing_token_t *debt)
{
    lq_i256_t sum;
    call->amount = *amount;
    return follow(p, &sum, call, collateral, debt) ? lq_sizing_double(&sum) : NO_CALL;
}

/* FROM + PART eighths of the way to TO. */
static lq_u256_t part_way(const lq_u256_t *from, const lq_u256_t *to, unsigned part)
{
    lq_u256_t gap = lq_u256_sub_wrap(to, from);
    lq_u256_t eighth = lq_u256_shr(&gap, 3);
    lq_u256_t times = lq_u256_from_u64(part);
    eighth = part < PART_UNITS ? lq_u256_mul_wrap(&eighth, &times) : gap;
    return lq_u256_add_wrap(from, &eighth);
}

/* Halves the stretch around the best of three, FROM, its middle and TO. */
static void between(pursuit_t *p, lq_liquidation_call_t *call, const lq_liquidation_range_t *range,
                    const lq_sizing_token_t *collateral, const lq_sizing_token_t *debt)
{
    lq_liquidation_range_t at = *range;
    lq_u256_t mid = part_way(&at.from, &at.to, PART_UNITS / 2);
    double best = follow_at(p, call, &mid, collateral, debt);
    for (unsigned i = 0; i < PROBE_MAX && p->s->try_cnt < LQ_SIZING_TRY_MAX; i++) {
        lq_u256_t left = part_way(&at.from, &mid, PART_UNITS / 2);
        lq_u256_t right = part_way(&mid, &at.to, PART_UNITS / 2);
        if (lq_u256_eq(&left, &at.from) && lq_u256_eq(&right, &mid))
            return;
        double l = follow_at(p, call, &left, collateral, debt);
        double r = follow_at(p, call, &right, collateral, debt);
        if (l > best && l >= r) {
            at.to = mid;
            mid = left;
            best = l;
        } else if (r > best) {
            at.from = mid;
            mid = right;
            best = r;
        } else {
            at = (lq_liquidation_range_t){left, right};
        }
    }
}

static void first_in(pursuit_t *p, lq_liquidation_pair_t pair, lq_liquidation_by_t by,
                     const lq_liquidation_range_t *range, bool several)
{
    lq_sizer_t *s = p->s;
    const lq_sizing_token_t *collateral = lq_sizer_token(s, pair.collateral);
    const lq_sizing_token_t *debt = lq_sizer_token(s, pair.debt);
    lq_liquidation_call_t call = {.pair = pair, .by = by};
    lq_liquidation_range_t at = *range;
    if (!collateral || !debt)
        return;
    /* Where the funds or the swap end it sooner: its best alone. */
    lq_candidate_t alone = {.there = false};
    lq_sizer_best_in(s, &alone, NULL, p->base, pair, by, range);
    if (!alone.there)
        return;
    (void)follow_at(p, &call, &alone.call.amount, collateral, debt);
    lq_u256_t width = lq_u256_sub_wrap(&at.to, &at.from);
    if (lq_u256_lt(&width, &(lq_u256_t){{EACH_MAX, 0, 0, 0}})) {
        for (lq_u256_t a = at.from; !lq_u256_lt(&at.to, &a) && s->try_cnt < LQ_SIZING_TRY_MAX;
             a = lq_u256_add_wrap(&a, &one))
            (void)follow_at(p, &call, &a, collateral, debt);
        return;
    }
    (void)follow_at(p, &call, &at.from, collateral, debt);
    if (follow_at(p, &call, &at.to, collateral, debt) == NO_CALL)
        at.to = lq_u256_max(&alone.call.amount, &at.from);
    if (several)
        between(p, &call, &at, collateral, debt);
}

bool lq_sizer_best_two(lq_sizer_t *s, lq_candidate_t *first, const lq_trial_t *base,
                       const lq_candidate_t *single, const lq_survey_t *survey)
{
    lq_liquidation_pair_t pairs[LQ_PLAN_PAIR_MAX];
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    pursuit_t p = {.s = s, .base = base, .best = single->net, .first = first};
    bool several = survey->pair_cnt > 1 || s->terms->funding == LQ_FUNDING_FLASH;
    if (!may_earn(s, base, single, survey))
        return false;
    size_t pair_cnt = s->adapter->trial_pairs(s->self, base, pairs, LQ_PLAN_PAIR_MAX);
    pair_cnt = pair_cnt < LQ_PLAN_PAIR_MAX ? pair_cnt : LQ_PLAN_PAIR_MAX;
    for (size_t i = 0; i < pair_cnt; i++)
        for (unsigned by = 0; by < LQ_LIQUIDATION_BY_CNT; by++) {
            size_t cnt =
                s->adapter->trial_ranges(s->self, base, ranges, pairs[i], (lq_liquidation_by_t)by);
            for (size_t k = 0; k < cnt && s->try_cnt < LQ_SIZING_TRY_MAX; k++)
                first_in(&p, pairs[i], (lq_liquidation_by_t)by, &ranges[k], several);
        }
    return p.found;
}
