#include <string.h>

#include "tx_manager_internal.h"

/* ---- the stack of blocks ---- */

static lq_block_ref_t *block_at(lq_txman_t *m, size_t i)
{
    return &m->stack[(m->stack_first + i) % TXM_STACK_MAX];
}

bool txm_has_top(const lq_txman_t *m)
{
    return m->stack_cnt > 0;
}

lq_block_ref_t txm_top(const lq_txman_t *m)
{
    return m->stack[(m->stack_first + m->stack_cnt - 1) % TXM_STACK_MAX];
}

bool txm_on_stack(const lq_txman_t *m, const lq_block_ref_t *ref)
{
    if (!m->stack_cnt)
        return false;
    uint64_t top = txm_top(m).number;
    if (ref->number > top || top - ref->number >= m->stack_cnt)
        return false;
    size_t i = m->stack_cnt - 1 - (size_t)(top - ref->number);
    const lq_block_ref_t *b = &m->stack[(m->stack_first + i) % TXM_STACK_MAX];
    return b->number == ref->number && txm_hash_eq(&b->hash, &ref->hash);
}

/* What lies below the stack is the chain's as long as the stack is. */
static bool is_below_stack(const lq_txman_t *m, const lq_block_ref_t *ref)
{
    return m->stack_cnt && ref->number < m->stack[m->stack_first].number;
}

bool txm_is_believed(const lq_txman_t *m, const lq_block_ref_t *ref)
{
    return txm_on_stack(m, ref) || is_below_stack(m, ref);
}

/* A receipt is one node's word; that its nonce is used is that of all who are asked. */
static bool is_counted(const lq_txman_t *m, const txm_slot_t *slot)
{
    const txm_sender_t *s = &m->senders[slot->sender];
    return s->has_cnt && slot->nonce < s->mined_cnt && txm_on_stack(m, &s->counted_at);
}

static void push(lq_txman_t *m, const lq_block_ref_t *ref)
{
    if (m->stack_cnt && ref->number != txm_top(m).number + 1)
        m->stack_cnt = 0; /* no row of blocks: it starts anew */
    if (m->stack_cnt == TXM_STACK_MAX) {
        m->stack_first = (m->stack_first + 1) % TXM_STACK_MAX;
        m->stack_cnt--;
    }
    *block_at(m, m->stack_cnt++) = *ref;
}

/* ---- asking ---- */

void txm_ask_flush(lq_txman_t *m)
{
    if (!m->ask_cnt)
        return;
    lq_txman_action_t action = {.kind = LQ_TXMAN_ACTION_ASK};
    action.as.ask.hashes = m->asks;
    action.as.ask.cnt = m->ask_cnt;
    action.as.ask.round = ++m->round;
    m->ask_cnt = 0;
    txm_emit(m, &action);
}

static bool is_mined(const txm_slot_t *slot)
{
    return slot->state == LQ_TX_MINED || slot->state == LQ_TX_REVERTED;
}

void txm_ask_slot(lq_txman_t *m, txm_slot_t *slot)
{
    if (is_mined(slot) && !slot->doubted)
        return;
    for (size_t i = 0; i < slot->attempt_cnt; i++) {
        m->asks[m->ask_cnt++] = slot->attempts[i].hash;
        if (m->ask_cnt == TXM_ASK_MAX)
            txm_ask_flush(m);
    }
}

void txm_ask_all(lq_txman_t *m)
{
    for (uint32_t i = 0; i < m->config.sender_cnt; i++) {
        uint64_t nonce = 0;
        txm_slot_t *slot;
        while ((slot = txm_next_slot(m, i, &nonce)))
            txm_ask_slot(m, slot);
    }
    txm_ask_flush(m);
}

void txm_ask_count(lq_txman_t *m, uint32_t sender)
{
    txm_emit(m, &(lq_txman_action_t){.kind = LQ_TXMAN_ACTION_COUNT, .as.sender = sender});
}

/* ---- what is not mined ---- */

/* The newest block that none of SLOT's hashes is mined in, or below: they were told absent at it,
   or did not exist. */
uint64_t txm_unmined_blk(const txm_slot_t *slot)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < slot->attempt_cnt; i++) {
        const txm_attempt_t *a = &slot->attempts[i];
        uint64_t blk = a->absent_blk > a->sent_blk ? a->absent_blk : a->sent_blk;
        if (blk < least)
            least = blk;
    }
    return slot->attempt_cnt ? least : 0;
}

/* By rounds that were asked behind the count that says it is used. */
static bool all_absent(const txm_slot_t *slot)
{
    for (size_t i = 0; i < slot->attempt_cnt; i++)
        if (slot->attempts[i].absent_round <= slot->used_round)
            return false;
    return true;
}

