#ifndef LIQD_PROTOCOL_AAVE_V3_NARROW_H
#define LIQD_PROTOCOL_AAVE_V3_NARROW_H

/* The contracts' multiplications and divisions on numbers of 128 bits. What leaves those returns
   false: the wide way then knows whether the contract reverts. Divisors are shifted until their top
   bit is set, and their reciprocals are known ahead: Möller and Granlund, "Improved division by
   invariant integers", 2011, algorithm 4 (one limb) and 5 (two). */

#include "liqd/base/compiler.h"
#include "liqd/num/u256.h"

typedef enum narrow_rounding {
    NARROW_DOWN,
    NARROW_HALF_UP, /* not of narrow_value */
    NARROW_UP,
} narrow_rounding_t;

/* 2 * 5^27 = 1e27 / 2^26, whose top bit is set, its reciprocal, and 5e26. */
#define NARROW_RAY_DIVISOR    0xcecb8f27f4200f3au
#define NARROW_RAY_RECIPROCAL 0x3ce9a36f23c0fc90u
#define NARROW_RAY_HALF       ((lq_u128_t)0x19d971eu << 64 | 0x4fe8401e74000000u)
#define NARROW_RAY            (2 * NARROW_RAY_HALF)

static LQ_ALWAYS_INLINE uint64_t narrow_lo(lq_u128_t v)
{
    return (uint64_t)v;
}

static LQ_ALWAYS_INLINE uint64_t narrow_hi(lq_u128_t v)
{
    return (uint64_t)(v >> 64);
}

static LQ_ALWAYS_INLINE lq_u128_t narrow_join(uint64_t hi, uint64_t lo)
{
    return (lq_u128_t)hi << 64 | lo;
}

/* One limb. */
typedef struct narrow_divisor {
    uint64_t divisor;
    uint64_t reciprocal; /* floor((2^128 - 1) / divisor) - 2^64 */
    unsigned shift;      /* by how much it is shifted */
} narrow_divisor_t;

/* narrow_divisor returns V > 0 as a divisor. */
static LQ_ALWAYS_INLINE narrow_divisor_t narrow_divisor(uint64_t v)
{
    unsigned shift = (unsigned)__builtin_clzll(v);
    uint64_t d = v << shift;
    return (narrow_divisor_t){d, narrow_lo(narrow_join(~d, UINT64_MAX) / d), shift};
}

/* narrow_divide_limb returns the quotient of (REM, LOW) by D, REM < D, and the remainder in *REM.
 */
static LQ_ALWAYS_INLINE uint64_t narrow_divide_limb(uint64_t *rem, uint64_t low, uint64_t d,
                                                    uint64_t v)
{
    lq_u128_t q = (lq_u128_t)v * *rem + narrow_join(*rem, low);
    uint64_t digit = narrow_hi(q) + 1;
    uint64_t r = low - digit * d;
    bool over = r > narrow_lo(q);
    digit -= over;
    r += over ? d : 0;
    if (LQ_UNLIKELY(r >= d)) {
        digit++;
        r -= d;
    }
    *rem = r;
    return digit;
}

/* (high, low) = A B. */
static LQ_ALWAYS_INLINE void narrow_multiply(lq_u128_t *high, lq_u128_t *low, lq_u128_t a,
                                             lq_u128_t b)
{
    lq_u128_t p00 = (lq_u128_t)narrow_lo(a) * narrow_lo(b);
    lq_u128_t p01 = (lq_u128_t)narrow_lo(a) * narrow_hi(b);
    lq_u128_t p10 = (lq_u128_t)narrow_hi(a) * narrow_lo(b);
    lq_u128_t p11 = (lq_u128_t)narrow_hi(a) * narrow_hi(b);
    lq_u128_t mid = (lq_u128_t)narrow_hi(p00) + narrow_lo(p01) + narrow_lo(p10);
    *low = narrow_join(narrow_lo(mid), narrow_lo(p00));
    *high = p11 + narrow_hi(p01) + narrow_hi(p10) + narrow_hi(mid);
}

/* narrow_ray_mul sets *OUT to the balance of SCALED at INDEX: their product over 2^26 (2 5^27). */
static LQ_ALWAYS_INLINE bool narrow_ray_mul(lq_u128_t *out, lq_u128_t scaled, lq_u128_t index,
                                            narrow_rounding_t rounding)
{
    lq_u128_t low;
    lq_u128_t high;
    narrow_multiply(&high, &low, scaled, index);
    if (rounding == NARROW_HALF_UP) { /* at most (2^128 - 1)^2, so that the sum fits */
        low += NARROW_RAY_HALF;
        high += low < NARROW_RAY_HALF;
    }
    if (LQ_UNLIKELY(high >> 26 >= NARROW_RAY_DIVISOR)) /* the quotient has more than two limbs */
        return false;
    uint64_t r = narrow_lo(high >> 26);
    lq_u128_t rest = high << 102 | low >> 26;
    uint64_t q1 =
        narrow_divide_limb(&r, narrow_hi(rest), NARROW_RAY_DIVISOR, NARROW_RAY_RECIPROCAL);
    uint64_t q0 =
        narrow_divide_limb(&r, narrow_lo(rest), NARROW_RAY_DIVISOR, NARROW_RAY_RECIPROCAL);
    bool up = rounding == NARROW_UP && (r | (low & ((1u << 26) - 1))) != 0;
    *out = narrow_join(q1, q0) + up;
    return !up || *out != 0;
}

