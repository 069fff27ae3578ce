#ifndef SIZING_RIG_H
#define SIZING_RIG_H

/* Terms to size under, and what the best is when every amount is tried: the adapter's trials alone,
   in 128 bits. Prices are whole worths of one unit, so that nothing rounds. */

#include "liqd/decide/sizing.h"
#include "lq_test.h"

#define FACTOR_MAX 64u

typedef struct rig_token {
    bool known;
    uint64_t unit_worth; /* of one unit, in 1e-18 */
    uint64_t available;
} rig_token_t;

/* A pool of constant product, of 0.3 %, for one direction; empty: none. */
typedef struct rig_pool {
    uint64_t in;
    uint64_t out;
} rig_pool_t;

typedef struct sizing_rig {
    const lq_adapter_t *adapter;
    const lq_instance_t *self;
    lq_arena_t arena;
    lq_gas_t *gas;
    lq_gas_floor_t floor;
    uint64_t gas_worth; /* of one unit of gas */
    rig_token_t tokens[FACTOR_MAX];
    lq_loan_t loans[FACTOR_MAX]; /* of available units too */
    lq_terms_t terms;
    size_t asked[FACTOR_MAX];
    rig_pool_t pools[FACTOR_MAX][FACTOR_MAX];
    lq_swaps_t swaps;
    bool same_token; /* all factors are of one */
} sizing_rig_t;

static inline lq_address_t rig_token_address(unsigned factor)
{
    return (lq_address_t){{0x70, (uint8_t)factor}};
}

/* What has to go in for OUT to come out; 0: there is no such depth. */
static inline uint64_t rig_quote(const rig_pool_t *p, uint64_t out)
{
    if (out >= p->out)
        return 0;
    lq_i128_t num = (lq_i128_t)p->in * (lq_i128_t)out * 1000;
    lq_i128_t den = (lq_i128_t)(p->out - out) * 997;
    return num / den < INT64_MAX ? (uint64_t)(num / den) + 1 : 0;
}

static inline size_t rig_routes(void *ctx, lq_swap_route_t out[LQ_SWAP_ROUTE_MAX],
                                lq_no_route_t *why, const lq_address_t *token_in,
                                const lq_address_t *token_out)
{
    const sizing_rig_t *r = ctx;
    const rig_pool_t *p = &r->pools[token_in->b[1]][token_out->b[1]];
    *why = LQ_NO_ROUTE_NO_POOL;
    out[0] = (lq_swap_route_t){
        .path_cnt = 1,
        .paths = {{.hop_cnt = 1,
                   .hops = {{.pool = token_in->b[1] * FACTOR_MAX + token_out->b[1]}}}},
        .spot = (double)p->out / (double)p->in};
    return p->out != 0;
}

static inline lq_err_t rig_given_out(void *ctx, lq_swap_t *out, const lq_swap_route_t *route,
                                     const lq_u256_t *amount_out)
{
    const sizing_rig_t *r = ctx;
    uint64_t want;
    lq_swap_hop_t hop = route->paths[0].hops[0];
    const rig_pool_t *p = &r->pools[hop.pool / FACTOR_MAX][hop.pool % FACTOR_MAX];
    if (lq_u256_to_u64(&want, amount_out) || rig_quote(p, want) == 0)
        return LQ_ERR_RANGE;
    *out = (lq_swap_t){.amount_in = lq_u256_from_u64(rig_quote(p, want)),
                       .amount_out = *amount_out,
                       .gas = 100,
                       .leg_cnt = 1,
                       .legs = {{.hop = hop}}};
    return LQ_OK;
}

static inline bool rig_token(void *ctx, lq_terms_token_t *out, uint16_t factor)
{
    sizing_rig_t *r = ctx;
    assert_true(factor < FACTOR_MAX);
    r->asked[factor]++;
    *out = (lq_terms_token_t){.token = rig_token_address(r->same_token ? 0 : factor),
                              .quote = {lq_u256_from_u64(r->tokens[factor].unit_worth), 0},
                              .available = lq_u256_from_u64(r->tokens[factor].available),
                              .loan = r->loans[factor]};
    out->loan.available = out->available;
    return r->tokens[factor].known;
}

