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

/* A pool of constant product, for one direction; empty: none. */
typedef struct rig_pool {
    uint64_t in;
    uint64_t out;
    uint32_t fee_pips;
    uint32_t gas;
} rig_pool_t;

#define RIG_DIRECT    3u    /* pools that join two tokens */
#define RIG_WHOLE     1024u /* smaller amounts out are parted in all ways */
#define RIG_KNOWN_CNT 65536u
#define RIG_HOP_IN    ((uint32_t)(FACTOR_MAX * FACTOR_MAX * RIG_DIRECT))
#define RIG_HOP_OUT   (RIG_HOP_IN + FACTOR_MAX)
#define RIG_POOL_CNT  (RIG_HOP_OUT + FACTOR_MAX)

/* How an amount out was parted. */
typedef struct rig_known {
    uint64_t out;
    uint64_t in;
    uint64_t own;
    uint32_t first; /* pools */
    uint32_t last;
} rig_known_t;

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
    rig_pool_t pools[RIG_POOL_CNT];   /* by number */
    unsigned split_max;               /* paths of the widest split */
    rig_known_t known[RIG_KNOWN_CNT]; /* of these pools */
    lq_swaps_t swaps;
    bool same_token; /* all factors are of one */
} sizing_rig_t;

static inline lq_address_t rig_token_address(unsigned factor)
{
    return (lq_address_t){{0x70, (uint8_t)factor}};
}

/* Pool K of those from one token to another; and those from a token into a third one, which all
   share, and from that to a token. */
static inline uint32_t rig_pool_of(unsigned collateral, unsigned debt, unsigned k)
{
    return (collateral * FACTOR_MAX + debt) * RIG_DIRECT + k;
}

/* What has to go in for OUT to come out; 0: there is no such depth. */
static inline uint64_t rig_quote(const rig_pool_t *p, uint64_t out)
{
    if (out >= p->out)
        return 0;
    lq_i128_t num = (lq_i128_t)p->in * (lq_i128_t)out * 1000000;
    lq_i128_t den = (lq_i128_t)(p->out - out) * (1000000 - p->fee_pips);
    return num / den < INT64_MAX ? (uint64_t)(num / den) + 1 : 0;
}

static inline double rig_spot(const rig_pool_t *p)
{
    return (double)p->out / (double)p->in * (1 - p->fee_pips / 1e6);
}

static inline uint64_t rig_path_quote(const sizing_rig_t *r, const lq_swap_path_t *path,
                                      uint64_t out)
{
    for (uint32_t i = path->hop_cnt; i > 0 && out > 0; i--)
        out = rig_quote(&r->pools[path->hops[i - 1].pool], out);
    return out;
}

static inline void rig_add_path(const sizing_rig_t *r, lq_swap_route_t *out, size_t *cnt,
                                uint32_t first, uint32_t second)
{
    lq_swap_route_t route = {.path_cnt = 1, .paths = {{.hop_cnt = 1, .hops = {{.pool = first}}}}};
    if (r->pools[first].out == 0 || r->pools[second].out == 0)
        return;
    route.spot = rig_spot(&r->pools[first]);
    if (second != first) {
        route.paths[0].hop_cnt = 2;
        route.paths[0].hops[1].pool = second;
        route.spot *= rig_spot(&r->pools[second]);
    }
    size_t at = (*cnt)++;
    for (; at > 0 && out[at - 1].spot < route.spot; at--)
        out[at] = out[at - 1];
    out[at] = route;
}

