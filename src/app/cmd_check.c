#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "liqd/app/config.h"
#include "liqd/base/log.h"

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
    for (size_t i = 0; i < schema->key_cnt; i++) {
        const lq_schema_key_t *key = &schema->keys[i];
        const lq_schema_place_t *place = &doc->places[i];
        lq_schema_print(value, sizeof(value), key, config);
        if (!value[0])
            (void)snprintf(value, sizeof(value), "\"\"");
        (void)printf("  %-16s %-16s ", key->path, value);
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
    if (key->type == LQ_SCHEMA_SIZE) { /* base units for machines */
        uint64_t sz;
        memcpy(&sz, (const char *)config + key->offset, sizeof(sz));
        (void)snprintf(value, sizeof(value), "%" PRIu64, sz);
        unit = "B";
    } else {
        lq_schema_print(value, sizeof(value), key, config);
    }
    return json_pack("{s:s, s:s, s:s?, s:o}", "key", key->path, "value", value, "unit", unit, "set",
                     place_json(place));
}

/* All text in it is UTF-8, so that only memory can fail. */
static int print_json(const lq_schema_doc_t *doc, const lq_config_t *config, bool valid)
{
    json_t *keys = json_array();
    json_t *problems = json_array();
    int failed = 0;
    for (size_t i = 0; valid && i < doc->schema->key_cnt; i++)
        failed |=
            json_array_append_new(keys, key_json(&doc->schema->keys[i], &doc->places[i], config));
    for (size_t i = 0; i < doc->problem_cnt; i++) {
        const lq_schema_problem_t *p = &doc->problems[i];
        json_t *problem = json_pack("{s:o, s:s?, s:s}", "place", place_json(&p->place), "key",
                                    p->key, "message", p->text);
        failed |= json_array_append_new(problems, problem);
    }
    json_t *root = json_pack("{s:s, s:b, s:o, s:o}", "config", doc->name, "valid", (int)valid,
                             "keys", keys, "problems", problems);
    failed |= !root || json_dumpf(root, stdout, JSON_INDENT(2)) != 0;
    json_decref(root);
    if (failed)
        (void)fprintf(stderr, "liqd check: the result cannot be written\n");
    else
        (void)printf("\n");
    return failed ? LQ_EXIT_FAILED : LQ_EXIT_DONE;
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
    if (err && err != LQ_ERR_CONFIG) {
        (void)fprintf(stderr, "liqd check: %s\n", lq_err_str(err));
        lq_schema_free(&doc);
        return LQ_EXIT_FAILED;
    }
    if (!err)
        check_log_file(&doc, &config);
    bool valid = !doc.problem_cnt;
    int rc = valid ? LQ_EXIT_DONE : LQ_EXIT_CONFIG;
    if (lq_cli_option(call, "json")) {
        int written = print_json(&doc, &config, valid);
        rc = rc ? rc : written;
    } else if (valid) {
        print_valid(&doc, &config);
    } else {
        for (size_t i = 0; i < doc.problem_cnt; i++)
            print_problem(&doc.problems[i]);
        (void)fprintf(stderr, "liqd check: %zu problem%s%s\n", doc.problem_cnt,
                      doc.problem_cnt == 1 ? "" : "s",
                      doc.problem_cnt == doc.problem_max ? " or more" : "");
    }
    lq_schema_free(&doc);
    return rc;
}
