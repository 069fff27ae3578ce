#ifndef LIQD_APP_ANALYZE_H
#define LIQD_APP_ANALYZE_H

/* What `liqd analyze` tells, of one state: lq_analyze_collect fills it in, and each writer tells it
   in its way. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "follow.h"
#include "liqd/app/shock.h"
#include "liqd/base/err.h"
#include "liqd/sim/analyze.h"
#include "moves.h"
#include "progress.h"
#include "report_terms.h"
#include "state.h"

#define LQ_ANALYZE_SHOCK_MAX 16
#define LQ_ANALYZE_AXIS_MAX  2
#define LQ_ANALYZE_GAS_MAX   LQ_SHOCK_GAS_MAX
#define LQ_ANALYZE_PAIR_MAX  5 /* of each market */
#define LQ_ANALYZE_ODD_MAX   16

/* What is asked. */
typedef struct lq_analyze_query {
    uint32_t instance; /* this market alone; UINT32_MAX: all */
    size_t limit;      /* rows of accounts */
    bool together;
    lq_shock_t shocks[LQ_ANALYZE_SHOCK_MAX];
    const char *shock_texts[LQ_ANALYZE_SHOCK_MAX];
    size_t shock_cnt;
    lq_shock_range_t axes[LQ_ANALYZE_AXIS_MAX];
    const char *axis_texts[LQ_ANALYZE_AXIS_MAX];
    size_t axis_cnt;
    lq_shock_gas_t gas; /* none or one: multiples of it are tried */
    bool points_only;   /* nothing but accounts and grid is wanted */
} lq_analyze_query_t;

/* An account that can be liquidated, and what came of its sizing. */
typedef struct lq_analyze_account {
    uint32_t account;
    uint32_t instance;
    lq_u256_t factor_wad;
    lq_usd_t collateral_usd;
    lq_usd_t debt_usd;
    lq_sizing_t sizing;
    bool dust;
    bool taken;
    bool has_profit;
    lq_profit_t profit;
} lq_analyze_account_t;

/* Why an account earns nothing. */
typedef enum lq_analyze_why {
    LQ_ANALYZE_TAKEN, /* it earns */
    LQ_ANALYZE_BLOCKED,
    LQ_ANALYZE_NO_PRICE,
    LQ_ANALYZE_NO_ROUTE,
    LQ_ANALYZE_NO_FUNDS,
    LQ_ANALYZE_UNPROFITABLE,
    LQ_ANALYZE_DUST,
    LQ_ANALYZE_BELOW_MINIMUM,
    LQ_ANALYZE_WHY_CNT,
} lq_analyze_why_t;

lq_analyze_why_t lq_analyze_why(const lq_analyze_account_t *row);
/* What logs call it, as decide/reason.h has it, and what it means; static. */
const char *lq_analyze_why_name(lq_analyze_why_t why);
const char *lq_analyze_why_str(lq_analyze_why_t why);

/* One point of a grid. */
typedef struct lq_analyze_point {
    int32_t changes[LQ_ANALYZE_AXIS_MAX];
    lq_analysis_sum_t sum; /* of what was asked for */
    uint64_t together_cnt;
    lq_i256_t together_usd;
} lq_analyze_point_t;

typedef enum lq_analyze_lever {
    LQ_ANALYZE_GAS,   /* the price of gas, in wei */
    LQ_ANALYZE_BONUS, /* bps more than the protocol's */
    LQ_ANALYZE_CLOSE, /* close factor, bps */
    LQ_ANALYZE_SWAP,  /* bps less than quoted */
    LQ_ANALYZE_LEVER_CNT,
} lq_analyze_lever_t;

typedef struct lq_analyze_sense {
    lq_analyze_lever_t lever;
    int64_t value;    /* GAS: in tenths of the present price, 0 where it was named */
    lq_wei_t gas_wei; /* GAS */
    uint64_t taken_cnt;
    lq_i256_t net_usd;
} lq_analyze_sense_t;

#define LQ_ANALYZE_SENSE_MAX (LQ_ANALYZE_GAS_MAX + 16)

/* The smallest liquidation of a pair, at each price of gas. */
typedef struct lq_analyze_pair {
    lq_analysis_break_even_t at[LQ_ANALYZE_GAS_MAX];
} lq_analyze_pair_t;

