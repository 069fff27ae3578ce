#include "lq_test.h"

#include "liqd/base/compiler.h"
#include "liqd/protocol/adapter.h"

static void adapters_are_found_by_their_whole_names(void **state)
{
    (void)state;
    assert_ptr_equal(lq_adapter_find("aave_v3"), &lq_adapter_aave_v3);
    assert_ptr_equal(lq_adapter_find("morpho_blue"), &lq_adapter_morpho_blue);
    const char *const none[] = {"", "aave", "aave_v33", "morpho", "Morpho_blue"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(none); i++)
        assert_null(lq_adapter_find(none[i]));
}

/* None may be missing: who holds one asks nothing before he calls. */
static void adapters_have_all_members(void **state)
{
    size_t cnt = 0;
    (void)state;
    for (; lq_adapters[cnt]; cnt++) {
        const lq_adapter_t *a = lq_adapters[cnt];
        assert_ptr_equal(lq_adapter_find(a->name), a);
        assert_non_null(a->version_names[0]);
        assert_true(a->layout > 0);
        assert_true(a->state_sz && a->make && a->clear && a->watch && a->topics &&
                    a->discovery_topics && a->discover && a->apply && a->next && a->every_block &&
                    a->reads && a->answer && a->oracle_cnt && a->oracle && a->set_price &&
                    a->set_now && a->health && a->shifted_value && a->audit_reads &&
                    a->audit_expected && a->audit_actual && a->doubt && a->version && a->pieces &&
                    a->restored && a->trial_call && a->trial_send && a->encode_call && a->guard &&
                    a->liquidated && a->asset_token);
    }
    assert_int_equal(cnt, 2);
}

static void verdicts_have_names(void **state)
{
    (void)state;
    assert_string_equal(lq_health_verdict_str(LQ_HEALTH_NO_DEBT), "no debt");
    assert_string_equal(lq_health_verdict_str(LQ_HEALTH_SAFE), "safe");
    assert_string_equal(lq_health_verdict_str(LQ_HEALTH_LIQUIDATABLE), "liquidatable");
    assert_string_equal(lq_health_verdict_str(LQ_HEALTH_UNKNOWN), "unknown");
    assert_string_equal(lq_health_verdict_str(LQ_HEALTH_REVERTS), "reverts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adapters_are_found_by_their_whole_names),
        cmocka_unit_test(adapters_have_all_members),
        cmocka_unit_test(verdicts_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
