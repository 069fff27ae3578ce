#ifndef LIQD_APP_DRY_PAGE_H
#define LIQD_APP_DRY_PAGE_H

/* A dry run's report as a file, which is written anew while it runs: see kept_file.h. */

#include "dry_report.h"
#include "kept_file.h"

typedef struct lq_dry_page {
    const char *path; /* NULL: there is none */
    lq_kept_lock_t lock;
    uint64_t written_mono_ns;
} lq_dry_page_t;

#define LQ_DRY_PAGE_EVERY_NS (60 * UINT64_C(1000000000))

/* lq_dry_page_open makes PAGE write to PATH, outliving it; NULL: nowhere. LQ_ERR_EXISTS: another
   process writes it, or PATH is a file that is no report; LQ_ERR_IO: it cannot be written there.
   lq_dry_page_close takes whatever that left. */
LQ_MUST_USE lq_err_t lq_dry_page_open(lq_dry_page_t *page, lq_err_msg_t *msg, const char *path);
void lq_dry_page_close(lq_dry_page_t *page);

/* lq_dry_page_write writes R. LQ_ERR_IO, LQ_ERR_NOMEM; the former one stands then. */
LQ_MUST_USE lq_err_t lq_dry_page_write(lq_dry_page_t *page, lq_err_msg_t *msg,
                                       const lq_dry_report_t *r);

/* lq_dry_page_is_due tells whether it is time to write, and takes it as done. */
bool lq_dry_page_is_due(lq_dry_page_t *page, uint64_t now_mono_ns);

#endif
