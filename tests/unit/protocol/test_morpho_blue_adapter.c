#include "morpho_blue_adapter_case.h"

/* What it is made of, what it reads, how it judges; logs: test_morpho_blue_adapter_logs.c. */

static void topics_are_those_of_the_events(void **state)
{
    const lq_hash_t *const want[] = {
        &lq_abi_morpho_blue_create_market_event_topic,
        &lq_abi_morpho_blue_borrow_event_topic,
        &lq_abi_morpho_blue_supply_event_topic,
        &lq_abi_morpho_blue_withdraw_event_topic,
        &lq_abi_morpho_blue_repay_event_topic,
        &lq_abi_morpho_blue_supply_collateral_event_topic,
        &lq_abi_morpho_blue_withdraw_collateral_event_topic,
        &lq_abi_morpho_blue_liquidate_event_topic,
        &lq_abi_morpho_blue_accrue_interest_event_topic,
        &lq_abi_morpho_blue_set_fee_event_topic,
        &lq_abi_morpho_blue_borrow_rate_update_event_topic,
        &lq_abi_morpho_blue_set_borrow_rate_event_topic,
    };
    size_t cnt = 0;
    (void)state;
    const lq_hash_t *got = adapter->topics(&cnt);
    assert_int_equal(cnt, LQ_ARRAY_CNT(want));
    for (size_t k = 0; k < cnt; k++)
        assert_memory_equal(&got[k], want[k], 32);
    assert_ptr_equal(adapter->discovery_topics(&cnt), got);
    assert_int_equal(cnt, 2);
}

static void refuses_configurations_out_of_range(void **state)
{
    const lq_hash_t ids[2] = {{{1}}, {{1}}};
    lq_ledger_config_t ledger = {
        .account_max = 4, .leg_max = 16, .pool_max = 2, .factor_max = 4, .seed = 5};
    lq_instance_t *self = NULL;
    lq_undo_config_t undo = {.state_sz = 64 << 20, .line_max = 16, .blk_max = 2};
    (void)state;
    assert_ok(lq_arena_init(&rig.arena, 256 << 20));
    assert_ok(lq_undo_new(&rig.undo, &rig.arena, &undo));
    assert_ok(lq_ledger_new(&rig.ledger, &rig.arena, rig.undo, &ledger));
    lq_instance_config_t c = rig_config(NULL, 0, 0);
    assert_err(adapter->make(&self, &rig.arena, rig.undo, rig.ledger, &c), LQ_ERR_RANGE);
    c = rig_config(NULL, 0, LQ_LEDGER_FACTOR_MAX / 2 + 1);
    assert_err(adapter->make(&self, &rig.arena, rig.undo, rig.ledger, &c), LQ_ERR_RANGE);
    c = rig_config(ids, 2, 1);
    assert_err(adapter->make(&self, &rig.arena, rig.undo, rig.ledger, &c), LQ_ERR_RANGE);
    c = rig_config(ids, 2, 2); /* twice the same */
    assert_err(adapter->make(&self, &rig.arena, rig.undo, rig.ledger, &c), LQ_ERR_RANGE);
    c = rig_config(NULL, 0, 2);
    c.version = 1;
    assert_err(adapter->make(&self, &rig.arena, rig.undo, rig.ledger, &c), LQ_ERR_RANGE);
    assert_null(self);
    c.version = 0;
    assert_ok(adapter->make(&self, &rig.arena, rig.undo, rig.ledger, &c));
    assert_int_equal(adapter->version(self), 0);
    assert_string_equal(adapter->version_names[0], "1.0");
    assert_null(adapter->version_names[1]);
    rig_close(&rig);
}

static void keeps_only_the_markets_it_is_told_to(void **state)
{
    (void)state;
    memset(&sim, 0, sizeof(sim));
    sim.now_sec = 1700000000;
    for (size_t i = 0; i < MARKET_MAX; i++)
        sim_define(&sim, i, LQ_MORPHO_IRM_ADAPTIVE, WAD / 2 + i);
    rig_open(&rig, &sim.markets[2].id, 1);
    lq_subject_t at = {0, 0};
    assert_true(adapter->next(rig.self, &at));
    assert_int_equal(rig_read(&rig, &sim, at), LQ_APPLIED); /* not created */
    at = (lq_subject_t){0, 0};
    assert_false(adapter->next(rig.self, &at));
    sim_create(&sim, 0);
    assert_int_equal(apply(&sim.logs[0]), LQ_APPLIED_NOT);
    assert_ok(adapter->discover(rig.self, &sim.logs[0].log));
    assert_int_equal(adapter->watch(rig.self, NULL, 0), 1);
    size_t from = sim.log_cnt;
    sim_create(&sim, 2);
    assert_int_equal(apply(&sim.logs[from]), LQ_APPLIED_WATCH);
    lq_address_t watched[2];
    assert_int_equal(adapter->watch(rig.self, watched, 2), 2);
    assert_memory_equal(&watched[0], &morpho_address, 20);
    assert_memory_equal(&watched[1], &sim.markets[2].params.irm, 20);
    assert_int_equal(adapter->oracle_cnt(rig.self), 1);
    sim_supply(&sim, 2, 0, 1000);
    sim_borrow(&sim, 2, 1, 100);
    rig_apply_from(&rig, &sim, from + 1);
    rig_read_all(&rig, &sim);
    assert_int_equal(lq_ledger_cnt(rig.ledger), 1);
    rig_close(&rig);
}

