/* Trials of Aave v3 against a model of the contract: each amount, what it leaves, and the ranges.
 */

#include "aave_v3_trial_draw.h"

#define RESERVES 4u

typedef struct fixture {
    world_t world;
    world_rig_t rig;
    model_t model;
    lq_trial_t trial;
    lq_health_view_t view; /* of now, and of what if */
    uint32_t account;
} fixture_t;

static void know_user(fixture_t *f)
{
    world_rig_make(&f->rig, &f->world, f->world.version, 8);
    assert_int_equal(world_rig_settle(&f->rig, 1000), 0);
    world_emit_borrow(&f->world, 0, 2, 2);
    assert_int_equal(world_rig_settle(&f->rig, 1000), 0);
    f->account = account_of(&f->rig, 0);
    model_of(&f->model, &f->world, 0);
}

static void draw(fixture_t *f, lq_rng_t *rng, unsigned version, bool large)
{
    memset(f, 0, sizeof(*f));
    world_init(&f->world, version, RESERVES);
    for (unsigned i = 0; i < RESERVES; i++) {
        draw_reserve(rng, &f->world.reserves[i], large);
        f->world.reserves[i].category = (uint8_t)lq_rng_below(rng, 2);
    }
    if (chance(rng, 12))
        f->world.reserves[lq_rng_below(rng, RESERVES)].paused = true;
    if (chance(rng, 12))
        f->world.reserves[lq_rng_below(rng, RESERVES)].active = false;
    if (chance(rng, 12))
        f->world.reserves[lq_rng_below(rng, RESERVES)].grace_until_sec = f->world.now_sec + 1;
    if (chance(rng, 16))
        f->world.reserves[lq_rng_below(rng, 2)].threshold_bps = 0;
    draw_user(rng, &f->world, large);
    know_user(f);
    if (chance(rng, 2))
        f->view.what_if.bonus_bps = (int32_t)between(rng, 0, 2000) - 500;
    if (chance(rng, 2))
        f->view.what_if.close_factor_bps = (uint16_t)between(rng, 1, chance(rng, 3) ? 10000 : 9000);
    f->model.what_if = f->view.what_if;
}

static unsigned reserve_of(const fixture_t *f, uint16_t factor)
{
    return f->rig.self->reserves[lq_ledger_factor(f->rig.ledger, factor)->asset].underlying.b[19];
}

/* The trial stands as the model does. */
static void assert_as_model(const fixture_t *f, const lq_trial_t *t, const model_t *m)
{
    evm_t e = {false};
    lq_health_t h;
    lq_liquidation_pair_t pairs[64];
    model_sums_t s = model_sums(&e, m);
    assert_false(e.reverted);
    ADAPTER.trial_health(f->rig.self, t, &h);
    assert_u256_equal(h.collateral_value, s.collateral);
    assert_u256_equal(h.debt_value, s.debt);
    assert_u256_equal(h.factor_wad, s.health);
    size_t cnt = ADAPTER.trial_pairs(f->rig.self, t, pairs, 64);
    size_t want = 0;
    for (unsigned c = 0; c < m->cnt; c++)
        for (unsigned d = 0; d < m->cnt; d++)
            if (model_valid(m, &s, c, d) && !n_same(m->r[c].supply, n(0))) {
                bool there = false;
                for (size_t i = 0; i < cnt; i++)
                    there |= reserve_of(f, pairs[i].collateral) == c &&
                             reserve_of(f, pairs[i].debt) == d;
                assert_true(there);
                want++;
            }
    assert_int_equal(cnt, want);
    assert_int_equal(h.blocked, h.verdict == LQ_HEALTH_LIQUIDATABLE && cnt == 0);
    for (size_t i = 1; i < cnt; i++)
        assert_true(
            pairs[i - 1].collateral < pairs[i].collateral ||
            (pairs[i - 1].collateral == pairs[i].collateral && pairs[i - 1].debt < pairs[i].debt));
}

/* The health of SUMS as it may be in a later block: what is done behind a call has to pass there
   too. By the average threshold, that may be a basis point more. */
static num_t later(const model_t *m, const model_sums_t *sums)
{
    evm_t e = {false};
    num_t more = lq_u256_shr(&sums->health, 14);
    if (m->version < 5 && !n_less(sums->weighted, sums->collateral) &&
        !n_same(sums->collateral, n(0))) {
        num_t average = n_mul_div(&e, sums->weighted, n(1), sums->collateral, EVM_DOWN);
        num_t step = n_mul_div(&e, sums->health, n(1), average, EVM_DOWN);
        more = n_add(&e, more, step);
    }
    return lq_u256_add_checked(&more, &more, &sums->health) ? sums->health : more;
}

