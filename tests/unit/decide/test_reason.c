#include "liqd/decide/reason.h"

#include "lq_test.h"

static void every_reason_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LQ_REASON_CNT; i++) {
        const char *name = lq_reason_str((lq_reason_t)i);
        assert_true(name[0]);
        assert_string_not_equal(name, "unknown");
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(name, lq_reason_str((lq_reason_t)k));
    }
    assert_string_equal(lq_reason_str(LQ_REASON_BELOW_MINIMUM), "below_minimum");
    assert_string_equal(lq_reason_str(LQ_REASON_CNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
