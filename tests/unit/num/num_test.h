#ifndef NUM_TEST_H
#define NUM_TEST_H

/* What the tests of num share: operands of every width and shape, and GMP as the oracle. */

#include "lq_test.h"

#include <gmp.h>

#include "liqd/num/i256.h"
#include "liqd/num/u256.h"

static const lq_u256_t U256_MAX = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

/* What OUT holds before a call, to see that a failure leaves it alone. */
static const lq_u256_t UNTOUCHED = {{0x5a5a5a5a5a5a5a5au, 1, 2, 0xa5a5a5a5a5a5a5a5u}};

/* A number of random width and shape: uniform, around a power of two, or of extreme limbs. */
static inline lq_u256_t any_u256(lq_rng_t *rng)
{
    lq_u256_t v;
    unsigned width = (unsigned)lq_rng_below(rng, 257);
    switch (lq_rng_below(rng, 4)) {
    case 0:
    case 1:
        lq_rng_bytes(rng, v.w, sizeof(v.w));
        return lq_u256_shr(&v, 256 - width);
    case 2: {
        lq_u256_t one = lq_u256_from_u64(1);
        lq_u256_t delta = lq_u256_from_u64(lq_rng_below(rng, 3));
        v = lq_u256_shl_wrap(&one, width);
        return lq_rng_u64(rng) & 1 ? lq_u256_add_wrap(&v, &delta) : lq_u256_sub_wrap(&v, &delta);
    }
    default:
        for (size_t i = 0; i < 4; i++) {
            const uint64_t limbs[] = {0, 1, 1ull << 63, UINT64_MAX, lq_rng_u64(rng)};
            v.w[i] = limbs[lq_rng_below(rng, LQ_ARRAY_CNT(limbs))];
        }
        return lq_u256_shr(&v, 64 * (unsigned)lq_rng_below(rng, 4));
    }
}

static inline void to_mpz(mpz_t out, const lq_u256_t *v)
{
    mpz_import(out, 4, -1, sizeof(uint64_t), 0, 0, v->w);
}

static inline bool mpz_fits_u256(const mpz_t v)
{
    return mpz_sgn(v) >= 0 && mpz_sizeinbase(v, 2) <= 256;
}

/* V modulo 2^256, which is two's complement for a negative V. */
static inline lq_u256_t from_mpz(const mpz_t v)
{
    lq_u256_t out = {{0}};
    mpz_t t;
    mpz_init(t);
    mpz_fdiv_r_2exp(t, v, 256);
    mpz_export(out.w, NULL, -1, sizeof(uint64_t), 0, 0, t);
    mpz_clear(t);
    return out;
}

/* The value of the decimal TEXT, a minus sign allowed, modulo 2^256. */
static inline lq_u256_t u256_of(const char *text)
{
    mpz_t v;
    assert_int_equal(mpz_init_set_str(v, text, 10), 0);
    lq_u256_t out = from_mpz(v);
    mpz_clear(v);
    return out;
}

#define assert_u256_equal(got, want) assert_u256_equal_at((got), (want), __FILE__, __LINE__)
static inline void assert_u256_equal_at(lq_u256_t got, lq_u256_t want, const char *file, int line)
{
    if (memcmp(&got, &want, sizeof(got)) == 0)
        return;
    mpz_t a;
    mpz_t b;
    mpz_inits(a, b, NULL);
    to_mpz(a, &got);
    to_mpz(b, &want);
    char *text = NULL;
    (void)gmp_asprintf(&text, "%#Zx is not %#Zx\n", a, b);
    print_error("%s", text);
    free(text);
    mpz_clears(a, b, NULL);
    _fail(file, line);
}

/* Checks what a call left: WANT where that has 256 bits, else ERR = LQ_ERR_RANGE and OUT as it was,
   UNTOUCHED. */
#define assert_checked(err, out, want) assert_checked_at((err), (out), (want), __FILE__, __LINE__)
static inline void assert_checked_at(lq_err_t err, lq_u256_t out, const mpz_t want,
                                     const char *file, int line)
{
    bool fits = mpz_fits_u256(want);
    lq_test_assert_err(err, fits ? LQ_OK : LQ_ERR_RANGE, "the call", file, line);
    assert_u256_equal_at(out, fits ? from_mpz(want) : UNTOUCHED, file, line);
}

#endif
