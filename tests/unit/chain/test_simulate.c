/* Simulations over a real pool: two nodes on Unix sockets, played by the test. */

#include "liqd/chain/simulate.h"

#include <inttypes.h>

#include "liqd/codec/hex.h"
#include "lq_test.h"
#include "lq_test_node.h"
#include "simulate_internal.h"

#define SECOND_NS ((uint64_t)1000000000)
#define NODE_CNT  2u
#define TX_CNT    2u
#define IN_MAX    ((size_t)160 << 10) /* of a node's text */

typedef struct world {
    lq_arena_t arena;
    lq_clock_manual_t clock;
    lq_loop_t *loop;
    lq_log_t log;
    lq_test_node_t *nodes[NODE_CNT];
    lq_url_t urls[NODE_CNT];
    lq_pool_t *pool;
    lq_simulate_t *s;
    /* what came */
    size_t answer_cnt;
    uint64_t id;
    lq_err_t err;
    char why[LQ_ERR_MSG_SZ];
    bool by_call, in_parent;
    lq_simulate_result_t results[TX_CNT];
    uint8_t data[TX_CNT][64];
    lq_evm_log_t logs[4];
    lq_simulate_place_answer_t place;
    lq_simulate_paid_t paid;
} world_t;

static void ignore_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx, (void)level, (void)line, (void)line_sz;
}

static void on_simulated(void *ctx, const lq_simulate_answer_t *answer)
{
    world_t *w = ctx;
    w->answer_cnt++;
    w->id = answer->id;
    w->err = answer->err;
    w->by_call = answer->by_call;
    w->in_parent = answer->in_parent;
    (void)snprintf(w->why, sizeof(w->why), "%s", answer->why);
    if (answer->err)
        assert_int_equal(answer->result_cnt, 0);
    for (size_t i = 0; i < answer->result_cnt; i++) {
        const lq_simulate_result_t *r = &answer->results[i];
        w->results[i] = *r;
        assert_true(r->data_sz <= sizeof(w->data[i]));
        if (r->data_sz)
            memcpy(w->data[i], r->data, r->data_sz);
        for (size_t k = 0; k < r->log_cnt && k < LQ_ARRAY_CNT(w->logs); k++)
            w->logs[k] = r->logs[k];
    }
}

static void on_place(void *ctx, const lq_simulate_place_answer_t *answer)
{
    world_t *w = ctx;
    w->answer_cnt++;
    w->err = answer->err;
    w->place = *answer;
}

static void on_paid(void *ctx, uint64_t id, const lq_simulate_paid_t *paid)
{
    world_t *w = ctx;
    w->answer_cnt++;
    w->id = id;
    w->err = paid->err;
    w->paid = *paid;
}

static const lq_simulate_config_t config = {
    .max = 2,
    .tx_max = TX_CNT,
    .input_max = 64,
    .log_max = 3,
    .output_max = 100,
    .timeout_ns = 2 * SECOND_NS,
};

static void make_pool(world_t *w)
{
    lq_pool_endpoint_t endpoints[NODE_CNT];
    for (size_t i = 0; i < NODE_CNT; i++)
        endpoints[i] = (lq_pool_endpoint_t){
            .rpc = {.name = i ? "second" : "first",
                    .url = &w->urls[i],
                    .call_max = 16,
                    .sub_max = 1,
                    .in_max = IN_MAX,
                    .out_max = 1 << 16,
                    .connect_ns = 5 * SECOND_NS,
                    .backoff_min_ns = SECOND_NS / 10,
                    .backoff_max_ns = SECOND_NS},
            .roles = LQ_ROLE_READ,
        };
    lq_pool_config_t pool = {
        .endpoints = endpoints,
        .endpoint_cnt = NODE_CNT,
        .chain_id = 1,
        .block_ns = 12 * SECOND_NS,
        .lag_blk_max = 1000,
        .seed = 1,
    };
    assert_ok(lq_pool_new(&w->pool, &w->arena, w->loop, &w->log, &pool));
}

static void step(world_t *w)
{
    for (size_t i = 0; i < NODE_CNT; i++)
        (void)lq_test_node_poll(w->nodes[i]);
    lq_clock_manual_advance(&w->clock, SECOND_NS / 200);
    lq_loop_turn(w->loop, 0);
}

