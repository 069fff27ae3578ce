#include "aave_v3_adapter_test.h"

static void finds_each_version_out_by_what_the_pool_answers(void **state)
{
    (void)state;
    for (unsigned v = 0; v < LQ_AAVE_V3_VERSION_CNT; v++) {
        world_t w;
        world_rig_t rig;
        start(&rig, &w, v, LQ_ADAPTER_PROBE);
        assert_int_equal(ADAPTER.version(rig.self), v);
        assert_int_equal(rig.self->s->version_sure, 1);
        know(&rig, 0);
        assert_as_world(&rig);
        assert_health_as_world(&rig, 0);
        world_rig_fini(&rig);
    }
}

static void keeps_probing_until_a_total_is_rounded(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_subject_t s = {0, 0};
    lq_health_t h;
    world_init(&w, LQ_AAVE_V3_4, 4);
    world_rig_make(&rig, &w, LQ_ADAPTER_PROBE, 8);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_int_equal(rig.self->s->version_sure, 0);
    assert_true(ADAPTER.every_block(rig.self, &s));
    assert_int_equal(s.kind, SUBJECT_ROUNDING);
    know(&rig, 0);
    ADAPTER.health(rig.self, &h, account_of(&rig, 0), NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    w.now_sec += 1000;
    world_accrue(&w, 0, 20000000);
    give(&w, 0, 0, LQ_AAVE_V3_ATOKEN, 1000000007); /* what it means is not known */
    assert_int_equal(rig.last, LQ_APPLIED);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_QUARANTINED);
    for (unsigned i = 0; i < 60 && !rig.self->s->version_sure; i++) {
        w.now_sec += 7;
        assert_int_equal(world_rig_answer(&rig, (lq_subject_t){SUBJECT_ROUNDING, 0}), LQ_APPLIED);
    }
    assert_int_equal(rig.self->s->version_sure, 1);
    assert_int_equal(ADAPTER.version(rig.self), LQ_AAVE_V3_4);
    world_rig_fini(&rig);
}

static void believes_no_totals_that_contradict_each_other(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    uint8_t data[6][32];
    lq_read_result_t r[6];
    /* an index of 1.5: half up 2 for the supply of 1 (3.4), up 2 for a debt of 1, down 1 */
    lq_u256_t index = LQ_RAY_ONE;
    lq_u256_t half = lq_u256_shr(&index, 1);
    index = lq_u256_add_wrap(&index, &half);
    lq_u256_t words[] = {{{2}}, {{1}}, index, {{5}}, {{3}}, index};
    world_init(&w, LQ_AAVE_V3_5, 4);
    world_rig_make(&rig, &w, LQ_ADAPTER_PROBE, 8);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    lq_u256_t more = lq_u256_from_u64(1000);
    words[5] = lq_u256_sub_wrap(&index, &half);
    words[5] = lq_u256_add_wrap(&words[5], &more); /* 3 x (1 + tiny): half up 3, up 4 */
    words[3] = lq_u256_from_u64(4);                /* 3.5 */
    for (size_t i = 0; i < 6; i++) {
        lq_u256_to_be(data[i], &words[i]);
        r[i] = (lq_read_result_t){true, data[i], 32};
    }
    const lq_subject_t s = {SUBJECT_ROUNDING, 0};
    assert_int_equal(ADAPTER.answer(rig.self, s, r, 6, w.now_sec), LQ_APPLIED_FAULT);
    assert_int_equal(rig.self->s->version_sure, 0);
    data[0][31] = 1; /* down: 3.5 as well */
    assert_int_equal(ADAPTER.answer(rig.self, s, r, 6, w.now_sec), LQ_APPLIED);
    assert_int_equal(rig.self->s->version_sure, 1);
    assert_int_equal(ADAPTER.version(rig.self), LQ_AAVE_V3_5);
    data[0][31] = 7; /* neither */
    assert_int_equal(ADAPTER.answer(rig.self, s, r, 6, w.now_sec), LQ_APPLIED_FAULT);
    world_rig_fini(&rig);
}

