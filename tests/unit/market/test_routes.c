#include "market_test.h"

#include "routes_internal.h"

#include "../../support/routes_world.h"

static pools_t world;

static lq_u256_t units(uint64_t n)
{
    return lq_u256_from_u64(n);
}

static size_t routes_of(lq_swap_route_t out[LQ_SWAP_ROUTE_MAX], lq_no_route_t *why, uint32_t in,
                        uint32_t to)
{
    lq_address_t token_in = pools_token(in);
    lq_address_t token_out = pools_token(to);
    size_t cnt = world.swaps.routes(world.swaps.ctx, out, why, &token_in, &token_out);
    pools_check_routes(&world, out, cnt, &token_in, &token_out);
    return cnt;
}

static lq_no_route_t why_not(uint32_t in, uint32_t to)
{
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_no_route_t why = LQ_NO_ROUTE_CNT;
    assert_int_equal(routes_of(routes, &why, in, to), 0);
    assert_int_not_equal(why, LQ_NO_ROUTE_CNT);
    return why;
}

static void assert_path(const lq_swap_route_t *route, uint32_t path, int first, int second)
{
    const lq_swap_path_t *p = &route->paths[path];
    assert_true(path < route->path_cnt);
    assert_int_equal(p->hop_cnt, second < 0 ? 1 : 2);
    assert_int_equal(p->hops[0].pool, first);
    if (second >= 0)
        assert_int_equal(p->hops[1].pool, second);
}

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

/* Two pools between 1 and 2, the second of them better; and 1 to 3 to 2, best of all. */
static void finds_direct_and_two_hop_paths_and_splits(void **state)
{
    (void)state;
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_no_route_t why = LQ_NO_ROUTE_CNT;
    pools_v2(&world, 1, 2, 3000, units(1000000), units(1000000));
    pools_v2(&world, 1, 2, 3000, units(1000000), units(1010000));
    pools_v2(&world, 1, 3, 3000, units(1000000), units(2000000));
    pools_v2(&world, 2, 3, 3000, units(1000000), units(1500000));
    pools_v2(&world, 4, 5, 3000, units(1000000), units(1500000));
    pools_open(&world, 1);
    assert_int_equal(routes_of(routes, &why, 1, 2), 7);
    assert_int_equal(why, LQ_NO_ROUTE_CNT);
    assert_path(&routes[0], 0, 2, 3);
    assert_true(routes[0].paths[0].hops[0].zero_for_one);
    assert_false(routes[0].paths[0].hops[1].zero_for_one);
    assert_path(&routes[1], 0, 1, -1);
    assert_path(&routes[2], 0, 0, -1);
    assert_true(routes[0].spot > 2 / 1.5 * .997 * .997);
    assert_true(routes[0].spot < 2 / 1.5 * .997 * .997 * 1.000001);
    assert_int_equal(routes[3].path_cnt, 2);
    assert_path(&routes[3], 0, 2, 3);
    assert_path(&routes[3], 1, 1, -1);
    assert_int_equal(routes[4].path_cnt, 2);
    assert_path(&routes[4], 1, 0, -1);
    assert_int_equal(routes[5].path_cnt, 3);
    assert_int_equal(routes[6].path_cnt, 2);
    assert_path(&routes[6], 0, 1, -1);
    assert_int_equal(why_not(1, 4), LQ_NO_ROUTE_NO_POOL);
    assert_int_equal(why_not(1, 9), LQ_NO_ROUTE_NO_POOL);
    assert_int_equal(why_not(1, 1), LQ_NO_ROUTE_NO_POOL);
}

static void equals_stand_in_the_order_of_pools(void **state)
{
    (void)state;
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_no_route_t why;
    for (uint32_t i = 0; i < 20; i++)
        pools_v2(&world, 1, 2, 0, units(1000), units(1000));
    for (uint32_t i = 0; i < 20; i++)
        pools_v2(&world, i % 2 ? 1 : 2, 3, 0, units(1000), units(1000));
    pools_open(&world, 1);
    assert_int_equal(routes_of(routes, &why, 2, 1), LQ_SWAP_ROUTE_MAX);
    for (uint32_t i = 0; i < 8; i++)
        assert_path(&routes[i], 0, (int)i, -1);
    for (uint32_t i = 8; i < LQ_SWAP_ROUTE_MAX; i++)
        assert_true(routes[i].path_cnt > 1);
    assert_int_equal(routes_of(routes, &why, 3, 1), LQ_SWAP_ROUTE_MAX);
    assert_path(&routes[0], 0, 21, -1);
}

