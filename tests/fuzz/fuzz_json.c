#include "fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/codec/json_internal.h"

/* The laws: every way that the CPU has says the same, message and all; what is accepted can be
   walked through, taken and written again; the framer finds the same end of a value however the
   bytes are cut. The first byte chooses the limits. */

static lq_json_limits_t limits_of(uint8_t choice)
{
    return (lq_json_limits_t){choice & 1 ? LQ_JSON_TEXT_MAX : 200, choice & 2 ? 1000 : 3};
}

static void *need(void *p)
{
    LQ_ASSERT(p);
    return p;
}

static lq_err_t parse_every_way(lq_json_t *doc, lq_json_tok_t *tok, size_t tok_max,
                                const char *text, size_t sz, const lq_json_limits_t *limits)
{
    lq_err_msg_t msg;
    lq_err_t err = lq_json_parse(doc, tok, tok_max, &msg, text, sz, limits);
    lq_json_tok_t *other_tok = need(malloc((tok_max + 1) * sizeof(*tok)));
    for (size_t i = 0; lq_json_simd(i); i++) {
        lq_json_t other;
        lq_err_msg_t other_msg;
        lq_err_t other_err = lq_json_parse_by(lq_json_simd(i), &other, other_tok, tok_max,
                                              &other_msg, text, sz, limits);
        LQ_ASSERT(other_err == err);
        if (err) {
            LQ_ASSERT(strcmp(other_msg.text, msg.text) == 0);
        } else {
            LQ_ASSERT(other.tok_cnt == doc->tok_cnt);
            LQ_ASSERT(memcmp(other_tok, tok, doc->tok_cnt * sizeof(*tok)) == 0);
        }
    }
    free(other_tok);
    return err;
}

/* Takes V in every way; at most the one that fits its kind may succeed. */
static void take(const lq_json_t *doc, lq_json_val_t v)
{
    bool flag;
    uint64_t u64;
    int64_t i64;
    const char *raw;
    size_t sz;
    lq_u256_t u256;
    uint8_t bytes[32];
    lq_json_kind_t kind = lq_json_kind(v);
    LQ_ASSERT((lq_json_get_bool(doc, &flag, NULL, v, NULL) == LQ_OK) ==
              (kind == LQ_JSON_KIND_BOOL));
    if (lq_json_get_u64(doc, &u64, NULL, v, NULL) == LQ_OK &&
        lq_json_get_i64(doc, &i64, NULL, v, NULL) == LQ_OK)
        LQ_ASSERT((uint64_t)i64 == u64);
    LQ_ASSERT((lq_json_get_number(doc, &raw, &sz, NULL, v, NULL) == LQ_OK) ==
              (kind == LQ_JSON_KIND_NUMBER));
    lq_err_msg_t msg;
    (void)!lq_json_get_qty_u64(doc, &u64, &msg, v, NULL);
    (void)!lq_json_get_qty_u256(doc, &u256, &msg, v, NULL);
    (void)!lq_json_get_data(doc, bytes, 20, &msg, v, NULL);
    (void)!lq_json_get_data_max(doc, bytes, &sz, sizeof(bytes), &msg, v, NULL);
    lq_err_t err = lq_json_get_raw(doc, &raw, &sz, NULL, v, NULL);
    LQ_ASSERT((err == LQ_OK) == (kind == LQ_JSON_KIND_STRING));
    if (err)
        return;
    char *text = need(malloc(sz + 1));
    size_t text_sz;
    LQ_ASSERT(lq_json_get_text(doc, text, &text_sz, sz, NULL, v, NULL) == LQ_OK);
    LQ_ASSERT(text_sz <= sz);
    if (text_sz)
        LQ_ASSERT(lq_json_get_text(doc, text, &sz, text_sz - 1, NULL, v, NULL) == LQ_ERR_TOO_LONG);
    free(text);
}

