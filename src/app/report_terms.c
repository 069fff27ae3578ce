#include "report_terms.h"

#include <string.h>

#include "liqd/num/decimal.h"

#define SEC_NS      UINT64_C(1000000000)
#define GWEI_DIGITS 9u
#define GAS_BIT_MAX 63u /* far above any price that was ever paid */

static bool base_fee_of(lq_wei_t *out, const lq_config_t *config, const lq_header_t *head)
{
    lq_base_fee_rule_t rule = {config->elasticity, config->base_fee_denominator};
    return head && !lq_base_fee_next(out, head, &rule);
}

static lq_err_t tell(lq_state_t *state, lq_err_msg_t *msg, const lq_funds_t *funds)
{
    lq_event_t event = {.kind = LQ_EVENT_FUNDS, .as.funds = funds};
    event.time.wall_ns = lq_book_now(lq_sync_book(state->sync)) * SEC_NS;
    return lq_state_event(state, msg, &event);
}

lq_err_t lq_report_terms(lq_report_terms_t *out, lq_err_msg_t *msg, lq_state_t *state,
                         const lq_header_t *head, const lq_wei_t *gas_wei)
{
    const lq_config_t *config = state->config;
    lq_err_t err = tell(state, msg, &lq_state_coins);
    *out = (lq_report_terms_t){
        .gas = LQ_REPORT_GAS_ASKED, .gas_price = {.tip_wei = config->tip_wei}, .whole_funds = true};
    for (size_t i = 0; !err && i < config->inventory_cnt; i++) {
        lq_funds_t funds;
        err = lq_state_inventory(state, &funds, msg, &config->inventory[i]);
        out->whole_funds &= strcmp(config->inventory[i].token, LQ_CONFIG_COIN) == 0;
        if (err == LQ_ERR_NOT_FOUND)
            err = LQ_OK; /* a token of no market */
        else if (!err)
            err = tell(state, msg, &funds);
    }
    if (gas_wei)
        out->gas_price = (lq_gas_price_t){.base_fee_wei = *gas_wei};
    else if (base_fee_of(&out->gas_price.base_fee_wei, config, head))
        out->gas = LQ_REPORT_GAS_BLOCK;
    else
        out->gas = LQ_REPORT_GAS_TIP;
    return err;
}

lq_engine_view_t lq_report_view(const lq_report_terms_t *terms)
{
    return (lq_engine_view_t){
        .has_gas_price = true, .gas_price = terms->gas_price, .whole_funds = terms->whole_funds};
}

const char *lq_report_gas_str(lq_report_gas_t gas)
{
    switch (gas) {
    case LQ_REPORT_GAS_ASKED:
        return "as asked for";
    case LQ_REPORT_GAS_BLOCK:
        return "the next block's base fee and the tip";
    case LQ_REPORT_GAS_TIP:
        return "the tip alone, since no base fee is known";
    }
    LQ_BUG("a price of gas is from %d", (int)gas);
}

lq_err_t lq_report_gas_parse(lq_wei_t *out, lq_err_msg_t *msg, const char *text)
{
    lq_u256_t v;
    lq_err_t err = lq_decimal_parse(&v, msg, text, strlen(text), GWEI_DIGITS);
    if (err)
        return err;
    if (lq_u256_bit_len(&v) > GAS_BIT_MAX)
        return lq_err_msg_set(msg, LQ_ERR_RANGE, "is more than any block's gas costs");
    *out = (lq_wei_t){v};
    return LQ_OK;
}
