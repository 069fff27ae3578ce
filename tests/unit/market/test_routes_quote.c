#include "market_test.h"

#include "routes_internal.h"

#include <float.h>

#include "../../support/routes_world.h"

static pools_t world;

static int setup(void **state)
{
    (void)state;
    pools_init(&world);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    lq_arena_fini(&world.arena);
    return 0;
}

/* ---- random routes ---- */

typedef enum size_class {
    SMALL,
    USUAL,
    WILD
} size_class_t;

static int32_t between(lq_rng_t *rng, int32_t low, int32_t high)
{
    return low + (int32_t)lq_rng_below(rng, (uint64_t)(high - low) + 1);
}

static lq_u256_t random_bits(lq_rng_t *rng, unsigned low, unsigned high)
{
    unsigned bits = low + (unsigned)lq_rng_below(rng, high - low + 1);
    lq_u256_t top = lq_u256_from_u64(lq_rng_u64(rng) | UINT64_C(1) << 63);
    return bits > 64 ? lq_u256_shl_wrap(&top, bits - 64) : lq_u256_shr(&top, 64 - bits);
}

static lq_u128_t liquidity_of(lq_rng_t *rng, size_class_t size)
{
    lq_u256_t l = size == SMALL   ? random_bits(rng, 7, 14)
                  : size == USUAL ? random_bits(rng, 60, 90)
                                  : random_bits(rng, 1, 110);
    return lq_u256_lo(&l);
}

/* A pool between two tokens at the price of TICK, token1 for a token0. */
static void random_pool(lq_rng_t *rng, uint32_t token0, uint32_t token1, int32_t tick,
                        size_class_t size)
{
    static const uint32_t fees[] = {0, 100, 500, 3000, 10000, 999999};
    uint32_t fee_pips = fees[lq_rng_below(rng, size == WILD ? 6 : 5)];
    lq_u256_t sqrt;
    lq_u256_t edge;
    tick = tick < LQ_V3_TICK_MIN ? LQ_V3_TICK_MIN : tick;
    tick = tick >= LQ_V3_TICK_MAX ? LQ_V3_TICK_MAX - 1 : tick;
    assert_ok(lq_v3_sqrt_at_tick(&sqrt, tick));
    if (lq_rng_below(rng, 3) == 0) {
        lq_u256_t liquidity = lq_u256_from_halves(0, liquidity_of(rng, size));
        lq_u256_t q96 = lq_u256_from_halves(1, 0);
        q96 = lq_u256_shr(&q96, 32);
        lq_u256_t reserves[2];
        if (lq_u256_mul_div_up(&reserves[0], &liquidity, &q96, &sqrt) ||
            lq_u256_mul_div_up(&reserves[1], &liquidity, &sqrt, &q96) ||
            lq_u256_bit_len(&reserves[0]) > 112 || lq_u256_bit_len(&reserves[1]) > 112)
            reserves[0] = reserves[1] = lq_u256_from_u64(5000);
        pools_v2(&world, token0, token1, fee_pips, reserves[0], reserves[1]);
        return;
    }
    if (size == SMALL) { /* one liquidity, so that rounding is a few units */
        pools_position_t all = {-16383 * 54, 16383 * 54, liquidity_of(rng, size)};
        pools_v3(&world, token0, token1, fee_pips, 16383, &sqrt, &all, 1);
        return;
    }
    static const int32_t spacings[] = {1, 10, 60, 200, 16383};
    int32_t spacing = spacings[lq_rng_below(rng, size == WILD ? 5 : 4)];
    int32_t max = LQ_V3_TICK_MAX / spacing;
    int32_t reach = size == WILD ? LQ_V3_TICK_MAX : 200 + between(rng, 0, 20000);
    pools_position_t positions[12];
    size_t cnt = 1 + lq_rng_below(rng, 12);
    for (size_t i = 0; i < cnt; i++) {
        int32_t lower = between(rng, tick - reach, tick + reach / 2) / spacing;
        int32_t upper = lower + 1 + between(rng, 0, reach) / spacing;
        lower = lower < -max ? -max : lower >= max ? max - 1 : lower;
        upper = upper > max ? max : upper <= lower ? lower + 1 : upper;
        positions[i] =
            (pools_position_t){lower * spacing, upper * spacing, liquidity_of(rng, size)};
    }
    /* not only on ticks */
    if (lq_rng_below(rng, 4) && !lq_v3_sqrt_at_tick(&edge, tick + 1)) {
        edge = lq_u256_sub_wrap(&edge, &sqrt);
        uint64_t part = lq_rng_below(rng, 1000);
        lq_u256_t add = lq_u256_from_u64(part);
        lq_u256_t thousand = lq_u256_from_u64(1000);
        assert_ok(lq_u256_mul_div_down(&add, &edge, &add, &thousand));
        sqrt = lq_u256_add_wrap(&sqrt, &add);
    }
    pools_v3(&world, token0, token1, fee_pips, spacing, &sqrt, positions, cnt);
}

