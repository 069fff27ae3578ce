#include "liqd/num/u256.h"

#include <stddef.h>
#include <string.h>

lq_u256_t lq_u256_from_be(const uint8_t in[32])
{
    lq_u256_t a;
    for (size_t i = 0; i < 4; i++) {
        uint64_t w;
        memcpy(&w, in + 8 * (3 - i), 8);
        a.w[i] = __builtin_bswap64(w);
    }
    return a;
}

void lq_u256_to_be(uint8_t out[32], const lq_u256_t *a)
{
    for (size_t i = 0; i < 4; i++) {
        uint64_t w = __builtin_bswap64(a->w[i]);
        memcpy(out + 8 * (3 - i), &w, 8);
    }
}
