#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts.h"
#include "check_markets.h"
#include "check_online.h"
#include "check_relays.h"
#include "commands.h"
#include "explain.h"
#include "json_value.h"
#include "liqd/app/config.h"
#include "liqd/base/log.h"
#include "liqd/num/decimal.h"

/* Longer than any path that a key may hold. */
#define VALUE_SZ 8192

/* Adds a problem when the log file cannot be appended to. Nothing is created. */
static void check_log_file(lq_schema_doc_t *doc, const lq_config_t *config)
{
    char folder[VALUE_SZ];
    const char *path = config->log_file;
    struct stat st;
    if (!path[0])
        return;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        lq_schema_problem(doc, "log.file", "is a folder: name a file in it");
        return;
    }
    if (access(path, W_OK) == 0)
        return;
    if (errno == ENOENT) {
        (void)snprintf(folder, sizeof(folder), "%s", path);
        char *slash = strrchr(folder, '/');
        if (slash)
            slash[1] = '\0';
        if (access(slash ? folder : ".", W_OK | X_OK) == 0)
            return;
    }
    lq_schema_problem(doc, "log.file", "cannot be written: %s", strerror(errno));
}

static void print_problem(const lq_schema_problem_t *p)
{
    (void)fprintf(stderr, "%s:", p->place.file);
    if (p->place.line)
        (void)fprintf(stderr, "%u:%u:", p->place.line, p->place.column);
    (void)fprintf(stderr, " %s%s%s\n", p->key ? p->key : "", p->key ? ": " : "", p->text);
}

static void print_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)level;
    (void)fwrite(line, 1, line_sz, ctx);
}

static void print_values(const lq_schema_doc_t *doc, const lq_config_t *config)
{
    const lq_schema_t *schema = doc->schema;
    char value[VALUE_SZ];
    size_t widest = 0;
    for (size_t i = 0; i < schema->key_cnt; i++)
        if (strlen(schema->keys[i].path) > widest)
            widest = strlen(schema->keys[i].path);
    for (size_t i = 0; i < schema->key_cnt; i++) {
        const lq_schema_key_t *key = &schema->keys[i];
        const lq_schema_place_t *place = &doc->places[i];
        lq_schema_print(value, sizeof(value), key, config);
        if (!value[0])
            (void)snprintf(value, sizeof(value), "\"\"");
        (void)printf("  %-*s %-16s ", (int)widest, key->path, value);
        if (place->file)
            (void)printf("%s:%u\n", place->file, place->line);
        else
            (void)printf("default\n");
    }
}

static void print_valid(const lq_schema_doc_t *doc, const lq_config_t *config)
{
    (void)printf("%s is valid.\n\n", doc->name);
    print_values(doc, config);
    (void)printf("\n");
    lq_explain_print(stdout, config);
    (void)printf("\nA log line will look like this:\n");
    lq_log_t log;
    lq_log_config_t log_config = lq_config_log(config);
    if (lq_log_init(&log, &log_config, lq_clock_system(), print_line, stdout))
        LQ_BUG("the table of keys lets a log setting pass that the log refuses");
    LQ_LOG(&log, LQ_LOG_ERROR, "check", "an example", LQ_LOG_CSTR("chain", config->chain_name),
           LQ_LOG_U64("chain_id", config->chain_id));
    lq_log_flush(&log);
}

static json_t *place_json(const lq_schema_place_t *place)
{
    return json_pack("{s:s?, s:o, s:o}", "file", place->file, "line",
                     place->line ? json_integer(place->line) : json_null(), "column",
                     place->line ? json_integer(place->column) : json_null());
}

static json_t *key_json(const lq_schema_key_t *key, const lq_schema_place_t *place,
                        const lq_config_t *config)
{
    char value[VALUE_SZ];
    const char *unit = key->unit;
    if (key->type == LQ_SCHEMA_WEI || key->type == LQ_SCHEMA_USD) {
        lq_u256_t v;
        memcpy(&v, (const char *)config + key->offset, sizeof(v));
        if (lq_decimal_print(value, sizeof(value), &v, 0))
            LQ_BUG("a number has no decimal digits");
        unit = key->type == LQ_SCHEMA_WEI ? "wei" : "1e-18 USD";
    } else if (key->type == LQ_SCHEMA_SIZE ||
               key->type == LQ_SCHEMA_TIME) { /* base units for machines */
        uint64_t v;
        memcpy(&v, (const char *)config + key->offset, sizeof(v));
        (void)snprintf(value, sizeof(value), "%" PRIu64, v);
        unit = key->type == LQ_SCHEMA_SIZE ? "B" : "ns";
    } else {
        lq_schema_print(value, sizeof(value), key, config);
    }
    return json_pack("{s:s, s:s, s:s?, s:o}", "key", key->path, "value", value, "unit", unit, "set",
                     place_json(place));
}

