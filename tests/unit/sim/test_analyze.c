#include "analyze_rig.h"

#include "analyze_internal.h"

/* What an analysis sums, against every account by the adapters' own functions. */

static analyze_rig_t rig;

/* ---- the same by brute force ---- */

typedef struct brute {
    lq_analysis_point_t want;
    uint32_t accounts[RIG_ACCOUNTS]; /* liquidatable */
    bool dust[RIG_ACCOUNTS];
    lq_sizing_t sizings[RIG_ACCOUNTS];
    size_t cnt;
    uint64_t minimum_usd;
    uint32_t minimum_bps;
} brute_t;

static void add(lq_usd_t *sum, const lq_u256_t *v)
{
    assert_ok(lq_u256_add_checked(&sum->raw, &sum->raw, v));
}

static bool is_taken(const brute_t *b, const lq_profit_t *p)
{
    lq_u256_t bps = lq_u256_from_u64(b->minimum_bps);
    lq_u256_t whole = lq_u256_from_u64(10000);
    lq_u256_t share;
    lq_u256_t dollars = lq_u256_from_u64(b->minimum_usd);
    lq_u256_t wad = lq_u256_from_u64(WAD);
    dollars = lq_u256_mul_wrap(&dollars, &wad);
    assert_ok(lq_u256_mul_div_up(&share, &p->repaid_usd.raw, &bps, &whole));
    return !lq_i256_is_neg(&p->net_usd) && !lq_u256_lt(&p->net_usd.bits, &share) &&
           !lq_u256_lt(&p->net_usd.bits, &dollars);
}

static void add_taken(lq_analysis_sum_t *sum, const lq_profit_t *p)
{
    sum->taken_cnt++;
    add(&sum->repaid_usd, &p->repaid_usd.raw);
    add(&sum->seized_usd, &p->seized_usd.raw);
    add(&sum->swap_usd, &p->swap_usd.raw);
    add(&sum->flash_fee_usd, &p->flash_fee_usd.raw);
    add(&sum->gas_usd, &p->gas_usd.raw);
    add(&sum->bid_usd, &p->bid_usd.raw);
    sum->net_usd = lq_i256_add_wrap(&sum->net_usd, &p->net_usd);
    sum->gross_usd.bits = lq_u256_sub_wrap(&sum->seized_usd.raw, &sum->repaid_usd.raw);
}

static void add_brute(brute_t *b, lq_analysis_sum_t *sum, uint32_t account,
                      const lq_health_t *health, const rig_view_t *view)
{
    lq_u256_t collateral;
    lq_u256_t debt;
    sum->liquidatable_cnt++;
    sum->sizing_cnt[b->sizings[account]]++;
    sum->dust_cnt += b->dust[account];
    bool bad = lq_u256_lt(&health->collateral_value, &health->debt_value);
    sum->bad_debt_cnt += bad;
    if (!rig_dollars(&rig, &collateral, account, &health->collateral_value, view) ||
        !rig_dollars(&rig, &debt, account, &health->debt_value, view)) {
        sum->unpriced_cnt++;
        return;
    }
    add(&sum->collateral_usd, &collateral);
    add(&sum->debt_usd, &debt);
    if (bad) {
        debt = lq_u256_sub_wrap(&debt, &collateral);
        add(&sum->bad_debt_usd, &debt);
    }
}

/* The engine sees VIEW. Dust is sized here: it earns nothing. */
static void brute_account(brute_t *b, uint32_t account, const lq_health_t *health,
                          const rig_view_t *view)
{
    static lq_plan_t plan;
    lq_sizing_t sizing = lq_engine_size(rig.w.engine, &plan, account);
    uint32_t instance = rig_instance(&rig, account);
    b->accounts[b->cnt++] = account;
    b->dust[account] = !health->blocked && lq_engine_is_dust(rig.w.engine, account, health);
    assert_true(!health->blocked || sizing == LQ_SIZING_BLOCKED);
    assert_true(!b->dust[account] || sizing != LQ_SIZING_PLAN);
    b->sizings[account] = b->dust[account] ? LQ_SIZING_UNPROFITABLE : sizing;
    add_brute(b, &b->want.all, account, health, view);
    add_brute(b, &b->want.instances[instance], account, health, view);
    if (sizing != LQ_SIZING_PLAN || !is_taken(b, &plan.profit))
        return;
    add_taken(&b->want.all, &plan.profit);
    add_taken(&b->want.instances[instance], &plan.profit);
}

