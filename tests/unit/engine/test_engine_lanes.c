/* Takes that swap the same way through one pool keep their order, and nobody waits for ever for
   two that have none between them. */

#include "engine_world.h"
#include "lq_test.h"

/* A trusted market with some in flight. */
static world_t *begun(lq_rng_t *rng)
{
    market_will = (market_will_t){.sizing = LQ_SIZING_PLAN};
    world_t *w =
        world_new(world_pick, rng, NULL, (lq_engine_market_t){.funding = LQ_FUNDING_FLASH});
    world_until_trusted(w);
    (void)chain_rest(w->chain);
    return w;
}

/* How many that are in flight swap in the pool of ACCOUNT, but it itself; *LANE: theirs. */
static size_t beside(const world_t *w, uint32_t account, uint64_t *lane)
{
    size_t cnt = 0;
    for (size_t i = 0; i < w->intent_cnt; i++) {
        const world_intent_t *it = &w->intents[i];
        if (!it->asked || it->account == account ||
            it->account % FAKE_POOLS != account % FAKE_POOLS)
            continue;
        assert_true(!cnt++ || it->lane == *lane);
        *lane = it->lane;
    }
    return cnt;
}

/* One in flight beside others, and one more pool with others; NULL: there is none. */
static const world_intent_t *between(const world_t *w)
{
    uint64_t lane;
    for (size_t i = 0; i < w->intent_cnt; i++)
        if (w->intents[i].asked && beside(w, w->intents[i].account, &lane) > 1 &&
            beside(w, w->intents[i].account + 1, &lane) > 1)
            return &w->intents[i];
    return NULL;
}

/* WIDE swaps in two pools now, each of which a lane swaps in: it had to wait. */
typedef struct crossing {
    world_t *w;
    uint32_t wide;
    uint64_t low;
    uint64_t high;
    size_t before; /* intents until then */
} crossing_t;

static crossing_t crossing(lq_rng_t *rng)
{
    crossing_t c = {0};
    const world_intent_t *it = NULL;
    for (uint64_t seed = 1; !it; seed++) {
        assert_true(seed < 400);
        lq_rng_seed(rng, seed);
        if (c.w)
            world_free(c.w);
        c.w = begun(rng);
        world_outcomes(c.w, LQ_OUTCOME_CANCELLED);
        world_blocks(c.w, 2); /* now all that are in flight can be liquidated */
        it = between(c.w);
    }
    c.wide = it->account;
    market_will.wide = c.wide + 1;
    world_outcome(c.w, it->id, LQ_OUTCOME_CANCELLED);
    (void)world_block(c.w);
    (void)chain_rest(c.w->chain);
    assert_int_equal(c.w->reasons[c.wide], LQ_REASON_CONFLICT);
    uint64_t lanes[2];
    assert_true(beside(c.w, c.wide, &lanes[0]) > 1 && beside(c.w, c.wide + 1, &lanes[1]) > 1);
    c.low = lanes[lanes[1] < lanes[0]];
    c.high = lanes[lanes[1] > lanes[0]];
    assert_true(c.low < c.high);
    c.before = c.w->intent_cnt;
    return c;
}

/* The next in flight of LANE from place FROM on; those that are: none. */
static size_t next_of(const world_t *w, uint64_t lane, size_t from)
{
    while (from < w->intent_cnt && (!w->intents[from].asked || w->intents[from].lane != lane))
        from++;
    return from;
}

static void ends(world_t *w, uint64_t lane)
{
    for (size_t i = 0; (i = next_of(w, lane, i)) < w->intent_cnt;)
        world_outcome(w, w->intents[i].id, LQ_OUTCOME_REFUSED);
}

/* ---- cases ---- */

static void those_that_swap_the_same_way_in_one_pool_are_of_one_lane(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 6);
    world_t *w = begun(&rng);
    uint64_t lanes[FAKE_POOLS] = {0};
    for (uint32_t i = 0; i < FAKE_POOLS; i++)
        for (uint32_t k = 0; beside(w, i, &lanes[i]) && k < i; k++)
            assert_true(lanes[k] != lanes[i]);
    assert_true(w->intent_cnt > FAKE_POOLS);
    world_free(w);
}