static void a_read_that_names_a_new_model_says_so(void **state)
{
    (void)state;
    memset(&sim, 0, sizeof(sim));
    sim.now_sec = 1700000000;
    for (size_t i = 0; i < MARKET_MAX; i++)
        sim_define(&sim, i, LQ_MORPHO_IRM_FIXED, WAD / 2 + i);
    rig_open(&rig, &sim.markets[0].id, 1);
    sim_create(&sim, 0);
    lq_subject_t at = {0, 0};
    assert_true(adapter->next(rig.self, &at));
    assert_int_equal(rig_read(&rig, &sim, at), LQ_APPLIED_WATCH);
    assert_true(is_marked()); /* its model is not known yet */
    assert_int_equal(rig_read(&rig, &sim, at), LQ_APPLIED);
    assert_false(is_marked());
    lq_address_t token;
    uint8_t decimals = 0;
    adapter->asset_token(rig.self, 0, &token, &decimals);
    assert_memory_equal(&token, &sim.markets[0].params.collateral_token, 20);
    assert_int_equal(decimals, 18);
    adapter->asset_token(rig.self, 1, &token, &decimals);
    assert_memory_equal(&token, &sim.markets[0].params.loan_token, 20);
    assert_int_equal(decimals, 6);
    rig_close(&rig);
}

static void a_full_table_harms_nobody_in_it(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ZERO);
    for (size_t n = 1; n < MARKET_MAX; n++) {
        sim_create(&sim, n);
        assert_int_equal(apply_last(), LQ_APPLIED);
    }
    sim_market_t seventh = sim.markets[5];
    sim_define(&sim, 5, LQ_MORPHO_IRM_ZERO, 77);
    sim_create(&sim, 5);
    assert_int_equal(apply_last(), LQ_APPLIED_FAULT);
    assert_err(adapter->discover(rig.self, &sim.logs[sim.log_cnt - 1].log), LQ_ERR_FULL);
    sim_supply(&sim, 5, 0, 5);
    assert_int_equal(apply_last(), LQ_APPLIED_NOT);
    sim.markets[5] = seventh;
    sim_supply(&sim, 0, 0, 5);
    assert_int_equal(apply_last(), LQ_APPLIED);
    assert_int_equal(verdict(), LQ_HEALTH_SAFE);
    rig_close(&rig);
}

static void a_full_ledger_is_told_and_harms_nobody_in_it(void **state)
{
    lq_instance_config_t config = rig_config(NULL, 0, MARKET_MAX);
    lq_ledger_config_t ledger = {
        .account_max = 1, .leg_max = 16, .pool_max = 1, .factor_max = 32, .seed = 5};
    (void)state;
    memset(&sim, 0, sizeof(sim));
    sim.now_sec = 1700000000;
    for (size_t i = 0; i < MARKET_MAX; i++)
        sim_define(&sim, i, LQ_MORPHO_IRM_ZERO, WAD / 2 + i);
    rig_open_sized(&rig, &config, &ledger);
    sim_create(&sim, 0);
    sim_supply(&sim, 0, 0, 1000);
    sim_borrow(&sim, 0, 1, 100);
    rig_apply_from(&rig, &sim, 0);
    rig_read_all(&rig, &sim);
    sim_borrow(&sim, 0, 2, 100);
    assert_int_equal(apply_last(), LQ_APPLIED_FAULT);
    assert_false(is_marked()); /* the market took it */
    assert_err(adapter->discover(rig.self, &sim.logs[sim.log_cnt - 1].log), LQ_ERR_FULL);
    sim_create(&sim, 1);
    assert_int_equal(apply_last(), LQ_APPLIED_FAULT);
    assert_int_equal(adapter->oracle_cnt(rig.self), 1);
    assert_int_equal(state_of(0), LQ_ACCOUNT_KNOWN);
    rig_close(&rig);
}

/* ---- reads ---- */

