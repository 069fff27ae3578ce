#include "gate_internal.h"

#include <inttypes.h>
#include <string.h>

lq_err_t lq_gate_check(lq_err_msg_t *msg, const lq_policy_t *policy)
{
    if (policy->chain_id == 0 || policy->chain_id > LQ_TX_CHAIN_ID_MAX)
        return lq_err_msg_set(msg, LQ_ERR_INVAL,
                              "policy: chain id %" PRIu64 ": it is 1 to %" PRIu64, policy->chain_id,
                              LQ_TX_CHAIN_ID_MAX);
    for (size_t i = 0; i < LQ_PURPOSE_CNT; i++) {
        const lq_policy_rule_t *rule = &policy->rules[i];
        if (rule->rate_cnt > LQ_POLICY_RATE_MAX || (rule->rate_cnt && !rule->rate_window_ns))
            return lq_err_msg_set(msg, LQ_ERR_INVAL,
                                  "policy: purpose %zu: %" PRIu32 " signatures in %" PRIu64
                                  " ns: at most %d, in 1 ns or more",
                                  i, rule->rate_cnt, rule->rate_window_ns, LQ_POLICY_RATE_MAX);
        if (rule->call_cnt > LQ_POLICY_CALL_MAX)
            return lq_err_msg_set(msg, LQ_ERR_INVAL, "policy: purpose %zu: %zu calls: at most %d",
                                  i, rule->call_cnt, LQ_POLICY_CALL_MAX);
        for (size_t k = 0; i == LQ_PURPOSE_APPROVE && k < rule->call_cnt; k++)
            if (!rule->calls[k].pins_arg)
                return lq_err_msg_set(msg, LQ_ERR_INVAL,
                                      "policy: approval %zu: pins no spender: set pins_arg", k);
    }
    return LQ_OK;
}

size_t lq_gate_call_cnt(const lq_policy_t *policy)
{
    size_t cnt = 0;
    for (size_t i = 0; i < LQ_PURPOSE_CNT; i++)
        cnt += policy->rules[i].call_cnt;
    return cnt;
}

void lq_gate_init(lq_gate_t *gate, lq_policy_call_t *calls, const lq_policy_t *policy)
{
    gate->policy = *policy;
    for (size_t i = 0; i < LQ_PURPOSE_CNT; i++) {
        lq_policy_rule_t *rule = &gate->policy.rules[i];
        if (rule->call_cnt)
            memcpy(calls, rule->calls, rule->call_cnt * sizeof(*calls));
        rule->calls = calls;
        calls += rule->call_cnt;
    }
}

static uint64_t time_of(const lq_gate_t *gate, uint64_t now_ns)
{
    return now_ns > gate->last_ns ? now_ns : gate->last_ns;
}

lq_refusal_t lq_gate_refuses(const lq_gate_t *gate, const lq_address_t *own, lq_purpose_t purpose,
                             const lq_tx_t *tx, uint64_t now_ns)
{
    lq_refusal_t refusal = lq_policy_check(&gate->policy, own, purpose, tx);
    if (refusal)
        return refusal;
    const lq_gate_rate_t *rate = &gate->rates[purpose];
    const lq_policy_rule_t *rule = &gate->policy.rules[purpose];
    bool allows = rate->cnt < rule->rate_cnt ||
                  time_of(gate, now_ns) - rate->at_ns[rate->idx] >= rule->rate_window_ns;
    return allows ? LQ_REFUSAL_NONE : LQ_REFUSAL_RATE;
}

void lq_gate_count(lq_gate_t *gate, lq_purpose_t purpose, uint64_t now_ns)
{
    lq_gate_rate_t *rate = &gate->rates[purpose];
    const lq_policy_rule_t *rule = &gate->policy.rules[purpose];
    gate->last_ns = time_of(gate, now_ns);
    if (rate->cnt < rule->rate_cnt)
        rate->cnt++;
    rate->at_ns[rate->idx] = gate->last_ns;
    rate->idx = (rate->idx + 1) % rule->rate_cnt;
}
