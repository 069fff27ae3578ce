#ifndef LIQD_EXEC_EXEC_INTERNAL_H
#define LIQD_EXEC_EXEC_INTERNAL_H

/* What the files of the shell share. Events go into the manager one at a time (exec_give); what an
   action of it brings at once, a signature above all, waits in a queue until it has returned. */

#include "liqd/chain/decode.h"
#include "liqd/chain/simulate.h"
#include "liqd/exec/exec.h"
#include "liqd/net/http.h"

#define EXEC_HEADS      128u  /* of the stack: as many as may be undone */
#define EXEC_ATTEMPTS   4096u /* remembered, the newest */
#define EXEC_INTENTS    1024u
#define EXEC_NOTES      64u
#define EXEC_ASKS       16u /* rounds of receipts under way */
#define EXEC_ASK_MAX    64u /* hashes of one */
#define EXEC_ASK_CHUNK  32u /* of one request */
#define EXEC_ASK_CALLS  (EXEC_ASK_MAX / EXEC_ASK_CHUNK)
#define EXEC_EXPLAINS   16u
#define EXEC_REMOTE_MAX 16u /* transactions that one remote signer is asked for at once */
#define EXEC_DATA_MAX   65536u
#define EXEC_TICK_NS    UINT64_C(100000000)
#define EXEC_RETRY_NS   UINT64_C(1000000000)

/* What a transaction of ours was made for, as the log was told. */
typedef struct exec_intent {
    uint64_t id; /* 0: free */
    uint64_t engine_intent;
    lq_tx_use_t use;
    uint32_t instance;
    uint64_t target_blk;
    lq_tx_price_t prices[LQ_TX_RECORD_TOKEN_MAX];
    size_t price_cnt;
} exec_intent_t;

typedef struct exec_attempt {
    lq_hash_t hash;
    uint64_t intent;
    uint64_t gas_limit;
    lq_wei_t value_wei;
    bool is_cancel;
    bool is_counted; /* in the histogram of blocks */
    bool is_explained;
    bool explaining;
    char why[LQ_TX_RECORD_TEXT_SZ];
} exec_attempt_t;

/* What waits until the manager has returned. */
typedef enum exec_todo_kind {
    EXEC_TODO_SIGN,
    EXEC_TODO_UNKNOWN, /* nobody could simulate */
    EXEC_TODO_CROWDED, /* too many wait to be */
} exec_todo_kind_t;

typedef struct exec_todo {
    exec_todo_kind_t kind;
    lq_txman_sign_t sign;
    lq_txman_tx_t tx; /* its input is kept by the manager */
} exec_todo_t;

typedef struct exec_note {
    lq_txman_note_t note;
    char why[LQ_TX_RECORD_TEXT_SZ];
} exec_note_t;

/* What the sink has not heard yet. */
typedef struct exec_news {
    bool is_end;
    lq_outcome_t outcome;
    lq_tx_ended_t ended;
} exec_news_t;

/* A transaction that a remote signer was asked for. */
typedef struct exec_remote {
    lq_exec_t *x;
    bool used;
    uint32_t sender;
    uint64_t id; /* the manager's */
    lq_tx_t tx;
    uint8_t *data;
} exec_remote_t;

/* ---- questions ---- */

typedef struct exec_ask exec_ask_t;

/* One request of a round: to one node, of some of its hashes. */
typedef struct exec_ask_call {
    exec_ask_t *ask;
    lq_rpc_id_t rpc;
    bool open;
    size_t first;
    size_t cnt;
} exec_ask_call_t;

struct exec_ask {
    lq_exec_t *x;
    bool used;
    uint64_t round;
    lq_block_ref_t at;
    size_t cnt;
    size_t node_cnt;
    size_t open_cnt;
    lq_hash_t hashes[EXEC_ASK_MAX];
    lq_hash_t found[EXEC_ASK_MAX]; /* what of its receipt was told first */
    uint32_t found_cnt[EXEC_ASK_MAX];
    uint32_t absent_cnt[EXEC_ASK_MAX];
    exec_ask_call_t calls[LQ_EXEC_QUORUM_MAX][EXEC_ASK_CALLS];
};

typedef enum exec_explain_step {
    EXEC_EXPLAIN_TRACE,
    EXEC_EXPLAIN_FETCH,
    EXEC_EXPLAIN_CALL,
} exec_explain_step_t;

