#ifndef LIQD_NUM_FIXED_H
#define LIQD_NUM_FIXED_H

/* Fixed-point arithmetic bit for bit as the contracts do it, the conditions on which they revert
   included. Operands are raw words: a contract multiplies a token amount by an index in rays and
   gets a token amount, so that the fixed-point type of a word is known to its formula only.

   Each function writes to OUT only on success; OUT may be one of the inputs. Where the contract
   reverts it fails: LQ_ERR_DIV_ZERO for a divisor of zero, LQ_ERR_RANGE where what must stay below
   2^256 does not. What must differs, and stands in each formula as fits(...): the contracts compute
   with 256 bits, so that a * b must fit even where a * b / d would (lq_u256_mul_div_down and its
   kind compute with 512). Quotients always fit, since no divisor is below one.

   Division by one wad, ray or 10000 bps costs a multiplication by a constant reciprocal. */

#include "liqd/num/u256.h"

/* LQ_WAD_ONE = 1e18: the number 1 in wads.
   @src aave-dao/aave-v3-origin:src/contracts/protocol/libraries/math/WadRayMath.sol#WAD */
static const lq_u256_t LQ_WAD_ONE = {{0x0de0b6b3a7640000u, 0, 0, 0}};

/* LQ_RAY_ONE = 1e27: the number 1 in rays.
   @src aave-dao/aave-v3-origin:src/contracts/protocol/libraries/math/WadRayMath.sol#RAY */
static const lq_u256_t LQ_RAY_ONE = {{0x9fd0803ce8000000u, 0x33b2e3cu, 0, 0}};

/* LQ_BPS_ONE = 10000: the number 1, 100 %, in basis points.
   @src aave-dao/aave-v3-origin:src/contracts/protocol/libraries/math/PercentageMath.sol
        #PERCENTAGE_FACTOR */
static const lq_u256_t LQ_BPS_ONE = {{10000, 0, 0, 0}};

/* lq_fixed_mul_div_down sets *OUT to A * B / D as Solidity's checked `a * b / d` does.
   @formula floor(a b / d); fits(a b); d > 0
   @src morpho-org/morpho-blue:src/libraries/MathLib.sol#mulDivDown */
LQ_MUST_USE lq_err_t lq_fixed_mul_div_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                                           const lq_u256_t *d);

/* lq_fixed_mul_div_half_up sets *OUT to A * B / D, a half upwards.
   @formula floor((a b + floor(d / 2)) / d); fits(a b + floor(d / 2)); d > 0
   @src makerdao/dss:src/jug.sol#rpow, the step of its loop */
LQ_MUST_USE lq_err_t lq_fixed_mul_div_half_up(lq_u256_t *out, const lq_u256_t *a,
                                              const lq_u256_t *b, const lq_u256_t *d);

/* lq_fixed_mul_div_up sets *OUT to A * B / D, rounded up from the remainder.
   @formula ceil(a b / d); fits(a b); d > 0
   @src aave-dao/aave-v3-origin:src/contracts/protocol/libraries/math/MathUtils.sol#mulDivCeil */
LQ_MUST_USE lq_err_t lq_fixed_mul_div_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                                         const lq_u256_t *d);

/* lq_fixed_mul_div_sum_up sets *OUT to A * B / D, rounded up by adding D - 1 before the division:
   lq_fixed_mul_div_up but for the overflow of that sum.
   @formula floor((a b + d - 1) / d); fits(a b + d - 1); d > 0
   @src morpho-org/morpho-blue:src/libraries/MathLib.sol#mulDivUp */
LQ_MUST_USE lq_err_t lq_fixed_mul_div_sum_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                                             const lq_u256_t *d);

/* lq_fixed_wad_mul_down and _half_up set *OUT to A * B for B in wads (or both).
   @formula down: floor(a b / 1e18); fits(a b). half_up: floor((a b + 5e17) / 1e18);
            fits(a b + 5e17)
   @src morpho-org/morpho-blue:src/libraries/MathLib.sol#wMulDown;
        aave-dao/aave-v3-origin:src/contracts/protocol/libraries/math/WadRayMath.sol#wadMul */
LQ_MUST_USE lq_err_t lq_fixed_wad_mul_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b);
LQ_MUST_USE lq_err_t lq_fixed_wad_mul_half_up(lq_u256_t *out, const lq_u256_t *a,
                                              const lq_u256_t *b);

