#ifndef LIQD_APP_CHECK_VENUES_H
#define LIQD_APP_CHECK_VENUES_H

/* What the configured pools, lenders and executor are, as their contracts say: for
   `liqd check --online`. */

#include <jansson.h>

#include "liqd/app/config.h"
#include "liqd/net/loop.h"
#include "liqd/rpc/pool.h"
#include "probe.h"

typedef struct lq_pool_finding {
    lq_venue_pool_config_t config;
    bool asked;           /* it was answered, if only by a revert */
    lq_no_route_t status; /* UNREAD: it is what the configuration says */
    uint32_t fee_pips;
} lq_pool_finding_t;

typedef struct lq_lender_finding {
    bool asked;
    size_t lent_cnt; /* of the tokens that the pools have */
} lq_lender_finding_t;

typedef struct lq_venues_finding {
    size_t pool_cnt;
    lq_pool_finding_t pools[LQ_VENUES_POOL_MAX];
    size_t lender_cnt;
    lq_lender_finding_t lenders[LQ_VENUES_LENDER_MAX];
    lq_finding_t executor; /* whether there is a contract; where one is named */
} lq_venues_finding_t;

/* lq_check_venues fills OUT, but for the executor, by reads at BLOCK, for at most 30 s.
 * LQ_ERR_NOMEM.
 */
LQ_MUST_USE lq_err_t lq_check_venues(lq_venues_finding_t *out, const lq_config_t *config,
                                     lq_loop_t *loop, lq_log_t *log, lq_pool_t *nodes,
                                     const lq_block_ref_t *block);

void lq_check_venues_print(const lq_config_t *config, const lq_venues_finding_t *found);

/* lq_check_venues_json returns {"pools", "lenders", "executor"}; NULL where memory runs out. */
json_t *lq_check_venues_json(const lq_config_t *config, const lq_venues_finding_t *found);

/* lq_check_venues_rc returns LQ_EXIT_CONFIG where one is not what it is said to be, else
   LQ_EXIT_DONE. */
int lq_check_venues_rc(const lq_config_t *config, const lq_venues_finding_t *found);

#endif
