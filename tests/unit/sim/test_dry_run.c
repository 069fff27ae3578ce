/* One intent, or two, by hand. */

#include "liqd/codec/abi_erc20.h"
#include "liqd/sim/dry_run.h"

#include "lq_test.h"

enum {
    TARGET = 100,
    ACCOUNT = 7,
    RIVAL = 0x44
};

#define WAD UINT64_C(1000000000000000000)

static const lq_address_t collateral = {{0x51}};
static const lq_address_t debt = {{0x52}};
static const lq_address_t sender = {{0x01}};
static const lq_address_t pool = {{0x03}};

typedef struct rig {
    lq_arena_t arena;
    lq_dry_run_t *dry;
    uint64_t question; /* the newest */
    uint64_t question_cnt;
    size_t question_tx_cnt;
    lq_wei_t values_wei[8];
    uint64_t ask;
    uint64_t mono_ns; /* of events, and of what is asked for */
    uint64_t shown_blk;
    lq_dry_row_t row; /* booked last */
    size_t booked_cnt, final_cnt, unbooked_cnt, outcome_cnt;
    lq_outcome_t outcome; /* told last */
} rig_t;

static void on_simulate(void *ctx, const lq_dry_question_t *q)
{
    rig_t *r = ctx;
    assert_int_not_equal(q->id, r->question);
    r->question = q->id;
    r->question_cnt++;
    r->question_tx_cnt = 0;
    for (size_t i = 0; i < q->intent_cnt; i++)
        r->question_tx_cnt += q->tx_cnts[i];
    memcpy(r->values_wei, q->values_wei, r->question_tx_cnt * sizeof(q->values_wei[0]));
}

static void on_rival(void *ctx, uint64_t id, const lq_hash_t *tx_hash, const lq_header_t *header)
{
    rig_t *r = ctx;
    r->ask = id;
    (void)tx_hash;
    (void)header;
}

static void on_outcome(void *ctx, const lq_outcome_t *outcome)
{
    rig_t *r = ctx;
    r->outcome = *outcome;
    r->outcome_cnt++;
}

static void on_booked(void *ctx, const lq_dry_row_t *row, bool final)
{
    rig_t *r = ctx;
    r->row = *row;
    r->booked_cnt += !final;
    r->final_cnt += final;
}

static void on_unbooked(void *ctx, uint64_t intent)
{
    rig_t *r = ctx;
    (void)intent;
    r->unbooked_cnt++;
}

static rig_t *rig_new(bool executor, size_t intent_max)
{
    rig_t *r = calloc(1, sizeof(*r));
    assert_non_null(r);
    lq_dry_run_config_t config = {.intent_max = intent_max, .sender = sender, .patience_blk = 2};
    if (executor)
        config.executor = (lq_address_t){{0x02}};
    lq_dry_sink_t sink = {.ctx = r,
                          .simulate = on_simulate,
                          .rival = on_rival,
                          .outcome = on_outcome,
                          .booked = on_booked,
                          .unbooked = on_unbooked};
    assert_ok(lq_arena_init(&r->arena, lq_dry_run_arena_sz(&config)));
    assert_ok(lq_dry_run_new(&r->dry, &r->arena, &config, &sink));
    return r;
}

static void rig_free(rig_t *r)
{
    lq_arena_fini(&r->arena);
    free(r);
}

static lq_header_t header_of(uint64_t number)
{
    lq_header_t h = {
        .block = {number, {{(uint8_t)number}}}, .gas_limit = 1000, .base_fee_wei = {{{90}}}};
    return h;
}

static void event(rig_t *r, lq_event_kind_t kind, uint64_t number)
{
    lq_header_t header = header_of(number);
    lq_event_t e = {.kind = kind, .time = {.mono_ns = r->mono_ns}};
    if (kind == LQ_EVENT_HEAD)
        e.as.head = &header;
    else
        e.as.block = header.block;
    lq_dry_run_event(r->dry, &e);
}

/* TX_CNT calls for the account, tip 10, a bid of 1000, 50 of the debt for 60 of the collateral;
   prices 1 and 2 USD a unit. */
