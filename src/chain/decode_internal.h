#ifndef LQ_CHAIN_DECODE_INTERNAL_H
#define LQ_CHAIN_DECODE_INTERNAL_H

/* What the decoders of this layer share. */

#include "liqd/codec/json.h"
#include "liqd/events.h"
#include "liqd/num/amount.h"

/* Takes fields one after the other: the first failure stays, and what follows does nothing. */
typedef struct reader {
    const lq_json_t *doc;
    lq_err_msg_t *msg;
    lq_err_t err;
} reader_t;

static LQ_ALWAYS_INLINE bool is_there(lq_json_val_t v)
{
    return lq_json_kind(v) > LQ_JSON_KIND_NULL;
}

/* Keeps ERR of value V. A getter calls null malformed; here it is missing. */
static LQ_ALWAYS_INLINE void keep(reader_t *r, lq_err_t err, lq_json_val_t v)
{
    if (LQ_UNLIKELY(err))
        r->err = is_there(v) ? err : LQ_ERR_NOT_FOUND;
}

static LQ_ALWAYS_INLINE void take_data(reader_t *r, uint8_t *out, size_t out_sz, lq_json_val_t v)
{
    if (LQ_LIKELY(!r->err))
        keep(r, lq_json_get_data(r->doc, out, out_sz, r->msg, v, NULL), v);
}

static LQ_ALWAYS_INLINE void take_u64(reader_t *r, uint64_t *out, lq_json_val_t v)
{
    if (LQ_LIKELY(!r->err))
        keep(r, lq_json_get_qty_u64(r->doc, out, r->msg, v, NULL), v);
}

static LQ_ALWAYS_INLINE void take_wei(reader_t *r, lq_wei_t *out, lq_json_val_t v)
{
    if (LQ_LIKELY(!r->err))
        keep(r, lq_json_get_qty_u256(r->doc, &out->raw, r->msg, v, NULL), v);
}

/* lq_decode_topics takes the array V as the topics of OUT. */
void lq_decode_topics(reader_t *r, lq_evm_log_t *out, lq_json_val_t v);

#endif
