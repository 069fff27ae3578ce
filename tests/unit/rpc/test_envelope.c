#include "envelope_internal.h"

#include "lq_test.h"

#define TOK_MAX 256

static lq_json_tok_t toks[TOK_MAX];
static lq_json_t doc;

static lq_envelope_t read_text(const char *text)
{
    static const lq_json_limits_t limits = {1 << 20, 16};
    lq_err_msg_t msg;
    lq_envelope_t env;
    assert_ok(lq_json_parse(&doc, toks, TOK_MAX, &msg, text, strlen(text), &limits));
    lq_envelope_read(&env, &doc, lq_json_root(&doc));
    return env;
}

static void assert_kind(const char *text, lq_envelope_kind_t want)
{
    lq_envelope_t env = read_text(text);
    if (env.kind != want)
        fail_msg("%s: kind %d, not %d", text, (int)env.kind, (int)want);
}

static void takes_a_result_of_any_kind(void **state)
{
    (void)state;
    lq_envelope_t env = read_text("{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":\"0x1\"}");
    assert_int_equal(env.kind, LQ_ENVELOPE_RESULT);
    assert_int_equal(env.id, 7);
    assert_int_equal(lq_json_kind(env.value), LQ_JSON_KIND_STRING);
    env = read_text("{\"result\":null,\"id\":18446744073709551615}");
    assert_int_equal(env.kind, LQ_ENVELOPE_RESULT);
    assert_true(env.id == UINT64_MAX);
    assert_int_equal(lq_json_kind(env.value), LQ_JSON_KIND_NULL);
    env = read_text("{\"x\":{\"id\":3},\"id\":0,\"result\":[],\"jsonrpc\":\"2.0\",\"y\":[1]}");
    assert_int_equal(env.kind, LQ_ENVELOPE_RESULT);
    assert_int_equal(env.id, 0);
}

static void takes_an_error(void **state)
{
    (void)state;
    lq_envelope_t env = read_text("{\"jsonrpc\":\"2.0\",\"id\":9,\"error\":{\"code\":-32000,"
                                  "\"message\":\"nonce too low\"}}");
    assert_int_equal(env.kind, LQ_ENVELOPE_ERROR);
    assert_int_equal(env.id, 9);
    assert_true(env.code == -32000);
    assert_int_equal(lq_json_kind(env.message), LQ_JSON_KIND_STRING);
    assert_int_equal(lq_json_kind(env.data), LQ_JSON_KIND_ABSENT);
    env = read_text("{\"id\":9,\"error\":{\"data\":\"0x08\",\"message\":\"\",\"code\":3,\"z\":0}}");
    assert_int_equal(env.kind, LQ_ENVELOPE_ERROR);
    assert_true(env.code == 3);
    assert_int_equal(lq_json_kind(env.data), LQ_JSON_KIND_STRING);
}

static void takes_an_error_without_an_id(void **state)
{
    (void)state;
    assert_kind("{\"id\":null,\"error\":{\"code\":-32700,\"message\":\"parse\"}}",
                LQ_ENVELOPE_LOST);
    assert_kind("{\"error\":{\"code\":429,\"message\":\"slow\"}}", LQ_ENVELOPE_LOST);
    assert_kind("{\"id\":null,\"result\":1}", LQ_ENVELOPE_OTHER);
    assert_kind("{\"error\":\"slow down\"}", LQ_ENVELOPE_OTHER);
    assert_kind("{\"id\":null,\"result\":1,\"error\":{\"code\":1,\"message\":\"\"}}",
                LQ_ENVELOPE_OTHER);
}

