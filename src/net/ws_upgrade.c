#include "ws_upgrade_internal.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "liqd/base/text.h"

lq_ws_key_t lq_ws_key_make(const uint8_t random[16])
{
    lq_ws_key_t key;
    EVP_EncodeBlock((unsigned char *)key.text, random, 16);
    return key;
}

/* What the peer makes of KEY. */
static void accept_of(char out[29], const lq_ws_key_t *key)
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455 section 1.3 */
    char text[24 + sizeof(guid)];
    memcpy(text, key->text, 24);
    memcpy(text + 24, guid, sizeof(guid));
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_sz = 0;
    int ok = EVP_Digest(text, sizeof(text) - 1, digest, &digest_sz, EVP_sha1(), NULL);
    LQ_ASSERT(ok == 1 && digest_sz == 20);
    EVP_EncodeBlock((unsigned char *)out, digest, 20);
}

typedef struct writer {
    char *out;
    size_t sz;
    bool full;
} writer_t;

static void put(writer_t *w, const char *fmt, ...) LQ_PRINTF(2, 3);
static void put(writer_t *w, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int sz = vsnprintf(w->out + w->sz, LQ_WS_REQUEST_MAX - w->sz, fmt, ap);
    va_end(ap);
    if (sz < 0 || (size_t)sz >= LQ_WS_REQUEST_MAX - w->sz)
        w->full = true;
    else
        w->sz += (size_t)sz;
}

static void put_auth(writer_t *w, const lq_url_t *url, const lq_auth_t *auth, uint64_t now_sec)
{
    if (url->user[0]) {
        unsigned char basic[4 * ((LQ_URL_MAX + 2) / 3) + 1];
        EVP_EncodeBlock(basic, (const unsigned char *)url->user, (int)strlen(url->user));
        put(w, "Authorization: Basic %s\r\n", (const char *)basic);
        explicit_bzero(basic, sizeof(basic));
    }
    if (auth->jwt_secret) {
        char token[LQ_JWT_SZ];
        lq_jwt_make(token, auth->jwt_secret, now_sec);
        put(w, "Authorization: Bearer %s\r\n", token);
        explicit_bzero(token, sizeof(token));
    }
    for (size_t i = 0; i < LQ_AUTH_HEADER_CNT && auth->headers[i]; i++)
        put(w, "%s\r\n", auth->headers[i]);
}

size_t lq_ws_request(char out[LQ_WS_REQUEST_MAX], const lq_url_t *url, const lq_auth_t *auth,
                     const lq_ws_key_t *key, uint64_t now_sec)
{
    writer_t w = {.out = out};
    bool v6 = strchr(url->host, ':');
    put(&w, "GET %s HTTP/1.1\r\nHost: %s%s%s", url->target, v6 ? "[" : "", url->host,
        v6 ? "]" : "");
    if (url->port != (url->scheme == LQ_URL_WSS ? 443 : 80))
        put(&w, ":%u", (unsigned)url->port);
    put(&w,
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: %s\r\n",
        key->text);
    put_auth(&w, url, auth, now_sec);
    put(&w, "\r\n");
    if (!w.full)
        return w.sz;
    explicit_bzero(out, w.sz);
    return 0;
}

/* Bytes of the answer that are not NUL-terminated. */
typedef struct span {
    const char *at;
    size_t sz;
} span_t;

static bool is_text(span_t s, const char *text)
{
    return s.sz == strlen(text) && strncasecmp(s.at, text, s.sz) == 0;
}

static span_t trim(span_t s)
{
    while (s.sz && (s.at[0] == ' ' || s.at[0] == '\t')) {
        s.at++;
        s.sz--;
    }
    while (s.sz && (s.at[s.sz - 1] == ' ' || s.at[s.sz - 1] == '\t'))
        s.sz--;
    return s;
}

/* Takes the line up to CR LF from the front of *LEFT; false where bytes stand in it that none may
   have. */
