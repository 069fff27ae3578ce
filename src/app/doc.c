#include "liqd/app/doc.h"

#include <stdbool.h>
#include <string.h>

static void put_mdoc(FILE *out, const char *word, size_t sz)
{
    if (word[0] == '.' || word[0] == '\'')
        (void)fputs("\\&",
                    out); /* or it would be a request where the line happens to begin with it */
    for (size_t i = 0; i < sz; i++) {
        if (word[i] == '\\')
            (void)fputs("\\e", out);
        else
            (void)fputc(word[i], out);
    }
}

static void wrap(FILE *out, const char *prefix, size_t at, size_t width, const char *text,
                 bool mdoc)
{
    size_t prefix_sz = strlen(prefix);
    if (!at) {
        (void)fputs(prefix, out);
        at = prefix_sz;
    }
    bool first = true; /* of its line */
    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        size_t sz = strcspn(text, " ");
        bool sentence =
            mdoc && !first && (text[-2] == '.' || text[-2] == ':'); /* mdoc's own style */
        if (!first && (sentence || at + 1 + sz > width)) {
            (void)fprintf(out, "\n%s", prefix);
            at = prefix_sz;
            first = true;
        }
        if (!first)
            (void)fputc(' ', out);
        at += sz + !first;
        first = false;
        if (mdoc)
            put_mdoc(out, text, sz);
        else
            (void)fwrite(text, 1, sz, out);
        text += sz;
    }
    (void)fputc('\n', out);
}

void lq_doc_wrap(FILE *out, const char *prefix, size_t at, size_t width, const char *text)
{
    wrap(out, prefix, at, width, text, false);
}

void lq_doc_wrap_mdoc(FILE *out, const char *text)
{
    wrap(out, "", 0, 78, text, true);
}
