#ifndef LQ_TX_WORLD_JUDGE_H
#define LQ_TX_WORLD_JUDGE_H

/* What the simulated world (tx_world.h, which includes this) demands of each effect of a
   transaction manager, from its own records alone. */

/* ---- signing ---- */

static inline uint64_t tw_u64(const lq_wei_t *wei)
{
    return wei->raw.w[0];
}

/* Both pay for the same account: the later one is how the engine sees it by then. */
static inline bool tw_is_same_account(const tw_t *w, uint64_t uid, uint64_t other)
{
    return uid && other && w->intents[uid - 1].borrower == w->intents[other - 1].borrower;
}

/* Whether something of the same account was sent with that nonce before. */
static inline bool tw_is_bump(const tw_t *w, const lq_txman_sign_t *s, uint64_t uid)
{
    for (uint32_t i = 0; i < w->tx_cnt; i++)
        if (w->txs[i].sender == s->sender && w->txs[i].nonce == s->nonce && w->txs[i].ever_sent &&
            tw_is_same_account(w, uid, w->txs[i].uid))
            return true;
    return false;
}

static inline void tw_judge_sign(tw_t *w, const lq_txman_sign_t *s)
{
    uint64_t uid = 0;
    uint64_t most = 0;
    TW_CHECK(w, s->sender < w->config.sender_cnt);
    TW_CHECK(w, tw_u64(&s->max_fee_wei) <= TW_MAX_GWEI * TW_GWEI);
    TW_CHECK(w, tw_u64(&s->tip_wei) <= tw_u64(&s->max_fee_wei));
    if (s->use == LQ_TX_USE_CANCEL) {
        TW_CHECK(w, memcmp(&s->tx->to, &w->senders[s->sender], sizeof(s->tx->to)) == 0);
        TW_CHECK(w, lq_u256_is_zero(&s->tx->value_wei.raw) && !s->tx->input_sz);
        TW_CHECK(w, s->tx->gas_limit == 21000 && !s->tx->is_create);
        return;
    }
    TW_CHECK(w, s->tx->input_sz == 12);
    memcpy(&uid, s->tx->input, 8);
    TW_CHECK(w, tw_intent(w, uid));
    for (uint32_t i = 0; i < w->intent_cnt; i++) /* whoever owns it now */
        if (w->intents[i].borrower == w->intents[uid - 1].borrower && w->intents[i].most > most)
            most = w->intents[i].most;
    TW_CHECK(w, tw_u64(&s->max_fee_wei) <= most);
    if (tw_is_bump(w, s, uid)) { /* it is wanted now, by who runs now */
        TW_CHECK(w, w->intents[uid - 1].given);
        TW_CHECK(w, !w->intents[uid - 1].dropped);
    } else if (w->config.simulate) {
        TW_CHECK(w, w->intents[uid - 1].passed && !w->intents[uid - 1].failed);
    }
}

/* Returns whose it is. What was decided behind a block holds from its head on. */
static inline uint64_t tw_judge_simulation(tw_t *w, const lq_txman_sign_t *s)
{
    uint64_t uid = 0;
    TW_CHECK(w, w->config.simulate && s->tx->input_sz == 12);
    memcpy(&uid, s->tx->input, 8);
    const tw_intent_t *in = tw_intent(w, uid);
    TW_CHECK(w, in && in->given && !in->dropped && !in->ended);
    TW_CHECK(w, !w->has_view || in->target_blk <= w->view_top + 1);
    w->stat.waits += in->target_blk > in->taken_blk + 1;
    return uid;
}

