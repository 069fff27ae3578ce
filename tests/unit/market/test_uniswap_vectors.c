#include "../num/num_test.h"
#include "evm_vectors.h"
#include "liqd/market/uniswap.h"

static json_t *load(json_t **root, const char *group)
{
    json_t *rows = json_object_get(evm_vectors(root, "uniswap_v3_math.json"), group);
    assert_int_equal(json_array_size(rows), 300);
    return rows;
}

static lq_u256_t field(const json_t *row, const char *name)
{
    return u256_of(evm_field(row, name));
}

static lq_u128_t liquidity_of(const json_t *row)
{
    lq_u256_t v = field(row, "liquidity");
    assert_true(lq_u256_hi(&v) == 0);
    return lq_u256_lo(&v);
}

/* Whether the contract reverted, as ERR must then say. */
static bool reverted(const json_t *row, lq_err_t err)
{
    const json_t *out = json_object_get(row, "out");
    assert_non_null(out);
    char *text = json_dumps(row, JSON_COMPACT);
    if (json_is_null(out) != (err != LQ_OK))
        print_error("%s: %s\n", text, lq_err_name(err));
    free(text);
    assert_int_equal(json_is_null(out), err != LQ_OK);
    return err != LQ_OK;
}

static void ratios_of_ticks_are_the_contracts(void **state)
{
    (void)state;
    json_t *root;
    json_t *rows = load(&root, "sqrtAtTick");
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        lq_u256_t out = UNTOUCHED;
        int32_t tick = (int32_t)json_integer_value(json_object_get(row, "tick"));
        bool failed = reverted(row, lq_v3_sqrt_at_tick(&out, tick));
        assert_u256_equal(out, failed ? UNTOUCHED : field(row, "out"));
    }
    json_decref(root);
}

static void ticks_of_ratios_are_the_contracts(void **state)
{
    (void)state;
    json_t *root;
    json_t *rows = load(&root, "tickAtSqrt");
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        int32_t tick = 12345678;
        lq_u256_t sqrt = field(row, "sqrtP");
        bool failed = reverted(row, lq_v3_tick_at_sqrt(&tick, &sqrt));
        lq_u256_t want = failed ? lq_u256_from_u64(12345678) : field(row, "out"); /* modulo 2^256 */
        assert_int_equal(tick, (int32_t)want.w[0]);
    }
    json_decref(root);
}

typedef lq_err_t amount_fn_t(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                             lq_u128_t liquidity, bool up);

static void check_amounts(const char *group, amount_fn_t *fn)
{
    json_t *root;
    json_t *rows = load(&root, group);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        lq_u256_t a = field(row, "a");
        lq_u256_t b = field(row, "b");
        lq_u256_t out = UNTOUCHED;
        bool up = json_is_true(json_object_get(row, "up"));
        bool failed = reverted(row, fn(&out, &a, &b, liquidity_of(row), up));
        assert_u256_equal(out, failed ? UNTOUCHED : field(row, "out"));
    }
    json_decref(root);
}

static void amounts_between_prices_are_the_contracts(void **state)
{
    (void)state;
    check_amounts("amount0", lq_v3_amount0);
    check_amounts("amount1", lq_v3_amount1);
}

static void steps_are_the_contracts(void **state)
{
    (void)state;
    json_t *root;
    json_t *rows = load(&root, "swapStep");
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        lq_u256_t sqrt = field(row, "cur");
        lq_u256_t target = field(row, "target");
        lq_u256_t fee = field(row, "feePips");
        const char *text = json_string_value(json_object_get(row, "remaining"));
        bool exact_out = text[0] == '-';
        lq_u256_t left = u256_of(exact_out ? text + 1 : text);
        lq_v3_step_t s = {.sqrt = UNTOUCHED};
        bool failed = reverted(row, lq_v3_step(&s, &sqrt, &target, liquidity_of(row), &left,
                                               exact_out, (uint32_t)fee.w[0]));
        const json_t *out = json_object_get(row, "out");
        assert_u256_equal(s.sqrt, failed ? UNTOUCHED : field(out, "next"));
        if (failed)
            continue;
        assert_u256_equal(s.amount_in, field(out, "amountIn"));
        assert_u256_equal(s.amount_out, field(out, "amountOut"));
        assert_u256_equal(s.fee, field(out, "fee"));
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_of_ticks_are_the_contracts),
        cmocka_unit_test(ticks_of_ratios_are_the_contracts),
        cmocka_unit_test(amounts_between_prices_are_the_contracts),
        cmocka_unit_test(steps_are_the_contracts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
