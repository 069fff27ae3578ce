#ifndef LIQD_NUM_DECIMAL_H
#define LIQD_NUM_DECIMAL_H

/* Decimal text to numbers and back, exactly: people write 0.01 ETH, 25 gwei and 1500.25 USDC.

   A number is one or more digits, then, where the unit has decimals, optionally a point and one or
   more digits: 1500.25, 007, 0.10. Nothing else: no sign, exponent, separator (_ or ,), bare point
   (.5, 5.) or surrounding space. Digits beyond the decimals of the unit are refused even when they
   are zeros: they mean that the writer had another unit in mind. A unit follows the number at once
   or after one space, spelt exactly as it is: 25gwei, 25 gwei.

   The parsers read all of the TEXT_SZ bytes at TEXT, which need no NUL. On failure *OUT is
   unchanged and MSG (may be NULL) quotes the text and says at which offset what is wrong and how to
   write it: LQ_ERR_SYNTAX where the text is no such number, LQ_ERR_RANGE where the number has too
   many digits after the point, where it is 2^256 or more in units, or DECIMALS is above
   LQ_DECIMALS_MAX.

   The printers write the shortest text that parses to the same value, no zeros at its end, and a
   NUL. LQ_ERR_TOO_LONG where OUT_SZ bytes do not hold it, LQ_ERR_RANGE for DECIMALS above
   LQ_DECIMALS_MAX; OUT is then unchanged.

   Cold path: well under a microsecond each, no allocation. */

#include <stddef.h>

#include "liqd/num/amount.h"

/* LQ_DECIMALS_MAX decimals: 10^77 is the largest power of ten below 2^256. ERC-20 allows 255. */
#define LQ_DECIMALS_MAX 77

/* LQ_DECIMAL_SZ bytes hold any number that lq_decimal_print writes: 78 digits, a point, a NUL. */
#define LQ_DECIMAL_SZ 80

/* LQ_WEI_TEXT_SZ bytes hold any amount that lq_wei_print writes. */
#define LQ_WEI_TEXT_SZ (LQ_DECIMAL_SZ + 5)

/* lq_decimal_parse sets *OUT to the number TEXT times 10^DECIMALS; an integer with DECIMALS 0. */
LQ_MUST_USE lq_err_t lq_decimal_parse(lq_u256_t *out, lq_err_msg_t *msg, const char *text,
                                      size_t text_sz, unsigned decimals);

/* lq_decimal_print writes V / 10^DECIMALS to OUT. */
LQ_MUST_USE lq_err_t lq_decimal_print(char *out, size_t out_sz, const lq_u256_t *v,
                                      unsigned decimals);

/* lq_wei_parse sets *OUT to the amount TEXT, whose unit is wei, gwei (1e9 wei), ETH or ether (1e18
   wei). The unit may not be left out. */
LQ_MUST_USE lq_err_t lq_wei_parse(lq_wei_t *out, lq_err_msg_t *msg, const char *text,
                                  size_t text_sz);

typedef enum lq_wei_unit {
    LQ_WEI_UNIT_WEI,
    LQ_WEI_UNIT_GWEI,
    LQ_WEI_UNIT_ETH,
} lq_wei_unit_t;

/* lq_wei_print writes V in UNIT to OUT, e.g. "0.01 ETH". */
LQ_MUST_USE lq_err_t lq_wei_print(char *out, size_t out_sz, const lq_wei_t *v, lq_wei_unit_t unit);

/* lq_token_amount_parse sets *OUT to the amount TEXT of the token with the unit SYMBOL (a
   NUL-terminated string, not empty) and DECIMALS. */
LQ_MUST_USE lq_err_t lq_token_amount_parse(lq_token_amount_t *out, lq_err_msg_t *msg,
                                           const char *text, size_t text_sz, const char *symbol,
                                           unsigned decimals);

/* lq_token_amount_print writes V, SYMBOL behind it, to OUT, e.g. "1500.25 USDC": at most
   LQ_DECIMAL_SZ + 1 + strlen(SYMBOL) bytes. */
LQ_MUST_USE lq_err_t lq_token_amount_print(char *out, size_t out_sz, const lq_token_amount_t *v,
                                           const char *symbol, unsigned decimals);

#endif