/* All paths alone, and the best two and three of them at once. */
static inline size_t rig_routes(void *ctx, lq_swap_route_t out[LQ_SWAP_ROUTE_MAX],
                                lq_no_route_t *why, const lq_address_t *token_in,
                                const lq_address_t *token_out)
{
    const sizing_rig_t *r = ctx;
    unsigned c = token_in->b[1];
    unsigned d = token_out->b[1];
    size_t cnt = 0;
    for (unsigned k = 0; k < RIG_DIRECT; k++)
        rig_add_path(r, out, &cnt, rig_pool_of(c, d, k), rig_pool_of(c, d, k));
    rig_add_path(r, out, &cnt, RIG_HOP_IN + c, RIG_HOP_OUT + d);
    size_t single_cnt = cnt;
    for (uint32_t paths = 2; paths <= r->split_max && paths <= single_cnt; paths++) {
        lq_swap_route_t split = {.path_cnt = paths, .spot = out[0].spot};
        for (uint32_t i = 0; i < paths; i++)
            split.paths[i] = out[i].paths[0];
        out[cnt++] = split;
    }
    if (cnt == 0)
        *why = LQ_NO_ROUTE_NO_POOL;
    return cnt;
}

static inline uint64_t rig_split(sizing_rig_t *r, const lq_swap_route_t *route, uint32_t nth,
                                 uint64_t out, uint64_t *own);

/* What goes in where the NTH path gets OWN of OUT and those behind it the rest. */
static inline uint64_t rig_split_at(sizing_rig_t *r, const lq_swap_route_t *route, uint32_t nth,
                                    uint64_t out, uint64_t own)
{
    uint64_t rest_own;
    uint64_t in = own ? rig_path_quote(r, &route->paths[nth], own) : 0;
    uint64_t rest = own < out ? rig_split(r, route, nth + 1, out - own, &rest_own) : 0;
    return (in || !own) && (rest || own == out) ? in + rest : 0;
}

/* The same, for comparing. */
static inline uint64_t rig_cost_at(sizing_rig_t *r, const lq_swap_route_t *route, uint32_t nth,
                                   uint64_t out, uint64_t own)
{
    return rig_split_at(r, route, nth, out, own) - 1; /* none is the most */
}

/* What goes in along the paths from NTH on for OUT, at the least; *OWN is the part of the first. 0:
   there is no such depth. Small amounts are parted in all ways, large ones as if there were no
   rounding. */
static inline uint64_t rig_split(sizing_rig_t *r, const lq_swap_route_t *route, uint32_t nth,
                                 uint64_t out, uint64_t *own)
{
    const uint32_t last = route->path_cnt - 1;
    *own = out;
    if (nth == last)
        return rig_path_quote(r, &route->paths[nth], out);
    uint32_t first_pool = route->paths[nth].hops[0].pool;
    uint32_t last_pool = route->paths[last].hops[0].pool;
    rig_known_t *known =
        &r->known[(out * 31 + UINT64_C(7) * first_pool + UINT64_C(3) * last_pool + nth) %
                  RIG_KNOWN_CNT];
    if (known->out == out && known->first == first_pool && known->last == last_pool) {
        *own = known->own;
        return known->in;
    }
    uint64_t low = 0;
    uint64_t high = out;
    while (out >= RIG_WHOLE && high - low > 2) {
        uint64_t a = low + (high - low) / 3;
        uint64_t b = high - (high - low) / 3;
        if (rig_cost_at(r, route, nth, out, a) <= rig_cost_at(r, route, nth, out, b))
            high = b;
        else
            low = a;
    }
    uint64_t best = low;
    for (uint64_t x = low + 1; x <= high; x++)
        if (rig_cost_at(r, route, nth, out, x) < rig_cost_at(r, route, nth, out, best))
            best = x;
    *own = best;
    uint64_t in = rig_split_at(r, route, nth, out, best);
    *known = (rig_known_t){out, in, best, first_pool, last_pool};
    return in;
}

/* The parts of all paths. */
static inline uint64_t rig_split_all(sizing_rig_t *r, const lq_swap_route_t *route, uint64_t out,
                                     uint64_t own[LQ_SWAP_PATH_MAX])
{
    uint64_t left = out;
    uint64_t in = rig_split(r, route, 0, out, &own[0]);
    for (uint32_t i = 1; i < route->path_cnt; i++) {
        left -= own[i - 1];
        own[i] = 0;
        if (left)
            (void)rig_split(r, route, i, left, &own[i]);
    }
    return in;
}

