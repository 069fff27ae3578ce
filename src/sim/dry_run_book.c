#include <stdio.h>
#include <string.h>

#include "dry_run_internal.h"

#define WHY_SZ sizeof(((lq_dry_row_t *)0)->why)

/* A rival's question: its own number, the intent's place (below 2^16) and his. */
#define PLACE_SHIFT 3u
#define ASK_SHIFT   19u

_Static_assert(DRY_RIVAL_MAX <= 1u << PLACE_SHIFT, "his number has these bits");

/* ---- sums ---- */

static lq_i256_t add_or_take(const lq_i256_t *sum, const lq_i256_t *v, bool back)
{
    return back ? lq_i256_sub_wrap(sum, v) : lq_i256_add_wrap(sum, v);
}

static void add_or_take_wei(lq_wei_t *sum, const lq_wei_t *v, bool back)
{
    sum->raw = back ? lq_u256_sub_wrap(&sum->raw, &v->raw) : lq_u256_add_wrap(&sum->raw, &v->raw);
}

/* BACK: it does not count any more. */
static void count(lq_dry_run_t *d, const lq_dry_row_t *row, bool back)
{
    lq_dry_run_stat_t *s = &d->stat;
    if (back)
        s->booked_cnt[row->verdict]--;
    else
        s->booked_cnt[row->verdict]++;
    if (row->verdict == LQ_DRY_LOST)
        s->lost_usd = add_or_take(&s->lost_usd, &row->net_usd, back);
    if (row->verdict != LQ_DRY_WON)
        return;
    s->won_usd = add_or_take(&s->won_usd, &row->net_usd, back);
    s->estimated_usd = add_or_take(&s->estimated_usd, &row->estimate.net_usd, back);
    add_or_take_wei(&s->gas_wei, &row->gas_wei, back);
    add_or_take_wei(&s->bid_wei, &row->bid_wei, back);
}

/* ---- verdicts ---- */

static bool pays_more(const lq_dry_rival_t *a, const lq_dry_rival_t *b)
{
    if (a->has_tip != b->has_tip)
        return a->has_tip;
    return a->has_tip && lq_wei_cmp(&a->tip_wei, &b->tip_wei) > 0;
}

/* Of those in block BLK who paid most; of equals the first. NULL: nobody. */
static const lq_dry_rival_t *highest(const dry_intent_t *it, uint64_t blk)
{
    const lq_dry_rival_t *best = NULL;
    for (size_t i = 0; i < it->rival_cnt; i++) {
        const lq_dry_rival_t *r = &it->rivals[i].of;
        if (r->blk == blk && (!best || pays_more(r, best)))
            best = r;
    }
    return best;
}

/* A priority fee alone is the least that he paid. */
static bool all_told(const dry_intent_t *it, uint64_t blk)
{
    for (size_t i = 0; i < it->rival_cnt; i++) {
        const lq_dry_rival_t *r = &it->rivals[i].of;
        if (r->blk == blk && !(r->has_tip && r->has_payment))
            return false;
    }
    return true;
}

/* The first block from FROM to TO in which somebody liquidated; UINT64_MAX: none. */
static uint64_t first_blk(const dry_intent_t *it, uint64_t from, uint64_t to)
{
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < it->rival_cnt; i++) {
        uint64_t blk = it->rivals[i].of.blk;
        if (blk >= from && blk <= to && blk < first)
            first = blk;
    }
    return first;
}

static bool is_before_target(const dry_intent_t *it)
{
    return first_blk(it, 0, it->row.target_blk) < it->row.target_blk;
}

static lq_dry_verdict_t say(dry_intent_t *it, lq_dry_verdict_t verdict, const char *why)
{
    (void)snprintf(it->row.why, WHY_SZ, "%s", why);
    return verdict;
}

static lq_dry_verdict_t unknown(dry_intent_t *it, const char *why)
{
    return say(it, LQ_DRY_UNKNOWN, why);
}

static const char too_late[] = "too late: its block was there before it was asked for";

