#include "endpoint_internal.h"

#include <string.h>

#include "liqd/base/fetch.h"

/* The connection's state, and what comes over it. Whatever ends a stream that was up is told to
   state, calls and subscriptions in on_end alone, always from the loop: a drop of our own only
   closes the connection and sets the timer. */

#define DEPTH_MAX  2112u /* of a node's text; a call tracer nests two for each of 1024 calls */
#define DOUBLE_MAX 32u
#define WARM_SZ    2048u /* of a text, as a price or a transaction has it */

uint64_t lq_endpoint_backoff_ns(lq_endpoint_t *e, uint32_t try_cnt)
{
    uint64_t whole = e->config.backoff_min_ns;
    uint64_t max = e->config.backoff_max_ns;
    for (uint32_t i = 0; i < try_cnt && i < DOUBLE_MAX && whole < max; i++)
        whole *= 2;
    whole = whole < max ? whole : max;
    return whole - lq_rng_below(e->rng, whole / 2 + 1);
}

bool lq_endpoint_is_up(const lq_endpoint_t *e)
{
    return e->http || e->state == LQ_STREAM_UP;
}

size_t lq_endpoint_call_cnt(const lq_endpoint_t *e)
{
    return e->call_cnt;
}

const lq_endpoint_stat_t *lq_endpoint_stat(const lq_endpoint_t *e)
{
    return &e->stat;
}

const lq_err_msg_t *lq_endpoint_fault(const lq_endpoint_t *e)
{
    return &e->fault;
}

/* Closes the stream from wherever we are. */
static void drop(lq_endpoint_t *e, bool at_once)
{
    if (e->state != LQ_STREAM_DROPPED) {
        e->was_up = e->state == LQ_STREAM_UP;
        e->at_once = false;
        e->state = LQ_STREAM_DROPPED;
        lq_conn_close(e->conn);
        lq_timer_set_in(e->loop, &e->timer, 0);
    }
    e->at_once |= at_once;
}

void lq_endpoint_reconnect(lq_endpoint_t *e)
{
    if (e->http)
        return;
    if (e->state == LQ_STREAM_DOWN)
        lq_timer_set_in(e->loop, &e->timer, 0);
    else
        drop(e, true);
}

/* The timer is set first: what is called here may want it earlier. */
static void on_end(lq_endpoint_t *e, bool was_up, bool at_once, const char *why)
{
    uint64_t lasted_ns = lq_loop_time(e->loop).mono_ns - e->up_mono_ns;
    if (was_up && (e->answered || lasted_ns >= e->config.backoff_max_ns))
        e->fail_cnt = 0;
    e->state = LQ_STREAM_DOWN;
    e->stat.down_cnt++;
    lq_timer_set_in(e->loop, &e->timer, at_once ? 0 : lq_endpoint_backoff_ns(e, e->fail_cnt));
    if (e->fail_cnt < UINT32_MAX)
        e->fail_cnt++;
    if (!was_up)
        return;
    if (e->state_fn)
        e->state_fn(e->state_ctx, e->config.number, false);
    lq_call_fail_all(e, why);
    lq_subs_down(e);
}

static void on_timer(void *ctx, lq_timer_t *timer)
{
    (void)timer;
    lq_endpoint_t *e = ctx;
    if (e->state == LQ_STREAM_DROPPED) {
        on_end(e, e->was_up, e->at_once, "the connection was dropped");
    } else {
        e->state = LQ_STREAM_OPENING;
        lq_conn_open(e->conn);
    }
}

static void on_up(void *ctx)
{
    lq_endpoint_t *e = ctx;
    e->state = LQ_STREAM_UP;
    e->answered = false;
    e->up_mono_ns = lq_loop_time(e->loop).mono_ns;
    e->stat.connect_cnt++;
    LQ_LOG(e->log, LQ_LOG_INFO, "rpc", "connected", LQ_LOG_CSTR("endpoint", e->config.name),
           LQ_LOG_CSTR("url", e->config.url->shown));
    lq_subs_up(e);
    if (e->state_fn)
        e->state_fn(e->state_ctx, e->config.number, true);
}

