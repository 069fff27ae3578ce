#include "aave_v3_adapter_test.h"

static void marks_a_reserve_whose_index_no_contract_has(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_hash_t topics[] = {WORLD_TOPIC(reserve_data_updated),
                          world_topic_a(world_address(AT_ASSET, 1))};
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    for (unsigned bad = 1; bad < 5; bad++) {
        lq_u256_t words[5] = {{{1}}, {{0}}, {{1}}, LQ_RAY_ONE, LQ_RAY_ONE};
        words[bad == 1 ? 0 : bad].w[bad >= 3 ? 1 : 2] = bad >= 3 ? 0 : 1;
        world_emit(&w, world_address(AT_POOL, 0), topics, 2, words, 5);
        assert_int_equal(rig.last, LQ_APPLIED_FAULT);
        assert_int_equal(rig.self->reserves[1].marked, 1);
        assert_int_equal(world_rig_settle(&rig, 1000), 0);
    }
    topics[1] = world_topic_a(world_address(AT_ASSET, 77)); /* one that we do not know */
    lq_u256_t words[5] = {{{1}}, {{0}}, {{1}}, LQ_RAY_ONE, LQ_RAY_ONE};
    world_emit(&w, world_address(AT_POOL, 0), topics, 2, words, 5);
    assert_int_equal(rig.last, LQ_APPLIED_FAULT);
    assert_int_equal(rig.self->s->stage, STAGE_PROVIDER);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    world_rig_fini(&rig);
}

static void goes_on_without_reserves_it_has_no_room_for(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    world_init(&w, 6, 4);
    populate(&w);
    w.users[1].debt[2].scaled = lq_u256_from_u64(0);
    w.users[1].supply[3].scaled = lq_u256_from_u64(0);
    world_rig_make(&rig, &w, LQ_ADAPTER_PROBE, 3);
    assert_int_equal(world_rig_settle(&rig, 1000), 1);
    assert_int_equal(rig.self->s->stage, STAGE_READY);
    know(&rig, 1);
    assert_health_as_world(&rig, 1);
    world_emit_borrow(&w, 0, 3, 2);
    assert_int_equal(rig.last, LQ_APPLIED_FAULT);
    assert_int_equal(rig.self->s->stage, STAGE_READY);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_REFUSED); /* he owes what we do not see */
    world_rig_fini(&rig);
}

static void refuses_accounts_with_decimals_that_no_word_holds(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_health_t h;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    know(&rig, 0);
    w.reserves[1].decimals = 78;
    mark_reserve(rig.self, 1);
    assert_int_equal(world_rig_answer(&rig, (lq_subject_t){SUBJECT_RESERVE, 1}), LQ_APPLIED_FAULT);
    ADAPTER.health(rig.self, &h, account_of(&rig, 0), NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    assert_int_equal(
        world_rig_answer(&rig, (lq_subject_t){LQ_SUBJECT_ACCOUNT, account_of(&rig, 0)}),
        LQ_APPLIED);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_REFUSED);
    world_rig_fini(&rig);
}

static void refuses_a_reserve_with_an_id_out_of_range_or_taken(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    static const uint8_t bad[] = {128, 255, 0, 2};
    for (size_t i = 0; i < sizeof(bad); i++) {
        w.reserves[1].id = bad[i];
        mark_reserve(rig.self, 1);
        assert_int_equal(world_rig_answer(&rig, (lq_subject_t){SUBJECT_RESERVE, 1}),
                         LQ_APPLIED_FAULT);
        assert_int_equal(rig.self->reserves[1].marked, 1);
    }
    w.reserves[1].id = 127;
    assert_int_equal(world_rig_answer(&rig, (lq_subject_t){SUBJECT_RESERVE, 1}), LQ_APPLIED);
    world_rig_fini(&rig);
}

/* A pool of as many reserves as the user configuration has bits for. */
static void add_all_reserves(world_rig_t *rig)
{
    for (uint32_t i = rig->self->s->reserve_cnt; i < RESERVE_ID_MAX; i++) {
        lq_address_t asset = world_address(AT_ASSET, 100 + i);
        lq_address_t a_token = world_address(AT_ATOKEN, 100 + i);
        lq_address_t debt = world_address(AT_DEBT, 100 + i);
        uint32_t row;
        assert_ok(add_reserve(rig->self, &row, &asset));
        assert_ok(set_tokens(rig->self, row, &a_token, &debt, &(lq_address_t){{0}}));
    }
    for (uint32_t i = 0; i < RESERVE_ID_MAX; i++) {
        reserve_t *r = edit_reserve(rig->self, i);
        lq_address_t source = world_address(AT_SOURCE, 100);
        lq_u256_t price = lq_u256_from_u64(100000000);
        r->id = (uint8_t)i;
        r->marked = 0;
        r->decimals = 8;
        r->asset.liquidation_threshold_bps = 8000;
        r->accrual = (lq_aave_v3_accrual_t){.liquidity_index = LQ_RAY_ONE,
                                            .variable_borrow_index = LQ_RAY_ONE};
        assert_ok(set_unit(r));
        set_reserve_source(rig->self, i, &source);
        ADAPTER.set_price(rig->self, r->oracle, true, &price);
    }
}

