#include "aave_v3_test.h"

#include "aave_v3_adapter_trial.h"
#include "aave_v3_internal.h"

#include "liqd/num/fixed.h"

/* The two ways to compute a call beside each other. */

static lq_u256_t of_bits(lq_rng_t *rng, unsigned bits)
{
    lq_u256_t v = {{lq_rng_u64(rng), lq_rng_u64(rng), 0, 0}};
    return lq_u256_shr(&v, 128 - (unsigned)lq_rng_below(rng, bits + 1));
}

/* An index: mostly a ray and a little; or any. */
static lq_u256_t drawn_index(lq_rng_t *rng, bool wild)
{
    if (wild && lq_rng_below(rng, 4) == 0)
        return of_bits(rng, 128);
    lq_u256_t more = of_bits(rng, wild ? 127 : 88);
    return lq_u256_add_wrap(&LQ_RAY_ONE, &more);
}

typedef struct case_ {
    pairing_t p;
    lq_aave_v3_account_t sums;
    lq_aave_v3_e_mode_t e_mode;
} case_t;

/* A pair, and an account of it and more, as make_pairing has it before balances; false: the account
   reverts. */
static bool draw(case_t *c, lq_rng_t *rng, const lq_aave_v3_rules_t *rules, bool wild)
{
    pairing_t *p = &c->p;
    memset(c, 0, sizeof(*c));
    p->rules = rules;
    p->is_planned = lq_rng_below(rng, 2);
    if (p->is_planned && lq_rng_below(rng, 2)) {
        p->collateral_margin = lq_rng_below(rng, UINT64_C(1) << 40);
        p->debt_margin = lq_rng_below(rng, UINT64_C(1) << 40);
    }
    c->e_mode.liquidation_threshold_bps = (uint16_t)lq_rng_below(rng, 10001);
    c->e_mode.price = lq_rng_below(rng, 2) ? of_bits(rng, 40) : lq_u256_from_u64(0);
    p->e_mode = lq_rng_below(rng, 2) ? &c->e_mode : NULL;
    for (unsigned i = 0; i < 2; i++) {
        lq_aave_v3_asset_t *a = &p->assets[i];
        assert_ok(lq_aave_v3_unit_make(&a->unit, (unsigned)lq_rng_below(rng, wild ? 22 : 19)));
        a->price = of_bits(rng, wild ? 66 : 45);
        a->liquidity_index = drawn_index(rng, wild);
        a->variable_borrow_index = a->liquidity_index;
        a->liquidation_threshold_bps = (uint16_t)lq_rng_below(rng, 10001);
        lq_u256_t scaled = of_bits(rng, wild ? 128 : 90);
        p->legs[i] =
            (lq_aave_v3_leg_t){.asset = a,
                               .scaled_supply = scaled,
                               .scaled_debt = scaled,
                               .flags = i == 0 ? LQ_AAVE_V3_COLLATERAL : LQ_AAVE_V3_BORROWING};
        if (p->e_mode && lq_rng_below(rng, 2))
            p->legs[i].flags |= LQ_AAVE_V3_IN_E_MODE;
    }
    p->pair = (lq_aave_v3_pair_t){
        .collateral_price = *lq_aave_v3_price(rules, &p->legs[0], p->e_mode),
        .collateral_unit = p->assets[0].unit.value,
        .debt_price = p->assets[1].price,
        .debt_unit = p->assets[1].unit.value,
        .liquidation_bonus_bps = (uint16_t)lq_rng_below(rng, wild ? 65536 : 13000),
        .protocol_fee_bps = (uint16_t)(lq_rng_below(rng, 2) * lq_rng_below(rng, 10001))};
    if (rules->e_mode_price && p->e_mode && !lq_u256_is_zero(&c->e_mode.price))
        p->pair.debt_price = c->e_mode.price;
    if (!lq_aave_v3_counts(rules, &p->legs[0]) ||
        lq_aave_v3_account_wide(rules, &c->sums, p->legs, 2, p->e_mode))
        return false;
    if (lq_rng_below(rng, 2)) { /* there is more than the two */
        lq_u256_t more = of_bits(rng, wild ? 116 : 60);
        lq_u256_t least = lq_u256_from_u64(8000);
        c->sums.total_collateral_base = lq_u256_add_wrap(&c->sums.total_collateral_base, &more);
        more = lq_u256_mul_wrap(&more, &least);
        c->sums.weighted_collateral_bps = lq_u256_add_wrap(&c->sums.weighted_collateral_bps, &more);
        more = of_bits(rng, wild ? 116 : 60);
        if (lq_rng_below(rng, 4) == 0) { /* half of all is what the pair owes, or nearly */
            lq_u256_t few = lq_u256_from_u64(lq_rng_below(rng, 4));
            more = lq_u256_add_wrap(&c->sums.total_debt_base, &few);
        }
        c->sums.total_debt_base = lq_u256_add_wrap(&c->sums.total_debt_base, &more);
    }
    return lq_aave_v3_set_health(rules, &c->sums) == LQ_OK;
}

static void subtract(lq_aave_v3_account_t *out, const lq_aave_v3_account_t *a,
                     const lq_aave_v3_account_t *b)
{
    out->total_collateral_base =
        lq_u256_sub_wrap(&a->total_collateral_base, &b->total_collateral_base);
    out->total_debt_base = lq_u256_sub_wrap(&a->total_debt_base, &b->total_debt_base);
    out->weighted_collateral_bps =
        lq_u256_sub_wrap(&a->weighted_collateral_bps, &b->weighted_collateral_bps);
}

