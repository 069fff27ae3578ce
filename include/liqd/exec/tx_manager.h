#ifndef LIQD_EXEC_TX_MANAGER_H
#define LIQD_EXEC_TX_MANAGER_H

/* The transaction manager: events in, actions out, nothing else. It gives nonces of several senders
   to what is wanted, has it signed, recorded and sent, replaces and cancels, and says what became
   of it. It never loses a nonce and never spends one twice for different ends, across crashes,
   reorgs and nodes that lie. It reads no clock, no socket and no file.

   Invariants, which a simulated world tries to break:
   1. no bytes are sent that were not recorded;
   2. (sender, nonce, attempt number) and hash are unique;
   3. at most one reservation without bytes sent for a key; the nonces in use follow the highest
   that is done without a gap;
   4. a nonce is released only if nothing was ever sent with it, or what was is EXPIRED;
   5. another payload on a nonce: only by cancelling, EXPIRED, or a bump that was re-evaluated;
   6. it ends only by the receipt of one of our hashes, or by a foreign transaction that is final;
   7. a replacement raises both fees to max(old + 1 wei, ceil(old 1.125)) at least;
   8. where recording fails nothing is sent.

   Fees. A transaction goes out at max(next base fee + tip, min(2 next base fee + tip, 8/9 of the
   intent's most)), and never above the intent's or the configured most; it is replaced, the same
   payload at bump_bps more, bump_blk blocks behind each attempt that was not mined while that is
   within the most. When its last block has passed, or it is dropped, it is cancelled, by 21000 gas
   to the sender itself, where any public way has it; of what private ways alone have the nonce is
   EXPIRED once the last block has passed.

   What nodes answer to a send: see rpc/failure.h and the table in tx_answers.c. Whatever they say,
   a nonce ends by a receipt alone. Counts of pending transactions are never asked for.

   A key whose signature was faulty signs nothing more: its sender halts, and RESUME lets it go on
   only behind a restart. What was sent with that signature stands as sent, so that its nonce is
   neither given to anything else nor lost: its receipts are asked for, and behind the restart it is
   cancelled like anything whose last block has passed.

   A foreign transaction on a nonce of ours, seen as a count of the newest block beyond it with no
   receipt of any of our hashes, from all nodes that are asked, halts the sender: it sends nothing
   more until an operator says so (RESUME). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/base/log.h"
#include "liqd/chain/fees.h"
#include "liqd/events.h"
#include "liqd/record/tx_record.h"
#include "liqd/rpc/failure.h"

/* Opaque. */
typedef struct lq_txman lq_txman_t;

#define LQ_TXMAN_SENDER_MAX 16u
#define LQ_TXMAN_WAY_MAX    32u /* to send: a bit each */
#define LQ_TXMAN_SLOT_MAX   64u /* nonces in use of one sender */
#define LQ_TXMAN_TX_MAX     LQ_PLAN_STEP_MAX

typedef struct lq_txman_config {
    uint64_t chain_id;
    const lq_address_t *senders; /* 1 to LQ_TXMAN_SENDER_MAX; copied */
    size_t sender_cnt;
    uint32_t public_mask; /* ways that make a transaction public */
    uint32_t private_mask;
    lq_base_fee_rule_t base_fee;
    size_t intent_max;     /* without an end */
    uint32_t inflight_max; /* nonces of one sender that are sent and not mined, 1 to
                              LQ_TXMAN_SLOT_MAX; what is beyond waits as PLANNED until its last
                              block */
    lq_wei_t max_fee_wei;  /* per gas: never more, whatever for; below 2^192 */
    uint32_t bump_bps;     /* 1250 to 1000000 */
    uint32_t bump_blk;     /* 0: never */
    uint64_t resend_ns;    /* the same bytes again, unmined */
    uint32_t final_blk;    /* final at this depth, where no tag says it; 0: by the tag alone */
    bool simulate;         /* before each first attempt, once more with a head that comes before
                              it; of several transactions the first */
} lq_txman_config_t;

/* ---- events ---- */

