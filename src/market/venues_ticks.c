/* The table of ticks: rows of all v3 pools, linked in rising order within each, and used again.

   Since rows are used again, a map's entry that an undone block left behind may name another row
   than the tick's own, which is still there. So a hint that does not hold says nothing: the order
   is then walked, which finds the tick or the place for it, from wherever it is begun. It is begun
   at a row near by, since whoever pays for ticks must not make others' dear: `near` has one in
   every stretch of ticks that has any, but for what undone blocks left behind, which the next walk
   that passes there makes good. */

#include "venues_internal.h"

typedef struct tick_key {
    uint8_t b[20];
} tick_key_t;

static tick_key_t key_of(uint32_t pool, int32_t tick)
{
    tick_key_t key = {{0}};
    memcpy(key.b, &pool, sizeof(pool));
    memcpy(key.b + sizeof(pool), &tick, sizeof(tick));
    return key;
}

/* ---- bitmap ---- */

/* As the contract: towards negative infinity. */
static int32_t floor_div(int32_t a, int32_t b)
{
    return a / b - (a % b < 0);
}

int32_t lq_venues_word_first(const lq_venues_row_t *row)
{
    return floor_div(LQ_V3_TICK_MIN / row->pool.v3.spacing, LQ_VENUES_WORD_BITS);
}

uint32_t lq_venues_word_cnt(const lq_venues_row_t *row)
{
    int32_t last = LQ_V3_TICK_MAX / row->pool.v3.spacing / LQ_VENUES_WORD_BITS;
    return (uint32_t)(last - lq_venues_word_first(row) + 1);
}

uint32_t lq_venues_chunk_cnt(const lq_venues_row_t *row)
{
    return (lq_venues_word_cnt(row) + LQ_VENUES_CHUNK_WORD_CNT - 1) / LQ_VENUES_CHUNK_WORD_CNT;
}

uint32_t lq_venues_all_chunks(const lq_venues_row_t *row)
{
    return UINT32_MAX >> (LQ_VENUES_CHUNK_MAX - lq_venues_chunk_cnt(row));
}

bool lq_venues_has_chunk(const lq_venues_row_t *row, uint32_t chunk)
{
    return row->words_read >> chunk & 1;
}

uint32_t lq_venues_word_of(const lq_venues_row_t *row, int32_t tick)
{
    int32_t word = floor_div(floor_div(tick, row->pool.v3.spacing), LQ_VENUES_WORD_BITS);
    return (uint32_t)(word - lq_venues_word_first(row));
}

uint32_t lq_venues_chunk_of(const lq_venues_row_t *row, int32_t tick)
{
    return lq_venues_word_of(row, tick) / LQ_VENUES_CHUNK_WORD_CNT;
}

bool lq_venues_is_end(const lq_venues_row_t *row, int32_t tick)
{
    return tick >= LQ_V3_TICK_MIN && tick <= LQ_V3_TICK_MAX && tick % row->pool.v3.spacing == 0;
}

/* ---- finding ---- */

static bool holds(const lq_venues_t *venues, uint32_t tick_row, uint32_t pool, int32_t tick)
{
    return tick_row < venues->head->tick_cnt && venues->ticks[tick_row].pool == pool &&
           venues->ticks[tick_row].tick == tick;
}

static uint32_t stretch_of(int32_t tick)
{
    tick = tick < LQ_V3_TICK_MIN ? LQ_V3_TICK_MIN : tick;
    tick = tick > LQ_V3_TICK_MAX ? LQ_V3_TICK_MAX : tick;
    return (uint32_t)(tick - LQ_V3_TICK_MIN) >> LQ_VENUES_NEAR_SHIFT;
}

static uint32_t *near_of(const lq_venues_t *venues, uint32_t pool, uint32_t stretch)
{
    return &venues->near[(size_t)pool * LQ_VENUES_NEAR_CNT + stretch];
}

/* The row of POOL remembered in STRETCH; LQ_V3_NONE. */
static uint32_t near_in(const lq_venues_t *venues, uint32_t pool, uint32_t stretch)
{
    uint32_t tick_row = *near_of(venues, pool, stretch);
    bool good = tick_row < venues->head->tick_cnt && venues->ticks[tick_row].pool == pool &&
                stretch_of(venues->ticks[tick_row].tick) == stretch;
    return good ? tick_row : LQ_V3_NONE;
}

/* A row that was good before is more likely to be so after blocks are undone. */
static void remember(const lq_venues_t *venues, uint32_t tick_row)
{
    const lq_v3_tick_t *t = &venues->ticks[tick_row];
    uint32_t stretch = stretch_of(t->tick);
    if (near_in(venues, t->pool, stretch) == LQ_V3_NONE)
        *near_of(venues, t->pool, stretch) = tick_row;
}

