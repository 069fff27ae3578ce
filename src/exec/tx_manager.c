#include "liqd/exec/tx_manager.h"

#include <string.h>

#include "tx_manager_internal.h"

#define BUMP_BPS_MIN 1250u
#define BUMP_BPS_MAX 1000000u
#define FEE_BITS_MAX 192u
#define INTENT_MAX   65536u
#define PREFAULT_SZ  4096u /* of each buffer: what most calldata and transactions take */

/* ---- making ---- */

/* An intent lives as long as its nonces are not final. */
static size_t intent_cnt(const lq_txman_config_t *c)
{
    return c->intent_max + c->sender_cnt * LQ_TXMAN_SLOT_MAX;
}

size_t lq_txman_arena_sz(const lq_txman_config_t *config)
{
    size_t slot_cnt = config->sender_cnt * LQ_TXMAN_SLOT_MAX;
    size_t cnt = intent_cnt(config);
    return sizeof(lq_txman_t) + config->sender_cnt * sizeof(txm_sender_t) +
           slot_cnt * (sizeof(txm_slot_t) + LQ_TX_RAW_MAX) +
           cnt * (sizeof(txm_intent_t) + TXM_INPUT_MAX + sizeof(uint32_t)) +
           (cnt / 64 + 1) * 2 * sizeof(uint64_t) + 10 * (size_t)LQ_CACHE_LINE_SZ;
}

static bool is_good(const lq_txman_config_t *c)
{
    return c->sender_cnt && c->sender_cnt <= LQ_TXMAN_SENDER_MAX && c->intent_max &&
           c->intent_max <= INTENT_MAX && c->inflight_max && c->inflight_max <= LQ_TXMAN_SLOT_MAX &&
           c->bump_bps >= BUMP_BPS_MIN && c->bump_bps <= BUMP_BPS_MAX &&
           (c->public_mask | c->private_mask) && !(c->public_mask & c->private_mask) &&
           c->resend_ns && lq_u256_bit_len(&c->max_fee_wei.raw) <= FEE_BITS_MAX &&
           !lq_u256_is_zero(&c->max_fee_wei.raw);
}

static void *zeroed(lq_arena_t *arena, size_t cnt, size_t sz)
{
    void *p = lq_arena_alloc(arena, cnt * sz, LQ_CACHE_LINE_SZ);
    if (p)
        memset(p, 0, cnt * sz);
    return p;
}

static uint8_t *buffers(lq_arena_t *arena, size_t cnt, size_t sz)
{
    uint8_t *p = lq_arena_alloc(arena, cnt * sz, LQ_CACHE_LINE_SZ);
    for (size_t i = 0; p && i < cnt; i++) /* no page is touched first on the hot path */
        memset(p + i * sz, 0, PREFAULT_SZ);
    return p;
}

static bool make(lq_txman_t *m, lq_arena_t *arena)
{
    size_t slot_cnt = m->config.sender_cnt * LQ_TXMAN_SLOT_MAX;
    m->intent_cnt = intent_cnt(&m->config);
    m->senders = zeroed(arena, m->config.sender_cnt, sizeof(txm_sender_t));
    txm_slot_t *slots = zeroed(arena, slot_cnt, sizeof(txm_slot_t));
    uint8_t *raws = buffers(arena, slot_cnt, LQ_TX_RAW_MAX);
    m->intents = zeroed(arena, m->intent_cnt, sizeof(txm_intent_t));
    uint8_t *bufs = buffers(arena, m->intent_cnt, TXM_INPUT_MAX);
    m->order = zeroed(arena, m->intent_cnt, sizeof(uint32_t));
    m->taken = zeroed(arena, m->intent_cnt / 64 + 1, sizeof(uint64_t));
    m->open = zeroed(arena, m->intent_cnt / 64 + 1, sizeof(uint64_t));
    if (!m->senders || !slots || !raws || !m->intents || !bufs || !m->order || !m->taken ||
        !m->open)
        return false;
    for (size_t i = 0; i < m->config.sender_cnt; i++) {
        m->senders[i].address = m->config.senders[i];
        m->senders[i].slots = &slots[i * LQ_TXMAN_SLOT_MAX];
        m->senders[i].busy = TXM_NONE;
    }
    for (size_t i = 0; i < slot_cnt; i++)
        slots[i].raw = raws + i * LQ_TX_RAW_MAX;
    for (size_t i = 0; i < m->intent_cnt; i++)
        m->intents[i].buf = bufs + i * TXM_INPUT_MAX;
    return true;
}

lq_err_t lq_txman_new(lq_txman_t **m, lq_arena_t *arena, const lq_txman_config_t *config,
                      const lq_txman_sink_t *sink)
{
    if (!is_good(config))
        return LQ_ERR_RANGE;
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_txman_t *made = zeroed(arena, 1, sizeof(*made));
    if (made) {
        made->config = *config;
        made->sink = *sink;
        made->recording = made->record_ok = true;
        made->next_intent_id = 1;
    }
    if (!made || !make(made, arena)) {
        lq_arena_rewind(arena, mark);
        return LQ_ERR_NOMEM;
    }
    made->config.senders = NULL; /* copied */
    *m = made;
    return LQ_OK;
}

/* ---- the sink ---- */

bool txm_record(lq_txman_t *m, lq_tx_record_t *r)
{
    r->wall_ns = m->now.wall_ns;
    m->record_ok = m->sink.record(m->sink.ctx, r) == LQ_OK;
    return m->record_ok;
}

void txm_emit(lq_txman_t *m, const lq_txman_action_t *action)
{
    m->sink.action(m->sink.ctx, action);
}

