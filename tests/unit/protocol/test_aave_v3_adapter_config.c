#include "aave_v3_adapter_test.h"

#define EVENT(name) lq_abi_aave_v3_##name##_event_topic

static void about_reserve(world_rig_t *rig, lq_hash_t topic, unsigned r, uint64_t a, uint64_t b,
                          uint64_t c, size_t cnt)
{
    lq_u256_t words[] = {lq_u256_from_u64(a), lq_u256_from_u64(b), lq_u256_from_u64(c)};
    world_emit_config(rig->world, topic, r, words, cnt);
}

/* USER, known, at whose prices he can be liquidated. */
static uint32_t endanger(world_rig_t *rig)
{
    uint32_t a = know(rig, 0);
    lq_u256_t price = lq_u256_from_u64(10000000000000u);
    rig->world->reserves[3].price = price;
    world_rig_prices(rig);
    lq_health_t h;
    ADAPTER.health(rig->self, &h, a, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_LIQUIDATABLE);
    assert_false(h.blocked);
    return a;
}

static bool is_blocked(const world_rig_t *rig, uint32_t account)
{
    lq_health_t h;
    ADAPTER.health(rig->self, &h, account, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_LIQUIDATABLE);
    return h.blocked;
}

static void takes_thresholds_from_the_configurator(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    know(&rig, 0);
    w.reserves[0].threshold_bps = 7777;
    about_reserve(&rig, EVENT(collateral_configuration_changed), 0, 7000, 7777, 10600, 3);
    assert_int_equal(rig.last, LQ_APPLIED);
    assert_int_equal(rig.self->reserves[0].bonus_bps, 10600);
    assert_health_as_world(&rig, 0);
    about_reserve(&rig, EVENT(collateral_configuration_changed), 0, 7000, 65536, 10600, 3);
    assert_int_equal(rig.last, LQ_APPLIED_FAULT);
    assert_int_equal(rig.self->reserves[0].marked, 1);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    about_reserve(&rig, EVENT(liquidation_protocol_fee_changed), 0, 1000, 2000, 0, 2);
    assert_int_equal(rig.last, LQ_APPLIED);
    assert_int_equal(rig.self->reserves[0].fee_bps, 2000);
    about_reserve(&rig, EVENT(liquidation_protocol_fee_changed), 0, 1000, 65536, 0, 2);
    assert_int_equal(rig.last, LQ_APPLIED_FAULT);
    world_rig_fini(&rig);
}

static void blocks_whom_no_call_can_liquidate(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    uint32_t a = endanger(&rig);
    about_reserve(&rig, EVENT(reserve_paused), 0, 1, 0, 0, 1);
    assert_false(is_blocked(&rig, a)); /* there is other collateral */
    about_reserve(&rig, EVENT(reserve_active), 1, 0, 0, 0, 1);
    assert_true(is_blocked(&rig, a));
    about_reserve(&rig, EVENT(reserve_active), 1, 1, 0, 0, 1);
    assert_false(is_blocked(&rig, a));
    about_reserve(&rig, EVENT(liquidation_grace_period_changed), 1, w.now_sec, 0, 0, 1);
    assert_true(is_blocked(&rig, a));
    about_reserve(&rig, EVENT(liquidation_grace_period_disabled), 1, 0, 0, 0, 0);
    assert_false(is_blocked(&rig, a));
    about_reserve(&rig, EVENT(liquidation_grace_period_changed), 1, w.now_sec - 1, 0, 0, 1);
    assert_false(is_blocked(&rig, a));
    about_reserve(&rig, EVENT(reserve_paused), 0, 2, 0, 0, 1); /* no bool */
    assert_int_equal(rig.last, LQ_APPLIED_FAULT);
    assert_int_equal(rig.self->reserves[0].marked, 1);
    world_rig_fini(&rig);
}

