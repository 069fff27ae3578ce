#include "book_rig.h"

/* One thing that happens; settling follows. */
static void move_price(rig_t *r)
{
    static const uint32_t size_bps[] = {1, 10, 100, 1000, 9500};
    uint32_t feed = (uint32_t)rig_below(r, RIG_ASSETS);
    uint64_t answer = r->oracles->s->answers[feed];
    uint64_t size = size_bps[rig_below(r, 20) ? rig_below(r, 4) : 4];
    uint64_t step = answer * size / 10000 + 1;
    if (answer > 1u << 27 || (answer > 1u << 20 && rig_below(r, 2)))
        answer -= rig_below(r, step);
    else
        answer += rig_below(r, step);
    fake_set_answer(r->oracles, feed, answer ? answer : 1u << 24);
}

static void lose_price(rig_t *r)
{
    uint32_t feed = (uint32_t)rig_below(r, RIG_ASSETS);
    fake_set_answer(r->oracles, feed, rig_below(r, 3) ? (1u << 24) + rig_below(r, 1u << 24) : 0);
}

static void change_factor(rig_t *r)
{
    bool market = rig_below(r, 4) == 0;
    uint16_t factor = market ? r->market_collateral[rig_below(r, RIG_MARKETS)]
                             : r->collateral[rig_below(r, 2)][rig_below(r, RIG_ASSETS)];
    lq_instance_t *self = r->instances[market];
    fake_factor_t f = self->s->factors[factor];
    switch (rig_below(r, 3)) {
    case 0: /* threshold, to 0 at times */
        f.weight = rig_below(r, 4) ? 700 + (uint32_t)rig_below(r, 300) : 0;
        break;
    case 1:
        f.value_loss = 1 + (uint32_t)rig_below(r, 8);
        f.amount_loss = (uint32_t)rig_below(r, 4);
        break;
    default:
        f.health_loss = (uint32_t)rig_below(r, 200000);
        break;
    }
    fake_set_factor(self, factor, f);
}

static void change_account(rig_t *r)
{
    size_t cnt = lq_ledger_cnt(r->ledger);
    if (cnt < RIG_ACCOUNTS && rig_below(r, 8) == 0) {
        rig_fill_all(r, 1);
        return;
    }
    uint32_t account = (uint32_t)rig_below(r, cnt);
    if (rig_below(r, 4))
        rig_fill(r, account);
    else
        lq_ledger_set_state(r->ledger, account,
                            rig_below(r, 3) ? LQ_ACCOUNT_KNOWN : LQ_ACCOUNT_QUARANTINED);
}

static void anything(rig_t *r)
{
    switch (rig_below(r, 16)) {
    case 0:
        lose_price(r);
        break;
    case 1:
    case 2:
        change_factor(r);
        break;
    case 3:
    case 4:
    case 5:
    case 6:
        change_account(r);
        break;
    case 7:
        lq_book_set_now(r->book, lq_book_now(r->book) + rig_below(r, 1000));
        break;
    default:
        move_price(r);
        break;
    }
}

static void live(rig_t *r, size_t steps)
{
    for (size_t i = 0; i < steps; i++) {
        uint64_t blocks = rig_below(r, 8);
        if (blocks == 0) {
            rig_begin(r);
        } else if (blocks == 1 && r->block_cnt > 0) {
            rig_back(r);
            rig_settle(r);
        }
        for (uint64_t joint = 1 + (rig_below(r, 4) ? 0 : rig_below(r, 12)); joint-- > 0;)
            anything(r);
        rig_settle(r);
    }
}

static void live_in(size_t group_max, fake_rounding_t rounding)
{
    lq_rng_t rng = lq_test_rng();
    for (size_t n = lq_test_cnt(4, 200); n-- > 0;) {
        lq_rng_t own;
        lq_rng_seed(&own, lq_rng_u64(&rng));
        rig_t *r = rig_new(own, group_max, rounding);
        rig_fill_all(r, RIG_ACCOUNTS / 2);
        rig_settle(r);
        live(r, 600);
        rig_free(r);
    }
}

static void tells_who_is_liquidatable_as_a_full_scan_does(void **state)
{
    (void)state;
    live_in(1000, FAKE_CHANCE);
}

static void tells_it_of_a_contract_that_rounds_as_badly_as_it_may(void **state)
{
    (void)state;
    live_in(1000, FAKE_WORST);
}

static void tells_it_of_an_exact_contract(void **state)
{
    (void)state;
    live_in(1000, FAKE_EXACT);
}

static void tells_it_with_few_groups(void **state)
{
    (void)state;
    live_in(40, FAKE_CHANCE);
    live_in(1, FAKE_CHANCE);
}

static void rebuilding_finds_what_settling_did(void **state)
{
    (void)state;
    rig_t *r = rig_new(lq_test_rng(), 1000, FAKE_CHANCE);
    rig_fill_all(r, RIG_ACCOUNTS);
    rig_settle(r);
    for (size_t i = 0; i < 20; i++) {
        live(r, 20);
        lq_undo_forget(r->undo, 0);
        r->block_cnt = 0;
        memset(r->told, 0, sizeof(r->told));
        lq_book_rebuild(r->book);
        rig_check(r);
    }
    rig_free(r);
}

