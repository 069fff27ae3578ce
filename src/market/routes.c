#include "routes_internal.h"

#include <assert.h>
#include <string.h>

#include "liqd/base/map.h"

/* Routes of one path, and of several, which are made of those of one. */
#define SINGLE_MAX 8u
static_assert(SINGLE_MAX < LQ_SWAP_ROUTE_MAX, "room for splits");

/* Of those of one path, how many of the deepest take the place of one of so many times less
   depth: a pool with next to nothing in it may have any price, and a few of them
   would leave no place for what money can go through. */
#define DEEP_MAX   3u
#define DEEP_TIMES 1024.0
static_assert(DEEP_MAX < SINGLE_MAX, "others have places too");

/* What the doubles of a spot are off, and more. */
#define SPOT_ERROR 1e-12

#define Q96 79228162514264337593543950336.0 /* 2^96 */

/* Pools that a token is of: rising keys of token, the other token, pool, and whether the token is
   the pool's token0. */
typedef uint64_t side_t;
#define SIDE_POOL_BITS  16
#define SIDE_TOKEN_BITS 16

struct lq_routes {
    lq_routes_view_t view;
    bool is_stale;
    uint32_t written_cnt; /* when the index was made */
    lq_map_t *map;        /* of tokens */
    uint32_t token_cnt;
    uint32_t blank_cnt;
    side_t *sides;   /* of all tokens, one behind the other */
    uint32_t *first; /* the first side of each token; behind the last one the end */
    uint32_t *blank; /* pools without tokens */
    bool is_moved;
    lq_venue_pool_t *copies; /* by pool and direction, of those that were moved */
};

/* A pool on the way; depth: units out that it has at its price, to steer by. */
typedef struct hop {
    double price;
    double depth;
    lq_swap_hop_t pool;
} hop_t;

/* Pools from one token to another that can be used, the best first, of equals the first. */
typedef struct hops {
    uint32_t cnt;
    lq_no_route_t miss; /* NONE where there is one, else the nearest */
    hop_t best[SINGLE_MAX];
    hop_t deepest; /* of all, also of those that have no place */
} hops_t;

/* A route of one path. */
typedef struct single {
    lq_swap_route_t route;
    double depth; /* units out, of the shallower pool */
} single_t;

/* What is found: the best first; and the deepest of each way to go. */
typedef struct search {
    size_t cnt;
    lq_no_route_t miss;
    single_t best[SINGLE_MAX];
    size_t deep_cnt;
    single_t deep[DEEP_MAX];
} search_t;

static side_t side_of(uint32_t token, uint32_t other, uint32_t pool, bool is_token0)
{
    return (((side_t)token << SIDE_TOKEN_BITS | other) << SIDE_POOL_BITS | pool) << 1 | is_token0;
}

static uint32_t side_other(side_t side)
{
    return (uint32_t)(side >> (1 + SIDE_POOL_BITS)) & ((1u << SIDE_TOKEN_BITS) - 1);
}

static lq_swap_hop_t side_hop(side_t side, bool into)
{
    uint32_t pool = (uint32_t)(side >> 1) & ((1u << SIDE_POOL_BITS) - 1);
    return (lq_swap_hop_t){pool, (bool)(side & 1) != into};
}

size_t lq_routes_arena_sz(size_t pool_cnt)
{
    size_t tokens = 2 * pool_cnt + 1;
    return sizeof(lq_routes_t) + tokens * (sizeof(side_t) + sizeof(uint32_t) + 64) +
           pool_cnt * (sizeof(uint32_t) + 2 * (sizeof(lq_venue_pool_t) + sizeof(void *))) +
           (size_t)8 * LQ_CACHE_LINE_SZ + 256;
}

