#include "fake_lender.h"
#include "sizing_rig.h"

/* Sizing beside every amount and every two of them, on accounts of a lender of few rules. */

static sizing_rig_t rig;
static lender_t lender;
static lq_trial_t trial;
static brute_t brute;
static lq_plan_t plan;
static lq_sizing_room_t room;

static uint64_t between(lq_rng_t *rng, uint64_t lo, uint64_t hi)
{
    return lo + lq_rng_below(rng, hi - lo + 1);
}

static bool chance(lq_rng_t *rng, unsigned one_in)
{
    return lq_rng_below(rng, one_in) == 0;
}

static void open_lender(void)
{
    sizing_rig_open(&rig, &fake_lender);
    rig.self = (const lq_instance_t *)(const void *)&lender;
    rig_gas_worth(&rig, 0);
}

static void draw_leg(lq_rng_t *rng, lender_leg_t *leg, uint64_t max)
{
    *leg = (lender_leg_t){.amount = between(rng, 1, max),
                          .price = between(rng, 1, chance(rng, 2) ? 20 : 300),
                          .threshold_bps = between(rng, 5000, 9500),
                          .bonus_bps = between(rng, 10100, 12500),
                          .fee_bps = chance(rng, 2) ? 0 : between(rng, 500, 3000)};
}

/* An account of at most MAX units a leg, that can be liquidated; false: not this time. */
static bool draw_lender(lq_rng_t *rng, uint64_t max, unsigned legs)
{
    memset(&lender, 0, sizeof(lender));
    for (unsigned i = 0; i < LENDER_TOKENS; i++) {
        if (i == 0 || (i < legs && chance(rng, 2)))
            draw_leg(rng, &lender.collateral[i], max);
        if (i == 0 || (i < legs && chance(rng, 2)))
            draw_leg(rng, &lender.debt[i], max);
    }
    uint64_t worth = lender_worth(lender.debt);
    lender.close_bps = chance(rng, 4) ? 10000 : 5000;
    lender.close_health_bps = between(rng, 8000, 10000);
    lender.small = chance(rng, 2) ? 0 : worth * between(rng, 1, 110) / 100;
    lender.dust = chance(rng, 2) ? 0 : worth * between(rng, 1, 40) / 100;
    lender.by_seized = chance(rng, 3);
    return rig.adapter->trial_open(rig.self, &trial, 0, NULL) == LQ_OK;
}

/* Our prices are about the protocol's. */
static void draw_terms(lq_rng_t *rng)
{
    uint64_t scale = between(rng, 90, 110);
    for (unsigned f = 0; f < 2 * LENDER_TOKENS; f++) {
        const lender_leg_t *leg =
            f < LENDER_TOKENS ? &lender.collateral[f] : &lender.debt[f - LENDER_TOKENS];
        uint64_t off = chance(rng, 2) ? scale : between(rng, 95, 105);
        rig.tokens[f] =
            (rig_token_t){.known = !chance(rng, 12),
                          .unit_worth = leg->price * off + between(rng, 0, 3),
                          .available = chance(rng, 3) ? between(rng, 0, leg->amount) : 1000000};
    }
    rig_gas_worth(&rig, chance(rng, 2) ? 0 : between(rng, 1, 40));
    rig.terms.atomic = chance(rng, 2);
    rig.terms.first = chance(rng, 3);
    memset(rig.asked, 0, sizeof(rig.asked));
    if (chance(rng, 3)) {
        lq_gas_kind_t kind = {.collateral_token = rig_token_address(0),
                              .debt_token = rig_token_address(LENDER_TOKENS),
                              .leg_cnt = rig.terms.leg_cnt,
                              .call_cnt = (uint8_t)between(rng, 1, 2),
                              .shape = (uint8_t)between(rng, 0, 15)};
        lq_gas_learn(rig.gas, &kind, (uint32_t)between(rng, 900, 4000));
    }
}

