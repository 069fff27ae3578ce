#include "json_internal.h"

static uint32_t hex4(const char *in)
{
    uint32_t v = 0;
    for (size_t i = 0; i < 4; i++) {
        uint32_t c = (uint8_t)in[i];
        v = v << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return v;
}

static size_t put_utf8(char out[4], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t sz = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = sz - 1; i; i--) {
        out[i] = (char)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    out[0] = (char)((0xf00 >> sz) | c); /* as many leading ones as bytes */
    return sz;
}

/* Resolves the escape at *IN, which is a backslash, and moves behind it. */
static size_t take_escape(char out[4], const char **in)
{
    const char *p = *in;
    *in += 2;
    switch (p[1]) {
    case 'b':
        return put_utf8(out, '\b');
    case 'f':
        return put_utf8(out, '\f');
    case 'n':
        return put_utf8(out, '\n');
    case 'r':
        return put_utf8(out, '\r');
    case 't':
        return put_utf8(out, '\t');
    case 'u':
        break;
    default:
        return put_utf8(out, (uint8_t)p[1]);
    }
    uint32_t c = hex4(p + 2);
    *in = p + 6;
    if (c >= 0xd800 && c <= 0xdfff) {
        c = 0x10000 + ((c - 0xd800) << 10) + (hex4(p + 8) - 0xdc00);
        *in = p + 12;
    }
    return put_utf8(out, c);
}

size_t lq_json_unescape_one(char out[4], const char **in)
{
    if (**in == '\\')
        return take_escape(out, in);
    out[0] = *(*in)++;
    return 1;
}

size_t lq_json_unescape(char *out, const char *in, size_t sz)
{
    const char *end = in + sz;
    size_t out_sz = 0;
    while (in < end) {
        char c[4];
        size_t c_sz = lq_json_unescape_one(c, &in);
        for (size_t i = 0; out && i < c_sz; i++)
            out[out_sz + i] = c[i];
        out_sz += c_sz;
    }
    return out_sz;
}