/* The transaction that is signed: real bytes with a signature that is none. */
static inline uint32_t tw_make(tw_t *w, const lq_txman_sign_t *s)
{
    lq_signature_t sig = {0};
    sig.r[31] = sig.s[31] = 1;
    lq_tx_t tx = {.chain_id = w->config.chain_id,
                  .nonce = s->nonce,
                  .max_priority_fee_per_gas = s->tip_wei,
                  .max_fee_per_gas = s->max_fee_wei,
                  .gas_limit = s->tx->gas_limit,
                  .to = s->tx->to,
                  .value = s->tx->value_wei,
                  .data = s->tx->input,
                  .data_sz = s->tx->input_sz};
    TW_CHECK(w, w->tx_cnt < TW_TX_MAX);
    tw_tx_t *t = &w->txs[w->tx_cnt];
    *t = (tw_tx_t){.sender = s->sender,
                   .nonce = s->nonce,
                   .max_fee = tw_u64(&s->max_fee_wei),
                   .tip = tw_u64(&s->tip_wei),
                   .cancels = s->use == LQ_TX_USE_CANCEL};
    sig.r[30] = (uint8_t)(s->sender + 1); /* as the key would */
    LQ_ASSERT(!lq_tx_encode(t->raw, &t->raw_sz, sizeof(t->raw), NULL, &tx, &sig));
    lq_keccak256(t->hash.b, t->raw, t->raw_sz);
    if (!t->cancels) {
        memcpy(&t->uid, s->tx->input, 8);
        memcpy(&t->tx_idx, s->tx->input + 8, 4);
    }
    uint32_t known = tw_find_tx(w, &t->hash);
    return known != UINT32_MAX ? known : w->tx_cnt++;
}

/* ---- records ---- */

static inline void tw_keep_record(tw_t *w, tw_record_t *to, const lq_tx_record_t *r)
{
    switch (r->kind) {
    case LQ_TX_RECORD_INTENT:
        to->of.intent = *r->as.intent;
        to->record.as.intent = &to->of.intent;
        break;
    case LQ_TX_RECORD_ATTEMPT:
        to->of.attempt = *r->as.attempt;
        to->record.as.attempt = &to->of.attempt;
        to->tx = tw_find_tx(w, &r->as.attempt->hash);
        TW_CHECK(w, to->tx != UINT32_MAX);
        if (r->as.attempt->raw_sz) { /* else it was found on the chain */
            TW_CHECK(w, r->as.attempt->raw_sz == w->txs[to->tx].raw_sz);
            TW_CHECK(w, !memcmp(r->as.attempt->raw, w->txs[to->tx].raw, w->txs[to->tx].raw_sz));
        }
        to->of.attempt.raw = w->txs[to->tx].raw;
        break;
    case LQ_TX_RECORD_ANSWER:
        to->of.answer = *r->as.answer;
        to->record.as.answer = &to->of.answer;
        break;
    case LQ_TX_RECORD_STATE:
        to->of.moved = *r->as.moved;
        to->record.as.moved = &to->of.moved;
        break;
    case LQ_TX_RECORD_RECEIPT:
        to->of.receipt = *r->as.receipt;
        to->record.as.receipt = &to->of.receipt;
        break;
    case LQ_TX_RECORD_ENDED:
        to->of.ended = *r->as.ended;
        to->record.as.ended = &to->of.ended;
        break;
    case LQ_TX_RECORD_HALT:
        to->of.halt = *r->as.halt;
        to->record.as.halt = &to->of.halt;
        break;
    case LQ_TX_RECORD_RUN:
    case LQ_TX_RECORD_CANDIDATE:
    case LQ_TX_RECORD_KIND_CNT:
        TW_CHECK(w, false);
    }
}

static inline const lq_tx_attempt_t *tw_attempt(const tw_t *w, size_t i)
{
    const tw_record_t *r = &w->records[i];
    return r->record.kind == LQ_TX_RECORD_ATTEMPT ? &r->of.attempt : NULL;
}

static inline uint64_t tw_least_raised(uint64_t old)
{
    uint64_t by = old + (old + 7) / 8;
    return by > old + 1 ? by : old + 1;
}

/* Whether block BLK had come, as far as the manager was told; a reorg may have taken it back. */
static inline bool tw_has_passed(const tw_t *w, uint64_t blk)
{
    return w->view_most >= blk;
}

