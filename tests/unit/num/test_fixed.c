#include "liqd/num/fixed.h"

#include "num_test.h"

typedef enum rounding {
    DOWN,
    HALF_UP,
    UP,
    SUM_UP
} rounding_t;

typedef lq_err_t two_fn_t(lq_u256_t *, const lq_u256_t *, const lq_u256_t *);
typedef lq_err_t three_fn_t(lq_u256_t *, const lq_u256_t *, const lq_u256_t *, const lq_u256_t *);

/* Each function as a b / d: UNIT is the divisor of a _mul_, the second factor of a _div_. */
typedef struct op {
    const char *name;
    two_fn_t *fn;
    const lq_u256_t *unit;
    bool is_div;
    rounding_t rounding;
} op_t;

#define OP(name, unit, is_div, rounding)                  \
    {                                                     \
#name, lq_fixed_##name, &(unit), is_div, rounding \
    }
static const op_t ops[] = {
    OP(wad_mul_down, LQ_WAD_ONE, false, DOWN),
    OP(wad_mul_half_up, LQ_WAD_ONE, false, HALF_UP),
    OP(wad_div_down, LQ_WAD_ONE, true, DOWN),
    OP(wad_div_half_up, LQ_WAD_ONE, true, HALF_UP),
    OP(wad_div_sum_up, LQ_WAD_ONE, true, SUM_UP),
    OP(ray_mul_down, LQ_RAY_ONE, false, DOWN),
    OP(ray_mul_half_up, LQ_RAY_ONE, false, HALF_UP),
    OP(ray_mul_up, LQ_RAY_ONE, false, UP),
    OP(ray_div_down, LQ_RAY_ONE, true, DOWN),
    OP(ray_div_half_up, LQ_RAY_ONE, true, HALF_UP),
    OP(ray_div_up, LQ_RAY_ONE, true, UP),
    OP(bps_mul_down, LQ_BPS_ONE, false, DOWN),
    OP(bps_mul_half_up, LQ_BPS_ONE, false, HALF_UP),
    OP(bps_mul_up, LQ_BPS_ONE, false, UP),
    OP(bps_div_down, LQ_BPS_ONE, true, DOWN),
    OP(bps_div_half_up, LQ_BPS_ONE, true, HALF_UP),
    OP(bps_div_up, LQ_BPS_ONE, true, UP),
};

static const struct {
    const char *name;
    three_fn_t *fn;
    rounding_t rounding;
} generic_ops[] = {
    {"mul_div_down", lq_fixed_mul_div_down, DOWN},
    {"mul_div_half_up", lq_fixed_mul_div_half_up, HALF_UP},
    {"mul_div_up", lq_fixed_mul_div_up, UP},
    {"mul_div_sum_up", lq_fixed_mul_div_sum_up, SUM_UP},
};

static mpz_t ma;
static mpz_t mb;
static mpz_t md;
static mpz_t want;
static mpz_t bound;

static int set_up(void **state)
{
    (void)state;
    mpz_inits(ma, mb, md, want, bound, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mpz_clears(ma, mb, md, want, bound, NULL);
    return 0;
}

/* The numerator of the formula in WANT, and what the formula demands: d > 0 and fits(numerator),
   which the contracts write as a > floor((2^256 - 1 - add) / b). */
static lq_err_t formula(const lq_u256_t *a, const lq_u256_t *b, const lq_u256_t *d,
                        rounding_t rounding)
{
    to_mpz(ma, a);
    to_mpz(mb, b);
    to_mpz(md, d);
    if (mpz_sgn(md) == 0)
        return LQ_ERR_DIV_ZERO;
    mpz_t add;
    mpz_init(add);
    if (rounding == HALF_UP)
        mpz_fdiv_q_2exp(add, md, 1);
    if (rounding == SUM_UP)
        mpz_sub_ui(add, md, 1);
    bool reverts = false;
    if (mpz_sgn(mb) != 0) {
        to_mpz(bound, &U256_MAX);
        mpz_sub(bound, bound, add);
        mpz_fdiv_q(bound, bound, mb);
        reverts = mpz_cmp(ma, bound) > 0;
    }
    mpz_mul(want, ma, mb);
    mpz_add(want, want, add);
    mpz_clear(add);
    if (rounding == UP)
        mpz_cdiv_q(want, want, md);
    else
        mpz_fdiv_q(want, want, md);
    return reverts ? LQ_ERR_RANGE : LQ_OK;
}

static void check(const char *name, lq_err_t got, lq_u256_t out, lq_err_t err)
{
    lq_u256_t expected = err ? UNTOUCHED : from_mpz(want);
    if (got == err && lq_u256_eq(&out, &expected))
        return;
    print_error("lq_fixed_%s:\n", name);
    assert_err(got, err);
    assert_u256_equal(out, expected);
}

static void check_op(const op_t *op, const lq_u256_t *x, const lq_u256_t *y)
{
    lq_u256_t out = UNTOUCHED;
    lq_err_t got = op->fn(&out, x, y);
    lq_err_t err =
        op->is_div ? formula(x, op->unit, y, op->rounding) : formula(x, y, op->unit, op->rounding);
    check(op->name, got, out, err);
}

static void every_operation_is_its_formula(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(6000, 5000000); i > 0; i--) {
        lq_u256_t a = any_u256(&rng);
        lq_u256_t b = any_u256(&rng);
        lq_u256_t d = any_u256(&rng);
        for (size_t k = 0; k < LQ_ARRAY_CNT(ops); k++)
            check_op(&ops[k], &a, &b);
        for (size_t k = 0; k < LQ_ARRAY_CNT(generic_ops); k++) {
            lq_u256_t out = UNTOUCHED;
            lq_err_t got = generic_ops[k].fn(&out, &a, &b, &d);
            check(generic_ops[k].name, got, out, formula(&a, &b, &d, generic_ops[k].rounding));
        }
    }
}

