#include "../market/venues_rig.h"

#include "liqd/decide/sizing.h"

/* Whole sizings over real quotes, of v3 and v2 pools, two-hop routes and splits, beside every route
   and many amounts. The lender pays a bonus on any amount up to a limit. */

#define WORTH UINT64_C(1000) /* of a unit of either token; a gas is worth thousandths of that */

typedef struct loan_book {
    uint64_t limit;
    uint64_t bonus_bps; /* above 10000 */
} loan_book_t;

static const lq_liquidation_pair_t only_pair = {0, 1};

static const loan_book_t *book_of(const lq_instance_t *self)
{
    return (const loan_book_t *)(const void *)self;
}

static void trial_copy(lq_trial_t *to, const lq_trial_t *from)
{
    to->bytes[0] = from->bytes[0];
}

static size_t trial_pairs(const lq_instance_t *self, const lq_trial_t *trial,
                          lq_liquidation_pair_t *out, size_t max)
{
    (void)self;
    if (trial->bytes[0])
        return 0;
    if (max)
        out[0] = only_pair;
    return 1;
}

static size_t trial_ranges(const lq_instance_t *self, const lq_trial_t *trial,
                           lq_liquidation_range_t out[LQ_LIQUIDATION_RANGE_MAX],
                           lq_liquidation_pair_t pair, lq_liquidation_by_t by)
{
    (void)pair;
    out[0] = (lq_liquidation_range_t){lq_u256_from_u64(1), lq_u256_from_u64(book_of(self)->limit)};
    return by == LQ_LIQUIDATION_BY_REPAID && !trial->bytes[0];
}

static lq_err_t trial_call(const lq_instance_t *self, lq_trial_t *trial,
                           lq_liquidation_outcome_t *out, const lq_liquidation_call_t *call)
{
    const loan_book_t *book = book_of(self);
    uint64_t amount = call->amount.w[0];
    if (trial->bytes[0] || amount > book->limit)
        return LQ_ERR_PERM;
    lq_u128_t seized = (lq_u128_t)amount * book->bonus_bps / 10000;
    *out = (lq_liquidation_outcome_t){.repaid = call->amount,
                                      .seized = lq_u256_from_halves(0, seized),
                                      .closes_debt = amount == book->limit};
    trial->bytes[0] = 1;
    return LQ_OK;
}

static void trial_health(const lq_instance_t *self, const lq_trial_t *trial, lq_health_t *out)
{
    lq_u256_t owed = lq_u256_from_u64(trial->bytes[0] ? 0 : book_of(self)->limit);
    *out = (lq_health_t){
        .verdict = LQ_HEALTH_LIQUIDATABLE, .collateral_value = owed, .debt_value = owed};
}

static const lq_adapter_t plain_lender = {.name = "plain",
                                          .trial_copy = trial_copy,
                                          .trial_pairs = trial_pairs,
                                          .trial_ranges = trial_ranges,
                                          .trial_call = trial_call,
                                          .trial_send = trial_call,
                                          .trial_health = trial_health};

/* ---- the terms ---- */

typedef struct world {
    rig_t *rig;
    lq_arena_t arena;
    lq_gas_t *gas;
    lq_swaps_t swaps;
    lq_loan_t loan;
    lq_terms_t terms;
    loan_book_t book;
} world_t;

static const lq_gas_floor_t floors = {
    .call = 100000, .further_call = 50000, .leg = 0, .pool = 50000, .flash = 30000};

static bool tell_token(void *ctx, lq_terms_token_t *out, uint16_t factor)
{
    const world_t *w = ctx;
    *out = (lq_terms_token_t){
        .token = address_n(factor + 1u), .quote = {lq_u256_from_u64(WORTH), 0}, .loan = w->loan};
    return true;
}

static uint64_t range(lq_rng_t *rng, uint64_t low, uint64_t high)
{
    return low + lq_rng_below(rng, high - low + 1);
}

/* A price near 1, and positions around it, of about DEPTH. */
static void fill_v3(lq_rng_t *rng, rig_t *r, uint32_t i, uint64_t depth)
{
    chain_pool_t *p = &r->chain->pools[i];
    unsigned cnt = (unsigned)range(rng, 1, 4);
    for (unsigned k = 0; k < cnt; k++) {
        int32_t low = (int32_t)range(rng, 1, 1000) * -p->spacing;
        int32_t high = (int32_t)range(rng, 1, 1000) * p->spacing;
        mint(r, p->at, low, high, range(rng, 1 + depth / 10, 100 * depth));
    }
}

