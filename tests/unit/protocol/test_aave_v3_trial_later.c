/* Plans of Aave v3 that are mined in another second than they were made for: interest
   moves what is owed and held, and a plan's amounts lie at the very borders of what is allowed. */

#include "aave_v3_trial_draw.h"

#define RESERVES 4u
#define STEP_MAX 3u
#define HOUR_SEC 3600
#define DOLLAR   100 /* cents */

typedef struct step {
    unsigned collateral, debt; /* reserves */
    num_t named;
    num_t repaid;
} step_t;

typedef struct fixture {
    world_t world;
    world_rig_t rig;
    lq_trial_t trial;
    uint32_t account;
    step_t steps[STEP_MAX];
    size_t step_cnt;
} fixture_t;

/* PERCENT a year, in rays. */
static num_t rate(uint64_t percent)
{
    evm_t e = {false};
    return n_mul_div(&e, LQ_RAY_ONE, n(percent), n(100), EVM_DOWN);
}

/* So many cents of R as scaled units. */
static num_t scaled(const world_reserve_t *r, const num_t *index, double cents)
{
    evm_t e = {false};
    return n_mul_div(&e, tokens(r, (uint64_t)cents), LQ_RAY_ONE, *index, EVM_DOWN);
}

/* One or two collaterals and debts, of around the borders' 1000 and 2000 dollars or of many more,
   at rates of up to the 1000 % a year that Aave allows. */
static void draw(fixture_t *f, lq_rng_t *rng)
{
    world_t *w = &f->world;
    world_user_t *u = &w->users[0];
    memset(f, 0, sizeof(*f));
    world_init(w, (unsigned)between(rng, 0, LQ_AAVE_V3_VERSION_CNT - 1), RESERVES);
    for (unsigned i = 0; i < RESERVES; i++) {
        world_reserve_t *r = &w->reserves[i];
        r->accrual.liquidity_index = any_index(rng);
        r->accrual.variable_borrow_index = any_index(rng);
        r->accrual.current_liquidity_rate = rate(lq_rng_below(rng, 1001));
        r->accrual.current_variable_borrow_rate = rate(lq_rng_below(rng, 1001));
        r->accrual.last_update_sec = w->now_sec - HOUR_SEC;
        r->price = n(between(rng, 10, 400000) * 1000000);
        r->threshold_bps = (uint16_t)between(rng, 5000, 8800);
        r->bonus_bps = (uint16_t)between(rng, 10100, 11000);
        r->fee_bps = (uint16_t)(lq_rng_below(rng, 3000));
    }
    double secured = 0;
    unsigned collaterals = (unsigned)between(rng, 1, 2);
    unsigned debts = (unsigned)between(rng, 1, 2);
    uint64_t most = lq_rng_below(rng, 4) == 0 ? 100000000 : 600000;
    for (unsigned i = 0; i < collaterals; i++) {
        num_t index = world_index(w, i, LQ_AAVE_V3_ATOKEN);
        double cents = (double)between(rng, 60000, most);
        u->supply[i].scaled = scaled(&w->reserves[i], &index, cents);
        u->flag[i] = true;
        secured += cents * w->reserves[i].threshold_bps / 1e4;
    }
    double owed = secured * 1000 / (double)between(rng, 900, 998);
    for (unsigned i = 0; i < debts; i++) {
        num_t index = world_index(w, 2 + i, LQ_AAVE_V3_DEBT);
        double part = i + 1 == debts ? owed : owed * (double)between(rng, 10, 90) / 100;
        u->debt[2 + i].scaled = scaled(&w->reserves[2 + i], &index, part);
        owed -= part;
    }
    world_rig_make(&f->rig, w, w->version, 8);
    assert_int_equal(world_rig_settle(&f->rig, 1000), 0);
    world_emit_borrow(w, 0, 2, 2);
    assert_int_equal(world_rig_settle(&f->rig, 1000), 0);
    f->account = account_of(&f->rig, 0);
}

static unsigned reserve_of(const fixture_t *f, uint16_t factor)
{
    return f->rig.self->reserves[lq_ledger_factor(f->rig.ledger, factor)->asset].underlying.b[19];
}

/* The amount that the encoded call names. */
static num_t named(const fixture_t *f, const lq_liquidation_call_t *call,
                   const lq_liquidation_outcome_t *out)
{
    uint8_t data[164];
    lq_read_call_t one;
    lq_calls_t calls = {.calls = &one, .call_max = 1, .data = data, .data_max = sizeof(data)};
    assert_ok(ADAPTER.encode_call(f->rig.self, &calls, f->account, call, out));
    return lq_u256_from_be(one.input + 4 + 96);
}

/* Whether AMOUNT is so little that another index may have it burn nothing; no plan has that. */
static bool is_nothing(const fixture_t *f, uint16_t debt, const num_t *amount)
{
    const world_reserve_t *r = &f->world.reserves[reserve_of(f, debt)];
    return n_less(*amount, tokens(r, DOLLAR));
}

