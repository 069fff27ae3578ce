#ifndef LIQD_CHAIN_READS_H
#define LIQD_CHAIN_READS_H

/* Many calls of contracts, answered at one block: through Multicall3's aggregate3 where the chain
   has it, else as a JSON-RPC batch of eth_call. Always by block hash (EIP-1898 with
   requireCanonical), so that what is read is of that block or not at all; pruned nodes keep the
   state of about 128 blocks.

   Each call may fail on its own. One that fails with no data among others may have lacked the gas
   that those had used: it is asked once more by itself, and only what it says then counts.

   Memory: for each of read_max reads call_max calls of about 90 bytes, input_max and output_max. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/events.h"
#include "liqd/rpc/pool.h"

/* Opaque. */
typedef struct lq_reads lq_reads_t;

typedef struct lq_reads_config {
    lq_address_t multicall; /* all zero: there is none */
    size_t read_max;        /* reads under way, 1 to 256 */
    size_t call_max;        /* calls of one read */
    size_t input_max;       /* bytes of calldata of one read */
    size_t output_max;      /* bytes of results of one read */
    size_t chunk_call_max;  /* calls of one request; halved for the rest of a read when a node finds
                               it too much */
    uint64_t gas_per_request; /* of an eth_call; 0: the node's own */
    uint64_t timeout_ns;      /* of one request; a read takes as many as it has chunks, and one more
                                 for each time that these are halved */
} lq_reads_config_t;

/* Counters since the start; only ever rise. */
typedef struct lq_reads_stat {
    uint64_t read_cnt;
    uint64_t failed_cnt; /* reads that ended without results */
    uint64_t request_cnt;
    uint64_t halved_cnt;  /* requests that were too much for a node */
    uint64_t garbage_cnt; /* answers that did not decode */
} lq_reads_stat_t;

/* lq_reads_new makes *R. Answers are READ events to EVENT with CTX, from later turns of the loop.
   LQ_ERR_NOMEM; LQ_ERR_RANGE: read_max, or call_max or chunk_call_max is 0, or sizes beyond 2^20
   calls and 2^28 bytes. */
LQ_MUST_USE lq_err_t lq_reads_new(lq_reads_t **r, lq_arena_t *arena, lq_loop_t *loop, lq_log_t *log,
                                  lq_pool_t *pool, const lq_reads_config_t *config,
                                  lq_event_fn_t *event, void *ctx);
/* lq_reads_free cancels all and ends R; NULL is allowed. Not from EVENT. */
void lq_reads_free(lq_reads_t *r);

/* lq_reads_submit asks for the CALL_CNT calls (copied) at BLOCK; ID comes back in the answer, which
   comes once: all results of that block, or err: LQ_ERR_TIMEOUT (also where no endpoint has shown a
   head as high, see lq_pool_note_head), LQ_ERR_NOT_FOUND (no endpoint has the block or its state,
   or it is not canonical any more), LQ_ERR_TOO_LONG (output_max; a call that no endpoint can send),
   LQ_ERR_REMOTE. A call that reverts is a result; one that runs out of gas all alone ends the read.
   LQ_ERR_FULL: read_max, call_max, input_max or the pool; LQ_ERR_TOO_LONG: no endpoint can send
   one of the calls; LQ_ERR_EXISTS: ID is under way; LQ_ERR_INVAL: no calls. Then nothing is asked.
 */
LQ_MUST_USE lq_err_t lq_reads_submit(lq_reads_t *r, uint64_t id, const lq_block_ref_t *block,
                                     const lq_read_call_t *calls, size_t call_cnt);

/* lq_reads_cancel ends the read ID: no answer comes. */
void lq_reads_cancel(lq_reads_t *r, uint64_t id);

const lq_reads_stat_t *lq_reads_stat(const lq_reads_t *r);

#endif
