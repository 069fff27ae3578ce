#ifndef LQ_KEYS_ECDSA_INTERNAL_H
#define LQ_KEYS_ECDSA_INTERNAL_H

/* What the layer needs of secp256k1. Only this module calls libsecp256k1. */

#include <secp256k1.h>

#include "liqd/codec/types.h"
#include "liqd/keys/private_key.h"
#include "liqd/keys/signature.h"

#define LQ_PRIVATE_KEY_SZ 32

struct lq_private_key {
    uint8_t b[LQ_PRIVATE_KEY_SZ]; /* big endian */
};

/* lq_private_key_new sets *OUT to a locked key that still has to be written and checked. */
LQ_MUST_USE lq_err_t lq_private_key_new(lq_private_key_t **out, lq_err_msg_t *msg);

/* lq_private_key_is_valid tells whether KEY is in the range of private_key.h. */
bool lq_private_key_is_valid(const lq_private_key_t *key);

/* lq_random_bytes fills OUT from the system's generator. LQ_ERR_IO: it gives none. */
LQ_MUST_USE lq_err_t lq_random_bytes(uint8_t *out, size_t out_sz, lq_err_msg_t *msg);

/* LQ_ECDSA_BLIND_PERIOD: signatures between two new blindings of a context. One blinding costs what
   a signature costs, so that this adds 0.4 %. */
#define LQ_ECDSA_BLIND_PERIOD 256

/* A key that signs, with its own context. It must lie in locked memory, lq_ecdsa_signer_sz() bytes
   of it. One thread at a time. */
typedef struct lq_ecdsa_signer {
    lq_private_key_t key;
    lq_address_t address;
    uint64_t sign_cnt;
    secp256k1_nonce_function nonce; /* RFC 6979's; NULL: libsecp256k1's own */
    secp256k1_context *context;     /* at the end of this object's memory */
} lq_ecdsa_signer_t;

/* lq_ecdsa_signer_sz returns the bytes that a signer needs, its context included; a multiple
   of 64. */
size_t lq_ecdsa_signer_sz(void);

/* lq_ecdsa_signer_init makes S, zero bytes of lq_ecdsa_signer_sz(), a signer with KEY and blinds
   its context. LQ_ERR_IO: no random bytes; S is then to be thrown away. */
LQ_MUST_USE lq_err_t lq_ecdsa_signer_init(lq_ecdsa_signer_t *s, lq_err_msg_t *msg,
                                          const lq_private_key_t *key);

/* lq_ecdsa_signer_blind blinds the context anew where it is time. LQ_ERR_IO: no random bytes. */
LQ_MUST_USE lq_err_t lq_ecdsa_signer_blind(lq_ecdsa_signer_t *s);

/* lq_ecdsa_sign signs DIGEST: nonce by RFC 6979, s in the lower half. It verifies nothing. */
void lq_ecdsa_sign(lq_ecdsa_signer_t *s, lq_signature_t *out, const lq_hash_t *digest);

/* lq_ecdsa_recover sets *OUT to the address whose key signed DIGEST with SIG. LQ_ERR_SIGNATURE:
   there is none, r or s is out of range, or s is in the upper half. */
LQ_MUST_USE lq_err_t lq_ecdsa_recover(lq_address_t *out, const lq_hash_t *digest,
                                      const lq_signature_t *sig);

#endif
