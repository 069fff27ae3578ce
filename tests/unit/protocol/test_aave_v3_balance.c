#include "aave_v3_test.h"

#include "liqd/protocol/aave_v3_balance.h"

static const lq_aave_v3_token_t tokens[] = {LQ_AAVE_V3_ATOKEN, LQ_AAVE_V3_DEBT};

/* From the text of MathUtils. */
static void model_linear(evm_t *e, mpz_t out, const mpz_t rate, uint64_t dt)
{
    mpz_t n;
    mpz_init_set_ui(n, dt);
    evm_mul(e, out, rate, n);
    mpz_fdiv_q_ui(out, out, 31536000);
    mpz_ui_pow_ui(n, 10, 27);
    evm_add(e, out, out, n);
    mpz_clear(n);
}

static void model_binomial(evm_t *e, mpz_t out, const mpz_t rate, uint64_t dt)
{
    mpz_t n;
    mpz_t b2;
    mpz_t b3;
    mpz_t t;
    mpz_inits(n, b2, b3, t, NULL);
    model_linear(e, out, rate, dt);
    evm_ray_mul(e, b2, rate, rate, EVM_HALF_UP);
    mpz_fdiv_q_ui(b2, b2, 31536000ul * 31536000ul);
    evm_ray_mul(e, b3, b2, rate, EVM_HALF_UP);
    mpz_fdiv_q_ui(b3, b3, 31536000);
    mpz_set_ui(t, dt);
    mpz_set_ui(n, dt - 1);
    evm_mul(e, t, t, n);
    evm_mul(e, b2, b2, t);
    mpz_fdiv_q_ui(b2, b2, 2);
    mpz_set_ui(n, dt > 2 ? dt - 2 : 0);
    evm_mul(e, t, t, n);
    evm_mul(e, b3, b3, t);
    mpz_fdiv_q_ui(b3, b3, 6);
    evm_add(e, out, out, b2);
    evm_add(e, out, out, b3);
    mpz_clears(n, b2, b3, t, NULL);
}

static void model_polynomial(evm_t *e, mpz_t out, const mpz_t rate, uint64_t dt)
{
    mpz_t x;
    mpz_t t;
    mpz_inits(x, t, NULL);
    mpz_mul_ui(x, rate, dt);
    mpz_fdiv_r_2exp(x, x, 256);
    mpz_fdiv_q_ui(x, x, 31536000);
    mpz_fdiv_q_ui(t, x, 6);
    evm_ray_mul(e, out, x, t, EVM_HALF_UP);
    mpz_fdiv_q_ui(t, x, 2);
    mpz_add(out, out, t);
    mpz_fdiv_r_2exp(out, out, 256);
    evm_ray_mul(e, out, x, out, EVM_HALF_UP);
    mpz_add(out, out, x);
    mpz_ui_pow_ui(t, 10, 27);
    mpz_add(out, out, t);
    mpz_fdiv_r_2exp(out, out, 256);
    mpz_clears(x, t, NULL);
}

static void model_compounded(evm_t *e, mpz_t out, const mpz_t rate, uint64_t dt, int version)
{
    if (dt == 0)
        mpz_ui_pow_ui(out, 10, 27);
    else if (version >= 4)
        model_polynomial(e, out, rate, dt);
    else
        model_binomial(e, out, rate, dt);
}

static uint64_t any_dt(lq_rng_t *rng)
{
    static const uint64_t edges[] = {0, 1, 2, 3, 12, 31536000, UINT32_MAX, UINT64_MAX};
    if (lq_rng_u64(rng) & 1)
        return edges[lq_rng_below(rng, LQ_ARRAY_CNT(edges))];
    return lq_rng_u64(rng) >> lq_rng_below(rng, 64);
}

static lq_u256_t any_rate(lq_rng_t *rng)
{
    return lq_rng_u64(rng) & 1 ? up_to_bits(rng, 90) : any_u256(rng);
}

