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

static const lq_hash_t topics[TOPIC_CNT] = {
    [TOPIC_INITIALIZE] = LQ_ABI_UNISWAP_V3_INITIALIZE_EVENT_TOPIC_INIT,
    [TOPIC_MINT] = LQ_ABI_UNISWAP_V3_MINT_EVENT_TOPIC_INIT,
    [TOPIC_BURN] = LQ_ABI_UNISWAP_V3_BURN_EVENT_TOPIC_INIT,
    [TOPIC_SWAP] = LQ_ABI_UNISWAP_V3_SWAP_EVENT_TOPIC_INIT,
    [TOPIC_SYNC] = LQ_ABI_UNISWAP_V2_SYNC_EVENT_TOPIC_INIT,
};

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
