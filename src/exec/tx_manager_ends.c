#include <string.h>

#include "tx_manager_internal.h"

/* ---- telling ---- */

static bool has_figures(lq_outcome_kind_t kind)
{
    return kind == LQ_OUTCOME_MINED || kind == LQ_OUTCOME_REVERTED || kind == LQ_OUTCOME_FINAL;
}

/* Per gas what all its transactions paid, a rollup's data included, rounded up. */
static lq_outcome_t outcome_of(const txm_intent_t *in, lq_outcome_kind_t kind)
{
    lq_outcome_t o = {.intent = in->owner, .kind = kind};
    lq_u256_t gas_wei = {{0}};
    for (uint32_t i = 0; has_figures(kind) && i < in->tx_cnt; i++) {
        const txm_part_t *p = &in->parts[i];
        o.gas += p->gas;
        gas_wei = lq_u256_add_capped(&gas_wei, &p->gas_wei);
        o.bid_wei.raw = lq_u256_add_capped(&o.bid_wei.raw, &p->paid_wei);
        o.repaid = lq_u256_add_capped(&o.repaid, &p->repaid);
        o.seized = lq_u256_add_capped(&o.seized, &p->seized);
    }
    lq_u256_t one = lq_u256_from_u64(1);
    lq_u256_t gas = lq_u256_from_u64(o.gas);
    if (o.gas && lq_u256_mul_div_up(&o.gas_price_wei.raw, &gas_wei, &one, &gas))
        o.gas_price_wei.raw = gas_wei;
    return o;
}

static lq_i256_t sum_of(const txm_intent_t *in)
{
    lq_i256_t sum = lq_i256_from_i64(0);
    for (uint32_t i = 0; i < in->tx_cnt; i++)
        sum = lq_i256_add_wrap(&sum, &in->parts[i].net_usd);
    return sum;
}

static void record_end(lq_txman_t *m, txm_intent_t *in, lq_tx_ended_t *e)
{
    *e = (lq_tx_ended_t){.intent = in->about.id, .kind = in->kind, .net_usd = in->net_usd};
    memcpy(e->why, in->why, sizeof(e->why));
    in->owes_end = !txm_record(m, &(lq_tx_record_t){.kind = LQ_TX_RECORD_ENDED, .as.ended = e});
    m->owes |= in->owes_end;
}

static void set_end(lq_txman_t *m, txm_intent_t *in, lq_tx_ended_t *e, lq_outcome_kind_t kind,
                    const char *why)
{
    in->kind = kind;
    in->net_usd = has_figures(kind) ? sum_of(in) : lq_i256_from_i64(0);
    txm_text(in->why, why, why ? strlen(why) : 0);
    record_end(m, in, e);
}

static void tell(lq_txman_t *m, txm_intent_t *in, lq_outcome_kind_t kind, const char *why)
{
    lq_tx_ended_t e;
    set_end(m, in, &e, kind, why);
    if (in->is_operators)
        txm_emit(m, &(lq_txman_action_t){.kind = LQ_TXMAN_ACTION_ENDED, .as.ended = &e});
    if (!in->owner)
        return;
    lq_outcome_t o = outcome_of(in, kind);
    txm_emit(m, &(lq_txman_action_t){.kind = LQ_TXMAN_ACTION_OUTCOME, .as.outcome = &o});
}

bool txm_has_slots(const txm_intent_t *in)
{
    for (uint32_t i = 0; i < in->tx_cnt; i++)
        if (in->parts[i].slot != TXM_NONE)
            return true;
    return false;
}

void txm_free_if_done(lq_txman_t *m, txm_intent_t *in)
{
    if (in->ended && !in->owes_end && !txm_has_slots(in))
        in->state = TXM_FREE;
    txm_mark(m, in);
}

void txm_end(lq_txman_t *m, txm_intent_t *in, lq_outcome_kind_t kind, const char *why)
{
    in->ended = true;
    in->state = TXM_ACTIVE; /* it waits for nothing any more */
    tell(m, in, kind, why);
    txm_free_if_done(m, in);
}

void txm_was_sent(lq_txman_t *m, txm_intent_t *in)
{
    if (in->is_sent)
        return;
    in->is_sent = true;
    if (!in->owner)
        return;
    lq_outcome_t o = {.intent = in->owner, .kind = LQ_OUTCOME_SENT};
    txm_emit(m, &(lq_txman_action_t){.kind = LQ_TXMAN_ACTION_OUTCOME, .as.outcome = &o});
}

