#ifndef FAKE_PROTOCOL_H
#define FAKE_PROTOCOL_H

/* A protocol of few rules, its contract, and an adapter of it.

   A pool of up to FAKE_RESERVES tokens, listed one after another, and FAKE_OWNERS owners with a
   balance in each. A log of a token changes one owner's balance by a difference; each log of pool
   or token also adds the seconds since the last to `clock`, so that a log applied at a wrong time
   stays wrong. `rate` is another in each block without a log. */

#include <stdlib.h>
#include <string.h>

#include "liqd/protocol/adapter.h"
#include "sync_market.h"
#include "sync_venues.h"

enum {
    FAKE_OWNERS = 24,
    FAKE_RESERVES = 4,
    FAKE_POOL_BYTE = 0x01,
    FAKE_TOKEN_BYTE = 0x10, /* and its number */
    FAKE_TOPIC_MOVE = 0x51,
    FAKE_TOPIC_LIST = 0x52,
    FAKE_TOPIC_ODD = 0x53, /* contradicts: the adapter has to doubt the owner */
    FAKE_TOPIC_SEC = 0x54, /* the same, but in a block of the time that it names */
    FAKE_READ_LIST = 1,
    FAKE_READ_RATE = 2,
    FAKE_READ_OWNER = 3,
    FAKE_SUBJECT_LIST = 2,
    FAKE_SUBJECT_RATE = 3,
    FAKE_OWNER_SZ = 8 * (FAKE_RESERVES + 1), /* the balances, and the clock */
};

/* The contract at the end of a block. */
typedef struct fake_contract {
    uint64_t balance[FAKE_OWNERS][FAKE_RESERVES];
    uint64_t listed;
    uint64_t clock;
    uint64_t last_sec;
    uint64_t rate;
    uint64_t feed;
    uint64_t aggregator;
    uint64_t pool_value[FAKE_POOLS];
    uint64_t pool_ticks[FAKE_POOLS];
    uint64_t lender_has;
} fake_contract_t;

typedef struct fake_state {
    uint64_t listed;
    uint64_t clock;
    uint64_t last_sec;
    uint64_t rate;
    uint64_t read; /* the list is known */
    uint64_t rate_sec;
    uint64_t has_pool;
    uint64_t factor_cnt;
    uint64_t now_sec;
    uint64_t price;   /* of the collateral, reserve 0, in FAKE_PRICE of the debt, reserve 1 */
    uint64_t doubted; /* the list is to be read again */
} fake_state_t;

typedef struct fake_instance {
    lq_undo_t *undo;
    lq_ledger_t *ledger;
    fake_state_t *state;
    uint32_t instance;
    unsigned version;
} fake_instance_t;

static inline fake_instance_t *fake_of(lq_instance_t *self)
{
    return (fake_instance_t *)(void *)self;
}

static inline const fake_instance_t *fake_of_const(const lq_instance_t *self)
{
    return (const fake_instance_t *)(const void *)self;
}

static inline lq_address_t fake_owner(uint64_t i)
{
    return (lq_address_t){{0xee, (uint8_t)i}};
}

static inline size_t fake_state_sz(const lq_instance_config_t *config)
{
    (void)config;
    return 256;
}

static inline lq_err_t fake_make(lq_instance_t **self, lq_arena_t *arena, lq_undo_t *undo,
                                 lq_ledger_t *ledger, const lq_instance_config_t *config)
{
    fake_instance_t *f = lq_arena_alloc(arena, sizeof(*f), 16);
    LQ_ASSERT(f);
    *f = (fake_instance_t){
        .undo = undo, .ledger = ledger, .instance = config->instance, .version = config->version};
    f->state = lq_undo_alloc(undo, sizeof(*f->state));
    *self = (lq_instance_t *)(void *)f;
    return LQ_OK;
}

static inline void fake_put(fake_instance_t *f, const fake_state_t *state)
{
    lq_undo_write(f->undo, f->state, state, sizeof(*state));
}

static inline void fake_clear(lq_instance_t *self)
{
    fake_put(fake_of(self), &(fake_state_t){0});
}

