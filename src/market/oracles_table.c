/* Tables, maps and the index of what moves whom. */

#include "liqd/codec/keccak.h"

#include "oracles_internal.h"

typedef struct map_key {
    uint8_t b[32];
} map_key_t;

static map_key_t oracle_key(const lq_address_t *source, lq_oracle_view_t view)
{
    map_key_t key = {{0}};
    memcpy(key.b, source->b, sizeof(source->b));
    key.b[31] = (uint8_t)view;
    return key;
}

static bool is_chainlink(const lq_feed_t *feed)
{
    return feed->kind == LQ_FEED_CHAINLINK || feed->kind == LQ_FEED_DUAL;
}

/* A hash, since whoever deploys a vault's oracle chooses the sample. */
static map_key_t feed_key(const lq_feed_t *feed)
{
    uint8_t in[20 + 4 + 2 + 32];
    map_key_t key;
    memcpy(in, feed->source.b, 20);
    for (unsigned i = 0; i < 4; i++)
        in[20 + i] = (uint8_t)(feed->selector >> (24 - 8 * i));
    in[24] = is_chainlink(feed);
    in[25] = feed->has_sample;
    lq_u256_to_be(in + 26, &feed->sample);
    lq_keccak256(key.b, in, sizeof(in));
    return key;
}

static bool is_address(const lq_address_t *a, const lq_address_t *b)
{
    return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static bool is_same_feed(const lq_feed_t *a, const lq_feed_t *b)
{
    return is_address(&a->source, &b->source) && is_chainlink(a) == is_chainlink(b) &&
           a->selector == b->selector && a->has_sample == b->has_sample &&
           lq_u256_eq(&a->sample, &b->sample);
}

/* ---- maps ---- */

static lq_err_t map_oracles_and_feeds(lq_oracles_t *o)
{
    for (uint32_t i = 0; i < o->head->oracle_cnt; i++) {
        map_key_t key = oracle_key(&o->rows[i].source, o->rows[i].view);
        lq_err_t err = lq_map_insert(o->oracle_map, key.b, i);
        if (err)
            return err;
    }
    for (uint32_t i = 0; i < o->head->feed_cnt; i++) {
        map_key_t key = feed_key(&o->feeds[i]);
        lq_err_t err = lq_map_insert(o->feed_map, key.b, i);
        if (err)
            return err;
    }
    return LQ_OK;
}

lq_err_t lq_oracles_map_again(lq_oracles_t *o)
{
    lq_map_clear(o->oracle_map);
    lq_map_clear(o->feed_map);
    lq_map_clear(o->emitter_map);
    lq_map_clear(o->token_map);
    lq_err_t err = map_oracles_and_feeds(o);
    for (uint32_t i = 0; !err && i < o->head->emitter_cnt; i++)
        err = lq_map_insert(o->emitter_map, o->emitters[i].address.b, i);
    for (uint32_t i = 0; !err && i < o->head->token_cnt; i++)
        err = lq_map_insert(o->token_map, o->tokens[i].token.address.b, i);
    return err;
}

/* Keys that undone blocks left behind go when there is no room: rows are fewer than entries. */
static void put(lq_oracles_t *o, lq_map_t *map, const uint8_t *key, uint32_t row)
{
    if (lq_map_upsert(map, key, row) == LQ_OK)
        return;
    LQ_ASSERT(lq_oracles_map_again(o) == LQ_OK);
    LQ_ASSERT(lq_map_upsert(map, key, row) == LQ_OK);
}

lq_err_t lq_oracles_find(const lq_oracles_t *o, uint32_t *oracle, const lq_address_t *source,
                         lq_oracle_view_t view)
{
    map_key_t key = oracle_key(source, view);
    uint32_t row;
    if (lq_map_find(o->oracle_map, &row, key.b) || row >= o->head->oracle_cnt ||
        !is_address(&o->rows[row].source, source) || o->rows[row].view != (uint8_t)view)
        return LQ_ERR_NOT_FOUND;
    *oracle = row;
    return LQ_OK;
}

lq_err_t lq_oracles_find_token(const lq_oracles_t *o, uint32_t *token, const lq_address_t *address)
{
    uint32_t row;
    if (lq_map_find(o->token_map, &row, address->b) || row >= o->head->token_cnt ||
        !is_address(&o->tokens[row].token.address, address))
        return LQ_ERR_NOT_FOUND;
    *token = row;
    return LQ_OK;
}

lq_err_t lq_oracles_find_emitter(const lq_oracles_t *o, uint32_t *emitter,
                                 const lq_address_t *address)
{
    uint32_t row;
    if (lq_map_find(o->emitter_map, &row, address->b) || row >= o->head->emitter_cnt ||
        !is_address(&o->emitters[row].address, address))
        return LQ_ERR_NOT_FOUND;
    *emitter = row;
    return LQ_OK;
}

lq_err_t lq_oracles_find_feed(const lq_oracles_t *o, uint32_t *feed, const lq_address_t *source)
{
    for (unsigned pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < o->head->feed_cnt; i++) {
            if (is_address(&o->feeds[i].source, source) &&
                is_chainlink(&o->feeds[i]) == (pass == 0)) {
                *feed = i;
                return LQ_OK;
            }
        }
    }
    return LQ_ERR_NOT_FOUND;
}

