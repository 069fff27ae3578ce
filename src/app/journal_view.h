#ifndef LIQD_APP_JOURNAL_VIEW_H
#define LIQD_APP_JOURNAL_VIEW_H

/* What liqd journal shows: intents and misses since a time, the newest of them, and what all since
   then came to. */

#include <jansson.h>
#include <stdio.h>

#include "liqd/record/journal.h"

typedef struct lq_journal_view {
    lq_journal_t *journal;
    const char *path;
    uint64_t chain_id;
    uint64_t from_wall_ns;
    size_t limit;
    bool misses; /* each of them too, not their sums alone */
} lq_journal_view_t;

/* lq_journal_view_print writes it to OUT for a person; lq_journal_view_json sets *ROOT to the same
   for a machine, a new reference. Errors as lq_journal_total; LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_journal_view_print(FILE *out, lq_err_msg_t *msg,
                                           const lq_journal_view_t *view);
LQ_MUST_USE lq_err_t lq_journal_view_json(json_t **root, lq_err_msg_t *msg,
                                          const lq_journal_view_t *view);

#endif