static inline void fake_reread(lq_instance_t *self)
{
    fake_state_t now = *fake_of(self)->state;
    now.read = 0;
    now.listed = 0;
    fake_put(fake_of(self), &now);
}

static inline size_t fake_watch(const lq_instance_t *self, lq_address_t *out, size_t max)
{
    const fake_state_t *s = fake_of_const(self)->state;
    size_t cnt = 1 + s->listed;
    for (size_t i = 0; i < cnt && i < max; i++)
        out[i] = (lq_address_t){{(uint8_t)(i ? FAKE_TOKEN_BYTE + i - 1 : FAKE_POOL_BYTE)}};
    return cnt;
}

static const lq_hash_t fake_topics_all[3] = {
    {{FAKE_TOPIC_MOVE}}, {{FAKE_TOPIC_LIST}}, {{FAKE_TOPIC_ODD}}};

static inline const lq_hash_t *fake_topics(size_t *cnt)
{
    *cnt = 3;
    return fake_topics_all;
}

static inline const lq_hash_t *fake_discovery_topics(size_t *cnt)
{
    *cnt = 1;
    return fake_topics_all;
}

static inline void fake_pool(fake_instance_t *f, fake_state_t *s)
{
    if (!s->has_pool) {
        uint32_t pool;
        LQ_ASSERT(!lq_ledger_add_pool(f->ledger, &pool, (lq_ledger_pool_t){f->instance, 0}));
        s->has_pool = 1;
    }
    for (; s->factor_cnt < s->listed; s->factor_cnt++) {
        uint16_t factor;
        lq_factor_t about = {.asset = (uint16_t)s->factor_cnt, .side = LQ_SIDE_DEBT};
        LQ_ASSERT(!lq_ledger_add_factor(f->ledger, &factor, &about));
        LQ_ASSERT(factor == s->factor_cnt);
    }
}

static inline uint32_t fake_account(fake_instance_t *f, uint64_t owner)
{
    lq_address_t address = fake_owner(owner);
    uint32_t a = LQ_LEDGER_NONE;
    fake_state_t s = *f->state;
    fake_pool(f, &s);
    fake_put(f, &s);
    if (lq_ledger_find(f->ledger, &a, 0, &address) &&
        lq_ledger_add(f->ledger, &a, 0, &address) == LQ_ERR_FULL)
        return LQ_LEDGER_NONE;
    return a;
}

static inline lq_err_t fake_discover(lq_instance_t *self, const lq_evm_log_t *log)
{
    if (log->topic_cnt < 2 || log->topics[1].b[0] >= FAKE_OWNERS)
        return LQ_OK;
    return fake_account(fake_of(self), log->topics[1].b[0]) == LQ_LEDGER_NONE ? LQ_ERR_FULL : LQ_OK;
}

static inline lq_applied_t fake_apply_move(fake_instance_t *f, const lq_evm_log_t *log)
{
    uint64_t r = (uint64_t)log->address.b[0] - FAKE_TOKEN_BYTE;
    if (r >= f->state->listed || log->topic_cnt < 2 || log->topics[1].b[0] >= FAKE_OWNERS)
        return LQ_APPLIED_NOT;
    uint32_t a = fake_account(f, log->topics[1].b[0]);
    if (a == LQ_LEDGER_NONE || lq_ledger_account(f->ledger, a).state != LQ_ACCOUNT_KNOWN)
        return LQ_APPLIED;
    if (log->topics[0].b[0] == FAKE_TOPIC_SEC && log->data_sz == 8 &&
        fake_get(log->data) == f->state->last_sec)
        return LQ_APPLIED;
    if (log->topics[0].b[0] != FAKE_TOPIC_MOVE || log->data_sz != 8) {
        lq_ledger_set_state(f->ledger, a, LQ_ACCOUNT_QUARANTINED);
        return LQ_APPLIED_FAULT;
    }
    lq_u128_t now = lq_ledger_amount(f->ledger, a, (uint16_t)r) + fake_get(log->data);
    LQ_ASSERT(!lq_ledger_set_amount(f->ledger, a, (uint16_t)r, now & UINT64_MAX));
    return LQ_APPLIED;
}