static void asks_the_sentinel_each_block_while_there_is_one(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_subject_t s = {0, 0};
    lq_read_result_t silent = {false, NULL, 0};
    world_init(&w, LQ_AAVE_V3_3, 4);
    populate(&w);
    w.has_sentinel = true;
    world_rig_make(&rig, &w, LQ_ADAPTER_PROBE, 8);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    uint32_t a = know(&rig, 0);
    assert_int_equal(rig.self->s->sentinel_allows, 0); /* before it has said so */
    assert_true(ADAPTER.every_block(rig.self, &s));
    assert_int_equal(s.kind, SUBJECT_SENTINEL);
    w.sentinel_allows = true;
    assert_int_equal(world_rig_answer(&rig, s), LQ_APPLIED);
    assert_int_equal(rig.self->s->sentinel_allows, 1);
    assert_int_equal(ADAPTER.answer(rig.self, s, &silent, 1, w.now_sec), LQ_APPLIED_FAULT);
    assert_int_equal(rig.self->s->sentinel_allows, 0);
    /* between 0.95 and 1 it decides: find a price there */
    lq_health_t h;
    for (uint64_t p = 100000000; p < 100000000000; p += p / 50) {
        w.reserves[3].price = lq_u256_from_u64(p);
        world_rig_prices(&rig);
        ADAPTER.health(rig.self, &h, a, NULL);
        if (h.verdict == LQ_HEALTH_LIQUIDATABLE && h.factor_wad.w[0] > 950000000000000000u)
            break;
    }
    assert_int_equal(h.verdict, LQ_HEALTH_LIQUIDATABLE);
    assert_true(h.blocked);
    assert_int_equal(world_rig_answer(&rig, s), LQ_APPLIED);
    assert_false(is_blocked(&rig, a));
    assert_false(ADAPTER.every_block(rig.self, &s));
    world_rig_fini(&rig);
}

static void changes_e_modes_from_3_2_by_their_bitmap(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    know(&rig, 0);
    world_emit_e_mode(&w, 0, 2);
    w.categories[2].bitmap |= 1;
    about_reserve(&rig, EVENT(asset_collateral_in_e_mode_changed), 0, 2, 1, 0, 2);
    assert_int_equal(rig.last, LQ_APPLIED);
    assert_health_as_world(&rig, 0);
    w.categories[2].bitmap |= 1u << 9; /* reserve 1 */
    about_reserve(&rig, EVENT(asset_collateral_in_e_mode_changed), 1, 2, 1, 0, 2);
    assert_health_as_world(&rig, 0);
    w.categories[2].bitmap &= ~(lq_u128_t)1;
    about_reserve(&rig, EVENT(asset_collateral_in_e_mode_changed), 0, 2, 0, 0, 2);
    assert_health_as_world(&rig, 0);
    about_reserve(&rig, EVENT(asset_collateral_in_e_mode_changed), 0, 0, 1, 0, 2);
    assert_int_equal(rig.last, LQ_APPLIED_FAULT);
    world_rig_fini(&rig);
}

static void add_category(world_rig_t *rig, unsigned id, uint64_t threshold, lq_address_t source)
{
    lq_hash_t topics[] = {EVENT(e_mode_category_added), {{0}}};
    uint8_t word[32] = {0};
    memcpy(word + 12, source.b, 20);
    lq_u256_t words[] = {lq_u256_from_u64(9000),  lq_u256_from_u64(threshold),
                         lq_u256_from_u64(10200), lq_u256_from_be(word),
                         lq_u256_from_u64(160),   lq_u256_from_u64(0)};
    topics[1].b[31] = (uint8_t)id;
    world_emit(rig->world, world_address(AT_CONFIGURATOR, 0), topics, 2, words, 6);
}

