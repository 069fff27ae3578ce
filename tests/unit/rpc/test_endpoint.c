#include "liqd/rpc/endpoint.h"

#include "endpoint_world.h"

#include <inttypes.h>

/* Calls, batches, cancellation, deadlines and what a node may do wrong. */

static void calls_and_answers(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "eth_blockNumber", "\"0x2a\"");
    world_call(w, "eth_blockNumber");
    assert_int_equal(lq_endpoint_call_cnt(w->e), 1);
    assert_int_equal(w->answer_cnt, 0); /* never from within */
    lq_clock_manual_advance(&w->clock, 3 * MS_NS);
    world_pump(w);
    assert_told(w, "0x2a");
    assert_int_equal(lq_endpoint_call_cnt(w->e), 0);
    assert_int_equal(w->answer.latency_ns, 3 * MS_NS);
    assert_int_equal(w->answer.retry_after_ns, 0);
    assert_int_equal(world_stat(w)->call_cnt, 1);
    assert_int_equal(world_stat(w)->connect_cnt, 1);
    assert_int_equal(world_stat(w)->class_cnt[LQ_RPC_OK], 1);
    assert_true(world_stat(w)->in_sz > 0 && world_stat(w)->out_sz > 0);
}

static void classes_a_refusal_by_its_method(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "eth_sendRawTransaction",
                        "!{\"code\":-32000,\"message\":\"nonce too \\u006cow\",\"data\":\"0xab\"}");
    world_call(w, "eth_sendRawTransaction");
    world_pump(w);
    assert_told(w, "NONCE_LOW");
    assert_true(w->result.code == -32000);
    assert_int_equal(w->result.message_sz, 13);
    assert_int_equal(lq_json_kind(w->result.data), LQ_JSON_KIND_STRING);
    world_call(w, "nothing");
    world_pump(w);
    assert_told(w, "METHOD");
}

static void cuts_a_long_message(void **state)
{
    world_t *w = *state;
    char text[5000];
    size_t sz = (size_t)snprintf(text, sizeof(text), "!{\"code\":1,\"message\":\"\\n");
    memset(text + sz, 'x', 3000);
    (void)snprintf(text + sz + 3000, sizeof(text) - sz - 3000, "\"}");
    lq_test_node_script(w->node, "m", text);
    world_call(w, "m");
    world_pump(w);
    assert_told(w, "UNKNOWN");
    assert_int_equal(w->result.message_sz, 1024);
}

static void answers_in_any_order(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "m", NULL);
    lq_rpc_id_t ids[8];
    for (size_t i = 0; i < 8; i++) {
        world_call(w, "m");
        ids[i] = w->id;
    }
    lq_rpc_id_t id;
    lq_rpc_item_t item = {"m", "[]", 2};
    lq_rpc_call_t call = {&item, 1, SEC_NS, world_answer, w};
    assert_err(lq_endpoint_call(w->e, &id, &call), LQ_ERR_FULL);
    world_pump(w);
    static const int order[] = {5, 0, 7, 3, 1, 2, 6, 4};
    for (size_t i = 0; i < 8; i++) {
        char json[8];
        (void)snprintf(json, sizeof(json), "%d", order[i]);
        lq_test_node_result(w->node, ids[order[i]].id << 7, json);
    }
    world_pump(w);
    assert_told(w, "5 0 7 3 1 2 6 4");
    assert_int_equal(lq_endpoint_call_cnt(w->e), 0);
}

static void never_uses_a_number_twice(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "m", "1");
    lq_test_node_script(w->node, "slow", NULL);
    world_call(w, "slow");
    uint64_t last = w->id.id;
    assert_true(last > 0);
    for (size_t i = 0; i < 500; i++) {
        world_call(w, "m");
        assert_true(w->id.id > last);
        last = w->id.id;
        world_pump(w);
    }
    assert_int_equal(w->answer_cnt, 500);
    assert_int_equal(lq_endpoint_call_cnt(w->e), 1);
}