static inline lq_applied_t fake_apply(lq_instance_t *self, const lq_evm_log_t *log, uint64_t sec)
{
    fake_instance_t *f = fake_of(self);
    bool pool = log->address.b[0] == FAKE_POOL_BYTE;
    uint64_t r = (uint64_t)log->address.b[0] - FAKE_TOKEN_BYTE;
    if (!log->topic_cnt || !(pool || r < f->state->listed))
        return LQ_APPLIED_NOT;
    LQ_ASSERT(sec <= f->state->now_sec);
    if (sec < f->state->last_sec) /* a node lied */
        return LQ_APPLIED_FAULT;
    fake_state_t s = *f->state;
    s.clock += (sec - s.last_sec) * s.last_sec % 1000;
    s.last_sec = sec;
    if (pool && log->topics[0].b[0] == FAKE_TOPIC_LIST && s.read) {
        s.listed++;
        fake_pool(f, &s);
        fake_put(f, &s);
        return LQ_APPLIED_WATCH;
    }
    fake_put(f, &s);
    return pool ? LQ_APPLIED : fake_apply_move(f, log);
}

static inline bool fake_next(const lq_instance_t *self, lq_subject_t *subject)
{
    const fake_state_t *s = fake_of_const(self)->state;
    if (subject->kind || (s->read && !s->doubted))
        return false;
    *subject = (lq_subject_t){FAKE_SUBJECT_LIST, 0};
    return true;
}

static inline bool fake_every_block(const lq_instance_t *self, lq_subject_t *subject)
{
    if (subject->kind || !fake_of_const(self)->state->read)
        return false;
    *subject = (lq_subject_t){FAKE_SUBJECT_RATE, 0};
    return true;
}

static inline lq_err_t fake_reads_of(const lq_instance_t *self, lq_calls_t *calls, uint32_t account)
{
    lq_account_t a = lq_ledger_account(fake_of_const(self)->ledger, account);
    return fake_call(calls, FAKE_POOL_BYTE, FAKE_READ_OWNER, a.owner.b[1]);
}

static inline lq_err_t fake_reads(const lq_instance_t *self, lq_calls_t *calls,
                                  lq_subject_t subject)
{
    if (subject.kind == LQ_SUBJECT_ACCOUNT)
        return fake_reads_of(self, calls, subject.index);
    return fake_call(calls, FAKE_POOL_BYTE,
                     subject.kind == FAKE_SUBJECT_LIST ? FAKE_READ_LIST : FAKE_READ_RATE, 0);
}

static inline lq_applied_t fake_answer_account(fake_instance_t *f, uint32_t account,
                                               const lq_read_result_t *result)
{
    if (result->data_sz != FAKE_OWNER_SZ || !f->state->read)
        return LQ_APPLIED_FAULT;
    lq_ledger_clear_legs(f->ledger, account);
    for (size_t r = 0; r < f->state->listed; r++)
        LQ_ASSERT(
            !lq_ledger_set_amount(f->ledger, account, (uint16_t)r, fake_get(result->data + 8 * r)));
    lq_ledger_set_state(f->ledger, account, LQ_ACCOUNT_KNOWN);
    return LQ_APPLIED;
}

static inline lq_applied_t fake_answer(lq_instance_t *self, lq_subject_t subject,
                                       const lq_read_result_t *results, size_t cnt, uint64_t sec)
{
    fake_instance_t *f = fake_of(self);
    fake_state_t s = *f->state;
    if (subject.kind == FAKE_SUBJECT_RATE && (cnt != 1 || !results[0].ok)) {
        s.rate = UINT64_MAX; /* not known */
        fake_put(f, &s);
        return LQ_APPLIED;
    }
    if (cnt != 1 || !results[0].ok)
        return LQ_APPLIED_FAULT;
    if (subject.kind == LQ_SUBJECT_ACCOUNT)
        return fake_answer_account(f, subject.index, &results[0]);
    if (subject.kind == FAKE_SUBJECT_RATE) {
        if (results[0].data_sz != 8)
            return LQ_APPLIED_FAULT;
        s.rate = fake_get(results[0].data);
        s.rate_sec = sec;
        fake_put(f, &s);
        return LQ_APPLIED;
    }
    if (results[0].data_sz != 24 || fake_get(results[0].data) > FAKE_RESERVES)
        return LQ_APPLIED_FAULT;
    if (s.listed != fake_get(results[0].data)) /* what was read before lacks a leg */
        for (uint32_t a = 0; a < lq_ledger_cnt(f->ledger); a++)
            lq_ledger_set_state(f->ledger, a, LQ_ACCOUNT_UNKNOWN);
    s.listed = fake_get(results[0].data);
    s.clock = fake_get(results[0].data + 8);
    s.last_sec = fake_get(results[0].data + 16);
    s.read = 1;
    s.doubted = 0;
    fake_pool(f, &s);
    fake_put(f, &s);
    return LQ_APPLIED_WATCH;
}

