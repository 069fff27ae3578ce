#include "liqd/decide/gain.h"

#include <stdbool.h>
#include <string.h>

#include "liqd/codec/abi_erc20.h"

static bool is_one_of(const lq_address_t *a, const lq_address_t *list, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++)
        if (memcmp(a, &list[i], sizeof(*a)) == 0)
            return true;
    return false;
}

/* Tokens are made from, and unmade to, the address of all zeros. */
static bool is_ours(const lq_address_t *a, const lq_gain_of_t *of)
{
    static const lq_address_t nobody;
    return memcmp(a, &nobody, sizeof(*a)) != 0 && is_one_of(a, of->ours, of->our_cnt);
}

static lq_err_t add(lq_gain_t *gains, size_t *cnt, size_t max, const lq_address_t *token,
                    const lq_u256_t *amount, bool comes)
{
    size_t at = 0;
    lq_i256_t by;
    lq_i256_t sum = lq_i256_from_i64(0);
    lq_err_t err = lq_i256_from_u256(&by, amount);
    if (err)
        return err;
    while (at < *cnt && memcmp(token, &gains[at].token, sizeof(*token)) != 0)
        at++;
    if (at == max)
        return LQ_ERR_FULL;
    if (at < *cnt)
        sum = gains[at].amount;
    err = comes ? lq_i256_add_checked(&sum, &sum, &by) : lq_i256_sub_checked(&sum, &sum, &by);
    if (err)
        return err;
    gains[at] = (lq_gain_t){.token = *token, .amount = sum};
    *cnt += at == *cnt;
    return LQ_OK;
}

lq_err_t lq_gain_add(lq_gain_t *gains, size_t *cnt, size_t max, const lq_gain_of_t *of,
                     const lq_evm_log_t *log)
{
    lq_abi_erc20_transfer_event_t moved;
    if (!is_one_of(&log->address, of->tokens, of->token_cnt) || !log->topic_cnt ||
        memcmp(&log->topics[0], &lq_abi_erc20_transfer_event_topic, sizeof(log->topics[0])) != 0 ||
        lq_abi_erc20_transfer_event_decode(&moved, NULL, log->topics, log->topic_cnt, log->data,
                                           log->data_sz))
        return LQ_OK;
    bool comes = is_ours(&moved.to, of);
    if (comes == is_ours(&moved.from, of))
        return LQ_OK;
    return add(gains, cnt, max, &log->address, &moved.value, comes);
}

lq_err_t lq_gain_worth(lq_i256_t *usd, const lq_gain_t *gain, const lq_quote_t *quote)
{
    lq_usd_t worth;
    lq_i256_t v;
    bool left = lq_i256_is_neg(&gain->amount);
    lq_u256_t amount = lq_i256_abs(&gain->amount);
    lq_err_t err =
        left ? lq_worth_up(&worth, &amount, quote) : lq_worth_down(&worth, &amount, quote);
    if (!err)
        err = lq_i256_from_u256(&v, &worth.raw);
    if (err)
        return err;
    lq_i256_t zero = lq_i256_from_i64(0);
    *usd = left ? lq_i256_sub_wrap(&zero, &v) : v;
    return LQ_OK;
}
