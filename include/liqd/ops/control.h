#ifndef LIQD_OPS_CONTROL_H
#define LIQD_OPS_CONTROL_H

/* How an operator talks to a running daemon: over a Unix socket, a JSON object a line each way.

       {"command": "status"}
       {"command": "pause"}
       {"command": "resume"}                      or of a market that audits have stopped:
       {"command": "resume", "market": "aave"}

   The answer to status is what there is; to the others {"done": true}; {"error": TEXT} where a
   request is none or cannot be done. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/net/line_server.h"
#include "liqd/net/loop.h"

typedef enum lq_control_command {
    LQ_CONTROL_STATUS,
    LQ_CONTROL_PAUSE,
    LQ_CONTROL_RESUME,
} lq_control_command_t;

#define LQ_CONTROL_MARKET_SZ  65u
#define LQ_CONTROL_LINE_MAX   1024u
#define LQ_CONTROL_OUT_MAX    ((size_t)1 << 20)
#define LQ_CONTROL_CLIENT_MAX 8u

typedef struct lq_control_request {
    lq_control_command_t command;
    char market[LQ_CONTROL_MARKET_SZ]; /* RESUME; "": none in particular */
} lq_control_request_t;

/* lq_control_parse reads the SZ bytes at TEXT as a request. LQ_ERR_SYNTAX, LQ_ERR_NOT_FOUND: there
   is no such command; MSG says what is wrong. */
LQ_MUST_USE lq_err_t lq_control_parse(lq_control_request_t *out, lq_err_msg_t *msg,
                                      const char *text, size_t sz);

/* lq_control_write writes REQUEST to OUT as a line without its end and returns its size. */
size_t lq_control_write(char out[LQ_CONTROL_LINE_MAX], const lq_control_request_t *request);

/* Opaque. */
typedef struct lq_control lq_control_t;

/* Takes a request of CLIENT's, which lq_control_answer answers from within. */
typedef void lq_control_fn_t(void *ctx, uint32_t client, const lq_control_request_t *request);

/* lq_control_new listens at PATH; it takes LQ_CONTROL_CLIENT_MAX timers. Errors as
   lq_line_server_new. lq_control_free takes NULL; not from FN. */
LQ_MUST_USE lq_err_t lq_control_new(lq_control_t **control, lq_err_msg_t *msg, lq_arena_t *arena,
                                    lq_loop_t *loop, const char *path, lq_control_fn_t *fn,
                                    void *ctx);
void lq_control_free(lq_control_t *control);
void lq_control_answer(lq_control_t *control, uint32_t client, const char *text, size_t sz);

/* lq_control_ask asks the daemon that listens at PATH, waits for its answer and sets *OUT to it, a
   string that the caller frees. LQ_ERR_NOT_FOUND: nobody listens; LQ_ERR_PERM: it is not ours to
   ask; LQ_ERR_TIMEOUT: no answer for TIMEOUT_NS; LQ_ERR_TOO_LONG, LQ_ERR_IO, LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_control_ask(char **out, lq_err_msg_t *msg, const char *path,
                                    const lq_control_request_t *request, uint64_t timeout_ns);

#endif
