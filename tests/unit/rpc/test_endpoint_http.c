#include "liqd/rpc/endpoint.h"

#include "endpoint_world.h"

/* Calls over HTTP: what status, body and connection make of them. */

static int http_setup(void **state)
{
    *state = world_new(lq_test_node_new_http());
    return 0;
}

#define http_test(f) cmocka_unit_test_setup_teardown(f, http_setup, world_teardown)

/* TCP takes its time, even to ourselves. */
static void wait_answers(world_t *w, size_t cnt)
{
    for (size_t i = 0; i < 20000 && w->answer_cnt < cnt; i++) {
        (void)lq_test_node_poll(w->node);
        lq_loop_turn(w->loop, MS_NS / 4);
    }
    assert_int_equal(w->answer_cnt, cnt);
}

static void call_and_wait(world_t *w)
{
    w->answer_cnt = 0;
    world_call(w, "m");
    wait_answers(w, 1);
}

static void calls_and_batches(void **state)
{
    world_t *w = *state;
    assert_true(lq_endpoint_is_up(w->e));
    lq_test_node_script(w->node, "m", "5");
    world_call(w, "m");
    assert_int_equal(lq_endpoint_call_cnt(w->e), 1);
    assert_told(w, "");
    world_batch(w, 3);
    wait_answers(w, 2);
    assert_int_equal(w->told_sz, 7); /* "5 5 5 5" */
    assert_int_equal(lq_endpoint_call_cnt(w->e), 0);
    assert_int_equal(world_stat(w)->class_cnt[LQ_RPC_OK], 4);
    assert_int_equal(world_stat(w)->connect_cnt, 0);
    assert_int_equal(lq_test_node_request_cnt(w->node, "m"), 4);
}

static void has_no_subscriptions(void **state)
{
    world_t *w = *state;
    uint32_t sub = 5;
    assert_err(lq_endpoint_subscribe(w->e, &sub, "[]", 2, world_event, w), LQ_ERR_INVAL);
    assert_int_equal(sub, 5);
    lq_endpoint_unsubscribe(w->e, 32);
    lq_endpoint_reconnect(w->e);
    assert_true(lq_endpoint_is_up(w->e));
}

static void classes_by_status_and_body(void **state)
{
    world_t *w = *state;
    static const struct {
        unsigned status;
        const char *headers;
        const char *body;
        const char *want;
    } cases[] = {
        {429, "Retry-After: 7\r\n", "slow down", "RATE"},
        {429, "", "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":1,\"message\":\"x\"}}",
         "RATE"},
        {402, "", "", "QUOTA"},
        {401, "", "who?", "FORBIDDEN"},
        {200, "", "{\"id\":null,\"error\":{\"code\":-32005,\"message\":\"rate limit\"}}", "RATE"},
        {200, "", "{\"error\":{\"code\":-32601,\"message\":\"no such method\"}}", "METHOD"},
        {200, "", "<html>sorry</html>", "BROKEN"},
        {200, "", "", "BROKEN"},
        {200, "", "{}", "BROKEN"},
        {200, "", "{\"id\":1,\"result\":666}", "BROKEN"},
        {200, "", "{\"id\":null,\"result\":666}", "BROKEN"},
        {200, "", "{\"id\":\"1\",\"result\":666}", "BROKEN"},
        {200, "", "[]", "BROKEN"},
        {200, "", "[{\"id\":1,\"result\":666}]", "BROKEN"},
        {200, "",
         "{\"method\":\"eth_subscription\",\"params\":{\"subscription\":\"1\",\"result\":1}}",
         "BROKEN"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_test_node_http(w->node, cases[i].status, cases[i].headers, cases[i].body);
        call_and_wait(w);
        assert_told(w, cases[i].want);
        assert_int_equal(w->answer.retry_after_ns, i == 0 ? 7 * SEC_NS : 0);
    }
    assert_int_equal(world_stat(w)->wrong_id_cnt, 2);
    assert_true(world_stat(w)->garbage_cnt >= 7);
}

static void never_takes_a_server_error_for_a_result(void **state)
{
    world_t *w = *state;
    lq_test_node_http(w->node, 502, "", "<html>bad gateway</html>");
    w->answer_cnt = 0;
    world_batch(w, 2);
    wait_answers(w, 1);
    assert_int_equal(w->answer.result_cnt, 2);
    assert_int_not_equal(w->result.class_, LQ_RPC_OK);
    lq_test_node_script(w->node, "m", "666");
    lq_test_node_http(w->node, 500, "", NULL);
    call_and_wait(w);
    assert_int_not_equal(w->result.class_, LQ_RPC_OK);
    assert_int_equal(w->result.code, 0);
}

static void takes_one_refusal_for_a_whole_batch(void **state)
{
    world_t *w = *state;
    lq_test_node_http(w->node, 200, "",
                      "{\"id\":null,\"error\":{\"code\":-32005,\"message\":\"rate limit\"}}");
    world_batch(w, 3);
    wait_answers(w, 1);
    assert_told(w, "RATE RATE RATE");
    lq_test_node_http(w->node, 200, "",
                      "{\"id\":77777777,\"error\":{\"code\":1,\"message\":\"\"}}");
    w->answer_cnt = 0;
    world_batch(w, 2);
    wait_answers(w, 1);
    assert_told(w, "BROKEN BROKEN");
}

/* Providers have the key in the path, and pages of errors quote the path. */
static void shows_no_key_that_a_body_quotes(void **state)
{
    world_t *w = *state;
    static const struct {
        unsigned status;
        const char *body;
        const char *want;
    } cases[] = {
        {404, "Cannot POST /v3/SECRET7bcf4efa0a2c81?a=1", "BROKEN"},
        {401, "no such key: SECRET7bcf4efa0a2c81", "FORBIDDEN"},
        {200, "<html>/v3/SECRET7bcf4efa0a2c81</html>", "BROKEN"},
        {200,
         "{\"error\":{\"code\":-32000,\"message\":\"invalid project id SECRET7bcf4efa0a2c81\"}}",
         "FORBIDDEN"},
    };
    char text[256];
    lq_err_msg_t msg;
    int sz =
        snprintf(text, sizeof(text), "%s/v3/SECRET7bcf4efa0a2c81?a=1", lq_test_node_path(w->node));
    lq_url_t url;
    assert_ok(lq_url_parse(&url, &msg, text, (size_t)sz));
    w->config.url = &url;
    world_endpoint(w);
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_test_node_http(w->node, cases[i].status, "", cases[i].body);
        call_and_wait(w); /* the world looks for SECRET in messages and log lines */
        assert_told(w, cases[i].want);
    }
    lq_endpoint_free(w->e);
    w->e = NULL;
}

