#include "ws_peer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include <openssl/ssl.h>

#include "conn_internal.h"
#include "liqd/base/compiler.h"
#include "tls_certificate.h"

#define HOUR_SEC 3600
#define BIG_SZ   ((size_t)1000000)

/* How far libcurl's clock is ahead. */
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

/* The world, and a TLS server on its listener that the test plays in the same thread. */
typedef struct tls_world {
    conn_world_t w; /* first */
    SSL_CTX *ctx;
    SSL *ssl;
    int fd;
    char ca[128];
} tls_world_t;

static void make(tls_world_t *t, const char *names, long to_sec)
{
    EVP_PKEY *key;
    X509 *cert;
    conn_world_t *w = &t->w;
    (void)signal(SIGPIPE, SIG_IGN); /* the server's own */
    world_init(w);
    world_listen_tcp(w);
    w->url.scheme = LQ_URL_WSS;
    (void)snprintf(t->ca, sizeof(t->ca), "%s/ca.pem", w->dir);
    tls_certificate(&key, &cert, t->ca, names, -2L * HOUR_SEC, to_sec);
    t->ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    assert_int_equal(SSL_CTX_use_certificate(t->ctx, cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(t->ctx, key), 1);
    X509_free(cert);
    EVP_PKEY_free(key);
    w->config.ca_file = t->ca;
    w->config.out_max = 2 * BIG_SZ;
    world_conn(w);
    t->fd = -1;
}

static int set_up(void **state)
{
    tls_world_t *t = calloc(1, sizeof(*t));
    assert_non_null(t);
    make(t, "IP:127.0.0.1", HOUR_SEC);
    *state = t;
    return 0;
}

static void hang_up(tls_world_t *t)
{
    SSL_free(t->ssl);
    t->ssl = NULL;
    if (t->fd >= 0)
        (void)close(t->fd);
    t->fd = -1;
}

static int tear_down(void **state)
{
    tls_world_t *t = *state;
    hang_up(t);
    SSL_CTX_free(t->ctx);
    (void)unlink(t->ca);
    world_fini(&t->w);
    free(t);
    return 0;
}

/* Whether the TLS handshake succeeds. */
static bool greet(tls_world_t *t)
{
    lq_conn_open(t->w.conn);
    t->fd = world_accept(&t->w);
    assert_int_equal(fcntl(t->fd, F_SETFL, O_NONBLOCK), 0);
    t->ssl = SSL_new(t->ctx);
    SSL_set_fd(t->ssl, t->fd);
    for (;;) {
        int rc = SSL_accept(t->ssl);
        if (rc == 1)
            return true;
        if (SSL_get_error(t->ssl, rc) != SSL_ERROR_WANT_READ)
            return false;
        lq_loop_turn(t->w.loop, 1000000);
    }
}

static void tls_get(tls_world_t *t, char *out, size_t sz)
{
    while (sz) {
        int n = SSL_read(t->ssl, out, (int)sz);
        if (n <= 0) {
            assert_int_equal(SSL_get_error(t->ssl, n), SSL_ERROR_WANT_READ);
            lq_loop_turn(t->w.loop, 1000000);
            continue;
        }
        out += n;
        sz -= (size_t)n;
    }
}

static void tls_put(tls_world_t *t, const char *data, size_t sz)
{
    while (sz) {
        int n = SSL_write(t->ssl, data, (int)sz);
        if (n <= 0) {
            assert_int_equal(SSL_get_error(t->ssl, n), SSL_ERROR_WANT_WRITE);
            lq_loop_turn(t->w.loop, 1000000);
            continue;
        }
        data += n;
        sz -= (size_t)n;
    }
}

static void open_conn(tls_world_t *t)
{
    char request[8192];
    char answer[512];
    size_t sz = 0;
    size_t up_cnt = t->w.up_cnt;
    assert_true(greet(t));
    while (sz < 4 || memcmp(request + sz - 4, "\r\n\r\n", 4) != 0) {
        assert_true(sz + 1 < sizeof(request));
        tls_get(t, request + sz++, 1);
    }
    request[sz] = '\0';
    tls_put(t, answer, peer_answer(answer, sizeof(answer), request, ""));
    world_until(&t->w, &t->w.up_cnt, up_cnt + 1);
}

static void carries_texts_through_tls(void **state)
{
    tls_world_t *t = *state;
    conn_world_t *w = &t->w;
    open_conn(t);
    tls_put(t, "\x81\x02[]\x81\x03[1]", 9);
    world_until(w, &w->text_cnt, 2);
    assert_memory_equal(w->texts, "[]|[1]|", 7);
    char got[11];
    assert_ok(lq_conn_send(w->conn, "[2,3]", 5));
    tls_get(t, got, 11);
    uint8_t first = 0;
    char *data = got;
    size_t sz = 0;
    assert_int_equal(peer_unframe(&first, &data, &sz, got, 11), 11);
    assert_memory_equal(data, "[2,3]", 5);
    assert_int_equal(w->down_cnt, 0);
}

static void large_texts_pass_both_ways(void **state)
{
    tls_world_t *t = *state;
    conn_world_t *w = &t->w;
    char *text = malloc(BIG_SZ);
    char *wire = malloc(BIG_SZ + 16);
    assert_true(text && wire);
    for (size_t i = 0; i < BIG_SZ; i++)
        text[i] = (char)('a' + i % 23);
    open_conn(t);
    tls_put(t, wire, peer_frame(wire, 0x81, text, BIG_SZ));
    world_until(w, &w->text_cnt, 1);
    assert_int_equal(w->texts_sz, BIG_SZ + 1);
    assert_memory_equal(w->texts, text, BIG_SZ);
    /* Sent faster than the peer reads, so that OpenSSL gives some of it back. */
    size_t cnt = 0;
    while (lq_conn_send(w->conn, text, BIG_SZ - cnt) == LQ_OK)
        cnt++;
    assert_true(cnt >= 2);
    assert_false(lq_conn_drained(w->conn));
    for (size_t i = 0; i < cnt; i++) {
        uint8_t first = 0;
        char *data = wire;
        size_t sz = 0;
        tls_get(t, wire, BIG_SZ - i + 14);
        assert_int_equal(peer_unframe(&first, &data, &sz, wire, BIG_SZ - i + 14), BIG_SZ - i + 14);
        assert_memory_equal(data, text, BIG_SZ - i);
    }
    world_turn(w, 2);
    assert_true(lq_conn_drained(w->conn));
    assert_int_equal(w->down_cnt, 0);
    free(text);
    free(wire);
}

/* The buffer is filled again and again while OpenSSL holds on to a record that it could not write.
 */
static void what_tls_does_not_take_yet_may_move(void **state)
{
    tls_world_t *t = *state;
    conn_world_t *w = &t->w;
    char text[30000];
    char wire[sizeof(text) + 8];
    w->config.out_max = 100000;
    world_conn(w);
    int small = 4096;
    assert_int_equal(setsockopt(w->listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    open_conn(t);
    size_t sent_cnt = 0;
    for (size_t got_cnt = 0; got_cnt < 300; got_cnt++) {
        lq_err_t err = LQ_OK;
        while (!err) {
            memset(text, (int)('a' + sent_cnt % 26), sizeof(text));
            err = lq_conn_send(w->conn, text, sizeof(text));
            sent_cnt += err ? 0 : 1;
        }
        assert_err(err, LQ_ERR_FULL);
        uint8_t first = 0;
        char *data = wire;
        size_t sz = 0;
        tls_get(t, wire, sizeof(wire));
        assert_int_equal(peer_unframe(&first, &data, &sz, wire, sizeof(wire)), sizeof(wire));
        memset(text, (int)('a' + got_cnt % 26), sizeof(text));
        assert_memory_equal(data, text, sizeof(text));
    }
    assert_int_equal(w->down_cnt, 0);
}

static void what_proves_us_is_forgotten_once_it_is_open(void **state)
{
    tls_world_t *t = *state;
    conn_world_t *w = &t->w;
    static const char secret[] = "s3cr3t";
    w->config.auth.headers[0] = "X-Key: s3cr3t";
    world_conn(w);
    for (size_t i = 0; i < 2; i++) {
        if (i)
            assert_true(greet(t)); /* and where it never was */
        else
            open_conn(t);
        world_turn(w, 20);
        if (i)
            lq_conn_close(w->conn);
        assert_null(memmem(w->conn->of_kind, w->conn->kind->sz, secret, sizeof(secret) - 1));
        assert_null(memmem(w->conn->out.mem, w->conn->out.cap_sz, secret, sizeof(secret) - 1));
        lq_conn_close(w->conn);
        hang_up(t);
    }
}

static void its_end_is_told(void **state)
{
    tls_world_t *t = *state;
    conn_world_t *w = &t->w;
    open_conn(t);
    tls_put(t, "\x81\x02[]\x81\x05[1", 8);
    (void)SSL_shutdown(t->ssl);
    hang_up(t);
    world_until(w, &w->down_cnt, 1);
    assert_int_equal(w->text_cnt, 1);
    assert_int_equal(w->why, LQ_ERR_IO);
    open_conn(t);
    put_all(t->fd, "garbage that is no TLS record", 29);
    world_until(w, &w->down_cnt, 2);
    assert_int_equal(w->why, LQ_ERR_IO);
    hang_up(t);
}

static void an_end_within_the_answer_is_no_timeout(void **state)
{
    tls_world_t *t = *state;
    conn_world_t *w = &t->w;
    assert_true(greet(t));
    tls_put(t, "HTTP/1.1 101 Swi", 16);
    (void)SSL_shutdown(t->ssl);
    hang_up(t);
    world_until(w, &w->down_cnt, 1);
    assert_err(w->why, LQ_ERR_IO);
    assert_non_null(strstr(w->msg.text, "before it was open"));
}

/* libcurl ends idle connections when it makes another. */
static void an_idle_one_stays_when_another_comes(void **state)
{
    tls_world_t *t = *state;
    conn_world_t *w = &t->w;
    lq_conn_t *other;
    const lq_conn_handlers_t none = {0};
    assert_ok(lq_conn_new(&other, &w->arena, w->loop, &w->config, &none));
    open_conn(t);
    for (size_t i = 1; i <= 3; i++) {
        *later_sec() += 600;
        lq_conn_open(other);
        world_turn(w, 20);
        lq_conn_close(other);
        char got[9];
        tls_put(t, "\x81\x02[]", 4);
        world_until(w, &w->text_cnt, i);
        assert_ok(lq_conn_send(w->conn, "[1]", 3));
        tls_get(t, got, sizeof(got));
    }
    lq_conn_free(other);
}

static void refuses_certificates_that_prove_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *names;
        long to_sec;
        bool own_ca;
    } cases[] = {
        {"IP:127.0.0.1", HOUR_SEC, false}, /* nobody vouches for it */
        {"IP:127.0.0.2", HOUR_SEC, true},  /* of somebody else */
        {"IP:127.0.0.1", -HOUR_SEC, true}, /* over */
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        void *own = calloc(1, sizeof(tls_world_t));
        tls_world_t *t = own;
        make(t, cases[i].names, cases[i].to_sec);
        if (!cases[i].own_ca) {
            t->w.config.ca_file = NULL;
            world_conn(&t->w);
        }
        (void)greet(t); /* the server may believe that it did */
        world_until(&t->w, &t->w.down_cnt, 1);
        assert_err(t->w.why, LQ_ERR_PERM);
        assert_null(strstr(t->w.msg.text, "/key"));
        assert_int_equal(t->w.up_cnt, 0);
        tear_down(&own);
    }
}

static void descriptors_stay_flat_over_reconnects(void **state)
{
    tls_world_t *t = *state;
    conn_world_t *w = &t->w;
    size_t fds = 0;
    size_t down_cnt = 0;
    for (size_t i = 0; i < lq_test_cnt(30, 1000); i++) {
        if (i == 10)
            fds = count_fds();
        if (i % 3 == 0) {
            assert_true(greet(t));
            lq_conn_close(w->conn);
        } else {
            open_conn(t);
            if (i % 3 == 1)
                lq_conn_close(w->conn);
        }
        hang_up(t);
        if (i % 3 == 2)
            world_until(w, &w->down_cnt, ++down_cnt);
    }
    assert_int_equal(count_fds(), fds);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(carries_texts_through_tls),
        CASE(large_texts_pass_both_ways),
        CASE(what_tls_does_not_take_yet_may_move),
        CASE(what_proves_us_is_forgotten_once_it_is_open),
        CASE(its_end_is_told),
        CASE(an_end_within_the_answer_is_no_timeout),
        CASE(an_idle_one_stays_when_another_comes),
        cmocka_unit_test(refuses_certificates_that_prove_nothing),
        CASE(descriptors_stay_flat_over_reconnects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
