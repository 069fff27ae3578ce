/* What a dry run's reports say: sums that add up whatever is booked, booked anew and taken back,
   and pages on which a stranger's text stands for itself. */

#include "dry_report.h"

#include "lq_test.h"

#define SEC_NS UINT64_C(1000000000)
#define AT_SEC UINT64_C(1763800000)

static const char *const markets[] = {"aave", "<b>morpho</b>"};
static const lq_address_t usdc = {{1}};
static const lq_address_t weth = {{2}};
static const lq_address_t rivals[] = {{{0xaa}}, {{0xbb}}};
static lq_dry_report_t report;

static int open_report(void **state)
{
    (void)state;
    return lq_dry_report_open(&report, markets, 2, AT_SEC * SEC_NS, 7);
}

static int close_report(void **state)
{
    (void)state;
    lq_dry_report_close(&report);
    return 0;
}

static lq_i256_t usd(int64_t cents)
{
    lq_i256_t v = lq_i256_from_i64(cents);
    lq_i256_t cent = lq_i256_from_i64(10000000000000000);
    return lq_i256_mul_wrap(&v, &cent);
}

static lq_wei_t wei(uint64_t v)
{
    return (lq_wei_t){lq_u256_from_u64(v)};
}

static lq_dry_row_t row_of(uint64_t intent, lq_dry_verdict_t verdict, int64_t cents)
{
    lq_dry_row_t row = {.intent = intent,
                        .borrower = {{0x77, (uint8_t)intent}},
                        .target_blk = 100 + intent,
                        .target_sec = AT_SEC + 12 * intent,
                        .verdict = verdict,
                        .estimate = {.net_usd = usd(cents + 1)},
                        .tried = verdict != LQ_DRY_UNKNOWN,
                        .net_usd = usd(cents),
                        .gas_wei = wei(1000 + intent),
                        .bid_wei = wei(50)};
    if (verdict == LQ_DRY_WON) {
        row.has_gains = true;
        row.gain_cnt = 2;
        row.gains[0] = (lq_gain_t){usdc, lq_i256_from_i64(-1500000)};
        row.gains[1] = (lq_gain_t){weth, lq_i256_from_i64((int64_t)intent)};
    }
    if (verdict == LQ_DRY_LOST)
        row.rival = (lq_dry_rival_t){.known = true,
                                     .liquidator = rivals[intent % 2],
                                     .blk = 100 + intent,
                                     .has_tip = true,
                                     .tip_wei = wei(2500000000)};
    return row;
}

static void book(lq_dry_row_t row)
{
    lq_dry_report_booked(&report, &row, false, (AT_SEC + row.intent) * SEC_NS);
}

static void assert_usd(const lq_i256_t *got, int64_t cents)
{
    lq_i256_t want = usd(cents);
    lq_signed_text_t a;
    lq_signed_text_t b;
    if (!lq_i256_eq(got, &want))
        fail_msg("%s is not %s", lq_decisions_usd(&a, got), lq_decisions_usd(&b, &want));
}

static void sums_up_by_verdict(void **state)
{
    (void)state;
    book(row_of(1, LQ_DRY_WON, 1050));
    book(row_of(2, LQ_DRY_LOST, 300));
    book(row_of(3, LQ_DRY_LOST, 40));
    book(row_of(4, LQ_DRY_REVERTED, 70));
    book(row_of(5, LQ_DRY_WON, -20));
    book(row_of(6, LQ_DRY_UNKNOWN, 5));
    assert_int_equal(report.sums[LQ_DRY_WON].cnt, 2);
    assert_int_equal(report.sums[LQ_DRY_LOST].cnt, 2);
    assert_int_equal(report.sums[LQ_DRY_REVERTED].cnt, 1);
    assert_int_equal(report.sums[LQ_DRY_UNKNOWN].cnt, 1);
    assert_int_equal(report.sums[LQ_DRY_UNKNOWN].tried_cnt, 0);
    assert_usd(&report.sums[LQ_DRY_WON].net_usd, 1030);
    assert_usd(&report.sums[LQ_DRY_WON].estimate_usd, 1032);
    lq_i256_t gas = lq_i256_from_i64(1001 + 1005);
    assert_true(lq_i256_eq(&report.sums[LQ_DRY_WON].gas_wei, &gas));
    assert_int_equal(report.token_cnt, 2);
    lq_i256_t spent = lq_i256_from_i64(-3000000);
    lq_i256_t got = lq_i256_from_i64(6);
    assert_true(lq_i256_eq(&report.tokens[0].amount, &spent));
    assert_true(lq_i256_eq(&report.tokens[1].amount, &got));
    assert_int_equal(report.taker_cnt, 2);
    assert_usd(&report.takers[0].net_usd, 300);
    assert_usd(&report.takers[1].net_usd, 40);
    assert_int_equal(report.untold_cnt, 2);
}

