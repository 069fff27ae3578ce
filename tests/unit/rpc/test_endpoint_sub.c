#include "liqd/rpc/endpoint.h"

#include "endpoint_world.h"

#include <inttypes.h>
#include <malloc.h>

/* Subscriptions: what is told, in which order, whatever the node and the connection do. */

static void subscribes_and_delivers(void **state)
{
    world_t *w = *state;
    world_subscribe(w);
    assert_true(w->sub != 0);
    assert_told(w, ""); /* never from within */
    world_pump(w);
    assert_told(w, "ON");
    assert_string_equal(lq_test_node_params(w->node, "eth_subscribe"), "[\"logs\",{}]");
    lq_test_node_notify(w->node, "0x1", "\"a\"");
    lq_test_node_notify(w->node, "0x1", "\"b\"");
    world_pump(w);
    assert_told(w, "a b");
    assert_int_equal(world_stat(w)->notify_cnt, 2);
    assert_int_equal(world_stat(w)->stray_cnt, 0);
    assert_int_equal(lq_endpoint_call_cnt(w->e), 0);
}

static void what_is_rehearsed_is_told_to_nobody(void **state)
{
    static const char text[] = "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":"
                               "{\"subscription\":\"0x1\",\"result\":\"a\"}}";
    world_t *w = *state;
    world_subscribe(w);
    world_pump(w);
    assert_told(w, "ON");
    lq_endpoint_stat_t before = *world_stat(w);
    lq_endpoint_rehearse(w->e, text, sizeof(text) - 1);
    world_pump(w);
    assert_told(w, "");
    assert_memory_equal(&before, world_stat(w), sizeof(before));
    lq_test_node_notify(w->node, "0x1", "\"b\"");
    world_pump(w);
    assert_told(w, "b");
}

static void subscribes_before_it_is_up(void **state)
{
    world_t *w = *state;
    world_endpoint(w);
    world_subscribe(w);
    world_subscribe(w);
    assert_int_equal(lq_test_node_request_cnt(w->node, "eth_subscribe"), 0);
    world_pump(w);
    assert_told(w, "up ON ON");
    lq_test_node_notify(w->node, "0x2", "\"b\"");
    lq_test_node_notify(w->node, "0x1", "\"a\"");
    world_pump(w);
    assert_told(w, "b a");
}

static void bounds_parameters(void **state)
{
    world_t *w = *state;
    static const struct {
        size_t out_max;
        size_t params_max;
    } cases[] = {{1000, 1000 - 128}, {(size_t)1 << 20, LQ_RPC_SUB_PARAMS_MAX}};
    char *params = malloc(LQ_RPC_SUB_PARAMS_MAX + 1);
    assert_non_null(params);
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        size_t max = cases[i].params_max;
        uint32_t sub = 5;
        w->config.out_max = cases[i].out_max;
        world_endpoint(w);
        world_pump(w);
        memset(params, ' ', max + 1);
        params[0] = '[';
        params[max - 1] = ']';
        assert_err(lq_endpoint_subscribe(w->e, &sub, params, max + 1, world_event, w),
                   LQ_ERR_TOO_LONG);
        assert_int_equal(sub, 5);
        assert_ok(lq_endpoint_subscribe(w->e, &sub, params, max, world_event, w));
        world_pump(w);
        assert_told(w, "up ON");
    }
    free(params);
}

static void keeps_its_bounds(void **state)
{
    world_t *w = *state;
    uint32_t sub = 5;
    uint32_t subs[4];
    for (size_t i = 0; i < 4; i++) {
        world_subscribe(w);
        subs[i] = w->sub;
    }
    assert_err(lq_endpoint_subscribe(w->e, &sub, "[]", 2, world_event, w), LQ_ERR_FULL);
    assert_int_equal(sub, 5);
    world_pump(w);
    assert_told(w, "ON ON ON ON");
    lq_endpoint_unsubscribe(w->e, subs[2]);
    world_subscribe(w);
    for (size_t i = 0; i < 4; i++)
        assert_int_not_equal(w->sub, subs[i]);
    lq_endpoint_unsubscribe(w->e, subs[2]); /* its place is another's now */
    world_pump(w);
    assert_told(w, "ON");
    assert_int_equal(lq_test_node_request_cnt(w->node, "eth_unsubscribe"), 1);
    assert_string_equal(lq_test_node_params(w->node, "eth_unsubscribe"), "[\"0x3\"]");
}