static void takes_a_category_from_its_event(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    know(&rig, 0);
    world_emit_e_mode(&w, 0, 1);
    w.categories[1].threshold_bps = 9333;
    add_category(&rig, 1, 9333, (lq_address_t){{0}});
    assert_int_equal(rig.last, LQ_APPLIED);
    assert_int_equal(rig.self->categories[1].bonus_bps, 10200);
    assert_health_as_world(&rig, 0);
    add_category(&rig, 1, 65536, (lq_address_t){{0}});
    assert_int_equal(rig.last, LQ_APPLIED_FAULT);
    assert_int_equal(rig.self->categories[1].marked, 1);
    lq_health_t h;
    ADAPTER.health(rig.self, &h, account_of(&rig, 0), NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_health_as_world(&rig, 0);
    world_rig_fini(&rig);
}

static void reads_the_source_of_an_e_modes_price(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_health_t h;
    lq_subject_t s = {0, 0};
    start(&rig, &w, LQ_AAVE_V3_0, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 0);
    world_emit_e_mode(&w, 0, 1);
    assert_health_as_world(&rig, 0);
    w.categories[1].source = true;
    w.categories[1].threshold_bps = 9333;
    add_category(&rig, 1, 9333, world_address(AT_E_SOURCE, 1));
    ADAPTER.health(rig.self, &h, a, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    assert_true(ADAPTER.next(rig.self, &s));
    assert_int_equal(s.kind, SUBJECT_E_MODE_PRICE);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_health_as_world(&rig, 0);
    lq_hash_t topics[] = {EVENT(asset_source_updated), world_topic_a(world_address(AT_E_SOURCE, 1)),
                          world_topic_a(world_address(99, 1))};
    world_emit(&w, world_address(AT_ORACLE, 0), topics, 3, NULL, 0);
    assert_int_equal(rig.last, LQ_APPLIED);
    ADAPTER.health(rig.self, &h, a, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    w.reserves[1].category = 1;
    about_reserve(&rig, EVENT(e_mode_asset_category_changed), 1, 0, 1, 0, 2);
    topics[2] = world_topic_a(world_address(AT_SOURCE + 100, 1));
    world_emit(&w, world_address(AT_ORACLE, 0), topics, 3, NULL, 0);
    world_rig_prices(&rig);
    assert_health_as_world(&rig, 0);
    world_rig_fini(&rig);
}

static lq_address_t source_of(const world_rig_t *rig, uint16_t factor)
{
    return ADAPTER.oracle(rig->self, ADAPTER.factor_oracle(rig->self, factor)).source;
}

static void names_the_oracle_that_prices_a_factor(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_address_t own[] = {world_address(AT_SOURCE, 0), world_address(AT_SOURCE, 2)};
    lq_address_t of_category = world_address(AT_SOURCE + 100, 1);
    start(&rig, &w, LQ_AAVE_V3_0, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 0);
    w.categories[1].source = true;
    add_category(&rig, 1, 9333, world_address(AT_E_SOURCE, 1));
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    lq_address_t before = source_of(&rig, supply_of(rig.self, a, 0).factor);
    assert_memory_equal(&before, &own[0], sizeof(before));
    world_emit_e_mode(&w, 0, 1);
    lq_address_t in = source_of(&rig, supply_of(rig.self, a, 0).factor);
    lq_address_t out = source_of(&rig, debt_of(rig.self, a, 2).factor);
    assert_memory_equal(&in, &of_category, sizeof(in));
    assert_memory_equal(&out, &own[1], sizeof(out)); /* not of the category */
    add_category(&rig, 1, 9333, (lq_address_t){{0}});
    in = source_of(&rig, supply_of(rig.self, a, 0).factor);
    assert_memory_equal(&in, &own[0], sizeof(in));
    world_rig_fini(&rig);
}

/* Its own is not asked where the e-mode has one, be there nothing of it. */
static void needs_no_price_of_a_flag_alone_in_an_e_mode_that_has_one(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_health_t h;
    start(&rig, &w, LQ_AAVE_V3_0, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 0);
    lq_u256_t all = w.users[0].supply[0].scaled;
    assert_true(world_transfer(&w, 0, 3, 0, &all));
    w.categories[1].source = true;
    w.categories[1].threshold_bps = 9333;
    add_category(&rig, 1, 9333, world_address(AT_E_SOURCE, 1));
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    world_rig_prices(&rig);
    world_emit_e_mode(&w, 0, 1);
    const lq_price_shift_t shift = {.oracle = 0, .known = false};
    const lq_health_view_t views[] = {{.now_sec = w.now_sec, .shifts = &shift, .shift_cnt = 1},
                                      {.now_sec = w.now_sec + 12, .shifts = NULL, .shift_cnt = 0}};
    ADAPTER.health(rig.self, &h, a, &views[0]);
    assert_int_not_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    ADAPTER.set_price(rig.self, 0, false, &w.reserves[0].price);
    assert_health_as_world(&rig, 0);
    ADAPTER.health(rig.self, &h, a, &views[1]);
    assert_int_not_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    world_emit_e_mode(&w, 0, 0);
    for (size_t i = 0; i < 2; i++) {
        ADAPTER.health(rig.self, &h, a, &views[i]);
        assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    }
    ADAPTER.health(rig.self, &h, a, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    ADAPTER.set_price(rig.self, 0, true, &w.reserves[0].price);
    assert_health_as_world(&rig, 0);
    ADAPTER.health(rig.self, &h, a, &views[0]);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    world_rig_fini(&rig);
}

static void asks_another_source_once_it_is_set(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_health_t h;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 0);
    lq_hash_t topics[] = {EVENT(asset_source_updated), world_topic_a(world_address(AT_ASSET, 0)),
                          world_topic_a(world_address(AT_SOURCE, 3))};
    world_emit(&w, world_address(AT_ORACLE, 0), topics, 3, NULL, 0);
    assert_int_equal(rig.last, LQ_APPLIED);
    assert_int_equal(ADAPTER.oracle(rig.self, 0).source.b[19], 3);
    ADAPTER.health(rig.self, &h, a, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN); /* it has said nothing yet */
    topics[1] = world_topic_a(world_address(AT_ASSET, 77));
    world_emit(&w, world_address(AT_ORACLE, 0), topics, 3, NULL, 0);
    assert_int_equal(rig.last, LQ_APPLIED_NOT);
    world_emit(&w, world_address(AT_ORACLE, 0), topics, 2, NULL, 0);
    assert_int_equal(rig.last, LQ_APPLIED_FAULT);
    world_rig_fini(&rig);
}

static void prices_the_base_currency_at_its_unit(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 0);
    w.base = 1;
    w.reserves[1].price = lq_u256_from_u64(100000000);
    mark_pool(rig.self);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    ADAPTER.set_price(rig.self, 1, true, &w.reserves[3].price); /* nobody asks that */
    assert_health_as_world(&rig, 0);
    const lq_health_view_t view = {
        .now_sec = w.now_sec + 1, .shifts = &(lq_price_shift_t){1, false, {{0}}}, .shift_cnt = 1};
    lq_health_t h;
    ADAPTER.health(rig.self, &h, a, &view);
    assert_int_not_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    world_rig_fini(&rig);
}

static void watches_a_new_reserve_and_forgets_a_dropped_one(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    know(&rig, 0);
    lq_hash_t topics[] = {EVENT(reserve_initialized), world_topic_a(world_address(AT_ASSET, 4)),
                          world_topic_a(world_address(AT_ATOKEN, 4))};
    lq_hash_t debt = world_topic_a(world_address(AT_DEBT, 4));
    lq_u256_t words[] = {lq_u256_from_u64(0), lq_u256_from_be(debt.b), lq_u256_from_u64(0)};
    w.reserve_cnt = 5;
    world_emit(&w, world_address(AT_CONFIGURATOR, 0), topics, 3, words, 3);
    assert_int_equal(rig.last, LQ_APPLIED_WATCH);
    assert_int_equal(rig.self->reserves[4].marked, 1);
    give(&w, 0, 4, LQ_AAVE_V3_ATOKEN, 5000000);
    assert_int_equal(rig.last, LQ_APPLIED);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    world_emit_flag(&w, 0, 4, true);
    assert_as_world(&rig);
    assert_health_as_world(&rig, 0);
    world_emit(&w, world_address(AT_CONFIGURATOR, 0), topics, 3, words, 3);
    assert_int_equal(rig.last, LQ_APPLIED); /* nothing new to watch */
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    world_emit_flag(&w, 0, 4, false);
    w.users[0].supply[4].scaled = lq_u256_from_u64(0);
    assert_int_equal(
        world_rig_answer(&rig, (lq_subject_t){LQ_SUBJECT_ACCOUNT, account_of(&rig, 0)}),
        LQ_APPLIED);
    w.reserves[4].dropped = true;
    about_reserve(&rig, EVENT(reserve_dropped), 4, 0, 0, 0, 0);
    assert_int_equal(rig.last, LQ_APPLIED);
    lq_subject_t s = {0, 0};
    assert_false(ADAPTER.next(rig.self, &s));
    assert_int_equal(
        world_rig_answer(&rig, (lq_subject_t){LQ_SUBJECT_ACCOUNT, account_of(&rig, 0)}),
        LQ_APPLIED);
    assert_health_as_world(&rig, 0);
    world_rig_fini(&rig);
}

static void takes_no_token_that_is_anothers(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    know(&rig, 0);
    lq_hash_t topics[] = {EVENT(reserve_initialized), world_topic_a(world_address(AT_ASSET, 4)),
                          world_topic_a(world_address(AT_ATOKEN, 0))};
    lq_hash_t debt = world_topic_a(world_address(AT_DEBT, 4));
    lq_u256_t words[] = {lq_u256_from_u64(0), lq_u256_from_be(debt.b), lq_u256_from_u64(0)};
    world_emit(&w, world_address(AT_CONFIGURATOR, 0), topics, 3, words, 3);
    assert_int_equal(rig.last, LQ_APPLIED_FAULT);
    assert_int_equal(rig.self->reserves[4].marked, 1);
    topics[2] = world_topic_a((lq_address_t){{0}});
    world_emit(&w, world_address(AT_CONFIGURATOR, 0), topics, 3, words, 3);
    assert_int_equal(rig.last, LQ_APPLIED_FAULT);
    give(&w, 0, 0, LQ_AAVE_V3_ATOKEN, 5000000); /* still the first reserve's */
    assert_int_equal(rig.last, LQ_APPLIED);
    assert_as_world(&rig);
    world_rig_fini(&rig);
}

static void reads_everything_anew_once_the_provider_names_others(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_health_t h;
    static const lq_hash_t *const events[] = {
        &lq_abi_aave_v3_pool_updated_event_topic,
        &lq_abi_aave_v3_pool_configurator_updated_event_topic,
        &lq_abi_aave_v3_price_oracle_updated_event_topic,
        &lq_abi_aave_v3_price_oracle_sentinel_updated_event_topic,
        &lq_abi_aave_v3_proxy_created_event_topic,
        &lq_abi_aave_v3_address_set_event_topic,
        &lq_abi_aave_v3_address_set_as_proxy_event_topic,
    };
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 0);
    for (size_t i = 0; i < LQ_ARRAY_CNT(events); i++) {
        world_emit(&w, world_address(AT_PROVIDER, 0), events[i], 1, NULL, 0);
        assert_int_equal(rig.last, LQ_APPLIED);
        ADAPTER.health(rig.self, &h, a, NULL);
        assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
        assert_int_equal(world_rig_settle(&rig, 1000), 0);
        assert_health_as_world(&rig, 0);
    }
    world_emit(&w, world_address(AT_ORACLE, 0), &EVENT(base_currency_set), 1, NULL, 0);
    assert_int_equal(rig.self->s->stage, STAGE_PROVIDER);
    world_rig_fini(&rig);
}

static void keeps_names_and_reads_the_rest_again(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    lq_health_t h;
    lq_subject_t s = {0, 0};
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    uint32_t a = know(&rig, 0);
    size_t factor_cnt = lq_ledger_factor_cnt(rig.ledger);
    ADAPTER.reread(rig.self);
    ADAPTER.health(rig.self, &h, a, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    assert_true(ADAPTER.next(rig.self, &s));
    assert_int_equal(s.kind, SUBJECT_PROVIDER);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_int_equal(lq_ledger_factor_cnt(rig.ledger), factor_cnt);
    assert_int_equal(lq_ledger_pool_cnt(rig.ledger), 1);
    assert_health_as_world(&rig, 0);
    world_rig_fini(&rig);
}

static void finds_an_upgrade_out(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_4, LQ_ADAPTER_PROBE);
    know(&rig, 0);
    w.version = LQ_AAVE_V3_5;
    lq_hash_t topics[] = {EVENT(a_token_upgraded), world_topic_a(world_address(AT_ASSET, 0))};
    world_emit(&w, world_address(AT_CONFIGURATOR, 0), topics, 2, NULL, 0);
    assert_int_equal(rig.self->s->version_sure, 0);
    give(&w, 0, 0, LQ_AAVE_V3_ATOKEN, 777); /* by which rounding is not known */
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_QUARANTINED);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_int_equal(ADAPTER.version(rig.self), LQ_AAVE_V3_5);
    assert_int_equal(rig.self->s->version_sure, 1);
    assert_as_world(&rig);
    assert_health_as_world(&rig, 0);
    world_rig_fini(&rig);
}