/* Two pools with next to nothing in them, whose price is too good, behind four good ones each. */
static void pools_of_no_depth_crowd_out_nobody(void **state)
{
    (void)state;
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_no_route_t why;
    lq_swap_t swap;
    const lq_u256_t deep = units(1000000000000);
    const lq_u256_t amount = units(1000000);
    pools_v2(&world, 1, 2, 3000, deep, deep);
    for (uint32_t k = 3; k < 5; k++) {
        for (uint32_t i = 0; i < 4; i++)
            pools_v2(&world, 1, k, 3000, deep, deep);
        pools_v2(&world, 2, k, 3000, units(1050), units(1000));
    }
    pools_open(&world, 1);
    assert_int_equal(routes_of(routes, &why, 1, 2), LQ_SWAP_ROUTE_MAX);
    for (uint32_t i = 0; i < 7; i++)
        assert_int_equal(routes[i].paths[0].hop_cnt, 2);
    assert_path(&routes[7], 0, 0, -1);
    assert_ok(world.swaps.given_out(world.swaps.ctx, &swap, &routes[7], &amount));
}

/* Nine pools of the same tokens: the last one has the worst price, and all of the depth. */
static void the_deepest_pool_is_there_whatever_its_price(void **state)
{
    (void)state;
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_no_route_t why;
    for (uint32_t i = 0; i < 8; i++)
        pools_v2(&world, 1, 2, 3000, units(1000), units(1010 + i));
    pools_v2(&world, 1, 2, 3000, units(10000000), units(10000000));
    pools_open(&world, 1);
    assert_int_equal(routes_of(routes, &why, 1, 2), LQ_SWAP_ROUTE_MAX);
    assert_path(&routes[0], 0, 7, -1);
    assert_path(&routes[6], 0, 1, -1);
    assert_path(&routes[7], 0, 8, -1);
}

static void tells_the_nearest_miss(void **state)
{
    (void)state;
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_no_route_t why;
    pools_v2(&world, 1, 2, 3000, units(1000), units(1000));
    pools_v2(&world, 1, 3, 3000, units(1000), units(1000));
    pools_v2(&world, 2, 3, 3000, units(1000), units(1000));
    pools_v2(&world, 1, 2, 3000, units(1000), units(0));
    pools_open(&world, 1);
    world.pools[0].status = LQ_NO_ROUTE_UNINITIALIZED;
    assert_int_equal(routes_of(routes, &why, 1, 2), 1);
    world.pools[1].status = LQ_NO_ROUTE_DOUBTFUL;
    assert_int_equal(why_not(1, 2), LQ_NO_ROUTE_EMPTY);
    world.pools[3].status = LQ_NO_ROUTE_NO_CONTRACT;
    assert_int_equal(why_not(1, 2), LQ_NO_ROUTE_DOUBTFUL);
    world.pools[2].status = LQ_NO_ROUTE_UNREAD; /* the path is as far as its farther pool */
    assert_int_equal(why_not(1, 2), LQ_NO_ROUTE_UNREAD);
    world.pools[2].status = LQ_NO_ROUTE_FEE_TIER;
    assert_int_equal(why_not(1, 2), LQ_NO_ROUTE_UNINITIALIZED);
    world.pools[0].fee_pips = LQ_PIPS_ONE;
    world.pools[0].status = LQ_NO_ROUTE_NONE;
    assert_int_equal(why_not(1, 2), LQ_NO_ROUTE_EMPTY);
}