static void lists_the_riskiest_by_their_bounds(void **state)
{
    (void)state;
    rig_t *r = rig_new(lq_test_rng(), 1000, FAKE_CHANCE);
    rig_fill_all(r, RIG_ACCOUNTS);
    rig_settle(r);
    live(r, 50);
    uint32_t out[RIG_ACCOUNTS];
    for (size_t max = 0; max < 60; max += 7) {
        size_t cnt = lq_book_riskiest(r->book, out, max);
        double last = -1;
        bool listed[RIG_ACCOUNTS] = {false};
        for (size_t i = 0; i < cnt; i++) {
            double bound = lq_book_bound(r->book, out[i]);
            assert_true(bound >= last - 1e-6);
            assert_true(lq_book_tier(r->book, out[i]) != LQ_TIER_NONE);
            assert_false(listed[out[i]]);
            listed[out[i]] = true;
            last = bound;
        }
        for (uint32_t i = 0; cnt > 0 && i < lq_ledger_cnt(r->ledger); i++) {
            if (!listed[i] && lq_book_tier(r->book, i) != LQ_TIER_NONE)
                assert_true(cnt == max && lq_book_bound(r->book, i) >= last - 1e-6);
        }
    }
    rig_free(r);
}

static void names_all_whom_a_view_endangers(void **state)
{
    (void)state;
    rig_t *r = rig_new(lq_test_rng(), 1000, FAKE_WORST);
    rig_fill_all(r, RIG_ACCOUNTS);
    rig_settle(r);
    uint32_t out[RIG_ACCOUNTS];
    for (size_t n = lq_test_cnt(200, 5000); n-- > 0;) {
        anything(r);
        rig_settle(r);
        uint64_t digest = lq_undo_digest(r->undo);
        lq_price_overlay_t overlays[2];
        for (size_t i = 0; i < 2; i++) {
            overlays[i].feed = (uint32_t)rig_below(r, RIG_ASSETS);
            overlays[i].answer = lq_i256_from_i64((int64_t)rig_below(r, 1u << 26));
        }
        lq_book_view_t view = {.overlays = overlays, .overlay_cnt = 1 + rig_below(r, 2)};
        view.now_sec = rig_below(r, 2) ? 0 : lq_book_now(r->book) + rig_below(r, 1000);
        size_t cnt = lq_book_endangered(r->book, out, RIG_ACCOUNTS, &view);
        bool listed[RIG_ACCOUNTS] = {false};
        for (size_t i = 0; i < cnt; i++)
            listed[out[i]] = true;
        size_t liquidatable_cnt = 0;
        for (uint32_t i = 0; i < lq_ledger_cnt(r->ledger); i++) {
            lq_health_t health;
            lq_book_health(r->book, &health, i, &view);
            liquidatable_cnt += health.verdict == LQ_HEALTH_LIQUIDATABLE;
            if (health.verdict == LQ_HEALTH_LIQUIDATABLE)
                assert_true(listed[i]);
        }
        assert_true(cnt <= liquidatable_cnt + 80);
        assert_true(lq_undo_digest(r->undo) == digest);
        assert_int_equal(lq_book_endangered(r->book, out, 0, &view), cnt);
    }
    rig_free(r);
}

/* However many markets a feed moves. */
static void an_account_of_an_isolated_market_asks_its_own_oracles_alone(void **state)
{
    (void)state;
    rig_t *r = rig_new(lq_test_rng(), 1000, FAKE_EXACT);
    rig_fill_all(r, RIG_ACCOUNTS);
    for (size_t n = lq_test_cnt(30, 300); n-- > 0;) {
        anything(r);
        rig_settle(r);
        lq_price_overlay_t overlay = {.feed = (uint32_t)rig_below(r, RIG_ASSETS)};
        overlay.answer = lq_i256_from_i64((int64_t)rig_below(r, 1u << 26));
        lq_book_view_t view = {.overlays = &overlay, .overlay_cnt = 1};
        const lq_instance_t *self = r->instances[1];
        for (uint32_t a = 0; a < lq_ledger_cnt(r->ledger); a++) {
            uint32_t pool = lq_ledger_account(r->ledger, a).pool;
            if (lq_ledger_pool(r->ledger, pool).instance != 1)
                continue;
            lq_price_shift_t shifts[FAKE_ORACLE_MAX];
            lq_health_view_t all = {.shifts = shifts};
            for (; all.shift_cnt < self->s->oracle_cnt; all.shift_cnt++) {
                lq_price_shift_t *s = &shifts[all.shift_cnt];
                uint32_t oracle = self->s->sources[all.shift_cnt] - 1u;
                *s = (lq_price_shift_t){.oracle = (uint32_t)all.shift_cnt};
                s->known =
                    lq_oracles_eval(r->oracles, &s->price, oracle, &overlay, 1, 0) == LQ_PRICE_OK;
            }
            lq_health_t want;
            lq_health_t got;
            fake_isolated_adapter.health(self, &want, a, &all);
            size_t before = fake_eval_cnt;
            lq_book_health(r->book, &got, a, &view);
            assert_true(fake_eval_cnt - before <= lq_ledger_legs(r->ledger, a).cnt);
            assert_int_equal(got.verdict, want.verdict);
            assert_true(lq_u256_eq(&got.factor_wad, &want.factor_wad));
        }
    }
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_who_is_liquidatable_as_a_full_scan_does),
        cmocka_unit_test(tells_it_of_a_contract_that_rounds_as_badly_as_it_may),
        cmocka_unit_test(tells_it_of_an_exact_contract),
        cmocka_unit_test(tells_it_with_few_groups),
        cmocka_unit_test(rebuilding_finds_what_settling_did),
        cmocka_unit_test(lists_the_riskiest_by_their_bounds),
        cmocka_unit_test(names_all_whom_a_view_endangers),
        cmocka_unit_test(an_account_of_an_isolated_market_asks_its_own_oracles_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
