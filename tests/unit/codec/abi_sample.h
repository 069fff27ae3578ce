/* Written by tools/gen_abi from tests/vectors/abi/sample: edit that and run it again.
   What all of these functions have in common stands in liqd/codec/abi.h. Long because each has
   lines for its parameters. */
#ifndef LIQD_CODEC_ABI_SAMPLE_H
#define LIQD_CODEC_ABI_SAMPLE_H

#include "liqd/codec/abi.h"

/* clang-format off */

/* function nothing() */
#define LQ_ABI_SAMPLE_NOTHING_SELECTOR 0x448f30a3u
#define LQ_ABI_SAMPLE_NOTHING_SZ 4
LQ_MUST_USE lq_err_t lq_abi_sample_nothing_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg);

/* function words(uint8,uint40,uint64,uint72,uint256,int8,int40,int64,int72,int256,bool,address,
   bytes1,bytes31,bytes32) */
#define LQ_ABI_SAMPLE_WORDS_SELECTOR 0x558e7d0eu
#define LQ_ABI_SAMPLE_WORDS_SZ 484
LQ_MUST_USE lq_err_t lq_abi_sample_words_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                lq_err_msg_t *msg, uint64_t u8, uint64_t u40,
                                                uint64_t u64, const lq_u256_t *u72,
                                                const lq_u256_t *u256, int64_t s8, int64_t s40,
                                                int64_t s64, const lq_u256_t *s72,
                                                const lq_u256_t *s256, bool flag,
                                                const lq_address_t *owner, const lq_hash_t *b1,
                                                const lq_hash_t *b31, const lq_hash_t *b32);
typedef struct lq_abi_sample_words_ret {
    uint64_t u8;
    uint64_t u40;
    uint64_t u64;
    lq_u256_t u72;
    lq_u256_t u256;
    int64_t s8;
    int64_t s40;
    int64_t s64;
    lq_u256_t s72;
    lq_u256_t s256;
    bool flag;
    lq_address_t owner;
    lq_hash_t b1;
    lq_hash_t b31;
    lq_hash_t b32;
} lq_abi_sample_words_ret_t;
LQ_MUST_USE lq_err_t lq_abi_sample_words_decode(lq_abi_sample_words_ret_t *out, lq_err_msg_t *msg,
                                                const uint8_t *data, size_t data_sz);

/* struct Pair (address,uint24[2]) */
typedef struct lq_abi_sample_pair {
    lq_address_t token;
    uint64_t fees[2];
} lq_abi_sample_pair_t;

/* function fixedParts((address,uint24[2]),(address,uint24[2])[2],bytes4[3],uint256[2]) */
#define LQ_ABI_SAMPLE_FIXED_PARTS_SELECTOR 0xfbfc9376u
#define LQ_ABI_SAMPLE_FIXED_PARTS_SZ 452
LQ_MUST_USE lq_err_t lq_abi_sample_fixed_parts_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                      lq_err_msg_t *msg,
                                                      const lq_abi_sample_pair_t *pair,
                                                      const lq_abi_sample_pair_t pairs[2],
                                                      const lq_hash_t ids[3],
                                                      const lq_u256_t amounts[2]);
LQ_MUST_USE lq_err_t lq_abi_sample_fixed_parts_decode(lq_abi_sample_pair_t *out, lq_err_msg_t *msg,
                                                      const uint8_t *data, size_t data_sz);

/* struct Call (address,bool,bytes) */
typedef struct lq_abi_sample_call {
    lq_address_t target;
    bool allow_failure;
    lq_abi_bytes_t call_data;
} lq_abi_sample_call_t;

/* struct Route (string,address[],(address,bool,bytes),bytes[2],uint128) */
typedef struct lq_abi_sample_route {
    lq_abi_bytes_t name;
    const lq_address_t *pools;
    size_t pools_cnt;
    lq_abi_sample_call_t first;
    lq_abi_bytes_t hops[2];
    lq_u256_t limit;
} lq_abi_sample_route_t;

/* function lists(bytes,string,uint256[],bool[],int24[],(address,uint24[2])[],(address,bool,
   bytes)[],(string,address[],(address,bool,bytes),bytes[2],uint128),string[],uint16) */
#define LQ_ABI_SAMPLE_LISTS_SELECTOR 0xae9d5dfau
LQ_MUST_USE lq_err_t lq_abi_sample_lists_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                lq_err_msg_t *msg, const uint8_t *data,
                                                size_t data_sz, const uint8_t *text, size_t text_sz,
                                                const lq_u256_t *amounts, size_t amounts_cnt,
                                                const bool *flags, size_t flags_cnt,
                                                const int64_t *rates, size_t rates_cnt,
                                                const lq_abi_sample_pair_t *pairs, size_t pairs_cnt,
                                                const lq_abi_sample_call_t *calls, size_t calls_cnt,
                                                const lq_abi_sample_route_t *route,
                                                const lq_abi_bytes_t *names, size_t names_cnt,
                                                uint64_t out_);