static int setup(void **state)
{
    static const lq_log_config_t log = {.line_max = LQ_LOG_LINE_MAX, .value_max = 512};
    world_t *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    w->clock.now = (lq_time_t){1700000000 * SECOND_NS, 1000 * SECOND_NS};
    assert_ok(lq_arena_init(&w->arena, (size_t)256 << 20));
    assert_ok(lq_log_init(&w->log, &log, lq_clock_manual(&w->clock), ignore_line, w));
    assert_ok(lq_loop_new(&w->loop, &w->arena, lq_clock_manual(&w->clock),
                          NODE_CNT * LQ_ENDPOINT_TIMER_CNT(17, 1) + 2));
    for (size_t i = 0; i < NODE_CNT; i++) {
        w->nodes[i] = lq_test_node_new();
        const char *path = lq_test_node_path(w->nodes[i]);
        assert_ok(lq_url_parse(&w->urls[i], NULL, path, strlen(path)));
        lq_test_node_script(w->nodes[i], "eth_blockNumber", "\"0x64\"");
    }
    make_pool(w);
    for (size_t i = 0; i < 50; i++)
        step(w);
    for (uint32_t i = 0; i < NODE_CNT; i++)
        lq_pool_note_head(w->pool, i, 100);
    assert_ok(lq_simulate_new(&w->s, &w->arena, &w->log, w->pool, &config, on_simulated, w));
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    world_t *w = *state;
    lq_simulate_free(w->s);
    lq_pool_free(w->pool);
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    for (size_t i = 0; i < NODE_CNT; i++)
        lq_test_node_free(w->nodes[i]);
    free(w);
    return 0;
}

/* Turns until CNT answers came, for 20 s at most. */
static void run(world_t *w, size_t cnt)
{
    for (size_t i = 0; w->answer_cnt < cnt && i < 4000; i++)
        step(w);
    assert_int_equal(w->answer_cnt, cnt);
}

static void script_all(world_t *w, const char *method, const char *result)
{
    for (size_t i = 0; i < NODE_CNT; i++)
        lq_test_node_script(w->nodes[i], method, result);
}

static size_t asked(const world_t *w, const char *method)
{
    size_t cnt = 0;
    for (size_t i = 0; i < NODE_CNT; i++)
        cnt += lq_test_node_request_cnt(w->nodes[i], method);
    return cnt;
}

/* The parameters of METHOD that came to the node that was asked. */
static const char *params_of(const world_t *w, const char *method)
{
    const char *first = lq_test_node_params(w->nodes[0], method);
    return *first ? first : lq_test_node_params(w->nodes[1], method);
}

/* ---- the question: two transactions in block 101 behind block 100 */

#define ZERO_HASH   "0x0000000000000000000000000000000000000000000000000000000000000000"
#define PARENT_HASH "0x0100000000000000000000000000000000000000000000000000000000000000"
#define OTHER_HASH  "0x0200000000000000000000000000000000000000000000000000000000000000"
#define MINER       "0x0000000000000000000000000000000000000005"

static const uint8_t input[2] = {0x12, 0x34};
static const uint8_t code[3] = {0xaa, 0xbb, 0xcc};
static const lq_simulate_slot_t slots[] = {{{{[31] = 2}}, {{7}}}, {{{[31] = 3}}, {{1}}}};

static lq_simulate_ask_t question(void)
{
    static const lq_simulate_override_t overrides[] = {
        {.address = {{[19] = 9}},
         .code = code,
         .code_sz = sizeof(code),
         .slots = slots,
         .slot_cnt = 2},
        {.address = {{[19] = 8}}, .has_balance = true, .balance = {{{1000}}}},
    };
    static const lq_simulate_tx_t txs[TX_CNT] = {
        {.from = {{[19] = 8}},
         .to = {{[19] = 9}},
         .input = input,
         .input_sz = sizeof(input),
         .value_wei = {{{5}}},
         .gas_limit = 100000,
         .max_fee_wei = {{{30}}},
         .tip_wei = {{{2}}}},
        {.from = {{[19] = 8}}, .to = {{[19] = 9}}, .gas_limit = 50000},
    };
    return (lq_simulate_ask_t){
        .parent = {100, {{1}}},
        .block = {.block = {101, {{0}}},
                  .timestamp_sec = 1012,
                  .gas_limit = 30000000,
                  .base_fee_wei = {{{10}}},
                  .miner = {{[19] = 5}}},
        .overrides = overrides,
        .override_cnt = 2,
        .txs = txs,
        .tx_cnt = TX_CNT,
    };
}

#define BLOCK_OVERRIDES                                                                    \
    "{\"number\":\"0x65\",\"time\":\"0x3f4\",\"gasLimit\":\"0x1c9c380\",\"feeRecipient\":" \
    "\"" MINER "\",\"baseFeePerGas\":\"0xa\"}"
