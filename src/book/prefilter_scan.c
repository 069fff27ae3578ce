#include "prefilter_internal.h"

#include "liqd/base/compiler.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Eight columns as one block of eight. */
static float add_8(const float p[8])
{
    return ((p[0] + p[1]) + (p[2] + p[3])) + ((p[4] + p[5]) + (p[6] + p[7]));
}

static float sum_plain(const float *approx, const uint16_t *factors, size_t sz, const float *values)
{
    float p[8] = {0};
    size_t first_cnt = sz < 8 ? sz : 8;
    for (size_t i = 0; i < first_cnt; i++)
        p[i] = approx[i] * values[factors[i]];
    if (sz == 2)
        return p[0] + p[1];
    if (sz == 4)
        return (p[0] + p[1]) + (p[2] + p[3]);
    for (size_t i = 8; i < sz; i++)
        p[i % 8] += approx[i] * values[factors[i]];
    return add_8(p);
}

static size_t scan_plain(uint32_t *hits, const lq_leg_blocks_t *blocks, size_t from,
                         const float *values)
{
    size_t sz = blocks->block_sz;
    float limit = lq_prefilter_limit(sz);
    size_t cnt = 0;
    for (size_t i = from; i < blocks->block_cnt; i++) {
        hits[cnt] = (uint32_t)i;
        cnt += sum_plain(blocks->approx + i * sz, blocks->factors + i * sz, sz, values) <= limit;
    }
    return cnt;
}

size_t lq_prefilter_scan_plain(uint32_t *hits, const lq_leg_blocks_t *blocks, const float *values)
{
    return scan_plain(hits, blocks, 0, values);
}

#if defined(__x86_64__)
#define AVX2 "avx2,bmi,popcnt"

/* Blocks looked at in one step, each step's sums in one register. */
#define STEP 8

/* amount x value of eight legs from I on. */
LQ_TARGET(AVX2)
static LQ_ALWAYS_INLINE __m256 products(const float *approx, const uint16_t *factors,
                                        const float *values, size_t i)
{
    __m128i narrow = _mm_loadu_si128((const __m128i *)(const void *)(factors + i));
    __m256 v = _mm256_i32gather_ps(values, _mm256_cvtepu16_epi32(narrow), 4);
    return _mm256_mul_ps(_mm256_loadu_ps(approx + i), v);
}

/* The sums of eight blocks of SZ legs each; lanes in the order of the blocks. */
LQ_TARGET(AVX2)
static LQ_ALWAYS_INLINE __m256 sums_2(const float *approx, const uint16_t *factors,
                                      const float *values)
{
    __m256 a = products(approx, factors, values, 0);
    __m256 b = products(approx, factors, values, 8);
    __m256d pairs = _mm256_castps_pd(_mm256_hadd_ps(a, b)); /* 01 45 23 67 */
    return _mm256_castpd_ps(_mm256_permute4x64_pd(pairs, 0xd8));
}

