#ifndef LQ_UNDO_MODEL_H
#define LQ_UNDO_MODEL_H

/* A journal beside a model of it that copies the whole state for each block, both driven by bytes:
   random ones in a unit test, libFuzzer's in fuzz_undo. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "liqd/base/undo.h"

enum {
    UNDO_MODEL_PIECES = 3,
    UNDO_MODEL_PIECE_MAX = 512, /* bytes */
    UNDO_MODEL_BLKS = 65,
    UNDO_MODEL_LINES = UNDO_MODEL_PIECES * UNDO_MODEL_PIECE_MAX / LQ_UNDO_LINE_SZ
};

typedef struct undo_model_blk {
    uint8_t before[UNDO_MODEL_PIECES][UNDO_MODEL_PIECE_MAX];
    uint64_t digest;
    size_t line_cnt;
    uint64_t id;
} undo_model_blk_t;

typedef struct undo_model {
    const uint8_t *data;
    size_t sz;

    lq_undo_t *undo;
    uint8_t *pieces[UNDO_MODEL_PIECES];
    size_t piece_sz[UNDO_MODEL_PIECES];

    uint8_t now[UNDO_MODEL_PIECES][UNDO_MODEL_PIECE_MAX];
    undo_model_blk_t blks[UNDO_MODEL_BLKS]; /* the oldest first */
    size_t blk_cnt;
    size_t blk_max;
    size_t line_max;
    size_t line_peak;
    uint64_t dropped_cnt;
    uint64_t top_blk;
    uint64_t last_id;
    uint64_t kept_by[UNDO_MODEL_LINES]; /* id of the block */
} undo_model_t;

/* The next bytes of input as a number, zeros behind its end. */
static inline size_t undo_model_take(undo_model_t *m, size_t byte_cnt)
{
    size_t v = 0;
    for (; byte_cnt; byte_cnt--) {
        v = v << 8 | (m->sz ? *m->data : 0);
        m->data += m->sz > 0;
        m->sz -= m->sz > 0;
    }
    return v;
}

static inline size_t undo_model_line_cnt(const undo_model_t *m)
{
    size_t cnt = 0;
    for (size_t i = 0; i < m->blk_cnt; i++)
        cnt += m->blks[i].line_cnt;
    return cnt;
}

static inline void undo_model_drop(undo_model_t *m)
{
    m->blk_cnt--;
    memmove(m->blks, m->blks + 1, m->blk_cnt * sizeof(m->blks[0]));
}

static inline void undo_model_check(const undo_model_t *m)
{
    for (size_t i = 0; i < UNDO_MODEL_PIECES; i++)
        LQ_ASSERT(memcmp(m->pieces[i], m->now[i], m->piece_sz[i]) == 0);
    lq_undo_stat_t stat = lq_undo_stat(m->undo);
    LQ_ASSERT(lq_undo_depth(m->undo) == m->blk_cnt);
    LQ_ASSERT(stat.line_cnt == undo_model_line_cnt(m) && stat.line_cnt <= m->line_max);
    LQ_ASSERT(stat.line_peak == m->line_peak && stat.dropped_cnt == m->dropped_cnt);
}

typedef struct undo_model_range {
    size_t piece, at, sz;
} undo_model_range_t;

/* Small or, one time in four, of any size. */
static inline undo_model_range_t undo_model_take_range(undo_model_t *m)
{
    undo_model_range_t r = {.piece = undo_model_take(m, 1) % UNDO_MODEL_PIECES};
    r.at = undo_model_take(m, 2) % m->piece_sz[r.piece];
    size_t how = undo_model_take(m, 2);
    r.sz = how % 4 ? how / 4 % 40 : how / 4;
    if (r.sz > m->piece_sz[r.piece] - r.at)
        r.sz = m->piece_sz[r.piece] - r.at;
    return r;
}

static inline void undo_model_kept(undo_model_t *m, undo_model_range_t r)
{
    size_t at = r.piece * UNDO_MODEL_PIECE_MAX + r.at;
    for (size_t line = at / LQ_UNDO_LINE_SZ; line * LQ_UNDO_LINE_SZ < at + r.sz && r.sz; line++) {
        if (m->blk_cnt && m->kept_by[line] == m->blks[m->blk_cnt - 1].id)
            continue;
        for (; m->blk_cnt && undo_model_line_cnt(m) == m->line_max; m->dropped_cnt++)
            undo_model_drop(m);
        if (!m->blk_cnt)
            return;
        m->kept_by[line] = m->blks[m->blk_cnt - 1].id;
        m->blks[m->blk_cnt - 1].line_cnt++;
        size_t line_cnt = undo_model_line_cnt(m);
        m->line_peak = line_cnt > m->line_peak ? line_cnt : m->line_peak;
    }
}

static inline void undo_model_write(undo_model_t *m)
{
    undo_model_range_t r = undo_model_take_range(m);
    uint8_t bytes[UNDO_MODEL_PIECE_MAX];
    memset(bytes, (int)undo_model_take(m, 1), sizeof(bytes));
    lq_undo_write(m->undo, m->pieces[r.piece] + r.at, bytes, r.sz);
    undo_model_kept(m, r);
    memcpy(m->now[r.piece] + r.at, bytes, r.sz);
}

