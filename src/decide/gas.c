#include "liqd/decide/gas.h"

#include <string.h>

#include "liqd/base/map.h"
#include "liqd/base/rng.h"

#include "bytes_internal.h"

#define NONE        UINT32_MAX
#define BUCKET_CNT  512u /* chains by instance and shape */
#define SHAPE_CNT   128u
#define KEY_SZ      20u
#define KEY_SUM_CNT 2u
#define PPM         1000000u

/* How far apart two tokens count, in gas, beside two kinds of different legs, pools and calls: what
   the transfer of one token takes more than that of another, behind a proxy and with hooks. */
#define TOKEN_GAS 20000u

/* What is written to memory: see lq_gas_save. */
static const char magic[MEMORY_MAGIC_SZ] = {'L', 'I', 'Q', 'D', 'G', 'A', 'S', 0};
#define MEMORY_VERSION 2u
#define KIND_SZ        52u
#define ROW_SZ         (KIND_SZ + 4u + 4u * LQ_GAS_SAMPLE_CNT)

/* A list through the rows, newest first. */
typedef struct link {
    uint32_t newer;
    uint32_t older;
} link_t;

typedef struct row {
    lq_gas_kind_t kind;
    uint32_t units[LQ_GAS_SAMPLE_CNT]; /* a ring */
    uint32_t unit_cnt;                 /* in use */
    uint32_t next;
    link_t all;
    link_t like; /* of the same bucket */
} row_t;

struct lq_gas {
    lq_map_t *map; /* digest of a kind to its row */
    row_t *rows;
    uint32_t row_max;
    uint32_t row_cnt;
    uint32_t newest;
    uint32_t oldest;
    uint64_t seeds[KEY_SUM_CNT];
    uint32_t buckets[BUCKET_CNT]; /* the newest row of each */
};

/* ---- floors ---- */

/* Measured by tests/devnet/measure_gas.mjs --borrowers 200 (seed 1) on the development chain with
   the real contracts: receipts of an account of its own that calls the pool, each call on the same
   state, least to most. The tokens there are plain ERC-20s; those behind a proxy or with hooks take
   more, so that these are floors elsewhere too.

       Aave v3.6     2 legs   a part                            341 882 - 351 779
                              a part, second in its block       312 266 - 322 163
                              closes a debt                     344 493 - 344 989
                              takes all, bad debt               344 944 - 355 077
                              a part, first of its token        358 982
                     3        takes all                         385 590 - 386 017
                              closes a debt                     391 748 - 393 155
                     4        a part                            415 241 - 417 273
                              closes a debt                     416 483 - 421 783
                     5        a part                            448 256 - 455 162
                     6        a part                            492 906 - 495 308
                     2        further call in a transaction     113 413
                     5        further call in a transaction     135 049
       Aave v3.0.2   3        a part                            444 320 - 454 603
                              a part, second in its block       406 203 - 413 204
                     4        a part                            483 424 - 487 173
                     5        a part                            514 927 - 533 926
                     6        a part                            569 864 - 584 438
                     3        further call in a transaction     136 726
       Morpho Blue   2        a part                            145 887 - 156 561
                              a part, second in its block       129 238 - 129 417
                              takes all, bad debt               144 498 - 155 124
                              further call in a transaction      37 854 -  37 997

   A call: the second in its block, which finds the reserves accrued. A further call: the second on
   the same account in a transaction by Multicall3, whose slots the first has warmed; it is far
   below a call less the 21 000 of the transaction. A leg: 31 503 and more, but for 24 735 once,
   where the tokens were others. Morpho's accounts have two legs.

   Through the executor, on the same chain, 2 legs, no tick crossed: a part of USDC for WETH, and
   for WBTC by way of WETH. Least to most of Aave v3.6, v3.0.2 and Morpho Blue:

       a loan of Morpho, one v3 pool                            301 931 - 558 930
              one more v3 pool on the path                       67 000 -  84 700
              a v2 pair in place of a v3 pool                     8 300 -   9 600
              one more path, of a v2 pair                        82 300 -  89 100
       a loan of a v3 pool in place of Morpho's                             31 600
       a loan of Aave's in place of it: of the same pool         30 200 -  32 000
              of another, cold                                   85 800 - 108 400

   So the executor with Morpho's loan takes 63 000 and more beside the call and the pool.

   The most: the dearest of the protocol's versions (v3.0.2, 454 603 with 3 legs, of which one is
   50 500), a slot for the first of a token (17 100), and what the executor takes beside the call
   with an inventory: 47 000 of Morpho's calls in tests/e2e/run.mjs, receipts of some 800 takes, in
   which also a further call, of other tokens than the first, came to 250 000 with its allowance,
   and the executor with Morpho's loan to 106 000 beside call and pool. */
