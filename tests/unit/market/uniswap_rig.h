#ifndef UNISWAP_RIG_H
#define UNISWAP_RIG_H

/* A v3 pool made of positions, for tests and benchmarks. */

#include <string.h>

#include "liqd/market/uniswap.h"

#define RIG_TICK_MAX 64u

typedef struct rig {
    lq_v3_pool_t pool;
    uint32_t cnt;
    lq_v3_tick_t ticks[RIG_TICK_MAX]; /* rows in the order of their making */
} rig_t;

static inline void rig_init(rig_t *rig, int32_t tick, int32_t spacing, uint32_t fee_pips)
{
    memset(rig, 0, sizeof(*rig));
    rig->pool.tick = tick;
    rig->pool.spacing = spacing;
    rig->pool.fee_pips = fee_pips;
    rig->pool.below = LQ_V3_NONE;
    rig->pool.above = LQ_V3_NONE;
    LQ_ASSERT(lq_v3_sqrt_at_tick(&rig->pool.sqrt, tick) == LQ_OK);
}

/* The row of TICK, made where there is none. */
static inline lq_v3_tick_t *rig_tick(rig_t *rig, int32_t tick)
{
    for (uint32_t i = 0; i < rig->cnt; i++) {
        if (rig->ticks[i].tick == tick)
            return &rig->ticks[i];
    }
    LQ_ASSERT(rig->cnt < RIG_TICK_MAX);
    lq_v3_tick_t *t = &rig->ticks[rig->cnt++];
    t->tick = tick;
    LQ_ASSERT(lq_v3_sqrt_at_tick(&t->sqrt, tick) == LQ_OK);
    return t;
}

/* The row nearest to TICK below it, or above it; FROM itself is near enough where AT. */
static inline uint32_t rig_nearest(const rig_t *rig, int32_t tick, bool above, bool at)
{
    uint32_t best = LQ_V3_NONE;
    for (uint32_t i = 0; i < rig->cnt; i++) {
        int32_t t = rig->ticks[i].tick;
        if (t == tick ? !at : (t > tick) != above)
            continue;
        if (best == LQ_V3_NONE || (above ? t < rig->ticks[best].tick : t > rig->ticks[best].tick))
            best = i;
    }
    return best;
}

static inline void rig_link(rig_t *rig)
{
    for (uint32_t i = 0; i < rig->cnt; i++) {
        rig->ticks[i].below = rig_nearest(rig, rig->ticks[i].tick, false, false);
        rig->ticks[i].above = rig_nearest(rig, rig->ticks[i].tick, true, false);
    }
    rig->pool.below = rig_nearest(rig, rig->pool.tick, false, true);
    rig->pool.above = rig_nearest(rig, rig->pool.tick, true, false);
}

/* LOWER < UPPER. */
static inline void rig_mint(rig_t *rig, int32_t lower, int32_t upper, lq_u128_t liquidity)
{
    lq_v3_tick_t *t = rig_tick(rig, lower);
    t->gross += liquidity;
    t->net += (lq_i128_t)liquidity;
    t = rig_tick(rig, upper);
    t->gross += liquidity;
    t->net -= (lq_i128_t)liquidity;
    if (lower <= rig->pool.tick && rig->pool.tick < upper)
        rig->pool.liquidity += liquidity;
    rig_link(rig);
}

#endif
