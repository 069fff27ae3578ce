#include "hex_internal.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static const char digits[16] = "0123456789abcdef";

/* 0x10 | value of a digit, 0 for any other character */
#define IS_DIGIT 0x10
static const uint8_t digit_of[256] = {
    // clang-format off
    ['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14,
    ['5'] = 0x15, ['6'] = 0x16, ['7'] = 0x17, ['8'] = 0x18, ['9'] = 0x19,
    ['a'] = 0x1a, ['b'] = 0x1b, ['c'] = 0x1c, ['d'] = 0x1d, ['e'] = 0x1e, ['f'] = 0x1f,
    ['A'] = 0x1a, ['B'] = 0x1b, ['C'] = 0x1c, ['D'] = 0x1d, ['E'] = 0x1e, ['F'] = 0x1f,
    // clang-format on
};

static uint8_t digit(char c)
{
    return digit_of[(uint8_t)c];
}

void lq_hex_encode_scalar(char *out, const uint8_t *in, size_t in_sz)
{
    for (size_t i = 0; i < in_sz; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
}

bool lq_hex_digits_scalar(uint8_t *out, size_t out_sz, const char *in)
{
    uint8_t all = IS_DIGIT;
    for (size_t i = 0; i < 2 * out_sz; i++)
        all &= digit(in[i]);
    if (!all)
        return false;
    for (size_t i = 0; i < out_sz; i++)
        out[i] = (uint8_t)(digit(in[2 * i]) << 4 | (digit(in[2 * i + 1]) & 15));
    return true;
}

#if defined(__x86_64__)
/* Sizes that are no multiple of a vector end with one that overlaps the one before: both write the
   same there. */

LQ_TARGET("avx2") static inline void encode_16(char *out, const uint8_t *in)
{
    __m256i x = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)in));
    x = _mm256_or_si256(_mm256_srli_epi16(x, 4), _mm256_slli_epi16(x, 8));
    x = _mm256_and_si256(x, _mm256_set1_epi8(15));
    __m128i table = _mm_loadu_si128((const __m128i *)(const void *)digits);
    x = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), x);
    _mm256_storeu_si256((__m256i *)(void *)out, x);
}

/* IN_SZ >= 16 */
LQ_TARGET("avx2") static void encode_avx2(char *out, const uint8_t *in, size_t in_sz)
{
    size_t last = in_sz - 16;
    for (size_t i = 0; i < last; i += 16)
        encode_16(out + 2 * i, in + i);
    encode_16(out + 2 * last, in + last);
}

LQ_TARGET("avx2") static inline __m256i load_32(const char *in)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)in);
}

LQ_TARGET("avx2") static inline __m256i table_16(const uint8_t table[16])
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table));
}

/* Not zero for each digit of 32 characters, zero for what is none: 0x30 to 0x39 have a high half of
   3 and a low half of 0 to 9 (bit 0), letters one of 4 or 6 and one of 1 to 6 (bit 1). */
LQ_TARGET("avx2") static inline __m256i judge(__m256i c)
{
    static const uint8_t by_high[16] = {[3] = 1, [4] = 2, [6] = 2};
    static const uint8_t by_low[16] = {1, 3, 3, 3, 3, 3, 3, 1, 1, 1};
    __m256i high = _mm256_and_si256(_mm256_srli_epi16(c, 4), _mm256_set1_epi8(15));
    /* the instruction takes an index above 0x7f for "zero", and its low half otherwise */
    return _mm256_and_si256(_mm256_shuffle_epi8(table_16(by_high), high),
                            _mm256_shuffle_epi8(table_16(by_low), c));
}

/* No byte of X is zero. */
LQ_TARGET("avx2") static inline bool all_set(__m256i x)
{
    return !_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, _mm256_setzero_si256()));
}

/* The 16 bytes of 32 digits, each in the low half of a word. */
LQ_TARGET("avx2") static inline __m256i words_of(__m256i c)
{
    __m256i letter = _mm256_cmpgt_epi8(c, _mm256_set1_epi8('9'));
    c = _mm256_add_epi8(c, _mm256_and_si256(letter, _mm256_set1_epi8(9))); /* 'a' + 9 = 0x6a */
    c = _mm256_and_si256(c, _mm256_set1_epi8(15));
    return _mm256_maddubs_epi16(c, _mm256_set1_epi16(0x0110));
}

