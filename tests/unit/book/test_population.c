#include "lq_test.h"

#include "population.h"

/* The book over a population, against a scan of all accounts. */

#define NONE UINT32_MAX

typedef struct rig {
    population_t p;
    size_t account_cnt;
    uint32_t *out;
    uint8_t *tiers; /* as events told */
    lq_feed_t first[POPULATION_FEED_CNT];
} rig_t;

static void on_event(void *ctx, const lq_book_event_t *event)
{
    rig_t *r = ctx;
    assert_true(event->from != event->to);
    r->tiers[event->account] = (uint8_t)event->to;
}

static void rig_init(rig_t *r, uint64_t seed)
{
    r->account_cnt = lq_test_cnt(20000, 1000000);
    r->out = calloc(r->account_cnt + 16, sizeof(*r->out));
    r->tiers = calloc(r->account_cnt + 16, 1);
    assert_non_null(r->out);
    assert_non_null(r->tiers);
    population_init_book(&r->p, r->account_cnt, seed, on_event, r);
    memcpy(r->first, r->p.feeds, sizeof(r->first));
}

static void rig_fini(rig_t *r)
{
    population_fini(&r->p);
    free(r->out);
    free(r->tiers);
}

/* ---- moves ---- */

static int64_t now_of(const rig_t *r, population_feed_t feed)
{
    return (int64_t)r->p.feeds[feed].answer.bits.w[0];
}

/* A move of FEED from where it is: a few parts in 10,000, seldom some percent, rarely a crash; back
   towards where it began from too far away. */
static int64_t moved(const rig_t *r, lq_rng_t *rng, population_feed_t feed)
{
    int64_t first = (int64_t)r->first[feed].answer.bits.w[0];
    int64_t now = now_of(r, feed);
    uint64_t kind = lq_rng_below(rng, 100);
    int64_t part = kind < 80 ? 2000 : kind < 98 ? 50 : 4;
    int64_t by = now / part / 1000 * ((int64_t)lq_rng_below(rng, 2001) - 1000);
    if (now < first / 10 * 9 || now > first / 10 * 11)
        by = (first - now) / 4 * (int64_t)lq_rng_below(rng, 5);
    return now + by;
}

static void tick(rig_t *r, lq_rng_t *rng)
{
    size_t cnt = lq_rng_below(rng, 3) ? 1 : 2 + lq_rng_below(rng, 5);
    for (size_t i = 0; i < cnt; i++) {
        population_feed_t feed = (population_feed_t)lq_rng_below(rng, POPULATION_FEED_CNT);
        population_answer(&r->p, feed, moved(r, rng, feed));
    }
    lq_book_settle(r->p.book);
}

/* ---- the scan ---- */

/* Health in doubles, off by less than a hundredth: rounding is at most some cents of accounts of
   64 dollars and more. */
static bool is_far_from_danger(const population_t *p, uint32_t account)
{
    lq_legs_t legs = lq_ledger_legs(p->ledger, account);
    double sides[3] = {0};
    for (size_t i = 0; i < legs.cnt; i++) {
        double amount =
            (double)(uint64_t)(legs.amounts[i] >> 64) * 0x1p64 + (double)(uint64_t)legs.amounts[i];
        sides[lq_ledger_factor(p->ledger, legs.factors[i])->side] +=
            amount * lq_ledger_value(p->ledger, legs.factors[i])->value;
    }
    return sides[LQ_SIDE_COLLATERAL] > 1.05 * sides[LQ_SIDE_DEBT];
}

/* The exact tier. */
static lq_tier_t tier_of(const population_t *p, uint32_t account)
{
    static const lq_u256_t armed = {{1005000000000000000u, 0, 0, 0}};
    lq_health_t health;
    population_adapter.health(p->instance, &health, account, NULL);
    if (health.verdict == LQ_HEALTH_LIQUIDATABLE)
        return LQ_TIER_LIQUIDATABLE;
    assert_int_equal(health.verdict, LQ_HEALTH_SAFE);
    return lq_u256_lt(&health.factor_wad, &armed) ? LQ_TIER_ARMED : LQ_TIER_SAFE;
}

/* All exactly where WHOLE; else those alone that are not far from danger. Returns how many are
   liquidatable. */
static size_t compare(const rig_t *r, bool whole)
{
    size_t cnt = 0;
    for (uint32_t a = 0; a < r->account_cnt; a++) {
        lq_tier_t want = !whole && is_far_from_danger(&r->p, a) ? LQ_TIER_SAFE : tier_of(&r->p, a);
        lq_tier_t got = lq_book_tier(r->p.book, a);
        /* moves between NONE and SAFE are not told */
        bool told = r->tiers[a] == want || (r->tiers[a] == LQ_TIER_NONE && want == LQ_TIER_SAFE);
        if (got != want || !told)
            fail_msg("account %u is %s, told as %s, and should be %s", a, lq_tier_str(got),
                     lq_tier_str((lq_tier_t)r->tiers[a]), lq_tier_str(want));
        cnt += want == LQ_TIER_LIQUIDATABLE;
    }
    assert_int_equal(lq_book_stat(r->p.book).tier_cnt[LQ_TIER_LIQUIDATABLE], cnt);
    return cnt;
}

