#include "liqd/keys/signer.h"

#include <stdlib.h>
#include <string.h>

#include "ecdsa_internal.h"
#include "gate_internal.h"
#include "liqd/base/fetch.h"
#include "liqd/codec/keccak.h"
#include "secret_internal.h"
#include "signed_internal.h"
#include "tx_internal.h"

#define WARM_SZ ((size_t)1024) /* what most transactions have */

struct lq_signer {
    lq_gate_t gate;              /* its calls stand in this object's memory */
    lq_ecdsa_signer_t *ecdsa;    /* likewise */
    const lq_tx_signed_t *ahead; /* what it has signed and not verified; NULL: nothing */
    bool is_broken;              /* that was faulty */
};

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

lq_err_t lq_signer_open(lq_signer_t **out, lq_err_msg_t *msg, lq_private_key_t *take_key,
                        const lq_policy_t *policy)
{
    void *p;
    lq_err_t err = lq_gate_check(msg, policy);
    if (err)
        return err;
    err = lq_locked_new(&p, msg,
                        calls_offset() + lq_gate_call_cnt(policy) * sizeof(lq_policy_call_t));
    if (err)
        return err;
    lq_signer_t *signer = p;
    signer->ecdsa = (lq_ecdsa_signer_t *)(void *)((uint8_t *)p + ecdsa_offset());
    err = lq_ecdsa_signer_init(signer->ecdsa, msg, take_key);
    if (err) {
        lq_locked_free(p);
        return err;
    }
    lq_gate_init(&signer->gate, (lq_policy_call_t *)(void *)((uint8_t *)p + calls_offset()),
                 policy);
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

/* What cannot fail any more. */
static void sign(lq_signer_t *signer, lq_tx_signed_t *out, const lq_tx_t *tx)
{
    lq_hash_t digest;
    lq_signature_t sig;
    out->is_readable = false;
    LQ_ASSERT(lq_tx_encode_unsigned(out->raw, &out->raw_sz, out->raw_max, NULL, tx) == LQ_OK);
    lq_keccak256(digest.b, out->raw, out->raw_sz);
    lq_ecdsa_sign(signer->ecdsa, &sig, &digest);
    LQ_ASSERT(lq_tx_append_signature(out->raw, &out->raw_sz, out->raw_max, NULL, &sig) == LQ_OK);
    out->signer = signer->ecdsa->address;
}

lq_err_t lq_signer_sign(lq_signer_t *signer, lq_tx_signed_t *out, lq_refusal_t *why,
                        lq_purpose_t purpose, const lq_tx_t *tx, uint64_t now_ns)
{
    if (overlaps(out, tx->data, tx->data_sz) || overlaps(out, tx->access_list, tx->access_list_sz))
        return LQ_ERR_INVAL;
    if (signer->ahead)
        LQ_BUG("something else is signed before what was signed ahead is verified");
    if (signer->is_broken)
        return LQ_ERR_SIGNATURE;
    lq_refusal_t refusal =
        lq_gate_refuses(&signer->gate, &signer->ecdsa->address, purpose, tx, now_ns);
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
    lq_gate_count(&signer->gate, purpose, now_ns);
    return LQ_OK;
}

lq_err_t lq_signer_sign_ahead(lq_signer_t *signer, lq_tx_signed_t *out, lq_refusal_t *why,
                              lq_purpose_t purpose, const lq_tx_t *tx, uint64_t now_ns)
{
    lq_err_t err = lq_signer_sign(signer, out, why, purpose, tx, now_ns);
    if (err)
        return err;
    lq_keccak256(out->hash.b, out->raw, out->raw_sz);
    out->is_readable = true;
    signer->ahead = out;
    return LQ_OK;
}

/* Whether the bytes, read anew, are a transaction that its signer has signed. */
static bool is_signed(const lq_tx_signed_t *tx)
{
    lq_tx_decoded_t decoded;
    lq_address_t sender;
    return !lq_tx_decode(&decoded, NULL, tx->raw, tx->raw_sz) && decoded.type == LQ_TX_EIP1559 &&
           !lq_tx_sender(&sender, &decoded) && !memcmp(&sender, &tx->signer, sizeof(sender));
}

lq_err_t lq_tx_signed_verify(lq_tx_signed_t *tx)
{
    tx->is_readable = false;
    if (!is_signed(tx))
        return LQ_ERR_SIGNATURE;
    lq_keccak256(tx->hash.b, tx->raw, tx->raw_sz);
    tx->is_readable = true;
    return LQ_OK;
}

lq_err_t lq_signer_verify(lq_signer_t *signer, lq_tx_signed_t *tx)
{
    lq_hash_t hash;
    LQ_ASSERT(signer->ahead == tx);
    signer->ahead = NULL;
    lq_keccak256(hash.b, tx->raw, tx->raw_sz);
    signer->is_broken = !is_signed(tx) || memcmp(&hash, &tx->hash, sizeof(hash)) != 0;
    tx->is_readable = !signer->is_broken;
    return signer->is_broken ? LQ_ERR_SIGNATURE : LQ_OK;
}

lq_tx_raw_t lq_tx_signed_raw(const lq_tx_signed_t *tx)
{
    LQ_ASSERT(tx->is_readable);
    return (lq_tx_raw_t){.data = tx->raw, .sz = tx->raw_sz, .hash = tx->hash};
}

void lq_signer_warm(const lq_signer_t *signer, const lq_tx_signed_t *out)
{
    lq_fetch(signer, calls_offset() + LQ_CACHE_LINE_SZ);
    lq_fetch(out, sizeof(*out) + (out->raw_max < WARM_SZ ? out->raw_max : WARM_SZ));
}
