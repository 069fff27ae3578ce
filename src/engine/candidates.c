#include <string.h>

#include "liqd/base/digest.h"

#include "engine_internal.h"

/* ---- the table ---- */

engine_row_t *engine_row(const lq_engine_t *e, uint32_t account)
{
    if (account >= e->config.sync.ledger.account_max || !e->row_of[account])
        return NULL;
    return &e->rows[e->row_of[account] - 1];
}

static uint32_t at_of(const lq_engine_t *e, const engine_row_t *row)
{
    return (uint32_t)(row - e->rows);
}

static void swap_rows(lq_engine_t *e, uint32_t a, uint32_t b)
{
    if (a == b)
        return;
    engine_row_t row = e->rows[a];
    e->rows[a] = e->rows[b];
    e->rows[b] = row;
    e->row_of[e->rows[a].account] = a + 1;
    e->row_of[e->rows[b].account] = b + 1;
}

void engine_set_dust(lq_engine_t *e, engine_row_t *row, bool dust)
{
    uint32_t at = at_of(e, row);
    if (dust == (at >= e->live_cnt))
        return;
    if (dust)
        swap_rows(e, at, (uint32_t)--e->live_cnt);
    else
        swap_rows(e, at, (uint32_t)e->live_cnt++);
}

static void remove_row(lq_engine_t *e, engine_row_t *row)
{
    uint32_t account = row->account;
    engine_set_dust(e, row, true);
    swap_rows(e, e->row_of[account] - 1, (uint32_t)e->row_cnt - 1);
    e->row_of[account] = 0;
    e->row_cnt--;
}

/* ---- reasons ---- */

void engine_set_reason(lq_engine_t *e, engine_row_t *row, const engine_verdict_t *verdict)
{
    bool same = row->reason == verdict->reason && row->hold.limit == verdict->hold.limit &&
                row->no_route == verdict->no_route;
    row->hold = verdict->hold;
    row->no_route = verdict->no_route;
    row->has_profit = verdict->has_profit;
    row->profit = verdict->profit;
    row->behind = e->asked_cnt > 0;
    if (same)
        return;
    e->stat.standing_cnt[row->reason]--;
    e->stat.standing_cnt[verdict->reason]++;
    row->reason = verdict->reason;
    engine_emit_candidate(e, row, false);
}

void engine_set_plain(lq_engine_t *e, engine_row_t *row, lq_reason_t reason)
{
    engine_verdict_t verdict = {
        .reason = reason, .has_profit = row->has_profit, .profit = row->profit};
    engine_set_reason(e, row, &verdict);
}

void engine_end(lq_engine_t *e, engine_row_t *row, lq_reason_t reason)
{
    e->stat.standing_cnt[row->reason]--;
    e->stat.ended_cnt[reason]++;
    row->reason = reason;
    row->hold = (lq_hold_t){0};
    engine_emit_candidate(e, row, true);
    remove_row(e, row);
}

/* ---- who is one ---- */

static bool is_same_account(const lq_engine_t *e, const engine_row_t *row)
{
    if (row->account >= lq_ledger_cnt(e->ledger))
        return false;
    lq_account_t account = lq_ledger_account(e->ledger, row->account);
    return account.pool == row->pool && engine_same_address(&account.owner, &row->owner);
}

static bool is_liquidatable(const lq_engine_t *e, uint32_t account)
{
    return account < lq_ledger_cnt(e->ledger) &&
           lq_book_tier(e->book, account) == LQ_TIER_LIQUIDATABLE;
}

bool engine_can_liquidate(const lq_engine_t *e, const engine_row_t *row)
{
    return is_liquidatable(e, row->account) && is_same_account(e, row);
}

/* Without a rival, and nothing of ours: what ended it. */
static lq_reason_t ended_by(const lq_engine_t *e, const engine_row_t *row)
{
    if (e->rebuilt || (e->went_back && row->opened_blk > e->back_blk))
        return LQ_REASON_UNDONE;
    if (lq_ledger_account(e->ledger, row->account).state != LQ_ACCOUNT_KNOWN)
        return LQ_REASON_UNTRUSTED;
    lq_health_t health;
    engine_adapter(e, row->instance)
        ->health(lq_sync_self(e->sync, row->instance), &health, row->account, NULL);
    switch (health.verdict) {
    case LQ_HEALTH_UNKNOWN:
        return LQ_REASON_UNTRUSTED;
    case LQ_HEALTH_REVERTS:
        return LQ_REASON_BLOCKED;
    case LQ_HEALTH_NO_DEBT:
    case LQ_HEALTH_SAFE:
    case LQ_HEALTH_LIQUIDATABLE:
        break;
    }
    return LQ_REASON_HEALED;
}