static void on_down(void *ctx, lq_err_t why, const lq_err_msg_t *msg)
{
    lq_endpoint_t *e = ctx;
    e->stat.too_long_cnt += why == LQ_ERR_TOO_LONG;
    e->stat.garbage_cnt += why == LQ_ERR_SYNTAX;
    e->fault = *msg;
    bool was_up = e->state == LQ_STREAM_UP;
    if (was_up)
        LQ_LOG(e->log, LQ_LOG_WARN, "rpc", "connection lost",
               LQ_LOG_CSTR("endpoint", e->config.name), LQ_LOG_CSTR("url", e->config.url->shown),
               LQ_LOG_ERR("err", why), LQ_LOG_CSTR("why", msg->text));
    else
        LQ_LOG(e->log, LQ_LOG_WARN, "rpc", "cannot connect",
               LQ_LOG_CSTR("endpoint", e->config.name), LQ_LOG_CSTR("url", e->config.url->shown),
               LQ_LOG_ERR("err", why), LQ_LOG_CSTR("why", msg->text));
    on_end(e, was_up, false, msg->text);
}

static void note_garbage(lq_endpoint_t *e, const lq_json_t *doc)
{
    bool shown = lq_url_may_show(e->config.url, doc->text, doc->text_sz);
    e->stat.garbage_cnt++;
    LQ_LOG(e->log, LQ_LOG_WARN, "rpc", "text that is no JSON-RPC dropped",
           LQ_LOG_CSTR("endpoint", e->config.name),
           LQ_LOG_STR("text", shown ? doc->text : LQ_CALL_HIDDEN,
                      shown ? doc->text_sz : sizeof(LQ_CALL_HIDDEN) - 1));
}

static void on_answer(lq_endpoint_t *e, const lq_json_t *doc, const lq_envelope_t *env,
                      lq_time_t recv)
{
    bool batch = env->kind == LQ_ENVELOPE_BATCH;
    lq_call_t *c = batch ? lq_call_of_batch(e, doc, env->value) : lq_call_find(e, env->id);
    if (c) {
        e->answered = true;
        lq_call_answer(e, c, doc, env, 0, 0, recv);
    } else if (batch) {
        lq_call_stray_batch(e, doc, env->value);
    } else {
        lq_call_note_stray(e, env, doc);
    }
}

void lq_endpoint_take(lq_endpoint_t *e, const char *text, size_t text_sz, lq_time_t recv)
{
    lq_json_t doc;
    lq_envelope_t env;
    lq_err_msg_t msg;
    e->stat.in_sz += text_sz;
    if (lq_json_parse(&doc, e->tok, e->tok_max, &msg, text, text_sz, &e->limits) != LQ_OK) {
        e->stat.garbage_cnt++;
        LQ_LOG(e->log, LQ_LOG_WARN, "rpc", "text that is no JSON: connection dropped",
               LQ_LOG_CSTR("endpoint", e->config.name), LQ_LOG_CSTR("why", msg.text));
        e->fault = msg;
        drop(e, false);
        return;
    }
    lq_envelope_read(&env, &doc, lq_json_root(&doc));
    if (LQ_UNLIKELY(e->rehearses)) {
        lq_subs_seek(e, &env);
        return;
    }
    switch (env.kind) {
    case LQ_ENVELOPE_NOTIFY:
    case LQ_ENVELOPE_ENDED:
        lq_subs_notify(e, &doc, &env, recv);
        break;
    case LQ_ENVELOPE_RESULT:
    case LQ_ENVELOPE_ERROR:
    case LQ_ENVELOPE_BROKEN:
    case LQ_ENVELOPE_BATCH:
        on_answer(e, &doc, &env, recv);
        break;
    case LQ_ENVELOPE_LOST: /* it does not say whose request it refuses; its call runs out of time */
    case LQ_ENVELOPE_OTHER:
        note_garbage(e, &doc);
        break;
    }
}

static void on_text(void *ctx, const char *text, size_t text_sz, lq_time_t recv)
{
    lq_endpoint_take(ctx, text, text_sz, recv);
}

static lq_err_t stream_init(lq_endpoint_t *e, lq_arena_t *arena)
{
    const lq_endpoint_config_t *c = &e->config;
    lq_conn_config_t conn = {
        .url = c->url,
        .auth = c->auth,
        .in_max = c->in_max,
        .out_max = c->out_max,
        .depth_max = DEPTH_MAX,
        .connect_ns = c->connect_ns,
        .ping_ns = c->ping_ns,
        .pong_ns = c->pong_ns,
        .silence_ns = c->silence_ns,
        .busy_poll_us = c->busy_poll_us,
    };
    lq_conn_handlers_t handlers = {.ctx = e, .up = on_up, .text = on_text, .down = on_down};
    lq_err_t err = lq_subs_init(e, arena);
    return err ? err : lq_conn_new(&e->conn, arena, e->loop, &conn, &handlers);
}

