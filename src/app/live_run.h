#ifndef LIQD_APP_LIVE_RUN_H
#define LIQD_APP_LIVE_RUN_H

/* The course of a live run beside the shell: keys and locks at the start, what the service manager
   is told, the signals, the configuration read again, the end in an orderly way. */

#include <stdbool.h>

#include "liqd/ops/notify.h"
#include "live_shell.h"
#include "reload.h"
#include "start.h"

/* How long a run that is to end may take to cancel, or see mined, what is under way. */
#define LQ_LIVE_RUN_END_NS (20 * UINT64_C(1000000000))

typedef struct lq_live_run {
    const lq_cli_call_t *call;
    lq_config_t *config; /* may be tuned */
    const lq_schema_doc_t *doc;
    const lq_start_log_t *log_of;
    lq_log_t *log;
    lq_start_log_t journal_log;
    lq_senders_t *senders;
    lq_live_shell_t *shell;
    lq_follow_t *follow;
    lq_notify_t notify;
    volatile bool *stop;
    volatile bool asked;     /* to end */
    volatile bool reloading; /* asked to read the configuration again */
    bool ending;
    bool settled; /* a block was */
    bool said_ready;
    uint64_t end_mono_ns;
    uint64_t status_mono_ns;
} lq_live_run_t;

/* lq_live_run_open takes keys, run folder and locks, and the signals: RUN has call, config, doc,
   log_of and stop, the rest is zero. Returns the exit code; what is wrong was said.
   lq_live_run_shell makes the shell beside FOLLOW. lq_live_run_close ends all; before FOLLOW's. */
int lq_live_run_open(lq_live_run_t *run, const char *command);
int lq_live_run_shell(lq_live_run_t *run, const char *command, lq_follow_t *follow,
                      const lq_decisions_t *decisions, FILE *out, bool colour);
void lq_live_run_close(lq_live_run_t *run);

/* lq_live_run_settled: a block is. lq_live_run_work, between two turns, does what the signals want
   and tells the service manager; it sets *STOP when the end has come. Returns whether what the
   engine decides by has been changed. */
void lq_live_run_settled(lq_live_run_t *run);
bool lq_live_run_work(lq_live_run_t *run);

#endif