/* The engine has given its number up; what comes of the transaction is another's. */
void txm_disown(lq_txman_t *m, txm_intent_t *in)
{
    if (!in->owner)
        return;
    lq_outcome_t o = {.intent = in->owner, .kind = LQ_OUTCOME_EXPIRED};
    txm_emit(m, &(lq_txman_action_t){.kind = LQ_TXMAN_ACTION_OUTCOME, .as.outcome = &o});
}

/* ---- what was earned ---- */

static const lq_quote_t *quote_of(const lq_tx_intent_t *about, const lq_address_t *token)
{
    for (size_t i = 0; i < about->price_cnt; i++)
        if (memcmp(&about->prices[i].token, token, sizeof(*token)) == 0)
            return &about->prices[i].quote;
    return NULL;
}

/* At the prices of the decision; what has none there counts for nothing. */
static lq_i256_t net_usd(const lq_tx_intent_t *about, const lq_tx_receipt_t *r,
                         const txm_part_t *part)
{
    lq_i256_t net = lq_i256_from_i64(0);
    lq_i256_t worth;
    for (size_t i = 0; i < r->gain_cnt; i++) {
        const lq_quote_t *quote = quote_of(about, &r->gains[i].token);
        if (quote && !lq_gain_worth(&worth, &r->gains[i], quote))
            net = lq_i256_add_wrap(&net, &worth);
    }
    lq_u256_t spent = lq_u256_add_capped(&part->gas_wei, &part->paid_wei);
    lq_usd_t usd;
    if (!lq_u256_is_zero(&about->coin.price_wad) && !lq_worth_up(&usd, &spent, &about->coin) &&
        !lq_i256_from_u256(&worth, &usd.raw))
        net = lq_i256_sub_wrap(&net, &worth);
    return net;
}

static void fill_figures(const txm_intent_t *in, txm_part_t *part, const lq_tx_receipt_t *r)
{
    lq_u256_t gas = lq_u256_from_u64(r->gas);
    part->gas = r->gas;
    if (lq_u256_mul_checked(&part->gas_wei, &gas, &r->gas_price_wei.raw))
        part->gas_wei = r->gas_price_wei.raw;
    part->gas_wei = lq_u256_add_capped(&part->gas_wei, &r->l1_fee_wei.raw);
    part->paid_wei = r->paid_wei.raw;
    part->repaid = r->repaid;
    part->seized = r->seized;
    part->net_usd = net_usd(&in->about, r, part);
}

/* ---- how parts stand ---- */

static txm_end_t end_of(const txm_slot_t *slot, const txm_intent_t *in, uint32_t tx_idx,
                        bool current)
{
    const txm_attempt_t *a = &slot->attempts[slot->mined];
    switch (slot->state) {
    case LQ_TX_MINED:
    case LQ_TX_REVERTED:
        if (a->use != LQ_TX_USE_CANCEL && a->intent_id == in->about.id && a->tx_idx == tx_idx)
            return slot->state == LQ_TX_MINED ? TXM_MINED : TXM_REVERTED;
        return current ? TXM_CANCELLED : TXM_EXPIRED;
    case LQ_TX_LOST:
        return current ? TXM_LOST : TXM_EXPIRED;
    case LQ_TX_RESERVED:
    case LQ_TX_SENT:
    case LQ_TX_CANCELLING:
        return current ? TXM_OPEN : TXM_EXPIRED;
    case LQ_TX_EXPIRED:
    case LQ_TX_FINAL:
    case LQ_TX_RELEASED:
    case LQ_TX_STATE_CNT:
        break;
    }
    return TXM_EXPIRED;
}

static bool any(const txm_intent_t *in, txm_end_t end)
{
    for (uint32_t i = 0; i < in->tx_cnt; i++)
        if (in->parts[i].end == end)
            return true;
    return false;
}

static lq_outcome_kind_t kind_of(const txm_intent_t *in, const char **why)
{
    if (any(in, TXM_MINED))
        return LQ_OUTCOME_MINED;
    if (any(in, TXM_REVERTED))
        return LQ_OUTCOME_REVERTED;
    if (any(in, TXM_LOST)) {
        *why = "a foreign transaction took its nonce";
        return LQ_OUTCOME_CANCELLED;
    }
    if (any(in, TXM_CANCELLED))
        return in->refused ? LQ_OUTCOME_REFUSED : LQ_OUTCOME_CANCELLED;
    return LQ_OUTCOME_EXPIRED;
}