/* T goes: another row of its stretch stands for it, where there is one. */
static void forget(const lq_venues_t *venues, const lq_v3_tick_t *t)
{
    if (t->below != LQ_V3_NONE)
        remember(venues, t->below);
    if (t->above != LQ_V3_NONE)
        remember(venues, t->above);
}

/* The row of POOL remembered nearest to TICK's stretch: below it, or else above. */
static uint32_t near_to(const lq_venues_t *venues, uint32_t pool, int32_t tick)
{
    uint32_t stretch = stretch_of(tick);
    uint32_t found = LQ_V3_NONE;
    for (uint32_t i = stretch + 1; found == LQ_V3_NONE && i > 0; i--)
        found = near_in(venues, pool, i - 1);
    for (uint32_t i = stretch + 1; found == LQ_V3_NONE && i < LQ_VENUES_NEAR_CNT; i++)
        found = near_in(venues, pool, i);
    return found;
}

void lq_venues_map_again(lq_venues_t *venues)
{
    lq_map_clear(venues->tick_map);
    for (uint32_t i = 0; i < venues->head->tick_cnt; i++) {
        tick_key_t key = key_of(venues->ticks[i].pool, venues->ticks[i].tick);
        if (venues->ticks[i].pool == LQ_V3_NONE)
            continue;
        LQ_ASSERT(lq_map_upsert(venues->tick_map, key.b, i) == LQ_OK);
        remember(venues, i);
    }
}

/* Keys that are gone leave when there is no room: rows are fewer than entries. */
static void hint(lq_venues_t *venues, uint32_t tick_row)
{
    tick_key_t key = key_of(venues->ticks[tick_row].pool, venues->ticks[tick_row].tick);
    remember(venues, tick_row);
    if (lq_map_upsert(venues->tick_map, key.b, tick_row) != LQ_OK)
        lq_venues_map_again(venues); /* ROW among them */
}

lq_venues_place_t lq_venues_place(const lq_venues_t *venues, uint32_t pool, int32_t tick)
{
    const lq_v3_pool_t *v3 = &venues->rows[pool].pool.v3;
    const lq_v3_tick_t *ticks = venues->ticks;
    uint32_t begin = near_to(venues, pool, tick);
    lq_venues_place_t at = {v3->below, v3->above};
    if (begin != LQ_V3_NONE)
        at = (lq_venues_place_t){begin, ticks[begin].above};
    while (at.below != LQ_V3_NONE && ticks[at.below].tick > tick) {
        at = (lq_venues_place_t){ticks[at.below].below, at.below};
        remember(venues, at.above);
    }
    while (at.above != LQ_V3_NONE && ticks[at.above].tick <= tick) {
        at = (lq_venues_place_t){at.above, ticks[at.above].above};
        remember(venues, at.below);
    }
    return at;
}

uint32_t lq_venues_find_tick(lq_venues_t *venues, lq_venues_place_t *place, uint32_t pool,
                             int32_t tick)
{
    tick_key_t key = key_of(pool, tick);
    uint32_t tick_row;
    if (lq_map_find(venues->tick_map, &tick_row, key.b) == LQ_OK &&
        holds(venues, tick_row, pool, tick))
        return tick_row;
    *place = lq_venues_place(venues, pool, tick);
    if (place->below == LQ_V3_NONE || venues->ticks[place->below].tick != tick)
        return LQ_V3_NONE;
    hint(venues, place->below);
    return place->below;
}

/* ---- coming and going ---- */

static uint32_t take_row(lq_venues_t *venues)
{
    lq_venues_head_t *h = venues->head;
    lq_undo_keep(venues->undo, h, sizeof(*h));
    if (h->free_first != LQ_V3_NONE) {
        uint32_t tick_row = h->free_first;
        h->free_first = venues->ticks[tick_row].above;
        h->free_cnt--;
        return tick_row;
    }
    return h->tick_cnt < venues->config.tick_max ? h->tick_cnt++ : LQ_V3_NONE;
}

static void free_row(lq_venues_t *venues, uint32_t tick_row)
{
    lq_venues_head_t *h = venues->head;
    lq_v3_tick_t *t = &venues->ticks[tick_row];
    lq_undo_keep(venues->undo, h, sizeof(*h));
    lq_undo_keep(venues->undo, t, sizeof(*t));
    memset(t, 0, sizeof(*t));
    t->pool = LQ_V3_NONE;
    t->below = LQ_V3_NONE;
    t->above = h->free_first;
    h->free_first = tick_row;
    h->free_cnt++;
}

/* Makes ABOVE the next of BELOW: rows, or one of them LQ_V3_NONE. */
static void join(lq_venues_t *venues, uint32_t below, uint32_t above)
{
    if (below != LQ_V3_NONE) {
        uint32_t *link = &venues->ticks[below].above;
        lq_undo_keep(venues->undo, link, sizeof(*link));
        *link = above;
    }
    if (above != LQ_V3_NONE) {
        uint32_t *link = &venues->ticks[above].below;
        lq_undo_keep(venues->undo, link, sizeof(*link));
        *link = below;
    }
}

