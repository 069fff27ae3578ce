#include "liqd/rpc/pool.h"

#include "pool_world.h"

/* Calls: which endpoint they go to, when they move, wait, end. */

static void sends_nothing_before_the_chain_is_known(void **state)
{
    (void)state;
    world_t *w = world_new(1);
    w->frozen[0] = true;
    world_pool(w);
    world_pump(w);
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_UNPROVEN);
    assert_int_equal(world_cnt(w, 0, "eth_chainId"), 1);
    world_call(w, "m");
    world_pass(w, SEC_NS);
    assert_int_equal(world_cnt(w, 0, "m"), 0);
    assert_int_equal(world_cnt(w, 0, NULL), 1);
    w->frozen[0] = false;
    world_pass(w, 6 * SEC_NS); /* the question is asked again */
    assert_told(w, "A:a");
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_WELL);
    assert_int_equal(lq_pool_stat(w->pool, 0).chain_id, 1);
    assert_int_equal(lq_pool_stat(w->pool, 0).head_blk, 100);
    assert_true(lq_pool_stat(w->pool, 0).up);
    world_end(w);
}

static void never_uses_an_endpoint_of_another_chain(void **state)
{
    (void)state;
    world_t *w = world_new(2);
    lq_test_node_script(w->nodes[0], "eth_chainId", "\"0x2\"");
    world_pool(w);
    world_pump(w);
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_FOREIGN);
    assert_int_equal(lq_pool_stat(w->pool, 0).chain_id, 2);
    assert_int_equal(w->error_cnt, 1);
    lq_pool_note_head(w->pool, 0, 500); /* no measure for the others */
    assert_int_equal(lq_pool_stat(w->pool, 0).head_blk, 0);
    world_call(w, "m");
    world_pump(w);
    assert_told(w, "B:b");
    lq_test_node_listen(w->nodes[1], false);
    lq_test_node_cut(w->nodes[1]);
    world_pump(w);
    world_call(w, "m");
    assert_ok(world_try(w, "eth_sendRawTransaction", LQ_ROLE_SEND, SEC_NS));
    world_pass(w, 70 * SEC_NS);
    assert_told(w, "-:UNSENT -:UNSENT");
    assert_int_equal(world_cnt(w, 0, NULL), 1);
    /* another connection may lead to another node */
    lq_test_node_script(w->nodes[0], "eth_chainId", "\"0x1\"");
    lq_test_node_cut(w->nodes[0]);
    world_pass(w, 2 * SEC_NS);
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_WELL);
    world_call(w, "m");
    world_pump(w);
    assert_told(w, "A:a");
    /* and back: what was right is asked anew */
    lq_test_node_script(w->nodes[0], "eth_chainId", "\"0x2\"");
    lq_test_node_cut(w->nodes[0]);
    world_call(w, "m");
    world_pass(w, 12 * SEC_NS);
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_FOREIGN);
    assert_int_equal(world_cnt(w, 0, "m"), 1); /* the last was lost with its connection */
    w->told_sz = 0;
    world_end(w);
}

static void takes_no_chain_id_that_is_none(void **state)
{
    (void)state;
    static const char *const ids[] = {"1",
                                      "\"1\"",
                                      "null",
                                      "\"0x\"",
                                      "\"0x10000000000000001\"",
                                      "!{\"code\":-32601,\"message\":\"\"}"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(ids); i++) {
        world_t *w = world_new(1);
        lq_test_node_script(w->nodes[0], "eth_chainId", ids[i]);
        world_pool(w);
        world_call(w, "m");
        world_pass(w, 11 * SEC_NS);
        assert_told(w, "-:UNSENT");
        assert_int_equal(world_cnt(w, 0, "m"), 0);
        world_end(w);
    }
}

