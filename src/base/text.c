#include "liqd/base/text.h"

#include <string.h>

#include "liqd/base/compiler.h"

/* In order. C1 and Default_Ignorable_Code_Point, with the embedding controls, separators and
   annotations that it lacks. */
static const struct {
    uint32_t first, last;
} hidden[] = {
    {0x0, 0x1f},      {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},
    {0x115f, 0x1160}, {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

bool lq_text_is_hidden(uint32_t c)
{
    for (size_t i = 0; i < LQ_ARRAY_CNT(hidden); i++)
        if (c <= hidden[i].last)
            return c >= hidden[i].first;
    return false;
}

size_t lq_text_decode(uint32_t *c, const uint8_t *in, size_t sz)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* below: overlong */
    if (in[0] < 0x80) {
        *c = in[0];
        return 1;
    }
    size_t len = in[0] < 0xc2 ? 0 : in[0] < 0xe0 ? 2 : in[0] < 0xf0 ? 3 : in[0] < 0xf5 ? 4 : 0;
    if (!len || len > sz)
        return 0;
    uint32_t v = in[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((in[i] & 0xc0) != 0x80)
            return 0;
        v = v << 6 | (in[i] & 0x3fu);
    }
    if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
        return 0;
    *c = v;
    return len;
}

bool lq_text_is_plain(const char *text, size_t sz)
{
    const uint8_t *in = (const uint8_t *)text;
    for (size_t at = 0; at < sz;) {
        uint32_t c;
        size_t len = lq_text_decode(&c, in + at, sz - at);
        if (!len || lq_text_is_hidden(c))
            return false;
        at += len;
    }
    return true;
}

size_t lq_text_show(char out[LQ_TEXT_SHOW_SZ], size_t *used, const uint8_t *in, size_t sz)
{
    static const char digits[16] = "0123456789abcdef";
    uint32_t c;
    size_t char_sz = lq_text_decode(&c, in, sz);
    if (char_sz && !lq_text_is_hidden(c)) {
        memcpy(out, in, char_sz);
        *used = char_sz;
        return char_sz;
    }
    out[0] = '\\';
    out[1] = 'x';
    out[2] = digits[in[0] >> 4];
    out[3] = digits[in[0] & 15];
    *used = 1;
    return 4;
}

void lq_text_show_cut(char *out, size_t out_sz, const uint8_t *in, size_t sz)
{
    size_t at = 0;
    while (sz > 0) {
        char c[LQ_TEXT_SHOW_SZ];
        size_t used;
        size_t c_sz = lq_text_show(c, &used, in, sz);
        if (at + c_sz >= out_sz)
            break;
        memcpy(out + at, c, c_sz);
        at += c_sz;
        in += used;
        sz -= used;
    }
    out[at] = '\0';
}

const char *lq_text_quote(char out[LQ_TEXT_QUOTE_SZ], const char *text)
{
    size_t text_sz = strlen(text);
    size_t at = 0;
    size_t sz = 0;
    out[sz++] = '"';
    while (at < text_sz && at < LQ_TEXT_SHOWN_MAX) {
        size_t used;
        sz += lq_text_show(out + sz, &used, (const uint8_t *)text + at, text_sz - at);
        at += used;
    }
    if (at < text_sz) {
        memcpy(out + sz, "...", 3);
        sz += 3;
    }
    out[sz++] = '"';
    out[sz] = '\0';
    return out;
}

size_t lq_text_distance(const char *a, const char *b, size_t max)
{
    enum {
        WIDEST = 64
    };
    size_t b_sz = strlen(b);
    size_t row[WIDEST + 1];
    if (b_sz > WIDEST || strlen(a) > WIDEST)
        return max + 1;
    for (size_t k = 0; k <= b_sz; k++)
        row[k] = k;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t k = 1; k <= b_sz; k++) {
            size_t best = diagonal + (a[i] != b[k - 1]);
            if (row[k] + 1 < best)
                best = row[k] + 1;
            if (row[k - 1] + 1 < best)
                best = row[k - 1] + 1;
            diagonal = row[k];
            row[k] = best;
        }
    }
    return row[b_sz] < max + 1 ? row[b_sz] : max + 1;
}
