#include <string.h>

#include "executor_internal.h"

/* How much dearer what a pool gives at the end may be than what it gives on average. */
#define MARGIN_RATIO 2u

/* Adds V to *SUM. false: it does not fit. */
static bool add(lq_u256_t *sum, const lq_u256_t *v)
{
    return lq_u256_add_checked(sum, sum, v) == LQ_OK;
}

/* ---- what a step pulls ---- */

/* What the protocol may pull more than planned. Nothing where the call names the units, and the
   contract takes just these: where all of something goes, it names more. */
static lq_u256_t growth_of(const lq_plan_step_t *step)
{
    const lq_liquidation_outcome_t *o = &step->outcome;
    if (step->call.by == LQ_LIQUIDATION_BY_REPAID && !o->closes_debt && !o->takes_all &&
        lq_u256_eq(&step->call.amount, &o->repaid))
        return lq_u256_from_u64(0);
    const lq_u256_t growth = lq_liquidation_growth(&o->repaid);
    return lq_u256_max(&growth, &o->growth);
}

static executor_purse_t *purse_of(executor_work_t *w, const lq_address_t *token)
{
    size_t i = 0;
    while (i < w->purse_cnt && !executor_same(w->purses[i].token, token))
        i++;
    if (i == w->purse_cnt)
        w->purses[w->purse_cnt++] = (executor_purse_t){.token = token};
    return &w->purses[i];
}

static bool same_loan(const lq_loan_t *a, const lq_loan_t *b)
{
    return a->kind == b->kind && a->fee_pips == b->fee_pips && a->token1 == b->token1 &&
           executor_same(&a->lender, &b->lender);
}

static executor_loan_t *loan_of(executor_work_t *w, const lq_address_t *token, const lq_loan_t *by)
{
    size_t i = 0;
    while (i < w->loan_cnt && !executor_same(w->loans[i].token, token))
        i++;
    if (i == w->loan_cnt)
        w->loans[w->loan_cnt++] =
            (executor_loan_t){.token = token, .by = by, .last = EXECUTOR_NO_TRADE};
    return &w->loans[i];
}

/* Adds LEG to what goes through its pool already, or puts it behind the paths up to its own. */
static bool add_leg(lq_swap_t *sum, const lq_swap_leg_t *leg)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < sum->leg_cnt; i++) {
        lq_swap_leg_t *has = &sum->legs[i];
        if (has->path == leg->path && has->hop.pool == leg->hop.pool)
            return has->hop.zero_for_one == leg->hop.zero_for_one &&
                   add(&has->amount_in, &leg->amount_in) && add(&has->amount_out, &leg->amount_out);
        at = has->path <= leg->path ? i + 1 : at;
    }
    if (sum->leg_cnt == LQ_SWAP_LEG_MAX)
        return false;
    memmove(&sum->legs[at + 1], &sum->legs[at], (sum->leg_cnt - at) * sizeof(*leg));
    sum->legs[at] = *leg;
    sum->leg_cnt++;
    return true;
}

/* Swaps of one direction go along one route, and so are one; each may leave out paths. */
static bool add_swap(executor_work_t *w, size_t purse, size_t loan, const lq_swap_t *swap)
{
    size_t i = 0;
    while (i < w->trade_cnt && (w->trades[i].purse != purse || w->trades[i].loan != loan))
        i++;
    executor_trade_t *t = &w->trades[i];
    if (swap->leg_cnt == 0 || swap->leg_cnt > LQ_SWAP_LEG_MAX)
        return false;
    if (i == w->trade_cnt) {
        w->trade_cnt++;
        t->purse = purse;
        t->loan = loan;
        t->swap = *swap;
        return true;
    }
    for (uint32_t k = 0; k < swap->leg_cnt; k++)
        if (!add_leg(&t->swap, &swap->legs[k]))
            return false;
    return add(&t->swap.amount_in, &swap->amount_in) && add(&t->swap.amount_out, &swap->amount_out);
}