/* Notifies before it answers, of the subscription and of another that is asked for as well. */
static bool notify_first(void *ctx, lq_test_node_t *node, const lq_test_request_t *r)
{
    const char *const *ids = ctx;
    if (strcmp(r->method, "eth_subscribe") != 0)
        return false;
    lq_test_node_notify(node, ids[0], "\"1\"");
    lq_test_node_notify(node, ids[1], "\"x\"");
    lq_test_node_notify(node, ids[0], "\"2\"");
    char json[16];
    (void)snprintf(json, sizeof(json), "\"%s\"", ids[0]);
    lq_test_node_result(node, r->id, json);
    lq_test_node_notify(node, ids[0], "\"3\"");
    return true;
}

static void holds_back_what_comes_before_its_id(void **state)
{
    world_t *w = *state;
    static const char *ids[] = {"0xa", "0xb"};
    lq_test_node_handle(w->node, notify_first, ids);
    world_subscribe(w);
    world_pump(w);
    assert_told(w, "ON 1 2 3");
    assert_int_equal(world_stat(w)->notify_cnt, 4);
    assert_int_equal(world_stat(w)->stray_cnt, 1); /* nobody is asked for any more */
}

static uint64_t asked[4];
static size_t asked_cnt;

static bool keep_ids(void *ctx, lq_test_node_t *node, const lq_test_request_t *r)
{
    (void)ctx, (void)node;
    if (strcmp(r->method, "eth_subscribe") != 0)
        return false;
    asked[asked_cnt++] = r->id;
    return true;
}

static void unsubscribe_it(world_t *w)
{
    lq_endpoint_unsubscribe(w->e, w->sub);
}

static void holds_back_for_several(void **state)
{
    world_t *w = *state;
    asked_cnt = 0;
    lq_test_node_handle(w->node, keep_ids, NULL);
    world_subscribe(w);
    world_subscribe(w);
    world_subscribe(w);
    world_pump(w);
    lq_test_node_notify(w->node, "0xb", "\"b1\"");
    lq_test_node_notify(w->node, "0xa", "\"a1\"");
    lq_test_node_notify(w->node, "0xc", "\"c1\"");
    lq_test_node_notify(w->node, "0xb", "\"b2\"");
    lq_test_node_result(w->node, asked[1], "\"0xb\"");
    world_pump(w);
    assert_told(w, "ON b1 b2");
    lq_test_node_notify(w->node, "0xa", "\"a2\"");
    lq_test_node_result(w->node, asked[0], "\"0xa\"");
    world_pump(w);
    assert_told(w, "ON a1 a2");
    w->then = unsubscribe_it; /* in its ON: what was held back for it must not come */
    lq_test_node_result(w->node, asked[2], "\"0xc\"");
    world_pump(w);
    assert_told(w, "ON");
    assert_int_equal(world_stat(w)->stray_cnt, 1);
}

/* What is held is bounded; what is left of it has no gap before what comes later. */
static void holds_back_the_newest_without_a_gap(void **state)
{
    world_t *w = *state;
    enum {
        CNT = 3000
    };
    char json[512];
    asked_cnt = 0;
    lq_test_node_handle(w->node, keep_ids, NULL);
    world_subscribe(w);
    world_pump(w);
    for (unsigned i = 0; i < CNT; i++) {
        (void)snprintf(json, sizeof(json), "\"%0200u\"", i);
        lq_test_node_notify(w->node, "0xa", json);
        world_pump(w);
    }
    lq_test_node_result(w->node, asked[0], "\"0xa\"");
    world_pump(w);
    assert_true(w->data_cnt > 100 && w->data_cnt < CNT);
    const char *p = w->told;
    assert_memory_equal(p, "ON ", 3);
    for (size_t i = CNT - w->data_cnt; i < CNT; i++) {
        p = strchr(p, ' ') + 1;
        assert_int_equal(strtoul(p, NULL, 10), i);
    }
    assert_int_equal(world_stat(w)->stray_cnt, CNT - w->data_cnt);
}