/* A pool of a direction's price, deep or shallow. */
static rig_pool_t draw_pool(lq_rng_t *rng, uint64_t in_worth, uint64_t out_worth)
{
    uint64_t depth = between(rng, 50, chance(rng, 2) ? 1000 : 100000);
    uint64_t in = depth * out_worth / (in_worth + 1);
    return (rig_pool_t){.in = 1 + in * between(rng, 95, 103) / 100,
                        .out = depth,
                        .fee_pips = (uint32_t)between(rng, 0, chance(rng, 2) ? 3000 : 10000),
                        .gas = (uint32_t)between(rng, 50, 200)};
}

/* Pools for most directions, and at times over a third token, which costs about 100. A lender may
   be one of them. */
static void draw_pools(lq_rng_t *rng, unsigned most)
{
    rig.terms.funding = LQ_FUNDING_FLASH;
    rig.split_max = (unsigned)between(rng, 1, 3);
    memset(rig.pools, 0, sizeof(rig.pools));
    memset(rig.known, 0, sizeof(rig.known));
    for (unsigned c = 0; c < LENDER_TOKENS; c++)
        for (unsigned d = LENDER_TOKENS; d < 2 * LENDER_TOKENS; d++)
            for (unsigned k = 0; k < RIG_DIRECT && k < most; k++)
                if (!chance(rng, k ? 3 : 8))
                    rig.pools[rig_pool_of(c, d, k)] =
                        draw_pool(rng, rig.tokens[c].unit_worth, rig.tokens[d].unit_worth);
    bool third = most > 1 && chance(rng, 2);
    for (unsigned i = 0; i < LENDER_TOKENS && third; i++) {
        rig.pools[RIG_HOP_IN + i] = draw_pool(rng, rig.tokens[i].unit_worth, 100);
        rig.pools[RIG_HOP_OUT + LENDER_TOKENS + i] =
            draw_pool(rng, 100, rig.tokens[LENDER_TOKENS + i].unit_worth);
    }
    for (unsigned d = LENDER_TOKENS; d < 2 * LENDER_TOKENS; d++)
        rig.loans[d] =
            (lq_loan_t){.kind = chance(rng, 4) ? LQ_LENDER_UNISWAP_V3 : LQ_LENDER_AAVE_V3,
                        .lender = {{0xa0, (uint8_t)(chance(rng, 4) ? 0 : d)}},
                        .pool = chance(rng, 2) ? RIG_HOP_OUT + d : rig_pool_of(0, d, 0),
                        .fee_pips = (uint32_t)(chance(rng, 2) ? 0 : between(rng, 1, 20000))};
}

/* What rounding in one swap may bring: two calls with swaps are not searched unit by unit. */
static lq_i128_t worth_of_a_unit(void)
{
    uint64_t most = 0;
    for (unsigned i = 0; i < 2 * LENDER_TOKENS; i++)
        most = rig.tokens[i].unit_worth > most ? rig.tokens[i].unit_worth : most;
    return most;
}

static void every_amount(size_t cnt, uint64_t max, unsigned legs, size_t depth, bool flash)
{
    lq_rng_t rng = lq_test_rng();
    size_t plans = 0;
    size_t sequences = 0;
    for (size_t k = 0, drawn = 0; drawn < cnt; k++) {
        if (k % 100 == 0) {
            if (k)
                sizing_rig_close(&rig);
            open_lender();
        }
        if (!draw_lender(&rng, max, legs))
            continue;
        drawn++;
        draw_terms(&rng);
        if (flash)
            draw_pools(&rng, depth == 1 ? RIG_DIRECT : (unsigned)between(&rng, 1, 2));
        if (depth == 1) {
            rig.floor = (lq_gas_floor_t){.call = 2, .further_call = 1000000000};
            rig.terms.atomic = true;
            rig_gas_worth(&rig, between(&rng, 1, 40));
        }
        brute_force(&brute, &rig, &trial, LENDER_AMOUNT_MAX < max + 2 ? LENDER_AMOUNT_MAX : max + 2,
                    depth);
        lq_i128_t tolerance = flash && depth > 1 ? worth_of_a_unit() : 0;
        lq_sizing_t got = as_good_as_brute(&rig, &brute, &trial, &plan, tolerance);
        plans += got == LQ_SIZING_PLAN;
        sequences += got == LQ_SIZING_PLAN && plan.step_cnt > 1;
        for (unsigned f = 0; f < FACTOR_MAX; f++)
            assert_true(rig.asked[f] <= 1);
    }
    assert_true(cnt < 100 || (plans > 0 && plans < cnt));
    assert_true(depth == 1 || flash || cnt < 100 || sequences > 0);
    sizing_rig_close(&rig);
}

