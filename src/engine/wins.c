#include "engine_internal.h"

/* What was freed so long ago that no undone block takes that back. */
static bool is_past(const lq_engine_t *e, const engine_win_t *win)
{
    return win->freed_blk != UINT64_MAX &&
           e->top_blk > lq_time_after(win->freed_blk, 2 * (uint64_t)e->config.sync.window_blk);
}

static bool is_of(const engine_win_t *win, const engine_row_t *row)
{
    return win->pool == row->pool && win->instance == row->instance &&
           engine_same_address(&win->owner, &row->owner);
}

/* Without those that are past or of the intent ID; in the order of coming. */
static void sweep(lq_engine_t *e, uint64_t id)
{
    size_t cnt = 0;
    for (size_t i = 0; i < e->win_cnt; i++)
        if (e->wins[i].intent != id && !is_past(e, &e->wins[i]))
            e->wins[cnt++] = e->wins[i];
    e->win_cnt = cnt;
}

/* The intent of the oldest that is freed, or of the oldest. */
static uint64_t least_missed(const lq_engine_t *e)
{
    for (size_t i = 0; i < e->win_cnt; i++)
        if (e->wins[i].freed_blk != UINT64_MAX)
            return e->wins[i].intent;
    return e->wins[0].intent;
}

void engine_win(lq_engine_t *e, const engine_intent_t *intent)
{
    if (e->win_cnt == engine_win_max(&e->config))
        sweep(e, intent->id);
    if (e->win_cnt == engine_win_max(&e->config))
        sweep(e, least_missed(e));
    e->wins[e->win_cnt++] = (engine_win_t){.intent = intent->id,
                                           .owner = intent->owner,
                                           .pool = intent->pool,
                                           .instance = intent->instance,
                                           .freed_blk = UINT64_MAX};
}

void engine_unwin(lq_engine_t *e, const engine_intent_t *intent)
{
    if (e->win_cnt)
        sweep(e, intent->id);
}

/* Blocks may have been undone since it was freed. */
bool engine_is_won(const lq_engine_t *e, const engine_row_t *row)
{
    for (size_t i = 0; i < e->win_cnt; i++)
        if (is_of(&e->wins[i], row) && e->wins[i].freed_blk > e->top_blk)
            return true;
    return false;
}

/* That it is not known, or that a rebuild has emptied the book, frees nobody. */
static bool is_healed(const lq_engine_t *e, const engine_row_t *row)
{
    if (e->rebuilt || lq_ledger_account(e->ledger, row->account).state != LQ_ACCOUNT_KNOWN)
        return false;
    lq_health_t health;
    engine_adapter(e, row->instance)
        ->health(lq_sync_self(e->sync, row->instance), &health, row->account, NULL);
    return health.verdict == LQ_HEALTH_SAFE || health.verdict == LQ_HEALTH_NO_DEBT;
}

void engine_free_wins(lq_engine_t *e, const engine_row_t *row)
{
    if (!engine_is_won(e, row) || !is_healed(e, row))
        return;
    for (size_t i = 0; i < e->win_cnt; i++)
        if (is_of(&e->wins[i], row) && e->wins[i].freed_blk > e->top_blk)
            e->wins[i].freed_blk = e->top_blk;
}
