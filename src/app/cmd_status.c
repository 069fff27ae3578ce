/* liqd status, pause and resume: see their entries in commands.c. */

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "liqd/base/text.h"
#include "liqd/ops/control.h"
#include "start.h"
#include "table.h"

#define WAIT_NS (10 * UINT64_C(1000000000))

static int rc_of(lq_err_t err)
{
    if (err == LQ_ERR_NOT_FOUND || err == LQ_ERR_TIMEOUT)
        return LQ_EXIT_NODE;
    return err == LQ_ERR_TOO_LONG ? LQ_EXIT_CONFIG : LQ_EXIT_FAILED;
}

/* Sets PATH to the socket that CALL's configuration means. */
static int find_socket(const lq_cli_call_t *call, char path[LQ_CONFIG_SOCKET_MAX + 1])
{
    lq_config_t *config = calloc(1, sizeof(*config));
    lq_schema_doc_t doc = {0};
    lq_err_msg_t msg;
    if (!config)
        return lq_start_complain(call->command->name, LQ_EXIT_FAILED, lq_err_str(LQ_ERR_NOMEM));
    int rc = lq_start_config(&doc, config, call->command->name, call);
    if (!rc && lq_config_socket(path, &msg, config))
        rc = lq_start_complain(call->command->name, LQ_EXIT_CONFIG, msg.text);
    if (doc.arena.cap_sz)
        lq_schema_free(&doc);
    free(config);
    return rc;
}

/* Asks the daemon; *ROOT is its answer, a new reference. */
static int ask(const lq_cli_call_t *call, const lq_control_request_t *request, json_t **root)
{
    char path[LQ_CONFIG_SOCKET_MAX + 1];
    lq_err_msg_t msg;
    char *text;
    int rc = find_socket(call, path);
    if (rc)
        return rc;
    lq_err_t err = lq_control_ask(&text, &msg, path, request, WAIT_NS);
    if (err)
        return lq_start_complain(call->command->name, rc_of(err), msg.text);
    json_t *answer = json_loads(text, 0, NULL);
    free(text);
    const char *why = json_string_value(json_object_get(answer, "error"));
    if (!json_is_object(answer) || why) {
        rc = lq_start_complain(call->command->name, LQ_EXIT_FAILED,
                               why ? why : "the daemon's answer is none: is it of this version?");
        json_decref(answer);
        return rc;
    }
    *root = answer;
    return LQ_EXIT_DONE;
}

/* ---- status, for a person */

static const char *text_of(const json_t *at, const char *key)
{
    const char *text = json_string_value(json_object_get(at, key));
    return text ? text : "-";
}

static json_int_t count_of(const json_t *at, const char *key)
{
    return json_integer_value(json_object_get(at, key));
}

static bool is_true(const json_t *at, const char *key)
{
    return json_is_true(json_object_get(at, key));
}

static void put_head(const json_t *root)
{
    const json_t *chain = json_object_get(root, "chain");
    json_int_t up = count_of(root, "uptime_sec");
    (void)printf("%s, up %" JSON_INTEGER_FORMAT " h %02" JSON_INTEGER_FORMAT
                 " min %02" JSON_INTEGER_FORMAT " s\n",
                 text_of(root, "program"), up / 3600, up / 60 % 60, up % 60);
    (void)printf("chain %s: block %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT
                 " s old, %" JSON_INTEGER_FORMAT " behind; final %" JSON_INTEGER_FORMAT "\n",
                 text_of(chain, "name"), count_of(chain, "head"), count_of(chain, "head_age_sec"),
                 count_of(chain, "lag_blocks"), count_of(chain, "final"));
}

static void put_nodes(const json_t *root)
{
    const json_t *node;
    size_t i;
    json_array_foreach(json_object_get(root, "nodes"), i, node)(void)
        printf("node %s: %s, block %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT " us\n",
               text_of(node, "name"), text_of(node, "health"), count_of(node, "head"),
               count_of(node, "latency_us"));
    json_array_foreach(json_object_get(root, "markets"), i, node)(void)
        printf("market %s: %s\n", text_of(node, "name"), text_of(node, "trust"));
}

static void put_counts(const char *what, json_t *counts)
{
    const char *name;
    json_t *cnt;
    (void)printf("  %s:", what);
    json_object_foreach(counts, name, cnt)(void)
        printf(" %s %" JSON_INTEGER_FORMAT, name, json_integer_value(cnt));
    (void)printf("%s\n", json_object_size(counts) ? "" : " none");
}

static void put_engine(const json_t *root)
{
    const json_t *engine = json_object_get(root, "engine");
    const json_t *limit;
    size_t i;
    (void)printf("candidates: %" JSON_INTEGER_FORMAT ", intents: %" JSON_INTEGER_FORMAT
                 ", in flight: %" JSON_INTEGER_FORMAT "%s\n",
                 count_of(engine, "began"), count_of(engine, "takes"),
                 count_of(engine, "in_flight"),
                 is_true(engine, "deciding") ? ", still deciding" : "");
    put_counts("standing", json_object_get(engine, "standing"));
    put_counts("ended", json_object_get(engine, "ended"));
    json_array_foreach(json_object_get(root, "limits"), i, limit)(void)
        printf("a limit holds: %s\n", text_of(limit, "limit"));
}

