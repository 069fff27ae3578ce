#ifndef DRY_WORLD_H
#define DRY_WORLD_H

/* A dry run on a fake chain: somebody who takes, rivals, a node that answers late, out of order,
   twice or never; and a model that books by itself, from the whole of what was told, and with what
   has to hold behind each step. What happens is chosen by a function: a generator in tests, bytes
   in a fuzz target. */

#include <stdlib.h>
#include <string.h>

#include "liqd/codec/abi_erc20.h"
#include "liqd/sim/dry_run.h"

enum {
    DRY_BLOCKS = 4096, /* that stand at once */
    DRY_TAKES = 4096,
    DRY_RIVALS_MAX = 64,
    DRY_ASKS = 1 << 14,
    DRY_ACCOUNTS = 5,
    DRY_FIRST = 1000,
    DRY_OURS = 0x0f, /* sender; executor and owner behind it */
    DRY_OTHER = 0x77,
    DRY_TOKEN = 0x40,
    DRY_LOGS = 6,
    DRY_PER_BLOCK = 3, /* liquidations in one, at most */
};

typedef struct dry_theirs {
    uint8_t account;
    lq_hash_t tx;
    uint64_t seq; /* when it was told */
    uint64_t tip;
    bool has_tip;
    bool has_payment;
} dry_theirs_t;

typedef struct dry_block {
    lq_header_t header;
    bool complete;
    dry_theirs_t rivals[DRY_PER_BLOCK];
    size_t rival_cnt;
} dry_block_t;

typedef enum dry_sim {
    DRY_SIM_NOT,
    DRY_SIM_OK,
    DRY_SIM_REVERTED
} dry_sim_t;

/* What the model knows of an intent. */
typedef struct dry_own {
    uint64_t id;
    uint8_t account;
    uint64_t target, last, seq;
    uint64_t tip, bid, gas;
    size_t tx_cnt;
    size_t input_sz;
    lq_dry_price_t prices[2];
    uint64_t coin_price;
    lq_i256_t estimate;
    /* as asked */
    uint64_t question; /* 0: none is open */
    bool answered;
    dry_sim_t sim;
    uint64_t sim_gas;
    bool has_gains;
    lq_i128_t gains[2];
    /* as told */
    bool booked, final, won, ended, given_up;
    lq_dry_row_t row;
    size_t outcome_cnt;
} dry_own_t;

typedef struct dry_question {
    uint64_t id;
    uint64_t blk;
    bool answered;
} dry_question_t;

typedef struct dry_tip_ask {
    uint64_t id;
    size_t own;
    lq_hash_t tx;
    bool open, answered;
} dry_tip_ask_t;

typedef struct dry_world {
    uint64_t (*pick)(void *ctx, uint64_t n); /* below n */
    void *pick_ctx;
    lq_arena_t arena;
    lq_dry_run_t *dry;
    lq_dry_run_config_t config;
    dry_block_t blocks[DRY_BLOCKS];
    size_t block_cnt;
    uint64_t low; /* number of blocks[0] */
    uint64_t made_cnt, seq;
    dry_own_t owns[DRY_TAKES];
    size_t own_cnt;
    uint64_t next_intent, refused_cnt;
    dry_question_t questions[DRY_ASKS];
    size_t question_cnt;
    dry_tip_ask_t asks[DRY_ASKS];
    size_t ask_cnt;
    bool calm;          /* answers come before the next block, mostly */
    uint64_t answering; /* the question whose answer is being given */
    bool ending;
    uint64_t seen[LQ_DRY_VERDICT_CNT];
    uint64_t unmined_cnt, later_cnt, given_up_cnt, back_cnt, final_cnt, tie_cnt, early_cnt;
} dry_world_t;

static inline bool dry_same(const void *a, const void *b, size_t sz)
{
    return memcmp(a, b, sz) == 0;
}

static inline uint64_t dry_pick(dry_world_t *w, uint64_t n)
{
    return w->pick(w->pick_ctx, n);
}

static inline lq_address_t dry_account(uint8_t account)
{
    return (lq_address_t){{0xac, account}};
}

static inline lq_address_t dry_token(size_t i)
{
    return (lq_address_t){{DRY_TOKEN, (uint8_t)i}};
}

static inline uint64_t dry_top(const dry_world_t *w)
{
    return w->low + w->block_cnt - 1;
}

/* NULL: none stands. */
static inline dry_block_t *dry_at(dry_world_t *w, uint64_t number)
{
    if (!w->block_cnt || number < w->low || number > dry_top(w))
        return NULL;
    return &w->blocks[number - w->low];
}

static inline lq_u256_t dry_u256(lq_u128_t v)
{
    return lq_u256_from_halves(0, v);
}

