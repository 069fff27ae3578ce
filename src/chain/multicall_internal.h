#ifndef LQ_CHAIN_MULTICALL_INTERNAL_H
#define LQ_CHAIN_MULTICALL_INTERNAL_H

/* The pure half of reads.h: what is asked next, how it is written, how its answer is read. */

#include "liqd/chain/reads.h"
#include "liqd/codec/abi.h"

/* What is to be done with a call. */
typedef enum lq_multicall_state {
    LQ_MULTICALL_TOGETHER, /* to be asked by aggregate3 */
    LQ_MULTICALL_ALONE,    /* to be asked by an eth_call of its own */
    LQ_MULTICALL_DONE,
} lq_multicall_state_t;

/* Which calls go into the next request. Calls that are asked together come first. */
typedef struct lq_multicall_plan {
    uint8_t *states; /* lq_multicall_state_t of each call */
    size_t call_cnt;
    size_t chunk_max; /* calls of one request, now */
    size_t from, to;  /* the request: the calls from FROM to TO (exclusive) of state STATE */
    size_t cnt;       /* so many of them */
    lq_multicall_state_t state;
} lq_multicall_plan_t;

/* lq_multicall_plan_init plans CALL_CNT calls, whose STATES it borrows, at most CHUNK_MAX (1 or
   more) in a request; TOGETHER where there is a multicall contract. */
void lq_multicall_plan_init(lq_multicall_plan_t *plan, uint8_t *states, size_t call_cnt,
                            size_t chunk_max, bool together);

/* lq_multicall_plan_next chooses the next request; false where all calls are done. Until something
   is marked or halved it chooses the same. One call is never asked together; a request of calls
   asked alone is a batch of at most LQ_RPC_ITEM_MAX. */
bool lq_multicall_plan_next(lq_multicall_plan_t *plan);

/* lq_multicall_plan_has tells whether call I is of the request. */
static inline bool lq_multicall_plan_has(const lq_multicall_plan_t *plan, size_t i)
{
    return i >= plan->from && i < plan->to && plan->states[i] == plan->state;
}

/* lq_multicall_plan_halve makes requests half as large as the last one; false where that had one
   call. */
bool lq_multicall_plan_halve(lq_multicall_plan_t *plan);

/* lq_multicall_plan_split has all that is not done asked alone. */
void lq_multicall_plan_split(lq_multicall_plan_t *plan);

/* lq_multicall_calldata_max returns how much calldata aggregate3 takes at most for CALL_CNT calls
   with INPUT_SZ bytes of calldata in all, and lq_multicall_answer_max its answer with OUTPUT_SZ
   bytes of results. */
size_t lq_multicall_calldata_max(size_t call_cnt, size_t input_sz);
size_t lq_multicall_answer_max(size_t call_cnt, size_t output_sz);

/* lq_multicall_params writes the parameters of an eth_call of TO with DATA at the block HASH, which
   must be canonical, into OUT, which has room for lq_multicall_params_max(DATA_SZ); returns their
   size. GAS of 0 is left out. */
size_t lq_multicall_params_max(size_t data_sz);
size_t lq_multicall_params(char *out, const lq_address_t *to, const uint8_t *data, size_t data_sz,
                           uint64_t gas, const lq_hash_t *hash);

/* lq_multicall_type sets *TYPE to that of aggregate3's answer. */
void lq_multicall_type(lq_abi_type_t *type);

/* lq_multicall_decode reads aggregate3's answer to CNT calls. Results point into DATA. VALS has
   room for 1 + 2 CNT. LQ_ERR_SYNTAX: malformed, another number of results, or results that have
   more bytes than the answer; then OUT is unchanged. */
LQ_MUST_USE lq_err_t lq_multicall_decode(lq_read_result_t *out, lq_abi_val_t *vals,
                                         lq_err_msg_t *msg, const lq_abi_type_t *type,
                                         const uint8_t *data, size_t data_sz, size_t cnt);

#endif