/* function default(uint256,bool,address) */
#define LQ_ABI_SAMPLE_DEFAULT_SELECTOR 0x02c90525u
#define LQ_ABI_SAMPLE_DEFAULT_SZ 100
LQ_MUST_USE lq_err_t lq_abi_sample_default_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg, const lq_u256_t *register_,
                                                  bool i0_, const lq_address_t *msg_);
typedef struct lq_abi_sample_default_ret {
    lq_u256_t value[2];
} lq_abi_sample_default_ret_t;
LQ_MUST_USE lq_err_t lq_abi_sample_default_decode(lq_abi_sample_default_ret_t *out,
                                                  lq_err_msg_t *msg, const uint8_t *data,
                                                  size_t data_sz);

/* function description() */
#define LQ_ABI_SAMPLE_DESCRIPTION_SELECTOR 0x7284e416u
#define LQ_ABI_SAMPLE_DESCRIPTION_SZ 4
LQ_MUST_USE lq_err_t lq_abi_sample_description_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                      lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_sample_description_decode(lq_abi_bytes_t *out, lq_err_msg_t *msg,
                                                      const uint8_t *data, size_t data_sz);

/* function record() */
#define LQ_ABI_SAMPLE_RECORD_SELECTOR 0x266cf109u
#define LQ_ABI_SAMPLE_RECORD_SZ 4
LQ_MUST_USE lq_err_t lq_abi_sample_record_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                 lq_err_msg_t *msg);
typedef struct lq_abi_sample_record_ret {
    lq_hash_t id;
    lq_abi_bytes_t payload;
    lq_abi_bytes_t note;
    uint64_t size;
} lq_abi_sample_record_ret_t;
LQ_MUST_USE lq_err_t lq_abi_sample_record_decode(lq_abi_sample_record_ret_t *out, lq_err_msg_t *msg,
                                                 const uint8_t *data, size_t data_sz);

/* event Happened(string,int16,(address,uint24[2]),bytes4,(address,uint24[2])[2],bytes) */
extern const lq_hash_t lq_abi_sample_happened_event_topic;
#define LQ_ABI_SAMPLE_HAPPENED_EVENT_TOPIC_INIT \
    {{0x0c,0xc4,0xe2,0xf8,0x9b,0xaf,0x2b,0x96,0xed,0x3a,0x2f,0xbf,0xdd,0x12,0xfc,0x13, \
      0x2c,0x62,0x72,0x2f,0xd3,0xa1,0x89,0xd0,0x19,0x15,0xb2,0xcc,0x53,0xdd,0x48,0xd5,}}
typedef struct lq_abi_sample_happened_event {
    lq_hash_t note_hash;
    int64_t level;
    lq_hash_t pair_hash;
    lq_hash_t kind;
    lq_abi_sample_pair_t pairs[2];
    lq_abi_bytes_t payload;
} lq_abi_sample_happened_event_t;
LQ_MUST_USE lq_err_t lq_abi_sample_happened_event_decode(lq_abi_sample_happened_event_t *out,
                                                         lq_err_msg_t *msg, const lq_hash_t *topics,
                                                         size_t topic_cnt, const uint8_t *data,
                                                         size_t data_sz);

/* event Silent() */
extern const lq_hash_t lq_abi_sample_silent_event_topic;
#define LQ_ABI_SAMPLE_SILENT_EVENT_TOPIC_INIT \
    {{0x73,0xa1,0x82,0x84,0xad,0x0a,0x00,0xe0,0x63,0x4e,0x28,0x8e,0xdf,0x04,0xbc,0x34, \
      0x42,0x13,0x3d,0x41,0xd9,0xef,0xd6,0x21,0xb3,0x1f,0x1c,0x72,0xa5,0xce,0x0d,0xa1,}}

/* error Refused() */
#define LQ_ABI_SAMPLE_REFUSED_ERROR_SELECTOR 0x8ac5ff0bu

/* error TooHigh(address,uint24,string) */
#define LQ_ABI_SAMPLE_TOO_HIGH_ERROR_SELECTOR 0x4b49e9beu
typedef struct lq_abi_sample_too_high_error {
    lq_address_t pool;
    uint64_t fee;
    lq_abi_bytes_t why;
} lq_abi_sample_too_high_error_t;
LQ_MUST_USE lq_err_t lq_abi_sample_too_high_error_decode(lq_abi_sample_too_high_error_t *out,
                                                         lq_err_msg_t *msg, const uint8_t *revert,
                                                         size_t revert_sz);

/* clang-format on */

#endif
