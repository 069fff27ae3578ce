/* Trials of Aave v3 by hand: known examples, views, encoded calls, logs, refusals. */

#include "aave_v3_trial_model.h"
#include "evm_vectors.h"

typedef struct setup {
    world_t world;
    world_rig_t rig;
    lq_trial_t trial;
    uint32_t account;
    lq_liquidation_pair_t pair;
} setup_t;

/* One collateral and one debt of 8 decimals and a dollar each, in cents, at indices of 1. */
static void set_up(setup_t *s, unsigned version, uint64_t collateral_cents, uint64_t debt_cents)
{
    memset(s, 0, sizeof(*s));
    world_init(&s->world, version, 2);
    for (unsigned i = 0; i < 2; i++) {
        world_reserve_t *r = &s->world.reserves[i];
        r->accrual.liquidity_index = r->accrual.variable_borrow_index = LQ_RAY_ONE;
        r->accrual.current_liquidity_rate = r->accrual.current_variable_borrow_rate = n(0);
        r->price = n(100000000);
        r->decimals = 8;
        r->threshold_bps = 8250;
        r->bonus_bps = 11500;
        r->fee_bps = 0;
    }
    s->world.users[0].supply[0].scaled = n(collateral_cents * 1000000);
    s->world.users[0].flag[0] = true;
    s->world.users[0].debt[1].scaled = n(debt_cents * 1000000);
}

static lq_err_t open_it(setup_t *s)
{
    world_rig_make(&s->rig, &s->world, s->world.version, 8);
    assert_int_equal(world_rig_settle(&s->rig, 1000), 0);
    world_emit_borrow(&s->world, 0, 1, 2);
    assert_int_equal(world_rig_settle(&s->rig, 1000), 0);
    s->account = account_of(&s->rig, 0);
    lq_err_t err = ADAPTER.trial_open(s->rig.self, &s->trial, s->account, NULL);
    if (!err && ADAPTER.trial_pairs(s->rig.self, &s->trial, &s->pair, 1) == 0)
        err = LQ_ERR_PERM;
    return err;
}

/* Cents of profit of a call of CENTS; what it repaid in *REPAID. */
static uint64_t earn(setup_t *s, uint64_t cents, uint64_t *repaid)
{
    lq_liquidation_outcome_t out;
    const lq_liquidation_call_t call = {s->pair, LQ_LIQUIDATION_BY_REPAID, n(cents * 1000000)};
    assert_ok(ADAPTER.trial_call(s->rig.self, &s->trial, &out, &call));
    *repaid = out.repaid.w[0] / 1000000;
    return (out.seized.w[0] - out.repaid.w[0]) / 1000000;
}

/* Collateral 2420, debt 2050, threshold 82.5 %, bonus 15 %: half of it in one call, all in two. */
static void two_calls_earn_twice_as_much_by_the_rule_of_2000_dollars(void **state)
{
    (void)state;
    setup_t s;
    uint64_t repaid;
    set_up(&s, LQ_AAVE_V3_6, 242000, 205000);
    assert_ok(open_it(&s));
    static lq_trial_t copy;
    ADAPTER.trial_copy(&copy, &s.trial);
    assert_int_equal(earn(&s, 205000, &repaid), 15375);
    assert_int_equal(repaid, 102500);
    ADAPTER.trial_copy(&s.trial, &copy);
    assert_int_equal(earn(&s, 5100, &repaid), 765);
    assert_int_equal(earn(&s, 300000, &repaid), 29985);
    assert_int_equal(repaid, 199900);
    lq_liquidation_range_t r[LQ_LIQUIDATION_RANGE_MAX];
    size_t cnt = ADAPTER.trial_ranges(s.rig.self, &copy, r, s.pair, LQ_LIQUIDATION_BY_REPAID);
    assert_int_equal(cnt, 2);
    assert_u256_equal(r[0].from, n(1));
    /* 50 dollars: 2000 of debt are left; and what 2050 may grow by until it is mined */
    const uint64_t margin = (205000000000 >> 14) + 2;
    assert_u256_equal(r[0].to, n(5000000000 + margin));
    assert_u256_equal(r[1].from, n(5000000001 + margin));
    assert_u256_equal(r[1].to, n(102500000000));
    world_rig_fini(&s.rig);
}