static bool take_line(span_t *line, span_t *left)
{
    line->at = left->at;
    for (line->sz = 0; line->sz < left->sz; line->sz++) {
        uint8_t c = (uint8_t)left->at[line->sz];
        if (c == '\r')
            break;
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    if (left->sz - line->sz < 2 || left->at[line->sz + 1] != '\n')
        return false;
    left->at += line->sz + 2;
    left->sz -= line->sz + 2;
    return true;
}

static bool is_name(span_t s)
{
    for (size_t i = 0; i < s.sz; i++) {
        uint8_t c = (uint8_t)s.at[i];
        bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (!alnum && (c < '!' || c > '~' || strchr("\"(),/:;<=>?@[\\]{}", c)))
            return false;
    }
    return s.sz > 0;
}

/* Whether the comma-separated LIST contains TOKEN. */
static bool has_token(span_t list, const char *token)
{
    while (list.sz) {
        const char *comma = memchr(list.at, ',', list.sz);
        size_t sz = comma ? (size_t)(comma - list.at) : list.sz;
        if (is_text(trim((span_t){list.at, sz}), token))
            return true;
        sz += comma ? 1 : 0;
        list.at += sz;
        list.sz -= sz;
    }
    return false;
}

/* What of the headers counts, by how often it was there and right. */
typedef struct seen {
    unsigned upgrade_cnt;
    unsigned accept_cnt;
    bool connection;
    const char *fault;
} seen_t;

static void look_at(seen_t *seen, span_t name, span_t value, const char *accept)
{
    if (is_text(name, "Upgrade")) {
        seen->upgrade_cnt++;
        if (!is_text(value, "websocket"))
            seen->fault = "it upgrades to something else";
    } else if (is_text(name, "Connection")) {
        seen->connection |= has_token(value, "upgrade");
    } else if (is_text(name, "Sec-WebSocket-Accept")) {
        seen->accept_cnt++;
        if (value.sz != strlen(accept) || memcmp(value.at, accept, value.sz) != 0)
            seen->fault = "Sec-WebSocket-Accept answers another request";
    } else if (is_text(name, "Sec-WebSocket-Extensions")) {
        seen->fault = "it uses an extension that was not asked for";
    } else if (is_text(name, "Sec-WebSocket-Protocol")) {
        seen->fault = "it uses a subprotocol that was not asked for";
    }
}

static const char *read_headers(span_t left, const lq_ws_key_t *key)
{
    char accept[29];
    accept_of(accept, key);
    seen_t seen = {0};
    for (;;) {
        span_t line;
        if (!take_line(&line, &left))
            return "a header has bytes that none may have";
        if (!line.sz)
            break;
        const char *colon = memchr(line.at, ':', line.sz);
        span_t name = {line.at, colon ? (size_t)(colon - line.at) : 0};
        if (!is_name(name))
            return "a header without a name";
        look_at(&seen, name, trim((span_t){colon + 1, line.sz - name.sz - 1}), accept);
        if (seen.fault)
            return seen.fault;
    }
    if (seen.upgrade_cnt != 1 || !seen.connection)
        return "it does not upgrade";
    return seen.accept_cnt == 1 ? NULL : "not one Sec-WebSocket-Accept";
}

/* The status line's number, 0 where it is none. */
static unsigned status_of(span_t line)
{
    unsigned status = 0;
    if (line.sz < 12 || line.at[8] != ' ' || line.at[7] < '0' || line.at[7] > '9' ||
        (line.sz > 12 && line.at[12] != ' '))
        return 0;
    for (size_t i = 9; i < 12; i++) {
        if (line.at[i] < '0' || line.at[i] > '9')
            return 0;
        status = 10 * status + (unsigned)(line.at[i] - '0');
    }
    return status;
}

static LQ_COLD lq_err_t refused(lq_err_msg_t *msg, unsigned status, span_t line)
{
    char reason[LQ_TEXT_SHOWN_MAX + 2];
    char shown[LQ_TEXT_QUOTE_SZ];
    size_t at = line.sz > 13 ? 13 : line.sz;
    size_t sz = line.sz - at < sizeof(reason) - 1 ? line.sz - at : sizeof(reason) - 1;
    memcpy(reason, line.at + at, sz);
    reason[sz] = '\0';
    lq_err_t err = status == 401 || status == 403 ? LQ_ERR_PERM : LQ_ERR_IO;
    return lq_err_msg_set(msg, err, "the upgrade to a WebSocket was refused with status %u %s",
                          status, lq_text_quote(shown, reason));
}

lq_err_t lq_ws_answer(size_t *used, lq_err_msg_t *msg, const char *data, size_t sz,
                      const lq_ws_key_t *key)
{
    static const char start[] = "HTTP/1.";
    size_t max = sz < LQ_WS_ANSWER_MAX ? sz : LQ_WS_ANSWER_MAX;
    size_t start_sz = max < sizeof(start) - 1 ? max : sizeof(start) - 1;
    if (memcmp(data, start, start_sz) != 0)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "the peer speaks no HTTP");
    const char *end = memmem(data, max, "\r\n\r\n", 4);
    if (!end && max < LQ_WS_ANSWER_MAX) {
        *used = 0;
        return LQ_OK;
    }
    if (!end)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "the answer's header is longer than %u bytes",
                              LQ_WS_ANSWER_MAX);
    span_t left = {data, (size_t)(end - data) + 4};
    size_t header_sz = left.sz;
    span_t line;
    unsigned status = take_line(&line, &left) ? status_of(line) : 0;
    if (!status)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "the answer has no status line");
    if (status != 101)
        return refused(msg, status, line);
    const char *fault = line.at[7] == '0' ? "HTTP/1.0 knows no upgrade" : read_headers(left, key);
    if (fault)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "the answer is no upgrade to a WebSocket: %s",
                              fault);
    *used = header_sz;
    return LQ_OK;
}
