#ifndef LIQD_RPC_ENDPOINT_INTERNAL_H
#define LIQD_RPC_ENDPOINT_INTERNAL_H

/* What the parts of an endpoint share: the connection's state (endpoint.c), its calls
   (endpoint_call.c), its subscriptions (endpoint_sub.c) and calls over HTTP (endpoint_http.c).

   Callbacks of the user run from exactly one place at a time and never nest: an answer, a
   notification or an end is handled to its end before the next. So one scratch of results, tokens
   and text is enough. What a callback does meanwhile may end calls and subscriptions (not call
   anyone), begin new ones, or mark the stream as dropped. */

#include "envelope_internal.h"
#include "liqd/net/conn.h"
#include "liqd/net/http.h"
#include "liqd/rpc/endpoint.h"

/* A call's number in the upper bits of its requests' ids, the item in the lower: ids stay below
   2^53, so that nodes which keep them as doubles give them back unchanged. */
#define LQ_ENDPOINT_ITEM_BITS 7u
_Static_assert(LQ_RPC_ITEM_MAX == 1u << LQ_ENDPOINT_ITEM_BITS,
               "an item is the lower bits of an id");

typedef struct lq_call {
    uint64_t seq; /* 0: free. Never used twice; its lower bits are its place */
    lq_endpoint_t *e;
    lq_rpc_fn_t *fn;
    void *ctx;
    uint64_t sent_mono_ns;
    lq_timer_t timer; /* streams; HTTP has its own */
    lq_http_id_t http;
    uint32_t item_cnt;
    bool own;                       /* ours for a subscription: not of call_max */
    uint8_t group[LQ_RPC_ITEM_MAX]; /* lq_rpc_group_t */
} lq_call_t;

typedef enum lq_sub_state {
    LQ_SUB_STATE_FREE,
    LQ_SUB_STATE_WAITS, /* for a connection, or for its timer to try again */
    LQ_SUB_STATE_ASKED, /* eth_subscribe is under way */
    LQ_SUB_STATE_KEPT,  /* on */
    LQ_SUB_STATE_REFUSED,
    LQ_SUB_STATE_LEFT, /* unsubscribed while it was asked for: to be ended when the answer comes */
} lq_sub_state_t;

typedef struct lq_sub {
    lq_sub_state_t state;
    uint32_t number; /* what the user knows it by: uses of this place, then the place */
    lq_endpoint_t *e;
    lq_sub_fn_t *fn;
    void *ctx;
    char *params; /* LQ_RPC_SUB_PARAMS_MAX bytes */
    size_t params_sz;
    uint32_t try_cnt;
    lq_timer_t timer;
    lq_rpc_id_t call; /* ASKED, LEFT */
    lq_rpc_id_t late; /* the last call that got no answer in time: should one come, the node keeps
                         a subscription that nobody wants */
    size_t id_sz;     /* 0: it has none */
    uint64_t tail;    /* of the id, see endpoint_sub.c */
    char id[LQ_ENVELOPE_SUB_MAX];
} lq_sub_t;

typedef enum lq_stream_state {
    LQ_STREAM_DOWN, /* the timer opens it */
    LQ_STREAM_OPENING,
    LQ_STREAM_UP,
    LQ_STREAM_DROPPED, /* closed by us; who is concerned hears of it from the timer */
} lq_stream_state_t;

struct lq_endpoint {
    lq_endpoint_config_t config;
    lq_loop_t *loop;
    lq_clock_t clock;
    lq_log_t *log;
    lq_rng_t *rng;
    lq_endpoint_state_fn_t *state_fn;
    void *state_ctx;
    lq_endpoint_stat_t stat;

    lq_conn_t *conn; /* NULL on HTTP */
    lq_http_t *http; /* NULL on streams */
    lq_stream_state_t state;
    lq_timer_t timer;
    bool was_up;        /* DROPPED */
    bool at_once;       /* DROPPED: to be opened without a pause */
    bool rehearses;     /* what comes is our own, and is only read */
    bool answered;      /* this connection has brought something that made sense */
    lq_err_msg_t fault; /* why the last one ended */
    uint64_t up_mono_ns;
    uint32_t fail_cnt; /* connections in a row that were good for nothing */

    lq_call_t *calls; /* a table of call_mask + 1, twice as many as there can be at least */
    uint64_t call_mask;
    uint64_t next_seq;
    size_t call_cnt; /* of the user */
    size_t own_cnt;

