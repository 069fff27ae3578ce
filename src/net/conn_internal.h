#ifndef LIQD_NET_CONN_INTERNAL_H
#define LIQD_NET_CONN_INTERNAL_H

/* What all connections share, and what each kind adds: how it connects and how texts stand among
   the bytes. */

#include <sys/types.h>

#include "liqd/net/conn.h"
#include "loop_internal.h"
#include "pages_internal.h"

typedef enum conn_state {
    CONN_CLOSED,
    CONN_OPENING,
    CONN_UP,
    CONN_FAILED, /* without a descriptor; down has not been told yet */
} conn_state_t;

typedef struct conn_kind {
    size_t sz; /* of its struct, which begins zeroed */
    /* init makes what lives as long as CONN, fini ends it. LQ_ERR_NOMEM. */
    lq_err_t (*init)(lq_conn_t *conn);
    void (*fini)(lq_conn_t *conn);
    /* connect begins; lq_conn_is_open, lq_conn_tell_up or lq_conn_fail follows, the first and last
     * also from within. */
    void (*connect)(lq_conn_t *conn);
    /* take handles the bytes in_at to in_end that came at RECV, in_at moving over what is done; it
       is 0 before. May fail CONN, and its handlers may close it and open it again. */
    void (*take)(lq_conn_t *conn, lq_time_t recv);
    /* wrap writes to TO, with room for LQ_CONN_OUT_SLACK_SZ bytes more, what a peer sends for TEXT,
       and returns its size; 0: the present state does not take it. */
    size_t (*wrap)(const lq_conn_t *conn, char *to, const char *text, size_t text_sz);
    /* put appends a text to what is to be sent. LQ_ERR_FULL. */
    lq_err_t (*put)(lq_conn_t *conn, const char *text, size_t text_sz);
    /* recv and send are those of the descriptor: the bytes done, -1 and errno. */
    ssize_t (*recv)(lq_conn_t *conn, char *to, size_t max);
    ssize_t (*send)(lq_conn_t *conn, const char *from, size_t sz);
    /* shut releases what connect took, the descriptor included; POLITE where we are the ones who
       close an open connection. */
    void (*shut)(lq_conn_t *conn, bool polite);
} conn_kind_t;

extern const conn_kind_t lq_conn_ipc;
extern const conn_kind_t lq_conn_ws;

/* Beside out_max, for what is not a text: the request of the upgrade, control frames. */
#define LQ_CONN_OUT_SLACK_SZ ((size_t)32768)

struct lq_conn {
    lq_loop_t *loop;
    const conn_kind_t *kind;
    lq_conn_config_t config;
    lq_conn_handlers_t handlers;
    conn_state_t state;
    uint64_t epoch; /* rises with each close and failure: whether a handler has ended it */
    int fd;         /* -1: none */
    lq_watch_t watch;
    lq_timer_t event;   /* opening: the deadline, or now once it is open; up: to read again;
                           failed: now */
    lq_timer_t silence; /* while it is up */
    bool is_open;       /* up is told next */
    bool read_again;    /* recv left something that the descriptor does not tell of */
    uint64_t recv_mono_ns;
    lq_pages_t in;
    size_t in_at;
    size_t in_end;
    lq_pages_t out;
    size_t out_at;
    size_t out_end;
    lq_err_t why;
    lq_err_msg_t msg;
    void *of_kind; /* struct of the kind */
};

/* lq_conn_is_open has up told later, lq_conn_tell_up at once; the latter returns false where the
   handler ended CONN, which must then be left alone. */
void lq_conn_is_open(lq_conn_t *conn);
LQ_MUST_USE bool lq_conn_tell_up(lq_conn_t *conn);

/* lq_conn_limit has TIMER fire NS from now, not from lq_loop_time: what the turn's other callbacks
   took, or what came between two turns, is not the peer's time. */
void lq_conn_limit(lq_conn_t *conn, lq_timer_t *timer, uint64_t ns);

/* lq_conn_fail ends CONN and has down told later. */
void lq_conn_fail(lq_conn_t *conn, lq_err_t why, const char *fmt, ...) LQ_PRINTF(3, 4);
/* The same with a whole message. */
void lq_conn_fail_msg(lq_conn_t *conn, lq_err_t why, const lq_err_msg_t *msg);

/* lq_conn_deliver gives a text to the handler; false where that ended CONN, which must then be left
   alone. */
LQ_MUST_USE bool lq_conn_deliver(lq_conn_t *conn, const char *text, size_t text_sz, lq_time_t recv);

/* lq_conn_room returns where SZ bytes can be appended to what is to be sent, NULL where with what
   waits they would be more than MAX. They count as written. */
char *lq_conn_room(lq_conn_t *conn, size_t sz, size_t max);

/* lq_conn_flush sends what waits as far as the peer takes it; may fail CONN. */
void lq_conn_flush(lq_conn_t *conn);

/* lq_conn_watch watches the descriptor for what CONN waits for. */
void lq_conn_watch(lq_conn_t *conn);

#endif
