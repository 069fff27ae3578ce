#include "lq_test_node.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "liqd/base/compiler.h"
#include "lq_test.h"

#define IN_MAX     (4u << 20)
#define OUT_MAX    (4u << 20)
#define SCRIPT_MAX 64u
#define PEER_MAX   16u

typedef struct script {
    char method[64];
    char *result; /* NULL: silence */
    bool has_result;
    size_t request_cnt;
    char *params;
} script_t;

/* A connection on HTTP. */
typedef struct peer {
    int fd;
    char *in;
    size_t in_sz;
} peer_t;

struct lq_test_node {
    bool is_http;
    peer_t peers[PEER_MAX];
    unsigned status;
    const char *headers;
    const char *body;
    struct sockaddr_in at;
    char dir[64];
    char path[96];
    int door;
    int fd;
    lq_test_node_fn_t *fn;
    void *ctx;
    script_t scripts[SCRIPT_MAX];
    size_t script_cnt;
    size_t connect_cnt;
    size_t request_cnt;
    uint64_t sub_cnt;
    char sub[32];
    char *in;
    size_t in_sz;
    char *out; /* of a batch: its array so far; on HTTP the body */
    size_t out_sz;
    bool in_batch;
};

static lq_test_node_t *new_node(bool is_http)
{
    lq_test_node_t *n = calloc(1, sizeof(*n));
    assert_non_null(n);
    n->is_http = is_http;
    n->door = n->fd = -1;
    for (size_t i = 0; i < PEER_MAX; i++)
        n->peers[i].fd = -1;
    n->in = malloc(IN_MAX + 1);
    n->out = malloc(OUT_MAX);
    assert_non_null(n->in);
    assert_non_null(n->out);
    lq_test_node_http(n, 200, "", NULL);
    lq_test_node_script(n, "eth_chainId", "\"0x1\"");
    lq_test_node_script(n, "eth_unsubscribe", "true");
    return n;
}

lq_test_node_t *lq_test_node_new_http(void)
{
    lq_test_node_t *n = new_node(true);
    n->at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    lq_test_node_listen(n, true);
    (void)snprintf(n->path, sizeof(n->path), "http://127.0.0.1:%u/SECRET?key=SECRET",
                   ntohs(n->at.sin_port));
    return n;
}

lq_test_node_t *lq_test_node_new(void)
{
    lq_test_node_t *n = new_node(false);
    (void)snprintf(n->dir, sizeof(n->dir), "/tmp/liqd-node-XXXXXX");
    assert_non_null(mkdtemp(n->dir));
    (void)snprintf(n->path, sizeof(n->path), "%s/ipc", n->dir);
    lq_test_node_listen(n, true);
    return n;
}

void lq_test_node_free(lq_test_node_t *n)
{
    if (!n)
        return;
    lq_test_node_cut(n);
    lq_test_node_listen(n, false);
    if (!n->is_http)
        (void)rmdir(n->dir);
    for (size_t i = 0; i < n->script_cnt; i++) {
        free(n->scripts[i].result);
        free(n->scripts[i].params);
    }
    free(n->in);
    free(n->out);
    free(n);
}

const char *lq_test_node_path(const lq_test_node_t *n)
{
    return n->path;
}

void lq_test_node_handle(lq_test_node_t *n, lq_test_node_fn_t *fn, void *ctx)
{
    n->fn = fn;
    n->ctx = ctx;
}

static script_t *find_script(const lq_test_node_t *n, const char *method)
{
    for (size_t i = 0; i < n->script_cnt; i++)
        if (strcmp(n->scripts[i].method, method) == 0)
            return (script_t *)&n->scripts[i];
    return NULL;
}

static script_t *need_script(lq_test_node_t *n, const char *method)
{
    script_t *s = find_script(n, method);
    if (s)
        return s;
    assert_true(n->script_cnt < SCRIPT_MAX);
    s = &n->scripts[n->script_cnt++];
    (void)snprintf(s->method, sizeof(s->method), "%s", method);
    return s;
}

static void set_text(char **to, const char *text)
{
    free(*to);
    *to = text ? strdup(text) : NULL;
    assert_true(*to || !text);
}

