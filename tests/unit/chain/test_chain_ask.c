/* What the shell of chain.h asks for the tracker, and what it makes of the answers. */

#include "chain_rig.h"

static void asks_what_the_tracker_wants(void **state)
{
    static const struct {
        lq_want_kind_t kind;
        const char *method;
        const char *params;
    } cases[] = {
        {LQ_WANT_HEAD, "eth_getBlockByNumber", "[\"latest\",false]"},
        {LQ_WANT_HEADER, "eth_getBlockByHash", "[" HASH_5_TEXT ",false]"},
        {LQ_WANT_LOGS, "eth_getLogs", "[{\"blockHash\":" HASH_5_TEXT "," FILTER_TEXT "}]"},
        {LQ_WANT_RECEIPTS, "eth_getBlockReceipts", "[" HASH_5_TEXT "]"},
        {LQ_WANT_HEADERS, "eth_getBlockByNumber", "[\"0x9\",false]"},
        {LQ_WANT_LOGS_RANGE, "eth_getLogs",
         "[{\"fromBlock\":\"0x9\",\"toBlock\":\"0xa\"," FILTER_TEXT "}]"},
    };
    world_t *w = *state;
    for (uint32_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        bool is_any = i % 2 == 0;
        want((lq_want_t){.id = i,
                         .kind = cases[i].kind,
                         .endpoint = is_any ? LQ_TRACKER_ANY : 1,
                         .not_mask = 4,
                         .hash = HASH_5,
                         .from = 9,
                         .to = 10});
        const made_call_t *made = last_call(w);
        assert_string_equal(made->methods[0], cases[i].method);
        assert_string_equal(made->params[0], cases[i].params);
        assert_int_equal(made->call.pinned, !is_any);
        assert_int_equal(made->call.not_mask, 4);
        assert_int_equal(made->call.role, LQ_ROLE_READ);
        assert_int_equal(made->call.min_head_blk, cases[i].kind == LQ_WANT_HEAD ? 0 : 10);
        assert_int_equal(made->call.rpc.item_cnt, i < 4 ? 1 : 2);
        if (i >= 4) {
            assert_string_equal(made->methods[1], "eth_getBlockByNumber");
            assert_string_equal(made->params[1], "[\"0xa\",false]");
        }
    }
    assert_int_equal(lq_chain_stat(w->chain).want_cnt, LQ_ARRAY_CNT(cases));
}

static void decodes_answers(void **state)
{
    world_t *w = *state;
    lq_want_t asked = {.id = 1, .kind = LQ_WANT_HEADER, .endpoint = LQ_TRACKER_ANY, .hash = HASH_5};
    want(asked);
    answer(w, last_call(w), 2, text_of("[%s]", header_text(20, 5)));
    assert_string_equal(told(), "2 answers 1: 20; ");
    asked = (lq_want_t){.id = 2, .kind = LQ_WANT_HEADERS, .from = 8, .to = 10};
    want(asked);
    answer(w, last_call(w), 0, text_of("[%s,%s,null]", header_text(8, 8), header_text(9, 9)));
    assert_string_equal(told(), "0 answers 2: 8 9; ");
    asked.kind = LQ_WANT_LOGS;
    want(asked);
    answer(w, last_call(w), 1,
           text_of("[[%s,%s]]", log_text(8, 1, 30, true), log_text(8, 4, 34, true)));
    assert_string_equal(told(), "1 answers 2: 8.1/30 8.4/34; ");
    want(asked);
    answer(w, last_call(w), 1, "[[]]");
    assert_string_equal(told(), "1 answers 2:; ");
    asked.kind = LQ_WANT_LOGS_RANGE;
    want(asked);
    answer(w, last_call(w), 1, text_of("[[%s],%s]", log_text(8, 1, 1, true), header_text(10, 10)));
    assert_string_equal(told(), "1 answers 2: 10 8.1/1; ");
    asked.kind = LQ_WANT_RECEIPTS;
    want(asked);
    answer(w, last_call(w), 1,
           text_of("[[{\"logs\":[%s]},{\"logs\":[]},{\"logs\":[%s]}]]", log_text(8, 0, 2, false),
                   log_text(8, 1, 2, true)));
    assert_string_equal(told(), "1 answers 2: 8.0/2 8.1/2; ");
    asked.kind = LQ_WANT_HEAD;
    want(asked);
    answer(w, last_call(w), 1, text_of("[%s]", header_text(77, 5)));
    assert_string_equal(told(), "1 on; 1 answers 2: 77; ");
    assert_int_equal(w->pool.heads[1], 77);
}

