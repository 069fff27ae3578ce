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
    const uint8_t *bytes = at;
    for (size_t i = 0; i < sz; i += LQ_CACHE_LINE_SZ)
        __builtin_prefetch(bytes + i, 1);
    if (sz)
        __builtin_prefetch(bytes + sz - 1, 1);
}

/* lq_fetch_text does that to instructions, up to where they and data share a cache. */
static inline void lq_fetch_text(const void *at, size_t sz)
{
    const uint8_t *bytes = at;
    for (size_t i = 0; i < sz; i += LQ_CACHE_LINE_SZ)
        __builtin_prefetch(bytes + i, 0, 2);
}

/* lq_fetch_stack does that to the SZ bytes of stack below its caller: what is called from elsewhere
   has its frames in other lines than a rehearsal had. */
static inline void lq_fetch_stack(size_t sz)
{
    lq_fetch((const uint8_t *)__builtin_frame_address(0) - sz, sz);
}

#endif
