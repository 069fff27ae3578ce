#ifndef LIQD_CODEC_KECCAK_H
#define LIQD_CODEC_KECCAK_H

/* Keccak-256 as Ethereum has it: Keccak[c = 512] with 32 bytes of output and the padding of
   Keccak's submission (first byte 0x01), not that of SHA3-256 (0x06).
   @src https://keccak.team/files/Keccak-reference-3.0.pdf section 1; yellow paper section 4.1 */

#include <stddef.h>
#include <stdint.h>

#define LQ_KECCAK_SZ      32  /* bytes of a hash */
#define LQ_KECCAK_RATE_SZ 136 /* bytes absorbed by one permutation: (1600 - 512) / 8 */

/* A hash under way. Plain value: copy it to fork it. Its fields are keccak.c's own. */
typedef struct lq_keccak {
    uint64_t lane[25]; /* lane (x, y) of the state at 5 y + x */
    size_t fill_sz;    /* bytes absorbed since the last permutation, < LQ_KECCAK_RATE_SZ */
} lq_keccak_t;

/* lq_keccak256 writes the hash of the SZ bytes at DATA to OUT. DATA may be NULL where SZ is 0, and
   OUT may lie within DATA. Costs one permutation for each LQ_KECCAK_RATE_SZ bytes begun, and one
   more where SZ is a multiple of it. */
void lq_keccak256(uint8_t out[LQ_KECCAK_SZ], const void *data, size_t sz);

/* lq_keccak_init begins a hash of nothing yet. */
void lq_keccak_init(lq_keccak_t *k);

/* lq_keccak_absorb appends the SZ bytes at DATA. However the input is cut into pieces, the hash is
   the same. DATA may be NULL where SZ is 0. */
void lq_keccak_absorb(lq_keccak_t *k, const void *data, size_t sz);

/* lq_keccak_final writes the hash of all that K absorbed to OUT and uses K up: lq_keccak_init
   begins it anew. */
void lq_keccak_final(lq_keccak_t *k, uint8_t out[LQ_KECCAK_SZ]);

#endif
