#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn_internal.h"
#include "curl_internal.h"
#include "liqd/base/rng.h"
#include "liqd/base/text.h"
#include "ws_frame_internal.h"
#include "ws_upgrade_internal.h"

/* libcurl connects and does TLS; what then goes over the connection is ours. */

/* A TLS record's payload. */
#define STAGE_SZ ((size_t)16384)
/* Read of TLS at once, so that a fast peer does not keep the loop. */
#define TLS_READ_SZ ((size_t)262144)

typedef struct ws {
    lq_curl_t *curl;
    lq_transfer_t transfer;
    bool tls;
    bool upgraded;
    bool awaits_pong;
    bool owes_pong; /* with what PONG holds */
    size_t pong_sz;
    char pong[LQ_WS_CONTROL_MAX];
    lq_ws_key_t key;
    lq_ws_in_t in;
    /* Of masks. A guess at them would have to help somebody: they keep who chooses our texts from
       choosing the bytes that a proxy sees, and nobody chooses ours. */
    lq_rng_t rng;
    lq_timer_t ping;
    uint64_t ping_seq;
    size_t stage_at; /* of TLS: what OpenSSL has seen and not taken must be given again, unmoved */
    size_t stage_end;
    char stage[STAGE_SZ];
} ws_t;

static void on_connected(void *ctx, CURLcode result);
static void on_ping_time(void *ctx, lq_timer_t *timer);

static lq_err_t ws_init(lq_conn_t *conn)
{
    ws_t *ws = conn->of_kind;
    ws->tls = conn->config.url->scheme == LQ_URL_WSS;
    ws->ping = (lq_timer_t){.fn = on_ping_time, .ctx = conn};
    lq_err_t err = lq_curl_get(&ws->curl, conn->loop);
    if (err)
        return err;
    return lq_transfer_init(&ws->transfer, conn->config.url, conn->config.ca_file, true,
                            on_connected, conn);
}

static void ws_fini(lq_conn_t *conn)
{
    ws_t *ws = conn->of_kind;
    lq_transfer_fini(&ws->transfer);
}

/* Waits only where the system has just been started and knows no random numbers yet. */
static bool get_random(void *out, size_t sz)
{
    return getrandom(out, sz, 0) == (ssize_t)sz;
}

static void ws_connect(lq_conn_t *conn)
{
    ws_t *ws = conn->of_kind;
    struct {
        uint8_t key[16];
        uint64_t seed;
    } random;
    ws->upgraded = false;
    ws->awaits_pong = false;
    ws->owes_pong = false;
    ws->stage_at = ws->stage_end = 0;
    ws->in = (lq_ws_in_t){.text_max = conn->config.in_max};
    if (!get_random(&random, sizeof(random))) {
        lq_conn_fail(conn, LQ_ERR_IO, "no random numbers: %s", strerror(errno));
        return;
    }
    ws->key = lq_ws_key_make(random.key);
    lq_rng_seed(&ws->rng, random.seed);
    if (lq_transfer_start(ws->curl, &ws->transfer))
        lq_conn_fail(conn, LQ_ERR_IO, "libcurl has no memory");
}

static void set_socket(const lq_conn_t *conn)
{
    int on = 1;
    (void)setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    int us = (int)conn->config.busy_poll_us;
    if (us > 0)
        (void)setsockopt(conn->fd, SOL_SOCKET, SO_BUSY_POLL, &us, sizeof(us));
}

/* What was written so far is the request alone, and secret. */
static void wipe_request(lq_conn_t *conn)
{
    ws_t *ws = conn->of_kind;
    explicit_bzero(conn->out.mem, LQ_WS_REQUEST_MAX);
    explicit_bzero(ws->stage, sizeof(ws->stage));
}

