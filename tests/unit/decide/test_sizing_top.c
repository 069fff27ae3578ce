/* A plan that is found by what the adapter tells at once (trial_top) beside the one that all ranges
   and routes of the search find without it, on accounts of every version of Aave v3 as pools have
   them: tokens of 6, 8 and 18 decimals, some dollars to some millions, one to two of each side. */

#include "aave_v3_world.h"
#include "liqd/decide/sizing.h"
#include "lq_test.h"
#include "plan_digest.h"

#define ADAPTER    lq_adapter_aave_v3
#define RESERVES   6u
#define FACTOR_MAX 64u
#define PER_WORLD  64u
#define WAD        1000000000000000000u

typedef struct tokens {
    uint16_t collateral[RESERVES];
    uint16_t debt[RESERVES];
    lq_terms_token_t about[FACTOR_MAX];
} tokens_t;

typedef struct stand {
    lq_rng_t rng;
    world_t world;
    world_rig_t rig;
    tokens_t tokens;
    lq_arena_t arena;
    lq_arena_mark_t empty;
    lq_gas_t *gas;
    lq_terms_t terms;
    uint32_t account;
    lq_trial_t trial;
    lq_sizing_room_t room;
    size_t sized_cnt;
    size_t plan_cnt;
    size_t two_cnt;    /* of several steps */
    size_t dust_cnt;   /* plans that part */
    size_t rest_cnt;   /* by what a third call is worth */
    size_t half_cnt;   /* second calls that have a limit */
    size_t lifted_cnt; /* by a first that lifts */
    size_t other_cnt;  /* of another debt than the first */
    size_t gap_cnt;    /* first calls below a gap */
} stand_t;

static uint64_t between(stand_t *s, uint64_t lo, uint64_t hi)
{
    return lo + lq_rng_below(&s->rng, hi - lo + 1);
}

static bool chance(stand_t *s, unsigned one_in)
{
    return lq_rng_below(&s->rng, one_in) == 0;
}

static double unit(stand_t *s)
{
    return (double)(lq_rng_u64(&s->rng) >> 11) * 0x1p-53;
}

/* 10^X, or near that between whole ones; X is not below 0. */
static double ten_to(double x)
{
    unsigned whole = (unsigned)x;
    double v = 1 + 9 * (x - whole);
    for (; whole > 0; whole--)
        v *= 10;
    return v;
}

/* ---- the search without what is told at once ---- */

static size_t told_cnt;

static bool top_counted(const lq_instance_t *self, lq_trial_t *trial, lq_liquidation_outcome_t *out,
                        lq_liquidation_top_t *top)
{
    bool told = ADAPTER.trial_top(self, trial, out, top);
    told_cnt += told;
    return told;
}

static lq_adapter_t with_top(void)
{
    lq_adapter_t out = ADAPTER;
    out.trial_top = top_counted;
    return out;
}

static lq_adapter_t without_top(void)
{
    lq_adapter_t out = ADAPTER;
    out.trial_top = NULL;
    return out;
}

/* ---- terms ---- */

static bool token_of(void *ctx, lq_terms_token_t *out, uint16_t factor)
{
    const stand_t *s = ctx;
    *out = s->tokens.about[factor];
    return !lq_u256_is_zero(&out->quote.price_wad);
}

/* Our own prices, which may be a little off the protocol's, and what may be spent. */
static void draw_token(stand_t *s, uint16_t factor, double off, bool poor)
{
    lq_terms_token_t *t = &s->tokens.about[factor];
    memset(t, 0, sizeof(*t));
    ADAPTER.asset_token(s->rig.self, factor, &t->token, &t->quote.decimals);
    const world_reserve_t *r = &s->world.reserves[t->token.b[19]];
    double price = (double)r->price.w[0] * 1e10 * (1 + off * (2 * unit(s) - 1));
    t->quote.price_wad = lq_u256_from_halves(0, (lq_u128_t)price);
    t->available = lq_u256_from_halves(1, 0);
    if (poor)
        t->available = lq_u256_from_halves(
            0, (lq_u128_t)(ten_to(6 * unit(s)) * 1e18 / price * ten_to(r->decimals)));
}