/* A hop from token IN to TO at about 1.0001^TICK out for one in, of pools in either order. */
static void random_hop(lq_rng_t *rng, uint32_t in, uint32_t to, int32_t tick, size_class_t size)
{
    if (lq_rng_below(rng, 2))
        random_pool(rng, in, to, tick, size);
    else
        random_pool(rng, to, in, -tick, size);
}

/* Pools for CNT paths from token 1 to 2, at about the same price, and the route over all of them
   or over one, where they can be joined; false where they cannot. */
static bool random_route(lq_rng_t *rng, lq_swap_route_t *route, uint32_t cnt, size_class_t size)
{
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_no_route_t why;
    lq_address_t in = pools_token(1);
    lq_address_t to = pools_token(2);
    int32_t far = size == SMALL ? 10000 : size == USUAL ? 300000 : 600000;
    int32_t tick = between(rng, -far, far);
    world.pool_cnt = 0;
    world.tick_cnt = 0;
    for (uint32_t i = 0; i < cnt; i++) {
        int32_t own = tick + between(rng, -300, 300);
        if (lq_rng_below(rng, 2)) {
            random_hop(rng, 1, 2, own, size);
            continue;
        }
        int32_t first = between(rng, -far / 2, far / 2);
        random_hop(rng, 1, 3 + i, first, size);
        random_hop(rng, 3 + i, 2, own - first, size);
    }
    pools_open(&world, 1);
    size_t found = world.swaps.routes(world.swaps.ctx, routes, &why, &in, &to);
    pools_check_routes(&world, routes, found, &in, &to);
    for (size_t i = 0; i < found; i++)
        if (routes[i].path_cnt == cnt) {
            *route = routes[i];
            return true;
        }
    return false;
}

/* About how many units of what goes in, or comes out, a tenth of its price takes. */
static lq_u256_t random_amount(lq_rng_t *rng, const lq_swap_route_t *route, bool exact_out)
{
    const lq_swap_path_t *path = &route->paths[lq_rng_below(rng, route->path_cnt)];
    const lq_swap_hop_t *hop = &path->hops[exact_out ? path->hop_cnt - 1 : 0];
    const lq_venue_pool_t *pool = &world.pools[hop->pool];
    bool token1 = hop->zero_for_one == exact_out;
    lq_u256_t depth = pool->reserves[token1];
    lq_u256_t q96 = lq_u256_from_u64(1);
    q96 = lq_u256_shl_wrap(&q96, 96);
    if (pool->config.kind == LQ_VENUE_UNISWAP_V3) {
        lq_u256_t liquidity = lq_u256_from_halves(0, pool->v3.liquidity);
        const lq_u256_t *sqrt = &pool->v3.sqrt;
        if (lq_u256_mul_div_up(&depth, &liquidity, token1 ? sqrt : &q96, token1 ? &q96 : sqrt))
            depth = q96;
    }
    unsigned less = (unsigned)lq_rng_below(rng, 20);
    less = lq_rng_below(rng, 2) ? less / 4 : less;
    lq_u256_t amount = lq_u256_shr(&depth, less);
    lq_u256_t noise = lq_u256_from_u64(1 + lq_rng_below(rng, 1000));
    lq_u256_t thousand = lq_u256_from_u64(1000);
    if (lq_u256_mul_div_up(&amount, &amount, &noise, &thousand) || lq_u256_is_zero(&amount))
        amount = lq_u256_from_u64(1);
    return amount;
}

