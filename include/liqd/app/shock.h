#ifndef LIQD_APP_SHOCK_H
#define LIQD_APP_SHOCK_H

/* What one asks of prices and of gas in words, on the command line of `liqd analyze`.

       shock   WETH=-10%   WETH,wstETH=-40%   feeds.eth_usd=+2.5%
       grid    WETH=-40%:0%:1%       from, to, step: each that is not above to
       gas     12   or 5,10,25.5     gwei

   Before the last `=` stand names of tokens, addresses, and feeds.NAME, apart by commas, which move
   together. A change has up to four digits behind its point, a sign or none, and the sign of
   percent. It is above -100 % and at most +10000 %.

   On failure outputs are unchanged, and MSG (may be NULL) quotes the text and says what is wrong:
   LQ_ERR_SYNTAX; LQ_ERR_RANGE for numbers that cannot be; LQ_ERR_FULL for more than there is room
   for. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/num/amount.h"

#define LQ_SHOCK_NAME_MAX 16 /* that move together */
#define LQ_SHOCK_NAME_SZ  64

/* Changes are in millionths: -100000 is -10 %. */
#define LQ_SHOCK_ONE        1000000
#define LQ_SHOCK_CHANGE_MIN (-999999)
#define LQ_SHOCK_CHANGE_MAX 100000000

typedef struct lq_shock_assets {
    char names[LQ_SHOCK_NAME_MAX][LQ_SHOCK_NAME_SZ];
    size_t name_cnt;
} lq_shock_assets_t;

typedef struct lq_shock {
    lq_shock_assets_t assets;
    int32_t change;
} lq_shock_t;

/* lq_shock_parse sets *OUT to the shock TEXT. */
LQ_MUST_USE lq_err_t lq_shock_parse(lq_shock_t *out, lq_err_msg_t *msg, const char *text);

/* One side of a grid. */
typedef struct lq_shock_range {
    lq_shock_assets_t assets;
    int32_t from;
    int32_t to;
    int32_t step; /* above 0 */
    size_t cnt;   /* of its points, from 1 */
} lq_shock_range_t;

#define LQ_SHOCK_POINT_MAX 10000u

/* lq_shock_range_parse sets *OUT to the range TEXT, of LQ_SHOCK_POINT_MAX points at most.
   lq_shock_range_at returns the change of its point number I. */
LQ_MUST_USE lq_err_t lq_shock_range_parse(lq_shock_range_t *out, lq_err_msg_t *msg,
                                          const char *text);
int32_t lq_shock_range_at(const lq_shock_range_t *range, size_t i);

#define LQ_SHOCK_GAS_MAX 16

typedef struct lq_shock_gas {
    lq_wei_t prices_wei[LQ_SHOCK_GAS_MAX]; /* each below 2^63 */
    size_t cnt;
} lq_shock_gas_t;

/* lq_shock_gas_parse sets *OUT to the prices of gas TEXT. */
LQ_MUST_USE lq_err_t lq_shock_gas_parse(lq_shock_gas_t *out, lq_err_msg_t *msg, const char *text);

/* lq_shock_print writes CHANGE as a number of percent, "-12.5", and returns OUT. */
#define LQ_SHOCK_TEXT_SZ 16
const char *lq_shock_print(char out[LQ_SHOCK_TEXT_SZ], int32_t change);

#endif
