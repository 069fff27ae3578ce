#include "lq_test.h"

#include "executor_run.h"
#include "liqd/codec/hex.h"
#include "liqd/decide/executor_code.h"

static executor_world_t world;
static uint8_t calldata[LQ_EXECUTOR_SZ_MAX];

/* The program in the calldata of execute(bytes), which must be canonical. */
static const uint8_t *program_of(size_t sz, size_t *program_sz)
{
    static const uint8_t head[] = {0x09, 0xc5, 0xea, 0xbe};
    assert_true(sz >= 68 && sz % 32 == 4);
    assert_memory_equal(calldata, head, 4);
    lq_u256_t offset = lq_u256_from_be(calldata + 4);
    lq_u256_t size = lq_u256_from_be(calldata + 36);
    assert_true(world_small(&offset) == 32);
    *program_sz = (size_t)world_small(&size);
    assert_true(*program_sz <= sz - 68 && sz - 68 - *program_sz < 32);
    for (size_t i = 68 + *program_sz; i < sz; i++)
        assert_int_equal(calldata[i], 0);
    return calldata + 68;
}

static size_t encode(void)
{
    size_t sz = 0;
    size_t program_sz;
    assert_ok(lq_executor_encode(calldata, sizeof(calldata), &sz, &world.job));
    const uint8_t *program = program_of(sz, &program_sz);
    world_execute(&world, program, program_sz);
    return sz;
}

static void any_job_is_what_its_program_does(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(20000, 2000000); i > 0; i--) {
        world_draw(&world, &rng);
        world_fill(&world, &rng);
        (void)encode();
    }
}

static void what_has_no_room_is_refused_whole(void **state)
{
    static uint8_t kept[LQ_EXECUTOR_SZ_MAX];
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(20, 500); i > 0; i--) {
        world_draw(&world, &rng);
        world_fill(&world, &rng);
        size_t sz = encode();
        memcpy(kept, calldata, sz);
        for (size_t max = 0; max < sz; max++) {
            uint8_t *out = malloc(max + 1); /* as large as it says, for the sanitizer */
            size_t unchanged = 7;
            assert_non_null(out);
            assert_err(lq_executor_encode(out, max, &unchanged, &world.job), LQ_ERR_FULL);
            assert_int_equal(unchanged, 7);
            free(out);
        }
        assert_ok(lq_executor_encode(calldata, sz, &sz, &world.job));
        assert_memory_equal(calldata, kept, sz);
    }
}

/* ---- one job by hand ---- */

/* Token 1 is owed, token 0 seized; pool 0 joins them at 2 for 1, pool 1 at 3 for 1 and by way of
   token 2 pools 2 and 3. A loan costs 0.05 %. */
static void set_up_by_hand(void)
{
    static const uint8_t input[] = {1, 2, 3};
    static const unsigned pairs[][2] = {{0, 1}, {0, 1}, {0, 2}, {1, 2}};
    world_clear(&world);
    for (uint32_t i = 0; i < LQ_ARRAY_CNT(pairs); i++)
        world_set_pool(
            &world, i, i % 2 ? LQ_VENUE_UNISWAP_V2 : LQ_VENUE_UNISWAP_V3,
            &(world_pool_t){.in = 2 + i, .out = 1, .tokens = {pairs[i][0], pairs[i][1]}});
    world.loans[1] = (lq_loan_t){.kind = LQ_LENDER_AAVE_V3,
                                 .lender = {{0xa0, 1}},
                                 .fee_pips = 500,
                                 .available = lq_u256_from_u64(UINT64_MAX)};
    world.collateral[0] = 0;
    world.debt[0] = 1;
    world.tokens[0] = (lq_executor_tokens_t){world_token(0), world_token(1)};
    world.calls[0] = (lq_read_call_t){{{0xc0}}, input, 3};
    world.guards[0] = (lq_read_call_t){{{0xd0}}, input, 2};
    world.guard_mins[0] = (lq_guard_t){.word = 1, .min = lq_u256_from_u64(0x1234)};
    world.steps[0] = (lq_plan_step_t){
        .call = {.by = LQ_LIQUIDATION_BY_REPAID, .amount = lq_u256_from_u64(1000000)},
        .outcome = {.repaid = lq_u256_from_u64(1000000), .seized = lq_u256_from_u64(2100000)},
        .swap = {.amount_in = lq_u256_from_u64(2001000),
                 .amount_out = lq_u256_from_u64(1000500),
                 .leg_cnt = 1,
                 .legs = {{.hop = {.pool = 0, .zero_for_one = true},
                           .amount_in = lq_u256_from_u64(2001000),
                           .amount_out = lq_u256_from_u64(1000500)}}},
        .loan = world.loans[1],
        .flash_fee = lq_u256_from_u64(500)};
    world.job = (lq_executor_job_t){.steps = world.steps,
                                    .step_cnt = 1,
                                    .calls = world.calls,
                                    .tokens = world.tokens,
                                    .guards = world.guards,
                                    .guard_mins = world.guard_mins,
                                    .guard_cnt = 1,
                                    .venues = world.venues,
                                    .funding = LQ_FUNDING_FLASH,
                                    .last_blk = 0x010203,
                                    .slippage_bps = 100};
}

