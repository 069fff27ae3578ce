#include "lq_test.h"

#include "population.h"

/* Triggers and times of a population's accounts against a search by hand. */

/* Reserves of tests/support/population.c. */
enum {
    WETH = 0,
    WSTETH = 1,
    USDC = 10,
    USDT = 11,
    SUSDE = 13,
    LINK = 16,
    AAVE = 17,
    LINK_2 = 22,
    TRIGGER_MAX = 64,
    ANSWER_MAX = 3000,
};

/* 1e12 of the base currency's smallest unit: rounding weighs nothing, but where it has to. */
#define VALUE 1e12

typedef struct rig {
    population_t p;
    uint32_t account;
    lq_trigger_t all[TRIGGER_MAX];
    size_t cnt;
} rig_t;

static void ignore(void *ctx, const lq_book_event_t *event)
{
    (void)ctx;
    (void)event;
}

static void rig_init(rig_t *r, size_t account_cnt)
{
    population_init_book(&r->p, account_cnt, 5, ignore, NULL);
}

static void rig_fini(rig_t *r)
{
    population_fini(&r->p);
}

/* How ACCOUNT stands where FEED answers ANSWER, by no code of the book's. */
static lq_health_verdict_t stands_at(const population_t *p, uint32_t account,
                                     population_feed_t feed, const lq_i256_t *answer)
{
    lq_price_overlay_t overlay = {*answer, feed};
    lq_price_shift_t shifts[POPULATION_ASSET_CNT];
    population_shifts(p, shifts, &overlay, 1, POPULATION_NOW_SEC);
    lq_health_view_t view = {.now_sec = 0, .shifts = shifts, .shift_cnt = POPULATION_ASSET_CNT};
    lq_health_t health;
    population_adapter.health(p->instance, &health, account, &view);
    return health.verdict;
}

static bool is_liquidatable(const population_t *p, uint32_t account, population_feed_t feed,
                            int64_t answer)
{
    lq_i256_t v = lq_i256_from_i64(answer);
    return stands_at(p, account, feed, &v) == LQ_HEALTH_LIQUIDATABLE;
}

/* The new account of COLLATERAL against DEBT and its triggers. */
static void ask(rig_t *r, size_t collateral, size_t debt, double health)
{
    r->account = population_account(&r->p, collateral, debt, VALUE, health);
    lq_book_settle(r->p.book);
    r->cnt = lq_book_triggers(r->p.book, r->all, TRIGGER_MAX, r->account, 0);
    assert_true(r->cnt <= TRIGGER_MAX);
}

static const lq_trigger_t *trigger_of(const rig_t *r, population_feed_t feed)
{
    uint32_t number = population_feed(&r->p, feed);
    for (size_t i = 0; i < r->cnt; i++)
        if (r->all[i].feed == number)
            return &r->all[i];
    fail_msg("no trigger for feed %d", (int)feed);
    return NULL;
}

/* Compares with all answers from 1 to ANSWER_MAX; the present one is among them. */
static void check_all(const rig_t *r, population_feed_t feed)
{
    const lq_trigger_t *t = trigger_of(r, feed);
    int64_t now = (int64_t)r->p.feeds[feed].answer.bits.w[0];
    int64_t below = now;
    while (below > 0 && !is_liquidatable(&r->p, r->account, feed, below))
        below--;
    int64_t above = now;
    while (above < ANSWER_MAX && !is_liquidatable(&r->p, r->account, feed, above))
        above++;
    if (below == now) {
        assert_int_equal(t->kind, LQ_TRIGGER_NOW);
    } else if (below > 0) {
        assert_int_equal(t->kind, LQ_TRIGGER_BELOW);
        assert_int_equal(t->answer.bits.w[0], below);
    } else if (above < ANSWER_MAX) {
        assert_int_equal(t->kind, LQ_TRIGGER_ABOVE);
        assert_int_equal(t->answer.bits.w[0], above);
    } else {
        assert_int_equal(t->kind, LQ_TRIGGER_NEVER);
    }
}

/* Feeds so small that each answer can be tried. */
static void make_small(rig_t *r)
{
    population_answer(&r->p, FEED_LINK, 400);
    population_answer(&r->p, FEED_AAVE, 700);
    lq_book_settle(r->p.book);
}

static void finds_the_exact_answer_where_collateral_falls(void **state)
{
    (void)state;
    static rig_t r;
    const double healths[] = {1.0001, 1.003, 1.02, 1.5, 2, 7, 399};
    rig_init(&r, 10);
    make_small(&r);
    for (size_t i = 0; i < sizeof(healths) / sizeof(healths[0]); i++) {
        ask(&r, LINK, AAVE, healths[i]);
        assert_int_equal(r.cnt, 2);
        assert_int_equal(trigger_of(&r, FEED_LINK)->kind, LQ_TRIGGER_BELOW);
        check_all(&r, FEED_LINK);
    }
    rig_fini(&r);
}

