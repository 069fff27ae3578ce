#ifndef LQ_KEYS_KEYSTORE_INTERNAL_H
#define LQ_KEYS_KEYSTORE_INTERNAL_H

#include "liqd/keys/keystore.h"

/* LQ_KEYSTORE_TEXT_MAX in bytes: more than any keystore printed by us. */
#define LQ_KEYSTORE_TEXT_MAX 2048

/* lq_keystore_print writes STORE, which has scrypt, an address and an id, as JSON with a NUL, and
   returns its length. */
size_t lq_keystore_print(char out[LQ_KEYSTORE_TEXT_MAX], const lq_keystore_t *store);

/* lq_keystore_encrypt sets *OUT to KEY encrypted with PASSPHRASE, under a new salt, iv and id.
   Errors as lq_keystore_create has them. */
LQ_MUST_USE lq_err_t lq_keystore_encrypt(lq_keystore_t *out, lq_err_msg_t *msg,
                                         const lq_private_key_t *key, const lq_secret_t *passphrase,
                                         lq_scrypt_cost_t cost);

/* lq_scrypt_cost_check: LQ_ERR_SYNTAX where COST is none, LQ_ERR_RANGE where it is above the
   limits. NAME is what MSG calls it. */
LQ_MUST_USE lq_err_t lq_scrypt_cost_check(lq_scrypt_cost_t cost, lq_err_msg_t *msg,
                                          const char *name);

#endif
