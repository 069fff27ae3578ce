#ifndef LIQD_CHAIN_SIMULATE_H
#define LIQD_CHAIN_SIMULATE_H

/* Transactions tried as if they stood in a block: by eth_simulateV1 where a node has it, which
   tells gas and logs and lets one stand behind the other; else by eth_call with overrides, which
   tells of the first alone whether it reverts. Which one a node has is found out once a connection,
   over HTTP once for all.
   Nothing is signed or sent. The block that is built on is named by its hash, or what a node says
   of its block's parent is compared with it: an answer is of that state, whatever is reorganised
   meanwhile, or there is none. Nor is one believed of a node that ignores overrides: eth_call goes
   with a second one that shows what it takes.

   What an account has to have for it is put in by state override: code, coin, storage. The slots of
   a token's balances and allowances are found (lq_simulate_slot) by what eth_createAccessList says
   the view reads, each proven by a call in which that slot says another number; where a node lacks
   it, by trying the layouts that are common. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/base/log.h"
#include "liqd/events.h"
#include "liqd/rpc/pool.h"

/* Opaque. Memory: for each of MAX questions input_max bytes, tx_max transactions of some 200 and 40
   KB of overrides; for the answer that is being given log_max logs of some 270 bytes and
   output_max; once the text of a request. */
typedef struct lq_simulate lq_simulate_t;

#define LQ_SIMULATE_OVERRIDE_MAX 64u  /* of one question */
#define LQ_SIMULATE_SLOT_MAX     512u /* of all its overrides together */
#define LQ_SIMULATE_AHEAD_MAX    256u /* blocks from the parent to the one that is asked for */

typedef struct lq_simulate_config {
    size_t max;          /* under way, 1 to 64 */
    size_t tx_max;       /* transactions of one, 1 to 256 */
    size_t input_max;    /* bytes of their inputs and of overridden code, together, to 2^24 */
    size_t log_max;      /* logs of one answer, to 2^20 */
    size_t output_max;   /* bytes of what they return and log, to 2^28 */
    uint64_t timeout_ns; /* of one request; a question takes two where nodes differ, a few more
                            where what they have is being found out */
} lq_simulate_config_t;

typedef struct lq_simulate_slot {
    lq_hash_t slot;
    lq_u256_t value;
} lq_simulate_slot_t;

/* What stands before an account's state. Borrowed during the call. */
typedef struct lq_simulate_override {
    lq_address_t address; /* of each one override */
    const uint8_t *code;  /* NULL: its own */
    size_t code_sz;
    bool has_balance;
    lq_wei_t balance;
    const lq_simulate_slot_t *slots; /* each once; others stay */
    size_t slot_cnt;
} lq_simulate_override_t;

typedef struct lq_simulate_tx {
    lq_address_t from;
    lq_address_t to;
    const uint8_t *input;
    size_t input_sz;
    lq_wei_t value_wei;
    uint64_t gas_limit;
    lq_wei_t max_fee_wei; /* base fee and tip are taken of FROM's balance; where that of each sender
                             is put in by override, all of a block's rules hold for them */
    lq_wei_t tip_wei;
} lq_simulate_tx_t;

typedef struct lq_simulate_ask {
    lq_block_ref_t parent; /* on the state behind this block */
    lq_header_t block; /* of the block they stand in: number, timestamp_sec, base_fee_wei, miner,
                          gas_limit count. Where it is not the parent's child, some clients take 12
                          s for each block in between and refuse an earlier time */
    const lq_simulate_override_t *overrides;
    size_t override_cnt;
    const lq_simulate_tx_t *txs;
    size_t tx_cnt;
} lq_simulate_ask_t;

typedef struct lq_simulate_result {
    bool known;   /* eth_call: of the first alone */
    bool ok;      /* false: it reverts, and data is the revert's; by eth_call also where the node
                     has not the gas for it */
    uint32_t gas; /* units used; 0: not known */
    const uint8_t *data;
    size_t data_sz;
    bool has_logs;
    const lq_evm_log_t *logs; /* block, tx_hash, tx_idx and log_idx mean nothing */
    size_t log_cnt;
} lq_simulate_result_t;

