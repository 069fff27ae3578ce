#ifndef LIQD_PROTOCOL_AAVE_V3_BALANCE_H
#define LIQD_PROTOCOL_AAVE_V3_BALANCE_H

/* Interest and balances of Aave v3, bit for bit: indices at any time, scaled amounts and their
   balances, scaled balances from the tokens' events.

   Token amounts are in the token's smallest unit, indices and rates (a year) in rays, times in
   seconds. Each function writes to its outputs only on success; an output may be an input. They
   fail where the contract reverts: LQ_ERR_RANGE where a word of 256 bits (or of the 128 that a
   storage field has) overflows or goes below zero, LQ_ERR_DIV_ZERO for a divisor of zero. No
   pointer may be NULL. Pure, nothing allocates.
   @src aave-dao/aave-v3-origin:src/contracts/protocol/libraries, each file named below it;
        aave/aave-v3-core:contracts/protocol/libraries for 3.0 */

#include "liqd/num/u256.h"
#include "liqd/protocol/aave_v3_rules.h"

/* A year in both interest formulas, in seconds: 365 days. @src math/MathUtils.sol */
#define LQ_AAVE_V3_YEAR_SEC 31536000u

/* The two tokens of a reserve that scale with an index. */
typedef enum lq_aave_v3_token {
    LQ_AAVE_V3_ATOKEN, /* supply; liquidity index */
    LQ_AAVE_V3_DEBT,   /* variable debt; variable borrow index */
} lq_aave_v3_token_t;

/* lq_aave_v3_linear_interest sets *OUT to the growth of the liquidity index in DT seconds at RATE.
   @formula 1e27 + floor(rate dt / year); fits(rate dt)
   @src math/MathUtils.sol#calculateLinearInterest */
LQ_MUST_USE lq_err_t lq_aave_v3_linear_interest(lq_u256_t *out, const lq_u256_t *rate, uint64_t dt);

/* lq_aave_v3_compounded_interest sets *OUT to the growth of the variable borrow index in DT seconds
   at RATE.
   @formula dt = 0: 1e27. Else, m being rayMul (half up), and every product checked:
            binomial: b2 = floor(m(r, r) / year^2), b3 = floor(m(b2, r) / year);
                      1e27 + floor(r dt / year) + floor(dt (dt - 1) b2 / 2)
                      + floor(dt (dt - 1) max(dt - 2, 0) b3 / 6)
            polynomial: x = floor(r dt / year); 1e27 + x + m(x, floor(x / 2) + m(x, floor(x / 6)));
                      r dt and the sums modulo 2^256
   @src math/MathUtils.sol#calculateCompoundedInterest */
LQ_MUST_USE lq_err_t lq_aave_v3_compounded_interest(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                                                    const lq_u256_t *rate, uint64_t dt);

/* The part of a reserve's state that time moves, as of its last update. */
typedef struct lq_aave_v3_accrual {
    lq_u256_t liquidity_index; /* below 2^128, as the four after it */
    lq_u256_t variable_borrow_index;
    lq_u256_t current_liquidity_rate;
    lq_u256_t current_variable_borrow_rate;
    lq_u256_t accrued_to_treasury; /* scaled */
    uint64_t last_update_sec;
} lq_aave_v3_accrual_t;

/* lq_aave_v3_index_at sets *OUT to TOKEN's normalized index at NOW_SEC: what balances are computed
   with. LQ_ERR_RANGE too where NOW_SEC is before the last update.
   @formula rayMul(interest, index); the index itself at the last update
   @src logic/ReserveLogic.sol#getNormalizedIncome, #getNormalizedDebt */
LQ_MUST_USE lq_err_t lq_aave_v3_index_at(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                                         const lq_aave_v3_accrual_t *a, lq_aave_v3_token_t token,
                                         uint64_t now_sec);

/* lq_aave_v3_accrue brings *A to NOW_SEC as each interaction with the reserve begins: both indices
   and the treasury's share of the interest. SCALED_DEBT is the scaled supply of the debt token (the
   borrow index stands still at 0), RESERVE_FACTOR_BPS the treasury's part. Stable debt, whose
   interest the treasury shared to 3.1, is not part of it.
   LQ_ERR_RANGE also where a result has no place in 128 bits or NOW_SEC is before the last update.
   @formula d = scaled debt. half up (to 3.4): i = m(d, index') - m(d, index), shares
            rayDiv(percentMul(i, factor), liquidity index'); directional: i = floor(d (index' -
            index) / 1e27), shares rounded down
   @src logic/ReserveLogic.sol#updateState */
