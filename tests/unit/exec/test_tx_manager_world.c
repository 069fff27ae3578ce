#include "lq_test.h"
#include "tx_world.h"

#include "tx_answers.h"

static tw_t world;

static void no_day_of_trouble_breaks_a_law(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t days = lq_test_cnt(40, 4000);
    for (size_t i = 0; i < days; i++)
        tw_day(&world, lq_rng_u64(&rng), 2500);
}

/* A jump of it is in no action; mono_ns is what the manager goes by. */
static void the_wall_clock_decides_nothing(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t days = lq_test_cnt(10, 400);
    for (size_t i = 0; i < days; i++) {
        uint64_t seed = lq_rng_u64(&rng);
        tw_day_of(&world, seed, 2500, false);
        uint64_t digest = world.digest;
        uint64_t wall_ns = world.now.wall_ns;
        tw_day_of(&world, seed, 2500, true);
        assert_int_not_equal(world.now.wall_ns, wall_ns);
        assert_int_equal(world.digest, digest);
    }
}

/* Of fixed seeds, so that it is known to happen: all that the laws are about does. */
static void all_that_can_happen_does(void **state)
{
    (void)state;
    static const lq_tx_state_t states[] = {LQ_TX_SENT,  LQ_TX_CANCELLING, LQ_TX_EXPIRED,
                                           LQ_TX_MINED, LQ_TX_REVERTED,   LQ_TX_LOST,
                                           LQ_TX_FINAL};
    bool reactions[TXM_ACCEPTED + 1] = {false};
    memset(&world.stat, 0, sizeof(world.stat));
    for (uint64_t seed = 1; seed <= 80; seed++)
        tw_day(&world, seed, 2500);
    const tw_stat_t *s = &world.stat;
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        assert_true(s->states[states[i]] > 10);
    for (int c = 0; c < LQ_RPC_CLASS_CNT; c++)
        if (s->classes[c])
            reactions[txm_answer_rule((lq_rpc_class_t)c).reaction] = true;
    for (size_t i = 0; i <= TXM_ACCEPTED; i++)
        assert_true(reactions[i]);
    for (int k = 0; k < LQ_OUTCOME_CNT; k++)
        assert_true(k == LQ_OUTCOME_WON || s->outcomes[k] > 10);
    const uint64_t cnts[] = {s->crashes, s->boots,   s->reorgs, s->broken,  s->foreign, s->halts,
                             s->adopted, s->resends, s->bumps,  s->cancels, s->reused,  s->replans,
                             s->unsent,  s->mined,   s->deep,   s->waits,   s->lifts};
    for (size_t i = 0; i < sizeof(cnts) / sizeof(cnts[0]); i++)
        assert_true(cnts[i] > 2);
}

static int free_world(void **state)
{
    (void)state;
    tw_free(&world);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(no_day_of_trouble_breaks_a_law),
    cmocka_unit_test(the_wall_clock_decides_nothing),
    cmocka_unit_test(all_that_can_happen_does),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, free_world);
}
