/* Logs of pools. What contradicts the state makes the pool doubtful: nothing that comes from
   outside is taken for granted. What was not read yet ignores logs, since its read will count them.
 */

#include "liqd/codec/abi_uniswap_v2.h"
#include "liqd/codec/abi_uniswap_v3.h"

#include "venues_internal.h"

enum {
    TOPIC_INITIALIZE,
    TOPIC_MINT,
    TOPIC_BURN,
    TOPIC_SWAP,
    TOPIC_SYNC,
    TOPIC_CNT,
};

/* The topics of other modules are variables, and a table of ours has to be constant. Each is
   compared with its original by the tests. */
/* clang-format off */
static const lq_hash_t topics[TOPIC_CNT] = {
    /* Initialize */
    {{0x98, 0x63, 0x60, 0x36, 0xcb, 0x66, 0xa9, 0xc1, 0x9a, 0x37, 0x43, 0x5e, 0xfc, 0x1e, 0x90, 0x14,
      0x21, 0x90, 0x21, 0x4e, 0x8a, 0xbe, 0xb8, 0x21, 0xbd, 0xba, 0x3f, 0x29, 0x90, 0xdd, 0x4c, 0x95}},
    /* Mint */
    {{0x7a, 0x53, 0x08, 0x0b, 0xa4, 0x14, 0x15, 0x8b, 0xe7, 0xec, 0x69, 0xb9, 0x87, 0xb5, 0xfb, 0x7d,
      0x07, 0xde, 0xe1, 0x01, 0xfe, 0x85, 0x48, 0x8f, 0x08, 0x53, 0xae, 0x16, 0x23, 0x9d, 0x0b, 0xde}},
    /* Burn */
    {{0x0c, 0x39, 0x6c, 0xd9, 0x89, 0xa3, 0x9f, 0x44, 0x59, 0xb5, 0xfa, 0x1a, 0xed, 0x6a, 0x9a, 0x8d,
      0xcd, 0xbc, 0x45, 0x90, 0x8a, 0xcf, 0xd6, 0x7e, 0x02, 0x8c, 0xd5, 0x68, 0xda, 0x98, 0x98, 0x2c}},
    /* Swap */
    {{0xc4, 0x20, 0x79, 0xf9, 0x4a, 0x63, 0x50, 0xd7, 0xe6, 0x23, 0x5f, 0x29, 0x17, 0x49, 0x24, 0xf9,
      0x28, 0xcc, 0x2a, 0xc8, 0x18, 0xeb, 0x64, 0xfe, 0xd8, 0x00, 0x4e, 0x11, 0x5f, 0xbc, 0xca, 0x67}},
    /* Sync */
    {{0x1c, 0x41, 0x1e, 0x9a, 0x96, 0xe0, 0x71, 0x24, 0x1c, 0x2f, 0x21, 0xf7, 0x72, 0x6b, 0x17, 0xae,
      0x89, 0xe3, 0xca, 0xb4, 0xc7, 0x8b, 0xe5, 0x0e, 0x06, 0x2b, 0x03, 0xa9, 0xff, 0xfb, 0xba, 0xd1}},
};
/* clang-format on */

size_t lq_venues_watch(const lq_venues_t *venues, lq_address_t *out, size_t max)
{
    size_t cnt = venues->config.pool_cnt;
    for (size_t i = 0; i < cnt && i < max; i++)
        out[i] = venues->config.pools[i].address;
    return cnt;
}

const lq_hash_t *lq_venues_topics(size_t *cnt)
{
    *cnt = TOPIC_CNT;
    return topics;
}

typedef enum outcome {
    TAKEN,
    NOTHING, /* of no consequence */
    BAD,     /* it contradicts the state */
    FULL,
} outcome_t;

/* ---- v3 ---- */

/* A position's end, as it comes or grows, goes or shrinks. */
typedef struct end {
    int32_t tick;
    bool upper;
    bool burn;
    lq_u128_t amount;
} end_t;

static outcome_t move_tick(lq_venues_t *venues, uint32_t tick_row, const end_t *end)
{
    const lq_v3_tick_t *t = &venues->ticks[tick_row];
    lq_u128_t gross;
    lq_i128_t net;
    if (end->burn ? end->amount > t->gross : __builtin_add_overflow(t->gross, end->amount, &gross))
        return BAD;
    if (end->burn)
        gross = t->gross - end->amount;
    if (end->burn != end->upper ? __builtin_sub_overflow(t->net, end->amount, &net)
                                : __builtin_add_overflow(t->net, end->amount, &net))
        return BAD;
    if (!lq_venues_is_tick(gross, net))
        return BAD;
    if (gross == 0)
        lq_venues_remove_tick(venues, tick_row);
    else
        lq_venues_set_tick(venues, tick_row, gross, net);
    return TAKEN;
}

