#include "tracker_internal.h"

/* One who says what the chain is: an endpoint by its last head, by what was fetched from it on the
   way there, or the stack itself by where it was led last. */
typedef struct claim {
    const lq_block_ref_t *ref;
    uint32_t endpoint; /* TRK_ENDPOINT_MAX: the target */
} claim_t;

#define CLAIM_MAX (2 * TRK_ENDPOINT_MAX + 1)

static size_t list_claims(const lq_tracker_t *t, claim_t claims[CLAIM_MAX])
{
    size_t cnt = 0;
    if (t->has_target)
        claims[cnt++] = (claim_t){&t->target, TRK_ENDPOINT_MAX};
    for (uint32_t e = 0; e < t->config.endpoint_cnt; e++) {
        const trk_endpoint_t *ep = &t->endpoints[e];
        if (ep->on && ep->shown)
            claims[cnt++] = (claim_t){&ep->head, e};
        if (ep->on && ep->filling && ep->shown && ep->fill.number < ep->head.number &&
            !trk_walk(t, &ep->head, e).complete)
            claims[cnt++] = (claim_t){&ep->fill, e};
    }
    return cnt;
}

/* Whether REF is the block below the stack, or lies still lower. */
static bool ends_at_base(const lq_tracker_t *t, trk_path_t *p, const lq_block_ref_t *ref)
{
    if (t->anywhere || ref->number > t->base.number)
        return false;
    p->keep = 0;
    p->complete =
        ref->number == t->base.number && (!t->base_known || trk_hash_eq(&ref->hash, &t->base.hash));
    p->deep = !p->complete;
    return true;
}

/* Goes down from FROM until it meets the stack. */
trk_path_t trk_walk(const lq_tracker_t *t, const lq_block_ref_t *from, uint32_t endpoint)
{
    trk_path_t p = {.tip = TRK_NONE, .next = TRK_NONE};
    lq_block_ref_t ref = *from;
    uint64_t top = trk_top(t).number;
    for (;; p.steps++) {
        uint32_t idx = trk_blk_find(t, &ref.hash);
        uint32_t pos = trk_pos(t, &ref.hash, ref.number);
        if (pos != TRK_NONE) {
            p.keep = pos + 1;
            p.complete = true;
            if (p.tip == TRK_NONE)
                p.tip = idx;
            return p;
        }
        if (ends_at_base(t, &p, &ref))
            return p;
        if (t->stack_cnt && ref.number + t->config.window_blk <= top) {
            p.deep = true;
            return p;
        }
        const trk_blk_t *b = idx == TRK_NONE ? NULL : &t->blks[idx];
        const lq_header_t *h =
            b ? trk_blk_header(t, b, p.tip == TRK_NONE ? endpoint : TRK_ENDPOINT_MAX) : NULL;
        if (!h) {
            p.missing = ref;
            p.missing_mask = b ? trk_blk_mask(t, b) : 0;
            return p;
        }
        if (h->block.number != ref.number || !ref.number) {
            p.bad = true;
            p.missing = ref;
            return p;
        }
        if (b->header != TRK_NONE) {
            p.next = idx;
            if (p.tip == TRK_NONE)
                p.tip = idx;
            if (t->anywhere) {
                p.complete = true;
                return p;
            }
        }
        ref = (lq_block_ref_t){h->block.number - 1, h->parent_hash};
    }
}

/* How many connected endpoints stand on the block REF. One whose head is higher and not linked yet
   counts where UNKNOWN says so. */
static uint32_t endorse(const lq_tracker_t *t, const lq_block_ref_t *ref, bool unknown)
{
    uint32_t cnt = 0;
    for (uint32_t e = 0; e < t->config.endpoint_cnt; e++) {
        const trk_endpoint_t *ep = &t->endpoints[e];
        if (!ep->on || !ep->shown)
            continue;
        lq_block_ref_t at = ep->head;
        while (at.number > ref->number) {
            uint32_t idx = trk_blk_find(t, &at.hash);
            const lq_header_t *h = idx == TRK_NONE ? NULL : trk_blk_header(t, &t->blks[idx], e);
            if (!h || h->block.number != at.number)
                break;
            at = (lq_block_ref_t){at.number - 1, h->parent_hash};
        }
        cnt += at.number > ref->number
                   ? unknown
                   : at.number == ref->number && trk_hash_eq(&at.hash, &ref->hash);
    }
    return cnt;
}

