#include "bench.h"

#include <gmp.h>

#include "liqd/base/rng.h"
#include "liqd/num/fixed.h"

/* The operands of a case: enough of them that branches cannot be learnt by heart, few enough for
   the first cache. Each has exactly its width in bits, and every quotient fits 256 bits. */
#define CASE_CNT 128

typedef struct operands {
    lq_u256_t a[CASE_CNT];
    lq_u256_t b[CASE_CNT];
    lq_u256_t d[CASE_CNT];
} operands_t;

static lq_u256_t of_width(lq_rng_t *rng, unsigned bits)
{
    lq_u256_t v;
    lq_rng_bytes(rng, v.w, sizeof(v.w));
    v.w[3] |= 1ull << 63;
    return lq_u256_shr(&v, 256 - bits);
}

static void draw(operands_t *o, unsigned a_bits, unsigned b_bits, unsigned d_bits)
{
    lq_rng_t rng;
    lq_rng_seed(&rng, 1);
    for (size_t i = 0; i < CASE_CNT; i++) {
        lq_u256_t out;
        do {
            o->a[i] = of_width(&rng, a_bits);
            o->b[i] = of_width(&rng, b_bits);
            o->d[i] = of_width(&rng, d_bits);
        } while (lq_u256_mul_div_up(&out, &o->a[i], &o->b[i], &o->d[i]) != LQ_OK);
    }
}

/* Defines the work NAME: CALL for each operand in turn, which sets OUT from A, B and D. */
#define WORK(name, call)                              \
    static void name(void *ctx, size_t iters)         \
    {                                                 \
        const operands_t *o = ctx;                    \
        for (size_t i = 0; i < iters; i++) {          \
            const lq_u256_t *a = &o->a[i % CASE_CNT]; \
            const lq_u256_t *b = &o->b[i % CASE_CNT]; \
            const lq_u256_t *d = &o->d[i % CASE_CNT]; \
            lq_u256_t out = {{0}};                    \
            (void)d;                                  \
            call;                                     \
            lq_bench_keep(&out);                      \
        }                                             \
    }

WORK(mul_div, (void)!lq_u256_mul_div_down(&out, a, b, d))
WORK(mul, (void)!lq_u256_mul_checked(&out, a, b))
WORK(ray_mul, (void)!lq_fixed_ray_mul_half_up(&out, a, b))
WORK(ray_mul_by_mul_div, (void)!lq_u256_mul_div_half_up(&out, a, b, &LQ_RAY_ONE))
WORK(ray_div, (void)!lq_fixed_ray_div_half_up(&out, a, b))
WORK(wad_mul, (void)!lq_fixed_wad_mul_half_up(&out, a, b))
WORK(bps_mul, (void)!lq_fixed_bps_mul_half_up(&out, a, b))

/* The same by GMP's lowest level, whose quotient has one limb more than the operands; of 256 bits
   it is zero. */
static void by_mpn(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b, const lq_u256_t *d,
                   mp_size_t cnt)
{
    mp_limb_t product[8];
    mp_limb_t quot[5];
    mp_limb_t rem[4];
    mpn_mul_n(product, a->w, b->w, cnt);
    mpn_tdiv_qr(quot, rem, 0, product, 2 * cnt, d->w, cnt);
    for (mp_size_t i = 0; i < 4; i++)
        out->w[i] = i <= cnt ? quot[i] : 0;
}

static void ray_mul_by_mpn(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    static const mp_limb_t half[2] = {0x4fe8401e74000000u, 0x19d971eu};
    mp_limb_t product[4];
    mp_limb_t rem[2];
    mpn_mul_n(product, a->w, b->w, 2);
    (void)mpn_add(product, product, 4, half, 2);
    mpn_tdiv_qr(out->w, rem, 0, product, 4, LQ_RAY_ONE.w, 2);
}

static void mul_by_mpn(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    mpn_mul_n(out->w, a->w, b->w, 2);
}

WORK(mpn_mul_div_256, by_mpn(&out, a, b, d, 4))
WORK(mpn_mul_div_128, by_mpn(&out, a, b, d, 2))
WORK(mpn_ray_mul, ray_mul_by_mpn(&out, a, b))
WORK(mpn_mul_128, mul_by_mpn(&out, a, b))
#define PEER(work) .reference = "GMP mpn", .reference_work = (work)

lq_bench_fn_t lq_bench_num;
void lq_bench_num(lq_bench_t *bench)
{
    static operands_t wide;    /* as a difficult product and quotient are */
    static operands_t half;    /* what most formulas meet */
    static operands_t balance; /* a scaled balance times an index */
    draw(&wide, 256, 256, 256);
    draw(&half, 128, 128, 128);
    draw(&balance, 100, 92, 90);
    const lq_bench_case_t cases[] = {
        {.name = "num/mul_div 256*256/256",
         .work = mul_div,
         PEER(mpn_mul_div_256),
         .ctx = &wide,
         .target = 1.3},
        {.name = "num/mul_div 128*128/128",
         .work = mul_div,
         PEER(mpn_mul_div_128),
         .ctx = &half,
         .target = 1.3},
        {.name = "num/mul_div 100*92/90",
         .work = mul_div,
         PEER(mpn_mul_div_128),
         .ctx = &balance,
         .target = 1.3},
        {.name = "num/mul 128*128", .work = mul, PEER(mpn_mul_128), .ctx = &half},
        /* wanted: at most 12 ns on the machine of performance.md */
        {.name = "num/ray_mul 100*92", .work = ray_mul, PEER(mpn_ray_mul), .ctx = &balance},
        {.name = "num/ray_mul 100*92, mul_div",
         .work = ray_mul,
         .reference = "mul_div",
         .reference_work = ray_mul_by_mul_div,
         .ctx = &balance},
        {.name = "num/ray_mul 128*128", .work = ray_mul, PEER(mpn_ray_mul), .ctx = &half},
        {.name = "num/ray_div 100/92", .work = ray_div, .ctx = &balance},
        {.name = "num/wad_mul 100*92", .work = wad_mul, .ctx = &balance},
        {.name = "num/bps_mul 100*92", .work = bps_mul, .ctx = &balance},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        lq_bench_case(bench, &cases[i]);
}
