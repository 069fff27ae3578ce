#include <string.h>

#include "tx_manager_internal.h"

static uint64_t bit_of(uint64_t nonce)
{
    return UINT64_C(1) << nonce % LQ_TXMAN_SLOT_MAX;
}

txm_slot_t *txm_slot(const lq_txman_t *m, uint32_t at)
{
    return &m->senders[at / LQ_TXMAN_SLOT_MAX].slots[at % LQ_TXMAN_SLOT_MAX];
}

uint32_t txm_slot_at(const txm_slot_t *slot)
{
    return slot->sender * LQ_TXMAN_SLOT_MAX + (uint32_t)(slot->nonce % LQ_TXMAN_SLOT_MAX);
}

txm_slot_t *txm_slot_find(const lq_txman_t *m, uint32_t sender, uint64_t nonce)
{
    txm_slot_t *slot = &m->senders[sender].slots[nonce % LQ_TXMAN_SLOT_MAX];
    return slot->used && slot->nonce == nonce ? slot : NULL;
}

/* NULL: a nonce LQ_TXMAN_SLOT_MAX below is in use still. */
txm_slot_t *txm_slot_open(lq_txman_t *m, uint32_t sender, uint64_t nonce)
{
    txm_sender_t *s = &m->senders[sender];
    txm_slot_t *slot = &s->slots[nonce % LQ_TXMAN_SLOT_MAX];
    if (slot->used)
        return NULL;
    uint8_t *raw = slot->raw;
    memset(slot, 0, offsetof(txm_slot_t, attempts));
    slot->raw = raw;
    slot->used = true;
    slot->sender = sender;
    slot->nonce = nonce;
    slot->intent = TXM_NONE;
    s->marks[nonce % LQ_TXMAN_SLOT_MAX] = 0;
    s->used |= bit_of(nonce);
    if (nonce >= s->next_nonce)
        s->next_nonce = nonce + 1;
    m->stat.slot_cnts[LQ_TX_RESERVED]++;
    s->inflight |= bit_of(nonce);
    return slot;
}

/* The nonce is done with, or, where it is the highest and nothing was sent, free again. */
void txm_slot_close(lq_txman_t *m, txm_slot_t *slot)
{
    txm_sender_t *s = &m->senders[slot->sender];
    m->stat.slot_cnts[slot->state]--;
    s->used &= ~bit_of(slot->nonce);
    s->inflight &= ~bit_of(slot->nonce);
    s->expired &= ~bit_of(slot->nonce);
    slot->used = false;
    slot->sign_id = 0;
}

void txm_set_state(lq_txman_t *m, txm_slot_t *slot, lq_tx_state_t state)
{
    txm_sender_t *s = &m->senders[slot->sender];
    uint64_t bit = bit_of(slot->nonce);
    m->stat.slot_cnts[slot->state]--;
    m->stat.slot_cnts[state]++;
    slot->state = state;
    s->inflight &= ~bit;
    s->expired &= ~bit;
    if (state == LQ_TX_RESERVED || state == LQ_TX_SENT || state == LQ_TX_CANCELLING)
        s->inflight |= bit;
    if (state != LQ_TX_EXPIRED)
        return;
    s->expired |= bit;
    slot->intent = TXM_NONE; /* what comes next on it is another's */
}

void txm_record_state(lq_txman_t *m, txm_slot_t *slot, const char *why)
{
    slot->owes_state = false;
    if (slot->state == LQ_TX_RESERVED)
        return; /* nothing is known of it outside */
    lq_tx_moved_t moved = {
        .sender = m->senders[slot->sender].address, .nonce = slot->nonce, .state = slot->state};
    if (slot->state == LQ_TX_MINED || slot->state == LQ_TX_REVERTED || slot->state == LQ_TX_LOST ||
        slot->state == LQ_TX_FINAL)
        moved.hash = slot->receipt.hash;
    else if (slot->attempt_cnt)
        moved.hash = txm_newest(slot)->hash;
    txm_text(moved.why, why, why ? strlen(why) : 0);
    slot->owes_state =
        !txm_record(m, &(lq_tx_record_t){.kind = LQ_TX_RECORD_STATE, .as.moved = &moved});
    m->owes |= slot->owes_state;
}

void txm_move(lq_txman_t *m, txm_slot_t *slot, lq_tx_state_t state, const char *why)
{
    txm_set_state(m, slot, state);
    txm_record_state(m, slot, why);
}

/* The slot of the lowest nonce from *NONCE on, NULL behind the last; *NONCE is then one beyond it.
   What a stranger took stays for long, and an operator may have let more of his be skipped than
   there are slots: they are in no row. */
txm_slot_t *txm_next_slot(const lq_txman_t *m, uint32_t sender, uint64_t *nonce)
{
    const txm_sender_t *s = &m->senders[sender];
    txm_slot_t *next = NULL;
    for (uint64_t used = s->used; used; used &= used - 1) {
        txm_slot_t *slot = &s->slots[__builtin_ctzll(used)];
        if (slot->nonce >= *nonce && (!next || slot->nonce < next->nonce))
            next = slot;
    }
    if (next)
        *nonce = next->nonce + 1;
    return next;
}

size_t txm_inflight_cnt(const txm_sender_t *s)
{
    return (size_t)__builtin_popcountll(s->inflight);
}

/* The nonce that the next transaction gets: the lowest that nothing but EXPIRED ones follow, which
   the chain does not have. */
uint64_t txm_tail(const txm_sender_t *s)
{
    uint64_t tail = s->next_nonce;
    while (tail && (s->expired & bit_of(tail - 1)) && s->next_nonce - tail < LQ_TXMAN_SLOT_MAX &&
           !s->slots[(tail - 1) % LQ_TXMAN_SLOT_MAX].is_used)
        tail--;
    return tail;
}