static void keeps_deficits(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    lq_hash_t created[] = {EVENT(deficit_created), world_topic_a(world_address(AT_USER, 0)),
                           world_topic_a(world_address(AT_ASSET, 2))};
    lq_hash_t covered[] = {EVENT(deficit_covered), created[2]};
    lq_u256_t amount = lq_u256_from_u64(500);
    lq_u256_t words[] = {lq_u256_from_u64(1), lq_u256_from_u64(501)};
    world_emit(&w, world_address(AT_POOL, 0), created, 3, &amount, 1);
    assert_int_equal(rig.last, LQ_APPLIED);
    assert_u256_equal(rig.self->reserves[2].deficit, amount);
    world_emit(&w, world_address(AT_POOL, 0), covered, 2, words, 2);
    assert_int_equal(rig.last, LQ_APPLIED_FAULT);
    assert_int_equal(rig.self->reserves[2].marked, 1);
    words[1] = amount;
    world_emit(&w, world_address(AT_POOL, 0), covered, 2, words, 2);
    assert_int_equal(rig.last, LQ_APPLIED);
    assert_u256_equal(rig.self->reserves[2].deficit, lq_u256_from_u64(0));
    world_rig_fini(&rig);
}

static void is_the_same_after_a_snapshot(void **state)
{
    (void)state;
    world_t w;
    world_t w2;
    world_rig_t rig;
    world_rig_t other;
    lq_undo_piece_t from[LQ_LEDGER_PIECE_MAX];
    lq_undo_piece_t to[LQ_LEDGER_PIECE_MAX];
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    know(&rig, 0);
    world_emit_e_mode(&w, 0, 2);
    world_init(&w2, LQ_AAVE_V3_6, 4);
    world_rig_make(&other, &w2, LQ_ADAPTER_PROBE, 8);
    size_t cnt = lq_ledger_pieces(rig.ledger, from);
    assert_int_equal(lq_ledger_pieces(other.ledger, to), cnt);
    for (size_t i = 0; i < cnt; i++)
        memcpy(to[i].data, from[i].data, from[i].sz);
    assert_ok(lq_ledger_restored(other.ledger));
    cnt = ADAPTER.pieces(rig.self, from);
    assert_int_equal(ADAPTER.pieces(other.self, to), cnt);
    for (size_t i = 0; i < cnt; i++) {
        assert_true(from[i].sz <= to[i].max);
        memcpy(to[i].data, from[i].data, from[i].sz);
    }
    assert_ok(ADAPTER.restored(other.self));
    assert_true(lq_undo_digest(rig.undo) == lq_undo_digest(other.undo));
    other.world = &w;
    w.ctx = &other;
    give(&w, 0, 1, LQ_AAVE_V3_ATOKEN, 12345678);
    assert_int_equal(other.last, LQ_APPLIED);
    assert_as_world(&other);
    assert_health_as_world(&other, 0);
    ADAPTER.pieces(other.self, to);
    state_t *s = to[0].data;
    state_t good = *s;
    reserve_t good_reserve = other.self->reserves[1];
    for (unsigned bad = 0; bad < 8; bad++) {
        *s = good;
        other.self->reserves[1] = good_reserve;
        if (bad == 0)
            s->reserve_cnt = 9;
        if (bad == 1)
            s->row_cnt = UINT32_MAX;
        if (bad == 2)
            s->version = 8;
        if (bad == 3)
            s->pool = 2;
        if (bad == 4)
            other.self->reserves[1].oracle = 0;
        if (bad == 5)
            other.self->reserves[1].id = 128;
        if (bad == 6)
            other.self->reserves[1].decimals = 7;
        if (bad == 7)
            other.self->reserves[1].a_token = other.self->reserves[0].a_token;
        assert_int_equal(ADAPTER.restored(other.self), LQ_ERR_RANGE);
    }
    *s = good;
    s->reserve_cnt = s->oracle_cnt = s->row_cnt = s->watch_cnt = UINT32_MAX;
    assert_int_equal(ADAPTER.restored(other.self), LQ_ERR_RANGE);
    lq_ledger_clear(other.ledger);
    ADAPTER.clear(other.self);
    ADAPTER.set_now(other.self, w.now_sec);
    assert_int_equal(world_rig_settle(&other, 1000), 0);
    know(&other, 0);
    assert_health_as_world(&other, 0);
    world_rig_fini(&rig);
    world_rig_fini(&other);
}