static void open_world(lq_rng_t *rng, world_t *w, rig_t *r, uint64_t limit, uint64_t gas_worth)
{
    static const uint32_t fees[] = {3000, 500, 0, 100, 3000};
    static const int32_t spacings[] = {60, 10, 0, 1, 60};
    static const uint32_t tokens[][2] = {{1, 2}, {1, 2}, {1, 2}, {1, 3}, {2, 3}};
    for (uint32_t i = 0; i < 5; i++) {
        chain_pool_t *p = fees[i] ? put_v3(r, i, tokens[i][0], tokens[i][1], fees[i], spacings[i])
                                  : put_v2(r, i, tokens[i][0], tokens[i][1]);
        r->pools[i].factory = address_n(0);
        p->tick = (int32_t)range(rng, 0, 100) - 50;
        p->sqrt = sqrt_at(p->tick);
    }
    open_rig(r, 5, 0, 256);
    (void)read_all(r);
    for (uint32_t i = 0; i < 5; i++)
        if (fees[i] && range(rng, 0, 3))
            fill_v3(rng, r, i, limit);
    uint64_t depth = limit / 2 + range(rng, 1, 20) * limit;
    sync_to(r, 102, depth * range(rng, 98, 102) / 100, depth);

    *w = (world_t){.rig = r, .book = {limit, range(rng, 10100, 11500)}};
    assert_ok(lq_arena_init(&w->arena, lq_gas_arena_sz(8) + 4096));
    assert_ok(lq_gas_new(&w->gas, &w->arena, 8, 1));
    w->swaps = lq_venues_swaps(r->v);
    w->loan = (lq_loan_t){
        .kind = range(rng, 0, 3) ? LQ_LENDER_AAVE_V3 : LQ_LENDER_UNISWAP_V3,
        .pool = (uint32_t)range(rng, 0, 4),
        .fee_pips = (uint32_t)range(rng, 0, 900),
        .available = lq_u256_from_u64(range(rng, 0, 3) ? UINT64_MAX : range(rng, 1, limit))};
    w->terms = (lq_terms_t){.ctx = w,
                            .token = tell_token,
                            .swaps = &w->swaps,
                            .gas = w->gas,
                            .gas_floor = &floors,
                            .gas_price = {.base_fee_wei = {lq_u256_from_u64(1)}},
                            .coin = {lq_u256_from_u64(gas_worth), 3},
                            .funding = LQ_FUNDING_FLASH,
                            .atomic = true,
                            .leg_cnt = 2,
                            .try_max = 4096};
}

static void close_world(world_t *w)
{
    lq_arena_fini(&w->arena);
    lq_arena_fini(&w->rig->arena);
}

/* ---- the other way ---- */

/* What AMOUNT along ROUTE earns, and the worth of its gas; false: it cannot be. */
static bool earns(const world_t *w, lq_i128_t *gross, lq_i128_t *gas, const lq_swap_route_t *route,
                  uint64_t amount)
{
    uint64_t fee = (uint64_t)(((lq_u128_t)amount * w->loan.fee_pips + 999999) / 1000000);
    lq_u256_t need = lq_u256_from_u64(amount + fee);
    lq_u256_t borrowed = lq_u256_from_u64(amount);
    lq_swap_t swap;
    for (uint32_t i = 0; i < route->path_cnt; i++)
        for (uint32_t k = 0; k < route->paths[i].hop_cnt; k++)
            if (w->loan.kind == LQ_LENDER_UNISWAP_V3 &&
                route->paths[i].hops[k].pool == w->loan.pool)
                return false;
    if (lq_u256_lt(&w->loan.available, &borrowed) ||
        w->swaps.given_out(w->swaps.ctx, &swap, route, &need))
        return false;
    lq_gas_kind_t kind = {.collateral_token = address_n(1),
                          .debt_token = address_n(2),
                          .pool_cnt = swap.leg_cnt,
                          .leg_cnt = 2,
                          .call_cnt = 1,
                          .shape = LQ_GAS_FLASH};
    kind.shape |= amount == w->book.limit ? LQ_GAS_CLOSES_DEBT : 0;
    lq_i128_t units = lq_gas_estimate(w->gas, &kind, &floors, swap.gas);
    lq_i128_t seized = (lq_i128_t)((lq_u128_t)amount * w->book.bonus_bps / 10000);
    *gas = (units * (lq_i128_t)w->terms.coin.price_wad.w[0] + 999) / 1000;
    *gross = (seized - (lq_i128_t)lq_u256_lo(&swap.amount_in)) * (lq_i128_t)WORTH;
    return true;
}

/* The best along ROUTE of all amounts, where there are few, else of many: the largest, any, and
   near the one SIZED, as if each took the gas of the one that takes the most. */
static bool best_along(const world_t *w, lq_rng_t *rng, lq_i128_t *best,
                       const lq_swap_route_t *route, uint64_t sized)
{
    uint64_t all = w->book.limit;
    lq_i128_t most_gas = 0;
    lq_i128_t most = 0;
    bool found = false;
    for (uint64_t k = 1; k <= (all < 400 ? all : 400); k++) {
        uint64_t off = lq_rng_below(rng, (all >> lq_rng_below(rng, 30)) + 1);
        uint64_t amount = all < 400 ? k : k % 2 && sized > off ? sized - off : 1 + off;
        amount = k == 400 ? all : amount;
        lq_i128_t gross;
        lq_i128_t gas;
        if (!earns(w, &gross, &gas, route, amount < all ? amount : all))
            continue;
        lq_i128_t counts = all < 400 ? gross - gas : gross;
        most = !found || counts > most ? counts : most;
        most_gas = gas > most_gas && all >= 400 ? gas : most_gas;
        found = true;
    }
    *best = most - most_gas;
    return found;
}

