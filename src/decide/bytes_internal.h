#ifndef LIQD_DECIDE_BYTES_INTERNAL_H
#define LIQD_DECIDE_BYTES_INTERNAL_H

/* What is learned and counted, as bytes: little-endian fields one after another behind a header,
   and a digest of all at the end. */

#include <string.h>

#include "liqd/base/digest.h"
#include "liqd/base/err.h"
#include "liqd/num/u256.h"

#define MEMORY_MAGIC_SZ  8u
#define MEMORY_HEADER_SZ (MEMORY_MAGIC_SZ + 4u + 4u) /* the magic, the version, a count */
#define MEMORY_DIGEST_SZ 8u

static inline uint8_t *put_bytes(uint8_t *out, const void *p, size_t sz)
{
    memcpy(out, p, sz);
    return out + sz;
}

/* Puts the low CNT bytes of V. */
static inline uint8_t *put_number(uint8_t *out, uint64_t v, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++)
        *out++ = (uint8_t)(v >> 8 * i);
    return out;
}

static inline uint8_t *put_word(uint8_t *out, const lq_u256_t *v)
{
    for (size_t i = 0; i < 4; i++)
        out = put_number(out, v->w[i], 8);
    return out;
}

/* Each get_ takes from *P, which it moves; the caller has seen that there is enough. */
static inline void get_bytes(void *out, const uint8_t **p, size_t sz)
{
    memcpy(out, *p, sz);
    *p += sz;
}

static inline uint64_t get_number(const uint8_t **p, size_t cnt)
{
    uint64_t v = 0;
    for (size_t i = 0; i < cnt; i++)
        v |= (uint64_t) * (*p)++ << 8 * i;
    return v;
}

static inline lq_u256_t get_word(const uint8_t **p)
{
    lq_u256_t v;
    for (size_t i = 0; i < 4; i++)
        v.w[i] = get_number(p, 8);
    return v;
}

static inline uint8_t *put_header(uint8_t *out, const char magic[MEMORY_MAGIC_SZ], uint32_t version,
                                  uint32_t cnt)
{
    out = put_bytes(out, magic, MEMORY_MAGIC_SZ);
    out = put_number(out, version, 4);
    return put_number(out, cnt, 4);
}

/* Puts the digest of what stands from BEGIN to END behind it. */
static inline void put_digest(const uint8_t *begin, uint8_t *end)
{
    (void)put_number(end, lq_digest(begin, (size_t)(end - begin)), MEMORY_DIGEST_SZ);
}

/* Checks header and digest of the SZ bytes at P and sets *CNT. LQ_ERR_SYNTAX; LQ_ERR_INVAL: of
   another version. */
static inline lq_err_t check_memory(uint32_t *cnt, const char magic[MEMORY_MAGIC_SZ],
                                    uint32_t version, const uint8_t *p, size_t sz)
{
    if (sz < MEMORY_HEADER_SZ + MEMORY_DIGEST_SZ || memcmp(p, magic, MEMORY_MAGIC_SZ) != 0)
        return LQ_ERR_SYNTAX;
    const uint8_t *digest = p + sz - MEMORY_DIGEST_SZ;
    if (get_number(&digest, MEMORY_DIGEST_SZ) != lq_digest(p, sz - MEMORY_DIGEST_SZ))
        return LQ_ERR_SYNTAX;
    const uint8_t *at = p + MEMORY_MAGIC_SZ;
    if (get_number(&at, 4) != version)
        return LQ_ERR_INVAL;
    *cnt = (uint32_t)get_number(&at, 4);
    return LQ_OK;
}

#endif