static void refuses_configs_out_of_range(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    lq_instance_config_t c = {.version = LQ_ADAPTER_PROBE, .asset_max = 0};
    lq_instance_t *self = NULL;
    assert_int_equal(ADAPTER.make(&self, &rig.arena, rig.undo, rig.ledger, &c), LQ_ERR_RANGE);
    c.asset_max = RESERVE_MAX + 1;
    assert_int_equal(ADAPTER.make(&self, &rig.arena, rig.undo, rig.ledger, &c), LQ_ERR_RANGE);
    c.asset_max = 1;
    c.version = LQ_AAVE_V3_VERSION_CNT;
    assert_int_equal(ADAPTER.make(&self, &rig.arena, rig.undo, rig.ledger, &c), LQ_ERR_RANGE);
    c.version = 0;
    c.asset_max = RESERVE_MAX;
    assert_int_equal(ADAPTER.make(&self, &rig.arena, rig.undo, rig.ledger, &c), LQ_ERR_NOMEM);
    assert_null(self);
    world_rig_fini(&rig);
}

/* What a lie has made of what accounts share is not theirs to mend. */
static void reads_again_what_a_doubted_account_is_made_of(void **state)
{
    (void)state;
    for (unsigned v = 0; v < LQ_AAVE_V3_VERSION_CNT; v++) {
        world_t w;
        world_rig_t rig;
        lq_health_t h;
        start(&rig, &w, v, LQ_ADAPTER_PROBE);
        w.users[0].category = 1; /* with the reserve that most of his collateral is of */
        w.reserves[1].category = 1;
        w.categories[1].bitmap = (lq_u128_t)1 << w.reserves[1].id;
        mark_reserve(rig.self, 1);
        mark_category(rig.self, 1);
        uint32_t a = know(&rig, 0);
        world_t truth = w;
        w.reserves[0].threshold_bps++;
        w.reserves[2].accrual.variable_borrow_index.w[0]++;
        w.categories[1].threshold_bps++;
        for (unsigned r = 0; r < 3; r++)
            mark_reserve(rig.self, r);
        mark_category(rig.self, 1);
        assert_int_equal(world_rig_settle(&rig, 1000), 0);
        w = truth;
        ADAPTER.doubt(rig.self, a);
        ADAPTER.health(rig.self, &h, a, NULL);
        assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
        assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_KNOWN);
        assert_int_equal(world_rig_settle(&rig, 1000), 0);
        assert_health_as_world(&rig, 0);
        world_rig_fini(&rig);
    }
}

