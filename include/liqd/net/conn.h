#ifndef LIQD_NET_CONN_H
#define LIQD_NET_CONN_H

/* One connection that carries JSON texts both ways: a Unix socket (values follow each other, framed
   by the JSON scanner, each of ours with a line end behind it) or a WebSocket (a text message each;
   plain or TLS). It connects once: who wants it again opens it again.

   Memory: in_max + out_max bytes of address space and a little more for each connection, reserved
   when it is made; pages count from their first use, and those of a message above LQ_CONN_KEEP_SZ
   are given back after it. libcurl (names, proxies, TLS) allocates its own while it connects. What
   a peer can make it hold is bounded by this, whatever the peer sends. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/net/loop.h"
#include "liqd/net/url.h"

#define LQ_CONN_KEEP_SZ   (1u << 20)
#define LQ_CONN_TIMER_CNT 3u /* timers of the loop, each; and one of libcurl for all */

/* Opaque. */
typedef struct lq_conn lq_conn_t;

/* What a connection tells. Each may call any function of the connection. */
typedef struct lq_conn_handlers {
    void *ctx;
    /* up: it is open; texts may be sent. */
    void (*up)(void *ctx);
    /* text: the TEXT_SZ bytes at TEXT are one JSON text, neither parsed nor
       known to be UTF-8, valid during the call;
       RECV its bytes' arrival: the time at which the read that completed it returned. */
    void (*text)(void *ctx, const char *text, size_t text_sz, lq_time_t recv);
    /* down: it is closed, or never came up; once for each open that was not closed by us. What was
       not sent is lost. WHY: LQ_ERR_IO (the system or the peer ended it; also a refusal),
       LQ_ERR_SYNTAX (the peer broke the protocol), LQ_ERR_TOO_LONG (a text above in_max or
       depth_max), LQ_ERR_PERM (HTTP 401, 403 or a bad certificate), LQ_ERR_TIMEOUT (connecting, a
       ping's answer or silence took too long). MSG says more, without secrets; what the peer wrote
       is escaped. */
    void (*down)(void *ctx, lq_err_t why, const lq_err_msg_t *msg);
} lq_conn_handlers_t;

/* All above 0 unless said otherwise. */
typedef struct lq_conn_config {
    const lq_url_t *url; /* IPC, WS or WSS; borrowed */
    lq_auth_t auth;      /* WS and WSS */
    size_t in_max;       /* bytes of the largest text received */
    size_t out_max;      /* bytes that may wait to be sent, frames included */
    uint32_t depth_max;  /* of a JSON text on a Unix socket */
    uint64_t connect_ns; /* to connect, TLS and upgrade included */
    uint64_t ping_ns;    /* WebSocket: a ping each so often; 0: none */
    uint64_t pong_ns;    /* WebSocket: how long its answer may take */
    uint64_t silence_ns; /* without a byte from the peer for so long it is down; 0: for ever */
    const char *ca_file; /* WSS: PEM; NULL: the system's; borrowed */
    uint32_t
        busy_poll_us; /* SO_BUSY_POLL on TCP; 0: not set. Where it is refused, nothing is said */
} lq_conn_config_t;

/* lq_conn_new makes *CONN a closed connection on LOOP; CONFIG is copied. LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_conn_new(lq_conn_t **conn, lq_arena_t *arena, lq_loop_t *loop,
                                 const lq_conn_config_t *config,
                                 const lq_conn_handlers_t *handlers);

/* lq_conn_free closes and ends CONN; NULL is allowed. Not from its own handlers. */
void lq_conn_free(lq_conn_t *conn);

/* lq_conn_open begins to connect; up or down follows from the loop, never from within. LQ_BUG where
 * it is not closed. */
void lq_conn_open(lq_conn_t *conn);

/* lq_conn_close closes CONN at once, a WebSocket with a close frame if it can be written without
   waiting; no handler runs any more until it is opened again. A closed one is left alone. */
void lq_conn_close(lq_conn_t *conn);

bool lq_conn_is_up(const lq_conn_t *conn);

/* lq_conn_send sends the TEXT_SZ bytes at TEXT as one text: with one system call on a warm ipc or
   ws connection (TLS does its own), at once, not from a later turn. What the peer does not take
   waits in the buffer and leaves as it can. LQ_ERR_FULL: it would not fit whole into out_max with
   what waits; nothing of it is sent. LQ_ERR_CLOSED: CONN is not up. Errors of the system end the
   connection, though LQ_OK is returned: down follows, and what the peer had sent and was not read
   yet is lost too. No allocation. */
LQ_MUST_USE lq_err_t lq_conn_send(lq_conn_t *conn, const char *text, size_t text_sz);

/* lq_conn_drained tells whether every byte given to lq_conn_send has been handed to the system (or
 * to TLS). */
bool lq_conn_drained(const lq_conn_t *conn);

/* lq_conn_rehearse has CONN handle TEXT as if its peer had sent it, down to the handler, which must
   know that it is none of the peer's: so code and buffers are in the caches when one comes. False:
   CONN is not up, or is in the middle of something. */
bool lq_conn_rehearse(lq_conn_t *conn, const char *text, size_t text_sz);

/* lq_conn_warm fetches into the caches what a text that comes and one that leaves touch. */
void lq_conn_warm(const lq_conn_t *conn);

#endif
