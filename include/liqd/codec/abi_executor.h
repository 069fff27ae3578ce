/* Written by tools/gen_abi from abi/executor: edit that and run it again.
   What all of these functions have in common stands in liqd/codec/abi.h. Long because each has
   lines for its parameters. */
#ifndef LIQD_CODEC_ABI_EXECUTOR_H
#define LIQD_CODEC_ABI_EXECUTOR_H

#include "liqd/codec/abi.h"

/* clang-format off */

/* error AccountChanged(address,uint256,uint256) */
#define LQ_ABI_EXECUTOR_ACCOUNT_CHANGED_ERROR_SELECTOR 0xfbb9a300u
typedef struct lq_abi_executor_account_changed_error {
    lq_address_t guard;
    lq_u256_t actual;
    lq_u256_t minimum;
} lq_abi_executor_account_changed_error_t;
LQ_MUST_USE lq_err_t lq_abi_executor_account_changed_error_decode(
    lq_abi_executor_account_changed_error_t *out, lq_err_msg_t *msg, const uint8_t *revert,
    size_t revert_sz);

/* error BadProgram() */
#define LQ_ABI_EXECUTOR_BAD_PROGRAM_ERROR_SELECTOR 0x763c9dd0u

/* error BelowMinimum(address,uint256,uint256) */
#define LQ_ABI_EXECUTOR_BELOW_MINIMUM_ERROR_SELECTOR 0x6243fb81u
typedef struct lq_abi_executor_below_minimum_error {
    lq_address_t token;
    lq_u256_t gained;
    lq_u256_t minimum;
} lq_abi_executor_below_minimum_error_t;
LQ_MUST_USE lq_err_t lq_abi_executor_below_minimum_error_decode(
    lq_abi_executor_below_minimum_error_t *out, lq_err_msg_t *msg, const uint8_t *revert,
    size_t revert_sz);

/* error BuilderRefused(address,uint256) */
#define LQ_ABI_EXECUTOR_BUILDER_REFUSED_ERROR_SELECTOR 0x1e61b6d3u
typedef struct lq_abi_executor_builder_refused_error {
    lq_address_t builder;
    lq_u256_t amount;
} lq_abi_executor_builder_refused_error_t;
LQ_MUST_USE lq_err_t lq_abi_executor_builder_refused_error_decode(
    lq_abi_executor_builder_refused_error_t *out, lq_err_msg_t *msg, const uint8_t *revert,
    size_t revert_sz);

/* error Busy() */
#define LQ_ABI_EXECUTOR_BUSY_ERROR_SELECTOR 0x3ef33375u

/* error CallFailed(address,bytes) */
#define LQ_ABI_EXECUTOR_CALL_FAILED_ERROR_SELECTOR 0x6c544f33u
typedef struct lq_abi_executor_call_failed_error {
    lq_address_t callee;
    lq_abi_bytes_t inner;
} lq_abi_executor_call_failed_error_t;
LQ_MUST_USE lq_err_t lq_abi_executor_call_failed_error_decode(
    lq_abi_executor_call_failed_error_t *out, lq_err_msg_t *msg, const uint8_t *revert,
    size_t revert_sz);

/* error CallbackMissing(address) */
#define LQ_ABI_EXECUTOR_CALLBACK_MISSING_ERROR_SELECTOR 0x3a966758u
typedef struct lq_abi_executor_callback_missing_error {
    lq_address_t callee;
} lq_abi_executor_callback_missing_error_t;
LQ_MUST_USE lq_err_t lq_abi_executor_callback_missing_error_decode(
    lq_abi_executor_callback_missing_error_t *out, lq_err_msg_t *msg, const uint8_t *revert,
    size_t revert_sz);

/* error Expired(uint256,uint256) */
#define LQ_ABI_EXECUTOR_EXPIRED_ERROR_SELECTOR 0xaa2fd925u
typedef struct lq_abi_executor_expired_error {
    lq_u256_t number;
    lq_u256_t last;
} lq_abi_executor_expired_error_t;
LQ_MUST_USE lq_err_t lq_abi_executor_expired_error_decode(lq_abi_executor_expired_error_t *out,
                                                          lq_err_msg_t *msg, const uint8_t *revert,
                                                          size_t revert_sz);

/* error GuardFailed(address,bytes) */
#define LQ_ABI_EXECUTOR_GUARD_FAILED_ERROR_SELECTOR 0x4fc81df1u
typedef struct lq_abi_executor_guard_failed_error {
    lq_address_t guard;
    lq_abi_bytes_t inner;
} lq_abi_executor_guard_failed_error_t;
LQ_MUST_USE lq_err_t lq_abi_executor_guard_failed_error_decode(
    lq_abi_executor_guard_failed_error_t *out, lq_err_msg_t *msg, const uint8_t *revert,
    size_t revert_sz);

/* error NotOperator() */
#define LQ_ABI_EXECUTOR_NOT_OPERATOR_ERROR_SELECTOR 0x7c214f04u

