#include "liqd/codec/hex.h"
#include "morpho_test.h"

#define WAD UINT64_C(1000000000000000000)

static const lq_morpho_market_t UNTOUCHED_MARKET = {1, 2, 3, 4, 5, 6, 7, true, 8};
static const lq_morpho_liquidation_t UNTOUCHED_LIQUIDATION = {{{1}}, {{2}}, {{3}}, {{4}}, {{5}}};

static lq_rng_t rng;
static mpz_t ma;
static mpz_t mb;
static mpz_t want;
static evm_market_t em;
static evm_position_t ep;
static evm_liquidation_t el;

static int set_up(void **state)
{
    (void)state;
    rng = lq_test_rng();
    mpz_inits(ma, mb, want, NULL);
    evm_market_init(&em);
    evm_position_init(&ep);
    evm_liquidation_init(&el);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mpz_clears(ma, mb, want, NULL);
    evm_market_clear(&em);
    evm_position_clear(&ep);
    evm_liquidation_clear(&el);
    return 0;
}

/* ---- random states ---- */

/* Any that the contract's storage can hold. */
static lq_morpho_market_t any_market(void)
{
    return (lq_morpho_market_t){
        .total_supply_assets = u128_up_to(&rng, 128),
        .total_supply_shares = u128_up_to(&rng, 128),
        .total_borrow_assets = u128_up_to(&rng, 128),
        .total_borrow_shares = u128_up_to(&rng, 128),
        .last_update_sec = 1 + lq_rng_below(&rng, 2000000000),
        .fee_wad = lq_rng_below(&rng, 3) == 0 ? 0 : lq_rng_below(&rng, LQ_MORPHO_MAX_FEE_WAD + 1),
        .lltv_wad = lq_rng_below(&rng, WAD),
        .has_irm = lq_rng_below(&rng, 8) != 0,
    };
}

/* One such as occur: consistent totals of a token of any decimals, a million shares to a unit or
   fewer by some interest. */
static lq_morpho_market_t plausible_market(void)
{
    static const uint64_t lltvs[] = {0,
                                     385000000000000000,
                                     625000000000000000,
                                     860000000000000000,
                                     945000000000000000,
                                     980000000000000000};
    lq_morpho_market_t m = any_market();
    m.total_supply_assets = u128_up_to(&rng, 90);
    m.total_borrow_assets = u128_below(&rng, m.total_supply_assets);
    m.total_supply_shares = m.total_supply_assets * (1000000 - lq_rng_below(&rng, 300000));
    m.total_borrow_shares = m.total_borrow_assets * (1000000 - lq_rng_below(&rng, 300000));
    m.lltv_wad = lltvs[lq_rng_below(&rng, LQ_ARRAY_CNT(lltvs))];
    return m;
}

static lq_morpho_position_t any_position(void)
{
    return (lq_morpho_position_t){
        .supply_shares = up_to_bits(&rng, 256),
        .borrow_shares = u128_up_to(&rng, 128),
        .collateral = u128_up_to(&rng, 128),
    };
}

/* One of M, and a price that puts it close to the border of health, or anywhere. */
static lq_morpho_position_t plausible_position(lq_u256_t *price, const lq_morpho_market_t *m)
{
    lq_morpho_position_t p = {
        .borrow_shares = u128_below(&rng, m->total_borrow_shares),
        .collateral = u128_up_to(&rng, 90),
    };
    if (lq_rng_below(&rng, 4) == 0)
        p.borrow_shares = m->total_borrow_shares; /* the only borrower */
    *price = up_to_bits(&rng, 140);
    lq_u256_t owed;
    if (p.collateral == 0 || m->lltv_wad == 0 || lq_morpho_borrowed(&owed, m, &p) != LQ_OK ||
        lq_rng_below(&rng, 8) == 0)
        return p;
    to_mpz(ma, &owed);
    mpz_mul_ui(ma, ma, WAD);
    mpz_set_str(mb, EVM_SCALE, 10);
    mpz_mul(ma, ma, mb);
    mpz_tdiv_q_ui(ma, ma, m->lltv_wad);
    evm_set(mb, p.collateral);
    mpz_tdiv_q(ma, ma, mb);
    mpz_add_ui(ma, ma, 2);
    mpz_sub_ui(ma, ma, lq_rng_below(&rng, 4));
    if (lq_rng_below(&rng, 2) == 0) { /* a price fall of up to 20 % */
        mpz_mul_ui(ma, ma, 10000 - lq_rng_below(&rng, 2000));
        mpz_tdiv_q_ui(ma, ma, 10000);
    }
    if (mpz_fits_u256(ma))
        *price = from_mpz(ma);
    return p;
}

