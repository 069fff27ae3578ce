#include <stdlib.h>
#include <string.h>

#include "analyze_internal.h"

/* Sizes that are asked for; what is asked of a profit rises with it. */
#define ASK_MAX 4096u

/* ---- which there are ---- */

static uint8_t side_of(const lq_analysis_t *a, uint16_t factor)
{
    return factor < a->factor_cnt ? lq_ledger_factor(a->ledger, factor)->side : LQ_SIDE_IDLE;
}

static void add_owed(analyze_pair_t *p, const lq_u256_t *owed)
{
    if (lq_u256_add_checked(&p->owed, &p->owed, owed))
        p->owed = (lq_u256_t){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
}

/* The debt DEBT of ACCOUNT stands against each of its collaterals. */
static void add_debt(lq_analysis_t *a, uint32_t account, uint16_t debt, lq_u128_t amount)
{
    lq_legs_t legs = lq_ledger_legs(a->ledger, account);
    uint32_t number = lq_ledger_account(a->ledger, account).pool;
    uint32_t instance = lq_ledger_pool(a->ledger, number).instance;
    const lq_adapter_t *adapter = analyze_adapter(a, instance);
    const analyze_pool_t *pool = &a->pools[number];
    lq_u256_t owed = lq_u256_from_u64(0);
    if (adapter->token_amount)
        (void)!adapter->token_amount(lq_sync_self(a->sync, instance), &owed, debt, amount, 0);
    for (size_t i = 0; i < legs.cnt; i++) {
        uint16_t collateral = legs.factors[i];
        if (side_of(a, collateral) != LQ_SIDE_COLLATERAL)
            continue;
        analyze_pair_t *p =
            &a->pairs[pool->place + (size_t)a->factor_place[collateral] * pool->debt_cnt +
                      a->factor_place[debt]];
        p->pair = (lq_liquidation_pair_t){.collateral = collateral, .debt = debt};
        p->instance = instance;
        p->seen = true;
        add_owed(p, &owed);
    }
}

static void add_account(lq_analysis_t *a, uint32_t account)
{
    lq_legs_t legs = lq_ledger_legs(a->ledger, account);
    for (size_t i = 0; i < legs.cnt; i++)
        if (side_of(a, legs.factors[i]) == LQ_SIDE_DEBT)
            add_debt(a, account, legs.factors[i], legs.amounts[i]);
}

/* ---- in order ---- */

static void to_dollars(const lq_analysis_t *a, analyze_pair_t *p)
{
    lq_quote_t quote;
    lq_address_t token;
    lq_usd_t usd = {0};
    if (lq_engine_price(a->engine, &quote, &token, p->instance, p->pair.debt) == LQ_VALUE_FRESH &&
        lq_worth_up(&usd, &p->owed, &quote))
        usd.raw = (lq_u256_t){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    p->owed = usd.raw;
}

static int by_debt(const void *a, const void *b)
{
    const analyze_pair_t *x = a;
    const analyze_pair_t *y = b;
    if (x->instance != y->instance)
        return x->instance < y->instance ? -1 : 1;
    int order = lq_u256_cmp(&y->owed, &x->owed);
    if (order)
        return order;
    if (x->pair.collateral != y->pair.collateral)
        return x->pair.collateral < y->pair.collateral ? -1 : 1;
    return (x->pair.debt > y->pair.debt) - (x->pair.debt < y->pair.debt);
}

size_t lq_analysis_pairs(lq_analysis_t *a, lq_analysis_break_even_t *out, size_t max)
{
    size_t cnt = 0;
    memset(a->pairs, 0, a->pair_max * sizeof(a->pairs[0]));
    for (uint32_t i = 0; i < a->account_cnt; i++)
        if (lq_ledger_account(a->ledger, i).state == LQ_ACCOUNT_KNOWN)
            add_account(a, i);
    lq_engine_see(a->engine, NULL);
    for (size_t i = 0; i < a->pair_max; i++) {
        if (!a->pairs[i].seen)
            continue;
        a->pairs[cnt] = a->pairs[i];
        to_dollars(a, &a->pairs[cnt++]);
    }
    qsort(a->pairs, cnt, sizeof(a->pairs[0]), by_debt);
    for (size_t i = 0; i < cnt && i < max; i++)
        out[i] = (lq_analysis_break_even_t){.instance = a->pairs[i].instance,
                                            .pair = a->pairs[i].pair,
                                            .debt_usd = lq_usd_make(&a->pairs[i].owed)};
    return cnt;
}

/* ---- what is worth it ---- */

static lq_err_t incentive_of(const lq_analysis_t *a, lq_incentive_t *out,
                             const lq_analysis_break_even_t *row, const lq_what_if_t *what_if)
{
    return analyze_adapter(a, row->instance)
        ->incentive(lq_sync_self(a->sync, row->instance), out, row->pair, what_if);
}

/* The least that is asked rises with the size; of none more than of the size that is looked for. So
   the size that earns what is asked of the last one never goes beyond it, and where the two meet it
   is found. */
static lq_err_t find_size(const lq_analysis_t *a, lq_analysis_break_even_t *row)
{
    lq_usd_t least = lq_engine_least(a->engine, &row->profit);
    for (size_t i = 0; i < ASK_MAX; i++) {
        lq_err_t err = lq_engine_break_even(a->engine, &row->repaid, &row->profit, row->instance,
                                            row->pair, &least);
        if (err)
            return err;
        lq_usd_t asked = lq_engine_least(a->engine, &row->profit);
        if (lq_usd_cmp(&asked, &least) <= 0)
            return LQ_OK;
        least = asked;
    }
    return LQ_ERR_NOT_FOUND;
}

void lq_analysis_break_even(lq_analysis_t *a, lq_analysis_break_even_t *row,
                            const lq_engine_view_t *view)
{
    static const lq_what_if_t none;
    *row = (lq_analysis_break_even_t){
        .instance = row->instance, .pair = row->pair, .debt_usd = row->debt_usd};
    lq_engine_see(a->engine, view);
    row->err = incentive_of(a, &row->incentive, row, view ? &view->what_if : &none);
    if (!row->err)
        row->err = find_size(a, row);
    if (row->err) {
        row->repaid = lq_u256_from_u64(0);
        memset(&row->profit, 0, sizeof(row->profit));
    }
    lq_engine_see(a->engine, NULL);
}
