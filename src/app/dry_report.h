#ifndef LIQD_APP_DRY_REPORT_H
#define LIQD_APP_DRY_REPORT_H

/* What a dry run has come to, kept for its reports: booked rows, candidates, whom it was lost to,
   how long things took; and the writers of it, for a person, for a machine, and as a page. Memory
   is bounded: beyond so many rows or candidates the sums alone go on, and every report says so. */

#include <jansson.h>
#include <stdio.h>

#include "decisions.h"
#include "liqd/base/hist.h"
#include "liqd/base/map.h"
#include "liqd/market/oracles.h"
#include "liqd/sim/dry_run.h"

#define LQ_DRY_REPORT_ROW_MAX       100000u
#define LQ_DRY_REPORT_CANDIDATE_MAX 100000u
#define LQ_DRY_REPORT_RIVAL_MAX     1024u
#define LQ_DRY_REPORT_TOKEN_MAX     256u

/* A booked row that stands. */
typedef struct lq_dry_entry {
    lq_dry_row_t row;
    uint64_t wall_ns; /* when it was booked with this verdict */
    bool final;
} lq_dry_entry_t;

/* Of one verdict. */
typedef struct lq_dry_sum {
    uint64_t cnt;
    uint64_t tried_cnt;     /* that a simulation told */
    uint64_t gainless_cnt;  /* that it told no token amounts of */
    lq_i256_t net_usd;      /* in wads */
    lq_i256_t estimate_usd; /* of the same, as decided */
    lq_i256_t gas_wei;
    lq_i256_t bid_wei;
} lq_dry_sum_t;

/* A token that something was won of. */
typedef struct lq_dry_token {
    lq_address_t token;
    char symbol[LQ_TOKEN_SYMBOL_SZ]; /* "": not known */
    uint8_t decimals;
    bool known;       /* decimals are */
    lq_i256_t amount; /* net, of WON */
} lq_dry_token_t;

/* Somebody whom it was lost to. */
typedef struct lq_dry_taker {
    lq_address_t liquidator;
    uint64_t cnt;
    lq_i256_t net_usd; /* what would have been earned */
} lq_dry_taker_t;

/* An account that was ever a candidate: one entry, however often it was. */
typedef struct lq_dry_candidate {
    uint32_t instance;
    lq_address_t borrower;
    bool has_pool_id;
    lq_hash_t pool_id; /* of an isolated market */
    bool stands;
    lq_reason_t reason; /* now, or what it last ended in */
    bool has_profit;
    lq_i256_t profit_usd; /* when it was last sized */
    uint64_t first_wall_ns;
    uint64_t last_wall_ns;
    uint32_t began_cnt;
    uint32_t reason_cnt[LQ_REASON_CNT]; /* times that it had each */
} lq_dry_candidate_t;

typedef struct lq_dry_report {
    const char *chain_name; /* outlive it */
    uint64_t chain_id;
    const char *const *markets; /* names, by instance */
    size_t market_cnt;
    uint64_t begun_wall_ns;

    lq_dry_entry_t *entries; /* in the order of intents */
    size_t entry_cnt;
    size_t entry_cap;
    uint64_t dropped_cnt;  /* rows that only the sums know */
    lq_i256_t dropped_usd; /* net, of those of them that were won */
    lq_dry_sum_t sums[LQ_DRY_VERDICT_CNT];
    lq_dry_token_t tokens[LQ_DRY_REPORT_TOKEN_MAX];
    size_t token_cnt;
    bool token_full; /* there were others */
    lq_dry_taker_t takers[LQ_DRY_REPORT_RIVAL_MAX];
    size_t taker_cnt;
    lq_dry_taker_t other_takers; /* those beyond, together */
    uint64_t untold_cnt;         /* lost to somebody whose direct payments no node told */

    lq_arena_t arena;
    lq_map_t *candidate_map;
    lq_dry_candidate_t *candidates; /* in the order of coming */
    size_t candidate_cnt;
    size_t candidate_cap;
    uint64_t candidate_full_cnt; /* times that one was too many */

    lq_hist_t aged;      /* from the time of the newest block to the transaction */
    lq_hist_t given;     /* from its bytes to the engine, of events that something was taken in */
    lq_hist_t decided;   /* from there to the transaction */
    lq_hist_t simulated; /* from the question to the answer */

    /* As they are when something is written. */
    lq_decisions_t decisions;
    lq_engine_stat_t engine;
    uint64_t full_cnt; /* intents that were not booked: too many at once */
    bool by_call;      /* by eth_call alone */
    bool bidless;      /* there is no executor, which alone pays bids */
    bool ended;
    uint64_t now_wall_ns;
} lq_dry_report_t;