static bool reverse(void *ctx, lq_test_node_t *node, const lq_test_request_t *r)
{
    (void)ctx;
    char json[8];
    (void)snprintf(json, sizeof(json), "%zu", r->cnt - 1 - r->idx);
    lq_test_node_result(node, r->id + r->cnt - 1 - 2 * r->idx, json);
    return true;
}

static void takes_a_batch_in_any_order(void **state)
{
    world_t *w = *state;
    lq_test_node_handle(w->node, reverse, NULL);
    world_batch(w, 3);
    world_pump(w);
    assert_told(w, "0 1 2");
    w->told_sz = 0;
    world_batch(w, LQ_RPC_ITEM_MAX);
    world_pump(w);
    assert_int_equal(w->answer.result_cnt, LQ_RPC_ITEM_MAX);
    assert_int_equal(w->answer_cnt, 2);
    assert_int_equal(world_stat(w)->class_cnt[LQ_RPC_OK], 3 + LQ_RPC_ITEM_MAX);
}

static bool lose_one_double_one(void *ctx, lq_test_node_t *node, const lq_test_request_t *r)
{
    (void)ctx;
    char json[8];
    (void)snprintf(json, sizeof(json), "%zu", r->idx);
    if (r->idx != 1)
        lq_test_node_result(node, r->id, json);
    if (r->idx == 2)
        lq_test_node_error(node, r->id, -32000, "again");
    if (r->idx == 3)
        lq_test_node_result(node, 99999999, "1");
    return true;
}

static void breaks_items_that_are_missing_or_doubled(void **state)
{
    world_t *w = *state;
    lq_test_node_handle(w->node, lose_one_double_one, NULL);
    world_batch(w, 4);
    world_pump(w);
    assert_told(w, "0 BROKEN BROKEN 3");
    assert_int_equal(world_stat(w)->wrong_id_cnt, 2);
    assert_int_equal(lq_endpoint_call_cnt(w->e), 0);
}

static void takes_one_refusal_for_a_whole_batch(void **state)
{
    world_t *w = *state;
    char text[128];
    lq_test_node_script(w->node, "m", NULL);
    world_batch(w, 3);
    world_pump(w);
    lq_test_node_error(w->node, w->id.id << 7, -32005, "rate limit exceeded");
    world_pump(w);
    assert_told(w, "RATE RATE RATE");
    world_batch(w, 2);
    world_pump(w);
    lq_test_node_result(w->node, w->id.id << 7, "1");
    world_pump(w);
    assert_told(w, "BROKEN BROKEN");
    world_batch(w, 2);
    world_pump(w);
    (void)snprintf(text, sizeof(text), "[{},7,[],{\"id\":%" PRIu64 ",\"result\":5}]",
                   w->id.id << 7);
    world_send(w, text);
    world_pump(w);
    assert_told(w, "5 BROKEN");
    assert_int_equal(world_stat(w)->garbage_cnt, 1 + 3);
}

static void takes_a_long_refusal_for_a_large_batch(void **state)
{
    world_t *w = *state;
    enum {
        MESSAGE_SZ = 20000
    }; /* of which so many do not fit into in_max */
    char *message = malloc(MESSAGE_SZ + 1);
    assert_non_null(message);
    memset(message, 'x', MESSAGE_SZ);
    message[MESSAGE_SZ] = '\0';
    lq_test_node_script(w->node, "m", NULL);
    world_batch(w, LQ_RPC_ITEM_MAX);
    world_pump(w);
    lq_test_node_error(w->node, w->id.id << 7, 1, message);
    world_pump(w);
    assert_int_equal(world_stat(w)->class_cnt[LQ_RPC_UNKNOWN], LQ_RPC_ITEM_MAX);
    free(message);
}

