#ifndef LIQD_CODEC_CALLS_H
#define LIQD_CODEC_CALLS_H

/* Calls of contracts, gathered for one batched read, and what such a read is about. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/events.h"

/* A list of calls in memory that the caller lends. */
typedef struct lq_calls {
    lq_read_call_t *calls; /* call_max of them; each input points into data */
    size_t call_max;
    size_t call_cnt;
    uint8_t *data;
    size_t data_max;
    size_t data_sz;
} lq_calls_t;

/* lq_calls_add appends a call of TO with room for INPUT_SZ bytes and sets *INPUT to that room, for
   the caller to fill (a generated encoder writes there). LQ_ERR_FULL: no room; nothing changes. */
LQ_MUST_USE lq_err_t lq_calls_add(lq_calls_t *calls, uint8_t **input, const lq_address_t *to,
                                  size_t input_sz);

/* lq_calls_add_view appends a call of TO's view without arguments. LQ_ERR_FULL as above. */
LQ_MUST_USE lq_err_t lq_calls_add_view(lq_calls_t *calls, const lq_address_t *to,
                                       uint32_t selector);

/* What one read is about, in the words of the module that wants it: a reserve, an oracle, an
   account. Kinds are the module's own, from 1; 0 is none. */
typedef struct lq_subject {
    uint32_t kind;
    uint32_t index;
} lq_subject_t;

#endif
