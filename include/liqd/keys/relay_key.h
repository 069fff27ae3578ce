#ifndef LIQD_KEYS_RELAY_KEY_H
#define LIQD_KEYS_RELAY_KEY_H

/* The key that names us to private relays: it signs the bodies of our requests (EIP-191) and holds
   no funds. It is no signer: it signs no transaction, and what it signs can be none. */

#include <stddef.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/keys/private_key.h"

/* Lives in memory as secret.h describes it. One thread at a time. */
typedef struct lq_relay_key lq_relay_key_t;

/* lq_relay_key_open sets *OUT to a relay key with the key TAKE_KEY, which is then its own; the
   caller closes it. SENDER is the account of the signer. On failure TAKE_KEY stays the caller's.
   LQ_ERR_INVAL: it is SENDER's key, which is funded. LQ_ERR_NOMEM: memory cannot be locked.
   LQ_ERR_IO: the system gives no random bytes. */
LQ_MUST_USE lq_err_t lq_relay_key_open(lq_relay_key_t **out, lq_err_msg_t *msg,
                                       lq_private_key_t *take_key, const lq_address_t *sender);

/* lq_relay_key_close clears the key and gives the memory back. NULL is allowed. */
void lq_relay_key_close(lq_relay_key_t *key);

/* lq_relay_key_address returns the address that signs. */
lq_address_t lq_relay_key_address(const lq_relay_key_t *key);

/* LQ_RELAY_HEADER_SZ in characters: address, colon, "0x", and r, s and v in hexadecimal. */
#define LQ_RELAY_HEADER_SZ (42 + 1 + 2 + 2 * 65)

/* lq_relay_key_header writes the value of the header X-Flashbots-Signature for the SZ bytes of
   BODY, and a NUL: the address with its checksum, a colon, and the signature, v being 27 or 28, of
   EIP-191's message (version 0x45, "E") whose text is "0x" and the hexadecimal keccak-256 of BODY.
   The signature is verified before it is written. It does not allocate. LQ_ERR_SIGNATURE: it does
   not verify: stop. LQ_ERR_IO: no random bytes. Costs a signature and a recovery.
   @src https://docs.flashbots.net/flashbots-auction/advanced/rpc-endpoint#authentication */
LQ_MUST_USE lq_err_t lq_relay_key_header(lq_relay_key_t *key, char out[LQ_RELAY_HEADER_SZ + 1],
                                         const void *body, size_t sz);

#endif
