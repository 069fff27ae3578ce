#include "endpoint_internal.h"

#include <string.h>

/* Calls: from a request's id to its call in O(1), from an answer to results. */

#define MESSAGE_MAX 1024u

static lq_call_t *find_seq(const lq_endpoint_t *e, uint64_t seq)
{
    lq_call_t *c = &e->calls[seq & e->call_mask];
    return seq && c->seq == seq ? c : NULL;
}

lq_call_t *lq_call_find(const lq_endpoint_t *e, uint64_t id)
{
    lq_call_t *c = find_seq(e, id >> LQ_ENDPOINT_ITEM_BITS);
    return c && (id & (LQ_RPC_ITEM_MAX - 1)) < c->item_cnt ? c : NULL;
}

/* Numbers go up by one until one falls on a free place, of which half are at least. */
static lq_call_t *take(lq_endpoint_t *e)
{
    lq_call_t *c;
    uint64_t seq;
    do {
        seq = e->next_seq++;
        c = &e->calls[seq & e->call_mask];
    } while (c->seq);
    c->seq = seq;
    return c;
}

void lq_call_release(lq_endpoint_t *e, lq_call_t *c)
{
    lq_timer_stop(e->loop, &c->timer);
    c->seq = 0;
    if (c->own)
        e->own_cnt--;
    else
        e->call_cnt--;
}

static void on_timeout(void *ctx, lq_timer_t *timer)
{
    (void)timer;
    lq_call_t *c = ctx;
    lq_endpoint_t *e = c->e;
    lq_call_fail(e, c, LQ_RPC_TIMEOUT, "no answer in time", lq_loop_time(e->loop));
}

static void fill(lq_call_t *c, lq_endpoint_t *e, const lq_rpc_call_t *call, bool own)
{
    c->e = e;
    c->fn = call->fn;
    c->ctx = call->ctx;
    c->item_cnt = (uint32_t)call->item_cnt;
    c->own = own;
    c->sent_mono_ns = lq_clock_mono(e->clock);
    c->timer.fn = on_timeout;
    c->timer.ctx = c;
    for (size_t i = 0; i < call->item_cnt; i++)
        c->group[i] = (uint8_t)lq_rpc_group_of(call->items[i].method);
    if (own)
        e->own_cnt++;
    else
        e->call_cnt++;
}

/* What does not fit into out_max by itself and what does not for now are one to the caller. */
static lq_err_t send_call(lq_endpoint_t *e, lq_call_t *c, const lq_rpc_call_t *call)
{
    size_t sz;
    lq_err_t err = lq_envelope_write(e->out, &sz, e->config.out_max,
                                     c->seq << LQ_ENDPOINT_ITEM_BITS, call->items, call->item_cnt);
    if (!err)
        err = e->http ? lq_endpoint_http_post(c, e->out, sz, call->timeout_ns)
                      : lq_conn_send(e->conn, e->out, sz);
    if (err)
        return err == LQ_ERR_TOO_LONG ? LQ_ERR_FULL : err;
    e->stat.call_cnt++;
    e->stat.out_sz += sz;
    return LQ_OK;
}

lq_err_t lq_call_start(lq_endpoint_t *e, lq_rpc_id_t *id, const lq_rpc_call_t *call, bool own)
{
    LQ_ASSERT(call->item_cnt >= 1 && call->item_cnt <= LQ_RPC_ITEM_MAX);
    if (!lq_endpoint_is_up(e))
        return LQ_ERR_CLOSED;
    if (own ? e->own_cnt == 2 * e->sub_cap : e->call_cnt == e->config.call_max)
        return LQ_ERR_FULL;
    lq_call_t *c = take(e);
    fill(c, e, call, own);
    lq_err_t err = send_call(e, c, call);
    if (err) {
        lq_call_release(e, c);
        return err;
    }
    if (!e->http)
        lq_timer_set(e->loop, &c->timer, lq_time_after(c->sent_mono_ns, call->timeout_ns));
    id->id = c->seq;
    return LQ_OK;
}

lq_err_t lq_endpoint_call(lq_endpoint_t *e, lq_rpc_id_t *id, const lq_rpc_call_t *call)
{
    return lq_call_start(e, id, call, false);
}

void lq_endpoint_cancel(lq_endpoint_t *e, lq_rpc_id_t id)
{
    lq_call_t *c = find_seq(e, id.id);
    if (!c || c->own)
        return;
    if (e->http)
        lq_http_cancel(e->http, c->http);
    lq_call_release(e, c);
}

/* Ends C with the results that stand ready. It is free before its callback runs, which may take its
   place for a new one. */