/* The largest first operand that the contract's own test lets pass, and one more. */
static void every_operation_fails_exactly_where_the_contract_reverts(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    lq_u256_t one = lq_u256_from_u64(1);
    for (size_t i = lq_test_cnt(4000, 2000000); i > 0; i--) {
        lq_u256_t y = any_u256(&rng);
        for (size_t k = 0; k < LQ_ARRAY_CNT(ops); k++) {
            const lq_u256_t *b = ops[k].is_div ? ops[k].unit : &y;
            const lq_u256_t *d = ops[k].is_div ? &y : ops[k].unit;
            lq_u256_t zero = lq_u256_from_u64(0);
            if (lq_u256_is_zero(b) || formula(&zero, b, d, ops[k].rounding))
                continue;
            lq_u256_t x = from_mpz(bound);
            check_op(&ops[k], &x, &y);
            assert_ok(formula(&x, b, d, ops[k].rounding));
            x = lq_u256_add_wrap(&x, &one);
            check_op(&ops[k], &x, &y);
            if (!lq_u256_is_zero(&x))
                assert_err(formula(&x, b, d, ops[k].rounding), LQ_ERR_RANGE);
        }
    }
}

/* The constant reciprocals: dividends k d - 1, k d and k d + 1, and the halves between, for k of
   every width up to the largest. */
static void constant_division_is_exact_beside_every_multiple(void **state)
{
    (void)state;
    static const lq_u256_t *const units[] = {&LQ_WAD_ONE, &LQ_RAY_ONE, &LQ_BPS_ONE};
    lq_rng_t rng = lq_test_rng();
    lq_u256_t one = lq_u256_from_u64(1);
    for (size_t i = lq_test_cnt(6000, 20000000); i > 0; i--) {
        for (size_t u = 0; u < LQ_ARRAY_CNT(units); u++) {
            lq_u256_t k_max;
            assert_ok(lq_u256_div_checked(&k_max, &U256_MAX, units[u]));
            lq_u256_t k = any_u256(&rng);
            lq_u256_t small = lq_u256_from_u64(lq_rng_below(&rng, 3));
            if (lq_u256_lt(&k_max, &k))
                k = lq_u256_sub_wrap(&k_max, &small);
            lq_u256_t half = lq_u256_shr(units[u], 1);
            lq_u256_t base = lq_u256_mul_wrap(&k, units[u]);
            lq_u256_t middle = lq_u256_add_wrap(&base, &half);
            const lq_u256_t x[] = {
                lq_u256_sub_wrap(&base, &one),   base,   lq_u256_add_wrap(&base, &one),
                lq_u256_sub_wrap(&middle, &one), middle, lq_u256_add_wrap(&middle, &one)};
            for (size_t op = 0; op < LQ_ARRAY_CNT(ops); op++) {
                if (ops[op].is_div || ops[op].unit != units[u])
                    continue;
                for (size_t n = 0; n < LQ_ARRAY_CNT(x); n++)
                    check_op(&ops[op], &x[n], &one);
            }
        }
    }
}

