#include "morpho_blue_trial_rig.h"

/* Liquidations tried on an account, beside lq_morpho_liquidate, which has an oracle of its own. */

static lq_trial_t trial;
static lq_trial_t second;

static const lq_u256_t none = {{0}};
static const lq_u256_t one = {{1, 0, 0, 0}};

static lq_liquidation_pair_t only_pair(void)
{
    lq_liquidation_pair_t pairs[2];
    assert_int_equal(adapter->trial_pairs(rig.self, &trial, pairs, 2), 1);
    return pairs[0];
}

/* The last amount of the one range by BY; 0: there is none. */
static lq_u256_t last_by(lq_liquidation_by_t by)
{
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    size_t cnt = adapter->trial_ranges(rig.self, &trial, ranges, only_pair(), by);
    assert_true(cnt <= 1);
    if (cnt == 0)
        return none;
    assert_u256_equal(ranges[0].from, one);
    return ranges[0].to;
}

static size_t renamed_cnt; /* calls that repay other amounts, sent */

/* What is tried to be sent is what the encoded call does, which names what it seizes where that is
   all or nearly. */
static void sends_what_it_encodes(const lq_liquidation_call_t *call,
                                  const lq_liquidation_outcome_t *out)
{
    static lq_trial_t copy;
    questions_t q;
    lq_liquidation_call_t named = *call;
    lq_liquidation_outcome_t sent = *out;
    lq_liquidation_outcome_t done = *out;
    questions_init(&q);
    assert_ok(adapter->encode_call(rig.self, &q.calls, 0, call, out));
    named.amount = arg(&q.room[0], 6);
    named.by = LQ_LIQUIDATION_BY_SEIZED;
    if (lq_u256_is_zero(&named.amount)) {
        named.amount = arg(&q.room[0], 7);
        named.by = LQ_LIQUIDATION_BY_REPAID;
    }
    adapter->trial_copy(&copy, &trial);
    lq_err_t want = adapter->trial_call(rig.self, &copy, &done, &named);
    adapter->trial_copy(&copy, &trial);
    assert_err(adapter->trial_send(rig.self, &copy, &sent, call), want);
    assert_u256_equal(sent.repaid, done.repaid);
    assert_u256_equal(sent.seized, done.seized);
    assert_int_equal(sent.closes_debt, done.closes_debt);
    assert_int_equal(sent.takes_all, done.takes_all);
    assert_int_equal(sent.bad_debt, done.bad_debt);
    renamed_cnt += !lq_u256_eq(&sent.repaid, &out->repaid);
}

/* Does the call of AMOUNT to a copy and to the contract, which must agree; returns how it ended. */
static lq_err_t same_call(lq_liquidation_outcome_t *out, lq_liquidation_by_t by,
                          const lq_u256_t *amount)
{
    lq_morpho_market_t m = sim.markets[0].m;
    lq_morpho_position_t p = sim.markets[0].position[1];
    lq_morpho_liquidation_t l;
    lq_liquidation_call_t call = {only_pair(), by, *amount};
    lq_health_t before;
    lq_health_t after;
    bool by_seized = by == LQ_LIQUIDATION_BY_SEIZED;
    lq_err_t want = lq_morpho_liquidate(&l, &m, &p, &sim.markets[0].price,
                                        by_seized ? amount : &none, by_seized ? &none : amount);
    adapter->trial_copy(&second, &trial);
    adapter->trial_health(rig.self, &second, &before);
    assert_err(adapter->trial_call(rig.self, &second, out, &call), want);
    adapter->trial_health(rig.self, &second, &after);
    if (want) {
        assert_memory_equal(&before, &after, sizeof(before));
        return want;
    }
    assert_u256_equal(out->repaid, l.repaid_assets);
    assert_u256_equal(out->seized, l.seized_assets);
    assert_true(lq_u256_is_zero(&out->protocol_fee));
    assert_int_equal(out->closes_debt, p.borrow_shares == 0);
    assert_int_equal(out->takes_all, p.collateral == 0);
    assert_int_equal(out->bad_debt, !lq_u256_is_zero(&l.bad_debt_shares));
    bool healthy = true;
    assert_ok(lq_morpho_is_healthy(&healthy, &m, &p, &sim.markets[0].price));
    assert_int_equal(adapter->trial_pairs(rig.self, &second, &call.pair, 1), !healthy);
    assert_int_equal(after.verdict, p.borrow_shares == 0 ? LQ_HEALTH_NO_DEBT
                                    : healthy            ? LQ_HEALTH_SAFE
                                                         : LQ_HEALTH_LIQUIDATABLE);
    sends_what_it_encodes(&call, out);
    return LQ_OK;
}

