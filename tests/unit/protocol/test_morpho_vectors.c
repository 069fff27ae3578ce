#include "evm_vectors.h"
#include "liqd/protocol/morpho_irm.h"
#include "morpho_test.h"

static json_t *rows_of(const json_t *vectors, const char *group, size_t cnt)
{
    json_t *rows = json_object_get(vectors, group);
    assert_int_equal(json_array_size(rows), cnt);
    return rows;
}

static lq_u256_t field(const json_t *row, const char *name)
{
    return u256_of(evm_field(row, name));
}

static lq_u128_t field128(const json_t *row, const char *name)
{
    lq_u256_t v = field(row, name);
    assert_true(lq_u256_hi(&v) == 0);
    return lq_u256_lo(&v);
}

/* The market of ROW, whose supply is that of its debt. */
static lq_morpho_market_t market_of(const json_t *row)
{
    return (lq_morpho_market_t){
        .total_supply_assets = field128(row, "totalAssets"),
        .total_borrow_assets = field128(row, "totalAssets"),
        .total_borrow_shares = field128(row, "totalShares"),
        .last_update_sec = 1,
        .lltv_wad = (uint64_t)field128(row, "lltv"),
        .has_irm = true,
    };
}

static void incentive_factor_is_the_contracts(void **state)
{
    (void)state;
    json_t *root;
    json_t *rows = rows_of(evm_vectors(&root, "morpho_blue.json"), "lif", 10);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        uint64_t got = lq_morpho_incentive_factor_wad((uint64_t)field128(row, "lltv"));
        assert_u256_equal(lq_u256_from_u64(got), field(row, "out"));
    }
    json_decref(root);
}

static void liquidation_by_seized_assets_is_the_contracts(void **state)
{
    (void)state;
    json_t *root;
    json_t *rows = rows_of(evm_vectors(&root, "morpho_blue.json"), "bySeized", 300);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        const json_t *out = json_object_get(row, "out");
        lq_morpho_market_t m = market_of(row);
        lq_u256_t seized = field(row, "seized");
        lq_u256_t price = field(row, "price");
        lq_u256_t shares;
        lq_u256_t assets;
        assert_ok(lq_morpho_shares_for_seized(&shares, &m, &seized, &price));
        assert_u256_equal(shares, field(out, "repaidShares"));
        assert_ok(
            lq_morpho_to_assets_up(&assets, &shares, m.total_borrow_assets, m.total_borrow_shares));
        assert_u256_equal(assets, field(out, "repaidAssets"));
    }
    json_decref(root);
}

static void liquidation_by_repaid_shares_is_the_contracts(void **state)
{
    (void)state;
    json_t *root;
    json_t *rows = rows_of(evm_vectors(&root, "morpho_blue.json"), "byShares", 300);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        const json_t *out = json_object_get(row, "out");
        lq_morpho_market_t m = market_of(row);
        lq_u256_t shares = field(row, "repaidShares");
        lq_u256_t price = field(row, "price");
        lq_u256_t seized;
        lq_u256_t assets;
        assert_ok(lq_morpho_seized_for_shares(&seized, &m, &shares, &price));
        assert_u256_equal(seized, field(out, "seized"));
        assert_ok(
            lq_morpho_to_assets_up(&assets, &shares, m.total_borrow_assets, m.total_borrow_shares));
        assert_u256_equal(assets, field(out, "repaidAssets"));
    }
    json_decref(root);
}

static void health_is_the_contracts(void **state)
{
    (void)state;
    json_t *root;
    json_t *rows = rows_of(evm_vectors(&root, "morpho_blue.json"), "healthy", 300);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        lq_morpho_market_t m = market_of(row);
        lq_morpho_position_t p = {.borrow_shares = field128(row, "borrowShares"),
                                  .collateral = field128(row, "collateral")};
        lq_u256_t price = field(row, "price");
        bool want = json_is_true(json_object_get(row, "out"));
        bool got = !want;
        assert_ok(lq_morpho_is_healthy(&got, &m, &p, &price));
        assert_int_equal(got, want);
    }
    json_decref(root);
}

static void adaptive_rate_is_the_contracts(void **state)
{
    (void)state;
    json_t *root;
    const json_t *group =
        json_object_get(evm_vectors(&root, "morpho_adaptive_irm.json"), "borrowRate");
    json_t *rows = rows_of(group, "rows", 400);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        const char *text[6];
        for (size_t k = 0; k < 6; k++)
            text[k] = json_string_value(json_array_get(row, k));
        lq_morpho_irm_t irm = {LQ_MORPHO_IRM_ADAPTIVE, (uint64_t)u128_of(text[0])};
        lq_u128_t supplied = u128_of(text[1]);
        lq_u128_t borrowed = u128_of(text[2]);
        uint64_t elapsed_sec = (uint64_t)u128_of(text[3]);
        lq_morpho_irm_rate_t rate;
        assert_ok(lq_morpho_irm_borrow_rate(&rate, &irm, supplied, borrowed, elapsed_sec));
        assert_u256_equal(lq_u256_from_u64(rate.borrow_rate_wad), u256_of(text[4]));
        assert_u256_equal(lq_u256_from_u64(rate.rate_at_target_wad), u256_of(text[5]));
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(incentive_factor_is_the_contracts),
        cmocka_unit_test(liquidation_by_seized_assets_is_the_contracts),
        cmocka_unit_test(liquidation_by_repaid_shares_is_the_contracts),
        cmocka_unit_test(health_is_the_contracts),
        cmocka_unit_test(adaptive_rate_is_the_contracts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