LQ_TARGET(AVX2)
static LQ_ALWAYS_INLINE __m256 sums_4(const float *approx, const uint16_t *factors,
                                      const float *values)
{
    __m256 a = products(approx, factors, values, 0);
    __m256 b = products(approx, factors, values, 8);
    __m256 c = products(approx, factors, values, 16);
    __m256 d = products(approx, factors, values, 24);
    __m256 s = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d)); /* 0246 1357 */
    return _mm256_permutevar8x32_ps(s, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

/* The eight columns of a block of SZ legs. */
LQ_TARGET(AVX2)
static LQ_ALWAYS_INLINE __m256 columns(const float *approx, const uint16_t *factors,
                                       const float *values, size_t sz)
{
    __m256 s = products(approx, factors, values, 0);
    for (size_t i = 8; i < sz; i += 8)
        s = _mm256_add_ps(s, products(approx, factors, values, i));
    return s;
}

/* Four blocks: their halves, low ones in the low lanes. */
LQ_TARGET(AVX2)
static LQ_ALWAYS_INLINE __m256 halves(const float *approx, const uint16_t *factors,
                                      const float *values, size_t sz)
{
    __m256 a = columns(approx, factors, values, sz);
    __m256 b = columns(approx + sz, factors + sz, values, sz);
    __m256 c = columns(approx + 2 * sz, factors + 2 * sz, values, sz);
    __m256 d = columns(approx + 3 * sz, factors + 3 * sz, values, sz);
    return _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
}

LQ_TARGET(AVX2)
static LQ_ALWAYS_INLINE __m256 sums_8(const float *approx, const uint16_t *factors,
                                      const float *values, size_t sz)
{
    __m256 a = halves(approx, factors, values, sz);
    __m256 b = halves(approx + 4 * sz, factors + 4 * sz, values, sz);
    return _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
}

LQ_TARGET(AVX2)
static LQ_ALWAYS_INLINE size_t scan_avx2(uint32_t *hits, const lq_leg_blocks_t *blocks,
                                         const float *values, size_t sz)
{
    const __m256 limit = _mm256_set1_ps(lq_prefilter_limit(sz));
    const float *approx = blocks->approx;
    const uint16_t *factors = blocks->factors;
    size_t cnt = 0;
    size_t i = 0;
    for (; blocks->block_cnt - i >= STEP; i += STEP, approx += STEP * sz, factors += STEP * sz) {
        __m256 s = sz == 2   ? sums_2(approx, factors, values)
                   : sz == 4 ? sums_4(approx, factors, values)
                             : sums_8(approx, factors, values, sz);
        unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(s, limit, _CMP_LE_OQ));
        for (; LQ_UNLIKELY(mask != 0); mask &= mask - 1)
            hits[cnt++] = (uint32_t)(i + (size_t)__builtin_ctz(mask));
    }
    return cnt + scan_plain(hits + cnt, blocks, i, values);
}

LQ_TARGET(AVX2)
size_t lq_prefilter_scan_avx2(uint32_t *hits, const lq_leg_blocks_t *blocks, const float *values)
{
    switch (blocks->block_sz) {
    case 2:
        return scan_avx2(hits, blocks, values, 2);
    case 4:
        return scan_avx2(hits, blocks, values, 4);
    case 8:
        return scan_avx2(hits, blocks, values, 8);
    default:
        return scan_avx2(hits, blocks, values, blocks->block_sz);
    }
}

#define AVX512 "avx2,bmi,popcnt,avx512f,avx512dq"

/* The table in eight registers: looking a value up in them takes half the time of a gather. */
typedef struct registers {
    __m512 v[LQ_PREFILTER_REGISTER_CNT / 16];
} registers_t;

/* amount x value of sixteen legs from I on. */
LQ_TARGET(AVX512)
static LQ_ALWAYS_INLINE __m512 products_16(const float *approx, const uint16_t *factors,
                                           const registers_t *t, size_t i)
{
    __m256i narrow = _mm256_loadu_si256((const __m256i *)(const void *)(factors + i));
    __m512i f = _mm512_cvtepu16_epi32(narrow);
    __mmask16 odd = _mm512_test_epi32_mask(f, _mm512_set1_epi32(32));
    __mmask16 high = _mm512_test_epi32_mask(f, _mm512_set1_epi32(64));
    __m512 a = _mm512_permutex2var_ps(t->v[0], f, t->v[1]); /* by the lowest five bits */
    __m512 b = _mm512_permutex2var_ps(t->v[2], f, t->v[3]);
    __m512 c = _mm512_permutex2var_ps(t->v[4], f, t->v[5]);
    __m512 d = _mm512_permutex2var_ps(t->v[6], f, t->v[7]);
    __m512 low_half = _mm512_mask_blend_ps(odd, a, b);
    __m512 high_half = _mm512_mask_blend_ps(odd, c, d);
    __m512 v = _mm512_mask_blend_ps(high, low_half, high_half);
    return _mm512_mul_ps(_mm512_loadu_ps(approx + i), v);
}

LQ_TARGET(AVX512)
static LQ_ALWAYS_INLINE __m256 low_8(__m512 v)
{
    return _mm512_castps512_ps256(v);
}

