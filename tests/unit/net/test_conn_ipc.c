#include "conn_world.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "liqd/base/compiler.h"

static int set_up(void **state)
{
    conn_world_t *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    world_init(w);
    world_url_unix(w);
    world_conn(w);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    world_fini(*state);
    free(*state);
    return 0;
}

/* Returns the peer's end of an open connection. */
static int open_conn(conn_world_t *w)
{
    size_t up_cnt = w->up_cnt;
    if (w->listener < 0)
        world_listen_unix(w, 8);
    lq_conn_open(w->conn);
    assert_int_equal(w->up_cnt, up_cnt);
    world_until(w, &w->up_cnt, up_cnt + 1);
    int peer = accept(w->listener, NULL, NULL);
    assert_true(peer >= 0);
    return peer;
}

static void assert_texts(const conn_world_t *w, const char *want)
{
    assert_int_equal(w->texts_sz, strlen(want));
    assert_memory_equal(w->texts, want, w->texts_sz);
}

static void carries_texts_both_ways(void **state)
{
    conn_world_t *w = *state;
    assert_err(lq_conn_send(w->conn, "{}", 2), LQ_ERR_CLOSED);
    int peer = open_conn(w);
    assert_ok(lq_conn_send(w->conn, "{\"a\":1}", 7));
    assert_true(lq_conn_drained(w->conn));
    char got[8];
    get_all(peer, got, 8);
    assert_memory_equal(got, "{\"a\":1}\n", 8);
    w->clock.now.mono_ns += 5;
    put_all(peer, " [1] {\"b\":\"]}\"}\n[[]", 19);
    world_until(w, &w->text_cnt, 2);
    assert_texts(w, "[1]|{\"b\":\"]}\"}|");
    assert_int_equal(w->recv.mono_ns, w->clock.now.mono_ns);
    put_all(peer, "]", 1);
    world_until(w, &w->text_cnt, 3);
    assert_texts(w, "[1]|{\"b\":\"]}\"}|[[]]|");
    assert_int_equal(w->down_cnt, 0);
    (void)close(peer);
}

static void texts_come_whole_however_they_are_cut(void **state)
{
    conn_world_t *w = *state;
    static const char stream[] = " {\"x\":[1,2,{}]}[ ]\r\n\t{\"s\":\"\\\"}\"} ";
    int peer = open_conn(w);
    for (size_t cut = 0; cut < sizeof(stream); cut++) {
        w->texts_sz = w->text_cnt = 0;
        put_all(peer, stream, cut);
        world_turn(w, 2);
        put_all(peer, stream + cut, sizeof(stream) - 1 - cut);
        world_until(w, &w->text_cnt, 3);
        assert_texts(w, "{\"x\":[1,2,{}]}|[ ]|{\"s\":\"\\\"}\"}|");
    }
    w->texts_sz = w->text_cnt = 0;
    for (size_t i = 0; i < sizeof(stream) - 1; i++) {
        put_all(peer, stream + i, 1);
        world_turn(w, 1);
    }
    world_until(w, &w->text_cnt, 3);
    assert_texts(w, "{\"x\":[1,2,{}]}|[ ]|{\"s\":\"\\\"}\"}|");
    (void)close(peer);
}

