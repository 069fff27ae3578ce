#include "liqd/chain/tracker.h"

#include "tracker_internal.h"

lq_err_t lq_tracker_new(lq_tracker_t **t, lq_arena_t *arena, const lq_tracker_config_t *config,
                        const lq_filter_t *filter, const lq_tracker_sink_t *sink)
{
    const lq_tracker_config_t *c = config;
    if (!c->endpoint_cnt || c->endpoint_cnt > TRK_ENDPOINT_MAX || !c->quorum ||
        c->quorum > c->endpoint_cnt || !c->window_blk || c->window_blk > LQ_TRACKER_WINDOW_MAX ||
        !c->retry_ns || !c->header_max || c->header_max > UINT16_MAX || !c->log_max ||
        c->log_max > UINT32_MAX / 2 || !c->data_max || c->data_max > UINT32_MAX / 2)
        return LQ_ERR_RANGE;
    lq_tracker_t *made = lq_arena_alloc(arena, sizeof(*made), LQ_CACHE_LINE_SZ);
    if (!made)
        return LQ_ERR_NOMEM;
    *made = (lq_tracker_t){.config = *c,
                           .sink = *sink,
                           .stack_max = c->window_blk + TRK_SLACK_BLK,
                           .anywhere = true,
                           .behind = TRK_NONE,
                           .due_ns = UINT64_MAX};
    lq_err_t err = lq_watched_init(&made->watch, arena, filter, c->seed);
    if (!err)
        err = trk_store_init(made, arena);
    if (!err)
        *t = made;
    return err;
}

void lq_tracker_start(lq_tracker_t *t, uint64_t from_blk, const lq_hash_t *parent_hash)
{
    static const lq_hash_t none;
    LQ_ASSERT(t->anywhere && !t->stat.head_cnt);
    t->anywhere = false;
    /* The genesis block has neither parent nor logs. */
    t->base = (lq_block_ref_t){from_blk ? from_blk - 1 : 0, *parent_hash};
    t->base_known = !trk_hash_eq(parent_hash, &none);
}

void trk_run(lq_tracker_t *t)
{
    t->dirty = false;
    bool steady = trk_advance(t);
    trk_plan(t);
    if (LQ_UNLIKELY(!steady)) { /* the caller's loop must not pay for it */
        uint64_t at_ns = lq_time_after(t->now.mono_ns, t->config.retry_ns);
        t->stat.unsteady_cnt++;
        t->dirty = false;
        t->due_ns = at_ns < t->due_ns ? at_ns : t->due_ns;
    }
}

void lq_tracker_connected(lq_tracker_t *t, uint32_t endpoint, bool on, lq_time_t now)
{
    LQ_ASSERT(endpoint < t->config.endpoint_cnt);
    t->now = now;
    trk_endpoint_t *ep = &t->endpoints[endpoint];
    if (!on || !ep->on)
        *ep = (trk_endpoint_t){0};
    ep->on = on;
    t->refused_cnt = 0;
    for (size_t i = 0; on && i < TRK_WANT_MAX; i++)
        if (t->wants[i].state == TRK_WANT_COOL)
            t->wants[i].state = TRK_WANT_FREE; /* this one may know */
    trk_run(t);
}

void lq_tracker_head(lq_tracker_t *t, uint32_t endpoint, const lq_header_t *header, lq_time_t now)
{
    LQ_ASSERT(endpoint < t->config.endpoint_cnt);
    t->now = now;
    t->stat.head_cnt++;
    trk_endpoint_t *ep = &t->endpoints[endpoint];
    ep->on = ep->shown = true;
    ep->head = header->block;
    ep->head_ns = now.mono_ns;
    (void)trk_blk_note(t, endpoint, header, false);
    trk_path_t p = trk_walk(t, &ep->head, endpoint);
    t->stat.gap_cnt += !p.complete && !p.deep && !p.bad;
    trk_run(t);
}

/* A log whose block is next, and of which no more is known: it opens the block. */
static void maybe_open(lq_tracker_t *t, uint32_t idx)
{
    const trk_blk_t *b = &t->blks[idx];
    if (!t->stack_cnt || t->open || b->header != TRK_NONE || b->contested ||
        t->behind != TRK_NONE || b->ref.number != trk_top(t).number + 1)
        return;
    trk_open(t, idx);
}

/* Something was shown that speaks against what is known of the block. */
static void contest(lq_tracker_t *t, trk_blk_t *b)
{
    t->stat.contradiction_cnt++;
    if (b->certain && b->proven)
        return;
    t->dirty = true;
    b->contested = true;
    b->certain = b->stored = false;
    b->answered = b->voted = 0;
}

/* A log of a block all of whose logs were given, and it is none of them. What was given stays until
   an answer that can be relied on says otherwise. */
static void doubt_given(lq_tracker_t *t, uint32_t idx, uint32_t endpoint, const lq_evm_log_t *log)
{
    trk_blk_t *b = &t->blks[idx];
    t->stat.contradiction_cnt++;
    const lq_header_t *h = trk_blk_header(t, b, TRK_ENDPOINT_MAX);
    if ((t->config.quorum == 1 && b->proven) ||
        (t->config.trust_bloom && !lq_watched_in_bloom(&t->watch, h->logs_bloom, log, true)))
        return;
    uint32_t n;
    if (trk_log_insert(t, &n, idx, endpoint, log) == TRK_INSERT_FULL)
        t->stat.dropped_cnt++; /* the answer is asked for all the same */
    if (b->doubted_by >> endpoint & 1)
        return;
    t->dirty = true;
    b->doubted_by |= 1u << endpoint;
    b->doubted = true;
    b->receipts = t->config.quorum == 1;
    b->answered = b->voted = 0;
}

