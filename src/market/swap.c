#include "liqd/market/swap.h"

static lq_err_t no_route(void *ctx, lq_swap_t *out, const lq_address_t *token_in,
                         const lq_address_t *token_out, const lq_u256_t *amount)
{
    (void)ctx;
    (void)out;
    (void)token_in;
    (void)token_out;
    (void)amount;
    return LQ_ERR_NOT_FOUND;
}

const lq_swaps_t lq_swaps_none = {.given_in = no_route, .given_out = no_route};
