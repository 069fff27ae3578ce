#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/rpc/envelope_internal.h"

/* The laws: an envelope holds what its kind says and nothing else; a request of ours is
   never taken for an answer. */

#define DEPTH_MAX 64

static void *need(void *p)
{
    LQ_ASSERT(p);
    return p;
}

static bool is_there(lq_json_val_t v)
{
    return lq_json_kind(v) != LQ_JSON_KIND_ABSENT;
}

static void check(const lq_json_t *doc, const lq_envelope_t *env)
{
    bool has_fault = env->kind == LQ_ENVELOPE_ERROR || env->kind == LQ_ENVELOPE_LOST;
    bool has_sub = env->kind == LQ_ENVELOPE_NOTIFY || env->kind == LQ_ENVELOPE_ENDED;
    if (has_fault)
        LQ_ASSERT(lq_json_kind(env->message) == LQ_JSON_KIND_STRING);
    if (has_sub) {
        LQ_ASSERT(env->sub > doc->text && env->sub_sz && env->sub_sz <= LQ_ENVELOPE_SUB_MAX);
        LQ_ASSERT(env->sub + env->sub_sz < doc->text + doc->text_sz);
        LQ_ASSERT(env->sub[-1] == '"' && env->sub[env->sub_sz] == '"');
    }
    if (env->kind == LQ_ENVELOPE_RESULT || env->kind == LQ_ENVELOPE_NOTIFY)
        LQ_ASSERT(is_there(env->value));
}

static void check_batch(const lq_json_t *doc, lq_json_val_t batch)
{
    lq_json_iter_t it;
    lq_json_val_t v;
    size_t cnt = 0;
    LQ_ASSERT(lq_json_iter(doc, &it, NULL, batch, NULL) == LQ_OK);
    while (lq_json_next(doc, NULL, &v, &it)) {
        lq_envelope_t item;
        lq_envelope_read(&item, doc, v);
        check(doc, &item);
        cnt++;
    }
    LQ_ASSERT(cnt);
}

/* A request with the input as its parameters, where it is an array, must read as OTHER. */
static void check_request(const lq_json_t *doc)
{
    static const lq_json_limits_t limits = {LQ_JSON_TEXT_MAX, DEPTH_MAX + 2};
    if (lq_json_kind(lq_json_root(doc)) != LQ_JSON_KIND_ARRAY)
        return;
    lq_rpc_item_t items[2] = {{"eth_subscription", doc->text, doc->text_sz}, {"m", "[]", 2}};
    size_t max = doc->text_sz + 256;
    char *out = need(malloc(max));
    lq_json_tok_t *tok = need(malloc((max / 2 + 2) * sizeof(*tok)));
    for (size_t cnt = 1; cnt <= 2; cnt++) {
        size_t sz;
        lq_json_t request;
        lq_envelope_t env;
        LQ_ASSERT(lq_envelope_write(out, &sz, max, doc->text_sz, items, cnt) == LQ_OK);
        LQ_ASSERT(lq_json_parse(&request, tok, max / 2 + 2, NULL, out, sz, &limits) == LQ_OK);
        lq_envelope_read(&env, &request, lq_json_root(&request));
        LQ_ASSERT(env.kind == (cnt == 1 ? LQ_ENVELOPE_OTHER : LQ_ENVELOPE_BATCH));
    }
    free(tok);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    static const lq_json_limits_t limits = {LQ_JSON_TEXT_MAX, DEPTH_MAX};
    size_t tok_max = sz / 2 + 1;
    lq_json_tok_t *tok = need(malloc(tok_max * sizeof(*tok)));
    lq_json_t doc;
    if (lq_json_parse(&doc, tok, tok_max, NULL, (const char *)data, sz, &limits) == LQ_OK) {
        lq_envelope_t env;
        lq_envelope_read(&env, &doc, lq_json_root(&doc));
        check(&doc, &env);
        if (env.kind == LQ_ENVELOPE_BATCH)
            check_batch(&doc, env.value);
        check_request(&doc);
    }
    free(tok);
    return 0;
}
