#ifndef EXECUTOR_WORLD_H
#define EXECUTOR_WORLD_H

/* Jobs for the executor's encoder, drawn at random in a world of tokens, pools, lenders and one
   protocol, all in 128 bits; and what is expected of their programs. */

#include <string.h>

#include "liqd/base/compiler.h"
#include "liqd/base/rng.h"
#include "liqd/decide/executor.h"

#define WORLD_TOKEN_CNT 6u
#define WORLD_POOL_MAX  ((size_t)LQ_PLAN_STEP_MAX * LQ_SWAP_LEG_MAX)
#define WORLD_INPUT_SZ  40u

/* A pool's price is the same whatever goes through: IN units for OUT, rounded up. */
typedef struct world_pool {
    uint64_t in;
    uint64_t out;
    unsigned tokens[2];
    lq_u128_t gone; /* of what came out, and what went in for it */
    lq_u128_t paid;
} world_pool_t;

typedef struct world_route {
    bool known;
    lq_swap_route_t route;
} world_route_t;

typedef struct executor_world {
    lq_arena_t arena;
    lq_venues_t *venues; /* of WORLD_POOL_MAX pools; what is drawn of them is written into them */
    size_t pool_cnt;
    world_pool_t pools[WORLD_POOL_MAX];
    world_route_t routes[WORLD_TOKEN_CNT][WORLD_TOKEN_CNT];
    lq_loan_t loans[WORLD_TOKEN_CNT];
    lq_plan_step_t steps[LQ_PLAN_STEP_MAX];
    unsigned collateral[LQ_PLAN_STEP_MAX];
    unsigned debt[LQ_PLAN_STEP_MAX];
    lq_executor_tokens_t tokens[LQ_PLAN_STEP_MAX];
    lq_read_call_t calls[LQ_PLAN_STEP_MAX];
    lq_read_call_t guards[LQ_PLAN_STEP_MAX];
    lq_guard_t guard_mins[LQ_PLAN_STEP_MAX];
    uint8_t inputs[2 * LQ_PLAN_STEP_MAX][WORLD_INPUT_SZ];
    lq_executor_job_t job;
    /* how it is carried out */
    lq_u128_t late[LQ_PLAN_STEP_MAX]; /* repaid more than planned */
    lq_u128_t held[WORLD_TOKEN_CNT];
    lq_u128_t before[WORLD_TOKEN_CNT];
    size_t call_cnt;
    size_t pay_cnt;
    size_t out_cnt;

} executor_world_t;

static inline lq_address_t world_token(unsigned i)
{
    return (lq_address_t){{0x70, (uint8_t)i}};
}

static inline unsigned world_token_of(const uint8_t *address)
{
    const lq_address_t token = world_token(address[1]);
    LQ_ASSERT(address[1] < WORLD_TOKEN_CNT && memcmp(address, token.b, sizeof(token)) == 0);
    return address[1];
}

static inline lq_u256_t world_word(lq_u128_t v)
{
    return lq_u256_from_halves(0, v);
}

static inline lq_u128_t world_small(const lq_u256_t *v)
{
    LQ_ASSERT(lq_u256_hi(v) == 0);
    return lq_u256_lo(v);
}

static inline lq_u128_t div_up(lq_u128_t a, lq_u128_t b)
{
    return a / b + (a % b != 0);
}

/* ---- jobs ---- */

/* world_set_pool makes pool I of KIND, joining TOKENS (in their order) at IN for OUT. */
static inline void world_set_pool(executor_world_t *w, uint32_t i, lq_venue_kind_t kind,
                                  const world_pool_t *pool)
{
    lq_venue_pool_t *about = (lq_venue_pool_t *)lq_venues_pool(w->venues, i);
    w->pools[i] = *pool;
    about->config.kind = kind;
    about->config.address = (lq_address_t){{0x90, (uint8_t)i}};
    about->tokens[0] = world_token(pool->tokens[0]);
    about->tokens[1] = world_token(pool->tokens[1]);
    about->fee_pips = 100 * (i + 1);
}

