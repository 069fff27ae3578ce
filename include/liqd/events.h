#ifndef LIQD_EVENTS_H
#define LIQD_EVENTS_H

/* What the world tells the engine: plain structs, made by chain, by replay and by simulation alike.

   Blocks form a stack. The stream of events obeys, whatever nodes and networks do:

   - HEAD(b) puts block b on top: b.parent is the block below it (the first HEAD of all starts the
     stack). The header is known, its logs may still come.
   - LOG(l) is a log of the block on top, or of the next block before its HEAD has come:
   provisional, in rising log_idx within the block, each once. Only logs of the watched filter are
   given.
   - BLOCK(b) says that b is anchored: all its watched logs have been given. Given once for each
     block that stays, from the bottom up, each after that block's HEAD; blocks above may already
     have had their HEAD and LOGs.
   - UNDONE(b) takes the block on top away with its HEAD, its LOGs and its BLOCK, as far as they
   were given. A block whose logs turned out wrong or incomplete is undone too, and given again.
   - BROKEN says that the chain left the stack by more than the window: nothing given so far counts
     any more. What follows starts anew with a HEAD, on top of nothing.

   The others stand outside the stack. Fees are asked for: chain/query.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/clock.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/num/amount.h"

typedef struct lq_block_ref {
    uint64_t number;
    lq_hash_t hash;
} lq_block_ref_t;

#define LQ_BLOOM_SZ 256

/* The part of a block's header that anything here looks at. Absent fields of older forks and of
   L2s are 0. */
typedef struct lq_header {
    lq_block_ref_t block;
    lq_hash_t parent_hash;
    uint64_t timestamp_sec;
    uint64_t gas_limit;
    uint64_t gas_used;
    lq_wei_t base_fee_wei;
    lq_address_t miner; /* fee recipient */
    uint8_t logs_bloom[LQ_BLOOM_SZ];
} lq_header_t;

#define LQ_TOPIC_MAX 4

/* A log as eth_getLogs gives it; not lq_log_t, which is where we write our own lines. */
typedef struct lq_evm_log {
    lq_block_ref_t block;
    lq_hash_t tx_hash;
    uint32_t tx_idx;
    uint32_t log_idx; /* within the block */
    lq_address_t address;
    uint32_t topic_cnt; /* 0 to LQ_TOPIC_MAX */
    lq_hash_t topics[LQ_TOPIC_MAX];
    const uint8_t *data; /* borrowed for the call */
    size_t data_sz;
} lq_evm_log_t;

/* A transaction that waits in some node's pool. */
typedef struct lq_pending_tx {
    lq_hash_t hash;
    lq_address_t from;
    lq_address_t to; /* all zero where it creates a contract */
    bool creates;
    uint8_t type; /* EIP-2718 */
    uint64_t nonce;
    uint64_t gas_limit;
    lq_wei_t value_wei;
    lq_wei_t max_fee_wei;          /* gas price of types 0 and 1 */
    lq_wei_t max_priority_fee_wei; /* the same there */
    const uint8_t *input;          /* borrowed for the call */
    size_t input_sz;
} lq_pending_tx_t;

/* One call of a batched read. */
typedef struct lq_read_call {
    lq_address_t to;
    const uint8_t *input;
    size_t input_sz;
} lq_read_call_t;

/* What one call of a batched read answered. */
typedef struct lq_read_result {
    bool ok;             /* false: it reverted, and data is the revert's */
    const uint8_t *data; /* borrowed for the call */
    size_t data_sz;
} lq_read_result_t;

/* The answer to a batched read, all of it at one block. */
typedef struct lq_read_answer {
    uint64_t id;          /* as the caller chose it */
    lq_err_t err;         /* LQ_OK, or why there are no results */
    lq_block_ref_t block; /* that it was read at */
    const lq_read_result_t *results;
    size_t result_cnt;
} lq_read_answer_t;

/* A log of the past, found by a search (engine.h, LQ_ACTION_SEARCH), and how far the search is. */
typedef struct lq_found {
    uint32_t instance; /* whose search it is */
    const lq_evm_log_t *log;
} lq_found_t;

typedef struct lq_searched {
    uint32_t instance;
    uint64_t next_blk; /* the logs of all blocks below it have come */
    bool done;         /* and there are no others */
} lq_searched_t;

