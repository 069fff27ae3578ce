/* Written by tools/gen_abi from abi/chainlink: edit that and run it again.
   What all of these functions have in common stands in liqd/codec/abi.h. Long because each has
   lines for its parameters. */
#ifndef LIQD_CODEC_ABI_CHAINLINK_H
#define LIQD_CODEC_ABI_CHAINLINK_H

#include "liqd/codec/abi.h"

/* clang-format off */

/* event AnswerUpdated(int256,uint256,uint256) */
extern const lq_hash_t lq_abi_chainlink_answer_updated_event_topic;
#define LQ_ABI_CHAINLINK_ANSWER_UPDATED_EVENT_TOPIC_INIT \
    {{0x05,0x59,0x88,0x4f,0xd3,0xa4,0x60,0xdb,0x30,0x73,0xb7,0xfc,0x89,0x6c,0xc7,0x79, \
      0x86,0xf1,0x6e,0x37,0x82,0x10,0xde,0xd4,0x31,0x86,0x17,0x5b,0xf6,0x46,0xfc,0x5f,}}
typedef struct lq_abi_chainlink_answer_updated_event {
    lq_u256_t current;
    lq_u256_t round_id;
    lq_u256_t updated_at;
} lq_abi_chainlink_answer_updated_event_t;
LQ_MUST_USE lq_err_t lq_abi_chainlink_answer_updated_event_decode(
    lq_abi_chainlink_answer_updated_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* function aggregator() */
#define LQ_ABI_CHAINLINK_AGGREGATOR_SELECTOR 0x245a7bfcu
#define LQ_ABI_CHAINLINK_AGGREGATOR_SZ 4
LQ_MUST_USE lq_err_t lq_abi_chainlink_aggregator_encode(uint8_t *out, size_t out_max,
                                                        size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_chainlink_aggregator_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                        const uint8_t *data, size_t data_sz);

/* function decimals() */
#define LQ_ABI_CHAINLINK_DECIMALS_SELECTOR 0x313ce567u
#define LQ_ABI_CHAINLINK_DECIMALS_SZ 4
LQ_MUST_USE lq_err_t lq_abi_chainlink_decimals_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                      lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_chainlink_decimals_decode(uint64_t *out, lq_err_msg_t *msg,
                                                      const uint8_t *data, size_t data_sz);

/* function latestRoundData() */
#define LQ_ABI_CHAINLINK_LATEST_ROUND_DATA_SELECTOR 0xfeaf968cu
#define LQ_ABI_CHAINLINK_LATEST_ROUND_DATA_SZ 4
LQ_MUST_USE lq_err_t lq_abi_chainlink_latest_round_data_encode(uint8_t *out, size_t out_max,
                                                               size_t *out_sz, lq_err_msg_t *msg);
typedef struct lq_abi_chainlink_latest_round_data_ret {
    lq_u256_t round_id;
    lq_u256_t answer;
    lq_u256_t started_at;
    lq_u256_t updated_at;
    lq_u256_t answered_in_round;
} lq_abi_chainlink_latest_round_data_ret_t;
LQ_MUST_USE lq_err_t lq_abi_chainlink_latest_round_data_decode(
    lq_abi_chainlink_latest_round_data_ret_t *out, lq_err_msg_t *msg, const uint8_t *data,
    size_t data_sz);

/* function transmitSecondary(bytes32[3],bytes,bytes32[],bytes32[],bytes32) */
#define LQ_ABI_CHAINLINK_TRANSMIT_SECONDARY_SELECTOR 0xba0cb29eu
LQ_MUST_USE lq_err_t lq_abi_chainlink_transmit_secondary_encode(uint8_t *out, size_t out_max,
                                                                size_t *out_sz, lq_err_msg_t *msg,
                                                                const lq_hash_t report_context[3],
                                                                const uint8_t *report,
                                                                size_t report_sz,
                                                                const lq_hash_t *rs, size_t rs_cnt,
                                                                const lq_hash_t *ss, size_t ss_cnt,
                                                                const lq_hash_t *raw_vs);

/* function forward(address,bytes) */
#define LQ_ABI_CHAINLINK_FORWARD_SELECTOR 0x6fadcf72u
LQ_MUST_USE lq_err_t lq_abi_chainlink_forward_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                     lq_err_msg_t *msg, const lq_address_t *to,
                                                     const uint8_t *data, size_t data_sz);

/* function transmit(bytes32[3],bytes,bytes32[],bytes32[],bytes32) */
#define LQ_ABI_CHAINLINK_TRANSMIT_SELECTOR 0xb1dc65a4u
LQ_MUST_USE lq_err_t lq_abi_chainlink_transmit_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                      lq_err_msg_t *msg,
                                                      const lq_hash_t report_context[3],
                                                      const uint8_t *report, size_t report_sz,
                                                      const lq_hash_t *rs, size_t rs_cnt,
                                                      const lq_hash_t *ss, size_t ss_cnt,
                                                      const lq_hash_t *raw_vs);

/* clang-format on */

#endif