static void counts_no_debt_that_is_not_flagged(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 0);
    lq_read_result_t r[10];
    uint8_t data[10][32] = {{0}};
    for (size_t i = 0; i < 10; i++)
        r[i] = (lq_read_result_t){true, data[i], 32};
    data[0][31] = 2; /* reserve 0 is collateral, nothing is borrowed */
    for (size_t i = 2; i < 10; i++)
        data[i][31] = 50;
    assert_int_equal(
        ADAPTER.answer(rig.self, (lq_subject_t){LQ_SUBJECT_ACCOUNT, a}, r, 10, w.now_sec),
        LQ_APPLIED);
    assert_true(supply_of(rig.self, a, 0).amount == 50);
    assert_int_equal(supply_of(rig.self, a, 1).side, LQ_SIDE_IDLE);
    assert_true(debt_of(rig.self, a, 0).amount == 0);
    r[4].ok = false; /* supply that does not count need not be readable */
    assert_int_equal(
        ADAPTER.answer(rig.self, (lq_subject_t){LQ_SUBJECT_ACCOUNT, a}, r, 10, w.now_sec),
        LQ_APPLIED);
    r[2].ok = false; /* what counts must */
    assert_int_equal(
        ADAPTER.answer(rig.self, (lq_subject_t){LQ_SUBJECT_ACCOUNT, a}, r, 10, w.now_sec),
        LQ_APPLIED_FAULT);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_QUARANTINED);
    r[2].ok = true;
    assert_int_equal(
        ADAPTER.answer(rig.self, (lq_subject_t){LQ_SUBJECT_ACCOUNT, a}, r, 9, w.now_sec),
        LQ_APPLIED_FAULT);
    world_rig_fini(&rig);
}

static void skips_flags_of_reserves_that_are_gone(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 0);
    const lq_subject_t subject = {LQ_SUBJECT_ACCOUNT, a};
    lq_read_result_t r[10];
    uint8_t data[10][32] = {{0}};
    for (size_t i = 0; i < 10; i++)
        r[i] = (lq_read_result_t){true, data[i], 32};
    data[0][30] = 4; /* id 5, which nobody has */
    assert_int_equal(ADAPTER.answer(rig.self, subject, r, 10, w.now_sec), LQ_APPLIED);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_KNOWN);
    rig.self->reserves[3].id = NO_ID; /* a reserve whose id is not known: it may be that one */
    assert_int_equal(ADAPTER.answer(rig.self, subject, r, 10, w.now_sec), LQ_APPLIED_FAULT);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_QUARANTINED);
    world_rig_fini(&rig);
}

static void reads_accounts_while_the_pool_is_read_anew(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_health_t h;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 0);
    const lq_subject_t subject = {LQ_SUBJECT_ACCOUNT, a};
    lq_ledger_set_state(rig.ledger, a, LQ_ACCOUNT_QUARANTINED);
    mark_pool(rig.self);
    assert_int_equal(world_rig_answer(&rig, subject), LQ_APPLIED);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_KNOWN);
    assert_as_world(&rig);
    ADAPTER.health(rig.self, &h, a, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    w.users[0].flag[2] = true;
    lq_ledger_set_state(rig.ledger, a, LQ_ACCOUNT_QUARANTINED);
    uint8_t id = rig.self->reserves[2].id;
    rig.self->reserves[2].id = NO_ID; /* a new one, of which nothing is known yet */
    assert_int_equal(world_rig_answer(&rig, subject), LQ_APPLIED_FAULT);
    rig.self->reserves[2].id = id;
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_as_world(&rig);
    assert_health_as_world(&rig, 0);
    world_rig_fini(&rig);
}

static void reads_all_again_when_a_new_reserve_takes_the_id_of_one_that_is_gone(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    world_init(&w, LQ_AAVE_V3_6, 4);
    populate(&w);
    w.reserves[3].dropped = true;
    w.reserves[1].dropped = true;
    world_rig_make(&rig, &w, LQ_ADAPTER_PROBE, 8);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    know(&rig, 1);
    w.reserves[1].dropped = false; /* id 9: appended */
    mark_pool(rig.self);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_int_equal(state_of(&rig, 1), LQ_ACCOUNT_KNOWN);
    w.reserves[3].dropped = false; /* id 3: in a gap, where anyone may have a flag */
    w.users[1].flag[3] = true;
    mark_pool(rig.self);
    for (lq_subject_t s = {0, 0}; ADAPTER.next(rig.self, &s); s = (lq_subject_t){0, 0})
        assert_int_not_equal(world_rig_answer(&rig, s), LQ_APPLIED_FAULT);
    assert_int_equal(state_of(&rig, 1), LQ_ACCOUNT_QUARANTINED);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_as_world(&rig);
    assert_health_as_world(&rig, 1);
    world_rig_fini(&rig);
}

