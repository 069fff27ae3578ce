#ifndef LIQD_APP_LIVE_SHELL_INTERNAL_H
#define LIQD_APP_LIVE_SHELL_INTERNAL_H

/* What the files of the shell share:

     live_shell.c    making it, what the engine does and what it is told
     live_open.c     the journal, the log and what sends, taken up
     live_ask.c      what the nodes are asked: the first block, nonces, what is final
     live_funds.c    what there is to spend
     live_treasury.c what is done with what was seized
     live_journal.c  candidates as records, and whether the journal can be written
     live_say.c      what happens, in lines
     live_status.c   what an operator is told, and wants
     live_warm.c     what is rehearsed */

#include <jansson.h>

#include "liqd/base/map.h"
#include "liqd/chain/chain_rehearsal.h"
#include "liqd/chain/reads.h"
#include "liqd/exec/rehearsal.h"
#include "liqd/net/pair.h"
#include "liqd/ops/control.h"
#include "liqd/record/journal.h"
#include "live_shell.h"

/* Calls of one question for funds: a balance and an allowance for each market. */
#define LQ_LIVE_CALL_MAX ((size_t)LQ_CONFIG_INVENTORY_MAX * (1 + LQ_CONFIG_MARKET_MAX))
#define LQ_LIVE_INPUT_SZ 68u

typedef enum lq_live_phase {
    LQ_LIVE_ASKING, /* for the chain's first block and what was mined of ours */
    LQ_LIVE_TOLD,
    LQ_LIVE_BEGUN,
    LQ_LIVE_FAILED,
} lq_live_phase_t;

/* What the nodes have said of the beginning. */
typedef struct lq_live_origin {
    bool asked;
    uint64_t at_mono_ns; /* not asked again before */
    uint64_t said_mono_ns;
    lq_hash_t genesis;
    uint64_t nonces[LQ_TXMAN_SENDER_MAX];
    lq_address_t owner; /* of the executor; all zero: not known */
    bool no_operator[LQ_TXMAN_SENDER_MAX];
} lq_live_origin_t;

typedef struct lq_live_funds {
    lq_reads_t *reads;
    uint64_t id; /* of the read under way; 0: none */
    uint64_t last_id;
    lq_block_ref_t at;
    bool wanted;
    lq_block_ref_t next; /* the block that is wanted */
    uint64_t mined_blk;  /* the highest that a transaction of ours was mined in */
    bool told[LQ_CONFIG_INVENTORY_MAX];
    uint64_t told_blk[LQ_CONFIG_INVENTORY_MAX];
    lq_u256_t amounts[LQ_CONFIG_INVENTORY_MAX];
    bool complained[LQ_CONFIG_INVENTORY_MAX];
    size_t firsts[LQ_CONFIG_INVENTORY_MAX + 1]; /* of the calls of each; of the last their number */
    lq_read_call_t calls[LQ_LIVE_CALL_MAX];
    uint8_t inputs[LQ_LIVE_CALL_MAX][LQ_LIVE_INPUT_SZ];
    bool has_balance;
    bool balance_moved;
    lq_wei_t balance_wei;
} lq_live_funds_t;

#define LQ_LIVE_PAIR_CNT 2u

/* Calldata of what moves one token. */
#define LQ_LIVE_TREASURY_SZ 4096u

typedef struct lq_live_treasury {
    lq_reads_t *reads;
    bool wanted;
    bool asked;
    lq_block_ref_t next; /* the block that is wanted, and the one that was asked */
    lq_block_ref_t at;
    uint64_t again_blk[LQ_CONFIG_TOKEN_MAX]; /* of tokens.*: not before */
    lq_read_call_t calls[LQ_CONFIG_TOKEN_MAX];
    uint8_t inputs[LQ_CONFIG_TOKEN_MAX][LQ_LIVE_INPUT_SZ];
    uint8_t input[LQ_LIVE_TREASURY_SZ];
} lq_live_treasury_t;

/* Stages of what left, in nanoseconds; the rest is lq_exec_hists_t's. */
typedef struct lq_live_stages {
    uint64_t received_mono_ns; /* of the event at hand */
    uint64_t parsed_mono_ns;
    uint64_t applied_mono_ns; /* 0: not seen */
    lq_hist_later_t later;
    lq_hist_t parsed;
    lq_hist_t applied;
    lq_hist_t decided;
} lq_live_stages_t;

/* What a candidate is known by. */
typedef struct lq_live_key {
    uint8_t b[32];
} lq_live_key_t;

#define LQ_LIVE_BEGIN_MAX 32u

/* What was recorded since the start. */
typedef struct lq_live_counts {
    uint64_t intent_cnt;
    uint64_t sent_cnt;
    uint64_t mined_cnt;
    uint64_t reverted_cnt;
    uint64_t ended_cnt[LQ_OUTCOME_CNT];
    lq_i256_t net_usd; /* of MINED, REVERTED and what ended so, realised */
    lq_wei_t gas_wei;
} lq_live_counts_t;