static inline void sizing_rig_open(sizing_rig_t *r, const lq_adapter_t *of)
{
    memset(r, 0, sizeof(*r));
    r->adapter = of;
    assert_ok(lq_arena_init(&r->arena, lq_gas_arena_sz(64) + 4096));
    assert_ok(lq_gas_new(&r->gas, &r->arena, 64, 1));
    r->floor = (lq_gas_floor_t){1000, 600, 10, 100, 200};
    r->swaps = (lq_swaps_t){.ctx = r, .routes = rig_routes, .given_out = rig_given_out};
    r->terms = (lq_terms_t){.ctx = r,
                            .token = rig_token,
                            .swaps = &r->swaps,
                            .gas = r->gas,
                            .gas_floor = &r->floor,
                            .coin = {{{0}}, 0},
                            .funding = LQ_FUNDING_INVENTORY,
                            .atomic = true,
                            .leg_cnt = 2,
                            .try_max = 1u << 18};
}

static inline void sizing_rig_close(sizing_rig_t *r)
{
    lq_arena_fini(&r->arena);
}

/* One gas costs WORTH; 0: nothing. */
static inline void rig_gas_worth(sizing_rig_t *r, uint64_t worth)
{
    r->gas_worth = worth;
    r->terms.coin.price_wad = lq_u256_from_u64(worth ? worth : 1);
    r->terms.gas_price.base_fee_wei.raw = lq_u256_from_u64(worth != 0);
    r->terms.gas_price.tip_wei.raw = lq_u256_from_u64(0);
}

static inline uint64_t small_of(const lq_u256_t *v)
{
    uint64_t out = 0;
    assert_ok(lq_u256_to_u64(&out, v));
    return out;
}

/* ---- a sequence's account, the other way ---- */

typedef struct tally {
    lq_i128_t net;
    lq_gas_kind_t kind;
    uint32_t kind_gas;
    uint64_t spent[FACTOR_MAX];
    lq_liquidation_pair_t pairs[LQ_PLAN_STEP_MAX];
    uint64_t out[LQ_PLAN_STEP_MAX]; /* swapped so far */
    uint64_t in[LQ_PLAN_STEP_MAX];
    size_t cnt;
} tally_t;

static inline uint8_t rig_shape(const sizing_rig_t *r, const lq_liquidation_outcome_t *o,
                                bool first)
{
    return (uint8_t)((o->closes_debt ? LQ_GAS_CLOSES_DEBT : 0u) |
                     (o->takes_all ? LQ_GAS_TAKES_ALL : 0u) | (o->bad_debt ? LQ_GAS_BAD_DEBT : 0u) |
                     (r->terms.funding == LQ_FUNDING_FLASH ? LQ_GAS_FLASH : 0u) |
                     (r->terms.first && first ? LQ_GAS_FIRST : 0u));
}

/* Repays a flash loan by swapping, behind the swaps of T, each of which has its pool. */
static inline bool tally_swap(const sizing_rig_t *r, tally_t *t, lq_liquidation_pair_t pair,
                              uint64_t repaid, uint64_t seized)
{
    uint64_t need = repaid + (repaid * r->loans[pair.debt].fee_pips + 999999) / 1000000;
    uint64_t before = 0;
    uint64_t total = need;
    uint64_t in = 0;
    for (size_t i = 0; i < t->cnt; i++)
        if (t->pairs[i].collateral == pair.collateral && t->pairs[i].debt == pair.debt) {
            total += t->out[i];
            before += t->in[i];
        }
    if (need) {
        const rig_pool_t *p = &r->pools[pair.collateral][pair.debt];
        if (p->out == 0 || rig_quote(p, total) == 0)
            return false;
        in = rig_quote(p, total) - before;
    }
    t->pairs[t->cnt] = pair;
    t->out[t->cnt] = need;
    t->in[t->cnt] = in;
    lq_i128_t gross = ((lq_i128_t)seized - (lq_i128_t)in) * r->tokens[pair.collateral].unit_worth;
    t->net += gross;
    return gross >= 0;
}

