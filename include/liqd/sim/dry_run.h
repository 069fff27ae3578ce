#ifndef LIQD_SIM_DRY_RUN_H
#define LIQD_SIM_DRY_RUN_H

/* What a dry run books: each transaction that the engine asks for is tried where it would have
   stood, first in its target block, and compared with what really happened. Pure: what the engine
   does, blocks, liquidations of others, answers come in; questions, outcomes for the engine and
   booked rows go out.

   An intent is WON where nobody liquidated its account before it: the real liquidation came in a
   later block than its target, or in the same at a lower effective tip, or has not come. Else it is
   LOST. One whose transaction would have reverted is neither. Effective tip: what the fee recipient
   gets for each unit of gas, priority fee and direct payment together. One that nobody beat is
   UNKNOWN, and never WON, where a node had shown its block, or a higher one, before it was asked
   for, where its block had no room for it behind those of ours that stand before it, where what
   another liquidation of its block paid is not known, and where who liquidated could not be told.

   When: once the target block is there with its logs (BLOCK), so a later branch can take it back
   (UNDONE): it then waits for the new block of that number. What the engine was told to have
   ended by then has: it asks for the account anew, and that one counts; so where the new block
   would have it won it is UNKNOWN. Rows are final when the block is LQ_DRY_RUN_FINAL_BLK deep.

   What was won has not happened on the chain. The engine asks nothing more for that account until
   it can no longer be liquidated there (LQ_OUTCOME_WON), and what it would have changed for others
   (rates, pools) is not in what is tried behind it, but for transactions of the same block: these
   are tried one behind the other, in the order of their intents, where nodes can
   (lq_dry_run_apart). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/decide/executor.h"
#include "liqd/decide/gain.h"
#include "liqd/decide/sizing.h"
#include "liqd/engine/engine.h"
#include "liqd/events.h"

/* Opaque. */
typedef struct lq_dry_run lq_dry_run_t;

#define LQ_DRY_RUN_FINAL_BLK 64u
#define LQ_DRY_RUN_TX_SZ_MAX LQ_EXECUTOR_SZ_MAX
#define LQ_DRY_RUN_TOKEN_MAX 8u /* that one intent moves */

typedef enum lq_dry_verdict {
    LQ_DRY_WON,
    LQ_DRY_LOST,
    LQ_DRY_REVERTED, /* it would have */
    LQ_DRY_UNKNOWN,  /* could not be tried: `why` */
    LQ_DRY_VERDICT_CNT,
} lq_dry_verdict_t;

/* Somebody else's liquidation. */
typedef struct lq_dry_rival {
    bool known; /* somebody liquidated the account, as far as the chain has told; of WON: in the
                   target block, or else whoever came next */
    lq_address_t liquidator;
    lq_hash_t tx_hash;
    uint64_t blk;
    uint32_t tx_idx;
    bool has_tip;
    lq_wei_t tip_wei; /* effective, per gas: priority fee and, where has_payment, payment */
    bool has_payment; /* direct payments to the fee recipient are known (traced) */
    lq_wei_t payment_wei;
} lq_dry_rival_t;

/* One booked intent. Its strings are static or its own. */
typedef struct lq_dry_row {
    uint64_t intent;
    uint32_t instance;
    lq_address_t borrower;
    uint64_t target_blk;
    uint64_t target_sec;
    lq_dry_verdict_t verdict;
    lq_profit_t estimate;                  /* as decided */
    bool tried;                            /* the simulation gave what follows */
    bool has_gains;                        /* the node told logs (eth_simulateV1) */
    lq_gain_t gains[LQ_DRY_RUN_TOKEN_MAX]; /* to the unit; tokens in the order of coming */
    size_t gain_cnt;
    uint32_t gas;     /* units, of all its transactions */
    lq_wei_t gas_wei; /* at the real block's base fee and our tip */
    lq_wei_t bid_wei;
    lq_i256_t net_usd; /* what would have been earned: gains at the prices of the decision,
                          less gas and bid; of LOST: had it been won. Without gains the
                          estimate's. Of REVERTED its gas, of UNKNOWN 0 */
    lq_wei_t tip_wei;  /* ours, effective */
    lq_dry_rival_t rival;
    int64_t late_blk;          /* blocks that our target is behind the rival's; below 0: ahead */
    lq_executor_error_t error; /* REVERTED */
    char why[160]; /* REVERTED, UNKNOWN, LOST by coming too late: in words; else what net_usd
                      lacks, or "" */
} lq_dry_row_t;

/* Transactions of one block to be tried, in order, on the state behind PARENT. Valid during the
   call. */
typedef struct lq_dry_question {
    uint64_t id;
    lq_block_ref_t parent;
    lq_header_t block; /* the real one: number, time, base fee, fee recipient */
    size_t intent_cnt;
    const uint64_t *intents;
    const size_t *tx_cnts;      /* one for each */
    const lq_read_call_t *txs;  /* all of them */
    const lq_wei_t *values_wei; /* one for each of txs */
} lq_dry_question_t;

