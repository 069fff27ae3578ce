#include <string.h>

#include "tx_manager_internal.h"

#define SKIPPED_MAX 32u /* used nonces that are watched for a reorg */

/* ---- foreign transactions ---- */

void txm_find(lq_txman_t *m, uint32_t sender, uint64_t nonce)
{
    lq_txman_action_t action = {.kind = LQ_TXMAN_ACTION_FIND};
    action.as.find.sender = sender;
    action.as.find.nonce = nonce;
    txm_emit(m, &action);
}

/* Whether what took a nonce may be ours: a log that a power cut took may have had it, or it was
   forgotten. */
static bool may_adopt(const lq_txman_t *m, const txm_slot_t *slot)
{
    return slot->forgot || (m->start.new_boot && m->senders[slot->sender].phase != TXM_DONE);
}

static void lose(lq_txman_t *m, txm_slot_t *slot, const char *why)
{
    memset(&slot->receipt, 0, sizeof(slot->receipt));
    slot->block = slot->used_at;
    slot->sign_id = 0;
    slot->is_used = slot->finding = false;
    slot->was_lost = true;
    txm_move(m, slot, LQ_TX_LOST, why);
    m->stat.lost_cnt++;
    txm_note(m, LQ_LOG_ERROR, slot->sender, slot, "a nonce is lost", why);
    txm_halt(m, slot->sender, why);
    txm_settle_slot(m, slot, why);
    txm_find(m, slot->sender, slot->nonce);
}

void txm_lose(lq_txman_t *m, txm_slot_t *slot, const char *why)
{
    if (slot->finding)
        return; /* FOUND judges */
    if (!may_adopt(m, slot)) {
        lose(m, slot, why);
        return;
    }
    slot->finding = true;
    txm_find(m, slot->sender, slot->nonce);
}

/* ---- adopting ---- */

static bool is_hash_of(const txm_slot_t *slot, const lq_hash_t *hash)
{
    for (size_t i = 0; i < slot->attempt_cnt; i++)
        if (txm_hash_eq(&slot->attempts[i].hash, hash))
            return true;
    return false;
}

/* What the chain has on a nonce of ours and the journal does not, becomes an attempt of which only
   the hash is known; its receipt is asked for like any other's. LQ_ERR_FULL, LQ_ERR_IO: not
   recorded. */
static lq_err_t adopt(lq_txman_t *m, uint32_t sender, const lq_txman_found_t *found)
{
    txm_slot_t *slot = txm_slot_find(m, sender, found->nonce);
    bool opens = !slot;
    if (slot && is_hash_of(slot, &found->hash))
        return LQ_OK; /* told twice */
    if (opens)
        slot = txm_slot_open(m, sender, found->nonce);
    if (!slot || (slot->attempt_cnt == TXM_ATTEMPT_MAX && !slot->forgot))
        return LQ_ERR_FULL;
    lq_tx_attempt_t a = {.sender = m->senders[sender].address,
                         .nonce = found->nonce,
                         .number = slot->number_next,
                         .use = LQ_TX_USE_LIQUIDATE,
                         .hash = found->hash};
    bool is_free = slot->attempt_cnt && !txm_newest(slot)->is_sent; /* to carry anything else */
    if (slot->attempt_cnt && !slot->forgot && !is_free) {
        a.intent = txm_newest(slot)->intent_id; /* a bump of it, as far as can be told */
        a.tx_idx = slot->tx_idx;
    }
    /* what was forgotten was recorded when it was made */
    if (!slot->forgot &&
        !txm_record(m, &(lq_tx_record_t){.kind = LQ_TX_RECORD_ATTEMPT, .as.attempt = &a})) {
        if (opens) { /* the lowest that nothing was reserved for, as before */
            m->senders[sender].next_nonce = slot->nonce;
            txm_slot_close(m, slot);
        }
        return LQ_ERR_IO;
    }
    if (is_free)
        slot->raw_sz = 0; /* what was given up, or never left, does not leave in its place */
    txm_make_room(m, slot);
    *txm_attempt_new(m, slot, &found->hash) =
        (txm_attempt_t){.hash = found->hash,
                        .intent_id = a.intent,
                        .intent = slot->intent,
                        .tx_idx = a.tx_idx,
                        .number = slot->forgot ? 0 : slot->number_next++,
                        .use = a.use,
                        .is_sent = true,
                        .is_found = !slot->forgot,
                        .verdict = TXM_ACCEPTED};
    slot->finding = slot->is_used = false;
    if (slot->state != LQ_TX_SENT)
        txm_set_state(m, slot, LQ_TX_SENT);
    txm_note(m, LQ_LOG_WARN, sender, slot,
             slot->forgot ? "an attempt that was forgotten is taken up again"
                          : "a transaction that a lost log had is taken over",
             "");
    txm_ask_slot(m, slot);
    txm_ask_flush(m);
    return LQ_OK;
}

