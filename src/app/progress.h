#ifndef LIQD_APP_PROGRESS_H
#define LIQD_APP_PROGRESS_H

/* How far long work has come, on standard error: a bar that is drawn anew on a terminal, a line now
   and then elsewhere. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct lq_progress {
    FILE *out;
    bool terminal;
    bool drawn; /* a bar stands there */
    char what[80];
    uint64_t begun_mono_ns; /* of WHAT */
    uint64_t shown_mono_ns;
    uint64_t first; /* DONE at its beginning */
} lq_progress_t;

#define LQ_PROGRESS_NO_ETA UINT64_MAX

/* lq_progress_init begins with nothing to tell. OUT is a terminal as isatty says. */
void lq_progress_init(lq_progress_t *p, FILE *out);

/* lq_progress_show tells that DONE of ALL (0: not known) UNITS of WHAT are done. Often called,
   seldom shown: five times a second on a terminal, every ten seconds elsewhere, and where WHAT is
   new. WHAT is plain text. ETA_NS is what the caller knows of it; else it is reckoned from the
   pace. */
void lq_progress_show(lq_progress_t *p, uint64_t now_mono_ns, const char *what, const char *units,
                      uint64_t done, uint64_t all, uint64_t eta_ns);

/* lq_progress_clear takes the bar away, before other text is written or at the end. */
void lq_progress_clear(lq_progress_t *p);

#endif
