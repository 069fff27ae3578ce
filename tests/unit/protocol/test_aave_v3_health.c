#include "aave_v3_test.h"

#include "aave_v3_internal.h"

#define LEG_MAX 6

typedef struct scene {
    lq_aave_v3_asset_t assets[LEG_MAX];
    lq_aave_v3_leg_t legs[LEG_MAX];
    size_t cnt;
    lq_aave_v3_e_mode_t e_mode_data;
    const lq_aave_v3_e_mode_t *e_mode;
} scene_t;

/* The widths that one account's numbers have at most. */
typedef struct widths {
    unsigned scaled;
    unsigned price;
    unsigned decimals;
    bool any_index;
} widths_t;

static uint16_t any_threshold(lq_rng_t *rng)
{
    static const uint16_t usual[] = {0, 1, 7800, 8250, 8600, 9500, 10000, UINT16_MAX};
    return lq_rng_u64(rng) & 1 ? usual[lq_rng_below(rng, LQ_ARRAY_CNT(usual))]
                               : (uint16_t)lq_rng_below(rng, 10001);
}

static void draw_scene(scene_t *s, lq_rng_t *rng, const widths_t *w)
{
    memset(s, 0, sizeof(*s));
    s->cnt = (size_t)lq_rng_below(rng, LEG_MAX + 1);
    s->e_mode_data.liquidation_threshold_bps = any_threshold(rng);
    if (lq_rng_u64(rng) & 1)
        s->e_mode_data.price = up_to_bits(rng, w->price);
    if (lq_rng_u64(rng) & 1)
        s->e_mode = &s->e_mode_data;
    for (size_t i = 0; i < s->cnt; i++) {
        lq_aave_v3_asset_t *a = &s->assets[i];
        assert_ok(lq_aave_v3_unit_make(&a->unit, (unsigned)lq_rng_below(rng, w->decimals + 1)));
        a->price = up_to_bits(rng, w->price);
        a->liquidity_index = w->any_index ? any_u256(rng) : any_index(rng);
        a->variable_borrow_index = w->any_index ? any_u256(rng) : any_index(rng);
        a->liquidation_threshold_bps = any_threshold(rng);
        s->legs[i] = (lq_aave_v3_leg_t){
            .asset = a,
            .scaled_supply = up_to_bits(rng, w->scaled),
            .scaled_debt = up_to_bits(rng, w->scaled),
            .stable_debt = lq_rng_below(rng, 4) ? lq_u256_from_u64(0) : up_to_bits(rng, w->scaled),
            .flags = (unsigned)lq_rng_below(rng, 8),
        };
    }
}

/* Sums of the contract, from its own text. */
typedef struct model {
    evm_t evm;
    mpz_t c;
    mpz_t d;
    mpz_t w;
    mpz_t hf;
} model_t;

static void model_init(model_t *m)
{
    m->evm.reverted = false;
    mpz_inits(m->c, m->d, m->w, m->hf, NULL);
}

static void model_clear(model_t *m)
{
    mpz_clears(m->c, m->d, m->w, m->hf, NULL);
}

