#ifndef EXECUTOR_WORLD_H
#define EXECUTOR_WORLD_H

/* Jobs for the executor's encoder, and the executor itself: what is encoded is carried out in a
   world of tokens, pools, lenders and one protocol, all in 128 bits, and each byte is compared with
   the job. It defines the venues' own lq_venues_pool. */

#include <string.h>

#include "liqd/base/compiler.h"
#include "liqd/base/rng.h"
#include "liqd/decide/executor.h"

#define WORLD_TOKEN_CNT 6u
#define WORLD_POOL_MAX  (LQ_PLAN_STEP_MAX * LQ_SWAP_LEG_MAX)
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

struct lq_venues {
    size_t pool_cnt;
    world_pool_t world[WORLD_POOL_MAX];
    lq_venue_pool_t pools[WORLD_POOL_MAX];
};

typedef struct executor_world {
    lq_venues_t venues;
    world_route_t routes[WORLD_TOKEN_CNT][WORLD_TOKEN_CNT];
    lq_loan_t loans[WORLD_TOKEN_CNT];
    lq_plan_step_t steps[LQ_PLAN_STEP_MAX];
    unsigned collateral[LQ_PLAN_STEP_MAX];
    unsigned debt[LQ_PLAN_STEP_MAX];
    lq_executor_tokens_t tokens[LQ_PLAN_STEP_MAX];
    lq_read_call_t calls[LQ_PLAN_STEP_MAX];
    lq_read_call_t guard;
    uint8_t inputs[LQ_PLAN_STEP_MAX + 1][WORLD_INPUT_SZ];
    lq_executor_job_t job;
    /* how it is carried out */
    lq_u128_t late[LQ_PLAN_STEP_MAX]; /* repaid more than planned */
    lq_u128_t held[WORLD_TOKEN_CNT];
    lq_u128_t before[WORLD_TOKEN_CNT];
    size_t call_cnt;
    size_t pay_cnt;
    size_t out_cnt;

} executor_world_t;

size_t lq_venues_pool_cnt(const lq_venues_t *venues)
{
    return venues->pool_cnt;
}

const lq_venue_pool_t *lq_venues_pool(const lq_venues_t *venues, uint32_t pool)
{
    return &venues->pools[pool];
}

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

static inline uint32_t world_add_pool(executor_world_t *w, lq_rng_t *rng, unsigned in, unsigned out,
                                      bool *zero_for_one)
{
    lq_venues_t *v = &w->venues;
    LQ_ASSERT(v->pool_cnt < WORLD_POOL_MAX);
    uint32_t i = (uint32_t)v->pool_cnt++;
    *zero_for_one = in < out;
    v->world[i] = (world_pool_t){.in = 1 + lq_rng_below(rng, 1000),
                                 .out = 1 + lq_rng_below(rng, 1000),
                                 .tokens = {in < out ? in : out, in < out ? out : in}};
    v->pools[i] = (lq_venue_pool_t){
        .config = {.kind = lq_rng_below(rng, 2) ? LQ_VENUE_UNISWAP_V2 : LQ_VENUE_UNISWAP_V3,
                   .address = {{0x90, (uint8_t)i}}},
        .tokens = {world_token(v->world[i].tokens[0]), world_token(v->world[i].tokens[1])},
        .fee_pips = (uint32_t)lq_rng_below(rng, 100000)};
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
        lq_u128_t in = world_quote(&w->venues.world[path->hops[k].pool], amount);
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
    for (uint32_t i = 0; i < route->path_cnt; i++) {
        lq_u128_t part = left;
        if (i + 1 < route->path_cnt)
            part = 1 + lq_rng_below(rng, (uint64_t)(left - (route->path_cnt - 1 - i)));
        world_add_path(w, swap, &route->paths[i], i, part);
        left -= part;
    }
}

static inline bool world_grows(const lq_plan_step_t *s)
{
    return s->call.by == LQ_LIQUIDATION_BY_SEIZED || s->outcome.closes_debt ||
           s->outcome.takes_all || !lq_u256_eq(&s->call.amount, &s->outcome.repaid);
}

