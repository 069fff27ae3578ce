#include <string.h>

#include "tx_manager_internal.h"

/* ---- signing ---- */

static void ask_sign(lq_txman_t *m, txm_slot_t *slot, lq_tx_use_t use, const lq_txman_tx_t *tx,
                     const txm_fees_t *fees)
{
    slot->sign_id = ++m->last_id * TXM_SLOT_CNT + txm_slot_at(slot);
    slot->sign_use = use;
    slot->sign_max_fee_wei = fees->max_fee_wei;
    slot->sign_tip_wei = fees->tip_wei;
    lq_txman_sign_t sign = {.id = slot->sign_id,
                            .sender = slot->sender,
                            .use = use,
                            .nonce = slot->nonce,
                            .tx = tx,
                            .max_fee_wei = fees->max_fee_wei,
                            .tip_wei = fees->tip_wei};
    txm_emit(m, &(lq_txman_action_t){.kind = LQ_TXMAN_ACTION_SIGN, .as.sign = &sign});
}

static bool has_fees(const txm_slot_t *slot, const txm_fees_t *fees)
{
    for (size_t i = 0; i < slot->attempt_cnt; i++)
        if (lq_wei_cmp(&slot->attempts[i].max_fee_wei, &fees->max_fee_wei) == 0 &&
            lq_wei_cmp(&slot->attempts[i].tip_wei, &fees->tip_wei) == 0)
            return true;
    return false;
}

/* A nonce that is EXPIRED carries another payload without a bump, but never the same bytes again:
   they would be an attempt that is there already. A tip of a wei more, or, where there is no room
   for it, a fee of a wei less, makes them others. */
static void set_apart(const txm_slot_t *slot, txm_fees_t *fees)
{
    lq_u256_t one = lq_u256_from_u64(1);
    while (has_fees(slot, fees)) {
        if (lq_wei_cmp(&fees->tip_wei, &fees->max_fee_wei) < 0)
            fees->tip_wei.raw = lq_u256_add_wrap(&fees->tip_wei.raw, &one);
        else if (!lq_u256_is_zero(&fees->max_fee_wei.raw))
            fees->tip_wei.raw = fees->max_fee_wei.raw =
                lq_u256_sub_wrap(&fees->max_fee_wei.raw, &one);
        else
            return;
    }
}

/* What replaces OLD; where the nonce had these very fees before it was EXPIRED, a little more. */
static bool raise(const lq_txman_t *m, const txm_slot_t *slot, txm_fees_t *fees,
                  const txm_attempt_t *old, const lq_wei_t *most)
{
    if (!txm_fees_raised(m, fees, old, most))
        return false;
    while (has_fees(slot, fees)) {
        txm_attempt_t more = {.max_fee_wei = fees->max_fee_wei, .tip_wei = fees->tip_wei};
        if (!txm_fees_raised(m, fees, &more, most))
            return false;
    }
    return true;
}

static lq_u256_t *cost_at(lq_txman_t *m, const txm_slot_t *slot)
{
    return &m->senders[slot->sender].cost_wei[slot->nonce % LQ_TXMAN_SLOT_MAX];
}

/* The nonces from SENDER's tail on, a row of them; false: there is no room, and nothing changed. */
bool txm_reserve(lq_txman_t *m, txm_intent_t *in, uint32_t sender)
{
    txm_sender_t *s = &m->senders[sender];
    uint64_t first = txm_tail(s);
    txm_fees_t fees;
    for (uint32_t i = 0; i < in->tx_cnt; i++) {
        const txm_slot_t *slot = &s->slots[(first + i) % LQ_TXMAN_SLOT_MAX];
        if (slot->used && slot->nonce != first + i)
            return false;
    }
    if (!txm_fees_first(m, &fees, &in->tip_wei, &in->most_wei))
        return false;
    in->state = TXM_ACTIVE;
    s->busy = txm_intent_at(m, in);
    for (uint32_t i = 0; i < in->tx_cnt; i++) {
        txm_slot_t *slot = txm_slot_find(m, sender, first + i);
        if (slot)
            txm_set_state(m, slot, LQ_TX_RESERVED);
        else
            slot = txm_slot_open(m, sender, first + i);
        slot->intent = s->busy;
        slot->tx_idx = i;
        slot->is_signed = slot->gives_up = slot->raises = false;
        in->parts[i] = (txm_part_t){.slot = txm_slot_at(slot)};
        txm_fees_t own = fees;
        set_apart(slot, &own);
        *cost_at(m, slot) = txm_cost(in->txs[i].gas_limit, &own.max_fee_wei, &in->txs[i].value_wei);
        ask_sign(m, slot, in->about.use, &in->txs[i], &own);
    }
    return true;
}