/* NEW follows OLD, of the same nonce. */
static inline void tw_judge_pair(tw_t *w, const tw_record_t *old, const tw_record_t *new,
                                 bool is_last)
{
    const lq_tx_attempt_t *a = &old->of.attempt;
    const lq_tx_attempt_t *b = &new->of.attempt;
    const tw_tx_t *t = &w->txs[old->tx];
    const tw_tx_t *u = &w->txs[new->tx];
    TW_CHECK(w, a->number != b->number);
    TW_CHECK(w, a->number < b->number);
    bool lives = t->ever_sent && !(a->is_private && tw_has_passed(w, a->last_blk));
    bool same = t->uid == u->uid && t->tx_idx == u->tx_idx && t->cancels == u->cancels;
    bool planned_anew = u->uid > t->uid && tw_is_same_account(w, u->uid, t->uid);
    if (!same && !u->cancels) /* another payload: what was there is EXPIRED, never left, or is of
                                 the same account, which has another plan by now */
        TW_CHECK(w, !lives || planned_anew);
    w->stat.reused += !same && !u->cancels && !planned_anew;
    w->stat.replans += !same && lives && planned_anew;
    w->stat.unsent += !t->ever_sent;
    if (!is_last || !lives)
        return;
    TW_CHECK(w, u->max_fee >= tw_least_raised(t->max_fee));
    TW_CHECK(w, u->tip >= tw_least_raised(t->tip));
    w->stat.bumps++;
}

static inline void tw_judge_attempt(tw_t *w, tw_record_t *r)
{
    const lq_tx_attempt_t *a = &r->of.attempt;
    const tw_tx_t *t = &w->txs[r->tx];
    const tw_record_t *last = NULL;
    TW_CHECK(w, tw_sender(w, &a->sender) == t->sender && a->nonce == t->nonce);
    if (!a->raw_sz) {
        w->stat.adopted++;
        return;
    }
    for (size_t i = 0; i < w->record_cnt; i++) {
        const lq_tx_attempt_t *o = tw_attempt(w, i);
        if (!o || !o->raw_sz)
            continue;
        const tw_tx_t *u = &w->txs[w->records[i].tx];
        TW_CHECK(w, w->records[i].tx != r->tx);
        if (u->sender == t->sender && u->nonce == t->nonce)
            last = &w->records[i];
        else if (t->uid && u->uid == t->uid) /* one nonce for one transaction */
            TW_CHECK(w, u->tx_idx != t->tx_idx);
    }
    for (size_t i = 0; last && i < w->record_cnt; i++)
        if (tw_attempt(w, i) && tw_attempt(w, i)->raw_sz &&
            w->txs[w->records[i].tx].sender == t->sender &&
            w->txs[w->records[i].tx].nonce == t->nonce)
            tw_judge_pair(w, &w->records[i], r, &w->records[i] == last);
    bool below = t->nonce == w->foreign_start[t->sender];
    for (uint32_t i = 0; !below && i < w->tx_cnt; i++)
        below = w->txs[i].sender == t->sender && w->txs[i].nonce + 1 == t->nonce;
    TW_CHECK(w, below); /* without a gap */
    w->stat.cancels += t->cancels;
}

/* How the nonces stand that SENDER lost since it was not halted. */
typedef struct tw_losses {
    size_t ours, foreign, open; /* mined, by whom; not mined */
    bool final;                 /* what is mined */
} tw_losses_t;

static inline tw_losses_t tw_losses(const tw_t *w, uint32_t sender)
{
    tw_losses_t l = {.final = true};
    for (size_t i = w->record_cnt; i > 0; i--) {
        const tw_record_t *r = &w->records[i - 1];
        if (r->record.kind == LQ_TX_RECORD_HALT && tw_sender(w, &r->of.halt.sender) == sender &&
            !r->of.halt.halted)
            break;
        if (r->record.kind != LQ_TX_RECORD_STATE || r->of.moved.state != LQ_TX_LOST ||
            tw_sender(w, &r->of.moved.sender) != sender)
            continue;
        uint32_t tx = tw_mined_at(w, sender, r->of.moved.nonce);
        if (tx == UINT32_MAX) {
            l.open++;
            continue;
        }
        l.ours += !w->txs[tx].foreign;
        l.foreign += w->txs[tx].foreign;
        l.final = l.final && (w->txs[tx].mined_blk <= w->final_blk ||
                              w->txs[tx].mined_blk + TW_FINAL_BLK <= w->view_top);
    }
    return l;
}