static inline void world_open(executor_world_t *w)
{
    lq_venue_pool_config_t pools[WORLD_POOL_MAX];
    memset(w, 0, sizeof(*w));
    for (uint32_t i = 0; i < WORLD_POOL_MAX; i++)
        pools[i] = (lq_venue_pool_config_t){.address = {{0x90, (uint8_t)i}}};
    lq_venues_config_t config = {.pools = pools, .pool_cnt = WORLD_POOL_MAX, .tick_max = 1};
    lq_undo_t *undo;
    lq_undo_config_t journal = {
        .state_sz = lq_venues_state_sz(&config) + LQ_UNDO_LINE_SZ, .line_max = 1, .blk_max = 1};
    LQ_ASSERT(!lq_arena_init(&w->arena, lq_venues_arena_sz(&config) + 2 * journal.state_sz + 4096));
    LQ_ASSERT(!lq_undo_new(&undo, &w->arena, &journal));
    LQ_ASSERT(!lq_venues_new(&w->venues, &w->arena, undo, &config));
}

static inline void world_close(executor_world_t *w)
{
    lq_arena_fini(&w->arena);
}

/* world_clear takes all out but the pools. */
static inline void world_clear(executor_world_t *w)
{
    lq_arena_t arena = w->arena;
    lq_venues_t *venues = w->venues;
    memset(w, 0, sizeof(*w));
    w->arena = arena;
    w->venues = venues;
}

static inline uint32_t world_add_pool(executor_world_t *w, lq_rng_t *rng, unsigned in, unsigned out,
                                      bool *zero_for_one)
{
    LQ_ASSERT(w->pool_cnt < WORLD_POOL_MAX);
    uint32_t i = (uint32_t)w->pool_cnt++;
    *zero_for_one = in < out;
    world_set_pool(w, i, lq_rng_below(rng, 2) ? LQ_VENUE_UNISWAP_V2 : LQ_VENUE_UNISWAP_V3,
                   &(world_pool_t){.in = 1 + lq_rng_below(rng, 1000),
                                   .out = 1 + lq_rng_below(rng, 1000),
                                   .tokens = {in < out ? in : out, in < out ? out : in}});
    return i;
}

static inline unsigned world_other_token(lq_rng_t *rng, unsigned a, unsigned b)
{
    unsigned t = (unsigned)lq_rng_below(rng, WORLD_TOKEN_CNT);
    while (t == a || t == b)
        t = (t + 1) % WORLD_TOKEN_CNT;
    return t;
}

static inline const lq_swap_route_t *world_find_route(executor_world_t *w, lq_rng_t *rng,
                                                      unsigned in, unsigned out)
{
    world_route_t *r = &w->routes[in][out];
    if (r->known)
        return &r->route;
    r->known = true;
    r->route.path_cnt = 1 + (uint32_t)lq_rng_below(rng, LQ_SWAP_PATH_MAX);
    for (uint32_t i = 0; i < r->route.path_cnt; i++) {
        lq_swap_path_t *path = &r->route.paths[i];
        path->hop_cnt = 1 + (uint32_t)lq_rng_below(rng, LQ_SWAP_HOP_MAX);
        unsigned mid = path->hop_cnt == 1 ? out : world_other_token(rng, in, out);
        path->hops[0].pool = world_add_pool(w, rng, in, mid, &path->hops[0].zero_for_one);
        if (path->hop_cnt == 2)
            path->hops[1].pool = world_add_pool(w, rng, mid, out, &path->hops[1].zero_for_one);
    }
    return &r->route;
}

/* What AMOUNT_OUT more costs behind what went through. */
static inline lq_u128_t world_quote(world_pool_t *p, lq_u128_t amount_out)
{
    lq_u128_t all = div_up((p->gone + amount_out) * p->in, p->out);
    lq_u128_t in = all - p->paid;
    p->gone += amount_out;
    p->paid = all;
    return in;
}

static inline void world_add_path(executor_world_t *w, lq_swap_t *swap, const lq_swap_path_t *path,
                                  uint32_t number, lq_u128_t amount_out)
{
    lq_swap_leg_t *legs = &swap->legs[swap->leg_cnt];
    lq_u128_t amount = amount_out;
    for (uint32_t k = path->hop_cnt; k-- > 0;) {
        lq_u128_t in = world_quote(&w->pools[path->hops[k].pool], amount);
        legs[k] = (lq_swap_leg_t){path->hops[k], number, world_word(in), world_word(amount)};
        amount = in;
    }
    swap->leg_cnt += path->hop_cnt;
    swap->amount_in = world_word(world_small(&swap->amount_in) + amount);
    swap->amount_out = world_word(world_small(&swap->amount_out) + amount_out);
}