static void model_leg(model_t *m, const scene_t *s, size_t i, int version)
{
    const lq_aave_v3_leg_t *leg = &s->legs[i];
    const lq_aave_v3_asset_t *a = leg->asset;
    bool in_e_mode = s->e_mode && (leg->flags & LQ_AAVE_V3_IN_E_MODE);
    bool e_mode_price = version <= 1 && in_e_mode && !lq_u256_is_zero(&s->e_mode->price);
    unsigned threshold =
        in_e_mode ? s->e_mode->liquidation_threshold_bps : a->liquidation_threshold_bps;
    mpz_t price;
    mpz_t unit;
    mpz_t v;
    mpz_t index;
    mpz_t t;
    init_mpz(price, e_mode_price ? &s->e_mode->price : &a->price);
    init_mpz(unit, &a->unit.value);
    if ((leg->flags & LQ_AAVE_V3_COLLATERAL) &&
        (version >= 6 || a->liquidation_threshold_bps != 0)) {
        init_mpz(v, &leg->scaled_supply);
        init_mpz(index, &a->liquidity_index);
        evm_ray_mul(&m->evm, v, v, index, version >= 5 ? EVM_DOWN : EVM_HALF_UP);
        evm_mul_div(&m->evm, v, v, price, unit, EVM_DOWN);
        evm_add(&m->evm, m->c, m->c, v);
        mpz_init_set_ui(t, threshold);
        evm_mul(&m->evm, v, v, t);
        evm_add(&m->evm, m->w, m->w, v);
        mpz_clears(v, index, t, NULL);
    }
    if (leg->flags & LQ_AAVE_V3_BORROWING) {
        init_mpz(v, &leg->scaled_debt);
        init_mpz(index, &a->variable_borrow_index);
        init_mpz(t, &leg->stable_debt);
        evm_ray_mul(&m->evm, v, v, index, version >= 5 ? EVM_UP : EVM_HALF_UP);
        if (version <= 1)
            evm_add(&m->evm, v, v, t);
        evm_mul_div(&m->evm, v, v, price, unit, version >= 5 ? EVM_UP : EVM_DOWN);
        evm_add(&m->evm, m->d, m->d, v);
        mpz_clears(v, index, t, NULL);
    }
    mpz_clears(price, unit, NULL);
}

static void model_health(model_t *m, int version)
{
    mpz_t v;
    mpz_init(v);
    if (mpz_sgn(m->d) == 0) {
        mpz_ui_pow_ui(m->hf, 2, 256);
        mpz_sub_ui(m->hf, m->hf, 1);
    } else if (version >= 5) {
        evm_fixed(&m->evm, v, m->w, m->d, 18, true, EVM_HALF_UP);
        mpz_fdiv_q_ui(m->hf, v, 10000);
    } else {
        if (mpz_sgn(m->c) != 0)
            mpz_fdiv_q(v, m->w, m->c);
        evm_fixed(&m->evm, v, m->c, v, 4, false, EVM_HALF_UP);
        evm_fixed(&m->evm, m->hf, v, m->d, 18, true, EVM_HALF_UP);
    }
    mpz_clear(v);
}

static void model_run(model_t *m, const scene_t *s, int version)
{
    model_init(m);
    for (size_t i = 0; i < s->cnt && !m->evm.reverted; i++)
        model_leg(m, s, i, version);
    if (!m->evm.reverted)
        model_health(m, version);
}

static void check_against_model(const model_t *m, lq_err_t err, const lq_aave_v3_account_t *a)
{
    assert_as_evm(&m->evm, err, a->total_collateral_base, m->c);
    assert_as_evm(&m->evm, err, a->total_debt_base, m->d);
    assert_as_evm(&m->evm, err, a->weighted_collateral_bps, m->w);
    assert_as_evm(&m->evm, err, a->health_factor, m->hf);
    if (err)
        return;
    mpz_t avg;
    mpz_init(avg);
    if (mpz_sgn(m->c) != 0)
        mpz_fdiv_q(avg, m->w, m->c);
    assert_int_equal(lq_aave_v3_average_threshold_bps(a), mpz_get_ui(avg));
    mpz_clear(avg);
}

static lq_aave_v3_account_t untouched(void)
{
    return (lq_aave_v3_account_t){UNTOUCHED, UNTOUCHED, UNTOUCHED, UNTOUCHED};
}

typedef struct tally {
    size_t fast;
    size_t wide;
    size_t reverted;
} tally_t;

/* All three ways give what the model gives. */
static void check_scene(tally_t *tally, const scene_t *s, int version)
{
    const lq_aave_v3_rules_t *rules = rules_of(version);
    model_t m;
    model_run(&m, s, version);
    lq_aave_v3_account_t a = untouched();
    lq_err_t err = lq_aave_v3_account(rules, &a, s->legs, s->cnt, s->e_mode);
    check_against_model(&m, err, &a);
    a = untouched();
    err = lq_aave_v3_account_wide(rules, &a, s->legs, s->cnt, s->e_mode);
    check_against_model(&m, err, &a);
    a = untouched();
    bool fast = lq_aave_v3_account_fast(rules, &a, s->legs, s->cnt, s->e_mode);
    if (fast)
        check_against_model(&m, LQ_OK, &a);
    else
        assert_u256_equal(a.total_debt_base, UNTOUCHED);
    tally->fast += fast;
    tally->wide += !fast && !m.evm.reverted;
    tally->reverted += m.evm.reverted;
    model_clear(&m);
}