static model_t planned_of(const model_t *m)
{
    model_t planned = *m;
    planned.planned = true;
    return planned;
}

static size_t renamed_cnt; /* calls that repay other amounts, sent */

/* What is tried to be sent is what the encoded call does, which names more where all goes. */
static void sends_what_it_encodes(const fixture_t *f, const lq_trial_t *before, model_t *planned,
                                  const lq_liquidation_call_t *call,
                                  const lq_liquidation_outcome_t *out)
{
    static lq_trial_t copy;
    uint8_t data[164];
    lq_read_call_t one;
    lq_calls_t calls = {.calls = &one, .call_max = 1, .data = data, .data_max = sizeof(data)};
    lq_liquidation_call_t named = *call;
    lq_liquidation_outcome_t sent = *out;
    model_call_t done;
    lq_health_t behind;
    evm_t e = {false};
    ADAPTER.trial_copy(&copy, before);
    lq_err_t err = ADAPTER.trial_send(f->rig.self, &copy, &sent, call);
    assert_ok(ADAPTER.encode_call(f->rig.self, &calls, f->account, call, &sent));
    named.amount = lq_u256_from_be(one.input + 4 + 96);
    unsigned d = reserve_of(f, call->pair.debt);
    lq_err_t want =
        model_liquidate(planned, &done, reserve_of(f, call->pair.collateral), d, named.amount);
    if (err != LQ_OK && err != LQ_ERR_PERM)
        return; /* so much more is named that it does not fit */
    assert_int_equal(err == LQ_OK, want == LQ_OK);
    if (want)
        return;
    assert_u256_equal(sent.repaid, done.repaid);
    assert_u256_equal(sent.seized, done.seized);
    assert_u256_equal(sent.protocol_fee, done.fee);
    assert_int_equal(sent.closes_debt, n_same(planned->r[d].debt, n(0)));
    assert_int_equal(sent.takes_all, done.flag_off);
    assert_int_equal(sent.bad_debt, done.bad_debt);
    ADAPTER.trial_health(f->rig.self, &copy, &behind);
    model_sums_t sums = model_sums(&e, planned);
    assert_u256_equal(behind.factor_wad, later(planned, &sums));
    renamed_cnt += !n_same(sent.repaid, out->repaid);
}

/* One call of both, on copies; MODEL and TRIAL are left as it leaves them. */
static lq_err_t call_both(const fixture_t *f, lq_trial_t *trial, model_t *model, model_call_t *did,
                          lq_liquidation_pair_t pair, num_t amount)
{
    static lq_trial_t before;
    const lq_liquidation_call_t call = {pair, LQ_LIQUIDATION_BY_REPAID, amount};
    lq_liquidation_outcome_t out = {.repaid = UNTOUCHED};
    model_t planned = planned_of(model);
    ADAPTER.trial_copy(&before, trial);
    lq_err_t want = model_liquidate(model, did, reserve_of(f, pair.collateral),
                                    reserve_of(f, pair.debt), amount);
    lq_err_t err = ADAPTER.trial_call(f->rig.self, trial, &out, &call);
    if (want != LQ_ERR_RANGE)
        assert_int_equal(err, want);
    else
        assert_int_not_equal(err, LQ_OK); /* which of two reasons comes first is no matter */
    if (err) {
        assert_u256_equal(out.repaid, UNTOUCHED);
        assert_memory_equal(trial, &before, 256);
        return err;
    }
    assert_u256_equal(out.repaid, did->repaid);
    assert_u256_equal(out.seized, did->seized);
    assert_u256_equal(out.protocol_fee, did->fee);
    assert_int_equal(out.takes_all, did->flag_off);
    assert_int_equal(out.bad_debt, did->bad_debt);
    assert_int_equal(out.closes_debt, n_same(model->r[reserve_of(f, pair.debt)].debt, n(0)));
    assert_as_model(f, trial, model);
    if (out.takes_all || out.closes_debt || amount.w[0] % 64 == 0)
        sends_what_it_encodes(f, &before, &planned, &call, &out);
    return LQ_OK;
}