/* What came of one transaction. */
typedef struct lq_dry_result {
    bool known;      /* false: this node could not tell, as behind the first with eth_call */
    const char *why; /* not known, and never will be: why; NULL: asked again it may be */
    bool ok;
    uint32_t gas;        /* 0: not known */
    const uint8_t *data; /* of a revert */
    size_t data_sz;
    bool has_logs;
    const lq_evm_log_t *logs;
    size_t log_cnt;
    lq_u256_t repaid; /* as its logs tell of the account's liquidation (adapter.h); 0: nothing */
    lq_u256_t seized;
} lq_dry_result_t;

/* No function of the machine may be called from within, but for lq_dry_run_take. */
typedef struct lq_dry_sink {
    void *ctx;
    /* simulate: answered by lq_dry_run_tried, not from within. rival: the tip of TX of BLOCK, whose
       header is HEADER, is wanted; answered by lq_dry_run_rival, not from within. Who does not
       answer is not waited for: see patience_blk. */
    void (*simulate)(void *ctx, const lq_dry_question_t *question);
    void (*rival)(void *ctx, uint64_t id, const lq_hash_t *tx_hash, const lq_header_t *header);
    /* outcome: for the engine, as an event. booked: ROW is new, or another than it was told to be;
       FINAL: stays. unbooked: it is no more (its block was undone). */
    void (*outcome)(void *ctx, const lq_outcome_t *outcome);
    void (*booked)(void *ctx, const lq_dry_row_t *row, bool final);
    void (*unbooked)(void *ctx, uint64_t intent);
} lq_dry_sink_t;

typedef struct lq_dry_run_config {
    size_t intent_max; /* that are not final, 1 to 65536 */
    lq_address_t sender;
    lq_address_t executor; /* all zero: none */
    lq_address_t owner;    /* whom the executor sweeps to */
    uint32_t patience_blk; /* what is not known so many blocks behind the target is given up; or
                              when the engine does, LQ_ENGINE_PATIENCE_BLK behind the last */
} lq_dry_run_config_t;

size_t lq_dry_run_arena_sz(const lq_dry_run_config_t *config);
LQ_MUST_USE lq_err_t lq_dry_run_new(lq_dry_run_t **dry, lq_arena_t *arena,
                                    const lq_dry_run_config_t *config, const lq_dry_sink_t *sink);

/* lq_dry_run_take: the engine asks for a transaction at MOMENT, with the PRICES that the plan's
   tokens had and COIN. lq_dry_run_event: HEAD, BLOCK, UNDONE, BROKEN, each before the engine has
   it. lq_dry_run_liquidated: LOG, of any market, tells of a liquidation of ACCOUNT, its number as
   take's, by LIQUIDATOR (adapter.h); before the engine has it. lq_dry_run_renumbered: the engine
   reads all accounts anew, and their numbers mean others from now on. */
typedef struct lq_dry_price {
    lq_address_t token;
    lq_quote_t quote;
} lq_dry_price_t;
typedef struct lq_dry_moment {
    uint64_t mono_ns;   /* when the transaction could have been sent */
    uint64_t shown_blk; /* the highest block that any node had shown by then; 0: none */
} lq_dry_moment_t;
void lq_dry_run_take(lq_dry_run_t *dry, const lq_action_take_t *take, const lq_dry_moment_t *moment,
                     const lq_dry_price_t *prices, size_t price_cnt, const lq_quote_t *coin);
void lq_dry_run_renumbered(lq_dry_run_t *dry);
void lq_dry_run_event(lq_dry_run_t *dry, const lq_event_t *event);
void lq_dry_run_liquidated(lq_dry_run_t *dry, uint32_t account, const lq_address_t *liquidator,
                           const lq_evm_log_t *log);

/* Answers. lq_dry_run_tried: RESULTS one for each transaction of the question, or ERR and WHY.
   lq_dry_run_apart, in its place, where the nodes can try the first transaction alone: from now on,
   until results have logs, each intent is a question of its own, on the state behind the block's
   parent, and those of question ID are asked again so.
   lq_dry_run_rival: what is known of him; has_tip false: nothing. */
void lq_dry_run_tried(lq_dry_run_t *dry, uint64_t id, lq_err_t err, const char *why,
                      const lq_dry_result_t *results, size_t cnt);
void lq_dry_run_apart(lq_dry_run_t *dry, uint64_t id);
void lq_dry_run_rival(lq_dry_run_t *dry, uint64_t id, const lq_dry_rival_t *rival);

/* lq_dry_run_end books what is still open with what is known, most of it as LQ_DRY_UNKNOWN, and
   tells the engine nothing more: the run has ended. */
void lq_dry_run_end(lq_dry_run_t *dry);

typedef struct lq_dry_run_stat {
    uint64_t booked_cnt[LQ_DRY_VERDICT_CNT]; /* that stand */
    uint64_t full_cnt;                       /* intents beyond intent_max: not booked */
    lq_i256_t won_usd;                       /* net, of WON */
    lq_i256_t estimated_usd;                 /* the same ones, as estimated */
    lq_i256_t lost_usd;                      /* net, of LOST */
    lq_wei_t gas_wei;                        /* of WON */
    lq_wei_t bid_wei;
} lq_dry_run_stat_t;
lq_dry_run_stat_t lq_dry_run_stat(const lq_dry_run_t *dry);

const char *lq_dry_verdict_str(lq_dry_verdict_t verdict);

#endif
