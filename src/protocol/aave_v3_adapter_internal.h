#ifndef LIQD_PROTOCOL_AAVE_V3_ADAPTER_INTERNAL_H
#define LIQD_PROTOCOL_AAVE_V3_ADAPTER_INTERNAL_H

/* What the files of the adapter share: its state, and how that is changed.

   A reserve is a row, named by its asset's address and never given to another. It is known once it
   was read, and unknown again while it is marked; its factors have no value then, and accounts with
   it no health. All changes go through here, so that the undo journal and the factors' values
   follow. */

#include <string.h>

#include "liqd/base/map.h"
#include "liqd/codec/abi_aave_v3.h"
#include "liqd/protocol/aave_v3_adapter.h"
#include "liqd/protocol/aave_v3_health.h"
#include "liqd/protocol/aave_v3_liquidation.h"

#define RESERVE_MAX    1024u /* rows; of them 128 live */
#define RESERVE_ID_MAX 128u  /* as the user configuration has bits for */
#define CATEGORY_CNT   256u
#define PAGE_CNT       8u  /* categories are read in pages */
#define PAGE_SZ        32u /* categories */
#define NO_ID          255u
#define NONE32         UINT32_MAX

/* Kinds of subjects, in the order in which they are read. */
enum {
    SUBJECT_PROVIDER = 2, /* the pool: its addresses provider */
    SUBJECT_POOL,         /* what that names, the list of reserves, the version */
    SUBJECT_ORACLE,       /* its base currency */
    SUBJECT_RESERVE,      /* index: row */
    SUBJECT_CATEGORIES,   /* index: page */
    SUBJECT_E_MODE_PRICE, /* index: category; the source of its price, to 3.1 */
    SUBJECT_ROUNDING,     /* index: row; tells 3.4 from 3.5 */
    SUBJECT_SENTINEL,     /* each block */
};

/* How far the pool itself is known; the subject of that number is the next. */
enum {
    STAGE_PROVIDER,
    STAGE_POOL,
    STAGE_ORACLE,
    STAGE_READY
};

typedef struct state {
    lq_u256_t base_unit; /* what the oracle says for the base currency */
    uint64_t now_sec;
    uint32_t pool; /* the ledger's number, NONE32 before there is one */
    uint32_t reserve_cnt;
    uint32_t oracle_cnt;
    uint32_t row_cnt;
    uint32_t watch_cnt;
    uint32_t unused;
    lq_address_t provider;
    lq_address_t configurator;
    lq_address_t oracle;
    lq_address_t sentinel; /* all zero: none */
    lq_address_t base_currency;
    uint8_t stage;
    uint8_t version;
    uint8_t version_sure;
    uint8_t sentinel_allows;
} state_t;

typedef struct reserve {
    lq_aave_v3_asset_t asset; /* now; what health looks at stands here and in the next line */
    uint8_t known;            /* read, not marked since, index computable */
    uint8_t priced;           /* its oracle has a price above 0 */
    uint8_t id;
    uint8_t category; /* its own, to 3.1 */
    uint8_t decimals;
    uint8_t active;
    uint8_t paused;
    uint8_t marked; /* to be read */
    uint8_t dropped;
    uint8_t tried; /* SUBJECT_ROUNDING was answered */
    uint16_t bonus_bps;
    uint16_t fee_bps;
    uint16_t unused;
    uint64_t grace_until_sec;
    lq_aave_v3_accrual_t accrual;
    lq_u256_t deficit;
    uint32_t oracle;
    uint32_t first_row; /* of its factors, NONE32: none */
    lq_address_t underlying;
    lq_address_t a_token; /* all zero: not known */
    lq_address_t debt_token;
    lq_address_t stable_token;
} reserve_t;

