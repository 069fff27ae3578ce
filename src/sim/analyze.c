#include "liqd/sim/analyze.h"

#include <stdlib.h>
#include <string.h>

#include "analyze_internal.h"

/* ---- making it ---- */

static int by_address(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(lq_address_t));
}

static lq_address_t token_of(const lq_analysis_t *a, uint16_t factor)
{
    uint32_t pool = lq_ledger_factor(a->ledger, factor)->pool;
    uint32_t instance = lq_ledger_pool(a->ledger, pool).instance;
    lq_address_t token;
    uint8_t decimals;
    analyze_adapter(a, instance)
        ->asset_token(lq_sync_self(a->sync, instance), factor, &token, &decimals);
    return token;
}

/* Tokens by the order of their addresses, so that a set of them has one order. */
static void number_tokens(lq_analysis_t *a)
{
    size_t cnt = 0;
    for (size_t i = 0; i < a->factor_cnt; i++)
        a->tokens[i] = token_of(a, (uint16_t)i);
    qsort(a->tokens, a->factor_cnt, sizeof(a->tokens[0]), by_address);
    for (size_t i = 0; i < a->factor_cnt; i++)
        if (!cnt || by_address(&a->tokens[cnt - 1], &a->tokens[i]) != 0)
            a->tokens[cnt++] = a->tokens[i];
    for (size_t i = 0; i < a->factor_cnt; i++) {
        lq_address_t token = token_of(a, (uint16_t)i);
        const lq_address_t *at = bsearch(&token, a->tokens, cnt, sizeof(token), by_address);
        a->factor_token[i] = (uint16_t)(at - a->tokens);
    }
}

/* Places for the pairs of all pools; sets pair_max. */
static void place_pairs(lq_analysis_t *a)
{
    for (size_t i = 0; i < a->factor_cnt; i++) {
        const lq_factor_t *about = lq_ledger_factor(a->ledger, (uint16_t)i);
        analyze_pool_t *pool = &a->pools[about->pool];
        if (about->side != LQ_SIDE_IDLE)
            a->factor_place[i] =
                (uint16_t)(about->side == LQ_SIDE_DEBT ? pool->debt_cnt++ : pool->collateral_cnt++);
    }
    for (size_t i = 0; i < a->pool_cnt; i++) {
        a->pools[i].place = a->pair_max;
        a->pair_max += (size_t)a->pools[i].collateral_cnt * a->pools[i].debt_cnt;
    }
}

/* CNT of SZ bytes, all zero; at least one, so that NULL means that there is no memory. */
static void *take(size_t cnt, size_t sz)
{
    return calloc(cnt ? cnt : 1, sz);
}

static lq_err_t fill(lq_analysis_t *a)
{
    a->found = take(a->account_cnt, sizeof(a->found[0]));
    a->offers = take(a->account_cnt, sizeof(a->offers[0]));
    a->tokens = take(a->factor_cnt, sizeof(a->tokens[0]));
    a->factor_token = take(a->factor_cnt, sizeof(a->factor_token[0]));
    a->factor_place = take(a->factor_cnt, sizeof(a->factor_place[0]));
    a->pools = take(a->pool_cnt, sizeof(a->pools[0]));
    if (!a->found || !a->offers || !a->tokens || !a->factor_token || !a->factor_place || !a->pools)
        return LQ_ERR_NOMEM;
    number_tokens(a);
    place_pairs(a);
    a->pairs = take(a->pair_max, sizeof(a->pairs[0]));
    return a->pairs ? LQ_OK : LQ_ERR_NOMEM;
}