/* A market and a position of up to BITS, that can be liquidated at the price set; false: not. */
static bool draw(lq_rng_t *rng, unsigned bits)
{
    lq_morpho_market_t m = {.fee_wad = 0};
    m.total_supply_assets = u128_up_to(rng, bits);
    m.total_borrow_assets = u128_below(rng, m.total_supply_assets);
    m.total_borrow_shares = lq_rng_below(rng, 2)
                                ? m.total_borrow_assets * 1000000 + u128_up_to(rng, bits)
                                : u128_up_to(rng, bits);
    lq_morpho_position_t p = {.borrow_shares = u128_below(rng, m.total_borrow_shares),
                              .collateral = u128_up_to(rng, bits)};
    lq_u256_t shares = word_of(p.borrow_shares);
    lq_u256_t owed;
    lq_u256_t price;
    lq_u256_t scale = u256_of(EVM_SCALE);
    lq_u256_t collateral = word_of(p.collateral);
    bool healthy = true;
    if (p.borrow_shares == 0 ||
        lq_morpho_to_assets_up(&owed, &shares, m.total_borrow_assets, m.total_borrow_shares) ||
        lq_u256_mul_div_down(&price, &owed, &scale, &collateral)) /* that the two are worth alike */
        price = scale;
    if (lq_rng_below(rng, 4))
        price = up_to_bits(rng, 1 + lq_u256_bit_len(&price));
    m.lltv_wad = sim.markets[0].m.lltv_wad;
    if (p.borrow_shares == 0 || lq_morpho_is_healthy(&healthy, &m, &p, &price) || healthy)
        return false;
    place(&m, &p, &price);
    assert_ok(adapter->trial_open(rig.self, &trial, 0, NULL));
    return true;
}

/* TO passes and nothing above it does. */
static void border_is_exact(lq_liquidation_by_t by, const lq_u256_t *to)
{
    lq_liquidation_outcome_t out;
    lq_u256_t next = lq_u256_add_wrap(to, &one);
    if (!lq_u256_is_zero(to)) {
        assert_ok(same_call(&out, by, to));
        assert_ok(same_call(&out, by, &one));
    }
    assert_int_not_equal(same_call(&out, by, &next), LQ_OK);
    for (unsigned bit = 1; bit < 120; bit += 7) {
        lq_u256_t beyond = lq_u256_shl_wrap(&one, bit);
        beyond = lq_u256_add_wrap(&beyond, &next);
        assert_int_not_equal(same_call(&out, by, &beyond), LQ_OK);
    }
}

static void calls_are_the_contracts_and_borders_exact(void **state)
{
    lq_rng_t rng = lq_test_rng();
    size_t drawn = 0;
    size_t taken[LQ_LIQUIDATION_BY_CNT] = {0};
    size_t bad_cnt = 0;
    (void)state;
    for (size_t k = 0; k < lq_test_cnt(3000, 300000); k++) {
        if (k % 300 == 0) {
            if (k)
                rig_close(&rig);
            open_trials(lq_rng_below(&rng, 8) ? WAD / 2 + lq_rng_below(&rng, WAD / 2 - 10)
                                              : lq_rng_below(&rng, WAD - 10));
        }
        if (!draw(&rng, 1 + (unsigned)lq_rng_below(&rng, 104)))
            continue;
        drawn++;
        for (unsigned b = 0; b < LQ_LIQUIDATION_BY_CNT; b++) {
            lq_liquidation_by_t by = (lq_liquidation_by_t)b;
            lq_liquidation_outcome_t out;
            lq_u256_t to = last_by(by);
            border_is_exact(by, &to);
            if (lq_u256_is_zero(&to))
                continue;
            taken[b]++;
            lq_u256_t amount = up_to_bits(&rng, lq_u256_bit_len(&to));
            amount = lq_u256_min(lq_u256_is_zero(&amount) ? &one : &amount, &to);
            assert_ok(same_call(&out, by, &amount));
            assert_ok(same_call(&out, by, &to));
            bad_cnt += out.bad_debt;
        }
    }
    assert_true(drawn > 100 && taken[0] > drawn / 2 && taken[1] > drawn / 2 && bad_cnt > 0);
    assert_true(renamed_cnt > 0);
    rig_close(&rig);
}