/* A receipt of what reverted, until it is known why. */
typedef struct exec_explain {
    lq_exec_t *x;
    bool used;
    exec_explain_step_t step;
    lq_rpc_id_t rpc;
    lq_block_ref_t at;
    lq_tx_receipt_t receipt;
    lq_pending_tx_t tx;
} exec_explain_t;

typedef struct exec_count exec_count_t;

typedef struct exec_count_call {
    exec_count_t *count;
    uint32_t endpoint;
    lq_rpc_id_t rpc;
    bool open;
    bool latest; /* by the tag: it does not know block hashes */
} exec_count_call_t;

/* The count of one sender. */
struct exec_count {
    lq_exec_t *x;
    uint32_t sender;
    bool again; /* wanted anew when this one is over */
    bool failed;
    uint64_t retry_ns; /* 0: not wanted */
    size_t open_cnt;
    size_t told_cnt;
    lq_txman_count_t sum;
    exec_count_call_t calls[LQ_EXEC_QUORUM_MAX];
};

typedef enum exec_find_step {
    EXEC_FIND_BACK, /* further and further from the head, until it is not used yet */
    EXEC_FIND_HALF,
    EXEC_FIND_BLOCK,
    EXEC_FIND_POOL, /* it is not mined: what waits there */
} exec_find_step_t;

/* The search for what has a nonce of one sender. */
typedef struct exec_find {
    lq_exec_t *x;
    uint32_t sender;
    bool open;
    uint64_t nonce;
    exec_find_step_t step;
    uint64_t low_blk;                   /* there it is not used */
    uint64_t high_blk;                  /* there it is */
    uint64_t at_blk;                    /* asked for */
    uint64_t back_blk;                  /* 0: not begun */
    lq_rpc_id_t rpc;                    /* 0: nothing is under way */
    uint32_t nodes[LQ_EXEC_QUORUM_MAX]; /* who are asked, one behind the other */
    size_t node_cnt;
    size_t node_at;
    lq_txman_found_t found; /* by those who told, WITNESS_CNT of them */
    bool differs;
} exec_find_t;

struct lq_exec {
    lq_loop_t *loop;
    lq_log_t *log;
    lq_pool_t *pool;
    lq_wal_t *wal;
    lq_clock_t clock;
    lq_exec_config_t config;
    lq_exec_sink_t sink;
    lq_exec_sender_t senders[LQ_TXMAN_SENDER_MAX];
    lq_txman_t *manager;
    lq_ways_t *ways;
    lq_simulate_t *simulate;
    lq_tx_signed_t *rooms[LQ_TXMAN_SENDER_MAX];
    uint32_t ahead_mask; /* senders whose room has what was signed ahead and is not verified */
    lq_timer_t timer;
    bool in_manager;
    bool telling;

    exec_todo_t *todos; /* a ring */
    size_t todo_max, todo_first, todo_cnt;
    exec_todo_t *sims; /* a ring: what waits to be simulated */
    size_t sim_max, sim_first, sim_waiting;
    size_t sim_cnt; /* under way */
    exec_note_t notes[EXEC_NOTES];
    size_t note_cnt;
    uint64_t note_lost_cnt;
    exec_news_t *news; /* a ring */
    size_t news_max, news_first, news_cnt;
    bool ready_due;
    bool balance_due;
    lq_wei_t balance_wei;
    bool has_balance;

    const uint8_t **recorded; /* in the log, and not told yet */
    size_t *recorded_sz;
    size_t recorded_max, recorded_cnt;
    bool stamping; /* a TAKE is on its way through */
    uint64_t stamp_ns;
    lq_hist_later_t stamps;
    lq_tx_record_room_t record_room;
    bool record_failed;
    uint64_t call_id; /* of the intent that was recorded last */

    lq_header_t heads[EXEC_HEADS]; /* the stack's top; a ring */
    size_t head_cnt;
    size_t head_first;

    exec_attempt_t *attempts; /* a ring */
    uint64_t attempt_cnt;     /* ever */
    exec_intent_t *intents;   /* by their numbers */

    lq_exec_hists_t hists;

    lq_http_t *http[LQ_TXMAN_SENDER_MAX]; /* of remote signers */
    exec_remote_t *remotes;
    char *text; /* a request's */
    size_t text_max;
    lq_json_tok_t *tok;
    size_t tok_max;
    uint8_t *data; /* of a log, a trace, a transaction */
    char *explain_text;