static inline lq_err_t rig_given_out(void *ctx, lq_swap_t *out, const lq_swap_route_t *route,
                                     const lq_u256_t *amount_out)
{
    sizing_rig_t *r = ctx;
    uint64_t want;
    uint64_t own[LQ_SWAP_PATH_MAX];
    if (lq_u256_to_u64(&want, amount_out))
        return LQ_ERR_RANGE;
    uint64_t in = want ? rig_split_all(r, route, want, own) : 0;
    if (in == 0)
        return LQ_ERR_RANGE;
    *out = (lq_swap_t){.amount_in = lq_u256_from_u64(in), .amount_out = *amount_out};
    for (uint32_t i = 0; i < route->path_cnt; i++) {
        const lq_swap_path_t *path = &route->paths[i];
        uint64_t amount = own[i];
        for (uint32_t k = path->hop_cnt; k > 0 && own[i]; k--) {
            const rig_pool_t *p = &r->pools[path->hops[k - 1].pool];
            lq_swap_leg_t *leg = &out->legs[out->leg_cnt + k - 1];
            *leg = (lq_swap_leg_t){
                .hop = path->hops[k - 1], .path = i, .amount_out = lq_u256_from_u64(amount)};
            amount = rig_quote(p, amount);
            leg->amount_in = lq_u256_from_u64(amount);
            out->gas += p->gas;
        }
        out->leg_cnt += own[i] ? path->hop_cnt : 0;
    }
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
    r->floor = (lq_gas_floor_t){1000, 600, 10, 100, 200, 70, 90, NULL};
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
    uint32_t swap_gas;
    uint64_t spent[FACTOR_MAX];
    lq_liquidation_pair_t pairs[LQ_PLAN_STEP_MAX];
    lq_swap_route_t routes[LQ_PLAN_STEP_MAX];
    lq_swap_t sums[LQ_PLAN_STEP_MAX]; /* of all in the same direction so far */
    lq_swap_t swap;                   /* the last */
    size_t cnt;
} tally_t;

static inline uint8_t rig_shape(const sizing_rig_t *r, const lq_liquidation_outcome_t *o,
                                bool first, lq_lender_kind_t lender)
{
    bool flash = r->terms.funding == LQ_FUNDING_FLASH;
    return (uint8_t)((flash && lender == LQ_LENDER_AAVE_V3 ? LQ_GAS_AAVE_LENDS : 0u) |
                     (flash && lender == LQ_LENDER_UNISWAP_V3 ? LQ_GAS_POOL_LENDS : 0u) |
                     (o->closes_debt ? LQ_GAS_CLOSES_DEBT : 0u) |
                     (o->takes_all ? LQ_GAS_TAKES_ALL : 0u) | (o->bad_debt ? LQ_GAS_BAD_DEBT : 0u) |
                     (flash ? LQ_GAS_FLASH : 0u) | (r->terms.first && first ? LQ_GAS_FIRST : 0u));
}

/* The pools of ROUTE, as a list. */
static inline size_t rig_pools_of(const lq_swap_route_t *route, uint32_t out[LQ_SWAP_LEG_MAX])
{
    size_t cnt = 0;
    for (uint32_t i = 0; i < route->path_cnt; i++)
        for (uint32_t k = 0; k < route->paths[i].hop_cnt; k++)
            out[cnt++] = route->paths[i].hops[k].pool;
    return cnt;
}

static inline bool rig_is_lent(const sizing_rig_t *r, unsigned debt, uint32_t pool)
{
    return r->loans[debt].kind == LQ_LENDER_UNISWAP_V3 && r->loans[debt].pool == pool;
}

