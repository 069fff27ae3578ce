/* Where tokens keep numbers, and what mined transactions paid. */

#include "simulate_rig.h"

/* ---- slots */

#define MARK "\"0x00000000000000000000000000000000000000006c69716473696d756c617465\""

/* A token whose slot the test knows. */
typedef struct token {
    const char *slot;  /* that has the number, its digits; "": none */
    const char *says;  /* what the view says of a number; NULL: the number itself */
    const char *probe; /* what overrides are shown with */
    size_t proof_cnt;  /* calls so far */
} token_t;

static bool be_token(void *ctx, lq_test_node_t *node, const lq_test_request_t *r)
{
    token_t *t = ctx;
    if (strcmp(r->method, "eth_call") != 0)
        return false;
    if (r->idx == 0) {
        lq_test_node_result(node, r->id, t->probe);
        return true;
    }
    t->proof_cnt++;
    assert_non_null(strstr(r->params, AT_HASH));
    if (*t->slot && strstr(r->params, t->slot))
        lq_test_node_result(node, r->id, t->says ? t->says : MARK);
    else if (t->proof_cnt % 2)
        lq_test_node_result(node, r->id, "\"" ZERO_HASH "\"");
    else
        lq_test_node_error(node, r->id, 3, "execution reverted");
    return true;
}

#define PROBED "\"0x" NUMBER_100 TIME_1000 NUMBER_100 "\""

static void find_slot(world_t *w, token_t *t, bool allowance)
{
    lq_simulate_place_t place = {.token = {{[19] = 1}}, .holder = {{[19] = 2}}};
    lq_block_ref_t block = {100, {{1}}};
    size_t before = w->answer_cnt;
    place.spender.b[19] = allowance ? 3 : 0;
    t->proof_cnt = 0;
    if (!t->probe)
        t->probe = PROBED;
    for (size_t i = 0; i < NODE_CNT; i++)
        lq_test_node_handle(w->nodes[i], be_token, t);
    assert_ok(lq_simulate_slot(w->s, &place, &block, on_place, w));
    run(w, before + 1);
    assert_int_equal(w->place.place.holder.b[19], 2);
}

#define SLOT_5 "0500000000000000000000000000000000000000000000000000000000000000"

static void finds_a_slot_by_what_the_view_reads(void **state)
{
    world_t *w = *state;
    token_t t = {.slot = SLOT_5};
    script_all(w, "eth_createAccessList",
               "{\"accessList\":[{\"address\":\"0x0000000000000000000000000000000000000001\","
               "\"storageKeys\":[\"" OTHER_HASH "\"]},{\"address\":"
               "\"0x0000000000000000000000000000000000000011\",\"storageKeys\":[\"" PARENT_HASH
               "\",\"0x" SLOT_5 "\"]}],\"gasUsed\":\"0x1\"}");
    find_slot(w, &t, false);
    assert_err(w->err, LQ_OK);
    assert_int_equal(w->place.contract.b[19], 0x11);
    assert_int_equal(w->place.slot.b[0], 5);
    assert_int_equal(t.proof_cnt, 3);
    assert_string_equal(
        params_of(w, "eth_createAccessList"),
        "[{\"to\":\"0x0000000000000000000000000000000000000001\",\"data\":"
        "\"0x70a082310000000000000000000000000000000000000000000000000000000000000002"
        "\"}," AT_HASH "]");
}

static void finds_no_slot_of_a_number_that_is_computed(void **state)
{
    world_t *w = *state;
    token_t t = {.slot = SLOT_5, .says = "\"0x" NUMBER_100 "\""};
    script_all(w, "eth_createAccessList",
               "{\"accessList\":[{\"address\":\"0x0000000000000000000000000000000000000001\","
               "\"storageKeys\":[\"0x" SLOT_5 "\"]}]}");
    find_slot(w, &t, false);
    assert_err(w->err, LQ_ERR_EMPTY);
    assert_int_equal(t.proof_cnt, 1); /* no other can be it */
}

/* What viem computes for holder 2 and spender 3: Solidity's and Vyper's slots 0, 9 and 40,
   OpenZeppelin 5's, Solady's. */
