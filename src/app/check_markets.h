#ifndef LIQD_APP_CHECK_MARKETS_H
#define LIQD_APP_CHECK_MARKETS_H

/* What the configured markets are, as their contracts say: for `liqd check --online`. */

#include <jansson.h>

#include "check_venues.h"
#include "liqd/app/config.h"
#include "nodes.h"
#include "probe.h"

typedef struct lq_market_finding {
    lq_finding_t code;   /* whether there is a contract at its address */
    const char *version; /* of the adapter's names; NULL: not known */
    bool sure;           /* all that it wants to know of itself was answered */
    size_t asset_cnt;    /* reserves; isolated markets, where ids names them */
    size_t priced_cnt;   /* of these, with a price now */
    size_t opaque_cnt;   /* with one that no feed tells, so that it is read at each block */
} lq_market_finding_t;

/* lq_check_markets asks NODES for the markets of CONFIG, at least one, and fills OUT, one for each,
   and VENUES, for all that is swapped and borrowed. Errors as lq_follow_open and lq_follow_run,
   which MSG explains. */
LQ_MUST_USE lq_err_t lq_check_markets(lq_market_finding_t out[LQ_CONFIG_MARKET_MAX],
                                      lq_venues_finding_t *venues, lq_err_msg_t *msg,
                                      const lq_config_t *config, const lq_nodes_t *nodes);

void lq_check_markets_print(const lq_config_t *config, const lq_market_finding_t *found);
json_t *lq_check_markets_json(const lq_config_t *config, const lq_market_finding_t *found);

/* lq_check_markets_rc returns LQ_EXIT_CONFIG where a market is none, else LQ_EXIT_DONE. */
int lq_check_markets_rc(const lq_config_t *config, const lq_market_finding_t *found);

#endif