/* Whether one pool would lend both debts; it lends one. */
static inline bool rig_lends_both(const sizing_rig_t *r, unsigned debt, unsigned other)
{
    const lq_loan_t *a = &r->loans[debt];
    const lq_loan_t *b = &r->loans[other];
    return debt != other && a->kind == LQ_LENDER_UNISWAP_V3 && b->kind == a->kind &&
           memcmp(&a->lender, &b->lender, sizeof(a->lender)) == 0;
}

/* Whether the steps of T leave ROUTE to PAIR; *SAME is the last in the same direction, T->cnt:
   none. */
static inline bool tally_is_free(const sizing_rig_t *r, const tally_t *t,
                                 lq_liquidation_pair_t pair, const lq_swap_route_t *route,
                                 size_t *same)
{
    uint32_t own[LQ_SWAP_LEG_MAX];
    uint32_t others[LQ_SWAP_LEG_MAX];
    size_t own_cnt = rig_pools_of(route, own);
    *same = t->cnt;
    for (size_t i = 0; i < t->cnt; i++)
        if (t->pairs[i].collateral == pair.collateral && t->pairs[i].debt == pair.debt)
            *same = i;
    if (*same < t->cnt)
        return rig_pools_of(&t->routes[*same], others) == own_cnt &&
               t->routes[*same].path_cnt == route->path_cnt &&
               memcmp(own, others, own_cnt * sizeof(own[0])) == 0;
    for (size_t k = 0; k < own_cnt; k++)
        if (rig_is_lent(r, pair.debt, own[k]))
            return false;
    for (size_t i = 0; i < t->cnt; i++) {
        if (rig_lends_both(r, pair.debt, t->pairs[i].debt))
            return false;
        size_t cnt = rig_pools_of(&t->routes[i], others);
        for (size_t k = 0; k < own_cnt; k++)
            for (size_t n = 0; n < cnt; n++)
                if (own[k] == others[n] || rig_is_lent(r, t->pairs[i].debt, own[k]) ||
                    rig_is_lent(r, pair.debt, others[n]))
                    return false;
    }
    return true;
}

/* ALL without what BEFORE has of it; false: that is more. */
static inline bool rig_less(lq_swap_t *out, const lq_swap_t *all, const lq_swap_t *before)
{
    size_t found = 0;
    *out = (lq_swap_t){.gas = all->gas};
    for (uint32_t i = 0; i < all->leg_cnt; i++) {
        lq_swap_leg_t leg = all->legs[i];
        for (uint32_t k = 0; k < before->leg_cnt; k++) {
            if (before->legs[k].hop.pool != leg.hop.pool)
                continue;
            found++;
            if (lq_u256_lt(&leg.amount_in, &before->legs[k].amount_in) ||
                lq_u256_lt(&leg.amount_out, &before->legs[k].amount_out))
                return false;
            leg.amount_in = lq_u256_sub_wrap(&leg.amount_in, &before->legs[k].amount_in);
            leg.amount_out = lq_u256_sub_wrap(&leg.amount_out, &before->legs[k].amount_out);
        }
        if (!lq_u256_is_zero(&leg.amount_in) || !lq_u256_is_zero(&leg.amount_out))
            out->legs[out->leg_cnt++] = leg;
    }
    out->amount_in = lq_u256_sub_wrap(&all->amount_in, &before->amount_in);
    out->amount_out = lq_u256_sub_wrap(&all->amount_out, &before->amount_out);
    return found == before->leg_cnt && !lq_u256_lt(&all->amount_in, &before->amount_in);
}

