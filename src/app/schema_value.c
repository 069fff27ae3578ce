/* From the text of one value to what is stored. */

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "liqd/base/text.h"
#include "liqd/net/url.h"
#include "liqd/num/decimal.h"
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

typedef struct unit {
    const char *name;
    uint64_t cnt; /* base units in it */
} unit_t;

/* Smallest first, each a multiple of the one before. */
static const unit_t sizes[] = {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
static const unit_t times[] = {
    {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {"min", 60000000000}, {"h", 3600000000000}};

#define UNIT_MAX LQ_ARRAY_CNT(times)

/* The units that KEY is written in, UNIT_MAX at most; *CNT is 0 for a plain number. */
static const unit_t *units_of(size_t *cnt, const lq_schema_key_t *key)
{
    bool size = key->type == LQ_SCHEMA_SIZE;
    *cnt = size ? LQ_ARRAY_CNT(sizes) : key->type == LQ_SCHEMA_TIME ? LQ_ARRAY_CNT(times) : 0;
    return size ? sizes : times;
}

static bool parse_units(uint64_t *value, const char *text, const unit_t *units, size_t unit_cnt)
{
    uint64_t v;
    if (!parse_digits(&v, &text) || *text != ' ')
        return false;
    for (size_t i = 0; i < unit_cnt; i++)
        if (strcmp(text + 1, units[i].name) == 0)
            return !__builtin_mul_overflow(v, units[i].cnt, value);
    return false;
}

#define USD_DECIMALS 18u
#define GWEI_WEI     UINT64_C(1000000000)

/* In the unit that makes it shortest; the largest of those. */
static void print_wei(char *out, size_t out_sz, const lq_wei_t *v)
{
    char best[LQ_WEI_TEXT_SZ];
    char text[LQ_WEI_TEXT_SZ];
    if (lq_wei_print(best, sizeof(best), v, LQ_WEI_UNIT_ETH) ||
        lq_wei_print(text, sizeof(text), v, LQ_WEI_UNIT_GWEI))
        LQ_BUG("an amount has no decimal digits");
    if (strlen(text) < strlen(best))
        memcpy(best, text, sizeof(best));
    if (lq_wei_print(text, sizeof(text), v, LQ_WEI_UNIT_WEI))
        LQ_BUG("an amount has no decimal digits");
    (void)snprintf(out, out_sz, "%s", strlen(text) < strlen(best) ? text : best);
}

static void print_usd(char *out, size_t out_sz, const lq_usd_t *v)
{
    char text[LQ_DECIMAL_SZ];
    if (lq_decimal_print(text, sizeof(text), &v->raw, USD_DECIMALS))
        LQ_BUG("an amount has no decimal digits");
    (void)snprintf(out, out_sz, "%s", text);
}

/* A bound of KEY, an amount, in its smallest unit. */
static lq_u256_t bound_of(const lq_schema_key_t *key, uint64_t v)
{
    lq_u256_t unit = lq_u256_from_u64(key->type == LQ_SCHEMA_WEI ? GWEI_WEI : GWEI_WEI * GWEI_WEI);
    lq_u256_t whole = lq_u256_from_u64(v);
    lq_u256_t out;
    if (lq_u256_mul_checked(&out, &whole, &unit))
        LQ_BUG("two words make more than four");
    return out;
}

/* In the largest unit that takes it whole. */
void lq_schema_print_number(char *out, size_t out_sz, const lq_schema_key_t *key, uint64_t v)
{
    size_t i;
    const unit_t *units = units_of(&i, key);
    if (key->type == LQ_SCHEMA_WEI) {
        lq_wei_t wei = {bound_of(key, v)};
        print_wei(out, out_sz, &wei);
        return;
    }
    if (!i) {
        (void)snprintf(out, out_sz, "%" PRIu64, v);
        return;
    }
    for (i--; i && (!v || v % units[i].cnt); i--)
        ;
    (void)snprintf(out, out_sz, "%" PRIu64 " %s", v / units[i].cnt, units[i].name);
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
    size_t unit_cnt;
    const unit_t *units = units_of(&unit_cnt, key);
    if (unit_cnt ? !parse_units(&v, text, units, unit_cnt) : !parse_digits(&v, &end) || *end) {
        lq_schema_report(
            load->doc, place, key->path, "%s is not %s", shown(quoted, key, text),
            key->type == LQ_SCHEMA_SIZE   ? "a size such as \"512 B\", \"4 KiB\" or \"1 MiB\""
            : key->type == LQ_SCHEMA_TIME ? "a time such as \"250 ms\", \"12 s\" or \"5 min\""
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

/* wei and dollars are one number alike. */
static bool store_amount(lq_schema_load_t *load, void *at, const lq_schema_key_t *key,
                         const char *text, lq_schema_place_t place)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    char min[LQ_WEI_TEXT_SZ];
    char max[LQ_WEI_TEXT_SZ];
    bool wei = key->type == LQ_SCHEMA_WEI;
    lq_wei_t amount;
    lq_err_t err = wei ? lq_wei_parse(&amount, NULL, text, strlen(text))
                       : lq_decimal_parse(&amount.raw, NULL, text, strlen(text), USD_DECIMALS);
    if (err == LQ_ERR_SYNTAX) {
        lq_schema_report(load->doc, place, key->path, "%s is not %s", shown(quoted, key, text),
                         wei ? "an amount such as \"0.1 gwei\", \"0.05 ETH\" or \"7 wei\""
                             : "an amount of dollars such as \"5\" or \"12.50\"");
        return false;
    }
    lq_u256_t least = bound_of(key, key->min);
    lq_u256_t most = bound_of(key, key->max);
    if (err || lq_u256_cmp(&amount.raw, &least) < 0 || lq_u256_cmp(&amount.raw, &most) > 0) {
        lq_schema_print_number(min, sizeof(min), key, key->min);
        lq_schema_print_number(max, sizeof(max), key, key->max);
        lq_schema_report(load->doc, place, key->path, "%s is out of range: from %s to %s%s",
                         shown(quoted, key, text), min, max, wei ? "" : " dollars");
        return false;
    }
    memcpy(at, &amount, sizeof(amount));
    return true;
}

/* The choice that the SZ bytes at TEXT name, choice_cnt where they name none. */
static unsigned find_choice(const lq_schema_key_t *key, const char *text, size_t sz)
{
    unsigned i = 0;
    while (i < key->choice_cnt &&
           (strlen(key->choices[i]) != sz || memcmp(key->choices[i], text, sz) != 0))
        i++;
    return i;
}

static void report_choice(lq_schema_load_t *load, const lq_schema_key_t *key, const char *text,
                          lq_schema_place_t place)
{
    char list[256];
    char quoted[LQ_TEXT_QUOTE_SZ];
    size_t sz = 0;
    for (unsigned i = 0; i < key->choice_cnt; i++) {
        int n = snprintf(list + sz, sizeof(list) - sz, "%s%s", i ? ", " : "", key->choices[i]);
        sz += (size_t)n;
        LQ_ASSERT(sz < sizeof(list));
    }
    lq_schema_report(load->doc, place, key->path, "%s is none of %s", shown(quoted, key, text),
                     list);
}

static bool store_choice(lq_schema_load_t *load, void *at, const lq_schema_key_t *key,
                         const char *text, lq_schema_place_t place)
{
    unsigned i = find_choice(key, text, strlen(text));
    if (i == key->choice_cnt) {
        report_choice(load, key, text, place);
        return false;
    }
    memcpy(at, &i, sizeof(i));
    return true;
}

static bool store_set(lq_schema_load_t *load, void *at, const lq_schema_key_t *key,
                      const char *text, lq_schema_place_t place)
{
    unsigned set = 0;
    const char *word = text;
    do {
        size_t sz = strcspn(word, " ");
        unsigned i = find_choice(key, word, sz);
        if (i == key->choice_cnt) {
            const char *copy = lq_schema_copy(load, word, sz);
            if (copy)
                report_choice(load, key, copy, place);
            return false;
        }
        if (set & 1u << i) {
            lq_schema_report(load->doc, place, key->path, "names %s twice: remove one of them",
                             key->choices[i]);
            return false;
        }
        set |= 1u << i;
        word += sz;
    } while (*word++);
    memcpy(at, &set, sizeof(set));
    return true;
}

bool lq_schema_hides(const lq_schema_key_t *key, const char *text)
{
    lq_url_t url;
    if (key->type != LQ_SCHEMA_URL)
        return key->secret;
    if (lq_url_parse(&url, NULL, text, strlen(text)))
        return false; /* refused anyway, without being shown */
    return url.scheme != LQ_URL_IPC && (url.user[0] || strcmp(url.target, "/") != 0);
}

static bool store_url(lq_schema_load_t *load, void *at, const lq_schema_key_t *key,
                      const char *text, lq_schema_place_t place, const char *folder)
{
    lq_url_t url;
    lq_err_msg_t msg;
    if (text[0] == '.' && folder[0]) {
        const char *head = folder[0] == '/' ? folder : lq_schema_join(load, "./", folder);
        text = head ? lq_schema_join(load, head, text) : NULL;
    }
    if (!text)
        return false;
    bool none = !text[0] && key->fallback && !key->fallback[0];
    if (!none && lq_url_parse(&url, &msg, text, strlen(text))) {
        lq_schema_report(load->doc, place, key->path, "%s", msg.text);
        return false;
    }
    memcpy(at, &text, sizeof(text));
    return true;
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

/* Words have one space between them and none around, so that whoever splits them need not look. */
static bool store_list(lq_schema_load_t *load, void *at, const lq_schema_key_t *key,
                       const char *text, lq_schema_place_t place)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    size_t sz = strlen(text);
    bool gap = sz && (text[0] == ' ' || text[sz - 1] == ' ' || strstr(text, "  "));
    if (gap) {
        lq_schema_report(load->doc, place, key->path,
                         "%s has an empty word: one space between two, or a list",
                         shown(quoted, key, text));
        return false;
    }
    return store_string(load, at, key, text, place, "");
}

bool lq_schema_store(lq_schema_load_t *load, void *values, const lq_schema_key_t *key,
                     const char *text, lq_schema_place_t place, const char *folder)
{
    void *at = (char *)values + key->offset;
    switch (key->type) {
    case LQ_SCHEMA_U64:
    case LQ_SCHEMA_SIZE:
    case LQ_SCHEMA_TIME:
        return store_number(load, at, key, text, place);
    case LQ_SCHEMA_WEI:
    case LQ_SCHEMA_USD:
        return store_amount(load, at, key, text, place);
    case LQ_SCHEMA_ENUM:
        return store_choice(load, at, key, text, place);
    case LQ_SCHEMA_SET:
        return store_set(load, at, key, text, place);
    case LQ_SCHEMA_URL:
        return store_url(load, at, key, text, place, folder);
    case LQ_SCHEMA_STRING:
    case LQ_SCHEMA_PATH:
        return store_string(load, at, key, text, place, folder);
    case LQ_SCHEMA_LIST:
        return store_list(load, at, key, text, place);
    }
    LQ_BUG("%s has no type", key->path);
}

static void print_set(char *out, size_t out_sz, const lq_schema_key_t *key, unsigned set)
{
    size_t sz = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < key->choice_cnt; i++)
        if (set & 1u << i && sz < out_sz)
            sz += (size_t)snprintf(out + sz, out_sz - sz, "%s%s", sz ? " " : "", key->choices[i]);
}

static void print_url(char *out, size_t out_sz, const char *text)
{
    lq_url_t url;
    if (text[0] && lq_url_parse(&url, NULL, text, strlen(text)))
        LQ_BUG("a URL was stored that is none");
    (void)snprintf(out, out_sz, "%s", text[0] ? url.shown : "");
}

static bool is_empty(const void *at)
{
    const char *text;
    memcpy(&text, at, sizeof(text));
    return !text[0];
}

void lq_schema_print(char *out, size_t out_sz, const lq_schema_key_t *key, const void *values)
{
    const void *at = (const char *)values + key->offset;
    uint64_t v;
    lq_wei_t wei;
    lq_usd_t usd;
    unsigned choice;
    const char *text;
    if (key->secret && key->type != LQ_SCHEMA_URL &&
        !(key->type == LQ_SCHEMA_STRING && is_empty(at))) {
        (void)snprintf(out, out_sz, "(secret)");
        return;
    }
    switch (key->type) {
    case LQ_SCHEMA_U64:
    case LQ_SCHEMA_SIZE:
    case LQ_SCHEMA_TIME:
        memcpy(&v, at, sizeof(v));
        lq_schema_print_number(out, out_sz, key, v);
        return;
    case LQ_SCHEMA_WEI:
        memcpy(&wei, at, sizeof(wei));
        print_wei(out, out_sz, &wei);
        return;
    case LQ_SCHEMA_USD:
        memcpy(&usd, at, sizeof(usd));
        print_usd(out, out_sz, &usd);
        return;
    case LQ_SCHEMA_ENUM:
        memcpy(&choice, at, sizeof(choice));
        (void)snprintf(out, out_sz, "%s", key->choices[choice]);
        return;
    case LQ_SCHEMA_SET:
        memcpy(&choice, at, sizeof(choice));
        print_set(out, out_sz, key, choice);
        return;
    case LQ_SCHEMA_STRING:
    case LQ_SCHEMA_LIST:
    case LQ_SCHEMA_PATH:
        memcpy(&text, at, sizeof(text));
        (void)snprintf(out, out_sz, "%s", text);
        return;
    case LQ_SCHEMA_URL:
        memcpy(&text, at, sizeof(text));
        print_url(out, out_sz, text);
        return;
    }
    LQ_BUG("%s has no type", key->path);
}
