#include "lq_test.h"
#include "undo_model.h"

static void behaves_as_a_model_that_copies_the_state(void **state)
{
    (void)state;
    enum {
        SZ_MAX = 4000
    };
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(800, 20000); i++) {
        size_t sz = lq_rng_below(&rng, SZ_MAX + 1);
        uint8_t *data = malloc(sz + 1);
        assert_non_null(data);
        lq_rng_bytes(&rng, data, sz);
        undo_model_run(data, sz);
        free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaves_as_a_model_that_copies_the_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
