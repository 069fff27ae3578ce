#ifndef LQ_KEYS_SIGNED_INTERNAL_H
#define LQ_KEYS_SIGNED_INTERNAL_H

/* A signed transaction's memory (signer.h), for those that fill it. */

#include "liqd/keys/signer.h"

struct lq_tx_signed {
    bool is_readable;
    lq_address_t signer;
    lq_hash_t hash; /* where it is readable */
    size_t raw_sz;  /* 0: nothing was signed yet */
    size_t raw_max;
    uint8_t raw[];
};

#endif