/* lq_fixed_wad_div_down, _half_up and _sum_up set *OUT to the wad A / B.
   @formula down: floor(a 1e18 / b); fits(a 1e18). half_up: floor((a 1e18 + floor(b / 2)) / b);
            fits(a 1e18 + floor(b / 2)). sum_up: floor((a 1e18 + b - 1) / b);
            fits(a 1e18 + b - 1). All: b > 0
   @src morpho-org/morpho-blue:src/libraries/MathLib.sol#wDivDown, #wDivUp;
        aave-dao/aave-v3-origin:src/contracts/protocol/libraries/math/WadRayMath.sol#wadDiv */
LQ_MUST_USE lq_err_t lq_fixed_wad_div_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b);
LQ_MUST_USE lq_err_t lq_fixed_wad_div_half_up(lq_u256_t *out, const lq_u256_t *a,
                                              const lq_u256_t *b);
LQ_MUST_USE lq_err_t lq_fixed_wad_div_sum_up(lq_u256_t *out, const lq_u256_t *a,
                                             const lq_u256_t *b);

/* lq_fixed_ray_mul_down, _half_up and _up set *OUT to A * B for B in rays (or both).
   @formula down: floor(a b / 1e27); fits(a b). half_up: floor((a b + 5e26) / 1e27);
            fits(a b + 5e26). up: ceil(a b / 1e27); fits(a b)
   @src aave-dao/aave-v3-origin:src/contracts/protocol/libraries/math/WadRayMath.sol#rayMulFloor,
        #rayMul, #rayMulCeil */
LQ_MUST_USE lq_err_t lq_fixed_ray_mul_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b);
LQ_MUST_USE lq_err_t lq_fixed_ray_mul_half_up(lq_u256_t *out, const lq_u256_t *a,
                                              const lq_u256_t *b);
LQ_MUST_USE lq_err_t lq_fixed_ray_mul_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b);

/* lq_fixed_ray_div_down, _half_up and _up set *OUT to the ray A / B.
   @formula down: floor(a 1e27 / b); fits(a 1e27). half_up: floor((a 1e27 + floor(b / 2)) / b);
            fits(a 1e27 + floor(b / 2)). up: ceil(a 1e27 / b); fits(a 1e27). All: b > 0
   @src aave-dao/aave-v3-origin:src/contracts/protocol/libraries/math/WadRayMath.sol#rayDivFloor,
        #rayDiv, #rayDivCeil */
LQ_MUST_USE lq_err_t lq_fixed_ray_div_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b);
LQ_MUST_USE lq_err_t lq_fixed_ray_div_half_up(lq_u256_t *out, const lq_u256_t *a,
                                              const lq_u256_t *b);
LQ_MUST_USE lq_err_t lq_fixed_ray_div_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b);

/* lq_fixed_bps_mul_down, _half_up and _up set *OUT to P basis points of A.
   @formula down: floor(a p / 10000); fits(a p). half_up: floor((a p + 5000) / 10000);
            fits(a p + 5000). up: ceil(a p / 10000); fits(a p)
   @src aave-dao/aave-v3-origin:src/contracts/protocol/libraries/math/PercentageMath.sol#percentMul,
        #percentMulFloor, #percentMulCeil */
LQ_MUST_USE lq_err_t lq_fixed_bps_mul_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *p);
LQ_MUST_USE lq_err_t lq_fixed_bps_mul_half_up(lq_u256_t *out, const lq_u256_t *a,
                                              const lq_u256_t *p);
LQ_MUST_USE lq_err_t lq_fixed_bps_mul_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *p);

/* lq_fixed_bps_div_down, _half_up and _up set *OUT to that of which A is P basis points.
   @formula down: floor(a 10000 / p); fits(a 10000). half_up: floor((a 10000 + floor(p / 2)) / p);
            fits(a 10000 + floor(p / 2)). up: ceil(a 10000 / p); fits(a 10000). All: p > 0
   @src aave-dao/aave-v3-origin:src/contracts/protocol/libraries/math/PercentageMath.sol#percentDiv,
        #percentDivFloor, #percentDivCeil */
LQ_MUST_USE lq_err_t lq_fixed_bps_div_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *p);
LQ_MUST_USE lq_err_t lq_fixed_bps_div_half_up(lq_u256_t *out, const lq_u256_t *a,
                                              const lq_u256_t *p);
LQ_MUST_USE lq_err_t lq_fixed_bps_div_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *p);

#endif
