#include "liqd/base/rng.h"

#include <string.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

static uint64_t rotl(uint64_t x, unsigned k)
{
    return (x << k) | (x >> (64 - k));
}

void lq_rng_seed(lq_rng_t *rng, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15u;
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        rng->s[i] = z ^ (z >> 31);
    }
}

uint64_t lq_rng_u64(lq_rng_t *rng)
{
    uint64_t *s = rng->s;
    uint64_t out = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return out;
}

uint64_t lq_rng_below(lq_rng_t *rng, uint64_t n)
{
    LQ_ASSERT(n);
    lq_u128_t m = (lq_u128_t)lq_rng_u64(rng) * n;
    if ((uint64_t)m < n) {
        uint64_t reject = -n % n; /* 2^64 mod n: that many low products would be drawn once more */
        while ((uint64_t)m < reject)
            m = (lq_u128_t)lq_rng_u64(rng) * n;
    }
    return (uint64_t)(m >> 64);
}

void lq_rng_bytes(lq_rng_t *rng, void *out, size_t out_sz)
{
    uint8_t *at = out;
    while (out_sz) {
        uint64_t x = lq_rng_u64(rng);
        size_t sz = out_sz < 8 ? out_sz : 8;
        for (size_t i = 0; i < sz; i++)
            at[i] = (uint8_t)(x >> (8 * i)); /* little-endian on every machine */
        at += sz;
        out_sz -= sz;
    }
}