static inline lq_i256_t dry_i256(lq_i128_t v)
{
    lq_u256_t abs = dry_u256(v < 0 ? -(lq_u128_t)v : (lq_u128_t)v);
    lq_u256_t zero = lq_u256_from_u64(0);
    return (lq_i256_t){v < 0 ? lq_u256_sub_wrap(&zero, &abs) : abs};
}

/* ---- what the model says ---- */

static inline uint64_t dry_min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t dry_patience(const dry_world_t *w, const dry_own_t *o)
{
    uint64_t own = dry_min(w->config.patience_blk, LQ_DRY_RUN_FINAL_BLK - 1);
    return dry_min(o->target + own, o->last + LQ_ENGINE_PATIENCE_BLK);
}

static inline lq_u128_t dry_up(lq_u128_t amount, lq_u128_t price, lq_u128_t unit)
{
    return (amount * price + unit - 1) / unit;
}

static inline lq_i128_t dry_worth(lq_i128_t amount, const lq_quote_t *quote)
{
    lq_u128_t unit = 1;
    for (unsigned i = 0; i < quote->decimals; i++)
        unit *= 10;
    lq_u128_t price = quote->price_wad.w[0];
    if (amount < 0)
        return -(lq_i128_t)dry_up((lq_u128_t)-amount, price, unit);
    return (lq_i128_t)((lq_u128_t)amount * price / unit);
}

static inline lq_i128_t dry_cost(const dry_own_t *o, lq_u128_t wei)
{
    return (lq_i128_t)dry_up(wei, o->coin_price, 1000000000000000000U);
}

static inline lq_u128_t dry_gas_wei(dry_world_t *w, const dry_own_t *o)
{
    const dry_block_t *b = dry_at(w, o->target);
    return (lq_u128_t)o->sim_gas * (b->header.base_fee_wei.raw.w[0] + o->tip);
}

static inline uint64_t dry_our_tip(const dry_own_t *o)
{
    return o->tip + (o->sim_gas ? o->bid / o->sim_gas : 0);
}

static inline bool dry_is_told(const dry_world_t *w, const dry_own_t *o, const dry_theirs_t *r)
{
    for (size_t i = 0; i < w->ask_cnt; i++)
        if (w->asks[i].own == (size_t)(o - w->owns) && w->asks[i].answered &&
            !memcmp(&w->asks[i].tx, &r->tx, sizeof(r->tx)))
            return r->has_tip;
    return false;
}

/* The verdict, and whom it was lost to or who comes next: *WHO, NULL for nobody. */
static inline lq_dry_verdict_t dry_expect(dry_world_t *w, const dry_own_t *o,
                                          const dry_theirs_t **who, uint64_t *blk)
{
    *who = NULL;
    *blk = 0;
    size_t in_target = 0;
    bool all = true;
    for (uint64_t n = w->low; w->block_cnt && n <= dry_top(w) && n <= o->target && !*who; n++) {
        const dry_block_t *b = dry_at(w, n);
        for (size_t i = 0; i < b->rival_cnt; i++) {
            const dry_theirs_t *r = &b->rivals[i];
            if (r->account != o->account || r->seq < o->seq)
                continue;
            bool told = dry_is_told(w, o, r);
            if (!*who || (told && (!dry_is_told(w, o, *who) || r->tip > (*who)->tip)))
                *who = r;
            *blk = n;
            in_target += n == o->target;
            all = all && (n < o->target || (told && r->has_payment));
        }
    }
    if (*who && *blk < o->target)
        return LQ_DRY_LOST;
    if (o->sim != DRY_SIM_OK)
        return o->sim == DRY_SIM_REVERTED ? LQ_DRY_REVERTED : LQ_DRY_UNKNOWN;
    if (in_target && dry_is_told(w, o, *who) && (*who)->tip >= dry_our_tip(o))
        return LQ_DRY_LOST;
    if (!all || o->ended)
        return LQ_DRY_UNKNOWN;
    for (uint64_t n = o->target + 1; !*who && w->block_cnt && n <= dry_top(w); n++)
        for (size_t i = 0; i < dry_at(w, n)->rival_cnt && !*who; i++)
            if (dry_at(w, n)->rivals[i].account == o->account) {
                *who = &dry_at(w, n)->rivals[i];
                *blk = n;
            }
    return LQ_DRY_WON;
}

static inline lq_i256_t dry_expect_net(dry_world_t *w, const dry_own_t *o, lq_dry_verdict_t verdict)
{
    if (verdict == LQ_DRY_UNKNOWN)
        return dry_i256(0);
    if (verdict == LQ_DRY_REVERTED)
        return dry_i256(-dry_cost(o, dry_gas_wei(w, o)));
    if (o->sim != DRY_SIM_OK || !o->has_gains)
        return o->estimate;
    lq_i128_t sum = -dry_cost(o, dry_gas_wei(w, o)) - dry_cost(o, o->bid);
    for (size_t i = 0; i < 2; i++)
        sum += dry_worth(o->gains[i], &o->prices[i].quote);
    return dry_i256(sum);
}