/* Within a piece, so that source and destination may overlap. */
static inline void undo_model_move(undo_model_t *m)
{
    undo_model_range_t r = undo_model_take_range(m);
    size_t from = undo_model_take(m, 2) % (m->piece_sz[r.piece] - r.sz + 1);
    lq_undo_write(m->undo, m->pieces[r.piece] + r.at, m->pieces[r.piece] + from, r.sz);
    undo_model_kept(m, r);
    memmove(m->now[r.piece] + r.at, m->now[r.piece] + from, r.sz);
}

/* What is kept is changed only after another write. */
static inline void undo_model_keep(undo_model_t *m)
{
    undo_model_range_t r = undo_model_take_range(m);
    lq_undo_keep(m->undo, m->pieces[r.piece] + r.at, r.sz);
    undo_model_kept(m, r);
    undo_model_write(m);
    for (size_t i = 0; i < r.sz; i++)
        m->pieces[r.piece][r.at + i] = m->now[r.piece][r.at + i] ^= 0x5a;
}

static inline void undo_model_begin(undo_model_t *m)
{
    m->top_blk = m->blk_cnt ? m->top_blk + 1 : undo_model_take(m, 1);
    uint64_t digest = lq_undo_digest(m->undo);
    lq_undo_begin(m->undo, m->top_blk);
    if (m->blk_cnt == m->blk_max)
        undo_model_drop(m);
    undo_model_blk_t *top = m->blks + m->blk_cnt++;
    top->digest = digest;
    top->line_cnt = 0;
    top->id = ++m->last_id;
    memcpy(top->before, m->now, sizeof(m->now));
}

static inline void undo_model_back(undo_model_t *m, size_t cnt)
{
    for (; cnt; cnt--) {
        if (!m->blk_cnt) {
            uint64_t digest = lq_undo_digest(m->undo);
            LQ_ASSERT(lq_undo_back(m->undo, m->top_blk) == LQ_ERR_EMPTY);
            LQ_ASSERT(lq_undo_digest(m->undo) == digest);
            return;
        }
        LQ_ASSERT(lq_undo_back(m->undo, m->top_blk--) == LQ_OK);
        undo_model_blk_t *top = m->blks + --m->blk_cnt;
        LQ_ASSERT(lq_undo_digest(m->undo) == top->digest);
        memcpy(m->now, top->before, sizeof(m->now));
        undo_model_check(m);
    }
}

static inline void undo_model_forget(undo_model_t *m, size_t cnt)
{
    uint64_t digest = lq_undo_digest(m->undo);
    lq_undo_forget(m->undo, cnt);
    LQ_ASSERT(lq_undo_digest(m->undo) == digest);
    while (m->blk_cnt > cnt)
        undo_model_drop(m);
}

static inline void undo_model_step(undo_model_t *m)
{
    size_t op = undo_model_take(m, 1) % 32;
    if (op < 14)
        undo_model_write(m);
    else if (op < 17)
        undo_model_keep(m);
    else if (op < 19)
        undo_model_move(m);
    else if (op < 27)
        undo_model_begin(m);
    else if (op < 30)
        undo_model_back(m, 1);
    else if (op == 30)
        undo_model_back(m, undo_model_take(m, 1) % (UNDO_MODEL_BLKS + 1));
    else
        undo_model_forget(m, undo_model_take(m, 1) % (UNDO_MODEL_BLKS + 1));
    undo_model_check(m);
}

/* Runs what DATA says and asserts at each step that journal and model agree. */
static inline void undo_model_run(const uint8_t *data, size_t sz)
{
    undo_model_t *m = calloc(1, sizeof(*m));
    LQ_ASSERT(m);
    m->data = data;
    m->sz = sz;
    static const size_t line_max[] = {1,  2,  3,   7,
                                      20, 60, 300, (size_t)UNDO_MODEL_BLKS * UNDO_MODEL_LINES};
    static const size_t blk_max[] = {1, 2, 5, UNDO_MODEL_BLKS};
    m->line_max = line_max[undo_model_take(m, 1) % LQ_ARRAY_CNT(line_max)];
    m->blk_max = blk_max[undo_model_take(m, 1) % LQ_ARRAY_CNT(blk_max)];
    lq_arena_t arena;
    LQ_ASSERT(!lq_arena_init(&arena, 1u << 20));
    lq_undo_config_t c = {
        .state_sz = 2 * sizeof(m->now), .line_max = m->line_max, .blk_max = m->blk_max};
    LQ_ASSERT(!lq_undo_new(&m->undo, &arena, &c));
    for (size_t i = 0; i < UNDO_MODEL_PIECES; i++) {
        m->piece_sz[i] = 1 + undo_model_take(m, 2) % UNDO_MODEL_PIECE_MAX;
        m->pieces[i] = lq_undo_alloc(m->undo, m->piece_sz[i]);
        LQ_ASSERT(m->pieces[i]);
    }
    undo_model_check(m);
    while (m->sz)
        undo_model_step(m);
    undo_model_back(m, UNDO_MODEL_BLKS + 1);
    undo_model_check(m);
    lq_arena_fini(&arena);
    free(m);
}

#endif
