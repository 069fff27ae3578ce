#ifndef LIQD_RPC_ENDPOINT_H
#define LIQD_RPC_ENDPOINT_H

/* JSON-RPC to one node: calls with deadlines, batches, cancellation, subscriptions that outlive
   connections. A stream (IPC, WebSocket) is opened again with jittered backoff whenever it is down,
   for ever. On HTTP there are no subscriptions and nothing is ever "down": each call finds out.

   An answer is taken for a call only if its id is that call's and its shape is JSON-RPC's; an
   answer with an id that no call waits for, one that comes twice, or one that is neither answer nor
   notification is counted and dropped; one that is no JSON ends a stream (the rest of it could not
   be told apart). A refusal that names no request is taken over HTTP, where it can mean one call
   only; on a stream it is dropped, and its call runs out of time.

   Memory: two to four times call_max + 4 * sub_max slots of some 220 bytes, in_max bytes and tokens
   for one text of it (8 bytes per 2 of text), out_max, LQ_RPC_SUB_PARAMS_MAX for each of twice
   sub_max subscriptions, 256 KB for notifications that come before the answer that says whose they
   are, and what the connection takes; all reserved when it is made, pages from first use. The loop
   needs room for LQ_ENDPOINT_TIMER_CNT(call_max, sub_max) timers, those of the connection included.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/base/log.h"
#include "liqd/base/rng.h"
#include "liqd/codec/json.h"
#include "liqd/net/loop.h"
#include "liqd/net/url.h"
#include "liqd/rpc/failure.h"

/* Opaque. */
typedef struct lq_endpoint lq_endpoint_t;

#define LQ_ENDPOINT_TIMER_CNT(call_max, sub_max) ((call_max) + 6 * (sub_max) + 16)

/* Bytes of a subscription's parameters: a filter of some 1,400 addresses. */
#define LQ_RPC_SUB_PARAMS_MAX (64u << 10)

/* One request of a call. PARAMS is a JSON array's text, [] included. */
typedef struct lq_rpc_item {
    const char *method;
    const char *params;
    size_t params_sz;
} lq_rpc_item_t;

/* How one request ended. */
typedef struct lq_rpc_result {
    lq_rpc_class_t class_;
    lq_json_val_t value; /* OK: the result, of any kind, null included */
    lq_json_val_t data;  /* not OK: the error's data, LQ_JSON_ABSENT without */
    int64_t code;        /* not OK: of the error; 0 where the node sent none */
    const char *message; /* not OK: what the node or we said, escapes resolved, at most 1024 bytes;
                            any bytes, but no key of our URL */
    size_t message_sz;
    lq_rpc_hint_t hint;
} lq_rpc_result_t;

/* How a call ended; valid during the callback. */
typedef struct lq_rpc_answer {
    const lq_json_t *doc;           /* what the values point into; NULL where no answer came */
    const lq_rpc_result_t *results; /* one for each item, in their order */
    size_t result_cnt;
    uint32_t endpoint;       /* its number */
    uint64_t retry_after_ns; /* what the node asked us to wait; 0: nothing */
    uint64_t latency_ns;     /* from the send */
    lq_time_t recv;
} lq_rpc_answer_t;

typedef void lq_rpc_fn_t(void *ctx, const lq_rpc_answer_t *answer);

#define LQ_RPC_ITEM_MAX 128u

typedef struct lq_rpc_call {
    const lq_rpc_item_t *items; /* 1 to LQ_RPC_ITEM_MAX; more than one go as a batch. Copied */
    size_t item_cnt;
    uint64_t timeout_ns;
    lq_rpc_fn_t *fn;
    void *ctx;
} lq_rpc_call_t;

/* Names one call; never used twice. 0 is none. */
typedef struct lq_rpc_id {
    uint64_t id;
} lq_rpc_id_t;

typedef enum lq_sub_what {
    LQ_SUB_ON,      /* established, or established again: what came between was missed */
    LQ_SUB_OFF,     /* lost: the connection went; it comes ON again by itself */
    LQ_SUB_DATA,    /* VALUE is a notification's result */
    LQ_SUB_REFUSED, /* the node does not do it; tried again with the next connection */
} lq_sub_what_t;

typedef struct lq_sub_event {
    lq_sub_what_t what;
    uint32_t endpoint;
    const lq_json_t *doc;           /* DATA */
    lq_json_val_t value;            /* DATA */
    const lq_rpc_result_t *refusal; /* REFUSED */
    lq_time_t recv;
} lq_sub_event_t;

typedef void lq_sub_fn_t(void *ctx, const lq_sub_event_t *event);

/* Counters since the start; only ever rise. */
typedef struct lq_endpoint_stat {
    uint64_t connect_cnt; /* streams that came up */
    uint64_t down_cnt;    /* streams that ended, or did not come up */
    uint64_t call_cnt;    /* calls sent, those for subscriptions included */
    uint64_t notify_cnt;
    uint64_t stray_cnt;    /* of these, of no subscription of ours, or not any more */
    uint64_t wrong_id_cnt; /* answers that no call waits for, doubles included */
    uint64_t garbage_cnt;  /* texts, or elements of batches, that are no JSON-RPC */
    uint64_t too_long_cnt; /* texts above in_max */
    uint64_t timeout_cnt;
    uint64_t class_cnt[LQ_RPC_CLASS_CNT]; /* results by class */
    uint64_t in_sz;                       /* bytes of texts */
    uint64_t out_sz;
} lq_endpoint_stat_t;

