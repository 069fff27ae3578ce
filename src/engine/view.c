#include <string.h>

#include "engine_internal.h"

const lq_health_view_t *engine_health_view(const lq_engine_t *e, uint32_t instance)
{
    return e->seen->on ? &e->seen->healths[instance] : NULL;
}

bool lq_engine_gas_price(const lq_engine_t *e, lq_gas_price_t *out)
{
    const engine_head_t *head = engine_head(e);
    bool has = head && head->has_fee;
    if (e->seen->view.has_gas_price)
        *out = e->seen->view.gas_price;
    else if (has)
        *out = (lq_gas_price_t){.base_fee_wei = head->next_fee_wei, .tip_wei = e->config.tip_wei};
    return has || e->seen->view.has_gas_price;
}

/* ---- seeing ---- */

static lq_book_view_t book_view(const lq_engine_view_t *view)
{
    return (lq_book_view_t){
        .now_sec = view->now_sec, .overlays = view->overlays, .overlay_cnt = view->overlay_cnt};
}

static void take_back(lq_engine_t *e)
{
    e->seen->spent = false;
    e->swaps->back(e->swaps->ctx);
    for (size_t i = 0; i < e->token_cnt; i++)
        e->tokens[i].spent = lq_u256_from_u64(0);
}

void lq_engine_see(lq_engine_t *e, const lq_engine_view_t *view)
{
    engine_view_t *seen = e->seen;
    if (seen->spent)
        take_back(e);
    memset(&seen->view, 0, sizeof(seen->view));
    memset(seen->healths, 0, sizeof(seen->healths));
    seen->on = view != NULL;
    e->round_cnt++;
    if (view) {
        LQ_ASSERT(view->overlay_cnt <= LQ_BOOK_OVERLAY_MAX && view->swap_bps < ENGINE_BPS);
        seen->view = *view;
        lq_book_view_t under = book_view(view);
        lq_price_shift_t *shifts = seen->shifts;
        for (uint32_t i = 0; i < e->config.sync.instance_cnt; i++) {
            size_t cnt = lq_book_view_shifts(e->book, shifts, i, &under);
            seen->healths[i] = (lq_health_view_t){.now_sec = view->now_sec,
                                                  .shifts = shifts,
                                                  .shift_cnt = cnt,
                                                  .what_if = view->what_if};
            shifts += cnt;
        }
    }
    engine_see_swaps(e);
}

/* ---- what is asked of it ---- */

void lq_engine_health(lq_engine_t *e, lq_health_t *out, uint32_t account)
{
    uint32_t pool = lq_ledger_account(e->ledger, account).pool;
    uint32_t instance = lq_ledger_pool(e->ledger, pool).instance;
    engine_adapter(e, instance)
        ->health(lq_sync_self(e->sync, instance), out, account, engine_health_view(e, instance));
}

/* The CNT accounts at OUT, each once, in rising order: by a bit for each account that there is. */
static void sort_accounts(lq_engine_t *e, uint32_t *out, size_t cnt)
{
    uint64_t *marks = e->seen->marks;
    size_t mark_cnt = (lq_ledger_cnt(e->ledger) + 63) / 64;
    memset(marks, 0, mark_cnt * sizeof(*marks));
    for (size_t i = 0; i < cnt; i++)
        marks[out[i] / 64] |= UINT64_C(1) << out[i] % 64;
    for (size_t i = 0; i < mark_cnt; i++)
        for (uint64_t left = marks[i]; left; left &= left - 1)
            *out++ = (uint32_t)(64 * i) + (uint32_t)__builtin_ctzll(left);
}

size_t lq_engine_endangered(lq_engine_t *e, uint32_t *out, size_t max)
{
    lq_book_view_t view = book_view(&e->seen->view);
    size_t cnt = lq_book_prefilter(e->book, out, max, &view);
    sort_accounts(e, out, cnt < max ? cnt : max);
    return cnt;
}

lq_value_verdict_t lq_engine_price(lq_engine_t *e, lq_quote_t *out, lq_address_t *token,
                                   uint32_t instance, uint16_t factor)
{
    uint8_t decimals;
    engine_adapter(e, instance)
        ->asset_token(lq_sync_self(e->sync, instance), factor, token, &decimals);
    uint32_t number = engine_factor_token(e, instance, factor, &decimals);
    if (number == ENGINE_NONE || decimals > ENGINE_DECIMALS_MAX)
        return LQ_VALUE_NONE;
    lq_value_verdict_t verdict = engine_price(e, number);
    if (verdict != LQ_VALUE_NONE)
        *out = (lq_quote_t){.price_wad = e->tokens[number].value.price_wad, .decimals = decimals};
    return verdict;
}

lq_usd_t lq_engine_least(const lq_engine_t *e, const lq_profit_t *profit)
{
    lq_usd_t least;
    engine_min_profit(e, &least, profit);
    return least;
}

/* ---- what is spent under it ---- */

static void spend_funds(lq_engine_t *e, uint32_t instance, const lq_plan_step_t *step)
{
    uint8_t decimals;
    uint32_t token = engine_factor_token(e, instance, step->call.pair.debt, &decimals);
    if (token == ENGINE_NONE)
        return;
    lq_u256_t *spent = &e->tokens[token].spent;
    if (lq_u256_add_checked(spent, spent, &step->outcome.repaid))
        *spent = engine_limitless;
}

void lq_engine_spend(lq_engine_t *e, uint32_t account, const lq_plan_t *plan)
{
    uint32_t pool = lq_ledger_account(e->ledger, account).pool;
    uint32_t instance = lq_ledger_pool(e->ledger, pool).instance;
    if (!e->seen->spent)
        engine_move(e);
    e->seen->spent = true;
    for (size_t i = 0; i < plan->step_cnt; i++) {
        e->swaps->move(e->swaps->ctx, &plan->steps[i].swap);
        if (e->markets[instance].funding == LQ_FUNDING_INVENTORY)
            spend_funds(e, instance, &plan->steps[i]);
    }
}
