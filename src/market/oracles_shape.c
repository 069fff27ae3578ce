/* What a contract is, from the views that it answers. Whether that is true oracles_verify.c finds
   out: nothing here is relied on before its function has said what the contract says. */

#include "liqd/codec/abi_chainlink.h"
#include "liqd/codec/abi_price_adapter.h"
#include "liqd/codec/abi_ratio.h"

#include "liqd/num/power_of_ten.h"

#include "oracles_internal.h"

/* The views that are asked, in this order, the oracle's own first. */
enum {
    VIEW,
    /* latestAnswer, latestRoundData */
    DECIMALS = 1,
    AGGREGATOR,
    ROUND_DATA,
    LATEST_ROUND,
    BASE_TO_USD,
    RATIO_DECIMALS,
    RATIO,
    SNAPSHOT_RATIO,
    SNAPSHOT_SEC,
    GROWTH,
    GROWTH_SCALED,
    ASSET_TO_USD,
    PRICE_CAP,
    PEG_TO_BASE,
    ASSET_TO_PEG,
    DENOMINATOR,
    ETH_TO_BASE,
    STETH,
    FIXED_PRICE,
    FIXED_ACL,
    FIXED_DECIMALS,
    ANSWER_CALL_CNT,
    /* price */
    BASE_VAULT = 1,
    BASE_FEED_1,
    BASE_FEED_2,
    QUOTE_VAULT,
    QUOTE_FEED_1,
    QUOTE_FEED_2,
    BASE_SAMPLE,
    QUOTE_SAMPLE,
    SCALE_FACTOR,
    PRICE_CALL_CNT,
};

#define SEL(name) LQ_ABI_PRICE_ADAPTER_##name##_SELECTOR

static const uint32_t answer_calls[ANSWER_CALL_CNT] = {
    [DECIMALS] = LQ_ABI_CHAINLINK_DECIMALS_SELECTOR,
    [AGGREGATOR] = LQ_ABI_CHAINLINK_AGGREGATOR_SELECTOR,
    [ROUND_DATA] = LQ_ABI_CHAINLINK_LATEST_ROUND_DATA_SELECTOR,
    [LATEST_ROUND] = SEL(LATEST_ROUND),
    [BASE_TO_USD] = SEL(BASE_TO_USD_AGGREGATOR),
    [RATIO_DECIMALS] = SEL(RATIO_DECIMALS),
    [RATIO] = SEL(GET_RATIO),
    [SNAPSHOT_RATIO] = SEL(GET_SNAPSHOT_RATIO),
    [SNAPSHOT_SEC] = SEL(GET_SNAPSHOT_TIMESTAMP),
    [GROWTH] = SEL(GET_MAX_RATIO_GROWTH_PER_SECOND),
    [GROWTH_SCALED] = SEL(GET_MAX_RATIO_GROWTH_PER_SECOND_SCALED),
    [ASSET_TO_USD] = SEL(ASSET_TO_USD_AGGREGATOR),
    [PRICE_CAP] = SEL(GET_PRICE_CAP),
    [PEG_TO_BASE] = SEL(PEG_TO_BASE),
    [ASSET_TO_PEG] = SEL(ASSET_TO_PEG),
    [DENOMINATOR] = SEL(DENOMINATOR),
    [ETH_TO_BASE] = SEL(ETH_TO_BASE),
    [STETH] = SEL(STETH),
    [FIXED_PRICE] = SEL(PRICE),
    [FIXED_ACL] = SEL(ACL_MANAGER),
    [FIXED_DECIMALS] = SEL(DECIMALS),
};