/* ---- against GMP ---- */

typedef lq_err_t convert_fn_t(lq_u256_t *, const lq_u256_t *, lq_u128_t, lq_u128_t);
typedef void evm_convert_fn_t(mpz_t, const mpz_t, const mpz_t, const mpz_t, bool);

static void shares_and_assets_are_the_contracts(void **state)
{
    (void)state;
    static const struct {
        convert_fn_t *fn;
        evm_convert_fn_t *evm;
        bool up;
    } ops[] = {
        {lq_morpho_to_shares_down, evm_shares, false},
        {lq_morpho_to_shares_up, evm_shares, true},
        {lq_morpho_to_assets_down, evm_assets, false},
        {lq_morpho_to_assets_up, evm_assets, true},
    };
    size_t reverted_cnt = 0;
    size_t cnt = lq_test_cnt(20000, 1000000);
    for (size_t i = 0; i < cnt; i++) {
        lq_u256_t in = up_to_bits(&rng, lq_rng_below(&rng, 2) == 0 ? 256 : 128);
        lq_u128_t ta = u128_up_to(&rng, 128);
        lq_u128_t ts = u128_up_to(&rng, 128);
        size_t op = lq_rng_below(&rng, LQ_ARRAY_CNT(ops));
        lq_u256_t out = UNTOUCHED;
        lq_err_t err = ops[op].fn(&out, &in, ta, ts);
        evm_reverted = false;
        to_mpz(want, &in);
        evm_set(ma, ta);
        evm_set(mb, ts);
        ops[op].evm(want, want, ma, mb, ops[op].up);
        assert_err(err, evm_reverted ? LQ_ERR_RANGE : LQ_OK);
        assert_u256_equal(out, evm_reverted ? UNTOUCHED : from_mpz(want));
        reverted_cnt += evm_reverted;
    }
    assert_in_range(reverted_cnt, 1, cnt - 1);
}

static void health_is_the_contracts(void **state)
{
    (void)state;
    size_t seen[3] = {0};
    size_t cnt = lq_test_cnt(20000, 1000000);
    for (size_t i = 0; i < cnt; i++) {
        bool any = lq_rng_below(&rng, 3) == 0;
        lq_morpho_market_t m = any ? any_market() : plausible_market();
        lq_u256_t price = up_to_bits(&rng, 256);
        lq_morpho_position_t p = any ? any_position() : plausible_position(&price, &m);
        evm_reverted = false;
        evm_market_set(&em, &m);
        evm_position_set(&ep, &p);
        to_mpz(ma, &price);
        bool expected = evm_healthy(&em, &ep, ma);
        if (p.borrow_shares == 0) {
            evm_reverted = false;
            expected = true;
        }
        for (int was = 0; was < 2; was++) {
            bool got = was;
            lq_err_t err = lq_morpho_is_healthy(&got, &m, &p, &price);
            assert_err(err, evm_reverted ? LQ_ERR_RANGE : LQ_OK);
            assert_int_equal(got, evm_reverted ? was : expected);
        }
        seen[evm_reverted ? 2 : expected]++;
    }
    for (size_t i = 0; i < LQ_ARRAY_CNT(seen); i++)
        assert_in_range(seen[i], cnt / 50, cnt);
}

/* Where maxBorrow equals what is owed a position is healthy, and one wei of price below it is not.
 */
