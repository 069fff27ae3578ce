#ifndef LIQD_BASE_ARENA_H
#define LIQD_BASE_ARENA_H

/* A bump allocator of fixed capacity with savepoints: memory is taken one piece after another and
   given back from the end. One for each lifetime: process, block, request.

   What succeeds depends only on the sequence of calls, never on addresses or on the build. In
   builds with the address sanitizer each allocation is a malloc of its own, freed when it is
   rewound, so that an overflow and a use after rewind are reported; capacity, used and peak are
   counted there as elsewhere.

   One thread at a time may use an arena. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

/* LQ_ARENA_ALIGN_MAX in bytes: the smallest page of the machines we run on, and so what the start
   of an arena is aligned to wherever the system puts it. */
#define LQ_ARENA_ALIGN_MAX 4096

/* The fields are private. The struct is open because an arena is where memory comes from: were it
   opaque, it would need another allocator for itself. Do not copy it. All zero bytes are an arena
   of capacity 0, which refuses every allocation and may be given to lq_arena_fini. */
typedef struct lq_arena {
    uint8_t *mem;
    size_t cap_sz;
    size_t used_sz;
    size_t peak_sz;
    uint64_t refused_cnt;
    uint64_t last_id;              /* of the newest allocation ever made; 0 before the first */
    uint64_t top_id;               /* of the newest live one; 0 where there is none */
    struct lq_arena_block *newest; /* address sanitizer only: the live ones */
} lq_arena_t;

/* A savepoint, a plain value: the state of one arena between two allocations. Private fields. */
typedef struct lq_arena_mark {
    size_t used_sz;
    uint64_t top_id;
} lq_arena_mark_t;

/* lq_arena_init makes ARENA an empty arena of CAP_SZ bytes. It reserves addresses; a page costs
   memory from when it is first written until lq_arena_fini, rewound or not (with strict overcommit,
   vm.overcommit_memory=2, all of it counts as committed at once). The caller owns ARENA, whose
   former content is ignored, and ends it with lq_arena_fini.
   LQ_ERR_INVAL: CAP_SZ is 0. LQ_ERR_NOMEM: the system refuses as much. ARENA is then unchanged. */
LQ_MUST_USE lq_err_t lq_arena_init(lq_arena_t *arena, size_t cap_sz);

/* lq_arena_fini gives all memory of ARENA back and leaves it with capacity 0. */
void lq_arena_fini(lq_arena_t *arena);

/* lq_arena_alloc returns SZ bytes of indeterminate content at an address that is a multiple of
   ALIGN, a power of two of at most LQ_ARENA_ALIGN_MAX (LQ_BUG otherwise). They overlap no other
   live allocation and live until ARENA is rewound to a mark taken before, reset or ended. An SZ of
   0 is served as 1: the address is distinct and never NULL.
   The first allocation stands at offset 0, each next one at the first multiple of ALIGN behind the
   one before; the bytes skipped count as used. Any SZ is safe.
   NULL: it does not fit. The refusal is counted, nothing else changes. Constant time. */
LQ_MUST_USE void *lq_arena_alloc(lq_arena_t *arena, size_t sz, size_t align);

/* lq_arena_mark returns the present state of ARENA, for lq_arena_rewind. */
lq_arena_mark_t lq_arena_mark(const lq_arena_t *arena);

/* lq_arena_rewind gives back all that was allocated since MARK was taken: used bytes are what they
   were then. MARK stays valid and may be rewound to again; marks taken after it are void.
   LQ_BUG where MARK is not of this arena's past: a void one, or one of another arena. Builds with
   the address sanitizer find each void mark; others only those that do not fit the bytes now used,
   so a void mark can free live memory there. Constant time. */
void lq_arena_rewind(lq_arena_t *arena, lq_arena_mark_t mark);

/* lq_arena_reset gives back all allocations, as a rewind to a mark taken just after lq_arena_init.
   Peak and refusals stay. */
void lq_arena_reset(lq_arena_t *arena);

/* lq_arena_cap_sz returns the capacity in bytes. */
size_t lq_arena_cap_sz(const lq_arena_t *arena);

/* lq_arena_used_sz returns the bytes used now, those skipped for alignment included. */
size_t lq_arena_used_sz(const lq_arena_t *arena);

/* lq_arena_peak_sz returns the most bytes that were ever used at once. */
size_t lq_arena_peak_sz(const lq_arena_t *arena);

/* lq_arena_refused_cnt returns how many allocations were refused because they did not fit. */
uint64_t lq_arena_refused_cnt(const lq_arena_t *arena);

#endif
