#include "engine_internal.h"

/* Pools of the view: each gives what it gives now, times how much more the token in has gained than
   the token out, less swap_bps. Legs stay those of the pools as they are, by which they are moved.

   With R = (p_in' / p_in) (p_out / p_out') (1 - swap_bps / 10000): what goes in gets floor(out R),
   and what is to come out takes what gets ceil(out' / R) now, which is the least that does. So what
   comes out rises with what goes in, as in the pools themselves. */

static bool same_hop(const lq_swap_hop_t *a, const lq_swap_hop_t *b)
{
    return a->pool == b->pool && a->zero_for_one == b->zero_for_one;
}

static const lq_swap_hop_t *first_hop(const lq_swap_route_t *route)
{
    return &route->paths[0].hops[0];
}

static const lq_swap_hop_t *last_hop(const lq_swap_route_t *route)
{
    return &route->paths[0].hops[route->paths[0].hop_cnt - 1];
}

static engine_way_t *find_way(engine_view_t *seen, const lq_swap_route_t *route)
{
    for (size_t i = seen->way_cnt; i > 0; i--)
        if (same_hop(&seen->ways[i - 1].first, first_hop(route)) &&
            same_hop(&seen->ways[i - 1].last, last_hop(route)))
            return &seen->ways[i - 1];
    return NULL;
}

void engine_forget_ways(lq_engine_t *e)
{
    e->seen->way_cnt = 0;
    e->seen->gain_cnt = 0;
}

/* ---- what a token has gained ---- */

/* Sets *NOW and *THEN to our price of TOKEN. False: one of them is not there. */
static bool prices_of(lq_engine_t *e, lq_u256_t *now, lq_u256_t *then, const lq_address_t *token)
{
    uint32_t at = engine_token(e, token);
    if (at == ENGINE_NONE || engine_price(e, at) == LQ_VALUE_NONE || !engine_price_now(e, now, at))
        return false;
    *then = e->tokens[at].value.price_wad;
    return true;
}

/* False: there is a price that is not known, or none of any token. */
static bool set_gain(lq_engine_t *e, engine_gain_t *out, const lq_address_t *token_in,
                     const lq_address_t *token_out)
{
    lq_u256_t in_now;
    lq_u256_t in_then;
    lq_u256_t out_now;
    lq_u256_t out_then;
    lq_u256_t kept = lq_u256_from_u64(ENGINE_BPS - e->seen->view.swap_bps);
    lq_u256_t whole = lq_u256_from_u64(ENGINE_BPS);
    *out = (engine_gain_t){.token_in = *token_in, .token_out = *token_out};
    return prices_of(e, &in_now, &in_then, token_in) &&
           prices_of(e, &out_now, &out_then, token_out) &&
           !lq_u256_mul_checked(&out->num, &in_then, &out_now) &&
           !lq_u256_mul_checked(&out->num, &out->num, &kept) &&
           !lq_u256_mul_checked(&out->den, &in_now, &out_then) &&
           !lq_u256_mul_checked(&out->den, &out->den, &whole) && !lq_u256_is_zero(&out->num) &&
           !lq_u256_is_zero(&out->den);
}

/* The number of the gain; ENGINE_NONE: it is not known. */
static uint32_t gain_of(lq_engine_t *e, const lq_address_t *token_in, const lq_address_t *token_out)
{
    engine_view_t *seen = e->seen;
    for (size_t i = seen->gain_cnt; i > 0; i--)
        if (engine_same_address(&seen->gains[i - 1].token_in, token_in) &&
            engine_same_address(&seen->gains[i - 1].token_out, token_out))
            return (uint32_t)(i - 1);
    LQ_ASSERT(seen->gain_cnt < LQ_PLAN_PAIR_MAX); /* one sizing has no more pairs */
    if (!set_gain(e, &seen->gains[seen->gain_cnt], token_in, token_out))
        return ENGINE_NONE;
    return (uint32_t)seen->gain_cnt++;
}

/* ---- the questions ---- */

static size_t routes(void *ctx, lq_swap_route_t out[LQ_SWAP_ROUTE_MAX], lq_no_route_t *why,
                     const lq_address_t *token_in, const lq_address_t *token_out)
{
    lq_engine_t *e = ctx;
    engine_view_t *seen = e->seen;
    size_t cnt = e->now_swaps->routes(e->now_swaps->ctx, out, why, token_in, token_out);
    uint32_t gain = cnt ? gain_of(e, token_in, token_out) : ENGINE_NONE;
    if (cnt && gain == ENGINE_NONE) {
        *why = LQ_NO_ROUTE_UNINITIALIZED;
        return 0;
    }
    for (size_t i = 0; i < cnt; i++) {
        const engine_gain_t *g = &seen->gains[gain];
        out[i].spot *= lq_u256_to_double(&g->num) / lq_u256_to_double(&g->den);
        engine_way_t *way = find_way(seen, &out[i]);
        if (!way) {
            LQ_ASSERT(seen->way_cnt < ENGINE_WAY_MAX);
            way = &seen->ways[seen->way_cnt++];
        }
        *way =
            (engine_way_t){.first = *first_hop(&out[i]), .last = *last_hop(&out[i]), .gain = gain};
    }
    return cnt;
}

static const engine_gain_t *gain_along(lq_engine_t *e, const lq_swap_route_t *route)
{
    const engine_way_t *way = find_way(e->seen, route);
    LQ_ASSERT(way);
    return &e->seen->gains[way->gain];
}

static lq_err_t given_in(void *ctx, lq_swap_t *out, const lq_swap_route_t *route,
                         const lq_u256_t *amount_in)
{
    lq_engine_t *e = ctx;
    const engine_gain_t *g = gain_along(e, route);
    lq_swap_t swap;
    lq_err_t err = e->now_swaps->given_in(e->now_swaps->ctx, &swap, route, amount_in);
    if (err || lq_u256_mul_div_down(&swap.amount_out, &swap.amount_out, &g->num, &g->den))
        return LQ_ERR_RANGE;
    *out = swap;
    return LQ_OK;
}

static lq_err_t given_out(void *ctx, lq_swap_t *out, const lq_swap_route_t *route,
                          const lq_u256_t *amount_out)
{
    lq_engine_t *e = ctx;
    const engine_gain_t *g = gain_along(e, route);
    lq_swap_t swap;
    lq_u256_t need;
    if (lq_u256_mul_div_up(&need, amount_out, &g->den, &g->num) ||
        e->now_swaps->given_out(e->now_swaps->ctx, &swap, route, &need))
        return LQ_ERR_RANGE;
    swap.amount_out = *amount_out;
    *out = swap;
    return LQ_OK;
}

static void move(void *ctx, const lq_swap_t *swap)
{
    const lq_engine_t *e = ctx;
    e->now_swaps->move(e->now_swaps->ctx, swap);
}

static void back(void *ctx)
{
    const lq_engine_t *e = ctx;
    e->now_swaps->back(e->now_swaps->ctx);
}

void engine_see_swaps(lq_engine_t *e)
{
    const lq_engine_view_t *view = &e->seen->view;
    engine_forget_ways(e);
    e->seen->swaps = (lq_swaps_t){e, routes, given_in, given_out, move, back};
    bool moved = view->overlay_cnt > 0 || view->swap_bps > 0 || view->now_sec != 0;
    e->swaps = moved ? &e->seen->swaps : e->now_swaps;
}
