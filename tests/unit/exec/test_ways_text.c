#include "ways_internal.h"

#include "lq_test.h"

#define TOK 4096u

static const lq_hash_t hash = {{0xab, [31] = 0xcd}};
static const ways_raw_t raw = {"\"0x02aa\"", 8};

static void writes_what_relays_take(void **state)
{
    (void)state;
    char out[WAYS_BODY_SZ + 16] = "";
    char uuid[WAYS_UUID_SZ];
    char want[512];
    ways_uuid(uuid, &hash, 0x1234);
    out[ways_private_body(out, &raw, 0x99)] = '\0';
    assert_string_equal(out,
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_sendPrivateTransaction\","
                        "\"params\":[{\"tx\":\"0x02aa\",\"maxBlockNumber\":\"0x99\"}]}");
    out[ways_private_body(out, &raw, 0)] = '\0';
    assert_string_equal(out,
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_sendPrivateTransaction\","
                        "\"params\":[{\"tx\":\"0x02aa\"}]}");
    out[ways_bundle_body(out, &raw, &hash, 0x1234)] = '\0';
    (void)snprintf(want, sizeof(want),
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_sendBundle\",\"params\":"
                   "[{\"txs\":[\"0x02aa\"],\"blockNumber\":\"0x1234\",\"replacementUuid\":"
                   "\"%.36s\"}]}",
                   uuid);
    assert_string_equal(out, want);
    out[ways_cancel_bundle_body(out, &hash, 0x1234)] = '\0';
    (void)snprintf(want, sizeof(want),
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_cancelBundle\",\"params\":"
                   "[{\"replacementUuid\":\"%.36s\"}]}",
                   uuid);
    assert_string_equal(out, want);
    out[ways_cancel_private_body(out, &hash)] = '\0';
    assert_string_equal(
        out, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_cancelPrivateTransaction\","
             "\"params\":[{\"txHash\":"
             "\"0xab000000000000000000000000000000000000000000000000000000000000cd\"}]}");
}

static void the_largest_fits(void **state)
{
    (void)state;
    char out[WAYS_BODY_SZ + 8];
    assert_true(ways_bundle_body(out, &raw, &hash, UINT64_MAX) <= sizeof(out));
    assert_true(ways_private_body(out, &raw, UINT64_MAX) <= sizeof(out));
    assert_true(ways_cancel_private_body(out, &hash) <= WAYS_BODY_SZ);
    assert_true(ways_cancel_bundle_body(out, &hash, UINT64_MAX) <= WAYS_BODY_SZ);
}

static void each_block_has_a_name_of_version_4(void **state)
{
    (void)state;
    char seen[64][WAYS_UUID_SZ];
    for (uint64_t blk = 0; blk < 64; blk++) {
        ways_uuid(seen[blk], &hash, blk);
        for (size_t i = 0; i < WAYS_UUID_SZ; i++) {
            bool dash = i == 8 || i == 13 || i == 18 || i == 23;
            assert_int_equal(seen[blk][i] == '-', dash);
            assert_true(dash || strchr("0123456789abcdef", seen[blk][i]));
        }
        assert_int_equal(seen[blk][14], '4');
        assert_non_null(strchr("89ab", seen[blk][19]));
        for (uint64_t other = 0; other < blk; other++)
            assert_memory_not_equal(seen[blk], seen[other], WAYS_UUID_SZ);
    }
    char again[WAYS_UUID_SZ];
    ways_uuid(again, &hash, 7);
    assert_memory_equal(again, seen[7], WAYS_UUID_SZ);
}

static lq_txman_answer_t read_said(lq_way_kind_t kind, unsigned status, const char *body)
{
    static lq_json_tok_t tok[TOK];
    static char text[4096];
    lq_txman_answer_t out = {.has_hash = true, .has_next_nonce = true};
    const ways_said_t said = {.kind = kind,
                              .status = status,
                              .body = body,
                              .body_sz = strlen(body),
                              .tok = tok,
                              .tok_max = TOK,
                              .text = text};
    ways_read(&out, &said);
    return out;
}

#define HASH "\"0xab000000000000000000000000000000000000000000000000000000000000cd\""

