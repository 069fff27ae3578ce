#ifndef LIQD_MARKET_VENUES_INTERNAL_H
#define LIQD_MARKET_VENUES_INTERNAL_H

/* What the files of venues share. */

#include <assert.h>

#include "liqd/base/map.h"
#include "liqd/codec/abi_uniswap_v3.h"
#include "liqd/market/venues.h"

#include "routes_internal.h"

/* A v3 pool's bitmap is read in chunks of so many words. The index of a subject of WORDS and of
   TICKS is the pool's number times LQ_VENUES_CHUNK_MAX and the chunk. */
#define LQ_VENUES_WORD_BITS      256
#define LQ_VENUES_CHUNK_WORD_CNT 256
#define LQ_VENUES_CHUNK_MAX      32u

/* Of each pool a row in so many ticks is remembered, from where on the order is walked. */
#define LQ_VENUES_NEAR_SHIFT 10
#define LQ_VENUES_NEAR_CNT   ((2u * LQ_V3_TICK_MAX >> LQ_VENUES_NEAR_SHIFT) + 1)

/* Of one read of ticks. */
#define LQ_VENUES_TICK_READ_MAX 200u

/* A DEAD pool is asked again about every 2^n blocks, n growing by 1 each time that it is of no use
   still, up to this. */
#define LQ_VENUES_RECHECK_SHIFT_MAX 6u

static_assert(2 * (LQ_V3_TICK_MAX / LQ_VENUES_WORD_BITS + 1) <=
                  LQ_VENUES_CHUNK_WORD_CNT * (int)LQ_VENUES_CHUNK_MAX,
              "a spacing of 1 has chunks enough");

typedef enum lq_venues_stage {
    LQ_VENUES_IDENTITY, /* to be asked what it is */
    LQ_VENUES_STATE,    /* its factory, price, liquidity, reserves */
    LQ_VENUES_FILL,     /* words and ticks; logs count from here on */
    LQ_VENUES_DONE,
    LQ_VENUES_DEAD, /* of no use for what it is: asked again in its turn */
    LQ_VENUES_STAGE_CNT,
} lq_venues_stage_t;

typedef struct lq_venues_row {
    _Alignas(LQ_UNDO_LINE_SZ) lq_venue_pool_t pool;
    uint32_t stage;     /* lq_venues_stage_t */
    uint32_t reason;    /* lq_no_route_t, of DEAD, and since then until it is DONE; NONE */
    uint32_t doubtful;  /* it was known once, and is to be read anew */
    uint32_t dead_cnt;  /* times it was found DEAD since it was DONE; 0 to RECHECK_SHIFT_MAX + 1 */
    uint32_t tokens[2]; /* numbers, from STATE on */
    /* v3 */
    uint32_t words_read;                  /* a bit for each chunk */
    uint32_t tick_cnt;                    /* rows that it has */
    uint32_t unread[LQ_VENUES_CHUNK_MAX]; /* of them not read yet */
} lq_venues_row_t;

typedef struct lq_venues_lender {
    lq_lender_kind_t kind;
    lq_address_t contract;
    lq_address_t tokens[2]; /* UNISWAP_V3: its tokens; all zero until read */
    uint32_t fee_pips;
    uint32_t known;    /* fee_pips is */
    uint32_t told_cnt; /* tokens of which it has said what it has */
} lq_venues_lender_t;

/* What one lender has of one token. */
typedef struct lq_venues_fund {
    lq_u256_t available;
    lq_address_t holder; /* AAVE_V3: the aToken; all zero: it has no such reserve to lend */
    uint32_t spare;
} lq_venues_fund_t;

#define LQ_VENUES_SET_WORDS (LQ_VENUES_POOL_MAX / 64)

typedef struct lq_venues_head {
    uint32_t token_cnt;
    uint32_t tick_cnt;   /* rows that there ever were */
    uint32_t free_first; /* rows to be used again, linked by `above`; LQ_V3_NONE */
    uint32_t free_cnt;
    uint32_t written_cnt; /* times that a pool's tokens were written */
} lq_venues_head_t;

/* Pools by what is to be asked of them: a bit each, of their numbers. */
typedef struct lq_venues_sets {
    uint64_t unread[LQ_VENUES_SET_WORDS]; /* have to be read */
    uint64_t dead[LQ_VENUES_SET_WORDS];
} lq_venues_sets_t;

struct lq_venues {
    lq_undo_t *undo;
    lq_venues_head_t *head;
    lq_venues_sets_t *sets;
    lq_venues_row_t *rows;
    lq_v3_tick_t *ticks;
    lq_address_t *tokens;
    lq_venues_lender_t *lenders;
    lq_venues_fund_t *funds; /* LQ_VENUES_TOKEN_MAX of each lender */
    /* not state */
    lq_map_t *pool_map;        /* from the config, never changed */
    lq_map_t *tick_map;        /* key of pool and tick: hints, see venues_ticks.c */
    uint32_t *near;            /* LQ_VENUES_NEAR_CNT rows of each pool: hints as well */
    lq_venues_config_t config; /* its tables are copies */
    lq_routes_t *routes;       /* told of each pool whose tokens are written */
    uint64_t settled_cnt;
};

/* ---- venues.c ---- */

bool lq_venues_is_zero(const lq_address_t *address);
bool lq_venues_same(const lq_address_t *a, const lq_address_t *b);

