#ifndef LIQD_MARKET_UNISWAP_H
#define LIQD_MARKET_UNISWAP_H

/* The arithmetic of Uniswap v3 and v2, to the unit: what QuoterV2 and v2's router answer. Forks
   that only charge another fee are the same. Pure; floats nowhere. */

#include <stdbool.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/num/u256.h"

/* Fees are in pips: millionths. */
#define LQ_PIPS_ONE 1000000u

/* ---- v3 ---- */

#define LQ_V3_TICK_MIN    (-887272)
#define LQ_V3_TICK_MAX    887272
#define LQ_V3_SPACING_MAX 16384

/* lq_v3_sqrt_at_tick sets *OUT to sqrt(1.0001^TICK) in Q64.96. LQ_ERR_RANGE: no such tick.
   @src Uniswap/v3-core:contracts/libraries/TickMath.sol#getSqrtRatioAtTick */
LQ_MUST_USE lq_err_t lq_v3_sqrt_at_tick(lq_u256_t *out, int32_t tick);

/* lq_v3_tick_at_sqrt sets *OUT to the highest tick whose ratio is at most SQRT. LQ_ERR_RANGE:
   below that of LQ_V3_TICK_MIN, or not below that of LQ_V3_TICK_MAX.
   @src Uniswap/v3-core:contracts/libraries/TickMath.sol#getTickAtSqrtRatio */
LQ_MUST_USE lq_err_t lq_v3_tick_at_sqrt(int32_t *out, const lq_u256_t *sqrt);

/* lq_v3_amount0, lq_v3_amount1 set *OUT to what of each token LIQUIDITY is between two prices.
   lq_v3_next_in, lq_v3_next_out set *OUT to the price behind AMOUNT in, or out. Errors where the
   contract reverts: LQ_ERR_RANGE, LQ_ERR_DIV_ZERO.
   @src Uniswap/v3-core:contracts/libraries/SqrtPriceMath.sol */
LQ_MUST_USE lq_err_t lq_v3_amount0(lq_u256_t *out, const lq_u256_t *sqrt_a, const lq_u256_t *sqrt_b,
                                   lq_u128_t liquidity, bool round_up);
LQ_MUST_USE lq_err_t lq_v3_amount1(lq_u256_t *out, const lq_u256_t *sqrt_a, const lq_u256_t *sqrt_b,
                                   lq_u128_t liquidity, bool round_up);
LQ_MUST_USE lq_err_t lq_v3_next_in(lq_u256_t *out, const lq_u256_t *sqrt, lq_u128_t liquidity,
                                   const lq_u256_t *amount_in, bool zero_for_one);
LQ_MUST_USE lq_err_t lq_v3_next_out(lq_u256_t *out, const lq_u256_t *sqrt, lq_u128_t liquidity,
                                    const lq_u256_t *amount_out, bool zero_for_one);

/* One step, within one liquidity.
   @src Uniswap/v3-core:contracts/libraries/SwapMath.sol#computeSwapStep */
typedef struct lq_v3_step {
    lq_u256_t sqrt; /* behind it */
    lq_u256_t amount_in;
    lq_u256_t amount_out;
    lq_u256_t fee;
} lq_v3_step_t;
LQ_MUST_USE lq_err_t lq_v3_step(lq_v3_step_t *out, const lq_u256_t *sqrt, const lq_u256_t *target,
                                lq_u128_t liquidity, const lq_u256_t *left, bool exact_out,
                                uint32_t fee_pips);

/* An initialized tick. Those of one pool are linked in rising order. */
#define LQ_V3_NONE UINT32_MAX
typedef struct lq_v3_tick {
    lq_u256_t sqrt;  /* its ratio */
    lq_u128_t gross; /* liquidity that begins or ends here; 0: not read yet, see venues.h */
    lq_i128_t net;   /* what liquidity gains when the price rises over it */
    int32_t tick;
    uint32_t pool;
    uint32_t below; /* rows in the same table; LQ_V3_NONE */
    uint32_t above;
} lq_v3_tick_t;

/* A pool as a swap sees it. */
typedef struct lq_v3_pool {
    lq_u256_t sqrt; /* the price, Q64.96 */
    lq_u128_t liquidity;
    int32_t tick;
    int32_t spacing; /* 1 to LQ_V3_SPACING_MAX */
    uint32_t fee_pips;
    uint32_t below; /* the row of the highest tick at or below `tick`; LQ_V3_NONE */
    uint32_t above; /* of the lowest above it */
} lq_v3_pool_t;

typedef struct lq_v3_quote {
    lq_u256_t amount_in; /* fee included */
    lq_u256_t amount_out;
    lq_u256_t sqrt;    /* behind it */
    uint32_t tick_cnt; /* initialized ticks crossed */
} lq_v3_quote_t;

/* lq_v3_given_in and lq_v3_given_out set *OUT to the swap of AMOUNT through POOL, whose ticks stand
   in TICKS, without a limit of price, stops at the ends of bitmap words included, since they round.
   LQ_ERR_RANGE: AMOUNT is 0, there is not so much depth, a tick on the way is not read, or the
   contract would revert; LQ_ERR_EMPTY: nothing comes out (given_in). *OUT is then unchanged. An
   amount out may take more than an amount in that gets as much: the rest of a step that is worth no
   unit is taken with it. Cost: about 0.2 us, and 0.2 us a tick.
   @src Uniswap/v3-core:contracts/UniswapV3Pool.sol#swap */
LQ_MUST_USE lq_err_t lq_v3_given_in(lq_v3_quote_t *out, const lq_v3_pool_t *pool,
                                    const lq_v3_tick_t *ticks, bool zero_for_one,
                                    const lq_u256_t *amount);
LQ_MUST_USE lq_err_t lq_v3_given_out(lq_v3_quote_t *out, const lq_v3_pool_t *pool,
                                     const lq_v3_tick_t *ticks, bool zero_for_one,
                                     const lq_u256_t *amount);

/* ---- v2 ---- */

/* lq_v2_given_in and lq_v2_given_out set *OUT to what AMOUNT in gets, or to what AMOUNT out takes.
   LQ_ERR_RANGE: AMOUNT or a reserve is 0, there is not so much depth, or the pair, whose reserves
   have 112 bits, could not hold it; LQ_ERR_EMPTY: nothing comes out (given_in).
   @formula floor(a (1 - fee) r_out / (r_in + a (1 - fee))); floor(r_in a / ((r_out - a) (1 - fee)))
            + 1; each of exact fractions
   @src Uniswap/v2-periphery:contracts/libraries/UniswapV2Library.sol#getAmountOut, #getAmountIn */
LQ_MUST_USE lq_err_t lq_v2_given_in(lq_u256_t *out, const lq_u256_t *reserve_in,
                                    const lq_u256_t *reserve_out, uint32_t fee_pips,
                                    const lq_u256_t *amount);
LQ_MUST_USE lq_err_t lq_v2_given_out(lq_u256_t *out, const lq_u256_t *reserve_in,
                                     const lq_u256_t *reserve_out, uint32_t fee_pips,
                                     const lq_u256_t *amount);

#endif
