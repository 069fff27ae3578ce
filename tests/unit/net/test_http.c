#include "liqd/net/http.h"

#include <dirent.h>
#include <malloc.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "http_server.h"

#define MS      1000000ull
#define SEC     1000000000ull
#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define OK_TEXT OK_HEAD "Content-Length: 2\r\n\r\n{}"

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

static size_t fd_cnt(void)
{
    size_t n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static void posts_json_with_what_proves_who_we_are(void **state)
{
    (void)state;
    world_t w;
    lq_http_config_t config = small;
    uint8_t secret[32] = {7};
    config.auth.headers[0] = "X-One: 1";
    config.auth.headers[1] = "X-Two: 2";
    set_up(&w, "http://user:SECRET@", &config);
    call_t call = {0};
    assert_ok(lq_http_post(w.http, &call.id, "{\"a\":1}", 7, "X-Extra: e", SEC, on_answer, &call));
    assert_int_equal(call.cnt, 0);
    wait_for(&w, &call, 1);
    assert_ok(call.err);
    assert_int_equal(call.status, 200);
    assert_true(call.sent);
    assert_string_equal(call.body, "{}");
    const char *r = w.server->request;
    assert_ptr_equal(strstr(r, "POST /SECRET?k=SECRET HTTP/1.1\r\n"), r);
    static const char *const lines[] = {"\r\nContent-Type: application/json\r\n",
                                        "\r\nContent-Length: 7\r\n",
                                        "\r\nX-One: 1\r\n",
                                        "\r\nX-Two: 2\r\n",
                                        "\r\nX-Extra: e\r\n",
                                        "\r\nAuthorization: Basic dXNlcjpTRUNSRVQ=\r\n",
                                        "\r\n\r\n{\"a\":1}",
                                        "gzip",
                                        "br"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(lines); i++)
        assert_non_null(strstr(r, lines[i]));
    assert_null(strcasestr(r, "expect"));
    assert_null(strcasestr(r, "x-extra: e\r\nx-extra"));
    ask(&w);
    assert_null(strstr(w.server->request, "X-Extra"));
    assert_int_equal(w.server->accept_cnt, 1);
    tear_down(&w);

    config.auth.jwt_secret = secret;
    set_up(&w, "http://", &config);
    for (unsigned i = 0; i < 2; i++) {
        char line[LQ_JWT_SZ + 64] = "\r\nAuthorization: Bearer ";
        lq_jwt_make(line + strlen(line), secret, w.clock.now.wall_ns / SEC);
        strcat(line, "\r\n");
        assert_ok(ask(&w).err);
        assert_non_null(strstr(w.server->request, line));
        lq_clock_manual_advance(&w.clock, SEC);
    }
    tear_down(&w);
}

static void takes_bodies_however_they_are_framed(void **state)
{
    (void)state;
    world_t w;
    set_up(&w, "http://", &small);
    static const char *const answers[] = {
        OK_HEAD
        "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n1\r\nl\r\n2;x=y\r\nlo\r\n0\r\nT: t\r\n\r\n",
        OK_HEAD "content-length: 5\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\nRetry-After: 9\r\n\r\n" OK_HEAD "Content-Length: 5\r\n\r\nhello",
        OK_HEAD "Connection: close\r\n\r\nhello",
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(answers); i++) {
        server_answer(w.server, answers[i]);
        w.server->close_after = strstr(answers[i], "close") != NULL;
        call_t call = ask(&w);
        assert_ok(call.err);
        assert_string_equal(call.body, "hello");
        assert_int_equal(call.body_sz, 5);
        assert_int_equal(call.retry_after_sec, 0);
    }
    assert_int_equal(w.server->accept_cnt, 1);
    tear_down(&w);
}

/* Writes a zlib stream of CNT + 1 letters 'a', CNT a multiple of 258; returns its size. */
static size_t deflate_a(uint8_t *out, size_t cnt)
{
    size_t at = 16; /* in bits, behind the header */
    memset(out, 0, cnt / 258 * 13 / 8 + 64);
    out[0] = 0x78;
    out[1] = 0x01;
#define PUT(code, n)                        \
    for (unsigned i_ = (n); i_-- > 0; at++) \
    out[at / 8] |= (uint8_t)(((code) >> i_ & 1u) << at % 8)
    PUT(1u, 1);
    PUT(2u, 2); /* fixed codes: 01, low bit first */
    PUT(0x30u + 'a', 8);
    for (size_t i = 0; i < cnt; i += 258)
        PUT(0xc5u << 5, 13); /* length 258, distance 1 */
    PUT(0u, 7);
#undef PUT
    size_t sz = (at + 7) / 8;
    uint32_t a = 1;
    uint32_t b = 0;
    for (size_t i = 0; i <= cnt; i++) {
        a = (a + 'a') % 65521;
        b = (b + a) % 65521;
    }
    const uint8_t sum[] = {(uint8_t)(b >> 8), (uint8_t)b, (uint8_t)(a >> 8), (uint8_t)a};
    memcpy(out + sz, sum, sizeof(sum));
    return sz + sizeof(sum);
}

static void inflates_but_no_bomb(void **state)
{
    (void)state;
    world_t w;
    set_up(&w, "http://", &small);
    static const size_t cnts[] = {0, 258, 65532, 65790, 258 * 100000};
    uint8_t *out = malloc(258 * 100000 / 100 + 4096);
    for (size_t i = 0; i < LQ_ARRAY_CNT(cnts); i++) {
        char head[128];
        int head_sz = snprintf(head, sizeof(head), OK_HEAD "Content-Encoding: deflate\r\n");
        uint8_t *z = malloc(cnts[i] / 100 + 4096);
        size_t z_sz = deflate_a(z, cnts[i]);
        head_sz += snprintf(head + head_sz, sizeof(head) - (size_t)head_sz,
                            "Content-Length: %zu\r\n\r\n", z_sz);
        memcpy(out, head, (size_t)head_sz);
        memcpy(out + head_sz, z, z_sz);
        free(z);
        w.server->answer = (const char *)out;
        w.server->answer_sz = (size_t)head_sz + z_sz;
        call_t call = ask(&w);
        assert_err(call.err, cnts[i] + 1 <= small.body_max ? LQ_OK : LQ_ERR_TOO_LONG);
        if (!call.err) {
            assert_int_equal(call.body_sz, cnts[i] + 1);
            assert_int_equal(call.body[0], 'a');
        }
        assert_true(call.sent);
    }
    server_drop_peers(w.server);
    server_answer(w.server, OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello");
    assert_err(ask(&w).err, LQ_ERR_IO);
    free(out);
    tear_down(&w);
}

static void bounds_bodies_and_headers(void **state)
{
    (void)state;
    world_t w;
    set_up(&w, "http://", &small);
    static char kb[1024];
    memset(kb, 'x', sizeof(kb));
    w.server->repeat = kb;
    w.server->repeat_sz = sizeof(kb);
    server_answer(w.server, OK_HEAD "Content-Length: 65536\r\n\r\n");
    w.server->repeat_cnt = 64;
    call_t call = ask(&w);
    assert_ok(call.err);
    assert_int_equal(call.body_sz, 65536);
    server_answer(w.server, OK_HEAD "Content-Length: 65537\r\n\r\ny");
    w.server->repeat_cnt = 64;
    call = ask(&w);
    assert_err(call.err, LQ_ERR_TOO_LONG);
    assert_int_equal(call.body_sz, 0);
    server_answer(w.server, OK_HEAD "Content-Length: 1073741824\r\n\r\n");
    w.server->repeat_cnt = 1 << 20;
    assert_err(ask(&w).err, LQ_ERR_TOO_LONG);
    server_answer(w.server, OK_HEAD "\r\n");
    w.server->repeat_cnt = 1 << 20;
    assert_err(ask(&w).err, LQ_ERR_TOO_LONG);
    static const char *const endless[] = {"A: b\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "x"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(endless); i++) {
        server_answer(w.server, i == 1 ? "" : OK_HEAD);
        w.server->repeat = endless[i];
        w.server->repeat_sz = strlen(endless[i]);
        w.server->repeat_cnt = 1 << 20;
        assert_err(ask(&w).err, LQ_ERR_IO);
    }
    char *long_text = calloc(1, small.send_max + 1);
    assert_err(
        lq_http_post(w.http, &call.id, long_text, small.send_max + 1, NULL, SEC, on_answer, &call),
        LQ_ERR_TOO_LONG);
    server_answer(w.server, OK_TEXT);
    assert_ok(
        lq_http_post(w.http, &call.id, long_text, small.send_max, NULL, SEC, on_answer, &call));
    wait_for(&w, &call, 2);
    assert_ok(call.err);
    assert_ok(lq_http_post(w.http, &call.id, NULL, 0, NULL, SEC, on_answer, &call));
    wait_for(&w, &call, 3);
    assert_ok(call.err);
    free(long_text);
    tear_down(&w);
}

/* Pages of the body above LQ_HTTP_KEEP_SZ that are in memory. */
static size_t resident_above_keep(const char *body, size_t sz)
{
    size_t n = 0;
    size_t cnt = (sz - LQ_HTTP_KEEP_SZ) / 4096;
    unsigned char *map = malloc(cnt);
    assert_int_equal(mincore((void *)(uintptr_t)(body + LQ_HTTP_KEEP_SZ), cnt * 4096, map), 0);
    for (size_t i = 0; i < cnt; i++)
        n += map[i] & 1;
    free(map);
    return n;
}

static void takes_a_large_body_and_gives_its_memory_back(void **state)
{
    (void)state;
    size_t mb = lq_test_cnt(32, 1024);
    world_t w;
    lq_http_config_t config = small;
    config.body_max = mb << 20;
    set_up(&w, "http://", &config);
    static char part[65536];
    memset(part, 'x', sizeof(part));
    char head[128];
    snprintf(head, sizeof(head), OK_HEAD "Content-Length: %zu\r\n\r\n", mb << 20);
    for (unsigned i = 0; i < 2; i++) {
        server_answer(w.server, head);
        w.server->repeat = part;
        w.server->repeat_sz = sizeof(part);
        w.server->repeat_cnt = mb * 16;
        call_t call = ask(&w);
        assert_ok(call.err);
        assert_int_equal(call.body_sz, mb << 20);
        assert_int_equal(resident_above_keep(call.body_at, call.body_sz), 0);
    }
    tear_down(&w);
}

static void bears_a_cut_at_each_byte(void **state)
{
    (void)state;
    static const char *const answers[] = {
        OK_HEAD "Content-Length: 5\r\nRetry-After: 3\r\n\r\nhello",
        OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    };
    world_t w;
    set_up(&w, "http://", &small);
    w.server->close_after = true;
    for (size_t i = 0; i < LQ_ARRAY_CNT(answers); i++) {
        size_t whole_sz = strlen(answers[i]) - i; /* the last chunk's last "\n" is not missed */
        for (size_t cut = 0; cut < whole_sz; cut++) {
            server_answer(w.server, answers[i]);
            w.server->answer_sz = cut;
            call_t call = ask(&w);
            if (call.err != LQ_ERR_IO)
                fail_msg("%zu of %zu: %s", cut, i, lq_err_name(call.err));
            assert_true(call.sent);
            assert_int_equal(call.body_sz, 0);
        }
    }
    tear_down(&w);
}

static void bears_garbage(void **state)
{
    (void)state;
    world_t w;
    lq_rng_t rng = lq_test_rng();
    set_up(&w, "http://", &small);
    w.server->close_after = true;
    static const char *const bad[] = {"SECRET\r\n\r\n",
                                      "\r\n\r\n",
                                      "<html>SECRET</html>",
                                      "HTTP/1.1 SECRET\r\n\r\n",
                                      "HTTP/9.9 200 SECRET\r\n\r\n",
                                      "HTTP/1.1 000 SECRET\r\n\r\n",
                                      OK_HEAD "Content-Length: -1\r\n\r\n",
                                      OK_HEAD "Transfer-Encoding: chunked\r\n\r\nSECRET\r\n",
                                      OK_HEAD
                                      "Content-Encoding: SECRET\r\nContent-Length: 1\r\n\r\nx"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++) {
        server_answer(w.server, bad[i]);
        call_t call = ask(&w);
        if (call.err != LQ_ERR_IO)
            fail_msg("%s: %s %u", bad[i], lq_err_name(call.err), call.status);
    }
    for (size_t i = 0; i < lq_test_cnt(200, 20000); i++) {
        char noise[200];
        size_t sz = lq_rng_below(&rng, sizeof(noise));
        for (size_t k = 0; k < sz; k++)
            noise[k] = (char)lq_rng_below(&rng, 256);
        if (sz > 17 && i % 2)
            memcpy(noise, OK_HEAD, 17);
        w.server->answer = noise;
        w.server->answer_sz = sz;
        ask(&w);
    }
    tear_down(&w);
}

static void takes_retry_after_in_both_forms(void **state)
{
    (void)state;
    /* The clock says 1700000000, Tue, 14 Nov 2023 22:13:20 GMT. */
    static const struct {
        const char *value;
        uint64_t sec;
    } cases[] = {{"7", 7},
                 {"  86399\t", 86399},
                 {"86401", 86400},
                 {"99999999999999999999999999", 86400},
                 {"0", 0},
                 {"-7", 0},
                 {"", 0},
                 {"soon", 0},
                 {"Tue, 14 Nov 2023 22:13:50 GMT", 30},
                 {"Tue, 14 Nov 2023 22:13:20 GMT", 0},
                 {"Tue, 14 Nov 2023 22:00:00 GMT", 0},
                 {"Fri, 14 Nov 2025 22:00:00 GMT", 86400},
                 {"1111111111111111111111111111111111111111111111111111111111111111", 0}};
    world_t w;
    set_up(&w, "http://", &small);
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        char answer[256];
        snprintf(answer, sizeof(answer),
                 "HTTP/1.1 429 Too Many\r\n%s:%s\r\nContent-Length: 3\r\n\r\nno!",
                 i % 2 ? "retry-after" : "Retry-After", cases[i].value);
        server_answer(w.server, answer);
        call_t call = ask(&w);
        assert_ok(call.err);
        assert_int_equal(call.status, 429);
        assert_int_equal(call.retry_after_sec, cases[i].sec);
        assert_string_equal(call.body, "no!");
    }
    server_answer(w.server, "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n"
                            "Content-Length: 15\r\n\r\n<html>bad</html>" +
                                0);
    call_t call = ask(&w);
    assert_ok(call.err);
    assert_int_equal(call.status, 502);
    assert_int_equal(call.retry_after_sec, 0);
    server_answer(w.server, "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n");
    unsigned cnt = w.server->request_cnt;
    server_drop_peers(w.server);
    assert_int_equal(ask(&w).status, 302);
    assert_int_equal(w.server->request_cnt, cnt + 1);
    tear_down(&w);
}

static void refuses_more_than_req_max(void **state)
{
    (void)state;
    world_t w;
    set_up(&w, "http://", &small);
    w.server->mute = true;
    call_t calls[5] = {0};
    for (unsigned i = 0; i < 4; i++)
        post(&w, &calls[i], "x");
    assert_err(lq_http_post(w.http, &calls[4].id, "x", 1, NULL, SEC, on_answer, &calls[4]),
               LQ_ERR_FULL);
    assert_int_equal(calls[4].id.id, 0);
    turn(&w, 20);
    assert_int_equal(w.server->request_cnt, 4);
    lq_http_cancel(w.http, calls[1].id);
    post(&w, &calls[4], "x");
    assert_int_not_equal(calls[4].id.id, calls[1].id.id);
    lq_http_cancel(w.http, calls[1].id); /* not its successor */
    lq_http_cancel(w.http, (lq_http_id_t){0});
    lq_http_cancel(w.http, (lq_http_id_t){UINT64_MAX});
    lq_clock_manual_advance(&w.clock, 10 * SEC);
    wait_for(&w, &calls[4], 1);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(calls[i].cnt, i != 1);
    tear_down(&w);
}

static void a_callback_may_post_where_one_may_be_under_way(void **state)
{
    (void)state;
    world_t w;
    lq_http_config_t config = small;
    config.req_max = 1;
    set_up(&w, "http://", &config);
    for (unsigned i = 0; i < 10; i++) {
        call_t call = {.again = &w};
        post(&w, &call, "first");
        wait_for(&w, &call, 2);
        assert_ok(call.err);
    }
    assert_int_equal(w.server->accept_cnt, 1);
    tear_down(&w);
}

static void keeps_its_time(void **state)
{
    (void)state;
    world_t w;
    set_up(&w, "http://", &small);
    static const char *const parts[] = {"", OK_HEAD, OK_HEAD "Content-Length: 5\r\n\r\nhe"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(parts); i++) {
        server_answer(w.server, parts[i]);
        call_t call = {0};
        post(&w, &call, "x");
        turn(&w, 20);
        lq_clock_manual_advance(&w.clock, 10 * SEC - 1);
        turn(&w, 5);
        assert_int_equal(call.cnt, 0);
        lq_clock_manual_advance(&w.clock, 1);
        wait_for(&w, &call, 1);
        assert_err(call.err, LQ_ERR_TIMEOUT);
        assert_true(call.sent);
        assert_non_null(strstr(call.msg.text, "no answer within 10000 ms"));
    }
    tear_down(&w);
    set_up(&w, "https://", &small); /* the server never answers TLS's hello */
    call_t call = {0};
    post(&w, &call, "x");
    turn(&w, 20);
    assert_int_equal(call.cnt, 0);
    lq_clock_manual_advance(&w.clock, SEC);
    wait_for(&w, &call, 1);
    assert_err(call.err, LQ_ERR_TIMEOUT);
    assert_false(call.sent);
    assert_non_null(strstr(call.msg.text, "no connection within 1000 ms"));
    tear_down(&w);
}

static void says_that_nothing_was_sent_where_none_listens(void **state)
{
    (void)state;
    world_t w;
    set_up(&w, "http://", &small);
    lq_watch_stop(w.loop, &w.server->watch);
    close(w.server->fd);
    w.server->fd = -1;
    call_t call = ask(&w);
    assert_err(call.err, LQ_ERR_IO);
    assert_false(call.sent);
    assert_int_equal(call.status, 0);
    assert_non_null(strstr(call.msg.text, "refused"));
    tear_down(&w);
}

static void is_silent_after_a_cancel_in_any_phase(void **state)
{
    (void)state;
    world_t w;
    set_up(&w, "http://", &small);
    static char part[1000];
    memset(part, 'x', sizeof(part));
    for (unsigned phase = 0; phase < 40; phase++) {
        server_answer(w.server, OK_HEAD "Content-Length: 60000\r\n\r\n");
        w.server->repeat = part;
        w.server->repeat_sz = sizeof(part);
        w.server->repeat_cnt = 60;
        call_t call = {0};
        post(&w, &call, "x");
        for (unsigned i = 0; i < phase && !call.cnt; i++)
            lq_loop_turn(w.loop, 0);
        unsigned before = call.cnt;
        lq_http_cancel(w.http, call.id);
        turn(&w, 3);
        assert_int_equal(call.cnt, before);
        lq_clock_manual_advance(&w.clock, 20 * SEC);
        turn(&w, 1);
        assert_int_equal(call.cnt, before);
        server_answer(w.server, OK_TEXT);
        assert_ok(ask(&w).err);
    }
    call_t call = {0};
    post(&w, &call, "x");
    turn(&w, 2);
    tear_down(&w); /* with one under way */
    assert_true(call.cnt <= 1);
}

static void stays_flat_over_many_requests_and_reconnects(void **state)
{
    (void)state;
    world_t w;
    set_up(&w, "http://", &small);
    size_t fds = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < lq_test_cnt(2000, 100000); i++) {
        assert_ok(ask(&w).err);
        if (i % 10 == 9) {
            server_drop_peers(w.server);
            turn(&w, 1);
        }
        if (i == 500) {
            fds = fd_cnt();
            bytes = mallinfo2().uordblks;
        }
    }
    assert_ok(ask(&w).err);
    assert_true(fd_cnt() <= fds + 2);
    assert_true(mallinfo2().uordblks <= bytes + 16384);
    tear_down(&w);
}

