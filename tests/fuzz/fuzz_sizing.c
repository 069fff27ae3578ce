#include "fuzz.h"
#include "fuzz_input.h"

#include "../unit/decide/fake_lender.h"
#include "liqd/decide/sizing.h"

/* The laws: an account and terms of any bytes are sized, the plan's calls pass one after the other
   and come to what it says, what they repay is there, and a plan earns. */

static void take_leg(fuzz_input_t *in, lender_leg_t *leg)
{
    leg->amount = fuzz_number(in, 1);
    leg->price = 1 + fuzz_number(in, 2);
    leg->threshold_bps = fuzz_number(in, 2) % 10000;
    leg->bonus_bps = 10000 + fuzz_number(in, 2) % 10000;
    leg->fee_bps = fuzz_number(in, 2) % 10001;
}

static bool token_of(void *ctx, lq_terms_token_t *out, uint16_t factor)
{
    fuzz_input_t *in = ctx;
    unsigned shift = (unsigned)fuzz_number(in, 1);
    lq_u256_t price = lq_u256_from_u64(fuzz_number(in, 2));
    *out = (lq_terms_token_t){
        .token = {{(uint8_t)(factor + 1)}},
        .quote = {lq_u256_shl_wrap(&price, shift), (uint8_t)fuzz_number(in, 1)},
        .available = lq_u256_from_u64(fuzz_number(in, 1)),
        .loan = {.kind = (lq_lender_kind_t)(fuzz_number(in, 1) % LQ_LENDER_KIND_CNT),
                 .pool = (uint32_t)fuzz_number(in, 1),
                 .fee_pips = (uint32_t)fuzz_number(in, 3) % 1000001,
                 .available = lq_u256_from_u64(fuzz_number(in, 1))}};
    return fuzz_number(in, 1) != 0;
}

/* Two paths, and both at once. */
static size_t routes(void *ctx, lq_swap_route_t out[LQ_SWAP_ROUTE_MAX], lq_no_route_t *why,
                     const lq_address_t *token_in, const lq_address_t *token_out)
{
    const uint64_t *rate = ctx;
    const lq_swap_path_t over = {.hop_cnt = 2,
                                 .hops = {{token_in->b[0], true}, {token_out->b[0], false}}};
    const lq_swap_path_t direct = {.hop_cnt = 1, .hops = {{100u + token_in->b[0], true}}};
    *why = LQ_NO_ROUTE_NO_POOL;
    out[0] = (lq_swap_route_t){.path_cnt = 1, .paths = {over}, .spot = 1};
    out[1] = (lq_swap_route_t){.path_cnt = 1, .paths = {direct}, .spot = 0.5};
    out[2] = (lq_swap_route_t){.path_cnt = 2, .paths = {over, direct}, .spot = 1};
    return *rate % 11 == token_in->b[0] ? 0 : *rate % 3 + 1;
}

/* What a route costs says nothing about what it is. */
static lq_err_t given_out(void *ctx, lq_swap_t *out, const lq_swap_route_t *route,
                          const lq_u256_t *amount)
{
    const uint64_t *rate = ctx;
    lq_u256_t by = lq_u256_from_u64((*rate + route->paths[0].hop_cnt) % 7 + 1);
    if (*rate % 253 < amount->w[0])
        return LQ_ERR_RANGE;
    *out = (lq_swap_t){.amount_out = *amount, .gas = (uint32_t)(*rate % 5)};
    out->amount_in = lq_u256_mul_wrap(amount, &by);
    for (uint32_t i = 0; i < route->path_cnt; i++)
        for (uint32_t k = 0; k < route->paths[i].hop_cnt; k++)
            out->legs[out->leg_cnt++] =
                (lq_swap_leg_t){.hop = route->paths[i].hops[k],
                                .path = i,
                                .amount_in = i ? lq_u256_from_u64(0) : out->amount_in,
                                .amount_out = i ? lq_u256_from_u64(0) : *amount};
    return LQ_OK;
}

