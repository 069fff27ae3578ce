#ifndef LIQD_EXEC_TX_MANAGER_INTERNAL_H
#define LIQD_EXEC_TX_MANAGER_INTERNAL_H

/* What the files of the transaction manager share. A nonce of a sender that is in use is a slot; it
   holds all attempts that were ever recorded for it, the newest last. An intent has a part for each
   of its transactions; a part stands as its slot does. */

#include <string.h>

#include "liqd/exec/tx_manager.h"

#include "tx_answers.h"

#define TXM_NONE UINT32_MAX
#define TXM_ATTEMPT_MAX \
    32u /* of one nonce; then no more are made, or the oldest EXPIRED is forgotten */
#define TXM_SLOT_CNT    ((uint64_t)LQ_TXMAN_SENDER_MAX * LQ_TXMAN_SLOT_MAX)
#define TXM_STACK_MAX   192u
#define TXM_ASK_MAX     64u
#define TXM_INPUT_MAX   (LQ_TX_RAW_MAX - 1024u) /* of all transactions of an intent */
#define TXM_PRIVATE_BLK 25u /* that private ways have what is nobody's intent for */
#define TXM_RETRY_NS    UINT64_C(1000000000) /* first pause before bytes that nobody took go again */
#define TXM_GAP_NUMBER                                                        \
    65536u /* of attempts on a nonce that was thought done: beyond all others \
            */
#define TXM_CANCEL_GAS 21000u
/* Why a sender halts that may go on by itself, once all that was lost turns out to be ours. */
#define TXM_WHY_LOST "a foreign transaction took a nonce: does somebody else use the key?"
#define TXM_TIP_WEI  UINT64_C(1000000000) /* of what takes the place of something unknown */

typedef struct txm_attempt {
    lq_hash_t hash;
    lq_wei_t max_fee_wei;
    lq_wei_t tip_wei;
    uint64_t intent_id;
    uint32_t intent; /* where it stood; it may have been forgotten since */
    uint32_t tx_idx;
    uint32_t number;
    lq_tx_use_t use;
    bool is_private;
    bool is_sent;
    bool is_found;  /* on the chain; its bytes are not known, nor its fees */
    bool is_raised; /* a node's word has had it replaced already */
    bool is_alarmed;
    bool is_severe; /* somebody called it malformed, or unpaid */
    uint64_t last_blk;
    uint64_t sent_blk;     /* the head that it was sent at */
    uint64_t absent_blk;   /* the newest head that it was told absent at; 0: none */
    uint64_t absent_round; /* the newest round that told it absent */
    uint32_t ways;
    uint32_t answered;
    uint32_t accepted;
    uint32_t malformed;     /* these called it so */
    txm_reaction_t verdict; /* the most urgent of what the ways said */
} txm_attempt_t;

typedef struct txm_slot {
    bool used;
    lq_tx_state_t state;
    uint32_t sender;
    uint64_t nonce;
    uint32_t intent; /* whose payload it carries, TXM_NONE: nobody's */
    uint32_t tx_idx;
    size_t attempt_cnt;
    uint32_t number_next;
    uint32_t mined;       /* the attempt that was */
    lq_block_ref_t block; /* MINED, REVERTED, LOST */
    lq_tx_receipt_t receipt;
    bool owes_receipt; /* it is not recorded yet; nor the state */
    bool owes_state;
    /* What is being signed. */
    uint64_t sign_id; /* 0: nothing */
    lq_tx_use_t sign_use;
    lq_wei_t sign_max_fee_wei;
    lq_wei_t sign_tip_wei;
    bool is_signed; /* it waits in RAW for the others of its intent */
    lq_hash_t hash; /* of what is in RAW: the newest attempt's but where that was only found */
    size_t raw_sz;  /* 0: no bytes are known */
    uint8_t *raw;
    bool gives_up; /* refused by all: to be cancelled */
    bool raises;   /* to be replaced at once */
    bool is_used;  /* by a count at USED_AT, of whose block no receipt is known */
    lq_block_ref_t used_at;
    uint64_t used_round; /* the newest round that was asked before it was known */
    bool finding;        /* what took it is asked for, before it is judged */
    bool forgot;         /* an attempt of it: what is told of the nonce may be ours all the same */
    bool was_lost;       /* the sender halted by it; it may turn out to be ours */
    bool doubted; /* MINED, REVERTED, LOST on a chain that the stack does not reach: asked again */
    uint64_t sent_ns;
    uint64_t retry_ns; /* when it goes again; 0: never */
    uint64_t pause_ns;
    txm_attempt_t attempts[TXM_ATTEMPT_MAX];
} txm_slot_t;

