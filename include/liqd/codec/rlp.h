#ifndef LIQD_CODEC_RLP_H
#define LIQD_CODEC_RLP_H

/* Recursive Length Prefix: items are byte strings or lists of items; integers are byte strings, big
   endian, without leading zeros. @src yellow paper, appendix B

   Each value has exactly one encoding here. The reader refuses every other: a length that is not in
   its shortest form or has leading zeros, a byte below 0x80 behind a header, an item that reaches
   beyond the list it stands in, an integer with leading zeros, bytes after the end. So whatever it
   accepts, the writer writes again to the same bytes. Neither allocates nor recurses. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/num/u256.h"

/* A writer of items, first to last, into a buffer of the caller's. Its fields are rlp.c's own. */
typedef struct lq_rlp_writer {
    uint8_t *out;
    size_t out_max;
    size_t sz;       /* bytes so far, those that did not fit included */
    size_t open_cnt; /* lists begun and not ended */
} lq_rlp_writer_t;

/* lq_rlp_writer_init has W write to the OUT_MAX bytes at OUT, whose content is undefined until
   lq_rlp_writer_final succeeds. OUT may be NULL where OUT_MAX is 0: W then counts. */
void lq_rlp_writer_init(lq_rlp_writer_t *w, uint8_t *out, size_t out_max);

/* lq_rlp_put_bytes appends the SZ bytes at DATA as one item. DATA may be NULL where SZ is 0. */
void lq_rlp_put_bytes(lq_rlp_writer_t *w, const uint8_t *data, size_t sz);

/* lq_rlp_put_u64 appends the integer V; zero is the empty string. */
void lq_rlp_put_u64(lq_rlp_writer_t *w, uint64_t v);

/* lq_rlp_put_u256 appends the integer V; zero is the empty string. */
void lq_rlp_put_u256(lq_rlp_writer_t *w, const lq_u256_t *v);

/* lq_rlp_put_list begins a list: items up to lq_rlp_put_list_end belong to it. Returns what that
   wants. Lists nest as deep as the caller likes and end in the reverse order. */
LQ_MUST_USE size_t lq_rlp_put_list(lq_rlp_writer_t *w);

/* lq_rlp_put_list_end ends the list for which lq_rlp_put_list returned LIST. Costs a memmove of its
   content where that is longer than 55 bytes. */
void lq_rlp_put_list_end(lq_rlp_writer_t *w, size_t list);

/* lq_rlp_writer_final sets SZ to the bytes written. LQ_ERR_FULL: more than OUT_MAX were needed, as
   MSG (may be NULL) says. An open list is a bug of the caller's. */
LQ_MUST_USE lq_err_t lq_rlp_writer_final(const lq_rlp_writer_t *w, size_t *sz, lq_err_msg_t *msg);

/* lq_rlp_writer_sz returns the bytes needed so far, whether or not they fit. */
static inline size_t lq_rlp_writer_sz(const lq_rlp_writer_t *w)
{
    return w->sz;
}

#define LQ_RLP_HEADER_MAX 9 /* bytes before an item's content: one, and a length of eight */

/* lq_rlp_list_header writes the header of a list whose items have SZ bytes to OUT and returns its
   size, for who puts a list together from bytes that are written already. */
size_t lq_rlp_list_header(uint8_t out[LQ_RLP_HEADER_MAX], size_t sz);

/* A cursor over the items of a list or of the whole input, which it borrows: both must outlive it.
   Plain value: copy it to come back. Its fields are rlp.c's own. */
typedef struct lq_rlp_reader {
    const uint8_t *data; /* the whole input, also for a list inside it */
    size_t at;           /* offset of the next item */
    size_t end;          /* offset where the items end */
    lq_err_msg_t *msg;
} lq_rlp_reader_t;

/* lq_rlp_reader_init sets R before the first item of the SZ bytes at DATA. MSG (may be NULL) must
   outlive R: a failure of R, or of a list read from it, says there what is wrong and at which
   offset from DATA. DATA may be NULL where SZ is 0. */
void lq_rlp_reader_init(lq_rlp_reader_t *r, lq_err_msg_t *msg, const uint8_t *data, size_t sz);

/* Each lq_rlp_get_* reads the next item and moves R past it; on failure R stays, and outputs are
   unchanged. LQ_ERR_SYNTAX: malformed, or no item of that kind. LQ_ERR_EMPTY: no item left. */

/* lq_rlp_get_bytes points DATA at the SZ bytes of a string, inside the input. */
LQ_MUST_USE lq_err_t lq_rlp_get_bytes(lq_rlp_reader_t *r, const uint8_t **data, size_t *sz);

/* lq_rlp_get_u64 reads an integer. LQ_ERR_RANGE: 2^64 or more. */
LQ_MUST_USE lq_err_t lq_rlp_get_u64(lq_rlp_reader_t *r, uint64_t *v);

/* lq_rlp_get_u256 reads an integer. LQ_ERR_RANGE: 2^256 or more. */
LQ_MUST_USE lq_err_t lq_rlp_get_u256(lq_rlp_reader_t *r, lq_u256_t *v);

/* lq_rlp_get_list sets LIST before the first item of a list. The items are judged when they are
   read from LIST, not before: read them all and end with lq_rlp_get_end. LIST may be R itself,
   where the caller does not come back. */
LQ_MUST_USE lq_err_t lq_rlp_get_list(lq_rlp_reader_t *r, lq_rlp_reader_t *list);

/* lq_rlp_get_end succeeds where no item is left. LQ_ERR_SYNTAX: one is. */
LQ_MUST_USE lq_err_t lq_rlp_get_end(const lq_rlp_reader_t *r);

/* lq_rlp_reader_at returns the offset of the next item from the beginning of the whole input. */
static inline size_t lq_rlp_reader_at(const lq_rlp_reader_t *r)
{
    return r->at;
}

/* lq_rlp_has_item tells whether there is a next item; it may be malformed. */
static inline bool lq_rlp_has_item(const lq_rlp_reader_t *r)
{
    return r->at < r->end;
}

/* lq_rlp_has_list tells whether the next item is a list; it may be malformed. */
static inline bool lq_rlp_has_list(const lq_rlp_reader_t *r)
{
    return lq_rlp_has_item(r) && r->data[r->at] >= 0xc0;
}

#endif
