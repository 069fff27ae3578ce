#include "link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#define ROOM_SZ  ((size_t)1 << 16)
#define HEAD_MAX 14u /* of a WebSocket's frame */
#define OP_TEXT  1u
#define OP_PING  9u
#define OP_PONG  10u

void wire_need(bool ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "liqd_bench_wire: %s: %s\n", what, strerror(errno));
    exit(1);
}

uint64_t wire_now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void reserve(wire_buf_t *buf, size_t sz)
{
    if (buf->max - buf->sz >= sz)
        return;
    buf->max = 2 * (buf->sz + sz);
    buf->at = realloc(buf->at, buf->max);
    wire_need(buf->at != NULL, "memory");
}

void wire_add(wire_buf_t *buf, const void *bytes, size_t sz)
{
    reserve(buf, sz);
    if (sz)
        memcpy(buf->at + buf->sz, bytes, sz);
    buf->sz += sz;
}

/* ---- places */

bool wire_is_ws(const char *place)
{
    wire_need(strncmp(place, "ws:", 3) == 0 || strncmp(place, "ipc:", 4) == 0, place);
    return place[0] == 'w';
}

static socklen_t address_of(struct sockaddr_storage *at, const char *place)
{
    memset(at, 0, sizeof(*at));
    if (wire_is_ws(place)) {
        struct sockaddr_in *in = (struct sockaddr_in *)at;
        in->sin_family = AF_INET;
        in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        in->sin_port = htons((uint16_t)strtoul(place + 3, NULL, 10));
        return sizeof(*in);
    }
    struct sockaddr_un *un = (struct sockaddr_un *)at;
    un->sun_family = AF_UNIX;
    (void)snprintf(un->sun_path, sizeof(un->sun_path), "%s", place + 4);
    return sizeof(*un);
}

int wire_listen(const char *place)
{
    struct sockaddr_storage at;
    socklen_t sz = address_of(&at, place);
    int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    wire_need(fd >= 0 && bind(fd, (struct sockaddr *)&at, sz) == 0, place);
    wire_need(listen(fd, 16) == 0 && getsockname(fd, (struct sockaddr *)&at, &sz) == 0, place);
    if (wire_is_ws(place))
        (void)printf("listening ws:%u\n", ntohs(((struct sockaddr_in *)&at)->sin_port));
    else
        (void)printf("listening %s\n", place);
    (void)fflush(stdout);
    return fd;
}

/* ---- the handshake of a WebSocket */

static void read_head(int fd, char *head, size_t max)
{
    size_t sz = 0;
    while (sz < 4 || memcmp(head + sz - 4, "\r\n\r\n", 4) != 0) {
        ssize_t n = read(fd, head + sz, 1);
        wire_need(n == 1 && ++sz < max - 1, "handshake");
    }
    head[sz] = '\0';
}

static void no_delay(int fd)
{
    int on = 1;
    wire_need(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0, "TCP_NODELAY");
}