static void tells_absence_from_failure(void **state)
{
    world_t *w = *state;
    lq_want_t asked = {.id = 4, .kind = LQ_WANT_HEADER, .endpoint = LQ_TRACKER_ANY};
    want(asked);
    answer(w, last_call(w), 2, "[null]");
    assert_string_equal(told(), "4 absent; ");
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ABSENT);
    assert_string_equal(told(), "4 absent; ");
    want(asked);
    refuse(w, last_call(w), LQ_RPC_TIMEOUT);
    assert_string_equal(told(), "4 unanswered; ");
    asked = (lq_want_t){.id = 5, .kind = LQ_WANT_HEADERS, .from = 8, .to = 9};
    want(asked);
    answer(w, last_call(w), 2, text_of("[null,%s]", header_text(9, 9)));
    assert_string_equal(told(), "5 absent; ");
    asked.kind = LQ_WANT_LOGS_RANGE; /* [] from a node that has not the end is no answer */
    want(asked);
    answer(w, last_call(w), 2, "[[],null]");
    assert_string_equal(told(), "5 absent; ");
    assert_int_equal(lq_chain_stat(w->chain).unanswered_cnt, 5);
    assert_int_equal(lq_chain_stat(w->chain).garbage_cnt, 0);
}

static void refuses_answers_that_do_not_decode_or_fit(void **state)
{
    world_t *w = *state;
    static const lq_want_t header = {.id = 1, .kind = LQ_WANT_HEADER};
    static const lq_want_t logs = {.id = 2, .kind = LQ_WANT_LOGS};
    static const lq_want_t receipts = {.id = 3, .kind = LQ_WANT_RECEIPTS};
    want(header);
    answer(w, last_call(w), 1, "[{\"number\":\"0x1\"}]");
    want(header);
    answer(w, last_call(w), 1, "[[]]");
    want(logs);
    answer(w, last_call(w), 1, "[[{}]]");
    want(logs);
    answer(w, last_call(w), 1,
           text_of("[[%s,%s,%s,%s,%s]]", log_text(1, 0, 0, true), log_text(1, 1, 0, true),
                   log_text(1, 2, 0, true), log_text(1, 3, 0, true), log_text(1, 4, 0, true)));
    want(logs);
    answer(w, last_call(w), 1,
           text_of("[[%s,%s]]", log_text(1, 0, DATA_MAX, true), log_text(1, 1, 1, true)));
    want(logs);
    answer(w, last_call(w), 1, "[{}]");
    want(receipts);
    answer(w, last_call(w), 1, "[[{}]]");
    want(receipts);
    answer(w, last_call(w), 1, "[[{\"logs\":{}}]]");
    want(receipts);
    answer(w, last_call(w), 1, "[{}]");
    assert_string_equal(told(), "1 refused; 1 refused; 2 refused; 2 unanswered; "
                                "2 unanswered; 2 refused; 3 refused; 3 refused; 3 refused; ");
    assert_int_equal(lq_chain_stat(w->chain).overflow_cnt, 2);
    assert_int_equal(w->pool.faults[1], 7);
    want(logs);
    answer(w, last_call(w), 1,
           text_of("[[%s,%s,%s,%s]]", log_text(1, 0, DATA_MAX, true), log_text(1, 1, 0, true),
                   log_text(1, 2, 0, true), log_text(1, 3, 0, true)));
    assert_string_equal(told(), "1 answers 2: 1.0/64 1.1/0 1.2/0 1.3/0; ");
}

static void answer_headers(world_t *w, unsigned from, size_t cnt)
{
    static char text[LQ_TRACKER_RANGE_MAX * 512];
    size_t at = 0;
    for (size_t i = 0; i < cnt; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%c%s", i ? ',' : '[',
                               header_text(from + (unsigned)i, from + (unsigned)i));
    (void)snprintf(text + at, sizeof(text) - at, "]");
    answer(w, last_call(w), 1, text);
}