/* How many pairs M has, and whether all of a debt may be repaid at once. */
typedef struct way {
    bool only;
    bool whole; /* of the only pair: nothing comes next that a larger amount does not do */
} way_t;

static way_t way_of(const fixture_t *f, const lq_trial_t *trial, const model_t *m,
                    lq_liquidation_pair_t pair)
{
    evm_t e = {false};
    model_t copy = planned_of(m);
    model_call_t did = {.max_debt = n(0)};
    unsigned d = reserve_of(f, pair.debt);
    way_t way = {.only = ADAPTER.trial_pairs(f->rig.self, trial, NULL, 0) == 1};
    num_t debt = model_balance(&e, m, d, true);
    (void)!model_liquidate(&copy, &did, reserve_of(f, pair.collateral), d, debt);
    way.whole = way.only && n_same(did.max_debt, debt);
    return way;
}

/* What is true behind a call, as far as it matters for the next; 0: refused. */
static unsigned kind_of(const model_t *m, lq_err_t err, const model_call_t *did, unsigned c,
                        unsigned d, way_t way)
{
    evm_t e = {false};
    if (err)
        return 0;
    if (way.whole)
        return 1;
    model_sums_t s = model_sums(&e, m);
    if (did->bad_debt)
        return 2;
    num_t health = later(m, &s);
    if (!n_less(health, LQ_WAD_ONE))
        return 4;
    bool part = m->what_if.close_factor_bps || n_less(n(950000000000000000u), health);
    unsigned kind =
        1u | (did->flag_off ? 8u : 0) | (n_same(m->r[d].debt, n(0)) ? 16u : 0) | (part ? 32u : 0);
    if (m->version < 3 || !(kind & 32u))
        return kind;
    num_t cv =
        model_counts(m, c) ? model_value(&e, m, c, false, model_balance(&e, m, c, false)) : n(0);
    num_t dv = model_value(&e, m, d, true, model_balance(&e, m, d, true));
    kind |= (n_less(cv, did->c_large) ? 0 : 64u) | (n_less(dv, did->d_large) ? 0 : 128u);
    return way.only && (kind & 224u) != 224u ? kind & ~224u : kind;
}

/* What a scaled unit of a token is worth: balances and burns are rounded to these, which an index
   makes larger than the token's own. */
static double scaled_unit_base(const model_reserve_t *r, const num_t *index)
{
    return lq_u256_to_double(&r->price) / lq_u256_to_double(&r->unit) *
           (lq_u256_to_double(index) / 1e27);
}

/* Health, or the average threshold that it goes by to 3.4, so near a limit that rounding to one
   more scaled unit of a token may be what decides. */
static bool is_near_limit(const model_t *m, unsigned c, unsigned d)
{
    evm_t e = {false};
    model_sums_t s = model_sums(&e, m);
    double debt = lq_u256_to_double(&s.debt);
    double collateral = lq_u256_to_double(&s.collateral);
    if (!(debt > 0) || !(collateral > 0))
        return true;
    num_t in_time = later(m, &s);
    double health = lq_u256_to_double(&in_time) / 1e18;
    /* A call rounds the collateral at most four times (conversion, bonus, burn, fee), the debt
       twice (burn, balance); so did the one that the border was found by. */
    double units = 8 * scaled_unit_base(&m->r[c], &m->r[c].liquidity_index) +
                   4 * scaled_unit_base(&m->r[d], &m->r[d].borrow_index) + 3;
    double noise = units / debt;
    if (m->version < 5) {
        double average = lq_u256_to_double(&s.weighted) / collateral;
        double rest = average - (double)(uint64_t)average;
        if (rest < units / collateral * 1e4 || 1 - rest < units / collateral * 1e4)
            noise += collateral / debt * 1.1e-4;
    }
    return (health > 1 - noise && health < 1 + noise) ||
           (health > 0.95 - noise && health < 0.95 + noise);
}

#define AMOUNT_MAX 20000u
#define FEW        4u

static size_t inside_cnt, odd_cnt, far_cnt, missed_cnt;