static void accept_upgrade(int fd)
{
    char head[4096];
    char text[64];
    char accept[32];
    unsigned char digest[EVP_MAX_MD_SIZE];
    read_head(fd, head, sizeof(head));
    const char *key = strcasestr(head, "Sec-WebSocket-Key: ");
    wire_need(key != NULL, "handshake");
    (void)snprintf(text, sizeof(text), "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 19);
    wire_need(EVP_Digest(text, strlen(text), digest, NULL, EVP_sha1(), NULL) == 1, "SHA-1");
    EVP_EncodeBlock((unsigned char *)accept, digest, 20);
    int sz = snprintf(head, sizeof(head),
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                      "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                      accept);
    wire_need(send(fd, head, (size_t)sz, MSG_NOSIGNAL) == sz, "handshake");
}

static void ask_upgrade(int fd)
{
    static const char head[] = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                               "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                               "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    char answer[4096];
    wire_need(send(fd, head, sizeof(head) - 1, MSG_NOSIGNAL) == sizeof(head) - 1, "handshake");
    read_head(fd, answer, sizeof(answer));
}

void wire_accept(wire_link_t *link, int listener, bool ws)
{
    *link = (wire_link_t){.fd = accept(listener, NULL, NULL), .ws = ws};
    wire_need(link->fd >= 0, "accept");
    if (!ws)
        return;
    no_delay(link->fd);
    accept_upgrade(link->fd);
}

void wire_connect(wire_link_t *link, const char *place)
{
    struct sockaddr_storage at;
    socklen_t sz = address_of(&at, place);
    bool ws = wire_is_ws(place);
    *link = (wire_link_t){
        .fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), .ws = ws, .masks = ws};
    wire_need(link->fd >= 0 && connect(link->fd, (struct sockaddr *)&at, sz) == 0, place);
    if (!ws)
        return;
    no_delay(link->fd);
    ask_upgrade(link->fd);
}

void wire_close(wire_link_t *link)
{
    (void)close(link->fd);
    free(link->in.at);
    free(link->out.at);
    *link = (wire_link_t){.fd = -1};
}

/* ---- texts in */

bool wire_read(wire_link_t *link, bool *ended)
{
    wire_buf_t *in = &link->in;
    if (link->taken == in->sz)
        link->taken = in->sz = 0;
    if (link->taken > in->sz / 2) {
        memmove(in->at, in->at + link->taken, in->sz - link->taken);
        in->sz -= link->taken;
        link->taken = 0;
    }
    reserve(in, ROOM_SZ);
    ssize_t n = recv(link->fd, in->at + in->sz, in->max - in->sz, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        *ended = true;
    if (n <= 0)
        return false;
    in->sz += (size_t)n;
    return true;
}

/* Whether SZ bytes are a text of as many braces that open as that close: viem's has no newline
   behind it. */
static bool is_whole(const char *from, size_t sz)
{
    size_t open_cnt = 0;
    size_t close_cnt = 0;
    for (size_t i = 0; i < sz; i++) {
        open_cnt += from[i] == '{';
        close_cnt += from[i] == '}';
    }
    return open_cnt && open_cnt == close_cnt;
}

static bool next_line(wire_link_t *link, const char **text, size_t *sz)
{
    if (link->taken == link->in.sz)
        return false;
    const char *from = link->in.at + link->taken;
    size_t left = link->in.sz - link->taken;
    const char *end = memchr(from, '\n', left);
    if (!end && !is_whole(from, left))
        return false;
    *text = from;
    *sz = end ? (size_t)(end - from) : left;
    link->taken += *sz + (end ? 1 : 0);
    return true;
}

/* Sets *OP, *TEXT and *SZ to those of the next whole frame, unmasked. */
static bool next_frame(wire_link_t *link, unsigned *op, char **text, size_t *sz)
{
    uint8_t *p = (uint8_t *)link->in.at + link->taken;
    size_t left = link->in.sz - link->taken;
    if (left < 2)
        return false;
    wire_need(p[0] & 0x80, "a WebSocket's message in parts is not spoken here");
    size_t len = p[1] & 0x7f;
    size_t more = len == 126 ? 2 : len == 127 ? 8 : 0;
    size_t head = 2 + more + (p[1] & 0x80 ? 4 : 0);
    if (left < head)
        return false;
    for (size_t i = 0; i < more; i++)
        len = i ? len << 8 | p[2 + i] : p[2];
    if (left - head < len)
        return false;
    for (size_t i = 0; p[1] & 0x80 && i < len; i++)
        p[head + i] ^= p[head - 4 + i % 4];
    *op = p[0] & 0xf;
    *text = (char *)p + head;
    *sz = len;
    link->taken += head + len;
    return true;
}

/* Adds a frame to what is written. A mask of zeros is one. */
static void pack_frame(wire_link_t *link, unsigned op, const char *text, size_t sz)
{
    uint8_t head[HEAD_MAX] = {(uint8_t)(0x80 | op)};
    size_t more = sz < 126 ? 0 : sz <= UINT16_MAX ? 2 : 8;
    head[1] = (uint8_t)((more == 0 ? sz : more == 2 ? 126 : 127) | (link->masks ? 0x80 : 0));
    for (size_t i = 0; i < more; i++)
        head[2 + i] = (uint8_t)(sz >> 8 * (more - 1 - i));
    wire_add(&link->out, head, 2 + more + (link->masks ? 4 : 0));
    wire_add(&link->out, text, sz);
}

bool wire_next(wire_link_t *link, const char **text, size_t *sz)
{
    unsigned op;
    char *at;
    if (!link->ws)
        return next_line(link, text, sz);
    while (next_frame(link, &op, &at, sz)) {
        if (op == OP_PING) {
            pack_frame(link, OP_PONG, at, *sz);
        } else if (op == OP_TEXT) {
            *text = at;
            return true;
        }
    }
    return false;
}

/* ---- texts out */

void wire_pack(wire_link_t *link, const char *text, size_t sz)
{
    if (link->ws) {
        pack_frame(link, OP_TEXT, text, sz);
        return;
    }
    wire_add(&link->out, text, sz);
    wire_add(&link->out, "\n", 1);
}

void wire_flush(wire_link_t *link)
{
    for (size_t at = 0; at < link->out.sz;) {
        ssize_t n = send(link->fd, link->out.at + at, link->out.sz - at, MSG_NOSIGNAL);
        if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
            break; /* the next read tells */
        wire_need(n > 0, "write");
        at += (size_t)n;
    }
    link->out.sz = 0;
}
