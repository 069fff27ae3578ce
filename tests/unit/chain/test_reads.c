#include "reads_rig.h"

static void asks_together_in_chunks_and_the_empty_failures_alone(void **state)
{
    (void)state;
    rig_t *rig = rig_new(7, true);
    calls_t c = mixed_calls(23);
    submit(rig, &c);
    run(rig);
    expect_results(rig, &c);
    assert_int_equal(rig->pool.biggest, 7);
    /* 7 + 7 + 7, then the two left and 7 that failed with nothing: 2 together; then 7 alone */
    assert_int_equal(rig->pool.request_cnt, 5);
    assert_int_equal(lq_reads_stat(rig->reads)->request_cnt, 5);
    assert_int_equal(lq_reads_stat(rig->reads)->read_cnt, 1);
    assert_int_equal(lq_reads_stat(rig->reads)->halved_cnt, 0);
    rig_free(rig);
}

static void asks_each_alone_in_batches_where_there_is_no_multicall(void **state)
{
    (void)state;
    rig_t *rig = rig_new(10, false);
    calls_t c = mixed_calls(25);
    submit(rig, &c);
    run(rig);
    expect_results(rig, &c);
    assert_int_equal(rig->pool.request_cnt, 3);
    assert_int_equal(rig->pool.biggest, 0);
    rig_free(rig);
}

static void asks_one_call_without_multicall(void **state)
{
    (void)state;
    rig_t *rig = rig_new(10, true);
    calls_t c = mixed_calls(1);
    submit(rig, &c);
    run(rig);
    expect_results(rig, &c);
    assert_int_equal(rig->pool.request_cnt, 1);
    assert_int_equal(rig->pool.biggest, 0);
    rig_free(rig);
}

static void does_without_multicall_where_no_contract_answers(void **state)
{
    (void)state;
    rig_t *rig = rig_new(16, true);
    rig->pool.has_contract = false;
    calls_t c = mixed_calls(20);
    submit(rig, &c);
    run(rig);
    expect_results(rig, &c);
    assert_int_equal(rig->pool.request_cnt, 3); /* one in vain, then 16 and 4 */
    rig_free(rig);
}

static void halves_what_needs_too_much_gas(void **state)
{
    (void)state;
    for (int refuses = 0; refuses < 2; refuses++) {
        rig_t *rig = rig_new(64, true);
        rig->pool.gas_max = 100;
        rig->pool.refuses_gas = refuses;
        calls_t c = mixed_calls(64);
        submit(rig, &c);
        run(rig);
        expect_results(rig, &c);
        assert_int_equal(lq_reads_stat(rig->reads)->halved_cnt, refuses ? 3 : 0); /* 64 to 8 */
        rig_free(rig);
    }
}

static void halves_what_takes_too_long_or_breaks_the_connection(void **state)
{
    (void)state;
    for (int together = 0; together < 2; together++) {
        rig_t *rig = rig_new(64, together);
        rig->pool.item_max = 9;
        rig->pool.answer_max = 150;
        calls_t c = mixed_calls(64);
        submit(rig, &c);
        run(rig);
        expect_results(rig, &c);
        assert_true(lq_reads_stat(rig->reads)->halved_cnt >= 3);
        rig_free(rig);
    }
}

static void asks_for_as_much_as_can_be_sent(void **state)
{
    (void)state;
    for (int together = 0; together < 2; together++) {
        rig_t *rig = rig_new(64, together);
        rig->pool.out_max = 2000;
        calls_t c = mixed_calls(64);
        submit(rig, &c);
        run(rig);
        expect_results(rig, &c);
        assert_in_range(lq_reads_stat(rig->reads)->halved_cnt, 3, 5);
        rig->pool.out_max = 1; /* nothing fits now */
        point(&c);
        assert_err(lq_reads_submit(rig->reads, 6, &block, c.call, c.cnt), LQ_ERR_TOO_LONG);
        rig->pool.out_max = 0;
        rig->answer_cnt = 0;
        submit(rig, &c);
        rig->pool.out_max = 1;
        rig->pool.item_max = 1; /* the first has gone, and was too much */
        run(rig);
        expect_failure(rig, LQ_ERR_TOO_LONG);
        rig_free(rig);
    }
}