lq_err_t lq_routes_new(lq_routes_t **routes, lq_arena_t *arena, const lq_routes_view_t *view,
                       uint64_t seed)
{
    size_t max = 2 * view->pool_cnt;
    lq_routes_t *r = lq_arena_alloc(arena, sizeof(*r), LQ_CACHE_LINE_SZ);
    side_t *sides = lq_arena_alloc(arena, max * sizeof(*sides), LQ_CACHE_LINE_SZ);
    uint32_t *first = lq_arena_alloc(arena, (max + 1) * sizeof(*first), LQ_CACHE_LINE_SZ);
    uint32_t *blank = lq_arena_alloc(arena, view->pool_cnt * sizeof(*blank), LQ_CACHE_LINE_SZ);
    lq_venue_pool_t *copies = lq_arena_alloc(arena, max * sizeof(*copies), LQ_CACHE_LINE_SZ);
    const lq_venue_pool_t **moved = lq_arena_alloc(arena, max * sizeof(void *), LQ_CACHE_LINE_SZ);
    lq_map_t *map;
    if (!copies || !moved || !r || !sides || !first || !blank ||
        lq_map_new(&map, arena, 20, max ? max : 1, seed))
        return LQ_ERR_NOMEM;
    *r = (lq_routes_t){.view = *view,
                       .is_stale = true,
                       .map = map,
                       .sides = sides,
                       .first = first,
                       .blank = blank,
                       .copies = copies};
    memset(moved, 0, max * sizeof(void *));
    r->view.moved = moved;
    *routes = r;
    return LQ_OK;
}

void lq_routes_stale(lq_routes_t *routes)
{
    routes->is_stale = true;
}

/* Shell's sort: no memory, and this is rare. */
static void sort(side_t *sides, uint32_t cnt)
{
    for (uint32_t gap = 364; gap; gap /= 3)
        for (uint32_t i = gap; i < cnt; i++) {
            side_t side = sides[i];
            uint32_t j = i;
            for (; j >= gap && sides[j - gap] > side; j -= gap)
                sides[j] = sides[j - gap];
            sides[j] = side;
        }
}

static uint32_t have_token(lq_routes_t *r, const lq_address_t *address)
{
    uint32_t token = r->token_cnt;
    if (lq_map_find(r->map, &token, address->b)) {
        LQ_ASSERT(!lq_map_insert(r->map, address->b, token));
        r->token_cnt++;
    }
    return token;
}

static void refresh(lq_routes_t *r)
{
    static const lq_address_t zero;
    uint32_t side_cnt = 0;
    uint32_t written_cnt = r->view.written_cnt ? *r->view.written_cnt : 0;
    if (!r->is_stale && r->written_cnt == written_cnt)
        return;
    r->is_stale = false;
    r->written_cnt = written_cnt;
    r->token_cnt = 0;
    r->blank_cnt = 0;
    lq_map_clear(r->map);
    for (uint32_t i = 0; i < r->view.pool_cnt; i++) {
        const lq_address_t *tokens = lq_routes_pool(&r->view, i)->tokens;
        if (memcmp(&tokens[0], &tokens[1], sizeof(tokens[0])) == 0) {
            if (memcmp(&tokens[0], &zero, sizeof(zero)) == 0)
                r->blank[r->blank_cnt++] = i;
            continue;
        }
        uint32_t token0 = have_token(r, &tokens[0]);
        uint32_t token1 = have_token(r, &tokens[1]);
        r->sides[side_cnt++] = side_of(token0, token1, i, true);
        r->sides[side_cnt++] = side_of(token1, token0, i, false);
    }
    sort(r->sides, side_cnt);
    for (uint32_t i = 0, token = 0; token <= r->token_cnt; token++) {
        while (i < side_cnt && r->sides[i] < side_of(token, 0, 0, false))
            i++;
        r->first[token] = i;
    }
}

double lq_routes_price(const lq_routes_view_t *view, const lq_swap_hop_t *hop)
{
    const lq_venue_pool_t *pool = lq_routes_pool_of(view, hop);
    bool is_v2 = pool->config.kind == LQ_VENUE_UNISWAP_V2;
    uint32_t fee_pips = is_v2 ? pool->fee_pips : pool->v3.fee_pips;
    if (pool->status != LQ_NO_ROUTE_NONE || fee_pips >= LQ_PIPS_ONE)
        return 0;
    double in = Q96;
    double out = in;
    if (is_v2) {
        in = lq_u256_to_double(&pool->reserves[!hop->zero_for_one]);
        out = lq_u256_to_double(&pool->reserves[hop->zero_for_one]);
    } else if (hop->zero_for_one) {
        out = lq_u256_to_double(&pool->v3.sqrt);
    } else {
        in = lq_u256_to_double(&pool->v3.sqrt);
    }
    double price = in > 0 ? out / in : 0;
    return (is_v2 ? price : price * price) * ((double)(LQ_PIPS_ONE - fee_pips) / LQ_PIPS_ONE);
}