/* Where a second call costs more than all it can earn, one is what is to be found. */
static void no_single_call_earns_more(void **state)
{
    (void)state;
    every_amount(lq_test_cnt(300, 10000), 300, 3, 1, false);
}

static void no_two_calls_earn_more_on_small_accounts(void **state)
{
    (void)state;
    every_amount(lq_test_cnt(150, 6000), 30, 2, 2, false);
}

static void no_two_calls_earn_more_on_larger_accounts(void **state)
{
    (void)state;
    every_amount(lq_test_cnt(12, 400), 190, 2, 2, false);
}

static void nor_where_a_swap_costs_more_the_larger_it_is(void **state)
{
    (void)state;
    every_amount(lq_test_cnt(300, 10000), 300, 3, 1, true);
}

static void nor_two_with_swaps(void **state)
{
    (void)state;
    every_amount(lq_test_cnt(150, 6000), 30, 2, 2, true);
    every_amount(lq_test_cnt(10, 300), 190, 2, 2, true);
}

/* ---- why there is no plan ---- */

/* One collateral, one debt, twenty percent for whoever has the funds. */
static void open_plain(void)
{
    open_lender();
    memset(&lender, 0, sizeof(lender));
    lender.collateral[0] = (lender_leg_t){110, 10, 7000, 12000, 0};
    lender.debt[0] = (lender_leg_t){85, 10, 0, 0, 0};
    lender.close_bps = 10000;
    assert_ok(rig.adapter->trial_open(rig.self, &trial, 0, NULL));
    rig.tokens[0] = (rig_token_t){true, 1000, 0};
    rig.tokens[LENDER_TOKENS] = (rig_token_t){true, 1000, 1000};
    rig_gas_worth(&rig, 1);
}

static lq_sizing_t size_it(void)
{
    memset(&plan, 0x5a, sizeof(plan));
    return lq_size(&plan, &room, rig.adapter, rig.self, &trial, &rig.terms);
}

static void plan_is_untouched(void)
{
    for (size_t i = 0; i < sizeof(plan); i++)
        assert_int_equal(((const uint8_t *)&plan)[i], 0x5a);
}

