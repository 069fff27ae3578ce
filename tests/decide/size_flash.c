#include <inttypes.h>
#include <stdio.h>

#include "liqd/decide/executor.h"

#include "size_internal.h"

void size_set_flash(job_t *job, uint32_t slippage_bps)
{
    job->flash = true;
    job->slippage_bps = slippage_bps;
    job->swaps = lq_venues_swaps(lq_sync_venues(lq_follow_state(job->follow)->sync));
}

static void print_swaps(const lq_plan_t *plan)
{
    for (size_t i = 0; i < plan->step_cnt; i++) {
        (void)printf("W");
        size_print_number(&plan->steps[i].swap.amount_in);
        size_print_number(&plan->steps[i].swap.amount_out);
        (void)printf(" %" PRIu32, plan->steps[i].swap.leg_cnt);
        size_print_number(&plan->steps[i].flash_fee);
        (void)printf(" %s\n", lq_lender_kind_str(plan->steps[i].loan.kind));
    }
}

/* All of the plan, good for ten blocks, with everything to be gained that is planned. */
static void print_program(const ask_t *ask)
{
    const lq_plan_t *plan = &ask->job->plan;
    lq_sync_t *sync = lq_follow_state(ask->job->follow)->sync;
    uint8_t data[2 * CALL_DATA_SZ];
    uint8_t out[LQ_EXECUTOR_SZ_MAX];
    size_t sz;
    lq_read_call_t list[LQ_PLAN_STEP_MAX + 1];
    lq_executor_tokens_t tokens[LQ_PLAN_STEP_MAX];
    lq_calls_t calls = {
        .calls = list, .call_max = LQ_ARRAY_CNT(list), .data = data, .data_max = sizeof(data)};
    lq_executor_job_t job = {.steps = plan->steps,
                             .step_cnt = plan->step_cnt,
                             .calls = list,
                             .tokens = tokens,
                             .guard = &list[plan->step_cnt],
                             .venues = lq_sync_venues(sync),
                             .funding = LQ_FUNDING_FLASH,
                             .last_blk = lq_sync_stat(sync).complete.number + 10,
                             .slippage_bps = ask->job->slippage_bps};
    for (size_t i = 0; i < plan->step_cnt; i++) {
        const lq_liquidation_pair_t *pair = &plan->steps[i].call.pair;
        uint8_t decimals;
        size_add_call(ask, &calls, &plan->steps[i]);
        ask->adapter->asset_token(ask->self, pair->collateral, &tokens[i].collateral, &decimals);
        ask->adapter->asset_token(ask->self, pair->debt, &tokens[i].debt, &decimals);
    }
    if (ask->adapter->guard(ask->self, &calls, &job.guard_min, ask->account, &plan->steps[0].call,
                            &plan->steps[0].outcome))
        LQ_BUG("a guard has no place");
    lq_err_t err = lq_executor_encode(out, sizeof(out), &sz, &job);
    if (err)
        LQ_BUG("a plan is no program: %s", lq_err_str(err));
    (void)printf("G");
    size_print_hex(job.guard->to.b, sizeof(job.guard->to.b));
    (void)printf(" %u", job.guard_min.word);
    size_print_number(&job.guard_min.min);
    size_print_hex(job.guard->input, job.guard->input_sz);
    (void)printf("\nX %" PRIu64, job.last_blk);
    size_print_hex(out, sz);
    (void)printf("\n");
}

void size_print_flash(const ask_t *ask)
{
    print_swaps(&ask->job->plan);
    print_program(ask);
}
