/* liqd run: see its entry in commands.c. */

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "decisions.h"
#include "dry_page.h"
#include "dry_shell.h"
#include "follow.h"
#include "kept_file.h"
#include "liqd/base/text.h"
#include "liqd/record/event_log.h"
#include "liqd/record/parts.h"
#include "live_run.h"
#include "start.h"

#define NAME "run"

/* With --once: nothing from any node for so long is a failure. */
#define STALL_NS (120 * UINT64_C(1000000000))

/* Of the recorder: what a slow disk may be behind. */
#define RING_SZ   ((size_t)64 << 20)
#define LATER_MAX 64u

typedef struct job {
    const lq_cli_call_t *call;
    lq_config_t config;
    lq_schema_doc_t doc;
    const char *record; /* NULL: no one file is recorded to */
    lq_kept_lock_t record_lock;
    bool many_told;   /* that there are more files than record.keep */
    const char *page; /* NULL: no report is written */
    bool once;
    bool json;
    lq_nodes_t nodes;
    lq_start_log_t log;
    lq_progress_t progress;
    lq_follow_t *follow;
    lq_recorder_t *recorder; /* NULL: none, or it has ended */
    lq_decisions_t decisions;
    const char *markets[LQ_CONFIG_MARKET_MAX];
    lq_dry_report_t report;
    lq_dry_page_t report_page;
    lq_dry_shell_t *dry;
    bool live; /* DRY is NULL then */
    lq_live_run_t run;
    lq_action_candidate_t later[LATER_MAX]; /* whose lines nothing waits for */
    size_t later_cnt;
    bool pinned;
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
    job->page = lq_cli_option(call, "report");
    job->once = lq_cli_option(call, "once") != NULL;
    job->json = lq_cli_option(call, "json") != NULL;
    if (job->page && !job->page[0])
        return complain(LQ_EXIT_USAGE, "--report names no file: see liqd run --help");
    if (job->record && !job->record[0])
        return complain(LQ_EXIT_USAGE, "--record names no file: see liqd run --help");
    job->live = !lq_cli_option(call, "dry-run");
    if (job->live && job->page)
        return complain(LQ_EXIT_USAGE, "--report is of a dry run: add --dry-run, or see liqd "
                                       "journal and liqd status");
    if (job->live && (job->once || job->json))
        return complain(LQ_EXIT_USAGE, "--once and --json are of a dry run: add --dry-run");
    if (!job->live && lq_cli_option(call, "accept-used-nonce"))
        return complain(LQ_EXIT_USAGE,
                        "--accept-used-nonce has no meaning in a dry run, which has no key");
    return LQ_EXIT_DONE;
}

static int load_config(job_t *job)
{
    int rc = lq_start_config(&job->doc, &job->config, NAME, job->call);
    if (rc)
        return rc;
    bool good = lq_config_check_run(&job->doc, &job->config);
    if (job->live)
        good &= lq_config_check_live(&job->doc, &job->config);
    return good ? LQ_EXIT_DONE : lq_start_problems(&job->doc, NAME);
}

/* ---- the recording */

/* Ends it, whatever was written. */
static void end_record(job_t *job)
{
    lq_recorder_stat_t stat;
    const char *file = job->record ? job->record : job->config.record_dir;
    if (!job->recorder)
        return;
    lq_recorder_close(job->recorder, &stat);
    job->recorder = NULL;
    lq_kept_unlock(&job->record_lock);
    if (stat.ended || stat.err)
        LQ_LOG(&job->log.log, LQ_LOG_ERROR, "record",
               "the recording has ended early: it holds what came before",
               LQ_LOG_CSTR("file", file), LQ_LOG_U64("events", stat.written_cnt),
               LQ_LOG_CSTR("why", stat.os_error ? strerror(stat.os_error) : lq_err_str(stat.err)));
    else
        LQ_LOG(&job->log.log, LQ_LOG_INFO, "record", "the recording is complete",
               LQ_LOG_CSTR("file", file), LQ_LOG_U64("events", stat.written_cnt),
               LQ_LOG_U64("parts", stat.part + 1), LQ_LOG_U64("bytes", stat.file_sz));
}

