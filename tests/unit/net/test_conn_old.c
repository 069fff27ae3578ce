/* libcurl, whose clock this program moves, ends connections that have been idle for two minutes
   whenever it makes another. */

#include <sys/syscall.h>
#include <time.h>

#include "ws_peer.h"

/* How far it is ahead. */
static time_t *later_sec(void)
{
    static time_t sec;
    return &sec;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the system's are reserved */
int clock_gettime(clockid_t id, struct timespec *out)
{
    int rc = (int)syscall(SYS_clock_gettime, id, out);
    out->tv_sec += *later_sec();
    return rc;
}

typedef struct other {
    size_t up_cnt;
    size_t text_cnt;
    size_t down_cnt;
} other_t;

static void other_up(void *ctx)
{
    other_t *o = ctx;
    o->up_cnt++;
}

static void other_text(void *ctx, const char *text, size_t text_sz, lq_time_t recv)
{
    other_t *o = ctx;
    (void)text;
    (void)text_sz;
    (void)recv;
    o->text_cnt++;
}

static void other_down(void *ctx, lq_err_t why, const lq_err_msg_t *msg)
{
    other_t *o = ctx;
    (void)why;
    (void)msg;
    o->down_cnt++;
}

/* Plays the server up to the upgrade. */
static int greet(conn_world_t *w, const size_t *up_cnt)
{
    char request[8192];
    char answer[512];
    int peer = world_accept(w);
    peer_request(w, peer, request, sizeof(request));
    put_all(peer, answer, peer_answer(answer, sizeof(answer), request, ""));
    world_until(w, up_cnt, *up_cnt + 1);
    return peer;
}

static void an_idle_one_stays_when_another_comes(void **state)
{
    (void)state;
    conn_world_t w = {0};
    other_t other = {0};
    lq_conn_t *conn;
    const lq_conn_handlers_t handlers = {&other, other_up, other_text, other_down};
    world_init(&w);
    world_listen_tcp(&w);
    world_conn(&w);
    assert_ok(lq_conn_new(&conn, &w.arena, w.loop, &w.config, &handlers));
    lq_conn_open(w.conn);
    int peer = greet(&w, &w.up_cnt);
    for (size_t i = 1; i <= 3; i++) {
        *later_sec() += 600;
        lq_conn_open(conn);
        int other_peer = greet(&w, &other.up_cnt);
        put_all(peer, "\x81\x02[]", 4);
        world_until(&w, &w.text_cnt, i);
        assert_ok(lq_conn_send(w.conn, "[1]", 3));
        char got[9];
        get_all(peer, got, sizeof(got));
        assert_int_equal(other.text_cnt, 0);
        lq_conn_close(conn);
        (void)close(other_peer);
    }
    /* Texts that nobody has read when the peer closes and libcurl looks at its connections. */
    put_all(peer, "\x81\x02[]\x81\x02[]", 8);
    (void)close(peer);
    *later_sec() += 2;
    lq_conn_open(conn);
    world_until(&w, &w.down_cnt, 1);
    assert_int_equal(w.text_cnt, 5);
    assert_err(w.why, LQ_ERR_IO);
    assert_int_equal(other.down_cnt, 0);
    lq_conn_free(conn);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_one_stays_when_another_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
