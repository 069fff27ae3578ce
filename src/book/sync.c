#include "liqd/book/sync.h"

#include <string.h>

#include "liqd/base/digest.h"

#include "sync_internal.h"

/* Calls of one read: some per account, and what one subject of many reserves may take. */
#define CALLS_BASE       2048u
#define CALLS_PER_ASK    64u
#define CALL_INPUT_SZ    100u /* selector and three words, on the average at most */
#define ASK_MAX          4096u
#define AUDIT_MAX        4096u
#define ADDRESS_SPARE    1024u
#define BLOCK_SEC_MAX    86400u
#define TOPICS_OF_MEMBER 64u
#define VENUES_SEED      UINT64_C(0x7365756e6576) /* "venues" */

static size_t call_max(const lq_sync_config_t *c)
{
    return CALLS_BASE + CALLS_PER_ASK * c->read_account_max;
}

/* A reserve has up to four addresses, a feed two, a pool one. */
static size_t watch_max(const lq_sync_config_t *c)
{
    size_t n = ADDRESS_SPARE + 2 * c->oracles.feed_max + c->venues.pool_cnt;
    for (size_t i = 0; i < c->instance_cnt; i++)
        n += 4 * c->instances[i].config.asset_max;
    return n;
}

static size_t topic_max(const lq_sync_config_t *c)
{
    return (c->instance_cnt + 2) * TOPICS_OF_MEMBER;
}

static bool is_in_range(const lq_sync_config_t *c)
{
    return c->instance_cnt >= 1 && c->instance_cnt <= LQ_SYNC_INSTANCE_MAX && c->window_blk >= 1 &&
           c->window_blk < LQ_UNDO_BLK_MAX - SYNC_SPARE_BLK && c->undo_line_max >= 1 &&
           c->hold_max <= (size_t)1 << 40 && c->block_sec <= BLOCK_SEC_MAX && c->read_max >= 1 &&
           c->read_max <= 64 && c->read_account_max >= 1 && c->read_account_max <= ASK_MAX &&
           c->audit_per_blk <= AUDIT_MAX && c->audit_risky_per_blk <= AUDIT_MAX &&
           c->ledger.account_max >= 1 && c->ledger.account_max <= LQ_LEDGER_ACCOUNT_MAX &&
           c->venues.pool_cnt <= LQ_VENUES_POOL_MAX;
}

static lq_book_config_t book_config(const lq_sync_config_t *c)
{
    return (lq_book_config_t){.account_max = c->ledger.account_max,
                              .factor_max = c->ledger.factor_max,
                              .group_max = c->group_max,
                              .oracle_max = c->oracles.oracle_max,
                              .margin_bps = c->margin_bps};
}

/* Where there is no pool nothing is said of how many ticks there are. No number is drawn for its
   seed: whom audits are about does not depend on it. */
static lq_venues_config_t venues_config(const lq_sync_config_t *c)
{
    lq_venues_config_t out = c->venues;
    if (!out.pool_cnt)
        out.tick_max = 1;
    out.seed = lq_digest_word(c->seed, VENUES_SEED);
    return out;
}

static size_t state_sz(const lq_sync_config_t *c)
{
    lq_book_config_t book = book_config(c);
    lq_venues_config_t venues = venues_config(c);
    size_t sz = LQ_UNDO_LINE_SZ + lq_ledger_state_sz(&c->ledger) +
                lq_oracles_state_sz(&c->oracles) + lq_venues_state_sz(&venues) +
                lq_book_state_sz(&book);
    for (size_t i = 0; i < c->instance_cnt; i++)
        sz += c->instances[i].adapter->state_sz(&c->instances[i].config);
    return sz;
}

static size_t audit_slots(const lq_sync_config_t *c)
{
    return c->read_max < SYNC_AUDIT_SLOTS ? c->read_max : SYNC_AUDIT_SLOTS;
}

