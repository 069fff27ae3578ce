#ifndef LIQD_MARKET_ORACLES_H
#define LIQD_MARKET_ORACLES_H

/* The oracles that protocols ask, each as a price function of feeds (price.h): what shape a
   contract has, which feeds it is made of, what it says now and what it would say.

   Given the address of a contract, its shape is found out by reading: which views it answers, and
   whether the function made of them says what the contract says. Only what is of no known shape,
   or says something else, is OPAQUE: read from the chain at each block, no overlay moves it, and
   whoever depends on it is told so. A shape once found is audited like everything else.

   Feeds of one source are kept once, however many oracles use them. All state is in the undo
   journal; reads come in at the state of their own block (feed.h says what if not). Pure.

   What an oracle asks may be an oracle of its own: an adapter over an adapter. Such inner ones
   stand in the same table, are read, audited and listed like all others, and take their place in
   oracle_max. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/base/undo.h"
#include "liqd/codec/calls.h"
#include "liqd/events.h"
#include "liqd/market/price.h"
#include "liqd/market/value.h"

/* Opaque. */
typedef struct lq_oracles lq_oracles_t;

#define LQ_ORACLES_MAX      65536u
#define LQ_ORACLES_FEED_MAX 65536u

/* An oracle takes about 1.3 KiB of state, a feed 220 bytes. */
typedef struct lq_oracles_config {
    size_t oracle_max; /* also of tokens */
    size_t feed_max;
    uint64_t seed; /* of its hash maps */
} lq_oracles_config_t;

size_t lq_oracles_state_sz(const lq_oracles_config_t *config);

/* lq_oracles_new makes *O an empty one. LQ_ERR_RANGE, LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_oracles_new(lq_oracles_t **o, lq_arena_t *arena, lq_undo_t *undo,
                                    const lq_oracles_config_t *config);
void lq_oracles_clear(lq_oracles_t *o);

/* What the operator knows of a feed that the chain does not tell. */
typedef struct lq_feed_promise {
    lq_address_t proxy;
    uint32_t heartbeat_sec;
    uint32_t deviation_bps;
} lq_feed_promise_t;

/* lq_oracles_promise notes PROMISE for a feed that is there or will be. LQ_ERR_FULL. Not state: it
   outlives lq_oracles_clear. */
LQ_MUST_USE lq_err_t lq_oracles_promise(lq_oracles_t *o, const lq_feed_promise_t *promise);

/* What a contract is asked: which view counts. */
typedef enum lq_oracle_view {
    LQ_ORACLE_VIEW_ANSWER, /* latestAnswer(), as Aave asks */
    LQ_ORACLE_VIEW_PRICE,  /* price(), as Morpho asks */
    LQ_ORACLE_VIEW_ROUND,  /* latestRoundData()'s answer, as Morpho's oracle asks its feeds */
} lq_oracle_view_t;

typedef enum lq_oracle_shape {
    LQ_ORACLE_UNREAD, /* not read yet */
    LQ_ORACLE_FEED,   /* a feed itself, proxy or aggregator */
    LQ_ORACLE_FIXED,
    LQ_ORACLE_PRODUCT,      /* ratio x feed, or two feeds */
    LQ_ORACLE_CAP_RATIO,    /* Aave's cap on a ratio */
    LQ_ORACLE_CAP_STABLE,   /* Aave's cap on a stable price */
    LQ_ORACLE_CHAINLINK_V2, /* Morpho's Chainlink oracle */
    LQ_ORACLE_OPAQUE,       /* of no known shape */
    LQ_ORACLE_NONE,         /* no contract, or one that does not answer */
} lq_oracle_shape_t;

/* lq_oracles_add sets *ORACLE to the number of the one at SOURCE asked by VIEW, a new UNREAD one
   where it is not there. LQ_ERR_FULL. */
LQ_MUST_USE lq_err_t lq_oracles_add(lq_oracles_t *o, uint32_t *oracle, const lq_address_t *source,
                                    lq_oracle_view_t view);

typedef struct lq_oracle {
    lq_address_t source;
    lq_oracle_view_t view;
    lq_oracle_shape_t shape;
    uint8_t decimals; /* of its answer; LQ_FEED_DECIMALS_UNKNOWN. VIEW_PRICE: 36, scaled */
    bool needs_read;  /* it is among lq_oracles_next */
    lq_price_verdict_t verdict;
    lq_u256_t value;      /* now, where the verdict is LQ_PRICE_OK */
    uint64_t updated_sec; /* of the oldest feed it is made of */
} lq_oracle_t;

