#ifndef LIQD_RECORD_BYTES_INTERNAL_H
#define LIQD_RECORD_BYTES_INTERNAL_H

/* Bytes of the codes, written and read. Little-endian; LEB128 of the fewest bytes; a flag is 0 or
   1; a number of 256 bits is the count of its significant bytes, then those; data is its size, then
   it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "liqd/base/compiler.h"
#include "liqd/base/digest.h"
#include "liqd/codec/types.h"
#include "liqd/decide/money.h"
#include "liqd/events.h"
#include "liqd/num/i256.h"
#include "liqd/num/u256.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are copied as they stand");

#define VARINT_MAX_SZ 10u

/* ---- writing: sizing, encoding and digesting are one function of the thing, compiled three times,
   so that they cannot differ */

typedef enum put_mode {
    PUT_SIZE,
    PUT_WRITE,
    PUT_DIGEST,
} put_mode_t;

#define PUT_CHUNK_SZ ((size_t)8 * LQ_DIGEST_STRIPE_SZ)
#define PUT_SMALL_SZ 72u /* calldata of two words still goes through the chunk */

/* Where the bytes go. All inlined: of a mode, only what it needs is left. */
typedef struct put {
    put_mode_t mode;
    size_t sz;   /* SIZE */
    uint8_t *at; /* WRITE; DIGEST: in CHUNK */
    lq_digest_state_t digest;
    uint8_t chunk[PUT_CHUNK_SZ + PUT_SMALL_SZ];
} put_t;

static inline void put_digest_begin(put_t *p)
{
    lq_digest_begin(&p->digest);
    p->at = p->chunk;
}

static LQ_NOINLINE void put_digest_chunk(put_t *p)
{
    size_t left = (size_t)(p->at - p->chunk) - PUT_CHUNK_SZ;
    lq_digest_add(&p->digest, p->chunk, PUT_CHUNK_SZ);
    memmove(p->chunk, p->chunk + PUT_CHUNK_SZ, left);
    p->at = p->chunk + left;
}

static inline uint64_t put_digest_end(put_t *p)
{
    lq_digest_add(&p->digest, p->chunk, (size_t)(p->at - p->chunk));
    return lq_digest_end(&p->digest);
}

/* N bytes, of DIGEST at most PUT_SMALL_SZ, have been written at p->at. */
static LQ_ALWAYS_INLINE void put_done(put_t *p, size_t n)
{
    p->at += n;
    if (p->mode == PUT_DIGEST && p->at >= p->chunk + PUT_CHUNK_SZ)
        put_digest_chunk(p);
}

static LQ_ALWAYS_INLINE void put_bytes(put_t *p, const void *from, size_t n)
{
    if (p->mode == PUT_SIZE) {
        p->sz += n;
    } else if (p->mode == PUT_DIGEST && n > PUT_SMALL_SZ) {
        lq_digest_add(&p->digest, p->chunk, (size_t)(p->at - p->chunk));
        lq_digest_add(&p->digest, from, n);
        p->at = p->chunk;
    } else if (n) {
        memcpy(p->at, from, n);
        put_done(p, n);
    }
}

static LQ_ALWAYS_INLINE void put_u8(put_t *p, uint8_t v)
{
    put_bytes(p, &v, sizeof(v));
}

static LQ_ALWAYS_INLINE void put_flag(put_t *p, bool v)
{
    put_u8(p, v ? 1 : 0);
}

static LQ_ALWAYS_INLINE void put_u64(put_t *p, uint64_t v)
{
    put_bytes(p, &v, sizeof(v));
}

static LQ_ALWAYS_INLINE void put_varint(put_t *p, uint64_t v)
{
    if (p->mode == PUT_SIZE) {
        p->sz += (size_t)(63 - __builtin_clzll(v | 1)) / 7 + 1;
        return;
    }
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        p->at[n++] = (uint8_t)(v | 0x80);
    p->at[n++] = (uint8_t)v;
    put_done(p, n);
}