static size_t own_sz(const lq_sync_config_t *c)
{
    size_t blks = c->window_blk + SYNC_SPARE_BLK + 1;
    size_t watch = watch_max(c);
    return sizeof(lq_sync_t) + blks * sizeof(sync_blk_t) + 2 * c->hold_max +
           watch * (2 * sizeof(lq_address_t) + 48) + topic_max(c) * sizeof(lq_hash_t) +
           c->read_max * (sizeof(sync_read_t) + c->read_account_max * sizeof(sync_ask_t)) +
           audit_slots(c) * c->read_account_max * sizeof(sync_expected_t) +
           call_max(c) * (2 * (sizeof(lq_read_call_t) + CALL_INPUT_SZ) + sizeof(lq_read_result_t)) +
           c->ledger.account_max / 8 + c->audit_risky_per_blk * sizeof(uint32_t) +
           c->venues.pool_cnt + 65536;
}

/* What the parts take of the arena besides their state has no function of their own: these are
   bounds well above it. An arena reserves addresses, and pages that nobody writes cost nothing. */
static size_t parts_sz(const lq_sync_config_t *c)
{
    size_t sz = ((size_t)64 << 20) + c->ledger.account_max * 512 + c->ledger.leg_max * 16 +
                c->ledger.factor_max * 1024 + c->ledger.pool_max * 512 +
                c->oracles.oracle_max * 2048 + c->oracles.feed_max * 2048 + c->group_max * 512;
    lq_venues_config_t venues = venues_config(c);
    sz += lq_venues_arena_sz(&venues);
    for (size_t i = 0; i < c->instance_cnt; i++)
        sz += ((size_t)4 << 20) + c->instances[i].config.asset_max * 16384 +
              c->instances[i].config.id_cnt * 256;
    return sz;
}

size_t lq_sync_arena_sz(const lq_sync_config_t *config)
{
    if (!is_in_range(config))
        return 0;
    size_t lines = state_sz(config) / LQ_UNDO_LINE_SZ + 1 + config->undo_line_max;
    size_t blks = config->window_blk + SYNC_SPARE_BLK + 1;
    return own_sz(config) + lines * (LQ_UNDO_LINE_SZ + 4) + blks * 16 + 4096 + parts_sz(config);
}

static bool take_calls(lq_calls_t *calls, lq_arena_t *arena, const lq_sync_config_t *c)
{
    *calls = (lq_calls_t){.call_max = call_max(c), .data_max = call_max(c) * CALL_INPUT_SZ};
    calls->calls = lq_arena_alloc(arena, calls->call_max * sizeof(*calls->calls), 16);
    calls->data = lq_arena_alloc(arena, calls->data_max, 16);
    return calls->calls && calls->data;
}

static bool take_reads(lq_sync_t *s, lq_arena_t *arena)
{
    const lq_sync_config_t *c = &s->config;
    s->ask_max = c->read_account_max;
    s->reads = lq_arena_alloc(arena, c->read_max * sizeof(*s->reads), 16);
    s->results = lq_arena_alloc(arena, call_max(c) * sizeof(*s->results), 16);
    if (!s->reads || !s->results || !take_calls(&s->calls, arena, c) ||
        !take_calls(&s->retell, arena, c))
        return false;
    memset(s->reads, 0, c->read_max * sizeof(*s->reads));
    for (size_t i = 0; i < c->read_max; i++) {
        sync_read_t *r = &s->reads[i];
        r->asks = lq_arena_alloc(arena, s->ask_max * sizeof(*r->asks), 16);
        if (!r->asks)
            return false;
        if (i >= audit_slots(c))
            continue;
        r->expected = lq_arena_alloc(arena, s->ask_max * sizeof(*r->expected), 16);
        if (!r->expected)
            return false;
    }
    return true;
}