/* What some kinds of calls took. */
static void draw_gas(stand_t *s)
{
    lq_arena_rewind(&s->arena, s->empty);
    assert_ok(lq_gas_new(&s->gas, &s->arena, 64, 1));
    for (size_t i = chance(s, 2) ? 0 : between(s, 1, 20); i > 0; i--) {
        uint16_t c = (uint16_t)between(s, 0, lq_ledger_factor_cnt(s->rig.ledger) - 1);
        uint16_t d = (uint16_t)between(s, 0, lq_ledger_factor_cnt(s->rig.ledger) - 1);
        lq_gas_kind_t kind = {.collateral_token = s->tokens.about[c].token,
                              .debt_token = s->tokens.about[d].token,
                              .instance = 0,
                              .leg_cnt = (uint16_t)between(s, 2, 4),
                              .call_cnt = (uint8_t)between(s, 1, 3),
                              .shape = (uint8_t)lq_rng_below(&s->rng, 8)};
        lq_gas_learn(s->gas, &kind, (uint32_t)between(s, 300000, 900000));
    }
}

static void draw_terms(stand_t *s)
{
    double off = chance(s, 2) ? 0 : 0.06;
    bool poor = chance(s, 6);
    for (size_t f = 0; f < lq_ledger_factor_cnt(s->rig.ledger) && f < FACTOR_MAX; f++)
        draw_token(s, (uint16_t)f, off, poor);
    draw_gas(s);
    uint64_t fee = chance(s, 6) ? 0 : (uint64_t)(1e6 * ten_to(5 * unit(s)));
    s->terms = (lq_terms_t){.ctx = s,
                            .token = token_of,
                            .swaps = &lq_swaps_none,
                            .gas = s->gas,
                            .gas_floor = lq_gas_floor_of(ADAPTER.name),
                            .gas_price = {.base_fee_wei = {lq_u256_from_u64(fee)}},
                            .coin = {lq_u256_from_halves(0, (lq_u128_t)3000 * WAD), 18},
                            .funding = LQ_FUNDING_INVENTORY,
                            .atomic = chance(s, 2),
                            .first = chance(s, 4),
                            .try_max = 4096};
}

/* ---- accounts ---- */

static void draw_world(stand_t *s, unsigned version)
{
    static const uint8_t decimals[] = {6, 18, 18, 8};
    bool alike = chance(s, 2); /* bonuses, as most pools have them, and prices in whole dollars */
    world_init(&s->world, version, RESERVES);
    for (unsigned i = 0; i < RESERVES; i++) {
        world_reserve_t *r = &s->world.reserves[i];
        r->decimals = decimals[lq_rng_below(&s->rng, LQ_ARRAY_CNT(decimals))];
        double dollars = chance(s, 3) ? 1 : ten_to(7 * unit(s)) / 100;
        r->price = lq_u256_from_u64((uint64_t)(dollars * 1e8) + 1);
        r->category = 0;
        r->threshold_bps = (uint16_t)between(s, 6500, 8800);
        r->bonus_bps = alike ? 10500 : (uint16_t)between(s, 10100, 11000);
        r->fee_bps = (uint16_t)(chance(s, 2) ? 1000 : between(s, 0, 3000));
        r->accrual.liquidity_index.w[1] += lq_rng_below(&s->rng, 20000000);
        r->accrual.variable_borrow_index.w[1] += lq_rng_below(&s->rng, 20000000);
        s->world.users[0].supply[i].scaled = lq_u256_from_u64(1000000);
        s->world.users[0].debt[i].scaled = lq_u256_from_u64(1000);
        s->world.users[0].flag[i] = true;
    }
}

/* The factors of user 0, who has all. */
static void find_factors(stand_t *s)
{
    uint16_t cnt = (uint16_t)lq_ledger_factor_cnt(s->rig.ledger);
    for (uint16_t i = 0; i < cnt; i++) {
        const lq_factor_t *about = lq_ledger_factor(s->rig.ledger, i);
        lq_address_t token;
        uint8_t decimals;
        if (about->category)
            continue;
        ADAPTER.asset_token(s->rig.self, i, &token, &decimals);
        if (about->side == LQ_SIDE_DEBT)
            s->tokens.debt[token.b[19]] = i;
        if (about->side == LQ_SIDE_COLLATERAL)
            s->tokens.collateral[token.b[19]] = i;
    }
}

static void open_world(stand_t *s, unsigned version)
{
    lq_address_t owner = world_address(AT_USER, 0);
    draw_world(s, version);
    world_rig_make(&s->rig, &s->world, version, WORLD_RESERVE_MAX);
    assert_int_equal(world_rig_settle(&s->rig, 1000), 0);
    world_emit_borrow(&s->world, 0, 2, 2);
    assert_int_equal(world_rig_settle(&s->rig, 1000), 0);
    assert_ok(lq_ledger_find(s->rig.ledger, &s->account, 0, &owner));
    find_factors(s);
}