/* libcurl's thread calls this in the place of the system's. */
static atomic_int resolver_state; /* 0: the system's; 1: hang; 2: hanging; 3: end */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **res)
{
    (void)node;
    (void)service;
    (void)hints;
    (void)res;
    atomic_store(&resolver_state, 2);
    for (unsigned i = 0; i < 3000 && atomic_load(&resolver_state) == 2; i++)
        usleep(1000);
    atomic_store(&resolver_state, 4);
    return EAI_AGAIN;
}

static void a_resolver_that_hangs_does_not_hold_the_loop(void **state)
{
    (void)state;
    world_t w;
    set_up(&w, "http://", &small);
    lq_url_t url;
    const char *text = "http://node.example/SECRET";
    assert_ok(lq_url_parse(&url, NULL, text, strlen(text)));
    lq_http_config_t config = small;
    config.url = &url;
    lq_http_t *http;
    assert_ok(lq_http_new(&http, &w.arena, w.loop, &config));
    call_t call = {0};
    assert_ok(lq_http_post(http, &call.id, "x", 1, NULL, SEC, on_answer, &call));
    while (atomic_load(&resolver_state) != 2)
        turn(&w, 1);
    lq_clock_manual_advance(&w.clock, SEC);
    wait_for(&w, &call, 1);
    assert_err(call.err, LQ_ERR_TIMEOUT);
    assert_false(call.sent);
    assert_int_equal(atomic_load(&resolver_state), 2);
    atomic_store(&resolver_state, 3);
    while (atomic_load(&resolver_state) != 4)
        usleep(100);
    lq_http_free(http);
    tear_down(&w);
}