static void constant_division_is_exact_at_both_ends(void **state)
{
    (void)state;
    lq_u256_t one = lq_u256_from_u64(1);
    for (uint64_t i = 0; i < 30000; i++) {
        lq_u256_t low = lq_u256_from_u64(i);
        lq_u256_t high = lq_u256_sub_wrap(&U256_MAX, &low);
        for (size_t k = 0; k < LQ_ARRAY_CNT(ops); k++) {
            if (!ops[k].is_div && ops[k].unit == &LQ_BPS_ONE) {
                check_op(&ops[k], &low, &one);
                check_op(&ops[k], &high, &one);
            }
        }
    }
}

static void roundings_stand_in_order(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    lq_u256_t one = lq_u256_from_u64(1);
    for (size_t i = lq_test_cnt(20000, 5000000); i > 0; i--) {
        lq_u256_t a = any_u256(&rng);
        lq_u256_t b = any_u256(&rng);
        lq_u256_t d = any_u256(&rng);
        lq_u256_t down;
        lq_u256_t half;
        lq_u256_t up;
        lq_u256_t sum_up;
        if (lq_fixed_mul_div_down(&down, &a, &b, &d) || lq_fixed_mul_div_half_up(&half, &a, &b, &d))
            continue;
        assert_ok(lq_fixed_mul_div_up(&up, &a, &b, &d));
        assert_false(lq_u256_lt(&half, &down));
        assert_false(lq_u256_lt(&up, &half));
        lq_u256_t next = lq_u256_add_wrap(&down, &one);
        assert_true(lq_u256_eq(&up, &down) || lq_u256_eq(&up, &next));
        if (lq_fixed_mul_div_sum_up(&sum_up, &a, &b, &d) == LQ_OK)
            assert_u256_equal(sum_up, up);
    }
}

static void refuses_to_divide_by_zero(void **state)
{
    (void)state;
    lq_u256_t zero = lq_u256_from_u64(0);
    lq_u256_t out = UNTOUCHED;
    for (size_t k = 0; k < LQ_ARRAY_CNT(generic_ops); k++) {
        assert_err(generic_ops[k].fn(&out, &zero, &zero, &zero), LQ_ERR_DIV_ZERO);
        assert_err(generic_ops[k].fn(&out, &U256_MAX, &U256_MAX, &zero), LQ_ERR_DIV_ZERO);
    }
    for (size_t k = 0; k < LQ_ARRAY_CNT(ops); k++) {
        if (ops[k].is_div)
            assert_err(ops[k].fn(&out, &U256_MAX, &zero), LQ_ERR_DIV_ZERO);
    }
    assert_u256_equal(out, UNTOUCHED);
}

static void out_may_be_an_input(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(2000, 1000000); i > 0; i--) {
        lq_u256_t in[3] = {any_u256(&rng), any_u256(&rng), any_u256(&rng)};
        for (size_t f = 0; f < LQ_ARRAY_CNT(ops); f++) {
            for (size_t k = 0; k < 2; k++) {
                lq_u256_t alias[2] = {in[0], in[1]};
                lq_u256_t out = in[k];
                lq_err_t err = ops[f].fn(&out, &in[0], &in[1]);
                assert_err(ops[f].fn(&alias[k], &alias[0], &alias[1]), err);
                assert_u256_equal(alias[k], out);
            }
        }
        for (size_t f = 0; f < LQ_ARRAY_CNT(generic_ops); f++) {
            for (size_t k = 0; k < 3; k++) {
                lq_u256_t alias[3] = {in[0], in[1], in[2]};
                lq_u256_t out = in[k];
                lq_err_t err = generic_ops[f].fn(&out, &in[0], &in[1], &in[2]);
                assert_err(generic_ops[f].fn(&alias[k], &alias[0], &alias[1], &alias[2]), err);
                assert_u256_equal(alias[k], out);
            }
        }
    }
}

static void units_are_what_they_say(void **state)
{
    (void)state;
    assert_u256_equal(LQ_WAD_ONE, u256_of("1000000000000000000"));
    assert_u256_equal(LQ_RAY_ONE, u256_of("1000000000000000000000000000"));
    assert_u256_equal(LQ_BPS_ONE, u256_of("10000"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_what_they_say),
        cmocka_unit_test(every_operation_is_its_formula),
        cmocka_unit_test(every_operation_fails_exactly_where_the_contract_reverts),
        cmocka_unit_test(constant_division_is_exact_beside_every_multiple),
        cmocka_unit_test(constant_division_is_exact_at_both_ends),
        cmocka_unit_test(roundings_stand_in_order),
        cmocka_unit_test(refuses_to_divide_by_zero),
        cmocka_unit_test(out_may_be_an_input),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