static void a_model_that_speaks_otherwise_is_unknown(void **state)
{
    (void)state;
    for (size_t lie = 0; lie < 7; lie++) {
        open_market(lie < 5 ? LQ_MORPHO_IRM_ADAPTIVE : LQ_MORPHO_IRM_FIXED);
        questions_t q;
        answers_t a;
        lq_subject_t market = {2, 0};
        questions_init(&q);
        assert_ok(adapter->reads(rig.self, &q.calls, market));
        sim_answer(&sim, &a, &q);
        assert_int_equal(a.cnt, 9);
        /* results 4 to 8: rateAtTarget, borrowRateStored, three rates */
        if (lie == 0)
            a.results[4].ok = false;
        else if (lie == 1)
            a.data[4][0] = 1;
        else if (lie < 5)
            a.data[4 + lie][31] ^= 1;
        else if (lie == 5)
            a.data[5][31] ^= 1;
        else
            a.results[7].ok = false;
        assert_int_equal(adapter->answer(rig.self, market, a.results, a.cnt, sim.now_sec),
                         LQ_APPLIED);
        lq_subject_t at = {0, 0};
        assert_true(adapter->every_block(rig.self, &at));
        assert_int_equal(at.index, 0);
        /* its rate is that of the very block until it is read */
        assert_int_equal(health_of(0, &(lq_health_view_t){.now_sec = sim.now_sec + 1}).verdict,
                         LQ_HEALTH_UNKNOWN);
        assert_int_equal(rig_read(&rig, &sim, at), LQ_APPLIED);
        assert_int_equal(health_of(0, &(lq_health_view_t){.now_sec = sim.now_sec + 1}).verdict,
                         LQ_HEALTH_SAFE);
        assert_false(adapter->every_block(rig.self, &at));
        rig_close(&rig);
    }
}

static void the_rate_of_an_unknown_model_lasts_until_the_totals_move(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_UNKNOWN);
    lq_subject_t rate = {3, 0};
    sim.now_sec += 12;
    adapter->set_now(rig.self, sim.now_sec);
    assert_int_equal(verdict(), LQ_HEALTH_SAFE);
    sim_supply(&sim, 0, 0, 5);
    rig_apply_from(&rig, &sim, sim.log_cnt - 2);
    sim.now_sec += 12;
    adapter->set_now(rig.self, sim.now_sec);
    assert_int_equal(verdict(), LQ_HEALTH_UNKNOWN);
    sim.mute = true; /* the market view reverts too: no answer of Morpho's */
    assert_int_equal(rig_read(&rig, &sim, rate), LQ_APPLIED_FAULT);
    sim.mute = false;
    sim.markets[0].m.total_supply_assets++; /* asked for totals that are not the chain's */
    assert_int_equal(rig_read(&rig, &sim, rate), LQ_APPLIED_FAULT);
    assert_true(is_marked());
    assert_int_equal(rig_read(&rig, &sim, rate), LQ_APPLIED_NOT);
    rig_read_all(&rig, &sim);
    assert_int_equal(verdict(), LQ_HEALTH_SAFE);
    /* the model reverts: no rate, and no fault either */
    questions_t q;
    answers_t a;
    questions_init(&q);
    assert_ok(adapter->reads(rig.self, &q.calls, rate));
    sim_answer(&sim, &a, &q);
    a.results[1].ok = false;
    assert_int_equal(adapter->answer(rig.self, rate, a.results, 2, sim.now_sec), LQ_APPLIED);
    assert_int_equal(verdict(), LQ_HEALTH_UNKNOWN);
    /* no debt, nothing to ask */
    sim_repay(&sim, 0, 1, sim.markets[0].position[1].borrow_shares);
    rig_apply_from(&rig, &sim, sim.log_cnt - 2);
    lq_subject_t at = {0, 0};
    assert_false(adapter->every_block(rig.self, &at));
    rig_close(&rig);
}

/* The reads of a block are chosen before a market of it that was just created turns out to need one
   of them: it is to be read like all that is not known. */
static void a_rate_that_is_not_known_is_to_be_read_at_once(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_UNKNOWN);
    lq_subject_t at = {0, 0};
    assert_false(adapter->next(rig.self, &at));
    sim_supply(&sim, 0, 0, 5);
    rig_apply_from(&rig, &sim, sim.log_cnt - 1);
    assert_true(adapter->next(rig.self, &at));
    assert_int_equal(at.kind, 3);
    lq_subject_t behind = at;
    assert_false(adapter->next(rig.self, &behind));
    /* a model that reverts is asked at each block, and no more often */
    questions_t q;
    answers_t a;
    questions_init(&q);
    assert_ok(adapter->reads(rig.self, &q.calls, at));
    sim_answer(&sim, &a, &q);
    a.results[1].ok = false;
    assert_int_equal(adapter->answer(rig.self, at, a.results, 2, sim.now_sec), LQ_APPLIED);
    at = (lq_subject_t){0, 0};
    assert_false(adapter->next(rig.self, &at));
    assert_true(adapter->every_block(rig.self, &at));
    /* behind a market that is to be read */
    sim_supply(&sim, 0, 0, 5);
    rig_apply_from(&rig, &sim, sim.log_cnt - 1);
    sim_create(&sim, 1);
    assert_int_equal(apply_last(), LQ_APPLIED);
    at = (lq_subject_t){0, 0};
    assert_true(adapter->next(rig.self, &at));
    assert_int_equal(at.kind, 2);
    assert_true(adapter->next(rig.self, &at));
    assert_int_equal(at.kind, 3);
    rig_close(&rig);
}

