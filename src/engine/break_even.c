#include "engine_internal.h"
#include "liqd/num/power_of_ten.h"

/* The smallest size that earns what is asked: sized as any other, of an account that is made up: it
   has one call to offer, of one amount, which pays what the pair does. */

/* No token has amounts beyond. */
#define BIT_MAX 128u

/* Steps towards the size that earns the most: each leaves two thirds. */
#define PEAK_MAX 96u

static const lq_u256_t wad = {{1000000000000000000u, 0, 0, 0}};
static const lq_u256_t one = {{1, 0, 0, 0}};

/* The account that is made up, as an instance of an adapter. */
struct lq_instance {
    lq_liquidation_pair_t pair;
    lq_liquidation_outcome_t outcome;
    lq_u256_t amount;
};

/* Of a trial: whether the call was done. */
static bool *is_done(lq_trial_t *trial)
{
    return (bool *)(void *)trial->bytes;
}

static void trial_copy(lq_trial_t *to, const lq_trial_t *from)
{
    *is_done(to) = *(const bool *)(const void *)from->bytes;
}

static size_t trial_pairs(const lq_instance_t *self, const lq_trial_t *trial,
                          lq_liquidation_pair_t *out, size_t max)
{
    if (*(const bool *)(const void *)trial->bytes || max == 0)
        return 0;
    out[0] = self->pair;
    return 1;
}

static size_t trial_ranges(const lq_instance_t *self, const lq_trial_t *trial,
                           lq_liquidation_range_t out[LQ_LIQUIDATION_RANGE_MAX],
                           lq_liquidation_pair_t pair, lq_liquidation_by_t by)
{
    (void)pair;
    if (*(const bool *)(const void *)trial->bytes || by != LQ_LIQUIDATION_BY_REPAID)
        return 0;
    out[0] = (lq_liquidation_range_t){self->amount, self->amount};
    return 1;
}

static lq_err_t trial_send(const lq_instance_t *self, lq_trial_t *trial,
                           lq_liquidation_outcome_t *out, const lq_liquidation_call_t *call)
{
    if (!lq_u256_eq(&call->amount, &self->amount))
        return LQ_ERR_PERM;
    *is_done(trial) = true;
    *out = self->outcome;
    return LQ_OK;
}

static void trial_health(const lq_instance_t *self, const lq_trial_t *trial, lq_health_t *out)
{
    (void)self;
    (void)trial;
    *out = (lq_health_t){.verdict = LQ_HEALTH_LIQUIDATABLE};
}

static const lq_adapter_t made_up = {.trial_copy = trial_copy,
                                     .trial_pairs = trial_pairs,
                                     .trial_ranges = trial_ranges,
                                     .trial_call = trial_send,
                                     .trial_send = trial_send,
                                     .trial_health = trial_health};

/* What is asked, and what is made of it. */
typedef struct quest {
    engine_ask_t ask;
    lq_instance_t account;
    lq_quote_t coin;
    lq_usd_t least;
    lq_u256_t num; /* units seized for one repaid: num / den */
    lq_u256_t den;
} quest_t;

/* One size and what it nets. */
typedef struct
try {
    lq_u256_t amount;
    bool there;
    lq_profit_t profit;
}
try_t;

/* What one unit repaid seizes: (seized_wad - kept_wad) p_debt 10^collateral decimals
   / (1e18 p_collateral 10^debt decimals). */
static lq_err_t set_rate(quest_t *q)
{
    lq_engine_t *e = q->ask.e;
    lq_liquidation_pair_t pair = q->account.pair;
    const lq_adapter_t *adapter = engine_adapter(e, q->ask.instance);
    lq_incentive_t pays;
    lq_terms_token_t c;
    lq_terms_token_t d;
    if (!adapter->incentive ||
        adapter->incentive(lq_sync_self(e->sync, q->ask.instance), &pays, pair,
                           &e->seen->view.what_if) ||
        !engine_tell(&q->ask, &c, pair.collateral) || !engine_tell(&q->ask, &d, pair.debt) ||
        lq_u256_sub_checked(&q->num, &pays.seized_wad, &pays.kept_wad))
        return LQ_ERR_EMPTY;
    lq_u256_t up = lq_power_of_ten(c.quote.decimals);
    lq_u256_t down = lq_power_of_ten(d.quote.decimals);
    if (lq_u256_mul_checked(&q->num, &q->num, &d.quote.price_wad) ||
        lq_u256_mul_checked(&q->num, &q->num, &up) ||
        lq_u256_mul_checked(&q->den, &wad, &c.quote.price_wad) ||
        lq_u256_mul_checked(&q->den, &q->den, &down) || lq_u256_is_zero(&q->den))
        return LQ_ERR_EMPTY;
    return LQ_OK;
}

static bool tell_token(void *ctx, lq_terms_token_t *out, uint16_t factor)
{
    quest_t *q = ctx;
    lq_engine_t *e = q->ask.e;
    if (!engine_tell(&q->ask, out, factor))
        return false;
    out->available = engine_limitless;
    if (e->markets[q->ask.instance].funding == LQ_FUNDING_FLASH && factor == q->account.pair.debt)
        (void)!lq_venues_loan(e->venues, &out->loan, &out->token,
                              &q->account.amount); /* none: 0 available */
    return true;
}

