#include "analyze_rig.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_every_account_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