static void drops_what_is_of_no_subscription(void **state)
{
    world_t *w = *state;
    lq_test_node_notify(w->node, "0x1", "\"early\"");
    world_pump(w);
    world_subscribe(w);
    world_pump(w);
    lq_test_node_notify(w->node, "0x9", "\"other\"");
    lq_test_node_notify(w->node, "0x", "\"shorter\"");
    lq_test_node_notify(w->node, "0x11", "\"longer\"");
    world_pump(w);
    assert_int_equal(w->data_cnt, 0);
    lq_endpoint_unsubscribe(w->e, w->sub);
    lq_test_node_notify(w->node, "0x1", "\"late\"");
    world_pump(w);
    assert_int_equal(w->data_cnt, 0);
    assert_int_equal(world_stat(w)->stray_cnt, 5);
    assert_int_equal(lq_test_node_request_cnt(w->node, "eth_unsubscribe"), 1);
}

static void unsubscribes_at_every_stage(void **state)
{
    world_t *w = *state;
    /* asked for: ended when the answer comes */
    world_subscribe(w);
    lq_endpoint_unsubscribe(w->e, w->sub);
    lq_endpoint_unsubscribe(w->e, w->sub);
    world_pump(w);
    assert_told(w, "");
    assert_string_equal(lq_test_node_params(w->node, "eth_unsubscribe"), "[\"0x1\"]");
    /* in its own ON, DATA and OFF */
    world_subscribe(w);
    w->then = unsubscribe_it;
    world_pump(w);
    assert_told(w, "ON");
    assert_string_equal(lq_test_node_params(w->node, "eth_unsubscribe"), "[\"0x2\"]");
    world_subscribe(w);
    world_pump(w);
    w->then = unsubscribe_it;
    lq_test_node_notify(w->node, "0x3", "\"a\"");
    lq_test_node_notify(w->node, "0x3", "\"b\"");
    world_pump(w);
    assert_told(w, "ON a");
    world_subscribe(w);
    world_pump(w);
    assert_told(w, "ON");
    lq_endpoint_reconnect(w->e);
    w->then = NULL;
    lq_loop_turn(w->loop, 0);
    assert_told(w, "down OFF");
    unsubscribe_it(w);
    world_pump(w);
    assert_told(w, "up");
    assert_int_equal(lq_test_node_request_cnt(w->node, "eth_subscribe"), 4);
}

static void comes_back_with_the_connection(void **state)
{
    world_t *w = *state;
    size_t cnt = lq_test_cnt(100, 1000);
    uint64_t sent = 0;
    world_subscribe(w);
    world_pump(w);
    assert_told(w, "ON");
    size_t used_sz = lq_arena_used_sz(&w->arena);
    size_t heap_sz = mallinfo2().uordblks;
    for (size_t i = 0; i < cnt; i++) {
        char want[256];
        size_t at = (size_t)snprintf(want, sizeof(want), "%s", "");
        size_t burst = lq_rng_below(&w->rng, 5);
        for (size_t k = 0; k < burst; k++) {
            char json[32];
            (void)snprintf(json, sizeof(json), "\"%" PRIu64 "\"", sent);
            lq_test_node_notify(w->node, lq_test_node_sub(w->node), json);
            at += (size_t)snprintf(want + at, sizeof(want) - at, "%" PRIu64 " ", sent++);
        }
        /* the last of them may not be whole */
        if (lq_rng_below(&w->rng, 2))
            world_send(w, "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscr");
        lq_test_node_cut(w->node);
        world_pump(w);
        (void)snprintf(want + at, sizeof(want) - at, "down OFF");
        assert_told(w, want);
        world_pass(w, w->config.backoff_max_ns);
        assert_told(w, "up ON");
    }
    assert_int_equal(w->data_cnt, sent);
    assert_int_equal(lq_test_node_request_cnt(w->node, "eth_subscribe"), cnt + 1);
    assert_int_equal(lq_arena_used_sz(&w->arena), used_sz);
    assert_true(mallinfo2().uordblks <= heap_sz + 1024); /* the test's own node keeps a little */
    assert_int_equal(world_stat(w)->down_cnt, cnt);
}

