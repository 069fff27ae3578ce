/* Written by tools/gen_abi from abi/price_adapter: edit that and run it again.
   What all of these functions have in common stands in liqd/codec/abi.h. Long because each has
   lines for its parameters. */
#ifndef LIQD_CODEC_ABI_PRICE_ADAPTER_H
#define LIQD_CODEC_ABI_PRICE_ADAPTER_H

#include "liqd/codec/abi.h"

/* clang-format off */

/* function latestRound() */
#define LQ_ABI_PRICE_ADAPTER_LATEST_ROUND_SELECTOR 0x668a0f02u
#define LQ_ABI_PRICE_ADAPTER_LATEST_ROUND_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_latest_round_encode(uint8_t *out, size_t out_max,
                                                              size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_latest_round_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                              const uint8_t *data, size_t data_sz);

/* function ACL_MANAGER() */
#define LQ_ABI_PRICE_ADAPTER_ACL_MANAGER_SELECTOR 0xa8a652ebu
#define LQ_ABI_PRICE_ADAPTER_ACL_MANAGER_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_acl_manager_encode(uint8_t *out, size_t out_max,
                                                             size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_acl_manager_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                             const uint8_t *data, size_t data_sz);

/* function DECIMALS() */
#define LQ_ABI_PRICE_ADAPTER_DECIMALS_SELECTOR 0x2e0f2625u
#define LQ_ABI_PRICE_ADAPTER_DECIMALS_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_decimals_encode(uint8_t *out, size_t out_max,
                                                          size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_decimals_decode(uint64_t *out, lq_err_msg_t *msg,
                                                          const uint8_t *data, size_t data_sz);

/* event FixedPriceUpdated(int256,int256) */
extern const lq_hash_t lq_abi_price_adapter_fixed_price_updated_event_topic;
#define LQ_ABI_PRICE_ADAPTER_FIXED_PRICE_UPDATED_EVENT_TOPIC_INIT \
    {{0x1d,0x75,0x33,0xaf,0x86,0xe2,0x39,0xaf,0x5f,0x8e,0x48,0xca,0x2c,0xab,0x2f,0x0c, \
      0xbf,0xe3,0x1c,0x34,0x2b,0xe1,0x2d,0xf5,0x7f,0xa1,0x43,0xe5,0x1a,0x1a,0x9f,0x7b,}}
typedef struct lq_abi_price_adapter_fixed_price_updated_event {
    lq_u256_t current_price;
    lq_u256_t new_price;
} lq_abi_price_adapter_fixed_price_updated_event_t;
LQ_MUST_USE lq_err_t lq_abi_price_adapter_fixed_price_updated_event_decode(
    lq_abi_price_adapter_fixed_price_updated_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* function price() */
#define LQ_ABI_PRICE_ADAPTER_PRICE_SELECTOR 0xa035b1feu
#define LQ_ABI_PRICE_ADAPTER_PRICE_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_price_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                       lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_price_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                       const uint8_t *data, size_t data_sz);

/* function BASE_VAULT() */
#define LQ_ABI_PRICE_ADAPTER_BASE_VAULT_SELECTOR 0xeaa2d7b4u
#define LQ_ABI_PRICE_ADAPTER_BASE_VAULT_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_base_vault_encode(uint8_t *out, size_t out_max,
                                                            size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_base_vault_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                            const uint8_t *data, size_t data_sz);

/* function QUOTE_VAULT() */
#define LQ_ABI_PRICE_ADAPTER_QUOTE_VAULT_SELECTOR 0x2e6f20a6u
#define LQ_ABI_PRICE_ADAPTER_QUOTE_VAULT_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_quote_vault_encode(uint8_t *out, size_t out_max,
                                                             size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_quote_vault_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                             const uint8_t *data, size_t data_sz);

/* function BASE_FEED_1() */
#define LQ_ABI_PRICE_ADAPTER_BASE_FEED_1_SELECTOR 0xf50a4718u
#define LQ_ABI_PRICE_ADAPTER_BASE_FEED_1_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_base_feed_1_encode(uint8_t *out, size_t out_max,
                                                             size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_base_feed_1_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                             const uint8_t *data, size_t data_sz);

