#include "start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "liqd/base/text.h"

/* What a signal sets: a handler has no argument. */
static volatile bool *stop_at;
static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = number;
    *stop_at = true;
}

void lq_start_signals(volatile bool *stop)
{
    struct sigaction act = {.sa_handler = on_signal};
    stop_at = stop;
    (void)sigaction(SIGINT, &act, NULL);
    (void)sigaction(SIGTERM, &act, NULL);
    (void)sigaction(SIGHUP, &act, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static volatile bool *asked_at;
static volatile bool *reload_at;

static void on_end(int number)
{
    interrupted = number;
    if (*asked_at)
        *stop_at = true;
    *asked_at = true;
}

static void on_reload(int number)
{
    (void)number;
    *reload_at = true;
}

void lq_start_signals_live(volatile bool *stop, volatile bool *asked, volatile bool *reload)
{
    struct sigaction end = {.sa_handler = on_end};
    struct sigaction again = {.sa_handler = on_reload};
    stop_at = stop;
    asked_at = asked;
    reload_at = reload;
    (void)sigaction(SIGINT, &end, NULL);
    (void)sigaction(SIGTERM, &end, NULL);
    (void)sigaction(SIGHUP, &again, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

bool lq_start_interrupted(void)
{
    return interrupted != 0;
}

int lq_start_complain(const char *command, int rc, const char *text)
{
    lq_cli_complain(command, text);
    return rc;
}

int lq_start_usage(const char *command, const char *text, const char *value)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    lq_err_msg_t msg;
    (void)!lq_err_msg_set(&msg, LQ_ERR_USAGE, "%s%s%s: see liqd %s --help", text, value ? " " : "",
                          value ? lq_text_quote(quoted, value) : "", command);
    return lq_start_complain(command, LQ_EXIT_USAGE, msg.text);
}

bool lq_start_limit(size_t *limit, const char *text)
{
    size_t v = 0;
    if (!text[0] || strlen(text) > 9)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        v = 10 * v + (size_t)(*text - '0');
    }
    *limit = v;
    return v > 0;
}

int lq_start_market(uint32_t *instance, const char *command, const lq_config_t *config,
                    const lq_cli_call_t *call)
{
    const char *name = lq_cli_option(call, "market");
    if (name && !lq_config_find_market(config, instance, name))
        return lq_start_usage(command, "--market names none of the configuration's:", name);
    return LQ_EXIT_DONE;
}

int lq_start_rc(lq_err_t err)
{
    if (err == LQ_ERR_TIMEOUT || err == LQ_ERR_REMOTE || err == LQ_ERR_NOT_FOUND)
        return LQ_EXIT_NODE;
    if (err == LQ_ERR_BUSY)
        return LQ_EXIT_AGAIN;
    return err == LQ_ERR_EMPTY || err == LQ_ERR_CONFIG ? LQ_EXIT_CONFIG : LQ_EXIT_FAILED;
}

int lq_start_problems(const lq_schema_doc_t *doc, const char *command)
{
    for (size_t i = 0; i < doc->problem_cnt; i++) {
        const lq_schema_problem_t *p = &doc->problems[i];
        (void)fprintf(stderr, "%s:", p->place.file);
        if (p->place.line)
            (void)fprintf(stderr, "%u:%u:", p->place.line, p->place.column);
        (void)fprintf(stderr, " %s%s%s\n", p->key ? p->key : "", p->key ? ": " : "", p->text);
    }
    return lq_start_complain(command, LQ_EXIT_CONFIG,
                             "the configuration has problems: see liqd check");
}

int lq_start_config(lq_schema_doc_t *doc, lq_config_t *config, const char *command,
                    const lq_cli_call_t *call)
{
    lq_err_msg_t msg;
    const char *path;
    if (lq_config_find(&path, &msg, lq_cli_option(call, "config")))
        return lq_start_complain(command, LQ_EXIT_CONFIG, msg.text);
    lq_err_t err = lq_schema_load(doc, config, &lq_config_schema, &lq_config_io, path);
    if (err == LQ_ERR_CONFIG)
        return lq_start_problems(doc, command);
    return err ? lq_start_complain(command, LQ_EXIT_FAILED, lq_err_str(err)) : LQ_EXIT_DONE;
}

static void write_now(lq_start_log_t *log, lq_log_level_t level, const char *lines, size_t sz)
{
    if (log->fd.fd == STDERR_FILENO && log->progress)
        lq_progress_clear(log->progress);
    lq_log_fd_write(&log->fd, level, lines, sz);
}

static void write_held(lq_start_log_t *log)
{
    size_t sz = log->held_sz;
    log->held_sz = 0;
    if (sz)
        write_now(log, LQ_LOG_INFO, log->held, sz);
}

static void write_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    lq_start_log_t *log = ctx;
    bool waits = log->holds && level <= LQ_LOG_INFO && line_sz <= sizeof(log->held);
    if (!waits || line_sz > sizeof(log->held) - log->held_sz)
        write_held(log);
    if (!waits) {
        write_now(log, level, line, line_sz);
        return;
    }
    memcpy(log->held + log->held_sz, line, line_sz);
    log->held_sz += line_sz;
}

void lq_start_log_hold(lq_start_log_t *log)
{
    log->holds = true;
}

void lq_start_log_release(lq_start_log_t *log)
{
    log->holds = false;
    write_held(log);
}

int lq_start_log_open(lq_start_log_t *out, const char *command, const lq_config_t *config,
                      lq_log_level_t least, lq_progress_t *progress)
{
    const char *path = config->log_file;
    lq_log_config_t settings = lq_config_log(config);
    char quoted[LQ_TEXT_QUOTE_SZ];
    lq_err_msg_t msg;
    out->fd = (lq_log_fd_t){.fd = STDERR_FILENO};
    out->progress = progress;
    out->holds = false;
    out->held_sz = 0;
    if (path[0])
        out->fd.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    else if (settings.level < least)
        settings.level = least;
    if (out->fd.fd < 0) {
        (void)!lq_err_msg_set(&msg, LQ_ERR_IO, "log.file: %s: %s", lq_text_quote(quoted, path),
                              strerror(errno));
        return lq_start_complain(command, LQ_EXIT_FAILED, msg.text);
    }
    if (lq_log_init(&out->log, &settings, lq_clock_system(), write_line, out))
        LQ_BUG("the table of keys lets a log setting pass that the log refuses");
    return LQ_EXIT_DONE;
}

void lq_start_log_beside(lq_start_log_t *out, const lq_start_log_t *from)
{
    out->fd = (lq_log_fd_t){.fd = from->fd.fd};
    out->progress = NULL;
    out->holds = false;
    out->held_sz = 0;
    if (lq_log_init(&out->log, &from->log.config, lq_clock_system(), write_line, out))
        LQ_BUG("a log's settings are refused by another");
}

void lq_start_log_close(lq_start_log_t *log)
{
    lq_start_log_release(log);
    lq_log_flush(&log->log);
    if (log->fd.fd > STDERR_FILENO)
        (void)close(log->fd.fd);
}