/* Nothing is known any more of BLK and what is above it. */
static void forget_from(txm_slot_t *slot, uint64_t blk)
{
    uint64_t below = blk ? blk - 1 : 0;
    for (size_t i = 0; i < slot->attempt_cnt; i++) {
        txm_attempt_t *a = &slot->attempts[i];
        if (a->absent_blk > below)
            a->absent_blk = below;
        if (a->sent_blk > below)
            a->sent_blk = below;
    }
    if (slot->is_used && slot->used_at.number >= blk)
        slot->is_used = slot->finding = false;
}

/* ---- mined ---- */

static void mine(lq_txman_t *m, txm_slot_t *slot, const txm_attempt_t *a,
                 const lq_tx_receipt_t *receipt)
{
    bool known = txm_hash_eq(&slot->receipt.hash, &a->hash) &&
                 txm_hash_eq(&slot->receipt.block.hash, &receipt->block.hash);
    slot->mined = (uint32_t)(a - slot->attempts);
    slot->receipt = *receipt;
    slot->receipt.sender = m->senders[slot->sender].address;
    slot->receipt.nonce = slot->nonce;
    slot->receipt.hash = a->hash;
    slot->block = receipt->block;
    slot->sign_id = 0;
    slot->is_used = slot->finding = slot->doubted = false;
    txm_set_state(m, slot, receipt->ok ? LQ_TX_MINED : LQ_TX_REVERTED);
    if (!known) {
        txm_record_receipt(m, slot);
        txm_record_state(m, slot, receipt->ok ? NULL : receipt->why);
    }
    txm_settle_slot(m, slot, receipt->ok ? NULL : receipt->why);
}

/* A nonce that was reserved anew is not free after all. False: nothing was ever sent with it, and
   SLOT is no more. */
static bool take_back(lq_txman_t *m, txm_slot_t *slot, const char *why)
{
    txm_sender_t *s = &m->senders[slot->sender];
    txm_intent_t *in = &m->intents[slot->intent];
    txm_release(m, in);
    s->busy = TXM_NONE;
    txm_end(m, in, LQ_OUTCOME_REFUSED, why);
    return slot->used;
}

/* SLOT is not mined or lost after all. */
static void unmine(lq_txman_t *m, txm_slot_t *slot, const char *why)
{
    const txm_attempt_t *a = txm_newest(slot);
    memset(&slot->receipt, 0, sizeof(slot->receipt));
    slot->doubted = slot->owes_receipt = false;
    slot->pause_ns = 0;
    slot->retry_ns = 0; /* its bytes go again; those of an older one than was found do later */
    if (a && a->is_found)
        slot->retry_ns = lq_time_after(m->now.mono_ns, m->config.resend_ns);
    lq_tx_state_t state = !a || !a->is_sent            ? LQ_TX_EXPIRED
                          : a->use == LQ_TX_USE_CANCEL ? LQ_TX_CANCELLING
                                                       : LQ_TX_SENT;
    txm_move(m, slot, state, why);
    txm_settle_slot(m, slot, why);
    const txm_intent_t *in = slot->intent == TXM_NONE ? NULL : &m->intents[slot->intent];
    if (state == LQ_TX_SENT && in && in->dropped)
        txm_review(m, slot);
    else if (state != LQ_TX_EXPIRED && !a->is_found)
        txm_resend(m, slot, UINT32_MAX);
    txm_fill(m, slot->sender);
}

static void told_receipt(lq_txman_t *m, txm_slot_t *slot, txm_attempt_t *a,
                         const lq_tx_receipt_t *receipt)
{
    if (!txm_on_stack(m, &receipt->block) &&
        !(is_below_stack(m, &receipt->block) && is_counted(m, slot)))
        return; /* of a branch that is not ours, or not yet; or of a block that nobody knows */
    if (is_mined(slot) && slot->mined != (uint32_t)(a - slot->attempts) && !slot->doubted) {
        txm_alarm(m, slot, "two transactions of one nonce are told to be mined", "");
        return;
    }
    if (is_mined(slot) && !slot->doubted)
        return;
    if (slot->state == LQ_TX_LOST && !slot->doubted)
        txm_alarm(m, slot, "what was lost to a foreign transaction is told to be mined", "");
    if (slot->state == LQ_TX_RESERVED)
        (void)take_back(m, slot, "an earlier transaction of its nonce was mined");
    mine(m, slot, a, receipt);
}