static const uint32_t price_calls[PRICE_CALL_CNT] = {
    [BASE_VAULT] = SEL(BASE_VAULT),
    [BASE_FEED_1] = SEL(BASE_FEED_1),
    [BASE_FEED_2] = SEL(BASE_FEED_2),
    [QUOTE_VAULT] = SEL(QUOTE_VAULT),
    [QUOTE_FEED_1] = SEL(QUOTE_FEED_1),
    [QUOTE_FEED_2] = SEL(QUOTE_FEED_2),
    [BASE_SAMPLE] = SEL(BASE_VAULT_CONVERSION_SAMPLE),
    [QUOTE_SAMPLE] = SEL(QUOTE_VAULT_CONVERSION_SAMPLE),
    [SCALE_FACTOR] = SEL(SCALE_FACTOR),
};

/* 1e6: the cap's SCALING_FACTOR. */
#define CAP_SCALING_FACTOR 1000000u

/* What a contract is taken for, before anything of it is written. */
typedef struct recipe {
    lq_oracle_shape_t shape;
    lq_price_node_t root;
    bool emits; /* a log of its own tells of other parameters */
    uint8_t decimals;
    struct {
        lq_oracles_part_t kind;
        lq_feed_t feed;
        lq_address_t oracle;
    } parts[LQ_ORACLES_PART_MAX];
} recipe_t;

uint32_t lq_oracles_view_selector(lq_oracle_view_t view)
{
    switch (view) {
    case LQ_ORACLE_VIEW_ANSWER:
        return SEL(LATEST_ANSWER);
    case LQ_ORACLE_VIEW_PRICE:
        return SEL(PRICE);
    case LQ_ORACLE_VIEW_ROUND:
        return LQ_ABI_CHAINLINK_LATEST_ROUND_DATA_SELECTOR;
    }
    LQ_BUG("oracle view %d", (int)view);
}

size_t lq_oracles_view_word(lq_oracle_view_t view)
{
    return view == LQ_ORACLE_VIEW_ROUND ? 1 : 0;
}

bool lq_oracles_word(lq_u256_t *out, const lq_read_result_t *result, size_t word_idx)
{
    if (!result->ok || result->data_sz < 32 * (word_idx + 1))
        return false;
    *out = lq_u256_from_be(result->data + 32 * word_idx);
    return true;
}

lq_price_verdict_t lq_oracles_view_value(lq_u256_t *value, lq_oracle_view_t view,
                                         const lq_read_result_t *result)
{
    lq_u256_t word;
    if (!lq_oracles_word(&word, result, lq_oracles_view_word(view)))
        return LQ_PRICE_ABSENT;
    if (lq_u256_is_zero(&word) ||
        (view != LQ_ORACLE_VIEW_PRICE && lq_i256_is_neg(&(lq_i256_t){word})))
        return LQ_PRICE_NON_POSITIVE;
    *value = word;
    return LQ_PRICE_OK;
}

/* ---- words of answers ---- */

/* An address other than zero: a getter that is missing, or says zero, names nobody. */
static bool address_at(lq_address_t *out, const lq_read_result_t *result)
{
    lq_u256_t word;
    if (!lq_oracles_word(&word, result, 0) || lq_u256_is_zero(&word) || word.w[3] != 0 ||
        word.w[2] >> 32 != 0)
        return false;
    memcpy(out->b, result->data + 12, sizeof(out->b));
    return true;
}

static bool u64_at(uint64_t *out, const lq_read_result_t *result)
{
    lq_u256_t word;
    return lq_oracles_word(&word, result, 0) && lq_u256_to_u64(out, &word) == LQ_OK;
}

static bool u128_at(lq_u128_t *out, const lq_read_result_t *result)
{
    lq_u256_t word;
    if (!lq_oracles_word(&word, result, 0) || lq_u256_hi(&word) != 0)
        return false;
    *out = lq_u256_lo(&word);
    return true;
}

static bool decimals_at(uint8_t *out, const lq_read_result_t *result)
{
    uint64_t v;
    if (!u64_at(&v, result) || v > LQ_FEED_DECIMALS_MAX)
        return false;
    *out = (uint8_t)v;
    return true;
}

static bool is_there(const lq_read_result_t *result)
{
    lq_u256_t word;
    return lq_oracles_word(&word, result, 0);
}

