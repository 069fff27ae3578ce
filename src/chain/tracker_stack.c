#include <string.h>

#include "tracker_internal.h"

static void emit(lq_tracker_t *t, lq_event_t event)
{
    event.time = t->now;
    t->sink.event(t->sink.ctx, &event);
}

static trk_blk_t *at(lq_tracker_t *t, uint32_t pos)
{
    return &t->blks[t->stack[pos]];
}

uint32_t trk_headed_cnt(const lq_tracker_t *t)
{
    return t->stack_cnt - t->open;
}

lq_block_ref_t trk_top(const lq_tracker_t *t)
{
    uint32_t cnt = trk_headed_cnt(t);
    return cnt ? t->blks[t->stack[cnt - 1]].ref : t->base;
}

uint32_t trk_pos(const lq_tracker_t *t, const lq_hash_t *hash, uint64_t number)
{
    uint32_t cnt = trk_headed_cnt(t);
    if (!cnt)
        return TRK_NONE;
    uint64_t bottom = t->blks[t->stack[0]].ref.number;
    if (number < bottom || number - bottom >= cnt)
        return TRK_NONE;
    uint32_t pos = (uint32_t)(number - bottom);
    return trk_hash_eq(&t->blks[t->stack[pos]].ref.hash, hash) ? pos : TRK_NONE;
}

/* What is known of a block's logs does not count any more. */
static void doubt(trk_blk_t *b)
{
    b->certain = b->stored = b->proven = b->receipts = b->doubted = false;
    b->answered = b->voted = b->doubted_by = 0;
    b->round = 0;
    b->ask_after_ns = 0;
}

/* Takes the top away. Its logs are kept as far as they are there, to be given again. */
static void pop(lq_tracker_t *t)
{
    trk_blk_t *b = at(t, t->stack_cnt - 1);
    t->stack_cnt--;
    t->open = false;
    if (t->complete_cnt > t->stack_cnt)
        t->complete_cnt = t->stack_cnt;
    if (b->certain && !b->stored) {
        b->forgotten |= b->given_cnt > 0;
        doubt(b);
    }
    b->on_stack = b->headed = b->complete = false;
    b->given_cnt = 0;
    for (uint32_t n = b->log_first; n != TRK_NONE; n = t->nodes[n].next)
        t->nodes[n].given = false;
    t->stat.undone_cnt++;
    emit(t, (lq_event_t){.kind = LQ_EVENT_UNDONE, .as.block = b->ref});
}

void trk_undo_to(lq_tracker_t *t, uint32_t cnt)
{
    while (t->stack_cnt > cnt)
        pop(t);
}

/* The numbers on the stack follow each other, so that no two of them share a slot. */
static uint64_t *given_of(const lq_tracker_t *t, const trk_blk_t *b)
{
    return t->given[b->ref.number % TRK_STACK_MAX];
}

static uint32_t given_bit(uint32_t log_idx)
{
    return log_idx % (TRK_GIVEN_WORDS * 64);
}

bool trk_was_given(const lq_tracker_t *t, const trk_blk_t *b, uint32_t log_idx)
{
    uint32_t bit = given_bit(log_idx);
    return given_of(t, b)[bit / 64] >> bit % 64 & 1;
}

/* Puts a block on the stack's end, of which nothing was given yet. */
static void put(lq_tracker_t *t, uint32_t idx)
{
    t->stack[t->stack_cnt++] = idx;
    memset(given_of(t, &t->blks[idx]), 0, sizeof(*t->given));
}

void trk_give(lq_tracker_t *t, trk_blk_t *b, const lq_evm_log_t *log)
{
    uint32_t bit = given_bit(log->log_idx);
    given_of(t, b)[bit / 64] |= UINT64_C(1) << bit % 64;
    b->given_cnt++;
    b->given_idx = log->log_idx;
    emit(t, (lq_event_t){.kind = LQ_EVENT_LOG, .as.log = log});
}

static void give_node(lq_tracker_t *t, trk_blk_t *b, trk_node_t *n)
{
    n->given = true;
    n->log.data = t->data + n->data_off;
    trk_give(t, b, &n->log);
}

/* Whether a log that counts by now stands before one that was given. */
static bool is_out_of_order(const lq_tracker_t *t, const trk_blk_t *b)
{
    for (uint32_t n = b->log_first; b->given_cnt && n != TRK_NONE; n = t->nodes[n].next) {
        const trk_node_t *node = &t->nodes[n];
        if (node->log.log_idx >= b->given_idx)
            break;
        if (!node->given && trk_counts(t, node->mask))
            return true;
    }
    return false;
}

static void give_rest(lq_tracker_t *t, trk_blk_t *b)
{
    for (uint32_t n = b->log_first; n != TRK_NONE; n = t->nodes[n].next) {
        trk_node_t *node = &t->nodes[n];
        if (!node->given && (b->certain || trk_counts(t, node->mask)))
            give_node(t, b, node);
    }
}

