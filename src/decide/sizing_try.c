#include "liqd/num/power_of_ten.h"
#include "sizing_internal.h"

static double unit_usd(const lq_quote_t *quote)
{
    double v = lq_u256_to_double(&quote->price_wad);
    for (unsigned i = 0; i < quote->decimals; i++)
        v /= 10;
    return v;
}

lq_sizing_token_t *lq_sizer_token(lq_sizer_t *s, uint16_t factor)
{
    size_t i = 0;
    while (i < s->token_cnt && s->tokens[i].factor != factor)
        i++;
    if (i == LQ_SIZING_TOKEN_MAX)
        return NULL;
    lq_sizing_token_t *t = &s->tokens[i];
    if (i == s->token_cnt) {
        s->token_cnt++;
        t->factor = factor;
        t->is_debt = false;
        t->usable = s->terms->token(s->terms->ctx, &t->about, factor) &&
                    !lq_u256_is_zero(&t->about.quote.price_wad) &&
                    t->about.quote.decimals <= LQ_POWER_OF_TEN_MAX;
        if (t->usable)
            t->unit_usd = unit_usd(&t->about.quote);
        t->left =
            s->terms->funding == LQ_FUNDING_FLASH ? t->about.loan.available : t->about.available;
    }
    return t->usable ? t : NULL;
}

uint32_t lq_sizer_gas(lq_sizer_t *s, const lq_gas_kind_t *kind, uint32_t swap_gas)
{
    for (size_t i = 0; i < s->gas_cnt; i++)
        if (memcmp(&s->gas[i].kind, kind, sizeof(*kind)) == 0 && s->gas[i].swap_gas == swap_gas)
            return s->gas[i].units;
    uint32_t units = lq_gas_estimate(s->terms->gas, kind, s->terms->gas_floor, swap_gas);
    if (s->gas_cnt == LQ_SIZING_GAS_MAX)
        s->gas_cnt = 0;
    s->gas[s->gas_cnt++] = (lq_sizing_gas_t){*kind, swap_gas, units};
    return units;
}

lq_err_t lq_sizer_gas_usd(lq_sizer_t *s, lq_usd_t *out, uint32_t units)
{
    for (size_t i = 0; i < s->fee_cnt; i++)
        if (s->fees[i].units == units) {
            *out = s->fees[i].usd;
            return LQ_OK;
        }
    lq_u256_t wei = lq_u256_from_u64(units);
    lq_err_t err = lq_u256_mul_checked(&wei, &wei, &s->per_gas.raw);
    if (!err)
        err = lq_worth_up(out, &wei, &s->terms->coin);
    if (err)
        return err;
    if (s->fee_cnt == LQ_SIZING_FEE_MAX)
        s->fee_cnt = 0;
    s->fees[s->fee_cnt++] = (lq_sizing_fee_t){units, *out};
    return LQ_OK;
}

static uint8_t shape_of(const lq_sizer_t *s, const lq_candidate_t *c)
{
    static const uint8_t lenders[LQ_LENDER_KIND_CNT] = {
        [LQ_LENDER_AAVE_V3] = LQ_GAS_AAVE_LENDS, [LQ_LENDER_UNISWAP_V3] = LQ_GAS_POOL_LENDS};
    const lq_liquidation_outcome_t *o = &c->outcome;
    unsigned shape = 0;
    shape |= o->closes_debt ? LQ_GAS_CLOSES_DEBT : 0;
    shape |= o->takes_all ? LQ_GAS_TAKES_ALL : 0;
    shape |= o->bad_debt ? LQ_GAS_BAD_DEBT : 0;
    if (s->terms->funding == LQ_FUNDING_FLASH)
        shape |= LQ_GAS_FLASH | lenders[c->debt->about.loan.kind];
    shape |= s->terms->first && s->step_cnt == 0 ? LQ_GAS_FIRST : 0;
    return (uint8_t)shape;
}

const lq_candidate_t *lq_sizer_joined(const lq_sizer_t *s)
{
    return s->terms->atomic && s->step_cnt > 0 ? &s->steps[s->step_cnt - 1] : NULL;
}