lq_err_t lq_analysis_new(lq_analysis_t **out, lq_engine_t *engine)
{
    lq_analysis_t *a = take(1, sizeof(*a));
    if (!a)
        return LQ_ERR_NOMEM;
    a->engine = engine;
    a->sync = lq_engine_sync(engine);
    a->ledger = lq_sync_ledger(a->sync);
    a->account_cnt = lq_ledger_cnt(a->ledger);
    a->factor_cnt = lq_ledger_factor_cnt(a->ledger);
    a->pool_cnt = lq_ledger_pool_cnt(a->ledger);
    lq_err_t err = fill(a);
    if (err) {
        lq_analysis_free(a);
        return err;
    }
    *out = a;
    return LQ_OK;
}

void lq_analysis_free(lq_analysis_t *a)
{
    if (!a)
        return;
    free(a->found);
    free(a->offers);
    free(a->tokens);
    free(a->factor_token);
    free(a->factor_place);
    free(a->pools);
    free(a->pairs);
    free(a);
}

/* ---- sums ---- */

static void add_signed(lq_i256_t *sum, bool *saturated, const lq_i256_t *v)
{
    if (!lq_i256_add_checked(sum, sum, v))
        return;
    uint64_t ones = lq_i256_is_neg(v) ? 0 : UINT64_MAX;
    sum->bits = (lq_u256_t){{ones, ones, ones, ones ^ (uint64_t)1 << 63}};
    *saturated = true;
}

/* What is more, as a number with a sign. */
static lq_i256_t signed_of(bool *saturated, const lq_usd_t *v)
{
    lq_i256_t out = {{{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX >> 1}}};
    if (lq_i256_from_u256(&out, &v->raw))
        *saturated = true;
    return out;
}

static void add_profit(lq_analysis_sum_t *sum, const lq_profit_t *p)
{
    bool *saturated = &sum->saturated;
    sum->taken_cnt++;
    analyze_add(&sum->repaid_usd, saturated, &p->repaid_usd.raw);
    analyze_add(&sum->seized_usd, saturated, &p->seized_usd.raw);
    analyze_add(&sum->swap_usd, saturated, &p->swap_usd.raw);
    analyze_add(&sum->flash_fee_usd, saturated, &p->flash_fee_usd.raw);
    analyze_add(&sum->gas_usd, saturated, &p->gas_usd.raw);
    analyze_add(&sum->bid_usd, saturated, &p->bid_usd.raw);
    add_signed(&sum->net_usd, saturated, &p->net_usd);
}

static void add_account(lq_analysis_sum_t *sum, const lq_analysis_account_t *about, bool priced)
{
    const lq_health_t *health = about->health;
    sum->liquidatable_cnt++;
    sum->sizing_cnt[about->sizing]++;
    sum->dust_cnt += about->dust;
    sum->unpriced_cnt += !priced;
    analyze_add(&sum->collateral_usd, &sum->saturated, &about->collateral_usd.raw);
    analyze_add(&sum->debt_usd, &sum->saturated, &about->debt_usd.raw);
    sum->bad_debt_cnt += lq_u256_lt(&health->collateral_value, &health->debt_value);
    lq_usd_t bad;
    if (!lq_usd_sub_checked(&bad, &about->debt_usd, &about->collateral_usd))
        analyze_add(&sum->bad_debt_usd, &sum->saturated, &bad.raw);
    if (about->taken)
        add_profit(sum, &about->plan->profit);
}

static void settle(lq_analysis_sum_t *sum)
{
    lq_i256_t seized = signed_of(&sum->saturated, &sum->seized_usd);
    lq_i256_t repaid = signed_of(&sum->saturated, &sum->repaid_usd);
    sum->gross_usd = lq_i256_sub_wrap(&seized, &repaid); /* of two that are not below 0 */
}

/* ---- a look ---- */

/* Sets what ABOUT has in dollars; false: both are 0, since a price is missing. */
static bool set_worth(lq_analysis_t *a, lq_analysis_account_t *about)
{
    lq_usd_t collateral;
    lq_usd_t debt;
    if (!lq_engine_worth(a->engine, &collateral, about->account,
                         &about->health->collateral_value) ||
        !lq_engine_worth(a->engine, &debt, about->account, &about->health->debt_value))
        return false;
    about->collateral_usd = collateral;
    about->debt_usd = debt;
    return true;
}

