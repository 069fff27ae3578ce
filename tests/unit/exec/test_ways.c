#include "liqd/exec/ways.h"

#include "exec_rig.h"

#define TOLD_MAX 64u

/* Two nodes, a private relay and a builder, and all that was told. */
typedef struct rig {
    base_t base;
    lq_test_node_t *relay;
    lq_url_t relay_url;
    lq_way_t is[4];
    lq_ways_config_t config;
    lq_ways_t *ways;
    lq_txman_answer_t told[TOLD_MAX];
    char texts[TOLD_MAX][128];
    size_t told_cnt;
    bool within; /* lq_ways_send */
    uint8_t raw[512];
    lq_txman_send_t send;
} rig_t;

static void on_answer(void *ctx, const lq_txman_answer_t *answer)
{
    rig_t *r = ctx;
    assert_false(r->within);
    assert_true(r->told_cnt < TOLD_MAX);
    (void)snprintf(r->texts[r->told_cnt], sizeof(r->texts[0]), "%.*s", (int)answer->text_sz,
                   answer->text);
    r->told[r->told_cnt++] = *answer;
}

static void make(rig_t *r)
{
    assert_ok(lq_ways_new(&r->ways, &r->base.arena, r->base.loop, &r->base.log, r->base.pool,
                          &r->config, on_answer, r));
}

static int setup(void **state)
{
    rig_t *r = calloc(1, sizeof(*r));
    assert_non_null(r);
    base_begin(&r->base, 2);
    r->relay = lq_test_node_new_http();
    lq_test_node_handle(r->relay, base_handle, &r->base);
    const char *url = lq_test_node_path(r->relay);
    assert_ok(lq_url_parse(&r->relay_url, NULL, url, strlen(url)));
    for (uint32_t i = 0; i < 2; i++)
        r->is[i] = (lq_way_t){
            .kind = LQ_WAY_NODE, .name = i ? "b" : "a", .endpoint = i, .timeout_ns = 2 * SEC_NS};
    for (uint32_t i = 2; i < 4; i++)
        r->is[i] = (lq_way_t){.kind = i == 2 ? LQ_WAY_PRIVATE : LQ_WAY_BUNDLE,
                              .name = i == 2 ? "relay" : "builder",
                              .url = &r->relay_url,
                              .timeout_ns = 2 * SEC_NS};
    r->config = (lq_ways_config_t){
        .ways = r->is, .way_cnt = 4, .bundle_blk = 3, .raw_max = sizeof(r->raw), .max = 4};
    lq_test_node_script(r->relay, "eth_sendBundle", "{\"bundleHash\":\"0xab\"}");
    lq_test_node_script(r->relay, "eth_sendPrivateTransaction", "true");
    lq_test_node_script(r->relay, "eth_cancelBundle", "200");
    lq_test_node_script(r->relay, "eth_cancelPrivateTransaction", "true");
    make(r);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    rig_t *r = *state;
    lq_ways_free(r->ways);
    base_end(&r->base);
    lq_test_node_free(r->relay);
    free(r);
    return 0;
}

/* Real sockets carry what goes to the relay: so many turns at most. */
static void pump(rig_t *r)
{
    for (int i = 0; i < 50; i++) {
        base_pump(&r->base);
        (void)lq_test_node_poll(r->relay);
        lq_loop_turn(r->base.loop, MS_NS);
    }
}

static void send(rig_t *r, uint32_t number, uint32_t ways, uint64_t first_blk, uint64_t last_blk)
{
    memset(r->raw, 0, sizeof(r->raw));
    memcpy(r->raw, &number, sizeof(number));
    r->send = (lq_txman_send_t){.raw = r->raw,
                                .raw_sz = 200,
                                .nonce = number,
                                .ways = ways,
                                .first_blk = first_blk,
                                .last_blk = last_blk};
    lq_keccak256(r->send.hash.b, r->raw, r->send.raw_sz);
    r->within = true;
    lq_ways_send(r->ways, &r->send);
    r->within = false;
}

static void goes_to_all_nodes_before_it_returns(void **state)
{
    rig_t *r = *state;
    send(r, 1, 3, 0, 0);
    assert_int_not_equal(lq_ways_written_ns(r->ways), 0);
    for (size_t i = 0; i < 2; i++) { /* without a turn of the loop */
        (void)lq_test_node_poll(r->base.nodes[i]);
        assert_int_equal(base_cnt(&r->base, i, "eth_sendRawTransaction"), 1);
    }
    assert_int_equal(r->told_cnt, 0);
    base_pump(&r->base);
    assert_int_equal(r->told_cnt, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(r->told[i].class_, LQ_RPC_OK);
        assert_true(r->told[i].has_hash);
        assert_memory_equal(&r->told[i].told, &r->send.hash, sizeof(lq_hash_t));
        assert_string_equal(r->told[i].name, lq_ways_name(r->ways, r->told[i].way));
        assert_int_equal(lq_ways_stat(r->ways, (uint32_t)i).accepted_cnt, 1);
    }
}

