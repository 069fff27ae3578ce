#include "../protocol/morpho_blue_trial_rig.h"
#include "sizing_rig.h"

/* Sizing beside every amount on accounts of Morpho Blue. */

static sizing_rig_t terms;
static lq_trial_t trial;
static brute_t brute;
static lq_plan_t plan;

static uint64_t between(lq_rng_t *rng, uint64_t lo, uint64_t hi)
{
    return lo + lq_rng_below(rng, hi - lo + 1);
}

/* A position of up to MAX units of either, in a market whose shares are worth about one asset
   (interest for ages) or, as all are, a millionth; false: it cannot be liquidated. */
static bool draw(lq_rng_t *rng, uint64_t max, bool aged)
{
    lq_morpho_market_t m = {.total_borrow_shares = between(rng, max, 2 * max)};
    lq_morpho_position_t p = {.collateral = between(rng, 1, max)};
    if (aged) {
        p.borrow_shares = between(rng, 1, max);
        m.total_borrow_assets = 1000000 * between(rng, 40, 300) / 100;
    } else {
        m.total_borrow_assets = between(rng, max, 4 * max);
        m.total_borrow_shares = m.total_borrow_assets * between(rng, 800000, 1000000);
        p.borrow_shares = (lq_u128_t)between(rng, 1, max) * between(rng, 700000, 900000);
    }
    m.total_supply_assets = m.total_borrow_assets + between(rng, 0, max);
    m.lltv_wad = sim.markets[0].m.lltv_wad;
    bool healthy = true;
    lq_u256_t owed;
    lq_u256_t collateral = word_of(p.collateral);
    lq_u256_t scale = u256_of(EVM_SCALE);
    lq_u256_t price;
    assert_ok(lq_morpho_borrowed(&owed, &m, &p));
    assert_ok(lq_u256_mul_div_down(&price, &owed, &scale, &collateral));
    lq_u256_t part = lq_u256_from_u64(between(rng, 50, 180));
    lq_u256_t hundred = lq_u256_from_u64(100);
    assert_ok(lq_u256_mul_div_down(&price, &price, &part, &hundred));
    if (lq_morpho_is_healthy(&healthy, &m, &p, &price) || healthy)
        return false;
    place(&m, &p, &price);
    return adapter->trial_open(rig.self, &trial, 0, NULL) == LQ_OK;
}

/* Ours about as the market's price says, in thousandths of a debt unit. */
static void draw_terms(lq_rng_t *rng)
{
    lq_liquidation_pair_t pair;
    assert_int_equal(adapter->trial_pairs(rig.self, &trial, &pair, 1), 1);
    double price = lq_u256_to_double(&sim.markets[0].price) / 1e36;
    double off = (double)between(rng, 95, 105) / 100;
    terms.self = rig.self;
    terms.tokens[pair.debt] =
        (rig_token_t){true, 1000, between(rng, 0, 2) ? 1000000 : between(rng, 0, 100)};
    terms.tokens[pair.collateral] = (rig_token_t){true, 1 + (uint64_t)(price * off * 1000), 0};
    rig_gas_worth(&terms, between(rng, 0, 1) ? 0 : between(rng, 1, 3));
    terms.terms.atomic = between(rng, 0, 1);
}

static void every_amount(size_t cnt, uint64_t max, bool aged, size_t depth)
{
    lq_rng_t rng = lq_test_rng();
    size_t plans = 0;
    sizing_rig_open(&terms, adapter);
    for (size_t k = 0, drawn = 0; drawn < cnt; k++) {
        if (k % 100 == 0) {
            if (k)
                rig_close(&rig);
            open_trials(WAD / 100 * between(&rng, 50, 95));
        }
        if (!draw(&rng, max, aged))
            continue;
        drawn++;
        draw_terms(&rng);
        brute_force(&brute, &terms, &trial, 2 * max, depth);
        plans += as_good_as_brute(&terms, &brute, &trial, &plan, 0) == LQ_SIZING_PLAN;
    }
    assert_true(cnt < 100 || plans > 0);
    rig_close(&rig);
    sizing_rig_close(&terms);
}

static void no_single_call_earns_more(void **state)
{
    (void)state;
    every_amount(lq_test_cnt(100, 10000), 500, true, 1);
}

static void no_two_calls_earn_more(void **state)
{
    (void)state;
    every_amount(lq_test_cnt(12, 1000), 60, true, 2);
    every_amount(lq_test_cnt(2, 200), 200, true, 2);
}

static void nor_in_markets_of_many_shares(void **state)
{
    (void)state;
    every_amount(lq_test_cnt(60, 4000), 60, false, 1);
}

