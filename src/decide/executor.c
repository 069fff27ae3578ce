#include <string.h>

#include "liqd/codec/abi_erc20.h"
#include "liqd/codec/abi_executor.h"
#include "liqd/codec/keccak.h"

#include "executor_internal.h"

#define WORD_SZ 32u

/* execute(bytes): the selector, where the bytes begin, their size */
#define HEAD_SZ (4u + 2u * WORD_SZ)

enum {
    FLAG_SWEEP = 1,
};

enum {
    OP_FLASH = 1,
    OP_CALL,
    OP_OUT,
    OP_IN,
    OP_UNWRAP,
    OP_PAY,
};

/* Writes until it is full. */
typedef struct pen {
    uint8_t *at;
    uint8_t *end;
    bool full;
} pen_t;

static void put(pen_t *p, const void *bytes, size_t sz)
{
    if (sz > (size_t)(p->end - p->at)) {
        p->full = true;
        p->at = p->end;
        return;
    }
    memcpy(p->at, bytes, sz);
    p->at += sz;
}

/* Puts the low CNT bytes of V, at most 8. */
static void put_number(pen_t *p, uint64_t v, size_t cnt)
{
    uint64_t be = __builtin_bswap64(v);
    put(p, (const uint8_t *)&be + sizeof(be) - cnt, cnt);
}

static void put_address(pen_t *p, const lq_address_t *address)
{
    put(p, address->b, sizeof(address->b));
}

static void put_amount(pen_t *p, const lq_u256_t *v)
{
    uint8_t bytes[WORD_SZ];
    size_t sz = (lq_u256_bit_len(v) + 7) / 8;
    lq_u256_to_be(bytes, v);
    put_number(p, sz, 1);
    put(p, bytes + WORD_SZ - sz, sz);
}

static void put_input(pen_t *p, const lq_read_call_t *call)
{
    put_number(p, call->input_sz, 2);
    put(p, call->input, call->input_sz);
}

/* The rest of an operation stands behind its size, which is known when that is written. */
#define REST_SZ 2u
_Static_assert(LQ_EXECUTOR_SZ_MAX <= UINT16_MAX, "a rest's size has 16 bits");

static uint8_t *open_rest(pen_t *p)
{
    uint8_t *size = p->at;
    put_number(p, 0, REST_SZ);
    return size;
}

static void close_rest(pen_t *p, uint8_t *size)
{
    pen_t at = {.at = size, .end = p->at};
    if (!p->full)
        put_number(&at, (uint64_t)(p->at - size) - REST_SZ, REST_SZ);
}

/* ---- swaps ---- */

/* An amount out of 0 is what is owed. */
static const lq_u256_t owed = {{0}};

/* The swap of PATH's leg number I, in which those before it are nested: a pool is paid by what the
   one before it on the way gives. SURPLUS is what the first may take more than quoted. */
static lq_err_t put_leg(pen_t *p, const executor_work_t *w, const executor_path_t *path, size_t i,
                        const lq_u256_t *amount_out, const lq_u256_t *surplus)
{
    const lq_swap_leg_t *leg = &path->legs[i];
    const lq_venue_pool_t *pool = lq_venues_pool(w->job->venues, leg->hop.pool);
    bool is_v2 = pool->config.kind == LQ_VENUE_UNISWAP_V2;
    lq_u256_t most;
    lq_u256_t cap;
    lq_err_t err = executor_most_in(&most, w->job, path, i);
    if (err)
        return err;
    if (i == 0 && lq_u256_add_checked(&cap, &leg->amount_in, surplus) == LQ_OK)
        most = lq_u256_min(&most, &cap);
    put_number(p, OP_OUT, 1);
    put_number(p, is_v2, 1);
    put_number(p, leg->hop.zero_for_one, 1);
    put_address(p, &pool->config.address);
    put_number(p, is_v2 ? pool->fee_pips : 0, 3);
    put_amount(p, amount_out);
    uint8_t *rest = open_rest(p);
    put_address(p, &pool->tokens[leg->hop.zero_for_one ? 0 : 1]);
    put_amount(p, &most);
    if (i > 0)
        err = put_leg(p, w, path, i - 1, &owed, surplus);
    close_rest(p, rest);
    return err;
}

