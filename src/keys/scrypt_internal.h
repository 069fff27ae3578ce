#ifndef LQ_KEYS_SCRYPT_INTERNAL_H
#define LQ_KEYS_SCRYPT_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "liqd/keys/keystore.h"

/* libcrypto's scrypt obeys RFC 7914's N < 2^(16 r) and so refuses files that geth accepts (N =
   2^18, r = 1 is one of Ethereum's own test vectors), and its memory may be dumped. */

/* lq_scrypt derives OUT_SZ bytes from PASS and SALT. COST is within the limits of keystore.h.
   Its 128 n r bytes of memory are left out of core images, but not locked. LQ_ERR_NOMEM: there is
   not that much. @src RFC 7914, sections 3 to 6 */
LQ_MUST_USE lq_err_t lq_scrypt(uint8_t *out, size_t out_sz, lq_err_msg_t *msg, const uint8_t *pass,
                               size_t pass_sz, const uint8_t *salt, size_t salt_sz,
                               lq_scrypt_cost_t cost);

/* lq_pbkdf2 derives OUT_SZ bytes with CNT rounds of HMAC-SHA256. LQ_ERR_NOMEM: no memory. */
LQ_MUST_USE lq_err_t lq_pbkdf2(uint8_t *out, size_t out_sz, lq_err_msg_t *msg, const uint8_t *pass,
                               size_t pass_sz, const uint8_t *salt, size_t salt_sz, uint32_t cnt);

#endif
