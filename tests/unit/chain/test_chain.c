/* The shell of chain.h between a pool and a tracker that are the test's own: what it asks, what it
   tells, and when. With real ones it is shown by tests/chain/soak.mjs. */

#include "chain_rig.h"

static void subscribes_and_polls_everywhere_at_the_start(void **state)
{
    world_t *w = *state;
    assert_string_equal(w->pool.subs[HEADS].params, "[\"newHeads\"]");
    assert_string_equal(w->pool.subs[LOGS].params, "[\"logs\",{" FILTER_TEXT "}]");
    assert_int_equal(the_tracker.config.endpoint_cnt, NODE_CNT);
    assert_int_equal(the_tracker.from_blk, 9);
    assert_int_equal(w->pool.call_cnt, 0);
    pass(w, 0);
    assert_int_equal(w->pool.call_cnt, NODE_CNT);
    for (uint32_t i = 0; i < NODE_CNT; i++) {
        const made_call_t *made = &w->pool.calls[i];
        assert_true(made->call.pinned);
        assert_int_equal(made->call.endpoint, i);
        assert_string_equal(made->methods[0], "eth_getBlockByNumber");
        assert_string_equal(made->params[0], "[\"latest\",false]");
    }
    assert_int_equal(lq_chain_stat(w->chain).poll_cnt, NODE_CNT);
    the_tracker.stat.reorg_cnt = 7;
    assert_int_equal(lq_chain_stat(w->chain).tracker.reorg_cnt, 7);
}

static void tells_heads_and_logs(void **state)
{
    world_t *w = *state;
    notify(w, HEADS, 1, header_text(20, 5));
    assert_string_equal(told(), "1 on; 1 head 20 05; ");
    assert_int_equal(w->pool.heads[1], 20);
    notify(w, LOGS, 2, log_text(20, 3, 2, true));
    assert_string_equal(told(), "2 log 20.3; ");
    notify(w, HEADS, 1, header_text(21, 6));
    assert_string_equal(told(), "1 head 21 06; ");
}

static void hands_events_on(void **state)
{
    world_t *w = *state;
    lq_event_t event = {.kind = LQ_EVENT_BROKEN};
    the_tracker.sink.event(the_tracker.sink.ctx, &event);
    assert_int_equal(w->event_cnt, 1);
}

static void counts_what_does_not_decode(void **state)
{
    world_t *w = *state;
    notify(w, HEADS, 1, "{\"number\":\"0x5\"}");
    notify(w, HEADS, 1, "17");
    notify(w, LOGS, 0, "{}");
    notify(w, LOGS, 0, log_text(20, 3, DATA_MAX + 1, true));
    assert_string_equal(told(), "");
    assert_int_equal(lq_chain_stat(w->chain).garbage_cnt, 3);
    assert_int_equal(lq_chain_stat(w->chain).overflow_cnt, 1); /* the node did nothing wrong */
    assert_int_equal(w->pool.faults[1], 2);
    assert_int_equal(w->pool.faults[0], 1);
    assert_int_equal(w->line_cnt, 4);
}

static void polls_where_there_is_no_subscription(void **state)
{
    world_t *w = *state;
    end_polls(w);
    pass(w, POLL_NS - 1);
    assert_int_equal(w->pool.call_cnt, NODE_CNT);
    pass(w, 1);
    assert_int_equal(w->pool.call_cnt, 2 * NODE_CNT);
    pass(w, 10 * POLL_NS); /* one at a time */
    assert_int_equal(w->pool.call_cnt, 2 * NODE_CNT);
    answer(w, &w->pool.calls[NODE_CNT], 0, text_of("[%s]", header_text(30, 9)));
    assert_string_equal(told(), "0 head 30 09; ");
    assert_int_equal(w->pool.heads[0], 30);
    assert_int_equal(lq_chain_stat(w->chain).missed_head_cnt, 0);
}

static void polls_at_once_when_a_subscription_comes(void **state)
{
    world_t *w = *state;
    end_polls(w);
    signal_sub(w, HEADS, 2, LQ_SUB_ON);
    pass(w, 0);
    assert_int_equal(w->pool.call_cnt, NODE_CNT + 1);
    assert_int_equal(last_call(w)->call.endpoint, 2);
}

