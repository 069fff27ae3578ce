#include "liqd/chain/mempool.h"

#include "fake_pool.h"

#include <inttypes.h>

#define SECOND_NS ((uint64_t)1000000000)

typedef struct world {
    lq_arena_t arena;
    lq_clock_manual_t clock;
    lq_loop_t *loop;
    lq_log_t log;
    size_t line_cnt;
    lq_pool_t pool;
    lq_mempool_config_t config;
    lq_address_t watched[2];
    size_t watched_cnt;
    lq_mempool_t *m;
    size_t given_cnt;
    uint64_t given[4096]; /* nonces, which number the transactions */
    uint32_t full_sub, hash_sub;
} world_t;

static void hash_text(char out[67], uint64_t n)
{
    (void)snprintf(out, 67, "0x%064" PRIx64, n * 2654435761u + 1);
}

/* Transaction N, to address 0xaa.. for even numbers; DATA_SZ bytes of calldata; mined or not. */
static char *tx_text(uint64_t n, size_t data_sz, bool mined)
{
    char hash[67];
    fake_text_t t = {0};
    hash_text(hash, n);
    fake_put(&t, "{\"blockHash\":");
    if (mined)
        fake_put(&t, "\"0x%064x\"", 5u);
    else
        fake_put(&t, "null");
    fake_put(&t, ",\"from\":\"0x%040x\",\"gas\":\"0x5208\",\"gasPrice\":\"0x9\",", 3u);
    fake_put(&t, "\"hash\":\"%s\",\"nonce\":\"0x%" PRIx64 "\",\"value\":\"0x1\",", hash, n);
    fake_put(&t, "\"to\":\"0x%s\",\"type\":\"0x0\",\"input\":\"0x",
             n % 2 ? "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
                   : "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    for (size_t i = 0; i < data_sz; i++)
        fake_put(&t, "%02x", (unsigned)i & 0xff);
    fake_put(&t, "\"}");
    return t.text;
}

static void on_event(void *ctx, const lq_event_t *event)
{
    world_t *w = ctx;
    assert_int_equal(event->kind, LQ_EVENT_PENDING);
    assert_int_equal(event->time.mono_ns, w->clock.now.mono_ns);
    const lq_pending_tx_t *tx = event->as.pending;
    for (size_t i = 0; i < tx->input_sz; i++)
        assert_int_equal(tx->input[i], i & 0xff);
    assert_true(w->given_cnt < LQ_ARRAY_CNT(w->given));
    w->given[w->given_cnt++] = tx->nonce;
}

static void count_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    world_t *w = ctx;
    (void)level;
    (void)line;
    (void)line_sz;
    w->line_cnt++;
}

static world_t *new_world(void)
{
    static const lq_log_config_t log = {.line_max = LQ_LOG_LINE_MAX, .value_max = 512};
    world_t *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    w->clock.now = (lq_time_t){1700000000 * SECOND_NS, 1000 * SECOND_NS};
    assert_ok(lq_arena_init(&w->arena, (size_t)4 << 20));
    assert_ok(lq_log_init(&w->log, &log, lq_clock_manual(&w->clock), count_line, w));
    assert_ok(lq_loop_new(&w->loop, &w->arena, lq_clock_manual(&w->clock), 4));
    lq_loop_turn(w->loop, 0);
    w->pool.endpoint_cnt = 3;
    w->pool.room = FAKE_CALL_MAX;
    memset(w->watched[0].b, 0xaa, 20);
    memset(w->watched[1].b, 0xcc, 20);
    w->watched_cnt = 2;
    w->config = (lq_mempool_config_t){
        .full = true,
        .seen_max = 64,
        .fetch_max = 4,
        .fetch_rate = 10,
        .input_max = 200,
        .timeout_ns = SECOND_NS,
        .seed = 7,
    };
    return w;
}

static void start(world_t *w)
{
    assert_ok(lq_mempool_new(&w->m, &w->arena, w->loop, &w->log, &w->pool, &w->config, w->watched,
                             w->watched_cnt, on_event, w));
    assert_int_equal(w->pool.sub_cnt, 1);
    if (w->config.full) {
        w->full_sub = 1;
        assert_string_equal(w->pool.sub_params[1], "[\"newPendingTransactions\",true]");
    } else {
        w->hash_sub = 1;
        assert_string_equal(w->pool.sub_params[1], "[\"newPendingTransactions\"]");
    }
}

