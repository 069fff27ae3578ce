#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "bench.h"
#include "liqd/net/conn.h"

/* The round trip of 200 bytes on a warm connection, to a peer on another CPU that sends back what
   it gets. The bare client does the same work by hand, on a socket of its own to the same peer:
   asleep it waits in epoll_wait, spinning in a read that does not block. */

#define TEXT_SZ  200u
#define FRAME_SZ (TEXT_SZ + 8) /* of ours: header of 4, mask of 4 */
#define BUF_SZ   4096u

typedef struct rig {
    bool ws;
    bool spin;
    int fds[2]; /* the peer's ends: ours, the bare client's */
    atomic_bool stop;
    pthread_t peer;
    lq_arena_t arena;
    lq_loop_t *loop;
    lq_url_t url;
    lq_conn_t *conn;
    volatile bool got;
    bool up;
    char text[TEXT_SZ];
    int bare;
    int epoll;
    uint32_t mask;
    char in[BUF_SZ];
    char out[BUF_SZ];
} rig_t;

/* What fails here is a defect of the benchmark, or of the machine. */
static void need(bool ok)
{
    if (!ok)
        LQ_BUG("bench_net: %s", strerror(errno));
}

static void need_ok(lq_err_t err)
{
    if (err)
        LQ_BUG("bench_net: %s", lq_err_str(err));
}

/* Reads SZ bytes once the first is there; false where it is not. */
static bool echo_read(int fd, char *buf, size_t sz)
{
    for (size_t at = 0; at < sz;) {
        ssize_t n = recv(fd, buf + at, sz - at, at ? 0 : MSG_DONTWAIT);
        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

/* Sends back what has come on FD, if anything has. */
static void echo(rig_t *r, int fd)
{
    char in[BUF_SZ];
    if (!r->ws) {
        ssize_t n = recv(fd, in, sizeof(in), MSG_DONTWAIT);
        if (n > 0)
            need(send(fd, in, (size_t)n, MSG_NOSIGNAL) == n);
        return;
    }
    if (!echo_read(fd, in, FRAME_SZ))
        return;
    if ((uint8_t)in[0] != 0x81)
        return; /* a close frame */
    for (size_t i = 0; i < TEXT_SZ; i++)
        in[8 + i] ^= in[4 + i % 4];
    in[4] = (char)0x81; /* its own header, right before the text */
    in[5] = 126;
    in[6] = 0;
    in[7] = (char)TEXT_SZ;
    need(send(fd, in + 4, TEXT_SZ + 4, MSG_NOSIGNAL) == TEXT_SZ + 4);
}

static void *run_peer(void *ctx)
{
    rig_t *r = ctx;
    int epoll = epoll_create1(0);
    need(epoll >= 0);
    for (size_t i = 0; i < 2; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.fd = r->fds[i]};
        need(epoll_ctl(epoll, EPOLL_CTL_ADD, r->fds[i], &e) == 0);
    }
    while (!atomic_load_explicit(&r->stop, memory_order_relaxed)) {
        struct epoll_event ready[2];
        int cnt = r->spin ? 0 : epoll_wait(epoll, ready, 2, 10);
        for (int i = 0; i < cnt; i++)
            echo(r, ready[i].data.fd);
        for (size_t i = 0; r->spin && i < 2; i++)
            echo(r, r->fds[i]);
    }
    (void)close(epoll);
    return NULL;
}

/* A CPU that this thread does not run on, if there is one. */
static void pin_peer(pthread_t peer)
{
    long cnt = sysconf(_SC_NPROCESSORS_ONLN);
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)((sched_getcpu() + 1) % (cnt > 0 ? cnt : 1)), &set);
    (void)pthread_setaffinity_np(peer, sizeof(set), &set);
}

static void on_up(void *ctx)
{
    ((rig_t *)ctx)->up = true;
}

static void on_text(void *ctx, const char *text, size_t text_sz, lq_time_t recv)
{
    rig_t *r = ctx;
    LQ_ASSERT(text_sz == TEXT_SZ);
    lq_bench_keep(text);
    lq_bench_keep(&recv);
    r->got = true;
}

static void on_down(void *ctx, lq_err_t why, const lq_err_msg_t *msg)
{
    (void)ctx;
    LQ_BUG("bench_net: %s: %s", lq_err_str(why), msg->text);
}