static void account_data_is_the_models_at_every_width(void **state)
{
    (void)state;
    static const widths_t widths[] = {
        {90, 45, 18, false}, /* as pools have it */
        {70, 36, 8, false},   {128, 64, 19, false}, {128, 64, 18, true},   {110, 50, 27, false},
        {130, 66, 24, false}, {200, 64, 77, false}, {128, 120, 20, false}, {256, 256, 77, true},
        {180, 100, 40, true}, {128, 64, 2, false},
    };
    lq_rng_t rng = lq_test_rng();
    tally_t tally = {0};
    size_t cnt = lq_test_cnt(30000, 2000000);
    for (size_t i = 0; i < cnt; i++) {
        scene_t s;
        draw_scene(&s, &rng, &widths[lq_rng_below(&rng, LQ_ARRAY_CNT(widths))]);
        check_scene(&tally, &s, (int)lq_rng_below(&rng, LQ_AAVE_V3_VERSION_CNT));
    }
    /* each way was walked */
    assert_true(tally.fast > cnt / 4);
    assert_true(tally.wide > cnt / 40);
    assert_true(tally.reverted > cnt / 40);
}

/* What real accounts are made of never leaves the fast way. */
static void usual_accounts_take_the_fast_way(void **state)
{
    (void)state;
    static const widths_t usual = {100, 50, 0, false};
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(2000, 200000); i++) {
        scene_t s;
        draw_scene(&s, &rng, &usual);
        for (size_t k = 0; k < s.cnt; k++) {
            s.legs[k].stable_debt = lq_u256_from_u64(0);
            assert_ok(lq_aave_v3_unit_make(&s.assets[k].unit, 18));
        }
        lq_aave_v3_account_t a;
        assert_true(lq_aave_v3_account_fast(rules_of((int)(i % LQ_AAVE_V3_VERSION_CNT)), &a, s.legs,
                                            s.cnt, s.e_mode));
    }
}

#define ONE "1000000000000000000000000000"

/* Makes *S one leg of SCALED at INDEX and PRICE, both sides. */
static void one_leg_at(scene_t *s, const char *scaled, const char *index, const char *price,
                       unsigned decimals)
{
    memset(s, 0, sizeof(*s));
    s->cnt = 1;
    lq_aave_v3_asset_t *a = &s->assets[0];
    assert_ok(lq_aave_v3_unit_make(&a->unit, decimals));
    a->price = u256_of(price);
    a->liquidity_index = u256_of(index);
    a->variable_borrow_index = a->liquidity_index;
    a->liquidation_threshold_bps = UINT16_MAX;
    s->legs[0] = (lq_aave_v3_leg_t){.asset = a,
                                    .scaled_supply = u256_of(scaled),
                                    .scaled_debt = u256_of(scaled),
                                    .flags = LQ_AAVE_V3_COLLATERAL | LQ_AAVE_V3_BORROWING};
}

static void one_leg(scene_t *s, const char *scaled, const char *price, unsigned decimals)
{
    one_leg_at(s, scaled, ONE, price, decimals);
}

