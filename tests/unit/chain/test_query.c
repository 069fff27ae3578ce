#include "liqd/chain/query.h"

#include "liqd/base/log.h"
#include "liqd/net/loop.h"
#include "lq_test.h"
#include "lq_test_node.h"

#define TURN_NS   1000000u
#define WAIT_NS   20000000000u
#define QUERY_MAX 2

/* A pool of one node that the test plays. */
typedef struct fixture {
    lq_arena_t arena;
    lq_loop_t *loop;
    lq_log_t log;
    lq_test_node_t *node;
    lq_url_t url;
    lq_pool_t *pool;
    lq_query_t *q;
    size_t receipt_cnt;
    size_t fee_cnt;
    size_t log_cnt;
    bool found;
    lq_err_t err;
    lq_receipt_t receipt;
    lq_fee_history_t history;
} fixture_t;

static void drop_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx;
    (void)level;
    (void)line;
    (void)line_sz;
}

static int open_fixture(void **state)
{
    static const lq_log_config_t quiet = {.level = LQ_LOG_ERROR, .line_max = 256, .value_max = 16};
    fixture_t *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_ok(lq_arena_init(&f->arena, (size_t)1 << 30));
    assert_ok(lq_loop_new(&f->loop, &f->arena, lq_clock_system(), 4096));
    assert_ok(lq_log_init(&f->log, &quiet, lq_clock_system(), drop_line, NULL));
    f->node = lq_test_node_new();
    const char *path = lq_test_node_path(f->node);
    assert_ok(lq_url_parse(&f->url, NULL, path, strlen(path)));
    lq_pool_endpoint_t endpoint = {
        .rpc = {.name = "one",
                .url = &f->url,
                .call_max = 16,
                .sub_max = 2,
                .in_max = 1 << 20,
                .out_max = 1 << 20,
                .connect_ns = 1000000000,
                .backoff_min_ns = 1000000,
                .backoff_max_ns = 10000000},
        .roles = LQ_ROLE_READ,
    };
    lq_pool_config_t config = {.endpoints = &endpoint,
                               .endpoint_cnt = 1,
                               .chain_id = 1,
                               .block_ns = 12000000000,
                               .lag_blk_max = 8,
                               .seed = 1};
    assert_ok(lq_pool_new(&f->pool, &f->arena, f->loop, &f->log, &config));
    assert_ok(lq_query_new(&f->q, &f->arena, &f->log, f->pool, QUERY_MAX, 500000000));
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    fixture_t *f = *state;
    lq_query_free(f->q);
    lq_pool_free(f->pool);
    lq_loop_free(f->loop);
    lq_test_node_free(f->node);
    lq_arena_fini(&f->arena);
    free(f);
    return 0;
}

/* Turns until *CNT is WANT. */
static void turn_until(fixture_t *f, const size_t *cnt, size_t want)
{
    uint64_t end_ns = lq_clock_now(lq_clock_system()).mono_ns + WAIT_NS;
    while (*cnt < want && lq_loop_time(f->loop).mono_ns < end_ns) {
        (void)lq_test_node_poll(f->node);
        lq_loop_turn(f->loop, TURN_NS);
    }
    assert_int_equal(*cnt, want);
}

static void on_receipt(void *ctx, const lq_receipt_answer_t *answer)
{
    fixture_t *f = ctx;
    f->err = answer->err;
    f->found = answer->found;
    f->receipt_cnt++;
    if (answer->err || !answer->found) {
        assert_null(answer->receipt);
        return;
    }
    f->receipt = *answer->receipt;
    lq_json_iter_t it;
    lq_json_val_t val;
    assert_ok(lq_json_iter(answer->doc, &it, NULL, answer->logs, NULL));
    for (f->log_cnt = 0; lq_json_next(answer->doc, NULL, &val, &it); f->log_cnt++) {
        lq_evm_log_t log;
        uint8_t buf[256];
        bool removed;
        assert_ok(lq_evm_log_decode(answer->doc, &log, &removed, buf, sizeof(buf), NULL, val));
    }
}

static void on_fees(void *ctx, const lq_fee_answer_t *answer)
{
    fixture_t *f = ctx;
    f->err = answer->err;
    f->fee_cnt++;
    if (!answer->err)
        f->history = *answer->history;
    else
        assert_null(answer->history);
}