static void pools_not_read_yet_may_join_anything(void **state)
{
    (void)state;
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_no_route_t why;
    pools_v2(&world, 1, 2, 3000, units(1000), units(1000));
    lq_address_t tokens[2];
    memcpy(tokens, world.pools[0].tokens, sizeof(tokens));
    memset(world.pools[0].tokens, 0, sizeof(tokens));
    world.pools[0].status = LQ_NO_ROUTE_UNREAD;
    pools_open(&world, 1);
    assert_int_equal(why_not(1, 2), LQ_NO_ROUTE_UNREAD);
    assert_int_equal(why_not(8, 9), LQ_NO_ROUTE_UNREAD);
    assert_int_equal(why_not(1, 1), LQ_NO_ROUTE_NO_POOL);
    world.pools[0].status = LQ_NO_ROUTE_NO_CONTRACT;
    assert_int_equal(why_not(1, 2), LQ_NO_ROUTE_NO_POOL);
    memcpy(world.pools[0].tokens, tokens, sizeof(tokens));
    world.pools[0].status = LQ_NO_ROUTE_NONE;
    lq_routes_stale(world.routes);
    assert_int_equal(routes_of(routes, &why, 1, 2), 1);
    memset(world.pools[0].tokens, 0, sizeof(tokens)); /* as a reorg does, which tells nobody */
    world.pools[0].status = LQ_NO_ROUTE_UNREAD;
    assert_int_equal(why_not(1, 2), LQ_NO_ROUTE_UNREAD);
}

/* ---- against one that looks at all pairs of pools ---- */

typedef struct naive {
    size_t cnt;
    lq_no_route_t miss;
    lq_swap_route_t best[64 * 64];
    double depths[64 * 64];
} naive_t;

static bool comes_before(const lq_swap_route_t *a, const lq_swap_route_t *b)
{
    const lq_swap_path_t *p = &a->paths[0];
    const lq_swap_path_t *q = &b->paths[0];
    if (a->spot > b->spot || a->spot < b->spot)
        return a->spot > b->spot;
    if (p->hop_cnt != q->hop_cnt)
        return p->hop_cnt < q->hop_cnt;
    if (p->hops[0].pool != q->hops[0].pool)
        return p->hops[0].pool < q->hops[0].pool;
    return p->hops[1].pool < q->hops[1].pool;
}

static void naive_path(naive_t *n, uint32_t a, uint32_t b, uint32_t in, uint32_t to)
{
    const lq_venue_pool_t *pools[] = {&world.pools[a], &world.pools[b]};
    lq_swap_route_t route = {.path_cnt = 1, .spot = 1};
    lq_address_t token = pools_token(in);
    lq_address_t end = pools_token(to);
    lq_no_route_t miss = LQ_NO_ROUTE_NONE;
    double depth = 1e300;
    route.paths[0].hop_cnt = a == b ? 1 : 2;
    for (uint32_t i = 0; i < route.paths[0].hop_cnt; i++) {
        lq_swap_hop_t hop = {i ? b : a, !memcmp(&pools[i]->tokens[0], &token, sizeof(token))};
        if (memcmp(&pools[i]->tokens[!hop.zero_for_one], &token, sizeof(token)) != 0)
            return;
        token = pools[i]->tokens[hop.zero_for_one];
        if ((i == 0) == (a != b) && !memcmp(&token, &end, sizeof(token)))
            return;
        miss = pools[i]->status > miss ? pools[i]->status : miss;
        lq_routes_view_t view = {
            world.pools, sizeof(world.pools[0]), world.pool_cnt, world.ticks, NULL, NULL};
        double price = lq_routes_price(&view, &hop);
        double reserve = lq_u256_to_double(&pools[i]->reserves[hop.zero_for_one]);
        depth = depth * price < reserve ? depth * price : reserve;
        route.spot *= price;
        route.paths[0].hops[i] = hop;
    }
    if (memcmp(&token, &end, sizeof(token)) != 0)
        return;
    n->miss = miss < n->miss ? miss : n->miss;
    if (miss)
        return;
    size_t at = n->cnt++;
    for (; at && comes_before(&route, &n->best[at - 1]); at--) {
        n->best[at] = n->best[at - 1];
        n->depths[at] = n->depths[at - 1];
    }
    n->best[at] = route;
    n->depths[at] = depth;
}

