/* The documents that are made from a table of keys. */

#include <inttypes.h>
#include <string.h>

#include "liqd/app/doc.h"
#include "schema_internal.h"

enum {
    WIDTH = 100
};

/* "From 0 to 10 lines", "One of a, b", ...: what a key takes. */
static void describe(char *out, size_t out_sz, const lq_schema_key_t *key)
{
    char min[32];
    char max[32];
    int n = 0;
    switch (key->type) {
    case LQ_SCHEMA_U64:
    case LQ_SCHEMA_SIZE:
    case LQ_SCHEMA_TIME:
        lq_schema_print_number(min, sizeof(min), key, key->min);
        lq_schema_print_number(max, sizeof(max), key, key->max);
        n = snprintf(out, out_sz, "From %s to %s%s%s.", min, max, key->unit ? " " : "",
                     key->unit ? key->unit : "");
        break;
    case LQ_SCHEMA_WEI:
    case LQ_SCHEMA_USD:
        lq_schema_print_number(min, sizeof(min), key, key->min);
        lq_schema_print_number(max, sizeof(max), key, key->max);
        n = snprintf(out, out_sz, "From %s to %s%s.", min, max,
                     key->type == LQ_SCHEMA_USD ? " dollars" : "");
        break;
    case LQ_SCHEMA_ENUM:
    case LQ_SCHEMA_SET:
        n = snprintf(out, out_sz,
                     key->type == LQ_SCHEMA_ENUM ? "One of " : "One or several, as a list, of ");
        for (size_t i = 0; i < key->choice_cnt; i++) {
            n += snprintf(out + n, out_sz - (size_t)n, "%s%s", i ? ", " : "", key->choices[i]);
            LQ_ASSERT((size_t)n + 64 < out_sz);
        }
        n += snprintf(out + n, out_sz - (size_t)n, ".");
        break;
    case LQ_SCHEMA_STRING:
        n = snprintf(out, out_sz, "Text of %" PRIu64 " to %" PRIu64 " bytes.", key->min, key->max);
        break;
    case LQ_SCHEMA_LIST:
        n = snprintf(out, out_sz, "Words, or a list of them, of %" PRIu64 " to %" PRIu64 " bytes.",
                     key->min, key->max);
        break;
    case LQ_SCHEMA_URL:
        n = snprintf(out, out_sz,
                     "ipc:///PATH or a path from / or ./, ws://, wss://, http:// or https://.");
        break;
    case LQ_SCHEMA_PATH:
        n = snprintf(out, out_sz,
                     "A path; a relative one starts at the folder of the file that "
                     "sets it.");
        break;
    }
    n += snprintf(out + n, out_sz - (size_t)n, "%s%s%s", key->fallback ? "" : " Must be set.",
                  !key->secret                 ? ""
                  : key->type == LQ_SCHEMA_URL ? " Secret where it holds a user, a path or a query."
                                               : " Secret.",
                  key->reloadable ? " Takes effect on SIGHUP." : "");
    LQ_ASSERT((size_t)n < out_sz);
}

/* The default as a file has it. */
static const char *fallback_text(const lq_schema_key_t *key)
{
    if (!key->fallback)
        return "";
    return key->fallback[0] ? key->fallback : "\"\"";
}

/* The keys of SECTION, commented out, MARGIN spaces from the left. */
static void write_keys(FILE *out, const lq_schema_t *schema, const lq_schema_section_t *section,
                       int margin)
{
    char text[512];
    char comment[16];
    (void)snprintf(comment, sizeof(comment), "%*s# ", margin, "");
    for (size_t k = 0, written = 0; k < schema->key_cnt; k++) {
        const lq_schema_key_t *key = &schema->keys[k];
        if (!lq_schema_stands_in(key, section))
            continue;
        if (written++)
            (void)fprintf(out, "\n");
        lq_doc_wrap(out, comment, 0, WIDTH, key->help);
        describe(text, sizeof(text), key);
        lq_doc_wrap(out, comment, 0, WIDTH, text);
        (void)fprintf(out, "%*s#%s:%s%s\n", margin, "", strrchr(key->path, '.') + 1,
                      key->fallback ? " " : "", fallback_text(key));
    }
}

static void write_section(FILE *out, const lq_schema_t *schema, const lq_schema_section_t *section)
{
    (void)fprintf(out, "\n");
    lq_doc_wrap(out, "# ", 0, WIDTH, section->help);
    if (!lq_schema_is_pattern(section->path)) {
        (void)fprintf(out, "%s:\n", section->path);
        write_keys(out, schema, section, 2);
        return;
    }
    (void)fprintf(out, "%.*s:\n  #%s:\n", (int)strlen(section->path) - 2, section->path,
                  section->sample);
    write_keys(out, schema, section, 4);
}

void lq_schema_write_yaml(FILE *out, const lq_schema_t *schema)
{
    lq_doc_wrap(
        out, "# ", 0, WIDTH,
        "The configuration of liqd: each key with its default, commented out. Uncomment what "
        "you change. This file is made from the program's own table of keys; liqd check "
        "shows what a file comes to, liqd.yaml(5) is the manual.");
    if (schema->include) {
        (void)fprintf(out, "\n");
        lq_doc_wrap(
            out, "# ", 0, WIDTH,
            "A file, or a list of files, whose values count for the keys that are not set here.");
        (void)fprintf(out, "include: %s\n", schema->include);
    }
    for (size_t i = 0; i < schema->section_cnt; i++)
        write_section(out, schema, &schema->sections[i]);
}

void lq_schema_write_mdoc(FILE *out, const lq_schema_t *schema)
{
    char text[512];
    for (size_t i = 0; i < schema->section_cnt; i++) {
        const lq_schema_section_t *section = &schema->sections[i];
        (void)fprintf(out, ".Ss %s\n", section->path);
        lq_doc_wrap_mdoc(out, section->help);
        (void)fprintf(out, ".Bl -tag -width Ds\n");
        for (size_t k = 0; k < schema->key_cnt; k++) {
            const lq_schema_key_t *key = &schema->keys[k];
            if (!lq_schema_stands_in(key, section))
                continue;
            (void)fprintf(out, ".It Cm %s\n", key->path);
            lq_doc_wrap_mdoc(out, key->help);
            describe(text, sizeof(text), key);
            lq_doc_wrap_mdoc(out, text);
            if (key->fallback && key->fallback[0]) {
                (void)fprintf(out, "Default:\n.Ql");
                lq_doc_put_mdoc_arguments(out, key->fallback);
                (void)fprintf(out, " .\n");
            } else if (key->fallback) {
                (void)fprintf(out, "Default: empty.\n");
            }
        }
        (void)fprintf(out, ".El\n");
    }
}
