/* What a dry run came to, as a page: one file, no script, nothing loaded. What comes from chain,
   nodes or configuration is a stranger's: every text goes through put_text. */

#include <inttypes.h>
#include <string.h>

#include "dry_report.h"
#include "liqd/base/text.h"
#include "liqd/keys/address.h"

#define SEC_NS UINT64_C(1000000000)

/* Rows that the page shows, the newest; --json has all. */
#define SHOWN_MAX 500u

/* The chart, in units of its own. */
#define CHART_W   720.0
#define CHART_H   200.0
#define CHART_TOP 4.0
#define CHART_LOW 196.0
#define POINT_MAX 400u

#define WAD 1e18

static const char style[] =
    ":root{color-scheme:light dark;--fg:#1b1f24;--bg:#fff;--dim:#5b6570;--line:#d8dee4;"
    "--card:#f4f6f8;--good:#12703a;--bad:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--fg:#e6e9ec;--bg:#14171a;--dim:#9aa4ae;"
    "--line:#343b42;--card:#1d2226;--good:#5fd18d;--bad:#ff8a80}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1rem;max-width:70rem;color:var(--fg);background:var(--bg);"
    "font:16px/1.45 system-ui,sans-serif}\n"
    "h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}\n"
    ".dim{color:var(--dim)}.won{color:var(--good)}.lost,.reverted{color:var(--bad)}\n"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.6rem;"
    "margin:1rem 0}\n"
    ".cards div{background:var(--card);border-radius:.5rem;padding:.6rem .8rem}\n"
    ".cards b{display:block;font-size:1.25rem;overflow-wrap:anywhere}\n"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\n"
    "th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);"
    "vertical-align:top;overflow-wrap:anywhere}\n"
    "th{font-weight:600;color:var(--dim);overflow-wrap:normal}td.n,th.n{text-align:right}"
    "td.n{overflow-wrap:normal}\n"
    ".ends{display:flex;justify-content:space-between;gap:1rem}\n"
    "code{font-size:.85em}svg{width:100%;height:auto;display:block}\n"
    "@media(max-width:44rem){table.rows thead{display:none}"
    "table.rows tr{display:block;border-bottom:1px solid var(--line);padding:.5rem 0}"
    "table.rows td{display:flex;gap:.8rem;justify-content:space-between;border:0;padding:.1rem 0;"
    "text-align:right}"
    "table.rows td:empty{display:none}"
    "table.rows td::before{content:attr(data-l);color:var(--dim);text-align:left;flex:none}}\n";

/* ---- text */

static void put_char(FILE *out, char c)
{
    switch (c) {
    case '&':
        (void)fputs("&amp;", out);
        break;
    case '<':
        (void)fputs("&lt;", out);
        break;
    case '>':
        (void)fputs("&gt;", out);
        break;
    case '"':
        (void)fputs("&quot;", out);
        break;
    case '\'':
        (void)fputs("&#39;", out);
        break;
    default:
        (void)fputc(c, out);
    }
}

/* Writes TEXT so that it stands for itself; what a reader would not see is \xNN. */
static void put_text(FILE *out, const char *text)
{
    size_t sz = strlen(text);
    while (sz) {
        char shown[LQ_TEXT_SHOW_SZ];
        size_t used;
        size_t n = lq_text_show(shown, &used, (const uint8_t *)text, sz);
        for (size_t i = 0; i < n; i++)
            put_char(out, shown[i]);
        text += used;
        sz -= used;
    }
}

/* A cell; LABEL, our own, stands before it where there is no room for columns. */
static void put_cell(FILE *out, const char *label, const char *text, bool number)
{
    (void)fprintf(out, "<td data-l=\"%s\"%s>", label, number ? " class=\"n\"" : "");
    put_text(out, text);
    (void)fputs("</td>", out);
}

static void put_address(FILE *out, const char *label, const lq_address_t *address)
{
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    lq_address_print(text, address);
    (void)fprintf(out, "<td data-l=\"%s\"><code>%s</code></td>", label, text);
}

static void put_count(FILE *out, const char *label, uint64_t cnt)
{
    (void)fprintf(out, "<td data-l=\"%s\" class=\"n\">%" PRIu64 "</td>", label, cnt);
}

static void put_usd(FILE *out, const char *label, const lq_i256_t *usd)
{
    lq_signed_text_t text;
    put_cell(out, label, lq_decisions_usd(&text, usd), true);
}

/* ---- headline */