static void send_request(lq_conn_t *conn)
{
    ws_t *ws = conn->of_kind;
    uint64_t now_sec = lq_clock_now(lq_loop_clock(conn->loop)).wall_ns / 1000000000u;
    char *to = lq_conn_room(conn, LQ_WS_REQUEST_MAX, LQ_CONN_OUT_SLACK_SZ);
    size_t sz = lq_ws_request(to, conn->config.url, &conn->config.auth, &ws->key, now_sec);
    conn->out_end = sz;
    if (sz)
        lq_conn_flush(conn);
    else
        lq_conn_fail(conn, LQ_ERR_TOO_LONG, "URL and headers are longer than %u bytes",
                     LQ_WS_REQUEST_MAX);
}

static void on_connected(void *ctx, CURLcode result)
{
    lq_conn_t *conn = ctx;
    ws_t *ws = conn->of_kind;
    int fd = -1;
    if (result == CURLE_OK)
        fd = ws->tls ? lq_transfer_fd(&ws->transfer) : lq_transfer_take(&ws->transfer);
    if (fd < 0) {
        lq_err_msg_t msg;
        lq_err_t err = lq_transfer_explain(&msg, &ws->transfer, conn->config.url,
                                           result != CURLE_OK ? result : CURLE_COULDNT_CONNECT);
        lq_conn_fail_msg(conn, err == LQ_ERR_NOMEM ? LQ_ERR_IO : err, &msg);
        return;
    }
    conn->fd = fd;
    set_socket(conn);
    send_request(conn);
}

/* Appends a control frame; where a peer that does not read has left no room it is left out. */
static void put_control(lq_conn_t *conn, lq_ws_kind_t kind, const char *data, size_t sz)
{
    ws_t *ws = conn->of_kind;
    char *to = lq_conn_room(conn, lq_ws_frame_sz(sz), conn->config.out_max + LQ_CONN_OUT_SLACK_SZ);
    if (to)
        lq_ws_put(to, kind, data, sz, (uint32_t)lq_rng_u64(&ws->rng));
}

/* Sends one at once if nothing waits before it. */
static void send_control(lq_conn_t *conn, lq_ws_kind_t kind, const char *data, size_t sz)
{
    bool waiting = conn->out_at < conn->out_end;
    put_control(conn, kind, data, sz);
    if (!waiting)
        lq_conn_flush(conn);
}

static void on_ping_time(void *ctx, lq_timer_t *timer)
{
    lq_conn_t *conn = ctx;
    ws_t *ws = conn->of_kind;
    const lq_conn_config_t *config = &conn->config;
    if (!ws->awaits_pong) {
        ws->awaits_pong = true;
        ws->ping_seq++;
        lq_conn_limit(conn, timer, config->pong_ns);
        send_control(conn, LQ_WS_PING, (const char *)&ws->ping_seq, sizeof(ws->ping_seq));
        return;
    }
    /* An answer cannot overtake a large text that is still coming. */
    uint64_t now = lq_loop_time(conn->loop).mono_ns;
    if (conn->in_end && now < conn->recv_mono_ns + config->pong_ns)
        lq_timer_set(conn->loop, timer, conn->recv_mono_ns + config->pong_ns);
    else
        lq_conn_fail(conn, LQ_ERR_TIMEOUT, "no answer to a ping within %" PRIu64 " ms",
                     config->pong_ns / 1000000);
}

static void on_ping(ws_t *ws, const lq_ws_event_t *event)
{
    memcpy(ws->pong, event->data, event->sz);
    ws->pong_sz = event->sz;
    ws->owes_pong = true;
}

/* Answers the last ping of a read, as RFC 6455 section 5.5.2 allows: else a megabyte of empty ones
   would cost half a million system calls within one turn. */
static void pay_pong(lq_conn_t *conn)
{
    ws_t *ws = conn->of_kind;
    if (!ws->owes_pong)
        return;
    ws->owes_pong = false;
    send_control(conn, LQ_WS_PONG, ws->pong, ws->pong_sz);
}

static void on_pong(lq_conn_t *conn, const lq_ws_event_t *event)
{
    ws_t *ws = conn->of_kind;
    if (!ws->awaits_pong || event->sz != sizeof(ws->ping_seq) ||
        memcmp(event->data, &ws->ping_seq, sizeof(ws->ping_seq)) != 0)
        return; /* RFC 6455 section 5.5.3 allows pongs that were not asked for */
    ws->awaits_pong = false;
    lq_timer_set_in(conn->loop, &ws->ping, conn->config.ping_ns);
}

