#ifndef LIQD_RECORD_TX_RECORD_H
#define LIQD_RECORD_TX_RECORD_H

/* What is kept of transactions, before its effect leaves the process: the write points of the
   transaction manager (exec/tx_manager.h), and what an operator wants to know later. They go to the
   write-ahead log (wal.h), and from there into the journal (journal.h), in the order of coming.

   Plain structs and their bytes: little-endian, no padding, varints where numbers are mostly small,
   as in code.h. What decodes encodes to what it was. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/decide/gain.h"
#include "liqd/decide/money.h"
#include "liqd/decide/reason.h"
#include "liqd/decide/sizing.h"
#include "liqd/events.h"

#define LQ_TX_RECORD_NAME_SZ   33u  /* of a market, of a way to send; NUL included */
#define LQ_TX_RECORD_TEXT_SZ   257u /* of a node's words, of a reason; NUL included */
#define LQ_TX_RECORD_TOKEN_MAX 8u   /* that one intent moves */
#define LQ_TX_RAW_MAX          65536u

/* What a transaction is for. */
typedef enum lq_tx_use {
    LQ_TX_USE_LIQUIDATE,
    LQ_TX_USE_CANCEL, /* of no value, to the sender itself */
    LQ_TX_USE_APPROVE,
    LQ_TX_USE_DEPLOY,
    LQ_TX_USE_SWAP,  /* what was seized, into what debts are repaid with */
    LQ_TX_USE_SWEEP, /* to the cold address */
    LQ_TX_USE_CNT,
} lq_tx_use_t;

/* Where a nonce of a sender stands. A reorg takes MINED, REVERTED and LOST back to SENT. */
typedef enum lq_tx_state {
    LQ_TX_RESERVED, /* nothing was sent yet */
    LQ_TX_SENT,
    LQ_TX_CANCELLING, /* it may be mined still, or the cancellation in its place */
    LQ_TX_EXPIRED,    /* it went to private endpoints alone, and its last block has passed */
    LQ_TX_MINED,
    LQ_TX_REVERTED, /* mined with status 0 */
    LQ_TX_LOST,     /* a foreign transaction took the nonce */
    LQ_TX_FINAL,    /* mined or lost, and stays so */
    LQ_TX_RELEASED, /* nothing was ever sent with it: the nonce is free again */
    LQ_TX_STATE_CNT,
} lq_tx_state_t;

/* A token's price of ours, as it was decided by. */
typedef struct lq_tx_price {
    lq_address_t token;
    lq_quote_t quote;
} lq_tx_price_t;

/* One call of a plan. */
typedef struct lq_tx_step {
    lq_address_t collateral;
    lq_address_t debt;
    lq_u256_t repaid;
    lq_u256_t seized;
} lq_tx_step_t;

typedef enum lq_tx_record_kind {
    LQ_TX_RECORD_RUN,       /* a process begins */
    LQ_TX_RECORD_INTENT,    /* write point 1 */
    LQ_TX_RECORD_ATTEMPT,   /* 2 and 4 */
    LQ_TX_RECORD_ANSWER,    /* 3 */
    LQ_TX_RECORD_STATE,     /* a nonce stands elsewhere; 6 where it is FINAL */
    LQ_TX_RECORD_RECEIPT,   /* 5 */
    LQ_TX_RECORD_ENDED,     /* an intent has its outcome */
    LQ_TX_RECORD_HALT,      /* a sender sends nothing more */
    LQ_TX_RECORD_CANDIDATE, /* one has ended, and why */
    LQ_TX_RECORD_KIND_CNT,
} lq_tx_record_kind_t;

typedef struct lq_tx_run {
    char program[LQ_TX_RECORD_NAME_SZ]; /* "liqd 0.1.0" */
    char boot_id[LQ_TX_RECORD_NAME_SZ]; /* of the system, 32 hex digits */
    uint64_t pid;
} lq_tx_run_t;

/* What is wanted. ID is the journal's, from 1, never given twice; the engine's numbers begin anew
   where its memory is lost. Its account is (instance, pool, borrower): a borrower has one in each
   pool of a market, if it has several. */
typedef struct lq_tx_intent {
    uint64_t id;
    uint64_t engine_intent; /* 0: not the engine's */
    lq_tx_use_t use;
    char market[LQ_TX_RECORD_NAME_SZ];
    uint32_t instance;
    uint32_t pool; /* the adapter's own name for it; 0 in records of before it was told */
    lq_address_t borrower;
    uint64_t target_blk;
    uint64_t last_blk;
    uint32_t tx_cnt;
    lq_profit_t estimate;
    lq_usd_t least_usd; /* what it had to earn */
    lq_tx_step_t steps[LQ_PLAN_STEP_MAX];
    size_t step_cnt;
    lq_tx_price_t prices[LQ_TX_RECORD_TOKEN_MAX];
    size_t price_cnt;
    lq_quote_t coin; /* a price of 0: none */
} lq_tx_intent_t;

/* Signed bytes; recorded before any of them leaves. */
typedef struct lq_tx_attempt {
    uint64_t intent; /* a cancellation has that of what it cancels; 0: none is known */
    uint32_t tx_idx; /* within the intent */
    lq_address_t sender;
    uint64_t nonce;
    uint32_t number; /* of the nonce's, from 0 */
    lq_tx_use_t use;
    bool is_private;   /* goes to private ways alone */
    uint64_t last_blk; /* the last that a private way has it for; 0: none */
    uint64_t gas_limit;
    lq_wei_t value_wei;
    lq_wei_t max_fee_wei;
    lq_wei_t tip_wei;
    lq_hash_t hash;
    const uint8_t *raw; /* borrowed */
    size_t raw_sz;
} lq_tx_attempt_t;