static void moves_by_the_class_of_the_answer(void **state)
{
    (void)state;
    static const struct {
        const char *error;
        const char *told;
    } rows[] = {
        {"!{\"code\":-32000,\"message\":\"header not found\"}", "B:b"},
        {"!{\"code\":-32601,\"message\":\"method not found\"}", "B:b"},
        {"!{\"code\":-32000,\"message\":\"new words\"}", "B:b"},
        {"!{\"code\":-32005,\"message\":\"rate limit exceeded\"}", "B:b"},
        {"!{\"code\":-32000,\"message\":\"Monthly capacity limit exceeded\"}", "B:b"},
        {"!{\"code\":-32000,\"message\":\"node is syncing\"}", "B:b"},
        {"!{\"code\":3,\"message\":\"execution reverted\"}", "A:REVERT"},
        {"!{\"code\":-32000,\"message\":\"out of gas\"}", "A:GAS"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        world_t *w = world_well(2);
        lq_test_node_script(w->nodes[0], "m", rows[i].error);
        world_call(w, "m");
        world_pump(w);
        assert_told(w, rows[i].told);
        assert_int_equal(w->answer_cnt, 1);
        world_end(w);
    }
}

static void tries_each_once_and_gives_the_last_answer(void **state)
{
    (void)state;
    world_t *w = world_well(3);
    lq_test_node_script(w->nodes[0], "m", "!{\"code\":-32000,\"message\":\"header not found\"}");
    lq_test_node_script(w->nodes[1], "m", "!{\"code\":-32601,\"message\":\"no\"}");
    lq_test_node_script(w->nodes[2], "m", "!{\"code\":-32000,\"message\":\"header not found\"}");
    world_call(w, "m");
    world_pump(w);
    world_pump(w);
    assert_told(w, "C:ABSENT");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(world_cnt(w, i, "m"), 1);
    world_end(w);
}

static void sends_a_transaction_once(void **state)
{
    (void)state;
    world_t *w = world_well(2);
    lq_test_node_script(w->nodes[0], "eth_sendRawTransaction",
                        "!{\"code\":-32000,\"message\":\"new words\"}");
    assert_ok(world_try(w, "eth_sendRawTransaction", LQ_ROLE_SEND, SEC_NS));
    world_pump(w);
    assert_told(w, "A:UNKNOWN");
    lq_test_node_script(w->nodes[0], "eth_sendRawTransaction", NULL);
    assert_ok(world_try(w, "eth_sendRawTransaction", LQ_ROLE_SEND, 20 * SEC_NS));
    world_pump(w);
    lq_test_node_cut(w->nodes[0]);
    world_pump(w);
    assert_told(w, "A:BROKEN");
    world_pass(w, 2 * SEC_NS);
    w->frozen[0] = true;
    assert_ok(world_try(w, "eth_sendRawTransaction", LQ_ROLE_SEND, 20 * SEC_NS));
    world_pass(w, 20 * SEC_NS);
    assert_int_equal(w->answer_cnt, 3);
    assert_true(strstr(w->told, "A:") == w->told); /* TIMEOUT, or BROKEN by a reconnect */
    assert_int_equal(world_cnt(w, 1, "eth_sendRawTransaction"), 0);
    world_end(w);
}

static void moves_a_batch_that_brought_nothing(void **state)
{
    (void)state;
    world_t *w = world_well(2);
    lq_test_node_script(w->nodes[0], "x", "!{\"code\":-32000,\"message\":\"header not found\"}");
    lq_test_node_script(w->nodes[1], "x", "\"0x1\"");
    lq_rpc_item_t items[] = {{"x", "[]", 2}, {"x", "[1]", 3}};
    lq_pool_call_t call = {.rpc = {items, 2, SEC_NS, world_answer, w}, .role = LQ_ROLE_READ};
    assert_ok(lq_pool_call(w->pool, &w->id, &call));
    items[0] = (lq_rpc_item_t){0}; /* copied */
    world_pump(w);
    assert_told(w, "B:0x1 B:0x1");
    assert_string_equal(lq_test_node_params(w->nodes[1], "x"), "[1]");
    items[0] = (lq_rpc_item_t){"m", "[]", 2};
    assert_ok(lq_pool_call(w->pool, &w->id, &call));
    world_pump(w);
    assert_told(w, "A:a A:ABSENT");
    world_end(w);
}

static void keeps_to_what_a_call_asks_for(void **state)
{
    (void)state;
    world_t *w = world_well(3);
    lq_rpc_item_t item = {"m", "[]", 2};
    lq_pool_call_t call = {.rpc = {&item, 1, SEC_NS, world_answer, w}, .role = LQ_ROLE_READ};
    call.not_mask = 3;
    assert_ok(lq_pool_call(w->pool, &w->id, &call));
    world_pump(w);
    assert_told(w, "C:c");
    call.not_mask = 0;
    call.pinned = true;
    call.endpoint = 1;
    lq_test_node_script(w->nodes[1], "m", "!{\"code\":-32000,\"message\":\"header not found\"}");
    assert_ok(lq_pool_call(w->pool, &w->id, &call));
    world_pump(w);
    assert_told(w, "B:ABSENT");
    call.pinned = false;
    call.min_head_blk = 101;
    assert_ok(lq_pool_call(w->pool, &w->id, &call));
    world_pump(w);
    assert_told(w, "");
    lq_pool_note_head(w->pool, 2, 101);
    world_pump(w);
    assert_told(w, "C:c");
    world_end(w);
}

/* A gateway behind which one node syncs from the start: its number is no reason to refuse what its
   subscription tells. */
static void believes_a_head_that_rises_far_above_the_number_it_says(void **state)
{
    (void)state;
    world_t *w = world_new(1);
    lq_test_node_script(w->nodes[0], "eth_blockNumber", "\"0x1\"");
    world_pool(w);
    world_pump(w);
    assert_int_equal(lq_pool_stat(w->pool, 0).head_blk, 1);
    lq_rpc_item_t item = {"m", "[]", 2};
    lq_pool_call_t call = {.rpc = {&item, 1, 60 * SEC_NS, world_answer, w}, .role = LQ_ROLE_READ};
    for (uint64_t blk = 25000000; blk < 25000008; blk++) {
        call.min_head_blk = blk;
        if (blk > 25000000) /* the first cannot be told from nonsense */
            assert_ok(lq_pool_call(w->pool, &w->id, &call));
        lq_pool_note_head(w->pool, 0, blk);
        world_pass(w, 12 * SEC_NS); /* with questions for the number in between */
    }
    assert_told(w, "A:a A:a A:a A:a A:a A:a A:a");
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_WELL);
    world_end(w);
}

