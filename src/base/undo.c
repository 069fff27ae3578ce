#include "liqd/base/undo.h"

#include <stdbool.h>
#include <string.h>

#include "liqd/base/digest.h"

#if LQ_ASAN
#include <sanitizer/asan_interface.h>
#endif

#define LINE_SZ LQ_UNDO_LINE_SZ

/* State is lines; before the first piece and behind each stands a gap of one line. The stamp of a
   line says for which block it was kept last. A serial is given to one block only, also where that
   is undone and its number comes again, so that stamps need no repair when blocks go. */
#define STAMP_NEVER 0 /* in no block: what also serves as the serial while no block is kept */
#define STAMP_GAP   UINT32_MAX

/* Lines of the last writes, and for the next, that are fetched: what a price moves is some tens. */
#define WARM_CNT      256u
#define WARM_NEXT_CNT 96u

typedef struct kept_blk {
    size_t line_cnt;
    uint32_t serial;
} kept_blk_t;

/* Kept lines and blocks lie in rings. */
struct lq_undo {
    uint8_t *state;
    uint32_t *stamps; /* of each line of state */
    size_t used_sz;   /* of state, gaps included */
    uint32_t serial;  /* of the block on top */
    uint32_t last_serial;
    kept_blk_t *top; /* NULL where no block is kept */
    size_t line_max;
    size_t line_cnt;
    size_t line_next; /* where the next one is kept */
    uint8_t *kept;
    uint32_t *kept_idx; /* which line of state each is */
    kept_blk_t *blks;
    size_t blk_max;
    size_t blk_cnt;
    size_t blk_oldest;
    uint64_t top_blk; /* number */
    size_t state_sz;
    size_t line_peak;
    uint64_t dropped_cnt;
};

#if LQ_ASAN

/* What is behind a piece's end is poisoned, and may yet share its last line. No memcpy, which the
   sanitizer would look into; volatile, or the compiler makes one of this. */
LQ_NO_SANITIZE_ADDRESS static void copy_line(uint8_t *to, const uint8_t *from)
{
    volatile uint8_t *out = to;
    const volatile uint8_t *in = from;
    for (size_t i = 0; i < LINE_SZ; i++)
        out[i] = in[i];
}

static void forbid(void *mem, size_t sz)
{
    __asan_poison_memory_region(mem, sz);
}

static void allow(void *mem, size_t sz)
{
    __asan_unpoison_memory_region(mem, sz);
}

static bool is_forbidden(const void *mem, size_t sz)
{
    return __asan_region_is_poisoned((void *)(uintptr_t)mem, sz) != NULL;
}

#else

static void copy_line(uint8_t *to, const uint8_t *from)
{
    memcpy(to, from, LINE_SZ);
}

static void forbid(void *mem, size_t sz)
{
    (void)mem;
    (void)sz;
}

static void allow(void *mem, size_t sz)
{
    (void)mem;
    (void)sz;
}

static bool is_forbidden(const void *mem, size_t sz)
{
    (void)mem;
    (void)sz;
    return false;
}

#endif

lq_err_t lq_undo_new(lq_undo_t **undo, lq_arena_t *arena, const lq_undo_config_t *config)
{
    if (!config->state_sz || config->state_sz > LQ_UNDO_STATE_MAX || !config->line_max ||
        config->line_max > LQ_UNDO_LINE_MAX || !config->blk_max ||
        config->blk_max > LQ_UNDO_BLK_MAX)
        return LQ_ERR_RANGE;
    size_t head_sz = (sizeof(lq_undo_t) + LINE_SZ - 1) / LINE_SZ * LINE_SZ;
    size_t state_cnt = (config->state_sz + LINE_SZ - 1) / LINE_SZ;
    size_t sz = head_sz + (state_cnt + config->line_max) * (LINE_SZ + sizeof(uint32_t)) +
                config->blk_max * sizeof(kept_blk_t);
    uint8_t *mem = lq_arena_alloc(arena, sz, LINE_SZ);
    if (!mem)
        return LQ_ERR_NOMEM;
    lq_undo_t *made = (lq_undo_t *)(void *)mem;
    uint8_t *state = mem + head_sz;
    uint8_t *kept = state + state_cnt * LINE_SZ;
    kept_blk_t *blks = (kept_blk_t *)(void *)(kept + config->line_max * LINE_SZ);
    uint32_t *stamps = (uint32_t *)(void *)(blks + config->blk_max);
    *made = (lq_undo_t){.state = state,
                        .stamps = stamps,
                        .used_sz = LINE_SZ,
                        .line_max = config->line_max,
                        .kept = kept,
                        .kept_idx = stamps + state_cnt,
                        .blks = blks,
                        .blk_max = config->blk_max,
                        .state_sz = state_cnt * LINE_SZ};
    /* So that no page of the journal is touched first on the hot path. */
    memset(kept, 0, config->line_max * LINE_SZ);
    memset(blks, 0, config->blk_max * sizeof(blks[0]));
    memset(made->kept_idx, 0, config->line_max * sizeof(made->kept_idx[0]));
    memset(state, 0, LINE_SZ);
    stamps[0] = STAMP_GAP;
    forbid(state, state_cnt * LINE_SZ);
    *undo = made;
    return LQ_OK;
}

