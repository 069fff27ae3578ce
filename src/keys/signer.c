#include "liqd/keys/signer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ecdsa_internal.h"
#include "liqd/codec/keccak.h"
#include "secret_internal.h"
#include "tx_internal.h"

/* The times of a rule's last signatures, in a ring of rate_cnt. */
typedef struct rate {
    uint64_t at_ns[LQ_POLICY_RATE_MAX];
    uint32_t cnt; /* of them, to rate_cnt */
    uint32_t idx; /* of the oldest once there are rate_cnt, and so of the next to be written */
} rate_t;

struct lq_signer {
    lq_policy_t policy; /* its calls stand in this object's memory */
    rate_t rates[LQ_PURPOSE_CNT];
    uint64_t last_ns;
    lq_ecdsa_signer_t *ecdsa; /* likewise */
};

struct lq_tx_signed {
    bool is_verified;
    lq_address_t signer;
    lq_hash_t hash; /* once it is verified */
    size_t raw_sz;  /* 0: nothing was signed yet */
    size_t raw_max;
    uint8_t raw[];
};

static lq_err_t check_policy(lq_err_msg_t *msg, const lq_policy_t *policy)
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

/* Where the parts of a signer stand in its memory, behind the struct: the ECDSA signer, the calls.
 */
static size_t ecdsa_offset(void)
{
    return (sizeof(lq_signer_t) + 63) / 64 * 64;
}

static size_t calls_offset(void)
{
    return ecdsa_offset() + lq_ecdsa_signer_sz();
}

static void copy_policy(lq_signer_t *signer, const lq_policy_t *policy)
{
    lq_policy_call_t *calls = (lq_policy_call_t *)(void *)((uint8_t *)signer + calls_offset());
    signer->policy = *policy;
    for (size_t i = 0; i < LQ_PURPOSE_CNT; i++) {
        lq_policy_rule_t *rule = &signer->policy.rules[i];
        if (rule->call_cnt)
            memcpy(calls, rule->calls, rule->call_cnt * sizeof(*calls));
        rule->calls = calls;
        calls += rule->call_cnt;
    }
}

lq_err_t lq_signer_open(lq_signer_t **out, lq_err_msg_t *msg, lq_private_key_t *take_key,
                        const lq_policy_t *policy)
{
    size_t call_cnt = 0;
    void *p;
    lq_err_t err = check_policy(msg, policy);
    if (err)
        return err;
    for (size_t i = 0; i < LQ_PURPOSE_CNT; i++)
        call_cnt += policy->rules[i].call_cnt;
    err = lq_locked_new(&p, msg, calls_offset() + call_cnt * sizeof(lq_policy_call_t));
    if (err)
        return err;
    lq_signer_t *signer = p;
    signer->ecdsa = (lq_ecdsa_signer_t *)(void *)((uint8_t *)p + ecdsa_offset());
    err = lq_ecdsa_signer_init(signer->ecdsa, msg, take_key);
    if (err) {
        lq_locked_free(p);
        return err;
    }
    copy_policy(signer, policy);
    lq_private_key_free(take_key);
    *out = signer;
    return LQ_OK;
}

void lq_signer_close(lq_signer_t *signer)
{
    lq_locked_free(signer);
}

lq_address_t lq_signer_address(const lq_signer_t *signer)
{
    return signer->ecdsa->address;
}

lq_err_t lq_tx_signed_new(lq_tx_signed_t **out, size_t raw_max)
{
    if (raw_max > SIZE_MAX - sizeof(lq_tx_signed_t))
        return LQ_ERR_NOMEM;
    lq_tx_signed_t *tx = calloc(1, sizeof(*tx) + raw_max);
    if (!tx)
        return LQ_ERR_NOMEM;
    tx->raw_max = raw_max;
    *out = tx;
    return LQ_OK;
}

void lq_tx_signed_free(lq_tx_signed_t *tx)
{
    free(tx);
}