static void refuses_what_does_not_fit_into_memory(void **state)
{
    (void)state;
    world_t w;
    set_up(&w, "http://", &small);
    lq_http_config_t config = w.config;
    lq_http_t *http = NULL;
    config.body_max = SIZE_MAX;
    size_t used = lq_arena_used_sz(&w.arena);
    assert_err(lq_http_new(&http, &w.arena, w.loop, &config), LQ_ERR_NOMEM);
    config.body_max = SIZE_MAX / 5;
    assert_err(lq_http_new(&http, &w.arena, w.loop, &config), LQ_ERR_NOMEM);
    config = w.config;
    config.req_max = 1024;
    assert_err(lq_http_new(&http, &w.arena, w.loop, &config), LQ_ERR_NOMEM);
    assert_int_equal(lq_arena_used_sz(&w.arena), used);
    assert_null(http);
    lq_http_free(NULL);
    tear_down(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posts_json_with_what_proves_who_we_are),
        cmocka_unit_test(takes_bodies_however_they_are_framed),
        cmocka_unit_test(inflates_but_no_bomb),
        cmocka_unit_test(bounds_bodies_and_headers),
        cmocka_unit_test(takes_a_large_body_and_gives_its_memory_back),
        cmocka_unit_test(bears_a_cut_at_each_byte),
        cmocka_unit_test(bears_garbage),
        cmocka_unit_test(takes_retry_after_in_both_forms),
        cmocka_unit_test(refuses_more_than_req_max),
        cmocka_unit_test(a_callback_may_post_where_one_may_be_under_way),
        cmocka_unit_test(keeps_its_time),
        cmocka_unit_test(says_that_nothing_was_sent_where_none_listens),
        cmocka_unit_test(is_silent_after_a_cancel_in_any_phase),
        cmocka_unit_test(stays_flat_over_many_requests_and_reconnects),
        cmocka_unit_test(a_resolver_that_hangs_does_not_hold_the_loop),
        cmocka_unit_test(refuses_what_does_not_fit_into_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
