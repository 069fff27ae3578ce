#ifndef LIQD_APP_DESK_H
#define LIQD_APP_DESK_H

/* The nodes, asked one question after the other by a command that waits for each answer. */

#include "liqd/app/config.h"
#include "liqd/chain/reads.h"
#include "liqd/codec/json.h"
#include "nodes.h"

#define LQ_DESK_CALL_MAX 4096u /* of one read */

/* Opaque. */
typedef struct lq_desk lq_desk_t;

/* lq_desk_open makes *DESK on NODES, which outlive it, as CONFIG and LOG do, with room for
   TIMER_CNT timers and MEMORY_SZ bytes of the caller's beside its own. LQ_ERR_NOMEM, LQ_ERR_IO;
   LQ_ERR_EMPTY: there is no node. _close takes NULL; what the caller has on its loop, pool and
   arena ends before.
 */
LQ_MUST_USE lq_err_t lq_desk_open(lq_desk_t **desk, lq_err_msg_t *msg, const lq_config_t *config,
                                  const lq_nodes_t *nodes, lq_log_t *log, size_t timer_cnt,
                                  size_t memory_sz);
void lq_desk_close(lq_desk_t *desk);

/* lq_desk_ask asks a node for METHOD with the JSON PARAMS and gives FN what it answers, within this
   call, whose result is then FN's. LQ_ERR_REMOTE: it is refused, LQ_ERR_TIMEOUT: nobody answers;
   MSG says what was said. */
typedef lq_err_t lq_desk_fn_t(void *ctx, lq_err_msg_t *msg, const lq_json_t *doc,
                              lq_json_val_t result);
LQ_MUST_USE lq_err_t lq_desk_ask(lq_desk_t *desk, lq_err_msg_t *msg, const char *method,
                                 const char *params, lq_desk_fn_t *fn, void *ctx);

/* lq_desk_block sets *OUT to the block TAG, such as "latest" or "0x0". */
LQ_MUST_USE lq_err_t lq_desk_block(lq_desk_t *desk, lq_err_msg_t *msg, lq_header_t *out,
                                   const char *tag);

/* lq_desk_read asks CALLS at BLOCK and gives FN all results, within this call. */
typedef void lq_desk_read_fn_t(void *ctx, const lq_read_answer_t *answer);
LQ_MUST_USE lq_err_t lq_desk_read(lq_desk_t *desk, lq_err_msg_t *msg, const lq_block_ref_t *block,
                                  const lq_calls_t *calls, lq_desk_read_fn_t *fn, void *ctx);

lq_loop_t *lq_desk_loop(lq_desk_t *desk);
lq_pool_t *lq_desk_pool(lq_desk_t *desk);
lq_arena_t *lq_desk_arena(lq_desk_t *desk);

#endif