static void drops_wrong_ids_and_doubles(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "m", NULL);
    world_call(w, "m");
    world_pump(w);
    uint64_t id = w->id.id << 7;
    static const int64_t off[] = {1, 127, 128, -128, 1 << 20};
    for (size_t i = 0; i < LQ_ARRAY_CNT(off); i++)
        lq_test_node_result(w->node, id + (uint64_t)off[i], "666");
    lq_test_node_result(w->node, 0, "666");
    lq_test_node_result(w->node, UINT64_MAX, "666");
    lq_test_node_result(w->node, id, "1");
    lq_test_node_result(w->node, id, "2");
    world_send(w, "[{\"id\":3,\"result\":1},{\"id\":4,\"result\":1}]");
    world_pump(w);
    assert_told(w, "1");
    assert_int_equal(world_stat(w)->wrong_id_cnt, LQ_ARRAY_CNT(off) + 2 + 1 + 2);
    assert_int_equal(world_stat(w)->down_cnt, 0);
}

static void drops_texts_that_are_no_answer(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "m", NULL);
    world_call(w, "m");
    world_pump(w);
    static const char *const texts[] = {
        "{}",
        "[]",
        "{\"id\":null,\"error\":{\"code\":-32700,\"message\":\"\\u001b[31mparse\"}}",
        "{\"id\":\"1\",\"result\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[]}",
        "{\"method\":\"eth_subscription\",\"params\":{\"subscription\":1,\"result\":1}}",
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(texts); i++) {
        size_t log_cnt = w->log_cnt;
        world_send(w, texts[i]);
        world_pump(w);
        assert_int_equal(world_stat(w)->garbage_cnt, i + 1);
        assert_int_equal(w->log_cnt, log_cnt + 1);
        assert_null(strchr(w->log_last, '\033'));
    }
    lq_test_node_result(w->node, w->id.id << 7, "1");
    world_pump(w);
    assert_told(w, "1");
}

static void ends_a_call_whose_answer_is_broken(void **state)
{
    world_t *w = *state;
    char text[128];
    lq_test_node_script(w->node, "m", NULL);
    world_call(w, "m");
    world_pump(w);
    (void)snprintf(text, sizeof(text), "{\"id\":%" PRIu64 ",\"error\":\"no\"}", w->id.id << 7);
    world_send(w, text);
    world_pump(w);
    assert_told(w, "BROKEN");
    assert_int_equal(world_stat(w)->garbage_cnt, 1);
}

/* Sends TEXT, which must end the stream; what was under way must break, and all come back. */
static void ends_by(world_t *w, const char *text, size_t sz)
{
    size_t down_cnt = (size_t)world_stat(w)->down_cnt;
    lq_test_node_script(w->node, "m", NULL);
    world_call(w, "m");
    world_batch(w, 2);
    world_pump(w);
    (void)lq_test_node_send(w->node, text, sz);
    world_pump(w);
    assert_told(w, "down BROKEN BROKEN BROKEN");
    assert_int_equal(world_stat(w)->down_cnt, down_cnt + 1);
    assert_false(lq_endpoint_is_up(w->e));
    lq_rpc_item_t item = {"m", "[]", 2};
    lq_rpc_call_t call = {&item, 1, SEC_NS, world_answer, w};
    assert_err(lq_endpoint_call(w->e, &w->id, &call), LQ_ERR_CLOSED);
    world_pass(w, w->config.backoff_max_ns);
    assert_told(w, "up");
    lq_test_node_script(w->node, "m", "8");
    world_call(w, "m");
    world_pump(w);
    assert_told(w, "8");
}

static void ends_a_stream_that_is_no_json(void **state)
{
    world_t *w = *state;
    static const char *const texts[] = {"<html>502</html>", "{\"id\":}", "}", "{\"a\":\"\xff\"}",
                                        "{\"id\":1,\"result\":1,}"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(texts); i++) {
        ends_by(w, texts[i], strlen(texts[i]));
        assert_int_equal(world_stat(w)->garbage_cnt, i + 1);
    }
}

static void ends_a_stream_that_is_too_deep_or_too_long(void **state)
{
    world_t *w = *state;
    char *deep = malloc(100000);
    assert_non_null(deep);
    memset(deep, '[', 100000);
    ends_by(w, deep, 100000);
    free(deep);
    assert_int_equal(world_stat(w)->too_long_cnt, 1);

    w->config.in_max = 1000;
    world_endpoint(w);
    world_pump(w);
    assert_told(w, "up");
    char text[1002];
    memset(text, ' ', sizeof(text));
    text[0] = '[';
    text[sizeof(text) - 1] = ']';
    ends_by(w, text, sizeof(text));
    assert_int_equal(world_stat(w)->too_long_cnt, 1);
    assert_int_equal(world_stat(w)->garbage_cnt, 0);
}

