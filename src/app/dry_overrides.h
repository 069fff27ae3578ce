#ifndef LIQD_APP_DRY_OVERRIDES_H
#define LIQD_APP_DRY_OVERRIDES_H

/* What a dry run puts before the chain's state, so that its transactions can be tried without key,
   funds or executor: the sender's coins, the executor's code and who may use it, the inventory and
   what the protocols may take of it. Where a token keeps its numbers is asked of the nodes, once
   for each token and holder. */

#include "dry_purse.h"
#include "liqd/app/config.h"
#include "liqd/chain/simulate.h"

/* Opaque. */
typedef struct lq_dry_overrides lq_dry_overrides_t;

typedef struct lq_dry_overrides_config {
    const lq_config_t *config; /* outlives it */
    lq_log_t *log;
    lq_simulate_t *simulate;
} lq_dry_overrides_config_t;

/* LQ_ERR_NOMEM. lq_dry_overrides_free takes NULL. */
LQ_MUST_USE lq_err_t lq_dry_overrides_new(lq_dry_overrides_t **o,
                                          const lq_dry_overrides_config_t *config);
void lq_dry_overrides_free(lq_dry_overrides_t *o);

/* Who sends in a dry run, and whom the executor belongs to: nobody has a key to either. */
extern const lq_address_t lq_dry_sender;
extern const lq_address_t lq_dry_owner;

typedef enum lq_dry_ready {
    LQ_DRY_READY,
    LQ_DRY_WAIT,  /* the nodes were asked */
    LQ_DRY_NEVER, /* and do not know: *WHY */
} lq_dry_ready_t;

/* lq_dry_overrides_ready tells whether MOVES can be put before the state of BLOCK, for calls of
   TARGET, the protocol's contract. *WHY lives as long as O. */
lq_dry_ready_t lq_dry_overrides_ready(lq_dry_overrides_t *o, const char **why,
                                      const lq_dry_moves_t *moves, const lq_address_t *target,
                                      const lq_header_t *block, const lq_block_ref_t *parent);

/* lq_dry_overrides_begin starts a list with what all need; _add puts what MOVES need, which are
   READY, out of PURSE; _list gives it, good until the next begin. */
void lq_dry_overrides_begin(lq_dry_overrides_t *o);
void lq_dry_overrides_add(lq_dry_overrides_t *o, const lq_dry_purse_t *purse,
                          const lq_dry_moves_t *moves, const lq_address_t *target);
const lq_simulate_override_t *lq_dry_overrides_list(const lq_dry_overrides_t *o, size_t *cnt);

/* lq_dry_overrides_answer takes what came of a simulation that it asked itself; false: it did not.
 */
bool lq_dry_overrides_answer(lq_dry_overrides_t *o, const lq_simulate_answer_t *answer);

#endif