static bool take_memory(lq_sync_t *s, lq_arena_t *arena)
{
    const lq_sync_config_t *c = &s->config;
    s->blk_max = c->window_blk + SYNC_SPARE_BLK;
    s->watched_max = watch_max(c);
    s->topic_max = topic_max(c);
    s->risky_max = c->audit_risky_per_blk;
    size_t words = c->ledger.account_max / 64 + 1;
    s->blks = lq_arena_alloc(arena, (s->blk_max + 1) * sizeof(*s->blks), 16);
    s->hold = lq_arena_alloc(arena, 2 * c->hold_max + 16, 16);
    s->watched = lq_arena_alloc(arena, s->watched_max * sizeof(*s->watched), 16);
    s->watch_list = lq_arena_alloc(arena, s->watched_max * sizeof(*s->watch_list), 16);
    s->topics = lq_arena_alloc(arena, s->topic_max * sizeof(*s->topics), 16);
    s->asked = lq_arena_alloc(arena, words * sizeof(*s->asked), 16);
    s->risky = lq_arena_alloc(arena, s->risky_max * sizeof(*s->risky), 16);
    s->pool_told = lq_arena_alloc(arena, c->venues.pool_cnt + 1, 16);
    if (!s->blks || !s->hold || !s->watched || !s->watch_list || !s->topics || !s->asked ||
        !s->risky || !s->pool_told)
        return false;
    memset(s->pool_told, LQ_NO_ROUTE_UNREAD, c->venues.pool_cnt);
    memset(s->blks, 0, (s->blk_max + 1) * sizeof(*s->blks));
    memset(s->asked, 0, words * sizeof(*s->asked));
    return !lq_map_new(&s->watched_map, arena, sizeof(lq_address_t), s->watched_max,
                       lq_rng_u64(&s->rng)) &&
           take_reads(s, arena);
}

static bool copy_ids(lq_instance_config_t *config, lq_arena_t *arena)
{
    if (!config->id_cnt)
        return true;
    lq_hash_t *ids = lq_arena_alloc(arena, config->id_cnt * sizeof(*ids), 16);
    if (!ids)
        return false;
    memcpy(ids, config->ids, config->id_cnt * sizeof(*ids));
    config->ids = ids;
    return true;
}

static lq_err_t make_instances(lq_sync_t *s, lq_arena_t *arena)
{
    for (size_t i = 0; i < s->config.instance_cnt; i++) {
        lq_sync_instance_t *it = &s->instances[i];
        *it = s->config.instances[i];
        it->config.instance = (uint32_t)i;
        it->config.seed = lq_rng_u64(&s->rng);
        if (!copy_ids(&it->config, arena))
            return LQ_ERR_NOMEM;
        s->adapters[i] = it->adapter;
        s->members[i].searched_blk = it->from_blk;
        lq_err_t err = it->adapter->make(&s->selves[i], arena, s->undo, s->ledger, &it->config);
        if (err)
            return err;
        s->members[i].version = it->adapter->version(s->selves[i]);
    }
    return LQ_OK;
}

static void on_moved(void *ctx, const lq_book_event_t *event)
{
    lq_sync_t *s = ctx;
    if (LQ_LIKELY(!s->rehearses))
        s->sink.moved(s->sink.ctx, event);
}

static lq_err_t make_parts(lq_sync_t *s, lq_arena_t *arena)
{
    lq_sync_config_t *c = &s->config;
    c->ledger.seed = lq_rng_u64(&s->rng);
    c->oracles.seed = lq_rng_u64(&s->rng);
    lq_undo_config_t undo = {state_sz(c), c->undo_line_max, s->blk_max + 1}; /* one rehearsed */
    lq_err_t err = lq_undo_new(&s->undo, arena, &undo);
    if (!err)
        err = lq_ledger_new(&s->ledger, arena, s->undo, &c->ledger);
    if (!err)
        err = lq_oracles_new(&s->oracles, arena, s->undo, &c->oracles);
    lq_venues_config_t venues = venues_config(c);
    if (!err)
        err = lq_venues_new(&s->venues, arena, s->undo, &venues);
    if (!err)
        err = make_instances(s, arena);
    if (err)
        return err;
    lq_book_config_t book = book_config(c);
    book.seed = lq_rng_u64(&s->rng);
    lq_book_ground_t ground = {s->ledger, s->oracles, s->adapters, s->selves, c->instance_cnt};
    return lq_book_new(&s->book, arena, s->undo, &book, &ground, on_moved, s);
}

