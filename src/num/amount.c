#include "liqd/num/amount.h"

lq_wad_t lq_wad_from_bps(lq_bps_t a)
{
    lq_u256_t raw = lq_u256_from_u64(a.raw);
    lq_u256_t wad_per_bps = lq_u256_from_u64(UINT64_C(100000000000000)); /* 1e18 / 1e4 */
    raw = lq_u256_mul_wrap(&raw, &wad_per_bps);
    return lq_wad_make(&raw);
}

lq_err_t lq_ray_from_wad(lq_ray_t *out, const lq_wad_t *a)
{
    lq_u256_t ray_per_wad = lq_u256_from_u64(1000000000); /* 1e27 / 1e18 */
    return lq_u256_mul_checked(&out->raw, &a->raw, &ray_per_wad);
}
