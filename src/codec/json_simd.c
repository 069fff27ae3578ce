#include <string.h>

#include "json_internal.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Each byte of X that is special, by its upper bit; the other bits are zero. No carry leaves a
   byte, so that this is exact. */
static uint64_t special_8(uint64_t x)
{
    const uint64_t ones = 0x0101010101010101;
    const uint64_t low = 0x7f * ones;
    uint64_t quote = x ^ '"' * ones;
    uint64_t backslash = x ^ '\\' * ones;
    uint64_t is_no_quote = (quote & low) + low;         /* upper bits; of ASCII: what is */
    uint64_t is_no_backslash = (backslash & low) + low; /* beyond it is special anyway */
    uint64_t is_no_control = (x & low) + (0x80 - ' ') * ones;
    return (x | ~(is_no_quote & is_no_backslash & is_no_control)) & ~low;
}

static size_t index_plain(uint32_t *out, const uint8_t *text, size_t from, size_t to)
{
    size_t cnt = 0;
    size_t at = from;
    for (; to - at >= 8; at += 8) {
        uint64_t x;
        memcpy(&x, text + at, 8);
        for (uint64_t m = special_8(x); m; m &= m - 1)
            out[cnt++] = (uint32_t)(at + (size_t)__builtin_ctzll(m) / 8);
    }
    for (; at < to; at++) {
        uint8_t c = text[at];
        if (c < ' ' || c > 0x7f || c == '"' || c == '\\')
            out[cnt++] = (uint32_t)at;
    }
    return cnt;
}

static void block_plain(lq_json_block_t *out, const uint8_t *text, size_t from, size_t to)
{
    for (; from < to; from += 64) {
        lq_json_block_t m = {0};
        for (size_t k = 0; k < 64 && from + k < to; k++) {
            uint8_t c = text[from + k];
            m.quote |= (uint64_t)(c == '"') << k;
            m.backslash |= (uint64_t)(c == '\\') << k;
            m.open |= (uint64_t)(c == '{' || c == '[') << k;
            m.close |= (uint64_t)(c == '}' || c == ']') << k;
        }
        *out++ = m;
    }
}

#if defined(__x86_64__)
#define AVX2   "avx2,bmi,popcnt"
#define AVX512 "avx512f,avx512bw,avx512vbmi2,popcnt"

/* A block that ends before its 64th byte is read as the last 64 bytes of the text, whose masks are
   then shifted, or from a copy where the text is shorter: nothing is read outside the text. The
   copy is slow, since it is loaded as a whole before its parts have left the store queue. */
static const uint8_t *last_64(uint8_t copy[64], const uint8_t *text, size_t from, size_t to)
{
    if (LQ_LIKELY(to >= 64))
        return text + to - 64;
    memset(copy, ' ', 64);
    memcpy(copy + 64 - (to - from), text + from, to - from);
    return copy;
}

LQ_TARGET(AVX2) static LQ_ALWAYS_INLINE uint32_t special_32(const uint8_t *text)
{
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)text);
    /* signed: a byte beyond ASCII is negative, so below a space like the control characters */
    __m256i m = _mm256_cmpgt_epi8(_mm256_set1_epi8(' '), v);
    m = _mm256_or_si256(m, _mm256_cmpeq_epi8(v, _mm256_set1_epi8('"')));
    m = _mm256_or_si256(m, _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\')));
    return (uint32_t)_mm256_movemask_epi8(m);
}

LQ_TARGET(AVX2) static LQ_ALWAYS_INLINE uint64_t special_avx2(const uint8_t *text)
{
    return special_32(text) | (uint64_t)special_32(text + 32) << 32;
}

/* How many offsets are written before it is asked how many there are: most blocks have no more, and
   a loop of the exact number ends with a branch that no predictor guesses. */
#define PUT_CNT 8

LQ_TARGET(AVX2) static LQ_ALWAYS_INLINE uint32_t *put_avx2(uint32_t *out, size_t at, uint64_t mask)
{
    size_t cnt = (size_t)_mm_popcnt_u64(mask);
    size_t k = 0;
    do {
        for (size_t i = k; i < k + PUT_CNT; i++) {
            out[i] = (uint32_t)(at + _tzcnt_u64(mask));
            mask = _blsr_u64(mask);
        }
        k += PUT_CNT;
    } while (LQ_UNLIKELY(k < cnt));
    return out + cnt;
}

LQ_TARGET(AVX2)
static size_t index_avx2(uint32_t *out, const uint8_t *text, size_t from, size_t to)
{
    const uint32_t *start = out;
    for (; to - from >= 64; from += 64)
        out = put_avx2(out, from, special_avx2(text + from));
    if (from < to) {
        uint8_t copy[64];
        uint64_t mask = special_avx2(last_64(copy, text, from, to));
        out = put_avx2(out, from, mask >> (64 - (to - from)));
    }
    return (size_t)(out - start);
}

