#include "liqd/num/power.h"
#include "liqd/protocol/morpho_irm.h"
#include "morpho_test.h"

static const lq_morpho_irm_rate_t UNTOUCHED_RATE = {11, 12};

/* A wad product towards zero, from the contract's signed arithmetic. */
static void wmul(mpz_t out, const mpz_t x, const mpz_t y)
{
    mpz_t w;
    mpz_init_set_str(w, EVM_WAD, 10);
    mpz_mul(out, x, y);
    mpz_tdiv_q(out, out, w);
    mpz_clear(w);
}

/* wExp, from its definition and not from power.c. */
static void wexp(mpz_t out, const mpz_t x)
{
    mpz_t ln2, q, r, t;
    mpz_inits(ln2, q, r, t, NULL);
    mpz_set_str(ln2, "693147180559945309", 10);
    mpz_set_str(t, "-41446531673892822312", 10);
    mpz_set_str(r, "93859467695000404319", 10);
    if (mpz_cmp(x, t) < 0) {
        mpz_set_ui(out, 0);
    } else if (mpz_cmp(x, r) >= 0) {
        mpz_set_str(out, "57716089161558943949701069502944508345128422502756744429568", 10);
    } else {
        mpz_tdiv_q_2exp(t, ln2, 1);
        mpz_set(q, x);
        if (mpz_sgn(x) < 0)
            mpz_sub(q, q, t);
        else
            mpz_add(q, q, t);
        mpz_tdiv_q(q, q, ln2);
        mpz_mul(r, q, ln2);
        mpz_sub(r, x, r);
        wmul(t, r, r);
        mpz_tdiv_q_2exp(t, t, 1);
        mpz_add(r, r, t);
        mpz_set_str(t, EVM_WAD, 10);
        mpz_add(r, r, t);
        long shift = mpz_get_si(q);
        if (shift >= 0)
            mpz_mul_2exp(out, r, (mp_bitcnt_t)shift);
        else
            mpz_fdiv_q_2exp(out, r, (mp_bitcnt_t)-shift);
    }
    mpz_clears(ln2, q, r, t, NULL);
}

static void new_rate(mpz_t out, const mpz_t start, const mpz_t x)
{
    mpz_t y;
    mpz_init(y);
    wexp(y, x);
    wmul(out, start, y);
    if (mpz_cmp_ui(out, 31709791) < 0)
        mpz_set_ui(out, 31709791);
    if (mpz_cmp_ui(out, 63419583967) > 0)
        mpz_set_ui(out, 63419583967);
    mpz_clear(y);
}

/* _borrowRate in signed integers without bounds. */
static lq_morpho_irm_rate_t evm_borrow_rate(uint64_t start, lq_u128_t supplied, lq_u128_t borrowed,
                                            uint64_t elapsed_sec)
{
    mpz_t w, e, norm, s, avg, end, mid, x;
    mpz_inits(w, e, norm, s, avg, end, mid, x, NULL);
    mpz_set_str(w, EVM_WAD, 10);
    evm_set(norm, supplied);
    evm_set(e, borrowed);
    if (supplied > 0) {
        mpz_mul(e, e, w);
        mpz_tdiv_q(e, e, norm);
    } else {
        mpz_set_ui(e, 0);
    }
    mpz_set_str(norm, "900000000000000000", 10);
    mpz_sub(e, e, norm);
    if (mpz_sgn(e) > 0)
        mpz_sub(norm, w, norm);
    mpz_mul(e, e, w);
    mpz_tdiv_q(e, e, norm);
    evm_set(s, start);
    mpz_set_ui(avg, 1268391679);
    mpz_set(end, avg);
    if (start != 0) {
        mpz_set_ui(x, 1585489599188);
        wmul(x, x, e);
        evm_set(mid, elapsed_sec);
        mpz_mul(x, x, mid);
        mpz_set(avg, s);
        mpz_set(end, s);
        if (mpz_sgn(x) != 0) {
            new_rate(end, s, x);
            mpz_tdiv_q_ui(x, x, 2);
            new_rate(mid, s, x);
            mpz_add(avg, s, end);
            mpz_add(avg, avg, mid);
            mpz_add(avg, avg, mid);
            mpz_tdiv_q_ui(avg, avg, 4);
        }
    }
    mpz_set_str(x, mpz_sgn(e) < 0 ? "750000000000000000" : "3000000000000000000", 10);
    wmul(x, x, e);
    mpz_add(x, x, w);
    wmul(x, x, avg);
    lq_morpho_irm_rate_t rate = {(uint64_t)evm_get(x), (uint64_t)evm_get(end)};
    mpz_clears(w, e, norm, s, avg, end, mid, x, NULL);
    return rate;
}

