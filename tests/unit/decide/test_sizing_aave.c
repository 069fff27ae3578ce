#include "sizing_rig.h"

#include "aave_v3_world.h"

/* Sizing beside every amount and every two of them on accounts of Aave v3, of versions whose rules
   of how much may be closed and left differ. */

#define ADAPTER  lq_adapter_aave_v3
#define RESERVES 4u

static world_t world;
static world_rig_t pool;
static sizing_rig_t terms;
static lq_trial_t trial;
static brute_t brute;
static lq_plan_t plan;
static lq_sizing_room_t room;

static const char *const versions[] = {"3.0", "3.2", "3.3", "3.6", "3.7"};

static uint64_t between(lq_rng_t *rng, uint64_t lo, uint64_t hi)
{
    return lo + lq_rng_below(rng, hi - lo + 1);
}

static bool chance(lq_rng_t *rng, unsigned one_in)
{
    return lq_rng_below(rng, one_in) == 0;
}

static unsigned version_of(const char *name)
{
    unsigned v = 0;
    while (ADAPTER.version_names[v] && strcmp(ADAPTER.version_names[v], name) != 0)
        v++;
    assert_non_null(ADAPTER.version_names[v]);
    return v;
}

/* Tokens without decimals that are worth dollars, and no interest yet. */
static void plain_world(unsigned version)
{
    world_init(&world, version, RESERVES);
    for (unsigned i = 0; i < RESERVES; i++) {
        world_reserve_t *r = &world.reserves[i];
        r->accrual.liquidity_index = LQ_RAY_ONE;
        r->accrual.variable_borrow_index = LQ_RAY_ONE;
        r->decimals = 0;
        r->category = 0;
    }
}

/* Has the adapter read user 0, who can be liquidated; false: he cannot. */
static bool open_account(void)
{
    world_rig_make(&pool, &world, world.version, 8);
    assert_int_equal(world_rig_settle(&pool, 1000), 0);
    world_emit_borrow(&world, 0, 2, 2);
    assert_int_equal(world_rig_settle(&pool, 1000), 0);
    terms.self = pool.self;
    lq_address_t owner = world_address(AT_USER, 0);
    uint32_t account = 0;
    assert_ok(lq_ledger_find(pool.ledger, &account, 0, &owner));
    if (ADAPTER.trial_open(pool.self, &trial, account, NULL) == LQ_OK)
        return true;
    world_rig_fini(&pool);
    return false;
}

static unsigned reserve_of(uint16_t factor)
{
    lq_address_t token;
    uint8_t decimals;
    ADAPTER.asset_token(pool.self, factor, &token, &decimals);
    return token.b[19];
}

/* Our price of each factor: the protocol's, of a unit, in 1e-8 dollars, times PERCENT. */
static void set_tokens(lq_rng_t *rng, uint64_t percent_off)
{
    for (unsigned f = 0; f < lq_ledger_factor_cnt(pool.ledger) && f < FACTOR_MAX; f++) {
        const world_reserve_t *r = &world.reserves[reserve_of((uint16_t)f)];
        uint64_t worth = r->price.w[0];
        for (unsigned k = 0; k < r->decimals; k++)
            worth /= 10;
        terms.tokens[f] =
            (rig_token_t){.known = true, .unit_worth = worth, .available = UINT32_MAX};
        if (!percent_off)
            continue;
        terms.tokens[f].unit_worth =
            worth * between(rng, 100 - percent_off, 100 + percent_off) / 100;
        if (chance(rng, 4))
            terms.tokens[f].available = between(rng, 0, 100);
    }
}

static void draw_account(lq_rng_t *rng, uint64_t dollars_max)
{
    world_user_t *u = &world.users[0];
    double secured = 0;
    unsigned collaterals = (unsigned)between(rng, 1, 2);
    unsigned debts = (unsigned)between(rng, 1, 2);
    for (unsigned i = 0; i < RESERVES; i++) {
        world_reserve_t *r = &world.reserves[i];
        r->price =
            lq_u256_from_u64(between(rng, 25, 60) * 100000000 + lq_rng_below(rng, 100000000));
        r->threshold_bps = (uint16_t)between(rng, 6000, 9000);
        r->bonus_bps = (uint16_t)between(rng, 10200, 11500);
        r->fee_bps = (uint16_t)(chance(rng, 2) ? 0 : between(rng, 1, 3000));
        r->accrual.variable_borrow_index.w[1] += lq_rng_below(rng, 4000000);
    }
    for (unsigned i = 0; i < collaterals; i++) {
        const world_reserve_t *r = &world.reserves[i];
        uint64_t amount = between(rng, 1, dollars_max / 25);
        u->supply[i].scaled = lq_u256_from_u64(amount);
        u->flag[i] = true;
        secured += (double)(amount * r->price.w[0]) * r->threshold_bps / 1e4;
    }
    double owed = secured * 1000 / (double)between(rng, chance(rng, 3) ? 700 : 940, 1000);
    for (unsigned i = 0; i < debts; i++) {
        const world_reserve_t *r = &world.reserves[2 + i];
        double part = i + 1 == debts ? owed : owed * (double)lq_rng_below(rng, 100) / 100;
        owed -= part;
        u->debt[2 + i].scaled = lq_u256_from_u64((uint64_t)(part / (double)r->price.w[0]));
    }
}

