#ifndef FAKE_CHAIN_H
#define FAKE_CHAIN_H

/* A chain of the fake protocol with its reorgs, a node that tells of it by the laws of events.h and
   answers reads when it likes, and the model that a settled sync is compared with. What happens is
   chosen by a function: a generator in tests, bytes in a fuzz target. */

#include "fake_protocol.h"
#include "liqd/book/sync.h"

enum {
    CHAIN_NODES = 6000,
    CHAIN_LOGS = 5,
    CHAIN_READS = 64,
    CHAIN_CALLS = 128,
    CHAIN_FIRST = 1000, /* number of the first block */
};

#define CHAIN_NO_NUMBER UINT64_MAX /* what the feed says, and does not decode */

typedef struct chain_log {
    lq_address_t address;
    uint8_t topic;
    uint8_t owner;
    uint64_t data;
} chain_log_t;

typedef struct chain_node {
    lq_header_t header;
    size_t parent;
    fake_contract_t c;
    chain_log_t logs[CHAIN_LOGS];
    size_t log_cnt;
} chain_node_t;

typedef struct chain_read {
    bool used;
    bool never; /* answered */
    uint64_t id;
    size_t node;
    size_t cnt;
    uint8_t what[CHAIN_CALLS][2];
} chain_read_t;

typedef struct chain {
    uint64_t (*pick)(void *ctx, uint64_t n); /* below n */
    void *pick_ctx;

    lq_arena_t arena;
    lq_sync_t *sync;
    void (*event)(void *ctx, const lq_event_t *event); /* NULL: to the sync itself */
    void *event_ctx;
    chain_node_t nodes[CHAIN_NODES];
    size_t node_cnt;
    size_t tip;

    bool follows, breaks;
    size_t given[CHAIN_NODES]; /* [0]: what the first is to stand on */
    size_t given_cnt;          /* besides that */
    size_t complete_cnt;
    bool headed;
    size_t log_at;
    lq_address_t watched[64];
    size_t watched_cnt;

    chain_read_t reads[CHAIN_READS];
    bool search, head;
    uint64_t search_from, search_to;

    /* What goes wrong, in percent. */
    size_t pool_cnt;
    bool mute_pools; /* no answer to what is asked of pools and lenders */
    unsigned fail, never, lie_any, odd, late_head, skip, reorg, move_aggregator;
    size_t deep; /* of a reorg, at most */

    size_t pool_read_cnt;
    size_t settled_cnt, notice_cnt[16], follow_cnt, trust_cnt[4], wrong_cnt;
    bool lax; /* answers are lies: settled states are not compared */
    lq_sync_notice_t last_mismatch, last_pool, last_mismatched; /* the last: of a pool */
} chain_t;

static inline uint64_t chain_pick(chain_t *t, uint64_t n)
{
    return t->pick(t->pick_ctx, n);
}

static inline bool chain_often(chain_t *t, unsigned percent)
{
    return percent && chain_pick(t, 100) < percent;
}

static inline void chain_event(chain_t *t, const lq_event_t *event)
{
    if (t->event)
        t->event(t->event_ctx, event);
    else
        lq_sync_event(t->sync, event);
}

static inline void chain_log(chain_node_t *n, lq_address_t address, uint8_t topic, uint64_t owner,
                             uint64_t data)
{
    if (n->log_cnt == CHAIN_LOGS)
        return;
    n->logs[n->log_cnt++] = (chain_log_t){address, topic, (uint8_t)owner, data};
    if (address.b[0] == FAKE_AGGREGATOR_BYTE || address.b[0] == FAKE_VENUE_BYTE)
        return;
    uint64_t sec = n->header.timestamp_sec;
    n->c.clock += (sec - n->c.last_sec) * n->c.last_sec % 1000;
    n->c.last_sec = sec;
}

