#ifndef LIQD_MARKET_PRICE_H
#define LIQD_MARKET_PRICE_H

/* Prices as the protocols' oracles compute them: pure functions of feeds and time, bit for bit,
   reverts included. A price is a short list of nodes, each of which names earlier ones; the last is
   the price. A plain struct without pointers, so that it can be copied, written to a snapshot and
   kept by the thousand; evaluation is one loop.

   A node's number is an int256 as the contracts pass it on, 0 and negative ones included; that of
   Morpho's oracle is a uint256, and no node can name it. So is that of a feed of price(), which is
   a price alone. */

#include "liqd/market/feed.h"

/* LQ_PRICE_NODE_MAX: Morpho's oracle with its six inputs, of which five are capped or products. */
#define LQ_PRICE_NODE_MAX 12

/* LQ_PRICE_NO_NODE, in place of a node: none. */
#define LQ_PRICE_NO_NODE 255

typedef enum lq_price_op {
    LQ_PRICE_FEED,
    LQ_PRICE_FIXED,
    LQ_PRICE_PRODUCT,
    LQ_PRICE_CAP_RATIO,
    LQ_PRICE_CAP_STABLE,
    LQ_PRICE_MORPHO,
} lq_price_op_t;

/* What Aave's cap on a ratio knows, from its CapParametersUpdated or its getters. */
typedef struct lq_price_ratio_cap {
    lq_u128_t snapshot_ratio;               /* uint104 */
    lq_u128_t max_growth_per_second_scaled; /* uint104, 1e-6 of a unit of the ratio a second */
    uint64_t snapshot_sec;                  /* uint48 */
    uint8_t ratio_decimals;                 /* at most LQ_FEED_DECIMALS_MAX */
} lq_price_ratio_cap_t;

/* The inputs of Morpho's oracle, each a node or LQ_PRICE_NO_NODE, which counts 1. */
typedef struct lq_price_morpho {
    lq_u256_t scale_factor; /* SCALE_FACTOR(), or lq_price_morpho_scale_factor */
    uint8_t base_vault;     /* convertToAssets(BASE_VAULT_CONVERSION_SAMPLE) */
    uint8_t base_feed_1;
    uint8_t base_feed_2;
    uint8_t quote_vault;
    uint8_t quote_feed_1;
    uint8_t quote_feed_2;
} lq_price_morpho_t;

typedef struct lq_price_node {
    union {
        uint32_t feed;
        lq_i256_t fixed;
        struct {
            uint8_t a;
            uint8_t b;
            uint8_t up_decimals;
            uint8_t down_decimals;
        } product;
        struct {
            lq_price_ratio_cap_t cap;
            uint8_t base;
            uint8_t ratio;
        } cap_ratio;
        struct {
            lq_i256_t cap;
            uint8_t base;
        } cap_stable;
        lq_price_morpho_t morpho;
    } u;
    lq_price_op_t op;
} lq_price_node_t;

typedef struct lq_price {
    lq_price_node_t nodes[LQ_PRICE_NODE_MAX];
    uint32_t node_cnt;
} lq_price_t;

/* The lq_price_add functions append a node to PRICE, which starts as all zeros, and set *NODE (may
   be NULL) to its number, for later ones to name. On an error both are unchanged: LQ_ERR_FULL at
   LQ_PRICE_NODE_MAX; LQ_ERR_INVAL for an argument that is no earlier node, or a node behind
   Morpho's oracle; LQ_ERR_RANGE for a parameter that its contract cannot have. */

/* lq_price_add_feed: the answer of the feed number FEED, as it is.
   @src aave-dao/aave-v3-origin:src/contracts/misc/AaveOracle.sol#getAssetPrice, its source's
        latestAnswer */
LQ_MUST_USE lq_err_t lq_price_add_feed(lq_price_t *price, uint8_t *node, uint32_t feed);

/* lq_price_add_fixed: ANSWER, always.
   @src bgd-labs/aave-capo:src/contracts/misc-adapters/FixedPriceAdapter.sol#latestAnswer */
LQ_MUST_USE lq_err_t lq_price_add_fixed(lq_price_t *price, uint8_t *node, const lq_i256_t *answer);

/* lq_price_add_product: a ratio times a feed, or two feeds; UP_DECIMALS is 0 where the contract
   does not multiply by a power of ten.
   @formula a <= 0 or b <= 0: 0; else floor(a b 10^up / 10^down); each product below 2^255 or revert
   @src
   bgd-labs/cl-synchronicity-price-adapter:src/contracts/CLSynchronicityPriceAdapterPegToBase.sol
        #latestAnswer (up = DECIMALS, down = the sum of the feeds'),
        WstETHSynchronicityPriceAdapter.sol#latestAnswer (up = 0, down = RATIO_DECIMALS) */
LQ_MUST_USE lq_err_t lq_price_add_product(lq_price_t *price, uint8_t *node, uint8_t a, uint8_t b,
                                          uint8_t up_decimals, uint8_t down_decimals);

/* lq_price_add_cap_ratio: Aave's price of a token that grows, its RATIO capped from a snapshot on.
   @formula base <= 0 or ratio <= 0: 0; else floor(base min(ratio, max) / 10^ratio_decimals),
            max = snapshot_ratio + floor(growth (now - snapshot_sec) / 1e6); now < snapshot_sec or
            base times ratio at 2^255 or above: revert
   @src bgd-labs/aave-capo:src/contracts/PriceCapAdapterBase.sol#latestAnswer, #_getMaxRatio */
