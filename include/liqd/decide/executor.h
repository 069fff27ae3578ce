#ifndef LIQD_DECIDE_EXECUTOR_H
#define LIQD_DECIDE_EXECUTOR_H

/* A plan as one call of our executor (src/contracts/Executor.sol): what it carries out is a program
   of bytes, which is written here, and what it reverts with is read here. Pure.

   execute(bytes program), of the owner and its operators alone. Numbers are big-endian; an amount
   is one byte, how many bytes follow, 0 to 32, and these, without leading zeros.

       program  flags u8: 1 sweep what was gained to the owner
                last block u40: reverts in a later one; 0: none
                guard_cnt u8, guards
                gain_cnt u8, gains
                operations, to the end
       guard    contract 20, word u8, minimum amount, input_sz u16, input: reverts unless the word
                of what a static call of the contract with the input returns is at least the minimum
       gain     token 20, minimum amount: reverts at the end unless the executor holds at least so
                much more of the token than at the begin; with 0 it may have no less. Each token
                once

       operation, its first byte:
       1 FLASH  lender kind u8 (0 Aave v3, 1 Morpho Blue, 2 a Uniswap v3 pool, its token0; 3 its
                token1), lender 20, rest_sz u16, rest: token 20, amount, most that it may cost
                amount, nested operations: borrows, carries out the nested ones, pays back
       2 CALL   contract 20, token 20, allowance amount, input_sz u16, input: lets the contract take
                so much of the token (0: nothing), calls it, takes back what is left of the
                allowance
       3 OUT    venue kind u8 (0 v3, 1 v2), zero_for_one u8, pool 20, fee in pips u24 (of v2 alone),
                amount out, rest_sz u16, rest: token in 20, most to pay amount, nested operations: a
                swap of an exact amount out. It is paid for out of what is held where there are no
                nested operations; else these have to, see below
       4 IN     the same, of an exact amount in: the first amount is the least to get, the second
                is given in whole
       5 UNWRAP wrapped coin 20, amount
       6 PAY    amount, to the block's fee recipient

   A swap's first amount of 0 stands for what has to be paid by the operation that it is nested in.
   By a swap: what that asks for; it then goes to the pool that asks for it directly. So the second
   pool of a path is an OUT, with the first as an OUT of 0 nested in it, and no token in between is
   ever held. By a loan: what was borrowed with what it costs, less what the executor holds more of
   the token than just before the loan came; where that is nothing, nothing is swapped. So interest
   that was added to a debt is paid, and what was borrowed too much goes back.

   Who lends or swaps gets no more than the program lets him: a lender what he lent and the most
   that it may cost, a pool the most to pay. That they gave what they said is not seen but by the
   gains: a token of which the executor holds some before is to be among these, be it with 0.

   Guards come before anything else, so that a race that is lost costs next to nothing. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/decide/executor_code.h"
#include "liqd/decide/sizing.h"
#include "liqd/events.h"
#include "liqd/market/venues.h"
#include "liqd/protocol/liquidation.h"

/* The tokens of a step. */
typedef struct lq_executor_tokens {
    lq_address_t collateral;
    lq_address_t debt;
} lq_executor_tokens_t;

/* What is written: STEP_CNT steps, all of one transaction. Borrowed. */
typedef struct lq_executor_job {
    const lq_plan_step_t *steps;        /* of a plan */
    size_t step_cnt;                    /* 1 to LQ_PLAN_STEP_MAX */
    const lq_read_call_t *calls;        /* the protocol's, one a step */
    const lq_executor_tokens_t *tokens; /* one a step */
    const lq_read_call_t *guards;       /* the views that tell whether the account is what it was */
    const lq_guard_t *guard_mins;       /* one each */
    size_t guard_cnt;                   /* 1 to LQ_PLAN_STEP_MAX, one for each debt */
    const lq_venues_t *venues;          /* whose pools the swaps name */
    lq_funding_t funding;               /* INVENTORY: what the executor itself holds */
    uint64_t last_blk;                  /* below 2^40 */
    uint32_t slippage_bps; /* more than quoted that a swap may cost, never more than seized */
    lq_usd_t spare_usd; /* so much of the profit may be missing, over all collaterals in proportion,
                           and no more than slippage_bps of it and of what is swapped */
    lq_usd_t gross_usd; /* what all that is gained is worth, the profit before gas and bid, with an
                           inventory what is seized; 0: all of it must be there */
    bool sweep;
    lq_wei_t pay_wei; /* to the block's fee recipient, out of what comes with the transaction */
} lq_executor_job_t;

/* Bytes that the calldata of any job fits in whose calls and guards are at most
   LQ_EXECUTOR_INPUT_MAX bytes each. */
#define LQ_EXECUTOR_INPUT_MAX 1024u
#define LQ_EXECUTOR_SZ_MAX    16384u

/* lq_executor_encode writes the calldata of execute(bytes) for JOB to OUT and sets *OUT_SZ. A loan
   of each debt token, one in the other; in the innermost all calls in their order; behind them the
   swaps that repay it. What pays back is swapped into to the unit. LQ_ERR_FULL: OUT_MAX;
   LQ_ERR_INVAL: JOB is not one. Cost: at most 1 us. */
