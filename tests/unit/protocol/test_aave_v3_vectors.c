/* What the contracts themselves returned, and what a pool's indices did. */

#include "aave_v3_test.h"
#include "evm_vectors.h"

#include "liqd/protocol/aave_v3_balance.h"
#include "liqd/protocol/aave_v3_liquidation.h"

static lq_u256_t field(const json_t *row, const char *name)
{
    return u256_of(evm_field(row, name));
}

static uint64_t field64(const json_t *row, const char *name)
{
    lq_u256_t v = field(row, name);
    uint64_t out = 0;
    assert_ok(lq_u256_to_u64(&out, &v));
    return out;
}

static void check_seize(const lq_aave_v3_rules_t *rules, const json_t *row)
{
    const json_t *want = json_object_get(row, "out");
    assert_non_null(want);
    const lq_aave_v3_pair_t pair = {
        .collateral_price = field(row, "collPrice"),
        .collateral_unit = field(row, "collUnit"),
        .collateral_balance = field(row, "collBalance"),
        .debt_price = field(row, "debtPrice"),
        .debt_unit = field(row, "debtUnit"),
        .liquidation_bonus_bps = (uint16_t)field64(row, "bonusBps"),
        .protocol_fee_bps = (uint16_t)field64(row, "feeBps"),
    };
    lq_u256_t debt = field(row, "debtToCover");
    lq_aave_v3_seizure_t s = {.collateral = UNTOUCHED};
    lq_err_t err = lq_aave_v3_seize(rules, &s, &pair, &debt);
    if (json_is_null(want)) {
        assert_int_not_equal(err, LQ_OK);
        assert_u256_equal(s.collateral, UNTOUCHED);
        return;
    }
    assert_ok(err);
    assert_u256_equal(s.collateral, field(want, "coll"));
    assert_u256_equal(s.debt_needed, field(want, "debtNeeded"));
    assert_u256_equal(s.protocol_fee, field(want, "protocolFee"));
    assert_u256_equal(s.collateral_base, field(want, "collBase"));
}

static void check_compounded(const lq_aave_v3_rules_t *rules, const json_t *row)
{
    const json_t *want = json_object_get(row, "out");
    assert_non_null(want);
    lq_u256_t rate = field(row, "rate");
    lq_u256_t out = UNTOUCHED;
    lq_err_t err = lq_aave_v3_compounded_interest(rules, &out, &rate, field64(row, "dt"));
    assert_int_equal(err != LQ_OK, json_is_null(want));
    assert_u256_equal(out, json_is_null(want) ? UNTOUCHED : field(row, "out"));
}

static void run(const char *file, lq_aave_v3_version_t version)
{
    json_t *root;
    json_t *vectors = evm_vectors(&root, file);
    const json_t *seize = json_object_get(vectors, "seize");
    const json_t *compounded = json_object_get(vectors, "compounded");
    assert_int_equal(json_array_size(seize), 600);
    assert_int_equal(json_array_size(compounded), 300);
    size_t i;
    json_t *row;
    json_array_foreach(seize, i, row) check_seize(lq_aave_v3_rules(version), row);
    json_array_foreach(compounded, i, row) check_compounded(lq_aave_v3_rules(version), row);
    json_decref(root);
}

static void v3_3_is_the_contracts(void **state)
{
    (void)state;
    run("aave_v3.3.json", LQ_AAVE_V3_3);
}

static void v3_5_is_the_contracts(void **state)
{
    (void)state;
    run("aave_v3.5.json", LQ_AAVE_V3_5);
}

/* One row of the file: the columns behind reserve and minute. */
typedef struct transition {
    uint64_t dt;
    lq_aave_v3_accrual_t before;
    lq_u256_t liquidity_after;
    lq_u256_t borrow_after;
} transition_t;

static bool read_transition(transition_t *t, char *line)
{
    char *columns[9];
    size_t cnt = 0;
    char *rest = NULL;
    for (char *c = strtok_r(line, ",", &rest); c && cnt < 9; c = strtok_r(NULL, ",", &rest))
        columns[cnt++] = c;
    if (cnt != 9)
        return false;
    *t = (transition_t){
        .dt = strtoull(columns[2], NULL, 10),
        .before = {.liquidity_index = u256_of(columns[5]),
                   .variable_borrow_index = u256_of(columns[7]),
                   .current_liquidity_rate = u256_of(columns[3]),
                   .current_variable_borrow_rate = u256_of(columns[4]),
                   .last_update_sec = 1691970000},
        .liquidity_after = u256_of(columns[6]),
        .borrow_after = u256_of(columns[8]),
    };
    return true;
}

/* WETH and USDC on Polygon, a pool of 3.0, in August 2023. */
static void indices_of_a_real_pool_are_reproduced(void **state)
{
    (void)state;
    char *text = lq_test_read(
        lq_test_vectors("../data/derived/aave_v3_polygon_index_transitions.csv"), NULL);
    const lq_u256_t one = lq_u256_from_u64(1);
    size_t cnt = 0;
    size_t polynomial_cnt = 0;
    char *rest = NULL;
    (void)strtok_r(text, "\r\n", &rest); /* the names of the columns */
    for (char *line = strtok_r(NULL, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
        transition_t t = {0};
        assert_true(read_transition(&t, line));
        uint64_t now = t.before.last_update_sec + t.dt;
        lq_u256_t index = UNTOUCHED;
        assert_ok(lq_aave_v3_index_at(rules_of(0), &index, &t.before, LQ_AAVE_V3_ATOKEN, now));
        assert_u256_equal(index, t.liquidity_after);
        assert_ok(lq_aave_v3_index_at(rules_of(0), &index, &t.before, LQ_AAVE_V3_DEBT, now));
        assert_u256_equal(index, t.borrow_after);
        lq_aave_v3_accrual_t a = t.before;
        assert_ok(lq_aave_v3_accrue(rules_of(0), &a, &one, 1000, now));
        assert_u256_equal(a.liquidity_index, t.liquidity_after);
        assert_u256_equal(a.variable_borrow_index, t.borrow_after);
        assert_ok(lq_aave_v3_index_at(rules_of(4), &index, &t.before, LQ_AAVE_V3_DEBT, now));
        polynomial_cnt += lq_u256_eq(&index, &t.borrow_after);
        cnt++;
    }
    free(text);
    assert_int_equal(cnt, 2782);
    assert_int_equal(polynomial_cnt, 0); /* the pool's behaviour tells its version */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v3_3_is_the_contracts),
        cmocka_unit_test(v3_5_is_the_contracts),
        cmocka_unit_test(indices_of_a_real_pool_are_reproduced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