#define OVERRIDES                                                                            \
    "{\"0x0000000000000000000000000000000000000009\":{\"code\":\"0xaabbcc\",\"stateDiff\":{" \
    "\"0x0000000000000000000000000000000000000000000000000000000000000002\":"                \
    "\"0x0000000000000000000000000000000000000000000000000000000000000007\","                \
    "\"0x0000000000000000000000000000000000000000000000000000000000000003\":"                \
    "\"0x0000000000000000000000000000000000000000000000000000000000000001\"}},"              \
    "\"0x0000000000000000000000000000000000000008\":{\"balance\":\"0x3e8\"}}"
#define ENDS                                                           \
    "{\"from\":\"0x0000000000000000000000000000000000000008\",\"to\":" \
    "\"0x0000000000000000000000000000000000000009\","
#define AT_HASH "{\"blockHash\":\"" PARENT_HASH "\",\"requireCanonical\":true}"

/* What a node says of the block, with the results CALLS. */
#define BLOCK(parent, number, calls)                                               \
    "{\"hash\":\"" ZERO_HASH "\",\"parentHash\":\"" parent "\",\"miner\":\"" MINER \
    "\",\"number\":\"" number                                                      \
    "\",\"timestamp\":\"0x3f4\",\"baseFeePerGas\":\"0xa\",\"calls\":" calls "}"
#define LOG(topics)                                                                   \
    "{\"address\":\"0x0000000000000000000000000000000000000009\",\"topics\":[" topics \
    "],\"data\":\"0xbeef\"}"
#define OK_CALL(logs) \
    "{\"returnData\":\"0x0102\",\"logs\":[" logs "],\"gasUsed\":\"0x5208\",\"status\":\"0x1\"}"
#define REVERTED                                                                               \
    "{\"returnData\":\"0x\",\"logs\":[],\"gasUsed\":\"0x5300\",\"status\":\"0x0\",\"error\":{" \
    "\"code\":3,\"message\":\"execution reverted\",\"data\":\"0xdead\"}}"
#define GOOD \
    "[" BLOCK(PARENT_HASH, "0x65", "[" OK_CALL(LOG("\"" OTHER_HASH "\"")) "," REVERTED "]") "]"

/* What the probe and a transaction come to by eth_call. */
#define NUMBER_101 "0000000000000000000000000000000000000000000000000000000000000065"
#define NUMBER_100 "0000000000000000000000000000000000000000000000000000000000000064"
#define TIME_1012  "00000000000000000000000000000000000000000000000000000000000003f4"
#define TIME_1000  "00000000000000000000000000000000000000000000000000000000000003e8"
#define MISSING    "!{\"code\":-32601,\"message\":\"the method does not exist/is not available\"}"

typedef struct caller {
    const char *probe; /* what the first of a batch says; NULL: refused with REFUSAL */
    const char *result;
    const char *refusal; /* of what has overrides of the block; NULL: taken */
} caller_t;

static bool answer_call(void *ctx, lq_test_node_t *node, const lq_test_request_t *r)
{
    const caller_t *c = ctx;
    if (strcmp(r->method, "eth_call") != 0)
        return false;
    assert_int_equal(r->cnt, 2);
    if (c->refusal && strstr(r->params, "feeRecipient"))
        lq_test_node_error(node, r->id, -32602, c->refusal);
    else if (r->idx == 0)
        lq_test_node_result(node, r->id, c->probe);
    else if (c->result)
        lq_test_node_result(node, r->id, c->result);
    else
        lq_test_node_error(node, r->id, 3, "execution reverted");
    return true;
}

static void handle_all(world_t *w, caller_t *c)
{
    for (size_t i = 0; i < NODE_CNT; i++)
        lq_test_node_handle(w->nodes[i], answer_call, c);
}

static void ask(world_t *w)
{
    lq_simulate_ask_t q = question();
    size_t before = w->answer_cnt;
    assert_ok(lq_simulate_ask(w->s, 7, &q));
    assert_int_equal(w->answer_cnt, before); /* never from within */
    run(w, before + 1);
    assert_int_equal(w->id, 7);
}

static void expect_failure(const world_t *w, lq_err_t err, const char *why)
{
    assert_err(w->err, err);
    if (!strstr(w->why, why))
        fail_msg("\"%s\" has no \"%s\"", w->why, why);
}

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
        TEST(refuses_configurations_that_cannot_be),
        TEST(outlives_a_connection_that_goes),
        TEST(gives_nothing_once_it_is_freed),
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