/* To 3.2 half of the reserve's debt above 0.95: just below what heals, then half of the rest. */
static void half_and_half_of_the_rest_before_3_3(void **state)
{
    (void)state;
    setup_t s;
    uint64_t repaid;
    set_up(&s, LQ_AAVE_V3_2, 242000, 205000);
    assert_ok(open_it(&s));
    assert_int_equal(earn(&s, 205000, &repaid), 15375);
    assert_int_equal(repaid, 102500);
    world_rig_fini(&s.rig);
    set_up(&s, LQ_AAVE_V3_2, 242000, 205000);
    assert_ok(open_it(&s));
    assert_int_equal(earn(&s, 40000, &repaid), 6000);
    lq_health_t h;
    ADAPTER.trial_health(s.rig.self, &s.trial, &h);
    if (h.verdict == LQ_HEALTH_LIQUIDATABLE) {
        assert_int_equal(earn(&s, 205000, &repaid), 12375);
        assert_int_equal(repaid, 82500);
    }
    world_rig_fini(&s.rig);
}

static void dust_is_a_gap(void **state)
{
    (void)state;
    setup_t s;
    lq_liquidation_range_t r[LQ_LIQUIDATION_RANGE_MAX];
    set_up(&s, LQ_AAVE_V3_3, 180000, 160000);
    assert_ok(open_it(&s));
    size_t cnt = ADAPTER.trial_ranges(s.rig.self, &s.trial, r, s.pair, LQ_LIQUIDATION_BY_REPAID);
    assert_int_equal(cnt, 2);
    assert_u256_equal(r[0].from, n(1));
    /* 1000 of debt are left, and what 1600 may grow by; or all of the collateral is taken */
    const uint64_t margin = (160000000000 >> 14) + 2;
    assert_u256_equal(r[0].to, n(60000000000 - margin));
    assert_u256_equal(r[1].from, r[1].to);
    lq_liquidation_outcome_t out;
    const lq_liquidation_call_t risky = {s.pair, LQ_LIQUIDATION_BY_REPAID, n(60000000000)};
    assert_err(ADAPTER.trial_send(s.rig.self, &s.trial, &out, &risky), LQ_ERR_PERM);
    static lq_trial_t copy;
    ADAPTER.trial_copy(&copy, &s.trial);
    assert_ok(ADAPTER.trial_call(s.rig.self, &copy, &out, &risky));
    const lq_liquidation_call_t refused = {s.pair, LQ_LIQUIDATION_BY_REPAID, n(60000000001)};
    assert_err(ADAPTER.trial_call(s.rig.self, &s.trial, &out, &refused), LQ_ERR_PERM);
    const lq_liquidation_call_t all = {s.pair, LQ_LIQUIDATION_BY_REPAID, r[1].to};
    assert_ok(ADAPTER.trial_call(s.rig.self, &s.trial, &out, &all));
    assert_true(out.takes_all && out.bad_debt && out.closes_debt);
    lq_health_t h;
    ADAPTER.trial_health(s.rig.self, &s.trial, &h);
    assert_int_equal(h.verdict, LQ_HEALTH_NO_DEBT);
    assert_int_equal(ADAPTER.trial_pairs(s.rig.self, &s.trial, NULL, 0), 0);
    world_rig_fini(&s.rig);
}

static void what_cannot_be_called_is_refused(void **state)
{
    (void)state;
    setup_t s;
    lq_liquidation_range_t r[LQ_LIQUIDATION_RANGE_MAX];
    lq_liquidation_outcome_t out;
    set_up(&s, LQ_AAVE_V3_6, 242000, 100000);
    assert_err(open_it(&s), LQ_ERR_EMPTY); /* healthy */
    world_rig_fini(&s.rig);
    set_up(&s, LQ_AAVE_V3_6, 242000, 205000);
    assert_ok(open_it(&s));
    assert_int_equal(
        ADAPTER.trial_ranges(s.rig.self, &s.trial, r, s.pair, LQ_LIQUIDATION_BY_SEIZED), 0);
    lq_liquidation_call_t call = {s.pair, LQ_LIQUIDATION_BY_SEIZED, n(1)};
    assert_err(ADAPTER.trial_call(s.rig.self, &s.trial, &out, &call), LQ_ERR_PERM);
    call =
        (lq_liquidation_call_t){{s.pair.debt, s.pair.collateral}, LQ_LIQUIDATION_BY_REPAID, n(9)};
    assert_err(ADAPTER.trial_call(s.rig.self, &s.trial, &out, &call), LQ_ERR_PERM);
    assert_int_equal(
        ADAPTER.trial_ranges(s.rig.self, &s.trial, r, call.pair, LQ_LIQUIDATION_BY_REPAID), 0);
    lq_ledger_set_state(s.rig.ledger, s.account, LQ_ACCOUNT_QUARANTINED);
    assert_err(ADAPTER.trial_open(s.rig.self, &s.trial, s.account, NULL), LQ_ERR_EMPTY);
    world_rig_fini(&s.rig);
}

