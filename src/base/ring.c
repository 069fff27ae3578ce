#include "liqd/base/ring.h"

#include <stdatomic.h>
#include <string.h>

#include "ring_internal.h"

/* HEAD and TAIL count the elements ever pushed and popped, modulo 2^64; the slot is the count
   modulo the capacity, which divides 2^64, so that nothing happens when they wrap. Each side keeps
   the other's counter as it last saw it and looks again only when that says full or empty: in
   steady flow the line of the other side stays where it is. */
struct lq_ring {
    /* constant */
    size_t elem_sz;
    uint64_t cap;

    /* written by the producer */
    _Alignas(LQ_CACHE_LINE_SZ) _Atomic uint64_t head;
    uint64_t tail_seen;
    _Atomic uint64_t dropped_cnt;

    /* written by the consumer */
    _Alignas(LQ_CACHE_LINE_SZ) _Atomic uint64_t tail;
    uint64_t head_seen;

    _Alignas(LQ_CACHE_LINE_SZ) uint8_t elems[];
};

static uint8_t *elem_at(lq_ring_t *ring, uint64_t idx)
{
    return ring->elems + (idx & (ring->cap - 1)) * ring->elem_sz;
}

lq_err_t lq_ring_new(lq_ring_t **ring, lq_arena_t *arena, size_t elem_sz, size_t cap)
{
    LQ_ASSERT(elem_sz);
    if (!cap || (cap & (cap - 1)))
        return LQ_ERR_INVAL;
    /* What no size_t holds is asked for as SIZE_MAX, which the arena refuses and counts. */
    size_t sz = cap > (SIZE_MAX - sizeof(lq_ring_t)) / elem_sz ? SIZE_MAX
                                                               : sizeof(lq_ring_t) + cap * elem_sz;
    lq_ring_t *made = lq_arena_alloc(arena, sz, LQ_CACHE_LINE_SZ);
    if (!made)
        return LQ_ERR_NOMEM;
    memset(made, 0, sz);
    made->elem_sz = elem_sz;
    made->cap = cap;
    lq_ring_start_at(made, 0);
    atomic_init(&made->dropped_cnt, 0);
    *ring = made;
    return LQ_OK;
}

bool lq_ring_push(lq_ring_t *ring, const void *elem)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (head - ring->tail_seen == ring->cap) {
        /* Pairs with the release in pop: the consumer has read the slot that is written next. */
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (head - ring->tail_seen == ring->cap) {
            uint64_t cnt = atomic_load_explicit(&ring->dropped_cnt, memory_order_relaxed);
            atomic_store_explicit(&ring->dropped_cnt, cnt + 1, memory_order_relaxed);
            return false;
        }
    }
    memcpy(elem_at(ring, head), elem, ring->elem_sz);
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return true;
}

bool lq_ring_pop(lq_ring_t *ring, void *elem)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (ring->head_seen == tail) {
        /* Pairs with the release in push: the slot is written. */
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        if (ring->head_seen == tail)
            return false;
    }
    memcpy(elem, elem_at(ring, tail), ring->elem_sz);
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return true;
}

size_t lq_ring_cnt(const lq_ring_t *ring)
{
    /* The tail first: the head read after it is then never behind it. It may be further ahead than
       the capacity, when both moved in between. */
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    return head - tail < ring->cap ? head - tail : ring->cap;
}

uint64_t lq_ring_dropped_cnt(const lq_ring_t *ring)
{
    return atomic_load_explicit(&ring->dropped_cnt, memory_order_relaxed);
}

void lq_ring_start_at(lq_ring_t *ring, uint64_t idx)
{
    atomic_init(&ring->head, idx);
    atomic_init(&ring->tail, idx);
    ring->tail_seen = idx;
    ring->head_seen = idx;
}
