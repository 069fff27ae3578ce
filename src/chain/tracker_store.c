#include <string.h>

#include "tracker_internal.h"

/* Before each log's data in the buffer; sz is rounded up to 8. */
typedef struct entry {
    uint32_t node; /* TRK_NONE: it is free */
    uint32_t sz;
} entry_t;

static void *take(lq_arena_t *arena, size_t cnt, size_t sz)
{
    size_t all;
    if (__builtin_mul_overflow(cnt, sz, &all))
        return NULL;
    return lq_arena_alloc(arena, all, LQ_CACHE_LINE_SZ);
}

static void init_lists(lq_tracker_t *t, uint32_t copy_max, uint32_t log_max)
{
    t->blk_free = t->copy_free = t->node_free = TRK_NONE;
    for (uint32_t i = t->blk_max; i-- > 0;) {
        t->blks[i] = (trk_blk_t){.log_first = t->blk_free};
        t->blk_free = i;
    }
    for (uint32_t i = copy_max; i-- > 0;) {
        t->copies[i] = (trk_copy_t){.next = t->copy_free};
        t->copy_free = i;
    }
    for (uint32_t i = log_max; i-- > 0;) {
        t->nodes[i] = (trk_node_t){.next = t->node_free};
        t->node_free = i;
    }
    memset(t->data, 0, t->config.data_max);
}

lq_err_t trk_store_init(lq_tracker_t *t, lq_arena_t *arena)
{
    const lq_tracker_config_t *c = &t->config;
    /* The stack, one range that is being fetched, the branch by which it leaves the stack and every
       endpoint's head always have room: or one would push the other out for ever. */
    t->blk_max = (uint32_t)c->header_max + t->stack_max + LQ_TRACKER_RANGE_MAX + c->window_blk +
                 c->endpoint_cnt;
    uint32_t copy_max = c->quorum > 1 ? 2 * t->blk_max : t->blk_max;
    lq_err_t err = lq_map_new(&t->by_hash, arena, sizeof(lq_hash_t), t->blk_max, c->seed + 2);
    if (err)
        return err;
    t->blks = take(arena, t->blk_max, sizeof(*t->blks));
    t->votes = take(arena, (size_t)t->blk_max * c->endpoint_cnt, sizeof(*t->votes));
    t->copies = take(arena, copy_max, sizeof(*t->copies));
    t->nodes = take(arena, c->log_max, sizeof(*t->nodes));
    t->data = take(arena, c->data_max, 1);
    t->given = take(arena, TRK_STACK_MAX, sizeof(*t->given));
    if (!t->blks || !t->votes || !t->copies || !t->nodes || !t->data || !t->given)
        return LQ_ERR_NOMEM;
    init_lists(t, copy_max, (uint32_t)c->log_max);
    t->hot = TRK_NONE;
    return LQ_OK;
}

uint32_t trk_blk_find(const lq_tracker_t *t, const lq_hash_t *hash)
{
    uint32_t idx;
    return lq_map_find(t->by_hash, &idx, hash->b) ? TRK_NONE : idx;
}

static void drop_copies(lq_tracker_t *t, trk_blk_t *b, uint32_t but)
{
    for (uint32_t c = b->copies; c != TRK_NONE;) {
        uint32_t next = t->copies[c].next;
        if (c != but) {
            t->copies[c].next = t->copy_free;
            t->copy_free = c;
        }
        c = next;
    }
    b->copies = but;
    if (but != TRK_NONE)
        t->copies[but].next = TRK_NONE;
}

