#include "aave_v3_test.h"

#include "liqd/protocol/aave_v3_liquidation.h"

static const lq_aave_v3_call_t liquidatable = {
    .health_factor = {{999999999999999999u, 0, 0, 0}},
    .debt_balance = {{1, 0, 0, 0}},
    .now_sec = 1000,
    .collateral = {.active = true, .liquidation_grace_period_until_sec = 999},
    .debt = {.active = true, .liquidation_grace_period_until_sec = 999},
    .collateral_threshold_bps = 1,
    .used_as_collateral = true,
    .sentinel_allows = true,
};

/* Makes C refused for REASON, and leaves the rest as it is. */
static void refuse(lq_aave_v3_call_t *c, lq_aave_v3_verdict_t reason, bool of_debt)
{
    lq_aave_v3_reserve_state_t *r = of_debt ? &c->debt : &c->collateral;
    switch (reason) {
    case LQ_AAVE_V3_LIQUIDATABLE:
        break;
    case LQ_AAVE_V3_SELF_LIQUIDATION:
        c->borrower_is_liquidator = true;
        break;
    case LQ_AAVE_V3_RESERVE_INACTIVE:
        r->active = false;
        break;
    case LQ_AAVE_V3_RESERVE_PAUSED:
        r->paused = true;
        break;
    case LQ_AAVE_V3_SENTINEL_REFUSES:
        c->sentinel_allows = false;
        break;
    case LQ_AAVE_V3_GRACE_PERIOD:
        r->liquidation_grace_period_until_sec = c->now_sec;
        break;
    case LQ_AAVE_V3_HEALTHY:
        c->health_factor = lq_u256_from_u64(1000000000000000000u);
        break;
    case LQ_AAVE_V3_NO_COLLATERAL:
        c->used_as_collateral = false;
        break;
    case LQ_AAVE_V3_NO_DEBT:
        c->debt_balance = lq_u256_from_u64(0);
        break;
    }
}

static bool asked(int version, lq_aave_v3_verdict_t reason)
{
    return reason == LQ_AAVE_V3_SELF_LIQUIDATION   ? version >= 4
           : reason == LQ_AAVE_V3_SENTINEL_REFUSES ? version <= 6
           : reason == LQ_AAVE_V3_GRACE_PERIOD     ? version >= 1
                                                   : true;
}

/* Each set of reasons, on either reserve: the first that the version asks for is the verdict. */
static void the_first_refusal_is_the_verdict(void **state)
{
    (void)state;
    for (int version = 0; version < LQ_AAVE_V3_VERSION_CNT; version++) {
        for (unsigned set = 0; set < 512; set++) {
            lq_aave_v3_call_t c = liquidatable;
            lq_aave_v3_verdict_t want = LQ_AAVE_V3_LIQUIDATABLE;
            for (int reason = LQ_AAVE_V3_NO_DEBT; reason > 0; reason--) {
                if (!(set >> reason & 1))
                    continue;
                refuse(&c, (lq_aave_v3_verdict_t)reason, set & 1);
                if (asked(version, (lq_aave_v3_verdict_t)reason))
                    want = (lq_aave_v3_verdict_t)reason;
            }
            assert_int_equal(lq_aave_v3_verdict(rules_of(version), &c), want);
        }
    }
}

static void the_sentinel_has_no_say_below_0_95(void **state)
{
    (void)state;
    lq_aave_v3_call_t c = liquidatable;
    c.sentinel_allows = false;
    c.health_factor = lq_u256_from_u64(950000000000000000u);
    assert_int_equal(lq_aave_v3_verdict(rules_of(3), &c), LQ_AAVE_V3_SENTINEL_REFUSES);
    c.health_factor = lq_u256_from_u64(949999999999999999u);
    assert_int_equal(lq_aave_v3_verdict(rules_of(3), &c), LQ_AAVE_V3_LIQUIDATABLE);
}

static void a_collateral_of_threshold_0_is_seized_from_3_6(void **state)
{
    (void)state;
    lq_aave_v3_call_t c = liquidatable;
    c.collateral_threshold_bps = 0;
    for (int version = 0; version < LQ_AAVE_V3_VERSION_CNT; version++)
        assert_int_equal(lq_aave_v3_verdict(rules_of(version), &c),
                         version >= 6 ? LQ_AAVE_V3_LIQUIDATABLE : LQ_AAVE_V3_NO_COLLATERAL);
}