/* ---- appending ---- */

static uint32_t append(lq_oracles_t *o, uint32_t *cnt)
{
    lq_undo_keep(o->undo, cnt, sizeof(*cnt));
    return (*cnt)++;
}

/* The unread counts. */
static void count(lq_oracles_t *o, uint32_t *cnt, bool more)
{
    lq_undo_keep(o->undo, cnt, sizeof(*cnt));
    *cnt += more ? 1 : UINT32_MAX;
}

lq_err_t lq_oracles_add(lq_oracles_t *o, uint32_t *oracle, const lq_address_t *source,
                        lq_oracle_view_t view)
{
    if (lq_oracles_find(o, oracle, source, view) == LQ_OK)
        return LQ_OK;
    if (o->head->oracle_cnt >= o->config.oracle_max)
        return LQ_ERR_FULL;
    uint32_t i = append(o, &o->head->oracle_cnt);
    lq_oracles_row_t *row = &o->rows[i];
    lq_undo_keep(o->undo, row, sizeof(*row));
    row->source = *source;
    row->view = (uint8_t)view;
    row->shape = LQ_ORACLE_UNREAD;
    row->stage = LQ_ORACLES_PROBE;
    row->verdict = LQ_PRICE_ABSENT;
    row->decimals = view == LQ_ORACLE_VIEW_PRICE ? 36 : LQ_FEED_DECIMALS_UNKNOWN;
    count(o, &o->head->unread_oracle_cnt, true);
    map_key_t key = oracle_key(source, view);
    put(o, o->oracle_map, key.b, i);
    lq_oracles_mark_changed(o, i);
    *oracle = i;
    return LQ_OK;
}

lq_err_t lq_oracles_have_feed(lq_oracles_t *o, uint32_t *feed, const lq_feed_t *init)
{
    map_key_t key = feed_key(init);
    uint32_t i;
    if (lq_map_find(o->feed_map, &i, key.b) == LQ_OK && i < o->head->feed_cnt &&
        is_same_feed(&o->feeds[i], init)) {
        *feed = i;
        return LQ_OK;
    }
    if (o->head->feed_cnt >= o->config.feed_max)
        return LQ_ERR_FULL;
    i = append(o, &o->head->feed_cnt);
    lq_undo_write(o->undo, &o->feeds[i], init, sizeof(*init));
    for (size_t k = 0; is_chainlink(init) && k < o->promise_cnt; k++) {
        if (is_address(&o->promises[k].proxy, &init->source)) {
            o->feeds[i].heartbeat_sec = o->promises[k].heartbeat_sec;
            o->feeds[i].deviation_bps = o->promises[k].deviation_bps;
        }
    }
    put(o, o->feed_map, key.b, i);
    *feed = i;
    return LQ_OK;
}

lq_err_t lq_oracles_have_emitter(lq_oracles_t *o, uint32_t *emitter, const lq_address_t *address)
{
    if (lq_oracles_find_emitter(o, emitter, address) == LQ_OK)
        return LQ_OK;
    if (o->head->emitter_cnt >= o->emitter_max)
        return LQ_ERR_FULL;
    uint32_t i = append(o, &o->head->emitter_cnt);
    lq_undo_write(o->undo, &o->emitters[i].address, address, sizeof(*address));
    put(o, o->emitter_map, address->b, i);
    *emitter = i;
    return LQ_OK;
}

lq_err_t lq_oracles_append_token(lq_oracles_t *o, uint32_t *token, const lq_address_t *address)
{
    if (o->head->token_cnt >= o->config.oracle_max)
        return LQ_ERR_FULL;
    uint32_t i = append(o, &o->head->token_cnt);
    lq_oracles_token_t *row = &o->tokens[i];
    lq_undo_keep(o->undo, row, sizeof(*row));
    row->token.address = *address;
    row->token.decimals = LQ_FEED_DECIMALS_UNKNOWN;
    row->needs_read = 1;
    count(o, &o->head->unread_token_cnt, true);
    put(o, o->token_map, address->b, i);
    *token = i;
    return LQ_OK;
}