static void takes_the_version_it_is_given(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_AAVE_V3_6);
    know(&rig, 0);
    assert_int_equal(ADAPTER.version(rig.self), LQ_AAVE_V3_6);
    lq_aave_v3_adapter_set_version(rig.self, LQ_AAVE_V3_4);
    assert_int_equal(ADAPTER.version(rig.self), LQ_AAVE_V3_4);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_QUARANTINED);
    world_rig_fini(&rig);
}

static void reads_what_another_version_has_views_of(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_2, LQ_AAVE_V3_2);
    lq_subject_t s = {0, 0};
    w.version = LQ_AAVE_V3_3; /* its grace periods are told by another view, and deficits by one */
    lq_aave_v3_adapter_set_version(rig.self, LQ_AAVE_V3_3);
    assert_true(ADAPTER.next(rig.self, &s));
    assert_int_equal(s.kind, SUBJECT_RESERVE);
    w.reserves[1].deficit = lq_u256_from_u64(77);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_u256_equal(rig.self->reserves[1].deficit, w.reserves[1].deficit);
    know(&rig, 0);
    assert_health_as_world(&rig, 0);
    world_rig_fini(&rig);
}

static void reads_refused_accounts_again_in_a_version_without_stable_debt(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_1, LQ_AAVE_V3_1);
    know(&rig, 0);
    world_emit_borrow(&w, 0, 2, 1);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_REFUSED);
    lq_aave_v3_adapter_set_version(rig.self, LQ_AAVE_V3_2);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_QUARANTINED);
    world_rig_fini(&rig);
}

static void refuses_contradicting_answers_of_versions(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    uint8_t data[64 + 32] = {0};
    lq_read_result_t r[10];
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    data[31] = 32;
    for (size_t i = 0; i < 10; i++)
        r[i] = (lq_read_result_t){i != 6, data, 64}; /* no deficit, yet later views */
    r[3].data_sz = 64;
    mark_pool(rig.self);
    assert_int_equal(world_rig_answer(&rig, (lq_subject_t){SUBJECT_PROVIDER, 0}), LQ_APPLIED);
    assert_int_equal(ADAPTER.answer(rig.self, (lq_subject_t){SUBJECT_POOL, 0}, r, 10, w.now_sec),
                     LQ_APPLIED_FAULT);
    assert_int_equal(rig.self->s->stage, STAGE_POOL);
    world_rig_fini(&rig);
}

static void watches_each_token_once(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_address_t out[32];
    start(&rig, &w, LQ_AAVE_V3_5, LQ_ADAPTER_PROBE);
    assert_int_equal(ADAPTER.watch(rig.self, out, 32), 4 + 2 * 4);
    assert_int_equal(ADAPTER.watch(rig.self, out, 0), 12);
    mark_pool(rig.self);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_int_equal(ADAPTER.watch(rig.self, out, 32), 12);
    world_rig_fini(&rig);
}

static void watches_the_pool_before_it_was_read(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_address_t out;
    world_init(&w, 6, 4);
    world_rig_make(&rig, &w, LQ_ADAPTER_PROBE, 8);
    assert_int_equal(ADAPTER.watch(rig.self, &out, 1), 1);
    assert_int_equal(out.b[0], AT_POOL);
    world_rig_fini(&rig);
}

