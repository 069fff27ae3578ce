#ifndef LIQD_RPC_ENVELOPE_INTERNAL_H
#define LIQD_RPC_ENVELOPE_INTERNAL_H

/* JSON-RPC 2.0 as bytes, without state. What we write is minimal; what a node writes is held to the
   shape: an id that is a number, one of result and error, an error with an integer and a string.
   Members that we do not know, and a missing "jsonrpc", are let pass.
   @src https://www.jsonrpc.org/specification; geth rpc/json.go for notifications */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/err.h"
#include "liqd/codec/json.h"
#include "liqd/rpc/endpoint.h"

/* Bytes of a subscription's id; geth's has 34. */
#define LQ_ENVELOPE_SUB_MAX 128u

typedef enum lq_envelope_kind {
    LQ_ENVELOPE_RESULT, /* ID, VALUE */
    LQ_ENVELOPE_ERROR,  /* ID, CODE, MESSAGE, DATA */
    LQ_ENVELOPE_LOST, /* an error without an id (null, or none): CODE, MESSAGE, DATA. The node could
                         not read which request it refuses, or refuses them all */
    LQ_ENVELOPE_BROKEN, /* an answer to ID, of a wrong shape */
    LQ_ENVELOPE_NOTIFY, /* SUB, VALUE */
    LQ_ENVELOPE_ENDED, /* SUB: a notification with an error in place of a result: nothing follows */
    LQ_ENVELOPE_BATCH, /* VALUE: an array with one element at least */
    LQ_ENVELOPE_OTHER, /* none of these */
} lq_envelope_kind_t;

typedef struct lq_envelope {
    lq_envelope_kind_t kind;
    uint64_t id;
    lq_json_val_t value;
    int64_t code;
    lq_json_val_t message; /* a string */
    lq_json_val_t data;    /* LQ_JSON_ABSENT where there is none */
    const char *sub;       /* 1 to LQ_ENVELOPE_SUB_MAX bytes in the text, without escapes */
    size_t sub_sz;
} lq_envelope_t;

/* lq_envelope_read sets ENV to what AT is: a whole text, or an element of a batch. */
void lq_envelope_read(lq_envelope_t *env, const lq_json_t *doc, lq_json_val_t at);

/* lq_envelope_write writes a request for each of the ITEM_CNT ITEMS, with the ids from ID on, into
   OUT and sets *OUT_SZ; several as a batch. LQ_ERR_TOO_LONG: above OUT_MAX. */
LQ_MUST_USE lq_err_t lq_envelope_write(char *out, size_t *out_sz, size_t out_max, uint64_t id,
                                       const lq_rpc_item_t *items, size_t item_cnt);

#endif