static void what_crosses_two_lanes_waits_until_the_later_has_ended(void **state)
{
    (void)state;
    lq_rng_t rng;
    crossing_t c = crossing(&rng);
    world_t *w = c.w;
    ends(w, c.high);
    assert_int_equal(w->reasons[c.wide], LQ_REASON_IN_FLIGHT);
    for (size_t i = c.before; i < w->intent_cnt; i++)
        assert_int_equal(w->intents[i].lane, c.low);
    world_free(w);
}

/* Nor are those for whom one would do: they would keep the later lane under way. */
static void what_waits_for_two_lanes_is_not_overtaken(void **state)
{
    (void)state;
    lq_rng_t rng;
    crossing_t c = crossing(&rng);
    world_t *w = c.w;
    const world_intent_t *it = &w->intents[next_of(w, c.high, 0)];
    uint32_t other = it->account;
    world_outcome(w, it->id, LQ_OUTCOME_CANCELLED);
    assert_true(next_of(w, c.high, 0) < w->intent_cnt);
    (void)world_block(w);
    (void)chain_rest(w->chain);
    assert_int_equal(w->reasons[other], LQ_REASON_CONFLICT);
    ends(w, c.high);
    assert_int_equal(w->reasons[c.wide], LQ_REASON_IN_FLIGHT);
    for (size_t i = c.before; i < w->intent_cnt; i++)
        assert_int_equal(w->intents[i].lane, c.low);
    world_free(w);
}

static size_t waiting(const world_t *w)
{
    size_t cnt = 0;
    for (size_t i = 0; i < LQ_ARRAY_CNT(w->stands); i++)
        cnt += w->stands[i] && w->reasons[i] == LQ_REASON_CONFLICT;
    return cnt;
}

/* Where many fall, most wait: nothing that is found out of one of them tells of the next. */
static void who_waits_is_sized_once_an_event(void **state)
{
    (void)state;
    lq_rng_t rng;
    crossing_t c = crossing(&rng);
    world_t *w = c.w;
    world_outcome(w, w->intents[next_of(w, c.high, 0)].id, LQ_OUTCOME_CANCELLED);
    (void)world_block(w);
    (void)chain_rest(w->chain);
    assert_true(waiting(w) > 1);
    (void)world_block(w);
    size_t cnt = waiting(w);
    size_t before = w->intent_cnt;
    uint64_t size_cnt;
    do {
        size_cnt = lq_engine_stat(w->engine).size_cnt;
        assert_true(chain_advance(w->chain));
    } while (w->kind != LQ_EVENT_HEAD);
    assert_int_equal(lq_engine_stat(w->engine).size_cnt - size_cnt, cnt);
    assert_int_equal(waiting(w), cnt);
    assert_int_equal(w->intent_cnt, before);
    world_free(w);
}

/* As long as anything of the one lane is under way; then each has its own again. */
static void when_all_has_ended_there_are_several_lanes_again(void **state)
{
    (void)state;
    lq_rng_t rng;
    crossing_t c = crossing(&rng);
    world_t *w = c.w;
    market_will.wide = 0;
    market_will.sizing = LQ_SIZING_UNPROFITABLE; /* nobody takes the place of what ends */
    world_outcomes(w, LQ_OUTCOME_CANCELLED);
    market_will.sizing = LQ_SIZING_PLAN;
    size_t before = w->intent_cnt;
    (void)world_block(w);
    (void)chain_rest(w->chain);
    uint64_t first = w->intents[before].lane;
    size_t others = 0;
    for (size_t i = before; i < w->intent_cnt; i++)
        others += w->intents[i].lane != first;
    assert_true(others > 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_that_swap_the_same_way_in_one_pool_are_of_one_lane),
        cmocka_unit_test(what_crosses_two_lanes_waits_until_the_later_has_ended),
        cmocka_unit_test(what_waits_for_two_lanes_is_not_overtaken),
        cmocka_unit_test(who_waits_is_sized_once_an_event),
        cmocka_unit_test(when_all_has_ended_there_are_several_lanes_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
