#include "fuzz.h"

#include "liqd/market/venues.h"

#include "../../src/market/routes_internal.h"
#include "../support/routes_world.h"

/* The bytes, then zeros. */
typedef struct source {
    const uint8_t *data;
    size_t sz;
} source_t;

static uint64_t take(source_t *s, unsigned bytes)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes; i++) {
        v = v << 8 | (s->sz ? *s->data : 0);
        s->data += s->sz > 0;
        s->sz -= s->sz > 0;
    }
    return v;
}

/* Two bytes of content, anywhere below 2^MAX. */
static lq_u256_t take_wide(source_t *s, unsigned max)
{
    unsigned shift = (unsigned)take(s, 1);
    lq_u256_t v = lq_u256_from_u64(take(s, 2));
    v = lq_u256_shl_wrap(&v, shift);
    lq_u256_t top = lq_u256_from_u64(1);
    top = lq_u256_shl_wrap(&top, max);
    top = lq_u256_sub_wrap(&top, &(lq_u256_t){{1, 0, 0, 0}});
    for (unsigned i = 0; i < 4; i++)
        v.w[i] &= top.w[i];
    return v;
}

/* So that the ends of words are not all that takes time. */
#define SPACING 60

static int32_t take_tick(source_t *s)
{
    int32_t tick = (int32_t)(take(s, 3) % (2 * LQ_V3_TICK_MAX + 1));
    return tick - LQ_V3_TICK_MAX;
}

static void put_v3(pools_t *w, source_t *s, uint32_t token0, uint32_t token1, uint32_t fee_pips)
{
    pools_position_t positions[4];
    lq_u256_t sqrt;
    lq_u256_t above;
    int32_t tick = take_tick(s);
    size_t cnt = take(s, 1) % 5;
    if (lq_v3_sqrt_at_tick(&sqrt, tick))
        return;
    if (!lq_v3_sqrt_at_tick(&above, tick + 1)) {
        above = lq_u256_sub_wrap(&above, &sqrt);
        lq_u256_t part = lq_u256_from_u64(take(s, 1));
        lq_u256_t all = lq_u256_from_u64(256);
        LQ_ASSERT(!lq_u256_mul_div_down(&part, &above, &part, &all));
        sqrt = lq_u256_add_wrap(&sqrt, &part);
    }
    if (lq_v3_tick_at_sqrt(&tick, &sqrt))
        return;
    for (size_t i = 0; i < cnt; i++) {
        int32_t ends[2] = {take_tick(s), take_tick(s)};
        bool turned = ends[0] > ends[1];
        if (take(s, 1) & 1) { /* around the price */
            ends[turned] = tick - (tick - ends[turned]) / 4096;
            ends[!turned] = tick + (ends[!turned] - tick) / 4096;
            turned = ends[0] > ends[1];
        }
        ends[0] = ends[0] / SPACING * SPACING;
        ends[1] = ends[1] / SPACING * SPACING;
        lq_u256_t liquidity = take_wide(s, 124);
        if (ends[0] == ends[1] || lq_u256_is_zero(&liquidity)) {
            cnt = i;
            break;
        }
        positions[i] = (pools_position_t){ends[turned], ends[!turned], lq_u256_lo(&liquidity)};
    }
    pools_v3(w, token0, token1, fee_pips, SPACING, &sqrt, positions, cnt);
}

static void put_pool(pools_t *w, source_t *s)
{
    uint64_t head = take(s, 1);
    uint32_t token0 = head & 3;
    uint32_t token1 = head >> 2 & 3;
    uint32_t fee_pips = (uint32_t)take(s, 2) * 15;
    if (token0 == token1)
        return;
    if (head & 16) {
        lq_u256_t reserve0 = take_wide(s, 112);
        lq_u256_t reserve1 = take_wide(s, 112);
        pools_v2(w, token0, token1, fee_pips, reserve0, reserve1);
    } else {
        uint32_t cnt = w->pool_cnt;
        put_v3(w, s, token0, token1, fee_pips);
        if (w->pool_cnt == cnt)
            return;
    }
    if ((head >> 5) == 7)
        w->pools[w->pool_cnt - 1].status = LQ_NO_ROUTE_DOUBTFUL;
}

/* The law: of any pools at all routes are in order and quotes along them what the pools say, not
   above the spot, and of several paths not worse than of one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    static pools_t w;
    source_t s = {data, sz};
    lq_swap_route_t routes[LQ_SWAP_ROUTE_MAX];
    lq_address_t in = pools_token(0);
    lq_address_t to = pools_token(1);
    pools_init(&w);
    for (size_t cnt = 1 + take(&s, 1) % 7; cnt && s.sz; cnt--)
        put_pool(&w, &s);
    pools_open(&w, 1);
    lq_no_route_t why = LQ_NO_ROUTE_NONE;
    size_t cnt = w.swaps.routes(w.swaps.ctx, routes, &why, &in, &to);
    LQ_ASSERT((why != LQ_NO_ROUTE_NONE) == (cnt == 0));
    pools_check_routes(&w, routes, cnt, &in, &to);
    for (unsigned i = 0; i < 4 && cnt; i++) {
        const lq_swap_route_t *route = &routes[take(&s, 1) % cnt];
        lq_u256_t amount = take_wide(&s, 256);
        bool exact_out = i & 1;
        lq_swap_t swap;
        lq_err_t err = pools_quote(&w, &swap, route, &amount, exact_out);
        LQ_ASSERT(!err || err == LQ_ERR_RANGE);
        if (!err)
            pools_check_swap(&w, &swap, route, &amount, exact_out);
        if (!lq_u256_is_zero(&amount) && route->path_cnt > 1)
            pools_check_best(&w, &swap, err, route, &amount, exact_out);
    }
    lq_arena_fini(&w.arena);
    return 0;
}
