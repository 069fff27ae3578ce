#include "liqd/decide/money.h"

#include "../num/num_test.h"

static lq_quote_t quote(const char *price_wad, uint8_t decimals)
{
    return (lq_quote_t){u256_of(price_wad), decimals};
}

static lq_usd_t usd(const char *wads)
{
    return (lq_usd_t){u256_of(wads)};
}

static lq_wei_t wei(const char *amount)
{
    return (lq_wei_t){u256_of(amount)};
}

static lq_quote_t ether(void)
{
    return quote("2000000000000000000000", 18);
}

/* ---- worth ---- */

static void worth_is_units_times_price(void **state)
{
    (void)state;
    lq_usd_t out;
    lq_u256_t units;
    lq_quote_t usdc = quote("999900000000000000", 6);
    lq_u256_t amount = u256_of("1500000");
    assert_ok(lq_worth_down(&out, &amount, &usdc));
    assert_u256_equal(out.raw, u256_of("1499850000000000000"));
    assert_ok(lq_worth_of_usd(&units, &out, &usdc));
    assert_u256_equal(units, amount);
    lq_quote_t eth = ether();
    amount = u256_of("1000000000000000000");
    assert_ok(lq_worth_up(&out, &amount, &eth));
    assert_u256_equal(out.raw, eth.price_wad);
}

static lq_quote_t any_quote(lq_rng_t *rng)
{
    static const uint8_t usual[] = {6, 8, 18};
    uint8_t decimals = usual[lq_rng_below(rng, LQ_ARRAY_CNT(usual))];
    if (lq_rng_below(rng, 2))
        decimals = (uint8_t)lq_rng_below(rng, 78);
    return (lq_quote_t){any_u256(rng), decimals};
}

static void check_worth(lq_rng_t *rng)
{
    lq_quote_t q = any_quote(rng);
    lq_u256_t amount = any_u256(rng);
    lq_usd_t out = {UNTOUCHED};
    mpz_t product, unit, price, want;
    mpz_inits(product, unit, price, want, NULL);
    to_mpz(product, &amount);
    to_mpz(price, &q.price_wad);
    mpz_ui_pow_ui(unit, 10, q.decimals);

    mpz_mul(product, product, price);
    mpz_fdiv_q(want, product, unit);
    lq_err_t err = lq_worth_down(&out, &amount, &q);
    assert_checked(err, out.raw, want);
    mpz_cdiv_q(want, product, unit);
    out.raw = UNTOUCHED;
    err = lq_worth_up(&out, &amount, &q);
    assert_checked(err, out.raw, want);

    lq_u256_t units = UNTOUCHED;
    lq_usd_t of = {amount};
    err = lq_worth_of_usd(&units, &of, &q);
    if (lq_u256_is_zero(&q.price_wad)) {
        assert_err(err, LQ_ERR_DIV_ZERO);
        assert_u256_equal(units, UNTOUCHED);
    } else {
        to_mpz(product, &amount);
        mpz_mul(product, product, unit);
        mpz_fdiv_q(want, product, price);
        assert_checked(err, units, want);
    }
    mpz_clears(product, unit, price, want, NULL);
}

static void worth_is_exact_or_refused(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(20000, 5000000);
    for (size_t i = 0; i < cnt; i++)
        check_worth(&rng);
}

static void more_decimals_than_a_word_has_are_refused(void **state)
{
    (void)state;
    lq_quote_t q = quote("1", 78);
    lq_usd_t out = {UNTOUCHED};
    lq_u256_t one = lq_u256_from_u64(1);
    lq_usd_t dollar = {one};
    lq_u256_t units = UNTOUCHED;
    assert_err(lq_worth_down(&out, &one, &q), LQ_ERR_RANGE);
    assert_err(lq_worth_up(&out, &one, &q), LQ_ERR_RANGE);
    assert_err(lq_worth_of_usd(&units, &dollar, &q), LQ_ERR_RANGE);
    assert_u256_equal(out.raw, UNTOUCHED);
    assert_u256_equal(units, UNTOUCHED);
}

/* ---- the account ---- */