/* COLLATERAL and DEBT in base units: one unit of each token is worth one. */
static lq_aave_v3_pair_t plain_pair(uint64_t collateral, uint64_t debt)
{
    return (lq_aave_v3_pair_t){
        .collateral_price = lq_u256_from_u64(1),
        .collateral_unit = lq_u256_from_u64(1),
        .collateral_balance = lq_u256_from_u64(collateral),
        .debt_price = lq_u256_from_u64(1),
        .debt_unit = lq_u256_from_u64(1),
        .debt_balance = lq_u256_from_u64(debt),
        .liquidation_bonus_bps = 10500,
    };
}

static uint64_t max_debt(int version, uint64_t collateral, uint64_t debt, uint64_t total,
                         uint64_t health)
{
    lq_aave_v3_pair_t p = plain_pair(collateral, debt);
    lq_u256_t h = lq_u256_from_u64(health);
    lq_u256_t t = lq_u256_from_u64(total);
    lq_u256_t out = UNTOUCHED;
    uint64_t v = 0;
    assert_ok(lq_aave_v3_max_debt(rules_of(version), &out, &p, &h, &t));
    assert_ok(lq_u256_to_u64(&v, &out));
    return v;
}

static void close_factor_is_half_of_the_reserve_until_3_2(void **state)
{
    (void)state;
    const uint64_t border = 950000000000000000u;
    for (int version = 0; version <= 2; version++) {
        assert_int_equal(max_debt(version, 1, 1001, 9999, border), 1001);
        assert_int_equal(max_debt(version, 1, 1001, 9999, border + 1), 501); /* half up */
    }
}

static void close_factor_is_half_of_the_account_from_3_3(void **state)
{
    (void)state;
    const uint64_t border = 950000000000000000u;
    const uint64_t limit = 200000000000u; /* 2000 USD */
    for (int version = 3; version < LQ_AAVE_V3_VERSION_CNT; version++) {
        assert_int_equal(max_debt(version, limit, limit, limit, border), limit);
        assert_int_equal(max_debt(version, limit, limit, limit, border + 1), limit / 2);
        assert_int_equal(max_debt(version, limit - 1, limit, limit, border + 1), limit);
        assert_int_equal(max_debt(version, limit, limit - 1, limit, border + 1), limit - 1);
        /* other debts make room for all of this one */
        assert_int_equal(max_debt(version, limit, limit, 2 * limit, border + 1), limit);
        assert_int_equal(max_debt(version, limit, limit, 2 * limit - 2, border + 1), limit - 1);
    }
}

/* A debt of 1999.999999995 USD is 2000 from 3.5, where values of debt are rounded up. */
static void the_2000_dollars_of_debt_are_rounded_up_from_3_5(void **state)
{
    (void)state;
    lq_u256_t health = lq_u256_from_u64(960000000000000000u);
    lq_u256_t total = lq_u256_from_u64(200000000000u);
    for (int version = 3; version < LQ_AAVE_V3_VERSION_CNT; version++) {
        lq_aave_v3_pair_t p = plain_pair(200000000000u, 399999999999u);
        p.debt_unit = lq_u256_from_u64(2);
        lq_u256_t out = UNTOUCHED;
        assert_ok(lq_aave_v3_max_debt(rules_of(version), &out, &p, &health, &total));
        assert_u256_equal(out, lq_u256_from_u64(version >= 5 ? 200000000000u : 399999999999u));
    }
}

/* A debt whose value, rounded down, is just half of the account's is not cut to that value. */
static void a_debt_of_just_half_can_be_closed(void **state)
{
    (void)state;
    lq_u256_t health = lq_u256_from_u64(960000000000000000u);
    lq_u256_t total = lq_u256_from_u64(400000000000u);
    lq_aave_v3_pair_t p = plain_pair(200000000000u, 400000000001u);
    p.debt_unit = lq_u256_from_u64(2);
    lq_u256_t out = UNTOUCHED;
    assert_ok(lq_aave_v3_max_debt(rules_of(4), &out, &p, &health, &total));
    assert_u256_equal(out, lq_u256_from_u64(400000000001u));
    assert_ok(lq_aave_v3_max_debt(rules_of(5), &out, &p, &health, &total)); /* above by rounding */
    assert_u256_equal(out, lq_u256_from_u64(400000000000u));
}

