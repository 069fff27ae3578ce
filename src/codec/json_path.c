#include <string.h>

#include "json_internal.h"

typedef struct writer {
    lq_json_path_t *out;
    size_t sz;
} writer_t;

static void put(writer_t *w, const char *text, size_t sz)
{
    size_t max = sizeof(w->out->text) - 1;
    for (size_t i = 0; i < sz; i++) {
        if (w->sz == max) {
            memcpy(w->out->text + max - 3, "...", 3);
            return;
        }
        w->out->text[w->sz++] = '?';
        if (text[i] >= ' ' && text[i] <= '~')
            w->out->text[w->sz - 1] = text[i];
    }
}

static void put_element(writer_t *w, uint32_t i)
{
    char digit[10];
    size_t at = sizeof(digit);
    do {
        digit[--at] = (char)('0' + i % 10);
        i /= 10;
    } while (i);
    put(w, "[", 1);
    put(w, digit + at, sizeof(digit) - at);
    put(w, "]", 1);
}

static void put_name(writer_t *w, const lq_json_t *doc, const lq_json_tok_t *name)
{
    if (w->sz)
        put(w, ".", 1);
    put(w, doc->text + name->at + 1, tok_payload(name));
}

/* Returns the child of container IDX that is or contains token WANT, or is named by it, and writes
   its place in IDX; 0 where there is none. */
static uint32_t put_child(writer_t *w, const lq_json_t *doc, uint32_t idx, uint32_t want)
{
    const lq_json_tok_t *tok = doc->tok;
    bool in_object = tok_kind(&tok[idx]) == TOK_OBJECT;
    uint32_t end = (uint32_t)(tok_behind(tok, &tok[idx]) - tok);
    uint32_t element = 0;
    for (uint32_t i = idx + 1; i < end; element++) {
        uint32_t val = i + in_object;
        uint32_t next = val < end ? (uint32_t)(tok_behind(tok, &tok[val]) - tok)
                                  : end; /* a name alone: cut there */
        if (want < next) {
            if (in_object)
                put_name(w, doc, &doc->tok[i]);
            else
                put_element(w, element);
            return val;
        }
        i = next;
    }
    return 0;
}

void lq_json_path(lq_json_path_t *out, const lq_json_t *doc, uint32_t idx)
{
    writer_t w = {out, 0};
    uint32_t at = 0;
    do
        at = idx > at ? put_child(&w, doc, at, idx) : 0;
    while (at && at < doc->tok_cnt);
    if (!w.sz)
        put(&w, "the top", 7);
    out->text[w.sz] = '\0';
}