typedef struct lq_analyze {
    const lq_state_t *state;
    lq_analyze_query_t query;
    lq_block_ref_t block;
    uint64_t block_sec;
    lq_moves_world_t world;
    lq_moves_t shock_moves[LQ_ANALYZE_SHOCK_MAX];
    lq_moves_t axis_moves[LQ_ANALYZE_AXIS_MAX];
    lq_moves_odd_t odds[LQ_ANALYZE_ODD_MAX];
    size_t odd_cnt;
    lq_price_overlay_t overlays[LQ_BOOK_OVERLAY_MAX]; /* of the shocks */
    size_t overlay_cnt;
    lq_report_terms_t terms; /* what all but the sensitivity counts with */
    lq_gas_price_t gases[LQ_ANALYZE_GAS_MAX];
    int64_t gas_tenths[LQ_ANALYZE_GAS_MAX]; /* of the present price; 0: it was named */
    size_t gas_cnt;
    lq_analysis_point_t now;
    lq_analysis_point_t shocked;    /* where there are shocks */
    lq_analyze_account_t *accounts; /* of now, or of the shocks: the most profitable first, then by
                                       what they owe */
    size_t account_cnt;
    size_t account_max;
    lq_analyze_point_t *points; /* of the first axis, within it of the second */
    size_t point_cnt;
    lq_analyze_sense_t senses[LQ_ANALYZE_SENSE_MAX];
    size_t sense_cnt;
    lq_analyze_pair_t *pairs;
    size_t pair_cnt;
    lq_analysis_concentration_t concentration;
} lq_analyze_t;

/* lq_analyze_shown returns how many of the accounts are to be shown. */
static inline size_t lq_analyze_shown(const lq_analyze_t *a)
{
    return a->account_cnt < a->query.limit ? a->account_cnt : a->query.limit;
}

/* lq_analyze_sum returns what is told of POINT: one market's, or all. */
static inline const lq_analysis_sum_t *lq_analyze_sum(const lq_analyze_t *a,
                                                      const lq_analysis_point_t *point)
{
    return a->query.instance == UINT32_MAX ? &point->all : &point->instances[a->query.instance];
}

/* lq_analyze_open begins OUT: looks up what the query names in STATE, with GAS as the present
   price. MSG says what is wrong: LQ_ERR_USAGE (an asset, see moves.h), LQ_ERR_NOMEM. End OUT with
   lq_analyze_close, whatever is returned. */
LQ_MUST_USE lq_err_t lq_analyze_open(lq_analyze_t *out, lq_err_msg_t *msg, const lq_state_t *state,
                                     const lq_analyze_query_t *query,
                                     const lq_report_terms_t *terms, const lq_symbol_t *symbols,
                                     size_t symbol_cnt);

/* lq_analyze_collect works it out. PROGRESS may be NULL. LQ_ERR_NOMEM; LQ_ERR_CLOSED: *STOP was
 * set.
 */
LQ_MUST_USE lq_err_t lq_analyze_collect(lq_analyze_t *a, lq_progress_t *progress,
                                        const volatile bool *stop);
void lq_analyze_close(lq_analyze_t *a);

/* lq_analyze_see puts before the engine's state what the accounts were sized under, so that their
   plans, which are not kept, can be made again by lq_engine_size; SEE false: nothing again. */
void lq_analyze_see(const lq_analyze_t *a, bool see);

/* ---- names */

const char *lq_analyze_market(const lq_analyze_t *a, uint32_t instance);

/* lq_analyze_token returns what TOKEN is called: its symbol, else its address, written to OUT. */
#define LQ_ANALYZE_NAME_SZ 64
const char *lq_analyze_token(const lq_analyze_t *a, char out[LQ_ANALYZE_NAME_SZ],
                             const lq_address_t *token);

/* lq_analyze_feed returns what the operator calls the feed, else its address, written to OUT. */
const char *lq_analyze_feed(const lq_analyze_t *a, char out[LQ_ANALYZE_NAME_SZ], uint32_t feed);

/* lq_analyze_label writes the names before the last `=` of TEXT, as a terminal may have them. */
const char *lq_analyze_label(char out[LQ_ANALYZE_NAME_SZ], const char *text);

/* lq_analyze_usd writes V, in wads, as dollars with two digits behind the point, cut. */
#define LQ_ANALYZE_USD_SZ 84
const char *lq_analyze_usd(char out[LQ_ANALYZE_USD_SZ], const lq_i256_t *v);
const char *lq_analyze_usd_of(char out[LQ_ANALYZE_USD_SZ], const lq_usd_t *v);

/* ---- writers */

/* lq_analyze_print writes the tables; CLOCK_SEC is the time of day. */
void lq_analyze_print(FILE *out, const lq_analyze_t *a, uint64_t clock_sec);

/* lq_analyze_warn writes what stays though it was to move, a line each. */
void lq_analyze_warn(FILE *out, const lq_analyze_t *a);

/* lq_analyze_json returns all of it; NULL where memory runs out. */
json_t *lq_analyze_json(const lq_analyze_t *a, uint64_t clock_sec);

/* lq_analyze_csv writes the grid, or, where there is none, the accounts, as RFC 4180 has it. */
void lq_analyze_csv(FILE *out, const lq_analyze_t *a);

/* lq_analyze_plot writes to OUT what has gnuplot draw the grid as SVG to its standard output. */
void lq_analyze_plot(FILE *out, const lq_analyze_t *a);

#endif