static void finish(lq_endpoint_t *e, lq_call_t *c, const lq_json_t *doc, uint64_t retry_after_ns,
                   lq_time_t recv)
{
    lq_rpc_answer_t answer = {
        .doc = doc,
        .results = e->results,
        .result_cnt = c->item_cnt,
        .endpoint = e->config.number,
        .retry_after_ns = retry_after_ns,
        .latency_ns = recv.mono_ns > c->sent_mono_ns ? recv.mono_ns - c->sent_mono_ns : 0,
        .recv = recv,
    };
    lq_rpc_fn_t *fn = c->fn;
    void *ctx = c->ctx;
    for (size_t i = 0; i < answer.result_cnt; i++)
        e->stat.class_cnt[e->results[i].class_]++;
    lq_call_release(e, c);
    fn(ctx, &answer);
}

static void set_failed(lq_rpc_result_t *r, lq_rpc_class_t class_, const char *message)
{
    *r = (lq_rpc_result_t){.class_ = class_, .message = message, .message_sz = strlen(message)};
    r->message_sz = r->message_sz < MESSAGE_MAX ? r->message_sz : MESSAGE_MAX;
}

void lq_call_fail(lq_endpoint_t *e, lq_call_t *c, lq_rpc_class_t class_, const char *message,
                  lq_time_t recv)
{
    for (size_t i = 0; i < c->item_cnt; i++)
        set_failed(&e->results[i], class_, message);
    if (class_ == LQ_RPC_TIMEOUT) {
        e->stat.timeout_cnt++;
        LQ_LOG(e->log, LQ_LOG_WARN, "rpc", "no answer in time",
               LQ_LOG_CSTR("endpoint", e->config.name), LQ_LOG_U64("call", c->seq));
    }
    finish(e, c, NULL, 0, recv);
}

static void set_refused(const lq_endpoint_t *e, lq_rpc_result_t *r, lq_rpc_group_t group,
                        const lq_rpc_failure_t *f)
{
    *r = (lq_rpc_result_t){.code = f->code, .message = f->message};
    r->class_ = lq_rpc_classify(&r->hint, group, f);
    r->message_sz = f->message_sz < MESSAGE_MAX ? f->message_sz : MESSAGE_MAX;
    if (!lq_url_may_show(e->config.url, f->message, f->message_sz)) {
        r->message = LQ_CALL_HIDDEN;
        r->message_sz = sizeof(LQ_CALL_HIDDEN) - 1;
    }
}

void lq_call_refuse(lq_endpoint_t *e, lq_call_t *c, const lq_rpc_failure_t *f,
                    uint64_t retry_after_ns, lq_time_t recv)
{
    for (size_t i = 0; i < c->item_cnt; i++)
        set_refused(e, &e->results[i], (lq_rpc_group_t)c->group[i], f);
    finish(e, c, NULL, retry_after_ns, recv);
}

static bool is_hex(const lq_json_t *doc, lq_json_val_t v)
{
    const char *raw;
    size_t sz;
    return lq_json_get_raw(doc, &raw, &sz, NULL, v, NULL) == LQ_OK && sz >= 2 && raw[0] == '0' &&
           (raw[1] | 0x20) == 'x';
}

/* The messages of one text never take more than the text, so all fit. */
static void set_error(lq_endpoint_t *e, lq_rpc_result_t *r, uint8_t group, const lq_json_t *doc,
                      const lq_envelope_t *env, unsigned http_status)
{
    lq_rpc_failure_t f = {.http_status = http_status, .code = env->code};
    char *message = e->said + e->said_sz;
    if (lq_json_get_text(doc, message, &f.message_sz, e->config.in_max - e->said_sz, NULL,
                         env->message, NULL) != LQ_OK)
        LQ_BUG("a message longer than its text");
    e->said_sz += f.message_sz;
    f.message = message;
    f.has_data = is_hex(doc, env->data);
    set_refused(e, r, (lq_rpc_group_t)group, &f);
    r->data = env->data;
}

static void set_result(lq_endpoint_t *e, lq_call_t *c, size_t i, const lq_json_t *doc,
                       const lq_envelope_t *env, unsigned http_status)
{
    lq_rpc_result_t *r = &e->results[i];
    if (env->kind == LQ_ENVELOPE_RESULT) {
        *r = (lq_rpc_result_t){.class_ = LQ_RPC_OK, .value = env->value, .message = ""};
    } else if (env->kind == LQ_ENVELOPE_BROKEN) {
        e->stat.garbage_cnt++;
        set_failed(r, LQ_RPC_BROKEN, "an answer of a wrong shape");
    } else {
        set_error(e, r, c->group[i], doc, env, http_status);
    }
}

