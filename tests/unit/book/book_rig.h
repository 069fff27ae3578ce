#ifndef LQ_BOOK_RIG_H
#define LQ_BOOK_RIG_H

/* A book over two instances of the fake protocol: one pool where everything secures everything, and
   isolated markets. Beside it what its events told, compared with a scan of all accounts. */

#include "book_internal.h"
#include "fake_market.h"
#include "liqd/book/book.h"

enum {
    RIG_ACCOUNTS = 400,
    RIG_ASSETS = 6,
    RIG_MARKETS = 4,
    RIG_MARGIN_BPS = 200,
    RIG_BLOCKS = 8,
};

typedef struct rig {
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_ledger_t *ledger;
    lq_oracles_t *oracles;
    lq_instance_t *instances[2];
    lq_book_t *book;
    lq_rng_t rng;
    uint16_t collateral[2][RIG_ASSETS]; /* by category */
    uint16_t debt[RIG_ASSETS];
    uint16_t idle[RIG_ASSETS];
    uint16_t market_collateral[RIG_MARKETS];
    uint16_t market_debt[RIG_MARKETS];
    uint32_t pools[1 + RIG_MARKETS];
    uint8_t told[RIG_ACCOUNTS]; /* lq_tier_t, of those that are told */
    struct {
        uint64_t digest;
        uint8_t told[RIG_ACCOUNTS];
    } blocks[RIG_BLOCKS];
    size_t block_cnt;
    uint64_t blk;
    size_t event_cnt;
} rig_t;

static const lq_adapter_t *const rig_adapters[2] = {&fake_adapter, &fake_isolated_adapter};

static inline void rig_event(void *ctx, const lq_book_event_t *event)
{
    rig_t *r = ctx;
    r->event_cnt++;
    assert_true(event->from != event->to);
    assert_true(event->from >= LQ_TIER_ARMED || event->to >= LQ_TIER_ARMED);
    if (event->from >= LQ_TIER_ARMED || r->told[event->account] >= LQ_TIER_ARMED)
        assert_int_equal(event->from, r->told[event->account]);
    r->told[event->account] = (uint8_t)event->to;
}

static inline uint64_t rig_below(rig_t *r, uint64_t n)
{
    return lq_rng_below(&r->rng, n);
}

static inline uint16_t rig_factor(rig_t *r, lq_instance_t *self, lq_factor_t about,
                                  fake_factor_t fake)
{
    uint16_t factor;
    assert_ok(lq_ledger_add_factor(r->ledger, &factor, &about));
    fake_set_factor(self, factor, fake);
    return factor;
}

static inline void rig_make_factors(rig_t *r)
{
    for (uint32_t i = 0; i < 1 + RIG_MARKETS; i++) {
        lq_ledger_pool_t ref = {.instance = i > 0, .local = i};
        assert_ok(lq_ledger_add_pool(r->ledger, &r->pools[i], ref));
    }
    for (uint32_t i = 0; i < RIG_ASSETS; i++) {
        fake_factor_t f = {.oracle = fake_add_oracle(r->instances[0], i),
                           .amount_loss = 1,
                           .value_loss = 2,
                           .health_loss = 100000};
        for (uint8_t category = 0; category < 2; category++) {
            f.weight = category ? 950 : 700 + 30u * i;
            f.rate = 1 + i;
            lq_factor_t about = {
                .asset = (uint16_t)i, .category = category, .side = LQ_SIDE_COLLATERAL};
            r->collateral[category][i] = rig_factor(r, r->instances[0], about, f);
        }
        f.weight = 1024;
        f.rate = 3 + i;
        lq_factor_t about = {.asset = (uint16_t)i, .side = LQ_SIDE_DEBT};
        r->debt[i] = rig_factor(r, r->instances[0], about, f);
        about.side = LQ_SIDE_IDLE;
        r->idle[i] = rig_factor(r, r->instances[0], about, f);
    }
    for (uint32_t i = 0; i < RIG_MARKETS; i++) {
        fake_factor_t f = {.oracle = fake_add_oracle(r->instances[1], i),
                           .weight = 900,
                           .rate = 2,
                           .value_loss = 2};
        lq_factor_t about = {.pool = r->pools[1 + i], .side = LQ_SIDE_COLLATERAL};
        r->market_collateral[i] = rig_factor(r, r->instances[1], about, f);
        f.oracle = fake_add_oracle(r->instances[1], RIG_MARKETS + (i & 1u));
        f.weight = 1024;
        about.side = LQ_SIDE_DEBT;
        r->market_debt[i] = rig_factor(r, r->instances[1], about, f);
    }
}

