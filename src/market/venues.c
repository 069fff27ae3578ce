#include "liqd/market/venues.h"

#include "venues_internal.h"

/* ---- what there is ---- */

size_t lq_venues_pool_cnt(const lq_venues_t *venues)
{
    return venues->config.pool_cnt;
}

const lq_venue_pool_t *lq_venues_pool(const lq_venues_t *venues, uint32_t pool)
{
    LQ_ASSERT(pool < venues->config.pool_cnt);
    return &venues->rows[pool].pool;
}

uint64_t lq_venues_settled_cnt(const lq_venues_t *venues)
{
    return venues->settled_cnt;
}

const lq_v3_tick_t *lq_venues_ticks(const lq_venues_t *venues, size_t *cnt)
{
    *cnt = venues->head->tick_cnt;
    return venues->ticks;
}

size_t lq_venues_token_cnt(const lq_venues_t *venues)
{
    return venues->head->token_cnt;
}

const lq_address_t *lq_venues_token(const lq_venues_t *venues, uint32_t token)
{
    LQ_ASSERT(token < venues->head->token_cnt);
    return &venues->tokens[token];
}

bool lq_venues_is_zero(const lq_address_t *address)
{
    static const lq_address_t zero;
    return lq_venues_same(address, &zero);
}

bool lq_venues_same(const lq_address_t *a, const lq_address_t *b)
{
    return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

lq_err_t lq_venues_find_pool(const lq_venues_t *venues, uint32_t *pool, const lq_address_t *address)
{
    return lq_map_find(venues->pool_map, pool, address->b);
}

lq_err_t lq_venues_find_token(const lq_venues_t *venues, uint32_t *token,
                              const lq_address_t *address)
{
    for (uint32_t i = 0; i < venues->head->token_cnt; i++) {
        if (lq_venues_same(&venues->tokens[i], address)) {
            *token = i;
            return LQ_OK;
        }
    }
    return LQ_ERR_NOT_FOUND;
}

lq_err_t lq_venues_have_token(lq_venues_t *venues, uint32_t *token, const lq_address_t *address)
{
    lq_venues_head_t *h = venues->head;
    if (lq_venues_find_token(venues, token, address) == LQ_OK)
        return LQ_OK;
    if (h->token_cnt == LQ_VENUES_TOKEN_MAX)
        return LQ_ERR_FULL;
    lq_undo_write(venues->undo, &venues->tokens[h->token_cnt], address, sizeof(*address));
    lq_undo_keep(venues->undo, h, sizeof(*h));
    *token = h->token_cnt++;
    return LQ_OK;
}

/* ---- how a pool stands ---- */

static lq_no_route_t status_read(const lq_venue_pool_t *p)
{
    switch (p->config.kind) {
    case LQ_VENUE_UNISWAP_V3:
        if (lq_u256_is_zero(&p->v3.sqrt))
            return LQ_NO_ROUTE_UNINITIALIZED;
        /* Where there is any tick, there is liquidity on one side at least. */
        return p->v3.below == LQ_V3_NONE && p->v3.above == LQ_V3_NONE ? LQ_NO_ROUTE_EMPTY
                                                                      : LQ_NO_ROUTE_NONE;
    case LQ_VENUE_UNISWAP_V2:
        return lq_u256_is_zero(&p->reserves[0]) || lq_u256_is_zero(&p->reserves[1])
                   ? LQ_NO_ROUTE_EMPTY
                   : LQ_NO_ROUTE_NONE;
    case LQ_VENUE_KIND_CNT:
        break;
    }
    LQ_BUG("pool of kind %d", (int)p->config.kind);
}

lq_no_route_t lq_venues_status(const lq_venues_row_t *row)
{
    switch ((lq_venues_stage_t)row->stage) {
    case LQ_VENUES_IDENTITY:
    case LQ_VENUES_STATE:
    case LQ_VENUES_FILL:
        if (row->reason != LQ_NO_ROUTE_NONE)
            return (lq_no_route_t)row->reason; /* asked again: it stands until the answers do */
        return row->doubtful ? LQ_NO_ROUTE_DOUBTFUL : LQ_NO_ROUTE_UNREAD;
    case LQ_VENUES_DONE:
        return status_read(&row->pool);
    case LQ_VENUES_DEAD:
        return (lq_no_route_t)row->reason;
    case LQ_VENUES_STAGE_CNT:
        break;
    }
    LQ_BUG("pool at stage %u", (unsigned)row->stage);
}

void lq_venues_settle(lq_venues_t *venues, uint32_t pool)
{
    lq_venues_row_t *row = &venues->rows[pool];
    lq_no_route_t status = lq_venues_status(row);
    if (status == row->pool.status)
        return;
    lq_undo_keep(venues->undo, &row->pool.status, sizeof(row->pool.status));
    row->pool.status = status;
    venues->settled_cnt++;
}

bool lq_venues_is_unread(uint32_t stage)
{
    return stage != LQ_VENUES_DONE && stage != LQ_VENUES_DEAD;
}

uint32_t lq_venues_first_of(const uint64_t set[LQ_VENUES_SET_WORDS], uint32_t from)
{
    uint64_t mask = UINT64_MAX << from % 64;
    for (uint32_t i = from / 64; i < LQ_VENUES_SET_WORDS; i++, mask = UINT64_MAX)
        if (set[i] & mask)
            return 64 * i + (uint32_t)__builtin_ctzll(set[i] & mask);
    return LQ_VENUES_POOL_MAX;
}

static void set_member(lq_venues_t *venues, uint64_t *set, uint32_t pool, bool on)
{
    uint64_t bit = 1ull << pool % 64;
    uint64_t word = on ? set[pool / 64] | bit : set[pool / 64] & ~bit;
    if (word != set[pool / 64])
        lq_undo_write(venues->undo, &set[pool / 64], &word, sizeof(word));
}

void lq_venues_set_stage(lq_venues_t *venues, uint32_t pool, lq_venues_stage_t stage)
{
    lq_venues_row_t *row = &venues->rows[pool];
    set_member(venues, venues->sets->unread, pool, lq_venues_is_unread(stage));
    set_member(venues, venues->sets->dead, pool, stage == LQ_VENUES_DEAD);
    lq_undo_keep(venues->undo, &row->stage, sizeof(row->stage));
    row->stage = stage;
    if (stage == LQ_VENUES_DONE) {
        lq_undo_keep(venues->undo, &row->doubtful, sizeof(row->doubtful));
        lq_undo_keep(venues->undo, &row->reason, sizeof(row->reason));
        lq_undo_keep(venues->undo, &row->dead_cnt, sizeof(row->dead_cnt));
        row->doubtful = 0;
        row->reason = LQ_NO_ROUTE_NONE;
        row->dead_cnt = 0;
    }
    lq_venues_settle(venues, pool);
}

void lq_venues_kill(lq_venues_t *venues, uint32_t pool, lq_no_route_t reason)
{
    lq_venues_row_t *row = &venues->rows[pool];
    lq_venues_remove_ticks(venues, pool);
    lq_undo_keep(venues->undo, &row->reason, sizeof(row->reason));
    row->reason = reason;
    lq_undo_keep(venues->undo, &row->dead_cnt, sizeof(row->dead_cnt));
    row->dead_cnt += row->dead_cnt <= LQ_VENUES_RECHECK_SHIFT_MAX;
    lq_venues_set_stage(venues, pool, LQ_VENUES_DEAD);
}

void lq_venues_doubt(lq_venues_t *venues, uint32_t pool)
{
    LQ_ASSERT(pool < venues->config.pool_cnt);
    lq_venues_row_t *row = &venues->rows[pool];
    lq_venues_remove_ticks(venues, pool);
    lq_undo_keep(venues->undo, &row->doubtful, sizeof(row->doubtful));
    row->doubtful = 1;
    lq_venues_set_stage(venues, pool, LQ_VENUES_IDENTITY);
}

/* What a swap leaves behind: a price within its tick, or at the next one's when that was crossed
   downward, never at the ends. */
bool lq_venues_is_price(const lq_u256_t *sqrt, int32_t tick)
{
    lq_u256_t low;
    lq_u256_t high;
    if (tick < LQ_V3_TICK_MIN || tick >= LQ_V3_TICK_MAX || lq_v3_sqrt_at_tick(&low, tick) ||
        lq_v3_sqrt_at_tick(&high, tick + 1) || lq_u256_lt(sqrt, &low))
        return false;
    return tick + 1 == LQ_V3_TICK_MAX ? lq_u256_lt(sqrt, &high) : !lq_u256_lt(&high, sqrt);
}

const char *lq_venue_kind_str(lq_venue_kind_t kind)
{
    switch (kind) {
    case LQ_VENUE_UNISWAP_V3:
        return "uniswap_v3";
    case LQ_VENUE_UNISWAP_V2:
        return "uniswap_v2";
    case LQ_VENUE_KIND_CNT:
        break;
    }
    return "unknown";
}

const char *lq_lender_kind_str(lq_lender_kind_t kind)
{
    switch (kind) {
    case LQ_LENDER_AAVE_V3:
        return "aave_v3";
    case LQ_LENDER_MORPHO_BLUE:
        return "morpho_blue";
    case LQ_LENDER_UNISWAP_V3:
        return "uniswap_v3";
    case LQ_LENDER_KIND_CNT:
        break;
    }
    return "unknown";
}

lq_swaps_t lq_venues_swaps(lq_venues_t *venues)
{
    return lq_routes_swaps(venues->routes);
}
