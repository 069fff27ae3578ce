#ifndef SIMULATE_RIG_H
#define SIMULATE_RIG_H

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
    bool asks_again; /* from the callback */
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

static inline void ignore_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx, (void)level, (void)line, (void)line_sz;
}

static inline lq_simulate_ask_t question(void);

static inline void on_simulated(void *ctx, const lq_simulate_answer_t *answer)
{
    world_t *w = ctx;
    w->answer_cnt++;
    if (w->asks_again) {
        lq_simulate_ask_t q = question();
        w->asks_again = false;
        assert_ok(lq_simulate_ask(w->s, answer->id, &q)); /* it is not under way any more */
    }
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

static inline void on_place(void *ctx, const lq_simulate_place_answer_t *answer)
{
    world_t *w = ctx;
    w->answer_cnt++;
    w->err = answer->err;
    w->place = *answer;
}

static inline void on_paid(void *ctx, uint64_t id, const lq_simulate_paid_t *paid)
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

static inline void make_pool(world_t *w)
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

static inline void step(world_t *w)
{
    for (size_t i = 0; i < NODE_CNT; i++)
        (void)lq_test_node_poll(w->nodes[i]);
    lq_clock_manual_advance(&w->clock, SECOND_NS / 200);
    lq_loop_turn(w->loop, 0);
}

static inline int setup(void **state)
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

static inline int teardown(void **state)
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
static inline void run(world_t *w, size_t cnt)
{
    for (size_t i = 0; w->answer_cnt < cnt && i < 4000; i++)
        step(w);
    assert_int_equal(w->answer_cnt, cnt);
}

static inline void script_all(world_t *w, const char *method, const char *result)
{
    for (size_t i = 0; i < NODE_CNT; i++)
        lq_test_node_script(w->nodes[i], method, result);
}

static inline size_t asked(const world_t *w, const char *method)
{
    size_t cnt = 0;
    for (size_t i = 0; i < NODE_CNT; i++)
        cnt += lq_test_node_request_cnt(w->nodes[i], method);
    return cnt;
}

/* The parameters of METHOD that came to the node that was asked. */
static inline const char *params_of(const world_t *w, const char *method)
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

static inline lq_simulate_ask_t question(void)
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

static inline bool answer_call(void *ctx, lq_test_node_t *node, const lq_test_request_t *r)
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

static inline void handle_all(world_t *w, caller_t *c)
{
    for (size_t i = 0; i < NODE_CNT; i++)
        lq_test_node_handle(w->nodes[i], answer_call, c);
}

static inline void ask(world_t *w)
{
    lq_simulate_ask_t q = question();
    size_t before = w->answer_cnt;
    assert_ok(lq_simulate_ask(w->s, 7, &q));
    assert_int_equal(w->answer_cnt, before); /* never from within */
    run(w, before + 1);
    assert_int_equal(w->id, 7);
}

static inline void expect_failure(const world_t *w, lq_err_t err, const char *why)
{
    assert_err(w->err, err);
    if (!strstr(w->why, why))
        fail_msg("\"%s\" has no \"%s\"", w->why, why);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