/* error NotOwner() */
#define LQ_ABI_EXECUTOR_NOT_OWNER_ERROR_SELECTOR 0x30cd7471u

/* error TokenFailed(address,bytes) */
#define LQ_ABI_EXECUTOR_TOKEN_FAILED_ERROR_SELECTOR 0x069f6362u
typedef struct lq_abi_executor_token_failed_error {
    lq_address_t token;
    lq_abi_bytes_t inner;
} lq_abi_executor_token_failed_error_t;
LQ_MUST_USE lq_err_t lq_abi_executor_token_failed_error_decode(
    lq_abi_executor_token_failed_error_t *out, lq_err_msg_t *msg, const uint8_t *revert,
    size_t revert_sz);

/* error TooDear(address,uint256,uint256) */
#define LQ_ABI_EXECUTOR_TOO_DEAR_ERROR_SELECTOR 0x1d5630f3u
typedef struct lq_abi_executor_too_dear_error {
    lq_address_t payee;
    lq_u256_t asked;
    lq_u256_t most;
} lq_abi_executor_too_dear_error_t;
LQ_MUST_USE lq_err_t lq_abi_executor_too_dear_error_decode(lq_abi_executor_too_dear_error_t *out,
                                                           lq_err_msg_t *msg, const uint8_t *revert,
                                                           size_t revert_sz);

/* error TooLittle(address,uint256,uint256) */
#define LQ_ABI_EXECUTOR_TOO_LITTLE_ERROR_SELECTOR 0xe4889ffeu
typedef struct lq_abi_executor_too_little_error {
    lq_address_t pool;
    lq_u256_t got;
    lq_u256_t least;
} lq_abi_executor_too_little_error_t;
LQ_MUST_USE lq_err_t lq_abi_executor_too_little_error_decode(
    lq_abi_executor_too_little_error_t *out, lq_err_msg_t *msg, const uint8_t *revert,
    size_t revert_sz);

/* error UnexpectedCallback(address) */
#define LQ_ABI_EXECUTOR_UNEXPECTED_CALLBACK_ERROR_SELECTOR 0xc2221189u
typedef struct lq_abi_executor_unexpected_callback_error {
    lq_address_t caller;
} lq_abi_executor_unexpected_callback_error_t;
LQ_MUST_USE lq_err_t lq_abi_executor_unexpected_callback_error_decode(
    lq_abi_executor_unexpected_callback_error_t *out, lq_err_msg_t *msg, const uint8_t *revert,
    size_t revert_sz);

/* event OperatorSet(address,bool) */
extern const lq_hash_t lq_abi_executor_operator_set_event_topic;
#define LQ_ABI_EXECUTOR_OPERATOR_SET_EVENT_TOPIC_INIT \
    {{0x1a,0x59,0x40,0x81,0xae,0x89,0x3a,0xb7,0x8e,0x67,0xd9,0xb9,0xe8,0x43,0x54,0x73, \
      0x18,0x16,0x43,0x22,0xd3,0x2c,0x65,0x36,0x9d,0x78,0xa9,0x61,0x72,0xd9,0xdc,0x8f,}}
