#ifndef LIQD_APP_REPORT_TERMS_H
#define LIQD_APP_REPORT_TERMS_H

/* What the engine of a report reckons with beside the chain: what may be spent, and what gas costs.
 */

#include "liqd/num/amount.h"
#include "state.h"

/* Where a price of gas is from. */
typedef enum lq_report_gas {
    LQ_REPORT_GAS_ASKED, /* by the user */
    LQ_REPORT_GAS_BLOCK, /* the base fee of the block behind that of the state, and the tip */
    LQ_REPORT_GAS_TIP,   /* no header is known, as in a snapshot: the tip alone */
} lq_report_gas_t;

typedef struct lq_report_terms {
    lq_gas_price_t gas_price;
    lq_report_gas_t gas;
    bool whole_funds; /* no inventory is configured: there is as much as is owed */
} lq_report_terms_t;

/* lq_report_terms tells STATE's engine of the configured inventory and sets *OUT. HEAD: of STATE's
   block; NULL: it is not known. GAS_WEI: what a unit of gas costs in all; NULL: as of the chain.
   LQ_ERR_CONFIG: an inventory's amount; MSG says which. */
LQ_MUST_USE lq_err_t lq_report_terms(lq_report_terms_t *out, lq_err_msg_t *msg, lq_state_t *state,
                                     const lq_header_t *head, const lq_wei_t *gas_wei);

/* lq_report_view returns the view of now under TERMS. */
lq_engine_view_t lq_report_view(const lq_report_terms_t *terms);

/* lq_report_gas_str returns where the price is from as a person reads it; static. */
const char *lq_report_gas_str(lq_report_gas_t gas);

/* lq_report_gas_parse sets *OUT to TEXT in gwei. MSG says what is wrong: LQ_ERR_SYNTAX,
   LQ_ERR_RANGE. */
LQ_MUST_USE lq_err_t lq_report_gas_parse(lq_wei_t *out, lq_err_msg_t *msg, const char *text);

#endif
