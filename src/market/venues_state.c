/* Making, clearing, and what a snapshot takes. */

#include "venues_internal.h"

enum {
    PIECE_CNT = 7,
    ARENA_SPARE_SZ = 256, /* for alignment */
};

typedef struct layout {
    size_t sz[PIECE_CNT];
} layout_t;

static layout_t layout_of(const lq_venues_config_t *config)
{
    return (layout_t){{
        sizeof(lq_venues_head_t),
        config->pool_cnt * sizeof(lq_venues_row_t),
        config->tick_max * sizeof(lq_v3_tick_t),
        LQ_VENUES_TOKEN_MAX * sizeof(lq_address_t),
        config->lender_cnt * sizeof(lq_venues_lender_t),
        config->lender_cnt * LQ_VENUES_TOKEN_MAX * sizeof(lq_venues_fund_t),
        sizeof(lq_venues_sets_t),
    }};
}

size_t lq_venues_state_sz(const lq_venues_config_t *config)
{
    layout_t layout = layout_of(config);
    size_t sz = 0;
    for (size_t i = 0; i < PIECE_CNT; i++) {
        size_t lines = (layout.sz[i] + LQ_UNDO_LINE_SZ - 1) / LQ_UNDO_LINE_SZ;
        sz += (lines ? lines + 1 : 2) * LQ_UNDO_LINE_SZ;
    }
    return sz;
}

/* Twice as many entries as rows, for keys that undone blocks leave behind. */
static size_t map_cap(size_t row_max)
{
    return row_max ? 2 * row_max : 1;
}

static size_t map_sz(size_t row_max)
{
    size_t cap = map_cap(row_max);
    return 128 + (cap + (cap + 1) / 2) * 32 + LQ_CACHE_LINE_SZ;
}

size_t lq_venues_arena_sz(const lq_venues_config_t *config)
{
    return sizeof(lq_venues_t) + config->pool_cnt * sizeof(config->pools[0]) +
           config->lender_cnt * sizeof(config->lenders[0]) + ARENA_SPARE_SZ +
           map_sz(config->pool_cnt) + map_sz(config->tick_max) +
           config->pool_cnt * LQ_VENUES_NEAR_CNT * sizeof(uint32_t) +
           lq_routes_arena_sz(config->pool_cnt);
}

/* ---- making ---- */

static bool is_in_range(const lq_venues_config_t *c)
{
    if (c->pool_cnt > LQ_VENUES_POOL_MAX || c->lender_cnt > LQ_VENUES_LENDER_MAX ||
        c->tick_max < 1 || c->tick_max > LQ_VENUES_TICK_MAX)
        return false;
    for (size_t i = 0; i < c->pool_cnt; i++)
        if ((unsigned)c->pools[i].kind >= LQ_VENUE_KIND_CNT || c->pools[i].fee_pips >= LQ_PIPS_ONE)
            return false;
    for (size_t i = 0; i < c->lender_cnt; i++)
        if ((unsigned)c->lenders[i].kind >= LQ_LENDER_KIND_CNT)
            return false;
    return true;
}

static bool has_lender_twice(const lq_venues_config_t *c)
{
    for (size_t i = 0; i < c->lender_cnt; i++)
        for (size_t k = 0; k < i; k++)
            if (lq_venues_same(&c->lenders[i].contract, &c->lenders[k].contract))
                return true;
    return false;
}

static bool alloc_state(lq_venues_t *v)
{
    layout_t layout = layout_of(&v->config);
    void *pieces[PIECE_CNT] = {0};
    for (size_t i = 0; i < PIECE_CNT; i++) {
        pieces[i] = lq_undo_alloc(v->undo, layout.sz[i]);
        if (!pieces[i])
            return false;
    }
    v->head = pieces[0];
    v->rows = pieces[1];
    v->ticks = pieces[2];
    v->tokens = pieces[3];
    v->lenders = pieces[4];
    v->funds = pieces[5];
    v->sets = pieces[6];
    return true;
}

/* On zeros: nothing is read of anything. */
static void init_state(lq_venues_t *v)
{
    const lq_venues_config_t *c = &v->config;
    v->head->free_first = LQ_V3_NONE;
    for (size_t i = 0; i < c->pool_cnt; i++) {
        v->sets->unread[i / 64] |= 1ull << i % 64;
        lq_venue_pool_t *p = &v->rows[i].pool;
        p->config = c->pools[i];
        p->status = LQ_NO_ROUTE_UNREAD;
        p->v3.below = LQ_V3_NONE;
        p->v3.above = LQ_V3_NONE;
    }
    for (size_t i = 0; i < c->lender_cnt; i++) {
        v->lenders[i].kind = c->lenders[i].kind;
        v->lenders[i].contract = c->lenders[i].contract;
    }
}