static void health_turns_where_the_contracts_does(void **state)
{
    (void)state;
    lq_morpho_market_t m = {.total_supply_assets = 2000,
                            .total_supply_shares = 2000000000,
                            .total_borrow_assets = 1000,
                            .total_borrow_shares = 1000000000,
                            .last_update_sec = 1,
                            .lltv_wad = 500000000000000000,
                            .has_irm = true};
    lq_morpho_position_t p = {.borrow_shares = 100000000, .collateral = 200};
    lq_u256_t price = u256_of(EVM_SCALE);
    lq_u256_t one = lq_u256_from_u64(1);
    bool healthy = false;
    assert_ok(lq_morpho_is_healthy(&healthy, &m, &p, &price));
    assert_true(healthy);
    p.borrow_shares++; /* owes 101, rounded up */
    assert_ok(lq_morpho_is_healthy(&healthy, &m, &p, &price));
    assert_false(healthy);
    p.borrow_shares--;
    price = lq_u256_sub_wrap(&price, &one);
    assert_ok(lq_morpho_is_healthy(&healthy, &m, &p, &price));
    assert_false(healthy);
}

/* The largest debt: the numerator rounded up has no place, or just one. */
static void health_reverts_where_the_contract_does(void **state)
{
    (void)state;
    lq_morpho_market_t m = UNTOUCHED_MARKET;
    lq_morpho_position_t p = {.borrow_shares = ~(lq_u128_t)0, .collateral = 1};
    lq_u256_t price = lq_u256_from_u64(1);
    bool healthy = true;
    m.total_borrow_assets = ~(lq_u128_t)0;
    m.total_borrow_shares = 0 - (lq_u128_t)LQ_MORPHO_VIRTUAL_SHARES + 1;
    assert_err(lq_morpho_is_healthy(&healthy, &m, &p, &price), LQ_ERR_RANGE);
    assert_true(healthy);
    m.total_borrow_shares--;
    assert_ok(lq_morpho_is_healthy(&healthy, &m, &p, &price));
    assert_false(healthy);
    /* what may be borrowed has no place as a multiple of the shares */
    p = (lq_morpho_position_t){.borrow_shares = 1, .collateral = ~(lq_u128_t)0};
    price = lq_u256_from_halves(~(lq_u128_t)0, 0);
    assert_err(lq_morpho_is_healthy(&healthy, &m, &p, &price), LQ_ERR_RANGE);
    price = lq_u256_from_halves(0, ~(lq_u128_t)0);
    m.lltv_wad = WAD - 1;
    assert_ok(lq_morpho_is_healthy(&healthy, &m, &p, &price));
    assert_true(healthy);
}

static void accrual_is_the_contracts(void **state)
{
    (void)state;
    size_t reverted_cnt = 0;
    size_t fee_cnt = 0;
    size_t cnt = lq_test_cnt(20000, 1000000);
    for (size_t i = 0; i < cnt; i++) {
        bool any = lq_rng_below(&rng, 4) == 0;
        lq_morpho_market_t m = any ? any_market() : plausible_market();
        lq_u256_t rate = up_to_bits(&rng, any ? 256 : 38);
        uint64_t now =
            any ? lq_rng_u64(&rng) >> lq_rng_below(&rng, 64)
                : m.last_update_sec + (lq_rng_u64(&rng) >> (36 + lq_rng_below(&rng, 28)));
        lq_morpho_market_t before = m;
        lq_morpho_accrual_t got = {1, 2};
        lq_err_t err = lq_morpho_accrue(&got, &m, now, &rate);
        evm_reverted = false;
        evm_market_set(&em, &before);
        evm_set(want, now);
        to_mpz(el.shares, &rate);
        evm_accrue(ma, mb, &em, want, el.shares, before.has_irm);
        assert_err(err, evm_reverted ? LQ_ERR_RANGE : LQ_OK);
        lq_morpho_market_t after = evm_reverted ? before : evm_market_get(&em, before.has_irm);
        after.lltv_wad = before.lltv_wad;
        assert_true(same_market(&m, &after));
        assert_true(got.interest == (evm_reverted ? 1 : evm_get(ma)));
        assert_true(got.fee_shares == (evm_reverted ? 2 : evm_get(mb)));
        reverted_cnt += evm_reverted;
        fee_cnt += !evm_reverted && got.fee_shares > 0;
    }
    assert_in_range(reverted_cnt, cnt / 50, cnt);
    assert_in_range(fee_cnt, cnt / 50, cnt);
}