LQ_MUST_USE lq_err_t lq_price_add_cap_ratio(lq_price_t *price, uint8_t *node, uint8_t base,
                                            uint8_t ratio, const lq_price_ratio_cap_t *cap);

/* lq_price_cap_growth returns max_growth_per_second_scaled as the contract stores it;
   SNAPSHOT_RATIO is below 2^104.
   @formula floor(floor(snapshot_ratio yearly_bps 1e6 / 1e4) / 31536000), below snapshot_ratio / 4
   @src bgd-labs/aave-capo:src/contracts/PriceCapAdapterBase.sol#_setCapParameters */
lq_u128_t lq_price_cap_growth(lq_u128_t snapshot_ratio, uint16_t yearly_bps);

/* lq_price_add_cap_stable: Aave's price of a token that should be worth a fixed sum.
   @formula base > cap: cap; else base <= 0: 0; else base. CAP is never negative.
   @src bgd-labs/aave-capo:src/contracts/PriceCapAdapterStable.sol#latestAnswer */
LQ_MUST_USE lq_err_t lq_price_add_cap_stable(lq_price_t *price, uint8_t *node, uint8_t base,
                                             const lq_i256_t *cap);

/* lq_price_add_morpho: collateral in units of the loan token, 1e36-scaled: 36 + the loan token's
   decimals - the collateral's.
   @formula floor(scale_factor (Vb F1 F2) / (Vq G1 G2)) with a full product above the fraction bar;
            revert: an input < 0, either bracket at 2^256 or above, a divisor of 0, a quotient at
            2^256 or above
   @src morpho-org/morpho-blue-oracles:src/morpho-chainlink/MorphoChainlinkOracleV2.sol#price */
LQ_MUST_USE lq_err_t lq_price_add_morpho(lq_price_t *price, uint8_t *node,
                                         const lq_price_morpho_t *morpho);

/* What SCALE_FACTOR is made of; decimals of absent feeds are 0, samples of absent vaults 1. */
typedef struct lq_price_morpho_params {
    lq_u256_t base_sample;
    lq_u256_t quote_sample;
    uint8_t base_token_decimals;
    uint8_t base_feed_1_decimals;
    uint8_t base_feed_2_decimals;
    uint8_t quote_token_decimals;
    uint8_t quote_feed_1_decimals;
    uint8_t quote_feed_2_decimals;
} lq_price_morpho_params_t;

/* lq_price_morpho_scale_factor sets *OUT to the SCALE_FACTOR of such an oracle. Where its
   constructor reverts, LQ_ERR_RANGE (an exponent below 0, a product at 2^256 or above) or
   LQ_ERR_DIV_ZERO (a sample of 0).
   @formula floor(10^(36 + dQ + fQ1 + fQ2 - dB - fB1 - fB2) quote_sample / base_sample)
   @src morpho-org/morpho-blue-oracles:src/morpho-chainlink/MorphoChainlinkOracleV2.sol#constructor
 */
LQ_MUST_USE lq_err_t lq_price_morpho_scale_factor(lq_u256_t *out,
                                                  const lq_price_morpho_params_t *params);

/* An answer that stands before a feed's own without being committed: a shock, a pending update, a
   what-if. */
typedef struct lq_price_overlay {
    lq_i256_t answer;
    uint32_t feed;
} lq_price_overlay_t;

/* What a price is evaluated under. Of two overlays of one feed the first counts; there are few, and
   they are searched one by one. */
typedef struct lq_price_view {
    const lq_feed_t *feeds;
    const lq_price_overlay_t *overlays;
    size_t feed_cnt;
    size_t overlay_cnt;
    uint64_t now_sec; /* of the block in which the price will be asked for */
} lq_price_view_t;

typedef enum lq_price_verdict {
    LQ_PRICE_OK,
    LQ_PRICE_ABSENT,       /* a feed has no answer yet, or is not in the view */
    LQ_PRICE_DOUBTFUL,     /* a feed is marked: our copy of it may not be the chain's */
    LQ_PRICE_NON_POSITIVE, /* the oracle answers 0 or less: Aave asks its fallback, Morpho takes the
                              0; our tools take neither for a price */
    LQ_PRICE_NEGATIVE,     /* Morpho's oracle reverts: an input is below 0 */
    LQ_PRICE_OVERFLOW,     /* the oracle reverts: a product or quotient has no place */
    LQ_PRICE_DIV_ZERO,     /* Morpho's oracle reverts: the quote is 0 */
    LQ_PRICE_TOO_EARLY,    /* Aave's cap reverts: now is before its snapshot */
} lq_price_verdict_t;

/* lq_price_eval sets *VALUE to the price under VIEW where the verdict is LQ_PRICE_OK; it is then
   not 0. Else *VALUE is unchanged. A feed under an overlay is not looked at, marked or not. LQ_BUG
   for a price without nodes. Cost: one pass over the nodes; no allocation. */
lq_price_verdict_t lq_price_eval(lq_u256_t *value, const lq_price_t *price,
                                 const lq_price_view_t *view);

/* lq_price_feeds writes the numbers of the feeds on which PRICE depends to OUT, each once, in the
   order of the nodes, and returns how many. */
size_t lq_price_feeds(uint32_t out[LQ_PRICE_NODE_MAX], const lq_price_t *price);

/* lq_price_moves_with_time tells whether PRICE may differ at another time under the same answers.
 */
bool lq_price_moves_with_time(const lq_price_t *price);

/* lq_price_verdict_str returns the verdict as a person reads it, in lower case; static. */
const char *lq_price_verdict_str(lq_price_verdict_t verdict);

#endif
