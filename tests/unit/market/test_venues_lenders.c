/* Lenders of flash loans, and what makes venues. */

#include "venues_rig.h"

#define LENT   ((1ull << 56) | (1ull << 63))
#define PAUSED (1ull << 60)

enum {
    OF_AAVE,
    OF_MORPHO,
    OF_POOL_0,
};

static void fill(rig_t *r)
{
    mint(r, 100, -60, 60, 1000);
    r->chain->premium_bps = 5;
    for (uint32_t token = 1; token <= 3; token++)
        r->chain->reserve_flags[token] = LENT;
    (void)read_all(r);
}

static lq_loan_t loan_of_least(rig_t *r, uint32_t token, uint64_t units)
{
    lq_loan_t loan;
    lq_address_t address = address_n(token);
    lq_u256_t least = lq_u256_from_u64(units);
    assert_ok(lq_venues_loan(r->v, &loan, &address, &least));
    return loan;
}

static lq_loan_t loan_of(rig_t *r, uint32_t token)
{
    return loan_of_least(r, token, 0);
}

static bool lends(rig_t *r, uint32_t token)
{
    lq_loan_t loan = {.fee_pips = 99};
    lq_address_t address = address_n(token);
    lq_u256_t least = lq_u256_from_u64(0);
    lq_err_t err = lq_venues_loan(r->v, &loan, &address, &least);
    if (err)
        assert_true(err == LQ_ERR_NOT_FOUND && loan.fee_pips == 99);
    return !err;
}

static void knows_no_lender_before_it_asked(void **state)
{
    rig_t *r = *state;
    lq_subject_t subject = {0};
    assert_false(lq_venues_turn(r->v, &subject, 1)); /* for which tokens? */
    assert_false(lq_venues_next(r->v, &subject) && subject.kind == LQ_VENUES_SUBJECT_LENDER);
    r->chain->balances[1][OF_MORPHO] = 5;
    assert_false(lends(r, 1));
    fill(r);
    assert_true(lends(r, 1));
    assert_false(lends(r, 2)); /* has nothing */
    assert_false(lends(r, 9)); /* of no pool */
}

/* With the pools, not in turn: who looks once sees all of them. */
static void asks_each_lender_until_it_has_told_of_each_token(void **state)
{
    rig_t *r = *state;
    lq_subject_t subject = {0};
    r->chain->balances[1][OF_AAVE] = 7;
    r->chain->balances[2][OF_POOL_0] = 8;
    r->chain->balances[3][OF_MORPHO] = 9;
    fill(r);
    assert_false(lq_venues_next(r->v, &subject));
    assert_int_equal(loan_of(r, 1).available.w[0], 7);
    assert_int_equal(loan_of(r, 2).available.w[0], 8);
    assert_int_equal(loan_of(r, 3).available.w[0], 9);
}

static void takes_the_cheapest_of_equals_the_first(void **state)
{
    rig_t *r = *state;
    fill(r);
    r->chain->balances[1][OF_POOL_0] = 300;
    read_lenders(r, 2);
    lq_loan_t loan = loan_of(r, 1);
    assert_int_equal(loan.kind, LQ_LENDER_UNISWAP_V3);
    assert_int_equal(number_of(&loan.lender), 100);
    assert_int_equal(loan.pool, 0);
    assert_int_equal(loan.fee_pips, 3000);
    assert_int_equal(loan.available.w[0], 300);
    assert_false(loan.token1);
    r->chain->balances[1][OF_AAVE] = 200;
    r->chain->balances[2][OF_POOL_0] = 7;
    read_lenders(r, 2);
    loan = loan_of(r, 1);
    assert_int_equal(loan.kind, LQ_LENDER_AAVE_V3);
    assert_int_equal(number_of(&loan.lender), AAVE);
    assert_int_equal(loan.pool, LQ_V3_NONE);
    assert_int_equal(loan.fee_pips, 500);
    assert_int_equal(loan.available.w[0], 200);
    assert_true(loan_of(r, 2).token1);
    r->chain->balances[1][OF_MORPHO] = 100;
    read_lenders(r, 1);
    assert_int_equal(loan_of(r, 1).kind, LQ_LENDER_MORPHO_BLUE);
    assert_int_equal(loan_of(r, 1).fee_pips, 0);
    r->chain->premium_bps = 0;
    read_lenders(r, 1);
    assert_int_equal(loan_of(r, 1).kind, LQ_LENDER_AAVE_V3);
}

