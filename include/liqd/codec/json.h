#ifndef LIQD_CODEC_JSON_H
#define LIQD_CODEC_JSON_H

/* A strict JSON scanner: lq_json_parse checks a whole text once and notes where its values stand;
   typed getters then take values by name or path straight from the text. lq_json_frame_feed finds
   where the values of a stream end. Nothing is copied and nothing allocates; no function recurses;
   the result does not depend on the CPU (AVX-512 or AVX2 where there is one).

   Accepted is RFC 8259 in valid UTF-8 and no more: no byte order mark, comment, trailing comma or
   number in another form. Of what the RFC leaves open:
   - half a surrogate pair ("\ud800" alone) is malformed, since no UTF-8 stands for it;
   - "\u0000" is allowed: strings carry their length;
   - any value may stand at the top of a text, objects and arrays alone in a stream;
   - a name may occur twice in an object, but not when it is asked for: LQ_ERR_EXISTS then, since a
     sender who gives two values for one field gives none;
   - numbers are exact integers or their text; there is no floating point.

   A path is member names with a dot between, and elements in brackets, counted from 0:
   "params.result.topics[0]". It starts at a value given with it; NULL or "" is that value itself.
   Names with a dot or a bracket in them are reached with lq_json_pick and lq_json_next alone.

   Errors: MSG (may be NULL) says what is wrong, at which offset and path, and what to do about it.
   Outputs are written on success only. Offsets count bytes from the beginning of the text. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/num/u256.h"

/* LQ_JSON_TEXT_MAX is the largest text in bytes that can be parsed: a token has 28 bits for a size.
 */
#define LQ_JSON_TEXT_MAX 0xfffffffu

/* What a text may take. Bounds memory and work; both are inclusive. */
typedef struct lq_json_limits {
    size_t text_max;    /* bytes; above LQ_JSON_TEXT_MAX it counts as that */
    uint32_t depth_max; /* containers in each other: 1 allows [] but not [[]], 0 neither */
} lq_json_limits_t;

/* The place of one value or member name in a text; 8 bytes, content private. */
typedef union lq_json_tok {
    uint64_t word;
    struct {
        uint32_t at;
        uint32_t info;
    };
} lq_json_tok_t;

/* A parsed text. Borrows the text and the tokens, which must outlive it and stay as they are. May
   be copied, and read by many threads at once. */
typedef struct lq_json {
    const char *text;
    const lq_json_tok_t *tok;
    size_t text_sz;
    uint32_t tok_cnt;
} lq_json_t;

typedef enum lq_json_kind {
    LQ_JSON_KIND_ABSENT,
    LQ_JSON_KIND_NULL,
    LQ_JSON_KIND_BOOL,
    LQ_JSON_KIND_NUMBER,
    LQ_JSON_KIND_STRING,
    LQ_JSON_KIND_ARRAY,
    LQ_JSON_KIND_OBJECT,
} lq_json_kind_t;

/* A value of a document, or a member name, or none when it is all zero. Content private. */
typedef struct lq_json_val {
    uint64_t word;
} lq_json_val_t;

#define LQ_JSON_ABSENT ((lq_json_val_t){0})

/* lq_json_parse checks the TEXT_SZ bytes at TEXT (NULL allowed for 0) and sets DOC to their value.
   TOK has room for TOK_MAX tokens: one for each value and one for each member name, which is never
   more than TEXT_SZ / 2 + 1; a log of an Ethereum node takes 22. On failure their content is lost.
   LQ_ERR_SYNTAX: malformed. LQ_ERR_TOO_LONG: above limits->text_max. LQ_ERR_RANGE: deeper than
   limits->depth_max. LQ_ERR_FULL: above TOK_MAX. Of several faults the first in the text counts.
   Cost: one pass and 17 KB of stack. */
LQ_MUST_USE lq_err_t lq_json_parse(lq_json_t *doc, lq_json_tok_t *tok, size_t tok_max,
                                   lq_err_msg_t *msg, const char *text, size_t text_sz,
                                   const lq_json_limits_t *limits);

/* lq_json_root returns the value of the whole text. */
lq_json_val_t lq_json_root(const lq_json_t *doc);

/* lq_json_kind returns what V is. */
lq_json_kind_t lq_json_kind(lq_json_val_t v);