static void takes_a_row_in_place_of_its_former_and_back(void **state)
{
    (void)state;
    book(row_of(2, LQ_DRY_WON, 500));
    book(row_of(1, LQ_DRY_WON, 100));
    book(row_of(2, LQ_DRY_LOST, 480));
    assert_int_equal(report.entry_cnt, 2);
    assert_int_equal(report.entries[0].row.intent, 1);
    assert_usd(&report.sums[LQ_DRY_WON].net_usd, 100);
    assert_usd(&report.sums[LQ_DRY_LOST].net_usd, 480);
    lq_dry_report_unbooked(&report, 1);
    lq_dry_report_unbooked(&report, 9);
    assert_int_equal(report.entry_cnt, 1);
    assert_null(lq_dry_report_find(&report, 1));
    assert_non_null(lq_dry_report_find(&report, 2));
    assert_int_equal(report.sums[LQ_DRY_WON].cnt, 0);
    assert_usd(&report.sums[LQ_DRY_WON].net_usd, 0);
    for (size_t i = 0; i < report.token_cnt; i++)
        assert_true(lq_u256_is_zero(&report.tokens[i].amount.bits));
}

/* Books and takes back at random; what stands adds up to what is asked one by one. */
static void adds_up_whatever_comes(void **state)
{
    enum {
        ROWS = 40
    };
    lq_rng_t rng = lq_test_rng();
    int64_t nets[ROWS] = {0};
    int verdicts[ROWS];
    (void)state;
    memset(verdicts, -1, sizeof(verdicts));
    for (size_t i = 0; i < lq_test_cnt(2000, 100000); i++) {
        size_t at = (size_t)lq_rng_below(&rng, ROWS);
        if (lq_rng_below(&rng, 4) == 0) {
            lq_dry_report_unbooked(&report, at + 1);
            verdicts[at] = -1;
            continue;
        }
        verdicts[at] = (int)lq_rng_below(&rng, LQ_DRY_VERDICT_CNT);
        nets[at] = (int64_t)lq_rng_below(&rng, 100000) - 50000;
        book(row_of(at + 1, (lq_dry_verdict_t)verdicts[at], nets[at]));
    }
    for (int v = 0; v < LQ_DRY_VERDICT_CNT; v++) {
        int64_t sum = 0;
        uint64_t cnt = 0;
        for (size_t i = 0; i < ROWS; i++) {
            sum += verdicts[i] == v ? nets[i] : 0;
            cnt += verdicts[i] == v;
        }
        assert_int_equal(report.sums[v].cnt, cnt);
        assert_usd(&report.sums[v].net_usd, sum);
    }
    for (size_t i = 1; i < report.entry_cnt; i++)
        assert_true(report.entries[i - 1].row.intent < report.entries[i].row.intent);
}

static void beyond_the_room_the_sums_go_on(void **state)
{
    (void)state;
    uint64_t cnt = LQ_DRY_REPORT_ROW_MAX + 1;
    for (uint64_t i = 1; i <= cnt; i++)
        book(row_of(i, LQ_DRY_WON, 100));
    assert_int_equal(report.sums[LQ_DRY_WON].cnt, cnt);
    assert_usd(&report.sums[LQ_DRY_WON].net_usd, (int64_t)cnt * 100);
    assert_int_equal(report.entry_cnt + report.dropped_cnt, cnt);
    assert_true(report.dropped_cnt > 0);
    assert_usd(&report.dropped_usd, (int64_t)report.dropped_cnt * 100);
    assert_int_equal(report.entries[report.entry_cnt - 1].row.intent, cnt);
}