static LQ_ALWAYS_INLINE size_t u256_significant(const lq_u256_t *v)
{
    for (size_t i = 4; i-- > 0;)
        if (v->w[i])
            return 8 * i + 8 - (size_t)__builtin_clzll(v->w[i]) / 8;
    return 0;
}

/* memcpy of N bytes, at most 32, in place: pieces that overlap. */
static LQ_ALWAYS_INLINE void copy_word(uint8_t *to, const uint8_t *from, size_t n)
{
    if (n >= 16) {
        memcpy(to, from, 16);
        memcpy(to + n - 16, from + n - 16, 16);
    } else if (n >= 8) {
        memcpy(to, from, 8);
        memcpy(to + n - 8, from + n - 8, 8);
    } else if (n >= 4) {
        memcpy(to, from, 4);
        memcpy(to + n - 4, from + n - 4, 4);
    } else if (n) {
        to[0] = from[0];
        to[n / 2] = from[n / 2];
        to[n - 1] = from[n - 1];
    }
}

static LQ_ALWAYS_INLINE void put_u256(put_t *p, const lq_u256_t *v)
{
    size_t n = u256_significant(v);
    if (p->mode == PUT_SIZE) {
        p->sz += 1 + n;
        return;
    }
    *p->at = (uint8_t)n;
    copy_word(p->at + 1, (const uint8_t *)v->w, n);
    put_done(p, 1 + n);
}

/* Its sign, then its absolute value. */
static LQ_ALWAYS_INLINE void put_i256(put_t *p, const lq_i256_t *v)
{
    lq_u256_t zero = lq_u256_from_u64(0);
    bool neg = lq_i256_is_neg(v);
    lq_u256_t abs = neg ? lq_u256_sub_wrap(&zero, &v->bits) : v->bits;
    put_flag(p, neg);
    put_u256(p, &abs);
}

static LQ_ALWAYS_INLINE void put_address(put_t *p, const lq_address_t *v)
{
    put_bytes(p, v->b, sizeof(v->b));
}

static LQ_ALWAYS_INLINE void put_hash(put_t *p, const lq_hash_t *v)
{
    put_bytes(p, v->b, sizeof(v->b));
}

static LQ_ALWAYS_INLINE void put_block(put_t *p, const lq_block_ref_t *block)
{
    put_varint(p, block->number);
    put_hash(p, &block->hash);
}

static LQ_ALWAYS_INLINE void put_data(put_t *p, const void *from, size_t n)
{
    put_varint(p, n);
    put_bytes(p, from, n);
}

static LQ_ALWAYS_INLINE void put_profit(put_t *p, const lq_profit_t *profit)
{
    const lq_u256_t *amounts[] = {&profit->seized_usd.raw, &profit->repaid_usd.raw,
                                  &profit->swap_usd.raw,   &profit->flash_fee_usd.raw,
                                  &profit->gas_usd.raw,    &profit->bid_usd.raw,
                                  &profit->gas_wei.raw,    &profit->bid_wei.raw};
    for (size_t i = 0; i < LQ_ARRAY_CNT(amounts); i++)
        put_u256(p, amounts[i]);
    put_i256(p, &profit->net_usd);
    put_i256(p, &profit->net_wei);
}

/* ---- reading: what is not there, or is not as it would be written, makes BAD, and is 0 */

typedef struct get {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
} get_t;

static inline get_t get_begin(const uint8_t *p, size_t sz)
{
    return (get_t){p, sz ? p + sz : p, false};
}

static inline size_t get_left(const get_t *g)
{
    return (size_t)(g->end - g->at);
}

static inline const uint8_t *get_span(get_t *g, size_t n)
{
    if (n > get_left(g)) {
        g->bad = true;
        g->at = g->end;
        return NULL;
    }
    const uint8_t *p = g->at;
    g->at += n;
    return p;
}

