#include "live_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "liqd/keys/secret.h"
#include "run_dir.h"

#define SEC_NS    UINT64_C(1000000000)
#define STATUS_NS (10 * SEC_NS)
#define STATUS_SZ 160u

/* ---- the start */

/* What is refused is told from what the machine did not give. */
static int key_rc(lq_err_t err)
{
    if (err == LQ_ERR_FULL)
        return LQ_EXIT_CONFIG;
    return err == LQ_ERR_NOMEM ? LQ_EXIT_FAILED : LQ_EXIT_KEY;
}

static int open_keys(lq_live_run_t *run, const char *command)
{
    lq_err_msg_t msg;
    lq_err_t err = lq_secret_harden_process(&msg);
    if (!err)
        err = lq_senders_open(&run->senders, &msg, run->log, run->config);
    if (err)
        return lq_start_complain(command, key_rc(err), msg.text);
    LQ_LOG(run->log, LQ_LOG_INFO, "app", "start: the keys are open",
           LQ_LOG_U64("senders", run->senders->cnt));
    return LQ_EXIT_DONE;
}

static int take_locks(lq_live_run_t *run, const char *command)
{
    lq_err_msg_t msg;
    lq_err_t err = lq_run_dir_open(&msg, run->log, run->config->run_dir);
    if (err)
        return lq_start_complain(command, LQ_EXIT_CONFIG, msg.text);
    err = lq_senders_lock(run->senders, &msg, run->config);
    if (err)
        return lq_start_complain(command, lq_start_rc(err), msg.text);
    LQ_LOG(run->log, LQ_LOG_INFO, "app", "start: the keys are locked",
           LQ_LOG_CSTR("folder", run->config->run_dir));
    return LQ_EXIT_DONE;
}

static int open_notify(lq_live_run_t *run, const char *command)
{
    lq_err_msg_t msg;
    lq_notify_env_t env = lq_notify_env();
    if (!lq_notify_open(&run->notify, &msg, &env))
        return LQ_EXIT_DONE;
    run->notify.fd = -1;
    return lq_start_complain(command, LQ_EXIT_FAILED, msg.text);
}

int lq_live_run_open(lq_live_run_t *run, const char *command)
{
    run->log = (lq_log_t *)&run->log_of->log;
    lq_start_log_beside(&run->journal_log, run->log_of);
    lq_start_signals_live(run->stop, &run->asked, &run->reloading);
    LQ_LOG(run->log, LQ_LOG_INFO, "app", "start: the configuration is good",
           LQ_LOG_CSTR("file", run->doc->name));
    int rc = open_notify(run, command);
    rc = rc ? rc : open_keys(run, command);
    return rc ? rc : take_locks(run, command);
}

int lq_live_run_shell(lq_live_run_t *run, const char *command, lq_follow_t *follow,
                      const lq_decisions_t *decisions, FILE *out, bool colour)
{
    lq_err_msg_t msg;
    lq_live_settings_t settings = {
        .config = run->config,
        .follow = follow,
        .log = run->log,
        .journal_log = &run->journal_log.log,
        .senders = run->senders,
        .decisions = decisions,
        .out = out,
        .colour = colour,
        .accept_used = lq_cli_option(run->call, "accept-used-nonce") != NULL,
    };
    run->follow = follow;
    if (lq_live_shell_open(&run->shell, &msg, &settings))
        return lq_start_complain(command, LQ_EXIT_FAILED, msg.text);
    return LQ_EXIT_DONE;
}

void lq_live_run_close(lq_live_run_t *run)
{
    lq_live_shell_close(run->shell);
    run->shell = NULL;
    lq_senders_close(run->senders);
    run->senders = NULL;
    lq_notify_close(&run->notify);
}

/* ---- the service manager */

static void write_status(char out[STATUS_SZ], lq_live_run_t *run)
{
    lq_state_t *state = lq_follow_state(run->follow);
    lq_engine_stat_t engine = lq_engine_stat(state->engine);
    lq_sync_stat_t sync = lq_sync_stat(state->sync);
    (void)snprintf(out, STATUS_SZ, "at block %" PRIu64 " of %" PRIu64 ", %zu in flight",
                   sync.complete.number, lq_follow_head(run->follow), engine.inflight_cnt);
}

static void tell_manager(lq_live_run_t *run, uint64_t now_mono_ns)
{
    char status[STATUS_SZ];
    lq_notify_alive(&run->notify, now_mono_ns, lq_live_shell_beat(run->shell));
    if (!run->said_ready && run->settled && lq_live_shell_is_ready(run->shell)) {
        run->said_ready = true;
        write_status(status, run);
        lq_notify_ready(&run->notify, status);
        LQ_LOG(run->log, LQ_LOG_INFO, "app", "start: ready");
    }
    if (now_mono_ns - run->status_mono_ns < STATUS_NS)
        return;
    run->status_mono_ns = now_mono_ns;
    write_status(status, run);
    lq_notify_status(&run->notify, status);
}

/* ---- signals */

static bool read_again(lq_live_run_t *run, uint64_t now_mono_ns)
{
    lq_reload_t reload = {0};
    lq_err_msg_t msg;
    const char *path;
    run->reloading = false;
    lq_notify_reloading(&run->notify, now_mono_ns);
    LQ_LOG(run->log, LQ_LOG_INFO, "app", "reload: the configuration is read again");
    lq_err_t err = lq_config_find(&path, &msg, lq_cli_option(run->call, "config"));
    if (err)
        LQ_LOG(run->log, LQ_LOG_ERROR, "app", "reload: there is no configuration",
               LQ_LOG_CSTR("why", msg.text));
    else
        err =
            lq_reload(&reload, run->config, run->doc, path, lq_follow_state(run->follow), run->log);
    if (!err)
        LQ_LOG(run->log, LQ_LOG_INFO, "app", "reload: done",
               LQ_LOG_U64("changed", reload.changed_cnt),
               LQ_LOG_U64("with_the_next_start", reload.restart_cnt));
    lq_notify_ready(&run->notify, "");
    return reload.decides;
}

/* Takes nothing more, and ends when nothing is under way, or when the time for that is over. */
static void end_orderly(lq_live_run_t *run, uint64_t now_mono_ns)
{
    if (!run->ending) {
        run->ending = true;
        run->end_mono_ns = now_mono_ns + LQ_LIVE_RUN_END_NS;
        lq_notify_stopping(&run->notify);
        lq_live_shell_stop(run->shell);
        LQ_LOG(run->log, LQ_LOG_INFO, "app",
               "end: nothing more is taken, and what is under way is cancelled; again: at once");
    }
    bool idle = lq_live_shell_is_idle(run->shell);
    if (!idle && now_mono_ns < run->end_mono_ns)
        return;
    if (idle)
        LQ_LOG(run->log, LQ_LOG_INFO, "app", "end: nothing is under way");
    else
        LQ_LOG(run->log, LQ_LOG_WARN, "app",
               "end: something is still under way: the next start goes on with it");
    *run->stop = true;
}

void lq_live_run_settled(lq_live_run_t *run)
{
    run->settled = true;
}

bool lq_live_run_work(lq_live_run_t *run)
{
    uint64_t now = lq_clock_now(lq_clock_system()).mono_ns;
    bool changed = run->reloading && read_again(run, now);
    lq_live_shell_work(run->shell);
    tell_manager(run, now);
    if (run->asked)
        end_orderly(run, now);
    return changed;
}
