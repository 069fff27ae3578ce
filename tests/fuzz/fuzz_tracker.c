#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "../unit/chain/tracker_model.h"
#include "liqd/base/arena.h"
#include "liqd/chain/tracker.h"

/* The laws of events.h hold whatever comes in: blocks of a small universe, whose hashes and parents
   the bytes choose freely, so that nothing need fit together. */

#define WANT_CNT 16
#define LIST_CNT 4

typedef struct input {
    const uint8_t *data;
    size_t sz;
    model_t *model;
    uint32_t want[WANT_CNT];
    uint32_t want_cnt;
} input_t;

static uint8_t byte(input_t *in)
{
    if (!in->sz)
        return 0;
    in->sz--;
    return *in->data++;
}

static void on_event(void *ctx, const lq_event_t *e)
{
    model_apply(((input_t *)ctx)->model, e);
}

static void on_want(void *ctx, const lq_want_t *want)
{
    input_t *in = ctx;
    LQ_ASSERT(want->from <= want->to && want->to - want->from < LQ_TRACKER_RANGE_MAX);
    in->want[in->want_cnt++ % WANT_CNT] = want->id;
}

/* A block of number N, one of four of it, or with a number that is not its own. */
static lq_block_ref_t take_ref(input_t *in)
{
    uint8_t n = byte(in);
    lq_block_ref_t ref = {.number = 100 + n / 4 % 32};
    ref.hash.b[0] = (uint8_t)(ref.number & 0xff);
    ref.hash.b[1] = n & 3;
    if (n >= 250)
        ref.number += byte(in) * (uint64_t)1000;
    return ref;
}

static lq_header_t take_header(input_t *in)
{
    lq_header_t h = {.block = take_ref(in)};
    uint8_t parent = byte(in);
    h.parent_hash.b[0] = (uint8_t)((h.block.number - 1) & 0xff);
    h.parent_hash.b[1] = parent & 3;
    if (parent & 4)
        memset(h.logs_bloom, 0xff, sizeof(h.logs_bloom));
    return h;
}

static lq_evm_log_t take_log(input_t *in)
{
    static const uint8_t data[64];
    lq_evm_log_t log = {.block = take_ref(in), .data = data};
    uint8_t what = byte(in);
    log.log_idx = what & 15;
    log.tx_idx = what >> 4 & 1;
    log.data_sz = what & 0x20 ? 64 : 0;
    log.topic_cnt = what >> 6;
    return log;
}

static void take_answer(input_t *in, lq_tracker_t *t, lq_time_t now)
{
    lq_header_t headers[LIST_CNT];
    lq_evm_log_t logs[LIST_CNT];
    lq_tracker_answer_t a = {.headers = headers, .logs = logs, .time = now};
    a.id = in->want[byte(in) % WANT_CNT];
    a.endpoint = byte(in) % 3;
    a.header_cnt = byte(in) % (LIST_CNT + 1);
    a.log_cnt = byte(in) % (LIST_CNT + 1);
    for (size_t i = 0; i < a.header_cnt; i++)
        headers[i] = take_header(in);
    for (size_t i = 0; i < a.log_cnt; i++)
        logs[i] = take_log(in);
    lq_tracker_answer(t, &a);
}

static void take_input(input_t *in, lq_tracker_t *t, lq_time_t now)
{
    uint8_t what = byte(in);
    uint32_t endpoint = (what >> 3) % 3;
    switch (what & 7) {
    case 0:
        lq_tracker_connected(t, endpoint, (lq_unanswered_t)(what >> 6 & 1) + (what >> 7), now);
        break;
    case 1:
    case 2: {
        lq_header_t h = take_header(in);
        lq_tracker_head(t, endpoint, &h, now);
        break;
    }
    case 3:
    case 4: {
        lq_evm_log_t log = take_log(in);
        lq_tracker_log(t, endpoint, &log, (what & 0xc0) == 0xc0, now);
        break;
    }
    case 5:
    case 6:
        take_answer(in, t, now);
        break;
    default:
        lq_tracker_unanswered(t, in->want[byte(in) % WANT_CNT],
                              (lq_unanswered_t)(what >> 6 & 1) + (what >> 7), now);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    input_t in = {.data = data, .sz = sz, .model = calloc(1, sizeof(model_t))};
    LQ_ASSERT(in.model);
    uint8_t choice = byte(&in);
    lq_tracker_config_t config = {.endpoint_cnt = 3,
                                  .quorum = 1 + choice % 2,
                                  .window_blk = 1 + choice / 2 % 8,
                                  .trust_bloom = choice & 0x10,
                                  .gap_max_blk = 50,
                                  .retry_ns = 100,
                                  .header_max = choice & 0x20 ? 1 : 50,
                                  .log_max = choice & 0x40 ? 3 : 200,
                                  .data_max = choice & 0x80 ? 100 : 10000};
    lq_arena_t arena;
    LQ_ASSERT(!lq_arena_init(&arena, (size_t)4 << 20));
    lq_tracker_t *t;
    lq_tracker_sink_t sink = {&in, on_event, on_want};
    LQ_ASSERT(!lq_tracker_new(&t, &arena, &config, &(lq_filter_t){0}, &sink));
    if (choice % 3 == 0)
        lq_tracker_start(t, 105, &(lq_hash_t){0});
    for (lq_time_t now = {0, 0}; in.sz; now.mono_ns += 10) {
        take_input(&in, t, now);
        LQ_ASSERT(lq_tracker_step(t, now) >= now.mono_ns);
    }
    lq_arena_fini(&arena);
    free(in.model);
    return 0;
}
