#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "liqd/base/log.h"

static const char url[] = "wss://mainnet.example.org/v3/key";
static const uint8_t tx_hash[32] = {0x1a, 0x2b, 0x3c};

typedef struct log_case {
    lq_log_t log;
    lq_time_t now;
    char line[1024];
} log_case_t;

/* 10 ms a line: enough for the rate limit to let each pass. */
static lq_time_t tick(void *ctx)
{
    lq_time_t *now = ctx;
    now->wall_ns += 10000000;
    now->mono_ns += 10000000;
    return *now;
}

static void take(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx;
    (void)level;
    (void)line_sz;
    lq_bench_keep(line);
}

static void ours(void *ctx, size_t iters)
{
    log_case_t *c = ctx;
    for (size_t i = 0; i < iters; i++)
        LQ_LOG(&c->log, LQ_LOG_INFO, "exec", "transaction was sent", LQ_LOG_U64("nonce", i),
               LQ_LOG_CSTR("url", url), LQ_LOG_HEX("tx", tx_hash, sizeof(tx_hash)),
               LQ_LOG_I64("margin_bps", -17));
}

/* An equivalent line without escaping, caps or limits. */
static void with_snprintf(void *ctx, size_t iters)
{
    log_case_t *c = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_time_t now = tick(&c->now);
        time_t sec = (time_t)(now.wall_ns / 1000000000u);
        struct tm t;
        (void)gmtime_r(&sec, &t);
        char hex[2 * sizeof(tx_hash) + 1];
        for (size_t k = 0; k < sizeof(tx_hash); k++) {
            hex[2 * k] = "0123456789abcdef"[tx_hash[k] >> 4];
            hex[2 * k + 1] = "0123456789abcdef"[tx_hash[k] & 15];
        }
        hex[2 * sizeof(tx_hash)] = '\0';
        (void)snprintf(c->line, sizeof(c->line),
                       "time=%04d-%02d-%02dT%02d:%02d:%02d.%06" PRIu64
                       "Z level=%s module=%s msg=\"%s\" nonce=%zu url=\"%s\" tx=0x%s "
                       "margin_bps=%d\n",
                       t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec,
                       now.wall_ns % 1000000000u / 1000, "info", "exec", "transaction was sent", i,
                       url, hex, -17);
        lq_bench_keep(c->line);
    }
}

static void disabled(void *ctx, size_t iters)
{
    log_case_t *c = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_bench_keep(&c->log);
        LQ_LOG(&c->log, LQ_LOG_DEBUG, "exec", "transaction was sent", LQ_LOG_U64("nonce", i));
    }
}

lq_bench_fn_t lq_bench_log;
void lq_bench_log(lq_bench_t *bench)
{
    static log_case_t c;
    lq_log_config_t config = {.level = LQ_LOG_INFO,
                              .format = LQ_LOG_LOGFMT,
                              .rate_per_sec = 100,
                              .burst_cnt = 10,
                              .line_max = 2048,
                              .value_max = 256};
    lq_clock_t ticking = {.read = tick, .ctx = &c.now};
    c.now = (lq_time_t){.wall_ns = 1700000000000000000u};
    lq_clock_manual_t manual = {c.now};
    if (lq_log_init(&c.log, &config, ticking, take, NULL) != LQ_OK)
        LQ_BUG("the configuration is in range");
    lq_bench_case(bench, &(lq_bench_case_t){.name = "base/log_logfmt_4_fields",
                                            .work = ours,
                                            .reference = "snprintf",
                                            .reference_work = with_snprintf,
                                            .ctx = &c});
    config.format = LQ_LOG_JSON;
    if (lq_log_init(&c.log, &config, ticking, take, NULL) != LQ_OK)
        LQ_BUG("the configuration is in range");
    lq_bench_case(bench, &(lq_bench_case_t){.name = "base/log_json_4_fields",
                                            .work = ours,
                                            .reference = "snprintf",
                                            .reference_work = with_snprintf,
                                            .ctx = &c});
    lq_bench_case(bench,
                  &(lq_bench_case_t){.name = "base/log_disabled", .work = disabled, .ctx = &c});
    if (lq_log_init(&c.log, &config, lq_clock_manual(&manual), take, NULL) != LQ_OK)
        LQ_BUG("the configuration is in range");
    lq_bench_case(bench,
                  &(lq_bench_case_t){.name = "base/log_suppressed", .work = ours, .ctx = &c});
}
