#include "report_source.h"

#include "snapshot_file.h"

#define STALL_NS (120 * UINT64_C(1000000000))

static int complain(const lq_report_source_t *s, int rc, const char *text)
{
    return lq_start_complain(s->command, rc, text);
}

/* ---- from a file */

/* Wishes have no one to go to: the state stays as it was at the file's block. */
int lq_report_source_file(lq_report_source_t *s, const char *command, const lq_config_t *config,
                          const char *path)
{
    lq_snapshot_info_t info;
    lq_err_msg_t msg;
    s->command = command;
    s->config = config;
    s->state = &s->restored;
    lq_err_t err = lq_state_open(s->state, &msg, config, false, NULL, NULL, lq_state_seed());
    if (err)
        return complain(s, lq_start_rc(err), msg.text);
    err = lq_snapshot_file_load(s->state->sync, &info, &msg, path, 0, 0);
    if (!err)
        err = lq_state_name(s->state, &msg);
    if (err)
        return complain(s, LQ_EXIT_FAILED, msg.text);
    s->block = info.block;
    s->block_sec = info.block_sec;
    return LQ_EXIT_DONE;
}

/* ---- from the nodes */

static void on_settled(void *ctx, const lq_block_ref_t *block)
{
    lq_report_source_t *s = ctx;
    s->block = *block;
    *s->stop = true;
}

static int end_interrupted(lq_report_source_t *s)
{
    lq_err_msg_t msg;
    lq_err_t err = lq_follow_save(s->follow, &msg);
    if (s->config->snapshot_file[0] && !err)
        return complain(s, LQ_EXIT_FAILED,
                        "interrupted; what was read is kept, and the next start goes on there");
    return complain(s, LQ_EXIT_FAILED, "interrupted");
}

static int follow(lq_report_source_t *s, lq_progress_t *progress)
{
    lq_err_msg_t msg;
    lq_follow_settings_t settings = {
        .config = s->config,
        .nodes = &s->nodes,
        .log = &s->log.log,
        .progress = progress,
        .stall_ns = STALL_NS,
        .at_head = true,
        .settled = on_settled,
        .ctx = s,
    };
    lq_err_t err = lq_follow_open(&s->follow, &msg, &settings);
    if (!err)
        err = lq_follow_run(s->follow, &msg, s->stop);
    if (err)
        return complain(s, lq_start_rc(err), msg.text);
    *s->stop = false; /* before it is asked: a signal that comes now is not lost */
    if (lq_start_interrupted())
        return end_interrupted(s);
    s->state = lq_follow_state(s->follow);
    s->symbol_cnt = lq_follow_symbols(s->follow, s->symbols, LQ_REPORT_SYMBOL_MAX);
    s->has_head = lq_follow_header(s->follow, &s->head);
    s->block_sec = lq_sync_stat(s->state->sync).complete_sec;
    return LQ_EXIT_DONE;
}

int lq_report_source_nodes(lq_report_source_t *s, const char *command, const lq_config_t *config,
                           lq_progress_t *progress, volatile bool *stop)
{
    s->command = command;
    s->config = config;
    s->stop = stop;
    lq_nodes_init(&s->nodes, config);
    /* on the terminal what is worth a warning */
    int rc = lq_start_log_open(&s->log, command, config, LQ_LOG_WARN, progress);
    s->has_log = !rc;
    return rc ? rc : follow(s, progress);
}

int lq_report_source_keep(lq_report_source_t *s)
{
    lq_err_msg_t msg;
    if (s->follow && lq_follow_save(s->follow, &msg))
        return complain(s, LQ_EXIT_FAILED, msg.text);
    return LQ_EXIT_DONE;
}

void lq_report_source_close(lq_report_source_t *s)
{
    lq_follow_close(s->follow);
    lq_state_close(&s->restored);
    if (s->has_log)
        lq_start_log_close(&s->log);
}
