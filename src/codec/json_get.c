#include <string.h>

#include "hex_internal.h"
#include "json_internal.h"

lq_json_val_t lq_json_root(const lq_json_t *doc)
{
    return tok_value(doc->tok, doc->tok);
}

static tok_kind_t kind_of(lq_json_val_t v)
{
    return (tok_kind_t)(v.word >> 60);
}

static uint32_t payload_of(lq_json_val_t v)
{
    return (uint32_t)(v.word >> 32) & TOK_PAYLOAD_MAX;
}

/* The offset, or the index of an object or array. */
static uint32_t place_of(lq_json_val_t v)
{
    return (uint32_t)v.word;
}

lq_json_kind_t lq_json_kind(lq_json_val_t v)
{
    switch (kind_of(v)) {
    case TOK_NULL:
        return LQ_JSON_KIND_NULL;
    case TOK_FALSE:
    case TOK_TRUE:
        return LQ_JSON_KIND_BOOL;
    case TOK_NUMBER:
        return LQ_JSON_KIND_NUMBER;
    case TOK_STRING:
    case TOK_ESCAPED:
        return LQ_JSON_KIND_STRING;
    case TOK_ARRAY:
        return LQ_JSON_KIND_ARRAY;
    case TOK_OBJECT:
        return LQ_JSON_KIND_OBJECT;
    }
    return LQ_JSON_KIND_ABSENT;
}

/* Where value V stands, for messages. */
typedef struct place {
    size_t at;
    lq_json_path_t path;
} place_t;

static LQ_COLD LQ_NOINLINE void locate(place_t *out, const lq_json_t *doc, lq_json_val_t v)
{
    uint32_t idx = place_of(v);
    if (kind_of(v) < TOK_ARRAY) { /* tokens stand in the order of their offsets */
        uint32_t end = doc->tok_cnt;
        idx = 0;
        while (end - idx > 1) {
            uint32_t mid = idx + (end - idx) / 2;
            if (doc->tok[mid].at <= place_of(v))
                idx = mid;
            else
                end = mid;
        }
    }
    out->at = doc->tok[idx].at;
    lq_json_path(&out->path, doc, idx);
}

#define REMEDY "mend what is asked for or distrust the sender"

/* Fails with ERR for value V, which FAULT describes. */
static LQ_COLD LQ_NOINLINE lq_err_t fail(lq_err_msg_t *msg, lq_err_t err, const lq_json_t *doc,
                                         lq_json_val_t v, const char *fault)
{
    if (!msg)
        return err;
    place_t p;
    locate(&p, doc, v);
    return lq_err_msg_set(msg, err, "JSON offset %zu (%s): %s; " REMEDY, p.at, p.path.text, fault);
}

/* Fails with ERR for the member NAME of the object V. */
static LQ_COLD LQ_NOINLINE lq_err_t fail_member(lq_err_msg_t *msg, lq_err_t err,
                                                const lq_json_t *doc, lq_json_val_t v,
                                                const char *name, size_t name_sz, const char *fault)
{
    if (!msg)
        return err;
    place_t p;
    locate(&p, doc, v);
    int sz = name_sz < 64 ? (int)name_sz : 64;
    return lq_err_msg_set(msg, err, "JSON offset %zu (%s): the member \"%.*s\" %s; " REMEDY, p.at,
                          p.path.text, sz, name, fault);
}

static LQ_COLD LQ_NOINLINE lq_err_t fail_kind(lq_err_msg_t *msg, const lq_json_t *doc,
                                              lq_json_val_t v, const char *want)
{
    static const char *const name[] = {
        [LQ_JSON_KIND_NULL] = "null",       [LQ_JSON_KIND_BOOL] = "a boolean",
        [LQ_JSON_KIND_NUMBER] = "a number", [LQ_JSON_KIND_STRING] = "a string",
        [LQ_JSON_KIND_ARRAY] = "an array",  [LQ_JSON_KIND_OBJECT] = "an object"};
    lq_json_kind_t kind = lq_json_kind(v);
    if (kind == LQ_JSON_KIND_ABSENT && payload_of(v))
        return (lq_err_t) - (int)payload_of(v); /* of follow(), which has explained it */
    if (kind == LQ_JSON_KIND_ABSENT)
        return lq_err_msg_set(
            msg, LQ_ERR_NOT_FOUND,
            "JSON: %s is wanted of a member that is absent; ask lq_json_kind first", want);
    if (!msg)
        return LQ_ERR_SYNTAX;
    place_t p;
    locate(&p, doc, v);
    return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                          "JSON offset %zu (%s): %s where %s is wanted; " REMEDY, p.at, p.path.text,
                          name[kind], want);
}

