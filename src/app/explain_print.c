#include "explain.h"

#include <string.h>

#define KEYS_SZ 4096u /* of one line */

/* ---- on paper ---- */

/* Where a page stands. */
typedef struct page {
    FILE *out;
    const char *topic;
    size_t column;
} page_t;

/* Writes the words of TEXT, each behind a space, in a column of its own below the first line. */
static void put_words(page_t *page, const char *text)
{
    while (*text) {
        size_t sz = strcspn(text, " ");
        while (text[sz] == ' ' && text[sz + 1] == '%')
            sz += 1 + strcspn(text + sz + 1, " ");
        if (page->column + 1 + sz > LQ_EXPLAIN_WIDTH && page->column > 4) {
            (void)fprintf(page->out, "\n   ");
            page->column = 3;
        }
        (void)fprintf(page->out, " %.*s", (int)sz, text);
        page->column += 1 + sz;
        text += sz + (text[sz] == ' ');
    }
}

static void print_line(void *ctx, const lq_explain_line_t *line)
{
    page_t *page = ctx;
    char keys[KEYS_SZ];
    if (page->topic != line->topic)
        (void)fprintf(page->out, "%s%s\n", page->topic ? "\n" : "", line->topic);
    page->topic = line->topic;
    (void)fprintf(page->out, "  -");
    page->column = 3;
    put_words(page, line->text);
    if (line->keys[0]) {
        (void)snprintf(keys, sizeof(keys), "[%s]", line->keys);
        put_words(page, keys);
    }
    (void)fprintf(page->out, "\n");
}

void lq_explain_print(FILE *out, const lq_config_t *config)
{
    page_t page = {.out = out};
    lq_explain(config, print_line, &page);
}

/* ---- for machines ---- */

typedef struct list {
    json_t *lines;
    int failed;
} list_t;

static void add_line(void *ctx, const lq_explain_line_t *line)
{
    list_t *list = ctx;
    list->failed |=
        json_array_append_new(list->lines, json_pack("{s:s, s:s, s:s}", "topic", line->topic,
                                                     "text", line->text, "keys", line->keys));
}

json_t *lq_explain_json(const lq_config_t *config)
{
    list_t list = {.lines = json_array()};
    lq_explain(config, add_line, &list);
    if (!list.failed)
        return list.lines;
    json_decref(list.lines);
    return NULL;
}