/* Whether every connected endpoint stands on a branch that leaves the stack beyond the window. One
   alone is a node that was left behind: to give all up for its sake, in the moment in which nobody
   stands on the top, would be wrong. */
static bool all_deep(const lq_tracker_t *t)
{
    bool any = false;
    for (uint32_t e = 0; e < t->config.endpoint_cnt; e++) {
        const trk_endpoint_t *ep = &t->endpoints[e];
        if (!ep->on || !ep->shown)
            continue;
        if (!trk_walk(t, &ep->head, e).deep)
            return false;
        any = true;
    }
    return any;
}

/* One that was left behind can be the only one connected, where all others are cut off for a
   moment. So they have time to come back, and then all are asked once more. */
static void look_forsaken(lq_tracker_t *t)
{
    lq_block_ref_t top = trk_top(t);
    bool is =
        !t->anywhere && t->stack_cnt && all_deep(t) && endorse(t, &top, true) < t->config.quorum;
    if (is && !t->forsaken)
        t->sure_ns = t->config.retry_ns > UINT64_MAX / TRK_SURE_MULT
                         ? UINT64_MAX
                         : lq_time_after(t->now.mono_ns, TRK_SURE_MULT * t->config.retry_ns);
    t->forsaken = is;
}

static bool is_sure(const lq_tracker_t *t)
{
    for (uint32_t e = 0; e < t->config.endpoint_cnt; e++) {
        const trk_endpoint_t *ep = &t->endpoints[e];
        if (ep->on && ep->shown && ep->head_ns < t->sure_ns)
            return false;
    }
    return t->forsaken;
}

/* Whether to follow P means to give all up. What is not deep undoes no more than the window. */
static bool breaks(const lq_tracker_t *t, const trk_path_t *p)
{
    uint64_t tip = t->blks[p->tip].ref.number;
    uint64_t top = trk_top(t).number;
    return p->deep || (tip > top && tip - top > t->config.gap_max_blk);
}

/* Whether a stack that begins anew does so above the top. It begins with a head, so that a range of
   a branch that was left, on which more may stand than are known to, is no reason: the stack would
   come back to where it was, without end. */
static bool begins_above(const lq_tracker_t *t)
{
    uint64_t top = trk_top(t).number;
    for (uint32_t e = 0; e < t->config.endpoint_cnt; e++) {
        const trk_endpoint_t *ep = &t->endpoints[e];
        if (!ep->on || !ep->shown)
            continue;
        trk_path_t p = trk_walk(t, &ep->head, e);
        if (p.tip != TRK_NONE && !p.bad && t->blks[p.tip].ref.number > top &&
            endorse(t, &t->blks[p.tip].ref, true) >= t->config.quorum)
            return true;
    }
    return false;
}

/* Whether the stack should follow P. */
static bool is_better(const lq_tracker_t *t, const trk_path_t *p, const claim_t *claim)
{
    if (p->tip == TRK_NONE || p->next == TRK_NONE || p->bad)
        return false;
    lq_block_ref_t top = trk_top(t);
    const lq_block_ref_t *tip = &t->blks[p->tip].ref;
    /* What too few still stand on would be left again at once: one of a quorum, or an endpoint
       whose head has left the branch on which a range was fetched from it. */
    if (claim->endpoint < TRK_ENDPOINT_MAX && endorse(t, tip, true) < t->config.quorum)
        return false;
    if (t->anywhere)
        return true;
    if (tip->number > top.number)
        return breaks(t, p) ? begins_above(t) : p->complete;
    return (p->complete || (p->deep && is_sure(t))) && t->stack_cnt &&
           claim->endpoint < TRK_ENDPOINT_MAX && endorse(t, &top, true) < t->config.quorum &&
           endorse(t, tip, false) >= t->config.quorum;
}

bool trk_leads(const lq_tracker_t *t, const trk_path_t *p, const lq_block_ref_t *ref,
               uint32_t endpoint)
{
    return p->tip != TRK_NONE && trk_hash_eq(&t->blks[p->tip].ref.hash, &ref->hash) &&
           is_better(t, p, &(claim_t){ref, endpoint});
}

/* Sets BEST to the highest path that should be followed. Of equal ones the first listed, which is
   the target's. */