/* Answers the peer's close frame, which ends the connection. */
static void on_close(lq_conn_t *conn, const lq_ws_event_t *event)
{
    unsigned code =
        event->sz < 2 ? 1005 : (unsigned)(uint8_t)event->data[0] << 8 | (uint8_t)event->data[1];
    if (event->sz == 1 || code < 1000 || code > 4999 || (event->sz >= 2 && code == 1005)) {
        lq_conn_fail(conn, LQ_ERR_SYNTAX, "a WebSocket close frame is malformed");
        return;
    }
    char reason[LQ_WS_CONTROL_MAX + 1] = {0};
    char shown[LQ_TEXT_QUOTE_SZ];
    if (event->sz > 2)
        memcpy(reason, event->data + 2, event->sz - 2);
    uint64_t epoch = conn->epoch;
    send_control(conn, LQ_WS_CLOSE, event->data, event->sz < 2 ? 0 : 2);
    if (epoch == conn->epoch)
        lq_conn_fail(conn, LQ_ERR_IO, "closed by the peer with code %u %s", code,
                     lq_text_quote(shown, reason));
}

/* False where the upgrade is not done or the connection has ended. */
static bool take_answer(lq_conn_t *conn)
{
    ws_t *ws = conn->of_kind;
    size_t used;
    lq_err_msg_t msg;
    lq_err_t err = lq_ws_answer(&used, &msg, conn->in.mem, conn->in_end, &ws->key);
    if (!err && used && !lq_conn_drained(conn))
        err = lq_err_msg_set(&msg, LQ_ERR_SYNTAX, "the peer answers what it has not read");
    if (err) {
        lq_conn_fail(conn, err, "%s", msg.text);
        return false;
    }
    if (!used)
        return false;
    wipe_request(conn);
    ws->in.done_sz = used;
    ws->upgraded = true;
    if (conn->config.ping_ns)
        lq_timer_set_in(conn->loop, &ws->ping, conn->config.ping_ns);
    return lq_conn_tell_up(conn);
}

/* Handles one event; false where the connection has ended. */
static bool handle(lq_conn_t *conn, const lq_ws_event_t *event, lq_time_t recv)
{
    uint64_t epoch = conn->epoch;
    switch (event->kind) {
    case LQ_WS_TEXT:
        return lq_conn_deliver(conn, event->data, event->sz, recv);
    case LQ_WS_PING:
        on_ping(conn->of_kind, event);
        break;
    case LQ_WS_PONG:
        on_pong(conn, event);
        break;
    case LQ_WS_CLOSE:
        on_close(conn, event);
        break;
    case LQ_WS_MORE:
        break;
    }
    return epoch == conn->epoch;
}

static void ws_take(lq_conn_t *conn, lq_time_t recv)
{
    ws_t *ws = conn->of_kind;
    if (!ws->upgraded && !take_answer(conn))
        return;
    for (;;) {
        lq_ws_event_t event;
        lq_err_msg_t msg;
        lq_err_t err = lq_ws_next(&ws->in, &event, &msg, conn->in.mem, conn->in_end);
        if (err) {
            lq_conn_fail(conn, err, "%s", msg.text);
            return;
        }
        if (event.kind == LQ_WS_MORE)
            break;
        if (!handle(conn, &event, recv))
            return;
    }
    conn->in_end = lq_ws_pack(&ws->in, conn->in.mem, conn->in_end);
    pay_pong(conn);
}

/* Of a length in two bytes, as most have it. */
static size_t ws_wrap(const lq_conn_t *conn, char *to, const char *text, size_t text_sz)
{
    const ws_t *ws = conn->of_kind;
    if (!ws->upgraded || ws->in.joining || ws->in.done_sz || text_sz <= 125 || text_sz > UINT16_MAX)
        return 0;
    to[0] = (char)0x81; /* all of a text, unmasked */
    to[1] = 126;
    to[2] = (char)(uint8_t)(text_sz >> 8);
    to[3] = (char)(uint8_t)text_sz;
    memcpy(to + 4, text, text_sz);
    return text_sz + 4;
}