static void cross_checks_a_subscription_that_is_silent(void **state)
{
    world_t *w = *state;
    end_polls(w);
    w->pool.down[0] = w->pool.down[1] = true;
    signal_sub(w, HEADS, 2, LQ_SUB_ON);
    notify(w, HEADS, 2, header_text(30, 9));
    (void)told();
    pass(w, 2 * BLOCK_NS - 1);
    assert_int_equal(w->pool.call_cnt, NODE_CNT);
    assert_string_equal(told(), "0 off; 1 off; ");
    pass(w, 1);
    assert_int_equal(w->pool.call_cnt, NODE_CNT + 1);
    answer(w, last_call(w), 2, text_of("[%s]", header_text(30, 9)));
    assert_int_equal(lq_chain_stat(w->chain).missed_head_cnt, 0);
    (void)told();
    pass(w, 2 * BLOCK_NS);
    unsigned line_cnt = w->line_cnt;
    answer(w, last_call(w), 2, text_of("[%s]", header_text(31, 10)));
    assert_string_equal(told(), "2 head 31 0a; ");
    assert_int_equal(lq_chain_stat(w->chain).missed_head_cnt, 1);
    assert_int_equal(w->line_cnt, line_cnt + 1);
    signal_sub(w, HEADS, 2, LQ_SUB_ON); /* what came before it is for the poll to tell */
    pass(w, 0);
    answer(w, last_call(w), 2, text_of("[%s]", header_text(33, 12)));
    assert_int_equal(lq_chain_stat(w->chain).missed_head_cnt, 1);
    assert_int_equal(w->line_cnt, line_cnt + 1);
}

static void a_lost_or_refused_subscription_is_polled_for(void **state)
{
    world_t *w = *state;
    end_polls(w);
    signal_sub(w, HEADS, 1, LQ_SUB_ON);
    notify(w, HEADS, 1, header_text(30, 9));
    (void)told();
    signal_sub(w, HEADS, 1, LQ_SUB_OFF);
    assert_string_equal(told(), "1 off; ");
    signal_sub(w, HEADS, 2, LQ_SUB_ON);
    notify(w, HEADS, 2, header_text(30, 9));
    signal_sub(w, HEADS, 2, LQ_SUB_REFUSED);
    (void)told();
    signal_sub(w, LOGS, 2, LQ_SUB_REFUSED);
    assert_string_equal(told(), "");
    assert_int_equal(w->line_cnt, 3); /* the loss and the refusals */
    pass(w, 0);                       /* at once: two block times can be long */
    assert_int_equal(w->pool.call_cnt, NODE_CNT + 2);
    assert_int_equal(w->pool.calls[NODE_CNT].call.endpoint, 1);
    assert_int_equal(w->pool.calls[NODE_CNT + 1].call.endpoint, 2);
}

/* What a poll answers that was made before the subscription may be of before it, too. */
static void polls_again_for_a_subscription_that_comes_during_a_poll(void **state)
{
    world_t *w = *state;
    pass(w, 0);
    signal_sub(w, HEADS, 0, LQ_SUB_ON);
    end_polls(w);
    pass(w, 0);
    assert_int_equal(w->pool.call_cnt, NODE_CNT + 1);
    assert_int_equal(last_call(w)->call.endpoint, 0);
}

/* On a chain whose blocks come faster than one wants to poll. */
static void cross_checks_no_more_often_than_it_polls(void **state)
{
    (void)state;
    world_t *w = make_world();
    lq_chain_config_t fast = config;
    fast.block_ns = POLL_NS / 8;
    assert_ok(make_chain(w, &fast));
    end_polls(w);
    w->pool.down[0] = w->pool.down[1] = true;
    signal_sub(w, HEADS, 2, LQ_SUB_ON);
    notify(w, HEADS, 2, header_text(30, 9));
    pass(w, POLL_NS - 1);
    assert_int_equal(w->pool.call_cnt, NODE_CNT);
    pass(w, 1);
    assert_int_equal(w->pool.call_cnt, NODE_CNT + 1);
    void *done = w;
    teardown(&done);
}

