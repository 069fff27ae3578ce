/* Whether the function made of a contract's parts says what the contract says, and feeds' answers.
   All is read at one block, the contract's own answer with every feed of the function. */

#include "oracles_internal.h"

/* Results of the largest verification: the view, and all reads of each feed. */
enum {
    RESULT_MAX = 1 + LQ_PRICE_NODE_MAX * LQ_FEED_READ_MAX,
};

bool lq_oracles_is_ready(const lq_oracles_t *o, uint32_t oracle)
{
    const lq_oracles_row_t *row = &o->rows[oracle];
    if (row->stage != LQ_ORACLES_VERIFY)
        return true;
    for (size_t k = 0; k < LQ_ORACLES_PART_MAX; k++)
        if (row->part_kinds[k] == LQ_ORACLES_PART_ORACLE &&
            o->rows[row->parts[k]].stage != LQ_ORACLES_DONE)
            return false;
    return true;
}

/* Appends what part K is made of and sets *NODE to its last node. */
static lq_err_t add_part(const lq_oracles_t *o, lq_price_t *price, uint8_t *node,
                         const lq_oracles_row_t *row, size_t k)
{
    *node = LQ_PRICE_NO_NODE;
    if (row->part_kinds[k] == LQ_ORACLES_PART_NONE)
        return LQ_OK;
    if (row->part_kinds[k] == LQ_ORACLES_PART_FEED)
        return lq_price_add_feed(price, node, row->parts[k]);
    const lq_oracles_row_t *inner = &o->rows[row->parts[k]];
    const lq_price_t *from = &o->prices[row->parts[k]];
    if (inner->shape == LQ_ORACLE_NONE || from->node_cnt == 0)
        return LQ_ERR_EMPTY;
    lq_err_t err = lq_oracles_append_nodes(price, from);
    *node = (uint8_t)(price->node_cnt - 1);
    return err;
}

static lq_err_t add_root(lq_price_t *price, const lq_price_node_t *root, const uint8_t *in)
{
    switch (root->op) {
    case LQ_PRICE_FEED:
        return LQ_OK; /* the part itself */
    case LQ_PRICE_FIXED:
        return lq_price_add_fixed(price, NULL, &root->u.fixed);
    case LQ_PRICE_PRODUCT:
        return lq_price_add_product(price, NULL, in[0], in[1], root->u.product.up_decimals,
                                    root->u.product.down_decimals);
    case LQ_PRICE_CAP_RATIO:
        return lq_price_add_cap_ratio(price, NULL, in[0], in[1], &root->u.cap_ratio.cap);
    case LQ_PRICE_CAP_STABLE:
        return lq_price_add_cap_stable(price, NULL, in[0], &root->u.cap_stable.cap);
    case LQ_PRICE_MORPHO:
        return lq_price_add_morpho(price, NULL,
                                   &(lq_price_morpho_t){.scale_factor = root->u.morpho.scale_factor,
                                                        .base_vault = in[0],
                                                        .base_feed_1 = in[1],
                                                        .base_feed_2 = in[2],
                                                        .quote_vault = in[3],
                                                        .quote_feed_1 = in[4],
                                                        .quote_feed_2 = in[5]});
    }
    LQ_BUG("price node of kind %d", (int)root->op);
}

/* Errors as in price.h; LQ_ERR_EMPTY: a part says nothing. */
static lq_err_t compose(const lq_oracles_t *o, lq_price_t *price, uint32_t oracle)
{
    const lq_oracles_row_t *row = &o->rows[oracle];
    uint8_t in[LQ_ORACLES_PART_MAX];
    price->node_cnt = 0;
    for (size_t k = 0; k < LQ_ORACLES_PART_MAX; k++) {
        lq_err_t err = add_part(o, price, &in[k], row, k);
        if (err)
            return err;
    }
    lq_err_t err = add_root(price, &row->root, in);
    if (!err && price->node_cnt == 0)
        return LQ_ERR_EMPTY;
    return err;
}

/* ---- reads of feeds ---- */

lq_err_t lq_oracles_feed_reads(const lq_oracles_t *o, lq_calls_t *calls, uint32_t feed)
{
    lq_feed_read_t reads[LQ_FEED_READ_MAX];
    size_t cnt = lq_feed_reads(reads, &o->feeds[feed]);
    for (size_t i = 0; i < cnt; i++) {
        uint8_t *input;
        lq_err_t err = lq_calls_add(calls, &input, &reads[i].to, reads[i].data_sz);
        if (err)
            return err;
        memcpy(input, reads[i].data, reads[i].data_sz);
    }
    return LQ_OK;
}