static lq_err_t put_trade(pen_t *p, const executor_work_t *w, const executor_trade_t *t)
{
    const executor_purse_t *purse = &w->purses[t->purse];
    const executor_loan_t *loan = &w->loans[t->loan];
    lq_u256_t surplus = lq_u256_sub_wrap(&purse->seized, &purse->swapped);
    for (size_t i = 0; i < t->path_cnt; i++) {
        const executor_path_t *path = &t->paths[i];
        bool is_last = &w->trades[loan->last] == t && i + 1 == t->path_cnt;
        lq_u256_t out = path->legs[path->leg_cnt - 1].amount_out;
        if (lq_u256_add_checked(&out, &out, &path->more))
            return LQ_ERR_INVAL;
        lq_err_t err = put_leg(p, w, path, path->leg_cnt - 1,
                               is_last && !loan->is_seized ? &owed : &out, &surplus);
        if (err)
            return err;
    }
    return LQ_OK;
}

/* All that repay LOAN. */
static lq_err_t put_trades(pen_t *p, const executor_work_t *w, size_t loan)
{
    size_t last = w->loans[loan].last;
    for (size_t i = 0; i < w->trade_cnt; i++) {
        lq_err_t err =
            w->trades[i].loan == loan && i != last ? put_trade(p, w, &w->trades[i]) : LQ_OK;
        if (err)
            return err;
    }
    return last == EXECUTOR_NO_TRADE ? LQ_OK : put_trade(p, w, &w->trades[last]);
}

/* ---- calls and loans ---- */

static void put_calls(pen_t *p, const executor_work_t *w)
{
    const lq_executor_job_t *job = w->job;
    for (size_t i = 0; i < job->step_cnt; i++) {
        put_number(p, OP_CALL, 1);
        put_address(p, &job->calls[i].to);
        put_address(p, &job->tokens[i].debt);
        put_amount(p, &w->allowances[i]);
        put_input(p, &job->calls[i]);
    }
}

static unsigned lender_code(const lq_loan_t *loan)
{
    switch (loan->kind) {
    case LQ_LENDER_AAVE_V3:
        return 0;
    case LQ_LENDER_MORPHO_BLUE:
        return 1;
    case LQ_LENDER_UNISWAP_V3:
        return loan->token1 ? 3 : 2;
    case LQ_LENDER_KIND_CNT:
        break;
    }
    LQ_BUG("no lender of the kind %u", (unsigned)loan->kind);
}

static lq_err_t put_loans(pen_t *p, const executor_work_t *w)
{
    uint8_t *rests[LQ_PLAN_STEP_MAX];
    for (size_t i = 0; i < w->loan_cnt; i++) {
        const executor_loan_t *loan = &w->loans[i];
        put_number(p, OP_FLASH, 1);
        put_number(p, lender_code(loan->by), 1);
        put_address(p, &loan->by->lender);
        rests[i] = open_rest(p);
        put_address(p, loan->token);
        put_amount(p, &loan->amount);
        put_amount(p, &loan->fee);
    }
    put_calls(p, w);
    for (size_t i = w->loan_cnt; i-- > 0;) {
        lq_err_t err = put_trades(p, w, i);
        if (err)
            return err;
        close_rest(p, rests[i]);
    }
    return LQ_OK;
}

/* ---- the program ---- */

static void put_guards(pen_t *p, const lq_executor_job_t *job)
{
    put_number(p, job->guard_cnt, 1);
    for (size_t i = 0; i < job->guard_cnt; i++) {
        put_address(p, &job->guards[i].to);
        put_number(p, job->guard_mins[i].word, 1);
        put_amount(p, &job->guard_mins[i].min);
        put_input(p, &job->guards[i]);
    }
}

/* Of what is borrowed no less may be there in the end: what the executor has of it is not spent,
   whatever becomes of the rest. Of what is spent out of the inventory nothing can be asked. */