void *lq_undo_alloc(lq_undo_t *undo, size_t sz)
{
    size_t free_sz = undo->state_sz - undo->used_sz;
    if (sz > free_sz)
        return NULL;
    size_t line_cnt = sz ? (sz + LINE_SZ - 1) / LINE_SZ : 1;
    if ((line_cnt + 1) * LINE_SZ > free_sz)
        return NULL;
    uint8_t *piece = undo->state + undo->used_sz;
    uint32_t *stamps = undo->stamps + undo->used_sz / LINE_SZ;
    allow(piece, (line_cnt + 1) * LINE_SZ);
    memset(piece, 0, (line_cnt + 1) * LINE_SZ);
    memset(stamps, STAMP_NEVER, line_cnt * sizeof(stamps[0]));
    stamps[line_cnt] = STAMP_GAP;
    undo->used_sz += (line_cnt + 1) * LINE_SZ;
    if (!sz)
        sz = 1;
    forbid(piece + sz, (line_cnt + 1) * LINE_SZ - sz);
    return piece;
}

static void drop_oldest(lq_undo_t *undo)
{
    undo->line_cnt -= undo->blks[undo->blk_oldest].line_cnt;
    undo->blk_oldest = undo->blk_oldest + 1 == undo->blk_max ? 0 : undo->blk_oldest + 1;
    undo->blk_cnt--;
    if (!undo->blk_cnt) {
        undo->top = NULL;
        undo->serial = STAMP_NEVER;
    }
}

/* The kept block number IDX, from the oldest. */
static kept_blk_t *blk_at(lq_undo_t *undo, size_t idx)
{
    size_t at = undo->blk_oldest + idx;
    return undo->blks + (at < undo->blk_max ? at : at - undo->blk_max);
}

void lq_undo_begin(lq_undo_t *undo, uint64_t blk)
{
    if (undo->blk_cnt && blk != undo->top_blk + 1)
        LQ_BUG("undo: block %llu does not follow block %llu", (unsigned long long)blk,
               (unsigned long long)undo->top_blk);
    /* At four blocks a second this takes 34 years. */
    LQ_ASSERT(undo->last_serial + 1 < STAMP_GAP);
    if (undo->blk_cnt == undo->blk_max)
        drop_oldest(undo);
    undo->top = blk_at(undo, undo->blk_cnt++);
    undo->top_blk = blk;
    undo->serial = ++undo->last_serial;
    *undo->top = (kept_blk_t){.serial = undo->serial};
}

/* Drops blocks until a line can be kept. Where that takes the one on top, it is too large to be
   undone at all: what was kept of it is of no use. */
LQ_COLD LQ_NOINLINE static void make_room(lq_undo_t *undo)
{
    while (undo->blk_cnt && undo->line_cnt == undo->line_max) {
        drop_oldest(undo);
        undo->dropped_cnt++;
    }
}

static void keep_line(lq_undo_t *undo, size_t idx)
{
    if (LQ_UNLIKELY(undo->stamps[idx] == STAMP_GAP))
        LQ_BUG("undo: line %zu is in no piece of the state", idx);
    if (LQ_UNLIKELY(undo->line_cnt == undo->line_max))
        make_room(undo);
    if (!undo->top)
        return;
    size_t at = undo->line_next;
    copy_line(undo->kept + at * LINE_SZ, undo->state + idx * LINE_SZ);
    undo->kept_idx[at] = (uint32_t)idx;
    undo->stamps[idx] = undo->serial;
    undo->line_next = at + 1 == undo->line_max ? 0 : at + 1;
    undo->top->line_cnt++;
    undo->line_cnt++;
    if (undo->line_cnt > undo->line_peak)
        undo->line_peak = undo->line_cnt;
}

