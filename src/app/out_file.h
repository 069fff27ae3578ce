#ifndef LIQD_APP_OUT_FILE_H
#define LIQD_APP_OUT_FILE_H

/* A file that a result goes to: under another name until it is whole, so that a former one stays as
   it is where the work fails. */

#include <stdio.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

typedef struct lq_out_file {
    const char *path; /* borrowed; NULL: none is open */
    char *part;       /* what it is called meanwhile */
    FILE *to;
} lq_out_file_t;

/* lq_out_file_open begins PATH. lq_out_file_keep ends it and gives it its name. LQ_ERR_IO, also
   where PATH is there and no regular file, LQ_ERR_NOMEM; MSG names PATH. lq_out_file_drop ends it
   without; also where none is open. */
LQ_MUST_USE lq_err_t lq_out_file_open(lq_out_file_t *f, lq_err_msg_t *msg, const char *path);
LQ_MUST_USE lq_err_t lq_out_file_keep(lq_out_file_t *f, lq_err_msg_t *msg);
void lq_out_file_drop(lq_out_file_t *f);

#endif
