#ifndef LIQD_PROTOCOL_MORPHO_BLUE_ADAPTER_INTERNAL_H
#define LIQD_PROTOCOL_MORPHO_BLUE_ADAPTER_INTERNAL_H

/* The adapter's state, as its files share it. One row a market, in two tables: what never changes
   once it is known (about), and what does (state). Rows have no padding, so that equal states are
   equal bytes. A row changes by lq_morpho_row_store alone, which keeps all that follows from it. */

#include "liqd/base/map.h"
#include "liqd/protocol/adapter.h"
#include "liqd/protocol/morpho_blue_math.h"
#include "liqd/protocol/morpho_irm.h"

#define LQ_MORPHO_WAD UINT64_C(1000000000000000000)

#define LQ_MORPHO_MARKET_MAX (LQ_LEDGER_FACTOR_MAX / 2)

typedef struct lq_morpho_head {
    uint32_t market_cnt;
    uint32_t irm_cnt;
    uint32_t marked_cnt; /* markets to be read */
    uint32_t moving_cnt; /* markets whose rate is to be read at each block */
    uint64_t now_sec;
    uint64_t is_full; /* a market found no room: none is added any more */
} lq_morpho_head_t;

typedef struct lq_morpho_about {
    lq_hash_t id;
    lq_address_t loan_token;
    lq_address_t collateral_token;
    lq_address_t oracle;
    lq_address_t irm;
    uint64_t lltv_wad;
    uint32_t pool;
    uint16_t collateral_factor;
    uint16_t debt_factor;
    uint8_t has_params; /* 0: nothing but id, pool and factors is known */
    uint8_t loan_decimals;
    uint8_t collateral_decimals;
    uint8_t unused[5];
} lq_morpho_about_t;
_Static_assert(sizeof(lq_morpho_about_t) == 136, "padding");

typedef enum lq_morpho_market_state {
    LQ_MORPHO_MARKET_UNREAD,
    LQ_MORPHO_MARKET_ABSENT, /* not created, as far as the last read */
    LQ_MORPHO_MARKET_KNOWN,
} lq_morpho_market_state_t;

typedef enum lq_morpho_now {
    LQ_MORPHO_NOW_UNKNOWN,
    LQ_MORPHO_NOW_OK,
    LQ_MORPHO_NOW_REVERTS, /* the contract cannot accrue */
} lq_morpho_now_t;

typedef struct lq_morpho_row {
    /* Accrued to the instance's time, or the last update where that is later: follows from the
       rest. In a line of its own, since it changes with each block. */
    lq_u128_t now_supply_assets;
    lq_u128_t now_supply_shares;
    lq_u128_t now_borrow_assets;
    uint8_t now;        /* lq_morpho_now_t; the three above are 0 unless OK */
    uint8_t state;      /* lq_morpho_market_state_t; all but price below counts only for KNOWN */
    uint8_t irm_known;  /* kind and rate are */
    uint8_t irm_kind;   /* lq_morpho_irm_kind_t */
    uint8_t pending;    /* BorrowRateUpdate has come, and its AccrueInterest has not */
    uint8_t rate_known; /* UNKNOWN kind: read since the totals last changed */
    uint8_t price_known;
    uint8_t rate_read; /* UNKNOWN kind: the same, though it may have reverted */
    uint8_t unused[8];

    lq_u128_t total_supply_assets;
    lq_u128_t total_supply_shares;
    lq_u128_t total_borrow_assets;
    lq_u128_t total_borrow_shares;
    uint64_t last_update_sec;
    uint64_t fee_wad;
    uint64_t irm_rate_wad;     /* lq_morpho_irm_t's */
    uint64_t pending_rate_wad; /* what it will be */
    lq_u256_t rate_wad;        /* UNKNOWN kind: borrowRateView */
    lq_u256_t price;
    uint64_t pending_avg_wad; /* the borrow rate that the AccrueInterest has to name */
    uint64_t unused_2[3];
} lq_morpho_row_t;
_Static_assert(offsetof(lq_morpho_row_t, total_supply_assets) == LQ_UNDO_LINE_SZ, "a line");
_Static_assert(sizeof(lq_morpho_row_t) == 4 * (size_t)LQ_UNDO_LINE_SZ, "padding");

