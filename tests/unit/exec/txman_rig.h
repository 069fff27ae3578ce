#ifndef LQ_TXMAN_RIG_H
#define LQ_TXMAN_RIG_H

/* A transaction manager whose world is the test itself: actions and records are kept, the newest
   last, and events are given by hand. Signing is a fake: a hash of what was asked for. */

#include "lq_test.h"

#include "liqd/base/arena.h"
#include "liqd/codec/keccak.h"
#include "liqd/exec/tx_manager.h"

#define RIG_PUBLIC  0x3u /* ways 0 and 1 */
#define RIG_PRIVATE 0xcu /* ways 2 and 3 */
#define RIG_MAX     4096u
#define GWEI        UINT64_C(1000000000)

typedef struct rig_signing {
    uint64_t id;
    uint32_t sender;
    lq_tx_use_t use;
    uint64_t nonce;
    uint64_t max_fee, tip, gas_limit, value;
    lq_address_t to;
    uint8_t input[8];
} rig_signing_t;

typedef struct rig_send {
    lq_hash_t hash;
    uint32_t sender;
    uint64_t nonce;
    uint32_t ways;
    uint64_t first_blk, last_blk;
    bool again;
} rig_send_t;

typedef struct rig_action {
    lq_txman_action_kind_t kind;
    union {
        rig_signing_t sign;
        rig_send_t send;
        lq_hash_t hash; /* ASK: one of its */
        uint32_t sender;
        struct {
            uint32_t sender;
            uint64_t nonce;
        } find;
        lq_outcome_t outcome;
        lq_tx_ended_t ended;
        lq_txman_note_t note;
    } as;
} rig_action_t;

/* A record with what it points to. */
typedef struct rig_record {
    lq_tx_record_t record;
    union {
        lq_tx_intent_t intent;
        lq_tx_attempt_t attempt;
        lq_tx_answer_t answer;
        lq_tx_moved_t moved;
        lq_tx_receipt_t receipt;
        lq_tx_ended_t ended;
        lq_tx_halt_t halt;
    } of;
    uint8_t raw[256];
} rig_record_t;

typedef struct rig {
    lq_arena_t arena;
    lq_txman_t *m;
    lq_txman_config_t config;
    lq_address_t senders[3];
    rig_action_t actions[RIG_MAX];
    size_t action_cnt;
    rig_record_t *records;
    size_t record_cnt;
    bool fails;         /* to record */
    size_t fails_after; /* so many records; SIZE_MAX: never */
    lq_time_t now;
    uint64_t top;
    uint64_t round; /* of the newest receipts asked for */
    uint64_t fork;  /* the hashes of blocks from now on */
    uint64_t forks[1024];
    uint64_t base_fee;
    uint64_t counts[3];
} rig_t;

static rig_t rig;

static inline lq_wei_t rig_wei(uint64_t v)
{
    return (lq_wei_t){lq_u256_from_u64(v)};
}

static inline lq_block_ref_t rig_block(uint64_t number)
{
    lq_block_ref_t ref = {.number = number};
    memcpy(ref.hash.b, &number, 8);
    memcpy(ref.hash.b + 8, &rig.forks[number % 1024], 8);
    return ref;
}

static inline void rig_on_action(void *ctx, const lq_txman_action_t *a)
{
    (void)ctx;
    assert_true(rig.action_cnt < RIG_MAX);
    rig_action_t *to = &rig.actions[rig.action_cnt++];
    *to = (rig_action_t){.kind = a->kind};
    switch (a->kind) {
    case LQ_TXMAN_ACTION_SIMULATE:
    case LQ_TXMAN_ACTION_SIGN: {
        const lq_txman_sign_t *s = a->as.sign;
        to->as.sign = (rig_signing_t){.id = s->id,
                                      .sender = s->sender,
                                      .use = s->use,
                                      .nonce = s->nonce,
                                      .max_fee = lq_u256_lo(&s->max_fee_wei.raw) & UINT64_MAX,
                                      .tip = lq_u256_lo(&s->tip_wei.raw) & UINT64_MAX,
                                      .gas_limit = s->tx->gas_limit,
                                      .value = lq_u256_lo(&s->tx->value_wei.raw) & UINT64_MAX,
                                      .to = s->tx->to};
        if (s->tx->input_sz)
            memcpy(to->as.sign.input, s->tx->input, s->tx->input_sz < 8 ? s->tx->input_sz : 8);
        break;
    }
    case LQ_TXMAN_ACTION_SEND: {
        const lq_txman_send_t *s = a->as.send;
        to->as.send = (rig_send_t){s->hash,      s->sender,   s->nonce, s->ways,
                                   s->first_blk, s->last_blk, s->again};
        break;
    }
    case LQ_TXMAN_ACTION_ASK:
        rig.round = a->as.ask.round;
        rig.action_cnt--;
        for (size_t i = 0; i < a->as.ask.cnt; i++) {
            rig.actions[rig.action_cnt].kind = a->kind;
            rig.actions[rig.action_cnt++].as.hash = a->as.ask.hashes[i];
        }
        break;
    case LQ_TXMAN_ACTION_COUNT:
        to->as.sender = a->as.sender;
        break;
    case LQ_TXMAN_ACTION_FIND:
        to->as.find.sender = a->as.find.sender;
        to->as.find.nonce = a->as.find.nonce;
        break;
    case LQ_TXMAN_ACTION_OUTCOME:
        to->as.outcome = *a->as.outcome;
        break;
    case LQ_TXMAN_ACTION_ENDED:
        to->as.ended = *a->as.ended;
        break;
    case LQ_TXMAN_ACTION_NOTE:
        to->as.note = *a->as.note;
        break;
    case LQ_TXMAN_ACTION_READY:
    case LQ_TXMAN_ACTION_KIND_CNT:
        break;
    }
}

