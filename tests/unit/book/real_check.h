#ifndef LQ_REAL_CHECK_H
#define LQ_REAL_CHECK_H

/* A book over one instance of a real adapter, compared after each settling with the exact health of
   every account. Prices are given to the adapter by hand: no oracle is bound. */

#include <math.h>

#include "liqd/book/book.h"

#include "book_internal.h"
#include "lq_test.h"

enum {
    REAL_ACCOUNTS = 256,
    REAL_FACTORS = 2048,
    REAL_BLOCKS = 8,
    REAL_MARGIN_BPS = 400,
};

typedef struct real {
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_ledger_t *ledger;
    lq_oracles_t *oracles;
    lq_instance_t *self;
    const lq_adapter_t *adapter;
    lq_book_t *book;
    uint8_t told[REAL_ACCOUNTS]; /* lq_tier_t, of those that are told */
    struct {
        uint64_t digest;
        uint8_t told[REAL_ACCOUNTS];
    } blocks[REAL_BLOCKS];
    size_t depth;
    uint64_t blk;
    size_t seen[4];   /* accounts found in a tier, over all settlings */
    size_t upper_cnt; /* of them had an upper bound */
} real_t;

static inline void real_event(void *ctx, const lq_book_event_t *event)
{
    real_t *r = ctx;
    assert_true(event->from != event->to);
    if (event->from >= LQ_TIER_ARMED || r->told[event->account] >= LQ_TIER_ARMED)
        assert_int_equal(event->from, r->told[event->account]);
    r->told[event->account] = (uint8_t)event->to;
}

static inline void real_init(real_t *r, const lq_adapter_t *adapter,
                             const lq_instance_config_t *instance, size_t group_max)
{
    const lq_ledger_config_t ledger = {.account_max = REAL_ACCOUNTS,
                                       .leg_max = (size_t)16 * REAL_ACCOUNTS + (size_t)8 * 1024,
                                       .pool_max = 16,
                                       .factor_max = REAL_FACTORS,
                                       .seed = 5};
    const lq_oracles_config_t oracles = {.oracle_max = 64, .feed_max = 64, .seed = 6};
    const lq_book_config_t book = {.account_max = REAL_ACCOUNTS,
                                   .factor_max = REAL_FACTORS,
                                   .group_max = group_max,
                                   .oracle_max = 64,
                                   .margin_bps = REAL_MARGIN_BPS,
                                   .seed = 7};
    lq_undo_config_t undo = {.line_max = 1 << 17, .blk_max = 64};
    undo.state_sz = lq_ledger_state_sz(&ledger) + adapter->state_sz(instance) +
                    lq_oracles_state_sz(&oracles) + lq_book_state_sz(&book) +
                    (size_t)4 * LQ_UNDO_LINE_SZ;
    memset(r, 0, sizeof(*r));
    r->adapter = adapter;
    r->blk = 100;
    assert_ok(lq_arena_init(&r->arena, (size_t)1 << 27));
    assert_ok(lq_undo_new(&r->undo, &r->arena, &undo));
    assert_ok(lq_ledger_new(&r->ledger, &r->arena, r->undo, &ledger));
    assert_ok(lq_oracles_new(&r->oracles, &r->arena, r->undo, &oracles));
    assert_ok(adapter->make(&r->self, &r->arena, r->undo, r->ledger, instance));
    const lq_book_ground_t ground = {.ledger = r->ledger,
                                     .oracles = r->oracles,
                                     .adapters = &r->adapter,
                                     .instances = &r->self,
                                     .instance_cnt = 1};
    assert_ok(lq_book_new(&r->book, &r->arena, r->undo, &book, &ground, real_event, r));
}

static inline void real_fini(real_t *r)
{
    lq_arena_fini(&r->arena);
}

/* Debts, and all that secures or owes has a value. */
static inline bool real_has_verdict(const real_t *r, uint32_t account)
{
    lq_legs_t legs = lq_ledger_legs(r->ledger, account);
    bool owes = false;
    for (size_t i = 0; i < legs.cnt; i++) {
        lq_side_t side = (lq_side_t)lq_ledger_factor(r->ledger, legs.factors[i])->side;
        if (side != LQ_SIDE_IDLE && !(lq_ledger_value(r->ledger, legs.factors[i])->value >= 0))
            return false;
        owes |= side == LQ_SIDE_DEBT;
    }
    return owes && lq_ledger_account(r->ledger, account).state == LQ_ACCOUNT_KNOWN;
}

