/* Long division by limbs: Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D, one
   function for each width of the divisor, with a multiplication by a reciprocal for each quotient
   digit: Möller and Granlund, "Improved division by invariant integers", 2011, whose algorithms are
   named below. B is 2^64. The divisor is normalised, that is shifted left until its top bit is set;
   the dividend is shifted with it, limb by limb as it is consumed, so that all state stays in
   registers (written to an array and vectorised by gcc it costs a third more). */

#include "u256_internal.h"

/* floor((B^2 - 1) / d) - B; the top bit of D is set. */
static LQ_ALWAYS_INLINE uint64_t reciprocal_2by1(uint64_t d)
{
    return lq_lo64(lq_join64(~d, UINT64_MAX) / d);
}

/* floor((B^3 - 1) / (d1, d0)) - B: algorithm 6. */
static LQ_ALWAYS_INLINE uint64_t reciprocal_3by2(uint64_t d1, uint64_t d0)
{
    uint64_t v = reciprocal_2by1(d1);
    uint64_t p = d1 * v + d0;
    if (p < d0) {
        v--;
        if (p >= d1) {
            v--;
            p -= d1;
        }
        p -= d1;
    }
    lq_u128_t t = lq_mul64(v, d0);
    p += lq_hi64(t);
    if (p < lq_hi64(t)) {
        v--;
        if (lq_join64(p, lq_lo64(t)) >= lq_join64(d1, d0))
            v--;
    }
    return v;
}

/* The quotient of (REM, LOW) by D, REM < D, and the remainder in *REM: algorithm 4. */
static LQ_ALWAYS_INLINE uint64_t divide_2by1(uint64_t *rem, uint64_t low, uint64_t d, uint64_t v)
{
    lq_u128_t q = lq_mul64(v, *rem) + lq_join64(*rem, low);
    uint64_t digit = lq_hi64(q) + 1;
    uint64_t r = low - digit * d;
    bool over = r > lq_lo64(q);
    digit -= over;
    r += over ? d : 0;
    if (LQ_UNLIKELY(r >= d)) {
        digit++;
        r -= d;
    }
    *rem = r;
    return digit;
}

/* The quotient of (REM, LOW) by D of two limbs, REM < D, and the remainder in *REM: algorithm 5. */
static LQ_ALWAYS_INLINE uint64_t divide_3by2(lq_u128_t *rem, uint64_t low, lq_u128_t d, uint64_t v)
{
    lq_u128_t q = lq_mul64(v, lq_hi64(*rem)) + *rem;
    uint64_t digit = lq_hi64(q);
    uint64_t top = lq_lo64(*rem) - digit * lq_hi64(d);
    lq_u128_t r = lq_join64(top, low) - lq_mul64(lq_lo64(d), digit) - d;
    digit++;
    bool over = lq_hi64(r) >= lq_lo64(q);
    digit -= over;
    r += over ? d : 0;
    if (LQ_UNLIKELY(r >= d)) {
        digit++;
        r -= d;
    }
    *rem = r;
    return digit;
}

/* Limb I of U shifted left by SHIFT below 64; what leaves limb U_CNT - 1 is shifted(u, U_CNT) for
   an U of that many limbs and one zero above. */
static LQ_ALWAYS_INLINE uint64_t shifted(const uint64_t *u, size_t i, unsigned shift)
{
    return u[i] << shift | (i > 0 ? u[i - 1] >> 1 >> (63 - shift) : 0);
}

/* The quotient of (REM, LOW) by D of N limbs, 3 or 4, REM < D, and the remainder in REM. The digit
   that the three top limbs give is right or one too large. */
static LQ_ALWAYS_INLINE uint64_t divide_digit(uint64_t *rem, uint64_t low, const uint64_t *d,
                                              uint64_t v, size_t n)
{
    uint64_t u[3] = {low}; /* REM and LOW without the two top limbs */
    for (size_t i = 0; i + 2 < n; i++)
        u[i + 1] = rem[i];
    lq_u128_t d_top = lq_join64(d[n - 1], d[n - 2]);
    lq_u128_t top = lq_join64(rem[n - 1], rem[n - 2]);
    uint64_t digit = UINT64_MAX;
    /* With equal tops d - rem < B^(n-2), so rem * B + low >= d * B - B^(n-1) > d * (B - 2): the
       digit is B - 1 and never too large. The new top may wrap here; the borrow wraps it back. */
    bool exact = LQ_UNLIKELY(top == d_top);
    if (exact)
        top += u[n - 2];
    else
        digit = divide_3by2(&top, u[n - 2], d_top, v);
    uint64_t borrow = 0;
    for (size_t i = 0; i + 2 < n; i++) {
        lq_u128_t t = lq_mul64(digit, d[i]) + borrow;
        rem[i] = u[i] - lq_lo64(t);
        borrow = lq_hi64(t) + (u[i] < lq_lo64(t));
    }
    bool negative = !exact && top < borrow;
    top -= borrow;
    if (LQ_UNLIKELY(negative)) {
        uint64_t carry = 0;
        for (size_t i = 0; i + 2 < n; i++) {
            lq_u128_t t = (lq_u128_t)rem[i] + d[i] + carry;
            rem[i] = lq_lo64(t);
            carry = lq_hi64(t);
        }
        top += d_top + carry;
        digit--;
    }
    rem[n - 2] = lq_lo64(top);
    rem[n - 1] = lq_hi64(top);
    return digit;
}

