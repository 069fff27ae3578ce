#ifndef LIQD_KEYS_ADDRESS_H
#define LIQD_KEYS_ADDRESS_H

/* Addresses as text, with EIP-55's checksum in the case of the letters, and as CREATE makes them.
   Plain and re-entrant; nothing allocates. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"

#define LQ_ADDRESS_TEXT_SZ 42 /* "0x" and 40 digits */

/* lq_address_print writes A to OUT with its checksum, and a NUL. @src EIP-55 */
void lq_address_print(char out[LQ_ADDRESS_TEXT_SZ + 1], const lq_address_t *a);

/* lq_address_parse reads "0x" and 40 hexadecimal digits from the IN_SZ characters at IN, without
   NUL. Letters of both cases must be a correct checksum; letters of one case carry none and are
   taken as they are. LQ_ERR_SYNTAX: anything else; MSG (may be NULL) says what, at which offset,
   and for a wrong checksum the right one. */
LQ_MUST_USE lq_err_t lq_address_parse(lq_address_t *out, lq_err_msg_t *msg, const char *in,
                                      size_t in_sz);

/* lq_address_create returns the address of the contract that SENDER creates with its transaction
   NONCE: the last 20 bytes of keccak-256(rlp([sender, nonce])). @src yellow paper, section 7, (85)
 */
lq_address_t lq_address_create(const lq_address_t *sender, uint64_t nonce);

#endif
