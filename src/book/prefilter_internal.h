#ifndef LIQD_BOOK_PREFILTER_INTERNAL_H
#define LIQD_BOOK_PREFILTER_INTERNAL_H

/* The scan behind lq_book_prefilter: sums of amount x value in single precision over blocks of legs
   (protocol/ledger.h), and the table of values that makes the sign of a sum a proof.

   Why none is missed
   ------------------
   Let an account of n legs be liquidatable. With the losses of ledger.h, hl being the largest
   health_loss of its pool,

       (sum_c (a_c - al_c) v_c - vl_c) (1 - hl) < sum_d (b_d + al_d) v_d + vl_d

   and with L at least al v + vl of each factor of the pool

       A = (1 - hl) sum_c a_c v_c  <  B + n L,      B = sum_d b_d v_d.

   The table holds v (1 - max(hl, m)) for collateral and v (1 + m) for debt, m = 1.5e-4, all of a
   pool times one s with s L = 2^-21, which changes no sum's sign. In single precision amount, value
   and product are each within 2^-24 of theirs, and at most n - 1 additions add as much of the gross
   sum each: the computed sum S is off by at most e (A + (1 + m) B), e = n 2^-23. (n = 1 has only
   one side, whose sign no rounding changes.) So, with s left out,

       S < (1 + e) A - (1 + m) (1 - e) B < ((1 + e) - (1 + m) (1 - e)) B + (1 + e) n L
         < (1 + e) n L

   because 2 e / (1 - e) <= m for n <= 256. Hence S <= n 2^-20 for whatever is liquidatable; the
   half that is to spare covers s and L being rounded and values being within 2^-40.

   A value that is not known is 0 in the table, since NaN times the amount 0 of a place behind the
   last leg would be NaN too; accounts that have one are taken out of what was found.

   Nothing overflows: amounts are floats below 2^128, L is at least v, so that values are at most
   2^-21 and sums of 256 products below 2^116. Products are zero or normal, for what is below 2^-100
   in the table is 0 there for collateral and 2^-100 for debt. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/protocol/ledger.h"

/* m of the proof. */
#define LQ_PREFILTER_MARGIN 1.5e-4

/* The table, by factor, and what it takes to make it. Pools share a slot where there are more of
   them than factors can be: the larger loss then counts for both, which is on the safe side. */
typedef struct lq_prefilter {
    float *values;       /* value_max: factor_max, at least LQ_PREFILTER_REGISTER_CNT */
    double *worth;       /* factor_max: before they are scaled */
    double *loss;        /* slot_cnt: L */
    double *health_loss; /* slot_cnt */
    size_t factor_max;
    size_t factor_cnt; /* that the table was made for */
    size_t slot_cnt;   /* a power of two */
} lq_prefilter_t;

/* lq_prefilter_init makes *P an empty one for FACTOR_MAX factors; 20 to 52 bytes each.
 * LQ_ERR_NOMEM.
 */
LQ_MUST_USE lq_err_t lq_prefilter_init(lq_prefilter_t *p, lq_arena_t *arena, size_t factor_max);

/* lq_prefilter_begin, _put for each factor and _end make the table. */
void lq_prefilter_begin(lq_prefilter_t *p);
void lq_prefilter_put(lq_prefilter_t *p, uint16_t factor, const lq_factor_t *about,
                      const lq_factor_value_t *value);
void lq_prefilter_end(lq_prefilter_t *p, const lq_ledger_t *ledger, size_t factor_cnt);

/* lq_prefilter_run writes up to MAX of the accounts that might be liquidatable at the values of the
   table, and returns how many there are: KNOWN ones, with debt, of no factor without a value. */
size_t lq_prefilter_run(const lq_prefilter_t *p, const lq_ledger_t *ledger, uint32_t *out,
                        size_t max);

/* A scan writes the numbers of those BLOCKS, ascending, whose sum is not above their
   limit, to HITS, which has room for all, and returns how many there are. Blocks of 2, 4 and 8 are
   added up by pairs, larger ones in eight columns first: in this order on every machine, so that
   the hits are the same.
   lq_prefilter_scan returns the fastest way for VALUE_CNT values; _avx2 and _avx512 are for where
   lq_prefilter_has_avx2 and _avx512, the latter for values of LQ_PREFILTER_REGISTER_CNT at most,
   all of which it reads. */
#define LQ_PREFILTER_REGISTER_CNT 128u
typedef size_t lq_prefilter_scan_t(uint32_t *hits, const lq_leg_blocks_t *blocks,
                                   const float *values);
lq_prefilter_scan_t *lq_prefilter_scan(size_t value_cnt);
lq_prefilter_scan_t lq_prefilter_scan_plain;
lq_prefilter_scan_t lq_prefilter_scan_avx2;
lq_prefilter_scan_t lq_prefilter_scan_avx512;
bool lq_prefilter_has_avx2(void);
bool lq_prefilter_has_avx512(void);

/* lq_prefilter_limit returns the largest sum that a block of BLOCK_SZ legs of someone liquidatable
   can have. */
static inline float lq_prefilter_limit(size_t block_sz)
{
    return (float)block_sz * 0x1p-20f;
}

#endif