/* All text in it is UTF-8, so that only memory can fail. */
static int print_json(const lq_schema_doc_t *doc, const lq_config_t *config, bool valid,
                      json_t *nodes, json_t *markets, json_t *venues, json_t *accounts,
                      json_t *relays)
{
    json_t *keys = json_array();
    json_t *problems = json_array();
    json_t *explained = valid ? lq_explain_json(config) : NULL;
    int failed = valid && !explained;
    for (size_t i = 0; valid && i < doc->schema->key_cnt; i++)
        failed |=
            json_array_append_new(keys, key_json(&doc->schema->keys[i], &doc->places[i], config));
    for (size_t i = 0; i < doc->problem_cnt; i++) {
        const lq_schema_problem_t *p = &doc->problems[i];
        json_t *problem = json_pack("{s:o, s:s?, s:s}", "place", place_json(&p->place), "key",
                                    p->key, "message", p->text);
        failed |= json_array_append_new(problems, problem);
    }
    json_t *root = json_pack("{s:s, s:b, s:o, s:o, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*}", "config",
                             doc->name, "valid", (int)valid, "keys", keys, "problems", problems,
                             "explained", explained, "nodes", nodes, "markets", markets, "venues",
                             venues, "accounts", accounts, "relays", relays);
    failed |= !lq_json_print(stdout, root);
    if (failed)
        (void)fprintf(stderr, "liqd check: the result cannot be written\n");
    return failed ? LQ_EXIT_FAILED : LQ_EXIT_DONE;
}

/* The nodes that were asked, where they were. */
typedef struct online {
    lq_nodes_t nodes;
    lq_probe_t probes[LQ_POOL_ENDPOINT_MAX];
    lq_market_finding_t markets[LQ_CONFIG_MARKET_MAX];
    lq_venues_finding_t venues;
    bool asked_markets;
    lq_accounts_t accounts;
    bool asked_accounts;
    lq_relay_finding_t relays[LQ_CONFIG_RELAY_MAX];
    bool asked_relays;
} online_t;

/* Asks the nodes; returns NULL after saying why that was not possible. */
static online_t *ask_nodes(const lq_config_t *config)
{
    if (!config->node_cnt) {
        (void)fprintf(stderr, "liqd check: --online has nothing to ask: name a node under nodes\n");
        return NULL;
    }
    online_t *online = calloc(1, sizeof(*online));
    lq_err_t err = LQ_ERR_NOMEM;
    if (online) {
        lq_nodes_init(&online->nodes, config);
        err = lq_probe_all(online->probes, &online->nodes, config);
    }
    if (err) {
        (void)fprintf(stderr, "liqd check: the nodes cannot be asked: %s\n", lq_err_str(err));
        free(online);
        return NULL;
    }
    return online;
}

/* Asks for the markets, where the nodes are good, and returns the exit code. */
static int ask_markets(const lq_config_t *config, online_t *online)
{
    lq_err_msg_t msg;
    if (!config->market_cnt)
        return LQ_EXIT_DONE;
    if (lq_check_markets(online->markets, &online->venues, &msg, config, &online->nodes)) {
        (void)fprintf(stderr, "liqd check: the markets cannot be asked: %s\n", msg.text);
        return LQ_EXIT_NODE;
    }
    online->asked_markets = true;
    int rc = lq_check_markets_rc(config, online->markets);
    return rc ? rc : lq_check_venues_rc(config, &online->venues);
}

static void drop_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx;
    (void)level;
    (void)line;
    (void)line_sz;
}

/* Asks for senders and executor, where there are any, and returns the exit code. */
static int ask_accounts(const lq_config_t *config, online_t *online)
{
    static const lq_log_config_t quiet = {
        .level = LQ_LOG_ERROR, .line_max = LQ_LOG_LINE_MIN, .value_max = LQ_LOG_VALUE_MIN};
    lq_err_msg_t msg;
    lq_log_t log;
    lq_desk_t *desk = NULL;
    if (!config->sender_cnt && !config->executor[0])
        return LQ_EXIT_DONE;
    if (lq_log_init(&log, &quiet, lq_clock_system(), drop_line, NULL))
        LQ_BUG("the settings of a log without lines are refused");
    lq_err_t err = lq_desk_open(&desk, &msg, config, &online->nodes, &log, 0, 0);
    if (!err)
        err = lq_accounts_read(&online->accounts, &msg, desk, config, &log, true);
    lq_desk_close(desk);
    if (err) {
        (void)fprintf(stderr, "liqd check: senders and executor: %s\n", msg.text);
        return LQ_EXIT_NODE;
    }
    online->asked_accounts = true;
    return lq_accounts_problems(&online->accounts, config, NULL, NULL) ? LQ_EXIT_CONFIG
                                                                       : LQ_EXIT_DONE;
}