typedef struct lq_endpoint_config {
    const char *name;    /* for logs; borrowed */
    uint32_t number;     /* given back in answers and events */
    const lq_url_t *url; /* borrowed */
    lq_auth_t auth;
    size_t call_max; /* calls under way, 1 to 1024 */
    size_t sub_max;  /* subscriptions, 0 to 16 */
    size_t in_max;   /* bytes of an answer or a notification */
    size_t out_max;  /* bytes that wait to be sent; of one call on HTTP */
    uint64_t connect_ns;
    uint64_t ping_ns, pong_ns, silence_ns; /* of streams, see net/conn.h */
    uint64_t backoff_min_ns; /* between connections: doubled with each failure, each drawn from half
                                to whole */
    uint64_t backoff_max_ns;
    uint32_t busy_poll_us;
    const char *ca_file; /* HTTPS; NULL: the system's */
} lq_endpoint_config_t;

/* lq_endpoint_new makes *E and begins to connect. LOG gets one rate-limited line for each kind of
   fault. STATE (NULL allowed) is called with CTX when a stream came up or went down; on HTTP never.
   LQ_ERR_NOMEM. */
typedef void lq_endpoint_state_fn_t(void *ctx, uint32_t endpoint, bool up);
LQ_MUST_USE lq_err_t lq_endpoint_new(lq_endpoint_t **e, lq_arena_t *arena, lq_loop_t *loop,
                                     lq_log_t *log, lq_rng_t *rng,
                                     const lq_endpoint_config_t *config,
                                     lq_endpoint_state_fn_t *state, void *ctx);

/* lq_endpoint_free cancels all and ends E; NULL is allowed. Not from its callbacks. */
void lq_endpoint_free(lq_endpoint_t *e);

/* lq_endpoint_call sends CALL and sets *ID. Its fn is called once, with one result for each item,
   from a later turn of the loop, at timeout_ns from now at the latest. An answer that lacks an
   item, or has one twice, gives that item BROKEN; one refusal in place of a batch's array is that
   of each item. When the stream goes down all its calls end as BROKEN. Over HTTP a call of which no
   byte left us ends as UNSENT. LQ_ERR_FULL: call_max or out_max; LQ_ERR_CLOSED: the stream is down:
   nothing was sent, and fn is not called. */
LQ_MUST_USE lq_err_t lq_endpoint_call(lq_endpoint_t *e, lq_rpc_id_t *id, const lq_rpc_call_t *call);

/* lq_endpoint_cancel ends the call ID, whose fn is then never called. One that has ended is left
 * alone. */
void lq_endpoint_cancel(lq_endpoint_t *e, lq_rpc_id_t id);

/* lq_endpoint_subscribe keeps up eth_subscribe with the array PARAMS (copied) for as long as E
   lives, and calls FN with CTX, from a later turn. *SUB numbers it, never 0. A refusal that may
   pass (LQ_RPC_RATE, LQ_RPC_TIMEOUT, ...) is tried again after a backoff, without a word.
   LQ_ERR_FULL: sub_max; LQ_ERR_TOO_LONG: above LQ_RPC_SUB_PARAMS_MAX, or out_max - 128;
   LQ_ERR_INVAL: on HTTP. */
LQ_MUST_USE lq_err_t lq_endpoint_subscribe(lq_endpoint_t *e, uint32_t *sub, const char *params,
                                           size_t params_sz, lq_sub_fn_t *fn, void *ctx);

/* lq_endpoint_unsubscribe ends SUB, whose FN is then never called. */
void lq_endpoint_unsubscribe(lq_endpoint_t *e, uint32_t sub);

/* lq_endpoint_reconnect drops the stream, to open it again at once; for who knows that it is no
 * good. */
void lq_endpoint_reconnect(lq_endpoint_t *e);

bool lq_endpoint_is_up(const lq_endpoint_t *e); /* on HTTP: true */
/* lq_endpoint_fault returns why the last stream did not come up or went down, without secrets; ""
   where none has. Lives as long as E. */
const lq_err_msg_t *lq_endpoint_fault(const lq_endpoint_t *e);

size_t lq_endpoint_call_cnt(const lq_endpoint_t *e); /* under way */
const lq_endpoint_stat_t *lq_endpoint_stat(const lq_endpoint_t *e);

/* lq_endpoint_warm fetches into the caches what a text that comes and a call that leaves touch. */
void lq_endpoint_warm(const lq_endpoint_t *e);

/* lq_endpoint_rehearse reads TEXT, a notification, as one that the node sent, up to where its
   subscription is sought, and lq_endpoint_warm. Nobody is told, and nothing is counted. */
void lq_endpoint_rehearse(lq_endpoint_t *e, const char *text, size_t text_sz);

#endif