static inline lq_err_t rig_on_record(void *ctx, const lq_tx_record_t *r)
{
    (void)ctx;
    if (rig.fails || rig.fails_after == 0)
        return LQ_ERR_FULL;
    if (rig.fails_after != SIZE_MAX)
        rig.fails_after--;
    assert_true(rig.record_cnt < RIG_MAX);
    rig_record_t *to = &rig.records[rig.record_cnt++];
    to->record = *r;
    switch (r->kind) {
    case LQ_TX_RECORD_INTENT:
        to->of.intent = *r->as.intent;
        to->record.as.intent = &to->of.intent;
        break;
    case LQ_TX_RECORD_ATTEMPT:
        to->of.attempt = *r->as.attempt;
        to->record.as.attempt = &to->of.attempt;
        assert_true(to->of.attempt.raw_sz <= sizeof(to->raw));
        if (to->of.attempt.raw_sz)
            memcpy(to->raw, to->of.attempt.raw, to->of.attempt.raw_sz);
        to->of.attempt.raw = to->raw;
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
        fail();
    }
    return LQ_OK;
}

/* ---- events ---- */

static inline void rig_event(lq_txman_event_t e)
{
    e.time = rig.now;
    lq_txman_event(rig.m, &e);
}

static inline void rig_new(void)
{
    const lq_txman_sink_t sink = {NULL, rig_on_record, rig_on_action};
    if (rig.arena.cap_sz)
        lq_arena_fini(&rig.arena);
    assert_ok(lq_arena_init(&rig.arena, lq_txman_arena_sz(&rig.config)));
    assert_ok(lq_txman_new(&rig.m, &rig.arena, &rig.config, &sink));
    rig.action_cnt = 0;
}

/* Two public ways and two private ones; one sender of three. */
static inline void rig_reset(void)
{
    rig_record_t *records = rig.records;
    lq_arena_t arena = rig.arena;
    memset(&rig, 0, sizeof(rig));
    rig.arena = arena;
    rig.records = records ? records : calloc(RIG_MAX, sizeof(rig_record_t));
    assert_non_null(rig.records);
    for (uint8_t i = 0; i < 3; i++)
        rig.senders[i] = (lq_address_t){{0xaa, i}};
    rig.config = (lq_txman_config_t){.chain_id = 1,
                                     .senders = rig.senders,
                                     .sender_cnt = 1,
                                     .public_mask = RIG_PUBLIC,
                                     .private_mask = RIG_PRIVATE,
                                     .base_fee = {2, 8},
                                     .intent_max = 8,
                                     .inflight_max = 4,
                                     .max_fee_wei = rig_wei(500 * GWEI),
                                     .bump_bps = 2000,
                                     .bump_blk = 1,
                                     .resend_ns = 48 * UINT64_C(1000000000)};
    rig.fails_after = SIZE_MAX;
    rig.base_fee = 8 * GWEI;
    rig.top = 100;
    rig.now = (lq_time_t){UINT64_C(1700000000000000000), 1000};
}

static inline void rig_head(void)
{
    rig.forks[rig.top % 1024] = rig.fork;
    lq_header_t h = {.block = rig_block(rig.top),
                     .gas_limit = 30000000,
                     .gas_used = 15000000,
                     .base_fee_wei = rig_wei(rig.base_fee)};
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_HEAD, .as.head = &h});
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_BLOCK, .as.block = h.block});
}

static inline void rig_undone(void)
{
    lq_block_ref_t ref = rig_block(rig.top--);
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_UNDONE, .as.block = ref});
}

