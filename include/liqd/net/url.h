#ifndef LIQD_NET_URL_H
#define LIQD_NET_URL_H

/* Where a node listens, and what proves to it who we are. Paths, queries and user names carry API
   keys: only lq_url_show's text may reach a log. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

#define LQ_URL_MAX 2048u /* bytes */

typedef enum lq_url_scheme {
    LQ_URL_IPC, /* a Unix socket: "ipc:///run/geth.ipc", or a path that begins with '/' or "./" */
    LQ_URL_WS,
    LQ_URL_WSS,
    LQ_URL_HTTP,
    LQ_URL_HTTPS,
} lq_url_scheme_t;

/* A parsed URL. Plain value. */
typedef struct lq_url {
    lq_url_scheme_t scheme;
    uint16_t port; /* the scheme's own where none is given; 0 for a Unix socket */
    char text[LQ_URL_MAX +
              1];    /* NUL-terminated, without user and password; of a Unix socket its path */
    char shown[288]; /* NUL-terminated, for logs; see lq_url_parse */
    char host[256]; /* NUL-terminated, without the brackets of an IPv6 address; "" for a Unix socket
                     */
    char target[LQ_URL_MAX + 1]; /* path and query as a request line has them; "/" at least */
    char user[LQ_URL_MAX + 1];   /* "user:password" with %XX resolved; "" where there is none */
} lq_url_t;

/* lq_url_parse sets URL to what the TEXT_SZ bytes at TEXT say. URL->shown becomes
   "wss://host:port/..." (without the dots where there is neither path nor query), or a Unix
   socket's whole path. LQ_ERR_SYNTAX (another scheme, no host, control characters or spaces, a
   fragment, a bad port, user without host), LQ_ERR_TOO_LONG; MSG says what and never quotes TEXT
   beyond its scheme. */
LQ_MUST_USE lq_err_t lq_url_parse(lq_url_t *url, lq_err_msg_t *msg, const char *text,
                                  size_t text_sz);

/* lq_url_is_http tells whether each call is a request of its own; else a stream carries them. */
static inline bool lq_url_is_http(const lq_url_t *url)
{
    return url->scheme == LQ_URL_HTTP || url->scheme == LQ_URL_HTTPS;
}

/* lq_url_is_local tells whether a URL stays on this machine by its form: a Unix socket,
 * 127.0.0.0/8, ::1, localhost. */
bool lq_url_is_local(const lq_url_t *url);

/* lq_url_may_show tells whether the TEXT_SZ bytes at TEXT, as far as a log line goes, quote no part
   of URL that may be a key: what of its path and query stands between two marks and has 16 bytes or
   more. */
bool lq_url_may_show(const lq_url_t *url, const char *text, size_t text_sz);

#define LQ_AUTH_HEADER_CNT 8u

/* What goes along with every connection. Secret: no formatter, no log. Borrows all. */
typedef struct lq_auth {
    const char *headers[LQ_AUTH_HEADER_CNT]; /* "Name: value", checked by lq_auth_header_check; NULL
                                                behind the last */
    const uint8_t *jwt_secret;               /* 32 bytes for a token of our own for each
                                                connection or request (HS256, iat), as geth's and
                                                others' engine port wants it; NULL: none */
} lq_auth_t;

/* lq_auth_header_check accepts "Name: value" as RFC 9110 has it; LQ_ERR_SYNTAX for other bytes
   (line ends above all), LQ_ERR_INVAL for names that are ours: Host, Connection, Upgrade,
   Content-*, Sec-WebSocket-*, Transfer-Encoding, Expect. */
LQ_MUST_USE lq_err_t lq_auth_header_check(lq_err_msg_t *msg, const char *header);

/* lq_jwt_make writes the token that claims to be issued at IAT_SEC into OUT, NUL-terminated;
   returns its size.
   @src RFC 7519, RFC 7515 appendix A.1; execution-apis src/engine/authentication.md */
#define LQ_JWT_SZ 160u
size_t lq_jwt_make(char out[LQ_JWT_SZ], const uint8_t secret[32], uint64_t iat_sec);

#endif