static void end_now(lq_engine_t *e, engine_row_t *row)
{
    engine_free_wins(e, row);
    if (row->mined)
        engine_end(e, row, LQ_REASON_TAKEN);
    else if (row->has_rival)
        engine_end(e, row, LQ_REASON_LOST);
    else
        engine_end(e, row, ended_by(e, row));
}

/* A transaction's logs come one by one, and the one that names a liquidator is the last: who ceases
   to be liquidatable by a log waits for that. */
static void close_row(lq_engine_t *e, engine_row_t *row, const lq_event_t *event)
{
    if (row->intent != ENGINE_NONE) {
        engine_drop(e, row);
    } else if (event->kind != LQ_EVENT_LOG || e->closing_cnt == e->config.candidate_max) {
        end_now(e, row);
    } else if (!row->closing) {
        row->closing = true;
        e->closing[e->closing_cnt++] = row->account;
        e->closing_tx = event->as.log->tx_hash;
    }
}

void engine_close(lq_engine_t *e, const lq_event_t *next)
{
    if (next->kind == LQ_EVENT_LOG &&
        memcmp(&next->as.log->tx_hash, &e->closing_tx, sizeof(e->closing_tx)) == 0)
        return;
    for (size_t i = 0; i < e->closing_cnt; i++) {
        engine_row_t *row = engine_row(e, e->closing[i]);
        if (!row || !row->closing)
            continue;
        row->closing = false;
        if (engine_can_liquidate(e, row))
            row->has_rival = false;
        else if (row->intent == ENGINE_NONE)
            end_now(e, row);
    }
    e->closing_cnt = 0;
}

void engine_rival(lq_engine_t *e, const lq_evm_log_t *log)
{
    for (uint32_t i = 0; i < e->config.sync.instance_cnt; i++) {
        lq_liquidation_log_t told;
        if (!engine_adapter(e, i)->liquidated(lq_sync_self(e->sync, i), &told, log))
            continue;
        engine_row_t *row = told.account == LQ_LEDGER_NONE ? NULL : engine_row(e, told.account);
        if (!row)
            continue;
        row->has_rival = true;
        row->rival = told.liquidator;
        row->rival_blk = log->block.number;
        engine_want_look(e, row);
    }
}

/* Room for one who is worth more than dust is made by dust. */
static bool make_room(lq_engine_t *e)
{
    if (e->row_cnt < e->config.candidate_max)
        return true;
    e->stat.full_cnt++;
    if (e->live_cnt == e->row_cnt)
        return false;
    engine_row_t *row = &e->rows[e->row_cnt - 1];
    engine_end(e, row, row->reason == LQ_REASON_NEW ? LQ_REASON_UNPROFITABLE : row->reason);
    return true;
}

static void open_row(lq_engine_t *e, uint32_t account)
{
    if (!make_room(e))
        return;
    lq_account_t about = lq_ledger_account(e->ledger, account);
    uint32_t at = (uint32_t)e->row_cnt++;
    engine_row_t *row = &e->rows[at];
    memset(row, 0, sizeof(*row));
    row->owner = about.owner;
    row->pool = about.pool;
    row->account = account;
    row->instance = lq_ledger_pool(e->ledger, about.pool).instance;
    row->intent = ENGINE_NONE;
    row->reason = LQ_REASON_NEW;
    row->opened_blk = e->top_blk;
    e->row_of[account] = at + 1;
    e->stat.began_cnt++;
    e->stat.standing_cnt[LQ_REASON_NEW]++;
    engine_set_dust(e, row, false);
    row = engine_row(e, account);
    engine_emit_candidate(e, row, false);
    engine_adopt(e, row);
    if (!row->won)
        engine_want_look(e, row);
}

static void settle_account(lq_engine_t *e, uint32_t account, const lq_event_t *event)
{
    engine_row_t *row = engine_row(e, account);
    if (row && !is_same_account(e, row)) {
        if (row->intent != ENGINE_NONE)
            engine_drop(e, row);
        engine_end(e, row, LQ_REASON_UNDONE);
        row = NULL;
    }
    bool is = is_liquidatable(e, account);
    if (row && !is)
        close_row(e, row, event);
    else if (!row && is)
        open_row(e, account);
}

