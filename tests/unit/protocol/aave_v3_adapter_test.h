#ifndef AAVE_V3_ADAPTER_TEST_H
#define AAVE_V3_ADAPTER_TEST_H

/* What the adapter's tests share: an instance that has read a populated pool, and comparisons of
   what it holds with what the pool has. */

#include "aave_v3_test.h"

#include "aave_v3_adapter_internal.h"
#include "aave_v3_world.h"

#define ADAPTER lq_adapter_aave_v3

static inline void give(world_t *w, unsigned user, unsigned r, lq_aave_v3_token_t token,
                        uint64_t amount)
{
    lq_u256_t v = lq_u256_from_u64(amount);
    assert_true(world_move(w, user, r, token, true, &v));
}

/* A pool whose totals tell roundings apart: two users, and a minute gone. */
static inline void populate(world_t *w)
{
    static const uint64_t supplies[] = {1000000007, 2000000011, 3000000019, 4000000007};
    w->emit = NULL;
    for (unsigned r = 0; r < w->reserve_cnt && r < 4; r++)
        for (unsigned u = 0; u < 2; u++) {
            world_holding_t *s = &w->users[u].supply[r];
            world_holding_t *d = &w->users[u].debt[r];
            s->scaled = lq_u256_from_u64(supplies[r] * (u + 3));
            d->scaled = lq_u256_from_u64(u == 0 && r >= 2 ? supplies[r] / 3 : 0);
            s->last_index = world_index(w, r, LQ_AAVE_V3_ATOKEN);
            d->last_index = world_index(w, r, LQ_AAVE_V3_DEBT);
            w->users[u].flag[r] = r < 2;
        }
    w->now_sec += (uint64_t)86400 * 30;
}

static inline void start(world_rig_t *rig, world_t *w, unsigned version, unsigned as)
{
    world_init(w, version, 4);
    populate(w);
    world_rig_make(rig, w, as, 8);
    assert_int_equal(world_rig_settle(rig, 1000), 0);
}

static inline uint32_t account_of(const world_rig_t *rig, unsigned user)
{
    uint32_t a = LQ_LEDGER_NONE;
    lq_address_t owner = world_address(AT_USER, user);
    if (lq_ledger_find(rig->ledger, &a, 0, &owner))
        return LQ_LEDGER_NONE;
    return a;
}

static inline uint8_t state_of(const world_rig_t *rig, unsigned user)
{
    return lq_ledger_account(rig->ledger, account_of(rig, user)).state;
}

/* Makes USER an account that was read. */
static inline uint32_t know(world_rig_t *rig, unsigned user)
{
    world_emit_borrow(rig->world, user, 2, 2);
    assert_int_equal(rig->last, LQ_APPLIED);
    assert_int_equal(state_of(rig, user), LQ_ACCOUNT_UNKNOWN);
    assert_int_equal(world_rig_settle(rig, 1000), 0);
    assert_int_equal(state_of(rig, user), LQ_ACCOUNT_KNOWN);
    return account_of(rig, user);
}

/* The ledger has what the world has, for each account that is known. */
static inline void assert_as_world(const world_rig_t *rig)
{
    const world_t *w = rig->world;
    for (unsigned u = 0; u < WORLD_USER_CNT; u++) {
        uint32_t a = account_of(rig, u);
        if (a == LQ_LEDGER_NONE || state_of(rig, u) != LQ_ACCOUNT_KNOWN)
            continue;
        assert_int_equal(lq_ledger_account(rig->ledger, a).category, w->users[u].category);
        for (unsigned r = 0; r < w->reserve_cnt; r++) {
            uint32_t row;
            lq_address_t asset = world_address(AT_ASSET, r);
            assert_true(find_reserve(rig->self, &row, &asset));
            holding_t s = supply_of(rig->self, a, row);
            holding_t d = debt_of(rig->self, a, row);
            assert_u256_equal(lq_u256_from_halves(0, s.amount), w->users[u].supply[r].scaled);
            assert_u256_equal(lq_u256_from_halves(0, d.amount), w->users[u].debt[r].scaled);
            if (!w->reserves[r].dropped)
                assert_int_equal(s.side == LQ_SIDE_COLLATERAL, w->users[u].flag[r]);
        }
    }
}

/* The factors of an account are worth what is known now. */
static inline void assert_values_current(const world_rig_t *rig, uint32_t account)
{
    lq_legs_t legs = lq_ledger_legs(rig->ledger, account);
    for (size_t i = 0; i < legs.cnt; i++) {
        const lq_factor_t *f = lq_ledger_factor(rig->ledger, legs.factors[i]);
        const reserve_t *r = &rig->self->reserves[f->asset];
        if (!r->known)
            continue;
        lq_factor_value_t v =
            value_of(rig->self, r, &r->asset, f->category,
                     &rig->self->categories[f->category].price, (lq_side_t)f->side);
        const lq_factor_value_t *is = lq_ledger_value(rig->ledger, legs.factors[i]);
        assert_true(v.value == is->value || (v.value != v.value && is->value != is->value));
        assert_true(v.amount_loss == is->amount_loss && v.value_loss == is->value_loss &&
                    v.health_loss == is->health_loss);
    }
}

static inline void assert_health_as_world(const world_rig_t *rig, unsigned user)
{
    lq_aave_v3_account_t want;
    lq_health_t h;
    lq_err_t err = world_account(rig->world, &want, user);
    ADAPTER.health(rig->self, &h, account_of(rig, user), NULL);
    assert_int_equal(h.verdict == LQ_HEALTH_REVERTS, err != LQ_OK);
    if (err)
        return;
    assert_int_not_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    assert_values_current(rig, account_of(rig, user));
    assert_u256_equal(h.collateral_value, want.total_collateral_base);
    assert_u256_equal(h.debt_value, want.total_debt_base);
    assert_u256_equal(h.factor_wad, want.health_factor);
}

#endif