static void gives_each_half_of_the_time(void **state)
{
    (void)state;
    world_t *w = world_well(2);
    lq_test_node_script(w->nodes[0], "slow", NULL);
    lq_test_node_script(w->nodes[1], "slow", "\"0x1\"");
    assert_ok(world_try(w, "slow", LQ_ROLE_READ, 4 * SEC_NS));
    world_pass(w, 1900 * MS_NS);
    assert_told(w, "");
    world_pass(w, 200 * MS_NS);
    assert_told(w, "B:0x1");
    lq_test_node_script(w->nodes[1], "slow", NULL); /* the last has all of it */
    assert_ok(world_try(w, "slow", LQ_ROLE_READ, 4 * SEC_NS));
    world_pass(w, 3900 * MS_NS);
    assert_told(w, "");
    world_pass(w, 200 * MS_NS);
    assert_int_equal(w->answer_cnt, 2);
    assert_non_null(strstr(w->told, ":TIMEOUT"));
    world_end(w);
}

static void blames_an_answer_that_makes_no_sense(void **state)
{
    (void)state;
    world_t *w = world_well(2);
    lq_test_node_script(w->nodes[0], "eth_blockNumber", "\"a hundred\"");
    for (int k = 0; k < 90 && world_health(w, 0) == LQ_NODE_HEALTH_WELL; k++)
        world_pass(w, 100 * MS_NS);
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_FAILING);
    assert_int_equal(world_health(w, 1), LQ_NODE_HEALTH_WELL);
    world_end(w);
}

static void moves_away_from_a_node_that_freezes(void **state)
{
    (void)state;
    world_t *w = world_well(2);
    world_call(w, "m");
    world_pump(w);
    assert_told(w, "A:a");
    w->frozen[0] = true;
    assert_ok(world_try(w, "m", LQ_ROLE_READ, 1000 * SEC_NS));
    world_pass(w, 5 * SEC_NS - 100 * MS_NS);
    assert_told(w, "");
    world_pass(w, 200 * MS_NS);
    assert_told(w, "B:b");
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_FAILING);
    /* what comes next does not even try */
    world_call(w, "m");
    world_pump(w);
    assert_told(w, "B:b");
    /* it is connected to anew, and used again once it answers */
    world_pass(w, 20 * SEC_NS);
    assert_true(lq_test_node_connect_cnt(w->nodes[0]) > 1);
    assert_int_not_equal(world_health(w, 0), LQ_NODE_HEALTH_WELL);
    w->frozen[0] = false;
    world_pass(w, 120 * SEC_NS);
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_WELL);
    w->frozen[1] = true;
    assert_ok(world_try(w, "m", LQ_ROLE_READ, 4 * SEC_NS));
    world_pass(w, 3 * SEC_NS); /* half of its time at the most before it moves */
    assert_told(w, "A:a");
    world_end(w);
}

