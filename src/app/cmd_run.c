/* liqd run: see its entry in commands.c. */

#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "decisions.h"
#include "follow.h"
#include "liqd/record/event_log.h"
#include "start.h"

#define NAME "run"

/* With --once: nothing from any node for so long is a failure. */
#define STALL_NS (120 * UINT64_C(1000000000))

/* Of the recorder: what a slow disk may be behind. */
#define RING_SZ ((size_t)64 << 20)

typedef struct job {
    const lq_cli_call_t *call;
    lq_config_t config;
    lq_schema_doc_t doc;
    const char *record; /* NULL: nothing is recorded */
    bool once;
    lq_nodes_t nodes;
    lq_start_log_t log;
    lq_progress_t progress;
    lq_follow_t *follow;
    lq_recorder_t *recorder; /* NULL: none, or it has ended */
    lq_decisions_t decisions;
} job_t;

/* Set by signals, and by --once. */
static volatile bool stop;

static int complain(int rc, const char *text)
{
    return lq_start_complain(NAME, rc, text);
}

static int parse_options(job_t *job)
{
    const lq_cli_call_t *call = job->call;
    job->record = lq_cli_option(call, "record");
    job->once = lq_cli_option(call, "once") != NULL;
    if (job->record && !job->record[0])
        return complain(LQ_EXIT_USAGE, "--record names no file: see liqd run --help");
    if (!lq_cli_option(call, "dry-run"))
        return complain(LQ_EXIT_USAGE,
                        "only a dry run works yet, which sends nothing: add --dry-run");
    return LQ_EXIT_DONE;
}

static int load_config(job_t *job)
{
    int rc = lq_start_config(&job->doc, &job->config, NAME, job->call);
    if (!rc && !lq_config_check_run(&job->doc, &job->config))
        rc = lq_start_problems(&job->doc, NAME);
    return rc;
}

/* ---- the recording */

/* Ends it, whatever was written. */
static void end_record(job_t *job)
{
    lq_recorder_stat_t stat;
    if (!job->recorder)
        return;
    lq_recorder_close(job->recorder, &stat);
    job->recorder = NULL;
    if (stat.ended || stat.err)
        LQ_LOG(&job->log.log, LQ_LOG_ERROR, "record",
               "the recording has ended early: it holds what came before",
               LQ_LOG_CSTR("file", job->record), LQ_LOG_U64("events", stat.written_cnt),
               LQ_LOG_CSTR("why", stat.os_error ? strerror(stat.os_error) : lq_err_str(stat.err)));
    else
        LQ_LOG(&job->log.log, LQ_LOG_INFO, "record", "the recording is complete",
               LQ_LOG_CSTR("file", job->record), LQ_LOG_U64("events", stat.written_cnt),
               LQ_LOG_U64("bytes", stat.file_sz));
}

static lq_err_t on_opened(void *ctx, lq_err_msg_t *msg, const lq_follow_start_t *start)
{
    job_t *job = ctx;
    char *config;
    size_t config_sz;
    if (!job->record)
        return LQ_OK;
    lq_err_t err = lq_config_write(&config, &config_sz, &job->doc, &job->config);
    if (err)
        return lq_err_msg_set(msg, err, "the configuration cannot be recorded: %s",
                              lq_err_str(err));
    lq_event_log_start_t from = {
        .chain_id = job->config.chain_id,
        .seed = start->seed,
        .program = "liqd " LIQD_VERSION,
        .config = config,
        .config_sz = config_sz,
        .snapshot = start->snapshot.p,
        .snapshot_sz = start->snapshot.sz,
        .memory = start->memory.p,
        .memory_sz = start->memory.sz,
    };
    err = lq_recorder_open(&job->recorder, msg, job->record, &from, RING_SZ);
    free(config);
    return err;
}

static void on_event(void *ctx, const lq_event_t *event)
{
    job_t *job = ctx;
    if (job->recorder)
        lq_recorder_event(job->recorder, event);
}

static void on_done(void *ctx)
{
    job_t *job = ctx;
    if (job->recorder)
        lq_recorder_done(job->recorder);
}

static void on_action(void *ctx, const lq_action_t *action)
{
    job_t *job = ctx;
    if (job->recorder)
        lq_recorder_action(job->recorder, action);
    lq_decisions_add(&job->decisions, action);
    lq_decisions_log(&job->log.log, lq_follow_state(job->follow), action);
}

/* ---- the run */

/* At each settled block. */
static void on_settled(void *ctx, const lq_block_ref_t *block)
{
    job_t *job = ctx;
    (void)block;
    if (job->recorder && lq_recorder_stat(job->recorder).ended)
        end_record(job);
    if (job->once)
        stop = true;
}

/* Keeps what outlives the process. */
static int save(job_t *job)
{
    lq_err_msg_t msg;
    int rc = LQ_EXIT_DONE;
    lq_err_t err = lq_follow_remember(job->follow, &msg);
    if (err)
        rc = complain(LQ_EXIT_FAILED, msg.text);
    err = lq_follow_save(job->follow, &msg);
    if (err && err != LQ_ERR_EMPTY) /* without a whole block the former one stands */
        rc = complain(LQ_EXIT_FAILED, msg.text);
    return rc;
}

static int follow(job_t *job)
{
    lq_err_msg_t msg;
    lq_follow_settings_t settings = {
        .config = &job->config,
        .nodes = &job->nodes,
        .log = &job->log.log,
        .progress = &job->progress,
        .stall_ns = job->once ? STALL_NS : 0,
        .at_head = job->once,
        .settled = on_settled,
        .decide = true,
        .opened = on_opened,
        .event = on_event,
        .done = on_done,
        .action = on_action,
        .ctx = job,
    };
    lq_err_t err = lq_follow_open(&job->follow, &msg, &settings);
    if (err) {
        end_record(job);
        return complain(lq_start_rc(err), msg.text);
    }
    err = lq_follow_run(job->follow, &msg, &stop);
    end_record(job);
    int rc = err ? complain(lq_start_rc(err), msg.text) : LQ_EXIT_DONE;
    int saved = save(job);
    lq_decisions_print(stdout, lq_follow_state(job->follow), &job->decisions);
    lq_follow_close(job->follow);
    return rc ? rc : saved;
}

static int run(job_t *job)
{
    lq_start_signals(&stop);
    lq_progress_init(&job->progress, stderr);
    lq_nodes_init(&job->nodes, &job->config);
    int rc = lq_start_log_open(&job->log, NAME, &job->config, LQ_LOG_DEBUG, &job->progress);
    if (rc)
        return rc;
    rc = follow(job);
    lq_start_log_close(&job->log);
    return rc;
}

int lq_cmd_run(const lq_cli_call_t *call)
{
    job_t *job = calloc(1, sizeof(*job));
    if (!job)
        return complain(LQ_EXIT_FAILED, lq_err_str(LQ_ERR_NOMEM));
    job->call = call;
    int rc = parse_options(job);
    rc = rc ? rc : load_config(job);
    rc = rc ? rc : run(job);
    if (job->doc.arena.cap_sz)
        lq_schema_free(&job->doc);
    free(job);
    return rc;
}
