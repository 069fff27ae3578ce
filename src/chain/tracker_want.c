#include <string.h>

#include "tracker_internal.h"

#define NEAR_BLK     8u  /* a gap up to this is filled hash by hash */
#define BACK_BLK     32u /* below the top, headers asked for at once to find where a branch leaves */
#define RANGE_MIN    4u  /* blocks whose logs are worth a question for a range */
#define UNHEARD_MULT 16u /* questions for receipts that nobody answered, for one refusal */
#define ACTIVE_MULT  16u /* retries after which an answer that never came is given up */

static void due_at(lq_tracker_t *t, uint64_t ns)
{
    if (ns < t->due_ns)
        t->due_ns = ns;
}

static uint32_t on_mask(const lq_tracker_t *t)
{
    uint32_t on = 0;
    for (uint32_t e = 0; e < t->config.endpoint_cnt; e++)
        on |= (uint32_t)t->endpoints[e].on << e;
    return on;
}

trk_want_t *trk_want_find(lq_tracker_t *t, uint32_t id)
{
    for (size_t i = 0; i < TRK_WANT_MAX; i++)
        if (t->wants[i].state == TRK_WANT_ACTIVE && t->wants[i].want.id == id)
            return &t->wants[i];
    return NULL;
}

/* Whether A and B ask the same. With a quorum each endpoint is asked for headers by itself. */
static bool is_same(const lq_tracker_t *t, const trk_want_t *w, const lq_want_t *b)
{
    const lq_want_t *a = &w->want;
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case LQ_WANT_HEAD:
        return a->endpoint == b->endpoint;
    case LQ_WANT_HEADERS:
        return a->from == b->from && (a->endpoint == b->endpoint ||
                                      (t->config.quorum == 1 && w->state == TRK_WANT_ACTIVE));
    case LQ_WANT_LOGS_RANGE:
        return a->from == b->from && trk_hash_eq(&a->hash, &b->hash);
    case LQ_WANT_HEADER:
    case LQ_WANT_LOGS:
    case LQ_WANT_RECEIPTS:
        return trk_hash_eq(&a->hash, &b->hash);
    }
    return false;
}

/* Wants W unless it is under way. False: it was asked in vain a short time ago. */
static bool want(lq_tracker_t *t, lq_want_t w)
{
    trk_want_t *room = NULL;
    for (size_t i = 0; i < TRK_WANT_MAX; i++) {
        trk_want_t *s = &t->wants[i];
        if (s->state != TRK_WANT_FREE && is_same(t, s, &w))
            return s->state == TRK_WANT_ACTIVE;
        if (s->state == TRK_WANT_FREE && !room)
            room = s;
    }
    if (!room)
        return true; /* its turn comes when one is answered */
    w.id = ++t->want_id;
    *room = (trk_want_t){w, TRK_WANT_ACTIVE, UINT64_MAX};
    room->due_ns = t->config.retry_ns > UINT64_MAX / ACTIVE_MULT
                       ? UINT64_MAX
                       : lq_time_after(t->now.mono_ns, ACTIVE_MULT * t->config.retry_ns);
    t->sink.want(t->sink.ctx, &w);
    return true;
}

/* Asks for the block that P lacks, and for those around it where there are more. */
static void plan_near(lq_tracker_t *t, const trk_path_t *p, uint32_t e)
{
    uint64_t m = p->missing.number;
    if (!p->missing_mask && p->steps >= 2 && !t->anywhere) {
        uint64_t top = trk_top(t).number;
        uint64_t low = top > t->config.window_blk ? top - t->config.window_blk : 0;
        if (low < t->base.number + 1)
            low = t->base.number + 1;
        if (m >= BACK_BLK && low < m - BACK_BLK + 1)
            low = m - BACK_BLK + 1;
        if (low < m &&
            want(t, (lq_want_t){.kind = LQ_WANT_HEADERS, .endpoint = e, .from = low, .to = m}))
            return;
    }
    /* Who showed a child has it; but where that one does not answer, another may. */
    bool pinned = !p->missing_mask && !(t->want_id & 1);
    (void)want(t, (lq_want_t){.kind = LQ_WANT_HEADER,
                              .endpoint = pinned ? e : LQ_TRACKER_ANY,
                              .not_mask = p->missing_mask,
                              .hash = p->missing.hash,
                              .from = m,
                              .to = m});
}