/* Repays a flash loan by swapping along ROUTE, behind the swaps of T. */
static inline bool tally_swap(const sizing_rig_t *r, tally_t *t, lq_liquidation_pair_t pair,
                              const lq_swap_route_t *route, uint64_t repaid, uint64_t seized)
{
    uint64_t need = repaid + (repaid * r->loans[pair.debt].fee_pips + 999999) / 1000000;
    const lq_swap_t none = {.leg_cnt = 0};
    size_t same;
    if (!tally_is_free(r, t, pair, route, &same))
        return false;
    const lq_swap_t before = same < t->cnt ? t->sums[same] : none;
    lq_swap_t sum = before;
    t->swap = none;
    if (need) {
        lq_u256_t total = lq_u256_from_u64(need + small_of(&before.amount_out));
        if (rig_given_out((void *)r, &sum, route, &total) || !rig_less(&t->swap, &sum, &before))
            return false;
    }
    t->pairs[t->cnt] = pair;
    t->routes[t->cnt] = *route;
    t->sums[t->cnt] = sum;
    uint64_t in = small_of(&t->swap.amount_in);
    lq_i128_t gross = ((lq_i128_t)seized - (lq_i128_t)in) * r->tokens[pair.collateral].unit_worth;
    t->net += gross;
    return gross >= 0;
}

/* T with a call that came to O, paid along ROUTE; false: it cannot be paid. */
static inline bool tally_add(const sizing_rig_t *r, tally_t *t, lq_liquidation_pair_t pair,
                             const lq_swap_route_t *route, const lq_liquidation_outcome_t *o)
{
    uint64_t repaid = small_of(&o->repaid);
    uint64_t seized = small_of(&o->seized);
    bool flash = r->terms.funding == LQ_FUNDING_FLASH;
    t->swap = (lq_swap_t){.leg_cnt = 0};
    if (flash && !tally_swap(r, t, pair, route, repaid, seized))
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
    if (!behind) {
        kind = (lq_gas_kind_t){.collateral_token = rig_token_address(pair.collateral),
                               .debt_token = rig_token_address(pair.debt),
                               .instance = r->terms.instance,
                               .leg_cnt = r->terms.leg_cnt};
        t->swap_gas = 0;
    }
    kind.call_cnt++;
    kind.pool_cnt += t->swap.leg_cnt;
    kind.shape |= rig_shape(r, o, t->cnt == 0, r->loans[pair.debt].kind);
    t->swap_gas += t->swap.gas;
    uint32_t gas = lq_gas_estimate(r->gas, &kind, &r->floor, t->swap_gas);
    uint32_t before = behind ? t->kind_gas : 0;
    t->net -= (lq_i128_t)(gas > before ? gas - before : 0) * (lq_i128_t)r->gas_worth;
    t->kind = kind;
    t->kind_gas = gas;
    t->cnt++;
    return true;
}

