#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/codec/rlp.h"

enum {
    DEPTH_MAX =
        4096 /* libFuzzer's inputs have no more bytes unless told so; deeper ones are let go */
};

static void check_message(lq_err_t err, const lq_err_msg_t *msg)
{
    if (err)
        LQ_ASSERT(strncmp(msg->text, "offset ", 7) == 0 && memchr(msg->text, 0, LQ_ERR_MSG_SZ));
}

/* An integer, once accepted, is written again to the SZ bytes that it was read from. */
static void check_integer(lq_rlp_reader_t r)
{
    const uint8_t *item = r.data + r.at;
    uint8_t out[33];
    lq_rlp_writer_t w;
    size_t sz;
    lq_u256_t wide;
    lq_rlp_reader_t after = r;
    lq_err_t err = lq_rlp_get_u256(&after, &wide);
    check_message(err, r.msg);
    if (err) {
        LQ_ASSERT(after.at == r.at);
    } else {
        lq_rlp_writer_init(&w, out, after.at - r.at);
        lq_rlp_put_u256(&w, &wide);
        LQ_ASSERT(!lq_rlp_writer_final(&w, &sz, NULL) && sz == after.at - r.at);
        LQ_ASSERT(memcmp(out, item, sz) == 0);
    }
    uint64_t v;
    bool narrow = !err && !(wide.w[1] | wide.w[2] | wide.w[3]);
    LQ_ASSERT(narrow == !lq_rlp_get_u64(&r, &v));
    LQ_ASSERT(!narrow || v == wide.w[0]);
}

/* Copies the next item with W, or sets INNER where it is a list. */
static lq_err_t copy_item(lq_rlp_writer_t *w, lq_rlp_reader_t *r, lq_rlp_reader_t *inner)
{
    if (lq_rlp_has_list(r))
        return lq_rlp_get_list(r, inner);
    check_integer(*r);
    const uint8_t *data;
    size_t sz;
    lq_err_t err = lq_rlp_get_bytes(r, &data, &sz);
    if (!err)
        lq_rlp_put_bytes(w, data, sz);
    return err;
}

/* Reads all of R and writes it with W. LQ_ERR_TOO_LONG where it is too deep. */
static lq_err_t copy(lq_rlp_writer_t *w, lq_rlp_reader_t r)
{
    static struct level {
        lq_rlp_reader_t r;
        size_t list;
    } stack[DEPTH_MAX];
    size_t depth = 0;
    for (;;) {
        if (!lq_rlp_has_item(&r)) {
            LQ_ASSERT(!lq_rlp_get_end(&r));
            if (!depth)
                return LQ_OK;
            depth--;
            r = stack[depth].r;
            lq_rlp_put_list_end(w, stack[depth].list);
            continue;
        }
        bool list = lq_rlp_has_list(&r);
        lq_rlp_reader_t inner = r;
        size_t at = r.at;
        lq_err_t err = copy_item(w, &r, &inner);
        check_message(err, r.msg);
        LQ_ASSERT(err ? r.at == at : r.at > at && r.at <= r.end);
        if (err)
            return err;
        if (list) {
            if (depth == DEPTH_MAX)
                return LQ_ERR_TOO_LONG;
            stack[depth].r = r;
            stack[depth].list = lq_rlp_put_list(w);
            depth++;
            r = inner;
        }
    }
}

/* The law: what is accepted has one encoding, so that the writer gives the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    lq_err_msg_t msg = {{0}};
    lq_rlp_reader_t r;
    lq_rlp_reader_init(&r, &msg, data, sz);
    uint8_t *out = malloc(sz ? sz : 1);
    LQ_ASSERT(out);
    lq_rlp_writer_t w;
    lq_rlp_writer_init(&w, out, sz);
    if (!copy(&w, r)) {
        size_t out_sz;
        LQ_ASSERT(!lq_rlp_writer_final(&w, &out_sz, NULL) && out_sz == sz);
        LQ_ASSERT(sz == 0 || memcmp(out, data, sz) == 0);
    }
    free(out);
    return 0;
}