#define EXECUTOR_FLOOR .pool = 67000, .flash = 63000, .aave_lends = 30000, .pool_lends = 31600
#define EXECUTOR_MOST  .pool = 85000, .flash = 106000, .aave_lends = 108400, .pool_lends = 31600

static const lq_gas_floor_t aave_v3_most = {
    .call = 480000, .further_call = 250000, .leg = 50500, EXECUTOR_MOST};
static const lq_gas_floor_t morpho_blue_most = {
    .call = 205000, .further_call = 85000, .leg = 0, EXECUTOR_MOST};
static const lq_gas_floor_t aave_v3_floor = {
    .call = 312000, .further_call = 113000, .leg = 31500, EXECUTOR_FLOOR, .most = &aave_v3_most};
static const lq_gas_floor_t morpho_blue_floor = {
    .call = 129000, .further_call = 37800, .leg = 0, EXECUTOR_FLOOR, .most = &morpho_blue_most};

static const struct {
    const char *adapter;
    const lq_gas_floor_t *floor;
} floors[] = {
    {"aave_v3", &aave_v3_floor},
    {"morpho_blue", &morpho_blue_floor},
};

const lq_gas_floor_t *lq_gas_floor_of(const char *adapter)
{
    for (size_t i = 0; i < LQ_ARRAY_CNT(floors); i++)
        if (strcmp(floors[i].adapter, adapter) == 0)
            return floors[i].floor;
    return NULL;
}

static uint32_t clip(uint64_t units)
{
    return units < UINT32_MAX ? (uint32_t)units : UINT32_MAX;
}

/* What FLOOR says of KIND but for its pools. */
static uint64_t floor_of_calls(const lq_gas_floor_t *floor, const lq_gas_kind_t *kind)
{
    uint64_t units = floor->call;
    if (kind->call_cnt > 1)
        units += clip((uint64_t)(kind->call_cnt - 1) * floor->further_call);
    if (kind->leg_cnt > 2)
        units += clip((uint64_t)(kind->leg_cnt - 2) * floor->leg);
    if (kind->shape & LQ_GAS_FLASH)
        units += floor->flash;
    if (kind->shape & LQ_GAS_AAVE_LENDS)
        units += floor->aave_lends;
    if (kind->shape & LQ_GAS_POOL_LENDS)
        units += floor->pool_lends;
    return units;
}

/* And with them. Below 2^35, so that nothing below overflows. */
static uint64_t floor_of_kind(const lq_gas_floor_t *floor, const lq_gas_kind_t *kind)
{
    return floor_of_calls(floor, kind) + clip((uint64_t)kind->pool_cnt * floor->pool);
}

static uint64_t and_ppm(uint64_t units, uint32_t ppm)
{
    return units + units * ppm / PPM;
}

/* Of KIND, whose floor is LOWEST, where nothing is known. */
static uint64_t guess(const lq_gas_floor_t *floor, const lq_gas_kind_t *kind, uint32_t swap_gas,
                      uint64_t lowest)
{
    if (!floor->most)
        return and_ppm(lowest, LQ_GAS_UNKNOWN_PPM);
    return swap_gas ? floor_of_calls(floor->most, kind) + swap_gas
                    : floor_of_kind(floor->most, kind);
}