static void an_account_is_what_comes_in_less_all_costs(void **state)
{
    (void)state;
    lq_quote_t eth = ether();
    lq_profit_t p = {.seized_usd = usd("1100000000000000000000"),
                     .repaid_usd = usd("1000000000000000000000"),
                     .swap_usd = usd("3000000000000000000"),
                     .flash_fee_usd = usd("500000000000000000")};
    lq_gas_price_t price = {wei("10000000000"), wei("1000000000")};
    assert_ok(lq_profit_settle(&p, 400000, &price, &eth));
    assert_u256_equal(p.gas_wei.raw, u256_of("4400000000000000"));
    assert_u256_equal(p.gas_usd.raw, u256_of("8800000000000000000"));
    assert_u256_equal(p.net_usd.bits, u256_of("87700000000000000000"));
    assert_u256_equal(p.net_wei.bits, u256_of("43850000000000000"));

    p.repaid_usd = usd("1100000000000000000000");
    assert_ok(lq_profit_settle(&p, 400000, &price, &eth));
    assert_u256_equal(p.net_usd.bits, u256_of("-12300000000000000000"));
    assert_u256_equal(p.net_wei.bits, u256_of("-6150000000000000"));
}

static void a_net_in_coin_is_truncated_towards_zero(void **state)
{
    (void)state;
    lq_quote_t coin = quote("3000000000000000000", 18);
    lq_gas_price_t price = {wei("0"), wei("0")};
    lq_profit_t p = {.seized_usd = usd("2")};
    assert_ok(lq_profit_settle(&p, 1, &price, &coin));
    assert_u256_equal(p.net_wei.bits, u256_of("0"));
    p = (lq_profit_t){.repaid_usd = usd("5")};
    assert_ok(lq_profit_settle(&p, 1, &price, &coin));
    assert_u256_equal(p.net_usd.bits, u256_of("-5"));
    assert_u256_equal(p.net_wei.bits, u256_of("-1"));
}

/* The account by GMP: its signed nets, and whether all of it fits. */
typedef struct expected {
    mpz_t gas_wei;
    mpz_t gas_usd;
    mpz_t net_usd;
    mpz_t net_wei;
    mpz_t t;
    mpz_t unit;
} expected_t;

static bool fits_i256(const mpz_t v)
{
    mpz_t t;
    mpz_init(t);
    mpz_set(t, v);
    if (mpz_sgn(t) < 0)
        mpz_com(t, t);
    bool fits = mpz_sizeinbase(t, 2) <= 255;
    mpz_clear(t);
    return fits;
}

static bool expect_nets(expected_t *e, const lq_profit_t *p, const lq_quote_t *coin)
{
    const lq_usd_t *costs[] = {&p->repaid_usd, &p->swap_usd, &p->flash_fee_usd, &p->bid_usd};
    to_mpz(e->net_usd, &p->seized_usd.raw);
    mpz_sub(e->net_usd, e->net_usd, e->gas_usd);
    for (size_t i = 0; i < LQ_ARRAY_CNT(costs); i++) {
        to_mpz(e->t, &costs[i]->raw);
        mpz_sub(e->net_usd, e->net_usd, e->t);
    }
    mpz_mul(e->net_wei, e->net_usd, e->unit);
    to_mpz(e->t, &coin->price_wad);
    mpz_tdiv_q(e->net_wei, e->net_wei, e->t);
    return fits_i256(e->net_usd) && fits_i256(e->net_wei);
}

static bool expect(expected_t *e, const lq_profit_t *p, uint32_t gas, const lq_gas_price_t *price,
                   const lq_quote_t *coin)
{
    mpz_ui_pow_ui(e->unit, 10, coin->decimals);
    to_mpz(e->gas_wei, &price->base_fee_wei.raw);
    to_mpz(e->t, &price->tip_wei.raw);
    mpz_add(e->gas_wei, e->gas_wei, e->t);
    bool fits = mpz_fits_u256(e->gas_wei);
    mpz_mul_ui(e->gas_wei, e->gas_wei, gas);
    to_mpz(e->t, &coin->price_wad);
    mpz_mul(e->gas_usd, e->gas_wei, e->t);
    mpz_cdiv_q(e->gas_usd, e->gas_usd, e->unit);
    fits = fits && mpz_fits_u256(e->gas_wei) && mpz_fits_u256(e->gas_usd);
    return expect_nets(e, p, coin) && fits;
}