static void found_ahead(lq_txman_t *m, uint32_t sender, const lq_txman_found_t *found)
{
    txm_sender_t *s = &m->senders[sender];
    if (!found->known || !found->is_ours) {
        txm_halt(m, sender, "the chain is ahead of the journal by what is not ours");
        return;
    }
    lq_err_t err = adopt(m, sender, found);
    if (err == LQ_ERR_FULL)
        txm_halt(m, sender, "a lost log had more than can be taken over");
    if (err)
        return; /* it is asked for again */
    s->found_nonce++;
    if (s->found_nonce < s->mined_cnt)
        txm_find(m, sender, s->found_nonce);
    else
        s->phase = TXM_TELLING;
}

static void found_lost(lq_txman_t *m, txm_slot_t *slot, const lq_txman_found_t *found)
{
    if (!found->known || txm_hash_eq(&slot->receipt.hash, &found->hash))
        return;
    slot->receipt.hash = found->hash;
    if (txm_on_stack(m, &found->block))
        slot->block = found->block;
    txm_record_state(m, slot, "a foreign transaction's");
}

/* One node's word is as good as the block that it names. */
static bool is_sure(const lq_txman_t *m, const lq_txman_found_t *found)
{
    static const lq_hash_t none;
    bool is_mined = !txm_hash_eq(&found->block.hash, &none);
    return !found->known || found->witness_cnt >= 2 ||
           (is_mined && txm_is_believed(m, &found->block));
}

void txm_found(lq_txman_t *m, const lq_txman_found_t *found)
{
    if (found->sender >= m->config.sender_cnt)
        return;
    txm_sender_t *s = &m->senders[found->sender];
    txm_slot_t *slot = txm_slot_find(m, found->sender, found->nonce);
    if (!is_sure(m, found)) {
        txm_note(m, LQ_LOG_WARN, found->sender, slot,
                 "one node alone tells of a transaction on a nonce of ours: not believed", "");
        return;
    }
    if (s->phase == TXM_FINDING && !s->halted && found->nonce == s->found_nonce) {
        found_ahead(m, found->sender, found);
    } else if (slot && slot->finding) {
        if (found->known && is_hash_of(slot, &found->hash)) {
            slot->finding = slot->is_used = false; /* its receipt will be told */
        } else if (!found->known || !found->is_ours ||
                   adopt(m, found->sender, found) == LQ_ERR_FULL) {
            s->phase = TXM_DONE; /* where it is not recorded it is asked for again */
            lose(m, slot, TXM_WHY_LOST);
        }
    } else if (slot && slot->state == LQ_TX_LOST) {
        found_lost(m, slot, found);
    } else if (slot && found->known && !is_hash_of(slot, &found->hash) &&
               (slot->state == LQ_TX_SENT || slot->state == LQ_TX_CANCELLING)) {
        txm_halt(m, found->sender, "a foreign transaction holds a nonce of ours");
    }
    txm_start_step(m);
}

/* ---- start-up ---- */

static bool is_agreed(const lq_txman_t *m, const txm_sender_t *s)
{
    return s->has_cnt && s->mined_cnt == s->mined_most && txm_on_stack(m, &s->counted_at);
}

static void look_ahead(lq_txman_t *m, uint32_t sender)
{
    txm_sender_t *s = &m->senders[sender];
    if (!m->start.new_boot) {
        txm_halt(m, sender, "the chain is ahead of the journal: does somebody else use the key?");
        return;
    }
    s->phase = TXM_FINDING;
    s->found_nonce = s->next_nonce;
    txm_find(m, sender, s->found_nonce);
}

static void judge_count(lq_txman_t *m, uint32_t sender)
{
    txm_sender_t *s = &m->senders[sender];
    if (!is_agreed(m, s))
        return;
    if (!(s->is_known && m->start.has_journal) && s->mined_cnt && !m->start.allow_used) {
        txm_halt(m, sender,
                 "its nonces are used, but the journal has none of them: allow it explicitly");
        return;
    }
    if (!s->is_known && s->next_nonce < s->mined_cnt)
        s->next_nonce = s->mined_cnt;
    if (s->mined_cnt > s->next_nonce)
        look_ahead(m, sender);
    else
        s->phase = TXM_TELLING;
}

static bool is_told(const lq_txman_t *m, const txm_slot_t *slot)
{
    if (slot->doubted || slot->finding || slot->is_used)
        return false;
    if (slot->state != LQ_TX_SENT && slot->state != LQ_TX_CANCELLING)
        return true;
    return txm_unmined_blk(slot) >= m->start_blk;
}

