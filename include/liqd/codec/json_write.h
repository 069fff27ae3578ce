#ifndef LIQD_CODEC_JSON_WRITE_H
#define LIQD_CODEC_JSON_WRITE_H

/* What writes requests of JSON-RPC: each appends at OUT, where there is room, and returns the end.
   Hex is quoted, as quantities and data are. No NUL is written. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/codec/hex.h"

static inline char *lq_json_put_text(char *out, const char *text)
{
    while (*text)
        *out++ = *text++;
    return out;
}

static inline char *lq_json_put_hex(char *out, const uint8_t *data, size_t sz)
{
    out = lq_json_put_text(out, "\"0x");
    lq_hex_encode(out, data, sz);
    return lq_json_put_text(out + 2 * sz, "\"");
}

static inline char *lq_json_put_u64(char *out, uint64_t v)
{
    *out++ = '"';
    out += lq_hex_encode_u64(out, v);
    return lq_json_put_text(out, "\"");
}

static inline char *lq_json_put_u256(char *out, const lq_u256_t *v)
{
    *out++ = '"';
    out += lq_hex_encode_u256(out, v);
    return lq_json_put_text(out, "\"");
}

#endif
