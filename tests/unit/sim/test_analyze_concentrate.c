#include "analyze_rig.h"

/* Who owes most, what falls together, and pairs, against plain sums over all accounts. */

static analyze_rig_t rig;

typedef struct owner {
    uint32_t account;
    lq_u256_t collateral;
    lq_u256_t debt;
    lq_u256_t factor;
} owner_t;

static owner_t owners[RIG_ACCOUNTS];
static size_t owner_cnt;

static int by_debt(const void *a, const void *b)
{
    const owner_t *x = a;
    const owner_t *y = b;
    int order = lq_u256_cmp(&y->debt, &x->debt);
    return order ? order : (int)x->account - (int)y->account;
}

static void find_owners(void)
{
    owner_cnt = 0;
    for (uint32_t i = 0; i < lq_ledger_cnt(rig.ledger); i++) {
        lq_health_t h;
        owner_t o = {.account = i};
        rig_health(&rig, &h, i, NULL);
        o.factor = h.factor_wad;
        if ((h.verdict == LQ_HEALTH_SAFE || h.verdict == LQ_HEALTH_LIQUIDATABLE) &&
            rig_dollars(&rig, &o.collateral, i, &h.collateral_value, NULL) &&
            rig_dollars(&rig, &o.debt, i, &h.debt_value, NULL))
            owners[owner_cnt++] = o;
    }
    qsort(owners, owner_cnt, sizeof(owners[0]), by_debt);
}

static lq_u256_t sum_of_debts(size_t cnt)
{
    lq_u256_t sum = lq_u256_from_u64(0);
    for (size_t i = 0; i < cnt && i < owner_cnt; i++)
        sum = lq_u256_add_wrap(&sum, &owners[i].debt);
    return sum;
}

static uint32_t bps_of(const lq_u256_t *part, const lq_u256_t *whole)
{
    lq_u256_t bps = lq_u256_from_u64(10000);
    if (lq_u256_is_zero(whole))
        return 0;
    assert_ok(lq_u256_mul_div_down(&bps, part, &bps, whole));
    return (uint32_t)bps.w[0];
}

/* ---- holders ---- */

static void check_holders(const lq_analysis_concentration_t *c)
{
    static const size_t cnts[] = {1, 10, 100};
    lq_u256_t all = sum_of_debts(owner_cnt);
    lq_u256_t squares = lq_u256_from_u64(0);
    assert_int_equal(c->account_cnt, owner_cnt);
    assert_true(lq_u256_eq(&c->debt_usd.raw, &all));
    assert_false(c->saturated);
    for (size_t k = 0; k < LQ_ARRAY_CNT(cnts); k++) {
        lq_u256_t top = sum_of_debts(cnts[k]);
        assert_int_equal(c->top_bps[k], bps_of(&top, &all));
    }
    for (size_t i = 0; i < owner_cnt; i++) {
        lq_u256_t square = lq_u256_mul_wrap(&owners[i].debt, &owners[i].debt);
        squares = lq_u256_add_wrap(&squares, &square);
    }
    all = lq_u256_mul_wrap(&all, &all);
    assert_int_equal(c->hhi_bps, bps_of(&squares, &all));
    assert_int_equal(c->holder_cnt,
                     owner_cnt < LQ_ANALYSIS_HOLDER_MAX ? owner_cnt : LQ_ANALYSIS_HOLDER_MAX);
    for (size_t i = 0; i < c->holder_cnt; i++) {
        assert_int_equal(c->holders[i].account, owners[i].account);
        assert_int_equal(c->holders[i].instance, rig_instance(&rig, owners[i].account));
        assert_true(lq_u256_eq(&c->holders[i].debt_usd.raw, &owners[i].debt));
        assert_true(lq_u256_eq(&c->holders[i].collateral_usd.raw, &owners[i].collateral));
        assert_true(lq_u256_eq(&c->holders[i].factor_wad, &owners[i].factor));
    }
}

/* ---- groups ---- */

/* Whether ACCOUNT holds, or OWES, just the CNT TOKENS. */
static bool has_just(uint32_t account, bool owes, const lq_address_t *tokens, size_t cnt)
{
    lq_sync_t *sync = lq_engine_sync(rig.w.engine);
    uint32_t instance = rig_instance(&rig, account);
    lq_legs_t legs = lq_ledger_legs(rig.ledger, account);
    bool found[LQ_ANALYSIS_SIDE_MAX] = {false};
    for (size_t i = 0; i < legs.cnt; i++) {
        lq_address_t token;
        uint8_t decimals;
        size_t at = 0;
        if (lq_ledger_factor(rig.ledger, legs.factors[i])->side !=
            (owes ? LQ_SIDE_DEBT : LQ_SIDE_COLLATERAL))
            continue;
        lq_sync_instance(sync, instance)
            ->adapter->asset_token(lq_sync_self(sync, instance), legs.factors[i], &token,
                                   &decimals);
        while (at < cnt && memcmp(&tokens[at], &token, sizeof(token)) != 0)
            at++;
        if (at == cnt)
            return false;
        found[at] = true;
    }
    for (size_t i = 0; i < cnt; i++)
        if (!found[i])
            return false;
    return true;
}

