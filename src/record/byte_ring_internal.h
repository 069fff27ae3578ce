#ifndef LIQD_RECORD_BYTE_RING_INTERNAL_H
#define LIQD_RECORD_BYTE_RING_INTERNAL_H

/* A queue of bytes between two threads, as base/ring.h is one of elements: one appends, one takes,
   neither waits. Its memory is mapped twice, one behind the other, so that what lies across the end
   is in one piece: what is appended is made in place, and what is taken is written from there. */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

typedef struct lq_byte_ring {
    uint8_t *bytes;
    size_t cap; /* a power of two */

    /* the producer's */
    _Alignas(LQ_CACHE_LINE_SZ) _Atomic uint64_t head; /* bytes ever published */
    uint64_t at;                                      /* and appended */
    uint64_t tail_seen;

    /* the consumer's */
    _Alignas(LQ_CACHE_LINE_SZ) _Atomic uint64_t tail; /* bytes ever taken */
} lq_byte_ring_t;

/* lq_byte_ring_init makes RING empty, of CAP bytes, a power of two and a multiple of the page. All
   pages are touched here. LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_byte_ring_init(lq_byte_ring_t *ring, size_t cap);
void lq_byte_ring_fini(lq_byte_ring_t *ring);

/* lq_byte_ring_append returns where to write the next SZ bytes, which the consumer sees once they
   are published; NULL: there is no room. Producer only. */
static inline uint8_t *lq_byte_ring_append(lq_byte_ring_t *ring, size_t sz)
{
    if (LQ_UNLIKELY(ring->cap - (ring->at - ring->tail_seen) < sz)) {
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (ring->cap - (ring->at - ring->tail_seen) < sz)
            return NULL;
    }
    uint8_t *p = ring->bytes + (ring->at & (ring->cap - 1));
    ring->at += sz;
    return p;
}

/* lq_byte_ring_publish shows all that was appended. Producer only. */
static inline void lq_byte_ring_publish(lq_byte_ring_t *ring)
{
    atomic_store_explicit(&ring->head, ring->at, memory_order_release);
}

/* lq_byte_ring_peek returns the bytes that are there and sets *SZ to their number; they stay until
   lq_byte_ring_take. Consumer only. */
static inline const uint8_t *lq_byte_ring_peek(const lq_byte_ring_t *ring, size_t *sz)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    *sz = (size_t)(atomic_load_explicit(&ring->head, memory_order_acquire) - tail);
    return ring->bytes + (tail & (ring->cap - 1));
}

static inline void lq_byte_ring_take(lq_byte_ring_t *ring, size_t sz)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    atomic_store_explicit(&ring->tail, tail + sz, memory_order_release);
}

#endif
