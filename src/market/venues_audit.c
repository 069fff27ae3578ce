/* Audits: what a pool should say and what it said. Of a v3 pool's ticks and words one each is
   asked, by TURN. */

#include "liqd/codec/abi_uniswap_v2.h"

#include "venues_internal.h"

enum {
    V3_LIQUIDITY,
    V3_SLOT0,
    V3_WORD,
    V3_TICK,
    V3_FEE,
    V3_CNT,
};

/* Ticks of a pool that are walked to choose one. */
#define WALK_MAX 256u

/* What TURN chooses. */
typedef struct chosen {
    int32_t word;
    int32_t tick;
    uint32_t tick_row;
} chosen_t;

/* Of few ticks any, in turn. Of many one some places above any tick: to walk all is dear. */
static uint32_t choose_row(const lq_venues_t *venues, uint32_t pool, uint64_t turn)
{
    const lq_venues_row_t *row = &venues->rows[pool];
    const lq_v3_tick_t *ticks = venues->ticks;
    uint32_t lowest = lq_venues_place(venues, pool, LQ_V3_TICK_MIN - 1).above;
    if (row->tick_cnt <= WALK_MAX) {
        uint32_t i = lowest;
        for (uint64_t left = turn % row->tick_cnt; left; left--)
            i = ticks[i].above;
        return i;
    }
    uint64_t any = turn * 0x9e3779b97f4a7c15u % ((uint64_t)2 * LQ_V3_TICK_MAX);
    uint32_t i = lq_venues_place(venues, pool, (int32_t)any - LQ_V3_TICK_MAX).above;
    if (i == LQ_V3_NONE)
        i = lowest;
    for (uint64_t left = turn % WALK_MAX; left && ticks[i].above != LQ_V3_NONE; left--)
        i = ticks[i].above;
    return i;
}

static chosen_t choose(const lq_venues_t *venues, const lq_venues_row_t *row, uint64_t turn)
{
    const lq_v3_tick_t *ticks = venues->ticks;
    uint32_t i = choose_row(venues, (uint32_t)(row - venues->rows), turn);
    return (chosen_t){lq_venues_word_first(row) + (int32_t)(turn % lq_venues_word_cnt(row)),
                      ticks[i].tick, i};
}

/* The word of the bitmap that our ticks make. */
static lq_u256_t word_bits(const lq_venues_t *venues, uint32_t pool, int32_t word)
{
    int32_t spacing = venues->rows[pool].pool.v3.spacing;
    int64_t first = (int64_t)word * LQ_VENUES_WORD_BITS;
    lq_u256_t bits = lq_u256_from_u64(0);
    uint32_t i = lq_venues_place(venues, pool, (int32_t)(first * spacing - 1)).above;
    for (; i != LQ_V3_NONE; i = venues->ticks[i].above) {
        int64_t bit = venues->ticks[i].tick / spacing - first;
        if (bit >= LQ_VENUES_WORD_BITS)
            break;
        bits.w[bit / 64] |= 1ull << (bit % 64);
    }
    return bits;
}

static lq_u256_t from_i128(lq_i128_t v)
{
    return lq_u256_from_halves(v < 0 ? ~(lq_u128_t)0 : 0, (lq_u128_t)v);
}

static void put(lq_audit_t *out, const char *name, lq_u256_t value)
{
    out->names[out->cnt] = name;
    out->values[out->cnt++] = value;
    out->own_cnt = out->cnt;
}

static void put_v3(lq_audit_t *out, const lq_u256_t *sqrt, int64_t tick, const lq_u256_t *liquidity,
                   const lq_u256_t *word, lq_u128_t gross, lq_i128_t net, uint64_t fee_pips)
{
    put(out, "sqrtPriceX96", *sqrt);
    put(out, "tick", from_i128(tick));
    put(out, "liquidity", *liquidity);
    put(out, "tickBitmap", *word);
    put(out, "liquidityGross", lq_u256_from_halves(0, gross));
    put(out, "liquidityNet", from_i128(net));
    put(out, "fee", lq_u256_from_u64(fee_pips));
}

static bool is_ok(const lq_venues_t *venues, uint32_t pool)
{
    LQ_ASSERT(pool < venues->config.pool_cnt);
    return venues->rows[pool].pool.status == LQ_NO_ROUTE_NONE;
}