static void each_reason_for_none_is_named(void **state)
{
    (void)state;
    open_plain();
    assert_int_equal(size_it(), LQ_SIZING_PLAN);
    assert_int_equal(plan.step_cnt, 1);
    assert_int_equal(small_of(&plan.steps[0].outcome.repaid), 85);

    rig.tokens[0].unit_worth = 0;
    assert_int_equal(size_it(), LQ_SIZING_NO_PRICE);
    plan_is_untouched();
    rig.tokens[0] = (rig_token_t){false, 1000, 0};
    assert_int_equal(size_it(), LQ_SIZING_NO_PRICE);
    rig.tokens[0] = (rig_token_t){true, 1000, 0};
    rig.terms.coin.price_wad = lq_u256_from_u64(0);
    assert_int_equal(size_it(), LQ_SIZING_NO_PRICE);
    rig_gas_worth(&rig, 1);

    rig.tokens[LENDER_TOKENS].available = 0;
    assert_int_equal(size_it(), LQ_SIZING_NO_FUNDS);
    plan_is_untouched();
    rig.tokens[LENDER_TOKENS].available = 84;
    assert_int_equal(size_it(), LQ_SIZING_PLAN);
    assert_int_equal(small_of(&plan.steps[0].outcome.repaid), 80); /* 84 seize the same bonus */

    rig.terms.funding = LQ_FUNDING_FLASH;
    assert_int_equal(size_it(), LQ_SIZING_NO_ROUTE);
    assert_int_equal(room.no_route, LQ_NO_ROUTE_NO_POOL);
    plan_is_untouched();
    rig.terms.swaps = &lq_swaps_none;
    assert_int_equal(size_it(), LQ_SIZING_NO_ROUTE);
    rig.terms.swaps = &rig.swaps;
    rig.pools[rig_pool_of(0, LENDER_TOKENS, 0)] = (rig_pool_t){1000000, 1000000, 3000, 100};
    assert_int_equal(size_it(), LQ_SIZING_PLAN);
    assert_in_range(small_of(&plan.steps[0].outcome.repaid), 1, 84);
    rig.tokens[LENDER_TOKENS].available = 0;
    assert_int_equal(size_it(), LQ_SIZING_NO_ROUTE);
    assert_int_equal(room.no_route, LQ_NO_ROUTE_NO_LENDER);
    plan_is_untouched();
    rig.tokens[LENDER_TOKENS].available = 84;
    rig.terms.funding = LQ_FUNDING_INVENTORY;

    rig.tokens[0].unit_worth = 800; /* ours is below what it pays */
    assert_int_equal(size_it(), LQ_SIZING_UNPROFITABLE);
    assert_true(lq_i256_is_neg(&plan.profit.net_usd));
    assert_int_equal(plan.step_cnt, 1);
    rig.tokens[0].unit_worth = 1000;
    rig_gas_worth(&rig, 1000);
    assert_int_equal(size_it(), LQ_SIZING_UNPROFITABLE);
    rig_gas_worth(&rig, 1);

    lender.collateral[0].amount = 1000; /* healed in the meantime */
    lender_trial(&trial)->collateral[0].amount = 1000;
    assert_int_equal(size_it(), LQ_SIZING_BLOCKED);
    plan_is_untouched();
    sizing_rig_close(&rig);
}

/* Prices that leave no room for their product. */
static lq_u256_t huge_price;
static bool huge_token(void *ctx, lq_terms_token_t *out, uint16_t factor)
{
    bool known = rig_token(ctx, out, factor);
    if (factor == 0)
        out->quote.price_wad = huge_price;
    return known;
}

static void huge_prices_do_not_overflow(void **state)
{
    (void)state;
    open_plain();
    rig.terms.token = huge_token;
    for (unsigned bit = 64; bit < 256; bit++) {
        huge_price = lq_u256_shl_wrap(&(lq_u256_t){{1, 0, 0, 0}}, bit);
        lq_sizing_t got = size_it();
        assert_true(got == LQ_SIZING_PLAN || got == LQ_SIZING_NO_PRICE);
        if (got == LQ_SIZING_PLAN)
            assert_false(lq_i256_is_neg(&plan.profit.net_usd));
        else
            plan_is_untouched();
    }
    rig.terms.gas_price.base_fee_wei.raw = (lq_u256_t){{0, 0, 0, UINT64_MAX}};
    rig.terms.gas_price.tip_wei.raw = (lq_u256_t){{0, 0, 0, UINT64_MAX}};
    assert_int_equal(size_it(), LQ_SIZING_NO_PRICE);
    sizing_rig_close(&rig);
}

/* A debt and a collateral of one token are repaid out of what is seized. */
static void a_flash_loan_of_the_seized_token_needs_no_swap(void **state)
{
    (void)state;
    open_plain();
    rig.terms.funding = LQ_FUNDING_FLASH;
    rig.terms.swaps = &lq_swaps_none;
    rig.terms.token = rig_token;
    rig.same_token = true;
    rig.loans[LENDER_TOKENS].fee_pips = 10000;
    rig_gas_worth(&rig, 0);
    assert_int_equal(size_it(), LQ_SIZING_PLAN);
    assert_int_equal(small_of(&plan.steps[0].outcome.repaid), 85);
    assert_int_equal(plan.steps[0].swap.leg_cnt, 0);
    /* 102 seized, 85 repaid, 1 for the loan */
    assert_true(worth_of_i256(&plan.profit.net_usd) == 16000);
    sizing_rig_close(&rig);
}