static void takes_one_that_has_enough_before_a_cheaper_one(void **state)
{
    rig_t *r = *state;
    fill(r);
    r->chain->balances[1][OF_POOL_0] = 300;
    r->chain->balances[1][OF_AAVE] = 200;
    r->chain->balances[1][OF_MORPHO] = 100;
    read_lenders(r, 3);
    assert_int_equal(loan_of_least(r, 1, 100).kind, LQ_LENDER_MORPHO_BLUE);
    assert_int_equal(loan_of_least(r, 1, 101).kind, LQ_LENDER_AAVE_V3);
    assert_int_equal(loan_of_least(r, 1, 200).kind, LQ_LENDER_AAVE_V3);
    assert_int_equal(loan_of_least(r, 1, 201).kind, LQ_LENDER_UNISWAP_V3);
    assert_int_equal(loan_of_least(r, 1, 301).kind, LQ_LENDER_UNISWAP_V3); /* has the most */
}

static void borrows_nothing_of_reserves_that_do_not_lend(void **state)
{
    rig_t *r = *state;
    const uint64_t flags[] = {0, LENT | PAUSED, 1ull << 56, 1ull << 63};
    fill(r);
    for (size_t i = 0; i < LQ_ARRAY_CNT(flags); i++) {
        r->chain->balances[1][OF_AAVE] = 200;
        r->chain->reserve_flags[1] = LENT;
        read_lenders(r, 2);
        assert_true(lends(r, 1));
        r->chain->reserve_flags[1] = flags[i];
        read_lenders(r, 1);
        assert_false(lends(r, 1));
        read_lenders(r, 1);
        assert_false(lends(r, 1));
    }
}

/* What was given to the aToken without the pool's knowing cannot be borrowed. */
static void borrows_no_more_than_the_pool_counts(void **state)
{
    rig_t *r = *state;
    fill(r);
    r->chain->balances[1][OF_AAVE] = 200;
    r->chain->counted[1] = 150;
    read_lenders(r, 2);
    assert_int_equal(loan_of(r, 1).available.w[0], 200);
    r->chain->counts = true;
    read_lenders(r, 1);
    assert_int_equal(loan_of(r, 1).available.w[0], 150);
    r->chain->counted[1] = 201; /* on its way */
    read_lenders(r, 1);
    assert_int_equal(loan_of(r, 1).available.w[0], 200);
    r->chain->counted[1] = 0;
    read_lenders(r, 1);
    assert_false(lends(r, 1));
}

static void borrows_nothing_of_lenders_that_do_not_answer(void **state)
{
    rig_t *r = *state;
    fill(r);
    for (unsigned k = OF_AAVE; k <= OF_POOL_0; k++) {
        for (unsigned i = 0; i < 3; i++)
            r->chain->balances[1][i] = i == k ? 10 : 0;
        read_lenders(r, 2);
        assert_true(lends(r, 1));
        r->chain->silent = true;
        for (uint32_t i = 0; i < 3; i++)
            assert_int_equal(read_one(r, (lq_subject_t){LQ_VENUES_SUBJECT_LENDER, i}),
                             i == OF_MORPHO);
        r->chain->silent = false;
        assert_false(lends(r, 1));
    }
    r->chain->balances[1][OF_AAVE] = 10;
    r->chain->premium_bps = 10001;
    read_lenders(r, 2);
    assert_int_equal(loan_of(r, 1).kind, LQ_LENDER_UNISWAP_V3);
}

/* flash() asks for liquidity at the price. */
static void borrows_nothing_of_a_pool_without_liquidity(void **state)
{
    rig_t *r = *state;
    fill(r);
    r->chain->balances[1][OF_POOL_0] = 300;
    read_lenders(r, 2);
    assert_true(lends(r, 1));
    swap(r, 100, 100, false);
    read_lenders(r, 1);
    assert_false(lends(r, 1));
}

static void rounds_the_fee_up(void **state)
{
    (void)state;
    lq_u256_t fee = lq_u256_from_u64(77);
    lq_u256_t amount = lq_u256_from_u64(1999);
    lq_loan_t loan = {.fee_pips = 500};
    assert_ok(lq_loan_fee(&fee, &loan, &amount));
    assert_int_equal(fee.w[0], 1);
    amount = lq_u256_from_u64(2000);
    assert_ok(lq_loan_fee(&fee, &loan, &amount));
    assert_int_equal(fee.w[0], 1);
    amount = lq_u256_from_u64(2001);
    assert_ok(lq_loan_fee(&fee, &loan, &amount));
    assert_int_equal(fee.w[0], 2);
    loan.fee_pips = 0;
    assert_ok(lq_loan_fee(&fee, &loan, &amount));
    assert_int_equal(fee.w[0], 0);
    loan.fee_pips = UINT32_MAX;
    memset(&amount, 0xff, sizeof(amount));
    assert_err(lq_loan_fee(&fee, &loan, &amount), LQ_ERR_RANGE);
    assert_int_equal(fee.w[0], 0);
}

/* ---- making ---- */