static void small_accounts_amount_by_amount(void **state)
{
    lq_rng_t rng = lq_test_rng();
    lq_liquidation_outcome_t out;
    (void)state;
    open_trials(WAD / 100 * 80);
    for (size_t k = 0; k < lq_test_cnt(400, 20000); k++) {
        if (!draw(&rng, 1 + (unsigned)lq_rng_below(&rng, 8)))
            continue;
        for (unsigned b = 0; b < LQ_LIQUIDATION_BY_CNT; b++) {
            lq_liquidation_by_t by = (lq_liquidation_by_t)b;
            lq_u256_t to = last_by(by);
            lq_u256_t repaid = none;
            lq_u256_t seized = none;
            for (uint64_t a = 1; a < 600; a++) {
                lq_u256_t amount = lq_u256_from_u64(a);
                bool passes = same_call(&out, by, &amount) == LQ_OK;
                assert_int_equal(passes, !lq_u256_lt(&to, &amount));
                if (!passes)
                    continue;
                assert_false(lq_u256_lt(&out.repaid, &repaid));
                assert_false(lq_u256_lt(&out.seized, &seized));
                repaid = out.repaid;
                seized = out.seized;
            }
        }
    }
    rig_close(&rig);
}

/* ---- under other rules ---- */

/* What CALL of AMOUNT by BY does to *M and *P where a liquidator gets what they say, and repays at
   most MOST shares. */
static lq_err_t model_call(lq_morpho_market_t *m, lq_morpho_position_t *p,
                           lq_morpho_liquidation_t *did, const lq_u256_t *most,
                           lq_liquidation_by_t by, const lq_u256_t *amount)
{
    const lq_u256_t *price = &sim.markets[0].price;
    bool by_seized = by == LQ_LIQUIDATION_BY_SEIZED;
    lq_morpho_market_t next = *m;
    lq_morpho_position_t left = *p;
    lq_err_t err = lq_morpho_liquidate(did, &next, &left, price, by_seized ? amount : &none,
                                       by_seized ? &none : amount);
    if (!err && lq_u256_lt(most, &did->repaid_shares))
        err = LQ_ERR_PERM;
    if (err)
        return err;
    *m = next;
    *p = left;
    return LQ_OK;
}

/* Does AMOUNT by BY to a copy of the trial and to the model; 1: it heals, 0: it does not, -1: it is
   refused. */
static int other_call(const lq_morpho_market_t *market, const lq_u256_t *most,
                      lq_liquidation_by_t by, const lq_u256_t *amount)
{
    lq_morpho_market_t m = *market;
    lq_morpho_position_t p = sim.markets[0].position[1];
    lq_morpho_liquidation_t did;
    lq_liquidation_outcome_t out;
    lq_liquidation_pair_t pair;
    const lq_liquidation_call_t call = {only_pair(), by, *amount};
    lq_err_t want = model_call(&m, &p, &did, most, by, amount);
    adapter->trial_copy(&second, &trial);
    lq_err_t err = adapter->trial_call(rig.self, &second, &out, &call);
    assert_int_equal(err == LQ_OK, want == LQ_OK);
    if (err)
        return -1;
    assert_u256_equal(out.repaid, did.repaid_assets);
    assert_u256_equal(out.seized, did.seized_assets);
    size_t cnt = adapter->trial_pairs(rig.self, &second, &pair, 1);
    adapter->trial_copy(&second, &trial);
    assert_ok(adapter->trial_send(rig.self, &second, &out, &call));
    return cnt == 0;
}

