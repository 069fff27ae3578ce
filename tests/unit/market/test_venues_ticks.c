/* Where ticks stand: found from near by, and the same whatever is remembered. */

#include "venues_rig.h"

#include "venues_internal.h"

/* As setup, but with room for more ticks. */
static int setup_many(void **state)
{
    (void)setup(state);
    rig_t *r = *state;
    lq_arena_fini(&r->arena);
    open_rig(r, 3, 3, 1024);
    return 0;
}

/* All rows, one by one. */
static lq_venues_place_t naive_place(const rig_t *r, uint32_t pool, int32_t tick)
{
    size_t cnt;
    const lq_v3_tick_t *ticks = lq_venues_ticks(r->v, &cnt);
    lq_venues_place_t at = {LQ_V3_NONE, LQ_V3_NONE};
    for (uint32_t i = 0; i < cnt; i++) {
        if (ticks[i].pool != pool)
            continue;
        if (ticks[i].tick <= tick &&
            (at.below == LQ_V3_NONE || ticks[i].tick > ticks[at.below].tick))
            at.below = i;
        if (ticks[i].tick > tick &&
            (at.above == LQ_V3_NONE || ticks[i].tick < ticks[at.above].tick))
            at.above = i;
    }
    return at;
}

static void check_places(const rig_t *r, lq_rng_t *rng)
{
    for (uint32_t pool = 0; pool < 2; pool++)
        for (unsigned i = 0; i < 20; i++) {
            int32_t tick =
                (int32_t)lq_rng_below(rng, (uint64_t)2 * (LQ_V3_TICK_MAX + 2)) - LQ_V3_TICK_MAX - 2;
            if (i % 2)
                tick = 60 * (tick / 60 % 20) - (int32_t)(i / 2 % 2);
            lq_venues_place_t found = lq_venues_place(r->v, pool, tick);
            lq_venues_place_t is = naive_place(r, pool, tick);
            assert_true(found.below == is.below && found.above == is.above);
        }
}

/* Ends of positions in the pools, near each other and far, go and come. */
static void churn(rig_t *r, lq_rng_t *rng)
{
    uint32_t at = 100 + (uint32_t)lq_rng_below(rng, 2);
    chain_pool_t *p = chain_at(r->chain, at);
    int32_t far = lq_rng_below(rng, 2) ? 14000 : 20;
    int32_t lower = 60 * ((int32_t)lq_rng_below(rng, (uint64_t)far) - far / 2);
    for (size_t i = 0; i < p->tick_cnt; i++) {
        if (p->ticks[i].tick != lower || !p->ticks[i].gross)
            continue;
        if (p->ticks[i].net == 5 && p->ticks[i].gross == 5)
            burn(r, at, lower, 60 * 14000, 5);
        return;
    }
    if (p->tick_cnt < CHAIN_TICK_MAX - 2)
        mint(r, at, lower, 60 * 14000, 5);
}

static void finds_places_whatever_it_remembers(void **state)
{
    rig_t *r = *state;
    lq_rng_t rng = lq_test_rng();
    (void)read_all(r);
    for (unsigned round = 0; round < 200; round++) {
        chain_t was = *r->chain;
        bool undone = lq_rng_below(&rng, 3) == 0;
        lq_undo_begin(r->undo, 2 + round);
        for (unsigned i = 0; i < 5; i++)
            churn(r, &rng);
        check_places(r, &rng);
        if (undone) {
            assert_ok(lq_undo_back(r->undo, 2 + round));
            *r->chain = was;
            lq_undo_begin(r->undo, 2 + round);
            check_places(r, &rng);
        }
        for (unsigned i = 0; i < 20; i++)
            r->v->near[lq_rng_below(&rng, (uint64_t)3 * LQ_VENUES_NEAR_CNT)] =
                (uint32_t)lq_rng_below(&rng, 300);
        check_places(r, &rng);
    }
    assert_int_equal(r->fault_cnt, 0);
    check_pool(r, 0);
    check_pool(r, 1);
}

/* Each stretch with ticks has one of them. */
static void check_near(const rig_t *r)
{
    size_t cnt;
    const lq_v3_tick_t *ticks = lq_venues_ticks(r->v, &cnt);
    for (uint32_t i = 0; i < cnt; i++) {
        if (ticks[i].pool == LQ_V3_NONE)
            continue;
        uint32_t stretch = (uint32_t)(ticks[i].tick - LQ_V3_TICK_MIN) >> LQ_VENUES_NEAR_SHIFT;
        uint32_t near = r->v->near[ticks[i].pool * LQ_VENUES_NEAR_CNT + stretch];
        assert_true(near < cnt && ticks[near].pool == ticks[i].pool);
        assert_int_equal((uint32_t)(ticks[near].tick - LQ_V3_TICK_MIN) >> LQ_VENUES_NEAR_SHIFT,
                         stretch);
    }
}

/* Not from the price: that says here that there is nothing. */
static void begins_near_by(void **state)
{
    rig_t *r = *state;
    lq_rng_t rng = lq_test_rng();
    (void)read_all(r);
    for (unsigned i = 0; i < 300; i++) {
        churn(r, &rng);
        check_near(r);
    }
    for (uint32_t pool = 0; pool < 2; pool++) {
        lq_v3_pool_t *v3 = &r->v->rows[pool].pool.v3;
        const lq_v3_pool_t was = *v3;
        assert_true(was.below != LQ_V3_NONE);
        v3->below = LQ_V3_NONE;
        v3->above = LQ_V3_NONE;
        check_places(r, &rng);
        *v3 = was;
    }
}

/* Any of many can be the one that is asked. */
static void audits_come_to_many_ticks(void **state)
{
    rig_t *r = *state;
    (void)read_all(r);
    for (int32_t i = 1; i < 60; i++) {
        mint(r, 100, -60 * i, 60 * i, 5);
        mint(r, 100, -6000 * (i + 1), 6000 * (i + 1), 5);
    }
    for (int32_t i = 61; i < 80; i++)
        mint(r, 100, -60 * i, 60 * i, 5);
    size_t cnt;
    bool seen[512] = {false};
    const lq_v3_tick_t *ticks = lq_venues_ticks(r->v, &cnt);
    assert_true(cnt > 256 && cnt < 512);
    lq_rng_t rng = lq_test_rng();
    size_t seen_cnt = 0;
    for (unsigned k = 0; k < 20000; k++) {
        asked_t *a = new_asked();
        assert_ok(lq_venues_audit_reads(r->v, &a->list, 0, lq_rng_u64(&rng)));
        for (uint32_t i = 0; i < cnt; i++)
            if (ticks[i].tick == arg_i32(&a->calls[3]) && !seen[i]) {
                seen[i] = true;
                seen_cnt++;
            }
        free(a);
    }
    assert_int_equal(seen_cnt, cnt);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup_many, teardown)
    const struct CMUnitTest tests[] = {
        CASE(finds_places_whatever_it_remembers),
        CASE(begins_near_by),
        CASE(audits_come_to_many_ticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