/* ---- what the dry run says ---- */

static inline dry_own_t *dry_own(dry_world_t *w, uint64_t id)
{
    for (size_t i = w->own_cnt; i > 0; i--)
        if (w->owns[i - 1].id == id)
            return &w->owns[i - 1];
    LQ_BUG("nobody's");
}

static inline void dry_on_simulate(void *ctx, const lq_dry_question_t *q)
{
    dry_world_t *w = ctx;
    const dry_block_t *b = dry_at(w, q->block.block.number);
    LQ_ASSERT(b && b->complete && q->intent_cnt && q->id);
    LQ_ASSERT(dry_same(&b->header, &q->block, sizeof(q->block)));
    LQ_ASSERT(q->parent.number == q->block.block.number - 1 &&
              !memcmp(&q->parent.hash, &q->block.parent_hash, sizeof(q->parent.hash)));
    size_t tx = 0;
    size_t at = 0;
    for (size_t i = 0; i < w->own_cnt; i++) {
        dry_own_t *o = &w->owns[i];
        if (o->target != q->block.block.number || o->booked)
            continue;
        LQ_ASSERT(!o->question && at < q->intent_cnt && q->intents[at] == o->id);
        LQ_ASSERT(q->tx_cnts[at++] == o->tx_cnt);
        for (size_t k = 0; k < o->tx_cnt; k++, tx++) {
            LQ_ASSERT(q->txs[tx].to.b[1] == o->account && q->txs[tx].input_sz == o->input_sz);
            for (size_t byte = 0; byte < q->txs[tx].input_sz; byte++)
                LQ_ASSERT(q->txs[tx].input[byte] == (uint8_t)o->id);
            LQ_ASSERT(q->values_wei[tx].raw.w[0] == (k ? 0 : o->bid));
        }
        o->question = q->id;
    }
    LQ_ASSERT(at == q->intent_cnt && w->question_cnt < DRY_ASKS);
    w->questions[w->question_cnt++] = (dry_question_t){q->id, q->block.block.number, false};
}

/* The first block of those up to the target in which somebody liquidated since; 0: none. */
static inline uint64_t dry_first_rival(dry_world_t *w, const dry_own_t *o)
{
    for (uint64_t n = w->low; n <= dry_top(w) && n <= o->target; n++)
        for (size_t i = 0; i < dry_at(w, n)->rival_cnt; i++)
            if (dry_at(w, n)->rivals[i].account == o->account &&
                dry_at(w, n)->rivals[i].seq >= o->seq)
                return n;
    return 0;
}

static inline void dry_on_rival(void *ctx, uint64_t id, const lq_hash_t *tx,
                                const lq_header_t *header)
{
    dry_world_t *w = ctx;
    const dry_block_t *b = dry_at(w, header->block.number);
    LQ_ASSERT(b && b->complete && dry_same(&b->header, header, sizeof(*header)));
    const dry_theirs_t *r = NULL;
    for (size_t i = 0; i < b->rival_cnt; i++)
        if (!memcmp(&b->rivals[i].tx, tx, sizeof(*tx)))
            r = &b->rivals[i];
    LQ_ASSERT(r && w->ask_cnt < DRY_ASKS);
    for (size_t i = 0; i < w->own_cnt; i++) {
        const dry_own_t *o = &w->owns[i];
        bool asked = false;
        if (o->question != w->answering || o->booked || o->account != r->account ||
            r->seq < o->seq || dry_first_rival(w, o) != header->block.number)
            continue;
        for (size_t k = 0; k < w->ask_cnt; k++)
            asked = asked || (w->asks[k].own == i && w->asks[k].open &&
                              !memcmp(&w->asks[k].tx, tx, sizeof(*tx)));
        if (asked)
            continue;
        for (size_t k = 0; k < w->ask_cnt; k++)
            LQ_ASSERT(w->asks[k].id != id);
        w->asks[w->ask_cnt++] = (dry_tip_ask_t){.id = id, .own = i, .tx = *tx, .open = true};
        return;
    }
    LQ_BUG("nobody wants to know");
}