LQ_TARGET(AVX2) static LQ_ALWAYS_INLINE uint64_t equal_avx2(__m256i low, __m256i high, char c)
{
    __m256i want = _mm256_set1_epi8(c);
    uint32_t low_mask = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, want));
    uint32_t high_mask = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, want));
    return low_mask | (uint64_t)high_mask << 32;
}

LQ_TARGET(AVX2)
static LQ_ALWAYS_INLINE void block_64_avx2(lq_json_block_t *out, const uint8_t *text, size_t shift)
{
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)text);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(text + 32));
    out->quote = equal_avx2(low, high, '"') >> shift;
    out->backslash = equal_avx2(low, high, '\\') >> shift;
    const __m256i bit = _mm256_set1_epi8(0x20);
    low = _mm256_or_si256(low, bit); /* '[' | 0x20 is '{', and so with the closing ones */
    high = _mm256_or_si256(high, bit);
    out->open = equal_avx2(low, high, '{') >> shift;
    out->close = equal_avx2(low, high, '}') >> shift;
}

LQ_TARGET(AVX2)
static void block_avx2(lq_json_block_t *out, const uint8_t *text, size_t from, size_t to)
{
    for (; to - from >= 64; from += 64)
        block_64_avx2(out++, text + from, 0);
    if (from < to) {
        uint8_t copy[64];
        block_64_avx2(out, last_64(copy, text, from, to), 64 - (to - from));
    }
}

/* Sixteen offsets: the bytes of POS on top of AT. */
LQ_TARGET(AVX512)
static LQ_ALWAYS_INLINE void put_16(uint32_t *out, __m512i at, __m128i pos)
{
    _mm512_storeu_si512(out, _mm512_add_epi32(at, _mm512_cvtepu8_epi32(pos)));
}

LQ_TARGET(AVX512)
static LQ_ALWAYS_INLINE uint32_t *put_avx512(uint32_t *out, size_t at, __m512i v, uint64_t valid)
{
    const __m512i pos_all = _mm512_set_epi64(
        0x3f3e3d3c3b3a3938, 0x3736353433323130, 0x2f2e2d2c2b2a2928, 0x2726252423222120,
        0x1f1e1d1c1b1a1918, 0x1716151413121110, 0x0f0e0d0c0b0a0908, 0x0706050403020100);
    uint64_t mask = valid & (_mm512_cmplt_epi8_mask(v, _mm512_set1_epi8(' ')) |
                             _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('"')) |
                             _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\\')));
    size_t cnt = (size_t)_mm_popcnt_u64(mask);
    __m512i pos = _mm512_maskz_compress_epi8(mask, pos_all);
    __m512i base = _mm512_set1_epi32((int)at);
    put_16(out, base, _mm512_castsi512_si128(pos));
    if (LQ_UNLIKELY(cnt > 16)) {
        put_16(out + 16, base, _mm512_extracti32x4_epi32(pos, 1));
        put_16(out + 32, base, _mm512_extracti32x4_epi32(pos, 2));
        put_16(out + 48, base, _mm512_extracti32x4_epi32(pos, 3));
    }
    return out + cnt;
}

LQ_TARGET(AVX512)
static size_t index_avx512(uint32_t *out, const uint8_t *text, size_t from, size_t to)
{
    const uint32_t *start = out;
    for (; to - from >= 64; from += 64)
        out = put_avx512(out, from, _mm512_loadu_si512(text + from), UINT64_MAX);
    if (from < to) {
        uint64_t valid = UINT64_MAX >> (64 - (to - from));
        out = put_avx512(out, from, _mm512_maskz_loadu_epi8(valid, text + from), valid);
    }
    return (size_t)(out - start);
}

LQ_TARGET(AVX512)
static LQ_ALWAYS_INLINE void block_64_avx512(lq_json_block_t *out, __m512i v)
{
    out->quote = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('"'));
    out->backslash = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\\'));
    v = _mm512_or_si512(v, _mm512_set1_epi8(0x20));
    out->open = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('{'));
    out->close = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('}'));
}

LQ_TARGET(AVX512)
static void block_avx512(lq_json_block_t *out, const uint8_t *text, size_t from, size_t to)
{
    for (; to - from >= 64; from += 64)
        block_64_avx512(out++, _mm512_loadu_si512(text + from));
    if (from < to)
        block_64_avx512(out,
                        _mm512_maskz_loadu_epi8(UINT64_MAX >> (64 - (to - from)), text + from));
}
#endif

const lq_json_simd_t *lq_json_simd(size_t i)
{
    static const lq_json_simd_t plain = {"plain", index_plain, block_plain};
#if defined(__x86_64__)
    static const lq_json_simd_t avx2 = {"AVX2", index_avx2, block_avx2};
    static const lq_json_simd_t avx512 = {"AVX-512", index_avx512, block_avx512};
    if (LQ_CPU_HAS("avx512bw") && LQ_CPU_HAS("avx512vbmi2") && i-- == 0)
        return &avx512;
    if (LQ_CPU_HAS("avx2") && LQ_CPU_HAS("bmi") && i-- == 0)
        return &avx2;
#endif
    return i == 0 ? &plain : NULL;
}
