#include "routes_internal.h"

#include <string.h>

/* Units of gas that a pool adds to a call of the executor, least to most, measured by
   tests/devnet/measure_swaps.mjs on the development chain: pools that have been swapped through
   before, of plain tokens that the call has moved already. The most is taken, of ticks
   that of the first.

       a v3 pool                                    56 178 - 62 869
       a tick that is crossed, the first            31 571 - 32 044
              a further one                         14 238 - 23 413
              one that fills slots of its own       49 154 - 63 426
       a v2 pair                                    44 101 - 44 469
       a path of two v3 pools                      113 250 - 113 898
              of one of each                       100 770 - 102 066
              of two v2 pairs                                88 938

   A pool's first swap ever each way fills slots too: 17 200 more of v3, 44 700 of v2. */
#define GAS_V3      63000u
#define GAS_V3_TICK 32000u
#define GAS_V2      45000u

/* How far lq_routes_part may be off, relative. */
#define PART_ERROR (1.0 / (1u << 30))

/* How often a part is tried that is too much. */
#define PART_TRY_MAX 6u

/* What goes along one path. */
typedef struct flow {
    lq_u256_t in;
    lq_u256_t out;
    uint64_t gas;
    uint32_t leg_cnt;
    lq_swap_leg_t legs[LQ_SWAP_HOP_MAX];
} flow_t;

static bool can_quote(const lq_routes_view_t *view, const lq_swap_route_t *route)
{
    if (route->path_cnt < 1 || route->path_cnt > LQ_SWAP_PATH_MAX)
        return false;
    for (uint32_t i = 0; i < route->path_cnt; i++) {
        const lq_swap_path_t *path = &route->paths[i];
        if (path->hop_cnt < 1 || path->hop_cnt > LQ_SWAP_HOP_MAX)
            return false;
        for (uint32_t j = 0; j < path->hop_cnt; j++)
            if (path->hops[j].pool >= view->pool_cnt || lq_routes_price(view, &path->hops[j]) <= 0)
                return false;
    }
    return true;
}

static lq_err_t quote_hop(const lq_routes_view_t *view, lq_swap_leg_t *leg, uint64_t *gas,
                          const lq_u256_t *amount, bool exact_out)
{
    const lq_venue_pool_t *pool = lq_routes_pool_of(view, &leg->hop);
    bool zero_for_one = leg->hop.zero_for_one;
    if (pool->config.kind == LQ_VENUE_UNISWAP_V2) {
        const lq_u256_t *in = &pool->reserves[!zero_for_one];
        const lq_u256_t *out = &pool->reserves[zero_for_one];
        *gas += GAS_V2;
        leg->amount_in = *amount;
        leg->amount_out = *amount;
        return exact_out ? lq_v2_given_out(&leg->amount_in, in, out, pool->fee_pips, amount)
                         : lq_v2_given_in(&leg->amount_out, in, out, pool->fee_pips, amount);
    }
    lq_v3_quote_t quote;
    lq_err_t err = exact_out ? lq_v3_given_out(&quote, &pool->v3, view->ticks, zero_for_one, amount)
                             : lq_v3_given_in(&quote, &pool->v3, view->ticks, zero_for_one, amount);
    if (err)
        return err;
    *gas += GAS_V3 + (uint64_t)GAS_V3_TICK * quote.tick_cnt;
    leg->amount_in = quote.amount_in;
    leg->amount_out = quote.amount_out;
    return LQ_OK;
}

void lq_routes_move(const lq_routes_view_t *view, lq_venue_pool_t *pool, const lq_swap_leg_t *leg)
{
    bool zero_for_one = leg->hop.zero_for_one;
    if (pool->config.kind == LQ_VENUE_UNISWAP_V3) {
        (void)!lq_v3_take(&pool->v3, view->ticks, zero_for_one, &leg->amount_out);
        return;
    }
    lq_u256_t *in = &pool->reserves[!zero_for_one];
    lq_u256_t *out = &pool->reserves[zero_for_one];
    lq_u256_t paid;
    if (!lq_v2_given_out(&paid, in, out, pool->fee_pips, &leg->amount_out)) {
        *in = lq_u256_add_wrap(in, &paid);
        *out = lq_u256_sub_wrap(out, &leg->amount_out);
    }
}

