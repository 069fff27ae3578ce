#ifndef LIQD_EXEC_EXEC_H
#define LIQD_EXEC_EXEC_H

/* The shell around the transaction manager: what the engine wants taken is signed, appended to the
   write-ahead log and sent, in this call; receipts, counts and simulations are asked of the pool;
   what came of it is told as outcomes, with the gains that its logs show against the estimate, and
   what it reverted with in words.

   Everything on one loop; signers are local (in this call) or remote (an answer later). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/base/hist.h"
#include "liqd/base/log.h"
#include "liqd/engine/engine.h"
#include "liqd/exec/tx_manager.h"
#include "liqd/exec/ways.h"
#include "liqd/keys/remote_signer.h"
#include "liqd/keys/signer.h"
#include "liqd/record/wal.h"

/* Opaque. */
typedef struct lq_exec lq_exec_t;

/* A signer's policy has to allow: LIQUIDATE what the engine calls (the executor's execute, or the
   protocols' own calls) and an operator's swaps and sweeps, APPROVE and DEPLOY what an operator
   wants of these, CANCEL; gas limits up to gas_max, fees up to the manager's max_fee_wei, as value
   the bid, and as many signatures as there are nonces, bumps and cancellations. */
typedef struct lq_exec_sender {
    lq_address_t address;
    lq_signer_t *signer; /* local, borrowed; NULL: remote */
    lq_remote_signer_t *remote;
    const lq_url_t *url; /* remote: Web3Signer's; borrowed, as are the paths */
    lq_auth_t auth;
    const char *ca_file;
    const char *cert_file; /* what it knows us by; NULL: none */
    const char *key_file;
} lq_exec_sender_t;

typedef struct lq_exec_config {
    lq_txman_config_t manager; /* senders and masks are set by the shell */
    const lq_exec_sender_t *senders;
    size_t sender_cnt;
    lq_ways_config_t ways;
    lq_address_t executor;         /* all zero: none */
    lq_address_t owner;            /* whom it sweeps to; all zero: not known */
    const lq_policy_call_t *calls; /* what transactions of ours call, for those that are found on
                                      the chain and in no journal; copied */
    size_t call_cnt;
    uint32_t gas_margin_bps; /* a gas limit is the estimate and so much more */
    uint64_t gas_max;        /* and no more than this, the policy's, or a block's; 0: a block's */
    uint32_t count_quorum;   /* nodes that counts and absences are asked of, where there are so many
                                that are well, 1 to LQ_EXEC_QUORUM_MAX */
    uint64_t timeout_ns;     /* of a read, and of a remote signature */
} lq_exec_config_t;

#define LQ_EXEC_QUORUM_MAX 4u

/* What the shell tells, from lq_exec_work and from the loop's callbacks, never from within another
   function of it but that `recorded` comes at the end of each, and of lq_exec_take, _drop and
   _candidate with lq_exec_settle. From within lq_exec_take, _drop and
   _candidate may be called, which is what an engine does that hears of an outcome; nothing else. */
typedef struct lq_exec_sink {
    void *ctx;
    /* outcome: for the engine; balance: the coin that a sender has at most, as its next transaction
       may cost. */
    void (*outcome)(void *ctx, const lq_outcome_t *outcome);
    void (*balance)(void *ctx, const lq_wei_t *balance);
    /* ended: of an operator's own. recorded: each record, after it is in the log: for the terminal
       and for counters. */
    void (*ended)(void *ctx, const lq_tx_ended_t *ended);
    void (*recorded)(void *ctx, const lq_tx_record_t *r);
    void (*ready)(void *ctx);
    /* liquidated: sets *REPAID and *SEIZED to what LOG tells of a liquidation of MARKET's
       (adapter.h); false: of none. */
    bool (*liquidated)(void *ctx, uint32_t instance, const lq_evm_log_t *log, lq_u256_t *repaid,
                       lq_u256_t *seized);
} lq_exec_sink_t;

/* lq_exec_new makes *X. It takes lq_exec_timer_cnt of the loop's timers; WAL, POOL, LOG and what
   CONFIG points to outlive it. LQ_ERR_NOMEM; LQ_ERR_RANGE: counts, or ways that cannot be (ways.h),
   MSG says which. lq_exec_free cancels all; NULL is allowed; not from the sink. */