static inline void chain_act_pool(chain_t *t, chain_node_t *n)
{
    uint64_t pool = chain_pick(t, t->pool_cnt);
    lq_address_t address = {{FAKE_VENUE_BYTE, (uint8_t)pool}};
    uint64_t by = 1 + chain_pick(t, 999);
    n->c.lender_has += by;
    if (chain_often(t, t->odd)) {
        chain_log(n, address, FAKE_TOPIC_POOL_ODD, 0, 0);
    } else if (chain_pick(t, 2)) {
        n->c.pool_value[pool] = by;
        chain_log(n, address, FAKE_TOPIC_SWAP, 0, by);
    } else {
        n->c.pool_ticks[pool] += by;
        chain_log(n, address, FAKE_TOPIC_MINT, 0, by);
    }
}

static inline void chain_act(chain_t *t, chain_node_t *n)
{
    uint64_t what = chain_pick(t, 40);
    if (n->log_cnt == CHAIN_LOGS)
        return;
    if (t->pool_cnt && chain_often(t, 25)) {
        chain_act_pool(t, n);
        return;
    }
    if (what == 0 && n->c.listed < FAKE_RESERVES) {
        n->c.listed++;
        chain_log(n, (lq_address_t){{FAKE_POOL_BYTE}}, FAKE_TOPIC_LIST, 0, 0);
    } else if (what < 8) {
        n->c.feed = chain_pick(t, 1000);
        chain_log(n, (lq_address_t){{FAKE_AGGREGATOR_BYTE, (uint8_t)n->c.aggregator}},
                  FAKE_TOPIC_ANSWER, 0, n->c.feed);
    } else {
        uint64_t r = chain_pick(t, n->c.listed);
        uint64_t owner = chain_pick(t, FAKE_OWNERS);
        lq_address_t token = {{(uint8_t)(FAKE_TOKEN_BYTE + r)}};
        if (chain_often(t, t->odd)) {
            chain_log(n, token, FAKE_TOPIC_ODD, owner, 0);
            return;
        }
        uint64_t to = chain_pick(t, 1000);
        uint64_t by = to - n->c.balance[owner][r];
        n->c.balance[owner][r] = to;
        chain_log(n, token, FAKE_TOPIC_MOVE, owner, by);
    }
}

static inline lq_hash_t chain_hash(size_t node)
{
    lq_hash_t h = {{0x77}};
    uint32_t id = (uint32_t)node + 1;
    memcpy(&h.b[4], &id, sizeof(id));
    return h;
}

/* The node of a hash; of one that it never gave out, none. */
static inline size_t chain_node_of(const lq_hash_t *hash)
{
    uint32_t id;
    memcpy(&id, &hash->b[4], sizeof(id));
    return id - 1;
}

static inline size_t chain_extend(chain_t *t, size_t parent)
{
    LQ_ASSERT(t->node_cnt < CHAIN_NODES);
    size_t at = t->node_cnt++;
    chain_node_t *n = &t->nodes[at];
    const chain_node_t *p = &t->nodes[parent];
    *n = (chain_node_t){.parent = parent, .c = p->c};
    n->header.block = (lq_block_ref_t){p->header.block.number + 1, chain_hash(at)};
    n->header.parent_hash = p->header.block.hash;
    uint64_t skipped = chain_often(t, t->skip) ? 1 + chain_pick(t, 3) : 0;
    n->header.timestamp_sec = p->header.timestamp_sec + 12 * (1 + skipped);
    n->c.rate = 7 * at;
    if (chain_often(t, t->move_aggregator))
        n->c.aggregator = (n->c.aggregator + 1) % 200;
    for (uint64_t acts = chain_pick(t, CHAIN_LOGS + 1); acts; acts--)
        chain_act(t, n);
    return at;
}

static inline size_t chain_above(const chain_t *t, size_t node, uint64_t number)
{
    while (t->nodes[node].header.block.number > number)
        node = t->nodes[node].parent;
    return node;
}