#define ADDRESS(a, b) a, b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

static void a_job_is_these_bytes(void **state)
{
    (void)state;
    /* clang-format off */
    static const uint8_t want[] = {
        0, 0, 0, 1, 2, 3,
        1, ADDRESS(0xd0, 0), 1, 2, 0x12, 0x34, 0, 2, 1, 2,           /* guard */
        2, ADDRESS(0x70, 0), 3, 0x01, 0x82, 0xb8,                    /* 99000 gained */
        ADDRESS(0x70, 1), 0,                                         /* and none of the debt lost */
        1, 0, ADDRESS(0xa0, 1), 0, 130,                              /* borrow */
        ADDRESS(0x70, 1), 3, 0x0f, 0x42, 0x40, 2, 0x01, 0xf4,
        2, ADDRESS(0xc0, 0), ADDRESS(0x70, 1), 3, 0x0f, 0x42, 0x40,  /* call */
        0, 3, 1, 2, 3,
        3, 0, 1, ADDRESS(0x90, 0), 0, 0, 0, 0, 0, 24,                /* swap for what is owed */
        ADDRESS(0x70, 0), 3, 0x1e, 0xd6, 0x92};
    /* clang-format on */
    size_t sz;
    size_t program_sz;
    set_up_by_hand();
    assert_ok(lq_executor_encode(calldata, sizeof(calldata), &sz, &world.job));
    const uint8_t *program = program_of(sz, &program_sz);
    assert_int_equal(program_sz, sizeof(want));
    assert_memory_equal(program, want, sizeof(want));
    world_execute(&world, program, program_sz);
    assert_true(world.held[0] == 99000 && world.held[1] == 0);
}

/* The bytes of the job by hand that say what token 0 must have gained. */
static uint64_t least_gain(void)
{
    size_t sz;
    size_t program_sz;
    assert_ok(lq_executor_encode(calldata, sizeof(calldata), &sz, &world.job));
    world_reader_t r = {program_of(sz, &program_sz) + 6, calldata + sz};
    (void)world_bytes(&r, 1 + 20 + 1);
    (void)world_amount(&r);
    (void)world_bytes(&r, (size_t)world_number(&r, 2));
    (void)world_bytes(&r, 1 + 20);
    return (uint64_t)world_amount(&r);
}

static void so_much_may_be_missing_as_is_to_spare(void **state)
{
    (void)state;
    set_up_by_hand();
    world.job.slippage_bps = 1000;
    world.job.spare_usd.raw = lq_u256_from_u64(10);
    assert_int_equal(least_gain(), 99000); /* it is not known of how much */
    world.job.gross_usd.raw = lq_u256_from_u64(700);
    assert_int_equal(least_gain(), 99000 - 1414); /* a 70th */
    world.job.slippage_bps = 5;
    assert_int_equal(least_gain(), 99000 - 1050); /* of 2100000: what the swap may cost, too */
    world.job.spare_usd.raw = lq_u256_from_u64(700);
    world.job.slippage_bps = 10000;
    assert_int_equal(least_gain(), 0);
    world.job.spare_usd.raw = lq_u256_from_u64(0);
    assert_int_equal(least_gain(), 99000);
}

static void a_closed_debt_may_have_grown(void **state)
{
    (void)state;
    set_up_by_hand();
    world.job.slippage_bps = 0;
    world.steps[0].outcome.closes_debt = true;
    /* 61 + 2 more of the debt, a unit more of the fee, and at twice the price */
    assert_int_equal(least_gain(), 99000 - 2 * 2 * 64);
    for (uint64_t late = 0; late <= 63; late += 21) {
        memset(world.held, 0, sizeof(world.held));
        world.late[0] = late;
        (void)encode();
        assert_true(world.held[0] == 99000 - 2 * (late + 1) && world.held[1] == 0);
    }
    /* a lender that has less lends what he has */
    world.loans[1].available = lq_u256_from_u64(1000010);
    world.steps[0].loan = world.loans[1];
    world.late[0] = 10;
    (void)encode();
}

