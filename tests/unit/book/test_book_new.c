#include "book_rig.h"

static const lq_book_config_t small = {
    .account_max = 16, .factor_max = 8, .group_max = 4, .oracle_max = 4, .margin_bps = 100};

static lq_err_t make(const lq_book_config_t *config, size_t state_sz, size_t arena_sz)
{
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_book_t *book = NULL;
    lq_book_ground_t ground = {0};
    assert_ok(lq_arena_init(&arena, (size_t)1 << 22));
    lq_undo_config_t uc = {.state_sz = state_sz, .line_max = 16, .blk_max = 2};
    assert_ok(lq_undo_new(&undo, &arena, &uc));
    lq_arena_t own;
    assert_ok(lq_arena_init(&own, arena_sz));
    lq_err_t err = lq_book_new(&book, &own, undo, config, &ground, rig_event, NULL);
    assert_true((err == LQ_OK) == (book != NULL));
    lq_arena_fini(&own);
    lq_arena_fini(&arena);
    return err;
}

static void takes_the_state_that_it_says(void **state)
{
    (void)state;
    size_t sz = lq_book_state_sz(&small) + LQ_UNDO_LINE_SZ;
    assert_ok(make(&small, sz, 1 << 20));
    assert_err(make(&small, sz - LQ_UNDO_LINE_SZ, 1 << 20), LQ_ERR_NOMEM);
    assert_err(make(&small, sz, 1024), LQ_ERR_NOMEM);
    assert_err(make(&small, sz, 64), LQ_ERR_NOMEM);
}

static void takes_60_bytes_an_account_of_a_million(void **state)
{
    (void)state;
    lq_book_config_t c = {.account_max = 1000000,
                          .factor_max = 1024,
                          .group_max = 1000000 / 32,
                          .oracle_max = 1024,
                          .margin_bps = 100};
    assert_in_range(lq_book_state_sz(&c) * 68 / 64 / c.account_max, 30, 60);
}

static void refuses_limits_out_of_range(void **state)
{
    (void)state;
    lq_book_config_t c = small;
    c.account_max = 0;
    assert_err(make(&c, 1 << 20, 1 << 20), LQ_ERR_RANGE);
    c.account_max = LQ_LEDGER_ACCOUNT_MAX + 1;
    assert_err(make(&c, 1 << 20, 1 << 20), LQ_ERR_RANGE);
    c = small;
    c.factor_max = 0;
    assert_err(make(&c, 1 << 20, 1 << 20), LQ_ERR_RANGE);
    c.factor_max = LQ_LEDGER_FACTOR_MAX + 1;
    assert_err(make(&c, 1 << 20, 1 << 20), LQ_ERR_RANGE);
    c = small;
    c.group_max = 0;
    assert_err(make(&c, 1 << 20, 1 << 20), LQ_ERR_RANGE);
    c = small;
    c.oracle_max = LQ_ORACLES_MAX + 1;
    assert_err(make(&c, 1 << 20, 1 << 20), LQ_ERR_RANGE);
    c = small;
    c.margin_bps = 10001;
    assert_err(make(&c, 1 << 20, 1 << 20), LQ_ERR_RANGE);
    c.margin_bps = 10000;
    assert_ok(make(&c, lq_book_state_sz(&c) + LQ_UNDO_LINE_SZ, 1 << 20));
}

static void follows_an_oracle_to_its_new_source(void **state)
{
    (void)state;
    rig_t *r = rig_new(lq_test_rng(), 100, FAKE_EXACT);
    rig_fill_all(r, 100);
    rig_settle(r);
    rig_begin(r);
    lq_instance_t *self = r->instances[0];
    assert_int_equal(lq_book_oracle(r->book, 0, 3), 3);
    lq_undo_write(r->undo, &self->s->sources[3], &(uint8_t){20 + 1}, 1);
    fake_set_answer(r->oracles, 20, 7777);
    assert_ok(lq_book_bind(r->book));
    assert_int_equal(lq_book_oracle(r->book, 0, 3), 20);
    assert_int_equal(self->s->prices[3], 7777);
    rig_settle(r);
    fake_set_answer(r->oracles, 3, 12345); /* the former: the other instance still asks it */
    rig_settle(r);
    assert_int_equal(self->s->prices[3], 7777);
    assert_int_equal(r->instances[1]->s->prices[6], 12345);
    fake_set_answer(r->oracles, 20, 8888);
    rig_settle(r);
    assert_int_equal(self->s->prices[3], 8888);
    rig_back(r);
    assert_int_equal(lq_book_oracle(r->book, 0, 3), 3);
    rig_free(r);
}

