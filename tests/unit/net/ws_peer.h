#ifndef WS_PEER_H
#define WS_PEER_H

/* The server's side of a WebSocket, written apart from the code under test. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "conn_world.h"

static inline void world_listen_tcp(conn_world_t *w)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t sz = sizeof(at);
    w->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(w->listener >= 0);
    int on = 1;
    assert_int_equal(setsockopt(w->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    assert_int_equal(bind(w->listener, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(w->listener, 64), 0);
    assert_int_equal(getsockname(w->listener, (struct sockaddr *)&at, &sz), 0);
    char text[64];
    lq_err_msg_t msg;
    (void)snprintf(text, sizeof(text), "ws://127.0.0.1:%u/key?a=b", ntohs(at.sin_port));
    assert_ok(lq_url_parse(&w->url, &msg, text, strlen(text)));
}

/* Turns the loop until the connection has come; returns a descriptor that blocks. */
static inline int world_accept(conn_world_t *w)
{
    for (size_t i = 0; i < 200000; i++) {
        lq_loop_turn(w->loop, i < 1000 ? 0 : 1000000);
        int fd = accept(w->listener, NULL, NULL);
        if (fd >= 0) {
            int on = 1; /* or what it sends waits for our acknowledgement of what it sent before */
            assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
            return fd;
        }
        assert_int_equal(errno, EAGAIN);
    }
    fail_msg("nobody connects (%s)", w->msg.text);
    return -1;
}

/* Reads the request up to its empty line into REQUEST, NUL-terminated. */
static inline void peer_request(conn_world_t *w, int fd, char *request, size_t max)
{
    size_t sz = 0;
    while (sz < 4 || memcmp(request + sz - 4, "\r\n\r\n", 4) != 0) {
        assert_true(sz + 1 < max);
        ssize_t n = recv(fd, request + sz, 1, MSG_DONTWAIT);
        if (n == 1)
            sz++;
        else
            world_turn(w, 1);
    }
    request[sz] = '\0';
}

/* Copies the value of header NAME to OUT; false where there is none. */
static inline bool header_of(char *out, size_t max, const char *request, const char *name)
{
    for (const char *line = strstr(request, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, strlen(name)) != 0 || line[2 + strlen(name)] != ':')
            continue;
        const char *from = line + 2 + strlen(name) + 1;
        while (*from == ' ')
            from++;
        size_t sz = strcspn(from, "\r");
        assert_true(sz < max);
        memcpy(out, from, sz);
        out[sz] = '\0';
        return true;
    }
    return false;
}

/* Writes the answer that accepts REQUEST, with MORE header lines, into OUT; returns its size. */
static inline size_t peer_answer(char *out, size_t max, const char *request, const char *more)
{
    char key[64];
    char text[128];
    unsigned char digest[20];
    char accept64[32];
    assert_true(header_of(key, sizeof(key), request, "Sec-WebSocket-Key"));
    (void)snprintf(text, sizeof(text), "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    SHA1((const unsigned char *)text, strlen(text), digest);
    EVP_EncodeBlock((unsigned char *)accept64, digest, 20);
    int sz = snprintf(out, max,
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                      "Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
                      accept64, more);
    assert_true(sz > 0 && (size_t)sz < max);
    return (size_t)sz;
}

/* Writes a frame as a server sends it, its first byte FIRST, into OUT; returns its size. */
static inline size_t peer_frame(char *out, uint8_t first, const void *data, size_t sz)
{
    uint8_t *p = (uint8_t *)out;
    size_t at = 2;
    p[0] = first;
    if (sz <= 125) {
        p[1] = (uint8_t)sz;
    } else if (sz <= 0xffff) {
        p[1] = 126;
        p[2] = (uint8_t)(sz >> 8);
        p[3] = (uint8_t)sz;
        at = 4;
    } else {
        p[1] = 127;
        for (size_t i = 0; i < 8; i++)
            p[2 + i] = (uint8_t)((uint64_t)sz >> (56 - 8 * i));
        at = 10;
    }
    memcpy(p + at, data, sz);
    return at + sz;
}

/* Takes a frame of a client from the SZ bytes at BUF and unmasks it; returns its size, 0 where it
   is not all there. */
static inline size_t peer_unframe(uint8_t *first, char **data, size_t *data_sz, char *buf,
                                  size_t sz)
{
    uint8_t *p = (uint8_t *)buf;
    size_t at = 2;
    if (sz < 2)
        return 0;
    assert_true(p[1] & 0x80); /* masked */
    uint64_t n = p[1] & 0x7f;
    size_t length_sz = n == 126 ? 2 : n == 127 ? 8 : 0;
    if (sz < at + length_sz + 4)
        return 0;
    if (length_sz) {
        n = 0;
        for (size_t i = 0; i < length_sz; i++)
            n = n << 8 | p[at + i];
        assert_true(n > (length_sz == 2 ? 125 : 0xffff));
    }
    at += length_sz + 4;
    if (sz - at < n)
        return 0;
    for (size_t i = 0; i < n; i++)
        p[at + i] ^= p[at - 4 + i % 4];
    *first = p[0];
    *data = buf + at;
    *data_sz = (size_t)n;
    return at + (size_t)n;
}

#endif
