#include <stddef.h>

#include "uniswap_v3_internal.h"

static const lq_u256_t ONE = {{1, 0, 0, 0}};
static const lq_u256_t PIPS_ONE = {{LQ_PIPS_ONE, 0, 0, 0}};

/* ---- ticks ---- */

/* The ratio of LQ_V3_TICK_MIN and LQ_V3_TICK_MAX. */
static const lq_u256_t SQRT_MIN = {{4295128739u, 0, 0, 0}};
static const lq_u256_t SQRT_MAX = {{0x5d951d5263988d26u, 0xefd1fc6a50648849u, 0xfffd8963u, 0}};

/* 2^128 / sqrt(1.0001)^(2^i), to the nearest: high limb, low limb. */
static const uint64_t FACTORS[20][2] = {
    {0xfffcb933bd6fad37u, 0xaa2d162d1a594001u}, {0xfff97272373d4132u, 0x59a46990580e213au},
    {0xfff2e50f5f656932u, 0xef12357cf3c7fdccu}, {0xffe5caca7e10e4e6u, 0x1c3624eaa0941cd0u},
    {0xffcb9843d60f6159u, 0xc9db58835c926644u}, {0xff973b41fa98c081u, 0x472e6896dfb254c0u},
    {0xff2ea16466c96a38u, 0x43ec78b326b52861u}, {0xfe5dee046a99a2a8u, 0x11c461f1969c3053u},
    {0xfcbe86c7900a88aeu, 0xdcffc83b479aa3a4u}, {0xf987a7253ac41317u, 0x6f2b074cf7815e54u},
    {0xf3392b0822b70005u, 0x940c7a398e4b70f3u}, {0xe7159475a2c29b74u, 0x43b29c7fa6e889d9u},
    {0xd097f3bdfd2022b8u, 0x845ad8f792aa5825u}, {0xa9f746462d870fdfu, 0x8a65dc1f90e061e5u},
    {0x70d869a156d2a1b8u, 0x90bb3df62baf32f7u}, {0x31be135f97d08fd9u, 0x81231505542fcfa6u},
    {0x09aa508b5b7a84e1u, 0xc677de54f3e99bc9u}, {0x005d6af8dedb8119u, 0x6699c329225ee604u},
    {0x00002216e584f5fau, 0x1ea926041bedfe98u}, {0x00000000048a1703u, 0x91f7dc42444e8fa2u},
};

/* floor(A * (HI, LO) / 2^128) */
static LQ_ALWAYS_INLINE lq_u128_t mul_high(lq_u128_t a, uint64_t hi, uint64_t lo)
{
    uint64_t a_hi = (uint64_t)(a >> 64);
    uint64_t a_lo = (uint64_t)a;
    lq_u128_t mid0 = (lq_u128_t)a_hi * lo;
    lq_u128_t mid1 = (lq_u128_t)a_lo * hi;
    lq_u128_t mid = ((lq_u128_t)a_lo * lo >> 64) + (uint64_t)mid0 + (uint64_t)mid1;
    return (lq_u128_t)a_hi * hi + (mid0 >> 64) + (mid1 >> 64) + (mid >> 64);
}

/* Q128.128, of the tick below 0: the product of the factors, each truncated, which is why their
   order counts. Not of tick 0, whose 2^128 has no place here. */
static lq_u128_t ratio_below_zero(uint32_t abs_tick)
{
    const uint64_t *first = FACTORS[__builtin_ctz(abs_tick)];
    lq_u128_t ratio = (lq_u128_t)first[0] << 64 | first[1];
    for (uint32_t bits = abs_tick & (abs_tick - 1); bits != 0; bits &= bits - 1) {
        const uint64_t *factor = FACTORS[__builtin_ctz(bits)];
        ratio = mul_high(ratio, factor[0], factor[1]);
    }
    return ratio;
}

lq_err_t lq_v3_sqrt_at_tick(lq_u256_t *out, int32_t tick)
{
    static const lq_u256_t all_ones = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    if (tick < LQ_V3_TICK_MIN || tick > LQ_V3_TICK_MAX)
        return LQ_ERR_RANGE;
    if (tick == 0) {
        *out = (lq_u256_t){{0, UINT64_C(1) << 32, 0, 0}};
        return LQ_OK;
    }
    lq_u256_t ratio = lq_u256_from_halves(0, ratio_below_zero((uint32_t)(tick < 0 ? -tick : tick)));
    if (tick > 0) {
        lq_err_t err = lq_u256_div_checked(&ratio, &all_ones, &ratio);
        if (err)
            return err;
    }
    lq_u256_t inexact = lq_u256_from_u64((uint32_t)ratio.w[0] != 0);
    ratio = lq_u256_shr(&ratio, 32);
    *out = lq_u256_add_wrap(&ratio, &inexact);
    return LQ_OK;
}

