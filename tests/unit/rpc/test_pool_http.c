#include "liqd/rpc/pool.h"

#include "pool_world.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* Endpoints on HTTP: what statuses and Retry-After do to them. The nodes are two small servers on
   loopback that answer each request with what the test set. */

enum {
    SERVERS = 2,
    CONNS = 8,
    IN_MAX = 4096
};

typedef struct server {
    int listener;
    int fds[CONNS];
    size_t in_sz[CONNS];
    char in[CONNS][IN_MAX];
    const char *status; /* status and further header lines; NULL: 200 and an answer */
    const char *chain_id;
    bool holds_m; /* takes them, and says nothing */
    size_t m_cnt;
    size_t chain_cnt;
} server_t;

static void server_begin(server_t *s, lq_url_t *url)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t at_sz = sizeof(at);
    memset(s, 0, sizeof(*s));
    for (size_t i = 0; i < CONNS; i++)
        s->fds[i] = -1;
    s->chain_id = "0x1";
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(s->listener >= 0);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(s->listener, 8), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&at, &at_sz), 0);
    char text[64];
    int sz = snprintf(text, sizeof(text), "http://127.0.0.1:%u", (unsigned)ntohs(at.sin_port));
    lq_err_msg_t msg;
    assert_ok(lq_url_parse(url, &msg, text, (size_t)sz));
}

static void server_end(server_t *s)
{
    for (size_t i = 0; i < CONNS; i++)
        if (s->fds[i] >= 0)
            (void)close(s->fds[i]);
    (void)close(s->listener);
}

/* Nobody listens there any more. */
static void server_stop(server_t *s)
{
    for (size_t i = 0; i < CONNS; i++) {
        if (s->fds[i] >= 0)
            (void)close(s->fds[i]);
        s->fds[i] = -1;
    }
    (void)close(s->listener);
    s->listener = -1;
}

static void server_answer(server_t *s, int fd, const char *body)
{
    const char *id = strstr(body, "\"id\":");
    assert_non_null(id);
    bool chain = strstr(body, "\"eth_chainId\"") != NULL;
    s->chain_cnt += chain;
    bool m = strstr(body, "\"m\"") != NULL;
    s->m_cnt += m;
    if (m && s->holds_m)
        return;
    char json[256];
    char out[512];
    int json_sz =
        snprintf(json, sizeof(json), "{\"jsonrpc\":\"2.0\",\"id\":%llu,\"result\":\"%s\"}",
                 strtoull(id + 5, NULL, 10), chain ? s->chain_id : "0x64");
    if (s->status)
        json_sz = 0;
    int sz =
        snprintf(out, sizeof(out),
                 "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%.*s",
                 s->status ? s->status : "200 OK", json_sz, json_sz, json);
    assert_int_equal(send(fd, out, (size_t)sz, MSG_NOSIGNAL), sz);
}

static void server_read(server_t *s, size_t i)
{
    ssize_t got = recv(s->fds[i], s->in[i] + s->in_sz[i], IN_MAX - 1 - s->in_sz[i], 0);
    if (got == 0) {
        (void)close(s->fds[i]);
        s->fds[i] = -1;
    }
    if (got <= 0)
        return;
    s->in_sz[i] += (size_t)got;
    s->in[i][s->in_sz[i]] = '\0';
    char *body = strstr(s->in[i], "\r\n\r\n");
    char *length = strcasestr(s->in[i], "content-length:");
    if (!body || !length || strlen(body + 4) < strtoul(length + 15, NULL, 10))
        return;
    s->in_sz[i] = 0;
    server_answer(s, s->fds[i], body + 4);
}

static void server_poll(server_t *s)
{
    for (size_t i = 0; i < CONNS; i++) {
        if (s->fds[i] < 0) {
            s->fds[i] = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            s->in_sz[i] = 0;
        }
        if (s->fds[i] >= 0)
            server_read(s, i);
    }
}

typedef struct http_world {
    world_t *w;
    server_t servers[SERVERS];
} http_world_t;

static void pump(http_world_t *h)
{
    for (int i = 0; i < 30; i++) {
        for (size_t k = 0; k < SERVERS; k++)
            server_poll(&h->servers[k]);
        lq_loop_turn(h->w->loop, MS_NS / 5);
    }
}

static void pass(http_world_t *h, uint64_t ns)
{
    lq_clock_manual_advance(&h->w->clock, ns);
    pump(h);
}

static http_world_t *begin(size_t cnt)
{
    http_world_t *h = calloc(1, sizeof(*h));
    assert_non_null(h);
    h->w = world_new(cnt);
    for (size_t i = 0; i < SERVERS; i++)
        server_begin(&h->servers[i], &h->w->urls[i]);
    for (size_t i = 0; i < cnt; i++)
        h->w->endpoints[i].rpc.call_max = 8;
    world_pool(h->w);
    pump(h);
    for (uint32_t i = 0; i < cnt; i++)
        assert_int_equal(world_health(h->w, i), LQ_NODE_HEALTH_WELL);
    return h;
}

static void end(http_world_t *h)
{
    world_end(h->w);
    for (size_t i = 0; i < SERVERS; i++)
        server_end(&h->servers[i]);
    free(h);
}

static void asks_the_chain_at_the_start(void **state)
{
    (void)state;
    http_world_t *h = begin(1);
    assert_int_equal(h->servers[0].chain_cnt, 1);
    assert_int_equal(lq_pool_stat(h->w->pool, 0).head_blk, 100);
    world_call(h->w, "m");
    pump(h);
    assert_told(h->w, "A:0x64");
    end(h);
}