struct lq_instance {
    lq_undo_t *undo;
    lq_ledger_t *ledger;
    lq_map_t *by_id; /* hints: an undone market leaves its entry */
    lq_hash_t *ids;  /* markets to keep; none: all */
    size_t id_cnt;
    size_t market_max;
    uint32_t instance;
    lq_address_t contract;

    lq_morpho_head_t *head;
    lq_morpho_about_t *abouts;
    lq_morpho_row_t *rows;
    lq_address_t *irms; /* each once, in the order of their coming */
};

/* Subjects. */
#define LQ_MORPHO_SUBJECT_MARKET 2u /* structure and totals */
#define LQ_MORPHO_SUBJECT_RATE   3u /* the rate of a model without formula */

static inline bool lq_morpho_is_none(const lq_address_t *address)
{
    static const lq_address_t none = {{0}};
    return memcmp(address, &none, sizeof(none)) == 0;
}

static inline bool lq_morpho_row_is_marked(const lq_morpho_row_t *row)
{
    return row->state == LQ_MORPHO_MARKET_UNREAD ||
           (row->state == LQ_MORPHO_MARKET_KNOWN && !row->irm_known);
}

/* Whether its rate is to be read at each block: where there is debt to bear interest. */
static inline bool lq_morpho_row_is_moving(const lq_morpho_row_t *row)
{
    return row->state == LQ_MORPHO_MARKET_KNOWN && row->irm_known &&
           row->irm_kind == LQ_MORPHO_IRM_UNKNOWN && row->total_borrow_assets != 0;
}

/* Whether its rate is to be read at once: a market that turns out to be moving after the reads of a
   block were chosen would go through that block without. */
static inline bool lq_morpho_row_wants_rate(const lq_morpho_row_t *row)
{
    return lq_morpho_row_is_moving(row) && !row->rate_read;
}

/* ---- morpho_blue_adapter_market.c ---- */

/* lq_morpho_row_find sets *I to the row of ID. LQ_ERR_NOT_FOUND. */
LQ_MUST_USE lq_err_t lq_morpho_row_find(const lq_instance_t *self, uint32_t *i,
                                        const lq_hash_t *id);

/* lq_morpho_row_add appends an UNREAD row of ID, which is not there, and sets *I. LQ_ERR_FULL. */
LQ_MUST_USE lq_err_t lq_morpho_row_add(lq_instance_t *self, uint32_t *i, const lq_hash_t *id);

/* lq_morpho_row_params gives row I its PARAMS, where it has none; *WATCH is set to true where that
   names a new model. LQ_ERR_INVAL: they are not those of its id; LQ_ERR_RANGE: of no market. */
LQ_MUST_USE lq_err_t lq_morpho_row_params(lq_instance_t *self, bool *watch, uint32_t i,
                                          const lq_abi_morpho_blue_market_params_t *params);

/* lq_morpho_row_store makes row I ROW, its `now` what follows, and sets the values of its factors.
 */
void lq_morpho_row_store(lq_instance_t *self, uint32_t i, const lq_morpho_row_t *row);

/* lq_morpho_row_mark has market I read anew. */
void lq_morpho_row_mark(lq_instance_t *self, uint32_t i);

/* lq_morpho_row_market returns the market of row I as last stored, lq_morpho_row_load makes MARKET
   that of ROW. */
lq_morpho_market_t lq_morpho_row_market(const lq_morpho_about_t *about, const lq_morpho_row_t *row);
void lq_morpho_row_load(lq_morpho_row_t *row, const lq_morpho_market_t *market);

