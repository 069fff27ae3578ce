#include "liqd/decide/sizing.h"

#include "sizing_internal.h"

/* ---- a plan of the steps that stand ---- */

/* What the swap costs against our own prices. Where it is cheaper than they are, what comes in is
   worth so much more. */
static lq_err_t account_for(lq_profit_t *out, const lq_candidate_t *c, bool flash)
{
    lq_profit_t p = {.seized_usd = c->got, .repaid_usd = c->paid};
    lq_usd_t due;
    lq_err_t err = LQ_OK;
    if (flash) {
        err = lq_worth_up(&p.repaid_usd, &c->outcome.repaid, &c->debt->about.quote);
        if (!err)
            err = lq_worth_up(&p.flash_fee_usd, &c->flash_fee, &c->debt->about.quote);
        if (!err)
            err = lq_usd_add_checked(&due, &p.repaid_usd, &p.flash_fee_usd);
        if (!err && lq_usd_sub_checked(&p.swap_usd, &c->paid, &due)) {
            lq_usd_t gain = {lq_u256_sub_wrap(&due.raw, &c->paid.raw)};
            err = lq_usd_add_checked(&p.seized_usd, &p.seized_usd, &gain);
        }
    }
    if (!err)
        *out = p;
    return err;
}

static lq_err_t add(lq_profit_t *sum, const lq_profit_t *p)
{
    if (lq_usd_add_checked(&sum->seized_usd, &sum->seized_usd, &p->seized_usd) ||
        lq_usd_add_checked(&sum->repaid_usd, &sum->repaid_usd, &p->repaid_usd) ||
        lq_usd_add_checked(&sum->swap_usd, &sum->swap_usd, &p->swap_usd))
        return LQ_ERR_RANGE;
    return lq_usd_add_checked(&sum->flash_fee_usd, &sum->flash_fee_usd, &p->flash_fee_usd);
}

static lq_err_t plan_of(lq_plan_t *out, const lq_sizer_t *s, const lq_candidate_t *steps,
                        size_t step_cnt)
{
    const lq_terms_t *terms = s->terms;
    bool flash = terms->funding == LQ_FUNDING_FLASH;
    lq_profit_t profits[LQ_PLAN_STEP_MAX];
    lq_profit_t sum = {.net_usd = lq_i256_from_i64(0)};
    uint32_t gas = 0;
    for (size_t i = 0; i < step_cnt; i++) {
        lq_err_t err = account_for(&profits[i], &steps[i], flash);
        if (!err)
            err = add(&sum, &profits[i]);
        if (!err)
            err = lq_profit_settle(&profits[i], steps[i].gas, &terms->gas_price, &terms->coin);
        if (err)
            return err;
        gas += steps[i].gas;
    }
    if (step_cnt == 1) {
        sum = profits[0];
    } else {
        lq_err_t err = lq_profit_settle(&sum, gas, &terms->gas_price, &terms->coin);
        if (err)
            return err;
    }
    for (size_t i = 0; i < step_cnt; i++)
        out->steps[i] = (lq_plan_step_t){.call = steps[i].call,
                                         .outcome = steps[i].outcome,
                                         .profit = profits[i],
                                         .swap = steps[i].swap,
                                         .loan = flash ? steps[i].debt->about.loan
                                                       : (lq_loan_t){.available = {{0}}},
                                         .flash_fee = steps[i].flash_fee};
    out->step_cnt = step_cnt;
    out->gas = gas;
    out->gas_kind = steps[terms->atomic ? step_cnt - 1 : 0].kind;
    out->profit = sum;
    return LQ_OK;
}

/* ---- the search ---- */

static lq_sizing_t why_none(const lq_sizer_t *s)
{
    if (s->seen & LQ_SIZING_SEEN_FUNDS)
        return LQ_SIZING_NO_FUNDS;
    if (s->room->no_route != LQ_NO_ROUTE_NONE)
        return LQ_SIZING_NO_ROUTE;
    return s->seen & LQ_SIZING_SEEN_PRICE ? LQ_SIZING_NO_PRICE : LQ_SIZING_BLOCKED;
}

static bool is_above_0(const lq_i256_t *v)
{
    return !lq_i256_is_neg(v) && !lq_u256_is_zero(&v->bits);
}

