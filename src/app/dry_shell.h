#ifndef LIQD_APP_DRY_SHELL_H
#define LIQD_APP_DRY_SHELL_H

/* What makes a dry run of a run: stands where transactions would be sent. It gives the machine that
   books (sim/dry_run.h) what happens, asks the nodes what it wants to know, tells the engine what
   came of its intents and of the inventory, and keeps the report. */

#include "dry_report.h"
#include "follow.h"

/* Opaque. */
typedef struct lq_dry_shell lq_dry_shell_t;

typedef struct lq_dry_shell_settings {
    const lq_config_t *config;
    lq_follow_t *follow; /* what it stands beside; all outlive it */
    lq_log_t *log;
    lq_dry_report_t *report;
    FILE *out;   /* where it says what happens, line by line; NULL: nowhere */
    bool colour; /* there */
} lq_dry_shell_settings_t;

/* lq_dry_shell_open makes *SHELL before the first event. LQ_ERR_NOMEM, LQ_ERR_RANGE.
   lq_dry_shell_close ends what is under way; NULL is allowed; before the follow's. */
LQ_MUST_USE lq_err_t lq_dry_shell_open(lq_dry_shell_t **shell, lq_err_msg_t *msg,
                                       const lq_dry_shell_settings_t *settings);
void lq_dry_shell_close(lq_dry_shell_t *shell);

/* lq_dry_shell_event takes EVENT before the engine has it, lq_dry_shell_action what the engine then
   does. lq_dry_shell_work, between two turns of the loop, asks, and tells the engine. */
void lq_dry_shell_event(lq_dry_shell_t *shell, const lq_event_t *event);
void lq_dry_shell_action(lq_dry_shell_t *shell, const lq_action_t *action);
void lq_dry_shell_work(lq_dry_shell_t *shell);

/* lq_dry_shell_end books what is open as unknown: the run has ended. */
void lq_dry_shell_end(lq_dry_shell_t *shell);

/* lq_dry_shell_update sets what the report has of engine, machine and time to how it is now. */
void lq_dry_shell_update(lq_dry_shell_t *shell, const lq_decisions_t *decisions);

#endif
