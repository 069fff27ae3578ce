#ifndef LIQD_MARKET_ORACLES_INTERNAL_H
#define LIQD_MARKET_ORACLES_INTERNAL_H

/* What the files of oracles share. All tables are append-only; links are numbers plus 1, so that
   zeros are none. */

#include <assert.h>

#include "liqd/base/map.h"
#include "liqd/market/ocr.h"
#include "liqd/market/oracles.h"

/* An oracle is linked to each of its feeds by an edge of its own, and by one more to time. */
#define LQ_ORACLES_TIME_EDGE LQ_PRICE_NODE_MAX
#define LQ_ORACLES_EDGE_CNT  (LQ_PRICE_NODE_MAX + 1)

#define LQ_ORACLES_VIEW_CNT 3
#define LQ_ORACLES_PART_MAX 6

/* Adapters over adapters, from what a protocol asks on down. */
#define LQ_ORACLES_DEPTH_MAX 4

typedef enum lq_oracles_stage {
    LQ_ORACLES_PROBE,  /* it is not known what it is */
    LQ_ORACLES_VERIFY, /* it is: does its function say what the contract says? */
    LQ_ORACLES_DONE,
} lq_oracles_stage_t;

typedef enum lq_oracles_part {
    LQ_ORACLES_PART_NONE,
    LQ_ORACLES_PART_FEED,
    LQ_ORACLES_PART_ORACLE,
} lq_oracles_part_t;

/* The value stands alone in the first line: a tick writes that and no other. The function is kept
   as its last node and that one's inputs, so that it can be made again when an inner oracle is
   another. */
typedef struct lq_oracles_row {
    _Alignas(LQ_UNDO_LINE_SZ) lq_u256_t value;
    uint8_t verdict;      /* lq_price_verdict_t */
    uint8_t view;         /* lq_oracle_view_t */
    uint8_t shape;        /* lq_oracle_shape_t */
    uint8_t candidate;    /* what shape it will have when verified */
    uint8_t stage;        /* lq_oracles_stage_t */
    uint8_t decimals;     /* of its answer */
    uint8_t doubtful;     /* its price stands until it was read anew, and must not be relied on */
    uint8_t is_inner;     /* another one's part */
    uint8_t depth;        /* below what a protocol asks */
    uint8_t mismatch_cnt; /* 2 and more: 2 */
    uint8_t linked;       /* its price is in the index */
    uint8_t part_kinds[LQ_ORACLES_PART_MAX]; /* lq_oracles_part_t */
    uint8_t spare[7];
    uint64_t mismatch_sec; /* of the last one */
    uint32_t parts[LQ_ORACLES_PART_MAX];
    lq_address_t source;
    uint32_t spare_2;
    lq_price_node_t root; /* its inputs' numbers are not set */
} lq_oracles_row_t;

static_assert(sizeof(lq_oracles_row_t) == (size_t)3 * LQ_UNDO_LINE_SZ,
              "no padding but in its root");

typedef struct lq_oracles_feed_link {
    uint32_t edge;         /* the first of its oracles, in falling order */
    uint32_t emitter;      /* whose logs move it */
    uint32_t emitter_next; /* the next feed of that one, in falling order */
    uint32_t needs_read;
} lq_oracles_feed_link_t;

/* Whose logs count: an aggregator, or an adapter whose parameters change. */
typedef struct lq_oracles_emitter {
    lq_address_t address;
    uint32_t feed;
} lq_oracles_emitter_t;

typedef struct lq_oracles_token {
    lq_token_t token;
    uint8_t spare;
    uint8_t needs_read;
    uint8_t source_cnt;
    uint32_t sources[LQ_VALUE_SOURCE_MAX];
} lq_oracles_token_t;

typedef struct lq_oracles_head {
    uint64_t now_sec;
    uint32_t oracle_cnt;
    uint32_t feed_cnt;
    uint32_t emitter_cnt;
    uint32_t token_cnt;
    uint32_t unread_oracle_cnt;
    uint32_t unread_feed_cnt;
    uint32_t unread_token_cnt;
    uint32_t time_edge; /* the first that moves with time */
} lq_oracles_head_t;

struct lq_oracles {
    lq_undo_t *undo;
    lq_oracles_head_t *head;
    lq_oracles_row_t *rows;
    lq_price_t *prices;
    uint32_t *edges; /* LQ_ORACLES_EDGE_CNT of each oracle: the next one of the same feed */
    lq_feed_t *feeds;
    lq_oracles_feed_link_t *links;
    lq_oracles_emitter_t *emitters;
    lq_oracles_token_t *tokens;
    /* not state: hints (undo.h), the list of what changed, what the operator promised */
    lq_map_t *oracle_map; /* key of source and view */
    lq_map_t *feed_map;   /* key of source and call */
    lq_map_t *emitter_map;
    lq_map_t *token_map;
    uint32_t *changed;
    uint8_t *is_changed;
    size_t changed_cnt;
    lq_feed_promise_t *promises;
    size_t promise_cnt;
    size_t emitter_max;
    lq_oracles_config_t config;
    lq_ocr_t ocr;
};

/* ---- oracles_table.c ---- */

