#ifndef LIQD_CODEC_ABI_INTERNAL_H
#define LIQD_CODEC_ABI_INTERNAL_H

/* The words and tails of the ABI, on which abi.c and the generated abi_<protocol>.c stand. Writers
   trust their caller to have measured the buffer and checked the values. Readers check both. */

#include <string.h>

#include "liqd/codec/abi.h"

#define LQ_ABI_WORD_SZ     32
#define LQ_ABI_SELECTOR_SZ 4

/* lq_abi_sz_add returns A + B, and lq_abi_sz_mul A * B; SIZE_MAX, which no buffer has, where it
   would overflow. */
static inline size_t lq_abi_sz_add(size_t a, size_t b)
{
    return a + b < a ? SIZE_MAX : a + b;
}

static inline size_t lq_abi_sz_mul(size_t a, size_t b)
{
    lq_u128_t r = (lq_u128_t)a * b;
    return r > SIZE_MAX ? SIZE_MAX : (size_t)r;
}

/* lq_abi_tail_sz returns what SZ bytes of bytes or string take in the tail: length and padding. */
static inline size_t lq_abi_tail_sz(size_t sz)
{
    return sz > SIZE_MAX - 63 ? SIZE_MAX : LQ_ABI_WORD_SZ + ((sz + 31) & ~(size_t)31);
}

/* lq_abi_list_sz returns what a list of CNT elements takes in the tail, each STRIDE bytes in it. */
static inline size_t lq_abi_list_sz(size_t cnt, size_t stride)
{
    return lq_abi_sz_add(LQ_ABI_WORD_SZ, lq_abi_sz_mul(cnt, stride));
}

/* lq_abi_head_sz returns what NODE takes where it stands: itself, or an offset. */
static inline size_t lq_abi_head_sz(const lq_abi_node_t *node)
{
    return node->dynamic ? LQ_ABI_WORD_SZ : node->body_sz;
}

/* lq_abi_fits_uint tells whether V < 2^BITS, 1 <= BITS <= 256. */
static inline bool lq_abi_fits_uint(const lq_u256_t *v, unsigned bits)
{
    uint64_t above = 0;
    for (unsigned i = 0; i < 4; i++) {
        if (bits <= 64 * i)
            above |= v->w[i];
        else if (bits < 64 * (i + 1))
            above |= v->w[i] >> (bits - 64 * i);
    }
    return above == 0;
}

/* lq_abi_fits_int tells whether V, two's complement of 256 bits, is in [-2^(BITS-1), 2^(BITS-1)),
   8 <= BITS <= 256: from the sign's bit up all are the same. */
static inline bool lq_abi_fits_int(const lq_u256_t *v, unsigned bits)
{
    uint64_t sign = 0 - (v->w[3] >> 63);
    lq_u256_t magnitude = {{v->w[0] ^ sign, v->w[1] ^ sign, v->w[2] ^ sign, v->w[3] ^ sign}};
    return lq_abi_fits_uint(&magnitude, bits - 1);
}

/* lq_abi_fits_bytesn tells whether the word at IN is zero behind its first N bytes, N <= 32. */
static inline bool lq_abi_fits_bytesn(const uint8_t in[32], size_t n)
{
    uint8_t behind = 0;
    for (size_t i = n; i < LQ_ABI_WORD_SZ; i++)
        behind |= in[i];
    return behind == 0;
}

static inline void lq_abi_put_selector(uint8_t out[4], uint32_t selector)
{
    uint32_t be = __builtin_bswap32(selector);
    memcpy(out, &be, 4);
}

static inline void lq_abi_put_u64(uint8_t out[32], uint64_t v)
{
    uint64_t be = __builtin_bswap64(v);
    memset(out, 0, 24);
    memcpy(out + 24, &be, 8);
}

static inline void lq_abi_put_i64(uint8_t out[32], int64_t v)
{
    uint64_t be = __builtin_bswap64((uint64_t)v);
    memset(out, v < 0 ? 0xff : 0, 24);
    memcpy(out + 24, &be, 8);
}

static inline void lq_abi_put_address(uint8_t out[32], const lq_address_t *v)
{
    memset(out, 0, 12);
    memcpy(out + 12, v->b, 20);
}

/* lq_abi_put_bytes writes a tail of bytes or string, lq_abi_tail_sz(SZ) of them, and returns its
   end. */
static inline uint8_t *lq_abi_put_bytes(uint8_t *out, const uint8_t *data, size_t sz)
{
    lq_abi_put_u64(out, sz);
    out += LQ_ABI_WORD_SZ;
    if (sz)
        memcpy(out, data, sz);
    size_t padding_sz = -sz & 31;
    memset(out + sz, 0, padding_sz);
    return out + sz + padding_sz;
}

/* The lq_abi_get functions set *V from the word at IN and return true; false, with *V unchanged,
   where the word is not of that type. BITS <= 64 for u64 and i64. */
static inline bool lq_abi_get_u64(uint64_t *v, const uint8_t in[32], unsigned bits)
{
    lq_u256_t num = lq_u256_from_be(in);
    if (!lq_abi_fits_uint(&num, bits))
        return false;
    *v = num.w[0];
    return true;
}

static inline bool lq_abi_get_i64(int64_t *v, const uint8_t in[32], unsigned bits)
{
    lq_u256_t num = lq_u256_from_be(in);
    if (!lq_abi_fits_int(&num, bits))
        return false;
    *v = (int64_t)num.w[0];
    return true;
}

