#ifndef LIQD_APP_MOVES_H
#define LIQD_APP_MOVES_H

/* From the assets that a shock names to the feeds that it moves.

   A token is moved by the feeds that are its own price, in each oracle that prices it. Of an oracle
   of one feed that is this one. Of one of several it is the token's own part: the ratio of a capped
   ratio or a product, the vault or the first feed of Morpho's oracle, and never one that is all of
   another token's price: wstETH's shock is a depeg, WETH's moves wstETH as well. An oracle that has
   a feed moved already moves with it, so that each price moves once. Feeds that the configuration
   names are moved as they are.

   Where an oracle of it cannot be moved the price stays: that is told, by market. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "follow.h"
#include "liqd/app/shock.h"
#include "liqd/book/book.h"
#include "state.h"

/* A token's price in one place. */
typedef struct lq_pricing {
    lq_address_t token;
    uint32_t oracle;   /* of market/oracles.h; LQ_LEDGER_NONE: none, it is the unit */
    uint32_t instance; /* LQ_PRICING_OURS: a source of our own price */
    bool quote; /* by the other side of ORACLE, a Morpho market's: TOKEN is what is lent there */
    lq_address_t unit; /* where it is a Morpho market's collateral: what is lent there, else 0 */
} lq_pricing_t;

#define LQ_PRICING_OURS UINT32_MAX

typedef struct lq_moves_feed {
    const char *name; /* of the configuration */
    lq_address_t address;
} lq_moves_feed_t;

/* What names are looked up in. Borrowed. */
typedef struct lq_moves_ground {
    const lq_oracles_t *oracles;
    const lq_symbol_t *tokens; /* each once */
    size_t token_cnt;
    const lq_pricing_t *pricings; /* each once */
    size_t pricing_cnt;
    const lq_moves_feed_t *feeds;
    size_t feed_cnt;
} lq_moves_ground_t;

/* Why a price stays. */
typedef enum lq_moves_why {
    LQ_MOVES_OPAQUE,    /* the oracle's shape is not known */
    LQ_MOVES_FIXED,     /* it is a fixed number */
    LQ_MOVES_ABSENT,    /* it is not read, or no contract */
    LQ_MOVES_UNIT,      /* the market counts in the token itself, or has no feed of it */
    LQ_MOVES_SHARED,    /* its feeds are the prices of other tokens */
    LQ_MOVES_NO_ANSWER, /* its feed has no answer above 0 */
} lq_moves_why_t;

typedef struct lq_moves_stay {
    uint32_t instance; /* or LQ_PRICING_OURS */
    lq_address_t token;
    lq_moves_why_t why;
    size_t cnt; /* oracles of it there */
} lq_moves_stay_t;

/* A price that moves otherwise than was asked for: a cap holds. */
typedef struct lq_moves_odd {
    uint32_t instance;
    lq_address_t token;
    int32_t change; /* what it comes to */
} lq_moves_odd_t;

#define LQ_MOVES_STAY_MAX 32

typedef struct lq_moves {
    uint32_t feeds[LQ_BOOK_OVERLAY_MAX];
    size_t feed_cnt;
    lq_moves_stay_t stays[LQ_MOVES_STAY_MAX]; /* those beyond are not told */
    size_t stay_cnt;
} lq_moves_t;

/* lq_moves_find sets *OUT to what ASSETS move together. MSG says what is wrong: LQ_ERR_NOT_FOUND
   (no such asset; the nearest names), LQ_ERR_EXISTS (two tokens of one symbol), LQ_ERR_EMPTY
   (nothing of an asset can be moved), LQ_ERR_FULL (more than LQ_BOOK_OVERLAY_MAX feeds). */
LQ_MUST_USE lq_err_t lq_moves_find(lq_moves_t *out, lq_err_msg_t *msg,
                                   const lq_moves_ground_t *ground,
                                   const lq_shock_assets_t *assets);

/* lq_moves_overlay writes the answers of what MOVES moves, CHANGE from now, behind the *CNT
   overlays at OUT, which has room for LQ_BOOK_OVERLAY_MAX.
   Each is max(1, trunc(answer (1e6 + change) / 1e6)).
   LQ_ERR_FULL; LQ_ERR_EXISTS: a feed is among them already; LQ_ERR_RANGE: an answer has no place.
   MSG says which. */
LQ_MUST_USE lq_err_t lq_moves_overlay(lq_price_overlay_t *out, size_t *cnt, lq_err_msg_t *msg,
                                      const lq_oracles_t *oracles, const lq_moves_t *moves,
                                      int32_t change);

/* lq_moves_odd writes up to MAX prices of ASSETS that OVERLAYS, made of MOVES and CHANGE alone,
   move otherwise by more than a basis point, and returns how many there are. NOW_SEC as in
   lq_oracles_eval. */
size_t lq_moves_odd(lq_moves_odd_t *out, size_t max, const lq_moves_ground_t *ground,
                    const lq_shock_assets_t *assets, const lq_price_overlay_t *overlays,
                    size_t overlay_cnt, int32_t change, uint64_t now_sec);

const char *lq_moves_why_str(lq_moves_why_t why);

/* The ground that a state gives, with memory of its own. */
typedef struct lq_moves_world {
    lq_moves_ground_t ground;
    lq_symbol_t *tokens;
    lq_pricing_t *pricings;
    lq_moves_feed_t *feeds;
} lq_moves_world_t;

/* lq_moves_world_open fills OUT from STATE, and SYMBOLS, of tokens that its oracles do not know.
   LQ_ERR_NOMEM. End it with lq_moves_world_close, whatever is returned. */
LQ_MUST_USE lq_err_t lq_moves_world_open(lq_moves_world_t *out, const lq_state_t *state,
                                         const lq_symbol_t *symbols, size_t symbol_cnt);
void lq_moves_world_close(lq_moves_world_t *w);

#endif
