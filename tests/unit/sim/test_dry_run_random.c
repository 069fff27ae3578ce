/* The dry run against a model that books by itself. */

#include "dry_world.h"
#include "lq_test.h"

static uint64_t pick(void *ctx, uint64_t n)
{
    return n ? lq_rng_below(ctx, n) : 0;
}

static void books_as_the_model_whatever_happens(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t runs = lq_test_cnt(40, 1000);
    uint64_t seen[LQ_DRY_VERDICT_CNT] = {0};
    uint64_t others[7] = {0};
    uint64_t refused = 0;
    for (size_t i = 0; i < runs; i++) {
        const size_t maxes[] = {1, 20, 200};
        dry_world_t *w = dry_world_new(pick, &rng, maxes[i % 3], (uint32_t)lq_rng_below(&rng, 5));
        w->calm = i % 4 != 0;
        for (size_t k = 0; k < 2000; k++)
            dry_step(w);
        dry_end(w);
        for (unsigned v = 0; v < LQ_DRY_VERDICT_CNT; v++)
            seen[v] += w->seen[v];
        const uint64_t told[] = {w->unmined_cnt, w->later_cnt, w->given_up_cnt, w->back_cnt,
                                 w->final_cnt,   w->tie_cnt,   w->early_cnt};
        for (size_t k = 0; k < 7; k++)
            others[k] += told[k];
        refused += w->refused_cnt;
        dry_world_free(w);
    }
    static const char *const names[] = {"unmined", "later", "given up", "taken back",
                                        "final",   "ties",  "early"};
    for (unsigned v = 0; v < LQ_DRY_VERDICT_CNT; v++) {
        print_message("%-12s %llu\n", lq_dry_verdict_str((lq_dry_verdict_t)v),
                      (unsigned long long)seen[v]);
        assert_true(runs < 100 || seen[v]);
    }
    for (size_t k = 0; k < 7; k++) {
        print_message("%-12s %llu\n", names[k], (unsigned long long)others[k]);
        assert_true(runs < 100 || others[k]);
    }
    assert_true(runs < 100 || refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(books_as_the_model_whatever_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
