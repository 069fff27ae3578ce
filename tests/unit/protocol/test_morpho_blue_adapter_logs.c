#include "morpho_blue_adapter_case.h"

/* What each log does, in order and out of it, and what it contradicts. */

static void a_borrower_is_unknown_until_read_and_exact_from_then_on(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ADAPTIVE);
    sim_supply_collateral(&sim, 0, 2, 1000);
    assert_int_equal(apply_last(), LQ_APPLIED);
    assert_int_equal(lq_ledger_cnt(rig.ledger), 1); /* no debt, no account */
    sim_borrow(&sim, 0, 2, 700);
    assert_int_equal(apply_last(), LQ_APPLIED);
    assert_int_equal(state_of(1), LQ_ACCOUNT_UNKNOWN);
    assert_int_equal(health_of(1, NULL).verdict, LQ_HEALTH_UNKNOWN);
    sim_supply_collateral(&sim, 0, 2, 1000);
    assert_int_equal(apply_last(), LQ_APPLIED);
    rig_read_all(&rig, &sim);
    assert_int_equal(health_of(1, NULL).verdict, LQ_HEALTH_SAFE);
    sim_repay(&sim, 0, 2, sim.markets[0].position[2].borrow_shares);
    assert_int_equal(apply_last(), LQ_APPLIED);
    assert_int_equal(health_of(1, NULL).verdict, LQ_HEALTH_NO_DEBT);
    sim_withdraw_collateral(&sim, 0, 2, 1500);
    assert_int_equal(apply_last(), LQ_APPLIED);
    sim_borrow(&sim, 0, 2, 600);
    assert_int_equal(apply_last(), LQ_APPLIED);
    assert_int_equal(health_of(1, NULL).verdict, LQ_HEALTH_LIQUIDATABLE);
    rig_close(&rig);
}

static void who_repays_or_is_liquidated_unseen_is_added_and_told(void **state)
{
    (void)state;
    for (size_t n = 0; n < 2; n++) {
        open_market(LQ_MORPHO_IRM_ZERO);
        sim_supply_collateral(&sim, 0, 2, 1000);
        sim_borrow(&sim, 0, 2, 700);
        /* the market is as after the Borrow, the account is missing */
        rig_close(&rig);
        rig_open(&rig, NULL, 0);
        rig_apply_from(&rig, &sim, 0);
        rig_close(&rig);
        rig_open(&rig, NULL, 0);
        assert_ok(adapter->discover(rig.self, &sim.logs[0].log));
        lq_subject_t at = {0, 0};
        assert_true(adapter->next(rig.self, &at));
        assert_int_equal(rig_read(&rig, &sim, at), LQ_APPLIED);
        assert_int_equal(lq_ledger_cnt(rig.ledger), 0);
        if (n == 0)
            sim_repay(&sim, 0, 2, 1000000);
        else
            sim_liquidate(&sim, 0, 2, 10, 1000000);
        assert_int_equal(apply_last(), LQ_APPLIED_FAULT);
        assert_false(is_marked());
        assert_int_equal(lq_ledger_cnt(rig.ledger), 1);
        assert_int_equal(state_of(0), LQ_ACCOUNT_UNKNOWN);
        rig_read_all(&rig, &sim);
        assert_true(lq_ledger_amount(rig.ledger, 0, 1) == sim.markets[0].position[2].borrow_shares);
        rig_close(&rig);
    }
}

/* One event of each kind that the model in order makes. */
static void emit_kind(size_t kind)
{
    switch (kind) {
    case 0:
        sim_supply(&sim, 0, 0, 1000);
        break;
    case 1:
        sim_withdraw(&sim, 0, 0, 1000);
        break;
    case 2:
        sim_borrow(&sim, 0, 1, 1000);
        break;
    case 3:
        sim_repay(&sim, 0, 1, 1000000);
        break;
    case 4:
        sim_withdraw_collateral(&sim, 0, 1, 1000);
        break;
    case 5:
        sim_liquidate(&sim, 0, 1, 1000, 1000000);
        break;
    case 6:
        sim_set_fee(&sim, 0, 1000);
        break;
    case 7:
        sim.now_sec += 100;
        sim_accrue(&sim, &sim.markets[0]);
        break;
    case 8:
        sim_supply_collateral(&sim, 0, 1, 1000);
        break;
    default:
        fail();
    }
}
#define EMIT_CNT 9u

/* Each word of each event's data, changed, must be seen at once, but for addresses and for the
   amounts that nothing contradicts. */