static void finds_the_exact_answer_where_debt_rises(void **state)
{
    (void)state;
    static rig_t r;
    const double healths[] = {1.0001, 1.003, 1.02, 1.5, 2, 4.2};
    rig_init(&r, 10);
    make_small(&r);
    for (size_t i = 0; i < sizeof(healths) / sizeof(healths[0]); i++) {
        ask(&r, LINK, AAVE, healths[i]);
        assert_int_equal(trigger_of(&r, FEED_AAVE)->kind, LQ_TRIGGER_ABOVE);
        check_all(&r, FEED_AAVE);
    }
    rig_fini(&r);
}

static void says_now_of_who_is_liquidatable(void **state)
{
    (void)state;
    static rig_t r;
    rig_init(&r, 10);
    make_small(&r);
    ask(&r, LINK, AAVE, 0.999);
    assert_int_equal(r.cnt, 2);
    check_all(&r, FEED_LINK);
    check_all(&r, FEED_AAVE);
    rig_fini(&r);
}

/* One feed on both sides: it moves nothing but what is rounded. */
static void says_never_of_a_loop(void **state)
{
    (void)state;
    static rig_t r;
    rig_init(&r, 10);
    make_small(&r);
    ask(&r, LINK, LINK_2, 1.05);
    assert_int_equal(r.cnt, 1);
    check_all(&r, FEED_LINK);
    assert_int_equal(trigger_of(&r, FEED_LINK)->kind, LQ_TRIGGER_NEVER);
    rig_fini(&r);
}

/* wstETH against WETH: ether moves both; of the ratio a fall endangers, a rise is capped. */
static void finds_the_ratio_of_a_loop(void **state)
{
    (void)state;
    static rig_t r;
    rig_init(&r, 10);
    ask(&r, WSTETH, WETH, 1.03);
    assert_int_equal(r.cnt, 2);
    const lq_trigger_t *t = trigger_of(&r, FEED_ETH); /* where prices are all rounding */
    assert_int_equal(t->kind, LQ_TRIGGER_BELOW);
    assert_in_range(t->answer.bits.w[0], 1, 50);
    t = trigger_of(&r, FEED_WSTETH);
    assert_int_equal(t->kind, LQ_TRIGGER_BELOW);
    int64_t at = (int64_t)t->answer.bits.w[0];
    assert_true(is_liquidatable(&r.p, r.account, FEED_WSTETH, at));
    assert_false(is_liquidatable(&r.p, r.account, FEED_WSTETH, at + 1));
    /* against it: a rise endangers, to the cap at 1.04 and no further */
    ask(&r, WETH, WSTETH, 1.03);
    t = trigger_of(&r, FEED_WSTETH);
    assert_int_equal(t->kind, LQ_TRIGGER_ABOVE);
    at = (int64_t)t->answer.bits.w[0];
    assert_true(is_liquidatable(&r.p, r.account, FEED_WSTETH, at));
    assert_false(is_liquidatable(&r.p, r.account, FEED_WSTETH, at - 1));
    ask(&r, WETH, WSTETH, 1.045);
    assert_int_equal(trigger_of(&r, FEED_WSTETH)->kind, LQ_TRIGGER_NEVER);
    rig_fini(&r);
}

static void a_cap_on_a_dollar_ends_the_rise_of_a_debt(void **state)
{
    (void)state;
    static rig_t r;
    rig_init(&r, 10);
    ask(&r, WETH, USDT, 1.039);
    const lq_trigger_t *t = trigger_of(&r, FEED_USDT);
    assert_int_equal(t->kind, LQ_TRIGGER_ABOVE);
    int64_t at = (int64_t)t->answer.bits.w[0];
    assert_in_range(at, 103900000, 104000000);
    assert_true(is_liquidatable(&r.p, r.account, FEED_USDT, at));
    assert_false(is_liquidatable(&r.p, r.account, FEED_USDT, at - 1));
    ask(&r, WETH, USDT, 1.041);
    assert_int_equal(trigger_of(&r, FEED_USDT)->kind, LQ_TRIGGER_NEVER);
    rig_fini(&r);
}

static uint16_t collateral_factor(const rig_t *r, size_t asset)
{
    for (size_t i = 0; i < lq_ledger_factor_cnt(r->p.ledger); i++) {
        const lq_factor_t *f = lq_ledger_factor(r->p.ledger, (uint16_t)i);
        if (f->asset == asset && f->side == LQ_SIDE_COLLATERAL && f->category == 0)
            return (uint16_t)i;
    }
    fail();
    return 0;
}