static void forgets_ids_of_the_old_connection(void **state)
{
    world_t *w = *state;
    world_subscribe(w);
    world_pump(w);
    lq_test_node_cut(w->node);
    world_pump(w);
    world_pass(w, w->config.backoff_max_ns);
    assert_told(w, "ON down OFF up ON");
    lq_test_node_notify(w->node, "0x1", "\"old\"");
    lq_test_node_notify(w->node, "0x2", "\"new\"");
    world_pump(w);
    assert_told(w, "new");
    assert_int_equal(world_stat(w)->stray_cnt, 1);
}

/* A node that was started again counts its ids from the beginning. */
static void takes_the_same_id_again(void **state)
{
    world_t *w = *state;
    asked_cnt = 0;
    lq_test_node_handle(w->node, keep_ids, NULL);
    world_subscribe(w);
    world_pump(w);
    lq_test_node_notify(w->node, "0x1", "\"old\"");
    world_pump(w);
    lq_test_node_cut(w->node);
    world_pump(w);
    world_pass(w, w->config.backoff_max_ns);
    lq_test_node_result(w->node, asked[1], "\"0x1\"");
    world_pump(w);
    assert_told(w, "down up ON");
    assert_int_equal(world_stat(w)->stray_cnt, 1);
    lq_test_node_cut(w->node);
    world_pump(w);
    world_pass(w, w->config.backoff_max_ns);
    lq_test_node_notify(w->node, "0x1", "\"a\"");
    world_pump(w);
    assert_told(w, "down OFF up");
    lq_endpoint_cancel(w->e, (lq_rpc_id_t){asked[2] >> 7}); /* not the user's: left alone */
    lq_test_node_result(w->node, asked[2], "\"0x1\"");
    world_pump(w);
    assert_told(w, "ON a");
}

static void tries_again_after_a_passing_refusal(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "eth_subscribe",
                        "!{\"code\":-32005,\"message\":\"rate limit exceeded\"}");
    world_subscribe(w);
    world_pump(w);
    uint64_t whole = w->config.backoff_min_ns;
    for (size_t i = 1; i < 6; i++) {
        assert_int_equal(lq_test_node_request_cnt(w->node, "eth_subscribe"), i);
        world_pass(w, whole / 2 - 1);
        assert_int_equal(lq_test_node_request_cnt(w->node, "eth_subscribe"), i);
        world_pass(w, whole);
        whole *= 2;
    }
    lq_test_node_script(w->node, "eth_subscribe", "\"0x5\"");
    assert_told(w, "");
    world_pass(w, whole);
    assert_told(w, "ON");
    assert_int_equal(world_stat(w)->down_cnt, 0);
    /* from the beginning, when it is lost after that */
    world_send(w, "{\"method\":\"eth_subscription\",\"params\":{\"subscription\":\"0x5\","
                  "\"error\":{\"code\":1,\"message\":\"lagging\"}}}");
    world_pump(w);
    world_pass(w, w->config.backoff_min_ns);
    assert_told(w, "OFF ON");
}

static void tells_a_lasting_refusal_once_a_connection(void **state)
{
    world_t *w = *state;
    lq_test_node_script(w->node, "eth_subscribe",
                        "!{\"code\":-32601,\"message\":\"notifications not supported\"}");
    world_subscribe(w);
    world_pass(w, 100 * SEC_NS);
    assert_told(w, "REFUSED");
    assert_int_equal(lq_test_node_request_cnt(w->node, "eth_subscribe"), 1);
    lq_test_node_cut(w->node);
    world_pump(w);
    world_pass(w, w->config.backoff_max_ns);
    assert_told(w, "down up REFUSED");
    lq_endpoint_unsubscribe(w->e, w->sub);
    lq_test_node_cut(w->node);
    world_pump(w);
    world_pass(w, w->config.backoff_max_ns);
    assert_told(w, "down up");
}