static void take(rig_t *r, uint64_t intent, size_t tx_cnt)
{
    static lq_plan_t plan;
    static const uint8_t input[] = {1, 2, 3};
    plan.step_cnt = 1;
    plan.gas = 100;
    plan.steps[0].outcome.repaid = lq_u256_from_u64(50);
    plan.steps[0].outcome.seized = lq_u256_from_u64(60);
    plan.profit.net_usd = lq_i256_from_i64(4242);
    lq_read_call_t txs[LQ_PLAN_STEP_MAX];
    for (size_t i = 0; i < LQ_PLAN_STEP_MAX; i++)
        txs[i] = (lq_read_call_t){.input = input, .input_sz = sizeof(input)};
    lq_action_take_t t = {.intent = intent,
                          .account = ACCOUNT,
                          .borrower = {{ACCOUNT}},
                          .plan = &plan,
                          .txs = txs,
                          .tx_cnt = tx_cnt,
                          .target_blk = TARGET,
                          .last_blk = TARGET,
                          .gas_price = {.tip_wei = {{{10}}}},
                          .bid_wei = {{{1000}}}};
    lq_dry_price_t prices[2] = {
        {.token = collateral, .quote = {.price_wad = {{WAD}}, .decimals = 0}},
        {.token = debt, .quote = {.price_wad = {{2 * WAD}}, .decimals = 0}}};
    lq_quote_t coin = {.price_wad = {{3 * WAD}}, .decimals = 0};
    lq_dry_moment_t moment = {r->mono_ns, r->shown_blk};
    lq_dry_run_take(r->dry, &t, &moment, prices, 2, &coin);
}

static void target_comes(rig_t *r)
{
    event(r, LQ_EVENT_HEAD, TARGET);
    event(r, LQ_EVENT_BLOCK, TARGET);
}

static void liquidated(rig_t *r, uint64_t blk, uint8_t tx)
{
    lq_evm_log_t log = {.block = {blk, {{0}}}, .tx_hash = {{tx}}};
    lq_address_t liquidator = {{RIVAL}};
    lq_dry_run_liquidated(r->dry, ACCOUNT, &liquidator, &log);
}

static void works(rig_t *r, uint32_t gas)
{
    lq_dry_result_t result = {.known = true, .ok = true, .gas = gas};
    lq_dry_run_tried(r->dry, r->question, LQ_OK, "", &result, 1);
}

static void paid(rig_t *r, uint64_t id, uint64_t tip)
{
    lq_dry_rival_t rival = {.has_tip = true, .tip_wei = {{{tip}}}, .has_payment = true};
    lq_dry_run_rival(r->dry, id, &rival);
}

/* ---- cases ---- */

