#include "liqd/net/http.h"

#include <dirent.h>
#include <malloc.h>

#include "http_world.h"

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
        size_t sz = strlen(line);
        snprintf(line + sz, sizeof(line) - sz, "\r\n");
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
                            "Content-Length: 15\r\n\r\n<html>bad</html>");
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
        cmocka_unit_test(takes_retry_after_in_both_forms),
        cmocka_unit_test(refuses_more_than_req_max),
        cmocka_unit_test(a_callback_may_post_where_one_may_be_under_way),
        cmocka_unit_test(keeps_its_time),
        cmocka_unit_test(says_that_nothing_was_sent_where_none_listens),
        cmocka_unit_test(is_silent_after_a_cancel_in_any_phase),
        cmocka_unit_test(stays_flat_over_many_requests_and_reconnects),
        cmocka_unit_test(refuses_what_does_not_fit_into_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