/* function BASE_FEED_2() */
#define LQ_ABI_PRICE_ADAPTER_BASE_FEED_2_SELECTOR 0xdc53858cu
#define LQ_ABI_PRICE_ADAPTER_BASE_FEED_2_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_base_feed_2_encode(uint8_t *out, size_t out_max,
                                                             size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_base_feed_2_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                             const uint8_t *data, size_t data_sz);

/* function QUOTE_FEED_1() */
#define LQ_ABI_PRICE_ADAPTER_QUOTE_FEED_1_SELECTOR 0x56095e11u
#define LQ_ABI_PRICE_ADAPTER_QUOTE_FEED_1_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_quote_feed_1_encode(uint8_t *out, size_t out_max,
                                                              size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_quote_feed_1_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                              const uint8_t *data, size_t data_sz);

/* function QUOTE_FEED_2() */
#define LQ_ABI_PRICE_ADAPTER_QUOTE_FEED_2_SELECTOR 0xacfbd39eu
#define LQ_ABI_PRICE_ADAPTER_QUOTE_FEED_2_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_quote_feed_2_encode(uint8_t *out, size_t out_max,
                                                              size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_quote_feed_2_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                              const uint8_t *data, size_t data_sz);

/* function BASE_VAULT_CONVERSION_SAMPLE() */
#define LQ_ABI_PRICE_ADAPTER_BASE_VAULT_CONVERSION_SAMPLE_SELECTOR 0x054f7ac0u
#define LQ_ABI_PRICE_ADAPTER_BASE_VAULT_CONVERSION_SAMPLE_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_base_vault_conversion_sample_encode(uint8_t *out,
                                                                              size_t out_max,
                                                                              size_t *out_sz,
                                                                              lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_base_vault_conversion_sample_decode(lq_u256_t *out,
                                                                              lq_err_msg_t *msg,
                                                                              const uint8_t *data,
                                                                              size_t data_sz);

/* function QUOTE_VAULT_CONVERSION_SAMPLE() */
#define LQ_ABI_PRICE_ADAPTER_QUOTE_VAULT_CONVERSION_SAMPLE_SELECTOR 0x461739d2u
#define LQ_ABI_PRICE_ADAPTER_QUOTE_VAULT_CONVERSION_SAMPLE_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_quote_vault_conversion_sample_encode(uint8_t *out,
                                                                               size_t out_max,
                                                                               size_t *out_sz,
                                                                               lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_quote_vault_conversion_sample_decode(lq_u256_t *out,
                                                                               lq_err_msg_t *msg,
                                                                               const uint8_t *data,
                                                                               size_t data_sz);

/* function SCALE_FACTOR() */
#define LQ_ABI_PRICE_ADAPTER_SCALE_FACTOR_SELECTOR 0xce4b5bbeu
#define LQ_ABI_PRICE_ADAPTER_SCALE_FACTOR_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_scale_factor_encode(uint8_t *out, size_t out_max,
                                                              size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_scale_factor_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                              const uint8_t *data, size_t data_sz);

/* function BASE_TO_USD_AGGREGATOR() */
#define LQ_ABI_PRICE_ADAPTER_BASE_TO_USD_AGGREGATOR_SELECTOR 0xd221087cu
#define LQ_ABI_PRICE_ADAPTER_BASE_TO_USD_AGGREGATOR_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_base_to_usd_aggregator_encode(uint8_t *out,
                                                                        size_t out_max,
                                                                        size_t *out_sz,
                                                                        lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_base_to_usd_aggregator_decode(lq_address_t *out,
                                                                        lq_err_msg_t *msg,
                                                                        const uint8_t *data,
                                                                        size_t data_sz);

/* function RATIO_PROVIDER() */
#define LQ_ABI_PRICE_ADAPTER_RATIO_PROVIDER_SELECTOR 0xdc4a4be8u
#define LQ_ABI_PRICE_ADAPTER_RATIO_PROVIDER_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_ratio_provider_encode(uint8_t *out, size_t out_max,
                                                                size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_ratio_provider_decode(lq_address_t *out,
                                                                lq_err_msg_t *msg,
                                                                const uint8_t *data,
                                                                size_t data_sz);

/* function RATIO_DECIMALS() */
#define LQ_ABI_PRICE_ADAPTER_RATIO_DECIMALS_SELECTOR 0xa83622e0u
#define LQ_ABI_PRICE_ADAPTER_RATIO_DECIMALS_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_ratio_decimals_encode(uint8_t *out, size_t out_max,
                                                                size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_ratio_decimals_decode(uint64_t *out, lq_err_msg_t *msg,
                                                                const uint8_t *data,
                                                                size_t data_sz);