/* ---- rows ---- */

static uint32_t bucket_of(const lq_gas_kind_t *kind)
{
    return (kind->instance * SHAPE_CNT + kind->shape) % BUCKET_CNT;
}

static void unlink_row(lq_gas_t *gas, uint32_t i)
{
    row_t *row = &gas->rows[i];
    link_t all = row->all;
    link_t like = row->like;
    *(all.newer == NONE ? &gas->newest : &gas->rows[all.newer].all.older) = all.older;
    *(all.older == NONE ? &gas->oldest : &gas->rows[all.older].all.newer) = all.newer;
    uint32_t *bucket = &gas->buckets[bucket_of(&row->kind)];
    *(like.newer == NONE ? bucket : &gas->rows[like.newer].like.older) = like.older;
    if (like.older != NONE)
        gas->rows[like.older].like.newer = like.newer;
}

static void link_newest(lq_gas_t *gas, uint32_t i)
{
    row_t *row = &gas->rows[i];
    uint32_t *bucket = &gas->buckets[bucket_of(&row->kind)];
    row->all = (link_t){NONE, gas->newest};
    row->like = (link_t){NONE, *bucket};
    *(gas->newest == NONE ? &gas->oldest : &gas->rows[gas->newest].all.newer) = i;
    if (*bucket != NONE)
        gas->rows[*bucket].like.newer = i;
    gas->newest = i;
    *bucket = i;
}

/* The key of KIND: two sums from secret seeds, since whoever lists a token chooses its address. */
static void key_of(uint8_t out[KEY_SZ], const lq_gas_t *gas, const lq_gas_kind_t *kind)
{
    uint64_t words[(sizeof(*kind) + 7) / 8] = {0};
    memcpy(words, kind, sizeof(*kind));
    memset(out, 0, KEY_SZ);
    for (size_t k = 0; k < KEY_SUM_CNT; k++) {
        uint64_t sum = gas->seeds[k];
        for (size_t i = 0; i < LQ_ARRAY_CNT(words); i++)
            sum = lq_digest_word(sum, words[i]);
        memcpy(out + k * sizeof(sum), &sum, sizeof(sum));
    }
}

static bool is_kind(const row_t *row, const lq_gas_kind_t *kind)
{
    return memcmp(&row->kind, kind, sizeof(*kind)) == 0;
}

/* ---- making ---- */

/* As map.h says of its memory. */
static size_t map_sz(size_t kind_max)
{
    return 128 + (kind_max + (kind_max + 1) / 2) * 32;
}

size_t lq_gas_arena_sz(size_t kind_max)
{
    return sizeof(lq_gas_t) + kind_max * sizeof(row_t) + map_sz(kind_max) +
           3 * (size_t)LQ_CACHE_LINE_SZ;
}

static void forget_all(lq_gas_t *gas)
{
    lq_map_clear(gas->map);
    memset(gas->rows, 0, gas->row_max * sizeof(gas->rows[0]));
    gas->row_cnt = 0;
    gas->newest = gas->oldest = NONE;
    for (size_t i = 0; i < BUCKET_CNT; i++)
        gas->buckets[i] = NONE;
}

lq_err_t lq_gas_new(lq_gas_t **gas, lq_arena_t *arena, size_t kind_max, uint64_t seed)
{
    if (kind_max < 2 || kind_max > LQ_GAS_KIND_MAX)
        return LQ_ERR_RANGE;
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_gas_t *made = lq_arena_alloc(arena, sizeof(*made), LQ_CACHE_LINE_SZ);
    row_t *rows = lq_arena_alloc(arena, kind_max * sizeof(*rows), LQ_CACHE_LINE_SZ);
    lq_map_t *map;
    if (!made || !rows || lq_map_new(&map, arena, KEY_SZ, kind_max, seed)) {
        lq_arena_rewind(arena, mark);
        return LQ_ERR_NOMEM;
    }
    *made = (lq_gas_t){.map = map, .rows = rows, .row_max = (uint32_t)kind_max};
    lq_rng_t rng;
    lq_rng_seed(&rng, ~seed);
    for (size_t k = 0; k < KEY_SUM_CNT; k++)
        made->seeds[k] = lq_rng_u64(&rng);
    forget_all(made);
    *gas = made;
    return LQ_OK;
}

