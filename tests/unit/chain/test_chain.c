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
    w->pool.health[0] = w->pool.health[1] = LQ_HEALTH_QUOTA;
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

static void asks_what_the_tracker_wants(void **state)
{
    static const struct {
        lq_want_kind_t kind;
        const char *method;
        const char *params;
    } cases[] = {
        {LQ_WANT_HEAD, "eth_getBlockByNumber", "[\"latest\",false]"},
        {LQ_WANT_HEADER, "eth_getBlockByHash", "[" HASH_5_TEXT ",false]"},
        {LQ_WANT_LOGS, "eth_getLogs", "[{\"blockHash\":" HASH_5_TEXT "," FILTER_TEXT "}]"},
        {LQ_WANT_RECEIPTS, "eth_getBlockReceipts", "[" HASH_5_TEXT "]"},
        {LQ_WANT_HEADERS, "eth_getBlockByNumber", "[\"0x9\",false]"},
        {LQ_WANT_LOGS_RANGE, "eth_getLogs",
         "[{\"fromBlock\":\"0x9\",\"toBlock\":\"0xa\"," FILTER_TEXT "}]"},
    };
    world_t *w = *state;
    for (uint32_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        bool is_any = i % 2 == 0;
        want((lq_want_t){.id = i,
                         .kind = cases[i].kind,
                         .endpoint = is_any ? LQ_TRACKER_ANY : 1,
                         .not_mask = 4,
                         .hash = HASH_5,
                         .from = 9,
                         .to = 10});
        const made_call_t *made = last_call(w);
        assert_string_equal(made->methods[0], cases[i].method);
        assert_string_equal(made->params[0], cases[i].params);
        assert_int_equal(made->call.pinned, !is_any);
        assert_int_equal(made->call.not_mask, 4);
        assert_int_equal(made->call.role, LQ_ROLE_READ);
        assert_int_equal(made->call.min_head_blk, cases[i].kind == LQ_WANT_HEAD ? 0 : 10);
        assert_int_equal(made->call.rpc.item_cnt, i < 4 ? 1 : 2);
        if (i >= 4) {
            assert_string_equal(made->methods[1], "eth_getBlockByNumber");
            assert_string_equal(made->params[1], "[\"0xa\",false]");
        }
    }
    assert_int_equal(lq_chain_stat(w->chain).want_cnt, LQ_ARRAY_CNT(cases));
}

static void decodes_answers(void **state)
{
    world_t *w = *state;
    lq_want_t asked = {.id = 1, .kind = LQ_WANT_HEADER, .endpoint = LQ_TRACKER_ANY, .hash = HASH_5};
    want(asked);
    answer(w, last_call(w), 2, text_of("[%s]", header_text(20, 5)));
    assert_string_equal(told(), "2 answers 1: 20; ");
    asked = (lq_want_t){.id = 2, .kind = LQ_WANT_HEADERS, .from = 8, .to = 10};
    want(asked);
    answer(w, last_call(w), 0, text_of("[%s,%s,null]", header_text(8, 8), header_text(9, 9)));
    assert_string_equal(told(), "0 answers 2: 8 9; ");
    asked.kind = LQ_WANT_LOGS;
    want(asked);
    answer(w, last_call(w), 1,
           text_of("[[%s,%s]]", log_text(8, 1, 30, true), log_text(8, 4, 34, true)));
    assert_string_equal(told(), "1 answers 2: 8.1/30 8.4/34; ");
    want(asked);
    answer(w, last_call(w), 1, "[[]]");
    assert_string_equal(told(), "1 answers 2:; ");
    asked.kind = LQ_WANT_LOGS_RANGE;
    want(asked);
    answer(w, last_call(w), 1, text_of("[[%s],%s]", log_text(8, 1, 1, true), header_text(10, 10)));
    assert_string_equal(told(), "1 answers 2: 10 8.1/1; ");
    asked.kind = LQ_WANT_RECEIPTS;
    want(asked);
    answer(w, last_call(w), 1,
           text_of("[[{\"logs\":[%s]},{\"logs\":[]},{\"logs\":[%s]}]]", log_text(8, 0, 2, false),
                   log_text(8, 1, 2, true)));
    assert_string_equal(told(), "1 answers 2: 8.0/2 8.1/2; ");
    asked.kind = LQ_WANT_HEAD;
    want(asked);
    answer(w, last_call(w), 1, text_of("[%s]", header_text(77, 5)));
    assert_string_equal(told(), "1 on; 1 answers 2: 77; ");
    assert_int_equal(w->pool.heads[1], 77);
}