static void an_event_that_contradicts_the_market_has_it_read_again(void **state)
{
    size_t seen = 0;
    (void)state;
    for (size_t kind = 0; kind < 8; kind++) {
        for (size_t word = 0; word < 5; word++) {
            open_market(LQ_MORPHO_IRM_ADAPTIVE);
            size_t from = sim.log_cnt;
            emit_kind(kind);
            sim_log_t *l = &sim.logs[sim.log_cnt - 1];
            if (32 * word >= l->log.data_sz) {
                rig_close(&rig);
                continue;
            }
            for (; from + 1 < sim.log_cnt; from++)
                assert_int_equal(apply(&sim.logs[from]), LQ_APPLIED);
            uint64_t before = lq_undo_digest(rig.undo);
            l->data[32 * word + 29] ^= 0x40; /* by more than rounding hides */
            lq_applied_t done = apply(l);
            bool caller = (kind == 1 || kind == 2 || kind == 4) && word == 0;
            bool free_amount =
                (kind == 4 && word == 1) || (kind == 5 && word == 2) || (kind == 6 && word == 0);
            if (!caller && !free_amount) {
                assert_int_equal(done, LQ_APPLIED_FAULT);
                assert_true(is_marked());
                assert_int_equal(verdict(), LQ_HEALTH_UNKNOWN);
                assert_true(lq_undo_digest(rig.undo) != before);
                const lq_factor_value_t *v = lq_ledger_value(rig.ledger, 1);
                assert_true(v->value != v->value);
                rig_read_all(&rig, &sim);
                adapter->set_now(rig.self, sim.now_sec);
                assert_int_equal(verdict(), LQ_HEALTH_SAFE);
                seen++;
            } else {
                assert_int_equal(done, LQ_APPLIED);
            }
            rig_close(&rig);
        }
    }
    assert_true(seen >= 13);
}

static void an_event_that_contradicts_a_position_has_it_read_again(void **state)
{
    (void)state;
    for (size_t kind = 3; kind < 6; kind++) {
        open_market(LQ_MORPHO_IRM_ZERO);
        /* another borrower, so that the market has room for what the account has not */
        sim_borrow(&sim, 0, 2, 300000000);
        rig_apply_from(&rig, &sim, sim.log_cnt - 1);
        rig_read_all(&rig, &sim);
        lq_morpho_position_t *p = &sim.markets[0].position[1];
        p->borrow_shares *= 2;
        p->collateral *= 2;
        if (kind == 3)
            sim_repay(&sim, 0, 1, p->borrow_shares / 4 * 3);
        else if (kind == 4)
            sim_withdraw_collateral(&sim, 0, 1, p->collateral / 4 * 3);
        else
            sim_liquidate(&sim, 0, 1, p->collateral / 4 * 3, 1);
        assert_int_equal(apply_last(), LQ_APPLIED_FAULT);
        assert_false(is_marked());
        assert_int_equal(state_of(0), LQ_ACCOUNT_QUARANTINED);
        assert_int_equal(verdict(), LQ_HEALTH_UNKNOWN);
        rig_read_all(&rig, &sim);
        assert_int_equal(state_of(0), LQ_ACCOUNT_KNOWN);
        rig_close(&rig);
    }
}

static void bad_debt_without_empty_collateral_is_a_contradiction(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ZERO);
    sim.markets[0].position[1].collateral = 100; /* we have more */
    sim_liquidate(&sim, 0, 1, 100, 1000000);
    assert_true(sim.markets[0].position[1].borrow_shares == 0);
    assert_int_equal(apply_last(), LQ_APPLIED_FAULT);
    assert_int_equal(state_of(0), LQ_ACCOUNT_QUARANTINED);
    assert_false(is_marked());
    rig_close(&rig);
}

static void who_owes_more_than_all_together_is_read_again(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ZERO);
    sim_borrow(&sim, 0, 2, 300000000);
    rig_apply_from(&rig, &sim, sim.log_cnt - 1);
    lq_morpho_position_t *p = &sim.markets[0].position[1];
    p->borrow_shares *= 2; /* all there are: a lie that the totals do not deny yet */
    rig_read_all(&rig, &sim);
    assert_int_equal(rig_read(&rig, &sim, (lq_subject_t){1, 0}), LQ_APPLIED);
    p->borrow_shares /= 2;
    sim_repay(&sim, 0, 2, sim.markets[0].position[2].borrow_shares);
    sim_supply_collateral(&sim, 0, 1, 5);
    assert_int_equal(apply(&sim.logs[sim.log_cnt - 2]), LQ_APPLIED);
    assert_int_equal(apply_last(), LQ_APPLIED_FAULT);
    assert_int_equal(state_of(0), LQ_ACCOUNT_QUARANTINED);
    rig_close(&rig);
}

