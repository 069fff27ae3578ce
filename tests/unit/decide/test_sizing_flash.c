/* Plans by flash loan beside many others of one call and of two: every pair, range and route with
   amounts between, of accounts of several collaterals and debts, in pools that they move. What is
   left out by proof (sizing_flash.c) would be missing here; of the versions of Aave that tell what
   bounds a second call, since 3.5. */

#include "flash_scene.h"
#include "lq_test.h"

#define ADAPTER  lq_adapter_aave_v3
#define PART_CNT 3u
#define PER_OPEN 8u
#define WAY_MAX  7u /* routes of a pair, for it to be done in time */

/* Ticks and paths that a little less would not take, which no bound sees: twenty of 32000. Half of
   the accounts are sized at so little for a unit that they hide nothing. */
#define TICK_GAS 640000.0
#define LOW_WEI  UINT64_C(10000000)

typedef struct call {
    lq_liquidation_pair_t pair;
    const lq_swap_route_t *route;
    lq_swap_t swap;
    lq_gas_kind_t kind;
    double gross;
} call_t;

typedef struct grid {
    flash_scene_t *s;
    lq_trial_t trials[2];
    lq_swap_route_t routes[2][LQ_SWAP_ROUTE_MAX];
    call_t calls[2];
    double best;
    size_t tried_cnt;
} grid_t;

static double unit_usd(const lq_terms_token_t *t)
{
    return lq_u256_to_double(&t->quote.price_wad) / flash_ten_to(t->quote.decimals);
}

static double gas_usd(const flash_scene_t *s, double units)
{
    return units * lq_u256_to_double(&s->terms.gas_price.base_fee_wei.raw) / 1e18 *
           lq_u256_to_double(&s->terms.coin.price_wad);
}

static bool shares_a_pool(const lq_swap_route_t *a, const lq_swap_route_t *b)
{
    for (uint32_t i = 0; i < a->path_cnt; i++)
        for (uint32_t k = 0; k < a->paths[i].hop_cnt; k++)
            for (uint32_t m = 0; m < b->path_cnt; m++)
                for (uint32_t n = 0; n < b->paths[m].hop_cnt; n++)
                    if (a->paths[i].hops[k].pool == b->paths[m].hops[n].pool)
                        return true;
    return false;
}

static bool is_same_route(const lq_swap_route_t *a, const lq_swap_route_t *b)
{
    bool same = a->path_cnt == b->path_cnt;
    for (uint32_t i = 0; same && i < a->path_cnt; i++) {
        same = a->paths[i].hop_cnt == b->paths[i].hop_cnt;
        for (uint32_t k = 0; same && k < a->paths[i].hop_cnt; k++)
            same = a->paths[i].hops[k].pool == b->paths[i].hops[k].pool;
    }
    return same;
}

static bool is_one_way(const grid_t *g, lq_liquidation_pair_t a, lq_liquidation_pair_t b)
{
    const lq_terms_token_t *about = g->s->about;
    return memcmp(&about[a.collateral].token, &about[b.collateral].token, sizeof(lq_address_t)) ==
               0 &&
           memcmp(&about[a.debt].token, &about[b.debt].token, sizeof(lq_address_t)) == 0;
}

