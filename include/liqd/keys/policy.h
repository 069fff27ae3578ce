#ifndef LIQD_KEYS_POLICY_H
#define LIQD_KEYS_POLICY_H

/* What a signer may sign, by purpose. A rule of zero bytes allows nothing. Plain values. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/codec/types.h"
#include "liqd/keys/tx.h"
#include "liqd/num/amount.h"

typedef enum lq_purpose {
    LQ_PURPOSE_LIQUIDATE, /* one of the rule's calls */
    LQ_PURPOSE_APPROVE,   /* one of the rule's calls */
    LQ_PURPOSE_CANCEL,    /* a nonce: to the signer itself, no value, no data, no access list */
    LQ_PURPOSE_DEPLOY,    /* a creation with the rule's initcode */
} lq_purpose_t;
#define LQ_PURPOSE_CNT 4

/* A call that is allowed: the destination and the first four bytes of the data; where pins_arg is
   set, the first argument word too. An approval has to pin it, the spender, and has two arguments,
   no more and no less. */
typedef struct lq_policy_call {
    lq_address_t to;
    uint8_t selector[4];
    bool pins_arg;
    lq_hash_t arg;
} lq_policy_call_t;

/* Limits are inclusive. */
typedef struct lq_policy_rule {
    const lq_policy_call_t *calls; /* liquidate, approve */
    size_t call_cnt;
    lq_hash_t initcode; /* deploy: keccak-256 of the initcode, constructor arguments included */
    lq_wei_t value_max;
    uint64_t gas_limit_max;
    lq_wei_t max_fee_per_gas_max;
    lq_wei_t total_fee_max;  /* of max_fee_per_gas times gas_limit: what one signature can burn */
    uint32_t rate_cnt;       /* signatures in any span of rate_window_ns, to LQ_POLICY_RATE_MAX; 0:
                                the purpose is not allowed */
    uint64_t rate_window_ns; /* from 1 */
} lq_policy_rule_t;

/* LQ_POLICY_RATE_MAX signatures of a purpose are remembered: 2 KiB each. */
#define LQ_POLICY_RATE_MAX 256

/* LQ_POLICY_CALL_MAX calls of a purpose. They are searched one by one. */
#define LQ_POLICY_CALL_MAX 256

typedef struct lq_policy {
    uint64_t chain_id; /* 1 to LQ_TX_CHAIN_ID_MAX */
    lq_policy_rule_t rules[LQ_PURPOSE_CNT];
} lq_policy_t;

/* X(name, string): LQ_REFUSAL_<name>, in the order in which they are looked for. The string says
   what was refused. */
#define LQ_REFUSAL_TABLE(X)                                                     \
    X(NONE, "allowed")                                                          \
    X(PURPOSE, "the purpose: the policy has no rule for it")                    \
    X(CHAIN, "the chain id: it is not the signer's")                            \
    X(DESTINATION, "the destination: the rule does not name it")                \
    X(SELECTOR, "the selector: the rule does not allow it at this destination") \
    X(ARGUMENT, "the arguments: they are not what the rule allows")             \
    X(INITCODE, "the initcode: its hash is not the rule's")                     \
    X(DATA, "the data or the access list: a cancellation has neither")          \
    X(VALUE, "the value: it is above the rule's limit")                         \
    X(GAS_LIMIT, "the gas limit: it is above the rule's")                       \
    X(FEE, "the fee per gas: it is above the rule's limit")                     \
    X(TOTAL_FEE, "the total fee: it is above the rule's limit")                 \
    X(TX, "the transaction: no node would take it")                             \
    X(RATE, "the rate: the rule's signatures for this time are used up")

/* What a signer refuses first. */
typedef enum lq_refusal {
#define LQ_REFUSAL_ENUM(name, string) LQ_REFUSAL_##name,
    LQ_REFUSAL_TABLE(LQ_REFUSAL_ENUM)
#undef LQ_REFUSAL_ENUM
} lq_refusal_t;

/* lq_refusal_str returns what REFUSAL refuses. Static, never NULL. */
const char *lq_refusal_str(lq_refusal_t refusal);

/* lq_policy_check returns why POLICY refuses TX of the account OWN for PURPOSE, but for the rate,
   which only a signer knows; LQ_REFUSAL_NONE where it does not. Pure. */
lq_refusal_t lq_policy_check(const lq_policy_t *policy, const lq_address_t *own,
                             lq_purpose_t purpose, const lq_tx_t *tx);

#endif