/* BEYOND: the amount that takes all there is and repays less than LAST; 0: none. */
static void check_ranges(const fixture_t *f, const lq_trial_t *trial, const unsigned *kinds,
                         const bool *near, uint64_t last, uint64_t beyond,
                         lq_liquidation_pair_t pair)
{
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    size_t cnt = ADAPTER.trial_ranges(f->rig.self, trial, ranges, pair, LQ_LIQUIDATION_BY_REPAID);
    uint64_t at = 1;
    if (beyond) {
        assert_true(cnt > 0);
        cnt--;
        assert_int_equal(ranges[cnt].from.w[0], beyond);
        assert_int_equal(ranges[cnt].to.w[0], beyond);
    }
    for (size_t i = 0; i < cnt; i++) {
        uint64_t from = ranges[i].from.w[0];
        uint64_t to = ranges[i].to.w[0];
        /* beyond the last where larger ones are refused, and those that repay more for as much are
           not */
        assert_true(at <= from && from <= to && to < AMOUNT_MAX);
        for (; at < from; at++)
            if (kinds[at] != 0) { /* teeth that there was no room for */
                assert_int_equal(cnt + (beyond != 0), LQ_LIQUIDATION_RANGE_MAX);
                missed_cnt++;
            }
        unsigned kind = kinds[from];
        assert_true(kind != 0);
        for (; at <= to; at++) {
            inside_cnt++;
            if (kinds[at] != kind) {
                odd_cnt++;
                far_cnt += !near[at];
            }
        }
        if (from > 1)
            assert_true(kinds[from - 1] != kind);
        if (to < last)
            assert_true(kinds[to + 1] != kinds[to]);
    }
    /* A collateral of next to nothing is worth less than burns a debt: it can be taken by the very
       amount that it is rounded up from, and by none above, which the largest is looked at for. */
    if (cnt == 0 && last <= FEW)
        return;
    for (; at <= last; at++)
        assert_int_equal(kinds[at], 0);
}

static void try_pair(const fixture_t *f, const lq_trial_t *trial, const model_t *model,
                     lq_liquidation_pair_t pair, lq_rng_t *rng, bool again)
{
    static lq_trial_t copy;
    static unsigned kinds[AMOUNT_MAX + 2];
    static bool near[AMOUNT_MAX + 2];
    unsigned c = reserve_of(f, pair.collateral);
    unsigned d = reserve_of(f, pair.debt);
    uint64_t last = 0;
    uint64_t beyond = 0;
    bool exhausted = false;
    evm_t e = {false};
    way_t way = way_of(f, trial, model, pair);
    uint64_t most = model_balance(&e, model, d, true).w[0] + 2;
    if (most >= AMOUNT_MAX) /* not every amount of it can be tried */
        return;
    for (uint64_t x = 0; x <= most; x++) {
        model_t m = *model;
        model_call_t did;
        ADAPTER.trial_copy(&copy, trial);
        (void)call_both(f, &copy, &m, &did, pair, n(x));
        if (x == 0)
            continue;
        m = planned_of(model);
        lq_err_t err = model_liquidate(&m, &did, c, d, n(x));
        kinds[x] = kind_of(&m, err, &did, c, d, way);
        near[x] = !err && is_near_limit(&m, c, d);
        if (x <= did.max_debt.w[0] && !exhausted)
            last = x;
        exhausted |= did.exhausts;
        if (x == did.max_debt.w[0] && x > last && !err && did.repaid.w[0] < last)
            beyond = x;
    }
    check_ranges(f, trial, kinds, near, last, beyond, pair);
    if (!again)
        return;
    for (unsigned i = 0; i < 2; i++) { /* and a second call */
        model_t m = *model;
        model_call_t did;
        ADAPTER.trial_copy(&copy, trial);
        if (call_both(f, &copy, &m, &did, pair, n(between(rng, 1, most))))
            continue;
        lq_liquidation_pair_t pairs[16];
        size_t cnt = ADAPTER.trial_pairs(f->rig.self, &copy, pairs, 16);
        static lq_trial_t next;
        for (size_t k = 0; k < cnt; k++) {
            ADAPTER.trial_copy(&next, &copy);
            try_pair(f, &next, &m, pairs[k], rng, false);
            ADAPTER.trial_copy(&copy, &next);
        }
    }
}

static void try_account(fixture_t *f, lq_rng_t *rng, size_t *opened)
{
    evm_t e = {false};
    lq_liquidation_pair_t pairs[16];
    model_sums_t s = model_sums(&e, &f->model);
    lq_err_t err = ADAPTER.trial_open(f->rig.self, &f->trial, f->account, &f->view);
    bool can = !n_same(s.debt, n(0)) && n_less(s.health, LQ_WAD_ONE);
    assert_int_equal(err, can ? LQ_OK : LQ_ERR_EMPTY);
    if (err)
        return;
    ++*opened;
    assert_as_model(f, &f->trial, &f->model);
    size_t cnt = ADAPTER.trial_pairs(f->rig.self, &f->trial, pairs, 16);
    for (size_t i = 0; i < cnt; i++)
        try_pair(f, &f->trial, &f->model, pairs[i], rng, true);
}