static bool take_step(executor_work_t *w, size_t i)
{
    const lq_plan_step_t *step = &w->job->steps[i];
    const lq_executor_tokens_t *tokens = &w->job->tokens[i];
    const lq_liquidation_outcome_t *o = &step->outcome;
    executor_purse_t *purse = purse_of(w, &tokens->collateral);
    executor_loan_t *loan = loan_of(w, &tokens->debt, &step->loan);
    lq_u256_t grown = growth_of(step);
    lq_u256_t fee;
    w->allowances[i] = o->repaid;
    if (!add(&w->allowances[i], &grown) || !add(&loan->growth, &grown) ||
        !add(&loan->repaid, &o->repaid) || !add(&purse->seized, &o->seized))
        return false;
    if (w->job->funding == LQ_FUNDING_INVENTORY)
        return true;
    if (!same_loan(loan->by, &step->loan) || lq_loan_fee(&fee, loan->by, &w->allowances[i]))
        return false;
    if (executor_same(&tokens->collateral, &tokens->debt))
        return step->swap.leg_cnt == 0 && add(&purse->spent, &w->allowances[i]) &&
               add(&purse->spent, &fee);
    if (lq_u256_sub_checked(&fee, &fee, &step->flash_fee) == LQ_OK && !add(&grown, &fee))
        return false;
    return add(&loan->more, &grown) &&
           add_swap(w, (size_t)(purse - w->purses), (size_t)(loan - w->loans), &step->swap);
}

/* ---- loans ---- */

static bool set_loan(executor_work_t *w, executor_loan_t *loan)
{
    for (size_t i = 0; i < w->purse_cnt; i++)
        loan->is_seized |= executor_same(w->purses[i].token, loan->token);
    for (size_t i = 0; i < w->trade_cnt; i++)
        if (&w->loans[w->trades[i].loan] == loan &&
            (loan->last == EXECUTOR_NO_TRADE ||
             lq_u256_lt(&w->trades[loan->last].swap.amount_out, &w->trades[i].swap.amount_out)))
            loan->last = i;
    loan->amount = loan->repaid;
    if (loan->by->kind >= LQ_LENDER_KIND_CNT || !add(&loan->amount, &loan->growth))
        return false;
    if (!lq_u256_lt(&loan->by->available, &loan->repaid))
        loan->amount = lq_u256_min(&loan->amount, &loan->by->available);
    return lq_loan_fee(&loan->fee, loan->by, &loan->amount) == LQ_OK;
}

/* A pool that lends is locked until it is repaid. */
static bool lend_apart(const executor_work_t *w)
{
    for (size_t i = 0; i < w->loan_cnt; i++)
        for (size_t k = i + 1; k < w->loan_cnt; k++)
            if (w->loans[i].by->kind == LQ_LENDER_UNISWAP_V3 &&
                executor_same(&w->loans[i].by->lender, &w->loans[k].by->lender))
                return false;
    return true;
}

/* ---- trades ---- */

/* Whether LEG goes through a pool that is there, from *TOKEN, which is then what comes out. */
static bool is_leg(const lq_venues_t *venues, const lq_swap_leg_t *leg, const lq_address_t **token)
{
    if (leg->hop.pool >= lq_venues_pool_cnt(venues))
        return false;
    const lq_venue_pool_t *pool = lq_venues_pool(venues, leg->hop.pool);
    const lq_address_t *in = &pool->tokens[leg->hop.zero_for_one ? 0 : 1];
    if (pool->config.kind >= LQ_VENUE_KIND_CNT || !executor_same(in, *token))
        return false;
    *token = &pool->tokens[leg->hop.zero_for_one ? 1 : 0];
    return true;
}

/* Where a swap's legs are taken one by one: what is left of it. */
typedef struct cursor {
    const lq_swap_t *swap;
    size_t at;
    lq_u256_t left_in;
    lq_u256_t left_out;
} cursor_t;

/* Takes the legs of one path from IN to OUT, and their amounts off what is left. A step may swap so
   little more than the one before it that a path gives nothing more for it: that is left out. */