/* The logarithm of SQRT, not 0, to base sqrt(1.0001), rounded down, or one less: the fraction's
   missing bits are 0.02 of a tick. */
static int32_t tick_estimate(const lq_u256_t *sqrt)
{
    enum {
        FRACTION_BITS = 20
    };
    const int64_t ticks_per_octave = INT64_C(14537076765); /* 2^20 / log2(sqrt(1.0001)) */
    unsigned len = lq_u256_bit_len(sqrt);
    lq_u256_t top = lq_u256_shl_wrap(sqrt, 256 - len);
    uint64_t m = top.w[3];
    int64_t log2 = (int64_t)len - 1 - 96;
    for (int i = 0; i < FRACTION_BITS; i++) {
        lq_u128_t square = (lq_u128_t)m * m;
        unsigned carry = (unsigned)(square >> 127);
        m = (uint64_t)(square >> (63 + carry));
        log2 = log2 * 2 + carry;
    }
    const lq_i128_t one = (lq_i128_t)1 << 2 * FRACTION_BITS;
    lq_i128_t ticks = (lq_i128_t)log2 * ticks_per_octave;
    return (int32_t)(ticks / one) - (ticks % one < 0);
}

lq_err_t lq_v3_tick_at_sqrt(int32_t *out, const lq_u256_t *sqrt)
{
    if (lq_u256_lt(sqrt, &SQRT_MIN) || !lq_u256_lt(sqrt, &SQRT_MAX))
        return LQ_ERR_RANGE;
    int32_t tick = tick_estimate(sqrt) + 1;
    if (tick > LQ_V3_TICK_MAX)
        tick = LQ_V3_TICK_MAX;
    lq_u256_t ratio;
    for (;; tick--) { /* ends at LQ_V3_TICK_MIN, whose ratio is SQRT_MIN */
        lq_err_t err = lq_v3_sqrt_at_tick(&ratio, tick);
        if (err)
            return err;
        if (!lq_u256_lt(sqrt, &ratio))
            break;
    }
    *out = tick;
    return LQ_OK;
}

/* ---- amounts between two prices ---- */

static bool fits160(const lq_u256_t *a)
{
    return (a->w[3] | a->w[2] >> 32) == 0;
}

static lq_err_t div_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    lq_u256_t quot;
    lq_u256_t rem;
    lq_err_t err = lq_u256_divrem_checked(&quot, &rem, a, b);
    if (err)
        return err;
    lq_u256_t inexact = lq_u256_from_u64(!lq_u256_is_zero(&rem));
    *out = lq_u256_add_wrap(&quot, &inexact); /* a divisor of 1 leaves no remainder */
    return LQ_OK;
}

/* LIQUIDITY in Q96. */
static lq_u256_t shifted(lq_u128_t liquidity)
{
    lq_u256_t l = lq_u256_from_halves(0, liquidity);
    return lq_u256_shl_wrap(&l, 96);
}

/* LOW is at most HIGH. */
static lq_err_t amount0(lq_u256_t *out, const lq_u256_t *low, const lq_u256_t *high,
                        lq_u128_t liquidity, bool round_up)
{
    if (lq_u256_is_zero(low))
        return LQ_ERR_RANGE;
    lq_u256_t l = shifted(liquidity);
    lq_u256_t width = lq_u256_sub_wrap(high, low);
    lq_u256_t quot;
    lq_err_t err = round_up ? lq_u256_mul_div_up(&quot, &l, &width, high)
                            : lq_u256_mul_div_down(&quot, &l, &width, high);
    if (err)
        return err;
    return round_up ? div_up(out, &quot, low) : lq_u256_div_checked(out, &quot, low);
}

/* The same. It cannot fail: 128 bits by 160 bits, 96 of them dropped. */
static lq_u256_t amount1(const lq_u256_t *low, const lq_u256_t *high, lq_u128_t liquidity,
                         bool round_up)
{
    lq_u256_t width = lq_u256_sub_wrap(high, low);
    uint64_t p[5] = {0};
    for (size_t i = 0; i < 3; i++) {
        lq_u128_t t = (lq_u128_t)(uint64_t)liquidity * width.w[i] + p[i];
        p[i] = (uint64_t)t;
        t = (liquidity >> 64) * width.w[i] + p[i + 1] + (t >> 64);
        p[i + 1] = (uint64_t)t;
        p[i + 2] = (uint64_t)(t >> 64);
    }
    lq_u256_t quot = {{p[1] >> 32 | p[2] << 32, p[2] >> 32 | p[3] << 32, p[3] >> 32 | p[4] << 32}};
    bool inexact = round_up && (p[0] != 0 || (uint32_t)p[1] != 0);
    return inexact ? lq_u256_add_wrap(&quot, &ONE) : quot;
}