/* Some providers take ten requests at once, some none: a wide gap must be filled all the same. */
static void asks_for_fewer_headers_where_a_batch_is_refused(void **state)
{
    world_t *w = *state;
    static const lq_rpc_class_t whys[] = {LQ_RPC_GAS, LQ_RPC_PARAMS, LQ_RPC_METHOD, LQ_RPC_UNKNOWN};
    lq_want_t asked = {.id = 5, .kind = LQ_WANT_HEADERS, .endpoint = 1, .from = 8, .to = 71};
    want(asked);
    assert_int_equal(last_call(w)->call.rpc.item_cnt, 64);
    for (size_t i = 0; i < LQ_ARRAY_CNT(whys); i++) {
        refuse(w, last_call(w), whys[i]);
        assert_string_equal(told(), "");
        assert_int_equal(last_call(w)->call.rpc.item_cnt, 32 >> i);
        assert_string_equal(last_call(w)->params[0], "[\"0x8\",false]");
    }
    answer_headers(w, 8, 4);
    assert_string_equal(told(), "1 answers 5: 8 9 10 11; ");
    want(asked); /* remembers, and finds out whether it may be more */
    assert_int_equal(last_call(w)->call.rpc.item_cnt, 5);
    refuse(w, last_call(w), LQ_RPC_TIMEOUT);
    assert_string_equal(told(), "5 unanswered; ");
    want(asked);
    assert_int_equal(last_call(w)->call.rpc.item_cnt, 5);
    refuse(w, last_call(w), LQ_RPC_GAS);
    assert_int_equal(last_call(w)->call.rpc.item_cnt, 2);
    refuse(w, last_call(w), LQ_RPC_GAS);
    assert_int_equal(last_call(w)->call.rpc.item_cnt, 1);
    refuse(w, last_call(w), LQ_RPC_GAS);
    assert_string_equal(told(), "5 refused; ");
    asked.endpoint = 2; /* has refused nothing */
    want(asked);
    assert_int_equal(last_call(w)->call.rpc.item_cnt, 64);
}

static void says_what_was_not_answered(void **state)
{
    world_t *w = *state;
    end_polls(w);
    lq_want_t asked = {.id = 4, .kind = LQ_WANT_LOGS, .endpoint = LQ_TRACKER_ANY};
    unsigned line_cnt = w->line_cnt;
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ABSENT); /* as of a block that was left */
    assert_int_equal(w->line_cnt, line_cnt);
    want(asked);
    refuse(w, last_call(w), LQ_RPC_TIMEOUT);
    assert_int_equal(w->line_cnt, line_cnt + 1);
    w->pool.full = true;
    want(asked);
    assert_int_equal(w->line_cnt, line_cnt + 2);
}

static void reads_receipts_where_a_block_has_too_many_logs(void **state)
{
    world_t *w = *state;
    static const lq_rpc_class_t limits[] = {LQ_RPC_ROWS, LQ_RPC_RANGE, LQ_RPC_FILTER};
    lq_want_t asked = {.id = 6, .kind = LQ_WANT_LOGS, .endpoint = 1, .hash = HASH_5};
    for (size_t i = 0; i < LQ_ARRAY_CNT(limits); i++) {
        want(asked);
        refuse(w, last_call(w), limits[i]);
        assert_string_equal(told(), "");
        assert_string_equal(last_call(w)->methods[0], "eth_getBlockReceipts");
        assert_string_equal(last_call(w)->params[0], "[" HASH_5_TEXT "]");
        answer(w, last_call(w), 1,
               text_of("[[{\"logs\":[%s,%s]},{\"logs\":[%s]}]]", log_text(8, 0, 2, false),
                       log_text(8, 1, 2, true), log_text(8, 2, 3, true)));
        assert_string_equal(told(), "1 answers 6: 8.1/2 8.2/3; ");
    }
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ROWS);
    refuse(w, last_call(w), LQ_RPC_ROWS);
    assert_string_equal(told(), "6 refused; ");
}

/* Of what is not watched there is no end in a block. */
static void reads_receipts_with_more_that_is_not_watched_than_there_is_room_for(void **state)
{
    world_t *w = *state;
    lq_want_t asked = {.id = 6, .kind = LQ_WANT_LOGS, .endpoint = 1, .hash = HASH_5};
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ROWS);
    answer(w, last_call(w), 1,
           text_of("[[{\"logs\":[%s,%s,%s,%s,%s,%s]}]]", log_text(8, 0, DATA_MAX + 1, false),
                   log_text(8, 1, DATA_MAX, true), log_text(8, 2, 1, false),
                   log_text(8, 3, 0, true), log_text(8, 4, 0, true), log_text(8, 5, 0, true)));
    assert_string_equal(told(), "1 answers 6: 8.1/64 8.3/0 8.4/0 8.5/0; ");
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ROWS);
    answer(w, last_call(w), 1,
           text_of("[[{\"logs\":[%s,%s,%s,%s,%s]}]]", log_text(8, 0, 0, true),
                   log_text(8, 1, 0, true), log_text(8, 2, 0, true), log_text(8, 3, 0, true),
                   log_text(8, 4, 0, false)));
    assert_string_equal(told(), "1 answers 6: 8.0/0 8.1/0 8.2/0 8.3/0; ");
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ROWS);
    answer(w, last_call(w), 1, "[[{\"logs\":[{\"address\":\"0xbb\"}]}]]");
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ROWS);
    answer(w, last_call(w), 1,
           "[[{\"logs\":[{\"address\":\"0x00000000000000000000000000000000000000aa\","
           "\"topics\":[17]}]}]]");
    assert_string_equal(told(), "6 refused; 6 refused; ");
    assert_int_equal(lq_chain_stat(w->chain).garbage_cnt, 2);
}