/* Half of them of the size that markets have, so that what fits is no exception. */
static lq_u256_t any_money(lq_rng_t *rng, bool usual)
{
    lq_u256_t v = any_u256(rng);
    return usual ? lq_u256_shr(&v, 140) : v;
}

static lq_profit_t any_profit(lq_rng_t *rng, bool usual)
{
    return (lq_profit_t){
        .seized_usd = {any_money(rng, usual)},
        .repaid_usd = {any_money(rng, usual)},
        .swap_usd = {any_money(rng, usual)},
        .flash_fee_usd = {any_money(rng, usual)},
    };
}

static void check_bid(lq_profit_t *p, expected_t *e, const lq_bid_t *bid, const lq_quote_t *coin)
{
    lq_profit_t before = *p;
    mpz_t want, cap;
    mpz_inits(want, cap, NULL);
    if (mpz_sgn(e->net_wei) > 0) {
        mpz_mul_ui(cap, e->net_wei, bid->cap_bps);
        mpz_fdiv_q_ui(cap, cap, 10000);
        to_mpz(want, &bid->fixed_wei.raw);
        if (bid->kind == LQ_BID_SHARE) {
            mpz_mul_ui(want, e->net_wei, bid->share_bps);
            mpz_fdiv_q_ui(want, want, 10000);
        }
        if (mpz_cmp(want, cap) > 0)
            mpz_set(want, cap);
        to_mpz(cap, &bid->most_wei.raw);
        if (mpz_sgn(cap) && mpz_cmp(want, cap) > 0)
            mpz_set(want, cap);
    }
    assert_ok(lq_bid_place(p, bid, coin)); /* of an account that fits, it fits */
    assert_u256_equal(p->bid_wei.raw, from_mpz(want));
    to_mpz(e->t, &coin->price_wad);
    mpz_mul(want, want, e->t);
    mpz_cdiv_q(want, want, e->unit);
    assert_u256_equal(p->bid_usd.raw, from_mpz(want));
    assert_true(expect_nets(e, p, coin));
    assert_u256_equal(p->net_usd.bits, from_mpz(e->net_usd));
    assert_u256_equal(p->net_wei.bits, from_mpz(e->net_wei));
    assert_int_equal(lq_i256_is_neg(&p->net_usd), lq_i256_is_neg(&before.net_usd));
    assert_memory_equal(&p->gas_wei, &before.gas_wei, sizeof(p->gas_wei));
    mpz_clears(want, cap, NULL);
}

static lq_bid_t any_bid(lq_rng_t *rng)
{
    return (lq_bid_t){
        .kind = lq_rng_below(rng, 2) ? LQ_BID_FIXED : LQ_BID_SHARE,
        .fixed_wei = {any_money(rng, true)},
        .share_bps = (uint32_t)lq_rng_below(rng, 10001),
        .cap_bps = (uint32_t)lq_rng_below(rng, 10001),
        .most_wei = {lq_rng_below(rng, 2) ? any_money(rng, true) : lq_u256_from_u64(0)}};
}

/* Returns whether it fitted. */
static bool check_profit(lq_rng_t *rng, expected_t *e)
{
    bool usual = lq_rng_below(rng, 4) != 0;
    lq_profit_t p = any_profit(rng, usual);
    lq_gas_price_t price = {{any_money(rng, usual)}, {any_money(rng, usual)}};
    lq_quote_t coin = any_quote(rng);
    if (usual)
        coin = (lq_quote_t){any_money(rng, true), 18};
    if (lq_u256_is_zero(&coin.price_wad))
        coin.price_wad = lq_u256_from_u64(1);
    uint32_t gas = (uint32_t)lq_rng_u64(rng);
    lq_profit_t before = p;
    bool fits = expect(e, &p, gas, &price, &coin);
    assert_err(lq_profit_settle(&p, gas, &price, &coin), fits ? LQ_OK : LQ_ERR_RANGE);
    if (!fits) {
        assert_memory_equal(&p, &before, sizeof(p));
        return false;
    }
    assert_u256_equal(p.gas_wei.raw, from_mpz(e->gas_wei));
    assert_u256_equal(p.gas_usd.raw, from_mpz(e->gas_usd));
    assert_u256_equal(p.net_usd.bits, from_mpz(e->net_usd));
    assert_u256_equal(p.net_wei.bits, from_mpz(e->net_wei));
    lq_bid_t bid = any_bid(rng);
    check_bid(&p, e, &bid, &coin);
    return true;
}

