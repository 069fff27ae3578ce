#include <string.h>

#include "liqd/keys/tx.h"

#include "tx_manager_internal.h"

static uint32_t sender_of(const lq_txman_t *m, const lq_address_t *address)
{
    for (uint32_t i = 0; i < m->config.sender_cnt; i++)
        if (memcmp(&m->senders[i].address, address, sizeof(*address)) == 0)
            return i;
    return TXM_NONE;
}

static lq_err_t restore_intent(lq_txman_t *m, const lq_tx_intent_t *about)
{
    txm_intent_t *in = txm_intent_find(m, TXM_NONE, about->id);
    if (about->id >= m->next_intent_id)
        m->next_intent_id = about->id + 1;
    if (in)
        return LQ_OK;
    in = txm_intent_new(m, about->id);
    if (!in)
        return LQ_ERR_FULL;
    in->state = TXM_ACTIVE;
    in->about = *about;
    in->is_operators = !about->engine_intent;
    in->last_blk = about->last_blk ? about->last_blk : UINT64_MAX;
    in->tx_cnt = about->tx_cnt < LQ_TXMAN_TX_MAX ? about->tx_cnt : LQ_TXMAN_TX_MAX;
    in->is_sent = true;
    txm_mark(m, in);
    return LQ_OK;
}

/* What it carries, so that it can be bumped once somebody says what it is worth. */
static void read_payload(txm_intent_t *in, const lq_tx_attempt_t *a)
{
    lq_tx_decoded_t d;
    lq_txman_tx_t *tx = &in->txs[a->tx_idx];
    uint8_t *to = in->buf;
    size_t used = 0;
    for (uint32_t i = 0; i < in->tx_cnt; i++)
        used += in->txs[i].input_sz;
    if (tx->gas_limit || !a->raw_sz || lq_tx_decode(&d, NULL, a->raw, a->raw_sz) ||
        d.tx.data_sz > TXM_INPUT_MAX - used)
        return;
    *tx = (lq_txman_tx_t){.is_create = d.tx.is_create,
                          .to = d.tx.to,
                          .input = to + used,
                          .input_sz = d.tx.data_sz,
                          .value_wei = d.tx.value,
                          .gas_limit = d.tx.gas_limit};
    if (d.tx.data_sz)
        memcpy(to + used, d.tx.data, d.tx.data_sz);
    in->has_txs = true;
}

static void join(lq_txman_t *m, txm_slot_t *slot, const lq_tx_attempt_t *a)
{
    txm_intent_t *in = txm_intent_find(m, TXM_NONE, a->intent);
    slot->intent = TXM_NONE;
    if (!in || a->tx_idx >= in->tx_cnt)
        return;
    slot->intent = txm_intent_at(m, in);
    slot->tx_idx = a->tx_idx;
    in->sender = slot->sender;
    in->parts[a->tx_idx].slot = txm_slot_at(slot);
    in->ways =
        a->is_private ? m->config.private_mask : m->config.public_mask | m->config.private_mask;
    if (a->use == LQ_TX_USE_CANCEL)
        return;
    in->tip_wei = a->tip_wei;
    in->most_wei = a->max_fee_wei; /* what more it was worth is not known any more */
    read_payload(in, a);
}