static void interest_is_the_models(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t reverted_cnt = 0;
    size_t cnt = lq_test_cnt(10000, 2000000);
    for (size_t i = 0; i < cnt; i++) {
        lq_u256_t rate = any_rate(&rng);
        uint64_t dt = any_dt(&rng);
        mpz_t r;
        mpz_t want;
        init_mpz(r, &rate);
        mpz_init(want);
        evm_t e = {false};
        lq_u256_t out = UNTOUCHED;
        model_linear(&e, want, r, dt);
        lq_err_t err = lq_aave_v3_linear_interest(&out, &rate, dt);
        assert_as_evm(&e, err, out, want);
        for (int version = 3; version <= 4; version++) {
            e.reverted = false;
            out = UNTOUCHED;
            model_compounded(&e, want, r, dt, version);
            err = lq_aave_v3_compounded_interest(rules_of(version), &out, &rate, dt);
            assert_as_evm(&e, err, out, want);
            reverted_cnt += e.reverted;
        }
        mpz_clears(r, want, NULL);
    }
    assert_true(reverted_cnt > cnt / 20 && reverted_cnt < cnt);
}

static lq_aave_v3_accrual_t any_accrual(lq_rng_t *rng)
{
    return (lq_aave_v3_accrual_t){
        .liquidity_index = any_index(rng),
        .variable_borrow_index = any_index(rng),
        .current_liquidity_rate = lq_rng_below(rng, 8) ? up_to_bits(rng, 92) : lq_u256_from_u64(0),
        .current_variable_borrow_rate = up_to_bits(rng, 92),
        .accrued_to_treasury = up_to_bits(rng, lq_rng_below(rng, 8) ? 100 : 128),
        .last_update_sec = lq_rng_below(rng, 1u << 31),
    };
}

/* The debt's interest between two indices. */
static void model_accrued(evm_t *e, mpz_t out, const lq_u256_t *scaled, const mpz_t before,
                          const mpz_t after, int version)
{
    mpz_t s;
    mpz_t t;
    init_mpz(s, scaled);
    mpz_init(t);
    if (version >= 5) {
        evm_sub(e, t, after, before);
        evm_ray_mul(e, out, s, t, EVM_DOWN);
    } else {
        evm_ray_mul(e, t, s, before, EVM_HALF_UP);
        evm_ray_mul(e, out, s, after, EVM_HALF_UP);
        evm_sub(e, out, out, t);
    }
    mpz_clears(s, t, NULL);
}

static void check_accrue(lq_rng_t *rng, int version)
{
    lq_aave_v3_accrual_t a = any_accrual(rng);
    lq_aave_v3_accrual_t before = a;
    lq_u256_t scaled = lq_rng_below(rng, 8) ? up_to_bits(rng, 120) : lq_u256_from_u64(0);
    uint32_t factor = (uint32_t)lq_rng_below(rng, 10001);
    uint64_t dt = lq_rng_u64(rng) >> (24 + lq_rng_below(rng, 40));
    mpz_t v;
    mpz_t li;
    mpz_t bi;
    mpz_t bi0;
    mpz_t t;
    mpz_init(v);
    init_mpz(li, &a.liquidity_index);
    init_mpz(bi, &a.variable_borrow_index);
    init_mpz(bi0, &a.variable_borrow_index);
    init_mpz(t, &a.accrued_to_treasury);
    evm_t e = {false};
    mpz_t rate;
    init_mpz(rate, &a.current_liquidity_rate);
    if (dt != 0 && mpz_sgn(rate) != 0) {
        model_linear(&e, v, rate, dt);
        evm_ray_mul(&e, li, v, li, EVM_HALF_UP);
    }
    to_mpz(rate, &a.current_variable_borrow_rate);
    if (dt != 0 && !lq_u256_is_zero(&scaled)) {
        model_compounded(&e, v, rate, dt, version);
        evm_ray_mul(&e, bi, v, bi, EVM_HALF_UP);
    }
    if (dt != 0 && factor != 0) {
        model_accrued(&e, v, &scaled, bi0, bi, version);
        mpz_set_ui(rate, factor);
        evm_fixed(&e, v, v, rate, 4, false, EVM_HALF_UP);
        if (mpz_sgn(v) != 0)
            evm_ray_div(&e, v, v, li, version >= 5 ? EVM_DOWN : EVM_HALF_UP);
        evm_add(&e, t, t, v);
    }
    e.reverted |=
        mpz_sizeinbase(li, 2) > 128 || mpz_sizeinbase(bi, 2) > 128 || mpz_sizeinbase(t, 2) > 128;
    lq_err_t err =
        lq_aave_v3_accrue(rules_of(version), &a, &scaled, factor, a.last_update_sec + dt);
    assert_int_equal(err != LQ_OK, e.reverted);
    if (err) {
        assert_memory_equal(&a, &before, sizeof(a));
    } else {
        assert_u256_equal(a.liquidity_index, from_mpz(li));
        assert_u256_equal(a.variable_borrow_index, from_mpz(bi));
        assert_u256_equal(a.accrued_to_treasury, from_mpz(t));
        assert_int_equal(a.last_update_sec, before.last_update_sec + dt);
    }
    mpz_clears(v, li, bi, bi0, t, rate, NULL);
}

