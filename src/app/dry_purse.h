#ifndef LIQD_APP_DRY_PURSE_H
#define LIQD_APP_DRY_PURSE_H

/* The inventory of a dry run: what is taken to be there, and what that has become by what was won:
   debt tokens spent, collateral got, coins less gas and bid. What the executor sweeps away is its
   owner's, and not spent again. */

#include <stdbool.h>
#include <stddef.h>

#include "liqd/decide/sizing.h"
#include "liqd/sim/dry_run.h"

#define LQ_DRY_PURSE_TOKEN_MAX 256u

/* What one intent spends and gets, as decided: for where no node tells what it did. */
typedef struct lq_dry_move {
    lq_address_t token;
    lq_u256_t amount;
    bool spent; /* false: got */
} lq_dry_move_t;

#define LQ_DRY_MOVE_MAX ((size_t)2 * LQ_PLAN_STEP_MAX)

typedef struct lq_dry_moves {
    lq_dry_move_t moves[LQ_DRY_MOVE_MAX];
    size_t cnt;
} lq_dry_moves_t;

typedef struct lq_dry_stock {
    lq_address_t token; /* all zero: the chain's coin */
    lq_i256_t amount;   /* may fall below 0, which is told as 0 */
    bool moved;         /* and that was not told */
} lq_dry_stock_t;

/* All zero: empty. */
typedef struct lq_dry_purse {
    bool swept; /* what is gained does not stay */
    lq_dry_stock_t stocks[LQ_DRY_PURSE_TOKEN_MAX];
    size_t cnt; /* tokens beyond the room are not kept: nothing is spent of them */
} lq_dry_purse_t;

/* lq_dry_purse_set says that so much of FUNDS's token is there. */
void lq_dry_purse_set(lq_dry_purse_t *p, const lq_funds_t *funds);

/* lq_dry_purse_book moves what ROW, which was won, does; BACK: takes it back. MOVES: of its intent,
   for a row without gains; may be NULL. */
void lq_dry_purse_book(lq_dry_purse_t *p, const lq_dry_row_t *row, const lq_dry_moves_t *moves,
                       bool back);

/* lq_dry_purse_next sets *FUNDS to what there is of a token that has moved and was not told yet;
   false: there is none. */
bool lq_dry_purse_next(lq_dry_purse_t *p, lq_funds_t *funds);

/* lq_dry_purse_amount returns what there is of TOKEN. */
lq_u256_t lq_dry_purse_amount(const lq_dry_purse_t *p, const lq_address_t *token);

#endif