static void try_other_rules(const lq_health_view_t *view, size_t *cut_cnt)
{
    lq_morpho_market_t m = sim.markets[0].m;
    const lq_u256_t part = lq_u256_from_u64(view->what_if.close_factor_bps);
    const lq_u256_t whole = lq_u256_from_u64(10000);
    lq_u256_t most = word_of(sim.markets[0].position[1].borrow_shares);
    if (view->what_if.close_factor_bps)
        assert_ok(lq_u256_mul_div_down(&most, &most, &part, &whole));
    int64_t factor = (int64_t)lq_morpho_incentive_factor_wad(m.lltv_wad) +
                     view->what_if.bonus_bps * (int64_t)(WAD / 10000);
    if (view->what_if.bonus_bps)
        m.incentive_wad = factor < (int64_t)WAD ? WAD : (uint64_t)factor;
    assert_ok(adapter->trial_open(rig.self, &trial, 0, view));
    lq_incentive_t pays;
    assert_ok(adapter->incentive(rig.self, &pays, only_pair(), &view->what_if));
    assert_u256_equal(pays.seized_wad,
                      lq_u256_from_u64(m.incentive_wad
                                           ? m.incentive_wad
                                           : lq_morpho_incentive_factor_wad(m.lltv_wad)));
    assert_u256_equal(pays.kept_wad, none);
    for (unsigned b = 0; b < LQ_LIQUIDATION_BY_CNT; b++) {
        lq_liquidation_range_t r[LQ_LIQUIDATION_RANGE_MAX];
        lq_liquidation_by_t by = (lq_liquidation_by_t)b;
        size_t cnt = adapter->trial_ranges(rig.self, &trial, r, only_pair(), by);
        assert_true(cnt <= (view->what_if.close_factor_bps ? 2 : 1));
        lq_u256_t beyond = cnt ? lq_u256_add_wrap(&r[cnt - 1].to, &one) : one;
        assert_int_equal(other_call(&m, &most, by, &beyond), -1);
        for (size_t i = 0; i < cnt; i++) {
            assert_false(lq_u256_lt(&r[i].to, &r[i].from));
            assert_int_not_equal(other_call(&m, &most, by, &r[i].from), -1);
            assert_int_not_equal(other_call(&m, &most, by, &r[i].to), -1);
        }
        if (cnt < 2)
            continue;
        ++*cut_cnt;
        assert_u256_equal(r[0].from, one);
        assert_int_equal(other_call(&m, &most, by, &r[0].to), 0);
        assert_int_equal(other_call(&m, &most, by, &r[1].from), 1);
        lq_u256_t gap = lq_u256_sub_wrap(&r[1].from, &r[0].to);
        lq_u256_t close = lq_u256_shr(&r[0].to, 40);
        close = lq_u256_max(&close, &one);
        assert_false(lq_u256_lt(&close, &gap));
    }
}

static void other_rules_are_as_if_the_contract_had_them(void **state)
{
    lq_rng_t rng = lq_test_rng();
    size_t cut_cnt = 0;
    (void)state;
    for (size_t k = 0; k < lq_test_cnt(3000, 300000); k++) {
        lq_health_view_t view = {.now_sec = 0};
        if (k % 300 == 0) {
            if (k)
                rig_close(&rig);
            open_trials(WAD / 2 + lq_rng_below(&rng, WAD / 2 - 10));
        }
        if (!draw(&rng, 1 + (unsigned)lq_rng_below(&rng, 104)))
            continue;
        if (lq_rng_below(&rng, 3))
            view.what_if.bonus_bps = (int32_t)lq_rng_below(&rng, 3000) - 1000;
        if (lq_rng_below(&rng, 3))
            view.what_if.close_factor_bps = (uint16_t)(1 + lq_rng_below(&rng, 10000));
        try_other_rules(&view, &cut_cnt);
    }
    assert_true(cut_cnt > 0);
    rig_close(&rig);
}

static void a_price_of_0_takes_a_seizure_alone(void **state)
{
    lq_liquidation_outcome_t out;
    (void)state;
    open_trials(WAD / 2);
    lq_morpho_market_t m = sim.markets[0].m;
    lq_morpho_position_t p = sim.markets[0].position[1];
    place(&m, &p, &none);
    assert_ok(adapter->trial_open(rig.self, &trial, 0, NULL));
    assert_u256_equal(last_by(LQ_LIQUIDATION_BY_REPAID), none);
    lq_u256_t to = last_by(LQ_LIQUIDATION_BY_SEIZED);
    assert_u256_equal(to, word_of(p.collateral));
    assert_err(same_call(&out, LQ_LIQUIDATION_BY_REPAID, &one), LQ_ERR_DIV_ZERO);
    border_is_exact(LQ_LIQUIDATION_BY_SEIZED, &to);
    assert_ok(same_call(&out, LQ_LIQUIDATION_BY_SEIZED, &to));
    assert_true(out.bad_debt && out.takes_all && lq_u256_is_zero(&out.repaid));
    rig_close(&rig);
}