static lq_err_t make(rig_t *r, const lq_venues_config_t *config, size_t arena_sz)
{
    lq_arena_t journal;
    lq_arena_t arena;
    lq_venues_t *made = NULL;
    lq_undo_t *undo;
    lq_undo_config_t c = {
        .state_sz = lq_venues_state_sz(&r->config) + LQ_UNDO_LINE_SZ, .line_max = 1, .blk_max = 1};
    assert_ok(lq_arena_init(&journal, 2 * c.state_sz + 4096));
    assert_ok(lq_undo_new(&undo, &journal, &c));
    assert_ok(lq_arena_init(&arena, arena_sz));
    lq_err_t err = lq_venues_new(&made, &arena, undo, config);
    assert_true((made != NULL) == (err == LQ_OK));
    lq_arena_fini(&arena);
    lq_arena_fini(&journal);
    return err;
}

static void makes_what_the_config_can_mean(void **state)
{
    rig_t *r = *state;
    size_t sz = lq_venues_arena_sz(&r->config);
    lq_venues_config_t c = r->config;
    assert_ok(make(r, &c, sz));
    assert_err(make(r, &c, sz / 2), LQ_ERR_NOMEM);
    c.tick_max *= 2; /* more state than the journal has */
    assert_err(make(r, &c, 2 * sz), LQ_ERR_NOMEM);
    c.tick_max = 0;
    assert_err(make(r, &c, sz), LQ_ERR_RANGE);
    c.tick_max = LQ_VENUES_TICK_MAX + 1;
    assert_err(make(r, &c, sz), LQ_ERR_RANGE);
    c = r->config;
    c.pool_cnt = LQ_VENUES_POOL_MAX + 1;
    assert_err(make(r, &c, sz), LQ_ERR_RANGE);
    c = r->config;
    c.lender_cnt = LQ_VENUES_LENDER_MAX + 1;
    assert_err(make(r, &c, sz), LQ_ERR_RANGE);
    c = r->config;
    r->pools[2].fee_pips = LQ_PIPS_ONE;
    assert_err(make(r, &c, sz), LQ_ERR_RANGE);
    r->pools[2].fee_pips = LQ_PIPS_ONE - 1;
    r->pools[2].kind = LQ_VENUE_KIND_CNT;
    assert_err(make(r, &c, sz), LQ_ERR_RANGE);
    r->pools[2].kind = LQ_VENUE_UNISWAP_V2;
    r->lenders[0].kind = LQ_LENDER_KIND_CNT;
    assert_err(make(r, &c, sz), LQ_ERR_RANGE);
    r->lenders[0] = r->lenders[1];
    assert_err(make(r, &c, sz), LQ_ERR_EXISTS);
    c.lender_cnt = 0;
    r->pools[2].address = r->pools[0].address;
    assert_err(make(r, &c, sz), LQ_ERR_EXISTS);
    c.pool_cnt = 0;
    assert_ok(make(r, &c, sz));
}

static void clears_to_what_it_was_when_made(void **state)
{
    rig_t *r = *state;
    uint64_t digest = lq_undo_digest(r->undo);
    fill(r);
    r->chain->balances[1][OF_MORPHO] = 5;
    read_lenders(r, 2);
    assert_true(lq_undo_digest(r->undo) != digest);
    lq_undo_forget(r->undo, 0);
    lq_venues_clear(r->v);
    assert_true(lq_undo_digest(r->undo) == digest);
    assert_false(lends(r, 1));
    (void)read_all(r);
    check_pool(r, 0);
    assert_true(lends(r, 1));
}

static void names_kinds(void **state)
{
    (void)state;
    assert_string_equal(lq_venue_kind_str(LQ_VENUE_UNISWAP_V2), "uniswap_v2");
    assert_string_equal(lq_venue_kind_str(LQ_VENUE_UNISWAP_V3), "uniswap_v3");
    assert_string_equal(lq_venue_kind_str(LQ_VENUE_KIND_CNT), "unknown");
    assert_string_equal(lq_lender_kind_str(LQ_LENDER_AAVE_V3), "aave_v3");
    assert_string_equal(lq_lender_kind_str(LQ_LENDER_MORPHO_BLUE), "morpho_blue");
    assert_string_equal(lq_lender_kind_str(LQ_LENDER_UNISWAP_V3), "uniswap_v3");
    assert_string_equal(lq_lender_kind_str(LQ_LENDER_KIND_CNT), "unknown");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(knows_no_lender_before_it_asked),
        CASE(asks_each_lender_until_it_has_told_of_each_token),
        CASE(takes_the_cheapest_of_equals_the_first),
        CASE(takes_one_that_has_enough_before_a_cheaper_one),
        CASE(borrows_nothing_of_reserves_that_do_not_lend),
        CASE(borrows_no_more_than_the_pool_counts),
        CASE(borrows_nothing_of_lenders_that_do_not_answer),
        CASE(borrows_nothing_of_a_pool_without_liquidity),
        CASE(rounds_the_fee_up),
        CASE(makes_what_the_config_can_mean),
        CASE(clears_to_what_it_was_when_made),
        CASE(names_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