/* ---- shapes ---- */

static void put_oracle(recipe_t *r, size_t part, const lq_address_t *source)
{
    r->parts[part].kind = LQ_ORACLES_PART_ORACLE;
    r->parts[part].oracle = *source;
}

static void put_ratio(recipe_t *r, size_t part, const lq_address_t *source, uint32_t selector,
                      const lq_u256_t *sample, uint8_t decimals)
{
    r->parts[part].kind = LQ_ORACLES_PART_FEED;
    r->parts[part].feed = lq_feed_init_ratio(source, selector, sample, decimals);
}

/* Each returns whether the contract has its getters; the recipe's shape stays OPAQUE where they do
   not make sense together. */

static bool cap_params(lq_price_ratio_cap_t *cap, const lq_read_result_t *in)
{
    if (!u128_at(&cap->snapshot_ratio, &in[SNAPSHOT_RATIO]) ||
        !u64_at(&cap->snapshot_sec, &in[SNAPSHOT_SEC]))
        return false;
    if (u128_at(&cap->max_growth_per_second_scaled, &in[GROWTH_SCALED]))
        return true;
    /* before growth was scaled; 2^64 tokens a second are refused rather than wrapped */
    uint64_t growth;
    if (!u64_at(&growth, &in[GROWTH]))
        return false;
    cap->max_growth_per_second_scaled = (lq_u128_t)growth * CAP_SCALING_FACTOR;
    return true;
}

static bool try_ratio(recipe_t *r, const lq_address_t *source, const lq_read_result_t *in)
{
    lq_address_t base;
    uint8_t decimals;
    if (!address_at(&base, &in[BASE_TO_USD]) || !is_there(&in[RATIO]) ||
        !decimals_at(&decimals, &in[RATIO_DECIMALS]))
        return false;
    put_oracle(r, 0, &base);
    put_ratio(r, 1, source, SEL(GET_RATIO), NULL, decimals);
    if (!is_there(&in[SNAPSHOT_RATIO]) && !is_there(&in[SNAPSHOT_SEC])) {
        r->shape = LQ_ORACLE_PRODUCT;
        r->root.op = LQ_PRICE_PRODUCT;
        r->root.u.product.down_decimals = decimals;
        return true;
    }
    lq_price_ratio_cap_t cap = {.ratio_decimals = decimals};
    if (!cap_params(&cap, in))
        return true;
    r->shape = LQ_ORACLE_CAP_RATIO;
    r->emits = true;
    r->root.op = LQ_PRICE_CAP_RATIO;
    r->root.u.cap_ratio.cap = cap;
    return true;
}

static bool try_stable(recipe_t *r, const lq_read_result_t *in)
{
    lq_address_t base;
    lq_u256_t cap;
    if (!address_at(&base, &in[ASSET_TO_USD]) || !lq_oracles_word(&cap, &in[PRICE_CAP], 0))
        return false;
    put_oracle(r, 0, &base);
    r->shape = LQ_ORACLE_CAP_STABLE;
    r->emits = true;
    r->root.op = LQ_PRICE_CAP_STABLE;
    r->root.u.cap_stable.cap.bits = cap;
    return true;
}

static bool try_synchronicity(recipe_t *r, const lq_read_result_t *in)
{
    lq_address_t peg;
    lq_address_t asset;
    lq_u256_t denominator;
    if (!address_at(&peg, &in[PEG_TO_BASE]) || !address_at(&asset, &in[ASSET_TO_PEG]) ||
        !lq_oracles_word(&denominator, &in[DENOMINATOR], 0))
        return false;
    uint8_t down = 0;
    lq_u256_t power = lq_power_of_ten(0);
    while (down < LQ_FEED_DECIMALS_MAX && !lq_u256_eq(&power, &denominator))
        power = lq_power_of_ten(++down);
    if (!lq_u256_eq(&power, &denominator) || r->decimals == LQ_FEED_DECIMALS_UNKNOWN)
        return true;
    put_oracle(r, 0, &asset);
    put_oracle(r, 1, &peg);
    r->shape = LQ_ORACLE_PRODUCT;
    r->root.op = LQ_PRICE_PRODUCT;
    r->root.u.product.up_decimals = r->decimals;
    r->root.u.product.down_decimals = down;
    return true;
}