lq_err_t lq_v3_amount0(lq_u256_t *out, const lq_u256_t *sqrt_a, const lq_u256_t *sqrt_b,
                       lq_u128_t liquidity, bool round_up)
{
    if (!fits160(sqrt_a) || !fits160(sqrt_b))
        return LQ_ERR_RANGE;
    return lq_u256_lt(sqrt_b, sqrt_a) ? amount0(out, sqrt_b, sqrt_a, liquidity, round_up)
                                      : amount0(out, sqrt_a, sqrt_b, liquidity, round_up);
}

lq_err_t lq_v3_amount1(lq_u256_t *out, const lq_u256_t *sqrt_a, const lq_u256_t *sqrt_b,
                       lq_u128_t liquidity, bool round_up)
{
    if (!fits160(sqrt_a) || !fits160(sqrt_b))
        return LQ_ERR_RANGE;
    *out = lq_u256_lt(sqrt_b, sqrt_a) ? amount1(sqrt_b, sqrt_a, liquidity, round_up)
                                      : amount1(sqrt_a, sqrt_b, liquidity, round_up);
    return LQ_OK;
}

/* ---- the price behind an amount ---- */

/* L sqrt / (L +- amount sqrt), rounded up; where the denominator of a sum has no place, L / (L /
   sqrt + amount), as the contract does. */
static lq_err_t next_by_0(lq_u256_t *out, const lq_u256_t *sqrt, lq_u128_t liquidity,
                          const lq_u256_t *amount, bool add)
{
    if (lq_u256_is_zero(amount)) {
        *out = *sqrt;
        return LQ_OK;
    }
    lq_u256_t l = shifted(liquidity);
    lq_u256_t product;
    lq_u256_t next;
    lq_u256_t divisor;
    lq_err_t err = lq_u256_mul_checked(&product, amount, sqrt);
    if (!add) {
        if (err || !lq_u256_lt(&product, &l))
            return LQ_ERR_RANGE;
        divisor = lq_u256_sub_wrap(&l, &product);
        err = lq_u256_mul_div_up(&next, &l, sqrt, &divisor);
    } else if (!err && !lq_u256_add_checked(&divisor, &l, &product)) {
        err = lq_u256_mul_div_up(&next, &l, sqrt, &divisor);
    } else {
        if (lq_u256_div_checked(&divisor, &l, sqrt) ||
            lq_u256_add_checked(&divisor, &divisor, amount))
            return LQ_ERR_RANGE;
        err = div_up(&next, &l, &divisor);
    }
    if (err || !fits160(&next))
        return LQ_ERR_RANGE;
    *out = next;
    return LQ_OK;
}

/* sqrt +- amount / L, rounded down. */
static lq_err_t next_by_1(lq_u256_t *out, const lq_u256_t *sqrt, lq_u128_t liquidity,
                          const lq_u256_t *amount, bool add)
{
    static const lq_u256_t q96 = {{0, UINT64_C(1) << 32, 0, 0}};
    lq_u256_t l = lq_u256_from_halves(0, liquidity);
    lq_u256_t move;
    lq_u256_t next;
    lq_err_t err = add ? lq_u256_mul_div_down(&move, amount, &q96, &l)
                       : lq_u256_mul_div_up(&move, amount, &q96, &l);
    if (err)
        return err;
    if (add) {
        if (lq_u256_add_checked(&next, sqrt, &move) || !fits160(&next))
            return LQ_ERR_RANGE;
    } else {
        if (!lq_u256_lt(&move, sqrt))
            return LQ_ERR_RANGE;
        next = lq_u256_sub_wrap(sqrt, &move);
    }
    *out = next;
    return LQ_OK;
}

static bool can_move(const lq_u256_t *sqrt, lq_u128_t liquidity)
{
    return liquidity != 0 && !lq_u256_is_zero(sqrt) && fits160(sqrt);
}

lq_err_t lq_v3_next_in(lq_u256_t *out, const lq_u256_t *sqrt, lq_u128_t liquidity,
                       const lq_u256_t *amount_in, bool zero_for_one)
{
    if (!can_move(sqrt, liquidity))
        return LQ_ERR_RANGE;
    return zero_for_one ? next_by_0(out, sqrt, liquidity, amount_in, true)
                        : next_by_1(out, sqrt, liquidity, amount_in, true);
}

lq_err_t lq_v3_next_out(lq_u256_t *out, const lq_u256_t *sqrt, lq_u128_t liquidity,
                        const lq_u256_t *amount_out, bool zero_for_one)
{
    if (!can_move(sqrt, liquidity))
        return LQ_ERR_RANGE;
    return zero_for_one ? next_by_1(out, sqrt, liquidity, amount_out, false)
                        : next_by_0(out, sqrt, liquidity, amount_out, false);
}