/* Nobody resumed it: what it halted for is ours, for good. */
static inline void tw_judge_lift(tw_t *w, uint32_t sender)
{
    tw_losses_t l = tw_losses(w, sender);
    TW_CHECK(w, !l.foreign && !l.open && l.final);
    w->stat.lifts++;
}

static inline void tw_judge_record(tw_t *w, tw_record_t *r)
{
    switch (r->record.kind) {
    case LQ_TX_RECORD_ATTEMPT:
        tw_judge_attempt(w, r);
        break;
    case LQ_TX_RECORD_STATE: {
        const lq_tx_moved_t *s = &r->of.moved;
        uint32_t sender = tw_sender(w, &s->sender);
        w->stat.states[s->state]++;
        if (s->state != LQ_TX_FINAL)
            break;
        uint32_t tx = tw_mined_at(w, sender, s->nonce);
        static const lq_hash_t none;
        if (s->nonce < w->foreign_start[sender]) { /* used before the world began: by whom is not
                                                      known, and it is nobody's of ours */
            TW_CHECK(w, memcmp(&s->hash, &none, sizeof(none)) == 0);
            break;
        }
        TW_CHECK(w, tx != UINT32_MAX);
        if (memcmp(&s->hash, &none, sizeof(none)) != 0)
            TW_CHECK(w, memcmp(&w->txs[tx].hash, &s->hash, sizeof(s->hash)) == 0);
        else
            TW_CHECK(w, w->txs[tx].foreign || w->allow_halt[sender]);
        break;
    }
    case LQ_TX_RECORD_RECEIPT: {
        uint32_t tx = tw_find_tx(w, &r->of.receipt.hash);
        TW_CHECK(w, tx != UINT32_MAX && w->txs[tx].nonce == r->of.receipt.nonce);
        uint64_t blk = r->of.receipt.block.number; /* of the chain that the manager knows */
        TW_CHECK(w, !w->has_view || blk < w->view_first ||
                        !memcmp(&r->of.receipt.block.hash, tw_block_hash(w->view[blk]).b, 32));
        break;
    }
    case LQ_TX_RECORD_HALT:
        if (r->of.halt.halted) {
            TW_CHECK(w, w->allow_halt[tw_sender(w, &r->of.halt.sender)]);
            TW_CHECK(w, r->of.halt.why[0]);
            w->stat.halts++;
        } else if (w->away) {
            tw_judge_lift(w, tw_sender(w, &r->of.halt.sender));
        }
        break;
    case LQ_TX_RECORD_RUN:
    case LQ_TX_RECORD_INTENT:
    case LQ_TX_RECORD_ANSWER:
    case LQ_TX_RECORD_ENDED:
    case LQ_TX_RECORD_CANDIDATE:
    case LQ_TX_RECORD_KIND_CNT:
        break;
    }
}

/* ---- sending ---- */

/* Whether the last that was recorded of the intent INTENT is that it was refused. */
static inline bool tw_is_refused(const tw_t *w, uint64_t intent)
{
    for (size_t i = w->record_cnt; intent && i > 0; i--)
        if (w->records[i - 1].record.kind == LQ_TX_RECORD_ENDED &&
            w->records[i - 1].of.ended.intent == intent)
            return w->records[i - 1].of.ended.kind == LQ_OUTCOME_REFUSED;
    return false;
}

