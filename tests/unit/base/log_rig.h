#ifndef LQ_LOG_RIG_H
#define LQ_LOG_RIG_H

/* A log whose lines the tests of the log read back. */

#include "liqd/base/log.h"

#include "lq_test.h"

static const lq_log_config_t usual = {.level = LQ_LOG_DEBUG,
                                      .format = LQ_LOG_LOGFMT,
                                      .rate_per_sec = 0,
                                      .burst_cnt = 0,
                                      .line_max = 1024,
                                      .value_max = 64};

/* A log, its clock and what it wrote. */
typedef struct rig {
    lq_log_t log;
    lq_clock_manual_t manual;
    char text[1 << 18];
    size_t sz;
    size_t line_cnt;
    lq_log_level_t last_level;
} rig_t;

static rig_t rig;

static inline void keep(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    rig_t *r = ctx;
    assert_true(line_sz > 0 && line_sz <= r->log.config.line_max);
    assert_ptr_equal(memchr(line, '\n', line_sz), line + line_sz - 1);
    assert_true(r->sz + line_sz < sizeof(r->text));
    memcpy(r->text + r->sz, line, line_sz);
    r->sz += line_sz;
    r->text[r->sz] = '\0';
    r->line_cnt++;
    r->last_level = level;
}

static inline void forget(void)
{
    rig.sz = 0;
    rig.text[0] = '\0';
    rig.line_cnt = 0;
}

static inline void start(const lq_log_config_t *config)
{
    rig.manual.now = (lq_time_t){.wall_ns = 1763630100123456789u, .mono_ns = 77};
    forget();
    assert_ok(lq_log_init(&rig.log, config, lq_clock_manual(&rig.manual), keep, &rig));
}

static inline lq_log_config_t with_format(lq_log_format_t format)
{
    lq_log_config_t config = usual;
    config.format = format;
    return config;
}

#define LOGFMT_HEAD "time=2025-11-20T09:15:00.123456Z level="
#define JSON_HEAD   "{\"time\":\"2025-11-20T09:15:00.123456Z\",\"level\":\""

#endif
