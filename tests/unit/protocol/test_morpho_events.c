#include "liqd/protocol/morpho_blue_events.h"
#include "morpho_test.h"

#define WAD       UINT64_C(1000000000000000000)
#define ACTOR_CNT 5 /* the first gets the fees */

/* One event, so that it can be applied, spoilt and applied again. */
typedef enum kind {
    ACCRUE,
    SET_FEE,
    SUPPLY,
    WITHDRAW,
    BORROW,
    REPAY,
    SUPPLY_COLLATERAL,
    WITHDRAW_COLLATERAL,
    LIQUIDATE,
    KIND_CNT
} kind_t;

typedef struct event {
    kind_t kind;
    size_t actor;
    uint64_t now_sec;
    lq_u256_t assets; /* or rate, or fee */
    lq_u256_t shares; /* or interest */
    lq_u256_t fee_shares;
    lq_morpho_liquidation_t liquidation;
} event_t;

/* What is under test, and the contract. */
typedef struct world {
    lq_rng_t rng;
    lq_morpho_market_t market;
    lq_morpho_position_t position[ACTOR_CNT];
    evm_market_t evm_market;
    evm_position_t evm_position[ACTOR_CNT];
    uint64_t now_sec;
    size_t seen[KIND_CNT];
    size_t bad_debt_cnt;
} world_t;

static lq_err_t apply(lq_morpho_market_t *m, lq_morpho_position_t *p, const event_t *e)
{
    switch (e->kind) {
    case ACCRUE:
        return lq_morpho_apply_accrue_interest(m, p, e->now_sec, &e->assets, &e->shares,
                                               &e->fee_shares);
    case SET_FEE:
        return lq_morpho_apply_set_fee(m, e->now_sec, &e->assets);
    case SUPPLY:
        return lq_morpho_apply_supply(m, p, e->now_sec, &e->assets, &e->shares);
    case WITHDRAW:
        return lq_morpho_apply_withdraw(m, p, e->now_sec, &e->assets, &e->shares);
    case BORROW:
        return lq_morpho_apply_borrow(m, p, e->now_sec, &e->assets, &e->shares);
    case REPAY:
        return lq_morpho_apply_repay(m, p, e->now_sec, &e->assets, &e->shares);
    case SUPPLY_COLLATERAL:
        return lq_morpho_apply_supply_collateral(p, m, &e->assets);
    case WITHDRAW_COLLATERAL:
        return lq_morpho_apply_withdraw_collateral(m, p, e->now_sec, &e->assets);
    case LIQUIDATE:
        return lq_morpho_apply_liquidate(m, p, e->now_sec, &e->liquidation);
    case KIND_CNT:
        break;
    }
    fail();
    return LQ_ERR_INVAL;
}

static void assert_in_step(const world_t *w)
{
    lq_morpho_market_t m = evm_market_get(&w->evm_market, w->market.has_irm);
    assert_true(same_market(&w->market, &m));
    for (size_t i = 0; i < ACTOR_CNT; i++) {
        lq_morpho_position_t p = evm_position_get(&w->evm_position[i]);
        assert_true(same_position(&w->position[i], &p));
    }
}

/* Applies E spoilt: it fails, and changes nothing. */
static void assert_refused(const world_t *w, const event_t *e, lq_err_t want)
{
    lq_morpho_market_t m = w->market;
    lq_morpho_position_t p = w->position[e->actor];
    lq_err_t err = apply(&m, &p, e);
    assert_true(err != LQ_OK);
    if (want != LQ_OK)
        assert_err(err, want);
    assert_true(same_market(&m, &w->market));
    assert_true(same_position(&p, &w->position[e->actor]));
}

/* One more or one less. */
static void spoil(world_t *w, lq_u256_t *v)
{
    lq_u256_t one = lq_u256_from_u64(1);
    if (lq_rng_below(&w->rng, 2) == 0)
        *v = lq_u256_add_wrap(v, &one);
    else
        *v = lq_u256_sub_wrap(v, &one);
}

/* Assets that do not go with the shares: by one, or by the whole pool where years of interest have
   made a share worth more than an asset, so that neighbours go with the same shares. */