static bool take_path(executor_path_t *paths, size_t *path_cnt, cursor_t *c,
                      const lq_venues_t *venues, const lq_address_t *in, const lq_address_t *out)
{
    const lq_swap_leg_t *legs = &c->swap->legs[c->at];
    const lq_address_t *token = in;
    size_t cnt = 0;
    if (*path_cnt == LQ_SWAP_PATH_MAX)
        return false;
    for (; c->at < c->swap->leg_cnt && c->swap->legs[c->at].path == legs->path; ++c->at, cnt++)
        if (cnt == LQ_SWAP_HOP_MAX || !is_leg(venues, &legs[cnt], &token) ||
            (cnt > 0 && !lq_u256_eq(&legs[cnt].amount_in, &legs[cnt - 1].amount_out)))
            return false;
    if (!lq_u256_is_zero(&legs[cnt - 1].amount_out))
        paths[(*path_cnt)++] = (executor_path_t){.legs = legs, .leg_cnt = cnt};
    return executor_same(token, out) &&
           lq_u256_sub_checked(&c->left_in, &c->left_in, &legs[0].amount_in) == LQ_OK &&
           lq_u256_sub_checked(&c->left_out, &c->left_out, &legs[cnt - 1].amount_out) == LQ_OK;
}

/* All paths of SWAP, which add up to it. */
static bool take_paths(executor_path_t *paths, size_t *path_cnt, const lq_swap_t *swap,
                       const lq_venues_t *venues, const lq_address_t *in, const lq_address_t *out)
{
    cursor_t c = {.swap = swap, .left_in = swap->amount_in, .left_out = swap->amount_out};
    *path_cnt = 0;
    while (c.at < swap->leg_cnt)
        if (!take_path(paths, path_cnt, &c, venues, in, out))
            return false;
    return lq_u256_is_zero(&c.left_in) && lq_u256_is_zero(&c.left_out);
}

lq_err_t executor_paths(executor_path_t paths[LQ_SWAP_PATH_MAX], size_t *path_cnt,
                        const lq_executor_swap_job_t *job)
{
    if (job->last_blk >> 40 != 0 || job->slippage_bps > EXECUTOR_BPS || job->swap->leg_cnt == 0 ||
        job->swap->leg_cnt > LQ_SWAP_LEG_MAX)
        return LQ_ERR_INVAL;
    bool ok = take_paths(paths, path_cnt, job->swap, job->venues, &job->token_in, &job->token_out);
    return ok && *path_cnt > 0 ? LQ_OK : LQ_ERR_INVAL;
}

static const lq_u256_t *amount_out(const executor_path_t *path)
{
    return &path->legs[path->leg_cnt - 1].amount_out;
}

/* The largest path of the largest trade takes what is more than quoted: that moves its price least,
   and there it is the least part of what is gained. */
static void put_largest_last(executor_trade_t *t)
{
    size_t last = t->path_cnt - 1;
    for (size_t i = 0; i < last; i++)
        if (lq_u256_lt(amount_out(&t->paths[last]), amount_out(&t->paths[i]))) {
            executor_path_t path = t->paths[i];
            t->paths[i] = t->paths[last];
            t->paths[last] = path;
        }
}

/* What leg number I has to take for what PATH has to get more. */
static lq_err_t growth_in(lq_u256_t *out, const executor_path_t *path, size_t i)
{
    lq_u256_t more = lq_u256_from_u64(MARGIN_RATIO);
    if (lq_u256_mul_checked(&more, &more, &path->more))
        return LQ_ERR_INVAL;
    for (size_t k = path->leg_cnt; k-- > i;)
        if (lq_u256_mul_div_up(&more, &path->legs[k].amount_in, &more, &path->legs[k].amount_out))
            return LQ_ERR_INVAL;
    *out = more;
    return LQ_OK;
}

static bool set_trade(executor_work_t *w, executor_trade_t *t)
{
    const executor_loan_t *loan = &w->loans[t->loan];
    executor_purse_t *purse = &w->purses[t->purse];
    lq_u256_t grown;
    if (!take_paths(t->paths, &t->path_cnt, &t->swap, w->job->venues, purse->token, loan->token) ||
        !add(&purse->swapped, &t->swap.amount_in) || !add(&purse->spent, &t->swap.amount_in))
        return false;
    if (&w->trades[loan->last] != t)
        return true;
    if (t->path_cnt == 0)
        return false;
    put_largest_last(t);
    executor_path_t *last = &t->paths[t->path_cnt - 1];
    last->more = loan->more;
    return growth_in(&grown, last, 0) == LQ_OK && add(&purse->spent, &grown);
}