typedef enum txm_phase {
    TXM_COUNTING, /* how far the chain is */
    TXM_FINDING,  /* what took the nonces that the journal does not have */
    TXM_TELLING,  /* receipts of what is unfinished */
    TXM_WAITING,  /* for what a lost log may have had */
    TXM_DONE,
} txm_phase_t;

typedef struct txm_sender {
    lq_address_t address;
    bool halted;
    bool is_faulty; /* its key has made a faulty signature: it signs no more */
    char why[LQ_TX_RECORD_TEXT_SZ];
    bool owes_halt; /* it is not recorded yet */
    bool is_known;  /* the journal has a nonce of it */
    bool is_held;   /* a node says that it cannot pay */
    lq_u256_t held_wei;
    uint64_t next_nonce;
    bool has_cnt;
    uint64_t mined_cnt;
    uint64_t mined_most;
    lq_block_ref_t counted_at;
    bool has_balance;
    lq_wei_t balance_wei;
    uint32_t busy; /* the intent whose nonces are reserved and not all signed */
    txm_phase_t phase;
    uint64_t found_nonce; /* FINDING: the next to be found */
    uint64_t wait_blk;
    uint64_t used;     /* slots, a bit each, by nonce modulo 64 */
    uint64_t inflight; /* of them: RESERVED, SENT, CANCELLING */
    uint64_t expired;
    uint32_t marks[LQ_TXMAN_SLOT_MAX];     /* of each slot: those of all hashes that it ever had */
    lq_u256_t cost_wei[LQ_TXMAN_SLOT_MAX]; /* at most, of what is in flight */
    txm_slot_t *slots;
} txm_sender_t;

typedef enum txm_intent_state {
    TXM_FREE,
    TXM_SIMULATING,
    TXM_PLANNED,
    TXM_ACTIVE, /* it has nonces, or had */
} txm_intent_state_t;

typedef enum txm_end {
    TXM_OPEN,
    TXM_MINED,
    TXM_REVERTED,
    TXM_CANCELLED,
    TXM_EXPIRED,
    TXM_LOST,
} txm_end_t;

/* One transaction of an intent. */
typedef struct txm_part {
    txm_end_t end;
    uint32_t slot; /* TXM_NONE: none, or none any more */
    uint32_t gas;
    lq_u256_t gas_wei;
    lq_u256_t paid_wei;
    lq_u256_t repaid;
    lq_u256_t seized;
    lq_i256_t net_usd;
} txm_part_t;

typedef struct txm_intent {
    txm_intent_state_t state;
    lq_tx_intent_t about;
    uint64_t owner; /* the engine's number in this run; 0: nobody's */
    uint64_t lane;
    bool is_operators;
    uint64_t last_blk;                  /* UINT64_MAX: none */
    lq_txman_tx_t txs[LQ_TXMAN_TX_MAX]; /* inputs in BUF */
    bool has_txs;
    uint32_t tx_cnt;
    uint8_t *buf;
    lq_wei_t tip_wei;
    lq_wei_t most_wei;
    uint32_t ways;
    bool has_sender;
    uint32_t sender;
    uint64_t simulate_id; /* 0: it is not asked yet */
    bool dropped;
    uint64_t dropped_blk; /* the head then: what dropped it may be that it was mined, there or in
                             the block behind */
    bool refused;         /* by all that it was sent to */
    bool is_sent;
    bool ended;
    bool owes_end;
    lq_outcome_kind_t kind; /* ended: how */
    lq_i256_t net_usd;      /* and with what, as it is recorded */
    char why[LQ_TX_RECORD_TEXT_SZ];
    txm_part_t parts[LQ_TXMAN_TX_MAX];
} txm_intent_t;

struct lq_txman {
    lq_txman_config_t config;
    lq_txman_sink_t sink;
    lq_time_t now;
    bool started;
    bool ready;
    bool paused;
    bool stopped;
    bool recording; /* as the shell says */
    bool record_ok; /* the last record was taken */
    bool owes;      /* some record was not, and is to be made yet */
    bool has_block; /* the newest block's logs are all there */
    bool is_judged; /* and who decides has seen them, and said what he does not want any more */
    lq_txman_start_t start;
    uint64_t start_blk;
    uint64_t last_id; /* of what is signed or simulated */
    uint64_t next_intent_id;
    lq_block_ref_t stack[TXM_STACK_MAX]; /* a ring; the newest is number stack_cnt - 1 */
    size_t stack_first;
    size_t stack_cnt;
    lq_wei_t base_fee_wei; /* of the next block */
    bool has_fee;
    lq_hash_t asks[TXM_ASK_MAX];
    size_t ask_cnt;
    uint64_t round; /* of receipts that are asked for; the newest */
    size_t planned_cnt;
    lq_txman_stat_t stat;
    txm_sender_t *senders;
    txm_intent_t *intents;
    size_t intent_cnt;
    uint64_t *taken; /* places of intents, a bit each: not free */
    uint64_t *open;  /* and without an end */
    size_t open_cnt;
    uint32_t *order; /* PLANNED intents, first come first */
};

