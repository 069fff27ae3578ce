#ifndef LIQD_APP_PROBE_H
#define LIQD_APP_PROBE_H

/* What nodes can do, found out by asking each: for `liqd check --online`. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/app/config.h"
#include "nodes.h"

typedef enum lq_finding {
    LQ_FINDING_NONE, /* not asked, or no answer */
    LQ_FINDING_YES,
    LQ_FINDING_NO,
} lq_finding_t;

#define LQ_PROBE_TEXT_SZ 200u

/* What one node said. Texts are its own words, of any content, NUL-terminated. */
typedef struct lq_probe {
    bool available; /* it answered */
    lq_err_t err;   /* why it is not available, or was not asked to the end */
    lq_err_msg_t fault;
    char client[LQ_PROBE_TEXT_SZ];
    lq_finding_t chain; /* whether it is on the configured one */
    uint64_t chain_id;
    lq_finding_t syncing;
    lq_finding_t head;
    uint64_t head_blk;
    uint64_t head_age_sec;
    lq_finding_t final; /* whether it knows the configured tag */
    uint64_t final_blk;
    uint64_t latency_ns; /* median; 0: unknown */
    lq_finding_t
        base_fee; /* whether the configured rule leads from the last block but one to the last */
    lq_finding_t multicall;
    uint64_t log_range_blk; /* the widest range of eth_getLogs that was answered; 0: none */
    char log_refusal[LQ_PROBE_TEXT_SZ]; /* of the next wider one; "": none wider was asked */
    lq_finding_t sub_heads;
    lq_finding_t sub_logs;
    lq_finding_t sub_pending; /* of whole transactions, or of hashes where pending_hashes is set */
    bool pending_hashes;
} lq_probe_t;

/* lq_probe_all asks all NODES at once, each in at most half a minute, and fills PROBES, one for
   each. Errors: LQ_ERR_NOMEM, LQ_ERR_IO: nothing could be asked. */
LQ_MUST_USE lq_err_t lq_probe_all(lq_probe_t *probes, const lq_nodes_t *nodes,
                                  const lq_config_t *config);

#endif