/* Units out that HOP's pool has, in v3's case virtual ones. */
static double depth_of(const lq_routes_view_t *view, const lq_swap_hop_t *hop)
{
    const lq_venue_pool_t *pool = lq_routes_pool_of(view, hop);
    if (pool->config.kind == LQ_VENUE_UNISWAP_V2)
        return lq_u256_to_double(&pool->reserves[hop->zero_for_one]);
    double sqrt = lq_u256_to_double(&pool->v3.sqrt) / Q96;
    double liquidity = (double)pool->v3.liquidity;
    return hop->zero_for_one ? liquidity * sqrt : liquidity / sqrt;
}

static lq_no_route_t nearer(lq_no_route_t a, lq_no_route_t b)
{
    return a < b ? a : b;
}

/* Sets HOPS to those of the sides from I to END; INTO: to their token, not from it. */
static void gather(const lq_routes_t *r, hops_t *hops, uint32_t i, uint32_t end, bool into)
{
    hops->cnt = 0;
    hops->miss = LQ_NO_ROUTE_NO_POOL;
    for (; i < end; i++) {
        hop_t hop = {.pool = side_hop(r->sides[i], into)};
        hop.price = lq_routes_price(&r->view, &hop.pool);
        lq_no_route_t status = lq_routes_pool_of(&r->view, &hop.pool)->status;
        if (!(hop.price > 0)) {
            hops->miss = nearer(hops->miss, status ? status : LQ_NO_ROUTE_EMPTY);
            continue;
        }
        hops->miss = LQ_NO_ROUTE_NONE;
        hop.depth = depth_of(&r->view, &hop.pool);
        if (!hops->cnt || hop.depth > hops->deepest.depth)
            hops->deepest = hop;
        uint32_t at = hops->cnt;
        while (at && hops->best[at - 1].price < hop.price)
            at--;
        if (at == SINGLE_MAX)
            continue;
        hops->cnt += hops->cnt < SINGLE_MAX;
        memmove(&hops->best[at + 1], &hops->best[at], (hops->cnt - at - 1) * sizeof(hops->best[0]));
        hops->best[at] = hop;
    }
}

/* Whether A comes before B: of equals the shorter, then the one of the first pools. */
static bool is_before(const single_t *a, const single_t *b)
{
    const lq_swap_path_t *p = &a->route.paths[0];
    const lq_swap_path_t *q = &b->route.paths[0];
    if (a->route.spot < b->route.spot || a->route.spot > b->route.spot)
        return a->route.spot > b->route.spot;
    if (p->hop_cnt != q->hop_cnt)
        return p->hop_cnt < q->hop_cnt;
    for (uint32_t i = 0; i < p->hop_cnt; i++)
        if (p->hops[i].pool != q->hops[i].pool)
            return p->hops[i].pool < q->hops[i].pool;
    return false;
}

/* Puts SINGLE among the best; false: it and what is not before it has no place. */
static bool found(search_t *s, const single_t *single)
{
    size_t at = s->cnt;
    while (at && is_before(single, &s->best[at - 1]))
        at--;
    if (at == SINGLE_MAX)
        return false;
    s->cnt += s->cnt < SINGLE_MAX;
    memmove(&s->best[at + 1], &s->best[at], (s->cnt - at - 1) * sizeof(s->best[0]));
    s->best[at] = *single;
    return true;
}

/* Puts SINGLE among the deepest, of equals behind those found before. */
static void found_deep(search_t *s, const single_t *single)
{
    size_t at = s->deep_cnt;
    while (at && s->deep[at - 1].depth < single->depth)
        at--;
    if (at == DEEP_MAX)
        return;
    s->deep_cnt += s->deep_cnt < DEEP_MAX;
    memmove(&s->deep[at + 1], &s->deep[at], (s->deep_cnt - at - 1) * sizeof(s->deep[0]));
    s->deep[at] = *single;
}