/* The three below share their shape: the remainder starts with the bits that normalising pushes out
   of U, or, where U has four limbs more than D, with the top limbs of U, which are below D. */

static void divide_by_1(lq_u256_t *quot, lq_u256_t *rem, const uint64_t *u, size_t u_cnt,
                        uint64_t d)
{
    unsigned shift = (unsigned)__builtin_clzll(d);
    d <<= shift;
    uint64_t v = reciprocal_2by1(d);
    size_t digit_cnt = u_cnt;
    uint64_t r = u[u_cnt - 1] >> 1 >> (63 - shift);
    if (digit_cnt == 5) {
        r = shifted(u, u_cnt - 1, shift);
        digit_cnt--;
    }
    lq_u256_t q = {{0}};
    for (size_t i = digit_cnt; i-- > 0;)
        q.w[i] = divide_2by1(&r, shifted(u, i, shift), d, v);
    *quot = q;
    *rem = lq_u256_from_u64(r >> shift);
}

static void divide_by_2(lq_u256_t *quot, lq_u256_t *rem, const uint64_t *u, size_t u_cnt,
                        lq_u128_t d)
{
    unsigned shift = (unsigned)__builtin_clzll(lq_hi64(d));
    d <<= shift;
    uint64_t v = reciprocal_3by2(lq_hi64(d), lq_lo64(d));
    size_t digit_cnt = u_cnt - 1;
    uint64_t r_hi = u[u_cnt - 1] >> 1 >> (63 - shift);
    if (digit_cnt == 5) {
        r_hi = shifted(u, u_cnt - 1, shift);
        digit_cnt--;
    }
    lq_u128_t r = lq_join64(r_hi, shifted(u, digit_cnt, shift));
    lq_u256_t q = {{0}};
    for (size_t i = digit_cnt; i-- > 0;)
        q.w[i] = divide_3by2(&r, shifted(u, i, shift), d, v);
    *quot = q;
    *rem = lq_u256_from_halves(0, r >> shift);
}

static LQ_ALWAYS_INLINE void divide_by_n(lq_u256_t *quot, lq_u256_t *rem, const uint64_t *u,
                                         size_t u_cnt, const lq_u256_t *by, size_t n)
{
    unsigned shift = (unsigned)__builtin_clzll(by->w[n - 1]);
    uint64_t d[4];
    for (size_t i = 0; i < n; i++)
        d[i] = shifted(by->w, i, shift);
    uint64_t v = reciprocal_3by2(d[n - 1], d[n - 2]);
    size_t digit_cnt = u_cnt - n + 1;
    uint64_t r[4] = {0};
    r[n - 1] = u[u_cnt - 1] >> 1 >> (63 - shift);
    if (digit_cnt == 5) {
        r[n - 1] = shifted(u, u_cnt - 1, shift);
        digit_cnt--;
    }
    for (size_t i = 0; i + 1 < n; i++)
        r[i] = shifted(u, digit_cnt + i, shift);
    lq_u256_t q = {{0}};
    for (size_t i = digit_cnt; i-- > 0;)
        q.w[i] = divide_digit(r, shifted(u, i, shift), d, v, n);
    *quot = q;
    for (size_t i = 0; i < 4; i++)
        rem->w[i] = r[i] >> shift | (i < 3 ? r[i + 1] << 1 << (63 - shift) : 0);
}

void lq_divide(lq_u256_t *quot, lq_u256_t *rem, const uint64_t *u, size_t u_cnt, const lq_u256_t *d)
{
    size_t n = 4;
    while (n > 1 && d->w[n - 1] == 0)
        n--;
    while (u_cnt > n && u[u_cnt - 1] == 0)
        u_cnt--;
    if (u_cnt == n && u[n - 1] < d->w[n - 1]) {
        *rem = (lq_u256_t){{u[0], u[1], u[2], u[3]}};
        *quot = lq_u256_from_u64(0);
        return;
    }
    switch (n) {
    case 1:
        divide_by_1(quot, rem, u, u_cnt, d->w[0]);
        return;
    case 2:
        divide_by_2(quot, rem, u, u_cnt, lq_u256_lo(d));
        return;
    case 3:
        divide_by_n(quot, rem, u, u_cnt, d, 3);
        return;
    default:
        divide_by_n(quot, rem, u, u_cnt, d, 4);
        return;
    }
}
