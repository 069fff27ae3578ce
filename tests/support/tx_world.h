#ifndef LQ_TX_WORLD_H
#define LQ_TX_WORLD_H

/* A simulated world around a transaction manager: an engine, signers, nodes with pools and moods,
   builders, a chain with reorgs, a log that fails, and a process that is killed between any two of
   its effects. What it draws comes from a seed or, for a fuzzer, from bytes. It keeps a model of
   its own of all that was recorded and sent, and judges each effect by it (tx_world_judge.h).
   Long because a world is one thing: its parts draw from one stream. */

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "liqd/base/arena.h"
#include "liqd/base/digest.h"
#include "liqd/base/rng.h"
#include "liqd/codec/keccak.h"
#include "liqd/exec/tx_manager.h"
#include "liqd/keys/tx.h"

#define TW_SENDER_MAX 3u
#define TW_NODE_CNT   3u /* ways 0 to 2 */
#define TW_WAY_CNT    5u /* 3 and 4 are builders */
#define TW_PUBLIC     0x07u
#define TW_PRIVATE    0x18u
#define TW_BLOCK_MAX  4096u
#define TW_TX_MAX     16384u
#define TW_RECORD_MAX 65536u
#define TW_TODO_MAX   8192u
#define TW_POOL_MAX   1024u
#define TW_INTENT_MAX 8192u
#define TW_REORG_MAX  64u
#define TW_FINAL_BLK  70u
#define TW_GWEI       UINT64_C(1000000000)
#define TW_MAX_GWEI   500u
#define TW_DAY_NS     UINT64_C(86400000000000)
#define TW_GAS        100u /* of each transaction that is mined */

typedef struct tw_tx {
    lq_hash_t hash;
    uint32_t sender;
    uint64_t nonce;
    uint64_t max_fee, tip;
    uint64_t uid; /* of the TAKE that it pays for; 0: of none */
    uint32_t tx_idx;
    bool cancels;
    bool foreign;
    bool ever_sent;
    uint64_t mined_blk; /* on the chain now; 0: not */
    bool ok;
    uint8_t raw[256];
    size_t raw_sz;
} tw_tx_t;

typedef struct tw_block {
    uint64_t id;
    uint64_t base_fee;
    uint32_t txs[16];
    size_t tx_cnt;
} tw_block_t;

/* A record with what it points to. */
typedef struct tw_record {
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
    uint32_t tx; /* ATTEMPT: which; UINT32_MAX: none that is known */
} tw_record_t;

typedef enum tw_todo_kind {
    TW_SIGN,
    TW_SIMULATE,
    TW_ANSWER,
    TW_TELL,
    TW_COUNT,
    TW_FIND,
} tw_todo_kind_t;

/* What the shell is to answer some time. */
typedef struct tw_todo {
    tw_todo_kind_t kind;
    uint64_t id;
    uint64_t uid; /* SIMULATE */
    uint32_t sender;
    uint64_t nonce;
    lq_hash_t hash;
    uint64_t round;
    uint64_t asked_blk; /* TELL: told as it stood there, late; 0: as it stands */
    uint32_t tx;
    uint32_t way;
    lq_rpc_class_t class_;
    bool lies; /* tells another hash */
} tw_todo_t;

/* The engine's view of one of its intents. */
typedef struct tw_intent {
    uint64_t uid; /* and the engine's number */
    uint8_t borrower;
    bool given; /* to the process that runs now */
    bool sent;
    bool dropped;
    bool ended;
    bool passed; /* a simulation, or none could tell */
    bool failed; /* one */
    lq_outcome_kind_t kind;
    unsigned end_cnt;
    uint64_t most;
    uint64_t taken_blk; /* the head then */
    uint64_t target_blk;
} tw_intent_t;

typedef struct tw_pool {
    uint32_t txs[TW_POOL_MAX];
    size_t cnt;
} tw_pool_t;

typedef struct tw_stat {
    uint64_t states[LQ_TX_STATE_CNT];
    uint64_t classes[LQ_RPC_CLASS_CNT];
    uint64_t outcomes[LQ_OUTCOME_CNT];
    uint64_t crashes, boots, reorgs, broken, foreign, halts, adopted, sends, resends, cancels;
    uint64_t bumps, reused, replans, unsent, mined, deep, waits, lifts;
} tw_stat_t;

