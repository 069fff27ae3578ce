#ifndef LIQD_NUM_POWER_H
#define LIQD_NUM_POWER_H

/* Powers and exponentials bit for bit as the contracts compute them, approximation and all. OUT is
   written only on success and may be an input; LQ_ERR_RANGE and LQ_ERR_DIV_ZERO where the contract
   reverts, as in fixed.h. */

#include "liqd/num/i256.h"
#include "liqd/num/u256.h"

/* lq_power_wexp returns Morpho's wExp: e^X in wads for X in wads, below 2^196. Never fails: the
   contract clips both ends.
   @formula 0 for x < -41446531673892822312;
            57716089161558943949701069502944508345128422502756744429568 for
            x >= 93859467695000404319; else e 2^q by shifting, with L = 693147180559945309,
            q = trunc((x + sign(x) floor(L / 2)) / L), r = x - q L,
            e = 1e18 + r + floor(floor(r r / 1e18) / 2)
   @src morpho-org/morpho-blue-irm:src/adaptive-curve-irm/libraries/ExpLib.sol#wExp */
lq_u256_t lq_power_wexp(const lq_i256_t *x);

/* lq_power_wtaylor sets *OUT to Morpho's wTaylorCompounded: e^(X N) - 1 in wads for the rate X in
   wads a second and N seconds, by three terms.
   @formula f = x n, s = floor(f f / 2e18), t = floor(s f / 3e18), f + s + t; each product fits
   @src morpho-org/morpho-blue:src/libraries/MathLib.sol#wTaylorCompounded */
LQ_MUST_USE lq_err_t lq_power_wtaylor(lq_u256_t *out, const lq_u256_t *x, const lq_u256_t *n);

/* lq_power_rpow sets *OUT to Maker's rpow: X^N where X and the result are multiples of 1 / BASE
   (a ray for BASE = 1e27), rounded half up at each of at most 126 steps. LQ_ERR_DIV_ZERO for
   BASE = 0, which no contract passes.
   @formula z = n odd ? x : base; while (n = floor(n / 2)) > 0: x = h(x, x), n odd: z = h(z, x);
            h(a, b) = floor((a b + floor(base / 2)) / base), and the numerator fits
   @src makerdao/dss:src/jug.sol#rpow, src/abaci.sol#rpow (whose test x < 2^128 is that of x x) */
LQ_MUST_USE lq_err_t lq_power_rpow(lq_u256_t *out, const lq_u256_t *x, uint64_t n,
                                   const lq_u256_t *base);

/* lq_power_decpow sets *OUT to Liquity's decPow: BASE^MINUTES in wads, MINUTES above 525 600 000
   (a thousand years) taken as that.
   @formula y = 1e18, x = base; while n > 1: n odd: y = h(x, y); x = h(x, x), n = floor(n / 2);
            then h(x, y); n = 0: 1e18; h(a, b) = floor((a b + 5e17) / 1e18), and the numerator fits
   @src liquity/dev:packages/contracts/contracts/Dependencies/LiquityMath.sol#_decPow */
LQ_MUST_USE lq_err_t lq_power_decpow(lq_u256_t *out, const lq_u256_t *base, uint64_t minutes);

#endif