static outcome_t move_end(lq_venues_t *venues, uint32_t pool, const end_t *end)
{
    const lq_venues_row_t *row = &venues->rows[pool];
    if (!lq_venues_has_chunk(row, lq_venues_chunk_of(row, end->tick)))
        return TAKEN;
    lq_venues_place_t place;
    uint32_t tick_row = lq_venues_find_tick(venues, &place, pool, end->tick);
    if (tick_row != LQ_V3_NONE)
        return venues->ticks[tick_row].gross == 0 ? TAKEN : move_tick(venues, tick_row, end);
    if (end->burn)
        return BAD;
    tick_row = lq_venues_insert_tick(venues, pool, end->tick, place);
    return tick_row == LQ_V3_NONE ? FULL : move_tick(venues, tick_row, end);
}

static outcome_t move_position(lq_venues_t *venues, uint32_t pool, int64_t lower, int64_t upper,
                               const lq_u256_t *amount, bool burn)
{
    lq_v3_pool_t *v3 = &venues->rows[pool].pool.v3;
    lq_u128_t by = lq_u256_lo(amount);
    if (by == 0)
        return NOTHING; /* a burn of 0 is how fees are counted */
    if (lower >= upper || !lq_venues_is_end(&venues->rows[pool], (int32_t)lower) ||
        !lq_venues_is_end(&venues->rows[pool], (int32_t)upper) || lq_u256_is_zero(&v3->sqrt))
        return BAD;
    if (lower <= v3->tick && v3->tick < upper) {
        lq_u128_t liquidity;
        if (burn ? __builtin_sub_overflow(v3->liquidity, by, &liquidity)
                 : __builtin_add_overflow(v3->liquidity, by, &liquidity))
            return BAD;
        lq_undo_keep(venues->undo, &v3->liquidity, sizeof(v3->liquidity));
        v3->liquidity = liquidity;
    }
    end_t end = {.tick = (int32_t)lower, .burn = burn, .amount = by};
    outcome_t outcome = move_end(venues, pool, &end);
    if (outcome != TAKEN)
        return outcome;
    end.tick = (int32_t)upper;
    end.upper = true;
    return move_end(venues, pool, &end);
}

static outcome_t apply_mint(lq_venues_t *venues, uint32_t pool, const lq_evm_log_t *log)
{
    lq_abi_uniswap_v3_mint_event_t e;
    if (lq_abi_uniswap_v3_mint_event_decode(&e, NULL, log->topics, log->topic_cnt, log->data,
                                            log->data_sz))
        return BAD;
    return move_position(venues, pool, e.tick_lower, e.tick_upper, &e.amount, false);
}

static outcome_t apply_burn(lq_venues_t *venues, uint32_t pool, const lq_evm_log_t *log)
{
    lq_abi_uniswap_v3_burn_event_t e;
    if (lq_abi_uniswap_v3_burn_event_decode(&e, NULL, log->topics, log->topic_cnt, log->data,
                                            log->data_sz))
        return BAD;
    return move_position(venues, pool, e.tick_lower, e.tick_upper, &e.amount, true);
}

static void set_price(lq_venues_t *venues, lq_v3_pool_t *v3, const lq_u256_t *sqrt, int32_t tick)
{
    lq_undo_keep(venues->undo, v3, sizeof(*v3));
    v3->sqrt = *sqrt;
    v3->tick = tick;
}

static outcome_t apply_initialize(lq_venues_t *venues, uint32_t pool, const lq_evm_log_t *log)
{
    lq_v3_pool_t *v3 = &venues->rows[pool].pool.v3;
    lq_abi_uniswap_v3_initialize_event_t e;
    if (lq_abi_uniswap_v3_initialize_event_decode(&e, NULL, log->topics, log->topic_cnt, log->data,
                                                  log->data_sz) ||
        !lq_u256_is_zero(&v3->sqrt) || !lq_venues_is_price(&e.sqrt_price_x96, (int32_t)e.tick))
        return BAD;
    set_price(venues, v3, &e.sqrt_price_x96, (int32_t)e.tick);
    return TAKEN;
}