/* Nothing was ever sent with them for IN: the highest first, so that no gap is ever seen. */
void txm_release(lq_txman_t *m, txm_intent_t *in)
{
    for (uint32_t i = in->tx_cnt; i > 0; i--) {
        txm_part_t *part = &in->parts[i - 1];
        if (part->slot == TXM_NONE)
            continue;
        txm_slot_t *slot = txm_slot(m, part->slot);
        txm_sender_t *s = &m->senders[slot->sender];
        part->slot = TXM_NONE;
        s->busy = TXM_NONE;
        slot->intent = TXM_NONE;
        slot->sign_id = 0;
        if (slot->is_signed)
            slot->raw_sz = 0; /* these bytes are not those of an attempt that was sent */
        slot->is_signed = false;
        if (slot->attempt_cnt && !txm_newest(slot)->is_sent) {
            txm_move(m, slot, LQ_TX_EXPIRED, "recorded, but never sent");
        } else if (slot->attempt_cnt || slot->nonce + 1 != s->next_nonce) {
            txm_set_state(m, slot, LQ_TX_EXPIRED);
        } else {
            s->next_nonce = slot->nonce;
            txm_slot_close(m, slot);
        }
    }
}

static void refuse(lq_txman_t *m, txm_intent_t *in, lq_outcome_kind_t kind, const char *why)
{
    txm_release(m, in);
    txm_end(m, in, kind, why);
}

/* ---- recording ---- */

static uint32_t ways_of(const lq_txman_t *m, const txm_slot_t *slot, lq_tx_use_t use)
{
    if (use != LQ_TX_USE_CANCEL && slot->intent != TXM_NONE)
        return m->intents[slot->intent].ways;
    uint32_t had = 0;
    for (size_t i = 0; i < slot->attempt_cnt; i++)
        had |= slot->attempts[i].ways;
    return m->config.public_mask ? had | m->config.public_mask : had | m->config.private_mask;
}

static uint64_t last_blk_of(const lq_txman_t *m, const txm_slot_t *slot, lq_tx_use_t use,
                            uint32_t ways)
{
    uint64_t last = txm_top(m).number + TXM_PRIVATE_BLK;
    if (!(ways & m->config.private_mask))
        return 0;
    if (use != LQ_TX_USE_CANCEL && slot->intent != TXM_NONE &&
        m->intents[slot->intent].last_blk != UINT64_MAX)
        last = m->intents[slot->intent].last_blk;
    return last;
}

/* Nobody is to mine A any more. */
static bool is_past(const lq_txman_t *m, const txm_attempt_t *a)
{
    return a->is_private && txm_has_top(m) && a->last_blk <= txm_top(m).number;
}

static void remove_attempt(txm_slot_t *slot, size_t at)
{
    slot->attempt_cnt--;
    memmove(&slot->attempts[at], &slot->attempts[at + 1],
            (slot->attempt_cnt - at) * sizeof(slot->attempts[0]));
}

void txm_supersede(txm_slot_t *slot, const lq_hash_t *hash)
{
    for (size_t i = slot->attempt_cnt; i > 0; i--)
        if (txm_hash_eq(&slot->attempts[i - 1].hash, hash))
            remove_attempt(slot, i - 1);
}

/* The oldest that is past is forgotten. Should a relay have it mined all the same, it is found on
   the chain: see txm_lose. */
void txm_make_room(const lq_txman_t *m, txm_slot_t *slot)
{
    size_t at = 0;
    if (slot->attempt_cnt < TXM_ATTEMPT_MAX)
        return;
    while (at < slot->attempt_cnt && !is_past(m, &slot->attempts[at]))
        at++;
    if (at == slot->attempt_cnt)
        at = 0;
    remove_attempt(slot, at);
    slot->forgot = true;
}