/* What came; valid during the call. ERR: LQ_ERR_TIMEOUT, LQ_ERR_NOT_FOUND (no node has the block's
   state any more: pruned, or reorganised), LQ_ERR_REMOTE (refused; WHY in a node's words),
   LQ_ERR_TOO_LONG (log_max, output_max), LQ_ERR_SYNTAX (no node's answer can be believed; WHY),
   LQ_ERR_FULL (the pool, for what had to be asked next). */
typedef struct lq_simulate_answer {
    uint64_t id;
    lq_err_t err;
    const char *why; /* "" where ERR says all */
    bool by_call;    /* eth_call, no node has eth_simulateV1 */
    bool in_parent;  /* by_call, and no overrides of the block: number and time were the parent's */
    const lq_simulate_result_t *results; /* tx_cnt of them */
    size_t result_cnt;
} lq_simulate_answer_t;
typedef void lq_simulate_fn_t(void *ctx, const lq_simulate_answer_t *answer);

/* lq_simulate_new makes *S; answers to FN with CTX, from later turns of the loop. Borrows LOG and
   POOL. LQ_ERR_NOMEM, LQ_ERR_RANGE. lq_simulate_free cancels all; NULL is allowed; not from a
   callback. */
LQ_MUST_USE lq_err_t lq_simulate_new(lq_simulate_t **s, lq_arena_t *arena, lq_log_t *log,
                                     lq_pool_t *pool, const lq_simulate_config_t *config,
                                     lq_simulate_fn_t *fn, void *ctx);
void lq_simulate_free(lq_simulate_t *s);

/* lq_simulate_ask asks what ASK (copied) would come to; ID comes back. LQ_ERR_FULL: max, tx_max,
   input_max, too many overrides or slots, or the pool; LQ_ERR_TOO_LONG: no endpoint can send so
   much; LQ_ERR_EXISTS: ID is under way; LQ_ERR_INVAL: no transactions, a block that is not behind
   its parent, by LQ_SIMULATE_AHEAD_MAX at most, or two overrides of an account. */
LQ_MUST_USE lq_err_t lq_simulate_ask(lq_simulate_t *s, uint64_t id, const lq_simulate_ask_t *ask);

/* The slot that a token keeps a number in: what HOLDER has, or what SPENDER may take of it (all
   zero: the balance). */
typedef struct lq_simulate_place {
    lq_address_t token;
    lq_address_t holder;
    lq_address_t spender;
} lq_simulate_place_t;

/* What came: CONTRACT, the token itself or another that it keeps its books in, has SLOT, whose word
   is the number; shown with one of 96 bits, as more does not fit the narrowest balances. Valid
   during the call. ERR: LQ_ERR_EMPTY: no slot is (a number that is computed, as of a rebasing
   token); else as above. */
typedef struct lq_simulate_place_answer {
    lq_err_t err;
    lq_simulate_place_t place;
    lq_address_t contract;
    lq_hash_t slot;
} lq_simulate_place_answer_t;
typedef void lq_simulate_place_fn_t(void *ctx, const lq_simulate_place_answer_t *answer);

/* lq_simulate_slot asks for the slot of PLACE at the state of BLOCK. One at a time (LQ_ERR_FULL);
   FN once, from a later turn. */
LQ_MUST_USE lq_err_t lq_simulate_slot(lq_simulate_t *s, const lq_simulate_place_t *place,
                                      const lq_block_ref_t *block, lq_simulate_place_fn_t *fn,
                                      void *ctx);

/* What a transaction that was mined paid to who made its block. */
typedef struct lq_simulate_paid {
    lq_err_t err;     /* LQ_ERR_NOT_FOUND: not in that block, or no node tells; else as above */
    lq_wei_t tip_wei; /* priority fee per gas, from the receipt */
    uint32_t gas;
    bool has_payment; /* a node traces (debug_traceTransaction, callTracer) and has the state */
    lq_wei_t
        payment_wei; /* sent to the fee recipient directly, by calls that were not taken back */
} lq_simulate_paid_t;
typedef void lq_simulate_paid_fn_t(void *ctx, uint64_t id, const lq_simulate_paid_t *paid);

/* lq_simulate_paid asks what TX_HASH of BLOCK paid. Up to `max` at once (LQ_ERR_FULL). */
LQ_MUST_USE lq_err_t lq_simulate_paid(lq_simulate_t *s, uint64_t id, const lq_hash_t *tx_hash,
                                      const lq_header_t *block, lq_simulate_paid_fn_t *fn,
                                      void *ctx);

#endif
