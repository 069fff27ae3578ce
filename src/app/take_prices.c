#include "take_prices.h"

#include <string.h>

bool lq_take_price(const lq_state_t *state, lq_quote_t *quote, const lq_address_t *token,
                   uint8_t decimals)
{
    const lq_oracles_t *oracles = lq_sync_oracles(state->sync);
    lq_value_limits_t limits = lq_state_limits(state->config);
    lq_value_t value;
    for (uint32_t i = 0; i < lq_oracles_token_cnt(oracles); i++) {
        if (memcmp(&lq_oracles_token(oracles, i)->address, token, sizeof(*token)) != 0)
            continue;
        if (lq_oracles_value(oracles, &value, i, &limits) != LQ_VALUE_FRESH)
            return false;
        *quote = (lq_quote_t){.price_wad = value.price_wad, .decimals = decimals};
        return true;
    }
    return false;
}

/* Adds the price of FACTOR's token to the CNT at OUT, where it is not there. */
static size_t add_price(const lq_state_t *state, lq_tx_price_t *out, size_t cnt, uint32_t instance,
                        uint16_t factor)
{
    lq_tx_price_t *price = &out[cnt];
    if (lq_engine_price(state->engine, &price->quote, &price->token, instance, factor) !=
        LQ_VALUE_FRESH)
        return cnt;
    for (size_t i = 0; i < cnt; i++)
        if (memcmp(&out[i].token, &price->token, sizeof(price->token)) == 0)
            return cnt;
    return cnt + 1;
}

size_t lq_take_prices(const lq_state_t *state, lq_tx_price_t out[LQ_TAKE_PRICE_MAX],
                      const lq_action_take_t *take)
{
    size_t cnt = 0;
    for (size_t i = 0; i < take->plan->step_cnt; i++) {
        cnt = add_price(state, out, cnt, take->instance, take->plan->steps[i].call.pair.debt);
        cnt = add_price(state, out, cnt, take->instance, take->plan->steps[i].call.pair.collateral);
    }
    return cnt;
}
