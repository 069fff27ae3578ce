#include "liqd/base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "log_internal.h"

#define LINE_CREDIT 1000000000u /* one line in a bucket: credit per nanosecond = rate_per_sec */

const char *const lq_log_level_names[LQ_LOG_LEVEL_CNT] = {"debug", "info", "warn", "error"};
const char *const lq_log_format_names[LQ_LOG_FORMAT_CNT] = {"logfmt", "json"};

static bool is_in_range(const lq_log_config_t *config)
{
    return (unsigned)config->level < LQ_LOG_LEVEL_CNT &&
           (unsigned)config->format < LQ_LOG_FORMAT_CNT &&
           config->rate_per_sec <= LQ_LOG_RATE_MAX && config->burst_cnt <= LQ_LOG_BURST_MAX &&
           (!config->rate_per_sec || config->burst_cnt) && config->line_max >= LQ_LOG_LINE_MIN &&
           config->line_max <= LQ_LOG_LINE_MAX && config->value_max >= LQ_LOG_VALUE_MIN &&
           config->value_max <= config->line_max / 2;
}

lq_err_t lq_log_init(lq_log_t *log, const lq_log_config_t *config, lq_clock_t clock,
                     lq_log_out_fn_t *out, void *out_ctx)
{
    if (!is_in_range(config))
        return LQ_ERR_RANGE;
    memset(log, 0, sizeof(*log));
    log->config = *config;
    log->clock = clock;
    log->out = out;
    log->out_ctx = out_ctx;
    log->overflow.credit = (uint64_t)config->burst_cnt * LINE_CREDIT;
    return LQ_OK;
}

lq_err_t lq_log_configure(lq_log_t *log, const lq_log_config_t *config)
{
    if (!is_in_range(config))
        return LQ_ERR_RANGE;
    log->config = *config;
    return LQ_OK;
}

/* A line on its way into log->line. */
typedef struct writer {
    lq_log_format_t format;
    char *at;
    const char *limit; /* fields end here or before; behind it there is room for the line's tail */
    bool truncated;
} writer_t;

static char *put_bytes(char *at, const char *text, size_t sz)
{
    memcpy(at, text, sz);
    return at + sz;
}

/* KEY and SUFFIX with what stands before and after a key. */
static char *put_key(char *at, lq_log_format_t format, const char *key, size_t key_sz,
                     const char *suffix)
{
    at = format == LQ_LOG_JSON ? put_bytes(at, ",\"", 2) : put_bytes(at, " ", 1);
    at = put_bytes(at, key, key_sz);
    at = put_bytes(at, suffix, strlen(suffix));
    return format == LQ_LOG_JSON ? put_bytes(at, "\":", 2) : put_bytes(at, "=", 1);
}

static char *put_number(char *at, lq_log_format_t format, bool negative, uint64_t magnitude)
{
    bool quoted = format == LQ_LOG_JSON && magnitude >= 1ull << 53;
    if (quoted)
        *at++ = '"';
    if (negative)
        *at++ = '-';
    at = lq_log_put_u64(at, magnitude);
    if (quoted)
        *at++ = '"';
    return at;
}

static char *put_cstr(char *at, size_t *cut_sz, lq_log_format_t format, const char *text,
                      size_t max)
{
    if (!text)
        return put_bytes(at, "null", 4);
    return lq_log_put_text(at, cut_sz, format, (const uint8_t *)text, strlen(text), max);
}

static char *put_value(char *at, size_t *cut_sz, lq_log_format_t format, const lq_log_field_t *f,
                       size_t max)
{
    switch (f->kind) {
    case LQ_LOG_KIND_END:
        break;
    case LQ_LOG_KIND_STR:
        return lq_log_put_text(at, cut_sz, format, f->as.bytes, f->sz, max);
    case LQ_LOG_KIND_CSTR:
        return put_cstr(at, cut_sz, format, f->as.cstr, max);
    case LQ_LOG_KIND_HEX:
        return lq_log_put_hex(at, cut_sz, format, f->as.bytes, f->sz, max);
    case LQ_LOG_KIND_U64:
        return put_number(at, format, false, f->as.u64);
    case LQ_LOG_KIND_I64:
        return put_number(at, format, f->as.i64 < 0,
                          f->as.i64 < 0 ? -(uint64_t)f->as.i64 : (uint64_t)f->as.i64);
    case LQ_LOG_KIND_BOOL:
        return f->as.flag ? put_bytes(at, "true", 4) : put_bytes(at, "false", 5);
    case LQ_LOG_KIND_ERR:
        return put_cstr(at, cut_sz, format, lq_err_str(f->as.err), max);
    }
    LQ_BUG("field of kind %d", (int)f->kind);
}

