/* liqd positions: see its entry in commands.c. */

#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "json_value.h"
#include "liqd/num/decimal.h"
#include "positions.h"
#include "report_source.h"
#include "snapshot_file.h"

#define NAME          "positions"
#define SEC_NS        UINT64_C(1000000000)
#define LIMIT_DEFAULT 20u

/* What the command is asked for, and what it works with. */
typedef struct job {
    const lq_cli_call_t *call;
    lq_config_t config;
    lq_schema_doc_t doc;
    lq_positions_query_t query;
    const char *snapshot; /* NULL: from the nodes */
    const char *save;     /* NULL: nowhere else */
    bool has_gas;
    lq_wei_t gas_wei;
    lq_kept_lock_t save_lock;
    lq_progress_t progress;
    lq_report_source_t source;
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

static int parse_options(job_t *job)
{
    const lq_cli_call_t *call = job->call;
    const char *below = lq_cli_option(call, "below");
    const char *limit = lq_cli_option(call, "limit");
    const char *all = lq_cli_option(call, "all");
    const char *gas = lq_cli_option(call, "gas-price");
    lq_err_msg_t msg;
    job->query = (lq_positions_query_t){.instance = UINT32_MAX, .limit = LIMIT_DEFAULT};
    job->snapshot = lq_cli_option(call, "snapshot");
    job->save = lq_cli_option(call, "save");
    if (below && lq_decimal_parse(&job->query.below_wad, &msg, below, strlen(below), 18))
        return usage("--below is no health factor such as 1.05:", below);
    job->query.has_below = below != NULL;
    if (gas && lq_report_gas_parse(&job->gas_wei, &msg, gas))
        return usage("--gas-price is no number of gwei such as 12.5:", gas);
    job->has_gas = gas != NULL;
    if (limit && !lq_start_limit(&job->query.limit, limit))
        return usage("--limit is no number from 1 to 999999999:", limit);
    if (all && limit)
        return usage("--all and --limit exclude each other", NULL);
    if (all)
        job->query.limit = SIZE_MAX;
    if (job->snapshot && job->save)
        return usage("--snapshot and --save exclude each other", NULL);
    if ((job->snapshot && !job->snapshot[0]) || (job->save && !job->save[0]))
        return usage("--snapshot and --save name a file", NULL);
    return LQ_EXIT_DONE;
}

/* ---- what is told */

static int print(const job_t *job, lq_positions_t *p)
{
    uint64_t clock_sec = lq_clock_now(lq_clock_system()).wall_ns / SEC_NS;
    if (!lq_cli_option(job->call, "json")) {
        lq_positions_print(stdout, p, clock_sec);
        return LQ_EXIT_DONE;
    }
    if (!lq_json_print(stdout, lq_positions_json(p, clock_sec)))
        return complain(LQ_EXIT_FAILED, "the result cannot be written");
    return LQ_EXIT_DONE;
}

static int tell(const job_t *job)
{
    const lq_report_source_t *source = &job->source;
    lq_positions_t p;
    lq_report_terms_t terms;
    lq_err_msg_t msg;
    lq_err_t err =
        lq_report_terms(&terms, &msg, source->state, source->has_head ? &source->head : NULL,
                        job->has_gas ? &job->gas_wei : NULL);
    if (err)
        return complain(lq_start_rc(err), msg.text);
    err = lq_positions_collect(&p, source->state, &job->query, &source->block, source->block_sec);
    p.terms = terms;
    p.symbols = source->symbols;
    p.symbol_cnt = source->symbol_cnt;
    int rc = err ? complain(LQ_EXIT_FAILED, lq_err_str(err)) : print(job, &p);
    lq_positions_free(&p);
    return rc;
}

/* ---- all of it */

/* Keeps the state in the configured snapshot and where else it is wanted. */
static int save(job_t *job)
{
    lq_err_msg_t msg;
    int rc = lq_report_source_keep(&job->source);
    if (!rc && job->save && lq_snapshot_file_save(job->source.state->sync, &msg, job->save))
        rc = complain(LQ_EXIT_FAILED, msg.text);
    return rc;
}

static int tell_from_file(job_t *job)
{
    int rc = lq_report_source_file(&job->source, NAME, &job->config, job->snapshot);
    return rc ? rc : tell(job);
}

static int tell_from_nodes(job_t *job)
{
    lq_err_msg_t msg;
    lq_start_signals(&stop);
    lq_progress_init(&job->progress, stderr);
    job->save_lock.fd = -1;
    if (job->save && strcmp(job->save, job->config.snapshot_file) == 0)
        job->save = NULL; /* written anyway */
    if (job->save) {      /* before the work that would be lost */
        lq_err_t err = lq_snapshot_lock(&job->save_lock, &msg, job->save);
        if (err)
            return complain(LQ_EXIT_FAILED, msg.text);
    }
    int rc = lq_report_source_nodes(&job->source, NAME, &job->config, &job->progress, &stop);
    if (!rc) {
        rc = tell(job);
        int saved = save(job);
        rc = rc ? rc : saved;
    }
    lq_kept_unlock(&job->save_lock);
    return rc;
}

int lq_cmd_positions(const lq_cli_call_t *call)
{
    job_t *job = calloc(1, sizeof(*job));
    if (!job)
        return complain(LQ_EXIT_FAILED, lq_err_str(LQ_ERR_NOMEM));
    job->call = call;
    int rc = parse_options(job);
    rc = rc ? rc : lq_start_config(&job->doc, &job->config, NAME, call);
    rc = rc ? rc : lq_start_market(&job->query.instance, NAME, &job->config, call);
    if (!rc)
        rc = job->snapshot ? tell_from_file(job) : tell_from_nodes(job);
    lq_report_source_close(&job->source);
    if (job->doc.arena.cap_sz)
        lq_schema_free(&job->doc);
    free(job);
    return rc;
}