static void fails_where_one_call_alone_is_too_much(void **state)
{
    (void)state;
    for (int together = 0; together < 2; together++) {
        rig_t *rig = rig_new(8, together);
        rig->pool.gas_max = 100;
        calls_t c = mixed_calls(8);
        add_call(&c, RETURNS, 101, 1);
        submit(rig, &c);
        run(rig);
        expect_failure(rig, LQ_ERR_REMOTE);
        rig_free(rig);
        rig = rig_new(8, together);
        rig->pool.refusal = LQ_RPC_TIMEOUT;
        submit(rig, &c);
        run(rig);
        expect_failure(rig, LQ_ERR_TIMEOUT);
        assert_int_equal(rig->pool.request_cnt, 4); /* 8, 4, 2, 1 */
        rig_free(rig);
    }
}

static void tells_why_it_failed(void **state)
{
    (void)state;
    static const struct {
        lq_rpc_class_t refusal;
        lq_err_t err;
    } cases[] = {
        {LQ_RPC_ABSENT, LQ_ERR_NOT_FOUND}, {LQ_RPC_UNSENT, LQ_ERR_TIMEOUT},
        {LQ_RPC_METHOD, LQ_ERR_REMOTE},    {LQ_RPC_UNKNOWN, LQ_ERR_REMOTE},
        {LQ_RPC_PARAMS, LQ_ERR_REMOTE},    {LQ_RPC_BROKEN, LQ_ERR_REMOTE},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++)
        for (int together = 0; together < 2; together++) {
            rig_t *rig = rig_new(8, together);
            rig->pool.refusal = cases[i].refusal;
            calls_t c = mixed_calls(8);
            submit(rig, &c);
            run(rig);
            expect_failure(rig, cases[i].err);
            rig_free(rig);
        }
}

static void fails_where_one_of_a_batch_is_refused(void **state)
{
    (void)state;
    rig_t *rig = rig_new(8, false);
    rig->pool.refusal = LQ_RPC_ABSENT;
    rig->pool.refuses_first = true;
    calls_t c = mixed_calls(8);
    submit(rig, &c);
    run(rig);
    expect_failure(rig, LQ_ERR_NOT_FOUND);
    assert_int_equal(rig->pool.request_cnt, 1);
    rig_free(rig);
}

static void asks_another_endpoint_where_one_lies(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < LQ_ARRAY_CNT(garbage); kind++)
        for (int together = 0; together < 2; together++) {
            /* data of any content is an answer of a call alone */
            if (!together && (garbage[kind][0] == '"' && strlen(garbage[kind]) > 30))
                continue;
            rig_t *rig = rig_new(8, together);
            rig->pool.garbage_mask = 3;
            rig->pool.garbage_kind = kind;
            calls_t c = mixed_calls(12);
            submit(rig, &c);
            run(rig);
            expect_results(rig, &c);
            assert_true(rig->pool.fault_cnt >= 2);
            assert_int_equal(lq_reads_stat(rig->reads)->garbage_cnt, rig->pool.fault_cnt);
            rig_free(rig);
        }
}

static void fails_where_all_endpoints_lie(void **state)
{
    (void)state;
    for (int ignores = 0; ignores < 2; ignores++) {
        rig_t *rig = rig_new(8, true);
        rig->pool.garbage_mask = 15;
        rig->pool.ignores_mask = ignores;
        calls_t c = mixed_calls(12);
        submit(rig, &c);
        run(rig);
        expect_failure(rig, LQ_ERR_REMOTE);
        assert_int_equal(rig->pool.request_cnt, ignores ? 2 : ENDPOINT_CNT);
        rig_free(rig);
    }
}