static void another_hash_is_no_acceptance(void **state)
{
    rig_t *r = *state;
    r->base.lies[1] = true;
    send(r, 1, 3, 0, 0);
    base_pump(&r->base);
    assert_int_equal(lq_ways_stat(r->ways, 0).accepted_cnt, 1);
    assert_int_equal(lq_ways_stat(r->ways, 1).accepted_cnt, 0);
    assert_int_equal(lq_ways_stat(r->ways, 1).class_cnt[LQ_RPC_OK], 1);
}

static void a_result_that_is_no_hash_is_broken(void **state)
{
    rig_t *r = *state;
    lq_test_node_handle(r->base.nodes[0], NULL, NULL);
    lq_test_node_script(r->base.nodes[0], "eth_sendRawTransaction", "true");
    send(r, 1, 1, 0, 0);
    base_pump(&r->base);
    assert_int_equal(r->told_cnt, 1);
    assert_int_equal(r->told[0].class_, LQ_RPC_BROKEN);
}

static void one_that_is_mute_holds_nobody_up(void **state)
{
    rig_t *r = *state;
    r->base.mutes[0] = true;
    send(r, 1, 3, 0, 0);
    base_pump(&r->base);
    assert_int_equal(r->told_cnt, 1);
    assert_int_equal(r->told[0].way, 1);
    base_pass(&r->base, 3 * SEC_NS);
    assert_int_equal(r->told_cnt, 2);
    assert_int_equal(r->told[1].class_, LQ_RPC_TIMEOUT);
}

static void what_is_too_large_is_not_sent_and_that_is_said_later(void **state)
{
    rig_t *r = *state;
    uint8_t much[513] = {0};
    r->send = (lq_txman_send_t){.raw = much, .raw_sz = sizeof(much), .ways = 0xf};
    r->within = true;
    lq_ways_send(r->ways, &r->send);
    r->within = false;
    base_pass(&r->base, MS_NS);
    assert_int_equal(r->told_cnt, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(r->told[i].class_, LQ_RPC_UNSENT);
        assert_non_null(strstr(r->texts[i], "larger"));
    }
    assert_int_equal(base_cnt(&r->base, 0, "eth_sendRawTransaction"), 0);
}

static void builders_have_it_for_the_next_blocks(void **state)
{
    rig_t *r = *state;
    lq_ways_block(r->ways, 9);
    send(r, 1, 0xc, 10, 14);
    pump(r);
    assert_int_equal(lq_test_node_request_cnt(r->relay, "eth_sendBundle"), 3);
    assert_int_equal(lq_test_node_request_cnt(r->relay, "eth_sendPrivateTransaction"), 1);
    assert_int_equal(r->told_cnt, 4);
    lq_ways_block(r->ways, 10);
    lq_ways_block(r->ways, 11);
    lq_ways_block(r->ways, 12);
    pump(r);
    assert_int_equal(lq_test_node_request_cnt(r->relay, "eth_sendBundle"), 5);
    uint64_t sum = 0;
    for (size_t i = 0; i < r->told_cnt; i++)
        sum += r->told[i].target_blk;
    assert_int_equal(sum, 10 + 11 + 12 + 13 + 14);
}

static void silence_is_counted_and_ends_with_one_that_is_mined(void **state)
{
    rig_t *r = *state;
    uint64_t blk = 10;
    for (uint32_t i = 1; i <= 3; i++, blk += 4) {
        assert_int_equal(r->base.line_cnt, 0);
        lq_ways_block(r->ways, blk - 1);
        send(r, i, 0xf, blk, blk);
        pump(r);
        lq_ways_block(r->ways, blk);
        lq_ways_block(r->ways, blk + 1);
        assert_int_equal(lq_ways_stat(r->ways, 3).silent_cnt, i - 1);
        lq_ways_block(r->ways, blk + 2);
        assert_int_equal(lq_ways_stat(r->ways, 3).silent_row, i);
    }
    assert_int_equal(r->base.line_cnt, 2);
    assert_non_null(strstr(r->base.last_line, "in_a_row=3"));
    assert_int_equal(lq_ways_stat(r->ways, 0).silent_cnt, 0); /* a node owes nothing */
    send(r, 4, 0xc, blk, blk);
    pump(r);
    lq_ways_mined(r->ways, &r->send.hash);
    lq_ways_block(r->ways, blk + 5);
    assert_int_equal(lq_ways_stat(r->ways, 3).silent_cnt, 3);
    assert_int_equal(lq_ways_stat(r->ways, 3).silent_row, 0);
}