typedef struct lq_txman_tx {
    bool is_create; /* TO is not looked at */
    lq_address_t to;
    const uint8_t *input; /* borrowed; kept by the manager until it is signed */
    size_t input_sz;
    lq_wei_t value_wei;
    uint64_t gas_limit;
} lq_txman_tx_t;

/* What is wanted; several transactions have nonces in a row of one sender. */
typedef struct lq_txman_take {
    lq_tx_intent_t about; /* id is the manager's to give */
    const lq_txman_tx_t *txs;
    size_t tx_cnt; /* 1 to LQ_TXMAN_TX_MAX */
    uint64_t lane; /* those of a lane, 0: none, get nonces of one sender, in the order of the
                      engine's numbers */
    lq_wei_t tip_wei;
    lq_wei_t most_fee_wei; /* per gas: at more it is not worth it */
    uint32_t ways;         /* the ways it may go */
    bool has_sender;       /* SENDER alone will do */
    uint32_t sender;
} lq_txman_take_t;

typedef struct lq_txman_answer {
    lq_hash_t hash;
    uint32_t way;
    const char *name;      /* the way's, for the record; borrowed; NULL: none */
    lq_rpc_class_t class_; /* OK: accepted */
    bool has_hash; /* OK, and the node told the hash: another is an alarm, and no acceptance */
    lq_hash_t told;
    uint64_t next_nonce; /* hint; has_next_nonce */
    bool has_next_nonce;
    uint64_t target_blk; /* of a bundle */
    uint64_t latency_ns;
    const char *text; /* the node's words; borrowed */
    size_t text_sz;
} lq_txman_answer_t;

/* What the chain says of one of our hashes, by all the nodes that were asked: where they differ
   nothing is told. A receipt of a block that the stack does not know counts behind a count alone by
   which its nonce is used. ABSENT: none of them has it. A foreign
   transaction is told from one of ours by questions that were asked behind the count alone, hence
   ROUND: what was asked before may be told late. */
typedef struct lq_txman_told {
    lq_hash_t hash;
    uint64_t round;    /* as the action's */
    lq_block_ref_t at; /* the head that it was asked at */
    bool absent;
    const lq_tx_receipt_t *receipt; /* sender and nonce are the manager's to fill */
} lq_txman_told_t;

/* How many transactions of SENDER are mined, by all the nodes that were asked at block AT. */
typedef struct lq_txman_count {
    uint32_t sender;
    lq_block_ref_t at;
    uint64_t newest_blk; /* the highest that it may be of: AT, or where a node knows no block by its
                            hash, its newest behind that */
    uint64_t cnt;        /* the lowest that a node said */
    uint64_t most;       /* the highest */
    bool has_balance;
    lq_wei_t balance_wei; /* the lowest */
} lq_txman_count_t;

/* A transaction on a nonce that we have no record of, as it stands on the chain. */
typedef struct lq_txman_found {
    uint32_t sender;
    uint64_t nonce;
    uint32_t witness_cnt; /* nodes that were asked and tell the same; who differ tell nothing */
    bool known;           /* false: no node tells what it was */
    bool is_ours;         /* its destination and selector are among ours */
    lq_hash_t hash;
    lq_block_ref_t block; /* all zero: it waits in a node's pool */
} lq_txman_found_t;

/* Where the chain stands and what is trusted, once, behind what was restored. */
typedef struct lq_txman_start {
    bool new_boot;      /* the system has booted since the journal was written */
    bool has_journal;   /* false: it was just made */
    bool allow_used;    /* the operator says that a used nonce without a journal is right */
    uint64_t adopt_blk; /* so many blocks private ways may still hold what a lost log had */
} lq_txman_start_t;