/* An end of one of the pair's ranges, mostly the upper; or what trial_top says. */
static bool take_step(fixture_t *f, lq_rng_t *rng)
{
    lq_liquidation_pair_t pairs[16];
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    lq_liquidation_outcome_t out;
    size_t cnt = ADAPTER.trial_pairs(f->rig.self, &f->trial, pairs, LQ_ARRAY_CNT(pairs));
    if (cnt == 0)
        return false;
    lq_liquidation_call_t call = {.pair = pairs[lq_rng_below(rng, cnt)],
                                  .by = LQ_LIQUIDATION_BY_REPAID};
    lq_liquidation_top_t top = {.call = call};
    if (lq_rng_below(rng, 3) == 0 && ADAPTER.trial_top(f->rig.self, &f->trial, &out, &top)) {
        call = top.call;
    } else {
        cnt = ADAPTER.trial_ranges(f->rig.self, &f->trial, ranges, call.pair, call.by);
        if (cnt == 0)
            return false;
        const lq_liquidation_range_t *r = &ranges[lq_rng_below(rng, cnt)];
        call.amount = lq_rng_below(rng, 4) ? r->to : r->from;
        if (ADAPTER.trial_send(f->rig.self, &f->trial, &out, &call))
            return false;
    }
    if (is_nothing(f, call.pair.debt, &out.repaid))
        return false;
    f->steps[f->step_cnt++] = (step_t){.collateral = reserve_of(f, call.pair.collateral),
                                       .debt = reserve_of(f, call.pair.debt),
                                       .named = named(f, &call, &out),
                                       .repaid = out.repaid};
    return true;
}

/* Whether the first call may do there what it may where it was planned: that health is on the same
   side of its two limits is nothing that a plan can see to. */
static bool is_same_ground(const model_t *m, const model_t *there, const step_t *first)
{
    evm_t e = {false};
    const num_t close = n(950000000000000000u);
    model_sums_t a = model_sums(&e, m);
    model_sums_t b = model_sums(&e, there);
    return model_valid(there, &b, first->collateral, first->debt) &&
           n_less(close, a.health) == n_less(close, b.health);
}

/* What a call of the pair may repay more or less, in the base currency: interest on all that there
   was of both, and roundings to single units, of a cent at most. */
static num_t growth(const model_t *m, const step_t *s)
{
    evm_t e = {false};
    num_t held =
        model_value(&e, m, s->collateral, false, model_balance(&e, m, s->collateral, false));
    num_t owed = model_value(&e, m, s->debt, true, model_balance(&e, m, s->debt, true));
    num_t all = n_add(&e, held, owed);
    all = lq_u256_shr(&all, 14);
    return n_add(&e, all, n(1000000));
}

static size_t passed_cnt, behind_cnt;

/* Mined OFF seconds from when it was planned for, each call does what it did, but for interest. */
static void passes_at(const fixture_t *f, const model_t *planned_on, int off)
{
    model_t m;
    model_call_t did;
    static world_t w;
    w = f->world;
    w.now_sec = (uint64_t)((int64_t)w.now_sec + off);
    model_of(&m, &w, 0);
    if (!is_same_ground(planned_on, &m, &f->steps[0]))
        return;
    for (size_t i = 0; i < f->step_cnt; i++) {
        const step_t *s = &f->steps[i];
        evm_t e = {false};
        assert_ok(model_liquidate(&m, &did, s->collateral, s->debt, s->named));
        bool more = n_less(s->repaid, did.repaid);
        num_t off_by = more ? n_sub(&e, did.repaid, s->repaid) : n_sub(&e, s->repaid, did.repaid);
        off_by = model_value(&e, &m, s->debt, true, off_by);
        assert_false(n_less(growth(planned_on, s), off_by));
        passed_cnt++;
        behind_cnt += i > 0;
    }
}

static void plans_pass_in_the_seconds_around(void **state)
{
    (void)state;
    static const int offs[] = {-60, -13, -1, 0, 1, 2, 13, 60};
    static fixture_t f;
    lq_rng_t rng = lq_test_rng();
    size_t cnt = lq_test_cnt(1000, 100000);
    passed_cnt = behind_cnt = 0;
    for (size_t i = 0; i < cnt; i++) {
        draw(&f, &rng);
        if (ADAPTER.trial_open(f.rig.self, &f.trial, f.account, NULL) == LQ_OK) {
            while (f.step_cnt < STEP_MAX && take_step(&f, &rng))
                ;
            model_t m;
            model_of(&m, &f.world, 0);
            for (size_t k = 0; f.step_cnt > 0 && k < LQ_ARRAY_CNT(offs); k++)
                passes_at(&f, &m, offs[k]);
        }
        world_rig_fini(&f.rig);
    }
    assert_true(passed_cnt > cnt);
    assert_true(behind_cnt > cnt / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_pass_in_the_seconds_around),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
