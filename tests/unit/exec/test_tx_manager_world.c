#include "lq_test.h"
#include "tx_world.h"

static tw_t world;

static void no_day_of_trouble_breaks_a_law(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t days = lq_test_cnt(40, 4000);
    for (size_t i = 0; i < days; i++)
        tw_day(&world, lq_rng_u64(&rng), 2500);
    tw_free(&world);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(no_day_of_trouble_breaks_a_law),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
