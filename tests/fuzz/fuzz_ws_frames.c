#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/net/ws_frame_internal.h"

/* The law: bytes in any pieces give the same events and the same end, in a buffer of the size that
   lq_ws_pack promises. The first byte chooses the limit, the second the pieces. */

/* All that came, folded, and how it ended. */
typedef struct run {
    uint64_t fold;
    size_t event_cnt;
    lq_err_t err;
} run_t;

static void fold(run_t *run, const void *data, size_t sz)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < sz; i++)
        run->fold = (run->fold ^ p[i]) * 0x100000001b3u; /* FNV-1a */
}

/* Takes what the SZ bytes at BUF have; returns how many are still needed. */
static size_t take(run_t *run, lq_ws_in_t *in, char *buf, size_t sz)
{
    for (;;) {
        lq_ws_event_t event;
        run->err = lq_ws_next(in, &event, NULL, buf, sz);
        if (run->err)
            return 0;
        if (event.kind == LQ_WS_MORE)
            break;
        LQ_ASSERT(event.data >= buf && event.data + event.sz <= buf + sz);
        LQ_ASSERT(event.kind == LQ_WS_TEXT ? event.sz <= in->text_max
                                           : event.sz <= LQ_WS_CONTROL_MAX);
        fold(run, &event.kind, sizeof(event.kind));
        fold(run, &event.sz, sizeof(event.sz));
        fold(run, event.data, event.sz);
        run->event_cnt++;
    }
    size_t left_sz = lq_ws_pack(in, buf, sz);
    LQ_ASSERT(left_sz < in->text_max + LQ_WS_HEADER_MAX + LQ_WS_CONTROL_MAX);
    return left_sz;
}

/* Feeds in pieces of 1 to PIECE_MAX bytes, whose sizes come from the data. */
static run_t run_with(const uint8_t *data, size_t sz, size_t text_max, size_t piece_max)
{
    run_t run = {.fold = 0xcbf29ce484222325u};
    lq_ws_in_t in = {.text_max = text_max};
    char *buf = malloc(text_max + LQ_WS_HEADER_MAX + LQ_WS_CONTROL_MAX + piece_max);
    LQ_ASSERT(buf);
    size_t have = 0;
    for (size_t at = 0; at < sz && !run.err;) {
        size_t piece = 1 + data[at] % piece_max;
        if (piece_max > 256 || piece > sz - at)
            piece = sz - at;
        memcpy(buf + have, data + at, piece);
        at += piece;
        have = take(&run, &in, buf, have + piece);
    }
    free(buf);
    return run;
}

/* What we write is what a server would read: unmasked by hand it is the text. */
static void check_put(const uint8_t *data, size_t sz)
{
    char *out = malloc(lq_ws_frame_sz(sz));
    LQ_ASSERT(out);
    lq_ws_put(out, LQ_WS_TEXT, (const char *)data, sz, 0x9e3779b9);
    size_t header_sz = lq_ws_frame_sz(sz) - sz;
    for (size_t i = 0; i < sz; i++)
        LQ_ASSERT((uint8_t)(out[header_sz + i] ^ out[header_sz - 4 + i % 4]) == data[i]);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    if (sz < 2)
        return 0;
    size_t text_max = data[0] < 128 ? data[0] : 100000;
    size_t piece_max = 1 + data[1];
    data += 2;
    sz -= 2;
    run_t whole = run_with(data, sz, text_max, sz + 257);
    run_t pieces = run_with(data, sz, text_max, piece_max);
    run_t bytes = sz < 4096 ? run_with(data, sz, text_max, 1) : whole;
    LQ_ASSERT(whole.event_cnt == pieces.event_cnt && whole.event_cnt == bytes.event_cnt);
    LQ_ASSERT(whole.fold == pieces.fold && whole.fold == bytes.fold);
    LQ_ASSERT(whole.err == pieces.err && whole.err == bytes.err);
    check_put(data, sz);
    return 0;
}