/* The path through A, then B; NULL: A alone. */
static single_t through(const hop_t *a, const hop_t *b)
{
    single_t out = {.route = {.path_cnt = 1, .spot = a->price, .paths = {{.hop_cnt = b ? 2 : 1}}},
                    .depth = a->depth};
    out.route.paths[0].hops[0] = a->pool;
    if (b) {
        out.route.spot *= b->price;
        out.route.paths[0].hops[1] = b->pool;
        out.depth *= b->price;
        out.depth = b->depth < out.depth ? b->depth : out.depth;
    }
    out.route.spot *= 1 + SPOT_ERROR;
    return out;
}

static void found_direct(search_t *s, const hops_t *hops)
{
    s->miss = nearer(s->miss, hops->miss);
    if (!hops->cnt)
        return;
    for (uint32_t i = 0; i < hops->cnt; i++) {
        single_t single = through(&hops->best[i], NULL);
        (void)found(s, &single);
    }
    single_t deepest = through(&hops->deepest, NULL);
    found_deep(s, &deepest);
}

/* Paths through A, then B. */
static void found_two(search_t *s, const hops_t *a, const hops_t *b)
{
    s->miss = nearer(s->miss, a->miss > b->miss ? a->miss : b->miss);
    if (!a->cnt || !b->cnt)
        return;
    for (uint32_t i = 0; i < a->cnt; i++)
        for (uint32_t j = 0; j < b->cnt; j++) {
            single_t single = through(&a->best[i], &b->best[j]);
            if (!found(s, &single))
                break;
        }
    single_t deepest = through(&a->deepest, &b->deepest);
    found_deep(s, &deepest);
}

static bool is_among_best(const search_t *s, const single_t *single)
{
    for (size_t i = 0; i < s->cnt; i++)
        if (!is_before(&s->best[i], single) && !is_before(single, &s->best[i]))
            return true;
    return false;
}

/* Has the deepest that have no place take those of the last that have next to nothing. */
static void keep_deep(search_t *s)
{
    for (size_t i = 0; i < s->deep_cnt; i++) {
        const single_t *deep = &s->deep[i];
        size_t at = s->cnt;
        while (at && !(s->best[at - 1].depth * DEEP_TIMES < deep->depth))
            at--;
        if (!at || is_among_best(s, deep))
            continue;
        s->cnt--;
        memmove(&s->best[at - 1], &s->best[at], (s->cnt + 1 - at) * sizeof(s->best[0]));
        (void)found(s, deep);
    }
}

static uint32_t same_other(const lq_routes_t *r, uint32_t i, uint32_t end)
{
    uint32_t other = side_other(r->sides[i]);
    while (i < end && side_other(r->sides[i]) == other)
        i++;
    return i;
}

/* Finds the paths from one token to another: the sides of both stand in the order of the token on
   their far side, hence one walk along both finds all that have one in common. */
static void walk(const lq_routes_t *r, search_t *s, uint32_t token_in, uint32_t token_out)
{
    uint32_t i = r->first[token_in];
    uint32_t j = r->first[token_out];
    uint32_t i_end = r->first[token_in + 1];
    uint32_t j_end = r->first[token_out + 1];
    hops_t a;
    hops_t b;
    while (i < i_end) {
        uint32_t other = side_other(r->sides[i]);
        uint32_t i_next = same_other(r, i, i_end);
        if (other == token_out) {
            gather(r, &a, i, i_next, false);
            found_direct(s, &a);
        }
        while (j < j_end && side_other(r->sides[j]) < other)
            j++;
        if (j < j_end && side_other(r->sides[j]) == other) {
            uint32_t j_next = same_other(r, j, j_end);
            gather(r, &a, i, i_next, false);
            gather(r, &b, j, j_next, true);
            found_two(s, &a, &b);
            j = j_next;
        }
        i = i_next;
    }
}

static bool share(const lq_swap_route_t *a, const lq_swap_route_t *b)
{
    const lq_swap_path_t *p = &a->paths[0];
    const lq_swap_path_t *q = &b->paths[0];
    for (uint32_t i = 0; i < p->hop_cnt; i++)
        for (uint32_t j = 0; j < q->hop_cnt; j++)
            if (p->hops[i].pool == q->hops[j].pool)
                return true;
    return false;
}

/* Appends the split over those of one path that PICKS names, rising, where no two share a pool, in
   its place among the splits from FROM on. Returns how many there are then. */
