#include "liqd/net/url.h"

#include <string.h>

#include <arpa/inet.h>
#include <sys/un.h>

#include "liqd/base/log.h"
#include "liqd/base/text.h"

#define KEY_MIN  16u                            /* bytes of a part of a URL that may be a key */
#define LOOK_MAX (LQ_LOG_LINE_MAX + LQ_URL_MAX) /* beyond it nothing is shown */

/* A piece of the text that is parsed. */
typedef struct span {
    const char *p;
    size_t sz;
} span_t;

static const struct {
    const char *name;
    uint16_t port;
} schemes[] = {
    [LQ_URL_IPC] = {"ipc", 0},    [LQ_URL_WS] = {"ws", 80},        [LQ_URL_WSS] = {"wss", 443},
    [LQ_URL_HTTP] = {"http", 80}, [LQ_URL_HTTPS] = {"https", 443},
};

/* Of our own rather than ctype.h's, which depend on the locale. */
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c | 0x20);
    return c;
}

static bool is_alpha(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_among(char c, const char *set)
{
    return c != '\0' && strchr(set, c);
}

/* Whether the SZ bytes at P spell the lower-case NAME, whatever their case. */
static bool spells(const char *p, size_t sz, const char *name)
{
    if (sz != strlen(name))
        return false;
    for (size_t i = 0; i < sz; i++)
        if (lower(p[i]) != name[i])
            return false;
    return true;
}

/* Cuts what stands before the first byte of SET off the front of *REST; all of it where none does.
 */
static span_t cut_before(span_t *rest, const char *set)
{
    size_t n = 0;
    while (n < rest->sz && !is_among(rest->p[n], set))
        n++;
    span_t front = {rest->p, n};
    rest->p += n;
    rest->sz -= n;
    return front;
}

/* Writes the spans one after the other, NUL-terminated, to OUT, which has the room. */
static void join(char *out, const span_t *parts, size_t cnt)
{
    for (size_t i = 0; i < cnt; out += parts[i++].sz)
        memcpy(out, parts[i].p, parts[i].sz);
    *out = '\0';
}

static span_t span_of(const char *text)
{
    return (span_t){text, strlen(text)};
}

/* Takes the scheme and its "://" off the front of *REST. */
static lq_err_t take_scheme(lq_url_t *url, lq_err_msg_t *msg, span_t *rest)
{
    size_t n = 0;
    while (n < rest->sz && n < 16 &&
           (is_alpha(rest->p[n]) || (n && (is_digit(rest->p[n]) || is_among(rest->p[n], "+-.")))))
        n++;
    if (n == 0 || rest->sz - n < 3 || memcmp(rest->p + n, "://", 3) != 0)
        return lq_err_msg_set(
            msg, LQ_ERR_SYNTAX,
            "begins with none of ipc://, ws://, wss://, http://, https:// and '/'");
    for (size_t i = 0; i < LQ_ARRAY_CNT(schemes); i++) {
        if (!spells(rest->p, n, schemes[i].name))
            continue;
        url->scheme = (lq_url_scheme_t)i;
        url->port = schemes[i].port;
        rest->p += n + 3;
        rest->sz -= n + 3;
        return LQ_OK;
    }
    return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                          "the scheme %.*s is none of ipc, ws, wss, http and https", (int)n,
                          rest->p);
}

static bool is_path(span_t text)
{
    return (text.sz && text.p[0] == '/') || (text.sz > 1 && memcmp(text.p, "./", 2) == 0);
}

/* The path of a Unix socket; it is shown, so it must be fit for that. */
static lq_err_t parse_ipc(lq_url_t *url, lq_err_msg_t *msg, span_t path)
{
    if (!is_path(path))
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "a Unix socket's path begins with '/' or \"./\"");
    if (!lq_text_is_plain(path.p, path.sz) || memchr(path.p, ' ', path.sz))
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                              "a Unix socket's path has a control character, a space or bytes that "
                              "are not UTF-8");
    size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
    if (path.sz > max)
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG,
                              "a Unix socket's path of %zu bytes: the system takes %zu", path.sz,
                              max);
    *url = (lq_url_t){.scheme = LQ_URL_IPC, .target = "/"};
    join(url->text, &path, 1);
    join(url->shown, &path, 1);
    return LQ_OK;
}

/* What a URL is written in: other characters would reach the peer in a form that depends on who
   sends them. @src RFC 3986 section 2 */