static void breaks_what_is_cut_at_any_byte(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "m", NULL);
    for (size_t cut = 0;; cut++) {
        char text[128];
        world_call(w, "m");
        world_pump(w);
        size_t sz = (size_t)snprintf(text, sizeof(text), "{\"id\":%" PRIu64 ",\"result\":1}",
                                     w->id.id << 7);
        if (cut == sz)
            break;
        (void)lq_test_node_send(w->node, text, cut);
        world_pump(w);
        assert_told(w, "");
        lq_test_node_cut(w->node);
        world_pump(w);
        assert_told(w, "down BROKEN");
        world_pass(w, w->config.backoff_max_ns);
        assert_told(w, "up");
    }
}

static void takes_an_answer_byte_by_byte(void **state)
{
    world_t *w = *state;
    char text[128];
    lq_test_node_script(w->node, "m", NULL);
    world_call(w, "m");
    world_pump(w);
    size_t sz =
        (size_t)snprintf(text, sizeof(text), "{\"id\":%" PRIu64 ",\"result\":17}", w->id.id << 7);
    for (size_t i = 0; i < sz; i++) {
        assert_told(w, "");
        (void)lq_test_node_send(w->node, text + i, 1);
        lq_loop_turn(w->loop, 0);
    }
    assert_told(w, "17");
}

static void runs_out_of_time(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "m", NULL);
    world_batch(w, 2);
    world_pass(w, SEC_NS - 1);
    assert_told(w, "");
    world_pass(w, 1);
    assert_told(w, "TIMEOUT TIMEOUT");
    assert_int_equal(world_stat(w)->timeout_cnt, 1);
    assert_int_equal(world_stat(w)->class_cnt[LQ_RPC_TIMEOUT], 2);
    assert_int_equal(w->answer.latency_ns, SEC_NS);
    assert_null(w->answer.doc);
    lq_test_node_result(w->node, w->id.id << 7, "1");
    world_pump(w);
    assert_told(w, "");
    assert_int_equal(world_stat(w)->wrong_id_cnt, 1);
    assert_true(lq_endpoint_is_up(w->e));
}

static void cancel_it(world_t *w)
{
    lq_endpoint_cancel(w->e, w->id);
}

static void cancels_at_every_stage(void **state)
{
    world_t *w = *state;
    /* before the answer */
    lq_test_node_script(w->node, "m", "1");
    world_call(w, "m");
    cancel_it(w);
    assert_int_equal(lq_endpoint_call_cnt(w->e), 0);
    world_pump(w);
    assert_told(w, "");
    assert_int_equal(world_stat(w)->wrong_id_cnt, 1);
    /* in the callback of another, both answered in one read */
    world_call(w, "m");
    world_call(w, "m");
    w->then = cancel_it;
    world_pump(w);
    assert_told(w, "1");
    /* in its own, where it has ended */
    world_call(w, "m");
    w->then = cancel_it;
    world_pump(w);
    assert_told(w, "1");
    /* after, when its place is taken by another */
    lq_rpc_id_t old = w->id;
    lq_test_node_script(w->node, "m", NULL);
    for (size_t i = 0; i < 8; i++)
        world_call(w, "m");
    lq_endpoint_cancel(w->e, old);
    lq_endpoint_cancel(w->e, (lq_rpc_id_t){0});
    lq_endpoint_cancel(w->e, (lq_rpc_id_t){UINT64_MAX});
    assert_int_equal(lq_endpoint_call_cnt(w->e), 8);
    /* while all break */
    w->then = cancel_it;
    lq_test_node_cut(w->node);
    world_pump(w);
    assert_told(w, "down BROKEN BROKEN BROKEN BROKEN BROKEN BROKEN BROKEN");
    assert_int_equal(lq_endpoint_call_cnt(w->e), 0);
}