static inline bool txm_hash_eq(const lq_hash_t *a, const lq_hash_t *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* ---- tx_manager.c ---- */

bool txm_record(lq_txman_t *m, lq_tx_record_t *r);
void txm_emit(lq_txman_t *m, const lq_txman_action_t *action);
void txm_note(lq_txman_t *m, lq_log_level_t level, uint32_t sender, const txm_slot_t *slot,
              const char *what, const char *why);
void txm_alarm(lq_txman_t *m, const txm_slot_t *slot, const char *what, const char *why);
void txm_text(char out[LQ_TX_RECORD_TEXT_SZ], const char *text, size_t sz);

/* Whether SENDER may have bytes leave now, of what is under way. */
bool txm_may_send(const lq_txman_t *m, uint32_t sender);

/* ---- tx_manager_slots.c ---- */

txm_slot_t *txm_slot(const lq_txman_t *m, uint32_t at);
uint32_t txm_slot_at(const txm_slot_t *slot);
txm_slot_t *txm_slot_find(const lq_txman_t *m, uint32_t sender, uint64_t nonce);
txm_slot_t *txm_slot_open(lq_txman_t *m, uint32_t sender, uint64_t nonce);
void txm_slot_close(lq_txman_t *m, txm_slot_t *slot);
void txm_set_state(lq_txman_t *m, txm_slot_t *slot, lq_tx_state_t state);
/* The same, recorded. WHY may be NULL. */
void txm_move(lq_txman_t *m, txm_slot_t *slot, lq_tx_state_t state, const char *why);
void txm_record_state(lq_txman_t *m, txm_slot_t *slot, const char *why);
txm_slot_t *txm_next_slot(const lq_txman_t *m, uint32_t sender, uint64_t *nonce);
size_t txm_inflight_cnt(const txm_sender_t *s);
uint64_t txm_tail(const txm_sender_t *s);
bool txm_is_below_live(const txm_sender_t *s, uint64_t nonce);

/* Place for one more of SLOT, of HASH, which has room: each comes by this. */
txm_attempt_t *txm_attempt_new(lq_txman_t *m, txm_slot_t *slot, const lq_hash_t *hash);
txm_slot_t *txm_find_hash(lq_txman_t *m, const lq_hash_t *hash, txm_attempt_t **attempt);
void txm_record_halt(lq_txman_t *m, uint32_t sender);
void txm_halt(lq_txman_t *m, uint32_t sender, const char *why);
void txm_faulty(lq_txman_t *m, uint32_t sender, const lq_hash_t *hash);
void txm_go_on(lq_txman_t *m, uint32_t sender);
void txm_halt_for_good(lq_txman_t *m, uint32_t sender);
void txm_forgive(lq_txman_t *m, uint32_t sender);

static inline txm_attempt_t *txm_newest(txm_slot_t *slot)
{
    return slot->attempt_cnt ? &slot->attempts[slot->attempt_cnt - 1] : NULL;
}

/* The attempt whose bytes are known: the newest that can be sent. NULL: none is. */
txm_attempt_t *txm_sendable(txm_slot_t *slot);

/* ---- tx_manager_fees.c ---- */

typedef struct txm_fees {
    lq_wei_t max_fee_wei;
    lq_wei_t tip_wei;
} txm_fees_t;

bool txm_fees_first(const lq_txman_t *m, txm_fees_t *out, const lq_wei_t *tip,
                    const lq_wei_t *most);
bool txm_fees_raised(const lq_txman_t *m, txm_fees_t *out, const txm_attempt_t *old,
                     const lq_wei_t *most);
lq_u256_t txm_cost(uint64_t gas_limit, const lq_wei_t *max_fee, const lq_wei_t *value);

/* ---- tx_manager_send.c ---- */

bool txm_reserve(lq_txman_t *m, txm_intent_t *in, uint32_t sender);
void txm_release(lq_txman_t *m, txm_intent_t *in);
void txm_signed(lq_txman_t *m, const lq_txman_event_t *event);
void txm_review(lq_txman_t *m, txm_slot_t *slot);
void txm_send(lq_txman_t *m, txm_slot_t *slot, uint32_t ways, bool again);
void txm_resend(lq_txman_t *m, txm_slot_t *slot, uint32_t ways);
void txm_fill(lq_txman_t *m, uint32_t sender);
void txm_due(lq_txman_t *m, bool at_head);
void txm_retry_in(lq_txman_t *m, txm_slot_t *slot);
void txm_make_room(const lq_txman_t *m, txm_slot_t *slot);
/* What was only found of HASH makes way for the attempt itself. */
void txm_supersede(txm_slot_t *slot, const lq_hash_t *hash);

/* ---- tx_manager_intents.c ---- */

void txm_take(lq_txman_t *m, const lq_txman_take_t *take);
void txm_drop(lq_txman_t *m, uint64_t engine_intent);
void txm_drop_all(lq_txman_t *m);
void txm_simulated(lq_txman_t *m, const lq_txman_event_t *event);
void txm_pump(lq_txman_t *m);
void txm_expire_planned(lq_txman_t *m);
/* Asks for what waited for the head that it was decided on. */
void txm_simulate(lq_txman_t *m);
txm_intent_t *txm_intent_new(lq_txman_t *m, uint64_t id);
txm_intent_t *txm_intent_find(lq_txman_t *m, uint32_t hint, uint64_t id);
uint32_t txm_intent_at(const lq_txman_t *m, const txm_intent_t *in);
void txm_mark(lq_txman_t *m, const txm_intent_t *in);

/* ---- tx_manager_ends.c ---- */

void txm_end(lq_txman_t *m, txm_intent_t *in, lq_outcome_kind_t kind, const char *why);
void txm_was_sent(lq_txman_t *m, txm_intent_t *in);
void txm_settle(lq_txman_t *m, txm_intent_t *in, const char *why);
void txm_settle_slot(lq_txman_t *m, txm_slot_t *slot, const char *why);
bool txm_has_slots(const txm_intent_t *in);
void txm_free_if_done(lq_txman_t *m, txm_intent_t *in);
void txm_place_restored(lq_txman_t *m, txm_intent_t *in);
void txm_finish_restored(lq_txman_t *m, txm_slot_t *slot);
void txm_finish_slot(lq_txman_t *m, txm_slot_t *slot);
void txm_disown(lq_txman_t *m, txm_intent_t *in);
void txm_record_receipt(lq_txman_t *m, txm_slot_t *slot);
void txm_owed(lq_txman_t *m);

/* ---- tx_manager_chain.c ---- */

bool txm_has_top(const lq_txman_t *m);
lq_block_ref_t txm_top(const lq_txman_t *m);
bool txm_on_stack(const lq_txman_t *m, const lq_block_ref_t *ref);
bool txm_is_believed(const lq_txman_t *m, const lq_block_ref_t *ref);
void txm_head(lq_txman_t *m, const lq_header_t *head);
void txm_undone(lq_txman_t *m, const lq_block_ref_t *block);
void txm_broken(lq_txman_t *m);
void txm_finalized(lq_txman_t *m, const lq_block_ref_t *block);
void txm_told(lq_txman_t *m, const lq_txman_told_t *told);
void txm_count(lq_txman_t *m, const lq_txman_count_t *count);
void txm_ask_slot(lq_txman_t *m, txm_slot_t *slot);
void txm_ask_flush(lq_txman_t *m);
void txm_ask_all(lq_txman_t *m);
void txm_ask_count(lq_txman_t *m, uint32_t sender);
uint64_t txm_unmined_blk(const txm_slot_t *slot);
void txm_doubt(lq_txman_t *m);

/* ---- tx_answers.c ---- */

void txm_answered(lq_txman_t *m, const lq_txman_answer_t *answer);

/* ---- tx_manager_restore.c ---- */

void txm_restored(lq_txman_t *m);

/* ---- tx_manager_start.c ---- */

void txm_start(lq_txman_t *m, const lq_txman_start_t *start);
void txm_start_step(lq_txman_t *m);
void txm_start_ask(lq_txman_t *m);
void txm_found(lq_txman_t *m, const lq_txman_found_t *found);
void txm_find(lq_txman_t *m, uint32_t sender, uint64_t nonce);
void txm_resume(lq_txman_t *m);
void txm_lose(lq_txman_t *m, txm_slot_t *slot, const char *why);

#endif