static void brute_force(brute_t *b, const rig_view_t *view, const rig_will_t *will)
{
    memset(b, 0, sizeof(*b));
    b->minimum_usd = will->min_profit_dollars;
    b->minimum_bps = will->min_profit_bps;
    lq_engine_see(rig.w.engine, view ? &view->view : NULL);
    for (uint32_t i = 0; i < lq_ledger_cnt(rig.ledger); i++) {
        lq_health_t health;
        rig_health(&rig, &health, i, view);
        if (health.verdict == LQ_HEALTH_LIQUIDATABLE)
            brute_account(b, i, &health, view);
    }
    lq_engine_see(rig.w.engine, NULL);
}

/* ---- what is told ---- */

typedef struct told {
    const brute_t *brute;
    size_t cnt;
    uint64_t taken_cnt;
} told_t;

static void on_account(void *ctx, const lq_analysis_account_t *about)
{
    told_t *t = ctx;
    assert_true(t->cnt < t->brute->cnt);
    assert_int_equal(about->account, t->brute->accounts[t->cnt++]);
    assert_int_equal(about->instance, rig_instance(&rig, about->account));
    assert_int_equal(about->sizing, t->brute->sizings[about->account]);
    assert_int_equal(about->dust, t->brute->dust[about->account]);
    assert_int_equal(about->health->verdict, LQ_HEALTH_LIQUIDATABLE);
    bool planned = !about->dust &&
                   (about->sizing == LQ_SIZING_PLAN || about->sizing == LQ_SIZING_UNPROFITABLE);
    assert_int_equal(about->plan != NULL, planned);
    assert_true(!about->taken || about->sizing == LQ_SIZING_PLAN);
    t->taken_cnt += about->taken;
}

static void assert_same_sum(const lq_analysis_sum_t *got, const lq_analysis_sum_t *want)
{
    assert_int_equal(got->liquidatable_cnt, want->liquidatable_cnt);
    for (size_t i = 0; i < LQ_SIZING_CNT; i++)
        assert_int_equal(got->sizing_cnt[i], want->sizing_cnt[i]);
    assert_int_equal(got->dust_cnt, want->dust_cnt);
    assert_int_equal(got->taken_cnt, want->taken_cnt);
    assert_int_equal(got->bad_debt_cnt, want->bad_debt_cnt);
    assert_int_equal(got->unpriced_cnt, want->unpriced_cnt);
    assert_memory_equal(got, want, sizeof(*got));
}

static void compare(brute_t *b, const rig_view_t *view, const rig_will_t *will)
{
    static lq_analysis_point_t got;
    told_t told = {.brute = b};
    brute_force(b, view, will);
    lq_analysis_look(rig.a, &got, view ? &view->view : NULL, false, on_account, &told);
    assert_int_equal(told.cnt, b->cnt);
    assert_int_equal(told.taken_cnt, got.all.taken_cnt);
    assert_false(got.has_together);
    assert_same_sum(&got.all, &b->want.all);
    for (size_t i = 0; i < LQ_SYNC_INSTANCE_MAX; i++)
        assert_same_sum(&got.instances[i], &b->want.instances[i]);
}

static uint64_t some_seed(lq_rng_t *rng)
{
    return lq_rng_u64(rng);
}