/* Sets call number NTH of G to one that came to O along ROUTE. False: it cannot be. */
static bool put_call(grid_t *g, size_t nth, const lq_liquidation_outcome_t *o,
                     lq_liquidation_pair_t pair, const lq_swap_route_t *route)
{
    const flash_scene_t *s = g->s;
    const call_t *first = &g->calls[0];
    call_t *c = &g->calls[nth];
    lq_u256_t total;
    lq_u256_t fee;
    if (lq_loan_fee(&fee, &s->about[pair.debt].loan, &o->repaid))
        return false;
    total = lq_u256_add_wrap(&o->repaid, &fee);
    bool behind = nth > 0 && is_one_way(g, first->pair, pair);
    if (behind)
        total = lq_u256_add_wrap(&total, &first->swap.amount_out);
    if (behind ? !is_same_route(route, first->route)
               : nth > 0 && shares_a_pool(first->route, route))
        return false;
    if (s->terms.swaps->given_out(s->terms.swaps->ctx, &c->swap, route, &total))
        return false;
    double in = lq_u256_to_double(&c->swap.amount_in);
    in -= behind ? lq_u256_to_double(&first->swap.amount_in) : 0;
    c->pair = pair;
    c->route = route;
    c->gross = (lq_u256_to_double(&o->seized) - in) * unit_usd(&s->about[pair.collateral]);
    c->kind = (lq_gas_kind_t){.collateral_token = s->about[g->calls[0].pair.collateral].token,
                              .debt_token = s->about[g->calls[0].pair.debt].token,
                              .leg_cnt = s->terms.leg_cnt,
                              .call_cnt = (uint8_t)(nth + 1),
                              .shape = LQ_GAS_FLASH | LQ_GAS_AAVE_LENDS};
    return c->gross >= 0;
}

static void try_calls(grid_t *g, size_t nth, const lq_trial_t *base);

/* Tries CALL of PAIR along all routes, and, of the first, what may come behind it. */
static void try_amount(grid_t *g, size_t nth, const lq_trial_t *base,
                       const lq_liquidation_call_t *call, size_t way_cnt)
{
    const flash_scene_t *s = g->s;
    lq_liquidation_outcome_t out;
    ADAPTER.trial_copy(&g->trials[nth], base);
    if (ADAPTER.trial_send(s->rig.self, &g->trials[nth], &out, call))
        return;
    for (size_t i = 0; i < way_cnt; i++) {
        g->tried_cnt++;
        if (!put_call(g, nth, &out, call->pair, &g->routes[nth][i]))
            continue;
        double gross = g->calls[0].gross + (nth ? g->calls[1].gross : 0);
        uint32_t swap_gas = g->calls[0].swap.gas + (nth ? g->calls[1].swap.gas : 0);
        uint32_t gas = lq_gas_estimate(s->gas, &g->calls[nth].kind, s->terms.gas_floor, swap_gas);
        double net = gross - gas_usd(s, gas);
        g->best = net > g->best ? net : g->best;
        if (nth == 0)
            try_calls(g, 1, &g->trials[0]);
    }
}

static void try_range(grid_t *g, size_t nth, const lq_trial_t *base, lq_liquidation_pair_t pair,
                      const lq_liquidation_range_t *range, size_t way_cnt)
{
    lq_u256_t width = lq_u256_sub_wrap(&range->to, &range->from);
    lq_u256_t parts = lq_u256_from_u64(PART_CNT);
    for (uint64_t i = 0; i <= PART_CNT; i++) {
        lq_liquidation_call_t call = {.pair = pair, .by = LQ_LIQUIDATION_BY_REPAID};
        lq_u256_t part = lq_u256_from_u64(i);
        assert_ok(lq_u256_mul_div_down(&part, &width, &part, &parts));
        call.amount = lq_u256_add_wrap(&range->from, &part);
        try_amount(g, nth, base, &call, way_cnt);
    }
}

static void try_calls(grid_t *g, size_t nth, const lq_trial_t *base)
{
    const flash_scene_t *s = g->s;
    const lq_swaps_t *swaps = s->terms.swaps;
    lq_liquidation_pair_t pairs[LQ_PLAN_PAIR_MAX];
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    lq_no_route_t why;
    size_t cnt = ADAPTER.trial_pairs(s->rig.self, base, pairs, LQ_PLAN_PAIR_MAX);
    for (size_t i = 0; i < cnt; i++) {
        memset(g->routes[nth], 0, sizeof(g->routes[nth]));
        size_t way_cnt =
            swaps->routes(swaps->ctx, g->routes[nth], &why, &s->about[pairs[i].collateral].token,
                          &s->about[pairs[i].debt].token);
        size_t range_cnt =
            ADAPTER.trial_ranges(s->rig.self, base, ranges, pairs[i], LQ_LIQUIDATION_BY_REPAID);
        for (size_t k = 0; k < range_cnt; k++)
            try_range(g, nth, base, pairs[i], &ranges[k], way_cnt);
    }
}

