#ifndef LQ_CODEC_JSON_INTERNAL_H
#define LQ_CODEC_JSON_INTERNAL_H

/* What the files of the JSON scanner share with each other and with their tests. */

#include <string.h>

#include "liqd/codec/json.h"

/* A token: the offset of its first byte; in INFO its kind in bits 28-31 and a payload below. The
   payload of a container is the index of the token behind its last one (while it is open: of the
   container around it); that of all others the size of their text, without quotes. A container is
   followed by its elements, or by its members: name, then value. */
typedef enum tok_kind {
    TOK_NULL = 1, /* none is 0, which makes an absent value */
    TOK_FALSE,
    TOK_TRUE,
    TOK_NUMBER,
    TOK_STRING,
    TOK_ESCAPED,   /* a string with a backslash in it */
    TOK_ARRAY = 8, /* containers have the upper bit alone */
    TOK_OBJECT,
} tok_kind_t;

#define TOK_PAYLOAD_MAX 0xfffffffu

/* Writes a token as one word, even where half of it stays the same: soon after it is read as one,
   and a CPU hands on what it has just stored only from one store. */
static LQ_ALWAYS_INLINE void tok_put(lq_json_tok_t *out, tok_kind_t kind, size_t at, size_t payload)
{
    *(volatile uint64_t *)&out->word = (((uint64_t)kind << 28) + payload) << 32 | at;
}

static inline tok_kind_t tok_kind(const lq_json_tok_t *t)
{
    return (tok_kind_t)(t->info >> 28);
}

static inline uint32_t tok_payload(const lq_json_tok_t *t)
{
    return t->info & TOK_PAYLOAD_MAX;
}

static inline bool tok_contains(const lq_json_tok_t *t)
{
    return t->info >> 31;
}

/* A value is its token in one word, but for a container with its index in place of the offset: its
   items stand behind it, and the offset can be found in the document. */
static LQ_ALWAYS_INLINE lq_json_val_t tok_value(const lq_json_tok_t *tok, const lq_json_tok_t *t)
{
    uint64_t word = t->word;
    if (tok_contains(t))
        word = word >> 32 << 32 | (uint64_t)(t - tok);
    return (lq_json_val_t){word};
}

/* The token behind T and all it contains. */
static LQ_ALWAYS_INLINE const lq_json_tok_t *tok_behind(const lq_json_tok_t *tok,
                                                        const lq_json_tok_t *t)
{
    return tok_contains(t) ? tok + tok_payload(t) : t + 1;
}

/* The path of a token as the getters take it, for messages: "the top" where it is empty, cut with
   "..." where it is too long, "?" for all but printable ASCII. */
typedef struct lq_json_path {
    char text[96];
} lq_json_path_t;

/* lq_json_path sets OUT to the path of token IDX: a value, or a name, which has the path of its
   value. */
LQ_COLD void lq_json_path(lq_json_path_t *out, const lq_json_t *doc, uint32_t idx);

/* lq_json_unescape_one writes to OUT what the byte or escape at *IN of a checked string stands for,
   moves IN behind it and returns the number of bytes: 1, and up to 4 for an escape. */
size_t lq_json_unescape_one(char out[4], const char **in);

/* lq_json_unescape does so for the SZ bytes at IN, never writing more than SZ, and returns the
   number of bytes; OUT may be NULL to learn it alone. */
size_t lq_json_unescape(char *out, const char *in, size_t sz);

/* An indexer writes to OUT, ascending, the offset in TEXT of each byte from offset FROM to TO
   (exclusive) that ends a string or must be looked at inside one: quotes, backslashes, control
   characters and bytes beyond ASCII. Returns their number. OUT has room for one offset a byte and
   LQ_JSON_SLACK more, which may be overwritten. TEXT is readable from 0 to TO. */
typedef size_t lq_json_index_fn_t(uint32_t *out, const uint8_t *text, size_t from, size_t to);
#define LQ_JSON_SLACK 64

/* Masks of 64 bytes, one bit a byte, the first in bit 0. */
typedef struct lq_json_block {
    uint64_t quote;
    uint64_t backslash;
    uint64_t open;  /* of { and [ */
    uint64_t close; /* of } and ] */
} lq_json_block_t;

/* A blocker sets OUT to the masks of the bytes of TEXT from offset FROM to TO (exclusive), 64 a
   block, the bits behind TO zero. TEXT is readable from 0 to TO. */
typedef void lq_json_block_fn_t(lq_json_block_t *out, const uint8_t *text, size_t from, size_t to);

/* What depends on the CPU. */
typedef struct lq_json_simd {
    const char *name;
    lq_json_index_fn_t *index;
    lq_json_block_fn_t *block;
} lq_json_simd_t;

/* lq_json_simd returns the I-th way for this CPU, the best first and the plain one, which works
   everywhere, last; NULL behind it. */
const lq_json_simd_t *lq_json_simd(size_t i);

/* lq_json_parse and lq_json_frame_feed by the way SIMD. */
LQ_MUST_USE lq_err_t lq_json_parse_by(const lq_json_simd_t *simd, lq_json_t *doc,
                                      lq_json_tok_t *tok, size_t tok_max, lq_err_msg_t *msg,
                                      const char *text, size_t text_sz,
                                      const lq_json_limits_t *limits);
LQ_MUST_USE lq_err_t lq_json_frame_feed_by(const lq_json_simd_t *simd, lq_json_frame_t *f,
                                           size_t *used, size_t *value_sz, lq_err_msg_t *msg,
                                           const char *data, size_t data_sz);

#endif