static void spoil_assets(world_t *w, event_t *e)
{
    const lq_morpho_market_t *m = &w->market;
    bool debt = e->kind == BORROW || e->kind == REPAY;
    lq_u128_t ta = debt ? m->total_borrow_assets : m->total_supply_assets;
    lq_u128_t ts = debt ? m->total_borrow_shares : m->total_supply_shares;
    lq_u256_t pool = word_of(ta + LQ_MORPHO_VIRTUAL_ASSETS);
    if (ts / 2 > ta)
        spoil(w, &e->assets);
    else
        e->assets = lq_u256_add_wrap(&e->assets, &pool);
}

static void try_spoilt(world_t *w, const event_t *e)
{
    event_t bad = *e;
    lq_u256_t *const parts[] = {&bad.liquidation.repaid_assets, &bad.liquidation.bad_debt_assets,
                                &bad.liquidation.bad_debt_shares};
    if (e->kind != SUPPLY_COLLATERAL) { /* at another time than the accrual's */
        lq_u128_t in_one_sec = w->market.total_borrow_assets / WAD * e->assets.w[0];
        bad.now_sec++;
        if (w->market.has_irm && (e->kind != ACCRUE || in_one_sec > 1))
            assert_refused(w, &bad, LQ_ERR_INVAL);
        bad.now_sec = w->market.last_update_sec - (e->kind == ACCRUE ? 0 : 1);
        assert_refused(w, &bad, LQ_ERR_INVAL);
        bad = *e;
    }
    switch (e->kind) {
    case ACCRUE:
        spoil(w, lq_rng_below(&w->rng, 2) == 0 ? &bad.shares : &bad.fee_shares);
        assert_refused(w, &bad, LQ_ERR_INVAL);
        break;
    case SUPPLY:
    case WITHDRAW:
    case BORROW:
    case REPAY:
        spoil_assets(w, &bad);
        assert_refused(w, &bad, LQ_OK);
        bad = *e;
        bad.shares = lq_u256_from_halves(1, 0);
        assert_refused(w, &bad, LQ_OK);
        break;
    case SET_FEE:
        bad.assets = lq_u256_from_u64(LQ_MORPHO_MAX_FEE_WAD + 1);
        assert_refused(w, &bad, LQ_ERR_RANGE);
        bad.assets = lq_u256_from_u64(w->market.fee_wad);
        assert_refused(w, &bad, LQ_ERR_INVAL);
        break;
    case SUPPLY_COLLATERAL:
    case WITHDRAW_COLLATERAL:
        bad.assets = lq_u256_from_u64(0);
        assert_refused(w, &bad, LQ_ERR_INVAL);
        bad.assets = lq_u256_from_halves(1, 0);
        assert_refused(w, &bad, LQ_ERR_RANGE);
        break;
    case LIQUIDATE:
        spoil(w, parts[lq_rng_below(&w->rng, LQ_ARRAY_CNT(parts))]);
        assert_refused(w, &bad, LQ_ERR_INVAL);
        bad = *e;
        bad.liquidation.seized_assets = word_of(w->position[e->actor].collateral + 1);
        assert_refused(w, &bad, LQ_ERR_RANGE);
        break;
    case KIND_CNT:
        break;
    }
}

/* The contract has done E: so does what is under test, after it has refused what E is not. */
static void emit(world_t *w, const event_t *e)
{
    try_spoilt(w, e);
    assert_ok(apply(&w->market, &w->position[e->actor], e));
    assert_in_step(w);
    w->seen[e->kind]++;
}

/* The contract's _accrueInterest. */
static void accrue(world_t *w)
{
    mpz_t now, rate, interest, fee_shares;
    mpz_inits(now, rate, interest, fee_shares, NULL);
    event_t e = {.kind = ACCRUE, .now_sec = w->now_sec};
    e.assets = lq_u256_from_u64(lq_rng_below(&w->rng, UINT64_C(20000000000)));
    evm_set(now, w->now_sec);
    to_mpz(rate, &e.assets);
    bool passed = mpz_cmp(now, w->evm_market.last) != 0;
    evm_reverted = false;
    evm_accrue(interest, fee_shares, &w->evm_market, now, rate, w->market.has_irm);
    assert_false(evm_reverted);
    mpz_add(w->evm_position[0].supply, w->evm_position[0].supply, fee_shares);
    e.shares = from_mpz(interest);
    e.fee_shares = from_mpz(fee_shares);
    if (passed && w->market.has_irm)
        emit(w, &e);
    mpz_clears(now, rate, interest, fee_shares, NULL);
}

