#ifndef LIQD_BASE_LOG_H
#define LIQD_BASE_LOG_H

/* The log: one line an event, as logfmt or as JSON, given whole to a callback.

       LQ_LOG(log, LQ_LOG_WARN, "rpc", "no answer", LQ_LOG_STR("url", url, url_sz),
              LQ_LOG_U64("tries", tries));

       time=2025-11-20T09:15:00.123456Z level=warn module=rpc msg="no answer" url=ws://n tries=3

   or {"time":"2025-11-20T09:15:00.123456Z","level":"warn",...,"tries":3}. Values come from
   strangers (token symbols, revert strings, nodes' answers), hence:

   - A line is one line of valid UTF-8, whatever the values: one JSON object, or key=value pairs. A
     logfmt value stands in quotes, escaped as in JSON, unless it is made of the bytes 0x21 to 0x7e
     without '"', '=' and '\' alone, and is not empty.
   - '"' and '\' are escaped by a '\'. Escaped as \uXXXX, beyond U+FFFF as a surrogate pair, is what
     a terminal obeys or a reader cannot see: control characters (C0, DEL and C1, hence ANSI
     sequences), bidirectional controls, line and paragraph separators, interlinear annotations and
     all that Unicode calls default-ignorable (zero-width, variation selectors, fillers, tags).
     Each byte that belongs to no well-formed UTF-8 sequence becomes \ufffd.
     @src Unicode 15.0: DerivedCoreProperties.txt, Default_Ignorable_Code_Point; table 3-7
   - A value takes at most value_max bytes in the line, escapes counted, its quotes not. A longer
     one is cut before the character that would not fit, and <key>_cut=<bytes cut> follows it.
   - A line takes at most line_max bytes, newline included. A field that does not fit whole is left
     out, and the line ends with truncated=true; room for this and for suppressed is always kept.

   One lq_log_t per thread: nothing here is synchronised. Nothing allocates or blocks, so what a
   line costs besides its formatting is up to the callback. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/clock.h"
#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

typedef enum lq_log_level {
    LQ_LOG_DEBUG = 0,
    LQ_LOG_INFO,
    LQ_LOG_WARN,
    LQ_LOG_ERROR,
} lq_log_level_t;

typedef enum lq_log_format {
    LQ_LOG_LOGFMT = 0,
    LQ_LOG_JSON,
} lq_log_format_t;

/* The names of both, by value, as they stand in lines and in the configuration. */
#define LQ_LOG_LEVEL_CNT  4
#define LQ_LOG_FORMAT_CNT 2
extern const char *const lq_log_level_names[LQ_LOG_LEVEL_CNT];   /* debug info warn error */
extern const char *const lq_log_format_names[LQ_LOG_FORMAT_CNT]; /* logfmt json */

/* Bytes. LQ_LOG_LINE_MAX is PIPE_BUF on Linux: a pipe takes such a line whole or not at all. */
#define LQ_LOG_LINE_MIN  256u
#define LQ_LOG_LINE_MAX  4096u
#define LQ_LOG_VALUE_MIN 16u
#define LQ_LOG_KEY_MAX   32u
#define LQ_LOG_RATE_MAX  1000000u /* lines a second */
#define LQ_LOG_BURST_MAX 1000000u /* lines */
#define LQ_LOG_SITE_MAX  256u     /* sites with a rate of their own */

/* All ranges inclusive. */
typedef struct lq_log_config {
    lq_log_level_t level; /* the lowest that is written */
    lq_log_format_t format;
    uint32_t rate_per_sec; /* lines a second of one site: 0 for no limit, to LQ_LOG_RATE_MAX */
    uint32_t burst_cnt;    /* lines of one site at once: 1 to LQ_LOG_BURST_MAX; 0 allowed, and
                              ignored, where rate_per_sec is 0 */
    uint32_t line_max;     /* bytes: LQ_LOG_LINE_MIN to LQ_LOG_LINE_MAX */
    uint32_t value_max;    /* bytes: LQ_LOG_VALUE_MIN to line_max / 2 */
} lq_log_config_t;

/* lq_log_out_fn_t takes one whole line: LINE_SZ bytes, the last its newline, no NUL; valid during
   the call. It must not write to the log that calls it. */
typedef void lq_log_out_fn_t(void *ctx, lq_log_level_t level, const char *line, size_t line_sz);

