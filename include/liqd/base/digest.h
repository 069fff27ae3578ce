#ifndef LIQD_BASE_DIGEST_H
#define LIQD_BASE_DIGEST_H

/* A digest of bytes against damage and for comparing states; not against one who chooses the bytes
   (that is keccak's). Each step is a bijection of what stands so far and of the word that comes, so
   that a change within any 8 aligned bytes always shows, and others but by chance (2^-64). The same
   on every machine of one byte order. */

#include <stddef.h>
#include <stdint.h>

/* lq_digest_word returns the digest H continued by WORD. */
static inline uint64_t lq_digest_word(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 32);
}

/* lq_digest returns a digest of the SZ bytes at P, of any alignment, and of their number. Four
   lanes at once: some 10 GB/s. */
uint64_t lq_digest(const void *p, size_t sz);

/* The same of bytes that come in pieces: lq_digest_end returns lq_digest of all that lq_digest_add
   was given since lq_digest_begin. Private fields. */
#define LQ_DIGEST_STRIPE_SZ 32u
typedef struct lq_digest_state {
    uint64_t lanes[LQ_DIGEST_STRIPE_SZ / 8];
    uint64_t sz;
    uint8_t part[LQ_DIGEST_STRIPE_SZ]; /* sz mod LQ_DIGEST_STRIPE_SZ bytes */
} lq_digest_state_t;

void lq_digest_begin(lq_digest_state_t *state);
void lq_digest_add(lq_digest_state_t *state, const void *p, size_t sz);
uint64_t lq_digest_end(const lq_digest_state_t *state);

#endif
