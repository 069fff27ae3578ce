#include "simulate_rig.h"

/* ---- eth_simulateV1 */

static void tells_what_transactions_come_to(void **state)
{
    world_t *w = *state;
    script_all(w, "eth_simulateV1", GOOD);
    ask(w);
    expect_failure(w, LQ_OK, "");
    assert_false(w->by_call || w->in_parent);
    assert_true(w->results[0].known && w->results[0].ok && w->results[0].has_logs);
    assert_int_equal(w->results[0].gas, 21000);
    assert_int_equal(w->results[0].data_sz, 2);
    assert_memory_equal(w->data[0], "\x01\x02", 2);
    assert_int_equal(w->results[0].log_cnt, 1);
    assert_int_equal(w->logs[0].topic_cnt, 1);
    assert_int_equal(w->logs[0].topics[0].b[0], 2);
    assert_int_equal(w->logs[0].address.b[19], 9);
    assert_int_equal(w->logs[0].data_sz, 2);
    assert_true(w->results[1].known && !w->results[1].ok);
    assert_int_equal(w->results[1].gas, 0x5300);
    assert_int_equal(w->results[1].data_sz, 2);
    assert_memory_equal(w->data[1], "\xde\xad", 2);
    assert_int_equal(w->results[1].log_cnt, 0);
}

static void asks_for_just_that(void **state)
{
    world_t *w = *state;
    script_all(w, "eth_simulateV1", GOOD);
    ask(w);
    assert_string_equal(
        params_of(w, "eth_simulateV1"),
        "[{\"blockStateCalls\":[{\"blockOverrides\":" BLOCK_OVERRIDES
        ",\"stateOverrides\":" OVERRIDES ",\"calls\":[" ENDS
        "\"input\":\"0x1234\",\"value\":\"0x5\",\"gas\":\"0x186a0\",\"maxFeePerGas\":\"0x1e\","
        "\"maxPriorityFeePerGas\":\"0x2\"}," ENDS
        "\"input\":\"0x\",\"value\":\"0x0\",\"gas\":\"0xc350\",\"maxFeePerGas\":\"0x0\","
        "\"maxPriorityFeePerGas\":\"0x0\"}]}],\"validation\":true,\"traceTransfers\":false}," AT_HASH
        "]");
    lq_simulate_ask_t q = question();
    q.override_cnt = 1; /* the sender's coin is its own */
    assert_ok(lq_simulate_ask(w->s, 7, &q));
    run(w, 2);
    assert_non_null(strstr(params_of(w, "eth_simulateV1"), "\"validation\":false"));
}

static void takes_a_revert_as_each_client_tells_it(void **state)
{
    world_t *w = *state;
    static const struct {
        const char *call;
        const char *data;
    } cases[] = {
        {"{\"returnData\":\"0xaabb\",\"gasUsed\":\"0x1\",\"status\":\"0x0\"}", "\xaa\xbb"},
        {"{\"returnData\":\"0xaabb\",\"gasUsed\":\"0x1\",\"status\":\"0x0\",\"error\":{\"data\":null}}",
         "\xaa\xbb"},
        {"{\"gasUsed\":\"0x1\",\"status\":\"0x0\",\"error\":{\"message\":\"out of gas\"}}", ""},
        {"{\"returnData\":\"0x\",\"gasUsed\":\"0x1\",\"status\":\"0x0\",\"error\":\"reverted\"}",
         ""},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        char text[2048];
        (void)snprintf(text, sizeof(text), "[" BLOCK(PARENT_HASH, "0x65", "[%s,%s]") "]",
                       cases[i].call, cases[i].call);
        script_all(w, "eth_simulateV1", text);
        ask(w);
        expect_failure(w, LQ_OK, "");
        assert_false(w->results[1].ok);
        assert_int_equal(w->results[1].data_sz, strlen(cases[i].data));
        assert_memory_equal(w->data[1], cases[i].data, strlen(cases[i].data));
    }
}

static void takes_blocks_that_a_client_fills_in(void **state)
{
    world_t *w = *state;
    lq_simulate_ask_t q = question();
    q.parent.number = 98;
    script_all(w, "eth_simulateV1",
               "[" BLOCK(PARENT_HASH, "0x63", "[]") "," BLOCK(OTHER_HASH, "0x64", "[]") "," BLOCK(
                   OTHER_HASH, "0x65", "[" REVERTED "," REVERTED "]") "]");
    assert_ok(lq_simulate_ask(w->s, 7, &q));
    run(w, 1);
    expect_failure(w, LQ_OK, "");
    q.parent.number = 99; /* one too many */
    assert_ok(lq_simulate_ask(w->s, 7, &q));
    run(w, 2);
    expect_failure(w, LQ_ERR_SYNTAX, "more blocks");
}