static void bounds_the_results(void **state)
{
    (void)state;
    for (int together = 0; together < 2; together++)
        for (int beyond = 0; beyond < 2; beyond++) {
            rig_t *rig = rig_new(8, together);
            calls_t c = {.cnt = 0};
            for (size_t i = 0; i < 32; i++)
                add_call(&c, RETURNS, 1, 250);
            add_call(&c, RETURNS, 1, (uint8_t)(192 + beyond)); /* 8192 in all */
            submit(rig, &c);
            run(rig);
            if (beyond) {
                expect_failure(rig, LQ_ERR_TOO_LONG);
            } else {
                expect_results(rig, &c);
                rig->answer_cnt = 0; /* the next has all the room again */
                submit(rig, &c);
                run(rig);
                expect_results(rig, &c);
            }
            rig_free(rig);
        }
}

static void refuses_what_it_has_no_room_for(void **state)
{
    (void)state;
    rig_t *rig = rig_new(8, true);
    calls_t c = mixed_calls(3);
    point(&c);
    lq_read_call_t many[CALL_MAX + 1] = {{.input = NULL}};
    assert_err(lq_reads_submit(rig->reads, 1, &block, many, 0), LQ_ERR_INVAL);
    assert_err(lq_reads_submit(rig->reads, 1, &block, many, CALL_MAX + 1), LQ_ERR_FULL);
    static const uint8_t input[INPUT_MAX + 1];
    many[0] = (lq_read_call_t){.input = input, .input_sz = INPUT_MAX + 1};
    assert_err(lq_reads_submit(rig->reads, 1, &block, many, 1), LQ_ERR_FULL);
    rig->pool.full_cnt = 1;
    assert_err(lq_reads_submit(rig->reads, 1, &block, c.call, 1), LQ_ERR_FULL);
    for (uint64_t id = 1; id <= READ_MAX; id++) {
        assert_ok(lq_reads_submit(rig->reads, id, &block, c.call, c.cnt));
        assert_err(lq_reads_submit(rig->reads, id, &block, c.call, c.cnt), LQ_ERR_EXISTS);
    }
    assert_err(lq_reads_submit(rig->reads, 9, &block, c.call, c.cnt), LQ_ERR_FULL);
    assert_int_equal(rig->answer_cnt, 0);
    run(rig);
    assert_int_equal(rig->answer_cnt, READ_MAX);
    rig_free(rig);
}

static void gives_no_answer_once_cancelled(void **state)
{
    (void)state;
    rig_t *rig = rig_new(8, true);
    calls_t c = mixed_calls(20);
    submit(rig, &c);
    lq_reads_cancel(rig->reads, 6);
    answer(rig, &rig->pool.held[0]);
    lq_reads_cancel(rig->reads, 5);
    lq_reads_cancel(rig->reads, 5);
    run(rig);
    assert_int_equal(rig->answer_cnt, 0);
    submit(rig, &c);
    run(rig);
    expect_results(rig, &c);
    submit(rig, &c); /* freed with a request under way */
    rig_free(rig);
}

static void waits_for_room_in_the_pool_until_its_time_is_over(void **state)
{
    (void)state;
    calls_t c = mixed_calls(20);
    rig_t *rig = rig_new(8, true);
    submit(rig, &c);
    rig->pool.full_cnt = 100;
    run(rig);
    expect_results(rig, &c);
    rig_free(rig);
    rig = rig_new(8, true);
    submit(rig, &c);
    rig->pool.full_cnt = UINT32_MAX;
    run(rig);
    expect_failure(rig, LQ_ERR_TIMEOUT);
    assert_in_range(rig->loop.now.mono_ns, 1000000000, 1010000000);
    rig->pool.full_cnt = 0;
    submit(rig, &c);
    rig->pool.full_cnt = UINT32_MAX;
    answer(rig, &rig->pool.held[0]); /* waits; is freed so */
    assert_non_null(rig->loop.timer);
    rig_free(rig);
}