/* LQ_ERR_NOT_FOUND. */
lq_err_t lq_venues_find_pool(const lq_venues_t *venues, uint32_t *pool,
                             const lq_address_t *address);
lq_err_t lq_venues_find_token(const lq_venues_t *venues, uint32_t *token,
                              const lq_address_t *address);

/* The number of the token at ADDRESS, a new one where it is not there. LQ_ERR_FULL. */
lq_err_t lq_venues_have_token(lq_venues_t *venues, uint32_t *token, const lq_address_t *address);

/* What status ROW has by its stage and state. */
lq_no_route_t lq_venues_status(const lq_venues_row_t *row);

/* The first pool of SET from number FROM on; LQ_VENUES_POOL_MAX: there is none. */
uint32_t lq_venues_first_of(const uint64_t set[LQ_VENUES_SET_WORDS], uint32_t from);

/* Whether a pool at STAGE has to be read. */
bool lq_venues_is_unread(uint32_t stage);

/* set_stage moves POOL there and settles; settle sets its status to what it is now. */
void lq_venues_set_stage(lq_venues_t *venues, uint32_t pool, lq_venues_stage_t stage);
void lq_venues_settle(lq_venues_t *venues, uint32_t pool);

/* Takes POOL's ticks away and leaves it of no use for REASON. */
void lq_venues_kill(lq_venues_t *venues, uint32_t pool, lq_no_route_t reason);

/* Whether SQRT and TICK are a price that a pool can have. */
bool lq_venues_is_price(const lq_u256_t *sqrt, int32_t tick);

/* ---- venues_ticks.c: of a pool from FILL on ---- */

/* The first word of the bitmap and how many there are. */
int32_t lq_venues_word_first(const lq_venues_row_t *row);
uint32_t lq_venues_word_cnt(const lq_venues_row_t *row);
uint32_t lq_venues_chunk_cnt(const lq_venues_row_t *row);

/* The bit of all chunks; whether chunk CHUNK was read. */
uint32_t lq_venues_all_chunks(const lq_venues_row_t *row);
bool lq_venues_has_chunk(const lq_venues_row_t *row, uint32_t chunk);

/* The word that TICK's bit stands in, counted from the first, and its chunk. */
uint32_t lq_venues_word_of(const lq_venues_row_t *row, int32_t tick);
uint32_t lq_venues_chunk_of(const lq_venues_row_t *row, int32_t tick);

/* Whether a position may end at TICK. */
bool lq_venues_is_end(const lq_venues_row_t *row, int32_t tick);

/* A place in the order of a pool's ticks: the rows at or below TICK and above it; LQ_V3_NONE. */
typedef struct lq_venues_place {
    uint32_t below;
    uint32_t above;
} lq_venues_place_t;
lq_venues_place_t lq_venues_place(const lq_venues_t *venues, uint32_t pool, int32_t tick);

/* The row of TICK, or LQ_V3_NONE: PLACE is then where it would stand. */
uint32_t lq_venues_find_tick(lq_venues_t *venues, lq_venues_place_t *place, uint32_t pool,
                             int32_t tick);

/* insert returns the new row of TICK, not read yet, at PLACE; LQ_V3_NONE: there is no room. remove
   takes a ROW away, remove_all those of POOL. */
uint32_t lq_venues_insert_tick(lq_venues_t *venues, uint32_t pool, int32_t tick,
                               lq_venues_place_t place);
void lq_venues_remove_tick(lq_venues_t *venues, uint32_t tick_row);
void lq_venues_remove_ticks(lq_venues_t *venues, uint32_t pool);

/* Whether a tick can say GROSS and NET: positions that begin less those that end here, of all. */
bool lq_venues_is_tick(lq_u128_t gross, lq_i128_t net);

/* What is read of a row: GROSS above 0. */
void lq_venues_set_tick(lq_venues_t *venues, uint32_t tick_row, lq_u128_t gross, lq_i128_t net);

/* Whether the ticks of POOL, all read, say what its liquidity is, and end all that they begin. */
bool lq_venues_sums_agree(const lq_venues_t *venues, uint32_t pool);

/* Makes the hints to ticks again. */
void lq_venues_map_again(lq_venues_t *venues);

/* ---- venues_read.c ---- */

/* Calls of one word of the bitmap and of one tick. LQ_ERR_FULL. */
lq_err_t lq_venues_word_read(const lq_venues_row_t *row, lq_calls_t *calls, int32_t word);
lq_err_t lq_venues_tick_read(const lq_venues_row_t *row, lq_calls_t *calls, int32_t tick);

/* What liquidity() and slot0() said, and ticks(). False: they do not decode. */
bool lq_venues_get_v3(lq_u256_t *liquidity, lq_abi_uniswap_v3_slot0_ret_t *slot0,
                      const lq_read_result_t r[2]);
bool lq_venues_get_tick(lq_u128_t *gross, lq_i128_t *net, const lq_read_result_t *r);

/* ---- venues_lender.c ---- */

lq_err_t lq_venues_lender_reads(const lq_venues_t *venues, lq_calls_t *calls, uint32_t lender);
bool lq_venues_lender_answer(lq_venues_t *venues, uint32_t lender, const lq_read_result_t *results,
                             size_t cnt);

#endif
