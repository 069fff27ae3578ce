#include "liqd/keys/remote_signer.h"

#include <stdlib.h>
#include <string.h>

#include "gate_internal.h"
#include "liqd/codec/hex.h"
#include "liqd/codec/keccak.h"
#include "signed_internal.h"

struct lq_remote_signer {
    lq_address_t account;
    lq_gate_t gate;
    lq_policy_call_t calls[]; /* the gate's */
};

lq_err_t lq_remote_signer_new(lq_remote_signer_t **out, lq_err_msg_t *msg,
                              const lq_address_t *account, const lq_policy_t *policy)
{
    lq_err_t err = lq_gate_check(msg, policy);
    if (err)
        return err;
    lq_remote_signer_t *signer =
        calloc(1, sizeof(*signer) + lq_gate_call_cnt(policy) * sizeof(lq_policy_call_t));
    if (!signer)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "a remote signer: out of memory");
    signer->account = *account;
    lq_gate_init(&signer->gate, signer->calls, policy);
    *out = signer;
    return LQ_OK;
}

void lq_remote_signer_free(lq_remote_signer_t *signer)
{
    free(signer);
}

lq_address_t lq_remote_signer_address(const lq_remote_signer_t *signer)
{
    return signer->account;
}

/* ---- asking ---- */

static char *put(char *out, const char *text)
{
    while (*text)
        *out++ = *text++;
    return out;
}

static char *put_data(char *out, const char *name, const uint8_t *data, size_t sz)
{
    out = put(out, name);
    out = put(out, "\"0x");
    lq_hex_encode(out, data, sz);
    return put(out + 2 * sz, "\"");
}

static char *put_u256(char *out, const char *name, const lq_u256_t *v)
{
    out = put(out, name);
    *out++ = '"';
    out += lq_hex_encode_u256(out, v);
    return put(out, "\"");
}

static char *put_u64(char *out, const char *name, uint64_t v)
{
    lq_u256_t wide = lq_u256_from_u64(v);
    return put_u256(out, name, &wide);
}

static size_t write_params(char *out, const lq_address_t *from, const lq_tx_t *tx)
{
    char *at = put_data(out, "[{\"from\":", from->b, sizeof(from->b));
    if (!tx->is_create)
        at = put_data(at, ",\"to\":", tx->to.b, sizeof(tx->to.b));
    at = put_u64(at, ",\"gas\":", tx->gas_limit);
    at = put_u256(at, ",\"maxFeePerGas\":", &tx->max_fee_per_gas.raw);
    at = put_u256(at, ",\"maxPriorityFeePerGas\":", &tx->max_priority_fee_per_gas.raw);
    at = put_u64(at, ",\"nonce\":", tx->nonce);
    at = put_u256(at, ",\"value\":", &tx->value.raw);
    at = put_data(at, ",\"data\":", tx->data, tx->data_sz);
    at = put_u64(at, ",\"chainId\":", tx->chain_id); /* Web3Signer is told its own at its start */
    return (size_t)(put(at, "}]") - out);
}

lq_err_t lq_remote_signer_ask(lq_remote_signer_t *signer, char *out, size_t *out_sz, size_t out_max,
                              lq_refusal_t *why, lq_purpose_t purpose, const lq_tx_t *tx,
                              uint64_t now_ns)
{
    lq_refusal_t refusal = lq_gate_refuses(&signer->gate, &signer->account, purpose, tx, now_ns);
    if (!refusal && tx->access_list_sz)
        refusal = LQ_REFUSAL_DATA; /* it cannot be asked for */
    if (refusal) {
        if (why)
            *why = refusal;
        return LQ_ERR_POLICY;
    }
    if (out_max < LQ_REMOTE_SIGNER_OVERHEAD ||
        tx->data_sz > (out_max - LQ_REMOTE_SIGNER_OVERHEAD) / 2)
        return LQ_ERR_FULL;
    *out_sz = write_params(out, &signer->account, tx);
    lq_gate_count(&signer->gate, purpose, now_ns);
    return LQ_OK;
}

/* ---- the answer ---- */

static bool is_same(const uint8_t *a, size_t a_sz, const uint8_t *b, size_t b_sz)
{
    return a_sz == b_sz && (!a_sz || !memcmp(a, b, a_sz));
}

/* The first field of GOT that is not ASKED's; NULL: none. */
static const char *other_field(const lq_tx_t *got, const lq_tx_t *asked)
{
    if (got->chain_id != asked->chain_id)
        return "chain id";
    if (got->nonce != asked->nonce)
        return "nonce";
    if (lq_wei_cmp(&got->max_priority_fee_per_gas, &asked->max_priority_fee_per_gas))
        return "priority fee";
    if (lq_wei_cmp(&got->max_fee_per_gas, &asked->max_fee_per_gas))
        return "fee";
    if (got->gas_limit != asked->gas_limit)
        return "gas limit";
    if (got->is_create != asked->is_create ||
        (!got->is_create && memcmp(&got->to, &asked->to, sizeof(got->to)) != 0))
        return "destination";
    if (lq_wei_cmp(&got->value, &asked->value))
        return "value";
    if (!is_same(got->data, got->data_sz, asked->data, asked->data_sz))
        return "data";
    return got->access_list_sz > 1 ? "access list" : NULL; /* an empty one has one byte */
}

static lq_err_t verify(const lq_remote_signer_t *signer, lq_err_msg_t *msg, const lq_tx_t *tx,
                       const uint8_t *raw, size_t raw_sz)
{
    lq_tx_decoded_t got;
    lq_address_t sender;
    lq_err_msg_t why = {""};
    if (lq_tx_decode(&got, &why, raw, raw_sz))
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "the remote signer's answer: %s", why.text);
    if (got.type != LQ_TX_EIP1559)
        return lq_err_msg_set(msg, LQ_ERR_INVAL,
                              "the remote signer's answer is no EIP-1559 transaction");
    const char *field = other_field(&got.tx, tx);
    if (field)
        return lq_err_msg_set(msg, LQ_ERR_INVAL,
                              "the remote signer has signed another transaction: its %s differs",
                              field);
    if (lq_tx_sender(&sender, &got) || memcmp(&sender, &signer->account, sizeof(sender)) != 0)
        return lq_err_msg_set(msg, LQ_ERR_SIGNATURE,
                              "the remote signer's signature is not the account's");
    return LQ_OK;
}

lq_err_t lq_remote_signer_take(lq_remote_signer_t *signer, lq_tx_signed_t *out, lq_err_msg_t *msg,
                               const lq_tx_t *tx, const lq_json_t *doc, lq_json_val_t at)
{
    size_t raw_sz = 0;
    lq_err_msg_t why = {""};
    out->is_readable = false;
    out->raw_sz = 0;
    lq_err_t err = lq_json_get_data_max(doc, out->raw, &raw_sz, out->raw_max, &why, at, NULL);
    if (err == LQ_ERR_TOO_LONG)
        return lq_err_msg_set(msg, LQ_ERR_FULL, "the remote signer's answer: %s", why.text);
    if (err)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "the remote signer's answer: %s", why.text);
    err = verify(signer, msg, tx, out->raw, raw_sz);
    if (err)
        return err;
    out->raw_sz = raw_sz;
    out->signer = signer->account;
    lq_keccak256(out->hash.b, out->raw, raw_sz);
    out->is_readable = true;
    return LQ_OK;
}