static bool choose(lq_tracker_t *t, trk_path_t *best)
{
    claim_t claims[CLAIM_MAX];
    size_t cnt = list_claims(t, claims);
    size_t by = 0;
    bool found = false;
    for (size_t i = 0; i < cnt; i++) {
        trk_path_t p = trk_walk(t, claims[i].ref, claims[i].endpoint);
        if (!is_better(t, &p, &claims[i]))
            continue;
        if (!found || t->blks[p.tip].ref.number > t->blks[best->tip].ref.number) {
            *best = p;
            by = i;
            found = true;
        }
    }
    if (found && claims[by].endpoint < TRK_ENDPOINT_MAX) {
        t->has_target = true;
        t->target = t->blks[best->tip].ref;
    }
    return found;
}

/* Undoes what does not lead to P, or everything where that is too much. */
static void leave(lq_tracker_t *t, const trk_path_t *p)
{
    uint32_t depth = trk_headed_cnt(t) - p->keep;
    if (breaks(t, p)) {
        trk_broken(t);
    } else if (depth) {
        t->stat.reorg_cnt++;
        if (depth > t->stat.reorg_depth_max)
            t->stat.reorg_depth_max = depth;
        trk_undo_to(t, p->keep);
    }
}

/* Whether a block's logs must be known before its HEAD is given: nobody will push them, and to give
   the HEAD at once would mean to undo it when the logs come. */
static bool waits(const lq_tracker_t *t, uint32_t idx)
{
    const trk_blk_t *b = &t->blks[idx];
    return b->filled && !b->certain && !b->on_stack && !t->anywhere &&
           (!t->config.trust_bloom ||
            lq_watched_may_match(&t->watch, t->copies[b->header].header.logs_bloom));
}

/* Takes one step towards the best branch; false: there is none to take. */
static bool follow(lq_tracker_t *t)
{
    trk_path_t best = {.tip = TRK_NONE, .next = TRK_NONE};
    t->behind = TRK_NONE;
    look_forsaken(t);
    if (!choose(t, &best))
        return false;
    if (!t->anywhere &&
        (best.keep != trk_headed_cnt(t) || !best.complete ||
         t->blks[best.tip].ref.number - trk_top(t).number > t->config.gap_max_blk)) {
        leave(t, &best);
        return true;
    }
    if (waits(t, best.next)) {
        t->behind = best.tip;
        if (t->open && t->stack[t->stack_cnt - 1] != best.next)
            trk_undo_to(t, t->stack_cnt - 1);
        return false;
    }
    return trk_push(t, best.next, NULL, false);
}

bool trk_advance(lq_tracker_t *t)
{
    trk_complete(t);
    /* More than there can be to undo and to give. */
    uint32_t step_max = 4 * t->stack_max + t->blk_max;
    while (follow(t)) {
        trk_complete(t);
        if (!step_max--)
            return false;
    }
    return true;
}

/* Releases what leads from REF down to where the stack begins or knowledge ends. */
static void release_path(lq_tracker_t *t, lq_block_ref_t ref, uint32_t endpoint)
{
    for (;;) {
        uint32_t idx = trk_blk_find(t, &ref.hash);
        if (idx == TRK_NONE || t->blks[idx].on_stack)
            return;
        const lq_header_t *h = trk_blk_header(t, &t->blks[idx], endpoint);
        if (!h || h->block.number != ref.number || !ref.number)
            return;
        ref = (lq_block_ref_t){ref.number - 1, h->parent_hash};
        trk_blk_release(t, idx);
    }
}

/* Whether the claim rests on HASH; then what is between them is released. */
static bool rests_on(lq_tracker_t *t, const lq_block_ref_t *claim, uint32_t endpoint,
                     const lq_hash_t *hash)
{
    trk_path_t p = trk_walk(t, claim, endpoint);
    if (p.complete || p.deep || !trk_hash_eq(&p.missing.hash, hash))
        return false;
    release_path(t, *claim, endpoint);
    return true;
}

void trk_forget(lq_tracker_t *t, const lq_hash_t *hash)
{
    if (t->has_target && rests_on(t, &t->target, TRK_ENDPOINT_MAX, hash))
        t->has_target = false;
    for (uint32_t e = 0; e < t->config.endpoint_cnt; e++) {
        trk_endpoint_t *ep = &t->endpoints[e];
        if (ep->shown && rests_on(t, &ep->head, e, hash))
            ep->shown = false;
        if (ep->filling && rests_on(t, &ep->fill, e, hash))
            ep->filling = false;
        t->ask_head |= ep->on ? 1u << e : 0;
    }
}