static inline void world_swap(executor_world_t *w, lq_rng_t *rng, lq_swap_t *swap, unsigned in,
                              unsigned out, lq_u128_t need)
{
    const lq_swap_route_t *route = world_find_route(w, rng, in, out);
    lq_u128_t left = need;
    uint32_t first = (uint32_t)lq_rng_below(rng, route->path_cnt); /* any of them may be left out */
    for (uint32_t i = first; i < route->path_cnt; i++) {
        lq_u128_t part = left;
        if (i + 1 < route->path_cnt && lq_rng_below(rng, 4))
            part = 1 + lq_rng_below(rng, (uint64_t)(left - (route->path_cnt - 1 - i)));
        world_add_path(w, swap, &route->paths[i], i, part);
        left -= part;
        if (left == 0)
            break;
    }
}

static inline bool world_grows(const lq_plan_step_t *s)
{
    return s->call.by == LQ_LIQUIDATION_BY_SEIZED || s->outcome.closes_debt ||
           s->outcome.takes_all || !lq_u256_eq(&s->call.amount, &s->outcome.repaid);
}

static inline lq_u128_t world_growth(const lq_plan_step_t *s)
{
    lq_u128_t least = world_small(&s->outcome.repaid) / 16384 + 2;
    lq_u128_t told = world_small(&s->outcome.growth);
    return !world_grows(s) ? 0 : told > least ? told : least;
}

static inline void world_call(executor_world_t *w, lq_rng_t *rng, lq_read_call_t *call, size_t i)
{
    size_t sz = lq_rng_below(rng, WORLD_INPUT_SZ + 1);
    for (size_t k = 0; k < sz; k++)
        w->inputs[i][k] = (uint8_t)lq_rng_u64(rng);
    *call = (lq_read_call_t){{{0xc0, (uint8_t)i}}, w->inputs[i], sz};
}

static inline void world_step(executor_world_t *w, lq_rng_t *rng, size_t i, bool grows)
{
    lq_plan_step_t *s = &w->steps[i];
    unsigned tokens = (unsigned)(2 + lq_rng_below(rng, WORLD_TOKEN_CNT - 1));
    unsigned c = (unsigned)lq_rng_below(rng, tokens);
    unsigned d = (unsigned)lq_rng_below(rng, tokens);
    lq_u128_t repaid = 8 + (lq_rng_u64(rng) >> (14 + lq_rng_below(rng, 48)));
    memset(s, 0, sizeof(*s));
    w->collateral[i] = c;
    w->debt[i] = d;
    w->tokens[i] = (lq_executor_tokens_t){world_token(c), world_token(d)};
    world_call(w, rng, &w->calls[i], i);
    s->outcome.repaid = world_word(repaid);
    s->call = (lq_liquidation_call_t){.by = LQ_LIQUIDATION_BY_REPAID, .amount = world_word(repaid)};
    if (grows) {
        s->outcome.closes_debt = lq_rng_below(rng, 3) == 0;
        s->outcome.takes_all = lq_rng_below(rng, 3) == 0;
        if (lq_rng_below(rng, 3) == 0) /* calls ahead of it have left this little */
            s->outcome.growth = world_word(lq_rng_below(rng, (uint64_t)(repaid / 4096) + 8));
        s->call.by = lq_rng_below(rng, 2) ? LQ_LIQUIDATION_BY_SEIZED : LQ_LIQUIDATION_BY_REPAID;
        s->call.amount = world_word(repaid * (lq_rng_below(rng, 3) ? 1 : 1000000));
    }
    lq_u128_t cost = repaid;
    if (w->job.funding == LQ_FUNDING_FLASH) {
        s->loan = w->loans[d];
        lq_u128_t fee = div_up(repaid * s->loan.fee_pips, 1000000);
        s->flash_fee = world_word(fee);
        cost = repaid + fee;
        if (c != d) {
            world_swap(w, rng, &s->swap, c, d, repaid + fee);
            cost = world_small(&s->swap.amount_in);
        }
    }
    /* interest is paid out of the profit */
    lq_u128_t profit = lq_rng_below(rng, 4) ? cost / (1 + lq_rng_below(rng, 500)) : 0;
    if (grows)
        profit += cost / 500 + 20000000;
    s->outcome.seized = world_word(cost + profit);
}