static void says_why_it_cannot_connect(void **state)
{
    conn_world_t *w = *state;
    lq_conn_open(w->conn);
    assert_int_equal(w->down_cnt, 0);
    world_until(w, &w->down_cnt, 1);
    assert_int_equal(w->why, LQ_ERR_IO);
    assert_non_null(strstr(w->msg.text, "No such file"));
    assert_non_null(strstr(w->msg.text, w->path));

    world_listen_unix(w, 0);
    int fillers[4]; /* a backlog of 0 holds one */
    for (size_t i = 0; i < 4; i++) {
        struct sockaddr_un to = {.sun_family = AF_UNIX};
        (void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", w->path);
        fillers[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fillers[i], (struct sockaddr *)&to, sizeof(to));
    }
    lq_conn_open(w->conn);
    world_until(w, &w->down_cnt, 2);
    assert_int_equal(w->why, LQ_ERR_IO);
    assert_non_null(strstr(w->msg.text, "no more connections"));
    for (size_t i = 0; i < 4; i++)
        (void)close(fillers[i]);

    (void)close(w->listener);
    w->listener = -1;
    lq_conn_open(w->conn);
    world_until(w, &w->down_cnt, 3);
    assert_non_null(strstr(w->msg.text, "refused"));

    memset(w->url.text, 'x', 200);
    w->url.text[200] = '\0';
    lq_conn_open(w->conn);
    world_until(w, &w->down_cnt, 4);
    assert_int_equal(w->why, LQ_ERR_IO);
    assert_int_equal(w->up_cnt, 0);
}

static void a_closed_connection_tells_nothing(void **state)
{
    conn_world_t *w = *state;
    lq_conn_close(w->conn);
    lq_conn_open(w->conn); /* refused, but not told yet */
    lq_conn_close(w->conn);
    world_turn(w, 3);
    int peer = open_conn(w);
    put_all(peer, "[]", 2);
    lq_conn_close(w->conn);
    assert_false(lq_conn_is_up(w->conn));
    world_turn(w, 3);
    assert_int_equal(w->text_cnt + w->down_cnt, 0);
    char c;
    assert_int_equal(recv(peer, &c, 1, 0), -1); /* unread bytes make it a reset */
    (void)close(peer);
}

static void the_peer_s_end_is_told_once(void **state)
{
    conn_world_t *w = *state;
    for (size_t i = 1; i <= 3; i++) {
        int peer = open_conn(w);
        put_all(peer, "[1][2", i == 1 ? 3 : 5); /* what came before it counts */
        (void)close(peer);
        world_until(w, &w->down_cnt, i);
        world_turn(w, 3);
        assert_int_equal(w->down_cnt, i);
        assert_int_equal(w->text_cnt, i);
        assert_int_equal(w->why, LQ_ERR_IO);
        assert_int_equal(!!strstr(w->msg.text, "within a text"), i > 1);
    }
}

static void garbage_ends_it(void **state)
{
    conn_world_t *w = *state;
    static const struct {
        const char *data;
        lq_err_t why;
    } cases[] = {
        {"[1]x", LQ_ERR_SYNTAX},
        {"\x01", LQ_ERR_SYNTAX},
        {"HTTP/1.1 400", LQ_ERR_SYNTAX},
        {"[[[[[[[[", LQ_ERR_TOO_LONG},
        {"[\"0123456789012345678901234567890123456789012345678901234567890123\"]", LQ_ERR_TOO_LONG},
    };
    w->config.in_max = 64;
    w->config.depth_max = 7;
    world_conn(w);
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        int peer = open_conn(w);
        put_all(peer, cases[i].data, strlen(cases[i].data));
        world_until(w, &w->down_cnt, i + 1);
        assert_int_equal(w->why, cases[i].why);
        (void)close(peer);
    }
    assert_int_equal(w->text_cnt, 1);
}

static void a_text_of_in_max_bytes_is_taken_and_its_pages_given_back(void **state)
{
    conn_world_t *w = *state;
    w->config.in_max = 32u << 20;
    world_conn(w);
    int peer = open_conn(w);
    assert_int_equal(fcntl(peer, F_SETFL, O_NONBLOCK), 0);
    char *big = malloc(w->config.in_max);
    assert_non_null(big);
    memset(big, ' ', w->config.in_max);
    big[0] = '[';
    big[w->config.in_max - 1] = ']';
    w->texts_max = w->config.in_max + 1;
    w->texts = malloc(w->texts_max);
    assert_non_null(w->texts);
    memset(w->texts, 0, w->texts_max);
    size_t before = count_pages();
    for (size_t round = 0; round < 2; round++) {
        for (size_t sent = 0; sent < w->config.in_max;) {
            ssize_t n = send(peer, big + sent, w->config.in_max - sent, MSG_NOSIGNAL);
            sent += n > 0 ? (size_t)n : 0;
            world_turn(w, 1);
        }
        world_until(w, &w->text_cnt, round + 1);
        assert_int_equal(w->texts_sz, w->config.in_max + 1);
        assert_memory_equal(w->texts, big, w->config.in_max);
        w->texts_sz = 0;
    }
    world_turn(w, 1);
    size_t page_sz = (size_t)sysconf(_SC_PAGESIZE);
    if (PAGES_ARE_OURS)
        assert_true(count_pages() < before + (4u << 20) / page_sz);
    assert_int_equal(w->down_cnt, 0);
    free(big);
    (void)close(peer);
}

