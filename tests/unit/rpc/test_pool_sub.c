#include "liqd/rpc/pool.h"

#include "pool_world.h"

/* Subscriptions on all endpoints, and what of them may reach the caller. */

static uint32_t subscribe(world_t *w)
{
    static const char params[] = "[\"newHeads\"]";
    uint32_t sub = 0;
    assert_ok(lq_pool_subscribe(w->pool, &sub, params, sizeof(params) - 1, world_event, w));
    assert_true(sub != 0);
    return sub;
}

static void notify(world_t *w, size_t i, const char *text)
{
    lq_test_node_notify(w->nodes[i], lq_test_node_sub(w->nodes[i]), text);
    world_pump(w);
}

static int by_text(const void *a, const void *b)
{
    return memcmp(a, b, 4);
}

/* What several endpoints told comes in any order; all words are of four letters and a blank. */
static void sort_told(world_t *w)
{
    w->told[w->told_sz] = ' ';
    qsort(w->told, (w->told_sz + 1) / 5, 5, by_text);
    w->told[w->told_sz] = '\0';
}

static void subscribes_on_all(void **state)
{
    (void)state;
    world_t *w = world_well(3);
    w->endpoints[1].roles = LQ_ROLE_READ;
    world_pool(w);
    uint32_t sub = subscribe(w);
    world_pump(w);
    world_pump(w);
    sort_told(w);
    assert_told(w, "A:ON C:ON");
    assert_string_equal(lq_test_node_params(w->nodes[0], "eth_subscribe"), "[\"newHeads\"]");
    notify(w, 0, "\"1\"");
    notify(w, 2, "\"2\"");
    assert_told(w, "A:1 C:2");
    lq_test_node_cut(w->nodes[0]);
    world_pump(w);
    assert_told(w, "A:OFF");
    world_pass(w, 2 * SEC_NS);
    assert_told(w, "A:ON");
    lq_pool_unsubscribe(w->pool, sub);
    world_pump(w);
    assert_int_equal(world_cnt(w, 0, "eth_unsubscribe"), 1);
    assert_int_equal(world_cnt(w, 2, "eth_unsubscribe"), 1);
    lq_pool_unsubscribe(w->pool, sub);
    uint32_t again = subscribe(w);
    assert_true(again != sub);
    lq_pool_unsubscribe(w->pool, sub); /* not the one that took its place */
    world_pump(w);
    sort_told(w);
    assert_told(w, "A:ON C:ON");
    world_end(w);
}

static void tells_nothing_of_another_chain(void **state)
{
    (void)state;
    world_t *w = world_new(2);
    lq_test_node_script(w->nodes[0], "eth_chainId", "\"0x2\"");
    world_pool(w);
    (void)subscribe(w);
    world_pump(w);
    world_pump(w);
    assert_told(w, "B:ON");
    notify(w, 0, "\"1\"");
    notify(w, 1, "\"2\"");
    assert_told(w, "B:2");
    assert_int_equal(lq_pool_stat(w->pool, 0).early_cnt, 1);
    lq_test_node_cut(w->nodes[0]);
    world_pump(w);
    assert_told(w, "");
    lq_test_node_script(w->nodes[0], "eth_chainId", "\"0x1\"");
    world_pass(w, 2 * SEC_NS);
    assert_told(w, "A:ON");
    /* and a node that comes back as one of another chain */
    lq_test_node_script(w->nodes[0], "eth_chainId", "\"0x2\"");
    lq_test_node_cut(w->nodes[0]);
    world_pass(w, 2 * SEC_NS);
    notify(w, 0, "\"3\"");
    assert_told(w, "A:OFF");
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_FOREIGN);
    world_end(w);
}

static void tells_nothing_before_the_chain_is_known(void **state)
{
    (void)state;
    world_t *w = world_new(1);
    lq_test_node_script(w->nodes[0], "eth_chainId", NULL);
    world_pool(w);
    (void)subscribe(w);
    world_pump(w);
    notify(w, 0, "\"1\"");
    assert_told(w, "");
    assert_int_equal(lq_pool_stat(w->pool, 0).early_cnt, 1);
    lq_test_node_script(w->nodes[0], "eth_chainId", "\"0x1\"");
    world_pass(w, 7 * SEC_NS);
    assert_told(w, "A:ON");
    notify(w, 0, "\"2\"");
    assert_told(w, "A:2");
    world_end(w);
}

