#include "liqd/app/doc.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Whether WORD as an argument of a macro could be taken for a macro, or is punctuation. */
static bool has_meaning(const char *word, size_t sz)
{
    return sz <= 3 && (isupper((unsigned char)word[0]) || word[0] == '%' ||
                       (sz == 1 && ispunct((unsigned char)word[0])));
}

/* ARGUMENT: of a macro; else in a line of text. */
static void put_mdoc(FILE *out, const char *word, size_t sz, bool argument)
{
    /* or it would be a request where the line happens to begin with it */
    if (word[0] == '.' || word[0] == '\'' || (argument && has_meaning(word, sz)))
        (void)fputs("\\&", out);
    for (size_t i = 0; i < sz; i++) {
        if (word[i] == '\\')
            (void)fputs("\\e", out);
        else if (word[i] == '"' && argument)
            (void)fputs("\\(dq", out);
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
            put_mdoc(out, text, sz, false);
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

void lq_doc_put_mdoc_arguments(FILE *out, const char *text)
{
    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        size_t sz = strcspn(text, " ");
        (void)fputc(' ', out);
        put_mdoc(out, text, sz, true);
        text += sz;
    }
}
