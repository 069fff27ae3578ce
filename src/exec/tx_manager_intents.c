#include <string.h>

#include "tx_manager_internal.h"

/* ---- the pool ---- */

uint32_t txm_intent_at(const lq_txman_t *m, const txm_intent_t *in)
{
    return (uint32_t)(in - m->intents);
}

txm_intent_t *txm_intent_find(lq_txman_t *m, uint32_t hint, uint64_t id)
{
    if (hint < m->intent_cnt && m->intents[hint].state != TXM_FREE &&
        m->intents[hint].about.id == id)
        return &m->intents[hint];
    for (size_t i = 0; id && i < m->intent_cnt; i++)
        if (m->intents[i].state != TXM_FREE && m->intents[i].about.id == id)
            return &m->intents[i];
    return NULL;
}

static bool is_current(const lq_txman_t *m, const txm_intent_t *in)
{
    for (uint32_t i = 0; i < in->tx_cnt; i++)
        if (in->parts[i].slot != TXM_NONE &&
            txm_slot(m, in->parts[i].slot)->intent == txm_intent_at(m, in))
            return true;
    return false;
}

static void set_bit(uint64_t *bits, uint32_t at, bool on)
{
    uint64_t bit = UINT64_C(1) << at % 64;
    bits[at / 64] = on ? bits[at / 64] | bit : bits[at / 64] & ~bit;
}

/* IN stands elsewhere: free or not, with an end or without. */
void txm_mark(lq_txman_t *m, const txm_intent_t *in)
{
    uint32_t at = txm_intent_at(m, in);
    bool is_open = in->state != TXM_FREE && !in->ended;
    m->open_cnt -= m->open[at / 64] >> at % 64 & 1;
    m->open_cnt += is_open;
    set_bit(m->open, at, is_open);
    set_bit(m->taken, at, in->state != TXM_FREE);
}

static uint32_t free_place(const lq_txman_t *m)
{
    for (size_t i = 0; i <= m->intent_cnt / 64; i++)
        if (~m->taken[i]) {
            size_t at = 64 * i + (size_t)__builtin_ctzll(~m->taken[i]);
            return at < m->intent_cnt ? (uint32_t)at : TXM_NONE;
        }
    return TXM_NONE;
}

/* The oldest that has ended and whose nonces carry others now: should it be mined yet, that is
   recorded by its number alone. */
static uint32_t oldest_done(const lq_txman_t *m)
{
    uint32_t oldest = TXM_NONE;
    for (size_t i = 0; i < m->intent_cnt; i++) {
        const txm_intent_t *in = &m->intents[i];
        if (in->state != TXM_FREE && in->ended && !in->owes_end && !is_current(m, in) &&
            (oldest == TXM_NONE || in->about.id < m->intents[oldest].about.id))
            oldest = (uint32_t)i;
    }
    return oldest;
}

txm_intent_t *txm_intent_new(lq_txman_t *m, uint64_t id)
{
    uint32_t at = free_place(m);
    if (at == TXM_NONE)
        at = oldest_done(m);
    if (at == TXM_NONE)
        return NULL;
    txm_intent_t *place = &m->intents[at];
    uint8_t *buf = place->buf;
    memset(place, 0, sizeof(*place));
    place->buf = buf;
    place->about.id = id;
    place->sender = TXM_NONE;
    for (size_t i = 0; i < LQ_TXMAN_TX_MAX; i++)
        place->parts[i].slot = TXM_NONE;
    txm_mark(m, place);
    return place;
}

/* ---- the queue ---- */

static void enqueue(lq_txman_t *m, txm_intent_t *in)
{
    in->state = TXM_PLANNED;
    m->order[m->planned_cnt++] = txm_intent_at(m, in);
}

static void dequeue(lq_txman_t *m, size_t at)
{
    m->planned_cnt--;
    memmove(&m->order[at], &m->order[at + 1], (m->planned_cnt - at) * sizeof(m->order[0]));
}

static void dequeue_intent(lq_txman_t *m, const txm_intent_t *in)
{
    for (size_t i = 0; i < m->planned_cnt; i++)
        if (m->order[i] == txm_intent_at(m, in)) {
            dequeue(m, i);
            return;
        }
}

/* ---- whose nonces ---- */

static bool can_pay(const txm_sender_t *s, const lq_u256_t *cost)
{
    lq_u256_t sum = *cost;
    if (!s->has_balance)
        return true;
    for (uint64_t bits = s->inflight; bits; bits &= bits - 1)
        if (lq_u256_add_checked(&sum, &sum, &s->cost_wei[__builtin_ctzll(bits)]))
            return false;
    return !lq_u256_lt(&s->balance_wei.raw, &sum);
}