static lq_aave_v3_pair_t any_pair(lq_rng_t *rng)
{
    static const unsigned widths[][3] = {
        {44, 60, 100}, {64, 64, 128}, {100, 60, 100}, {256, 256, 256}};
    const unsigned *w = widths[lq_rng_below(rng, LQ_ARRAY_CNT(widths))];
    lq_aave_v3_pair_t p = {
        .collateral_price = up_to_bits(rng, w[0]),
        .collateral_unit = up_to_bits(rng, w[1]),
        .collateral_balance = up_to_bits(rng, w[2]),
        .debt_price = up_to_bits(rng, w[0]),
        .debt_unit = up_to_bits(rng, w[1]),
        .debt_balance = up_to_bits(rng, w[2]),
        .liquidation_bonus_bps = (uint16_t)(lq_rng_below(rng, 16) ? 10000 + lq_rng_below(rng, 2000)
                                                                  : lq_rng_below(rng, 65536)),
        .protocol_fee_bps = (uint16_t)(lq_rng_below(rng, 2) ? lq_rng_below(rng, 10001) : 0),
    };
    return p;
}

/* The pair in GMP. */
typedef struct numbers {
    evm_t evm;
    mpz_t pc, uc, bc, pd, ud, bd, bonus, fee_bps;
    mpz_t coll, fee, need, base, t, v;
} numbers_t;

static void numbers_init(numbers_t *n, const lq_aave_v3_pair_t *p)
{
    n->evm.reverted = false;
    init_mpz(n->pc, &p->collateral_price);
    init_mpz(n->uc, &p->collateral_unit);
    init_mpz(n->bc, &p->collateral_balance);
    init_mpz(n->pd, &p->debt_price);
    init_mpz(n->ud, &p->debt_unit);
    init_mpz(n->bd, &p->debt_balance);
    mpz_init_set_ui(n->bonus, p->liquidation_bonus_bps);
    mpz_init_set_ui(n->fee_bps, p->protocol_fee_bps);
    mpz_inits(n->coll, n->fee, n->need, n->base, n->t, n->v, NULL);
}

static void numbers_clear(numbers_t *n)
{
    mpz_clears(n->pc, n->uc, n->bc, n->pd, n->ud, n->bd, n->bonus, n->fee_bps, NULL);
    mpz_clears(n->coll, n->fee, n->need, n->base, n->t, n->v, NULL);
}

/* OUT = A in units of the other token. */
static void model_convert(evm_t *e, mpz_t out, const mpz_t a, const mpz_t price,
                          const mpz_t to_unit, const mpz_t to_price, const mpz_t unit)
{
    mpz_t den;
    mpz_t num;
    mpz_inits(den, num, NULL);
    evm_mul(e, num, price, a);
    evm_mul(e, num, num, to_unit);
    evm_mul(e, den, to_price, unit);
    if (mpz_sgn(den) == 0)
        e->reverted = true;
    else
        mpz_fdiv_q(out, num, den);
    mpz_clears(den, num, NULL);
}

static void model_seize(numbers_t *n, const mpz_t debt, int version)
{
    evm_t *e = &n->evm;
    evm_round_t down = version >= 7 ? EVM_DOWN : EVM_HALF_UP;
    model_convert(e, n->v, debt, n->pd, n->uc, n->pc, n->ud);
    evm_fixed(e, n->coll, n->v, n->bonus, 4, false, down);
    mpz_set(n->need, debt);
    if (e->reverted)
        return;
    if (mpz_cmp(n->coll, n->bc) > 0) {
        mpz_set(n->coll, n->bc);
        model_convert(e, n->v, n->coll, n->pc, n->ud, n->pd, n->uc);
        evm_fixed(e, n->need, n->v, n->bonus, 4, true, version >= 5 ? EVM_UP : EVM_HALF_UP);
    }
    if (version >= 3 && version <= 6)
        evm_mul_div(e, n->base, n->coll, n->pc, n->uc, EVM_DOWN);
    if (mpz_sgn(n->fee_bps) == 0 || e->reverted)
        return;
    evm_fixed(e, n->v, n->coll, n->bonus, 4, true, down);
    evm_sub(e, n->v, n->coll, n->v);
    evm_fixed(e, n->fee, n->v, n->fee_bps, 4, false, version >= 7 ? EVM_UP : EVM_HALF_UP);
    evm_sub(e, n->coll, n->coll, n->fee);
}