    lq_sub_t *subs;
    size_t sub_cap; /* twice sub_max: ended ones that wait for an answer take places too */
    size_t sub_cnt; /* of the user */
    size_t asked_cnt;
    char *held; /* notifications that came before the answer that says whose they are */
    size_t held_sz;

    lq_json_limits_t limits;
    lq_json_tok_t *tok;
    size_t tok_max;
    char *said; /* in_max bytes: messages of errors, escapes resolved */
    size_t said_sz;
    char *out; /* out_max bytes */
    lq_rpc_result_t results[LQ_RPC_ITEM_MAX];
};

/* endpoint.c */

/* lq_endpoint_backoff_ns draws how long to wait after TRY_CNT failures in a row. */
uint64_t lq_endpoint_backoff_ns(lq_endpoint_t *e, uint32_t try_cnt);

/* lq_endpoint_take handles one text of a stream, which came at RECV. */
void lq_endpoint_take(lq_endpoint_t *e, const char *text, size_t text_sz, lq_time_t recv);

/* endpoint_call.c */

/* lq_call_start is lq_endpoint_call; OWN is for ours. */
LQ_MUST_USE lq_err_t lq_call_start(lq_endpoint_t *e, lq_rpc_id_t *id, const lq_rpc_call_t *call,
                                   bool own);

/* lq_call_find returns the call that waits for the answer ID, NULL if none. */
lq_call_t *lq_call_find(const lq_endpoint_t *e, uint64_t id);

/* lq_call_of_batch returns the call that the first known id in BATCH belongs to, NULL if none. */
lq_call_t *lq_call_of_batch(const lq_endpoint_t *e, const lq_json_t *doc, lq_json_val_t batch);

/* lq_call_answer ends C with what ENV, the root of DOC, says: an answer to one of its requests, a
   batch, or a refusal of all. HTTP_STATUS as in lq_rpc_failure_t. */
void lq_call_answer(lq_endpoint_t *e, lq_call_t *c, const lq_json_t *doc, const lq_envelope_t *env,
                    unsigned http_status, uint64_t retry_after_ns, lq_time_t recv);

/* lq_call_fail ends C with CLASS for each item; MESSAGE says why. */
void lq_call_fail(lq_endpoint_t *e, lq_call_t *c, lq_rpc_class_t class_, const char *message,
                  lq_time_t recv);

/* lq_call_refuse ends C with what F means to each item. */
void lq_call_refuse(lq_endpoint_t *e, lq_call_t *c, const lq_rpc_failure_t *f,
                    uint64_t retry_after_ns, lq_time_t recv);

/* lq_call_note_stray counts ENV, an answer that no call waits for. */
void lq_call_note_stray(lq_endpoint_t *e, const lq_envelope_t *env, const lq_json_t *doc);

/* lq_call_stray_batch counts the elements of a batch of which no call waits for one. */
void lq_call_stray_batch(lq_endpoint_t *e, const lq_json_t *doc, lq_json_val_t batch);

/* lq_call_fail_all ends all calls as BROKEN. */
void lq_call_fail_all(lq_endpoint_t *e, const char *message);

/* lq_call_release frees C without a word. */
void lq_call_release(lq_endpoint_t *e, lq_call_t *c);

/* endpoint_sub.c */

LQ_MUST_USE lq_err_t lq_subs_init(lq_endpoint_t *e, lq_arena_t *arena);
void lq_subs_up(lq_endpoint_t *e);
void lq_subs_down(lq_endpoint_t *e);
void lq_subs_stop(lq_endpoint_t *e); /* their timers, for good */

/* lq_subs_seek looks for the subscription of a notification, and does no more. */
void lq_subs_seek(const lq_endpoint_t *e, const lq_envelope_t *env);

/* lq_subs_notify hands ENV, a notification or the end of a subscription, to whom it is for. */
void lq_subs_notify(lq_endpoint_t *e, const lq_json_t *doc, const lq_envelope_t *env,
                    lq_time_t recv);

/* lq_subs_late ends the subscription that ENV's answer has established after we gave it up. */
void lq_subs_late(lq_endpoint_t *e, const lq_json_t *doc, const lq_envelope_t *env);

#define LQ_CALL_HIDDEN "(it quotes our URL)"

/* endpoint_http.c */

LQ_MUST_USE lq_err_t lq_endpoint_http_init(lq_endpoint_t *e, lq_arena_t *arena);
LQ_MUST_USE lq_err_t lq_endpoint_http_post(lq_call_t *c, const char *text, size_t text_sz,
                                           uint64_t timeout_ns);

#endif
