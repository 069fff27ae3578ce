#include "liqd/market/oracles.h"

#include "oracles_internal.h"

size_t lq_oracles_cnt(const lq_oracles_t *o)
{
    return o->head->oracle_cnt;
}

size_t lq_oracles_feed_cnt(const lq_oracles_t *o)
{
    return o->head->feed_cnt;
}

const lq_feed_t *lq_oracles_feed(const lq_oracles_t *o, uint32_t feed)
{
    LQ_ASSERT(feed < o->head->feed_cnt);
    return &o->feeds[feed];
}

const lq_price_t *lq_oracles_price(const lq_oracles_t *o, uint32_t oracle)
{
    LQ_ASSERT(oracle < o->head->oracle_cnt);
    return &o->prices[oracle];
}

/* The oldest of its feeds; what has none is as new as the block. */
static uint64_t oldest_sec(const lq_oracles_t *o, uint32_t oracle)
{
    const lq_price_t *price = &o->prices[oracle];
    uint64_t oldest = UINT64_MAX;
    for (uint32_t i = 0; i < price->node_cnt; i++) {
        if (price->nodes[i].op != LQ_PRICE_FEED)
            continue;
        uint64_t sec = o->feeds[price->nodes[i].u.feed].updated_sec;
        oldest = sec < oldest ? sec : oldest;
    }
    return oldest == UINT64_MAX ? o->head->now_sec : oldest;
}

lq_oracle_t lq_oracles_get(const lq_oracles_t *o, uint32_t oracle)
{
    LQ_ASSERT(oracle < o->head->oracle_cnt);
    const lq_oracles_row_t *row = &o->rows[oracle];
    return (lq_oracle_t){.source = row->source,
                         .view = row->view,
                         .shape = row->shape,
                         .decimals = row->decimals,
                         .needs_read = row->stage != LQ_ORACLES_DONE,
                         .verdict = row->verdict,
                         .value = row->value,
                         .updated_sec = oldest_sec(o, oracle)};
}

size_t lq_oracles_by_feed(const lq_oracles_t *o, uint32_t *out, size_t max, uint32_t feed)
{
    LQ_ASSERT(feed < o->head->feed_cnt);
    size_t cnt = 0;
    for (uint32_t edge = o->links[feed].edge; edge; edge = o->edges[edge - 1]) {
        if (cnt < max)
            out[cnt] = (edge - 1) / LQ_ORACLES_EDGE_CNT;
        cnt++;
    }
    return cnt;
}

/* ---- evaluating ---- */

static lq_price_verdict_t eval(const lq_oracles_t *o, lq_u256_t *value, uint32_t oracle,
                               const lq_price_overlay_t *overlays, size_t overlay_cnt,
                               uint64_t now_sec)
{
    const lq_oracles_row_t *row = &o->rows[oracle];
    if (LQ_UNLIKELY(!row->linked || row->shape == LQ_ORACLE_NONE))
        return LQ_PRICE_ABSENT;
    if (LQ_UNLIKELY(row->doubtful))
        return LQ_PRICE_DOUBTFUL;
    const lq_price_view_t view = {.feeds = o->feeds,
                                  .feed_cnt = o->head->feed_cnt,
                                  .overlays = overlays,
                                  .overlay_cnt = overlay_cnt,
                                  .now_sec = now_sec};
    return lq_price_eval(value, &o->prices[oracle], &view);
}

lq_price_verdict_t lq_oracles_eval(const lq_oracles_t *o, lq_u256_t *value, uint32_t oracle,
                                   const lq_price_overlay_t *overlays, size_t overlay_cnt,
                                   uint64_t now_sec)
{
    LQ_ASSERT(oracle < o->head->oracle_cnt);
    if (o->rows[oracle].shape == LQ_ORACLE_OPAQUE)
        overlay_cnt = 0;
    return eval(o, value, oracle, overlays, overlay_cnt, now_sec ? now_sec : o->head->now_sec);
}

lq_price_verdict_t lq_oracles_expected(const lq_oracles_t *o, lq_u256_t *value, uint32_t oracle,
                                       uint64_t now_sec)
{
    LQ_ASSERT(oracle < o->head->oracle_cnt);
    return eval(o, value, oracle, NULL, 0, now_sec);
}

void lq_oracles_mark_changed(lq_oracles_t *o, uint32_t oracle)
{
    if (o->is_changed[oracle])
        return;
    o->is_changed[oracle] = 1;
    o->changed[o->changed_cnt++] = oracle;
}

void lq_oracles_evaluate(lq_oracles_t *o, uint32_t oracle, uint64_t now_sec)
{
    lq_oracles_row_t *row = &o->rows[oracle];
    lq_u256_t value = {{0}};
    lq_price_verdict_t verdict = eval(o, &value, oracle, NULL, 0, now_sec);
    if (verdict == row->verdict && lq_u256_eq(&value, &row->value))
        return;
    lq_undo_keep(o->undo, row, LQ_UNDO_LINE_SZ);
    row->value = value;
    row->verdict = (uint8_t)verdict;
    lq_oracles_mark_changed(o, oracle);
}