static void a_log_that_does_not_decode_marks_what_it_is_about(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < EMIT_CNT; kind++)
        for (size_t how = 0; how < 3; how++) {
            open_market(LQ_MORPHO_IRM_ZERO);
            sim.markets[0].m.has_irm = kind == 7; /* so that there is an AccrueInterest */
            emit_kind(kind);
            sim_log_t *l = &sim.logs[sim.log_cnt - 1];
            if (how == 0)
                l->log.data_sz -= 32;
            else if (how == 1)
                l->log.topic_cnt = 2;
            else
                l->log.topic_cnt = 1;
            bool whole = how == 1 && (kind == 6 || kind == 7); /* they have no more topics */
            bool about_account = kind == 2 || kind == 3 || kind == 4 || kind == 5 || kind == 8;
            if (!whole) {
                assert_int_equal(apply(l), LQ_APPLIED_FAULT);
                assert_int_equal(is_marked(), how != 2);
                assert_int_equal(state_of(0), about_account && how != 2 ? LQ_ACCOUNT_QUARANTINED
                                                                        : LQ_ACCOUNT_KNOWN);
            }
            rig_close(&rig);
        }
}

static void logs_of_others_are_nothing_to_it(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ADAPTIVE);
    uint64_t before = lq_undo_digest(rig.undo);
    sim.now_sec += 5;
    size_t from = sim.log_cnt;
    sim_accrue(&sim, &sim.markets[0]);
    sim_log_t update = sim.logs[from];
    sim_log_t accrue = sim.logs[from + 1];
    update.log.data = update.data;
    accrue.log.data = accrue.data;
    accrue.log.address.b[5] ^= 1;
    assert_int_equal(apply(&accrue), LQ_APPLIED_NOT);
    update.log.address = morpho_address;
    assert_int_equal(apply(&update), LQ_APPLIED_NOT);
    update.log.address = irm_of(LQ_MORPHO_IRM_FIXED);
    assert_int_equal(apply(&update), LQ_APPLIED_NOT);
    update.log = sim.logs[from].log;
    update.log.topics[1].b[0] ^= 1; /* a market of nobody's */
    assert_int_equal(apply(&update), LQ_APPLIED_NOT);
    update.log.topics[0].b[0] ^= 1;
    assert_int_equal(apply(&update), LQ_APPLIED_NOT);
    update.log.topic_cnt = 0;
    assert_int_equal(apply(&update), LQ_APPLIED_NOT);
    assert_int_equal(lq_undo_digest(rig.undo), before);
    /* a model watched for its own market says something of another's */
    sim.markets[1].params.irm = irm_of(LQ_MORPHO_IRM_UNKNOWN);
    sim.markets[1].irm.kind = LQ_MORPHO_IRM_UNKNOWN;
    sim.markets[1].id = lq_morpho_market_id(&sim.markets[1].params);
    sim_create(&sim, 1);
    assert_int_equal(apply_last(), LQ_APPLIED_WATCH);
    update.log = sim.logs[from].log;
    update.log.address = sim.markets[1].params.irm;
    before = lq_undo_digest(rig.undo);
    assert_int_equal(apply(&update), LQ_APPLIED_NOT);
    assert_int_equal(lq_undo_digest(rig.undo), before);
    rig_close(&rig);
}

static void the_rate_at_target_moves_with_the_accrual_alone(void **state)
{
    (void)state;
    for (size_t how = 0; how < 4; how++) {
        open_market(LQ_MORPHO_IRM_ADAPTIVE);
        sim.now_sec += 500;
        size_t from = sim.log_cnt;
        sim_accrue(&sim, &sim.markets[0]);
        sim_log_t *update = &sim.logs[from];
        lq_health_view_t view = {.now_sec = sim.now_sec + 1000};
        lq_health_t before = health_of(0, &view);
        if (how == 0) { /* in between nothing has changed */
            assert_int_equal(apply(update), LQ_APPLIED);
            lq_health_t between = health_of(0, &view);
            assert_true(lq_u256_eq(&between.factor_wad, &before.factor_wad));
            assert_int_equal(apply_last(), LQ_APPLIED);
        } else if (how == 1) { /* lost */
            assert_int_equal(apply_last(), LQ_APPLIED_FAULT);
        } else if (how == 2) { /* twice */
            assert_int_equal(apply(update), LQ_APPLIED);
            assert_int_equal(apply(update), LQ_APPLIED_FAULT);
        } else { /* of another rate */
            update->data[31] ^= 1;
            assert_int_equal(apply(update), LQ_APPLIED_FAULT);
        }
        assert_int_equal(is_marked(), how != 0);
        rig_close(&rig);
    }
}