static void who_cannot_be_liquidated_has_no_trial(void **state)
{
    lq_u256_t price = u256_of(EVM_SCALE);
    lq_price_shift_t shift = {.oracle = 0, .known = true, .price = lq_u256_shr(&price, 1)};
    lq_health_view_t view = {.shifts = &shift, .shift_cnt = 1};
    lq_health_t h;
    (void)state;
    open_trials(WAD / 2);
    lq_morpho_market_t m = sim.markets[0].m;
    lq_morpho_position_t p = {.borrow_shares = (lq_u128_t)249000000 * 1000000,
                              .collateral = 500000000};
    place(&m, &p, &price);
    assert_err(adapter->trial_open(rig.self, &trial, 0, NULL), LQ_ERR_EMPTY);
    assert_ok(adapter->trial_open(rig.self, &trial, 0, &view));
    adapter->trial_health(rig.self, &trial, &h);
    lq_health_t want = health_of(0, &view);
    assert_memory_equal(&h, &want, sizeof(h));
    shift.known = false;
    assert_err(adapter->trial_open(rig.self, &trial, 0, &view), LQ_ERR_EMPTY);
    shift = (lq_price_shift_t){.known = true, .price = {{0, 0, 0, UINT64_MAX}}};
    assert_err(adapter->trial_open(rig.self, &trial, 0, &view), LQ_ERR_RANGE);
    lq_ledger_set_state(rig.ledger, 0, LQ_ACCOUNT_QUARANTINED);
    assert_err(adapter->trial_open(rig.self, &trial, 0, NULL), LQ_ERR_EMPTY);
    p.borrow_shares = 0;
    place(&m, &p, &none);
    assert_err(adapter->trial_open(rig.self, &trial, 0, NULL), LQ_ERR_EMPTY);
    rig_close(&rig);
}

static void other_pairs_are_refused(void **state)
{
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    lq_liquidation_outcome_t out;
    lq_u256_t low = u256_of(EVM_SCALE);
    low = lq_u256_shr(&low, 1);
    (void)state;
    open_trials(WAD / 2);
    lq_morpho_market_t m = sim.markets[0].m;
    lq_morpho_position_t p = sim.markets[0].position[1];
    place(&m, &p, &low);
    assert_ok(adapter->trial_open(rig.self, &trial, 0, NULL));
    lq_liquidation_call_t call = {only_pair(), LQ_LIQUIDATION_BY_SEIZED, one};
    assert_int_equal(adapter->trial_pairs(rig.self, &trial, &call.pair, 0), 0);
    assert_ok(adapter->trial_call(rig.self, &trial, &out, &call));
    call.pair.debt++;
    assert_int_equal(adapter->trial_ranges(rig.self, &trial, ranges, call.pair, call.by), 0);
    assert_err(adapter->trial_call(rig.self, &trial, &out, &call), LQ_ERR_PERM);
    rig_close(&rig);
}

