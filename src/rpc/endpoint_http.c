#include "endpoint_internal.h"

/* Calls over HTTP: one POST each. */

#define NS_PER_SEC 1000000000u

lq_err_t lq_endpoint_http_init(lq_endpoint_t *e, lq_arena_t *arena)
{
    const lq_endpoint_config_t *c = &e->config;
    lq_http_config_t http = {
        .url = c->url,
        .auth = c->auth,
        .req_max = c->call_max,
        .send_max = c->out_max,
        .body_max = c->in_max,
        .connect_ns = c->connect_ns,
        .ca_file = c->ca_file,
    };
    return lq_http_new(&e->http, arena, e->loop, &http);
}

/* No answer came. What surely never reached the node is told apart: of a send, that is all that
   matters. */
static void fail(lq_endpoint_t *e, lq_call_t *c, const lq_http_answer_t *a)
{
    lq_rpc_class_t class_ = LQ_RPC_BROKEN;
    if (!a->sent)
        class_ = LQ_RPC_UNSENT;
    else if (a->err == LQ_ERR_TIMEOUT)
        class_ = LQ_RPC_TIMEOUT;
    e->stat.too_long_cnt += a->err == LQ_ERR_TOO_LONG;
    if (class_ != LQ_RPC_TIMEOUT) /* which has a line of its own */
        LQ_LOG(e->log, LQ_LOG_WARN, "rpc", "request failed",
               LQ_LOG_CSTR("endpoint", e->config.name), LQ_LOG_CSTR("url", e->config.url->shown),
               LQ_LOG_ERR("err", a->err), LQ_LOG_CSTR("why", a->msg->text));
    lq_call_fail(e, c, class_, a->msg->text, a->recv);
}

/* Whether ENV ends C. A refusal may lack the id, since the node may not have come as far as to read
   it; an answer with another id is another's. */
static bool fits(lq_endpoint_t *e, const lq_call_t *c, const lq_json_t *doc,
                 const lq_envelope_t *env, bool is_success)
{
    switch (env->kind) {
    case LQ_ENVELOPE_RESULT:
    case LQ_ENVELOPE_BROKEN:
        if (!is_success)
            return false;
        break;
    case LQ_ENVELOPE_ERROR:
        break;
    case LQ_ENVELOPE_LOST:
    case LQ_ENVELOPE_BATCH:
        return true;
    case LQ_ENVELOPE_NOTIFY:
    case LQ_ENVELOPE_ENDED:
    case LQ_ENVELOPE_OTHER:
        return false;
    }
    bool ours = lq_call_find(e, env->id) == c;
    if (!ours)
        lq_call_note_stray(e, env, doc);
    return ours;
}

static void on_answer(void *ctx, const lq_http_answer_t *a)
{
    lq_call_t *c = ctx;
    lq_endpoint_t *e = c->e;
    bool is_success = a->status >= 200 && a->status <= 299;
    uint64_t retry_after_ns = a->retry_after_sec * NS_PER_SEC;
    lq_json_t doc;
    lq_envelope_t env;
    e->stat.in_sz += a->body_sz;
    if (a->err) {
        fail(e, c, a);
        return;
    }
    if (lq_json_parse(&doc, e->tok, e->tok_max, NULL, a->body, a->body_sz, &e->limits) == LQ_OK) {
        lq_envelope_read(&env, &doc, lq_json_root(&doc));
        if (fits(e, c, &doc, &env, is_success)) {
            lq_call_answer(e, c, &doc, &env, a->status, retry_after_ns, a->recv);
            return;
        }
    }
    if (is_success) {
        bool shown = lq_url_may_show(e->config.url, a->body, a->body_sz);
        e->stat.garbage_cnt++;
        LQ_LOG(e->log, LQ_LOG_WARN, "rpc", "body that is no answer",
               LQ_LOG_CSTR("endpoint", e->config.name),
               LQ_LOG_STR("body", shown ? a->body : LQ_CALL_HIDDEN,
                          shown ? a->body_sz : sizeof(LQ_CALL_HIDDEN) - 1));
        lq_call_fail(e, c, LQ_RPC_BROKEN, "the body is no answer", a->recv);
        return;
    }
    LQ_LOG(e->log, LQ_LOG_WARN, "rpc", "refused by HTTP status",
           LQ_LOG_CSTR("endpoint", e->config.name), LQ_LOG_U64("status", a->status));
    lq_rpc_failure_t f = {
        .http_status = a->status, .message = a->body ? a->body : "", .message_sz = a->body_sz};
    lq_call_refuse(e, c, &f, retry_after_ns, a->recv);
}

lq_err_t lq_endpoint_http_post(lq_call_t *c, const char *text, size_t text_sz, uint64_t timeout_ns)
{
    return lq_http_post(c->e->http, &c->http, text, text_sz, NULL, timeout_ns, on_answer, c);
}