static size_t put_split(lq_swap_route_t *out, size_t from, size_t cnt, const size_t *picks,
                        uint32_t pick_cnt)
{
    if (cnt == LQ_SWAP_ROUTE_MAX)
        return cnt;
    for (uint32_t i = 0; i < pick_cnt; i++)
        for (uint32_t j = 0; j < i; j++)
            if (share(&out[picks[i]], &out[picks[j]]))
                return cnt;
    lq_swap_route_t route = {.path_cnt = pick_cnt, .spot = out[picks[0]].spot};
    for (uint32_t i = 0; i < pick_cnt; i++)
        route.paths[i] = out[picks[i]].paths[0];
    size_t at = cnt;
    while (at > from && out[at - 1].spot < route.spot)
        at--;
    memmove(&out[at + 1], &out[at], (cnt - at) * sizeof(out[0]));
    out[at] = route;
    return cnt + 1;
}

/* Appends splits over the SINGLE_CNT routes of one path: all over the best two, then all others
   over the best three, and so on until there is no more room. */
static size_t put_splits(lq_swap_route_t *out, size_t single_cnt)
{
    size_t cnt = single_cnt;
    for (size_t k = 1; k < single_cnt; k++) {
        for (size_t i = 0; i < k; i++)
            cnt = put_split(out, single_cnt, cnt, (size_t[]){i, k}, 2);
        for (size_t j = 1; j < k; j++)
            for (size_t i = 0; i < j; i++)
                cnt = put_split(out, single_cnt, cnt, (size_t[]){i, j, k}, 3);
    }
    return cnt;
}

static size_t find(void *ctx, lq_swap_route_t out[LQ_SWAP_ROUTE_MAX], lq_no_route_t *why,
                   const lq_address_t *token_in, const lq_address_t *token_out)
{
    lq_routes_t *r = ctx;
    search_t s = {.miss = LQ_NO_ROUTE_NO_POOL};
    uint32_t in;
    uint32_t to;
    refresh(r);
    bool differ = memcmp(token_in, token_out, sizeof(*token_in)) != 0;
    if (differ && !lq_map_find(r->map, &in, token_in->b) && !lq_map_find(r->map, &to, token_out->b))
        walk(r, &s, in, to);
    if (s.cnt) {
        keep_deep(&s);
        for (size_t i = 0; i < s.cnt; i++)
            out[i] = s.best[i].route;
        return put_splits(out, s.cnt);
    }
    for (uint32_t i = 0; differ && i < r->blank_cnt; i++)
        if (lq_routes_pool(&r->view, r->blank[i])->status == LQ_NO_ROUTE_UNREAD)
            s.miss = nearer(s.miss, LQ_NO_ROUTE_UNREAD);
    *why = s.miss;
    return 0;
}

static lq_err_t given_in(void *ctx, lq_swap_t *out, const lq_swap_route_t *route,
                         const lq_u256_t *amount_in)
{
    const lq_routes_t *r = ctx;
    return lq_routes_quote(&r->view, out, route, amount_in, false);
}

static lq_err_t given_out(void *ctx, lq_swap_t *out, const lq_swap_route_t *route,
                          const lq_u256_t *amount_out)
{
    const lq_routes_t *r = ctx;
    return lq_routes_quote(&r->view, out, route, amount_out, true);
}

static void move(void *ctx, const lq_swap_t *swap)
{
    lq_routes_t *r = ctx;
    for (uint32_t i = 0; i < swap->leg_cnt; i++) {
        const lq_swap_hop_t *hop = &swap->legs[i].hop;
        if (hop->pool >= r->view.pool_cnt)
            continue;
        size_t at = lq_routes_moved_at(hop);
        if (!r->view.moved[at])
            r->copies[at] = *lq_routes_pool(&r->view, hop->pool);
        r->view.moved[at] = &r->copies[at];
        lq_routes_move(&r->view, &r->copies[at], &swap->legs[i]);
        r->is_moved = true;
    }
}

static void back(void *ctx)
{
    lq_routes_t *r = ctx;
    if (r->is_moved)
        memset(r->view.moved, 0, 2 * r->view.pool_cnt * sizeof(void *));
    r->is_moved = false;
}

lq_swaps_t lq_routes_swaps(lq_routes_t *routes)
{
    return (lq_swaps_t){routes, find, given_in, given_out, move, back};
}