static void set_leg(stand_t *s, uint16_t factor, unsigned reserve, double dollars)
{
    const world_reserve_t *r = &s->world.reserves[reserve];
    double amount = dollars * 1e8 / (double)r->price.w[0] * ten_to(r->decimals);
    assert_ok(lq_ledger_set_amount(s->rig.ledger, s->account, factor, (lq_u128_t)amount));
}

/* User 0 owes some dollars anew, of one or two tokens, and has as much that it can be liquidated,
   or nearly. */
static void draw_account(stand_t *s)
{
    unsigned collateral = (unsigned)between(s, 0, RESERVES - 1);
    unsigned debt = (unsigned)between(s, 0, RESERVES - 1);
    bool two_collaterals = chance(s, 2);
    bool two_debts = chance(s, 3);
    double dollars = ten_to(1 + 6 * unit(s) * unit(s));
    double health = chance(s, 3) ? 0.94 + 0.06 * unit(s) : 0.6 + 0.4 * unit(s);
    double part = two_collaterals ? unit(s) : 1;
    for (unsigned i = 0; i < RESERVES; i++) {
        set_leg(s, s->tokens.collateral[i], i, 0);
        set_leg(s, s->tokens.debt[i], i, 0);
    }
    double has = dollars * health / 0.76;
    set_leg(s, s->tokens.collateral[collateral], collateral, has * part);
    collateral = (collateral + 1) % RESERVES;
    if (two_collaterals)
        set_leg(s, s->tokens.collateral[collateral], collateral, has * (1 - part));
    part = two_debts ? unit(s) : 1;
    set_leg(s, s->tokens.debt[debt], debt, dollars * part);
    debt = (debt + 1) % RESERVES;
    if (two_debts)
        set_leg(s, s->tokens.debt[debt], debt, dollars * (1 - part));
    s->terms.leg_cnt = (uint16_t)lq_ledger_legs(s->rig.ledger, s->account).cnt;
}

/* ---- both ---- */

static void print_plan(const char *name, const lq_plan_t *plan)
{
    for (size_t i = 0; i < plan->step_cnt; i++)
        print_message("%s %zu: %u/%u %.0f, net %.12g\n", name, i,
                      plan->steps[i].call.pair.collateral, plan->steps[i].call.pair.debt,
                      lq_u256_to_double(&plan->steps[i].call.amount),
                      lq_u256_to_double(&plan->steps[i].profit.net_usd.bits) / 1e18);
}

static double net_of(const lq_profit_t *p)
{
    lq_u256_t abs = lq_i256_abs(&p->net_usd);
    double net = lq_u256_to_double(&abs);
    return lq_i256_is_neg(&p->net_usd) ? -net : net;
}

static double gross_of(const lq_profit_t *p)
{
    return lq_u256_to_double(&p->seized_usd.raw) - lq_u256_to_double(&p->repaid_usd.raw);
}

/* Whether the plans part by no more than is looked for (sizing.h). Of two that are as good as each
   other either may be the best two, and a third call may be worth more behind one of them: then
   what is planned is no worse than the other's first two. */
static bool differs_by_dust(stand_t *s, const lq_plan_t *fast, const lq_plan_t *whole)
{
    double a = net_of(&fast->profit);
    double b = net_of(&whole->profit) - gross_of(&whole->profit) * 0x1p-20;
    bool less = a < b;
    s->dust_cnt++;
    if (less && (fast->step_cnt > 2 || whole->step_cnt > 2)) {
        s->rest_cnt++;
        b = 0;
        for (size_t i = 0; i < 2 && i < whole->step_cnt; i++)
            b += net_of(&whole->steps[i].profit) - gross_of(&whole->steps[i].profit) * 0x1p-20;
        less = a < b;
    }
    return !less;
}

static void size_both(stand_t *s)
{
    static lq_plan_t fast;
    static lq_plan_t whole;
    const lq_adapter_t top = with_top();
    const lq_adapter_t none = without_top();
    memset(&fast, 0, sizeof(fast));
    memset(&whole, 0, sizeof(whole));
    if (ADAPTER.trial_open(s->rig.self, &s->trial, s->account, NULL))
        return;
    lq_sizing_t got = lq_size(&fast, &s->room, &top, s->rig.self, &s->trial, &s->terms);
    lq_no_route_t why = s->room.no_route;
    lq_sizing_t want = lq_size(&whole, &s->room, &none, s->rig.self, &s->trial, &s->terms);
    assert_int_equal(got, want);
    assert_int_equal(why, s->room.no_route);
    if (lq_test_plan_digest(&fast) != lq_test_plan_digest(&whole) &&
        !differs_by_dust(s, &fast, &whole)) {
        print_message("version %u\n", s->world.version);
        print_plan("at once", &fast);
        print_plan("searched", &whole);
        fail_msg("what is told at once is another plan");
    }
    s->sized_cnt++;
    s->plan_cnt += got == LQ_SIZING_PLAN;
    s->two_cnt += fast.step_cnt > 1;
}

