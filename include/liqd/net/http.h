#ifndef LIQD_NET_HTTP_H
#define LIQD_NET_HTTP_H

/* HTTP(S) requests on a loop through libcurl: connections are kept alive and shared by the requests
   of a client, HTTP/2 where a TLS server offers it, compression where it offers that. Redirects are
   not followed.

   Memory: each of req_max requests reserves body_max bytes of address space for its answer when the
   client is made, and send_max for its body; pages above LQ_HTTP_KEEP_SZ are given back after an
   answer. An answer that inflates beyond body_max ends as one that is too long, and so does the one
   by which what all under way have above LQ_HTTP_KEEP_SZ would exceed LQ_HTTP_HELD_MULT times
   body_max: a peer that answers everything with too much gets that and LQ_HTTP_KEEP_SZ a request
   (and one), not body_max a request. libcurl allocates its own for each request and connection.

   A client takes up to req_max of its loop's timers, all of libcurl on a loop one. A request whose
   kept connection turns out to be closed before any of the answer has come is sent once more on
   another by libcurl: the peer may see it twice. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/net/loop.h"
#include "liqd/net/url.h"

#define LQ_HTTP_KEEP_SZ   (1u << 20)
#define LQ_HTTP_HELD_MULT 2u

/* Opaque: requests to one URL. */
typedef struct lq_http lq_http_t;

typedef struct lq_http_config {
    const lq_url_t *url;   /* HTTP or HTTPS; borrowed */
    lq_auth_t auth;        /* what it points to is borrowed */
    size_t req_max;        /* requests under way at once: 1 to 1024 */
    size_t send_max;       /* bytes of a request's body */
    size_t body_max;       /* bytes of an answer's body, decompressed */
    uint64_t connect_ns;   /* to connect, TLS included */
    const char *ca_file;   /* PEM; NULL: the system's */
    const char *cert_file; /* HTTPS, PEM: the certificate that we show, and its key; read at each
                              connection. NULL: none */
    const char *key_file;
} lq_http_config_t;

/* How a request ended. */
typedef struct lq_http_answer {
    lq_err_t err;    /* LQ_OK: an answer came, of whatever status. LQ_ERR_TIMEOUT; LQ_ERR_TOO_LONG:
                        above body_max, or no room for it beside others; LQ_ERR_PERM: bad certificate;
                        LQ_ERR_IO: all else */
    unsigned status; /* 200 ...; 0 where none came */
    uint64_t
        retry_after_sec; /* of a Retry-After in seconds or as a date, at most a day; 0: absent */
    bool sent;           /* whether any byte of the request may have reached the peer */
    const char *body;    /* valid during the call */
    size_t body_sz;
    lq_time_t recv;
    const lq_err_msg_t *msg; /* more, without secrets; "" where err is LQ_OK */
} lq_http_answer_t;

typedef void lq_http_fn_t(void *ctx, const lq_http_answer_t *answer);

/* Names one request; never used twice. 0 is none. */
typedef struct lq_http_id {
    uint64_t id;
} lq_http_id_t;

/* lq_http_new makes *HTTP a client on LOOP; CONFIG is copied. LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_http_new(lq_http_t **http, lq_arena_t *arena, lq_loop_t *loop,
                                 const lq_http_config_t *config);

/* lq_http_free cancels what is under way and ends HTTP; NULL is allowed. Not from a callback of its
 * requests. */
void lq_http_free(lq_http_t *http);

/* lq_http_post sends the BODY_SZ bytes at BODY (copied) as application/json and sets *ID. FN is
   called with CTX once, from a later turn of the loop, at TIMEOUT_NS from now at the latest; from
   FN too one may post, in the place of the request that has ended. EXTRA is one more header line
   ("Name: value", copied, at most 512 bytes, fit for lq_auth_header_check: LQ_BUG else) or NULL.
   LQ_ERR_FULL: req_max are under way. LQ_ERR_TOO_LONG: above send_max. */
LQ_MUST_USE lq_err_t lq_http_post(lq_http_t *http, lq_http_id_t *id, const char *body,
                                  size_t body_sz, const char *extra, uint64_t timeout_ns,
                                  lq_http_fn_t *fn, void *ctx);

/* lq_http_cancel ends the request ID, whose FN is then never called; one that has ended is left
 * alone. */
void lq_http_cancel(lq_http_t *http, lq_http_id_t id);

#endif