static void work_conn(void *ctx, size_t iters)
{
    rig_t *r = ctx;
    while (iters--) {
        r->got = false;
        need_ok(lq_conn_send(r->conn, r->text, TEXT_SZ));
        if (r->spin)
            lq_loop_spin(r->loop, &r->got);
        else
            lq_loop_run(r->loop, &r->got);
    }
}

/* Puts the request as it goes over the wire into r->out. */
static size_t bare_put(rig_t *r)
{
    if (!r->ws) {
        memcpy(r->out, r->text, TEXT_SZ);
        r->out[TEXT_SZ] = '\n';
        return TEXT_SZ + 1;
    }
    uint8_t *p = (uint8_t *)r->out;
    p[0] = 0x81;
    p[1] = 0x80 | 126;
    p[2] = 0;
    p[3] = TEXT_SZ;
    r->mask = r->mask * 1664525u + 1013904223u;
    memcpy(p + 4, &r->mask, 4);
    for (size_t i = 0; i < TEXT_SZ; i += 4) {
        uint32_t word;
        memcpy(&word, r->text + i, 4);
        word ^= r->mask;
        memcpy(p + 8 + i, &word, 4);
    }
    return FRAME_SZ;
}

static void work_bare(void *ctx, size_t iters)
{
    rig_t *r = ctx;
    size_t want = r->ws ? TEXT_SZ + 4 : TEXT_SZ + 1;
    while (iters--) {
        size_t sz = bare_put(r);
        need(send(r->bare, r->out, sz, MSG_NOSIGNAL) == (ssize_t)sz);
        for (size_t at = 0; at < want;) {
            struct epoll_event e;
            if (!r->spin)
                need(epoll_wait(r->epoll, &e, 1, -1) == 1);
            ssize_t n = recv(r->bare, r->in + at, sizeof(r->in) - at, 0);
            need(n > 0 || errno == EAGAIN);
            at += n > 0 ? (size_t)n : 0;
        }
        if (r->ws)
            LQ_ASSERT((uint8_t)r->in[0] == 0x81 && r->in[1] == 126 && (uint8_t)r->in[3] == TEXT_SZ);
        lq_bench_keep(r->in);
    }
}