/* Whether PROFIT comes to what is asked for. */
static bool is_enough(const lq_analysis_t *a, const lq_profit_t *profit)
{
    lq_u256_t net;
    lq_usd_t least = lq_engine_least(a->engine, profit);
    return !lq_i256_to_u256(&net, &profit->net_usd) && !lq_u256_lt(&net, &least.raw);
}

static void size(lq_analysis_t *a, lq_analysis_account_t *about)
{
    about->sizing = LQ_SIZING_BLOCKED;
    if (about->health->blocked)
        return;
    about->dust = lq_engine_is_dust(a->engine, about->account, about->health);
    about->sizing =
        about->dust ? LQ_SIZING_UNPROFITABLE : lq_engine_size(a->engine, &a->plan, about->account);
    if (!about->dust &&
        (about->sizing == LQ_SIZING_PLAN || about->sizing == LQ_SIZING_UNPROFITABLE))
        about->plan = &a->plan;
    about->taken = about->sizing == LQ_SIZING_PLAN && is_enough(a, &a->plan.profit);
}

static void look_at(lq_analysis_t *a, lq_analysis_point_t *out, uint32_t account,
                    lq_analysis_fn_t *fn, void *ctx)
{
    lq_health_t health;
    lq_engine_health(a->engine, &health, account);
    if (health.verdict != LQ_HEALTH_LIQUIDATABLE)
        return;
    lq_analysis_account_t about = {
        .account = account, .instance = analyze_instance(a, account), .health = &health};
    bool priced = set_worth(a, &about);
    size(a, &about);
    add_account(&out->all, &about, priced);
    add_account(&out->instances[about.instance], &about, priced);
    if (about.taken)
        a->offers[a->offer_cnt++] = (analyze_offer_t){a->plan.profit.net_usd, account};
    if (fn)
        fn(ctx, &about);
}

/* ---- together ---- */

static int by_profit(const void *a, const void *b)
{
    const analyze_offer_t *x = a;
    const analyze_offer_t *y = b;
    int order = lq_i256_cmp(&y->net_usd, &x->net_usd);
    return order ? order : (x->account > y->account) - (x->account < y->account);
}

static void look_together(lq_analysis_t *a, lq_analysis_point_t *out)
{
    qsort(a->offers, a->offer_cnt, sizeof(a->offers[0]), by_profit);
    out->has_together = true;
    for (size_t i = 0; i < a->offer_cnt; i++) {
        uint32_t account = a->offers[i].account;
        if (lq_engine_size(a->engine, &a->plan, account) != LQ_SIZING_PLAN ||
            !is_enough(a, &a->plan.profit))
            continue;
        out->together_cnt++;
        add_signed(&out->together_usd, &out->all.saturated, &a->plan.profit.net_usd);
        lq_engine_spend(a->engine, account, &a->plan);
    }
}

void lq_analysis_look(lq_analysis_t *a, lq_analysis_point_t *out, const lq_engine_view_t *view,
                      bool together, lq_analysis_fn_t *fn, void *ctx)
{
    memset(out, 0, sizeof(*out));
    a->offer_cnt = 0;
    lq_engine_see(a->engine, view);
    size_t cnt = lq_engine_endangered(a->engine, a->found, a->account_cnt);
    for (size_t i = 0; i < cnt && i < a->account_cnt; i++) {
        lq_ledger_expect(a->ledger, &a->found[i], cnt - i);
        look_at(a, out, a->found[i], fn, ctx);
    }
    if (together)
        look_together(a, out);
    settle(&out->all);
    for (size_t i = 0; i < LQ_SYNC_INSTANCE_MAX; i++)
        settle(&out->instances[i]);
    lq_engine_see(a->engine, NULL);
}