static void tells_absence_from_failure(void **state)
{
    world_t *w = *state;
    lq_want_t asked = {.id = 4, .kind = LQ_WANT_HEADER, .endpoint = LQ_TRACKER_ANY};
    want(asked);
    answer(w, last_call(w), 2, "[null]");
    assert_string_equal(told(), "4 absent; ");
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ABSENT);
    assert_string_equal(told(), "4 absent; ");
    want(asked);
    refuse(w, last_call(w), LQ_RPC_TIMEOUT);
    assert_string_equal(told(), "4 unanswered; ");
    asked = (lq_want_t){.id = 5, .kind = LQ_WANT_HEADERS, .from = 8, .to = 9};
    want(asked);
    answer(w, last_call(w), 2, text_of("[null,%s]", header_text(9, 9)));
    assert_string_equal(told(), "5 absent; ");
    asked.kind = LQ_WANT_LOGS_RANGE; /* [] from a node that has not the end is no answer */
    want(asked);
    answer(w, last_call(w), 2, "[[],null]");
    assert_string_equal(told(), "5 absent; ");
    assert_int_equal(lq_chain_stat(w->chain).unanswered_cnt, 5);
    assert_int_equal(lq_chain_stat(w->chain).garbage_cnt, 0);
}

static void refuses_answers_that_do_not_decode_or_fit(void **state)
{
    world_t *w = *state;
    static const lq_want_t header = {.id = 1, .kind = LQ_WANT_HEADER};
    static const lq_want_t logs = {.id = 2, .kind = LQ_WANT_LOGS};
    static const lq_want_t receipts = {.id = 3, .kind = LQ_WANT_RECEIPTS};
    want(header);
    answer(w, last_call(w), 1, "[{\"number\":\"0x1\"}]");
    want(header);
    answer(w, last_call(w), 1, "[[]]");
    want(logs);
    answer(w, last_call(w), 1, "[[{}]]");
    want(logs);
    answer(w, last_call(w), 1,
           text_of("[[%s,%s,%s,%s,%s]]", log_text(1, 0, 0, true), log_text(1, 1, 0, true),
                   log_text(1, 2, 0, true), log_text(1, 3, 0, true), log_text(1, 4, 0, true)));
    want(logs);
    answer(w, last_call(w), 1,
           text_of("[[%s,%s]]", log_text(1, 0, DATA_MAX, true), log_text(1, 1, 1, true)));
    want(logs);
    answer(w, last_call(w), 1, "[{}]");
    want(receipts);
    answer(w, last_call(w), 1, "[[{}]]");
    want(receipts);
    answer(w, last_call(w), 1, "[[{\"logs\":{}}]]");
    want(receipts);
    answer(w, last_call(w), 1, "[{}]");
    assert_string_equal(told(),
                        "1 unanswered; 1 unanswered; 2 unanswered; 2 unanswered; "
                        "2 unanswered; 2 unanswered; 3 unanswered; 3 unanswered; 3 unanswered; ");
    assert_int_equal(lq_chain_stat(w->chain).garbage_cnt, 7);
    assert_int_equal(lq_chain_stat(w->chain).overflow_cnt, 2);
    assert_int_equal(w->pool.faults[1], 7);
    want(logs);
    answer(w, last_call(w), 1,
           text_of("[[%s,%s,%s,%s]]", log_text(1, 0, DATA_MAX, true), log_text(1, 1, 0, true),
                   log_text(1, 2, 0, true), log_text(1, 3, 0, true)));
    assert_string_equal(told(), "1 answers 2: 1.0/64 1.1/0 1.2/0 1.3/0; ");
}

static void answer_headers(world_t *w, unsigned from, size_t cnt)
{
    static char text[LQ_TRACKER_RANGE_MAX * 512];
    size_t at = 0;
    for (size_t i = 0; i < cnt; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%c%s", i ? ',' : '[',
                               header_text(from + (unsigned)i, from + (unsigned)i));
    (void)snprintf(text + at, sizeof(text) - at, "]");
    answer(w, last_call(w), 1, text);
}