LQ_TARGET("avx2") static inline void decode_16(uint8_t *out, __m256i c)
{
    __m256i x = words_of(c);
    __m128i y = _mm_packus_epi16(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    _mm_storeu_si128((__m128i *)(void *)out, y);
}

LQ_TARGET("avx2") static inline void decode_32(uint8_t *out, const char *in)
{
    __m256i x = _mm256_packus_epi16(words_of(load_32(in)), words_of(load_32(in + 32)));
    x = _mm256_permute4x64_epi64(x, 0xd8); /* the pack works in halves: a0 b0 a1 b1 */
    _mm256_storeu_si256((__m256i *)(void *)out, x);
}

/* 16 <= OUT_SZ <= 32 */
LQ_TARGET("avx2") static inline bool digits_short(uint8_t *out, size_t out_sz, const char *in)
{
    size_t last = out_sz - 16;
    __m256i begin = load_32(in);
    __m256i end = load_32(in + 2 * last);
    if (!all_set(_mm256_min_epu8(judge(begin), judge(end))))
        return false;
    decode_16(out, begin);
    decode_16(out + last, end);
    return true;
}

/* OUT_SZ >= 32. Reads twice, first to judge, then to write: nothing may be written before all is
   known to be good. */
LQ_TARGET("avx2") static inline bool digits_long(uint8_t *out, size_t out_sz, const char *in)
{
    size_t last = out_sz - 32;
    __m256i good =
        _mm256_min_epu8(judge(load_32(in + 2 * last)), judge(load_32(in + 2 * last + 32)));
    for (size_t i = 0; i < last; i += 32) {
        good = _mm256_min_epu8(good, judge(load_32(in + 2 * i)));
        good = _mm256_min_epu8(good, judge(load_32(in + 2 * i + 32)));
    }
    if (!all_set(good))
        return false;
    for (size_t i = 0; i < last; i += 32)
        decode_32(out + i, in + 2 * i);
    decode_32(out + last, in + 2 * last);
    return true;
}

LQ_TARGET("avx2") static bool digits_avx2(uint8_t *out, size_t out_sz, const char *in)
{
    return out_sz <= 32 ? digits_short(out, out_sz, in) : digits_long(out, out_sz, in);
}
#endif

void lq_hex_encode(char *out, const uint8_t *in, size_t in_sz)
{
#if defined(__x86_64__)
    if (in_sz >= 16 && LQ_CPU_HAS("avx2")) {
        encode_avx2(out, in, in_sz);
        return;
    }
#endif
    lq_hex_encode_scalar(out, in, in_sz);
}

bool lq_hex_digits(uint8_t *out, size_t out_sz, const char *in)
{
#if defined(__x86_64__)
    if (out_sz >= 16 && LQ_CPU_HAS("avx2"))
        return digits_avx2(out, out_sz, in);
#endif
    return lq_hex_digits_scalar(out, out_sz, in);
}

/* Names the first of the IN_SZ characters from FROM that is no digit: there is one. */
LQ_COLD LQ_NOINLINE static lq_err_t refuse_digit(lq_err_msg_t *msg, const char *in, size_t from)
{
    size_t at = from;
    while (digit(in[at]))
        at++;
    if (in[at] > ' ' && in[at] <= '~')
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                              "offset %zu: '%c' is no hex digit: only 0-9 and a-f may stand here",
                              at, in[at]);
    return lq_err_msg_set(
        msg, LQ_ERR_SYNTAX,
        "offset %zu: byte 0x%02x is no hex digit: only 0-9 and a-f may stand here", at,
        (unsigned)(uint8_t)in[at]);
}

LQ_COLD LQ_NOINLINE static lq_err_t refuse_length(lq_err_msg_t *msg, size_t out_sz,
                                                  size_t digit_cnt)
{
    return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "%zu hex digits: %zu bytes take exactly %zu",
                          digit_cnt, out_sz, 2 * out_sz);
}

LQ_COLD LQ_NOINLINE static lq_err_t refuse_prefix(lq_err_msg_t *msg)
{
    return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "offset 0: does not begin with 0x: write 0x first");
}

static bool has_prefix(const char *in, size_t in_sz)
{
    return in_sz >= 2 && in[0] == '0' && in[1] == 'x';
}

lq_err_t lq_hex_decode(uint8_t *out, size_t out_sz, lq_err_msg_t *msg, const char *in, size_t in_sz)
{
    if (LQ_UNLIKELY(in_sz % 2 || in_sz / 2 != out_sz))
        return refuse_length(msg, out_sz, in_sz);
    if (LQ_UNLIKELY(!lq_hex_digits(out, out_sz, in)))
        return refuse_digit(msg, in, 0);
    return LQ_OK;
}

lq_err_t lq_hex_decode_data(uint8_t *out, size_t out_sz, lq_err_msg_t *msg, const char *in,
                            size_t in_sz)
{
    if (LQ_UNLIKELY(!has_prefix(in, in_sz)))
        return refuse_prefix(msg);
    if (LQ_UNLIKELY(in_sz % 2 || in_sz / 2 - 1 != out_sz))
        return refuse_length(msg, out_sz, in_sz - 2);
    if (LQ_UNLIKELY(!lq_hex_digits(out, out_sz, in + 2)))
        return refuse_digit(msg, in, 2);
    return LQ_OK;
}

