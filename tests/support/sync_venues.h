#ifndef SYNC_VENUES_H
#define SYNC_VENUES_H

/* Venues that do as little as the sync and the engine need to see, in place of the real ones: what
   includes this links it instead of them. A pool has a value, which its swaps set, and ticks, which
   its mints add to, so that one that is missed stays wrong. It is read in two reads, the second of
   which asks for the value that the first has told. */

#include <stdlib.h>
#include <string.h>

#include "liqd/market/venues.h"

enum {
    FAKE_POOLS = 4,
    FAKE_VENUE_BYTE = 0xd0, /* and its number */
    FAKE_LENDER_BYTE = 0xe0,
    FAKE_POOL_TOKEN_BYTE = 0x10, /* token0; the next is token1 */
    FAKE_TOPIC_SWAP = 0x78,
    FAKE_TOPIC_MINT = 0x79,
    FAKE_TOPIC_POOL_ODD = 0x7a, /* contradicts */
    FAKE_READ_POOL = 20,
    FAKE_READ_TICKS = 21,
    FAKE_READ_LENDER = 22,
    FAKE_READ_POOL_AUDIT = 23,
};

static const lq_hash_t fake_venue_topics[3] = {
    {{FAKE_TOPIC_SWAP}}, {{FAKE_TOPIC_MINT}}, {{FAKE_TOPIC_POOL_ODD}}};

typedef struct fake_pool {
    uint64_t value;
    uint64_t ticks;
    uint64_t stage;   /* 0 unread, 1 its value was read, 2 all was */
    uint64_t doubted; /* until it was read */
} fake_pool_t;

typedef struct fake_venues_state {
    fake_pool_t pools[FAKE_POOLS];
    uint64_t lender_has;
} fake_venues_state_t;

struct lq_venues {
    lq_undo_t *undo;
    fake_venues_state_t *state;
    lq_venue_pool_t pools[FAKE_POOLS];
    size_t pool_cnt;
    lq_lender_config_t lender;
    size_t lender_cnt;
    uint64_t seen_cnt; /* logs */
    uint64_t settled_cnt;
    uint64_t looked_cnt; /* at pools */
};

size_t lq_venues_state_sz(const lq_venues_config_t *config)
{
    (void)config;
    return sizeof(fake_venues_state_t) + 2 * (size_t)LQ_UNDO_LINE_SZ;
}

size_t lq_venues_arena_sz(const lq_venues_config_t *config)
{
    (void)config;
    return sizeof(lq_venues_t) + 64;
}

lq_err_t lq_venues_new(lq_venues_t **venues, lq_arena_t *arena, lq_undo_t *undo,
                       const lq_venues_config_t *config)
{
    LQ_ASSERT(config->pool_cnt <= FAKE_POOLS && config->lender_cnt <= 1 && config->tick_max);
    lq_venues_t *v = lq_arena_alloc(arena, sizeof(*v), 16);
    LQ_ASSERT(v);
    memset(v, 0, sizeof(*v));
    v->undo = undo;
    v->pool_cnt = config->pool_cnt;
    v->lender_cnt = config->lender_cnt;
    for (size_t i = 0; i < config->pool_cnt; i++)
        v->pools[i].config = config->pools[i];
    if (config->lender_cnt)
        v->lender = config->lenders[0];
    v->state = lq_undo_alloc(undo, sizeof(*v->state));
    LQ_ASSERT(v->state);
    *venues = v;
    return LQ_OK;
}

static inline void fake_put_pool(lq_venues_t *v, uint32_t pool, fake_pool_t now)
{
    lq_undo_write(v->undo, &v->state->pools[pool], &now, sizeof(now));
    v->settled_cnt++;
}

void lq_venues_clear(lq_venues_t *v)
{
    LQ_ASSERT(!lq_undo_depth(v->undo));
    memset(v->state, 0, sizeof(*v->state));
    v->settled_cnt++;
}

uint64_t lq_venues_settled_cnt(const lq_venues_t *v)
{
    return v->settled_cnt;
}

size_t lq_venues_pool_cnt(const lq_venues_t *v)
{
    return v->pool_cnt;
}

