/* What happens to what was wanted, in lines, and what it has come to. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "liqd/base/text.h"
#include "liqd/keys/address.h"
#include "live_shell_internal.h"

#define SEC_NS UINT64_C(1000000000)
#define GREEN  "\033[32m"
#define RED    "\033[31m"
#define YELLOW "\033[33m"
#define PLAIN  "\033[0m"

static const char *const outcomes[LQ_OUTCOME_CNT] = {
    [LQ_OUTCOME_SENT] = "sent",
    [LQ_OUTCOME_REFUSED] = "refused",
    [LQ_OUTCOME_SIMULATION_REVERTED] = "would revert",
    [LQ_OUTCOME_MINED] = "mined",
    [LQ_OUTCOME_WON] = "won",
    [LQ_OUTCOME_REVERTED] = "reverted",
    [LQ_OUTCOME_UNMINED] = "unmined",
    [LQ_OUTCOME_EXPIRED] = "expired",
    [LQ_OUTCOME_CANCELLED] = "cancelled",
    [LQ_OUTCOME_FINAL] = "final",
};

/* ---- what is known of an intent */

static lq_live_earned_t *earned_of(lq_live_shell_t *s, uint64_t intent)
{
    return &s->earned[intent % LQ_LIVE_EARNED_MAX];
}

/* Takes the place of what the same intent had earned so far. */
static void count_ended(lq_live_shell_t *s, const lq_tx_ended_t *ended)
{
    static const lq_i256_t nothing = {{{0}}};
    lq_live_earned_t *e = earned_of(s, ended->intent);
    lq_i256_t net = ended->net_usd;
    s->counts.ended_cnt[ended->kind]++;
    if (ended->kind != LQ_OUTCOME_MINED && ended->kind != LQ_OUTCOME_REVERTED &&
        ended->kind != LQ_OUTCOME_FINAL)
        net = nothing;
    if (e->intent != ended->intent)
        *e = (lq_live_earned_t){.intent = ended->intent};
    s->counts.net_usd = lq_i256_sub_wrap(&s->counts.net_usd, &e->net_usd);
    s->counts.net_usd = lq_i256_add_wrap(&s->counts.net_usd, &net);
    e->net_usd = net;
    e->kind = ended->kind;
}

static void count_receipt(lq_live_shell_t *s, const lq_tx_receipt_t *r)
{
    lq_u256_t gas = lq_u256_from_u64(r->gas);
    lq_u256_t cost = lq_u256_mul_wrap(&gas, &r->gas_price_wei.raw);
    lq_wei_t all = lq_wei_make(&cost);
    (void)!lq_wei_add_checked(&all, &all, &r->l1_fee_wei);
    (void)!lq_wei_add_checked(&s->counts.gas_wei, &s->counts.gas_wei, &all);
    s->counts.mined_cnt += r->ok;
    s->counts.reverted_cnt += !r->ok;
    if (r->block.number > s->funds.mined_blk)
        s->funds.mined_blk = r->block.number;
}

/* ---- lines */

/* Time, market, account and number of the intent. */
static void put_start(lq_live_shell_t *s, uint64_t wall_ns, uint64_t intent)
{
    const lq_live_earned_t *e = earned_of(s, intent);
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    char time_text[16];
    struct tm tm;
    time_t sec = (time_t)(wall_ns / SEC_NS);
    (void)gmtime_r(&sec, &tm);
    (void)strftime(time_text, sizeof(time_text), "%H:%M:%S", &tm);
    (void)fprintf(s->settings.out, "%s.%03u  %" PRIu64 "  ", time_text,
                  (unsigned)(wall_ns % SEC_NS / 1000000), intent);
    if (e->intent != intent)
        return;
    lq_address_print(text, &e->borrower);
    if (e->use == LQ_TX_USE_LIQUIDATE)
        (void)fprintf(s->settings.out, "%s %s  ", e->market, text);
    else
        (void)fprintf(s->settings.out, "%s  ", lq_tx_use_str(e->use));
}

void lq_live_know(lq_live_shell_t *s, const lq_tx_intent_t *intent)
{
    lq_live_earned_t *e = earned_of(s, intent->id);
    *e = (lq_live_earned_t){.intent = intent->id, .borrower = intent->borrower, .use = intent->use};
    (void)snprintf(e->market, sizeof(e->market), "%s", intent->market);
}