lq_err_t executor_most_in(lq_u256_t *out, const lq_executor_job_t *job, const executor_path_t *path,
                          size_t i)
{
    const lq_u256_t slippage = lq_u256_from_u64(job->slippage_bps);
    const lq_u256_t whole = lq_u256_from_u64(EXECUTOR_BPS);
    lq_u256_t more;
    *out = path->legs[i].amount_in;
    if (growth_in(&more, path, i) || !add(out, &more) ||
        lq_u256_mul_div_down(&more, &path->legs[i].amount_in, &slippage, &whole) ||
        !add(out, &more))
        return LQ_ERR_INVAL;
    return LQ_OK;
}

/* ---- gains ---- */

void executor_least_gain(lq_u256_t *out, const lq_executor_job_t *job,
                         const executor_purse_t *purse)
{
    const lq_u256_t slippage = lq_u256_from_u64(job->slippage_bps);
    const lq_u256_t whole = lq_u256_from_u64(EXECUTOR_BPS);
    lq_u256_t missing = lq_u256_from_u64(0);
    lq_u256_t most;
    *out = missing;
    if (lq_u256_sub_checked(out, &purse->seized, &purse->spent))
        return;
    most = *out;
    if (lq_u256_is_zero(&job->gross_usd.raw) || !add(&most, &purse->swapped) ||
        lq_u256_mul_div_down(&most, &most, &slippage, &whole)) /* all of it is at most seized */
        return;
    most = lq_u256_min(&most, out);
    missing = most;
    if (lq_u256_lt(&job->spare_usd.raw, &job->gross_usd.raw) &&
        lq_u256_mul_div_down(&missing, out, &job->spare_usd.raw, &job->gross_usd.raw) == LQ_OK)
        missing = lq_u256_min(&missing, &most);
    *out = lq_u256_sub_wrap(out, &missing);
}

/* ---- the job ---- */

static bool is_job(const lq_executor_job_t *job)
{
    if (job->step_cnt == 0 || job->step_cnt > LQ_PLAN_STEP_MAX || job->last_blk >> 40 != 0 ||
        job->slippage_bps > EXECUTOR_BPS || job->guard_cnt == 0 ||
        job->guard_cnt > LQ_PLAN_STEP_MAX ||
        (job->funding != LQ_FUNDING_INVENTORY && job->funding != LQ_FUNDING_FLASH))
        return false;
    for (size_t i = 0; i < job->step_cnt; i++)
        if (job->calls[i].input_sz > LQ_EXECUTOR_INPUT_MAX)
            return false;
    for (size_t i = 0; i < job->guard_cnt; i++)
        if (job->guards[i].input_sz > LQ_EXECUTOR_INPUT_MAX)
            return false;
    return true;
}

static bool reckon_flash(executor_work_t *w)
{
    for (size_t i = 0; i < w->loan_cnt; i++)
        if (!set_loan(w, &w->loans[i]))
            return false;
    for (size_t i = 0; i < w->trade_cnt; i++)
        if (!set_trade(w, &w->trades[i]))
            return false;
    for (size_t i = 0; i < w->purse_cnt; i++)
        if (lq_u256_lt(&w->purses[i].seized, &w->purses[i].swapped))
            return false;
    return lend_apart(w);
}

/* What is owed out of our own comes off what is seized of the same token. */
static bool reckon_inventory(executor_work_t *w)
{
    for (size_t i = 0; i < w->loan_cnt; i++)
        for (size_t k = 0; k < w->purse_cnt; k++)
            if (executor_same(w->loans[i].token, w->purses[k].token) &&
                (!add(&w->purses[k].spent, &w->loans[i].repaid) ||
                 !add(&w->purses[k].spent, &w->loans[i].growth)))
                return false;
    return true;
}

lq_err_t executor_reckon(executor_work_t *w, const lq_executor_job_t *job)
{
    if (!is_job(job))
        return LQ_ERR_INVAL;
    w->job = job;
    w->purse_cnt = 0;
    w->loan_cnt = 0;
    w->trade_cnt = 0;
    for (size_t i = 0; i < job->step_cnt; i++)
        if (!take_step(w, i))
            return LQ_ERR_INVAL;
    bool ok = job->funding == LQ_FUNDING_FLASH ? reckon_flash(w) : reckon_inventory(w);
    return ok ? LQ_OK : LQ_ERR_INVAL;
}