/* SZ is above 0. */
static LQ_ALWAYS_INLINE void keep(lq_undo_t *undo, const void *dst, size_t sz)
{
    size_t at = (size_t)((uintptr_t)dst - (uintptr_t)undo->state);
    if (LQ_UNLIKELY(at >= undo->used_sz || sz > undo->used_sz - at || is_forbidden(dst, sz)))
        LQ_BUG("undo: %zu bytes at %p are not in a piece of the state", sz, dst);
    size_t last = (at + sz - 1) / LINE_SZ;
    for (size_t idx = at / LINE_SZ; idx <= last; idx++)
        if (undo->stamps[idx] != undo->serial)
            keep_line(undo, idx);
}

void lq_undo_keep(lq_undo_t *undo, const void *dst, size_t sz)
{
    if (LQ_LIKELY(sz))
        keep(undo, dst, sz);
}

void lq_undo_write(lq_undo_t *undo, void *dst, const void *src, size_t sz)
{
    if (LQ_UNLIKELY(!sz))
        return;
    keep(undo, dst, sz);
    memmove(dst, src, sz);
}

lq_err_t lq_undo_back(lq_undo_t *undo, uint64_t blk)
{
    if (!undo->blk_cnt)
        return LQ_ERR_EMPTY;
    if (blk != undo->top_blk)
        LQ_BUG("undo: block %llu is not on top, but block %llu", (unsigned long long)blk,
               (unsigned long long)undo->top_blk);
    /* Newest first: a block that was on top, below another and on top again may have kept a line
       twice. */
    for (size_t left = undo->top->line_cnt; left; left--) {
        undo->line_next = (undo->line_next ? undo->line_next : undo->line_max) - 1;
        size_t idx = undo->kept_idx[undo->line_next];
        copy_line(undo->state + idx * LINE_SZ, undo->kept + undo->line_next * LINE_SZ);
    }
    undo->line_cnt -= undo->top->line_cnt;
    undo->blk_cnt--;
    undo->top_blk--;
    undo->top = undo->blk_cnt ? blk_at(undo, undo->blk_cnt - 1) : NULL;
    undo->serial = undo->top ? undo->top->serial : STAMP_NEVER;
    return LQ_OK;
}

lq_err_t lq_undo_retract(lq_undo_t *undo, uint64_t blk)
{
    if (!undo->blk_cnt)
        return LQ_ERR_EMPTY;
    uint32_t serial = undo->serial;
    size_t cnt = undo->top->line_cnt;
    lq_err_t err = lq_undo_back(undo, blk);
    for (size_t at = undo->line_next; cnt; cnt--) {
        undo->stamps[undo->kept_idx[at]] = STAMP_NEVER;
        at = at + 1 == undo->line_max ? 0 : at + 1;
    }
    undo->last_serial -= serial == undo->last_serial;
    return err;
}

size_t lq_undo_room(const lq_undo_t *undo)
{
    return undo->line_max - undo->line_cnt;
}

void lq_undo_forget(lq_undo_t *undo, size_t cnt)
{
    while (undo->blk_cnt > cnt)
        drop_oldest(undo);
}

size_t lq_undo_depth(const lq_undo_t *undo)
{
    return undo->blk_cnt;
}

lq_undo_stat_t lq_undo_stat(const lq_undo_t *undo)
{
    return (lq_undo_stat_t){
        .line_cnt = undo->line_cnt, .line_peak = undo->line_peak, .dropped_cnt = undo->dropped_cnt};
}

uint64_t lq_undo_digest(const lq_undo_t *undo)
{
    uint64_t h = undo->used_sz;
    for (size_t at = 0; at < undo->used_sz; at += LINE_SZ) {
        uint8_t line[LINE_SZ];
        copy_line(line, undo->state + at);
        for (size_t i = 0; i < LINE_SZ; i += sizeof(uint64_t)) {
            uint64_t word;
            memcpy(&word, line + i, sizeof(word));
            h = lq_digest_word(h, word);
        }
    }
    return h;
}

void lq_undo_warm(const lq_undo_t *undo)
{
    size_t cnt = undo->line_cnt < WARM_CNT ? undo->line_cnt : WARM_CNT;
    for (size_t at = undo->line_next; cnt; cnt--) {
        at = (at ? at : undo->line_max) - 1;
        size_t idx = undo->kept_idx[at];
        __builtin_prefetch(undo->state + idx * LINE_SZ);
        __builtin_prefetch(undo->stamps + idx);
    }
    cnt = undo->line_max < WARM_NEXT_CNT ? undo->line_max : WARM_NEXT_CNT;
    for (size_t at = undo->line_next; cnt; cnt--) {
        __builtin_prefetch(undo->kept + at * LINE_SZ, 1);
        __builtin_prefetch(undo->kept_idx + at, 1);
        at = at + 1 == undo->line_max ? 0 : at + 1;
    }
}