static void refuses_configurations_that_cannot_be(void **state)
{
    (void)state;
    rig_t *rig = rig_new(8, true);
    static const lq_reads_config_t good = {
        .read_max = 1, .call_max = 1, .input_max = 1, .output_max = 1, .chunk_call_max = 1};
    lq_reads_t *r = NULL;
    lq_reads_config_t bad[6];
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++)
        bad[i] = good;
    bad[0].read_max = 0;
    bad[1].read_max = 257;
    bad[2].call_max = 0;
    bad[3].chunk_call_max = 0;
    bad[4].input_max = SIZE_MAX;
    bad[5].output_max = SIZE_MAX;
    size_t used = lq_arena_used_sz(&rig->arena);
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++)
        assert_err(lq_reads_new(&r, &rig->arena, &rig->loop, &rig->log, &rig->pool, &bad[i],
                                on_event, rig),
                   LQ_ERR_RANGE);
    lq_reads_config_t large = good;
    large.output_max = 1 << 23;
    assert_err(
        lq_reads_new(&r, &rig->arena, &rig->loop, &rig->log, &rig->pool, &large, on_event, rig),
        LQ_ERR_NOMEM);
    assert_int_equal(lq_arena_used_sz(&rig->arena), used);
    assert_null(r);
    rig_free(rig);
}

/* Whatever the nodes are like: one answer, all of it right, or a reason. */
static void answers_rightly_or_not_at_all(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t right = 0;
    size_t cnt = lq_test_cnt(1000, 100000);
    for (size_t i = 0; i < cnt; i++) {
        rig_t *rig = rig_new(1 + lq_rng_below(&rng, 64), lq_rng_below(&rng, 4));
        rig->pool.gas_max = lq_rng_below(&rng, 2) ? 1000000 : 40 + lq_rng_below(&rng, 400);
        rig->pool.refuses_gas = lq_rng_below(&rng, 2);
        rig->pool.answer_max = lq_rng_below(&rng, 2) ? SIZE_MAX : 70 + lq_rng_below(&rng, 400);
        rig->pool.item_max = lq_rng_below(&rng, 2) ? SIZE_MAX : 1 + lq_rng_below(&rng, 20);
        rig->pool.garbage_mask = lq_rng_below(&rng, 4) ? 0 : (unsigned)lq_rng_below(&rng, 8);
        rig->pool.garbage_kind = (unsigned)lq_rng_below(&rng, 6);
        rig->pool.has_contract = lq_rng_below(&rng, 8);
        calls_t c = {.cnt = 0};
        bool too_much = false;
        for (size_t k = 1 + lq_rng_below(&rng, CALL_MAX); k--;) {
            uint8_t gas =
                (uint8_t)(lq_rng_below(&rng, 20) ? lq_rng_below(&rng, 40) : lq_rng_below(&rng, 64));
            too_much = too_much || gas > rig->pool.gas_max;
            add_call(&c, (behaviour_t)lq_rng_below(&rng, BEHAVIOUR_CNT), gas,
                     (uint8_t)lq_rng_below(&rng, 70));
        }
        submit(rig, &c);
        if (lq_rng_below(&rng, 4) == 0)
            rig->pool.full_cnt = (unsigned)lq_rng_below(&rng, 20);
        run(rig);
        if (too_much)
            expect_failure(rig, LQ_ERR_REMOTE);
        else
            expect_results(rig, &c);
        right += !too_much;
        rig_free(rig);
    }
    assert_true(right > cnt / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_together_in_chunks_and_the_empty_failures_alone),
        cmocka_unit_test(asks_each_alone_in_batches_where_there_is_no_multicall),
        cmocka_unit_test(asks_one_call_without_multicall),
        cmocka_unit_test(does_without_multicall_where_no_contract_answers),
        cmocka_unit_test(halves_what_needs_too_much_gas),
        cmocka_unit_test(halves_what_takes_too_long_or_breaks_the_connection),
        cmocka_unit_test(asks_for_as_much_as_can_be_sent),
        cmocka_unit_test(fails_where_one_call_alone_is_too_much),
        cmocka_unit_test(tells_why_it_failed),
        cmocka_unit_test(fails_where_one_of_a_batch_is_refused),
        cmocka_unit_test(asks_another_endpoint_where_one_lies),
        cmocka_unit_test(fails_where_all_endpoints_lie),
        cmocka_unit_test(bounds_the_results),
        cmocka_unit_test(refuses_what_it_has_no_room_for),
        cmocka_unit_test(gives_no_answer_once_cancelled),
        cmocka_unit_test(waits_for_room_in_the_pool_until_its_time_is_over),
        cmocka_unit_test(refuses_configurations_that_cannot_be),
        cmocka_unit_test(answers_rightly_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