static const struct {
    const char *slot;
    bool allowance;
} known_slots[] = {
    {"abbb5caa7dda850e60932de0934eb1f9d0f59695050f761dc64e443e5030a569", false},
    {"2bdb90e0013561de9fe2ce7f1b0fda9bde9a6242e308f88c86fc1fc34faaeea9", true},
    {"ac33ff75c19e70fe83507db0d683fd3465c996598dc972688b7ace676c89077b", false},
    {"3991108a02f0a63e8d7f92775df9ce711b3cefc8872b9ea8826f7c0c407832c4", true},
    {"6cde3cea4b3a3fb2488b2808bae7556f4a405e50f65e1794383bc026131b13c3", false},
    {"818702688330aa7f6541f53893ea1fca6d98a886c3324c155e4c51ae8feb995d", true},
    {"f85cc6ffc513dc6cf7d199ef87b7a63cf9defe62251c1c247cd12f1eec7bff29", false},
    {"c8cb966fd4aef8a47e0d551b8695773dc6973a6d9620db8c8caa605ff3a950e8", true},
    {"d713ae4f394bfd6aef7af01a08d49ae9377aec9e97dc14f4e41ccaf8d3c793d9", false},
    {"1a0e9f16327dae5dc9e09487e210459bf3cd9c4067b45efcdea808d54b2784d8", true},
    {"5759ed2ce2b5d312af3edff82a4df858741988b1bddfcca1f32b72a28d1d70f0", false},
    {"4ca32add42fc325efc332a73bc8d14490cb926836692933e53bf1a31c10cc856", true},
    {"cc2c6ee8129d68b4a2d0ec5667802adc517c08093ae9b8689600190c459c3661", false},
    {"b458b6213c9776882751813696e1bc4bad57b92f4760dafb149218fbc83236f0", true},
    {"697602de32abb609f16e125597038b1e516fb49e6ec8a296aaa503037ee900cb", false},
    {"2c178d1116104bfff8cecabdb32c691cf56c81704d68e5e38c6094ca4df49c0d", true},
};

static void finds_a_slot_by_common_layouts(void **state)
{
    world_t *w = *state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(known_slots); i++) {
        token_t t = {.slot = known_slots[i].slot};
        find_slot(w, &t, known_slots[i].allowance);
        assert_err(w->err, LQ_OK);
        assert_int_equal(w->place.contract.b[19], 1);
        lq_hash_t want;
        assert_ok(lq_hex_decode(want.b, sizeof(want.b), NULL, known_slots[i].slot, 64));
        assert_memory_equal(&w->place.slot, &want, sizeof(want));
    }
    token_t none = {.slot = ""};
    find_slot(w, &none, false);
    assert_err(w->err, LQ_ERR_EMPTY);
    assert_int_equal(none.proof_cnt, LQ_SIMULATE_LAYOUT_CNT);
}

static void tries_layouts_where_an_access_list_is_none(void **state)
{
    world_t *w = *state;
    static const char *const lists[] = {
        "null",
        "[]",
        "{\"accessList\":{}}",
        "{\"accessList\":[7]}",
        "{\"accessList\":[{\"address\":\"0x01\",\"storageKeys\":[]}]}",
        "{\"accessList\":[{\"address\":\"" MINER "\",\"storageKeys\":null}]}",
        "{\"accessList\":[{\"address\":\"" MINER "\",\"storageKeys\":[\"0x01\"]}]}",
        "!{\"code\":-32000,\"message\":\"insufficient funds for gas * price + value\"}",
        NULL,
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(lists); i++) {
        token_t t = {.slot = known_slots[0].slot};
        script_all(w, "eth_createAccessList", lists[i]);
        find_slot(w, &t, known_slots[0].allowance);
        assert_err(w->err, LQ_OK);
    }
}

static void proves_no_slot_by_a_node_that_ignores_overrides(void **state)
{
    world_t *w = *state;
    token_t t = {.slot = known_slots[0].slot, .probe = "\"0x\""};
    find_slot(w, &t, false);
    assert_err(w->err, LQ_ERR_REMOTE);
}

static void says_why_a_slot_was_not_looked_for(void **state)
{
    world_t *w = *state;
    static const lq_simulate_place_t place = {.token = {{[19] = 1}}, .holder = {{[19] = 2}}};
    lq_block_ref_t block = {100, {{1}}};
    script_all(w, "eth_call", "!{\"code\":-32000,\"message\":\"missing trie node\"}");
    assert_ok(lq_simulate_slot(w->s, &place, &block, on_place, w));
    run(w, 1);
    assert_err(w->err, LQ_ERR_NOT_FOUND);
    script_all(w, "eth_call", NULL);
    assert_ok(lq_simulate_slot(w->s, &place, &block, on_place, w));
    run(w, 2);
    assert_err(w->err, LQ_ERR_TIMEOUT);
}