static void answers_that_fit_nothing_change_nothing(void **state)
{
    (void)state;
    const lq_subject_t subjects[] = {{1, 0}, {2, 0}};
    lq_rng_t rng = lq_test_rng();
    for (size_t n = 0; n < 600; n++) {
        open_market(LQ_MORPHO_IRM_ADAPTIVE);
        questions_t q;
        answers_t a;
        lq_subject_t subject = subjects[n % 2];
        questions_init(&q);
        assert_ok(adapter->reads(rig.self, &q.calls, subject));
        sim_answer(&sim, &a, &q);
        uint64_t before = lq_undo_digest(rig.undo);
        size_t cnt = a.cnt;
        if (n % 3 == 0)
            cnt = lq_rng_below(&rng, a.cnt);
        else if (n % 3 == 1)
            a.results[lq_rng_below(&rng, subject.kind)].ok = false;
        else
            a.results[lq_rng_below(&rng, subject.kind)].data_sz -= 1 + lq_rng_below(&rng, 96);
        lq_applied_t done = adapter->answer(rig.self, subject, a.results, cnt, sim.now_sec);
        if (cnt == 2) { /* what a market is asked of which nothing is known */
            assert_int_equal(done, LQ_APPLIED);
        } else {
            assert_int_equal(done, LQ_APPLIED_FAULT);
            assert_int_equal(lq_undo_digest(rig.undo), before);
        }
        rig_close(&rig);
    }
}

static void answers_for_another_market_are_not_taken(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ADAPTIVE);
    size_t from = sim.log_cnt;
    sim_create(&sim, 1);
    assert_int_equal(apply(&sim.logs[from]), LQ_APPLIED);
    questions_t q;
    answers_t a;
    questions_init(&q);
    assert_ok(adapter->reads(rig.self, &q.calls, (lq_subject_t){2, 0}));
    sim_answer(&sim, &a, &q);
    uint64_t before = lq_undo_digest(rig.undo);
    assert_int_equal(adapter->answer(rig.self, (lq_subject_t){2, 1}, a.results, a.cnt, sim.now_sec),
                     LQ_APPLIED_FAULT);
    assert_int_equal(adapter->answer(rig.self, (lq_subject_t){2, 2}, a.results, a.cnt, sim.now_sec),
                     LQ_APPLIED_NOT);
    assert_int_equal(adapter->answer(rig.self, (lq_subject_t){1, 9}, a.results, a.cnt, sim.now_sec),
                     LQ_APPLIED_NOT);
    assert_int_equal(adapter->answer(rig.self, (lq_subject_t){9, 0}, a.results, a.cnt, sim.now_sec),
                     LQ_APPLIED_NOT);
    assert_err(adapter->reads(rig.self, &q.calls, (lq_subject_t){2, 2}), LQ_ERR_NOT_FOUND);
    /* last updated after its block */
    assert_int_equal(
        adapter->answer(rig.self, (lq_subject_t){2, 0}, a.results, a.cnt, sim.now_sec - 1),
        LQ_APPLIED_FAULT);
    assert_int_equal(lq_undo_digest(rig.undo), before);
    rig_close(&rig);
}

static void answers_that_the_market_denies_have_it_read_again(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ZERO);
    lq_u128_t shares = sim.markets[0].position[1].borrow_shares;
    sim.markets[0].position[1].borrow_shares++; /* more than all owe together */
    assert_int_equal(rig_read(&rig, &sim, (lq_subject_t){1, 0}), LQ_APPLIED_FAULT);
    assert_true(is_marked());
    assert_true(lq_ledger_amount(rig.ledger, 0, 1) == shares);
    sim.markets[0].position[1].borrow_shares--;
    rig_read_all(&rig, &sim);
    assert_int_equal(verdict(), LQ_HEALTH_SAFE);
    lq_morpho_market_t m = sim.markets[0].m;
    sim.markets[0].m.last_update_sec = 0; /* said not to be there */
    assert_int_equal(rig_read(&rig, &sim, (lq_subject_t){2, 0}), LQ_APPLIED_FAULT);
    assert_true(is_marked());
    sim.markets[0].m = m;
    rig_read_all(&rig, &sim);
    assert_int_equal(verdict(), LQ_HEALTH_SAFE);
    rig_close(&rig);
}

static void reads_that_find_no_room_leave_the_calls_as_they_were(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_UNKNOWN);
    for (uint32_t kind = 1; kind <= 4; kind++) {
        questions_t q;
        size_t need = 0;
        for (q.calls.call_max = 0;; need++) {
            questions_init(&q);
            q.calls.call_max = need;
            lq_err_t err = kind == 4 ? adapter->audit_reads(rig.self, &q.calls, 0)
                                     : adapter->reads(rig.self, &q.calls, (lq_subject_t){kind, 0});
            if (!err)
                break;
            assert_int_equal(err, LQ_ERR_FULL);
            assert_int_equal(q.calls.call_cnt, 0);
            assert_int_equal(q.calls.data_sz, 0);
        }
        assert_int_equal(need, q.calls.call_cnt);
        size_t sz = q.calls.data_sz;
        questions_init(&q);
        q.calls.data_max = sz - 1;
        assert_err(kind == 4 ? adapter->audit_reads(rig.self, &q.calls, 0)
                             : adapter->reads(rig.self, &q.calls, (lq_subject_t){kind, 0}),
                   LQ_ERR_FULL);
        assert_int_equal(q.calls.call_cnt, 0);
        assert_int_equal(q.calls.data_sz, 0);
    }
    rig_close(&rig);
}

