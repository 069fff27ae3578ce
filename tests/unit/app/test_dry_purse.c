/* The inventory of a dry run, as what is won moves it. */

#include "dry_purse.h"

#include "lq_test.h"

static const lq_address_t coin;
static const lq_address_t debt = {{1}};
static const lq_address_t collateral = {{2}};
static lq_dry_purse_t purse;

static int empty(void **state)
{
    (void)state;
    memset(&purse, 0, sizeof(purse));
    return 0;
}

static void set(const lq_address_t *token, uint64_t amount)
{
    lq_funds_t funds = {*token, lq_u256_from_u64(amount)};
    lq_dry_purse_set(&purse, &funds);
}

static void assert_told(const lq_address_t *token, uint64_t amount)
{
    lq_funds_t funds;
    lq_u256_t want = lq_u256_from_u64(amount);
    lq_u256_t got = lq_dry_purse_amount(&purse, token);
    assert_true(lq_u256_eq(&got, &want));
    assert_true(lq_dry_purse_next(&purse, &funds));
    assert_memory_equal(&funds.token, token, sizeof(*token));
    assert_true(lq_u256_eq(&funds.amount, &want));
}

static void assert_nothing_told(void)
{
    lq_funds_t funds;
    assert_false(lq_dry_purse_next(&purse, &funds));
}

static lq_dry_row_t won(void)
{
    return (lq_dry_row_t){
        .verdict = LQ_DRY_WON,
        .has_gains = true,
        .gains = {{debt, lq_i256_from_i64(-300)}, {collateral, lq_i256_from_i64(7)}},
        .gain_cnt = 2,
        .gas_wei = {lq_u256_from_u64(40)},
        .bid_wei = {lq_u256_from_u64(2)}};
}

static void what_is_won_moves_it_and_back(void **state)
{
    (void)state;
    lq_dry_row_t row = won();
    set(&coin, 1000);
    set(&debt, 500);
    assert_nothing_told(); /* who said it knows it */
    lq_dry_purse_book(&purse, &row, NULL, false);
    assert_told(&coin, 958);
    assert_told(&debt, 200);
    assert_told(&collateral, 7);
    assert_nothing_told();
    lq_dry_purse_book(&purse, &row, NULL, true);
    assert_told(&coin, 1000);
    assert_told(&debt, 500);
    assert_told(&collateral, 0);
    assert_nothing_told();
}

static void what_is_swept_does_not_come_back(void **state)
{
    (void)state;
    lq_dry_row_t row = won();
    purse.swept = true;
    set(&debt, 500);
    lq_dry_purse_book(&purse, &row, NULL, false);
    assert_told(&debt, 200);
    assert_nothing_told();
}

static void coins_that_nobody_counts_are_enough(void **state)
{
    (void)state;
    lq_dry_row_t row = won();
    lq_dry_purse_book(&purse, &row, NULL, false);
    assert_told(&debt, 0); /* less than nothing is told as nothing */
    assert_told(&collateral, 7);
    assert_nothing_told();
    lq_dry_purse_book(&purse, &row, NULL, true);
    set(&debt, 10);
    assert_told(&debt, 10);
}

static void without_gains_it_is_as_decided(void **state)
{
    (void)state;
    lq_dry_row_t row = won();
    lq_dry_moves_t moves = {
        .moves = {{debt, lq_u256_from_u64(100), true}, {collateral, lq_u256_from_u64(5), false}},
        .cnt = 2};
    row.has_gains = false;
    set(&debt, 500);
    lq_dry_purse_book(&purse, &row, NULL, false);
    assert_nothing_told();
    lq_dry_purse_book(&purse, &row, &moves, false);
    assert_told(&debt, 400);
    assert_told(&collateral, 5);
    lq_dry_purse_book(&purse, &row, &moves, true);
    assert_told(&debt, 500);
    assert_told(&collateral, 0);
}

#define EACH(test) cmocka_unit_test_setup(test, empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(what_is_won_moves_it_and_back),
        EACH(what_is_swept_does_not_come_back),
        EACH(coins_that_nobody_counts_are_enough),
        EACH(without_gains_it_is_as_decided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
