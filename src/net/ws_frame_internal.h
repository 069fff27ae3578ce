#ifndef LIQD_NET_WS_FRAME_INTERNAL_H
#define LIQD_NET_WS_FRAME_INTERNAL_H

/* The frames of a WebSocket as a client has them: RFC 6455 section 5. Nothing is copied but
   fragments, which are joined where they stand. That a text is UTF-8 is not checked here: the JSON
   parser does. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

#define LQ_WS_HEADER_MAX  14u  /* bytes of a frame's header, mask included */
#define LQ_WS_CONTROL_MAX 125u /* bytes a control frame carries */

typedef enum lq_ws_kind {
    LQ_WS_MORE, /* nothing whole is there */
    LQ_WS_TEXT,
    LQ_WS_CLOSE,
    LQ_WS_PING,
    LQ_WS_PONG,
} lq_ws_kind_t;

/* What came: a whole text, or a control frame. */
typedef struct lq_ws_event {
    lq_ws_kind_t kind;
    const char *data;
    size_t sz;
} lq_ws_event_t;

/* The state of receiving into one buffer; offsets count from its start. All zero but TEXT_MAX at
   the beginning. */
typedef struct lq_ws_in {
    size_t text_max;
    size_t done_sz; /* bytes handled */
    size_t text_at; /* the fragments joined so far, where JOINING */
    size_t text_sz;
    bool joining;
} lq_ws_in_t;

/* lq_ws_next sets *EVENT to the next that the SZ bytes at BUF, those handled before included, have;
   it borrows from BUF until the next call. LQ_ERR_SYNTAX: RFC 6455 is broken (a masked frame,
   reserved bits, an unknown opcode, a length not in its shortest form, a fragmented or long control
   frame, a continuation of nothing, a new text within one), or the frame is binary.
   LQ_ERR_TOO_LONG: a text above text_max. */
LQ_MUST_USE lq_err_t lq_ws_next(lq_ws_in_t *in, lq_ws_event_t *event, lq_err_msg_t *msg, char *buf,
                                size_t sz);

/* lq_ws_pack moves what is still needed of the SZ bytes at BUF to its start and returns its size:
   below text_max plus LQ_WS_HEADER_MAX plus LQ_WS_CONTROL_MAX once lq_ws_next has said
   LQ_WS_MORE. */
size_t lq_ws_pack(lq_ws_in_t *in, char *buf, size_t sz);

/* lq_ws_frame_sz returns the size of our frame with SZ bytes in it; lq_ws_put writes it, text or
   control, masked with MASK. */
static inline size_t lq_ws_frame_sz(size_t sz)
{
    return sz + (sz <= 125 ? 6 : sz <= 0xffff ? 8 : 14);
}
void lq_ws_put(char *out, lq_ws_kind_t kind, const char *data, size_t sz, uint32_t mask);

#endif