static void every_amount(const char *version, size_t cnt, uint64_t dollars_max, size_t depth)
{
    lq_rng_t rng = lq_test_rng();
    size_t plans = 0;
    sizing_rig_open(&terms, &ADAPTER);
    for (size_t drawn = 0; drawn < cnt;) {
        plain_world(version_of(version));
        draw_account(&rng, dollars_max);
        if (!open_account())
            continue;
        drawn++;
        set_tokens(&rng, 5);
        rig_gas_worth(&terms, chance(&rng, 2) ? 0 : between(&rng, 1, 400000));
        terms.terms.atomic = chance(&rng, 2);
        if (depth == 1) {
            terms.floor = (lq_gas_floor_t){.call = 100, .further_call = 1000000000};
            terms.terms.atomic = true;
            rig_gas_worth(&terms, between(&rng, 1, 400000));
        }
        brute.in_ranges = true;
        brute_force(&brute, &terms, &trial, dollars_max / 4, depth);
        plans += as_good_as_brute(&terms, &brute, &trial, &plan, 0) == LQ_SIZING_PLAN;
        world_rig_fini(&pool);
    }
    assert_true(cnt < 100 || plans > 0);
    sizing_rig_close(&terms);
}

static void no_single_call_earns_more(void **state)
{
    (void)state;
    for (size_t v = 0; v < LQ_ARRAY_CNT(versions); v++)
        every_amount(versions[v], lq_test_cnt(40, 2000), 6000, 1);
}

static void no_two_calls_earn_more(void **state)
{
    (void)state;
    for (size_t v = 0; v < LQ_ARRAY_CNT(versions); v++) {
        every_amount(versions[v], lq_test_cnt(8, 400), 1000, 2);
        every_amount(versions[v], lq_test_cnt(2, 100), 3500, 2);
    }
}

/* Collateral 2420, debt 2050, threshold 82.5 %, bonus 15 %: half of it at once, or 51 first, which
   leaves less than 2000 dollars of debt, and then all. */
static void below_2000_dollars_all_may_be_closed(void **state)
{
    (void)state;
    for (unsigned decimals = 0; decimals <= 6; decimals += 3) {
        uint64_t unit = decimals == 0 ? 1 : decimals == 3 ? 1000 : 1000000;
        sizing_rig_open(&terms, &ADAPTER);
        plain_world(version_of("3.6"));
        for (unsigned i = 0; i < RESERVES; i++) {
            world_reserve_t *r = &world.reserves[i];
            r->decimals = (uint8_t)decimals;
            r->price = lq_u256_from_u64(100000000);
            r->threshold_bps = 8250;
            r->bonus_bps = 11500;
            r->fee_bps = 0;
        }
        world.users[0].supply[0].scaled = lq_u256_from_u64(2420 * unit);
        world.users[0].flag[0] = true;
        world.users[0].debt[2].scaled = lq_u256_from_u64(2050 * unit);
        assert_true(open_account());
        set_tokens(NULL, 0);
        terms.floor = (lq_gas_floor_t){.call = 0, .further_call = 1};
        rig_gas_worth(&terms, 1000000); /* a cent */
        assert_int_equal(lq_size(&plan, &room, &ADAPTER, pool.self, &trial, &terms.terms),
                         LQ_SIZING_PLAN);
        plan_holds(&terms, &plan, &trial);
        lq_i128_t net = worth_of_i256(&plan.profit.net_usd);
        assert_int_equal(plan.step_cnt, 2);
        lq_u256_t repaid =
            lq_u256_add_wrap(&plan.steps[0].outcome.repaid, &plan.steps[1].outcome.repaid);
        assert_int_equal(small_of(&repaid), 2050 * unit);
        /* Dollars alone are rounded: 364 and then 1686 seize one more than 51 and then 1999. */
        assert_true(net >= (lq_i128_t)30750000000 - 200000000 / (lq_i128_t)unit - 2000000);
        assert_true(net <= (lq_i128_t)30750000000 + 200000000 / (lq_i128_t)unit);
        /* A further call that takes 154 dollars of gas is not worth it. */
        terms.floor = (lq_gas_floor_t){.call = 0, .further_call = 154};
        rig_gas_worth(&terms, 100000000);
        assert_int_equal(lq_size(&plan, &room, &ADAPTER, pool.self, &trial, &terms.terms),
                         LQ_SIZING_PLAN);
        assert_int_equal(plan.step_cnt, 1);
        net = worth_of_i256(&plan.profit.net_usd);
        assert_true(net <= (lq_i128_t)15400000000 && net >= (lq_i128_t)15300000000);
        world_rig_fini(&pool);
        sizing_rig_close(&terms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(below_2000_dollars_all_may_be_closed),
        cmocka_unit_test(no_single_call_earns_more),
        cmocka_unit_test(no_two_calls_earn_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