/* What the tier is to be by exact HEALTH. */
static inline lq_tier_t real_tier(const lq_health_t *health)
{
    const lq_u256_t margin =
        lq_u256_from_u64(UINT64_C(1000000000000000000) + REAL_MARGIN_BPS * 100000000000000u);
    switch (health->verdict) {
    case LQ_HEALTH_LIQUIDATABLE:
        return LQ_TIER_LIQUIDATABLE;
    case LQ_HEALTH_SAFE:
        return lq_u256_lt(&health->factor_wad, &margin) ? LQ_TIER_ARMED : LQ_TIER_SAFE;
    case LQ_HEALTH_NO_DEBT: /* it rounds to nothing */
        return LQ_TIER_SAFE;
    case LQ_HEALTH_UNKNOWN:
    case LQ_HEALTH_REVERTS:
        break;
    }
    return LQ_TIER_NONE;
}

/* What HEALTH is not above, by the group's references; infinite where they do not tell. */
static inline double real_upper_bound(const lq_book_t *book, uint32_t account)
{
    lq_book_slot_t slot = book->slots[account];
    const lq_book_group_t *g = &book->groups[slot.group];
    if (slot.group < LQ_BOOK_GROUP_FIRST || (g->flags & LQ_BOOK_FLAG_DEAD))
        return (double)INFINITY;
    lq_book_drift_t d = lq_book_drift(book, g);
    float key = lq_book_at(book, g, slot.pos)->key;
    bool tells = !d.worn_out && !lq_book_is_crumb(key) && !isinf(d.high);
    return tells ? (double)key * d.high : (double)INFINITY;
}

static inline void real_check_account(real_t *r, uint32_t account)
{
    lq_health_t health;
    r->adapter->health(r->self, &health, account, NULL);
    bool has_verdict = real_has_verdict(r, account);
    lq_tier_t want = has_verdict ? real_tier(&health) : LQ_TIER_NONE;
    lq_tier_t got = lq_book_tier(r->book, account);
    double bound = lq_book_bound(r->book, account);
    /* by the bound it may be safe where the contract gives no number */
    if (has_verdict && want == LQ_TIER_NONE && got == LQ_TIER_SAFE)
        want = got;
    if (got != want)
        print_message("account %u: %s, not %s; bound %.9g, health %.18g, %s\n", account,
                      lq_tier_str(got), lq_tier_str(want), bound,
                      lq_u256_to_double(&health.factor_wad) / 1e18,
                      lq_health_verdict_str(health.verdict));
    assert_int_equal(got, want);
    r->seen[got]++;
    if (got >= LQ_TIER_ARMED || r->told[account] >= LQ_TIER_ARMED)
        assert_int_equal(r->told[account], got);
    /* half a wad is far below the margin where it matters, at 1 */
    if (health.verdict == LQ_HEALTH_SAFE || health.verdict == LQ_HEALTH_LIQUIDATABLE) {
        double real = lq_u256_to_double(&health.factor_wad) / 1e18;
        double upper = real_upper_bound(r->book, account);
        assert_true(bound <= real * (1.0 + 1e-12) + 1e-17);
        assert_true(upper >= real * (1.0 - 1e-12) - 1e-17);
        r->upper_cnt += upper < (double)INFINITY;
    }
}

static inline void real_check(real_t *r)
{
    size_t cnt[4] = {0};
    for (uint32_t a = 0; a < lq_ledger_cnt(r->ledger); a++) {
        real_check_account(r, a);
        cnt[lq_book_tier(r->book, a)]++;
    }
    lq_book_stat_t stat = lq_book_stat(r->book);
    assert_memory_equal(stat.tier_cnt, cnt, sizeof(cnt));
}

static inline void real_settle(real_t *r)
{
    lq_book_settle(r->book);
    real_check(r);
}

static inline void real_begin(real_t *r)
{
    assert_true(r->depth < REAL_BLOCKS);
    r->blocks[r->depth].digest = lq_undo_digest(r->undo);
    memcpy(r->blocks[r->depth++].told, r->told, sizeof(r->told));
    lq_undo_begin(r->undo, ++r->blk);
}

/* The block on top is gone. */
static inline void real_back(real_t *r)
{
    assert_ok(lq_undo_back(r->undo, r->blk--));
    r->depth--;
    assert_true(lq_undo_digest(r->undo) == r->blocks[r->depth].digest);
    memcpy(r->told, r->blocks[r->depth].told, sizeof(r->told));
}

#endif