static void what_the_peer_does_not_take_waits(void **state)
{
    conn_world_t *w = *state;
    w->config.out_max = 1u << 22;
    world_conn(w);
    int peer = open_conn(w);
    static char text[100000];
    size_t cnt = 0;
    lq_err_t err;
    for (;; cnt++) {
        (void)snprintf(text, sizeof(text), "[%zu,", cnt);
        memset(text + strlen(text), '7', sizeof(text) - strlen(text));
        text[sizeof(text) - 1] = ']';
        err = lq_conn_send(w->conn, text, sizeof(text));
        if (err)
            break;
    }
    assert_int_equal(err, LQ_ERR_FULL);
    assert_true(cnt >= w->config.out_max / (sizeof(text) + 1));
    assert_false(lq_conn_drained(w->conn));
    assert_err(lq_conn_send(w->conn, text, SIZE_MAX), LQ_ERR_FULL);
    char *got = malloc(sizeof(text) + 1);
    assert_non_null(got);
    assert_int_equal(fcntl(peer, F_SETFL, O_NONBLOCK), 0);
    for (size_t i = 0; i < cnt; i++) {
        for (size_t at = 0; at <= sizeof(text);) {
            ssize_t n = read(peer, got + at, sizeof(text) + 1 - at);
            at += n > 0 ? (size_t)n : 0;
            world_turn(w, n > 0 ? 0 : 1);
        }
        assert_int_equal(strtoull(got + 1, NULL, 10), i);
        assert_int_equal(got[sizeof(text)], '\n');
    }
    world_turn(w, 1);
    assert_true(lq_conn_drained(w->conn));
    assert_ok(lq_conn_send(w->conn, "[]", 2));
    get_all(peer, got, 3);
    free(got);
    (void)close(peer);
}

static void sending_to_a_peer_that_is_gone_ends_it(void **state)
{
    conn_world_t *w = *state;
    int peer = open_conn(w);
    (void)close(peer);
    assert_ok(lq_conn_send(w->conn, "[]", 2)); /* no SIGPIPE */
    assert_int_equal(w->down_cnt, 0);
    assert_err(lq_conn_send(w->conn, "[]", 2), LQ_ERR_CLOSED);
    world_until(w, &w->down_cnt, 1);
    assert_int_equal(w->why, LQ_ERR_IO);
}

static void silence_ends_it(void **state)
{
    conn_world_t *w = *state;
    w->config.silence_ns = 10 * SEC_NS;
    world_conn(w);
    int peer = open_conn(w);
    w->clock.now.mono_ns += 9 * SEC_NS;
    put_all(peer, " ", 1);
    world_turn(w, 2);
    w->clock.now.mono_ns += 9 * SEC_NS;
    world_turn(w, 2);
    assert_int_equal(w->down_cnt, 0);
    w->clock.now.mono_ns += 1 * SEC_NS;
    world_turn(w, 2);
    assert_int_equal(w->down_cnt, 1);
    assert_int_equal(w->why, LQ_ERR_TIMEOUT);
    (void)close(peer);
}

static void close_and_open(conn_world_t *w)
{
    lq_conn_close(w->conn);
    lq_conn_open(w->conn);
}

static void close_only(conn_world_t *w)
{
    lq_conn_close(w->conn);
}

static void open_again(conn_world_t *w)
{
    lq_conn_open(w->conn);
}

static void handlers_may_close_and_open(void **state)
{
    conn_world_t *w = *state;
    int peer = open_conn(w);
    w->on_text = close_and_open;
    put_all(peer, "[1][2][3]", 9);
    world_until(w, &w->up_cnt, 2);
    assert_texts(w, "[1]|"); /* the rest was the old connection's */
    (void)close(peer);
    peer = accept(w->listener, NULL, NULL);
    w->on_text = NULL;
    w->on_down = open_again;
    put_all(peer, "[4][", 4);
    world_until(w, &w->text_cnt, 2);
    (void)close(peer);
    world_until(w, &w->up_cnt, 3);
    assert_int_equal(w->down_cnt, 1);
    peer = accept(w->listener, NULL, NULL);
    put_all(peer, "[5]", 3);
    world_until(w, &w->text_cnt, 3);
    assert_texts(w, "[1]|[4]|[5]|");
    lq_conn_close(w->conn);
    (void)close(peer);
    w->on_up = close_only;
    lq_conn_open(w->conn);
    world_until(w, &w->up_cnt, 4);
    world_turn(w, 2);
    assert_int_equal(w->down_cnt, 1);
}

