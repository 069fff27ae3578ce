/* liqd positions: see its entry in commands.c. */

#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "follow.h"
#include "liqd/base/text.h"
#include "liqd/num/decimal.h"
#include "positions.h"
#include "snapshot_file.h"
#include "start.h"

#define SEC_NS        UINT64_C(1000000000)
#define LIMIT_DEFAULT 20u
#define STALL_NS      (120 * SEC_NS)
#define SYMBOL_MAX    1024u

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
    lq_header_t head; /* of the block */
    bool has_head;
    lq_kept_lock_t save_lock;
    lq_nodes_t nodes;
    lq_start_log_t log;
    lq_progress_t progress;
    lq_follow_t *follow;
    lq_block_ref_t block;
    lq_symbol_t symbols[SYMBOL_MAX];
    size_t symbol_cnt;
} job_t;

/* Set by signals, and once the state is settled. */
static volatile bool stop;

/* Says what is wrong and returns RC. */
static int complain(int rc, const char *text)
{
    return lq_start_complain("positions", rc, text);
}

static int usage(const char *text, const char *value)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    lq_err_msg_t msg;
    (void)!lq_err_msg_set(&msg, LQ_ERR_USAGE, "%s%s%s: see liqd positions --help", text,
                          value ? " " : "", value ? lq_text_quote(quoted, value) : "");
    return complain(LQ_EXIT_USAGE, msg.text);
}

/* ---- the command line */

static bool parse_limit(size_t *limit, const char *text)
{
    size_t v = 0;
    if (!text[0] || strlen(text) > 9)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        v = 10 * v + (size_t)(*text - '0');
    }
    *limit = v;
    return v > 0;
}

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
    if (limit && !parse_limit(&job->query.limit, limit))
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

static int find_market(job_t *job)
{
    const char *name = lq_cli_option(job->call, "market");
    if (name && !lq_config_find_market(&job->config, &job->query.instance, name))
        return usage("--market names none of the configuration's:", name);
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
    json_t *root = lq_positions_json(p, clock_sec);
    bool written = root && json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
    json_decref(root);
    if (!written)
        return complain(LQ_EXIT_FAILED, "the result cannot be written");
    (void)printf("\n");
    return LQ_EXIT_DONE;
}

static int tell(const job_t *job, lq_state_t *state, const lq_block_ref_t *block,
                uint64_t block_sec)
{
    lq_positions_t p;
    lq_report_terms_t terms;
    lq_err_msg_t msg;
    lq_err_t err = lq_report_terms(&terms, &msg, state, job->has_head ? &job->head : NULL,
                                   job->has_gas ? &job->gas_wei : NULL);
    if (err)
        return complain(lq_start_rc(err), msg.text);
    err = lq_positions_collect(&p, state, &job->query, block, block_sec);
    p.terms = terms;
    p.symbols = job->symbols;
    p.symbol_cnt = job->symbol_cnt;
    int rc = err ? complain(LQ_EXIT_FAILED, lq_err_str(err)) : print(job, &p);
    lq_positions_free(&p);
    return rc;
}

/* ---- from a file */

/* Wishes have no one to go to: the state stays as it was at the file's block. */
static int tell_from_file(const job_t *job)
{
    lq_state_t state;
    lq_err_msg_t msg;
    lq_snapshot_info_t info;
    lq_err_t err = lq_report_restore(&state, &info, &msg, &job->config, job->snapshot);
    int rc = err ? complain(state.engine ? LQ_EXIT_FAILED : lq_start_rc(err), msg.text)
                 : tell(job, &state, &info.block, info.block_sec);
    lq_state_close(&state);
    return rc;
}

/* ---- from the nodes */

static void on_settled(void *ctx, const lq_block_ref_t *block)
{
    job_t *job = ctx;
    job->block = *block;
    stop = true;
}

/* Keeps the state in the configured snapshot and where else it is wanted. */
static int save(job_t *job)
{
    lq_err_msg_t msg;
    lq_err_t err = lq_follow_save(job->follow, &msg);
    if (!err && job->save)
        err = lq_snapshot_file_save(lq_follow_state(job->follow)->sync, &msg, job->save);
    return err ? complain(LQ_EXIT_FAILED, msg.text) : LQ_EXIT_DONE;
}

static int end_interrupted(job_t *job)
{
    lq_err_msg_t msg;
    const char *path = job->config.snapshot_file;
    lq_err_t err = lq_follow_save(job->follow, &msg);
    if (path[0] && !err)
        return complain(LQ_EXIT_FAILED,
                        "interrupted; what was read is kept, and the next start goes on there");
    return complain(LQ_EXIT_FAILED, "interrupted");
}

static int follow(job_t *job)
{
    lq_err_msg_t msg;
    lq_follow_settings_t settings = {
        .config = &job->config,
        .nodes = &job->nodes,
        .log = &job->log.log,
        .progress = &job->progress,
        .stall_ns = STALL_NS,
        .at_head = true,
        .settled = on_settled,
        .ctx = job,
    };
    lq_err_t err = lq_follow_open(&job->follow, &msg, &settings);
    if (err)
        return complain(lq_start_rc(err), msg.text);
    err = lq_follow_run(job->follow, &msg, &stop);
    int rc = LQ_EXIT_DONE;
    if (err)
        rc = complain(lq_start_rc(err), msg.text);
    else if (lq_start_interrupted()) {
        rc = end_interrupted(job);
    } else {
        lq_state_t *state = lq_follow_state(job->follow);
        job->symbol_cnt = lq_follow_symbols(job->follow, job->symbols, SYMBOL_MAX);
        job->has_head = lq_follow_header(job->follow, &job->head);
        rc = tell(job, state, &job->block, lq_sync_stat(state->sync).complete_sec);
        int saved = save(job);
        rc = rc ? rc : saved;
    }
    lq_follow_close(job->follow);
    return rc;
}

static int tell_from_nodes(job_t *job)
{
    lq_err_msg_t msg;
    lq_start_signals(&stop);
    lq_progress_init(&job->progress, stderr);
    lq_nodes_init(&job->nodes, &job->config);
    job->save_lock.fd = -1;
    if (job->save && strcmp(job->save, job->config.snapshot_file) == 0)
        job->save = NULL; /* written anyway */
    if (job->save) {      /* before the work that would be lost */
        lq_err_t err = lq_snapshot_lock(&job->save_lock, &msg, job->save);
        if (err)
            return complain(LQ_EXIT_FAILED, msg.text);
    }
    /* on the terminal what is worth a warning */
    int rc = lq_start_log_open(&job->log, "positions", &job->config, LQ_LOG_WARN, &job->progress);
    if (!rc) {
        rc = follow(job);
        lq_start_log_close(&job->log);
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
    rc = rc ? rc : lq_start_config(&job->doc, &job->config, "positions", call);
    rc = rc ? rc : find_market(job);
    if (!rc)
        rc = job->snapshot ? tell_from_file(job) : tell_from_nodes(job);
    if (job->doc.arena.cap_sz)
        lq_schema_free(&job->doc);
    free(job);
    return rc;
}
