#include "liqd/net/line_server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "loop_internal.h"

#define BACKLOG 16

typedef struct client {
    lq_line_server_t *server;
    int fd; /* -1: free */
    lq_watch_t watch;
    lq_timer_t idle;
    char *in;
    size_t in_sz;
    char *out;
    size_t out_at;
    size_t out_end;
} client_t;

struct lq_line_server {
    lq_loop_t *loop;
    lq_line_server_config_t config;
    struct sockaddr_un at;
    dev_t dev; /* of the socket that is ours */
    ino_t ino;
    lq_line_server_fn_t *fn;
    void *ctx;
    lq_line_server_stat_t stat;
    int fd; /* -1: none */
    lq_watch_t watch;
    client_t clients[];
};

/* ---- clients */

static void drop(client_t *c)
{
    lq_watch_stop(c->server->loop, &c->watch);
    lq_timer_stop(c->server->loop, &c->idle);
    (void)close(c->fd);
    c->fd = -1;
}

static void on_idle(void *ctx, lq_timer_t *timer)
{
    client_t *c = ctx;
    (void)timer;
    c->server->stat.dropped_cnt++;
    drop(c);
}

/* Sends what waits, as far as the client takes it. */
static void flush(client_t *c)
{
    lq_line_server_t *s = c->server;
    while (c->out_at < c->out_end) {
        ssize_t n = send(c->fd, c->out + c->out_at, c->out_end - c->out_at, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (n <= 0) {
            drop(c);
            return;
        }
        c->out_at += (size_t)n;
        lq_timer_set_in(s->loop, &c->idle, s->config.idle_ns);
    }
    if (c->out_at == c->out_end)
        c->out_at = c->out_end = 0;
    lq_watch_set(s->loop, &c->watch, c->fd, LQ_WATCH_READ | (c->out_end ? LQ_WATCH_WRITE : 0));
}

void lq_line_server_say(lq_line_server_t *s, uint32_t client, const char *text, size_t sz)
{
    client_t *c = &s->clients[client];
    if (c->fd < 0)
        return;
    memmove(c->out, c->out + c->out_at, c->out_end - c->out_at);
    c->out_end -= c->out_at;
    c->out_at = 0;
    if (sz >= s->config.out_max - c->out_end) {
        s->stat.dropped_cnt++;
        drop(c);
        return;
    }
    memcpy(c->out + c->out_end, text, sz);
    c->out[c->out_end + sz] = '\n';
    c->out_end += sz + 1;
    flush(c);
}

/* Gives the whole lines that have come. */
static void give_lines(client_t *c)
{
    lq_line_server_t *s = c->server;
    size_t at = 0;
    for (char *end; c->fd >= 0 && (end = memchr(c->in + at, '\n', c->in_sz - at));) {
        size_t sz = (size_t)(end - (c->in + at));
        s->stat.line_cnt++;
        s->fn(s->ctx, (uint32_t)(c - s->clients), c->in + at, sz);
        at += sz + 1;
    }
    if (c->fd < 0)
        return;
    memmove(c->in, c->in + at, c->in_sz - at);
    c->in_sz -= at;
    if (c->in_sz == s->config.line_max) {
        s->stat.dropped_cnt++;
        drop(c);
    }
}

static void on_client(void *ctx, unsigned ready)
{
    client_t *c = ctx;
    lq_line_server_t *s = c->server;
    if (ready & LQ_WATCH_WRITE)
        flush(c);
    if (c->fd < 0 || !(ready & LQ_WATCH_READ))
        return;
    ssize_t n = recv(c->fd, c->in + c->in_sz, s->config.line_max - c->in_sz, 0);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (n <= 0) {
        drop(c);
        return;
    }
    c->in_sz += (size_t)n;
    lq_timer_set_in(s->loop, &c->idle, s->config.idle_ns);
    give_lines(c);
}

/* ---- who connects */

static bool is_welcome(int fd)
{
    struct ucred peer;
    socklen_t sz = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &sz) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

static client_t *find_free(lq_line_server_t *s)
{
    for (uint32_t i = 0; i < s->config.client_max; i++)
        if (s->clients[i].fd < 0)
            return &s->clients[i];
    return NULL;
}

static void on_listener(void *ctx, unsigned ready)
{
    lq_line_server_t *s = ctx;
    (void)ready;
    int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    client_t *c = find_free(s);
    if (!c || !is_welcome(fd)) {
        s->stat.refused_cnt++;
        (void)close(fd);
        return;
    }
    s->stat.client_cnt++;
    c->fd = fd;
    c->in_sz = c->out_at = c->out_end = 0;
    lq_watch_set(s->loop, &c->watch, fd, LQ_WATCH_READ);
    lq_timer_set_in(s->loop, &c->idle, s->config.idle_ns);
}

/* ---- making it */

static lq_err_t fail(lq_err_msg_t *msg, const char *path)
{
    return lq_err_msg_set(msg, LQ_ERR_IO, "%s: %s", path, strerror(errno));
}

/* Removes what a process that is gone has left at PATH. */
static lq_err_t make_way(lq_err_msg_t *msg, const struct sockaddr_un *at)
{
    struct stat st;
    if (lstat(at->sun_path, &st) != 0)
        return errno == ENOENT ? LQ_OK : fail(msg, at->sun_path);
    if (!S_ISSOCK(st.st_mode))
        return lq_err_msg_set(msg, LQ_ERR_EXISTS, "%s: is there, and is no socket: remove it",
                              at->sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(msg, at->sun_path);
    bool dead = connect(fd, (const struct sockaddr *)at, sizeof(*at)) != 0 && errno == ECONNREFUSED;
    (void)close(fd);
    if (!dead)
        return lq_err_msg_set(msg, LQ_ERR_EXISTS,
                              "%s: another process listens there: stop it, or name another socket",
                              at->sun_path);
    return unlink(at->sun_path) == 0 || errno == ENOENT ? LQ_OK : fail(msg, at->sun_path);
}

static lq_err_t listen_at(lq_line_server_t *s, lq_err_msg_t *msg)
{
    struct stat st;
    lq_err_t err = make_way(msg, &s->at);
    if (err)
        return err;
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* the name gets the mode that the socket has, from the moment on that there is one */
    if (s->fd < 0 || fchmod(s->fd, 0600) != 0 ||
        bind(s->fd, (const struct sockaddr *)&s->at, sizeof(s->at)) != 0)
        return fail(msg, s->at.sun_path);
    if (lstat(s->at.sun_path, &st) != 0)
        return fail(msg, s->at.sun_path);
    s->dev = st.st_dev;
    s->ino = st.st_ino;
    return listen(s->fd, BACKLOG) == 0 ? LQ_OK : fail(msg, s->at.sun_path);
}

static bool make_clients(lq_line_server_t *s, lq_arena_t *arena)
{
    for (uint32_t i = 0; i < s->config.client_max; i++) {
        client_t *c = &s->clients[i];
        *c = (client_t){.server = s, .fd = -1, .idle = {.fn = on_idle, .ctx = c}};
        lq_watch_init(&c->watch, on_client, c);
        c->in = lq_arena_alloc(arena, s->config.line_max, 1);
        c->out = lq_arena_alloc(arena, s->config.out_max, 1);
        if (!c->in || !c->out)
            return false;
    }
    return true;
}

lq_err_t lq_line_server_new(lq_line_server_t **out, lq_err_msg_t *msg, lq_arena_t *arena,
                            lq_loop_t *loop, const lq_line_server_config_t *config,
                            lq_line_server_fn_t *fn, void *ctx)
{
    size_t path_sz = strlen(config->path);
    size_t sz = sizeof(lq_line_server_t) + config->client_max * sizeof(client_t);
    if (path_sz > LQ_LINE_SERVER_PATH_MAX)
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "%s: is longer than %u bytes", config->path,
                              LQ_LINE_SERVER_PATH_MAX);
    lq_line_server_t *s = lq_arena_alloc(arena, sz, _Alignof(lq_line_server_t));
    if (!s)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "out of memory");
    memset(s, 0, sz);
    s->loop = loop;
    s->config = *config;
    s->at.sun_family = AF_UNIX;
    s->fn = fn;
    s->ctx = ctx;
    s->fd = -1;
    memcpy(s->at.sun_path, config->path, path_sz + 1);
    s->config.path = s->at.sun_path;
    lq_watch_init(&s->watch, on_listener, s);
    lq_err_t err = LQ_OK;
    if (!make_clients(s, arena))
        err = lq_err_msg_set(msg, LQ_ERR_NOMEM, "out of memory");
    if (!err)
        err = listen_at(s, msg);
    if (err) {
        lq_line_server_free(s);
        return err;
    }
    lq_watch_set(loop, &s->watch, s->fd, LQ_WATCH_READ);
    *out = s;
    return LQ_OK;
}

void lq_line_server_free(lq_line_server_t *s)
{
    struct stat st;
    if (!s)
        return;
    for (uint32_t i = 0; i < s->config.client_max; i++)
        if (s->clients[i].server && s->clients[i].fd >= 0)
            drop(&s->clients[i]);
    if (s->fd < 0)
        return;
    lq_watch_stop(s->loop, &s->watch);
    (void)close(s->fd);
    /* another process may listen there meanwhile, if somebody removed ours */
    if (s->ino && lstat(s->at.sun_path, &st) == 0 && st.st_ino == s->ino && st.st_dev == s->dev)
        (void)unlink(s->at.sun_path);
}

const lq_line_server_stat_t *lq_line_server_stat(const lq_line_server_t *s)
{
    return &s->stat;
}