static inline void tw_judge_send(tw_t *w, const lq_txman_send_t *s, uint32_t tx)
{
    const lq_tx_attempt_t *a = NULL;
    TW_CHECK(w, tx != UINT32_MAX);
    for (size_t i = w->record_cnt; i > 0 && !a; i--)
        if (tw_attempt(w, i - 1) && w->records[i - 1].tx == tx)
            a = tw_attempt(w, i - 1);
    TW_CHECK(w, a && a->raw_sz);
    TW_CHECK(w, w->txs[tx].ever_sent || !tw_is_refused(w, a->intent));
    TW_CHECK(w, !(s->ways & TW_PRIVATE) || a->last_blk > w->view_top);
    TW_CHECK(w, s->raw_sz == w->txs[tx].raw_sz && !memcmp(s->raw, w->txs[tx].raw, s->raw_sz));
    TW_CHECK(w, w->told_recording);
    TW_CHECK(w, s->again || !w->record_fails);
    TW_CHECK(w, !lq_txman_sender_stat(w->m, s->sender).halted);
    TW_CHECK(w, s->again || w->ready || w->txs[tx].cancels);
    TW_CHECK(w, s->ways && !(s->ways & ~(TW_PUBLIC | TW_PRIVATE)));
    TW_CHECK(w, s->first_blk == w->view_top + 1);
    w->stat.sends++;
    w->stat.resends += s->again;
}

/* ---- outcomes ---- */

static inline void tw_judge_outcome(tw_t *w, const lq_outcome_t *o)
{
    tw_intent_t *in = tw_intent(w, o->intent);
    TW_CHECK(w, in && in->given);
    w->stat.outcomes[o->kind]++;
    TW_CHECK(w, !in->ended || in->kind != LQ_OUTCOME_FINAL);
    switch (o->kind) {
    case LQ_OUTCOME_SENT:
        TW_CHECK(w, !in->ended && !in->sent);
        in->sent = true;
        return;
    case LQ_OUTCOME_UNMINED:
        TW_CHECK(w, in->ended);
        in->ended = false;
        return;
    case LQ_OUTCOME_FINAL:
        TW_CHECK(w, in->ended && (in->kind == LQ_OUTCOME_MINED || in->kind == LQ_OUTCOME_REVERTED));
        break;
    case LQ_OUTCOME_MINED:
    case LQ_OUTCOME_REVERTED:
        TW_CHECK(w, !in->ended || in->kind == LQ_OUTCOME_EXPIRED);
        TW_CHECK(w, o->gas > 0 || w->restarted); /* a part may be the journal's alone */
        break;
    case LQ_OUTCOME_REFUSED:
    case LQ_OUTCOME_SIMULATION_REVERTED:
    case LQ_OUTCOME_EXPIRED:
    case LQ_OUTCOME_CANCELLED:
        TW_CHECK(w, !in->ended);
        break;
    case LQ_OUTCOME_WON:
    case LQ_OUTCOME_CNT:
        TW_CHECK(w, false);
    }
    in->ended = true;
    in->kind = o->kind;
}

/* ---- the journal ---- */

#define TW_NONCE_MAX 4096u