static void free_world(world_t *w)
{
    lq_mempool_free(w->m);
    for (size_t i = 0; i < LQ_ARRAY_CNT(w->pool.sub_fn); i++)
        assert_true(!w->pool.sub_fn[i]);
    assert_int_equal(w->pool.call_cnt, 0);
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    free(w);
}

static void tell(world_t *w, uint32_t sub, uint32_t endpoint, lq_sub_what_t what, const char *text)
{
    static const lq_json_limits_t limits = {1 << 20, 8};
    lq_json_tok_t tok[512];
    lq_json_t doc;
    lq_rpc_result_t refusal = {.class_ = LQ_RPC_PARAMS, .message = "no", .message_sz = 2};
    lq_sub_event_t event = {.what = what, .endpoint = endpoint, .recv = w->clock.now};
    if (text) {
        assert_ok(lq_json_parse(&doc, tok, 512, NULL, text, strlen(text), &limits));
        event.doc = &doc;
        event.value = lq_json_root(&doc);
    }
    if (what == LQ_SUB_REFUSED)
        event.refusal = &refusal;
    w->pool.sub_fn[sub](w->pool.sub_ctx[sub], &event);
}

static void tell_tx(world_t *w, uint32_t endpoint, uint64_t n)
{
    char *text = tx_text(n, 5, false);
    tell(w, w->full_sub, endpoint, LQ_SUB_DATA, text);
    free(text);
}

static void tell_hash(world_t *w, uint32_t sub, uint32_t endpoint, uint64_t n)
{
    char text[70] = "\"";
    hash_text(text + 1, n);
    text[67] = '"';
    text[68] = '\0';
    tell(w, sub, endpoint, LQ_SUB_DATA, text);
}

/* Answers the oldest call, which must ask ENDPOINT for transaction N. */
static void answer(world_t *w, uint32_t endpoint, uint64_t n, const char *text)
{
    fake_call_t *c = NULL;
    for (size_t i = 0; i < FAKE_CALL_MAX; i++)
        if (w->pool.calls[i].id && (!c || w->pool.calls[i].id < c->id))
            c = &w->pool.calls[i];
    assert_non_null(c);
    char want[80];
    char hash[67];
    hash_text(hash, n);
    (void)snprintf(want, sizeof(want), "[\"%s\"]", hash);
    assert_string_equal(c->method[0], "eth_getTransactionByHash");
    assert_string_equal(c->params[0], want);
    assert_true(c->call.pinned);
    assert_int_equal(c->call.endpoint, endpoint);
    char *results[1] = {strdup(text)};
    fake_answer(&w->pool, c, endpoint, w->clock.now, results);
    free(results[0]);
}

static void answer_tx(world_t *w, uint32_t endpoint, uint64_t n)
{
    char *text = tx_text(n, 5, false);
    answer(w, endpoint, n, text);
    free(text);
}

static void gives_whole_transactions_once_whoever_tells_them(void **state)
{
    (void)state;
    world_t *w = new_world();
    start(w);
    for (uint32_t e = 0; e < 3; e++)
        tell(w, w->full_sub, e, LQ_SUB_ON, NULL);
    for (uint64_t n = 0; n < 20; n++)
        for (uint32_t e = 0; e < 3; e++)
            tell_tx(w, e, n);
    assert_int_equal(w->given_cnt, 10); /* the even ones are watched */
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(w->given[i], 2 * i);
    const lq_mempool_stat_t *stat = lq_mempool_stat(w->m);
    assert_int_equal(stat->full_cnt, 60);
    assert_int_equal(stat->double_cnt, 40);
    assert_int_equal(stat->unwatched_cnt, 10);
    assert_int_equal(stat->given_cnt, 10);
    assert_int_equal(w->pool.call_cnt, 0);
    free_world(w);
}

static void watches_all_where_no_destination_is_named(void **state)
{
    (void)state;
    world_t *w = new_world();
    w->watched_cnt = 0;
    start(w);
    for (uint64_t n = 0; n < 20; n++)
        tell_tx(w, 0, n);
    assert_int_equal(w->given_cnt, 20);
    free_world(w);
}

static void gives_no_creation_for_the_address_zero(void **state)
{
    (void)state;
    world_t *w = new_world();
    memset(w->watched[1].b, 0, 20);
    start(w);
    char *text = tx_text(2, 5, false);
    char *to = strstr(text, "\"to\":\"");
    assert_non_null(to);
    memset(to + 5, ' ', 44);
    for (size_t i = 0; i < 4; i++)
        to[5 + i] = "null"[i];
    tell(w, w->full_sub, 0, LQ_SUB_DATA, text);
    free(text);
    assert_int_equal(lq_mempool_stat(w->m)->unwatched_cnt, 1);
    free_world(w);
}

