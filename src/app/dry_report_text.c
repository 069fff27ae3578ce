/* What a dry run says on the terminal. */

#include <inttypes.h>
#include <string.h>

#include "dry_report.h"
#include "liqd/app/doc.h"
#include "liqd/keys/address.h"

#define SEC_NS UINT64_C(1000000000)

#define GREEN "\033[32m"
#define RED   "\033[31m"
#define DIM   "\033[2m"
#define PLAIN "\033[0m"

static const char *colour_of(lq_dry_verdict_t verdict)
{
    switch (verdict) {
    case LQ_DRY_WON:
        return GREEN;
    case LQ_DRY_LOST:
    case LQ_DRY_REVERTED:
        return RED;
    case LQ_DRY_UNKNOWN:
    case LQ_DRY_VERDICT_CNT:
        break;
    }
    return DIM;
}

/* The columns that all lines begin with. */
static void put_start(FILE *out, const lq_dry_report_t *r, uint64_t wall_ns, uint64_t blk,
                      uint32_t instance, const lq_address_t *borrower, uint64_t intent)
{
    char at[LQ_DRY_TIME_SZ];
    char who[LQ_ADDRESS_TEXT_SZ + 1];
    lq_address_print(who, borrower);
    (void)fprintf(out, "%s block %" PRIu64 " %s %s #%" PRIu64 " ",
                  lq_dry_report_time(at, wall_ns / SEC_NS), blk, lq_dry_report_market(r, instance),
                  who, intent);
}

void lq_dry_report_print_asked(FILE *out, const lq_dry_report_t *r, const lq_action_take_t *take,
                               uint64_t wall_ns)
{
    lq_signed_text_t usd;
    char bid[LQ_DRY_AMOUNT_SZ];
    lq_i256_t wei = {take->bid_wei.raw};
    put_start(out, r, wall_ns, take->target_blk, take->instance, &take->borrower, take->intent);
    (void)fprintf(out, "asked     estimate %s USD, bid %s\n",
                  lq_decisions_usd(&usd, &take->plan->profit.net_usd),
                  lq_dry_report_coins(bid, &wei));
}

void lq_dry_report_print_booked(FILE *out, const lq_dry_report_t *r, const lq_dry_entry_t *entry,
                                bool colour)
{
    const lq_dry_row_t *row = &entry->row;
    lq_signed_text_t net;
    lq_signed_text_t estimate;
    char about[LQ_DRY_ABOUT_SZ];
    put_start(out, r, entry->wall_ns, row->target_blk, row->instance, &row->borrower, row->intent);
    (void)fprintf(out, "%s%-9s%s ", colour ? colour_of(row->verdict) : "",
                  lq_dry_verdict_str(row->verdict), colour ? PLAIN : "");
    if (row->verdict == LQ_DRY_WON || row->verdict == LQ_DRY_LOST)
        (void)fprintf(out, "%s USD, estimate ", lq_decisions_usd(&net, &row->net_usd));
    else
        (void)fprintf(out, "estimate ");
    (void)fprintf(out, "%s USD", lq_decisions_usd(&estimate, &row->estimate.net_usd));
    (void)lq_dry_report_about(about, row);
    (void)fprintf(out, "%s%s\n", about[0] ? ", " : "", about);
}

void lq_dry_report_print_unbooked(FILE *out, const lq_dry_report_t *r, const lq_dry_entry_t *entry,
                                  uint64_t wall_ns)
{
    const lq_dry_row_t *row = &entry->row;
    put_start(out, r, wall_ns, row->target_blk, row->instance, &row->borrower, row->intent);
    (void)fprintf(out, "unbooked  was %s: its block is no more\n",
                  lq_dry_verdict_str(row->verdict));
}

/* ---- the summary */

static void put_sums(FILE *out, const lq_dry_report_t *r)
{
    lq_signed_text_t net;
    lq_signed_text_t estimate;
    for (unsigned i = 0; i < LQ_DRY_VERDICT_CNT; i++) {
        const lq_dry_sum_t *sum = &r->sums[i];
        (void)fprintf(out, "%-21s %" PRIu64, lq_dry_verdict_str((lq_dry_verdict_t)i), sum->cnt);
        if (sum->cnt && (i == LQ_DRY_WON || i == LQ_DRY_LOST))
            (void)fprintf(out, ", %s USD, estimated %s USD", lq_decisions_usd(&net, &sum->net_usd),
                          lq_decisions_usd(&estimate, &sum->estimate_usd));
        (void)fprintf(out, "\n");
    }
}