/* What rounding may cost on the way of AMOUNT along ROUTE, in units of what is optimised: a unit in
   and out of each pool, at the prices that the pools come to. */
static double grain_of(const lq_swap_route_t *route, const lq_u256_t *amount, bool exact_out)
{
    lq_routes_view_t view = {world.pools, sizeof(world.pools[0]), world.pool_cnt, world.ticks, NULL,
                             NULL};
    lq_routes_split_t split;
    double sum = 0;
    for (uint32_t i = 0; i < route->path_cnt; i++) {
        const lq_swap_path_t *path = &route->paths[i];
        double last = lq_routes_price(&view, &path->hops[path->hop_cnt - 1]);
        double all = last * (path->hop_cnt == 2 ? lq_routes_price(&view, &path->hops[0]) : 1);
        sum += (2 + 2 * last + 2 * all) / (exact_out ? all : 1);
    }
    lq_err_t err = lq_routes_part(&view, &split, route, lq_u256_to_double(amount), exact_out);
    return err ? DBL_MAX : sum * (route->spot / split.price);
}

/* How much worse A is than B. */
static double worse(const lq_swap_t *a, const lq_swap_t *b, bool exact_out)
{
    return exact_out ? lq_u256_to_double(&a->amount_in) - lq_u256_to_double(&b->amount_in)
                     : lq_u256_to_double(&b->amount_out) - lq_u256_to_double(&a->amount_out);
}

static double paid(const lq_swap_t *swap, bool exact_out)
{
    return lq_u256_to_double(exact_out ? &swap->amount_in : &swap->amount_out);
}

static void every_quote_keeps_the_laws(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t seen[2][LQ_SWAP_PATH_MAX + 1][2] = {0};
    size_t shared = 0;
    for (size_t round = 0; round < lq_test_cnt(1500, 60000); round++) {
        size_class_t size = (size_class_t)lq_rng_below(&rng, 3);
        uint32_t cnt = 1 + (uint32_t)lq_rng_below(&rng, LQ_SWAP_PATH_MAX);
        lq_swap_route_t route;
        if (!random_route(&rng, &route, cnt, size))
            continue;
        for (unsigned i = 0; i < 4; i++) {
            bool exact_out = i & 1;
            lq_u256_t amount = random_amount(&rng, &route, exact_out);
            lq_swap_t swap;
            memset(&swap, 0x5a, sizeof(swap));
            lq_err_t err = pools_quote(&world, &swap, &route, &amount, exact_out);
            seen[exact_out][cnt][err != LQ_OK]++;
            if (err) {
                assert_err(err, LQ_ERR_RANGE);
                assert_int_equal(swap.gas, 0x5a5a5a5a);
            } else {
                pools_check_swap(&world, &swap, &route, &amount, exact_out);
                shared += swap.legs[0].path != swap.legs[swap.leg_cnt - 1].path;
            }
            pools_check_best(&world, &swap, err, &route, &amount, exact_out);
        }
    }
    for (unsigned i = 1; i <= LQ_SWAP_PATH_MAX; i++)
        for (unsigned j = 0; j < 4; j++)
            assert_true(seen[j & 1][i][j / 2]);
    assert_true(shared);
}

