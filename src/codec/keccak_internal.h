#ifndef LQ_CODEC_KECCAK_INTERNAL_H
#define LQ_CODEC_KECCAK_INTERNAL_H

#include "liqd/codec/keccak.h"

/* lq_keccak_final_domain is lq_keccak_final with DOMAIN as the first byte of the padding: 0x06
   makes it SHA3-256, which other libraries have too. */
void lq_keccak_final_domain(lq_keccak_t *k, uint8_t out[LQ_KECCAK_SZ], uint8_t domain);

/* lq_keccak_permute applies keccak-f[1600], as fast as the CPU can. */
void lq_keccak_permute(uint64_t lane[25]);

/* lq_keccak_permute_plain does the same with the instructions that every CPU has. */
void lq_keccak_permute_plain(uint64_t lane[25]);

#endif
