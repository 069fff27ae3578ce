#include "aave_v3_test.h"

/* The table of versions once more, by the first version that has a rule and the last. */
typedef struct row {
    const char *name;
    size_t at;
    int first;
    int last;
} row_t;

#define ROW(rule, first, last)                                     \
    {                                                              \
#rule, offsetof(lq_aave_v3_rules_t, rule), (first), (last) \
    }

static const row_t table[] = {
    ROW(polynomial_interest, 4, 7),
    ROW(directional_balances, 5, 7),
    ROW(rounded_events, 5, 7),
    ROW(debt_value_up, 5, 7),
    ROW(liquidation_accrues_collateral, 5, 7),
    ROW(stable_debt, 0, 1),
    ROW(health_by_average, 0, 4),
    ROW(zero_threshold_ignored, 0, 5),
    ROW(e_mode_price, 0, 1),
    ROW(e_mode_by_bitmap, 2, 7),
    ROW(self_liquidation_refused, 4, 7),
    ROW(sentinel, 0, 6),
    ROW(grace_period, 1, 7),
    ROW(close_by_account, 3, 7),
    ROW(dust_refused, 3, 7),
    ROW(debt_needed_up, 5, 7),
    ROW(seizure_directional, 7, 7),
};

static void each_version_has_the_rules_of_the_table(void **state)
{
    (void)state;
    for (int version = 0; version < LQ_AAVE_V3_VERSION_CNT; version++) {
        const lq_aave_v3_rules_t *rules = rules_of(version);
        for (size_t i = 0; i < LQ_ARRAY_CNT(table); i++) {
            bool rule;
            memcpy(&rule, (const char *)rules + table[i].at, sizeof(rule));
            if (rule != (version >= table[i].first && version <= table[i].last))
                fail_msg("3.%d: %s", version, table[i].name);
        }
        lq_aave_v3_bad_debt_t bad_debt = version < 3   ? LQ_AAVE_V3_BAD_DEBT_NONE
                                         : version < 7 ? LQ_AAVE_V3_BAD_DEBT_VALUE
                                                       : LQ_AAVE_V3_BAD_DEBT_SCALED;
        assert_int_equal(rules->bad_debt, bad_debt);
    }
}

static void the_table_names_every_rule(void **state)
{
    (void)state;
    assert_int_equal(LQ_ARRAY_CNT(table), offsetof(lq_aave_v3_rules_t, seizure_directional) + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_version_has_the_rules_of_the_table),
        cmocka_unit_test(the_table_names_every_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
