/* Written by tools/gen_abi from abi/price_adapter: edit that and run it again.
   Long because a function has lines for each parameter. */
#include "liqd/codec/abi_price_adapter.h"

#include "abi_internal.h"

/* clang-format off */

lq_err_t lq_abi_price_adapter_latest_round_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.latestRound", sz, out_max);
    lq_abi_put_selector(out, 0x668a0f02u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_latest_round_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                  const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.latestRound", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_acl_manager_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                 lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.ACL_MANAGER", sz, out_max);
    lq_abi_put_selector(out, 0xa8a652ebu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_acl_manager_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                 const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.ACL_MANAGER", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "price_adapter.ACL_MANAGER.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_decimals_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                              lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.DECIMALS", sz, out_max);
    lq_abi_put_selector(out, 0x2e0f2625u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_decimals_decode(uint64_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                              size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.DECIMALS", data_sz, 32);
    uint64_t v;
    if (!lq_abi_get_u64(&v, data, 8))
        return lq_abi_bad_word(msg, "price_adapter.DECIMALS.value", "data", 0, data, "a uint8");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_price_adapter_fixed_price_updated_event_topic = LQ_ABI_PRICE_ADAPTER_FIXED_PRICE_UPDATED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_price_adapter_fixed_price_updated_event_decode(
    lq_abi_price_adapter_fixed_price_updated_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 1 || data_sz != 64 ||
        !lq_abi_is_topic(topics, &lq_abi_price_adapter_fixed_price_updated_event_topic))
        return lq_abi_bad_log(msg, "price_adapter.FixedPriceUpdated",
                              &lq_abi_price_adapter_fixed_price_updated_event_topic, topics,
                              topic_cnt, 1, data_sz, 64);
    lq_abi_price_adapter_fixed_price_updated_event_t v;
    v.current_price = lq_u256_from_be(data);
    v.new_price = lq_u256_from_be(data + 32);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_price_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                           lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.price", sz, out_max);
    lq_abi_put_selector(out, 0xa035b1feu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_price_decode(lq_u256_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                           size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.price", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_base_vault_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.BASE_VAULT", sz, out_max);
    lq_abi_put_selector(out, 0xeaa2d7b4u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_base_vault_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.BASE_VAULT", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "price_adapter.BASE_VAULT.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_quote_vault_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                 lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.QUOTE_VAULT", sz, out_max);
    lq_abi_put_selector(out, 0x2e6f20a6u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_quote_vault_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                 const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.QUOTE_VAULT", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "price_adapter.QUOTE_VAULT.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_base_feed_1_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                 lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.BASE_FEED_1", sz, out_max);
    lq_abi_put_selector(out, 0xf50a4718u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_base_feed_1_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                 const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.BASE_FEED_1", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "price_adapter.BASE_FEED_1.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_base_feed_2_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                 lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.BASE_FEED_2", sz, out_max);
    lq_abi_put_selector(out, 0xdc53858cu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_base_feed_2_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                 const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.BASE_FEED_2", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "price_adapter.BASE_FEED_2.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_quote_feed_1_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.QUOTE_FEED_1", sz, out_max);
    lq_abi_put_selector(out, 0x56095e11u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_quote_feed_1_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                  const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.QUOTE_FEED_1", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "price_adapter.QUOTE_FEED_1.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_quote_feed_2_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.QUOTE_FEED_2", sz, out_max);
    lq_abi_put_selector(out, 0xacfbd39eu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_quote_feed_2_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                  const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.QUOTE_FEED_2", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "price_adapter.QUOTE_FEED_2.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_base_vault_conversion_sample_encode(uint8_t *out, size_t out_max,
                                                                  size_t *out_sz, lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.BASE_VAULT_CONVERSION_SAMPLE", sz, out_max);
    lq_abi_put_selector(out, 0x054f7ac0u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_base_vault_conversion_sample_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                                  const uint8_t *data,
                                                                  size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.BASE_VAULT_CONVERSION_SAMPLE", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_quote_vault_conversion_sample_encode(uint8_t *out, size_t out_max,
                                                                   size_t *out_sz,
                                                                   lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.QUOTE_VAULT_CONVERSION_SAMPLE", sz, out_max);
    lq_abi_put_selector(out, 0x461739d2u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_quote_vault_conversion_sample_decode(lq_u256_t *out,
                                                                   lq_err_msg_t *msg,
                                                                   const uint8_t *data,
                                                                   size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.QUOTE_VAULT_CONVERSION_SAMPLE", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_scale_factor_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.SCALE_FACTOR", sz, out_max);
    lq_abi_put_selector(out, 0xce4b5bbeu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_scale_factor_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                  const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.SCALE_FACTOR", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_base_to_usd_aggregator_encode(uint8_t *out, size_t out_max,
                                                            size_t *out_sz, lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.BASE_TO_USD_AGGREGATOR", sz, out_max);
    lq_abi_put_selector(out, 0xd221087cu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_base_to_usd_aggregator_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                            const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.BASE_TO_USD_AGGREGATOR", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "price_adapter.BASE_TO_USD_AGGREGATOR.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_ratio_provider_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                    lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.RATIO_PROVIDER", sz, out_max);
    lq_abi_put_selector(out, 0xdc4a4be8u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_ratio_provider_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                    const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.RATIO_PROVIDER", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "price_adapter.RATIO_PROVIDER.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_ratio_decimals_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                    lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.RATIO_DECIMALS", sz, out_max);
    lq_abi_put_selector(out, 0xa83622e0u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_ratio_decimals_decode(uint64_t *out, lq_err_msg_t *msg,
                                                    const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.RATIO_DECIMALS", data_sz, 32);
    uint64_t v;
    if (!lq_abi_get_u64(&v, data, 8))
        return lq_abi_bad_word(msg, "price_adapter.RATIO_DECIMALS.value", "data", 0, data,
                               "a uint8");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_get_ratio_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                               lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.getRatio", sz, out_max);
    lq_abi_put_selector(out, 0xec1ebd7au);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_get_ratio_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                               const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.getRatio", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_get_snapshot_ratio_encode(uint8_t *out, size_t out_max,
                                                        size_t *out_sz, lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.getSnapshotRatio", sz, out_max);
    lq_abi_put_selector(out, 0xfe4d9e79u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_get_snapshot_ratio_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                        const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.getSnapshotRatio", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_get_snapshot_timestamp_encode(uint8_t *out, size_t out_max,
                                                            size_t *out_sz, lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.getSnapshotTimestamp", sz, out_max);
    lq_abi_put_selector(out, 0xdeb8c641u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_get_snapshot_timestamp_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                            const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.getSnapshotTimestamp", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_get_max_ratio_growth_per_second_encode(uint8_t *out, size_t out_max,
                                                                     size_t *out_sz,
                                                                     lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.getMaxRatioGrowthPerSecond", sz, out_max);
    lq_abi_put_selector(out, 0xf6ba77deu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_get_max_ratio_growth_per_second_decode(lq_u256_t *out,
                                                                     lq_err_msg_t *msg,
                                                                     const uint8_t *data,
                                                                     size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.getMaxRatioGrowthPerSecond", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_get_max_ratio_growth_per_second_scaled_encode(uint8_t *out,
                                                                            size_t out_max,
                                                                            size_t *out_sz,
                                                                            lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.getMaxRatioGrowthPerSecondScaled", sz, out_max);
    lq_abi_put_selector(out, 0x82294d3cu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_get_max_ratio_growth_per_second_scaled_decode(lq_u256_t *out,
                                                                            lq_err_msg_t *msg,
                                                                            const uint8_t *data,
                                                                            size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.getMaxRatioGrowthPerSecondScaled", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_price_adapter_cap_parameters_updated_event_topic = LQ_ABI_PRICE_ADAPTER_CAP_PARAMETERS_UPDATED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_price_adapter_cap_parameters_updated_event_decode(
    lq_abi_price_adapter_cap_parameters_updated_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 1 || data_sz != 128 ||
        !lq_abi_is_topic(topics, &lq_abi_price_adapter_cap_parameters_updated_event_topic))
        return lq_abi_bad_log(msg, "price_adapter.CapParametersUpdated",
                              &lq_abi_price_adapter_cap_parameters_updated_event_topic, topics,
                              topic_cnt, 1, data_sz, 128);
    lq_abi_price_adapter_cap_parameters_updated_event_t v;
    v.snapshot_ratio = lq_u256_from_be(data);
    v.snapshot_timestamp = lq_u256_from_be(data + 32);
    v.max_ratio_growth_per_second = lq_u256_from_be(data + 64);
    if (!lq_abi_get_u64(&v.max_yearly_ratio_growth_percent, data + 96, 16))
        return lq_abi_bad_word(msg,
                               "price_adapter.CapParametersUpdated.maxYearlyRatioGrowthPercent",
                               "data", 96, data + 96, "a uint16");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_asset_to_usd_aggregator_encode(uint8_t *out, size_t out_max,
                                                             size_t *out_sz, lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.ASSET_TO_USD_AGGREGATOR", sz, out_max);
    lq_abi_put_selector(out, 0x4ebdc284u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_asset_to_usd_aggregator_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                             const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.ASSET_TO_USD_AGGREGATOR", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "price_adapter.ASSET_TO_USD_AGGREGATOR.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_get_price_cap_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                   lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.getPriceCap", sz, out_max);
    lq_abi_put_selector(out, 0x4c7afe60u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_get_price_cap_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                   const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.getPriceCap", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_price_adapter_price_cap_updated_event_topic = LQ_ABI_PRICE_ADAPTER_PRICE_CAP_UPDATED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_price_adapter_price_cap_updated_event_decode(
    lq_abi_price_adapter_price_cap_updated_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 1 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_price_adapter_price_cap_updated_event_topic))
        return lq_abi_bad_log(msg, "price_adapter.PriceCapUpdated",
                              &lq_abi_price_adapter_price_cap_updated_event_topic, topics,
                              topic_cnt, 1, data_sz, 32);
    lq_abi_price_adapter_price_cap_updated_event_t v;
    v.price_cap = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_latest_answer_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                   lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.latestAnswer", sz, out_max);
    lq_abi_put_selector(out, 0x50d25bcdu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_latest_answer_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                   const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.latestAnswer", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_peg_to_base_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                 lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.PEG_TO_BASE", sz, out_max);
    lq_abi_put_selector(out, 0xde4aedabu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_peg_to_base_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                 const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.PEG_TO_BASE", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "price_adapter.PEG_TO_BASE.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_asset_to_peg_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.ASSET_TO_PEG", sz, out_max);
    lq_abi_put_selector(out, 0x910bb70cu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_asset_to_peg_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                  const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.ASSET_TO_PEG", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "price_adapter.ASSET_TO_PEG.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_eth_to_base_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                 lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.ETH_TO_BASE", sz, out_max);
    lq_abi_put_selector(out, 0x3f84cd1bu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_eth_to_base_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                 const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.ETH_TO_BASE", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "price_adapter.ETH_TO_BASE.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_steth_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                           lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.STETH", sz, out_max);
    lq_abi_put_selector(out, 0xe00bfe50u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_steth_decode(lq_address_t *out, lq_err_msg_t *msg,
                                           const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.STETH", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "price_adapter.STETH.value", "data", 0, data, "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_denominator_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                 lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "price_adapter.DENOMINATOR", sz, out_max);
    lq_abi_put_selector(out, 0x918f8674u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_price_adapter_denominator_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                 const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "price_adapter.DENOMINATOR", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

/* clang-format on */