/* T with a call that came to O; false: it cannot be paid. */
static inline bool tally_add(const sizing_rig_t *r, tally_t *t, lq_liquidation_pair_t pair,
                             const lq_liquidation_outcome_t *o)
{
    uint64_t repaid = small_of(&o->repaid);
    uint64_t seized = small_of(&o->seized);
    bool flash = r->terms.funding == LQ_FUNDING_FLASH;
    if (flash && !tally_swap(r, t, pair, repaid, seized))
        return false;
    t->spent[pair.debt] += repaid;
    if (t->spent[pair.debt] > r->tokens[pair.debt].available)
        return false;
    if (!flash) {
        t->net += (lq_i128_t)seized * r->tokens[pair.collateral].unit_worth;
        t->net -= (lq_i128_t)repaid * r->tokens[pair.debt].unit_worth;
    }
    bool behind = r->terms.atomic && t->cnt > 0;
    lq_gas_kind_t kind = t->kind;
    if (!behind)
        kind = (lq_gas_kind_t){.collateral_token = rig_token_address(pair.collateral),
                               .debt_token = rig_token_address(pair.debt),
                               .instance = r->terms.instance,
                               .leg_cnt = r->terms.leg_cnt};
    kind.call_cnt++;
    kind.pool_cnt += flash && t->out[t->cnt];
    kind.shape |= rig_shape(r, o, t->cnt == 0);
    uint32_t gas = lq_gas_estimate(r->gas, &kind, &r->floor);
    uint32_t before = behind ? t->kind_gas : 0;
    t->net -= (lq_i128_t)(gas > before ? gas - before : 0) * (lq_i128_t)r->gas_worth;
    t->kind = kind;
    t->kind_gas = gas;
    t->cnt++;
    return true;
}

/* ---- every amount ---- */

typedef struct brute {
    const sizing_rig_t *r;
    uint64_t limit; /* the largest amount tried */
    size_t depth;   /* calls */
    bool in_ranges; /* and of them only those that the adapter tells */
    bool found;
    lq_i128_t best;
    lq_liquidation_call_t calls[2];
    lq_liquidation_call_t best_calls[2];
    size_t best_cnt;
    lq_trial_t trials[2];
    size_t tried;
} brute_t;

/* Whether the adapter tells of AMOUNT. */
static inline bool brute_told(const brute_t *b, const lq_liquidation_range_t *ranges, size_t cnt,
                              uint64_t amount)
{
    for (size_t i = 0; b->in_ranges && i < cnt; i++)
        if (small_of(&ranges[i].from) <= amount && amount <= small_of(&ranges[i].to))
            return true;
    return !b->in_ranges;
}

static inline void brute_from(brute_t *b, const lq_trial_t *trial, const tally_t *so_far)
{
    const sizing_rig_t *r = b->r;
    lq_liquidation_pair_t pairs[LQ_PLAN_PAIR_MAX];
    size_t level = so_far->cnt;
    size_t cnt = r->adapter->trial_pairs(r->self, trial, pairs, LQ_PLAN_PAIR_MAX);
    for (size_t i = 0; i < cnt; i++) {
        if (!r->tokens[pairs[i].collateral].known || !r->tokens[pairs[i].debt].known)
            continue;
        for (unsigned by = 0; by < LQ_LIQUIDATION_BY_CNT; by++) {
            lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
            size_t range_cnt =
                r->adapter->trial_ranges(r->self, trial, ranges, pairs[i], (lq_liquidation_by_t)by);
            for (uint64_t a = 1; a <= b->limit; a++) {
                if (!brute_told(b, ranges, range_cnt, a))
                    continue;
                lq_liquidation_outcome_t out;
                tally_t t = *so_far;
                lq_trial_t *next = &b->trials[level];
                b->calls[level] =
                    (lq_liquidation_call_t){pairs[i], (lq_liquidation_by_t)by, lq_u256_from_u64(a)};
                r->adapter->trial_copy(next, trial);
                b->tried++;
                if (r->adapter->trial_call(r->self, next, &out, &b->calls[level]))
                    continue;
                if (!tally_add(r, &t, pairs[i], &out))
                    continue;
                if (!b->found || t.net > b->best) {
                    b->found = true;
                    b->best = t.net;
                    b->best_cnt = t.cnt;
                    memcpy(b->best_calls, b->calls, sizeof(b->calls));
                }
                if (t.cnt < b->depth)
                    brute_from(b, next, &t);
            }
        }
    }
}

