#ifndef LIQD_BASE_RING_H
#define LIQD_BASE_RING_H

/* A queue of fixed capacity between two threads: one pushes, one pops, neither ever waits. Elements
   of a fixed size are copied in and out, in order. What the producer wrote before a push, the
   consumer sees after the pop of that element. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

/* Opaque. */
typedef struct lq_ring lq_ring_t;

/* lq_ring_new makes *RING an empty ring of CAP elements of ELEM_SZ bytes each (above 0, else
   LQ_BUG). Its memory is one allocation from ARENA, aligned to LQ_CACHE_LINE_SZ, and lives as long
   as that does: 192 bytes and CAP * ELEM_SZ. All of it is written here, so that no page is touched
   first on the hot path. Call it before the other thread starts.
   LQ_ERR_INVAL: CAP is no power of two. LQ_ERR_NOMEM: ARENA has no room, and counts it. *RING is
   then unchanged. */
LQ_MUST_USE lq_err_t lq_ring_new(lq_ring_t **ring, lq_arena_t *arena, size_t elem_sz, size_t cap);

/* lq_ring_push appends a copy of the element at ELEM and returns true; or, when CAP elements are
   there, counts it as dropped and returns false. Producer only. ELEM needs no alignment. */
LQ_MUST_USE bool lq_ring_push(lq_ring_t *ring, const void *elem);

/* lq_ring_pop moves the oldest element to ELEM and returns true; or returns false when there is
   none, ELEM being unchanged. Consumer only. ELEM needs no alignment. */
LQ_MUST_USE bool lq_ring_pop(lq_ring_t *ring, void *elem);

/* lq_ring_cnt returns how many elements are there, 0 to CAP. Any thread. For the producer it is the
   most that there can be now, for the consumer the least; for a third thread it is a figure for
   metrics only. */
size_t lq_ring_cnt(const lq_ring_t *ring);

/* lq_ring_dropped_cnt returns how many pushes found the ring full. Any thread. */
uint64_t lq_ring_dropped_cnt(const lq_ring_t *ring);

#endif