static void the_limits_of_the_fast_way_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *scaled;
        const char *index;
        const char *price;
        unsigned decimals;
        bool fast;
    } cases[] = {
        {"0", ONE, "0", 0, true},
        {"1", ONE, "1", 0, true},
        /* values of 2^104 - 1 and 2^104 */
        {"20282409603651670423947251286015", ONE, "1", 0, true},
        {"20282409603651670423947251286016", ONE, "1", 0, false},
        /* prices of 2^64 - 1 and 2^64 */
        {"1", ONE, "18446744073709551615", 0, true},
        {"1", ONE, "18446744073709551616", 0, false},
        /* amounts of 2^128 - 1 and 2^128 */
        {"340282366920938463463374607431768211455", ONE, "1", 18, true},
        {"340282366920938463463374607431768211456", ONE, "1", 18, false},
        {"340282366920938463463374607431768211455", ONE, "18446744073709551615", 19, false},
        /* 19 and 20 decimals */
        {"100000000000000000000", ONE, "100000000", 19, true},
        {"100000000000000000000", ONE, "100000000", 20, false},
        /* a quotient of two limbs whose upper is the first */
        {"18446744073709551616", ONE, "1", 0, true},
        /* a balance of 2^128 and a bit, whose value would fit */
        {"340282366920938463463374607431768211455", "1000000000000000000000000001", "1", 19, false},
        /* a balance with nothing but the lowest bits beyond a whole */
        {"1", "1000000000000000000033554432", "1", 0, true},
        {"1", "1000000000000000000000000001", "1", 0, true},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        scene_t s;
        one_leg_at(&s, cases[i].scaled, cases[i].index, cases[i].price, cases[i].decimals);
        for (int version = 0; version < LQ_AAVE_V3_VERSION_CNT; version++) {
            tally_t tally = {0};
            check_scene(&tally, &s, version);
            assert_int_equal(tally.fast, cases[i].fast);
        }
    }
}

/* Quotients between 2^128 - 1 and 2^128: the one of the balance, the other of the value. */
static void what_rounds_up_to_2_128_is_not_lost(void **state)
{
    (void)state;
    scene_t of_balance;
    scene_t of_value;
    one_leg_at(&of_balance, "340282366920938463463374607091485844535",
               "1000000000000000000000000001", "1", 19);
    one_leg(&of_value, "340282366920938463429346370739674365113", "10000000000000000001", 19);
    of_balance.legs[0].flags = of_value.legs[0].flags = LQ_AAVE_V3_BORROWING;
    for (int version = 5; version < LQ_AAVE_V3_VERSION_CNT; version++) {
        tally_t tally = {0};
        check_scene(&tally, &of_balance, version);
        check_scene(&tally, &of_value, version);
        assert_int_equal(tally.fast, 0);
    }
}

/* Products just below and above the multiples of 2^128, where half a ray carries. */
static void half_a_ray_carries(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t carried_cnt = 0;
    for (size_t i = 0; i < lq_test_cnt(2000, 200000); i++) {
        scene_t s;
        one_leg(&s, "0", "1", 6);
        lq_u256_t index = any_index(&rng);
        lq_u256_t v = lq_u256_from_halves(1 + up_to_bits(&rng, 60).w[0], 0);
        lq_u256_t delta = lq_u256_from_u64(lq_rng_below(&rng, 2));
        assert_ok(lq_u256_div_checked(&v, &v, &index));
        s.legs[0].scaled_supply = s.legs[0].scaled_debt = lq_u256_add_wrap(&v, &delta);
        s.assets[0].liquidity_index = s.assets[0].variable_borrow_index = index;
        tally_t tally = {0};
        check_scene(&tally, &s, (int)lq_rng_below(&rng, LQ_AAVE_V3_VERSION_CNT));
        lq_u256_t low = lq_u256_mul_wrap(&s.legs[0].scaled_supply, &index);
        low = lq_u256_from_halves(0, lq_u256_lo(&low));
        lq_u256_t half = u256_of("500000000000000000000000000");
        low = lq_u256_add_wrap(&low, &half);
        carried_cnt += lq_u256_hi(&low) != 0;
        assert_int_equal(tally.fast, 1);
    }
    assert_true(carried_cnt > 50);
}

