#ifndef LIQD_CODEC_HEX_H
#define LIQD_CODEC_HEX_H

/* Hexadecimal text, bare and in the two forms of Ethereum's JSON-RPC: data ("0x", then two digits a
   byte) and quantities ("0x", then a number without leading zeros).
   @src https://ethereum.org/en/developers/docs/apis/json-rpc/#conventions

   Digits are read in either case and written in lower case; the prefix is "0x" alone, never "0X".
   Text is a pointer and a length, without NUL, and must not overlap the bytes; a pointer may be
   NULL where its length is 0. Nothing allocates; the result does not depend on the CPU (AVX2 where
   there is one). Where reading fails, LQ_ERR_SYNTAX unless stated, nothing is written but MSG (may
   be NULL): what is wrong, at which offset from the beginning of the text (prefix included) or in
   which length, and what to write instead. The first fault of this order counts: prefix, length,
   digits, leading zeros. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/num/u256.h"

#define LQ_HEX_U64_MAX_SZ  18 /* characters of the longest quantity of 64 bits */
#define LQ_HEX_U256_MAX_SZ 66 /* and of 256 bits */

/* lq_hex_encode writes the IN_SZ bytes at IN as 2 IN_SZ digits at OUT, without prefix. */
void lq_hex_encode(char *out, const uint8_t *in, size_t in_sz);

/* lq_hex_encode_u64 writes V as a quantity and returns its length, 3 to LQ_HEX_U64_MAX_SZ. */
size_t lq_hex_encode_u64(char out[LQ_HEX_U64_MAX_SZ], uint64_t v);

/* lq_hex_encode_u256 writes V as a quantity and returns its length, 3 to LQ_HEX_U256_MAX_SZ. */
size_t lq_hex_encode_u256(char out[LQ_HEX_U256_MAX_SZ], const lq_u256_t *v);

/* lq_hex_decode reads exactly 2 OUT_SZ digits without prefix, as OUT_SZ bytes. */
LQ_MUST_USE lq_err_t lq_hex_decode(uint8_t *out, size_t out_sz, lq_err_msg_t *msg, const char *in,
                                   size_t in_sz);

/* lq_hex_decode_data reads data of exactly OUT_SZ bytes: an address, a hash, a topic. */
LQ_MUST_USE lq_err_t lq_hex_decode_data(uint8_t *out, size_t out_sz, lq_err_msg_t *msg,
                                        const char *in, size_t in_sz);

/* lq_hex_decode_data_max reads data of at most OUT_MAX bytes and their count into OUT_SZ. "0x" is
   no bytes. LQ_ERR_TOO_LONG: more than OUT_MAX. */
LQ_MUST_USE lq_err_t lq_hex_decode_data_max(uint8_t *out, size_t *out_sz, size_t out_max,
                                            lq_err_msg_t *msg, const char *in, size_t in_sz);

/* lq_hex_decode_u64 reads a quantity. "0x0" is zero; "0x" and leading zeros are malformed.
   LQ_ERR_RANGE: well formed, but 2^64 or more. */
LQ_MUST_USE lq_err_t lq_hex_decode_u64(uint64_t *out, lq_err_msg_t *msg, const char *in,
                                       size_t in_sz);

/* lq_hex_decode_u256 does the same below 2^256. */
LQ_MUST_USE lq_err_t lq_hex_decode_u256(lq_u256_t *out, lq_err_msg_t *msg, const char *in,
                                        size_t in_sz);

#endif
