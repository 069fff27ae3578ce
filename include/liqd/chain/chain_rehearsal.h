#ifndef LIQD_CHAIN_CHAIN_REHEARSAL_H
#define LIQD_CHAIN_CHAIN_REHEARSAL_H

/* What comes between a node's notification of a log and its event, done for nobody, so that its
   code is in the caches when a node has something to tell: see exec/rehearsal.h. The texts are its
   own, and so is the tracker that they go through, on a chain of their own; it is given no node, no
   clock and no one who would hear an event. */

#include "liqd/base/arena.h"
#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

/* Opaque. */
typedef struct lq_chain_rehearsal lq_chain_rehearsal_t;

/* lq_chain_rehearsal_new makes *R in ARENA, of which it takes 4 MiB. LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_chain_rehearsal_new(lq_chain_rehearsal_t **r, lq_arena_t *arena);

/* lq_chain_rehearsal_hear goes from the text of a log to its event, and has its block be complete.
   It allocates nothing. */
void lq_chain_rehearsal_hear(lq_chain_rehearsal_t *r);

/* How many events were made of logs, and of complete blocks. */
typedef struct lq_chain_rehearsal_stat {
    uint64_t log_cnt;
    uint64_t block_cnt;
} lq_chain_rehearsal_stat_t;
/* lq_chain_rehearsal_text returns the notification that was heard last, of *SZ bytes. */
const char *lq_chain_rehearsal_text(const lq_chain_rehearsal_t *r, size_t *sz);
lq_chain_rehearsal_stat_t lq_chain_rehearsal_stat(const lq_chain_rehearsal_t *r);

#endif
