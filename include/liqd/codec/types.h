#ifndef LIQD_CODEC_TYPES_H
#define LIQD_CODEC_TYPES_H

/* Ethereum's plain byte values. Structs, so that an address is not taken for a hash. */

#include <stdint.h>

/* An account: the last 20 bytes of the keccak-256 of its public key, or a contract's. */
typedef struct lq_address {
    uint8_t b[20];
} lq_address_t;

/* A keccak-256, or anything else the EVM calls bytes32: block hash, topic, market id. */
typedef struct lq_hash {
    uint8_t b[32];
} lq_hash_t;

#endif