/* supply, withdraw, borrow or repay by ACTOR, of a random amount of assets or shares. */
static bool transfer(world_t *w, event_t *e)
{
    evm_market_t *m = &w->evm_market;
    evm_position_t *p = &w->evm_position[e->actor];
    bool debt = e->kind == BORROW || e->kind == REPAY;
    bool in = e->kind == SUPPLY || e->kind == REPAY;
    bool grows = e->kind == SUPPLY || e->kind == BORROW;
    mpz_ptr own = debt ? p->borrow : p->supply;
    mpz_ptr ta = debt ? m->tba : m->tsa;
    mpz_ptr ts = debt ? m->tbs : m->tss;
    bool by_shares = lq_rng_below(&w->rng, 2) == 0;
    mpz_t assets, shares, left;
    mpz_inits(assets, shares, left, NULL);
    if (grows)
        evm_set(shares, 1 + u128_up_to(&w->rng, 90));
    else if (lq_rng_below(&w->rng, 4) == 0)
        mpz_set(shares, own);
    else
        evm_set(shares, u128_below(&w->rng, evm_get(own)));
    evm_reverted = false;
    evm_assets(assets, shares, ta, ts, in);
    if (!by_shares)
        evm_shares(shares, assets, ta, ts, !in);
    bool ok = !evm_reverted && mpz_sgn(by_shares ? shares : assets) > 0;
    if (ok && !grows)
        ok = mpz_cmp(shares, own) <= 0;
    if (ok && debt == grows) { /* what leaves the pool was in it */
        mpz_sub(left, m->tsa, m->tba);
        ok = mpz_cmp(assets, left) <= 0;
    }
    if (ok) {
        (grows ? mpz_add : mpz_sub)(own, own, shares);
        (grows ? mpz_add : mpz_sub)(ts, ts, shares);
        if (grows)
            mpz_add(ta, ta, assets);
        else
            evm_zero_floor_sub(ta, assets);
        e->assets = from_mpz(assets);
        e->shares = from_mpz(shares);
    }
    mpz_clears(assets, shares, left, NULL);
    return ok;
}

/* A liquidation of a random part, whether or not some price allows it. */
static bool liquidate(world_t *w, event_t *e)
{
    evm_position_t *p = &w->evm_position[e->actor];
    if (mpz_sgn(p->coll) == 0)
        return false;
    evm_liquidation_t l;
    evm_liquidation_init(&l);
    evm_set(l.shares, u128_below(&w->rng, evm_get(p->borrow)));
    evm_set(l.seized, lq_rng_below(&w->rng, 3) == 0 ? evm_get(p->coll)
                                                    : u128_below(&w->rng, evm_get(p->coll)));
    evm_reverted = false;
    evm_settle(&l, &w->evm_market, p);
    assert_false(evm_reverted);
    e->liquidation = (lq_morpho_liquidation_t){
        .repaid_assets = from_mpz(l.repaid),
        .repaid_shares = from_mpz(l.shares),
        .seized_assets = from_mpz(l.seized),
        .bad_debt_assets = from_mpz(l.bad_assets),
        .bad_debt_shares = from_mpz(l.bad_shares),
    };
    w->bad_debt_cnt += mpz_sgn(l.bad_assets) > 0;
    evm_liquidation_clear(&l);
    return true;
}