static void no_swap_takes_more_than_is_seized(void **state)
{
    size_t sz;
    (void)state;
    set_up_by_hand();
    world.job.slippage_bps = 10000;
    (void)encode(); /* checks the most that it may pay: 2100000 */
    world.steps[0].outcome.seized = lq_u256_from_u64(2001000);
    (void)encode();
    world.steps[0].outcome.seized = lq_u256_from_u64(2000999);
    assert_err(lq_executor_encode(calldata, sizeof(calldata), &sz, &world.job), LQ_ERR_INVAL);
}

static void a_path_that_gives_nothing_is_left_out(void **state)
{
    static uint8_t without[LQ_EXECUTOR_SZ_MAX];
    lq_swap_t *swap = &world.steps[0].swap;
    size_t sz;
    size_t sz_without;
    (void)state;
    set_up_by_hand();
    assert_ok(lq_executor_encode(without, sizeof(without), &sz_without, &world.job));
    swap->legs[1] = swap->legs[0];
    swap->legs[1].path = 1;
    swap->legs[1].amount_in = lq_u256_from_u64(7);
    swap->legs[1].amount_out = lq_u256_from_u64(0);
    swap->leg_cnt = 2;
    swap->amount_in = lq_u256_from_u64(2001007);
    world.steps[0].outcome.seized = lq_u256_from_u64(2100007);
    assert_ok(lq_executor_encode(calldata, sizeof(calldata), &sz, &world.job));
    assert_int_equal(sz, sz_without);
    assert_memory_equal(calldata, without, sz);
}

/* ---- what is no job ---- */

static void refused(void)
{
    size_t sz = 7;
    assert_err(lq_executor_encode(calldata, sizeof(calldata), &sz, &world.job), LQ_ERR_INVAL);
    assert_int_equal(sz, 7);
    set_up_by_hand();
    assert_ok(lq_executor_encode(calldata, sizeof(calldata), &sz, &world.job));
}

static void refuses_figures_that_no_plan_has(void **state)
{
    static const lq_u256_t huge = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    (void)state;
    set_up_by_hand();
    world.job.step_cnt = 0;
    refused();
    world.job.step_cnt = LQ_PLAN_STEP_MAX + 1;
    refused();
    world.job.last_blk = UINT64_C(1) << 40;
    refused();
    world.job.slippage_bps = 10001;
    refused();
    world.job.guard_cnt = 0;
    refused();
    world.job.guard_cnt = LQ_PLAN_STEP_MAX + 1;
    refused();
    world.job.guard_cnt = 2;
    world.guards[1].input_sz = LQ_EXECUTOR_INPUT_MAX + 1;
    refused();
    world.calls[0].input_sz = LQ_EXECUTOR_INPUT_MAX + 1;
    refused();
    world.job.funding = (lq_funding_t)(LQ_FUNDING_FLASH + 1);
    refused();
    world.steps[0].loan.kind = LQ_LENDER_KIND_CNT;
    refused();
    world.steps[0].outcome.repaid = huge;
    refused();
    world.steps[0].loan.fee_pips = UINT32_MAX;
    world.steps[0].outcome.repaid = lq_u256_shr(&huge, 4);
    refused();
}

static void refuses_swaps_that_lead_elsewhere(void **state)
{
    lq_plan_step_t *s = &world.steps[0];
    (void)state;
    set_up_by_hand();
    s->swap.leg_cnt = 0;
    refused();
    s->swap.leg_cnt = LQ_SWAP_LEG_MAX + 1;
    refused();
    s->swap.legs[0].hop.pool = WORLD_POOL_MAX;
    refused();
    s->swap.legs[0].hop.zero_for_one = false;
    refused();
    s->swap.legs[0].hop.pool = 2;
    refused();
    world_set_pool(&world, 0, LQ_VENUE_KIND_CNT, &world.pools[0]);
    refused();
    s->swap.legs[0].amount_in = lq_u256_from_u64(2001001);
    refused();
    s->swap.legs[0].amount_out = lq_u256_from_u64(1000499);
    refused();
    s->swap.legs[0].amount_out = lq_u256_from_u64(0);
    s->swap.amount_out = lq_u256_from_u64(0);
    refused();
    world.tokens[0].debt = world_token(2);
    refused();
    world.tokens[0].debt = world_token(0);
    refused();
}