typedef struct category {
    lq_u256_t price; /* 0: none known */
    uint64_t bitmap[2];
    uint32_t oracle;           /* NONE32: never had one */
    lq_address_t price_source; /* to 3.1: what the oracle is asked for; all zero: nothing */
    uint16_t threshold_bps;
    uint16_t bonus_bps;
    uint8_t known;
    uint8_t marked;
    uint8_t source_marked; /* its price's source is to be read */
    uint8_t priced;
} category_t;

_Static_assert(sizeof(state_t) == 168 && sizeof(category_t) == 80, "no padding in a snapshot");

/* An oracle serves one reserve, or the price of one category. */
#define ORACLE_OF_CATEGORY 0x80000000u
typedef struct oracle {
    lq_u256_t price;
    lq_address_t source;
    uint32_t target; /* row, or ORACLE_OF_CATEGORY and the category */
    uint8_t known;
    uint8_t unused[7];
} oracle_t;

/* A collateral flag can be on while there is nothing to flag (a balance that rounding used up,
   3.0's repayWithATokens), and what comes in then counts without a log that says so. Such a flag is
   a leg of 1, idle and of this category. */
#define FLAG_ALONE 1u

/* A factor of ours. */
typedef struct row {
    uint16_t factor;
    uint16_t reserve;
    uint8_t category;
    uint8_t side;
    uint16_t unused;
    uint32_t next; /* of the same reserve */
} row_t;

#define SLOT_CNT (2u * CATEGORY_CNT + 2u) /* factors that a reserve can have */
#define ROW_MAX  65535u

struct lq_instance {
    lq_instance_config_t config;
    lq_ledger_t *ledger;
    lq_undo_t *undo;
    state_t *s;
    reserve_t *reserves;
    category_t *categories;
    oracle_t *oracles;
    row_t *rows;
    uint16_t *slots; /* reserve x SLOT_CNT: number of the row and 1; derived from rows */
    lq_address_t *watched;
    size_t row_max;
    size_t oracle_max;
    size_t watch_max;
    lq_map_t *names; /* address: row and what it is of it; hints */
};

static inline const lq_aave_v3_rules_t *rules_now(const lq_instance_t *self)
{
    return lq_aave_v3_rules((lq_aave_v3_version_t)self->s->version);
}

static inline bool is_zero(const lq_address_t *a)
{
    static const lq_address_t zero;
    return memcmp(a, &zero, sizeof(zero)) == 0;
}