static inline void rig_count_of(uint32_t sender, uint64_t cnt, uint64_t most, uint64_t at,
                                uint64_t *balance)
{
    lq_txman_count_t c = {
        .sender = sender, .at = rig_block(at), .newest_blk = at, .cnt = cnt, .most = most};
    if (balance) {
        c.has_balance = true;
        c.balance_wei = rig_wei(*balance);
    }
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_COUNT, .as.count = &c});
}

static inline void rig_count(uint32_t sender, uint64_t cnt)
{
    rig.counts[sender] = cnt;
    rig_count_of(sender, cnt, cnt, rig.top, NULL);
}

static inline void rig_absent(lq_hash_t hash)
{
    lq_txman_told_t told = {
        .hash = hash, .round = rig.round, .at = rig_block(rig.top), .absent = true};
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_TOLD, .as.told = &told});
}

static inline void rig_receipt_in(lq_hash_t hash, bool ok, lq_block_ref_t block)
{
    lq_tx_receipt_t r = {.hash = hash,
                         .block = block,
                         .ok = ok,
                         .gas = 100000,
                         .gas_price_wei = rig_wei(9 * GWEI),
                         .paid_wei = rig_wei(7),
                         .repaid = lq_u256_from_u64(ok ? 5 : 0),
                         .seized = lq_u256_from_u64(ok ? 6 : 0)};
    if (!ok)
        memcpy(r.why, "reverted: no", 13);
    lq_txman_told_t told = {.hash = hash, .at = rig_block(rig.top), .receipt = &r};
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_TOLD, .as.told = &told});
}

static inline void rig_receipt(lq_hash_t hash, bool ok)
{
    rig_receipt_in(hash, ok, rig_block(rig.top));
}

/* All hashes that were asked for since ACTION_CNT was FROM are told absent, all counts as before.
 */
static inline void rig_tell_nothing(size_t from)
{
    size_t to = rig.action_cnt;
    for (size_t i = from; i < to; i++) {
        if (rig.actions[i].kind == LQ_TXMAN_ACTION_ASK)
            rig_absent(rig.actions[i].as.hash);
        else if (rig.actions[i].kind == LQ_TXMAN_ACTION_COUNT)
            rig_count(rig.actions[i].as.sender, rig.counts[rig.actions[i].as.sender]);
    }
}

/* The next block, with nothing of ours. */
static inline void rig_next(void)
{
    size_t from = rig.action_cnt;
    rig.top++;
    rig.now.mono_ns += 12 * UINT64_C(1000000000);
    rig.now.wall_ns += 12 * UINT64_C(1000000000);
    rig_head();
    rig_tell_nothing(from);
}

static inline void rig_timer(uint64_t sec)
{
    rig.now.mono_ns += sec * UINT64_C(1000000000);
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_TIMER});
}

static inline void rig_start_with(lq_txman_start_t start)
{
    size_t from = rig.action_cnt;
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_START, .as.start = &start});
    rig_head();
    rig_tell_nothing(from);
}

static inline void rig_start(void)
{
    rig_new();
    rig_start_with((lq_txman_start_t){.has_journal = true});
    assert_true(lq_txman_stat(rig.m).ready);
    rig.action_cnt = 0;
}

/* ---- takes ---- */

static uint8_t rig_input[8] = {1, 2, 3, 4};
static const lq_txman_tx_t rig_txs[4] = {
    {.to = {{0xee}}, .input = rig_input, .input_sz = 8, .gas_limit = 400000},
    {.to = {{0xed}}, .input = rig_input, .input_sz = 8, .gas_limit = 400000},
    {.to = {{0xec}}, .input = rig_input, .input_sz = 8, .gas_limit = 400000},
    {.to = {{0xeb}}, .input = rig_input, .input_sz = 8, .gas_limit = 400000},
};

static inline lq_txman_take_t rig_wish(uint64_t engine_intent)
{
    lq_txman_take_t t = {.txs = rig_txs,
                         .tx_cnt = 1,
                         .tip_wei = rig_wei(GWEI),
                         .most_fee_wei = rig_wei(100 * GWEI),
                         .ways = RIG_PUBLIC};
    t.about.engine_intent = engine_intent;
    t.about.borrower =
        (lq_address_t){{0xbb, (uint8_t)engine_intent, (uint8_t)(engine_intent >> 8)}};
    t.about.target_blk = rig.top + 1;
    t.about.last_blk = rig.top + 3;
    return t;
}

static inline void rig_take(lq_txman_take_t t)
{
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_TAKE, .as.take = &t});
}

static inline void rig_drop(uint64_t engine_intent)
{
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_DROP, .as.engine_intent = engine_intent});
}

/* ---- what it did ---- */