static inline void fake_set_now(lq_instance_t *self, uint64_t now_sec)
{
    fake_state_t s = *fake_of(self)->state;
    s.now_sec = now_sec;
    fake_put(fake_of(self), &s);
}

static const char *const fake_names[FAKE_RESERVES + 1] = {"balance 0", "balance 1", "balance 2",
                                                          "balance 3", "clock"};

static inline lq_err_t fake_audit_expected(const lq_instance_t *self, lq_audit_t *out,
                                           uint32_t account, uint64_t now_sec)
{
    (void)now_sec;
    const fake_state_t *s = fake_of_const(self)->state;
    if (s->doubted)
        return LQ_ERR_EMPTY;
    *out = (lq_audit_t){.cnt = FAKE_RESERVES + 1, .own_cnt = FAKE_RESERVES};
    out->names[FAKE_RESERVES] = fake_names[FAKE_RESERVES];
    out->values[FAKE_RESERVES] = (lq_u256_t){{s->clock, 0, 0, 0}};
    for (unsigned r = 0; r < FAKE_RESERVES; r++) {
        out->names[r] = fake_names[r];
        out->values[r] = (lq_u256_t){
            {(uint64_t)lq_ledger_amount(fake_of_const(self)->ledger, account, (uint16_t)r), 0, 0,
             0}};
    }
    return LQ_OK;
}

static inline lq_err_t fake_audit_actual(const lq_instance_t *self, lq_audit_t *out,
                                         uint32_t account, const lq_read_result_t *results,
                                         size_t cnt)
{
    (void)self;
    (void)account;
    if (cnt != 1 || !results[0].ok || results[0].data_sz != FAKE_OWNER_SZ)
        return LQ_ERR_SYNTAX;
    *out = (lq_audit_t){.cnt = FAKE_RESERVES + 1, .own_cnt = FAKE_RESERVES};
    for (size_t r = 0; r <= FAKE_RESERVES; r++) {
        out->names[r] = fake_names[r];
        out->values[r] = (lq_u256_t){{fake_get(results[0].data + 8 * r), 0, 0, 0}};
    }
    return LQ_OK;
}

/* `clock` is what all share. */
static inline void fake_doubt(lq_instance_t *self, uint32_t account)
{
    (void)account;
    fake_state_t s = *fake_of(self)->state;
    s.doubted = 1;
    fake_put(fake_of(self), &s);
}

/* The one oracle prices all. */
static inline uint32_t fake_factor_oracle(const lq_instance_t *self, uint16_t factor)
{
    (void)self;
    (void)factor;
    return 0;
}

/* ---- liquidation: reserve 0 secures, reserve 1 is owed, the others play no role ---- */

enum {
    FAKE_PRICE = 500,
    FAKE_LIQUIDATOR_BYTE = 0x99,
    FAKE_ODD_OWNER = 5, /* of every six one whom the contract does not let be liquidated */
};

static inline size_t fake_oracle_cnt(const lq_instance_t *self)
{
    (void)self;
    return 1;
}

static inline lq_oracle_ref_t fake_oracle(const lq_instance_t *self, size_t i)
{
    (void)self;
    (void)i;
    return (lq_oracle_ref_t){.source = {{FAKE_PROXY_BYTE}}, .kind = LQ_ORACLE_AAVE};
}