static inline void brute_force(brute_t *b, const sizing_rig_t *r, const lq_trial_t *trial,
                               uint64_t limit, size_t depth)
{
    b->r = r;
    b->limit = limit;
    b->depth = depth;
    b->found = false;
    b->tried = 0;
    brute_from(b, trial, &(tally_t){.net = 0});
}

static inline lq_i128_t worth_of_i256(const lq_i256_t *v)
{
    lq_u256_t abs = lq_i256_abs(v);
    assert_true(lq_u256_hi(&abs) == 0 && abs.w[1] >> 63 == 0);
    lq_i128_t out = (lq_i128_t)lq_u256_lo(&abs);
    return lq_i256_is_neg(v) ? -out : out;
}

static inline void print_worth(const char *name, lq_i128_t v)
{
    print_message("%s %s%llu\n", name, v < 0 ? "-" : "", (unsigned long long)(v < 0 ? -v : v));
}

/* PLAN does on TRIAL what it says, can be paid, and nets what it says. */
static inline void plan_holds(const sizing_rig_t *r, const lq_plan_t *plan, const lq_trial_t *trial)
{
    static lq_trial_t t;
    tally_t tally = {.net = 0};
    assert_in_range(plan->step_cnt, 1, LQ_PLAN_STEP_MAX);
    r->adapter->trial_copy(&t, trial);
    for (size_t i = 0; i < plan->step_cnt; i++) {
        lq_liquidation_outcome_t out;
        assert_ok(r->adapter->trial_call(r->self, &t, &out, &plan->steps[i].call));
        assert_memory_equal(&out.repaid, &plan->steps[i].outcome.repaid, sizeof(out.repaid));
        assert_memory_equal(&out.seized, &plan->steps[i].outcome.seized, sizeof(out.seized));
        bool covered = tally_add(r, &tally, plan->steps[i].call.pair, &out);
        if (!covered) { /* one that loses */
            assert_true(lq_i256_is_neg(&plan->profit.net_usd) &&
                        r->terms.funding == LQ_FUNDING_FLASH);
            return;
        }
    }
    assert_true(worth_of_i256(&plan->profit.net_usd) == tally.net);
    if (r->terms.atomic)
        assert_memory_equal(&plan->gas_kind, &tally.kind, sizeof(tally.kind));
}

/* lq_size finds what trying all finds, or better (three calls and more). */
static inline lq_sizing_t as_good_as_brute(const sizing_rig_t *r, brute_t *b,
                                           const lq_trial_t *trial, lq_plan_t *plan,
                                           lq_i128_t tolerance)
{
    static lq_sizing_room_t room;
    memset(plan, 0, sizeof(*plan));
    memset(room.trials, 0x5a, 256);
    lq_sizing_t got = lq_size(plan, &room, r->adapter, r->self, trial, &r->terms);
    if (got == LQ_SIZING_PLAN || got == LQ_SIZING_UNPROFITABLE)
        plan_holds(r, plan, trial);
    lq_i128_t net = worth_of_i256(&plan->profit.net_usd);
    if (b->found && b->best > 0 && (got != LQ_SIZING_PLAN || net + tolerance < b->best)) {
        print_worth("sized", net);
        print_worth("brute", b->best);
        for (size_t i = 0; i < plan->step_cnt; i++)
            print_message("sized %zu: %u/%u by %d %llu\n", i, plan->steps[i].call.pair.collateral,
                          plan->steps[i].call.pair.debt, (int)plan->steps[i].call.by,
                          (unsigned long long)plan->steps[i].call.amount.w[0]);
        for (size_t i = 0; i < b->best_cnt; i++)
            print_message("brute %zu: %u/%u by %d %llu\n", i, b->best_calls[i].pair.collateral,
                          b->best_calls[i].pair.debt, (int)b->best_calls[i].by,
                          (unsigned long long)b->best_calls[i].amount.w[0]);
        fail_msg("sizing: %d is worse than what there is", (int)got);
    }
    if (got == LQ_SIZING_PLAN)
        assert_true(net > 0);
    if (plan->step_cnt <= b->depth && got == LQ_SIZING_PLAN)
        assert_true(b->found && net <= b->best);
    return got;
}

#endif
