#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "conn_internal.h"
#include "liqd/codec/json.h"

typedef struct ipc {
    lq_json_frame_t frame;
    size_t scanned_sz; /* bytes behind in_at that the framer has seen: a value that has begun */
} ipc_t;

/* A Unix socket connects at once or not at all. */
static void ipc_connect(lq_conn_t *conn)
{
    ipc_t *ipc = conn->of_kind;
    const lq_json_limits_t limits = {conn->config.in_max, conn->config.depth_max};
    lq_json_frame_init(&ipc->frame, &limits);
    ipc->scanned_sz = 0;
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    const char *path = conn->config.url->text;
    size_t path_sz = strlen(path);
    if (path_sz >= sizeof(to.sun_path)) {
        lq_conn_fail(conn, LQ_ERR_IO, "a Unix socket's path has at most %zu bytes",
                     sizeof(to.sun_path) - 1);
        return;
    }
    memcpy(to.sun_path, path, path_sz);
    conn->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (conn->fd < 0)
        lq_conn_fail(conn, LQ_ERR_IO, "no socket: %s", strerror(errno));
    else if (connect(conn->fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
        lq_conn_fail(conn, LQ_ERR_IO, "cannot connect: %s",
                     errno == EAGAIN ? "the node accepts no more connections" : strerror(errno));
    else
        lq_conn_is_open(conn);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void ipc_take(lq_conn_t *conn, lq_time_t recv)
{
    ipc_t *ipc = conn->of_kind;
    for (;;) {
        if (!ipc->scanned_sz)
            while (conn->in_at < conn->in_end && is_space(conn->in.mem[conn->in_at]))
                conn->in_at++;
        size_t from = conn->in_at + ipc->scanned_sz;
        if (from == conn->in_end)
            return;
        size_t used;
        size_t text_sz;
        lq_err_msg_t msg;
        lq_err_t err = lq_json_frame_feed(&ipc->frame, &used, &text_sz, &msg, conn->in.mem + from,
                                          conn->in_end - from);
        if (err) {
            lq_conn_fail(conn, err == LQ_ERR_SYNTAX ? err : LQ_ERR_TOO_LONG, "%s", msg.text);
            return;
        }
        ipc->scanned_sz += used;
        if (!text_sz)
            return;
        const char *text = conn->in.mem + conn->in_at;
        conn->in_at += ipc->scanned_sz;
        ipc->scanned_sz = 0;
        if (!lq_conn_deliver(conn, text, text_sz, recv))
            return;
    }
}

static size_t ipc_wrap(const lq_conn_t *conn, char *to, const char *text, size_t text_sz)
{
    const ipc_t *ipc = conn->of_kind;
    if (ipc->scanned_sz)
        return 0;
    memcpy(to, text, text_sz);
    to[text_sz] = '\n';
    return text_sz + 1;
}

/* With a line end: some nodes read by lines, and to the others it is white space. */
static lq_err_t ipc_put(lq_conn_t *conn, const char *text, size_t text_sz)
{
    char *to = text_sz < SIZE_MAX ? lq_conn_room(conn, text_sz + 1, conn->config.out_max) : NULL;
    if (!to)
        return LQ_ERR_FULL;
    memcpy(to, text, text_sz);
    to[text_sz] = '\n';
    return LQ_OK;
}

static ssize_t ipc_recv(lq_conn_t *conn, char *to, size_t max)
{
    return recv(conn->fd, to, max, 0);
}

static ssize_t ipc_send(lq_conn_t *conn, const char *from, size_t sz)
{
    return send(conn->fd, from, sz, MSG_NOSIGNAL);
}

static void ipc_shut(lq_conn_t *conn, bool polite)
{
    (void)polite;
    lq_watch_stop(conn->loop, &conn->watch);
    if (conn->fd >= 0)
        (void)close(conn->fd);
}

const conn_kind_t lq_conn_ipc = {.sz = sizeof(ipc_t),
                                 .connect = ipc_connect,
                                 .take = ipc_take,
                                 .wrap = ipc_wrap,
                                 .put = ipc_put,
                                 .recv = ipc_recv,
                                 .send = ipc_send,
                                 .shut = ipc_shut};