static lq_err_t make_wide(pairing_t *p, const lq_aave_v3_account_t *sums)
{
    lq_err_t err;
    if ((err = lq_aave_v3_balance(p->rules, &p->pair.collateral_balance, LQ_AAVE_V3_ATOKEN,
                                  &p->legs[0].scaled_supply, &p->assets[0].liquidity_index)) ||
        (err = lq_aave_v3_balance(p->rules, &p->pair.debt_balance, LQ_AAVE_V3_DEBT,
                                  &p->legs[1].scaled_debt, &p->assets[1].variable_borrow_index)) ||
        (err = lq_aave_v3_account_wide(p->rules, &p->own, p->legs, 2, p->e_mode)))
        return err;
    subtract(&p->rest, sums, &p->own);
    set_borders(p, &p->own.total_collateral_base, &p->own.total_debt_base);
    return lq_aave_v3_max_debt_by(p->rules, &p->max_debt, &p->pair, &p->borders,
                                  &sums->health_factor, &sums->total_debt_base);
}

static void assert_same_sums(const lq_aave_v3_account_t *a, const lq_aave_v3_account_t *b)
{
    assert_u256_equal(a->total_collateral_base, b->total_collateral_base);
    assert_u256_equal(a->total_debt_base, b->total_debt_base);
    assert_u256_equal(a->weighted_collateral_bps, b->weighted_collateral_bps);
}

static void assert_same_effect(const effect_t *a, const effect_t *b)
{
    assert_u256_equal(a->seizure.collateral, b->seizure.collateral);
    assert_u256_equal(a->seizure.protocol_fee, b->seizure.protocol_fee);
    assert_u256_equal(a->seizure.debt_needed, b->seizure.debt_needed);
    assert_u256_equal(a->seizure.collateral_base, b->seizure.collateral_base);
    assert_u256_equal(a->scaled_supply, b->scaled_supply);
    assert_u256_equal(a->scaled_debt, b->scaled_debt);
    assert_int_equal(a->flag_off, b->flag_off);
    assert_int_equal(a->bad_debt, b->bad_debt);
    if (a->bad_debt)
        return;
    assert_same_sums(&a->own, &b->own);
    assert_same_sums(&a->sums, &b->sums);
    assert_u256_equal(a->sums.health_factor, b->sums.health_factor);
}

typedef struct tally {
    size_t pair_cnt, narrow_cnt, call_cnt, done_cnt, dust_cnt, wide_cnt;
} tally_t;

static lq_u256_t drawn_amount(lq_rng_t *rng, const lq_u256_t *max)
{
    lq_u256_t v = of_bits(rng, 128);
    lq_u256_t few = lq_u256_from_u64(lq_rng_below(rng, 4));
    if (lq_rng_below(rng, 2))
        return lq_u256_min(&v, max);
    return lq_u256_lt(&few, max) ? lq_u256_sub_wrap(max, &few) : few;
}

static void compare(case_t *c, lq_rng_t *rng, tally_t *t)
{
    static pairing_t wide;
    t->pair_cnt++;
    wide = c->p;
    lq_err_t err = make_wide(&wide, &c->sums);
    if (!make_narrow(&c->p, &c->sums))
        return;
    t->narrow_cnt++;
    assert_ok(err);
    assert_u256_equal(c->p.pair.collateral_balance, wide.pair.collateral_balance);
    assert_u256_equal(c->p.pair.debt_balance, wide.pair.debt_balance);
    assert_u256_equal(c->p.max_debt, wide.max_debt);
    assert_same_sums(&c->p.own, &wide.own);
    assert_same_sums(&c->p.rest, &wide.rest);
    for (unsigned i = 0; i < 8; i++) {
        effect_t a;
        effect_t b;
        lq_u256_t amount = drawn_amount(rng, &wide.max_debt);
        memset(&a, 0xa5, sizeof(a));
        memset(&b, 0x5a, sizeof(b));
        lq_err_t narrow = LQ_OK;
        if (lq_u256_is_zero(&amount))
            continue;
        t->call_cnt++;
        err = set_effect_wide(&b, &wide, &amount);
        if (!set_effect_narrow(&a, &narrow, &c->p, &amount, true)) {
            t->wide_cnt++;
            continue;
        }
        assert_int_equal(narrow, err);
        assert_int_equal(a.dust, b.dust);
        t->dust_cnt += a.dust;
        if (err)
            continue;
        t->done_cnt++;
        assert_same_effect(&a, &b);
        effect_t shape = b;
        assert_true(set_effect_narrow(&shape, &narrow, &c->p, &amount, false));
        assert_same_effect(&shape, &b);
    }
}

static void try_all(bool wild, tally_t *t)
{
    static case_t c;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(20000, 2000000);
    for (size_t i = 0; i < cnt; i++)
        if (draw(&c, &rng, rules_of((int)(i % LQ_AAVE_V3_VERSION_CNT)), wild))
            compare(&c, &rng, t);
}

static void usual_calls_are_the_same_in_128_bits(void **state)
{
    (void)state;
    tally_t t = {0};
    try_all(false, &t);
    assert_true(t.narrow_cnt > t.pair_cnt / 2);
    assert_true(t.done_cnt > t.call_cnt / 4 && t.dust_cnt > t.call_cnt / 100);
    assert_true(t.wide_cnt < t.call_cnt / 2);
}

static void extreme_calls_are_the_same_in_128_bits(void **state)
{
    (void)state;
    tally_t t = {0};
    try_all(true, &t);
    assert_true(t.narrow_cnt > t.pair_cnt / 20);
    assert_true(t.done_cnt > t.call_cnt / 20);
    assert_true(t.wide_cnt > 0 && t.narrow_cnt < t.pair_cnt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_calls_are_the_same_in_128_bits),
        cmocka_unit_test(extreme_calls_are_the_same_in_128_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