/* ---- lists: all in falling order, so that they are the same whatever way they came about, and
   what is new is mostly put in front ---- */

static void write_link(lq_oracles_t *o, uint32_t *link, uint32_t to)
{
    lq_undo_keep(o->undo, link, sizeof(*link));
    *link = to;
}

static void edge_in(lq_oracles_t *o, uint32_t *first, uint32_t edge)
{
    uint32_t *at = first;
    while (*at > edge + 1)
        at = &o->edges[*at - 1];
    write_link(o, &o->edges[edge], *at);
    write_link(o, at, edge + 1);
}

static void edge_out(lq_oracles_t *o, uint32_t *first, uint32_t edge)
{
    uint32_t *at = first;
    while (*at != edge + 1) {
        LQ_ASSERT(*at != 0);
        at = &o->edges[*at - 1];
    }
    write_link(o, at, o->edges[edge]);
    write_link(o, &o->edges[edge], 0);
}

static void emitter_out(lq_oracles_t *o, uint32_t feed)
{
    lq_oracles_feed_link_t *link = &o->links[feed];
    uint32_t *at = &o->emitters[link->emitter - 1].feed;
    while (*at != feed + 1) {
        LQ_ASSERT(*at != 0);
        at = &o->links[*at - 1].emitter_next;
    }
    write_link(o, at, link->emitter_next);
}

lq_err_t lq_oracles_link_emitter(lq_oracles_t *o, uint32_t feed)
{
    const lq_address_t *address = lq_feed_emitter(&o->feeds[feed]);
    if (!address)
        return LQ_OK;
    uint32_t emitter;
    lq_err_t err = lq_oracles_have_emitter(o, &emitter, address);
    lq_oracles_feed_link_t *link = &o->links[feed];
    if (err || link->emitter == emitter + 1)
        return err;
    lq_undo_keep(o->undo, link, sizeof(*link));
    if (link->emitter)
        emitter_out(o, feed);
    uint32_t *at = &o->emitters[emitter].feed;
    while (*at > feed + 1)
        at = &o->links[*at - 1].emitter_next;
    link->emitter = emitter + 1;
    link->emitter_next = *at;
    write_link(o, at, feed + 1);
    return LQ_OK;
}

typedef void edge_fn_t(lq_oracles_t *o, uint32_t *first, uint32_t edge);

static void each_edge(lq_oracles_t *o, uint32_t oracle, edge_fn_t *fn)
{
    uint32_t feeds[LQ_PRICE_NODE_MAX];
    const lq_price_t *price = &o->prices[oracle];
    uint32_t edge = oracle * LQ_ORACLES_EDGE_CNT;
    uint32_t cnt = (uint32_t)lq_price_feeds(feeds, price);
    for (uint32_t k = 0; k < cnt; k++)
        fn(o, &o->links[feeds[k]].edge, edge + k);
    if (lq_price_moves_with_time(price))
        fn(o, &o->head->time_edge, edge + LQ_ORACLES_TIME_EDGE);
}

void lq_oracles_link(lq_oracles_t *o, uint32_t oracle)
{
    each_edge(o, oracle, edge_in);
}

/* ---- prices ---- */

void lq_oracles_copy_node(lq_price_node_t *to, const lq_price_node_t *from)
{
    memset(to, 0, sizeof(*to));
    to->op = from->op;
    switch (from->op) {
    case LQ_PRICE_FEED:
        to->u.feed = from->u.feed;
        return;
    case LQ_PRICE_FIXED:
        to->u.fixed = from->u.fixed;
        return;
    case LQ_PRICE_PRODUCT:
        memcpy(&to->u.product, &from->u.product, sizeof(from->u.product)); /* bytes alone */
        return;
    case LQ_PRICE_CAP_RATIO:
        to->u.cap_ratio.cap.snapshot_ratio = from->u.cap_ratio.cap.snapshot_ratio;
        to->u.cap_ratio.cap.max_growth_per_second_scaled =
            from->u.cap_ratio.cap.max_growth_per_second_scaled;
        to->u.cap_ratio.cap.snapshot_sec = from->u.cap_ratio.cap.snapshot_sec;
        to->u.cap_ratio.cap.ratio_decimals = from->u.cap_ratio.cap.ratio_decimals;
        to->u.cap_ratio.base = from->u.cap_ratio.base;
        to->u.cap_ratio.ratio = from->u.cap_ratio.ratio;
        return;
    case LQ_PRICE_CAP_STABLE:
        to->u.cap_stable.cap = from->u.cap_stable.cap;
        to->u.cap_stable.base = from->u.cap_stable.base;
        return;
    case LQ_PRICE_MORPHO:
        to->u.morpho.scale_factor = from->u.morpho.scale_factor;
        memcpy(&to->u.morpho.base_vault, &from->u.morpho.base_vault, 6);
        return;
    }
    LQ_BUG("price node of kind %d", (int)from->op);
}