static void asks_again_when_no_answer_comes(void **state)
{
    world_t *w = *state;
    asked_cnt = 0;
    lq_test_node_handle(w->node, keep_ids, NULL);
    world_subscribe(w);
    world_pass(w, 10 * SEC_NS);
    world_pass(w, SEC_NS);
    assert_int_equal(asked_cnt, 2);
    lq_test_node_result(w->node, asked[1], "\"0xb\"");
    world_pump(w);
    assert_told(w, "ON");
    /* the first answer comes at last: that subscription is nobody's */
    lq_test_node_result(w->node, asked[0], "\"0xa\"");
    world_pump(w);
    assert_told(w, "");
    assert_string_equal(lq_test_node_params(w->node, "eth_unsubscribe"), "[\"0xa\"]");
    assert_int_equal(world_stat(w)->wrong_id_cnt, 1);
    assert_int_equal(world_stat(w)->timeout_cnt, 1);
}

static void takes_no_id_that_is_none(void **state)
{
    world_t *w = *state;
    static const char *const ids[] = {"null", "7", "\"\"", "\"\\u0061\"", "{}", "\"0x1\""};
    world_subscribe(w);
    world_pump(w);
    assert_told(w, "ON"); /* it is 0x1, which no other may be */
    for (size_t i = 0; i < LQ_ARRAY_CNT(ids); i++) {
        lq_test_node_script(w->node, "eth_subscribe", ids[i]);
        world_subscribe(w);
        world_pump(w);
        assert_told(w, "");
        assert_int_equal(world_stat(w)->garbage_cnt, i + 1);
        lq_endpoint_unsubscribe(w->e, w->sub);
    }
    assert_int_equal(lq_test_node_request_cnt(w->node, "eth_unsubscribe"), 0);
    lq_test_node_notify(w->node, "0x1", "\"a\"");
    world_pump(w);
    assert_told(w, "a");
}

static void renews_what_the_node_ends(void **state)
{
    world_t *w = *state;
    world_subscribe(w);
    world_pump(w);
    world_send(w, "{\"method\":\"eth_subscription\",\"params\":{\"subscription\":\"0x1\","
                  "\"error\":{\"code\":1,\"message\":\"lagging\"}}}");
    world_pump(w);
    assert_told(w, "ON OFF");
    world_pass(w, w->config.backoff_min_ns);
    assert_told(w, "ON");
    lq_test_node_notify(w->node, "0x2", "\"a\"");
    world_pump(w);
    assert_told(w, "a");
}

static void subscribe_one(world_t *w)
{
    world_subscribe(w);
}

static void subscribes_from_callbacks(void **state)
{
    world_t *w = *state;
    world_subscribe(w);
    w->then = subscribe_one;
    world_pump(w);
    assert_told(w, "ON ON");
    lq_test_node_cut(w->node);
    w->then = subscribe_one; /* in the news of the end */
    world_pump(w);
    assert_told(w, "down OFF OFF");
    world_pass(w, w->config.backoff_max_ns);
    assert_told(w, "up ON ON ON");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(subscribes_and_delivers),
        world_test(what_is_rehearsed_is_told_to_nobody),
        world_test(subscribes_before_it_is_up),
        world_test(bounds_parameters),
        world_test(keeps_its_bounds),
        world_test(holds_back_what_comes_before_its_id),
        world_test(holds_back_for_several),
        world_test(holds_back_the_newest_without_a_gap),
        world_test(drops_what_is_of_no_subscription),
        world_test(unsubscribes_at_every_stage),
        world_test(comes_back_with_the_connection),
        world_test(forgets_ids_of_the_old_connection),
        world_test(takes_the_same_id_again),
        world_test(tries_again_after_a_passing_refusal),
        world_test(tells_a_lasting_refusal_once_a_connection),
        world_test(asks_again_when_no_answer_comes),
        world_test(takes_no_id_that_is_none),
        world_test(renews_what_the_node_ends),
        world_test(subscribes_from_callbacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