static void small_accounts_are_as_the_contract(void **state)
{
    (void)state;
    static fixture_t f;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(6, 300);
    for (unsigned version = 0; version < LQ_AAVE_V3_VERSION_CNT; version++) {
        size_t opened = 0;
        inside_cnt = odd_cnt = far_cnt = missed_cnt = 0;
        for (size_t i = 0; i < cnt; i++) {
            draw(&f, &rng, version, false);
            try_account(&f, &rng, &opened);
            world_rig_fini(&f.rig);
        }
        assert_true(odd_cnt <= inside_cnt / 10 + 50);
        assert_int_equal(far_cnt, 0); /* what differs within a range does by rounding alone */
        assert_true(missed_cnt <= inside_cnt / 10 + 50);
        assert_true(opened > cnt / 8);
    }
    assert_true(renamed_cnt > 0);
}

/* The range that AMOUNT is in, or within 2^-40 of; CNT: none. */
static size_t range_of(const lq_liquidation_range_t *ranges, size_t cnt, num_t amount)
{
    num_t gap = lq_u256_shr(&amount, 40);
    for (size_t i = 0; i < cnt; i++) {
        num_t from = n_less(ranges[i].from, gap) ? n(0) : lq_u256_sub_wrap(&ranges[i].from, &gap);
        num_t to = lq_u256_add_wrap(&ranges[i].to, &gap);
        if (!n_less(amount, from) && !n_less(to, amount))
            return i;
    }
    return cnt;
}

static bool is_inside(const lq_liquidation_range_t *r, num_t amount)
{
    return !n_less(amount, r->from) && !n_less(r->to, amount);
}

static num_t any_amount(lq_rng_t *rng, num_t most, const lq_liquidation_range_t *ranges, size_t cnt)
{
    evm_t e = {false};
    if (cnt > 0 && chance(rng, 2)) { /* around a border */
        const lq_liquidation_range_t *r = &ranges[lq_rng_below(rng, cnt)];
        num_t at = chance(rng, 2) ? r->from : r->to;
        num_t by = up_to_bits(rng, lq_u256_bit_len(&at));
        bool up = chance(rng, 2) || n_less(at, by);
        return up ? lq_u256_add_wrap(&at, &by) : lq_u256_sub_wrap(&at, &by);
    }
    return n_mul_div(&e, most, n(lq_rng_below(rng, 1 << 30)), n(1 << 30), EVM_DOWN);
}

static void try_amounts(const fixture_t *f, const lq_trial_t *trial, const model_t *model,
                        lq_liquidation_pair_t pair, lq_rng_t *rng)
{
    static lq_trial_t copy;
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    unsigned kinds[LQ_LIQUIDATION_RANGE_MAX];
    unsigned c = reserve_of(f, pair.collateral);
    unsigned d = reserve_of(f, pair.debt);
    evm_t e = {false};
    way_t way = way_of(f, trial, model, pair);
    num_t most = model_balance(&e, model, d, true);
    size_t cnt = ADAPTER.trial_ranges(f->rig.self, trial, ranges, pair, LQ_LIQUIDATION_BY_REPAID);
    for (size_t i = 0; i < 2 * cnt + 60; i++) {
        model_t m = *model;
        model_call_t did;
        num_t at = i < 2 * cnt ? (i % 2 ? ranges[i / 2].to : ranges[i / 2].from)
                               : any_amount(rng, most, ranges, cnt);
        ADAPTER.trial_copy(&copy, trial);
        lq_err_t err = call_both(f, &copy, &m, &did, pair, at);
        assert_true(i >= 2 * cnt || err == LQ_OK);
        m = planned_of(model);
        err = model_liquidate(&m, &did, c, d, at);
        unsigned kind = kind_of(&m, err, &did, c, d, way);
        size_t r = range_of(ranges, cnt, at);
        if (i < 2 * cnt && i % 2 == 0) {
            assert_int_not_equal(kind, 0);
            kinds[i / 2] = kind;
        } else if (r < cnt && is_inside(&ranges[r], at)) {
            assert_true(kind == kinds[r] || (err == LQ_OK && is_near_limit(&m, c, d)));
        } else if (r == cnt && err == LQ_OK) { /* only where larger amounts take no more */
            assert_true(cnt > 0);
            size_t end =
                cnt > 1 && lq_u256_eq(&ranges[cnt - 1].from, &did.max_debt) ? cnt - 1 : cnt;
            assert_true(
                cnt == LQ_LIQUIDATION_RANGE_MAX ||
                (n_less(ranges[end - 1].to, at) && (did.exhausts || !n_less(at, did.max_debt))));
        }
        for (size_t k = 0; k + 1 < cnt; k++)
            assert_true(n_less(ranges[k].to, ranges[k + 1].from));
    }
}