static inline bool is_same(const lq_address_t *a, const lq_address_t *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static inline lq_u128_t bitmap_of(const category_t *c)
{
    return (lq_u128_t)c->bitmap[1] << 64 | c->bitmap[0];
}

static inline bool is_flag_alone(const lq_factor_t *f)
{
    return f->side == LQ_SIDE_IDLE && f->category == FLAG_ALONE;
}

static inline bool fits128(const lq_u256_t *v)
{
    return (v->w[2] | v->w[3]) == 0;
}

/* Each says that the caller changes it now. */
static inline state_t *edit_state(lq_instance_t *self)
{
    lq_undo_keep(self->undo, self->s, sizeof(*self->s));
    return self->s;
}

static inline reserve_t *edit_reserve(lq_instance_t *self, uint32_t row)
{
    lq_undo_keep(self->undo, &self->reserves[row], sizeof(self->reserves[row]));
    return &self->reserves[row];
}

static inline category_t *edit_category(lq_instance_t *self, unsigned id)
{
    lq_undo_keep(self->undo, &self->categories[id], sizeof(self->categories[id]));
    return &self->categories[id];
}

/* What an address is of a reserve. */
typedef enum name_kind {
    NAME_UNDERLYING,
    NAME_ATOKEN,
    NAME_DEBT
} name_kind_t;

/* find_name sets *ROW to the reserve that has ADDRESS as its KIND. */
bool find_name(const lq_instance_t *self, uint32_t *row, name_kind_t *kind,
               const lq_address_t *address);
bool find_reserve(const lq_instance_t *self, uint32_t *row, const lq_address_t *underlying);
LQ_MUST_USE lq_err_t set_name(lq_instance_t *self, const lq_address_t *address, uint32_t row,
                              name_kind_t kind);

/* add_reserve sets *ROW to that of UNDERLYING, a new one, marked, where it is not there. */
LQ_MUST_USE lq_err_t add_reserve(lq_instance_t *self, uint32_t *row,
                                 const lq_address_t *underlying);

/* set_tokens gives a reserve its tokens. LQ_ERR_EXISTS: one is already something else's, or
   nobody's. */
LQ_MUST_USE lq_err_t set_tokens(lq_instance_t *self, uint32_t row, const lq_address_t *a_token,
                                const lq_address_t *debt, const lq_address_t *stable);

/* add_watch has ADDRESS watched and counts in *ADDED whether that is new. */
LQ_MUST_USE lq_err_t add_watch(lq_instance_t *self, size_t *added, const lq_address_t *address);

/* mark_* say that it is to be read; what depends on it has no value until then. */
void mark_pool(lq_instance_t *self);
void mark_reserve(lq_instance_t *self, uint32_t row);
void mark_category(lq_instance_t *self, unsigned id);

/* drop_reserve takes a reserve out of the pool: its row stays, without tokens. */
void drop_reserve(lq_instance_t *self, uint32_t row);

/* set_source has the oracle of a reserve or a category ask SOURCE. */
void set_reserve_source(lq_instance_t *self, uint32_t row, const lq_address_t *source);
LQ_MUST_USE lq_err_t set_category_source(lq_instance_t *self, unsigned id,
                                         const lq_address_t *source);

/* refresh_reserve and refresh_category compute what is derived, and the factors' values;
   refresh_price does where nothing but the reserve's price is another. */
void refresh_reserve(lq_instance_t *self, uint32_t row);
void refresh_price(lq_instance_t *self, uint32_t row);
void refresh_category(lq_instance_t *self, unsigned id);
void refresh_all(lq_instance_t *self);

/* set_unit makes a reserve's unit from its decimals. LQ_ERR_RANGE: it has none then. */
LQ_MUST_USE lq_err_t set_unit(reserve_t *r);

/* asset_at sets *OUT to RESERVE as all accounts see it at NOW_SEC at PRICE; false: it cannot be. */
bool asset_at(const lq_instance_t *self, lq_aave_v3_asset_t *out, const reserve_t *reserve,
              const lq_u256_t *price, uint64_t now_sec);

/* value_of returns what a factor of RESERVE is worth where it is as ASSET says, and CATEGORY (NULL:
   of none) as it says. */
lq_factor_value_t value_of(const lq_instance_t *self, const reserve_t *reserve,
                           const lq_aave_v3_asset_t *asset, uint8_t category,
                           const lq_u256_t *category_price, lq_side_t side);

/* Accounts. factor_for sets *FACTOR to that of a reserve's SIDE for an account of CATEGORY, a new
   one where it is not there. LQ_ERR_FULL. */
LQ_MUST_USE lq_err_t factor_for(lq_instance_t *self, uint16_t *factor, uint32_t row, lq_side_t side,
                                uint8_t category);

/* slot_of_row returns the place of ROW among the slots. */
size_t slot_of_row(const row_t *row);

/* A supply or debt of an account: its leg's side, factor and amount. A flag alone is COLLATERAL of
   amount 0. */
typedef struct holding {
    lq_side_t side;
    bool has_leg;
    uint16_t factor;
    lq_u128_t amount;
} holding_t;
holding_t supply_of(const lq_instance_t *self, uint32_t account, uint32_t row);
holding_t debt_of(const lq_instance_t *self, uint32_t account, uint32_t row);

/* set_holding gives ACCOUNT AMOUNT of a reserve's SIDE, in place of what HELD is; COLLATERAL of 0
   is a flag alone. */
LQ_MUST_USE lq_err_t set_holding(lq_instance_t *self, uint32_t account, uint32_t row,
                                 const holding_t *held, lq_side_t side, lq_u128_t amount);

/* set_e_mode moves ACCOUNT's legs to the factors of CATEGORY. */
LQ_MUST_USE lq_err_t set_e_mode(lq_instance_t *self, uint32_t account, uint8_t category);

/* quarantine_all has all accounts that were read read again. */
void quarantine_all(lq_instance_t *self);

/* take_version has all computed as VERSION does it. */
void take_version(lq_instance_t *self, unsigned version, bool sure);

/* IS tells whether LOG's first topic is that of the event NAME; DECODE sets *OUT from it, or is
   false. */
#define IS(log, name) is_topic((log), &lq_abi_aave_v3_##name##_event_topic)
#define DECODE(out, log, name)                                                          \
    (lq_abi_aave_v3_##name##_event_decode((out), NULL, (log)->topics, (log)->topic_cnt, \
                                          (log)->data, (log)->data_sz) == LQ_OK)