static inline lq_no_route_t fake_pool_status(const fake_pool_t *pool)
{
    if (pool->stage < 2)
        return pool->doubted ? LQ_NO_ROUTE_DOUBTFUL : LQ_NO_ROUTE_UNREAD;
    return pool->value % 16 ? LQ_NO_ROUTE_NONE : LQ_NO_ROUTE_EMPTY;
}

/* All of the tokens of engine_market.h. */
const lq_venue_pool_t *lq_venues_pool(const lq_venues_t *v, uint32_t pool)
{
    LQ_ASSERT(pool < v->pool_cnt);
    lq_venue_pool_t *out = (lq_venue_pool_t *)&v->pools[pool];
    ((lq_venues_t *)v)->looked_cnt++;
    out->status = fake_pool_status(&v->state->pools[pool]);
    out->tokens[0] = (lq_address_t){{FAKE_POOL_TOKEN_BYTE}};
    out->tokens[1] = (lq_address_t){{FAKE_POOL_TOKEN_BYTE + 1}};
    return out;
}

/* What a loan was asked for last, and whether the cheapest lender comes to everything: else he has
   nothing worth while, and another one, who is asked for more than 0, has what the lender has. */
static lq_u256_t fake_loan_least;
static bool fake_loan_covers;

lq_err_t lq_venues_loan(const lq_venues_t *v, lq_loan_t *out, const lq_address_t *token,
                        const lq_u256_t *least)
{
    (void)token;
    fake_loan_least = *least;
    if (!v->lender_cnt || !v->state->lender_has)
        return LQ_ERR_NOT_FOUND;
    *out = (lq_loan_t){.kind = v->lender.kind,
                       .lender = v->lender.contract,
                       .pool = LQ_V3_NONE,
                       .fee_pips = 500,
                       .available = lq_u256_from_u64(v->state->lender_has)};
    if (lq_u256_is_zero(least) && !fake_loan_covers)
        out->available = *least;
    return LQ_OK;
}

lq_err_t lq_loan_fee(lq_u256_t *fee, const lq_loan_t *loan, const lq_u256_t *amount)
{
    const lq_u256_t pips = lq_u256_from_u64(loan->fee_pips);
    const lq_u256_t one = lq_u256_from_u64(LQ_PIPS_ONE);
    return lq_u256_mul_div_up(fee, amount, &pips, &one);
}

lq_swaps_t lq_venues_swaps(lq_venues_t *v)
{
    (void)v;
    return lq_swaps_none;
}

/* ---- logs ---- */

size_t lq_venues_watch(const lq_venues_t *v, lq_address_t *out, size_t max)
{
    for (size_t i = 0; i < v->pool_cnt && i < max; i++)
        out[i] = v->pools[i].config.address;
    return v->pool_cnt;
}

const lq_hash_t *lq_venues_topics(size_t *cnt)
{
    *cnt = 3;
    return fake_venue_topics;
}

bool lq_venues_apply(lq_venues_t *v, const lq_evm_log_t *log, bool *fault)
{
    uint64_t data;
    uint32_t pool = (uint32_t)log->address.b[1];
    v->seen_cnt++;
    if (log->address.b[0] != FAKE_VENUE_BYTE || pool >= v->pool_cnt || log->data_sz != 8)
        return false;
    fake_pool_t now = v->state->pools[pool];
    memcpy(&data, log->data, sizeof(data));
    if (!now.stage)
        return false;
    if (log->topics[0].b[0] == FAKE_TOPIC_SWAP) {
        now.value = data;
    } else if (log->topics[0].b[0] == FAKE_TOPIC_MINT) {
        now.ticks += data;
    } else {
        now = (fake_pool_t){.doubted = 1};
        *fault = true;
    }
    fake_put_pool(v, pool, now);
    return true;
}

/* ---- reads ---- */

bool lq_venues_next(const lq_venues_t *v, lq_subject_t *subject)
{
    for (uint32_t kind = LQ_VENUES_SUBJECT_POOL; kind <= LQ_VENUES_SUBJECT_WORDS; kind++) {
        if (kind < subject->kind)
            continue;
        for (uint32_t i = kind == subject->kind ? subject->index + 1 : 0; i < v->pool_cnt; i++) {
            if (v->state->pools[i].stage + 1 != kind)
                continue;
            *subject = (lq_subject_t){kind, i};
            return true;
        }
    }
    return false;
}