static void moves_away_from_a_head_that_stands_still(void **state)
{
    (void)state;
    world_t *w = world_well(2);
    for (uint64_t blk = 101; blk <= 103; blk++) {
        world_pass(w, 1600 * MS_NS);
        world_call(w, "m");
        world_pump(w);
        assert_told(w, "A:a");
        lq_pool_note_head(w->pool, 1, blk);
    }
    assert_int_equal(lq_pool_stat(w->pool, 0).unwell_cnt, 0);
    world_pass(w, SEC_NS);
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_STALE);
    assert_int_equal(lq_pool_stat(w->pool, 0).unwell_cnt, 1);
    world_call(w, "m");
    world_pump(w);
    assert_told(w, "B:b");
    lq_pool_note_head(w->pool, 0, 103);
    world_call(w, "m");
    world_pump(w);
    assert_told(w, "A:a");
    world_end(w);
}

/* Nobody tells the pool of heads: it asks. */
static void asks_for_heads_that_nobody_tells(void **state)
{
    (void)state;
    world_t *w = world_well(2);
    for (int blk = 101; blk < 110; blk++) {
        char text[16];
        (void)snprintf(text, sizeof(text), "\"0x%x\"", (unsigned)blk);
        lq_test_node_script(w->nodes[1], "eth_blockNumber", text);
        world_pass(w, 2 * SEC_NS);
    }
    assert_in_range(lq_pool_stat(w->pool, 1).head_blk, 107, 109);
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_STALE);
    assert_int_equal(world_health(w, 1), LQ_NODE_HEALTH_WELL);
    assert_in_range(world_cnt(w, 1, "eth_blockNumber"), 5, 12);
    world_end(w);
}

/* One that does not say is asked again, but not all the time. */
static void asks_with_measure(void **state)
{
    (void)state;
    world_t *w = world_new(1);
    lq_test_node_script(w->nodes[0], "eth_blockNumber", "!{\"code\":-32601,\"message\":\"no\"}");
    world_pool(w);
    world_pump(w);
    world_pump(w);
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_WELL);
    assert_int_equal(world_cnt(w, 0, "eth_blockNumber"), 1);
    world_pass(w, 10 * SEC_NS);
    assert_in_range(world_cnt(w, 0, "eth_blockNumber"), 8, 11);
    assert_int_equal(world_cnt(w, 0, "eth_chainId"), 1);
    world_end(w);
}

static void waits_for_one_to_come_back(void **state)
{
    (void)state;
    world_t *w = world_well(2);
    for (size_t i = 0; i < 2; i++) {
        lq_test_node_listen(w->nodes[i], false);
        lq_test_node_cut(w->nodes[i]);
    }
    world_pump(w);
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_DOWN);
    world_call(w, "m");
    world_pass(w, 5 * SEC_NS);
    assert_told(w, "");
    lq_test_node_listen(w->nodes[1], true);
    world_pass(w, 2 * SEC_NS);
    assert_told(w, "B:b");
    world_call(w, "m");
    lq_test_node_listen(w->nodes[1], false);
    lq_test_node_cut(w->nodes[1]);
    world_pass(w, 11 * SEC_NS);
    assert_told(w, "B:BROKEN"); /* it had been sent: there was no other to move to */
    lq_test_node_listen(w->nodes[0], true);
    world_pass(w, 2 * SEC_NS);
    world_call(w, "m");
    world_pump(w);
    assert_told(w, "A:a");
    world_end(w);
}

static void never_disables_the_last(void **state)
{
    (void)state;
    static const char *const errors[] = {
        "!{\"code\":-32000,\"message\":\"new words\"}",
        "!{\"code\":-32000,\"message\":\"node is syncing\"}",
        "!{\"code\":-32000,\"message\":\"Monthly capacity limit exceeded\"}",
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(errors); i++) {
        world_t *w = world_well(1);
        lq_test_node_script(w->nodes[0], "x", errors[i]);
        for (int k = 0; k < 50; k++) {
            world_call(w, "x");
            world_pass(w, 10 * MS_NS);
        }
        assert_int_equal(world_cnt(w, 0, "x"), 50);
        assert_int_not_equal(world_health(w, 0), LQ_NODE_HEALTH_WELL);
        w->told_sz = 0;
        world_call(w, "m");
        world_pump(w);
        assert_told(w, "A:a");
        world_end(w);
    }
}

static void waits_while_the_last_is_limited(void **state)
{
    (void)state;
    world_t *w = world_well(1);
    lq_test_node_script(w->nodes[0], "x", "!{\"code\":-32005,\"message\":\"rate limit exceeded\"}");
    world_call(w, "x");
    world_pump(w);
    assert_told(w, "A:RATE");
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_LIMITED);
    world_call(w, "m");
    world_pass(w, 400 * MS_NS);
    assert_told(w, "");
    lq_test_node_script(w->nodes[0], "eth_sendRawTransaction", "\"0x1\"");
    assert_ok(world_try(w, "eth_sendRawTransaction", LQ_ROLE_SEND, SEC_NS)); /* a send does not */
    world_pump(w);
    assert_told(w, "A:0x1");
    world_pass(w, 700 * MS_NS);
    assert_told(w, "A:a");
    world_end(w);
}

