#ifndef LIQD_DECIDE_EXECUTOR_INTERNAL_H
#define LIQD_DECIDE_EXECUTOR_INTERNAL_H

/* What a job comes to (executor_job.c), before it is written down (executor.c). */

#include "liqd/decide/executor.h"

#define EXECUTOR_BPS 10000u

/* A token that is seized: what comes of it, and what goes. */
typedef struct executor_purse {
    const lq_address_t *token;
    lq_u256_t seized;
    lq_u256_t swapped; /* as quoted */
    lq_u256_t spent;   /* swapped and repaid at most, but for slippage */
} executor_purse_t;

#define EXECUTOR_NO_TRADE LQ_PLAN_STEP_MAX

/* A token that is owed, and all that the steps repay of it. */
typedef struct executor_loan {
    const lq_address_t *token;
    const lq_loan_t *by;
    lq_u256_t repaid; /* as planned */
    lq_u256_t amount; /* borrowed */
    lq_u256_t fee;    /* of that, at most */
    lq_u256_t growth; /* of what is repaid, at most */
    lq_u256_t more;   /* than planned that has to be swapped for at most */
    bool is_seized;   /* some step seizes it: what the executor lacks of it is then not what it has
                         to be swapped for */
    size_t last;      /* of the trades for it, the largest; EXECUTOR_NO_TRADE: there is none */
} executor_loan_t;

/* A path of a swap. */
typedef struct executor_path {
    const lq_swap_leg_t *legs;
    size_t leg_cnt;
    lq_u256_t more; /* than quoted that it may have to get */
} executor_path_t;

/* All swaps of one collateral for one debt. */
typedef struct executor_trade {
    size_t purse;
    size_t loan;
    lq_swap_t swap;                          /* the sum of the steps' */
    executor_path_t paths[LQ_SWAP_PATH_MAX]; /* the one that carries most is the last */
    size_t path_cnt;
} executor_trade_t;

typedef struct executor_work {
    const lq_executor_job_t *job;
    size_t purse_cnt;
    size_t loan_cnt;
    size_t trade_cnt;
    executor_purse_t purses[LQ_PLAN_STEP_MAX];
    executor_loan_t loans[LQ_PLAN_STEP_MAX]; /* the first is the outermost */
    executor_trade_t trades[LQ_PLAN_STEP_MAX];
    lq_u256_t allowances[LQ_PLAN_STEP_MAX]; /* of the steps' calls */
} executor_work_t;

static inline bool executor_same(const lq_address_t *a, const lq_address_t *b)
{
    return __builtin_memcmp(a, b, sizeof(*a)) == 0;
}

/* executor_reckon sets *W to what JOB comes to. LQ_ERR_INVAL. */
LQ_MUST_USE lq_err_t executor_reckon(executor_work_t *w, const lq_executor_job_t *job);

/* executor_paths sets the *PATH_CNT PATHS of JOB's swap. LQ_ERR_INVAL. */
LQ_MUST_USE lq_err_t executor_paths(executor_path_t paths[LQ_SWAP_PATH_MAX], size_t *path_cnt,
                                    const lq_executor_swap_job_t *job);

/* executor_most_in sets *OUT to the most that leg number I of PATH may take, slippage included.
   LQ_ERR_INVAL. */
LQ_MUST_USE lq_err_t executor_most_in(lq_u256_t *out, const lq_executor_job_t *job,
                                      const executor_path_t *path, size_t i);

/* executor_least_gain sets *OUT to what PURSE has to have gained in the end. */
void executor_least_gain(lq_u256_t *out, const lq_executor_job_t *job,
                         const executor_purse_t *purse);

#endif
