#include "curl_internal.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lq_test.h"

/* One loop, one listening socket, one transfer that only connects to it. */
typedef struct world {
    lq_arena_t arena;
    lq_loop_t *loop;
    lq_curl_t *curl;
    lq_url_t url;
    lq_transfer_t transfer;
    int listener;
    unsigned done_cnt;
    CURLcode result;
} world_t;

static void on_done(void *ctx, CURLcode result)
{
    world_t *w = ctx;
    w->done_cnt++;
    w->result = result;
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

static void set_up(world_t *w)
{
    *w = (world_t){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t sz = sizeof(addr);
    assert_int_equal(bind(w->listener, (struct sockaddr *)&addr, sz), 0);
    assert_int_equal(listen(w->listener, 16), 0);
    assert_int_equal(getsockname(w->listener, (struct sockaddr *)&addr, &sz), 0);
    char text[64];
    snprintf(text, sizeof(text), "ws://127.0.0.1:%u/SECRET", (unsigned)ntohs(addr.sin_port));
    assert_ok(lq_url_parse(&w->url, NULL, text, strlen(text)));
    assert_ok(lq_arena_init(&w->arena, 1 << 16));
    assert_ok(lq_loop_new(&w->loop, &w->arena, lq_clock_system(), 4));
    assert_ok(lq_curl_get(&w->curl, w->loop));
    assert_ok(lq_transfer_init(&w->transfer, &w->url, NULL, true, on_done, w));
}

static void tear_down(world_t *w)
{
    lq_transfer_fini(&w->transfer);
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    if (w->listener >= 0)
        close(w->listener);
}

/* Turns until the transfer is done CNT times in all. */
static void turn_until(world_t *w, unsigned cnt)
{
    for (unsigned i = 0; i < 1000 && w->done_cnt < cnt; i++)
        lq_loop_turn(w->loop, 10000000);
    assert_int_equal(w->done_cnt, cnt);
}

static void connects_and_leaves_the_socket_alone_until_it_is_stopped(void **state)
{
    (void)state;
    world_t w;
    set_up(&w);
    size_t fds = 0;
    for (unsigned i = 1; i <= 20; i++) {
        assert_ok(lq_transfer_start(w.curl, &w.transfer));
        assert_int_equal(w.done_cnt, i - 1);
        turn_until(&w, i);
        assert_int_equal(w.result, CURLE_OK);
        curl_socket_t fd = CURL_SOCKET_BAD;
        assert_int_equal(curl_easy_getinfo(w.transfer.easy, CURLINFO_ACTIVESOCKET, &fd), CURLE_OK);
        int peer = accept(w.listener, NULL, NULL);
        assert_int_equal(write(peer, "hello", 5), 5);
        char buf[8];
        for (unsigned k = 0; k < 3; k++)
            lq_loop_turn(w.loop, 0);
        assert_int_equal(recv(fd, buf, sizeof(buf), 0), 5);
        assert_int_equal(send(fd, "x", 1, MSG_NOSIGNAL), 1);
        assert_int_equal(read(peer, buf, sizeof(buf)), 1);
        lq_transfer_stop(&w.transfer);
        lq_transfer_stop(&w.transfer);
        assert_int_equal(read(peer, buf, sizeof(buf)), 0);
        close(peer);
        if (i == 2)
            fds = fd_cnt();
    }
    assert_int_equal(fd_cnt(), fds);
    tear_down(&w);
}

static void says_what_failed_and_nothing_secret(void **state)
{
    (void)state;
    world_t w;
    set_up(&w);
    close(w.listener);
    w.listener = -1;
    assert_ok(lq_transfer_start(w.curl, &w.transfer));
    turn_until(&w, 1);
    lq_err_msg_t msg;
    assert_err(lq_transfer_explain(&msg, &w.transfer, &w.url, w.result), LQ_ERR_IO);
    assert_non_null(strstr(msg.text, "refused"));
    assert_non_null(strstr(msg.text, w.url.shown));
    assert_null(strstr(msg.text, "SECRET"));
    lq_transfer_stop(&w.transfer);
    tear_down(&w);
}

static void a_stopped_one_is_heard_of_no_more(void **state)
{
    (void)state;
    world_t w;
    set_up(&w);
    for (unsigned turns = 0; turns < 4; turns++) {
        assert_ok(lq_transfer_start(w.curl, &w.transfer));
        for (unsigned i = 0; i < turns && !w.done_cnt; i++)
            lq_loop_turn(w.loop, 0);
        unsigned before = w.done_cnt;
        lq_transfer_stop(&w.transfer);
        for (unsigned i = 0; i < 10; i++)
            lq_loop_turn(w.loop, 1000000);
        assert_int_equal(w.done_cnt, before);
        w.done_cnt = 0;
    }
    tear_down(&w);
}

static void ignores_proxies_of_the_environment(void **state)
{
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    world_t w;
    set_up(&w);
    assert_ok(lq_transfer_start(w.curl, &w.transfer));
    turn_until(&w, 1);
    assert_int_equal(w.result, CURLE_OK);
    tear_down(&w);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connects_and_leaves_the_socket_alone_until_it_is_stopped),
        cmocka_unit_test(says_what_failed_and_nothing_secret),
        cmocka_unit_test(a_stopped_one_is_heard_of_no_more),
        cmocka_unit_test(ignores_proxies_of_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