/* ---- health ---- */

static void prices_of_every_kind_have_their_verdict(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ZERO);
    const lq_u256_t zero = {{0}};
    const lq_u256_t most = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    const lq_u256_t none = most;
    lq_health_t h = health_of(0, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_SAFE);
    assert_int_equal(h.threshold_bps, 8000);
    assert_int_equal(h.collateral_value.w[0], 500000000);
    assert_int_equal(h.debt_value.w[0], 300000000);
    /* 400,000,000 may be borrowed: 4/3 */
    assert_int_equal(h.factor_wad.w[0], UINT64_C(1333333333333333333));
    adapter->set_price(rig.self, 0, true, &zero);
    h = health_of(0, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_LIQUIDATABLE); /* a price like any other */
    assert_true(lq_u256_is_zero(&h.factor_wad));
    assert_true(lq_ledger_value(rig.ledger, 0)->value == 0);
    adapter->set_price(rig.self, 0, true, &most);
    assert_int_equal(verdict(), LQ_HEALTH_REVERTS);
    assert_true(lq_ledger_value(rig.ledger, 0)->value > 1e40);
    adapter->set_price(rig.self, 0, false, NULL);
    h = health_of(0, NULL);
    assert_int_equal(h.verdict, LQ_HEALTH_UNKNOWN);
    assert_true(lq_u256_eq(&h.factor_wad, &none));
    const lq_factor_value_t *v = lq_ledger_value(rig.ledger, 0);
    assert_true(v->value != v->value);
    /* shifted: known, unknown, of another market */
    lq_price_shift_t shift = {0, true, u256_of(EVM_SCALE)};
    lq_health_view_t view = {.now_sec = 0, .shifts = &shift, .shift_cnt = 1};
    assert_int_equal(health_of(0, &view).verdict, LQ_HEALTH_SAFE);
    assert_true(adapter->shifted_value(rig.self, 0, &view).value > 0.79);
    shift.oracle = 1;
    assert_int_equal(health_of(0, &view).verdict, LQ_HEALTH_UNKNOWN);
    sim_repay(&sim, 0, 1, sim.markets[0].position[1].borrow_shares);
    assert_int_equal(apply_last(), LQ_APPLIED);
    assert_int_equal(verdict(), LQ_HEALTH_NO_DEBT); /* no price is asked for */
    assert_true(v->value != v->value);              /* and none is made up */
    adapter->set_price(rig.self, 1, true, &most);   /* of nobody's */
    rig_close(&rig);
}

static void interest_alone_makes_it_liquidatable(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_FIXED);
    double before = lq_ledger_value(rig.ledger, 1)->value;
    lq_health_view_t view = {.now_sec = sim.now_sec + UINT64_C(40) * 365 * 86400};
    assert_int_equal(health_of(0, &view).verdict, LQ_HEALTH_LIQUIDATABLE);
    assert_true(adapter->shifted_value(rig.self, 1, &view).value > before * 4 / 3);
    assert_true(lq_ledger_value(rig.ledger, 1)->value == before);
    adapter->set_now(rig.self, view.now_sec);
    assert_int_equal(verdict(), LQ_HEALTH_LIQUIDATABLE);
    assert_true(lq_ledger_value(rig.ledger, 1)->value ==
                adapter->shifted_value(rig.self, 1, &view).value);
    view.now_sec = sim.now_sec - 1; /* before the last update */
    assert_int_equal(health_of(0, &view).verdict, LQ_HEALTH_UNKNOWN);
    rig_close(&rig);
    /* so long that the contract's totals overflow */
    open_market(LQ_MORPHO_IRM_FIXED);
    sim_supply(&sim, 0, 0, UINT64_C(1) << 60);
    sim_borrow(&sim, 0, 1, UINT64_C(1) << 60);
    rig_apply_from(&rig, &sim, sim.log_cnt - 2);
    assert_int_equal(verdict(), LQ_HEALTH_LIQUIDATABLE);
    view.now_sec = UINT64_MAX;
    assert_int_equal(health_of(0, &view).verdict, LQ_HEALTH_REVERTS);
    double v = adapter->shifted_value(rig.self, 1, &view).value;
    assert_true(v != v);
    rig_close(&rig);
}

/* ---- snapshots ---- */