/* ---- learning ---- */

static void take_out(lq_gas_t *gas, uint32_t i)
{
    uint8_t key[KEY_SZ];
    key_of(key, gas, &gas->rows[i].kind);
    lq_err_t err = lq_map_remove(gas->map, key);
    LQ_ASSERT(!err);
    unlink_row(gas, i);
}

/* A row for KIND, whose KEY is not there: a new one, or the one that was learned from longest ago.
 */
static uint32_t add_row(lq_gas_t *gas, const lq_gas_kind_t *kind, const uint8_t key[KEY_SZ])
{
    uint32_t i = gas->row_cnt;
    if (i < gas->row_max) {
        gas->row_cnt++;
    } else {
        i = gas->oldest;
        take_out(gas, i);
    }
    gas->rows[i] = (row_t){.kind = *kind};
    lq_err_t err = lq_map_insert(gas->map, key, i);
    LQ_ASSERT(!err);
    link_newest(gas, i);
    return i;
}

static void add_units(row_t *row, uint32_t units)
{
    row->units[row->next] = units;
    row->next = (row->next + 1) % LQ_GAS_SAMPLE_CNT;
    if (row->unit_cnt < LQ_GAS_SAMPLE_CNT)
        row->unit_cnt++;
}

void lq_gas_learn(lq_gas_t *gas, const lq_gas_kind_t *kind, uint32_t units)
{
    LQ_ASSERT(kind->shape < SHAPE_CNT);
    uint8_t key[KEY_SZ];
    uint32_t i;
    key_of(key, gas, kind);
    if (lq_map_find(gas->map, &i, key)) {
        i = add_row(gas, kind, key);
    } else {
        unlink_row(gas, i);
        if (!is_kind(&gas->rows[i], kind)) /* of one sum by chance: the new one takes its place */
            gas->rows[i] = (row_t){.kind = *kind};
        link_newest(gas, i);
    }
    add_units(&gas->rows[i], units);
}

/* ---- estimating ---- */

/* The largest of ROW, whose floor is LOWEST, that does not stand alone. */
static uint64_t largest_of(const row_t *row, uint64_t lowest)
{
    uint64_t most = 0;
    uint64_t next = lowest;
    for (size_t i = 0; i < row->unit_cnt; i++) {
        uint64_t units = row->units[i];
        if (units > most) {
            next = most > next ? most : next;
            most = units;
        } else if (units > next) {
            next = units;
        }
    }
    return most <= LQ_GAS_ALONE_MAX * next ? most : and_ppm(next, LQ_GAS_UNKNOWN_PPM);
}

static uint64_t distance_of(uint64_t a, uint64_t b, uint64_t each)
{
    return (a > b ? a - b : b - a) * each;
}

/* How far the kind of ROW is from KIND, in gas. */
static uint64_t distance(const row_t *row, const lq_gas_kind_t *kind, const lq_gas_floor_t *floor)
{
    const lq_gas_kind_t *of = &row->kind;
    uint64_t d = distance_of(of->leg_cnt, kind->leg_cnt, floor->leg) +
                 distance_of(of->pool_cnt, kind->pool_cnt, floor->pool) +
                 distance_of(of->call_cnt, kind->call_cnt, floor->further_call);
    if (memcmp(&of->collateral_token, &kind->collateral_token, sizeof(kind->collateral_token)) != 0)
        d += TOKEN_GAS;
    if (memcmp(&of->debt_token, &kind->debt_token, sizeof(kind->debt_token)) != 0)
        d += TOKEN_GAS;
    return d;
}