static bool has_room(const lq_txman_t *m, const txm_sender_t *s, uint32_t tx_cnt)
{
    uint64_t first = txm_tail(s);
    if (txm_inflight_cnt(s) + tx_cnt > m->config.inflight_max)
        return false;
    for (uint32_t i = 0; i < tx_cnt; i++) {
        const txm_slot_t *slot = &s->slots[(first + i) % LQ_TXMAN_SLOT_MAX];
        if (slot->used && slot->nonce != first + i)
            return false;
    }
    return true;
}

/* Whether IN may have a nonce of SENDER: others of its lane that are under way are this sender's,
   and those before it have theirs. */
static bool keeps_lane(const lq_txman_t *m, const txm_intent_t *in, uint32_t sender)
{
    for (size_t i = 0; in->lane && i <= m->intent_cnt / 64; i++)
        for (uint64_t open = m->open[i]; open; open &= open - 1) {
            const txm_intent_t *other = &m->intents[64 * i + (size_t)__builtin_ctzll(open)];
            if (other == in || other->lane != in->lane)
                continue;
            if (other->state == TXM_ACTIVE ? other->sender != sender : other->owner < in->owner)
                return false;
        }
    return true;
}

/* The fewest in flight, then the fewest that are mined and not final, whose slots leave less room
   for those of a lane to come, then the first as configured. */
static bool is_better(const txm_sender_t *a, const txm_sender_t *b)
{
    size_t in_flight = txm_inflight_cnt(a);
    size_t other = txm_inflight_cnt(b);
    return in_flight < other ||
           (in_flight == other && __builtin_popcountll(a->used) < __builtin_popcountll(b->used));
}

/* TXM_NONE: none is free now. */
static uint32_t choose(const lq_txman_t *m, const txm_intent_t *in, const lq_u256_t *cost)
{
    uint32_t best = TXM_NONE;
    for (uint32_t i = 0; i < m->config.sender_cnt; i++) {
        const txm_sender_t *s = &m->senders[i];
        if ((in->has_sender && in->sender != i) || s->halted || s->is_held || s->busy != TXM_NONE ||
            !has_room(m, s, in->tx_cnt) || !can_pay(s, cost) || !keeps_lane(m, in, i))
            continue;
        if (best == TXM_NONE || is_better(s, &m->senders[best]))
            best = i;
    }
    return best;
}

static bool some_sender(const lq_txman_t *m, const lq_txman_take_t *take)
{
    for (uint32_t i = 0; i < m->config.sender_cnt; i++)
        if ((!take->has_sender || take->sender == i) && !m->senders[i].halted)
            return true;
    return false;
}

/* It has its nonces, waits on, or has ended: false while it waits. */
static bool try_start(lq_txman_t *m, txm_intent_t *in)
{
    txm_fees_t fees;
    if (!txm_fees_first(m, &fees, &in->tip_wei, &in->most_wei)) {
        txm_end(m, in, LQ_OUTCOME_REFUSED, "the next base fee is above what it may cost");
        return true;
    }
    lq_u256_t cost = lq_u256_from_u64(0);
    for (uint32_t i = 0; i < in->tx_cnt; i++) {
        lq_u256_t one = txm_cost(in->txs[i].gas_limit, &fees.max_fee_wei, &in->txs[i].value_wei);
        if (lq_u256_add_checked(&cost, &cost, &one))
            cost = one;
    }
    uint32_t sender = choose(m, in, &cost);
    if (sender == TXM_NONE)
        return false;
    in->sender = sender;
    return txm_reserve(m, in, sender);
}

static bool may_begin(const lq_txman_t *m)
{
    return m->ready && !m->paused && !m->stopped && m->recording && txm_has_top(m);
}

/* First come, first served; who waits for one sender holds up nobody else. */
void txm_pump(lq_txman_t *m)
{
    if (!m->planned_cnt || !may_begin(m))
        return;
    for (size_t i = 0; i < m->planned_cnt;) {
        uint32_t at = m->order[i];
        dequeue(m, i); /* before it ends, where it does */
        if (try_start(m, &m->intents[at]))
            continue;
        memmove(&m->order[i + 1], &m->order[i], (m->planned_cnt - i) * sizeof(m->order[0]));
        m->order[i] = at;
        m->planned_cnt++;
        i++;
    }
}