static void believes_no_answer_that_is_none(void **state)
{
    world_t *w = *state;
#define CALLS(calls) "[" BLOCK(PARENT_HASH, "0x65", calls) "]"
    static const struct {
        const char *result;
        const char *why;
    } cases[] = {
        {"null", "no array"},
        {"[]", "not the block"},
        {"{}", "no array"},
        {"[7]", ""},
        {"[" BLOCK(PARENT_HASH, "0x66", "[" REVERTED "," REVERTED "]") "]", "not the block"},
        {CALLS("null"), "no array"},
        {CALLS("{}"), "no array"},
        {CALLS("[" REVERTED "]"), "not as many"},
        {CALLS("[" REVERTED "," REVERTED "," REVERTED "]"), "not as many"},
        {CALLS("[" REVERTED ",7]"), ""},
        {CALLS("[" REVERTED ",{\"gasUsed\":\"0x1\"}]"), "status"},
        {CALLS("[" REVERTED ",{\"gasUsed\":\"0xc351\",\"status\":\"0x0\"}]"), "out of range"},
        {CALLS("[" REVERTED ",{\"gasUsed\":\"0x1\",\"status\":\"0x2\"}]"), "out of range"},
        {CALLS("[" REVERTED ",{\"gasUsed\":\"0x1\",\"status\":\"0x1\",\"returnData\":\"0x\"}]"),
         "logs"},
        {CALLS("[" REVERTED ",{\"gasUsed\":\"0x1\",\"status\":\"0x1\",\"logs\":[]}]"), ""},
        {CALLS("[" REVERTED "," OK_CALL("{}") "]"), "address"},
        {CALLS("[" REVERTED "," OK_CALL(LOG("1")) "]"), ""},
        {CALLS("[" REVERTED "," OK_CALL(LOG("\"" OTHER_HASH "\",\"" OTHER_HASH "\",\"" OTHER_HASH
                                            "\",\"" OTHER_HASH "\",\"" OTHER_HASH "\"")) "]"),
         "topics"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        size_t before = asked(w, "eth_simulateV1");
        script_all(w, "eth_simulateV1", cases[i].result);
        ask(w);
        if (!w->err)
            fail_msg("%s", cases[i].result);
        expect_failure(w, LQ_ERR_SYNTAX, cases[i].why);
        assert_int_equal(asked(w, "eth_simulateV1") - before, NODE_CNT); /* each once */
        assert_int_equal(asked(w, "eth_call"), 0);
    }
}

static void asks_another_node_where_one_lies(void **state)
{
    world_t *w = *state;
    for (size_t liar = 0; liar < NODE_CNT; liar++) {
        script_all(w, "eth_simulateV1", GOOD);
        lq_test_node_script(w->nodes[liar], "eth_simulateV1", "[]");
        ask(w);
        expect_failure(w, LQ_OK, "");
    }
}

static void takes_no_state_but_the_parents(void **state)
{
    world_t *w = *state;
    script_all(w, "eth_simulateV1",
               "[" BLOCK(OTHER_HASH, "0x65", "[" REVERTED "," REVERTED "]") "]");
    ask(w);
    expect_failure(w, LQ_ERR_NOT_FOUND, "another block");
    /* where it was asked by hash a client may leave out what it stands on, as anvil does */
    script_all(w, "eth_simulateV1",
               "[" BLOCK(ZERO_HASH, "0x65", "[" REVERTED "," REVERTED "]") "]");
    ask(w);
    expect_failure(w, LQ_OK, "");
}

static bool takes_numbers_alone(void *ctx, lq_test_node_t *node, const lq_test_request_t *r)
{
    if (strcmp(r->method, "eth_simulateV1") != 0)
        return false;
    if (strstr(r->params, "blockHash"))
        lq_test_node_error(node, r->id, -32602, "invalid argument 1: hex string without 0x prefix");
    else if (strstr(r->params, "},\"0x64\"]"))
        lq_test_node_result(node, r->id, ctx);
    else
        fail_msg("%s", r->params);
    return true;
}

static void asks_by_number_where_a_node_takes_no_hash(void **state)
{
    world_t *w = *state;
    static char good[] = GOOD;
    static char silent[] = "[" BLOCK(ZERO_HASH, "0x65", "[" REVERTED "," REVERTED "]") "]";
    for (size_t i = 0; i < NODE_CNT; i++)
        lq_test_node_handle(w->nodes[i], takes_numbers_alone, good);
    ask(w);
    expect_failure(w, LQ_OK, "");
    assert_false(w->by_call);
    size_t before = asked(w, "eth_simulateV1");
    ask(w);
    expect_failure(w, LQ_OK, "");
    assert_int_equal(asked(w, "eth_simulateV1"), before + 1); /* which is known now */
    for (size_t i = 0; i < NODE_CNT; i++)
        lq_test_node_handle(w->nodes[i], takes_numbers_alone, silent);
    ask(w);
    expect_failure(w, LQ_ERR_NOT_FOUND, "does not say");
}

static void bounds_logs_and_bytes(void **state)
{
    world_t *w = *state;
    script_all(w, "eth_simulateV1",
               CALLS("[" OK_CALL(LOG("") "," LOG("")) "," OK_CALL(LOG("")) "]"));
    ask(w);
    expect_failure(w, LQ_OK, "");
    script_all(w, "eth_simulateV1",
               CALLS("[" OK_CALL(LOG("") "," LOG("")) "," OK_CALL(LOG("") "," LOG("")) "]"));
    ask(w);
    expect_failure(w, LQ_ERR_TOO_LONG, "logs");
    for (size_t sz = 50; sz <= 51; sz++) { /* 100 in all, and 102 */
        char call[512];
        char text[2048];
        (void)snprintf(call, sizeof(call),
                       "{\"returnData\":\"0x%0*d\",\"gasUsed\":\"0x1\",\"status\":\"0x0\"}",
                       (int)(2 * sz), 0);
        (void)snprintf(text, sizeof(text), CALLS("[%s,%s]"), call, call);
        script_all(w, "eth_simulateV1", text);
        ask(w);
        assert_err(w->err, sz == 50 ? LQ_OK : LQ_ERR_TOO_LONG);
    }
}

static void survives_a_revert_of_any_size(void **state)
{
    world_t *w = *state;
    static char text[IN_MAX + 8192];
    for (size_t sz = 60000; sz <= IN_MAX / 2; sz += IN_MAX / 2 - 60000) {
        (void)snprintf(text, sizeof(text),
                       CALLS("[" REVERTED ",{\"returnData\":\"0x%0*d\",\"gasUsed\":\"0x1\","
                             "\"status\":\"0x0\"}]"),
                       (int)(2 * sz), 0);
        script_all(w, "eth_simulateV1", text);
        ask(w);
        assert_err(w->err, sz == 60000 ? LQ_ERR_TOO_LONG : LQ_ERR_REMOTE); /* the stream breaks */
    }
    script_all(w, "eth_simulateV1", GOOD);
    for (size_t i = 0; i < 400; i++)
        step(w);
    ask(w);
    expect_failure(w, LQ_OK, "");
}

static void tells_a_refusal_in_the_nodes_words(void **state)
{
    world_t *w = *state;
    static const struct {
        const char *error;
        lq_err_t err;
        const char *why;
    } cases[] = {
        {"!{\"code\":-38014,\"message\":\"insufficient funds for gas * price + value\"}",
         LQ_ERR_REMOTE, "insufficient funds"},
        {"!{\"code\":-38021,\"message\":\"block timestamps must be in order: 1 <= 2\"}",
         LQ_ERR_REMOTE, "must be in order"},
        {"!{\"code\":-38015,\"message\":\"block gas limit reached: 1 >= 2\"}", LQ_ERR_REMOTE,
         "gas limit reached"},
        {"!{\"code\":-32000,\"message\":\"missing trie node 12\"}", LQ_ERR_NOT_FOUND, ""},
        {"!{\"code\":-32001,\"message\":\"Resource not found\"}", LQ_ERR_NOT_FOUND, ""},
        {NULL, LQ_ERR_TIMEOUT, ""},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        script_all(w, "eth_simulateV1", cases[i].error);
        ask(w);
        expect_failure(w, cases[i].err, cases[i].why);
        assert_int_equal(asked(w, "eth_call"), 0); /* it is there, and refuses this one */
    }
    for (uint32_t i = 0; i < NODE_CNT; i++) /* none of it was the node's fault but the silence */
        assert_int_equal(lq_pool_stat(w->pool, i).rpc->class_cnt[LQ_RPC_UNKNOWN], 0);
}

/* ---- eth_call */

static caller_t good_caller(void)
{
    return (caller_t){.probe = "\"0x" NUMBER_101 TIME_1012 NUMBER_101 "\"", .result = "\"0x77\""};
}

static void falls_back_to_eth_call(void **state)
{
    world_t *w = *state;
    caller_t c = good_caller();
    script_all(w, "eth_simulateV1", MISSING);
    handle_all(w, &c);
    ask(w);
    expect_failure(w, LQ_OK, "");
    assert_true(w->by_call && !w->in_parent);
    assert_true(w->results[0].known && w->results[0].ok && !w->results[0].has_logs);
    assert_int_equal(w->results[0].gas, 0);
    assert_int_equal(w->results[0].data_sz, 1);
    assert_int_equal(w->data[0][0], 0x77);
    assert_false(w->results[1].known);
    assert_string_equal(params_of(w, "eth_call"),
                        "[" ENDS "\"data\":\"0x1234\",\"value\":\"0x5\",\"gas\":\"0x186a0\","
                        "\"maxFeePerGas\":\"0x1e\",\"maxPriorityFeePerGas\":\"0x2\"}," AT_HASH
                        "," OVERRIDES "," BLOCK_OVERRIDES "]");
    c.result = NULL;
    ask(w);
    expect_failure(w, LQ_OK, "");
    assert_true(w->results[0].known && !w->results[0].ok);
    assert_int_equal(w->results[0].data_sz, 0);
}

static void learns_once_a_connection_what_a_node_lacks(void **state)
{
    world_t *w = *state;
    caller_t c = good_caller();
    script_all(w, "eth_simulateV1", MISSING);
    handle_all(w, &c);
    ask(w);
    size_t before = asked(w, "eth_simulateV1");
    for (size_t i = 0; i < 5; i++)
        ask(w);
    assert_int_equal(asked(w, "eth_simulateV1"), before);
    script_all(w, "eth_simulateV1", GOOD); /* a newer version of it starts */
    lq_test_node_cut(w->nodes[0]);
    for (size_t i = 0; i < 400; i++)
        step(w);
    ask(w);
    expect_failure(w, LQ_OK, "");
    assert_false(w->by_call);
    assert_int_equal(asked(w, "eth_simulateV1"), before + 1);
}

static void asks_who_has_it(void **state)
{
    world_t *w = *state;
    caller_t c = good_caller();
    handle_all(w, &c);
    for (size_t has = 0; has < NODE_CNT; has++) {
        lq_test_node_script(w->nodes[has], "eth_simulateV1", GOOD);
        lq_test_node_script(w->nodes[1 - has], "eth_simulateV1", MISSING);
        for (size_t i = 0; i < NODE_CNT; i++)
            lq_test_node_cut(w->nodes[i]);
        for (size_t i = 0; i < 400; i++)
            step(w);
        for (size_t i = 0; i < 3; i++) {
            ask(w);
            expect_failure(w, LQ_OK, "");
            assert_false(w->by_call);
        }
    }
    /* and who lacks it where nobody else is there, or has the state */
    lq_test_node_script(w->nodes[1], "eth_simulateV1",
                        "!{\"code\":-32000,\"message\":\"missing trie node\"}");
    lq_test_node_script(w->nodes[0], "eth_simulateV1", MISSING);
    ask(w);
    expect_failure(w, LQ_OK, "");
    assert_true(w->by_call);
    lq_test_node_listen(w->nodes[1], false);
    lq_test_node_cut(w->nodes[1]);
    for (size_t i = 0; i < 20; i++)
        step(w);
    ask(w);
    expect_failure(w, LQ_OK, "");
    assert_true(w->by_call);
}

static void says_where_overrides_of_the_block_are_not_taken(void **state)
{
    world_t *w = *state;
    caller_t refusing = {.probe = "\"0x" NUMBER_100 TIME_1000 NUMBER_100 "\"",
                         .result = "\"0x77\"",
                         .refusal = "too many arguments, want at most 3"};
    caller_t ignoring = {.probe = "\"0x" NUMBER_100 TIME_1000 NUMBER_100 "\"",
                         .result = "\"0x77\""};
    caller_t half = {.probe = "\"0x" NUMBER_101 TIME_1000 NUMBER_101 "\"", .result = "\"0x77\""};
    caller_t *all[] = {&ignoring, &half, &refusing};
    for (size_t i = 0; i < LQ_ARRAY_CNT(all); i++) {
        handle_all(w, all[i]);
        ask(w);
        expect_failure(w, LQ_OK, "");
        assert_true(w->by_call && w->in_parent && w->results[0].ok);
    }
    /* without them there are no fees, which the parent's base fee might refuse */
    assert_null(strstr(params_of(w, "eth_call"), "maxFeePerGas"));
    assert_non_null(strstr(params_of(w, "eth_call"), OVERRIDES));
}

static void believes_no_node_that_ignores_overrides(void **state)
{
    world_t *w = *state;
    caller_t good = good_caller();
    caller_t bad = {.probe = "\"0x\"", .result = "\"0x\""};
    lq_test_node_handle(w->nodes[0], answer_call, &bad);
    lq_test_node_handle(w->nodes[1], answer_call, &good);
    ask(w);
    expect_failure(w, LQ_OK, "");
    assert_int_equal(w->data[0][0], 0x77);
    handle_all(w, &bad);
    ask(w);
    expect_failure(w, LQ_ERR_REMOTE, "no node takes overrides");
}

static void believes_no_result_of_a_call_that_is_none(void **state)
{
    world_t *w = *state;
    caller_t c = good_caller();
    handle_all(w, &c);
    c.result = "{\"x\":1}";
    ask(w);
    assert_err(w->err, LQ_ERR_SYNTAX);
    char text[512];
    (void)snprintf(text, sizeof(text), "\"0x%0202d\"", 0);
    c.result = text;
    ask(w);
    assert_err(w->err, LQ_ERR_TOO_LONG);
}

/* ---- asking */

static void refuses_what_it_has_no_room_for(void **state)
{
    world_t *w = *state;
    static const uint8_t big[65];
    static const lq_simulate_override_t many[LQ_SIMULATE_OVERRIDE_MAX + 1];
    static const lq_simulate_slot_t places[LQ_SIMULATE_SLOT_MAX + 1];
    static const lq_simulate_tx_t three[TX_CNT + 1];
    lq_simulate_override_t o = {.slots = places, .slot_cnt = LQ_SIMULATE_SLOT_MAX + 1};
    script_all(w, "eth_simulateV1", GOOD);
    lq_simulate_ask_t q = question();
    q.overrides = &o;
    q.override_cnt = 1;
    assert_err(lq_simulate_ask(w->s, 1, &q), LQ_ERR_FULL);
    o = (lq_simulate_override_t){.code = big, .code_sz = 63}; /* and 2 of input */
    assert_err(lq_simulate_ask(w->s, 1, &q), LQ_ERR_FULL);
    q.overrides = many;
    q.override_cnt = LQ_SIMULATE_OVERRIDE_MAX + 1;
    assert_err(lq_simulate_ask(w->s, 1, &q), LQ_ERR_FULL);
    q.override_cnt = 2; /* of one account */
    assert_err(lq_simulate_ask(w->s, 1, &q), LQ_ERR_INVAL);
    q.override_cnt = 0;
    q.tx_cnt = 0;
    assert_err(lq_simulate_ask(w->s, 1, &q), LQ_ERR_INVAL);
    q.txs = three;
    q.tx_cnt = TX_CNT + 1;
    assert_err(lq_simulate_ask(w->s, 1, &q), LQ_ERR_FULL);
    q = question();
    q.parent.number = 101;
    assert_err(lq_simulate_ask(w->s, 1, &q), LQ_ERR_INVAL);
    q.block.block.number = 101 + LQ_SIMULATE_AHEAD_MAX + 1;
    assert_err(lq_simulate_ask(w->s, 1, &q), LQ_ERR_INVAL);
    q = question();
    assert_ok(lq_simulate_ask(w->s, 1, &q));
    assert_err(lq_simulate_ask(w->s, 1, &q), LQ_ERR_EXISTS);
    assert_ok(lq_simulate_ask(w->s, 2, &q));
    assert_err(lq_simulate_ask(w->s, 3, &q), LQ_ERR_FULL);
    run(w, 2);
    assert_ok(lq_simulate_ask(w->s, 1, &q));
    run(w, 3);
}

/* The text of a request has room for the longest there can be: the sanitizer watches. */
static void writes_the_largest_question(void **state)
{
    world_t *w = *state;
    static lq_simulate_override_t overrides[LQ_SIMULATE_OVERRIDE_MAX];
    static lq_simulate_slot_t many[LQ_SIMULATE_SLOT_MAX];
    static uint8_t bytes[64];
    lq_simulate_tx_t txs[TX_CNT];
    lq_simulate_ask_t q = question();
    memset(many, 0xff, sizeof(many));
    memset(txs, 0xff, sizeof(txs));
    memset(&q.block.base_fee_wei, 0xff, sizeof(q.block.base_fee_wei));
    q.block.timestamp_sec = q.block.gas_limit = UINT64_MAX;
    q.block.block.number = UINT64_MAX;
    q.parent.number = UINT64_MAX - 1;
    for (size_t i = 0; i < LQ_SIMULATE_OVERRIDE_MAX; i++) {
        overrides[i] = (lq_simulate_override_t){
            .address = {{[19] = (uint8_t)i}}, .code = bytes, .has_balance = true};
        memset(&overrides[i].balance, 0xff, sizeof(overrides[i].balance));
    }
    overrides[0].slots = many;
    overrides[0].slot_cnt = LQ_SIMULATE_SLOT_MAX;
    overrides[0].code_sz = 32;
    for (size_t i = 0; i < TX_CNT; i++) {
        txs[i].input = bytes;
        txs[i].input_sz = 16;
    }
    q.overrides = overrides;
    q.override_cnt = LQ_SIMULATE_OVERRIDE_MAX;
    q.txs = txs;
    assert_err(lq_simulate_ask(w->s, 1, &q), LQ_ERR_TOO_LONG); /* for the nodes' 64 KB */
    overrides[0].slot_cnt = 256;
    caller_t c = good_caller();
    script_all(w, "eth_simulateV1", MISSING);
    handle_all(w, &c);
    for (uint32_t i = 0; i < NODE_CNT; i++)
        lq_pool_note_head(w->pool, i, 101);
    q.block.block.number = 102;
    q.parent.number = 101;
    assert_ok(lq_simulate_ask(w->s, 1, &q));
    run(w, 1);
    assert_true(w->by_call);
}

static void may_be_asked_from_its_callback(void **state)
{
    world_t *w = *state;
    script_all(w, "eth_simulateV1", GOOD);
    w->asks_again = true;
    lq_simulate_ask_t q = question();
    assert_ok(lq_simulate_ask(w->s, 7, &q));
    run(w, 2);
    expect_failure(w, LQ_OK, "");
    assert_int_equal(w->logs[0].topic_cnt, 1);
}

/* Whatever nodes are like: one answer, which is right, or a reason. */
static void answers_once_whatever_nodes_are_like(void **state)
{
    world_t *w = *state;
    static const char *const said[] = {
        GOOD,
        GOOD,
        MISSING,
        "[]",
        "[" BLOCK(OTHER_HASH, "0x65", "[" REVERTED "," REVERTED "]") "]",
        "!{\"code\":-32602,\"message\":\"invalid params\"}",
        "!{\"code\":-32000,\"message\":\"missing trie node\"}",
        "!{\"code\":-32000,\"message\":\"what now\"}",
        NULL,
    };
    lq_rng_t rng = lq_test_rng();
    caller_t c = good_caller();
    handle_all(w, &c);
    size_t cnt = lq_test_cnt(200, 5000);
    for (size_t i = 0; i < cnt; i++) {
        for (size_t k = 0; k < NODE_CNT; k++) {
            if (lq_rng_below(&rng, 2))
                lq_test_node_script(w->nodes[k], "eth_simulateV1",
                                    said[lq_rng_below(&rng, LQ_ARRAY_CNT(said))]);
            if (lq_rng_below(&rng, 10) == 0)
                lq_test_node_cut(w->nodes[k]);
        }
        c.result = lq_rng_below(&rng, 2) ? "\"0x77\"" : "7";
        ask(w);
        for (size_t k = lq_rng_below(&rng, 50); k > 0; k--)
            step(w);
        if (w->err)
            continue;
        assert_true(w->results[0].known && w->results[0].ok);
        assert_int_equal(w->results[0].data_sz, w->by_call ? 1 : 2);
        assert_int_equal(w->results[0].gas, w->by_call ? 0 : 21000);
        assert_int_equal(w->results[1].known, !w->by_call);
    }
    assert_int_equal(w->answer_cnt, cnt);
}

static void refuses_configurations_that_cannot_be(void **state)
{
    world_t *w = *state;
    lq_simulate_t *s = NULL;
    lq_simulate_config_t bad[7];
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++)
        bad[i] = config;
    bad[0].max = 0;
    bad[1].max = 65;
    bad[2].tx_max = 0;
    bad[3].tx_max = 257;
    bad[4].input_max = SIZE_MAX;
    bad[5].log_max = SIZE_MAX;
    bad[6].output_max = SIZE_MAX;
    size_t used = lq_arena_used_sz(&w->arena);
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++)
        assert_err(lq_simulate_new(&s, &w->arena, &w->log, w->pool, &bad[i], on_simulated, w),
                   LQ_ERR_RANGE);
    lq_arena_t small;
    assert_ok(lq_arena_init(&small, 1 << 16));
    assert_err(lq_simulate_new(&s, &small, &w->log, w->pool, &config, on_simulated, w),
               LQ_ERR_NOMEM);
    assert_int_equal(lq_arena_used_sz(&small), 0);
    lq_arena_fini(&small);
    assert_int_equal(lq_arena_used_sz(&w->arena), used);
    assert_null(s);
}

