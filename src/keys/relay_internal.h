#ifndef LQ_KEYS_RELAY_INTERNAL_H
#define LQ_KEYS_RELAY_INTERNAL_H

#include "ecdsa_internal.h"
#include "liqd/keys/relay_key.h"

struct lq_relay_key {
    lq_ecdsa_signer_t ecdsa; /* of lq_ecdsa_signer_sz() bytes */
};

/* lq_relay_digest returns what is signed for the SZ bytes of BODY. */
lq_hash_t lq_relay_digest(const void *body, size_t sz);

#endif
