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

uint32_t lq_sizer_gas(lq_sizer_t *s, const lq_gas_kind_t *kind)
{
    for (size_t i = 0; i < s->gas_cnt; i++)
        if (memcmp(&s->gas[i].kind, kind, sizeof(*kind)) == 0)
            return s->gas[i].units;
    uint32_t units = lq_gas_estimate(s->terms->gas, kind, s->terms->gas_floor);
    if (s->gas_cnt == LQ_SIZING_GAS_MAX)
        s->gas_cnt = 0;
    s->gas[s->gas_cnt++] = (lq_sizing_gas_t){*kind, units};
    return units;
}

lq_err_t lq_sizer_gas_usd(const lq_sizer_t *s, lq_usd_t *out, uint32_t units)
{
    lq_u256_t wei = lq_u256_from_u64(units);
    lq_err_t err = lq_u256_mul_checked(&wei, &wei, &s->per_gas.raw);
    return err ? err : lq_worth_up(out, &wei, &s->terms->coin);
}

static uint8_t shape_of(const lq_sizer_t *s, const lq_liquidation_outcome_t *o)
{
    unsigned shape = 0;
    shape |= o->closes_debt ? LQ_GAS_CLOSES_DEBT : 0;
    shape |= o->takes_all ? LQ_GAS_TAKES_ALL : 0;
    shape |= o->bad_debt ? LQ_GAS_BAD_DEBT : 0;
    shape |= s->terms->funding == LQ_FUNDING_FLASH ? LQ_GAS_FLASH : 0;
    shape |= s->terms->first && s->step_cnt == 0 ? LQ_GAS_FIRST : 0;
    return (uint8_t)shape;
}

