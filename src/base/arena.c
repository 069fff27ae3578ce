#include "liqd/base/arena.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#if LQ_ASAN

/* One live allocation. Blocks form a stack, the newest on top; their ids rise with it. */
struct lq_arena_block {
    struct lq_arena_block *older;
    void *mem;
    uint64_t id;
};

/* Room was granted by the capacity already, so that a malloc which fails would make this build
   decide otherwise than others: it ends the process instead. */
static void *back(lq_arena_t *arena, size_t at, size_t sz, size_t align)
{
    (void)at;
    struct lq_arena_block *block = malloc(sizeof(*block));
    LQ_ASSERT(block);
    size_t malloc_align = align < sizeof(void *) ? sizeof(void *) : align;
    int failed = posix_memalign(&block->mem, malloc_align, sz);
    LQ_ASSERT(!failed);
    block->older = arena->newest;
    block->id = arena->last_id;
    arena->newest = block;
    return block->mem;
}

/* Frees what is newer than the allocation TOP_ID. Ids are never given twice, so that the stack was
   once as a mark says, and has not been below since, exactly when the top of then is there still.
 */
static void release(lq_arena_t *arena, uint64_t top_id)
{
    while (arena->newest && arena->newest->id > top_id) {
        struct lq_arena_block *block = arena->newest;
        arena->newest = block->older;
        free(block->mem);
        free(block);
    }
    uint64_t left_id = arena->newest ? arena->newest->id : 0;
    if (left_id != top_id)
        LQ_BUG("arena: rewind to a mark that an earlier rewind made void");
}

#else

static void *back(lq_arena_t *arena, size_t at, size_t sz, size_t align)
{
    (void)sz;
    (void)align;
    return arena->mem + at;
}

static void release(lq_arena_t *arena, uint64_t top_id)
{
    (void)arena;
    (void)top_id;
}

#endif

lq_err_t lq_arena_init(lq_arena_t *arena, size_t cap_sz)
{
    if (!cap_sz)
        return LQ_ERR_INVAL;
    /* Also where malloc backs the allocations: what is refused must not depend on the build. */
    void *mem = mmap(NULL, cap_sz, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mem == MAP_FAILED)
        return LQ_ERR_NOMEM;
    *arena = (lq_arena_t){.mem = mem, .cap_sz = cap_sz};
    return LQ_OK;
}

void lq_arena_fini(lq_arena_t *arena)
{
    release(arena, 0);
    if (arena->mem)
        (void)munmap(arena->mem, arena->cap_sz);
    *arena = (lq_arena_t){0};
}

void *lq_arena_alloc(lq_arena_t *arena, size_t sz, size_t align)
{
    if (!align || (align & (align - 1)) || align > LQ_ARENA_ALIGN_MAX)
        LQ_BUG("arena: alignment %zu is no power of two up to %d", align, LQ_ARENA_ALIGN_MAX);
    if (!sz)
        sz = 1;
    size_t free_sz = arena->cap_sz - arena->used_sz;
    size_t pad_sz = -arena->used_sz & (align - 1);
    if (LQ_UNLIKELY(sz > free_sz || pad_sz > free_sz - sz)) {
        arena->refused_cnt++;
        return NULL;
    }
    size_t at = arena->used_sz + pad_sz;
    arena->used_sz = at + sz;
    if (arena->used_sz > arena->peak_sz)
        arena->peak_sz = arena->used_sz;
    arena->top_id = ++arena->last_id;
    return back(arena, at, sz, align);
}

lq_arena_mark_t lq_arena_mark(const lq_arena_t *arena)
{
    return (lq_arena_mark_t){.used_sz = arena->used_sz, .top_id = arena->top_id};
}

void lq_arena_rewind(lq_arena_t *arena, lq_arena_mark_t mark)
{
    /* Every allocation takes at least one byte: used bytes and ids rise and fall together. */
    bool past = mark.used_sz < arena->used_sz
                    ? mark.top_id < arena->top_id
                    : mark.used_sz == arena->used_sz && mark.top_id == arena->top_id;
    if (!past)
        LQ_BUG("arena: rewind to %zu bytes, not a mark of the past of the %zu now used",
               mark.used_sz, arena->used_sz);
    release(arena, mark.top_id);
    arena->used_sz = mark.used_sz;
    arena->top_id = mark.top_id;
}

void lq_arena_reset(lq_arena_t *arena)
{
    lq_arena_rewind(arena, (lq_arena_mark_t){0});
}

size_t lq_arena_cap_sz(const lq_arena_t *arena)
{
    return arena->cap_sz;
}

size_t lq_arena_used_sz(const lq_arena_t *arena)
{
    return arena->used_sz;
}

size_t lq_arena_peak_sz(const lq_arena_t *arena)
{
    return arena->peak_sz;
}

uint64_t lq_arena_refused_cnt(const lq_arena_t *arena)
{
    return arena->refused_cnt;
}