bool lq_venues_turn(const lq_venues_t *v, lq_subject_t *subject, uint64_t number)
{
    if (subject->kind || !v->lender_cnt || number % 2 || !v->state->pools[0].stage)
        return false;
    *subject = (lq_subject_t){LQ_VENUES_SUBJECT_LENDER, 0};
    return true;
}

static inline lq_err_t fake_venue_call(lq_calls_t *calls, uint8_t what, uint32_t index,
                                       uint64_t more)
{
    uint8_t *input;
    lq_address_t to = {{FAKE_VENUE_BYTE, (uint8_t)index}};
    lq_err_t err = lq_calls_add(calls, &input, &to, 4);
    if (!err)
        memcpy(input, (uint8_t[4]){what, (uint8_t)index, (uint8_t)more, (uint8_t)(more >> 8)}, 4);
    return err;
}

lq_err_t lq_venues_reads(const lq_venues_t *v, lq_calls_t *calls, lq_subject_t subject)
{
    if (subject.kind == LQ_VENUES_SUBJECT_LENDER)
        return fake_venue_call(calls, FAKE_READ_LENDER, subject.index, 0);
    if (subject.kind == LQ_VENUES_SUBJECT_POOL)
        return fake_venue_call(calls, FAKE_READ_POOL, subject.index, 0);
    return fake_venue_call(calls, FAKE_READ_TICKS, subject.index,
                           v->state->pools[subject.index].value);
}

static inline bool fake_word(uint64_t *out, const lq_read_result_t *results, size_t cnt,
                             size_t word_cnt, size_t word)
{
    if (cnt != 1 || !results[0].ok || results[0].data_sz != 8 * word_cnt)
        return false;
    memcpy(out, results[0].data + 8 * word, sizeof(*out));
    return true;
}

bool lq_venues_answer(lq_venues_t *v, lq_subject_t subject, const lq_read_result_t *results,
                      size_t cnt)
{
    uint64_t word;
    if (!fake_word(&word, results, cnt, 1, 0))
        return false;
    if (subject.kind == LQ_VENUES_SUBJECT_LENDER) {
        lq_undo_write(v->undo, &v->state->lender_has, &word, sizeof(word));
        return true;
    }
    fake_pool_t now = v->state->pools[subject.index];
    LQ_ASSERT(now.stage + 1 == subject.kind);
    now.stage = subject.kind;
    if (now.stage == 1)
        now.value = word;
    else
        now.ticks = word;
    now.doubted = now.doubted && now.stage < 2;
    fake_put_pool(v, subject.index, now);
    return true;
}

/* ---- audits ---- */

lq_err_t lq_venues_audit_reads(const lq_venues_t *v, lq_calls_t *calls, uint32_t pool,
                               uint64_t turn)
{
    (void)v;
    return fake_venue_call(calls, FAKE_READ_POOL_AUDIT, pool, turn % 2);
}

lq_err_t lq_venues_audit_expected(const lq_venues_t *v, lq_audit_t *out, uint32_t pool,
                                  uint64_t turn)
{
    (void)turn;
    const fake_pool_t *it = &v->state->pools[pool];
    if (fake_pool_status(it) != LQ_NO_ROUTE_NONE)
        return LQ_ERR_EMPTY;
    *out = (lq_audit_t){.cnt = 2,
                        .own_cnt = 2,
                        .names = {"value", "ticks"},
                        .values = {{{it->value, 0, 0, 0}}, {{it->ticks, 0, 0, 0}}}};
    return LQ_OK;
}

lq_err_t lq_venues_audit_actual(const lq_venues_t *v, lq_audit_t *out, uint32_t pool, uint64_t turn,
                                const lq_read_result_t *results, size_t cnt)
{
    (void)turn;
    if (fake_pool_status(&v->state->pools[pool]) != LQ_NO_ROUTE_NONE)
        return LQ_ERR_EMPTY;
    lq_audit_t said = {.cnt = 2, .own_cnt = 2, .names = {"value", "ticks"}};
    if (!fake_word(&said.values[0].w[0], results, cnt, 2, 0) ||
        !fake_word(&said.values[1].w[0], results, cnt, 2, 1))
        return LQ_ERR_SYNTAX;
    *out = said;
    return LQ_OK;
}

void lq_venues_doubt(lq_venues_t *v, uint32_t pool)
{
    fake_put_pool(v, pool, (fake_pool_t){.doubted = 1});
}

#endif