static void told_absent(lq_txman_t *m, txm_slot_t *slot, txm_attempt_t *a,
                        const lq_txman_told_t *told)
{
    if (told->at.number > a->absent_blk)
        a->absent_blk = told->at.number;
    /* a node may count what it has no receipt of yet: a block behind the count's has to tell so */
    if (told->round > a->absent_round && told->at.number > slot->used_at.number)
        a->absent_round = told->round;
    if (is_mined(slot)) {
        if (slot->doubted && slot->mined == (uint32_t)(a - slot->attempts))
            unmine(m, slot, "its block is undone");
        return;
    }
    if (slot->is_used && all_absent(slot)) {
        slot->used_at = told->at; /* or below, as far as is known */
        txm_lose(m, slot, TXM_WHY_LOST);
        return;
    }
    txm_review(m, slot);
}

void txm_told(lq_txman_t *m, const lq_txman_told_t *told)
{
    txm_attempt_t *a;
    txm_slot_t *slot = txm_find_hash(m, &told->hash, &a);
    if (!slot || !txm_on_stack(m, &told->at))
        return;
    if (!told->absent && told->receipt)
        told_receipt(m, slot, a, told->receipt);
    else if (told->absent)
        told_absent(m, slot, a, told);
    txm_start_step(m);
}

/* ---- counts ---- */

static void count_slot(lq_txman_t *m, txm_slot_t *slot, const lq_txman_count_t *count)
{
    if (slot->state == LQ_TX_LOST && slot->doubted) {
        slot->doubted = false;
        slot->block = count->at;
        memset(&slot->receipt, 0, sizeof(slot->receipt)); /* it may be another's by now */
        if (slot->nonce >= count->cnt)
            unmine(m, slot, "its block is undone");
        else
            txm_find(m, slot->sender, slot->nonce);
        return;
    }
    bool is_unused = slot->nonce >= count->most && slot->block.number < count->at.number;
    if (is_mined(slot) && !slot->doubted && is_unused) {
        txm_alarm(m, slot, "told to be mined, but all count its nonce as unused behind that", "");
        unmine(m, slot, "one node alone told that it was mined");
        return;
    }
    if (slot->state == LQ_TX_LOST && is_unused) { /* lost by a count of a branch that is gone */
        unmine(m, slot, "all count its nonce as unused");
        return;
    }
    if (is_mined(slot) || slot->state == LQ_TX_LOST)
        return;
    if (slot->nonce >= count->cnt) {
        slot->is_used = slot->finding = false;
        return;
    }
    if (slot->state == LQ_TX_RESERVED && !take_back(m, slot, "its nonce is used already"))
        return;
    if (slot->is_used)
        return;
    slot->is_used = true;
    slot->used_at = count->at;
    txm_ask_flush(m);
    slot->used_round = m->round;
    if (slot->attempt_cnt)
        txm_ask_slot(m, slot);
    else
        txm_lose(m, slot, TXM_WHY_LOST);
}

/* Nonces that nothing of ours was ever reserved for. */
static void lose_beyond(lq_txman_t *m, uint32_t sender, const lq_txman_count_t *count)
{
    txm_sender_t *s = &m->senders[sender];
    if (s->phase != TXM_DONE || count->cnt <= s->next_nonce)
        return;
    while (s->next_nonce < count->cnt) {
        txm_slot_t *slot = txm_slot_open(m, sender, s->next_nonce);
        if (!slot)
            break;
        slot->used_at = count->at;
        txm_lose(m, slot, "the chain is ahead of us: does somebody else use the key?");
    }
}

/* Nonces below all that are in use, which the chain does not have (any more), and higher ones wait
   for: whatever had them was a stranger's, or final to all that we knew. All nodes say so of the
   newest block. */
static void open_gap(lq_txman_t *m, uint32_t sender, const lq_txman_count_t *count)
{
    txm_sender_t *s = &m->senders[sender];
    uint64_t nonce = 0;
    const txm_slot_t *lowest = txm_next_slot(m, sender, &nonce);
    if (s->phase != TXM_DONE || s->halted || !s->inflight || count->cnt != count->most ||
        count->at.number != txm_top(m).number || !lowest || lowest->nonce <= count->cnt)
        return;
    uint64_t from = count->cnt;
    for (uint64_t n = lowest->nonce; n > from; n--) {
        txm_slot_t *slot = txm_slot_open(m, sender, n - 1);
        if (!slot)
            return;
        slot->number_next = TXM_GAP_NUMBER;
        txm_set_state(m, slot, LQ_TX_EXPIRED);
        txm_note(m, LQ_LOG_WARN, sender, slot, "a gap in the nonces is filled", "");
    }
    txm_fill(m, sender);
}

