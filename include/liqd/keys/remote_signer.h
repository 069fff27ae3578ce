#ifndef LIQD_KEYS_REMOTE_SIGNER_H
#define LIQD_KEYS_REMOTE_SIGNER_H

/* The part of a remote signer that needs no network: Web3Signer's eth_signTransaction. What is
   asked is held to the same policy as a local signer's; what comes back is not trusted: it has to
   be the very transaction that was asked for, with a signature of the account. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/err.h"
#include "liqd/codec/json.h"
#include "liqd/keys/policy.h"
#include "liqd/keys/signer.h"
#include "liqd/keys/tx.h"

/* Opaque. Knows the account and its policy, counts its rate; has no key. */
typedef struct lq_remote_signer lq_remote_signer_t;

/* lq_remote_signer_new sets *OUT to a signer of ACCOUNT with a copy of POLICY; the caller frees it.
   LQ_ERR_INVAL: POLICY is beyond its bounds; LQ_ERR_NOMEM; MSG says what. */
LQ_MUST_USE lq_err_t lq_remote_signer_new(lq_remote_signer_t **out, lq_err_msg_t *msg,
                                          const lq_address_t *account, const lq_policy_t *policy);
void lq_remote_signer_free(lq_remote_signer_t *signer);

/* lq_remote_signer_address returns the account that signs. */
lq_address_t lq_remote_signer_address(const lq_remote_signer_t *signer);

/* LQ_REMOTE_SIGNER_OVERHEAD in bytes: what the parameters have at most besides the data. */
#define LQ_REMOTE_SIGNER_OVERHEAD 640u

/* lq_remote_signer_ask writes the parameters of eth_signTransaction for TX to OUT, a JSON array,
   and sets *OUT_SZ. LQ_ERR_POLICY: refused, *WHY says what (an access list always is: it cannot be
   asked for); LQ_ERR_FULL: OUT may be too small, LQ_REMOTE_SIGNER_OVERHEAD and two bytes for each
   of the data will do. What is asked counts towards the rate. @src
   https://docs.web3signer.consensys.io/reference/api/json-rpc#eth_signtransaction */
LQ_MUST_USE lq_err_t lq_remote_signer_ask(lq_remote_signer_t *signer, char *out, size_t *out_sz,
                                          size_t out_max, lq_refusal_t *why, lq_purpose_t purpose,
                                          const lq_tx_t *tx, uint64_t now_ns);

/* lq_remote_signer_take takes the result AT, raw bytes as hex, for TX into OUT, verified.
   LQ_ERR_SYNTAX: it is none, or of a signature that no block may hold (s in the upper half);
   LQ_ERR_INVAL: of another transaction; LQ_ERR_SIGNATURE: of another account; LQ_ERR_FULL: longer
   than OUT holds. MSG says what; OUT is then as lq_tx_signed_new left it. */
LQ_MUST_USE lq_err_t lq_remote_signer_take(lq_remote_signer_t *signer, lq_tx_signed_t *out,
                                           lq_err_msg_t *msg, const lq_tx_t *tx,
                                           const lq_json_t *doc, lq_json_val_t at);

#endif
