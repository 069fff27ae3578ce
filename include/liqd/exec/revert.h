#ifndef LIQD_EXEC_REVERT_H
#define LIQD_EXEC_REVERT_H

/* What a transaction reverted with, in words for a person: the executor's errors and what they
   carry, Solidity's own, those of the protocols by their names. Strangers' words are shown as
   lq_text_show does. */

#include <stddef.h>
#include <stdint.h>

/* lq_revert_text writes what the SZ bytes of DATA say to OUT, cut to OUT_SZ bytes, NUL included. */
void lq_revert_text(char *out, size_t out_sz, const uint8_t *data, size_t sz);

#endif
