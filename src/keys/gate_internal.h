#ifndef LQ_KEYS_GATE_INTERNAL_H
#define LQ_KEYS_GATE_INTERNAL_H

/* What stands before every signature, of a key of ours or of a remote one: the policy, and how many
   there were. */

#include "liqd/keys/policy.h"

/* The times of a rule's last signatures, in a ring of rate_cnt. */
typedef struct lq_gate_rate {
    uint64_t at_ns[LQ_POLICY_RATE_MAX];
    uint32_t cnt; /* of them, to rate_cnt */
    uint32_t idx; /* of the oldest once there are rate_cnt, and so of the next to be written */
} lq_gate_rate_t;

typedef struct lq_gate {
    lq_policy_t policy; /* its calls stand where lq_gate_init was told */
    lq_gate_rate_t rates[LQ_PURPOSE_CNT];
    uint64_t last_ns;
} lq_gate_t;

/* lq_gate_check tells whether POLICY is within its bounds: LQ_ERR_INVAL; MSG says where. */
LQ_MUST_USE lq_err_t lq_gate_check(lq_err_msg_t *msg, const lq_policy_t *policy);

/* lq_gate_init makes GATE, all zero, one of POLICY, whose calls it copies to CALLS:
   lq_gate_call_cnt of them. */
size_t lq_gate_call_cnt(const lq_policy_t *policy);
void lq_gate_init(lq_gate_t *gate, lq_policy_call_t *calls, const lq_policy_t *policy);

/* lq_gate_refuses returns why TX of OWN is refused at NOW_NS; lq_gate_count counts one that was
   not. An earlier time than the last counts as the last. */
lq_refusal_t lq_gate_refuses(const lq_gate_t *gate, const lq_address_t *own, lq_purpose_t purpose,
                             const lq_tx_t *tx, uint64_t now_ns);
void lq_gate_count(lq_gate_t *gate, lq_purpose_t purpose, uint64_t now_ns);

#endif