static inline void fake_set_price(lq_instance_t *self, size_t i, bool known, const lq_u256_t *price)
{
    fake_state_t s = *fake_of(self)->state;
    (void)i;
    s.price = known ? price->w[0] : 0;
    fake_put(fake_of(self), &s);
}

/* A unit of the debt is 5 dollars. */
static inline void fake_health(const lq_instance_t *self, lq_health_t *out, uint32_t account,
                               const lq_health_view_t *view)
{
    const fake_instance_t *f = fake_of_const(self);
    (void)view;
    *out = (lq_health_t){.verdict = LQ_HEALTH_UNKNOWN};
    lq_account_t about = lq_ledger_account(f->ledger, account);
    if (about.state != LQ_ACCOUNT_KNOWN)
        return;
    uint64_t owed = (uint64_t)lq_ledger_amount(f->ledger, account, 1) * FAKE_PRICE;
    uint64_t held = (uint64_t)lq_ledger_amount(f->ledger, account, 0) * f->state->price;
    out->collateral_value = (lq_u256_t){{held * 1000000, 0, 0, 0}};
    out->debt_value = (lq_u256_t){{owed * 1000000, 0, 0, 0}};
    out->verdict = !owed ? LQ_HEALTH_NO_DEBT : LQ_HEALTH_SAFE;
    if (owed && held < owed)
        out->verdict = LQ_HEALTH_LIQUIDATABLE;
    out->blocked = about.owner.b[1] % 6 == FAKE_ODD_OWNER;
}

static inline lq_err_t fake_trial_open(const lq_instance_t *self, lq_trial_t *trial,
                                       uint32_t account, const lq_health_view_t *view)
{
    lq_health_t health;
    fake_health(self, &health, account, view);
    memcpy(trial->bytes, &account, sizeof(account));
    return health.verdict == LQ_HEALTH_LIQUIDATABLE ? LQ_OK : LQ_ERR_EMPTY;
}

static inline void fake_trial_copy(lq_trial_t *to, const lq_trial_t *from)
{
    memcpy(to->bytes, from->bytes, sizeof(uint32_t));
}

static inline size_t fake_trial_pairs(const lq_instance_t *self, const lq_trial_t *trial,
                                      lq_liquidation_pair_t *out, size_t max)
{
    (void)self;
    (void)trial;
    if (max)
        out[0] = (lq_liquidation_pair_t){.collateral = 0, .debt = 1};
    return 1;
}

/* Half of a debt may be repaid at once. */
static inline uint64_t fake_most_repaid(const lq_ledger_t *ledger, uint32_t account)
{
    return (uint64_t)lq_ledger_amount(ledger, account, 1) / 2 + 1;
}

static inline size_t fake_trial_ranges(const lq_instance_t *self, const lq_trial_t *trial,
                                       lq_liquidation_range_t out[LQ_LIQUIDATION_RANGE_MAX],
                                       lq_liquidation_pair_t pair, lq_liquidation_by_t by)
{
    uint32_t account;
    (void)pair;
    memcpy(&account, trial->bytes, sizeof(account));
    out[0] = (lq_liquidation_range_t){
        lq_u256_from_u64(1),
        lq_u256_from_u64(fake_most_repaid(fake_of_const(self)->ledger, account))};
    return by == LQ_LIQUIDATION_BY_REPAID;
}

static inline lq_err_t fake_trial_send(const lq_instance_t *self, lq_trial_t *trial,
                                       lq_liquidation_outcome_t *out,
                                       const lq_liquidation_call_t *call)
{
    (void)self;
    (void)trial;
    *out = (lq_liquidation_outcome_t){.repaid = call->amount};
    return LQ_OK;
}

static inline lq_err_t fake_encode_call(const lq_instance_t *self, lq_calls_t *calls,
                                        uint32_t account, const lq_liquidation_call_t *call,
                                        const lq_liquidation_outcome_t *outcome)
{
    (void)self;
    (void)outcome;
    return fake_call(calls, FAKE_POOL_BYTE, (uint8_t)account, (uint8_t)call->amount.w[0]);
}