static void incentive_factor_is_the_contracts(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2000; i++) {
        uint64_t lltv = i == 0 ? WAD : lq_rng_below(&rng, WAD + 1);
        evm_set(ma, lltv);
        evm_incentive(want, ma);
        assert_true(lq_morpho_incentive_factor_wad(lltv) == evm_get(want));
    }
}

/* The error of the first line of the contract that fails. */
static lq_err_t evm_call(const lq_morpho_market_t *m, const lq_morpho_position_t *p,
                         const lq_u256_t *price, const lq_u256_t *seized, const lq_u256_t *shares)
{
    evm_reverted = false;
    evm_market_set(&em, m);
    evm_position_set(&ep, p);
    to_mpz(ma, price);
    to_mpz(el.seized, seized);
    to_mpz(el.shares, shares);
    if ((mpz_sgn(el.seized) == 0) == (mpz_sgn(el.shares) == 0))
        return LQ_ERR_INVAL;
    bool healthy = mpz_sgn(ep.borrow) == 0 || evm_healthy(&em, &ep, ma);
    if (evm_reverted)
        return LQ_ERR_RANGE;
    if (healthy)
        return LQ_ERR_PERM;
    bool by_shares = mpz_sgn(el.seized) == 0;
    evm_quote(&el, &em, ma);
    if (by_shares && mpz_sgn(ma) == 0)
        return LQ_ERR_DIV_ZERO;
    evm_settle(&el, &em, &ep);
    return evm_reverted ? LQ_ERR_RANGE : LQ_OK;
}

/* Half of what the position has, all, or anything. */
static lq_u256_t part_of(lq_u128_t own)
{
    switch (lq_rng_below(&rng, 6)) {
    case 0:
        return word_of(own);
    case 1:
        return up_to_bits(&rng, 256);
    case 2: /* in range but for toUint128 */
        return lq_u256_from_halves(1, u128_below(&rng, own));
    default:
        return word_of(u128_below(&rng, own));
    }
}

/* Laws of one liquidation that went through. */
static void check_liquidation(const lq_morpho_liquidation_t *l, const lq_morpho_market_t *m,
                              const lq_morpho_position_t *p, const lq_morpho_market_t *m0,
                              const lq_morpho_position_t *p0, const lq_u256_t *price)
{
    assert_true(m->total_borrow_assets <= m0->total_borrow_assets);
    assert_true(m->total_borrow_shares <= m0->total_borrow_shares);
    assert_true(m->total_supply_assets <= m0->total_supply_assets);
    assert_true(m->total_supply_shares == m0->total_supply_shares);
    assert_true(p->borrow_shares <= p0->borrow_shares);
    assert_true(p->collateral <= p0->collateral);
    assert_u256_equal(p->supply_shares, p0->supply_shares);
    /* no debt remains where no collateral does, and no bad debt arises where some does */
    assert_true(p->collateral > 0 || p->borrow_shares == 0);
    assert_true(p->collateral == 0 || lq_u256_is_zero(&l->bad_debt_shares));
    /* what leaves the books is paid or written off */
    evm_set(ma, m0->total_borrow_assets - m->total_borrow_assets);
    to_mpz(mb, &l->repaid_assets);
    to_mpz(want, &l->bad_debt_assets);
    mpz_add(mb, mb, want);
    assert_true(mpz_cmp(ma, mb) <= 0);
    /* the liquidator gets at most the incentive: seized price / 1e36 <= repaid factor / 1e18 */
    to_mpz(ma, &l->seized_assets);
    to_mpz(mb, price);
    mpz_mul(ma, ma, mb);
    to_mpz(mb, &l->repaid_assets);
    mpz_mul_ui(mb, mb, lq_morpho_incentive_factor_wad(m0->lltv_wad));
    mpz_mul_ui(mb, mb, WAD);
    assert_true(mpz_cmp(ma, mb) <= 0);
}