static bool try_steth(recipe_t *r, const lq_read_result_t *in)
{
    lq_address_t eth;
    lq_address_t steth;
    uint8_t decimals;
    if (!address_at(&eth, &in[ETH_TO_BASE]) || !address_at(&steth, &in[STETH]) ||
        !decimals_at(&decimals, &in[RATIO_DECIMALS]))
        return false;
    lq_u256_t sample = lq_power_of_ten(decimals);
    put_oracle(r, 0, &eth);
    put_ratio(r, 1, &steth, LQ_ABI_RATIO_GET_POOLED_ETH_BY_SHARES_SELECTOR, &sample, decimals);
    r->shape = LQ_ORACLE_PRODUCT;
    r->root.op = LQ_PRICE_PRODUCT;
    r->root.u.product.down_decimals = decimals;
    return true;
}

static bool try_fixed(recipe_t *r, const lq_read_result_t *in)
{
    lq_u256_t price;
    lq_address_t acl;
    if (!lq_oracles_word(&price, &in[FIXED_PRICE], 0) || !address_at(&acl, &in[FIXED_ACL]) ||
        !is_there(&in[FIXED_DECIMALS]))
        return false;
    r->shape = LQ_ORACLE_FIXED;
    r->emits = true;
    r->root.op = LQ_PRICE_FIXED;
    r->root.u.fixed.bits = price;
    return true;
}

/* A proxy names its aggregator; an aggregator without one counts rounds. What has rounds by name
   alone moves without a log, and is opaque. */
static bool try_feed(recipe_t *r, const lq_address_t *source, const lq_read_result_t *in)
{
    lq_address_t aggregator;
    if (r->decimals == LQ_FEED_DECIMALS_UNKNOWN || !is_there(&in[ROUND_DATA]))
        return false;
    if (!address_at(&aggregator, &in[AGGREGATOR])) {
        lq_u256_t round;
        lq_u256_t latest;
        if (!lq_oracles_word(&round, &in[ROUND_DATA], 0) ||
            !lq_oracles_word(&latest, &in[LATEST_ROUND], 0) || lq_u256_is_zero(&round) ||
            !lq_u256_eq(&round, &latest))
            return false;
    }
    r->parts[0].kind = LQ_ORACLES_PART_FEED;
    r->parts[0].feed = lq_feed_init_chainlink(source, false, LQ_FEED_DECIMALS_UNKNOWN, 0, 0);
    r->shape = LQ_ORACLE_FEED;
    r->root.op = LQ_PRICE_FEED;
    return true;
}

static void guess_answer(recipe_t *r, const lq_address_t *source, const lq_read_result_t *in)
{
    if (!decimals_at(&r->decimals, &in[DECIMALS]))
        r->decimals = LQ_FEED_DECIMALS_UNKNOWN;
    if (try_ratio(r, source, in) || try_stable(r, in) || try_synchronicity(r, in) ||
        try_steth(r, in) || try_fixed(r, in) || try_feed(r, source, in))
        return;
    if (!is_there(&in[VIEW]))
        r->shape = LQ_ORACLE_NONE;
}

static bool put_vault(recipe_t *r, size_t part, const lq_read_result_t *vault,
                      const lq_read_result_t *sample)
{
    lq_address_t address;
    lq_u256_t shares;
    if (!address_at(&address, vault))
        return true;
    if (!lq_oracles_word(&shares, sample, 0))
        return false;
    put_ratio(r, part, &address, LQ_ABI_RATIO_CONVERT_TO_ASSETS_SELECTOR, &shares, 0);
    return true;
}