/* lq_morpho_row_at sets *OUT to the market of row I accrued to AT_SEC; OUT is unchanged unless OK.
 */
lq_morpho_now_t lq_morpho_row_at(lq_morpho_market_t *out, const lq_morpho_about_t *about,
                                 const lq_morpho_row_t *row, uint64_t at_sec);

/* lq_morpho_row_now is the same for the instance's own time, without computing it again. */
lq_morpho_now_t lq_morpho_row_now(lq_morpho_market_t *out, const lq_instance_t *self, uint32_t i);

/* lq_morpho_row_refresh sets what follows from the rest of ROW. */
void lq_morpho_row_refresh(const lq_instance_t *self, const lq_morpho_about_t *about,
                           lq_morpho_row_t *row);

/* lq_morpho_collateral_factor_value and _debt_ return what a unit of either is worth. */
lq_factor_value_t lq_morpho_collateral_factor_value(const lq_morpho_about_t *about, bool known,
                                                    const lq_u256_t *price);
lq_factor_value_t lq_morpho_debt_factor_value(lq_morpho_now_t now, lq_u128_t total_borrow_assets,
                                              lq_u128_t total_borrow_shares);

/* lq_morpho_remap builds the map by id from the table. LQ_ERR_EXISTS: an id stands twice. */
LQ_MUST_USE lq_err_t lq_morpho_remap(lq_instance_t *self);

void lq_morpho_set_price(lq_instance_t *self, size_t i, bool known, const lq_u256_t *price);
void lq_morpho_set_now(lq_instance_t *self, uint64_t now_sec);

/* ---- the members of lq_adapter_t, by file ---- */

const lq_hash_t *lq_morpho_topics(size_t *cnt);
const lq_hash_t *lq_morpho_discovery_topics(size_t *cnt);
lq_err_t lq_morpho_discover(lq_instance_t *self, const lq_evm_log_t *log);
lq_applied_t lq_morpho_apply(lq_instance_t *self, const lq_evm_log_t *log, uint64_t block_sec);

bool lq_morpho_next(const lq_instance_t *self, lq_subject_t *subject);
bool lq_morpho_every_block(const lq_instance_t *self, lq_subject_t *subject);
lq_err_t lq_morpho_reads(const lq_instance_t *self, lq_calls_t *calls, lq_subject_t subject);
lq_applied_t lq_morpho_answer(lq_instance_t *self, lq_subject_t subject,
                              const lq_read_result_t *results, size_t cnt, uint64_t block_sec);

/* lq_morpho_price_of returns the price of market I under VIEW; NULL: none. lq_morpho_market_of sets
   *OUT to the market under VIEW, as lq_morpho_row_at. lq_morpho_position_of returns what ACCOUNT
   has in its market I. lq_morpho_judge sets *OUT to the health of such a position. */
const lq_u256_t *lq_morpho_price_of(const lq_instance_t *self, uint32_t i,
                                    const lq_health_view_t *view);
lq_morpho_now_t lq_morpho_market_of(lq_morpho_market_t *out, const lq_instance_t *self, uint32_t i,
                                    const lq_health_view_t *view);
lq_morpho_position_t lq_morpho_position_of(const lq_instance_t *self, uint32_t i, uint32_t account);
void lq_morpho_judge(lq_health_t *out, const lq_morpho_market_t *m, const lq_morpho_position_t *p,
                     const lq_u256_t *price);

void lq_morpho_health(const lq_instance_t *self, lq_health_t *out, uint32_t account,
                      const lq_health_view_t *view);
lq_factor_value_t lq_morpho_shifted_value(const lq_instance_t *self, uint16_t factor,
                                          const lq_health_view_t *view);
lq_err_t lq_morpho_audit_reads(const lq_instance_t *self, lq_calls_t *calls, uint32_t account);
lq_err_t lq_morpho_audit_expected(const lq_instance_t *self, lq_audit_t *out, uint32_t account,
                                  uint64_t now_sec);