/* Whether it is small enough to be tried so often. */
static bool is_quick(const flash_scene_t *s)
{
    const lq_swaps_t *swaps = s->terms.swaps;
    lq_liquidation_pair_t pairs[LQ_PLAN_PAIR_MAX];
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_no_route_t why;
    size_t cnt = ADAPTER.trial_pairs(s->rig.self, &s->trial, pairs, LQ_PLAN_PAIR_MAX);
    size_t ways = 0;
    for (size_t i = 0; i < cnt; i++)
        ways += swaps->routes(swaps->ctx, routes, &why, &s->about[pairs[i].collateral].token,
                              &s->about[pairs[i].debt].token);
    return cnt > 1 && ways <= cnt * WAY_MAX && ways <= 24;
}

static double net_of(const lq_plan_t *plan)
{
    lq_u256_t abs = lq_i256_abs(&plan->profit.net_usd);
    double net = lq_u256_to_double(&abs);
    return lq_i256_is_neg(&plan->profit.net_usd) ? -net : net;
}

static void as_good_as_the_grid(flash_scene_t *s, uint64_t seed, size_t *step_cnt,
                                size_t *tried_cnt)
{
    static lq_sizing_room_t room;
    static lq_plan_t plan;
    static grid_t g;
    memset(&plan, 0, sizeof(plan));
    if (seed % 2)
        s->terms.gas_price.base_fee_wei.raw = lq_u256_from_u64(LOW_WEI);
    lq_sizing_t got = lq_size(&plan, &room, &ADAPTER, s->rig.self, &s->trial, &s->terms);
    g.s = s;
    g.best = 0;
    g.tried_cnt = 0;
    try_calls(&g, 0, &s->trial);
    double net = got == LQ_SIZING_PLAN ? net_of(&plan) : 0;
    if (net + net * 0x1p-20 + gas_usd(s, TICK_GAS) + 1e16 < g.best)
        fail_msg("version %u, account %llu: %.6f beside %.6f", s->world.version,
                 (unsigned long long)seed, net / 1e18, g.best / 1e18);
    *step_cnt += plan.step_cnt > 1;
    *tried_cnt += g.tried_cnt;
}

static void no_two_calls_of_a_grid_earn_more(void **state)
{
    (void)state;
    static flash_scene_t s;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(60, 600);
    size_t sized = 0;
    size_t several = 0;
    size_t tried = 0;
    for (unsigned i = 0; sized < cnt; i++) {
        flash_open(&s, LQ_AAVE_V3_5 + i % (LQ_AAVE_V3_VERSION_CNT - LQ_AAVE_V3_5));
        for (size_t k = 0; k < PER_OPEN; k++) {
            uint64_t seed = lq_rng_u64(&rng);
            if (!flash_draw(&s, seed) || !is_quick(&s))
                continue;
            as_good_as_the_grid(&s, seed, &several, &tried);
            sized++;
        }
        flash_close(&s);
    }
    print_message("%zu accounts, %zu with several calls; %zu calls tried\n", sized, several, tried);
    assert_true(several > cnt / 4);
}

/* Behind the end of a range of the first all that is left of its collateral may be taken, and
   behind what is less not: more is done behind the larger amount. */
static void what_leaves_little_is_looked_behind(void **state)
{
    (void)state;
    static flash_scene_t s;
    const uint64_t seed = 7408022;
    size_t several = 0;
    size_t tried = 0;
    flash_open(&s, LQ_AAVE_V3_7);
    assert_true(flash_draw(&s, seed));
    as_good_as_the_grid(&s, seed, &several, &tried);
    assert_int_equal(several, 1);
    flash_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_two_calls_of_a_grid_earn_more),
        cmocka_unit_test(what_leaves_little_is_looked_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