/* Whether a nonce above NONCE waits for it. */
bool txm_is_below_live(const txm_sender_t *s, uint64_t nonce)
{
    for (uint64_t n = nonce + 1; n < s->next_nonce && s->inflight; n++)
        if ((s->inflight & bit_of(n)) && s->slots[n % LQ_TXMAN_SLOT_MAX].nonce == n)
            return true;
    return false;
}

static txm_attempt_t *attempt_of(txm_slot_t *slot, const lq_hash_t *hash)
{
    for (size_t i = slot->attempt_cnt; i > 0; i--)
        if (txm_hash_eq(&slot->attempts[i - 1].hash, hash))
            return &slot->attempts[i - 1];
    return NULL;
}

txm_attempt_t *txm_sendable(txm_slot_t *slot)
{
    return slot->raw_sz ? attempt_of(slot, &slot->hash) : NULL;
}

/* Two bits of 32 by which a slot of one hash is told at once not to have another, but in one case
   of 256: to look at all brings a line of each into the cache, and what is to be sent waits for
   that. */
static uint32_t mark_of(const lq_hash_t *hash)
{
    return UINT32_C(1) << hash->b[0] % 32 | UINT32_C(1) << hash->b[1] % 32;
}

txm_attempt_t *txm_attempt_new(lq_txman_t *m, txm_slot_t *slot, const lq_hash_t *hash)
{
    LQ_ASSERT(slot->attempt_cnt < TXM_ATTEMPT_MAX);
    m->senders[slot->sender].marks[slot->nonce % LQ_TXMAN_SLOT_MAX] |= mark_of(hash);
    return &slot->attempts[slot->attempt_cnt++];
}

txm_slot_t *txm_find_hash(lq_txman_t *m, const lq_hash_t *hash, txm_attempt_t **attempt)
{
    uint32_t mark = mark_of(hash);
    for (size_t i = 0; i < m->config.sender_cnt; i++)
        for (uint64_t used = m->senders[i].used; used; used &= used - 1) {
            int at = __builtin_ctzll(used);
            txm_slot_t *slot = &m->senders[i].slots[at];
            txm_attempt_t *a = mark & ~m->senders[i].marks[at] ? NULL : attempt_of(slot, hash);
            if (a) {
                *attempt = a;
                return slot;
            }
        }
    return NULL;
}

/* Also what an operator has let go on. */
void txm_record_halt(lq_txman_t *m, uint32_t sender)
{
    txm_sender_t *s = &m->senders[sender];
    lq_tx_halt_t halt = {.sender = s->address, .halted = s->halted};
    memcpy(halt.why, s->why, sizeof(halt.why));
    s->owes_halt = !txm_record(m, &(lq_tx_record_t){.kind = LQ_TX_RECORD_HALT, .as.halt = &halt});
    m->owes |= s->owes_halt;
}

void txm_halt(lq_txman_t *m, uint32_t sender, const char *why)
{
    txm_sender_t *s = &m->senders[sender];
    if (s->halted)
        return;
    s->halted = true;
    txm_text(s->why, why, strlen(why));
    txm_record_halt(m, sender);
    txm_note(m, LQ_LOG_ERROR, sender, NULL, "the sender halts until it is resumed", why);
}

/* Halted or not: this is why from now on. */
void txm_faulty(lq_txman_t *m, uint32_t sender, const lq_hash_t *hash)
{
    static const char why[] = "a signature of its key was faulty, and may have been sent: restart "
                              "on sound hardware, then resume";
    txm_attempt_t *a;
    if (sender >= m->config.sender_cnt)
        return;
    txm_sender_t *s = &m->senders[sender];
    s->halted = s->is_faulty = true;
    txm_text(s->why, why, sizeof(why) - 1);
    txm_record_halt(m, sender);
    m->stat.alarm_cnt++;
    txm_note(m, LQ_LOG_ERROR, sender, txm_find_hash(m, hash, &a), "the sender halts", why);
}

void txm_go_on(lq_txman_t *m, uint32_t sender)
{
    txm_sender_t *s = &m->senders[sender];
    uint64_t nonce = 0;
    txm_slot_t *slot;
    s->halted = false;
    s->why[0] = '\0';
    txm_record_halt(m, sender);
    while ((slot = txm_next_slot(m, sender, &nonce))) {
        slot->was_lost = false;
        slot->retry_ns = m->now.mono_ns;
    }
}

static bool is_halted_by_loss(const txm_sender_t *s)
{
    return s->halted && strcmp(s->why, TXM_WHY_LOST) == 0;
}

/* What a stranger took is final: the halt is an operator's to lift, whatever else is found. */
void txm_halt_for_good(lq_txman_t *m, uint32_t sender)
{
    txm_sender_t *s = &m->senders[sender];
    static const char why[] =
        "a foreign transaction took a nonce, for good: somebody else uses the "
        "key";
    if (!is_halted_by_loss(s))
        return;
    txm_text(s->why, why, sizeof(why) - 1);
    txm_record_halt(m, sender);
}

/* Where nothing is left that SENDER halted for, it was ours, for good. */
void txm_forgive(lq_txman_t *m, uint32_t sender)
{
    txm_sender_t *s = &m->senders[sender];
    uint64_t nonce = 0;
    const txm_slot_t *slot;
    if (!is_halted_by_loss(s))
        return;
    while ((slot = txm_next_slot(m, sender, &nonce)))
        if (slot->was_lost)
            return;
    txm_note(m, LQ_LOG_WARN, sender, NULL, "the sender goes on: what was lost is ours after all",
             "");
    txm_go_on(m, sender);
}