static lq_err_t check_chars(lq_err_msg_t *msg, span_t text)
{
    for (size_t i = 0; i < text.sz; i++) {
        char c = text.p[i];
        if (c <= 0x20 || c >= 0x7f || is_among(c, "\"<>\\^`{|}"))
            return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                                  "the character at offset %zu behind the scheme has no place in a "
                                  "URL: write it as %%XX",
                                  i);
        if (c == '#')
            return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                                  "has a fragment ('#'), which a URL for a "
                                  "node has not: write %%23");
        if (c == '%' &&
            (text.sz - i < 3 || hex_digit(text.p[i + 1]) < 0 || hex_digit(text.p[i + 2]) < 0))
            return lq_err_msg_set(
                msg, LQ_ERR_SYNTAX,
                "the '%%' at offset %zu behind the scheme stands without two hexadecimal digits",
                i);
    }
    return LQ_OK;
}

/* @src RFC 7617 section 2: no control characters; the first colon ends the user's name */
static lq_err_t parse_user(lq_url_t *url, lq_err_msg_t *msg, span_t user)
{
    size_t out = 0;
    bool colon = false;
    for (size_t i = 0; i < user.sz; i++) {
        char c = user.p[i];
        if (c == '%') {
            c = (char)(hex_digit(user.p[i + 1]) * 16 + hex_digit(user.p[i + 2]));
            i += 2;
            if ((unsigned char)c < 0x20 || c == 0x7f || (c == ':' && !colon))
                return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                                      "the user name or password holds a "
                                      "character that cannot be sent");
        } else if (c == '@') {
            return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                                  "has more than one '@' before the host: "
                                  "write %%40 in a password");
        } else if (c == ':') {
            colon = true;
        }
        url->user[out++] = c;
    }
    if (out == 0)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "the user name before '@' is empty");
    if (!colon)
        url->user[out++] = ':';
    url->user[out] = '\0';
    return LQ_OK;
}

static lq_err_t parse_host(lq_url_t *url, lq_err_msg_t *msg, span_t host, bool brackets)
{
    if (host.sz == 0)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "names no host");
    if (host.sz >= sizeof(url->host))
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "the host's name is longer than %zu bytes",
                              sizeof(url->host) - 1);
    for (size_t i = 0; i < host.sz; i++) {
        if (!brackets && !is_alpha(host.p[i]) && !is_digit(host.p[i]) &&
            !is_among(host.p[i], "-._"))
            return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                                  "the host's name is not made of letters, digits, '-', '.' and "
                                  "'_'");
        url->host[i] = lower(host.p[i]);
    }
    struct in6_addr addr;
    if (brackets && inet_pton(AF_INET6, url->host, &addr) != 1)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "no IPv6 address stands in the brackets");
    return LQ_OK;
}

static lq_err_t parse_port(lq_url_t *url, lq_err_msg_t *msg, span_t port)
{
    uint32_t n = 0;
    for (size_t i = 0; i < port.sz; i++) {
        if (!is_digit(port.p[i]) || n > UINT16_MAX)
            n = UINT16_MAX + 1u;
        else
            n = 10 * n + (uint32_t)(port.p[i] - '0');
    }
    if (n == 0 || n > UINT16_MAX)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "the port is not a number from 1 to 65535");
    url->port = (uint16_t)n;
    return LQ_OK;
}

/* HOST_PORT: "host", "host:port" or either with an IPv6 address in brackets. */
static lq_err_t parse_host_port(lq_url_t *url, lq_err_msg_t *msg, span_t host_port)
{
    span_t rest = host_port;
    bool brackets = rest.sz && rest.p[0] == '[';
    span_t host;
    if (brackets) {
        rest.p++;
        rest.sz--;
        host = cut_before(&rest, "]");
        if (rest.sz == 0)
            return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "the host's '[' is not closed");
        rest.p++;
        rest.sz--;
    } else {
        host = cut_before(&rest, ":");
    }
    lq_err_t err = parse_host(url, msg, host, brackets);
    if (err || rest.sz == 0)
        return err;
    if (rest.p[0] != ':')
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "only a port may follow the host's ']'");
    return parse_port(url, msg, (span_t){rest.p + 1, rest.sz - 1});
}

static void set_shown(lq_url_t *url, bool more)
{
    char port[8];
    size_t at = sizeof(port);
    for (unsigned n = url->port; n; n /= 10)
        port[--at] = (char)('0' + n % 10);
    bool brackets = strchr(url->host, ':');
    const span_t parts[] = {
        span_of(schemes[url->scheme].name),
        span_of(brackets ? "://[" : "://"),
        span_of(url->host),
        span_of(brackets ? "]:" : ":"),
        {port + at, sizeof(port) - at},
        span_of(more ? "/..." : ""),
    };
    join(url->shown, parts, LQ_ARRAY_CNT(parts));
}

