#include "liqd/net/conn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conn_internal.h"
#include "liqd/base/fetch.h"

/* Beside in_max: frame headers, control frames, and what else one read may bring. */
#define IN_SLACK_SZ ((size_t)65536)
/* Of a text, as a price or a transaction has it. */
#define WARM_SZ 2048u

static void on_event(void *ctx, lq_timer_t *timer);
static void on_silence(void *ctx, lq_timer_t *timer);
static void on_ready(void *ctx, unsigned ready);

static bool fits(const lq_conn_config_t *config)
{
    return config->in_max <= SIZE_MAX - IN_SLACK_SZ &&
           config->out_max <= SIZE_MAX - LQ_CONN_OUT_SLACK_SZ;
}

lq_err_t lq_conn_new(lq_conn_t **out, lq_arena_t *arena, lq_loop_t *loop,
                     const lq_conn_config_t *config, const lq_conn_handlers_t *handlers)
{
    const conn_kind_t *kind = config->url->scheme == LQ_URL_IPC ? &lq_conn_ipc : &lq_conn_ws;
    if (!fits(config))
        return LQ_ERR_NOMEM;
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_conn_t *conn = lq_arena_alloc(arena, sizeof(*conn), _Alignof(lq_conn_t));
    void *of_kind = lq_arena_alloc(arena, kind->sz, LQ_CACHE_LINE_SZ);
    lq_pages_t in = {0};
    lq_pages_t outgoing = {0};
    if (!conn || !of_kind || lq_pages_new(&in, config->in_max + IN_SLACK_SZ) ||
        lq_pages_new(&outgoing, config->out_max + LQ_CONN_OUT_SLACK_SZ)) {
        lq_pages_free(&in);
        lq_arena_rewind(arena, mark);
        return LQ_ERR_NOMEM;
    }
    memset(of_kind, 0, kind->sz);
    *conn = (lq_conn_t){.loop = loop,
                        .kind = kind,
                        .config = *config,
                        .handlers = *handlers,
                        .fd = -1,
                        .event = {.fn = on_event, .ctx = conn},
                        .silence = {.fn = on_silence, .ctx = conn},
                        .in = in,
                        .out = outgoing,
                        .of_kind = of_kind};
    lq_watch_init(&conn->watch, on_ready, conn);
    lq_err_t err = kind->init ? kind->init(conn) : LQ_OK;
    if (err) {
        lq_pages_free(&in);
        lq_pages_free(&outgoing);
        lq_arena_rewind(arena, mark);
        return err;
    }
    *out = conn;
    return LQ_OK;
}

void lq_conn_free(lq_conn_t *conn)
{
    if (!conn)
        return;
    lq_conn_close(conn);
    if (conn->kind->fini)
        conn->kind->fini(conn);
    lq_pages_free(&conn->in);
    lq_pages_free(&conn->out);
}

void lq_conn_limit(lq_conn_t *conn, lq_timer_t *timer, uint64_t ns)
{
    uint64_t now = lq_clock_now(lq_loop_clock(conn->loop)).mono_ns;
    lq_timer_set(conn->loop, timer, lq_time_after(now, ns));
}

void lq_conn_open(lq_conn_t *conn)
{
    if (conn->state != CONN_CLOSED)
        LQ_BUG("conn: opened while it is open");
    conn->state = CONN_OPENING;
    conn->is_open = false;
    conn->read_again = false;
    conn->in_at = conn->in_end = 0;
    conn->out_at = conn->out_end = 0;
    lq_conn_limit(conn, &conn->event, conn->config.connect_ns);
    conn->kind->connect(conn);
}

/* Leaves CONN without a descriptor and without a timer. The buffers stay as they are: a handler
   that closes may have its text in one. */
static void shut(lq_conn_t *conn, bool polite)
{
    conn->epoch++;
    lq_timer_stop(conn->loop, &conn->event);
    lq_timer_stop(conn->loop, &conn->silence);
    conn->kind->shut(conn, polite);
    conn->fd = -1;
}

void lq_conn_close(lq_conn_t *conn)
{
    if (conn->state == CONN_CLOSED)
        return;
    if (conn->state == CONN_FAILED)
        lq_timer_stop(conn->loop, &conn->event);
    else
        shut(conn, conn->state == CONN_UP);
    conn->state = CONN_CLOSED;
}

