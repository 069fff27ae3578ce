#ifndef LIQD_APP_FOLLOW_H
#define LIQD_APP_FOLLOW_H

/* The shell that keeps an engine (engine/engine.h) fed from the nodes: heads and logs, reads,
   searches of the past, time, snapshots, memory. What the engine wishes from within an event is
   done between two turns of the loop. */

#include <stdbool.h>
#include <stdint.h>

#include "kept_file.h"
#include "liqd/app/config.h"
#include "liqd/base/log.h"
#include "liqd/net/loop.h"
#include "nodes.h"
#include "progress.h"
#include "state.h"

/* Opaque. */
typedef struct lq_follow lq_follow_t;

/* What the engine starts from, during the call. */
typedef struct lq_follow_start {
    uint64_t seed;
    lq_kept_bytes_t snapshot; /* none: from nothing */
    lq_kept_bytes_t memory;   /* none: nothing is known */
} lq_follow_start_t;

typedef struct lq_follow_settings {
    const lq_config_t *config;
    const lq_nodes_t *nodes;
    lq_log_t *log;
    lq_progress_t *progress; /* NULL: none is shown */
    uint64_t stall_ns;       /* nothing from any node for so long is a failure; 0: it never is */

    /* settled: the state is that of the contracts at the end of BLOCK, and stays so during the
       call. At each block that is so, or, with AT_HEAD, where no node has shown a higher one; one
       that is said to be there and does not come is waited for some seconds only. May be NULL. */
    bool at_head;
    void (*settled)(void *ctx, const lq_block_ref_t *block);

    /* structured: once, where reserves, markets and oracles are read as far as they answer, before
       the past is searched. May be NULL. */
    void (*structured)(void *ctx);

    /* decide: the engine liquidates: it is told of time, and has its memory. Otherwise it keeps the
       book alone. live: what it spends is real: whoever made the shell tells of it; else it is told
       of the configured inventory, and its memory is that of dry runs, beside the configured one.
     */
    bool decide;
    bool live;

    /* begin: whether the engine may begin, asked between two turns once a node can be begun with,
       until it is so. May be NULL. */
    bool (*begin)(void *ctx);

    /* opened: once, before the first event. event: each one, before the engine has it. action: each
       one of the engine's. done: behind the last of an event. May be NULL. */
    lq_err_t (*opened)(void *ctx, lq_err_msg_t *msg, const lq_follow_start_t *start);
    void (*event)(void *ctx, const lq_event_t *event);
    void (*action)(void *ctx, const lq_action_t *action);
    void (*done)(void *ctx);

    /* work: between two turns of the loop. May be NULL. timer_cnt: of the loop's, for who works on
       it too. */
    void (*work)(void *ctx);
    size_t timer_cnt;
    void *ctx;
} lq_follow_settings_t;

/* lq_follow_open makes *F from SETTINGS, which it copies, and takes up the configured snapshot
   where there is a good one; a bad one is logged, and everything is read anew. A bad memory is not
   passed over. MSG says what failed: LQ_ERR_EMPTY (no market, no node), LQ_ERR_EXISTS (another
   process uses snapshot or memory), LQ_ERR_IO (their folder), LQ_ERR_SYNTAX, LQ_ERR_INVAL,
   LQ_ERR_PERM (the memory), LQ_ERR_NOMEM, LQ_ERR_FULL, LQ_ERR_RANGE; or opened's. */
LQ_MUST_USE lq_err_t lq_follow_open(lq_follow_t **f, lq_err_msg_t *msg,
                                    const lq_follow_settings_t *settings);

/* lq_follow_close ends all; NULL is allowed. Not from its callbacks. */
void lq_follow_close(lq_follow_t *f);

/* lq_follow_run works until *STOP is true, which a callback or a signal may set. Errors, which MSG
   explains: LQ_ERR_TIMEOUT (no node answers), LQ_ERR_NOT_FOUND, LQ_ERR_REMOTE (none can answer),
   LQ_ERR_TOO_LONG, LQ_ERR_NOMEM, LQ_ERR_FULL, LQ_ERR_CONFIG (an inventory's amount, all nodes are
   of another chain). */
LQ_MUST_USE lq_err_t lq_follow_run(lq_follow_t *f, lq_err_msg_t *msg, const volatile bool *stop);

/* lq_follow_save writes the configured snapshot, where one is. Errors as lq_snapshot_file_save.
   lq_follow_remember writes the configured memory, where one is and it is another than is in the
   file. Errors as lq_memory_file_write. */
LQ_MUST_USE lq_err_t lq_follow_save(lq_follow_t *f, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_follow_remember(lq_follow_t *f, lq_err_msg_t *msg);

/* A token's symbol, as it says itself: printable, "" where it says none. */
typedef struct lq_symbol {
    lq_address_t token;
    char text[LQ_TOKEN_SYMBOL_SZ];
} lq_symbol_t;

/* lq_follow_symbols ends following, what comes of the chain does not count any more, and asks for
   up to MAX symbols of tokens in the ledger that the oracles do not know. Returns how many it
   wrote: those that a node told within some seconds. */
size_t lq_follow_symbols(lq_follow_t *f, lq_symbol_t *out, size_t max);

/* lq_follow_header ends following too, and sets *OUT to the header of the block that the state
   stands at. False: no node told it within some seconds. */
bool lq_follow_header(lq_follow_t *f, lq_header_t *out);

/* lq_follow_fail ends lq_follow_run with ERR, said by TEXT; the first counts. */
void lq_follow_fail(lq_follow_t *f, lq_err_t err, const char *text);

lq_loop_t *lq_follow_loop(lq_follow_t *f);
lq_state_t *lq_follow_state(lq_follow_t *f);
/* lq_follow_rehearse does what TEXT, a price's notification, does up to where it is taken. */
void lq_follow_rehearse(lq_follow_t *f, const char *text, size_t sz);
lq_pool_t *lq_follow_pool(lq_follow_t *f);

/* lq_follow_head returns the highest block that any node has shown; 0: none has. */
uint64_t lq_follow_head(const lq_follow_t *f);

/* lq_follow_give gives EVENT, whose time is the present turn's, to the engine; from `work`, or from
   a callback of the loop. */
void lq_follow_give(lq_follow_t *f, lq_event_t *event);

#endif