/* Completes what the hex decoder says in MSG about the string V with its place. */
static LQ_COLD LQ_NOINLINE lq_err_t fail_hex(lq_err_msg_t *msg, lq_err_t err, const lq_json_t *doc,
                                             lq_json_val_t v)
{
    if (!msg)
        return err;
    place_t p;
    locate(&p, doc, v);
    lq_err_msg_t hex = *msg;
    return lq_err_msg_set(msg, err, "JSON offset %zu (%s): %s", p.at, p.path.text, hex.text);
}

/* SZ bytes are equal. memcmp costs a call, and most names are short. */
static LQ_ALWAYS_INLINE bool equal(const char *a, const char *b, size_t sz)
{
    if (sz >= 8) {
        uint64_t x[2];
        uint64_t y[2];
        memcpy(&x[0], a, 8);
        memcpy(&y[0], b, 8);
        memcpy(&x[1], a + sz - 8, 8);
        memcpy(&y[1], b + sz - 8, 8);
        return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0 &&
               (sz <= 16 || memcmp(a + 8, b + 8, sz - 16) == 0);
    }
    if (sz >= 4) {
        uint32_t x[2];
        uint32_t y[2];
        memcpy(&x[0], a, 4);
        memcpy(&y[0], b, 4);
        memcpy(&x[1], a + sz - 4, 4);
        memcpy(&y[1], b + sz - 4, 4);
        return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
    }
    for (size_t i = 0; i < sz; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

/* The escaped string T stands for NAME. */
static LQ_NOINLINE bool is_escaped_name(const char *text, const lq_json_tok_t *t, const char *name,
                                        size_t name_sz)
{
    const char *in = text + t->at + 1;
    const char *end = in + tok_payload(t);
    size_t at = 0;
    while (in < end) {
        char c[4];
        size_t sz = lq_json_unescape_one(c, &in);
        if (sz > name_sz - at || memcmp(c, name + at, sz) != 0)
            return false;
        at += sz;
    }
    return at == name_sz;
}

static LQ_ALWAYS_INLINE bool is_name(const char *text, const lq_json_tok_t *t, const char *name,
                                     size_t name_sz)
{
    if (t->info == ((uint32_t)TOK_STRING << 28) + name_sz)
        return equal(text + t->at + 1, name, name_sz);
    return LQ_UNLIKELY(tok_kind(t) == TOK_ESCAPED) && is_escaped_name(text, t, name, name_sz);
}

/* Sets V to its member NAME. Reads on behind it, since a second one is an error. */
static lq_err_t to_member(const lq_json_t *doc, lq_json_val_t *v, lq_err_msg_t *msg,
                          const char *name, size_t name_sz)
{
    if (kind_of(*v) != TOK_OBJECT)
        return fail_kind(msg, doc, *v, "an object");
    const lq_json_tok_t *tok = doc->tok;
    const lq_json_tok_t *end = tok + payload_of(*v);
    const lq_json_tok_t *found = NULL;
    for (const lq_json_tok_t *t = tok + place_of(*v) + 1; t < end; t = tok_behind(tok, t + 1)) {
        if (LQ_LIKELY(!is_name(doc->text, t, name, name_sz)))
            continue;
        if (found)
            return fail_member(msg, LQ_ERR_EXISTS, doc, *v, name, name_sz, "occurs twice");
        found = t + 1;
    }
    if (!found)
        return fail_member(msg, LQ_ERR_NOT_FOUND, doc, *v, name, name_sz, "is missing");
    *v = tok_value(tok, found);
    return LQ_OK;
}

static lq_err_t to_element(const lq_json_t *doc, lq_json_val_t *v, lq_err_msg_t *msg, uint64_t n)
{
    if (kind_of(*v) != TOK_ARRAY)
        return fail_kind(msg, doc, *v, "an array");
    const lq_json_tok_t *end = doc->tok + payload_of(*v);
    const lq_json_tok_t *t = doc->tok + place_of(*v) + 1;
    while (t < end && n) {
        t = tok_behind(doc->tok, t);
        n--;
    }
    if (t >= end)
        return fail(msg, LQ_ERR_NOT_FOUND, doc, *v, "the array has fewer elements");
    *v = tok_value(doc->tok, t);
    return LQ_OK;
}

/* Reads "12]" at *AT and moves behind it. Larger numbers than a document has elements count as one
   of those. */
static bool take_subscript(uint64_t *out, const char **at)
{
    const char *p = *at;
    uint64_t n = 0;
    while (*p >= '0' && *p <= '9') {
        n = 10 * n + (uint64_t)(*p++ - '0');
        if (n > LQ_JSON_TEXT_MAX)
            n = LQ_JSON_TEXT_MAX;
    }
    if (p == *at || *p != ']')
        return false;
    *out = n;
    *at = p + 1;
    return true;
}

static bool ends_name(char c)
{
    /* letters pass the first comparison */
    return (uint8_t)c <= '.' ? c == '\0' || c == '.' : c == '[';
}

static LQ_COLD LQ_NOINLINE lq_err_t fail_path(lq_err_msg_t *msg, const char *path, const char *at)
{
    return lq_err_msg_set(msg, LQ_ERR_INVAL,
                          "JSON path \"%s\": wrong at character %zu; write it like a.b[0].c", path,
                          (size_t)(at - path) + 1);
}

/* Moves V along the first step of *AT, a member or an element, and *AT behind it; PATH is the
 * whole. */
static lq_err_t take_step(const lq_json_t *doc, lq_json_val_t *v, const char **at,
                          lq_err_msg_t *msg, const char *path)
{
    const char *p = *at;
    if (*p == '[') {
        uint64_t n;
        *at = p + 1;
        return take_subscript(&n, at) ? to_element(doc, v, msg, n) : fail_path(msg, path, p);
    }
    if (p != path && *p++ != '.')
        return fail_path(msg, path, p - 1);
    const char *name = p;
    while (!ends_name(*p))
        p++;
    if (p == name)
        return fail_path(msg, path, p);
    *at = p;
    return to_member(doc, v, msg, name, (size_t)(p - name));
}

lq_err_t lq_json_find(const lq_json_t *doc, lq_json_val_t *out, lq_err_msg_t *msg, lq_json_val_t at,
                      const char *path)
{
    lq_json_val_t v = at;
    if (!v.word)
        return fail_kind(msg, doc, v, "a value");
    for (const char *p = path ? path : ""; *p;) {
        lq_err_t err = take_step(doc, &v, &p, msg, path);
        if (err)
            return err;
    }
    *out = v;
    return LQ_OK;
}

/* lq_json_find by value: on failure an absent one whose payload is the error, for fail_kind(). */
static LQ_NOINLINE lq_json_val_t follow(const lq_json_t *doc, lq_err_msg_t *msg, lq_json_val_t at,
                                        const char *path)
{
    lq_json_val_t v = LQ_JSON_ABSENT;
    lq_err_t err = lq_json_find(doc, &v, msg, at, path);
    return err ? (lq_json_val_t){(uint64_t) - (int64_t)err << 32} : v;
}

/* In the getters values travel in registers, never by address: a local whose address is taken costs
   loads, stores and a guard of the stack on the hottest path. */

static LQ_ALWAYS_INLINE lq_json_val_t at_path(const lq_json_t *doc, lq_err_msg_t *msg,
                                              lq_json_val_t at, const char *path)
{
    return LQ_LIKELY(!path) ? at : follow(doc, msg, at, path);
}

static LQ_ALWAYS_INLINE bool is_string(lq_json_val_t v)
{
    return kind_of(v) == TOK_STRING || kind_of(v) == TOK_ESCAPED;
}

/* The text of a string between its quotes. */
static LQ_ALWAYS_INLINE const char *raw(const lq_json_t *doc, lq_json_val_t v)
{
    return doc->text + place_of(v) + 1;
}

lq_err_t lq_json_get_bool(const lq_json_t *doc, bool *out, lq_err_msg_t *msg, lq_json_val_t at,
                          const char *path)
{
    at = at_path(doc, msg, at, path);
    if (LQ_UNLIKELY(!(kind_of(at) == TOK_FALSE || kind_of(at) == TOK_TRUE)))
        return fail_kind(msg, doc, at, "a boolean");
    *out = kind_of(at) == TOK_TRUE;
    return LQ_OK;
}

lq_err_t lq_json_get_number(const lq_json_t *doc, const char **out, size_t *out_sz,
                            lq_err_msg_t *msg, lq_json_val_t at, const char *path)
{
    at = at_path(doc, msg, at, path);
    if (LQ_UNLIKELY(!(kind_of(at) == TOK_NUMBER)))
        return fail_kind(msg, doc, at, "a number");
    *out = doc->text + place_of(at);
    *out_sz = payload_of(at);
    return LQ_OK;
}

/* Reads the number V as an integer: its sign and magnitude. */
static lq_err_t read_integer(const lq_json_t *doc, uint64_t *out, bool *negative, lq_err_msg_t *msg,
                             lq_json_val_t v)
{
    if (kind_of(v) != TOK_NUMBER)
        return fail_kind(msg, doc, v, "a number");
    const char *p = doc->text + place_of(v);
    const char *end = p + payload_of(v);
    *negative = *p == '-';
    p += *negative;
    uint64_t n = 0;
    bool fits = true;
    for (; p < end; p++) {
        if (*p < '0' || *p > '9')
            return fail(msg, LQ_ERR_SYNTAX, doc, v, "the number is not written as an integer");
        fits = fits && !__builtin_mul_overflow(n, 10, &n) &&
               !__builtin_add_overflow(n, (uint64_t)(*p - '0'), &n);
    }
    if (!fits)
        return fail(msg, LQ_ERR_RANGE, doc, v, "the number does not fit in 64 bits");
    *out = n;
    return LQ_OK;
}

lq_err_t lq_json_get_u64(const lq_json_t *doc, uint64_t *out, lq_err_msg_t *msg, lq_json_val_t at,
                         const char *path)
{
    at = at_path(doc, msg, at, path);
    uint64_t n = 0;
    bool negative = false;
    lq_err_t err = read_integer(doc, &n, &negative, msg, at);
    if (err)
        return err;
    if (negative)
        return fail(msg, LQ_ERR_RANGE, doc, at, "the number is negative");
    *out = n;
    return LQ_OK;
}

lq_err_t lq_json_get_i64(const lq_json_t *doc, int64_t *out, lq_err_msg_t *msg, lq_json_val_t at,
                         const char *path)
{
    at = at_path(doc, msg, at, path);
    uint64_t n = 0;
    bool negative = false;
    lq_err_t err = read_integer(doc, &n, &negative, msg, at);
    if (err)
        return err;
    if (n > (uint64_t)INT64_MAX + negative)
        return fail(msg, LQ_ERR_RANGE, doc, at, "the number does not fit in 64 bits with a sign");
    *out = (int64_t)(negative ? -n : n);
    return LQ_OK;
}

lq_err_t lq_json_get_raw(const lq_json_t *doc, const char **out, size_t *out_sz, lq_err_msg_t *msg,
                         lq_json_val_t at, const char *path)
{
    at = at_path(doc, msg, at, path);
    if (LQ_UNLIKELY(!(is_string(at))))
        return fail_kind(msg, doc, at, "a string");
    *out = raw(doc, at);
    *out_sz = payload_of(at);
    return LQ_OK;
}

lq_err_t lq_json_get_text(const lq_json_t *doc, char *out, size_t *out_sz, size_t out_max,
                          lq_err_msg_t *msg, lq_json_val_t at, const char *path)
{
    at = at_path(doc, msg, at, path);
    if (LQ_UNLIKELY(!(is_string(at))))
        return fail_kind(msg, doc, at, "a string");
    bool escaped = kind_of(at) == TOK_ESCAPED;
    size_t raw_sz = payload_of(at);
    size_t sz = escaped ? lq_json_unescape(NULL, raw(doc, at), raw_sz) : raw_sz;
    if (sz > out_max)
        return fail(msg, LQ_ERR_TOO_LONG, doc, at, "the string is longer than there is room for");
    if (escaped)
        (void)lq_json_unescape(out, raw(doc, at), raw_sz);
    else if (sz)
        memcpy(out, raw(doc, at), sz);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_json_get_qty_u64(const lq_json_t *doc, uint64_t *out, lq_err_msg_t *msg,
                             lq_json_val_t at, const char *path)
{
    at = at_path(doc, msg, at, path);
    if (LQ_UNLIKELY(!(is_string(at))))
        return fail_kind(msg, doc, at, "a string");
    lq_err_t err = lq_hex_decode_u64(out, msg, raw(doc, at), payload_of(at));
    return LQ_LIKELY(!err) ? LQ_OK : fail_hex(msg, err, doc, at);
}

lq_err_t lq_json_get_qty_u256(const lq_json_t *doc, lq_u256_t *out, lq_err_msg_t *msg,
                              lq_json_val_t at, const char *path)
{
    at = at_path(doc, msg, at, path);
    if (LQ_UNLIKELY(!(is_string(at))))
        return fail_kind(msg, doc, at, "a string");
    lq_err_t err = lq_hex_decode_u256(out, msg, raw(doc, at), payload_of(at));
    return LQ_LIKELY(!err) ? LQ_OK : fail_hex(msg, err, doc, at);
}

/* Says what is wrong with the data V. */
static LQ_COLD LQ_NOINLINE lq_err_t refuse_data(const lq_json_t *doc, uint8_t *out, size_t out_sz,
                                                lq_err_msg_t *msg, lq_json_val_t v)
{
    if (!is_string(v))
        return fail_kind(msg, doc, v, "a string");
    lq_err_t err = lq_hex_decode_data(out, out_sz, msg, raw(doc, v), payload_of(v));
    return fail_hex(msg, err, doc, v);
}

lq_err_t lq_json_get_data(const lq_json_t *doc, uint8_t *out, size_t out_sz, lq_err_msg_t *msg,
                          lq_json_val_t at, const char *path)
{
    at = at_path(doc, msg, at, path);
    /* kind and size in one comparison: most of the fields on the hot path come this way */
    const char *in = raw(doc, at);
    if (LQ_LIKELY(at.word >> 32 == ((uint64_t)TOK_STRING << 28) + 2 + 2 * (uint64_t)out_sz &&
                  memcmp(in, "0x", 2) == 0 && lq_hex_digits(out, out_sz, in + 2)))
        return LQ_OK;
    return refuse_data(doc, out, out_sz, msg, at);
}

lq_err_t lq_json_get_data_max(const lq_json_t *doc, uint8_t *out, size_t *out_sz, size_t out_max,
                              lq_err_msg_t *msg, lq_json_val_t at, const char *path)
{
    at = at_path(doc, msg, at, path);
    if (LQ_UNLIKELY(!(is_string(at))))
        return fail_kind(msg, doc, at, "a string");
    lq_err_t err = lq_hex_decode_data_max(out, out_sz, out_max, msg, raw(doc, at), payload_of(at));
    return LQ_LIKELY(!err) ? LQ_OK : fail_hex(msg, err, doc, at);
}

/* One of 64 classes of names, by length and first character. The factor keeps apart most of the
   names that nodes send. */
static LQ_ALWAYS_INLINE unsigned class_of(const char *name, size_t name_sz)
{
    return (unsigned)(12 * name_sz + (name_sz ? (uint8_t)name[0] : 0)) & 63;
}

/* A bit for each class that KEYS have. */
static LQ_NOINLINE uint64_t classes_of(const lq_json_key_t *keys, size_t key_cnt)
{
    uint64_t classes = 0;
    for (size_t k = 0; k < key_cnt; k++)
        classes |= (uint64_t)1 << class_of(keys[k].name, keys[k].name_sz);
    return classes;
}

/* What lq_json_pick has found so far. */
typedef struct pick {
    const lq_json_key_t *key; /* the one expected next: senders keep an order */
    uint64_t have;            /* a bit for each key found */
    lq_json_val_t found[LQ_JSON_PICK_MAX];
} pick_t;

/* Takes members from T to END as long as they are the keys from the first one on, as in most
   objects that one asks for all they have. Returns the first that is not. */
static LQ_ALWAYS_INLINE const lq_json_tok_t *pick_in_order(pick_t *p, const lq_json_t *doc,
                                                           const lq_json_tok_t *t,
                                                           const lq_json_tok_t *end,
                                                           const lq_json_key_t *keys,
                                                           size_t key_cnt)
{
    const char *text = doc->text;
    const lq_json_key_t *key = keys;
    const lq_json_key_t *key_end = keys + key_cnt;
    lq_json_val_t *found = p->found;
    while (t < end && key < key_end && is_name(text, t, key->name, key->name_sz)) {
        *found++ = tok_value(doc->tok, t + 1);
        t = tok_behind(doc->tok, t + 1);
        key++;
    }
    size_t cnt = (size_t)(key - keys);
    p->key = key;
    p->have = cnt ? UINT64_MAX >> (64 - cnt) : 0;
    return t;
}

/* Returns the key that the member T is, NULL if none. CLASSES has a bit for each class that the
   keys have. */
static LQ_ALWAYS_INLINE const lq_json_key_t *match(const char *text, const lq_json_tok_t *t,
                                                   const lq_json_key_t *next,
                                                   const lq_json_key_t *keys, size_t key_cnt,
                                                   uint64_t classes)
{
    if (next < keys + key_cnt && is_name(text, t, next->name, next->name_sz))
        return next;
    if (tok_kind(t) == TOK_STRING && !(classes >> class_of(text + t->at + 1, tok_payload(t)) & 1))
        return NULL;
    for (size_t k = 0; k < key_cnt; k++)
        if (is_name(text, t, keys[k].name, keys[k].name_sz))
            return &keys[k];
    return NULL;
}

/* Takes the members from T to END in any order; returns the key that occurs twice, NULL if none. */
static LQ_NOINLINE const lq_json_key_t *pick_any(pick_t *p, const lq_json_t *doc,
                                                 const lq_json_tok_t *t, const lq_json_tok_t *end,
                                                 const lq_json_key_t *keys, size_t key_cnt)
{
    const lq_json_key_t *next = p->key;
    uint64_t classes = classes_of(keys, key_cnt);
    for (; t < end; t = tok_behind(doc->tok, t + 1)) {
        const lq_json_key_t *key = match(doc->text, t, next, keys, key_cnt, classes);
        if (!key)
            continue;
        size_t k = (size_t)(key - keys);
        if (p->have >> k & 1)
            return key;
        p->have |= (uint64_t)1 << k;
        p->found[k] = tok_value(doc->tok, t + 1);
        next = key + 1;
    }
    return NULL;
}

lq_err_t lq_json_pick(const lq_json_t *doc, lq_json_val_t *out, lq_err_msg_t *msg, lq_json_val_t at,
                      const lq_json_key_t *keys, size_t key_cnt)
{
    if (key_cnt > LQ_JSON_PICK_MAX)
        return lq_err_msg_set(msg, LQ_ERR_INVAL, "JSON: %zu members asked for at once; at most %d",
                              key_cnt, LQ_JSON_PICK_MAX);
    if (kind_of(at) != TOK_OBJECT)
        return fail_kind(msg, doc, at, "an object");
    pick_t p;
    const lq_json_tok_t *end = doc->tok + payload_of(at);
    const lq_json_tok_t *t =
        pick_in_order(&p, doc, doc->tok + place_of(at) + 1, end, keys, key_cnt);
    if (t < end) {
        const lq_json_key_t *twice = pick_any(&p, doc, t, end, keys, key_cnt);
        if (twice)
            return fail_member(msg, LQ_ERR_EXISTS, doc, at, twice->name, twice->name_sz,
                               "occurs twice");
    }
    uint64_t all = key_cnt ? UINT64_MAX >> (64 - key_cnt) : 0;
    for (uint64_t lack = all & ~p.have; lack; lack &= lack - 1) {
        const lq_json_key_t *key = &keys[__builtin_ctzll(lack)];
        if (!key->optional)
            return fail_member(msg, LQ_ERR_NOT_FOUND, doc, at, key->name, key->name_sz,
                               "is missing");
    }
    /* word by word, as it was written just now: a copy in larger pieces would have to wait */
    const volatile lq_json_val_t *found = p.found;
    for (size_t k = 0; k < key_cnt; k++) {
        // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): not with its bit set
        out[k].word = p.have >> k & 1 ? found[k].word : 0;
    }
    return LQ_OK;
}

lq_err_t lq_json_iter(const lq_json_t *doc, lq_json_iter_t *it, lq_err_msg_t *msg, lq_json_val_t at,
                      const char *path)
{
    at = at_path(doc, msg, at, path);
    if (LQ_UNLIKELY(!(kind_of(at) >= TOK_ARRAY)))
        return fail_kind(msg, doc, at, "an array or an object");
    *it = (lq_json_iter_t){place_of(at) + 1, payload_of(at), kind_of(at) == TOK_OBJECT};
    return LQ_OK;
}

bool lq_json_next(const lq_json_t *doc, lq_json_val_t *name, lq_json_val_t *val, lq_json_iter_t *it)
{
    if (it->next >= it->end)
        return false;
    const lq_json_tok_t *t = doc->tok + it->next;
    if (name)
        *name = it->named ? tok_value(doc->tok, t) : LQ_JSON_ABSENT;
    t += it->named;
    *val = tok_value(doc->tok, t);
    it->next = (uint32_t)(tok_behind(doc->tok, t) - doc->tok);
    return true;
}
