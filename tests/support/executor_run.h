#ifndef EXECUTOR_RUN_H
#define EXECUTOR_RUN_H

/* The executor itself: carries out what was encoded of a world's job, as the contract does, and
   compares each byte with the job. */

#include "executor_world.h"

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
    LQ_ASSERT(pool < WORLD_POOL_MAX && zero_for_one <= 1);
    const lq_venue_pool_t *about = lq_venues_pool(w->venues, pool);
    world_pool_t *p = &w->pools[pool];
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

/* What of TOKEN is swapped, as quoted. */
static inline lq_u128_t world_swapped(const executor_world_t *w, unsigned token)
{
    lq_u128_t sum = 0;
    for (size_t i = 0; i < w->job.step_cnt; i++)
        if (w->collateral[i] == token)
            sum += world_small(&w->steps[i].swap.amount_in);
    return sum;
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
    lq_u128_t missing = 0;
    if (gross != 0 && planned != 0)
        missing = (planned + world_swapped(w, token)) * job->slippage_bps / 10000;
    missing = missing < planned ? missing : planned;
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
    LQ_ASSERT(world_number(&r, 1) == job->guard_cnt);
    for (size_t i = 0; i < job->guard_cnt; i++) {
        world_same(&r, job->guards[i].to.b, 20);
        LQ_ASSERT(world_number(&r, 1) == job->guard_mins[i].word);
        LQ_ASSERT(world_amount(&r) == world_small(&job->guard_mins[i].min));
        LQ_ASSERT(world_number(&r, 2) == job->guards[i].input_sz);
        world_same(&r, job->guards[i].input, job->guards[i].input_sz);
    }
    gains = r;
    for (uint64_t cnt = world_number(&r, 1); cnt > 0; cnt--) {
        (void)world_bytes(&r, 20);
        (void)world_amount(&r);
    }
    memcpy(w->before, w->held, sizeof(w->before));
    world_run(w, &r, &in);
    LQ_ASSERT(w->call_cnt == job->step_cnt);
    for (uint32_t i = 0; i < WORLD_POOL_MAX; i++) {
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
