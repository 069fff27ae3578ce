#include "fuzz.h"
#include "fuzz_input.h"

#include "../unit/market/uniswap_rig.h"

/* The laws: a pool of any positions is quoted without a trap, what was asked for is what the quote
   has, and what an amount out takes gets it; of a pair, that takes no more than it did get. */

static lq_u256_t take_amount(fuzz_input_t *in)
{
    unsigned shift = (unsigned)fuzz_number(in, 1);
    lq_u256_t v = lq_u256_from_halves(fuzz_number(in, 4), fuzz_number(in, 8));
    return lq_u256_shr(&v, shift & 127);
}

static int32_t take_tick(fuzz_input_t *in, int32_t spacing)
{
    int32_t t = (int32_t)(fuzz_number(in, 3) % (2 * LQ_V3_TICK_MAX + 1)) - LQ_V3_TICK_MAX;
    return t / spacing * spacing;
}

static void draw(rig_t *rig, fuzz_input_t *in)
{
    int32_t spacing = 1 + (int32_t)(fuzz_number(in, 2) % LQ_V3_SPACING_MAX);
    uint32_t fee = (uint32_t)(fuzz_number(in, 3) % LQ_PIPS_ONE);
    rig_init(rig, take_tick(in, 1), spacing, fee);
    lq_u256_t delta = lq_u256_from_u64(fuzz_number(in, 3));
    lq_u256_t sqrt = lq_u256_add_wrap(&rig->pool.sqrt, &delta);
    if (lq_v3_tick_at_sqrt(&rig->pool.tick, &sqrt) == LQ_OK)
        rig->pool.sqrt = sqrt;
    for (uint64_t i = fuzz_number(in, 1) % 8; i > 0; i--) {
        int32_t a = take_tick(in, spacing);
        int32_t b = take_tick(in, spacing);
        lq_u128_t liquidity = (lq_u128_t)fuzz_number(in, 8) << (fuzz_number(in, 1) % 60);
        if (a != b && liquidity != 0)
            rig_mint(rig, a < b ? a : b, a < b ? b : a, liquidity);
    }
}

static void check_v3(fuzz_input_t *in)
{
    static rig_t rig;
    lq_v3_quote_t q;
    lq_v3_quote_t r;
    draw(&rig, in);
    for (int i = 0; i < 4; i++) {
        lq_u256_t amount = take_amount(in);
        bool zero = i & 1;
        if (lq_v3_given_in(&q, &rig.pool, rig.ticks, zero, &amount) == LQ_OK)
            LQ_ASSERT(lq_u256_eq(&q.amount_in, &amount) && !lq_u256_is_zero(&q.amount_out));
        if (lq_v3_given_out(&q, &rig.pool, rig.ticks, zero, &amount) == LQ_OK) {
            LQ_ASSERT(lq_u256_eq(&q.amount_out, &amount) && !lq_u256_is_zero(&q.amount_in));
            LQ_ASSERT(lq_v3_given_in(&r, &rig.pool, rig.ticks, zero, &q.amount_in) == LQ_OK);
            LQ_ASSERT(!lq_u256_lt(&r.amount_out, &amount));
        }
    }
}

static void check_v2(fuzz_input_t *in)
{
    lq_u256_t reserve_in = take_amount(in);
    lq_u256_t reserve_out = take_amount(in);
    lq_u256_t amount = take_amount(in);
    uint32_t fee = (uint32_t)fuzz_number(in, 3);
    lq_u256_t out;
    lq_u256_t back;
    if (lq_v2_given_in(&out, &reserve_in, &reserve_out, fee, &amount) == LQ_OK) {
        LQ_ASSERT(lq_u256_lt(&out, &reserve_out));
        lq_err_t err = lq_v2_given_out(&back, &reserve_in, &reserve_out, fee, &out);
        /* One more than the least that is enough. */
        lq_u256_t one = lq_u256_from_u64(1);
        lq_u256_t most = lq_u256_add_wrap(&amount, &one);
        LQ_ASSERT(err == LQ_ERR_RANGE || (err == LQ_OK && !lq_u256_lt(&most, &back)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    fuzz_input_t in = {data, sz};
    check_v2(&in);
    check_v3(&in);
    return 0;
}