/* Two hops, the second of them by another pool than the first, and what is between them the same.
 */
static void refuses_paths_that_do_not_join(void **state)
{
    lq_swap_t *swap = &world.steps[0].swap;
    size_t sz;
    (void)state;
    for (unsigned k = 0; k < 4; k++) {
        set_up_by_hand();
        world.steps[0].outcome.seized = lq_u256_from_u64(20100000);
        swap->leg_cnt = 2;
        swap->legs[1] = (lq_swap_leg_t){.hop = {.pool = 3, .zero_for_one = false},
                                        .amount_in = lq_u256_from_u64(5002500),
                                        .amount_out = lq_u256_from_u64(1000500)};
        swap->amount_in = lq_u256_from_u64(20010000);
        swap->legs[0] = (lq_swap_leg_t){.hop = {.pool = 2, .zero_for_one = true},
                                        .amount_in = swap->amount_in,
                                        .amount_out = swap->legs[1].amount_in};
        if (k == 1)
            swap->legs[0].amount_out = lq_u256_from_u64(5002501);
        if (k == 2)
            swap->legs[1].path = 1;
        if (k == 3)
            swap->legs[1].hop.zero_for_one = true;
        assert_err(lq_executor_encode(calldata, sizeof(calldata), &sz, &world.job),
                   k == 0 ? LQ_OK : LQ_ERR_INVAL);
    }
}

/* The same step twice, each time with something that the two must share. */
static void refuses_steps_that_do_not_go_together(void **state)
{
    size_t sz;
    (void)state;
    for (unsigned k = 0; k < 6; k++) {
        set_up_by_hand();
        world.job.step_cnt = 2;
        world.steps[1] = world.steps[0];
        world.tokens[1] = world.tokens[0];
        world.calls[1] = world.calls[0];
        lq_plan_step_t *s = &world.steps[1];
        if (k == 1)
            s->swap.legs[0].hop.pool = 1;
        if (k == 2)
            s->swap.leg_cnt = 2;
        if (k == 3)
            s->loan.fee_pips++;
        if (k == 4)
            s->loan.lender.b[5]++;
        if (k == 5)
            s->loan.token1 = true;
        assert_err(lq_executor_encode(calldata, sizeof(calldata), &sz, &world.job),
                   k == 0 ? LQ_OK : LQ_ERR_INVAL);
    }
    /* two debts of one pool, which is locked while it lends */
    for (unsigned k = 0; k < 2; k++) {
        set_up_by_hand();
        world.job.step_cnt = 2;
        world.steps[1] = world.steps[0];
        world.calls[1] = world.calls[0];
        world.tokens[1] = (lq_executor_tokens_t){world_token(0), world_token(2)};
        world.steps[1].swap.legs[0].hop.pool = 2;
        world.steps[0].loan.kind = k ? LQ_LENDER_UNISWAP_V3 : LQ_LENDER_MORPHO_BLUE;
        world.steps[1].loan = world.steps[0].loan;
        assert_err(lq_executor_encode(calldata, sizeof(calldata), &sz, &world.job),
                   k == 0 ? LQ_OK : LQ_ERR_INVAL);
    }
}

/* ---- what is held ---- */

/* 2001000 of token 0 for token 1: by pool 1 directly, and by way of token 2. */
static lq_swap_t held_swap(void)
{
    return (lq_swap_t){.amount_in = lq_u256_from_u64(2001000),
                       .amount_out = lq_u256_from_u64(900500),
                       .leg_cnt = 3,
                       .legs = {{.hop = {.pool = 1, .zero_for_one = true},
                                 .amount_in = lq_u256_from_u64(1000),
                                 .amount_out = lq_u256_from_u64(500)},
                                {.hop = {.pool = 2, .zero_for_one = true},
                                 .path = 1,
                                 .amount_in = lq_u256_from_u64(2000000),
                                 .amount_out = lq_u256_from_u64(1000000)},
                                {.hop = {.pool = 3, .zero_for_one = false},
                                 .path = 1,
                                 .amount_in = lq_u256_from_u64(1000000),
                                 .amount_out = lq_u256_from_u64(900000)}}};
}

static lq_executor_swap_job_t held_job(const lq_swap_t *swap)
{
    return (lq_executor_swap_job_t){.venues = world.venues,
                                    .token_in = world_token(0),
                                    .token_out = world_token(1),
                                    .swap = swap,
                                    .least_out = lq_u256_from_u64(0x0d0000),
                                    .slippage_bps = 100,
                                    .last_blk = 0x010203};
}