static void sums_are_those_of_every_account_one_by_one(void **state)
{
    (void)state;
    static brute_t b;
    lq_rng_t rng = lq_test_rng();
    lq_analysis_sum_t seen = {0};
    for (size_t n = 0; n < lq_test_cnt(40, 2000); n++) {
        rig_will_t will = {.trust = (lq_trust_t)lq_rng_below(&rng, 4),
                           .min_profit_bps = lq_rng_below(&rng, 2) ? 0 : 200,
                           .min_profit_dollars = lq_rng_below(&rng, 2) ? 0 : 50};
        rig_start(&rig, some_seed(&rng), &will);
        compare(&b, NULL, &will);
        for (size_t k = 0; k < 6; k++) {
            rig_view_t view;
            rig_draw_view(&rig, &view);
            compare(&b, &view, &will);
            for (size_t i = 0; i < LQ_SIZING_CNT; i++)
                seen.sizing_cnt[i] += b.want.all.sizing_cnt[i];
            seen.dust_cnt += b.want.all.dust_cnt;
            seen.taken_cnt += b.want.all.taken_cnt;
            seen.unpriced_cnt += b.want.all.unpriced_cnt;
            seen.bad_debt_cnt += b.want.all.bad_debt_cnt;
        }
        rig_stop(&rig);
    }
    print_message("%llu plans, %llu blocked, %llu without price, %llu without funds, %llu "
                  "unprofitable, %llu dust, %llu taken, %llu unpriced, %llu bad debts\n",
                  (unsigned long long)seen.sizing_cnt[LQ_SIZING_PLAN],
                  (unsigned long long)seen.sizing_cnt[LQ_SIZING_BLOCKED],
                  (unsigned long long)seen.sizing_cnt[LQ_SIZING_NO_PRICE],
                  (unsigned long long)seen.sizing_cnt[LQ_SIZING_NO_FUNDS],
                  (unsigned long long)seen.sizing_cnt[LQ_SIZING_UNPROFITABLE],
                  (unsigned long long)seen.dust_cnt, (unsigned long long)seen.taken_cnt,
                  (unsigned long long)seen.unpriced_cnt, (unsigned long long)seen.bad_debt_cnt);
}

/* ---- together ---- */

typedef struct offer {
    lq_i256_t net_usd;
    uint32_t account;
} offer_t;

static int by_profit(const void *a, const void *b)
{
    const offer_t *x = a;
    const offer_t *y = b;
    int order = lq_i256_cmp(&y->net_usd, &x->net_usd);
    return order ? order : (int)x->account - (int)y->account;
}

/* What is repaid is gone from the funds, as the engine is told of them. */
static void pay(const lq_plan_t *plan, uint32_t account, lq_u256_t funds[RIG_RESERVES])
{
    uint32_t instance = rig_instance(&rig, account);
    for (size_t i = 0; i < plan->step_cnt; i++) {
        lq_address_t token;
        uint8_t decimals;
        lq_sync_t *sync = lq_engine_sync(rig.w.engine);
        lq_sync_instance(sync, instance)
            ->adapter->asset_token(lq_sync_self(sync, instance), plan->steps[i].call.pair.debt,
                                   &token, &decimals);
        lq_u256_t *left = &funds[token.b[19]];
        assert_ok(lq_u256_sub_checked(left, left, &plan->steps[i].outcome.repaid));
        aave_engine_fund(&rig.w, token, *left);
    }
}

static void set_funds(const lq_u256_t funds[RIG_RESERVES])
{
    for (unsigned i = 0; i < RIG_RESERVES; i++)
        aave_engine_fund(&rig.w, world_address(AT_ASSET, i), funds[i]);
}

static void together_each_has_what_those_before_leave(void **state)
{
    (void)state;
    static brute_t b;
    static lq_analysis_point_t got;
    static lq_plan_t plan;
    lq_rng_t rng = lq_test_rng();
    uint64_t crowded_cnt = 0;
    for (size_t n = 0; n < lq_test_cnt(40, 2000); n++) {
        rig_will_t will = {.min_profit_dollars = lq_rng_below(&rng, 2) ? 0 : 50};
        offer_t offers[RIG_ACCOUNTS];
        lq_u256_t funds[RIG_RESERVES];
        lq_u256_t left[RIG_RESERVES];
        uint64_t cnt = 0;
        lq_i256_t net = {0};
        rig_start(&rig, some_seed(&rng), &will);
        for (unsigned i = 0; i < RIG_RESERVES; i++)
            left[i] = funds[i] = rig_units(&rig, i, 1000 + rig_below(&rig, 3000000));
        set_funds(funds);
        brute_force(&b, NULL, &will);
        size_t offer_cnt = 0;
        for (size_t i = 0; i < b.cnt; i++)
            if (lq_engine_size(rig.w.engine, &plan, b.accounts[i]) == LQ_SIZING_PLAN &&
                is_taken(&b, &plan.profit))
                offers[offer_cnt++] = (offer_t){plan.profit.net_usd, b.accounts[i]};
        qsort(offers, offer_cnt, sizeof(offers[0]), by_profit);
        for (size_t i = 0; i < offer_cnt; i++) {
            if (lq_engine_size(rig.w.engine, &plan, offers[i].account) != LQ_SIZING_PLAN ||
                !is_taken(&b, &plan.profit))
                continue;
            cnt++;
            net = lq_i256_add_wrap(&net, &plan.profit.net_usd);
            pay(&plan, offers[i].account, left);
        }
        set_funds(funds);
        for (size_t again = 0; again < 2; again++) {
            lq_analysis_look(rig.a, &got, NULL, true, NULL, NULL);
            assert_true(got.has_together);
            assert_int_equal(got.together_cnt, cnt);
            assert_true(lq_i256_eq(&got.together_usd, &net));
            assert_same_sum(&got.all, &b.want.all);
        }
        assert_true(cnt <= got.all.taken_cnt);
        crowded_cnt += got.all.taken_cnt - cnt;
        rig_stop(&rig);
    }
    print_message("%llu crowded out\n", (unsigned long long)crowded_cnt);
}