static void large_accounts_are_as_the_contract(void **state)
{
    (void)state;
    static fixture_t f;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(20, 3000);
    for (unsigned version = 0; version < LQ_AAVE_V3_VERSION_CNT; version++)
        for (size_t i = 0; i < cnt; i++) {
            lq_liquidation_pair_t pairs[16];
            draw(&f, &rng, version, true);
            if (!ADAPTER.trial_open(f.rig.self, &f.trial, f.account, &f.view)) {
                assert_as_model(&f, &f.trial, &f.model);
                size_t all = ADAPTER.trial_pairs(f.rig.self, &f.trial, pairs, 16);
                for (size_t k = 0; k < all; k++)
                    try_amounts(&f, &f.trial, &f.model, pairs[k], &rng);
            }
            world_rig_fini(&f.rig);
        }
}

/* Numbers of every width: where the contract reverts so do we, and nothing else goes wrong. */
static void extremes_are_as_the_contract(void **state)
{
    (void)state;
    static fixture_t f;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(200, 20000);
    size_t opened = 0;
    for (size_t i = 0; i < cnt; i++) {
        memset(&f, 0, sizeof(f));
        world_init(&f.world, (unsigned)(i % LQ_AAVE_V3_VERSION_CNT), RESERVES);
        for (unsigned r = 0; r < RESERVES; r++) {
            world_reserve_t *at = &f.world.reserves[r];
            draw_reserve(&rng, at, true);
            at->decimals = (uint8_t)lq_rng_below(&rng, chance(&rng, 2) ? 40 : 20);
            num_t price = up_to_bits(&rng, chance(&rng, 2) ? 180 : 64);
            if (!chance(&rng, 3))
                at->price = n_same(price, n(0)) ? n(1) : price;
            at->bonus_bps = (uint16_t)lq_rng_below(&rng, chance(&rng, 2) ? 65536 : 20000);
        }
        for (unsigned r = 0; r < RESERVES; r++) {
            f.world.users[0].supply[r].scaled = up_to_bits(&rng, 127);
            f.world.users[0].debt[r].scaled = up_to_bits(&rng, 127);
            f.world.users[0].flag[r] =
                chance(&rng, 2) && !n_same(f.world.users[0].supply[r].scaled, n(0));
        }
        know_user(&f);
        lq_liquidation_pair_t pairs[16];
        evm_t e = {false};
        (void)model_sums(&e, &f.model);
        lq_err_t err = ADAPTER.trial_open(f.rig.self, &f.trial, f.account, &f.view);
        assert_int_equal(err == LQ_ERR_RANGE, e.reverted);
        size_t all = err ? 0 : ADAPTER.trial_pairs(f.rig.self, &f.trial, pairs, 16);
        opened += err == LQ_OK;
        for (size_t k = 0; k < all; k++) {
            static lq_trial_t copy;
            lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
            size_t parts = ADAPTER.trial_ranges(f.rig.self, &f.trial, ranges, pairs[k],
                                                LQ_LIQUIDATION_BY_REPAID);
            for (unsigned j = 0; j < 8; j++) {
                model_t m = f.model;
                model_call_t did;
                num_t most = model_balance(&e, &m, reserve_of(&f, pairs[k].debt), true);
                num_t at = j < parts ? ranges[j].to : any_amount(&rng, most, ranges, parts);
                ADAPTER.trial_copy(&copy, &f.trial);
                err = call_both(&f, &copy, &m, &did, pairs[k], at);
                if (j < parts)
                    assert_ok(err);
            }
        }
        world_rig_fini(&f.rig);
    }
    assert_true(opened > cnt / 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_accounts_are_as_the_contract),
        cmocka_unit_test(large_accounts_are_as_the_contract),
        cmocka_unit_test(extremes_are_as_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
