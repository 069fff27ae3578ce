#ifndef LIQD_NET_CURL_INTERNAL_H
#define LIQD_NET_CURL_INTERNAL_H

/* libcurl on a loop, for net's other files alone: one multi for each loop, made when it is first
   wanted and ended by lq_loop_free. It takes one of the loop's timers. libcurl allocates while it
   resolves, connects and parses.

   A transfer is one easy handle, made in advance and used again and again. No proxy is used,
   whatever the environment says, no .netrc, no redirect: a node is reached at its URL or not at
   all. */

#include <curl/curl.h>

#include "liqd/net/loop.h"
#include "liqd/net/url.h"

/* Opaque: the multi of a loop. */
typedef struct lq_curl lq_curl_t;

/* lq_curl_get sets *CURL to LOOP's. LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_curl_get(lq_curl_t **curl, lq_loop_t *loop);

/* lq_curl_free is for lq_loop_free alone; NULL is allowed. LQ_BUG where a transfer is under way. */
void lq_curl_free(lq_curl_t *curl);

/* lq_transfer_done_fn_t is told that a transfer has ended as RESULT says, or, where it only
   connects, that it is connected (CURLE_OK) or failed. It is called from the loop, never from
   within libcurl, so it may start and stop any transfer. */
typedef void lq_transfer_done_fn_t(void *ctx, CURLcode result);

/* Its owner places it and may set further options on EASY, but not CURLOPT_PRIVATE. */
typedef struct lq_transfer {
    CURL *easy;
    lq_curl_t *curl; /* while it is in the multi */
    int taken_fd;    /* not libcurl's any more; -1: none */
    lq_transfer_done_fn_t *done;
    void *ctx;
} lq_transfer_t;

/* lq_transfer_init makes T ready for URL (WS and WSS, HTTP and HTTPS), which it does not keep. With
   CONNECT_ONLY it connects, does TLS and then leaves the connection alone: HTTP/1.1 by ALPN,
   lq_transfer_fd once it is connected, curl_easy_send and curl_easy_recv through TLS; the
   connection lives until lq_transfer_stop, but from DONE on only if one of the two is called at
   once: libcurl 7.88 counts it as idle till then, and ends idle ones when it makes another.
   CA_FILE is PEM; NULL: the system's. LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_transfer_init(lq_transfer_t *t, const lq_url_t *url, const char *ca_file,
                                      bool connect_only, lq_transfer_done_fn_t *done, void *ctx);

/* lq_transfer_fini stops and ends T; one that is all zero is left alone. */
void lq_transfer_fini(lq_transfer_t *t);

/* lq_transfer_start begins T, which is stopped; DONE follows from a later turn. libcurl's own
   limits are far: the owner keeps the time. LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_transfer_start(lq_curl_t *curl, lq_transfer_t *t);

/* lq_transfer_stop takes T out of the multi: DONE is not called any more, and a connection of its
   own is closed, as is one that is in the middle of an answer. To be called after DONE too; a
   stopped one is left alone. */
void lq_transfer_stop(lq_transfer_t *t);

/* lq_transfer_fd returns the descriptor of T, which has connected and stays libcurl's;
   lq_transfer_take, for one without TLS, stops T and makes it the caller's. -1: there is none. */
LQ_MUST_USE int lq_transfer_fd(const lq_transfer_t *t);
LQ_MUST_USE int lq_transfer_take(lq_transfer_t *t);

/* lq_transfer_explain returns what RESULT, not CURLE_OK, means: LQ_ERR_PERM for certificates,
   LQ_ERR_TIMEOUT, LQ_ERR_NOMEM, LQ_ERR_IO for all else; MSG says more, of URL only what is shown,
   and nothing that the peer wrote. */
LQ_MUST_USE lq_err_t lq_transfer_explain(lq_err_msg_t *msg, const lq_transfer_t *t,
                                         const lq_url_t *url, CURLcode result);

#endif
