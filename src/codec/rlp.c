#include "liqd/codec/rlp.h"

#include <string.h>

#define STRING    0x80 /* first byte of an empty string */
#define LIST      0xc0 /* and of an empty list */
#define SHORT_MAX 55   /* the longest content whose length stands in the first byte */

/* Bytes that V takes without leading zeros; 0 for zero. */
static size_t byte_cnt(uint64_t v)
{
    return v ? (size_t)(71 - __builtin_clzll(v)) / 8 : 0;
}

/* Writes the CNT low bytes of V big-endian. */
static void store_be(uint8_t *out, uint64_t v, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++)
        out[i] = (uint8_t)(v >> (8 * (cnt - 1 - i)));
}

/* The big-endian number of CNT bytes, at most 8. */
static uint64_t load_be(const uint8_t *in, size_t cnt)
{
    uint64_t v = 0;
    for (size_t i = 0; i < cnt; i++)
        v = v << 8 | in[i];
    return v;
}

/* Whether SZ more bytes fit. Once some did not, none do: sz is beyond out_max then. */
static bool fits(const lq_rlp_writer_t *w, size_t sz)
{
    return w->sz <= w->out_max && sz <= w->out_max - w->sz;
}

static void put_raw(lq_rlp_writer_t *w, const uint8_t *data, size_t sz)
{
    if (sz && fits(w, sz))
        memcpy(w->out + w->sz, data, sz);
    w->sz += sz;
}

/* Writes the header of SZ bytes of content and returns its own size, at most LQ_RLP_HEADER_MAX. */
static size_t make_head(uint8_t out[LQ_RLP_HEADER_MAX], uint8_t kind, size_t sz)
{
    if (sz <= SHORT_MAX) {
        out[0] = (uint8_t)(kind + sz);
        return 1;
    }
    size_t cnt = byte_cnt(sz);
    out[0] = (uint8_t)(kind + SHORT_MAX + cnt);
    store_be(out + 1, sz, cnt);
    return 1 + cnt;
}

void lq_rlp_writer_init(lq_rlp_writer_t *w, uint8_t *out, size_t out_max)
{
    *w = (lq_rlp_writer_t){.out = out, .out_max = out_max};
}

size_t lq_rlp_list_header(uint8_t out[LQ_RLP_HEADER_MAX], size_t sz)
{
    return make_head(out, LIST, sz);
}

void lq_rlp_put_bytes(lq_rlp_writer_t *w, const uint8_t *data, size_t sz)
{
    if (sz != 1 || data[0] >= STRING) {
        uint8_t head[LQ_RLP_HEADER_MAX];
        put_raw(w, head, make_head(head, STRING, sz));
    }
    put_raw(w, data, sz);
}

void lq_rlp_put_u64(lq_rlp_writer_t *w, uint64_t v)
{
    uint8_t be[8];
    size_t cnt = byte_cnt(v);
    store_be(be, v, cnt);
    lq_rlp_put_bytes(w, be, cnt);
}

void lq_rlp_put_u256(lq_rlp_writer_t *w, const lq_u256_t *v)
{
    uint8_t be[32];
    lq_u256_to_be(be, v);
    size_t zero_cnt = 0;
    while (zero_cnt < 32 && !be[zero_cnt])
        zero_cnt++;
    lq_rlp_put_bytes(w, be + zero_cnt, 32 - zero_cnt);
}

size_t lq_rlp_put_list(lq_rlp_writer_t *w)
{
    /* Room for the shortest header. A longer one moves the content when its size is known: fields
       can then be written in their own order, in one pass. */
    static const uint8_t room[1];
    size_t list = w->sz;
    put_raw(w, room, sizeof(room));
    w->open_cnt++;
    return list;
}

void lq_rlp_put_list_end(lq_rlp_writer_t *w, size_t list)
{
    LQ_ASSERT(w->open_cnt && list < w->sz);
    w->open_cnt--;
    size_t content = list + 1;
    size_t content_sz = w->sz - content;
    uint8_t head[LQ_RLP_HEADER_MAX];
    size_t more = lq_rlp_list_header(head, content_sz) - 1;
    if (fits(w, more)) {
        if (more)
            memmove(w->out + content + more, w->out + content, content_sz);
        memcpy(w->out + list, head, 1 + more);
    }
    w->sz += more;
}

lq_err_t lq_rlp_writer_final(const lq_rlp_writer_t *w, size_t *sz, lq_err_msg_t *msg)
{
    LQ_ASSERT(!w->open_cnt);
    if (w->sz > w->out_max)
        return lq_err_msg_set(msg, LQ_ERR_FULL, "RLP of %zu bytes: the buffer has room for %zu",
                              w->sz, w->out_max);
    *sz = w->sz;
    return LQ_OK;
}

void lq_rlp_reader_init(lq_rlp_reader_t *r, lq_err_msg_t *msg, const uint8_t *data, size_t sz)
{
    *r = (lq_rlp_reader_t){.data = data, .end = sz, .msg = msg};
}

/* An item's content: SZ bytes from the offset AT. */
typedef struct content {
    size_t at;
    size_t sz;
} content_t;

/* Reads the header of the item at R, a list or not, whose first byte is KIND + N with N above
   SHORT_MAX: its length stands in the N - SHORT_MAX bytes that follow. */