lq_gas_kind_t lq_sizer_kind(const lq_sizer_t *s, const lq_candidate_t *c, uint32_t pool_cnt)
{
    const lq_candidate_t *last = lq_sizer_joined(s);
    lq_gas_kind_t kind = {.collateral_token = c->collateral->about.token,
                          .debt_token = c->debt->about.token,
                          .instance = s->terms->instance,
                          .pool_cnt = pool_cnt,
                          .leg_cnt = s->terms->leg_cnt,
                          .call_cnt = 1,
                          .shape = shape_of(s, c)};
    if (last) {
        kind.collateral_token = last->kind.collateral_token;
        kind.debt_token = last->kind.debt_token;
        kind.pool_cnt += last->kind.pool_cnt;
        kind.call_cnt = (uint8_t)(last->kind.call_cnt + 1);
        kind.shape |= last->kind.shape;
    }
    return kind;
}

/* C's transaction, and what it adds to the units of those before it. */
static void reckon_gas(lq_sizer_t *s, lq_candidate_t *c)
{
    const lq_candidate_t *last = lq_sizer_joined(s);
    uint32_t before = last ? last->kind_gas : 0;
    c->kind = lq_sizer_kind(s, c, c->swap.leg_cnt);
    c->swap_gas = c->swap.gas + (last ? last->swap_gas : 0);
    c->kind_gas = lq_sizer_gas(s, &c->kind, c->swap_gas);
    c->gas = c->kind_gas > before ? c->kind_gas - before : 0;
}

static lq_err_t reckon_profit(lq_sizer_t *s, lq_candidate_t *c)
{
    lq_usd_t gas_usd;
    lq_i256_t got;
    lq_i256_t cost;
    if (lq_worth_down(&c->got, &c->outcome.seized, &c->collateral->about.quote) ||
        lq_i256_from_u256(&got, &c->got.raw) || lq_i256_from_u256(&cost, &c->paid.raw))
        return LQ_ERR_RANGE;
    c->gross = lq_i256_sub_wrap(&got, &cost);
    reckon_gas(s, c);
    if (lq_sizer_gas_usd(s, &gas_usd, c->gas) || lq_i256_from_u256(&cost, &gas_usd.raw))
        return LQ_ERR_RANGE;
    return lq_i256_sub_checked(&c->net, &c->gross, &cost);
}

/* Why a pair has no route; the nearest miss stays. */
static void miss(lq_sizer_t *s, lq_no_route_t why)
{
    lq_no_route_t *nearest = &s->room->no_route;
    if (*nearest == LQ_NO_ROUTE_NONE || why < *nearest)
        *nearest = why;
}

void lq_sizer_lack(lq_sizer_t *s)
{
    if (s->terms->funding == LQ_FUNDING_FLASH)
        miss(s, LQ_NO_ROUTE_NO_LENDER);
    else
        s->seen |= LQ_SIZING_SEEN_FUNDS;
}

/* ---- routes ---- */

static bool is_direction(const lq_candidate_t *step, const lq_sizing_token_t *collateral,
                         const lq_sizing_token_t *debt)
{
    return lq_sizing_same_token(step->collateral, collateral) &&
           lq_sizing_same_token(step->debt, debt);
}

static bool leads_through(const lq_swap_route_t *route, uint32_t pool)
{
    for (uint32_t i = 0; i < route->path_cnt; i++)
        for (uint32_t k = 0; k < route->paths[i].hop_cnt; k++)
            if (route->paths[i].hops[k].pool == pool)
                return true;
    return false;
}

bool lq_sizer_shares_a_pool(const lq_swap_route_t *a, const lq_swap_route_t *b)
{
    for (uint32_t i = 0; i < a->path_cnt; i++)
        for (uint32_t k = 0; k < a->paths[i].hop_cnt; k++)
            if (leads_through(b, a->paths[i].hops[k].pool))
                return true;
    return false;
}

/* A pool that lends is locked until it was repaid. */
static bool borrows_of(const lq_swap_route_t *route, const lq_sizing_token_t *debt)
{
    const lq_loan_t *loan = &debt->about.loan;
    return loan->kind == LQ_LENDER_UNISWAP_V3 && leads_through(route, loan->pool);
}