/* Appends F, at most MAX bytes of its value, or nothing of it where it would pass the limit. */
static void add_field(writer_t *w, const lq_log_field_t *f, size_t max)
{
    if (f->key_sz > LQ_LOG_KEY_MAX) {
        w->truncated = true;
        return;
    }
    size_t cut_sz = 0;
    char *at = put_key(w->at, w->format, f->key, f->key_sz, "");
    at = put_value(at, &cut_sz, w->format, f, max);
    if (cut_sz) {
        at = put_key(at, w->format, f->key, f->key_sz, "_cut");
        at = put_number(at, w->format, false, cut_sz);
    }
    if (at > w->limit)
        w->truncated = true;
    else
        w->at = at;
}

static char *put_head(char *at, lq_log_format_t format, uint64_t wall_ns, lq_log_level_t level)
{
    at = format == LQ_LOG_JSON ? put_bytes(at, "{\"time\":\"", 9) : put_bytes(at, "time=", 5);
    at = lq_log_put_time(at, wall_ns);
    if (format == LQ_LOG_JSON)
        *at++ = '"';
    size_t cut_sz;
    at = put_key(at, format, "level", 5, "");
    return put_cstr(at, &cut_sz, format, lq_log_level_names[level], LQ_LOG_VALUE_MIN);
}

static char *put_truncated(char *at, lq_log_format_t format)
{
    return put_bytes(put_key(at, format, "truncated", 9, ""), "true", 4);
}

static char *put_close(char *at, lq_log_format_t format)
{
    return format == LQ_LOG_JSON ? put_bytes(at, "}\n", 2) : put_bytes(at, "\n", 1);
}

typedef struct event {
    lq_log_level_t level;
    const char *module;
    const char *message;
    const lq_log_field_t *fields;
    uint64_t suppressed_cnt;
} event_t;

static void write_line(lq_log_t *log, const event_t *e, uint64_t wall_ns)
{
    lq_log_format_t format = log->config.format;
    char tail[96];
    char *tail_end = tail;
    if (e->suppressed_cnt) {
        tail_end = put_key(tail_end, format, "suppressed", 10, "");
        tail_end = put_number(tail_end, format, false, e->suppressed_cnt);
    }
    size_t tail_sz = (size_t)(tail_end - tail);
    size_t reserve = (size_t)(put_close(put_truncated(tail_end, format), format) - tail);
    writer_t w = {.format = format,
                  .at = put_head(log->line, format, wall_ns, e->level),
                  .limit = log->line + log->config.line_max - reserve};
    add_field(&w, &LQ_LOG_CSTR("module", e->module), log->config.line_max / 2);
    add_field(&w, &LQ_LOG_CSTR("msg", e->message), log->config.line_max / 2);
    for (const lq_log_field_t *f = e->fields; f->kind != LQ_LOG_KIND_END; f++)
        add_field(&w, f, log->config.value_max);
    w.at = put_bytes(w.at, tail, tail_sz);
    if (w.truncated)
        w.at = put_truncated(w.at, format);
    w.at = put_close(w.at, format);
    log->out(log->out_ctx, e->level, log->line, (size_t)(w.at - log->line));
}

