#include "journal_doc.h"
#include "journal_view.h"
#include "journal_world.h"

/* What liqd journal says of a journal, and what its manual says of the tables. */

#define SEC UINT64_C(1000000000)
#define T0  (UINT64_C(1795305600) * SEC) /* 2026-11-22 */

static world_kept_t kept;
static world_senders_t senders;

static lq_wei_t ether(uint64_t milli)
{
    lq_u256_t v = lq_u256_from_u64(milli);
    lq_u256_t unit = lq_u256_from_u64(1000000000000000);
    return (lq_wei_t){lq_u256_mul_wrap(&v, &unit)};
}

static lq_i256_t dollars(int64_t cents)
{
    lq_i256_t v = lq_i256_from_i64(cents);
    lq_i256_t unit = lq_i256_from_i64(10000000000000000);
    return lq_i256_mul_wrap(&v, &unit);
}

static void keep(lq_tx_record_kind_t kind, uint64_t sec, const void *of)
{
    world_keep(&kept, &(lq_tx_record_t){kind, T0 + sec * SEC, {.run = of}});
}

/* One liquidation that earned, one that expired, two misses. */
static void tell_two(void)
{
    const lq_hash_t hash = {{0xab}};
    lq_tx_intent_t intent = {.id = 1,
                             .market = "aave",
                             .borrower = {{0xcc}},
                             .estimate.net_usd = dollars(1250),
                             .price_cnt = 1,
                             .prices = {{{{0xdd}}, {lq_u256_from_u64(1), 6}}}};
    lq_tx_attempt_t attempt = {.intent = 1, .sender = world_sender(0), .hash = hash};
    lq_tx_receipt_t receipt = {
        .sender = world_sender(0),
        .hash = hash,
        .ok = true,
        .block.number = 100,
        .gas = 400000,
        .gas_price_wei.raw = lq_u256_from_u64(10000000000),
        .paid_wei = ether(2),
        .gain_cnt = 2,
        .gains = {{{{0xdd}}, lq_i256_from_i64(12345678)}, {{{0xee}}, lq_i256_from_i64(-5)}}};
    lq_tx_moved_t mined = {.sender = world_sender(0), .state = LQ_TX_MINED, .hash = hash};
    lq_tx_ended_t ended = {.intent = 1, .kind = LQ_OUTCOME_MINED, .net_usd = dollars(1198)};
    kept.cnt = 0;
    keep(LQ_TX_RECORD_INTENT, 1, &intent);
    keep(LQ_TX_RECORD_ATTEMPT, 2, &attempt);
    keep(LQ_TX_RECORD_RECEIPT, 3, &receipt);
    keep(LQ_TX_RECORD_STATE, 3, &mined);
    keep(LQ_TX_RECORD_ENDED, 3, &ended);
    intent.id = 2;
    ended = (lq_tx_ended_t){.intent = 2, .kind = LQ_OUTCOME_EXPIRED, .why = "too \x1b[31mlate"};
    keep(LQ_TX_RECORD_INTENT, 10, &intent);
    keep(LQ_TX_RECORD_ENDED, 11, &ended);
    lq_tx_candidate_t miss = {.market = "morpho",
                              .borrower = {{0xcd}},
                              .reason = LQ_REASON_LOST,
                              .began_blk = 90,
                              .ended_blk = 91,
                              .has_profit = true,
                              .profit.net_usd = dollars(777),
                              .liquidator = {{0xef}},
                              .text = "3 blocks later"};
    keep(LQ_TX_RECORD_CANDIDATE, 12, &miss);
    miss = (lq_tx_candidate_t){.market = "morpho", .reason = LQ_REASON_NO_ROUTE};
    keep(LQ_TX_RECORD_CANDIDATE, 13, &miss);
}

/* The journal of what is kept. */
static lq_journal_t *made(void)
{
    lq_wal_t *wal = world_open_wal(1);
    lq_journal_t *journal = world_open_journal(false);
    world_give(&kept, 0, wal, journal);
    lq_journal_close(journal);
    lq_wal_close(wal);
    return world_open_journal(true);
}

