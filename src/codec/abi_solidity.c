/* Written by tools/gen_abi from abi/solidity: edit that and run it again.
   Long because a function has lines for each parameter. */
#include "liqd/codec/abi_solidity.h"

#include "abi_internal.h"

/* clang-format off */

lq_err_t lq_abi_solidity_error_error_decode(lq_abi_solidity_error_error_t *out, lq_err_msg_t *msg,
                                            const uint8_t *revert, size_t revert_sz)
{
    if (revert_sz < 36 || !lq_abi_is_selector(revert, 0x08c379a0u))
        return lq_abi_bad_error(msg, "solidity.Error", 0x08c379a0u, revert, revert_sz, 36);
    const uint8_t *data = revert + 4;
    size_t data_sz = revert_sz - 4;
    lq_err_t err;
    lq_abi_solidity_error_error_t v;
    err = lq_abi_get_bytes(&v.message, msg, data, data_sz, 0, "solidity.Error.message");
    if (err)
        return err;
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_solidity_panic_error_decode(lq_abi_solidity_panic_error_t *out, lq_err_msg_t *msg,
                                            const uint8_t *revert, size_t revert_sz)
{
    if (revert_sz < 36 || !lq_abi_is_selector(revert, 0x4e487b71u))
        return lq_abi_bad_error(msg, "solidity.Panic", 0x4e487b71u, revert, revert_sz, 36);
    const uint8_t *data = revert + 4;
    lq_abi_solidity_panic_error_t v;
    v.code = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

/* clang-format on */