/* Sums that the short ways to the health factor must not take. */
static void health_of_lopsided_sums_is_exact(void **state)
{
    (void)state;
    scene_t s;
    one_leg(&s, "18446744073709551616", "1", 0); /* 2^64 that weigh nothing, in the e-mode */
    s.cnt = 3;
    s.assets[1] = s.assets[0];
    s.assets[1].liquidation_threshold_bps = 8000;
    s.legs[1] = s.legs[2] = s.legs[0];
    s.legs[1].asset = s.legs[2].asset = &s.assets[1];
    s.legs[0].flags = LQ_AAVE_V3_COLLATERAL | LQ_AAVE_V3_IN_E_MODE;
    s.legs[1].flags = LQ_AAVE_V3_COLLATERAL;
    s.legs[1].scaled_supply = lq_u256_from_u64(1000);
    s.legs[2].flags = LQ_AAVE_V3_BORROWING;
    s.legs[2].scaled_debt = lq_u256_from_u64(1);
    s.e_mode = &s.e_mode_data;
    tally_t tally = {0};
    for (int version = 0; version < LQ_AAVE_V3_VERSION_CNT; version++)
        check_scene(&tally, &s, version);
    assert_int_equal(tally.fast, LQ_AAVE_V3_VERSION_CNT);
}

/* The half upwards of W / D reaches the last digit kept once in 20,000 times. */
static void health_is_half_up_then_floor_from_3_5(void **state)
{
    (void)state;
    scene_t s;
    one_leg(&s, "120472", "1", 0);
    s.legs[0].scaled_debt = lq_u256_from_u64(120471);
    s.assets[0].liquidation_threshold_bps = 8250;
    lq_aave_v3_account_t a;
    assert_ok(lq_aave_v3_account(rules_of(5), &a, s.legs, 1, NULL));
    assert_u256_equal(a.health_factor, u256_of("825006848121124586"));
    assert_ok(lq_aave_v3_account_wide(rules_of(5), &a, s.legs, 1, NULL));
    assert_u256_equal(a.health_factor, u256_of("825006848121124586"));
}

static void more_legs_than_the_fast_way_has_are_computed(void **state)
{
    (void)state;
    scene_t s;
    one_leg(&s, "20282409603651670423947251286015", "1", 0);
    lq_aave_v3_leg_t *legs = calloc(257, sizeof(*legs));
    assert_non_null(legs);
    for (size_t i = 0; i < 257; i++)
        legs[i] = s.legs[0];
    lq_aave_v3_account_t fast;
    lq_aave_v3_account_t wide;
    assert_true(lq_aave_v3_account_fast(rules_of(6), &fast, legs, 256, NULL));
    assert_ok(lq_aave_v3_account_wide(rules_of(6), &wide, legs, 256, NULL));
    assert_memory_equal(&fast, &wide, sizeof(fast));
    assert_false(lq_aave_v3_account_fast(rules_of(6), &fast, legs, 257, NULL));
    assert_ok(lq_aave_v3_account(rules_of(6), &wide, legs, 257, NULL));
    assert_u256_equal(wide.total_debt_base, u256_of("5212579268138479298954443580505855"));
    free(legs);
}

static void no_debt_is_infinite_health(void **state)
{
    (void)state;
    for (int version = 0; version < LQ_AAVE_V3_VERSION_CNT; version++) {
        lq_aave_v3_account_t a = untouched();
        assert_ok(lq_aave_v3_account(rules_of(version), &a, NULL, 0, NULL));
        assert_u256_equal(a.health_factor, U256_MAX);
        assert_u256_equal(a.total_collateral_base, lq_u256_from_u64(0));
        scene_t s;
        one_leg(&s, "123", "1", 0);
        s.legs[0].flags = LQ_AAVE_V3_COLLATERAL;
        assert_ok(lq_aave_v3_account(rules_of(version), &a, s.legs, 1, NULL));
        assert_u256_equal(a.health_factor, U256_MAX);
        assert_u256_equal(a.total_collateral_base, lq_u256_from_u64(123));
        s.legs[0].flags = LQ_AAVE_V3_BORROWING;
        assert_ok(lq_aave_v3_account(rules_of(version), &a, s.legs, 1, NULL));
        assert_u256_equal(a.health_factor, lq_u256_from_u64(0));
    }
}

