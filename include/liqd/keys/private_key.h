#ifndef LIQD_KEYS_PRIVATE_KEY_H
#define LIQD_KEYS_PRIVATE_KEY_H

/* A private key on its way from a keystore, a text or the random generator into a keystore, a
   signer or a relay key. It lives in memory as secret.h describes it and cannot be read back. */

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/keys/secret.h"

/* A number from 1 to the order of secp256k1 less 1. */
typedef struct lq_private_key lq_private_key_t;

/* lq_private_key_generate sets *OUT to a key of the system's random generator; the caller frees it.
   LQ_ERR_NOMEM: memory cannot be locked. LQ_ERR_IO: the system gives no random bytes. */
LQ_MUST_USE lq_err_t lq_private_key_generate(lq_private_key_t **out, lq_err_msg_t *msg);

/* lq_private_key_parse sets *OUT to the key of 64 hexadecimal digits in TEXT, "0x" before them or
   not; the caller frees it. LQ_ERR_SYNTAX: it is something else. LQ_ERR_RANGE: zero, or not below
   the order. LQ_ERR_NOMEM as above. MSG (may be NULL) never contains any of TEXT. */
LQ_MUST_USE lq_err_t lq_private_key_parse(lq_private_key_t **out, lq_err_msg_t *msg,
                                          const lq_secret_t *text);

/* lq_private_key_address returns the address of KEY. Costs a multiplication on the curve. */
lq_address_t lq_private_key_address(const lq_private_key_t *key);

/* lq_private_key_free clears KEY and gives its memory back. NULL is allowed. */
void lq_private_key_free(lq_private_key_t *key);

#endif