static void accrual_is_the_models(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(10000, 1000000); i++)
        check_accrue(&rng, (int)lq_rng_below(&rng, LQ_AAVE_V3_VERSION_CNT));
}

static void time_does_not_go_back(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    lq_aave_v3_accrual_t a = any_accrual(&rng);
    a.last_update_sec = 1000;
    lq_aave_v3_accrual_t before = a;
    lq_u256_t index = UNTOUCHED;
    assert_err(lq_aave_v3_index_at(rules_of(6), &index, &a, LQ_AAVE_V3_ATOKEN, 999), LQ_ERR_RANGE);
    assert_u256_equal(index, UNTOUCHED);
    assert_err(lq_aave_v3_accrue(rules_of(6), &a, &index, 1000, 999), LQ_ERR_RANGE);
    assert_memory_equal(&a, &before, sizeof(a));
    assert_ok(lq_aave_v3_index_at(rules_of(6), &index, &a, LQ_AAVE_V3_DEBT, 1000));
    assert_u256_equal(index, a.variable_borrow_index);
}

typedef lq_err_t scale_fn_t(const lq_aave_v3_rules_t *, lq_u256_t *, lq_aave_v3_token_t,
                            const lq_u256_t *, const lq_u256_t *);

static const struct {
    scale_fn_t *fn;
    bool divide;
    evm_round_t round[2]; /* of each token from 3.5 */
} scale_fns[] = {
    {lq_aave_v3_balance, false, {EVM_DOWN, EVM_UP}},
    {lq_aave_v3_scaled_mint, true, {EVM_DOWN, EVM_UP}},
    {lq_aave_v3_scaled_burn, true, {EVM_UP, EVM_DOWN}},
};

static void balances_and_scaled_amounts_are_the_models(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(5000, 500000); i++) {
        lq_u256_t amount = any_u256(&rng);
        lq_u256_t index = lq_rng_u64(&rng) & 1 ? any_index(&rng) : any_u256(&rng);
        mpz_t x;
        mpz_t y;
        mpz_t want;
        init_mpz(x, &amount);
        init_mpz(y, &index);
        mpz_init(want);
        for (size_t k = 0; k < LQ_ARRAY_CNT(scale_fns) * 4; k++) {
            size_t f = k / 4;
            size_t token = k & 1;
            int version = k & 2 ? 5 : 4;
            evm_round_t round = version == 5 ? scale_fns[f].round[token] : EVM_HALF_UP;
            evm_t e = {false};
            evm_fixed(&e, want, x, y, 27, scale_fns[f].divide, round);
            lq_u256_t out = UNTOUCHED;
            lq_err_t err = scale_fns[f].fn(rules_of(version), &out, tokens[token], &amount, &index);
            assert_as_evm(&e, err, out, want);
        }
        mpz_clears(x, y, want, NULL);
    }
}