/* What a new process is given: as journal.h says of lq_journal_restore. */
static inline void tw_restore(tw_t *w)
{
    static bool final[TW_SENDER_MAX][TW_NONCE_MAX]; /* and nothing of it is needed */
    static bool needed[TW_RECORD_MAX], ended[TW_RECORD_MAX], of_open[TW_RECORD_MAX];
    uint64_t highest[TW_SENDER_MAX] = {0};
    uint64_t last_id = 0;
    memset(final, 0, sizeof(final));
    memset(needed, 0, sizeof(needed));
    memset(ended, 0, sizeof(ended));
    for (size_t i = 0; i < w->record_cnt; i++) {
        const tw_record_t *r = &w->records[i];
        if (r->record.kind == LQ_TX_RECORD_STATE && r->of.moved.state == LQ_TX_FINAL) {
            uint32_t s = tw_sender(w, &r->of.moved.sender);
            final[s][r->of.moved.nonce] = true;
            if (r->of.moved.nonce > highest[s])
                highest[s] = r->of.moved.nonce;
        } else if (r->record.kind == LQ_TX_RECORD_ENDED) {
            ended[r->of.ended.intent] = r->of.ended.kind != LQ_OUTCOME_UNMINED;
        } else if (r->record.kind == LQ_TX_RECORD_INTENT) {
            last_id = r->of.intent.id > last_id ? r->of.intent.id : last_id;
        }
    }
    for (size_t i = 0; i < w->record_cnt; i++) {
        const lq_tx_attempt_t *a = tw_attempt(w, i);
        if (a && !final[tw_sender(w, &a->sender)][a->nonce])
            needed[a->intent] = true;
    }
    for (uint64_t id = 1; id <= last_id; id++)
        needed[id] |= !ended[id];
    memcpy(of_open, needed, sizeof(needed));
    for (size_t i = 0; i < w->record_cnt; i++) {
        const lq_tx_attempt_t *a = tw_attempt(w, i);
        if (a && a->intent && of_open[a->intent])
            final[tw_sender(w, &a->sender)][a->nonce] = false;
    }
    for (size_t i = 0; i < w->record_cnt; i++) {
        const lq_tx_attempt_t *a = tw_attempt(w, i);
        if (a && !final[tw_sender(w, &a->sender)][a->nonce])
            needed[a->intent] = true;
    }
    needed[last_id] = true;
    for (size_t i = 0; i < w->record_cnt; i++) {
        const tw_record_t *r = &w->records[i];
        bool gives = false;
        switch (r->record.kind) {
        case LQ_TX_RECORD_INTENT:
            gives = needed[r->of.intent.id];
            break;
        case LQ_TX_RECORD_ATTEMPT:
            gives = !final[tw_sender(w, &r->of.attempt.sender)][r->of.attempt.nonce];
            break;
        case LQ_TX_RECORD_ANSWER:
            gives = true;
            break;
        case LQ_TX_RECORD_STATE: {
            uint32_t s = tw_sender(w, &r->of.moved.sender);
            gives = !final[s][r->of.moved.nonce] ||
                    (r->of.moved.state == LQ_TX_FINAL && highest[s] == r->of.moved.nonce);
            break;
        }
        case LQ_TX_RECORD_RECEIPT:
            gives = !final[tw_sender(w, &r->of.receipt.sender)][r->of.receipt.nonce];
            break;
        case LQ_TX_RECORD_ENDED:
            gives = needed[r->of.ended.intent];
            break;
        case LQ_TX_RECORD_HALT:
            gives = true;
            break;
        case LQ_TX_RECORD_RUN:
        case LQ_TX_RECORD_CANDIDATE:
        case LQ_TX_RECORD_KIND_CNT:
            break;
        }
        if (gives)
            TW_CHECK(w, lq_txman_restore(w->m, &r->record) == LQ_OK);
    }
}

/* ---- the end ---- */

static inline bool tw_is_settled(const tw_t *w)
{
    lq_txman_stat_t s = lq_txman_stat(w->m);
    for (unsigned i = 0; i < LQ_TX_STATE_CNT; i++)
        if (i != LQ_TX_EXPIRED && s.slot_cnts[i])
            return false;
    return lq_txman_is_idle(w->m);
}

/* Nobody resumed anything, and all that could become final is: who halted for what is ours goes on.
   Where the journal does not say what it was, as that could not be recorded, he waits. */
static inline void tw_judge_halts(tw_t *w)
{
    static const char lost[] = "a foreign transaction took a nonce: ";
    for (uint32_t i = 0; w->away && i < w->config.sender_cnt; i++) {
        lq_txman_sender_stat_t s = lq_txman_sender_stat(w->m, i);
        tw_losses_t l = tw_losses(w, i);
        if (s.halted && !strncmp(s.why, lost, sizeof(lost) - 1))
            TW_CHECK(w, l.open || l.foreign || !l.ours);
    }
}

/* No intent is mined twice, and what was is accounted for. */
static inline void tw_judge_chain(tw_t *w)
{
    for (uint32_t i = 0; i < w->tx_cnt; i++) {
        const tw_tx_t *t = &w->txs[i];
        if (!t->mined_blk || t->foreign)
            continue;
        TW_CHECK(w, t->ever_sent);
        for (uint32_t j = 0; t->uid && j < i; j++)
            TW_CHECK(w, !w->txs[j].mined_blk || w->txs[j].uid != t->uid ||
                            w->txs[j].tx_idx != t->tx_idx);
    }
}

/* A stranger's that a reorg took back before anything of ours was there: the gap is filled when
   something of ours comes behind it. */