/* Write points 2 and 4. */
static bool record_attempt(lq_txman_t *m, txm_slot_t *slot, const lq_hash_t *hash,
                           const uint8_t *raw, size_t raw_sz)
{
    bool owned = slot->intent != TXM_NONE;
    const lq_txman_tx_t *tx = owned && slot->sign_use != LQ_TX_USE_CANCEL
                                  ? &m->intents[slot->intent].txs[slot->tx_idx]
                                  : NULL;
    uint32_t ways = ways_of(m, slot, slot->sign_use);
    lq_tx_attempt_t record = {.intent = owned ? m->intents[slot->intent].about.id : 0,
                              .tx_idx = slot->tx_idx,
                              .sender = m->senders[slot->sender].address,
                              .nonce = slot->nonce,
                              .number = slot->number_next,
                              .use = slot->sign_use,
                              .is_private = !(ways & m->config.public_mask),
                              .last_blk = last_blk_of(m, slot, slot->sign_use, ways),
                              .gas_limit = tx ? tx->gas_limit : TXM_CANCEL_GAS,
                              .max_fee_wei = slot->sign_max_fee_wei,
                              .tip_wei = slot->sign_tip_wei,
                              .hash = *hash,
                              .raw = raw,
                              .raw_sz = raw_sz};
    if (tx)
        record.value_wei = tx->value_wei;
    if (!txm_record(m, &(lq_tx_record_t){.kind = LQ_TX_RECORD_ATTEMPT, .as.attempt = &record}))
        return false;
    txm_supersede(slot, hash);
    txm_make_room(m, slot);
    txm_attempt_t *a = txm_attempt_new(m, slot, hash);
    *a = (txm_attempt_t){.hash = *hash,
                         .max_fee_wei = record.max_fee_wei,
                         .tip_wei = record.tip_wei,
                         .intent_id = record.intent,
                         .intent = slot->intent,
                         .tx_idx = slot->tx_idx,
                         .number = slot->number_next++,
                         .use = record.use,
                         .is_private = record.is_private,
                         .last_blk = record.last_blk,
                         .ways = ways,
                         .verdict = TXM_ACCEPTED};
    *cost_at(m, slot) = txm_cost(record.gas_limit, &record.max_fee_wei, &record.value_wei);
    m->stat.attempt_cnt++;
    return true;
}

static void keep_raw(txm_slot_t *slot, const lq_txman_event_t *event)
{
    memcpy(slot->raw, event->as.signed_.raw, event->as.signed_.raw_sz);
    slot->raw_sz = event->as.signed_.raw_sz;
    slot->hash = event->as.signed_.hash;
}

/* ---- sending ---- */

/* Behind its last block nothing of A goes to private ways any more. */
static uint32_t open_ways(const lq_txman_t *m, const txm_attempt_t *a, uint32_t ways)
{
    bool is_over = a->last_blk <= txm_top(m).number;
    return ways & a->ways & ~(is_over ? m->config.private_mask : 0);
}

/* The bytes that are known, which are recorded. */
void txm_send(lq_txman_t *m, txm_slot_t *slot, uint32_t ways, bool again)
{
    txm_attempt_t *a = txm_sendable(slot);
    ways = open_ways(m, a, ways);
    if (!ways)
        return; /* its last block passed while it was signed */
    if (!again) {
        a->is_sent = true;
        a->sent_blk = txm_top(m).number;
        slot->pause_ns = 0;
    }
    slot->sent_ns = m->now.mono_ns;
    slot->retry_ns = lq_time_after(m->now.mono_ns, m->config.resend_ns);
    lq_txman_send_t send = {.hash = a->hash,
                            .raw = slot->raw,
                            .raw_sz = slot->raw_sz,
                            .sender = slot->sender,
                            .nonce = slot->nonce,
                            .ways = ways,
                            .first_blk = txm_top(m).number + 1,
                            .last_blk = a->last_blk,
                            .again = again};
    txm_emit(m, &(lq_txman_action_t){.kind = LQ_TXMAN_ACTION_SEND, .as.send = &send});
}

/* Whether something can be recorded: where the last record was not, one that says nothing new. */
static bool records(lq_txman_t *m, txm_slot_t *slot)
{
    if (!m->record_ok)
        txm_record_state(m, slot, "to be sent again");
    return m->record_ok;
}