static void put_sending(const json_t *root)
{
    const json_t *sending = json_object_get(root, "sending");
    const json_t *at;
    size_t i;
    (void)printf("sending: %s\n", is_true(sending, "stopping") ? "ends"
                                  : !is_true(sending, "ready") ? "not ready yet"
                                  : is_true(sending, "paused") ? "paused"
                                                               : "ready");
    json_array_foreach(json_object_get(sending, "senders"), i, at)
    {
        (void)printf("sender %s %s: %s, nonce %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT
                     " in use%s%s\n",
                     text_of(at, "name"), text_of(at, "address"), text_of(at, "balance"),
                     count_of(at, "next_nonce"), count_of(at, "in_use"),
                     is_true(at, "halted") ? ", HALTED: " : "",
                     is_true(at, "halted") ? text_of(at, "why") : "");
    }
    json_array_foreach(json_object_get(sending, "ways"), i, at)(void)
        printf("way %s: %" JSON_INTEGER_FORMAT " sent, %" JSON_INTEGER_FORMAT " accepted\n",
               text_of(at, "name"), count_of(at, "sent"), count_of(at, "accepted"));
}

static void put_journal(const json_t *root)
{
    const json_t *journal = json_object_get(root, "journal");
    const json_t *profit = json_object_get(root, "profit");
    (void)printf("journal %s: %" JSON_INTEGER_FORMAT " records, %" JSON_INTEGER_FORMAT
                 " waiting%s%s\n",
                 text_of(journal, "file"), count_of(journal, "records"),
                 count_of(journal, "waiting"), is_true(journal, "writing") ? "" : ", NOT WRITTEN: ",
                 is_true(journal, "writing") ? "" : text_of(journal, "why"));
    (void)printf("since the start: %" JSON_INTEGER_FORMAT " wanted, %" JSON_INTEGER_FORMAT
                 " mined, %" JSON_INTEGER_FORMAT " reverted; realised %s USD, gas %s\n",
                 count_of(profit, "wanted"), count_of(profit, "mined"),
                 count_of(profit, "reverted"), text_of(profit, "realised_usd"),
                 text_of(profit, "gas"));
}

static void put_us(lq_table_t *t, json_int_t ns)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT ".%" JSON_INTEGER_FORMAT, ns / 1000,
                   ns % 1000 / 100);
    lq_table_cell(t, text);
}

static void put_stages(const json_t *root)
{
    static const lq_table_column_t columns[] = {{"stage", true},   {"count", false},
                                                {"p50 us", false}, {"p99 us", false},
                                                {"max us", false}, {NULL, false}};
    const json_t *stages = json_object_get(root, "stages");
    const json_t *stage;
    size_t i;
    lq_table_t t;
    if (!json_array_size(stages))
        return;
    lq_table_begin(&t, columns);
    json_array_foreach(stages, i, stage)
    {
        lq_table_cell(&t, text_of(stage, "stage"));
        lq_table_number(&t, (unsigned long long)count_of(stage, "count"));
        put_us(&t, count_of(stage, "p50_ns"));
        put_us(&t, count_of(stage, "p99_ns"));
        put_us(&t, count_of(stage, "max_ns"));
    }
    lq_table_end(&t, stdout, 0);
}

int lq_cmd_status(const lq_cli_call_t *call)
{
    lq_control_request_t request = {.command = LQ_CONTROL_STATUS};
    json_t *root = NULL;
    int rc = ask(call, &request, &root);
    if (rc)
        return rc;
    if (lq_cli_option(call, "json")) {
        bool written = json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
        (void)printf("\n");
        rc = written ? LQ_EXIT_DONE : LQ_EXIT_FAILED;
    } else {
        put_head(root);
        put_nodes(root);
        put_engine(root);
        put_sending(root);
        put_journal(root);
        put_stages(root);
    }
    json_decref(root);
    return rc;
}

/* ---- commands */

static int tell(const lq_cli_call_t *call, const lq_control_request_t *request, const char *done)
{
    json_t *root = NULL;
    int rc = ask(call, request, &root);
    if (rc)
        return rc;
    json_decref(root);
    (void)printf("%s\n", done);
    return LQ_EXIT_DONE;
}

int lq_cmd_pause(const lq_cli_call_t *call)
{
    lq_control_request_t request = {.command = LQ_CONTROL_PAUSE};
    return tell(call, &request, "paused: nothing new is sent until liqd resume, restarts included");
}

int lq_cmd_resume(const lq_cli_call_t *call)
{
    lq_control_request_t request = {.command = LQ_CONTROL_RESUME};
    const char *market = lq_cli_option(call, "market");
    char text[sizeof(request.market) + 64];
    if (!market)
        return tell(call, &request,
                    "resumed: pause, breakers that waited for an operator and halted senders");
    if (!market[0] || strlen(market) >= sizeof(request.market))
        return lq_start_complain(call->command->name, LQ_EXIT_USAGE,
                                 "--market names no market: see liqd resume --help");
    (void)snprintf(request.market, sizeof(request.market), "%s", market);
    (void)snprintf(text, sizeof(text), "resumed: the market %s", market);
    return tell(call, &request, text);
}
