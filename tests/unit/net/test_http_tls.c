#include "liqd/net/http.h"

#include "tls_server.h"

#define MS  1000000ull
#define SEC 1000000000ull
#define DAY (24 * 3600L)

/* A TLS server, and a client that trusts CA_FILE. */
typedef struct world {
    lq_arena_t arena;
    lq_loop_t *loop;
    tls_server_t server;
    lq_url_t url;
    lq_http_t *http;
    char folder[32];
    char path[64];
} world_t;

typedef struct call {
    lq_http_id_t id;
    unsigned cnt;
    lq_err_t err;
    bool sent;
    lq_err_msg_t msg;
} call_t;

static void on_answer(void *ctx, const lq_http_answer_t *answer)
{
    call_t *call = ctx;
    call->cnt++;
    call->err = answer->err;
    call->sent = answer->sent;
    call->msg = *answer->msg;
    assert_null(strstr(answer->msg->text, "SECRET"));
    if (answer->err)
        return;
    assert_int_equal(answer->status, 200);
    assert_int_equal(answer->body_sz, 2);
    assert_memory_equal(answer->body, "{}", 2);
}

static void post(world_t *w, call_t *call)
{
    assert_ok(lq_http_post(w->http, &call->id, "[1]", 3, NULL, 20 * SEC, on_answer, call));
}

static void wait_for(world_t *w, const call_t *call)
{
    for (unsigned i = 0; i < 100000 && !call->cnt; i++)
        lq_loop_turn(w->loop, MS);
    assert_int_equal(call->cnt, 1);
}

static call_t ask(world_t *w)
{
    call_t call = {0};
    post(w, &call);
    wait_for(w, &call);
    return call;
}

/* W is zero but for what the server shall do. CA_FILE: NULL for the server's own certificate. */
static void set_up(world_t *w, const char *ca_file, const char *names, long from_sec, long to_sec)
{
    snprintf(w->folder, sizeof(w->folder), "/tmp/liqd-tls-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    snprintf(w->path, sizeof(w->path), "%s/cert.pem", w->folder);
    tls_server_start(&w->server, w->path, names, from_sec, to_sec);
    char text[64];
    snprintf(text, sizeof(text), "https://127.0.0.1:%u/SECRET", w->server.port);
    assert_ok(lq_url_parse(&w->url, NULL, text, strlen(text)));
    assert_ok(lq_arena_init(&w->arena, 1 << 20));
    assert_ok(lq_loop_new(&w->loop, &w->arena, lq_clock_system(), 64));
    const lq_http_config_t config = {.url = &w->url,
                                     .req_max = 4,
                                     .send_max = 1000,
                                     .body_max = 1000,
                                     .connect_ns = 20 * SEC,
                                     .ca_file = ca_file ? ca_file : w->path};
    assert_ok(lq_http_new(&w->http, &w->arena, w->loop, &config));
}

static void tear_down(world_t *w)
{
    lq_http_free(w->http);
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    tls_server_stop(&w->server);
    unlink(w->path);
    rmdir(w->folder);
}

static void refuses_certificates_that_prove_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *ca_file;
        const char *names;
        long from_sec;
        long to_sec;
    } cases[] = {
        {"/etc/ssl/certs/ca-certificates.crt", "IP:127.0.0.1", -DAY, DAY},
        {"/nonexistent", "IP:127.0.0.1", -DAY, DAY},
        {NULL, "IP:127.0.0.2", -DAY, DAY},
        {NULL, "DNS:localhost", -DAY, DAY},
        {NULL, "IP:127.0.0.1", -2 * DAY, -DAY},
        {NULL, "IP:127.0.0.1", DAY, 2 * DAY},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        world_t w = {0};
        set_up(&w, cases[i].ca_file, cases[i].names, cases[i].from_sec, cases[i].to_sec);
        call_t call = ask(&w);
        assert_err(call.err, LQ_ERR_PERM);
        assert_false(call.sent);
        assert_int_equal(atomic_load(&w.server.request_cnt), 0);
        if (i == 4)
            assert_non_null(strstr(call.msg.text, "expired"));
        tear_down(&w);
    }
}

static void speaks_http_1_over_tls_and_keeps_the_connection(void **state)
{
    (void)state;
    world_t w = {0};
    set_up(&w, NULL, "IP:127.0.0.1", -DAY, DAY);
    for (unsigned i = 0; i < 10; i++)
        assert_ok(ask(&w).err);
    assert_int_equal(atomic_load(&w.server.accept_cnt), 1);
    call_t calls[4] = {0};
    for (unsigned i = 0; i < 4; i++)
        post(&w, &calls[i]);
    for (unsigned i = 0; i < 4; i++) {
        wait_for(&w, &calls[i]);
        assert_ok(calls[i].err);
    }
    assert_int_equal(atomic_load(&w.server.request_cnt), 14);
    tear_down(&w);
}

static void asks_side_by_side_on_one_http_2_connection(void **state)
{
    (void)state;
    world_t w = {.server = {.h2 = true, .batch = 4}};
    set_up(&w, NULL, "IP:127.0.0.1", -DAY, DAY);
    for (unsigned k = 0; k < 3; k++) {
        call_t calls[4] = {0}; /* none is answered before all have come */
        for (unsigned i = 0; i < 4; i++)
            post(&w, &calls[i]);
        for (unsigned i = 0; i < 4; i++) {
            wait_for(&w, &calls[i]);
            assert_ok(calls[i].err);
            assert_true(calls[i].sent);
        }
    }
    assert_int_equal(atomic_load(&w.server.accept_cnt), 1);
    assert_int_equal(atomic_load(&w.server.request_cnt), 12);
    call_t calls[4] = {0};
    for (unsigned i = 0; i < 4; i++)
        post(&w, &calls[i]);
    lq_loop_turn(w.loop, MS);
    lq_http_cancel(w.http, calls[0].id); /* the others' connection lives on */
    atomic_store(&w.server.batch, 1);
    assert_ok(ask(&w).err);
    for (unsigned i = 1; i < 4; i++) {
        wait_for(&w, &calls[i]);
        assert_ok(calls[i].err);
    }
    assert_int_equal(calls[0].cnt, 0);
    assert_int_equal(atomic_load(&w.server.accept_cnt), 1);
    tear_down(&w);
}

static void bears_a_stream_that_is_reset(void **state)
{
    (void)state;
    world_t w = {.server = {.h2 = true, .reset = true}};
    set_up(&w, NULL, "IP:127.0.0.1", -DAY, DAY);
    for (unsigned i = 0; i < 3; i++) {
        call_t call = ask(&w);
        assert_err(call.err, LQ_ERR_IO);
        assert_true(call.sent);
    }
    tear_down(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_certificates_that_prove_nothing),
        cmocka_unit_test(speaks_http_1_over_tls_and_keeps_the_connection),
        cmocka_unit_test(asks_side_by_side_on_one_http_2_connection),
        cmocka_unit_test(bears_a_stream_that_is_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