/* The block must be on top. */
void trk_give_ready(lq_tracker_t *t, uint32_t idx)
{
    trk_blk_t *b = &t->blks[idx];
    LQ_ASSERT(b->on_stack && t->stack[t->stack_cnt - 1] == idx);
    if (b->contested)
        return;
    if (is_out_of_order(t, b))
        trk_redo(t, idx);
    else
        give_rest(t, b);
}

static bool drop_bottom(lq_tracker_t *t)
{
    if (!t->complete_cnt)
        return false;
    trk_blk_t *b = at(t, 0);
    t->base = b->ref;
    t->base_known = true;
    t->stack_cnt--;
    t->complete_cnt--;
    for (uint32_t i = 0; i < t->stack_cnt; i++)
        t->stack[i] = t->stack[i + 1];
    b->on_stack = b->headed = b->complete = false;
    b->given_cnt = 0;
    doubt(b);
    return true;
}

void trk_give_new(lq_tracker_t *t, uint32_t idx, uint32_t node)
{
    trk_blk_t *b = &t->blks[idx];
    if (!b->contested && b->log_last == node && b->given_cnt + 1 == b->log_cnt)
        give_node(t, b, &t->nodes[node]);
    else
        trk_give_ready(t, idx);
}

void trk_open(lq_tracker_t *t, uint32_t idx)
{
    LQ_ASSERT(!t->open && t->stack_cnt);
    if (t->stack_cnt == t->stack_max && !drop_bottom(t))
        return;
    trk_blk_t *b = &t->blks[idx];
    put(t, idx);
    t->open = true;
    t->open_ns = t->now.mono_ns;
    t->dirty = true;
    b->on_stack = true;
    give_rest(t, b);
}

/* Takes the block and what is above it away. What had its HEAD comes back on the way to the target,
   what was open is opened again. */
void trk_redo(lq_tracker_t *t, uint32_t idx)
{
    trk_blk_t *b = &t->blks[idx];
    t->stat.redone_cnt++;
    t->dirty = true;
    if (!b->headed) {
        trk_undo_to(t, t->stack_cnt - 1);
        if (!b->contested)
            trk_open(t, idx);
        return;
    }
    lq_block_ref_t top = trk_top(t);
    if (!t->has_target || t->target.number < top.number) {
        t->has_target = true;
        t->target = top;
    }
    trk_undo_to(t, trk_pos(t, &b->ref.hash, b->ref.number));
}

static void begin(lq_tracker_t *t, const lq_header_t *h)
{
    t->anywhere = false;
    t->base = (lq_block_ref_t){h->block.number - 1, h->parent_hash};
    t->base_known = true;
}

bool trk_push(lq_tracker_t *t, uint32_t idx, const trk_list_t *list, bool proven)
{
    trk_blk_t *b = &t->blks[idx];
    const lq_header_t *h = &t->copies[b->header].header;
    bool opened = t->open && t->stack[t->stack_cnt - 1] == idx;
    if (t->open && !opened)
        trk_undo_to(t, t->stack_cnt - 1);
    if (!opened && t->stack_cnt == t->stack_max && !drop_bottom(t))
        return false;
    if (!t->stack_cnt && (t->anywhere || !t->base_known))
        begin(t, h);
    if (!opened)
        put(t, idx);
    t->open = false;
    b->on_stack = b->headed = true;
    emit(t, (lq_event_t){.kind = LQ_EVENT_HEAD, .as.head = h});
    if (list)
        trk_settle(t, idx, list, proven);
    else if (t->config.trust_bloom && !lq_watched_may_match(&t->watch, h->logs_bloom))
        trk_settle(t, idx, &(trk_list_t){0}, true);
    else
        trk_give_ready(t, idx);
    trk_blk_sweep(t);
    return true;
}

void trk_complete(lq_tracker_t *t)
{
    while (t->complete_cnt < trk_headed_cnt(t)) {
        trk_blk_t *b = at(t, t->complete_cnt);
        if (!b->certain)
            break;
        t->complete_cnt++;
        b->complete = true;
        b->stored = false;
        if (!b->doubted) /* else they are the late ones */
            trk_log_drop(t, b);
        emit(t, (lq_event_t){.kind = LQ_EVENT_BLOCK, .as.block = b->ref});
    }
}

void trk_broken(lq_tracker_t *t)
{
    for (uint32_t i = 0; i < t->stack_cnt; i++) {
        trk_blk_t *b = at(t, i);
        b->forgotten |= b->given_cnt > 0 && b->certain && !b->stored;
        b->on_stack = b->headed = b->complete = false;
        b->given_cnt = 0;
        for (uint32_t n = b->log_first; n != TRK_NONE; n = t->nodes[n].next)
            t->nodes[n].given = false;
        doubt(b);
    }
    t->stack_cnt = t->complete_cnt = 0;
    t->open = false;
    t->anywhere = true;
    t->has_target = false;
    t->behind = TRK_NONE;
    t->stat.broken_cnt++;
    emit(t, (lq_event_t){.kind = LQ_EVENT_BROKEN});
}