static void tells_unsent_from_broken(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "m", "1");
    lq_test_node_listen(w->node, false);
    call_and_wait(w);
    assert_told(w, "UNSENT");
    lq_test_node_listen(w->node, true);
    lq_test_node_script(w->node, "m", NULL);
    w->answer_cnt = 0;
    world_call(w, "m");
    while (!lq_test_node_poll(w->node))
        lq_loop_turn(w->loop, MS_NS / 4);
    lq_test_node_cut(w->node);
    wait_answers(w, 1);
    assert_told(w, "BROKEN");
}

static void refuses_a_body_that_is_too_long(void **state)
{
    world_t *w = *state;
    w->config.in_max = 1000;
    world_endpoint(w);
    char *body = calloc(1, 5000);
    assert_non_null(body);
    memset(body, ' ', 4999);
    lq_test_node_http(w->node, 200, "", body);
    call_and_wait(w);
    assert_told(w, "BROKEN");
    assert_int_equal(world_stat(w)->too_long_cnt, 1);
    free(body);
}

static void runs_out_of_time(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "m", NULL);
    world_call(w, "m");
    while (!lq_test_node_poll(w->node))
        lq_loop_turn(w->loop, MS_NS / 4);
    lq_clock_manual_advance(&w->clock, SEC_NS);
    wait_answers(w, 1);
    assert_told(w, "TIMEOUT");
    assert_int_equal(world_stat(w)->timeout_cnt, 1);
    assert_int_equal(lq_endpoint_call_cnt(w->e), 0);
}

static void call_again(world_t *w)
{
    world_call(w, "m");
}

static void cancels_and_calls_from_callbacks(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "m", "1");
    w->config.call_max = 1;
    world_endpoint(w);
    world_call(w, "m");
    lq_endpoint_cancel(w->e, w->id);
    assert_int_equal(lq_endpoint_call_cnt(w->e), 0);
    world_call(w, "m");
    w->then = call_again; /* takes the only place, which must be free by now */
    wait_answers(w, 2);
    assert_told(w, "1 1");
}

static void frees_with_all_under_way(void **state)
{
    world_t *w = *state;
    world_call(w, "m");
    world_call(w, "m");
    lq_loop_turn(w->loop, 0);
    lq_endpoint_free(w->e);
    w->e = NULL;
    lq_loop_turn(w->loop, 0);
    assert_told(w, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        http_test(calls_and_batches),
        http_test(has_no_subscriptions),
        http_test(classes_by_status_and_body),
        http_test(never_takes_a_server_error_for_a_result),
        http_test(takes_one_refusal_for_a_whole_batch),
        http_test(shows_no_key_that_a_body_quotes),
        http_test(tells_unsent_from_broken),
        http_test(refuses_a_body_that_is_too_long),
        http_test(runs_out_of_time),
        http_test(cancels_and_calls_from_callbacks),
        http_test(frees_with_all_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