/* What KIND may take more than OF, whose floor is MORE lower. */
static uint64_t more_of(const lq_gas_floor_t *floor, const lq_gas_kind_t *kind,
                        const lq_gas_kind_t *of, uint64_t more)
{
    uint64_t to = floor->most ? floor_of_kind(floor->most, kind) : 0;
    uint64_t from = floor->most ? floor_of_kind(floor->most, of) : 0;
    more = and_ppm(more, LQ_GAS_UNKNOWN_PPM);
    return to > from && to - from > more ? to - from : more;
}

/* What ROW took, moved by what KIND has more or less of: more counts for what it may take, less for
   what it takes at least. */
static uint64_t moved(const row_t *row, const lq_gas_kind_t *kind, const lq_gas_floor_t *floor)
{
    uint64_t to = floor_of_kind(floor, kind);
    uint64_t from = floor_of_kind(floor, &row->kind);
    uint64_t units = largest_of(row, from);
    if (to >= from)
        return units + more_of(floor, kind, &row->kind, to - from);
    return units > from - to ? units - (from - to) : 0;
}

/* What the nearest of the same instance and shape makes expect, the larger of equals; where there
   is none FIRST. */
static uint64_t nearest(const lq_gas_t *gas, const lq_gas_kind_t *kind, const lq_gas_floor_t *floor,
                        uint64_t first)
{
    uint64_t found = 0;
    uint64_t least = UINT64_MAX;
    unsigned seen_cnt = 0;
    for (uint32_t i = gas->buckets[bucket_of(kind)]; i != NONE && seen_cnt < LQ_GAS_NEAR_MAX;
         i = gas->rows[i].like.older) {
        const row_t *row = &gas->rows[i];
        if (row->kind.instance != kind->instance) /* a bucket has one shape */
            continue;
        seen_cnt++;
        uint64_t d = distance(row, kind, floor);
        if (d > least)
            continue;
        uint64_t units = moved(row, kind, floor);
        if (d < least || units > found)
            found = units;
        least = d;
    }
    return seen_cnt ? found : first;
}

uint32_t lq_gas_estimate(const lq_gas_t *gas, const lq_gas_kind_t *kind,
                         const lq_gas_floor_t *floor, uint32_t swap_gas)
{
    uint64_t lowest =
        swap_gas ? floor_of_calls(floor, kind) + swap_gas : floor_of_kind(floor, kind);
    uint8_t key[KEY_SZ];
    uint32_t i;
    key_of(key, gas, kind);
    bool known = !lq_map_find(gas->map, &i, key) && is_kind(&gas->rows[i], kind);
    uint64_t units = known ? largest_of(&gas->rows[i], lowest)
                           : nearest(gas, kind, floor, guess(floor, kind, swap_gas, lowest));
    return clip(units > lowest ? units : lowest);
}

uint32_t lq_gas_least(const lq_gas_t *gas, const lq_gas_kind_t *kind, const lq_gas_floor_t *floor,
                      uint32_t swap_gas)
{
    const uint8_t ends = LQ_GAS_CLOSES_DEBT | LQ_GAS_TAKES_ALL | LQ_GAS_BAD_DEBT;
    uint32_t least = UINT32_MAX;
    for (uint8_t i = 0; i <= ends; i++) {
        lq_gas_kind_t of = *kind;
        of.shape |= i;
        uint32_t units = lq_gas_estimate(gas, &of, floor, swap_gas);
        least = units < least ? units : least;
        if (gas->row_cnt == 0) /* all are one */
            break;
    }
    return least;
}

/* ---- memory: the rows, the one learned from longest ago first; of each its kind, how many units
   are known, and these, the oldest first, zeros behind them ---- */

size_t lq_gas_memory_sz(const lq_gas_t *gas)
{
    return MEMORY_HEADER_SZ + (size_t)gas->row_cnt * ROW_SZ + MEMORY_DIGEST_SZ;
}

