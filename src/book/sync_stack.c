#include <string.h>

#include "sync_internal.h"

bool sync_find_blk(const lq_sync_t *s, size_t *k, const lq_block_ref_t *ref)
{
    uint64_t base = s->blks[0].ref.number;
    if (ref->number < base || ref->number - base > s->top)
        return false;
    size_t at = (size_t)(ref->number - base);
    if (!sync_hash_eq(&s->blks[at].ref.hash, &ref->hash))
        return false;
    *k = at;
    return true;
}

void sync_settle(lq_sync_t *s, bool bind)
{
    if (bind && lq_book_bind(s->book))
        sync_full(s, SYNC_FULL_ORACLES, "oracles");
    lq_book_settle(s->book);
}

void sync_begin(lq_sync_t *s, const sync_blk_t *blk)
{
    lq_undo_begin(s->undo, blk->ref.number);
    lq_book_set_now(s->book, lq_time_after(blk->sec, s->config.block_sec));
}

/* Nothing that is priced or watched depends on it. */
static void apply_to_venues(lq_sync_t *s, const lq_evm_log_t *log, bool quiet, bool *noted)
{
    bool fault = false;
    (void)lq_venues_apply(s->venues, log, &fault);
    if (!fault)
        return;
    *noted = true;
    if (!quiet)
        sync_fault(s, SYNC_VENUES, "a pool's log does not fit");
}

bool sync_apply_log(lq_sync_t *s, const sync_blk_t *blk, const lq_evm_log_t *log, bool quiet,
                    bool *noted)
{
    bool bind = false;
    for (uint32_t i = 0; i < s->config.instance_cnt; i++) {
        switch (s->adapters[i]->apply(s->selves[i], log, blk->sec)) {
        case LQ_APPLIED_NOT:
            break;
        case LQ_APPLIED:
            bind = true;
            break;
        case LQ_APPLIED_WATCH:
            bind = true;
            sync_widen(s, blk->ref.number);
            break;
        case LQ_APPLIED_FAULT:
            bind = true;
            *noted = true;
            if (!quiet)
                sync_fault(s, i, "a log does not fit");
            break;
        }
    }
    if (sync_has_venues(s))
        apply_to_venues(s, log, quiet, noted);
    uint32_t feed = UINT32_MAX;
    lq_feed_outcome_t outcome = lq_oracles_apply(s->oracles, &feed, log, blk->sec);
    if (outcome == LQ_FEED_OK || outcome == LQ_FEED_SAME || outcome == LQ_FEED_REREAD)
        return bind;
    *noted = true;
    if (!quiet) {
        lq_sync_notice_t n = sync_blank(s, LQ_SYNC_NOTICE_FEED, UINT32_MAX);
        n.index = feed;
        n.outcome = outcome;
        sync_tell(s, &n);
    }
    return bind;
}

/* While its block's time is only foreseen a log may not fit that will: who can be given again then
   is told of with the HEAD, if it remains. */
static bool apply_held_log(lq_sync_t *s, sync_blk_t *blk, const lq_evm_log_t *log,
                           sync_held_t *held)
{
    bool muted = held && !blk->headed;
    bool noted = false;
    bool bind = sync_apply_log(s, blk, log, muted || (held && held->noted), &noted);
    if (muted)
        blk->muted = blk->muted || noted;
    else if (held && noted)
        held->noted = true;
    return bind;
}

void sync_told_back(lq_sync_t *s)
{
    lq_sync_notice_t n = sync_blank(s, LQ_SYNC_NOTICE_BACK, UINT32_MAX);
    sync_tell(s, &n);
}

bool sync_back(lq_sync_t *s, size_t k)
{
    for (size_t j = s->top; j > k; j--) {
        if (lq_undo_back(s->undo, s->blks[j].ref.number)) {
            s->broken = "the undo journal does not reach far enough back";
            return false;
        }
        s->back_cnt++;
    }
    if (s->top > k) {
        lq_sync_notice_t n = sync_blank(s, LQ_SYNC_NOTICE_BACK, UINT32_MAX);
        n.block = s->blks[k].ref;
        sync_tell(s, &n);
    }
    return true;
}

