#ifndef LQ_CHAIN_HOLD_INTERNAL_H
#define LQ_CHAIN_HOLD_INTERNAL_H

/* Answers of a backfill, decoded, until it is their turn: one stretch of memory, each answer's logs
   one behind the other, then their order. An answer is written behind the last one; where that does
   not fit, what was taken out between is closed up first. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/codec/json.h"
#include "liqd/events.h"

#define LQ_HOLD_PART_MAX 64u

/* One answer. */
typedef struct lq_hold_part {
    size_t at, sz;
    size_t order_at; /* from AT: ROW_CNT offsets in units of 8 bytes */
    size_t row_cnt;
    uint32_t id;
} lq_hold_part_t;

/* Private fields. */
typedef struct lq_hold {
    uint8_t *mem;
    size_t max;
    size_t live_sz;                         /* of the parts */
    lq_hold_part_t parts[LQ_HOLD_PART_MAX]; /* by place */
    size_t part_cnt;
    lq_hold_part_t open; /* being written */
} lq_hold_t;

/* lq_hold_init reserves MAX bytes. LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_hold_init(lq_hold_t *h, lq_arena_t *arena, size_t max);

/* lq_hold_begin opens a part, in place of one that was not ended. */
void lq_hold_begin(lq_hold_t *h);

/* lq_hold_add decodes the log AT into the open part and sets *LOG to it, valid until the next call.
   LQ_ERR_FULL: no room; else as lq_evm_log_decode. */
LQ_MUST_USE lq_err_t lq_hold_add(lq_hold_t *h, const lq_evm_log_t **log, bool *removed,
                                 lq_err_msg_t *msg, const lq_json_t *doc, lq_json_val_t at);

/* lq_hold_undo takes the log back that was added last. */
void lq_hold_undo(lq_hold_t *h, const lq_evm_log_t *log);

/* lq_hold_sort puts the open part's logs in order by block and index and looks whether they can
   stand together. LQ_ERR_FULL: no room for the order; LQ_ERR_EXISTS: two logs of one index, blocks
   of one number and two hashes, or transactions out of order. */
LQ_MUST_USE lq_err_t lq_hold_sort(lq_hold_t *h, lq_err_msg_t *msg);

/* lq_hold_end keeps the open part, sorted, as ID, and returns its bytes. */
size_t lq_hold_end(lq_hold_t *h, uint32_t id);

/* lq_hold_drop forgets ID. */
void lq_hold_drop(lq_hold_t *h, uint32_t id);

/* lq_hold_log returns log IDX, in order, of ID, NULL behind the last; valid until the hold changes.
 */
const lq_evm_log_t *lq_hold_log(lq_hold_t *h, uint32_t id, size_t idx);

/* lq_hold_free_sz returns how many bytes no part takes. */
size_t lq_hold_free_sz(const lq_hold_t *h);

#endif