static void a_swap_of_what_is_held_is_these_bytes(void **state)
{
    (void)state;
    /* clang-format off */
    static const uint8_t want[] = {
        0, 0, 0, 1, 2, 3, 0,
        1, ADDRESS(0x70, 1), 3, 0x0d, 0x00, 0x00,                          /* gained */
        4, 1, 1, ADDRESS(0x90, 1), 0, 0, 200, 2, 0x01, 0xef, 0, 23,    /* all, for 495 */
        ADDRESS(0x70, 0), 2, 0x03, 0xe8,
        4, 1, 0, ADDRESS(0x90, 3), 0, 1, 144, 3, 0x0d, 0x75, 0xaa, 0, 77, /* 990000 for 882090 */
        ADDRESS(0x70, 2), 3, 0x0f, 0x1b, 0x30,
        3, 0, 1, ADDRESS(0x90, 2), 0, 0, 0, 0, 0, 24,                      /* which is paid with */
        ADDRESS(0x70, 0), 3, 0x1e, 0x84, 0x80};
    /* clang-format on */
    lq_swap_t swap = held_swap();
    size_t sz;
    size_t program_sz;
    set_up_by_hand();
    lq_executor_swap_job_t job = held_job(&swap);
    assert_ok(lq_executor_encode_swap(calldata, sizeof(calldata), &sz, &job));
    const uint8_t *program = program_of(sz, &program_sz);
    assert_int_equal(program_sz, sizeof(want));
    assert_memory_equal(program, want, sizeof(want));
    for (size_t max = 0; max < sz; max++) {
        size_t unchanged = 7;
        assert_err(lq_executor_encode_swap(calldata, max, &unchanged, &job), LQ_ERR_FULL);
        assert_int_equal(unchanged, 7);
    }
}

static void refuses_to_swap_what_is_held_elsewhere(void **state)
{
    size_t sz = 7;
    (void)state;
    set_up_by_hand();
    for (unsigned k = 0; k < 8; k++) {
        lq_swap_t swap = held_swap();
        lq_executor_swap_job_t job = held_job(&swap);
        if (k == 1)
            job.token_out = world_token(2);
        if (k == 2)
            job.token_in = world_token(1);
        if (k == 3)
            job.last_blk = UINT64_C(1) << 40;
        if (k == 4)
            job.slippage_bps = 10001;
        if (k == 5)
            swap.leg_cnt = 0;
        if (k == 6)
            swap.amount_in = lq_u256_from_u64(2001001);
        if (k == 7)
            swap.legs[2].amount_in = lq_u256_from_u64(999999);
        assert_err(lq_executor_encode_swap(calldata, sizeof(calldata), &sz, &job),
                   k == 0 ? LQ_OK : LQ_ERR_INVAL);
    }
}

static void a_transfer_is_these_bytes(void **state)
{
    (void)state;
    /* clang-format off */
    static const uint8_t want[] = {
        0, 0, 0, 1, 2, 3, 0, 0,
        2, ADDRESS(0x70, 1), ADDRESS(0x70, 1), 0, 0, 68, 0xa9, 0x05, 0x9c, 0xbb,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ADDRESS(0xc0, 0x1d),
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0x12, 0x34};
    /* clang-format on */
    const lq_address_t token = world_token(1);
    const lq_address_t to = {{0xc0, 0x1d}};
    const lq_u256_t amount = lq_u256_from_u64(0x1234);
    size_t sz = 7;
    size_t program_sz;
    assert_err(lq_executor_encode_transfer(calldata, sizeof(calldata), &sz, &token, &to, &amount,
                                           UINT64_C(1) << 40),
               LQ_ERR_INVAL);
    assert_int_equal(sz, 7);
    assert_ok(lq_executor_encode_transfer(calldata, sizeof(calldata), &sz, &token, &to, &amount,
                                          0x010203));
    const uint8_t *program = program_of(sz, &program_sz);
    assert_int_equal(program_sz, sizeof(want));
    assert_memory_equal(program, want, sizeof(want));
}