/* Has the calls stand that net the most, one after the other; *LEAST is the best alone, for where
   none does. */
static void take_steps(lq_sizer_t *s, lq_candidate_t *least, const lq_trial_t *trial)
{
    lq_sizing_look_t looks[2];
    lq_sizing_look_t *look = &looks[0];
    lq_sizing_look_t *next = &looks[1];
    lq_trial_t *here = &s->room->trials[2];
    const lq_trial_t *base = trial;
    bool more = true;
    look->there = false;
    while (more && s->step_cnt < LQ_PLAN_STEP_MAX) {
        lq_candidate_t best;
        lq_liquidation_outcome_t out;
        s->try_cnt = look->there ? look->try_cnt : 0;
        if (!look->there)
            lq_sizer_look(s, look, base);
        if (s->step_cnt == 0)
            *least = look->best;
        if (!look->best.there)
            return;
        more = s->step_cnt + 1 < LQ_PLAN_STEP_MAX && lq_sizer_best_two(s, &best, next, base, look);
        if (!more) {
            if (!is_above_0(&look->best.net))
                return;
            best = look->best;
        } else if (!next->there) {
            lq_sizer_copy(s, &s->room->trials[1], base);
            if (s->adapter->trial_send(s->self, &s->room->trials[1], &out, &best.call))
                LQ_BUG("sizing: a call that passed is refused");
            lq_sizer_copy(s, here, &s->room->trials[1]);
        }
        base = here;
        lq_sizer_push(s, &best);
        lq_sizing_look_t *was = look;
        look = next;
        next = was;
    }
}

/* What the steps that stand net together; it fits, or they were not found. */
static lq_i256_t net_of_steps(const lq_sizer_t *s)
{
    lq_i256_t sum = lq_i256_from_i64(0);
    for (size_t i = 0; i < s->step_cnt; i++)
        sum = lq_i256_add_wrap(&sum, &s->steps[i].net);
    return sum;
}

lq_sizing_t lq_size(lq_plan_t *out, lq_sizing_room_t *room, const lq_adapter_t *adapter,
                    const lq_instance_t *self, const lq_trial_t *trial, const lq_terms_t *terms)
{
    lq_sizer_t s;
    lq_candidate_t least;
    s.adapter = adapter;
    s.self = self;
    s.terms = terms;
    s.room = room;
    s.seen = 0;
    room->no_route = LQ_NO_ROUTE_NONE;
    s.try_cnt = 0;
    s.acted = NULL;
    s.first = NULL;
    s.step_cnt = 0;
    s.floor = -LQ_SIZING_ANY_WORTH;
    s.behind_cnt = 0;
    s.curve_cnt = 0;
    s.gas_cnt = 0;
    s.fee_cnt = 0;
    s.token_cnt = 0;
    least.there = false;
    if (lq_u256_is_zero(&terms->coin.price_wad) ||
        lq_wei_add_checked(&s.per_gas, &terms->gas_price.base_fee_wei, &terms->gas_price.tip_wei))
        return LQ_SIZING_NO_PRICE;
    take_steps(&s, &least, trial);
    lq_i256_t net = net_of_steps(&s);
    if (!least.there)
        return why_none(&s);
    /* The best alone, unless more calls net more. */
    if (s.step_cnt == 0 || !lq_i256_lt(&least.net, &net)) {
        if (plan_of(out, &s, &least, 1))
            return LQ_SIZING_NO_PRICE;
    } else if (plan_of(out, &s, s.steps, s.step_cnt)) {
        return LQ_SIZING_NO_PRICE;
    }
    return is_above_0(&out->profit.net_usd) ? LQ_SIZING_PLAN : LQ_SIZING_UNPROFITABLE;
}

const char *lq_sizing_str(lq_sizing_t sizing)
{
    switch (sizing) {
    case LQ_SIZING_PLAN:
        return "profitable";
    case LQ_SIZING_BLOCKED:
        return "blocked";
    case LQ_SIZING_NO_PRICE:
        return "no price";
    case LQ_SIZING_NO_ROUTE:
        return "no route";
    case LQ_SIZING_NO_FUNDS:
        return "no funds";
    case LQ_SIZING_UNPROFITABLE:
        return "unprofitable";
    }
    LQ_BUG("a sizing is %d", (int)sizing);
}