static void liquidation_is_the_contracts(void **state)
{
    (void)state;
    size_t done_cnt = 0;
    size_t bad_cnt = 0;
    size_t cnt = lq_test_cnt(40000, 1000000);
    for (size_t i = 0; i < cnt; i++) {
        bool any = lq_rng_below(&rng, 8) == 0;
        lq_morpho_market_t m = any ? any_market() : plausible_market();
        lq_u256_t price = up_to_bits(&rng, 256);
        lq_morpho_position_t p = any ? any_position() : plausible_position(&price, &m);
        lq_u256_t seized = lq_u256_from_u64(0);
        lq_u256_t shares = lq_u256_from_u64(0);
        uint64_t mode = lq_rng_below(&rng, 16);
        if (mode % 2 == 0 || mode == 15)
            seized = part_of(p.collateral);
        if (mode % 2 == 1)
            shares = part_of(p.borrow_shares);
        if (lq_rng_below(&rng, 64) == 0)
            price = lq_u256_from_u64(0);
        lq_morpho_market_t m0 = m;
        lq_morpho_position_t p0 = p;
        lq_morpho_liquidation_t got = UNTOUCHED_LIQUIDATION;
        lq_err_t expected = evm_call(&m0, &p0, &price, &seized, &shares);
        lq_err_t err = lq_morpho_liquidate(&got, &m, &p, &price, &seized, &shares);
        if (expected == LQ_ERR_DIV_ZERO && err == LQ_ERR_RANGE)
            expected = err; /* an overflow before the division */
        assert_err(err, expected);
        if (expected != LQ_OK) {
            assert_true(same_market(&m, &m0) && same_position(&p, &p0));
            assert_memory_equal(&got, &UNTOUCHED_LIQUIDATION, sizeof(got));
            continue;
        }
        lq_morpho_market_t m1 = evm_market_get(&em, m0.has_irm);
        lq_morpho_position_t p1 = evm_position_get(&ep);
        assert_true(same_market(&m, &m1) && same_position(&p, &p1));
        assert_u256_equal(got.repaid_assets, from_mpz(el.repaid));
        assert_u256_equal(got.repaid_shares, from_mpz(el.shares));
        assert_u256_equal(got.seized_assets, from_mpz(el.seized));
        assert_u256_equal(got.bad_debt_assets, from_mpz(el.bad_assets));
        assert_u256_equal(got.bad_debt_shares, from_mpz(el.bad_shares));
        check_liquidation(&got, &m, &p, &m0, &p0, &price);
        done_cnt++;
        bad_cnt += !lq_u256_is_zero(&got.bad_debt_shares);
    }
    assert_in_range(done_cnt, cnt / 50, cnt);
    assert_in_range(bad_cnt, cnt / 400, cnt);
}

/* ---- laws ---- */

static void rounding_is_against_the_user(void **state)
{
    (void)state;
    size_t cnt = lq_test_cnt(20000, 1000000);
    for (size_t i = 0; i < cnt; i++) {
        lq_morpho_market_t m = plausible_market();
        lq_u128_t ta = m.total_supply_assets;
        lq_u128_t ts = m.total_supply_shares;
        lq_u256_t in = up_to_bits(&rng, 100);
        lq_u256_t down;
        lq_u256_t up;
        lq_u256_t back;
        /* who supplies never has a claim on more */
        assert_ok(lq_morpho_to_shares_down(&down, &in, ta, ts));
        assert_ok(lq_morpho_to_assets_down(&back, &down, ta, ts));
        assert_false(lq_u256_lt(&in, &back));
        /* who borrows never owes less */
        assert_ok(lq_morpho_to_shares_up(&up, &in, ta, ts));
        assert_ok(lq_morpho_to_assets_up(&back, &up, ta, ts));
        assert_false(lq_u256_lt(&back, &in));
        /* up is down, or one more */
        back = lq_u256_sub_wrap(&up, &down);
        assert_true(lq_u256_is_zero(&back) || (back.w[0] == 1 && lq_u256_bit_len(&back) == 1));
    }
}

/* Two accruals owe at least what one does, but for what their roundings lose: below 2 units, and
   below 3 parts in 1e18 by each of the two exponentials; the first loss grows by less than half. */