static inline void dry_on_booked(void *ctx, const lq_dry_row_t *row, bool final)
{
    dry_world_t *w = ctx;
    dry_own_t *o = dry_own(w, row->intent);
    const dry_theirs_t *who;
    uint64_t blk;
    LQ_ASSERT(!o->final);
    if (o->booked && !final) { /* somebody came behind it, or is no more */
        LQ_ASSERT(row->verdict == LQ_DRY_WON &&
                  !dry_same(&row->rival, &o->row.rival, sizeof(row->rival)));
        LQ_ASSERT(!row->rival.known || row->late_blk < 0);
        w->later_cnt++;
    } else if (final) {
        LQ_ASSERT(o->booked && dry_same(row, &o->row, sizeof(*row)));
        LQ_ASSERT(dry_top(w) >= o->target + LQ_DRY_RUN_FINAL_BLK);
        o->final = true;
        w->final_cnt++;
        return;
    } else {
        lq_dry_verdict_t verdict = dry_expect(w, o, &who, &blk);
        lq_i256_t net = dry_expect_net(w, o, verdict);
        LQ_ASSERT(row->verdict == verdict);
        LQ_ASSERT(lq_i256_eq(&row->net_usd, &net));
        LQ_ASSERT(row->rival.known == (who != NULL));
        if (who) {
            LQ_ASSERT(!memcmp(&row->rival.tx_hash, &who->tx, sizeof(who->tx)));
            LQ_ASSERT(row->rival.blk == blk && row->late_blk == (int64_t)(o->target - blk));
            w->early_cnt += blk < o->target;
            w->tie_cnt += verdict == LQ_DRY_LOST && blk == o->target && who->tip == dry_our_tip(o);
        }
        if (o->sim == DRY_SIM_OK) {
            LQ_ASSERT(row->gas == o->sim_gas && row->tip_wei.raw.w[0] == dry_our_tip(o));
            lq_u256_t gas_wei = dry_u256(dry_gas_wei(w, o));
            LQ_ASSERT(lq_u256_eq(&row->gas_wei.raw, &gas_wei));
            LQ_ASSERT(row->bid_wei.raw.w[0] == o->bid && row->has_gains == o->has_gains);
        }
        LQ_ASSERT(verdict < LQ_DRY_REVERTED || row->why[0]);
        w->seen[verdict]++;
    }
    o->booked = true;
    o->question = 0;
    o->row = *row;
}

static inline void dry_on_unbooked(void *ctx, uint64_t intent)
{
    dry_world_t *w = ctx;
    dry_own_t *o = dry_own(w, intent);
    LQ_ASSERT(o->booked && !o->final);
    o->booked = false;
    w->back_cnt++;
}

static inline void dry_on_outcome(void *ctx, const lq_outcome_t *outcome)
{
    dry_world_t *w = ctx;
    dry_own_t *o = dry_own(w, outcome->intent);
    LQ_ASSERT(!w->ending);
    if (outcome->kind == LQ_OUTCOME_WON) {
        LQ_ASSERT(o->booked && o->row.verdict == LQ_DRY_WON && !o->won && !o->ended);
        LQ_ASSERT(!lq_u256_is_zero(&outcome->seized) && !lq_u256_is_zero(&outcome->repaid));
        LQ_ASSERT(outcome->gas == o->sim_gas && outcome->bid_wei.raw.w[0] == o->bid);
        o->won = true;
    } else if (outcome->kind == LQ_OUTCOME_UNMINED) {
        LQ_ASSERT(o->won && !o->booked);
        o->won = false;
        w->unmined_cnt++;
    } else if (outcome->kind == LQ_OUTCOME_FINAL) {
        LQ_ASSERT(o->won && o->final && outcome->gas == o->sim_gas);
        o->won = false;
        o->ended = true;
    } else {
        LQ_ASSERT(!o->won && !o->ended && o->booked);
        bool reverted = o->row.verdict == LQ_DRY_REVERTED;
        LQ_ASSERT(outcome->kind ==
                  (reverted ? LQ_OUTCOME_SIMULATION_REVERTED : LQ_OUTCOME_EXPIRED));
        o->ended = true;
    }
}

/* ---- what holds behind each step ---- */

static inline bool dry_is_open(const dry_world_t *w, size_t own)
{
    for (size_t i = 0; i < w->ask_cnt; i++)
        if (w->asks[i].own == own && w->asks[i].open)
            return true;
    return false;
}

/* Who came behind it is as the chain is now. */
static inline void dry_check_won(dry_world_t *w, const dry_own_t *o)
{
    const dry_theirs_t *who;
    uint64_t blk;
    LQ_ASSERT(dry_expect(w, o, &who, &blk) == LQ_DRY_WON);
    LQ_ASSERT(o->row.rival.known == (who != NULL));
    LQ_ASSERT(!who || !memcmp(&o->row.rival.tx_hash, &who->tx, sizeof(who->tx)));
}