static bool best_of(const world_t *w, lq_rng_t *rng, lq_i128_t *best, uint64_t sized)
{
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_no_route_t why;
    lq_address_t in = address_n(1);
    lq_address_t to = address_n(2);
    size_t cnt = w->swaps.routes(w->swaps.ctx, routes, &why, &in, &to);
    bool found = false;
    for (size_t i = 0; i < cnt; i++) {
        lq_i128_t along;
        if (!best_along(w, rng, &along, &routes[i], sized))
            continue;
        *best = !found || along > *best ? along : *best;
        found = true;
    }
    return found;
}

static lq_i128_t signed_of(const lq_i256_t *v)
{
    lq_u256_t abs = lq_i256_abs(v);
    return lq_i256_is_neg(v) ? -(lq_i128_t)lq_u256_lo(&abs) : (lq_i128_t)lq_u256_lo(&abs);
}

static void check_plan(const world_t *w, const lq_plan_t *plan)
{
    const lq_plan_step_t *step = &plan->steps[0];
    lq_u256_t sums[2] = {{{0}}, {{0}}};
    assert_int_equal(plan->step_cnt, 1);
    assert_int_equal(step->loan.kind, w->loan.kind);
    assert_int_equal(step->loan.pool, w->loan.pool);
    for (uint32_t i = 0; i < step->swap.leg_cnt; i++) {
        const lq_swap_leg_t *leg = &step->swap.legs[i];
        bool first = i == 0 || leg->path != leg[-1].path;
        bool last = i + 1 == step->swap.leg_cnt || leg->path != leg[1].path;
        assert_true(w->loan.kind != LQ_LENDER_UNISWAP_V3 || leg->hop.pool != w->loan.pool);
        if (first)
            sums[0] = lq_u256_add_wrap(&sums[0], &leg->amount_in);
        if (last)
            sums[1] = lq_u256_add_wrap(&sums[1], &leg->amount_out);
    }
    lq_u256_t due = lq_u256_add_wrap(&step->outcome.repaid, &step->flash_fee);
    assert_true(lq_u256_eq(&sums[0], &step->swap.amount_in));
    assert_true(lq_u256_eq(&sums[1], &due) && lq_u256_eq(&due, &step->swap.amount_out));
}

static void no_route_and_size_earn_more(size_t cnt, uint64_t low, uint64_t high, uint64_t gas_worth,
                                        lq_i128_t units)
{
    static lq_trial_t trial;
    static lq_sizing_room_t room;
    static lq_plan_t plan;
    lq_rng_t rng = lq_test_rng();
    rig_t *r = calloc(1, sizeof(*r));
    r->chain = calloc(1, sizeof(*r->chain));
    size_t plans = 0;
    for (size_t i = 0; i < cnt; i++) {
        world_t w;
        lq_i128_t best = 0;
        open_world(&rng, &w, r, range(&rng, low, high), range(&rng, 1, gas_worth));
        lq_sizing_t got = lq_size(&plan, &room, &plain_lender,
                                  (const lq_instance_t *)(const void *)&w.book, &trial, &w.terms);
        bool sized = got == LQ_SIZING_PLAN || got == LQ_SIZING_UNPROFITABLE;
        if (sized)
            check_plan(&w, &plan);
        uint64_t at = sized ? plan.steps[0].call.amount.w[0] : 1;
        if (best_of(&w, &rng, &best, at) && best > 0) {
            assert_int_equal(got, LQ_SIZING_PLAN);
            lq_i128_t net = signed_of(&plan.profit.net_usd);
            if (net + (best >> 20) + units * (lq_i128_t)WORTH < best)
                fail_msg("%lld beside %lld, at %llu of %llu", (long long)net, (long long)best,
                         (unsigned long long)at, (unsigned long long)w.book.limit);
        }
        plans += got == LQ_SIZING_PLAN;
        close_world(&w);
    }
    assert_true(cnt <= 200 || (plans > 0 && plans < cnt));
    free(r->chain);
    free(r);
}

static void small_ones_to_the_unit(void **state)
{
    (void)state;
    no_route_and_size_earn_more(lq_test_cnt(100, 3000), 50, 399, 200, 0);
}

static void large_ones_within_a_millionth(void **state)
{
    (void)state;
    no_route_and_size_earn_more(lq_test_cnt(200, 6000), 1000000, UINT64_C(10000000000), 20000000,
                                16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_ones_to_the_unit),
        cmocka_unit_test(large_ones_within_a_millionth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