lq_err_t lq_hex_decode_data_max(uint8_t *out, size_t *out_sz, size_t out_max, lq_err_msg_t *msg,
                                const char *in, size_t in_sz)
{
    if (LQ_UNLIKELY(!has_prefix(in, in_sz)))
        return refuse_prefix(msg);
    if (LQ_UNLIKELY(in_sz % 2))
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                              "%zu hex digits: each byte takes two: write a leading zero",
                              in_sz - 2);
    size_t sz = in_sz / 2 - 1;
    if (LQ_UNLIKELY(sz > out_max))
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "%zu bytes: at most %zu fit here", sz, out_max);
    if (LQ_UNLIKELY(!lq_hex_digits(out, sz, in + 2)))
        return refuse_digit(msg, in, 2);
    *out_sz = sz;
    return LQ_OK;
}

/* Says what is wrong with a quantity that is malformed or has more than DIGIT_MAX digits. */
LQ_COLD LQ_NOINLINE static lq_err_t refuse_quantity(lq_err_msg_t *msg, const char *in, size_t in_sz,
                                                    size_t digit_max)
{
    if (!has_prefix(in, in_sz))
        return refuse_prefix(msg);
    if (in_sz == 2)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "offset 2: no digit after 0x: zero is 0x0");
    for (size_t i = 2; i < in_sz; i++)
        if (!digit(in[i]))
            return refuse_digit(msg, in, i);
    if (in[2] == '0')
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                              "offset 2: a quantity has no leading zeros: drop them");
    return lq_err_msg_set(msg, LQ_ERR_RANGE, "%zu hex digits: at most %zu (%zu bits) fit here",
                          in_sz - 2, digit_max, 4 * digit_max);
}

/* Whether IN begins as a quantity of at most SZ_MAX characters does. */
static bool opens_quantity(const char *in, size_t in_sz, size_t sz_max)
{
    return in_sz > 2 && in_sz <= sz_max && has_prefix(in, in_sz) && (in[2] != '0' || in_sz == 3);
}

/* Reads CNT digits, at most 16; *ALL loses IS_DIGIT where one is none. */
static inline uint64_t limb(uint8_t *all, const char *in, size_t cnt)
{
    uint64_t v = 0;
    for (size_t i = 0; i < cnt; i++) {
        uint8_t d = digit(in[i]);
        *all &= d;
        v = v << 4 | (d & 15);
    }
    return v;
}

lq_err_t lq_hex_decode_u64(uint64_t *out, lq_err_msg_t *msg, const char *in, size_t in_sz)
{
    if (LQ_UNLIKELY(!opens_quantity(in, in_sz, LQ_HEX_U64_MAX_SZ)))
        return refuse_quantity(msg, in, in_sz, 16);
    uint8_t all = IS_DIGIT;
    uint64_t v = limb(&all, in + 2, in_sz - 2);
    if (LQ_UNLIKELY(!all))
        return refuse_quantity(msg, in, in_sz, 16);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_hex_decode_u256(lq_u256_t *out, lq_err_msg_t *msg, const char *in, size_t in_sz)
{
    if (LQ_UNLIKELY(!opens_quantity(in, in_sz, LQ_HEX_U256_MAX_SZ)))
        return refuse_quantity(msg, in, in_sz, 64);
    uint8_t all = IS_DIGIT;
    lq_u256_t v = {{0}};
    size_t end = in_sz;
    for (size_t i = 0; end > 2; i++) {
        size_t cnt = end - 2 < 16 ? end - 2 : 16;
        end -= cnt;
        v.w[i] = limb(&all, in + end, cnt);
    }
    if (LQ_UNLIKELY(!all))
        return refuse_quantity(msg, in, in_sz, 64);
    *out = v;
    return LQ_OK;
}

size_t lq_hex_encode_u64(char out[LQ_HEX_U64_MAX_SZ], uint64_t v)
{
    size_t cnt = 1;
    while (cnt < 16 && v >> (4 * cnt))
        cnt++;
    out[0] = '0';
    out[1] = 'x';
    for (size_t i = 0; i < cnt; i++)
        out[2 + i] = digits[v >> (4 * (cnt - 1 - i)) & 15];
    return 2 + cnt;
}

size_t lq_hex_encode_u256(char out[LQ_HEX_U256_MAX_SZ], const lq_u256_t *v)
{
    uint8_t be[32];
    lq_u256_to_be(be, v);
    char all[64];
    lq_hex_encode(all, be, sizeof(be));
    size_t zero_cnt = 0;
    while (zero_cnt < 63 && all[zero_cnt] == '0')
        zero_cnt++;
    out[0] = '0';
    out[1] = 'x';
    memcpy(out + 2, all + zero_cnt, 64 - zero_cnt);
    return 66 - zero_cnt;
}