/* MARKET 0: it is none of isolated ones. */
static void candidate(uint8_t who, uint8_t market, lq_reason_t reason, bool ended)
{
    lq_hash_t id = {.b = {[31] = market}};
    lq_action_candidate_t c = {
        .instance = 0, .borrower = {{who}}, .reason = reason, .ended = ended};
    lq_dry_report_candidate(&report, &c, true, market ? &id : NULL, AT_SEC * SEC_NS);
}

static void keeps_one_entry_for_an_account(void **state)
{
    (void)state;
    candidate(1, 0, LQ_REASON_NEW, false);
    candidate(1, 0, LQ_REASON_UNPROFITABLE, false);
    candidate(1, 0, LQ_REASON_HEALED, true);
    candidate(1, 0, LQ_REASON_UNTRUSTED, false);
    candidate(2, 0, LQ_REASON_NEW, false);
    candidate(2, 3, LQ_REASON_NEW, false); /* another market: another account */
    assert_int_equal(report.candidate_cnt, 3);
    assert_true(report.candidates[0].stands);
    assert_int_equal(report.candidates[0].reason, LQ_REASON_UNTRUSTED);
    assert_int_equal(report.candidates[0].began_cnt, 2);
    assert_int_equal(report.candidates[0].reason_cnt[LQ_REASON_HEALED], 1);
    /* one that the ledger does not have any more */
    lq_action_candidate_t gone = {.borrower = {{2}}, .reason = LQ_REASON_UNDONE, .ended = true};
    lq_dry_report_candidate(&report, &gone, false, NULL, AT_SEC * SEC_NS);
    assert_int_equal(report.candidate_cnt, 3);
    assert_false(report.candidates[1].stands);
    assert_int_equal(report.candidates[1].reason, LQ_REASON_UNDONE);
}

static char *page(void)
{
    char *text = NULL;
    size_t sz = 0;
    FILE *out = open_memstream(&text, &sz);
    assert_non_null(out);
    lq_dry_report_html(out, &report);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void a_strangers_text_stands_for_itself_on_the_page(void **state)
{
    (void)state;
    lq_dry_row_t row = row_of(1, LQ_DRY_REVERTED, 10);
    (void)snprintf(row.why, sizeof(row.why), "a node says </td><script>alert('&\"\x1b\x01\xff");
    row.instance = 1;
    report.chain_name = "<img src=x onerror=alert(1)>";
    book(row);
    book(row_of(2, LQ_DRY_WON, 10));
    lq_dry_report_name(&report, &usdc, "<i>\"US'D&", 6);
    char *text = page();
    assert_non_null(
        strstr(text, "a node says &lt;/td&gt;&lt;script&gt;alert(&#39;&amp;&quot;\\x1b"));
    assert_non_null(strstr(text, "&lt;img src=x onerror=alert(1)&gt;"));
    assert_non_null(strstr(text, "-1.5 &lt;i&gt;&quot;US&#39;D&amp;"));
    assert_non_null(strstr(text, "&lt;b&gt;morpho&lt;/b&gt;"));
    assert_null(strstr(text, "<script"));
    assert_null(strstr(text, "<img"));
    assert_null(strstr(text, "<i>"));
    assert_null(strchr(text, '\x1b'));
    assert_null(strstr(text, "://")); /* nothing is loaded */
    assert_int_equal(strncmp(text, LQ_DRY_REPORT_HTML_MARK, strlen(LQ_DRY_REPORT_HTML_MARK)), 0);
    free(text);
}

static void a_page_of_nothing_is_one(void **state)
{
    (void)state;
    char *text = page();
    assert_non_null(strstr(text, "0 USD"));
    assert_non_null(strstr(text, "http-equiv=\"refresh\""));
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    free(text);
    report.ended = true;
    text = page();
    assert_null(strstr(text, "http-equiv=\"refresh\""));
    free(text);
}

static const char *string_at(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));
    assert_non_null(text);
    return text;
}