/* Parts in the order of lq_price_morpho_t. */
static void guess_price(recipe_t *r, const lq_read_result_t *in)
{
    static const struct {
        uint8_t part;
        uint8_t call;
    } feeds[] = {{1, BASE_FEED_1}, {2, BASE_FEED_2}, {4, QUOTE_FEED_1}, {5, QUOTE_FEED_2}};
    lq_u256_t scale_factor;
    r->decimals = 36;
    if (!lq_oracles_word(&scale_factor, &in[SCALE_FACTOR], 0)) {
        if (!is_there(&in[VIEW]))
            r->shape = LQ_ORACLE_NONE;
        return;
    }
    if (!put_vault(r, 0, &in[BASE_VAULT], &in[BASE_SAMPLE]) ||
        !put_vault(r, 3, &in[QUOTE_VAULT], &in[QUOTE_SAMPLE]))
        return;
    for (size_t i = 0; i < LQ_ARRAY_CNT(feeds); i++) {
        lq_address_t source;
        if (address_at(&source, &in[feeds[i].call]))
            put_oracle(r, feeds[i].part, &source);
    }
    r->shape = LQ_ORACLE_CHAINLINK_V2;
    r->root.op = LQ_PRICE_MORPHO;
    r->root.u.morpho.scale_factor = scale_factor;
}

/* ---- writing it down ---- */

/* Whether FROM is made of TARGET. Steps are counted: what is too tangled counts as a cycle. */
static bool reaches(const lq_oracles_t *o, uint32_t from, uint32_t target, unsigned depth,
                    unsigned *steps)
{
    if (from == target || depth == 0 || *steps == 0)
        return true;
    --*steps;
    const lq_oracles_row_t *row = &o->rows[from];
    for (size_t k = 0; k < LQ_ORACLES_PART_MAX; k++)
        if (row->part_kinds[k] == LQ_ORACLES_PART_ORACLE &&
            reaches(o, row->parts[k], target, depth - 1, steps))
            return true;
    return false;
}

/* LQ_ERR_INVAL: it is made of itself, or of too much. */
static lq_err_t have_inner(lq_oracles_t *o, uint32_t *inner, uint32_t oracle,
                           const lq_address_t *source, lq_oracle_view_t view)
{
    uint32_t cnt = o->head->oracle_cnt;
    if (lq_oracles_find(o, inner, source, view) != LQ_OK &&
        o->rows[oracle].depth >= LQ_ORACLES_DEPTH_MAX)
        return LQ_ERR_INVAL;
    lq_err_t err = lq_oracles_add(o, inner, source, view);
    if (err)
        return err;
    unsigned steps = 64;
    if (reaches(o, *inner, oracle, 2 * LQ_ORACLES_DEPTH_MAX, &steps))
        return LQ_ERR_INVAL;
    lq_oracles_row_t *row = &o->rows[*inner];
    lq_undo_keep(o->undo, row, LQ_UNDO_LINE_SZ);
    row->is_inner = 1;
    if (*inner >= cnt)
        row->depth = (uint8_t)(o->rows[oracle].depth + 1);
    return LQ_OK;
}

static lq_err_t have_parts(lq_oracles_t *o, uint32_t parts[LQ_ORACLES_PART_MAX], uint32_t oracle,
                           const recipe_t *r)
{
    lq_oracle_view_t view =
        r->shape == LQ_ORACLE_CHAINLINK_V2 ? LQ_ORACLE_VIEW_ROUND : LQ_ORACLE_VIEW_ANSWER;
    for (size_t k = 0; k < LQ_ORACLES_PART_MAX; k++) {
        lq_err_t err = LQ_OK;
        parts[k] = 0;
        if (r->parts[k].kind == LQ_ORACLES_PART_FEED)
            err = lq_oracles_have_feed(o, &parts[k], &r->parts[k].feed);
        else if (r->parts[k].kind == LQ_ORACLES_PART_ORACLE)
            err = have_inner(o, &parts[k], oracle, &r->parts[k].oracle, view);
        if (err)
            return err;
    }
    return LQ_OK;
}