static uint64_t any_rate(lq_rng_t *rng)
{
    static const uint64_t edges[] = {0, LQ_MORPHO_IRM_MIN_RATE_WAD, LQ_MORPHO_IRM_MAX_RATE_WAD,
                                     LQ_MORPHO_IRM_INITIAL_RATE_WAD};
    if (lq_rng_below(rng, 4) == 0)
        return edges[lq_rng_below(rng, LQ_ARRAY_CNT(edges))];
    return LQ_MORPHO_IRM_MIN_RATE_WAD +
           lq_rng_below(rng, LQ_MORPHO_IRM_MAX_RATE_WAD - LQ_MORPHO_IRM_MIN_RATE_WAD + 1);
}

/* Any utilization, and often one close to the target. */
static void any_totals(lq_rng_t *rng, lq_u128_t *supplied, lq_u128_t *borrowed)
{
    *supplied = u128_up_to(rng, 128);
    *borrowed = u128_below(rng, *supplied);
    if (lq_rng_below(rng, 3) == 0) {
        *borrowed = *supplied / 10 * 9;
        *borrowed += lq_rng_below(rng, 3);
        if (*borrowed > *supplied)
            *borrowed = *supplied;
    }
}

static void adaptive_rate_is_the_contracts(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t clipped_cnt = 0;
    size_t cnt = lq_test_cnt(20000, 1000000);
    for (size_t i = 0; i < cnt; i++) {
        lq_u128_t supplied;
        lq_u128_t borrowed;
        any_totals(&rng, &supplied, &borrowed);
        lq_morpho_irm_t irm = {LQ_MORPHO_IRM_ADAPTIVE, any_rate(&rng)};
        uint64_t elapsed_sec = lq_rng_u64(&rng) >> lq_rng_below(&rng, 65) % 64;
        if (lq_rng_below(&rng, 2) == 0)
            elapsed_sec = lq_rng_below(&rng, 10000000);
        lq_morpho_irm_rate_t want = evm_borrow_rate(irm.rate_wad, supplied, borrowed, elapsed_sec);
        lq_morpho_irm_rate_t got;
        assert_ok(lq_morpho_irm_borrow_rate(&got, &irm, supplied, borrowed, elapsed_sec));
        assert_true(got.borrow_rate_wad == want.borrow_rate_wad);
        assert_true(got.rate_at_target_wad == want.rate_at_target_wad);
        clipped_cnt += got.rate_at_target_wad == LQ_MORPHO_IRM_MIN_RATE_WAD ||
                       got.rate_at_target_wad == LQ_MORPHO_IRM_MAX_RATE_WAD;

        lq_u256_t avg = lq_u256_from_u64(got.borrow_rate_wad);
        lq_u256_t end = lq_u256_from_u64(got.rate_at_target_wad);
        uint64_t before = irm.rate_wad;
        lq_u256_t *wrong = i % 2 == 0 ? &avg : &end;
        wrong->w[i / 2 % 4] ^= 1;
        assert_err(lq_morpho_irm_apply_update(&irm, supplied, borrowed, elapsed_sec, &avg, &end),
                   LQ_ERR_INVAL);
        assert_true(irm.rate_wad == before);
        wrong->w[i / 2 % 4] ^= 1;
        assert_ok(lq_morpho_irm_apply_update(&irm, supplied, borrowed, elapsed_sec, &avg, &end));
        assert_true(irm.rate_wad == want.rate_at_target_wad);
    }
    assert_in_range(clipped_cnt, cnt / 50, cnt / 10 * 9);
}

/* More utilization means no smaller a rate, now and later. */
static void adaptive_rate_rises_with_utilization(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(20000, 500000);
    for (size_t i = 0; i < cnt; i++) {
        lq_morpho_irm_t irm = {LQ_MORPHO_IRM_ADAPTIVE, any_rate(&rng)};
        uint64_t elapsed_sec = lq_rng_below(&rng, 1000000);
        lq_u128_t supplied = 1000000000;
        lq_u128_t a = u128_below(&rng, supplied);
        lq_u128_t b = u128_below(&rng, a);
        lq_morpho_irm_rate_t high;
        lq_morpho_irm_rate_t low;
        assert_ok(lq_morpho_irm_borrow_rate(&high, &irm, supplied, a, elapsed_sec));
        assert_ok(lq_morpho_irm_borrow_rate(&low, &irm, supplied, b, elapsed_sec));
        assert_true(low.rate_at_target_wad <= high.rate_at_target_wad);
        assert_true(low.borrow_rate_wad <= high.borrow_rate_wad);
    }
}