static lq_err_t restore_attempt(lq_txman_t *m, const lq_tx_attempt_t *a)
{
    uint32_t sender = sender_of(m, &a->sender);
    if (sender == TXM_NONE || a->raw_sz > LQ_TX_RAW_MAX)
        return LQ_ERR_INVAL;
    txm_slot_t *slot = txm_slot_find(m, sender, a->nonce);
    if (!slot)
        slot = txm_slot_open(m, sender, a->nonce);
    if (!slot)
        return LQ_ERR_FULL;
    m->senders[sender].is_known = true;
    txm_supersede(slot, &a->hash);
    if (slot->attempt_cnt == TXM_ATTEMPT_MAX) {
        memmove(&slot->attempts[0], &slot->attempts[1],
                (TXM_ATTEMPT_MAX - 1) * sizeof(slot->attempts[0]));
        slot->attempt_cnt--;
        slot->forgot = true;
    }
    join(m, slot, a);
    uint32_t ways =
        a->is_private ? m->config.private_mask : m->config.public_mask | m->config.private_mask;
    *txm_attempt_new(m, slot, &a->hash) = (txm_attempt_t){.hash = a->hash,
                                                          .max_fee_wei = a->max_fee_wei,
                                                          .tip_wei = a->tip_wei,
                                                          .intent_id = a->intent,
                                                          .intent = slot->intent,
                                                          .tx_idx = a->tx_idx,
                                                          .number = a->number,
                                                          .use = a->use,
                                                          .is_private = a->is_private,
                                                          .is_sent = true,
                                                          .is_found = !a->raw_sz,
                                                          .last_blk = a->last_blk,
                                                          .ways = ways,
                                                          .verdict = TXM_ACCEPTED};
    slot->number_next = a->number + 1;
    if (a->raw_sz) {
        memcpy(slot->raw, a->raw, a->raw_sz);
        slot->raw_sz = a->raw_sz;
        slot->hash = a->hash;
    }
    m->senders[sender].cost_wei[a->nonce % LQ_TXMAN_SLOT_MAX] =
        txm_cost(a->gas_limit, &a->max_fee_wei, &a->value_wei);
    txm_set_state(m, slot, a->use == LQ_TX_USE_CANCEL ? LQ_TX_CANCELLING : LQ_TX_SENT);
    return LQ_OK;
}

static lq_err_t restore_state(lq_txman_t *m, const lq_tx_moved_t *moved)
{
    uint32_t sender = sender_of(m, &moved->sender);
    if (sender == TXM_NONE) /* what is done with needs nobody any more */
        return moved->state == LQ_TX_FINAL || moved->state == LQ_TX_RELEASED ? LQ_OK : LQ_ERR_INVAL;
    txm_sender_t *s = &m->senders[sender];
    txm_slot_t *slot = txm_slot_find(m, sender, moved->nonce);
    if (moved->state == LQ_TX_FINAL || moved->state == LQ_TX_RELEASED) {
        if (slot)
            txm_finish_restored(m, slot);
        s->is_known = true;
        if (moved->state == LQ_TX_FINAL && s->next_nonce <= moved->nonce)
            s->next_nonce = moved->nonce + 1;
        return LQ_OK;
    }
    if (!slot && moved->state == LQ_TX_LOST)
        slot = txm_slot_open(m, sender, moved->nonce);
    if (!slot)
        return LQ_OK; /* of something that is not there any more */
    s->is_known = true;
    txm_set_state(m, slot, moved->state == LQ_TX_RESERVED ? LQ_TX_EXPIRED : moved->state);
    if (moved->state != LQ_TX_MINED && moved->state != LQ_TX_REVERTED)
        memset(&slot->receipt, 0, sizeof(slot->receipt)); /* of a block that was undone */
    if (moved->state == LQ_TX_LOST)
        slot->receipt.hash = moved->hash;
    slot->was_lost |= moved->state == LQ_TX_LOST;
    if (moved->state == LQ_TX_EXPIRED && slot->attempt_cnt)
        txm_newest(slot)->is_sent = false; /* it never left, or nobody takes it any more */
    return LQ_OK;
}

static lq_err_t restore_receipt(lq_txman_t *m, const lq_tx_receipt_t *r)
{
    txm_attempt_t *a;
    txm_slot_t *slot = txm_find_hash(m, &r->hash, &a);
    if (!slot)
        return LQ_OK;
    slot->mined = (uint32_t)(a - slot->attempts);
    slot->receipt = *r;
    slot->block = r->block;
    txm_set_state(m, slot, r->ok ? LQ_TX_MINED : LQ_TX_REVERTED);
    return LQ_OK;
}

static lq_err_t restore_halt(lq_txman_t *m, const lq_tx_halt_t *halt)
{
    uint32_t sender = sender_of(m, &halt->sender);
    if (sender == TXM_NONE)
        return LQ_OK;
    m->senders[sender].halted = halt->halted;
    memcpy(m->senders[sender].why, halt->why, sizeof(halt->why));
    return LQ_OK;
}