static inline void chain_on_read(void *ctx, uint64_t id, const lq_block_ref_t *block,
                                 const lq_read_call_t *calls, size_t cnt)
{
    chain_t *t = ctx;
    chain_read_t *r = t->reads;
    while (r->used)
        LQ_ASSERT(++r < t->reads + CHAIN_READS);
    LQ_ASSERT(cnt && cnt <= CHAIN_CALLS);
    *r = (chain_read_t){.used = true, .id = id, .node = chain_node_of(&block->hash), .cnt = cnt};
    r->never = lq_sync_stat(t->sync).phase == LQ_SYNC_FOLLOWING && chain_often(t, t->never);
    LQ_ASSERT(r->node < t->node_cnt);
    LQ_ASSERT(t->nodes[r->node].header.block.number == block->number);
    for (size_t i = 0; i < cnt; i++) {
        bool venue = calls[i].input[0] >= FAKE_READ_POOL;
        LQ_ASSERT(!venue || t->pool_cnt);
        t->pool_read_cnt += venue;
        r->never = r->never || (venue && t->mute_pools);
        memcpy(r->what[i], calls[i].input, 2);
    }
}

static inline void chain_on_cancel(void *ctx, uint64_t id)
{
    chain_t *t = ctx;
    for (size_t i = 0; i < CHAIN_READS; i++) {
        if (!t->reads[i].used || t->reads[i].id != id)
            continue;
        t->reads[i].used = false;
        return;
    }
    LQ_BUG("cancels what it did not ask, or what was answered");
}

static inline void chain_on_search(void *ctx, uint32_t instance, const lq_address_t *addresses,
                                   size_t address_cnt, const lq_hash_t *topics, size_t topic_cnt,
                                   uint64_t from_blk, uint64_t to_blk)
{
    chain_t *t = ctx;
    (void)addresses;
    LQ_ASSERT(!instance && address_cnt && topic_cnt == 1 && topics[0].b[0] == FAKE_TOPIC_MOVE);
    LQ_ASSERT(from_blk <= to_blk);
    t->search = true;
    t->search_from = from_blk;
    t->search_to = to_blk;
}

static inline void chain_on_follow(void *ctx, uint64_t from_blk, const lq_hash_t *parent_hash,
                                   const lq_address_t *addresses, size_t address_cnt,
                                   const lq_hash_t *topics, size_t topic_cnt)
{
    chain_t *t = ctx;
    (void)topics;
    LQ_ASSERT(topic_cnt == (t->pool_cnt ? 7 : 4) && address_cnt <= 64);
    t->follow_cnt++;
    t->follows = true;
    t->breaks = false;
    t->given[0] = chain_node_of(parent_hash);
    LQ_ASSERT(t->nodes[t->given[0]].header.block.number + 1 == from_blk);
    t->given_cnt = 0;
    t->complete_cnt = 0;
    t->headed = true;
    t->log_at = 0;
    memcpy(t->watched, addresses, address_cnt * sizeof(*addresses));
    t->watched_cnt = address_cnt;
}

static inline void chain_on_head(void *ctx)
{
    chain_t *t = ctx;
    t->head = true;
    t->follows = false;
}

/* The pools that were read are those of NODE's end; a count of the others is added to *LEFT. */
static inline size_t chain_compare_pools(const chain_t *t, size_t node, size_t *left)
{
    const fake_contract_t *c = &t->nodes[node].c;
    const fake_venues_state_t *s = lq_sync_venues(t->sync)->state;
    size_t wrong = 0;
    for (size_t i = 0; i < t->pool_cnt; i++) {
        const fake_pool_t *pool = &s->pools[i];
        *left += pool->stage < 2;
        wrong += pool->stage >= 1 && pool->value != c->pool_value[i];
        wrong += pool->stage == 2 && pool->ticks != c->pool_ticks[i];
    }
    return wrong;
}