LQ_TARGET(AVX512)
static LQ_ALWAYS_INLINE __m256 high_8(__m512 v)
{
    return _mm512_extractf32x8_ps(v, 1);
}

/* As the sums above, of blocks of two and of four. */
LQ_TARGET(AVX512)
static LQ_ALWAYS_INLINE __m256 sums_2_avx512(const float *approx, const uint16_t *factors,
                                             const registers_t *t)
{
    __m512 a = products_16(approx, factors, t, 0);
    __m256d pairs = _mm256_castps_pd(_mm256_hadd_ps(low_8(a), high_8(a)));
    return _mm256_castpd_ps(_mm256_permute4x64_pd(pairs, 0xd8));
}

LQ_TARGET(AVX512)
static LQ_ALWAYS_INLINE __m256 sums_4_avx512(const float *approx, const uint16_t *factors,
                                             const registers_t *t)
{
    __m512 a = products_16(approx, factors, t, 0);
    __m512 b = products_16(approx, factors, t, 16);
    __m256 s =
        _mm256_hadd_ps(_mm256_hadd_ps(low_8(a), high_8(a)), _mm256_hadd_ps(low_8(b), high_8(b)));
    return _mm256_permutevar8x32_ps(s, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

LQ_TARGET(AVX512)
static LQ_ALWAYS_INLINE size_t scan_avx512(uint32_t *hits, const lq_leg_blocks_t *blocks,
                                           const float *values, size_t sz)
{
    registers_t t;
    for (size_t i = 0; i < LQ_PREFILTER_REGISTER_CNT / 16; i++)
        t.v[i] = _mm512_loadu_ps(values + 16 * i);
    const __m256 limit = _mm256_set1_ps(lq_prefilter_limit(sz));
    const float *approx = blocks->approx;
    const uint16_t *factors = blocks->factors;
    size_t cnt = 0;
    size_t i = 0;
    for (; blocks->block_cnt - i >= STEP; i += STEP, approx += STEP * sz, factors += STEP * sz) {
        __m256 s =
            sz == 2 ? sums_2_avx512(approx, factors, &t) : sums_4_avx512(approx, factors, &t);
        unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(s, limit, _CMP_LE_OQ));
        for (; LQ_UNLIKELY(mask != 0); mask &= mask - 1)
            hits[cnt++] = (uint32_t)(i + (size_t)__builtin_ctz(mask));
    }
    return cnt + scan_plain(hits + cnt, blocks, i, values);
}

LQ_TARGET(AVX512)
size_t lq_prefilter_scan_avx512(uint32_t *hits, const lq_leg_blocks_t *blocks, const float *values)
{
    if (blocks->block_sz == 2)
        return scan_avx512(hits, blocks, values, 2);
    if (blocks->block_sz == 4)
        return scan_avx512(hits, blocks, values, 4);
    return lq_prefilter_scan_avx2(hits, blocks, values); /* few have more legs */
}

bool lq_prefilter_has_avx512(void)
{
    return LQ_CPU_HAS("avx2") && LQ_CPU_HAS("avx512f") && LQ_CPU_HAS("avx512dq");
}

bool lq_prefilter_has_avx2(void)
{
    return LQ_CPU_HAS("avx2");
}
#else
size_t lq_prefilter_scan_avx2(uint32_t *hits, const lq_leg_blocks_t *blocks, const float *values)
{
    return lq_prefilter_scan_plain(hits, blocks, values);
}

bool lq_prefilter_has_avx2(void)
{
    return false;
}

size_t lq_prefilter_scan_avx512(uint32_t *hits, const lq_leg_blocks_t *blocks, const float *values)
{
    return lq_prefilter_scan_plain(hits, blocks, values);
}

bool lq_prefilter_has_avx512(void)
{
    return false;
}
#endif

lq_prefilter_scan_t *lq_prefilter_scan(size_t value_cnt)
{
    if (value_cnt <= LQ_PREFILTER_REGISTER_CNT && lq_prefilter_has_avx512())
        return lq_prefilter_scan_avx512;
    return lq_prefilter_has_avx2() ? lq_prefilter_scan_avx2 : lq_prefilter_scan_plain;
}