static lq_err_t make_maps(lq_venues_t *v, lq_arena_t *arena)
{
    const lq_venues_config_t *c = &v->config;
    lq_err_t err = lq_map_new(&v->pool_map, arena, 20, map_cap(c->pool_cnt), c->seed);
    if (!err)
        err = lq_map_new(&v->tick_map, arena, 20, map_cap(c->tick_max), c->seed + 1);
    size_t near_sz = c->pool_cnt * LQ_VENUES_NEAR_CNT * sizeof(v->near[0]);
    v->near = lq_arena_alloc(arena, near_sz, _Alignof(uint32_t));
    if (!err && !v->near)
        err = LQ_ERR_NOMEM;
    if (!err)
        memset(v->near, 0xff, near_sz);
    for (uint32_t i = 0; !err && i < c->pool_cnt; i++)
        err = lq_map_insert(v->pool_map, c->pools[i].address.b, i);
    return err;
}

static lq_err_t copy_config(lq_venues_t *v, lq_arena_t *arena, const lq_venues_config_t *config)
{
    v->config = *config;
    lq_venue_pool_config_t *pools =
        lq_arena_alloc(arena, config->pool_cnt * sizeof(*pools), _Alignof(lq_venue_pool_config_t));
    lq_lender_config_t *lenders =
        lq_arena_alloc(arena, config->lender_cnt * sizeof(*lenders), _Alignof(lq_lender_config_t));
    if (!pools || !lenders)
        return LQ_ERR_NOMEM;
    for (size_t i = 0; i < config->pool_cnt; i++)
        pools[i] = config->pools[i];
    for (size_t i = 0; i < config->lender_cnt; i++)
        lenders[i] = config->lenders[i];
    v->config.pools = pools;
    v->config.lenders = lenders;
    return LQ_OK;
}

static lq_err_t make_routes(lq_venues_t *v, lq_arena_t *arena)
{
    const lq_routes_view_t view = {
        .pools = &v->rows[0].pool,
        .stride_sz = sizeof(v->rows[0]),
        .pool_cnt = v->config.pool_cnt,
        .ticks = v->ticks,
        .written_cnt = &v->head->written_cnt,
    };
    return lq_routes_new(&v->routes, arena, &view, v->config.seed + 2);
}

lq_err_t lq_venues_new(lq_venues_t **venues, lq_arena_t *arena, lq_undo_t *undo,
                       const lq_venues_config_t *config)
{
    if (!is_in_range(config))
        return LQ_ERR_RANGE;
    if (has_lender_twice(config))
        return LQ_ERR_EXISTS;
    lq_venues_t *made = lq_arena_alloc(arena, sizeof(*made), _Alignof(lq_venues_t));
    if (!made)
        return LQ_ERR_NOMEM;
    *made = (lq_venues_t){.undo = undo};
    lq_err_t err = copy_config(made, arena, config);
    if (!err)
        err = make_maps(made, arena);
    if (!err && !alloc_state(made))
        err = LQ_ERR_NOMEM;
    if (!err)
        err = make_routes(made, arena);
    if (err)
        return err;
    init_state(made);
    *venues = made;
    return LQ_OK;
}

void lq_venues_clear(lq_venues_t *venues)
{
    LQ_ASSERT(lq_undo_depth(venues->undo) == 0);
    layout_t layout = layout_of(&venues->config);
    void *const pieces[PIECE_CNT] = {venues->head,    venues->rows,  venues->ticks, venues->tokens,
                                     venues->lenders, venues->funds, venues->sets};
    for (size_t i = 0; i < PIECE_CNT; i++)
        memset(pieces[i], 0, layout.sz[i]);
    init_state(venues);
    lq_map_clear(venues->tick_map);
    lq_routes_stale(venues->routes);
    venues->settled_cnt++;
}

/* ---- snapshots ---- */

size_t lq_venues_pieces(lq_venues_t *venues, lq_undo_piece_t out[LQ_VENUES_PIECE_MAX])
{
    static_assert(PIECE_CNT <= LQ_VENUES_PIECE_MAX, "all are given");
    layout_t layout = layout_of(&venues->config);
    const lq_venues_head_t *h = venues->head;
    const size_t used[PIECE_CNT] = {sizeof(*h),
                                    layout.sz[1],
                                    h->tick_cnt * sizeof(venues->ticks[0]),
                                    h->token_cnt * sizeof(venues->tokens[0]),
                                    layout.sz[4],
                                    layout.sz[5],
                                    layout.sz[6]};
    void *const pieces[PIECE_CNT] = {venues->head,    venues->rows,  venues->ticks, venues->tokens,
                                     venues->lenders, venues->funds, venues->sets};
    for (size_t i = 0; i < PIECE_CNT; i++)
        out[i] = (lq_undo_piece_t){pieces[i], used[i], layout.sz[i]};
    return PIECE_CNT;
}