static void counted(lq_tracker_t *t, uint32_t idx, uint32_t node)
{
    trk_blk_t *b = &t->blks[idx];
    if (b->contested || b->certain || t->nodes[node].given)
        return;
    if (!b->on_stack)
        maybe_open(t, idx);
    else if (t->stack[t->stack_cnt - 1] == idx)
        trk_give_new(t, idx, node);
}

static uint32_t block_of(lq_tracker_t *t, const lq_evm_log_t *log)
{
    if (t->hot != TRK_NONE && trk_hash_eq(&t->blks[t->hot].ref.hash, &log->block.hash))
        return t->hot;
    uint64_t top = trk_top(t).number;
    if (log->block.number + t->config.window_blk < top) {
        t->stat.double_cnt++;
        return TRK_NONE;
    }
    t->hot = trk_blk_get(t, &log->block);
    if (t->hot == TRK_NONE)
        trk_lost(t, log->block.number);
    return t->hot;
}

static void take_log(lq_tracker_t *t, uint32_t idx, uint32_t endpoint, const lq_evm_log_t *log)
{
    trk_blk_t *b = &t->blks[idx];
    if (b->ref.number != log->block.number) {
        t->stat.contradiction_cnt++;
        return;
    }
    uint32_t n;
    if (b->certain) {
        if (b->stored ? trk_log_has(t, b, log) : trk_was_given(t, b, log->log_idx)) {
            t->stat.double_cnt++;
            return;
        }
        if (!b->stored) {
            doubt_given(t, idx, endpoint, log);
            return;
        }
        contest(t, b);
        if (b->certain)
            return;
    }
    switch (trk_log_insert(t, &n, idx, endpoint, log)) {
    case TRK_INSERT_NEW:
        break;
    case TRK_INSERT_SAME:
        t->stat.double_cnt++;
        break;
    case TRK_INSERT_OTHER:
        contest(t, b);
        return;
    case TRK_INSERT_FULL:
        t->stat.dropped_cnt++;
        trk_lost(t, b->ref.number);
        b->contested = true; /* what comes behind it must not be given before it */
        return;
    }
    if (trk_counts(t, t->nodes[n].mask))
        counted(t, idx, n);
}

void lq_tracker_log(lq_tracker_t *t, uint32_t endpoint, const lq_evm_log_t *log, bool removed,
                    lq_time_t now)
{
    LQ_ASSERT(endpoint < t->config.endpoint_cnt);
    t->now = now;
    t->stat.log_cnt++;
    if (LQ_UNLIKELY(removed)) {
        t->stat.removed_cnt++;
        t->ask_head |= 1u << endpoint;
        t->dirty = true;
    } else if (LQ_UNLIKELY(!lq_watched_has(&t->watch, log))) {
        t->stat.unwatched_cnt++;
    } else {
        uint32_t idx = block_of(t, log);
        if (LQ_LIKELY(idx != TRK_NONE))
            take_log(t, idx, endpoint, log);
    }
    if (LQ_UNLIKELY(t->dirty))
        trk_run(t);
}

void lq_tracker_answer(lq_tracker_t *t, const lq_tracker_answer_t *answer)
{
    LQ_ASSERT(answer->endpoint < t->config.endpoint_cnt);
    t->now = answer->time;
    trk_want_t *w = trk_want_find(t, answer->id);
    if (!w)
        return;
    lq_want_t want = w->want;
    /* What did not help is not asked again at once. What it was asked for decides. */
    bool cool = want.kind == LQ_WANT_HEADERS || want.kind == LQ_WANT_LOGS_RANGE ||
                (want.kind == LQ_WANT_HEADER && !answer->header_cnt);
    w->state = cool ? TRK_WANT_COOL : TRK_WANT_FREE;
    w->due_ns = t->now.mono_ns + t->config.retry_ns;
    trk_answer(t, &want, answer);
    trk_run(t);
}

void lq_tracker_unanswered(lq_tracker_t *t, uint32_t want_id, lq_unanswered_t why, lq_time_t now)
{
    t->now = now;
    trk_want_t *w = trk_want_find(t, want_id);
    if (!w)
        return;
    w->state = TRK_WANT_COOL;
    w->due_ns = now.mono_ns + t->config.retry_ns;
    lq_want_t want = w->want;
    trk_want_failed(t, &want, why);
    trk_run(t);
}

uint64_t lq_tracker_step(lq_tracker_t *t, lq_time_t now)
{
    t->now = now;
    if (LQ_UNLIKELY(t->dirty || now.mono_ns >= t->due_ns))
        trk_run(t);
    return t->dirty ? now.mono_ns : t->due_ns;
}

lq_tracker_stat_t lq_tracker_stat(const lq_tracker_t *t)
{
    lq_tracker_stat_t stat = t->stat;
    static const lq_block_ref_t none;
    stat.top = trk_headed_cnt(t) ? trk_top(t) : none;
    stat.complete = t->complete_cnt ? t->blks[t->stack[t->complete_cnt - 1]].ref : none;
    return stat;
}