void txm_expire_planned(lq_txman_t *m)
{
    uint64_t top = txm_top(m).number;
    for (size_t i = 0; i < m->intent_cnt; i++) {
        txm_intent_t *in = &m->intents[i];
        bool waits = in->state == TXM_PLANNED || in->state == TXM_SIMULATING;
        if (!waits || in->ended || in->last_blk > top)
            continue;
        if (in->state == TXM_PLANNED)
            dequeue_intent(m, in);
        txm_end(m, in, LQ_OUTCOME_EXPIRED, "no nonce was free before its last block");
    }
}

/* ---- TAKE ---- */

/* It is not taken: no record of it is made. */
static void refuse_take(lq_txman_t *m, const lq_txman_take_t *take, const char *why)
{
    if (take->about.engine_intent) {
        lq_outcome_t o = {.intent = take->about.engine_intent, .kind = LQ_OUTCOME_REFUSED};
        txm_note(m, LQ_LOG_WARN, TXM_NONE, NULL, "an intent is refused", why);
        txm_emit(m, &(lq_txman_action_t){.kind = LQ_TXMAN_ACTION_OUTCOME, .as.outcome = &o});
        return;
    }
    lq_tx_ended_t e = {.kind = LQ_OUTCOME_REFUSED};
    txm_text(e.why, why, strlen(why));
    txm_emit(m, &(lq_txman_action_t){.kind = LQ_TXMAN_ACTION_ENDED, .as.ended = &e});
}

static const char *wrong_with(const lq_txman_t *m, const lq_txman_take_t *take)
{
    size_t input_sz = 0;
    if (!take->tx_cnt || take->tx_cnt > LQ_TXMAN_TX_MAX)
        return "it has no transactions, or too many";
    for (size_t i = 0; i < take->tx_cnt; i++) {
        if (take->txs[i].input_sz > TXM_INPUT_MAX - input_sz)
            return "its calldata is too long";
        input_sz += take->txs[i].input_sz;
    }
    if (take->tx_cnt > m->config.inflight_max)
        return "it has more transactions than may be in flight";
    if (!(take->ways & (m->config.public_mask | m->config.private_mask)))
        return "no way to send it is configured";
    if (take->has_sender && take->sender >= m->config.sender_cnt)
        return "its sender is not configured";
    return NULL;
}

static const char *not_now(const lq_txman_t *m, const lq_txman_take_t *take)
{
    if (!m->ready)
        return "start-up is not done";
    if (m->stopped)
        return "stopping";
    if (m->paused)
        return "paused";
    if (!m->recording)
        return "recording fails: nothing is sent";
    if (!txm_has_top(m))
        return "no head is known";
    if (take->about.last_blk && take->about.last_blk <= txm_top(m).number)
        return "its last block has passed";
    if (!some_sender(m, take))
        return "its senders are halted";
    return NULL;
}

/* The former one of the same account whose nonces may still be mined, or are about to be used. */
static txm_intent_t *former(lq_txman_t *m, const lq_txman_take_t *take)
{
    if (take->about.use != LQ_TX_USE_LIQUIDATE)
        return NULL;
    for (size_t i = 0; i <= m->intent_cnt / 64; i++)
        for (uint64_t open = m->open[i]; open; open &= open - 1) {
            txm_intent_t *in = &m->intents[64 * i + (size_t)__builtin_ctzll(open)];
            if (in->about.use == LQ_TX_USE_LIQUIDATE &&
                in->about.instance == take->about.instance && in->about.pool == take->about.pool &&
                memcmp(&in->about.borrower, &take->about.borrower, sizeof(lq_address_t)) == 0)
                return in;
        }
    return NULL;
}

static void copy_txs(txm_intent_t *in, const lq_txman_take_t *take)
{
    uint8_t *to = in->buf;
    for (size_t i = 0; i < take->tx_cnt; i++) {
        in->txs[i] = take->txs[i];
        in->txs[i].input = to;
        if (take->txs[i].input_sz)
            memcpy(to, take->txs[i].input, take->txs[i].input_sz);
        to += take->txs[i].input_sz;
    }
    in->has_txs = true;
}

static void fill(txm_intent_t *in, const lq_txman_take_t *take)
{
    uint64_t id = in->about.id;
    in->about = take->about;
    in->about.id = id;
    in->about.tx_cnt = (uint32_t)take->tx_cnt;
    in->owner = take->about.engine_intent;
    in->lane = take->lane;
    in->is_operators = !in->owner;
    in->last_blk = take->about.last_blk ? take->about.last_blk : UINT64_MAX;
    in->tx_cnt = (uint32_t)take->tx_cnt;
    in->tip_wei = take->tip_wei;
    in->most_wei = take->most_fee_wei;
    in->has_sender = take->has_sender;
    in->sender = take->has_sender ? take->sender : TXM_NONE;
    copy_txs(in, take);
}