static inline void dry_check(dry_world_t *w)
{
    lq_dry_run_stat_t stat = lq_dry_run_stat(w->dry);
    lq_dry_run_stat_t sum = {.full_cnt = w->refused_cnt};
    for (size_t i = 0; i < w->own_cnt; i++) {
        const dry_own_t *o = &w->owns[i];
        bool due = o->answered && !dry_is_open(w, i);
        LQ_ASSERT(o->booked || !due);
        LQ_ASSERT(o->booked || !w->block_cnt || dry_top(w) <= dry_patience(w, o));
        LQ_ASSERT(w->ending || o->won == (o->booked && !o->final && o->row.verdict == LQ_DRY_WON));
        LQ_ASSERT(w->ending || !o->booked || o->won || o->ended);
        if (!o->booked)
            continue;
        sum.booked_cnt[o->row.verdict]++;
        if (o->row.verdict == LQ_DRY_LOST)
            sum.lost_usd = lq_i256_add_wrap(&sum.lost_usd, &o->row.net_usd);
        if (o->row.verdict != LQ_DRY_WON)
            continue;
        if (!o->final)
            dry_check_won(w, o);
        sum.won_usd = lq_i256_add_wrap(&sum.won_usd, &o->row.net_usd);
        sum.estimated_usd = lq_i256_add_wrap(&sum.estimated_usd, &o->estimate);
        sum.gas_wei.raw = lq_u256_add_wrap(&sum.gas_wei.raw, &o->row.gas_wei.raw);
        sum.bid_wei.raw = lq_u256_add_wrap(&sum.bid_wei.raw, &o->row.bid_wei.raw);
    }
    LQ_ASSERT(!memcmp(&sum, &stat, sizeof(sum)));
}

/* ---- what happens ---- */

static inline void dry_event(dry_world_t *w, lq_event_kind_t kind, const lq_header_t *header)
{
    lq_event_t e = {.kind = kind};
    if (kind == LQ_EVENT_HEAD)
        e.as.head = header;
    else if (kind != LQ_EVENT_BROKEN)
        e.as.block = header->block;
    lq_dry_run_event(w->dry, &e);
}

/* Whatever stood on block FROM or above stands no more. */
static inline void dry_forget(dry_world_t *w, uint64_t from)
{
    for (size_t i = 0; i < w->own_cnt; i++) {
        dry_own_t *o = &w->owns[i];
        if (o->final || o->target < from)
            continue;
        o->question = 0;
        o->answered = false;
        o->sim = DRY_SIM_NOT;
        for (size_t k = 0; k < w->ask_cnt; k++)
            if (w->asks[k].own == i)
                w->asks[k].open = false;
    }
}

static inline void dry_head_comes(dry_world_t *w)
{
    if (w->block_cnt == DRY_BLOCKS)
        return;
    dry_block_t *b = &w->blocks[w->block_cnt++];
    uint64_t made = ++w->made_cnt;
    memset(b, 0, sizeof(*b));
    b->header.block.number = dry_top(w);
    memcpy(b->header.block.hash.b, &made, sizeof(made));
    if (w->block_cnt > 1)
        b->header.parent_hash = b[-1].header.block.hash;
    b->header.timestamp_sec = 12 * dry_top(w);
    b->header.base_fee_wei.raw.w[0] = dry_pick(w, 1000);
    for (size_t i = 0; i < w->own_cnt; i++) {
        dry_own_t *o = &w->owns[i];
        if (o->booked || dry_top(w) <= dry_patience(w, o))
            continue;
        w->given_up_cnt++;
        for (size_t k = 0; k < w->ask_cnt; k++)
            if (w->asks[k].own == i)
                w->asks[k].open = false;
    }
    dry_event(w, LQ_EVENT_HEAD, &b->header);
}

static inline void dry_block_comes(dry_world_t *w)
{
    for (size_t i = 0; i < w->block_cnt; i++) {
        if (w->blocks[i].complete)
            continue;
        w->blocks[i].complete = true;
        dry_event(w, LQ_EVENT_BLOCK, &w->blocks[i].header);
        return;
    }
}

static inline void dry_undo(dry_world_t *w)
{
    if (w->block_cnt < 2)
        return;
    lq_header_t header = w->blocks[w->block_cnt - 1].header;
    dry_forget(w, header.block.number);
    w->block_cnt--;
    dry_event(w, LQ_EVENT_UNDONE, &header);
}

/* It goes on from another place, above mostly. */
static inline void dry_break(dry_world_t *w)
{
    uint64_t top = w->block_cnt ? dry_top(w) : w->low;
    dry_forget(w, 0);
    w->block_cnt = 0;
    w->low = top - 3 + dry_pick(w, 80);
    dry_event(w, LQ_EVENT_BROKEN, NULL);
}

