#include "engine_internal.h"
#include "liqd/base/fetch.h"

/* What the log of a price does to the book and what a decision comes to by it, for somebody who is
   nearly liquidatable: over the same book, which the undo journal takes back, and nothing is asked
   for. Where that price is further away, the decision is made under a view of it instead. Whom and
   at which price is found again when another block is complete. */

#define FEED_MAX 8u

/* A rehearsal under way. */
typedef struct part {
    lq_engine_t *e;
    lq_action_fn_t *fn;
    void *ctx;
    bool decided;
    bool wanted;
} part_t;

/* A tenth of a percent, which moves no more accounts than a price that comes does. Where that is
   too many all the same, in lines of the undo journal, it is one unit. */
#define STEP_DIV   1000u
#define WIDE_LINES 512u
#define ROOM_LINES 16384u

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

/* What FEED says after a step towards the rehearsed answer, at most STEP_DIV'th of what it says. */
static lq_i256_t step_of(const lq_engine_t *e)
{
    const engine_rehearsal_t *r = &e->rehearsal;
    lq_u256_t now = lq_oracles_feed(e->oracles, r->overlay.feed)->answer.bits;
    lq_u256_t to = r->overlay.answer.bits;
    lq_u256_t one = lq_u256_from_u64(1);
    lq_u256_t div = lq_u256_from_u64(STEP_DIV);
    lq_u256_t most = one;
    if (!r->wide && !lq_u256_div_checked(&most, &now, &div))
        most = lq_u256_max(&most, &one);
    bool falls = lq_u256_lt(&to, &now);
    lq_u256_t by = falls ? lq_u256_sub_wrap(&now, &to) : lq_u256_sub_wrap(&to, &now);
    if (lq_u256_lt(&most, &by))
        to = falls ? lq_u256_sub_wrap(&now, &most) : lq_u256_add_wrap(&now, &most);
    return (lq_i256_t){to};
}

/* What the book does not know of: the row and the note of whom the price moves. */
static void fetch_row(const lq_engine_t *e, uint32_t account)
{
    if (e->row_cnt < e->config.candidate_max)
        lq_fetch(&e->rows[e->row_cnt], sizeof(e->rows[0]));
    lq_fetch(&e->notes[e->note_at & (e->note_max - 1)], sizeof(e->notes[0]));
    lq_fetch(&e->row_of[account], sizeof(e->row_of[0]));
    lq_fetch(e->touched, sizeof(e->touched[0]));
    lq_fetch(e->looks, sizeof(e->looks[0]));
    lq_fetch(&e->stat, sizeof(e->stat));
    lq_fetch(&e->offers, offsetof(lq_engine_t, kept) - offsetof(lq_engine_t, offers));
}

/* What a decision about the rehearsed account comes to, by what it sees now. */
static bool decide(lq_engine_t *e, const part_t *part)
{
    uint32_t account = e->rehearsal.account;
    engine_row_t row = row_for(e, account);
    engine_verdict_t verdict;
    uint64_t size_cnt = e->stat.size_cnt;
    e->rehearsal.on = true;
    engine_tell_candidate(&row, false, part->fn, part->ctx);
    engine_move(e);
    engine_look(e, &row, &verdict, true);
    engine_offer(e, account, &verdict.profit.net_usd);
    (void)engine_next_offer(e);
    bool wanted = verdict.reason == LQ_REASON_NEW && engine_has_free_place(e) &&
                  verdict.lane.free && engine_encode(e, &row);
    if (wanted)
        engine_ask_in_play(e, &row, verdict.lane.lane, part->fn, part->ctx);
    e->swaps->back(e->swaps->ctx);
    e->rehearsal.on = false;
    e->plan_account = ENGINE_NONE;
    e->stat.size_cnt = size_cnt;
    return wanted;
}

/* The price stands a step nearer. */
static void on_price(void *ctx)
{
    part_t *part = ctx;
    lq_engine_t *e = part->e;
    if (lq_book_tier(e->book, e->rehearsal.account) != LQ_TIER_LIQUIDATABLE)
        return;
    e->round_cnt++;
    part->wanted = decide(e, part);
    part->decided = true;
    e->round_cnt++;
}

static void rehearse_price(lq_engine_t *e, part_t *part)
{
    engine_rehearsal_t *r = &e->rehearsal;
    size_t lines = 0;
    lq_i256_t answer = step_of(e);
    fetch_row(e, r->account);
    (void)lq_sync_rehearse(e->sync, &lines, r->overlay.feed, &answer, ROOM_LINES, on_price, part);
    r->wide = r->wide || lines > WIDE_LINES;
}

static void nobody(void *ctx, const lq_action_t *action)
{
    (void)ctx;
    (void)action;
}

bool lq_engine_rehearse(lq_engine_t *e, lq_action_fn_t *fn, void *ctx)
{
    engine_rehearsal_t *r = &e->rehearsal;
    part_t part = {.e = e, .fn = fn ? fn : nobody, .ctx = ctx};
    LQ_ASSERT(!e->seen->on && !e->seen->spent);
    if (lq_sync_stat(e->sync).phase != LQ_SYNC_FOLLOWING || lq_engine_is_deciding(e))
        return false;
    lq_undo_warm(lq_sync_undo(e->sync));
    if (r->blk != e->complete_blk || (!r->has_account && r->at < r->cnt)) {
        choose(e);
        return false;
    }
    if (!is_there(e))
        return false;
    rehearse_price(e, &part);
    if (part.decided)
        return part.wanted;
    const lq_engine_view_t view = {.overlays = &r->overlay, .overlay_cnt = 1};
    lq_engine_see(e, &view);
    part.wanted = decide(e, &part);
    lq_engine_see(e, NULL);
    return part.wanted;
}