/* ROUTES of one path are the best, but for those of no depth, in their order. Returns how many. */
static size_t check_singles(const naive_t *n, const lq_swap_route_t *routes, size_t cnt)
{
    size_t single_cnt = 0;
    size_t at = 0;
    double deepest = 0;
    double left_out = 0; /* the deepest of those that are better */
    for (; single_cnt < cnt && routes[single_cnt].path_cnt == 1; single_cnt++, at++) {
        for (; at < n->cnt && !pools_same_path(&routes[single_cnt].paths[0], &n->best[at].paths[0]);
             at++)
            left_out = at < 8 && n->depths[at] > left_out ? n->depths[at] : left_out;
        assert_true(at < n->cnt);
        deepest = n->depths[at] > deepest ? n->depths[at] : deepest;
    }
    assert_true(left_out * 1000 < deepest || left_out <= 0);
    return single_cnt;
}

static void random_tables_give_what_all_pairs_give(void **state)
{
    (void)state;
    static naive_t n;
    lq_rng_t rng = lq_test_rng();
    size_t seen[2] = {0};
    for (size_t round = 0; round < lq_test_cnt(300, 10000); round++) {
        uint32_t pool_cnt = (uint32_t)lq_rng_below(&rng, 64);
        uint32_t token_cnt = 2 + (uint32_t)lq_rng_below(&rng, 9);
        uint64_t grain = 1 + lq_rng_below(&rng, 1000);
        world.pool_cnt = 0;
        for (uint32_t i = 0; i < pool_cnt; i++) {
            uint32_t a = (uint32_t)lq_rng_below(&rng, token_cnt);
            uint32_t b = (uint32_t)lq_rng_below(&rng, token_cnt);
            if (a == b)
                b = token_cnt;
            pools_v2(&world, a, b, 500 * (uint32_t)lq_rng_below(&rng, 3),
                     units(1 + lq_rng_below(&rng, grain)), units(1 + lq_rng_below(&rng, grain)));
            if (lq_rng_below(&rng, 3) == 0)
                world.pools[i].status =
                    LQ_NO_ROUTE_EMPTY +
                    (lq_no_route_t)lq_rng_below(&rng, LQ_NO_ROUTE_NO_POOL - LQ_NO_ROUTE_EMPTY);
        }
        pools_open(&world, round);
        for (uint32_t i = 0; i < 10; i++) {
            uint32_t in = (uint32_t)lq_rng_below(&rng, token_cnt + 1);
            uint32_t to = (uint32_t)lq_rng_below(&rng, token_cnt + 1);
            lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
            lq_no_route_t why = LQ_NO_ROUTE_NONE;
            n.cnt = 0;
            n.miss = LQ_NO_ROUTE_NO_POOL;
            for (uint32_t a = 0; in != to && a < pool_cnt; a++)
                for (uint32_t b = 0; b < pool_cnt; b++)
                    naive_path(&n, a, b, in, to);
            size_t cnt = routes_of(routes, &why, in, to);
            assert_int_equal(why, n.cnt ? LQ_NO_ROUTE_NONE : n.miss);
            size_t single_cnt = check_singles(&n, routes, cnt);
            assert_int_equal(single_cnt, n.cnt < 8 ? n.cnt : 8);
            seen[n.cnt > 0]++;
        }
    }
    assert_true(seen[0] && seen[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_direct_and_two_hop_paths_and_splits, setup, teardown),
        cmocka_unit_test_setup_teardown(equals_stand_in_the_order_of_pools, setup, teardown),
        cmocka_unit_test_setup_teardown(pools_of_no_depth_crowd_out_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(the_deepest_pool_is_there_whatever_its_price, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(tells_the_nearest_miss, setup, teardown),
        cmocka_unit_test_setup_teardown(pools_not_read_yet_may_join_anything, setup, teardown),
        cmocka_unit_test_setup_teardown(random_tables_give_what_all_pairs_give, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