/* Somebody liquidates, in the block on top, whose logs are not all there. */
static inline void dry_rival_comes(dry_world_t *w)
{
    dry_block_t *b = w->block_cnt ? &w->blocks[w->block_cnt - 1] : NULL;
    if (!b || b->complete || b->rival_cnt == DRY_PER_BLOCK)
        return;
    dry_theirs_t *r = &b->rivals[b->rival_cnt++];
    uint64_t made = ++w->made_cnt;
    memset(r, 0, sizeof(*r));
    memcpy(r->tx.b, &made, sizeof(made));
    r->account = (uint8_t)dry_pick(w, DRY_ACCOUNTS);
    r->tip = dry_pick(w, 30);
    if (w->own_cnt && dry_pick(w, 3)) { /* whom we are after */
        const dry_own_t *o = &w->owns[w->own_cnt - 1 - dry_pick(w, dry_min(w->own_cnt, 3))];
        r->account = o->account;
        r->tip = dry_pick(w, 4) ? r->tip : o->tip + o->bid / o->gas;
    }
    r->seq = ++w->seq;
    r->has_tip = dry_pick(w, 8) != 0;
    r->has_payment = r->has_tip && dry_pick(w, 8) != 0;
    lq_evm_log_t log = {
        .block = b->header.block, .tx_hash = r->tx, .tx_idx = (uint32_t)b->rival_cnt};
    lq_address_t liquidator = {{DRY_OTHER}};
    for (uint64_t times = 1 + dry_pick(w, 2); times; times--) /* one transaction, several calls */
        lq_dry_run_liquidated(w->dry, r->account, &liquidator, &log);
    /* the same borrower's in another market */
    lq_dry_run_liquidated(w->dry, DRY_ACCOUNTS + r->account, &liquidator, &log);
}

static inline void dry_take(dry_world_t *w)
{
    static const uint8_t decimals[] = {0, 6, 18};
    if (!w->block_cnt || w->own_cnt == DRY_TAKES)
        return;
    dry_own_t *o = &w->owns[w->own_cnt];
    memset(o, 0, sizeof(*o));
    o->id = ++w->next_intent;
    o->account = (uint8_t)dry_pick(w, DRY_ACCOUNTS);
    o->target = dry_top(w) + 1 + (dry_pick(w, 10) == 0);
    o->last = o->target + dry_pick(w, 3);
    o->seq = ++w->seq;
    o->tip = dry_pick(w, 10);
    o->gas = 1 + dry_pick(w, 500000);
    o->bid = dry_pick(w, 2) ? o->gas * dry_pick(w, 20) : 0;
    o->tx_cnt = 1 + (dry_pick(w, 4) == 0);
    o->input_sz = dry_pick(w, dry_pick(w, 3) ? LQ_DRY_RUN_TX_SZ_MAX + 1 : 100);
    o->coin_price = dry_pick(w, UINT64_C(1) << 50) + 1;
    o->estimate = dry_i256((lq_i128_t)dry_pick(w, 1000000) - 500000);
    for (size_t i = 0; i < 2; i++) {
        o->prices[i].token = dry_token(i);
        o->prices[i].quote = (lq_quote_t){.price_wad = {{dry_pick(w, UINT64_C(1) << 50)}},
                                          .decimals = decimals[dry_pick(w, 3)]};
    }
    lq_plan_t plan;
    memset(&plan, 0, sizeof(plan));
    plan.step_cnt = 1;
    plan.gas = (uint32_t)o->gas;
    plan.profit.net_usd = o->estimate;
    plan.steps[0].outcome.repaid = lq_u256_from_u64(100);
    plan.steps[0].outcome.seized = lq_u256_from_u64(110);
    lq_read_call_t txs[2];
    uint8_t *input = calloc(1, LQ_DRY_RUN_TX_SZ_MAX);
    LQ_ASSERT(input);
    memset(input, (uint8_t)o->id, LQ_DRY_RUN_TX_SZ_MAX);
    for (size_t k = 0; k < o->tx_cnt; k++)
        txs[k] = (lq_read_call_t){
            .to = dry_account(o->account), .input = input, .input_sz = o->input_sz};
    lq_action_take_t take = {.intent = o->id,
                             .account = o->account,
                             .borrower = dry_account(o->account),
                             .plan = &plan,
                             .txs = txs,
                             .tx_cnt = o->tx_cnt,
                             .target_blk = o->target,
                             .last_blk = o->last,
                             .gas_price = {.tip_wei = {{{o->tip}}}},
                             .bid_wei = {{{o->bid}}}};
    lq_quote_t coin = {.price_wad = {{o->coin_price}}, .decimals = 18};
    uint64_t full = lq_dry_run_stat(w->dry).full_cnt;
    w->own_cnt++;
    lq_dry_moment_t moment = {0};
    lq_dry_run_take(w->dry, &take, &moment, o->prices, 2, &coin);
    free(input);
    if (lq_dry_run_stat(w->dry).full_cnt == full)
        return;
    size_t standing = 0;
    for (size_t i = 0; i + 1 < w->own_cnt; i++)
        standing += !w->owns[i].final;
    LQ_ASSERT(standing >= 1);
    w->own_cnt--;
    w->refused_cnt++;
}