static inline bool tw_was_foreign(const tw_t *w, uint32_t sender, uint64_t nonce)
{
    for (uint32_t i = 0; i < w->tx_cnt; i++)
        if (w->txs[i].foreign && w->txs[i].sender == sender && w->txs[i].nonce == nonce)
            return lq_txman_sender_stat(w->m, sender).slot_cnt == 0;
    return false;
}

/* What the intent ID cost, by all that was sent for it and stands on the chain. */
static inline uint64_t tw_cost(const tw_t *w, uint64_t id)
{
    uint64_t cost = 0;
    for (size_t i = 0; i < w->record_cnt; i++) {
        const lq_tx_attempt_t *a = tw_attempt(w, i);
        bool counted = !a || a->intent != id || a->use == LQ_TX_USE_CANCEL;
        for (size_t k = 0; k < i && !counted; k++) /* found, and recorded again with its bytes */
            counted = tw_attempt(w, k) && w->records[k].tx == w->records[i].tx;
        if (!counted && w->txs[w->records[i].tx].mined_blk)
            cost += TW_GAS * w->txs[w->records[i].tx].max_fee;
    }
    return cost;
}

static inline void tw_judge_figures(tw_t *w, uint64_t id, const lq_tx_ended_t *end)
{
    if (end->kind != LQ_OUTCOME_MINED && end->kind != LQ_OUTCOME_REVERTED &&
        end->kind != LQ_OUTCOME_FINAL)
        return;
    lq_u256_t cost = lq_i256_abs(&end->net_usd);
    TW_CHECK(w, cost.w[0] == tw_cost(w, id) && !cost.w[1]);
    TW_CHECK(w, lq_i256_is_neg(&end->net_usd));
}

/* Whether the journal has bytes for that nonce: a power cut may have taken all of it. */
static inline bool tw_is_recorded(const tw_t *w, uint32_t sender, uint64_t nonce)
{
    for (size_t i = 0; i < w->record_cnt; i++)
        if (tw_attempt(w, i) && w->txs[w->records[i].tx].sender == sender &&
            w->txs[w->records[i].tx].nonce == nonce)
            return true;
    return false;
}

static inline void tw_judge_end(tw_t *w)
{
    size_t expired = 0;
    size_t unknown = 0; /* they are, or stood for used before all that is known, and no more */
    TW_CHECK(w, !w->dead && w->ready && tw_is_settled(w));
    for (uint32_t i = 0; i < w->config.sender_cnt; i++) {
        lq_txman_sender_stat_t s = lq_txman_sender_stat(w->m, i);
        uint64_t cnt = tw_count(w, i, w->top);
        TW_CHECK(w, !s.halted);
        TW_CHECK(w, s.next_nonce >= cnt);
        for (uint64_t n = cnt; n < s.next_nonce; n++) {
            if (tw_was_foreign(w, i, n))
                continue;
            bool is_recorded = tw_is_recorded(w, i, n);
            expired += is_recorded;
            unknown += !is_recorded;
        }
    }
    size_t are = lq_txman_stat(w->m).slot_cnts[LQ_TX_EXPIRED];
    TW_CHECK(w, are >= expired && are <= expired + unknown);
    for (uint32_t i = 0; i < w->intent_cnt; i++) {
        const tw_intent_t *in = &w->intents[i];
        if (!in->given)
            continue;
        TW_CHECK(w, in->ended);
        TW_CHECK(w, in->kind != LQ_OUTCOME_MINED && in->kind != LQ_OUTCOME_REVERTED);
    }
    for (size_t i = 0; i < w->record_cnt; i++) {
        if (w->records[i].record.kind != LQ_TX_RECORD_INTENT)
            continue;
        const lq_tx_ended_t *end = NULL;
        for (size_t j = i; j < w->record_cnt; j++)
            if (w->records[j].record.kind == LQ_TX_RECORD_ENDED &&
                w->records[j].of.ended.intent == w->records[i].of.intent.id)
                end = &w->records[j].of.ended;
        TW_CHECK(w, end && end->kind != LQ_OUTCOME_UNMINED);
        tw_judge_figures(w, w->records[i].of.intent.id, end);
    }
    tw_judge_chain(w);
}

#endif
