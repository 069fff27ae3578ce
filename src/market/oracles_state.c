/* Making, clearing, and what a snapshot takes. */

#include "oracles_internal.h"

enum {
    PIECE_CNT = 8,
    PIECE_SAVED_CNT = 7, /* the first ones; the index is made again from them */
};

typedef struct layout {
    size_t sz[PIECE_CNT];
} layout_t;

/* An aggregator replaced stays among the emitters. */
static size_t emitter_max_of(const lq_oracles_config_t *config)
{
    return 2 * config->feed_max + config->oracle_max;
}

static layout_t layout_of(const lq_oracles_config_t *config)
{
    return (layout_t){{
        sizeof(lq_oracles_head_t),
        config->oracle_max * sizeof(lq_oracles_row_t),
        config->oracle_max * sizeof(lq_price_t),
        config->feed_max * sizeof(lq_feed_t),
        config->feed_max * sizeof(lq_oracles_feed_link_t),
        emitter_max_of(config) * sizeof(lq_oracles_emitter_t),
        config->oracle_max * sizeof(lq_oracles_token_t),
        config->oracle_max * LQ_ORACLES_EDGE_CNT * sizeof(uint32_t),
    }};
}

size_t lq_oracles_state_sz(const lq_oracles_config_t *config)
{
    layout_t layout = layout_of(config);
    size_t sz = 0;
    for (size_t i = 0; i < PIECE_CNT; i++)
        sz += (layout.sz[i] + LQ_UNDO_LINE_SZ - 1) / LQ_UNDO_LINE_SZ * LQ_UNDO_LINE_SZ +
              LQ_UNDO_LINE_SZ;
    return sz;
}

static bool alloc_state(lq_oracles_t *o)
{
    layout_t layout = layout_of(&o->config);
    void *pieces[PIECE_CNT] = {0};
    for (size_t i = 0; i < PIECE_CNT; i++) {
        pieces[i] = lq_undo_alloc(o->undo, layout.sz[i]);
        if (!pieces[i])
            return false;
    }
    o->head = pieces[0];
    o->rows = pieces[1];
    o->prices = pieces[2];
    o->feeds = pieces[3];
    o->links = pieces[4];
    o->emitters = pieces[5];
    o->tokens = pieces[6];
    o->edges = pieces[7];
    return true;
}

/* Twice as many entries as rows, for keys that undone blocks leave behind. */
static lq_err_t make_maps(lq_oracles_t *o, lq_arena_t *arena)
{
    const lq_oracles_config_t *c = &o->config;
    lq_err_t err = lq_map_new(&o->oracle_map, arena, 32, 2 * c->oracle_max, c->seed);
    if (!err)
        err = lq_map_new(&o->feed_map, arena, 32, 2 * c->feed_max, c->seed + 1);
    if (!err)
        err = lq_map_new(&o->emitter_map, arena, 20, 2 * o->emitter_max, c->seed + 2);
    if (!err)
        err = lq_map_new(&o->token_map, arena, 20, 2 * c->oracle_max, c->seed + 3);
    return err;
}

lq_err_t lq_oracles_new(lq_oracles_t **o, lq_arena_t *arena, lq_undo_t *undo,
                        const lq_oracles_config_t *config)
{
    if (!config->oracle_max || config->oracle_max > LQ_ORACLES_MAX || !config->feed_max ||
        config->feed_max > LQ_ORACLES_FEED_MAX)
        return LQ_ERR_RANGE;
    lq_oracles_t *made = lq_arena_alloc(arena, sizeof(*made), _Alignof(lq_oracles_t));
    uint32_t *changed =
        lq_arena_alloc(arena, config->oracle_max * sizeof(changed[0]), _Alignof(uint32_t));
    uint8_t *is_changed = lq_arena_alloc(arena, config->oracle_max, 1);
    lq_feed_promise_t *promises =
        lq_arena_alloc(arena, config->feed_max * sizeof(promises[0]), _Alignof(lq_feed_promise_t));
    if (!made || !changed || !is_changed || !promises)
        return LQ_ERR_NOMEM;
    memset(changed, 0, config->oracle_max * sizeof(changed[0]));
    memset(is_changed, 0, config->oracle_max);
    memset(promises, 0, config->feed_max * sizeof(promises[0]));
    *made = (lq_oracles_t){.undo = undo,
                           .changed = changed,
                           .is_changed = is_changed,
                           .promises = promises,
                           .emitter_max = emitter_max_of(config),
                           .config = *config};
    if (!alloc_state(made))
        return LQ_ERR_NOMEM;
    lq_err_t err = make_maps(made, arena);
    if (err)
        return err;
    lq_ocr_init(&made->ocr);
    *o = made;
    return LQ_OK;
}

