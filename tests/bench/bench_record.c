#include "bench.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "liqd/record/event_log.h"

/* What the hot thread pays for recording an event with what the engine did at it, the file's own
   thread on another core where there is one. The reference copies as many bytes into as large a
   ring, touched as this one is. Target: 300 ns an event, whatever the reference takes. */

#define RING_SZ       ((size_t)128 << 20) /* as much as hundreds of samples write */
#define DRAIN_US      1000
#define ACTION_MAX    3u
#define READ_CALL_CNT 10u
#define CALLDATA_SZ   228u /* liquidationCall's, a multicall's call's */
#define WAD_DIGITS    1234500000000000000u

typedef struct bench_record {
    lq_recorder_t *recorder;
    lq_event_t event;
    lq_action_t actions[ACTION_MAX];
    size_t action_cnt;
    size_t sz; /* of all of them in the ring */
    uint8_t *source;
    uint8_t *ring;
    size_t at;
} bench_record_t;

/* Once in hundreds of samples the writer gets time to catch up. */
static void drain(const bench_record_t *b, size_t iters)
{
    lq_recorder_stat_t stat = lq_recorder_stat(b->recorder);
    if ((stat.event_cnt - stat.written_cnt + iters) * b->sz < RING_SZ / 2)
        return;
    while (stat.event_cnt > stat.written_cnt && !stat.ended) {
        (void)usleep(DRAIN_US);
        stat = lq_recorder_stat(b->recorder);
    }
}

static void record(void *ctx, size_t iters)
{
    bench_record_t *b = ctx;
    drain(b, iters);
    for (size_t i = 0; i < iters; i++) {
        lq_recorder_event(b->recorder, &b->event);
        for (size_t k = 0; k < b->action_cnt; k++)
            lq_recorder_action(b->recorder, &b->actions[k]);
        lq_recorder_done(b->recorder);
    }
    lq_recorder_stat_t stat = lq_recorder_stat(b->recorder);
    if (stat.ended) {
        (void)fprintf(stderr, "liqd_bench: recording has ended: %s (%d)\n", lq_err_str(stat.err),
                      stat.os_error);
        exit(1);
    }
}

static void copy(void *ctx, size_t iters)
{
    bench_record_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        if (b->at + b->sz > RING_SZ)
            b->at = 0;
        lq_bench_keep(b->source);
        memcpy(b->ring + b->at, b->source, b->sz);
        lq_bench_keep(b->ring + b->at);
        b->at += b->sz;
    }
}

/* The writer's thread is not to inherit the one core that this is pinned to. */
static lq_recorder_t *open_recorder(void)
{
    static const lq_event_log_start_t start = {.program = "bench", .config = ""};
    char path[] = "/tmp/liqd-bench-XXXXXX/log";
    char *slash = strrchr(path, '/');
    cpu_set_t before;
    cpu_set_t all;
    lq_recorder_t *r = NULL;
    *slash = '\0';
    if (!mkdtemp(path) || sched_getaffinity(0, sizeof(before), &before) != 0)
        abort();
    *slash = '/';
    memset(&all, 0xff, sizeof(all));
    (void)sched_setaffinity(0, sizeof(all), &all);
    if (lq_recorder_open(&r, NULL, path, &start, RING_SZ) != LQ_OK)
        abort();
    (void)sched_setaffinity(0, sizeof(before), &before);
    (void)unlink(path);
    *slash = '\0';
    (void)rmdir(path);
    return r;
}

static void run(lq_bench_t *bench, bench_record_t *b, const char *name)
{
    const size_t record_head_sz = 4;
    const size_t digest_sz = 8;
    size_t event_sz = record_head_sz + lq_event_sz(&b->event);
    b->sz = event_sz;
    for (size_t i = 0; i < b->action_cnt; i++)
        b->sz += record_head_sz +
                 (lq_action_is_kept(b->actions[i].kind) ? lq_action_sz(&b->actions[i]) : digest_sz);
    char reference[64];
    (void)snprintf(reference, sizeof(reference), "memcpy of its %zu bytes", b->sz);
    b->recorder = open_recorder();
    lq_bench_case(bench, &(lq_bench_case_t){.name = name,
                                            .work = record,
                                            .reference = reference,
                                            .reference_work = copy,
                                            .ctx = b});
    lq_recorder_close(b->recorder, NULL);
}

/* ---- what happens on a chain */

static uint8_t data[1024];