static void reads_what_relays_say(void **state)
{
    (void)state;
    static const struct {
        lq_way_kind_t kind;
        unsigned status;
        const char *body;
        lq_rpc_class_t class_;
        bool has_hash;
        const char *text;
    } rows[] = {
        {LQ_WAY_PRIVATE, 200, "{\"id\":1,\"result\":" HASH "}", LQ_RPC_OK, true, ""},
        {LQ_WAY_BUNDLE, 200, "{\"id\":1,\"result\":{\"bundleHash\":" HASH "}}", LQ_RPC_OK, false,
         ""},
        {LQ_WAY_BUNDLE, 200, "{\"id\":1,\"result\":" HASH ",\"error\":null}", LQ_RPC_OK, false, ""},
        {LQ_WAY_BUNDLE, 200, "{\"id\":1,\"result\":null}", LQ_RPC_OK, false, ""},
        {LQ_WAY_BUNDLE, 200, "{\"id\":1,\"result\":\"nil\"}", LQ_RPC_OK, false, ""},
        {LQ_WAY_PRIVATE, 200, "{\"result\":true}", LQ_RPC_OK, false, ""},
        {LQ_WAY_PRIVATE, 200, "{\"result\":false}", LQ_RPC_UNKNOWN, false, "{\"result\":false}"},
        {LQ_WAY_BUNDLE, 200, "{\"id\":1,\"error\":{\"code\":-32000,\"message\":\"nonce too low\"}}",
         LQ_RPC_NONCE_LOW, false, "nonce too low"},
        {LQ_WAY_BUNDLE, 400, "{\"error\":\"already known\"}", LQ_RPC_KNOWN, false, "already known"},
        {LQ_WAY_BUNDLE, 429, "{\"error\":{\"code\":429,\"message\":\"slow\"}}", LQ_RPC_RATE, false,
         "slow"},
        {LQ_WAY_BUNDLE, 200,
         "{\"id\":1,\"error\":{\"code\":-32601,\"message\":\"method not found\"}}", LQ_RPC_METHOD,
         false, "method not found"},
        {LQ_WAY_BUNDLE, 200, "<html>", LQ_RPC_BROKEN, false, "<html>"},
        {LQ_WAY_BUNDLE, 200, "{}", LQ_RPC_BROKEN, false, "{}"},
        {LQ_WAY_BUNDLE, 200, "", LQ_RPC_BROKEN, false, ""},
        {LQ_WAY_BUNDLE, 200, "[]", LQ_RPC_BROKEN, false, "[]"},
        {LQ_WAY_BUNDLE, 200, "{\"result\":1,\"result\":2}", LQ_RPC_BROKEN, false,
         "{\"result\":1,\"result\":2}"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        lq_txman_answer_t got = read_said(rows[i].kind, rows[i].status, rows[i].body);
        if (got.class_ != rows[i].class_)
            fail_msg("%s: %s", rows[i].body, lq_rpc_class_name(got.class_));
        assert_int_equal(got.has_hash, rows[i].has_hash);
        assert_int_equal(got.text_sz, strlen(rows[i].text));
        assert_memory_equal(got.text, rows[i].text, got.text_sz);
        if (got.has_hash)
            assert_memory_equal(&got.told, &hash, sizeof(hash));
    }
}

static void a_status_alone_is_no_acceptance(void **state)
{
    (void)state;
    static const unsigned statuses[] = {0, 301, 400, 403, 429, 500, 502};
    for (size_t i = 0; i < LQ_ARRAY_CNT(statuses); i++) {
        assert_int_not_equal(read_said(LQ_WAY_BUNDLE, statuses[i], "{\"result\":null}").class_,
                             LQ_RPC_OK);
        assert_int_not_equal(read_said(LQ_WAY_PRIVATE, statuses[i], "gone").class_, LQ_RPC_OK);
    }
}

static void a_nonce_that_it_names_is_told(void **state)
{
    (void)state;
    lq_txman_answer_t got = read_said(
        LQ_WAY_PRIVATE, 200,
        "{\"error\":{\"code\":-32000,\"message\":\"nonce too low: next nonce 7, tx nonce 5\"}}");
    assert_true(got.has_next_nonce);
    assert_int_equal(got.next_nonce, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_relays_take),
        cmocka_unit_test(the_largest_fits),
        cmocka_unit_test(each_block_has_a_name_of_version_4),
        cmocka_unit_test(reads_what_relays_say),
        cmocka_unit_test(a_status_alone_is_no_acceptance),
        cmocka_unit_test(a_nonce_that_it_names_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
