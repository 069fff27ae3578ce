#ifndef LIQD_APP_DECISIONS_H
#define LIQD_APP_DECISIONS_H

/* What an engine decides, as lines of a log: the same for a daemon and for a replay. */

#include <jansson.h>
#include <stdio.h>

#include "liqd/base/log.h"
#include "liqd/num/decimal.h"
#include "state.h"

/* lq_decisions_log writes ACTION of STATE's engine to LOG: one it takes, drops, a candidate whose
   reason is another, a limit that holds or lets go. Of others it writes nothing. */
void lq_decisions_log(lq_log_t *log, const lq_state_t *state, const lq_action_t *action);

/* What came of all. */
typedef struct lq_decisions {
    uint64_t take_cnt;
    lq_i256_t profit_usd; /* of all that would have been taken, as estimated, bids paid */
} lq_decisions_t;

/* lq_decisions_add counts ACTION in D. */
void lq_decisions_add(lq_decisions_t *d, const lq_action_t *action);

/* lq_decisions_print writes what an engine came to, as STAT has it, and D, for a person. */
void lq_decisions_print(FILE *out, const lq_engine_stat_t *stat, const lq_decisions_t *d);

/* lq_decisions_json returns the same for a machine: a new reference; NULL: no memory. */
json_t *lq_decisions_json(const lq_engine_stat_t *stat, const lq_decisions_t *d);

/* A signed number as a decimal. */
typedef struct lq_signed_text {
    char text[LQ_DECIMAL_SZ + 1];
} lq_signed_text_t;

/* lq_decisions_usd writes V, in wads, to OUT, cut to cents, and returns its text. */
const char *lq_decisions_usd(lq_signed_text_t *out, const lq_i256_t *v);

#endif