LQ_MUST_USE lq_err_t lq_aave_v3_accrue(const lq_aave_v3_rules_t *rules, lq_aave_v3_accrual_t *a,
                                       const lq_u256_t *scaled_debt, uint32_t reserve_factor_bps,
                                       uint64_t now_sec);

/* lq_aave_v3_balance sets *OUT to the balance of SCALED units of TOKEN at its normalized INDEX,
   without stable debt.
   @formula half up; directional: aToken down, debt up: scaled index / 1e27
   @src helpers/TokenMath.sol#getATokenBalance, #getVTokenBalance */
LQ_MUST_USE lq_err_t lq_aave_v3_balance(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                                        lq_aave_v3_token_t token, const lq_u256_t *scaled,
                                        const lq_u256_t *index);

/* lq_aave_v3_scaled_mint and _burn set *OUT to the scaled units that a mint or a burn of AMOUNT of
   TOKEN moves. A transfer of aTokens scales as their burn does.
   @formula half up; directional: aToken mint down, burn up, debt mint up, burn down:
            amount 1e27 / index
   @src helpers/TokenMath.sol */
LQ_MUST_USE lq_err_t lq_aave_v3_scaled_mint(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                                            lq_aave_v3_token_t token, const lq_u256_t *amount,
                                            const lq_u256_t *index);
LQ_MUST_USE lq_err_t lq_aave_v3_scaled_burn(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                                            lq_aave_v3_token_t token, const lq_u256_t *amount,
                                            const lq_u256_t *index);

/* The numbers of the events Mint and Burn of both tokens. */
typedef struct lq_aave_v3_scaled_event {
    lq_u256_t value;
    lq_u256_t balance_increase;
    lq_u256_t index;
} lq_aave_v3_scaled_event_t;

/* lq_aave_v3_apply_mint and _burn set *SCALED to an account's scaled balance of TOKEN after the
   event E, from the one before. A Mint may lower it: a burn smaller than the interest since the
   last one says Mint. LQ_ERR_RANGE where the new balance is below 0, or 2^128 or more, or the
   numbers contradict the balance or each other: no such event comes from the contract, the token is
   then not what it is held for.
   @formula s the balance, v the value, i the increase, x the index.
            amounts (to 3.4): Mint v >= i: s + rayDiv(v - i, x); v < i: s - rayDiv(i - v, x).
            Burn: s - rayDiv(v + i, x).
            rounded (3.5): n = balance(s, x) - i + v for Mint, - v for Burn; then the only s whose
            balance is n, since x >= 1e27: aToken ceil(n 1e27 / x), debt floor(n 1e27 / x)
   @src tokenization/base/ScaledBalanceTokenBase.sol#_mintScaled, #_burnScaled, #_transfer */
LQ_MUST_USE lq_err_t lq_aave_v3_apply_mint(const lq_aave_v3_rules_t *rules, lq_u256_t *scaled,
                                           lq_aave_v3_token_t token,
                                           const lq_aave_v3_scaled_event_t *e);
LQ_MUST_USE lq_err_t lq_aave_v3_apply_burn(const lq_aave_v3_rules_t *rules, lq_u256_t *scaled,
                                           lq_aave_v3_token_t token,
                                           const lq_aave_v3_scaled_event_t *e);

/* lq_aave_v3_apply_transfer moves SCALED_VALUE, the value of BalanceTransfer, from *FROM to *TO,
   the scaled aToken balances of its two accounts, which may be one. The Mint events around it carry
   no more than interest. LQ_ERR_RANGE as above. The scaled value stands in the event in every
   version.
   @src tokenization/AToken.sol#_transfer */
LQ_MUST_USE lq_err_t lq_aave_v3_apply_transfer(lq_u256_t *from, lq_u256_t *to,
                                               const lq_u256_t *scaled_value);

#endif
