#include "fuzz.h"

#include "../support/executor_run.h"
#include "liqd/base/digest.h"

/* The laws: a revert's data is read without looking beyond it, and what is read of it points into
   it. A job, drawn by the data, is encoded and does what it says; one whose figures the data breaks
   is refused, or encoded in the bytes it says. */

static void read_revert(const uint8_t *data, size_t sz)
{
    lq_executor_revert_t out = {.error = LQ_EXECUTOR_ERROR_CNT};
    lq_err_t err = lq_executor_revert(&out, data, sz);
    if (err) {
        LQ_ASSERT(err == LQ_ERR_SYNTAX && out.error == LQ_EXECUTOR_ERROR_CNT);
        return;
    }
    LQ_ASSERT(out.error < LQ_EXECUTOR_ERROR_CNT);
    LQ_ASSERT(out.inner_sz == 0 ||
              (out.inner >= data && out.inner_sz <= sz && out.inner + out.inner_sz <= data + sz));
}

static void carry_out(executor_world_t *w)
{
    uint8_t out[LQ_EXECUTOR_SZ_MAX];
    size_t sz = 0;
    LQ_ASSERT(!lq_executor_encode(out, sizeof(out), &sz, &w->job));
    lq_u256_t size = lq_u256_from_be(out + 36);
    world_execute(w, out + 68, (size_t)world_small(&size));
}

/* Any bytes for the steps and what comes behind them. */
static void encode_broken(executor_world_t *w, const uint8_t *data, size_t sz, uint64_t at)
{
    uint8_t out[LQ_EXECUTOR_SZ_MAX];
    size_t out_sz = 0;
    at %= sizeof(w->steps);
    memcpy((uint8_t *)w->steps + at, data, sz < sizeof(w->steps) - at ? sz : sizeof(w->steps) - at);
    for (size_t i = 0; i < LQ_PLAN_STEP_MAX; i++) { /* what is no value of its type */
        w->steps[i].loan.token1 = false;
        w->steps[i].outcome.closes_debt = w->steps[i].outcome.takes_all = false;
        for (uint32_t k = 0; k < LQ_SWAP_LEG_MAX; k++)
            w->steps[i].swap.legs[k].hop.zero_for_one = k % 2;
    }
    lq_err_t err = lq_executor_encode(out, sizeof(out), &out_sz, &w->job);
    LQ_ASSERT(err == LQ_OK || err == LQ_ERR_INVAL);
    LQ_ASSERT(err ? out_sz == 0 : out_sz % 32 == 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    static executor_world_t world;
    static bool is_open;
    lq_rng_t rng;
    if (!is_open)
        world_open(&world);
    is_open = true;
    read_revert(data, sz);
    lq_rng_seed(&rng, lq_digest(data, sz));
    world_draw(&world, &rng);
    world_fill(&world, &rng);
    carry_out(&world);
    if (sz)
        encode_broken(&world, data, sz, lq_rng_u64(&rng));
    return 0;
}