    exec_ask_t asks[EXEC_ASKS];
    exec_explain_t explains[EXEC_EXPLAINS];
    exec_count_t counts[LQ_TXMAN_SENDER_MAX];
    exec_find_t finds[LQ_TXMAN_SENDER_MAX];
};

/* ---- exec.c ---- */

/* exec_give gives the manager EVENT, with the time; exec_pump does what waits; exec_act does both;
   exec_flush verifies what was signed ahead, writes lines and tells what was recorded; exec_end is
   the end of every callback of the loop: it does that too, and tells the rest. */
void exec_give(lq_exec_t *x, lq_txman_event_t *event);
void exec_pump(lq_exec_t *x);
void exec_act(lq_exec_t *x, lq_txman_event_t *event);
void exec_flush(lq_exec_t *x);
void exec_end(lq_exec_t *x);
uint64_t exec_now_ns(const lq_exec_t *x);

/* Notes in HIST, when what a TAKE brings has left, how long a stage of it took. */
void exec_stamp(lq_exec_t *x, lq_hist_t *hist, uint64_t now_ns);
const lq_header_t *exec_head(const lq_exec_t *x); /* NULL: none is known */

void exec_add_todo(lq_exec_t *x, exec_todo_kind_t kind, const lq_txman_sign_t *sign);

/* LIMIT, never above what a block or the policy allows; GAS and the margin, likewise. */
uint64_t exec_bounded_gas(const lq_exec_t *x, uint64_t limit);
uint64_t exec_gas_limit(const lq_exec_t *x, uint64_t gas);

/* ---- exec_sign.c ---- */

LQ_MUST_USE lq_err_t exec_sign_init(lq_exec_t *x, lq_arena_t *arena);
void exec_sign_free(lq_exec_t *x);
size_t exec_sign_timer_cnt(const lq_exec_config_t *config);
void exec_sign(lq_exec_t *x, const exec_todo_t *todo);
void exec_verify(lq_exec_t *x); /* what was signed ahead */

/* ---- exec_simulate.c ---- */

/* exec_simulate has SIGN's transaction tried, in its turn; exec_simulate_waiting goes on with what
   waits. */
LQ_MUST_USE lq_err_t exec_simulate_init(lq_exec_t *x, lq_arena_t *arena, lq_err_msg_t *msg);
void exec_simulate_free(lq_exec_t *x);
void exec_simulate(lq_exec_t *x, const lq_txman_sign_t *sign);
void exec_simulate_waiting(lq_exec_t *x);

/* An estimate of gas may be too low, and nothing has told what it takes: what is not used is not
   paid. */
uint32_t exec_unsure_gas(const lq_exec_t *x, uint64_t limit);

/* ---- exec_book.c ---- */

/* exec_note_record keeps what R says of intents and attempts. */
void exec_note_record(lq_exec_t *x, const lq_tx_record_t *r);
exec_attempt_t *exec_attempt(const lq_exec_t *x, const lq_hash_t *hash); /* NULL: not known */
void exec_cancel_ways(lq_exec_t *x, uint64_t engine_intent);

/* exec_take_receipt makes *OUT of the receipt AT, which says of itself that it is of HASH. */
LQ_MUST_USE lq_err_t exec_take_receipt(lq_exec_t *x, lq_tx_receipt_t *out, lq_err_msg_t *msg,
                                       const lq_hash_t *hash, const lq_json_t *doc,
                                       lq_json_val_t at);

/* ---- exec_ask.c ---- */

void exec_ask(lq_exec_t *x, const lq_hash_t *hashes, size_t cnt, uint64_t round);
void exec_ask_free(lq_exec_t *x);

/* exec_nodes sets OUT to the nodes to be asked for what counts, the best first, and returns how
   many there are, at most count_quorum. */
size_t exec_nodes(const lq_exec_t *x, uint32_t out[LQ_EXEC_QUORUM_MAX]);

/* ---- exec_explain.c ---- */

/* exec_tell_receipt gives the manager RECEIPT, once it is known why where it reverted. */
void exec_tell_receipt(lq_exec_t *x, const lq_tx_receipt_t *receipt, const lq_block_ref_t *at);
void exec_explain_free(lq_exec_t *x);

/* ---- exec_count.c ---- */

void exec_count(lq_exec_t *x, uint32_t sender);
void exec_count_due(lq_exec_t *x);
void exec_find(lq_exec_t *x, uint32_t sender, uint64_t nonce);
void exec_count_free(lq_exec_t *x);

#endif
