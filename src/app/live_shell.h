#ifndef LIQD_APP_LIVE_SHELL_H
#define LIQD_APP_LIVE_SHELL_H

/* What makes a live run of a run: stands between the engine and what sends (exec/exec.h). It takes
   up the journal before the engine begins, gives what sends what happens and what is wanted, tells
   the engine what came of it and what there is to spend, and answers the operator.

   It begins when a node has told the chain's first block: journal and write-ahead log are bound to
   that. Until what sends is READY the engine knows of no funds. */

#include "decisions.h"
#include "follow.h"
#include "senders.h"

/* Opaque. */
typedef struct lq_live_shell lq_live_shell_t;

typedef struct lq_live_settings {
    const lq_config_t *config;
    lq_follow_t *follow; /* what it stands beside; all outlive it */
    lq_log_t *log;
    lq_log_t *journal_log; /* of the journal's thread */
    const lq_senders_t *senders;
    const lq_decisions_t *decisions;
    FILE *out;        /* where it says what happens, line by line; NULL: nowhere */
    bool colour;      /* there */
    bool accept_used; /* a key that was used before has no journal, and that is right */
} lq_live_settings_t;

/* Timers that it takes of the loop, by CONFIG and SENDERS, before it is there. */
size_t lq_live_shell_timer_cnt(const lq_config_t *config, const lq_senders_t *senders);

/* lq_live_shell_open makes *SHELL before the first event. LQ_ERR_NOMEM, LQ_ERR_RANGE.
   lq_live_shell_close ends what is under way, and the journal behind what it has; NULL is allowed;
   before the follow's. */
LQ_MUST_USE lq_err_t lq_live_shell_open(lq_live_shell_t **shell, lq_err_msg_t *msg,
                                        const lq_live_settings_t *settings);
void lq_live_shell_close(lq_live_shell_t *shell);

/* What lq_follow_settings_t asks for: see there. */
bool lq_live_shell_begin(lq_live_shell_t *shell);
void lq_live_shell_event(lq_live_shell_t *shell, const lq_event_t *event);
void lq_live_shell_action(lq_live_shell_t *shell, const lq_action_t *action);
void lq_live_shell_done(lq_live_shell_t *shell);
void lq_live_shell_work(lq_live_shell_t *shell);

/* lq_live_shell_is_ready tells whether it sends. lq_live_shell_stop has it take nothing more and
   cancel what can be; lq_live_shell_is_idle then tells when all is done. lq_live_shell_beat returns
   when the journal's thread last came round; now where there is none yet. */
bool lq_live_shell_is_ready(const lq_live_shell_t *shell);
void lq_live_shell_stop(lq_live_shell_t *shell);
bool lq_live_shell_is_idle(const lq_live_shell_t *shell);
uint64_t lq_live_shell_beat(const lq_live_shell_t *shell);

/* lq_live_shell_sum_up writes what the run came to. */
void lq_live_shell_sum_up(FILE *out, const lq_live_shell_t *shell);

#endif