static inline lq_err_t fake_guard(const lq_instance_t *self, lq_calls_t *calls, lq_guard_t *out,
                                  uint32_t account, const lq_liquidation_call_t *call,
                                  const lq_liquidation_outcome_t *outcome)
{
    const uint16_t debt = call->pair.debt;
    lq_err_t err = fake_call(calls, FAKE_POOL_BYTE, (uint8_t)account, (uint8_t)debt);
    (void)outcome;
    if (!err)
        *out = lq_guard_of(0, lq_ledger_amount(fake_of_const(self)->ledger, account, debt));
    return err;
}

/* Who loses more than half of what one can owe was liquidated. */
static inline bool fake_liquidated(const lq_instance_t *self, lq_liquidation_log_t *out,
                                   const lq_evm_log_t *log)
{
    lq_address_t owner = fake_owner(log->topics[1].b[0]);
    if (log->address.b[0] != FAKE_TOKEN_BYTE + 1 || log->topic_cnt < 2 || log->data_sz != 8 ||
        log->topics[0].b[0] != FAKE_TOPIC_MOVE ||
        fake_get(log->data) - (UINT64_MAX - 1000) > UINT64_C(1000) - FAKE_PRICE)
        return false;
    *out =
        (lq_liquidation_log_t){.account = LQ_LEDGER_NONE, .liquidator = {{FAKE_LIQUIDATOR_BYTE}}};
    if (fake_of_const(self)->state->has_pool)
        (void)!lq_ledger_find(fake_of_const(self)->ledger, &out->account, 0, &owner);
    return true;
}

static inline void fake_asset_token(const lq_instance_t *self, uint16_t factor, lq_address_t *token,
                                    uint8_t *decimals)
{
    (void)self;
    *token = (lq_address_t){{(uint8_t)(FAKE_TOKEN_BYTE + factor)}};
    *decimals = 0;
}

/* Three units for one: an amount is not one of units. */
static inline lq_err_t fake_token_amount(const lq_instance_t *self, lq_u256_t *out, uint16_t factor,
                                         lq_u128_t amount, uint64_t now_sec)
{
    (void)self;
    (void)factor;
    (void)now_sec;
    *out = lq_u256_from_halves(0, 3 * amount);
    return LQ_OK;
}

static inline unsigned fake_version(const lq_instance_t *self)
{
    return fake_of_const(self)->version;
}

static inline size_t fake_pieces(lq_instance_t *self, lq_undo_piece_t out[LQ_ADAPTER_PIECE_MAX])
{
    fake_state_t *s = fake_of(self)->state;
    out[0] = (lq_undo_piece_t){s, sizeof(*s), sizeof(*s)};
    return 1;
}

static inline lq_err_t fake_restored(lq_instance_t *self)
{
    (void)self;
    return LQ_OK;
}

static const char *const fake_version_names[] = {"1", "2", NULL};

static const lq_adapter_t fake_adapter = {
    .name = "fake",
    .version_names = fake_version_names,
    .layout = 1,
    .state_sz = fake_state_sz,
    .make = fake_make,
    .clear = fake_clear,
    .reread = fake_reread,
    .watch = fake_watch,
    .topics = fake_topics,
    .discovery_topics = fake_discovery_topics,
    .discover = fake_discover,
    .apply = fake_apply,
    .next = fake_next,
    .every_block = fake_every_block,
    .reads = fake_reads,
    .answer = fake_answer,
    .oracle_cnt = fake_oracle_cnt,
    .oracle = fake_oracle,
    .set_price = fake_set_price,
    .set_now = fake_set_now,
    .health = fake_health,
    .audit_reads = fake_reads_of,
    .audit_expected = fake_audit_expected,
    .audit_actual = fake_audit_actual,
    .doubt = fake_doubt,
    .version = fake_version,
    .pieces = fake_pieces,
    .restored = fake_restored,
    .trial_open = fake_trial_open,
    .trial_copy = fake_trial_copy,
    .trial_pairs = fake_trial_pairs,
    .trial_ranges = fake_trial_ranges,
    .trial_send = fake_trial_send,
    .encode_call = fake_encode_call,
    .guard = fake_guard,
    .liquidated = fake_liquidated,
    .asset_token = fake_asset_token,
    .token_amount = fake_token_amount,
    .factor_oracle = fake_factor_oracle,
};

#endif