static void settle_all(lq_engine_t *e, const lq_event_t *event)
{
    for (size_t i = e->row_cnt; i > 0; i--) {
        if (i <= e->row_cnt)
            settle_account(e, e->rows[i - 1].account, event);
    }
    uint32_t cnt = (uint32_t)lq_ledger_cnt(e->ledger);
    for (uint32_t a = 0; a < cnt; a++)
        if (!e->row_of[a] && is_liquidatable(e, a))
            settle_account(e, a, event);
}

void engine_settle(lq_engine_t *e, const lq_event_t *event)
{
    if (e->scan)
        settle_all(e, event);
    else
        for (size_t i = 0; i < e->touched_cnt; i++)
            settle_account(e, e->touched[i], event);
    e->scan = false;
    e->touched_cnt = 0;
}

/* ---- through moves and undone blocks ---- */

static void touch(lq_engine_t *e, uint32_t account)
{
    if (e->touched_cnt == e->touched_max)
        e->scan = true;
    else
        e->touched[e->touched_cnt++] = account;
}

void engine_note(lq_engine_t *e, uint32_t account)
{
    touch(e, account);
    if (e->note_at - e->note_from == e->note_max) {
        e->has_lost_note = true;
        e->lost_blk = e->notes[e->note_from++ & (e->note_max - 1)].blk;
    }
    e->notes[e->note_at++ & (e->note_max - 1)] = (engine_note_t){e->top_blk, account};
}

/* The state is that of block BLK's end. Notes are never of a lower block than the move that they
   tell of, and in rising order: so those above BLK are the newest, and are at most of BLK now. */
void engine_note_back(lq_engine_t *e, uint64_t blk)
{
    for (uint64_t i = e->note_at; i > e->note_from; i--) {
        engine_note_t *note = &e->notes[(i - 1) & (e->note_max - 1)];
        if (note->blk <= blk)
            break;
        note->blk = blk;
        touch(e, note->account);
    }
    if (e->has_lost_note && e->lost_blk > blk) {
        e->scan = true;
        e->lost_blk = blk;
    }
}

/* ---- whom to look at ---- */

void engine_want_look(lq_engine_t *e, engine_row_t *row)
{
    if (row->looking)
        return;
    row->looking = true;
    e->look_any = true;
    if (e->look_cnt == e->config.candidate_max)
        e->look_rows = true;
    else
        e->looks[e->look_cnt++] = row->account;
}

void engine_want_live(lq_engine_t *e)
{
    for (size_t i = 0; i < e->live_cnt; i++)
        engine_want_look(e, &e->rows[i]);
}

void engine_want_crowded(lq_engine_t *e)
{
    for (size_t i = 0; i < e->live_cnt; i++) {
        engine_row_t *row = &e->rows[i];
        if (row->behind && (row->reason == LQ_REASON_CONFLICT || row->reason == LQ_REASON_LIMIT ||
                            engine_is_crowded_out(row->reason)))
            engine_want_look(e, row);
    }
}

void engine_want_waiting(lq_engine_t *e, uint64_t blk)
{
    for (size_t i = 0; i < e->live_cnt; i++)
        if (e->rows[i].wait_blk == blk)
            engine_want_look(e, &e->rows[i]);
}

void engine_want_dust(lq_engine_t *e)
{
    size_t dust_cnt = e->row_cnt - e->live_cnt;
    size_t cnt = dust_cnt < LQ_ENGINE_DUST ? dust_cnt : LQ_ENGINE_DUST;
    for (size_t i = 0; i < cnt; i++)
        engine_want_look(e, &e->rows[e->live_cnt + (e->dust_at + i) % dust_cnt]);
    e->dust_at = dust_cnt ? (e->dust_at + cnt) % dust_cnt : 0;
}

uint64_t engine_values(const lq_engine_t *e, uint32_t account)
{
    lq_legs_t legs = lq_ledger_legs(e->ledger, account);
    uint64_t h = 0;
    for (size_t i = 0; i < legs.cnt; i++) {
        uint64_t bits;
        memcpy(&bits, &lq_ledger_value(e->ledger, legs.factors[i])->value, sizeof(bits));
        h = lq_digest_word(h, bits);
    }
    return h;
}

void engine_want_moved(lq_engine_t *e)
{
    for (size_t i = 0; i < e->live_cnt; i++) {
        engine_row_t *row = &e->rows[i];
        if (row->intent == ENGINE_NONE && engine_can_liquidate(e, row) &&
            row->values != engine_values(e, row->account))
            engine_want_look(e, row);
    }
}