static void keeps_a_refusal_until_the_chain_is_known(void **state)
{
    (void)state;
    world_t *w = world_new(1);
    lq_test_node_script(w->nodes[0], "eth_chainId", NULL);
    lq_test_node_script(w->nodes[0], "eth_subscribe", "!{\"code\":-32601,\"message\":\"no\"}");
    world_pool(w);
    (void)subscribe(w);
    world_pass(w, SEC_NS);
    assert_told(w, "");
    lq_test_node_script(w->nodes[0], "eth_chainId", "\"0x1\"");
    world_pass(w, 7 * SEC_NS);
    assert_told(w, "A:REFUSED");
    lq_test_node_script(w->nodes[0], "eth_subscribe", NULL);
    lq_test_node_cut(w->nodes[0]);
    world_pass(w, 2 * SEC_NS);
    assert_int_equal(world_health(w, 0), LQ_NODE_HEALTH_WELL);
    assert_told(w, ""); /* once is enough */
    world_end(w);
}

/* A probe may find that the node behind a connection has changed its chain. */
static void ends_what_turns_out_foreign(void **state)
{
    (void)state;
    world_t *w = world_well(1);
    (void)subscribe(w);
    world_pump(w);
    assert_told(w, "A:ON");
    lq_test_node_script(w->nodes[0], "eth_chainId", "\"0x2\"");
    for (int k = 0; k < 3; k++)
        lq_pool_note_fault(w->pool, 0);
    world_pass(w, 2 * SEC_NS);
    assert_told(w, "A:OFF");
    notify(w, 0, "\"1\"");
    assert_told(w, "");
    lq_test_node_script(w->nodes[0], "eth_chainId", "\"0x1\"");
    lq_test_node_cut(w->nodes[0]);
    world_pass(w, 2 * SEC_NS);
    assert_told(w, "A:ON");
    world_end(w);
}

static void takes_notifications_for_a_sign_of_life(void **state)
{
    (void)state;
    world_t *w = world_well(1);
    (void)subscribe(w);
    world_pump(w);
    assert_told(w, "A:ON");
    w->frozen[0] = true;
    lq_rpc_id_t ids[1];
    world_call(w, "m");
    ids[0] = w->id;
    for (int k = 0; k < 60; k++) {
        world_pass(w, 500 * MS_NS);
        notify(w, 0, "\"1\"");
    }
    assert_int_equal(lq_test_node_connect_cnt(w->nodes[0]), 1);
    lq_pool_cancel(w->pool, ids[0]);
    world_end(w);
}

static void has_bounds(void **state)
{
    (void)state;
    world_t *w = world_well(2);
    uint32_t sub;
    for (int k = 0; k < 4; k++)
        (void)subscribe(w);
    assert_err(lq_pool_subscribe(w->pool, &sub, "[]", 2, world_event, w), LQ_ERR_FULL);
    w->endpoints[0].roles = LQ_ROLE_READ;
    w->endpoints[1].roles = LQ_ROLE_READ;
    world_pool(w); /* none that can: told nothing */
    for (uint32_t k = 0; k < LQ_POOL_SUB_MAX; k++)
        (void)subscribe(w);
    assert_err(lq_pool_subscribe(w->pool, &sub, "[]", 2, world_event, w), LQ_ERR_FULL);
    world_end(w);
}

static uint32_t sub_of_then;

static void unsubscribe(world_t *w)
{
    lq_pool_unsubscribe(w->pool, sub_of_then);
    (void)subscribe(w);
}

static void may_be_ended_from_its_callback(void **state)
{
    (void)state;
    world_t *w = world_well(1);
    sub_of_then = subscribe(w);
    w->then = unsubscribe;
    world_pump(w);
    assert_told(w, "A:ON A:ON");
    /* also from the one that a proof brings */
    lq_test_node_script(w->nodes[0], "eth_chainId", NULL);
    lq_test_node_cut(w->nodes[0]);
    world_pass(w, 2 * SEC_NS);
    assert_told(w, "A:OFF");
    sub_of_then = 0;
    w->then = unsubscribe;
    lq_test_node_script(w->nodes[0], "eth_chainId", "\"0x1\"");
    world_pass(w, 7 * SEC_NS);
    assert_told(w, "A:ON A:ON");
    world_end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subscribes_on_all),
        cmocka_unit_test(tells_nothing_of_another_chain),
        cmocka_unit_test(tells_nothing_before_the_chain_is_known),
        cmocka_unit_test(keeps_a_refusal_until_the_chain_is_known),
        cmocka_unit_test(ends_what_turns_out_foreign),
        cmocka_unit_test(takes_notifications_for_a_sign_of_life),
        cmocka_unit_test(has_bounds),
        cmocka_unit_test(may_be_ended_from_its_callback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