/* function getRatio() */
#define LQ_ABI_PRICE_ADAPTER_GET_RATIO_SELECTOR 0xec1ebd7au
#define LQ_ABI_PRICE_ADAPTER_GET_RATIO_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_get_ratio_encode(uint8_t *out, size_t out_max,
                                                           size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_get_ratio_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                           const uint8_t *data, size_t data_sz);

/* function getSnapshotRatio() */
#define LQ_ABI_PRICE_ADAPTER_GET_SNAPSHOT_RATIO_SELECTOR 0xfe4d9e79u
#define LQ_ABI_PRICE_ADAPTER_GET_SNAPSHOT_RATIO_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_get_snapshot_ratio_encode(uint8_t *out, size_t out_max,
                                                                    size_t *out_sz,
                                                                    lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_get_snapshot_ratio_decode(lq_u256_t *out,
                                                                    lq_err_msg_t *msg,
                                                                    const uint8_t *data,
                                                                    size_t data_sz);

/* function getSnapshotTimestamp() */
#define LQ_ABI_PRICE_ADAPTER_GET_SNAPSHOT_TIMESTAMP_SELECTOR 0xdeb8c641u
#define LQ_ABI_PRICE_ADAPTER_GET_SNAPSHOT_TIMESTAMP_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_get_snapshot_timestamp_encode(uint8_t *out,
                                                                        size_t out_max,
                                                                        size_t *out_sz,
                                                                        lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_get_snapshot_timestamp_decode(lq_u256_t *out,
                                                                        lq_err_msg_t *msg,
                                                                        const uint8_t *data,
                                                                        size_t data_sz);

/* function getMaxRatioGrowthPerSecond() */
#define LQ_ABI_PRICE_ADAPTER_GET_MAX_RATIO_GROWTH_PER_SECOND_SELECTOR 0xf6ba77deu
#define LQ_ABI_PRICE_ADAPTER_GET_MAX_RATIO_GROWTH_PER_SECOND_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_get_max_ratio_growth_per_second_encode(uint8_t *out,
                                                                                 size_t out_max,
                                                                                 size_t *out_sz,
                                                                                 lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_get_max_ratio_growth_per_second_decode(
    lq_u256_t *out, lq_err_msg_t *msg, const uint8_t *data, size_t data_sz);

/* function getMaxRatioGrowthPerSecondScaled() */
#define LQ_ABI_PRICE_ADAPTER_GET_MAX_RATIO_GROWTH_PER_SECOND_SCALED_SELECTOR 0x82294d3cu
#define LQ_ABI_PRICE_ADAPTER_GET_MAX_RATIO_GROWTH_PER_SECOND_SCALED_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_get_max_ratio_growth_per_second_scaled_encode(
    uint8_t *out, size_t out_max, size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_get_max_ratio_growth_per_second_scaled_decode(
    lq_u256_t *out, lq_err_msg_t *msg, const uint8_t *data, size_t data_sz);

/* event CapParametersUpdated(uint256,uint256,uint256,uint16) */
extern const lq_hash_t lq_abi_price_adapter_cap_parameters_updated_event_topic;
#define LQ_ABI_PRICE_ADAPTER_CAP_PARAMETERS_UPDATED_EVENT_TOPIC_INIT \
    {{0x47,0xf1,0x5f,0x36,0x6d,0xcc,0x36,0x84,0xfc,0x77,0xc4,0xf7,0x9e,0xb8,0x51,0xbb, \
      0x5b,0xef,0xbc,0x09,0x5e,0xc7,0xa2,0x96,0xa5,0x3a,0x27,0xa6,0x22,0x96,0x4c,0x63,}}