/* Maps are hints; a full one is made again from the rows. LQ_ERR_EXISTS: two rows of one key. */
lq_err_t lq_oracles_map_again(lq_oracles_t *o);
lq_err_t lq_oracles_find(const lq_oracles_t *o, uint32_t *oracle, const lq_address_t *source,
                         lq_oracle_view_t view);
lq_err_t lq_oracles_find_token(const lq_oracles_t *o, uint32_t *token, const lq_address_t *address);
lq_err_t lq_oracles_find_emitter(const lq_oracles_t *o, uint32_t *emitter,
                                 const lq_address_t *address);

/* lq_oracles_have_feed and _have_emitter find it or append it. LQ_ERR_FULL. A feed is the same when
   its source and call are. */
lq_err_t lq_oracles_have_feed(lq_oracles_t *o, uint32_t *feed, const lq_feed_t *init);
lq_err_t lq_oracles_have_emitter(lq_oracles_t *o, uint32_t *emitter, const lq_address_t *address);
lq_err_t lq_oracles_append_token(lq_oracles_t *o, uint32_t *token, const lq_address_t *address);

/* lq_oracles_link_emitter has the logs of FEED's emitter move it. LQ_ERR_FULL. */
lq_err_t lq_oracles_link_emitter(lq_oracles_t *o, uint32_t feed);

/* lq_oracles_set_price puts PRICE in the place of the one before and into the index. */
void lq_oracles_set_price(lq_oracles_t *o, uint32_t oracle, const lq_price_t *price);

/* lq_oracles_link puts ORACLE's price into the index. */
void lq_oracles_link(lq_oracles_t *o, uint32_t oracle);

/* lq_oracles_copy_node copies member by member, so that what is state has no indeterminate bytes.
 */
void lq_oracles_copy_node(lq_price_node_t *to, const lq_price_node_t *from);

/* lq_oracles_append_nodes adds those of FROM behind those of TO: errors as in price.h. */
lq_err_t lq_oracles_append_nodes(lq_price_t *to, const lq_price_t *from);

void lq_oracles_set_stage(lq_oracles_t *o, uint32_t oracle, lq_oracles_stage_t stage);
void lq_oracles_set_feed_unread(lq_oracles_t *o, uint32_t feed, bool unread);

/* ---- oracles.c ---- */

void lq_oracles_mark_changed(lq_oracles_t *o, uint32_t oracle);

/* lq_oracles_evaluate brings ORACLE's value up to date for the time NOW_SEC. */
void lq_oracles_evaluate(lq_oracles_t *o, uint32_t oracle, uint64_t now_sec);
void lq_oracles_evaluate_feed(lq_oracles_t *o, uint32_t feed, uint64_t now_sec);

/* lq_oracles_doubt has ORACLE be read anew, and those that it is part of. */
void lq_oracles_doubt(lq_oracles_t *o, uint32_t oracle);

/* ---- oracles_shape.c ---- */

uint32_t lq_oracles_view_selector(lq_oracle_view_t view);

/* lq_oracles_view_word returns which word of the view's answer is the price. */
size_t lq_oracles_view_word(lq_oracle_view_t view);

/* What the contract says: RESULT is that of the view. */
lq_price_verdict_t lq_oracles_view_value(lq_u256_t *value, lq_oracle_view_t view,
                                         const lq_read_result_t *result);

bool lq_oracles_word(lq_u256_t *out, const lq_read_result_t *result, size_t word_idx);

lq_err_t lq_oracles_probe_reads(const lq_oracles_t *o, lq_calls_t *calls, uint32_t oracle);

/* LQ_ERR_SYNTAX: not as many results as were asked for. LQ_ERR_FULL. */
lq_err_t lq_oracles_probe_answer(lq_oracles_t *o, uint32_t oracle, const lq_read_result_t *results,
                                 size_t cnt, uint64_t block_sec);

/* ---- oracles_verify.c ---- */

/* lq_oracles_is_ready tells whether ORACLE can be read: its inner ones have been. */
bool lq_oracles_is_ready(const lq_oracles_t *o, uint32_t oracle);
lq_err_t lq_oracles_verify_reads(const lq_oracles_t *o, lq_calls_t *calls, uint32_t oracle);
lq_err_t lq_oracles_verify_answer(lq_oracles_t *o, uint32_t oracle, const lq_read_result_t *results,
                                  size_t cnt, uint64_t block_sec);
lq_err_t lq_oracles_make_opaque(lq_oracles_t *o, uint32_t oracle, const lq_read_result_t *view,
                                uint64_t block_sec);
lq_err_t lq_oracles_feed_reads(const lq_oracles_t *o, lq_calls_t *calls, uint32_t feed);

/* lq_oracles_feed_answer applies the results of lq_oracles_feed_reads; *MALFORMED is set where one
   does not decode that did before. DUAL where its answer went back: then its logs do not tell what
   it says, and it becomes a DUAL feed. LQ_ERR_FULL. */
lq_err_t lq_oracles_feed_answer(lq_oracles_t *o, uint32_t feed, bool *malformed,
                                const lq_read_result_t *results, uint64_t block_sec, bool dual);

/* ---- oracles_token.c ---- */

lq_err_t lq_oracles_token_reads(const lq_oracles_t *o, lq_calls_t *calls, uint32_t token);
lq_err_t lq_oracles_token_answer(lq_oracles_t *o, uint32_t token, const lq_read_result_t *results,
                                 size_t cnt);

#endif