/* Thresholds of 82.5 and 86 %: the average 84.25 % loses its last part to 3.4. */
static void the_average_threshold_is_truncated_until_3_5(void **state)
{
    (void)state;
    scene_t s;
    one_leg(&s, "1000", "100000000", 0);
    s.cnt = 3;
    s.assets[1] = s.assets[0];
    s.assets[0].liquidation_threshold_bps = 8250;
    s.assets[1].liquidation_threshold_bps = 8600;
    s.legs[1] = s.legs[2] = s.legs[0];
    s.legs[1].asset = &s.assets[1];
    s.legs[1].scaled_supply = lq_u256_from_u64(3000);
    s.legs[0].scaled_supply = lq_u256_from_u64(999);
    s.legs[0].flags = s.legs[1].flags = LQ_AAVE_V3_COLLATERAL;
    s.legs[2].flags = LQ_AAVE_V3_BORROWING;
    s.legs[2].scaled_debt = lq_u256_from_u64(3400);
    /* W / C = (999 8250 + 3000 8600) / 3999 = 8512.5656... */
    lq_aave_v3_account_t a;
    assert_ok(lq_aave_v3_account(rules_of(4), &a, s.legs, 3, NULL));
    assert_u256_equal(a.health_factor, u256_of("1001161411764705882")); /* 3999 0.8512 / 3400 */
    assert_ok(lq_aave_v3_account(rules_of(5), &a, s.legs, 3, NULL));
    assert_u256_equal(a.health_factor, u256_of("1001227941176470588"));
    assert_int_equal(lq_aave_v3_average_threshold_bps(&a), 8512);
}

/* From 3.6 a reserve's own threshold of 0 does not keep the e-mode's from counting. */
static void a_zero_threshold_counts_from_3_6(void **state)
{
    (void)state;
    for (int version = 0; version < LQ_AAVE_V3_VERSION_CNT; version++) {
        scene_t s;
        one_leg(&s, "1000", "100000000", 0);
        s.assets[0].liquidation_threshold_bps = 0;
        s.legs[0].flags |= LQ_AAVE_V3_IN_E_MODE;
        const lq_aave_v3_e_mode_t e_mode = {.liquidation_threshold_bps = 9000};
        lq_aave_v3_account_t a;
        assert_ok(lq_aave_v3_account(rules_of(version), &a, s.legs, 1, &e_mode));
        assert_u256_equal(a.health_factor, lq_u256_from_u64(version >= 6 ? 900000000000000000 : 0));
        assert_u256_equal(a.total_collateral_base,
                          lq_u256_from_u64(version >= 6 ? 100000000000 : 0));
        /* without an e-mode its flag says nothing */
        assert_ok(lq_aave_v3_account(rules_of(version), &a, s.legs, 1, NULL));
        assert_u256_equal(a.health_factor, lq_u256_from_u64(0));
    }
}

/* Health of S at VERSION, with the price of leg I set. */
static lq_u256_t health_at(scene_t *s, int version, size_t i, lq_u256_t price)
{
    s->assets[i].price = price;
    lq_aave_v3_account_t a = untouched();
    assert_ok(lq_aave_v3_account(rules_of(version), &a, s->legs, s->cnt, s->e_mode));
    return a.health_factor;
}

/* Health never falls with a collateral's price nor rises with a debt's; the average threshold of
   several collaterals may break the first by its truncation, so to 3.4 they have one threshold. */
static void health_is_monotone_in_each_price(void **state)
{
    (void)state;
    static const widths_t usual = {90, 40, 18, false};
    lq_rng_t rng = lq_test_rng();
    for (size_t n = 0; n < lq_test_cnt(3000, 300000); n++) {
        int version = (int)lq_rng_below(&rng, LQ_AAVE_V3_VERSION_CNT);
        scene_t s;
        do
            draw_scene(&s, &rng, &usual);
        while (s.cnt == 0);
        s.e_mode = NULL;
        size_t i = (size_t)lq_rng_below(&rng, s.cnt);
        for (size_t k = 0; k < s.cnt && version <= 4; k++)
            s.assets[k].liquidation_threshold_bps = s.assets[0].liquidation_threshold_bps;
        bool debt = lq_rng_u64(&rng) & 1;
        s.legs[i].flags = debt ? LQ_AAVE_V3_BORROWING : LQ_AAVE_V3_COLLATERAL;
        lq_u256_t low = up_to_bits(&rng, 40);
        lq_u256_t more = up_to_bits(&rng, 30);
        lq_u256_t high = lq_u256_add_wrap(&low, &more);
        lq_u256_t before = health_at(&s, version, i, low);
        lq_u256_t after = health_at(&s, version, i, high);
        assert_false(debt ? lq_u256_lt(&before, &after) : lq_u256_lt(&after, &before));
    }
}