static const lq_hash_t tx = {{0xab, 0xcd}};
#define HASH(first) "0x" first "00000000000000000000000000000000000000000000000000000000000000"
#define TX_HASH     "0xabcd000000000000000000000000000000000000000000000000000000000000"

static char receipt_text[4096];

static const char *make_receipt(void)
{
    char bloom[2 * LQ_BLOOM_SZ + 1];
    memset(bloom, '0', sizeof(bloom) - 1);
    bloom[sizeof(bloom) - 1] = '\0';
    (void)snprintf(
        receipt_text, sizeof(receipt_text),
        "{\"type\":\"0x2\",\"status\":\"0x1\",\"cumulativeGasUsed\":\"0x5208\",\"logsBloom\":\"0x%s\","
        "\"transactionHash\":\"" TX_HASH "\",\"transactionIndex\":\"0x3\",\"blockHash\":\"" HASH(
            "11") "\",\"blockNumber\":\"0x10\",\"gasUsed\":\"0x5208\",\"effectiveGasPrice\":\"0x7\","
                  "\"from\":\"0x1111111111111111111111111111111111111111\",\"to\":null,"
                  "\"logs\":[{\"address\":\"0x2222222222222222222222222222222222222222\",\"topics\":[],"
                  "\"data\":\"0x01\",\"blockHash\":\"" HASH(
                      "11") "\",\"blockNumber\":\"0x10\",\"transactionHash\":\"" TX_HASH
                            "\",\"transactionIndex\":\"0x3\",\"logIndex\":\"0x5\",\"removed\":false}]}",
        bloom);
    return receipt_text;
}

static void gives_a_receipt_with_its_logs(void **state)
{
    fixture_t *f = *state;
    lq_query_id_t id;
    lq_test_node_script(f->node, "eth_getTransactionReceipt", make_receipt());
    assert_ok(lq_query_receipt(f->q, &id, &tx, 0, on_receipt, f));
    turn_until(f, &f->receipt_cnt, 1);
    assert_ok(f->err);
    assert_true(f->found);
    assert_true(f->receipt.success);
    assert_int_equal(f->receipt.gas_used, 0x5208);
    assert_int_equal(f->receipt.block.number, 0x10);
    assert_int_equal(f->log_cnt, 1);
    assert_string_equal(lq_test_node_params(f->node, "eth_getTransactionReceipt"),
                        "[\"" TX_HASH "\"]");
}

static void a_node_may_not_know_the_receipt(void **state)
{
    fixture_t *f = *state;
    lq_query_id_t id;
    lq_test_node_script(f->node, "eth_getTransactionReceipt", "null");
    assert_ok(lq_query_receipt(f->q, &id, &tx, 0, on_receipt, f));
    turn_until(f, &f->receipt_cnt, 1);
    assert_ok(f->err);
    assert_false(f->found);
}

static void bad_answers_and_silence_are_errors(void **state)
{
    fixture_t *f = *state;
    lq_query_id_t id;
    lq_test_node_script(f->node, "eth_getTransactionReceipt", "{\"status\":\"0x1\"}");
    assert_ok(lq_query_receipt(f->q, &id, &tx, 0, on_receipt, f));
    turn_until(f, &f->receipt_cnt, 1);
    assert_err(f->err, LQ_ERR_NOT_FOUND);
    lq_test_node_script(f->node, "eth_getTransactionReceipt",
                        "!{\"code\":-32601,\"message\":\"no such method\"}");
    assert_ok(lq_query_receipt(f->q, &id, &tx, 0, on_receipt, f));
    turn_until(f, &f->receipt_cnt, 2);
    assert_err(f->err, LQ_ERR_REMOTE);
    lq_test_node_script(f->node, "eth_getTransactionReceipt", NULL);
    assert_ok(lq_query_receipt(f->q, &id, &tx, 0, on_receipt, f));
    turn_until(f, &f->receipt_cnt, 3);
    assert_err(f->err, LQ_ERR_TIMEOUT);
}

