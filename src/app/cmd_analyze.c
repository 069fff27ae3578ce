/* liqd analyze: see its entry in commands.c. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyze.h"
#include "commands.h"
#include "gnuplot.h"
#include "json_value.h"
#include "liqd/base/text.h"
#include "out_file.h"
#include "report_source.h"
#include "report_terms.h"

#define NAME          "analyze"
#define SEC_NS        UINT64_C(1000000000)
#define LIMIT_DEFAULT 20u

/* What the command is asked for, and what it works with. */
typedef struct job {
    const lq_cli_call_t *call;
    lq_config_t config;
    lq_schema_doc_t doc;
    lq_analyze_query_t query;
    const char *snapshot; /* NULL: from the nodes */
    bool old;
    bool json;
    const char *csv;  /* NULL: none; "-": standard output */
    const char *plot; /* NULL: none */
    lq_out_file_t csv_file;
    lq_gnuplot_t gnuplot;
    lq_progress_t progress;
    lq_report_source_t source;
    lq_analyze_t analysis;
} job_t;

/* Set by signals, and once the state is settled. */
static volatile bool stop;

/* Says what is wrong and returns RC. */
static int complain(int rc, const char *text)
{
    return lq_start_complain(NAME, rc, text);
}

static int usage(const char *text, const char *value)
{
    return lq_start_usage(NAME, text, value);
}

/* ---- the command line */

static int refuse(const char *option, const lq_err_msg_t *why)
{
    lq_err_msg_t msg;
    (void)!lq_err_msg_set(&msg, LQ_ERR_USAGE, "--%s: %s", option, why->text);
    return complain(LQ_EXIT_USAGE, msg.text);
}

static int parse_shocks(job_t *job)
{
    lq_analyze_query_t *q = &job->query;
    const char *text;
    for (size_t i = 0; (text = lq_cli_option_at(job->call, "shock", i)); i++) {
        lq_err_msg_t why;
        if (i == LQ_ANALYZE_SHOCK_MAX)
            return usage("--shock is given more than 16 times", NULL);
        if (lq_shock_parse(&q->shocks[i], &why, text))
            return refuse("shock", &why);
        q->shock_texts[i] = text;
        q->shock_cnt++;
    }
    return LQ_EXIT_DONE;
}

static int parse_grid(job_t *job)
{
    lq_analyze_query_t *q = &job->query;
    const char *text;
    size_t points = 1;
    for (size_t i = 0; (text = lq_cli_option_at(job->call, "grid", i)); i++) {
        lq_err_msg_t why;
        if (i == LQ_ANALYZE_AXIS_MAX)
            return usage("--grid is given more than twice", NULL);
        if (lq_shock_range_parse(&q->axes[i], &why, text))
            return refuse("grid", &why);
        q->axis_texts[i] = text;
        points *= q->axes[i].cnt;
        q->axis_cnt++;
    }
    if (points > LQ_SHOCK_POINT_MAX)
        return usage("--grid: the product has more than 10000 points: take larger steps", NULL);
    return LQ_EXIT_DONE;
}

/* What contradicts itself. */
static int check_options(const job_t *job)
{
    const lq_cli_call_t *call = job->call;
    bool to_stdout = job->csv && strcmp(job->csv, "-") == 0;
    if (job->old && !job->snapshot)
        return usage("--old goes with --snapshot", NULL);
    if (job->plot && !job->query.axis_cnt)
        return usage("--plot draws a grid: name one by --grid", NULL);
    if (job->plot && strcmp(job->plot, "-") == 0)
        return usage("--plot names a file: standard output is for --csv alone", NULL);
    if (to_stdout && job->json)
        return usage("--csv - and --json exclude each other", NULL);
    if (job->query.together && lq_cli_option(call, "market"))
        return usage("--together is of all markets: it and --market exclude each other", NULL);
    if ((job->snapshot && !job->snapshot[0]) || (job->csv && !job->csv[0]) ||
        (job->plot && !job->plot[0]))
        return usage("--snapshot, --csv and --plot name a file", NULL);
    return LQ_EXIT_DONE;
}

static int parse_options(job_t *job)
{
    const lq_cli_call_t *call = job->call;
    const char *limit = lq_cli_option(call, "limit");
    const char *gas = lq_cli_option(call, "gas-price");
    lq_err_msg_t why;
    job->query = (lq_analyze_query_t){.instance = UINT32_MAX, .limit = LIMIT_DEFAULT};
    job->query.together = lq_cli_option(call, "together") != NULL;
    job->snapshot = lq_cli_option(call, "snapshot");
    job->old = lq_cli_option(call, "old") != NULL;
    job->json = lq_cli_option(call, "json") != NULL;
    job->csv = lq_cli_option(call, "csv");
    job->plot = lq_cli_option(call, "plot");
    job->query.points_only = job->csv && strcmp(job->csv, "-") == 0;
    if (limit && !lq_start_limit(&job->query.limit, limit))
        return usage("--limit is no number from 1 to 999999999:", limit);
    if (gas && lq_shock_gas_parse(&job->query.gas, &why, gas))
        return refuse("gas-price", &why);
    int rc = parse_shocks(job);
    rc = rc ? rc : parse_grid(job);
    return rc ? rc : check_options(job);
}