static void keeps_the_rate(void **state)
{
    (void)state;
    world_t *w = world_new(1);
    w->endpoints[0].rate_per_sec = 20;
    w->endpoints[0].send_reserve = 5;
    world_pool(w);
    world_pump(w);
    world_pass(w, SEC_NS);
    for (int k = 0; k < 100; k++)
        world_call(w, "m");
    world_pump(w);
    assert_in_range(world_cnt(w, 0, "m"), 14, 15);
    lq_test_node_script(w->nodes[0], "eth_sendRawTransaction", "\"0x1\"");
    for (int k = 0; k < 5; k++)
        assert_ok(world_try(w, "eth_sendRawTransaction", LQ_ROLE_SEND, SEC_NS));
    world_pump(w);
    assert_int_equal(world_cnt(w, 0, "eth_sendRawTransaction"), 5);
    w->told_sz = 0;
    world_pass(w, 2 * SEC_NS);
    assert_in_range(world_cnt(w, 0, "m"), 40, 51);
    world_pass(w, 4 * SEC_NS);
    assert_int_equal(w->answer_cnt, 105);
    world_end(w);
}

static void keeps_room_for_sends(void **state)
{
    (void)state;
    world_t *w = world_new(1);
    w->endpoints[0].rpc.call_max = 8;
    w->endpoints[0].send_reserve = 3;
    world_pool(w);
    world_pump(w);
    lq_test_node_script(w->nodes[0], "slow", NULL);
    lq_test_node_script(w->nodes[0], "eth_sendRawTransaction", NULL);
    for (int k = 0; k < 20; k++)
        world_call(w, "slow");
    for (int k = 0; k < 3; k++)
        assert_ok(world_try(w, "eth_sendRawTransaction", LQ_ROLE_SEND, 20 * SEC_NS));
    world_pump(w);
    assert_int_equal(world_cnt(w, 0, "slow"), 5);
    assert_int_equal(world_cnt(w, 0, "eth_sendRawTransaction"), 3);
    world_pass(w, 8 * SEC_NS); /* probes have room of their own */
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_WELL);
    world_end(w);
}

/* Reads that hang do not take all places of a node that sends, whatever was configured. */
static void keeps_room_for_sends_unasked(void **state)
{
    (void)state;
    world_t *w = world_new(1);
    w->endpoints[0].rpc.call_max = 32;
    world_pool(w);
    world_pump(w);
    lq_test_node_script(w->nodes[0], "slow", NULL);
    lq_test_node_script(w->nodes[0], "eth_sendRawTransaction", "\"0x1\"");
    for (int k = 0; k < 40; k++)
        world_call(w, "slow");
    assert_ok(world_try(w, "eth_sendRawTransaction", LQ_ROLE_SEND, SEC_NS));
    world_pump(w);
    assert_told(w, "A:0x1");
    assert_int_equal(world_cnt(w, 0, "slow"), 28);
    w->endpoints[0].roles = LQ_ROLE_READ; /* all are for reads where nothing is sent */
    world_pool(w);
    world_pump(w);
    for (int k = 0; k < 40; k++)
        world_call(w, "slow");
    world_pump(w);
    assert_int_equal(world_cnt(w, 0, "slow"), 28 + 32);
    world_end(w);
}

