#include "evm_vectors.h"
#include "liqd/num/fixed.h"
#include "liqd/num/power.h"
#include "num_test.h"

static lq_u256_t field(const json_t *row, const char *name)
{
    return u256_of(evm_field(row, name));
}

/* OUT is what the contract returned; null means that it reverted. */
static void check(const char *group, const json_t *row, lq_err_t err, lq_u256_t out)
{
    const json_t *want = json_object_get(row, "out");
    assert_non_null(want);
    bool reverted = json_is_null(want);
    lq_u256_t value = reverted ? UNTOUCHED : field(row, "out");
    if (reverted == (err != LQ_OK) && lq_u256_eq(&out, &value))
        return;
    char *text = json_dumps(row, JSON_COMPACT);
    print_error("%s: %s: %s\n", group, text, lq_err_name(err));
    free(text);
    assert_int_equal(reverted, err != LQ_OK);
    assert_u256_equal(out, value);
}

typedef lq_err_t two_fn_t(lq_u256_t *, const lq_u256_t *, const lq_u256_t *);
typedef lq_err_t three_fn_t(lq_u256_t *, const lq_u256_t *, const lq_u256_t *, const lq_u256_t *);

static void run_two(const json_t *vectors, const char *group, const char *x, const char *y,
                    two_fn_t *fn, size_t cnt)
{
    const json_t *rows = json_object_get(vectors, group);
    assert_int_equal(json_array_size(rows), cnt);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        lq_u256_t a = field(row, x);
        lq_u256_t b = field(row, y);
        lq_u256_t out = UNTOUCHED;
        lq_err_t err = fn(&out, &a, &b);
        check(group, row, err, out);
    }
}

static void run_three(const json_t *vectors, const char *group, three_fn_t *fn, size_t cnt)
{
    const json_t *rows = json_object_get(vectors, group);
    assert_int_equal(json_array_size(rows), cnt);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        lq_u256_t a = field(row, "a");
        lq_u256_t b = field(row, "b");
        lq_u256_t d = field(row, "d");
        lq_u256_t out = UNTOUCHED;
        lq_err_t err = fn(&out, &a, &b, &d);
        check(group, row, err, out);
    }
}

static void aave_fixed_point_is_the_contracts(void **state)
{
    (void)state;
    json_t *root;
    json_t *vectors = evm_vectors(&root, "aave_v3.5.json");
    run_two(vectors, "rayMul", "a", "b", lq_fixed_ray_mul_half_up, 150);
    run_two(vectors, "rayDiv", "a", "b", lq_fixed_ray_div_half_up, 150);
    run_two(vectors, "wadMul", "a", "b", lq_fixed_wad_mul_half_up, 150);
    run_two(vectors, "wadDiv", "a", "b", lq_fixed_wad_div_half_up, 150);
    run_two(vectors, "pMul", "a", "b", lq_fixed_bps_mul_half_up, 150);
    run_two(vectors, "pDiv", "a", "b", lq_fixed_bps_div_half_up, 150);
    json_decref(root);
}

static void uniswap_mul_div_is_the_contracts(void **state)
{
    (void)state;
    json_t *root;
    json_t *vectors = evm_vectors(&root, "uniswap_v3_math.json");
    run_three(vectors, "mulDiv", lq_u256_mul_div_down, 300);
    run_three(vectors, "mulDivUp", lq_u256_mul_div_up, 300);
    json_decref(root);
}

static void morpho_fixed_point_is_the_contracts(void **state)
{
    (void)state;
    json_t *root;
    json_t *vectors = evm_vectors(&root, "morpho_blue.json");
    run_two(vectors, "taylor", "x", "n", lq_power_wtaylor, 200);
    json_decref(root);
}

static void morpho_exponential_is_the_contracts(void **state)
{
    (void)state;
    json_t *root;
    json_t *vectors = evm_vectors(&root, "morpho_adaptive_irm.json");
    const json_t *rows = json_object_get(json_object_get(vectors, "wExp"), "rows");
    assert_int_equal(json_array_size(rows), 300);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        lq_i256_t x = {u256_of(json_string_value(json_array_get(row, 0)))};
        assert_u256_equal(lq_power_wexp(&x), u256_of(json_string_value(json_array_get(row, 1))));
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aave_fixed_point_is_the_contracts),
        cmocka_unit_test(uniswap_mul_div_is_the_contracts),
        cmocka_unit_test(morpho_fixed_point_is_the_contracts),
        cmocka_unit_test(morpho_exponential_is_the_contracts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