/* Gives the entries of BLK from byte FROM on. */
static void give(lq_sync_t *s, sync_blk_t *blk, size_t from)
{
    bool bind = false;
    for (size_t at = from; at < blk->sz;) {
        sync_held_t *held = sync_held_at(s, blk, at);
        if (held->is_answer) {
            bind = sync_apply_held(s, blk, held) || bind;
        } else {
            lq_evm_log_t log = sync_held_log(held);
            bind = apply_held_log(s, blk, &log, held) || bind;
        }
        at += held->sz;
    }
    blk->applied_sz = blk->sz;
    sync_settle(s, bind);
}

void sync_forward(lq_sync_t *s, size_t k)
{
    if (s->blks[k].applied_sz < s->blks[k].sz)
        give(s, &s->blks[k], s->blks[k].applied_sz);
    for (size_t j = k + 1; j <= s->top; j++) {
        s->blks[j - 1].account_cnt = lq_ledger_cnt(s->ledger);
        sync_begin(s, &s->blks[j]);
        give(s, &s->blks[j], 0);
    }
}

bool sync_pop(lq_sync_t *s)
{
    sync_blk_t *b = sync_top(s);
    if (!s->top || lq_undo_back(s->undo, b->ref.number)) {
        s->broken = "a block left that the undo journal cannot take back";
        return false;
    }
    s->back_cnt++;
    uint64_t gone = b->ref.number;
    sync_cancel_blk(s, &b->ref);
    sync_hold_cut(s);
    bool was_complete = b->complete;
    s->top--;
    if (was_complete) {
        s->complete = sync_top(s)->ref;
        s->complete_sec = sync_top(s)->sec;
    }
    sync_fails_undone(s, gone);
    return true;
}

/* What the journal cannot undo any more leaves the stack. */
static void trim(lq_sync_t *s)
{
    uint64_t dropped_cnt = lq_undo_stat(s->undo).dropped_cnt;
    if (dropped_cnt != s->dropped_cnt) {
        s->dropped_cnt = dropped_cnt;
        sync_full(s, SYNC_FULL_UNDO, "undo_line_max: the journal does not cover the window");
    }
    size_t depth = lq_undo_depth(s->undo);
    if (depth < s->top) {
        size_t by = s->top - depth;
        /* The entries of those that leave lie before all others. */
        for (size_t k = 0; k < by; k++)
            if (s->blks[k].sz)
                s->hold_at = s->blks[k].at + s->blks[k].sz;
        s->top = depth;
        memmove(s->blks, s->blks + by, (depth + 1) * sizeof(*s->blks));
    }
    sync_hold_base(s);
}

static bool push(lq_sync_t *s, const lq_block_ref_t *ref, uint64_t sec, bool headed)
{
    s->blks[s->top].account_cnt = lq_ledger_cnt(s->ledger);
    s->blks[s->top].unsure = false;
    if (s->top == s->blk_max) { /* the journal forgets its oldest as well */
        lq_undo_forget(s->undo, s->blk_max - 1);
        trim(s);
    }
    s->blks[++s->top] = (sync_blk_t){.ref = *ref, .sec = sec, .headed = headed, .whole = true};
    sync_begin(s, sync_top(s));
    return true;
}

static void on_head(lq_sync_t *s, const lq_header_t *h)
{
    sync_blk_t *top = sync_top(s);
    /* Adapters rely on a time that never goes back; a chain's does not. */
    uint64_t below_sec = top->headed || !s->top ? top->sec : s->blks[s->top - 1].sec;
    uint64_t sec = h->timestamp_sec;
    if (sec < below_sec) {
        sync_fault(s, UINT32_MAX, "a block is older than the one below it");
        sec = below_sec;
    }
    if (!top->headed) {
        if (!sync_ref_eq(&top->ref, &h->block) ||
            !sync_hash_eq(&h->parent_hash, &s->blks[s->top - 1].ref.hash)) {
            s->broken = "a head does not fit the logs before it";
            return;
        }
        top->headed = true;
        if (top->sec == sec && (!top->muted || !top->whole)) {
            if (top->muted)
                sync_fault(s, UINT32_MAX, "a log does not fit");
            return;
        }
        if (!top->whole || !sync_back(s, s->top - 1)) {
            s->broken = "a block whose time was not foreseen cannot be given again";
            return;
        }
        top->sec = sec;
        sync_forward(s, s->top - 1);
        return;
    }
    if (h->block.number != top->ref.number + 1 || !sync_hash_eq(&h->parent_hash, &top->ref.hash)) {
        s->broken = "a head does not stand on the block below";
        return;
    }
    if (push(s, &h->block, sec, true))
        sync_settle(s, false);
}