static inline void world_lenders(executor_world_t *w, lq_rng_t *rng)
{
    for (unsigned t = 0; t < WORLD_TOKEN_CNT; t++)
        w->loans[t] =
            (lq_loan_t){.kind = (lq_lender_kind_t)lq_rng_below(rng, LQ_LENDER_KIND_CNT),
                        .lender = {{0xa0, (uint8_t)t}},
                        .token1 = lq_rng_below(rng, 2),
                        .pool = LQ_V3_NONE,
                        .fee_pips = lq_rng_below(rng, 2) ? (uint32_t)lq_rng_below(rng, 10001) : 0,
                        .available = {{UINT64_MAX, UINT64_MAX, 0, 0}}};
}

/* Half of the lenders have no more than is needed. */
static inline void world_shorten(executor_world_t *w, lq_rng_t *rng)
{
    for (unsigned t = 0; t < WORLD_TOKEN_CNT; t++) {
        lq_u128_t needed = 0;
        for (size_t i = 0; i < w->job.step_cnt; i++)
            if (w->debt[i] == t)
                needed += world_small(&w->steps[i].outcome.repaid);
        if (lq_rng_below(rng, 2))
            w->loans[t].available = world_word(needed + lq_rng_below(rng, 4));
        for (size_t i = 0; i < w->job.step_cnt; i++)
            if (w->debt[i] == t)
                w->steps[i].loan.available = w->loans[t].available;
    }
}

/* world_draw makes W's job another. */
static inline void world_draw(executor_world_t *w, lq_rng_t *rng)
{
    world_clear(w);
    bool grows = lq_rng_below(rng, 4) != 0;
    world_lenders(w, rng);
    w->job = (lq_executor_job_t){
        .steps = w->steps,
        .step_cnt = 1 + (size_t)lq_rng_below(rng, LQ_PLAN_STEP_MAX),
        .calls = w->calls,
        .tokens = w->tokens,
        .guards = w->guards,
        .guard_mins = w->guard_mins,
        .guard_cnt = 1 + (size_t)lq_rng_below(rng, LQ_PLAN_STEP_MAX),
        .venues = w->venues,
        .funding = lq_rng_below(rng, 5) ? LQ_FUNDING_FLASH : LQ_FUNDING_INVENTORY,
        .last_blk = lq_rng_u64(rng) >> (24 + lq_rng_below(rng, 40)),
        .slippage_bps = (uint32_t)lq_rng_below(rng, 4) ? (uint32_t)lq_rng_below(rng, 200) : 0,
        .spare_usd = {lq_u256_from_u64(lq_rng_u64(rng) >> lq_rng_below(rng, 64))},
        .gross_usd = {lq_u256_from_u64(lq_rng_u64(rng) >> lq_rng_below(rng, 64))},
        .sweep = lq_rng_below(rng, 2),
        .pay_wei = {lq_u256_from_u64(lq_rng_below(rng, 2) ? lq_rng_u64(rng) : 0)}};
    for (size_t i = 0; i < w->job.step_cnt; i++)
        world_step(w, rng, i, grows);
    world_shorten(w, rng);
    for (size_t i = 0; i < w->job.guard_cnt; i++) {
        w->guard_mins[i] =
            (lq_guard_t){.word = (uint8_t)lq_rng_below(rng, 3),
                         .min = lq_u256_from_u64(lq_rng_u64(rng) >> lq_rng_below(rng, 64))};
        world_call(w, rng, &w->guards[i], LQ_PLAN_STEP_MAX + i);
    }
}

/* ---- what is expected ---- */

static inline bool world_is_seized(const executor_world_t *w, unsigned token)
{
    for (size_t i = 0; i < w->job.step_cnt; i++)
        if (w->collateral[i] == token)
            return true;
    return false;
}

