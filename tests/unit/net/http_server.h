#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

/* An HTTP/1.1 server on the tested loop: to each request it writes the bytes it was told to, right
   or wrong. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop_internal.h"

#include "lq_test.h"

#define PEER_MAX 40

typedef struct server server_t;

typedef struct peer {
    server_t *server;
    lq_watch_t watch;
    int fd; /* -1: none */
    char in[65536];
    size_t in_sz;
    bool answering;
    size_t sent_sz; /* of the answer */
} peer_t;

struct server {
    lq_loop_t *loop;
    lq_watch_t watch;
    int fd;
    unsigned port;
    peer_t peers[PEER_MAX];
    unsigned accept_cnt;
    unsigned request_cnt;
    char request[65536]; /* the last one, NUL-terminated */
    /* The answer: its beginning once, then REPEAT so often. */
    const char *answer;
    size_t answer_sz;
    const char *repeat;
    size_t repeat_sz;
    size_t repeat_cnt;
    bool mute;        /* says nothing */
    bool close_after; /* closes behind the answer */
};

static void peer_close(peer_t *p)
{
    if (p->fd < 0)
        return;
    lq_watch_stop(p->server->loop, &p->watch);
    close(p->fd);
    p->fd = -1;
}

/* Writes what the answer still lacks, as far as it goes. */
static void peer_write(peer_t *p)
{
    server_t *s = p->server;
    size_t all = s->answer_sz + s->repeat_sz * s->repeat_cnt;
    while (p->sent_sz < all) {
        const char *from = s->answer + p->sent_sz;
        size_t sz = s->answer_sz - p->sent_sz;
        if (p->sent_sz >= s->answer_sz) {
            size_t at = (p->sent_sz - s->answer_sz) % s->repeat_sz;
            from = s->repeat + at;
            sz = s->repeat_sz - at;
        }
        ssize_t n = send(p->fd, from, sz, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) {
            lq_watch_set(s->loop, &p->watch, p->fd, LQ_WATCH_READ | LQ_WATCH_WRITE);
            return;
        }
        if (n < 0) {
            peer_close(p);
            return;
        }
        p->sent_sz += (size_t)n;
    }
    p->answering = false;
    lq_watch_set(s->loop, &p->watch, p->fd, LQ_WATCH_READ);
    if (s->close_after)
        peer_close(p);
}

static void peer_take_requests(peer_t *p)
{
    server_t *s = p->server;
    while (p->fd >= 0 && !p->answering) {
        p->in[p->in_sz] = '\0';
        char *end = strstr(p->in, "\r\n\r\n");
        if (!end)
            return;
        char *length = strcasestr(p->in, "Content-Length:");
        size_t sz = (size_t)(end - p->in) + 4 + (length ? strtoul(length + 15, NULL, 10) : 0);
        if (p->in_sz < sz)
            return;
        memcpy(s->request, p->in, sz);
        s->request[sz] = '\0';
        memmove(p->in, p->in + sz, p->in_sz - sz);
        p->in_sz -= sz;
        s->request_cnt++;
        if (s->mute)
            return;
        p->answering = true;
        p->sent_sz = 0;
        peer_write(p);
    }
}

static void peer_ready(void *ctx, unsigned ready)
{
    peer_t *p = ctx;
    if (ready & LQ_WATCH_READ) {
        ssize_t n = recv(p->fd, p->in + p->in_sz, sizeof(p->in) - 1 - p->in_sz, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN)) {
            peer_close(p);
            return;
        }
        p->in_sz += n > 0 ? (size_t)n : 0;
    }
    if (p->answering)
        peer_write(p);
    peer_take_requests(p);
}

static void server_ready(void *ctx, unsigned ready)
{
    (void)ready;
    server_t *s = ctx;
    for (unsigned i = 0; i < PEER_MAX; i++) {
        peer_t *p = &s->peers[i];
        if (p->fd >= 0)
            continue;
        p->fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (p->fd < 0)
            return;
        s->accept_cnt++;
        p->server = s;
        p->in_sz = 0;
        p->answering = false;
        lq_watch_init(&p->watch, peer_ready, p);
        lq_watch_set(s->loop, &p->watch, p->fd, LQ_WATCH_READ);
        return;
    }
}

/* Listens on a free port of 127.0.0.1; returns the descriptor. */
static int listen_any(unsigned *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t sz = sizeof(addr);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sz), 0);
    assert_int_equal(listen(fd, 64), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &sz), 0);
    *port = ntohs(addr.sin_port);
    return fd;
}

static void server_start(server_t *s, lq_loop_t *loop)
{
    memset(s, 0, sizeof(*s));
    s->loop = loop;
    s->fd = listen_any(&s->port);
    for (unsigned i = 0; i < PEER_MAX; i++)
        s->peers[i].fd = -1;
    lq_watch_init(&s->watch, server_ready, s);
    lq_watch_set(loop, &s->watch, s->fd, LQ_WATCH_READ);
}

static void server_answer(server_t *s, const char *answer)
{
    s->answer = answer;
    s->answer_sz = strlen(answer);
    s->repeat_cnt = 0;
}

static void server_drop_peers(server_t *s)
{
    for (unsigned i = 0; i < PEER_MAX; i++)
        peer_close(&s->peers[i]);
}

static void server_stop(server_t *s)
{
    server_drop_peers(s);
    lq_watch_stop(s->loop, &s->watch);
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

#endif