/* ---- answers ---- */

typedef struct dry_answer {
    lq_dry_result_t results[2 * DRY_TAKES];
    size_t cnt;
    lq_evm_log_t logs[2 * DRY_LOGS];
    uint8_t data[2 * DRY_LOGS][32];
} dry_answer_t;

static inline lq_hash_t dry_topic(lq_address_t a)
{
    lq_hash_t h = {{0}};
    memcpy(h.b + 12, a.b, sizeof(a.b));
    return h;
}

/* Logs of one transaction; what they come to, of the tokens of a plan, to GAINS. */
static inline size_t dry_logs(dry_world_t *w, dry_answer_t *a, lq_i128_t gains[2])
{
    size_t cnt = dry_pick(w, DRY_LOGS + 1);
    for (size_t i = 0; i < cnt; i++) {
        lq_evm_log_t *log = &a->logs[i];
        uint64_t amount = dry_pick(w, UINT64_C(1) << 40);
        uint64_t token = dry_pick(w, 3); /* one is in no plan */
        uint64_t from = dry_pick(w, 5);  /* nobody, three of ours, another */
        uint64_t to = dry_pick(w, 5);
        bool odd = dry_pick(w, 10) == 0;
        const lq_address_t who[] = {
            {{0}}, {{DRY_OURS}}, {{DRY_OURS + 1}}, {{DRY_OURS + 2}}, {{DRY_OTHER}}};
        memset(log, 0, sizeof(*log));
        log->address = dry_token((size_t)token);
        log->topics[0] = lq_abi_erc20_transfer_event_topic;
        log->topics[0].b[0] ^= odd;
        log->topics[1] = dry_topic(who[from]);
        log->topics[2] = dry_topic(who[to]);
        log->topic_cnt = 3;
        memset(a->data[i], 0, 32);
        for (size_t k = 0; k < 8; k++)
            a->data[i][31 - k] = (uint8_t)(amount >> 8 * k);
        log->data = a->data[i];
        log->data_sz = 32;
        bool from_us = from >= 1 && from <= 3;
        bool to_us = to >= 1 && to <= 3;
        if (token < 2 && !odd && from_us != to_us)
            gains[token] += to_us ? (lq_i128_t)amount : -(lq_i128_t)amount;
    }
    return cnt;
}

static inline void dry_answer_one(dry_world_t *w, dry_answer_t *a, dry_own_t *o, bool fails)
{
    static const uint8_t revert[] = {0x12, 0x34, 0x56, 0x78};
    uint64_t what = dry_pick(w, 8);
    bool logs = dry_pick(w, 8) != 0;
    o->answered = true;
    o->sim = fails || what == 0 ? DRY_SIM_NOT : what == 1 ? DRY_SIM_REVERTED : DRY_SIM_OK;
    o->sim_gas = 0;
    o->has_gains = logs;
    memset(o->gains, 0, sizeof(o->gains));
    bool known = true;
    for (size_t k = 0; k < o->tx_cnt; k++) {
        lq_dry_result_t *r = &a->results[a->cnt++];
        *r = (lq_dry_result_t){.known = what != 0, .ok = what != 1, .has_logs = logs};
        r->gas = (uint32_t)(dry_pick(w, 10) ? o->gas / o->tx_cnt + dry_pick(w, 1000) : 0);
        o->sim_gas += r->gas;
        known = known && r->gas;
        r->data = revert;
        r->data_sz = what == 1 ? dry_pick(w, 5) : 0;
        if (dry_pick(w, 2))
            r->repaid = r->seized = lq_u256_from_u64(7);
        if (logs && k == 0) { /* of the first alone: there is room for those of one */
            r->logs = a->logs;
            r->log_cnt = a->cnt == 1 ? dry_logs(w, a, o->gains) : 0;
        }
    }
    if (!known && o->sim == DRY_SIM_OK)
        o->sim_gas = o->gas;
}

static inline void dry_answer_question(dry_world_t *w)
{
    static dry_answer_t a;
    if (!w->question_cnt)
        return;
    size_t back = dry_pick(w, dry_min(w->question_cnt, 4));
    dry_question_t *q = &w->questions[w->question_cnt - 1 - back];
    uint64_t how = dry_pick(w, 12);
    bool fails = how < 2;
    a.cnt = 0;
    for (size_t i = 0; i < w->own_cnt; i++)
        if (w->owns[i].question == q->id && !w->owns[i].answered)
            dry_answer_one(w, &a, &w->owns[i], fails);
    w->answering = q->id;
    lq_dry_run_tried(w->dry, q->id, how == 0 ? LQ_ERR_TIMEOUT : LQ_OK, how & 4 ? "no \n" : "",
                     a.results, how == 1 ? a.cnt + 1 : a.cnt);
    w->answering = 0;
}

