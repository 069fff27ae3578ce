#ifndef LIQD_MARKET_UNISWAP_V3_INTERNAL_H
#define LIQD_MARKET_UNISWAP_V3_INTERNAL_H

#include "liqd/market/uniswap.h"

/* lq_v3_step_sums is lq_v3_step for who only adds up: AMOUNT_IN and FEE are right as a sum, which
   spares the one where an exact amount in ends before TARGET: it is all that was left. */
LQ_MUST_USE lq_err_t lq_v3_step_sums(lq_v3_step_t *out, const lq_u256_t *sqrt,
                                     const lq_u256_t *target, lq_u128_t liquidity,
                                     const lq_u256_t *left, bool exact_out, uint32_t fee_pips);

#endif