/* 200 gas of 90 and 10, a bid of 1000: 5 a gas. */
static void a_win_has_all_its_figures(void **state)
{
    (void)state;
    rig_t *r = rig_new(true, 4);
    uint8_t in[32] = {[31] = 10};
    uint8_t out[32] = {[31] = 1};
    lq_hash_t us = {{0}};
    lq_hash_t them = {{0}};
    memcpy(us.b + 12, sender.b, 20);
    memcpy(them.b + 12, pool.b, 20);
    lq_evm_log_t logs[] = {
        {.address = collateral,
         .topic_cnt = 3,
         .topics = {lq_abi_erc20_transfer_event_topic, them, us},
         .data = in,
         .data_sz = 32},
        {.address = debt,
         .topic_cnt = 3,
         .topics = {lq_abi_erc20_transfer_event_topic, us, them},
         .data = out,
         .data_sz = 32},
        {.address = {{0x66}}, /* a liar */
         .topic_cnt = 3,
         .topics = {lq_abi_erc20_transfer_event_topic, them, us},
         .data = in,
         .data_sz = 32},
    };
    take(r, 1, 1);
    target_comes(r);
    assert_int_equal(r->values_wei[0].raw.w[0], 1000);
    lq_dry_result_t result = {.known = true,
                              .ok = true,
                              .gas = 200,
                              .has_logs = true,
                              .logs = logs,
                              .log_cnt = 3,
                              .repaid = {{49}},
                              .seized = {{59}}};
    lq_dry_run_tried(r->dry, r->question, LQ_OK, "", &result, 1);
    assert_int_equal(r->booked_cnt, 1);
    assert_int_equal(r->row.verdict, LQ_DRY_WON);
    assert_true(r->row.tried && r->row.has_gains && !r->row.rival.known);
    assert_int_equal(r->row.gain_cnt, 2);
    assert_string_equal(r->row.why, "");
    assert_int_equal(r->row.gas, 200);
    assert_int_equal(r->row.gas_wei.raw.w[0], 200 * 100);
    assert_int_equal(r->row.tip_wei.raw.w[0], 10 + 1000 / 200);
    lq_u128_t net = (lq_u128_t)(200 * 100 + 1000) * 3 * WAD - (lq_u128_t)(10 - 2) * WAD;
    lq_u256_t lost = lq_u256_from_halves(0, net);
    lq_u256_t told = lq_i256_abs(&r->row.net_usd);
    assert_true(lq_i256_is_neg(&r->row.net_usd) && lq_u256_eq(&told, &lost));
    assert_int_equal(r->outcome.kind, LQ_OUTCOME_WON);
    assert_int_equal(r->outcome.gas, 200);
    assert_int_equal(r->outcome.gas_price_wei.raw.w[0], 100);
    assert_int_equal(r->outcome.bid_wei.raw.w[0], 1000);
    assert_int_equal(r->outcome.repaid.w[0], 49);
    assert_int_equal(r->outcome.seized.w[0], 59);
    for (uint64_t n = TARGET + 1; n < TARGET + LQ_DRY_RUN_FINAL_BLK; n++)
        event(r, LQ_EVENT_HEAD, n);
    assert_int_equal(r->final_cnt, 0);
    event(r, LQ_EVENT_HEAD, TARGET + LQ_DRY_RUN_FINAL_BLK);
    assert_int_equal(r->final_cnt, 1);
    assert_int_equal(r->outcome.kind, LQ_OUTCOME_FINAL);
    assert_int_equal(r->outcome.seized.w[0], 59);
    assert_int_equal(r->outcome_cnt, 2);
    rig_free(r);
}

static void without_an_executor_nobody_pays_a_bid(void **state)
{
    (void)state;
    rig_t *r = rig_new(false, 4);
    take(r, 1, 1);
    target_comes(r);
    assert_int_equal(r->values_wei[0].raw.w[0], 0);
    works(r, 0); /* and a node that tells neither gas nor logs */
    assert_int_equal(r->row.verdict, LQ_DRY_WON);
    assert_int_equal(r->row.tip_wei.raw.w[0], 10);
    assert_int_equal(r->row.gas, 100);
    assert_false(r->row.has_gains);
    lq_i256_t estimate = lq_i256_from_i64(4242);
    assert_true(lq_i256_eq(&r->row.net_usd, &estimate));
    assert_int_equal(r->outcome.repaid.w[0], 50);
    assert_int_equal(r->outcome.seized.w[0], 60);
    rig_free(r);
}

/* Ours is 10 + 1000 / 200. */
static void who_pays_as_much_or_more_in_the_block_has_it(void **state)
{
    (void)state;
    const uint64_t tips[] = {14, 15, 16};
    for (size_t i = 0; i < LQ_ARRAY_CNT(tips); i++) {
        rig_t *r = rig_new(true, 4);
        take(r, 1, 1);
        event(r, LQ_EVENT_HEAD, TARGET);
        liquidated(r, TARGET, 1);
        liquidated(r, TARGET, 2);
        event(r, LQ_EVENT_BLOCK, TARGET);
        works(r, 200);
        assert_int_equal(r->booked_cnt, 0);
        paid(r, r->ask, tips[i]);
        paid(r, r->ask, 99); /* twice is once */
        assert_int_equal(r->booked_cnt, 0);
        paid(r, r->ask - 1, 99); /* nobody's */
        paid(r, (r->ask - 1) - (UINT64_C(1) << 19), 3);
        assert_int_equal(r->booked_cnt, 1);
        assert_int_equal(r->row.verdict, tips[i] < 15 ? LQ_DRY_WON : LQ_DRY_LOST);
        assert_true(r->row.rival.known && r->row.late_blk == 0);
        assert_int_equal(r->row.rival.tx_hash.b[0], 2); /* the higher */
        assert_int_equal(r->row.rival.liquidator.b[0], RIVAL);
        assert_int_equal(r->outcome.kind, tips[i] < 15 ? LQ_OUTCOME_WON : LQ_OUTCOME_EXPIRED);
        rig_free(r);
    }
}