typedef struct tw {
    lq_rng_t rng;
    const uint8_t *bytes; /* NULL: the rng draws */
    size_t byte_cnt;
    uint64_t seed;
    lq_arena_t arena;
    lq_txman_t *m;
    lq_txman_config_t config;
    lq_address_t senders[TW_SENDER_MAX];
    lq_time_t now;
    lq_rng_t wall_rng;
    bool jumps;      /* the wall clock does, by a stream of its own */
    uint64_t digest; /* of all actions */
    bool away;       /* nobody pauses or resumes, until trouble ends */
    bool dead;       /* the process */
    jmp_buf death;
    bool may_die;
    bool calm;
    bool record_fails;
    bool told_recording; /* what the manager was told last */
    bool ready;
    bool stopped;
    bool restarted;
    bool allow_halt[TW_SENDER_MAX];
    bool saw_halt[TW_SENDER_MAX];
    tw_block_t chain[TW_BLOCK_MAX]; /* the canonical one, by number */
    uint64_t top;
    uint64_t next_id;
    uint64_t view[TW_BLOCK_MAX]; /* the ids that the manager was given */
    uint64_t view_first, view_top, view_most;
    bool has_view;
    uint64_t foreign_start[TW_SENDER_MAX];
    uint64_t foreign_blk; /* the last that a stranger had, though a reorg may have it no more */
    tw_tx_t *txs;
    uint32_t tx_cnt;
    tw_record_t *records;
    size_t record_cnt;
    tw_todo_t todos[TW_TODO_MAX];
    size_t todo_cnt;
    tw_pool_t pools[TW_WAY_CNT];
    tw_intent_t intents[TW_INTENT_MAX];
    uint32_t intent_cnt;
    uint64_t base_fee;
    uint64_t final_blk;
    unsigned step;
    tw_stat_t stat;
} tw_t;

/* ---- drawing ---- */

static inline uint64_t tw_below(tw_t *w, uint64_t n)
{
    if (!w->byte_cnt) /* what a fuzzer gave is used up */
        return lq_rng_below(&w->rng, n);
    uint64_t v = 0;
    for (uint64_t range = 1; range < n && w->byte_cnt; range <<= 8, w->byte_cnt--)
        v = v << 8 | *w->bytes++;
    return v % n;
}

/* True once in N times, never in calm. */
static inline bool tw_trouble(tw_t *w, uint64_t n)
{
    return !w->calm && tw_below(w, n) == 0;
}

#define TW_CHECK(w, cond) ((cond) ? (void)0 : tw_fail((w), #cond, __LINE__))
static inline void tw_fail(const tw_t *w, const char *what, int line)
{
    fprintf(stderr, "seed %llu, step %u, line %d: %s\n", (unsigned long long)w->seed, w->step, line,
            what);
    abort();
}

/* ---- what is known ---- */

static inline lq_hash_t tw_block_hash(uint64_t id)
{
    lq_hash_t h = {{0x42}};
    memcpy(h.b + 8, &id, 8);
    return h;
}

static inline lq_block_ref_t tw_ref(uint64_t number, uint64_t id)
{
    return (lq_block_ref_t){number, tw_block_hash(id)};
}

static inline uint32_t tw_find_tx(const tw_t *w, const lq_hash_t *hash)
{
    for (uint32_t i = w->tx_cnt; i > 0; i--)
        if (memcmp(&w->txs[i - 1].hash, hash, sizeof(*hash)) == 0)
            return i - 1;
    return UINT32_MAX;
}

static inline uint32_t tw_sender(const tw_t *w, const lq_address_t *a)
{
    for (uint32_t i = 0; i < w->config.sender_cnt; i++)
        if (memcmp(&w->senders[i], a, sizeof(*a)) == 0)
            return i;
    return UINT32_MAX;
}

/* Transactions of SENDER mined up to block BLK of the chain. */
static inline uint64_t tw_count(const tw_t *w, uint32_t sender, uint64_t blk)
{
    uint64_t cnt = w->foreign_start[sender];
    for (uint32_t i = 0; i < w->tx_cnt; i++)
        cnt += w->txs[i].sender == sender && w->txs[i].mined_blk && w->txs[i].mined_blk <= blk;
    return cnt;
}

static inline uint32_t tw_mined_at(const tw_t *w, uint32_t sender, uint64_t nonce)
{
    for (uint32_t i = 0; i < w->tx_cnt; i++)
        if (w->txs[i].sender == sender && w->txs[i].nonce == nonce && w->txs[i].mined_blk)
            return i;
    return UINT32_MAX;
}

static inline tw_intent_t *tw_intent(tw_t *w, uint64_t uid)
{
    return uid && uid <= w->intent_cnt ? &w->intents[uid - 1] : NULL;
}

static inline void tw_later(tw_t *w, tw_todo_t todo)
{
    if (w->todo_cnt < TW_TODO_MAX)
        w->todos[w->todo_cnt++] = todo;
}

/* Where a process may be killed. */
static inline void tw_maybe_die(tw_t *w)
{
    if (w->may_die && tw_trouble(w, 400)) {
        w->dead = true;
        longjmp(w->death, 1);
    }
}

#include "tx_world_judge.h"

/* ---- nodes ---- */

static inline void tw_pool_drop(tw_pool_t *p, size_t at)
{
    p->txs[at] = p->txs[--p->cnt];
}

static inline void tw_pool_add(tw_pool_t *p, uint32_t tx)
{
    if (p->cnt < TW_POOL_MAX)
        p->txs[p->cnt++] = tx;
}

static inline bool tw_replaces(uint64_t is, uint64_t was)
{
    return is > was && (lq_u128_t)is * 10 >= (lq_u128_t)was * 11;
}