static bool is_same_pool(const lq_venue_pool_config_t *a, const lq_venue_pool_config_t *b)
{
    return a->kind == b->kind && lq_venues_same(&a->address, &b->address) &&
           lq_venues_same(&a->factory, &b->factory) && a->fee_pips == b->fee_pips;
}

static bool is_token_good(const lq_venues_t *v, uint32_t token, const lq_address_t *address)
{
    return token < v->head->token_cnt && lq_venues_same(&v->tokens[token], address);
}

/* What a stage promises of the state. */
static bool is_state_good(const lq_venues_t *v, const lq_venues_row_t *row)
{
    const lq_venue_pool_t *p = &row->pool;
    bool is_v3 = p->config.kind == LQ_VENUE_UNISWAP_V3;
    if (row->stage == LQ_VENUES_IDENTITY || row->stage == LQ_VENUES_DEAD)
        return true;
    if (memcmp(p->tokens[0].b, p->tokens[1].b, sizeof(p->tokens[0].b)) >= 0 ||
        p->fee_pips >= LQ_PIPS_ONE || (!is_v3 && p->fee_pips != p->config.fee_pips) ||
        (is_v3 &&
         (p->v3.fee_pips != p->fee_pips || p->v3.spacing < 1 || p->v3.spacing > LQ_V3_SPACING_MAX)))
        return false;
    if (row->stage == LQ_VENUES_STATE)
        return true;
    if (!is_token_good(v, row->tokens[0], &p->tokens[0]) ||
        !is_token_good(v, row->tokens[1], &p->tokens[1]))
        return false;
    if (!is_v3)
        return row->stage == LQ_VENUES_DONE && lq_u256_bit_len(&p->reserves[0]) <= 112 &&
               lq_u256_bit_len(&p->reserves[1]) <= 112;
    if (row->words_read & ~lq_venues_all_chunks(row))
        return false;
    if (lq_u256_is_zero(&p->v3.sqrt))
        return row->stage == LQ_VENUES_DONE && p->v3.tick == 0 && p->v3.liquidity == 0 &&
               row->tick_cnt == 0;
    return lq_venues_is_price(&p->v3.sqrt, p->v3.tick);
}

/* A pool's reasons to be on no route for what it is. */
static bool is_reason(uint32_t reason)
{
    return reason == LQ_NO_ROUTE_NO_CONTRACT || reason == LQ_NO_ROUTE_NOT_OF_FACTORY ||
           reason == LQ_NO_ROUTE_TOKEN_ORDER || reason == LQ_NO_ROUTE_FEE_TIER ||
           reason == LQ_NO_ROUTE_FULL || reason == LQ_NO_ROUTE_DOUBTFUL;
}

/* Whether TICK_ROW is one that POOL can have next to the rows that it names. */
static bool is_tick_good(const lq_venues_t *v, uint32_t pool, uint32_t tick_row)
{
    const lq_venues_row_t *row = &v->rows[pool];
    const lq_v3_tick_t *t = &v->ticks[tick_row];
    uint32_t cnt = v->head->tick_cnt;
    lq_u256_t sqrt;
    if (t->pool != pool || !lq_venues_is_end(row, t->tick) ||
        !lq_venues_has_chunk(row, lq_venues_chunk_of(row, t->tick)) ||
        !lq_venues_is_tick(t->gross, t->net) || lq_v3_sqrt_at_tick(&sqrt, t->tick) ||
        !lq_u256_eq(&sqrt, &t->sqrt))
        return false;
    bool low = t->tick <= row->pool.v3.tick;
    if (t->above == LQ_V3_NONE
            ? low && row->pool.v3.above != LQ_V3_NONE
            : t->above >= cnt || v->ticks[t->above].pool != pool ||
                  v->ticks[t->above].below != tick_row || v->ticks[t->above].tick <= t->tick)
        return false;
    return t->below == LQ_V3_NONE || (t->below < cnt && v->ticks[t->below].above == tick_row);
}

/* Walks the rows of POOL from its price down and up: *CNT grows by how many there are. */
static bool are_links_good(const lq_venues_t *v, uint32_t pool, uint32_t *cnt)
{
    const lq_venues_row_t *row = &v->rows[pool];
    const lq_v3_pool_t *v3 = &row->pool.v3;
    uint32_t unread[LQ_VENUES_CHUNK_MAX] = {0};
    uint32_t own = 0;
    for (unsigned up = 0; up < 2; up++) {
        uint32_t last = up ? v3->below : v3->above;
        uint32_t i = up ? v3->above : v3->below;
        while (i != LQ_V3_NONE) {
            if (i >= v->head->tick_cnt || own == v->head->tick_cnt || !is_tick_good(v, pool, i) ||
                (v->ticks[i].tick > v3->tick) != (up != 0) ||
                (up ? v->ticks[i].below : v->ticks[i].above) != last)
                return false;
            own++;
            unread[lq_venues_chunk_of(row, v->ticks[i].tick)] += v->ticks[i].gross == 0;
            last = i;
            i = up ? v->ticks[i].above : v->ticks[i].below;
        }
    }
    *cnt += own;
    return own == row->tick_cnt && memcmp(unread, row->unread, sizeof(unread)) == 0;
}

