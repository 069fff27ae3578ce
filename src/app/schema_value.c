/* From the text of one value to what is stored. */

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "liqd/base/text.h"
#include "schema_internal.h"

static bool is_name(const char *text, size_t sz)
{
    if (!sz || (text[0] >= '0' && text[0] <= '9'))
        return false;
    for (size_t i = 0; i < sz; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '_')
            return false;
    return true;
}

/* Returns the variable that REF (what stands between "${" and "}") names, NULL after a problem. Of
   a secret not even that is shown: it may be no reference but a part of the secret. */
static const char *variable(lq_schema_load_t *load, char *ref, lq_schema_place_t place,
                            const char *key, bool secret)
{
    lq_schema_doc_t *doc = load->doc;
    char quoted[LQ_TEXT_QUOTE_SZ];
    char *colon = strchr(ref, ':');
    const char *message = colon && colon[1] == '?' ? colon + 2 : NULL;
    if (!is_name(ref, colon ? (size_t)(colon - ref) : strlen(ref)) || (colon && !message)) {
        lq_schema_report(doc, place, key,
                         "%s in ${}: write ${NAME} or ${NAME:?message}, $$ for a dollar sign",
                         secret ? "no name" : lq_text_quote(quoted, ref));
        return NULL;
    }
    if (colon)
        *colon = '\0';
    const char *value = load->io->env(load->io->ctx, ref);
    const char *name = secret ? "in the secret" : ref;
    if (!value || !value[0]) {
        bool said = message && message[0] && !secret;
        lq_schema_report(doc, place, key, "the environment variable %s is %s: %s", name,
                         value ? "empty" : "not set",
                         said ? lq_text_quote(quoted, message) : "set it");
        return NULL;
    }
    if (!lq_text_is_plain(value, strlen(value))) {
        lq_schema_report(doc, place, key,
                         "the environment variable %s holds a line end, another invisible "
                         "character or what is not UTF-8: remove it",
                         name);
        return NULL;
    }
    return value;
}

const char *lq_schema_expand(lq_schema_load_t *load, bool *literal, const char *text,
                             lq_schema_place_t place, const char *key, bool secret)
{
    char out[4096];
    size_t out_sz = 0;
    *literal = true;
    while (*text) {
        char ref[256];
        const char *piece = text;
        size_t piece_sz = strcspn(text, "$");
        if (piece_sz) {
            text += piece_sz;
        } else if (text[1] == '$') {
            piece_sz = 1;
            text += 2;
        } else {
            const char *end = text[1] == '{' ? strchr(text, '}') : NULL;
            if (!end || (size_t)(end - text) - 2 >= sizeof(ref)) {
                lq_schema_report(
                    load->doc, place, key,
                    "a lone \"$\": write $$ for a dollar sign, ${NAME} for a variable");
                return NULL;
            }
            size_t ref_sz = (size_t)(end - text) - 2;
            memcpy(ref, text + 2, ref_sz);
            ref[ref_sz] = '\0';
            piece = variable(load, ref, place, key, secret);
            if (!piece)
                return NULL;
            piece_sz = strlen(piece);
            text = end + 1;
            *literal = false;
        }
        if (piece_sz > sizeof(out) - out_sz) {
            lq_schema_report(load->doc, place, key, "longer than the longest value, %zu bytes",
                             sizeof(out));
            return NULL;
        }
        memcpy(out + out_sz, piece, piece_sz);
        out_sz += piece_sz;
    }
    return lq_schema_copy(load, out, out_sz);
}

/* Reads decimal digits at *TEXT into *VALUE and moves past them; false without a digit, with a zero
   in front of others, and beyond 64 bits. */
static bool parse_digits(uint64_t *value, const char **text)
{
    const char *at = *text;
    uint64_t v = 0;
    if (!isdigit((unsigned char)*at) || (*at == '0' && isdigit((unsigned char)at[1])))
        return false;
    for (; isdigit((unsigned char)*at); at++) {
        unsigned digit = (unsigned)(*at - '0');
        if (__builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, digit, &v))
            return false;
    }
    *value = v;
    *text = at;
    return true;
}

static const struct unit {
    const char *name;
    unsigned shift;
} units[] = {{"B", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}};

/* Prints bytes in the largest unit that takes them whole. */
static void print_size(char *out, size_t out_sz, uint64_t v)
{
    size_t i = LQ_ARRAY_CNT(units) - 1;
    while (i && (!v || v & (((uint64_t)1 << units[i].shift) - 1)))
        i--;
    (void)snprintf(out, out_sz, "%" PRIu64 " %s", v >> units[i].shift, units[i].name);
}

static bool parse_size(uint64_t *value, const char *text)
{
    uint64_t v;
    if (!parse_digits(&v, &text) || *text != ' ')
        return false;
    for (size_t i = 0; i < LQ_ARRAY_CNT(units); i++) {
        if (strcmp(text + 1, units[i].name) == 0 && v <= UINT64_MAX >> units[i].shift) {
            *value = v << units[i].shift;
            return true;
        }
    }
    return false;
}

void lq_schema_print_number(char *out, size_t out_sz, const lq_schema_key_t *key, uint64_t v)
{
    if (key->type == LQ_SCHEMA_SIZE)
        print_size(out, out_sz, v);
    else
        (void)snprintf(out, out_sz, "%" PRIu64, v);
}