/* ---- several steps ---- */

/* One collateral, two debts of which each leaves enough, all tokens of one price. */
static void open_two_debts(void)
{
    open_lender();
    memset(&lender, 0, sizeof(lender));
    lender.collateral[0] = (lender_leg_t){300, 10, 5000, 12000, 0};
    lender.debt[0] = (lender_leg_t){100, 10, 0, 0, 0};
    lender.debt[1] = (lender_leg_t){100, 10, 0, 0, 0};
    lender.close_bps = 10000;
    assert_ok(rig.adapter->trial_open(rig.self, &trial, 0, NULL));
    for (unsigned f = 0; f < 2 * LENDER_TOKENS; f++)
        rig.tokens[f] = (rig_token_t){true, 1000, 1000};
    rig.terms.funding = LQ_FUNDING_FLASH;
    rig.split_max = 1;
}

static const rig_pool_t deep = {1000000, 1000000, 100, 10};

/* Both debts can be repaid, but over pools that the other step goes through, or borrows from. */
static void a_step_keeps_clear_of_the_pools_of_others(void **state)
{
    const uint16_t d0 = LENDER_TOKENS;
    const uint16_t d1 = LENDER_TOKENS + 1;
    rig_pool_t *from_third = &rig.pools[RIG_HOP_OUT];
    (void)state;
    open_two_debts();
    rig.pools[rig_pool_of(0, d0, 0)] = deep;
    rig.pools[rig_pool_of(0, d1, 0)] = deep;
    assert_int_equal(size_it(), LQ_SIZING_PLAN);
    assert_int_equal(plan.step_cnt, 2);
    plan_holds(&rig, &plan, &trial);
    for (unsigned i = 0; i < 2; i++) { /* whichever comes first */
        rig.loans[d0 + i] =
            (lq_loan_t){.kind = LQ_LENDER_UNISWAP_V3, .pool = rig_pool_of(0, i ? d0 : d1, 0)};
        assert_int_equal(size_it(), LQ_SIZING_PLAN);
        assert_int_equal(plan.step_cnt, 1);
        rig.loans[d0 + i].kind = LQ_LENDER_AAVE_V3;
    }
    rig.pools[rig_pool_of(0, d0, 0)] = (rig_pool_t){.out = 0};
    rig.pools[rig_pool_of(0, d1, 0)] = (rig_pool_t){.out = 0};
    rig.pools[RIG_HOP_IN] = from_third[d0] = from_third[d1] = deep;
    assert_int_equal(size_it(), LQ_SIZING_PLAN);
    assert_int_equal(plan.step_cnt, 1);
    rig.pools[rig_pool_of(0, d1, 0)] = (rig_pool_t){1000000, 990000, 100, 10}; /* dearer */
    assert_int_equal(size_it(), LQ_SIZING_PLAN);
    assert_int_equal(plan.step_cnt, 2);
    plan_holds(&rig, &plan, &trial);
    sizing_rig_close(&rig);
}

/* Half of the debt may be repaid at once, and then again: the second swap gets what a swap of both
   gets more than the first, pool by pool. */
