#ifndef LIQD_NUM_U256_H
#define LIQD_NUM_U256_H

/* 256-bit unsigned integers: the EVM's word. Plain values, passed by pointer, never allocated. */

#include <stdbool.h>
#include <stdint.h>

/* Four limbs, least significant first: the value is the sum of w[i] * 2^(64 i). */
typedef struct lq_u256 {
    uint64_t w[4];
} lq_u256_t;

/* lq_u256_from_u64 returns V widened. */
static inline lq_u256_t lq_u256_from_u64(uint64_t v)
{
    return (lq_u256_t){{v, 0, 0, 0}};
}

/* lq_u256_is_zero tells whether A = 0. */
static inline bool lq_u256_is_zero(const lq_u256_t *a)
{
    return (a->w[0] | a->w[1] | a->w[2] | a->w[3]) == 0;
}

/* lq_u256_eq tells whether A = B. */
static inline bool lq_u256_eq(const lq_u256_t *a, const lq_u256_t *b)
{
    return ((a->w[0] ^ b->w[0]) | (a->w[1] ^ b->w[1]) | (a->w[2] ^ b->w[2]) |
            (a->w[3] ^ b->w[3])) == 0;
}

/* lq_u256_from_be returns the big-endian number of the 32 bytes at IN, as the EVM stores words. */
lq_u256_t lq_u256_from_be(const uint8_t in[32]);

/* lq_u256_to_be writes A big-endian to the 32 bytes at OUT. */
void lq_u256_to_be(uint8_t out[32], const lq_u256_t *a);

#endif