/* narrow_value sets *OUT to AMOUNT PRICE over a divisor D, down or up. */
static LQ_ALWAYS_INLINE bool narrow_value(lq_u128_t *out, lq_u128_t amount, uint64_t price,
                                          narrow_divisor_t divisor, narrow_rounding_t rounding)
{
    uint64_t d = divisor.divisor;
    unsigned s = divisor.shift;
    lq_u128_t low = (lq_u128_t)narrow_lo(amount) * price;
    lq_u128_t high = (lq_u128_t)narrow_hi(amount) * price + narrow_hi(low);
    if (LQ_UNLIKELY(narrow_hi(high) >= d >> s))
        return false;
    high = high << s | narrow_lo(low) >> 1 >> (63 - s);
    uint64_t q1 = 0;
    uint64_t r = narrow_lo(high);
    if (LQ_UNLIKELY(high >= d)) {
        r = narrow_hi(high);
        q1 = narrow_divide_limb(&r, narrow_lo(high), d, divisor.reciprocal);
    }
    uint64_t q0 = narrow_divide_limb(&r, narrow_lo(low) << s, d, divisor.reciprocal);
    bool up = rounding == NARROW_UP && r != 0;
    *out = narrow_join(q1, q0) + up;
    return !up || *out != 0;
}

/* narrow_scale is the same with the three roundings, for products that stay in 128 bits. */
static LQ_ALWAYS_INLINE bool narrow_scale(lq_u128_t *out, lq_u128_t amount, uint16_t factor,
                                          narrow_divisor_t divisor, narrow_rounding_t rounding)
{
    if (LQ_UNLIKELY(amount >> 111 != 0)) /* below 2^127, and half a divisor fits */
        return false;
    lq_u128_t v = amount * factor;
    if (rounding == NARROW_HALF_UP)
        v += divisor.divisor >> divisor.shift >> 1;
    return narrow_value(out, v, 1, divisor, rounding == NARROW_HALF_UP ? NARROW_DOWN : rounding);
}

/* ---- division by an index ---- */

/* An index of at least one ray. */
typedef struct narrow_index {
    lq_u128_t value;
    lq_u128_t divisor;
    uint64_t reciprocal; /* floor((2^192 - 1) / divisor) - 2^64 */
    unsigned shift;
} narrow_index_t;

/* narrow_index sets *OUT to VALUE; false: below a ray. Algorithm 6. */
static LQ_ALWAYS_INLINE bool narrow_index(narrow_index_t *out, lq_u128_t value)
{
    if (LQ_UNLIKELY(value < NARROW_RAY))
        return false;
    unsigned shift = (unsigned)__builtin_clzll(narrow_hi(value));
    lq_u128_t divisor = value << shift;
    uint64_t d1 = narrow_hi(divisor);
    uint64_t d0 = narrow_lo(divisor);
    uint64_t v = narrow_lo(narrow_join(~d1, UINT64_MAX) / d1);
    uint64_t p = d1 * v + d0;
    if (p < d0) {
        v--;
        if (p >= d1) {
            v--;
            p -= d1;
        }
        p -= d1;
    }
    lq_u128_t t = (lq_u128_t)v * d0;
    p += narrow_hi(t);
    if (p < narrow_hi(t)) {
        v--;
        if (narrow_join(p, narrow_lo(t)) >= divisor)
            v--;
    }
    *out = (narrow_index_t){value, divisor, v, shift};
    return true;
}

/* The quotient of (REM, LOW) by I's divisor, REM below it, and the remainder in *REM. */
static LQ_ALWAYS_INLINE uint64_t narrow_divide_two(lq_u128_t *rem, uint64_t low,
                                                   const narrow_index_t *i)
{
    lq_u128_t d = i->divisor;
    uint64_t u2 = narrow_hi(*rem);
    uint64_t u1 = narrow_lo(*rem);
    lq_u128_t q = (lq_u128_t)i->reciprocal * u2 + *rem;
    uint64_t digit = narrow_hi(q);
    uint64_t r1 = u1 - digit * narrow_hi(d);
    lq_u128_t r = narrow_join(r1, low) - (lq_u128_t)digit * narrow_lo(d) - d;
    digit++;
    if (narrow_hi(r) >= narrow_lo(q)) {
        digit--;
        r += d;
    }
    if (LQ_UNLIKELY(r >= d)) {
        digit++;
        r -= d;
    }
    *rem = r;
    return digit;
}

/* narrow_ray_div sets *OUT to the scaled amount of AMOUNT: AMOUNT 1e27 over the index. */
static LQ_ALWAYS_INLINE bool narrow_ray_div(lq_u128_t *out, lq_u128_t amount,
                                            const narrow_index_t *i, narrow_rounding_t rounding)
{
    lq_u128_t low;
    lq_u128_t high;
    narrow_multiply(&high, &low, amount, NARROW_RAY);
    if (rounding == NARROW_HALF_UP) { /* below 2^218 + 2^127 */
        lq_u128_t half = i->value >> 1;
        low += half;
        high += low < half;
    }
    /* By an index of 2^89 and more it shifts by 38 at most: of 219 bits nothing is lost. */
    unsigned s = i->shift;
    lq_u128_t rem = high << s | low >> 1 >> (127 - s);
    low <<= s;
    if (LQ_UNLIKELY(rem >= i->divisor)) /* the quotient has more than two limbs */
        return false;
    uint64_t q1 = narrow_divide_two(&rem, narrow_hi(low), i);
    uint64_t q0 = narrow_divide_two(&rem, narrow_lo(low), i);
    bool up = rounding == NARROW_UP && rem != 0;
    *out = narrow_join(q1, q0) + up;
    return !up || *out != 0;
}

#endif