/* The routes of PAIR; without a swap a single one. */
static inline size_t rig_ways(const sizing_rig_t *r, lq_swap_route_t out[LQ_SWAP_ROUTE_MAX],
                              lq_liquidation_pair_t pair)
{
    lq_no_route_t why;
    lq_address_t in = rig_token_address(pair.collateral);
    lq_address_t to = rig_token_address(pair.debt);
    memset(out, 0, LQ_SWAP_ROUTE_MAX * sizeof(out[0]));
    return r->terms.funding == LQ_FUNDING_FLASH ? rig_routes((void *)r, out, &why, &in, &to) : 1;
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

static inline void brute_from(brute_t *b, const lq_trial_t *trial, const tally_t *so_far);

/* Behind SO_FAR a call that came to OUT, paid along ROUTE, and what may come behind it. */
static inline void brute_along(brute_t *b, const lq_trial_t *next, const tally_t *so_far,
                               lq_liquidation_pair_t pair, const lq_swap_route_t *route,
                               const lq_liquidation_outcome_t *out)
{
    tally_t t = *so_far;
    if (!tally_add(b->r, &t, pair, route, out))
        return;
    if (!b->found || t.net > b->best) {
        b->found = true;
        b->best = t.net;
        b->best_cnt = t.cnt;
        memcpy(b->best_calls, b->calls, sizeof(b->calls));
    }
    if (t.cnt < b->depth)
        brute_from(b, next, &t);
}

static inline void brute_from(brute_t *b, const lq_trial_t *trial, const tally_t *so_far)
{
    const sizing_rig_t *r = b->r;
    lq_liquidation_pair_t pairs[LQ_PLAN_PAIR_MAX];
    size_t level = so_far->cnt;
    size_t cnt = r->adapter->trial_pairs(r->self, trial, pairs, LQ_PLAN_PAIR_MAX);
    for (size_t i = 0; i < cnt; i++) {
        lq_swap_route_t ways[LQ_SWAP_ROUTE_MAX];
        if (!r->tokens[pairs[i].collateral].known || !r->tokens[pairs[i].debt].known)
            continue;
        size_t way_cnt = rig_ways(r, ways, pairs[i]);
        for (unsigned by = 0; by < LQ_LIQUIDATION_BY_CNT; by++) {
            lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
            size_t range_cnt =
                r->adapter->trial_ranges(r->self, trial, ranges, pairs[i], (lq_liquidation_by_t)by);
            for (uint64_t a = 1; a <= b->limit; a++) {
                if (!brute_told(b, ranges, range_cnt, a))
                    continue;
                lq_liquidation_outcome_t out;
                lq_trial_t *next = &b->trials[level];
                b->calls[level] =
                    (lq_liquidation_call_t){pairs[i], (lq_liquidation_by_t)by, lq_u256_from_u64(a)};
                r->adapter->trial_copy(next, trial);
                b->tried++;
                if (!r->adapter->trial_send(r->self, next, &out, &b->calls[level]))
                    for (size_t k = 0; k < way_cnt; k++)
                        brute_along(b, next, so_far, pairs[i], &ways[k], &out);
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

static inline bool rig_same_swap(const lq_swap_t *a, const lq_swap_t *b)
{
    bool same = lq_u256_eq(&a->amount_in, &b->amount_in) &&
                lq_u256_eq(&a->amount_out, &b->amount_out) && a->gas == b->gas &&
                a->leg_cnt == b->leg_cnt;
    for (uint32_t i = 0; same && i < a->leg_cnt; i++) {
        const lq_swap_leg_t *x = &a->legs[i];
        const lq_swap_leg_t *y = &b->legs[i];
        same = x->hop.pool == y->hop.pool && x->path == y->path &&
               lq_u256_eq(&x->amount_in, &y->amount_in) &&
               lq_u256_eq(&x->amount_out, &y->amount_out);
    }
    return same;
}

/* Adds the steps of PLAN from AT on to T, along the routes that they go: the first step in a
   direction may say the same along several, the next then does not. False: one of them loses. */
static inline bool tally_steps(const sizing_rig_t *r, tally_t *t, const lq_plan_t *plan, size_t at)
{
    lq_swap_route_t ways[LQ_SWAP_ROUTE_MAX];
    if (at == plan->step_cnt)
        return true;
    const lq_plan_step_t *step = &plan->steps[at];
    size_t cnt = rig_ways(r, ways, step->call.pair);
    for (size_t i = 0; i < cnt; i++) {
        tally_t next = *t;
        if (!tally_add(r, &next, step->call.pair, &ways[i], &step->outcome) ||
            !rig_same_swap(&next.swap, &step->swap) || !tally_steps(r, &next, plan, at + 1))
            continue;
        *t = next;
        return true;
    }
    return false;
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
        assert_ok(r->adapter->trial_send(r->self, &t, &out, &plan->steps[i].call));
        assert_memory_equal(&out.repaid, &plan->steps[i].outcome.repaid, sizeof(out.repaid));
        assert_memory_equal(&out.seized, &plan->steps[i].outcome.seized, sizeof(out.seized));
    }
    if (!tally_steps(r, &tally, plan, 0)) {
        assert_true(lq_i256_is_neg(&plan->profit.net_usd) && r->terms.funding == LQ_FUNDING_FLASH);
        return;
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
