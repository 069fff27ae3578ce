#ifndef LIQD_DECIDE_LIMITS_H
#define LIQD_DECIDE_LIMITS_H

/* Limits and breakers: what holds liquidations back although they would earn. Each has a name, says
   that it holds and when it will let go. What they have counted survives a restart. Pure: the time
   is an argument, in wall seconds.

   A limit is a budget that what is done uses up, and that time gives back; a breaker opens on a
   condition of the world and closes when that has ended, or, where it says so, by an operator.

   Windows slide in steps: what lies in a minute of which any second is less than an hour ago counts
   for the hour, a quarter of an hour for the day. So a budget lets go up to a step late, never
   early.

   The clock may be wrong. What it leaps ahead counts as passed, once: what was used before lets go
   early, what comes after is counted as ever. What it goes back up to LQ_LIMITS_BACK_SEC is waited
   for; farther back, time goes on from where it stood. So nothing is held longer than its own time
   and LQ_LIMITS_BACK_SEC, as long as the time is told whenever it has changed. What nobody has told
   yet (base fee, balance, head) holds where there is a limit on it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/num/amount.h"
#include "liqd/num/i256.h"

/* X(name, string): LQ_LIMIT_<name>. */
#define LQ_LIMIT_TABLE(X)                                                                        \
    X(GAS_HOUR, "gas_hour")                   /* spent on gas in the last hour */                \
    X(GAS_DAY, "gas_day")                     /* and day */                                      \
    X(LOSS_DAY, "loss_day")                   /* realised loss of the last day */                \
    X(REVERT_RATIO, "revert_ratio")           /* of the newest transactions too many reverted */ \
    X(EXPOSURE, "exposure")                   /* worth of what is in flight and not settled */   \
    X(BORROWER_FAILURES, "borrower_failures") /* of this borrower too many failed */             \
    X(BASE_FEE, "base_fee")                   /* above the ceiling */                            \
    X(GAS_BALANCE, "gas_balance")             /* the senders' coin is below the minimum */       \
    X(STALE_HEAD, "stale_head")               /* no block for too long */                        \
    X(STALE_PRICE, "stale_price")             /* our own price of a token is too old */          \
    X(PRICE_DEVIATION, "price_deviation") /* its sources disagree, or ours and the protocol's */ \
    X(AUDIT, "audit")                     /* audits of a market did not match */                 \
    X(PAUSE, "pause")                     /* an operator said so */

typedef enum lq_limit {
#define LQ_LIMIT_ENUM(name, string) LQ_LIMIT_##name,
    LQ_LIMIT_TABLE(LQ_LIMIT_ENUM)
#undef LQ_LIMIT_ENUM
    LQ_LIMIT_CNT
} lq_limit_t;

const char *lq_limit_str(lq_limit_t limit);

/* lq_limit_is_breaker tells whether it is a breaker, of the world; else a budget. */
bool lq_limit_is_breaker(lq_limit_t limit);

/* 0, or all zero, is "none" for each that says so. */
typedef struct lq_limits_config {
    lq_wei_t gas_hour_wei;         /* 0: none */
    lq_wei_t gas_day_wei;          /* 0: none */
    lq_usd_t loss_day_usd;         /* 0: none */
    uint32_t revert_ratio_bps;     /* of revert_window; 10000: none */
    uint32_t revert_window;        /* transactions, 1 to LQ_LIMITS_WINDOW_MAX; nothing is held
                                      before so many were mined; a larger part of them holds */
    uint32_t revert_hold_sec;      /* it lets go after that, with the window emptied */
    lq_usd_t exposure_usd;         /* 0: none */
    uint32_t borrower_failure_max; /* in borrower_failure_sec: so many hold; at most
                                      LQ_LIMITS_FAILURE_MAX; 0: none */
    uint32_t borrower_failure_sec;
    lq_wei_t base_fee_max_wei;    /* 0: none */
    lq_wei_t gas_balance_min_wei; /* 0: none */
    uint32_t stale_head_sec;      /* 0: none */
    uint32_t gap_bps;             /* ours from the protocol's price; 0: none */
} lq_limits_config_t;

#define LQ_LIMITS_WINDOW_MAX  256u
#define LQ_LIMITS_FAILURE_MAX 16u
#define LQ_LIMITS_BACK_SEC    600u
#define LQ_LIMITS_NOW_MAX     (UINT64_C(1) << 40) /* wall seconds; later is taken as this */

/* Borrowers of whom failures are kept. When it is full the one with the fewest that count goes, of
   these the one that failed longest ago; never one that is held. Were all held, further failures
   would count for all others together: whoever makes thousands fail frees nobody. */
#define LQ_LIMITS_BORROWER_MAX 1024u

/* Opaque. */
typedef struct lq_limits lq_limits_t;