static void steps_in_one_direction_share_a_split(void **state)
{
    (void)state;
    open_plain();
    lender.collateral[0] = (lender_leg_t){390, 10, 5000, 12000, 0};
    lender.debt[0] = (lender_leg_t){300, 10, 0, 0, 0};
    lender.close_bps = 5000;
    assert_ok(rig.adapter->trial_open(rig.self, &trial, 0, NULL));
    rig.terms.funding = LQ_FUNDING_FLASH;
    rig.split_max = 2;
    rig.pools[rig_pool_of(0, LENDER_TOKENS, 0)] = (rig_pool_t){3000, 3000, 100, 1};
    rig.pools[rig_pool_of(0, LENDER_TOKENS, 1)] = (rig_pool_t){3000, 2900, 100, 1};
    rig.floor = (lq_gas_floor_t){.call = 10, .further_call = 5, .pool = 1};
    assert_int_equal(size_it(), LQ_SIZING_PLAN);
    assert_true(plan.step_cnt > 1);
    plan_holds(&rig, &plan, &trial);
    for (size_t i = 0; i < plan.step_cnt; i++) {
        lq_u256_t in = lq_u256_from_u64(0);
        lq_u256_t out = in;
        for (uint32_t k = 0; k < plan.steps[i].swap.leg_cnt; k++) {
            in = lq_u256_add_wrap(&in, &plan.steps[i].swap.legs[k].amount_in);
            out = lq_u256_add_wrap(&out, &plan.steps[i].swap.legs[k].amount_out);
        }
        assert_true(lq_u256_eq(&in, &plan.steps[i].swap.amount_in));
        assert_true(lq_u256_eq(&out, &plan.steps[i].swap.amount_out));
        assert_true(lq_u256_eq(&out, &plan.steps[i].outcome.repaid));
    }
    assert_int_equal(plan.steps[0].swap.leg_cnt, 2);
    sizing_rig_close(&rig);
}

/* The second debt is owed in the collateral's token. */
static bool token_of_two_debts(void *ctx, lq_terms_token_t *out, uint16_t factor)
{
    bool known = rig_token(ctx, out, factor);
    if (factor == LENDER_TOKENS + 1)
        out->token = rig_token_address(0);
    return known;
}

/* A pool that lends is locked: of two debts it lends one, be it that the other needs no swap. */
static void a_pool_lends_one_of_two_debts(void **state)
{
    (void)state;
    for (uint8_t apart = 0; apart < 2; apart++) {
        open_plain();
        lender.collateral[0].amount = 220;
        lender.debt[1] = lender.debt[0];
        assert_ok(rig.adapter->trial_open(rig.self, &trial, 0, NULL));
        rig.terms.funding = LQ_FUNDING_FLASH;
        rig.terms.token = token_of_two_debts;
        rig.tokens[LENDER_TOKENS + 1] = rig.tokens[LENDER_TOKENS];
        rig.pools[rig_pool_of(0, LENDER_TOKENS, 0)] = (rig_pool_t){1000000, 1000000, 3000, 100};
        for (uint8_t d = 0; d < 2; d++)
            rig.loans[LENDER_TOKENS + d] = (lq_loan_t){.kind = LQ_LENDER_UNISWAP_V3,
                                                       .lender = {{0xa0, (uint8_t)(d * apart)}},
                                                       .pool = RIG_HOP_OUT + d,
                                                       .token1 = d};
        rig_gas_worth(&rig, 0);
        assert_int_equal(size_it(), LQ_SIZING_PLAN);
        bool both = false;
        for (size_t i = 1; i < plan.step_cnt; i++)
            both |= plan.steps[i].call.pair.debt != plan.steps[0].call.pair.debt;
        assert_int_equal(both, apart);
        sizing_rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_single_call_earns_more),
        cmocka_unit_test(no_two_calls_earn_more_on_small_accounts),
        cmocka_unit_test(no_two_calls_earn_more_on_larger_accounts),
        cmocka_unit_test(nor_where_a_swap_costs_more_the_larger_it_is),
        cmocka_unit_test(nor_two_with_swaps),
        cmocka_unit_test(each_reason_for_none_is_named),
        cmocka_unit_test(huge_prices_do_not_overflow),
        cmocka_unit_test(a_flash_loan_of_the_seized_token_needs_no_swap),
        cmocka_unit_test(a_step_keeps_clear_of_the_pools_of_others),
        cmocka_unit_test(steps_in_one_direction_share_a_split),
        cmocka_unit_test(a_pool_lends_one_of_two_debts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
