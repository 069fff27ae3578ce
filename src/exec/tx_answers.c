#include "tx_answers.h"

#include "tx_manager_internal.h"

/* clang-format off */
static const txm_answer_rule_t rules[LQ_RPC_CLASS_CNT] = {
    /* class                 reaction      severe noted */
    [LQ_RPC_OK]          = {TXM_ACCEPTED, false, false},
    [LQ_RPC_KNOWN]       = {TXM_ACCEPTED, false, false}, /* by its hash: these very bytes */
    [LQ_RPC_OCCUPIED]    = {TXM_OCCUPANT, false, true},
    [LQ_RPC_NONCE_LOW]   = {TXM_LOOK,     false, false},
    [LQ_RPC_NONCE_HIGH]  = {TXM_LOWER,    false, false},
    [LQ_RPC_REPLACEMENT] = {TXM_OCCUPANT, false, true},
    [LQ_RPC_UNDERPRICED] = {TXM_REPRICE,  false, false},
    [LQ_RPC_POOL_FULL]   = {TXM_WAIT,     false, false},
    [LQ_RPC_FUNDS]       = {TXM_FUNDS,    true,  true},
    [LQ_RPC_FEE_CAP]     = {TXM_WAIT,     false, true},
    [LQ_RPC_MALFORMED]   = {TXM_STOP,     true,  true},
    [LQ_RPC_SEQUENCER]   = {TXM_WAIT,     false, false},
    /* of reads; a node that answers a send with one has not said what became of it */
    [LQ_RPC_RANGE]       = {TXM_AGAIN,    false, false},
    [LQ_RPC_ROWS]        = {TXM_AGAIN,    false, false},
    [LQ_RPC_FILTER]      = {TXM_AGAIN,    false, false},
    [LQ_RPC_ABSENT]      = {TXM_AGAIN,    false, false},
    [LQ_RPC_REVERT]      = {TXM_GIVE_UP,  false, true},  /* the opportunity is gone */
    [LQ_RPC_GAS]         = {TXM_GIVE_UP,  false, true},
    [LQ_RPC_SYNCING]     = {TXM_WAIT,     false, false},
    [LQ_RPC_RATE]        = {TXM_WAIT,     false, false},
    [LQ_RPC_QUOTA]       = {TXM_WAIT,     false, true},
    [LQ_RPC_FORBIDDEN]   = {TXM_GIVE_UP,  false, true},
    [LQ_RPC_METHOD]      = {TXM_GIVE_UP,  false, true},
    [LQ_RPC_PARAMS]      = {TXM_GIVE_UP,  false, true},
    [LQ_RPC_UNKNOWN]     = {TXM_AGAIN,    false, true},
    [LQ_RPC_TIMEOUT]     = {TXM_AGAIN,    false, false},
    [LQ_RPC_BROKEN]      = {TXM_AGAIN,    false, false},
    [LQ_RPC_UNSENT]      = {TXM_AGAIN,    false, false},
};
/* clang-format on */

txm_answer_rule_t txm_answer_rule(lq_rpc_class_t c)
{
    return (unsigned)c < LQ_RPC_CLASS_CNT ? rules[c] : rules[LQ_RPC_UNKNOWN];
}

static void copy_name(char out[LQ_TX_RECORD_NAME_SZ], const char *name)
{
    size_t sz = name ? strnlen(name, LQ_TX_RECORD_NAME_SZ - 1) : 0;
    memcpy(out, name ? name : "", sz);
    out[sz] = '\0';
}

static void record_answer(lq_txman_t *m, const lq_txman_answer_t *answer, bool accepted)
{
    lq_tx_answer_t a = {.hash = answer->hash,
                        .target_blk = answer->target_blk,
                        .accepted = accepted,
                        .latency_ns = answer->latency_ns};
    copy_name(a.way, answer->name);
    copy_name(a.class_, lq_rpc_class_name(answer->class_));
    txm_text(a.text, answer->text, answer->text_sz);
    (void)txm_record(m, &(lq_tx_record_t){.kind = LQ_TX_RECORD_ANSWER, .as.answer = &a});
}

/* The lower ones go to WAYS again, from their bytes; not those that may be on their way still. */
static void send_lower(lq_txman_t *m, const txm_slot_t *slot, uint32_t ways)
{
    uint64_t nonce = 0;
    txm_slot_t *lower;
    while ((lower = txm_next_slot(m, slot->sender, &nonce)) && lower->nonce < slot->nonce)
        if ((lower->state == LQ_TX_SENT || lower->state == LQ_TX_CANCELLING) &&
            m->now.mono_ns >= lq_time_after(lower->sent_ns, TXM_RETRY_NS))
            txm_resend(m, lower, ways);
    txm_fill(m, slot->sender);
}