/* REST is what follows the "://". */
static lq_err_t parse_net(lq_url_t *url, lq_err_msg_t *msg, span_t rest)
{
    lq_err_t err = check_chars(msg, rest);
    if (err)
        return err;
    span_t authority = cut_before(&rest, "/?");
    span_t host_port = authority;
    size_t at = authority.sz;
    while (at && authority.p[at - 1] != '@')
        at--;
    if (at) {
        host_port = (span_t){authority.p + at, authority.sz - at};
        err = parse_user(url, msg, (span_t){authority.p, at - 1});
        if (err)
            return err;
    }
    err = parse_host_port(url, msg, host_port);
    if (err)
        return err;
    bool bare = rest.sz == 0 || rest.p[0] != '/';
    const span_t text[] = {span_of(schemes[url->scheme].name), span_of("://"), host_port, rest};
    const span_t target[] = {span_of(bare ? "/" : ""), rest};
    join(url->text, text, LQ_ARRAY_CNT(text));
    join(url->target, target, LQ_ARRAY_CNT(target));
    set_shown(url, strcmp(url->target, "/") != 0);
    return LQ_OK;
}

lq_err_t lq_url_parse(lq_url_t *url, lq_err_msg_t *msg, const char *text, size_t text_sz)
{
    if (text_sz > LQ_URL_MAX)
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "is longer than %u bytes", LQ_URL_MAX);
    span_t rest = {text, text_sz};
    lq_url_t out = {0};
    lq_err_t err = LQ_OK;
    if (!is_path(rest))
        err = take_scheme(&out, msg, &rest);
    if (!err)
        err = out.scheme == LQ_URL_IPC ? parse_ipc(&out, msg, rest) : parse_net(&out, msg, rest);
    if (!err)
        *url = out;
    explicit_bzero(&out, sizeof(out));
    return err;
}

bool lq_url_is_local(const lq_url_t *url)
{
    if (url->scheme == LQ_URL_IPC || strcmp(url->host, "localhost") == 0)
        return true;
    struct in_addr v4;
    if (inet_pton(AF_INET, url->host, &v4) == 1)
        return (ntohl(v4.s_addr) >> 24) == 127;
    struct in6_addr v6;
    return inet_pton(AF_INET6, url->host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

/* Whether the name is one that we or libcurl write, in lower case; with a '-' at its end the
   beginning of such. */
static bool is_ours(const char *name, size_t sz)
{
    static const char *const ours[] = {"host",           "connection",        "upgrade", "content-",
                                       "sec-websocket-", "transfer-encoding", "expect"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(ours); i++) {
        size_t ours_sz = strlen(ours[i]);
        bool is_prefix = ours[i][ours_sz - 1] == '-';
        if (sz >= ours_sz && spells(name, is_prefix ? ours_sz : sz, ours[i]))
            return true;
    }
    return false;
}

bool lq_url_may_show(const lq_url_t *url, const char *text, size_t text_sz)
{
    static const char marks[] = "/?&=";
    text_sz = text_sz < LOOK_MAX ? text_sz : LOOK_MAX;
    if (url->scheme == LQ_URL_IPC || !text_sz)
        return true;
    for (const char *part = url->target; *part;) {
        part += strspn(part, marks);
        size_t sz = strcspn(part, marks);
        if (sz >= KEY_MIN && memmem(text, text_sz, part, sz))
            return false;
        part += sz;
    }
    return true;
}

lq_err_t lq_auth_header_check(lq_err_msg_t *msg, const char *header)
{
    size_t name_sz = 0;
    while (is_alpha(header[name_sz]) || is_digit(header[name_sz]) ||
           is_among(header[name_sz], "!#$%&'*+-.^_`|~"))
        name_sz++;
    if (name_sz == 0 || header[name_sz] != ':')
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "a header is written \"Name: value\"");
    if (name_sz > 64)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "a header's name is longer than 64 bytes");
    bool empty = true; /* libcurl would leave the header out */
    for (const char *c = header + name_sz + 1; *c; c++) {
        if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
            return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                                  "the value of the header %.*s has a control character",
                                  (int)name_sz, header);
        empty = empty && (*c == ' ' || *c == '\t');
    }
    if (empty)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "the header %.*s has no value", (int)name_sz,
                              header);
    if (is_ours(header, name_sz))
        return lq_err_msg_set(msg, LQ_ERR_INVAL, "the header %.*s is set by liqd itself",
                              (int)name_sz, header);
    return LQ_OK;
}
