#ifndef LIQD_DECIDE_LIMITS_INTERNAL_H
#define LIQD_DECIDE_LIMITS_INTERNAL_H

/* What limits are made of. Times are those of the limits' own clock, see lq_limits_clock_at, but
   where they are called now_sec or wall_sec. */

#include "liqd/base/map.h"
#include "liqd/decide/limits.h"

/* ---- the clock ---- */

typedef struct limits_clock {
    uint64_t time_sec;  /* never goes back */
    uint64_t ahead_sec; /* of the wall's */
    uint64_t kept_sec;  /* when something was counted last, or the wall's time went far back */
    bool known;
} limits_clock_t;

/* lq_limits_clock_at returns CLOCK when the wall says NOW_SEC. The wall's time may be wrong. What
   it leaps ahead has passed, once; what it goes back up to LQ_LIMITS_BACK_SEC the clock waits for;
   farther back, the clock goes on from where it stands. */
limits_clock_t lq_limits_clock_at(const limits_clock_t *clock, uint64_t now_sec);

/* ---- a budget over a window of time ---- */

/* What was used, in buckets of bucket_sec. One counts as long as any second of it lies in the
   window: for bucket_cnt buckets behind its own. */
#define BUDGET_BUCKET_MAX 96u

#define HOUR_BUCKET_SEC 60u
#define HOUR_BUCKET_CNT 60u
#define DAY_BUCKET_SEC  900u
#define DAY_BUCKET_CNT  96u

typedef struct budget {
    uint32_t bucket_sec;
    uint32_t bucket_cnt;
    uint64_t bucket;                       /* in which it was last used */
    lq_u256_t left[BUDGET_BUCKET_MAX + 1]; /* what still counts so many buckets later */
} budget_t;

/* lq_budget_use adds AMOUNT at TIME_SEC; what no word has room for stays at its largest. */
void lq_budget_use(budget_t *b, const lq_u256_t *amount, uint64_t time_sec);

/* lq_budget_used returns what counts at TIME_SEC. */
lq_u256_t lq_budget_used(const budget_t *b, uint64_t time_sec);

/* lq_budget_exceeds tells whether more than ROOM counts at TIME_SEC. What counted when it was last
   used is never less, which mostly spares the look at the time. */
static inline bool lq_budget_exceeds(const budget_t *b, const lq_u256_t *room, uint64_t time_sec)
{
    if (LQ_LIKELY(!lq_u256_lt(room, &b->left[0])))
        return false;
    lq_u256_t used = lq_budget_used(b, time_sec);
    return lq_u256_lt(room, &used);
}

/* lq_budget_frees_sec returns from when on at most ROOM counts, TIME_SEC or later, if nothing more
   is used. */
uint64_t lq_budget_frees_sec(const budget_t *b, const lq_u256_t *room, uint64_t time_sec);

/* lq_budget_pass has what counts pass away, the oldest first, as far as more than ROOM counts. */
void lq_budget_pass(budget_t *b, const lq_u256_t *room);

/* ---- failures of borrowers ---- */

#define BORROWER_ROW_CNT (LQ_LIMITS_BORROWER_MAX + 1)
#define BORROWER_REST    LQ_LIMITS_BORROWER_MAX /* the row that all share who have none */

typedef struct failures {
    lq_address_t borrower;
    uint32_t cnt;                              /* of times, at most as many */
    uint64_t times_sec[LQ_LIMITS_FAILURE_MAX]; /* the newest, newest first */
} failures_t;

/* The rule, of lq_limits_config_t: MAX failures in SEC seconds hold. */
typedef struct failure_rule {
    uint32_t max;
    uint32_t sec;
} failure_rule_t;

typedef struct borrowers {
    lq_map_t *map; /* address to row */
    uint32_t row_cnt;
    failures_t rows[BORROWER_ROW_CNT];
} borrowers_t;

/* lq_borrowers_fail adds a failure of BORROWER at TIME_SEC. Where there is no room the row goes
   that has the fewest failures within the rule's time, of these the one that failed longest ago;
   never one that holds: where all do, the failure counts for all who have no row. */
void lq_borrowers_fail(borrowers_t *b, const lq_address_t *borrower, const failure_rule_t *rule,
                       uint64_t time_sec);

/* lq_borrowers_until_sec returns until when BORROWER is held, or, for NULL, all who have no row; 0:
   not at all. */
uint64_t lq_borrowers_until_sec(const borrowers_t *b, const lq_address_t *borrower,
                                const failure_rule_t *rule, uint64_t time_sec);

/* lq_borrowers_release has the oldest failures of those who are held pass away, as far as they
   hold. Whether they are held is judged at TIME_SEC. */
void lq_borrowers_release(borrowers_t *b, const failure_rule_t *rule, uint64_t time_sec);

void lq_borrowers_clear(borrowers_t *b);

/* ---- all ---- */

/* A sum of what is in flight, in full: sum + carry_cnt 2^256. */
typedef struct tied {
    lq_u256_t sum;
    uint32_t carry_cnt;
} tied_t;

/* Whether the newest transactions that were mined reverted. */
typedef struct outcomes {
    lq_u256_t reverted; /* a bit each, the newest the lowest */
    uint32_t cnt;
    uint64_t until_sec; /* the breaker holds; 0: it does not */
} outcomes_t;
_Static_assert(LQ_LIMITS_WINDOW_MAX == 256, "the outcomes are the bits of a word");

struct lq_limits {
    lq_limits_config_t config;
    limits_clock_t clock;
    bool paused;
    budget_t gas_hour;
    budget_t gas_day;
    budget_t loss_day;
    outcomes_t outcomes;
    tied_t exposure;
    tied_t gas;
    bool base_fee_known;
    bool gas_balance_known;
    bool head_known;
    lq_wei_t base_fee_wei;
    lq_wei_t gas_balance_wei; /* as last told, less what was spent since */
    uint64_t head_sec;        /* the wall's */
    borrowers_t borrowers;
};

/* lq_limits_forget makes LIMITS as if nothing had ever been counted; what is in flight and what the
   world is like stay. */
void lq_limits_forget(lq_limits_t *limits);

#endif
