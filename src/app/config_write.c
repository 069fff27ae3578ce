/* A configuration as one file: what an event log starts with. */

#include <stdlib.h>
#include <string.h>

#include "liqd/app/config.h"
#include "schema_internal.h"

/* Longer than any value that a key may hold. */
#define VALUE_SZ 8192u

/* Whether PATH, of a section, plays no part in what an engine does. */
static bool is_left_out(const char *path)
{
    static const char *const names[] = {"nodes",   "log",    "snapshot", "memory",
                                        "senders", "send",   "relays",   "journal",
                                        "control", "record", "seized",   "cpu"};
    size_t sz = strcspn(path, ".");
    for (size_t i = 0; i < LQ_ARRAY_CNT(names); i++)
        if (strlen(names[i]) == sz && memcmp(names[i], path, sz) == 0)
            return true;
    return false;
}

/* In quotes, so that nothing in it means anything. */
static void put_value(FILE *out, const char *text)
{
    (void)fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            (void)fputc('\\', out);
        if (*text == '$')
            (void)fputc('$', out);
        (void)fputc(*text, out);
    }
    (void)fputs("\"\n", out);
}

static void put_keys(FILE *out, const lq_schema_t *schema, const lq_schema_section_t *section,
                     const lq_config_t *config, int margin)
{
    char value[VALUE_SZ];
    for (size_t i = 0; i < schema->key_cnt; i++) {
        const lq_schema_key_t *key = &schema->keys[i];
        if (key->secret || !lq_schema_stands_in(key, section))
            continue;
        lq_schema_print(value, sizeof(value), key, config);
        (void)fprintf(out, "%*s%s: ", margin, "", strrchr(key->path, '.') + 1);
        put_value(out, value);
    }
}

static void put_sections(FILE *out, const lq_schema_t *schema, const lq_config_t *config)
{
    const char *open = ""; /* the section that elements are being written of */
    size_t open_sz = 0;
    for (size_t i = 0; i < schema->section_cnt; i++) {
        const lq_schema_section_t *section = &schema->sections[i];
        const char *dot = strchr(section->path, '.');
        if (is_left_out(section->path) || lq_schema_is_pattern(section->path))
            continue;
        size_t sz = strcspn(section->path, ".");
        if (sz != open_sz || memcmp(open, section->path, sz) != 0)
            (void)fprintf(out, "%.*s:\n", (int)sz, section->path);
        open = section->path;
        open_sz = sz;
        if (dot)
            (void)fprintf(out, "  %s:\n", dot + 1);
        put_keys(out, schema, section, config, dot ? 4 : 2);
    }
}

lq_err_t lq_config_write(char **out, size_t *out_sz, const lq_schema_doc_t *doc,
                         const lq_config_t *config)
{
    char *text = NULL;
    size_t sz = 0;
    FILE *file = open_memstream(&text, &sz);
    if (!file)
        return LQ_ERR_NOMEM;
    put_sections(file, doc->schema, config);
    bool failed = ferror(file) != 0;
    failed |= fclose(file) != 0;
    if (failed || sz > LQ_SCHEMA_FILE_MAX) {
        free(text);
        return failed ? LQ_ERR_NOMEM : LQ_ERR_TOO_LONG;
    }
    *out = text;
    *out_sz = sz;
    return LQ_OK;
}

typedef struct text {
    const char *p;
    size_t sz;
} text_t;

static lq_err_t read_text(const void *ctx, lq_schema_file_t *out, lq_err_msg_t *msg,
                          lq_arena_t *arena, const char *path, size_t max)
{
    const text_t *text = ctx;
    (void)path; /* the one file there is: it includes none */
    if (text->sz > max)
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "is longer than %zu bytes", max);
    char *copy = lq_arena_alloc(arena, text->sz ? text->sz : 1, 1);
    if (!copy)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "does not fit into memory");
    memcpy(copy, text->p, text->sz);
    *out = (lq_schema_file_t){.text = copy, .text_sz = text->sz, .mode = 0600};
    return LQ_OK;
}

static const char *no_env(const void *ctx, const char *name)
{
    (void)ctx;
    (void)name;
    return NULL;
}

lq_err_t lq_config_parse(lq_schema_doc_t *doc, lq_config_t *out, const char *name, const char *text,
                         size_t sz)
{
    text_t from = {text, sz};
    lq_schema_io_t io = {.ctx = &from, .read = read_text, .env = no_env};
    return lq_schema_load(doc, out, &lq_config_schema, &io, name);
}