static void put_gains(pen_t *p, const executor_work_t *w)
{
    bool is_flash = w->job->funding == LQ_FUNDING_FLASH;
    uint8_t *cnt = p->at;
    uint8_t gain_cnt = 0;
    put_number(p, 0, 1);
    for (size_t i = 0; i < w->purse_cnt; i++) {
        const executor_purse_t *purse = &w->purses[i];
        lq_u256_t least;
        if (!is_flash && lq_u256_lt(&purse->seized, &purse->spent))
            continue;
        executor_least_gain(&least, w->job, purse);
        put_address(p, purse->token);
        put_amount(p, &least);
        gain_cnt++;
    }
    for (size_t i = 0; is_flash && i < w->loan_cnt; i++) {
        if (w->loans[i].is_seized)
            continue;
        put_address(p, w->loans[i].token);
        put_amount(p, &(lq_u256_t){{0}});
        gain_cnt++;
    }
    if (!p->full)
        *cnt = gain_cnt;
}

static lq_err_t put_program(pen_t *p, const executor_work_t *w)
{
    const lq_executor_job_t *job = w->job;
    lq_err_t err = LQ_OK;
    put_number(p, job->sweep ? FLAG_SWEEP : 0, 1);
    put_number(p, job->last_blk, 5);
    put_guards(p, job);
    put_gains(p, w);
    if (job->funding == LQ_FUNDING_FLASH)
        err = put_loans(p, w);
    else
        put_calls(p, w);
    if (!lq_u256_is_zero(&job->pay_wei.raw)) {
        put_number(p, OP_PAY, 1);
        put_amount(p, &job->pay_wei.raw);
    }
    return err;
}

/* Calldata of execute(bytes): what stands before the program is written by open_calldata, its size
   and the zeros behind it by close_calldata. */
static lq_err_t open_calldata(pen_t *p, uint8_t *out, size_t out_max)
{
    static const uint8_t zeros[WORD_SZ];
    *p = (pen_t){.at = out, .end = out + out_max};
    put_number(p, LQ_ABI_EXECUTOR_EXECUTE_SELECTOR, 4);
    put(p, zeros, WORD_SZ - 8);
    put_number(p, WORD_SZ, 8); /* where the bytes begin */
    put(p, zeros, WORD_SZ);
    return p->full ? LQ_ERR_FULL : LQ_OK;
}

static lq_err_t close_calldata(pen_t *p, const uint8_t *out, size_t *out_sz)
{
    static const uint8_t zeros[WORD_SZ];
    size_t sz = (size_t)(p->at - out) - HEAD_SZ;
    put(p, zeros, (WORD_SZ - sz % WORD_SZ) % WORD_SZ);
    if (p->full)
        return LQ_ERR_FULL;
    size_t whole = (size_t)(p->at - out);
    uint8_t *begin = p->at - whole;
    pen_t head = {.at = begin + HEAD_SZ - 8, .end = begin + HEAD_SZ};
    put_number(&head, sz, 8);
    *out_sz = whole;
    return LQ_OK;
}

lq_err_t lq_executor_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                            const lq_executor_job_t *job)
{
    executor_work_t w;
    pen_t p;
    lq_err_t err = executor_reckon(&w, job);
    if (!err)
        err = open_calldata(&p, out, out_max);
    if (!err)
        err = put_program(&p, &w);
    return err ? err : close_calldata(&p, out, out_sz);
}

/* ---- what is held ---- */

static lq_u256_t less_slippage(const lq_u256_t *v, uint32_t slippage_bps)
{
    const lq_u256_t whole = lq_u256_from_u64(EXECUTOR_BPS);
    const lq_u256_t kept = lq_u256_from_u64(EXECUTOR_BPS - slippage_bps);
    lq_u256_t less = lq_u256_from_u64(0);
    if (lq_u256_mul_div_down(&less, v, &kept, &whole))
        LQ_BUG("a part is larger than the whole");
    return less;
}

/* Gives GIVEN to the pool of LEG for LEAST at least; where there is a FIRST leg what it is given
   comes out of that one's pool, which gets what this one is quoted for at most. */
