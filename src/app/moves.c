#include "moves.h"

#include <string.h>

#include "liqd/base/text.h"
#include "liqd/keys/address.h"

#define FEEDS      "feeds."
#define BPS_ODD    100 /* a basis point, in millionths */
#define NEAREST_AT 1   /* slips beyond a third of a name that make it another */

static bool same(const lq_address_t *a, const lq_address_t *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* ---- the feeds of one price, the token's own first */

typedef struct leaves {
    uint32_t feeds[LQ_PRICE_NODE_MAX];
    size_t cnt;
} leaves_t;

static void add_leaf(leaves_t *out, uint32_t feed)
{
    for (size_t i = 0; i < out->cnt; i++)
        if (out->feeds[i] == feed)
            return;
    out->feeds[out->cnt++] = feed;
}

/* Whether NODE is what a view of a token or a vault says. */
static bool is_ratio(const lq_oracles_t *o, const lq_price_node_t *node)
{
    return node->op == LQ_PRICE_FEED && lq_oracles_feed(o, node->u.feed)->kind == LQ_FEED_RATIO;
}

/* Puts ratios before what they are ratios to; each node names earlier ones, so this ends. */
static void add_leaves(leaves_t *out, const lq_oracles_t *o, const lq_price_t *price, uint8_t at)
{
    const lq_price_node_t *node = &price->nodes[at];
    switch (node->op) {
    case LQ_PRICE_FEED:
        if (lq_oracles_feed(o, node->u.feed)->kind != LQ_FEED_FIXED)
            add_leaf(out, node->u.feed);
        return;
    case LQ_PRICE_FIXED:
    case LQ_PRICE_MORPHO: /* the last of a price, see oracle_leaves */
        return;
    case LQ_PRICE_CAP_STABLE:
        add_leaves(out, o, price, node->u.cap_stable.base);
        return;
    case LQ_PRICE_CAP_RATIO:
        add_leaves(out, o, price, node->u.cap_ratio.ratio);
        add_leaves(out, o, price, node->u.cap_ratio.base);
        return;
    case LQ_PRICE_PRODUCT: {
        /* a ratio stands behind its base, an asset before its peg */
        bool swapped = is_ratio(o, &price->nodes[node->u.product.b]);
        add_leaves(out, o, price, swapped ? node->u.product.b : node->u.product.a);
        add_leaves(out, o, price, swapped ? node->u.product.a : node->u.product.b);
        return;
    }
    }
}

static leaves_t leaves_of(const lq_oracles_t *o, const lq_pricing_t *p)
{
    leaves_t out = {.cnt = 0};
    if (p->oracle == LQ_LEDGER_NONE)
        return out;
    const lq_price_t *price = lq_oracles_price(o, p->oracle);
    lq_oracle_shape_t shape = lq_oracles_get(o, p->oracle).shape;
    if (!price->node_cnt || shape == LQ_ORACLE_OPAQUE || shape == LQ_ORACLE_NONE ||
        shape == LQ_ORACLE_UNREAD)
        return out;
    const lq_price_node_t *root = &price->nodes[price->node_cnt - 1];
    if (root->op != LQ_PRICE_MORPHO) {
        if (!p->quote)
            add_leaves(&out, o, price, (uint8_t)(price->node_cnt - 1));
        return out;
    }
    const lq_price_morpho_t *m = &root->u.morpho;
    const uint8_t sides[2][3] = {{m->base_vault, m->base_feed_1, m->base_feed_2},
                                 {m->quote_vault, m->quote_feed_1, m->quote_feed_2}};
    for (size_t i = 0; i < 3; i++)
        if (sides[p->quote][i] != LQ_PRICE_NO_NODE)
            add_leaves(&out, o, price, sides[p->quote][i]);
    return out;
}

/* Why a price without feeds of its own stays. */
static lq_moves_why_t why_none(const lq_oracles_t *o, const lq_pricing_t *p)
{
    if (p->oracle == LQ_LEDGER_NONE)
        return LQ_MOVES_ABSENT;
    switch (lq_oracles_get(o, p->oracle).shape) {
    case LQ_ORACLE_OPAQUE:
        return LQ_MOVES_OPAQUE;
    case LQ_ORACLE_UNREAD:
    case LQ_ORACLE_NONE:
        return LQ_MOVES_ABSENT;
    case LQ_ORACLE_CHAINLINK_V2:
        return p->quote ? LQ_MOVES_UNIT : LQ_MOVES_FIXED;
    case LQ_ORACLE_FEED:
    case LQ_ORACLE_FIXED:
    case LQ_ORACLE_PRODUCT:
    case LQ_ORACLE_CAP_RATIO:
    case LQ_ORACLE_CAP_STABLE:
        return LQ_MOVES_FIXED;
    }
    LQ_BUG("an oracle has a shape of none");
}

/* ---- what is moved */

typedef struct finder {
    lq_moves_t made;
    const lq_moves_ground_t *ground;
    lq_address_t tokens[LQ_SHOCK_NAME_MAX]; /* named */
    bool moved[LQ_SHOCK_NAME_MAX];          /* something of it */
    size_t token_cnt;
    bool full;
} finder_t;

static bool is_moved(const finder_t *f, uint32_t feed)
{
    for (size_t i = 0; i < f->made.feed_cnt; i++)
        if (f->made.feeds[i] == feed)
            return true;
    return false;
}

static bool has_answer(const lq_oracles_t *o, uint32_t feed)
{
    const lq_feed_t *at = lq_oracles_feed(o, feed);
    return !lq_u256_is_zero(&at->answer.bits) &&
           (lq_feed_is_unsigned(at) || !lq_i256_is_neg(&at->answer));
}

static void move(finder_t *f, uint32_t feed)
{
    if (is_moved(f, feed))
        return;
    f->full |= f->made.feed_cnt == LQ_BOOK_OVERLAY_MAX;
    if (!f->full)
        f->made.feeds[f->made.feed_cnt++] = feed;
}

static void stay(finder_t *f, const lq_pricing_t *p, lq_moves_why_t why)
{
    lq_moves_t *made = &f->made;
    for (size_t i = 0; i < made->stay_cnt; i++) {
        lq_moves_stay_t *at = &made->stays[i];
        if (at->instance == p->instance && at->why == why && same(&at->token, &p->token)) {
            at->cnt++;
            return;
        }
    }
    if (made->stay_cnt < LQ_MOVES_STAY_MAX)
        made->stays[made->stay_cnt++] = (lq_moves_stay_t){p->instance, p->token, why, 1};
}

/* Whether FEED is all of the price of a token other than TOKEN. */
static bool is_anothers(const finder_t *f, uint32_t feed, const lq_address_t *token)
{
    const lq_moves_ground_t *g = f->ground;
    for (size_t i = 0; i < g->pricing_cnt; i++) {
        leaves_t leaves;
        if (same(&g->pricings[i].token, token))
            continue;
        leaves = leaves_of(g->oracles, &g->pricings[i]);
        if (leaves.cnt == 1 && leaves.feeds[0] == feed)
            return true;
    }
    return false;
}

static bool is_named(const finder_t *f, const lq_address_t *token)
{
    for (size_t i = 0; i < f->token_cnt; i++)
        if (same(&f->tokens[i], token))
            return true;
    return false;
}

/* Whether P counts in a token that moves too: the price of one in the other stays as it is. */
static bool moves_with_unit(const finder_t *f, const lq_pricing_t *p)
{
    lq_pricing_t unit = *p;
    unit.quote = true;
    return !p->quote && is_named(f, &p->unit) && leaves_of(f->ground->oracles, &unit).cnt == 0;
}

/* Moves P, of one feed or, where SINGLE is false, of several. Returns whether it moves. */
static bool move_pricing(finder_t *f, const lq_pricing_t *p, bool single)
{
    const lq_oracles_t *o = f->ground->oracles;
    leaves_t leaves = leaves_of(o, p);
    if (moves_with_unit(f, p))
        return true;
    if (single != (leaves.cnt <= 1))
        return false;
    if (!leaves.cnt) {
        stay(f, p, why_none(o, p));
        return false;
    }
    for (size_t i = 0; i < leaves.cnt; i++)
        if (is_moved(f, leaves.feeds[i]))
            return true;
    bool shared = false;
    for (size_t i = 0; i < leaves.cnt; i++) {
        bool anothers = leaves.cnt > 1 && is_anothers(f, leaves.feeds[i], &p->token);
        shared |= anothers;
        if (anothers || !has_answer(o, leaves.feeds[i]))
            continue;
        move(f, leaves.feeds[i]);
        return true;
    }
    stay(f, p, shared ? LQ_MOVES_SHARED : LQ_MOVES_NO_ANSWER);
    return false;
}

/* Prices of one feed come first: those of several may be made of these. */
static void move_tokens(finder_t *f)
{
    const lq_moves_ground_t *g = f->ground;
    for (int single = 1; single >= 0; single--)
        for (size_t k = 0; k < f->token_cnt; k++)
            for (size_t i = 0; i < g->pricing_cnt; i++)
                if (same(&g->pricings[i].token, &f->tokens[k]))
                    f->moved[k] |= move_pricing(f, &g->pricings[i], single != 0);
}

/* ---- names */

typedef struct nearest {
    const char *names[3];
    size_t distances[3];
    size_t cnt;
} nearest_t;

/* As one types it who does not mind capitals. */
static void lower(char out[LQ_SHOCK_NAME_SZ], const char *name)
{
    (void)snprintf(out, LQ_SHOCK_NAME_SZ, "%s", name);
    for (char *c = out; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
}

static void consider(nearest_t *n, const char *name, const char *wanted)
{
    char lowered[2][LQ_SHOCK_NAME_SZ];
    size_t sz = strlen(wanted);
    size_t max = sz / 3 + NEAREST_AT < sz ? sz / 3 + NEAREST_AT : sz - 1;
    lower(lowered[0], name);
    lower(lowered[1], wanted);
    size_t d = lq_text_distance(lowered[0], lowered[1], max);
    size_t at = n->cnt;
    if (!name[0] || d > max || !lq_text_is_plain(name, strlen(name)))
        return;
    for (size_t i = 0; i < n->cnt; i++)
        if (strcmp(n->names[i], name) == 0)
            return;
    while (at > 0 && n->distances[at - 1] > d)
        at--;
    if (at == LQ_ARRAY_CNT(n->names))
        return;
    for (size_t i = LQ_ARRAY_CNT(n->names) - 1; i > at; i--) {
        n->names[i] = n->names[i - 1];
        n->distances[i] = n->distances[i - 1];
    }
    n->names[at] = name;
    n->distances[at] = d;
    n->cnt += n->cnt < LQ_ARRAY_CNT(n->names);
}

static lq_err_t unknown(lq_err_msg_t *msg, const lq_moves_ground_t *g, const char *name)
{
    bool is_feed = strncmp(name, FEEDS, strlen(FEEDS)) == 0;
    const char *prefix = is_feed ? FEEDS : "";
    const char *wanted = name + strlen(prefix);
    char quoted[LQ_TEXT_QUOTE_SZ];
    nearest_t n = {.cnt = 0};
    (void)lq_text_quote(quoted, name);
    for (size_t i = 0; wanted[0] && is_feed && i < g->feed_cnt; i++)
        consider(&n, g->feeds[i].name, wanted);
    for (size_t i = 0; wanted[0] && !is_feed && i < g->token_cnt; i++)
        consider(&n, g->tokens[i].text, wanted);
    if (!n.cnt)
        return lq_err_msg_set(msg, LQ_ERR_NOT_FOUND,
                              is_feed ? "%s: no feed of the configuration has that name"
                                      : "%s: no such token here: name its symbol, its address, or "
                                        "feeds.NAME",
                              quoted);
    return lq_err_msg_set(msg, LQ_ERR_NOT_FOUND,
                          "%s: no such asset here: did you mean %s%s%s%s%s%s%s%s?", quoted, prefix,
                          n.names[0], n.cnt > 1 ? ", " : "", n.cnt > 1 ? prefix : "",
                          n.cnt > 1 ? n.names[1] : "", n.cnt > 2 ? ", " : "",
                          n.cnt > 2 ? prefix : "", n.cnt > 2 ? n.names[2] : "");
}

static lq_err_t find_symbol(lq_address_t *out, lq_err_msg_t *msg, const lq_moves_ground_t *g,
                            const char *name)
{
    const lq_symbol_t *found = NULL;
    for (size_t i = 0; i < g->token_cnt; i++) {
        if (strcmp(g->tokens[i].text, name) != 0)
            continue;
        if (found) {
            char quoted[LQ_TEXT_QUOTE_SZ];
            char a[LQ_ADDRESS_TEXT_SZ + 1];
            char b[LQ_ADDRESS_TEXT_SZ + 1];
            lq_address_print(a, &found->token);
            lq_address_print(b, &g->tokens[i].token);
            return lq_err_msg_set(msg, LQ_ERR_EXISTS,
                                  "%s: two tokens have that symbol, %s and %s: name the address",
                                  lq_text_quote(quoted, name), a, b);
        }
        found = &g->tokens[i];
    }
    if (!found)
        return unknown(msg, g, name);
    *out = found->token;
    return LQ_OK;
}

/* An address is a token's. */
static lq_err_t find_token(lq_address_t *out, lq_err_msg_t *msg, const lq_moves_ground_t *g,
                           const char *name)
{
    lq_address_t address;
    if (strncmp(name, "0x", 2) != 0 || strlen(name) != LQ_ADDRESS_TEXT_SZ)
        return find_symbol(out, msg, g, name);
    lq_err_t err = lq_address_parse(&address, msg, name, strlen(name));
    if (err)
        return err;
    for (size_t i = 0; i < g->token_cnt; i++) {
        if (same(&g->tokens[i].token, &address)) {
            *out = address;
            return LQ_OK;
        }
    }
    return lq_err_msg_set(msg, LQ_ERR_NOT_FOUND, "%s: no market here has such a token", name);
}

static lq_err_t add_feed(finder_t *f, lq_err_msg_t *msg, const char *name)
{
    const lq_moves_ground_t *g = f->ground;
    const char *wanted = name + strlen(FEEDS);
    for (size_t i = 0; i < g->feed_cnt; i++) {
        uint32_t feed;
        if (strcmp(g->feeds[i].name, wanted) != 0)
            continue;
        if (lq_oracles_find_feed(g->oracles, &feed, &g->feeds[i].address))
            return lq_err_msg_set(msg, LQ_ERR_EMPTY, "%s: nothing here is priced by that feed",
                                  name);
        if (!has_answer(g->oracles, feed))
            return lq_err_msg_set(msg, LQ_ERR_EMPTY, "%s: the feed has no answer above 0", name);
        move(f, feed);
        return LQ_OK;
    }
    return unknown(msg, g, name);
}

static lq_err_t add_name(finder_t *f, lq_err_msg_t *msg, const char *name)
{
    lq_address_t token;
    if (strncmp(name, FEEDS, strlen(FEEDS)) == 0)
        return add_feed(f, msg, name);
    lq_err_t err = find_token(&token, msg, f->ground, name);
    if (!err && !is_named(f, &token))
        f->tokens[f->token_cnt++] = token;
    return err;
}

static const char *symbol_of(const lq_moves_ground_t *g, const lq_address_t *token,
                             char address[LQ_ADDRESS_TEXT_SZ + 1])
{
    lq_address_print(address, token);
    for (size_t i = 0; i < g->token_cnt; i++)
        if (same(&g->tokens[i].token, token) && g->tokens[i].text[0] &&
            lq_text_is_plain(g->tokens[i].text, strlen(g->tokens[i].text)))
            return g->tokens[i].text;
    return address;
}

/* That TOKEN has nothing that can be moved, and the first reason. */
static lq_err_t immovable(lq_err_msg_t *msg, const finder_t *f, const lq_address_t *token)
{
    char address[LQ_ADDRESS_TEXT_SZ + 1];
    const char *name = symbol_of(f->ground, token, address);
    for (size_t i = 0; i < f->made.stay_cnt; i++)
        if (same(&f->made.stays[i].token, token))
            return lq_err_msg_set(msg, LQ_ERR_EMPTY, "%s: its price cannot be moved: %s", name,
                                  lq_moves_why_str(f->made.stays[i].why));
    return lq_err_msg_set(msg, LQ_ERR_EMPTY, "%s: nothing here has a price of it", name);
}

lq_err_t lq_moves_find(lq_moves_t *out, lq_err_msg_t *msg, const lq_moves_ground_t *ground,
                       const lq_shock_assets_t *assets)
{
    finder_t f = {.ground = ground};
    lq_err_t err = LQ_OK;
    for (size_t i = 0; !err && i < assets->name_cnt; i++)
        err = add_name(&f, msg, assets->names[i]);
    if (err)
        return err;
    move_tokens(&f);
    for (size_t i = 0; i < f.token_cnt; i++)
        if (!f.moved[i])
            return immovable(msg, &f, &f.tokens[i]);
    if (f.full)
        return lq_err_msg_set(msg, LQ_ERR_FULL, "more than %u feeds would move: name fewer assets",
                              LQ_BOOK_OVERLAY_MAX);
    *out = f.made;
    return LQ_OK;
}

/* ---- answers */

static lq_err_t scale(lq_i256_t *out, const lq_feed_t *feed, int32_t change)
{
    const lq_u256_t one = lq_u256_from_u64(LQ_SHOCK_ONE);
    const lq_u256_t factor = lq_u256_from_u64((uint64_t)(LQ_SHOCK_ONE + change));
    lq_u256_t answer;
    lq_err_t err = lq_u256_mul_div_down(&answer, &feed->answer.bits, &factor, &one);
    if (err)
        return err;
    if (lq_u256_is_zero(&answer))
        answer = lq_u256_from_u64(1);
    if (lq_feed_is_unsigned(feed)) {
        out->bits = answer;
        return LQ_OK;
    }
    return lq_i256_from_u256(out, &answer);
}

static bool is_overlaid(const lq_price_overlay_t *overlays, size_t cnt, uint32_t feed)
{
    for (size_t i = 0; i < cnt; i++)
        if (overlays[i].feed == feed)
            return true;
    return false;
}

lq_err_t lq_moves_overlay(lq_price_overlay_t *out, size_t *cnt, lq_err_msg_t *msg,
                          const lq_oracles_t *oracles, const lq_moves_t *moves, int32_t change)
{
    char source[LQ_ADDRESS_TEXT_SZ + 1];
    size_t made = *cnt;
    for (size_t i = 0; i < moves->feed_cnt; i++) {
        const lq_feed_t *feed = lq_oracles_feed(oracles, moves->feeds[i]);
        lq_address_print(source, &feed->source);
        if (is_overlaid(out, made, moves->feeds[i]))
            return lq_err_msg_set(msg, LQ_ERR_EXISTS,
                                  "two changes move the feed %s: name its assets together, apart "
                                  "by commas, or one of them",
                                  source);
        if (made == LQ_BOOK_OVERLAY_MAX)
            return lq_err_msg_set(msg, LQ_ERR_FULL,
                                  "more than %u feeds would move: name fewer assets",
                                  LQ_BOOK_OVERLAY_MAX);
        if (scale(&out[made].answer, feed, change))
            return lq_err_msg_set(msg, LQ_ERR_RANGE, "the feed %s has no place for such an answer",
                                  source);
        out[made++].feed = moves->feeds[i];
    }
    *cnt = made;
    return LQ_OK;
}

/* Sets *CHANGE to how ORACLE moves under the overlays; false where that is not to be told. */
static bool eval_change(int32_t *change, const lq_oracles_t *o, uint32_t oracle,
                        const lq_price_overlay_t *overlays, size_t overlay_cnt, uint64_t now_sec)
{
    const lq_u256_t one = lq_u256_from_u64(LQ_SHOCK_ONE);
    lq_u256_t before;
    lq_u256_t after;
    lq_u256_t ratio;
    uint64_t narrow;
    if (lq_oracles_eval(o, &before, oracle, NULL, 0, now_sec) != LQ_PRICE_OK ||
        lq_oracles_eval(o, &after, oracle, overlays, overlay_cnt, now_sec) != LQ_PRICE_OK ||
        lq_u256_mul_div_half_up(&ratio, &after, &one, &before) || lq_u256_to_u64(&narrow, &ratio) ||
        narrow > INT32_MAX)
        return false;
    *change = (int32_t)narrow - LQ_SHOCK_ONE;
    return true;
}

size_t lq_moves_odd(lq_moves_odd_t *out, size_t max, const lq_moves_ground_t *ground,
                    const lq_shock_assets_t *assets, const lq_price_overlay_t *overlays,
                    size_t overlay_cnt, int32_t change, uint64_t now_sec)
{
    finder_t f = {.ground = ground};
    size_t cnt = 0;
    for (size_t i = 0; i < assets->name_cnt; i++)
        if (strncmp(assets->names[i], FEEDS, strlen(FEEDS)) != 0 &&
            add_name(&f, NULL, assets->names[i]))
            return 0;
    for (size_t i = 0; i < ground->pricing_cnt; i++) {
        const lq_pricing_t *p = &ground->pricings[i];
        int32_t got;
        if (p->quote || !is_named(&f, &p->token) || is_named(&f, &p->unit) ||
            leaves_of(ground->oracles, p).cnt == 0 ||
            !eval_change(&got, ground->oracles, p->oracle, overlays, overlay_cnt, now_sec) ||
            (got - change <= BPS_ODD && change - got <= BPS_ODD))
            continue;
        if (cnt < max)
            out[cnt] = (lq_moves_odd_t){p->instance, p->token, got};
        cnt++;
    }
    return cnt;
}

const char *lq_moves_why_str(lq_moves_why_t why)
{
    switch (why) {
    case LQ_MOVES_OPAQUE:
        return "its oracle is of no known shape";
    case LQ_MOVES_FIXED:
        return "its oracle is a fixed number";
    case LQ_MOVES_ABSENT:
        return "its oracle is not read, or is none";
    case LQ_MOVES_UNIT:
        return "the market has no feed of it";
    case LQ_MOVES_SHARED:
        return "its feeds are prices of other tokens";
    case LQ_MOVES_NO_ANSWER:
        return "its feed has no answer above 0";
    }
    LQ_BUG("a reason is %d", (int)why);
}