static void what_creates_it_ends_with_its_code_and_owner(void **state)
{
    static uint8_t creation[LQ_EXECUTOR_CREATION_SZ];
    static const uint8_t want[32] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ADDRESS(0xab, 0xcd)};
    (void)state;
    lq_executor_encode_creation(creation, &(lq_address_t){{0xab, 0xcd}});
    assert_memory_equal(creation, lq_executor_prefix, LQ_EXECUTOR_PREFIX_SZ);
    assert_memory_equal(creation + LQ_EXECUTOR_PREFIX_SZ, lq_executor_code, LQ_EXECUTOR_CODE_SZ);
    assert_memory_equal(creation + sizeof(creation) - 32, want, 32);
}

static void the_largest_job_fits(void **state)
{
    static uint8_t input[LQ_EXECUTOR_INPUT_MAX];
    static const lq_u256_t large = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX >> 20}};
    size_t most = 0;
    size_t sz;
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < 2000; i++) {
        world_draw(&world, &rng);
        if (world.job.step_cnt < LQ_PLAN_STEP_MAX)
            continue;
        for (size_t k = 0; k < LQ_PLAN_STEP_MAX; k++)
            world.calls[k] = (lq_read_call_t){{{1}}, input, sizeof(input)};
        world.job.guard_cnt = LQ_PLAN_STEP_MAX;
        for (size_t k = 0; k < LQ_PLAN_STEP_MAX; k++) {
            world.guards[k] = world.calls[0];
            world.guard_mins[k].min = large;
        }
        world.job.pay_wei.raw = large;
        assert_ok(lq_executor_encode(calldata, sizeof(calldata), &sz, &world.job));
        most = sz > most ? sz : most;
    }
    /* four amounts a leg and four a step could each have 24 bytes more */
    assert_true(most + (size_t)24 * LQ_PLAN_STEP_MAX * (4 * LQ_SWAP_LEG_MAX + 4) <=
                LQ_EXECUTOR_SZ_MAX);
}

static void its_code_is_what_abi_has(void **state)
{
    (void)state;
    size_t sz;
    char *text = lq_test_read(LIQD_SOURCE_DIR "/abi/executor/runtime.hex", &sz);
    size_t digit_cnt = 0;
    for (size_t i = 0; i < sz; i++)
        if (text[i] != '\n')
            text[digit_cnt++] = text[i];
    uint8_t code[LQ_EXECUTOR_CODE_SZ];
    assert_int_equal(digit_cnt, 2 * sizeof(code));
    assert_ok(lq_hex_decode(code, sizeof(code), NULL, text, digit_cnt));
    assert_memory_equal(code, lq_executor_code, sizeof(code));
    free(text);
}

static void an_operator_stands_where_solidity_puts_it(void **state)
{
    (void)state;
    static const lq_address_t keeper = {{0x90, 0xf7, 0x9b, 0xf6, 0xeb, 0x2c, 0x4f,
                                         0x87, 0x03, 0x65, 0xe7, 0x85, 0x98, 0x2e,
                                         0x1f, 0x10, 0x1e, 0x93, 0xb9, 0x06}};
    static const char want[] = "290d67fa5d3e085921a73833359e3fc1da9587bf1de51d1b061255196c35a4dd";
    char digits[64];
    lq_hash_t slot = lq_executor_operator_slot(&keeper); /* what viem computes for slot 2 */
    lq_hex_encode(digits, slot.b, sizeof(slot.b));
    assert_memory_equal(digits, want, sizeof(digits));
}

static int open_world(void **state)
{
    (void)state;
    world_open(&world);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_job_is_what_its_program_does),
        cmocka_unit_test(what_has_no_room_is_refused_whole),
        cmocka_unit_test(a_job_is_these_bytes),
        cmocka_unit_test(so_much_may_be_missing_as_is_to_spare),
        cmocka_unit_test(a_closed_debt_may_have_grown),
        cmocka_unit_test(no_swap_takes_more_than_is_seized),
        cmocka_unit_test(a_path_that_gives_nothing_is_left_out),
        cmocka_unit_test(refuses_figures_that_no_plan_has),
        cmocka_unit_test(refuses_swaps_that_lead_elsewhere),
        cmocka_unit_test(refuses_paths_that_do_not_join),
        cmocka_unit_test(refuses_steps_that_do_not_go_together),
        cmocka_unit_test(a_swap_of_what_is_held_is_these_bytes),
        cmocka_unit_test(refuses_to_swap_what_is_held_elsewhere),
        cmocka_unit_test(a_transfer_is_these_bytes),
        cmocka_unit_test(what_creates_it_ends_with_its_code_and_owner),
        cmocka_unit_test(the_largest_job_fits),
        cmocka_unit_test(its_code_is_what_abi_has),
        cmocka_unit_test(an_operator_stands_where_solidity_puts_it),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