static void e_mode_is_by_category_until_3_1_then_by_bitmap(void **state)
{
    (void)state;
    const lq_u128_t bit_127 = (lq_u128_t)1 << 127;
    for (int version = 0; version < LQ_AAVE_V3_VERSION_CNT; version++) {
        const lq_aave_v3_rules_t *r = rules_of(version);
        assert_int_equal(lq_aave_v3_in_e_mode(r, 2, 2, 0, 0), version <= 1);
        assert_int_equal(lq_aave_v3_in_e_mode(r, 2, 1, bit_127, 127), version >= 2);
        assert_false(lq_aave_v3_in_e_mode(r, 2, 1, bit_127, 126));
        assert_false(lq_aave_v3_in_e_mode(r, 2, 1, ~(lq_u128_t)0, 128) && version >= 2);
        assert_false(lq_aave_v3_in_e_mode(r, 0, 0, 1, 0)); /* no e-mode has no members */
    }
}

/* A balance given as it is. */
static void an_index_of_one_leaves_a_balance_as_it_is(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < 1000; i++) {
        scene_t s;
        one_leg(&s, "0", "1", 0);
        s.legs[0].scaled_debt = s.legs[0].scaled_supply = up_to_bits(&rng, 150);
        lq_aave_v3_account_t a = untouched();
        assert_ok(
            lq_aave_v3_account(rules_of((int)(i % LQ_AAVE_V3_VERSION_CNT)), &a, s.legs, 1, NULL));
        assert_u256_equal(a.total_collateral_base, s.legs[0].scaled_supply);
        assert_u256_equal(a.total_debt_base, s.legs[0].scaled_debt);
    }
}

static void a_unit_has_at_most_77_decimals(void **state)
{
    (void)state;
    lq_aave_v3_unit_t u = {.value = UNTOUCHED};
    assert_err(lq_aave_v3_unit_make(&u, 78), LQ_ERR_RANGE);
    assert_u256_equal(u.value, UNTOUCHED);
    mpz_t want;
    mpz_init_set_ui(want, 1);
    for (unsigned decimals = 0; decimals <= 77; decimals++) {
        assert_ok(lq_aave_v3_unit_make(&u, decimals));
        assert_u256_equal(u.value, from_mpz(want));
        mpz_mul_ui(want, want, 10);
    }
    mpz_clear(want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(account_data_is_the_models_at_every_width),
        cmocka_unit_test(usual_accounts_take_the_fast_way),
        cmocka_unit_test(the_limits_of_the_fast_way_are_exact),
        cmocka_unit_test(what_rounds_up_to_2_128_is_not_lost),
        cmocka_unit_test(half_a_ray_carries),
        cmocka_unit_test(health_of_lopsided_sums_is_exact),
        cmocka_unit_test(health_is_half_up_then_floor_from_3_5),
        cmocka_unit_test(more_legs_than_the_fast_way_has_are_computed),
        cmocka_unit_test(no_debt_is_infinite_health),
        cmocka_unit_test(the_average_threshold_is_truncated_until_3_5),
        cmocka_unit_test(a_zero_threshold_counts_from_3_6),
        cmocka_unit_test(health_is_monotone_in_each_price),
        cmocka_unit_test(e_mode_is_by_category_until_3_1_then_by_bitmap),
        cmocka_unit_test(an_index_of_one_leaves_a_balance_as_it_is),
        cmocka_unit_test(a_unit_has_at_most_77_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
