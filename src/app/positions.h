#ifndef LIQD_APP_POSITIONS_H
#define LIQD_APP_POSITIONS_H

/* What `liqd positions` tells: the accounts of a book by their exact health, and how far markets
   and feeds can be relied on. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "follow.h"
#include "liqd/base/err.h"
#include "report_terms.h"
#include "state.h"

typedef struct lq_positions_query {
    uint32_t instance; /* this market alone; UINT32_MAX: all */
    bool has_below;
    lq_u256_t below_wad; /* health factors below this alone */
    size_t limit;        /* at most so many of each list; SIZE_MAX: all */
} lq_positions_query_t;

/* An account with debt and a health. */
typedef struct lq_position {
    uint32_t account;
    lq_u256_t factor_wad;
} lq_position_t;

/* Numbers of accounts of one market. */
typedef struct lq_positions_count {
    size_t account_cnt;
    size_t debt_cnt; /* with debt and a health */
    size_t liquidatable_cnt;
    size_t armed_cnt;
    size_t unknown_cnt, quarantined_cnt, refused_cnt;
    size_t no_health_cnt; /* a price is missing, or the contract's own computation reverts */
} lq_positions_count_t;

typedef struct lq_positions {
    const lq_state_t *state;
    lq_positions_query_t query;
    lq_block_ref_t block; /* of whose end the state is */
    uint64_t block_sec;   /* that healths are computed for, as the contracts' views at BLOCK are */
    lq_position_t *rows;  /* lowest health first; the limit applies */
    size_t row_cnt;
    size_t match_cnt; /* without the limit */
    uint32_t *apart;  /* accounts without a health; the limit applies */
    size_t apart_cnt;
    size_t apart_all_cnt;
    lq_positions_count_t counts[LQ_SYNC_INSTANCE_MAX];
    lq_report_terms_t terms;
    const lq_symbol_t *symbols; /* beside those that the oracles know; borrowed */
    size_t symbol_cnt;
} lq_positions_t;

/* lq_positions_collect fills OUT, but for terms and symbols, from the state at the end of BLOCK, of
   the time BLOCK_SEC.
   LQ_ERR_NOMEM. End it with lq_positions_free, whatever is returned. */
LQ_MUST_USE lq_err_t lq_positions_collect(lq_positions_t *out, const lq_state_t *state,
                                          const lq_positions_query_t *query,
                                          const lq_block_ref_t *block, uint64_t block_sec);
void lq_positions_free(lq_positions_t *p);

/* lq_positions_print writes the tables; CLOCK_SEC is the time of day. */
void lq_positions_print(FILE *out, const lq_positions_t *p, uint64_t clock_sec);

/* lq_positions_json returns all of it; NULL where memory runs out. */
json_t *lq_positions_json(const lq_positions_t *p, uint64_t clock_sec);

/* ---- what both are made of */

/* What values of an account are counted in. */
typedef struct lq_value_unit {
    char text[LQ_TOKEN_SYMBOL_SZ];
    unsigned decimals;
} lq_value_unit_t;

/* One amount that an account holds or owes. */
typedef struct lq_leg_view {
    lq_side_t side;
    lq_address_t token;
    char symbol[LQ_TOKEN_SYMBOL_SZ]; /* plain text; "" not known */
    uint8_t decimals;
    uint8_t category;
    bool known; /* whether AMOUNT is */
    lq_u256_t amount;
    lq_u128_t scaled; /* as the ledger keeps it */
} lq_leg_view_t;

uint32_t lq_positions_instance(const lq_positions_t *p, uint32_t account);
/* lq_positions_asset_cnt returns how many reserves, or isolated markets, INSTANCE has. */
size_t lq_positions_asset_cnt(const lq_positions_t *p, uint32_t instance);
lq_value_unit_t lq_positions_unit(const lq_positions_t *p, uint32_t account);
lq_leg_view_t lq_positions_leg(const lq_positions_t *p, uint32_t account, size_t i);
lq_health_t lq_positions_health(const lq_positions_t *p, uint32_t account);

/* lq_positions_why returns why ACCOUNT stands apart. */
const char *lq_positions_why(const lq_positions_t *p, uint32_t account);

/* lq_positions_feed_name returns what the operator calls the feed of SOURCE, else its address,
   written to OUT. */
#define LQ_FEED_NAME_SZ 64
const char *lq_positions_feed_name(char out[LQ_FEED_NAME_SZ], const lq_positions_t *p,
                                   const lq_address_t *source);

/* How far a market's price of a token is from ours. */
typedef struct lq_positions_gap {
    uint32_t instance;
    uint32_t oracle; /* of market/oracles.h */
    lq_value_gap_t gap;
} lq_positions_gap_t;

/* lq_positions_gaps writes the gaps of TOKEN, number of market/oracles.h, one for each market that
   prices it in dollars, and returns how many there are. */
size_t lq_positions_gaps(lq_positions_gap_t out[LQ_SYNC_INSTANCE_MAX], const lq_positions_t *p,
                         uint32_t token);

/* lq_positions_distance sets *BPS to how far ANSWER is from NOW, in hundredths of a percent of NOW,
   truncated; false where that is not to be told. */
bool lq_positions_distance(int64_t *bps, const lq_i256_t *answer, const lq_i256_t *now);

/* What liquidating an account would earn. */
typedef struct lq_positions_profit {
    bool is_now;               /* it can be liquidated; else at the nearest of its triggers */
    const lq_trigger_t *where; /* that trigger, of the same outlook; NULL: there is none */
    bool has_net;
    lq_i256_t net_usd; /* wads, the bid paid */
    const char *why;   /* nothing would be sent; NULL: it would */
} lq_positions_profit_t;

#define LQ_POSITIONS_TRIGGER_MAX 16
#define LQ_POSITIONS_HORIZON_SEC ((uint64_t)10 * 365 * 86400)

/* When an account can be liquidated, and what that earns. */
typedef struct lq_positions_outlook {
    lq_trigger_t triggers[LQ_POSITIONS_TRIGGER_MAX];
    size_t trigger_cnt;
    uint64_t interest_sec; /* by interest alone; UINT64_MAX: not within LQ_POSITIONS_HORIZON_SEC */
    lq_positions_profit_t profit;
} lq_positions_outlook_t;

void lq_positions_outlook(lq_positions_outlook_t *out, const lq_positions_t *p, uint32_t account);

#endif
