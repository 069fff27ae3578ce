#ifndef LIQD_KEYS_SIGNER_H
#define LIQD_KEYS_SIGNER_H

/* The local signer: a private key that signs what its policy allows, EIP-1559 transactions and
   nothing else. It takes the transaction, never a hash, and looks at what it signs itself.

   Two steps, because a verification costs more than a signature:
       lq_signer_sign       checks the policy, encodes, signs. Nothing of the result can be read.
       lq_tx_signed_verify  reads the encoded bytes anew, recovers the sender from them and compares
                            it. Only then lq_tx_signed_raw gives them out.
   So no signature that a fault of the hardware or of memory has spoilt gets out. The second step
   needs no signer: another thread may take it, while the transaction is armed.

   Or, where the transaction is waited for, first out and then verified:
       lq_signer_sign_ahead  as lq_signer_sign, and the result can be read at once.
       lq_signer_verify      the same verification. Until then the signer signs nothing (LQ_BUG),
   and where the signature is faulty it never signs again. Why that is enough: with a nonce by RFC
   6979 a faulty signature gives the key away beside another signature of the same message, since
   both have the same nonce. At most one faulty one ever gets out, for nothing is signed behind it;
   and whoever signs ahead never has the same message signed again, not after a restart either
   (exec's transactions differ in nonce or fees from all that were recorded before them).

   A signer is used by one thread at a time and has a context of its own; several threads open one
   each, and each then has its own rate. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/keys/policy.h"
#include "liqd/keys/private_key.h"
#include "liqd/keys/tx.h"

/* Lives in memory as secret.h describes it. Its key cannot be read back. */
typedef struct lq_signer lq_signer_t;

/* lq_signer_open sets *OUT to a signer with the key TAKE_KEY, which is then its own, and a copy of
   POLICY; the caller closes it. On failure TAKE_KEY stays the caller's. LQ_ERR_INVAL: POLICY is
   beyond its bounds; MSG (may be NULL) says where. LQ_ERR_NOMEM: memory cannot be locked.
   LQ_ERR_IO: the system gives no random bytes. */
LQ_MUST_USE lq_err_t lq_signer_open(lq_signer_t **out, lq_err_msg_t *msg,
                                    lq_private_key_t *take_key, const lq_policy_t *policy);

/* lq_signer_close clears the key and gives the memory back. NULL is allowed. */
void lq_signer_close(lq_signer_t *signer);

/* lq_signer_address returns the address that signs. */
lq_address_t lq_signer_address(const lq_signer_t *signer);

/* Room for one signed transaction, allocated once and used again and again. */
typedef struct lq_tx_signed lq_tx_signed_t;

/* LQ_TX_OVERHEAD_MAX in bytes: what a raw transaction has at most besides data and access list. */
#define LQ_TX_OVERHEAD_MAX 256

/* lq_tx_signed_new sets *OUT to room for raw transactions of RAW_MAX bytes, of which data and
   access list may have all but LQ_TX_OVERHEAD_MAX; the caller frees it. LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_tx_signed_new(lq_tx_signed_t **out, size_t raw_max);

/* lq_tx_signed_free gives it back. NULL is allowed. */
void lq_tx_signed_free(lq_tx_signed_t *tx);

/* lq_signer_sign signs TX for PURPOSE into OUT, which has to be verified before it can be read. It
   does not allocate. NOW_NS is the time on any clock that does not go back, for the rate; an
   earlier time than the last counts as the last. What is signed counts towards the rate, whatever
   becomes of it. On failure OUT is as before. LQ_ERR_SIGNATURE: what it signed ahead was faulty.
   LQ_ERR_INVAL: data or access list of TX lie within OUT, as those of a transaction decoded from it
   do: copy them, or sign into another room. LQ_ERR_POLICY: refused; *WHY (may be NULL; otherwise
   unchanged) says what. LQ_ERR_FULL: OUT may be too small. LQ_ERR_IO: the system gives no random
   bytes (they blind the curve's arithmetic at each 256th signature, which then costs twice). Nonce
   by RFC 6979, low s (EIP-2). */
LQ_MUST_USE lq_err_t lq_signer_sign(lq_signer_t *signer, lq_tx_signed_t *out, lq_refusal_t *why,
                                    lq_purpose_t purpose, const lq_tx_t *tx, uint64_t now_ns);

/* lq_tx_signed_verify verifies the signature in TX and computes the hash. LQ_ERR_SIGNATURE: it is
   not the signer's; TX stays unreadable. That never happens on sound hardware: stop. Costs a
   recovery. */
LQ_MUST_USE lq_err_t lq_tx_signed_verify(lq_tx_signed_t *tx);

/* lq_signer_sign_ahead is lq_signer_sign but for that OUT can be read before it is verified;
   lq_signer_verify has to be called, with the same OUT as it was filled, before the signer signs
   anything else. */
LQ_MUST_USE lq_err_t lq_signer_sign_ahead(lq_signer_t *signer, lq_tx_signed_t *out,
                                          lq_refusal_t *why, lq_purpose_t purpose,
                                          const lq_tx_t *tx, uint64_t now_ns);

/* lq_signer_verify verifies TX, which SIGNER has signed ahead, and its hash. LQ_ERR_SIGNATURE: it
   is not the signer's, and SIGNER refuses all that it is asked for from now on; TX can be read no
   more. Costs a recovery. */
LQ_MUST_USE lq_err_t lq_signer_verify(lq_signer_t *signer, lq_tx_signed_t *tx);

/* A verified transaction, or one that was signed ahead: valid until it is signed into again or
   freed. */
typedef struct lq_tx_raw {
    const uint8_t *data;
    size_t sz;
    lq_hash_t hash;
} lq_tx_raw_t;

/* lq_tx_signed_raw returns the raw bytes and the hash of TX, which must have been verified since it
   was signed, or signed ahead: LQ_BUG otherwise. */
lq_tx_raw_t lq_tx_signed_raw(const lq_tx_signed_t *tx);

/* lq_signer_warm fetches into the caches what signing into OUT touches. */
void lq_signer_warm(const lq_signer_t *signer, const lq_tx_signed_t *out);

#endif