static void put_card(FILE *out, const char *class, const char *label, const char *text)
{
    (void)fprintf(out, "<div><span class=\"dim\">%s</span><b class=\"%s\">", label, class);
    put_text(out, text);
    (void)fputs("</b></div>\n", out);
}

static void put_count_card(FILE *out, const char *class, const char *label, uint64_t cnt)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%" PRIu64, cnt);
    put_card(out, class, label, text);
}

static void put_headline(FILE *out, const lq_dry_report_t *r)
{
    const lq_dry_sum_t *won = &r->sums[LQ_DRY_WON];
    lq_signed_text_t usd;
    char text[LQ_DECIMAL_SZ + 8];
    (void)fputs("<section class=\"cards\">\n", out);
    (void)snprintf(text, sizeof(text), "%s USD", lq_decisions_usd(&usd, &won->net_usd));
    put_card(out, lq_i256_is_neg(&won->net_usd) ? "lost" : "won", "would have earned", text);
    for (unsigned i = 0; i < LQ_DRY_VERDICT_CNT; i++) {
        const char *name = lq_dry_verdict_str((lq_dry_verdict_t)i);
        put_count_card(out, r->sums[i].cnt ? name : "", name, r->sums[i].cnt);
    }
    put_count_card(out, "", "candidates", r->engine.began_cnt);
    (void)fputs("</section>\n", out);
}

/* ---- the chart: what would have been earned until each moment */

typedef struct point {
    double sec;
    double usd;
} point_t;

typedef struct chart {
    point_t points[POINT_MAX + 2];
    size_t cnt;
    double low;
    double high;
    double scale;
    double from_sec;
    double to_sec;
} chart_t;

static double to_usd(const lq_i256_t *v)
{
    lq_u256_t abs = lq_i256_abs(v);
    double usd = lq_u256_to_double(&abs) / WAD;
    return lq_i256_is_neg(v) ? -usd : usd;
}

static void add_point(chart_t *c, double sec, double usd)
{
    c->points[c->cnt++] = (point_t){sec, usd};
    c->low = usd < c->low ? usd : c->low;
    c->high = usd > c->high ? usd : c->high;
}

static double seconds(uint64_t wall_ns)
{
    uint64_t sec = wall_ns / SEC_NS;
    return (double)sec;
}

static void make_chart(chart_t *c, const lq_dry_report_t *r)
{
    size_t every = r->entry_cnt / POINT_MAX + 1;
    lq_i256_t sum = r->dropped_usd;
    memset(c, 0, sizeof(*c));
    c->from_sec = seconds(r->begun_wall_ns);
    c->to_sec = seconds(r->now_wall_ns);
    add_point(c, c->from_sec, to_usd(&sum));
    for (size_t i = 0; i < r->entry_cnt; i++) {
        const lq_dry_entry_t *entry = &r->entries[i];
        if (entry->row.verdict == LQ_DRY_WON)
            sum = lq_i256_add_wrap(&sum, &entry->row.net_usd);
        if (i % every == every - 1)
            add_point(c, seconds(entry->wall_ns), to_usd(&sum));
    }
    add_point(c, c->to_sec, to_usd(&sum));
    c->scale = c->high > c->low ? c->high - c->low : 1;
    c->to_sec = c->to_sec > c->from_sec ? c->to_sec : c->from_sec + 1;
}

static double chart_x(const chart_t *c, double sec)
{
    double x = CHART_W * (sec - c->from_sec) / (c->to_sec - c->from_sec);
    return x < 0 ? 0 : x > CHART_W ? CHART_W : x;
}

static double chart_y(const chart_t *c, double usd)
{
    return CHART_LOW - (CHART_LOW - CHART_TOP) * (usd - c->low) / c->scale;
}

static void put_path(FILE *out, const chart_t *c)
{
    double last = 0;
    for (size_t i = 0; i < c->cnt; i++) {
        double x = chart_x(c, c->points[i].sec);
        x = x < last ? last : x; /* in the order of intents, which are not all booked in theirs */
        if (i)
            (void)fprintf(out, "H%.1fV%.1f", x, chart_y(c, c->points[i].usd));
        else
            (void)fprintf(out, "M0 %.1f", chart_y(c, c->points[i].usd));
        last = x;
    }
}