size_t lq_oracles_cnt(const lq_oracles_t *o);
lq_oracle_t lq_oracles_get(const lq_oracles_t *o, uint32_t oracle);
const lq_price_t *lq_oracles_price(const lq_oracles_t *o, uint32_t oracle);

size_t lq_oracles_feed_cnt(const lq_oracles_t *o);
const lq_feed_t *lq_oracles_feed(const lq_oracles_t *o, uint32_t feed);

/* lq_oracles_find_feed sets *FEED to that of SOURCE, a proxy or a token. LQ_ERR_NOT_FOUND. */
LQ_MUST_USE lq_err_t lq_oracles_find_feed(const lq_oracles_t *o, uint32_t *feed,
                                          const lq_address_t *source);

/* lq_oracles_by_feed writes up to MAX numbers of the oracles that FEED moves and returns how many
   there are. */
size_t lq_oracles_by_feed(const lq_oracles_t *o, uint32_t *out, size_t max, uint32_t feed);

/* Logs: lq_oracles_watch writes up to MAX emitters and returns how many there are; the topics are
   static. lq_oracles_apply takes a log of a block of the time BLOCK_SEC; *FEED (may be NULL) is set
   to the one it moved, and the oracles that it moves have their new values and are on the list of
   what changed. LQ_FEED_SAME for a log of nobody's. */
size_t lq_oracles_watch(const lq_oracles_t *o, lq_address_t *out, size_t max);
const lq_hash_t *lq_oracles_topics(size_t *cnt);
lq_feed_outcome_t lq_oracles_apply(lq_oracles_t *o, uint32_t *feed, const lq_evm_log_t *log,
                                   uint64_t block_sec);

/* Reads: subjects as in protocol/adapter.h; kinds are those of this module. lq_oracles_next gives
   what has to be read, _every_block what moves without a log (RATIO feeds, with the views of OPAQUE
   oracles among them, and DUAL ones), and _recheck what may change without one, seldom: the
   aggregators behind proxies, and contracts that did not answer. */
typedef enum lq_oracles_subject {
    LQ_ORACLES_SUBJECT_ORACLE = 1, /* index: its number, and so below */
    LQ_ORACLES_SUBJECT_FEED,
    LQ_ORACLES_SUBJECT_TOKEN,
} lq_oracles_subject_t;
bool lq_oracles_next(const lq_oracles_t *o, lq_subject_t *subject);
bool lq_oracles_every_block(const lq_oracles_t *o, lq_subject_t *subject);
bool lq_oracles_recheck(const lq_oracles_t *o, lq_subject_t *subject);
LQ_MUST_USE lq_err_t lq_oracles_reads(const lq_oracles_t *o, lq_calls_t *calls,
                                      lq_subject_t subject);

typedef enum lq_oracles_answer {
    LQ_ORACLES_TAKEN,
    LQ_ORACLES_WATCH,  /* and other addresses are to be watched now */
    LQ_ORACLES_MARKED, /* and it is no number: its feed is marked LQ_FEED_MALFORMED, which it was
                          not before, and has its turns as with any other answer. Other addresses
                          may be to be watched */
    LQ_ORACLES_FAULT,  /* it does not fit the question, or a table is full: what it is about stays
                          as it is, to be read again */
} lq_oracles_answer_t;
lq_oracles_answer_t lq_oracles_answer(lq_oracles_t *o, lq_subject_t subject,
                                      const lq_read_result_t *results, size_t cnt,
                                      uint64_t block_sec);

/* lq_oracles_set_now evaluates all oracles that time moves for a block of the time NOW_SEC. */
void lq_oracles_set_now(lq_oracles_t *o, uint64_t now_sec);

/* lq_oracles_changed returns the numbers of the oracles whose value or verdict may have changed
   since lq_oracles_settled, each once. To be taken before the next block begins or is undone. */
const uint32_t *lq_oracles_changed(const lq_oracles_t *o, size_t *cnt);
void lq_oracles_settled(lq_oracles_t *o);

/* lq_oracles_eval sets *VALUE to what ORACLE says under the OVERLAYS at NOW_SEC (0: now). An OPAQUE
   one says what it says. Verdicts as in price.h. */
lq_price_verdict_t lq_oracles_eval(const lq_oracles_t *o, lq_u256_t *value, uint32_t oracle,
                                   const lq_price_overlay_t *overlays, size_t overlay_cnt,
                                   uint64_t now_sec);