/* Lowest first. */
static void finish_telling(lq_txman_t *m, uint32_t sender)
{
    txm_sender_t *s = &m->senders[sender];
    uint64_t nonce = 0;
    txm_slot_t *slot;
    while ((slot = txm_next_slot(m, sender, &nonce)))
        if (!is_told(m, slot))
            return;
    s->phase = TXM_WAITING;
    s->wait_blk = m->start.new_boot ? lq_time_after(m->start_blk, m->start.adopt_blk) : 0;
    for (nonce = 0; (slot = txm_next_slot(m, sender, &nonce));)
        if (slot->state == LQ_TX_SENT || slot->state == LQ_TX_CANCELLING)
            txm_resend(m, slot, UINT32_MAX);
    for (nonce = 0; (slot = txm_next_slot(m, sender, &nonce));)
        txm_review(m, slot);
    txm_fill(m, sender);
}

static void step(lq_txman_t *m, uint32_t sender)
{
    txm_sender_t *s = &m->senders[sender];
    if (s->phase == TXM_COUNTING && !s->halted)
        judge_count(m, sender);
    if (s->phase == TXM_TELLING && !s->halted)
        finish_telling(m, sender);
    if (s->phase != TXM_WAITING || s->halted)
        return;
    if (is_agreed(m, s) && s->mined_cnt > s->next_nonce)
        look_ahead(m, sender);
    else if (txm_top(m).number >= s->wait_blk)
        s->phase = TXM_DONE;
}

void txm_start_step(lq_txman_t *m)
{
    if (!m->started || !txm_has_top(m))
        return;
    bool done = true;
    if (!m->start_blk)
        m->start_blk = txm_top(m).number;
    for (uint32_t i = 0; i < m->config.sender_cnt; i++) {
        const txm_sender_t *s = &m->senders[i];
        if (s->phase != TXM_DONE)
            step(m, i);
        done = done && (s->phase == TXM_DONE || s->halted);
    }
    if (!done || m->ready)
        return;
    m->ready = true;
    txm_emit(m, &(lq_txman_action_t){.kind = LQ_TXMAN_ACTION_READY});
}

/* What was asked for and not answered, once more. */
void txm_start_ask(lq_txman_t *m)
{
    if (!m->started || !txm_has_top(m))
        return;
    for (uint32_t i = 0; i < m->config.sender_cnt; i++) {
        const txm_sender_t *s = &m->senders[i];
        if (s->phase == TXM_DONE || s->halted)
            continue;
        txm_ask_count(m, i);
        if (s->phase == TXM_FINDING)
            txm_find(m, i, s->found_nonce);
        uint64_t nonce = 0;
        const txm_slot_t *slot;
        while ((slot = txm_next_slot(m, i, &nonce)))
            if (slot->finding)
                txm_find(m, i, slot->nonce);
    }
    txm_ask_all(m);
}

void txm_start(lq_txman_t *m, const lq_txman_start_t *start)
{
    if (m->started)
        return;
    m->started = true;
    m->start = *start;
    txm_restored(m);
    txm_doubt(m);
    if (txm_has_top(m))
        txm_start_ask(m);
    txm_start_step(m);
}

/* An operator says that what the chain has on nonces that nothing of ours was reserved for is
   right. A reorg may take the newest of it back. */
static void skip_used(lq_txman_t *m, uint32_t sender)
{
    txm_sender_t *s = &m->senders[sender];
    if (!s->has_cnt || s->next_nonce >= s->mined_cnt)
        return;
    if (s->mined_cnt - s->next_nonce > SKIPPED_MAX)
        s->next_nonce = s->mined_cnt - SKIPPED_MAX;
    while (s->next_nonce < s->mined_cnt) {
        txm_slot_t *slot = txm_slot_open(m, sender, s->next_nonce);
        if (!slot) {
            s->next_nonce = s->mined_cnt;
            return;
        }
        slot->block = s->counted_at;
        txm_move(m, slot, LQ_TX_LOST, "used by somebody else");
    }
}

void txm_resume(lq_txman_t *m)
{
    m->paused = false;
    for (uint32_t i = 0; i < m->config.sender_cnt; i++) {
        txm_sender_t *s = &m->senders[i];
        s->is_held = false;
        if (!s->halted)
            continue;
        if (s->is_faulty) {
            txm_note(m, LQ_LOG_ERROR, i, NULL, "the sender is not resumed", s->why);
            continue;
        }
        txm_go_on(m, i);
        skip_used(m, i);
        if (s->phase < TXM_TELLING)
            s->phase = TXM_TELLING;
    }
    txm_due(m, false);
    txm_start_step(m);
}