/* It would have worked, and nobody was there in a block before. */
static lq_dry_verdict_t compare(dry_intent_t *it)
{
    const lq_dry_rival_t *best = highest(it, it->row.target_blk);
    if (best && best->has_tip && lq_wei_cmp(&best->tip_wei, &it->row.tip_wei) >= 0)
        return LQ_DRY_LOST;
    if (it->late)
        return say(it, best ? LQ_DRY_LOST : LQ_DRY_UNKNOWN, too_late);
    if (!all_told(it, it->row.target_blk))
        return unknown(it, "what another liquidation of its block paid is not known: a node that "
                           "traces (debug_traceTransaction) tells");
    if (it->crowded)
        return unknown(it, "more others liquidated the account than are compared");
    if (it->roomless)
        return unknown(it, "its block has no room for it behind those of ours before it");
    if (it->account == DRY_NOBODY)
        return unknown(it, "the accounts were read anew: who liquidated it is not known");
    if (it->ended)
        return unknown(it, "given up in a block that is no more: the account was asked for anew");
    return LQ_DRY_WON;
}

static lq_dry_verdict_t judge(dry_intent_t *it)
{
    if (is_before_target(it))
        return LQ_DRY_LOST;
    if (it->late && it->tried == DRY_TRIED_NOT)
        return compare(it);
    switch (it->tried) {
    case DRY_TRIED_OK:
        return compare(it);
    case DRY_TRIED_REVERTED:
        return LQ_DRY_REVERTED;
    case DRY_TRIED_NOT:
        break;
    }
    return LQ_DRY_UNKNOWN;
}

/* In a block before the target, else in it; of WON also behind it. */
static void name_rival(dry_intent_t *it)
{
    lq_dry_row_t *row = &it->row;
    uint64_t blk = first_blk(it, 0, row->target_blk);
    if (blk == UINT64_MAX && row->verdict == LQ_DRY_WON)
        blk = first_blk(it, row->target_blk, UINT64_MAX);
    const lq_dry_rival_t *rival = blk == UINT64_MAX ? NULL : highest(it, blk);
    row->rival = (lq_dry_rival_t){0};
    row->late_blk = 0;
    if (!rival)
        return;
    row->rival = *rival;
    row->late_blk = (int64_t)(row->target_blk - rival->blk);
}

/* ---- rows ---- */

static void tell(const lq_dry_run_t *d, const dry_intent_t *it, lq_outcome_kind_t kind)
{
    lq_outcome_t outcome = {.intent = it->row.intent, .kind = kind};
    if (kind == LQ_OUTCOME_WON || kind == LQ_OUTCOME_FINAL) {
        outcome.gas = it->row.gas;
        outcome.gas_price_wei = it->gas_price_wei;
        outcome.bid_wei = it->row.bid_wei;
        outcome.repaid = it->repaid;
        outcome.seized = it->seized;
    }
    d->sink.outcome(d->sink.ctx, &outcome);
}

/* What ended once has ended: whatever came of it on another branch is no news to the engine. */
static void tell_verdict(lq_dry_run_t *d, dry_intent_t *it)
{
    bool had_ended = it->ended;
    it->won = it->row.verdict == LQ_DRY_WON;
    it->ended = !it->won;
    if (it->won)
        tell(d, it, LQ_OUTCOME_WON);
    else if (!had_ended)
        tell(d, it,
             it->row.verdict == LQ_DRY_REVERTED ? LQ_OUTCOME_SIMULATION_REVERTED
                                                : LQ_OUTCOME_EXPIRED);
}

/* What was not tried, or reverts since somebody came before, would have earned what was meant. */
static void set_net(dry_intent_t *it)
{
    if (it->row.verdict == LQ_DRY_UNKNOWN)
        it->row.net_usd = lq_i256_from_i64(0);
    else if (it->row.verdict == LQ_DRY_LOST && it->tried != DRY_TRIED_OK)
        it->row.net_usd = it->row.estimate.net_usd;
}

static void book(lq_dry_run_t *d, dry_intent_t *it, bool tell_engine)
{
    it->state = DRY_BOOKED;
    it->question = 0;
    it->row.verdict = judge(it);
    set_net(it);
    name_rival(it);
    count(d, &it->row, false);
    d->sink.booked(d->sink.ctx, &it->row, false);
    if (tell_engine)
        tell_verdict(d, it);
}

static void close_asks(dry_intent_t *it)
{
    for (size_t i = 0; i < it->rival_cnt; i++)
        it->rivals[i].ask = 0;
}

void dry_give_up(lq_dry_run_t *d, dry_intent_t *it, const char *why, bool tell_engine)
{
    if (it->state != DRY_RIVALS)
        dry_untried(it, why);
    close_asks(it);
    book(d, it, tell_engine);
}