/* Part of the collateral and all debt move with the dollar, the debt up to its cap: health is at
   its worst there, and well at both ends. */
static void finds_what_lies_around_a_cap_alone(void **state)
{
    (void)state;
    static rig_t r;
    rig_init(&r, 10);
    r.account = population_account(&r.p, SUSDE, USDT, VALUE, 0.505);
    uint16_t more = collateral_factor(&r, WETH);
    double amount = VALUE / lq_ledger_value(r.p.ledger, more)->value;
    assert_ok(lq_ledger_set_amount(r.p.ledger, r.account, more, (lq_u128_t)amount));
    lq_book_settle(r.p.book);
    r.cnt = lq_book_triggers(r.p.book, r.all, TRIGGER_MAX, r.account, 0);
    const lq_trigger_t *t = trigger_of(&r, FEED_USDT);
    assert_int_equal(t->kind, LQ_TRIGGER_ABOVE);
    int64_t at = (int64_t)t->answer.bits.w[0];
    assert_in_range(at, 100012346, 104000000);
    assert_true(is_liquidatable(&r.p, r.account, FEED_USDT, at));
    assert_false(is_liquidatable(&r.p, r.account, FEED_USDT, at - 1));
    assert_false(is_liquidatable(&r.p, r.account, FEED_USDT, 200000000));
    rig_fini(&r);
}