static void check_seize(lq_rng_t *rng, int version, size_t *reverted_cnt, size_t *capped_cnt)
{
    lq_aave_v3_pair_t p = any_pair(rng);
    lq_u256_t debt = lq_rng_below(rng, 4) ? lq_u256_shr(&p.debt_balance, 1) : any_u256(rng);
    numbers_t n;
    numbers_init(&n, &p);
    to_mpz(n.t, &debt);
    model_seize(&n, n.t, version);
    lq_aave_v3_seizure_t s = {UNTOUCHED, UNTOUCHED, UNTOUCHED, UNTOUCHED};
    lq_err_t err = lq_aave_v3_seize(rules_of(version), &s, &p, &debt);
    assert_as_evm(&n.evm, err, s.collateral, n.coll);
    assert_as_evm(&n.evm, err, s.protocol_fee, n.fee);
    assert_as_evm(&n.evm, err, s.debt_needed, n.need);
    assert_as_evm(&n.evm, err, s.collateral_base, n.base);
    *reverted_cnt += n.evm.reverted;
    if (!err) {
        lq_u256_t sum = lq_u256_add_wrap(&s.collateral, &s.protocol_fee);
        assert_false(lq_u256_lt(&p.collateral_balance, &sum));
        *capped_cnt += lq_u256_eq(&sum, &p.collateral_balance);
    }
    numbers_clear(&n);
}

static void seizures_are_the_models(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t reverted_cnt = 0;
    size_t capped_cnt = 0;
    size_t cnt = lq_test_cnt(20000, 2000000);
    for (size_t i = 0; i < cnt; i++)
        check_seize(&rng, (int)lq_rng_below(&rng, LQ_AAVE_V3_VERSION_CNT), &reverted_cnt,
                    &capped_cnt);
    assert_true(reverted_cnt > cnt / 20 && reverted_cnt < cnt / 2);
    assert_true(capped_cnt > cnt / 20 && capped_cnt < cnt / 2);
}

static void model_max_debt(numbers_t *n, mpz_t out, const mpz_t health, const mpz_t total,
                           int version)
{
    evm_t *e = &n->evm;
    mpz_set_ui(n->t, version >= 3 || mpz_cmp_ui(health, 950000000000000000u) > 0 ? 5000 : 10000);
    if (version <= 2) {
        evm_fixed(e, out, n->bd, n->t, 4, false, EVM_HALF_UP);
        return;
    }
    mpz_set(out, n->bd);
    evm_mul_div(e, n->need, n->bd, n->pd, n->ud, version >= 5 ? EVM_UP : EVM_DOWN);
    evm_mul_div(e, n->base, n->bc, n->pc, n->uc, EVM_DOWN);
    if (e->reverted || mpz_cmp_ui(n->need, 200000000000u) < 0 ||
        mpz_cmp_ui(n->base, 200000000000u) < 0 || mpz_cmp_ui(health, 950000000000000000u) <= 0)
        return;
    evm_fixed(e, n->v, total, n->t, 4, false, EVM_HALF_UP);
    if (!e->reverted && mpz_cmp(n->need, n->v) > 0)
        evm_mul_div(e, out, n->v, n->ud, n->pd, EVM_DOWN);
}

static void max_debts_are_the_models(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t part_cnt = 0;
    size_t cnt = lq_test_cnt(20000, 2000000);
    for (size_t i = 0; i < cnt; i++) {
        int version = (int)lq_rng_below(&rng, LQ_AAVE_V3_VERSION_CNT);
        lq_aave_v3_pair_t p = any_pair(&rng);
        lq_u256_t health = lq_u256_from_u64(900000000000000000u + lq_rng_below(&rng, 1ull << 56));
        lq_u256_t total = lq_rng_below(&rng, 4) ? up_to_bits(&rng, 80) : any_u256(&rng);
        numbers_t n;
        numbers_init(&n, &p);
        mpz_t h;
        mpz_t d;
        init_mpz(h, &health);
        init_mpz(d, &total);
        model_max_debt(&n, n.coll, h, d, version);
        lq_u256_t out = UNTOUCHED;
        lq_err_t err = lq_aave_v3_max_debt(rules_of(version), &out, &p, &health, &total);
        assert_as_evm(&n.evm, err, out, n.coll);
        part_cnt += !err && version >= 3 && !lq_u256_eq(&out, &p.debt_balance);
        mpz_clears(h, d, NULL);
        numbers_clear(&n);
    }
    assert_true(part_cnt > cnt / 50);
}