static void fetches_what_is_told_by_its_hash(void **state)
{
    (void)state;
    world_t *w = new_world();
    w->config.full = false;
    start(w);
    tell_hash(w, w->hash_sub, 1, 2);
    tell_hash(w, w->hash_sub, 2, 2);
    assert_int_equal(w->pool.call_cnt, 1);
    answer_tx(w, 1, 2);
    tell_hash(w, w->hash_sub, 0, 2);
    assert_int_equal(w->pool.call_cnt, 0);
    assert_int_equal(w->given_cnt, 1);
    assert_int_equal(lq_mempool_stat(w->m)->hash_cnt, 3);
    assert_int_equal(lq_mempool_stat(w->m)->double_cnt, 2);
    tell_hash(w, w->hash_sub, 0, 3);
    answer_tx(w, 0, 3);
    assert_int_equal(lq_mempool_stat(w->m)->unwatched_cnt, 1);
    assert_int_equal(w->given_cnt, 1);
    free_world(w);
}

static void falls_back_to_hashes_where_a_node_refuses(void **state)
{
    (void)state;
    world_t *w = new_world();
    start(w);
    tell(w, w->full_sub, 0, LQ_SUB_ON, NULL);
    tell(w, w->full_sub, 1, LQ_SUB_REFUSED, NULL);
    tell(w, w->full_sub, 2, LQ_SUB_REFUSED, NULL);
    assert_int_equal(w->pool.sub_cnt, 2);
    assert_string_equal(w->pool.sub_params[2], "[\"newPendingTransactions\"]");
    for (uint32_t e = 0; e < 3; e++)
        tell(w, 2, e, LQ_SUB_ON, NULL);
    tell_hash(w, 2, 0, 4); /* this one gives it whole too */
    assert_int_equal(w->pool.call_cnt, 0);
    tell_hash(w, 2, 1, 4);
    assert_int_equal(w->pool.call_cnt, 1);
    tell_tx(w, 0, 4); /* which is faster than the fetch */
    answer_tx(w, 1, 4);
    assert_int_equal(w->given_cnt, 1);
    assert_int_equal(lq_mempool_stat(w->m)->double_cnt, 1);
    tell(w, w->full_sub, 0, LQ_SUB_OFF, NULL);
    tell_hash(w, 2, 0, 6); /* connected again, and now it refuses */
    assert_int_equal(w->pool.call_cnt, 1);
    free_world(w);
}

static void takes_hashes_from_a_node_that_overlooks_the_wish(void **state)
{
    (void)state;
    world_t *w = new_world();
    start(w);
    tell(w, w->full_sub, 0, LQ_SUB_ON, NULL);
    tell_hash(w, w->full_sub, 0, 8);
    answer_tx(w, 0, 8);
    assert_int_equal(w->given_cnt, 1);
    free_world(w);
}

static void fetches_no_more_than_the_budget(void **state)
{
    (void)state;
    world_t *w = new_world();
    w->config.full = false;
    w->config.fetch_max = 64;
    w->config.seen_max = 4096;
    start(w);
    for (uint64_t n = 0; n < 30; n++)
        tell_hash(w, w->hash_sub, 0, 2 * n);
    assert_int_equal(w->pool.call_cnt, 10);
    assert_int_equal(lq_mempool_stat(w->m)->over_cnt, 20);
    assert_int_equal(w->line_cnt, 20);
    lq_clock_manual_advance(&w->clock, SECOND_NS / 2);
    lq_loop_turn(w->loop, 0);
    for (uint64_t n = 0; n < 30; n++) /* those that were dropped get another chance */
        tell_hash(w, w->hash_sub, 1, 2 * n);
    assert_int_equal(w->pool.call_cnt, 15);
    lq_clock_manual_advance(&w->clock, 1000 * SECOND_NS);
    lq_loop_turn(w->loop, 0);
    for (uint64_t n = 0; n < 30; n++)
        tell_hash(w, w->hash_sub, 2, 2 * n);
    assert_int_equal(w->pool.call_cnt, 25);
    for (uint64_t n = 0; n < 25; n++)
        answer_tx(w, n < 10 ? 0 : n < 15 ? 1 : 2, 2 * n);
    assert_int_equal(w->given_cnt, 25);
    free_world(w);
}