/* Rounding in the pool's favour, and never by more than one. */
static void rounding_favours_the_pool(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(5000, 500000); i++) {
        lq_u256_t scaled = up_to_bits(&rng, 128);
        lq_u256_t index = any_index(&rng);
        lq_u256_t down;
        lq_u256_t half;
        lq_u256_t up;
        assert_ok(lq_aave_v3_balance(rules_of(5), &down, LQ_AAVE_V3_ATOKEN, &scaled, &index));
        assert_ok(lq_aave_v3_balance(rules_of(5), &up, LQ_AAVE_V3_DEBT, &scaled, &index));
        assert_ok(lq_aave_v3_balance(rules_of(4), &half, LQ_AAVE_V3_DEBT, &scaled, &index));
        lq_u256_t gap = lq_u256_sub_wrap(&up, &down);
        assert_true(lq_u256_eq(&half, &down) || lq_u256_eq(&half, &up));
        assert_true(gap.w[0] <= 1 && lq_u256_bit_len(&gap) <= 1);
        /* what a balance burns is what it stands for */
        lq_u256_t back;
        assert_ok(lq_aave_v3_scaled_burn(rules_of(5), &back, LQ_AAVE_V3_ATOKEN, &down, &index));
        assert_u256_equal(back, scaled);
        assert_ok(lq_aave_v3_scaled_burn(rules_of(5), &back, LQ_AAVE_V3_DEBT, &up, &index));
        assert_u256_equal(back, scaled);
        assert_ok(lq_aave_v3_scaled_burn(rules_of(4), &back, LQ_AAVE_V3_DEBT, &half, &index));
        assert_u256_equal(back, scaled);
    }
}

/* A token as the contract keeps it for one account: what it emits is what we are given. */
typedef struct account {
    lq_u256_t scaled;
    lq_u256_t last_index; /* additionalData */
} account_t;

static lq_u256_t balance(int version, lq_aave_v3_token_t token, const lq_u256_t *scaled,
                         const lq_u256_t *index)
{
    mpz_t s;
    mpz_t x;
    init_mpz(s, scaled);
    init_mpz(x, index);
    evm_t e = {false};
    evm_round_t round = version <= 4 ? EVM_HALF_UP : token == LQ_AAVE_V3_ATOKEN ? EVM_DOWN : EVM_UP;
    evm_ray_mul(&e, s, s, x, round);
    assert_false(e.reverted);
    lq_u256_t out = from_mpz(s);
    mpz_clears(s, x, NULL);
    return out;
}

/* Moves AMOUNT in or out of A; sets *E and *MINT to the event. False where the contract reverts. */
static bool act(account_t *a, lq_aave_v3_scaled_event_t *e, bool *mint, int version,
                lq_aave_v3_token_t token, bool in, const lq_u256_t *amount, const lq_u256_t *index)
{
    lq_u256_t moved;
    assert_ok((in ? lq_aave_v3_scaled_mint : lq_aave_v3_scaled_burn)(rules_of(version), &moved,
                                                                     token, amount, index));
    if (lq_u256_is_zero(&moved) || (!in && lq_u256_lt(&a->scaled, &moved)))
        return false;
    lq_u256_t next =
        in ? lq_u256_add_wrap(&a->scaled, &moved) : lq_u256_sub_wrap(&a->scaled, &moved);
    lq_u256_t before = balance(version, token, &a->scaled, &a->last_index);
    lq_u256_t now = balance(version, token, &a->scaled, index);
    e->balance_increase = lq_u256_sub_wrap(&now, &before);
    e->index = *index;
    if (version <= 4) {
        *mint = in || lq_u256_lt(amount, &e->balance_increase);
        e->value = in      ? lq_u256_add_wrap(amount, &e->balance_increase)
                   : *mint ? lq_u256_sub_wrap(&e->balance_increase, amount)
                           : lq_u256_sub_wrap(amount, &e->balance_increase);
    } else {
        lq_u256_t after = balance(version, token, &next, index);
        *mint = in || lq_u256_lt(&before, &after);
        e->value = *mint ? lq_u256_sub_wrap(&after, &before) : lq_u256_sub_wrap(&before, &after);
    }
    a->scaled = next;
    a->last_index = *index;
    return true;
}