static void what_was_not_taken_or_not_wanted_is_no_silence(void **state)
{
    rig_t *r = *state;
    lq_test_node_script(r->relay, "eth_sendBundle", "!{\"code\":-32000,\"message\":\"no\"}");
    send(r, 1, 0x8, 10, 10);
    pump(r);
    lq_test_node_script(r->relay, "eth_sendBundle", "true");
    send(r, 2, 0x8, 10, 10);
    pump(r);
    lq_ways_cancel(r->ways, &r->send.hash);
    lq_ways_cancel(r->ways, &r->send.hash);
    pump(r);
    assert_int_equal(lq_test_node_request_cnt(r->relay, "eth_cancelBundle"), 1);
    lq_ways_block(r->ways, 20);
    assert_int_equal(lq_ways_stat(r->ways, 3).silent_cnt, 0);
}

/* The next one of the account goes out on the nonce as soon as the former's blocks have passed. */
static void what_is_replaced_behind_its_blocks_is_silence_all_the_same(void **state)
{
    rig_t *r = *state;
    uint64_t blk = 10;
    send(r, 1, 0x8, blk, blk);
    lq_txman_send_t next = r->send;
    for (uint8_t i = 0; i < 4; i++) {
        uint8_t other[100] = {(uint8_t)(9 + i)};
        pump(r);
        lq_ways_block(r->ways, blk);
        blk += 2;
        next.raw = other;
        next.raw_sz = sizeof(other);
        next.first_blk = next.last_blk = blk;
        lq_keccak256(next.hash.b, other, sizeof(other));
        lq_ways_send(r->ways, &next);
    }
    assert_true(lq_ways_stat(r->ways, 3).silent_cnt >= 2);
}

static void another_on_the_nonce_cancels_what_they_have(void **state)
{
    rig_t *r = *state;
    send(r, 1, 0xc, 10, 12);
    pump(r);
    uint8_t other[100] = {9};
    lq_txman_send_t next = r->send;
    next.raw = other;
    next.raw_sz = sizeof(other);
    next.ways = 1;
    lq_keccak256(next.hash.b, other, sizeof(other));
    lq_ways_send(r->ways, &r->send); /* the same once more is no other */
    pump(r);
    assert_int_equal(lq_test_node_request_cnt(r->relay, "eth_cancelPrivateTransaction"), 0);
    lq_ways_send(r->ways, &next);
    pump(r);
    assert_int_equal(lq_test_node_request_cnt(r->relay, "eth_cancelPrivateTransaction"), 1);
    assert_int_equal(lq_test_node_request_cnt(r->relay, "eth_cancelBundle"), 3);
}

static void ends_with_all_of_it_under_way(void **state)
{
    rig_t *r = *state;
    r->base.mutes[0] = r->base.mutes[1] = true;
    for (uint32_t i = 1; i <= 20; i++) /* more than it has room for */
        send(r, i, 0xf, 10, 20);
    lq_ways_free(r->ways);
    r->ways = NULL;
    base_pass(&r->base, 3 * SEC_NS);
    assert_int_equal(r->told_cnt, 0);
}

static void refuses_ways_that_cannot_be(void **state)
{
    rig_t *r = *state;
    lq_ways_t *w = NULL;
    for (int i = 0; i < 6; i++) {
        lq_way_t is[4];
        lq_ways_config_t c = r->config;
        memcpy(is, r->is, sizeof(is));
        c.ways = is;
        if (i == 0)
            is[0].endpoint = 2;
        else if (i == 1)
            is[2].url = &r->base.urls[0];
        else if (i == 2)
            is[3].signs = true; /* with what? */
        else if (i == 3)
            c.bundle_blk = 17;
        else if (i == 4)
            c.way_cnt = 0;
        else
            c.raw_max = LQ_TX_RAW_MAX + 1;
        assert_err(lq_ways_new(&w, &r->base.arena, r->base.loop, &r->base.log, r->base.pool, &c,
                               on_answer, r),
                   LQ_ERR_RANGE);
    }
    assert_null(w);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(goes_to_all_nodes_before_it_returns),
        CASE(another_hash_is_no_acceptance),
        CASE(a_result_that_is_no_hash_is_broken),
        CASE(one_that_is_mute_holds_nobody_up),
        CASE(what_is_too_large_is_not_sent_and_that_is_said_later),
        CASE(builders_have_it_for_the_next_blocks),
        CASE(silence_is_counted_and_ends_with_one_that_is_mined),
        CASE(what_was_not_taken_or_not_wanted_is_no_silence),
        CASE(what_is_replaced_behind_its_blocks_is_silence_all_the_same),
        CASE(another_on_the_nonce_cancels_what_they_have),
        CASE(ends_with_all_of_it_under_way),
        CASE(refuses_ways_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