/* What an operator tells a running daemon. */
typedef enum lq_command_kind {
    LQ_COMMAND_PAUSE,   /* nothing is sent until RESUME */
    LQ_COMMAND_RESUME,  /* and breakers that wait for an operator let go */
    LQ_COMMAND_RESTART, /* a market that audits have stopped */
    LQ_COMMAND_CNT,
} lq_command_kind_t;

typedef struct lq_command {
    lq_command_kind_t kind;
    uint32_t instance; /* RESTART */
} lq_command_t;

/* How much of a token we may spend: the senders' balance and allowance, the smaller of both, or
   what a dry run takes for it. A token of all zeros is the chain's coin, which gas is paid in. */
typedef struct lq_funds {
    lq_address_t token;
    lq_u256_t amount;
} lq_funds_t;

/* What became of a transaction that the engine asked for (engine.h, LQ_ACTION_TAKE). One ends with
   one of these, SENT apart; MINED, WON and REVERTED are followed by FINAL, or by UNMINED where a
   reorg takes them back. */
typedef enum lq_outcome_kind {
    LQ_OUTCOME_SENT,
    LQ_OUTCOME_REFUSED, /* by the simulation, the signer's policy, or everybody it was sent to */
    LQ_OUTCOME_SIMULATION_REVERTED,
    LQ_OUTCOME_MINED,
    LQ_OUTCOME_WON, /* MINED, in a dry run: it would have been. The account is as it was, and
                       nothing is asked for it again until it can no longer be liquidated */
    LQ_OUTCOME_REVERTED,
    LQ_OUTCOME_UNMINED,
    LQ_OUTCOME_EXPIRED,
    LQ_OUTCOME_CANCELLED,
    LQ_OUTCOME_FINAL, /* a second time, with the receipt's figures, when that cannot change */
    LQ_OUTCOME_CNT,
} lq_outcome_kind_t;

typedef struct lq_outcome {
    uint64_t intent; /* the engine's number of it */
    lq_outcome_kind_t kind;
    uint32_t gas;           /* MINED, WON, REVERTED, FINAL: units used, of all its transactions */
    lq_wei_t gas_price_wei; /* the same: paid per gas */
    lq_wei_t bid_wei;       /* the same: paid beside that */
    lq_u256_t repaid;       /* MINED, WON, FINAL: of the debt token, as its logs tell */
    lq_u256_t seized;       /* the same, of the collateral token */
} lq_outcome_t;

typedef enum lq_event_kind {
    LQ_EVENT_HEAD,
    LQ_EVENT_LOG,
    LQ_EVENT_BLOCK,
    LQ_EVENT_UNDONE,
    LQ_EVENT_BROKEN,
    LQ_EVENT_PENDING,
    LQ_EVENT_READ,
    LQ_EVENT_BEGIN,  /* begin at this block, from nothing or with the accounts known */
    LQ_EVENT_RESUME, /* go on from the snapshot that was loaded */
    LQ_EVENT_FOUND,
    LQ_EVENT_SEARCHED,
    LQ_EVENT_TIMER, /* time has passed: about once a second, also while the chain stands still */
    LQ_EVENT_COMMAND,
    LQ_EVENT_FUNDS,
    LQ_EVENT_OUTCOME,
    LQ_EVENT_GO_ON, /* what the events before left to be decided (lq_engine_is_choosing) */
    LQ_EVENT_CNT,
} lq_event_kind_t;

typedef struct lq_event {
    lq_event_kind_t kind;
    lq_time_t time; /* when its bytes had been received */
    union {
        const lq_header_t *head;        /* HEAD, BEGIN */
        const lq_evm_log_t *log;        /* LOG */
        lq_block_ref_t block;           /* BLOCK, UNDONE */
        const lq_pending_tx_t *pending; /* PENDING */
        const lq_read_answer_t *read;   /* READ */
        lq_found_t found;               /* FOUND */
        lq_searched_t searched;         /* SEARCHED */
        lq_command_t command;           /* COMMAND */
        const lq_funds_t *funds;        /* FUNDS */
        const lq_outcome_t *outcome;    /* OUTCOME */
    } as;
} lq_event_t;

/* lq_event_fn_t takes one event. What EVENT points to is valid during the call. */
typedef void lq_event_fn_t(void *ctx, const lq_event_t *event);

#endif