/* The state of T's sync is that of the contract at NODE's end. */
static inline size_t chain_compare(const chain_t *t, size_t node)
{
    const fake_contract_t *c = &t->nodes[node].c;
    const lq_ledger_t *ledger = lq_sync_ledger(t->sync);
    const fake_state_t *s = fake_of(lq_sync_self(t->sync, 0))->state;
    size_t left = 0;
    size_t wrong = chain_compare_pools(t, node, &left);
    wrong += !s->read || s->listed != c->listed || s->clock != c->clock;
    wrong += s->last_sec != c->last_sec || (s->rate != c->rate && s->rate != UINT64_MAX);
    wrong += s->now_sec != t->nodes[node].header.timestamp_sec + 12;
    for (uint64_t o = 0; o < FAKE_OWNERS; o++) {
        lq_address_t owner = fake_owner(o);
        uint32_t a = LQ_LEDGER_NONE;
        if (lq_ledger_find(ledger, &a, 0, &owner))
            a = LQ_LEDGER_NONE;
        for (unsigned r = 0; r < FAKE_RESERVES; r++) {
            bool known =
                a != LQ_LEDGER_NONE && lq_ledger_account(ledger, a).state == LQ_ACCOUNT_KNOWN;
            if (known ? lq_ledger_amount(ledger, a, (uint16_t)r) != c->balance[o][r]
                      : c->balance[o][r] && a == LQ_LEDGER_NONE)
                wrong++;
        }
    }
    return wrong;
}

static inline void chain_on_notice(void *ctx, const lq_sync_notice_t *n)
{
    chain_t *t = ctx;
    t->notice_cnt[n->kind]++;
    if (n->kind == LQ_SYNC_NOTICE_MISMATCH)
        t->last_mismatch = *n;
    if (n->kind == LQ_SYNC_NOTICE_POOL)
        *(n->name ? &t->last_mismatched : &t->last_pool) = *n;
    if (n->kind == LQ_SYNC_NOTICE_TRUST)
        t->trust_cnt[n->trust]++;
    if (n->kind != LQ_SYNC_NOTICE_SETTLED)
        return;
    t->settled_cnt++;
    LQ_ASSERT(t->given_cnt == t->complete_cnt && t->headed);
    size_t node = t->given[t->given_cnt];
    LQ_ASSERT(!memcmp(&n->block.hash, &t->nodes[node].header.block.hash, sizeof(n->block.hash)));
    size_t wrong = chain_compare(t, node);
    t->wrong_cnt += wrong;
    lq_sync_stat_t stat = lq_sync_stat(t->sync);
    LQ_ASSERT(t->lax || (!wrong && (!stat.unknown_cnt || stat.given_up_cnt)));
}

static inline void chain_on_moved(void *ctx, const lq_book_event_t *event)
{
    (void)ctx;
    (void)event;
}

static inline lq_sync_config_t chain_config(const lq_sync_instance_t *instance)
{
    return (lq_sync_config_t){
        .instances = instance,
        .instance_cnt = 1,
        .ledger = {.account_max = 64, .leg_max = 1024, .pool_max = 4, .factor_max = 16},
        .oracles = {.oracle_max = 4, .feed_max = 4},
        .group_max = 16,
        .margin_bps = 100,
        .window_blk = 64,
        .undo_line_max = 20000,
        .hold_max = (size_t)1 << 20,
        .block_sec = 12,
        .audit_per_blk = 2,
        .audit_risky_per_blk = 2,
        .audit_mismatch_max = 3,
        .recheck_blk = 5,
        .read_max = 8,
        .read_account_max = 4,
        .chain_id = 1,
        .seed = 99,
    };
}

static const lq_sync_instance_t chain_instance = {
    .adapter = &fake_adapter,
    .config = {.contract = {{FAKE_POOL_BYTE}}, .asset_max = FAKE_RESERVES},
    .name = "fake",
    .from_blk = CHAIN_FIRST,
};

static const lq_venue_pool_config_t chain_pools[FAKE_POOLS] = {
    {.address = {{FAKE_VENUE_BYTE, 0}}},
    {.address = {{FAKE_VENUE_BYTE, 1}}},
    {.address = {{FAKE_VENUE_BYTE, 2}}},
    {.address = {{FAKE_VENUE_BYTE, 3}}},
};
static const lq_lender_config_t chain_lender = {LQ_LENDER_AAVE_V3, {{FAKE_LENDER_BYTE}}};

static inline lq_venues_config_t chain_venues(size_t pool_cnt)
{
    return (lq_venues_config_t){.pools = chain_pools,
                                .pool_cnt = pool_cnt,
                                .lenders = &chain_lender,
                                .lender_cnt = 1,
                                .tick_max = 16};
}