static inline bool lq_abi_get_uint(lq_u256_t *v, const uint8_t in[32], unsigned bits)
{
    lq_u256_t num = lq_u256_from_be(in);
    if (!lq_abi_fits_uint(&num, bits))
        return false;
    *v = num;
    return true;
}

static inline bool lq_abi_get_int(lq_u256_t *v, const uint8_t in[32], unsigned bits)
{
    lq_u256_t num = lq_u256_from_be(in);
    if (!lq_abi_fits_int(&num, bits))
        return false;
    *v = num;
    return true;
}

static inline bool lq_abi_get_bool(bool *v, const uint8_t in[32])
{
    lq_u256_t num = lq_u256_from_be(in);
    if (!lq_abi_fits_uint(&num, 1))
        return false;
    *v = num.w[0] != 0;
    return true;
}

static inline bool lq_abi_get_address(lq_address_t *v, const uint8_t in[32])
{
    uint64_t high;
    uint32_t low;
    memcpy(&high, in, 8);
    memcpy(&low, in + 8, 4);
    if (high | low)
        return false;
    memcpy(v->b, in + 12, 20);
    return true;
}

static inline bool lq_abi_get_bytesn(lq_hash_t *v, const uint8_t in[32], size_t n)
{
    if (!lq_abi_fits_bytesn(in, n))
        return false;
    memcpy(v->b, in, LQ_ABI_WORD_SZ);
    return true;
}

/* lq_abi_get_offset sets *AT to where the offset in the word at DATA + HEAD leads, counted from
   DATA + BASE; false where fewer than NEED bytes follow there. The word itself must be within DATA,
   and BASE <= DATA_SZ. */
bool lq_abi_get_offset(size_t *at, const uint8_t *data, size_t data_sz, size_t base, size_t head,
                       size_t need);

/* lq_abi_get_cnt sets *CNT from the word at DATA + AT, a number of elements of STRIDE >= 1 bytes
   each; false where they do not all follow it. The word itself must be within DATA. */
bool lq_abi_get_cnt(size_t *cnt, const uint8_t *data, size_t data_sz, size_t at, size_t stride);

/* lq_abi_get_bytes sets *V to the bytes or string whose offset from DATA stands in the word at
   DATA + HEAD, which must be within DATA; LQ_ERR_SYNTAX, naming PATH, where they are not. */
LQ_MUST_USE lq_err_t lq_abi_get_bytes(lq_abi_bytes_t *v, lq_err_msg_t *msg, const uint8_t *data,
                                      size_t data_sz, size_t head, const char *path);

/* lq_abi_is_topic tells whether TOPICS, at least one, begins with TOPIC. */
static inline bool lq_abi_is_topic(const lq_hash_t *topics, const lq_hash_t *topic)
{
    return memcmp(topics[0].b, topic->b, sizeof(topic->b)) == 0;
}

/* lq_abi_is_selector tells whether the 4 bytes at IN are SELECTOR. */
static inline bool lq_abi_is_selector(const uint8_t in[4], uint32_t selector)
{
    uint32_t be = __builtin_bswap32(selector);
    return memcmp(in, &be, 4) == 0;
}

/* The failures of the generated functions; NAME is protocol.Entry, PATH protocol.Entry.field.

   lq_abi_bad_word returns LQ_ERR_SYNTAX: the word at IN, which is WHERE[POS] ("topics", "data") and
   holds PATH, is not WHAT ("an address"). */
LQ_COLD LQ_MUST_USE lq_err_t lq_abi_bad_word(lq_err_msg_t *msg, const char *path, const char *where,
                                             size_t pos, const uint8_t in[32], const char *what);

/* lq_abi_bad_log returns LQ_ERR_INVAL where the first of TOPICS is not TOPIC, else LQ_ERR_SYNTAX:
   there are not WANT_CNT topics, or the data's size is not WANT_SZ. */
LQ_COLD LQ_MUST_USE lq_err_t lq_abi_bad_log(lq_err_msg_t *msg, const char *name,
                                            const lq_hash_t *topic, const lq_hash_t *topics,
                                            size_t topic_cnt, size_t want_cnt, size_t data_sz,
                                            size_t want_sz);

/* lq_abi_bad_error returns LQ_ERR_INVAL where the data begins with another selector, else
   LQ_ERR_SYNTAX: it has less than WANT_SZ bytes. */
LQ_COLD LQ_MUST_USE lq_err_t lq_abi_bad_error(lq_err_msg_t *msg, const char *name,
                                              uint32_t selector, const uint8_t *data,
                                              size_t data_sz, size_t want_sz);

/* lq_abi_bad_sz returns LQ_ERR_SYNTAX: a call returned less than WANT_SZ bytes. */
LQ_COLD LQ_MUST_USE lq_err_t lq_abi_bad_sz(lq_err_msg_t *msg, const char *name, size_t data_sz,
                                           size_t want_sz);

/* lq_abi_no_fit returns LQ_ERR_RANGE: the value given for PATH is not WHAT. */
LQ_COLD LQ_MUST_USE lq_err_t lq_abi_no_fit(lq_err_msg_t *msg, const char *path, const char *what);

/* lq_abi_no_room returns LQ_ERR_FULL: the encoding takes SZ bytes. */
LQ_COLD LQ_MUST_USE lq_err_t lq_abi_no_room(lq_err_msg_t *msg, const char *name, size_t sz,
                                            size_t out_max);

#endif