/* ---- payments */

#define SENDER "0x0000000000000000000000000000000000000008"
#define RECEIPT_OF(hash, block, price)                                                     \
    "{\"blockHash\":\"" block "\",\"blockNumber\":\"0x64\",\"effectiveGasPrice\":\"" price \
    "\",\"from\":\"" SENDER                                                                \
    "\",\"gasUsed\":\"0x5208\",\"status\":\"0x1\",\"transactionHash\":\"" hash             \
    "\",\"transactionIndex\":\"0x0\",\"logs\":[]}"
#define RECEIPT RECEIPT_OF(OTHER_HASH, PARENT_HASH, "0xd")
#define FRAME(type, to, value, more)                                                      \
    "{\"from\":\"" SENDER "\",\"to\":\"" to "\",\"type\":\"" type "\",\"value\":\"" value \
    "\"" more "}"

static void ask_paid(world_t *w)
{
    lq_header_t block = {.block = {100, {{1}}}, .base_fee_wei = {{{10}}}, .miner = {{[19] = 5}}};
    lq_hash_t hash = {{2}};
    size_t before = w->answer_cnt;
    assert_ok(lq_simulate_paid(w->s, 4, &hash, &block, on_paid, w));
    run(w, before + 1);
    assert_int_equal(w->id, 4);
}

static void tells_what_a_transaction_paid(void **state)
{
    world_t *w = *state;
    static const struct {
        const char *trace;
        uint64_t paid;
    } cases[] = {
        {FRAME("CALL", MINER, "0x7", ""), 7},
        {FRAME("CALL", SENDER, "0x7", ""), 0},
        {FRAME("CALL", SENDER, "0x7",
               ",\"calls\":[" FRAME("CALL", MINER, "0x1", "") "," FRAME(
                   "CALL", SENDER, "0x2",
                   ",\"calls\":[" FRAME("CALL", MINER, "0x4",
                                        "") "]") "," FRAME("SELFDESTRUCT", MINER, "0x8", "") "]"),
         13},
        {FRAME("CALL", SENDER, "0x7",
               ",\"calls\":[" FRAME("DELEGATECALL", MINER, "0x1", "") "," FRAME(
                   "STATICCALL", MINER, "0x2",
                   "") "," FRAME("CALLCODE", MINER, "0x4",
                                 "") "," FRAME("CREATE", MINER, "0x8",
                                               "") "," FRAME("CALL", MINER, "0x10", "") "]"),
         16},
        {FRAME(
             "CALL", SENDER, "0x7",
             ",\"calls\":[" FRAME("CALL", MINER, "0x1", ",\"error\":\"execution reverted\"") "," FRAME(
                 "CALL", SENDER, "0x2",
                 ",\"error\":\"out of gas\",\"calls\":[" FRAME(
                     "CALL", MINER, "0x4", "") "]") "," FRAME("CALL", MINER, "0x8", "") "]"),
         8},
        {FRAME("CALL", SENDER, "0x7",
               ",\"error\":\"execution reverted\",\"calls\":[" FRAME("CALL", MINER, "0x1", "") "]"),
         0},
        {FRAME("CALL", SENDER, "0x7",
               ",\"error\":null,\"calls\":[{\"from\":\"" SENDER "\",\"to\":\"" MINER
               "\",\"type\":\"CALL\"}]"),
         0},
    };
    script_all(w, "eth_getTransactionReceipt", RECEIPT);
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        script_all(w, "debug_traceTransaction", cases[i].trace);
        ask_paid(w);
        assert_err(w->err, LQ_OK);
        assert_int_equal(w->paid.tip_wei.raw.w[0], 3);
        assert_int_equal(w->paid.gas, 21000);
        assert_true(w->paid.has_payment);
        assert_int_equal(w->paid.payment_wei.raw.w[0], cases[i].paid);
    }
    assert_string_equal(params_of(w, "debug_traceTransaction"),
                        "[\"" OTHER_HASH "\",{\"tracer\":\"callTracer\",\"tracerConfig\":{"
                        "\"onlyTopCall\":false,\"withLog\":false}}]");
}

