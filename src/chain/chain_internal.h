#ifndef LIQD_CHAIN_CHAIN_INTERNAL_H
#define LIQD_CHAIN_CHAIN_INTERNAL_H

/* The two halves of chain.h: chain.c hears what nodes tell and drives the tracker, chain_ask.c asks
   what the tracker wants and decodes the answers. */

#include "liqd/chain/chain.h"
#include "liqd/chain/decode.h"

/* More than the tracker ever wants at once; but it gives up a want before its call may be over. */
#define ASK_MAX 256u

typedef enum ask_state {
    ASK_FREE,
    ASK_SENT,
    ASK_FAILED, /* could not be sent; the tracker is told in the next turn */
} ask_state_t;

/* One want of the tracker on its way. */
typedef struct ask {
    lq_chain_t *chain;
    lq_want_t want;
    lq_rpc_id_t call;
    ask_state_t state;
    uint32_t item_max; /* HEADERS: requests in its batch */
    bool by_receipts;  /* LOGS that a node refuses as too many, read from the block's receipts */
} ask_t;

/* What is known of an endpoint. */
typedef struct node {
    lq_chain_t *chain;
    uint32_t number;
    bool subscribed;   /* to heads */
    bool connected;    /* as the tracker was told */
    bool polling;      /* CALL is under way */
    bool heard;        /* its subscription told a head meanwhile */
    bool poll_again;   /* as soon as it is over */
    lq_rpc_id_t call;  /* the last poll */
    uint64_t poll_at;  /* mono_ns of the next */
    uint32_t item_max; /* requests in a batch: halved when one is refused, one more when not */
    lq_hash_t told;    /* the last head since it was subscribed to; all zero: none */
} node_t;

struct lq_chain {
    lq_loop_t *loop;
    lq_log_t *log;
    lq_pool_t *pool;
    lq_tracker_t *tracker;
    lq_chain_config_t config;
    lq_event_fn_t *event;
    void *event_ctx;
    lq_timer_t timer;
    uint32_t head_sub;
    uint32_t log_sub;
    bool has_head_sub;
    bool has_log_sub;
    size_t node_cnt;
    node_t nodes[LQ_POOL_ENDPOINT_MAX];
    size_t failed_cnt; /* asks that are ASK_FAILED */
    ask_t asks[ASK_MAX];
    lq_chain_stat_t stat;
    lq_tracker_stat_t said; /* what was logged of the tracker's */
    lq_filter_t filter;
    char *filter_text; /* as lq_filter_write has it */
    size_t filter_sz;
    /* What a request is written into, and what an answer or a notification is decoded into: each is
       done with before the next comes. */
    char *params;
    size_t params_max;
    lq_header_t headers[LQ_TRACKER_RANGE_MAX];
    lq_evm_log_t *logs;
    uint8_t *data;
};

/* lq_chain_ask sends WANT; the tracker's sink. */
void lq_chain_ask(void *ctx, const lq_want_t *want);

/* lq_chain_ask_settle tells the tracker of what could not be sent. */
void lq_chain_ask_settle(lq_chain_t *chain, lq_time_t now);

void lq_chain_ask_cancel(lq_chain_t *chain);

/* lq_chain_poll asks NODE for its head. */
void lq_chain_poll(node_t *node);

/* lq_chain_poll_due sets when NODE is polled next if it tells nothing until then. */
void lq_chain_poll_due(node_t *node, lq_time_t now);

/* lq_chain_head takes a head that NODE showed, WAS_TOLD by its subscription or else in a poll. */
void lq_chain_head(node_t *node, const lq_header_t *header, bool was_told, lq_time_t now);

void lq_chain_connected(node_t *node, bool on, lq_time_t now);

/* lq_chain_garbage counts and logs what ENDPOINT said that does not decode. */
void lq_chain_garbage(lq_chain_t *chain, uint32_t endpoint, const char *what, lq_err_t err,
                      const lq_err_msg_t *msg);

/* lq_chain_overflow counts and logs what ENDPOINT said that does not fit: no fault of its own. */
void lq_chain_overflow(lq_chain_t *chain, uint32_t endpoint, const char *what,
                       const lq_err_msg_t *msg);

/* lq_chain_pump lets the tracker go on, sets the timer and logs what the tracker found wrong. */
void lq_chain_pump(lq_chain_t *chain, lq_time_t now);

#endif