/* Whether the end of IN is recorded as one of KIND, and by what its parts come to. */
static bool has_ended_so(const txm_intent_t *in, lq_outcome_kind_t kind)
{
    lq_i256_t sum = sum_of(in);
    if (!in->ended || in->kind != kind)
        return false;
    return !has_figures(kind) || lq_i256_eq(&in->net_usd, &sum);
}

/* One of IN's parts was given up, and is mined, or undone, behind its end for good: the record says
   so, and who asked has done with it. */
static void settle_final(lq_txman_t *m, txm_intent_t *in, const char *why)
{
    lq_tx_ended_t e;
    if (!has_ended_so(in, LQ_OUTCOME_FINAL))
        set_end(m, in, &e, LQ_OUTCOME_FINAL, why);
}

/* What is EXPIRED may stay so for ever; what was mined of the same intent does not wait for it. */
static bool is_finished(const txm_intent_t *in)
{
    for (uint32_t i = 0; i < in->tx_cnt; i++)
        if (in->parts[i].slot != TXM_NONE && in->parts[i].end != TXM_EXPIRED)
            return false;
    return true;
}

/* The last that was open of it may have been given up behind all that was mined. */
static void finish(lq_txman_t *m, txm_intent_t *in)
{
    if (in->state == TXM_FREE || !in->ended || !is_finished(in))
        return;
    if (in->kind == LQ_OUTCOME_MINED || in->kind == LQ_OUTCOME_REVERTED)
        tell(m, in, LQ_OUTCOME_FINAL, NULL);
    txm_free_if_done(m, in);
}

static void settle_ended(lq_txman_t *m, txm_intent_t *in, const char *why)
{
    lq_outcome_kind_t kind = kind_of(in, &why);
    if (has_ended_so(in, kind) ||
        (in->ended && kind == LQ_OUTCOME_EXPIRED && !has_figures(in->kind)))
        return; /* what was never mined has not come to anything else */
    if (in->ended && in->kind != LQ_OUTCOME_EXPIRED)
        tell(m, in, LQ_OUTCOME_UNMINED, why); /* something of it is mined that was given up */
    txm_end(m, in, kind, why);
}

void txm_settle(lq_txman_t *m, txm_intent_t *in, const char *why)
{
    if (in->ended && in->kind == LQ_OUTCOME_FINAL) {
        settle_final(m, in, why);
    } else if (!any(in, TXM_OPEN)) {
        settle_ended(m, in, why);
        finish(m, in);
    } else if (in->ended) {
        in->ended = false;
        txm_mark(m, in);
        tell(m, in, LQ_OUTCOME_UNMINED, why);
    }
}

/* How IN's part on SLOT stands; returns whether it stands elsewhere than before, or came to
   something else: another block has another price of gas. */
static bool place_part(lq_txman_t *m, txm_intent_t *in, const txm_slot_t *slot)
{
    bool current = slot->intent == txm_intent_at(m, in);
    bool changed = false;
    for (uint32_t i = 0; i < in->tx_cnt; i++) {
        txm_part_t *part = &in->parts[i];
        if (part->slot != txm_slot_at(slot))
            continue;
        txm_part_t was = *part;
        txm_end_t end = end_of(slot, in, i, current && slot->tx_idx == i);
        *part = (txm_part_t){.end = end, .slot = part->slot}; /* what was undone came to nothing */
        if (end == TXM_MINED || end == TXM_REVERTED)
            fill_figures(in, part, &slot->receipt);
        changed |= end != was.end || !lq_i256_eq(&part->net_usd, &was.net_usd);
        in->refused |= slot->gives_up && end == TXM_CANCELLED;
    }
    return changed;
}

static void settle_part(lq_txman_t *m, txm_intent_t *in, const txm_slot_t *slot, const char *why)
{
    if (place_part(m, in, slot))
        txm_settle(m, in, why);
}

/* Each of those that SLOT carries, or carried, once. FN may have it freed. */
static void for_intents(lq_txman_t *m, txm_slot_t *slot, const char *why,
                        void (*fn)(lq_txman_t *m, txm_intent_t *in, const txm_slot_t *slot,
                                   const char *why))
{
    for (size_t i = 0; i < slot->attempt_cnt; i++) {
        const txm_attempt_t *a = &slot->attempts[i];
        txm_intent_t *in = txm_intent_find(m, a->intent, a->intent_id);
        if (in && !(slot->intent != TXM_NONE && in == &m->intents[slot->intent]))
            fn(m, in, slot, why);
    }
    if (slot->intent != TXM_NONE)
        fn(m, &m->intents[slot->intent], slot, why);
}