static bool is_in(const owner_t *o, const lq_analysis_group_t *g)
{
    return rig_instance(&rig, o->account) == g->instance &&
           has_just(o->account, false, g->collaterals, g->collateral_cnt) &&
           has_just(o->account, true, g->debts, g->debt_cnt);
}

/* Counts, sums and least factor of G are those of who has its tokens; returns how many. */
static uint64_t check_group(const lq_analysis_group_t *g)
{
    lq_u256_t debt = lq_u256_from_u64(0);
    lq_u256_t collateral = debt;
    lq_u256_t least = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    uint64_t cnt = 0;
    assert_true(g->collateral_cnt <= LQ_ANALYSIS_SIDE_MAX && g->debt_cnt <= LQ_ANALYSIS_SIDE_MAX);
    for (size_t i = 1; i < g->collateral_cnt; i++)
        assert_true(memcmp(&g->collaterals[i - 1], &g->collaterals[i], 20) < 0);
    for (size_t i = 1; i < g->debt_cnt; i++)
        assert_true(memcmp(&g->debts[i - 1], &g->debts[i], 20) < 0);
    for (size_t i = 0; i < owner_cnt; i++) {
        if (!is_in(&owners[i], g))
            continue;
        cnt++;
        debt = lq_u256_add_wrap(&debt, &owners[i].debt);
        collateral = lq_u256_add_wrap(&collateral, &owners[i].collateral);
        least = lq_u256_min(&least, &owners[i].factor);
    }
    assert_int_equal(g->account_cnt, cnt);
    assert_true(lq_u256_eq(&g->debt_usd.raw, &debt));
    assert_true(lq_u256_eq(&g->collateral_usd.raw, &collateral));
    assert_true(lq_u256_eq(&g->least_factor_wad, &least));
    return cnt;
}

/* Nobody is in a group that is not named and owes more than the last that is. */
static void check_groups(const lq_analysis_concentration_t *c)
{
    uint64_t cnt = 0;
    for (size_t i = 0; i < c->group_cnt; i++) {
        cnt += check_group(&c->groups[i]);
        assert_true(!i || lq_usd_cmp(&c->groups[i - 1].debt_usd, &c->groups[i].debt_usd) >= 0);
    }
    assert_true(c->group_cnt == LQ_ANALYSIS_GROUP_MAX || c->group_cnt == c->group_all_cnt);
    assert_true(c->group_all_cnt >= c->group_cnt);
    assert_true(cnt == owner_cnt || c->group_all_cnt > c->group_cnt);
    for (size_t i = 0; i < owner_cnt && c->group_cnt; i++) {
        size_t at = 0;
        while (at < c->group_cnt && !is_in(&owners[i], &c->groups[at]))
            at++;
        assert_true(at < c->group_cnt ||
                    !lq_u256_lt(&c->groups[c->group_cnt - 1].debt_usd.raw, &owners[i].debt));
    }
}

static void holders_and_groups_are_those_of_all_accounts(void **state)
{
    (void)state;
    static lq_analysis_concentration_t c;
    lq_rng_t rng = lq_test_rng();
    const rig_will_t will = {0};
    size_t together = 0;
    for (size_t n = 0; n < lq_test_cnt(40, 2000); n++) {
        rig_start(&rig, lq_rng_u64(&rng), &will);
        find_owners();
        assert_ok(lq_analysis_concentrate(rig.a, &c));
        check_holders(&c);
        check_groups(&c);
        together += c.groups[0].account_cnt > 1;
        rig_stop(&rig);
    }
    assert_true(together > 0);
}

/* ---- pairs ---- */

static lq_u256_t owed_of(lq_liquidation_pair_t pair, uint32_t instance, bool *any)
{
    lq_sync_t *sync = lq_engine_sync(rig.w.engine);
    lq_u256_t sum = lq_u256_from_u64(0);
    *any = false;
    for (uint32_t i = 0; i < lq_ledger_cnt(rig.ledger); i++) {
        lq_u128_t debt = lq_ledger_amount(rig.ledger, i, pair.debt);
        lq_u256_t units;
        if (lq_ledger_account(rig.ledger, i).state != LQ_ACCOUNT_KNOWN || !debt ||
            !lq_ledger_amount(rig.ledger, i, pair.collateral))
            continue;
        *any = true;
        assert_ok(
            lq_sync_instance(sync, instance)
                ->adapter->token_amount(lq_sync_self(sync, instance), &units, pair.debt, debt, 0));
        sum = lq_u256_add_wrap(&sum, &units);
    }
    return sum;
}