static void lists_the_topics_that_it_decodes(void **state)
{
    (void)state;
    static const lq_hash_t *const heard[] = {
        &lq_abi_aave_v3_mint_event_topic,
        &lq_abi_aave_v3_burn_event_topic,
        &lq_abi_aave_v3_balance_transfer_event_topic,
        &lq_abi_aave_v3_reserve_data_updated_event_topic,
        &lq_abi_aave_v3_user_e_mode_set_event_topic,
        &lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_topic,
        &lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_topic,
        &lq_abi_aave_v3_borrow_event_topic,
        &lq_abi_aave_v3_repay_event_topic,
        &lq_abi_aave_v3_liquidation_call_event_topic,
        &lq_abi_aave_v3_swap_borrow_rate_mode_event_topic,
        &lq_abi_aave_v3_deficit_created_event_topic,
        &lq_abi_aave_v3_deficit_covered_event_topic,
        &lq_abi_aave_v3_reserve_initialized_event_topic,
        &lq_abi_aave_v3_collateral_configuration_changed_event_topic,
        &lq_abi_aave_v3_reserve_active_event_topic,
        &lq_abi_aave_v3_reserve_paused_event_topic,
        &lq_abi_aave_v3_reserve_dropped_event_topic,
        &lq_abi_aave_v3_liquidation_protocol_fee_changed_event_topic,
        &lq_abi_aave_v3_liquidation_grace_period_changed_event_topic,
        &lq_abi_aave_v3_liquidation_grace_period_disabled_event_topic,
        &lq_abi_aave_v3_e_mode_category_added_event_topic,
        &lq_abi_aave_v3_e_mode_asset_category_changed_event_topic,
        &lq_abi_aave_v3_asset_collateral_in_e_mode_changed_event_topic,
        &lq_abi_aave_v3_a_token_upgraded_event_topic,
        &lq_abi_aave_v3_variable_debt_token_upgraded_event_topic,
        &lq_abi_aave_v3_asset_source_updated_event_topic,
        &lq_abi_aave_v3_base_currency_set_event_topic,
        &lq_abi_aave_v3_pool_updated_event_topic,
        &lq_abi_aave_v3_pool_configurator_updated_event_topic,
        &lq_abi_aave_v3_price_oracle_updated_event_topic,
        &lq_abi_aave_v3_price_oracle_sentinel_updated_event_topic,
        &lq_abi_aave_v3_proxy_created_event_topic,
        &lq_abi_aave_v3_address_set_event_topic,
        &lq_abi_aave_v3_address_set_as_proxy_event_topic,
    };
    size_t cnt;
    const lq_hash_t *topics = ADAPTER.topics(&cnt);
    assert_int_equal(cnt, LQ_ARRAY_CNT(heard));
    for (size_t i = 0; i < cnt; i++)
        assert_memory_equal(&topics[i], heard[i], sizeof(*topics));
    topics = ADAPTER.discovery_topics(&cnt);
    assert_int_equal(cnt, 1);
    assert_memory_equal(topics, &lq_abi_aave_v3_borrow_event_topic, sizeof(*topics));
}

static void discovers_borrowers_and_nobody_else(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    lq_evm_log_t log = {.address = world_address(AT_POOL, 0), .topic_cnt = 4};
    uint8_t data[128] = {0};
    log.topics[0] = lq_abi_aave_v3_borrow_event_topic;
    log.topics[1] = world_topic_a(world_address(AT_ASSET, 0));
    log.topics[2] = world_topic_a(world_address(AT_USER, 4));
    log.data = data;
    log.data_sz = 127;
    assert_ok(ADAPTER.discover(rig.self, &log));
    assert_int_equal(lq_ledger_cnt(rig.ledger), 0);
    log.data_sz = 128;
    log.address.b[1] = 1;
    assert_ok(ADAPTER.discover(rig.self, &log));
    assert_int_equal(lq_ledger_cnt(rig.ledger), 0);
    log.address.b[1] = 0;
    assert_ok(ADAPTER.discover(rig.self, &log));
    assert_ok(ADAPTER.discover(rig.self, &log));
    assert_int_equal(lq_ledger_cnt(rig.ledger), 1);
    assert_int_equal(state_of(&rig, 4), LQ_ACCOUNT_UNKNOWN);
    world_rig_fini(&rig);
}

static void keeps_no_supplier_who_never_borrowed(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    give(&w, 3, 0, LQ_AAVE_V3_ATOKEN, 1000);
    assert_int_equal(rig.last, LQ_APPLIED_NOT);
    world_emit_flag(&w, 3, 0, true);
    assert_int_equal(rig.last, LQ_APPLIED_NOT);
    world_emit_e_mode(&w, 3, 1);
    assert_int_equal(rig.last, LQ_APPLIED_NOT);
    assert_int_equal(lq_ledger_cnt(rig.ledger), 0);
    give(&w, 3, 1, LQ_AAVE_V3_DEBT, 1000);
    assert_int_equal(rig.last, LQ_APPLIED);
    assert_int_equal(state_of(&rig, 3), LQ_ACCOUNT_UNKNOWN);
    give(&w, 3, 1, LQ_AAVE_V3_DEBT, 1000); /* an unknown account's logs wait for its read */
    assert_int_equal(rig.last, LQ_APPLIED_NOT);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_as_world(&rig);
    world_rig_fini(&rig);
}