/* ---- many at once ---- */

static void a_grid_is_one_look_after_the_other(void **state)
{
    (void)state;
    static rig_view_t drawn[9];
    static lq_engine_view_t views[LQ_ARRAY_CNT(drawn)];
    static lq_analysis_point_t got[LQ_ARRAY_CNT(drawn)];
    static lq_analysis_point_t want;
    lq_rng_t rng = lq_test_rng();
    const rig_will_t will = {0};
    for (size_t cnt = 0; cnt <= LQ_ARRAY_CNT(drawn); cnt++) {
        rig_start(&rig, some_seed(&rng), &will);
        for (size_t i = 0; i < cnt; i++) {
            rig_draw_view(&rig, &drawn[i]);
            views[i] = drawn[i].view;
        }
        assert_ok(lq_analysis_grid(rig.a, got, views, cnt, cnt % 2, NULL, NULL));
        for (size_t i = 0; i < cnt; i++) {
            lq_analysis_look(rig.a, &want, &views[i], cnt % 2, NULL, NULL);
            assert_memory_equal(&got[i], &want, sizeof(want));
        }
        rig_stop(&rig);
    }
}

typedef struct patience {
    size_t left;
    size_t last_cnt;
} patience_t;

static bool go_on(void *ctx, size_t done_cnt)
{
    patience_t *p = ctx;
    assert_true(done_cnt >= p->last_cnt);
    p->last_cnt = done_cnt;
    return p->left-- > 0;
}

static void a_grid_ends_where_it_is_told_to(void **state)
{
    (void)state;
    enum {
        CNT = 300
    };
    static lq_engine_view_t views[CNT];
    static lq_analysis_point_t got[CNT];
    static const lq_analysis_point_t untouched[CNT];
    static lq_analysis_point_t want;
    lq_rng_t rng = lq_test_rng();
    const rig_will_t will = {0};
    rig_view_t drawn;
    rig_start(&rig, some_seed(&rng), &will);
    rig_draw_view(&rig, &drawn);
    for (size_t i = 0; i < CNT; i++)
        views[i] = drawn.view;
    patience_t p = {.left = 0};
    assert_err(lq_analysis_grid(rig.a, got, views, CNT, false, go_on, &p), LQ_ERR_CLOSED);
    assert_memory_equal(got, untouched, sizeof(got));
    p = (patience_t){.left = CNT};
    assert_ok(lq_analysis_grid(rig.a, got, views, CNT, false, go_on, &p));
    assert_true(p.last_cnt < CNT);
    lq_analysis_look(rig.a, &want, &drawn.view, false, NULL, NULL);
    for (size_t i = 0; i < CNT; i++)
        assert_memory_equal(&got[i], &want, sizeof(want));
    rig_stop(&rig);
}

/* ---- nothing is committed ---- */

static void look_often(analyze_rig_t *g)
{
    static lq_analysis_point_t point;
    static lq_analysis_concentration_t concentration;
    lq_undo_t *undo = lq_sync_undo(lq_engine_sync(g->w.engine));
    uint64_t digest = lq_undo_digest(undo);
    for (size_t k = 0; k < 4; k++) {
        rig_view_t view;
        rig_draw_view(g, &view);
        view.view.what_if.bonus_bps = (int32_t)(100 * k);
        lq_analysis_look(g->a, &point, &view.view, k % 2, NULL, NULL);
    }
    assert_ok(lq_analysis_concentrate(g->a, &concentration));
    assert_true(lq_undo_digest(undo) == digest);
}

/* A price falls; what the engine then asks for. */
static uint64_t act(analyze_rig_t *g)
{
    for (unsigned r = 0; r < RIG_RESERVES; r++)
        aave_engine_tick(&g->w, r, g->w.world.reserves[r].price.w[0] / 100 * 97);
    return g->w.digest;
}