static bool act(world_t *w, event_t *e)
{
    evm_position_t *p = &w->evm_position[e->actor];
    lq_u128_t amount;
    switch (e->kind) {
    case SET_FEE:
        e->assets = lq_u256_from_u64(lq_rng_below(&w->rng, LQ_MORPHO_MAX_FEE_WAD + 1));
        if (e->assets.w[0] == w->market.fee_wad)
            return false;
        to_mpz(w->evm_market.fee, &e->assets);
        return true;
    case SUPPLY:
    case WITHDRAW:
    case BORROW:
    case REPAY:
        return transfer(w, e);
    case SUPPLY_COLLATERAL:
        amount = 1 + u128_up_to(&w->rng, 90);
        e->assets = word_of(amount);
        evm_set(p->coll, w->position[e->actor].collateral + amount);
        return true;
    case WITHDRAW_COLLATERAL:
        amount = u128_below(&w->rng, w->position[e->actor].collateral);
        e->assets = word_of(amount);
        evm_set(p->coll, w->position[e->actor].collateral - amount);
        return amount > 0;
    case LIQUIDATE:
        return liquidate(w, e);
    case ACCRUE:
    case KIND_CNT:
        break;
    }
    return false;
}

static void start(world_t *w, bool has_irm)
{
    memset(w, 0, sizeof(*w));
    w->rng = lq_test_rng();
    w->now_sec = 1700000000;
    lq_abi_morpho_blue_market_params_t params = {.lltv = lq_u256_from_u64(860000000000000000)};
    params.irm.b[7] = has_irm;
    assert_ok(lq_morpho_apply_create_market(&w->market, w->now_sec, &params));
    assert_int_equal(w->market.has_irm, has_irm);
    evm_market_init(&w->evm_market);
    evm_market_set(&w->evm_market, &w->market);
    for (size_t i = 0; i < ACTOR_CNT; i++)
        evm_position_init(&w->evm_position[i]);
}

static void run(bool has_irm)
{
    static world_t w;
    start(&w, has_irm);
    size_t cnt = lq_test_cnt(10000, 300000);
    for (size_t i = 0; i < cnt; i++) {
        if (lq_rng_below(&w.rng, 2) == 0)
            w.now_sec += lq_rng_below(&w.rng, 100000);
        event_t e = {.kind = SET_FEE + (kind_t)lq_rng_below(&w.rng, KIND_CNT - SET_FEE),
                     .actor = lq_rng_below(&w.rng, ACTOR_CNT),
                     .now_sec = w.now_sec};
        if (e.kind != SUPPLY_COLLATERAL)
            accrue(&w);
        if (act(&w, &e))
            emit(&w, &e);
        else
            evm_market_set(&w.evm_market, &w.market);
    }
    for (size_t kind = has_irm ? ACCRUE : SET_FEE; kind < KIND_CNT; kind++)
        assert_in_range(w.seen[kind], cnt / 100, cnt);
    assert_in_range(w.bad_debt_cnt, cnt / 200, cnt);
    evm_market_clear(&w.evm_market);
    for (size_t i = 0; i < ACTOR_CNT; i++)
        evm_position_clear(&w.evm_position[i]);
}

static void events_lead_to_the_contracts_state(void **state)
{
    (void)state;
    run(true);
}

static void a_market_without_a_model_needs_no_accrual(void **state)
{
    (void)state;
    run(false);
}

static void creates_a_market_once(void **state)
{
    (void)state;
    lq_morpho_market_t m = {.lltv_wad = 5};
    const lq_morpho_market_t before = m;
    lq_abi_morpho_blue_market_params_t params = {.lltv = lq_u256_from_u64(WAD)};
    assert_err(lq_morpho_apply_create_market(&m, 1, &params), LQ_ERR_RANGE);
    params.lltv = lq_u256_from_u64(WAD - 1);
    assert_err(lq_morpho_apply_create_market(&m, 0, &params), LQ_ERR_RANGE);
    assert_true(same_market(&m, &before));
    assert_ok(lq_morpho_apply_create_market(&m, 1, &params));
    const lq_morpho_market_t created = {.last_update_sec = 1, .lltv_wad = WAD - 1};
    assert_true(same_market(&m, &created));
    assert_err(lq_morpho_apply_create_market(&m, 2, &params), LQ_ERR_EXISTS);
    assert_true(same_market(&m, &created));
}

static void nothing_happens_to_a_market_that_is_none(void **state)
{
    (void)state;
    world_t w = {.market = {.has_irm = true}};
    for (size_t kind = 0; kind < KIND_CNT; kind++) {
        event_t e = {.kind = (kind_t)kind, .now_sec = 1, .assets = {{1}}, .shares = {{1}}};
        assert_refused(&w, &e, LQ_ERR_NOT_FOUND);
    }
}