static void a_fixed_rate_is_set_once(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_FIXED);
    lq_u256_t rate = lq_u256_from_u64(5);
    lq_hash_t data = word_hash(&rate);
    sim_emit(&sim, sim.markets[0].params.irm, &lq_abi_morpho_blue_set_borrow_rate_event_topic,
             &sim.markets[0].id, 1, &data, 1);
    assert_int_equal(apply_last(), LQ_APPLIED_FAULT);
    assert_true(is_marked());
    rig_read_all(&rig, &sim);
    sim.now_sec += 50;
    sim.markets[0].irm.rate_wad++; /* and does not change */
    sim_accrue(&sim, &sim.markets[0]);
    assert_int_equal(apply_last(), LQ_APPLIED_FAULT);
    assert_true(is_marked());
    rig_close(&rig);
}

static void a_market_is_created_once_with_the_parameters_of_its_id(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ZERO);
    assert_int_equal(apply(&sim.logs[0]), LQ_APPLIED_FAULT);
    assert_true(is_marked());
    assert_int_equal(apply(&sim.logs[0]), LQ_APPLIED_FAULT); /* unread, and yet created before */
    rig_read_all(&rig, &sim);
    assert_int_equal(verdict(), LQ_HEALTH_SAFE);
    sim_create(&sim, 1);
    sim_log_t *l = &sim.logs[sim.log_cnt - 1];
    l->data[31] ^= 1;
    assert_int_equal(apply(l), LQ_APPLIED_FAULT);
    l->data[31] ^= 1;
    assert_int_equal(apply(l), LQ_APPLIED);
    rig_close(&rig);
}

static void an_event_of_a_market_never_seen_adds_it_to_be_read(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ZERO);
    sim_create(&sim, 1);
    sim_supply(&sim, 1, 0, 1000);
    sim_borrow(&sim, 1, 3, 10);
    assert_int_equal(apply_last(), LQ_APPLIED_FAULT);
    assert_int_equal(adapter->oracle_cnt(rig.self), 2);
    rig_read_all(&rig, &sim);
    assert_int_equal(lq_ledger_cnt(rig.ledger), 2);
    assert_true(lq_ledger_amount(rig.ledger, 1, 3) == sim.markets[1].position[3].borrow_shares);
    rig_close(&rig);
}

static void without_a_model_the_last_update_may_move_in_silence(void **state)
{
    (void)state;
    open_market(LQ_MORPHO_IRM_ZERO);
    sim.now_sec += 60;
    sim_accrue(&sim, &sim.markets[0]); /* accrueInterest(), which emits nothing */
    sim.now_sec += 60;
    sim_borrow(&sim, 0, 1, 10);
    assert_int_equal(apply_last(), LQ_APPLIED);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_borrower_is_unknown_until_read_and_exact_from_then_on),
        cmocka_unit_test(who_repays_or_is_liquidated_unseen_is_added_and_told),
        cmocka_unit_test(an_event_that_contradicts_the_market_has_it_read_again),
        cmocka_unit_test(an_event_that_contradicts_a_position_has_it_read_again),
        cmocka_unit_test(bad_debt_without_empty_collateral_is_a_contradiction),
        cmocka_unit_test(who_owes_more_than_all_together_is_read_again),
        cmocka_unit_test(a_log_that_does_not_decode_marks_what_it_is_about),
        cmocka_unit_test(logs_of_others_are_nothing_to_it),
        cmocka_unit_test(the_rate_at_target_moves_with_the_accrual_alone),
        cmocka_unit_test(a_fixed_rate_is_set_once),
        cmocka_unit_test(a_market_is_created_once_with_the_parameters_of_its_id),
        cmocka_unit_test(an_event_of_a_market_never_seen_adds_it_to_be_read),
        cmocka_unit_test(without_a_model_the_last_update_may_move_in_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
