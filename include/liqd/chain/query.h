#ifndef LIQD_CHAIN_QUERY_H
#define LIQD_CHAIN_QUERY_H

/* Single questions to the nodes with typed answers: what a transaction came to, what others paid.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/chain/decode.h"
#include "liqd/chain/fees.h"
#include "liqd/rpc/pool.h"

/* Opaque. */
typedef struct lq_query lq_query_t;

/* Names one question; never used twice. 0 is none. */
typedef struct lq_query_id {
    uint64_t id;
} lq_query_id_t;

/* What came; valid during the call. ERR: LQ_ERR_TIMEOUT, LQ_ERR_REMOTE (refused everywhere), or
   what decoding the answer gave (LQ_ERR_RANGE also for the receipt of another transaction, or the
   fees of more blocks, than was asked for); the rest is void then. */
typedef struct lq_receipt_answer {
    lq_err_t err;
    uint32_t endpoint; /* that said so */
    bool found;        /* false: this node knows of no receipt, which another may */
    const lq_receipt_t *receipt;
    const lq_json_t *doc; /* where the receipt's logs stand, for lq_evm_log_decode */
    lq_json_val_t logs;   /* an array */
} lq_receipt_answer_t;

typedef struct lq_fee_answer {
    lq_err_t err;
    const lq_fee_history_t *history;
} lq_fee_answer_t;

/* Counters since the start; only ever rise. */
typedef struct lq_query_stat {
    uint64_t garbage_cnt; /* answers that did not decode, or to another question */
} lq_query_stat_t;

typedef void lq_receipt_fn_t(void *ctx, const lq_receipt_answer_t *answer);
typedef void lq_fee_fn_t(void *ctx, const lq_fee_answer_t *answer);

/* lq_query_new makes *Q for QUERY_MAX questions at once, each answered after TIMEOUT_NS at the
   latest. Borrows POOL and LOG, which gets a line for garbage. LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_query_new(lq_query_t **q, lq_arena_t *arena, lq_log_t *log, lq_pool_t *pool,
                                  size_t query_max, uint64_t timeout_ns);

/* lq_query_free cancels all and ends Q; NULL is allowed. Not from its callbacks. */
void lq_query_free(lq_query_t *q);

/* lq_query_receipt asks for the receipt of the transaction TX_HASH, of nodes that are known to have
   the block MIN_HEAD_BLK (0: any), and sets *ID. FN is called once with CTX, from a later turn of
   the loop. LQ_ERR_FULL: query_max are under way, or the pool is full. */
LQ_MUST_USE lq_err_t lq_query_receipt(lq_query_t *q, lq_query_id_t *id, const lq_hash_t *tx_hash,
                                      uint64_t min_head_blk, lq_receipt_fn_t *fn, void *ctx);

/* lq_query_fees asks for the fees of the last BLOCK_CNT blocks (1 to LQ_FEE_BLOCKS_MAX), the tips
   at each of the PERCENTILE_CNT PERCENTILES (0 to LQ_FEE_PERCENTILE_MAX of 0 to 100, rising).
   Otherwise like lq_query_receipt. LQ_ERR_INVAL: not so. */
LQ_MUST_USE lq_err_t lq_query_fees(lq_query_t *q, lq_query_id_t *id, size_t block_cnt,
                                   const uint8_t *percentiles, size_t percentile_cnt,
                                   lq_fee_fn_t *fn, void *ctx);

/* lq_query_cancel ends the question ID, whose callback never comes then. One that has ended is left
   alone. */
void lq_query_cancel(lq_query_t *q, lq_query_id_t id);

const lq_query_stat_t *lq_query_stat(const lq_query_t *q);

#endif