static void tells_the_tip_alone_where_no_trace_can_be_had(void **state)
{
    world_t *w = *state;
    static const char *const traces[] = {
        "null",
        "[]",
        "{\"failed\":false,\"gas\":0,\"structLogs\":[]}",
        "{\"from\":\"" MINER "\",\"type\":\"CALL\"}",
        FRAME("CALL", MINER, "0x", ""),
        FRAME("CALL", MINER, "0x10000000000000000000000000000000000000000000000000000000000000000",
              ""),
        FRAME("CALL", MINER, "0x7", ",\"calls\":7"),
        FRAME("CALL", MINER, "0x7", ",\"calls\":[7]"),
        FRAME("CALL", MINER, "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
              ",\"calls\":[" FRAME("CALL", MINER, "0x1", "") "]"),
        "!{\"code\":-32000,\"message\":\"historical state not available\"}",
        NULL,
        MISSING,
    };
    script_all(w, "eth_getTransactionReceipt", RECEIPT);
    for (size_t i = 0; i < LQ_ARRAY_CNT(traces); i++) {
        script_all(w, "debug_traceTransaction", traces[i]);
        ask_paid(w);
        assert_err(w->err, LQ_OK);
        assert_int_equal(w->paid.tip_wei.raw.w[0], 3);
        assert_false(w->paid.has_payment);
        assert_true(lq_u256_is_zero(&w->paid.payment_wei.raw));
    }
    size_t before = asked(w, "debug_traceTransaction");
    ask_paid(w); /* which is known now */
    assert_int_equal(asked(w, "debug_traceTransaction"), before);
}

/* Calls nested as deep as the EVM can. */
static void follows_calls_to_their_depth(void **state)
{
    world_t *w = *state;
    static char text[1100 * 256];
    script_all(w, "eth_getTransactionReceipt", RECEIPT);
    for (size_t depth = 1025; depth <= 1026; depth++) {
        size_t sz = 0;
        for (size_t i = 1; i < depth; i++)
            sz += (size_t)snprintf(text + sz, sizeof(text) - sz,
                                   "{\"from\":\"" SENDER "\",\"to\":\"" SENDER
                                   "\",\"type\":\"CALL\",\"calls\":[");
        sz += (size_t)snprintf(text + sz, sizeof(text) - sz, FRAME("CALL", MINER, "0x9", ""));
        for (size_t i = 1; i < depth; i++)
            sz += (size_t)snprintf(text + sz, sizeof(text) - sz, "]}");
        script_all(w, "debug_traceTransaction", text);
        ask_paid(w);
        assert_true(w->paid.has_payment);
        assert_int_equal(w->paid.payment_wei.raw.w[0], 9);
    }
}

static void believes_no_receipt_but_the_transactions(void **state)
{
    world_t *w = *state;
    static const struct {
        const char *receipt;
        lq_err_t err;
    } cases[] = {
        {"null", LQ_ERR_NOT_FOUND},
        {RECEIPT_OF(OTHER_HASH, OTHER_HASH, "0xd"), LQ_ERR_NOT_FOUND},
        {RECEIPT_OF(PARENT_HASH, PARENT_HASH, "0xd"), LQ_ERR_SYNTAX},
        {RECEIPT_OF(OTHER_HASH, PARENT_HASH, "0x9"), LQ_ERR_SYNTAX},
        {"{}", LQ_ERR_SYNTAX},
        {MISSING, LQ_ERR_REMOTE},
        {NULL, LQ_ERR_TIMEOUT},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        script_all(w, "eth_getTransactionReceipt", cases[i].receipt);
        ask_paid(w);
        assert_err(w->err, cases[i].err);
        assert_false(w->paid.has_payment);
    }
    assert_int_equal(asked(w, "debug_traceTransaction"), 0);
    for (size_t i = 0; i < NODE_CNT; i++) { /* one that knows is enough */
        script_all(w, "eth_getTransactionReceipt", "null");
        lq_test_node_script(w->nodes[i], "eth_getTransactionReceipt", RECEIPT);
        ask_paid(w);
        assert_err(w->err, LQ_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_a_slot_by_what_the_view_reads),
        TEST(finds_no_slot_of_a_number_that_is_computed),
        TEST(finds_a_slot_by_common_layouts),
        TEST(tries_layouts_where_an_access_list_is_none),
        TEST(proves_no_slot_by_a_node_that_ignores_overrides),
        TEST(says_why_a_slot_was_not_looked_for),
        TEST(tells_what_a_transaction_paid),
        TEST(tells_the_tip_alone_where_no_trace_can_be_had),
        TEST(follows_calls_to_their_depth),
        TEST(believes_no_receipt_but_the_transactions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
