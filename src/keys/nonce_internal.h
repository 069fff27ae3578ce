#ifndef LQ_KEYS_NONCE_INTERNAL_H
#define LQ_KEYS_NONCE_INTERNAL_H

#include <secp256k1.h>

/* libsecp256k1 derives RFC 6979's nonce with a SHA-256 in plain C, which is a seventh of a
   signature. CPUs with instructions for it take a quarter of that. */

/* lq_nonce_function returns what computes the same as secp256k1_nonce_function_rfc6979, only
   faster, on this CPU; NULL, which has libsecp256k1 take its own, where there is no such thing. */
secp256k1_nonce_function lq_nonce_function(void);

#endif