static bool leaves_dust(int version, const lq_aave_v3_pair_t *p, uint64_t collateral, uint64_t fee,
                        uint64_t debt)
{
    const lq_aave_v3_seizure_t s = {.collateral = lq_u256_from_u64(collateral),
                                    .protocol_fee = lq_u256_from_u64(fee),
                                    .debt_needed = lq_u256_from_u64(debt)};
    bool out = false;
    assert_ok(lq_aave_v3_leaves_dust(rules_of(version), &out, p, &s));
    return out;
}

static void less_than_1000_dollars_left_of_both_are_dust(void **state)
{
    (void)state;
    const uint64_t limit = 100000000000u;
    lq_aave_v3_pair_t p = plain_pair(2 * limit, 2 * limit);
    for (int version = 0; version < LQ_AAVE_V3_VERSION_CNT; version++) {
        bool asks = version >= 3;
        assert_false(leaves_dust(version, &p, limit - 1, 1, limit));
        assert_int_equal(leaves_dust(version, &p, limit, 1, limit), asks);
        assert_int_equal(leaves_dust(version, &p, limit, 0, limit + 1), asks);
        /* all of one side may go whatever is left of the other */
        assert_false(leaves_dust(version, &p, 2 * limit - 1, 1, 2 * limit - 1));
        assert_false(leaves_dust(version, &p, 2 * limit - 1, 0, 2 * limit));
        assert_int_equal(leaves_dust(version, &p, 2 * limit - 1, 0, 2 * limit - 1), asks);
    }
}

static void debt_left_is_rounded_up_from_3_5(void **state)
{
    (void)state;
    const uint64_t limit = 100000000000u;
    lq_aave_v3_pair_t p = plain_pair(2 * limit, 3 * limit);
    p.debt_unit = lq_u256_from_u64(2);
    for (int version = 3; version < LQ_AAVE_V3_VERSION_CNT; version++)
        assert_int_equal(leaves_dust(version, &p, limit, 0, limit + 1), version <= 4);
    /* collateral down in each */
    p = plain_pair(3 * limit, 2 * limit);
    p.collateral_unit = lq_u256_from_u64(2);
    for (int version = 3; version < LQ_AAVE_V3_VERSION_CNT; version++)
        assert_true(leaves_dust(version, &p, limit + 1, 0, limit));
}

static void more_than_there_is_cannot_be_seized(void **state)
{
    (void)state;
    lq_aave_v3_pair_t p = plain_pair(100, 100);
    const lq_aave_v3_seizure_t seizures[] = {
        {.collateral = lq_u256_from_u64(101)},
        {.collateral = lq_u256_from_u64(60), .protocol_fee = lq_u256_from_u64(41)},
        {.debt_needed = lq_u256_from_u64(101)},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(seizures); i++) {
        bool out = true;
        assert_err(lq_aave_v3_leaves_dust(rules_of(6), &out, &p, &seizures[i]), LQ_ERR_RANGE);
        assert_true(out);
    }
}

static void bad_debt_is_told_by_value_to_3_6(void **state)
{
    (void)state;
    lq_aave_v3_pair_t p = plain_pair(100, 100);
    lq_u256_t zero = lq_u256_from_u64(0);
    const lq_aave_v3_seizure_t s = {.collateral_base = lq_u256_from_u64(77)};
    for (int version = 0; version <= 6; version++) {
        for (uint64_t total = 76; total <= 78; total++) {
            lq_u256_t t = lq_u256_from_u64(total);
            bool out = version < 3;
            assert_ok(
                lq_aave_v3_no_collateral_left(rules_of(version), &out, &p, &s, &t, &zero, &zero));
            assert_int_equal(out, version >= 3 && total == 77);
        }
    }
}