static inline rig_t *rig_new(lq_rng_t rng, size_t group_max, fake_rounding_t rounding)
{
    rig_t *r = calloc(1, sizeof(*r));
    assert_non_null(r);
    r->rng = rng;
    assert_ok(lq_arena_init(&r->arena, (size_t)1 << 27));
    lq_ledger_config_t lc = {.account_max = RIG_ACCOUNTS,
                             .leg_max = (size_t)RIG_ACCOUNTS * 16,
                             .pool_max = 16,
                             .factor_max = 64,
                             .seed = 1};
    lq_book_config_t bc = {.account_max = RIG_ACCOUNTS,
                           .factor_max = 64,
                           .group_max = group_max,
                           .oracle_max = FAKE_ORACLE_MAX,
                           .margin_bps = RIG_MARGIN_BPS,
                           .seed = 2};
    lq_undo_config_t uc = {.state_sz = lq_ledger_state_sz(&lc) + lq_book_state_sz(&bc) +
                                       3 * fake_state_sz() + 64,
                           .line_max = 1 << 17,
                           .blk_max = 64};
    assert_ok(lq_undo_new(&r->undo, &r->arena, &uc));
    assert_ok(lq_ledger_new(&r->ledger, &r->arena, r->undo, &lc));
    r->oracles = fake_oracles(&r->arena, r->undo);
    for (size_t i = 0; i < 2; i++) {
        r->instances[i] = fake_make(&r->arena, r->undo, r->ledger);
        r->instances[i]->rounding = rounding;
    }
    lq_book_ground_t ground = {.ledger = r->ledger,
                               .oracles = r->oracles,
                               .adapters = rig_adapters,
                               .instances = r->instances,
                               .instance_cnt = 2};
    assert_ok(lq_book_new(&r->book, &r->arena, r->undo, &bc, &ground, rig_event, r));
    rig_make_factors(r);
    assert_ok(lq_book_bind(r->book));
    /* The second follows the first, as a staked token does. */
    r->oracles->feeds[1] = 0;
    for (uint32_t i = 0; i < RIG_ASSETS; i++)
        fake_set_answer(r->oracles, i, (1u << 24) + rig_below(r, 1u << 24));
    lq_book_settle(r->book);
    return r;
}

static inline void rig_free(rig_t *r)
{
    lq_arena_fini(&r->arena);
    free(r);
}

static inline lq_health_t rig_health(const rig_t *r, uint32_t account)
{
    lq_health_t health;
    lq_book_view_t now = {0};
    lq_book_health(r->book, &health, account, &now);
    return health;
}

static inline bool rig_owes(const rig_t *r, uint32_t account)
{
    lq_legs_t legs = lq_ledger_legs(r->ledger, account);
    for (size_t i = 0; i < legs.cnt; i++) {
        if (lq_ledger_factor(r->ledger, legs.factors[i])->side == LQ_SIDE_DEBT)
            return lq_ledger_account(r->ledger, account).state == LQ_ACCOUNT_KNOWN;
    }
    return false;
}

/* The tier by a full scan. */
static inline lq_tier_t rig_tier(const rig_t *r, uint32_t account, const lq_health_t *health)
{
    static const uint64_t margin_wad = 1000000000000000000u + RIG_MARGIN_BPS * 100000000000000u;
    lq_u256_t limit = lq_u256_from_u64(margin_wad);
    if (!rig_owes(r, account) || health->verdict == LQ_HEALTH_UNKNOWN)
        return LQ_TIER_NONE;
    if (health->verdict == LQ_HEALTH_LIQUIDATABLE)
        return LQ_TIER_LIQUIDATABLE;
    return lq_u256_lt(&health->factor_wad, &limit) ? LQ_TIER_ARMED : LQ_TIER_SAFE;
}

/* What health is not above, by the group's references; infinite where they do not tell. */
static inline double rig_upper_bound(const rig_t *r, uint32_t account)
{
    lq_book_slot_t slot = r->book->slots[account];
    const lq_book_group_t *g = &r->book->groups[slot.group];
    if (slot.group < LQ_BOOK_GROUP_FIRST || (g->flags & LQ_BOOK_FLAG_DEAD))
        return (double)INFINITY;
    lq_book_drift_t d = lq_book_drift(r->book, g);
    float key = lq_book_at(r->book, g, slot.pos)->key;
    bool tells = !d.worn_out && !lq_book_is_crumb(key) && !isinf(d.high);
    return tells ? (double)key * d.high : (double)INFINITY;
}