/* What an honest node of geth's rules says of TX, and does. */
static inline lq_rpc_class_t tw_offer(tw_t *w, uint32_t way, uint32_t tx)
{
    tw_pool_t *p = &w->pools[way];
    const tw_tx_t *t = &w->txs[tx];
    uint64_t cnt = tw_count(w, t->sender, w->top);
    if (way >= TW_NODE_CNT) { /* a builder takes it all */
        tw_pool_add(p, tx);
        return LQ_RPC_OK;
    }
    if (t->nonce < cnt)
        return LQ_RPC_NONCE_LOW;
    bool gap = t->nonce > cnt;
    for (size_t i = 0; i < p->cnt; i++) {
        const tw_tx_t *o = &w->txs[p->txs[i]];
        if (p->txs[i] == tx)
            return LQ_RPC_KNOWN;
        if (o->sender == t->sender && o->nonce + 1 == t->nonce)
            gap = false;
        if (o->sender != t->sender || o->nonce != t->nonce)
            continue;
        if (!tw_replaces(t->max_fee, o->max_fee) || !tw_replaces(t->tip, o->tip))
            return way == 2 ? LQ_RPC_OCCUPIED : LQ_RPC_REPLACEMENT;
        p->txs[i] = tx;
        return LQ_RPC_OK;
    }
    if (gap && way == 1)
        return LQ_RPC_NONCE_HIGH; /* a client that keeps no queue */
    tw_pool_add(p, tx);
    return LQ_RPC_OK;
}

static inline void tw_give(tw_t *w, uint32_t way, uint32_t tx)
{
    static const lq_rpc_class_t moods[] = {
        LQ_RPC_TIMEOUT,     LQ_RPC_UNKNOWN,  LQ_RPC_BROKEN,    LQ_RPC_UNSENT,  LQ_RPC_POOL_FULL,
        LQ_RPC_SEQUENCER,   LQ_RPC_SYNCING,  LQ_RPC_RATE,      LQ_RPC_FEE_CAP, LQ_RPC_FUNDS,
        LQ_RPC_UNDERPRICED, LQ_RPC_REVERT,   LQ_RPC_QUOTA,     LQ_RPC_METHOD,  LQ_RPC_NONCE_HIGH,
        LQ_RPC_REPLACEMENT, LQ_RPC_OCCUPIED, LQ_RPC_NONCE_LOW, LQ_RPC_OK,      LQ_RPC_KNOWN,
        LQ_RPC_FORBIDDEN,   LQ_RPC_GAS,      LQ_RPC_PARAMS,
    };
    tw_todo_t todo = {.kind = TW_ANSWER, .hash = w->txs[tx].hash, .way = way};
    if (tw_trouble(w, 4)) { /* whatever it says, it may have it or not */
        todo.class_ = moods[tw_below(w, sizeof(moods) / sizeof(moods[0]))];
        if (tw_below(w, 3) == 0)
            (void)tw_offer(w, way, tx);
        todo.lies = todo.class_ == LQ_RPC_OK && tw_below(w, 4) == 0;
    } else if (tw_trouble(w, 500)) {
        todo.class_ = LQ_RPC_MALFORMED; /* one node's fault */
    } else {
        todo.class_ = tw_offer(w, way, tx);
    }
    if (!tw_trouble(w, 30)) /* some answers never come */
        tw_later(w, todo);
}

/* ---- the shell ---- */

static inline void tw_on_send(tw_t *w, const lq_txman_send_t *s)
{
    uint32_t tx = tw_find_tx(w, &s->hash);
    tw_judge_send(w, s, tx);
    w->txs[tx].ever_sent = true;
    for (uint32_t way = 0; way < TW_WAY_CNT; way++) {
        if (!(s->ways >> way & 1))
            continue;
        tw_give(w, way, tx);
        tw_maybe_die(w);
    }
}

/* What it does, to tell two days apart. */
static inline void tw_mix(tw_t *w, const lq_txman_action_t *a)
{
    w->digest = lq_digest_word(w->digest, (uint64_t)a->kind);
    if (a->kind == LQ_TXMAN_ACTION_SEND)
        w->digest = lq_digest_word(w->digest, lq_digest(a->as.send->raw, a->as.send->raw_sz));
    else if (a->kind == LQ_TXMAN_ACTION_OUTCOME)
        w->digest = lq_digest_word(w->digest, a->as.outcome->intent * LQ_OUTCOME_CNT +
                                                  (uint64_t)a->as.outcome->kind);
}

