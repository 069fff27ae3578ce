#include "liqd/ops/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "liqd/codec/json.h"

#define TOK_MAX 32u
#define IDLE_NS UINT64_C(10000000000)

static const char *const names[] = {"status", "pause", "resume"}; /* lq_control_command_t */

/* ---- requests */

static lq_err_t find_command(lq_control_command_t *out, lq_err_msg_t *msg, const char *text)
{
    for (size_t i = 0; i < LQ_ARRAY_CNT(names); i++) {
        if (strcmp(names[i], text) == 0) {
            *out = (lq_control_command_t)i;
            return LQ_OK;
        }
    }
    return lq_err_msg_set(msg, LQ_ERR_NOT_FOUND,
                          "there is no such command: there are status, pause and resume");
}

static bool is_market_name(const char *text, size_t sz)
{
    for (size_t i = 0; i < sz; i++)
        if ((unsigned char)text[i] <= ' ' || text[i] == '"' || text[i] == '\\' ||
            (unsigned char)text[i] >= 0x7f)
            return false;
    return sz != 0;
}

static lq_err_t read_market(lq_control_request_t *out, lq_err_msg_t *msg, const lq_json_t *doc)
{
    size_t sz = 0;
    lq_json_val_t at;
    lq_err_t err = lq_json_find(doc, &at, NULL, lq_json_root(doc), "market");
    if (err == LQ_ERR_NOT_FOUND)
        return LQ_OK;
    if (!err)
        err = lq_json_get_text(doc, out->market, &sz, sizeof(out->market) - 1, NULL, at, NULL);
    if (err || !is_market_name(out->market, sz))
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "market is no market's name");
    out->market[sz] = '\0';
    if (out->command != LQ_CONTROL_RESUME)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "market is of resume alone");
    return LQ_OK;
}

lq_err_t lq_control_parse(lq_control_request_t *out, lq_err_msg_t *msg, const char *text, size_t sz)
{
    static const lq_json_limits_t limits = {.text_max = LQ_CONTROL_LINE_MAX, .depth_max = 2};
    lq_json_tok_t tok[TOK_MAX];
    lq_json_t doc;
    lq_control_request_t made = {0};
    char name[16];
    size_t name_sz = 0;
    if (lq_json_parse(&doc, tok, TOK_MAX, NULL, text, sz, &limits) ||
        lq_json_kind(lq_json_root(&doc)) != LQ_JSON_KIND_OBJECT)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                              "a request is a JSON object, such as {\"command\": \"status\"}");
    lq_err_t err = lq_json_get_text(&doc, name, &name_sz, sizeof(name) - 1, NULL,
                                    lq_json_root(&doc), "command");
    if (err && err != LQ_ERR_TOO_LONG)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "command is missing, or no text");
    name[err ? 0 : name_sz] = '\0';
    err = find_command(&made.command, msg, name);
    if (!err)
        err = read_market(&made, msg, &doc);
    if (!err)
        *out = made;
    return err;
}

size_t lq_control_write(char out[LQ_CONTROL_LINE_MAX], const lq_control_request_t *request)
{
    const char *name = names[request->command];
    int sz = request->market[0]
                 ? snprintf(out, LQ_CONTROL_LINE_MAX, "{\"command\": \"%s\", \"market\": \"%s\"}",
                            name, request->market)
                 : snprintf(out, LQ_CONTROL_LINE_MAX, "{\"command\": \"%s\"}", name);
    return (size_t)sz;
}

/* ---- the daemon's side */

struct lq_control {
    lq_line_server_t *server;
    lq_control_fn_t *fn;
    void *ctx;
};

static void on_line(void *ctx, uint32_t client, const char *line, size_t sz)
{
    lq_control_t *c = ctx;
    lq_control_request_t request;
    lq_err_msg_t msg;
    char text[sizeof(msg.text) + 32];
    if (!lq_control_parse(&request, &msg, line, sz)) {
        c->fn(c->ctx, client, &request);
        return;
    }
    /* what is said of a request quotes none of it, and has a quote of its own in one place */
    int text_sz = snprintf(text, sizeof(text), "{\"error\": \"");
    for (const char *p = msg.text; *p && (size_t)text_sz + 4 < sizeof(text); p++) {
        if (*p == '"')
            text[text_sz++] = '\\';
        text[text_sz++] = *p;
    }
    text_sz += snprintf(text + text_sz, sizeof(text) - (size_t)text_sz, "\"}");
    lq_control_answer(c, client, text, (size_t)text_sz);
}

