#ifndef FAKE_POOL_H
#define FAKE_POOL_H

/* A pool without connections: calls wait until the test has them answered, in any order. Stands in
   the place of liqd/rpc/pool.h. */

#include "lq_test.h"

#include "liqd/rpc/pool.h"

#define FAKE_CALL_MAX 64u
#define FAKE_ITEM_MAX 20u

typedef struct fake_call {
    uint64_t id; /* 0: free */
    lq_pool_call_t call;
    char *params[FAKE_ITEM_MAX];
    char method[FAKE_ITEM_MAX][48];
} fake_call_t;

struct lq_pool {
    size_t endpoint_cnt;
    fake_call_t calls[FAKE_CALL_MAX];
    size_t call_cnt;
    size_t room; /* calls taken at once */
    bool too_long;
    uint64_t last_id;
    uint64_t fault_cnt[LQ_POOL_ENDPOINT_MAX];
    uint64_t asked_cnt[LQ_POOL_ENDPOINT_MAX];
    lq_sub_fn_t *sub_fn[4]; /* by number */
    void *sub_ctx[4];
    char sub_params[4][64];
    size_t sub_cnt;
};

/* A growing text. */
typedef struct fake_text {
    char *text;
    size_t sz, max;
} fake_text_t;

static inline void fake_put(fake_text_t *t, const char *fmt, ...) LQ_PRINTF(2, 3);
static inline void fake_put(fake_text_t *t, const char *fmt, ...)
{
    for (;;) {
        va_list args;
        va_start(args, fmt);
        int sz = vsnprintf(t->text + t->sz, t->max - t->sz, fmt, args);
        va_end(args);
        assert_true(sz >= 0);
        if ((size_t)sz < t->max - t->sz) {
            t->sz += (size_t)sz;
            return;
        }
        t->max = 2 * t->max + (size_t)sz + 64;
        t->text = realloc(t->text, t->max);
        assert_non_null(t->text);
    }
}

static inline void fake_release(lq_pool_t *pool, fake_call_t *c)
{
    for (size_t i = 0; i < c->call.rpc.item_cnt; i++)
        free(c->params[i]);
    *c = (fake_call_t){0};
    pool->call_cnt--;
}

lq_err_t lq_pool_call(lq_pool_t *pool, lq_rpc_id_t *id, const lq_pool_call_t *call)
{
    if (pool->too_long)
        return LQ_ERR_TOO_LONG;
    if (pool->call_cnt == pool->room)
        return LQ_ERR_FULL;
    fake_call_t *c = pool->calls;
    while (c->id)
        c++;
    assert_true(call->rpc.item_cnt >= 1 && call->rpc.item_cnt <= FAKE_ITEM_MAX);
    *c = (fake_call_t){.id = ++pool->last_id, .call = *call};
    for (size_t i = 0; i < call->rpc.item_cnt; i++) {
        const lq_rpc_item_t *item = &call->rpc.items[i];
        c->params[i] = strndup(item->params, item->params_sz);
        (void)snprintf(c->method[i], sizeof(c->method[i]), "%s", item->method);
        assert_non_null(c->params[i]);
    }
    pool->call_cnt++;
    id->id = c->id;
    return LQ_OK;
}

void lq_pool_cancel(lq_pool_t *pool, lq_rpc_id_t id)
{
    for (size_t i = 0; id.id && i < FAKE_CALL_MAX; i++)
        if (pool->calls[i].id == id.id)
            fake_release(pool, &pool->calls[i]);
}

lq_err_t lq_pool_subscribe(lq_pool_t *pool, uint32_t *sub, const char *params, size_t params_sz,
                           lq_sub_fn_t *fn, void *ctx)
{
    if (pool->sub_cnt + 1 == LQ_ARRAY_CNT(pool->sub_fn))
        return LQ_ERR_FULL;
    *sub = (uint32_t)++pool->sub_cnt;
    pool->sub_fn[*sub] = fn;
    pool->sub_ctx[*sub] = ctx;
    (void)snprintf(pool->sub_params[*sub], sizeof(pool->sub_params[*sub]), "%.*s", (int)params_sz,
                   params);
    return LQ_OK;
}