static void descriptors_and_memory_stay_flat_over_reconnects(void **state)
{
    conn_world_t *w = *state;
    lq_rng_t rng = lq_test_rng();
    size_t fds = 0;
    size_t pages = 0;
    size_t down_cnt = 0;
    size_t cnt = lq_test_cnt(1000, 10000);
    for (size_t i = 0; i < cnt; i++) {
        if (i == cnt / 2) {
            fds = count_fds();
            pages = count_pages();
        }
        int peer = open_conn(w);
        size_t text_cnt = w->text_cnt;
        put_all(peer, "[1]{", 4);
        world_until(w, &w->text_cnt, text_cnt + 1);
        w->texts_sz = 0;
        assert_ok(lq_conn_send(w->conn, "[]", 2));
        bool ours = lq_rng_below(&rng, 2);
        if (ours)
            lq_conn_close(w->conn);
        (void)close(peer);
        if (!ours)
            world_until(w, &w->down_cnt, ++down_cnt);
    }
    assert_int_equal(count_fds(), fds);
    if (PAGES_ARE_OURS)
        assert_true(count_pages() <= pages + 64);
}

static void a_want_of_descriptors_is_told(void **state)
{
    conn_world_t *w = *state;
    int fds[2048];
    size_t cnt = 0;
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    struct rlimit few = {64, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (cnt < LQ_ARRAY_CNT(fds) && (fds[cnt] = dup(0)) >= 0)
        cnt++;
    lq_conn_open(w->conn);
    world_until(w, &w->down_cnt, 1);
    assert_int_equal(w->why, LQ_ERR_IO);
    assert_non_null(strstr(w->msg.text, "Too many open files"));
    while (cnt)
        (void)close(fds[--cnt]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    (void)close(open_conn(w));
}

static void refuses_what_does_not_fit(void **state)
{
    conn_world_t *w = *state;
    const lq_conn_handlers_t handlers = {w, world_up, world_text, world_down};
    lq_conn_t *conn = NULL;
    w->config.in_max = SIZE_MAX;
    assert_err(lq_conn_new(&conn, &w->arena, w->loop, &w->config, &handlers), LQ_ERR_NOMEM);
    w->config.in_max = (size_t)1 << 60;
    assert_err(lq_conn_new(&conn, &w->arena, w->loop, &w->config, &handlers), LQ_ERR_NOMEM);
    w->config.in_max = 1;
    w->config.out_max = (size_t)1 << 60;
    assert_err(lq_conn_new(&conn, &w->arena, w->loop, &w->config, &handlers), LQ_ERR_NOMEM);
    assert_null(conn);
    lq_conn_free(NULL);
}

static void what_is_rehearsed_comes_as_from_the_peer_and_harms_nothing(void **state)
{
    conn_world_t *w = *state;
    assert_false(lq_conn_rehearse(w->conn, "[1]", 3)); /* it is not up */
    int peer = open_conn(w);
    assert_true(lq_conn_rehearse(w->conn, "[1]", 3));
    assert_texts(w, "[1]|");
    lq_conn_warm(w->conn);
    put_all(peer, "[2", 2);
    world_turn(w, 2);
    assert_false(lq_conn_rehearse(w->conn, "[1]", 3)); /* a text has begun */
    put_all(peer, "]\n", 2);
    world_until(w, &w->text_cnt, 2);
    assert_true(lq_conn_rehearse(w->conn, "[3]", 3));
    put_all(peer, "[4]", 3);
    world_until(w, &w->text_cnt, 4);
    assert_texts(w, "[1]|[2]|[3]|[4]|");
    assert_int_equal(w->down_cnt, 0);
    (void)close(peer);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(carries_texts_both_ways),
        CASE(texts_come_whole_however_they_are_cut),
        CASE(says_why_it_cannot_connect),
        CASE(a_closed_connection_tells_nothing),
        CASE(the_peer_s_end_is_told_once),
        CASE(garbage_ends_it),
        CASE(a_text_of_in_max_bytes_is_taken_and_its_pages_given_back),
        CASE(what_the_peer_does_not_take_waits),
        CASE(sending_to_a_peer_that_is_gone_ends_it),
        CASE(silence_ends_it),
        CASE(handlers_may_close_and_open),
        CASE(descriptors_and_memory_stay_flat_over_reconnects),
        CASE(a_want_of_descriptors_is_told),
        CASE(refuses_what_does_not_fit),
        CASE(what_is_rehearsed_comes_as_from_the_peer_and_harms_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
