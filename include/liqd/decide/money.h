#ifndef LIQD_DECIDE_MONEY_H
#define LIQD_DECIDE_MONEY_H

/* What amounts are worth, and the account of one transaction: profit before it is sent, and, by the
   same function from what the chain tells, after. Exact: what is ours rounds down, what we pay
   rounds up, each once. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/num/amount.h"
#include "liqd/num/i256.h"

/* Our own price of a token, and what scales it. */
typedef struct lq_quote {
    lq_u256_t price_wad; /* of a whole token, in units of account; above 0 */
    uint8_t decimals;    /* of the token; at most 77 */
} lq_quote_t;

/* lq_worth_down and lq_worth_up set *OUT to what AMOUNT units of a token are worth. LQ_ERR_RANGE,
   also for more than 77 decimals.
   lq_worth_of_usd sets *OUT to the units of a token that USD buys, rounded down. LQ_ERR_RANGE,
   LQ_ERR_DIV_ZERO for a price of 0.
   @formula amount price / 10^decimals; usd 10^decimals / price. The products have 512 bits, the
            results 256.
   @src aave-dao/aave-v3-origin:src/contracts/protocol/libraries/logic/GenericLogic.sol
        #_getUserBalanceInBaseCurrency, with a price of ours in wads */
LQ_MUST_USE lq_err_t lq_worth_down(lq_usd_t *out, const lq_u256_t *amount, const lq_quote_t *quote);
LQ_MUST_USE lq_err_t lq_worth_up(lq_usd_t *out, const lq_u256_t *amount, const lq_quote_t *quote);
LQ_MUST_USE lq_err_t lq_worth_of_usd(lq_u256_t *out, const lq_usd_t *usd, const lq_quote_t *quote);

/* What one transaction costs beside the tokens. */
typedef struct lq_gas_price {
    lq_wei_t base_fee_wei; /* of the target block, per gas */
    lq_wei_t tip_wei;      /* ours, per gas */
} lq_gas_price_t;

/* The account of one transaction. Costs and incomes are separate, so that a report can name each.
 */
typedef struct lq_profit {
    lq_usd_t seized_usd; /* what comes in, at our own price */
    lq_usd_t repaid_usd; /* what goes out */
    lq_usd_t swap_usd;   /* what the swap costs against our own prices */
    lq_usd_t flash_fee_usd;
    lq_usd_t gas_usd;
    lq_usd_t bid_usd;
    lq_wei_t gas_wei;
    lq_wei_t bid_wei;
    lq_i256_t net_usd; /* seized - repaid - swap - flash fee - gas - bid, in wads */
    lq_i256_t net_wei; /* the same in the chain's coin, truncated towards zero */
} lq_profit_t;

/* lq_profit_settle sets gas_wei, gas_usd, net_usd and net_wei of P from its other members, GAS
   units at PRICE, and COIN, our price of the chain's coin. LQ_ERR_RANGE: it does not fit;
   LQ_ERR_DIV_ZERO: COIN has a price of 0; P is then unchanged. */
LQ_MUST_USE lq_err_t lq_profit_settle(lq_profit_t *p, uint32_t gas, const lq_gas_price_t *price,
                                      const lq_quote_t *coin);

/* What is offered to whoever builds the block, on top of base fee and tip. */
typedef enum lq_bid_kind {
    LQ_BID_FIXED, /* fixed_wei a transaction */
    LQ_BID_SHARE, /* share_bps of the profit before the bid */
} lq_bid_kind_t;

typedef struct lq_bid {
    lq_bid_kind_t kind;
    lq_wei_t fixed_wei;
    uint32_t share_bps; /* at most 10000 */
    uint32_t cap_bps;   /* of the profit before it: never more; at most 10000 */
    lq_wei_t most_wei;  /* never more either: what is signed; 0: any */
} lq_bid_t;

/* lq_bid_place sets the bid of P, whose account is settled with none, and settles it anew: what BID
   says, but never more than cap_bps of the profit in wei and most_wei, and none of a loss; so net
   is never below 0 after it that was not before. LQ_BUG: P has a bid already. LQ_ERR_RANGE: a share
   above all of it, too; LQ_ERR_DIV_ZERO as above; P is then unchanged. */
LQ_MUST_USE lq_err_t lq_bid_place(lq_profit_t *p, const lq_bid_t *bid, const lq_quote_t *coin);

#endif
