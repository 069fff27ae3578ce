#include "envelope_internal.h"

#include <stdbool.h>
#include <string.h>

#define DIGITS_MAX 20u /* of a u64 */

/* In the order in which nodes write them, so that a notification and an answer cost one comparison
   for each member. */
enum {
    KEY_JSONRPC,
    KEY_METHOD,
    KEY_PARAMS,
    KEY_ID,
    KEY_RESULT,
    KEY_ERROR,
    KEY_CNT
};
static const lq_json_key_t keys[KEY_CNT] = {
    LQ_JSON_KEY_OPT("jsonrpc"), LQ_JSON_KEY_OPT("method"), LQ_JSON_KEY_OPT("params"),
    LQ_JSON_KEY_OPT("id"),      LQ_JSON_KEY_OPT("result"), LQ_JSON_KEY_OPT("error"),
};

enum {
    PARAM_SUB,
    PARAM_RESULT,
    PARAM_ERROR,
    PARAM_CNT
};
static const lq_json_key_t param_keys[PARAM_CNT] = {
    LQ_JSON_KEY("subscription"),
    LQ_JSON_KEY_OPT("result"),
    LQ_JSON_KEY_OPT("error"),
};

enum {
    FAULT_CODE,
    FAULT_MESSAGE,
    FAULT_DATA,
    FAULT_CNT
};
static const lq_json_key_t fault_keys[FAULT_CNT] = {
    LQ_JSON_KEY("code"),
    LQ_JSON_KEY("message"),
    LQ_JSON_KEY_OPT("data"),
};

static bool is_there(lq_json_val_t v)
{
    return lq_json_kind(v) != LQ_JSON_KIND_ABSENT;
}

static lq_envelope_kind_t read_notification(lq_envelope_t *env, const lq_json_t *doc,
                                            const lq_json_val_t *v)
{
    static const char method[] = "eth_subscription";
    const char *raw;
    size_t raw_sz;
    lq_json_val_t p[PARAM_CNT];
    if (is_there(v[KEY_ID]) || is_there(v[KEY_RESULT]) || is_there(v[KEY_ERROR]))
        return LQ_ENVELOPE_OTHER;
    if (lq_json_get_raw(doc, &raw, &raw_sz, NULL, v[KEY_METHOD], NULL) != LQ_OK ||
        raw_sz != sizeof(method) - 1 || memcmp(raw, method, raw_sz) != 0)
        return LQ_ENVELOPE_OTHER;
    if (lq_json_pick(doc, p, NULL, v[KEY_PARAMS], param_keys, PARAM_CNT) != LQ_OK ||
        lq_json_get_raw(doc, &env->sub, &env->sub_sz, NULL, p[PARAM_SUB], NULL) != LQ_OK)
        return LQ_ENVELOPE_OTHER;
    /* an id with an escape would have two spellings; no node has one */
    if (env->sub_sz == 0 || env->sub_sz > LQ_ENVELOPE_SUB_MAX ||
        memchr(env->sub, '\\', env->sub_sz) ||
        is_there(p[PARAM_RESULT]) == is_there(p[PARAM_ERROR]))
        return LQ_ENVELOPE_OTHER;
    env->value = p[PARAM_RESULT];
    return is_there(env->value) ? LQ_ENVELOPE_NOTIFY : LQ_ENVELOPE_ENDED;
}

static bool read_fault(lq_envelope_t *env, const lq_json_t *doc, lq_json_val_t at)
{
    lq_json_val_t v[FAULT_CNT];
    if (lq_json_pick(doc, v, NULL, at, fault_keys, FAULT_CNT) != LQ_OK ||
        lq_json_get_i64(doc, &env->code, NULL, v[FAULT_CODE], NULL) != LQ_OK ||
        lq_json_kind(v[FAULT_MESSAGE]) != LQ_JSON_KIND_STRING)
        return false;
    env->message = v[FAULT_MESSAGE];
    env->data = v[FAULT_DATA];
    return true;
}

static lq_envelope_kind_t read_answer(lq_envelope_t *env, const lq_json_t *doc,
                                      const lq_json_val_t *v)
{
    bool one = is_there(v[KEY_RESULT]) != is_there(v[KEY_ERROR]);
    lq_json_kind_t id = lq_json_kind(v[KEY_ID]);
    if (id == LQ_JSON_KIND_NULL || id == LQ_JSON_KIND_ABSENT)
        return one && read_fault(env, doc, v[KEY_ERROR]) ? LQ_ENVELOPE_LOST : LQ_ENVELOPE_OTHER;
    if (lq_json_get_u64(doc, &env->id, NULL, v[KEY_ID], NULL) != LQ_OK)
        return LQ_ENVELOPE_OTHER;
    if (!one)
        return LQ_ENVELOPE_BROKEN;
    if (is_there(v[KEY_ERROR]))
        return read_fault(env, doc, v[KEY_ERROR]) ? LQ_ENVELOPE_ERROR : LQ_ENVELOPE_BROKEN;
    env->value = v[KEY_RESULT];
    return LQ_ENVELOPE_RESULT;
}

static bool is_empty(const lq_json_t *doc, lq_json_val_t at)
{
    lq_json_iter_t it;
    lq_json_val_t v;
    return lq_json_iter(doc, &it, NULL, at, NULL) != LQ_OK || !lq_json_next(doc, NULL, &v, &it);
}

void lq_envelope_read(lq_envelope_t *env, const lq_json_t *doc, lq_json_val_t at)
{
    lq_json_val_t v[KEY_CNT];
    *env = (lq_envelope_t){.kind = LQ_ENVELOPE_OTHER};
    if (lq_json_kind(at) == LQ_JSON_KIND_ARRAY) {
        env->value = at;
        if (!is_empty(doc, at))
            env->kind = LQ_ENVELOPE_BATCH;
    } else if (lq_json_pick(doc, v, NULL, at, keys, KEY_CNT) == LQ_OK) {
        env->kind =
            is_there(v[KEY_METHOD]) ? read_notification(env, doc, v) : read_answer(env, doc, v);
    }
}

/* Appends; counts on where there is no room, so that one comparison at the end is enough. */
typedef struct out {
    char *at;
    size_t sz;
    size_t max;
} out_t;

static void put(out_t *o, const char *text, size_t sz)
{
    if (o->sz <= o->max && sz <= o->max - o->sz)
        memcpy(o->at + o->sz, text, sz);
    o->sz += sz;
}

#define PUT(o, literal) put((o), "" literal, sizeof(literal) - 1)

static void put_u64(out_t *o, uint64_t v)
{
    char digits[DIGITS_MAX];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    put(o, digits + at, sizeof(digits) - at);
}

lq_err_t lq_envelope_write(char *out, size_t *out_sz, size_t out_max, uint64_t id,
                           const lq_rpc_item_t *items, size_t item_cnt)
{
    out_t o = {out, 0, out_max};
    if (item_cnt > 1)
        PUT(&o, "[");
    for (size_t i = 0; i < item_cnt; i++) {
        if (i)
            PUT(&o, ",");
        PUT(&o, "{\"jsonrpc\":\"2.0\",\"id\":");
        put_u64(&o, id + i);
        PUT(&o, ",\"method\":\"");
        put(&o, items[i].method, strlen(items[i].method));
        PUT(&o, "\",\"params\":");
        put(&o, items[i].params, items[i].params_sz);
        PUT(&o, "}");
    }
    if (item_cnt > 1)
        PUT(&o, "]");
    if (o.sz > out_max)
        return LQ_ERR_TOO_LONG;
    *out_sz = o.sz;
    return LQ_OK;
}
