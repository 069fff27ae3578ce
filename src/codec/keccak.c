#include "keccak_internal.h"

#include <string.h>

#include "liqd/base/compiler.h"

#define RATE_LANES (LQ_KECCAK_RATE_SZ / 8)

/* iota, @src Keccak-reference-3.0 section 1.2 */
static const uint64_t round_constant[24] = {
    0x0000000000000001u, 0x0000000000008082u, 0x800000000000808au, 0x8000000080008000u,
    0x000000000000808bu, 0x0000000080000001u, 0x8000000080008081u, 0x8000000000008009u,
    0x000000000000008au, 0x0000000000000088u, 0x0000000080008009u, 0x000000008000000au,
    0x000000008000808bu, 0x800000000000008bu, 0x8000000000008089u, 0x8000000000008003u,
    0x8000000000008002u, 0x8000000000000080u, 0x000000000000800au, 0x800000008000000au,
    0x8000000080008081u, 0x8000000000008080u, 0x0000000080000001u, 0x8000000080008008u,
};

static LQ_ALWAYS_INLINE uint64_t rotl(uint64_t x, unsigned k)
{
    return (x << k) | (x >> (64 - k));
}

/* chi on the row B0..B4 */
static LQ_ALWAYS_INLINE void chi(uint64_t out[5], uint64_t b0, uint64_t b1, uint64_t b2,
                                 uint64_t b3, uint64_t b4)
{
    out[0] = b0 ^ (~b1 & b2);
    out[1] = b1 ^ (~b2 & b3);
    out[2] = b2 ^ (~b3 & b4);
    out[3] = b3 ^ (~b4 & b0);
    out[4] = b4 ^ (~b0 & b1);
}

/* One round from A to B. Row after row of the result, so that five lanes at a time are live beside
   theta's: with two states in turn and every index constant, both compilers keep what fits in
   registers and need no move for pi. */
static LQ_ALWAYS_INLINE void one_round(uint64_t b[25], const uint64_t a[25], uint64_t iota)
{
    uint64_t c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
    uint64_t c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
    uint64_t c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
    uint64_t c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
    uint64_t c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
    uint64_t d0 = c4 ^ rotl(c1, 1);
    uint64_t d1 = c0 ^ rotl(c2, 1);
    uint64_t d2 = c1 ^ rotl(c3, 1);
    uint64_t d3 = c2 ^ rotl(c4, 1);
    uint64_t d4 = c3 ^ rotl(c0, 1);
    chi(b, a[0] ^ d0, rotl(a[6] ^ d1, 44), rotl(a[12] ^ d2, 43), rotl(a[18] ^ d3, 21),
        rotl(a[24] ^ d4, 14));
    b[0] ^= iota;
    chi(b + 5, rotl(a[3] ^ d3, 28), rotl(a[9] ^ d4, 20), rotl(a[10] ^ d0, 3), rotl(a[16] ^ d1, 45),
        rotl(a[22] ^ d2, 61));
    chi(b + 10, rotl(a[1] ^ d1, 1), rotl(a[7] ^ d2, 6), rotl(a[13] ^ d3, 25), rotl(a[19] ^ d4, 8),
        rotl(a[20] ^ d0, 18));
    chi(b + 15, rotl(a[4] ^ d4, 27), rotl(a[5] ^ d0, 36), rotl(a[11] ^ d1, 10),
        rotl(a[17] ^ d2, 15), rotl(a[23] ^ d3, 56));
    chi(b + 20, rotl(a[2] ^ d2, 62), rotl(a[8] ^ d3, 55), rotl(a[14] ^ d4, 39),
        rotl(a[15] ^ d0, 41), rotl(a[21] ^ d1, 2));
}

static LQ_ALWAYS_INLINE void permute(uint64_t lane[25])
{
    uint64_t a[25];
    uint64_t b[25];
    for (size_t i = 0; i < 25; i++)
        a[i] = lane[i];
    for (size_t i = 0; i < 24; i += 2) {
        one_round(b, a, round_constant[i]);
        one_round(a, b, round_constant[i + 1]);
    }
    for (size_t i = 0; i < 25; i++)
        lane[i] = a[i];
}

void lq_keccak_permute_plain(uint64_t lane[25])
{
    permute(lane);
}

#if defined(__x86_64__)
/* andn and rorx save a fifth: chi's complement and the copy before each rotation. */
LQ_TARGET("bmi,bmi2") static void permute_bmi2(uint64_t lane[25])
{
    permute(lane);
}

void lq_keccak_permute(uint64_t lane[25])
{
    if (LQ_LIKELY(LQ_CPU_HAS("bmi2") && LQ_CPU_HAS("bmi")))
        permute_bmi2(lane);
    else
        permute(lane);
}
#else
void lq_keccak_permute(uint64_t lane[25])
{
    permute(lane);
}
#endif

static LQ_ALWAYS_INLINE void xor_lane(uint64_t *lane, const uint8_t *in)
{
    uint64_t x;
    memcpy(&x, in, 8); /* lanes are little-endian, and so are the machines we build for */
    *lane ^= x;
}

static LQ_ALWAYS_INLINE void xor_byte(lq_keccak_t *k, size_t at, uint8_t byte)
{
    k->lane[at / 8] ^= (uint64_t)byte << (8 * (at % 8));
}

void lq_keccak_init(lq_keccak_t *k)
{
    *k = (lq_keccak_t){0};
}

void lq_keccak_absorb(lq_keccak_t *k, const void *data, size_t sz)
{
    const uint8_t *in = data;
    size_t fill = k->fill_sz;
    while (sz) {
        if (fill % 8 == 0 && sz >= 8) {
            size_t room = RATE_LANES - fill / 8;
            size_t cnt = sz / 8 < room ? sz / 8 : room;
            for (size_t i = 0; i < cnt; i++)
                xor_lane(&k->lane[fill / 8 + i], in + 8 * i);
            fill += 8 * cnt;
            in += 8 * cnt;
            sz -= 8 * cnt;
        } else {
            xor_byte(k, fill, *in);
            fill++;
            in++;
            sz--;
        }
        if (fill == LQ_KECCAK_RATE_SZ) {
            lq_keccak_permute(k->lane);
            fill = 0;
        }
    }
    k->fill_sz = fill;
}

void lq_keccak_final_domain(lq_keccak_t *k, uint8_t out[LQ_KECCAK_SZ], uint8_t domain)
{
    xor_byte(k, k->fill_sz, domain);
    xor_byte(k, LQ_KECCAK_RATE_SZ - 1, 0x80);
    lq_keccak_permute(k->lane);
    memcpy(out, k->lane, LQ_KECCAK_SZ);
}

void lq_keccak_final(lq_keccak_t *k, uint8_t out[LQ_KECCAK_SZ])
{
    lq_keccak_final_domain(k, out, 0x01);
}

void lq_keccak256(uint8_t out[LQ_KECCAK_SZ], const void *data, size_t sz)
{
    lq_keccak_t k;
    lq_keccak_init(&k);
    lq_keccak_absorb(&k, data, sz);
    lq_keccak_final(&k, out);
}