/* ---- what is asked for anew ---- */

static bool is_same_tx(const lq_txman_tx_t *a, const lq_txman_tx_t *b)
{
    return a->is_create == b->is_create && memcmp(&a->to, &b->to, sizeof(a->to)) == 0 &&
           lq_wei_cmp(&a->value_wei, &b->value_wei) == 0 && a->input_sz == b->input_sz &&
           (!a->input_sz || memcmp(a->input, b->input, a->input_sz) == 0);
}

static bool is_same_plan(const txm_intent_t *in, const lq_txman_take_t *take)
{
    bool same = in->has_txs && in->tx_cnt == take->tx_cnt;
    for (size_t i = 0; i < take->tx_cnt && same; i++)
        same = is_same_tx(&in->txs[i], &take->txs[i]);
    return same;
}

/* Somebody else reads IN's inputs. */
static bool is_being_read(const lq_txman_t *m, const txm_intent_t *in)
{
    bool reads = false;
    for (uint32_t i = 0; i < in->tx_cnt && !reads; i++)
        reads = in->parts[i].slot != TXM_NONE && txm_slot(m, in->parts[i].slot)->sign_id;
    return reads;
}

/* What the engine wants now takes the place of what it wanted then, and goes out as a replacement.
   Where it cannot, nothing more of the old plan does. */
static void replan(lq_txman_t *m, txm_intent_t *in, const lq_txman_take_t *take)
{
    if (is_same_plan(in, take))
        return;
    in->has_txs = false;
    if (in->tx_cnt != take->tx_cnt || is_being_read(m, in) || wrong_with(m, take))
        return;
    copy_txs(in, take);
    in->tip_wei = take->tip_wei;
    for (uint32_t i = 0; i < in->tx_cnt; i++) {
        txm_slot_t *slot = in->parts[i].slot == TXM_NONE ? NULL : txm_slot(m, in->parts[i].slot);
        if (slot && slot->intent == txm_intent_at(m, in)) {
            slot->raises = true;
            txm_review(m, slot);
        }
    }
}

/* The engine asks anew for what is under way: it is the same intent, by its new number. */
static void own(lq_txman_t *m, txm_intent_t *in, const lq_txman_take_t *take)
{
    if (in->owner == take->about.engine_intent)
        return;
    txm_disown(m, in);
    in->owner = take->about.engine_intent;
    in->lane = take->lane;
    in->most_wei = take->most_fee_wei;
    in->dropped = in->dropped && m->stopped;
    uint64_t last = take->about.last_blk ? take->about.last_blk : UINT64_MAX;
    if (in->last_blk < last)
        in->last_blk = last;
    if (in->is_sent) {
        in->is_sent = false;
        txm_was_sent(m, in);
    }
    replan(m, in, take);
}

/* Nothing of IN has a nonce, and what is wanted now is another plan: that is taken as what it is,
   simulated where that is configured, and recorded. */
static void give_way(lq_txman_t *m, txm_intent_t *in)
{
    if (in->state == TXM_PLANNED)
        dequeue_intent(m, in);
    txm_disown(m, in);
    in->owner = 0;
    txm_end(m, in, LQ_OUTCOME_CANCELLED, "another plan took its place before it was sent");
}

/* Of several only the first: the others rest on what it does. A log may come before the head of its
   block, and what was decided on it holds in no block before: until then nothing is asked. */
static void ask_simulation(lq_txman_t *m, txm_intent_t *in)
{
    txm_fees_t fees;
    in->state = TXM_SIMULATING;
    in->simulate_id = 0;
    if (txm_has_top(m) && in->about.target_blk > txm_top(m).number + 1)
        return;
    if (!txm_fees_first(m, &fees, &in->tip_wei, &in->most_wei)) {
        txm_end(m, in, LQ_OUTCOME_REFUSED, "the next base fee is above what it may cost");
        return;
    }
    uint32_t sender = in->has_sender ? in->sender : 0;
    while (!in->has_sender && sender + 1 < m->config.sender_cnt && m->senders[sender].halted)
        sender++;
    in->simulate_id = ++m->last_id;
    lq_txman_sign_t sign = {.id = in->simulate_id,
                            .sender = sender,
                            .use = in->about.use,
                            .nonce = txm_tail(&m->senders[sender]),
                            .tx = &in->txs[0],
                            .max_fee_wei = fees.max_fee_wei,
                            .tip_wei = fees.tip_wei};
    txm_emit(m, &(lq_txman_action_t){.kind = LQ_TXMAN_ACTION_SIMULATE, .as.sign = &sign});
}