void lq_test_node_script(lq_test_node_t *n, const char *method, const char *result)
{
    script_t *s = need_script(n, method);
    s->has_result = true;
    set_text(&s->result, result);
}

void lq_test_node_http(lq_test_node_t *n, unsigned status, const char *headers, const char *body)
{
    n->status = status;
    n->headers = headers;
    n->body = body;
}

static void open_door(lq_test_node_t *n, const void *at, socklen_t at_sz)
{
    int family = n->is_http ? AF_INET : AF_UNIX;
    int one = 1;
    n->door = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(n->door >= 0);
    assert_int_equal(setsockopt(n->door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), 0);
    assert_int_equal(bind(n->door, at, at_sz), 0);
    assert_int_equal(listen(n->door, 8), 0);
}

void lq_test_node_listen(lq_test_node_t *n, bool on)
{
    if (n->door >= 0) {
        (void)close(n->door);
        if (!n->is_http)
            (void)unlink(n->path);
        n->door = -1;
    }
    if (!on)
        return;
    if (n->is_http) {
        socklen_t sz = sizeof(n->at);
        open_door(n, &n->at, sz); /* the same port each time */
        assert_int_equal(getsockname(n->door, (struct sockaddr *)&n->at, &sz), 0);
        return;
    }
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", n->path);
    open_door(n, &at, sizeof(at));
}

static void peer_close(peer_t *p)
{
    if (p->fd >= 0)
        (void)close(p->fd);
    free(p->in);
    *p = (peer_t){.fd = -1};
}

void lq_test_node_cut(lq_test_node_t *n)
{
    for (size_t i = 0; i < PEER_MAX; i++)
        peer_close(&n->peers[i]);
    if (n->fd >= 0)
        (void)close(n->fd);
    n->fd = -1;
    n->in_sz = 0;
}

bool lq_test_node_is_connected(const lq_test_node_t *n)
{
    return n->fd >= 0;
}

bool lq_test_node_send(lq_test_node_t *n, const void *bytes, size_t sz)
{
    size_t done = 0;
    while (n->fd >= 0 && done < sz) {
        ssize_t got = send(n->fd, (const char *)bytes + done, sz - done, MSG_NOSIGNAL);
        if (got < 0)
            return false;
        done += (size_t)got;
    }
    return done == sz;
}

static void put(lq_test_node_t *n, const char *text)
{
    size_t sz = strlen(text);
    if (!n->in_batch && !n->is_http) {
        (void)lq_test_node_send(n, text, sz);
        (void)lq_test_node_send(n, "\n", 1);
        return;
    }
    assert_true(n->out_sz + sz + 2 <= OUT_MAX);
    if (n->in_batch)
        n->out[n->out_sz] = n->out_sz ? ',' : '[';
    else
        n->out[n->out_sz] = ' ';
    memcpy(n->out + n->out_sz + 1, text, sz);
    n->out_sz += sz + 1;
}

static void putf(lq_test_node_t *n, const char *fmt, ...) LQ_PRINTF(2, 3);
static void putf(lq_test_node_t *n, const char *fmt, ...)
{
    char *text;
    va_list ap;
    va_start(ap, fmt);
    assert_true(vasprintf(&text, fmt, ap) >= 0);
    va_end(ap);
    put(n, text);
    free(text);
}

void lq_test_node_result(lq_test_node_t *n, uint64_t id, const char *json)
{
    putf(n, "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64 ",\"result\":%s}", id, json);
}

void lq_test_node_error(lq_test_node_t *n, uint64_t id, int code, const char *message)
{
    putf(n, "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64 ",\"error\":{\"code\":%d,\"message\":\"%s\"}}",
         id, code, message);
}

void lq_test_node_notify(lq_test_node_t *n, const char *sub, const char *result)
{
    bool in_batch = n->in_batch;
    n->in_batch = false;
    putf(n,
         "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{\"subscription\":\"%s\","
         "\"result\":%s}}",
         sub, result);
    n->in_batch = in_batch;
}