static lq_err_t ws_put(lq_conn_t *conn, const char *text, size_t text_sz)
{
    ws_t *ws = conn->of_kind;
    if (text_sz > conn->config.out_max)
        return LQ_ERR_FULL;
    char *to = lq_conn_room(conn, lq_ws_frame_sz(text_sz), conn->config.out_max);
    if (!to)
        return LQ_ERR_FULL;
    lq_ws_put(to, LQ_WS_TEXT, text, text_sz, (uint32_t)lq_rng_u64(&ws->rng));
    return LQ_OK;
}

static ssize_t fail_of(CURLcode code)
{
    errno = code == CURLE_AGAIN ? EAGAIN : EIO;
    return -1;
}

/* Until TLS has nothing more, since the descriptor does not tell what OpenSSL holds already. */
static ssize_t tls_recv(lq_conn_t *conn, char *to, size_t max)
{
    ws_t *ws = conn->of_kind;
    size_t sum = 0;
    conn->read_again = false;
    for (;;) {
        size_t got = 0;
        CURLcode code = curl_easy_recv(ws->transfer.easy, to + sum, max - sum, &got);
        if (code != CURLE_OK || !got) {
            conn->read_again = sum && code != CURLE_AGAIN; /* its end is told by the next */
            return sum || code == CURLE_OK ? (ssize_t)sum : fail_of(code);
        }
        sum += got;
        if (sum == max || sum >= TLS_READ_SZ) {
            conn->read_again = true;
            return (ssize_t)sum;
        }
    }
}

static ssize_t tls_send(lq_conn_t *conn, const char *from, size_t sz)
{
    ws_t *ws = conn->of_kind;
    if (ws->stage_at == ws->stage_end) {
        ws->stage_at = 0;
        ws->stage_end = sz < STAGE_SZ ? sz : STAGE_SZ;
        memcpy(ws->stage, from, ws->stage_end);
    }
    size_t done = 0;
    CURLcode code = curl_easy_send(ws->transfer.easy, ws->stage + ws->stage_at,
                                   ws->stage_end - ws->stage_at, &done);
    if (code != CURLE_OK)
        return fail_of(code);
    ws->stage_at += done;
    return (ssize_t)done;
}

static ssize_t ws_recv(lq_conn_t *conn, char *to, size_t max)
{
    const ws_t *ws = conn->of_kind;
    return ws->tls ? tls_recv(conn, to, max) : recv(conn->fd, to, max, 0);
}

static ssize_t ws_send(lq_conn_t *conn, const char *from, size_t sz)
{
    const ws_t *ws = conn->of_kind;
    return ws->tls ? tls_send(conn, from, sz) : send(conn->fd, from, sz, MSG_NOSIGNAL);
}

static void ws_shut(lq_conn_t *conn, bool polite)
{
    ws_t *ws = conn->of_kind;
    static const char normal[2] = {0x03, (char)0xe8}; /* 1000 */
    if (polite && lq_conn_drained(conn)) {
        put_control(conn, LQ_WS_CLOSE, normal, sizeof(normal));
        (void)ws_send(conn, conn->out.mem + conn->out_at, conn->out_end - conn->out_at);
    }
    if (!ws->upgraded)
        wipe_request(conn);
    lq_timer_stop(conn->loop, &ws->ping);
    lq_watch_stop(conn->loop, &conn->watch);
    lq_transfer_stop(&ws->transfer);
    if (!ws->tls && conn->fd >= 0)
        (void)close(conn->fd);
}

const conn_kind_t lq_conn_ws = {.sz = sizeof(ws_t),
                                .init = ws_init,
                                .fini = ws_fini,
                                .connect = ws_connect,
                                .take = ws_take,
                                .wrap = ws_wrap,
                                .put = ws_put,
                                .recv = ws_recv,
                                .send = ws_send,
                                .shut = ws_shut};