static void an_oracle_without_a_source_has_no_price(void **state)
{
    (void)state;
    rig_t *r = rig_new(lq_test_rng(), 100, FAKE_EXACT);
    rig_fill_all(r, 100);
    rig_settle(r);
    lq_instance_t *self = r->instances[0];
    lq_undo_write(r->undo, &self->s->sources[2], &(uint8_t){0}, 1);
    assert_ok(lq_book_bind(r->book));
    assert_int_equal(lq_book_oracle(r->book, 0, 2), LQ_LEDGER_NONE);
    assert_int_equal(lq_book_oracle(r->book, 0, 40), LQ_LEDGER_NONE);
    assert_false(self->s->known[2]);
    rig_settle(r);
    lq_undo_write(r->undo, &self->s->sources[2], &(uint8_t){2 + 1}, 1);
    assert_ok(lq_book_bind(r->book));
    assert_true(self->s->known[2]);
    rig_settle(r);
    rig_free(r);
}

static void says_when_an_oracle_cannot_be_bound(void **state)
{
    (void)state;
    rig_t *r = rig_new(lq_test_rng(), 100, FAKE_EXACT);
    lq_instance_t *self = r->instances[0];
    lq_undo_write(r->undo, &self->s->sources[2], &(uint8_t){200}, 1);
    lq_undo_write(r->undo, &self->s->sources[4], &(uint8_t){9 + 1}, 1);
    assert_err(lq_book_bind(r->book), LQ_ERR_FULL);
    assert_int_equal(lq_book_oracle(r->book, 0, 2), LQ_LEDGER_NONE);
    assert_false(self->s->known[2]);
    assert_int_equal(lq_book_oracle(r->book, 0, 4), 9); /* the others are */
    rig_free(r);
}

static void counts_when_no_group_is_left(void **state)
{
    (void)state;
    rig_t *r = rig_new(lq_test_rng(), 2, FAKE_EXACT);
    rig_fill_all(r, 200);
    rig_settle(r);
    lq_book_stat_t stat = lq_book_stat(r->book);
    assert_int_equal(stat.group_cnt, 2);
    assert_true(stat.group_full_cnt > 0);
    rig_free(r);
}

static void computes_no_health_of_those_whom_nothing_endangers(void **state)
{
    (void)state;
    rig_t *r = rig_new(lq_test_rng(), 400, FAKE_WORST);
    for (size_t i = 0; i < RIG_ACCOUNTS; i++) {
        uint32_t account = rig_add_account(r, r->pools[0]);
        uint64_t debt = (1u << 20) + rig_below(r, 1u << 20);
        rig_set(r, account, r->collateral[0][0], 100 * debt);
        rig_set(r, account, r->collateral[0][rig_below(r, RIG_ASSETS)], 100 * debt);
        rig_set(r, account, r->debt[rig_below(r, RIG_ASSETS)], debt);
    }
    rig_settle(r);
    uint64_t looks = 0;
    for (size_t i = 0; i < 500; i++) {
        uint32_t feed = (uint32_t)rig_below(r, RIG_ASSETS);
        uint64_t answer = r->oracles->s->answers[feed];
        fake_set_answer(r->oracles, feed, answer - answer / 200 + rig_below(r, answer / 100 + 1));
        rig_settle(r);
        looks = lq_book_stat(r->book).group_look_cnt;
    }
    assert_int_equal(lq_book_stat(r->book).check_cnt, 0);
    assert_true(looks < 500);
    rig_free(r);
}

static void nudge_price(rig_t *r)
{
    fake_set_answer(r->oracles, 3, r->oracles->s->answers[3] - 64);
    lq_book_settle(r->book);
}