/* LQ_ERR_EMPTY: nothing comes out. */
static lq_err_t quote_path(const lq_routes_view_t *view, flow_t *flow, const lq_swap_path_t *path,
                           const lq_u256_t *amount, bool exact_out)
{
    const lq_u256_t *next = amount;
    flow->gas = 0;
    flow->leg_cnt = path->hop_cnt;
    for (uint32_t i = 0; i < path->hop_cnt; i++) {
        uint32_t at = exact_out ? path->hop_cnt - 1 - i : i;
        lq_swap_leg_t *leg = &flow->legs[at];
        leg->hop = path->hops[at];
        lq_err_t err = quote_hop(view, leg, &flow->gas, next, exact_out);
        if (err)
            return err;
        next = exact_out ? &leg->amount_in : &leg->amount_out;
    }
    flow->in = flow->legs[0].amount_in;
    flow->out = flow->legs[path->hop_cnt - 1].amount_out;
    return LQ_OK;
}

static uint32_t gas_of(uint64_t gas)
{
    return gas < UINT32_MAX ? (uint32_t)gas : UINT32_MAX;
}

static void put_flow(lq_swap_t *out, const flow_t *flow, uint32_t path)
{
    for (uint32_t i = 0; i < flow->leg_cnt; i++) {
        out->legs[out->leg_cnt] = flow->legs[i];
        out->legs[out->leg_cnt++].path = path;
    }
}

static lq_err_t quote_single(const lq_routes_view_t *view, lq_swap_t *out,
                             const lq_swap_route_t *route, uint32_t path, const lq_u256_t *amount,
                             bool exact_out)
{
    flow_t flow;
    if (quote_path(view, &flow, &route->paths[path], amount, exact_out))
        return LQ_ERR_RANGE;
    *out = (lq_swap_t){.amount_in = flow.in, .amount_out = flow.out, .gas = gas_of(flow.gas)};
    put_flow(out, &flow, path);
    return LQ_OK;
}