static void cancel_when_timed_out(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "m", NULL);
    world_call(w, "m");
    world_call(w, "m");
    w->then = cancel_it;
    world_pass(w, SEC_NS);
    assert_told(w, "TIMEOUT");
}

static void call_again(world_t *w)
{
    world_call(w, "m");
}

static void calls_from_a_callback(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "m", "1");
    w->config.call_max = 1;
    world_endpoint(w);
    world_pump(w);
    world_call(w, "m");
    w->then = call_again; /* takes the only place, which must be free by now */
    world_pump(w);
    assert_told(w, "up 1 1");
}

static void reconnect(world_t *w)
{
    lq_endpoint_reconnect(w->e);
    assert_false(lq_endpoint_is_up(w->e));
}

static void reconnects_when_told(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "m", "1");
    lq_test_node_script(w->node, "silent", NULL);
    world_call(w, "silent");
    reconnect(w);
    reconnect(w);
    assert_told(w, "");
    world_pump(w);
    assert_told(w, "down BROKEN up");
    /* from within a callback, with another answer in the same read */
    world_call(w, "m");
    world_call(w, "m");
    w->then = reconnect;
    world_pump(w);
    assert_told(w, "1 down BROKEN up");
    assert_int_equal(world_stat(w)->connect_cnt, 3);
    /* while it waits to try again: at once */
    lq_test_node_cut(w->node);
    world_pump(w);
    assert_told(w, "down");
    lq_endpoint_reconnect(w->e);
    world_pump(w);
    assert_told(w, "up");
    /* from within the news of its end */
    lq_test_node_cut(w->node);
    w->then = reconnect;
    world_pump(w);
    assert_told(w, "down up");
}

static void backs_off_and_starts_again(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "m", "1");
    world_call(w, "m");
    world_pump(w);
    assert_told(w, "1");
    lq_test_node_listen(w->node, false);
    lq_test_node_cut(w->node);
    world_pump(w);
    assert_told(w, "down");
    uint64_t whole = w->config.backoff_min_ns;
    for (size_t i = 0; i < 12; i++) {
        uint64_t down_cnt = world_stat(w)->down_cnt;
        world_pass(w, whole / 2 - 1);
        assert_int_equal(world_stat(w)->down_cnt, down_cnt); /* not before the half */
        world_pass(w, whole - (whole / 2 - 1));
        assert_int_equal(world_stat(w)->down_cnt, down_cnt + 1); /* by the whole */
        whole = 2 * whole < w->config.backoff_max_ns ? 2 * whole : w->config.backoff_max_ns;
    }
    lq_test_node_listen(w->node, true);
    world_pass(w, whole);
    assert_told(w, "up");
    /* up, but good for nothing: it goes on where it was */
    lq_test_node_cut(w->node);
    world_pump(w);
    assert_told(w, "down");
    world_pass(w, whole / 2 - 1);
    assert_told(w, "");
    world_pass(w, whole);
    assert_told(w, "up");
    /* it has answered: from the beginning */
    world_call(w, "m");
    world_pump(w);
    lq_test_node_cut(w->node);
    world_pump(w);
    world_pass(w, w->config.backoff_min_ns);
    assert_told(w, "1 down up");
}

static void refuses_what_does_not_fit(void **state)
{
    world_t *w = *state;
    size_t sz = w->config.out_max;
    char *params = malloc(sz);
    assert_non_null(params);
    memset(params, ' ', sz);
    params[0] = '[';
    params[sz - 1] = ']';
    lq_rpc_item_t item = {"m", params, sz};
    lq_rpc_call_t call = {&item, 1, SEC_NS, world_answer, w};
    w->id.id = 77;
    assert_err(lq_endpoint_call(w->e, &w->id, &call), LQ_ERR_FULL);
    assert_int_equal(w->id.id, 77);
    assert_int_equal(lq_endpoint_call_cnt(w->e), 0);
    free(params);
    world_pass(w, 2 * SEC_NS);
    assert_told(w, "");
}