static char *printed(const lq_journal_view_t *view)
{
    char *text = NULL;
    size_t sz = 0;
    lq_err_msg_t msg = {""};
    FILE *out = open_memstream(&text, &sz);
    assert_non_null(out);
    if (lq_journal_view_print(out, &msg, view) != LQ_OK)
        fail_msg("%s", msg.text);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void assert_says(const char *text, const char *says)
{
    if (!strstr(text, says))
        fail_msg("\"%s\" does not say \"%s\"", text, says);
}

static void a_person_reads_rows_and_sums(void **state)
{
    (void)state;
    tell_two();
    lq_journal_view_t view = {
        .journal = made(), .path = world_db, .chain_id = 1, .limit = 20, .misses = true};
    char *text = printed(&view);
    assert_says(text, "of chain 1\n");
    assert_says(text, "2026-11-22T00:00:01Z       1  liquidate  aave");
    assert_says(text, "  mined    11.98      12.5    0.004     1");
    assert_says(text, "  expired             12.5");
    assert_says(text, "too \\x1b[31mlate\n");
    assert_says(text, "lost");
    assert_says(text, "7.77");
    assert_says(text, "3 blocks later");
    assert_says(text,
                "intents               2\n  mined               1\n  expired             1\n");
    assert_says(text, "net                   11.98 USD, estimated 12.5 USD\n");
    assert_says(text, "gas paid            0.004 ETH\n  bids paid           0.002 ETH\n");
    assert_says(text, "of tokens           12.345678 0xdD");
    assert_says(text, "of tokens           -5 units of 0x");
    assert_says(text,
                "missed                2\n  no_route            1\n  lost                1\n");
    free(text);
    view.limit = 1;
    text = printed(&view);
    assert_says(text, "and 1 older");
    assert_null(strstr(text, "2026-11-22T00:00:01Z"));
    assert_says(text, "intents               2\n"); /* sums are of all */
    free(text);
    view.from_wall_ns = T0 + 5 * SEC;
    text = printed(&view);
    assert_says(text, "since 2026-11-22T00:00:05Z\n");
    assert_says(text, "intents               1\n");
    assert_says(text, "gas paid            0 ETH\n");
    free(text);
    lq_journal_close(view.journal);
}

static void a_machine_gets_the_same_in_base_units(void **state)
{
    (void)state;
    tell_two();
    lq_journal_view_t view = {
        .journal = made(), .path = world_db, .chain_id = 1, .limit = 20, .misses = true};
    json_t *root = NULL;
    lq_err_msg_t msg = {""};
    assert_ok(lq_journal_view_json(&root, &msg, &view));
    char *text = json_dumps(root, JSON_COMPACT);
    assert_says(text, "\"intents\":[{\"wall_ns\":1795305601000000000,\"intent\":1,");
    assert_says(text, "\"net_usd_wad\":\"11980000000000000000\"");
    assert_says(text, "\"gas_wei\":\"4000000000000000\"");
    assert_says(text, "\"amount\":\"12345678\",\"decimals\":6");
    assert_says(text, "\"amount\":\"-5\",\"decimals\":null");
    assert_says(text, "\"outcomes\":{\"mined\":1,\"expired\":1}");
    assert_says(text, "\"misses\":{\"no_route\":1,\"lost\":1}");
    assert_int_equal(json_array_size(json_object_get(root, "intents")), 2);
    assert_int_equal(json_array_size(json_object_get(root, "misses")), 2);
    free(text);
    json_decref(root);
    view.misses = false;
    view.limit = 1;
    assert_ok(lq_journal_view_json(&root, &msg, &view));
    assert_int_equal(json_array_size(json_object_get(root, "intents")), 1);
    assert_null(json_object_get(root, "misses"));
    json_decref(root);
    lq_journal_close(view.journal);
}

/* Whatever is in it. */
static void anything_recorded_is_shown(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    world_tell(&senders, &kept, &rng, 300);
    lq_journal_view_t view = {.journal = made(), .path = world_db, .limit = 50, .misses = true};
    lq_err_msg_t msg = {""};
    json_t *root = NULL;
    char *text = NULL;
    size_t sz = 0;
    FILE *out = open_memstream(&text, &sz);
    assert_non_null(out);
    lq_err_t err = lq_journal_view_print(out, &msg, &view);
    assert_int_equal(fclose(out), 0);
    assert_true(!err || err == LQ_ERR_RANGE || err == LQ_ERR_FULL); /* sums of anything */
    assert_int_equal(lq_journal_view_json(&root, &msg, &view), err);
    for (size_t i = 0; i < sz; i++)
        assert_true((text[i] >= ' ' && text[i] != 0x7f) || text[i] == '\n' || text[i] < 0);
    json_decref(err ? NULL : root);
    free(text);
    lq_journal_close(view.journal);
}

/* ---- the manual */

static const lq_journal_table_t *documented(const char *name)
{
    const lq_journal_table_t *t = lq_journal_tables;
    while (t->name && strcmp(t->name, name) != 0)
        t++;
    return t->name ? t : NULL;
}

static void the_manual_has_every_table_and_column(void **state)
{
    (void)state;
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    size_t columns = 0;
    size_t found = 0;
    kept.cnt = 0;
    lq_journal_close(made());
    assert_int_equal(sqlite3_open(world_db, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT m.name, c.name, c.cid FROM sqlite_schema m, "
                                        "pragma_table_info(m.name) c WHERE m.type IN ('table', "
                                        "'view') ORDER BY m.name, c.cid",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const lq_journal_table_t *t = documented((const char *)sqlite3_column_text(stmt, 0));
        const lq_journal_column_t none = {0};
        const lq_journal_column_t *c = t ? t->columns : &none;
        for (int i = sqlite3_column_int(stmt, 2); i > 0 && c->name; i--)
            c++;
        if (!c->name || strcmp(c->name, (const char *)sqlite3_column_text(stmt, 1)) != 0)
            fail_msg("column %s of %s is not documented in its place", sqlite3_column_text(stmt, 1),
                     sqlite3_column_text(stmt, 0));
        found++;
    }
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    for (const lq_journal_table_t *t = lq_journal_tables; t->name; t++)
        for (const lq_journal_column_t *c = t->columns; c->name; c++)
            columns++;
    assert_int_equal(columns, found);
}

static void the_manuals_queries_answer(void **state)
{
    (void)state;
    sqlite3 *db = NULL;
    tell_two();
    lq_journal_close(made());
    assert_int_equal(sqlite3_open_v2(world_db, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    size_t answered = 0;
    for (const lq_journal_query_t *q = lq_journal_queries; q->text; q++) {
        sqlite3_stmt *stmt = NULL;
        if (sqlite3_prepare_v2(db, q->sql, -1, &stmt, NULL) != SQLITE_OK)
            fail_msg("%s: %s", q->sql, sqlite3_errmsg(db));
        int rc = sqlite3_step(stmt);
        assert_true(rc == SQLITE_ROW || rc == SQLITE_DONE);
        answered += rc == SQLITE_ROW;
        if (strstr(q->sql, "profit_per_day")) {
            assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "2026-11-22");
            assert_int_equal(sqlite3_column_int(stmt, 1), 2);
            assert_int_equal(sqlite3_column_int(stmt, 2), 1);
            assert_string_equal((const char *)sqlite3_column_text(stmt, 3), "11.98");
            assert_string_equal((const char *)sqlite3_column_text(stmt, 4), "12.5");
        }
        assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    }
    assert_int_equal(answered, 6); /* nothing reverted, and no way was asked */
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_person_reads_rows_and_sums), TEST(a_machine_gets_the_same_in_base_units),
        TEST(anything_recorded_is_shown),   TEST(the_manual_has_every_table_and_column),
        TEST(the_manuals_queries_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