static void answer_by_script(lq_test_node_t *n, const lq_test_request_t *r)
{
    const script_t *s = find_script(n, r->method);
    if (s && s->has_result && !s->result)
        return;
    if (s && s->has_result && s->result[0] == '!') {
        putf(n, "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64 ",\"error\":%s}", r->id, s->result + 1);
    } else if (s && s->has_result) {
        lq_test_node_result(n, r->id, s->result);
    } else if (strcmp(r->method, "eth_subscribe") == 0) {
        (void)snprintf(n->sub, sizeof(n->sub), "0x%" PRIx64, ++n->sub_cnt);
        putf(n, "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64 ",\"result\":\"%s\"}", r->id, n->sub);
    } else {
        lq_test_node_error(n, r->id, -32601, "the method does not exist");
    }
}

/* Returns the end of the JSON value at TEXT, which is whole; NULL where it is not. */
static char *value_end(char *text)
{
    size_t depth = 0;
    bool in_string = false;
    for (char *p = text; *p; p++) {
        if (in_string) {
            if (*p == '\\' && p[1])
                p++;
            else if (*p == '"')
                in_string = false;
        } else if (*p == '"') {
            in_string = true;
        } else if (*p == '{' || *p == '[') {
            depth++;
        } else if ((*p == '}' || *p == ']') && --depth == 0) {
            return p + 1;
        }
    }
    return NULL;
}

static char *need_end(char *text)
{
    char *end = value_end(text);
    if (!end) {
        fail_msg("a request is cut: %.40s", text);
        abort(); /* not reached */
    }
    return end;
}

/* Moves *P over LITERAL, which must stand there. */
static void expect(char **p, const char *literal)
{
    size_t sz = strlen(literal);
    if (strncmp(*p, literal, sz) != 0)
        fail_msg("a request has %.40s where %s should stand", *p, literal);
    *p += sz;
}

/* One request, exactly as we write them; returns its end. */
static char *take_request(lq_test_node_t *n, char *p, size_t idx, size_t cnt)
{
    lq_test_request_t r = {.idx = idx, .cnt = cnt};
    expect(&p, "{\"jsonrpc\":\"2.0\",\"id\":");
    r.id = strtoull(p, &p, 10);
    expect(&p, ",\"method\":\"");
    r.method = p;
    p += strcspn(p, "\"");
    char *method_end = p;
    expect(&p, "\",\"params\":");
    r.params = p;
    assert_int_equal(*p, '[');
    char *end = need_end(p);
    p = end;
    expect(&p, "}");
    *method_end = '\0';
    *end = '\0';
    script_t *s = need_script(n, r.method);
    s->request_cnt++;
    n->request_cnt++;
    set_text(&s->params, r.params);
    if (!n->fn || !n->fn(n->ctx, n, &r))
        answer_by_script(n, &r);
    return p;
}

static size_t count_requests(char *p)
{
    size_t cnt = 0;
    for (p++; *p == '{'; cnt++) {
        p = need_end(p);
        p += *p == ',';
    }
    return cnt;
}

static void take_text(lq_test_node_t *n, char *p)
{
    n->out_sz = 0;
    if (*p != '[') {
        (void)take_request(n, p, 0, 1);
        return;
    }
    size_t cnt = count_requests(p);
    n->in_batch = true;
    p++;
    for (size_t i = 0; i < cnt; i++)
        p = take_request(n, p, i, cnt) + 1;
    n->in_batch = false;
    if (!n->out_sz)
        return;
    n->out[n->out_sz++] = ']';
    n->out[n->out_sz++] = '\n';
    if (!n->is_http)
        (void)lq_test_node_send(n, n->out, n->out_sz);
}

static size_t take_texts(lq_test_node_t *n)
{
    size_t before = n->request_cnt;
    char *p = n->in;
    for (;;) {
        p += strspn(p, " \n");
        char *end = *p ? value_end(p) : NULL;
        if (!end)
            break;
        char *text = strndup(p, (size_t)(end - p));
        assert_non_null(text);
        take_text(n, text);
        free(text);
        if (!n->in_sz) /* cut from within */
            return n->request_cnt - before;
        p = end;
    }
    n->in_sz -= (size_t)(p - n->in);
    memmove(n->in, p, n->in_sz + 1);
    return n->request_cnt - before;
}