/* Some providers take ten requests at once, some none: a wide gap must be filled all the same. */
static void asks_for_fewer_headers_where_a_batch_is_refused(void **state)
{
    world_t *w = *state;
    static const lq_rpc_class_t whys[] = {LQ_RPC_GAS, LQ_RPC_PARAMS, LQ_RPC_METHOD, LQ_RPC_UNKNOWN};
    lq_want_t asked = {.id = 5, .kind = LQ_WANT_HEADERS, .endpoint = 1, .from = 8, .to = 71};
    want(asked);
    assert_int_equal(last_call(w)->call.rpc.item_cnt, 64);
    for (size_t i = 0; i < LQ_ARRAY_CNT(whys); i++) {
        refuse(w, last_call(w), whys[i]);
        assert_string_equal(told(), "");
        assert_int_equal(last_call(w)->call.rpc.item_cnt, 32 >> i);
        assert_string_equal(last_call(w)->params[0], "[\"0x8\",false]");
    }
    answer_headers(w, 8, 4);
    assert_string_equal(told(), "1 answers 5: 8 9 10 11; ");
    want(asked); /* remembers, and finds out whether it may be more */
    assert_int_equal(last_call(w)->call.rpc.item_cnt, 5);
    refuse(w, last_call(w), LQ_RPC_TIMEOUT);
    assert_string_equal(told(), "5 unanswered; ");
    want(asked);
    assert_int_equal(last_call(w)->call.rpc.item_cnt, 5);
    refuse(w, last_call(w), LQ_RPC_GAS);
    assert_int_equal(last_call(w)->call.rpc.item_cnt, 2);
    refuse(w, last_call(w), LQ_RPC_GAS);
    assert_int_equal(last_call(w)->call.rpc.item_cnt, 1);
    refuse(w, last_call(w), LQ_RPC_GAS);
    assert_string_equal(told(), "5 unanswered; ");
    asked.endpoint = 2; /* has refused nothing */
    want(asked);
    assert_int_equal(last_call(w)->call.rpc.item_cnt, 64);
}

static void says_what_was_not_answered(void **state)
{
    world_t *w = *state;
    end_polls(w);
    lq_want_t asked = {.id = 4, .kind = LQ_WANT_LOGS, .endpoint = LQ_TRACKER_ANY};
    unsigned line_cnt = w->line_cnt;
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ABSENT); /* as of a block that was left */
    assert_int_equal(w->line_cnt, line_cnt);
    want(asked);
    refuse(w, last_call(w), LQ_RPC_TIMEOUT);
    assert_int_equal(w->line_cnt, line_cnt + 1);
    w->pool.full = true;
    want(asked);
    assert_int_equal(w->line_cnt, line_cnt + 2);
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

static void reads_receipts_where_a_block_has_too_many_logs(void **state)
{
    world_t *w = *state;
    static const lq_rpc_class_t limits[] = {LQ_RPC_ROWS, LQ_RPC_RANGE, LQ_RPC_FILTER};
    lq_want_t asked = {.id = 6, .kind = LQ_WANT_LOGS, .endpoint = 1, .hash = HASH_5};
    for (size_t i = 0; i < LQ_ARRAY_CNT(limits); i++) {
        want(asked);
        refuse(w, last_call(w), limits[i]);
        assert_string_equal(told(), "");
        assert_string_equal(last_call(w)->methods[0], "eth_getBlockReceipts");
        assert_string_equal(last_call(w)->params[0], "[" HASH_5_TEXT "]");
        answer(w, last_call(w), 1,
               text_of("[[{\"logs\":[%s,%s]},{\"logs\":[%s]}]]", log_text(8, 0, 2, false),
                       log_text(8, 1, 2, true), log_text(8, 2, 3, true)));
        assert_string_equal(told(), "1 answers 6: 8.1/2 8.2/3; ");
    }
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ROWS);
    refuse(w, last_call(w), LQ_RPC_ROWS);
    assert_string_equal(told(), "6 unanswered; ");
}

/* Of what is not watched there is no end in a block. */
static void reads_receipts_with_more_that_is_not_watched_than_there_is_room_for(void **state)
{
    world_t *w = *state;
    lq_want_t asked = {.id = 6, .kind = LQ_WANT_LOGS, .endpoint = 1, .hash = HASH_5};
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ROWS);
    answer(w, last_call(w), 1,
           text_of("[[{\"logs\":[%s,%s,%s,%s,%s,%s]}]]", log_text(8, 0, DATA_MAX + 1, false),
                   log_text(8, 1, DATA_MAX, true), log_text(8, 2, 1, false),
                   log_text(8, 3, 0, true), log_text(8, 4, 0, true), log_text(8, 5, 0, true)));
    assert_string_equal(told(), "1 answers 6: 8.1/64 8.3/0 8.4/0 8.5/0; ");
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ROWS);
    answer(w, last_call(w), 1,
           text_of("[[{\"logs\":[%s,%s,%s,%s,%s]}]]", log_text(8, 0, 0, true),
                   log_text(8, 1, 0, true), log_text(8, 2, 0, true), log_text(8, 3, 0, true),
                   log_text(8, 4, 0, false)));
    assert_string_equal(told(), "1 answers 6: 8.0/0 8.1/0 8.2/0 8.3/0; ");
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ROWS);
    answer(w, last_call(w), 1, "[[{\"logs\":[{\"address\":\"0xbb\"}]}]]");
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ROWS);
    answer(w, last_call(w), 1,
           "[[{\"logs\":[{\"address\":\"0x00000000000000000000000000000000000000aa\","
           "\"topics\":[17]}]}]]");
    assert_string_equal(told(), "6 unanswered; 6 unanswered; ");
    assert_int_equal(lq_chain_stat(w->chain).garbage_cnt, 2);
}