static inline bool is_topic(const lq_evm_log_t *log, const lq_hash_t *topic)
{
    return log->topic_cnt > 0 && memcmp(&log->topics[0], topic, sizeof(*topic)) == 0;
}

/* The files' entries in the table. */
lq_applied_t aave_apply(lq_instance_t *self, const lq_evm_log_t *log, uint64_t block_sec);
lq_applied_t aave_apply_config(lq_instance_t *self, const lq_evm_log_t *log);
lq_applied_t aave_apply_oracle(lq_instance_t *self, const lq_evm_log_t *log);
lq_applied_t aave_apply_provider(lq_instance_t *self, const lq_evm_log_t *log);
lq_err_t aave_discover(lq_instance_t *self, const lq_evm_log_t *log);
bool aave_next(const lq_instance_t *self, lq_subject_t *subject);
bool aave_every_block(const lq_instance_t *self, lq_subject_t *subject);
lq_err_t aave_reads(const lq_instance_t *self, lq_calls_t *calls, lq_subject_t subject);
lq_applied_t aave_answer(lq_instance_t *self, lq_subject_t subject, const lq_read_result_t *results,
                         size_t cnt, uint64_t block_sec);
lq_err_t account_reads(const lq_instance_t *self, lq_calls_t *calls, uint32_t account);
lq_applied_t account_answer(lq_instance_t *self, uint32_t account, const lq_read_result_t *results,
                            size_t cnt);
void aave_health(const lq_instance_t *self, lq_health_t *out, uint32_t account,
                 const lq_health_view_t *view);
lq_factor_value_t aave_shifted_value(const lq_instance_t *self, uint16_t factor,
                                     const lq_health_view_t *view);
lq_err_t aave_audit_reads(const lq_instance_t *self, lq_calls_t *calls, uint32_t account);
lq_err_t aave_audit_expected(const lq_instance_t *self, lq_audit_t *out, uint32_t account,
                             uint64_t now_sec);
lq_err_t aave_audit_actual(const lq_instance_t *self, lq_audit_t *out, uint32_t account,
                           const lq_read_result_t *results, size_t cnt);
void aave_doubt(lq_instance_t *self, uint32_t account);

lq_err_t aave_token_amount(const lq_instance_t *self, lq_u256_t *out, uint16_t factor,
                           lq_u128_t amount, uint64_t now_sec);
uint32_t aave_factor_oracle(const lq_instance_t *self, uint16_t factor);

/* aave_bonus_under returns BONUS_BPS, a reserve's or a category's, under WHAT_IF. */
uint16_t aave_bonus_under(uint16_t bonus_bps, const lq_what_if_t *what_if);
lq_err_t aave_incentive(const lq_instance_t *self, lq_incentive_t *out, lq_liquidation_pair_t pair,
                        const lq_what_if_t *what_if);

/* An account's legs as they stand under a view, and the assets they name: without one they are the
   reserves' own. */