static void moves_supply_between_collateral_and_idle(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 0);
    assert_int_equal(supply_of(rig.self, a, 3).side, LQ_SIDE_IDLE);
    world_emit_flag(&w, 0, 3, true);
    assert_int_equal(rig.last, LQ_APPLIED);
    assert_int_equal(supply_of(rig.self, a, 3).side, LQ_SIDE_COLLATERAL);
    assert_health_as_world(&rig, 0);
    world_emit_flag(&w, 0, 3, false);
    assert_int_equal(supply_of(rig.self, a, 3).side, LQ_SIDE_IDLE);
    assert_health_as_world(&rig, 0);
    w.users[0].supply[3].scaled = lq_u256_from_u64(0);
    assert_int_equal(world_rig_answer(&rig, (lq_subject_t){LQ_SUBJECT_ACCOUNT, a}), LQ_APPLIED);
    world_emit_flag(&w, 0, 3, false);
    assert_int_equal(rig.last, LQ_APPLIED_NOT);
    world_rig_fini(&rig);
}

static void remembers_a_flag_with_nothing_to_flag(void **state)
{
    (void)state;
    for (unsigned v = 0; v < LQ_AAVE_V3_VERSION_CNT; v++) {
        world_t w;
        world_rig_t rig;
        start(&rig, &w, v, LQ_ADAPTER_PROBE);
        uint32_t a = know(&rig, 0);
        know(&rig, 1);
        lq_u256_t all = w.users[0].supply[0].scaled;
        assert_true(world_transfer(&w, 0, 3, 0, &all)); /* the flag stays on */
        assert_true(supply_of(rig.self, a, 0).amount == 0);
        assert_int_equal(supply_of(rig.self, a, 0).side, LQ_SIDE_COLLATERAL);
        lq_u256_t amount;
        assert_ok(ADAPTER.token_amount(rig.self, &amount, supply_of(rig.self, a, 0).factor, 1, 0));
        assert_u256_equal(amount, lq_u256_from_u64(0));
        assert_health_as_world(&rig, 0);
        world_emit_e_mode(&w, 0, 1);
        lq_undo_begin(rig.undo, 100);
        lq_ledger_settled(rig.ledger);
        assert_true(world_transfer(&w, 3, 0, 0, &all)); /* counts without a word */
        assert_int_equal(supply_of(rig.self, a, 0).side, LQ_SIDE_COLLATERAL);
        assert_as_world(&rig);
        assert_health_as_world(&rig, 0);
        assert_true(world_transfer(&w, 0, 3, 0, &all));
        world_emit_flag(&w, 0, 0, false); /* from 3.4 on it is told behind the transfer */
        assert_int_equal(rig.last, LQ_APPLIED);
        assert_true(world_transfer(&w, 3, 0, 0, &all));
        assert_int_equal(supply_of(rig.self, a, 0).side, LQ_SIDE_IDLE);
        assert_true(world_transfer(&w, 0, 3, 0, &all));
        world_emit_flag(&w, 0, 0, true); /* to 3.3 before it */
        assert_int_equal(rig.last, LQ_APPLIED);
        assert_true(world_transfer(&w, 3, 0, 0, &all));
        assert_as_world(&rig);
        assert_health_as_world(&rig, 0);
        assert_true(world_transfer(&w, 0, 3, 0, &all));
        assert_int_equal(world_rig_answer(&rig, (lq_subject_t){LQ_SUBJECT_ACCOUNT, a}), LQ_APPLIED);
        assert_int_equal(supply_of(rig.self, a, 0).side, LQ_SIDE_COLLATERAL); /* read too */
        assert_as_world(&rig);
        world_rig_fini(&rig);
    }
}