/* Fills a wide gap from below, a range at a time: the next when this one is on the stack. */
static void plan_wide(lq_tracker_t *t, const trk_path_t *p, uint32_t e)
{
    const trk_endpoint_t *ep = &t->endpoints[e];
    uint64_t top = trk_top(t).number;
    if (ep->filling && ep->fill.number > top) {
        trk_path_t fill = trk_walk(t, &ep->fill, e);
        bool linked = fill.complete || fill.deep;
        if (!linked && !fill.bad)
            plan_near(t, &fill, e);
        /* Where the stack will not go, since its branch was left, it is fetched anew. */
        if (!fill.bad && (!linked || trk_leads(t, &fill, &ep->fill, e)))
            return;
    }
    uint64_t to = top + LQ_TRACKER_RANGE_MAX;
    (void)want(t, (lq_want_t){.kind = LQ_WANT_HEADERS,
                              .endpoint = e,
                              .from = top + 1,
                              .to = to < p->missing.number ? to : p->missing.number});
}

static void plan_path(lq_tracker_t *t, uint32_t e)
{
    trk_endpoint_t *ep = &t->endpoints[e];
    if (!ep->on || !ep->shown)
        return;
    trk_path_t p = trk_walk(t, &ep->head, e);
    if (p.complete || p.deep) {
        ep->filling = false;
    } else if (p.bad) {
        ep->shown = false;
        t->ask_head |= ep->head.number ? 1u << e : 0;
    } else if (!t->anywhere && p.missing.number > trk_top(t).number + NEAR_BLK) {
        plan_wide(t, &p, e);
    } else {
        plan_near(t, &p, e);
    }
}

static void next_round(lq_tracker_t *t, trk_blk_t *b)
{
    b->receipts = !b->receipts;
    b->answered = b->voted = 0;
    /* From logs to receipts at once, but round and round no faster than a retry. */
    if (b->round++)
        b->ask_after_ns = lq_time_after(t->now.mono_ns, t->config.retry_ns);
}

static void plan_logs(lq_tracker_t *t, uint32_t idx, uint32_t on)
{
    trk_blk_t *b = &t->blks[idx];
    /* A second opinion is enough to turn to the receipts, where no quorum is to be had. */
    bool second = t->config.quorum == 1 && __builtin_popcount(b->answered) > 1;
    if (!(on & ~b->answered) || second) {
        if ((uint32_t)__builtin_popcount(on) < t->config.quorum)
            return;
        next_round(t, b);
    }
    if (t->now.mono_ns < b->ask_after_ns) {
        due_at(t, b->ask_after_ns);
        return;
    }
    (void)want(t, (lq_want_t){.kind = b->receipts ? LQ_WANT_RECEIPTS : LQ_WANT_LOGS,
                              .endpoint = LQ_TRACKER_ANY,
                              .not_mask = b->answered,
                              .hash = b->ref.hash,
                              .from = b->ref.number,
                              .to = b->ref.number});
}

static bool is_covered(const lq_tracker_t *t, uint64_t number)
{
    for (size_t i = 0; i < TRK_WANT_MAX; i++) {
        const trk_want_t *w = &t->wants[i];
        if (w->state == TRK_WANT_ACTIVE && w->want.kind == LQ_WANT_LOGS_RANGE &&
            w->want.from <= number && number <= w->want.to)
            return true;
    }
    return false;
}

static bool needs_logs(const lq_tracker_t *t, uint32_t idx)
{
    const trk_blk_t *b = &t->blks[idx];
    return b->filled && !b->certain &&
           (!t->config.trust_bloom ||
            lq_watched_may_match(&t->watch, t->copies[b->header].header.logs_bloom));
}

/* Asks for the logs of the blocks that the stack waits for.

   This always ends: the distance from the top to the tip falls. A range begins with a block that
   was not asked for yet, so that once the next block was answered no range holds it back (a range
   asked again as often as it was kept the next block waiting for ever): it is asked for by itself,
   by logs and receipts in turn, until it is settled or receipts are refused too often. Settled it
   is given at once, from the answer where there is no room for it (trk_settle). */
static void plan_behind(lq_tracker_t *t, uint32_t on)
{
    trk_path_t p = trk_walk(t, &t->blks[t->behind].ref, TRK_ENDPOINT_MAX);
    if (!p.complete || p.next == TRK_NONE)
        return;
    uint32_t path[LQ_TRACKER_RANGE_MAX] = {0};
    uint64_t first = t->blks[p.next].ref.number;
    uint32_t cnt = 0;
    for (uint32_t idx = p.tip;;) {
        const lq_header_t *h = &t->copies[t->blks[idx].header].header;
        if (h->block.number - first < LQ_TRACKER_RANGE_MAX) {
            path[h->block.number - first] = idx;
            cnt++;
        }
        if (idx == p.next)
            break;
        idx = trk_blk_find(t, &h->parent_hash);
    }
    uint32_t fresh = 0;
    uint32_t low = 0;
    for (uint32_t i = 0; i < cnt; i++) {
        if (!needs_logs(t, path[i]) || t->blks[path[i]].answered || t->blks[path[i]].round ||
            is_covered(t, first + i))
            continue;
        if (!fresh++)
            low = i;
    }
    const trk_blk_t *last = &t->blks[path[cnt - 1]];
    if (fresh >= RANGE_MIN)
        (void)want(t, (lq_want_t){.kind = LQ_WANT_LOGS_RANGE,
                                  .endpoint = LQ_TRACKER_ANY,
                                  .hash = last->ref.hash,
                                  .from = first + low,
                                  .to = last->ref.number});
    for (uint32_t i = 0; i < cnt; i++)
        if (needs_logs(t, path[i]) && !is_covered(t, first + i) &&
            (path[i] == p.next || !t->blks[path[i]].dropped))
            plan_logs(t, path[i], on);
}