void lq_call_note_stray(lq_endpoint_t *e, const lq_envelope_t *env, const lq_json_t *doc)
{
    e->stat.wrong_id_cnt++;
    if (env->id >> LQ_ENDPOINT_ITEM_BITS < e->next_seq) {
        lq_subs_late(e, doc, env);
        LQ_LOG(e->log, LQ_LOG_DEBUG, "rpc", "late or double answer dropped",
               LQ_LOG_CSTR("endpoint", e->config.name), LQ_LOG_U64("id", env->id));
    } else {
        LQ_LOG(e->log, LQ_LOG_WARN, "rpc", "answer to nothing that was asked dropped",
               LQ_LOG_CSTR("endpoint", e->config.name), LQ_LOG_U64("id", env->id));
    }
}

static bool has_id(const lq_envelope_t *env)
{
    return env->kind == LQ_ENVELOPE_RESULT || env->kind == LQ_ENVELOPE_ERROR ||
           env->kind == LQ_ENVELOPE_BROKEN;
}

static void note_garbage(lq_endpoint_t *e)
{
    e->stat.garbage_cnt++;
    LQ_LOG(e->log, LQ_LOG_WARN, "rpc", "element of a batch that is no answer dropped",
           LQ_LOG_CSTR("endpoint", e->config.name));
}

lq_call_t *lq_call_of_batch(const lq_endpoint_t *e, const lq_json_t *doc, lq_json_val_t batch)
{
    lq_json_iter_t it;
    lq_json_val_t v;
    lq_envelope_t env;
    lq_call_t *c = NULL;
    if (lq_json_iter(doc, &it, NULL, batch, NULL) != LQ_OK)
        return NULL;
    while (!c && lq_json_next(doc, NULL, &v, &it)) {
        lq_envelope_read(&env, doc, v);
        if (has_id(&env))
            c = lq_call_find(e, env.id);
    }
    return c;
}

/* Sets the results of C from the elements of BATCH; those of none of its requests are counted. */
static void take_batch(lq_endpoint_t *e, lq_call_t *c, const lq_json_t *doc, lq_json_val_t batch,
                       unsigned http_status)
{
    bool seen[LQ_RPC_ITEM_MAX] = {false};
    lq_json_iter_t it;
    lq_json_val_t v;
    lq_envelope_t env;
    for (size_t i = 0; c && i < c->item_cnt; i++)
        set_failed(&e->results[i], LQ_RPC_BROKEN, "missing in the answer to its batch");
    if (lq_json_iter(doc, &it, NULL, batch, NULL) != LQ_OK)
        LQ_BUG("a batch that is no array");
    while (lq_json_next(doc, NULL, &v, &it)) {
        lq_envelope_read(&env, doc, v);
        size_t i = env.id & (LQ_RPC_ITEM_MAX - 1);
        if (!has_id(&env)) {
            note_garbage(e);
        } else if (!c || lq_call_find(e, env.id) != c) {
            lq_call_note_stray(e, &env, doc);
        } else if (seen[i]) {
            lq_call_note_stray(e, &env, doc);
            set_failed(&e->results[i], LQ_RPC_BROKEN, "answered twice in its batch");
        } else {
            seen[i] = true;
            set_result(e, c, i, doc, &env, http_status);
        }
    }
}

void lq_call_stray_batch(lq_endpoint_t *e, const lq_json_t *doc, lq_json_val_t batch)
{
    take_batch(e, NULL, doc, batch, 0);
}

void lq_call_answer(lq_endpoint_t *e, lq_call_t *c, const lq_json_t *doc, const lq_envelope_t *env,
                    unsigned http_status, uint64_t retry_after_ns, lq_time_t recv)
{
    e->said_sz = 0;
    if (env->kind == LQ_ENVELOPE_BATCH) {
        take_batch(e, c, doc, env->value, http_status);
    } else if (c->item_cnt == 1 || env->kind != LQ_ENVELOPE_RESULT) {
        set_result(e, c, 0, doc, env, http_status);
        for (size_t i = 1; i < c->item_cnt; i++) {
            e->said_sz = 0; /* the same message again */
            set_result(e, c, i, doc, env, http_status);
        }
    } else {
        e->stat.garbage_cnt++;
        for (size_t i = 0; i < c->item_cnt; i++)
            set_failed(&e->results[i], LQ_RPC_BROKEN, "one answer to a batch");
    }
    finish(e, c, doc, retry_after_ns, recv);
}

void lq_call_fail_all(lq_endpoint_t *e, const char *message)
{
    lq_time_t now = lq_loop_time(e->loop);
    for (uint64_t i = 0; i <= e->call_mask; i++)
        if (e->calls[i].seq)
            lq_call_fail(e, &e->calls[i], LQ_RPC_BROKEN, message, now);
}