/* A place in the code that writes a kind of line, and its token bucket. */
typedef struct lq_log_site {
    const char *module;
    const char *message;
    lq_log_level_t level;
    uint64_t credit; /* in 10^-9 lines */
    uint64_t seen_mono_ns;
    uint64_t suppressed_cnt;
} lq_log_site_t;

/* Belongs to log.c; only there so that callers can place it. About 20 KB. */
typedef struct lq_log {
    lq_log_config_t config;
    lq_clock_t clock;
    lq_log_out_fn_t *out;
    void *out_ctx;
    uint32_t site_cnt;
    lq_log_site_t overflow; /* the bucket that all sites beyond LQ_LOG_SITE_MAX share */
    lq_log_site_t sites[LQ_LOG_SITE_MAX];
    uint16_t slots[2 * LQ_LOG_SITE_MAX]; /* open addressing: 1 + index into sites, 0 for none */
    /* A field is written behind the line, then kept or not: room for line_max and the largest. */
    char line[LQ_LOG_LINE_MAX + LQ_LOG_LINE_MAX / 2 + 4 * LQ_LOG_KEY_MAX];
} lq_log_t;

/* lq_log_init makes LOG ready: lines are stamped by CLOCK and go to OUT with OUT_CTX, all of which
   LOG borrows until its last use; CONFIG is copied. No pointer but OUT_CTX may be NULL.
   Errors: LQ_ERR_RANGE where a member of CONFIG is out of its range; LOG is then unchanged. */
LQ_MUST_USE lq_err_t lq_log_init(lq_log_t *log, const lq_log_config_t *config, lq_clock_t clock,
                                 lq_log_out_fn_t *out, void *out_ctx);

/* lq_log_configure has CONFIG count from the next line on. LQ_ERR_RANGE, as above. */
LQ_MUST_USE lq_err_t lq_log_configure(lq_log_t *log, const lq_log_config_t *config);

/* LQ_LOG(LOG, LEVEL, MODULE, MESSAGE, FIELD...) writes a line to LOG with any number of the fields
   below. Below the log's level it costs one comparison, and no field is evaluated. MODULE, MESSAGE
   and keys are string literals; keys are of a-z, 0-9 and _, at most LQ_LOG_KEY_MAX long, and none
   of time, level, module, msg, suppressed, truncated or another's with _cut. MODULE and MESSAGE are
   escaped like values, and cut at line_max / 2.

   Rate limit, where rate_per_sec > 0: each site, that is level, module and message, has a bucket of
   burst_cnt lines, full at first, filled with rate_per_sec lines a second of monotonic time. A line
   that finds no whole one left is suppressed and counted, and the next line of its site that passes
   carries suppressed=<lines>. No level is exempt. Where the monotonic clock stands still or goes
   back nothing is earned. Sites are told apart by the addresses of their literals, which an
   outsider cannot steer; equal literals that the linker did not merge are sites of their own. Once
   LQ_LOG_SITE_MAX sites are known, all further ones share one bucket of the same rate and burst,
   and suppressed then counts the lines of all of these: so no more than (LQ_LOG_SITE_MAX + 1) *
   (burst_cnt + rate_per_sec * t) lines leave in t seconds. */
#define LQ_LOG(log, level, module, ...) \
    LQ_LOG_SPLIT_(log, level, module, __VA_ARGS__, ((lq_log_field_t){0}))

/* LQ_LOG_STR: SZ bytes at P, any content; P may be NULL where SZ is 0.
   LQ_LOG_CSTR: the NUL-terminated P; NULL is written as null.
   LQ_LOG_HEX: SZ bytes at P as 0x and two lower-case digits each.
   LQ_LOG_U64, LQ_LOG_I64: in decimal; as JSON a number, but a string beyond +-(2^53 - 1), where
   readers that take numbers for doubles would change it (RFC 7493 section 2.2).
   LQ_LOG_BOOL: true or false.
   LQ_LOG_ERR: lq_err_str of an lq_err_t. */
