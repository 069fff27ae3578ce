#include "engine_internal.h"

/* What a decision comes to, under a view of the answer at which somebody would be liquidatable: the
   same health, sizing and encoding over the same book, and nothing is asked for. It is found again
   when another block is complete. */

#define FEED_MAX 8u

/* The riskiest that some answer of a feed makes liquidatable, and that answer. */
static bool find(lq_engine_t *e, uint32_t account)
{
    engine_rehearsal_t *r = &e->rehearsal;
    lq_trigger_t triggers[FEED_MAX];
    size_t cnt = lq_book_triggers(e->book, triggers, FEED_MAX, account, 0);
    for (size_t i = 0; i < cnt && i < FEED_MAX; i++) {
        if (triggers[i].kind != LQ_TRIGGER_BELOW && triggers[i].kind != LQ_TRIGGER_ABOVE)
            continue;
        r->account = account;
        r->overlay = (lq_price_overlay_t){.answer = triggers[i].answer, .feed = triggers[i].feed};
        return true;
    }
    return false;
}

/* One at a time: looking takes long, and something may come meanwhile. */
static void choose(lq_engine_t *e)
{
    engine_rehearsal_t *r = &e->rehearsal;
    if (r->blk != e->complete_blk) {
        r->blk = e->complete_blk;
        r->has_account = false;
        r->cnt = lq_book_riskiest(e->book, r->riskiest, ENGINE_REHEARSAL_MAX);
        r->at = 0;
        return;
    }
    uint32_t account = r->riskiest[r->at++];
    r->has_account = account < lq_ledger_cnt(e->ledger) && !e->row_of[account] && find(e, account);
}

/* A block that is undone may take an account or a feed with it. */
static bool is_there(const lq_engine_t *e)
{
    const engine_rehearsal_t *r = &e->rehearsal;
    return r->has_account && r->account < lq_ledger_cnt(e->ledger) &&
           r->overlay.feed < lq_oracles_feed_cnt(e->oracles);
}

static engine_row_t row_for(const lq_engine_t *e, uint32_t account)
{
    lq_account_t about = lq_ledger_account(e->ledger, account);
    return (engine_row_t){.owner = about.owner,
                          .pool = about.pool,
                          .account = account,
                          .instance = lq_ledger_pool(e->ledger, about.pool).instance};
}

bool lq_engine_rehearse(lq_engine_t *e)
{
    engine_rehearsal_t *r = &e->rehearsal;
    LQ_ASSERT(!e->seen->on && !e->seen->spent);
    if (lq_sync_stat(e->sync).phase != LQ_SYNC_FOLLOWING)
        return false;
    lq_undo_warm(lq_sync_undo(e->sync));
    if (r->blk != e->complete_blk || (!r->has_account && r->at < r->cnt)) {
        choose(e);
        return false;
    }
    if (!is_there(e))
        return false;
    const lq_engine_view_t view = {.overlays = &r->overlay, .overlay_cnt = 1};
    engine_row_t row = row_for(e, r->account);
    engine_verdict_t verdict;
    uint64_t size_cnt = e->stat.size_cnt;
    lq_engine_see(e, &view);
    engine_move(e);
    engine_look(e, &row, &verdict, true);
    bool wanted = verdict.reason == LQ_REASON_NEW && engine_encode(e, &row);
    e->swaps->back(e->swaps->ctx);
    lq_engine_see(e, NULL);
    e->plan_account = ENGINE_NONE;
    e->stat.size_cnt = size_cnt;
    return wanted;
}