typedef struct scene {
    lq_aave_v3_leg_t legs[LQ_LEDGER_LEG_MAX];
    const lq_factor_t *factors[LQ_LEDGER_LEG_MAX];
    uint16_t numbers[LQ_LEDGER_LEG_MAX]; /* the factors' */
    size_t cnt;
    lq_aave_v3_e_mode_t e_mode;
    const lq_aave_v3_e_mode_t *in; /* NULL: in none */
} scene_t;

/* make_scene sets *OUT to ACCOUNT under VIEW, whose assets it puts into ASSETS, or as it is where
   that is NULL. false: something of it is not known. It stays where it is: it may point into
   itself. */
bool make_scene(const lq_instance_t *self, scene_t *out, uint32_t account,
                const lq_health_view_t *view, lq_aave_v3_asset_t *assets);

/* Whether VIEW is what is so already; the time it is of. */
bool is_quiet(const lq_instance_t *self, const lq_health_view_t *view);
uint64_t view_now(const lq_instance_t *self, const lq_health_view_t *view);

/* pair_passes tells whether the contract's validation has a call at NOW_SEC that takes COLLATERAL,
   which the account has flagged, and repays DEBT, which it owes. */
bool pair_passes(const lq_instance_t *self, const lq_u256_t *health_factor, uint64_t now_sec,
                 const reserve_t *collateral, const reserve_t *debt);

/* set_figures sets *OUT to what A says, but for `blocked`. */
void set_figures(lq_health_t *out, const lq_aave_v3_account_t *a);

lq_err_t aave_trial_open(const lq_instance_t *self, lq_trial_t *trial, uint32_t account,
                         const lq_health_view_t *view);
void aave_trial_copy(lq_trial_t *to, const lq_trial_t *from);
size_t aave_trial_pairs(const lq_instance_t *self, const lq_trial_t *trial,
                        lq_liquidation_pair_t *out, size_t max);
size_t aave_trial_ranges(const lq_instance_t *self, const lq_trial_t *trial,
                         lq_liquidation_range_t out[LQ_LIQUIDATION_RANGE_MAX],
                         lq_liquidation_pair_t pair, lq_liquidation_by_t by);
bool aave_trial_top(const lq_instance_t *self, lq_trial_t *trial, lq_liquidation_outcome_t *out,
                    lq_liquidation_top_t *top);
lq_err_t aave_trial_call(const lq_instance_t *self, lq_trial_t *trial,
                         lq_liquidation_outcome_t *out, const lq_liquidation_call_t *call);
lq_err_t aave_trial_send(const lq_instance_t *self, lq_trial_t *trial,
                         lq_liquidation_outcome_t *out, const lq_liquidation_call_t *call);
void aave_trial_health(const lq_instance_t *self, const lq_trial_t *trial, lq_health_t *out);
lq_err_t aave_encode_call(const lq_instance_t *self, lq_calls_t *calls, uint32_t account,
                          const lq_liquidation_call_t *call,
                          const lq_liquidation_outcome_t *outcome);
lq_err_t aave_guard(const lq_instance_t *self, lq_calls_t *calls, lq_guard_t *out, uint32_t account,
                    const lq_liquidation_call_t *call, const lq_liquidation_outcome_t *outcome);
bool aave_liquidated(const lq_instance_t *self, lq_liquidation_log_t *out, const lq_evm_log_t *log);

/* Calls and their answers, word by word. */
LQ_MUST_USE lq_err_t call_word(lq_calls_t *calls, const lq_address_t *to, uint32_t selector,
                               const lq_u256_t *arg);
LQ_MUST_USE lq_err_t call_address(lq_calls_t *calls, const lq_address_t *to, uint32_t selector,
                                  const lq_address_t *arg);
bool get_word(lq_u256_t *out, const lq_read_result_t *r, size_t i);
bool get_address(lq_address_t *out, const lq_read_result_t *r, size_t i);
bool get_bps(uint16_t *out, const lq_read_result_t *r, size_t i);

/* reserve_call_cnt returns how many calls tell of a reserve. */
size_t reserve_call_cnt(const lq_instance_t *self);

#endif
