#include <inttypes.h>

#include "tx_internal.h"

/* In gas. */
#define TX_GAS            21000u /* @src EIP-2 */
#define CREATE_GAS        32000u /* @src EIP-2 */
#define ZERO_BYTE_GAS     4u     /* @src yellow paper, appendix G */
#define NONZERO_BYTE_GAS  16u    /* @src EIP-2028 */
#define ACCESS_GAS        2400u  /* @src EIP-2930 */
#define ACCESS_KEY_GAS    1900u  /* @src EIP-2930 */
#define INITCODE_WORD_GAS 2u     /* @src EIP-3860 */

/* What the access list holds; as far as it is well formed, where it is not. */
static lq_err_t count_access(lq_access_cnt_t *cnt, lq_err_msg_t *why, const lq_tx_t *tx)
{
    lq_rlp_reader_t r;
    *cnt = (lq_access_cnt_t){0};
    if (!tx->access_list_sz)
        return LQ_OK;
    lq_rlp_reader_init(&r, why, tx->access_list, tx->access_list_sz);
    lq_err_t err = lq_access_list_walk(&r, cnt, NULL, why);
    return err ? err : lq_rlp_get_end(&r);
}

/* In spans that a byte can count, which the compiler counts sixteen or more at a time. */
static uint64_t count_zeros(const uint8_t *data, size_t sz)
{
    uint64_t cnt = 0;
    for (size_t i = 0; i < sz;) {
        size_t end = sz - i < UINT8_MAX ? sz : i + UINT8_MAX;
        uint8_t span_cnt = 0;
        for (; i < end; i++)
            span_cnt = (uint8_t)(span_cnt + (data[i] == 0));
        cnt += span_cnt;
    }
    return cnt;
}

static uint64_t intrinsic_gas(const lq_tx_t *tx, const lq_access_cnt_t *cnt)
{
    uint64_t zero_cnt = count_zeros(tx->data, tx->data_sz);
    uint64_t gas = TX_GAS + zero_cnt * ZERO_BYTE_GAS + (tx->data_sz - zero_cnt) * NONZERO_BYTE_GAS;
    if (tx->is_create)
        gas += CREATE_GAS + (tx->data_sz + 31) / 32 * INITCODE_WORD_GAS;
    return gas + cnt->address_cnt * ACCESS_GAS + cnt->key_cnt * ACCESS_KEY_GAS;
}

uint64_t lq_tx_intrinsic_gas(const lq_tx_t *tx)
{
    lq_access_cnt_t cnt;
    (void)!count_access(&cnt, NULL, tx);
    return intrinsic_gas(tx, &cnt);
}

lq_err_t lq_tx_check(lq_err_msg_t *msg, const lq_tx_t *tx)
{
    lq_u256_t gas_limit = lq_u256_from_u64(tx->gas_limit);
    lq_u256_t total;
    lq_access_cnt_t cnt;
    lq_err_msg_t why;
    if (count_access(&cnt, &why, tx))
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "access list: %s", why.text);
    if (tx->nonce == UINT64_MAX)
        return lq_err_msg_set(msg, LQ_ERR_RANGE, "nonce 2^64 - 1: no account may use it");
    if (lq_wei_cmp(&tx->max_priority_fee_per_gas, &tx->max_fee_per_gas) > 0)
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "the priority fee is above the maximum fee: raise the latter");
    if (lq_u256_mul_checked(&total, &tx->max_fee_per_gas.raw, &gas_limit))
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "maximum fee times gas limit is 2^256 or more: lower them");
    if (tx->is_create && tx->data_sz > LQ_TX_INITCODE_MAX)
        return lq_err_msg_set(msg, LQ_ERR_RANGE, "initcode of %zu bytes: at most %d are allowed",
                              tx->data_sz, LQ_TX_INITCODE_MAX);
    uint64_t intrinsic = intrinsic_gas(tx, &cnt);
    if (tx->gas_limit < intrinsic)
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "gas limit %" PRIu64 " is below the intrinsic gas: it needs %" PRIu64,
                              tx->gas_limit, intrinsic);
    return LQ_OK;
}