bool lq_conn_is_up(const lq_conn_t *conn)
{
    return conn->state == CONN_UP;
}

void lq_conn_is_open(lq_conn_t *conn)
{
    conn->is_open = true;
    lq_timer_set_in(conn->loop, &conn->event, 0);
}

void lq_conn_fail_msg(lq_conn_t *conn, lq_err_t why, const lq_err_msg_t *msg)
{
    conn->why = why;
    conn->msg = *msg;
    shut(conn, false);
    conn->state = CONN_FAILED;
    lq_timer_set_in(conn->loop, &conn->event, 0);
}

void lq_conn_fail(lq_conn_t *conn, lq_err_t why, const char *fmt, ...)
{
    char text[LQ_ERR_MSG_SZ];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    lq_err_msg_t msg;
    (void)!lq_err_msg_set(&msg, why, "%s: %s", conn->config.url->shown, text);
    lq_conn_fail_msg(conn, why, &msg);
}

bool lq_conn_tell_up(lq_conn_t *conn)
{
    conn->state = CONN_UP;
    lq_timer_stop(conn->loop, &conn->event);
    conn->recv_mono_ns = lq_loop_time(conn->loop).mono_ns;
    if (conn->config.silence_ns)
        lq_timer_set_in(conn->loop, &conn->silence, conn->config.silence_ns);
    lq_conn_watch(conn);
    lq_watch_hot(conn->loop, &conn->watch, conn->config.url->scheme != LQ_URL_WSS);
    uint64_t epoch = conn->epoch;
    conn->handlers.up(conn->handlers.ctx);
    return epoch == conn->epoch;
}

static void on_event(void *ctx, lq_timer_t *timer)
{
    lq_conn_t *conn = ctx;
    (void)timer;
    if (conn->state == CONN_FAILED) {
        conn->state = CONN_CLOSED;
        lq_err_msg_t msg = conn->msg; /* the handler may open CONN again */
        conn->handlers.down(conn->handlers.ctx, conn->why, &msg);
    } else if (conn->state == CONN_UP) {
        on_ready(conn, LQ_WATCH_READ);
    } else if (conn->is_open) {
        (void)!lq_conn_tell_up(conn);
    } else {
        lq_conn_fail(conn, LQ_ERR_TIMEOUT, "not connected within %" PRIu64 " ms",
                     conn->config.connect_ns / 1000000);
    }
}

/* Not moved at each read, but looked at when it would end the connection. */
static void on_silence(void *ctx, lq_timer_t *timer)
{
    lq_conn_t *conn = ctx;
    uint64_t at = conn->recv_mono_ns + conn->config.silence_ns;
    if (at < conn->recv_mono_ns || at > lq_loop_time(conn->loop).mono_ns)
        lq_timer_set(conn->loop, timer, at < conn->recv_mono_ns ? UINT64_MAX : at);
    else
        lq_conn_fail(conn, LQ_ERR_TIMEOUT, "silent for %" PRIu64 " ms",
                     conn->config.silence_ns / 1000000);
}

bool lq_conn_deliver(lq_conn_t *conn, const char *text, size_t text_sz, lq_time_t recv)
{
    uint64_t epoch = conn->epoch;
    conn->handlers.text(conn->handlers.ctx, text, text_sz, recv);
    return epoch == conn->epoch;
}

/* Has the kind handle what has come, and moves what is left to the front: only the beginning of a
   text, which moves once whatever its size. */
static void take(lq_conn_t *conn, lq_time_t recv)
{
    uint64_t epoch = conn->epoch;
    conn->kind->take(conn, recv);
    if (epoch != conn->epoch)
        return;
    size_t left_sz = conn->in_end - conn->in_at;
    if (conn->in_at && left_sz)
        memmove(conn->in.mem, conn->in.mem + conn->in_at, left_sz);
    conn->in_at = 0;
    conn->in_end = left_sz;
    lq_pages_trim(&conn->in, left_sz > LQ_CONN_KEEP_SZ ? left_sz : LQ_CONN_KEEP_SZ);
}