static void respects_retry_after(void **state)
{
    (void)state;
    http_world_t *h = begin(2);
    h->servers[0].status = "429 Too Many Requests\r\nRetry-After: 7";
    world_call(h->w, "m");
    pump(h);
    assert_told(h->w, "B:0x64");
    assert_int_equal(world_health(h->w, 0), LQ_NODE_HEALTH_LIMITED);
    assert_int_equal(lq_pool_stat(h->w->pool, 0).until_mono_ns,
                     h->w->clock.now.mono_ns + 7 * SEC_NS);
    h->servers[0].status = NULL;
    pass(h, 7 * SEC_NS - MS_NS);
    world_call(h->w, "m");
    pump(h);
    assert_told(h->w, "B:0x64");
    assert_int_equal(h->servers[0].m_cnt, 1);
    pass(h, MS_NS);
    assert_int_equal(world_health(h->w, 0), LQ_NODE_HEALTH_WELL);
    world_call(h->w, "m");
    pump(h);
    assert_told(h->w, "A:0x64");
    end(h);
}

static void drops_a_provider_that_wants_money(void **state)
{
    (void)state;
    static const char *const statuses[] = {"402 Payment Required", "403 Forbidden",
                                           "401 Unauthorized",
                                           "429 Too Many Requests\r\nRetry-After: 86400"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(statuses); i++) {
        http_world_t *h = begin(2);
        h->servers[0].status = statuses[i];
        world_call(h->w, "m");
        pump(h);
        assert_told(h->w, "B:0x64");
        assert_int_equal(world_health(h->w, 0), LQ_NODE_HEALTH_QUOTA);
        pass(h, 299 * SEC_NS);
        assert_int_equal(h->servers[0].m_cnt + h->servers[0].chain_cnt, 2);
        h->servers[0].status = NULL;
        pass(h, 301 * SEC_NS);
        assert_int_equal(world_health(h->w, 0), LQ_NODE_HEALTH_WELL);
        end(h);
    }
}

static void moves_from_a_gateway_that_fails(void **state)
{
    (void)state;
    http_world_t *h = begin(2);
    h->servers[0].status = "502 Bad Gateway";
    world_call(h->w, "m");
    pass(h, MS_NS);
    assert_told(h->w, "B:0x64");
    assert_int_equal(world_health(h->w, 0), LQ_NODE_HEALTH_WELL);
    lq_rpc_item_t item = {"m", "[]", 2};
    lq_pool_call_t call = {
        .rpc = {&item, 1, SEC_NS, world_answer, h->w}, .role = LQ_ROLE_READ, .pinned = true};
    for (int k = 0; k < 7; k++) { /* the rest of the error budget */
        assert_int_equal(world_health(h->w, 0), LQ_NODE_HEALTH_WELL);
        assert_ok(lq_pool_call(h->w->pool, &h->w->id, &call));
        pass(h, MS_NS);
        assert_told(h->w, "A:BROKEN");
    }
    assert_int_equal(world_health(h->w, 0), LQ_NODE_HEALTH_FAILING);
    end(h);
}

/* A request that could not even be sent is no sign of life. */
static void leaves_one_where_nobody_listens(void **state)
{
    (void)state;
    http_world_t *h = begin(2);
    server_stop(&h->servers[0]);
    lq_rpc_item_t item = {"m", "[]", 2};
    lq_pool_call_t call = {
        .rpc = {&item, 1, SEC_NS, world_answer, h->w}, .role = LQ_ROLE_READ, .pinned = true};
    for (int k = 0; k < 8; k++) {
        assert_int_equal(world_health(h->w, 0), LQ_NODE_HEALTH_WELL);
        assert_ok(lq_pool_call(h->w->pool, &h->w->id, &call));
        pass(h, MS_NS);
        pump(h);
        h->w->told_sz = 0; /* UNSENT; the first maybe BROKEN, on the connection that was kept */
    }
    assert_int_equal(h->w->answer_cnt, 8);
    assert_int_equal(world_health(h->w, 0), LQ_NODE_HEALTH_FAILING);
    world_call(h->w, "m");
    pass(h, MS_NS);
    assert_told(h->w, "B:0x64");
    end(h);
}

/* What a probe of an unwell endpoint finds is that it leads to another chain now. */
static void finds_another_chain_behind_the_same_address(void **state)
{
    (void)state;
    http_world_t *h = begin(2);
    h->servers[0].holds_m = true;
    world_call(h->w, "m");
    pump(h);
    assert_int_equal(h->servers[0].m_cnt, 1);
    h->servers[0].chain_id = "0x2";
    for (int k = 0; k < 3; k++)
        lq_pool_note_fault(h->w->pool, 0);
    pass(h, 2 * SEC_NS);
    assert_int_equal(world_health(h->w, 0), LQ_NODE_HEALTH_FOREIGN);
    assert_told(h->w, "B:0x64"); /* what was under way has left it */
    world_call(h->w, "m");
    pump(h);
    assert_told(h->w, "B:0x64");
    h->servers[0].chain_id = "0x1";
    pass(h, 61 * SEC_NS);
    assert_int_not_equal(world_health(h->w, 0), LQ_NODE_HEALTH_FOREIGN);
    end(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_the_chain_at_the_start),
        cmocka_unit_test(respects_retry_after),
        cmocka_unit_test(drops_a_provider_that_wants_money),
        cmocka_unit_test(moves_from_a_gateway_that_fails),
        cmocka_unit_test(leaves_one_where_nobody_listens),
        cmocka_unit_test(finds_another_chain_behind_the_same_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