static lq_evm_log_t log_of(size_t data_sz)
{
    lq_evm_log_t log = {.block.number = 21034567,
                        .tx_idx = 130,
                        .log_idx = 412,
                        .topic_cnt = 4,
                        .data = data,
                        .data_sz = data_sz};
    memset(log.topics, 0x77, sizeof(log.topics));
    return log;
}

static lq_u256_t wad(uint64_t units)
{
    lq_u256_t factor = lq_u256_from_u64(WAD_DIGITS);
    lq_u256_t v = lq_u256_from_u64(units);
    return lq_u256_mul_wrap(&v, &factor);
}

static lq_profit_t profit_of(void)
{
    return (lq_profit_t){.seized_usd.raw = wad(105000),
                         .repaid_usd.raw = wad(100000),
                         .gas_usd.raw = wad(30),
                         .bid_usd.raw = wad(900),
                         .gas_wei.raw = wad(1),
                         .bid_wei.raw = wad(2),
                         .net_usd.bits = wad(4070),
                         .net_wei.bits = wad(3)};
}

static void bench_logs(lq_bench_t *bench, bench_record_t *b)
{
    lq_evm_log_t log = log_of(160);
    lq_action_candidate_t candidate = {.account = 345678,
                                       .reason = LQ_REASON_BELOW_MINIMUM,
                                       .has_profit = true,
                                       .profit = profit_of()};
    b->event = (lq_event_t){.kind = LQ_EVENT_LOG, .as = {.log = &log}};
    b->event.time = (lq_time_t){1732217000123456789u, 86400123456789u};
    run(bench, b, "record/log_160");
    log = log_of(500);
    run(bench, b, "record/log_500");

    lq_plan_t plan = {.step_cnt = 1, .gas = 412000, .profit = profit_of()};
    plan.steps[0] = (lq_plan_step_t){.call = {{3, 7}, LQ_LIQUIDATION_BY_REPAID, wad(50)},
                                     .outcome = {.repaid = wad(50), .seized = wad(20)},
                                     .profit = profit_of()};
    lq_read_call_t call = {.input = data, .input_sz = CALLDATA_SZ};
    lq_action_take_t take = {
        .intent = 4, .plan = &plan, .txs = &call, .tx_cnt = 1, .bid_wei.raw = wad(2)};
    log = log_of(160);
    b->actions[0] = (lq_action_t){.kind = LQ_ACTION_CANDIDATE, .as = {.candidate = &candidate}};
    b->action_cnt = 1;
    run(bench, b, "record/log_160_candidate");
    b->actions[1] = (lq_action_t){.kind = LQ_ACTION_TAKE, .as = {.take = &take}};
    b->action_cnt = 2;
    run(bench, b, "record/log_160_candidate_take");
    b->action_cnt = 0;
}

static void bench_head(lq_bench_t *bench, bench_record_t *b)
{
    lq_header_t head = {.block.number = 21034567,
                        .timestamp_sec = 1732217000,
                        .gas_limit = 36000000,
                        .gas_used = 17000000,
                        .base_fee_wei.raw = lq_u256_from_u64(12345678901)};
    memset(head.logs_bloom, 0x5a, sizeof(head.logs_bloom));
    b->event.kind = LQ_EVENT_HEAD;
    b->event.as.head = &head;
    run(bench, b, "record/head");

    lq_read_call_t calls[READ_CALL_CNT];
    for (size_t i = 0; i < READ_CALL_CNT; i++)
        calls[i] = (lq_read_call_t){.input = data, .input_sz = 36};
    b->event.kind = LQ_EVENT_BLOCK;
    b->event.as.block = head.block;
    run(bench, b, "record/block");
    b->actions[0] = (lq_action_t){.kind = LQ_ACTION_READ,
                                  .as = {.read = {1, head.block, calls, READ_CALL_CNT}}};
    b->action_cnt = 1;
    run(bench, b, "record/block_read_10");
    b->action_cnt = 0;
    b->event.kind = LQ_EVENT_TIMER;
    run(bench, b, "record/timer");
}

lq_bench_fn_t lq_bench_record;
void lq_bench_record(lq_bench_t *bench)
{
    bench_record_t b = {.source = calloc(1, RING_SZ), .ring = calloc(1, RING_SZ)};
    if (!b.source || !b.ring)
        abort();
    memset(b.ring, 1, RING_SZ);
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = i % 32 < 20 ? 0 : (uint8_t)(7 * i);
    bench_logs(bench, &b);
    bench_head(bench, &b);
    free(b.source);
    free(b.ring);
}