static void adaptive_rate_refuses_what_no_market_has(void **state)
{
    (void)state;
    lq_morpho_irm_rate_t out = UNTOUCHED_RATE;
    lq_morpho_irm_t irm = {LQ_MORPHO_IRM_ADAPTIVE, LQ_MORPHO_IRM_INITIAL_RATE_WAD};
    assert_err(lq_morpho_irm_borrow_rate(&out, &irm, 1, 2, 1), LQ_ERR_RANGE);
    irm.rate_wad = LQ_MORPHO_IRM_MIN_RATE_WAD - 1;
    assert_err(lq_morpho_irm_borrow_rate(&out, &irm, 2, 1, 1), LQ_ERR_RANGE);
    irm.rate_wad = LQ_MORPHO_IRM_MAX_RATE_WAD + 1;
    assert_err(lq_morpho_irm_borrow_rate(&out, &irm, 2, 1, 1), LQ_ERR_RANGE);
    assert_memory_equal(&out, &UNTOUCHED_RATE, sizeof(out));
    lq_u256_t rate = lq_u256_from_u64(1);
    assert_err(lq_morpho_irm_apply_update(&irm, 2, 1, 1, &rate, &rate), LQ_ERR_RANGE);
    assert_true(irm.rate_wad == LQ_MORPHO_IRM_MAX_RATE_WAD + 1);
}

static void fixed_rate_is_set_once(void **state)
{
    (void)state;
    lq_morpho_irm_rate_t out = UNTOUCHED_RATE;
    lq_morpho_irm_t irm = {LQ_MORPHO_IRM_FIXED, 0};
    assert_err(lq_morpho_irm_borrow_rate(&out, &irm, 2, 1, 1), LQ_ERR_PERM);
    lq_u256_t rate = lq_u256_from_u64(0);
    assert_err(lq_morpho_irm_apply_fixed(&irm, &rate), LQ_ERR_RANGE);
    rate = lq_u256_from_u64(LQ_MORPHO_IRM_MAX_FIXED_RATE_WAD + 1);
    assert_err(lq_morpho_irm_apply_fixed(&irm, &rate), LQ_ERR_RANGE);
    rate = lq_u256_from_halves(1, 1);
    assert_err(lq_morpho_irm_apply_fixed(&irm, &rate), LQ_ERR_RANGE);
    assert_true(irm.rate_wad == 0);
    assert_memory_equal(&out, &UNTOUCHED_RATE, sizeof(out));
    rate = lq_u256_from_u64(LQ_MORPHO_IRM_MAX_FIXED_RATE_WAD);
    assert_ok(lq_morpho_irm_apply_fixed(&irm, &rate));
    assert_err(lq_morpho_irm_apply_fixed(&irm, &rate), LQ_ERR_EXISTS);
    assert_ok(lq_morpho_irm_borrow_rate(&out, &irm, 2, 1, 1));
    assert_true(out.borrow_rate_wad == LQ_MORPHO_IRM_MAX_FIXED_RATE_WAD);
    assert_true(out.rate_at_target_wad == 0);
}

static void other_models_are_what_they_are(void **state)
{
    (void)state;
    lq_morpho_irm_rate_t out = UNTOUCHED_RATE;
    lq_morpho_irm_t unknown = {LQ_MORPHO_IRM_UNKNOWN, 0};
    assert_err(lq_morpho_irm_borrow_rate(&out, &unknown, 2, 1, 1), LQ_ERR_NOT_FOUND);
    assert_memory_equal(&out, &UNTOUCHED_RATE, sizeof(out));
    lq_morpho_irm_t zero = {LQ_MORPHO_IRM_ZERO, 0};
    lq_u256_t rate = lq_u256_from_u64(LQ_MORPHO_IRM_INITIAL_RATE_WAD);
    assert_err(lq_morpho_irm_apply_update(&zero, 2, 1, 1, &rate, &rate), LQ_ERR_INVAL);
    assert_err(lq_morpho_irm_apply_fixed(&unknown, &rate), LQ_ERR_INVAL);
    assert_ok(lq_morpho_irm_borrow_rate(&out, &zero, 2, 1, 1));
    assert_true(out.borrow_rate_wad == 0 && out.rate_at_target_wad == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adaptive_rate_is_the_contracts),
        cmocka_unit_test(adaptive_rate_rises_with_utilization),
        cmocka_unit_test(adaptive_rate_refuses_what_no_market_has),
        cmocka_unit_test(fixed_rate_is_set_once),
        cmocka_unit_test(other_models_are_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