static void hold(lq_txman_t *m, const txm_slot_t *slot)
{
    txm_sender_t *s = &m->senders[slot->sender];
    s->is_held = true;
    s->held_wei = s->cost_wei[slot->nonce % LQ_TXMAN_SLOT_MAX];
    txm_ask_count(m, slot->sender);
}

/* All ways have answered SLOT's newest attempt A, and nobody took it. */
static void refused(lq_txman_t *m, txm_slot_t *slot, txm_attempt_t *a, const char *text)
{
    switch (a->verdict) {
    case TXM_STOP:
        txm_halt(m, slot->sender,
                 "a transaction of ours is called malformed: wrong chain, or a fault of ours");
        break;
    case TXM_OCCUPANT:
    case TXM_REPRICE:
        slot->raises = !a->is_raised;
        a->is_raised = true;
        txm_retry_in(m, slot);
        break;
    case TXM_FUNDS:
        hold(m, slot);
        txm_retry_in(m, slot);
        break;
    case TXM_GIVE_UP:
        slot->gives_up = a->use != LQ_TX_USE_CANCEL;
        if (slot->gives_up)
            txm_note(m, LQ_LOG_WARN, slot->sender, slot, "refused by all it was sent to", text);
        else
            txm_retry_in(m, slot);
        break;
    case TXM_LOOK:
    case TXM_LOWER:
    case TXM_AGAIN:
    case TXM_WAIT:
        txm_retry_in(m, slot);
        break;
    case TXM_ACCEPTED:
        break;
    }
}

/* That it is malformed is our fault if all ways say so, and there are two at least; else it is that
   of who says it, and nobody knows what became of the bytes. */
static void judge(txm_attempt_t *a, txm_reaction_t reaction, uint32_t way)
{
    bool stops = reaction == TXM_STOP;
    a->malformed |= stops ? way : 0;
    if (stops && (a->malformed != a->ways || __builtin_popcount(a->ways) < 2))
        reaction = TXM_AGAIN;
    if (reaction < a->verdict)
        a->verdict = reaction;
}

/* What cannot wait for the other ways. */
static void at_once(lq_txman_t *m, txm_slot_t *slot, txm_reaction_t reaction, uint32_t way)
{
    if (reaction == TXM_LOOK || reaction == TXM_OCCUPANT) {
        txm_ask_slot(m, slot);
        txm_ask_flush(m);
        txm_ask_count(m, slot->sender);
    }
    if (reaction == TXM_OCCUPANT && slot->attempt_cnt == 1)
        txm_find(m, slot->sender, slot->nonce); /* nothing of ours can be in its place */
    if (reaction == TXM_LOWER)
        send_lower(m, slot, way);
}

static void note_severity(lq_txman_t *m, const txm_slot_t *slot, txm_attempt_t *a, const char *text)
{
    if (!a->is_severe || !a->accepted || a->is_alarmed)
        return;
    a->is_alarmed = true;
    txm_alarm(m, slot, "one way accepts what another one calls impossible", text);
}

void txm_answered(lq_txman_t *m, const lq_txman_answer_t *answer)
{
    txm_attempt_t *a;
    txm_slot_t *slot = txm_find_hash(m, &answer->hash, &a);
    if (!slot || answer->way >= LQ_TXMAN_WAY_MAX)
        return;
    char text[LQ_TX_RECORD_TEXT_SZ];
    txm_text(text, answer->text, answer->text_sz);
    txm_answer_rule_t rule = txm_answer_rule(answer->class_);
    uint32_t way = UINT32_C(1) << answer->way;
    bool lies = rule.reaction == TXM_ACCEPTED && answer->has_hash &&
                !txm_hash_eq(&answer->told, &answer->hash);
    if (lies) {
        txm_alarm(m, slot, "a way accepts, but tells another hash", text);
        rule = txm_answer_rule(LQ_RPC_UNKNOWN);
    }
    bool accepted = rule.reaction == TXM_ACCEPTED;
    record_answer(m, answer, accepted);
    if (rule.is_noted && !lies)
        txm_note(m, LQ_LOG_WARN, slot->sender, slot, lq_rpc_class_str(answer->class_), text);
    a->answered |= way;
    a->accepted |= accepted ? way : 0;
    a->is_severe |= rule.is_severe;
    judge(a, rule.reaction, way);
    note_severity(m, slot, a, text);
    if (slot->state != LQ_TX_SENT && slot->state != LQ_TX_CANCELLING)
        return;
    at_once(m, slot, rule.reaction, way);
    if (a != txm_sendable(slot) || a->accepted || (a->ways & ~a->answered))
        return;
    refused(m, slot, a, text);
    txm_review(m, slot);
}