static bool is_row_good(const lq_venues_t *v, uint32_t pool, uint32_t *tick_cnt)
{
    const lq_venues_row_t *row = &v->rows[pool];
    if (!is_same_pool(&row->pool.config, &v->config.pools[pool]) ||
        row->stage >= LQ_VENUES_STAGE_CNT || row->doubtful > 1 ||
        row->dead_cnt > LQ_VENUES_RECHECK_SHIFT_MAX + 1 ||
        (row->stage == LQ_VENUES_DEAD ? !row->dead_cnt
                                      : row->stage == LQ_VENUES_DONE && row->dead_cnt) ||
        !is_state_good(v, row) ||
        ((row->stage == LQ_VENUES_DEAD || row->reason != LQ_NO_ROUTE_NONE) &&
         !is_reason(row->reason)) ||
        (row->stage == LQ_VENUES_DONE && row->reason != LQ_NO_ROUTE_NONE) ||
        row->pool.status != lq_venues_status(row))
        return false;
    bool filled = row->pool.config.kind == LQ_VENUE_UNISWAP_V3 &&
                  (row->stage == LQ_VENUES_FILL || row->stage == LQ_VENUES_DONE);
    if (!filled)
        return row->tick_cnt == 0 && row->pool.v3.below == LQ_V3_NONE &&
               row->pool.v3.above == LQ_V3_NONE;
    if (!are_links_good(v, pool, tick_cnt))
        return false;
    if (row->stage == LQ_VENUES_FILL)
        return true;
    for (uint32_t i = 0; i < LQ_VENUES_CHUNK_MAX; i++)
        if (row->unread[i])
            return false;
    return row->words_read == lq_venues_all_chunks(row) && lq_venues_sums_agree(v, pool);
}

/* The rows that are free, each once. */
static bool are_free_good(const lq_venues_t *v)
{
    const lq_venues_head_t *h = v->head;
    uint32_t i = h->free_first;
    for (uint32_t left = h->free_cnt; left; left--) {
        if (i >= h->tick_cnt || v->ticks[i].pool != LQ_V3_NONE)
            return false;
        i = v->ticks[i].above;
    }
    return i == LQ_V3_NONE;
}

static bool are_lenders_good(const lq_venues_t *v)
{
    for (size_t i = 0; i < v->config.lender_cnt; i++) {
        const lq_venues_lender_t *l = &v->lenders[i];
        if (l->kind != v->config.lenders[i].kind ||
            !lq_venues_same(&l->contract, &v->config.lenders[i].contract) || l->known > 1 ||
            l->fee_pips > LQ_PIPS_ONE || l->told_cnt > LQ_VENUES_TOKEN_MAX)
            return false;
    }
    return true;
}

static bool are_tokens_good(const lq_venues_t *v)
{
    for (uint32_t i = 0; i < v->head->token_cnt; i++) {
        uint32_t first;
        if (lq_venues_find_token(v, &first, &v->tokens[i]) || first != i)
            return false;
    }
    return true;
}

lq_err_t lq_venues_restored(lq_venues_t *venues)
{
    const lq_venues_head_t *h = venues->head;
    LQ_ASSERT(lq_undo_depth(venues->undo) == 0);
    lq_routes_stale(venues->routes);
    venues->settled_cnt++;
    if (h->tick_cnt > venues->config.tick_max || h->token_cnt > LQ_VENUES_TOKEN_MAX ||
        h->free_cnt > h->tick_cnt || !are_free_good(venues) || !are_tokens_good(venues) ||
        !are_lenders_good(venues))
        return LQ_ERR_RANGE;
    lq_venues_sets_t sets = {{0}, {0}};
    uint32_t tick_cnt = h->free_cnt;
    for (uint32_t i = 0; i < venues->config.pool_cnt; i++) {
        if (!is_row_good(venues, i, &tick_cnt))
            return LQ_ERR_RANGE;
        uint32_t stage = venues->rows[i].stage;
        sets.unread[i / 64] |= (uint64_t)lq_venues_is_unread(stage) << i % 64;
        sets.dead[i / 64] |= (uint64_t)(stage == LQ_VENUES_DEAD) << i % 64;
    }
    if (memcmp(&sets, venues->sets, sizeof(sets)) != 0 || tick_cnt != h->tick_cnt)
        return LQ_ERR_RANGE;
    lq_venues_map_again(venues);
    return LQ_OK;
}