static inline void tw_on_action(void *ctx, const lq_txman_action_t *a)
{
    tw_t *w = ctx;
    tw_maybe_die(w);
    tw_mix(w, a);
    switch (a->kind) {
    case LQ_TXMAN_ACTION_SIMULATE:
        tw_later(w, (tw_todo_t){.kind = TW_SIMULATE,
                                .id = a->as.sign->id,
                                .uid = tw_judge_simulation(w, a->as.sign)});
        break;
    case LQ_TXMAN_ACTION_SIGN: {
        tw_judge_sign(w, a->as.sign);
        uint32_t tx = tw_make(w, a->as.sign);
        tw_later(w, (tw_todo_t){.kind = TW_SIGN, .id = a->as.sign->id, .tx = tx});
        break;
    }
    case LQ_TXMAN_ACTION_SEND:
        tw_on_send(w, a->as.send);
        break;
    case LQ_TXMAN_ACTION_ASK:
        for (size_t i = 0; i < a->as.ask.cnt; i++)
            tw_later(w, (tw_todo_t){.kind = TW_TELL,
                                    .hash = a->as.ask.hashes[i],
                                    .round = a->as.ask.round,
                                    .asked_blk = tw_trouble(w, 3) ? w->top : 0});
        break;
    case LQ_TXMAN_ACTION_COUNT:
        tw_later(w, (tw_todo_t){.kind = TW_COUNT, .sender = a->as.sender});
        break;
    case LQ_TXMAN_ACTION_FIND:
        tw_later(w, (tw_todo_t){
                        .kind = TW_FIND, .sender = a->as.find.sender, .nonce = a->as.find.nonce});
        break;
    case LQ_TXMAN_ACTION_OUTCOME:
        tw_judge_outcome(w, a->as.outcome);
        break;
    case LQ_TXMAN_ACTION_ENDED:
        break;
    case LQ_TXMAN_ACTION_NOTE:
        TW_CHECK(w, a->as.note->what && a->as.note->why);
        break;
    case LQ_TXMAN_ACTION_READY:
        TW_CHECK(w, !w->ready);
        w->ready = true;
        break;
    case LQ_TXMAN_ACTION_KIND_CNT:
        TW_CHECK(w, false);
    }
}

static inline lq_err_t tw_on_record(void *ctx, const lq_tx_record_t *r)
{
    tw_t *w = ctx;
    tw_maybe_die(w);
    if (w->record_fails || tw_trouble(w, 400))
        return LQ_ERR_FULL;
    TW_CHECK(w, w->record_cnt < TW_RECORD_MAX);
    tw_record_t *to = &w->records[w->record_cnt];
    *to = (tw_record_t){.record = *r, .tx = UINT32_MAX};
    tw_keep_record(w, to, r);
    tw_judge_record(w, to);
    w->record_cnt++;
    tw_maybe_die(w);
    return LQ_OK;
}

static inline void tw_event(tw_t *w, lq_txman_event_t e)
{
    if (w->dead)
        return;
    e.time = w->now;
    w->may_die = true;
    if (setjmp(w->death) == 0)
        lq_txman_event(w->m, &e);
    w->may_die = false;
}

/* ---- what the manager is told ---- */

static inline void tw_tell(tw_t *w, const tw_todo_t *todo)
{
    uint32_t tx = tw_find_tx(w, &todo->hash);
    uint64_t lag = tw_trouble(w, 5) ? tw_below(w, 3) : 0;
    uint64_t at = w->top > lag ? w->top - lag : 1;
    if (todo->asked_blk && todo->asked_blk < at)
        at = todo->asked_blk;
    lq_tx_receipt_t r = {.hash = todo->hash};
    lq_txman_told_t told = {
        .hash = todo->hash, .round = todo->round, .at = tw_ref(at, w->chain[at].id)};
    const tw_tx_t *t = tx == UINT32_MAX ? NULL : &w->txs[tx];
    if (t && t->mined_blk && t->mined_blk <= at) {
        uint64_t blk = t->mined_blk;
        r.block = tw_ref(blk, tw_trouble(w, 40) ? UINT64_MAX : w->chain[blk].id);
        r.ok = t->ok;
        r.gas = TW_GAS;
        r.gas_price_wei.raw = lq_u256_from_u64(t->max_fee);
        told.receipt = &r;
    } else {
        told.absent = true;
    }
    tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_TOLD, .as.told = &told});
}

static inline void tw_tell_count(tw_t *w, const tw_todo_t *todo)
{
    uint64_t cnt = tw_count(w, todo->sender, w->top);
    /* a node that knows no blocks by their hash tells of its newest, whatever it was asked for */
    uint64_t at = w->top > 1 && tw_trouble(w, 8) ? w->top - 1 : w->top;
    lq_txman_count_t c = {.sender = todo->sender,
                          .at = tw_ref(at, w->chain[at].id),
                          .newest_blk = w->top,
                          .cnt = cnt,
                          .most = cnt,
                          .has_balance = true,
                          .balance_wei = {lq_u256_from_u64(UINT64_C(4000000000000000000))}};
    if (tw_trouble(w, 6) && cnt > w->foreign_start[todo->sender])
        c.cnt -= 1 + tw_below(w, cnt - w->foreign_start[todo->sender]); /* a node lags */
    else if (tw_trouble(w, 12))
        c.most += 1 + tw_below(w, 3); /* or runs ahead, or lies */
    if (tw_trouble(w, 20))
        c.balance_wei.raw = lq_u256_from_u64(1);
    tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_COUNT, .as.count = &c});
}

static inline void tw_tell_found(tw_t *w, const tw_todo_t *todo)
{
    uint32_t tx = tw_mined_at(w, todo->sender, todo->nonce);
    lq_txman_found_t f = {.sender = todo->sender, .nonce = todo->nonce};
    f.witness_cnt = 1;
    if (tw_trouble(w, 15)) { /* it lies: of a stranger's, that waits or is in a block of its own */
        f.known = true;
        f.hash.b[0] = 0xfe;
        if (tw_below(w, 2))
            f.block = tw_ref(w->top, UINT64_MAX);
    } else if (tx != UINT32_MAX) {
        f.known = true;
        f.is_ours = !w->txs[tx].foreign;
        f.hash = w->txs[tx].hash;
        f.block = tw_ref(w->txs[tx].mined_blk, w->chain[w->txs[tx].mined_blk].id);
    }
    tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_FOUND, .as.found = &f});
}