static void more_in_gets_no_less_out(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t seen = 0;
    for (size_t round = 0; round < lq_test_cnt(1000, 40000); round++) {
        uint32_t cnt = 1 + (uint32_t)lq_rng_below(&rng, LQ_SWAP_PATH_MAX);
        bool exact_out = lq_rng_below(&rng, 2);
        lq_swap_route_t route;
        lq_swap_t less;
        lq_swap_t more;
        if (!random_route(&rng, &route, cnt, (size_class_t)lq_rng_below(&rng, 2)))
            continue;
        lq_u256_t amount = random_amount(&rng, &route, exact_out);
        lq_u256_t step = lq_u256_from_u64(1 + lq_rng_below(&rng, 3));
        if (lq_rng_below(&rng, 2))
            step = random_amount(&rng, &route, exact_out);
        lq_u256_t above = lq_u256_add_wrap(&amount, &step);
        if (pools_quote(&world, &less, &route, &amount, exact_out) ||
            pools_quote(&world, &more, &route, &above, exact_out))
            continue;
        double back = paid(&less, exact_out) - paid(&more, exact_out);
        if (cnt == 1)
            assert_true(back <= 0);
        else
            assert_true(back <= grain_of(&route, &above, exact_out));
        seen++;
    }
    assert_true(seen > 100);
}

/* ---- against all ways to part an amount ---- */

/* Sets *OUT to the swap whose parts are PARTS; false: it cannot be. */
static bool quote_parts(lq_swap_t *out, const lq_swap_route_t *route, const lq_u256_t *parts,
                        bool exact_out)
{
    *out = (lq_swap_t){.leg_cnt = 0};
    for (uint32_t i = 0; i < route->path_cnt; i++) {
        lq_swap_route_t single = {.path_cnt = 1};
        lq_swap_t swap;
        single.paths[0] = route->paths[i];
        if (lq_u256_is_zero(&parts[i]))
            continue;
        if (pools_quote(&world, &swap, &single, &parts[i], exact_out))
            return false;
        out->amount_in = lq_u256_add_wrap(&out->amount_in, &swap.amount_in);
        out->amount_out = lq_u256_add_wrap(&out->amount_out, &swap.amount_out);
    }
    return true;
}

static void small_amounts_are_parted_as_well_as_can_be(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    double most = 0;
    size_t seen = 0;
    for (size_t round = 0; round < lq_test_cnt(60, 3000); round++) {
        uint32_t cnt = 2 + (uint32_t)lq_rng_below(&rng, 2);
        bool exact_out = lq_rng_below(&rng, 2);
        lq_swap_route_t route;
        if (!random_route(&rng, &route, cnt, SMALL))
            continue;
        uint64_t total = 1 + lq_rng_below(&rng, cnt == 2 ? 600 : 50);
        lq_u256_t amount = lq_u256_from_u64(total);
        lq_swap_t best;
        lq_swap_t swap;
        bool found = false;
        for (uint64_t a = 0; a <= total; a++)
            for (uint64_t b = cnt == 2 ? total - a : 0; a + b <= total; b++) {
                lq_u256_t parts[] = {lq_u256_from_u64(a), lq_u256_from_u64(b),
                                     lq_u256_from_u64(total - a - b)};
                if (quote_parts(&swap, &route, parts, exact_out) &&
                    (!found || worse(&best, &swap, exact_out) > 0)) {
                    best = swap;
                    found = true;
                }
            }
        lq_err_t err = pools_quote(&world, &swap, &route, &amount, exact_out);
        if (!found) {
            assert_err(err, LQ_ERR_RANGE);
            continue;
        }
        if (err)
            continue; /* to the last unit of the depth; see below */
        double off = worse(&swap, &best, exact_out);
        double grain = grain_of(&route, &amount, exact_out);
        most = off / grain > most ? off / grain : most;
        assert_true(off <= grain + paid(&best, exact_out) / (1 << 20));
        seen++;
    }
    print_message("off by up to %.3f of the grain\n", most);
    assert_true(seen > 30);
}