/* floor(X), X at least 0; what has no place is the largest number. */
static lq_u256_t u256_of_double(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    unsigned exponent = (unsigned)(bits >> 52);
    lq_u256_t mantissa = lq_u256_from_u64((bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52);
    if (!(x >= 1))
        return lq_u256_from_u64(0);
    if (exponent >= 1023 + 256)
        return (lq_u256_t){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    return exponent < 1023 + 52 ? lq_u256_shr(&mantissa, 1023 + 52 - exponent)
                                : lq_u256_shl_wrap(&mantissa, exponent - 1023 - 52);
}

/* Quotes PATH for what REST leaves of a part of MOST, and takes it off REST; nothing where it gets
   nothing. A part may be all that a path has, where the last unit is not the quote's but
   rounding's: the path carries a little less then. */
static void quote_part(const lq_routes_view_t *view, flow_t *flow, lq_u256_t *rest,
                       const lq_swap_path_t *path, double part, bool exact_out)
{
    lq_u256_t amount = u256_of_double(part);
    amount = lq_u256_min(&amount, rest);
    flow->leg_cnt = 0;
    for (unsigned i = 0; i < PART_TRY_MAX && !lq_u256_is_zero(&amount); i++) {
        lq_err_t err = quote_path(view, flow, path, &amount, exact_out);
        if (!err) {
            *rest = lq_u256_sub_wrap(rest, &amount);
            return;
        }
        flow->leg_cnt = 0;
        if (err == LQ_ERR_EMPTY)
            return;
        lq_u256_t less = lq_u256_shr(&amount, 30 - 3 * i);
        less.w[0] |= UINT64_C(1) << i;
        if (lq_u256_sub_checked(&amount, &amount, &less))
            return;
    }
}

/* The swap of AMOUNT parted as PARTS says, to the unit: path MOST takes what rounding and others
   leave. */
static lq_err_t quote_parts(const lq_routes_view_t *view, lq_swap_t *out,
                            const lq_swap_route_t *route, const double *parts, uint32_t most,
                            const lq_u256_t *amount, bool exact_out)
{
    flow_t flows[LQ_SWAP_PATH_MAX];
    lq_u256_t rest = *amount;
    uint64_t gas = 0;
    flows[most].leg_cnt = 0;
    for (uint32_t i = 0; i < route->path_cnt; i++)
        if (i != most)
            quote_part(view, &flows[i], &rest, &route->paths[i], parts[i], exact_out);
    if (!lq_u256_is_zero(&rest)) {
        lq_err_t err = quote_path(view, &flows[most], &route->paths[most], &rest, exact_out);
        if (err)
            return err;
    }
    lq_swap_t swap = {.leg_cnt = 0};
    for (uint32_t i = 0; i < route->path_cnt; i++) {
        const flow_t *flow = &flows[i];
        if (!flow->leg_cnt)
            continue;
        if (lq_u256_add_checked(&swap.amount_in, &swap.amount_in, &flow->in) ||
            lq_u256_add_checked(&swap.amount_out, &swap.amount_out, &flow->out))
            return LQ_ERR_RANGE;
        gas += flow->gas;
        put_flow(&swap, flow, i);
    }
    swap.gas = gas_of(gas);
    *out = swap;
    return LQ_OK;
}

/* Whether path I alone can be as good as SWAP. What a path gets stays below its tangent at the
   price that all have come to, since no quote is better than its curve in real numbers. */
static bool may_beat(const lq_routes_split_t *split, const lq_swap_t *swap, uint32_t i)
{
    double in = lq_u256_to_double(&swap->amount_in);
    double out = lq_u256_to_double(&swap->amount_out);
    double tangent = split->out[i] + split->price * (in - split->in[i]);
    return !(tangent < out - PART_ERROR * out);
}

/* Whether A is better than B, both of one amount in, or out; of equals the one that takes less gas.
 */
static bool is_better(const lq_swap_t *a, const lq_swap_t *b)
{
    int cmp = lq_u256_cmp(&a->amount_out, &b->amount_out);
    cmp = cmp ? cmp : lq_u256_cmp(&b->amount_in, &a->amount_in);
    return cmp ? cmp > 0 : a->gas < b->gas;
}

static lq_err_t quote_split(const lq_routes_view_t *view, lq_swap_t *out,
                            const lq_swap_route_t *route, const lq_u256_t *amount, bool exact_out)
{
    lq_routes_split_t split;
    lq_swap_t best;
    double total = lq_u256_to_double(amount);
    const double *parts = exact_out ? split.out : split.in;
    /* beyond the depth in real numbers a path alone may still have it, by rounding */
    lq_err_t err = lq_routes_part(view, &split, route, total, exact_out);
    if (!err)
        err = quote_parts(view, &best, route, parts, split.rest, amount, exact_out);
    for (uint32_t i = 0; i < route->path_cnt; i++) {
        lq_swap_t single;
        if (!err && (best.legs[0].path == i && best.legs[best.leg_cnt - 1].path == i))
            continue;
        if (!err && !may_beat(&split, &best, i))
            continue;
        if (quote_single(view, &single, route, i, amount, exact_out))
            continue;
        if (err || is_better(&single, &best))
            best = single;
        err = LQ_OK;
    }
    if (err)
        return LQ_ERR_RANGE;
    *out = best;
    return LQ_OK;
}

lq_err_t lq_routes_quote(const lq_routes_view_t *view, lq_swap_t *out, const lq_swap_route_t *route,
                         const lq_u256_t *amount, bool exact_out)
{
    if (lq_u256_is_zero(amount) || !can_quote(view, route))
        return LQ_ERR_RANGE;
    if (route->path_cnt == 1)
        return quote_single(view, out, route, 0, amount, exact_out);
    return quote_split(view, out, route, amount, exact_out);
}
