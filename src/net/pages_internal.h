#ifndef LIQD_NET_PAGES_INTERNAL_H
#define LIQD_NET_PAGES_INTERNAL_H

/* A buffer for texts that are mostly small and may be huge: addresses are reserved at once, a page
   costs memory from its first use until it is given back. */

#include <stddef.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

typedef struct lq_pages {
    char *mem;
    size_t cap_sz;
    size_t high_sz; /* bytes from the start that may cost memory; whoever writes raises it */
} lq_pages_t;

/* lq_pages_new makes PAGES a buffer of at least SZ bytes; end it with lq_pages_free. LQ_ERR_NOMEM.
 */
LQ_MUST_USE lq_err_t lq_pages_new(lq_pages_t *pages, size_t sz);

/* lq_pages_free gives all of PAGES back; all zero bytes are allowed. */
void lq_pages_free(lq_pages_t *pages);

/* lq_pages_used notes that the first SZ bytes have been written. */
static inline void lq_pages_used(lq_pages_t *pages, size_t sz)
{
    if (LQ_UNLIKELY(sz > pages->high_sz))
        pages->high_sz = sz;
}

/* lq_pages_trim gives back what was used above KEEP_SZ bytes, whose content is then lost. */
void lq_pages_trim(lq_pages_t *pages, size_t keep_sz);

#endif