void dry_take_back(lq_dry_run_t *d, dry_intent_t *it)
{
    bool was_booked = it->state == DRY_BOOKED;
    bool was_won = it->won;
    const lq_dry_row_t old = it->row;
    it->state = DRY_WAITING;
    it->tried = DRY_TRIED_NOT;
    it->won = false;
    it->crowded = false;
    it->question = 0;
    close_asks(it);
    it->row = (lq_dry_row_t){.intent = old.intent,
                             .instance = old.instance,
                             .borrower = old.borrower,
                             .target_blk = old.target_blk,
                             .target_sec = old.target_sec,
                             .estimate = old.estimate,
                             .bid_wei = old.bid_wei};
    if (!was_booked)
        return;
    count(d, &old, true);
    d->sink.unbooked(d->sink.ctx, old.intent);
    if (was_won)
        tell(d, it, LQ_OUTCOME_UNMINED);
}

void dry_later(lq_dry_run_t *d, dry_intent_t *it)
{
    const lq_dry_rival_t old = it->row.rival;
    if (it->state != DRY_BOOKED || it->row.verdict != LQ_DRY_WON ||
        (old.known && old.blk <= it->row.target_blk))
        return;
    name_rival(it);
    if (old.known != it->row.rival.known || old.blk != it->row.rival.blk ||
        memcmp(&old.tx_hash, &it->row.rival.tx_hash, sizeof(old.tx_hash)) != 0)
        d->sink.booked(d->sink.ctx, &it->row, false);
}

void dry_finish(lq_dry_run_t *d, dry_intent_t *it)
{
    it->state = DRY_FINAL;
    d->sink.booked(d->sink.ctx, &it->row, true);
    if (it->won)
        tell(d, it, LQ_OUTCOME_FINAL);
}

/* ---- questions ---- */

static void add_txs(lq_dry_run_t *d, const dry_intent_t *it, size_t at)
{
    for (size_t k = 0; k < it->tx_cnt; k++) {
        d->txs[at + k] = it->txs[k];
        d->values_wei[at + k] = k ? (lq_wei_t){0} : it->row.bid_wei;
    }
}

static lq_dry_question_t begin_question(lq_dry_run_t *d, const lq_header_t *block)
{
    return (lq_dry_question_t){.id = ++d->question_cnt,
                               .parent = {block->block.number - 1, block->parent_hash},
                               .block = *block,
                               .intents = d->ids,
                               .tx_cnts = d->tx_cnts,
                               .txs = d->txs,
                               .values_wei = d->values_wei};
}

void dry_ask(lq_dry_run_t *d, uint64_t number)
{
    const lq_header_t *block = &dry_head(d, number)->header;
    lq_dry_question_t q = {.intent_cnt = 0};
    size_t tx_cnt = 0;
    for (uint64_t i = d->first; i < d->next; i++) {
        dry_intent_t *it = dry_intent(d, i);
        if (it->state != DRY_WAITING || it->row.target_blk != number)
            continue;
        if (it->late) { /* as while we catch up: nodes may not even have that state any more */
            dry_give_up(d, it, too_late, true);
            continue;
        }
        if (!q.intent_cnt)
            q = begin_question(d, block);
        it->state = DRY_ASKED;
        it->question = q.id;
        add_txs(d, it, tx_cnt);
        tx_cnt += it->tx_cnt;
        d->ids[q.intent_cnt] = it->row.intent;
        d->tx_cnts[q.intent_cnt++] = it->tx_cnt;
        if (d->apart) {
            d->sink.simulate(d->sink.ctx, &q);
            q.intent_cnt = tx_cnt = 0;
        }
    }
    if (q.intent_cnt)
        d->sink.simulate(d->sink.ctx, &q);
}

void lq_dry_run_apart(lq_dry_run_t *d, uint64_t id)
{
    uint64_t number = 0;
    d->apart = true;
    for (uint64_t i = d->first; id && i < d->next; i++) {
        dry_intent_t *it = dry_intent(d, i);
        if (it->question != id)
            continue;
        it->state = DRY_WAITING;
        it->question = 0;
        number = it->row.target_blk;
    }
    if (number && dry_head(d, number))
        dry_ask(d, number);
}