/* The other side of the handshake that a WebSocket begins with. */
static void accept_upgrade(int fd)
{
    char request[BUF_SZ];
    size_t sz = 0;
    while (sz < 4 || memcmp(request + sz - 4, "\r\n\r\n", 4) != 0) {
        ssize_t n = read(fd, request + sz, 1);
        need(n == 1 && ++sz < sizeof(request) - 1);
    }
    request[sz] = '\0';
    char *key = strstr(request, "Sec-WebSocket-Key: ");
    need(key != NULL);
    char text[64];
    (void)snprintf(text, sizeof(text), "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 19);
    unsigned char digest[EVP_MAX_MD_SIZE];
    char accept[32];
    need(EVP_Digest(text, strlen(text), digest, NULL, EVP_sha1(), NULL) == 1);
    EVP_EncodeBlock((unsigned char *)accept, digest, 20);
    int answer_sz =
        snprintf(request, sizeof(request),
                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Accept: %s\r\n\r\n",
                 accept);
    need(send(fd, request, (size_t)answer_sz, MSG_NOSIGNAL) == answer_sz);
}

static void *accept_both(void *ctx)
{
    rig_t *r = ctx;
    int listener = r->epoll; /* until it is needed for epoll */
    for (size_t i = 0; i < 2; i++) {
        r->fds[i] = accept(listener, NULL, NULL);
        need(r->fds[i] >= 0);
        int on = 1;
        if (r->ws)
            need(setsockopt(r->fds[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
        if (r->ws && i == 0)
            accept_upgrade(r->fds[i]);
    }
    (void)close(listener);
    return NULL;
}

/* Listens, with its address in *AT and in r->url. */
static socklen_t listen_at(rig_t *r, struct sockaddr_storage *at)
{
    char text[128];
    socklen_t sz;
    int family = r->ws ? AF_INET : AF_UNIX;
    memset(at, 0, sizeof(*at));
    r->epoll = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (r->ws) {
        struct sockaddr_in *in = (struct sockaddr_in *)at;
        *in = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        sz = sizeof(*in);
        need(bind(r->epoll, (struct sockaddr *)at, sz) == 0);
        need(getsockname(r->epoll, (struct sockaddr *)at, &sz) == 0);
        (void)snprintf(text, sizeof(text), "ws://127.0.0.1:%u/", ntohs(in->sin_port));
    } else {
        struct sockaddr_un *un = (struct sockaddr_un *)at;
        un->sun_family = AF_UNIX;
        (void)snprintf(un->sun_path, sizeof(un->sun_path), "/tmp/liqd-bench-%d", (int)getpid());
        (void)unlink(un->sun_path);
        sz = sizeof(*un);
        need(bind(r->epoll, (struct sockaddr *)at, sz) == 0);
        (void)snprintf(text, sizeof(text), "%s", un->sun_path);
    }
    need(listen(r->epoll, 2) == 0);
    need_ok(lq_url_parse(&r->url, NULL, text, strlen(text)));
    return sz;
}

static void connect_both(rig_t *r)
{
    struct sockaddr_storage at;
    socklen_t at_sz = listen_at(r, &at);
    const lq_conn_config_t config = {.url = &r->url,
                                     .in_max = 1 << 20,
                                     .out_max = 1 << 20,
                                     .depth_max = 16,
                                     .connect_ns = 5000000000u,
                                     .ping_ns = 3600000000000u,
                                     .pong_ns = 3600000000000u,
                                     .silence_ns = 3600000000000u};
    const lq_conn_handlers_t handlers = {r, on_up, on_text, on_down};
    need_ok(lq_arena_init(&r->arena, 1 << 20));
    need_ok(lq_loop_new(&r->loop, &r->arena, lq_clock_system(), 16));
    need_ok(lq_conn_new(&r->conn, &r->arena, r->loop, &config, &handlers));
    pthread_t acceptor;
    need(pthread_create(&acceptor, NULL, accept_both, r) == 0);
    lq_conn_open(r->conn);
    while (!r->up)
        lq_loop_turn(r->loop, 1000000);
    r->bare = socket(r->ws ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(connect(r->bare, (struct sockaddr *)&at, at_sz) == 0);
    need(pthread_join(acceptor, NULL) == 0);
    if (!r->ws)
        (void)unlink(r->url.text);
    int on = 1;
    if (r->ws)
        need(setsockopt(r->bare, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
    need(fcntl(r->bare, F_SETFL, O_NONBLOCK) == 0);
    r->epoll = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN};
    need(r->epoll >= 0 && epoll_ctl(r->epoll, EPOLL_CTL_ADD, r->bare, &e) == 0);
}

static void run_case(lq_bench_t *bench, const char *name, bool ws, bool spin)
{
    static rig_t r; /* too large for the stack */
    memset(&r, 0, sizeof(r));
    r.ws = ws;
    r.spin = spin;
    memset(r.text, '7', sizeof(r.text));
    r.text[0] = '[';
    r.text[TEXT_SZ - 1] = ']';
    connect_both(&r);
    need(pthread_create(&r.peer, NULL, run_peer, &r) == 0);
    pin_peer(r.peer);
    lq_bench_case(bench, &(lq_bench_case_t){.name = name,
                                            .work = work_conn,
                                            .reference = "bare client",
                                            .reference_work = work_bare,
                                            .ctx = &r,
                                            .target = 1.15});
    atomic_store(&r.stop, true);
    need(pthread_join(r.peer, NULL) == 0);
    lq_conn_free(r.conn);
    lq_loop_free(r.loop);
    lq_arena_fini(&r.arena);
    (void)close(r.bare);
    (void)close(r.epoll);
    for (size_t i = 0; i < 2; i++)
        (void)close(r.fds[i]);
}

lq_bench_fn_t lq_bench_net;
void lq_bench_net(lq_bench_t *bench)
{
    run_case(bench, "net/round_trip_ipc_asleep", false, false);
    run_case(bench, "net/round_trip_ipc_spinning", false, true);
    run_case(bench, "net/round_trip_ws_asleep", true, false);
    run_case(bench, "net/round_trip_ws_spinning", true, true);
}
