#ifndef LIQD_APP_EXPLAIN_INTERNAL_H
#define LIQD_APP_EXPLAIN_INTERNAL_H

/* What the parts of explain.h share:

     explain.c        what is watched and done, and what never is
     explain_limits.c what is spent at most, and what stops it
     explain_live.c   who signs, how it is sent, and what is never signed
     explain_print.c  on paper, and for machines */

#include "explain.h"
#include "liqd/base/compiler.h"
#include "liqd/decide/sizing.h"

#define LQ_EXPLAIN_WATCH "What it will watch"
#define LQ_EXPLAIN_DO    "What it will do"
#define LQ_EXPLAIN_SPEND "What it can spend at most"
#define LQ_EXPLAIN_STOP  "What stops it"
#define LQ_EXPLAIN_NEVER "What it will never do"

#define LQ_EXPLAIN_TEXT_SZ 4096u

/* To whom it is explained. */
typedef struct lq_explain_ear {
    const lq_config_t *config;
    lq_explain_fn_t *fn;
    void *ctx;
} lq_explain_ear_t;

/* Stands in a text for what is done by who sends, and is else what he would do. */
#define WOULD "\1"

/* A part of a sentence. */
typedef struct lq_explain_part {
    char text[LQ_EXPLAIN_TEXT_SZ];
} lq_explain_part_t;

void lq_explain_say(const lq_explain_ear_t *ear, const char *topic, const char *keys,
                    const char *fmt, ...) LQ_PRINTF(4, 5);

/* The value of the key PATH, with its unit. */
const char *lq_explain_value(lq_explain_part_t *out, const lq_explain_ear_t *ear, const char *path);

/* BPS hundredths of a percent. */
const char *lq_explain_percent(lq_explain_part_t *out, uint64_t bps);

/* Adds NAME to the list OUT. */
void lq_explain_append(lq_explain_part_t *out, const char *name);

const char *lq_explain_plural(uint64_t cnt);

/* Whether a market is liquidated by FUNDING. */
bool lq_explain_takes(const lq_config_t *config, lq_funding_t funding);

/* Whether transactions go through an executor, deployed or not. */
bool lq_explain_has_executor(const lq_config_t *config);

/* explain_limits.c */
void lq_explain_spend(const lq_explain_ear_t *ear);
void lq_explain_stop(const lq_explain_ear_t *ear);

/* explain_live.c. lq_explain_is_live tells whether liqd run sends by CONFIG. */
bool lq_explain_is_live(const lq_config_t *config);
void lq_explain_sending(const lq_explain_ear_t *ear);
void lq_explain_never_sent(const lq_explain_ear_t *ear);

#endif