static void says_the_same_as_json(void **state)
{
    (void)state;
    book(row_of(1, LQ_DRY_WON, 1050));
    book(row_of(2, LQ_DRY_LOST, -300));
    candidate(1, 0, LQ_REASON_IN_FLIGHT, false);
    lq_dry_report_name(&report, &usdc, "USDC", 6);
    lq_hist_record(&report.aged, 7);
    json_t *root = lq_dry_report_json(&report);
    assert_non_null(root);
    const json_t *age =
        json_object_get(json_object_get(root, "latency_ns"), "block_to_transaction");
    assert_int_equal(json_integer_value(json_object_get(age, "count")), 1);
    const json_t *won = json_object_get(json_object_get(root, "verdicts"), "won");
    assert_int_equal(json_integer_value(json_object_get(won, "count")), 1);
    const json_t *net = json_object_get(won, "net");
    assert_string_equal(string_at(net, "amount"), "10500000000000000000");
    assert_int_equal(json_integer_value(json_object_get(net, "decimals")), 18);
    const json_t *gained = json_array_get(json_object_get(root, "gained"), 0);
    assert_string_equal(string_at(gained, "amount"), "-1500000");
    assert_string_equal(string_at(gained, "symbol"), "USDC");
    const json_t *lost = json_array_get(json_object_get(root, "rows"), 1);
    assert_string_equal(string_at(lost, "verdict"), "lost");
    assert_string_equal(string_at(json_object_get(lost, "net"), "amount"), "-3000000000000000000");
    assert_true(json_is_null(json_object_get(lost, "gains")));
    const json_t *rival = json_object_get(lost, "rival");
    assert_string_equal(string_at(json_object_get(rival, "tip_per_gas"), "amount"), "2500000000");
    const json_t *c = json_array_get(json_object_get(root, "candidates"), 0);
    assert_string_equal(string_at(c, "reason"), "in_flight");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(c, "reasons"), "in_flight")), 1);
    json_decref(root);
}

static char *line_of(lq_dry_row_t row, bool colour)
{
    char *text = NULL;
    size_t sz = 0;
    lq_dry_entry_t entry = {row, AT_SEC * SEC_NS, false};
    FILE *out = open_memstream(&text, &sz);
    assert_non_null(out);
    lq_dry_report_print_booked(out, &report, &entry, colour);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void a_line_says_who_lost_to_whom(void **state)
{
    (void)state;
    lq_dry_row_t row = row_of(3, LQ_DRY_LOST, 1234);
    row.late_blk = 2;
    row.tip_wei = wei(100000000);
    char *text = line_of(row, false);
    assert_string_equal(text, "2025-11-22T08:26:40Z block 103 aave "
                              "0x7703000000000000000000000000000000000000 #3 lost      12.34 USD, "
                              "estimate 12.35 USD, to 0xbb00000000000000000000000000000000000000, "
                              "2 blocks late, tip 2.5 gwei (priority fee alone), ours 0.1 gwei\n");
    free(text);
    text = line_of(row_of(3, LQ_DRY_WON, 1), true);
    assert_non_null(strstr(text, "\033["));
    free(text);
}

static void spans_are_read_by_people(void **state)
{
    (void)state;
    char text[LQ_DRY_SPAN_SZ];
    assert_string_equal(lq_dry_report_span(text, 0), "0.0 ns");
    assert_string_equal(lq_dry_report_span(text, 999), "999.0 ns");
    assert_string_equal(lq_dry_report_span(text, 1000), "1.0 us");
    assert_string_equal(lq_dry_report_span(text, 12345678), "12.3 ms");
    assert_string_equal(lq_dry_report_span(text, 90 * SEC_NS), "90.0 s");
    assert_string_equal(lq_dry_report_span(text, UINT64_MAX), "1844674407.3 s");
}

static void tokens_without_a_name_are_in_base_units(void **state)
{
    (void)state;
    char text[LQ_DRY_AMOUNT_SZ];
    lq_i256_t amount = lq_i256_from_i64(-42);
    assert_string_equal(lq_dry_report_amount(text, &report, &weth, &amount),
                        "-42 units of 0x0200000000000000000000000000000000000000");
    lq_dry_report_name(&report, &weth, "WETH", 1);
    assert_string_equal(lq_dry_report_amount(text, &report, &weth, &amount), "-4.2 WETH");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, open_report, close_report)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(sums_up_by_verdict),
        EACH(takes_a_row_in_place_of_its_former_and_back),
        EACH(adds_up_whatever_comes),
        EACH(beyond_the_room_the_sums_go_on),
        EACH(keeps_one_entry_for_an_account),
        EACH(a_strangers_text_stands_for_itself_on_the_page),
        EACH(a_page_of_nothing_is_one),
        EACH(says_the_same_as_json),
        EACH(a_line_says_who_lost_to_whom),
        EACH(spans_are_read_by_people),
        EACH(tokens_without_a_name_are_in_base_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