void lq_oracles_clear(lq_oracles_t *o)
{
    LQ_ASSERT(lq_undo_depth(o->undo) == 0);
    layout_t layout = layout_of(&o->config);
    void *const pieces[] = {o->head,  o->rows,     o->prices, o->feeds,
                            o->links, o->emitters, o->tokens, o->edges};
    for (size_t i = 0; i < LQ_ARRAY_CNT(pieces); i++)
        memset(pieces[i], 0, layout.sz[i]);
    LQ_ASSERT(lq_oracles_map_again(o) == LQ_OK);
    lq_oracles_settled(o);
}

static void keep_promise(lq_oracles_t *o, const lq_feed_promise_t *promise)
{
    for (uint32_t i = 0; i < o->head->feed_cnt; i++) {
        lq_feed_t *f = &o->feeds[i];
        if ((f->kind != LQ_FEED_CHAINLINK && f->kind != LQ_FEED_DUAL) ||
            memcmp(f->source.b, promise->proxy.b, sizeof(f->source.b)) != 0)
            continue;
        lq_undo_keep(o->undo, f, sizeof(*f));
        f->heartbeat_sec = promise->heartbeat_sec;
        f->deviation_bps = promise->deviation_bps;
    }
}

lq_err_t lq_oracles_promise(lq_oracles_t *o, const lq_feed_promise_t *promise)
{
    size_t i = 0;
    while (i < o->promise_cnt &&
           memcmp(o->promises[i].proxy.b, promise->proxy.b, sizeof(promise->proxy.b)) != 0)
        i++;
    if (i == o->config.feed_max)
        return LQ_ERR_FULL;
    o->promises[i] = *promise;
    if (i == o->promise_cnt)
        o->promise_cnt++;
    keep_promise(o, promise);
    return LQ_OK;
}

/* ---- snapshots ---- */

size_t lq_oracles_pieces(lq_oracles_t *o, lq_undo_piece_t out[LQ_ORACLES_PIECE_MAX])
{
    static_assert(PIECE_SAVED_CNT <= LQ_ORACLES_PIECE_MAX, "all are given");
    layout_t layout = layout_of(&o->config);
    const lq_oracles_head_t *h = o->head;
    const size_t used[PIECE_SAVED_CNT] = {sizeof(*h),
                                          h->oracle_cnt * sizeof(o->rows[0]),
                                          h->oracle_cnt * sizeof(o->prices[0]),
                                          h->feed_cnt * sizeof(o->feeds[0]),
                                          h->feed_cnt * sizeof(o->links[0]),
                                          h->emitter_cnt * sizeof(o->emitters[0]),
                                          h->token_cnt * sizeof(o->tokens[0])};
    void *const pieces[PIECE_SAVED_CNT] = {o->head,  o->rows,     o->prices, o->feeds,
                                           o->links, o->emitters, o->tokens};
    for (size_t i = 0; i < PIECE_SAVED_CNT; i++)
        out[i] = (lq_undo_piece_t){pieces[i], used[i], layout.sz[i]};
    return PIECE_SAVED_CNT;
}

static bool is_price_good(const lq_oracles_t *o, uint32_t oracle)
{
    const lq_price_t *price = &o->prices[oracle];
    if (price->node_cnt > LQ_PRICE_NODE_MAX || (o->rows[oracle].linked && price->node_cnt == 0))
        return false;
    lq_price_t again = {.node_cnt = 0};
    if (lq_oracles_append_nodes(&again, price) != LQ_OK)
        return false;
    for (uint32_t i = 0; i < price->node_cnt; i++)
        if (price->nodes[i].op == LQ_PRICE_FEED && price->nodes[i].u.feed >= o->head->feed_cnt)
            return false;
    return true;
}

static bool is_row_good(const lq_oracles_t *o, uint32_t oracle)
{
    const lq_oracles_row_t *row = &o->rows[oracle];
    if (row->verdict > LQ_PRICE_TOO_EARLY || row->view >= LQ_ORACLES_VIEW_CNT ||
        row->shape > LQ_ORACLE_NONE || row->candidate > LQ_ORACLE_NONE ||
        row->stage > LQ_ORACLES_DONE || row->doubtful > 1 || row->linked > 1 ||
        (uint32_t)row->root.op > LQ_PRICE_MORPHO)
        return false;
    for (size_t k = 0; k < LQ_ORACLES_PART_MAX; k++) {
        uint8_t kind = row->part_kinds[k];
        if (kind > LQ_ORACLES_PART_ORACLE ||
            (kind == LQ_ORACLES_PART_FEED && row->parts[k] >= o->head->feed_cnt) ||
            (kind == LQ_ORACLES_PART_ORACLE && row->parts[k] >= o->head->oracle_cnt))
            return false;
    }
    return is_price_good(o, oracle);
}

