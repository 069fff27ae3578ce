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

static void wrap(FILE *out, const char *prefix, const char *text, size_t width, bool mdoc)
{
    size_t prefix_sz = strlen(prefix);
    size_t at = 0;
    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        size_t sz = strcspn(text, " ");
        bool sentence = mdoc && at && (text[-2] == '.' || text[-2] == ':'); /* mdoc's own style */
        if (at && (sentence || at + 1 + sz > width)) {
            (void)fputc('\n', out);
            at = 0;
        }
        (void)fputs(at ? " " : prefix, out);
        at += at ? 1 + sz : prefix_sz + sz;
        if (mdoc)
            put_mdoc(out, text, sz);
        else
            (void)fwrite(text, 1, sz, out);
        text += sz;
    }
    (void)fputc('\n', out);
}

void lq_doc_wrap(FILE *out, const char *prefix, const char *text)
{
    wrap(out, prefix, text, 100, false);
}

void lq_doc_wrap_mdoc(FILE *out, const char *text)
{
    wrap(out, "", text, 78, true);
}