/* And so it lends one of its tokens, not both: not DEBT where the steps have borrowed the other. */
static bool lends_other(const lq_sizer_t *s, const lq_sizing_token_t *debt)
{
    const lq_loan_t *loan = &debt->about.loan;
    for (size_t i = 0; loan->kind == LQ_LENDER_UNISWAP_V3 && i < s->step_cnt; i++) {
        const lq_sizing_token_t *other = s->steps[i].debt;
        if (!lq_sizing_same_token(debt, other) &&
            memcmp(&loan->lender, &other->about.loan.lender, sizeof(loan->lender)) == 0)
            return true;
    }
    return false;
}

/* Whether ROUTE, which repays DEBT, does not meet what the steps do. */
static bool keeps_clear(lq_sizer_t *s, const lq_swap_route_t *route, const lq_sizing_token_t *debt)
{
    bool lent = borrows_of(route, debt) || lends_other(s, debt);
    bool shared = false;
    for (size_t i = 0; i < s->step_cnt; i++) {
        const lq_candidate_t *step = &s->steps[i];
        lent |= borrows_of(route, step->debt) || borrows_of(&step->route, debt);
        shared |= lq_sizer_shares_a_pool(route, &step->route);
    }
    if (lent)
        miss(s, LQ_NO_ROUTE_NO_LENDER);
    else if (shared)
        miss(s, LQ_NO_ROUTE_NO_DEPTH);
    return !lent && !shared;
}

static size_t routes_of(lq_sizer_t *s, lq_swap_route_t out[LQ_SWAP_ROUTE_MAX],
                        const lq_sizing_token_t *collateral, const lq_sizing_token_t *debt)
{
    const lq_swaps_t *swaps = s->terms->swaps;
    lq_no_route_t why;
    if (s->terms->funding != LQ_FUNDING_FLASH || lq_sizing_same_token(collateral, debt)) {
        if (s->terms->funding == LQ_FUNDING_FLASH && lends_other(s, debt)) {
            miss(s, LQ_NO_ROUTE_NO_LENDER);
            return 0;
        }
        out[0] = (lq_swap_route_t){.path_cnt = 0, .spot = 1};
        return 1;
    }
    for (size_t i = 0; i < s->step_cnt; i++)
        if (is_direction(&s->steps[i], collateral, debt)) {
            out[0] = s->steps[i].route;
            return 1;
        }
    size_t cnt = swaps->routes(swaps->ctx, out, &why, &collateral->about.token, &debt->about.token);
    LQ_ASSERT(cnt <= LQ_SWAP_ROUTE_MAX);
    if (cnt == 0)
        miss(s, why);
    size_t clear_cnt = 0;
    for (size_t i = 0; i < cnt; i++)
        if (keeps_clear(s, &out[i], debt))
            out[clear_cnt++] = out[i];
    return clear_cnt;
}

bool lq_sizer_pair(lq_sizer_t *s, lq_sizing_pair_t *out, lq_liquidation_pair_t pair)
{
    lq_sizing_token_t *debt = lq_sizer_token(s, pair.debt);
    out->pair = pair;
    out->collateral = lq_sizer_token(s, pair.collateral);
    out->debt = debt;
    out->reach = lq_u256_from_u64(0);
    if (!out->collateral || !debt) {
        s->seen |= LQ_SIZING_SEEN_PRICE;
        return false;
    }
    debt->is_debt = true;
    out->route_cnt = routes_of(s, out->routes, out->collateral, debt);
    return out->route_cnt > 0;
}

/* ---- paying ---- */

/* Takes off what the legs of BEFORE, of the same route, have of SWAP. False: they have more. */
static bool take_off(lq_swap_t *swap, const lq_swap_t *before)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < before->leg_cnt; i++) {
        const lq_swap_leg_t *leg = &before->legs[i];
        while (at < swap->leg_cnt && swap->legs[at].hop.pool != leg->hop.pool)
            at++;
        if (at == swap->leg_cnt ||
            lq_u256_sub_checked(&swap->legs[at].amount_in, &swap->legs[at].amount_in,
                                &leg->amount_in) ||
            lq_u256_sub_checked(&swap->legs[at].amount_out, &swap->legs[at].amount_out,
                                &leg->amount_out))
            return false;
    }
    return !lq_u256_sub_checked(&swap->amount_in, &swap->amount_in, &before->amount_in) &&
           !lq_u256_sub_checked(&swap->amount_out, &swap->amount_out, &before->amount_out);
}