static inline void tw_tell_signed(tw_t *w, const tw_todo_t *todo)
{
    lq_txman_event_t e = {.kind = LQ_TXMAN_SIGNED};
    e.as.signed_.id = todo->id;
    if (tw_trouble(w, 25)) {
        e.as.signed_.err = LQ_ERR_POLICY;
        e.as.signed_.why = "the rate";
    } else {
        e.as.signed_.raw = w->txs[todo->tx].raw;
        e.as.signed_.raw_sz = w->txs[todo->tx].raw_sz;
        e.as.signed_.hash = w->txs[todo->tx].hash;
    }
    tw_event(w, e);
}

static inline void tw_do(tw_t *w, size_t at)
{
    tw_todo_t todo = w->todos[at];
    memmove(&w->todos[at], &w->todos[at + 1], (w->todo_cnt - at - 1) * sizeof(todo));
    w->todo_cnt--;
    switch (todo.kind) {
    case TW_SIGN:
        tw_tell_signed(w, &todo);
        break;
    case TW_SIMULATE: {
        lq_txman_event_t e = {.kind = LQ_TXMAN_SIMULATED};
        e.as.simulated.id = todo.id;
        e.as.simulated.known = !tw_trouble(w, 5);
        e.as.simulated.ok = !tw_trouble(w, 5);
        e.as.simulated.why = "reverted";
        tw_intent(w, todo.uid)->failed = e.as.simulated.known && !e.as.simulated.ok;
        tw_intent(w, todo.uid)->passed = !tw_intent(w, todo.uid)->failed;
        tw_event(w, e);
        break;
    }
    case TW_ANSWER: {
        lq_txman_answer_t a = {.hash = todo.hash, .way = todo.way, .name = "way"};
        a.class_ = todo.class_;
        a.has_hash = true;
        a.told = todo.hash;
        a.told.b[0] ^= todo.lies;
        w->stat.classes[todo.class_]++;
        tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_ANSWERED, .as.answer = &a});
        break;
    }
    case TW_TELL:
        if (!tw_trouble(w, 12))
            tw_tell(w, &todo);
        break;
    case TW_COUNT:
        if (!tw_trouble(w, 12))
            tw_tell_count(w, &todo);
        break;
    case TW_FIND:
        tw_tell_found(w, &todo);
        break;
    }
}

/* ---- the chain ---- */

static inline bool tw_is_final(const tw_t *w, uint64_t blk)
{
    return blk <= w->final_blk;
}

static inline void tw_put(tw_t *w, tw_block_t *b, uint32_t tx)
{
    b->txs[b->tx_cnt++] = tx;
    w->txs[tx].mined_blk = w->top;
    w->txs[tx].ok = !tw_trouble(w, 8);
    w->stat.mined++;
}

/* The best of what anybody has for the next nonce of SENDER. */
static inline uint32_t tw_best(const tw_t *w, uint32_t sender, uint64_t nonce)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t way = 0; way < TW_WAY_CNT; way++)
        for (size_t i = 0; i < w->pools[way].cnt; i++) {
            uint32_t tx = w->pools[way].txs[i];
            const tw_tx_t *t = &w->txs[tx];
            if (t->sender == sender && t->nonce == nonce && t->max_fee >= w->base_fee &&
                (best == UINT32_MAX || t->tip > w->txs[best].tip))
                best = tx;
        }
    return best;
}

static inline uint32_t tw_foreign(tw_t *w, uint32_t sender, uint64_t nonce)
{
    TW_CHECK(w, w->tx_cnt < TW_TX_MAX);
    tw_tx_t *t = &w->txs[w->tx_cnt];
    *t = (tw_tx_t){.sender = sender, .nonce = nonce, .foreign = true};
    t->hash.b[0] = 0xff;
    memcpy(t->hash.b + 1, &w->tx_cnt, 4);
    memcpy(t->hash.b + 8, &w->seed, 8);
    w->allow_halt[sender] = true;
    w->foreign_blk = w->top;
    w->stat.foreign++;
    return w->tx_cnt++;
}

static inline void tw_walk_fee(tw_t *w)
{
    uint64_t most = w->calm ? TW_GWEI : 800 * TW_GWEI;
    if (tw_trouble(w, 150))
        w->base_fee *= 100;
    else if (tw_below(w, 2))
        w->base_fee += w->base_fee / 8;
    else
        w->base_fee -= w->base_fee / 8;
    if (w->base_fee < TW_GWEI)
        w->base_fee = TW_GWEI;
    if (w->base_fee > most)
        w->base_fee = most;
}