static void put_won(FILE *out, const lq_dry_report_t *r)
{
    const lq_dry_sum_t *won = &r->sums[LQ_DRY_WON];
    lq_signed_text_t usd;
    char text[LQ_DRY_AMOUNT_SZ];
    (void)fprintf(out, "would have earned     %s USD\n", lq_decisions_usd(&usd, &won->net_usd));
    for (size_t i = 0; i < r->token_cnt; i++)
        if (!lq_u256_is_zero(&r->tokens[i].amount.bits))
            (void)fprintf(out, "  of tokens           %s\n",
                          lq_dry_report_amount(text, r, &r->tokens[i].token, &r->tokens[i].amount));
    if (r->token_full)
        (void)fprintf(out, "  of tokens           and others: only %u are kept apart\n",
                      LQ_DRY_REPORT_TOKEN_MAX);
    (void)fprintf(out, "  gas paid            %s\n", lq_dry_report_coins(text, &won->gas_wei));
    (void)fprintf(out, "  bids paid           %s\n", lq_dry_report_coins(text, &won->bid_wei));
    if (won->gainless_cnt)
        (void)fprintf(out,
                      "  of estimates        %" PRIu64 " of the won: no node told their tokens\n",
                      won->gainless_cnt);
}

static void put_takers(FILE *out, const lq_dry_report_t *r)
{
    lq_signed_text_t usd;
    for (size_t i = 0; i < r->taker_cnt; i++) {
        char who[LQ_ADDRESS_TEXT_SZ + 1];
        lq_address_print(who, &r->takers[i].liquidator);
        if (r->takers[i].cnt)
            (void)fprintf(out, "lost to               %s: %" PRIu64 ", %s USD\n", who,
                          r->takers[i].cnt, lq_decisions_usd(&usd, &r->takers[i].net_usd));
    }
    if (r->other_takers.cnt)
        (void)fprintf(out, "lost to               others: %" PRIu64 ", %s USD\n",
                      r->other_takers.cnt, lq_decisions_usd(&usd, &r->other_takers.net_usd));
}

static void put_latency(FILE *out, const char *what, const lq_hist_t *hist)
{
    char text[3][LQ_DRY_SPAN_SZ];
    uint64_t p50;
    uint64_t p99;
    if (lq_hist_percentile(hist, &p50, 500000) || lq_hist_percentile(hist, &p99, 990000))
        return;
    (void)fprintf(out, "%-21s p50 %s, p99 %s, max %s\n", what, lq_dry_report_span(text[0], p50),
                  lq_dry_report_span(text[1], p99), lq_dry_report_span(text[2], hist->max));
}

static void put_limits(FILE *out, const lq_dry_report_t *r)
{
    if (r->by_call)
        (void)fprintf(out, "by eth_call           no node has eth_simulateV1: each alone in its "
                           "block, gas and tokens those of the estimate\n");
    if (r->bidless)
        (void)fprintf(out, "without an executor   no bid is paid: it is in estimates alone\n");
    if (r->dropped_cnt)
        (void)fprintf(out, "rows not kept         %" PRIu64 ": in the sums alone\n",
                      r->dropped_cnt);
    if (r->candidate_full_cnt)
        (void)fprintf(out, "candidates not kept   beyond %u: in the counts alone\n",
                      LQ_DRY_REPORT_CANDIDATE_MAX);
    if (r->full_cnt)
        (void)fprintf(out, "not booked            %" PRIu64 ": too many at once\n", r->full_cnt);
}

void lq_dry_report_print(FILE *out, const lq_dry_report_t *r)
{
    put_sums(out, r);
    put_won(out, r);
    put_takers(out, r);
    put_latency(out, "block to transaction", &r->aged);
    put_latency(out, "received to engine", &r->given);
    put_latency(out, "engine to transaction", &r->decided);
    put_latency(out, "simulation", &r->simulated);
    put_limits(out, r);
    (void)fprintf(out, "\n");
    for (const char *const *note = lq_dry_report_notes; *note; note++)
        lq_doc_wrap(out, "", 0, 100, *note);
}