/* A paused reserve leaves the account liquidatable, with no pair. */
static void a_paused_reserve_has_no_pair(void **state)
{
    (void)state;
    setup_t s;
    lq_health_t h;
    set_up(&s, LQ_AAVE_V3_6, 242000, 205000);
    s.world.reserves[0].paused = true;
    assert_err(open_it(&s), LQ_ERR_PERM);
    ADAPTER.trial_health(s.rig.self, &s.trial, &h);
    assert_int_equal(h.verdict, LQ_HEALTH_LIQUIDATABLE);
    assert_true(h.blocked);
    world_rig_fini(&s.rig);
}

/* The sentinel refuses above 0.95, to 3.6. */
static void the_sentinel_refuses_to_3_6(void **state)
{
    (void)state;
    for (unsigned version = LQ_AAVE_V3_6; version <= LQ_AAVE_V3_7; version++) {
        setup_t s;
        set_up(&s, version, 242000, 205000);
        s.world.has_sentinel = true;
        assert_int_equal(open_it(&s), version == LQ_AAVE_V3_6 ? LQ_ERR_PERM : LQ_OK);
        world_rig_fini(&s.rig);
    }
}

/* A view's trial is the one of that price at that time. */
static void a_view_is_as_if_it_were_so(void **state)
{
    (void)state;
    static lq_trial_t seen;
    setup_t s;
    lq_health_t h;
    lq_health_t want;
    set_up(&s, LQ_AAVE_V3_6, 242000, 150000);
    for (unsigned i = 0; i < 2; i++)
        s.world.reserves[i].accrual.current_variable_borrow_rate =
            lq_u256_from_halves(0, (lq_u128_t)30000000 << 60);
    assert_err(open_it(&s), LQ_ERR_EMPTY);
    const num_t price = n(70000000);
    lq_price_shift_t shift = {0, true, price};
    for (; ADAPTER.oracle(s.rig.self, shift.oracle).source.b[19] != 0; shift.oracle++)
        ;
    const lq_health_view_t view = {
        .now_sec = s.world.now_sec + 1000, .shifts = &shift, .shift_cnt = 1};
    memset(&seen, 0, sizeof(seen));
    memset(&s.trial, 0, sizeof(s.trial));
    assert_ok(ADAPTER.trial_open(s.rig.self, &seen, s.account, &view));
    ADAPTER.trial_health(s.rig.self, &seen, &h);
    ADAPTER.health(s.rig.self, &want, s.account, &view);
    assert_memory_equal(&h, &want, sizeof(h));
    ADAPTER.set_now(s.rig.self, s.world.now_sec + 1000);
    ADAPTER.set_price(s.rig.self, shift.oracle, true, &price);
    assert_ok(ADAPTER.trial_open(s.rig.self, &s.trial, s.account, NULL));
    assert_memory_equal(&s.trial, &seen, sizeof(seen));
    shift.known = false;
    assert_err(ADAPTER.trial_open(s.rig.self, &seen, s.account, &view), LQ_ERR_EMPTY);
    world_rig_fini(&s.rig);
}