/* That somebody holds. */
typedef struct lq_hold {
    lq_limit_t limit;
    uint64_t until_sec; /* lets go in this second, if nothing else happens; 0: when what it watches
                           has changed */
} lq_hold_t;

size_t lq_limits_arena_sz(void);

/* lq_limits_new makes *LIMITS with nothing counted. LQ_ERR_RANGE: lq_limits_check says what;
   LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_limits_new(lq_limits_t **limits, lq_arena_t *arena,
                                   const lq_limits_config_t *config, uint64_t seed);

/* lq_limits_configure has CONFIG count from now on; what was counted stays. LQ_ERR_RANGE, as above:
   nothing is changed then. */
LQ_MUST_USE lq_err_t lq_limits_configure(lq_limits_t *limits, const lq_limits_config_t *config);

/* lq_limits_check returns LQ_ERR_RANGE where CONFIG contradicts itself (an hour that allows more
   than the day, a window of 0, a budget for gas below one transaction at the highest base fee) and
   says in MSG (may be NULL) what, and what to do. */
LQ_MUST_USE lq_err_t lq_limits_check(const lq_limits_config_t *config, lq_err_msg_t *msg);

/* What the world is like: asked for by lq_limits_hold, set when it changes. */
void lq_limits_set_pause(lq_limits_t *limits, bool paused);
bool lq_limits_paused(const lq_limits_t *limits);
void lq_limits_set_base_fee(lq_limits_t *limits, const lq_wei_t *base_fee);
void lq_limits_set_gas_balance(lq_limits_t *limits, const lq_wei_t *balance);
void lq_limits_set_head(lq_limits_t *limits, uint64_t head_sec);

/* lq_limits_tell_time notes the time: about once a second, and wherever NOW_SEC stands below. What
   a clock that goes back has passed until then is not known otherwise. */
void lq_limits_tell_time(lq_limits_t *limits, uint64_t now_sec);

/* lq_limits_hold tells whether anything holds back a transaction for BORROWER that ties up
   EXPOSURE and may cost GAS_WEI: true, and *OUT is the first in the order of the table. Those that
   the caller sees himself (STALE_PRICE, PRICE_DEVIATION, AUDIT) are not among them. It notes the
   time. Cost: a look into a hash map. */
bool lq_limits_hold(lq_limits_t *limits, lq_hold_t *out, const lq_address_t *borrower,
                    const lq_usd_t *exposure, const lq_wei_t *gas_wei, uint64_t now_sec);

/* lq_limits_would_hold tells the same and notes nothing. */
bool lq_limits_would_hold(const lq_limits_t *limits, lq_hold_t *out, const lq_address_t *borrower,
                          const lq_usd_t *exposure, const lq_wei_t *gas_wei, uint64_t now_sec);

/* lq_limits_holding tells whether LIMIT holds for everybody now, for reports, and sets *OUT. */
bool lq_limits_holding(const lq_limits_t *limits, lq_hold_t *out, lq_limit_t limit,
                       uint64_t now_sec);

/* What is done. taken: a transaction left that ties up EXPOSURE and may cost GAS_WEI. ended: it
   came to its end: what was tied up is free, and GAS_WEI instead of what was reckoned with was
   spent, and is off the senders' coin until that is set again; a failure counts for its BORROWER.
   Amounts of taken and ended are to be the same (LQ_BUG where more is freed than was tied up).
   realised: PROFIT of a transaction, at finality; a loss counts. */
void lq_limits_taken(lq_limits_t *limits, const lq_usd_t *exposure, const lq_wei_t *gas_wei,
                     uint64_t now_sec);
typedef struct lq_limits_end {
    lq_address_t borrower;
    lq_usd_t exposure;  /* as taken */
    lq_wei_t gas_wei;   /* as taken */
    lq_wei_t spent_wei; /* really */
    bool mined;
    bool failed; /* mined and reverted */
} lq_limits_end_t;
void lq_limits_ended(lq_limits_t *limits, const lq_limits_end_t *end, uint64_t now_sec);
void lq_limits_realised(lq_limits_t *limits, const lq_i256_t *profit_usd, uint64_t now_sec);

/* lq_limits_resume is an operator's command: pause ends, and what is held until some time by
   REVERT_RATIO, LOSS_DAY or BORROWER_FAILURES is let go, as if that time had come. */
void lq_limits_resume(lq_limits_t *limits);

/* What was counted, and a pause, as bytes: as in gas.h. The gas of what is in flight is among it as
   spent, since nobody may tell after a restart what became of it; its exposure is not. The bytes
   change only when something is counted, taken or ended, and while gas is in flight. _load is for
   LIMITS that have been told no time yet (LQ_BUG); a pause that stands stays. */
size_t lq_limits_memory_sz(const lq_limits_t *limits);
void lq_limits_save(const lq_limits_t *limits, uint8_t *out);
LQ_MUST_USE lq_err_t lq_limits_load(lq_limits_t *limits, const uint8_t *p, size_t sz);

#endif