static void nothing_is_committed_and_later_actions_are_the_same(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t acted = 0; /* in nearly all worlds */
    for (size_t n = 0; n < lq_test_cnt(10, 200); n++) {
        rig_will_t will = {.live = true, .trust = LQ_TRUST_FULL};
        uint64_t seed = some_seed(&rng);
        rig_start(&rig, seed, &will);
        uint64_t before = rig.w.digest;
        uint64_t plain = act(&rig);
        acted += plain != before;
        size_t sz = lq_engine_memory_sz(rig.w.engine);
        uint8_t *memory = calloc(2, sz);
        assert_non_null(memory);
        lq_engine_save(rig.w.engine, memory);
        rig_stop(&rig);
        rig_start(&rig, seed, &will);
        look_often(&rig);
        assert_true(act(&rig) == plain);
        look_often(&rig);
        lq_engine_save(rig.w.engine, memory + sz);
        assert_memory_equal(memory, memory + sz, sz);
        free(memory);
        rig_stop(&rig);
    }
    assert_true(acted > 0);
}

/* ---- what there may be little of ---- */

static void of_nobody_all_sums_are_0(void **state)
{
    (void)state;
    static lq_analysis_point_t got;
    static const lq_analysis_point_t zero;
    static lq_analysis_concentration_t concentration;
    static const lq_analysis_concentration_t none;
    rig_will_t will = {.empty = true};
    rig_start(&rig, 1, &will);
    lq_analysis_look(rig.a, &got, NULL, false, NULL, NULL);
    assert_memory_equal(&got, &zero, sizeof(got));
    lq_analysis_look(rig.a, &got, NULL, true, NULL, NULL);
    assert_true(got.has_together && got.together_cnt == 0);
    assert_ok(lq_analysis_concentrate(rig.a, &concentration));
    assert_memory_equal(&concentration, &none, sizeof(none));
    assert_int_equal(lq_analysis_pairs(rig.a, NULL, 0), 0);
    rig_stop(&rig);
    lq_analysis_free(NULL);
}

static void without_prices_of_ours_nobody_is_sized(void **state)
{
    (void)state;
    static lq_analysis_point_t got;
    lq_rng_t rng = lq_test_rng();
    rig_will_t will = {.no_prices = true};
    rig_start(&rig, some_seed(&rng), &will);
    lq_analysis_look(rig.a, &got, NULL, true, NULL, NULL);
    assert_true(got.all.liquidatable_cnt > 0);
    assert_int_equal(got.all.sizing_cnt[LQ_SIZING_NO_PRICE] + got.all.sizing_cnt[LQ_SIZING_BLOCKED],
                     got.all.liquidatable_cnt);
    assert_int_equal(got.all.unpriced_cnt, got.instances[RIG_MORPHO].liquidatable_cnt);
    assert_int_equal(got.instances[RIG_AAVE].unpriced_cnt, 0);
    assert_int_equal(got.all.dust_cnt + got.all.taken_cnt + got.together_cnt, 0);
    rig_stop(&rig);
}

static void sums_that_have_no_place_are_the_most_there_is(void **state)
{
    (void)state;
    bool saturated = false;
    lq_usd_t sum = {{{0, 0, 0, UINT64_C(1) << 63}}};
    lq_u256_t half = sum.raw;
    lq_u256_t less = lq_u256_from_u64(1);
    lq_u256_t most = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    less = lq_u256_sub_wrap(&half, &less);
    analyze_add(&sum, &saturated, &less);
    assert_false(saturated);
    assert_true(lq_u256_eq(&sum.raw, &most));
    analyze_add(&sum, &saturated, &half);
    assert_true(saturated);
    assert_true(lq_u256_eq(&sum.raw, &most));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_every_account_one_by_one),
        cmocka_unit_test(together_each_has_what_those_before_leave),
        cmocka_unit_test(a_grid_is_one_look_after_the_other),
        cmocka_unit_test(a_grid_ends_where_it_is_told_to),
        cmocka_unit_test(nothing_is_committed_and_later_actions_are_the_same),
        cmocka_unit_test(of_nobody_all_sums_are_0),
        cmocka_unit_test(without_prices_of_ours_nobody_is_sized),
        cmocka_unit_test(sums_that_have_no_place_are_the_most_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