/* A value in a message: what a secret holds never is. */
static const char *shown(char out[LQ_TEXT_QUOTE_SZ], const lq_schema_key_t *key, const char *text)
{
    return key->secret ? "the secret" : lq_text_quote(out, text);
}

static bool store_number(lq_schema_load_t *load, void *at, const lq_schema_key_t *key,
                         const char *text, lq_schema_place_t place)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    char min[32];
    char max[32];
    uint64_t v;
    const char *end = text;
    bool size = key->type == LQ_SCHEMA_SIZE;
    if (size ? !parse_size(&v, text) : !parse_digits(&v, &end) || *end) {
        lq_schema_report(load->doc, place, key->path, "%s is not %s", shown(quoted, key, text),
                         size ? "a size such as \"512 B\", \"4 KiB\" or \"1 MiB\""
                              : "a whole number of 64 bits in decimal digits");
        return false;
    }
    if (v < key->min || v > key->max) {
        lq_schema_print_number(min, sizeof(min), key, key->min);
        lq_schema_print_number(max, sizeof(max), key, key->max);
        lq_schema_report(load->doc, place, key->path, "%s is out of range: from %s to %s%s%s",
                         shown(quoted, key, text), min, max, key->unit ? " " : "",
                         key->unit ? key->unit : "");
        return false;
    }
    memcpy(at, &v, sizeof(v));
    return true;
}

static bool store_choice(lq_schema_load_t *load, void *at, const lq_schema_key_t *key,
                         const char *text, lq_schema_place_t place)
{
    char list[256];
    size_t sz = 0;
    for (unsigned i = 0; i < key->choice_cnt; i++) {
        if (strcmp(key->choices[i], text) == 0) {
            memcpy(at, &i, sizeof(i));
            return true;
        }
        int n = snprintf(list + sz, sizeof(list) - sz, "%s%s", i ? ", " : "", key->choices[i]);
        sz += (size_t)n;
        LQ_ASSERT(sz < sizeof(list));
    }
    char quoted[LQ_TEXT_QUOTE_SZ];
    lq_schema_report(load->doc, place, key->path, "%s is none of %s", shown(quoted, key, text),
                     list);
    return false;
}

static bool store_string(lq_schema_load_t *load, void *at, const lq_schema_key_t *key,
                         const char *text, lq_schema_place_t place, const char *folder)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    size_t sz = strlen(text);
    if (!lq_text_is_plain(text, sz)) {
        lq_schema_report(load->doc, place, key->path,
                         "%s holds an invisible character or what is not UTF-8: remove it",
                         shown(quoted, key, text));
        return false;
    }
    if (sz < key->min || sz > key->max) {
        lq_schema_report(load->doc, place, key->path,
                         "%s is %zu bytes long: from %" PRIu64 " to %" PRIu64,
                         shown(quoted, key, text), sz, key->min, key->max);
        return false;
    }
    if (key->type == LQ_SCHEMA_PATH && sz && text[0] != '/' && folder[0]) {
        if (!lq_text_is_plain(folder, strlen(folder))) {
            lq_schema_report(load->doc, place, key->path,
                             "%s starts at a folder whose name holds an invisible character or "
                             "what is not UTF-8: write a path from /",
                             shown(quoted, key, text));
            return false;
        }
        text = lq_schema_join(load, folder, text);
        if (!text)
            return false;
    }
    memcpy(at, &text, sizeof(text));
    return true;
}

bool lq_schema_store(lq_schema_load_t *load, void *values, const lq_schema_key_t *key,
                     const char *text, lq_schema_place_t place, const char *folder)
{
    void *at = (char *)values + key->offset;
    switch (key->type) {
    case LQ_SCHEMA_U64:
    case LQ_SCHEMA_SIZE:
        return store_number(load, at, key, text, place);
    case LQ_SCHEMA_ENUM:
        return store_choice(load, at, key, text, place);
    case LQ_SCHEMA_STRING:
    case LQ_SCHEMA_PATH:
        return store_string(load, at, key, text, place, folder);
    }
    LQ_BUG("%s has no type", key->path);
}

void lq_schema_print(char *out, size_t out_sz, const lq_schema_key_t *key, const void *values)
{
    const void *at = (const char *)values + key->offset;
    uint64_t v;
    unsigned choice;
    const char *text;
    if (key->secret) {
        (void)snprintf(out, out_sz, "(secret)");
        return;
    }
    switch (key->type) {
    case LQ_SCHEMA_U64:
    case LQ_SCHEMA_SIZE:
        memcpy(&v, at, sizeof(v));
        lq_schema_print_number(out, out_sz, key, v);
        return;
    case LQ_SCHEMA_ENUM:
        memcpy(&choice, at, sizeof(choice));
        (void)snprintf(out, out_sz, "%s", key->choices[choice]);
        return;
    case LQ_SCHEMA_STRING:
    case LQ_SCHEMA_PATH:
        memcpy(&text, at, sizeof(text));
        (void)snprintf(out, out_sz, "%s", text);
        return;
    }
    LQ_BUG("%s has no type", key->path);
}