/* Block by block they are asked for next, and may fit. */
static void a_range_with_too_many_logs_is_no_fault(void **state)
{
    world_t *w = *state;
    lq_want_t asked = {.id = 6, .kind = LQ_WANT_LOGS_RANGE, .from = 8, .to = 9};
    unsigned line_cnt = w->line_cnt;
    want(asked);
    answer(w, last_call(w), 1,
           text_of("[[%s,%s,%s,%s,%s],%s]", log_text(8, 0, 0, true), log_text(8, 1, 0, true),
                   log_text(8, 2, 0, true), log_text(9, 0, 0, true), log_text(9, 1, 0, true),
                   header_text(9, 9)));
    assert_string_equal(told(), "6 unanswered; ");
    assert_int_equal(lq_chain_stat(w->chain).overflow_cnt, 1);
    assert_int_equal(w->pool.faults[1], 0);
    assert_int_equal(w->line_cnt, line_cnt);
}

static void a_call_that_cannot_be_made_is_unanswered_in_the_next_turn(void **state)
{
    world_t *w = *state;
    end_polls(w);
    w->pool.full = true;
    lq_want_t asked = {.id = 6, .kind = LQ_WANT_LOGS, .endpoint = 1, .hash = HASH_5};
    want(asked);
    notify(w, HEADS, 1, header_text(20, 5));
    (void)told();
    pass(w, 0);
    assert_string_equal(told(), "6 unanswered; ");
    pass(w, POLL_NS); /* polls neither */
    w->pool.full = false;
    pass(w, POLL_NS);
    assert_int_equal(w->pool.call_cnt, 2 * NODE_CNT);
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

/* A node that hangs keeps its calls for as long as they may take; the tracker has given up what it
   wanted of it long before, and wants it anew. */
static void gives_up_the_oldest_call_where_there_are_too_many(void **state)
{
    world_t *w = *state;
    lq_want_t asked = {.kind = LQ_WANT_HEADER, .endpoint = LQ_TRACKER_ANY, .hash = HASH_5};
    for (asked.id = UINT32_MAX - 99; asked.id != 200; asked.id++)
        want(asked);
    assert_int_equal(w->pool.call_cnt, 300);
    assert_int_equal(w->pool.open_cnt, 256);
    assert_false(w->pool.calls[43].open);
    assert_true(w->pool.calls[44].open);
    answer(w, last_call(w), 2, text_of("[%s]", header_text(20, 5)));
    assert_string_equal(told(), "2 answers 199: 20; ");
    assert_int_equal(lq_chain_stat(w->chain).unanswered_cnt, 44);
    w->pool.full = true; /* and those that could not be made */
    for (asked.id = 200; asked.id != 500; asked.id++)
        want(asked);
    assert_int_equal(w->pool.open_cnt, 0);
    assert_int_equal(lq_chain_stat(w->chain).unanswered_cnt, 343);
    pass(w, 0);
    assert_non_null(strstr(told(), "499 unanswered; "));
    assert_int_equal(lq_chain_stat(w->chain).unanswered_cnt, 599);
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
        CASE(asks_what_the_tracker_wants),
        CASE(decodes_answers),
        CASE(tells_absence_from_failure),
        CASE(refuses_answers_that_do_not_decode_or_fit),
        CASE(asks_for_fewer_headers_where_a_batch_is_refused),
        CASE(says_what_was_not_answered),
        CASE(says_what_the_tracker_counts),
        CASE(reads_receipts_where_a_block_has_too_many_logs),
        CASE(reads_receipts_with_more_that_is_not_watched_than_there_is_room_for),
        CASE(a_range_with_too_many_logs_is_no_fault),
        CASE(a_call_that_cannot_be_made_is_unanswered_in_the_next_turn),
        CASE(wakes_the_tracker_when_it_wants),
        CASE(gives_up_the_oldest_call_where_there_are_too_many),
        cmocka_unit_test(refuses_a_config_without_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
