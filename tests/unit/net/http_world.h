#ifndef HTTP_WORLD_H
#define HTTP_WORLD_H

/* A client, a server and a clock that stands still, on one loop. */

#include "liqd/net/http.h"

#include "http_server.h"

#define MS      1000000ull
#define SEC     1000000000ull
#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define OK_END  "Content-Length: 2\r\n\r\n{}"
#define OK_TEXT OK_HEAD OK_END

/* What a request's end said. */
typedef struct call {
    lq_http_id_t id;
    unsigned cnt;
    lq_err_t err;
    unsigned status;
    uint64_t retry_after_sec;
    bool sent;
    char body[256]; /* its beginning */
    size_t body_sz;
    const char *body_at;
    lq_err_msg_t msg;
    struct world *again; /* posts once more from within */
} call_t;

typedef struct world {
    lq_arena_t arena;
    lq_clock_manual_t clock;
    lq_loop_t *loop;
    server_t *server;
    lq_url_t url;
    lq_http_config_t config;
    lq_http_t *http;
} world_t;

static void on_answer(void *ctx, const lq_http_answer_t *answer);

static void post(world_t *w, call_t *call, const char *body)
{
    assert_ok(
        lq_http_post(w->http, &call->id, body, strlen(body), NULL, 10 * SEC, on_answer, call));
    assert_int_not_equal(call->id.id, 0);
}

static void on_answer(void *ctx, const lq_http_answer_t *answer)
{
    call_t *call = ctx;
    call->cnt++;
    call->err = answer->err;
    call->status = answer->status;
    call->retry_after_sec = answer->retry_after_sec;
    call->sent = answer->sent;
    call->body_sz = answer->body_sz;
    call->body_at = answer->body;
    size_t sz = answer->body_sz < sizeof(call->body) - 1 ? answer->body_sz : sizeof(call->body) - 1;
    if (sz)
        memcpy(call->body, answer->body, sz);
    call->body[sz] = '\0';
    call->msg = *answer->msg;
    assert_true((answer->err == LQ_OK) == (answer->msg->text[0] == '\0'));
    assert_null(strstr(answer->msg->text, "SECRET"));
    if (call->again) {
        world_t *w = call->again;
        call->again = NULL;
        lq_http_cancel(w->http, call->id); /* has ended: left alone */
        post(w, call, "again");
    }
}

/* A world whose server is on the loop. PREFIX stands before the host in the URL. */
static void set_up(world_t *w, const char *prefix, const lq_http_config_t *config)
{
    memset(w, 0, sizeof(*w));
    w->clock.now = (lq_time_t){1700000000 * SEC, 1000 * SEC};
    w->server = malloc(sizeof(*w->server));
    assert_ok(lq_arena_init(&w->arena, 1 << 18));
    assert_ok(lq_loop_new(&w->loop, &w->arena, lq_clock_manual(&w->clock), 64));
    server_start(w->server, w->loop);
    server_answer(w->server, OK_TEXT);
    char text[128];
    snprintf(text, sizeof(text), "%s127.0.0.1:%u/SECRET?k=SECRET", prefix, w->server->port);
    assert_ok(lq_url_parse(&w->url, NULL, text, strlen(text)));
    w->config = *config;
    w->config.url = &w->url;
    assert_ok(lq_http_new(&w->http, &w->arena, w->loop, &w->config));
}

static const lq_http_config_t small = {
    .req_max = 4, .send_max = 60000, .body_max = 65536, .connect_ns = SEC};

static void tear_down(world_t *w)
{
    lq_http_free(w->http);
    server_stop(w->server);
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    free(w->server);
}

static void turn(world_t *w, unsigned cnt)
{
    for (unsigned i = 0; i < cnt; i++)
        lq_loop_turn(w->loop, MS);
}

static void wait_for(world_t *w, const call_t *call, unsigned cnt)
{
    for (unsigned i = 0; i < 100000 && call->cnt < cnt; i++)
        lq_loop_turn(w->loop, MS);
    assert_int_equal(call->cnt, cnt);
}

/* Posts and waits for the end. */
static call_t ask(world_t *w)
{
    call_t call = {0};
    post(w, &call, "[1]");
    wait_for(w, &call, 1);
    return call;
}

#endif
