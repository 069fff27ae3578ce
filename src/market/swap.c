#include "liqd/market/swap.h"

static size_t no_routes(void *ctx, lq_swap_route_t out[LQ_SWAP_ROUTE_MAX], lq_no_route_t *why,
                        const lq_address_t *token_in, const lq_address_t *token_out)
{
    (void)ctx;
    (void)out;
    (void)token_in;
    (void)token_out;
    *why = LQ_NO_ROUTE_NO_POOL;
    return 0;
}

static lq_err_t no_quote(void *ctx, lq_swap_t *out, const lq_swap_route_t *route,
                         const lq_u256_t *amount)
{
    (void)ctx;
    (void)out;
    (void)route;
    (void)amount;
    return LQ_ERR_RANGE;
}

static void no_move(void *ctx, const lq_swap_t *swap)
{
    (void)ctx;
    (void)swap;
}

static void no_back(void *ctx)
{
    (void)ctx;
}

const lq_swaps_t lq_swaps_none = {.routes = no_routes,
                                  .given_in = no_quote,
                                  .given_out = no_quote,
                                  .move = no_move,
                                  .back = no_back};

const char *lq_no_route_str(lq_no_route_t why)
{
    static const char *const names[] = {
#define LQ_NO_ROUTE_STRING(name, string) string,
        LQ_NO_ROUTE_TABLE(LQ_NO_ROUTE_STRING)
#undef LQ_NO_ROUTE_STRING
    };
    return (unsigned)why < LQ_NO_ROUTE_CNT ? names[why] : "?";
}