static void keeps_an_account_with_all_reserves_there_can_be(void **state)
{
    (void)state;
    enum {
        CALL_CNT = 2 + 2 * RESERVE_ID_MAX
    };
    static lq_read_call_t list[CALL_CNT];
    static lq_read_result_t r[CALL_CNT];
    static uint8_t data[CALL_CNT][32];
    static uint8_t in[CALL_CNT * 100];
    lq_calls_t calls = {.calls = list, .call_max = CALL_CNT, .data = in, .data_max = sizeof(in)};
    world_t w;
    world_rig_t rig;
    lq_health_t h;
    world_init(&w, LQ_AAVE_V3_6, 4);
    world_rig_make(&rig, &w, LQ_AAVE_V3_6, RESERVE_ID_MAX);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    uint32_t a = know(&rig, 0);
    add_all_reserves(&rig);
    for (size_t i = 0; i < CALL_CNT; i++) {
        lq_u256_t v = lq_u256_from_u64(i < 2 ? 0 : i % 2 == 0 ? 200000000 : 100000000);
        lq_u256_to_be(data[i], &v);
        r[i] = (lq_read_result_t){true, data[i], 32};
    }
    memset(data[0], 0xff, 32);
    const lq_subject_t subject = {LQ_SUBJECT_ACCOUNT, a};
    assert_ok(ADAPTER.reads(rig.self, &calls, subject));
    assert_int_equal(calls.call_cnt, CALL_CNT);
    assert_int_equal(ADAPTER.answer(rig.self, subject, r, CALL_CNT, w.now_sec), LQ_APPLIED);
    assert_int_equal(lq_ledger_account(rig.ledger, a).leg_cnt, LQ_LEDGER_LEG_MAX);
    ADAPTER.health(rig.self, &h, a, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_SAFE);
    assert_u256_equal(h.debt_value, lq_u256_from_u64(128 * 100000000ull));
    assert_u256_equal(h.factor_wad, lq_u256_from_u64(1600000000000000000u));
    world_emit_e_mode(&w, 0, 200); /* legs move one by one, and there is no place for another */
    assert_int_equal(rig.last, LQ_APPLIED);
    ADAPTER.health(rig.self, &h, a, NULL);
    assert_u256_equal(h.factor_wad, lq_u256_from_u64(1600000000000000000u));
    world_emit_flag(&w, 0, 0, false);
    assert_int_equal(rig.last, LQ_APPLIED);
    assert_int_equal(lq_ledger_account(rig.ledger, a).leg_cnt, LQ_LEDGER_LEG_MAX);
    ADAPTER.health(rig.self, &h, a, NULL);
    assert_u256_equal(h.collateral_value, lq_u256_from_u64(127 * 200000000ull));
    world_rig_fini(&rig);
}

static void is_nothing_where_there_is_no_contract(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_read_result_t nothing[10];
    world_init(&w, LQ_AAVE_V3_6, 4);
    world_rig_make(&rig, &w, LQ_ADAPTER_PROBE, 8);
    lq_subject_t s = {0, 0};
    for (size_t i = 0; i < 10; i++)
        nothing[i] = (lq_read_result_t){true, NULL, 0}; /* a call of nobody succeeds */
    assert_true(ADAPTER.next(rig.self, &s));
    assert_int_equal(s.kind, SUBJECT_PROVIDER);
    assert_int_equal(ADAPTER.answer(rig.self, s, nothing, 1, w.now_sec), LQ_APPLIED_FAULT);
    assert_int_equal(lq_ledger_pool_cnt(rig.ledger), 0);
    s = (lq_subject_t){0, 0};
    assert_true(ADAPTER.next(rig.self, &s));
    assert_int_equal(s.kind, SUBJECT_PROVIDER);
    assert_int_equal(world_rig_answer(&rig, s), LQ_APPLIED_WATCH); /* of what has no provider */
    s = (lq_subject_t){SUBJECT_POOL, 0};
    assert_int_equal(ADAPTER.answer(rig.self, s, nothing, 10, w.now_sec), LQ_APPLIED_FAULT);
    assert_int_equal(rig.self->s->stage, STAGE_POOL);
    world_rig_fini(&rig);
}

static void says_what_an_overflow_does_to_the_contract(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 0);
    lq_health_t h;
    lq_u256_t all = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    ADAPTER.set_price(rig.self, 0, true, &all);
    ADAPTER.health(rig.self, &h, a, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_REVERTS);
    lq_audit_t audit;
    assert_int_equal(ADAPTER.audit_expected(rig.self, &audit, a, w.now_sec), LQ_ERR_EMPTY);
    world_rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_a_reserve_whose_index_no_contract_has),
        cmocka_unit_test(goes_on_without_reserves_it_has_no_room_for),
        cmocka_unit_test(refuses_accounts_with_decimals_that_no_word_holds),
        cmocka_unit_test(refuses_a_reserve_with_an_id_out_of_range_or_taken),
        cmocka_unit_test(keeps_an_account_with_all_reserves_there_can_be),
        cmocka_unit_test(is_nothing_where_there_is_no_contract),
        cmocka_unit_test(says_what_an_overflow_does_to_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