/* Goes through all values by their tokens, and through the items of each container. */
static void walk(const lq_json_t *doc)
{
    for (uint32_t i = 0; i < doc->tok_cnt; i++) {
        lq_json_val_t v = tok_value(doc->tok, &doc->tok[i]);
        take(doc, v);
        lq_json_iter_t it;
        if (lq_json_iter(doc, &it, NULL, v, NULL) != LQ_OK)
            continue;
        uint32_t behind = i + 1;
        lq_json_val_t name;
        lq_json_val_t val;
        while (lq_json_next(doc, &name, &val, &it)) {
            if (lq_json_kind(name) != LQ_JSON_KIND_ABSENT)
                LQ_ASSERT(tok_value(doc->tok, &doc->tok[behind++]).word == name.word);
            LQ_ASSERT(tok_value(doc->tok, &doc->tok[behind]).word == val.word);
            behind = (uint32_t)(tok_behind(doc->tok, &doc->tok[behind]) - doc->tok);
        }
        LQ_ASSERT(behind == tok_payload(&doc->tok[i]));
        lq_json_path_t path; /* quadratic, so of the first few alone */
        if (i < 8)
            lq_json_path(&path, doc, i);
    }
}

/* Frames in pieces of at most PIECE bytes, whose sizes come from the text itself, or whole where
   PIECE is 0; returns the offset behind the first value, 0 where none ends, SIZE_MAX on failure. */
static size_t frame(const lq_json_simd_t *simd, const char *text, size_t sz, size_t piece,
                    const lq_json_limits_t *limits)
{
    lq_json_frame_t f;
    lq_json_frame_init(&f, limits);
    size_t used;
    size_t value_sz;
    for (size_t at = 0; at < sz;) {
        LQ_ASSERT(lq_json_frame_feed_by(simd, &f, &used, &value_sz, NULL, NULL, 0) == LQ_OK);
        LQ_ASSERT(used == 0 && value_sz == 0);
        size_t piece_sz = piece ? 1 + (uint8_t)text[at] % piece : sz;
        if (piece_sz > sz - at)
            piece_sz = sz - at;
        char *data = need(malloc(piece_sz));
        memcpy(data, text + at, piece_sz);
        lq_err_t err = lq_json_frame_feed_by(simd, &f, &used, &value_sz, NULL, data, piece_sz);
        free(data);
        if (err)
            return SIZE_MAX;
        at += used;
        if (value_sz)
            return at;
        LQ_ASSERT(used == piece_sz);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    if (sz == 0)
        return 0;
    lq_json_limits_t limits = limits_of(data[0]);
    const char *text = (const char *)data + 1;
    sz--;
    size_t tok_max = sz + 2;
    lq_json_tok_t *tok = need(malloc(tok_max * sizeof(*tok)));
    lq_json_t doc;
    lq_err_t err = parse_every_way(&doc, tok, tok_max, text, sz, &limits);
    if (!err) {
        walk(&doc);
        uint32_t cnt = doc.tok_cnt;
        LQ_ASSERT(cnt <= sz / 2 + 1);
        LQ_ASSERT(parse_every_way(&doc, tok, cnt, text, sz, &limits) == LQ_OK);
        LQ_ASSERT(parse_every_way(&doc, tok, cnt - 1, text, sz, &limits) == LQ_ERR_FULL);
        doc.tok_cnt = cnt;
    }
    size_t whole = frame(lq_json_simd(0), text, sz, 0, &limits);
    if (!err && tok_contains(tok)) { /* white space alone may stand behind it */
        LQ_ASSERT(whole != SIZE_MAX && whole);
        for (size_t i = whole; i < sz; i++)
            LQ_ASSERT(text[i] && strchr(" \t\r\n", text[i]));
    }
    for (size_t i = 0; lq_json_simd(i); i++)
        for (size_t piece = 2; piece < 200; piece = 3 * piece + 1)
            LQ_ASSERT(frame(lq_json_simd(i), text, sz, piece, &limits) == whole);
    free(tok);
    return 0;
}
