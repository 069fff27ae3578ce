#include "liqd/keys/policy.h"

#include <string.h>

#include "liqd/codec/keccak.h"

#define SELECTOR_SZ 4
#define WORD_SZ     32

const char *lq_refusal_str(lq_refusal_t refusal)
{
    switch (refusal) {
#define CASE(name, string)  \
    case LQ_REFUSAL_##name: \
        return string;
        LQ_REFUSAL_TABLE(CASE)
#undef CASE
    }
    return "unknown refusal";
}

static bool has_args(const lq_policy_call_t *call, lq_purpose_t purpose, const lq_tx_t *tx)
{
    if (purpose == LQ_PURPOSE_APPROVE && tx->data_sz != SELECTOR_SZ + 2 * WORD_SZ)
        return false;
    return !call->pins_arg ||
           (tx->data_sz >= SELECTOR_SZ + WORD_SZ &&
            memcmp(tx->data + SELECTOR_SZ, call->arg.b, sizeof(call->arg.b)) == 0);
}

/* The refusal of the call that comes nearest. */
static lq_refusal_t check_call(const lq_policy_rule_t *rule, lq_purpose_t purpose,
                               const lq_tx_t *tx)
{
    lq_refusal_t refusal = LQ_REFUSAL_DESTINATION;
    for (size_t i = 0; i < rule->call_cnt && !tx->is_create; i++) {
        const lq_policy_call_t *call = &rule->calls[i];
        if (memcmp(&call->to, &tx->to, sizeof(tx->to)) != 0)
            continue;
        if (tx->data_sz < SELECTOR_SZ || memcmp(call->selector, tx->data, SELECTOR_SZ) != 0) {
            if (refusal == LQ_REFUSAL_DESTINATION)
                refusal = LQ_REFUSAL_SELECTOR;
            continue;
        }
        if (has_args(call, purpose, tx))
            return LQ_REFUSAL_NONE;
        refusal = LQ_REFUSAL_ARGUMENT;
    }
    return refusal;
}

static lq_refusal_t check_cancel(const lq_address_t *own, const lq_tx_t *tx)
{
    if (tx->is_create || memcmp(own, &tx->to, sizeof(*own)) != 0)
        return LQ_REFUSAL_DESTINATION;
    if (tx->data_sz || tx->access_list_sz)
        return LQ_REFUSAL_DATA;
    return lq_u256_is_zero(&tx->value.raw) ? LQ_REFUSAL_NONE : LQ_REFUSAL_VALUE;
}

static lq_refusal_t check_deploy(const lq_policy_rule_t *rule, const lq_tx_t *tx)
{
    lq_hash_t hash;
    if (!tx->is_create)
        return LQ_REFUSAL_DESTINATION;
    lq_keccak256(hash.b, tx->data, tx->data_sz);
    return memcmp(&hash, &rule->initcode, sizeof(hash)) == 0 ? LQ_REFUSAL_NONE
                                                             : LQ_REFUSAL_INITCODE;
}

static lq_refusal_t check_target(const lq_policy_rule_t *rule, const lq_address_t *own,
                                 lq_purpose_t purpose, const lq_tx_t *tx)
{
    switch (purpose) {
    case LQ_PURPOSE_LIQUIDATE:
    case LQ_PURPOSE_APPROVE:
        return check_call(rule, purpose, tx);
    case LQ_PURPOSE_CANCEL:
        return check_cancel(own, tx);
    case LQ_PURPOSE_DEPLOY:
        return check_deploy(rule, tx);
    }
    return LQ_REFUSAL_PURPOSE;
}

static lq_refusal_t check_limits(const lq_policy_rule_t *rule, const lq_tx_t *tx)
{
    lq_u256_t gas_limit = lq_u256_from_u64(tx->gas_limit);
    lq_wei_t total;
    if (lq_wei_cmp(&tx->value, &rule->value_max) > 0)
        return LQ_REFUSAL_VALUE;
    if (tx->gas_limit > rule->gas_limit_max)
        return LQ_REFUSAL_GAS_LIMIT;
    if (lq_wei_cmp(&tx->max_fee_per_gas, &rule->max_fee_per_gas_max) > 0)
        return LQ_REFUSAL_FEE;
    if (lq_u256_mul_checked(&total.raw, &tx->max_fee_per_gas.raw, &gas_limit) ||
        lq_wei_cmp(&total, &rule->total_fee_max) > 0)
        return LQ_REFUSAL_TOTAL_FEE;
    return lq_tx_check(NULL, tx) ? LQ_REFUSAL_TX : LQ_REFUSAL_NONE;
}

lq_refusal_t lq_policy_check(const lq_policy_t *policy, const lq_address_t *own,
                             lq_purpose_t purpose, const lq_tx_t *tx)
{
    if ((unsigned)purpose >= LQ_PURPOSE_CNT || !policy->rules[purpose].rate_cnt)
        return LQ_REFUSAL_PURPOSE;
    if (tx->chain_id != policy->chain_id)
        return LQ_REFUSAL_CHAIN;
    const lq_policy_rule_t *rule = &policy->rules[purpose];
    lq_refusal_t refusal = check_target(rule, own, purpose, tx);
    return refusal ? refusal : check_limits(rule, tx);
}