static void count(lq_venues_t *venues, uint32_t *cnt, bool more)
{
    lq_undo_keep(venues->undo, cnt, sizeof(*cnt));
    *cnt += more ? 1 : UINT32_MAX;
}

static void set_nearest(lq_venues_t *venues, uint32_t *nearest, uint32_t tick_row)
{
    lq_undo_keep(venues->undo, nearest, sizeof(*nearest));
    *nearest = tick_row;
}

uint32_t lq_venues_insert_tick(lq_venues_t *venues, uint32_t pool, int32_t tick,
                               lq_venues_place_t place)
{
    lq_venues_row_t *row = &venues->rows[pool];
    uint32_t tick_row = take_row(venues);
    if (tick_row == LQ_V3_NONE)
        return LQ_V3_NONE;
    lq_v3_tick_t *t = &venues->ticks[tick_row];
    lq_undo_keep(venues->undo, t, sizeof(*t));
    LQ_ASSERT(lq_v3_sqrt_at_tick(&t->sqrt, tick) == LQ_OK);
    t->gross = 0;
    t->net = 0;
    t->tick = tick;
    t->pool = pool;
    join(venues, place.below, tick_row);
    join(venues, tick_row, place.above);
    lq_v3_pool_t *v3 = &row->pool.v3;
    if (tick <= v3->tick && v3->below == place.below)
        set_nearest(venues, &v3->below, tick_row);
    if (tick > v3->tick && v3->above == place.above)
        set_nearest(venues, &v3->above, tick_row);
    count(venues, &row->tick_cnt, true);
    count(venues, &row->unread[lq_venues_chunk_of(row, tick)], true);
    hint(venues, tick_row);
    return tick_row;
}

void lq_venues_remove_tick(lq_venues_t *venues, uint32_t tick_row)
{
    const lq_v3_tick_t t = venues->ticks[tick_row];
    lq_venues_row_t *row = &venues->rows[t.pool];
    lq_v3_pool_t *v3 = &row->pool.v3;
    tick_key_t key = key_of(t.pool, t.tick);
    join(venues, t.below, t.above);
    if (v3->below == tick_row)
        set_nearest(venues, &v3->below, t.below);
    if (v3->above == tick_row)
        set_nearest(venues, &v3->above, t.above);
    if (t.gross == 0)
        count(venues, &row->unread[lq_venues_chunk_of(row, t.tick)], false);
    count(venues, &row->tick_cnt, false);
    free_row(venues, tick_row);
    forget(venues, &t);
    lq_err_t gone = lq_map_remove(venues->tick_map, key.b);
    (void)gone; /* a hint: it may be there or not */
}

void lq_venues_remove_ticks(lq_venues_t *venues, uint32_t pool)
{
    const lq_v3_pool_t *v3 = &venues->rows[pool].pool.v3;
    while (v3->below != LQ_V3_NONE)
        lq_venues_remove_tick(venues, v3->below);
    while (v3->above != LQ_V3_NONE)
        lq_venues_remove_tick(venues, v3->above);
}

void lq_venues_set_tick(lq_venues_t *venues, uint32_t tick_row, lq_u128_t gross, lq_i128_t net)
{
    lq_v3_tick_t *t = &venues->ticks[tick_row];
    lq_venues_row_t *row = &venues->rows[t->pool];
    if (t->gross == 0)
        count(venues, &row->unread[lq_venues_chunk_of(row, t->tick)], false);
    lq_undo_keep(venues->undo, &t->gross, sizeof(t->gross) + sizeof(t->net));
    static_assert(offsetof(lq_v3_tick_t, net) == offsetof(lq_v3_tick_t, gross) + sizeof(t->gross),
                  "they stand together");
    t->gross = gross;
    t->net = net;
}

bool lq_venues_is_tick(lq_u128_t gross, lq_i128_t net)
{
    return (net < 0 ? -(lq_u128_t)net : (lq_u128_t)net) <= gross;
}

/* Modulo 2^128: sums of nets in between may be larger than any. */
bool lq_venues_sums_agree(const lq_venues_t *venues, uint32_t pool)
{
    const lq_v3_pool_t *v3 = &venues->rows[pool].pool.v3;
    const lq_v3_tick_t *ticks = venues->ticks;
    lq_u128_t begun = 0;
    lq_u128_t ended = 0;
    for (uint32_t i = v3->below; i != LQ_V3_NONE; i = ticks[i].below)
        begun += (lq_u128_t)ticks[i].net;
    for (uint32_t i = v3->above; i != LQ_V3_NONE; i = ticks[i].above)
        ended -= (lq_u128_t)ticks[i].net;
    return begun == v3->liquidity && ended == v3->liquidity;
}