static bool is_open(const dry_intent_t *it)
{
    for (size_t i = 0; i < it->rival_cnt; i++)
        if (it->rivals[i].ask)
            return true;
    return false;
}

/* Who came first is asked; where he was there before the target, whatever the simulation said. */
static void ask_rivals(lq_dry_run_t *d, uint64_t at)
{
    dry_intent_t *it = dry_intent(d, at);
    uint64_t blk = first_blk(it, 0, it->row.target_blk);
    const dry_head_t *head = blk == UINT64_MAX ? NULL : dry_head(d, blk);
    if (!head || (blk == it->row.target_blk && it->tried != DRY_TRIED_OK))
        return;
    it->state = DRY_RIVALS;
    uint64_t place = at % d->config.intent_max;
    for (size_t i = 0; i < it->rival_cnt; i++)
        if (it->rivals[i].of.blk == blk)
            it->rivals[i].ask = ++d->question_cnt << ASK_SHIFT | place << PLACE_SHIFT | i;
    for (size_t i = 0; i < it->rival_cnt; i++)
        if (it->rivals[i].ask)
            d->sink.rival(d->sink.ctx, it->rivals[i].ask, &it->rivals[i].of.tx_hash, &head->header);
}

static size_t tx_cnt_of(const lq_dry_run_t *d, uint64_t question)
{
    size_t cnt = 0;
    for (uint64_t i = d->first; i < d->next; i++)
        if (dry_intent(d, i)->question == question)
            cnt += dry_intent(d, i)->tx_cnt;
    return cnt;
}

/* Whether all of ours in BLOCK, as far as they have been tried, fit into it. */
static bool has_room(const lq_dry_run_t *d, const lq_header_t *block)
{
    uint64_t gas = 0;
    for (uint64_t i = d->first; i < d->next; i++) {
        const dry_intent_t *it = dry_intent(d, i);
        if (it->row.target_blk == block->block.number && it->tried == DRY_TRIED_OK)
            gas += it->row.gas;
    }
    return !block->gas_limit || gas <= block->gas_limit;
}

void lq_dry_run_tried(lq_dry_run_t *d, uint64_t id, lq_err_t err, const char *why,
                      const lq_dry_result_t *results, size_t cnt)
{
    size_t at = 0;
    if (!id)
        return;
    if (!err && cnt != tx_cnt_of(d, id))
        err = LQ_ERR_SYNTAX;
    if (!err && cnt && results[0].has_logs)
        d->apart = false; /* who can try several is there again */
    for (uint64_t i = d->first; i < d->next; i++) {
        dry_intent_t *it = dry_intent(d, i);
        if (it->question != id)
            continue;
        const dry_head_t *head = dry_head(d, it->row.target_blk);
        it->question = 0;
        if (err || !head)
            dry_untried(it, why && why[0] ? why : lq_err_str(err ? err : LQ_ERR_NOT_FOUND));
        else
            dry_try(d, it, &head->header, results + at);
        it->roomless = head && !has_room(d, &head->header);
        at += it->tx_cnt;
        ask_rivals(d, i);
        if (!is_open(it))
            book(d, it, true);
    }
}

/* Whether an intent has the PLACE of the ring. */
static bool is_live(const lq_dry_run_t *d, uint64_t place)
{
    uint64_t max = d->config.intent_max;
    return place < max && (place + max - d->first % max) % max < d->next - d->first;
}

void lq_dry_run_rival(lq_dry_run_t *d, uint64_t id, const lq_dry_rival_t *rival)
{
    uint64_t place = id >> PLACE_SHIFT & ((UINT64_C(1) << (ASK_SHIFT - PLACE_SHIFT)) - 1);
    size_t at = (size_t)(id & ((1u << PLACE_SHIFT) - 1));
    if (!is_live(d, place))
        return;
    dry_intent_t *it = &d->intents[place];
    if (it->state != DRY_RIVALS || at >= it->rival_cnt || it->rivals[at].ask != id)
        return;
    it->rivals[at].ask = 0;
    it->rivals[at].of.has_tip = rival->has_tip;
    it->rivals[at].of.tip_wei = rival->tip_wei;
    it->rivals[at].of.has_payment = rival->has_payment;
    it->rivals[at].of.payment_wei = rival->payment_wei;
    if (!is_open(it))
        book(d, it, true);
}
