#ifndef LQ_CODEC_HEX_INTERNAL_H
#define LQ_CODEC_HEX_INTERNAL_H

#include <stdbool.h>

#include "liqd/codec/hex.h"

/* lq_hex_encode_scalar is lq_hex_encode without vectors. */
void lq_hex_encode_scalar(char *out, const uint8_t *in, size_t in_sz);

/* lq_hex_digits reads 2 OUT_SZ characters at IN; false, and OUT as it was, where one is no digit.
 */
bool lq_hex_digits(uint8_t *out, size_t out_sz, const char *in);

/* lq_hex_digits_scalar does the same without vectors. */
bool lq_hex_digits_scalar(uint8_t *out, size_t out_sz, const char *in);

#endif