lq_err_t lq_sync_new(lq_sync_t **sync, lq_arena_t *arena, const lq_sync_config_t *config,
                     const lq_sync_sink_t *sink)
{
    if (!is_in_range(config))
        return LQ_ERR_RANGE;
    lq_sync_t *s = lq_arena_alloc(arena, sizeof(*s), 64);
    if (!s)
        return LQ_ERR_NOMEM;
    memset(s, 0, sizeof(*s));
    s->config = *config;
    s->sink = *sink;
    s->refollow_blk = UINT64_MAX;
    s->batch_max = config->read_account_max;
    lq_rng_seed(&s->rng, config->seed);
    if (!take_memory(s, arena))
        return LQ_ERR_NOMEM;
    lq_err_t err = make_parts(s, arena);
    if (err)
        return err;
    s->config.instances = s->instances;
    *sync = s;
    return LQ_OK;
}

lq_sync_notice_t sync_blank(const lq_sync_t *s, lq_sync_notice_kind_t kind, uint32_t instance)
{
    return (lq_sync_notice_t){.kind = kind,
                              .instance = instance,
                              .phase = s->phase,
                              .block = s->blks[s->top].ref,
                              .account = LQ_LEDGER_NONE};
}

void sync_tell(lq_sync_t *s, const lq_sync_notice_t *notice)
{
    s->sink.notice(s->sink.ctx, notice);
}

void sync_fault(lq_sync_t *s, uint32_t src, const char *text)
{
    s->stat.fault_cnt++;
    bool named = src < s->config.instance_cnt;
    if (named)
        s->members[src].fault_cnt++;
    lq_sync_notice_t n = sync_blank(s, LQ_SYNC_NOTICE_FAULT, named ? src : UINT32_MAX);
    n.text = text;
    sync_tell(s, &n);
}

void sync_full(lq_sync_t *s, sync_full_t cause, const char *text)
{
    if (s->full_told & 1u << cause)
        return;
    s->full_told |= 1u << cause;
    lq_sync_notice_t n = sync_blank(s, LQ_SYNC_NOTICE_FULL, UINT32_MAX);
    n.text = text;
    sync_tell(s, &n);
}

void sync_set_phase(lq_sync_t *s, lq_sync_phase_t phase)
{
    if (s->phase == phase)
        return;
    s->phase = phase;
    lq_sync_notice_t n = sync_blank(s, LQ_SYNC_NOTICE_PHASE, UINT32_MAX);
    sync_tell(s, &n);
}

lq_sync_stat_t lq_sync_stat(const lq_sync_t *s)
{
    lq_sync_stat_t out = s->stat;
    const sync_blk_t *top = &s->blks[s->top];
    out.phase = s->phase;
    out.top = top->ref;
    out.top_sec = top->sec;
    out.complete = s->complete;
    out.complete_sec = s->complete_sec;
    out.settled = sync_is_settled(s);
    out.unknown_cnt = lq_ledger_state_cnt(s->ledger, LQ_ACCOUNT_UNKNOWN) +
                      lq_ledger_state_cnt(s->ledger, LQ_ACCOUNT_QUARANTINED);
    for (size_t i = 0; s->fail_cnt && i < SYNC_FAIL_MAX; i++)
        out.given_up_cnt += s->fails[i].cnt && sync_gave_up(&s->fails[i]);
    return out;
}

lq_sync_instance_stat_t lq_sync_instance_stat(const lq_sync_t *s, uint32_t instance)
{
    LQ_ASSERT(instance < s->config.instance_cnt);
    const sync_member_t *m = &s->members[instance];
    return (lq_sync_instance_stat_t){.trust = sync_trust(m),
                                     .version = s->adapters[instance]->version(s->selves[instance]),
                                     .audit_cnt = m->audit_cnt,
                                     .mismatch_cnt = m->mismatch_cnt,
                                     .fault_cnt = m->fault_cnt,
                                     .search_at_blk = m->searched_blk};
}

size_t lq_sync_instance_cnt(const lq_sync_t *s)
{
    return s->config.instance_cnt;
}

const lq_sync_instance_t *lq_sync_instance(const lq_sync_t *s, uint32_t instance)
{
    LQ_ASSERT(instance < s->config.instance_cnt);
    return &s->instances[instance];
}

