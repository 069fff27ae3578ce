#ifndef LIQD_DECIDE_GAIN_H
#define LIQD_DECIDE_GAIN_H

/* What transactions came to in tokens, as their logs tell: Transfer events to and from our
   addresses. Anybody's contract can write such a log, so that of the tokens that are asked for
   alone counts: what a plan seizes and repays. Tokens in between come and go within a transaction.
   Pure, exact. */

#include <stddef.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/decide/money.h"
#include "liqd/events.h"
#include "liqd/num/i256.h"

/* How much more, or less, of a token our addresses have. */
typedef struct lq_gain {
    lq_address_t token;
    lq_i256_t amount;
} lq_gain_t;

/* Whose, and of what. Borrowed. */
typedef struct lq_gain_of {
    const lq_address_t *ours; /* all zero: nobody */
    size_t our_cnt;
    const lq_address_t *tokens;
    size_t token_cnt;
} lq_gain_of_t;

/* lq_gain_add adds what LOG moves to the *CNT GAINS, of which there may be MAX: tokens in the order
   of coming. What goes from one of ours to another counts for nothing, as do logs that are no
   Transfer of OF's tokens. LQ_ERR_RANGE: it leaves 256 bits; LQ_ERR_FULL. */
LQ_MUST_USE lq_err_t lq_gain_add(lq_gain_t *gains, size_t *cnt, size_t max, const lq_gain_of_t *of,
                                 const lq_evm_log_t *log);

/* lq_gain_worth sets *USD to what GAIN is worth, in wads: what came rounds down, what left rounds
   up. LQ_ERR_RANGE. */
LQ_MUST_USE lq_err_t lq_gain_worth(lq_i256_t *usd, const lq_gain_t *gain, const lq_quote_t *quote);

#endif