static void copy_pieces(rig_t *to, rig_t *from)
{
    lq_undo_piece_t a[LQ_LEDGER_PIECE_MAX];
    lq_undo_piece_t b[LQ_LEDGER_PIECE_MAX];
    size_t cnt = lq_ledger_pieces(from->ledger, a);
    assert_int_equal(lq_ledger_pieces(to->ledger, b), cnt);
    for (size_t k = 0; k < cnt; k++)
        memcpy(b[k].data, a[k].data, a[k].sz);
    assert_ok(lq_ledger_restored(to->ledger));
    cnt = adapter->pieces(from->self, a);
    assert_true(cnt <= LQ_ADAPTER_PIECE_MAX);
    assert_int_equal(adapter->pieces(to->self, b), cnt);
    for (size_t k = 0; k < cnt; k++) {
        assert_true(a[k].sz <= b[k].max);
        memcpy(b[k].data, a[k].data, a[k].sz);
    }
}

static void a_snapshot_gives_the_same_state_and_a_damaged_one_is_refused(void **state)
{
    rig_t copy;
    size_t refused = 0;
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t n = 0; n < 400; n++) {
        open_market((lq_morpho_irm_kind_t)(n % 4));
        sim_create(&sim, 1);
        assert_int_not_equal(apply(&sim.logs[sim.log_cnt - (n % 4 == 1 ? 2 : 1)]),
                             LQ_APPLIED_FAULT);
        lq_ledger_settled(rig.ledger);
        rig_open(&copy, NULL, 0);
        copy_pieces(&copy, &rig);
        lq_undo_piece_t pieces[LQ_ADAPTER_PIECE_MAX];
        size_t piece_cnt = adapter->pieces(copy.self, pieces);
        if (n < 8) {
            assert_ok(adapter->restored(copy.self));
            lq_health_t h;
            lq_health_t g = health_of(0, NULL);
            adapter->health(copy.self, &h, 0, NULL);
            assert_int_equal(h.verdict, g.verdict);
            assert_true(lq_u256_eq(&h.factor_wad, &g.factor_wad));
            sim_supply(&sim, 0, 0, 77);
            assert_int_equal(adapter->apply(copy.self, &sim.logs[sim.log_cnt - 1].log, sim.now_sec),
                             LQ_APPLIED);
        } else {
            const lq_undo_piece_t *p = &pieces[lq_rng_below(&rng, piece_cnt)];
            if (p->sz == 0) {
                rig_close(&copy);
                rig_close(&rig);
                continue;
            }
            ((uint8_t *)p->data)[lq_rng_below(&rng, p->sz)] ^=
                (uint8_t)(1 + lq_rng_below(&rng, 255));
            lq_err_t err = adapter->restored(copy.self);
            assert_true(err == LQ_OK || err == LQ_ERR_RANGE);
            refused += err != LQ_OK;
            lq_ledger_clear(copy.ledger);
            adapter->clear(copy.self);
            assert_int_equal(adapter->oracle_cnt(copy.self), 0);
            assert_ok(adapter->restored(copy.self));
        }
        rig_close(&copy);
        rig_close(&rig);
    }
    assert_true(refused > 50);
}

static void reread_keeps_names_and_asks_for_the_rest(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ADAPTIVE);
    size_t watch_cnt = adapter->watch(rig.self, NULL, 0);
    lq_ledger_settled(rig.ledger);
    adapter->reread(rig.self);
    assert_true(is_marked());
    assert_int_equal(verdict(), LQ_HEALTH_UNKNOWN);
    assert_int_equal(adapter->watch(rig.self, NULL, 0), watch_cnt);
    assert_int_equal(adapter->oracle_cnt(rig.self), 1);
    rig_read_all(&rig, &sim);
    assert_int_equal(verdict(), LQ_HEALTH_SAFE);
    rig_close(&rig);
}

/* Read at a block of another branch, on which its market was not created, or not yet. */
static void reread_takes_a_market_that_is_not_there_any_more(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ADAPTIVE);
    sim_market_t created = sim.markets[0];
    sim.markets[0].m = (lq_morpho_market_t){.last_update_sec = 0};
    lq_ledger_settled(rig.ledger);
    adapter->reread(rig.self);
    lq_ledger_set_state(rig.ledger, 0, LQ_ACCOUNT_UNKNOWN);
    rig_read_all(&rig, &sim);
    assert_false(is_marked());
    assert_int_equal(verdict(), LQ_HEALTH_NO_DEBT);
    sim = (sim_t){.now_sec = sim.now_sec + 12, .markets = {created}};
    sim.markets[0].m = (lq_morpho_market_t){.last_update_sec = 0};
    memset(sim.markets[0].position, 0, sizeof(sim.markets[0].position));
    sim_create(&sim, 0);
    sim_supply(&sim, 0, 0, 1000000000);
    sim_supply_collateral(&sim, 0, 1, 500000000);
    sim_borrow(&sim, 0, 1, 300000000);
    rig_apply_from(&rig, &sim, 0);
    rig_read_all(&rig, &sim);
    adapter->set_price(rig.self, 0, true, &sim.markets[0].price);
    adapter->set_now(rig.self, sim.now_sec);
    assert_int_equal(verdict(), LQ_HEALTH_SAFE);
    rig_close(&rig);
}