void txm_resend(lq_txman_t *m, txm_slot_t *slot, uint32_t ways)
{
    txm_attempt_t *a = txm_sendable(slot);
    if (!a || !txm_may_send(m, slot->sender) || !txm_has_top(m) || !records(m, slot))
        return;
    ways = open_ways(m, a, ways);
    if (!ways)
        return;
    m->stat.resend_cnt++;
    a->answered &= ~ways;
    a->malformed &= ~ways;
    a->is_sent = true;
    if (!a->accepted)
        a->verdict = TXM_ACCEPTED;
    txm_send(m, slot, ways, true);
}

void txm_retry_in(lq_txman_t *m, txm_slot_t *slot)
{
    slot->pause_ns = slot->pause_ns ? 2 * slot->pause_ns : TXM_RETRY_NS;
    if (slot->pause_ns > m->config.resend_ns)
        slot->pause_ns = m->config.resend_ns;
    slot->retry_ns = lq_time_after(m->now.mono_ns, slot->pause_ns);
}

/* Dropped, and about to be cancelled. */
static bool is_unwanted(const lq_txman_t *m, const txm_slot_t *slot)
{
    const txm_intent_t *in = slot->intent == TXM_NONE ? NULL : &m->intents[slot->intent];
    return slot->state == LQ_TX_SENT && in && in->dropped &&
           txm_top(m).number <= in->dropped_blk + 1;
}

/* Whether SLOT's bytes go again: behind a new head also what nobody took for its fees, since the
   base fee is another. */
static bool is_due(const lq_txman_t *m, const txm_slot_t *slot, const txm_attempt_t *a,
                   bool at_head)
{
    return slot->retry_ns <= m->now.mono_ns ||
           (at_head && a && a->verdict == TXM_REPRICE && !a->accepted);
}

void txm_due(lq_txman_t *m, bool at_head)
{
    for (uint32_t i = 0; i < m->config.sender_cnt; i++) {
        uint64_t nonce = 0;
        txm_slot_t *slot;
        while ((slot = txm_next_slot(m, i, &nonce))) {
            const txm_attempt_t *a = txm_sendable(slot);
            /* who took it may have lost it; who did not is asked until somebody does */
            if ((slot->state == LQ_TX_SENT || slot->state == LQ_TX_CANCELLING) &&
                is_due(m, slot, a, at_head) && !is_unwanted(m, slot))
                txm_resend(m, slot, a && !a->accepted ? ~a->accepted : UINT32_MAX);
        }
    }
}

/* Whether what was signed for SLOT can be an attempt of its own: also one that was only found on
   the chain. That of one that was forgotten is recorded; now its fees are known, and the next are
   others. */
static bool is_new(lq_txman_t *m, const txm_slot_t *slot, const lq_txman_event_t *event)
{
    txm_attempt_t *a;
    const txm_slot_t *of = txm_find_hash(m, &event->as.signed_.hash, &a);
    if (!event->as.signed_.raw_sz || event->as.signed_.raw_sz > LQ_TX_RAW_MAX)
        return false;
    if (of != slot || a->is_found)
        return !of || of == slot;
    a->max_fee_wei = slot->sign_max_fee_wei;
    a->tip_wei = slot->sign_tip_wei;
    return false;
}

/* ---- the first attempts of an intent ---- */

/* All of IN's are signed: recorded one after another, then sent; or not at all. */
static void commit(lq_txman_t *m, txm_intent_t *in)
{
    txm_sender_t *s = &m->senders[in->sender];
    for (uint32_t i = 0; i < in->tx_cnt; i++) {
        txm_slot_t *slot = txm_slot(m, in->parts[i].slot);
        if (!record_attempt(m, slot, &slot->hash, slot->raw, slot->raw_sz)) {
            refuse(m, in, LQ_OUTCOME_REFUSED, "it cannot be recorded: nothing is sent");
            return;
        }
    }
    s->busy = TXM_NONE;
    for (uint32_t i = 0; i < in->tx_cnt; i++) {
        txm_slot_t *slot = txm_slot(m, in->parts[i].slot);
        slot->is_signed = false;
        txm_set_state(m, slot, LQ_TX_SENT);
        txm_send(m, slot, in->ways, false);
    }
    txm_was_sent(m, in);
}

/* Why IN may not go any more; NULL: it may. */
static const char *stops(const lq_txman_t *m, const txm_intent_t *in)
{
    if (m->senders[in->sender].halted)
        return "its sender was halted";
    if (m->paused || m->stopped)
        return "paused";
    if (!m->recording)
        return "recording fails: nothing is sent";
    if (!txm_has_top(m))
        return "no head is known";
    if (txm_top(m).number >= in->last_blk)
        return "its last block passed while it was signed";
    return NULL;
}