static lq_err_t add_reads(const lq_venues_t *venues, lq_calls_t *calls, const lq_venues_row_t *row,
                          uint64_t turn)
{
    const lq_address_t *address = &row->pool.config.address;
    if (row->pool.config.kind == LQ_VENUE_UNISWAP_V2)
        return lq_calls_add_view(calls, address, LQ_ABI_UNISWAP_V2_GET_RESERVES_SELECTOR);
    chosen_t chosen = choose(venues, row, turn);
    lq_err_t err = lq_calls_add_view(calls, address, LQ_ABI_UNISWAP_V3_LIQUIDITY_SELECTOR);
    if (!err)
        err = lq_calls_add_view(calls, address, LQ_ABI_UNISWAP_V3_SLOT0_SELECTOR);
    if (!err)
        err = lq_venues_word_read(row, calls, chosen.word);
    if (!err)
        err = lq_venues_tick_read(row, calls, chosen.tick);
    return err ? err : lq_calls_add_view(calls, address, LQ_ABI_UNISWAP_V3_FEE_SELECTOR);
}

lq_err_t lq_venues_audit_reads(const lq_venues_t *venues, lq_calls_t *calls, uint32_t pool,
                               uint64_t turn)
{
    if (!is_ok(venues, pool))
        return LQ_ERR_EMPTY;
    const lq_calls_t was = *calls;
    lq_err_t err = add_reads(venues, calls, &venues->rows[pool], turn);
    if (err)
        *calls = was;
    return err;
}

lq_err_t lq_venues_audit_expected(const lq_venues_t *venues, lq_audit_t *out, uint32_t pool,
                                  uint64_t turn)
{
    if (!is_ok(venues, pool))
        return LQ_ERR_EMPTY;
    const lq_venues_row_t *row = &venues->rows[pool];
    const lq_v3_pool_t *v3 = &row->pool.v3;
    out->cnt = 0;
    if (row->pool.config.kind == LQ_VENUE_UNISWAP_V2) {
        put(out, "reserve0", row->pool.reserves[0]);
        put(out, "reserve1", row->pool.reserves[1]);
        return LQ_OK;
    }
    chosen_t chosen = choose(venues, row, turn);
    const lq_v3_tick_t *t = &venues->ticks[chosen.tick_row];
    lq_u256_t liquidity = lq_u256_from_halves(0, v3->liquidity);
    lq_u256_t word = word_bits(venues, pool, chosen.word);
    put_v3(out, &v3->sqrt, v3->tick, &liquidity, &word, t->gross, t->net, row->pool.fee_pips);
    return LQ_OK;
}

static lq_err_t actual_v3(lq_audit_t *out, const lq_read_result_t *r)
{
    lq_abi_uniswap_v3_slot0_ret_t slot0;
    lq_u256_t liquidity;
    lq_u256_t word;
    lq_u128_t gross;
    lq_i128_t net;
    uint64_t fee_pips;
    static_assert(V3_LIQUIDITY == 0 && V3_SLOT0 == 1, "as lq_venues_get_v3 takes them");
    if (!lq_venues_get_v3(&liquidity, &slot0, r) || !r[V3_WORD].ok ||
        lq_abi_uniswap_v3_tick_bitmap_decode(&word, NULL, r[V3_WORD].data, r[V3_WORD].data_sz) ||
        !lq_venues_get_tick(&gross, &net, &r[V3_TICK]) || !r[V3_FEE].ok ||
        lq_abi_uniswap_v3_fee_decode(&fee_pips, NULL, r[V3_FEE].data, r[V3_FEE].data_sz))
        return LQ_ERR_SYNTAX;
    out->cnt = 0;
    put_v3(out, &slot0.sqrt_price_x96, slot0.tick, &liquidity, &word, gross, net, fee_pips);
    return LQ_OK;
}

lq_err_t lq_venues_audit_actual(const lq_venues_t *venues, lq_audit_t *out, uint32_t pool,
                                uint64_t turn, const lq_read_result_t *results, size_t cnt)
{
    (void)turn; /* the answers stand in the order of the reads, whatever it chose */
    if (!is_ok(venues, pool))
        return LQ_ERR_EMPTY;
    if (venues->rows[pool].pool.config.kind == LQ_VENUE_UNISWAP_V3)
        return cnt == V3_CNT ? actual_v3(out, results) : LQ_ERR_SYNTAX;
    lq_abi_uniswap_v2_get_reserves_ret_t ret;
    if (cnt != 1 || !results->ok ||
        lq_abi_uniswap_v2_get_reserves_decode(&ret, NULL, results->data, results->data_sz))
        return LQ_ERR_SYNTAX;
    out->cnt = 0;
    put(out, "reserve0", ret.reserve0);
    put(out, "reserve1", ret.reserve1);
    return LQ_OK;
}