size_t lq_exec_timer_cnt(const lq_exec_config_t *config);
LQ_MUST_USE lq_err_t lq_exec_new(lq_exec_t **x, lq_err_msg_t *msg, lq_arena_t *arena,
                                 lq_loop_t *loop, lq_log_t *log, lq_pool_t *pool, lq_wal_t *wal,
                                 const lq_exec_config_t *config, const lq_exec_sink_t *sink);
void lq_exec_free(lq_exec_t *x);

/* lq_exec_restore takes one record of the journal; lq_exec_start begins, behind them. READY is told
   by the sink. */
LQ_MUST_USE lq_err_t lq_exec_restore(lq_exec_t *x, const lq_tx_record_t *r);
void lq_exec_start(lq_exec_t *x, const lq_txman_start_t *start);

/* lq_exec_take: the engine's TAKE, of MARKET's name and in its POOL, with the prices it was decided
   by and COIN; it leaves before this returns, unless it is simulated, signed remotely, or waits for
   a nonce. drop: its DROP. event: HEAD, BLOCK, UNDONE, BROKEN of the chain, before the engine has
   it. finalized: the chain's tag. candidate: one has ended, for the journal. settle: what nothing
   that leaves waits for, above all the verification of what a TAKE had signed; to be called behind
   take, drop and candidate when the engine is done with its event, and before anything is waited
   for. */
typedef struct lq_exec_take {
    const lq_action_take_t *take;
    const char *market;
    uint32_t pool;
    lq_usd_t least_usd;
    const lq_tx_step_t *steps; /* one each of the plan's */
    const lq_tx_price_t *prices;
    size_t price_cnt;
    lq_quote_t coin;
} lq_exec_take_t;
void lq_exec_take(lq_exec_t *x, const lq_exec_take_t *take);
void lq_exec_drop(lq_exec_t *x, uint64_t engine_intent);
void lq_exec_event(lq_exec_t *x, const lq_event_t *event);
void lq_exec_finalized(lq_exec_t *x, const lq_block_ref_t *block);
void lq_exec_candidate(lq_exec_t *x, const lq_tx_candidate_t *candidate);
void lq_exec_settle(lq_exec_t *x);

/* lq_exec_call wants an operator's own transaction (deploy, approve, swap, sweep). ENDED tells what
   became of it; *ID is the journal's. LQ_ERR_BUSY: not READY, paused, halted or full; LQ_ERR_IO:
   not recorded. */
LQ_MUST_USE lq_err_t lq_exec_call(lq_exec_t *x, uint64_t *id, const lq_txman_take_t *call);

/* lq_exec_recording: the journal fails, or works again. pause, resume: an operator's. stop: cancel
   what can be and take nothing more; lq_exec_is_idle then tells when all is done. */
void lq_exec_recording(lq_exec_t *x, bool ok);
void lq_exec_pause(lq_exec_t *x);
void lq_exec_resume(lq_exec_t *x);
void lq_exec_stop(lq_exec_t *x);
bool lq_exec_is_idle(const lq_exec_t *x);

/* lq_exec_work, between two turns of the loop: gives the sink what is due. */
void lq_exec_work(lq_exec_t *x);

const lq_txman_t *lq_exec_manager(const lq_exec_t *x);
const lq_ways_t *lq_exec_ways(const lq_exec_t *x);

/* Nanoseconds of each stage of what left at once. */
typedef struct lq_exec_hists {
    lq_hist_t signed_;   /* from the TAKE to the signature */
    lq_hist_t recorded;  /* from there until it was in the log */
    lq_hist_t written;   /* from there until the kernel had it on the first way */
    lq_hist_t mined_blk; /* blocks from the target to the one it was mined in */
} lq_exec_hists_t;
const lq_exec_hists_t *lq_exec_hists(const lq_exec_t *x);

/* lq_exec_rehearse does what lq_exec_take does before anything is decided about T, and fetches into
   the caches what is touched then, up to where a transaction leaves: nothing changes. */
void lq_exec_rehearse(lq_exec_t *x, const lq_exec_take_t *t);

#endif