/* Makes the folder where it is not there, and locks it: what one process deletes none may write. */
static lq_err_t open_folder(job_t *job, lq_err_msg_t *msg)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    char path[LQ_PARTS_PATH_SZ];
    const char *dir = job->config.record_dir;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return lq_err_msg_set(msg, LQ_ERR_IO, "record.dir: %s: %s: name a folder that can be made",
                              lq_text_quote(quoted, dir), strerror(errno));
    (void)snprintf(path, sizeof(path), "%s/%" PRIu64, dir, job->config.chain_id);
    return lq_kept_lock(&job->record_lock, msg, "recording", path);
}

static lq_err_t open_parts(job_t *job, lq_err_msg_t *msg, const lq_event_log_start_t *from)
{
    const lq_config_t *config = &job->config;
    lq_recorder_parts_t parts = {
        .folder = config->record_dir,
        .wall_ns = lq_clock_now(lq_clock_system()).wall_ns,
        .sz_max = config->record_max_sz,
        .age_max_ns = config->record_max_age_ns,
        .keep_cnt = config->record_keep,
    };
    lq_err_t err = open_folder(job, msg);
    return err ? err : lq_recorder_open_parts(&job->recorder, msg, &parts, from, RING_SZ);
}

/* At a settled block. */
static void settle_record(job_t *job)
{
    if (!job->recorder)
        return;
    lq_recorder_stat_t stat = lq_recorder_stat(job->recorder);
    if (stat.ended) {
        end_record(job);
        return;
    }
    lq_recorder_settle(job->recorder, lq_clock_now(lq_clock_system()).mono_ns);
    if (stat.file_cnt <= job->config.record_keep || job->many_told)
        return;
    job->many_told = true;
    LQ_LOG(&job->log.log, LQ_LOG_WARN, "record",
           "more files than record.keep: the replay needs all since this run began; a restart "
           "begins anew",
           LQ_LOG_CSTR("folder", job->config.record_dir), LQ_LOG_U64("files", stat.file_cnt));
}

static lq_err_t on_opened(void *ctx, lq_err_msg_t *msg, const lq_follow_start_t *start)
{
    job_t *job = ctx;
    char *config;
    size_t config_sz;
    if (!job->record && !job->config.record_dir[0])
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
    err = job->record ? lq_recorder_open(&job->recorder, msg, job->record, &from, RING_SZ)
                      : open_parts(job, msg, &from);
    free(config);
    return err;
}

static void on_event(void *ctx, const lq_event_t *event)
{
    job_t *job = ctx;
    if (job->recorder)
        lq_recorder_event(job->recorder, event);
    if (job->live) {
        lq_start_log_hold(&job->log); /* until the turn is over */
        lq_live_shell_event(job->run.shell, event);
    } else {
        lq_dry_shell_event(job->dry, event);
    }
}

static void log_now(job_t *job, const lq_action_t *action)
{
    lq_decisions_log(&job->log.log, lq_follow_state(job->follow), action);
}

static void log_later(job_t *job)
{
    for (size_t i = 0; i < job->later_cnt; i++)
        log_now(job, &(lq_action_t){.kind = LQ_ACTION_CANDIDATE, .as.candidate = &job->later[i]});
    job->later_cnt = 0;
}

/* In a live run those of candidates wait for what is taken because of them. */
static void log_action(job_t *job, const lq_action_t *action)
{
    bool waits = job->live && action->kind == LQ_ACTION_CANDIDATE;
    if (!waits || job->later_cnt == LATER_MAX)
        log_later(job);
    if (waits)
        job->later[job->later_cnt++] = *action->as.candidate;
    else
        log_now(job, action);
}

static void on_done(void *ctx)
{
    job_t *job = ctx;
    if (job->recorder)
        lq_recorder_done(job->recorder);
    if (job->live)
        lq_live_shell_done(job->run.shell);
    log_later(job);
}

static void on_action(void *ctx, const lq_action_t *action)
{
    job_t *job = ctx;
    if (job->recorder)
        lq_recorder_action(job->recorder, action);
    lq_decisions_add(&job->decisions, action);
    bool hurries = job->live && action->kind == LQ_ACTION_TAKE;
    if (hurries) /* is said when it has left */
        lq_live_shell_action(job->run.shell, action);
    log_action(job, action);
    if (hurries)
        return;
    if (job->live)
        lq_live_shell_action(job->run.shell, action);
    else
        lq_dry_shell_action(job->dry, action);
}