static inline lq_u128_t world_all_growth(const executor_world_t *w)
{
    lq_u128_t sum = 0;
    for (size_t i = 0; i < w->job.step_cnt; i++)
        sum += world_growth(&w->steps[i]);
    return sum;
}

static inline bool world_is_swapped(const executor_world_t *w, unsigned token)
{
    for (size_t i = 0; i < w->job.step_cnt; i++)
        if (w->debt[i] == token && w->collateral[i] != token)
            return true;
    return false;
}

/* All that the steps repay of TOKEN, what may come to it, and the loan of it. */
typedef struct world_debt {
    lq_u128_t repaid;
    lq_u128_t growth;
    lq_u128_t amount;
    lq_u128_t fee;
    lq_u128_t more; /* to be swapped for than planned */
} world_debt_t;

static inline world_debt_t world_debt(const executor_world_t *w, unsigned token)
{
    world_debt_t d = {0};
    for (size_t i = 0; i < w->job.step_cnt; i++) {
        if (w->debt[i] != token)
            continue;
        d.repaid += world_small(&w->steps[i].outcome.repaid);
        d.growth += world_growth(&w->steps[i]);
        if (w->collateral[i] == token)
            continue;
        d.more += world_growth(&w->steps[i]);
        lq_u128_t all = world_small(&w->steps[i].outcome.repaid) + world_growth(&w->steps[i]);
        d.more +=
            div_up(all * w->loans[token].fee_pips, 1000000) - world_small(&w->steps[i].flash_fee);
    }
    const lq_loan_t *loan = &w->loans[token];
    lq_u128_t available = world_small(&loan->available);
    d.amount = d.repaid + d.growth;
    if (d.amount > available && available >= d.repaid)
        d.amount = available;
    d.fee = div_up(d.amount * loan->fee_pips, 1000000);
    return d;
}

/* What is there before W's job, and how much more each step repays than planned: where nobody lends
   more than that, nothing. */
static inline void world_fill(executor_world_t *w, lq_rng_t *rng)
{
    bool flash = w->job.funding == LQ_FUNDING_FLASH;
    for (unsigned t = 0; t < WORLD_TOKEN_CNT; t++)
        w->held[t] = lq_rng_below(rng, 2) ? lq_rng_u64(rng) >> lq_rng_below(rng, 64) : 0;
    for (size_t i = 0; i < w->job.step_cnt; i++) {
        lq_u128_t growth = world_growth(&w->steps[i]);
        world_debt_t debt = world_debt(w, w->debt[i]);
        bool covered = !flash || debt.amount == debt.repaid + debt.growth;
        w->late[i] = covered ? lq_rng_below(rng, (uint64_t)growth + 1) : 0;
        if (!flash)
            w->held[w->debt[i]] += world_small(&w->steps[i].outcome.repaid) + growth;
    }
}

/* All that goes through POOL, as quoted. */
static inline void world_flow(const executor_world_t *w, uint32_t pool, lq_u128_t *in,
                              lq_u128_t *out)
{
    *in = 0;
    *out = 0;
    for (size_t i = 0; i < w->job.step_cnt; i++)
        for (uint32_t k = 0; k < w->steps[i].swap.leg_cnt; k++) {
            const lq_swap_leg_t *leg = &w->steps[i].swap.legs[k];
            if (leg->hop.pool != pool)
                continue;
            *in += world_small(&leg->amount_in);
            *out += world_small(&leg->amount_out);
        }
}

/* What comes of TOKEN, and what goes as planned. */
static inline void world_purse(const executor_world_t *w, unsigned token, lq_u128_t *seized,
                               lq_u128_t *spent)
{
    bool flash = w->job.funding == LQ_FUNDING_FLASH;
    *seized = 0;
    *spent = 0;
    for (size_t i = 0; i < w->job.step_cnt; i++) {
        const lq_plan_step_t *s = &w->steps[i];
        if (w->collateral[i] == token)
            *seized += world_small(&s->outcome.seized);
        if (flash && w->collateral[i] == token)
            *spent += world_small(&s->swap.amount_in);
        if (w->debt[i] == token && (!flash || w->collateral[i] == token))
            *spent += world_small(&s->outcome.repaid) + world_small(&s->flash_fee);
    }
}

#endif