static inline void rig_check(const rig_t *r)
{
    size_t cnt[4] = {0};
    for (uint32_t i = 0; i < lq_ledger_cnt(r->ledger); i++) {
        lq_health_t health = rig_health(r, i);
        lq_tier_t want = rig_tier(r, i, &health);
        lq_tier_t got = lq_book_tier(r->book, i);
        double bound = lq_book_bound(r->book, i);
        if (got != want)
            print_message("account %u: %s, not %s; bound %.9f\n", i, lq_tier_str(got),
                          lq_tier_str(want), bound);
        assert_int_equal(got, want);
        cnt[got]++;
        if (got >= LQ_TIER_ARMED || r->told[i] >= LQ_TIER_ARMED)
            assert_int_equal(r->told[i], got);
        if (got != LQ_TIER_NONE)
            assert_true(bound <= lq_u256_to_double(&health.factor_wad) * 1e-18 * (1 + 1e-12));
        if (got != LQ_TIER_NONE)
            assert_true(rig_upper_bound(r, i) >=
                        lq_u256_to_double(&health.factor_wad) * 1e-18 * (1 - 1e-12));
    }
    lq_book_stat_t stat = lq_book_stat(r->book);
    assert_memory_equal(stat.tier_cnt, cnt, sizeof(cnt));
}

static inline void rig_settle(rig_t *r)
{
    lq_book_settle(r->book);
    rig_check(r);
}

static inline void rig_set(rig_t *r, uint32_t account, uint16_t factor, uint64_t amount)
{
    assert_ok(lq_ledger_set_amount(r->ledger, account, factor, amount));
}

static inline uint32_t rig_add_account(rig_t *r, uint32_t pool)
{
    uint32_t account;
    lq_address_t owner;
    lq_rng_bytes(&r->rng, owner.b, sizeof(owner.b));
    assert_ok(lq_ledger_add(r->ledger, &account, pool, &owner));
    lq_ledger_set_state(r->ledger, account, LQ_ACCOUNT_KNOWN);
    return account;
}

/* Amounts of every width, and a debt that lets health lie between 0.9 and 1.6, mostly. */
static inline void rig_fill(rig_t *r, uint32_t account)
{
    unsigned bits = 2 + (unsigned)rig_below(r, 34);
    uint64_t much = rig_below(r, 8) ? 1 : 1 + rig_below(r, 40);
    uint64_t debt = ((uint64_t)1 << bits) + rig_below(r, (uint64_t)1 << bits);
    uint32_t pool = lq_ledger_account(r->ledger, account).pool;
    lq_ledger_clear_legs(r->ledger, account);
    if (pool > 0) {
        rig_set(r, account, r->market_collateral[pool - 1],
                debt * much * (10000 + rig_below(r, 10000)) / 10000);
        rig_set(r, account, r->market_debt[pool - 1], rig_below(r, 8) ? debt : 0);
        return;
    }
    uint64_t part = 1 + rig_below(r, 3);
    uint8_t category = (uint8_t)rig_below(r, 2);
    lq_ledger_set_category(r->ledger, account, category);
    for (uint64_t i = 0; i < part; i++)
        rig_set(r, account, r->collateral[category][rig_below(r, RIG_ASSETS)],
                debt * much * (12000 + rig_below(r, 9000)) / 10000 / part);
    for (uint64_t i = rig_below(r, 3); i-- > 0;)
        rig_set(r, account, r->debt[rig_below(r, RIG_ASSETS)], debt / 2);
    if (rig_below(r, 4) == 0)
        rig_set(r, account, r->idle[rig_below(r, RIG_ASSETS)], debt);
    if (rig_below(r, 16) == 0)
        rig_set(r, account, r->debt[rig_below(r, RIG_ASSETS)], debt);
}

static inline void rig_fill_all(rig_t *r, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++)
        rig_fill(r,
                 rig_add_account(r, r->pools[rig_below(r, 3) ? 0 : 1 + rig_below(r, RIG_MARKETS)]));
}

static inline void rig_begin(rig_t *r)
{
    if (r->block_cnt == RIG_BLOCKS) {
        memmove(r->blocks, r->blocks + 1, (RIG_BLOCKS - 1) * sizeof(r->blocks[0]));
        r->block_cnt--;
    }
    r->blocks[r->block_cnt].digest = lq_undo_digest(r->undo);
    memcpy(r->blocks[r->block_cnt++].told, r->told, sizeof(r->told));
    lq_undo_begin(r->undo, ++r->blk);
}

static inline void rig_back(rig_t *r)
{
    assert_ok(lq_undo_back(r->undo, r->blk--));
    r->block_cnt--;
    assert_true(lq_undo_digest(r->undo) == r->blocks[r->block_cnt].digest);
    memcpy(r->told, r->blocks[r->block_cnt].told, sizeof(r->told));
}

#endif
