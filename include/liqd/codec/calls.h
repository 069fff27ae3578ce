#ifndef LIQD_CODEC_CALLS_H
#define LIQD_CODEC_CALLS_H

/* Calls of contracts, gathered for one batched read, what such a read is about, and what an audit
   makes of its answers. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/events.h"
#include "liqd/num/u256.h"

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

/* What an audit compares, each with its name for the log: what a contract's views give for one
   account, market or pool. The first OWN_CNT are its own, alone or made of it and what it shares
   with others; those behind are of what it shares alone, which no read of it mends. */
#define LQ_AUDIT_VALUE_MAX 12
typedef struct lq_audit {
    size_t cnt;
    size_t own_cnt;
    const char *names[LQ_AUDIT_VALUE_MAX]; /* static */
    lq_u256_t values[LQ_AUDIT_VALUE_MAX];
} lq_audit_t;

#endif