typedef enum lq_txman_event_kind {
    LQ_TXMAN_START,
    LQ_TXMAN_TAKE,
    LQ_TXMAN_DROP,
    LQ_TXMAN_SIMULATED,
    LQ_TXMAN_SIGNED,
    LQ_TXMAN_FAULTY, /* what was given as SIGNED is not what its key signs */
    LQ_TXMAN_ANSWERED,
    LQ_TXMAN_HEAD, /* of the stack, as events.h has it; so are BLOCK, UNDONE, BROKEN. Nothing is
                      replaced behind a HEAD before its BLOCK and what was decided on it: a DROP or
                      TAKE at once behind it */
    LQ_TXMAN_BLOCK,
    LQ_TXMAN_UNDONE,
    LQ_TXMAN_BROKEN,
    LQ_TXMAN_FINALIZED, /* this block, and all below it, stay */
    LQ_TXMAN_TOLD,
    LQ_TXMAN_COUNT,
    LQ_TXMAN_FOUND,
    LQ_TXMAN_TIMER,
    LQ_TXMAN_RECORDING, /* the log or the journal fails, or works again */
    LQ_TXMAN_PAUSE,     /* nothing new is sent; what is under way goes on */
    LQ_TXMAN_RESUME,    /* and halted senders go on */
    LQ_TXMAN_STOP,      /* cancel what can be, take nothing more */
    LQ_TXMAN_EVENT_CNT,
} lq_txman_event_kind_t;

typedef struct lq_txman_event {
    lq_txman_event_kind_t kind;
    lq_time_t time;
    union {
        const lq_txman_start_t *start;
        const lq_txman_take_t *take;
        uint64_t engine_intent; /* DROP */
        struct {
            uint64_t id; /* as the action's */
            bool known;  /* false: no node could tell; it is sent as configured all the same */
            bool ok;
            uint32_t gas;    /* the limit that it needs; 0: not told */
            const char *why; /* reverts: with what, in words */
        } simulated;
        struct {
            uint64_t id;
            lq_err_t err; /* LQ_ERR_POLICY, ...: WHY */
            const char *why;
            const uint8_t *raw;
            size_t raw_sz;
            lq_hash_t hash;
        } signed_;
        struct {
            uint32_t sender;
            lq_hash_t hash;
        } faulty;
        const lq_txman_answer_t *answer;
        const lq_header_t *head;
        lq_block_ref_t block; /* BLOCK, UNDONE, FINALIZED */
        const lq_txman_told_t *told;
        const lq_txman_count_t *count;
        const lq_txman_found_t *found;
        bool recording; /* false: it fails */
    } as;
} lq_txman_event_t;

/* ---- actions ---- */

/* What has to be signed. Valid during the call. */
typedef struct lq_txman_sign {
    uint64_t id;
    uint32_t sender;
    lq_tx_use_t use;
    uint64_t nonce;
    const lq_txman_tx_t *tx;
    lq_wei_t max_fee_wei;
    lq_wei_t tip_wei;
} lq_txman_sign_t;

typedef struct lq_txman_send {
    lq_hash_t hash;
    const uint8_t *raw;
    size_t raw_sz;
    uint32_t sender;
    uint64_t nonce;
    uint32_t ways;
    uint64_t first_blk; /* of private ways: the blocks that it is for */
    uint64_t last_blk;
    bool again; /* the same bytes were sent before */
} lq_txman_send_t;

typedef struct lq_txman_note {
    lq_log_level_t level;
    uint32_t sender; /* UINT32_MAX: of none */
    uint64_t nonce;
    bool has_nonce;
    const char *what; /* static: what happened */
    const char *why;  /* a node's words, or ""; any bytes */
} lq_txman_note_t;

typedef enum lq_txman_action_kind {
    LQ_TXMAN_ACTION_SIMULATE, /* .sign: SIMULATED answers */
    LQ_TXMAN_ACTION_SIGN,     /* SIGNED answers */
    LQ_TXMAN_ACTION_SEND,     /* ANSWERED answers, of each way */
    LQ_TXMAN_ACTION_ASK,      /* receipts of these hashes: TOLD answers, each */
    LQ_TXMAN_ACTION_COUNT,    /* COUNT answers, of this sender */
    LQ_TXMAN_ACTION_FIND,     /* FOUND answers */
    LQ_TXMAN_ACTION_OUTCOME,  /* for the engine, of one of its intents */
    LQ_TXMAN_ACTION_ENDED,    /* of an operator's (engine_intent 0) */
    LQ_TXMAN_ACTION_NOTE,
    LQ_TXMAN_ACTION_READY, /* start-up is done: intents are taken from now on */
    LQ_TXMAN_ACTION_KIND_CNT,
} lq_txman_action_kind_t;

