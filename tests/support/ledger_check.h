#ifndef LQ_LEDGER_CHECK_H
#define LQ_LEDGER_CHECK_H

/* The laws that hold of every ledger, by its public functions alone, for unit tests and fuzz
   targets. Small ledgers: everything is looked at. */

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "liqd/protocol/ledger.h"

/* A ledger with its journal in an arena of its own. */
typedef struct ledger_rig {
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_ledger_t *ledger;
    lq_ledger_config_t config;
} ledger_rig_t;

static inline void ledger_rig_init_lines(ledger_rig_t *r, const lq_ledger_config_t *config,
                                         size_t line_max)
{
    const lq_undo_config_t c = {.state_sz = lq_ledger_state_sz(config) + LQ_UNDO_LINE_SZ,
                                .line_max = line_max,
                                .blk_max = 65};
    r->config = *config;
    LQ_ASSERT(!lq_arena_init(&r->arena, 2 * lq_ledger_state_sz(config) + line_max * 128 + 8192 +
                                            lq_ledger_arena_sz(config)));
    LQ_ASSERT(!lq_undo_new(&r->undo, &r->arena, &c));
    LQ_ASSERT(!lq_ledger_new(&r->ledger, &r->arena, r->undo, config));
}

static inline void ledger_rig_init(ledger_rig_t *r, const lq_ledger_config_t *config)
{
    ledger_rig_init_lines(r, config, 1u << 14);
}

static inline void ledger_rig_fini(ledger_rig_t *r)
{
    lq_arena_fini(&r->arena);
}

static inline float ledger_check_approx(lq_u128_t amount, uint8_t side)
{
    float v = (float)amount;
    v = v > FLT_MAX ? FLT_MAX : v;
    return side == LQ_SIDE_IDLE ? 0 : side == LQ_SIDE_DEBT ? -v : v;
}

static inline void ledger_check_account(const lq_ledger_t *l, uint32_t i)
{
    lq_account_t account = lq_ledger_account(l, i);
    LQ_ASSERT(account.pool < lq_ledger_pool_cnt(l));
    uint32_t found = LQ_LEDGER_NONE;
    LQ_ASSERT(!lq_ledger_find(l, &found, account.pool, &account.owner) && found == i);
    LQ_ASSERT(lq_ledger_next_in_state(l, (lq_account_state_t)account.state, i) == i);
    lq_legs_t legs = lq_ledger_legs(l, i);
    LQ_ASSERT(legs.cnt == account.leg_cnt && legs.cnt <= LQ_LEDGER_LEG_MAX);
    for (size_t k = 0; k < legs.cnt; k++) {
        LQ_ASSERT(legs.amounts[k] && legs.factors[k] < lq_ledger_factor_cnt(l));
        LQ_ASSERT(lq_ledger_factor(l, legs.factors[k])->pool == account.pool);
        LQ_ASSERT(lq_ledger_amount(l, i, legs.factors[k]) == legs.amounts[k]);
    }
}

/* Returns the number of legs that a scan sees of the block. */
static inline void ledger_check_block(const lq_ledger_t *l, const lq_leg_blocks_t *b, size_t i)
{
    const float *approx = b->approx + i * b->block_sz;
    const uint16_t *factors = b->factors + i * b->block_sz;
    uint32_t owner = b->owners[i] - 1;
    lq_legs_t legs = {0};
    if (owner != LQ_LEDGER_NONE) {
        legs = lq_ledger_legs(l, owner);
        LQ_ASSERT(legs.factors == factors); /* the same memory: this block is the account's */
        LQ_ASSERT(legs.cnt && legs.cnt <= b->block_sz);
    }
    for (size_t k = 0; k < legs.cnt; k++)
        LQ_ASSERT(approx[k] ==
                  ledger_check_approx(legs.amounts[k], lq_ledger_factor(l, factors[k])->side));
    for (size_t k = legs.cnt; k < b->block_sz; k++)
        LQ_ASSERT(approx[k] == 0 && factors[k] == 0);
}

static inline void ledger_check(const lq_ledger_t *l)
{
    size_t state_cnt[4] = {0};
    size_t with_legs = 0;
    for (uint32_t i = 0; i < lq_ledger_cnt(l); i++) {
        ledger_check_account(l, i);
        state_cnt[lq_ledger_account(l, i).state]++;
        with_legs += lq_ledger_account(l, i).leg_cnt > 0;
    }
    for (unsigned s = 0; s < 4; s++)
        LQ_ASSERT(state_cnt[s] == lq_ledger_state_cnt(l, (lq_account_state_t)s));
    size_t owned = 0;
    for (size_t s = 0; s < lq_ledger_segment_cnt(l); s++) {
        lq_leg_blocks_t b = lq_ledger_blocks(l, s);
        LQ_ASSERT((uintptr_t)b.approx % 64 == 0 && (uintptr_t)b.factors % 64 == 0);
        LQ_ASSERT((uintptr_t)b.owners % 64 == 0);
        LQ_ASSERT(b.block_cnt == 0 || b.block_cnt * b.block_sz == LQ_LEDGER_SEGMENT_SZ);
        for (size_t i = 0; i < b.block_cnt; i++) {
            ledger_check_block(l, &b, i);
            owned += b.owners[i] != 0;
        }
    }
    LQ_ASSERT(owned == with_legs);
}

/* A copy of all pieces, to be put into a ledger that was cleared or just made. */
typedef struct ledger_copy {
    size_t cnt;
    uint8_t *data[LQ_LEDGER_PIECE_MAX];
    size_t sz[LQ_LEDGER_PIECE_MAX];
} ledger_copy_t;

static inline void ledger_copy_take(ledger_copy_t *c, lq_ledger_t *l)
{
    lq_undo_piece_t pieces[LQ_LEDGER_PIECE_MAX];
    c->cnt = lq_ledger_pieces(l, pieces);
    for (size_t i = 0; i < c->cnt; i++) {
        c->sz[i] = pieces[i].sz;
        c->data[i] = malloc(pieces[i].sz + 1);
        LQ_ASSERT(c->data[i] && pieces[i].sz <= pieces[i].max);
        memcpy(c->data[i], pieces[i].data, pieces[i].sz);
    }
}

static inline void ledger_copy_put(const ledger_copy_t *c, lq_ledger_t *l)
{
    lq_undo_piece_t pieces[LQ_LEDGER_PIECE_MAX];
    LQ_ASSERT(lq_ledger_pieces(l, pieces) == c->cnt);
    for (size_t i = 0; i < c->cnt; i++) {
        LQ_ASSERT(c->sz[i] <= pieces[i].max);
        memcpy(pieces[i].data, c->data[i], c->sz[i]);
    }
}

static inline bool ledger_copy_is(const ledger_copy_t *c, lq_ledger_t *l)
{
    lq_undo_piece_t pieces[LQ_LEDGER_PIECE_MAX];
    if (lq_ledger_pieces(l, pieces) != c->cnt)
        return false;
    for (size_t i = 0; i < c->cnt; i++)
        if (pieces[i].sz != c->sz[i] || memcmp(pieces[i].data, c->data[i], c->sz[i]) != 0)
            return false;
    return true;
}

static inline void ledger_copy_free(ledger_copy_t *c)
{
    for (size_t i = 0; i < c->cnt; i++)
        free(c->data[i]);
}

#endif