static void put_given(pen_t *p, const lq_executor_swap_job_t *job, const lq_swap_leg_t *leg,
                      const lq_swap_leg_t *first)
{
    const lq_venue_pool_t *pool = lq_venues_pool(job->venues, leg->hop.pool);
    bool is_v2 = pool->config.kind == LQ_VENUE_UNISWAP_V2;
    bool is_owed = leg == first;
    lq_u256_t given = leg->amount_in;
    lq_u256_t least = less_slippage(&leg->amount_out, job->slippage_bps);
    if (!is_owed && first)
        given = less_slippage(&given, job->slippage_bps);
    if (!is_owed && first)
        least = less_slippage(&least, job->slippage_bps);
    put_number(p, is_owed ? OP_OUT : OP_IN, 1);
    put_number(p, is_v2, 1);
    put_number(p, leg->hop.zero_for_one, 1);
    put_address(p, &pool->config.address);
    put_number(p, is_v2 ? pool->fee_pips : 0, 3);
    put_amount(p, is_owed ? &owed : &least);
    uint8_t *rest = open_rest(p);
    put_address(p, &pool->tokens[leg->hop.zero_for_one ? 0 : 1]);
    put_amount(p, &given);
    if (!is_owed && first)
        put_given(p, job, first, first);
    close_rest(p, rest);
}

lq_err_t lq_executor_encode_swap(uint8_t *out, size_t out_max, size_t *out_sz,
                                 const lq_executor_swap_job_t *job)
{
    executor_path_t paths[LQ_SWAP_PATH_MAX];
    size_t path_cnt;
    pen_t p;
    lq_err_t err = executor_paths(paths, &path_cnt, job);
    if (!err)
        err = open_calldata(&p, out, out_max);
    if (err)
        return err;
    put_number(&p, 0, 1);
    put_number(&p, job->last_blk, 5);
    put_number(&p, 0, 1); /* guards */
    put_number(&p, 1, 1); /* gains */
    put_address(&p, &job->token_out);
    put_amount(&p, &job->least_out);
    for (size_t i = 0; i < path_cnt; i++)
        put_given(&p, job, &paths[i].legs[paths[i].leg_cnt - 1],
                  paths[i].leg_cnt > 1 ? paths[i].legs : NULL);
    return close_calldata(&p, out, out_sz);
}

lq_err_t lq_executor_encode_transfer(uint8_t *out, size_t out_max, size_t *out_sz,
                                     const lq_address_t *token, const lq_address_t *to,
                                     const lq_u256_t *amount, uint64_t last_blk)
{
    uint8_t input[LQ_ABI_ERC20_TRANSFER_SZ];
    size_t input_sz;
    pen_t p;
    if (last_blk >> 40 != 0)
        return LQ_ERR_INVAL;
    lq_err_t err = lq_abi_erc20_transfer_encode(input, sizeof(input), &input_sz, NULL, to, amount);
    if (!err)
        err = open_calldata(&p, out, out_max);
    if (err)
        return err;
    put_number(&p, 0, 1);
    put_number(&p, last_blk, 5);
    put_number(&p, 0, 1); /* guards */
    put_number(&p, 0, 1); /* gains */
    put_number(&p, OP_CALL, 1);
    put_address(&p, token);
    put_address(&p, token);
    put_amount(&p, &owed); /* nothing is allowed */
    put_number(&p, input_sz, 2);
    put(&p, input, input_sz);
    return close_calldata(&p, out, out_sz);
}

void lq_executor_encode_creation(uint8_t out[LQ_EXECUTOR_CREATION_SZ], const lq_address_t *owner)
{
    memcpy(out, lq_executor_prefix, LQ_EXECUTOR_PREFIX_SZ);
    memcpy(out + LQ_EXECUTOR_PREFIX_SZ, lq_executor_code, LQ_EXECUTOR_CODE_SZ);
    uint8_t *word = out + LQ_EXECUTOR_PREFIX_SZ + LQ_EXECUTOR_CODE_SZ;
    memset(word, 0, WORD_SZ);
    memcpy(word + WORD_SZ - sizeof(owner->b), owner->b, sizeof(owner->b));
}

lq_hash_t lq_executor_operator_slot(const lq_address_t *operator)
{
    uint8_t key[2 * WORD_SZ] = {0}; /* of the mapping at slot 2 */
    lq_hash_t slot;
    memcpy(key + WORD_SZ - sizeof(operator->b), operator->b, sizeof(operator->b));
    key[sizeof(key) - 1] = 2;
    lq_keccak256(slot.b, key, sizeof(key));
    return slot;
}
