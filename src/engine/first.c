#include "engine_internal.h"

/* The first of an event. Where one price makes many liquidatable, the best of them is asked for
   before the others are sized: they are sized in falling order of what they can net at most
   (dust.c, a microsecond each), until the best so far is before all that are left. Nothing is held
   nor moved for it until all were looked at, as engine_choose finds them: so that whom it leaves
   too little is told the same as if it had been asked for then. */

static bool may_be_dust(const lq_engine_t *e, const engine_row_t *row)
{
    return (size_t)(row - e->rows) < e->live_cnt;
}

/* No bound: before all that have one. */
static lq_i256_t bound_of(lq_engine_t *e, const engine_row_t *row)
{
    static const lq_i256_t most = {{{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX >> 1}}};
    lq_i256_t bound;
    lq_health_t health;
    engine_adapter(e, row->instance)
        ->health(lq_sync_self(e->sync, row->instance), &health, row->account, NULL);
    return lq_engine_most(e, &bound, row->account, &health) ? bound : most;
}

/* Offers each that is to be looked at for the most that it can be worth. */
static void offer_bounds(lq_engine_t *e)
{
    for (size_t i = 0; i < e->look_cnt; i++) {
        const engine_row_t *row = engine_row(e, e->looks[i]);
        if (!row || !row->looking || !engine_is_open(e, row))
            continue;
        lq_i256_t bound = bound_of(e, row);
        engine_offer(e, row->account, &bound);
    }
}

/* Looks at ACCOUNT, and has *BEST be what it offers where that is before. */
static void try_one(lq_engine_t *e, engine_offer_t *best, uint32_t account)
{
    engine_first_t *first = &e->first;
    engine_row_t *row = engine_row(e, account);
    engine_forelook_t *look = &first->looks[first->look_cnt++];
    look->account = account;
    engine_look(e, row, &look->verdict, may_be_dust(e, row));
    engine_offer_t offer = {.net_usd = look->verdict.profit.net_usd, .account = account};
    if (look->verdict.reason != LQ_REASON_NEW ||
        (best->account != ENGINE_NONE && !engine_is_before(&offer, best)))
        return;
    *best = offer;
    first->plan = e->plan;
    first->verdict = look->verdict;
}

static void ask_for(lq_engine_t *e, uint32_t account)
{
    e->plan = e->first.plan;
    e->plan_account = account;
    const engine_lane_t *lane = &e->first.verdict.lane;
    if (engine_has_free_place(e) && lane->free &&
        engine_ask(e, engine_row(e, account), lane->lane, &e->first.intent))
        e->first.account = account;
}

void engine_first(lq_engine_t *e)
{
    engine_offer_t best = {.account = ENGINE_NONE};
    e->first.look_cnt = 0;
    e->first.account = ENGINE_NONE;
    if (e->look_cnt < 2)
        return;
    offer_bounds(e);
    while (e->offer_cnt && e->first.look_cnt < ENGINE_FORELOOK_MAX) {
        if (best.account != ENGINE_NONE && engine_is_before(&best, &e->offers[0]))
            break;
        try_one(e, &best, engine_next_offer(e).account);
    }
    bool is_best =
        best.account != ENGINE_NONE && (!e->offer_cnt || engine_is_before(&best, &e->offers[0]));
    e->offer_cnt = 0;
    if (is_best)
        ask_for(e, best.account);
}

void engine_first_look(lq_engine_t *e, engine_row_t *row, engine_verdict_t *out, bool dust)
{
    for (size_t i = 0; i < e->first.look_cnt; i++)
        if (e->first.looks[i].account == row->account) {
            *out = e->first.looks[i].verdict;
            return;
        }
    engine_look(e, row, out, dust);
}

bool engine_first_hold(lq_engine_t *e)
{
    if (e->first.account == ENGINE_NONE)
        return false;
    engine_hold(e, engine_row(e, e->first.account), e->first.intent, &e->first.verdict);
    e->first.account = ENGINE_NONE;
    return true;
}