/* ---- a step ---- */

/* What goes in, or comes out, between two prices. */
static lq_err_t side(lq_u256_t *out, const lq_u256_t *from, const lq_u256_t *to,
                     lq_u128_t liquidity, bool zero_for_one, bool in)
{
    const lq_u256_t *low = zero_for_one ? to : from;
    const lq_u256_t *high = zero_for_one ? from : to;
    if (zero_for_one == in)
        return amount0(out, low, high, liquidity, in);
    *out = amount1(low, high, liquidity, in);
    return LQ_OK;
}

/* Where an exact amount out ends before the target, it is all that comes out: the contract computes
   it from the price, which is rounded so that it is not less, and cuts off what is more. */

static lq_err_t step_in(lq_v3_step_t *s, const lq_u256_t *sqrt, const lq_u256_t *target,
                        lq_u128_t liquidity, const lq_u256_t *left, uint32_t fee_pips,
                        bool sums_only)
{
    bool zero_for_one = !lq_u256_lt(sqrt, target);
    lq_u256_t kept = lq_u256_from_u64(LQ_PIPS_ONE - fee_pips);
    lq_u256_t fee = lq_u256_from_u64(fee_pips);
    lq_u256_t net;
    lq_err_t err = lq_u256_mul_div_down(&net, left, &kept, &PIPS_ONE);
    if (!err)
        err = side(&s->amount_in, sqrt, target, liquidity, zero_for_one, true);
    if (err)
        return err;
    s->sqrt = *target;
    if (lq_u256_lt(&net, &s->amount_in))
        err = lq_v3_next_in(&s->sqrt, sqrt, liquidity, &net, zero_for_one);
    if (!err)
        err = side(&s->amount_out, sqrt, &s->sqrt, liquidity, zero_for_one, false);
    if (err)
        return err;
    if (lq_u256_eq(&s->sqrt, target))
        return lq_u256_mul_div_up(&s->fee, &s->amount_in, &fee, &kept);
    s->amount_in = lq_u256_from_u64(0);
    if (!sums_only)
        err = side(&s->amount_in, sqrt, &s->sqrt, liquidity, zero_for_one, true);
    s->fee = lq_u256_sub_wrap(left, &s->amount_in);
    return err;
}

static lq_err_t step_out(lq_v3_step_t *s, const lq_u256_t *sqrt, const lq_u256_t *target,
                         lq_u128_t liquidity, const lq_u256_t *left, uint32_t fee_pips)
{
    bool zero_for_one = !lq_u256_lt(sqrt, target);
    lq_u256_t kept = lq_u256_from_u64(LQ_PIPS_ONE - fee_pips);
    lq_u256_t fee = lq_u256_from_u64(fee_pips);
    lq_err_t err = side(&s->amount_out, sqrt, target, liquidity, zero_for_one, false);
    if (err)
        return err;
    s->sqrt = *target;
    if (lq_u256_lt(left, &s->amount_out)) {
        err = lq_v3_next_out(&s->sqrt, sqrt, liquidity, left, zero_for_one);
        s->amount_out = *left;
    }
    if (!err)
        err = side(&s->amount_in, sqrt, &s->sqrt, liquidity, zero_for_one, true);
    if (err)
        return err;
    return lq_u256_mul_div_up(&s->fee, &s->amount_in, &fee, &kept);
}

static LQ_ALWAYS_INLINE lq_err_t step(lq_v3_step_t *out, const lq_u256_t *sqrt,
                                      const lq_u256_t *target, lq_u128_t liquidity,
                                      const lq_u256_t *left, bool exact_out, uint32_t fee_pips,
                                      bool sums_only)
{
    lq_v3_step_t s;
    if (!fits160(sqrt) || !fits160(target) || fee_pips >= LQ_PIPS_ONE)
        return LQ_ERR_RANGE;
    lq_err_t err = exact_out ? step_out(&s, sqrt, target, liquidity, left, fee_pips)
                             : step_in(&s, sqrt, target, liquidity, left, fee_pips, sums_only);
    if (err)
        return err;
    *out = s;
    return LQ_OK;
}

lq_err_t lq_v3_step(lq_v3_step_t *out, const lq_u256_t *sqrt, const lq_u256_t *target,
                    lq_u128_t liquidity, const lq_u256_t *left, bool exact_out, uint32_t fee_pips)
{
    return step(out, sqrt, target, liquidity, left, exact_out, fee_pips, false);
}

lq_err_t lq_v3_step_sums(lq_v3_step_t *out, const lq_u256_t *sqrt, const lq_u256_t *target,
                         lq_u128_t liquidity, const lq_u256_t *left, bool exact_out,
                         uint32_t fee_pips)
{
    return step(out, sqrt, target, liquidity, left, exact_out, fee_pips, true);
}