/* The kind of C's transaction, and what it adds to the units of those before it. */
static void reckon_gas(lq_sizer_t *s, lq_candidate_t *c)
{
    lq_gas_kind_t kind = {.collateral_token = c->collateral->about.token,
                          .debt_token = c->debt->about.token,
                          .instance = s->terms->instance,
                          .pool_cnt = c->swap.leg_cnt,
                          .leg_cnt = s->terms->leg_cnt,
                          .call_cnt = 1,
                          .shape = shape_of(s, &c->outcome)};
    uint32_t before = 0;
    if (s->terms->atomic && s->step_cnt > 0) {
        const lq_candidate_t *last = &s->steps[s->step_cnt - 1];
        kind.collateral_token = last->kind.collateral_token;
        kind.debt_token = last->kind.debt_token;
        kind.pool_cnt += last->kind.pool_cnt;
        kind.call_cnt = (uint8_t)(last->kind.call_cnt + 1);
        kind.shape |= last->kind.shape;
        before = last->kind_gas;
    }
    c->kind = kind;
    c->kind_gas = lq_sizer_gas(s, &kind);
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

void lq_sizer_miss(lq_sizer_t *s, lq_no_route_t why)
{
    lq_no_route_t *nearest = &s->room->no_route;
    if (*nearest == LQ_NO_ROUTE_NONE || why < *nearest)
        *nearest = why;
}

static lq_try_t no_route(lq_sizer_t *s, lq_no_route_t why)
{
    lq_sizer_miss(s, why);
    return LQ_TRY_ROUTE;
}

static bool same_pools(const lq_swap_t *a, const lq_swap_t *b)
{
    for (uint32_t i = 0; i < a->leg_cnt && i < b->leg_cnt; i++)
        if (a->legs[i].hop.pool != b->legs[i].hop.pool)
            return false;
    return a->leg_cnt == b->leg_cnt;
}

static bool share_a_pool(const lq_swap_t *a, const lq_swap_t *b)
{
    for (uint32_t i = 0; i < a->leg_cnt; i++)
        for (uint32_t k = 0; k < b->leg_cnt; k++)
            if (a->legs[i].hop.pool == b->legs[k].hop.pool)
                return true;
    return false;
}

/* Quotes see no step before this one. Where steps swap in the same direction along the same pools,
   all is quoted together, and what the earlier ones pay is taken off: no pool gives less for two
   swaps than for one of both. Where a pool is shared otherwise there is no such quote. */
static lq_try_t swap_behind(lq_sizer_t *s, lq_candidate_t *c, const lq_u256_t *need)
{
    const lq_address_t *in = &c->collateral->about.token;
    const lq_address_t *out = &c->debt->about.token;
    lq_u256_t total = *need;
    lq_u256_t before = lq_u256_from_u64(0);
    const lq_swap_t *along = NULL;
    for (size_t i = 0; i < s->step_cnt; i++) {
        const lq_candidate_t *step = &s->steps[i];
        if (memcmp(in, &step->collateral->about.token, sizeof(*in)) != 0 ||
            memcmp(out, &step->debt->about.token, sizeof(*out)) != 0)
            continue;
        along = &step->swap;
        if (lq_u256_add_checked(&total, &total, &step->swap.amount_out) ||
            lq_u256_add_checked(&before, &before, &step->swap.amount_in))
            return LQ_TRY_WORTH;
    }
    const lq_swaps_t *swaps = s->terms->swaps;
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_no_route_t why;
    if (swaps->routes(swaps->ctx, routes, &why, in, out) == 0)
        return no_route(s, why);
    if (swaps->given_out(swaps->ctx, &c->swap, &routes[0], &total))
        return no_route(s, LQ_NO_ROUTE_NO_DEPTH);
    LQ_ASSERT(c->swap.leg_cnt <= LQ_SWAP_LEG_MAX);
    if (along && (!same_pools(along, &c->swap) || lq_u256_lt(&c->swap.amount_in, &before)))
        return no_route(s, LQ_NO_ROUTE_NO_DEPTH);
    for (size_t i = 0; i < s->step_cnt; i++)
        if (share_a_pool(&s->steps[i].swap, &c->swap) && !same_pools(&s->steps[i].swap, &c->swap))
            return no_route(s, LQ_NO_ROUTE_NO_DEPTH);
    /* The same pools may lead another way. */
    for (size_t i = 0; i < s->step_cnt && !along; i++)
        if (share_a_pool(&s->steps[i].swap, &c->swap))
            return no_route(s, LQ_NO_ROUTE_NO_DEPTH);
    c->swap.amount_out = *need;
    c->swap.amount_in = lq_u256_sub_wrap(&c->swap.amount_in, &before);
    return LQ_TRY_OK;
}

static lq_try_t pay_by_flash(lq_sizer_t *s, lq_candidate_t *c)
{
    lq_u256_t need;
    if (lq_loan_fee(&c->flash_fee, &c->debt->about.loan, &c->outcome.repaid) ||
        lq_u256_add_checked(&need, &c->outcome.repaid, &c->flash_fee))
        return LQ_TRY_WORTH;
    lq_u256_t in = need;
    if (memcmp(&c->collateral->about.token, &c->debt->about.token, sizeof(lq_address_t)) != 0 &&
        !lq_u256_is_zero(&need)) {
        lq_try_t end = swap_behind(s, c, &need);
        if (end != LQ_TRY_OK)
            return end;
        in = c->swap.amount_in;
    }
    if (lq_u256_lt(&c->debt->left, &c->outcome.repaid)) {
        lq_sizer_miss(s, LQ_NO_ROUTE_NO_LENDER);
        return LQ_TRY_FUNDS;
    }
    return lq_worth_up(&c->paid, &in, &c->collateral->about.quote) ? LQ_TRY_WORTH : LQ_TRY_OK;
}

static lq_try_t pay(lq_sizer_t *s, lq_candidate_t *c)
{
    c->swap = (lq_swap_t){.leg_cnt = 0};
    c->flash_fee = lq_u256_from_u64(0);
    if (s->terms->funding == LQ_FUNDING_FLASH)
        return pay_by_flash(s, c);
    if (lq_u256_lt(&c->debt->left, &c->outcome.repaid)) {
        s->seen |= LQ_SIZING_SEEN_FUNDS;
        return LQ_TRY_FUNDS;
    }
    return lq_worth_up(&c->paid, &c->outcome.repaid, &c->debt->about.quote) ? LQ_TRY_WORTH
                                                                            : LQ_TRY_OK;
}

lq_try_t lq_sizer_try(lq_sizer_t *s, lq_candidate_t *out, const lq_trial_t *base,
                      const lq_liquidation_call_t *call, const lq_sizing_token_t *collateral,
                      const lq_sizing_token_t *debt)
{
    lq_trial_t *trial = &s->room->trials[0];
    s->try_cnt++;
    s->adapter->trial_copy(trial, base);
    out->there = false;
    out->call = *call;
    out->collateral = collateral;
    out->debt = debt;
    if (s->adapter->trial_call(s->self, trial, &out->outcome, call))
        return LQ_TRY_REFUSED;
    lq_try_t end = pay(s, out);
    if (end != LQ_TRY_OK)
        return end;
    if (reckon_profit(s, out))
        return LQ_TRY_WORTH;
    out->there = true;
    return LQ_TRY_OK;
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