/* What waits for a nonce is tried once more: where it was tried is not where it would be mined. */
void txm_simulate(lq_txman_t *m)
{
    while (m->config.simulate && m->planned_cnt) {
        txm_intent_t *in = &m->intents[m->order[0]];
        dequeue(m, 0);
        in->state = TXM_SIMULATING;
        in->simulate_id = 0;
    }
    for (size_t i = 0; i < m->intent_cnt; i++)
        if (m->intents[i].state == TXM_SIMULATING && !m->intents[i].simulate_id)
            ask_simulation(m, &m->intents[i]);
}

void txm_take(lq_txman_t *m, const lq_txman_take_t *take)
{
    txm_intent_t *in = m->ready ? former(m, take) : NULL;
    if (in && in->state != TXM_ACTIVE && !is_same_plan(in, take)) {
        give_way(m, in);
        in = NULL;
    }
    if (in) {
        own(m, in, take);
        return;
    }
    const char *why = wrong_with(m, take);
    if (!why)
        why = not_now(m, take);
    if (!why && m->open_cnt >= m->config.intent_max)
        why = "too many are under way";
    in = why ? NULL : txm_intent_new(m, m->next_intent_id);
    if (!in) {
        refuse_take(m, take, why ? why : "too many are under way");
        return;
    }
    fill(in, take);
    in->ways = take->ways & (m->config.public_mask | m->config.private_mask);
    if (!txm_record(m, &(lq_tx_record_t){.kind = LQ_TX_RECORD_INTENT, .as.intent = &in->about})) {
        refuse_take(m, take, "it cannot be recorded: nothing is sent");
        return; /* its place was never taken */
    }
    m->next_intent_id++;
    in->state = TXM_PLANNED;
    txm_mark(m, in);
    if (m->config.simulate)
        ask_simulation(m, in);
    else if (!try_start(m, in))
        enqueue(m, in);
}

/* ---- what becomes of it before it is sent ---- */

void txm_simulated(lq_txman_t *m, const lq_txman_event_t *event)
{
    txm_intent_t *in = NULL;
    for (size_t i = 0; event->as.simulated.id && i < m->intent_cnt && !in; i++)
        if (m->intents[i].state == TXM_SIMULATING &&
            m->intents[i].simulate_id == event->as.simulated.id)
            in = &m->intents[i];
    if (!in)
        return;
    if (event->as.simulated.known && !event->as.simulated.ok) {
        txm_end(m, in, LQ_OUTCOME_SIMULATION_REVERTED, event->as.simulated.why);
        return;
    }
    if (event->as.simulated.gas > in->txs[0].gas_limit)
        in->txs[0].gas_limit = event->as.simulated.gas;
    if (!may_begin(m) || !try_start(m, in))
        enqueue(m, in);
}

static void drop(lq_txman_t *m, txm_intent_t *in, uint64_t blk, const char *why)
{
    in->dropped = true;
    in->dropped_blk = blk;
    if (in->ended)
        return; /* a reorg may give it back */
    if (in->state == TXM_PLANNED)
        dequeue_intent(m, in);
    if (in->state != TXM_ACTIVE) {
        txm_end(m, in, LQ_OUTCOME_CANCELLED, why);
        return;
    }
    if (in->sender != TXM_NONE && m->senders[in->sender].busy == txm_intent_at(m, in)) {
        txm_release(m, in);
        txm_end(m, in, LQ_OUTCOME_CANCELLED, why);
        return;
    }
    for (uint32_t i = 0; i < in->tx_cnt; i++) {
        txm_slot_t *slot = in->parts[i].slot == TXM_NONE ? NULL : txm_slot(m, in->parts[i].slot);
        if (slot && slot->intent == txm_intent_at(m, in))
            txm_review(m, slot);
    }
}

void txm_drop(lq_txman_t *m, uint64_t engine_intent)
{
    uint64_t blk = txm_has_top(m) ? txm_top(m).number : 0;
    for (size_t i = 0; engine_intent && i < m->intent_cnt; i++) {
        txm_intent_t *in = &m->intents[i];
        if (in->state != TXM_FREE && in->owner == engine_intent && !in->dropped)
            drop(m, in, blk, "dropped before it was sent");
    }
}

void txm_drop_all(lq_txman_t *m)
{
    for (size_t i = 0; i < m->intent_cnt; i++)
        if (m->intents[i].state != TXM_FREE && !m->intents[i].dropped)
            drop(m, &m->intents[i], 0, "stopping");
}