static void values_e_modes_as_the_pool_does(void **state)
{
    (void)state;
    for (unsigned v = 0; v < LQ_AAVE_V3_VERSION_CNT; v++) {
        world_t w;
        world_rig_t rig;
        world_init(&w, v, 4);
        populate(&w);
        w.categories[1].source = v <= 1;
        w.reserves[2].category = 1;
        w.categories[1].bitmap = 5;
        world_rig_make(&rig, &w, LQ_ADAPTER_PROBE, 8);
        assert_int_equal(world_rig_settle(&rig, 1000), 0);
        know(&rig, 0);
        world_emit_e_mode(&w, 0, 1);
        assert_int_equal(rig.last, LQ_APPLIED);
        assert_as_world(&rig);
        world_rig_prices(&rig);
        assert_health_as_world(&rig, 0);
        world_emit_e_mode(&w, 0, 2);
        assert_health_as_world(&rig, 0);
        world_emit_e_mode(&w, 0, 0);
        assert_health_as_world(&rig, 0);
        world_rig_fini(&rig);
    }
}

static void refuses_stable_debt_until_it_is_gone(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_1, LQ_ADAPTER_PROBE);
    know(&rig, 0);
    world_emit_borrow(&w, 0, 2, 1);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_REFUSED);
    lq_hash_t topics[] = {WORLD_TOPIC(swap_borrow_rate_mode),
                          world_topic_a(world_address(AT_ASSET, 2)),
                          world_topic_a(world_address(AT_USER, 0))};
    lq_u256_t mode = lq_u256_from_u64(1);
    world_emit(&w, world_address(AT_POOL, 0), topics, 3, &mode, 1);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_UNKNOWN);
    w.users[0].stable = lq_u256_from_u64(1);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_REFUSED);
    lq_hash_t repay[] = {WORLD_TOPIC(repay), topics[1], topics[2], topics[2]};
    lq_u256_t words[] = {lq_u256_from_u64(1), lq_u256_from_u64(0)};
    w.users[0].stable = lq_u256_from_u64(0);
    world_emit(&w, world_address(AT_POOL, 0), repay, 4, words, 2);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_UNKNOWN);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_KNOWN);
    world_rig_fini(&rig);
}

static void quarantines_whom_a_log_contradicts(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_u256_t much = lq_u256_from_halves(1, 0);
    lq_u256_t none = lq_u256_from_u64(0);
    lq_u256_t ray = LQ_RAY_ONE;
    lq_u256_t less = lq_u256_from_u64(5);
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    know(&rig, 0);
    know(&rig, 1);
    world_emit_scaled(&w, world_address(AT_ATOKEN, 0), false, 0, &much, &none, &ray);
    assert_int_equal(rig.last, LQ_APPLIED_FAULT);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_QUARANTINED);
    assert_int_equal(state_of(&rig, 1), LQ_ACCOUNT_KNOWN);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    world_emit_scaled(&w, world_address(AT_DEBT, 0), true, 0, &much, &none, &ray); /* 2^128 */
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_QUARANTINED);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    world_emit_scaled(&w, world_address(AT_ATOKEN, 0), true, 0, &less, &none, &less); /* index */
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_QUARANTINED);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    lq_hash_t topics[] = {WORLD_TOPIC(balance_transfer), world_topic_a(world_address(AT_USER, 0)),
                          world_topic_a(world_address(AT_USER, 0))};
    lq_u256_t words[] = {much, ray};
    world_emit(&w, world_address(AT_ATOKEN, 0), topics, 3, words, 2);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_QUARANTINED);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_as_world(&rig);
    assert_health_as_world(&rig, 0);
    world_rig_fini(&rig);
}

static void marks_whom_a_log_that_does_not_decode_names(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_health_t h;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    know(&rig, 0);
    know(&rig, 1);
    lq_hash_t topics[] = {WORLD_TOPIC(burn), world_topic_a(world_address(AT_USER, 0)), {{0}}};
    world_emit(&w, world_address(AT_ATOKEN, 3), topics, 3, NULL, 0);
    assert_int_equal(rig.last, LQ_APPLIED_FAULT);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_QUARANTINED);
    assert_int_equal(rig.self->reserves[3].marked, 1);
    ADAPTER.health(rig.self, &h, account_of(&rig, 1), NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_NO_DEBT); /* his part of it is idle */
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    topics[0] = WORLD_TOPIC(reserve_data_updated);
    topics[1] = world_topic_a(world_address(AT_ASSET, 1));
    world_emit(&w, world_address(AT_POOL, 0), topics, 2, NULL, 0);
    assert_int_equal(rig.self->reserves[1].marked, 1);
    ADAPTER.health(rig.self, &h, account_of(&rig, 0), NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_health_as_world(&rig, 0);
    assert_health_as_world(&rig, 1);
    world_rig_fini(&rig);
}