/* An opaque contract asked for its round gives its answer in the second word. */
static size_t first_word(const lq_feed_t *feed)
{
    bool is_round = feed->kind == LQ_FEED_RATIO &&
                    feed->selector == lq_oracles_view_selector(LQ_ORACLE_VIEW_ROUND);
    return is_round ? lq_oracles_view_word(LQ_ORACLE_VIEW_ROUND) : 0;
}

static lq_feed_outcome_t apply_result(lq_feed_t *feed, lq_feed_read_kind_t kind,
                                      const lq_read_result_t *result, uint64_t block_sec)
{
    size_t skip_sz = 32 * first_word(feed);
    size_t sz = result->ok ? result->data_sz : 0;
    if (sz == 0)
        return lq_feed_apply_read(feed, kind, NULL, 0, block_sec);
    static const uint8_t none[1] = {0}; /* too short is malformed, not absent */
    if (sz <= skip_sz)
        return lq_feed_apply_read(feed, kind, none, sizeof(none), block_sec);
    return lq_feed_apply_read(feed, kind, result->data + skip_sz, sz - skip_sz, block_sec);
}

lq_err_t lq_oracles_feed_answer(lq_oracles_t *o, uint32_t feed, bool *malformed,
                                const lq_read_result_t *results, uint64_t block_sec, bool dual)
{
    lq_feed_t *f = &o->feeds[feed];
    lq_feed_read_t reads[LQ_FEED_READ_MAX];
    size_t cnt = lq_feed_reads(reads, f);
    lq_feed_t was = *f;
    bool was_malformed = f->mark == LQ_FEED_MALFORMED;
    lq_undo_keep(o->undo, f, sizeof(*f));
    for (size_t i = 0; i < cnt; i++) {
        lq_feed_outcome_t outcome = apply_result(f, reads[i].kind, &results[i], block_sec);
        bool back = outcome == LQ_FEED_ROUND_BACK || outcome == LQ_FEED_TIME_BACK;
        if (dual && back && f->kind == LQ_FEED_CHAINLINK) {
            f->kind = LQ_FEED_DUAL;
            lq_feed_reset(f);
            outcome = apply_result(f, reads[i].kind, &results[i], block_sec);
        }
        *malformed = *malformed || (outcome == LQ_FEED_MALFORMED && !was_malformed);
    }
    lq_oracles_set_feed_unread(o, feed, false);
    /* All that its oracles see of it. One that thousands share is read with each of them when they
       are verified. */
    if (f->mark != was.mark || !lq_i256_eq(&f->answer, &was.answer))
        lq_oracles_evaluate_feed(o, feed, block_sec);
    return lq_oracles_link_emitter(o, feed);
}

/* ---- verifying ---- */

lq_err_t lq_oracles_verify_reads(const lq_oracles_t *o, lq_calls_t *calls, uint32_t oracle)
{
    lq_price_t price;
    uint32_t feeds[LQ_PRICE_NODE_MAX];
    const lq_oracles_row_t *row = &o->rows[oracle];
    lq_err_t err = lq_calls_add_view(calls, &row->source, lq_oracles_view_selector(row->view));
    if (err || compose(o, &price, oracle))
        return err; /* it will be opaque */
    size_t cnt = lq_price_feeds(feeds, &price);
    for (size_t i = 0; !err && i < cnt; i++)
        err = lq_oracles_feed_reads(o, calls, feeds[i]);
    return err;
}