static void say_intent(lq_live_shell_t *s, const lq_tx_intent_t *intent, uint64_t wall_ns)
{
    lq_signed_text_t usd;
    lq_live_know(s, intent);
    s->counts.intent_cnt++;
    if (!s->settings.out)
        return;
    put_start(s, wall_ns, intent->id);
    (void)fprintf(s->settings.out, "wanted     estimate %s USD\n",
                  lq_decisions_usd(&usd, &intent->estimate.net_usd));
}

static void say_attempt(lq_live_shell_t *s, const lq_tx_attempt_t *a, uint64_t wall_ns)
{
    char fee[LQ_WEI_TEXT_SZ];
    s->counts.sent_cnt++;
    if (!s->settings.out || lq_wei_print(fee, sizeof(fee), &a->max_fee_wei, LQ_WEI_UNIT_GWEI))
        return;
    put_start(s, wall_ns, a->intent);
    (void)fprintf(s->settings.out, "%s nonce %" PRIu64 ", at most %s per gas\n",
                  a->use == LQ_TX_USE_CANCEL ? "cancel    "
                  : a->number                ? "replaced  "
                                             : "sent      ",
                  a->nonce, fee);
}

static const char *colour_of(lq_outcome_kind_t kind)
{
    if (kind == LQ_OUTCOME_MINED || kind == LQ_OUTCOME_FINAL)
        return GREEN;
    return kind == LQ_OUTCOME_REVERTED ? RED : YELLOW;
}

static void say_ended(lq_live_shell_t *s, const lq_tx_ended_t *ended, uint64_t wall_ns)
{
    char why[2 * LQ_TX_RECORD_TEXT_SZ]; /* some of it may have to be shown as \\xNN */
    lq_signed_text_t usd;
    bool earned = ended->kind == LQ_OUTCOME_MINED || ended->kind == LQ_OUTCOME_REVERTED ||
                  ended->kind == LQ_OUTCOME_FINAL;
    count_ended(s, ended);
    if (!s->settings.out)
        return;
    put_start(s, wall_ns, ended->intent);
    (void)fprintf(s->settings.out, "%s%-10s%s", s->settings.colour ? colour_of(ended->kind) : "",
                  outcomes[ended->kind], s->settings.colour ? PLAIN : "");
    if (earned)
        (void)fprintf(s->settings.out, " %s USD", lq_decisions_usd(&usd, &ended->net_usd));
    lq_text_show_cut(why, sizeof(why), (const uint8_t *)ended->why, strlen(ended->why));
    (void)fprintf(s->settings.out, "%s%s\n", why[0] ? "  " : "", why);
}

void lq_live_recorded(void *ctx, const lq_tx_record_t *r)
{
    lq_live_shell_t *s = ctx;
    switch (r->kind) {
    case LQ_TX_RECORD_INTENT:
        say_intent(s, r->as.intent, r->wall_ns);
        break;
    case LQ_TX_RECORD_ATTEMPT:
        say_attempt(s, r->as.attempt, r->wall_ns);
        break;
    case LQ_TX_RECORD_RECEIPT:
        count_receipt(s, r->as.receipt);
        break;
    case LQ_TX_RECORD_ENDED:
        say_ended(s, r->as.ended, r->wall_ns);
        break;
    case LQ_TX_RECORD_RUN:
    case LQ_TX_RECORD_ANSWER:
    case LQ_TX_RECORD_STATE:
    case LQ_TX_RECORD_HALT:
    case LQ_TX_RECORD_CANDIDATE:
    case LQ_TX_RECORD_KIND_CNT:
        break;
    }
}

void lq_live_shell_sum_up(FILE *out, const lq_live_shell_t *s)
{
    const lq_live_counts_t *c = &s->counts;
    lq_signed_text_t usd;
    char gas[LQ_WEI_TEXT_SZ];
    if (lq_wei_print(gas, sizeof(gas), &c->gas_wei, LQ_WEI_UNIT_ETH))
        LQ_BUG("an amount has no decimal digits");
    (void)fprintf(out,
                  "%" PRIu64 " wanted, %" PRIu64 " signed, %" PRIu64 " mined, %" PRIu64
                  " reverted; realised %s USD, gas %s\n",
                  c->intent_cnt, c->sent_cnt, c->mined_cnt, c->reverted_cnt,
                  lq_decisions_usd(&usd, &c->net_usd), gas);
}
