/* liqd journal: see its entry in commands.c. */

#include "commands.h"
#include "journal_view.h"
#include "json_value.h"
#include "liqd/base/clock.h"
#include "since.h"
#include "start.h"

#define NAME          "journal"
#define LIMIT_DEFAULT 20u

static int complain(int rc, const char *text)
{
    return lq_start_complain(NAME, rc, text);
}

static int parse_options(lq_journal_view_t *view, const lq_cli_call_t *call)
{
    const char *since = lq_cli_option(call, "since");
    const char *limit = lq_cli_option(call, "limit");
    uint64_t now_ns = lq_clock_now(lq_clock_system()).wall_ns;
    view->limit = LIMIT_DEFAULT;
    view->misses = lq_cli_option(call, "misses") != NULL;
    lq_err_t err = since ? lq_since_parse(&view->from_wall_ns, since, now_ns) : LQ_OK;
    if (err == LQ_ERR_RANGE)
        return lq_start_usage(NAME, "--since lies before 1970 or in the future:", since);
    if (err)
        return lq_start_usage(
            NAME,
            "--since is no span such as 24h or 7d, no day such as 2026-11-22 and no time "
            "such as 2026-11-22T06:30:00Z:",
            since);
    if (limit && !lq_start_limit(&view->limit, limit))
        return lq_start_usage(NAME, "--limit is no number from 1 to 999999999:", limit);
    return LQ_EXIT_DONE;
}

static int show(const lq_journal_view_t *view, bool json)
{
    lq_err_msg_t msg;
    json_t *root = NULL;
    lq_err_t err =
        json ? lq_journal_view_json(&root, &msg, view) : lq_journal_view_print(stdout, &msg, view);
    if (err)
        return complain(LQ_EXIT_FAILED, msg.text);
    if (json && !lq_json_print(stdout, root))
        return complain(LQ_EXIT_FAILED, "the result cannot be written");
    return LQ_EXIT_DONE;
}

static int open_and_show(lq_journal_view_t *view, const lq_config_t *config, bool json)
{
    const lq_wal_bind_t bind = {.chain_id = config->chain_id};
    lq_err_msg_t msg;
    bool found;
    if (!config->journal_file[0])
        return complain(LQ_EXIT_CONFIG, "journal.file is empty: name the journal of liqd run");
    view->path = config->journal_file;
    view->chain_id = config->chain_id;
    lq_err_t err = lq_journal_open(&view->journal, &msg, &found, view->path, &bind, true);
    if (err)
        return complain(LQ_EXIT_FAILED, msg.text);
    int rc = show(view, json);
    lq_journal_close(view->journal);
    return rc;
}

int lq_cmd_journal(const lq_cli_call_t *call)
{
    lq_journal_view_t view = {0};
    static lq_config_t config;
    lq_schema_doc_t doc = {0};
    int rc = parse_options(&view, call);
    rc = rc ? rc : lq_start_config(&doc, &config, NAME, call);
    rc = rc ? rc : open_and_show(&view, &config, lq_cli_option(call, "json") != NULL);
    if (doc.arena.cap_sz)
        lq_schema_free(&doc);
    return rc;
}