/* ---- the run */

/* Binds the thread that works: only now, since those that were begun before would be bound too. */
static void pin(job_t *job)
{
    lq_err_msg_t msg;
    unsigned cpu;
    if (job->pinned || !lq_config_cpu(&cpu, &job->config))
        return;
    job->pinned = true;
    if (lq_loop_pin(&msg, cpu))
        LQ_LOG(&job->log.log, LQ_LOG_ERROR, "app", "the daemon is not bound to its core",
               LQ_LOG_CSTR("why", msg.text));
}

/* At each settled block. */
static void on_settled(void *ctx, const lq_block_ref_t *block)
{
    job_t *job = ctx;
    (void)block;
    pin(job);
    if (job->live)
        lq_live_run_settled(&job->run);
    settle_record(job);
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

/* ---- the report */

static lq_err_t write_page(job_t *job, lq_err_msg_t *msg)
{
    lq_dry_shell_update(job->dry, &job->decisions);
    return lq_dry_page_write(&job->report_page, msg, &job->report);
}

static bool on_begin(void *ctx)
{
    job_t *job = ctx;
    return lq_live_shell_begin(job->run.shell);
}

static void work_live(job_t *job)
{
    bool changed = lq_live_run_work(&job->run);
    if (!changed || !job->recorder)
        return;
    LQ_LOG(&job->log.log, LQ_LOG_WARN, "record",
           "the recording ends: what it would be replayed by has changed");
    end_record(job);
}

/* Between two turns. */
static void on_work(void *ctx)
{
    job_t *job = ctx;
    lq_err_msg_t msg;
    if (job->live) {
        work_live(job);
        lq_start_log_release(&job->log);
        return;
    }
    lq_dry_shell_work(job->dry);
    if (lq_dry_page_is_due(&job->report_page, lq_clock_now(lq_clock_system()).mono_ns) &&
        write_page(job, &msg))
        LQ_LOG(&job->log.log, LQ_LOG_ERROR, "app", "the report is not written",
               LQ_LOG_CSTR("why", msg.text));
}

static int open_report(job_t *job)
{
    lq_err_msg_t msg;
    for (size_t i = 0; i < job->config.market_cnt; i++)
        job->markets[i] = job->config.markets[i].name;
    lq_err_t err = lq_dry_report_open(&job->report, job->markets, job->config.market_cnt,
                                      lq_clock_now(lq_clock_system()).wall_ns, lq_state_seed());
    if (err)
        return complain(LQ_EXIT_FAILED, lq_err_str(err));
    job->report.chain_name = job->config.chain_name;
    job->report.chain_id = job->config.chain_id;
    err = lq_dry_page_open(&job->report_page, &msg, job->page);
    return err ? complain(LQ_EXIT_FAILED, msg.text) : LQ_EXIT_DONE;
}

static int print_json(const job_t *job)
{
    json_t *root = lq_dry_report_json(&job->report);
    int failed = !root || json_dumpf(root, stdout, JSON_INDENT(2)) != 0;
    json_decref(root);
    (void)printf("\n");
    return failed ? complain(LQ_EXIT_FAILED, "the result cannot be written") : LQ_EXIT_DONE;
}

/* Books what is open, and says what it has come to. */
static int sum_up(job_t *job)
{
    lq_err_msg_t msg;
    if (job->live) {
        lq_live_shell_sum_up(stdout, job->run.shell);
        return LQ_EXIT_DONE;
    }
    lq_dry_shell_end(job->dry);
    job->report.ended = true;
    int rc = write_page(job, &msg) ? complain(LQ_EXIT_FAILED, msg.text) : LQ_EXIT_DONE;
    if (job->json)
        return print_json(job) || rc;
    (void)printf("\n");
    lq_decisions_print(stdout, &job->report.engine, &job->decisions);
    lq_dry_report_print(stdout, &job->report);
    return rc;
}

/* ---- all of it */

static int open_dry(job_t *job)
{
    lq_err_msg_t msg;
    lq_dry_shell_settings_t settings = {
        .config = &job->config,
        .follow = job->follow,
        .log = &job->log.log,
        .report = &job->report,
        .out = job->json ? NULL : stdout,
        .colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
    };
    if (lq_dry_shell_open(&job->dry, &msg, &settings))
        return complain(LQ_EXIT_FAILED, msg.text);
    /* a page from the start: where it cannot be written that is said now */
    return write_page(job, &msg) ? complain(LQ_EXIT_FAILED, msg.text) : LQ_EXIT_DONE;
}

static int open_live(job_t *job)
{
    return lq_live_run_shell(&job->run, NAME, job->follow, &job->decisions, stdout,
                             isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
}

/* What comes before the nodes. */
static int start_live(job_t *job)
{
    lq_live_run_t *run = &job->run;
    run->call = job->call;
    run->config = &job->config;
    run->doc = &job->doc;
    run->log_of = &job->log;
    run->stop = &stop;
    return lq_live_run_open(run, NAME);
}

/* Says at once where the core cannot be had; what is bound here is so again later. */
static int check_pin(const job_t *job)
{
    lq_err_msg_t msg;
    cpu_set_t all;
    unsigned cpu;
    if (!lq_config_cpu(&cpu, &job->config) || sched_getaffinity(0, sizeof(all), &all) != 0)
        return LQ_EXIT_DONE;
    lq_err_t err = lq_loop_pin(&msg, cpu);
    (void)sched_setaffinity(0, sizeof(all), &all);
    return err ? complain(LQ_EXIT_CONFIG, msg.text) : LQ_EXIT_DONE;
}

static int follow_open(job_t *job)
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
        .live = job->live,
        .begin = job->live ? on_begin : NULL,
        .timer_cnt = job->live ? lq_live_shell_timer_cnt(&job->config, job->run.senders) : 0,
        .opened = on_opened,
        .event = on_event,
        .done = on_done,
        .action = on_action,
        .work = on_work,
        .ctx = job,
    };
    lq_err_t err = lq_follow_open(&job->follow, &msg, &settings);
    return err ? complain(lq_start_rc(err), msg.text) : LQ_EXIT_DONE;
}