static bool no_collateral_left_3_7(uint64_t collateral, uint64_t fee, uint64_t scaled,
                                   uint64_t total)
{
    lq_aave_v3_pair_t p = plain_pair(0, 0);
    const lq_aave_v3_seizure_t s = {.collateral = lq_u256_from_u64(collateral),
                                    .protocol_fee = lq_u256_from_u64(fee)};
    lq_u256_t supply = lq_u256_from_u64(scaled);
    lq_u256_t t = lq_u256_from_u64(total);
    lq_u256_t index = u256_of("1500000000000000000000000000");
    bool out = false;
    assert_ok(lq_aave_v3_no_collateral_left(rules_of(7), &out, &p, &s, &t, &supply, &index));
    return out;
}

/* 1001 scaled units at 1.5 are a balance of 1501. */
static void bad_debt_is_told_by_scaled_units_from_3_7(void **state)
{
    (void)state;
    assert_true(no_collateral_left_3_7(1501, 0, 1001, 1501));
    /* 1400 and 100 consume 934 + 67 units, all, though 1 is left by value */
    assert_true(no_collateral_left_3_7(1400, 100, 1001, 1501));
    /* 1399 and 100 consume 933 + 67 */
    assert_false(no_collateral_left_3_7(1399, 100, 1001, 1501));
    assert_false(no_collateral_left_3_7(1501, 0, 1001, 1502)); /* another collateral */
    /* rounded up beyond the supply, which caps it */
    assert_true(no_collateral_left_3_7(1400, 101, 1001, 1501));
}

static void the_fee_is_capped_by_what_is_left(void **state)
{
    (void)state;
    lq_u256_t index = u256_of("1500000000000000000000000000");
    lq_u256_t fee = lq_u256_from_u64(100); /* 66.67 scaled units */
    lq_u256_t left = lq_u256_from_u64(1000);
    lq_u256_t out = UNTOUCHED;
    for (int version = 0; version < LQ_AAVE_V3_VERSION_CNT; version++) {
        assert_ok(lq_aave_v3_fee_scaled(rules_of(version), &out, &fee, &left, &index));
        assert_u256_equal(out, lq_u256_from_u64(67));
    }
    fee = lq_u256_from_u64(101); /* 67.33 */
    assert_ok(lq_aave_v3_fee_scaled(rules_of(4), &out, &fee, &left, &index));
    assert_u256_equal(out, lq_u256_from_u64(67));
    assert_ok(lq_aave_v3_fee_scaled(rules_of(5), &out, &fee, &left, &index));
    assert_u256_equal(out, lq_u256_from_u64(68));
    left = lq_u256_from_u64(67);
    assert_ok(lq_aave_v3_fee_scaled(rules_of(5), &out, &fee, &left, &index));
    assert_u256_equal(out, left);
    index = lq_u256_from_u64(0);
    out = UNTOUCHED;
    assert_err(lq_aave_v3_fee_scaled(rules_of(5), &out, &fee, &left, &index), LQ_ERR_DIV_ZERO);
    assert_u256_equal(out, UNTOUCHED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_refusal_is_the_verdict),
        cmocka_unit_test(the_sentinel_has_no_say_below_0_95),
        cmocka_unit_test(a_collateral_of_threshold_0_is_seized_from_3_6),
        cmocka_unit_test(close_factor_is_half_of_the_reserve_until_3_2),
        cmocka_unit_test(close_factor_is_half_of_the_account_from_3_3),
        cmocka_unit_test(the_2000_dollars_of_debt_are_rounded_up_from_3_5),
        cmocka_unit_test(a_debt_of_just_half_can_be_closed),
        cmocka_unit_test(seizures_are_the_models),
        cmocka_unit_test(max_debts_are_the_models),
        cmocka_unit_test(less_than_1000_dollars_left_of_both_are_dust),
        cmocka_unit_test(debt_left_is_rounded_up_from_3_5),
        cmocka_unit_test(more_than_there_is_cannot_be_seized),
        cmocka_unit_test(bad_debt_is_told_by_value_to_3_6),
        cmocka_unit_test(bad_debt_is_told_by_scaled_units_from_3_7),
        cmocka_unit_test(the_fee_is_capped_by_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