/* lq_json_find sets OUT to the value at PATH from AT. LQ_ERR_NOT_FOUND: no such member or element,
   or AT is LQ_JSON_ABSENT. LQ_ERR_EXISTS: a name on the path occurs twice in its object.
   LQ_ERR_SYNTAX: what should hold a member is no object, or an element no array. LQ_ERR_INVAL: PATH
   is none. Cost: reads the names of each object on the path and steps over its values. */
LQ_MUST_USE lq_err_t lq_json_find(const lq_json_t *doc, lq_json_val_t *out, lq_err_msg_t *msg,
                                  lq_json_val_t at, const char *path);

/* The getters find the value at PATH from AT as lq_json_find does, with its errors, and take it.
   LQ_ERR_SYNTAX: it is of another kind (null included) or form. */

/* lq_json_get_bool takes true or false. */
LQ_MUST_USE lq_err_t lq_json_get_bool(const lq_json_t *doc, bool *out, lq_err_msg_t *msg,
                                      lq_json_val_t at, const char *path);

/* lq_json_get_u64 takes a number written as an integer: no fraction, no exponent. LQ_ERR_RANGE: it
   has a minus sign or is 2^64 or more. */
LQ_MUST_USE lq_err_t lq_json_get_u64(const lq_json_t *doc, uint64_t *out, lq_err_msg_t *msg,
                                     lq_json_val_t at, const char *path);

/* lq_json_get_i64 does the same from -2^63 to 2^63 - 1; -0 is 0. */
LQ_MUST_USE lq_err_t lq_json_get_i64(const lq_json_t *doc, int64_t *out, lq_err_msg_t *msg,
                                     lq_json_val_t at, const char *path);

/* lq_json_get_number takes a number of any form as its text, borrowed from the document. */
LQ_MUST_USE lq_err_t lq_json_get_number(const lq_json_t *doc, const char **out, size_t *out_sz,
                                        lq_err_msg_t *msg, lq_json_val_t at, const char *path);

/* lq_json_get_raw takes a string as it stands between its quotes, escapes and all, borrowed from
   the document, without NUL. */
LQ_MUST_USE lq_err_t lq_json_get_raw(const lq_json_t *doc, const char **out, size_t *out_sz,
                                     lq_err_msg_t *msg, lq_json_val_t at, const char *path);

/* lq_json_get_text takes a string with its escapes resolved: valid UTF-8, with NUL bytes where the
   sender wrote \u0000 and none behind it. Writes OUT_SZ bytes to OUT, which has room for OUT_MAX
   (NULL allowed for 0); never more than the string has between its quotes. LQ_ERR_TOO_LONG: above
   OUT_MAX. */
LQ_MUST_USE lq_err_t lq_json_get_text(const lq_json_t *doc, char *out, size_t *out_sz,
                                      size_t out_max, lq_err_msg_t *msg, lq_json_val_t at,
                                      const char *path);

/* lq_json_get_qty_u64 takes a string that is a quantity ("0x1a") as lq_hex_decode_u64 reads it: no
   leading zeros, and here and below no escapes. LQ_ERR_RANGE: 2^64 or more. */
LQ_MUST_USE lq_err_t lq_json_get_qty_u64(const lq_json_t *doc, uint64_t *out, lq_err_msg_t *msg,
                                         lq_json_val_t at, const char *path);

/* lq_json_get_qty_u256 does the same below 2^256. */
LQ_MUST_USE lq_err_t lq_json_get_qty_u256(const lq_json_t *doc, lq_u256_t *out, lq_err_msg_t *msg,
                                          lq_json_val_t at, const char *path);

/* lq_json_get_data takes a string that is data ("0x", two digits a byte) of exactly OUT_SZ bytes:
   an address, a hash, a topic. */
LQ_MUST_USE lq_err_t lq_json_get_data(const lq_json_t *doc, uint8_t *out, size_t out_sz,
                                      lq_err_msg_t *msg, lq_json_val_t at, const char *path);

/* lq_json_get_data_max takes data of at most OUT_MAX bytes and their count. LQ_ERR_TOO_LONG: more
   than OUT_MAX. */