static lq_err_t write_down(lq_oracles_t *o, uint32_t oracle, const recipe_t *r)
{
    uint32_t parts[LQ_ORACLES_PART_MAX];
    uint32_t emitter;
    lq_err_t err = have_parts(o, parts, oracle, r);
    if (!err && r->emits)
        err = lq_oracles_have_emitter(o, &emitter, &o->rows[oracle].source);
    if (err)
        return err;
    lq_oracles_row_t *row = &o->rows[oracle];
    lq_undo_keep(o->undo, row, sizeof(*row));
    for (size_t k = 0; k < LQ_ORACLES_PART_MAX; k++) {
        row->part_kinds[k] = (uint8_t)r->parts[k].kind;
        row->parts[k] = parts[k];
    }
    row->candidate = (uint8_t)r->shape;
    row->decimals = r->decimals;
    lq_oracles_copy_node(&row->root, &r->root);
    lq_oracles_set_stage(o, oracle, LQ_ORACLES_VERIFY);
    return LQ_OK;
}

static void make_none(lq_oracles_t *o, uint32_t oracle, uint64_t block_sec)
{
    lq_oracles_row_t *row = &o->rows[oracle];
    lq_oracles_set_stage(o, oracle, LQ_ORACLES_DONE);
    lq_undo_keep(o->undo, row, LQ_UNDO_LINE_SZ);
    row->shape = LQ_ORACLE_NONE;
    row->doubtful = 0;
    lq_oracles_mark_changed(o, oracle);
    lq_oracles_evaluate(o, oracle, block_sec);
}

/* ---- reads ---- */

lq_err_t lq_oracles_probe_reads(const lq_oracles_t *o, lq_calls_t *calls, uint32_t oracle)
{
    const lq_oracles_row_t *row = &o->rows[oracle];
    bool is_price = row->view == LQ_ORACLE_VIEW_PRICE;
    const uint32_t *selectors = is_price ? price_calls : answer_calls;
    size_t cnt = is_price ? PRICE_CALL_CNT : ANSWER_CALL_CNT;
    lq_err_t err = lq_calls_add_view(calls, &row->source, lq_oracles_view_selector(row->view));
    for (size_t i = 1; !err && i < cnt; i++)
        err = lq_calls_add_view(calls, &row->source, selectors[i]);
    return err;
}

lq_err_t lq_oracles_probe_answer(lq_oracles_t *o, uint32_t oracle, const lq_read_result_t *results,
                                 size_t cnt, uint64_t block_sec)
{
    const lq_oracles_row_t *row = &o->rows[oracle];
    bool is_price = row->view == LQ_ORACLE_VIEW_PRICE;
    if (cnt != (size_t)(is_price ? PRICE_CALL_CNT : ANSWER_CALL_CNT))
        return LQ_ERR_SYNTAX;
    recipe_t r;
    memset(&r, 0, sizeof(r));
    r.shape = LQ_ORACLE_OPAQUE;
    if (is_price)
        guess_price(&r, results);
    else
        guess_answer(&r, &row->source, results);
    lq_undo_keep(o->undo, row, LQ_UNDO_LINE_SZ);
    o->rows[oracle].decimals = r.decimals;
    if (r.shape == LQ_ORACLE_NONE) {
        make_none(o, oracle, block_sec);
        return LQ_OK;
    }
    if (r.shape != LQ_ORACLE_OPAQUE && row->mismatch_cnt < 2) {
        lq_err_t err = write_down(o, oracle, &r);
        if (err == LQ_OK || err == LQ_ERR_FULL)
            return err;
    }
    return lq_oracles_make_opaque(o, oracle, &results[VIEW], block_sec);
}