static inline void tw_mine(tw_t *w)
{
    TW_CHECK(w, w->top + 1 < TW_BLOCK_MAX);
    tw_block_t *b = &w->chain[++w->top];
    *b = (tw_block_t){.id = ++w->next_id, .base_fee = w->base_fee};
    for (uint32_t s = 0; s < w->config.sender_cnt; s++) {
        uint64_t nonce = tw_count(w, s, w->top);
        for (size_t i = 0; i < 4; i++, nonce++) {
            uint32_t tx = tw_best(w, s, nonce);
            bool races = w->away && tx != UINT32_MAX; /* where nobody resumes it is worth more */
            if (tw_trouble(w, races ? 25 : 700))
                tx = tw_foreign(w, s, nonce);
            if (tx == UINT32_MAX || tw_trouble(w, 3))
                break;
            tw_put(w, b, tx);
        }
    }
    for (uint32_t way = 0; way < TW_NODE_CNT; way++) /* pools forget what is done, and more */
        for (size_t i = w->pools[way].cnt; i > 0; i--)
            if (w->txs[w->pools[way].txs[i - 1]].mined_blk || tw_trouble(w, 40))
                tw_pool_drop(&w->pools[way], i - 1);
    for (uint32_t way = TW_NODE_CNT; way < TW_WAY_CNT; way++)
        for (size_t i = w->pools[way].cnt; i > 0; i--)
            if (w->txs[w->pools[way].txs[i - 1]].mined_blk || tw_below(w, 6) == 0)
                tw_pool_drop(&w->pools[way], i - 1);
    tw_walk_fee(w);
}

/* DEPTH blocks are taken back; nodes have back what was in them, or not. */
static inline void tw_reorg(tw_t *w, uint64_t depth)
{
    w->stat.reorgs++;
    w->stat.deep += depth > TW_REORG_MAX / 2 && w->top > w->final_blk + depth;
    for (; depth && w->top > 1 && !tw_is_final(w, w->top); depth--) {
        tw_block_t *b = &w->chain[w->top--];
        for (size_t i = 0; i < b->tx_cnt; i++) {
            tw_tx_t *t = &w->txs[b->txs[i]];
            t->mined_blk = 0;
            for (uint32_t way = 0; way < TW_NODE_CNT && !t->foreign; way++)
                if (tw_below(w, 3))
                    tw_pool_add(&w->pools[way], b->txs[i]);
        }
    }
}

/* The manager is given the way from what it knows to the chain as it stands. */
static inline void tw_follow(tw_t *w)
{
    while (!w->dead && w->has_view && w->view_top >= w->view_first &&
           (w->view_top > w->top || w->view[w->view_top] != w->chain[w->view_top].id)) {
        lq_block_ref_t ref = tw_ref(w->view_top, w->view[w->view_top]);
        if (w->view_top == w->view_first || tw_trouble(w, 200)) {
            w->has_view = false;
            w->stat.broken++;
            tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_BROKEN});
            break;
        }
        w->view_top--;
        tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_UNDONE, .as.block = ref});
    }
    while (!w->dead && (!w->has_view || w->view_top < w->top)) {
        uint64_t n = w->has_view ? w->view_top + 1 : w->top;
        lq_header_t h = {.block = tw_ref(n, w->chain[n].id),
                         .gas_limit = 30000000,
                         .gas_used = 15000000,
                         .base_fee_wei = {lq_u256_from_u64(w->base_fee)}};
        if (!w->has_view)
            w->view_first = n;
        w->has_view = true;
        w->view_top = n;
        w->view_most = n > w->view_most ? n : w->view_most;
        w->view[n] = w->chain[n].id;
        tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_HEAD, .as.head = &h});
        tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_BLOCK, .as.block = h.block});
    }
    uint64_t final = w->top > TW_FINAL_BLK ? w->top - TW_FINAL_BLK : 0;
    if (final > w->final_blk)
        w->final_blk = final;
    if (w->final_blk && w->top >= w->final_blk && !w->config.final_blk)
        tw_event(w,
                 (lq_txman_event_t){.kind = LQ_TXMAN_FINALIZED,
                                    .as.block = tw_ref(w->final_blk, w->chain[w->final_blk].id)});
}

/* ---- the process ---- */

static inline void tw_begin(tw_t *w, bool new_boot, bool has_journal)
{
    const lq_txman_sink_t sink = {w, tw_on_record, tw_on_action};
    lq_arena_reset(&w->arena);
    LQ_ASSERT(!lq_txman_new(&w->m, &w->arena, &w->config, &sink));
    w->dead = w->ready = w->stopped = w->has_view = false;
    w->told_recording = true;
    w->todo_cnt = 0;
    for (uint32_t i = 0; i < w->intent_cnt; i++)
        w->intents[i].given = false;
    tw_restore(w);
    lq_txman_start_t start = {.new_boot = new_boot,
                              .has_journal = has_journal,
                              .allow_used = true,
                              .adopt_blk = new_boot ? 5 : 0};
    tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_START, .as.start = &start});
}

static inline void tw_again(tw_t *w)
{
    bool new_boot = tw_trouble(w, 5);
    w->restarted = true;
    w->stat.crashes++;
    w->stat.boots += new_boot;
    if (new_boot) {
        size_t lost = tw_below(w, 30);
        w->record_cnt -= lost < w->record_cnt ? lost : w->record_cnt;
        for (uint32_t i = 0; i < TW_SENDER_MAX; i++)
            w->allow_halt[i] = true; /* what was lost may be mined at any time */
    }
    tw_begin(w, new_boot, true);
}