void lq_pool_unsubscribe(lq_pool_t *pool, uint32_t sub)
{
    pool->sub_fn[sub] = NULL;
}

void lq_pool_note_fault(lq_pool_t *pool, uint32_t endpoint)
{
    assert_true(endpoint < pool->endpoint_cnt);
    pool->fault_cnt[endpoint]++;
}

size_t lq_pool_endpoint_cnt(const lq_pool_t *pool)
{
    return pool->endpoint_cnt;
}

const char *lq_pool_name(const lq_pool_t *pool, uint32_t endpoint)
{
    (void)pool;
    (void)endpoint;
    return "fake";
}

/* The first endpoint that C may go to; UINT32_MAX: none. */
static inline uint32_t fake_endpoint(const lq_pool_t *pool, const fake_call_t *c)
{
    if (c->call.pinned)
        return c->call.endpoint;
    for (uint32_t i = 0; i < pool->endpoint_cnt; i++)
        if (!(c->call.not_mask >> i & 1))
            return i;
    return UINT32_MAX;
}

/* Answers C, which is forgotten before its callback. RESULTS are texts of JSON; one that begins
   with '!' is a refusal by that message behind it, with '#' one of the class of that number. */
static inline void fake_answer(lq_pool_t *pool, fake_call_t *c, uint32_t endpoint, lq_time_t now,
                               char *const *results)
{
    size_t cnt = c->call.rpc.item_cnt;
    fake_text_t t = {0};
    fake_put(&t, "[");
    for (size_t i = 0; i < cnt; i++)
        LQ_ASSERT(results[i]);
    for (size_t i = 0; i < cnt; i++)
        fake_put(&t, "%s%s", i ? "," : "", strchr("!#", results[i][0]) ? "null" : results[i]);
    fake_put(&t, "]");
    lq_json_t doc;
    static const lq_json_limits_t limits = {LQ_JSON_TEXT_MAX, 64};
    lq_json_tok_t *tok = malloc((t.sz / 2 + 1) * sizeof(*tok));
    lq_err_msg_t msg;
    if (lq_json_parse(&doc, tok, t.sz / 2 + 1, &msg, t.text, t.sz, &limits))
        fail_msg("%s", msg.text);
    lq_rpc_result_t r[FAKE_ITEM_MAX] = {0};
    bool any = false;
    for (size_t i = 0; i < cnt; i++) {
        char path[32];
        (void)snprintf(path, sizeof(path), "[%zu]", i);
        assert_ok(lq_json_find(&doc, &r[i].value, NULL, lq_json_root(&doc), path));
        any |= results[i][0] != '#';
        if (results[i][0] == '#')
            r[i].class_ = (lq_rpc_class_t)strtoul(results[i] + 1, NULL, 10);
        if (results[i][0] != '!')
            continue;
        lq_rpc_failure_t f = {200, -32000, results[i] + 1, strlen(results[i] + 1), false};
        r[i].message = f.message;
        r[i].message_sz = f.message_sz;
        r[i].class_ = lq_rpc_classify(&r[i].hint, lq_rpc_group_of(c->method[i]), &f);
    }
    lq_rpc_answer_t answer = {
        .doc = any ? &doc : NULL,
        .results = r,
        .result_cnt = cnt,
        .endpoint = endpoint,
        .recv = now,
    };
    lq_rpc_call_t rpc = c->call.rpc;
    fake_release(pool, c);
    rpc.fn(rpc.ctx, &answer);
    free(tok);
    free(t.text);
}

/* Answers every item of C with TEXT. */
static inline void fake_answer_all(lq_pool_t *pool, fake_call_t *c, uint32_t endpoint,
                                   lq_time_t now, const char *text)
{
    char copy[256];
    char *results[FAKE_ITEM_MAX];
    (void)snprintf(copy, sizeof(copy), "%s", text);
    for (size_t i = 0; i < FAKE_ITEM_MAX; i++)
        results[i] = copy;
    fake_answer(pool, c, endpoint, now, results);
}

#endif
