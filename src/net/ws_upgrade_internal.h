#ifndef LIQD_NET_WS_UPGRADE_INTERNAL_H
#define LIQD_NET_WS_UPGRADE_INTERNAL_H

/* The handshake of a WebSocket: RFC 6455 section 4, without extensions and subprotocols. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/net/url.h"

#define LQ_WS_REQUEST_MAX 16384u /* bytes */
#define LQ_WS_ANSWER_MAX  16384u /* bytes of the header, its empty line included */

/* The request's Sec-WebSocket-Key: 16 random bytes in base64. */
typedef struct lq_ws_key {
    char text[25]; /* NUL-terminated */
} lq_ws_key_t;

lq_ws_key_t lq_ws_key_make(const uint8_t random[16]);

/* lq_ws_request writes the request for URL with AUTH, its token issued at NOW_SEC, into OUT and
   returns its size; 0 where it is longer than LQ_WS_REQUEST_MAX. It is secret where AUTH is. */
size_t lq_ws_request(char out[LQ_WS_REQUEST_MAX], const lq_url_t *url, const lq_auth_t *auth,
                     const lq_ws_key_t *key, uint64_t now_sec);

/* lq_ws_answer reads the answer of which the SZ bytes at DATA have come. *USED is the size of its
   header once all of it is there and accepted, until then 0. LQ_ERR_PERM: status 401 or 403.
   LQ_ERR_IO: another status but 101. LQ_ERR_SYNTAX: it is no answer to this request, or longer than
   LQ_WS_ANSWER_MAX. However the bytes are cut, the result is the same. */
LQ_MUST_USE lq_err_t lq_ws_answer(size_t *used, lq_err_msg_t *msg, const char *data, size_t sz,
                                  const lq_ws_key_t *key);

#endif