static void a_call_is_encoded_as_the_contract_wants_it(void **state)
{
    questions_t q;
    const lq_liquidation_call_t by_seized = {{0, 1}, LQ_LIQUIDATION_BY_SEIZED, {{77, 0, 0, 0}}};
    const lq_liquidation_call_t by_repaid = {{0, 1}, LQ_LIQUIDATION_BY_REPAID, {{88, 0, 0, 0}}};
    const lq_liquidation_outcome_t none_done = {.repaid = {{99, 0, 0, 0}}};
    (void)state;
    open_trials(WAD / 2);
    questions_init(&q);
    assert_ok(adapter->encode_call(rig.self, &q.calls, 0, &by_seized, &none_done));
    assert_ok(adapter->encode_call(rig.self, &q.calls, 0, &by_repaid, &none_done));
    assert_int_equal(q.calls.call_cnt, 2);
    for (size_t k = 0; k < 2; k++) {
        const lq_read_call_t *c = &q.room[k];
        const lq_abi_morpho_blue_market_params_t *params = &sim.markets[0].params;
        assert_memory_equal(&c->to, &morpho_address, 20);
        assert_int_equal(c->input_sz, 4 + 10 * 32);
        assert_int_equal(selector_of(c), LQ_ABI_MORPHO_BLUE_LIQUIDATE_SELECTOR);
        assert_u256_equal(arg(c, 0), address_word(params->loan_token));
        assert_u256_equal(arg(c, 1), address_word(params->collateral_token));
        assert_u256_equal(arg(c, 2), address_word(params->oracle));
        assert_u256_equal(arg(c, 3), address_word(params->irm));
        assert_u256_equal(arg(c, 4), params->lltv);
        assert_u256_equal(arg(c, 5), address_word(actor_of(1)));
        assert_u256_equal(arg(c, 6), lq_u256_from_u64(k == 0 ? 77 : 0));
        assert_u256_equal(arg(c, 7), lq_u256_from_u64(k == 0 ? 0 : 88));
        assert_u256_equal(arg(c, 8), lq_u256_from_u64(UINT64_C(9) * 32));
        assert_u256_equal(arg(c, 9), none);
    }
    q.calls.call_max = 2;
    assert_err(adapter->encode_call(rig.self, &q.calls, 0, &by_seized, &none_done), LQ_ERR_FULL);
    assert_int_equal(q.calls.call_cnt, 2);
    rig_close(&rig);
}

/* Interest makes shares seize more: what comes near to all is named by what it seizes. */
static void shares_that_seize_nearly_all_are_named_by_that(void **state)
{
    questions_t q;
    const lq_liquidation_call_t call = {{0, 1}, LQ_LIQUIDATION_BY_REPAID, {{88, 0, 0, 0}}};
    lq_liquidation_outcome_t outcome = {.repaid = {{99, 0, 0, 0}}};
    (void)state;
    open_trials(WAD / 2);
    const lq_u128_t held = sim.markets[0].position[1].collateral;
    assert_true(held > 20000 && held >> 64 == 0);
    const uint64_t all = (uint64_t)held;
    const struct {
        uint64_t seized;
        bool closes_debt;
        bool by_seized;
    } cases[] = {{all, false, true},
                 {all - all / 17000, false, true},
                 {all - all / 16000 - 3, false, false},
                 {all, true, true},
                 {all - all / 16000 - 3, true, false},
                 {0, false, false}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        questions_init(&q);
        outcome.seized = lq_u256_from_u64(cases[i].seized);
        outcome.closes_debt = cases[i].closes_debt;
        assert_ok(adapter->encode_call(rig.self, &q.calls, 0, &call, &outcome));
        bool by_seized = cases[i].by_seized;
        assert_u256_equal(arg(&q.room[0], 6), lq_u256_from_u64(by_seized ? cases[i].seized : 0));
        assert_u256_equal(arg(&q.room[0], 7), lq_u256_from_u64(by_seized ? 0 : 88));
    }
    rig_close(&rig);
}

static void a_guard_asks_for_the_borrow_shares(void **state)
{
    questions_t q;
    lq_guard_t guard = {.word = 9};
    const lq_liquidation_call_t call = {only_pair(), LQ_LIQUIDATION_BY_SEIZED, one};
    const lq_liquidation_outcome_t outcome = {.closes_debt = false};
    (void)state;
    open_trials(WAD / 2);
    questions_init(&q);
    assert_ok(adapter->guard(rig.self, &q.calls, &guard, 0, &call, &outcome));
    const lq_u128_t shares = sim.markets[0].position[1].borrow_shares;
    assert_int_equal(q.calls.call_cnt, 1);
    assert_memory_equal(&q.room[0].to, &morpho_address, 20);
    assert_int_equal(selector_of(&q.room[0]), LQ_ABI_MORPHO_BLUE_POSITION_SELECTOR);
    assert_int_equal(q.room[0].input_sz, 4 + 2 * 32);
    assert_memory_equal(q.room[0].input + 4, &sim.markets[0].id, 32);
    assert_u256_equal(arg(&q.room[0], 1), address_word(actor_of(1)));
    assert_int_equal(guard.word, 1);
    assert_u256_equal(guard.min, lq_u256_from_halves(0, shares - shares / 256));
    q.calls.call_max = 1;
    guard.word = 9;
    assert_err(adapter->guard(rig.self, &q.calls, &guard, 0, &call, &outcome), LQ_ERR_FULL);
    assert_int_equal(guard.word, 9);
    rig_close(&rig);
}