static bool is_feed_good(const lq_oracles_t *o, uint32_t feed)
{
    const lq_feed_t *f = &o->feeds[feed];
    bool is_ratio = f->kind == LQ_FEED_RATIO;
    uint8_t has_sample; /* a bool of another value must not even be read */
    memcpy(&has_sample, &f->has_sample, 1);
    if (has_sample > 1 || (uint32_t)f->kind >= LQ_FEED_FIXED ||
        (uint32_t)f->mark > LQ_FEED_MALFORMED || o->links[feed].needs_read > 1 ||
        o->links[feed].emitter > o->head->emitter_cnt)
        return false;
    return f->decimals <= LQ_FEED_DECIMALS_MAX ||
           (!is_ratio && f->decimals == LQ_FEED_DECIMALS_UNKNOWN);
}

static bool is_token_good(const lq_oracles_t *o, uint32_t token)
{
    const lq_oracles_token_t *row = &o->tokens[token];
    if (row->needs_read > 1 || row->source_cnt > LQ_VALUE_SOURCE_MAX ||
        row->token.symbol[LQ_TOKEN_SYMBOL_SZ - 1] != '\0')
        return false;
    for (size_t i = 0; i < row->source_cnt; i++)
        if (row->sources[i] >= o->head->oracle_cnt)
            return false;
    return true;
}

/* All that is named is there, and the counts are those of the rows. */
static bool is_good(const lq_oracles_t *o)
{
    const lq_oracles_head_t *h = o->head;
    uint32_t unread[3] = {0};
    for (uint32_t i = 0; i < h->oracle_cnt; i++) {
        if (!is_row_good(o, i))
            return false;
        unread[0] += o->rows[i].stage != LQ_ORACLES_DONE;
    }
    for (uint32_t i = 0; i < h->feed_cnt; i++) {
        if (!is_feed_good(o, i))
            return false;
        unread[1] += o->links[i].needs_read;
    }
    for (uint32_t i = 0; i < h->token_cnt; i++) {
        if (!is_token_good(o, i))
            return false;
        unread[2] += o->tokens[i].needs_read;
    }
    return unread[0] == h->unread_oracle_cnt && unread[1] == h->unread_feed_cnt &&
           unread[2] == h->unread_token_cnt;
}

static void forget_index(lq_oracles_t *o)
{
    layout_t layout = layout_of(&o->config);
    memset(o->edges, 0, layout.sz[7]);
    o->head->time_edge = 0;
    for (uint32_t i = 0; i < o->head->feed_cnt; i++) {
        o->links[i].edge = 0;
        o->links[i].emitter_next = 0;
    }
    for (uint32_t i = 0; i < o->head->emitter_cnt; i++)
        o->emitters[i].feed = 0;
}

lq_err_t lq_oracles_restored(lq_oracles_t *o)
{
    const lq_oracles_head_t *h = o->head;
    LQ_ASSERT(lq_undo_depth(o->undo) == 0);
    lq_oracles_settled(o);
    if (h->oracle_cnt > o->config.oracle_max || h->feed_cnt > o->config.feed_max ||
        h->emitter_cnt > o->emitter_max || h->token_cnt > o->config.oracle_max || !is_good(o) ||
        lq_oracles_map_again(o) != LQ_OK)
        return LQ_ERR_RANGE;
    forget_index(o);
    for (uint32_t i = 0; i < h->oracle_cnt; i++) {
        if (o->rows[i].linked)
            lq_oracles_link(o, i);
        lq_oracles_mark_changed(o, i);
    }
    for (uint32_t i = 0; i < h->feed_cnt; i++) {
        uint32_t emitter = o->links[i].emitter;
        if (!emitter)
            continue;
        const lq_address_t *address = lq_feed_emitter(&o->feeds[i]);
        if (!address ||
            memcmp(address->b, o->emitters[emitter - 1].address.b, sizeof(address->b)) != 0)
            return LQ_ERR_RANGE;
        o->links[i].emitter_next = o->emitters[emitter - 1].feed;
        o->emitters[emitter - 1].feed = i + 1;
    }
    for (size_t i = 0; i < o->promise_cnt; i++)
        keep_promise(o, &o->promises[i]);
    return LQ_OK;
}