static void who_was_there_a_block_before_has_it_whatever_he_paid(void **state)
{
    (void)state;
    for (unsigned reverts = 0; reverts < 2; reverts++) {
        rig_t *r = rig_new(true, 4);
        event(r, LQ_EVENT_HEAD, TARGET - 2);
        take(r, 1, 1);
        liquidated(r, TARGET - 2, 1);
        event(r, LQ_EVENT_BLOCK, TARGET - 2);
        event(r, LQ_EVENT_HEAD, TARGET - 1);
        event(r, LQ_EVENT_BLOCK, TARGET - 1);
        target_comes(r);
        lq_dry_result_t result = {.known = true, .ok = !reverts, .gas = 200};
        lq_dry_run_tried(r->dry, r->question, LQ_OK, "", &result, 1);
        paid(r, r->ask, 1);
        assert_int_equal(r->row.verdict, LQ_DRY_LOST);
        assert_int_equal(r->row.late_blk, 2);
        assert_int_equal(r->row.rival.tip_wei.raw.w[0], 1);
        rig_free(r);
    }
}

/* Ours is 10 + 1000 / 200; his priority fee alone is the least that he paid. */
static void whose_direct_payment_is_not_known_may_have_paid_more(void **state)
{
    (void)state;
    for (uint64_t tip = 14; tip < 16; tip++) {
        rig_t *r = rig_new(true, 4);
        take(r, 1, 1);
        event(r, LQ_EVENT_HEAD, TARGET);
        liquidated(r, TARGET, 1);
        event(r, LQ_EVENT_BLOCK, TARGET);
        works(r, 200);
        lq_dry_rival_t rival = {.has_tip = true, .tip_wei = {{{tip}}}};
        lq_dry_run_rival(r->dry, r->ask, &rival);
        assert_int_equal(r->row.verdict, tip < 15 ? LQ_DRY_UNKNOWN : LQ_DRY_LOST);
        rig_free(r);
    }
}

/* By its number, or by when it was received: in the same turn, its event comes behind. */
static void what_was_asked_for_when_its_block_was_there_is_not_won(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        rig_t *r = rig_new(true, 4);
        bool by_number = i < 3;
        bool late = by_number ? i > 0 : i == 3;
        r->mono_ns = 100;
        r->shown_blk = by_number ? TARGET - 1 + i : 0;
        take(r, 1, 1);
        r->mono_ns = by_number ? 101 : 99 + i - 3;
        target_comes(r);
        works(r, 200);
        assert_int_equal(r->row.verdict, late ? LQ_DRY_UNKNOWN : LQ_DRY_WON);
        assert_int_equal(strncmp(r->row.why, "too late", 8) == 0, late);
        assert_int_equal(r->outcome.kind, late ? LQ_OUTCOME_EXPIRED : LQ_OUTCOME_WON);
        assert_int_equal(lq_i256_eq(&r->row.net_usd, &(lq_i256_t){0}), late);
        rig_free(r);
    }
}

static void who_was_in_the_block_of_a_late_one_has_it(void **state)
{
    (void)state;
    rig_t *r = rig_new(true, 4);
    r->shown_blk = TARGET;
    take(r, 1, 1);
    event(r, LQ_EVENT_HEAD, TARGET);
    liquidated(r, TARGET, 1);
    event(r, LQ_EVENT_BLOCK, TARGET);
    works(r, 200);
    paid(r, r->ask, 1);
    assert_int_equal(r->row.verdict, LQ_DRY_LOST);
    assert_int_equal(strncmp(r->row.why, "too late", 8), 0);
    rig_free(r);
}