static bool send_all(int fd, const char *bytes, size_t sz)
{
    while (sz) {
        ssize_t got = send(fd, bytes, sz, MSG_NOSIGNAL);
        if (got < 0 && errno != EAGAIN)
            return false;
        bytes += got > 0 ? got : 0;
        sz -= got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* Where the script keeps silent nothing is sent. */
static void peer_answer(lq_test_node_t *n, peer_t *p)
{
    char head[512];
    const char *body = n->body ? n->body : n->out;
    size_t body_sz = n->body ? strlen(n->body) : n->out_sz;
    if (!n->body && !n->out_sz)
        return;
    int sz = snprintf(head, sizeof(head), "HTTP/1.1 %u Said\r\n%sContent-Length: %zu\r\n\r\n",
                      n->status, n->headers, body_sz);
    if (!send_all(p->fd, head, (size_t)sz) || !send_all(p->fd, body, body_sz))
        peer_close(p);
}

/* Handles the requests that are whole. */
static void peer_take(lq_test_node_t *n, peer_t *p)
{
    while (p->fd >= 0) {
        p->in[p->in_sz] = '\0';
        char *body = strstr(p->in, "\r\n\r\n");
        const char *length = strcasestr(p->in, "Content-Length:");
        if (!body)
            return;
        body += 4;
        assert_true(length && length < body);
        size_t body_sz = strtoul(length + 15, NULL, 10);
        if ((size_t)(p->in + p->in_sz - body) < body_sz)
            return;
        char *text = strndup(body, body_sz);
        assert_non_null(text);
        take_text(n, text);
        free(text);
        if (p->fd < 0) /* cut from within */
            return;
        p->in_sz -= (size_t)(body - p->in) + body_sz;
        memmove(p->in, body + body_sz, p->in_sz);
        peer_answer(n, p);
    }
}

static void peer_read(lq_test_node_t *n, peer_t *p)
{
    while (p->fd >= 0) {
        ssize_t got = recv(p->fd, p->in + p->in_sz, IN_MAX - p->in_sz, 0);
        if (got <= 0) {
            if (got == 0 || (errno != EAGAIN && errno != EINTR))
                peer_close(p);
            return;
        }
        p->in_sz += (size_t)got;
        assert_true(p->in_sz < IN_MAX);
        peer_take(n, p);
    }
}

static size_t poll_http(lq_test_node_t *n)
{
    size_t before = n->request_cnt;
    for (size_t i = 0; i < PEER_MAX; i++) {
        peer_t *p = &n->peers[i];
        if (p->fd < 0 && n->door >= 0) {
            p->fd = accept4(n->door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (p->fd >= 0) {
                p->in = malloc(IN_MAX + 1);
                assert_non_null(p->in);
                n->connect_cnt++;
            }
        }
        peer_read(n, p);
    }
    return n->request_cnt - before;
}

size_t lq_test_node_poll(lq_test_node_t *n)
{
    if (n->is_http)
        return poll_http(n);
    int fd = n->door >= 0 ? accept4(n->door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) : -1;
    if (fd >= 0) {
        lq_test_node_cut(n);
        n->fd = fd;
        n->connect_cnt++;
    }
    size_t cnt = 0;
    while (n->fd >= 0) {
        ssize_t got = recv(n->fd, n->in + n->in_sz, IN_MAX - n->in_sz, 0);
        if (got <= 0) {
            if (got == 0 || (errno != EAGAIN && errno != EINTR))
                lq_test_node_cut(n);
            break;
        }
        n->in_sz += (size_t)got;
        assert_true(n->in_sz < IN_MAX);
        n->in[n->in_sz] = '\0';
        cnt += take_texts(n);
    }
    return cnt;
}

size_t lq_test_node_connect_cnt(const lq_test_node_t *n)
{
    return n->connect_cnt;
}

size_t lq_test_node_request_cnt(const lq_test_node_t *n, const char *method)
{
    const script_t *s = method ? find_script(n, method) : NULL;
    if (!method)
        return n->request_cnt;
    return s ? s->request_cnt : 0;
}

const char *lq_test_node_params(const lq_test_node_t *n, const char *method)
{
    const script_t *s = find_script(n, method);
    return s && s->params ? s->params : "";
}

const char *lq_test_node_sub(const lq_test_node_t *n)
{
    return n->sub;
}
