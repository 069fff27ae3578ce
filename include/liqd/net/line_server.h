#ifndef LIQD_NET_LINE_SERVER_H
#define LIQD_NET_LINE_SERVER_H

/* A server on a Unix socket that takes lines and says lines. The socket is its owner's alone (mode
   0600), and who connects has to be of the same user, or root, by what the kernel says of him.
   Bounded whatever clients do: so many at once, so long a line, so much unread; who asks nothing or
   reads nothing for IDLE_NS is dropped. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/net/loop.h"

/* Opaque. */
typedef struct lq_line_server lq_line_server_t;

#define LQ_LINE_SERVER_PATH_MAX 107u /* bytes, of sockaddr_un */

/* All above 0. */
typedef struct lq_line_server_config {
    const char *path;
    uint32_t client_max; /* at once; a timer of the loop each; what is beyond is closed at once */
    size_t line_max;     /* bytes of a line that is taken; who sends a longer one is dropped */
    size_t out_max;      /* bytes that may wait for a client; the same */
    uint64_t idle_ns;
} lq_line_server_config_t;

/* Takes a line of CLIENT's, without its end; may say something to it. */
typedef void lq_line_server_fn_t(void *ctx, uint32_t client, const char *line, size_t line_sz);

/* lq_line_server_new listens as CONFIG says, which is copied; a socket that nobody listens at any
   more is replaced. LQ_ERR_EXISTS: somebody listens there, or it is no socket; LQ_ERR_TOO_LONG:
   PATH; LQ_ERR_IO: MSG says what the system said; LQ_ERR_NOMEM. lq_line_server_free drops all,
   removes the socket and ends it; NULL is allowed; not from FN. */
LQ_MUST_USE lq_err_t lq_line_server_new(lq_line_server_t **server, lq_err_msg_t *msg,
                                        lq_arena_t *arena, lq_loop_t *loop,
                                        const lq_line_server_config_t *config,
                                        lq_line_server_fn_t *fn, void *ctx);
void lq_line_server_free(lq_line_server_t *server);

/* lq_line_server_say sends TEXT, which has no line end, and one behind it, to CLIENT; from FN. What
   it does not take at once waits; where that is too much it is dropped. */
void lq_line_server_say(lq_line_server_t *server, uint32_t client, const char *text, size_t sz);

/* Counters since the start; only ever rise. */
typedef struct lq_line_server_stat {
    uint64_t client_cnt;
    uint64_t refused_cnt; /* of another user, or beyond client_max */
    uint64_t dropped_cnt; /* too long, too slow */
    uint64_t line_cnt;
} lq_line_server_stat_t;
const lq_line_server_stat_t *lq_line_server_stat(const lq_line_server_t *server);

#endif