static void a_call_is_encoded(void **state)
{
    (void)state;
    setup_t s;
    uint8_t data[164 + 163];
    lq_read_call_t list[2];
    lq_calls_t calls = {.calls = list, .call_max = 2, .data = data, .data_max = sizeof(data)};
    set_up(&s, LQ_AAVE_V3_6, 242000, 205000);
    assert_ok(open_it(&s));
    const lq_liquidation_call_t call = {s.pair, LQ_LIQUIDATION_BY_REPAID, n(0x123456)};
    lq_liquidation_outcome_t outcome = {.repaid = call.amount};
    assert_ok(ADAPTER.encode_call(s.rig.self, &calls, s.account, &call, &outcome));
    assert_err(ADAPTER.encode_call(s.rig.self, &calls, s.account, &call, &outcome), LQ_ERR_FULL);
    assert_int_equal(calls.call_cnt, 1);
    uint8_t want[164] = {0x00, 0xa7, 0x18, 0xa9}; /* liquidationCall */
    const lq_address_t words[] = {world_address(AT_ASSET, 0), world_address(AT_ASSET, 1),
                                  world_address(AT_USER, 0)};
    for (size_t i = 0; i < 3; i++)
        memcpy(want + 4 + 32 * i + 12, words[i].b, 20);
    want[4 + 127] = 0x56;
    want[4 + 126] = 0x34;
    want[4 + 125] = 0x12;
    lq_address_t pool = world_address(AT_POOL, 0);
    assert_memory_equal(&list[0].to, &pool, sizeof(pool));
    assert_int_equal(list[0].input_sz, sizeof(want));
    assert_memory_equal(list[0].input, want, sizeof(want));
    /* where all goes, more is named: 0x123456 and 2^-14 of it, and 2 */
    want[4 + 127] = 0xa0;
    for (unsigned k = 0; k < 2; k++) {
        calls.call_cnt = 0;
        calls.data_sz = 0;
        outcome.closes_debt = k == 0;
        outcome.takes_all = k == 1;
        assert_ok(ADAPTER.encode_call(s.rig.self, &calls, s.account, &call, &outcome));
        assert_memory_equal(list[0].input, want, sizeof(want));
    }
    calls.call_cnt = 0;
    calls.data_sz = 0;
    const lq_liquidation_call_t all = {
        s.pair, LQ_LIQUIDATION_BY_REPAID, {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}}};
    assert_ok(ADAPTER.encode_call(s.rig.self, &calls, s.account, &all, &outcome));
    memset(want + 4 + 96, 0xff, 32);
    assert_memory_equal(list[0].input, want, sizeof(want));
    world_rig_fini(&s.rig);
}

static void a_guard_asks_for_the_scaled_debt(void **state)
{
    (void)state;
    setup_t s;
    uint8_t data[36 + 35];
    lq_read_call_t list[2];
    lq_calls_t calls = {.calls = list, .call_max = 2, .data = data, .data_max = sizeof(data)};
    lq_guard_t guard;
    set_up(&s, LQ_AAVE_V3_6, 242000, 205000);
    assert_ok(open_it(&s));
    const lq_liquidation_call_t call = {.pair = s.pair};
    const lq_liquidation_outcome_t outcome = {.closes_debt = true}; /* it takes what there is */
    assert_ok(ADAPTER.guard(s.rig.self, &calls, &guard, s.account, &call, &outcome));
    const lq_u128_t owed = lq_ledger_amount(s.rig.ledger, s.account, s.pair.debt);
    assert_true(owed > 256);
    assert_int_equal(guard.word, 0);
    assert_u256_equal(guard.min, lq_u256_from_halves(0, owed - owed / 256));
    uint8_t want[36] = {0x1d, 0xa2, 0x4f, 0x3e}; /* scaledBalanceOf */
    const lq_address_t user = world_address(AT_USER, 0);
    const lq_address_t token = world_address(AT_DEBT, 1);
    memcpy(want + 16, user.b, 20);
    assert_memory_equal(&list[0].to, &token, sizeof(token));
    assert_int_equal(list[0].input_sz, sizeof(want));
    assert_memory_equal(list[0].input, want, sizeof(want));
    guard.word = 9;
    assert_err(ADAPTER.guard(s.rig.self, &calls, &guard, s.account, &call, &outcome), LQ_ERR_FULL);
    assert_int_equal(calls.call_cnt, 1);
    assert_int_equal(guard.word, 9);
    world_rig_fini(&s.rig);
}

