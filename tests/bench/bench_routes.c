#include "bench.h"

#include "liqd/base/rng.h"
#include "liqd/market/venues.h"

#include "../../src/market/routes_internal.h"
#include "../support/routes_world.h"

/* Tokens 1 and 2 with pools between them and over 3 and 4, and quotes of what crosses a tick in
   some of them. */
typedef struct routes_bench {
    pools_t world;
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_swap_route_t route;
    lq_u256_t amounts[16];
    bool exact_out;
} routes_bench_t;

static void find_routes(void *ctx, size_t iters)
{
    routes_bench_t *b = ctx;
    lq_address_t in = pools_token(1);
    lq_address_t to = pools_token(2);
    lq_no_route_t why;
    for (size_t i = 0; i < iters; i++) {
        size_t cnt = b->world.swaps.routes(b->world.swaps.ctx, b->routes, &why, &in, &to);
        LQ_ASSERT(cnt);
        lq_bench_keep(b->routes);
    }
}

static void quote(void *ctx, size_t iters)
{
    routes_bench_t *b = ctx;
    lq_swap_t swap;
    for (size_t i = 0; i < iters; i++) {
        LQ_ASSERT(!pools_quote(&b->world, &swap, &b->route,
                               &b->amounts[i % LQ_ARRAY_CNT(b->amounts)], b->exact_out));
        lq_bench_keep(&swap);
    }
}

/* About 1e24 units on either side of the price 1, a tick every 120. */
static void add_v3(pools_t *w, lq_rng_t *rng, uint32_t token0, uint32_t token1)
{
    pools_position_t positions[9];
    lq_u256_t sqrt = lq_u256_from_halves(0, (lq_u128_t)1 << 96);
    lq_u256_t shift = lq_u256_from_u64(lq_rng_u64(rng));
    shift = lq_u256_shl_wrap(&shift, 20);
    sqrt = lq_u256_add_wrap(&sqrt, &shift);
    for (int32_t i = 0; i < 9; i++)
        positions[i] = (pools_position_t){-120 * (i + 1), 120 * (i + 1),
                                          (lq_u128_t)1 << (76 + lq_rng_below(rng, 4))};
    pools_v3(w, token0, token1, 500, 10, &sqrt, positions, 9);
}

static void add_v2(pools_t *w, lq_rng_t *rng, uint32_t token0, uint32_t token1)
{
    lq_u256_t reserve = lq_u256_from_u64(UINT64_MAX - (lq_rng_u64(rng) >> 10));
    reserve = lq_u256_shl_wrap(&reserve, 14);
    pools_v2(w, token0, token1, 3000, reserve, reserve);
}

static void bench_routes(lq_bench_t *bench, routes_bench_t *b, uint32_t cnt, const char *name)
{
    static const uint32_t pairs[][2] = {{1, 2}, {1, 3}, {2, 3}, {1, 4}, {2, 4}, {3, 4}};
    lq_rng_t rng;
    lq_rng_seed(&rng, 1);
    pools_init(&b->world);
    for (uint32_t i = 0; i < cnt; i++) {
        const uint32_t *pair = pairs[i % LQ_ARRAY_CNT(pairs)];
        if (i % 3)
            add_v2(&b->world, &rng, pair[0], pair[1]);
        else
            add_v3(&b->world, &rng, pair[0], pair[1]);
    }
    pools_open(&b->world, 1);
    lq_bench_case(bench, &(lq_bench_case_t){.name = name, .work = find_routes, .ctx = b});
    lq_arena_fini(&b->world.arena);
}

/* Along CNT direct pools, and with HOPS 2 over a token each. What AMOUNT is in thousands of 2^70,
   a pool has some of between two ticks. */
static void bench_quote(lq_bench_t *bench, routes_bench_t *b, uint32_t cnt, uint32_t hops,
                        bool exact_out, const char *name)
{
    lq_rng_t rng;
    lq_rng_seed(&rng, 2);
    pools_init(&b->world);
    b->exact_out = exact_out;
    b->route = (lq_swap_route_t){.path_cnt = cnt};
    for (uint32_t i = 0; i < cnt; i++) {
        b->route.paths[i].hop_cnt = hops;
        for (uint32_t j = 0; j < hops; j++) {
            b->route.paths[i].hops[j] = (lq_swap_hop_t){b->world.pool_cnt, true};
            uint32_t token0 = j ? 3 + i : 1;
            uint32_t token1 = j + 1 == hops ? 2 + 10 * (hops == 2) : 3 + i;
            if (i == 2)
                add_v2(&b->world, &rng, token0, token1);
            else
                add_v3(&b->world, &rng, token0, token1);
        }
    }
    pools_open(&b->world, 1);
    for (size_t i = 0; i < LQ_ARRAY_CNT(b->amounts); i++) {
        lq_u256_t amount = lq_u256_from_u64(lq_rng_u64(&rng) | UINT64_C(1) << 63);
        b->amounts[i] = lq_u256_shl_wrap(&amount, 9 + (cnt > 1));
    }
    lq_bench_case(bench, &(lq_bench_case_t){.name = name, .work = quote, .ctx = b});
    lq_arena_fini(&b->world.arena);
}

lq_bench_fn_t lq_bench_routes;
void lq_bench_routes(lq_bench_t *bench)
{
    static routes_bench_t b;
    bench_routes(bench, &b, 3, "market/routes_3_pools");
    bench_routes(bench, &b, 30, "market/routes_30_pools");
    bench_routes(bench, &b, 1000, "market/routes_1000_pools");
    bench_quote(bench, &b, 1, 1, false, "market/swap_in_1_path");
    bench_quote(bench, &b, 2, 1, false, "market/swap_in_2_paths");
    bench_quote(bench, &b, 3, 1, false, "market/swap_in_3_paths");
    bench_quote(bench, &b, 1, 1, true, "market/swap_out_1_path");
    bench_quote(bench, &b, 2, 1, true, "market/swap_out_2_paths");
    bench_quote(bench, &b, 3, 1, true, "market/swap_out_3_paths");
    bench_quote(bench, &b, 3, 2, true, "market/swap_out_3_paths_of_2");
}