LQ_MUST_USE lq_err_t lq_json_get_data_max(const lq_json_t *doc, uint8_t *out, size_t *out_sz,
                                          size_t out_max, lq_err_msg_t *msg, lq_json_val_t at,
                                          const char *path);

/* A member that lq_json_pick takes: its name and whether it may be absent. */
typedef struct lq_json_key {
    const char *name;
    uint32_t name_sz;
    bool optional;
} lq_json_key_t;

#define LQ_JSON_KEY(literal)                  \
    {                                         \
        (literal), sizeof(literal) - 1, false \
    }
#define LQ_JSON_KEY_OPT(literal)             \
    {                                        \
        (literal), sizeof(literal) - 1, true \
    }

/* LQ_JSON_PICK_MAX is the largest number of members taken at once: one bit of a word each. */
#define LQ_JSON_PICK_MAX 64

/* lq_json_pick takes several members of the object AT in one pass: sets OUT[i] to the value named
   KEYS[i].name, to LQ_JSON_ABSENT where there is none and it is optional. The names differ from
   each other. Members in the order of KEYS cost one comparison each, others up to KEY_CNT.
   LQ_ERR_NOT_FOUND: a member that is not optional is missing, or AT is LQ_JSON_ABSENT.
   LQ_ERR_EXISTS: one of the names occurs twice. LQ_ERR_SYNTAX: AT is no object. LQ_ERR_INVAL:
   KEY_CNT is above LQ_JSON_PICK_MAX. */
LQ_MUST_USE lq_err_t lq_json_pick(const lq_json_t *doc, lq_json_val_t *out, lq_err_msg_t *msg,
                                  lq_json_val_t at, const lq_json_key_t *keys, size_t key_cnt);

/* A walk over the members of an object or the elements of an array; content private. */
typedef struct lq_json_iter {
    uint32_t next;
    uint32_t end;
    bool named;
} lq_json_iter_t;

/* lq_json_iter starts IT before the first member or element of the value at PATH from AT. */
LQ_MUST_USE lq_err_t lq_json_iter(const lq_json_t *doc, lq_json_iter_t *it, lq_err_msg_t *msg,
                                  lq_json_val_t at, const char *path);

/* lq_json_next moves IT to the next member or element, in the order of the text, duplicates
   included, and sets VAL to it and NAME (may be NULL) to the string that names it, LQ_JSON_ABSENT
   in an array. Returns false, with both unchanged, when there is no more. */
LQ_MUST_USE bool lq_json_next(const lq_json_t *doc, lq_json_val_t *name, lq_json_val_t *val,
                              lq_json_iter_t *it);

/* Where a stream of values stands: fixed in size whatever is fed. Content private. */
typedef struct lq_json_frame {
    lq_json_limits_t limits;
    uint64_t stream_sz; /* bytes consumed since the start */
    size_t value_sz;    /* bytes of the value that has begun, 0 between two */
    uint32_t depth;
    bool in_string;
    bool escaped; /* the last byte was a backslash that escapes the next */
} lq_json_frame_t;

/* lq_json_frame_init sets F to the start of a stream whose values obey LIMITS. */
void lq_json_frame_init(lq_json_frame_t *f, const lq_json_limits_t *limits);

/* lq_json_frame_feed reads on in the stream, the DATA_SZ bytes at DATA (NULL allowed for 0), until
   a value ends or DATA does. Sets USED to the bytes it has read and VALUE_SZ to the size of the
   value that ended with the last of them, 0 where none did: feed the rest next. Values are objects
   and arrays with any white space, or none, between; bytes may come in any pieces. The caller keeps
   them; a value is the VALUE_SZ bytes up to where reading stopped. Only its end is found:
   lq_json_parse checks it.
   On failure F is as it was, and the stream cannot be read on: no later value can be told apart.
   LQ_ERR_SYNTAX: what stands between two values is neither white space nor a bracket.
   LQ_ERR_TOO_LONG: a value above limits->text_max. LQ_ERR_RANGE: deeper than limits->depth_max.
   The earliest byte at fault counts, however the bytes were cut. */
LQ_MUST_USE lq_err_t lq_json_frame_feed(lq_json_frame_t *f, size_t *used, size_t *value_sz,
                                        lq_err_msg_t *msg, const char *data, size_t data_sz);

#endif