LQ_MUST_USE lq_err_t lq_executor_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                        const lq_executor_job_t *job);

/* What the executor holds of one token, given for another along one route. Borrowed. */
typedef struct lq_executor_swap_job {
    const lq_venues_t *venues;
    lq_address_t token_in;
    lq_address_t token_out;
    const lq_swap_t *swap; /* as quoted for what is given */
    lq_u256_t least_out;   /* to be gained in all, else it reverts */
    uint32_t slippage_bps; /* less than quoted that a pool may give */
    uint64_t last_blk;     /* below 2^40 */
} lq_executor_swap_job_t;

/* lq_executor_encode_swap writes the calldata of execute(bytes) for JOB: of a path through one pool
   all is given; of one through two so much less, by slippage_bps, that what the first is paid with
   suffices: the rest stays. LQ_ERR_FULL: OUT_MAX; LQ_ERR_INVAL: its legs do not lead from TOKEN_IN
   to TOKEN_OUT, or JOB is beyond its bounds. */
LQ_MUST_USE lq_err_t lq_executor_encode_swap(uint8_t *out, size_t out_max, size_t *out_sz,
                                             const lq_executor_swap_job_t *job);

/* lq_executor_encode_transfer writes the calldata of execute(bytes) that sends AMOUNT of TOKEN,
   which the executor holds, to TO. LQ_ERR_FULL: OUT_MAX; LQ_ERR_INVAL: LAST_BLK is not below 2^40.
 */
LQ_MUST_USE lq_err_t lq_executor_encode_transfer(uint8_t *out, size_t out_max, size_t *out_sz,
                                                 const lq_address_t *token, const lq_address_t *to,
                                                 const lq_u256_t *amount, uint64_t last_blk);

/* lq_executor_encode_creation writes what creates an executor of OWNER, LQ_EXECUTOR_CREATION_SZ
   bytes. */
#define LQ_EXECUTOR_CREATION_SZ (LQ_EXECUTOR_PREFIX_SZ + LQ_EXECUTOR_CODE_SZ + 32u)
void lq_executor_encode_creation(uint8_t out[LQ_EXECUTOR_CREATION_SZ], const lq_address_t *owner);

/* What stands in its storage, for who puts it in by override: its code (executor_code.h), the
   owner's address in LQ_EXECUTOR_OWNER_SLOT, and 1 in the slot of each operator, which
   lq_executor_operator_slot returns. */
#define LQ_EXECUTOR_OWNER_SLOT 0u
lq_hash_t lq_executor_operator_slot(const lq_address_t *operator);

/* What the executor reverts with. X(NAME, string). */
#define LQ_EXECUTOR_ERROR_TABLE(X)                           \
    X(NONE, "not the executor's")                            \
    X(NOT_OWNER, "the caller is not the owner")              \
    X(NOT_OPERATOR, "the caller is no operator")             \
    X(BUSY, "called from within")                            \
    X(EXPIRED, "the last block has passed")                  \
    X(ACCOUNT_CHANGED, "the account is not what it was")     \
    X(GUARD_FAILED, "the guard's call reverts")              \
    X(UNEXPECTED_CALLBACK, "a callback of somebody else's")  \
    X(CALLBACK_MISSING, "the callback did not come")         \
    X(CALL_FAILED, "a call reverts")                         \
    X(TOKEN_FAILED, "a token refuses")                       \
    X(TOO_DEAR, "the swap or loan costs more than allowed")  \
    X(TOO_LITTLE, "the swap gives less than asked")          \
    X(BELOW_MINIMUM, "less is gained than asked")            \
    X(BUILDER_REFUSED, "the fee recipient takes no payment") \
    X(BAD_PROGRAM, "the program is none")

typedef enum lq_executor_error {
#define LQ_EXECUTOR_ERROR_ENUM(name, string) LQ_EXECUTOR_ERROR_##name,
    LQ_EXECUTOR_ERROR_TABLE(LQ_EXECUTOR_ERROR_ENUM)
#undef LQ_EXECUTOR_ERROR_ENUM
    LQ_EXECUTOR_ERROR_CNT
} lq_executor_error_t;

typedef struct lq_executor_revert {
    lq_executor_error_t error;
    lq_address_t about;   /* the contract, token or pool that it is about; all zero: none */
    lq_u256_t actual;     /* the block, the word, what was asked or got; 0 where there is none */
    lq_u256_t limit;      /* what it was to be; the same */
    const uint8_t *inner; /* CALL_FAILED, TOKEN_FAILED, GUARD_FAILED: what the other reverted with;
                             points into DATA */
    size_t inner_sz;
} lq_executor_revert_t;

/* lq_executor_revert sets *OUT to what DATA, of a revert, says. LQ_ERR_SYNTAX: its selector is one
   of the executor's, and the rest does not decode. */
LQ_MUST_USE lq_err_t lq_executor_revert(lq_executor_revert_t *out, const uint8_t *data, size_t sz);

/* lq_executor_error_str returns its string; static. */
const char *lq_executor_error_str(lq_executor_error_t error);

#endif