void txm_note(lq_txman_t *m, lq_log_level_t level, uint32_t sender, const txm_slot_t *slot,
              const char *what, const char *why)
{
    lq_txman_note_t note = {.level = level,
                            .sender = sender,
                            .nonce = slot ? slot->nonce : 0,
                            .has_nonce = slot != NULL,
                            .what = what,
                            .why = why};
    txm_emit(m, &(lq_txman_action_t){.kind = LQ_TXMAN_ACTION_NOTE, .as.note = &note});
}

void txm_alarm(lq_txman_t *m, const txm_slot_t *slot, const char *what, const char *why)
{
    m->stat.alarm_cnt++;
    txm_note(m, LQ_LOG_ERROR, slot->sender, slot, what, why);
}

void txm_text(char out[LQ_TX_RECORD_TEXT_SZ], const char *text, size_t sz)
{
    if (!text)
        sz = 0;
    if (sz > LQ_TX_RECORD_TEXT_SZ - 1)
        sz = LQ_TX_RECORD_TEXT_SZ - 1;
    if (sz)
        memcpy(out, text, sz);
    memset(out + sz, 0, LQ_TX_RECORD_TEXT_SZ - sz);
}

bool txm_may_send(const lq_txman_t *m, uint32_t sender)
{
    const txm_sender_t *s = &m->senders[sender];
    return m->started && m->recording && !s->halted && s->phase >= TXM_WAITING;
}

/* ---- events ---- */

static void timer(lq_txman_t *m)
{
    if (!m->started)
        return;
    txm_owed(m);
    if (!m->ready)
        txm_start_ask(m);
    txm_due(m, false);
    for (uint32_t i = 0; i < m->config.sender_cnt; i++) {
        uint64_t nonce = 0;
        txm_slot_t *slot;
        while ((slot = txm_next_slot(m, i, &nonce))) /* who was told absent before the judgement */
            if (slot->state == LQ_TX_SENT)
                txm_review(m, slot);
        txm_fill(m, i);
    }
}

void lq_txman_event(lq_txman_t *m, const lq_txman_event_t *event)
{
    m->now = event->time;
    m->is_judged = m->has_block;
    switch (event->kind) {
    case LQ_TXMAN_START:
        txm_start(m, event->as.start);
        break;
    case LQ_TXMAN_TAKE:
        txm_take(m, event->as.take);
        break;
    case LQ_TXMAN_DROP:
        txm_drop(m, event->as.engine_intent);
        break;
    case LQ_TXMAN_SIMULATED:
        txm_simulated(m, event);
        break;
    case LQ_TXMAN_SIGNED:
        txm_signed(m, event);
        break;
    case LQ_TXMAN_FAULTY:
        txm_faulty(m, event->as.faulty.sender, &event->as.faulty.hash);
        break;
    case LQ_TXMAN_ANSWERED:
        txm_answered(m, event->as.answer);
        break;
    case LQ_TXMAN_HEAD:
        txm_head(m, event->as.head);
        break;
    case LQ_TXMAN_BLOCK: /* its receipts are there from its HEAD on */
        m->has_block = txm_has_top(m) && txm_top(m).number == event->as.block.number;
        break;
    case LQ_TXMAN_UNDONE:
        txm_undone(m, &event->as.block);
        break;
    case LQ_TXMAN_BROKEN:
        txm_broken(m);
        break;
    case LQ_TXMAN_FINALIZED:
        txm_finalized(m, &event->as.block);
        break;
    case LQ_TXMAN_TOLD:
        txm_told(m, event->as.told);
        break;
    case LQ_TXMAN_COUNT:
        txm_count(m, event->as.count);
        break;
    case LQ_TXMAN_FOUND:
        txm_found(m, event->as.found);
        break;
    case LQ_TXMAN_TIMER:
        timer(m);
        break;
    case LQ_TXMAN_RECORDING:
        m->recording = event->as.recording;
        m->record_ok = m->record_ok || m->recording;
        break;
    case LQ_TXMAN_PAUSE:
        m->paused = true;
        break;
    case LQ_TXMAN_RESUME:
        txm_resume(m);
        break;
    case LQ_TXMAN_STOP:
        m->stopped = true;
        txm_drop_all(m);
        break;
    case LQ_TXMAN_EVENT_CNT:
        break;
    }
    txm_pump(m);
}

/* ---- what it is at ---- */

lq_txman_stat_t lq_txman_stat(const lq_txman_t *m)
{
    lq_txman_stat_t stat = m->stat;
    stat.ready = m->ready;
    stat.paused = m->paused;
    stat.planned_cnt = m->planned_cnt;
    return stat;
}

lq_txman_sender_stat_t lq_txman_sender_stat(const lq_txman_t *m, uint32_t sender)
{
    LQ_ASSERT(sender < m->config.sender_cnt);
    const txm_sender_t *s = &m->senders[sender];
    lq_txman_sender_stat_t stat = {.address = s->address,
                                   .halted = s->halted,
                                   .next_nonce = s->next_nonce,
                                   .mined_cnt = s->mined_cnt,
                                   .balance_wei = s->balance_wei,
                                   .has_balance = s->has_balance,
                                   .slot_cnt = (size_t)__builtin_popcountll(s->used)};
    memcpy(stat.why, s->why, sizeof(stat.why));
    return stat;
}

bool lq_txman_is_idle(const lq_txman_t *m)
{
    for (size_t i = 0; i < m->config.sender_cnt; i++)
        if (m->senders[i].inflight)
            return false;
    for (size_t i = 0; i < m->intent_cnt; i++)
        if (m->intents[i].state == TXM_SIMULATING || m->intents[i].state == TXM_PLANNED)
            return false;
    return true;
}