static void says_unknown_without_a_health(void **state)
{
    (void)state;
    static rig_t r;
    rig_init(&r, 10);
    ask(&r, LINK, AAVE, 1.5);
    lq_ledger_set_state(r.p.ledger, r.account, LQ_ACCOUNT_QUARANTINED);
    lq_book_settle(r.p.book);
    assert_int_equal(lq_book_triggers(r.p.book, r.all, TRIGGER_MAX, r.account, 0), 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(r.all[i].kind, LQ_TRIGGER_UNKNOWN);
    assert_int_equal(lq_book_time_to_liquidation(r.p.book, r.account, 0, 1000), UINT64_MAX);
    rig_fini(&r);
}

static void says_never_without_debt(void **state)
{
    (void)state;
    static rig_t r;
    rig_init(&r, 10);
    ask(&r, LINK, AAVE, 1.5);
    lq_legs_t legs = lq_ledger_legs(r.p.ledger, r.account);
    uint16_t debt = legs.factors[0];
    for (size_t i = 0; i < legs.cnt; i++)
        if (lq_ledger_factor(r.p.ledger, legs.factors[i])->side == LQ_SIDE_DEBT)
            debt = legs.factors[i];
    assert_ok(lq_ledger_set_amount(r.p.ledger, r.account, debt, 0));
    lq_book_settle(r.p.book);
    assert_int_equal(lq_book_triggers(r.p.book, r.all, TRIGGER_MAX, r.account, 0), 1);
    assert_int_equal(r.all[0].kind, LQ_TRIGGER_NEVER);
    assert_int_equal(lq_book_time_to_liquidation(r.p.book, r.account, 0, 1000), UINT64_MAX);
    rig_fini(&r);
}

static void counts_beyond_the_room_it_has(void **state)
{
    (void)state;
    static rig_t r;
    rig_init(&r, 10);
    ask(&r, LINK, AAVE, 1.5);
    lq_trigger_t out[2] = {{.feed = 99}, {.feed = 99}};
    assert_int_equal(lq_book_triggers(r.p.book, out, 0, r.account, 0), 2);
    assert_int_equal(out[0].feed, 99);
    assert_int_equal(lq_book_triggers(r.p.book, out, 1, r.account, 0), 2);
    assert_int_equal(out[0].feed, r.all[0].feed);
    assert_int_equal(out[1].feed, 99);
    rig_fini(&r);
}

/* Each trigger of drawn accounts is a boundary, and what is never is never among drawn answers. */
static void holds_for_a_population(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static rig_t r;
    size_t account_cnt = lq_test_cnt(300, 20000);
    size_t kind_cnt[LQ_TRIGGER_UNKNOWN + 1] = {0};
    rig_init(&r, account_cnt);
    for (uint32_t a = 0; a < account_cnt; a++) {
        size_t cnt = lq_book_triggers(r.p.book, r.all, TRIGGER_MAX, a, 0);
        assert_in_range(cnt, 1, POPULATION_FEED_CNT);
        for (size_t i = 0; i < cnt; i++) {
            const lq_trigger_t *t = &r.all[i];
            population_feed_t feed = 0;
            while (population_feed(&r.p, feed) != t->feed)
                feed++;
            kind_cnt[t->kind]++;
            int64_t step = t->kind == LQ_TRIGGER_BELOW ? 1 : -1;
            if (t->kind == LQ_TRIGGER_BELOW || t->kind == LQ_TRIGGER_ABOVE) {
                lq_i256_t by = lq_i256_from_i64(step);
                lq_i256_t beside = lq_i256_add_wrap(&t->answer, &by);
                assert_int_equal(stands_at(&r.p, a, feed, &t->answer), LQ_HEALTH_LIQUIDATABLE);
                assert_int_equal(stands_at(&r.p, a, feed, &beside), LQ_HEALTH_SAFE);
                continue;
            }
            assert_int_equal(t->kind, LQ_TRIGGER_NEVER);
            int64_t now = (int64_t)r.p.feeds[feed].answer.bits.w[0];
            for (size_t k = 0; k < 5; k++) {
                int64_t at = 1 + (int64_t)lq_rng_below(&rng, (uint64_t)now * 3);
                assert_false(is_liquidatable(&r.p, a, feed, at));
            }
        }
    }
    assert_true(kind_cnt[LQ_TRIGGER_BELOW] > 0 && kind_cnt[LQ_TRIGGER_ABOVE] > 0 &&
                kind_cnt[LQ_TRIGGER_NEVER] > 0);
    rig_fini(&r);
}

/* ---- time ---- */

static bool is_liquidatable_in(const rig_t *r, uint64_t after_sec)
{
    lq_health_view_t view = {.now_sec = POPULATION_NOW_SEC + after_sec};
    lq_health_t health;
    population_adapter.health(r->p.instance, &health, r->account, &view);
    return health.verdict == LQ_HEALTH_LIQUIDATABLE;
}

static void finds_the_second(void **state)
{
    (void)state;
    static rig_t r;
    const double healths[] = {1 + 1e-9, 1 + 1e-8, 1 + 5e-8, 1 + 2e-7, 1 + 5e-7, 1 + 1e-6};
    rig_init(&r, 10);
    size_t found_cnt = 0;
    for (size_t i = 0; i < sizeof(healths) / sizeof(healths[0]); i++) {
        r.account = population_account(&r.p, LINK, AAVE, 1e14, healths[i]);
        lq_book_settle(r.p.book);
        uint64_t want = 0;
        while (want < 4000 && !is_liquidatable_in(&r, want))
            want++;
        found_cnt += want > 0 && want < 4000;
        const lq_book_t *b = r.p.book;
        if (want == 4000) {
            assert_int_equal(lq_book_time_to_liquidation(b, r.account, 0, 3999), UINT64_MAX);
            continue;
        }
        assert_int_equal(lq_book_time_to_liquidation(b, r.account, 0, 3999), want);
        assert_int_equal(lq_book_time_to_liquidation(b, r.account, 0, want), want);
        assert_int_equal(lq_book_time_to_liquidation(b, r.account, 0, 100000), want);
        if (want > 0)
            assert_int_equal(lq_book_time_to_liquidation(b, r.account, 0, want - 1), UINT64_MAX);
        if (want > 5)
            assert_int_equal(
                lq_book_time_to_liquidation(b, r.account, POPULATION_NOW_SEC + 5, 3999), want - 5);
        assert_int_equal(
            lq_book_time_to_liquidation(b, r.account, POPULATION_NOW_SEC + want + 1, 3999), 0);
    }
    assert_true(found_cnt >= 3);
    rig_fini(&r);
}

static void bears_a_horizon_without_end(void **state)
{
    (void)state;
    static rig_t r;
    rig_init(&r, 10);
    r.account = population_account(&r.p, LINK, AAVE, 1e14, 1.0001);
    lq_book_settle(r.p.book);
    (void)lq_book_time_to_liquidation(r.p.book, r.account, 0, UINT64_MAX);
    rig_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_exact_answer_where_collateral_falls),
        cmocka_unit_test(finds_the_exact_answer_where_debt_rises),
        cmocka_unit_test(says_now_of_who_is_liquidatable),
        cmocka_unit_test(says_never_of_a_loop),
        cmocka_unit_test(finds_the_ratio_of_a_loop),
        cmocka_unit_test(a_cap_on_a_dollar_ends_the_rise_of_a_debt),
        cmocka_unit_test(finds_what_lies_around_a_cap_alone),
        cmocka_unit_test(says_unknown_without_a_health),
        cmocka_unit_test(says_never_without_debt),
        cmocka_unit_test(counts_beyond_the_room_it_has),
        cmocka_unit_test(holds_for_a_population),
        cmocka_unit_test(finds_the_second),
        cmocka_unit_test(bears_a_horizon_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