static void refuses_while_the_node_reads_nothing(void **state)
{
    world_t *w = *state;
    enum {
        SZ = 60000
    };
    char *params = malloc(SZ);
    assert_non_null(params);
    memset(params, ' ', SZ);
    params[0] = '[';
    params[SZ - 1] = ']';
    lq_test_node_script(w->node, "m", "1");
    lq_rpc_item_t item = {"m", params, SZ};
    lq_rpc_call_t call = {&item, 1, SEC_NS, world_answer, w};
    w->config.call_max = 64;
    world_endpoint(w);
    world_pump(w);
    size_t cnt = 0;
    while (lq_endpoint_call(w->e, &w->id, &call) == LQ_OK)
        cnt++;
    assert_true(cnt > 1 && cnt < 64);
    assert_err(lq_endpoint_call(w->e, &w->id, &call), LQ_ERR_FULL);
    for (size_t i = 0; i < 100 && w->answer_cnt < cnt; i++)
        world_pump(w);
    assert_int_equal(w->answer_cnt, cnt);
    assert_int_equal(world_stat(w)->class_cnt[LQ_RPC_OK], cnt);
    free(params);
}

static void leaves_a_node_that_is_silent(void **state)
{
    world_t *w = *state;
    w->config.silence_ns = 5 * SEC_NS;
    world_endpoint(w);
    lq_test_node_script(w->node, "m", NULL);
    world_pump(w);
    world_call(w, "m");
    world_pass(w, SEC_NS);
    assert_told(w, "up TIMEOUT");
    world_call(w, "m");
    world_pass(w, 4 * SEC_NS);
    assert_told(w, "TIMEOUT down");
    world_pass(w, w->config.backoff_min_ns);
    assert_told(w, "up");
}

static void refuses_an_arena_that_is_too_small(void **state)
{
    world_t *w = *state;
    lq_err_t err = LQ_ERR_NOMEM;
    for (size_t sz = 64; err; sz *= 2) {
        lq_arena_t arena;
        lq_endpoint_t *e = NULL;
        assert_true(sz < (size_t)64 << 20);
        assert_ok(lq_arena_init(&arena, sz));
        err = lq_endpoint_new(&e, &arena, w->loop, &w->log, &w->rng, &w->config, NULL, NULL);
        if (err) {
            assert_err(err, LQ_ERR_NOMEM);
            assert_null(e);
            assert_int_equal(lq_arena_used_sz(&arena), 0);
        }
        lq_endpoint_free(e);
        lq_arena_fini(&arena);
    }
}

static void frees_with_all_under_way(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "m", NULL);
    lq_test_node_script(w->node, "eth_subscribe", NULL);
    world_call(w, "m");
    world_subscribe(w);
    world_pump(w);
    lq_endpoint_free(w->e);
    w->e = NULL;
    lq_endpoint_free(NULL);
    world_pass(w, 100 * SEC_NS);
    assert_told(w, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(calls_and_answers),
        world_test(classes_a_refusal_by_its_method),
        world_test(cuts_a_long_message),
        world_test(answers_in_any_order),
        world_test(never_uses_a_number_twice),
        world_test(takes_a_batch_in_any_order),
        world_test(breaks_items_that_are_missing_or_doubled),
        world_test(takes_one_refusal_for_a_whole_batch),
        world_test(takes_a_long_refusal_for_a_large_batch),
        world_test(drops_wrong_ids_and_doubles),
        world_test(drops_texts_that_are_no_answer),
        world_test(ends_a_call_whose_answer_is_broken),
        world_test(ends_a_stream_that_is_no_json),
        world_test(ends_a_stream_that_is_too_deep_or_too_long),
        world_test(breaks_what_is_cut_at_any_byte),
        world_test(takes_an_answer_byte_by_byte),
        world_test(runs_out_of_time),
        world_test(cancels_at_every_stage),
        world_test(cancel_when_timed_out),
        world_test(calls_from_a_callback),
        world_test(reconnects_when_told),
        world_test(backs_off_and_starts_again),
        world_test(refuses_what_does_not_fit),
        world_test(refuses_while_the_node_reads_nothing),
        world_test(leaves_a_node_that_is_silent),
        world_test(refuses_an_arena_that_is_too_small),
        world_test(frees_with_all_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