static void first_signed(lq_txman_t *m, txm_slot_t *slot, const lq_txman_event_t *event)
{
    txm_intent_t *in = &m->intents[slot->intent];
    const char *why = stops(m, in);
    if (event->as.signed_.err)
        why = event->as.signed_.why ? event->as.signed_.why : lq_err_str(event->as.signed_.err);
    else if (!is_new(m, slot, event))
        why = "the signer gave what cannot be sent";
    if (why) {
        refuse(m, in, LQ_OUTCOME_REFUSED, why);
        return;
    }
    slot->is_signed = true;
    keep_raw(slot, event);
    for (uint32_t i = 0; i < in->tx_cnt; i++)
        if (!txm_slot(m, in->parts[i].slot)->is_signed)
            return;
    commit(m, in);
}

/* ---- replacing ---- */

static void replacement_signed(lq_txman_t *m, txm_slot_t *slot, const lq_txman_event_t *event)
{
    if (event->as.signed_.err || !is_new(m, slot, event)) {
        txm_note(m, LQ_LOG_ERROR, slot->sender, slot, "a replacement is not signed",
                 event->as.signed_.why ? event->as.signed_.why : "");
        return;
    }
    if (!txm_may_send(m, slot->sender) || !txm_has_top(m) ||
        !record_attempt(m, slot, &event->as.signed_.hash, event->as.signed_.raw,
                        event->as.signed_.raw_sz))
        return;
    keep_raw(slot, event);
    if (slot->sign_use == LQ_TX_USE_CANCEL && slot->state != LQ_TX_CANCELLING) {
        txm_move(m, slot, LQ_TX_CANCELLING, slot->gives_up ? "refused by all" : NULL);
        m->stat.cancel_cnt++;
    } else {
        m->stat.bump_cnt++;
    }
    slot->raises = false;
    txm_send(m, slot, txm_newest(slot)->ways, false);
}

void txm_signed(lq_txman_t *m, const lq_txman_event_t *event)
{
    uint64_t at = event->as.signed_.id % TXM_SLOT_CNT;
    if (at >= m->config.sender_cnt * LQ_TXMAN_SLOT_MAX)
        return;
    txm_slot_t *slot = txm_slot(m, (uint32_t)at);
    if (!slot->used || !slot->sign_id || slot->sign_id != event->as.signed_.id)
        return; /* it is not wanted any more, and never left */
    slot->sign_id = 0;
    if (slot->state == LQ_TX_RESERVED)
        first_signed(m, slot, event);
    else if (slot->state == LQ_TX_SENT || slot->state == LQ_TX_CANCELLING ||
             slot->state == LQ_TX_EXPIRED)
        replacement_signed(m, slot, event);
}

static void ask_cancel(lq_txman_t *m, txm_slot_t *slot, const txm_fees_t *fees)
{
    lq_txman_tx_t tx = {.to = m->senders[slot->sender].address, .gas_limit = TXM_CANCEL_GAS};
    ask_sign(m, slot, LQ_TX_USE_CANCEL, &tx, fees);
}

/* The newest that lives and whose fees are known: not one that was only found on the chain. */
static const txm_attempt_t *newest_paid(const lq_txman_t *m, const txm_slot_t *slot)
{
    for (size_t i = slot->attempt_cnt; i > 0; i--)
        if (!lq_u256_is_zero(&slot->attempts[i - 1].max_fee_wei.raw) &&
            !is_past(m, &slot->attempts[i - 1]))
            return &slot->attempts[i - 1];
    return NULL;
}

static bool cancel(lq_txman_t *m, txm_slot_t *slot)
{
    const lq_wei_t *most = &m->config.max_fee_wei;
    const lq_wei_t tip = {lq_u256_from_u64(TXM_TIP_WEI)};
    const txm_attempt_t *old = newest_paid(m, slot);
    txm_fees_t fees;
    if (slot->attempt_cnt >= TXM_ATTEMPT_MAX ||
        !(old ? raise(m, slot, &fees, old, most) : txm_fees_first(m, &fees, &tip, most)))
        return false;
    set_apart(slot, &fees);
    ask_cancel(m, slot, &fees);
    return true;
}