static void accounts_and_bids_are_exact_or_refused(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    expected_t e;
    mpz_inits(e.gas_wei, e.gas_usd, e.net_usd, e.net_wei, e.t, e.unit, NULL);
    size_t fit_cnt = 0;
    size_t cnt = lq_test_cnt(20000, 3000000);
    for (size_t i = 0; i < cnt; i++)
        fit_cnt += check_profit(&rng, &e);
    assert_true(fit_cnt > cnt / 10 && fit_cnt < cnt);
    mpz_clears(e.gas_wei, e.gas_usd, e.net_usd, e.net_wei, e.t, e.unit, NULL);
}

static void sums_may_leave_the_word_on_the_way_to_a_result_that_has_one(void **state)
{
    (void)state;
    lq_quote_t coin = quote("1000000000000000000", 18);
    lq_gas_price_t price = {wei("0"), wei("0")};
    lq_profit_t p = {.seized_usd = {U256_MAX}, .repaid_usd = {U256_MAX}, .swap_usd = usd("7")};
    assert_ok(lq_profit_settle(&p, 1, &price, &coin));
    assert_u256_equal(p.net_usd.bits, u256_of("-7"));

    /* the ends of the signed word, and beyond */
    lq_u256_t top = {{0, 0, 0, 1ull << 63}};
    p = (lq_profit_t){.repaid_usd = {top}};
    assert_ok(lq_profit_settle(&p, 1, &price, &coin));
    assert_u256_equal(p.net_usd.bits, top);
    assert_u256_equal(p.net_wei.bits, top);
    p.swap_usd = usd("1");
    lq_profit_t before = p;
    assert_err(lq_profit_settle(&p, 1, &price, &coin), LQ_ERR_RANGE);
    p.swap_usd.raw = U256_MAX; /* two words below */
    before.swap_usd.raw = U256_MAX;
    assert_err(lq_profit_settle(&p, 1, &price, &coin), LQ_ERR_RANGE);
    assert_memory_equal(&p, &before, sizeof(p));
    p = (lq_profit_t){.seized_usd = {top}};
    assert_err(lq_profit_settle(&p, 1, &price, &coin), LQ_ERR_RANGE);
}

static void a_coin_without_a_price_is_refused(void **state)
{
    (void)state;
    lq_quote_t none = quote("0", 18);
    lq_gas_price_t price = {wei("1"), wei("0")};
    lq_profit_t p = {.seized_usd = usd("5")};
    lq_profit_t before = p;
    assert_err(lq_profit_settle(&p, 1, &price, &none), LQ_ERR_DIV_ZERO);
    assert_memory_equal(&p, &before, sizeof(p));
}

/* ---- bids ---- */

/* An account of 1 coin of profit at 2000 dollars. */
static lq_profit_t of_one_coin(void)
{
    lq_profit_t p = {.seized_usd = usd("2000000000000000000000")};
    lq_gas_price_t price = {wei("0"), wei("0")};
    lq_quote_t eth = ether();
    assert_ok(lq_profit_settle(&p, 1, &price, &eth));
    return p;
}

static void a_fixed_bid_stops_at_the_cap(void **state)
{
    (void)state;
    lq_quote_t eth = ether();
    lq_bid_t bid = {.kind = LQ_BID_FIXED, .fixed_wei = wei("400000000000000000"), .cap_bps = 9000};
    lq_profit_t p = of_one_coin();
    assert_ok(lq_bid_place(&p, &bid, &eth));
    assert_u256_equal(p.bid_wei.raw, u256_of("400000000000000000"));
    assert_u256_equal(p.bid_usd.raw, u256_of("800000000000000000000"));
    assert_u256_equal(p.net_wei.bits, u256_of("600000000000000000"));
    assert_u256_equal(p.net_usd.bits, u256_of("1200000000000000000000"));

    bid.fixed_wei.raw = U256_MAX;
    p = of_one_coin();
    assert_ok(lq_bid_place(&p, &bid, &eth));
    assert_u256_equal(p.bid_wei.raw, u256_of("900000000000000000"));
    bid.cap_bps = 0;
    p = of_one_coin();
    assert_ok(lq_bid_place(&p, &bid, &eth));
    assert_u256_equal(p.bid_wei.raw, u256_of("0"));
}