/* The block has 1000. */
static void a_block_is_not_filled_twice(void **state)
{
    (void)state;
    rig_t *r = rig_new(true, 4);
    for (uint64_t i = 1; i <= 3; i++)
        take(r, i, 1);
    target_comes(r);
    lq_dry_result_t results[3] = {{.known = true, .ok = true, .gas = 600},
                                  {.known = true, .ok = true, .gas = 400},
                                  {.known = true, .ok = true, .gas = 1}};
    lq_dry_run_tried(r->dry, r->question, LQ_OK, "", results, 3);
    lq_dry_run_stat_t stat = lq_dry_run_stat(r->dry);
    assert_int_equal(stat.booked_cnt[LQ_DRY_WON], 2);
    assert_int_equal(stat.booked_cnt[LQ_DRY_UNKNOWN], 1);
    assert_int_equal(r->row.intent, 3);
    assert_non_null(strstr(r->row.why, "no room"));
    rig_free(r);
}

static void whose_account_has_another_number_is_not_won(void **state)
{
    (void)state;
    rig_t *r = rig_new(true, 4);
    take(r, 1, 1);
    lq_dry_run_renumbered(r->dry);
    event(r, LQ_EVENT_HEAD, TARGET);
    liquidated(r, TARGET, 1); /* somebody else now */
    event(r, LQ_EVENT_BLOCK, TARGET);
    works(r, 200);
    assert_int_equal(r->row.verdict, LQ_DRY_UNKNOWN);
    assert_false(r->row.rival.known);
    assert_non_null(strstr(r->row.why, "read anew"));
    rig_free(r);
}

static void who_comes_later_is_named(void **state)
{
    (void)state;
    rig_t *r = rig_new(true, 4);
    take(r, 1, 1);
    target_comes(r);
    works(r, 200);
    assert_int_equal(r->booked_cnt, 1);
    event(r, LQ_EVENT_HEAD, TARGET + 1);
    event(r, LQ_EVENT_BLOCK, TARGET + 1);
    event(r, LQ_EVENT_HEAD, TARGET + 2);
    liquidated(r, TARGET + 2, 1);
    liquidated(r, TARGET + 2, 2);
    assert_int_equal(r->booked_cnt, 2);
    assert_int_equal(r->row.verdict, LQ_DRY_WON);
    assert_int_equal(r->row.late_blk, -2);
    assert_int_equal(r->row.rival.tx_hash.b[0], 1);
    event(r, LQ_EVENT_UNDONE, TARGET + 2);
    assert_int_equal(r->booked_cnt, 3);
    assert_false(r->row.rival.known);
    assert_int_equal(r->unbooked_cnt, 0);
    assert_int_equal(r->outcome_cnt, 1);
    rig_free(r);
}

static void what_reverts_says_why(void **state)
{
    (void)state;
    static const uint8_t error[] = {0xde, 0xad, 0xbe, 0xef};
    uint8_t text[4 + 96] = {0x08,         0xc3,       0x79, 0xa0, [4 + 31] = 32,
                            [4 + 63] = 3, [68] = 'a', '\n', 'b'};
    uint8_t panic[36] = {0x4e, 0x48, 0x7b, 0x71, [35] = 0x11};
    const struct {
        const uint8_t *data;
        size_t sz;
        const char *why;
    } rows[] = {{error, sizeof(error), "error 0xdeadbeef"},
                {error, 3, "it reverts without a reason"},
                {NULL, 0, "it reverts without a reason"},
                {text, sizeof(text), "a\\x0ab"},
                {panic, sizeof(panic), "panic 0x11"}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        rig_t *r = rig_new(true, 4);
        take(r, 1, 2);
        target_comes(r);
        assert_int_equal(r->question_tx_cnt, 2);
        lq_dry_result_t results[2] = {{.known = true, .ok = true, .gas = 100, .has_logs = true},
                                      {.known = true,
                                       .gas = 20,
                                       .data = rows[i].data,
                                       .data_sz = rows[i].sz,
                                       .has_logs = true}};
        lq_dry_run_tried(r->dry, r->question, LQ_OK, "", results, 2);
        assert_int_equal(r->row.verdict, LQ_DRY_REVERTED);
        assert_string_equal(r->row.why, rows[i].why);
        assert_int_equal(r->row.error, LQ_EXECUTOR_ERROR_NONE);
        assert_int_equal(r->row.gas, 120);
        assert_int_equal(r->outcome.kind, LQ_OUTCOME_SIMULATION_REVERTED);
        rig_free(r);
    }
}