/* Block by block they are asked for next, and may fit. */
static void a_range_with_too_many_logs_is_no_fault(void **state)
{
    world_t *w = *state;
    lq_want_t asked = {.id = 6, .kind = LQ_WANT_LOGS_RANGE, .from = 8, .to = 9};
    unsigned line_cnt = w->line_cnt;
    want(asked);
    answer(w, last_call(w), 1,
           text_of("[[%s,%s,%s,%s,%s],%s]", log_text(8, 0, 0, true), log_text(8, 1, 0, true),
                   log_text(8, 2, 0, true), log_text(9, 0, 0, true), log_text(9, 1, 0, true),
                   header_text(9, 9)));
    assert_string_equal(told(), "6 unanswered; ");
    assert_int_equal(lq_chain_stat(w->chain).overflow_cnt, 1);
    assert_int_equal(w->pool.faults[1], 0);
    assert_int_equal(w->line_cnt, line_cnt);
}

static void a_call_that_cannot_be_made_is_unanswered_in_the_next_turn(void **state)
{
    world_t *w = *state;
    end_polls(w);
    w->pool.full = true;
    lq_want_t asked = {.id = 6, .kind = LQ_WANT_LOGS, .endpoint = 1, .hash = HASH_5};
    want(asked);
    notify(w, HEADS, 1, header_text(20, 5));
    (void)told();
    pass(w, 0);
    assert_string_equal(told(), "6 unanswered; ");
    pass(w, POLL_NS); /* polls neither */
    w->pool.full = false;
    pass(w, POLL_NS);
    assert_int_equal(w->pool.call_cnt, 2 * NODE_CNT);
}

/* A node that hangs keeps its calls for as long as they may take; the tracker has given up what it
   wanted of it long before, and wants it anew. */
static void gives_up_the_oldest_call_where_there_are_too_many(void **state)
{
    world_t *w = *state;
    lq_want_t asked = {.kind = LQ_WANT_HEADER, .endpoint = LQ_TRACKER_ANY, .hash = HASH_5};
    for (asked.id = UINT32_MAX - 99; asked.id != 200; asked.id++)
        want(asked);
    assert_int_equal(w->pool.call_cnt, 300);
    assert_int_equal(w->pool.open_cnt, 256);
    assert_false(w->pool.calls[43].open);
    assert_true(w->pool.calls[44].open);
    answer(w, last_call(w), 2, text_of("[%s]", header_text(20, 5)));
    assert_string_equal(told(), "2 answers 199: 20; ");
    assert_int_equal(lq_chain_stat(w->chain).unanswered_cnt, 44);
    w->pool.full = true; /* and those that could not be made */
    for (asked.id = 200; asked.id != 500; asked.id++)
        want(asked);
    assert_int_equal(w->pool.open_cnt, 0);
    assert_int_equal(lq_chain_stat(w->chain).unanswered_cnt, 343);
    pass(w, 0);
    assert_non_null(strstr(told(), "499 unanswered; "));
    assert_int_equal(lq_chain_stat(w->chain).unanswered_cnt, 599);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(asks_what_the_tracker_wants),
        CASE(decodes_answers),
        CASE(tells_absence_from_failure),
        CASE(refuses_answers_that_do_not_decode_or_fit),
        CASE(asks_for_fewer_headers_where_a_batch_is_refused),
        CASE(says_what_was_not_answered),
        CASE(reads_receipts_where_a_block_has_too_many_logs),
        CASE(reads_receipts_with_more_that_is_not_watched_than_there_is_room_for),
        CASE(a_range_with_too_many_logs_is_no_fault),
        CASE(a_call_that_cannot_be_made_is_unanswered_in_the_next_turn),
        CASE(gives_up_the_oldest_call_where_there_are_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