typedef struct lq_txman_action {
    lq_txman_action_kind_t kind;
    union {
        const lq_txman_sign_t *sign;
        const lq_txman_send_t *send;
        struct {
            const lq_hash_t *hashes;
            size_t cnt;
            uint64_t round; /* rises */
        } ask;
        uint32_t sender; /* COUNT */
        struct {
            uint32_t sender;
            uint64_t nonce;
        } find;
        const lq_outcome_t *outcome;
        const lq_tx_ended_t *ended;
        const lq_txman_note_t *note;
    } as;
} lq_txman_action_t;

/* No event may be given from within. RECORD appends R where a killed process does not lose it, at
   once; anything but LQ_OK: it is not recorded. */
typedef struct lq_txman_sink {
    void *ctx;
    lq_err_t (*record)(void *ctx, const lq_tx_record_t *r);
    void (*action)(void *ctx, const lq_txman_action_t *action);
} lq_txman_sink_t;

size_t lq_txman_arena_sz(const lq_txman_config_t *config);
LQ_MUST_USE lq_err_t lq_txman_new(lq_txman_t **m, lq_arena_t *arena,
                                  const lq_txman_config_t *config, const lq_txman_sink_t *sink);

/* lq_txman_restore takes one record of the journal, before START, in the order of coming. Of a
   nonce that is FINAL its STATE alone is needed; of intents also those without an end.
   LQ_ERR_INVAL: of a sender that is not ours and has unfinished nonces; LQ_ERR_FULL. */
LQ_MUST_USE lq_err_t lq_txman_restore(lq_txman_t *m, const lq_tx_record_t *r);

/* lq_txman_event takes one event of any kind. A TAKE while a former one of the same account has a
   nonce in use is not sent a second time: it becomes the owner of that, and where it is another
   plan that goes out at once, in the former one's place. A former one that has no nonce yet ends
   where it is another plan, and that is taken as any other. One that cannot be taken (not READY,
   halted, paused, recording fails, full) has its OUTCOME, REFUSED, at once. */
void lq_txman_event(lq_txman_t *m, const lq_txman_event_t *event);

typedef struct lq_txman_sender_stat {
    lq_address_t address;
    bool halted;
    char why[LQ_TX_RECORD_TEXT_SZ];
    uint64_t next_nonce; /* the lowest that nothing was ever reserved for */
    uint64_t mined_cnt;  /* of the chain's newest block; nonces below it are used */
    lq_wei_t balance_wei;
    bool has_balance;
    size_t slot_cnt; /* nonces in use */
} lq_txman_sender_stat_t;

typedef struct lq_txman_stat {
    bool ready;
    bool paused;
    size_t planned_cnt; /* without a nonce */
    size_t slot_cnts[LQ_TX_STATE_CNT];
    uint64_t attempt_cnt;
    uint64_t bump_cnt;
    uint64_t cancel_cnt;
    uint64_t resend_cnt;
    uint64_t lost_cnt;
    uint64_t alarm_cnt; /* acceptance beside a severe error, another hash, ... */
} lq_txman_stat_t;
lq_txman_stat_t lq_txman_stat(const lq_txman_t *m);
lq_txman_sender_stat_t lq_txman_sender_stat(const lq_txman_t *m, uint32_t sender);

/* lq_txman_is_idle tells whether nothing is under way: no intent waits, and no nonce is in use but
   for MINED, REVERTED, LOST and EXPIRED ones. */
bool lq_txman_is_idle(const lq_txman_t *m);

/* lq_txman_warm fetches into the caches what the next TAKE and the transactions of each sender
   touch. */
void lq_txman_warm(const lq_txman_t *manager);

#endif
