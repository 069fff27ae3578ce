#ifndef LIQD_APP_STATE_H
#define LIQD_APP_STATE_H

/* From the configuration to a sync with all that it is made of, in one arena. */

#include "liqd/app/config.h"
#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/book/sync.h"

#define LQ_STATE_ID_MAX 64u /* of a market: as many as its key can hold */

typedef struct lq_state {
    const lq_config_t *config; /* outlives it */
    lq_arena_t arena;
    lq_sync_t *sync;
    lq_sync_sink_t sink; /* the sync has its own copy; for making it anew */
    lq_sync_instance_t instances[LQ_CONFIG_MARKET_MAX];
    lq_hash_t ids[LQ_CONFIG_MARKET_MAX][LQ_STATE_ID_MAX];
    size_t instance_cnt;
} lq_state_t;

/* What reads need of whoever answers them. */
#define LQ_STATE_READ_MAX         32u /* under way */
#define LQ_STATE_READ_ACCOUNT_MAX 64u /* accounts of one */

/* lq_state_open makes STATE's sync from CONFIG, IDLE, with the operator's promises, tokens and
   sources; its wishes go to SINK. SEED is of hash maps and audits: secret and random. MSG says what
   failed: LQ_ERR_EMPTY (no market is configured), LQ_ERR_NOMEM, LQ_ERR_FULL, LQ_ERR_RANGE. STATE
   may be given to lq_state_close whatever is returned. */
LQ_MUST_USE lq_err_t lq_state_open(lq_state_t *state, lq_err_msg_t *msg, const lq_config_t *config,
                                   const lq_sync_sink_t *sink, uint64_t seed);
void lq_state_close(lq_state_t *state);

/* lq_state_nobody is a sink for a state that no node feeds: its wishes come to nothing. */
extern const lq_sync_sink_t lq_state_nobody;

/* lq_state_again makes the sync anew, as lq_state_open does: after a snapshot was refused. */
LQ_MUST_USE lq_err_t lq_state_again(lq_state_t *state, lq_err_msg_t *msg, uint64_t seed);

/* lq_state_name tells the oracles of the operator's promises, tokens and sources, those that they
   do not know: after lq_state_open, and wherever the oracles were cleared or restored. */
LQ_MUST_USE lq_err_t lq_state_name(lq_state_t *state, lq_err_msg_t *msg);

/* lq_state_seed returns a random number of the system. */
uint64_t lq_state_seed(void);

/* lq_state_limits returns the limits of our own prices. */
lq_value_limits_t lq_state_limits(const lq_config_t *config);

#endif