/* lq_dry_report_open makes R, of a run that begins at WALL_NS, of MARKET_CNT markets. SEED is of a
   hash map. LQ_ERR_NOMEM. lq_dry_report_close takes whatever that left. */
LQ_MUST_USE lq_err_t lq_dry_report_open(lq_dry_report_t *r, const char *const *markets,
                                        size_t market_cnt, uint64_t wall_ns, uint64_t seed);
void lq_dry_report_close(lq_dry_report_t *r);

/* lq_dry_report_candidate takes C of the isolated market POOL_ID, NULL where its market has none.
   KNOWN: the ledger has the account; else POOL_ID is not known. */
void lq_dry_report_candidate(lq_dry_report_t *r, const lq_action_candidate_t *c, bool known,
                             const lq_hash_t *pool_id, uint64_t wall_ns);

/* lq_dry_report_booked takes ROW in place of the one of its intent; _unbooked takes that back.
   lq_dry_report_find returns the one of INTENT, NULL where there is none. */
void lq_dry_report_booked(lq_dry_report_t *r, const lq_dry_row_t *row, bool final,
                          uint64_t wall_ns);
void lq_dry_report_unbooked(lq_dry_report_t *r, uint64_t intent);
const lq_dry_entry_t *lq_dry_report_find(const lq_dry_report_t *r, uint64_t intent);

/* lq_dry_report_name says what TOKEN is called and how many decimals it has. */
void lq_dry_report_name(lq_dry_report_t *r, const lq_address_t *token, const char *symbol,
                        uint8_t decimals);

/* ---- for all writers */

const char *lq_dry_report_market(const lq_dry_report_t *r, uint32_t instance);

/* An amount of a token with its sign: as decimals and symbol, or, where these are not known, in its
   base units with its address. */
#define LQ_DRY_AMOUNT_SZ 192u
const char *lq_dry_report_amount(char out[LQ_DRY_AMOUNT_SZ], const lq_dry_report_t *r,
                                 const lq_address_t *token, const lq_i256_t *amount);

/* Coins with their sign, in ETH. */
const char *lq_dry_report_coins(char out[LQ_DRY_AMOUNT_SZ], const lq_i256_t *wei);

/* A span as a person reads it: "12.3 us". */
#define LQ_DRY_SPAN_SZ 32u
const char *lq_dry_report_span(char out[LQ_DRY_SPAN_SZ], uint64_t ns);

/* A time of the wall, "2026-11-21T20:26:53Z". */
#define LQ_DRY_TIME_SZ 32u
const char *lq_dry_report_time(char out[LQ_DRY_TIME_SZ], uint64_t sec);

/* Who ROW was lost to or won from, at what tips and how much later or ahead, and its own words. */
#define LQ_DRY_ABOUT_SZ 640u
const char *lq_dry_report_about(char out[LQ_DRY_ABOUT_SZ], const lq_dry_row_t *row);

/* What a reader has to know, sentences; NULL at the end. */
extern const char *const lq_dry_report_notes[];

/* ---- writers */

/* One line for what is asked, booked, or taken back. COLOUR: for a terminal. */
void lq_dry_report_print_asked(FILE *out, const lq_dry_report_t *r, const lq_action_take_t *take,
                               uint64_t wall_ns);
void lq_dry_report_print_booked(FILE *out, const lq_dry_report_t *r, const lq_dry_entry_t *entry,
                                bool colour);
void lq_dry_report_print_unbooked(FILE *out, const lq_dry_report_t *r, const lq_dry_entry_t *entry,
                                  uint64_t wall_ns);

/* lq_dry_report_print writes what it has come to for a person, but for what lq_decisions_print
   does. */
void lq_dry_report_print(FILE *out, const lq_dry_report_t *r);

/* lq_dry_report_json returns all of it for a machine: a new reference; NULL: no memory. */
json_t *lq_dry_report_json(const lq_dry_report_t *r);

/* lq_dry_report_html writes the page: one file that needs no other, nor a script. It begins with
   the mark, by which one that may be overwritten is known. */
#define LQ_DRY_REPORT_HTML_MARK "<!doctype html><!-- a report of liqd run -->"
void lq_dry_report_html(FILE *out, const lq_dry_report_t *r);

#endif