/* Legs through which nothing goes are none. */
static void leave_out_empty(lq_swap_t *swap)
{
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < swap->leg_cnt; i++)
        if (!lq_u256_is_zero(&swap->legs[i].amount_in) ||
            !lq_u256_is_zero(&swap->legs[i].amount_out))
            swap->legs[cnt++] = swap->legs[i];
    swap->leg_cnt = cnt;
}

static lq_err_t quote(lq_sizer_t *s, lq_swap_t *out, const lq_swap_route_t *route,
                      const lq_u256_t *amount)
{
    const lq_swaps_t *swaps = s->terms->swaps;
    lq_sizing_curve_t *curve = lq_curve_of(s, route);
    s->room->work++;
    lq_err_t err = swaps->given_out(swaps->ctx, out, route, amount);
    if (err) {
        if (curve)
            curve->end = lq_sizing_least(curve->end, lq_u256_to_double(amount));
        return err;
    }
    LQ_ASSERT(out->leg_cnt <= LQ_SWAP_LEG_MAX);
    lq_curve_note(curve, out);
    return LQ_OK;
}

bool lq_sizer_ask(lq_sizer_t *s, const lq_swap_route_t *route, double out)
{
    lq_swap_t swap;
    unsigned shift = 0;
    for (; out >= 0x1p63 && shift < 192; shift++)
        out /= 2;
    lq_u256_t amount = lq_u256_from_u64((uint64_t)out);
    amount = lq_u256_shl_wrap(&amount, shift);
    return !lq_u256_is_zero(&amount) && !quote(s, &swap, route, &amount);
}

/* Quotes see no step before this one. Where steps swap in the same direction, which is along the
   same route, all is quoted together, and what the earlier ones pay is taken off: no pool gives
   less for two swaps than for one of both. */
static lq_try_t swap_behind(lq_sizer_t *s, lq_candidate_t *c, const lq_u256_t *need)
{
    const lq_swap_t *before[LQ_PLAN_STEP_MAX];
    size_t before_cnt = 0;
    lq_u256_t total = *need;
    for (size_t i = 0; i < s->step_cnt; i++) {
        const lq_candidate_t *step = &s->steps[i];
        if (!is_direction(step, c->collateral, c->debt))
            continue;
        before[before_cnt++] = &step->swap;
        if (lq_u256_add_checked(&total, &total, &step->swap.amount_out))
            return LQ_TRY_WORTH;
    }
    if (quote(s, &c->swap, &c->route, &total)) {
        miss(s, LQ_NO_ROUTE_NO_DEPTH);
        return LQ_TRY_ROUTE;
    }
    for (size_t i = 0; i < before_cnt; i++)
        if (!take_off(&c->swap, before[i])) {
            miss(s, LQ_NO_ROUTE_NO_DEPTH);
            return LQ_TRY_ROUTE;
        }
    if (before_cnt)
        leave_out_empty(&c->swap);
    return LQ_TRY_OK;
}

static lq_try_t pay_by_flash(lq_sizer_t *s, lq_candidate_t *c)
{
    lq_u256_t need;
    if (lq_loan_fee(&c->flash_fee, &c->debt->about.loan, &c->outcome.repaid) ||
        lq_u256_add_checked(&need, &c->outcome.repaid, &c->flash_fee))
        return LQ_TRY_WORTH;
    lq_u256_t in = need;
    if (c->route.path_cnt > 0 && !lq_u256_is_zero(&need)) {
        lq_try_t end = swap_behind(s, c, &need);
        if (end != LQ_TRY_OK)
            return end;
        in = c->swap.amount_in;
    }
    return lq_worth_up(&c->paid, &in, &c->collateral->about.quote) ? LQ_TRY_WORTH : LQ_TRY_OK;
}