/* The best parts that moving ever smaller amounts from one path to another finds. */
static bool climb(lq_rng_t *rng, lq_swap_t *best, const lq_swap_route_t *route,
                  const lq_u256_t *amount, bool exact_out)
{
    lq_u256_t parts[LQ_SWAP_PATH_MAX] = {*amount};
    lq_u256_t step = lq_u256_shr(amount, 1);
    bool found = quote_parts(best, route, parts, exact_out);
    for (unsigned i = 0; i < 200 && !found; i++) {
        lq_u256_t thousand = lq_u256_from_u64(1000);
        lq_u256_t rest = *amount;
        for (uint32_t k = 0; k + 1 < route->path_cnt; k++) {
            lq_u256_t share = lq_u256_from_u64(lq_rng_below(rng, 1001));
            assert_ok(lq_u256_mul_div_down(&parts[k], &rest, &share, &thousand));
            rest = lq_u256_sub_wrap(&rest, &parts[k]);
        }
        parts[route->path_cnt - 1] = rest;
        found = quote_parts(best, route, parts, exact_out);
    }
    for (unsigned i = 0; found && i < 26; i++, step = lq_u256_shr(&step, 1))
        for (bool moved = true; moved;) {
            moved = false;
            for (uint32_t k = 0; k < route->path_cnt * route->path_cnt; k++) {
                uint32_t from = k % route->path_cnt;
                uint32_t to = k / route->path_cnt;
                lq_u256_t before[LQ_SWAP_PATH_MAX];
                lq_swap_t swap;
                memcpy(before, parts, sizeof(before));
                if (from == to || lq_u256_sub_checked(&parts[from], &parts[from], &step))
                    continue;
                parts[to] = lq_u256_add_wrap(&parts[to], &step);
                if (quote_parts(&swap, route, parts, exact_out) &&
                    worse(best, &swap, exact_out) > 0) {
                    *best = swap;
                    moved = true;
                } else {
                    memcpy(parts, before, sizeof(parts));
                }
            }
        }
    return found;
}

static void large_amounts_are_parted_as_well_as_can_be(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    double most = 0;
    size_t seen = 0;
    for (size_t round = 0; round < lq_test_cnt(100, 4000); round++) {
        uint32_t cnt = 2 + (uint32_t)lq_rng_below(&rng, 2);
        bool exact_out = lq_rng_below(&rng, 2);
        lq_swap_route_t route;
        lq_swap_t best;
        lq_swap_t swap;
        if (!random_route(&rng, &route, cnt, USUAL))
            continue;
        lq_u256_t amount = random_amount(&rng, &route, exact_out);
        if (!climb(&rng, &best, &route, &amount, exact_out))
            continue;
        assert_ok(pools_quote(&world, &swap, &route, &amount, exact_out));
        double off = worse(&swap, &best, exact_out) - grain_of(&route, &amount, exact_out);
        off /= paid(&best, exact_out);
        most = off > most ? off : most;
        assert_true(off <= 1. / (1 << 20));
        seen++;
    }
    print_message("off by up to %.3g\n", most);
    assert_true(seen > 30);
}

/* ---- by hand ---- */