/* lq_oracles_answer_log makes *LOG one by which FEED's aggregator tells of ANSWER in its next
   round, at the time NOW_SEC; its data is in DATA, and of its block and transaction nothing is set.
   False: no log moves that feed. */
bool lq_oracles_answer_log(const lq_oracles_t *o, lq_evm_log_t *log, uint8_t data[32],
                           uint32_t feed, const lq_i256_t *answer, uint64_t now_sec);

#define LQ_ORACLES_MISMATCH_SEC 86400u

/* lq_oracles_expected sets *VALUE to what ORACLE's contract should say in a block of the time
   NOW_SEC; lq_oracles_actual to what it said in answer to lq_oracles_audit_reads. A verdict that is
   not LQ_PRICE_OK stands for an answer of 0 or less, or a revert. lq_oracles_mismatch marks it to
   be read anew, as OPAQUE where that has happened twice within LQ_ORACLES_MISMATCH_SEC; until then
   it is LQ_PRICE_DOUBTFUL, and so is what it is part of. Once is what each aggregator does that is
   replaced behind its proxy. A CHAINLINK feed whose proxy then gives an older round than its logs
   told of is a DUAL one from there on. */
LQ_MUST_USE lq_err_t lq_oracles_audit_reads(const lq_oracles_t *o, lq_calls_t *calls,
                                            uint32_t oracle);
lq_price_verdict_t lq_oracles_expected(const lq_oracles_t *o, lq_u256_t *value, uint32_t oracle,
                                       uint64_t now_sec);
lq_price_verdict_t lq_oracles_actual(const lq_oracles_t *o, lq_u256_t *value, uint32_t oracle,
                                     const lq_read_result_t *results, size_t cnt);
void lq_oracles_mismatch(lq_oracles_t *o, uint32_t oracle);

/* Our own price of a token, from several sources (value.h): oracles of any protocol, and what other
   modules set. It decides what something is worth; never who can be liquidated. */
#define LQ_TOKEN_SYMBOL_SZ 32
typedef struct lq_token {
    lq_address_t address;
    uint8_t decimals;
    char symbol[LQ_TOKEN_SYMBOL_SZ]; /* printable, NUL-terminated; "" not known */
} lq_token_t;

/* lq_oracles_add_token sets *TOKEN to the number of the token at ADDRESS, a new one to be read
   where it is not there. lq_oracles_add_source names an oracle that tells its price in the unit of
   account (one whole token, in the oracle's decimals). LQ_ERR_FULL: LQ_VALUE_SOURCE_MAX, or
   oracle_max. */
LQ_MUST_USE lq_err_t lq_oracles_add_token(lq_oracles_t *o, uint32_t *token,
                                          const lq_address_t *address);
LQ_MUST_USE lq_err_t lq_oracles_add_source(lq_oracles_t *o, uint32_t token, uint32_t oracle);
size_t lq_oracles_token_cnt(const lq_oracles_t *o);
const lq_token_t *lq_oracles_token(const lq_oracles_t *o, uint32_t token);

/* lq_oracles_value sets *OUT to our price of TOKEN now, by LIMITS. */
lq_value_verdict_t lq_oracles_value(const lq_oracles_t *o, lq_value_t *out, uint32_t token,
                                    const lq_value_limits_t *limits);

/* lq_oracles_value_under is the same with the sources saying what they say under the OVERLAYS at
   NOW_SEC (0: now; lq_oracles_eval). What an overlay says is new; how old all else is, it is as of
   now. */
lq_value_verdict_t lq_oracles_value_under(const lq_oracles_t *o, lq_value_t *out, uint32_t token,
                                          const lq_value_limits_t *limits,
                                          const lq_price_overlay_t *overlays, size_t overlay_cnt,
                                          uint64_t now_sec);

/* lq_oracles_gap sets *OUT to how far ORACLE, as the protocol's price of TOKEN, is from ours.
   LQ_ERR_EMPTY: one of them has no price. */
LQ_MUST_USE lq_err_t lq_oracles_gap(const lq_oracles_t *o, lq_value_gap_t *out, uint32_t oracle,
                                    uint32_t token, const lq_value_limits_t *limits);

/* For snapshots, as in protocol/ledger.h. */
#define LQ_ORACLES_LAYOUT    2u
#define LQ_ORACLES_PIECE_MAX 8
size_t lq_oracles_pieces(lq_oracles_t *o, lq_undo_piece_t out[LQ_ORACLES_PIECE_MAX]);
LQ_MUST_USE lq_err_t lq_oracles_restored(lq_oracles_t *o);

const char *lq_oracle_shape_str(lq_oracle_shape_t shape);

#endif