static lq_try_t pay(lq_sizer_t *s, lq_candidate_t *c)
{
    c->swap = (lq_swap_t){.leg_cnt = 0};
    c->flash_fee = lq_u256_from_u64(0);
    if (lq_u256_lt(&c->debt->left, &c->outcome.repaid)) {
        lq_sizer_lack(s);
        return LQ_TRY_FUNDS;
    }
    if (s->terms->funding == LQ_FUNDING_FLASH)
        return pay_by_flash(s, c);
    return lq_worth_up(&c->paid, &c->outcome.repaid, &c->debt->about.quote) ? LQ_TRY_WORTH
                                                                            : LQ_TRY_OK;
}

void lq_sizer_copy(lq_sizer_t *s, lq_trial_t *to, const lq_trial_t *from)
{
    s->adapter->trial_copy(to, from);
    s->acted = NULL;
}

static bool is_same_call(const lq_liquidation_call_t *a, const lq_liquidation_call_t *b)
{
    return a->pair.collateral == b->pair.collateral && a->pair.debt == b->pair.debt &&
           a->by == b->by && lq_u256_eq(&a->amount, &b->amount);
}

/* The same call is tried along one route after the other: it is done to the trial once. */
static void act(lq_sizer_t *s, const lq_trial_t *base, const lq_liquidation_call_t *call)
{
    lq_trial_t *trial = &s->room->trials[0];
    if (s->acted == base && is_same_call(&s->act_call, call))
        return;
    s->room->work++;
    s->adapter->trial_copy(trial, base);
    s->acted = base;
    s->act_call = *call;
    s->act_end =
        s->adapter->trial_send(s->self, trial, &s->act_outcome, call) ? LQ_TRY_REFUSED : LQ_TRY_OK;
}

lq_try_t lq_sizer_act(lq_sizer_t *s, lq_candidate_t *out, const lq_trial_t *base,
                      const lq_liquidation_call_t *call, const lq_sizing_pair_t *of)
{
    s->try_cnt++;
    act(s, base, call);
    out->there = false;
    out->call = *call;
    out->collateral = of->collateral;
    out->debt = of->debt;
    if (s->act_end == LQ_TRY_OK)
        out->outcome = s->act_outcome;
    return s->act_end;
}

bool lq_sizer_act_top(lq_sizer_t *s, lq_candidate_t *out, const lq_trial_t *base,
                      lq_liquidation_top_t *top)
{
    lq_sizer_copy(s, &s->room->trials[0], base);
    if (!s->adapter->trial_top(s->self, &s->room->trials[0], &s->act_outcome, top))
        return false;
    s->acted = base;
    s->act_call = top->call;
    s->act_end = LQ_TRY_OK;
    out->there = false;
    out->call = top->call;
    out->outcome = s->act_outcome;
    return true;
}

lq_try_t lq_sizer_pay(lq_sizer_t *s, lq_candidate_t *c, const lq_swap_route_t *route)
{
    c->route = *route;
    lq_try_t end = pay(s, c);
    if (end == LQ_TRY_OK && reckon_profit(s, c))
        end = LQ_TRY_WORTH;
    if (end == LQ_TRY_WORTH)
        s->seen |= LQ_SIZING_SEEN_PRICE;
    c->there = end == LQ_TRY_OK;
    return end;
}

lq_try_t lq_sizer_try(lq_sizer_t *s, lq_candidate_t *out, const lq_trial_t *base,
                      const lq_liquidation_call_t *call, const lq_sizing_pair_t *of,
                      const lq_swap_route_t *route)
{
    lq_try_t end = lq_sizer_act(s, out, base, call, of);
    return end == LQ_TRY_OK ? lq_sizer_pay(s, out, route) : end;
}

void lq_sizer_push(lq_sizer_t *s, const lq_candidate_t *c)
{
    lq_sizing_token_t *debt = lq_sizer_token(s, c->debt->factor);
    LQ_ASSERT(debt && s->step_cnt < LQ_PLAN_STEP_MAX);
    debt->left = lq_u256_sub_wrap(&debt->left, &c->outcome.repaid);
    s->steps[s->step_cnt++] = *c;
}

void lq_sizer_pop(lq_sizer_t *s)
{
    const lq_candidate_t *c = &s->steps[--s->step_cnt];
    lq_sizing_token_t *debt = lq_sizer_token(s, c->debt->factor);
    LQ_ASSERT(debt);
    debt->left = lq_u256_add_wrap(&debt->left, &c->outcome.repaid);
}