static void answers_to_another_question_are_garbage(void **state)
{
    fixture_t *f = *state;
    lq_query_id_t id;
    static const lq_hash_t other = {{1}};
    lq_test_node_script(f->node, "eth_getTransactionReceipt", make_receipt());
    assert_ok(lq_query_receipt(f->q, &id, &other, 0, on_receipt, f));
    turn_until(f, &f->receipt_cnt, 1);
    assert_err(f->err, LQ_ERR_RANGE);
    char *logs = strstr(receipt_text, "\"logs\":[");
    (void)snprintf(logs, 16, "\"logs\":7}");
    lq_test_node_script(f->node, "eth_getTransactionReceipt", receipt_text);
    assert_ok(lq_query_receipt(f->q, &id, &tx, 0, on_receipt, f));
    turn_until(f, &f->receipt_cnt, 2);
    assert_err(f->err, LQ_ERR_SYNTAX);
    lq_test_node_script(f->node, "eth_feeHistory",
                        "{\"oldestBlock\":\"0x7\",\"baseFeePerGas\":[\"0x5\",\"0x6\",\"0x7\"],"
                        "\"gasUsedRatio\":[0.5,1]}");
    assert_ok(lq_query_fees(f->q, &id, 1, NULL, 0, on_fees, f));
    turn_until(f, &f->fee_cnt, 1);
    assert_err(f->err, LQ_ERR_RANGE);
    assert_int_equal(lq_query_stat(f->q)->garbage_cnt, 3);
}

static void gives_fees_at_the_percentiles(void **state)
{
    fixture_t *f = *state;
    lq_query_id_t id;
    static const uint8_t percentiles[] = {10, 90};
    lq_test_node_script(
        f->node, "eth_feeHistory",
        "{\"oldestBlock\":\"0x7\",\"baseFeePerGas\":[\"0x5\",\"0x6\",\"0x7\"],"
        "\"gasUsedRatio\":[0.5,1],\"reward\":[[\"0x1\",\"0x2\"],[\"0x3\",\"0x4\"]]}");
    assert_ok(lq_query_fees(f->q, &id, 2, percentiles, 2, on_fees, f));
    turn_until(f, &f->fee_cnt, 1);
    assert_ok(f->err);
    assert_int_equal(f->history.oldest_blk, 7);
    assert_int_equal(f->history.block_cnt, 2);
    assert_int_equal(f->history.reward_wei[1][1].raw.w[0], 4);
    assert_string_equal(lq_test_node_params(f->node, "eth_feeHistory"),
                        "[\"0x2\",\"latest\",[10,90]]");
}

static void refuses_percentiles_that_do_not_rise(void **state)
{
    fixture_t *f = *state;
    lq_query_id_t id = {7};
    static const uint8_t same[] = {10, 10};
    static const uint8_t high[] = {101};
    assert_err(lq_query_fees(f->q, &id, 2, same, 2, on_fees, f), LQ_ERR_INVAL);
    assert_err(lq_query_fees(f->q, &id, 2, high, 1, on_fees, f), LQ_ERR_INVAL);
    assert_err(lq_query_fees(f->q, &id, 0, NULL, 0, on_fees, f), LQ_ERR_INVAL);
    assert_err(lq_query_fees(f->q, &id, LQ_FEE_BLOCKS_MAX + 1, NULL, 0, on_fees, f), LQ_ERR_INVAL);
    assert_int_equal(id.id, 7);
}

static void what_is_cancelled_never_answers(void **state)
{
    fixture_t *f = *state;
    lq_query_id_t ids[QUERY_MAX];
    lq_query_id_t other = {9};
    lq_test_node_script(f->node, "eth_getTransactionReceipt", "null");
    for (size_t i = 0; i < QUERY_MAX; i++)
        assert_ok(lq_query_receipt(f->q, &ids[i], &tx, 0, on_receipt, f));
    assert_err(lq_query_receipt(f->q, &other, &tx, 0, on_receipt, f), LQ_ERR_FULL);
    assert_int_equal(other.id, 9);
    lq_query_cancel(f->q, ids[0]);
    lq_query_cancel(f->q, ids[0]);
    assert_ok(lq_query_receipt(f->q, &other, &tx, 0, on_receipt, f));
    lq_query_cancel(f->q, other);
    turn_until(f, &f->receipt_cnt, 1);
    for (size_t i = 0; i < 20; i++) {
        (void)lq_test_node_poll(f->node);
        lq_loop_turn(f->loop, TURN_NS);
    }
    assert_int_equal(f->receipt_cnt, 1);
    lq_query_cancel(f->q, ids[1]); /* has ended */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_a_receipt_with_its_logs),           TEST(a_node_may_not_know_the_receipt),
        TEST(bad_answers_and_silence_are_errors),      TEST(gives_fees_at_the_percentiles),
        TEST(refuses_percentiles_that_do_not_rise),    TEST(what_is_cancelled_never_answers),
        TEST(answers_to_another_question_are_garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