static void accruing_in_two_steps_owes_no_less(void **state)
{
    (void)state;
    size_t cnt = lq_test_cnt(20000, 500000);
    for (size_t i = 0; i < cnt; i++) {
        lq_morpho_market_t twice = plausible_market();
        lq_morpho_market_t once = twice;
        lq_u256_t rate = up_to_bits(&rng, 38);
        uint64_t mid = once.last_update_sec + lq_rng_below(&rng, 1000000);
        uint64_t end = mid + lq_rng_below(&rng, 1000000);
        lq_morpho_accrual_t a;
        assert_ok(lq_morpho_accrue(&a, &once, end, &rate));
        assert_ok(lq_morpho_accrue(&a, &twice, mid, &rate));
        lq_morpho_market_t same = twice;
        lq_u256_t other = up_to_bits(&rng, 256);
        assert_ok(lq_morpho_accrue(&a, &same, mid, &other)); /* no time, no interest */
        assert_true(same_market(&same, &twice) && a.interest == 0 && a.fee_shares == 0);
        assert_ok(lq_morpho_accrue(&a, &twice, end, &rate));
        lq_u128_t lost = 3 + 8 * once.total_borrow_assets / WAD;
        assert_true(twice.total_borrow_assets + lost >= once.total_borrow_assets);
        assert_true(twice.total_supply_assets + lost >= once.total_supply_assets);
    }
}

static void accrual_refuses_to_go_back_in_time(void **state)
{
    (void)state;
    lq_morpho_market_t m = UNTOUCHED_MARKET;
    lq_morpho_accrual_t a = {1, 2};
    lq_u256_t rate = lq_u256_from_u64(1);
    assert_err(lq_morpho_accrue(&a, &m, m.last_update_sec - 1, &rate), LQ_ERR_RANGE);
    assert_true(same_market(&m, &UNTOUCHED_MARKET) && a.interest == 1 && a.fee_shares == 2);
}

/* More price or collateral never makes a position unhealthy, more debt never healthy. */
static void health_is_monotone(void **state)
{
    (void)state;
    size_t cnt = lq_test_cnt(20000, 500000);
    for (size_t i = 0; i < cnt; i++) {
        lq_morpho_market_t m = plausible_market();
        lq_u256_t price;
        lq_morpho_position_t p = plausible_position(&price, &m);
        bool before;
        bool after;
        if (lq_morpho_is_healthy(&before, &m, &p, &price) != LQ_OK)
            continue;
        lq_u256_t more = lq_u256_from_u64(1 + lq_rng_below(&rng, 1000));
        uint64_t which = lq_rng_below(&rng, 3);
        if (which == 0 && lq_u256_add_checked(&price, &price, &more) != LQ_OK)
            continue;
        p.collateral += which == 1 ? more.w[0] : 0;
        p.borrow_shares += which == 2 ? more.w[0] : 0;
        if (lq_morpho_is_healthy(&after, &m, &p, &price) != LQ_OK)
            continue;
        assert_true(which == 2 ? before || !after : after || !before);
    }
}

/* ---- identity and reading ---- */

static lq_address_t address_of(const char *hex)
{
    lq_address_t a;
    assert_ok(lq_hex_decode(a.b, sizeof(a.b), NULL, hex, strlen(hex)));
    return a;
}

/* The market wstETH/USDC at 86 % on mainnet. */
static lq_abi_morpho_blue_market_params_t wsteth_usdc(void)
{
    return (lq_abi_morpho_blue_market_params_t){
        .loan_token = address_of("a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"),
        .collateral_token = address_of("7f39c581f595b53c5cb19bd0b3f8da6c935e2ca0"),
        .oracle = address_of("48f7e36eb6b826b2df4b2e630b62cd25e89e40e2"),
        .irm = address_of("870ac11d48b15db9a138cf899d20f13f79ba00bc"),
        .lltv = lq_u256_from_u64(860000000000000000),
    };
}

static void market_id_is_mainnets(void **state)
{
    (void)state;
    lq_abi_morpho_blue_market_params_t params = wsteth_usdc();
    lq_hash_t id = lq_morpho_market_id(&params);
    lq_hash_t expected;
    assert_ok(lq_hex_decode(expected.b, sizeof(expected.b), NULL,
                            "b323495f7e4148be5643a4ea4a8221ee"
                            "f163e4bccfdedc2a6f4696baacbc86cc",
                            64));
    assert_memory_equal(id.b, expected.b, sizeof(id.b));
}

