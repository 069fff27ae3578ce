#include "nonce_internal.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "liqd/base/compiler.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <stdbool.h>

#define SHA_ISA  "sha,sse4.1"
#define BLOCK_SZ 64
#define HASH_SZ  32

/* @src FIPS 180-4, section 4.2.2 */
static const uint32_t round_constants[64] = {
    // clang-format off
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    // clang-format on
};

/* @src FIPS 180-4, section 5.3.3 */
static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/* The eight words of a state as the instructions want them. */
typedef struct state {
    __m128i abef;
    __m128i cdgh;
} state_t;

/* The states of an HMAC after its two padded keys. */
typedef struct hmac {
    state_t inner;
    state_t outer;
} hmac_t;

LQ_TARGET(SHA_ISA) static inline __m128i load(const void *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}

/* Each 32-bit word with its bytes reversed. */
LQ_TARGET(SHA_ISA) static inline __m128i swap(__m128i v)
{
    return _mm_shuffle_epi8(v, _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
}

LQ_TARGET(SHA_ISA) static state_t begin(void)
{
    __m128i badc = _mm_shuffle_epi32(load(initial), 0xb1);
    __m128i hgfe = _mm_shuffle_epi32(load(initial + 4), 0x1b);
    return (state_t){.abef = _mm_alignr_epi8(badc, hgfe, 8),
                     .cdgh = _mm_blend_epi16(hgfe, badc, 0xf0)};
}

LQ_TARGET(SHA_ISA) static state_t compress(state_t s, const uint8_t block[BLOCK_SZ])
{
    state_t before = s;
    __m128i w[4]; /* the last sixteen words of the schedule, w[i % 4] being the oldest */
    for (size_t i = 0; i < 16; i++) {
        __m128i m;
        if (i < 4)
            m = swap(load(block + 16 * i));
        else
            m = _mm_sha256msg2_epu32(
                _mm_add_epi32(_mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]),
                              _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4)),
                w[(i + 3) % 4]);
        w[i % 4] = m;
        m = _mm_add_epi32(m, load(round_constants + 4 * i));
        s.cdgh = _mm_sha256rnds2_epu32(s.cdgh, s.abef, m);
        s.abef = _mm_sha256rnds2_epu32(s.abef, s.cdgh, _mm_shuffle_epi32(m, 0x0e));
    }
    s.abef = _mm_add_epi32(s.abef, before.abef);
    s.cdgh = _mm_add_epi32(s.cdgh, before.cdgh);
    return s;
}

LQ_TARGET(SHA_ISA) static void store(uint8_t out[HASH_SZ], state_t s)
{
    __m128i feba = _mm_shuffle_epi32(s.abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(s.cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)(void *)out, swap(_mm_blend_epi16(feba, dchg, 0xf0)));
    _mm_storeu_si128((__m128i *)(void *)(out + 16), swap(_mm_alignr_epi8(dchg, feba, 8)));
}

/* Ends BLOCK, whose first SZ bytes are the last of TOTAL_SZ. @src FIPS 180-4, section 5.1.1 */
static void pad(uint8_t block[BLOCK_SZ], size_t sz, size_t total_sz)
{
    memset(block + sz, 0, BLOCK_SZ - sz);
    block[sz] = 0x80;
    block[BLOCK_SZ - 2] = (uint8_t)(8 * total_sz >> 8);
    block[BLOCK_SZ - 1] = (uint8_t)(8 * total_sz);
}

/* @src RFC 2104, section 2 */
LQ_TARGET(SHA_ISA) static hmac_t hmac_begin(const uint8_t key[HASH_SZ])
{
    uint8_t block[BLOCK_SZ] = {0};
    hmac_t h;
    memcpy(block, key, HASH_SZ);
    for (size_t i = 0; i < BLOCK_SZ; i++)
        block[i] ^= 0x36;
    h.inner = compress(begin(), block);
    for (size_t i = 0; i < BLOCK_SZ; i++)
        block[i] ^= 0x36 ^ 0x5c;
    h.outer = compress(begin(), block);
    return h;
}

LQ_TARGET(SHA_ISA) static void hmac_end(uint8_t out[HASH_SZ], const hmac_t *h, state_t inner)
{
    uint8_t block[BLOCK_SZ];
    store(block, inner);
    pad(block, HASH_SZ, BLOCK_SZ + HASH_SZ);
    store(out, compress(h->outer, block));
}

/* HMAC(V), into V. */
LQ_TARGET(SHA_ISA) static void hmac_v(uint8_t v[HASH_SZ], const hmac_t *h)
{
    uint8_t block[BLOCK_SZ];
    memcpy(block, v, HASH_SZ);
    pad(block, HASH_SZ, BLOCK_SZ + HASH_SZ);
    hmac_end(v, h, compress(h->inner, block));
}

/* HMAC(V || STEP || KEY || MSG), the next key of the HMAC. */
LQ_TARGET(SHA_ISA)
static hmac_t hmac_next(const hmac_t *h, const uint8_t v[HASH_SZ], uint8_t step,
                        const uint8_t key[32], const uint8_t msg[32])
{
    enum {
        SZ = HASH_SZ + 1 + 32 + 32
    };
    uint8_t blocks[2 * BLOCK_SZ];
    uint8_t k[HASH_SZ];
    memcpy(blocks, v, HASH_SZ);
    blocks[HASH_SZ] = step;
    memcpy(blocks + HASH_SZ + 1, key, 32);
    memcpy(blocks + HASH_SZ + 1 + 32, msg, 32);
    pad(blocks + BLOCK_SZ, SZ - BLOCK_SZ, BLOCK_SZ + SZ);
    hmac_end(k, h, compress(compress(h->inner, blocks), blocks + BLOCK_SZ));
    return hmac_begin(k);
}

/* @src RFC 6979, section 3.2, with the 32 bytes of MSG as they are (as libsecp256k1 has it) */
LQ_TARGET(SHA_ISA)
static int nonce_with_sha(unsigned char *nonce32, const unsigned char *msg32,
                          const unsigned char *key32, const unsigned char *algo16, void *data,
                          unsigned int attempt)
{
    /* a nonce that does not serve comes once in 2^127 signatures; the rest is not ours */
    if (attempt || algo16 || data)
        return secp256k1_nonce_function_rfc6979(nonce32, msg32, key32, algo16, data, attempt);
    uint8_t v[HASH_SZ];
    uint8_t zero[HASH_SZ] = {0};
    memset(v, 1, sizeof(v));
    hmac_t h = hmac_begin(zero);
    h = hmac_next(&h, v, 0, key32, msg32);
    hmac_v(v, &h);
    h = hmac_next(&h, v, 1, key32, msg32);
    hmac_v(v, &h);
    hmac_v(v, &h);
    memcpy(nonce32, v, sizeof(v));
    return 1;
}

/* Leaf 7's EBX, bit 29: gcc 12 and clang 14 have no name for it. @src Intel SDM, CPUID */
static bool has_sha(void)
{
    unsigned a;
    unsigned b;
    unsigned c;
    unsigned d;
    return __builtin_cpu_supports("sse4.1") && __get_cpuid_count(7, 0, &a, &b, &c, &d) &&
           (b >> 29 & 1);
}
#endif

secp256k1_nonce_function lq_nonce_function(void)
{
#if defined(__x86_64__)
    if (has_sha())
        return nonce_with_sha;
#endif
    return NULL;
}