static void fetches_no_more_at_once_than_it_may(void **state)
{
    (void)state;
    world_t *w = new_world();
    w->config.full = false;
    w->config.fetch_rate = 1000;
    start(w);
    for (uint64_t n = 0; n < 10; n++)
        tell_hash(w, w->hash_sub, 0, 2 * n);
    assert_int_equal(w->pool.call_cnt, 4);
    answer_tx(w, 0, 0);
    tell_hash(w, w->hash_sub, 0, 100);
    assert_int_equal(w->pool.call_cnt, 4);
    w->pool.room = 3;
    answer_tx(w, 0, 2);
    tell_hash(w, w->hash_sub, 0, 102); /* the pool is full */
    assert_int_equal(w->pool.call_cnt, 3);
    assert_int_equal(lq_mempool_stat(w->m)->over_cnt, 7);
    assert_int_equal(lq_mempool_stat(w->m)->fetch_cnt, 5);
    free_world(w);
}

static void fetches_nothing_without_a_budget(void **state)
{
    (void)state;
    world_t *w = new_world();
    w->config.full = false;
    w->config.fetch_rate = 0;
    w->config.fetch_max = 0;
    start(w);
    for (uint64_t n = 0; n < 10; n++)
        tell_hash(w, w->hash_sub, 0, n);
    assert_int_equal(w->pool.call_cnt, 0);
    assert_int_equal(lq_mempool_stat(w->m)->hash_cnt, 10);
    assert_int_equal(lq_mempool_stat(w->m)->over_cnt, 10);
    free_world(w);
}

static void asks_another_node_for_what_one_could_not_give(void **state)
{
    (void)state;
    world_t *w = new_world();
    w->config.full = false;
    start(w);
    tell_hash(w, w->hash_sub, 0, 2);
    answer(w, 0, 2, "null");
    assert_int_equal(lq_mempool_stat(w->m)->gone_cnt, 1);
    tell_hash(w, w->hash_sub, 1, 2);
    answer(w, 1, 2, "!too many requests");
    assert_int_equal(lq_mempool_stat(w->m)->failed_cnt, 1);
    assert_int_equal(w->line_cnt, 1);
    tell_hash(w, w->hash_sub, 2, 2);
    answer_tx(w, 2, 2);
    assert_int_equal(w->given_cnt, 1);
    tell_hash(w, w->hash_sub, 0, 4);
    char *text = tx_text(4, 5, true);
    answer(w, 0, 4, text);
    free(text);
    assert_int_equal(lq_mempool_stat(w->m)->gone_cnt, 2);
    tell_hash(w, w->hash_sub, 1, 4); /* it is mined: no use to ask again */
    assert_int_equal(w->pool.call_cnt, 0);
    assert_int_equal(w->given_cnt, 1);
    free_world(w);
}

static void counts_garbage_and_says_so(void **state)
{
    (void)state;
    static const char *const garbage[] = {"null", "7",        "true",     "[]",
                                          "{}",   "\"0x12\"", "\"hash\"", "{\"hash\":\"0x12\"}"};
    world_t *w = new_world();
    start(w);
    for (size_t i = 0; i < LQ_ARRAY_CNT(garbage); i++)
        tell(w, w->full_sub, 0, LQ_SUB_DATA, garbage[i]);
    assert_int_equal(lq_mempool_stat(w->m)->garbage_cnt, LQ_ARRAY_CNT(garbage));
    assert_int_equal(w->line_cnt, LQ_ARRAY_CNT(garbage));
    tell_hash(w, w->full_sub, 0, 2);
    char *text = tx_text(6, 5, false);
    answer(w, 0, 2, text); /* another one than was asked for */
    free(text);
    assert_int_equal(lq_mempool_stat(w->m)->garbage_cnt, LQ_ARRAY_CNT(garbage) + 1);
    assert_int_equal(w->given_cnt, 0);
    tell_tx(w, 1, 6);
    tell_tx(w, 1, 2);
    assert_int_equal(w->given_cnt, 2);
    free_world(w);
}

static void drops_calldata_that_is_too_long(void **state)
{
    (void)state;
    world_t *w = new_world();
    start(w);
    for (size_t sz = 200; sz <= 201; sz++) {
        char *text = tx_text(sz & ~(uint64_t)1, sz, false);
        tell(w, w->full_sub, 0, LQ_SUB_DATA, text);
        free(text);
    }
    assert_int_equal(w->given_cnt, 1);
    assert_int_equal(lq_mempool_stat(w->m)->over_cnt, 1);
    tell_hash(w, w->full_sub, 0, 8);
    char *text = tx_text(8, 201, false);
    answer(w, 0, 8, text);
    free(text);
    tell_hash(w, w->full_sub, 1, 8); /* it will not be shorter there */
    assert_int_equal(w->pool.call_cnt, 0);
    assert_int_equal(lq_mempool_stat(w->m)->over_cnt, 2);
    free_world(w);
}