static void doubts_no_reserve_that_the_account_has_nothing_of(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    for (unsigned r = 1; r < 4; r++) {
        w.users[0].supply[r].scaled = lq_u256_from_u64(0);
        w.users[0].flag[r] = false;
    }
    w.users[0].debt[3].scaled = lq_u256_from_u64(0);
    ADAPTER.doubt(rig.self, know(&rig, 0));
    for (unsigned r = 0; r < 4; r++)
        assert_int_equal(rig.self->reserves[r].marked, r == 0 || r == 2);
    for (unsigned i = 0; i < CATEGORY_CNT; i++)
        assert_int_equal(rig.self->categories[i].marked, 0);
    world_rig_fini(&rig);
}

/* Flags were taken for those of other reserves. */
static void reads_all_accounts_again_where_a_reserve_had_a_wrong_id(void **state)
{
    (void)state;
    world_t w;
    world_rig_t rig;
    start(&rig, &w, LQ_AAVE_V3_6, LQ_ADAPTER_PROBE);
    w.reserves[0].id = 5;
    mark_reserve(rig.self, 0);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_int_equal(rig.self->reserves[0].id, 5);
    uint32_t a = know(&rig, 0);
    w.reserves[0].id = 0; /* the account's flags are of this */
    ADAPTER.doubt(rig.self, a);
    assert_int_equal(world_rig_answer(&rig, (lq_subject_t){SUBJECT_RESERVE, 0}), LQ_APPLIED);
    assert_int_equal(state_of(&rig, 0), LQ_ACCOUNT_QUARANTINED);
    assert_int_equal(world_rig_settle(&rig, 1000), 0);
    assert_as_world(&rig);
    assert_health_as_world(&rig, 0);
    world_rig_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_thresholds_from_the_configurator),
        cmocka_unit_test(blocks_whom_no_call_can_liquidate),
        cmocka_unit_test(asks_the_sentinel_each_block_while_there_is_one),
        cmocka_unit_test(changes_e_modes_from_3_2_by_their_bitmap),
        cmocka_unit_test(takes_a_category_from_its_event),
        cmocka_unit_test(reads_the_source_of_an_e_modes_price),
        cmocka_unit_test(names_the_oracle_that_prices_a_factor),
        cmocka_unit_test(needs_no_price_of_a_flag_alone_in_an_e_mode_that_has_one),
        cmocka_unit_test(asks_another_source_once_it_is_set),
        cmocka_unit_test(prices_the_base_currency_at_its_unit),
        cmocka_unit_test(watches_a_new_reserve_and_forgets_a_dropped_one),
        cmocka_unit_test(takes_no_token_that_is_anothers),
        cmocka_unit_test(reads_everything_anew_once_the_provider_names_others),
        cmocka_unit_test(keeps_names_and_reads_the_rest_again),
        cmocka_unit_test(finds_an_upgrade_out),
        cmocka_unit_test(keeps_deficits),
        cmocka_unit_test(is_the_same_after_a_snapshot),
        cmocka_unit_test(refuses_configs_out_of_range),
        cmocka_unit_test(reads_again_what_a_doubted_account_is_made_of),
        cmocka_unit_test(doubts_no_reserve_that_the_account_has_nothing_of),
        cmocka_unit_test(reads_all_accounts_again_where_a_reserve_had_a_wrong_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
