#ifndef PLAN_DIGEST_H
#define PLAN_DIGEST_H

/* What a plan says, without what stands behind its steps and between its fields. */

#include "liqd/base/digest.h"
#include "liqd/decide/sizing.h"

static inline uint64_t lq_test_plan_digest(const lq_plan_t *plan)
{
    uint64_t sum = lq_digest(&plan->profit, sizeof(plan->profit));
    sum = lq_digest_word(sum, lq_digest(&plan->gas_kind, sizeof(plan->gas_kind)));
    sum = lq_digest_word(sum, plan->gas);
    for (size_t i = 0; i < plan->step_cnt; i++) {
        const lq_plan_step_t *step = &plan->steps[i];
        sum = lq_digest_word(sum, step->call.pair.collateral);
        sum = lq_digest_word(sum, step->call.pair.debt);
        sum = lq_digest_word(sum, step->call.by);
        sum = lq_digest_word(sum, lq_digest(&step->call.amount, sizeof(step->call.amount)));
        sum = lq_digest_word(sum, lq_digest(&step->outcome.repaid, sizeof(step->outcome.repaid)));
        sum = lq_digest_word(sum, lq_digest(&step->outcome.seized, sizeof(step->outcome.seized)));
        sum = lq_digest_word(sum, lq_digest(&step->profit, sizeof(step->profit)));
        sum = lq_digest_word(sum, lq_digest(&step->swap.amount_in, sizeof(step->swap.amount_in)));
        sum = lq_digest_word(sum, lq_digest(&step->flash_fee, sizeof(step->flash_fee)));
    }
    return sum;
}

#endif
