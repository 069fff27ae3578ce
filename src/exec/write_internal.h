#ifndef LIQD_EXEC_WRITE_INTERNAL_H
#define LIQD_EXEC_WRITE_INTERNAL_H

/* What writes requests: each appends at OUT, where there is room, and returns the end. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/codec/hex.h"

static inline char *put_text(char *out, const char *text)
{
    while (*text)
        *out++ = *text++;
    return out;
}

static inline char *put_hex(char *out, const uint8_t *data, size_t sz)
{
    out = put_text(out, "\"0x");
    lq_hex_encode(out, data, sz);
    return put_text(out + 2 * sz, "\"");
}

static inline char *put_u64(char *out, uint64_t v)
{
    *out++ = '"';
    out += lq_hex_encode_u64(out, v);
    return put_text(out, "\"");
}

static inline char *put_u256(char *out, const lq_u256_t *v)
{
    *out++ = '"';
    out += lq_hex_encode_u256(out, v);
    return put_text(out, "\"");
}

#endif
