#ifndef LIQD_RPC_FAILURE_H
#define LIQD_RPC_FAILURE_H

/* What a node's refusal means. Nodes and providers use the same codes for different things, so the
   text is matched first; one table holds all texts. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

/* X(name, string, blames_node, may_move): LQ_RPC_<name>; whether it counts against the endpoint's
   health, not against what was asked; whether the same request makes sense at another endpoint
   (PARAMS: some nodes know forms of parameters that others do not). */
#define LQ_RPC_CLASS_TABLE(X)                                                                      \
    X(OK, "answered", false, false)                                                                \
    /* eth_sendRawTransaction */                                                                   \
    X(KNOWN, "known already", false, false)                 /* success, for this hash only */      \
    X(OCCUPIED, "nonce occupied", false, false)             /* by another transaction: find it */  \
    X(NONCE_LOW, "nonce too low", false, false)             /* look up every hash of ours */       \
    X(NONCE_HIGH, "nonce too high", false, false)           /* send the lower ones again */        \
    X(REPLACEMENT, "replacement underpriced", false, false) /* raise both fee fields */            \
    X(UNDERPRICED, "underpriced", false, false)             /* re-price or drop */                 \
    X(POOL_FULL, "pool full", false, true)                  /* another node; keep the nonce */     \
    X(FUNDS, "insufficient funds", false, false)            /* hold, alert */                      \
    X(FEE_CAP, "fee above the node's cap", false, true)     /* may be accepted elsewhere */        \
    X(MALFORMED, "malformed transaction", false, false)     /* our bug or the wrong chain: stop */ \
    X(SEQUENCER, "sequencer busy", false, false)            /* back off; others do not help */     \
    /* eth_getLogs and other reads */                                                              \
    X(RANGE, "block range too wide", false, false)          /* hint.range_max, or bisect */        \
    X(ROWS, "too many logs", false, false)                  /* hint.from, hint.to, or bisect */    \
    X(FILTER, "too many addresses or topics", false, false) /* split the filter */                 \
    X(ABSENT, "block or state not there", false, true)      /* another node; do not shrink */      \
    X(REVERT, "execution reverted", false, false)                                                  \
    X(GAS, "out of gas or above the node's gas cap", false, false) /* split the call */            \
    /* any method */                                                                               \
    X(SYNCING, "node is syncing", true, true) /* leave it */                                       \
    X(RATE, "rate limited", true, true)       /* back off as long as told, never shrink */         \
    X(QUOTA, "quota used up", true, true)     /* drop the provider */                              \
    X(FORBIDDEN, "not authorised", true, true)                                                     \
    X(METHOD, "method not supported", false, true)                                                 \
    X(PARAMS, "parameters refused", false, true)                                                   \
    X(UNKNOWN, "refused for an unknown reason", true, true) /* of a send: outcome unknown */       \
    X(TIMEOUT, "no answer in time", true, true)             /* of a send: outcome unknown */       \
    X(BROKEN, "connection or answer broken", true, true)    /* of a send: outcome unknown */       \
    X(UNSENT, "not sent", true, true) /* no connection, no room: never left us */

typedef enum lq_rpc_class {
#define LQ_RPC_CLASS_ENUM(name, string, blames_node, may_move) LQ_RPC_##name,
    LQ_RPC_CLASS_TABLE(LQ_RPC_CLASS_ENUM)
#undef LQ_RPC_CLASS_ENUM
    LQ_RPC_CLASS_CNT
} lq_rpc_class_t;

/* lq_rpc_class_str returns the class's string; lq_rpc_class_name its name, e.g. "NONCE_LOW".
 * Static, never NULL. */
const char *lq_rpc_class_str(lq_rpc_class_t c);
const char *lq_rpc_class_name(lq_rpc_class_t c);

/* What was asked; the same words mean different things to different methods. */
typedef enum lq_rpc_group {
    LQ_RPC_GROUP_SEND, /* eth_sendRawTransaction and its relatives */
    LQ_RPC_GROUP_LOGS, /* eth_getLogs */
    LQ_RPC_GROUP_OTHER,
} lq_rpc_group_t;

/* lq_rpc_group_of returns the group of a method's name. */
lq_rpc_group_t lq_rpc_group_of(const char *method);

/* What a refusal lets us know beyond its class; 0 where it says nothing. The node's word, and no
   more: from <= to always, but both may lie outside what was asked. */
typedef struct lq_rpc_hint {
    uint64_t range_max; /* blocks that one query may span */
    uint64_t from; /* a range that the node says would work, both inclusive; to is 0 where it */
    uint64_t to;   /* names none */
    uint64_t next_nonce; /* "next nonce N" and its like */
    bool has_next_nonce;
} lq_rpc_hint_t;

/* A refusal as it came. */
typedef struct lq_rpc_failure {
    unsigned http_status; /* 0 on other transports; 200 with a JSON-RPC error */
    int64_t code;         /* of the JSON-RPC error; 0 where there is none */
    const char *message;  /* of the JSON-RPC error, escapes resolved, or the body of an HTTP error;
                             any bytes */
    size_t message_sz;
    bool has_data; /* whether the error carries data that is a string of hex */
} lq_rpc_failure_t;

/* lq_rpc_classify returns what F means to a method of GROUP, never LQ_RPC_OK, and sets *HINT (NULL
   allowed). Texts are compared without regard to case, the first 1024 bytes of them, and count
   before codes, but for code 3, -32015, and a read's -32000 with data: behind them stands a
   contract's text. Of a send nothing is guessed: a
   text that is not known, and any that came instead of a JSON-RPC error, leaves its outcome open.
   Pure; at most a few microseconds. */
lq_rpc_class_t lq_rpc_classify(lq_rpc_hint_t *hint, lq_rpc_group_t group,
                               const lq_rpc_failure_t *f);

/* lq_rpc_blames_node and lq_rpc_may_move return the table's columns. */
bool lq_rpc_blames_node(lq_rpc_class_t c);
bool lq_rpc_may_move(lq_rpc_class_t c);

#endif
