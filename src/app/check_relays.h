#ifndef LIQD_APP_CHECK_RELAYS_H
#define LIQD_APP_CHECK_RELAYS_H

/* Whether relays and builders answer: for `liqd check --online`. Each is asked to withdraw what
   nobody ever sent, without a signature, since no key is opened for it: whatever it says to that,
   it is there. */

#include <jansson.h>

#include "liqd/app/config.h"

#define LQ_RELAY_TEXT_SZ 200u

typedef struct lq_relay_finding {
    bool available;  /* it answered as JSON-RPC does */
    unsigned status; /* HTTP's; 0: none */
    uint64_t latency_ns;
    char shown[288];             /* its URL without secrets */
    char said[LQ_RELAY_TEXT_SZ]; /* its words, of any content, without ours; "": it refused nothing
                                  */
    lq_err_msg_t fault;          /* why it is not available */
} lq_relay_finding_t;

/* lq_check_relays asks all relays of CONFIG at once, each for as long as its answers may take, and
   fills OUT, one for each. LQ_ERR_NOMEM, LQ_ERR_IO: nothing could be asked. */
LQ_MUST_USE lq_err_t lq_check_relays(lq_relay_finding_t *out, const lq_config_t *config);

/* lq_check_relays_print prints them to standard output; lq_check_relays_json returns them as an
   array, NULL where memory runs out; lq_check_relays_rc returns LQ_EXIT_NODE where one is not
   available, else LQ_EXIT_DONE. */
void lq_check_relays_print(const lq_relay_finding_t *found, const lq_config_t *config);
json_t *lq_check_relays_json(const lq_relay_finding_t *found, const lq_config_t *config);
int lq_check_relays_rc(const lq_relay_finding_t *found, const lq_config_t *config);

#endif
