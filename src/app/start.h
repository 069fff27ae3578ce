#ifndef LIQD_APP_START_H
#define LIQD_APP_START_H

/* What every command that works by a configuration begins with. COMMAND is the one that complains.
 */

#include <stdbool.h>

#include "liqd/app/cli.h"
#include "liqd/app/config.h"
#include "liqd/base/log.h"
#include "progress.h"

/* lq_start_complain says TEXT and returns RC. */
int lq_start_complain(const char *command, int rc, const char *text);

/* lq_start_usage says TEXT with VALUE, quoted, where that is not NULL, and where help is; returns
   LQ_EXIT_USAGE. */
int lq_start_usage(const char *command, const char *text, const char *value);

/* lq_start_limit sets *LIMIT to the number TEXT, from 1 to 999999999. False: it is none. */
bool lq_start_limit(size_t *limit, const char *text);

/* lq_start_market sets *INSTANCE to the market of CONFIG that CALL names by --market; none: it
   stays as it is. Returns the exit code. */
int lq_start_market(uint32_t *instance, const char *command, const lq_config_t *config,
                    const lq_cli_call_t *call);

/* lq_start_rc returns the exit code for what following ended with. */
int lq_start_rc(lq_err_t err);

/* lq_start_config loads the configuration that CALL means into CONFIG; problems are said. DOC is to
   be freed where its arena has a size. Returns the exit code. */
int lq_start_config(lq_schema_doc_t *doc, lq_config_t *config, const char *command,
                    const lq_cli_call_t *call);

/* lq_start_problems says all problems of DOC and returns the exit code for them. */
int lq_start_problems(const lq_schema_doc_t *doc, const char *command);

/* lq_start_signals has *STOP set by SIGINT, SIGTERM and SIGHUP, and ignores SIGPIPE.
   lq_start_interrupted tells whether one of them came. */
void lq_start_signals(volatile bool *stop);

/* lq_start_signals_live: the first SIGINT or SIGTERM sets *ASKED, the next *STOP; SIGHUP sets
 *RELOAD. */
void lq_start_signals_live(volatile bool *stop, volatile bool *asked, volatile bool *reload);
bool lq_start_interrupted(void);

/* The log of a command, with the progress that it shares a terminal with. */
#define LQ_START_HELD_SZ 16384u
typedef struct lq_start_log {
    lq_log_t log;
    lq_log_fd_t fd;
    lq_progress_t *progress; /* NULL: none */
    bool holds;
    size_t held_sz;
    char held[LQ_START_HELD_SZ];
} lq_start_log_t;

/* lq_start_log_open begins OUT by CONFIG: where a file is configured, there; else on standard
   error, with what is at least as severe as LEAST. Returns the exit code. */
int lq_start_log_open(lq_start_log_t *out, const char *command, const lq_config_t *config,
                      lq_log_level_t least, lq_progress_t *progress);
void lq_start_log_close(lq_start_log_t *log);

/* lq_start_log_hold keeps lines until lq_start_log_release, since each costs a system call, and
   something may hurry; one above INFO, or one too many, releases what is held. */
void lq_start_log_hold(lq_start_log_t *log);
void lq_start_log_release(lq_start_log_t *log);

/* lq_start_log_beside makes OUT another log to where FROM writes, for another thread; it shares no
   state, and ends with FROM. */
void lq_start_log_beside(lq_start_log_t *out, const lq_start_log_t *from);

#endif
