#ifndef LQ_KEYS_RELAY_INTERNAL_H
#define LQ_KEYS_RELAY_INTERNAL_H

#include "liqd/keys/relay_key.h"

/* lq_relay_digest returns what is signed for the SZ bytes of BODY. */
lq_hash_t lq_relay_digest(const void *body, size_t sz);

#endif