lq_err_t lq_oracles_make_opaque(lq_oracles_t *o, uint32_t oracle, const lq_read_result_t *view,
                                uint64_t block_sec)
{
    lq_oracles_row_t *row = &o->rows[oracle];
    uint8_t decimals = row->decimals == LQ_FEED_DECIMALS_UNKNOWN ? 0 : row->decimals;
    lq_feed_t init =
        lq_feed_init_ratio(&row->source, lq_oracles_view_selector(row->view), NULL, decimals);
    uint32_t feed;
    lq_err_t err = lq_oracles_have_feed(o, &feed, &init);
    if (err)
        return err;
    lq_price_t price = {.node_cnt = 0};
    LQ_ASSERT(lq_price_add_feed(&price, NULL, feed) == LQ_OK);
    lq_undo_keep(o->undo, row, sizeof(*row));
    memset(row->part_kinds, LQ_ORACLES_PART_NONE, sizeof(row->part_kinds));
    memset(row->parts, 0, sizeof(row->parts));
    memset(&row->root, 0, sizeof(row->root));
    row->root.op = LQ_PRICE_FEED;
    row->part_kinds[0] = LQ_ORACLES_PART_FEED;
    row->parts[0] = feed;
    row->candidate = LQ_ORACLE_OPAQUE;
    row->shape = LQ_ORACLE_OPAQUE;
    row->doubtful = 0;
    lq_oracles_set_price(o, oracle, &price);
    lq_oracles_set_stage(o, oracle, LQ_ORACLES_DONE);
    bool malformed = false;
    err = lq_oracles_feed_answer(o, feed, &malformed, view, block_sec, false);
    lq_oracles_mark_changed(o, oracle);
    lq_oracles_evaluate(o, oracle, block_sec);
    return err;
}

/* Whether ORACLE says what the contract said. Both silent is agreement too: what a pair of reverts
   proves is little, and the audits look again. */
static bool agrees(const lq_oracles_t *o, uint32_t oracle, const lq_read_result_t *view,
                   uint64_t block_sec)
{
    lq_u256_t ours = {{0}};
    lq_u256_t theirs = {{0}};
    bool we = lq_oracles_expected(o, &ours, oracle, block_sec) == LQ_PRICE_OK;
    bool they = lq_oracles_view_value(&theirs, o->rows[oracle].view, view) == LQ_PRICE_OK;
    return we == they && lq_u256_eq(&ours, &theirs);
}

/* The feeds of PRICE take their results; *USED counts them. */
static lq_err_t answer_feeds(lq_oracles_t *o, const lq_price_t *price,
                             const lq_read_result_t *results, uint64_t block_sec)
{
    uint32_t feeds[LQ_PRICE_NODE_MAX];
    size_t cnt = lq_price_feeds(feeds, price);
    lq_err_t err = LQ_OK;
    for (size_t i = 0; !err && i < cnt; i++) {
        lq_feed_read_t reads[LQ_FEED_READ_MAX];
        bool malformed = false;
        size_t used = lq_feed_reads(reads, &o->feeds[feeds[i]]);
        err = lq_oracles_feed_answer(o, feeds[i], &malformed, results, block_sec, true);
        results += used;
    }
    return err;
}

static size_t result_cnt(const lq_oracles_t *o, const lq_price_t *price)
{
    uint32_t feeds[LQ_PRICE_NODE_MAX];
    lq_feed_read_t reads[LQ_FEED_READ_MAX];
    size_t feed_cnt = lq_price_feeds(feeds, price);
    size_t cnt = 1;
    for (size_t i = 0; i < feed_cnt; i++)
        cnt += lq_feed_reads(reads, &o->feeds[feeds[i]]);
    LQ_ASSERT(cnt <= RESULT_MAX);
    return cnt;
}

lq_err_t lq_oracles_verify_answer(lq_oracles_t *o, uint32_t oracle, const lq_read_result_t *results,
                                  size_t cnt, uint64_t block_sec)
{
    lq_price_t price;
    bool composed = compose(o, &price, oracle) == LQ_OK;
    if (cnt != (composed ? result_cnt(o, &price) : 1))
        return LQ_ERR_SYNTAX;
    if (!composed)
        return lq_oracles_make_opaque(o, oracle, &results[0], block_sec);
    lq_err_t err = answer_feeds(o, &price, results + 1, block_sec);
    if (err)
        return err;
    lq_oracles_row_t *row = &o->rows[oracle];
    lq_oracles_set_price(o, oracle, &price);
    lq_oracles_set_stage(o, oracle, LQ_ORACLES_DONE);
    lq_undo_keep(o->undo, row, LQ_UNDO_LINE_SZ);
    row->shape = row->candidate;
    row->doubtful = 0;
    if (!agrees(o, oracle, &results[0], block_sec))
        return lq_oracles_make_opaque(o, oracle, &results[0], block_sec);
    lq_oracles_mark_changed(o, oracle);
    lq_oracles_evaluate(o, oracle, block_sec);
    return LQ_OK;
}