/* Sets *OUT to what AMOUNT nets. */
static lq_sizing_t try_amount(quest_t *q, try_t *out, const lq_u256_t *amount)
{
    lq_engine_t *e = q->ask.e;
    lq_terms_t terms = engine_terms(e, q->ask.instance, &q->coin);
    terms.ctx = q;
    terms.token = tell_token;
    terms.leg_cnt = 2;
    *out = (try_t){.amount = *amount};
    q->account.amount = *amount;
    q->account.outcome = (lq_liquidation_outcome_t){.repaid = *amount};
    if (lq_u256_mul_div_down(&q->account.outcome.seized, amount, &q->num, &q->den))
        return LQ_SIZING_NO_PRICE;
    *is_done(e->trial) = false;
    engine_forget_ways(e);
    lq_sizing_t sizing = lq_size(&e->plan, e->room, &made_up, &q->account, e->trial, &terms);
    if (sizing != LQ_SIZING_PLAN && sizing != LQ_SIZING_UNPROFITABLE)
        return sizing;
    out->profit = e->plan.profit;
    if (sizing == LQ_SIZING_PLAN && lq_bid_place(&out->profit, &e->config.bid, &q->coin))
        return LQ_SIZING_NO_PRICE;
    out->there = true;
    return sizing;
}

static bool is_enough(const quest_t *q, const try_t *t)
{
    lq_u256_t net;
    return t->there && !lq_i256_to_u256(&net, &t->profit.net_usd) &&
           !lq_u256_lt(&net, &q->least.raw);
}

static bool is_better(const try_t *a, const try_t *b)
{
    return a->there && (!b->there || lq_i256_lt(&b->profit.net_usd, &a->profit.net_usd));
}

/* A third of what lies between LOW and HIGH. */
static lq_u256_t third(const lq_u256_t *low, const lq_u256_t *high)
{
    const lq_u256_t three = lq_u256_from_u64(3);
    lq_u256_t gap = lq_u256_sub_wrap(high, low);
    if (lq_u256_div_checked(&gap, &gap, &three))
        LQ_BUG("three is not zero");
    return gap;
}

/* Profit rises to one size and falls from there: moves *TOP, between LOW and HIGH, towards it until
   it is enough. */
static bool climb(quest_t *q, try_t *top, lq_u256_t low, lq_u256_t high)
{
    for (unsigned i = 0; i < PEAK_MAX && !is_enough(q, top); i++) {
        lq_u256_t part = third(&low, &high);
        if (lq_u256_is_zero(&part))
            return false;
        try_t a;
        try_t b;
        lq_u256_t at = lq_u256_add_wrap(&low, &part);
        (void)try_amount(q, &a, &at);
        at = lq_u256_sub_wrap(&high, &part);
        (void)try_amount(q, &b, &at);
        *top = is_better(&b, &a) ? b : a;
        if (is_better(&b, &a))
            low = a.amount;
        else
            high = b.amount;
    }
    return is_enough(q, top);
}

/* Finds a size that is enough, *TOP, and a smaller one that is not, *LOW (0: none). */
static lq_err_t find_enough(quest_t *q, try_t *top, lq_u256_t *low)
{
    lq_sizing_t sizing = LQ_SIZING_BLOCKED;
    try_t last = {.amount = {{0}}};
    bool any = false;
    *top = last;
    for (unsigned bit = 0; bit < BIT_MAX; bit++) {
        lq_u256_t amount = lq_u256_shl_wrap(&one, bit);
        sizing = try_amount(q, &last, &amount);
        if (is_enough(q, &last)) {
            *low = lq_u256_shr(&amount, 1);
            *top = last;
            return LQ_OK;
        }
        any |= last.there;
        if (is_better(&last, top))
            *top = last;
        if (sizing == LQ_SIZING_NO_PRICE || (!last.there && any))
            break; /* as large as it can be */
    }
    if (!any)
        return LQ_ERR_EMPTY;
    *low = lq_u256_shr(&top->amount, 1);
    lq_u256_t high = lq_u256_shl_wrap(&top->amount, 1);
    return climb(q, top, *low, high) ? LQ_OK : LQ_ERR_NOT_FOUND;
}

static lq_err_t search(quest_t *q, try_t *best)
{
    lq_u256_t low = lq_u256_from_u64(0);
    lq_err_t err = find_enough(q, best, &low);
    while (!err) {
        lq_u256_t gap = lq_u256_sub_wrap(&best->amount, &low);
        gap = lq_u256_shr(&gap, 1);
        if (lq_u256_is_zero(&gap))
            break;
        try_t t;
        lq_u256_t mid = lq_u256_add_wrap(&low, &gap);
        (void)try_amount(q, &t, &mid);
        if (is_enough(q, &t))
            *best = t;
        else
            low = mid;
    }
    return err;
}

lq_err_t lq_engine_break_even(lq_engine_t *e, lq_u256_t *repaid, lq_profit_t *out,
                              uint32_t instance, lq_liquidation_pair_t pair, const lq_usd_t *least)
{
    lq_gas_price_t gas_price;
    try_t best;
    quest_t q = {.ask = {.e = e, .account = ENGINE_NONE, .instance = instance, .debt = pair.debt},
                 .account = {.pair = pair},
                 .least = *least};
    if (!lq_engine_gas_price(e, &gas_price) || lq_engine_coin(e, &q.coin) != LQ_VALUE_FRESH)
        return LQ_ERR_EMPTY;
    lq_err_t err = set_rate(&q);
    if (err)
        return err;
    if (!e->seen->spent)
        engine_move(e);
    err = search(&q, &best);
    if (!e->seen->spent)
        e->swaps->back(e->swaps->ctx);
    if (err)
        return err;
    *repaid = best.amount;
    *out = best.profit;
    return LQ_OK;
}