#define LQ_LOG_STR(k, p, sz) LQ_LOG_FIELD_(k, LQ_LOG_KIND_STR, bytes, p, sz)
#define LQ_LOG_CSTR(k, p)    LQ_LOG_FIELD_(k, LQ_LOG_KIND_CSTR, cstr, p, 0)
#define LQ_LOG_HEX(k, p, sz) LQ_LOG_FIELD_(k, LQ_LOG_KIND_HEX, bytes, p, sz)
#define LQ_LOG_U64(k, x)     LQ_LOG_FIELD_(k, LQ_LOG_KIND_U64, u64, x, 0)
#define LQ_LOG_I64(k, x)     LQ_LOG_FIELD_(k, LQ_LOG_KIND_I64, i64, x, 0)
#define LQ_LOG_BOOL(k, x)    LQ_LOG_FIELD_(k, LQ_LOG_KIND_BOOL, flag, x, 0)
#define LQ_LOG_ERR(k, x)     LQ_LOG_FIELD_(k, LQ_LOG_KIND_ERR, err, x, 0)

/* lq_log_flush writes for each site with suppressed lines that no line has reported one of its
   level with module=log msg="lines suppressed", of_module, of_msg and suppressed, and forgets them;
   for the bucket of the further sites, one without of_module and of_msg, at the highest level among
   the sites suppressed there. At most LQ_LOG_SITE_MAX + 1 lines, not rate-limited. To be called at
   the end, or now and then. */
void lq_log_flush(lq_log_t *log);

/* A file descriptor as the end of a log. Zero all but FD, which it borrows, before the first use.
   The counters may be read. */
typedef struct lq_log_fd {
    int fd;
    bool torn;           /* the last line written lacks its end */
    uint64_t failed_cnt; /* lines of which nothing was written */
    uint64_t short_cnt;  /* lines of which a part was written */
} lq_log_fd_t;

/* lq_log_fd_write is an lq_log_out_fn_t whose CTX is an lq_log_fd_t: it writes the line with one
   system call, repeated up to LQ_LOG_FD_TRY_MAX times in all where a signal interrupted it before
   the first byte. A line that is not written whole is counted and given up; after a part of one,
   the next begins with a newline of its own, so that only the torn line is lost. Blocks as long as
   FD does: give it a descriptor with O_NONBLOCK, or none, on the hot thread. errno is as before. A
   pipe or socket without a reader raises SIGPIPE, which the process must ignore. */
#define LQ_LOG_FD_TRY_MAX 16
void lq_log_fd_write(void *ctx, lq_log_level_t level, const char *line, size_t line_sz);

/* What the macros above are made of. */

typedef enum lq_log_kind {
    LQ_LOG_KIND_END = 0, /* closes the list of fields */
    LQ_LOG_KIND_STR,
    LQ_LOG_KIND_CSTR,
    LQ_LOG_KIND_HEX,
    LQ_LOG_KIND_U64,
    LQ_LOG_KIND_I64,
    LQ_LOG_KIND_BOOL,
    LQ_LOG_KIND_ERR,
} lq_log_kind_t;

typedef struct lq_log_field {
    lq_log_kind_t kind;
    uint32_t key_sz;
    const char *key;
    union {
        const void *bytes;
        const char *cstr;
        uint64_t u64;
        int64_t i64;
        bool flag;
        lq_err_t err;
    } as;
    size_t sz; /* of bytes */
} lq_log_field_t;

/* "" before a parameter admits string literals alone. */
#define LQ_LOG_FIELD_(k, kind_, member, x, sz_)    \
    ((lq_log_field_t){.kind = (kind_),             \
                      .key_sz = sizeof("" k) - 1u, \
                      .key = "" k,                 \
                      .as = {.member = (x)},       \
                      .sz = (sz_)})

/* Takes the message from the front of LQ_LOG's variable arguments. The closing field is there so
   that a line without fields has an argument to give for them, as C17 wants. */
#define LQ_LOG_SPLIT_(log_, level_, module_, message_, ...)                  \
    do {                                                                     \
        lq_log_t *lq_log_to_ = (log_);                                       \
        lq_log_level_t lq_log_level_ = (level_);                             \
        if (lq_log_level_ >= lq_log_to_->config.level)                       \
            lq_log_write(lq_log_to_, lq_log_level_, "" module_, "" message_, \
                         (const lq_log_field_t[]){__VA_ARGS__});             \
    } while (0)

/* lq_log_write is LQ_LOG without the comparison; FIELDS end with one of LQ_LOG_KIND_END. MODULE and
   MESSAGE must live as long as LOG. */
void lq_log_write(lq_log_t *log, lq_log_level_t level, const char *module, const char *message,
                  const lq_log_field_t *fields);

#endif