static lq_err_t tables_init(lq_endpoint_t *e, lq_arena_t *arena)
{
    const lq_endpoint_config_t *c = &e->config;
    uint64_t want = 2 * (c->call_max + 4 * c->sub_max);
    uint64_t cnt = 2;
    while (cnt < want)
        cnt *= 2;
    e->call_mask = cnt - 1;
    e->next_seq = 1;
    e->limits = (lq_json_limits_t){.text_max = c->in_max, .depth_max = DEPTH_MAX};
    e->tok_max = (c->in_max < LQ_JSON_TEXT_MAX ? c->in_max : LQ_JSON_TEXT_MAX) / 2 + 1;
    e->calls = lq_arena_alloc(arena, cnt * sizeof(*e->calls), _Alignof(lq_call_t));
    e->tok = lq_arena_alloc(arena, e->tok_max * sizeof(*e->tok), LQ_CACHE_LINE_SZ);
    e->said = lq_arena_alloc(arena, c->in_max, 1);
    e->out = lq_arena_alloc(arena, c->out_max, 1);
    if (!e->calls || !e->tok || !e->said || !e->out)
        return LQ_ERR_NOMEM;
    memset(e->calls, 0, cnt * sizeof(*e->calls));
    return lq_url_is_http(c->url) ? lq_endpoint_http_init(e, arena) : stream_init(e, arena);
}

lq_err_t lq_endpoint_new(lq_endpoint_t **e, lq_arena_t *arena, lq_loop_t *loop, lq_log_t *log,
                         lq_rng_t *rng, const lq_endpoint_config_t *config,
                         lq_endpoint_state_fn_t *state, void *ctx)
{
    LQ_ASSERT(config->call_max >= 1 && config->call_max <= 1024 && config->sub_max <= 16);
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_endpoint_t *n = lq_arena_alloc(arena, sizeof(*n), _Alignof(lq_endpoint_t));
    if (!n)
        return LQ_ERR_NOMEM;
    *n = (lq_endpoint_t){
        .config = *config,
        .loop = loop,
        .clock = lq_loop_clock(loop),
        .log = log,
        .rng = rng,
        .state_fn = state,
        .state_ctx = ctx,
        .timer = {.fn = on_timer, .ctx = n},
    };
    lq_err_t err = tables_init(n, arena);
    if (err) {
        lq_arena_rewind(arena, mark);
        return err;
    }
    if (n->conn) {
        n->state = LQ_STREAM_OPENING;
        lq_conn_open(n->conn);
    }
    *e = n;
    return LQ_OK;
}

void lq_endpoint_free(lq_endpoint_t *e)
{
    if (!e)
        return;
    for (uint64_t i = 0; i <= e->call_mask; i++)
        if (e->calls[i].seq)
            lq_call_release(e, &e->calls[i]);
    lq_subs_stop(e);
    lq_timer_stop(e->loop, &e->timer);
    lq_conn_free(e->conn);
    lq_http_free(e->http);
}

void lq_endpoint_rehearse(lq_endpoint_t *e, const char *text, size_t text_sz)
{
    if (!e->conn)
        return;
    lq_endpoint_stat_t stat = e->stat;
    e->rehearses = true;
    (void)lq_conn_rehearse(e->conn, text, text_sz);
    e->rehearses = false;
    e->stat = stat;
    lq_endpoint_warm(e);
}

void lq_endpoint_warm(const lq_endpoint_t *e)
{
    lq_fetch(e, sizeof(*e) - sizeof(e->results));
    lq_fetch(&e->calls[e->next_seq & e->call_mask], sizeof(e->calls[0]));
    lq_fetch(e->out, WARM_SZ);
    lq_fetch(e->tok, WARM_SZ / 2);
    if (!e->conn)
        return;
    lq_fetch(e->subs, e->sub_cap * sizeof(*e->subs));
    lq_conn_warm(e->conn);
}