typedef struct lq_abi_executor_operator_set_event {
    lq_address_t operator;
    bool allowed;
} lq_abi_executor_operator_set_event_t;
LQ_MUST_USE lq_err_t lq_abi_executor_operator_set_event_decode(
    lq_abi_executor_operator_set_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event OwnershipTransferStarted(address,address) */
extern const lq_hash_t lq_abi_executor_ownership_transfer_started_event_topic;
#define LQ_ABI_EXECUTOR_OWNERSHIP_TRANSFER_STARTED_EVENT_TOPIC_INIT \
    {{0x38,0xd1,0x6b,0x8c,0xac,0x22,0xd9,0x9f,0xc7,0xc1,0x24,0xb9,0xcd,0x0d,0xe2,0xd3, \
      0xfa,0x1f,0xae,0xf4,0x20,0xbf,0xe7,0x91,0xd8,0xc3,0x62,0xd7,0x65,0xe2,0x27,0x00,}}
typedef struct lq_abi_executor_ownership_transfer_started_event {
    lq_address_t owner;
    lq_address_t pending_owner;
} lq_abi_executor_ownership_transfer_started_event_t;
LQ_MUST_USE lq_err_t lq_abi_executor_ownership_transfer_started_event_decode(
    lq_abi_executor_ownership_transfer_started_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event OwnershipTransferred(address,address) */
extern const lq_hash_t lq_abi_executor_ownership_transferred_event_topic;
#define LQ_ABI_EXECUTOR_OWNERSHIP_TRANSFERRED_EVENT_TOPIC_INIT \
    {{0x8b,0xe0,0x07,0x9c,0x53,0x16,0x59,0x14,0x13,0x44,0xcd,0x1f,0xd0,0xa4,0xf2,0x84, \
      0x19,0x49,0x7f,0x97,0x22,0xa3,0xda,0xaf,0xe3,0xb4,0x18,0x6f,0x6b,0x64,0x57,0xe0,}}
typedef struct lq_abi_executor_ownership_transferred_event {
    lq_address_t previous_owner;
    lq_address_t owner;
} lq_abi_executor_ownership_transferred_event_t;
LQ_MUST_USE lq_err_t lq_abi_executor_ownership_transferred_event_decode(
    lq_abi_executor_ownership_transferred_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event Rescued(address,address,uint256) */
extern const lq_hash_t lq_abi_executor_rescued_event_topic;
#define LQ_ABI_EXECUTOR_RESCUED_EVENT_TOPIC_INIT \
    {{0x3a,0xf7,0x90,0xfa,0xfd,0xa7,0x20,0x81,0x9b,0x2f,0xc6,0xe1,0x50,0x90,0x60,0x6e, \
      0x81,0x15,0x4e,0x0a,0xc9,0xa9,0x2d,0x38,0xec,0xad,0x00,0x6d,0x99,0xd2,0x0e,0xcc,}}
typedef struct lq_abi_executor_rescued_event {
    lq_address_t token;
    lq_address_t to;
    lq_u256_t amount;
} lq_abi_executor_rescued_event_t;
LQ_MUST_USE lq_err_t lq_abi_executor_rescued_event_decode(lq_abi_executor_rescued_event_t *out,
                                                          lq_err_msg_t *msg,
                                                          const lq_hash_t *topics, size_t topic_cnt,
                                                          const uint8_t *data, size_t data_sz);

/* function acceptOwnership() */
#define LQ_ABI_EXECUTOR_ACCEPT_OWNERSHIP_SELECTOR 0x79ba5097u
#define LQ_ABI_EXECUTOR_ACCEPT_OWNERSHIP_SZ 4
LQ_MUST_USE lq_err_t lq_abi_executor_accept_ownership_encode(uint8_t *out, size_t out_max,
                                                             size_t *out_sz, lq_err_msg_t *msg);

/* function execute(bytes) */
#define LQ_ABI_EXECUTOR_EXECUTE_SELECTOR 0x09c5eabeu
LQ_MUST_USE lq_err_t lq_abi_executor_execute_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                    lq_err_msg_t *msg, const uint8_t *program,
                                                    size_t program_sz);

/* function operators(address) */
#define LQ_ABI_EXECUTOR_OPERATORS_SELECTOR 0x13e7c9d8u
#define LQ_ABI_EXECUTOR_OPERATORS_SZ 36
LQ_MUST_USE lq_err_t lq_abi_executor_operators_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                      lq_err_msg_t *msg,
                                                      const lq_address_t *account);
LQ_MUST_USE lq_err_t lq_abi_executor_operators_decode(bool *out, lq_err_msg_t *msg,
                                                      const uint8_t *data, size_t data_sz);

/* function owner() */
#define LQ_ABI_EXECUTOR_OWNER_SELECTOR 0x8da5cb5bu
#define LQ_ABI_EXECUTOR_OWNER_SZ 4
LQ_MUST_USE lq_err_t lq_abi_executor_owner_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_executor_owner_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                  const uint8_t *data, size_t data_sz);

/* function pendingOwner() */
#define LQ_ABI_EXECUTOR_PENDING_OWNER_SELECTOR 0xe30c3978u
#define LQ_ABI_EXECUTOR_PENDING_OWNER_SZ 4
LQ_MUST_USE lq_err_t lq_abi_executor_pending_owner_encode(uint8_t *out, size_t out_max,
                                                          size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_executor_pending_owner_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                          const uint8_t *data, size_t data_sz);

/* function rescue(address,address,uint256) */
#define LQ_ABI_EXECUTOR_RESCUE_SELECTOR 0x20ff430bu
#define LQ_ABI_EXECUTOR_RESCUE_SZ 100
LQ_MUST_USE lq_err_t lq_abi_executor_rescue_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                   lq_err_msg_t *msg, const lq_address_t *token,
                                                   const lq_address_t *to, const lq_u256_t *amount);

/* function setOperator(address,bool) */
#define LQ_ABI_EXECUTOR_SET_OPERATOR_SELECTOR 0x558a7297u
#define LQ_ABI_EXECUTOR_SET_OPERATOR_SZ 68
LQ_MUST_USE lq_err_t lq_abi_executor_set_operator_encode(uint8_t *out, size_t out_max,
                                                         size_t *out_sz, lq_err_msg_t *msg,
                                                         const lq_address_t *operator,
                                                         bool allowed);

/* function transferOwnership(address) */
#define LQ_ABI_EXECUTOR_TRANSFER_OWNERSHIP_SELECTOR 0xf2fde38bu
#define LQ_ABI_EXECUTOR_TRANSFER_OWNERSHIP_SZ 36
LQ_MUST_USE lq_err_t lq_abi_executor_transfer_ownership_encode(uint8_t *out, size_t out_max,
                                                               size_t *out_sz, lq_err_msg_t *msg,
                                                               const lq_address_t *account);

/* clang-format on */

#endif
