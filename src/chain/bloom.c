#include "liqd/chain/decode.h"

#include "bloom_internal.h"
#include "liqd/codec/keccak.h"

lq_bloom_bits_t lq_bloom_bits(const uint8_t *p, size_t sz)
{
    uint8_t hash[LQ_KECCAK_SZ];
    lq_keccak256(hash, p, sz);
    lq_bloom_bits_t bits;
    for (size_t i = 0; i < 3; i++)
        bits.at[i] = (uint16_t)((hash[2 * i] << 8 | hash[2 * i + 1]) & 0x7ff);
    return bits;
}

void lq_bloom_set(uint8_t bloom[LQ_BLOOM_SZ], const lq_bloom_bits_t *bits)
{
    for (size_t i = 0; i < 3; i++)
        bloom[LQ_BLOOM_SZ - 1 - bits->at[i] / 8] |= (uint8_t)(1u << bits->at[i] % 8);
}

void lq_bloom_add(uint8_t bloom[LQ_BLOOM_SZ], const uint8_t *p, size_t sz)
{
    lq_bloom_bits_t bits = lq_bloom_bits(p, sz);
    lq_bloom_set(bloom, &bits);
}

bool lq_bloom_has(const uint8_t bloom[LQ_BLOOM_SZ], const uint8_t *p, size_t sz)
{
    lq_bloom_bits_t bits = lq_bloom_bits(p, sz);
    return lq_bloom_has_bits(bloom, &bits);
}
