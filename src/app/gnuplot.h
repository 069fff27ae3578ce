#ifndef LIQD_APP_GNUPLOT_H
#define LIQD_APP_GNUPLOT_H

/* gnuplot as a process of ours, without a shell: it is told what to draw through a pipe, and what
   it writes goes to a file. */

#include <stdio.h>
#include <sys/types.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "out_file.h"

typedef struct lq_gnuplot {
    pid_t pid;  /* 0: it does not run */
    FILE *to;   /* its standard input */
    FILE *said; /* its standard error */
    lq_out_file_t out;
} lq_gnuplot_t;

/* lq_gnuplot_open starts it, to write to the file PATH. LQ_ERR_NOT_FOUND: there is no gnuplot;
   LQ_ERR_IO, LQ_ERR_NOMEM. MSG says what to do. SIGPIPE is ignored (start.h), so that its death is
   an error of g->to alone. */
LQ_MUST_USE lq_err_t lq_gnuplot_open(lq_gnuplot_t *g, lq_err_msg_t *msg, const char *path);

/* lq_gnuplot_close waits for its end. LQ_ERR_REMOTE: it failed, and MSG has what it said;
   LQ_ERR_IO. lq_gnuplot_drop ends it without a file; also where it does not run. */
LQ_MUST_USE lq_err_t lq_gnuplot_close(lq_gnuplot_t *g, lq_err_msg_t *msg);
void lq_gnuplot_drop(lq_gnuplot_t *g);

#endif