static inline lq_u128_t world_growth(const lq_plan_step_t *s)
{
    return world_grows(s) ? world_small(&s->outcome.repaid) / 16384 + 2 : 0;
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
    memset(w, 0, sizeof(*w));
    bool grows = lq_rng_below(rng, 4) != 0;
    world_lenders(w, rng);
    w->job = (lq_executor_job_t){
        .steps = w->steps,
        .step_cnt = 1 + (size_t)lq_rng_below(rng, LQ_PLAN_STEP_MAX),
        .calls = w->calls,
        .tokens = w->tokens,
        .guard = &w->guard,
        .guard_min = {.word = (uint8_t)lq_rng_below(rng, 3),
                      .min = lq_u256_from_u64(lq_rng_u64(rng) >> lq_rng_below(rng, 64))},
        .venues = &w->venues,
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
    world_call(w, rng, &w->guard, LQ_PLAN_STEP_MAX);
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

/* ---- the executor ---- */

typedef struct world_reader {
    const uint8_t *at;
    const uint8_t *end;
} world_reader_t;

/* What the operations are nested in. */
typedef enum world_nest {
    WORLD_IN_NOTHING,
    WORLD_IN_LOAN,
    WORLD_IN_SWAP,
} world_nest_t;

typedef struct world_scope {
    world_nest_t nest;
    unsigned token;   /* that is lent, or that the pool asks for */
    lq_u128_t target; /* IN_LOAN: to be held in the end */
    lq_u128_t owed;   /* IN_SWAP */
    bool paid;        /* IN_SWAP, or a loan's last swap */
    lq_u128_t more;   /* IN_SWAP: than quoted that is asked for at most */
} world_scope_t;

static inline const uint8_t *world_bytes(world_reader_t *r, size_t sz)
{
    const uint8_t *at = r->at;
    LQ_ASSERT((size_t)(r->end - r->at) >= sz);
    r->at += sz;
    return at;
}

static inline uint64_t world_number(world_reader_t *r, size_t sz)
{
    const uint8_t *at = world_bytes(r, sz);
    uint64_t v = 0;
    for (size_t i = 0; i < sz; i++)
        v = v << 8 | at[i];
    return v;
}

static inline lq_u128_t world_amount(world_reader_t *r)
{
    size_t sz = (size_t)world_number(r, 1);
    LQ_ASSERT(sz <= 16);
    const uint8_t *at = world_bytes(r, sz);
    lq_u128_t v = 0;
    LQ_ASSERT(sz == 0 || at[0] != 0);
    for (size_t i = 0; i < sz; i++)
        v = v << 8 | at[i];
    return v;
}

static inline world_reader_t world_rest(world_reader_t *r)
{
    size_t sz = (size_t)world_number(r, 2);
    const uint8_t *at = world_bytes(r, sz);
    return (world_reader_t){at, at + sz};
}

static inline void world_same(world_reader_t *r, const void *want, size_t sz)
{
    LQ_ASSERT(memcmp(world_bytes(r, sz), want, sz) == 0);
}

static inline void world_run(executor_world_t *w, world_reader_t *r, world_scope_t *in);

static inline void world_spend(executor_world_t *w, unsigned token, lq_u128_t amount)
{
    LQ_ASSERT(w->held[token] >= amount);
    w->held[token] -= amount;
}

static inline void world_do_flash(executor_world_t *w, world_reader_t *r)
{
    static const uint64_t codes[LQ_LENDER_KIND_CNT] = {0, 1, 2};
    uint64_t code = world_number(r, 1);
    const uint8_t *lender = world_bytes(r, 20);
    world_reader_t rest = world_rest(r);
    unsigned token = world_token_of(world_bytes(&rest, 20));
    const lq_loan_t *loan = &w->loans[token];
    world_debt_t debt = world_debt(w, token);
    LQ_ASSERT(memcmp(lender, loan->lender.b, 20) == 0);
    const bool second = loan->kind == LQ_LENDER_UNISWAP_V3 && loan->token1;
    LQ_ASSERT(code == codes[loan->kind] + (second ? 1u : 0u));
    LQ_ASSERT(world_amount(&rest) == debt.amount && world_amount(&rest) == debt.fee);
    w->held[token] += debt.amount;
    world_scope_t in = {.nest = WORLD_IN_LOAN, .token = token, .target = w->held[token] + debt.fee};
    world_run(w, &rest, &in);
    LQ_ASSERT(in.paid ==
              (world_is_swapped(w, token) && (!world_is_seized(w, token) || debt.more != 0)));
    world_spend(w, token, debt.amount + debt.fee);
}

static inline void world_do_call(executor_world_t *w, world_reader_t *r)
{
    size_t i = w->call_cnt++;
    LQ_ASSERT(i < w->job.step_cnt);
    const lq_plan_step_t *s = &w->steps[i];
    world_same(r, w->calls[i].to.b, 20);
    world_same(r, w->tokens[i].debt.b, 20);
    LQ_ASSERT(world_amount(r) == world_small(&s->outcome.repaid) + world_growth(s));
    LQ_ASSERT(world_number(r, 2) == w->calls[i].input_sz);
    world_same(r, w->calls[i].input, w->calls[i].input_sz);
    world_spend(w, w->debt[i], world_small(&s->outcome.repaid) + w->late[i]);
    w->held[w->collateral[i]] += world_small(&s->outcome.seized);
}

/* The last swap of a loan makes up for what more has to be paid back. */
static inline lq_u128_t world_out_amount(const executor_world_t *w, world_scope_t *in,
                                         lq_u128_t named, lq_u128_t quoted)
{
    LQ_ASSERT(in->nest != WORLD_IN_NOTHING && !in->paid);
    if (in->nest == WORLD_IN_SWAP) {
        LQ_ASSERT(named == 0);
        in->paid = true;
        return in->owed;
    }
    world_debt_t debt = world_debt(w, in->token);
    bool is_seized = world_is_seized(w, in->token);
    if (named == quoted)
        return named;
    in->paid = true;
    LQ_ASSERT(named == (is_seized ? quoted + debt.more : 0));
    if (is_seized)
        return named;
    LQ_ASSERT(w->held[in->token] <= in->target);
    return in->target - w->held[in->token];
}

/* The most that a pool may ask for where it was quoted. */
static inline lq_u128_t world_most_in(const executor_world_t *w, const world_scope_t *path,
                                      unsigned token_in, lq_u128_t quoted, bool is_first)
{
    lq_u128_t seized = 0;
    lq_u128_t swapped = 0;
    lq_u128_t most = quoted + quoted * w->job.slippage_bps / 10000 + path->more;
    for (size_t i = 0; i < w->job.step_cnt; i++)
        if (w->collateral[i] == token_in) {
            seized += world_small(&w->steps[i].outcome.seized);
            swapped += world_small(&w->steps[i].swap.amount_in);
        }
    return is_first && most > quoted + seized - swapped ? quoted + seized - swapped : most;
}

static inline void world_do_out(executor_world_t *w, world_reader_t *r, world_scope_t *in)
{
    uint64_t kind = world_number(r, 1);
    uint64_t zero_for_one = world_number(r, 1);
    const uint8_t *address = world_bytes(r, 20);
    uint32_t pool = address[1];
    LQ_ASSERT(pool < w->venues.pool_cnt && zero_for_one <= 1);
    const lq_venue_pool_t *about = &w->venues.pools[pool];
    world_pool_t *p = &w->venues.world[pool];
    bool is_v2 = about->config.kind == LQ_VENUE_UNISWAP_V2;
    LQ_ASSERT(memcmp(address, about->config.address.b, 20) == 0 && kind == is_v2);
    LQ_ASSERT(world_number(r, 3) == (is_v2 ? about->fee_pips : 0));
    lq_u128_t quoted_in;
    lq_u128_t quoted_out;
    world_flow(w, pool, &quoted_in, &quoted_out);
    lq_u128_t out = world_out_amount(w, in, world_amount(r), quoted_out);
    world_reader_t rest = world_rest(r);
    unsigned token_in = world_token_of(world_bytes(&rest, 20));
    LQ_ASSERT(token_in == p->tokens[zero_for_one ? 0 : 1]);
    LQ_ASSERT(in->token == p->tokens[zero_for_one ? 1 : 0]);
    lq_u128_t most = world_amount(&rest);
    lq_u128_t cost = div_up(out * p->in, p->out);
    lq_u128_t more = in->nest == WORLD_IN_SWAP ? in->more
                     : in->paid                ? 2 * world_debt(w, in->token).more
                                               : 0;
    world_scope_t inner = {.nest = WORLD_IN_SWAP,
                           .token = token_in,
                           .owed = cost,
                           .more = div_up(quoted_in * more, quoted_out)};
    LQ_ASSERT(most == world_most_in(w, &inner, token_in, quoted_in, rest.at == rest.end));
    w->out_cnt++;
    if (in->nest == WORLD_IN_LOAN) /* else it goes to who asks for it */
        w->held[in->token] += out;
    if (rest.at == rest.end) {
        world_spend(w, token_in, cost);
        return;
    }
    world_run(w, &rest, &inner);
    LQ_ASSERT(inner.paid);
}

static inline void world_run(executor_world_t *w, world_reader_t *r, world_scope_t *in)
{
    while (r->at < r->end)
        switch (world_number(r, 1)) {
        case 1:
            LQ_ASSERT(in->nest != WORLD_IN_SWAP && w->call_cnt == 0);
            world_do_flash(w, r);
            break;
        case 2:
            LQ_ASSERT(in->nest != WORLD_IN_SWAP);
            world_do_call(w, r);
            break;
        case 3:
            LQ_ASSERT(w->call_cnt == w->job.step_cnt);
            world_do_out(w, r, in);
            break;
        case 6:
            LQ_ASSERT(in->nest == WORLD_IN_NOTHING && r->at < r->end && w->pay_cnt++ == 0);
            LQ_ASSERT(world_amount(r) == world_small(&w->job.pay_wei.raw));
            break;
        default:
            LQ_BUG("an operation that no plan needs");
        }
}

/* That of TOKEN is at least so much must be so, and of what is planned as much is asked for as may
   be asked for. */
static inline void world_check_gain(const executor_world_t *w, unsigned token, lq_u128_t least)
{
    lq_u128_t seized;
    lq_u128_t spent;
    world_purse(w, token, &seized, &spent);
    LQ_ASSERT(w->held[token] >= w->before[token] + least);
    lq_u128_t planned = seized > spent ? seized - spent : 0;
    LQ_ASSERT(least <= planned);
    const lq_executor_job_t *job = &w->job;
    lq_u128_t spare = world_small(&job->spare_usd.raw);
    lq_u128_t gross = world_small(&job->gross_usd.raw);
    lq_u128_t missing = gross == 0 ? 0 : planned * job->slippage_bps / 10000;
    if (spare < gross && planned * spare / gross < missing)
        missing = planned * spare / gross;
    LQ_ASSERT(least == planned - missing ||
              (least < planned - missing && world_all_growth(w) != 0));
}

static inline void world_check_gains(executor_world_t *w, world_reader_t *r)
{
    bool seen[WORLD_TOKEN_CNT] = {false};
    bool flash = w->job.funding == LQ_FUNDING_FLASH;
    for (uint64_t cnt = world_number(r, 1); cnt > 0; cnt--) {
        unsigned token = world_token_of(world_bytes(r, 20));
        lq_u128_t least = world_amount(r);
        LQ_ASSERT(!seen[token]);
        seen[token] = true;
        if (world_is_seized(w, token))
            world_check_gain(w, token, least);
        else
            LQ_ASSERT(flash && least == 0 && world_debt(w, token).repaid != 0);
    }
    for (size_t i = 0; i < w->job.step_cnt; i++) {
        LQ_ASSERT(seen[w->collateral[i]] || !flash);
        LQ_ASSERT(seen[w->debt[i]] || !flash);
        lq_u128_t seized;
        lq_u128_t spent;
        world_purse(w, w->collateral[i], &seized, &spent);
        LQ_ASSERT(seen[w->collateral[i]] || spent + world_all_growth(w) > seized);
    }
}

/* world_execute carries out what was encoded of W's job, PROGRAM, step I of which repays LATE[I]
   more than planned, and dies where it is not what the job says or does not pass. */
static inline void world_execute(executor_world_t *w, const uint8_t *program, size_t sz)
{
    world_reader_t r = {program, program + sz};
    world_reader_t gains;
    const lq_executor_job_t *job = &w->job;
    world_scope_t in = {.nest = WORLD_IN_NOTHING};
    w->call_cnt = 0;
    w->pay_cnt = 0;
    w->out_cnt = 0;
    LQ_ASSERT((world_number(&r, 1) == 1) == job->sweep);
    LQ_ASSERT(world_number(&r, 5) == job->last_blk);
    LQ_ASSERT(world_number(&r, 1) == 1);
    world_same(&r, job->guard->to.b, 20);
    LQ_ASSERT(world_number(&r, 1) == job->guard_min.word);
    LQ_ASSERT(world_amount(&r) == world_small(&job->guard_min.min));
    LQ_ASSERT(world_number(&r, 2) == job->guard->input_sz);
    world_same(&r, job->guard->input, job->guard->input_sz);
    gains = r;
    for (uint64_t cnt = world_number(&r, 1); cnt > 0; cnt--) {
        (void)world_bytes(&r, 20);
        (void)world_amount(&r);
    }
    memcpy(w->before, w->held, sizeof(w->before));
    world_run(w, &r, &in);
    LQ_ASSERT(w->call_cnt == job->step_cnt);
    for (uint32_t i = 0; i < w->venues.pool_cnt; i++) {
        lq_u128_t swapped_in;
        lq_u128_t swapped_out;
        world_flow(w, i, &swapped_in, &swapped_out);
        w->out_cnt -= swapped_out != 0;
    }
    LQ_ASSERT(w->out_cnt == 0); /* each pool once */
    LQ_ASSERT(w->pay_cnt == !lq_u256_is_zero(&job->pay_wei.raw));
    world_check_gains(w, &gains);
}

#endif