static void a_liquidation_is_told_by_its_log(void **state)
{
    (void)state;
    setup_t s;
    uint8_t data[128] = {0};
    lq_liquidation_log_t out;
    set_up(&s, LQ_AAVE_V3_6, 242000, 205000);
    assert_ok(open_it(&s));
    lq_evm_log_t log = {.address = world_address(AT_POOL, 0),
                        .topics = {WORLD_TOPIC(liquidation_call),
                                   world_topic_a(world_address(AT_ASSET, 0)),
                                   world_topic_a(world_address(AT_ASSET, 1)),
                                   world_topic_a(world_address(AT_USER, 0))},
                        .topic_cnt = 4,
                        .data = data,
                        .data_sz = sizeof(data)};
    data[31] = 7;
    data[63] = 9;
    lq_address_t keeper = world_address(AT_USER, 3);
    memcpy(data + 76, keeper.b, 20);
    assert_true(ADAPTER.liquidated(s.rig.self, &out, &log));
    assert_int_equal(out.account, s.account);
    assert_memory_equal(&out.liquidator, &keeper, sizeof(keeper));
    assert_int_equal(out.collateral_token.b[19], 0);
    assert_int_equal(out.debt_token.b[19], 1);
    assert_u256_equal(out.repaid, n(7));
    assert_u256_equal(out.seized, n(9));
    log.topics[3] = world_topic_a(world_address(AT_USER, 4));
    assert_true(ADAPTER.liquidated(s.rig.self, &out, &log));
    assert_int_equal(out.account, LQ_LEDGER_NONE);
    log.data_sz = 96;
    assert_false(ADAPTER.liquidated(s.rig.self, &out, &log));
    log.data_sz = sizeof(data);
    log.address = world_address(AT_POOL, 1);
    assert_false(ADAPTER.liquidated(s.rig.self, &out, &log));
    log.address = world_address(AT_POOL, 0);
    log.topics[0] = WORLD_TOPIC(borrow);
    assert_false(ADAPTER.liquidated(s.rig.self, &out, &log));
    world_rig_fini(&s.rig);
}

static num_t field(const json_t *row, const char *name)
{
    return u256_of(evm_field(row, name));
}

/* The model itself, against what the contracts returned. */
static void check_model(const json_t *row, unsigned version)
{
    const json_t *want = json_object_get(row, "out");
    model_t m = {.version = version, .cnt = 2};
    model_call_t out;
    evm_t e = {false};
    m.r[0] = (model_reserve_t){.price = field(row, "collPrice"),
                               .unit = field(row, "collUnit"),
                               .supply = field(row, "collBalance"),
                               .liquidity_index = LQ_RAY_ONE,
                               .bonus = (unsigned)field(row, "bonusBps").w[0],
                               .fee = (unsigned)field(row, "feeBps").w[0]};
    m.r[1] = (model_reserve_t){.price = field(row, "debtPrice"), .unit = field(row, "debtUnit")};
    model_seize(&e, &out, &m, 0, 1, field(row, "debtToCover"));
    if (json_is_null(want))
        return; /* it may be the value that does not fit, which stands elsewhere here */
    assert_false(e.reverted);
    assert_u256_equal(out.seized, field(want, "coll"));
    assert_u256_equal(out.repaid, field(want, "debtNeeded"));
    assert_u256_equal(out.fee, field(want, "protocolFee"));
}

static void the_model_is_the_contracts(void **state)
{
    (void)state;
    static const char *const files[] = {"aave_v3.3.json", "aave_v3.5.json"};
    static const unsigned versions[] = {LQ_AAVE_V3_3, LQ_AAVE_V3_5};
    for (size_t i = 0; i < LQ_ARRAY_CNT(files); i++) {
        json_t *root;
        const json_t *seize = json_object_get(evm_vectors(&root, files[i]), "seize");
        assert_int_equal(json_array_size(seize), 600);
        size_t k;
        json_t *row;
        json_array_foreach(seize, k, row) check_model(row, versions[i]);
        json_decref(root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_model_is_the_contracts),
        cmocka_unit_test(two_calls_earn_twice_as_much_by_the_rule_of_2000_dollars),
        cmocka_unit_test(half_and_half_of_the_rest_before_3_3),
        cmocka_unit_test(dust_is_a_gap),
        cmocka_unit_test(what_cannot_be_called_is_refused),
        cmocka_unit_test(a_paused_reserve_has_no_pair),
        cmocka_unit_test(the_sentinel_refuses_to_3_6),
        cmocka_unit_test(a_view_is_as_if_it_were_so),
        cmocka_unit_test(a_call_is_encoded),
        cmocka_unit_test(a_guard_asks_for_the_scaled_debt),
        cmocka_unit_test(a_liquidation_is_told_by_its_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