static void two_equal_pools_share_alike(void **state)
{
    (void)state;
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_no_route_t why;
    lq_swap_t swap;
    lq_address_t in = pools_token(2);
    lq_address_t to = pools_token(1);
    lq_u256_t amount = lq_u256_from_u64(20001);
    for (uint32_t i = 0; i < 2; i++)
        pools_v2(&world, 1, 2, 3000, lq_u256_from_u64(1000000), lq_u256_from_u64(2000000));
    pools_open(&world, 1);
    assert_int_equal(world.swaps.routes(world.swaps.ctx, routes, &why, &in, &to), 3);
    assert_ok(pools_quote(&world, &swap, &routes[2], &amount, false));
    pools_check_swap(&world, &swap, &routes[2], &amount, false);
    assert_int_equal(swap.leg_cnt, 2);
    assert_true(swap.legs[0].amount_in.w[0] - 10000 < 2);
    assert_true(swap.legs[1].amount_in.w[0] - 10000 < 2);
    assert_ok(pools_quote(&world, &swap, &routes[2], &amount, true));
    pools_check_swap(&world, &swap, &routes[2], &amount, true);
    assert_int_equal(swap.leg_cnt, 2);
    assert_true(swap.legs[0].amount_out.w[0] - 10000 < 2);
    assert_true(swap.gas > 2 * 21000);
    amount = lq_u256_from_u64(1999998); /* nearly all that both have */
    assert_ok(pools_quote(&world, &swap, &routes[2], &amount, true));
    amount = lq_u256_from_u64(2000000);
    assert_err(pools_quote(&world, &swap, &routes[2], &amount, true), LQ_ERR_RANGE);
    amount = lq_u256_from_u64(1);
    assert_ok(pools_quote(&world, &swap, &routes[2], &amount, true));
    assert_int_equal(swap.leg_cnt, 1);
    assert_err(pools_quote(&world, &swap, &routes[2], &amount, false), LQ_ERR_RANGE);
}

static void a_route_that_cannot_be_is_refused(void **state)
{
    (void)state;
    lq_swap_t swap;
    lq_u256_t amount = lq_u256_from_u64(100);
    lq_u256_t zero = lq_u256_from_u64(0);
    lq_swap_route_t route = {.path_cnt = 1, .paths = {{.hop_cnt = 1}}};
    pools_v2(&world, 1, 2, 3000, lq_u256_from_u64(1000), lq_u256_from_u64(1000));
    pools_open(&world, 1);
    assert_ok(pools_quote(&world, &swap, &route, &amount, false));
    assert_err(pools_quote(&world, &swap, &route, &zero, false), LQ_ERR_RANGE);
    assert_err(pools_quote(&world, &swap, &route, &zero, true), LQ_ERR_RANGE);
    lq_swap_route_t bad = route;
    bad.path_cnt = 0;
    assert_err(pools_quote(&world, &swap, &bad, &amount, false), LQ_ERR_RANGE);
    bad.path_cnt = LQ_SWAP_PATH_MAX + 1;
    assert_err(pools_quote(&world, &swap, &bad, &amount, false), LQ_ERR_RANGE);
    bad = route;
    bad.paths[0].hop_cnt = 0;
    assert_err(pools_quote(&world, &swap, &bad, &amount, false), LQ_ERR_RANGE);
    bad.paths[0].hop_cnt = LQ_SWAP_HOP_MAX + 1;
    assert_err(pools_quote(&world, &swap, &bad, &amount, false), LQ_ERR_RANGE);
    bad = route;
    bad.paths[0].hops[0].pool = 1;
    assert_err(pools_quote(&world, &swap, &bad, &amount, false), LQ_ERR_RANGE);
    world.pools[0].status = LQ_NO_ROUTE_DOUBTFUL;
    assert_err(pools_quote(&world, &swap, &route, &amount, false), LQ_ERR_RANGE);
}

/* Does SWAP to the pools themselves. */
static void do_swap(const lq_swap_t *swap)
{
    for (uint32_t i = 0; i < swap->leg_cnt; i++) {
        const lq_swap_leg_t *leg = &swap->legs[i];
        lq_venue_pool_t *pool = &world.pools[leg->hop.pool];
        bool zero = leg->hop.zero_for_one;
        if (pool->config.kind == LQ_VENUE_UNISWAP_V3) {
            assert_ok(lq_v3_take(&pool->v3, world.ticks, zero, &leg->amount_out));
            continue;
        }
        pool->reserves[!zero] = lq_u256_add_wrap(&pool->reserves[!zero], &leg->amount_in);
        pool->reserves[zero] = lq_u256_sub_wrap(&pool->reserves[zero], &leg->amount_out);
    }
}

