#ifndef LIQD_APP_EXPLAIN_H
#define LIQD_APP_EXPLAIN_H

/* What a configuration will do, and what it will never do, as sentences made from its values alone:
   for one who is about to risk his own money. Each is what the code keeps to, or it is not said.
   What only one who sends would do is said with "would" where CONFIG sends nothing. */

#include <jansson.h>
#include <stdio.h>

#include "liqd/app/config.h"

typedef struct lq_explain_line {
    const char *topic; /* a heading; lines of one come one after another */
    const char *text;  /* one sentence or more */
    const char *keys;  /* what to change it by, with a comma between; "": nothing does */
} lq_explain_line_t;

typedef void lq_explain_fn_t(void *ctx, const lq_explain_line_t *line);

/* lq_explain gives FN each line about CONFIG, which was loaded without a problem. A line is valid
   during the call. */
void lq_explain(const lq_config_t *config, lq_explain_fn_t *fn, void *ctx);

/* lq_explain_print writes them to OUT as a page of LQ_EXPLAIN_WIDTH columns; lq_explain_json
   returns them as an array of objects with topic, text and keys, NULL where memory runs out. */
#define LQ_EXPLAIN_WIDTH 88u
void lq_explain_print(FILE *out, const lq_config_t *config);
json_t *lq_explain_json(const lq_config_t *config);

#endif