/* Before the work that would be lost. */
static int open_files(job_t *job)
{
    lq_err_msg_t msg;
    lq_err_t err = LQ_OK;
    if (job->csv && strcmp(job->csv, "-") != 0)
        err = lq_out_file_open(&job->csv_file, &msg, job->csv);
    if (!err && job->plot)
        err = lq_gnuplot_open(&job->gnuplot, &msg, job->plot);
    return err ? complain(LQ_EXIT_FAILED, msg.text) : LQ_EXIT_DONE;
}

/* ---- what is told */

static int write_files(job_t *job)
{
    lq_err_msg_t msg;
    lq_err_t err = LQ_OK;
    if (job->csv_file.to) {
        lq_analyze_csv(job->csv_file.to, &job->analysis);
        err = lq_out_file_keep(&job->csv_file, &msg);
    }
    if (!err && job->gnuplot.to) {
        lq_analyze_plot(job->gnuplot.to, &job->analysis);
        err = lq_gnuplot_close(&job->gnuplot, &msg);
    }
    return err ? complain(LQ_EXIT_FAILED, msg.text) : LQ_EXIT_DONE;
}

static int print(const job_t *job)
{
    uint64_t clock_sec = lq_clock_now(lq_clock_system()).wall_ns / SEC_NS;
    lq_analyze_warn(stderr, &job->analysis);
    if (job->query.points_only) {
        lq_analyze_csv(stdout, &job->analysis);
        return LQ_EXIT_DONE;
    }
    if (!job->json) {
        lq_analyze_print(stdout, &job->analysis, clock_sec);
        return LQ_EXIT_DONE;
    }
    if (!lq_json_print(stdout, lq_analyze_json(&job->analysis, clock_sec)))
        return complain(LQ_EXIT_FAILED, "the result cannot be written");
    return LQ_EXIT_DONE;
}

static int tell_opened(job_t *job)
{
    lq_err_t err = lq_analyze_collect(&job->analysis, &job->progress, &stop);
    if (err)
        return complain(LQ_EXIT_FAILED, err == LQ_ERR_CLOSED ? "interrupted" : lq_err_str(err));
    int rc = print(job);
    return rc ? rc : write_files(job);
}

static int tell(job_t *job)
{
    const lq_report_source_t *source = &job->source;
    const lq_shock_gas_t *gas = &job->query.gas;
    lq_report_terms_t terms;
    lq_err_msg_t msg;
    lq_err_t err =
        lq_report_terms(&terms, &msg, source->state, source->has_head ? &source->head : NULL,
                        gas->cnt ? &gas->prices_wei[0] : NULL);
    if (err)
        return complain(lq_start_rc(err), msg.text);
    err = lq_analyze_open(&job->analysis, &msg, source->state, &job->query, &terms, source->symbols,
                          source->symbol_cnt);
    job->analysis.block = source->block;
    job->analysis.block_sec = source->block_sec;
    int rc = LQ_EXIT_DONE;
    if (err)
        rc = complain(err == LQ_ERR_USAGE ? LQ_EXIT_USAGE : LQ_EXIT_FAILED, msg.text);
    else
        rc = tell_opened(job);
    lq_analyze_close(&job->analysis);
    return rc;
}

/* ---- all of it */

static int refuse_old(const job_t *job, uint64_t age_sec)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    lq_err_msg_t msg;
    (void)!lq_err_msg_set(&msg, LQ_ERR_EMPTY,
                          "snapshot %s: its block is %" PRIu64
                          " min old, and snapshot.max_age is %" PRIu64
                          " min: take --old to look at it all the same, or leave --snapshot out",
                          lq_text_quote(quoted, job->snapshot), age_sec / 60,
                          job->config.snapshot_max_age_ns / SEC_NS / 60);
    return complain(LQ_EXIT_FAILED, msg.text);
}

static int tell_from_file(job_t *job)
{
    int rc = lq_report_source_file(&job->source, NAME, &job->config, job->snapshot);
    if (rc)
        return rc;
    uint64_t now_sec = lq_clock_now(lq_clock_system()).wall_ns / SEC_NS;
    uint64_t block_sec = job->source.block_sec;
    uint64_t age_sec = now_sec > block_sec ? now_sec - block_sec : 0;
    return !job->old && age_sec > job->config.snapshot_max_age_ns / SEC_NS
               ? refuse_old(job, age_sec)
               : tell(job);
}

static int tell_from_nodes(job_t *job)
{
    int rc = lq_report_source_nodes(&job->source, NAME, &job->config, &job->progress, &stop);
    if (rc)
        return rc;
    int saved = lq_report_source_keep(&job->source);
    rc = tell(job);
    return rc ? rc : saved;
}

int lq_cmd_analyze(const lq_cli_call_t *call)
{
    job_t *job = calloc(1, sizeof(*job));
    if (!job)
        return complain(LQ_EXIT_FAILED, lq_err_str(LQ_ERR_NOMEM));
    job->call = call;
    lq_start_signals(&stop);
    lq_progress_init(&job->progress, stderr);
    int rc = parse_options(job);
    rc = rc ? rc : lq_start_config(&job->doc, &job->config, NAME, call);
    rc = rc ? rc : lq_start_market(&job->query.instance, NAME, &job->config, call);
    rc = rc ? rc : open_files(job);
    if (!rc)
        rc = job->snapshot ? tell_from_file(job) : tell_from_nodes(job);
    lq_report_source_close(&job->source);
    lq_gnuplot_drop(&job->gnuplot);
    lq_out_file_drop(&job->csv_file);
    if (job->doc.arena.cap_sz)
        lq_schema_free(&job->doc);
    free(job);
    return rc;
}