/* ---- ticks ---- */

static void tells_of_all_that_are_liquidatable_after_each_tick(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static rig_t r;
    rig_init(&r, lq_rng_u64(&rng));
    assert_int_equal(compare(&r, true), 0);
    population_answer(&r.p, FEED_ETH, now_of(&r, FEED_ETH) / 10 * 8);
    lq_book_settle(r.p.book);
    size_t seen_cnt = compare(&r, true);
    assert_true(seen_cnt > r.account_cnt / 50);
    size_t tick_cnt = lq_test_cnt(150, 10000);
    for (size_t i = 0; i < tick_cnt; i++) {
        tick(&r, &rng);
        seen_cnt += compare(&r, i % 100 == 99);
    }
    lq_book_stat_t stat = lq_book_stat(r.p.book);
    print_message("%zu ticks: %zu liquidatable, %llu exact checks, %llu valued, %zu groups\n",
                  tick_cnt, seen_cnt, (unsigned long long)stat.check_cnt,
                  (unsigned long long)stat.key_cnt, stat.group_cnt);
    rig_fini(&r);
}

static void is_as_it_was_after_a_block_is_undone(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static rig_t r;
    rig_init(&r, lq_rng_u64(&rng));
    uint64_t blk = 100;
    for (size_t i = 0; i < lq_test_cnt(30, 300); i++) {
        lq_undo_begin(r.p.undo, ++blk);
        tick(&r, &rng);
        uint64_t digest = lq_undo_digest(r.p.undo);
        lq_feed_t feeds[POPULATION_FEED_CNT];
        uint64_t rounds[POPULATION_FEED_CNT];
        memcpy(feeds, r.p.feeds, sizeof(feeds));
        memcpy(rounds, r.p.rounds, sizeof(rounds));
        lq_undo_begin(r.p.undo, ++blk);
        tick(&r, &rng);
        if (lq_undo_depth(r.p.undo) < 2)
            continue; /* a crash that the journal has no room for */
        assert_ok(lq_undo_back(r.p.undo, blk--));
        assert_true(lq_undo_digest(r.p.undo) == digest);
        memcpy(r.p.feeds, feeds, sizeof(feeds));
        memcpy(r.p.rounds, rounds, sizeof(rounds));
        for (uint32_t a = 0; a < r.account_cnt; a++)
            r.tiers[a] = (uint8_t)lq_book_tier(r.p.book, a);
        (void)compare(&r, false);
    }
    rig_fini(&r);
}

/* ---- views ---- */

typedef struct what_if {
    lq_price_overlay_t ours[8]; /* by population_feed_t */
    lq_price_overlay_t theirs[8];
    size_t cnt;
    lq_book_view_t view;
    lq_price_shift_t shifts[POPULATION_ASSET_CNT];
    lq_health_view_t exact;
} what_if_t;