static void what_could_not_be_tried_says_why(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        rig_t *r = rig_new(true, 4);
        lq_dry_result_t results[3] = {{.known = true, .ok = true, .gas = 100}};
        take(r, 1, 2);
        target_comes(r);
        if (i == 0)
            lq_dry_run_tried(r->dry, r->question, LQ_OK, "", results, 2);
        else if (i == 1)
            lq_dry_run_tried(r->dry, r->question, LQ_OK, "", results, 3);
        else if (i == 2)
            lq_dry_run_tried(r->dry, r->question, LQ_ERR_REMOTE, "no\tway", NULL, 0);
        else if (i == 3)
            event(r, LQ_EVENT_HEAD, TARGET + 3);
        else
            lq_dry_run_end(r->dry);
        assert_int_equal(r->booked_cnt, 1);
        assert_int_equal(r->row.verdict, LQ_DRY_UNKNOWN);
        assert_false(r->row.tried);
        static const char *const whys[] = {"the node tells of one transaction alone", "malformed",
                                           "no\\x09way", "did not answer in time", "the run ended"};
        assert_non_null(strstr(r->row.why, whys[i]));
        assert_int_equal(r->outcome_cnt, i < 4);
        works(r, 200); /* too late */
        assert_int_equal(r->booked_cnt, 1);
        rig_free(r);
    }
}

/* What has ended for the engine is asked for anew; that one may win. */
static void a_branch_that_would_have_won_it_comes_too_late(void **state)
{
    (void)state;
    rig_t *r = rig_new(true, 4);
    take(r, 1, 1);
    event(r, LQ_EVENT_HEAD, TARGET);
    liquidated(r, TARGET, 1);
    event(r, LQ_EVENT_BLOCK, TARGET);
    works(r, 200);
    paid(r, r->ask, 100);
    assert_int_equal(r->row.verdict, LQ_DRY_LOST);
    event(r, LQ_EVENT_UNDONE, TARGET);
    assert_int_equal(r->unbooked_cnt, 1);
    assert_int_equal(lq_dry_run_stat(r->dry).booked_cnt[LQ_DRY_LOST], 0);
    take(r, 2, 1);
    target_comes(r);
    assert_int_equal(r->question_tx_cnt, 2);
    lq_dry_result_t results[2] = {{.known = true, .ok = true, .gas = 100},
                                  {.known = true, .ok = true, .gas = 100}};
    lq_dry_run_tried(r->dry, r->question, LQ_OK, "", results, 2);
    assert_int_equal(r->booked_cnt, 3);
    assert_int_equal(lq_dry_run_stat(r->dry).booked_cnt[LQ_DRY_WON], 1);
    assert_int_equal(lq_dry_run_stat(r->dry).booked_cnt[LQ_DRY_UNKNOWN], 1);
    assert_int_equal(r->outcome.intent, 2);
    assert_int_equal(r->outcome_cnt, 2);
    rig_free(r);
}

static void more_than_there_is_room_for_is_counted(void **state)
{
    (void)state;
    rig_t *r = rig_new(true, 2);
    for (uint64_t i = 1; i <= 5; i++)
        take(r, i, 1);
    assert_int_equal(lq_dry_run_stat(r->dry).full_cnt, 3);
    target_comes(r);
    assert_int_equal(r->question_tx_cnt, 2);
    rig_free(r);
}

/* A node that can try one alone: both are asked again, then each by itself from the first. */
static void where_one_alone_can_be_tried_each_is_asked_by_itself(void **state)
{
    (void)state;
    rig_t *r = rig_new(true, 8);
    take(r, 1, 1);
    take(r, 2, 1);
    target_comes(r);
    assert_int_equal(r->question_cnt, 1);
    uint64_t both = r->question;
    lq_dry_run_apart(r->dry, both);
    assert_int_equal(r->question_cnt, 3);
    assert_int_equal(r->question_tx_cnt, 1);
    works(r, 200);
    assert_int_equal(r->row.intent, 2);
    r->question--;
    works(r, 300);
    assert_int_equal(r->row.intent, 1);
    assert_int_equal(r->row.gas, 300);
    r->question = both;
    works(r, 400); /* nobody waits for it */
    assert_int_equal(lq_dry_run_stat(r->dry).booked_cnt[LQ_DRY_WON], 2);
    assert_int_equal(r->booked_cnt, 2);
    take(r, 3, 1);
    take(r, 4, 1);
    event(r, LQ_EVENT_UNDONE, TARGET);
    target_comes(r);
    assert_int_equal(r->question_cnt, 7);
    rig_free(r);
}

