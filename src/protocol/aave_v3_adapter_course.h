#ifndef LIQD_PROTOCOL_AAVE_V3_ADAPTER_COURSE_H
#define LIQD_PROTOCOL_AAVE_V3_ADAPTER_COURSE_H

/* A pair in floating point, and what is proven with it of all of its calls at once. */

#include "aave_v3_adapter_trial.h"

#define BPS  1e4
#define SURE 1e-9 /* more than all roundings of a guess, relative */
/* The health that is the limit in a later block (later_health). */
#define HEAL_HEALTH (1 / (1 + 1.0 / (1u << 14)))
#define CLOSE_HEALTH_NOW \
    ((double)LQ_AAVE_V3_CLOSE_FACTOR_HEALTH_WAD / (double)LQ_AAVE_V3_LIQUIDATION_HEALTH_WAD)
#define CLOSE_HEALTH                                            \
    (HEAL_HEALTH * (double)LQ_AAVE_V3_CLOSE_FACTOR_HEALTH_WAD / \
     (double)LQ_AAVE_V3_LIQUIDATION_HEALTH_WAD)

/* The pair in floating point. */
typedef struct guess {
    double repaid;    /* value of one unit of debt */
    double seized;    /* value of what that takes */
    double least;     /* units of debt that are worth one of collateral */
    double threshold; /* of the collateral; 1 is 100 % */
    double collateral_value;
    double debt_value;
} guess_t;

/* What a pair comes to in doubles. Values are of the base currency: of the account W, its
   collaterals times their thresholds, and D, its debts. */
typedef struct course {
    double w;
    double d;
    double repaid; /* of a unit of the debt */
    double seized; /* what that takes */
    double unit;   /* of a unit of the collateral */
    double supply; /* the two indices, in rays: units of the token for a scaled one */
    double owed;
    double threshold; /* of the collateral; 1 is 100 % */
} course_t;

/* set_guess sets *G to P, whose values are set, course_of returns it with SUMS, the account's. */
void set_guess(guess_t *g, const pairing_t *p);
course_t course_of(const pairing_t *p, const lq_aave_v3_account_t *sums);

/* dust_border: what repays more, but neither all of the debt nor for all of the collateral, is
   refused for what it leaves: less than the borders of both values; but for the roundings of
   lifts_from, that come to UNITS of both tokens and as many of the value. */
double dust_border(const pairing_t *p, const course_t *c, double units);

/* find_below: where all of the debt or of the collateral goes from LEAST on, all that comes to less
   is refused as dust, down to *BELOW. False: that is too near. */
bool find_below(lq_u256_t *below, const pairing_t *p, const course_t *c, const lq_u256_t *least);

/* set_later sets what a call of P repays at most behind another: where the close factor holds, half
   of all debts, which falls by half of what is repaid of any, but for the roundings of its value.
 */
void set_later(lq_liquidation_top_t *top, const lq_instance_t *self, const trial_t *t,
               const pairing_t *p, const course_t *c);

/* again_up_to returns the most that is repaid where a call is left behind it, which TOP, what the
   largest repays, may be. */
lq_u256_t again_up_to(const pairing_t *p, const course_t *c, const lq_u256_t *top);

static inline lq_u256_t from_double(double v)
{
    const double half = 4294967296.0;
    unsigned shift = 0;
    if (!(v >= 1))
        return lq_u256_from_u64(0);
    for (; v >= half * half && shift < 256; shift += 32)
        v /= half;
    lq_u256_t out = lq_u256_from_u64(v < half * half ? (uint64_t)v : UINT64_MAX);
    return lq_u256_shl_wrap(&out, shift);
}

#endif
