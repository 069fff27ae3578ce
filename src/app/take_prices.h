#ifndef LIQD_APP_TAKE_PRICES_H
#define LIQD_APP_TAKE_PRICES_H

/* Our own prices by which a take was decided, for whoever reckons later what came of it. */

#include "liqd/record/tx_record.h"
#include "state.h"

/* lq_take_price sets *QUOTE to our own price of TOKEN, of DECIMALS; false: none. */
bool lq_take_price(const lq_state_t *state, lq_quote_t *quote, const lq_address_t *token,
                   uint8_t decimals);

/* lq_take_prices writes the prices of the tokens that TAKE repays and seizes, each once, and
   returns how many there are. */
#define LQ_TAKE_PRICE_MAX ((size_t)2 * LQ_PLAN_STEP_MAX)
size_t lq_take_prices(const lq_state_t *state, lq_tx_price_t out[LQ_TAKE_PRICE_MAX],
                      const lq_action_take_t *take);

#endif