static inline lq_sync_sink_t chain_sink(chain_t *t)
{
    return (lq_sync_sink_t){t,
                            chain_on_read,
                            chain_on_cancel,
                            chain_on_search,
                            chain_on_follow,
                            chain_on_head,
                            chain_on_notice,
                            chain_on_moved};
}

static inline chain_t *chain_world(uint64_t (*pick)(void *, uint64_t), void *pick_ctx,
                                   size_t pool_cnt, size_t past)
{
    chain_t *t = calloc(1, sizeof(*t));
    LQ_ASSERT(t);
    t->pick = pick;
    t->pick_ctx = pick_ctx;
    t->pool_cnt = pool_cnt;
    t->deep = 3;
    t->node_cnt = 1;
    t->nodes[0].header.block = (lq_block_ref_t){CHAIN_FIRST, chain_hash(0)};
    t->nodes[0].header.timestamp_sec = 1000000;
    t->nodes[0].c = (fake_contract_t){.listed = 2, .last_sec = 1000000};
    for (; past; past--)
        t->tip = chain_extend(t, t->tip);
    t->head = true;
    return t;
}

static inline chain_t *chain_new(uint64_t (*pick)(void *, uint64_t), void *pick_ctx,
                                 const lq_sync_config_t *config, size_t past)
{
    chain_t *t = chain_world(pick, pick_ctx, config->venues.pool_cnt, past);
    LQ_ASSERT(!lq_arena_init(&t->arena, lq_sync_arena_sz(config)));
    lq_sync_sink_t sink = chain_sink(t);
    LQ_ASSERT(!lq_sync_new(&t->sync, &t->arena, config, &sink));
    return t;
}

static inline void chain_free(chain_t *t)
{
    lq_arena_fini(&t->arena);
    free(t);
}

static inline lq_evm_log_t chain_evm_log(const chain_node_t *n, size_t i)
{
    const chain_log_t *l = &n->logs[i];
    return (lq_evm_log_t){.block = n->header.block,
                          .log_idx = (uint32_t)i,
                          .address = l->address,
                          .topic_cnt = 2,
                          .topics = {{{l->topic}}, {{l->owner}}},
                          .data = (const uint8_t *)&l->data,
                          .data_sz = 8};
}

static inline bool chain_is_watched(const chain_t *t, const chain_log_t *l)
{
    for (size_t i = 0; i < t->watched_cnt; i++)
        if (!memcmp(&t->watched[i], &l->address, sizeof(l->address)))
            return true;
    return false;
}

/* The first watched log of N from AT on. */
static inline size_t chain_next_log(const chain_t *t, const chain_node_t *n, size_t at)
{
    while (at < n->log_cnt && !chain_is_watched(t, &n->logs[at]))
        at++;
    return at;
}

static inline void chain_give_log(chain_t *t)
{
    const chain_node_t *n = &t->nodes[t->given[t->given_cnt]];
    size_t at = chain_next_log(t, n, t->log_at);
    lq_evm_log_t log = chain_evm_log(n, at);
    lq_event_t e = {.kind = LQ_EVENT_LOG, .as.log = &log};
    t->log_at = at + 1;
    chain_event(t, &e);
}

static inline void chain_give_head(chain_t *t)
{
    lq_event_t e = {.kind = LQ_EVENT_HEAD, .as.head = &t->nodes[t->given[t->given_cnt]].header};
    t->headed = true;
    chain_event(t, &e);
}

static inline void chain_give_ref(chain_t *t, lq_event_kind_t kind, size_t node)
{
    lq_event_t e = {.kind = kind, .as.block = t->nodes[node].header.block};
    chain_event(t, &e);
}

static inline void chain_undo(chain_t *t)
{
    size_t node = t->given[t->given_cnt--];
    if (t->complete_cnt > t->given_cnt)
        t->complete_cnt = t->given_cnt;
    t->headed = true;
    t->log_at = CHAIN_LOGS;
    chain_give_ref(t, LQ_EVENT_UNDONE, node);
}