static void draw_view(what_if_t *w, const rig_t *r, lq_rng_t *rng)
{
    uint64_t kind = lq_rng_below(rng, 4);
    uint64_t later_max = lq_rng_below(rng, 2) ? 100000 : 100000000; /* a day, three years */
    w->view.now_sec = lq_rng_below(rng, 3) ? 0 : POPULATION_NOW_SEC + lq_rng_below(rng, later_max);
    w->cnt = kind == 0 ? 0 : kind < 3 ? 1 : 1 + lq_rng_below(rng, 8);
    for (size_t i = 0; i < w->cnt; i++) {
        /* each feed at most once */
        population_feed_t feed =
            (population_feed_t)((lq_rng_below(rng, 2) + 2 * i) % POPULATION_FEED_CNT);
        int64_t now = now_of(r, feed);
        int64_t range = lq_rng_below(rng, 2) ? 50 : 2;
        int64_t answer = now + now / range / 1000 * ((int64_t)lq_rng_below(rng, 2001) - 1000);
        w->ours[i] = (lq_price_overlay_t){lq_i256_from_i64(answer > 0 ? answer : 1), feed};
        w->theirs[i] = w->ours[i];
        w->theirs[i].feed = population_feed(&r->p, feed);
    }
    w->view.overlays = w->theirs;
    w->view.overlay_cnt = w->cnt;
    population_shifts(&r->p, w->shifts, w->ours, w->cnt,
                      w->view.now_sec ? w->view.now_sec : POPULATION_NOW_SEC);
    w->exact = (lq_health_view_t){
        .now_sec = w->view.now_sec, .shifts = w->shifts, .shift_cnt = POPULATION_ASSET_CNT};
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Every one that is liquidatable is among the CNT of r->out; none is there twice. Returns how many
   others are. */
static size_t check_given(rig_t *r, const uint8_t *is, size_t cnt)
{
    assert_true(cnt <= r->account_cnt);
    qsort(r->out, cnt, sizeof(*r->out), compare_numbers);
    size_t extra_cnt = 0;
    size_t at = 0;
    for (uint32_t a = 0; a < r->account_cnt; a++) {
        bool given = at < cnt && r->out[at] == a;
        at += given;
        extra_cnt += given && !is[a];
        assert_true(given || !is[a]);
    }
    assert_int_equal(at, cnt);
    return extra_cnt;
}

static void views_give_all_that_would_be_liquidatable(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static rig_t r;
    rig_init(&r, lq_rng_u64(&rng));
    uint8_t *is = calloc(r.account_cnt, 1);
    assert_non_null(is);
    size_t found_cnt = 0;
    size_t extra_cnt[2] = {0};
    for (size_t i = 0; i < lq_test_cnt(40, 300); i++) {
        what_if_t w;
        if (i % 5 == 4)
            tick(&r, &rng);
        draw_view(&w, &r, &rng);
        uint64_t digest = lq_undo_digest(r.p.undo);
        for (uint32_t a = 0; a < r.account_cnt; a++) {
            lq_health_t want;
            population_adapter.health(r.p.instance, &want, a, &w.exact);
            is[a] = want.verdict == LQ_HEALTH_LIQUIDATABLE;
            found_cnt += is[a];
            if (a % 37 != 0 && !is[a])
                continue;
            lq_health_t got;
            lq_book_health(r.p.book, &got, a, &w.view);
            assert_int_equal(got.verdict, want.verdict);
            assert_true(lq_u256_eq(&got.factor_wad, &want.factor_wad));
        }
        size_t cnt = lq_book_prefilter(r.p.book, r.out, r.account_cnt, &w.view);
        extra_cnt[0] += check_given(&r, is, cnt);
        cnt = lq_book_endangered(r.p.book, r.out, r.account_cnt, &w.view);
        extra_cnt[1] += check_given(&r, is, cnt);
        assert_true(lq_undo_digest(r.p.undo) == digest);
    }
    print_message("%zu found; %zu more by the scan, %zu by the groups\n", found_cnt, extra_cnt[0],
                  extra_cnt[1]);
    assert_true(extra_cnt[0] < found_cnt / 10);
    free(is);
    rig_fini(&r);
}

/* ---- room ---- */

/* What a million accounts of 2.8 legs, in 3.2 places each, take of memory: 200 bytes. */
static void a_million_accounts_take_200_bytes_each(void **state)
{
    (void)state;
    const size_t cnt = 1000000;
    const lq_ledger_config_t ledger = {.account_max = cnt,
                                       .leg_max = cnt / 10 * 32 + (size_t)16 * 1024,
                                       .pool_max = 16,
                                       .factor_max = 512,
                                       .seed = 1};
    const lq_book_config_t book = {.account_max = cnt,
                                   .factor_max = 512,
                                   .group_max = 8192,
                                   .oracle_max = 256,
                                   .margin_bps = 50,
                                   .seed = 1};
    const lq_oracles_config_t oracles = {.oracle_max = 256, .feed_max = 256, .seed = 1};
    /* the lines kept for a reorg come on top: as many as blocks touch, not as there are accounts */
    lq_undo_config_t undo = {.line_max = 1, .blk_max = 1};
    undo.state_sz =
        lq_ledger_state_sz(&ledger) + lq_book_state_sz(&book) + lq_oracles_state_sz(&oracles);
    undo.state_sz += LQ_UNDO_LINE_SZ;
    population_t p;
    lq_book_ground_t ground = {.instance_cnt = 0};
    assert_ok(lq_arena_init(&p.arena, (size_t)400 << 20));
    assert_ok(lq_undo_new(&p.undo, &p.arena, &undo));
    assert_ok(lq_ledger_new(&p.ledger, &p.arena, p.undo, &ledger));
    assert_ok(lq_oracles_new(&p.oracles, &p.arena, p.undo, &oracles));
    ground.ledger = p.ledger;
    ground.oracles = p.oracles;
    assert_ok(lq_book_new(&p.book, &p.arena, p.undo, &book, &ground, on_event, NULL));
    print_message("%.1f bytes each\n", (double)lq_arena_used_sz(&p.arena) / (double)cnt);
    assert_true(lq_arena_used_sz(&p.arena) <= 200 * cnt);
    lq_arena_fini(&p.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_of_all_that_are_liquidatable_after_each_tick),
        cmocka_unit_test(is_as_it_was_after_a_block_is_undone),
        cmocka_unit_test(views_give_all_that_would_be_liquidatable),
        cmocka_unit_test(a_million_accounts_take_200_bytes_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