/* What one way said to one attempt. */
typedef struct lq_tx_answer {
    lq_hash_t hash;
    char way[LQ_TX_RECORD_NAME_SZ];
    uint64_t target_blk; /* of a bundle; 0: none */
    bool accepted;
    char class_[LQ_TX_RECORD_NAME_SZ]; /* of rpc/failure.h: its name */
    char text[LQ_TX_RECORD_TEXT_SZ];   /* the node's words */
    uint64_t latency_ns;
} lq_tx_answer_t;

typedef struct lq_tx_moved {
    lq_address_t sender;
    uint64_t nonce;
    lq_tx_state_t state;
    lq_hash_t hash; /* of the attempt, or the foreign transaction, that it is by; all zero: none */
    char why[LQ_TX_RECORD_TEXT_SZ];
} lq_tx_moved_t;

typedef struct lq_tx_receipt {
    lq_address_t sender;
    uint64_t nonce;
    lq_hash_t hash;
    lq_block_ref_t block;
    uint32_t tx_idx; /* within the block */
    bool ok;
    uint32_t gas;
    lq_wei_t gas_price_wei; /* effective */
    lq_wei_t l1_fee_wei;    /* of a rollup's data, beside gas; 0: none */
    lq_wei_t paid_wei;      /* coins that left beside gas: the bid */
    lq_gain_t gains[LQ_TX_RECORD_TOKEN_MAX];
    size_t gain_cnt;
    lq_u256_t repaid; /* as its logs tell of the liquidation */
    lq_u256_t seized;
    char why[LQ_TX_RECORD_TEXT_SZ]; /* not OK: what it reverted with, in words */
} lq_tx_receipt_t;

/* An intent's outcome; a later one of the same intent stands in its place (UNMINED, FINAL). */
typedef struct lq_tx_ended {
    uint64_t intent;
    lq_outcome_kind_t kind;
    lq_i256_t net_usd; /* MINED, REVERTED, FINAL: realised, at the prices of the decision */
    char why[LQ_TX_RECORD_TEXT_SZ];
} lq_tx_ended_t;

typedef struct lq_tx_halt {
    lq_address_t sender;
    bool halted; /* false: it goes on */
    char why[LQ_TX_RECORD_TEXT_SZ];
} lq_tx_halt_t;

/* A candidate that has ended (engine.h). Dropped, and counted, where the log is half full. */
typedef struct lq_tx_candidate {
    char market[LQ_TX_RECORD_NAME_SZ];
    lq_address_t borrower;
    lq_reason_t reason;
    uint64_t began_blk;
    uint64_t ended_blk;
    bool has_profit;
    lq_profit_t profit;
    lq_address_t liquidator;         /* LOST, OUTBID */
    char text[LQ_TX_RECORD_TEXT_SZ]; /* the figures behind the reason, for a person */
} lq_tx_candidate_t;

typedef struct lq_tx_record {
    lq_tx_record_kind_t kind;
    uint64_t wall_ns;
    union {
        const lq_tx_run_t *run;
        const lq_tx_intent_t *intent;
        const lq_tx_attempt_t *attempt;
        const lq_tx_answer_t *answer;
        const lq_tx_moved_t *moved; /* STATE */
        const lq_tx_receipt_t *receipt;
        const lq_tx_ended_t *ended;
        const lq_tx_halt_t *halt;
        const lq_tx_candidate_t *candidate;
    } as;
} lq_tx_record_t;

/* lq_tx_record_sz returns the bytes that R takes, at most LQ_TX_RECORD_SZ_MAX;
   lq_tx_record_encode writes them to OUT and returns them. lq_tx_record_most returns as many or
   more: of what is recorded before something is sent, an intent or an attempt, without counting
   them. */
#define LQ_TX_RECORD_SZ_MAX (LQ_TX_RAW_MAX + 16384u)
size_t lq_tx_record_sz(const lq_tx_record_t *r);
size_t lq_tx_record_most(const lq_tx_record_t *r);
size_t lq_tx_record_encode(uint8_t *out, const lq_tx_record_t *r);

/* One read back; raw bytes are borrowed from what was read. */
typedef struct lq_tx_record_room {
    lq_tx_record_t record;
    union {
        lq_tx_run_t run;
        lq_tx_intent_t intent;
        lq_tx_attempt_t attempt;
        lq_tx_answer_t answer;
        lq_tx_moved_t moved;
        lq_tx_receipt_t receipt;
        lq_tx_ended_t ended;
        lq_tx_halt_t halt;
        lq_tx_candidate_t candidate;
    } of;
} lq_tx_record_room_t;

/* lq_tx_record_decode reads exactly the SZ bytes at P into ROOM->record. LQ_ERR_SYNTAX. */
LQ_MUST_USE lq_err_t lq_tx_record_decode(lq_tx_record_room_t *room, const uint8_t *p, size_t sz);

/* Their names, in lower case; static. */
const char *lq_tx_use_str(lq_tx_use_t use);
const char *lq_tx_state_str(lq_tx_state_t state);
const char *lq_tx_record_kind_str(lq_tx_record_kind_t kind);
const char *lq_tx_outcome_str(lq_outcome_kind_t kind);

#endif