lq_instance_t *lq_sync_self(const lq_sync_t *s, uint32_t instance)
{
    LQ_ASSERT(instance < s->config.instance_cnt);
    return s->selves[instance];
}

uint64_t lq_sync_chain_id(const lq_sync_t *s)
{
    return s->config.chain_id;
}

lq_ledger_t *lq_sync_ledger(const lq_sync_t *s)
{
    return s->ledger;
}

lq_oracles_t *lq_sync_oracles(const lq_sync_t *s)
{
    return s->oracles;
}

lq_venues_t *lq_sync_venues(const lq_sync_t *s)
{
    return s->venues;
}

lq_book_t *lq_sync_book(const lq_sync_t *s)
{
    return s->book;
}

lq_undo_t *lq_sync_undo(const lq_sync_t *s)
{
    return s->undo;
}

lq_err_t lq_sync_place(const lq_sync_t *s, lq_sync_place_t *out)
{
    const sync_blk_t *top = &s->blks[s->top];
    if (s->phase == LQ_SYNC_IDLE || s->head_wanted || !top->complete ||
        !sync_ref_eq(&top->ref, &s->complete))
        return LQ_ERR_EMPTY;
    *out = (lq_sync_place_t){.block = top->ref,
                             .block_sec = top->sec,
                             .phase = (uint32_t)s->phase,
                             .instance_cnt = (uint32_t)s->config.instance_cnt};
    for (size_t i = 0; i < s->config.instance_cnt; i++) {
        const sync_member_t *m = &s->members[i];
        out->instances[i].searched_blk =
            s->phase == LQ_SYNC_FOLLOWING ? top->ref.number + 1 : m->searched_blk;
        out->instances[i].audit_cnt = m->matched_cnt;
        out->instances[i].trust = (uint32_t)sync_trust(m);
        out->instances[i].version = m->version;
    }
    return LQ_OK;
}

lq_err_t lq_sync_place_restored(lq_sync_t *s, const lq_sync_place_t *place)
{
    if (s->phase != LQ_SYNC_IDLE || place->instance_cnt != s->config.instance_cnt ||
        place->phase <= LQ_SYNC_IDLE || place->phase > LQ_SYNC_FOLLOWING ||
        place->block.number == UINT64_MAX)
        return LQ_ERR_RANGE;
    for (size_t i = 0; i < place->instance_cnt; i++)
        if (place->instances[i].trust > LQ_TRUST_STOPPED)
            return LQ_ERR_RANGE;
    for (size_t i = 0; i < place->instance_cnt; i++) {
        sync_member_t *m = &s->members[i];
        m->searched_blk = place->instances[i].searched_blk;
        m->matched_cnt = place->instances[i].audit_cnt;
        m->version = place->instances[i].version;
        m->read_once = place->phase > LQ_SYNC_STRUCTURE;
        m->stopped = place->instances[i].trust == LQ_TRUST_STOPPED;
        m->told = sync_trust(m);
    }
    lq_undo_forget(s->undo, 0);
    sync_based(s, &place->block, place->block_sec);
    s->phase = (lq_sync_phase_t)place->phase;
    if (lq_book_bind(s->book))
        sync_full(s, SYNC_FULL_ORACLES, "oracles");
    lq_book_rebuild(s->book);
    return LQ_OK;
}

const char *lq_sync_phase_str(lq_sync_phase_t phase)
{
    switch (phase) {
    case LQ_SYNC_IDLE:
        return "idle";
    case LQ_SYNC_STRUCTURE:
        return "reading the structure";
    case LQ_SYNC_DISCOVERY:
        return "searching for accounts";
    case LQ_SYNC_FOLLOWING:
        return "following the chain";
    }
    return "unknown";
}

const char *lq_trust_str(lq_trust_t trust)
{
    switch (trust) {
    case LQ_TRUST_NONE:
        return "not read yet";
    case LQ_TRUST_AUDIT_ONLY:
        return "audited only";
    case LQ_TRUST_FULL:
        return "trusted";
    case LQ_TRUST_STOPPED:
        return "stopped";
    }
    return "unknown";
}