static lq_log_site_t *find_site(lq_log_t *log, const event_t *e)
{
    uint64_t hash = (uint64_t)(uintptr_t)e->message * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
    size_t slot = (size_t)(hash >> 32) % LQ_ARRAY_CNT(log->slots);
    /* ends: at most half of the slots are taken */
    for (; log->slots[slot]; slot = (slot + 1) % LQ_ARRAY_CNT(log->slots)) {
        lq_log_site_t *site = &log->sites[log->slots[slot] - 1];
        if (site->message == e->message && site->module == e->module && site->level == e->level)
            return site;
    }
    if (log->site_cnt == LQ_LOG_SITE_MAX)
        return &log->overflow;
    lq_log_site_t *site = &log->sites[log->site_cnt++];
    log->slots[slot] = (uint16_t)log->site_cnt;
    *site = (lq_log_site_t){.module = e->module,
                            .message = e->message,
                            .level = e->level,
                            .credit = (uint64_t)log->config.burst_cnt * LINE_CREDIT};
    return site;
}

/* Takes a line from the bucket of SITE; false where there is none. */
static bool take_line(lq_log_site_t *site, const lq_log_config_t *config, uint64_t mono_ns)
{
    if (mono_ns > site->seen_mono_ns) {
        uint64_t full = (uint64_t)config->burst_cnt * LINE_CREDIT;
        lq_u128_t credit =
            (lq_u128_t)(mono_ns - site->seen_mono_ns) * config->rate_per_sec + site->credit;
        site->credit = credit < full ? (uint64_t)credit : full;
    }
    site->seen_mono_ns = mono_ns; /* also when it went back, or it would earn nothing for ever */
    if (site->credit < LINE_CREDIT)
        return false;
    site->credit -= LINE_CREDIT;
    return true;
}

void lq_log_write(lq_log_t *log, lq_log_level_t level, const char *module, const char *message,
                  const lq_log_field_t *fields)
{
    event_t e = {.level = level, .module = module, .message = message, .fields = fields};
    lq_time_t now = lq_clock_now(log->clock);
    if (log->config.rate_per_sec) {
        lq_log_site_t *site = find_site(log, &e);
        if (!take_line(site, &log->config, now.mono_ns)) {
            if (!site->suppressed_cnt++ || level > site->level) /* the shared bucket's varies */
                site->level = level;
            return;
        }
        e.suppressed_cnt = site->suppressed_cnt;
        site->suppressed_cnt = 0;
    }
    write_line(log, &e, now.wall_ns);
}

static void flush_site(lq_log_t *log, lq_log_site_t *site, uint64_t wall_ns)
{
    if (!site->suppressed_cnt)
        return;
    const lq_log_field_t of[] = {
        LQ_LOG_CSTR("of_module", site->module), LQ_LOG_CSTR("of_msg", site->message), {0}};
    write_line(log,
               &(event_t){.level = site->level,
                          .module = "log",
                          .message = "lines suppressed",
                          .fields = site == &log->overflow ? &of[2] : of,
                          .suppressed_cnt = site->suppressed_cnt},
               wall_ns);
    site->suppressed_cnt = 0;
}

void lq_log_flush(lq_log_t *log)
{
    uint64_t wall_ns = lq_clock_now(log->clock).wall_ns;
    for (size_t i = 0; i < log->site_cnt; i++)
        flush_site(log, &log->sites[i], wall_ns);
    flush_site(log, &log->overflow, wall_ns);
}

void lq_log_fd_write(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)level;
    lq_log_fd_t *to = ctx;
    int saved_errno = errno;
    size_t first_sz = to->torn ? 1 : 0;
    struct iovec pieces[] = {{.iov_base = "\n", .iov_len = first_sz},
                             {.iov_base = (void *)line, .iov_len = line_sz}};
    ssize_t sz;
    int tries = 0;
    do {
        sz = writev(to->fd, pieces, 2);
    } while (sz < 0 && errno == EINTR && ++tries < LQ_LOG_FD_TRY_MAX);
    errno = saved_errno;
    if (sz <= 0) {
        to->failed_cnt++;
        return;
    }
    to->torn = (size_t)sz > first_sz && (size_t)sz < first_sz + line_sz;
    if ((size_t)sz <= first_sz)
        to->failed_cnt++;
    else if (to->torn)
        to->short_cnt++;
}