/* An amount to move: small, about the interest, about the balance, all of it, or any. */
static lq_u256_t any_amount(lq_rng_t *rng, const account_t *a, int version,
                            lq_aave_v3_token_t token, const lq_u256_t *index)
{
    lq_u256_t now = balance(version, token, &a->scaled, index);
    lq_u256_t before = balance(version, token, &a->scaled, &a->last_index);
    switch (lq_rng_below(rng, 5)) {
    case 0:
        return lq_u256_from_u64(lq_rng_below(rng, 5));
    case 1:
        now = lq_u256_sub_wrap(&now, &before);
        before = lq_u256_from_u64(lq_rng_below(rng, 3));
        return lq_u256_add_wrap(&now, &before);
    case 2:
        return lq_u256_shr(&now, (unsigned)lq_rng_below(rng, 8));
    case 3:
        return now;
    default:
        return up_to_bits(rng, 100);
    }
}

/* BalanceTransfer: interest first, as a Mint of its own, then the scaled amount. */
static void transfer(account_t *a, lq_u256_t *known, int version, const lq_u256_t *index,
                     lq_rng_t *rng)
{
    lq_u256_t other = up_to_bits(rng, 100);
    lq_u256_t other_known = other;
    lq_u256_t amount = any_amount(rng, a, version, LQ_AAVE_V3_ATOKEN, index);
    lq_u256_t moved;
    assert_ok(lq_aave_v3_scaled_burn(rules_of(version), &moved, LQ_AAVE_V3_ATOKEN, &amount, index));
    if (lq_u256_lt(&a->scaled, &moved))
        return;
    lq_u256_t now = balance(version, LQ_AAVE_V3_ATOKEN, &a->scaled, index);
    lq_u256_t before = balance(version, LQ_AAVE_V3_ATOKEN, &a->scaled, &a->last_index);
    lq_aave_v3_scaled_event_t e = {.index = *index};
    e.value = e.balance_increase = lq_u256_sub_wrap(&now, &before);
    a->scaled = lq_u256_sub_wrap(&a->scaled, &moved);
    a->last_index = *index;
    other = lq_u256_add_wrap(&other, &moved);
    if (!lq_u256_is_zero(&e.value))
        assert_ok(lq_aave_v3_apply_mint(rules_of(version), known, LQ_AAVE_V3_ATOKEN, &e));
    assert_ok(lq_aave_v3_apply_transfer(known, &other_known, &moved));
    assert_u256_equal(other_known, other);
}

static void scaled_balances_follow_from_the_events(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t lowering_mint_cnt = 0;
    for (size_t i = 0; i < lq_test_cnt(600, 60000); i++) {
        int version = (int)lq_rng_below(&rng, LQ_AAVE_V3_VERSION_CNT);
        lq_aave_v3_token_t token = tokens[lq_rng_below(&rng, 2)];
        lq_u256_t index = u256_of("1000000000000000000000000000");
        account_t a = {.last_index = index};
        lq_u256_t known = lq_u256_from_u64(0);
        for (size_t k = 0; k < 30; k++) {
            lq_u256_t more = up_to_bits(&rng, 87);
            index = lq_u256_add_wrap(&index, &more);
            lq_u256_t amount = any_amount(&rng, &a, version, token, &index);
            lq_u256_t before = a.scaled;
            lq_aave_v3_scaled_event_t e;
            bool mint;
            if (token == LQ_AAVE_V3_ATOKEN && lq_rng_below(&rng, 4) == 0) {
                transfer(&a, &known, version, &index, &rng);
            } else if (act(&a, &e, &mint, version, token, lq_rng_u64(&rng) & 1, &amount, &index)) {
                assert_ok((mint ? lq_aave_v3_apply_mint
                                : lq_aave_v3_apply_burn)(rules_of(version), &known, token, &e));
                lowering_mint_cnt += mint && lq_u256_lt(&a.scaled, &before);
            }
            assert_u256_equal(known, a.scaled);
        }
    }
    assert_true(lowering_mint_cnt > 100);
}