static void what_is_told_at_once_is_what_a_search_finds(void **state)
{
    (void)state;
    static stand_t s;
    size_t cnt = lq_test_cnt(400, 100000);
    s.rng = lq_test_rng();
    told_cnt = 0;
    assert_ok(lq_arena_init(&s.arena, lq_gas_arena_sz(64) + 4096));
    s.empty = lq_arena_mark(&s.arena);
    for (unsigned version = 0; s.sized_cnt < cnt;
         version = (version + 1) % LQ_AAVE_V3_VERSION_CNT) {
        open_world(&s, version);
        for (size_t i = 0; i < PER_WORLD; i++) {
            draw_terms(&s);
            draw_account(&s);
            size_both(&s);
        }
        world_rig_fini(&s.rig);
    }
    print_message("%zu sized, %zu plans, %zu of several calls, %zu told at once, %zu part by dust, "
                  "%zu by a third call\n",
                  s.sized_cnt, s.plan_cnt, s.two_cnt, told_cnt, s.dust_cnt, s.rest_cnt);
    assert_true(s.plan_cnt > cnt / 8 && s.two_cnt > cnt / 64 && told_cnt > cnt / 8);
    assert_true(s.dust_cnt <= 16 + cnt / 32 && s.rest_cnt <= 4 + cnt / 1024);
    lq_arena_fini(&s.arena);
}

/* ---- what bounds a second call ---- */

#define TRY_CNT 12u

/* The tops of a trial's pairs, as far as they are told. */
typedef struct bounds {
    size_t cnt;
    lq_liquidation_pair_t pairs[LQ_PLAN_PAIR_MAX];
    bool told[LQ_PLAN_PAIR_MAX];
    lq_liquidation_top_t tops[LQ_PLAN_PAIR_MAX];
} bounds_t;

static void find_bounds(stand_t *s, bounds_t *out)
{
    out->cnt = ADAPTER.trial_pairs(s->rig.self, &s->trial, out->pairs, LQ_PLAN_PAIR_MAX);
    for (size_t i = 0; i < out->cnt; i++) {
        lq_liquidation_outcome_t done;
        ADAPTER.trial_copy(&s->room.trials[0], &s->trial);
        out->tops[i] = (lq_liquidation_top_t){.call = {.pair = out->pairs[i]}};
        out->told[i] = ADAPTER.trial_top(s->rig.self, &s->room.trials[0], &done, &out->tops[i]);
    }
}

/* Any amount, or one just below or above where what may be done behind it changes. */
static lq_u256_t draw_amount(stand_t *s, const lq_liquidation_top_t *top)
{
    const uint64_t whole = UINT64_C(1) << 32;
    const lq_u256_t *const borders[] = {&top->again, &top->lift, &top->below};
    const lq_u256_t *border = borders[lq_rng_below(&s->rng, LQ_ARRAY_CNT(borders))];
    bool at_border = chance(s, 2) && lq_u256_lt(border, &top->call.amount);
    uint64_t off = lq_rng_u64(&s->rng) >> between(s, 32, 63);
    lq_u256_t part = lq_u256_from_u64(chance(s, 2) ? whole - off : whole + off);
    lq_u256_t unit = lq_u256_from_u64(whole);
    lq_u256_t out = lq_u256_from_u64(0);
    if (!at_border)
        part = lq_u256_from_u64(lq_rng_u64(&s->rng) >> 32);
    assert_ok(lq_u256_mul_div_up(&out, at_border ? border : &top->call.amount, &part, &unit));
    return out;
}

/* Behind a call of TOP that repaid FIRST, which is in room.trials[0], CALL repays no more than its
   own top, THEN, says. */
