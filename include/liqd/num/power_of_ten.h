#ifndef LIQD_NUM_POWER_OF_TEN_H
#define LIQD_NUM_POWER_OF_TEN_H

#include "liqd/base/err.h"
#include "liqd/num/u256.h"

/* LQ_POWER_OF_TEN_MAX: 10^77 is the largest power of ten below 2^256. */
#define LQ_POWER_OF_TEN_MAX 77

/* lq_power_of_ten returns 10^EXP, EXP <= LQ_POWER_OF_TEN_MAX: a look-up as far as prices need it.
 */
static inline lq_u256_t lq_power_of_ten(unsigned exp)
{
    static const uint64_t low[] = {
        1u,
        10u,
        100u,
        1000u,
        10000u,
        100000u,
        1000000u,
        10000000u,
        100000000u,
        1000000000u,
        10000000000u,
        100000000000u,
        1000000000000u,
        10000000000000u,
        100000000000000u,
        1000000000000000u,
        10000000000000000u,
        100000000000000000u,
        1000000000000000000u,
        10000000000000000000u,
    };
    const unsigned last = LQ_ARRAY_CNT(low) - 1;
    LQ_ASSERT(exp <= LQ_POWER_OF_TEN_MAX);
    unsigned part = exp < last ? exp : last;
    lq_u256_t v = lq_u256_from_u64(low[part]);
    for (exp -= part; exp > 0; exp -= part) {
        part = exp < last ? exp : last;
        lq_u256_t factor = lq_u256_from_u64(low[part]);
        v = lq_u256_mul_wrap(&v, &factor);
    }
    return v;
}

#endif