static void a_share_stops_at_the_cap(void **state)
{
    (void)state;
    lq_quote_t eth = ether();
    lq_bid_t bid = {.kind = LQ_BID_SHARE, .share_bps = 2500, .cap_bps = 10000};
    lq_profit_t p = of_one_coin();
    assert_ok(lq_bid_place(&p, &bid, &eth));
    assert_u256_equal(p.bid_wei.raw, u256_of("250000000000000000"));
    bid.cap_bps = 1000;
    p = of_one_coin();
    assert_ok(lq_bid_place(&p, &bid, &eth));
    assert_u256_equal(p.bid_wei.raw, u256_of("100000000000000000"));
}

static void nothing_is_bid_of_a_loss(void **state)
{
    (void)state;
    lq_quote_t eth = ether();
    lq_gas_price_t price = {wei("1"), wei("0")};
    lq_profit_t p = {.repaid_usd = usd("2000000000000000000000")};
    assert_ok(lq_profit_settle(&p, 21000, &price, &eth));
    lq_profit_t before = p;
    const lq_bid_t bids[] = {
        {.kind = LQ_BID_FIXED, .fixed_wei = wei("1"), .cap_bps = 10000},
        {.kind = LQ_BID_SHARE, .share_bps = 10000, .cap_bps = 10000},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(bids); i++) {
        assert_ok(lq_bid_place(&p, &bids[i], &eth));
        assert_memory_equal(&p, &before, sizeof(p));
    }
}

static void more_than_all_is_refused(void **state)
{
    (void)state;
    lq_quote_t eth = ether();
    lq_profit_t p = of_one_coin();
    lq_profit_t before = p;
    lq_bid_t bid = {.kind = LQ_BID_SHARE, .share_bps = 10001, .cap_bps = 10000};
    assert_err(lq_bid_place(&p, &bid, &eth), LQ_ERR_RANGE);
    bid = (lq_bid_t){.kind = LQ_BID_SHARE, .share_bps = 1, .cap_bps = 10001};
    assert_err(lq_bid_place(&p, &bid, &eth), LQ_ERR_RANGE);
    assert_memory_equal(&p, &before, sizeof(p));
}

static void bid_twice(void)
{
    lq_quote_t eth = ether();
    lq_profit_t p = of_one_coin();
    lq_bid_t bid = {.kind = LQ_BID_SHARE, .share_bps = 100, .cap_bps = 10000};
    if (!lq_bid_place(&p, &bid, &eth))
        (void)!lq_bid_place(&p, &bid, &eth);
}

static void a_second_bid_is_a_bug(void **state)
{
    (void)state;
    assert_dies(bid_twice, "bid_wei");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worth_is_units_times_price),
        cmocka_unit_test(worth_is_exact_or_refused),
        cmocka_unit_test(more_decimals_than_a_word_has_are_refused),
        cmocka_unit_test(an_account_is_what_comes_in_less_all_costs),
        cmocka_unit_test(a_net_in_coin_is_truncated_towards_zero),
        cmocka_unit_test(accounts_and_bids_are_exact_or_refused),
        cmocka_unit_test(sums_may_leave_the_word_on_the_way_to_a_result_that_has_one),
        cmocka_unit_test(a_coin_without_a_price_is_refused),
        cmocka_unit_test(a_fixed_bid_stops_at_the_cap),
        cmocka_unit_test(a_share_stops_at_the_cap),
        cmocka_unit_test(nothing_is_bid_of_a_loss),
        cmocka_unit_test(more_than_all_is_refused),
        cmocka_unit_test(a_second_bid_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