static void put_chart(FILE *out, const lq_dry_report_t *r)
{
    chart_t c;
    char from[LQ_DRY_TIME_SZ];
    char to[LQ_DRY_TIME_SZ];
    make_chart(&c, r);
    (void)fprintf(out,
                  "<h2>Would have been earned</h2>\n<div class=\"dim\">%.2f USD</div>\n"
                  "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
                  "aria-label=\"what would have been earned until each moment\">"
                  "<line x1=\"0\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"var(--line)\"/>"
                  "<path fill=\"none\" stroke=\"var(--good)\" stroke-width=\"2\" d=\"",
                  c.high, CHART_W, CHART_H, CHART_W, chart_y(&c, 0), chart_y(&c, 0));
    put_path(out, &c);
    (void)fprintf(out, "\"/></svg>\n<div class=\"dim ends\"><span>%s</span><span>%s</span></div>\n",
                  lq_dry_report_time(from, r->begun_wall_ns / SEC_NS),
                  lq_dry_report_time(to, r->now_wall_ns / SEC_NS));
}

/* ---- tables */

static void put_coins(FILE *out, const char *what, const lq_i256_t *wei)
{
    char text[LQ_DRY_AMOUNT_SZ];
    (void)fputs("<tr>", out);
    put_cell(out, "amount", lq_dry_report_coins(text, wei), false);
    put_cell(out, "", what, false);
    (void)fputs("</tr>\n", out);
}

static void put_tokens(FILE *out, const lq_dry_report_t *r)
{
    char text[LQ_DRY_AMOUNT_SZ];
    (void)fputs("<h2>Won, to the unit</h2>\n<table><tbody>\n", out);
    for (size_t i = 0; i < r->token_cnt; i++) {
        const lq_dry_token_t *token = &r->tokens[i];
        if (lq_u256_is_zero(&token->amount.bits))
            continue;
        (void)fputs("<tr>", out);
        put_cell(out, "amount", lq_dry_report_amount(text, r, &token->token, &token->amount),
                 false);
        put_address(out, "token", &token->token);
        (void)fputs("</tr>\n", out);
    }
    put_coins(out, "paid for gas", &r->sums[LQ_DRY_WON].gas_wei);
    put_coins(out, "paid as bids", &r->sums[LQ_DRY_WON].bid_wei);
    (void)fputs("</tbody></table>\n", out);
    if (r->token_full)
        (void)fprintf(out, "<p class=\"dim\">There were others: %u are kept apart.</p>\n",
                      LQ_DRY_REPORT_TOKEN_MAX);
    if (r->sums[LQ_DRY_WON].gainless_cnt)
        (void)fprintf(out,
                      "<p class=\"dim\">Of %" PRIu64
                      " that were won no node told the tokens: they count in dollars, as "
                      "estimated.</p>\n",
                      r->sums[LQ_DRY_WON].gainless_cnt);
}