static inline void tw_take(tw_t *w)
{
    static const uint32_t ways[] = {TW_PUBLIC, TW_PUBLIC, TW_PRIVATE, TW_PUBLIC | TW_PRIVATE, 0x1};
    if (w->intent_cnt >= TW_INTENT_MAX)
        return;
    tw_intent_t *in = &w->intents[w->intent_cnt++];
    uint64_t uid = w->intent_cnt;
    lq_txman_tx_t txs[LQ_TXMAN_TX_MAX];
    uint8_t inputs[LQ_TXMAN_TX_MAX][16];
    *in = (tw_intent_t){.uid = uid, .borrower = (uint8_t)tw_below(w, 24), .given = true};
    in->most = w->base_fee * (1 + tw_below(w, 6));
    lq_txman_take_t t = {.txs = txs,
                         .tx_cnt = tw_below(w, 6) ? 1 : 1 + tw_below(w, LQ_TXMAN_TX_MAX),
                         .tip_wei = {lq_u256_from_u64(1 + tw_below(w, 3 * TW_GWEI))},
                         .most_fee_wei = {lq_u256_from_u64(in->most)},
                         .ways = ways[tw_below(w, 5)]};
    t.about.engine_intent = uid;
    t.about.coin = (lq_quote_t){lq_u256_from_u64(UINT64_C(1000000000000000000)), 18}; /* a dollar */
    t.about.borrower.b[0] = in->borrower;
    in->taken_blk = w->top;
    in->target_blk = w->top + 1 + (tw_below(w, 8) == 0); /* a log may be ahead of its head */
    t.about.target_blk = in->target_blk;
    t.about.last_blk = in->target_blk + tw_below(w, 5);
    for (uint32_t i = 0; i < LQ_TXMAN_TX_MAX && i < t.tx_cnt; i++) {
        memcpy(inputs[i], &uid, 8);
        memcpy(inputs[i] + 8, &i, 4);
        txs[i] = (lq_txman_tx_t){.to = {{0xee}},
                                 .input = inputs[i],
                                 .input_sz = 12,
                                 .gas_limit = 100000 + tw_below(w, 100000)};
    }
    if (tw_below(w, 8) == 0) {
        t.has_sender = true;
        t.sender = (uint32_t)tw_below(w, w->config.sender_cnt);
    }
    tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_TAKE, .as.take = &t});
}

static inline void tw_drop(tw_t *w, uint64_t uid)
{
    tw_intent(w, uid)->dropped = true;
    tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_DROP, .as.engine_intent = uid});
}

static inline void tw_pass(tw_t *w, uint64_t ns)
{
    w->now.mono_ns += ns;
    w->now.wall_ns += ns;
    if (w->jumps && lq_rng_below(&w->wall_rng, 20) == 0)
        w->now.wall_ns += lq_rng_below(&w->wall_rng, 2 * TW_DAY_NS) - TW_DAY_NS;
}

/* Nobody resumes it, and a reorg may still take back what a sender halted for. */
static inline bool tw_is_disputed(const tw_t *w)
{
    bool halted = false;
    for (uint32_t i = 0; !w->dead && i < w->config.sender_cnt; i++)
        halted = halted || lq_txman_sender_stat(w->m, i).halted;
    return w->away && halted && w->foreign_blk && w->top >= w->foreign_blk &&
           w->top < w->foreign_blk + 16;
}

static inline void tw_block_passes(tw_t *w)
{
    if (tw_trouble(w, 25))
        tw_reorg(w, tw_trouble(w, 12) ? 1 + tw_below(w, TW_REORG_MAX) : 1 + tw_below(w, 3));
    if (tw_is_disputed(w) && tw_trouble(w, 2))
        tw_reorg(w, w->top + 1 - w->foreign_blk); /* ours may have what the stranger had */
    do
        tw_mine(w);
    while (tw_trouble(w, 10));
    if (w->view_top > w->top) /* the new branch is longer */
        while (w->has_view && w->top <= w->view_top && w->top + 1 < TW_BLOCK_MAX)
            tw_mine(w);
    tw_pass(w, UINT64_C(12000000000));
    tw_follow(w);
}

static inline void tw_step(tw_t *w)
{
    w->step++;
    tw_pass(w, tw_below(w, 400) * 1000000);
    if (tw_trouble(w, 300)) /* the process stood still, or the machine slept */
        tw_pass(w, tw_below(w, TW_DAY_NS / 24));
    if (w->dead)
        tw_again(w);
    if (tw_trouble(w, 120))
        w->record_fails = !w->record_fails || tw_below(w, 3) == 0;
    else if (w->record_fails && tw_below(w, 10) == 0)
        w->record_fails = false;
    if (w->told_recording == w->record_fails && tw_below(w, 4) == 0) {
        w->told_recording = !w->record_fails;
        tw_event(w,
                 (lq_txman_event_t){.kind = LQ_TXMAN_RECORDING, .as.recording = w->told_recording});
    }
    uint64_t what = tw_below(w, 100);
    if (what < 8)
        tw_block_passes(w);
    else if (what < 16 && !w->calm)
        tw_take(w);
    else if (what < 18 && !w->calm && w->intent_cnt)
        tw_drop(w, w->intent_cnt - tw_below(w, 4) % w->intent_cnt);
    else if (what < 21)
        tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_TIMER});
    else if (what < 22 && !w->away && tw_trouble(w, 6))
        tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_PAUSE});
    else if (what < 24 && !w->away)
        tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_RESUME});
    else if (what < 25 && tw_trouble(w, 20))
        w->dead = true;
    else if (w->todo_cnt)
        tw_do(w, tw_below(w, w->todo_cnt < 6 || w->calm ? 1 : 6));
}