static void evaluate_list(lq_oracles_t *o, uint32_t edge, uint64_t now_sec)
{
    uint64_t at_sec = now_sec > o->head->now_sec ? now_sec : o->head->now_sec;
    for (; edge; edge = o->edges[edge - 1])
        lq_oracles_evaluate(o, (edge - 1) / LQ_ORACLES_EDGE_CNT, at_sec);
}

void lq_oracles_evaluate_feed(lq_oracles_t *o, uint32_t feed, uint64_t now_sec)
{
    evaluate_list(o, o->links[feed].edge, now_sec);
}

void lq_oracles_set_now(lq_oracles_t *o, uint64_t now_sec)
{
    if (now_sec == o->head->now_sec)
        return;
    lq_undo_keep(o->undo, o->head, sizeof(*o->head));
    o->head->now_sec = now_sec;
    for (uint32_t edge = o->head->time_edge; edge; edge = o->edges[edge - 1])
        lq_oracles_evaluate(o, (edge - 1) / LQ_ORACLES_EDGE_CNT, now_sec);
}

const uint32_t *lq_oracles_changed(const lq_oracles_t *o, size_t *cnt)
{
    *cnt = o->changed_cnt;
    return o->changed;
}

void lq_oracles_settled(lq_oracles_t *o)
{
    for (size_t i = 0; i < o->changed_cnt; i++)
        o->is_changed[o->changed[i]] = 0;
    o->changed_cnt = 0;
}

/* ---- doubt and audits ---- */

static void set_doubtful(lq_oracles_t *o, uint32_t oracle)
{
    lq_oracles_row_t *row = &o->rows[oracle];
    lq_oracles_set_stage(o, oracle, LQ_ORACLES_PROBE);
    lq_undo_keep(o->undo, row, LQ_UNDO_LINE_SZ);
    row->doubtful = 1;
    lq_oracles_evaluate(o, oracle, o->head->now_sec);
}

static bool has_doubtful_part(const lq_oracles_t *o, const lq_oracles_row_t *row)
{
    for (size_t k = 0; k < LQ_ORACLES_PART_MAX; k++)
        if (row->part_kinds[k] == LQ_ORACLES_PART_ORACLE && o->rows[row->parts[k]].doubtful)
            return true;
    return false;
}

void lq_oracles_doubt(lq_oracles_t *o, uint32_t oracle)
{
    set_doubtful(o, oracle);
    if (!o->rows[oracle].is_inner)
        return;
    bool more = true; /* passes over all, at most as many as adapters stand over one another */
    while (more) {
        more = false;
        for (uint32_t i = 0; i < o->head->oracle_cnt; i++) {
            const lq_oracles_row_t *row = &o->rows[i];
            if (row->doubtful || row->stage != LQ_ORACLES_DONE || !has_doubtful_part(o, row))
                continue;
            set_doubtful(o, i); /* from the start: what it was asked before is void */
            more = true;
        }
    }
}

lq_err_t lq_oracles_audit_reads(const lq_oracles_t *o, lq_calls_t *calls, uint32_t oracle)
{
    LQ_ASSERT(oracle < o->head->oracle_cnt);
    const lq_oracles_row_t *row = &o->rows[oracle];
    return lq_calls_add_view(calls, &row->source, lq_oracles_view_selector(row->view));
}

lq_price_verdict_t lq_oracles_actual(const lq_oracles_t *o, lq_u256_t *value, uint32_t oracle,
                                     const lq_read_result_t *results, size_t cnt)
{
    LQ_ASSERT(oracle < o->head->oracle_cnt);
    if (cnt != 1)
        return LQ_PRICE_ABSENT;
    return lq_oracles_view_value(value, o->rows[oracle].view, &results[0]);
}

void lq_oracles_mismatch(lq_oracles_t *o, uint32_t oracle)
{
    LQ_ASSERT(oracle < o->head->oracle_cnt);
    lq_oracles_row_t *row = &o->rows[oracle];
    if (row->stage != LQ_ORACLES_DONE)
        return; /* it is to be read anyway */
    lq_undo_keep(o->undo, row, LQ_UNDO_LINE_SZ);
    uint64_t since_sec = o->head->now_sec - row->mismatch_sec; /* time may have gone back: much */
    if (row->mismatch_cnt == 1 && since_sec > LQ_ORACLES_MISMATCH_SEC)
        row->mismatch_cnt = 0;
    if (row->shape != LQ_ORACLE_NONE && row->mismatch_cnt < 2)
        row->mismatch_cnt++;
    row->mismatch_sec = o->head->now_sec;
    lq_oracles_doubt(o, oracle);
}

const char *lq_oracle_shape_str(lq_oracle_shape_t shape)
{
    switch (shape) {
    case LQ_ORACLE_UNREAD:
        return "not read yet";
    case LQ_ORACLE_FEED:
        return "feed";
    case LQ_ORACLE_FIXED:
        return "fixed";
    case LQ_ORACLE_PRODUCT:
        return "product";
    case LQ_ORACLE_CAP_RATIO:
        return "capped ratio";
    case LQ_ORACLE_CAP_STABLE:
        return "capped price";
    case LQ_ORACLE_CHAINLINK_V2:
        return "Morpho's Chainlink oracle";
    case LQ_ORACLE_OPAQUE:
        return "opaque";
    case LQ_ORACLE_NONE:
        return "no oracle";
    }
    return "unknown";
}