/* One event of the chain, where there is one to give; false: all is told. */
static inline bool chain_advance(chain_t *t)
{
    if (!t->follows)
        return false;
    size_t top = t->given[t->given_cnt];
    const chain_node_t *n = &t->nodes[top];
    if (chain_above(t, t->tip, n->header.block.number) != top) {
        if (!t->given_cnt || n->header.block.number > t->nodes[t->tip].header.block.number + 64) {
            lq_event_t e = {.kind = LQ_EVENT_BROKEN};
            t->follows = false;
            chain_event(t, &e);
        } else {
            chain_undo(t);
        }
        return true;
    }
    bool has_log = t->given_cnt && chain_next_log(t, n, t->log_at) < n->log_cnt;
    if (!t->headed) {
        if (has_log && chain_often(t, 50))
            chain_give_log(t);
        else
            chain_give_head(t);
        return true;
    }
    if (has_log) {
        chain_give_log(t);
        return true;
    }
    bool waits = t->complete_cnt < t->given_cnt;
    bool more = top != t->tip;
    if (waits && (!more || chain_often(t, 80))) {
        size_t node = t->given[++t->complete_cnt];
        chain_give_ref(t, LQ_EVENT_BLOCK, node);
        return true;
    }
    if (!more)
        return false;
    t->given[++t->given_cnt] = chain_above(t, t->tip, n->header.block.number + 1);
    n = &t->nodes[t->given[t->given_cnt]];
    t->log_at = 0;
    t->headed = false;
    if (chain_often(t, t->late_head) && chain_next_log(t, n, 0) < n->log_cnt)
        chain_give_log(t);
    else
        chain_give_head(t);
    return true;
}

static inline size_t chain_tell(const chain_node_t *n, const uint8_t what[2], uint8_t out[40])
{
    const uint64_t *words = NULL;
    uint64_t two[2] = {n->c.feed, n->c.aggregator};
    uint64_t three[3] = {n->c.listed, n->c.clock, n->c.last_sec};
    uint64_t owner[FAKE_RESERVES + 1];
    size_t cnt = 0;
    uint64_t pool[2] = {n->c.pool_value[what[1] % FAKE_POOLS],
                        n->c.pool_ticks[what[1] % FAKE_POOLS]};
    if (what[0] >= FAKE_READ_POOL) {
        words = what[0] == FAKE_READ_LENDER  ? &n->c.lender_has
                : what[0] == FAKE_READ_TICKS ? &pool[1]
                                             : pool;
        cnt = what[0] == FAKE_READ_POOL_AUDIT ? 2 : 1;
    } else if (what[0] == FAKE_READ_LIST) {
        words = three;
        cnt = 3;
    } else if (what[0] == FAKE_READ_RATE) {
        words = &n->c.rate;
        cnt = 1;
    } else if (what[0] == FAKE_READ_OWNER) {
        memcpy(owner, n->c.balance[what[1] % FAKE_OWNERS], 8 * (size_t)FAKE_RESERVES);
        owner[FAKE_RESERVES] = n->c.clock;
        words = owner;
        cnt = FAKE_RESERVES + 1;
    } else if (n->c.feed == CHAIN_NO_NUMBER) {
        out[0] = 0;
        return 1;
    } else {
        words = two;
        cnt = 2;
    }
    memcpy(out, words, 8 * cnt);
    return 8 * cnt;
}

/* Answers the read number I: rightly, not at all, or with a lie. */
static inline void chain_answer(chain_t *t, size_t i, bool fails, bool lies)
{
    chain_read_t r = t->reads[i];
    LQ_ASSERT(r.used);
    t->reads[i].used = false;
    uint8_t data[CHAIN_CALLS][40];
    lq_read_result_t results[CHAIN_CALLS];
    for (size_t j = 0; j < r.cnt; j++) {
        size_t sz = chain_tell(&t->nodes[r.node], r.what[j], data[j]);
        results[j] = (lq_read_result_t){true, data[j], sz};
        if (lies && chain_pick(t, 2))
            data[j][chain_pick(t, sz)] ^= 1;
        if (lies && !chain_pick(t, 8))
            results[j].data_sz = chain_pick(t, sz);
        if (lies && !chain_pick(t, 8))
            results[j].ok = false;
    }
    lq_read_answer_t a = {.id = r.id,
                          .err = fails ? LQ_ERR_TIMEOUT : LQ_OK,
                          .block = t->nodes[r.node].header.block,
                          .results = results,
                          .result_cnt = fails ? 0 : r.cnt};
    lq_event_t e = {.kind = LQ_EVENT_READ, .as.read = &a};
    chain_event(t, &e);
}

