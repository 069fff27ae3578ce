#ifndef LIQD_PROTOCOL_LIQUIDATION_H
#define LIQD_PROTOCOL_LIQUIDATION_H

/* Liquidation in the words that all repay-and-seize protocols share. The adapter (adapter.h) says
   what an account offers and what a call would do to it; what that earns is decide's affair.

   A trial is an account taken out of the ledger, at one moment and under one view, on which calls
   are tried one after the other: exactly what the contract would do, its refusals included, with
   nothing committed. Plain bytes in memory of the caller: a copy is another trial. */

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/codec/types.h"
#include "liqd/num/u256.h"

/* What a call takes and repays: factors of two legs of the account. */
typedef struct lq_liquidation_pair {
    uint16_t collateral;
    uint16_t debt;
} lq_liquidation_pair_t;

/* How a call names its size. */
typedef enum lq_liquidation_by {
    LQ_LIQUIDATION_BY_REPAID, /* Aave: debt token units; Morpho: borrow shares */
    LQ_LIQUIDATION_BY_SEIZED, /* collateral token units */
} lq_liquidation_by_t;
#define LQ_LIQUIDATION_BY_CNT 2

typedef struct lq_liquidation_call {
    lq_liquidation_pair_t pair;
    lq_liquidation_by_t by;
    lq_u256_t amount; /* above 0 */
} lq_liquidation_call_t;

/* Amounts of one pair and one `by`, FROM to TO inclusive, of which the contract takes each (but for
   what rounding does to single ones among them). What is repaid and seized rises with the amount,
   in proportion but for rounding; what may be done next is the same behind each, or is no more than
   what a larger amount, of the range or behind it, does at once (Morpho, which has no close factor;
   Aave, where the account has one pair and all of its debt may be repaid). What an account's only
   pair allows next is the same where its close factor is. Where one of these changes, one range
   ends and the next begins; and where the largest amount takes what a smaller one does and repays
   less, it is a range of its own, the last. A border is exact, or, for amounts of 2^40 and more,
   on the side that passes and within 2^-40 of the amount. */
typedef struct lq_liquidation_range {
    lq_u256_t from;
    lq_u256_t to;
} lq_liquidation_range_t;

#define LQ_LIQUIDATION_RANGE_MAX 16

/* The largest that may be done of a pair (trial_top), and what bounds all else. */
typedef struct lq_liquidation_top {
    lq_liquidation_call_t call; /* of the amount at the end of the last range */
    lq_u256_t least; /* the smallest amount that a range ends at and that does the same */
    lq_u256_t owed;  /* all of the debt */
    lq_u256_t held;  /* all of the collateral, what the protocol takes of it included */
    lq_u256_t again; /* no smaller: the most that is repaid where a call is left behind it */
    lq_u256_t below; /* no smaller: the largest amount that passes of those below `least` less a
                        2^-20th of it; where that is not told, `least` */
    lq_u256_t lift;  /* no smaller: from what is repaid on the limit of `later` holds behind it, of
                        all pairs that have one */
    bool limited;    /* there is such a limit */
    lq_u256_t later; /* no smaller: the most that the pair's calls repay behind another call, of any
                        pair; half of the value of what that repaid is to be taken off */
    double unit_value; /* of the debt, for that */
} lq_liquidation_top_t;

/* What is less than 2^-10 of it below the end of the last range is near it. */
#define LQ_LIQUIDATION_APART_BITS 10u

/* What a call did. Amounts are units of the tokens. */
typedef struct lq_liquidation_outcome {
    lq_u256_t repaid;       /* what the liquidator pays, of the debt token */
    lq_u256_t seized;       /* what he gets, of the collateral token */
    lq_u256_t protocol_fee; /* of the collateral token, beside that */
    lq_u256_t growth; /* where more than lq_liquidation_growth says: how much more it may repay in
                         another block; what calls ahead of it leave of a debt, or of a collateral,
                         grows by the interest on all that there was */
    bool closes_debt; /* nothing of this debt is left */
    bool takes_all;   /* nothing of this collateral is left */
    bool bad_debt;    /* no collateral at all is left, and the remaining debts are written off */
} lq_liquidation_outcome_t;

/* lq_liquidation_growth returns how much more than REPAID a call may repay in a later block, where
   all of a debt or of a collateral goes, or shares of it: 2^-14 of it, which is what the highest
   rate that Aave allows, 1000 % a year, comes to in 190 seconds, and 2 units for what rounds. */
static inline lq_u256_t lq_liquidation_growth(const lq_u256_t *repaid)
{
    const lq_u256_t units = {{2, 0, 0, 0}};
    lq_u256_t grown = lq_u256_shr(repaid, 14);
    return lq_u256_add_wrap(&grown, &units);
}

/* Tells cheaply, on the chain, whether an account is still what a call was made for: word number
   WORD of what a view returns is at least MIN. */
typedef struct lq_guard {
    uint8_t word;
    lq_u256_t min;
} lq_guard_t;

/* lq_guard_of returns the guard of a view whose word WORD is DEBT now: at least DEBT less a 256th,
   so that nobody makes it fail by repaying dust. */
static inline lq_guard_t lq_guard_of(uint8_t word, lq_u128_t debt)
{
    return (lq_guard_t){word, lq_u256_from_halves(0, debt - debt / 256)};
}

#define LQ_TRIAL_SZ 40960u

typedef struct lq_trial {
    alignas(64) uint8_t bytes[LQ_TRIAL_SZ];
} lq_trial_t;

/* A liquidation that happened, as its log tells it. */
typedef struct lq_liquidation_log {
    uint32_t account; /* LQ_LEDGER_NONE: none that we keep */
    lq_address_t liquidator;
    lq_address_t collateral_token;
    lq_address_t debt_token;
    lq_u256_t repaid;
    lq_u256_t seized;
} lq_liquidation_log_t;

#endif