lq_err_t lq_control_new(lq_control_t **out, lq_err_msg_t *msg, lq_arena_t *arena, lq_loop_t *loop,
                        const char *path, lq_control_fn_t *fn, void *ctx)
{
    lq_line_server_config_t config = {
        .path = path,
        .client_max = LQ_CONTROL_CLIENT_MAX,
        .line_max = LQ_CONTROL_LINE_MAX,
        .out_max = LQ_CONTROL_OUT_MAX,
        .idle_ns = IDLE_NS,
    };
    lq_control_t *c = lq_arena_alloc(arena, sizeof(*c), _Alignof(lq_control_t));
    if (!c)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "out of memory");
    *c = (lq_control_t){.fn = fn, .ctx = ctx};
    lq_err_t err = lq_line_server_new(&c->server, msg, arena, loop, &config, on_line, c);
    if (!err)
        *out = c;
    return err;
}

void lq_control_free(lq_control_t *c)
{
    if (c)
        lq_line_server_free(c->server);
}

void lq_control_answer(lq_control_t *c, uint32_t client, const char *text, size_t sz)
{
    lq_line_server_say(c->server, client, text, sz);
}

/* ---- the operator's side */

static lq_err_t connect_to(int *out, lq_err_msg_t *msg, const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(to.sun_path))
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "%s: is longer than %u bytes", path,
                              LQ_LINE_SERVER_PATH_MAX);
    memcpy(to.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0) {
        *out = fd;
        return LQ_OK;
    }
    int why = errno;
    if (fd >= 0)
        (void)close(fd);
    if (why == ENOENT || why == ECONNREFUSED)
        return lq_err_msg_set(msg, LQ_ERR_NOT_FOUND,
                              "%s: nobody listens: is liqd run running, by this configuration?",
                              path);
    if (why == EACCES || why == EPERM)
        return lq_err_msg_set(msg, LQ_ERR_PERM, "%s: %s: ask as the daemon's own user, or as root",
                              path, strerror(why));
    return lq_err_msg_set(msg, LQ_ERR_IO, "%s: %s", path, strerror(why));
}

/* Reads up to the line's end. */
static lq_err_t read_line(int fd, char *text, size_t max, lq_err_msg_t *msg, const char *path,
                          uint64_t timeout_ns)
{
    size_t sz = 0;
    while (sz < max - 1) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int n = poll(&ready, 1, (int)(timeout_ns / 1000000));
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            return lq_err_msg_set(msg, LQ_ERR_TIMEOUT, "%s: no answer for %u s", path,
                                  (unsigned)(timeout_ns / UINT64_C(1000000000)));
        ssize_t got = n < 0 ? -1 : recv(fd, text + sz, max - 1 - sz, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return lq_err_msg_set(msg, LQ_ERR_IO, "%s: %s", path, strerror(errno));
        if (got == 0)
            return lq_err_msg_set(msg, LQ_ERR_PERM,
                                  "%s: closed without an answer: ask as the daemon's own user, or "
                                  "as root, and not too often",
                                  path);
        sz += (size_t)got;
        text[sz] = '\0';
        char *end = memchr(text + sz - (size_t)got, '\n', (size_t)got);
        if (end) {
            *end = '\0';
            return LQ_OK;
        }
    }
    return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "%s: the answer is too long", path);
}

lq_err_t lq_control_ask(char **out, lq_err_msg_t *msg, const char *path,
                        const lq_control_request_t *request, uint64_t timeout_ns)
{
    char line[LQ_CONTROL_LINE_MAX];
    int fd = -1;
    char *text = malloc(LQ_CONTROL_OUT_MAX + 1);
    if (!text)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "out of memory");
    lq_err_t err = connect_to(&fd, msg, path);
    if (err) {
        free(text);
        return err;
    }
    size_t sz = lq_control_write(line, request);
    line[sz] = '\n';
    /* a closed one is told by what is read */
    (void)!send(fd, line, sz + 1, MSG_NOSIGNAL);
    err = read_line(fd, text, LQ_CONTROL_OUT_MAX + 1, msg, path, timeout_ns);
    (void)close(fd);
    if (err)
        free(text);
    else
        *out = text;
    return err;
}
