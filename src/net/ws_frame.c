#include "ws_frame_internal.h"

#include <string.h>

#define FIN          0x80u
#define RESERVED     0x70u
#define MASKED       0x80u
#define CONTROL      0x8u
#define CONTINUATION 0x0u
#define TEXT         0x1u
#define BINARY       0x2u
#define CLOSE        0x8u
#define PING         0x9u
#define PONG         0xau

/* A frame's header. */
typedef struct frame {
    bool fin;
    unsigned opcode;
    size_t header_sz;
    uint64_t sz;
} frame_t;

static LQ_COLD lq_err_t broken(lq_err_msg_t *msg, const char *fault)
{
    return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "a WebSocket frame %s", fault);
}

static uint64_t load_big(const uint8_t *p, size_t sz)
{
    uint64_t v = 0;
    for (size_t i = 0; i < sz; i++)
        v = v << 8 | p[i];
    return v;
}

/* Checks what the first byte says. */
static const char *first_fault(const lq_ws_in_t *in, uint8_t first)
{
    unsigned opcode = first & 0xf;
    if (first & RESERVED)
        return "has reserved bits set";
    switch (opcode) {
    case CONTINUATION:
        return in->joining ? NULL : "continues nothing";
    case TEXT:
        return in->joining ? "begins a text within another" : NULL;
    case BINARY:
        return "is binary";
    case CLOSE:
    case PING:
    case PONG:
        return first & FIN ? NULL : "is a fragment of a control frame";
    default:
        return "has an unknown opcode";
    }
}

/* Sets *F to the frame that begins at P; a header_sz of 0 where its header is not all there. */
static lq_err_t read_header(const lq_ws_in_t *in, frame_t *f, lq_err_msg_t *msg, const uint8_t *p,
                            size_t sz)
{
    f->header_sz = 0;
    const char *fault = sz ? first_fault(in, p[0]) : NULL;
    if (fault)
        return broken(msg, fault);
    if (sz < 2)
        return LQ_OK;
    f->fin = p[0] & FIN;
    f->opcode = p[0] & 0xf;
    if (p[1] & MASKED)
        return broken(msg, "of the server is masked");
    if (f->opcode & CONTROL && p[1] > LQ_WS_CONTROL_MAX)
        return broken(msg, "is a control frame of more than 125 bytes");
    size_t length_sz = p[1] == 127 ? 8 : p[1] == 126 ? 2 : 0;
    if (sz < 2 + length_sz)
        return LQ_OK;
    f->header_sz = 2 + length_sz;
    f->sz = length_sz ? load_big(p + 2, length_sz) : p[1];
    if ((length_sz == 2 && f->sz < 126) || (length_sz == 8 && (f->sz <= 0xffff || f->sz >> 63)))
        return broken(msg, "has its length in a wrong form");
    size_t text_sz = in->joining ? in->text_sz : 0;
    if (!(f->opcode & CONTROL) && f->sz > in->text_max - text_sz)
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "a WebSocket text is longer than %zu bytes",
                              in->text_max);
    return LQ_OK;
}

/* Adds a frame of a text that stands at AT; the text is whole where it returns true. */
static bool join(lq_ws_in_t *in, lq_ws_event_t *event, char *buf, const frame_t *f, size_t at)
{
    if (!in->joining) {
        in->text_at = at;
        in->text_sz = (size_t)f->sz;
    } else {
        memmove(buf + in->text_at + in->text_sz, buf + at, (size_t)f->sz);
        in->text_sz += (size_t)f->sz;
    }
    in->joining = !f->fin;
    *event = (lq_ws_event_t){LQ_WS_TEXT, buf + in->text_at, in->text_sz};
    return f->fin;
}

lq_err_t lq_ws_next(lq_ws_in_t *in, lq_ws_event_t *event, lq_err_msg_t *msg, char *buf, size_t sz)
{
    for (;;) {
        frame_t f;
        size_t left_sz = sz - in->done_sz;
        lq_err_t err = read_header(in, &f, msg, (const uint8_t *)buf + in->done_sz, left_sz);
        if (err)
            return err;
        if (!f.header_sz || left_sz - f.header_sz < f.sz) {
            event->kind = LQ_WS_MORE;
            return LQ_OK;
        }
        size_t at = in->done_sz + f.header_sz;
        in->done_sz = at + (size_t)f.sz;
        if (!(f.opcode & CONTROL)) {
            if (join(in, event, buf, &f, at))
                return LQ_OK;
            continue;
        }
        lq_ws_kind_t kind = f.opcode == CLOSE  ? LQ_WS_CLOSE
                            : f.opcode == PING ? LQ_WS_PING
                                               : LQ_WS_PONG;
        *event = (lq_ws_event_t){kind, buf + at, (size_t)f.sz};
        return LQ_OK;
    }
}

size_t lq_ws_pack(lq_ws_in_t *in, char *buf, size_t sz)
{
    size_t text_sz = in->joining ? in->text_sz : 0;
    size_t left_sz = sz - in->done_sz;
    if (text_sz && in->text_at)
        memmove(buf, buf + in->text_at, text_sz);
    if (left_sz && in->done_sz != text_sz)
        memmove(buf + text_sz, buf + in->done_sz, left_sz);
    in->text_at = 0;
    in->done_sz = text_sz;
    return text_sz + left_sz;
}

static uint8_t opcode_of(lq_ws_kind_t kind)
{
    switch (kind) {
    case LQ_WS_TEXT:
        return TEXT;
    case LQ_WS_CLOSE:
        return CLOSE;
    case LQ_WS_PING:
        return PING;
    case LQ_WS_PONG:
        return PONG;
    case LQ_WS_MORE:
        break;
    }
    LQ_BUG("websocket: nothing to send");
}

void lq_ws_put(char *out, lq_ws_kind_t kind, const char *data, size_t sz, uint32_t mask)
{
    uint8_t *p = (uint8_t *)out;
    size_t length_sz = sz <= 125 ? 0 : sz <= 0xffff ? 2 : 8;
    p[0] = FIN | opcode_of(kind);
    p[1] = MASKED | (length_sz == 8 ? 127 : length_sz ? 126 : (uint8_t)sz);
    for (size_t i = 0; i < length_sz; i++)
        p[2 + i] = (uint8_t)((uint64_t)sz >> 8 * (length_sz - 1 - i));
    p += 2 + length_sz;
    memcpy(p, &mask, 4);
    p += 4;
    uint64_t mask8 = (uint64_t)mask << 32 | mask;
    size_t i = 0;
    for (; i + 8 <= sz; i += 8) {
        uint64_t word;
        memcpy(&word, data + i, 8);
        word ^= mask8;
        memcpy(p + i, &word, 8);
    }
    uint8_t key[4];
    memcpy(key, &mask, 4);
    for (; i < sz; i++)
        p[i] = (uint8_t)data[i] ^ key[i % 4];
}