static uint8_t *put_kind(uint8_t *out, const lq_gas_kind_t *kind)
{
    out = put_bytes(out, &kind->collateral_token, sizeof(kind->collateral_token));
    out = put_bytes(out, &kind->debt_token, sizeof(kind->debt_token));
    out = put_number(out, kind->instance, sizeof(kind->instance));
    out = put_number(out, kind->pool_cnt, sizeof(kind->pool_cnt));
    out = put_number(out, kind->leg_cnt, sizeof(kind->leg_cnt));
    out = put_number(out, kind->call_cnt, sizeof(kind->call_cnt));
    return put_number(out, kind->shape, sizeof(kind->shape));
}

static void get_kind(lq_gas_kind_t *kind, const uint8_t **p)
{
    get_bytes(&kind->collateral_token, p, sizeof(kind->collateral_token));
    get_bytes(&kind->debt_token, p, sizeof(kind->debt_token));
    kind->instance = (uint32_t)get_number(p, sizeof(kind->instance));
    kind->pool_cnt = (uint32_t)get_number(p, sizeof(kind->pool_cnt));
    kind->leg_cnt = (uint16_t)get_number(p, sizeof(kind->leg_cnt));
    kind->call_cnt = (uint8_t)get_number(p, sizeof(kind->call_cnt));
    kind->shape = (uint8_t)get_number(p, sizeof(kind->shape));
}

void lq_gas_save(const lq_gas_t *gas, uint8_t *out)
{
    uint8_t *at = put_header(out, magic, MEMORY_VERSION, gas->row_cnt);
    for (uint32_t i = gas->oldest; i != NONE; i = gas->rows[i].all.newer) {
        const row_t *row = &gas->rows[i];
        uint32_t first = row->unit_cnt < LQ_GAS_SAMPLE_CNT ? 0 : row->next;
        at = put_kind(at, &row->kind);
        at = put_number(at, row->unit_cnt, 4);
        for (uint32_t k = 0; k < LQ_GAS_SAMPLE_CNT; k++)
            at = put_number(at, row->units[(first + k) % LQ_GAS_SAMPLE_CNT], 4);
    }
    put_digest(out, at);
}

/* Learns the row at *P; false where it is none, or there twice. */
static bool load_row(lq_gas_t *gas, const uint8_t **p)
{
    lq_gas_kind_t kind;
    get_kind(&kind, p);
    uint64_t cnt = get_number(p, 4);
    uint8_t key[KEY_SZ];
    uint32_t i;
    key_of(key, gas, &kind);
    if (!cnt || cnt > LQ_GAS_SAMPLE_CNT || kind.shape >= SHAPE_CNT ||
        !lq_map_find(gas->map, &i, key))
        return false;
    i = add_row(gas, &kind, key);
    for (size_t k = 0; k < LQ_GAS_SAMPLE_CNT; k++) {
        uint32_t units = (uint32_t)get_number(p, 4);
        if (k < cnt)
            add_units(&gas->rows[i], units);
        else if (units)
            return false;
    }
    return true;
}

lq_err_t lq_gas_load(lq_gas_t *gas, const uint8_t *p, size_t sz)
{
    LQ_ASSERT(gas->row_cnt == 0);
    uint32_t cnt;
    lq_err_t err = check_memory(&cnt, magic, MEMORY_VERSION, p, sz);
    if (err)
        return err;
    if (cnt > LQ_GAS_KIND_MAX || sz != MEMORY_HEADER_SZ + cnt * (size_t)ROW_SZ + MEMORY_DIGEST_SZ)
        return LQ_ERR_SYNTAX;
    const uint8_t *at = p + MEMORY_HEADER_SZ;
    /* the first are those that would have gone, were they learned here */
    for (uint32_t i = 0; i < cnt; i++)
        if (!load_row(gas, &at)) {
            forget_all(gas);
            return LQ_ERR_SYNTAX;
        }
    return LQ_OK;
}