static inline void get_bytes(get_t *g, void *out, size_t n)
{
    const uint8_t *p = get_span(g, n);
    if (p)
        memcpy(out, p, n);
    else
        memset(out, 0, n);
}

static inline uint8_t get_u8(get_t *g)
{
    uint8_t v;
    get_bytes(g, &v, sizeof(v));
    return v;
}

static inline uint64_t get_u64(get_t *g)
{
    uint64_t v;
    get_bytes(g, &v, sizeof(v));
    return v;
}

/* A value of at most MAX. */
static inline uint64_t get_max(get_t *g, uint64_t v, uint64_t max)
{
    if (v <= max)
        return v;
    g->bad = true;
    return 0;
}

static inline bool get_flag(get_t *g)
{
    return get_max(g, get_u8(g), 1) != 0;
}

static inline uint64_t get_varint(get_t *g)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < VARINT_MAX_SZ; i++) {
        uint8_t b = get_u8(g);
        if (i == VARINT_MAX_SZ - 1 && b > 1) /* 2^64 or more */
            break;
        v |= (uint64_t)(b & 0x7f) << (7 * i);
        if (b & 0x80)
            continue;
        if (i && !b) /* in fewer bytes it is the same */
            break;
        return v;
    }
    g->bad = true;
    return 0;
}

static inline uint32_t get_u32(get_t *g)
{
    return (uint32_t)get_max(g, get_varint(g), UINT32_MAX);
}

/* One of CNT kinds of something. */
static inline unsigned get_kind(get_t *g, unsigned cnt)
{
    return (unsigned)get_max(g, get_u8(g), cnt - 1);
}

static inline lq_u256_t get_u256(get_t *g)
{
    lq_u256_t v = lq_u256_from_u64(0);
    size_t n = (size_t)get_max(g, get_u8(g), sizeof(v.w));
    get_bytes(g, v.w, n);
    if (u256_significant(&v) != n)
        g->bad = true;
    return v;
}

static inline lq_i256_t get_i256(get_t *g)
{
    lq_u256_t zero = lq_u256_from_u64(0);
    bool neg = get_flag(g);
    lq_u256_t abs = get_u256(g);
    lq_i256_t v = {neg ? lq_u256_sub_wrap(&zero, &abs) : abs};
    if (lq_i256_is_neg(&v) != neg) /* beyond the type, or a zero with a sign */
        g->bad = true;
    return v;
}

static inline lq_address_t get_address(get_t *g)
{
    lq_address_t v;
    get_bytes(g, v.b, sizeof(v.b));
    return v;
}

static inline lq_hash_t get_hash(get_t *g)
{
    lq_hash_t v;
    get_bytes(g, v.b, sizeof(v.b));
    return v;
}

static inline lq_block_ref_t get_block(get_t *g)
{
    lq_block_ref_t block;
    block.number = get_varint(g);
    block.hash = get_hash(g);
    return block;
}

/* Borrowed. */
static inline const uint8_t *get_data(get_t *g, size_t *sz)
{
    uint64_t n = get_max(g, get_varint(g), get_left(g));
    *sz = (size_t)n;
    return get_span(g, *sz);
}

/* A count of things that take SZ bytes or more each. */
static inline size_t get_cnt(get_t *g, size_t sz)
{
    return (size_t)get_max(g, get_varint(g), get_left(g) / sz);
}

static inline void get_profit(get_t *g, lq_profit_t *out)
{
    lq_u256_t *amounts[] = {&out->seized_usd.raw,    &out->repaid_usd.raw, &out->swap_usd.raw,
                            &out->flash_fee_usd.raw, &out->gas_usd.raw,    &out->bid_usd.raw,
                            &out->gas_wei.raw,       &out->bid_wei.raw};
    for (size_t i = 0; i < LQ_ARRAY_CNT(amounts); i++)
        *amounts[i] = get_u256(g);
    out->net_usd = get_i256(g);
    out->net_wei = get_i256(g);
}

#endif