lq_err_t lq_morpho_audit_actual(const lq_instance_t *self, lq_audit_t *out, uint32_t account,
                                const lq_read_result_t *results, size_t cnt);
void lq_morpho_doubt(lq_instance_t *self, uint32_t account);

lq_err_t lq_morpho_trial_open(const lq_instance_t *self, lq_trial_t *trial, uint32_t account,
                              const lq_health_view_t *view);
void lq_morpho_trial_copy(lq_trial_t *to, const lq_trial_t *from);
size_t lq_morpho_trial_pairs(const lq_instance_t *self, const lq_trial_t *trial,
                             lq_liquidation_pair_t *out, size_t max);
size_t lq_morpho_trial_ranges(const lq_instance_t *self, const lq_trial_t *trial,
                              lq_liquidation_range_t out[LQ_LIQUIDATION_RANGE_MAX],
                              lq_liquidation_pair_t pair, lq_liquidation_by_t by);
lq_err_t lq_morpho_trial_call(const lq_instance_t *self, lq_trial_t *trial,
                              lq_liquidation_outcome_t *out, const lq_liquidation_call_t *call);
lq_err_t lq_morpho_trial_send(const lq_instance_t *self, lq_trial_t *trial,
                              lq_liquidation_outcome_t *out, const lq_liquidation_call_t *call);
void lq_morpho_trial_health(const lq_instance_t *self, const lq_trial_t *trial, lq_health_t *out);
lq_err_t lq_morpho_encode_call(const lq_instance_t *self, lq_calls_t *calls, uint32_t account,
                               const lq_liquidation_call_t *call,
                               const lq_liquidation_outcome_t *outcome);
lq_err_t lq_morpho_guard(const lq_instance_t *self, lq_calls_t *calls, lq_guard_t *out,
                         uint32_t account, const lq_liquidation_call_t *call,
                         const lq_liquidation_outcome_t *outcome);
bool lq_morpho_liquidated(const lq_instance_t *self, lq_liquidation_log_t *out,
                          const lq_evm_log_t *log);

/* bytes of a call of liquidate without data: selector, nine words, an empty tail */
#define LQ_MORPHO_LIQUIDATE_SZ (4 + 10 * 32)

lq_err_t lq_morpho_token_amount(const lq_instance_t *self, lq_u256_t *out, uint16_t factor,
                                lq_u128_t amount, uint64_t now_sec);
uint32_t lq_morpho_factor_oracle(const lq_instance_t *self, uint16_t factor);
bool lq_morpho_pool_id(const lq_instance_t *self, uint32_t local, lq_hash_t *id);

/* lq_morpho_incentive_under returns the factor of a market of LLTV_WAD under WHAT_IF. */
uint64_t lq_morpho_incentive_under(uint64_t lltv_wad, const lq_what_if_t *what_if);
lq_err_t lq_morpho_incentive(const lq_instance_t *self, lq_incentive_t *out,
                             lq_liquidation_pair_t pair, const lq_what_if_t *what_if);

/* lq_morpho_call_* append one call each. LQ_ERR_FULL. */
LQ_MUST_USE lq_err_t lq_morpho_call_market(const lq_instance_t *self, lq_calls_t *calls,
                                           uint32_t i);
LQ_MUST_USE lq_err_t lq_morpho_call_position(const lq_instance_t *self, lq_calls_t *calls,
                                             uint32_t i, const lq_address_t *owner);
LQ_MUST_USE lq_err_t lq_morpho_call_rate(const lq_instance_t *self, lq_calls_t *calls, uint32_t i,
                                         const lq_morpho_market_t *market);

/* lq_morpho_account_row returns the row of ACCOUNT's market. */
static inline uint32_t lq_morpho_account_row(const lq_instance_t *self, uint32_t account)
{
    uint32_t pool = lq_ledger_account(self->ledger, account).pool;
    return lq_ledger_pool(self->ledger, pool).local;
}

#endif