static void read_once(lq_conn_t *conn)
{
    ssize_t got =
        conn->kind->recv(conn, conn->in.mem + conn->in_end, conn->in.cap_sz - conn->in_end);
    if (got > 0) {
        conn->in_end += (size_t)got;
        lq_pages_used(&conn->in, conn->in_end);
        lq_time_t now = lq_loop_touch(conn->loop);
        conn->recv_mono_ns = now.mono_ns;
        take(conn, now);
    } else if (got == 0) {
        lq_conn_fail(conn, LQ_ERR_IO, "closed by the peer%s",
                     conn->state != CONN_UP ? " before it was open"
                     : conn->in_end         ? " within a text"
                                            : "");
    } else if (errno != EAGAIN && errno != EINTR) {
        lq_conn_fail(conn, LQ_ERR_IO, "reading failed: %s", strerror(errno));
    }
}

static void on_ready(void *ctx, unsigned ready)
{
    lq_conn_t *conn = ctx;
    uint64_t epoch = conn->epoch;
    if (ready & LQ_WATCH_WRITE)
        lq_conn_flush(conn);
    if (epoch == conn->epoch && ready & LQ_WATCH_READ)
        read_once(conn);
    if (epoch != conn->epoch || !conn->read_again)
        return;
    if (conn->state == CONN_UP)
        lq_timer_set_in(conn->loop, &conn->event, 0);
    else
        read_once(conn); /* what is left is the end: more would have been no answer */
}

void lq_conn_watch(lq_conn_t *conn)
{
    lq_watch_set(conn->loop, &conn->watch, conn->fd,
                 LQ_WATCH_READ | (conn->out_at < conn->out_end ? LQ_WATCH_WRITE : 0));
}

char *lq_conn_room(lq_conn_t *conn, size_t sz, size_t max)
{
    size_t waiting_sz = conn->out_end - conn->out_at;
    if (sz > max || waiting_sz > max - sz)
        return NULL;
    if (sz > conn->out.cap_sz - conn->out_end) {
        memmove(conn->out.mem, conn->out.mem + conn->out_at, waiting_sz);
        conn->out_at = 0;
        conn->out_end = waiting_sz;
    }
    char *room = conn->out.mem + conn->out_end;
    conn->out_end += sz;
    lq_pages_used(&conn->out, conn->out_end);
    return room;
}

void lq_conn_flush(lq_conn_t *conn)
{
    ssize_t done =
        conn->kind->send(conn, conn->out.mem + conn->out_at, conn->out_end - conn->out_at);
    if (done < 0 && errno != EAGAIN && errno != EINTR) {
        lq_conn_fail(conn, LQ_ERR_IO, "writing failed: %s", strerror(errno));
        return;
    }
    if (done > 0)
        conn->out_at += (size_t)done;
    if (conn->out_at == conn->out_end) {
        conn->out_at = conn->out_end = 0;
        lq_pages_trim(&conn->out, LQ_CONN_KEEP_SZ);
    }
    lq_conn_watch(conn);
}

lq_err_t lq_conn_send(lq_conn_t *conn, const char *text, size_t text_sz)
{
    if (conn->state != CONN_UP)
        return LQ_ERR_CLOSED;
    bool waiting = conn->out_at < conn->out_end;
    lq_err_t err = conn->kind->put(conn, text, text_sz);
    if (!err && !waiting)
        lq_conn_flush(conn);
    return err;
}

bool lq_conn_drained(const lq_conn_t *conn)
{
    return conn->out_at == conn->out_end;
}

bool lq_conn_rehearse(lq_conn_t *conn, const char *text, size_t text_sz)
{
    if (conn->state != CONN_UP || conn->in_end || text_sz > conn->config.in_max)
        return false;
    size_t sz = conn->kind->wrap(conn, conn->in.mem, text, text_sz);
    if (!sz)
        return false;
    conn->in_end = sz;
    lq_pages_used(&conn->in, sz);
    take(conn, lq_loop_time(conn->loop));
    return true;
}

void lq_conn_warm(const lq_conn_t *conn)
{
    lq_fetch(conn, sizeof(*conn));
    lq_fetch(conn->of_kind, LQ_CACHE_LINE_SZ);
    lq_fetch(conn->in.mem + conn->in_end, WARM_SZ);
    lq_fetch(conn->out.mem + conn->out_end, WARM_SZ);
}
