#ifndef BLOOM_INTERNAL_H
#define BLOOM_INTERNAL_H

/* Blooms by precomputed bits: the keccak of what is watched need be taken only once. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/events.h"

/* The three bits of one entry, bit 0 the lowest of the last byte. */
typedef struct lq_bloom_bits {
    uint16_t at[3];
} lq_bloom_bits_t;

lq_bloom_bits_t lq_bloom_bits(const uint8_t *p, size_t sz);
void lq_bloom_set(uint8_t bloom[LQ_BLOOM_SZ], const lq_bloom_bits_t *bits);

static inline bool lq_bloom_has_bits(const uint8_t bloom[LQ_BLOOM_SZ], const lq_bloom_bits_t *bits)
{
    for (size_t i = 0; i < 3; i++)
        if (!(bloom[LQ_BLOOM_SZ - 1 - bits->at[i] / 8] >> bits->at[i] % 8 & 1))
            return false;
    return true;
}

#endif
