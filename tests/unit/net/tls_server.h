#ifndef TLS_SERVER_H
#define TLS_SERVER_H

/* A TLS server in threads of its own, one a connection, which speaks HTTP/1.1 or, where ALPN
   agrees, just enough HTTP/2; and certificates for it. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "lq_test.h"
#include "tls_certificate.h"

#define TLS_CONN_MAX 64
#define H2_STREAMS   8

typedef struct tls_server {
    SSL_CTX *ctx;
    int fd;
    unsigned port;
    bool h2;
    bool reset;        /* HTTP/2: ends each stream with RST_STREAM */
    atomic_uint batch; /* HTTP/2: answers so many requests at once, the last first */
    pthread_t thread;
    atomic_uint accept_cnt;
    atomic_uint request_cnt;
    pthread_t conns[TLS_CONN_MAX];
    int fds[TLS_CONN_MAX];
} tls_server_t;

typedef struct tls_conn {
    tls_server_t *server;
    int fd;
} tls_conn_t;

static bool tls_read(SSL *ssl, uint8_t *out, size_t sz)
{
    for (size_t at = 0; at < sz;) {
        int n = SSL_read(ssl, out + at, (int)(sz - at));
        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

static void h1_serve(tls_server_t *s, SSL *ssl)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    char in[8192];
    size_t in_sz = 0;
    for (;;) {
        int n = SSL_read(ssl, in + in_sz, (int)(sizeof(in) - 1 - in_sz));
        if (n <= 0)
            return;
        in_sz += (size_t)n;
        in[in_sz] = '\0';
        const char *end = strstr(in, "\r\n\r\n");
        const char *length = strcasestr(in, "content-length:");
        if (!end || !length || in_sz < (size_t)(end - in) + 4 + strtoul(length + 15, NULL, 10))
            continue;
        in_sz = 0;
        atomic_fetch_add(&s->request_cnt, 1);
        if (SSL_write(ssl, answer, sizeof(answer) - 1) <= 0)
            return;
    }
}

static void h2_answer(tls_server_t *s, SSL *ssl, const uint8_t id[4])
{
    /* HEADERS with ":status 200" from the static table, then DATA. */
    uint8_t ok[] = {0, 0, 1, 1, 4, 0, 0, 0, 0, 0x88, 0, 0, 2, 0, 1, 0, 0, 0, 0, '{', '}'};
    uint8_t reset[] = {0, 0, 4, 3, 0, 0, 0, 0, 0, 0, 0, 0, 2};
    memcpy(ok + 5, id, 4);
    memcpy(ok + 15, id, 4);
    memcpy(reset + 5, id, 4);
    atomic_fetch_add(&s->request_cnt, 1);
    SSL_write(ssl, s->reset ? reset : ok, s->reset ? sizeof(reset) : sizeof(ok));
}

/* @src RFC 9113 section 4.1 for frames, 3.4 for the preface */
static void h2_serve(tls_server_t *s, SSL *ssl)
{
    static const uint8_t settings[] = {0, 0, 0, 4, 0, 0, 0, 0, 0};
    static const uint8_t ack[] = {0, 0, 0, 4, 1, 0, 0, 0, 0};
    uint8_t preface[24];
    uint8_t frame[9 + 16384];
    uint8_t ids[H2_STREAMS][4];
    unsigned id_cnt = 0;
    if (!tls_read(ssl, preface, sizeof(preface)) || memcmp(preface, "PRI * HTTP/2.0", 14) != 0)
        return;
    SSL_write(ssl, settings, sizeof(settings));
    while (tls_read(ssl, frame, 9)) {
        size_t sz = (size_t)frame[0] << 16 | (size_t)frame[1] << 8 | frame[2];
        if (sz > sizeof(frame) - 9 || !tls_read(ssl, frame + 9, sz))
            return;
        if (frame[3] == 4 && !(frame[4] & 1))
            SSL_write(ssl, ack, sizeof(ack));
        if (frame[3] == 0 && frame[4] & 1)
            memcpy(ids[id_cnt++], frame + 5, 4);
        if (id_cnt >= atomic_load(&s->batch))
            while (id_cnt)
                h2_answer(s, ssl, ids[--id_cnt]);
    }
}

static void *tls_conn_run(void *arg)
{
    tls_conn_t conn = *(tls_conn_t *)arg;
    free(arg);
    SSL *ssl = SSL_new(conn.server->ctx);
    SSL_set_fd(ssl, conn.fd);
    if (SSL_accept(ssl) == 1) {
        const unsigned char *alpn;
        unsigned alpn_sz;
        SSL_get0_alpn_selected(ssl, &alpn, &alpn_sz);
        if (alpn_sz == 2)
            h2_serve(conn.server, ssl);
        else
            h1_serve(conn.server, ssl);
        SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    shutdown(conn.fd, SHUT_RDWR); /* closed when the server stops: its number stays ours */
    return NULL;
}

static void *tls_accept_run(void *arg)
{
    tls_server_t *s = arg;
    for (;;) {
        int fd = accept(s->fd, NULL, NULL);
        if (fd < 0)
            return NULL;
        unsigned i = atomic_load(&s->accept_cnt);
        tls_conn_t *conn = malloc(sizeof(*conn));
        if (i == TLS_CONN_MAX || !conn)
            abort();
        *conn = (tls_conn_t){s, fd};
        s->fds[i] = fd;
        if (pthread_create(&s->conns[i], NULL, tls_conn_run, conn) != 0)
            abort();
        atomic_store(&s->accept_cnt, i + 1);
    }
}

static int tls_pick_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_sz,
                         const unsigned char *in, unsigned in_sz, void *arg)
{
    (void)ssl;
    const tls_server_t *s = arg;
    const unsigned char *mine = (const unsigned char *)(s->h2 ? "\x02h2" : "\x08http/1.1");
    unsigned char *picked;
    if (SSL_select_next_proto(&picked, out_sz, mine, mine[0] + 1u, in, in_sz) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = picked;
    return SSL_TLSEXT_ERR_OK;
}

/* Listens on 127.0.0.1; the certificate of the arguments goes to PATH. */
static void tls_server_start(tls_server_t *s, const char *path, const char *names, long from_sec,
                             long to_sec)
{
    signal(SIGPIPE, SIG_IGN); /* the server's own; libcurl does without */
    EVP_PKEY *key;
    X509 *cert;
    tls_certificate(&key, &cert, path, names, from_sec, to_sec);
    s->ctx = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(s->ctx, cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(s->ctx, key), 1);
    SSL_CTX_set_alpn_select_cb(s->ctx, tls_pick_alpn, s);
    X509_free(cert);
    EVP_PKEY_free(key);
    if (!atomic_load(&s->batch))
        atomic_store(&s->batch, 1);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t sz = sizeof(addr);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&addr, sz), 0);
    assert_int_equal(listen(s->fd, 64), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&addr, &sz), 0);
    s->port = ntohs(addr.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, tls_accept_run, s), 0);
}

static void tls_server_stop(tls_server_t *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
    for (unsigned i = 0; i < atomic_load(&s->accept_cnt); i++) {
        shutdown(s->fds[i], SHUT_RDWR);
        pthread_join(s->conns[i], NULL);
        close(s->fds[i]);
    }
    SSL_CTX_free(s->ctx);
}

#endif