/* Whether the SZ bytes at P reach into OUT: encoding would write over what it reads. */
static bool overlaps(const lq_tx_signed_t *out, const uint8_t *p, size_t sz)
{
    uintptr_t from = (uintptr_t)out;
    uintptr_t to = (uintptr_t)out->raw + out->raw_max;
    return sz && (uintptr_t)p < to && (uintptr_t)p + sz > from;
}

/* Whether one more signature at NOW_NS stays within RULE. */
static bool rate_allows(const rate_t *rate, const lq_policy_rule_t *rule, uint64_t now_ns)
{
    return rate->cnt < rule->rate_cnt || now_ns - rate->at_ns[rate->idx] >= rule->rate_window_ns;
}

static void rate_count(rate_t *rate, const lq_policy_rule_t *rule, uint64_t now_ns)
{
    if (rate->cnt < rule->rate_cnt)
        rate->cnt++;
    rate->at_ns[rate->idx] = now_ns;
    rate->idx = (rate->idx + 1) % rule->rate_cnt;
}

/* What cannot fail any more. */
static void sign(lq_signer_t *signer, lq_tx_signed_t *out, const lq_tx_t *tx)
{
    lq_hash_t digest;
    lq_signature_t sig;
    out->is_verified = false;
    LQ_ASSERT(lq_tx_encode_unsigned(out->raw, &out->raw_sz, out->raw_max, NULL, tx) == LQ_OK);
    lq_keccak256(digest.b, out->raw, out->raw_sz);
    lq_ecdsa_sign(signer->ecdsa, &sig, &digest);
    LQ_ASSERT(lq_tx_append_signature(out->raw, &out->raw_sz, out->raw_max, NULL, &sig) == LQ_OK);
    out->signer = signer->ecdsa->address;
}

lq_err_t lq_signer_sign(lq_signer_t *signer, lq_tx_signed_t *out, lq_refusal_t *why,
                        lq_purpose_t purpose, const lq_tx_t *tx, uint64_t now_ns)
{
    uint64_t at_ns = now_ns > signer->last_ns ? now_ns : signer->last_ns;
    if (overlaps(out, tx->data, tx->data_sz) || overlaps(out, tx->access_list, tx->access_list_sz))
        return LQ_ERR_INVAL;
    lq_refusal_t refusal = lq_policy_check(&signer->policy, &signer->ecdsa->address, purpose, tx);
    if (!refusal && !rate_allows(&signer->rates[purpose], &signer->policy.rules[purpose], at_ns))
        refusal = LQ_REFUSAL_RATE;
    if (refusal) {
        if (why)
            *why = refusal;
        return LQ_ERR_POLICY;
    }
    if (out->raw_max < LQ_TX_OVERHEAD_MAX || tx->data_sz > out->raw_max - LQ_TX_OVERHEAD_MAX ||
        tx->access_list_sz > out->raw_max - LQ_TX_OVERHEAD_MAX - tx->data_sz)
        return LQ_ERR_FULL;
    lq_err_t err = lq_ecdsa_signer_blind(signer->ecdsa);
    if (err)
        return err;
    sign(signer, out, tx);
    signer->last_ns = at_ns;
    rate_count(&signer->rates[purpose], &signer->policy.rules[purpose], at_ns);
    return LQ_OK;
}

lq_err_t lq_tx_signed_verify(lq_tx_signed_t *tx)
{
    lq_tx_decoded_t decoded;
    lq_address_t sender;
    tx->is_verified = false;
    if (lq_tx_decode(&decoded, NULL, tx->raw, tx->raw_sz) || decoded.type != LQ_TX_EIP1559 ||
        lq_tx_sender(&sender, &decoded) || memcmp(&sender, &tx->signer, sizeof(sender)) != 0)
        return LQ_ERR_SIGNATURE;
    lq_keccak256(tx->hash.b, tx->raw, tx->raw_sz);
    tx->is_verified = true;
    return LQ_OK;
}

lq_tx_raw_t lq_tx_signed_raw(const lq_tx_signed_t *tx)
{
    LQ_ASSERT(tx->is_verified);
    return (lq_tx_raw_t){.data = tx->raw, .sz = tx->raw_sz, .hash = tx->hash};
}