void txm_settle_slot(lq_txman_t *m, txm_slot_t *slot, const char *why)
{
    for_intents(m, slot, why, settle_part);
}

/* ---- for good ---- */

static void finish_part(lq_txman_t *m, txm_intent_t *in, const txm_slot_t *slot, const char *why)
{
    bool had = false;
    (void)why;
    for (uint32_t i = 0; i < in->tx_cnt; i++)
        if (in->parts[i].slot == txm_slot_at(slot)) {
            in->parts[i].slot = TXM_NONE;
            had = true;
        }
    if (had)
        finish(m, in);
}

/* What became of a nonce that its sender halted for. It is recorded before the nonce is final: of
   what is, a process that begins knows no more that it was lost once. */
static void finish_loss(lq_txman_t *m, txm_slot_t *slot)
{
    if (slot->state == LQ_TX_LOST) {
        txm_halt_for_good(m, slot->sender);
    } else {
        slot->was_lost = false;
        txm_forgive(m, slot->sender);
    }
}

void txm_finish_slot(lq_txman_t *m, txm_slot_t *slot)
{
    lq_tx_state_t was = slot->state;
    if (slot->owes_receipt)
        txm_record_receipt(m, slot);
    if (slot->owes_receipt) /* it is not, before what it came to is recorded */
        return;
    if (slot->was_lost)
        finish_loss(m, slot);
    if (m->senders[slot->sender].owes_halt)
        return;
    txm_move(m, slot, LQ_TX_FINAL, was == LQ_TX_LOST ? "a foreign transaction's" : NULL);
    if (slot->owes_state) { /* nor before that is */
        slot->owes_state = false;
        txm_set_state(m, slot, was);
        return;
    }
    for_intents(m, slot, NULL, finish_part);
    txm_slot_close(m, slot);
}

/* ---- restored ---- */

/* By its parts, not by attempts: the oldest of them may have been forgotten. */
void txm_place_restored(lq_txman_t *m, txm_intent_t *in)
{
    for (uint32_t i = 0; i < in->tx_cnt; i++)
        if (in->parts[i].slot != TXM_NONE)
            (void)place_part(m, in, txm_slot(m, in->parts[i].slot));
}

/* A nonce that the journal knows to be done with: what it came to counts for its intents. */
void txm_finish_restored(lq_txman_t *m, txm_slot_t *slot)
{
    for (size_t i = 0; i < m->intent_cnt; i++) {
        txm_intent_t *in = &m->intents[i];
        if (in->state == TXM_FREE)
            continue;
        (void)place_part(m, in, slot);
        for (uint32_t k = 0; k < in->tx_cnt; k++)
            if (in->parts[k].slot == txm_slot_at(slot))
                in->parts[k].slot = TXM_NONE;
    }
    txm_slot_close(m, slot);
}

/* ---- what could not be recorded ---- */

void txm_record_receipt(lq_txman_t *m, txm_slot_t *slot)
{
    slot->owes_receipt = !txm_record(
        m, &(lq_tx_record_t){.kind = LQ_TX_RECORD_RECEIPT, .as.receipt = &slot->receipt});
    m->owes |= slot->owes_receipt;
}

void txm_owed(lq_txman_t *m)
{
    if (!m->owes)
        return;
    m->owes = false;
    for (uint32_t i = 0; i < m->config.sender_cnt; i++) {
        uint64_t nonce = 0;
        txm_slot_t *slot;
        if (m->senders[i].owes_halt)
            txm_record_halt(m, i);
        while ((slot = txm_next_slot(m, i, &nonce))) {
            if (slot->owes_receipt && slot->doubted)
                m->owes = true; /* its block may be gone */
            else if (slot->owes_receipt)
                txm_record_receipt(m, slot);
            if (slot->owes_state)
                txm_record_state(m, slot, NULL);
        }
    }
    for (size_t i = 0; i < m->intent_cnt; i++) {
        txm_intent_t *in = &m->intents[i];
        lq_tx_ended_t e;
        if (in->state == TXM_FREE || !in->owes_end)
            continue;
        record_end(m, in, &e);
        txm_free_if_done(m, in);
    }
}