/* Whether more may be paid for what IN carries: somebody of this run stands for it, who would have
   dropped it were it not worth it, or taken another in its place. */
static bool is_wanted(const txm_intent_t *in)
{
    return in->has_txs && !in->dropped && (in->owner || in->is_operators);
}

/* The last four attempts are kept for cancelling. */
static void bump(lq_txman_t *m, txm_slot_t *slot)
{
    txm_fees_t fees;
    const txm_attempt_t *a = newest_paid(m, slot);
    if (slot->state == LQ_TX_CANCELLING) {
        slot->raises = cancel(m, slot) && slot->raises;
        return;
    }
    const txm_intent_t *in = slot->intent == TXM_NONE ? NULL : &m->intents[slot->intent];
    if (in && !m->is_judged)
        return; /* it may be dropped, or planned anew, in a moment */
    if (!a || !in || !is_wanted(in) || slot->gives_up || slot->attempt_cnt + 4 >= TXM_ATTEMPT_MAX ||
        !raise(m, slot, &fees, a, &in->most_wei)) {
        slot->raises = false;
        return;
    }
    ask_sign(m, slot, in->about.use, &in->txs[slot->tx_idx], &fees);
}

/* That some public way was given it: whoever has it may mine it at any time. */
static bool is_public(const txm_slot_t *slot)
{
    for (size_t i = 0; i < slot->attempt_cnt; i++)
        if (slot->attempts[i].is_sent && !slot->attempts[i].is_private)
            return true;
    return false;
}

static uint64_t private_blk(const txm_slot_t *slot)
{
    uint64_t last = 0;
    for (size_t i = 0; i < slot->attempt_cnt; i++)
        if (slot->attempts[i].last_blk > last)
            last = slot->attempts[i].last_blk;
    return last;
}

/* Whether its time is over, as far as it is known not to be mined: up to block SEEN. */
static bool is_over(const lq_txman_t *m, const txm_slot_t *slot, uint64_t seen)
{
    const txm_intent_t *in = slot->intent == TXM_NONE ? NULL : &m->intents[slot->intent];
    if (!in || seen >= in->last_blk)
        return true;
    bool dropped = in->dropped && seen > in->dropped_blk;
    return (dropped || slot->gives_up) && seen >= txm_top(m).number;
}

/* What is to be done about what was sent and is not mined. */
void txm_review(lq_txman_t *m, txm_slot_t *slot)
{
    bool cancelling = slot->state == LQ_TX_CANCELLING;
    if ((slot->state != LQ_TX_SENT && !cancelling) || slot->sign_id || slot->is_used ||
        !slot->attempt_cnt || !txm_may_send(m, slot->sender) || !txm_has_top(m))
        return;
    uint64_t seen = txm_unmined_blk(slot);
    bool public = is_public(slot);
    if (!public && seen >= private_blk(slot)) {
        txm_move(m, slot, LQ_TX_EXPIRED, "its last block has passed");
        txm_settle_slot(m, slot, "its last block has passed");
        txm_fill(m, slot->sender);
        return;
    }
    if (!cancelling && public && is_over(m, slot, seen)) {
        (void)cancel(m, slot);
        return;
    }
    uint64_t due = lq_time_after(txm_newest(slot)->sent_blk, m->config.bump_blk);
    if (slot->raises || (m->config.bump_blk && seen >= due))
        bump(m, slot);
}

/* EXPIRED nonces that higher ones wait for carry a transfer of nothing. */
void txm_fill(lq_txman_t *m, uint32_t sender)
{
    txm_sender_t *s = &m->senders[sender];
    if (!s->expired || !txm_may_send(m, sender) || !txm_has_top(m))
        return;
    uint64_t nonce = 0;
    txm_slot_t *slot;
    lq_wei_t tip = {lq_u256_from_u64(TXM_TIP_WEI)};
    while ((slot = txm_next_slot(m, sender, &nonce))) {
        txm_fees_t fees;
        if (slot->attempt_cnt)
            tip = txm_newest(slot)->tip_wei;
        if (slot->state != LQ_TX_EXPIRED || slot->sign_id || slot->is_used ||
            !txm_is_below_live(s, slot->nonce) ||
            !txm_fees_first(m, &fees, &tip, &m->config.max_fee_wei))
            continue;
        set_apart(slot, &fees);
        ask_cancel(m, slot, &fees);
    }
}
