/* liqd executor: see its entries in commands.c. */

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "accounts.h"
#include "commands.h"
#include "start.h"

/* What each command begins with. */
typedef struct job {
    const lq_cli_call_t *call;
    lq_config_t config;
    lq_schema_doc_t doc;
    lq_nodes_t nodes;
    lq_start_log_t log;
    lq_desk_t *desk;
    lq_accounts_t accounts;
} job_t;

static int complain(const job_t *job, int rc, const char *text)
{
    return lq_start_complain(job->call->command->name, rc, text);
}

static int fail(const job_t *job, lq_err_t err, const lq_err_msg_t *msg)
{
    return complain(job, lq_start_rc(err), msg->text);
}

static int print_json(const job_t *job, json_t *root)
{
    bool written = root && json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
    json_decref(root);
    if (!written)
        return complain(job, LQ_EXIT_FAILED, "the result cannot be written");
    (void)printf("\n");
    return LQ_EXIT_DONE;
}

/* ---- check */

static int check(job_t *job)
{
    lq_err_msg_t msg;
    if (!job->config.sender_cnt && !job->config.executor[0])
        return complain(
            job, LQ_EXIT_CONFIG,
            "the configuration has neither senders nor an executor: name a sender under "
            "senders");
    lq_err_t err = lq_desk_open(&job->desk, &msg, &job->config, &job->nodes, &job->log.log, 0, 0);
    if (!err)
        err = lq_accounts_read(&job->accounts, &msg, job->desk, &job->config, &job->log.log, true);
    lq_desk_close(job->desk);
    if (err)
        return fail(job, err, &msg);
    if (lq_cli_option(job->call, "json")) {
        int rc = print_json(job, lq_accounts_json(&job->accounts, &job->config));
        if (rc)
            return rc;
    } else {
        lq_accounts_print(&job->accounts, &job->config);
    }
    return lq_accounts_problems(&job->accounts, &job->config, NULL, NULL) ? LQ_EXIT_CONFIG
                                                                          : LQ_EXIT_DONE;
}

/* ---- all of them */

/* Loads the configuration, opens the log, and does WORK. */
static int run(const lq_cli_call_t *call, int (*work)(job_t *job))
{
    job_t *job = calloc(1, sizeof(*job));
    if (!job)
        return lq_start_complain(call->command->name, LQ_EXIT_FAILED, lq_err_str(LQ_ERR_NOMEM));
    job->call = call;
    int rc = lq_start_config(&job->doc, &job->config, call->command->name, call);
    if (!rc) {
        lq_nodes_init(&job->nodes, &job->config);
        rc = lq_start_log_open(&job->log, call->command->name, &job->config, LQ_LOG_WARN, NULL);
    }
    if (!rc) {
        rc = work(job);
        lq_start_log_close(&job->log);
    }
    if (job->doc.arena.cap_sz)
        lq_schema_free(&job->doc);
    free(job);
    return rc;
}

int lq_cmd_executor_check(const lq_cli_call_t *call)
{
    return run(call, check);
}

int lq_cmd_executor_deploy(const lq_cli_call_t *call)
{
    return run(call, check);
}

int lq_cmd_executor_approve(const lq_cli_call_t *call)
{
    return run(call, check);
}