static void put_verdicts(FILE *out, const lq_dry_report_t *r)
{
    (void)fputs("<h2>Estimate against simulation</h2>\n<table><thead><tr><th>verdict</th>"
                "<th class=\"n\">count</th><th class=\"n\">estimated USD</th>"
                "<th class=\"n\">simulated USD</th></tr></thead><tbody>\n",
                out);
    for (unsigned i = 0; i <= LQ_DRY_LOST; i++) {
        const lq_dry_sum_t *sum = &r->sums[i];
        (void)fputs("<tr>", out);
        put_cell(out, "verdict", lq_dry_verdict_str((lq_dry_verdict_t)i), false);
        put_count(out, "count", sum->cnt);
        put_usd(out, "estimated", &sum->estimate_usd);
        put_usd(out, "simulated", &sum->net_usd);
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</tbody></table>\n", out);
}

static void put_takers(FILE *out, const lq_dry_report_t *r)
{
    if (!r->sums[LQ_DRY_LOST].cnt)
        return;
    (void)fputs("<h2>Lost to</h2>\n<table><thead><tr><th>liquidator</th><th class=\"n\">count</th>"
                "<th class=\"n\">USD</th></tr></thead><tbody>\n",
                out);
    for (size_t i = 0; i < r->taker_cnt; i++) {
        const lq_dry_taker_t *taker = &r->takers[i];
        if (!taker->cnt)
            continue;
        (void)fputs("<tr>", out);
        put_address(out, "liquidator", &taker->liquidator);
        put_count(out, "count", taker->cnt);
        put_usd(out, "USD", &taker->net_usd);
        (void)fputs("</tr>\n", out);
    }
    if (r->other_takers.cnt) {
        (void)fputs("<tr>", out);
        put_cell(out, "liquidator", "others", false);
        put_count(out, "count", r->other_takers.cnt);
        put_usd(out, "USD", &r->other_takers.net_usd);
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</tbody></table>\n", out);
}

static void put_reasons(FILE *out, const lq_dry_report_t *r)
{
    (void)fputs("<h2>Candidates, by reason</h2>\n<table><thead><tr><th>reason</th>"
                "<th class=\"n\">ended in it</th><th class=\"n\">stand with it</th></tr></thead>"
                "<tbody>\n",
                out);
    for (unsigned i = 0; i < LQ_REASON_CNT; i++) {
        if (!r->engine.ended_cnt[i] && !r->engine.standing_cnt[i])
            continue;
        (void)fputs("<tr>", out);
        put_cell(out, "reason", lq_reason_str((lq_reason_t)i), false);
        put_count(out, "ended in it", r->engine.ended_cnt[i]);
        put_count(out, "stand with it", r->engine.standing_cnt[i]);
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</tbody></table>\n", out);
}

static void put_latency(FILE *out, const char *what, const lq_hist_t *hist)
{
    static const uint32_t ppms[] = {500000, 990000, LQ_HIST_PPM_MAX};
    static const char *const labels[] = {"p50", "p99", "max"};
    (void)fputs("<tr>", out);
    put_cell(out, "stage", what, false);
    put_count(out, "count", hist->cnt);
    for (size_t i = 0; i < LQ_ARRAY_CNT(ppms); i++) {
        char text[LQ_DRY_SPAN_SZ] = "-";
        uint64_t v;
        if (!lq_hist_percentile(hist, &v, ppms[i]))
            (void)lq_dry_report_span(text, v);
        put_cell(out, labels[i], text, true);
    }
    (void)fputs("</tr>\n", out);
}

static void put_latencies(FILE *out, const lq_dry_report_t *r)
{
    (void)fputs("<h2>Latency</h2>\n<table><thead><tr><th>stage</th><th class=\"n\">count</th>"
                "<th class=\"n\">p50</th><th class=\"n\">p99</th><th class=\"n\">max</th></tr>"
                "</thead><tbody>\n",
                out);
    put_latency(out, "block to transaction", &r->aged);
    put_latency(out, "received to engine", &r->given);
    put_latency(out, "engine to transaction", &r->decided);
    put_latency(out, "simulation, there and back", &r->simulated);
    (void)fputs("</tbody></table>\n", out);
}

static void put_row(FILE *out, const lq_dry_report_t *r, const lq_dry_row_t *row)
{
    char at[LQ_DRY_TIME_SZ];
    char number[24];
    char about[LQ_DRY_ABOUT_SZ];
    const char *verdict = lq_dry_verdict_str(row->verdict);
    (void)snprintf(number, sizeof(number), "%" PRIu64, row->target_blk);
    (void)fputs("<tr>", out);
    put_cell(out, "time", lq_dry_report_time(at, row->target_sec), false);
    put_cell(out, "block", number, false);
    put_cell(out, "market", lq_dry_report_market(r, row->instance), false);
    put_address(out, "account", &row->borrower);
    (void)fprintf(out, "<td data-l=\"verdict\" class=\"%s\">%s</td>", verdict, verdict);
    put_usd(out, "net USD", &row->net_usd);
    put_usd(out, "estimate USD", &row->estimate.net_usd);
    put_cell(out, "about", lq_dry_report_about(about, row), false);
    (void)fputs("</tr>\n", out);
}

static void put_rows(FILE *out, const lq_dry_report_t *r)
{
    size_t cnt = r->entry_cnt < SHOWN_MAX ? r->entry_cnt : SHOWN_MAX;
    (void)fputs("<h2>Booked</h2>\n", out);
    if (r->entry_cnt + r->dropped_cnt > cnt)
        (void)fprintf(out,
                      "<p class=\"dim\">The newest %zu of %" PRIu64 ". --json has the newest "
                      "%zu.</p>\n",
                      cnt, r->entry_cnt + r->dropped_cnt, r->entry_cnt);
    (void)fputs("<table class=\"rows\"><thead><tr><th>time</th><th>block</th><th>market</th>"
                "<th>account</th><th>verdict</th><th class=\"n\">net USD</th>"
                "<th class=\"n\">estimate USD</th><th>about</th></tr></thead><tbody>\n",
                out);
    for (size_t i = 0; i < cnt; i++)
        put_row(out, r, &r->entries[r->entry_cnt - 1 - i].row);
    (void)fputs("</tbody></table>\n", out);
}

static void put_candidate(FILE *out, const lq_dry_report_t *r, const lq_dry_candidate_t *c)
{
    (void)fputs("<tr>", out);
    put_cell(out, "market", lq_dry_report_market(r, c->instance), false);
    put_address(out, "account", &c->borrower);
    put_cell(out, "now", c->stands ? "stands" : "ended", false);
    put_cell(out, "reason", lq_reason_str(c->reason), false);
    if (c->has_profit)
        put_usd(out, "profit USD", &c->profit_usd);
    else
        put_cell(out, "profit USD", "-", true);
    put_count(out, "times", c->began_cnt);
    (void)fputs("</tr>\n", out);
}

static void put_candidates(FILE *out, const lq_dry_report_t *r)
{
    size_t cnt = r->candidate_cnt < SHOWN_MAX ? r->candidate_cnt : SHOWN_MAX;
    (void)fputs("<h2>Candidates</h2>\n", out);
    if (r->candidate_cnt > cnt)
        (void)fprintf(out, "<p class=\"dim\">The newest %zu of %zu. --json has all of them.</p>\n",
                      cnt, r->candidate_cnt);
    (void)fputs("<table class=\"rows\"><thead><tr><th>market</th><th>account</th><th>now</th>"
                "<th>reason</th><th class=\"n\">profit USD</th><th class=\"n\">times</th></tr>"
                "</thead><tbody>\n",
                out);
    for (size_t i = 0; i < cnt; i++)
        put_candidate(out, r, &r->candidates[r->candidate_cnt - 1 - i]);
    (void)fputs("</tbody></table>\n", out);
}

static void put_notes(FILE *out, const lq_dry_report_t *r)
{
    (void)fputs("<h2>What this means</h2>\n<ul class=\"dim\">\n", out);
    for (const char *const *note = lq_dry_report_notes; *note; note++) {
        (void)fputs("<li>", out);
        put_text(out, *note);
        (void)fputs("</li>\n", out);
    }
    if (r->by_call)
        (void)fputs(
            "<li>No node has eth_simulateV1: eth_call tells whether a transaction reverts where it is "
            "alone in its block, and of the first of several; gas and tokens are those of the "
            "estimate.</li>\n",
            out);
    if (r->bidless)
        (void)fputs("<li>There is no executor, which alone pays bids: they are in estimates alone."
                    "</li>\n",
                    out);
    if (r->dropped_cnt)
        (void)fprintf(out, "<li>%" PRIu64 " older rows are in the sums alone.</li>\n",
                      r->dropped_cnt);
    if (r->candidate_full_cnt)
        (void)fprintf(out, "<li>Candidates beyond %u are in the counts alone.</li>\n",
                      LQ_DRY_REPORT_CANDIDATE_MAX);
    if (r->full_cnt)
        (void)fprintf(out, "<li>%" PRIu64 " intents were not booked: too many at once.</li>\n",
                      r->full_cnt);
    (void)fputs("</ul>\n", out);
}

static void put_head(FILE *out, const lq_dry_report_t *r)
{
    char from[LQ_DRY_TIME_SZ];
    char to[LQ_DRY_TIME_SZ];
    (void)fprintf(out,
                  LQ_DRY_REPORT_HTML_MARK
                  "\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                  "%s<title>liqd: dry run</title>\n<style>\n%s</style></head><body>\n"
                  "<h1>Dry run on ",
                  r->ended ? "" : "<meta http-equiv=\"refresh\" content=\"60\">\n", style);
    put_text(out, r->chain_name);
    (void)fprintf(out, "</h1>\n<p class=\"dim\">%s to %s, %s. Nothing was sent.</p>\n",
                  lq_dry_report_time(from, r->begun_wall_ns / SEC_NS),
                  lq_dry_report_time(to, r->now_wall_ns / SEC_NS), r->ended ? "ended" : "running");
}

void lq_dry_report_html(FILE *out, const lq_dry_report_t *r)
{
    put_head(out, r);
    put_headline(out, r);
    put_chart(out, r);
    put_verdicts(out, r);
    put_tokens(out, r);
    put_takers(out, r);
    put_reasons(out, r);
    put_latencies(out, r);
    put_rows(out, r);
    put_candidates(out, r);
    put_notes(out, r);
    (void)fputs("</body></html>\n", out);
}