/* A small market: 1000 supplied and 500 borrowed, a million shares each. */
static void small_world(world_t *w)
{
    *w = (world_t){.market = {.total_supply_assets = 1000,
                              .total_supply_shares = 1000000000,
                              .total_borrow_assets = 500,
                              .total_borrow_shares = 500000000,
                              .last_update_sec = 7,
                              .lltv_wad = 1,
                              .has_irm = true}};
    w->position[0] = (lq_morpho_position_t){
        .supply_shares = {{1000000000}}, .borrow_shares = 500000000, .collateral = 10};
}

/* Each event fits the totals, and not what a position or the pool has. */
static void refuses_more_than_there_is(void **state)
{
    (void)state;
    world_t w;
    event_t e = {.now_sec = 7, .assets = {{10}}, .shares = {{10000000}}};
    small_world(&w);
    w.position[0].supply_shares.w[0] = 9999999;
    e.kind = WITHDRAW;
    assert_refused(&w, &e, LQ_ERR_RANGE);
    small_world(&w);
    w.position[0].borrow_shares = 9999999;
    e.kind = REPAY;
    assert_refused(&w, &e, LQ_ERR_RANGE);
    small_world(&w);
    e.kind = WITHDRAW_COLLATERAL;
    e.assets.w[0] = 11;
    assert_refused(&w, &e, LQ_ERR_RANGE);
    /* more than is not lent out, more than is supplied */
    e.assets.w[0] = 501;
    e.shares.w[0] = 501000000;
    e.kind = WITHDRAW;
    assert_refused(&w, &e, LQ_ERR_INVAL);
    e.kind = BORROW;
    assert_refused(&w, &e, LQ_ERR_INVAL);
    e.assets.w[0] = 500;
    e.shares.w[0] = 500000000;
    assert_ok(apply(&w.market, &w.position[0], &e));
}

/* A position with more shares than there are contradicts its market. */
static void refuses_more_shares_than_the_total(void **state)
{
    (void)state;
    static const kind_t kinds[] = {SUPPLY, WITHDRAW, BORROW, REPAY};
    for (size_t i = 0; i < LQ_ARRAY_CNT(kinds); i++) {
        event_t e = {.kind = kinds[i], .now_sec = 7, .assets = {{10}}, .shares = {{10000000}}};
        world_t w;
        small_world(&w);
        lq_morpho_position_t p = w.position[0];
        assert_ok(apply(&w.market, &p, &e));
        small_world(&w);
        w.position[0].supply_shares.w[0]++;
        w.position[0].borrow_shares++;
        assert_refused(&w, &e, LQ_ERR_INVAL);
    }
}

static void suppliers_need_not_be_kept(void **state)
{
    (void)state;
    world_t w;
    small_world(&w);
    lq_u256_t assets = lq_u256_from_u64(10);
    lq_u256_t shares = lq_u256_from_u64(10000000);
    lq_morpho_market_t before = w.market;
    assert_ok(lq_morpho_apply_supply(&w.market, NULL, 7, &assets, &shares));
    assert_true(w.market.total_supply_assets == 1010);
    assert_true(w.market.total_supply_shares == 1010000000);
    assert_ok(lq_morpho_apply_withdraw(&w.market, NULL, 7, &assets, &shares));
    assert_true(same_market(&w.market, &before));
    lq_u256_t zero = lq_u256_from_u64(0);
    assert_err(lq_morpho_apply_supply(&w.market, NULL, 7, &zero, &zero), LQ_ERR_INVAL);
    assert_ok(lq_morpho_apply_accrue_interest(&w.market, NULL, 8, &zero, &zero, &zero));
    assert_true(w.market.last_update_sec == 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_lead_to_the_contracts_state),
        cmocka_unit_test(a_market_without_a_model_needs_no_accrual),
        cmocka_unit_test(creates_a_market_once),
        cmocka_unit_test(nothing_happens_to_a_market_that_is_none),
        cmocka_unit_test(refuses_more_than_there_is),
        cmocka_unit_test(refuses_more_shares_than_the_total),
        cmocka_unit_test(suppliers_need_not_be_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