static void on_log(lq_sync_t *s, const lq_evm_log_t *log)
{
    const sync_blk_t *top = sync_top(s);
    s->stat.log_cnt++;
    if (!sync_ref_eq(&top->ref, &log->block)) {
        if (!top->headed || log->block.number != top->ref.number + 1) {
            s->broken = "a log is of no block on top";
            return;
        }
        (void)push(s, &log->block, lq_time_after(top->sec, s->config.block_sec), false);
    }
    sync_held_t *held = sync_hold_log(s, log);
    sync_settle(s, apply_held_log(s, sync_top(s), log, held));
}

static void on_block(lq_sync_t *s, const lq_block_ref_t *ref)
{
    size_t k;
    if (ref->number != s->complete.number + 1 || !sync_find_blk(s, &k, ref) || !s->blks[k].headed) {
        s->broken = "a block is complete that does not stand on the last such";
        return;
    }
    sync_flush(s);
    if (s->broken)
        return;
    s->blks[k].complete = true;
    s->complete = s->blks[k].ref;
    s->complete_sec = s->blks[k].sec;
    s->fail_here = 0;
    s->venue_fail_here = 0;
    s->lower_cnt = 0;
    if (s->phase == LQ_SYNC_FOLLOWING && s->config.recheck_blk &&
        s->complete.number >= s->recheck_blk) {
        s->recheck_blk = s->complete.number + s->config.recheck_blk;
        s->recheck_on = true;
        s->recheck_at = (lq_subject_t){0, 0};
    }
}

static void on_undone(lq_sync_t *s, const lq_block_ref_t *ref)
{
    if (!sync_ref_eq(ref, &sync_top(s)->ref)) {
        s->broken = "a block is undone that is not on top";
        return;
    }
    if (sync_pop(s))
        sync_told_back(s);
}

/* Answers whose block is so old that nothing can be made of them any more: the node never gave
   them. */
static void drop_old_reads(lq_sync_t *s)
{
    for (size_t i = 0; i < s->config.read_max; i++) {
        sync_read_t *r = &s->reads[i];
        if (r->purpose != SYNC_FREE && !r->answered &&
            r->block.number + s->config.window_blk / 2 + 1 < s->complete.number)
            sync_cancel(s, r);
    }
}

/* What an event leaves to be done. */
static void conclude(lq_sync_t *s, bool pump)
{
    if (!s->broken && s->phase == LQ_SYNC_FOLLOWING)
        trim(s);
    if (!s->broken && s->refollow_blk != UINT64_MAX)
        sync_refollow(s);
    if (!s->broken && pump) {
        drop_old_reads(s);
        sync_pump(s);
    }
    if (s->broken)
        sync_rebuild(s);
    if (pump && sync_has_venues(s))
        sync_tell_pools(s);
}

void lq_sync_event(lq_sync_t *s, const lq_event_t *event)
{
    bool follows = s->phase == LQ_SYNC_FOLLOWING;
    bool pump = false;
    switch (event->kind) {
    case LQ_EVENT_HEAD:
        if (follows)
            on_head(s, event->as.head);
        break;
    case LQ_EVENT_LOG:
        if (follows)
            on_log(s, event->as.log);
        break;
    case LQ_EVENT_BLOCK:
        if (follows)
            on_block(s, &event->as.block);
        pump = follows;
        break;
    case LQ_EVENT_UNDONE:
        if (follows)
            on_undone(s, &event->as.block);
        break;
    case LQ_EVENT_BROKEN:
        if (follows && !sync_follow_lower(s))
            s->broken = "the chain left the window";
        break;
    case LQ_EVENT_READ:
        sync_on_read(s, event->as.read);
        pump = true;
        break;
    default: /* none of its own */
        return;
    }
    conclude(s, pump);
}