static void refuses_what_is_too_much(void **state)
{
    (void)state;
    world_t *w = world_new(1);
    w->frozen[0] = true;
    world_pool(w);
    world_pump(w);
    for (unsigned k = 0; k < LQ_POOL_CALL_MAX - 64; k++)
        world_call(w, "m");
    assert_err(world_try(w, "m", LQ_ROLE_READ, SEC_NS), LQ_ERR_FULL);
    for (unsigned k = 0; k < 64; k++)
        assert_ok(world_try(w, "m", LQ_ROLE_SEND, SEC_NS));
    assert_err(world_try(w, "m", LQ_ROLE_SEND, SEC_NS), LQ_ERR_FULL);
    lq_pool_cancel(w->pool, w->id);
    assert_ok(world_try(w, "m", LQ_ROLE_SEND, SEC_NS));
    w->told_sz = 0;
    world_pool(w); /* freed with all of it waiting */
    static char params[(1 << 16) + 4096];
    memset(params, ' ', sizeof(params));
    params[0] = '[';
    params[1] = ']';
    lq_rpc_item_t item = {"m", params, sizeof(params)};
    lq_pool_call_t call = {.rpc = {&item, 1, SEC_NS, world_answer, w}, .role = LQ_ROLE_READ};
    assert_err(lq_pool_call(w->pool, &w->id, &call), LQ_ERR_TOO_LONG);
    item.params_sz = 60000;
    for (int k = 0; k < 28; k++)
        assert_ok(lq_pool_call(w->pool, &w->id, &call));
    assert_err(lq_pool_call(w->pool, &w->id, &call), LQ_ERR_FULL);
    lq_pool_cancel(w->pool, w->id);
    assert_ok(lq_pool_call(w->pool, &w->id, &call));
    lq_pool_config_t config = w->config;
    lq_pool_t *none = NULL;
    config.endpoint_cnt = 0;
    assert_err(lq_pool_new(&none, &w->arena, w->loop, &w->log, &config), LQ_ERR_RANGE);
    config.endpoint_cnt = LQ_POOL_ENDPOINT_MAX + 1;
    assert_err(lq_pool_new(&none, &w->arena, w->loop, &w->log, &config), LQ_ERR_RANGE);
    lq_arena_t tiny;
    for (size_t sz = 1; sz < (size_t)32 << 20; sz *= 2) {
        assert_ok(lq_arena_init(&tiny, sz));
        lq_err_t err = lq_pool_new(&none, &tiny, w->loop, &w->log, &w->config);
        if (err)
            assert_int_equal(lq_arena_used_sz(&tiny), 0);
        assert_true(err == LQ_OK || err == LQ_ERR_NOMEM);
        lq_pool_free(err ? NULL : none);
        lq_arena_fini(&tiny);
    }
    world_end(w);
}

/* Larger than its endpoint takes: unsent in the end, not tried for ever. */
static void ends_a_call_that_fits_nowhere(void **state)
{
    (void)state;
    world_t *w = world_new(2);
    w->endpoints[0].rpc.out_max = 8192;
    world_pool(w);
    world_pump(w);
    world_pump(w);
    static char params[20000];
    memset(params, ' ', sizeof(params));
    params[0] = '[';
    params[sizeof(params) - 1] = ']';
    lq_rpc_item_t item = {"m", params, sizeof(params)};
    lq_pool_call_t call = {.rpc = {&item, 1, SEC_NS, world_answer, w}, .role = LQ_ROLE_READ};
    assert_ok(lq_pool_call(w->pool, &w->id, &call));
    world_pump(w);
    assert_told(w, "B:b");
    call.not_mask = 2;
    assert_ok(lq_pool_call(w->pool, &w->id, &call));
    assert_told(w, ""); /* never from within */
    world_pass(w, 50 * MS_NS);
    assert_told(w, "-:UNSENT");
    world_end(w);
}

/* Nobody waits for what cannot come: another role, an endpoint that was of another chain. */
static void ends_a_call_that_none_will_ever_take(void **state)
{
    (void)state;
    world_t *w = world_new(2);
    w->endpoints[0].roles = LQ_ROLE_SUBSCRIBE;
    world_pool(w);
    world_pump(w);
    world_pump(w);
    lq_rpc_item_t item = {"m", "[]", 2};
    lq_pool_call_t call = {
        .rpc = {&item, 1, 60 * SEC_NS, world_answer, w}, .role = LQ_ROLE_READ, .pinned = true};
    assert_ok(lq_pool_call(w->pool, &w->id, &call));
    call.not_mask = 2;
    call.pinned = false;
    assert_ok(lq_pool_call(w->pool, &w->id, &call));
    world_pass(w, 50 * MS_NS);
    assert_told(w, "-:UNSENT -:UNSENT");
    call.not_mask = 0;
    call.min_head_blk = 101; /* this may come */
    call.rpc.timeout_ns = SEC_NS;
    assert_ok(lq_pool_call(w->pool, &w->id, &call));
    world_pass(w, 900 * MS_NS);
    assert_told(w, "");
    lq_pool_note_head(w->pool, 1, 101);
    world_pump(w);
    assert_told(w, "B:b");
    world_end(w);
}