static void has_no_health_without_a_price(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_health_t h;
    lq_u256_t zero = lq_u256_from_u64(0);
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 0);
    ADAPTER.set_price(rig.self, 0, false, &w.reserves[0].price);
    ADAPTER.health(rig.self, &h, a, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    const lq_factor_value_t *v = lq_ledger_value(rig.ledger, supply_of(rig.self, a, 0).factor);
    assert_true(v->value != v->value);
    ADAPTER.set_price(rig.self, 0, true, &zero);
    ADAPTER.health(rig.self, &h, a, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    ADAPTER.set_price(rig.self, 0, true, &w.reserves[0].price);
    assert_health_as_world(&rig, 0);
    assert_true(lq_ledger_value(rig.ledger, supply_of(rig.self, a, 0).factor)->value > 0);
    world_rig_fini(&rig);
}

static void has_nothing_to_liquidate_where_nothing_is_owed(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_health_t h;
    lq_audit_t audit;
    start(&rig, &w, LQ_AAVE_V3_1, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 1);
    lq_health_view_t later = {.now_sec = w.now_sec + 12, .shifts = NULL, .shift_cnt = 0};
    ADAPTER.set_price(rig.self, 0, false, &w.reserves[0].price);
    for (size_t i = 0; i < 2; i++) {
        ADAPTER.health(rig.self, &h, a, i == 0 ? NULL : &later);
        assert_int_equal(h.verdict, LQ_HEALTH_NO_DEBT);
        assert_true(lq_u256_is_zero(&h.collateral_value));
        assert_true(h.factor_wad.w[0] == UINT64_MAX && h.factor_wad.w[3] == UINT64_MAX);
    }
    assert_int_equal(ADAPTER.audit_expected(rig.self, &audit, a, w.now_sec), LQ_ERR_EMPTY);
    lq_ledger_set_state(rig.ledger, a, LQ_ACCOUNT_QUARANTINED); /* who knows what he owes */
    ADAPTER.health(rig.self, &h, a, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    world_rig_fini(&rig);
}

static void has_no_health_where_a_flag_alone_has_no_price(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_health_t h;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 0);
    lq_u256_t all = w.users[0].supply[0].scaled;
    assert_true(world_transfer(&w, 0, 3, 0, &all));
    assert_int_equal(supply_of(rig.self, a, 0).amount, 0);
    ADAPTER.set_price(rig.self, 0, false, &w.reserves[0].price);
    ADAPTER.health(rig.self, &h, a, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    world_emit_flag(&w, 0, 0, false);
    ADAPTER.health(rig.self, &h, a, NULL);
    assert_int_not_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    world_rig_fini(&rig);
}

static void answers_views_without_changing_anything(void **state)
{
    (void)state;
    for (unsigned v = 0; v < LQ_AAVE_V3_VERSION_CNT; v++) {
        world_t w;
        world_rig_t rig;
        start(&rig, &w, v, LQ_ADAPTER_PROBE);
        uint32_t a = know(&rig, 0);
        uint64_t digest = lq_undo_digest(rig.undo);
        uint64_t later = w.now_sec + 1000;
        lq_price_shift_t shift = {0, true, lq_u256_from_u64(70000000)};
        lq_health_view_t view = {.now_sec = later, .shifts = &shift, .shift_cnt = 1};
        lq_health_t h;
        ADAPTER.health(rig.self, &h, a, &view);
        uint16_t factor = supply_of(rig.self, a, 0).factor;
        lq_factor_value_t shifted = ADAPTER.shifted_value(rig.self, factor, &view);
        assert_true(digest == lq_undo_digest(rig.undo));
        w.now_sec = later;
        w.reserves[0].price = shift.price;
        ADAPTER.set_now(rig.self, later);
        world_rig_prices(&rig);
        lq_health_t now;
        ADAPTER.health(rig.self, &now, a, NULL);
        assert_memory_equal(&h, &now, sizeof(h));
        assert_health_as_world(&rig, 0);
        assert_memory_equal(&shifted, lq_ledger_value(rig.ledger, factor),
                            offsetof(lq_factor_value_t, health_loss) + sizeof(shifted.health_loss));
        shift.known = false;
        ADAPTER.health(rig.self, &h, a, &view);
        assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
        world_rig_fini(&rig);
    }
}

static void audits_what_the_pool_says_of_an_account(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_read_call_t list[4];
    uint8_t in[256];
    lq_calls_t calls = {.calls = list, .call_max = 4, .data = in, .data_max = sizeof(in)};
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 0);
    assert_ok(ADAPTER.audit_reads(rig.self, &calls, a));
    assert_int_equal(calls.call_cnt, 2);
    calls.call_max = 3;
    assert_int_equal(ADAPTER.audit_reads(rig.self, &calls, a), LQ_ERR_FULL);
    assert_int_equal(calls.call_cnt, 2);
    lq_aave_v3_account_t acc;
    lq_audit_t expected;
    lq_audit_t actual;
    uint8_t data[192] = {0};
    uint8_t e_mode[32] = {0};
    assert_ok(world_account(&w, &acc, 0));
    lq_u256_t words[] = {
        acc.total_collateral_base, acc.total_debt_base,
        lq_u256_from_u64(0),       lq_u256_from_u64(lq_aave_v3_average_threshold_bps(&acc)),
        lq_u256_from_u64(0),       acc.health_factor};
    for (size_t i = 0; i < 6; i++)
        lq_u256_to_be(data + 32 * i, &words[i]);
    lq_read_result_t results[] = {{true, data, 192}, {true, e_mode, 32}};
    assert_ok(ADAPTER.audit_expected(rig.self, &expected, a, w.now_sec));
    assert_ok(ADAPTER.audit_actual(rig.self, &actual, a, results, 2));
    assert_int_equal(expected.cnt, actual.cnt);
    for (size_t i = 0; i < actual.cnt; i++) {
        assert_string_equal(expected.names[i], actual.names[i]);
        assert_u256_equal(expected.values[i], actual.values[i]);
    }
    results[0].data_sz = 160;
    assert_int_equal(ADAPTER.audit_actual(rig.self, &actual, a, results, 2), LQ_ERR_SYNTAX);
    results[0].data_sz = 192;
    results[0].ok = false;
    assert_int_equal(ADAPTER.audit_actual(rig.self, &actual, a, results, 2), LQ_ERR_SYNTAX);
    assert_int_equal(ADAPTER.audit_actual(rig.self, &actual, a, results, 1), LQ_ERR_SYNTAX);
    world_rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_version_out_by_what_the_pool_answers),
        cmocka_unit_test(keeps_probing_until_a_total_is_rounded),
        cmocka_unit_test(believes_no_totals_that_contradict_each_other),
        cmocka_unit_test(counts_no_debt_that_is_not_flagged),
        cmocka_unit_test(skips_flags_of_reserves_that_are_gone),
        cmocka_unit_test(reads_all_again_when_a_new_reserve_takes_the_id_of_one_that_is_gone),
        cmocka_unit_test(reads_accounts_while_the_pool_is_read_anew),
        cmocka_unit_test(takes_the_version_it_is_given),
        cmocka_unit_test(reads_what_another_version_has_views_of),
        cmocka_unit_test(reads_refused_accounts_again_in_a_version_without_stable_debt),
        cmocka_unit_test(refuses_contradicting_answers_of_versions),
        cmocka_unit_test(watches_each_token_once),
        cmocka_unit_test(watches_the_pool_before_it_was_read),
        cmocka_unit_test(lists_the_topics_that_it_decodes),
        cmocka_unit_test(discovers_borrowers_and_nobody_else),
        cmocka_unit_test(keeps_no_supplier_who_never_borrowed),
        cmocka_unit_test(moves_supply_between_collateral_and_idle),
        cmocka_unit_test(remembers_a_flag_with_nothing_to_flag),
        cmocka_unit_test(values_e_modes_as_the_pool_does),
        cmocka_unit_test(refuses_stable_debt_until_it_is_gone),
        cmocka_unit_test(quarantines_whom_a_log_contradicts),
        cmocka_unit_test(marks_whom_a_log_that_does_not_decode_names),
        cmocka_unit_test(has_no_health_without_a_price),
        cmocka_unit_test(has_nothing_to_liquidate_where_nothing_is_owed),
        cmocka_unit_test(has_no_health_where_a_flag_alone_has_no_price),
        cmocka_unit_test(answers_views_without_changing_anything),
        cmocka_unit_test(audits_what_the_pool_says_of_an_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