/* Once all ticks are read, those that were crossed must say what liquidity the log tells. */
static outcome_t apply_swap(lq_venues_t *venues, uint32_t pool, const lq_evm_log_t *log)
{
    lq_venues_row_t *row = &venues->rows[pool];
    lq_v3_pool_t *v3 = &row->pool.v3;
    lq_abi_uniswap_v3_swap_event_t e;
    if (lq_abi_uniswap_v3_swap_event_decode(&e, NULL, log->topics, log->topic_cnt, log->data,
                                            log->data_sz) ||
        lq_u256_is_zero(&v3->sqrt) || !lq_venues_is_price(&e.sqrt_price_x96, (int32_t)e.tick))
        return BAD;
    const lq_v3_tick_t *ticks = venues->ticks;
    int32_t tick = (int32_t)e.tick;
    lq_u128_t liquidity = v3->liquidity;
    uint32_t below = v3->below;
    uint32_t above = v3->above;
    while (below != LQ_V3_NONE && ticks[below].tick > tick) {
        liquidity -= (lq_u128_t)ticks[below].net;
        above = below;
        below = ticks[below].below;
    }
    while (above != LQ_V3_NONE && ticks[above].tick <= tick) {
        liquidity += (lq_u128_t)ticks[above].net;
        below = above;
        above = ticks[above].above;
    }
    if (row->stage == LQ_VENUES_DONE && liquidity != lq_u256_lo(&e.liquidity))
        return BAD;
    set_price(venues, v3, &e.sqrt_price_x96, tick);
    v3->liquidity = lq_u256_lo(&e.liquidity);
    v3->below = below;
    v3->above = above;
    return TAKEN;
}

/* ---- v2 ---- */

static outcome_t apply_sync(lq_venues_t *venues, uint32_t pool, const lq_evm_log_t *log)
{
    lq_u256_t *reserves = venues->rows[pool].pool.reserves;
    lq_abi_uniswap_v2_sync_event_t e;
    if (lq_abi_uniswap_v2_sync_event_decode(&e, NULL, log->topics, log->topic_cnt, log->data,
                                            log->data_sz))
        return BAD;
    lq_undo_keep(venues->undo, reserves, 2 * sizeof(*reserves));
    reserves[0] = e.reserve0;
    reserves[1] = e.reserve1;
    return TAKEN;
}

/* ---- any ---- */

static outcome_t apply(lq_venues_t *venues, uint32_t pool, size_t topic, const lq_evm_log_t *log)
{
    if ((venues->rows[pool].pool.config.kind == LQ_VENUE_UNISWAP_V2) != (topic == TOPIC_SYNC))
        return NOTHING;
    switch (topic) {
    case TOPIC_INITIALIZE:
        return apply_initialize(venues, pool, log);
    case TOPIC_MINT:
        return apply_mint(venues, pool, log);
    case TOPIC_BURN:
        return apply_burn(venues, pool, log);
    case TOPIC_SWAP:
        return apply_swap(venues, pool, log);
    case TOPIC_SYNC:
        return apply_sync(venues, pool, log);
    default: /* no number of the enumeration */
        return NOTHING;
    }
}

/* The place of LOG's first topic among them; TOPIC_CNT: none. */
static size_t topic_of(const lq_evm_log_t *log)
{
    size_t i = 0;
    while (i < TOPIC_CNT &&
           (log->topic_cnt == 0 || memcmp(log->topics[0].b, topics[i].b, sizeof(topics[i].b)) != 0))
        i++;
    return i;
}

bool lq_venues_apply(lq_venues_t *venues, const lq_evm_log_t *log, bool *fault)
{
    uint32_t pool;
    size_t topic = topic_of(log);
    if (topic == TOPIC_CNT || lq_venues_find_pool(venues, &pool, &log->address))
        return false;
    const lq_venues_row_t *row = &venues->rows[pool];
    if (row->stage == LQ_VENUES_DEAD && row->reason == LQ_NO_ROUTE_NO_CONTRACT)
        lq_venues_set_stage(venues, pool, LQ_VENUES_IDENTITY); /* now there is one */
    if (row->stage != LQ_VENUES_FILL && row->stage != LQ_VENUES_DONE)
        return false;
    switch (apply(venues, pool, topic, log)) {
    case TAKEN:
        lq_venues_settle(venues, pool);
        return true;
    case NOTHING:
        return false;
    case BAD:
        lq_venues_doubt(venues, pool);
        *fault = true;
        return true;
    case FULL:
        lq_venues_kill(venues, pool, LQ_NO_ROUTE_FULL);
        return true;
    }
    return false;
}