static void what_is_moved_is_as_if_it_were_done(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t seen = 0;
    for (size_t round = 0; round < lq_test_cnt(1000, 40000); round++) {
        uint32_t cnt = 1 + (uint32_t)lq_rng_below(&rng, LQ_SWAP_PATH_MAX);
        lq_swap_route_t route;
        lq_swap_t first;
        lq_swap_t moved;
        lq_swap_t again;
        if (!random_route(&rng, &route, cnt, (size_class_t)lq_rng_below(&rng, 2)))
            continue;
        const lq_swaps_t *swaps = &world.swaps;
        lq_u256_t amount = random_amount(&rng, &route, true);
        if (swaps->given_out(swaps->ctx, &first, &route, &amount))
            continue;
        memset(&moved, 0, sizeof(moved));
        memset(&again, 0, sizeof(again));
        swaps->move(swaps->ctx, &first);
        lq_err_t err = swaps->given_out(swaps->ctx, &moved, &route, &amount);
        swaps->back(swaps->ctx);
        assert_ok(swaps->given_out(swaps->ctx, &again, &route, &amount));
        assert_u256_equal(again.amount_in, first.amount_in);
        memset(&again, 0, sizeof(again));
        do_swap(&first);
        assert_err(swaps->given_out(swaps->ctx, &again, &route, &amount), err);
        assert_u256_equal(again.amount_in, moved.amount_in);
        assert_int_equal(again.gas, moved.gas);
        assert_int_equal(again.leg_cnt, moved.leg_cnt);
        for (uint32_t i = 0; i < moved.leg_cnt; i++) {
            assert_u256_equal(again.legs[i].amount_in, moved.legs[i].amount_in);
            assert_u256_equal(again.legs[i].amount_out, moved.legs[i].amount_out);
        }
        seen += err == LQ_OK;
    }
    assert_true(seen > 100);
}

/* A swap that may never be done only helps who goes the other way. */
static void what_is_moved_helps_nobody(void **state)
{
    (void)state;
    lq_swap_t there;
    lq_swap_t before;
    lq_swap_t behind;
    lq_u256_t amount = lq_u256_from_u64(100000);
    pools_v2(&world, 1, 2, 3000, lq_u256_from_u64(1000000), lq_u256_from_u64(1000000));
    pools_open(&world, 1);
    const lq_swaps_t *swaps = &world.swaps;
    const lq_swap_route_t to = {.path_cnt = 1, .paths = {{1, {{0, true}}}}};
    const lq_swap_route_t back = {.path_cnt = 1, .paths = {{1, {{0, false}}}}};
    assert_ok(swaps->given_out(swaps->ctx, &there, &to, &amount));
    assert_ok(swaps->given_out(swaps->ctx, &before, &back, &amount));
    swaps->move(swaps->ctx, &there);
    assert_ok(swaps->given_out(swaps->ctx, &behind, &back, &amount));
    assert_u256_equal(behind.amount_in, before.amount_in);
    swaps->move(swaps->ctx, &behind);
    assert_ok(swaps->given_out(swaps->ctx, &behind, &to, &amount));
    assert_true(lq_u256_lt(&there.amount_in, &behind.amount_in));
    swaps->back(swaps->ctx);
    assert_ok(swaps->given_out(swaps->ctx, &behind, &to, &amount));
    assert_u256_equal(behind.amount_in, there.amount_in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_equal_pools_share_alike, setup, teardown),
        cmocka_unit_test_setup_teardown(a_route_that_cannot_be_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(every_quote_keeps_the_laws, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_moved_is_as_if_it_were_done, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_moved_helps_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(more_in_gets_no_less_out, setup, teardown),
        cmocka_unit_test_setup_teardown(small_amounts_are_parted_as_well_as_can_be, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(large_amounts_are_parted_as_well_as_can_be, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
