#ifndef LIQD_EXEC_REHEARSAL_H
#define LIQD_EXEC_REHEARSAL_H

/* What comes between a TAKE and its eth_sendRawTransaction, done for nobody, so that its code and
   its tables are in the caches when something is taken: a keeper waits far longer than it works,
   and where what it waits for finds them cold it takes several times as long.

   Nothing of it can leave. It has a transaction manager of its own, on a chain of its own, whose
   records and requests are written to memory of its own; and it has a key of its own, made anew and
   known to nobody, whose transactions are worth nothing. It is given no log, no node, no clock and
   no descriptor. */

#include "liqd/base/arena.h"
#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

/* Opaque. */
typedef struct lq_rehearsal lq_rehearsal_t;

/* lq_rehearsal_new makes *R in ARENA, of which it takes 20 MiB and touches one. LQ_ERR_NOMEM;
   LQ_ERR_IO: the system gives no random bytes. lq_rehearsal_free clears the key; NULL is allowed.
 */
LQ_MUST_USE lq_err_t lq_rehearsal_new(lq_rehearsal_t **r, lq_err_msg_t *msg, lq_arena_t *arena);
void lq_rehearsal_free(lq_rehearsal_t *r);

/* lq_rehearsal_send goes from a TAKE to the text of a request; lq_rehearsal_sign has a signature of
   the same size made, which is most of what the whole takes. They allocate nothing. */
void lq_rehearsal_send(lq_rehearsal_t *r);
void lq_rehearsal_sign(lq_rehearsal_t *r);

/* How many texts and signatures it has made. */
typedef struct lq_rehearsal_stat {
    uint64_t sent_cnt;
    uint64_t signed_cnt;
} lq_rehearsal_stat_t;
lq_rehearsal_stat_t lq_rehearsal_stat(const lq_rehearsal_t *r);

#endif
