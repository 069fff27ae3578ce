/* Written by tools/gen_abi from abi/executor: edit that and run it again.
   Long because a function has lines for each parameter. */
#include "liqd/codec/abi_executor.h"

#include "abi_internal.h"

/* clang-format off */

lq_err_t lq_abi_executor_account_changed_error_decode(lq_abi_executor_account_changed_error_t *out,
                                                      lq_err_msg_t *msg, const uint8_t *revert,
                                                      size_t revert_sz)
{
    if (revert_sz < 100 || !lq_abi_is_selector(revert, 0xfbb9a300u))
        return lq_abi_bad_error(msg, "executor.AccountChanged", 0xfbb9a300u, revert, revert_sz,
                                100);
    const uint8_t *data = revert + 4;
    lq_abi_executor_account_changed_error_t v;
    if (!lq_abi_get_address(&v.guard, data))
        return lq_abi_bad_word(msg, "executor.AccountChanged.guard", "data", 0, data, "an address");
    v.actual = lq_u256_from_be(data + 32);
    v.minimum = lq_u256_from_be(data + 64);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_executor_below_minimum_error_decode(lq_abi_executor_below_minimum_error_t *out,
                                                    lq_err_msg_t *msg, const uint8_t *revert,
                                                    size_t revert_sz)
{
    if (revert_sz < 100 || !lq_abi_is_selector(revert, 0x6243fb81u))
        return lq_abi_bad_error(msg, "executor.BelowMinimum", 0x6243fb81u, revert, revert_sz, 100);
    const uint8_t *data = revert + 4;
    lq_abi_executor_below_minimum_error_t v;
    if (!lq_abi_get_address(&v.token, data))
        return lq_abi_bad_word(msg, "executor.BelowMinimum.token", "data", 0, data, "an address");
    v.gained = lq_u256_from_be(data + 32);
    v.minimum = lq_u256_from_be(data + 64);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_executor_builder_refused_error_decode(lq_abi_executor_builder_refused_error_t *out,
                                                      lq_err_msg_t *msg, const uint8_t *revert,
                                                      size_t revert_sz)
{
    if (revert_sz < 68 || !lq_abi_is_selector(revert, 0x1e61b6d3u))
        return lq_abi_bad_error(msg, "executor.BuilderRefused", 0x1e61b6d3u, revert, revert_sz, 68);
    const uint8_t *data = revert + 4;
    lq_abi_executor_builder_refused_error_t v;
    if (!lq_abi_get_address(&v.builder, data))
        return lq_abi_bad_word(msg, "executor.BuilderRefused.builder", "data", 0, data,
                               "an address");
    v.amount = lq_u256_from_be(data + 32);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_executor_call_failed_error_decode(lq_abi_executor_call_failed_error_t *out,
                                                  lq_err_msg_t *msg, const uint8_t *revert,
                                                  size_t revert_sz)
{
    if (revert_sz < 68 || !lq_abi_is_selector(revert, 0x6c544f33u))
        return lq_abi_bad_error(msg, "executor.CallFailed", 0x6c544f33u, revert, revert_sz, 68);
    const uint8_t *data = revert + 4;
    size_t data_sz = revert_sz - 4;
    lq_err_t err;
    lq_abi_executor_call_failed_error_t v;
    if (!lq_abi_get_address(&v.callee, data))
        return lq_abi_bad_word(msg, "executor.CallFailed.callee", "data", 0, data, "an address");
    err = lq_abi_get_bytes(&v.inner, msg, data, data_sz, 32, "executor.CallFailed.inner");
    if (err)
        return err;
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_executor_callback_missing_error_decode(
    lq_abi_executor_callback_missing_error_t *out, lq_err_msg_t *msg, const uint8_t *revert,
    size_t revert_sz)
{
    if (revert_sz < 36 || !lq_abi_is_selector(revert, 0x3a966758u))
        return lq_abi_bad_error(msg, "executor.CallbackMissing", 0x3a966758u, revert, revert_sz,
                                36);
    const uint8_t *data = revert + 4;
    lq_abi_executor_callback_missing_error_t v;
    if (!lq_abi_get_address(&v.callee, data))
        return lq_abi_bad_word(msg, "executor.CallbackMissing.callee", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_executor_expired_error_decode(lq_abi_executor_expired_error_t *out,
                                              lq_err_msg_t *msg, const uint8_t *revert,
                                              size_t revert_sz)
{
    if (revert_sz < 68 || !lq_abi_is_selector(revert, 0xaa2fd925u))
        return lq_abi_bad_error(msg, "executor.Expired", 0xaa2fd925u, revert, revert_sz, 68);
    const uint8_t *data = revert + 4;
    lq_abi_executor_expired_error_t v;
    v.number = lq_u256_from_be(data);
    v.last = lq_u256_from_be(data + 32);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_executor_guard_failed_error_decode(lq_abi_executor_guard_failed_error_t *out,
                                                   lq_err_msg_t *msg, const uint8_t *revert,
                                                   size_t revert_sz)
{
    if (revert_sz < 68 || !lq_abi_is_selector(revert, 0x4fc81df1u))
        return lq_abi_bad_error(msg, "executor.GuardFailed", 0x4fc81df1u, revert, revert_sz, 68);
    const uint8_t *data = revert + 4;
    size_t data_sz = revert_sz - 4;
    lq_err_t err;
    lq_abi_executor_guard_failed_error_t v;
    if (!lq_abi_get_address(&v.guard, data))
        return lq_abi_bad_word(msg, "executor.GuardFailed.guard", "data", 0, data, "an address");
    err = lq_abi_get_bytes(&v.inner, msg, data, data_sz, 32, "executor.GuardFailed.inner");
    if (err)
        return err;
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_executor_token_failed_error_decode(lq_abi_executor_token_failed_error_t *out,
                                                   lq_err_msg_t *msg, const uint8_t *revert,
                                                   size_t revert_sz)
{
    if (revert_sz < 68 || !lq_abi_is_selector(revert, 0x069f6362u))
        return lq_abi_bad_error(msg, "executor.TokenFailed", 0x069f6362u, revert, revert_sz, 68);
    const uint8_t *data = revert + 4;
    size_t data_sz = revert_sz - 4;
    lq_err_t err;
    lq_abi_executor_token_failed_error_t v;
    if (!lq_abi_get_address(&v.token, data))
        return lq_abi_bad_word(msg, "executor.TokenFailed.token", "data", 0, data, "an address");
    err = lq_abi_get_bytes(&v.inner, msg, data, data_sz, 32, "executor.TokenFailed.inner");
    if (err)
        return err;
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_executor_too_dear_error_decode(lq_abi_executor_too_dear_error_t *out,
                                               lq_err_msg_t *msg, const uint8_t *revert,
                                               size_t revert_sz)
{
    if (revert_sz < 100 || !lq_abi_is_selector(revert, 0x1d5630f3u))
        return lq_abi_bad_error(msg, "executor.TooDear", 0x1d5630f3u, revert, revert_sz, 100);
    const uint8_t *data = revert + 4;
    lq_abi_executor_too_dear_error_t v;
    if (!lq_abi_get_address(&v.payee, data))
        return lq_abi_bad_word(msg, "executor.TooDear.payee", "data", 0, data, "an address");
    v.asked = lq_u256_from_be(data + 32);
    v.most = lq_u256_from_be(data + 64);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_executor_too_little_error_decode(lq_abi_executor_too_little_error_t *out,
                                                 lq_err_msg_t *msg, const uint8_t *revert,
                                                 size_t revert_sz)
{
    if (revert_sz < 100 || !lq_abi_is_selector(revert, 0xe4889ffeu))
        return lq_abi_bad_error(msg, "executor.TooLittle", 0xe4889ffeu, revert, revert_sz, 100);
    const uint8_t *data = revert + 4;
    lq_abi_executor_too_little_error_t v;
    if (!lq_abi_get_address(&v.pool, data))
        return lq_abi_bad_word(msg, "executor.TooLittle.pool", "data", 0, data, "an address");
    v.got = lq_u256_from_be(data + 32);
    v.least = lq_u256_from_be(data + 64);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_executor_unexpected_callback_error_decode(
    lq_abi_executor_unexpected_callback_error_t *out, lq_err_msg_t *msg, const uint8_t *revert,
    size_t revert_sz)
{
    if (revert_sz < 36 || !lq_abi_is_selector(revert, 0xc2221189u))
        return lq_abi_bad_error(msg, "executor.UnexpectedCallback", 0xc2221189u, revert, revert_sz,
                                36);
    const uint8_t *data = revert + 4;
    lq_abi_executor_unexpected_callback_error_t v;
    if (!lq_abi_get_address(&v.caller, data))
        return lq_abi_bad_word(msg, "executor.UnexpectedCallback.caller", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_executor_operator_set_event_topic = LQ_ABI_EXECUTOR_OPERATOR_SET_EVENT_TOPIC_INIT;

lq_err_t lq_abi_executor_operator_set_event_decode(lq_abi_executor_operator_set_event_t *out,
                                                   lq_err_msg_t *msg, const lq_hash_t *topics,
                                                   size_t topic_cnt, const uint8_t *data,
                                                   size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_executor_operator_set_event_topic))
        return lq_abi_bad_log(msg, "executor.OperatorSet",
                              &lq_abi_executor_operator_set_event_topic, topics, topic_cnt, 2,
                              data_sz, 32);
    lq_abi_executor_operator_set_event_t v;
    if (!lq_abi_get_address(&v.operator, topics[1].b))
        return lq_abi_bad_word(msg, "executor.OperatorSet.operator", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_bool(&v.allowed, data))
        return lq_abi_bad_word(msg, "executor.OperatorSet.allowed", "data", 0, data, "a bool");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_executor_ownership_transfer_started_event_topic = LQ_ABI_EXECUTOR_OWNERSHIP_TRANSFER_STARTED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_executor_ownership_transfer_started_event_decode(
    lq_abi_executor_ownership_transfer_started_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 0 ||
        !lq_abi_is_topic(topics, &lq_abi_executor_ownership_transfer_started_event_topic))
        return lq_abi_bad_log(msg, "executor.OwnershipTransferStarted",
                              &lq_abi_executor_ownership_transfer_started_event_topic, topics,
                              topic_cnt, 3, data_sz, 0);
    lq_abi_executor_ownership_transfer_started_event_t v;
    (void)data;
    if (!lq_abi_get_address(&v.owner, topics[1].b))
        return lq_abi_bad_word(msg, "executor.OwnershipTransferStarted.owner", "topics", 1,
                               topics[1].b, "an address");
    if (!lq_abi_get_address(&v.pending_owner, topics[2].b))
        return lq_abi_bad_word(msg, "executor.OwnershipTransferStarted.pendingOwner", "topics", 2,
                               topics[2].b, "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_executor_ownership_transferred_event_topic = LQ_ABI_EXECUTOR_OWNERSHIP_TRANSFERRED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_executor_ownership_transferred_event_decode(
    lq_abi_executor_ownership_transferred_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 0 ||
        !lq_abi_is_topic(topics, &lq_abi_executor_ownership_transferred_event_topic))
        return lq_abi_bad_log(msg, "executor.OwnershipTransferred",
                              &lq_abi_executor_ownership_transferred_event_topic, topics, topic_cnt,
                              3, data_sz, 0);
    lq_abi_executor_ownership_transferred_event_t v;
    (void)data;
    if (!lq_abi_get_address(&v.previous_owner, topics[1].b))
        return lq_abi_bad_word(msg, "executor.OwnershipTransferred.previousOwner", "topics", 1,
                               topics[1].b, "an address");
    if (!lq_abi_get_address(&v.owner, topics[2].b))
        return lq_abi_bad_word(msg, "executor.OwnershipTransferred.owner", "topics", 2, topics[2].b,
                               "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_executor_rescued_event_topic = LQ_ABI_EXECUTOR_RESCUED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_executor_rescued_event_decode(lq_abi_executor_rescued_event_t *out,
                                              lq_err_msg_t *msg, const lq_hash_t *topics,
                                              size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_executor_rescued_event_topic))
        return lq_abi_bad_log(msg, "executor.Rescued", &lq_abi_executor_rescued_event_topic, topics,
                              topic_cnt, 3, data_sz, 32);
    lq_abi_executor_rescued_event_t v;
    if (!lq_abi_get_address(&v.token, topics[1].b))
        return lq_abi_bad_word(msg, "executor.Rescued.token", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_address(&v.to, topics[2].b))
        return lq_abi_bad_word(msg, "executor.Rescued.to", "topics", 2, topics[2].b, "an address");
    v.amount = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_executor_accept_ownership_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                 lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "executor.acceptOwnership", sz, out_max);
    lq_abi_put_selector(out, 0x79ba5097u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_executor_execute_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                        lq_err_msg_t *msg, const uint8_t *program,
                                        size_t program_sz)
{
    size_t sz = 36;
    sz = lq_abi_sz_add(sz, lq_abi_tail_sz(program_sz));
    if (sz > out_max)
        return lq_abi_no_room(msg, "executor.execute", sz, out_max);
    lq_abi_put_selector(out, 0x09c5eabeu);
    uint8_t *base = out + 4;
    uint8_t *end = base + 32;
    lq_abi_put_u64(base, (uint64_t)(end - base));
    end = lq_abi_put_bytes(end, program, program_sz);
    *out_sz = (size_t)(end - out);
    return LQ_OK;
}

lq_err_t lq_abi_executor_operators_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                          lq_err_msg_t *msg, const lq_address_t *account)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "executor.operators", sz, out_max);
    lq_abi_put_selector(out, 0x13e7c9d8u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, account);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_executor_operators_decode(bool *out, lq_err_msg_t *msg, const uint8_t *data,
                                          size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "executor.operators", data_sz, 32);
    bool v;
    if (!lq_abi_get_bool(&v, data))
        return lq_abi_bad_word(msg, "executor.operators.value", "data", 0, data, "a bool");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_executor_owner_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                      lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "executor.owner", sz, out_max);
    lq_abi_put_selector(out, 0x8da5cb5bu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_executor_owner_decode(lq_address_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                      size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "executor.owner", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "executor.owner.value", "data", 0, data, "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_executor_pending_owner_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                              lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "executor.pendingOwner", sz, out_max);
    lq_abi_put_selector(out, 0xe30c3978u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_executor_pending_owner_decode(lq_address_t *out, lq_err_msg_t *msg,
                                              const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "executor.pendingOwner", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "executor.pendingOwner.value", "data", 0, data, "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_executor_rescue_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                       lq_err_msg_t *msg, const lq_address_t *token,
                                       const lq_address_t *to, const lq_u256_t *amount)
{
    const size_t sz = 100;
    if (sz > out_max)
        return lq_abi_no_room(msg, "executor.rescue", sz, out_max);
    lq_abi_put_selector(out, 0x20ff430bu);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, token);
    lq_abi_put_address(base + 32, to);
    lq_u256_to_be(base + 64, amount);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_executor_set_operator_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                             lq_err_msg_t *msg, const lq_address_t *operator,
                                             bool allowed)
{
    const size_t sz = 68;
    if (sz > out_max)
        return lq_abi_no_room(msg, "executor.setOperator", sz, out_max);
    lq_abi_put_selector(out, 0x558a7297u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, operator);
    lq_abi_put_u64(base + 32, allowed);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_executor_transfer_ownership_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                   lq_err_msg_t *msg, const lq_address_t *account)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "executor.transferOwnership", sz, out_max);
    lq_abi_put_selector(out, 0xf2fde38bu);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, account);
    *out_sz = sz;
    return LQ_OK;
}

/* clang-format on */
