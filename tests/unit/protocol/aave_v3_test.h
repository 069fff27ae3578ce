#ifndef AAVE_V3_TEST_H
#define AAVE_V3_TEST_H

/* What the tests of Aave v3 share: a second implementation's arithmetic, GMP with the EVM's
   reverts, and operands of the width that Aave meets and of every other. */

#include "../num/num_test.h"

#include "liqd/protocol/aave_v3_rules.h"

/* A computation that reverts once a word does not fit; what follows is then of no meaning. */
typedef struct evm {
    bool reverted;
} evm_t;

typedef enum evm_round {
    EVM_DOWN,
    EVM_HALF_UP,
    EVM_UP
} evm_round_t;

static inline void evm_check(evm_t *e, const mpz_t v)
{
    e->reverted |= !mpz_fits_u256(v);
}

static inline void evm_add(evm_t *e, mpz_t out, const mpz_t a, const mpz_t b)
{
    mpz_add(out, a, b);
    evm_check(e, out);
}

static inline void evm_sub(evm_t *e, mpz_t out, const mpz_t a, const mpz_t b)
{
    mpz_sub(out, a, b);
    evm_check(e, out);
}

static inline void evm_mul(evm_t *e, mpz_t out, const mpz_t a, const mpz_t b)
{
    mpz_mul(out, a, b);
    evm_check(e, out);
}

/* OUT = A * B / D. */
static inline void evm_mul_div(evm_t *e, mpz_t out, const mpz_t a, const mpz_t b, const mpz_t d,
                               evm_round_t round)
{
    if (mpz_sgn(d) == 0) {
        e->reverted = true;
        return;
    }
    mpz_t p;
    mpz_t half;
    mpz_inits(p, half, NULL);
    evm_mul(e, p, a, b);
    if (round == EVM_HALF_UP) {
        mpz_fdiv_q_2exp(half, d, 1);
        evm_add(e, p, p, half);
    }
    if (round == EVM_UP)
        mpz_cdiv_q(out, p, d);
    else
        mpz_fdiv_q(out, p, d);
    mpz_clears(p, half, NULL);
}

/* OUT = A * B / 10^DIGITS, or A * 10^DIGITS / B. */
static inline void evm_fixed(evm_t *e, mpz_t out, const mpz_t a, const mpz_t b, unsigned digits,
                             bool divide, evm_round_t round)
{
    mpz_t one;
    mpz_init(one);
    mpz_ui_pow_ui(one, 10, digits);
    if (divide)
        evm_mul_div(e, out, a, one, b, round);
    else
        evm_mul_div(e, out, a, b, one, round);
    mpz_clear(one);
}

static inline void evm_ray_mul(evm_t *e, mpz_t out, const mpz_t a, const mpz_t b, evm_round_t round)
{
    evm_fixed(e, out, a, b, 27, false, round);
}

static inline void evm_ray_div(evm_t *e, mpz_t out, const mpz_t a, const mpz_t b, evm_round_t round)
{
    evm_fixed(e, out, a, b, 27, true, round);
}

/* Compares one result: nothing but UNTOUCHED where the model reverted. */
#define assert_as_evm(e, err, out, want) \
    assert_as_evm_at((e), (err), (out), (want), __FILE__, __LINE__)
static inline void assert_as_evm_at(const evm_t *e, lq_err_t err, lq_u256_t out, const mpz_t want,
                                    const char *file, int line)
{
    if (e->reverted != (err != LQ_OK)) {
        print_error("the contract %s, we return %s\n", e->reverted ? "reverts" : "does not revert",
                    lq_err_name(err));
        _fail(file, line);
    }
    assert_u256_equal_at(out, e->reverted ? UNTOUCHED : from_mpz(want), file, line);
}

/* Uniform below 2^BITS. */
static inline lq_u256_t below_bits(lq_rng_t *rng, unsigned bits)
{
    lq_u256_t v;
    lq_rng_bytes(rng, v.w, sizeof(v.w));
    return lq_u256_shr(&v, 256 - bits);
}

/* Of a random width of at most BITS. */
static inline lq_u256_t up_to_bits(lq_rng_t *rng, unsigned bits)
{
    return below_bits(rng, (unsigned)lq_rng_below(rng, bits + 1));
}

/* An index as pools have it, from 1 to about 5 rays, sometimes 1 itself. */
static inline lq_u256_t any_index(lq_rng_t *rng)
{
    lq_u256_t one = u256_of("1000000000000000000000000000");
    lq_u256_t more = up_to_bits(rng, 92);
    return lq_u256_add_wrap(&one, &more);
}

static inline const lq_aave_v3_rules_t *rules_of(int version)
{
    return lq_aave_v3_rules((lq_aave_v3_version_t)version);
}

/* Initialises the mpz OUT to V. */
static inline void init_mpz(mpz_t out, const lq_u256_t *v)
{
    mpz_init(out);
    to_mpz(out, v);
}

#endif