static lq_aave_v3_scaled_event_t event(const char *value, const char *increase, const char *index)
{
    return (lq_aave_v3_scaled_event_t){u256_of(value), u256_of(increase), u256_of(index)};
}

/* Events that no contract of the version emits leave the balance alone. */
static void contradictory_events_are_refused(void **state)
{
    (void)state;
    static const char one[] = "1000000000000000000000000000";
    static const char max[] =
        "115792089237316195423570985008687907853269984665640564039457584007913129639935";
    static const char two128[] = "340282366920938463463374607431768211456";
    const struct {
        int version; /* the first of its kind */
        bool mint;
        lq_aave_v3_scaled_event_t e;
        lq_err_t err;
    } cases[] = {
        {0, false, event("101", "0", one), LQ_ERR_RANGE}, /* more than there is */
        {0, false, event("1", max, one), LQ_ERR_RANGE},   /* a sum beyond 256 bits */
        {0, true, event("0", "101", one), LQ_ERR_RANGE},  /* a burn beyond the balance */
        {0, true, event(two128, "0", one), LQ_ERR_RANGE}, /* a balance beyond 128 bits */
        {0, true, event(max, "0", one), LQ_ERR_RANGE},    /* a product beyond 256 */
        {0, true, event("1", "0", "0"), LQ_ERR_DIV_ZERO},
        {5, false, event("101", "0", one), LQ_ERR_RANGE},
        {5, false, event("0", "101", one), LQ_ERR_RANGE},
        {5, true, event("0", "101", one), LQ_ERR_RANGE},
        {5, true, event(two128, "0", one), LQ_ERR_RANGE},
        {5, true, event(max, "0", one), LQ_ERR_RANGE},
        {5, true, event("1", "0", "0"), LQ_ERR_RANGE},
        {5, true, event("1", "0", "999999999999999999999999999"), LQ_ERR_RANGE},
        {5, true, event("1", "0", "3000000000000000000000000000"), LQ_ERR_RANGE}, /* 301 of 3s */
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        for (size_t token = 0; token < 2; token++) {
            lq_u256_t scaled = lq_u256_from_u64(100);
            lq_err_t err = (cases[i].mint ? lq_aave_v3_apply_mint : lq_aave_v3_apply_burn)(
                rules_of(cases[i].version), &scaled, tokens[token], &cases[i].e);
            if (err != cases[i].err)
                print_error("case %zu\n", i);
            assert_err(err, cases[i].err);
            assert_u256_equal(scaled, lq_u256_from_u64(100));
        }
    }
}

static void transfers_keep_the_sum(void **state)
{
    (void)state;
    lq_u256_t from = lq_u256_from_u64(100);
    lq_u256_t to = lq_u256_from_u64(7);
    lq_u256_t v = lq_u256_from_u64(101);
    assert_err(lq_aave_v3_apply_transfer(&from, &to, &v), LQ_ERR_RANGE);
    assert_u256_equal(from, lq_u256_from_u64(100));
    assert_u256_equal(to, lq_u256_from_u64(7));
    v = lq_u256_from_u64(100);
    assert_ok(lq_aave_v3_apply_transfer(&from, &from, &v));
    assert_u256_equal(from, lq_u256_from_u64(100));
    assert_ok(lq_aave_v3_apply_transfer(&from, &to, &v));
    assert_u256_equal(from, lq_u256_from_u64(0));
    assert_u256_equal(to, lq_u256_from_u64(107));
    from = u256_of("340282366920938463463374607431768211455");
    assert_err(lq_aave_v3_apply_transfer(&from, &to, &from), LQ_ERR_RANGE);
    assert_u256_equal(to, lq_u256_from_u64(107));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interest_is_the_models),
        cmocka_unit_test(accrual_is_the_models),
        cmocka_unit_test(time_does_not_go_back),
        cmocka_unit_test(balances_and_scaled_amounts_are_the_models),
        cmocka_unit_test(rounding_favours_the_pool),
        cmocka_unit_test(scaled_balances_follow_from_the_events),
        cmocka_unit_test(contradictory_events_are_refused),
        cmocka_unit_test(transfers_keep_the_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