static int follow(job_t *job)
{
    lq_err_msg_t msg;
    lq_err_t err = lq_follow_run(job->follow, &msg, &stop);
    end_record(job);
    int rc = err ? complain(lq_start_rc(err), msg.text) : LQ_EXIT_DONE;
    int saved = save(job);
    int told = sum_up(job);
    rc = rc ? rc : saved;
    return rc ? rc : told;
}

/* Opens what it takes, works, and closes it again. */
static int follow_all(job_t *job)
{
    int rc = check_pin(job);
    rc = rc ? rc : job->live ? start_live(job) : open_report(job);
    rc = rc ? rc : follow_open(job);
    rc = rc ? rc : job->live ? open_live(job) : open_dry(job);
    rc = rc ? rc : follow(job);
    end_record(job);
    lq_live_run_close(&job->run);
    lq_dry_shell_close(job->dry);
    lq_follow_close(job->follow);
    lq_dry_page_close(&job->report_page);
    lq_dry_report_close(&job->report);
    return rc;
}

static int run(job_t *job)
{
    lq_start_signals(&stop);
    lq_progress_init(&job->progress, stderr);
    lq_nodes_init(&job->nodes, &job->config);
    int rc = lq_start_log_open(&job->log, NAME, &job->config, LQ_LOG_DEBUG, &job->progress);
    if (rc)
        return rc;
    rc = follow_all(job);
    lq_start_log_close(&job->log);
    return rc;
}

int lq_cmd_run(const lq_cli_call_t *call)
{
    job_t *job = calloc(1, sizeof(*job));
    if (!job)
        return complain(LQ_EXIT_FAILED, lq_err_str(LQ_ERR_NOMEM));
    job->call = call;
    job->report_page.lock.fd = job->run.notify.fd = job->record_lock.fd = -1;
    int rc = parse_options(job);
    rc = rc ? rc : load_config(job);
    rc = rc ? rc : run(job);
    if (job->doc.arena.cap_sz)
        lq_schema_free(&job->doc);
    free(job);
    return rc;
}
