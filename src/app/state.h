#ifndef LIQD_APP_STATE_H
#define LIQD_APP_STATE_H

/* From the configuration to an engine with all that it is made of, in one arena. Whoever feeds it,
   nodes or a recording, does so by lq_state_event: what is done beside the engine is then the same.
 */

#include "liqd/app/config.h"
#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/engine/engine.h"

#define LQ_STATE_ID_MAX 64u /* of a market: as many as its key can hold */

typedef struct lq_state {
    const lq_config_t *config; /* outlives it */
    lq_arena_t arena;
    lq_engine_t *engine;
    lq_sync_t *sync; /* the engine's */
    lq_action_fn_t *fn;
    void *ctx;
    uint64_t seed;
    lq_address_t coin_token; /* zero: none is named */
    bool rebuilt;            /* noted in the present event */
    bool settled;
    lq_sync_instance_t instances[LQ_CONFIG_MARKET_MAX];
    lq_engine_market_t markets[LQ_CONFIG_MARKET_MAX];
    lq_hash_t ids[LQ_CONFIG_MARKET_MAX][LQ_STATE_ID_MAX];
    size_t instance_cnt;
    lq_venue_pool_config_t pools[LQ_VENUES_POOL_MAX];
    size_t pool_cnt;
    lq_lender_config_t lenders[LQ_VENUES_LENDER_MAX];
    size_t lender_cnt;
} lq_state_t;

/* What reads need of whoever answers them. */
#define LQ_STATE_READ_MAX         32u /* under way */
#define LQ_STATE_READ_ACCOUNT_MAX 64u /* accounts of one */

/* lq_state_open makes STATE's engine from CONFIG, IDLE, with the operator's promises, tokens and
   sources; its actions go to FN, where that is not NULL. DECIDE: markets are liquidated as
   configured; else none is, and the engine keeps the book. SEED is of hash maps and audits: secret
   and random. MSG says what failed: LQ_ERR_EMPTY (no market is configured), LQ_ERR_NOMEM,
   LQ_ERR_FULL, LQ_ERR_RANGE. STATE may be given to lq_state_close whatever is returned, and stays
   where it is until then. */
LQ_MUST_USE lq_err_t lq_state_open(lq_state_t *state, lq_err_msg_t *msg, const lq_config_t *config,
                                   bool decide, lq_action_fn_t *fn, void *ctx, uint64_t seed);
void lq_state_close(lq_state_t *state);

/* lq_state_again makes the engine anew, as lq_state_open does: after a snapshot was refused. */
LQ_MUST_USE lq_err_t lq_state_again(lq_state_t *state, lq_err_msg_t *msg, uint64_t seed);

/* lq_state_retune has the engine work on by what has changed in the configuration and may change
   meanwhile: see lq_engine_retune. LQ_ERR_RANGE. */
LQ_MUST_USE lq_err_t lq_state_retune(lq_state_t *state);

/* lq_state_event gives EVENT to the engine. Where the oracles were cleared by it they are told
   their names again; where it settled a block, of the ledger's tokens. LQ_ERR_FULL: MSG says of
   what. */
LQ_MUST_USE lq_err_t lq_state_event(lq_state_t *state, lq_err_msg_t *msg, const lq_event_t *event);

/* lq_state_name tells the oracles of the operator's promises, tokens and sources, those that they
   do not know: after lq_state_open, and wherever the oracles were cleared or restored. */
LQ_MUST_USE lq_err_t lq_state_name(lq_state_t *state, lq_err_msg_t *msg);

/* lq_state_token returns the token of FACTOR of the ledger and sets *DECIMALS. */
lq_address_t lq_state_token(const lq_state_t *state, uint16_t factor, uint8_t *decimals);

/* lq_state_inventory sets *OUT to what the engine is told of OWN, one of the configuration's.
   LQ_ERR_NOT_FOUND: the decimals of its token are not known yet; LQ_ERR_CONFIG: MSG says what is
   wrong with its amount. lq_state_coins: of the chain's coin, where none is configured: more than
   gas can cost, and far from where sums end. */
LQ_MUST_USE lq_err_t lq_state_inventory(const lq_state_t *state, lq_funds_t *out, lq_err_msg_t *msg,
                                        const lq_config_inventory_t *own);
extern const lq_funds_t lq_state_coins;

/* lq_state_seed returns a random number of the system. */
uint64_t lq_state_seed(void);

/* lq_state_limits returns the limits of our own prices. */
lq_value_limits_t lq_state_limits(const lq_config_t *config);

#endif