static void count_balance(txm_sender_t *s, const lq_txman_count_t *count)
{
    s->has_balance = count->has_balance;
    s->balance_wei = count->balance_wei;
    if (!s->has_balance || !lq_u256_lt(&s->balance_wei.raw, &s->held_wei))
        s->is_held = false;
}

void txm_count(lq_txman_t *m, const lq_txman_count_t *count)
{
    if (count->sender >= m->config.sender_cnt || !txm_on_stack(m, &count->at) ||
        count->newest_blk > count->at.number) /* of a block that we may not have: the next tells */
        return;
    txm_sender_t *s = &m->senders[count->sender];
    if (s->has_cnt && count->at.number < s->counted_at.number && txm_on_stack(m, &s->counted_at))
        return; /* an older answer, late */
    s->has_cnt = true;
    s->mined_cnt = count->cnt;
    s->mined_most = count->most;
    s->counted_at = count->at;
    count_balance(s, count);
    if (!m->started)
        return;
    uint64_t nonce = 0;
    txm_slot_t *slot;
    while ((slot = txm_next_slot(m, count->sender, &nonce)))
        count_slot(m, slot, count);
    txm_ask_flush(m);
    lose_beyond(m, count->sender, count);
    open_gap(m, count->sender, count);
    txm_start_step(m);
}

/* ---- blocks ---- */

static void finish_to(lq_txman_t *m, uint64_t blk)
{
    for (uint32_t i = 0; i < m->config.sender_cnt; i++) {
        uint64_t nonce = 0;
        txm_slot_t *slot;
        while ((slot = txm_next_slot(m, i, &nonce)))
            if ((is_mined(slot) || slot->state == LQ_TX_LOST) && !slot->doubted &&
                slot->block.number <= blk && txm_is_believed(m, &slot->block) &&
                is_counted(m, slot))
                txm_finish_slot(m, slot);
    }
}

void txm_finalized(lq_txman_t *m, const lq_block_ref_t *block)
{
    if (m->started && txm_is_believed(m, block))
        finish_to(m, block->number);
}

/* An answer may have been lost, and its nonce waits to be judged. */
static void find_anew(lq_txman_t *m)
{
    for (uint32_t i = 0; i < m->config.sender_cnt; i++) {
        uint64_t nonce = 0;
        const txm_slot_t *slot;
        while ((slot = txm_next_slot(m, i, &nonce)))
            if (slot->finding)
                txm_find(m, i, slot->nonce);
    }
}

void txm_head(lq_txman_t *m, const lq_header_t *head)
{
    push(m, &head->block);
    m->has_fee = true;
    m->has_block = m->is_judged = false;
    if (lq_base_fee_next(&m->base_fee_wei, head, &m->config.base_fee))
        m->base_fee_wei = head->base_fee_wei;
    if (!m->started)
        return;
    txm_owed(m);
    if (m->config.final_blk && head->block.number >= m->config.final_blk)
        finish_to(m, head->block.number - m->config.final_blk);
    txm_expire_planned(m);
    txm_simulate(m);
    for (uint32_t i = 0; i < m->config.sender_cnt; i++)
        txm_ask_count(m, i);
    txm_ask_all(m);
    find_anew(m);
    for (uint32_t i = 0; i < m->config.sender_cnt; i++)
        txm_fill(m, i);
    txm_due(m, true);
    txm_start_step(m);
}

void txm_undone(lq_txman_t *m, const lq_block_ref_t *block)
{
    if (!txm_on_stack(m, block))
        return;
    m->stack_cnt -= (size_t)(txm_top(m).number - block->number) + 1;
    m->has_block = m->is_judged = false;
    for (uint32_t i = 0; i < m->config.sender_cnt; i++) {
        uint64_t nonce = 0;
        txm_slot_t *slot;
        while ((slot = txm_next_slot(m, i, &nonce))) {
            forget_from(slot, block->number);
            if ((is_mined(slot) || slot->state == LQ_TX_LOST) &&
                slot->block.number >= block->number)
                unmine(m, slot, "its block is undone");
        }
    }
}

void txm_doubt(lq_txman_t *m)
{
    for (uint32_t i = 0; i < m->config.sender_cnt; i++) {
        uint64_t nonce = 0;
        txm_slot_t *slot;
        while ((slot = txm_next_slot(m, i, &nonce))) {
            forget_from(slot, 0);
            slot->doubted = is_mined(slot) || slot->state == LQ_TX_LOST;
        }
    }
}

void txm_broken(lq_txman_t *m)
{
    m->stack_cnt = 0;
    m->has_block = m->is_judged = false;
    txm_doubt(m);
}