static lq_err_t open_long(const lq_rlp_reader_t *r, content_t *out, size_t n)
{
    size_t cnt = n - SHORT_MAX;
    size_t room = r->end - r->at - 1;
    if (cnt > room)
        return lq_err_msg_set(r->msg, LQ_ERR_SYNTAX,
                              "offset %zu: length of %zu bytes, of which %zu are there: the input "
                              "is cut short",
                              r->at, cnt, room);
    if (!r->data[r->at + 1])
        return lq_err_msg_set(r->msg, LQ_ERR_SYNTAX,
                              "offset %zu: length with a leading zero: it must be in its shortest "
                              "form",
                              r->at);
    uint64_t sz = load_be(r->data + r->at + 1, cnt);
    if (sz <= SHORT_MAX)
        return lq_err_msg_set(r->msg, LQ_ERR_SYNTAX,
                              "offset %zu: length %zu in a byte of its own: up to 55 it must stand "
                              "in the first",
                              r->at, (size_t)sz);
    *out = (content_t){.at = r->at + 1 + cnt, .sz = sz};
    return LQ_OK;
}

/* Finds the content of the item at R, which must be a list or a string as WANT_LIST says. */
static lq_err_t open_item(const lq_rlp_reader_t *r, content_t *out, bool want_list)
{
    if (r->at == r->end)
        return lq_err_msg_set(r->msg, LQ_ERR_EMPTY, "offset %zu: no item left: one is missing",
                              r->at);
    uint8_t first = r->data[r->at];
    if ((first >= LIST) != want_list)
        return lq_err_msg_set(r->msg, LQ_ERR_SYNTAX, "offset %zu: %s where a %s belongs", r->at,
                              want_list ? "string" : "list", want_list ? "list" : "string");
    if (first < STRING) {
        *out = (content_t){.at = r->at, .sz = 1};
        return LQ_OK;
    }
    size_t n = (size_t)first - (want_list ? LIST : STRING);
    content_t c = {.at = r->at + 1, .sz = n};
    if (n > SHORT_MAX) {
        lq_err_t err = open_long(r, &c, n);
        if (err)
            return err;
    }
    if (c.sz > r->end - c.at)
        return lq_err_msg_set(r->msg, LQ_ERR_SYNTAX,
                              "offset %zu: item of %zu bytes, of which %zu are there: the input is "
                              "cut short or the length wrong",
                              r->at, c.sz, r->end - c.at);
    if (!want_list && n == 1 && r->data[c.at] < STRING)
        return lq_err_msg_set(r->msg, LQ_ERR_SYNTAX,
                              "offset %zu: byte 0x%02x behind a header: below 0x80 it must stand "
                              "alone",
                              r->at, r->data[c.at]);
    *out = c;
    return LQ_OK;
}

lq_err_t lq_rlp_get_bytes(lq_rlp_reader_t *r, const uint8_t **data, size_t *sz)
{
    content_t c = {0};
    lq_err_t err = open_item(r, &c, false);
    if (err)
        return err;
    *data = r->data + c.at;
    *sz = c.sz;
    r->at = c.at + c.sz;
    return LQ_OK;
}

/* Finds the bytes of an integer of at most SZ_MAX of them. */
static lq_err_t open_integer(const lq_rlp_reader_t *r, content_t *out, size_t sz_max)
{
    content_t c = {0};
    lq_err_t err = open_item(r, &c, false);
    if (err)
        return err;
    if (c.sz && !r->data[c.at])
        return lq_err_msg_set(r->msg, LQ_ERR_SYNTAX,
                              "offset %zu: integer with a leading zero: zero is the empty string",
                              r->at);
    if (c.sz > sz_max)
        return lq_err_msg_set(r->msg, LQ_ERR_RANGE,
                              "offset %zu: integer of %zu bytes: at most %zu fit here", r->at, c.sz,
                              sz_max);
    *out = c;
    return LQ_OK;
}

lq_err_t lq_rlp_get_u64(lq_rlp_reader_t *r, uint64_t *v)
{
    content_t c = {0};
    lq_err_t err = open_integer(r, &c, 8);
    if (err)
        return err;
    *v = load_be(r->data + c.at, c.sz);
    r->at = c.at + c.sz;
    return LQ_OK;
}

lq_err_t lq_rlp_get_u256(lq_rlp_reader_t *r, lq_u256_t *v)
{
    content_t c = {0};
    lq_err_t err = open_integer(r, &c, 32);
    if (err)
        return err;
    uint8_t be[32] = {0};
    memcpy(be + sizeof(be) - c.sz, r->data + c.at, c.sz);
    *v = lq_u256_from_be(be);
    r->at = c.at + c.sz;
    return LQ_OK;
}

lq_err_t lq_rlp_get_list(lq_rlp_reader_t *r, lq_rlp_reader_t *list)
{
    content_t c = {0};
    lq_err_t err = open_item(r, &c, true);
    if (err)
        return err;
    lq_rlp_reader_t inner = {.data = r->data, .at = c.at, .end = c.at + c.sz, .msg = r->msg};
    r->at = inner.end;
    *list = inner;
    return LQ_OK;
}

lq_err_t lq_rlp_get_end(const lq_rlp_reader_t *r)
{
    if (lq_rlp_has_item(r))
        return lq_err_msg_set(r->msg, LQ_ERR_SYNTAX,
                              "offset %zu: %zu bytes after the last item: nothing may follow it",
                              r->at, r->end - r->at);
    return LQ_OK;
}