static void check(const lq_plan_t *plan, lq_sizing_t got, const lender_t *lender,
                  const lq_trial_t *trial, const lq_terms_t *terms)
{
    static lq_trial_t t;
    const lq_instance_t *self = (const lq_instance_t *)(const void *)lender;
    LQ_ASSERT(plan->step_cnt >= 1 && plan->step_cnt <= LQ_PLAN_STEP_MAX);
    fake_lender.trial_copy(&t, trial);
    for (size_t i = 0; i < plan->step_cnt; i++) {
        const lq_plan_step_t *step = &plan->steps[i];
        lq_liquidation_outcome_t out;
        LQ_ASSERT(fake_lender.trial_call(self, &t, &out, &step->call) == LQ_OK);
        LQ_ASSERT(lq_u256_eq(&out.repaid, &step->outcome.repaid) &&
                  lq_u256_eq(&out.seized, &step->outcome.seized));
        LQ_ASSERT(got != LQ_SIZING_PLAN || terms->funding == LQ_FUNDING_INVENTORY ||
                  !lq_u256_lt(&out.seized, &step->swap.amount_in));
    }
    lq_i256_t zero = lq_i256_from_i64(0);
    LQ_ASSERT(lq_i256_lt(&zero, &plan->profit.net_usd) == (got == LQ_SIZING_PLAN));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    static lender_t lender;
    static lq_trial_t trial;
    static lq_sizing_room_t room;
    fuzz_input_t in = {data, sz};
    lq_arena_t arena;
    lq_gas_t *gas;
    lq_plan_t plan;
    memset(&lender, 0, sizeof(lender));
    uint64_t bits = fuzz_number(&in, 1);
    for (unsigned i = 0; i < LENDER_TOKENS; i++) {
        take_leg(&in, &lender.collateral[i]);
        take_leg(&in, &lender.debt[i]);
    }
    lender.close_bps = fuzz_number(&in, 2) % 10001;
    lender.close_health_bps = fuzz_number(&in, 2) % 10001;
    lender.small = fuzz_number(&in, 2);
    lender.dust = fuzz_number(&in, 2);
    lender.by_seized = bits & 1;
    const lq_instance_t *self = (const lq_instance_t *)(const void *)&lender;
    if (fake_lender.trial_open(self, &trial, 0, NULL))
        return 0;
    uint64_t rate = fuzz_number(&in, 2);
    const lq_swaps_t swaps = {.ctx = &rate, .routes = routes, .given_out = given_out};
    uint32_t call = (uint32_t)fuzz_number(&in, 3);
    const lq_gas_floor_t floor = {.call = call,
                                  .further_call = (uint32_t)fuzz_number(&in, 3),
                                  .leg = 1,
                                  .pool = 1,
                                  .flash = 1,
                                  .aave_lends = 1,
                                  .pool_lends = 1};
    lq_terms_t terms = {
        .ctx = &in,
        .try_max = 4096,
        .token = token_of,
        .swaps = &swaps,
        .gas_floor = &floor,
        .gas_price = {.base_fee_wei = {lq_u256_from_u64(fuzz_number(&in, 2))}},
        .coin = {lq_u256_from_u64(fuzz_number(&in, 2)), (uint8_t)(bits & 2 ? 0 : 18)},
        .funding = bits & 4 ? LQ_FUNDING_FLASH : LQ_FUNDING_INVENTORY,
        .atomic = bits & 8,
        .first = bits & 16};
    LQ_ASSERT(lq_arena_init(&arena, lq_gas_arena_sz(8) + 4096) == LQ_OK);
    LQ_ASSERT(lq_gas_new(&gas, &arena, 8, 1) == LQ_OK);
    terms.gas = gas;
    lq_sizing_t got = lq_size(&plan, &room, &fake_lender, self, &trial, &terms);
    if (got == LQ_SIZING_PLAN || got == LQ_SIZING_UNPROFITABLE)
        check(&plan, got, &lender, &trial, &terms);
    lq_arena_fini(&arena);
    return 0;
}