/* Against a plain list of the last seen_max hashes. */
static void forgets_the_oldest_first(void **state)
{
    (void)state;
    world_t *w = new_world();
    lq_rng_t rng = lq_test_rng();
    w->watched_cnt = 0;
    w->config.seen_max = 32;
    start(w);
    uint64_t last[32];
    size_t cnt = 0;
    size_t at = 0;
    size_t given = 0;
    for (size_t i = 0; i < 3000; i++) {
        uint64_t n = lq_rng_below(&rng, 60);
        bool known = false;
        for (size_t k = 0; k < cnt; k++)
            known |= last[k] == n;
        if (!known) {
            last[at] = n;
            at = (at + 1) % 32;
            cnt += cnt < 32;
            given++;
        }
        w->given_cnt = 0;
        tell_tx(w, (uint32_t)lq_rng_below(&rng, 3), n);
        assert_int_equal(w->given_cnt, !known);
    }
    assert_int_equal(lq_mempool_stat(w->m)->given_cnt, given);
    assert_int_equal(lq_mempool_stat(w->m)->double_cnt, 3000 - given);
    free_world(w);
}

static void gives_nothing_after_it_has_ended(void **state)
{
    (void)state;
    world_t *w = new_world();
    w->config.full = false;
    start(w);
    tell_hash(w, w->hash_sub, 0, 2);
    assert_int_equal(w->pool.call_cnt, 1);
    free_world(w); /* looks that the call and the subscription are gone */
}

static void refuses_what_there_is_no_room_for(void **state)
{
    (void)state;
    world_t *w = new_world();
    size_t used = lq_arena_used_sz(&w->arena);
    lq_mempool_config_t c = w->config;
    c.seen_max = 0;
    assert_err(
        lq_mempool_new(&w->m, &w->arena, w->loop, &w->log, &w->pool, &c, NULL, 0, on_event, w),
        LQ_ERR_RANGE);
    c = w->config;
    c.fetch_max = LQ_MEMPOOL_FETCH_MAX + 1;
    assert_err(
        lq_mempool_new(&w->m, &w->arena, w->loop, &w->log, &w->pool, &c, NULL, 0, on_event, w),
        LQ_ERR_RANGE);
    c = w->config;
    assert_err(lq_mempool_new(&w->m, &w->arena, w->loop, &w->log, &w->pool, &c, w->watched,
                              LQ_MEMPOOL_WATCH_MAX + 1, on_event, w),
               LQ_ERR_RANGE);
    c.input_max = (size_t)1 << 40;
    assert_err(
        lq_mempool_new(&w->m, &w->arena, w->loop, &w->log, &w->pool, &c, NULL, 0, on_event, w),
        LQ_ERR_NOMEM);
    c = w->config;
    w->pool.sub_cnt = 3;
    assert_err(
        lq_mempool_new(&w->m, &w->arena, w->loop, &w->log, &w->pool, &c, NULL, 0, on_event, w),
        LQ_ERR_FULL);
    assert_null(w->m);
    assert_int_equal(lq_arena_used_sz(&w->arena), used);
    free_world(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_whole_transactions_once_whoever_tells_them),
        cmocka_unit_test(watches_all_where_no_destination_is_named),
        cmocka_unit_test(gives_no_creation_for_the_address_zero),
        cmocka_unit_test(fetches_what_is_told_by_its_hash),
        cmocka_unit_test(falls_back_to_hashes_where_a_node_refuses),
        cmocka_unit_test(takes_hashes_from_a_node_that_overlooks_the_wish),
        cmocka_unit_test(fetches_no_more_than_the_budget),
        cmocka_unit_test(fetches_no_more_at_once_than_it_may),
        cmocka_unit_test(fetches_nothing_without_a_budget),
        cmocka_unit_test(asks_another_node_for_what_one_could_not_give),
        cmocka_unit_test(counts_garbage_and_says_so),
        cmocka_unit_test(drops_calldata_that_is_too_long),
        cmocka_unit_test(forgets_the_oldest_first),
        cmocka_unit_test(gives_nothing_after_it_has_ended),
        cmocka_unit_test(refuses_what_there_is_no_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