/* Asks the relays, where there are any, and returns the exit code. */
static int ask_relays(const lq_config_t *config, online_t *online)
{
    if (!config->relay_cnt)
        return LQ_EXIT_DONE;
    lq_err_t err = lq_check_relays(online->relays, config);
    if (err) {
        (void)fprintf(stderr, "liqd check: the relays cannot be asked: %s\n", lq_err_str(err));
        return LQ_EXIT_FAILED;
    }
    online->asked_relays = true;
    return lq_check_relays_rc(online->relays, config);
}

/* Tells what the configuration comes to, and the nodes with it, and returns the exit code. */
static int report(const lq_cli_call_t *call, lq_schema_doc_t *doc, const lq_config_t *config)
{
    bool valid = !doc->problem_cnt;
    bool ask = valid && lq_cli_option(call, "online");
    online_t *online = ask ? ask_nodes(config) : NULL;
    int rc = valid ? LQ_EXIT_DONE : LQ_EXIT_CONFIG;
    if (online)
        rc = lq_check_online_rc(&online->nodes, online->probes);
    if (online && !rc)
        rc = ask_markets(config, online);
    if (online && !lq_check_online_rc(&online->nodes, online->probes)) {
        int accounts = ask_accounts(config, online);
        rc = rc ? rc : accounts;
    }
    if (online) {
        int relays = ask_relays(config, online);
        rc = rc ? rc : relays;
    }
    if (ask && !online)
        rc = config->node_cnt ? LQ_EXIT_FAILED : LQ_EXIT_CONFIG;
    if (lq_cli_option(call, "json")) {
        json_t *nodes =
            online ? lq_check_online_json(config, &online->nodes, online->probes) : NULL;
        json_t *markets =
            online && online->asked_markets ? lq_check_markets_json(config, online->markets) : NULL;
        json_t *venues =
            online && online->asked_markets ? lq_check_venues_json(config, &online->venues) : NULL;
        json_t *accounts =
            online && online->asked_accounts ? lq_accounts_json(&online->accounts, config) : NULL;
        json_t *relays =
            online && online->asked_relays ? lq_check_relays_json(online->relays, config) : NULL;
        int written = print_json(doc, config, valid, nodes, markets, venues, accounts, relays);
        rc = rc ? rc : written;
    } else if (valid) {
        print_valid(doc, config);
        if (online)
            lq_check_online_print(config, &online->nodes, online->probes);
        if (online && online->asked_markets)
            lq_check_markets_print(config, online->markets);
        if (online && online->asked_markets)
            lq_check_venues_print(config, &online->venues);
        if (online && online->asked_accounts)
            lq_accounts_print(&online->accounts, config);
        if (online && online->asked_relays)
            lq_check_relays_print(online->relays, config);
    } else {
        for (size_t i = 0; i < doc->problem_cnt; i++)
            print_problem(&doc->problems[i]);
        (void)fprintf(stderr, "liqd check: %zu problem%s%s\n", doc->problem_cnt,
                      doc->problem_cnt == 1 ? "" : "s",
                      doc->problem_cnt == doc->problem_max ? " or more" : "");
    }
    free(online);
    return rc;
}

int lq_cmd_check(const lq_cli_call_t *call)
{
    lq_err_msg_t msg;
    const char *path;
    if (lq_config_find(&path, &msg, lq_cli_option(call, "config"))) {
        (void)fprintf(stderr, "liqd check: %s\n", msg.text);
        return LQ_EXIT_CONFIG;
    }
    lq_config_t config = {0};
    lq_schema_doc_t doc;
    lq_err_t err = lq_schema_load(&doc, &config, &lq_config_schema, &lq_config_io, path);
    int rc = LQ_EXIT_FAILED;
    if (err && err != LQ_ERR_CONFIG) {
        (void)fprintf(stderr, "liqd check: %s\n", lq_err_str(err));
    } else {
        if (!err) {
            check_log_file(&doc, &config);
            (void)lq_config_check_run(&doc, &config);
        }
        rc = report(call, &doc, &config);
    }
    lq_schema_free(&doc);
    return rc;
}