static void tells_a_broken_answer_from_garbage_by_its_id(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "{\"id\":1}",
        "{\"id\":1,\"result\":1,\"error\":{\"code\":1,\"message\":\"\"}}",
        "{\"id\":1,\"result\":null,\"error\":null}",
        "{\"id\":1,\"error\":null}",
        "{\"id\":1,\"error\":\"no\"}",
        "{\"id\":1,\"error\":{}}",
        "{\"id\":1,\"error\":{\"code\":1}}",
        "{\"id\":1,\"error\":{\"message\":\"\"}}",
        "{\"id\":1,\"error\":{\"code\":\"1\",\"message\":\"\"}}",
        "{\"id\":1,\"error\":{\"code\":1.5,\"message\":\"\"}}",
        "{\"id\":1,\"error\":{\"code\":9223372036854775808,\"message\":\"\"}}",
        "{\"id\":1,\"error\":{\"code\":1,\"message\":null}}",
        "{\"id\":1,\"error\":{\"code\":1,\"code\":2,\"message\":\"\"}}",
    };
    static const char *const garbage[] = {
        "1",
        "null",
        "\"\"",
        "true",
        "{}",
        "[]",
        "{\"result\":1}",
        "{\"id\":\"1\",\"result\":1}",
        "{\"id\":-1,\"result\":1}",
        "{\"id\":1.0,\"result\":1}",
        "{\"id\":1e0,\"result\":1}",
        "{\"id\":18446744073709551616,\"result\":1}",
        "{\"id\":[1],\"result\":1}",
        "{\"id\":1,\"id\":1,\"result\":1}",
        "{\"id\":1,\"result\":1,\"result\":2}",
        "{\"id\":1,\"method\":\"eth_subscription\",\"result\":1}",
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(broken); i++)
        assert_kind(broken[i], LQ_ENVELOPE_BROKEN);
    for (size_t i = 0; i < LQ_ARRAY_CNT(garbage); i++)
        assert_kind(garbage[i], LQ_ENVELOPE_OTHER);
}

static void takes_a_notification(void **state)
{
    (void)state;
    lq_envelope_t env = read_text("{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":"
                                  "{\"subscription\":\"0x9c\",\"result\":{\"number\":\"0x1\"}}}");
    assert_int_equal(env.kind, LQ_ENVELOPE_NOTIFY);
    assert_int_equal(env.sub_sz, 4);
    assert_memory_equal(env.sub, "0x9c", 4);
    assert_int_equal(lq_json_kind(env.value), LQ_JSON_KIND_OBJECT);
    assert_kind("{\"params\":{\"result\":null,\"x\":1,\"subscription\":\"s\"},"
                "\"method\":\"eth_subscription\"}",
                LQ_ENVELOPE_NOTIFY);
    assert_kind("{\"method\":\"eth_subscription\",\"params\":{\"subscription\":\"s\","
                "\"error\":{\"code\":1,\"message\":\"\"}}}",
                LQ_ENVELOPE_ENDED);
}

static void refuses_what_only_looks_like_a_notification(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"method\":\"eth_subscription\"}",
        "{\"method\":\"eth_subscription\",\"params\":[]}",
        "{\"method\":\"eth_subscription\",\"params\":{\"result\":1}}",
        "{\"method\":\"eth_subscription\",\"params\":{\"subscription\":\"s\"}}",
        "{\"method\":\"eth_subscription\",\"params\":{\"subscription\":\"\",\"result\":1}}",
        "{\"method\":\"eth_subscription\",\"params\":{\"subscription\":7,\"result\":1}}",
        "{\"method\":\"eth_subscription\",\"params\":{\"subscription\":\"\\u0073\",\"result\":1}}",
        "{\"method\":\"eth_subscription\",\"params\":{\"subscription\":\"s\",\"result\":1,"
        "\"error\":1}}",
        "{\"method\":\"eth_subscription\",\"params\":{\"subscription\":\"s\",\"subscription\":"
        "\"s\",\"result\":1}}",
        "{\"method\":\"eth_call\",\"params\":{\"subscription\":\"s\",\"result\":1}}",
        "{\"method\":7,\"params\":{\"subscription\":\"s\",\"result\":1}}",
        "{\"method\":\"eth_subscription\",\"params\":{\"subscription\":\"s\",\"result\":1},"
        "\"id\":1}",
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(texts); i++)
        assert_kind(texts[i], LQ_ENVELOPE_OTHER);
}