static size_t pairs_there_are(void)
{
    size_t cnt = 0;
    uint16_t factor_cnt = (uint16_t)lq_ledger_factor_cnt(rig.ledger);
    for (uint16_t c = 0; c < factor_cnt; c++)
        for (uint16_t d = 0; d < factor_cnt; d++) {
            const lq_factor_t *of = lq_ledger_factor(rig.ledger, c);
            bool any = false;
            if (of->side == LQ_SIDE_COLLATERAL &&
                lq_ledger_factor(rig.ledger, d)->side == LQ_SIDE_DEBT)
                (void)owed_of((lq_liquidation_pair_t){c, d},
                              lq_ledger_pool(rig.ledger, of->pool).instance, &any);
            cnt += any;
        }
    return cnt;
}

static void check_pair(const lq_analysis_break_even_t *row)
{
    bool any;
    lq_quote_t quote;
    lq_address_t token;
    lq_usd_t want = {0};
    lq_u256_t owed = owed_of(row->pair, row->instance, &any);
    assert_true(any);
    if (lq_engine_price(rig.w.engine, &quote, &token, row->instance, row->pair.debt) ==
        LQ_VALUE_FRESH)
        assert_ok(lq_worth_up(&want, &owed, &quote));
    assert_true(lq_u256_eq(&row->debt_usd.raw, &want.raw));
}

static void pairs_are_those_that_accounts_have_both_sides_of(void **state)
{
    (void)state;
    static lq_analysis_break_even_t rows[256];
    static lq_analysis_break_even_t few[4];
    lq_rng_t rng = lq_test_rng();
    const rig_will_t will = {0};
    for (size_t n = 0; n < lq_test_cnt(10, 200); n++) {
        rig_start(&rig, lq_rng_u64(&rng), &will);
        size_t cnt = lq_analysis_pairs(rig.a, rows, 256);
        assert_true(cnt < 256);
        assert_int_equal(cnt, pairs_there_are());
        for (size_t i = 0; i < cnt; i++) {
            check_pair(&rows[i]);
            assert_true(!i || rows[i - 1].instance < rows[i].instance ||
                        (rows[i - 1].instance == rows[i].instance &&
                         lq_usd_cmp(&rows[i - 1].debt_usd, &rows[i].debt_usd) >= 0));
        }
        assert_int_equal(lq_analysis_pairs(rig.a, few, 4), cnt);
        assert_memory_equal(few, rows, sizeof(few));
        rig_stop(&rig);
    }
}

/* What is found earns what is asked of it, and a unit less does not; where nothing is found no size
   does, for all that the engine says of the least alone. */
static void check_row(const lq_analysis_break_even_t *row, const rig_view_t *view)
{
    lq_u256_t repaid;
    lq_profit_t profit;
    lq_usd_t least = lq_engine_least(rig.w.engine, &row->profit);
    lq_engine_see(rig.w.engine, &view->view);
    lq_err_t err =
        lq_engine_break_even(rig.w.engine, &repaid, &profit, row->instance, row->pair, &least);
    lq_engine_see(rig.w.engine, NULL);
    if (row->err) {
        assert_true(lq_u256_is_zero(&row->repaid));
        return;
    }
    assert_ok(err);
    assert_true(lq_u256_eq(&repaid, &row->repaid));
    assert_false(lq_i256_is_neg(&row->profit.net_usd));
    assert_false(lq_u256_lt(&row->profit.net_usd.bits, &least.raw));
    assert_false(lq_u256_is_zero(&row->incentive.seized_wad));
}

static void break_even_is_the_least_that_earns_what_is_asked(void **state)
{
    (void)state;
    static lq_analysis_break_even_t rows[256];
    lq_rng_t rng = lq_test_rng();
    size_t found = 0;
    for (size_t n = 0; n < lq_test_cnt(10, 200); n++) {
        rig_will_t will = {.min_profit_bps = (uint32_t)lq_rng_below(&rng, 3) * 100,
                           .min_profit_dollars = lq_rng_below(&rng, 2) * 20};
        rig_start(&rig, lq_rng_u64(&rng), &will);
        rig_view_t view;
        rig_draw_view(&rig, &view);
        view.view.whole_funds = true;
        size_t cnt = lq_analysis_pairs(rig.a, rows, 256);
        for (size_t i = 0; i < cnt && i < 20; i++) {
            lq_analysis_break_even(rig.a, &rows[i], &view.view);
            check_row(&rows[i], &view);
            found += rows[i].err == LQ_OK;
        }
        rig_stop(&rig);
    }
    assert_true(found > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holders_and_groups_are_those_of_all_accounts),
        cmocka_unit_test(pairs_are_those_that_accounts_have_both_sides_of),
        cmocka_unit_test(break_even_is_the_least_that_earns_what_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