static void a_failed_poll_is_a_node_that_is_not_there(void **state)
{
    world_t *w = *state;
    end_polls(w);
    signal_sub(w, HEADS, 1, LQ_SUB_ON);
    pass(w, POLL_NS);
    assert_int_equal(w->pool.call_cnt, 2 * NODE_CNT);
    refuse(w, &w->pool.calls[NODE_CNT], LQ_RPC_RATE);
    assert_string_equal(told(), "0 off; ");
    refuse(w, &w->pool.calls[NODE_CNT + 1], LQ_RPC_RATE); /* its subscription still speaks */
    assert_string_equal(told(), "");
    refuse(w, &w->pool.calls[NODE_CNT + 2], LQ_RPC_TIMEOUT);
    assert_string_equal(told(), "2 off; ");
    pass(w, POLL_NS);
    answer(w, &w->pool.calls[(size_t)2 * NODE_CNT], 0, text_of("[%s]", header_text(30, 9)));
    assert_string_equal(told(), "0 on; 0 head 30 09; ");
    answer(w, &w->pool.calls[(size_t)2 * NODE_CNT + 1], 2, "[null]"); /* without a latest block */
    assert_int_equal(lq_chain_stat(w->chain).garbage_cnt, 1);
}

/* Such a node is probed by the pool, once in ten minutes; that polls go on would make it worse. */
static void polls_no_node_without_quota_while_there_are_others(void **state)
{
    world_t *w = *state;
    end_polls(w);
    w->pool.health[0] = w->pool.health[1] = LQ_NODE_HEALTH_QUOTA;
    signal_sub(w, HEADS, 1, LQ_SUB_ON);
    pass(w, POLL_NS);
    assert_string_equal(told(), "0 off; "); /* the other is subscribed to */
    assert_int_equal(w->pool.call_cnt, NODE_CNT + 1);
    assert_int_equal(last_call(w)->call.endpoint, 2);
    refuse(w, last_call(w), LQ_RPC_TIMEOUT);
    signal_sub(w, HEADS, 1, LQ_SUB_OFF);
    assert_string_equal(told(), "2 off; 1 off; ");
    pass(w, POLL_NS); /* the last resort */
    assert_int_equal(w->pool.call_cnt, 2 * NODE_CNT + 1);
}

/* The tracker takes who shows a head for connected. */
static void who_answers_with_its_head_is_there_and_can_be_lost_again(void **state)
{
    world_t *w = *state;
    end_polls(w);
    pass(w, POLL_NS);
    refuse(w, &w->pool.calls[NODE_CNT], LQ_RPC_TIMEOUT);
    assert_string_equal(told(), "0 off; ");
    want((lq_want_t){.id = 3, .kind = LQ_WANT_HEAD, .endpoint = 0});
    answer(w, last_call(w), 0, text_of("[%s]", header_text(30, 9)));
    assert_string_equal(told(), "0 on; 0 answers 3: 30; ");
    pass(w, POLL_NS);
    refuse(w, last_call(w), LQ_RPC_TIMEOUT);
    assert_string_equal(told(), "0 off; ");
}

/* What has no subscription and whose polls tell nothing is not to stand for its last head. */
static void a_poll_that_does_not_decode_is_a_node_that_is_not_there(void **state)
{
    world_t *w = *state;
    end_polls(w);
    signal_sub(w, HEADS, 1, LQ_SUB_ON);
    pass(w, POLL_NS);
    answer(w, &w->pool.calls[NODE_CNT], 0, "[null]");
    assert_string_equal(told(), "0 off; ");
    answer(w, &w->pool.calls[NODE_CNT + 1], 1, "[null]"); /* its subscription may still speak */
    assert_string_equal(told(), "");
    assert_int_equal(lq_chain_stat(w->chain).garbage_cnt, 2);
}

/* As of an endpoint that is subscribed to and not read from, or that asked us to wait. */
static void a_cross_check_that_cannot_be_made_says_nothing(void **state)
{
    world_t *w = *state;
    end_polls(w);
    signal_sub(w, HEADS, 1, LQ_SUB_ON);
    pass(w, POLL_NS);
    refuse(w, &w->pool.calls[NODE_CNT + 1], LQ_RPC_UNSENT);
    assert_string_equal(told(), "");
    refuse(w, &w->pool.calls[NODE_CNT], LQ_RPC_UNSENT);
    assert_string_equal(told(), "0 off; ");
}

static void a_head_that_comes_during_a_poll_outweighs_its_failure(void **state)
{
    world_t *w = *state;
    end_polls(w);
    signal_sub(w, HEADS, 1, LQ_SUB_ON);
    pass(w, POLL_NS);
    notify(w, HEADS, 1, header_text(30, 9));
    assert_string_equal(told(), "1 head 30 09; ");
    refuse(w, &w->pool.calls[NODE_CNT + 1], LQ_RPC_TIMEOUT);
    assert_string_equal(told(), "");
    pass(w, 2 * BLOCK_NS);
    refuse(w, last_call(w), LQ_RPC_TIMEOUT);
    assert_string_equal(told(), "1 off; ");
}