static inline bool chain_answer_any(chain_t *t)
{
    size_t from = chain_pick(t, CHAIN_READS);
    for (size_t k = 0; k < CHAIN_READS; k++) {
        size_t i = (from + k) % CHAIN_READS;
        if (!t->reads[i].used || t->reads[i].never)
            continue;
        chain_answer(t, i, chain_often(t, t->fail), chain_often(t, t->lie_any));
        return true;
    }
    return false;
}

static inline void chain_begin(chain_t *t, const lq_header_t *header)
{
    if (t->event)
        chain_event(t, &(lq_event_t){.kind = LQ_EVENT_BEGIN, .as.head = header});
    else
        lq_sync_begin(t->sync, header);
}

static inline void chain_found(chain_t *t, const lq_evm_log_t *log)
{
    if (t->event)
        chain_event(t, &(lq_event_t){.kind = LQ_EVENT_FOUND, .as.found = {0, log}});
    else
        lq_sync_found(t->sync, 0, log);
}

static inline void chain_searched(chain_t *t, uint64_t next_blk, bool done)
{
    if (t->event)
        chain_event(t,
                    &(lq_event_t){.kind = LQ_EVENT_SEARCHED, .as.searched = {0, next_blk, done}});
    else if (done)
        lq_sync_searched(t->sync, 0);
    else
        lq_sync_search_at(t->sync, 0, next_blk);
}

static inline bool chain_housekeep(chain_t *t)
{
    if (t->head) {
        t->head = false;
        uint64_t tip = t->nodes[t->tip].header.block.number;
        size_t at = chain_above(t, t->tip, tip > CHAIN_FIRST + 3 ? tip - 3 : tip);
        chain_begin(t, &t->nodes[at].header);
        return true;
    }
    if (!t->search)
        return false;
    t->search = false;
    for (uint64_t b = t->search_from; b <= t->search_to; b++) {
        const chain_node_t *n = &t->nodes[chain_above(t, t->tip, b)];
        for (size_t i = 0; i < n->log_cnt; i++) {
            lq_evm_log_t log = chain_evm_log(n, i);
            if (n->logs[i].topic == FAKE_TOPIC_MOVE)
                chain_found(t, &log);
        }
        chain_searched(t, b + 1, false);
    }
    chain_searched(t, t->search_to + 1, true);
    return true;
}

static inline void chain_reorg(chain_t *t)
{
    uint64_t number = t->nodes[t->tip].header.block.number;
    uint64_t depth = 1 + chain_pick(t, t->deep);
    if (number < CHAIN_FIRST + depth + 8)
        return;
    size_t at = chain_above(t, t->tip, number - depth);
    for (uint64_t i = 0; i <= depth && t->node_cnt < CHAIN_NODES; i++)
        at = chain_extend(t, at);
    t->tip = at;
}

/* One step of the world. */
static inline void chain_step(chain_t *t)
{
    if (chain_housekeep(t))
        return;
    uint64_t what = chain_pick(t, 100);
    if (what < 45) {
        (void)chain_advance(t);
    } else if (what < 90) {
        (void)chain_answer_any(t);
    } else if (what < 90 + t->reorg) {
        chain_reorg(t);
    } else if (t->node_cnt < CHAIN_NODES) {
        t->tip = chain_extend(t, t->tip);
    }
}

/* Lets everything come to rest: true where the sync has settled at the tip. */
static inline bool chain_rest(chain_t *t)
{
    for (size_t i = 0; i < 100000; i++)
        if (!chain_housekeep(t) && !chain_advance(t) && !chain_answer_any(t))
            break;
    lq_sync_stat_t stat = lq_sync_stat(t->sync);
    return stat.settled &&
           !memcmp(&stat.top.hash, &t->nodes[t->tip].header.block.hash, sizeof(stat.top.hash));
}

#endif