static void loads_what_the_contract_holds(void **state)
{
    (void)state;
    lq_abi_morpho_blue_market_params_t params = wsteth_usdc();
    lq_u256_t big = lq_u256_from_halves(1, 0);
    const lq_abi_morpho_blue_market_ret_t good = {
        .total_supply_assets = lq_u256_from_halves(0, ~(lq_u128_t)0),
        .total_supply_shares = lq_u256_from_u64(2),
        .total_borrow_assets = lq_u256_from_u64(3),
        .total_borrow_shares = lq_u256_from_u64(4),
        .last_update = lq_u256_from_u64(5),
        .fee = lq_u256_from_u64(LQ_MORPHO_MAX_FEE_WAD),
    };
    const lq_morpho_market_t expected = {~(lq_u128_t)0,      2,    3, 4, 5, LQ_MORPHO_MAX_FEE_WAD,
                                         860000000000000000, true, 0};
    lq_morpho_market_t m = UNTOUCHED_MARKET;
    assert_ok(lq_morpho_market_load(&m, &good, &params));
    assert_true(same_market(&m, &expected));
    for (size_t i = 0; i < 9; i++) {
        lq_abi_morpho_blue_market_ret_t bad = good;
        lq_u256_t *const fields[] = {&bad.total_supply_assets, &bad.total_supply_shares,
                                     &bad.total_borrow_assets, &bad.total_borrow_shares,
                                     &bad.last_update,         &bad.fee};
        lq_err_t err = LQ_ERR_RANGE;
        params = wsteth_usdc();
        if (i < LQ_ARRAY_CNT(fields)) {
            *fields[i] = big;
        } else if (i == 6) {
            bad.fee = lq_u256_from_u64(LQ_MORPHO_MAX_FEE_WAD + 1);
        } else if (i == 7) {
            params.lltv = lq_u256_from_u64(WAD);
        } else {
            bad.last_update = lq_u256_from_u64(0);
            err = LQ_ERR_NOT_FOUND;
        }
        m = UNTOUCHED_MARKET;
        assert_err(lq_morpho_market_load(&m, &bad, &params), err);
        assert_true(same_market(&m, &UNTOUCHED_MARKET));
    }
    lq_abi_morpho_blue_market_ret_t bad = good;
    bad.total_supply_assets = lq_u256_from_u64(2);
    params = wsteth_usdc();
    assert_err(lq_morpho_market_load(&m, &bad, &params), LQ_ERR_INVAL);
    memset(&params.irm, 0, sizeof(params.irm));
    assert_ok(lq_morpho_market_load(&m, &good, &params));
    assert_false(m.has_irm);
}

static void loads_a_position(void **state)
{
    (void)state;
    const lq_morpho_position_t untouched = {U256_MAX, 1, 2};
    lq_abi_morpho_blue_position_ret_t read = {U256_MAX, lq_u256_from_u64(7), lq_u256_from_u64(8)};
    lq_morpho_position_t p = untouched;
    assert_ok(lq_morpho_position_load(&p, &read));
    assert_true(p.borrow_shares == 7 && p.collateral == 8);
    assert_u256_equal(p.supply_shares, U256_MAX);
    p = untouched;
    read.borrow_shares = lq_u256_from_halves(1, 0);
    assert_err(lq_morpho_position_load(&p, &read), LQ_ERR_RANGE);
    read.borrow_shares = lq_u256_from_u64(7);
    read.collateral = lq_u256_from_halves(1, 0);
    assert_err(lq_morpho_position_load(&p, &read), LQ_ERR_RANGE);
    assert_true(same_position(&p, &untouched));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_and_assets_are_the_contracts),
        cmocka_unit_test(health_is_the_contracts),
        cmocka_unit_test(health_turns_where_the_contracts_does),
        cmocka_unit_test(health_reverts_where_the_contract_does),
        cmocka_unit_test(accrual_is_the_contracts),
        cmocka_unit_test(incentive_factor_is_the_contracts),
        cmocka_unit_test(liquidation_is_the_contracts),
        cmocka_unit_test(rounding_is_against_the_user),
        cmocka_unit_test(accruing_in_two_steps_owes_no_less),
        cmocka_unit_test(accrual_refuses_to_go_back_in_time),
        cmocka_unit_test(health_is_monotone),
        cmocka_unit_test(market_id_is_mainnets),
        cmocka_unit_test(loads_what_the_contract_holds),
        cmocka_unit_test(loads_a_position),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