static lq_err_t restore_ended(lq_txman_t *m, const lq_tx_ended_t *e)
{
    txm_intent_t *in = txm_intent_find(m, TXM_NONE, e->intent);
    if (!in)
        return LQ_OK;
    in->ended = e->kind != LQ_OUTCOME_UNMINED;
    in->kind = e->kind;
    in->net_usd = e->net_usd;
    memcpy(in->why, e->why, sizeof(in->why));
    txm_mark(m, in);
    return LQ_OK;
}

lq_err_t lq_txman_restore(lq_txman_t *m, const lq_tx_record_t *r)
{
    LQ_ASSERT(!m->started);
    switch (r->kind) {
    case LQ_TX_RECORD_INTENT:
        return restore_intent(m, r->as.intent);
    case LQ_TX_RECORD_ATTEMPT:
        return restore_attempt(m, r->as.attempt);
    case LQ_TX_RECORD_STATE:
        return restore_state(m, r->as.moved);
    case LQ_TX_RECORD_RECEIPT:
        return restore_receipt(m, r->as.receipt);
    case LQ_TX_RECORD_ENDED:
        return restore_ended(m, r->as.ended);
    case LQ_TX_RECORD_HALT:
        return restore_halt(m, r->as.halt);
    case LQ_TX_RECORD_RUN:
    case LQ_TX_RECORD_ANSWER:
    case LQ_TX_RECORD_CANDIDATE:
    case LQ_TX_RECORD_KIND_CNT:
        break;
    }
    return LQ_OK;
}

/* What was recorded for an intent that is REFUSED all the same never left: another record of it
   failed, and where it ended before the next one could be made this has to be recorded yet. */
static void set_unsent(lq_txman_t *m)
{
    for (uint32_t i = 0; i < m->config.sender_cnt; i++) {
        uint64_t nonce = 0;
        txm_slot_t *slot;
        while ((slot = txm_next_slot(m, i, &nonce))) {
            const txm_intent_t *in = slot->intent == TXM_NONE ? NULL : &m->intents[slot->intent];
            if (slot->state == LQ_TX_SENT && in && in->ended && in->kind == LQ_OUTCOME_REFUSED)
                txm_move(m, slot, LQ_TX_EXPIRED, "recorded, but never sent");
        }
    }
}

static bool has_part(const txm_intent_t *in)
{
    for (uint32_t i = 0; i < in->tx_cnt; i++)
        if (in->parts[i].end != TXM_OPEN || in->parts[i].slot != TXM_NONE)
            return true;
    return false;
}

/* Where some of its transactions were recorded, those that were not never left. */
static void settle_restored(lq_txman_t *m, txm_intent_t *in)
{
    txm_place_restored(m, in);
    if (!has_part(in)) {
        if (!in->ended)
            txm_end(m, in, LQ_OUTCOME_CANCELLED, "the process ended before it was sent");
        return;
    }
    bool was_mined = in->ended && (in->kind == LQ_OUTCOME_MINED ||
                                   in->kind == LQ_OUTCOME_REVERTED || in->kind == LQ_OUTCOME_FINAL);
    if (was_mined && !txm_has_slots(in))
        return; /* done with: of its nonces those alone are told that are another's too */
    for (uint32_t i = 0; i < in->tx_cnt; i++)
        if (in->parts[i].slot == TXM_NONE && in->parts[i].end == TXM_OPEN)
            in->parts[i].end = TXM_EXPIRED;
    txm_settle(m, in, "as it was restored");
}

/* What an operator let go on is nothing that a sender halts for. */
static void forget_lost(lq_txman_t *m)
{
    for (uint32_t i = 0; i < m->config.sender_cnt; i++) {
        uint64_t nonce = 0;
        txm_slot_t *slot;
        while (!m->senders[i].halted && (slot = txm_next_slot(m, i, &nonce)))
            slot->was_lost = false;
    }
}

void txm_restored(lq_txman_t *m)
{
    set_unsent(m);
    forget_lost(m);
    for (size_t i = 0; i < m->intent_cnt; i++) {
        txm_intent_t *in = &m->intents[i];
        if (in->state == TXM_FREE)
            continue;
        settle_restored(m, in);
        if (in->state != TXM_FREE)
            txm_free_if_done(m, in);
    }
}
