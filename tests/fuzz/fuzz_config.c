/* The configuration: the input is a file, behind a NUL what it includes, behind another the value
   of every environment variable. What loads, prints and loads again as the same. Whatever is shown
   of it is plain text, also where the files' names are not. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "liqd/app/config.h"
#include "liqd/base/text.h"

typedef struct input {
    const char *part[3];
    size_t part_sz[3];
} input_t;

static lq_err_t read_part(const void *ctx, lq_schema_file_t *out, lq_err_msg_t *msg,
                          lq_arena_t *arena, const char *path, size_t max)
{
    const input_t *in = ctx;
    size_t sz = strlen(path);
    size_t i = sz >= 4 && strcmp(path + sz - 4, "main") == 0 ? 0 : 1;
    (void)arena;
    if (in->part_sz[i] > max)
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "is too long");
    *out = (lq_schema_file_t){in->part[i], in->part_sz[i], 0600, {0, i ? strlen(path) : 0}};
    return LQ_OK;
}

static const char *read_env(const void *ctx, const char *name)
{
    (void)name;
    return ((const input_t *)ctx)->part[2];
}

static bool is_plain(const char *text)
{
    return lq_text_is_plain(text, strlen(text));
}

static lq_err_t load(lq_schema_doc_t *doc, lq_config_t *config, input_t *in, const char *path)
{
    lq_schema_io_t io = {in, read_part, read_env};
    lq_err_t err = lq_schema_load(doc, config, &lq_config_schema, &io, path);
    LQ_ASSERT(err == LQ_OK || err == LQ_ERR_CONFIG || err == LQ_ERR_NOMEM);
    LQ_ASSERT((err == LQ_ERR_CONFIG) == (doc->problem_cnt > 0));
    LQ_ASSERT(is_plain(doc->name));
    for (size_t i = 0; i < doc->problem_cnt; i++) {
        const lq_schema_problem_t *p = &doc->problems[i];
        LQ_ASSERT(is_plain(p->text) && is_plain(p->place.file) && (!p->key || is_plain(p->key)));
    }
    for (size_t i = 0; i < doc->schema->key_cnt; i++)
        LQ_ASSERT(!doc->places[i].file || is_plain(doc->places[i].file));
    if (!err)
        LQ_ASSERT(is_plain(config->chain_name) && is_plain(config->log_file));
    return err;
}

/* Writes what KEY is in CONFIG, secrets too. */
static void print_key(FILE *out, const lq_schema_key_t *key, const lq_config_t *config)
{
    char value[8192];
    const char *text = value;
    if (key->secret)
        memcpy(&text, (const char *)config + key->offset, sizeof(text));
    else
        lq_schema_print(value, sizeof(value), key, config);
    (void)fprintf(out, "%s: '", strrchr(key->path, '.') + 1);
    for (const char *c = text; *c; c++)
        (void)fprintf(out, *c == '\'' || *c == '$' ? "%c%c" : "%c", *c, *c);
    (void)fprintf(out, "'\n");
}

static bool stands_in(const char *path, const char *section)
{
    size_t sz = strlen(section);
    return strncmp(path, section, sz) == 0 && path[sz] == '.' && !strchr(path + sz + 1, '.');
}

/* Writes the keys of the section PATH, then the sections in it. */
static void print_section(FILE *out, const lq_schema_t *schema, const lq_config_t *config,
                          const char *path, int margin)
{
    const char *word = strrchr(path, '.');
    (void)fprintf(out, "%*s%s:\n", margin, "", word ? word + 1 : path);
    for (size_t k = 0; k < schema->key_cnt; k++) {
        const lq_schema_key_t *key = &schema->keys[k];
        if (!stands_in(key->path, path) ||
            (strcmp(key->path, "log.burst") == 0 && config->log_rate == 0)) /* a contradiction */
            continue;
        (void)fprintf(out, "%*s", margin + 2, "");
        print_key(out, key, config);
    }
    for (size_t s = 0; s < schema->section_cnt && !margin; s++)
        if (stands_in(schema->sections[s].path, path))
            print_section(out, schema, config, schema->sections[s].path, 2);
}

/* Writes CONFIG, loaded with DOC, as a file. */
static char *print(const lq_schema_doc_t *doc, const lq_config_t *config, size_t *sz)
{
    char *text;
    FILE *out = open_memstream(&text, sz);
    LQ_ASSERT(out);
    for (size_t s = 0; s < doc->schema->section_cnt; s++)
        if (!strchr(doc->schema->sections[s].path, '.'))
            print_section(out, doc->schema, config, doc->schema->sections[s].path, 0);
    LQ_ASSERT(fclose(out) == 0);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    char *copy = malloc(sz + 3);
    LQ_ASSERT(copy);
    memcpy(copy, data, sz);
    memset(copy + sz, 0, 3);
    input_t in;
    char *at = copy;
    for (size_t i = 0; i < 3; i++) {
        in.part[i] = at;
        in.part_sz[i] = strnlen(at, (size_t)(copy + sz + 2 - at));
        at += in.part_sz[i] + 1;
        if (at > copy + sz + 2)
            at = copy + sz + 2;
    }
    lq_schema_doc_t doc;
    lq_schema_doc_t again_doc;
    lq_config_t config;
    lq_config_t again;
    if (load(&doc, &config, &in, "main") == LQ_OK) {
        size_t text_sz;
        size_t again_sz;
        char *text = print(&doc, &config, &text_sz);
        input_t printed = {{text, "", ""}, {text_sz, 0, 0}};
        LQ_ASSERT(load(&again_doc, &again, &printed, "main") == LQ_OK);
        char *again_text = print(&again_doc, &again, &again_sz);
        LQ_ASSERT(text_sz == again_sz && memcmp(text, again_text, text_sz) == 0);
        free(again_text);
        lq_schema_free(&again_doc);
        free(text);
    }
    lq_schema_free(&doc);
    (void)load(&doc, &config, &in, "\x1b[31m\n\xff/main");
    lq_schema_free(&doc);
    free(copy);
    return 0;
}