static void check_second(stand_t *s, const lq_liquidation_top_t *then,
                         const lq_liquidation_top_t *top, const lq_u256_t *first,
                         const lq_liquidation_call_t *call)
{
    lq_liquidation_outcome_t out;
    lq_u256_t half = lq_u256_shr(first, 1);
    lq_u256_t most = then->owed;
    ADAPTER.trial_copy(&s->room.trials[1], &s->room.trials[0]);
    if (ADAPTER.trial_send(s->rig.self, &s->room.trials[1], &out, call))
        return;
    s->two_cnt++;
    if (then->call.pair.debt == top->call.pair.debt)
        most = lq_u256_sub_wrap(&most, &half);
    assert_false(lq_u256_lt(&most, &out.repaid));
    if (!then->limited || lq_u256_lt(first, &top->lift))
        return;
    double fall = lq_u256_to_double(first) * top->unit_value / then->unit_value / 2;
    double later = lq_u256_to_double(&then->later);
    assert_true(lq_u256_to_double(&out.repaid) <= (later - fall) + later * 0x1p-48);
    s->half_cnt++;
    s->lifted_cnt += !lq_u256_is_zero(&top->lift);
    s->other_cnt += then->call.pair.debt != top->call.pair.debt;
}

static void check_behind(stand_t *s, const bounds_t *b, const lq_liquidation_top_t *top,
                         const lq_u256_t *first)
{
    for (size_t i = 0; i < b->cnt; i++) {
        lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
        if (!b->told[i])
            continue;
        size_t cnt = ADAPTER.trial_ranges(s->rig.self, &s->room.trials[0], ranges, b->pairs[i],
                                          LQ_LIQUIDATION_BY_REPAID);
        for (size_t k = 0; k < cnt; k++) {
            lq_liquidation_call_t call = {.pair = b->pairs[i], .amount = ranges[k].to};
            check_second(s, &b->tops[i], top, first, &call);
        }
    }
}

/* AMOUNT passed: it is not in the gap below TOP's largest. */
static void check_gap(stand_t *s, const lq_liquidation_top_t *top, const lq_u256_t *amount)
{
    lq_u256_t near = lq_u256_shr(&top->least, 20);
    near = lq_u256_sub_wrap(&top->least, &near);
    if (!lq_u256_lt(&top->below, &top->least) || !lq_u256_lt(amount, &near))
        return;
    assert_false(lq_u256_lt(&top->below, amount));
    s->gap_cnt++;
}

static void check_bounds(stand_t *s)
{
    bounds_t b;
    lq_liquidation_pair_t left[LQ_PLAN_PAIR_MAX];
    if (ADAPTER.trial_open(s->rig.self, &s->trial, s->account, NULL))
        return;
    s->sized_cnt++;
    find_bounds(s, &b);
    for (size_t i = 0; i < b.cnt * TRY_CNT; i++) {
        lq_liquidation_outcome_t out;
        const lq_liquidation_top_t *top = &b.tops[i % b.cnt];
        if (!b.told[i % b.cnt])
            continue;
        lq_liquidation_call_t call = {.pair = top->call.pair, .amount = draw_amount(s, top)};
        ADAPTER.trial_copy(&s->room.trials[0], &s->trial);
        if (ADAPTER.trial_send(s->rig.self, &s->room.trials[0], &out, &call))
            continue;
        check_gap(s, top, &call.amount);
        if (ADAPTER.trial_pairs(s->rig.self, &s->room.trials[0], left, LQ_PLAN_PAIR_MAX) == 0)
            continue;
        assert_false(lq_u256_lt(&top->again, &out.repaid));
        check_behind(s, &b, top, &out.repaid);
    }
}

static void no_second_call_is_beyond_its_bounds(void **state)
{
    (void)state;
    static stand_t s;
    size_t cnt = lq_test_cnt(2000, 400000);
    s.rng = lq_test_rng();
    s.terms = (lq_terms_t){0};
    for (unsigned version = 0; s.sized_cnt < cnt;
         version = (version + 1) % LQ_AAVE_V3_VERSION_CNT) {
        open_world(&s, version);
        for (size_t i = 0; i < PER_WORLD; i++) {
            draw_account(&s);
            check_bounds(&s);
        }
        world_rig_fini(&s.rig);
    }
    print_message("%zu accounts, %zu second calls, %zu bounded by the close factor, %zu of these "
                  "lifted, %zu of another debt; %zu below a gap\n",
                  s.sized_cnt, s.two_cnt, s.half_cnt, s.lifted_cnt, s.other_cnt, s.gap_cnt);
    assert_true(s.two_cnt > cnt && s.half_cnt > cnt / 64);
    assert_true(s.lifted_cnt > cnt / 64 && s.other_cnt > cnt / 64 && s.gap_cnt > cnt / 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_at_once_is_what_a_search_finds),
        cmocka_unit_test(no_second_call_is_beyond_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
