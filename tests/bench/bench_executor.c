#include "bench.h"

#include <stdlib.h>

#include "executor_world.h"

/* Enough that branches cannot be learnt by heart. */
#define CASE_CNT 32

typedef struct encoding {
    executor_world_t *worlds[CASE_CNT];
    size_t sizes[CASE_CNT];
    uint8_t out[LQ_EXECUTOR_SZ_MAX];
} encoding_t;

static void encode(void *ctx, size_t iters)
{
    encoding_t *e = ctx;
    for (size_t i = 0; i < iters; i++) {
        size_t sz = 0;
        (void)!lq_executor_encode(e->out, sizeof(e->out), &sz, &e->worlds[i % CASE_CNT]->job);
        lq_bench_keep(e->out);
    }
}

/* The floor: so many bytes copied. */
static void copy(void *ctx, size_t iters)
{
    static uint8_t from[LQ_EXECUTOR_SZ_MAX];
    encoding_t *e = ctx;
    for (size_t i = 0; i < iters; i++) {
        memcpy(e->out, from, e->sizes[i % CASE_CNT]);
        lq_bench_keep(e->out);
    }
}

/* Jobs by FLASH of STEP_CNT steps whose swaps have LEG_CNT legs together, with calls as long as
   Aave's. */
static void draw(encoding_t *e, size_t step_cnt, uint32_t leg_cnt)
{
    static uint8_t input[164];
    lq_rng_t rng;
    lq_rng_seed(&rng, 1);
    for (size_t i = 0; i < CASE_CNT; i++) {
        executor_world_t *w = e->worlds[i];
        uint32_t legs = 0;
        do {
            world_draw(w, &rng);
            legs = 0;
            for (size_t k = 0; k < w->job.step_cnt; k++)
                legs += w->steps[k].swap.leg_cnt;
        } while (w->job.funding != LQ_FUNDING_FLASH || w->job.step_cnt != step_cnt ||
                 legs != leg_cnt);
        for (size_t k = 0; k < step_cnt; k++)
            w->calls[k] = (lq_read_call_t){{{1}}, input, sizeof(input)};
        w->job.guard_cnt = 1;
        w->guards[0] = (lq_read_call_t){{{1}}, input, 36};
        (void)!lq_executor_encode(e->out, sizeof(e->out), &e->sizes[i], &w->job);
    }
}

lq_bench_fn_t lq_bench_executor;

void lq_bench_executor(lq_bench_t *bench)
{
    static const struct {
        const char *name;
        size_t step_cnt;
        uint32_t leg_cnt;
    } cases[] = {
        {"decide/executor: one step, one pool", 1, 1},
        {"decide/executor: one step, three paths of two pools", 1, 6},
        {"decide/executor: four steps, eight pools", 4, 8},
    };
    static encoding_t e;
    for (size_t i = 0; i < CASE_CNT; i++) {
        e.worlds[i] = malloc(sizeof(executor_world_t));
        LQ_ASSERT(e.worlds[i]);
        world_open(e.worlds[i]);
    }
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        draw(&e, cases[i].step_cnt, cases[i].leg_cnt);
        lq_bench_case(bench, &(lq_bench_case_t){.name = cases[i].name,
                                                .work = encode,
                                                .reference = "memcpy",
                                                .reference_work = copy,
                                                .ctx = &e});
    }
    for (size_t i = 0; i < CASE_CNT; i++) {
        world_close(e.worlds[i]);
        free(e.worlds[i]);
    }
}