static inline void dry_answer_rival(dry_world_t *w)
{
    if (!w->ask_cnt)
        return;
    size_t back = dry_pick(w, dry_min(w->ask_cnt, 5));
    dry_tip_ask_t *ask = &w->asks[w->ask_cnt - 1 - back];
    const dry_theirs_t *r = NULL;
    for (size_t i = 0; i < w->block_cnt; i++)
        for (size_t k = 0; k < w->blocks[i].rival_cnt; k++)
            if (!memcmp(&w->blocks[i].rivals[k].tx, &ask->tx, sizeof(ask->tx)))
                r = &w->blocks[i].rivals[k];
    lq_dry_rival_t told = {.has_tip = r && r->has_tip,
                           .tip_wei = {{{r ? r->tip : 99}}},
                           .has_payment = r && r->has_payment};
    if (ask->open) {
        ask->open = false;
        ask->answered = true;
    }
    lq_dry_run_rival(w->dry, ask->id, &told);
}

/* ---- */

static inline dry_world_t *dry_world_new(uint64_t (*pick)(void *, uint64_t), void *pick_ctx,
                                         size_t intent_max, uint32_t patience_blk)
{
    dry_world_t *w = calloc(1, sizeof(*w));
    LQ_ASSERT(w);
    w->pick = pick;
    w->pick_ctx = pick_ctx;
    w->low = DRY_FIRST;
    w->config = (lq_dry_run_config_t){.intent_max = intent_max,
                                      .sender = {{DRY_OURS}},
                                      .executor = {{DRY_OURS + 1}},
                                      .owner = {{DRY_OURS + 2}},
                                      .patience_blk = patience_blk};
    lq_dry_sink_t sink = {.ctx = w,
                          .simulate = dry_on_simulate,
                          .rival = dry_on_rival,
                          .outcome = dry_on_outcome,
                          .booked = dry_on_booked,
                          .unbooked = dry_on_unbooked};
    LQ_ASSERT(!lq_arena_init(&w->arena, lq_dry_run_arena_sz(&w->config)));
    LQ_ASSERT(!lq_dry_run_new(&w->dry, &w->arena, &w->config, &sink));
    return w;
}

static inline void dry_world_free(dry_world_t *w)
{
    lq_arena_fini(&w->arena);
    free(w);
}

/* What a calm node does before the next block. */
static inline bool dry_catch_up(dry_world_t *w)
{
    for (size_t i = 0; i < w->own_cnt; i++) {
        const dry_own_t *o = &w->owns[i];
        if (o->booked || !o->question)
            continue;
        if (o->answered)
            dry_answer_rival(w);
        else
            dry_answer_question(w);
        return true;
    }
    if (!w->block_cnt || w->blocks[w->block_cnt - 1].complete)
        return false;
    if (dry_pick(w, 3) == 0)
        dry_rival_comes(w);
    else
        dry_block_comes(w);
    return true;
}

/* One step of everything. */
static inline void dry_step(dry_world_t *w)
{
    uint64_t what = dry_pick(w, w->calm ? 92 : 100);
    if (w->calm && what >= 22 && what < 44)
        what = 0;
    if (w->ask_cnt > DRY_ASKS - 64 || w->question_cnt > DRY_ASKS - 4)
        return;
    if (what < 22) {
        if (!w->calm || !dry_pick(w, 32) || !dry_catch_up(w))
            dry_head_comes(w);
    } else if (what < 44)
        dry_block_comes(w);
    else if (what < 58)
        dry_take(w);
    else if (what < 66)
        dry_rival_comes(w);
    else if (what < 80)
        dry_answer_question(w);
    else if (what < 90)
        dry_answer_rival(w);
    else if (what < 97)
        for (uint64_t n = 1 + dry_pick(w, what < 93 ? 1 : 8); n; n--)
            dry_undo(w);
    else if (what < 98 && dry_pick(w, 8) == 0)
        dry_break(w);
    else if (what == 99)
        for (uint64_t n = dry_pick(w, 12); n; n--)
            dry_head_comes(w);
    dry_check(w);
}

static inline void dry_end(dry_world_t *w)
{
    w->ending = true;
    for (size_t k = 0; k < w->ask_cnt; k++)
        w->asks[k].open = false;
    lq_dry_run_end(w->dry);
    dry_check(w);
    for (size_t i = 0; i < w->own_cnt; i++)
        LQ_ASSERT(w->owns[i].booked);
}

#endif