/* The newest action of KIND; NULL: none. */
static inline rig_action_t *rig_last(lq_txman_action_kind_t kind)
{
    for (size_t i = rig.action_cnt; i > 0; i--)
        if (rig.actions[i - 1].kind == kind)
            return &rig.actions[i - 1];
    return NULL;
}

static inline size_t rig_cnt(lq_txman_action_kind_t kind)
{
    size_t cnt = 0;
    for (size_t i = 0; i < rig.action_cnt; i++)
        cnt += rig.actions[i].kind == kind;
    return cnt;
}

static inline size_t rig_record_cnt(lq_tx_record_kind_t kind)
{
    size_t cnt = 0;
    for (size_t i = 0; i < rig.record_cnt; i++)
        cnt += rig.records[i].record.kind == kind;
    return cnt;
}

static inline rig_record_t *rig_last_record(lq_tx_record_kind_t kind)
{
    for (size_t i = rig.record_cnt; i > 0; i--)
        if (rig.records[i - 1].record.kind == kind)
            return &rig.records[i - 1];
    return NULL;
}

static inline rig_signing_t rig_signing(void)
{
    rig_action_t *a = rig_last(LQ_TXMAN_ACTION_SIGN);
    assert_non_null(a);
    return a->as.sign;
}

/* What the fake signer makes of it. */
static inline lq_hash_t rig_sign_as(const rig_signing_t *s)
{
    uint8_t raw[96] = {0};
    memcpy(raw, &s->sender, 4);
    memcpy(raw + 4, &s->nonce, 8);
    memcpy(raw + 12, &s->max_fee, 8);
    memcpy(raw + 20, &s->tip, 8);
    memcpy(raw + 28, &s->gas_limit, 8);
    memcpy(raw + 36, &s->value, 8);
    memcpy(raw + 44, s->to.b, 20);
    memcpy(raw + 64, s->input, 8);
    lq_hash_t hash;
    lq_keccak256(hash.b, raw, sizeof(raw));
    lq_txman_event_t e = {.kind = LQ_TXMAN_SIGNED};
    e.as.signed_.id = s->id;
    e.as.signed_.raw = raw;
    e.as.signed_.raw_sz = sizeof(raw);
    e.as.signed_.hash = hash;
    rig_event(e);
    return hash;
}

/* Signs what was asked for last. */
static inline lq_hash_t rig_sign(void)
{
    rig_signing_t s = rig_signing();
    return rig_sign_as(&s);
}

static inline void rig_sign_refused(void)
{
    lq_txman_event_t e = {.kind = LQ_TXMAN_SIGNED};
    e.as.signed_.id = rig_signing().id;
    e.as.signed_.err = LQ_ERR_POLICY;
    e.as.signed_.why = "the destination";
    rig_event(e);
}

static inline lq_hash_t rig_go(uint64_t engine_intent)
{
    rig_take(rig_wish(engine_intent));
    return rig_sign();
}

static inline void rig_answer(lq_hash_t hash, uint32_t way, lq_rpc_class_t class_)
{
    lq_txman_answer_t a = {.hash = hash, .way = way, .name = "node", .class_ = class_};
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_ANSWERED, .as.answer = &a});
}

static inline void rig_answer_all(lq_hash_t hash, lq_rpc_class_t class_)
{
    rig_answer(hash, 0, class_);
    rig_answer(hash, 1, class_);
}

static inline lq_outcome_t rig_outcome(void)
{
    rig_action_t *a = rig_last(LQ_TXMAN_ACTION_OUTCOME);
    assert_non_null(a);
    return a->as.outcome;
}

static inline void assert_outcome(uint64_t engine_intent, lq_outcome_kind_t kind)
{
    assert_int_equal(rig_outcome().intent, engine_intent);
    assert_int_equal(rig_outcome().kind, kind);
}

static inline rig_send_t rig_sent(void)
{
    rig_action_t *a = rig_last(LQ_TXMAN_ACTION_SEND);
    assert_non_null(a);
    return a->as.send;
}

static inline size_t rig_slots(lq_tx_state_t state)
{
    return lq_txman_stat(rig.m).slot_cnts[state];
}

static inline void assert_hash_equal(lq_hash_t a, lq_hash_t b)
{
    assert_memory_equal(&a, &b, sizeof(a));
}

/* Ends the process and begins another one from the records. */
static inline void rig_crash(lq_txman_start_t start)
{
    rig_new();
    for (size_t i = 0; i < rig.record_cnt; i++)
        assert_ok(lq_txman_restore(rig.m, &rig.records[i].record));
    size_t from = rig.action_cnt;
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_START, .as.start = &start});
    rig_head();
    (void)from;
}

#endif
