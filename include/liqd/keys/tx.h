#ifndef LIQD_KEYS_TX_H
#define LIQD_KEYS_TX_H

/* Ethereum transactions as bytes. EIP-1559 ones are built; legacy (with EIP-155 or without),
   EIP-2930 and EIP-1559 ones are decoded. Signing is signer.h's alone.

   A transaction's hash is the keccak-256 of its raw bytes, type byte included. Nothing allocates;
   everything is re-entrant. MSG may be NULL. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/keys/signature.h"
#include "liqd/num/amount.h"

/* LQ_TX_CHAIN_ID_MAX: above it v of EIP-155 has no 64 bits. 0 names no chain. @src EIP-2294 */
#define LQ_TX_CHAIN_ID_MAX ((uint64_t)INT64_MAX - 36)

/* LQ_TX_INITCODE_MAX in bytes. @src EIP-3860 */
#define LQ_TX_INITCODE_MAX 49152

/* A transaction without its signature, in the fields of EIP-1559. One decoded with a gas price has
   that as both fees, which is what it means since London. */
typedef struct lq_tx {
    uint64_t chain_id;
    uint64_t nonce;
    lq_wei_t max_priority_fee_per_gas;
    lq_wei_t max_fee_per_gas;
    uint64_t gas_limit;
    bool is_create; /* TO is then not looked at, and DATA is initcode */
    lq_address_t to;
    lq_wei_t value;
    const uint8_t *data; /* borrowed; may be NULL where data_sz is 0 */
    size_t data_sz;
    const uint8_t
        *access_list;      /* borrowed: rlp([[address, [key, ...]], ...]); NULL is an empty one */
    size_t access_list_sz; /* bytes; 0 where access_list is NULL */
} lq_tx_t;

/* lq_tx_encode_unsigned writes what is signed, 0x02 || rlp([chain_id, nonce,
   max_priority_fee_per_gas, max_fee_per_gas, gas_limit, to, value, data, access_list]), and its
   size to *OUT_SZ. LQ_ERR_FULL: more than OUT_MAX bytes; MSG says how many. LQ_ERR_SYNTAX: the
   access list is malformed. The content of OUT is then undefined. @src EIP-1559 */
LQ_MUST_USE lq_err_t lq_tx_encode_unsigned(uint8_t *out, size_t *out_sz, size_t out_max,
                                           lq_err_msg_t *msg, const lq_tx_t *tx);

/* lq_tx_encode writes the raw transaction, the same with y_parity, r and s behind the access list.
   Errors likewise. Whether SIG is TX's is not looked at. */
LQ_MUST_USE lq_err_t lq_tx_encode(uint8_t *out, size_t *out_sz, size_t out_max, lq_err_msg_t *msg,
                                  const lq_tx_t *tx, const lq_signature_t *sig);

/* lq_tx_intrinsic_gas returns the gas that TX costs before its first instruction: 21000, 16 a
   nonzero and 4 a zero byte of data (EIP-2028), 2400 an address and 1900 a key of the access list
   (EIP-2930), 32000 for a creation (EIP-2) and 2 a word of its initcode (EIP-3860). The access list
   counts as far as it is well formed. Costs a pass over data and access list. */
uint64_t lq_tx_intrinsic_gas(const lq_tx_t *tx);

/* lq_tx_check tells whether a node with the rules of Shanghai or Cancun could take TX, whatever the
   chain's state: nonce below 2^64 - 1 (EIP-2681), priority fee at most the fee (EIP-1559), fee
   times gas limit below 2^256, initcode of at most LQ_TX_INITCODE_MAX, gas limit at least the
   intrinsic gas. (Prague's floor of 10 gas a calldata token, EIP-7623, is not looked at: a call
   that does anything is above it.) LQ_ERR_RANGE: one is broken; MSG says which. LQ_ERR_SYNTAX: the
   access list is malformed. */
LQ_MUST_USE lq_err_t lq_tx_check(lq_err_msg_t *msg, const lq_tx_t *tx);

typedef enum lq_tx_type {
    LQ_TX_LEGACY, /* without a chain id (it reads 0): any chain may take it */
    LQ_TX_EIP155,
    LQ_TX_EIP2930,
    LQ_TX_EIP1559,
} lq_tx_type_t;

/* A raw transaction, read. Its pointers lead into the raw bytes, which must outlive it. */
typedef struct lq_tx_decoded {
    lq_tx_type_t type;
    lq_tx_t tx;
    lq_signature_t sig;
    const uint8_t *signed_items; /* the items that were signed, as they are encoded */
    size_t signed_items_sz;
} lq_tx_decoded_t;

/* lq_tx_decode reads the RAW_SZ bytes at RAW, all of them, as one transaction. LQ_ERR_SYNTAX: no
   transaction; MSG says which field at which offset. LQ_ERR_RANGE: it is none for a value (nonce,
   gas limit or chain id above 64 bits, a fee or the value above 256, chain id 0 or above
   LQ_TX_CHAIN_ID_MAX, r or s zero, r not below the curve's order or s not in its lower half
   (EIP-2), v or y_parity of no meaning) or of another type, e.g. a blob's.
   The signature is not verified, and lq_tx_check is not called: a mempool's transactions pass here
   that no block may hold. */
LQ_MUST_USE lq_err_t lq_tx_decode(lq_tx_decoded_t *out, lq_err_msg_t *msg, const uint8_t *raw,
                                  size_t raw_sz);

/* lq_tx_sender sets *OUT to the address that signed D. LQ_ERR_SIGNATURE: the signature is no point
   of the curve. Costs a recovery, about 40 us. */
LQ_MUST_USE lq_err_t lq_tx_sender(lq_address_t *out, const lq_tx_decoded_t *d);

#endif
