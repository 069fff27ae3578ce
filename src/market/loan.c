#include "liqd/market/venues.h"

#include "liqd/num/u256.h"

lq_err_t lq_loan_fee(lq_u256_t *fee, const lq_loan_t *loan, const lq_u256_t *amount)
{
    static const lq_u256_t million = {{1000000, 0, 0, 0}};
    lq_u256_t pips = lq_u256_from_u64(loan->fee_pips);
    return lq_u256_mul_div_up(fee, amount, &pips, &million);
}