typedef struct lq_abi_price_adapter_cap_parameters_updated_event {
    lq_u256_t snapshot_ratio;
    lq_u256_t snapshot_timestamp;
    lq_u256_t max_ratio_growth_per_second;
    uint64_t max_yearly_ratio_growth_percent;
} lq_abi_price_adapter_cap_parameters_updated_event_t;
LQ_MUST_USE lq_err_t lq_abi_price_adapter_cap_parameters_updated_event_decode(
    lq_abi_price_adapter_cap_parameters_updated_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* function ASSET_TO_USD_AGGREGATOR() */
#define LQ_ABI_PRICE_ADAPTER_ASSET_TO_USD_AGGREGATOR_SELECTOR 0x4ebdc284u
#define LQ_ABI_PRICE_ADAPTER_ASSET_TO_USD_AGGREGATOR_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_asset_to_usd_aggregator_encode(uint8_t *out,
                                                                         size_t out_max,
                                                                         size_t *out_sz,
                                                                         lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_asset_to_usd_aggregator_decode(lq_address_t *out,
                                                                         lq_err_msg_t *msg,
                                                                         const uint8_t *data,
                                                                         size_t data_sz);

/* function getPriceCap() */
#define LQ_ABI_PRICE_ADAPTER_GET_PRICE_CAP_SELECTOR 0x4c7afe60u
#define LQ_ABI_PRICE_ADAPTER_GET_PRICE_CAP_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_get_price_cap_encode(uint8_t *out, size_t out_max,
                                                               size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_get_price_cap_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                               const uint8_t *data, size_t data_sz);

/* event PriceCapUpdated(int256) */
extern const lq_hash_t lq_abi_price_adapter_price_cap_updated_event_topic;
#define LQ_ABI_PRICE_ADAPTER_PRICE_CAP_UPDATED_EVENT_TOPIC_INIT \
    {{0xa8,0x9f,0x50,0xd1,0xca,0xf6,0xc4,0x04,0x76,0x5c,0xe9,0x4b,0x42,0x2b,0xe3,0x88, \
      0xce,0x69,0xc8,0xed,0x68,0x92,0x16,0x20,0xfa,0x6a,0x83,0xc8,0x10,0x00,0x06,0x15,}}
typedef struct lq_abi_price_adapter_price_cap_updated_event {
    lq_u256_t price_cap;
} lq_abi_price_adapter_price_cap_updated_event_t;
LQ_MUST_USE lq_err_t lq_abi_price_adapter_price_cap_updated_event_decode(
    lq_abi_price_adapter_price_cap_updated_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* function latestAnswer() */
#define LQ_ABI_PRICE_ADAPTER_LATEST_ANSWER_SELECTOR 0x50d25bcdu
#define LQ_ABI_PRICE_ADAPTER_LATEST_ANSWER_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_latest_answer_encode(uint8_t *out, size_t out_max,
                                                               size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_latest_answer_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                               const uint8_t *data, size_t data_sz);

/* function PEG_TO_BASE() */
#define LQ_ABI_PRICE_ADAPTER_PEG_TO_BASE_SELECTOR 0xde4aedabu
#define LQ_ABI_PRICE_ADAPTER_PEG_TO_BASE_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_peg_to_base_encode(uint8_t *out, size_t out_max,
                                                             size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_peg_to_base_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                             const uint8_t *data, size_t data_sz);

/* function ASSET_TO_PEG() */
#define LQ_ABI_PRICE_ADAPTER_ASSET_TO_PEG_SELECTOR 0x910bb70cu
#define LQ_ABI_PRICE_ADAPTER_ASSET_TO_PEG_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_asset_to_peg_encode(uint8_t *out, size_t out_max,
                                                              size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_asset_to_peg_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                              const uint8_t *data, size_t data_sz);

/* function ETH_TO_BASE() */
#define LQ_ABI_PRICE_ADAPTER_ETH_TO_BASE_SELECTOR 0x3f84cd1bu
#define LQ_ABI_PRICE_ADAPTER_ETH_TO_BASE_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_eth_to_base_encode(uint8_t *out, size_t out_max,
                                                             size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_eth_to_base_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                             const uint8_t *data, size_t data_sz);

/* function STETH() */
#define LQ_ABI_PRICE_ADAPTER_STETH_SELECTOR 0xe00bfe50u
#define LQ_ABI_PRICE_ADAPTER_STETH_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_steth_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                       lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_steth_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                       const uint8_t *data, size_t data_sz);

/* function DENOMINATOR() */
#define LQ_ABI_PRICE_ADAPTER_DENOMINATOR_SELECTOR 0x918f8674u
#define LQ_ABI_PRICE_ADAPTER_DENOMINATOR_SZ 4
LQ_MUST_USE lq_err_t lq_abi_price_adapter_denominator_encode(uint8_t *out, size_t out_max,
                                                             size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_price_adapter_denominator_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                             const uint8_t *data, size_t data_sz);

/* clang-format on */

#endif