/* ---- days ---- */

static inline void tw_new(tw_t *w, uint64_t seed, const uint8_t *bytes, size_t byte_cnt)
{
    tw_tx_t *txs = w->txs;
    tw_record_t *records = w->records;
    lq_arena_t arena = w->arena;
    tw_stat_t stat = w->stat;
    memset(w, 0, sizeof(*w));
    w->stat = stat;
    w->txs = txs ? txs : calloc(TW_TX_MAX, sizeof(*txs));
    w->records = records ? records : calloc(TW_RECORD_MAX, sizeof(*records));
    LQ_ASSERT(w->txs && w->records);
    w->seed = seed;
    lq_rng_seed(&w->rng, seed);
    w->bytes = bytes;
    w->byte_cnt = byte_cnt;
    for (uint8_t i = 0; i < TW_SENDER_MAX; i++)
        w->senders[i] = (lq_address_t){{0xaa, i}};
    w->config = (lq_txman_config_t){.chain_id = 1,
                                    .senders = w->senders,
                                    .sender_cnt = 1 + tw_below(w, TW_SENDER_MAX),
                                    .public_mask = TW_PUBLIC,
                                    .private_mask = TW_PRIVATE,
                                    .intent_max = 4 + tw_below(w, 12),
                                    .inflight_max = 4 + (uint32_t)tw_below(w, 6),
                                    .max_fee_wei = {lq_u256_from_u64(TW_MAX_GWEI * TW_GWEI)},
                                    .bump_bps = 1250 + (uint32_t)tw_below(w, 2000),
                                    .bump_blk = (uint32_t)tw_below(w, 4),
                                    .resend_ns = UINT64_C(48000000000),
                                    .final_blk = tw_below(w, 2) ? TW_FINAL_BLK : 0,
                                    .simulate = tw_below(w, 4) == 0};
    size_t sz = lq_txman_arena_sz(&w->config);
    if (arena.cap_sz && arena.cap_sz >= sz)
        w->arena = arena;
    else if (lq_arena_fini(&arena), lq_arena_init(&w->arena, sz))
        abort();
    w->away = tw_below(w, 4) == 0;
    lq_rng_seed(&w->wall_rng, seed);
    w->base_fee = 10 * TW_GWEI;
    w->now = (lq_time_t){UINT64_C(1700000000000000000), 1};
    for (uint32_t i = 0; i < TW_SENDER_MAX; i++)
        w->foreign_start[i] = tw_below(w, 3) * 10;
    w->top = 0;
    for (int i = 0; i < 3; i++)
        tw_mine(w);
    tw_begin(w, false, false);
    tw_follow(w);
}

static inline void tw_free(tw_t *w)
{
    lq_arena_fini(&w->arena);
    free(w->txs);
    free(w->records);
}

static inline void tw_answer_all(tw_t *w)
{
    for (unsigned n = 0; w->todo_cnt && n < 4000; n++)
        tw_do(w, 0);
}

static inline void tw_quiet_second(tw_t *w)
{
    tw_answer_all(w);
    tw_pass(w, UINT64_C(1000000000));
    tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_TIMER});
    tw_answer_all(w);
}

/* Trouble ends; an operator who was away comes back; he resumes what halted, and all that is under
   way comes to its end. */
static inline void tw_calm_down(tw_t *w)
{
    w->calm = w->told_recording = true;
    w->record_fails = false;
    if (w->dead)
        tw_again(w);
    tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_RECORDING, .as.recording = true});
    for (unsigned i = 0; w->away && i < 2 * TW_FINAL_BLK; i++) {
        tw_quiet_second(w);
        tw_block_passes(w);
    }
    tw_judge_halts(w);
    w->away = false;
    for (unsigned i = 0; i < 3 * TW_FINAL_BLK; i++) {
        if (i % 10 == 0)
            tw_event(w, (lq_txman_event_t){.kind = LQ_TXMAN_RESUME});
        tw_quiet_second(w);
        if (i < 2 * TW_FINAL_BLK || !tw_is_settled(w))
            tw_block_passes(w);
    }
    tw_judge_end(w);
}

/* Where JUMPS, the wall clock does. */
static inline void tw_day_of(tw_t *w, uint64_t seed, unsigned steps, bool jumps)
{
    tw_new(w, seed, NULL, 0);
    w->jumps = jumps;
    while (w->step < steps && w->top + 450 < TW_BLOCK_MAX && w->tx_cnt + 600 < TW_TX_MAX &&
           w->record_cnt + 8192 < TW_RECORD_MAX)
        tw_step(w);
    tw_calm_down(w);
}

static inline void tw_day(tw_t *w, uint64_t seed, unsigned steps)
{
    tw_day_of(w, seed, steps, false);
}

#endif