static void asks_again_whose_health_has_no_verdict(void **state)
{
    (void)state;
    static const lq_health_verdict_t odd[] = {LQ_HEALTH_REVERTS, LQ_HEALTH_UNKNOWN};
    rig_t *r = rig_new(lq_test_rng(), 100, FAKE_EXACT);
    uint32_t account = rig_add_account(r, r->pools[0]);
    /* a crumb, which is computed at each look */
    rig_set(r, account, r->collateral[0][3], 1000);
    rig_set(r, account, r->debt[4], 1000000);
    rig_settle(r);
    assert_int_equal(lq_book_tier(r->book, account), LQ_TIER_LIQUIDATABLE);
    for (size_t i = 0; i < 2; i++) {
        r->instances[0]->is_odd = true;
        r->instances[0]->odd = odd[i];
        nudge_price(r);
        assert_int_equal(lq_book_tier(r->book, account), LQ_TIER_NONE);
        assert_int_equal(r->told[account], LQ_TIER_NONE);
        size_t event_cnt = r->event_cnt;
        nudge_price(r);
        assert_int_equal(r->event_cnt, event_cnt);
        r->instances[0]->is_odd = false;
        nudge_price(r);
        assert_int_equal(lq_book_tier(r->book, account), LQ_TIER_LIQUIDATABLE);
        assert_int_equal(r->told[account], LQ_TIER_LIQUIDATABLE);
    }
    rig_free(r);
}

static void computes_no_health_of_those_who_stay_what_they_are(void **state)
{
    (void)state;
    rig_t *r = rig_new(lq_test_rng(), 100, FAKE_EXACT);
    fake_set_answer(r->oracles, 3, 1u << 26);
    fake_set_answer(r->oracles, 4, 1u << 26);
    for (size_t i = 0; i < 100; i++) { /* the threshold is 790 / 1024; the margin 200 bps */
        uint32_t account = rig_add_account(r, r->pools[0]);
        uint64_t debt = 1000000 + i;
        rig_set(r, account, r->debt[4], debt);
        rig_set(r, account, r->collateral[0][3], debt * 1024 / 790 * (i % 2 ? 1010 : 900) / 1000);
    }
    rig_settle(r);
    assert_int_equal(lq_book_stat(r->book).tier_cnt[LQ_TIER_ARMED], 50);
    assert_int_equal(lq_book_stat(r->book).tier_cnt[LQ_TIER_LIQUIDATABLE], 50);
    uint64_t check_cnt = lq_book_stat(r->book).check_cnt;
    for (unsigned i = 0; i < 100; i++) {
        fake_set_answer(r->oracles, 3, (1u << 26) - (i % 7) * 1000);
        fake_set_answer(r->oracles, 4, (1u << 26) - (i % 5) * 1000);
        rig_settle(r);
    }
    assert_true(lq_book_stat(r->book).check_cnt == check_cnt);
    fake_set_answer(r->oracles, 3, (UINT64_C(1) << 26) / 90 * 101); /* to 1.01 and 1.13 */
    rig_settle(r);
    assert_true(lq_book_stat(r->book).check_cnt > check_cnt);
    assert_int_equal(lq_book_stat(r->book).tier_cnt[LQ_TIER_ARMED], 50);
    rig_free(r);
}

/* No collateral at all; two debts, of which the one that counts comes to nothing. */
static void computes_who_owed_much_when_it_comes_to_nothing(void **state)
{
    (void)state;
    rig_t *r = rig_new(lq_test_rng(), 100, FAKE_EXACT);
    uint32_t account = rig_add_account(r, r->pools[0]);
    fake_set_answer(r->oracles, 4, 1u << 30);
    rig_set(r, account, r->debt[4], 1000000);
    rig_set(r, account, r->debt[5], 1);
    rig_settle(r);
    assert_int_equal(lq_book_tier(r->book, account), LQ_TIER_LIQUIDATABLE);
    r->instances[0]->is_odd = true;
    r->instances[0]->odd = LQ_HEALTH_NO_DEBT;
    fake_set_answer(r->oracles, 4, 1u << 25);
    lq_book_settle(r->book);
    assert_int_equal(lq_book_tier(r->book, account), LQ_TIER_SAFE);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_state_that_it_says),
        cmocka_unit_test(takes_60_bytes_an_account_of_a_million),
        cmocka_unit_test(refuses_limits_out_of_range),
        cmocka_unit_test(follows_an_oracle_to_its_new_source),
        cmocka_unit_test(an_oracle_without_a_source_has_no_price),
        cmocka_unit_test(says_when_an_oracle_cannot_be_bound),
        cmocka_unit_test(counts_when_no_group_is_left),
        cmocka_unit_test(computes_no_health_of_those_whom_nothing_endangers),
        cmocka_unit_test(asks_again_whose_health_has_no_verdict),
        cmocka_unit_test(computes_no_health_of_those_who_stay_what_they_are),
        cmocka_unit_test(computes_who_owed_much_when_it_comes_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