void trk_blk_release(lq_tracker_t *t, uint32_t idx)
{
    trk_blk_t *b = &t->blks[idx];
    LQ_ASSERT(b->used && !b->on_stack);
    if (b->log_first != TRK_NONE && !b->certain)
        trk_lost(t, b->ref.number);
    trk_log_drop(t, b);
    drop_copies(t, b, TRK_NONE);
    LQ_ASSERT(!lq_map_remove(t->by_hash, b->ref.hash.b));
    b->used = false;
    b->log_first = t->blk_free;
    t->blk_free = idx;
    if (t->hot == idx)
        t->hot = TRK_NONE;
    if (t->behind == idx)
        t->behind = TRK_NONE;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

void trk_lost(lq_tracker_t *t, uint64_t number)
{
    if (!t->lossy || number < t->lost_low)
        t->lost_low = number;
    if (!t->lossy || number > t->lost_high)
        t->lost_high = number;
    t->lossy = true;
}

/* Releases one block that is neither on the stack nor KEEP, where LOGS one with logs that are not
   certain: one far from
   the top before one near it, then the one that was shown longest ago. A range that is being filled
   is near and new. */
static bool evict(lq_tracker_t *t, uint32_t keep, bool logs)
{
    uint64_t top = trk_top(t).number;
    uint32_t victim = TRK_NONE;
    bool victim_far = false;
    for (uint32_t i = 0; i < t->blk_max; i++) {
        const trk_blk_t *b = &t->blks[i];
        if (!b->used || b->on_stack || i == keep ||
            (logs && (b->log_first == TRK_NONE || b->certain)))
            continue;
        bool far = distance(b->ref.number, top) > LQ_TRACKER_RANGE_MAX;
        if (victim == TRK_NONE || (far && !victim_far) ||
            (far == victim_far && b->seq < t->blks[victim].seq)) {
            victim = i;
            victim_far = far;
        }
    }
    if (victim == TRK_NONE)
        return false;
    t->stat.dropped_cnt++;
    trk_blk_release(t, victim);
    return true;
}

void trk_blk_sweep(lq_tracker_t *t)
{
    uint64_t top = trk_top(t).number;
    for (uint32_t i = 0; i < t->blk_max; i++) {
        const trk_blk_t *b = &t->blks[i];
        if (b->used && !b->on_stack && b->ref.number + t->config.window_blk < top)
            trk_blk_release(t, i);
    }
    t->lossy = t->lossy && t->lost_high + t->config.window_blk >= top;
}

uint32_t trk_blk_get(lq_tracker_t *t, const lq_block_ref_t *ref)
{
    uint32_t idx = trk_blk_find(t, &ref->hash);
    if (idx != TRK_NONE) {
        t->blks[idx].seq = ++t->seq;
        return idx;
    }
    if (t->blk_free == TRK_NONE && !evict(t, TRK_NONE, false)) {
        t->stat.dropped_cnt++;
        return TRK_NONE;
    }
    idx = t->blk_free;
    trk_blk_t *b = &t->blks[idx];
    t->blk_free = b->log_first;
    *b = (trk_blk_t){.ref = *ref,
                     .seq = ++t->seq,
                     .copies = TRK_NONE,
                     .header = TRK_NONE,
                     .log_first = TRK_NONE,
                     .log_last = TRK_NONE,
                     .used = true};
    LQ_ASSERT(!lq_map_insert(t->by_hash, ref->hash.b, idx));
    return idx;
}

const lq_header_t *trk_blk_header(const lq_tracker_t *t, const trk_blk_t *b, uint32_t endpoint)
{
    if (b->header != TRK_NONE)
        return &t->copies[b->header].header;
    for (uint32_t c = b->copies; c != TRK_NONE; c = t->copies[c].next)
        if (endpoint < TRK_ENDPOINT_MAX && t->copies[c].mask >> endpoint & 1)
            return &t->copies[c].header;
    return NULL;
}

uint32_t trk_blk_mask(const lq_tracker_t *t, const trk_blk_t *b)
{
    uint32_t mask = 0;
    for (uint32_t c = b->copies; c != TRK_NONE; c = t->copies[c].next)
        mask |= t->copies[c].mask;
    return mask;
}

static bool same_header(const lq_header_t *a, const lq_header_t *b)
{
    return memcmp(a, b, offsetof(lq_header_t, logs_bloom) + LQ_BLOOM_SZ) == 0;
}

/* Adds a copy; TRK_NONE: there is no room for another. */
static uint32_t add_copy(lq_tracker_t *t, trk_blk_t *b, const lq_header_t *header)
{
    uint32_t c = t->copy_free;
    if (c == TRK_NONE) {
        t->stat.dropped_cnt++;
        return TRK_NONE;
    }
    t->copy_free = t->copies[c].next;
    t->copies[c] = (trk_copy_t){.header = *header, .next = b->copies};
    b->copies = c;
    return c;
}

/* The copy C counts from now on. Logs that said another number than it are none of this block. */
static void elect(lq_tracker_t *t, trk_blk_t *b, uint32_t c)
{
    drop_copies(t, b, c);
    b->header = c;
    uint64_t number = t->copies[c].header.block.number;
    if (number == b->ref.number)
        return;
    t->stat.contradiction_cnt++;
    if (b->on_stack)
        trk_undo_to(t, t->stack_cnt - 1); /* it is the open one: a headed block has its header */
    trk_log_drop(t, b);
    b->ref.number = number;
}

uint32_t trk_blk_note(lq_tracker_t *t, uint32_t endpoint, const lq_header_t *header, bool filled)
{
    uint32_t idx = trk_blk_get(t, &header->block);
    if (idx == TRK_NONE)
        return TRK_NONE;
    trk_blk_t *b = &t->blks[idx];
    bool was_known = b->copies != TRK_NONE;
    uint32_t c = b->copies;
    while (c != TRK_NONE && !same_header(&t->copies[c].header, header))
        c = t->copies[c].next;
    if (c == TRK_NONE && was_known) {
        t->stat.contradiction_cnt++;
        if (b->header != TRK_NONE || t->config.quorum == 1)
            return idx;
    }
    if (c == TRK_NONE)
        c = add_copy(t, b, header);
    if (c == TRK_NONE)
        return idx;
    b->filled = filled && (b->filled || !was_known);
    /* An endpoint that says two things of one block vouches for the later. */
    for (uint32_t o = b->copies; o != TRK_NONE; o = t->copies[o].next)
        t->copies[o].mask &= ~(1u << endpoint);
    t->copies[c].mask |= 1u << endpoint;
    if (b->header == TRK_NONE && trk_counts(t, t->copies[c].mask))
        elect(t, b, c);
    return idx;
}

/* Slides what lives to the front of the buffer. */
static void compact(lq_tracker_t *t)
{
    size_t to = 0;
    for (size_t from = 0; from < t->data_at;) {
        entry_t e;
        memcpy(&e, t->data + from, sizeof(e));
        size_t all = sizeof(e) + e.sz;
        if (e.node != TRK_NONE) {
            memmove(t->data + to, t->data + from, all);
            t->nodes[e.node].data_off = (uint32_t)(to + sizeof(e));
            to += all;
        }
        from += all;
    }
    t->data_at = to;
}

static bool take_data(lq_tracker_t *t, uint32_t node, const lq_evm_log_t *log)
{
    size_t max = t->config.data_max;
    if (log->data_sz > max)
        return false;
    entry_t e = {node, (uint32_t)((log->data_sz + 7) & ~(size_t)7)};
    size_t all = sizeof(e) + e.sz;
    if (all > max - t->data_live)
        return false;
    if (all > max - t->data_at)
        compact(t);
    memcpy(t->data + t->data_at, &e, sizeof(e));
    t->nodes[node].data_off = (uint32_t)(t->data_at + sizeof(e));
    if (log->data_sz)
        memcpy(t->data + t->data_at + sizeof(e), log->data, log->data_sz);
    t->data_at += all;
    t->data_live += all;
    return true;
}

static void free_data(lq_tracker_t *t, const trk_node_t *n)
{
    entry_t e;
    uint8_t *at = t->data + n->data_off - sizeof(e);
    memcpy(&e, at, sizeof(e));
    e.node = TRK_NONE;
    memcpy(at, &e, sizeof(e));
    t->data_live -= sizeof(e) + e.sz;
    if (!t->data_live)
        t->data_at = 0;
}

void trk_log_drop(lq_tracker_t *t, trk_blk_t *b)
{
    for (uint32_t n = b->log_first; n != TRK_NONE;) {
        uint32_t next = t->nodes[n].next;
        free_data(t, &t->nodes[n]);
        t->nodes[n].next = t->node_free;
        t->node_free = n;
        n = next;
    }
    b->log_first = b->log_last = TRK_NONE;
    b->log_cnt = 0;
}

bool trk_log_same(const lq_tracker_t *t, const trk_node_t *n, const lq_evm_log_t *log)
{
    const lq_evm_log_t *own = &n->log;
    return own->log_idx == log->log_idx && own->tx_idx == log->tx_idx &&
           own->topic_cnt == log->topic_cnt && own->data_sz == log->data_sz &&
           trk_hash_eq(&own->tx_hash, &log->tx_hash) &&
           memcmp(&own->address, &log->address, sizeof(log->address)) == 0 &&
           memcmp(own->topics, log->topics, log->topic_cnt * sizeof(lq_hash_t)) == 0 &&
           (!log->data_sz || memcmp(t->data + n->data_off, log->data, log->data_sz) == 0);
}

static uint32_t new_node(lq_tracker_t *t, const lq_evm_log_t *log)
{
    uint32_t n = t->node_free;
    if (n == TRK_NONE)
        return TRK_NONE;
    trk_node_t *node = &t->nodes[n];
    if (!take_data(t, n, log))
        return TRK_NONE;
    t->node_free = node->next;
    node->log = *log;
    node->log.data = NULL;
    node->mask = 0;
    node->given = false;
    return n;
}

/* Sets PREV to the last node of B below LOG_IDX and returns the first at or above it. */
static uint32_t locate(const lq_tracker_t *t, const trk_blk_t *b, uint32_t *prev, uint32_t log_idx)
{
    *prev = b->log_last;
    if (*prev == TRK_NONE || t->nodes[*prev].log.log_idx < log_idx)
        return TRK_NONE;
    *prev = TRK_NONE;
    uint32_t n = b->log_first;
    while (t->nodes[n].log.log_idx < log_idx) {
        *prev = n;
        n = t->nodes[n].next;
    }
    return n;
}

bool trk_log_has(const lq_tracker_t *t, const trk_blk_t *b, const lq_evm_log_t *log)
{
    uint32_t prev;
    uint32_t at = locate(t, b, &prev, log->log_idx);
    return at != TRK_NONE ? trk_log_same(t, &t->nodes[at], log)
                          : prev != TRK_NONE && trk_log_same(t, &t->nodes[prev], log);
}

trk_insert_t trk_log_insert(lq_tracker_t *t, uint32_t *node, uint32_t blk, uint32_t endpoint,
                            const lq_evm_log_t *log)
{
    trk_blk_t *b = &t->blks[blk];
    uint32_t prev;
    uint32_t at = locate(t, b, &prev, log->log_idx);
    if (at != TRK_NONE && t->nodes[at].log.log_idx == log->log_idx) {
        *node = at;
        if (!trk_log_same(t, &t->nodes[at], log))
            return TRK_INSERT_OTHER;
        t->nodes[at].mask |= 1u << endpoint;
        return TRK_INSERT_SAME;
    }
    uint32_t n = new_node(t, log);
    while (n == TRK_NONE && log->data_sz + sizeof(entry_t) + 8 <= t->config.data_max &&
           evict(t, blk, true))
        n = new_node(t, log);
    if (n == TRK_NONE)
        return TRK_INSERT_FULL;
    b->log_cnt++;
    t->nodes[n].mask = 1u << endpoint;
    t->nodes[n].next = at;
    if (prev == TRK_NONE)
        b->log_first = n;
    else
        t->nodes[prev].next = n;
    if (at == TRK_NONE)
        b->log_last = n;
    *node = n;
    return TRK_INSERT_NEW;
}
