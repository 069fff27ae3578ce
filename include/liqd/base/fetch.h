#ifndef LIQD_BASE_FETCH_H
#define LIQD_BASE_FETCH_H

/* Memory that is wanted soon, and not touched in between. What waits for a price waits long, and a
   core that is shared has lost all that it did not use within a millisecond. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"

/* lq_fetch has the SZ bytes at AT brought into the caches, to be written; it changes nothing and
   cannot fail, wherever AT points to. It costs a nanosecond or two a line that is there. */
static inline void lq_fetch(const void *at, size_t sz)
{
    uintptr_t first = (uintptr_t)at & ~(uintptr_t)(LQ_CACHE_LINE_SZ - 1);
    for (uintptr_t line = first; sz && line < (uintptr_t)at + sz; line += LQ_CACHE_LINE_SZ)
        __builtin_prefetch((const void *)line, 1);
}

#endif