static void plan_stack(lq_tracker_t *t, uint32_t on)
{
    for (uint32_t i = 0; i < trk_headed_cnt(t); i++)
        if (!t->blks[t->stack[i]].certain || t->blks[t->stack[i]].doubted)
            plan_logs(t, t->stack[i], on);
    if (!t->open)
        return;
    uint64_t due = lq_time_after(t->open_ns, t->config.retry_ns);
    if (t->now.mono_ns < due) {
        due_at(t, due);
        return;
    }
    const trk_blk_t *b = &t->blks[t->stack[t->stack_cnt - 1]];
    (void)want(t, (lq_want_t){.kind = LQ_WANT_HEADER,
                              .endpoint = LQ_TRACKER_ANY,
                              .not_mask = trk_blk_mask(t, b),
                              .hash = b->ref.hash,
                              .from = b->ref.number,
                              .to = b->ref.number});
}

/* Who says, once there was time for others to come back, that the stack is left for good. */
static void plan_forsaken(lq_tracker_t *t)
{
    if (t->now.mono_ns < t->sure_ns) {
        due_at(t, t->sure_ns);
        return;
    }
    for (uint32_t e = 0; e < t->config.endpoint_cnt; e++)
        if (t->endpoints[e].shown && t->endpoints[e].head_ns < t->sure_ns)
            t->ask_head |= 1u << e;
}

static void plan_heads(lq_tracker_t *t, uint32_t on)
{
    if (t->forsaken)
        plan_forsaken(t);
    t->ask_head &= on;
    for (uint32_t e = 0; e < t->config.endpoint_cnt; e++)
        if (t->ask_head >> e & 1)
            (void)want(t, (lq_want_t){.kind = LQ_WANT_HEAD, .endpoint = e});
    t->ask_head = 0;
}

void trk_plan(lq_tracker_t *t)
{
    t->due_ns = UINT64_MAX;
    for (size_t i = 0; i < TRK_WANT_MAX; i++)
        if (t->wants[i].state != TRK_WANT_FREE && t->wants[i].due_ns <= t->now.mono_ns)
            t->wants[i].state = TRK_WANT_FREE;
    uint32_t on = on_mask(t);
    if (on) {
        for (uint32_t e = 0; e < t->config.endpoint_cnt; e++)
            plan_path(t, e);
        plan_heads(t, on);
        if (t->behind != TRK_NONE)
            plan_behind(t, on);
        plan_stack(t, on);
    }
    for (size_t i = 0; i < TRK_WANT_MAX; i++)
        if (t->wants[i].state != TRK_WANT_FREE)
            due_at(t, t->wants[i].due_ns);
}

void trk_want_failed(lq_tracker_t *t, const lq_want_t *want, lq_unanswered_t why)
{
    bool absent = why == LQ_UNANSWERED_ABSENT;
    uint32_t idx = trk_blk_find(t, &want->hash);
    trk_blk_t *b = idx == TRK_NONE ? NULL : &t->blks[idx];
    if (absent)
        t->ask_head |= on_mask(t);
    switch (want->kind) {
    case LQ_WANT_HEADER:
        if (!absent)
            break;
        if (t->open && idx == t->stack[t->stack_cnt - 1])
            trk_undo_to(t, t->stack_cnt - 1);
        trk_forget(t, &want->hash);
        break;
    case LQ_WANT_LOGS:
        /* Its logs may be too many for an answer. */
        if (b && ++b->failed % 2 == 0)
            next_round(t, b);
        break;
    case LQ_WANT_RECEIPTS:
        if (b) {
            /* An outage is no refusal; but who never answers this is as good as one who refuses. */
            if (why == LQ_UNANSWERED_REFUSED || ++b->unheard % UNHEARD_MULT == 0)
                trk_refused(t, b);
            next_round(t, b);
        }
        break;
    case LQ_WANT_HEAD:
    case LQ_WANT_HEADERS:
    case LQ_WANT_LOGS_RANGE:
        break;
    }
}