void lq_oracles_set_price(lq_oracles_t *o, uint32_t oracle, const lq_price_t *price)
{
    lq_oracles_row_t *row = &o->rows[oracle];
    lq_price_t *to = &o->prices[oracle];
    if (row->linked)
        each_edge(o, oracle, edge_out);
    uint32_t cnt = price->node_cnt > to->node_cnt ? price->node_cnt : to->node_cnt;
    lq_undo_keep(o->undo, to->nodes, cnt * sizeof(to->nodes[0]));
    lq_undo_keep(o->undo, &to->node_cnt, sizeof(to->node_cnt));
    memset(to->nodes, 0, cnt * sizeof(to->nodes[0]));
    for (uint32_t i = 0; i < price->node_cnt; i++)
        lq_oracles_copy_node(&to->nodes[i], &price->nodes[i]);
    to->node_cnt = price->node_cnt;
    lq_oracles_link(o, oracle);
    lq_undo_keep(o->undo, row, LQ_UNDO_LINE_SZ);
    row->linked = 1;
}

static uint8_t moved(uint8_t node, uint32_t offset)
{
    return node == LQ_PRICE_NO_NODE ? node : (uint8_t)(node + offset);
}

static lq_err_t append_node(lq_price_t *to, const lq_price_node_t *n, uint32_t offset)
{
    lq_price_morpho_t m;
    switch (n->op) {
    case LQ_PRICE_FEED:
        return lq_price_add_feed(to, NULL, n->u.feed);
    case LQ_PRICE_FIXED:
        return lq_price_add_fixed(to, NULL, &n->u.fixed);
    case LQ_PRICE_PRODUCT:
        return lq_price_add_product(to, NULL, moved(n->u.product.a, offset),
                                    moved(n->u.product.b, offset), n->u.product.up_decimals,
                                    n->u.product.down_decimals);
    case LQ_PRICE_CAP_RATIO:
        return lq_price_add_cap_ratio(to, NULL, moved(n->u.cap_ratio.base, offset),
                                      moved(n->u.cap_ratio.ratio, offset), &n->u.cap_ratio.cap);
    case LQ_PRICE_CAP_STABLE:
        return lq_price_add_cap_stable(to, NULL, moved(n->u.cap_stable.base, offset),
                                       &n->u.cap_stable.cap);
    case LQ_PRICE_MORPHO:
        m = n->u.morpho;
        m.base_vault = moved(m.base_vault, offset);
        m.base_feed_1 = moved(m.base_feed_1, offset);
        m.base_feed_2 = moved(m.base_feed_2, offset);
        m.quote_vault = moved(m.quote_vault, offset);
        m.quote_feed_1 = moved(m.quote_feed_1, offset);
        m.quote_feed_2 = moved(m.quote_feed_2, offset);
        return lq_price_add_morpho(to, NULL, &m);
    }
    return LQ_ERR_INVAL; /* from a snapshot */
}

lq_err_t lq_oracles_append_nodes(lq_price_t *to, const lq_price_t *from)
{
    uint32_t offset = to->node_cnt;
    lq_err_t err = LQ_OK;
    for (uint32_t i = 0; !err && i < from->node_cnt; i++)
        err = append_node(to, &from->nodes[i], offset);
    return err;
}

/* ---- what is to be read ---- */

void lq_oracles_set_stage(lq_oracles_t *o, uint32_t oracle, lq_oracles_stage_t stage)
{
    lq_oracles_row_t *row = &o->rows[oracle];
    bool was = row->stage != LQ_ORACLES_DONE;
    bool is = stage != LQ_ORACLES_DONE;
    lq_undo_keep(o->undo, row, LQ_UNDO_LINE_SZ);
    row->stage = (uint8_t)stage;
    if (was != is)
        count(o, &o->head->unread_oracle_cnt, is);
}

void lq_oracles_set_feed_unread(lq_oracles_t *o, uint32_t feed, bool unread)
{
    lq_oracles_feed_link_t *link = &o->links[feed];
    if ((link->needs_read != 0) == unread)
        return;
    write_link(o, &link->needs_read, unread);
    count(o, &o->head->unread_feed_cnt, unread);
}