/* One node that lacks eth_simulateV1 answered while the others were away. */
static void where_several_can_be_tried_again_they_are(void **state)
{
    (void)state;
    rig_t *r = rig_new(true, 8);
    take(r, 1, 1);
    take(r, 2, 1);
    target_comes(r);
    lq_dry_run_apart(r->dry, r->question);
    assert_int_equal(r->question_tx_cnt, 1);
    lq_dry_result_t result = {.known = true, .ok = true, .gas = 700, .has_logs = true};
    lq_dry_run_tried(r->dry, r->question, LQ_OK, "", &result, 1);
    assert_int_equal(r->row.verdict, LQ_DRY_WON);
    r->question--;
    works(r, 400); /* both are more than the block's 1000 */
    assert_int_equal(r->row.verdict, LQ_DRY_UNKNOWN);
    event(r, LQ_EVENT_UNDONE, TARGET);
    target_comes(r);
    assert_int_equal(r->question_tx_cnt, 2);
    rig_free(r);
}

static void refuses_what_is_out_of_range(void **state)
{
    (void)state;
    lq_arena_t arena = {0};
    lq_dry_run_t *dry = NULL;
    lq_dry_sink_t sink = {0};
    const size_t maxes[] = {0, 65537};
    for (size_t i = 0; i < 2; i++) {
        lq_dry_run_config_t config = {.intent_max = maxes[i]};
        assert_int_equal(lq_dry_run_arena_sz(&config), 0);
        assert_err(lq_dry_run_new(&dry, &arena, &config, &sink), LQ_ERR_RANGE);
    }
    lq_dry_run_config_t config = {.intent_max = 65536};
    assert_err(lq_dry_run_new(&dry, &arena, &config, &sink), LQ_ERR_NOMEM);
    assert_ok(lq_arena_init(&arena, lq_dry_run_arena_sz(&config)));
    assert_ok(lq_dry_run_new(&dry, &arena, &config, &sink));
    lq_arena_fini(&arena);
}

static void verdicts_have_names(void **state)
{
    (void)state;
    assert_string_equal(lq_dry_verdict_str(LQ_DRY_WON), "won");
    assert_string_equal(lq_dry_verdict_str(LQ_DRY_LOST), "lost");
    assert_string_equal(lq_dry_verdict_str(LQ_DRY_REVERTED), "reverted");
    assert_string_equal(lq_dry_verdict_str(LQ_DRY_UNKNOWN), "unknown");
    assert_string_equal(lq_dry_verdict_str(LQ_DRY_VERDICT_CNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_win_has_all_its_figures),
        cmocka_unit_test(without_an_executor_nobody_pays_a_bid),
        cmocka_unit_test(who_pays_as_much_or_more_in_the_block_has_it),
        cmocka_unit_test(who_was_there_a_block_before_has_it_whatever_he_paid),
        cmocka_unit_test(whose_direct_payment_is_not_known_may_have_paid_more),
        cmocka_unit_test(what_was_asked_for_when_its_block_was_there_is_not_won),
        cmocka_unit_test(who_was_in_the_block_of_a_late_one_has_it),
        cmocka_unit_test(a_block_is_not_filled_twice),
        cmocka_unit_test(whose_account_has_another_number_is_not_won),
        cmocka_unit_test(who_comes_later_is_named),
        cmocka_unit_test(what_reverts_says_why),
        cmocka_unit_test(what_could_not_be_tried_says_why),
        cmocka_unit_test(a_branch_that_would_have_won_it_comes_too_late),
        cmocka_unit_test(more_than_there_is_room_for_is_counted),
        cmocka_unit_test(where_one_alone_can_be_tried_each_is_asked_by_itself),
        cmocka_unit_test(where_several_can_be_tried_again_they_are),
        cmocka_unit_test(refuses_what_is_out_of_range),
        cmocka_unit_test(verdicts_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