/* What the best of many amounts of large accounts nets: any, those near the ends, and near the one
   that was sized. */
static lq_i128_t best_of_many(lq_rng_t *rng, const lq_liquidation_call_t *sized)
{
    static lq_trial_t next;
    lq_swap_route_t ways[LQ_SWAP_ROUTE_MAX];
    size_t way_cnt = rig_ways(&terms, ways, sized->pair);
    lq_i128_t best = 0;
    for (unsigned k = 0; k < 4000 && way_cnt; k++) {
        lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
        lq_liquidation_outcome_t out;
        tally_t t = {.net = 0};
        lq_liquidation_call_t call = *sized;
        call.by = (lq_liquidation_by_t)(k % 2);
        if (adapter->trial_ranges(rig.self, &trial, ranges, call.pair, call.by) != 1)
            continue;
        uint64_t to = small_of(&ranges[0].to);
        uint64_t base = k % 3 || call.by != sized->by ? to : small_of(&sized->amount);
        uint64_t off = k % 5 == 0 ? lq_rng_below(rng, to)
                                  : lq_rng_below(rng, (to >> lq_rng_below(rng, 40)) + 1);
        uint64_t amount = k % 7 == 0 ? base + off : base > off ? base - off : 1;
        call.amount = lq_u256_from_u64(amount < to ? amount : to);
        adapter->trial_copy(&next, &trial);
        assert_ok(adapter->trial_send(rig.self, &next, &out, &call));
        if (tally_add(&terms, &t, call.pair, &ways[lq_rng_below(rng, way_cnt)], &out) &&
            t.net > best)
            best = t.net;
    }
    return best;
}

/* One to three pools, about as deep as the account is large or deeper. */
static void draw_pools(lq_rng_t *rng, lq_liquidation_pair_t pair)
{
    unsigned cnt = (unsigned)between(rng, 1, RIG_DIRECT);
    double rate = 1000 / (double)terms.tokens[pair.collateral].unit_worth;
    terms.split_max = (unsigned)between(rng, 1, 2);
    for (unsigned k = 0; k < cnt; k++) {
        uint64_t depth = between(rng, 1000000, UINT64_C(100000000000));
        terms.pools[rig_pool_of(pair.collateral, pair.debt, k)] =
            (rig_pool_t){.in = 1 + (uint64_t)((double)depth * rate),
                         .out = depth,
                         .fee_pips = (uint32_t)between(rng, 0, 10000),
                         .gas = (uint32_t)between(rng, 50, 200)};
    }
}

static void large_accounts_within_a_millionth(void **state)
{
    static lq_sizing_room_t room;
    lq_rng_t rng = lq_test_rng();
    size_t plans = 0;
    size_t cnt = lq_test_cnt(60, 5000);
    (void)state;
    for (size_t k = 0; k < cnt;) {
        open_trials(WAD / 100 * between(&rng, 50, 95));
        sizing_rig_open(&terms, adapter);
        if (draw(&rng, between(&rng, 10000000, 1000000000), between(&rng, 0, 1))) {
            k++;
            draw_terms(&rng);
            lq_liquidation_pair_t pair;
            assert_int_equal(adapter->trial_pairs(rig.self, &trial, &pair, 1), 1);
            terms.tokens[pair.debt].available =
                between(&rng, 0, 1) ? UINT64_MAX / 4 : between(&rng, 1000000, 1000000000);
            if (between(&rng, 0, 1)) {
                terms.terms.funding = LQ_FUNDING_FLASH;
                terms.loans[pair.debt].fee_pips = (uint32_t)between(&rng, 0, 1) * 900;
                draw_pools(&rng, pair);
            }
            lq_sizing_t got = lq_size(&plan, &room, adapter, rig.self, &trial, &terms.terms);
            if (got == LQ_SIZING_PLAN) {
                plans++;
                plan_holds(&terms, &plan, &trial);
                lq_i128_t net = worth_of_i256(&plan.profit.net_usd);
                lq_i128_t best = best_of_many(&rng, &plan.steps[0].call);
                lq_i128_t units = 8 * ((lq_i128_t)terms.tokens[pair.collateral].unit_worth + 1000);
                if (net + (best >> 20) + units < best) {
                    print_worth("sized", net);
                    print_worth("best", best);
                    fail_msg("flash %d", (int)terms.terms.funding);
                }
            }
        }
        rig_close(&rig);
        sizing_rig_close(&terms);
    }
    assert_true(cnt < 100 || plans > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_single_call_earns_more),
        cmocka_unit_test(no_two_calls_earn_more),
        cmocka_unit_test(nor_in_markets_of_many_shares),
        cmocka_unit_test(large_accounts_within_a_millionth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