static void bounds_the_id_of_a_subscription(void **state)
{
    (void)state;
    for (size_t sz = LQ_ENVELOPE_SUB_MAX - 1; sz <= LQ_ENVELOPE_SUB_MAX + 1; sz++) {
        char id[LQ_ENVELOPE_SUB_MAX + 2];
        char text[512];
        memset(id, 'a', sz);
        id[sz] = '\0';
        (void)snprintf(text, sizeof(text),
                       "{\"method\":\"eth_subscription\",\"params\":{\"subscription\":\"%s\","
                       "\"result\":1}}",
                       id);
        assert_kind(text, sz <= LQ_ENVELOPE_SUB_MAX ? LQ_ENVELOPE_NOTIFY : LQ_ENVELOPE_OTHER);
    }
}

static void takes_a_batch_and_its_elements(void **state)
{
    (void)state;
    lq_envelope_t env = read_text("[{\"id\":2,\"result\":1},[],{\"id\":1,\"result\":2}]");
    assert_int_equal(env.kind, LQ_ENVELOPE_BATCH);
    static const lq_envelope_kind_t want[] = {LQ_ENVELOPE_RESULT, LQ_ENVELOPE_OTHER,
                                              LQ_ENVELOPE_RESULT};
    lq_json_iter_t it;
    lq_json_val_t v;
    assert_ok(lq_json_iter(&doc, &it, NULL, env.value, NULL));
    for (size_t i = 0; i < LQ_ARRAY_CNT(want); i++) {
        lq_envelope_t item;
        assert_true(lq_json_next(&doc, NULL, &v, &it));
        lq_envelope_read(&item, &doc, v);
        assert_int_equal(item.kind, want[i]);
    }
}

static void writes_one_request_and_a_batch(void **state)
{
    (void)state;
    static const lq_rpc_item_t items[] = {{"eth_chainId", "[]", 2},
                                          {"eth_getCode", "[\"0x\",\"latest\"]", 15}};
    static const char one[] =
        "{\"jsonrpc\":\"2.0\",\"id\":12,\"method\":\"eth_chainId\",\"params\":[]}";
    static const char both[] =
        "[{\"jsonrpc\":\"2.0\",\"id\":18446744073709551614,\"method\":\"eth_chainId\",\"params\":[]"
        "},{\"jsonrpc\":\"2.0\",\"id\":18446744073709551615,\"method\":\"eth_getCode\",\"params\":"
        "[\"0x\",\"latest\"]}]";
    char out[256];
    size_t sz = 0;
    assert_ok(lq_envelope_write(out, &sz, sizeof(out), 12, items, 1));
    assert_int_equal(sz, sizeof(one) - 1);
    assert_memory_equal(out, one, sz);
    assert_ok(lq_envelope_write(out, &sz, sizeof(both) - 1, UINT64_MAX - 1, items, 2));
    assert_int_equal(sz, sizeof(both) - 1);
    assert_memory_equal(out, both, sz);
}

static void writes_nothing_beyond_the_room(void **state)
{
    (void)state;
    static const lq_rpc_item_t item = {"eth_chainId", "[]", 2};
    char out[256];
    size_t want = 0;
    assert_ok(lq_envelope_write(out, &want, sizeof(out), 0, &item, 1));
    for (size_t max = 0; max < want; max++) {
        size_t sz = 77;
        memset(out, '#', sizeof(out));
        assert_err(lq_envelope_write(out, &sz, max, 0, &item, 1), LQ_ERR_TOO_LONG);
        assert_int_equal(sz, 77);
        for (size_t i = max; i < sizeof(out); i++)
            assert_int_equal(out[i], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_result_of_any_kind),
        cmocka_unit_test(takes_an_error),
        cmocka_unit_test(takes_an_error_without_an_id),
        cmocka_unit_test(tells_a_broken_answer_from_garbage_by_its_id),
        cmocka_unit_test(takes_a_notification),
        cmocka_unit_test(refuses_what_only_looks_like_a_notification),
        cmocka_unit_test(bounds_the_id_of_a_subscription),
        cmocka_unit_test(takes_a_batch_and_its_elements),
        cmocka_unit_test(writes_one_request_and_a_batch),
        cmocka_unit_test(writes_nothing_beyond_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