static void without_debt_no_market_matters(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_UNKNOWN);
    sim_repay(&sim, 0, 1, sim.markets[0].position[1].borrow_shares);
    rig_apply_from(&rig, &sim, sim.log_cnt - 1);
    sim_borrow(&sim, 0, 2, 5);
    rig_apply_from(&rig, &sim, sim.log_cnt - 1);
    sim.now_sec += 12;
    adapter->set_now(rig.self, sim.now_sec); /* its rate is not known */
    assert_int_equal(verdict(), LQ_HEALTH_NO_DEBT);
    assert_int_equal(health_of(0, NULL).collateral_value.w[0], 500000000);
    adapter->reread(rig.self);
    assert_int_equal(verdict(), LQ_HEALTH_NO_DEBT);
    rig_close(&rig);
}

static void undone_markets_leave_room_for_others(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ZERO);
    lq_ledger_settled(rig.ledger);
    uint64_t before = lq_undo_digest(rig.undo);
    for (uint64_t n = 0; n < 100; n++) { /* far more ids than the map has room for */
        lq_undo_begin(rig.undo, 50);
        sim.log_cnt = 10;
        sim_define(&sim, 1, LQ_MORPHO_IRM_ZERO, 1000 + n);
        sim_create(&sim, 1);
        assert_int_equal(apply_last(), LQ_APPLIED);
        sim_define(&sim, 2, LQ_MORPHO_IRM_ZERO, 100000 + n);
        sim_create(&sim, 2);
        assert_int_equal(apply_last(), LQ_APPLIED);
        assert_int_equal(adapter->oracle_cnt(rig.self), 3);
        lq_ledger_settled(rig.ledger);
        assert_ok(lq_undo_back(rig.undo, 50));
        assert_int_equal(lq_undo_digest(rig.undo), before);
    }
    assert_int_equal(verdict(), LQ_HEALTH_SAFE);
    rig_close(&rig);
}

static void finds_its_price_among_those_of_many_markets(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ZERO);
    for (size_t n = 1; n < MARKET_MAX; n++) {
        sim_create(&sim, n);
        sim_supply(&sim, n, 0, 1000000000);
        sim_supply_collateral(&sim, n, 1, 500000000);
        sim_borrow(&sim, n, 1, 300000000);
    }
    rig_apply_from(&rig, &sim, 4);
    rig_read_all(&rig, &sim);
    /* every set of the markets has a shift, each by its own price */
    for (unsigned set = 0; set < 1u << MARKET_MAX; set++) {
        lq_price_shift_t shifts[MARKET_MAX];
        lq_health_view_t view = {.shifts = shifts};
        for (uint32_t i = 0; i < MARKET_MAX; i++) {
            adapter->set_price(rig.self, i, i % 2, &sim.markets[0].price);
            if (!(set >> i & 1))
                continue;
            lq_u256_t by = lq_u256_from_u64(2 + i);
            lq_u256_t price = lq_u256_mul_wrap(&sim.markets[0].price, &by);
            shifts[view.shift_cnt++] = (lq_price_shift_t){i, true, price};
        }
        for (uint32_t i = 0; i < MARKET_MAX; i++) {
            uint64_t times = set >> i & 1 ? 2 + i : i % 2;
            assert_int_equal(health_of(i, &view).collateral_value.w[0], 500000000 * times);
        }
    }
    rig_close(&rig);
}

static void audits_name_what_differs(void **state)
{
    (void)state;
    for (size_t n = 0; n < 9; n++) {
        open_market(LQ_MORPHO_IRM_ADAPTIVE);
        questions_t q;
        answers_t a;
        lq_audit_t want;
        lq_audit_t got;
        sim.now_sec += 12;
        questions_init(&q);
        assert_ok(adapter->audit_reads(rig.self, &q.calls, 0));
        sim_market_t *x = &sim.markets[0];
        lq_u128_t *const values[] = {&x->position[1].borrow_shares, &x->position[1].collateral,
                                     &x->m.total_supply_assets,     &x->m.total_supply_shares,
                                     &x->m.total_borrow_assets,     &x->m.total_borrow_shares};
        if (n < 6)
            ++*values[n];
        else if (n == 6)
            x->m.fee_wad++;
        else if (n == 7)
            x->m.last_update_sec--;
        else
            x->irm.rate_wad += 1000;
        sim_answer(&sim, &a, &q);
        assert_ok(adapter->audit_expected(rig.self, &want, 0, sim.now_sec));
        assert_ok(adapter->audit_actual(rig.self, &got, 0, a.results, a.cnt));
        assert_int_equal(want.cnt, 9);
        assert_int_equal(got.cnt, 9);
        for (size_t k = 0; k < 9; k++)
            assert_int_equal(lq_u256_eq(&want.values[k], &got.values[k]), k != n);
        a.results[n % a.cnt].ok = false;
        assert_err(adapter->audit_actual(rig.self, &got, 0, a.results, a.cnt), LQ_ERR_SYNTAX);
        assert_err(adapter->audit_actual(rig.self, &got, 0, a.results, a.cnt - 2), LQ_ERR_SYNTAX);
        rig_close(&rig);
    }
}