/* What an intent has earned so far: a later word takes its place. */
#define LQ_LIVE_EARNED_MAX 4096u
typedef struct lq_live_earned {
    uint64_t intent; /* 0: none */
    lq_outcome_kind_t kind;
    lq_i256_t net_usd;
    char market[LQ_TX_RECORD_NAME_SZ];
    lq_address_t borrower;
    lq_tx_use_t use;
} lq_live_earned_t;

struct lq_live_shell {
    lq_live_settings_t settings;
    lq_state_t *state;
    lq_loop_t *loop;
    lq_arena_t arena;
    lq_live_phase_t phase;
    lq_live_origin_t origin;
    lq_journal_t *journal;
    lq_wal_t *wal;
    lq_exec_t *exec;
    lq_url_t relay_urls[LQ_CONFIG_RELAY_MAX];
    size_t way_cnt;
    bool ready;
    bool stopping;
    bool recording; /* as what sends was told */
    bool final_asked;
    uint64_t final_blk;
    uint64_t head_blk;
    uint64_t head_sec;
    uint64_t start_mono_ns;
    lq_live_funds_t funds;
    lq_live_treasury_t treasury;
    lq_wei_t base_fee_wei; /* of the head */
    lq_live_stages_t stages;
    lq_live_counts_t counts;
    bool holds[LQ_LIMIT_CNT]; /* for everybody, now */
    uint64_t until_sec[LQ_LIMIT_CNT];
    lq_live_earned_t earned[LQ_LIVE_EARNED_MAX];
    lq_map_t *began; /* by market and borrower: the block that a candidate began in */
    lq_live_key_t begins[LQ_LIVE_BEGIN_MAX]; /* to be noted there when the event is over */
    size_t begin_cnt;
    lq_control_t *control;
    lq_chain_rehearsal_t *chain_rehearsal; /* NULL: nothing is rehearsed; the next too */
    lq_rehearsal_t *rehearsal;
    lq_pair_t pairs[LQ_LIVE_PAIR_CNT]; /* of Unix sockets, of TCP */
    lq_timer_t warm;
    unsigned warm_part; /* the next */
};

static inline lq_time_t lq_live_now(const lq_live_shell_t *s)
{
    return lq_clock_now(lq_loop_clock(s->loop));
}

static inline uint64_t lq_live_mono(const lq_live_shell_t *s)
{
    return lq_clock_mono(lq_loop_clock(s->loop));
}

/* live_open.c. lq_live_open takes up journal and log, and starts what sends; lq_live_configure
   fills OUT and WAYS from the configuration. */
LQ_MUST_USE lq_err_t lq_live_open(lq_live_shell_t *s, lq_err_msg_t *msg);
void lq_live_configure(lq_exec_config_t *out, lq_way_t ways[LQ_TXMAN_WAY_MAX],
                       lq_url_t urls[LQ_CONFIG_RELAY_MAX], const lq_config_t *config,
                       const lq_senders_t *senders);

/* live_ask.c. lq_live_ask_origin asks, and tells whether it is known; lq_live_ask_final asks what
   stays. */
bool lq_live_ask_origin(lq_live_shell_t *s);
void lq_live_ask_final(lq_live_shell_t *s);

/* live_funds.c. lq_live_funds_open makes the reads; lq_live_funds_block: BLOCK is anchored;
   lq_live_funds_work asks and tells. */
LQ_MUST_USE lq_err_t lq_live_funds_open(lq_live_shell_t *s);
void lq_live_funds_block(lq_live_shell_t *s, const lq_block_ref_t *block);
void lq_live_funds_work(lq_live_shell_t *s);

/* live_treasury.c, the same. */
LQ_MUST_USE lq_err_t lq_live_treasury_open(lq_live_shell_t *s);
void lq_live_treasury_block(lq_live_shell_t *s, const lq_block_ref_t *block);
void lq_live_treasury_work(lq_live_shell_t *s);

/* live_journal.c */
void lq_live_candidate(lq_live_shell_t *s, const lq_action_candidate_t *c);
void lq_live_settle_candidates(lq_live_shell_t *s); /* the event is over */
void lq_live_watch_journal(lq_live_shell_t *s);
/* Why nothing is sent since the journal is not written; "": it is. */
const char *lq_live_journal_why(const lq_live_shell_t *s, const lq_journal_stat_t *stat);

/* live_say.c: whom an intent is for, of one of before too; each record, after it is in the log. */
void lq_live_know(lq_live_shell_t *s, const lq_tx_intent_t *intent);
void lq_live_recorded(void *ctx, const lq_tx_record_t *r);

/* live_status.c */
void lq_live_request(void *ctx, uint32_t client, const lq_control_request_t *request);

/* live_shell.c: what ACTION sets going, up to where something would be done about it. */
void lq_live_rehearse(void *ctx, const lq_action_t *action);

/* live_warm.c */
LQ_MUST_USE lq_err_t lq_live_warm_open(lq_live_shell_t *s, lq_err_msg_t *msg);
void lq_live_warm_close(lq_live_shell_t *s);

#endif
