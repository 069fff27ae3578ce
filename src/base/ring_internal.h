#ifndef LIQD_BASE_RING_INTERNAL_H
#define LIQD_BASE_RING_INTERNAL_H

/* What the tests of the ring need. */

#include "liqd/base/ring.h"

/* lq_ring_start_at has an empty ring that no other thread uses yet count its elements from IDX on,
   so that a test sees the counters wrap. */
void lq_ring_start_at(lq_ring_t *ring, uint64_t idx);

#endif