/* A lie got into its totals: the account's own read does not mend it. */
static void reads_again_the_market_of_a_doubted_account(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ADAPTIVE);
    questions_t q;
    answers_t a;
    lq_audit_t want;
    lq_audit_t got;
    lq_morpho_market_t *m = &sim.markets[0].m;
    lq_subject_t market = {2, 0};
    m->total_supply_assets++;
    assert_int_equal(rig_read(&rig, &sim, market), LQ_APPLIED);
    m->total_supply_assets--;
    questions_init(&q);
    assert_ok(adapter->audit_reads(rig.self, &q.calls, 0));
    sim_answer(&sim, &a, &q);
    assert_ok(adapter->audit_expected(rig.self, &want, 0, sim.now_sec));
    assert_int_equal(want.own_cnt, 2);
    assert_false(lq_u256_eq(&want.values[2], &(lq_u256_t){{(uint64_t)m->total_supply_assets, 0}}));
    adapter->doubt(rig.self, 0);
    assert_int_equal(verdict(), LQ_HEALTH_UNKNOWN);
    assert_err(adapter->audit_expected(rig.self, &want, 0, sim.now_sec), LQ_ERR_EMPTY);
    /* What was asked before decodes as it was asked. */
    assert_ok(adapter->audit_actual(rig.self, &got, 0, a.results, a.cnt));
    assert_int_equal(got.cnt, 9);
    assert_int_equal(got.own_cnt, 2);
    lq_subject_t at = {0, 0};
    assert_true(adapter->next(rig.self, &at));
    assert_memory_equal(&at, &market, sizeof(at));
    uint64_t digest = lq_undo_digest(rig.undo);
    adapter->doubt(rig.self, 0); /* is being read */
    assert_true(digest == lq_undo_digest(rig.undo));
    rig_read_all(&rig, &sim);
    assert_ok(adapter->audit_expected(rig.self, &want, 0, sim.now_sec));
    assert_memory_equal(want.values, got.values, want.cnt * sizeof(want.values[0]));
    rig_close(&rig);
}

static void no_oracle_can_have_an_audit_fail(void **state)
{
    questions_t q;
    answers_t a;
    lq_audit_t want;
    lq_audit_t got;
    (void)state;
    open_market(LQ_MORPHO_IRM_ADAPTIVE);
    for (size_t n = 0; n < 2; n++) {
        sim.markets[0].price.w[0] += n;
        if (n)
            adapter->set_price(rig.self, 0, false, NULL);
        questions_init(&q);
        assert_ok(adapter->audit_reads(rig.self, &q.calls, 0));
        for (size_t k = 0; k < q.calls.call_cnt; k++)
            assert_memory_not_equal(&q.calls.calls[k].to, &sim.markets[0].params.oracle, 20);
        sim_answer(&sim, &a, &q);
        assert_ok(adapter->audit_expected(rig.self, &want, 0, sim.now_sec));
        assert_ok(adapter->audit_actual(rig.self, &got, 0, a.results, a.cnt));
        assert_int_equal(want.cnt, got.cnt);
        assert_memory_equal(want.values, got.values, want.cnt * sizeof(want.values[0]));
    }
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topics_are_those_of_the_events),
        cmocka_unit_test(refuses_configurations_out_of_range),
        cmocka_unit_test(keeps_only_the_markets_it_is_told_to),
        cmocka_unit_test(a_read_that_names_a_new_model_says_so),
        cmocka_unit_test(a_full_table_harms_nobody_in_it),
        cmocka_unit_test(a_full_ledger_is_told_and_harms_nobody_in_it),
        cmocka_unit_test(a_model_that_speaks_otherwise_is_unknown),
        cmocka_unit_test(the_rate_of_an_unknown_model_lasts_until_the_totals_move),
        cmocka_unit_test(a_rate_that_is_not_known_is_to_be_read_at_once),
        cmocka_unit_test(answers_that_fit_nothing_change_nothing),
        cmocka_unit_test(answers_for_another_market_are_not_taken),
        cmocka_unit_test(answers_that_the_market_denies_have_it_read_again),
        cmocka_unit_test(reads_that_find_no_room_leave_the_calls_as_they_were),
        cmocka_unit_test(prices_of_every_kind_have_their_verdict),
        cmocka_unit_test(interest_alone_makes_it_liquidatable),
        cmocka_unit_test(a_snapshot_gives_the_same_state_and_a_damaged_one_is_refused),
        cmocka_unit_test(reread_keeps_names_and_asks_for_the_rest),
        cmocka_unit_test(reread_takes_a_market_that_is_not_there_any_more),
        cmocka_unit_test(without_debt_no_market_matters),
        cmocka_unit_test(undone_markets_leave_room_for_others),
        cmocka_unit_test(finds_its_price_among_those_of_many_markets),
        cmocka_unit_test(audits_name_what_differs),
        cmocka_unit_test(reads_again_the_market_of_a_doubted_account),
        cmocka_unit_test(no_oracle_can_have_an_audit_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