static void outlives_a_connection_that_goes(void **state)
{
    world_t *w = *state;
    lq_simulate_ask_t q = question();
    script_all(w, "eth_simulateV1", NULL);
    assert_ok(lq_simulate_ask(w->s, 7, &q));
    for (size_t i = 0; i < 3; i++)
        step(w);
    script_all(w, "eth_simulateV1", GOOD);
    for (size_t i = 0; i < NODE_CNT; i++) /* whoever has it */
        if (lq_test_node_request_cnt(w->nodes[i], "eth_simulateV1"))
            lq_test_node_cut(w->nodes[i]);
    run(w, 1);
    expect_failure(w, LQ_OK, "");
}

static void gives_nothing_once_it_is_freed(void **state)
{
    world_t *w = *state;
    static const lq_simulate_place_t place = {.token = {{[19] = 1}}, .holder = {{[19] = 2}}};
    lq_simulate_ask_t q = question();
    lq_hash_t hash = {{1}};
    script_all(w, "eth_simulateV1", GOOD);
    assert_ok(lq_simulate_ask(w->s, 7, &q));
    assert_ok(lq_simulate_slot(w->s, &place, &q.parent, on_place, w));
    assert_err(lq_simulate_slot(w->s, &place, &q.parent, on_place, w), LQ_ERR_FULL);
    assert_ok(lq_simulate_paid(w->s, 1, &hash, &q.block, on_paid, w));
    assert_ok(lq_simulate_paid(w->s, 2, &hash, &q.block, on_paid, w));
    assert_err(lq_simulate_paid(w->s, 3, &hash, &q.block, on_paid, w), LQ_ERR_FULL);
    lq_simulate_free(w->s);
    w->s = NULL;
    for (size_t i = 0; i < 1000; i++)
        step(w);
    assert_int_equal(w->answer_cnt, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tells_what_transactions_come_to),
        TEST(asks_for_just_that),
        TEST(takes_a_revert_as_each_client_tells_it),
        TEST(takes_blocks_that_a_client_fills_in),
        TEST(believes_no_answer_that_is_none),
        TEST(asks_another_node_where_one_lies),
        TEST(takes_no_state_but_the_parents),
        TEST(asks_by_number_where_a_node_takes_no_hash),
        TEST(bounds_logs_and_bytes),
        TEST(survives_a_revert_of_any_size),
        TEST(tells_a_refusal_in_the_nodes_words),
        TEST(falls_back_to_eth_call),
        TEST(learns_once_a_connection_what_a_node_lacks),
        TEST(asks_who_has_it),
        TEST(says_where_overrides_of_the_block_are_not_taken),
        TEST(believes_no_node_that_ignores_overrides),
        TEST(believes_no_result_of_a_call_that_is_none),
        TEST(refuses_what_it_has_no_room_for),
        TEST(writes_the_largest_question),
        TEST(may_be_asked_from_its_callback),
        TEST(answers_once_whatever_nodes_are_like),
        TEST(refuses_configurations_that_cannot_be),
        TEST(outlives_a_connection_that_goes),
        TEST(gives_nothing_once_it_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