/* The tracker has no log of its own. */
static void says_what_the_tracker_counts(void **state)
{
    world_t *w = *state;
    lq_tracker_stat_t *stat = &the_tracker.stat;
    uint64_t *const counts[] = {
        &stat->reorg_cnt,  &stat->broken_cnt,  &stat->contradiction_cnt, &stat->believed_cnt,
        &stat->redone_cnt, &stat->dropped_cnt, &stat->unwatched_cnt,
    };
    end_polls(w);
    for (size_t i = 0; i < LQ_ARRAY_CNT(counts); i++) {
        unsigned line_cnt = w->line_cnt;
        *counts[i] += 3;
        notify(w, LOGS, 1, log_text(20, 3, 2, true)); /* costs a log nothing */
        assert_int_equal(w->line_cnt, line_cnt);
        notify(w, HEADS, 1, header_text(20, 5));
        assert_int_equal(w->line_cnt, line_cnt + 1);
        notify(w, HEADS, 1, header_text(20, 5));
        assert_int_equal(w->line_cnt, line_cnt + 1);
    }
}

static void wakes_the_tracker_when_it_wants(void **state)
{
    world_t *w = *state;
    end_polls(w);
    signal_sub(w, HEADS, 0, LQ_SUB_ON);
    the_tracker.next_ns = w->clock.now.mono_ns + 5;
    notify(w, HEADS, 0, header_text(20, 5));
    the_tracker.next_ns = UINT64_MAX;
    w->pool.full = true;
    lq_want_t asked = {.id = 6, .kind = LQ_WANT_LOGS, .endpoint = 1, .hash = HASH_5};
    want(asked); /* told at the first turn of the timer */
    (void)told();
    pass(w, 4);
    assert_string_equal(told(), "");
    pass(w, 1);
    assert_string_equal(told(), "6 unanswered; ");
}

static void refuses_a_config_without_sense(void **state)
{
    (void)state;
    world_t *w = make_world();
    lq_chain_config_t bad[] = {config, config, config, config, config, config};
    bad[0].block_ns = 0;
    bad[1].poll_ns = 0;
    bad[2].timeout_ns = 0;
    bad[3].block_log_max = 0;
    bad[4].block_data_max = 0;
    bad[5].tracker.window_blk = 0;
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++)
        assert_err(make_chain(w, &bad[i]), LQ_ERR_RANGE);
    bad[0] = config;
    bad[0].block_log_max = SIZE_MAX;
    assert_err(make_chain(w, &bad[0]), LQ_ERR_NOMEM);
    bad[0].block_log_max = 1 << 20;
    assert_err(make_chain(w, &bad[0]), LQ_ERR_NOMEM);
    w->pool.sub_max = 1;
    assert_err(make_chain(w, &config), LQ_ERR_FULL);
    assert_false(w->pool.subs[0].on);
    lq_chain_free(NULL);
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    free(w);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(subscribes_and_polls_everywhere_at_the_start),
        CASE(tells_heads_and_logs),
        CASE(hands_events_on),
        CASE(counts_what_does_not_decode),
        CASE(polls_where_there_is_no_subscription),
        CASE(polls_at_once_when_a_subscription_comes),
        CASE(cross_checks_a_subscription_that_is_silent),
        CASE(a_lost_or_refused_subscription_is_polled_for),
        CASE(polls_again_for_a_subscription_that_comes_during_a_poll),
        cmocka_unit_test(cross_checks_no_more_often_than_it_polls),
        CASE(a_failed_poll_is_a_node_that_is_not_there),
        CASE(polls_no_node_without_quota_while_there_are_others),
        CASE(who_answers_with_its_head_is_there_and_can_be_lost_again),
        CASE(a_poll_that_does_not_decode_is_a_node_that_is_not_there),
        CASE(a_cross_check_that_cannot_be_made_says_nothing),
        CASE(a_head_that_comes_during_a_poll_outweighs_its_failure),
        CASE(says_what_the_tracker_counts),
        CASE(wakes_the_tracker_when_it_wants),
        cmocka_unit_test(refuses_a_config_without_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