/* The contract refuses shares that are not owed: they are in the guard to the unit. */
static void a_guard_asks_for_the_shares_that_are_named(void **state)
{
    (void)state;
    open_trials(WAD / 2);
    const lq_u128_t shares = sim.markets[0].position[1].borrow_shares;
    const lq_u128_t least = shares - shares / 256;
    assert_true(least + 2 < shares);
    const struct {
        lq_liquidation_by_t by;
        lq_u128_t amount;
        bool closes_debt;
        lq_u128_t min;
    } cases[] = {{LQ_LIQUIDATION_BY_REPAID, shares, true, shares},
                 {LQ_LIQUIDATION_BY_REPAID, shares - 1, false, shares - 1},
                 {LQ_LIQUIDATION_BY_REPAID, least + 1, false, least + 1},
                 {LQ_LIQUIDATION_BY_REPAID, least - 1, false, least},
                 {LQ_LIQUIDATION_BY_SEIZED, shares, false, least},
                 {LQ_LIQUIDATION_BY_SEIZED, 1, true, shares}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        const lq_liquidation_call_t call = {only_pair(), cases[i].by,
                                            lq_u256_from_halves(0, cases[i].amount)};
        const lq_liquidation_outcome_t outcome = {.closes_debt = cases[i].closes_debt};
        questions_t q;
        lq_guard_t guard;
        questions_init(&q);
        assert_ok(adapter->guard(rig.self, &q.calls, &guard, 0, &call, &outcome));
        assert_u256_equal(guard.min, lq_u256_from_halves(0, cases[i].min));
    }
    rig_close(&rig);
}

static void a_liquidation_is_told_from_its_log(void **state)
{
    lq_liquidation_log_t out;
    (void)state;
    open_trials(WAD / 2);
    for (size_t k = 0; k < sim.log_cnt; k++)
        assert_false(adapter->liquidated(rig.self, &out, &sim.logs[k].log));
    sim_liquidate(&sim, 0, 1, 1000, 900000000);
    sim_log_t *l = &sim.logs[sim.log_cnt - 1];
    lq_address_t caller = actor_of(5);
    l->log.topics[2] = address_hash(caller);
    assert_true(adapter->liquidated(rig.self, &out, &l->log));
    assert_int_equal(out.account, 0);
    assert_memory_equal(&out.liquidator, &caller, 20);
    assert_memory_equal(&out.collateral_token, &sim.markets[0].params.collateral_token, 20);
    assert_memory_equal(&out.debt_token, &sim.markets[0].params.loan_token, 20);
    assert_u256_equal(out.repaid, lq_u256_from_u64(900));
    assert_u256_equal(out.seized, lq_u256_from_u64(1000));
    l->log.topics[3] = address_hash(actor_of(4)); /* whom we do not keep */
    assert_true(adapter->liquidated(rig.self, &out, &l->log));
    assert_int_equal(out.account, LQ_LEDGER_NONE);
    l->log.data_sz -= 1;
    assert_false(adapter->liquidated(rig.self, &out, &l->log));
    l->log.data_sz += 1;
    l->log.topics[1].b[0] ^= 1;
    assert_false(adapter->liquidated(rig.self, &out, &l->log));
    l->log.topics[1].b[0] ^= 1;
    l->log.address.b[0] ^= 1;
    assert_false(adapter->liquidated(rig.self, &out, &l->log));
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_are_the_contracts_and_borders_exact),
        cmocka_unit_test(small_accounts_amount_by_amount),
        cmocka_unit_test(other_rules_are_as_if_the_contract_had_them),
        cmocka_unit_test(a_price_of_0_takes_a_seizure_alone),
        cmocka_unit_test(who_cannot_be_liquidated_has_no_trial),
        cmocka_unit_test(other_pairs_are_refused),
        cmocka_unit_test(a_call_is_encoded_as_the_contract_wants_it),
        cmocka_unit_test(shares_that_seize_nearly_all_are_named_by_that),
        cmocka_unit_test(a_guard_asks_for_the_borrow_shares),
        cmocka_unit_test(a_guard_asks_for_the_shares_that_are_named),
        cmocka_unit_test(a_liquidation_is_told_from_its_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