static void cancels_a_call_at_any_time(void **state)
{
    (void)state;
    world_t *w = world_well(1);
    lq_test_node_script(w->nodes[0], "slow", NULL);
    world_call(w, "slow");
    lq_rpc_id_t sent = w->id;
    world_pump(w);
    lq_pool_cancel(w->pool, sent); /* while it is under way */
    lq_test_node_listen(w->nodes[0], false);
    lq_test_node_cut(w->nodes[0]);
    world_pump(w);
    world_call(w, "m");
    lq_pool_cancel(w->pool, w->id); /* before it is sent */
    lq_pool_cancel(w->pool, w->id);
    world_pass(w, 11 * SEC_NS);
    assert_told(w, "");
    lq_test_node_listen(w->nodes[0], true);
    world_pass(w, 2 * SEC_NS);
    world_call(w, "m");
    world_pump(w);
    assert_told(w, "A:a");
    lq_rpc_id_t old = w->id;
    world_call(w, "m"); /* takes the place of the old one, which is cancelled in vain */
    assert_true(w->id.id != old.id);
    lq_pool_cancel(w->pool, old);
    lq_pool_cancel(w->pool, (lq_rpc_id_t){0});
    lq_pool_cancel(w->pool, (lq_rpc_id_t){UINT64_MAX});
    world_pump(w);
    assert_told(w, "A:a");
    world_end(w);
}

static void call_two_more(world_t *w)
{
    world_call(w, "m");
    lq_pool_cancel(w->pool, w->id);
    world_call(w, "m");
}

static void call_again_and_again(world_t *w)
{
    assert_ok(world_try(w, "m", LQ_ROLE_READ, 0));
    w->then = call_again_and_again;
}

static void may_be_called_from_its_callbacks(void **state)
{
    (void)state;
    world_t *w = world_well(1);
    w->then = call_two_more;
    world_call(w, "m");
    world_pump(w);
    world_pump(w);
    assert_told(w, "A:a A:a");
    w->frozen[0] = true;
    lq_test_node_listen(w->nodes[0], false);
    lq_test_node_cut(w->nodes[0]);
    world_pump(w);
    call_again_and_again(w); /* an end that begins the same again ends at least the turn */
    world_pass(w, SEC_NS);
    assert_in_range(w->answer_cnt, 3, 500);
    world_end(w);
}

static void counts_a_fault_that_the_caller_saw(void **state)
{
    (void)state;
    world_t *w = world_well(2);
    for (int k = 0; k < 3; k++)
        lq_pool_note_fault(w->pool, 0);
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_FAILING);
    world_call(w, "m");
    world_pump(w);
    assert_told(w, "B:b");
    world_pass(w, 2 * SEC_NS);
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_WELL);
    assert_int_equal(lq_pool_endpoint_cnt(w->pool), 2);
    assert_string_equal(lq_pool_name(w->pool, 1), "b");
    world_end(w);
}

/* One call of a random run. */
typedef struct tracked {
    size_t *open_cnt;
    int ended; /* 1: once */
    bool cancelled;
} tracked_t;

static void track(void *ctx, const lq_rpc_answer_t *answer)
{
    tracked_t *t = ctx;
    assert_int_equal(t->ended, 0);
    assert_false(t->cancelled);
    assert_true(answer->result_cnt == 1 && answer->results[0].class_ < LQ_RPC_CLASS_CNT);
    t->ended = 1;
    --*t->open_cnt;
}

static void disturb(world_t *w, lq_rng_t *rng)
{
    static const char *const answers[] = {"\"0x1\"",
                                          "\"0x1\"",
                                          NULL,
                                          "!{\"code\":-32000,\"message\":\"header not found\"}",
                                          "!{\"code\":-32000,\"message\":\"new words\"}",
                                          "!{\"code\":-32005,\"message\":\"rate limit\"}"};
    size_t i = lq_rng_below(rng, w->node_cnt);
    switch (lq_rng_below(rng, 7)) {
    case 0:
        lq_test_node_cut(w->nodes[i]);
        break;
    case 1:
        lq_test_node_listen(w->nodes[i], lq_rng_below(rng, 3) != 0);
        break;
    case 2:
        w->frozen[i] = lq_rng_below(rng, 3) == 0;
        break;
    case 3:
        lq_test_node_script(w->nodes[i], "eth_chainId",
                            lq_rng_below(rng, 5) ? "\"0x1\"" : "\"0x2\"");
        break;
    case 4:
        (void)lq_test_node_send(w->nodes[i], "{\"garbage\":1}", 13);
        break;
    case 5:
        if (lq_rng_below(rng, 4) == 0)
            (void)lq_test_node_send(w->nodes[i], "no json", 7);
        break;
    default:
        lq_test_node_script(w->nodes[i], "m", answers[lq_rng_below(rng, LQ_ARRAY_CNT(answers))]);
    }
}

/* Whatever the nodes do, each call ends once, in time, or never where it was cancelled. */
/* However long it takes to tell all of them. */
static void takes_the_end_of_a_connection_for_one_fault(void **state)
{
    (void)state;
    world_t *w = world_well(1);
    lq_test_node_script(w->nodes[0], "slow", NULL);
    for (int k = 0; k < 20; k++)
        world_call(w, "slow");
    world_pump(w);
    w->tick_ns = 100; /* a clock that runs */
    lq_test_node_cut(w->nodes[0]);
    world_pass(w, 250 * MS_NS);
    assert_int_equal(w->answer_cnt, 20);
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_WELL);
    w->tick_ns = 0;
    world_end(w);
}

static void ends_each_call_once_at_random(void **state)
{
    (void)state;
    enum {
        CALLS = 300
    };
    lq_rng_t rng = lq_test_rng();
    for (size_t round = 0; round < lq_test_cnt(12, 1000); round++) {
        world_t *w = world_new(1 + lq_rng_below(&rng, NODE_MAX));
        tracked_t calls[CALLS];
        lq_rpc_id_t ids[CALLS];
        size_t open_cnt = 0;
        w->endpoints[0].rate_per_sec = (uint32_t)lq_rng_below(&rng, 30);
        w->endpoints[0].send_reserve = (uint32_t)lq_rng_below(&rng, 4);
        world_pool(w);
        for (size_t k = 0; k < CALLS; k++) {
            calls[k] = (tracked_t){.open_cnt = &open_cnt};
            lq_rpc_item_t item = {"m", "[]", 2};
            lq_pool_call_t call = {
                .rpc = {&item, 1, lq_rng_below(&rng, 20 * SEC_NS), track, &calls[k]},
                .role = lq_rng_below(&rng, 4) ? LQ_ROLE_READ : LQ_ROLE_SEND,
                .pinned = lq_rng_below(&rng, 4) == 0,
                .endpoint = (uint32_t)lq_rng_below(&rng, w->node_cnt)};
            assert_ok(lq_pool_call(w->pool, &ids[k], &call));
            open_cnt++;
            size_t other = lq_rng_below(&rng, k + 1);
            if (lq_rng_below(&rng, 5) == 0) {
                lq_pool_cancel(w->pool, ids[other]);
                open_cnt -= !calls[other].ended && !calls[other].cancelled;
                calls[other].cancelled = !calls[other].ended;
            }
            disturb(w, &rng);
            world_pass(w, lq_rng_below(&rng, 200 * MS_NS));
        }
        world_pass(w, 21 * SEC_NS);
        assert_int_equal(open_cnt, 0);
        world_end(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_nothing_before_the_chain_is_known),
        cmocka_unit_test(never_uses_an_endpoint_of_another_chain),
        cmocka_unit_test(takes_no_chain_id_that_is_none),
        cmocka_unit_test(moves_by_the_class_of_the_answer),
        cmocka_unit_test(tries_each_once_and_gives_the_last_answer),
        cmocka_unit_test(sends_a_transaction_once),
        cmocka_unit_test(moves_a_batch_that_brought_nothing),
        cmocka_unit_test(keeps_to_what_a_call_asks_for),
        cmocka_unit_test(believes_a_head_that_rises_far_above_the_number_it_says),
        cmocka_unit_test(gives_each_half_of_the_time),
        cmocka_unit_test(blames_an_answer_that_makes_no_sense),
        cmocka_unit_test(moves_away_from_a_node_that_freezes),
        cmocka_unit_test(moves_away_from_a_head_that_stands_still),
        cmocka_unit_test(asks_for_heads_that_nobody_tells),
        cmocka_unit_test(asks_with_measure),
        cmocka_unit_test(waits_for_one_to_come_back),
        cmocka_unit_test(never_disables_the_last),
        cmocka_unit_test(waits_while_the_last_is_limited),
        cmocka_unit_test(keeps_the_rate),
        cmocka_unit_test(keeps_room_for_sends),
        cmocka_unit_test(keeps_room_for_sends_unasked),
        cmocka_unit_test(refuses_what_is_too_much),
        cmocka_unit_test(ends_a_call_that_fits_nowhere),
        cmocka_unit_test(ends_a_call_that_none_will_ever_take),
        cmocka_unit_test(cancels_a_call_at_any_time),
        cmocka_unit_test(may_be_called_from_its_callbacks),
        cmocka_unit_test(counts_a_fault_that_the_caller_saw),
        cmocka_unit_test(takes_the_end_of_a_connection_for_one_fault),
        cmocka_unit_test(ends_each_call_once_at_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
