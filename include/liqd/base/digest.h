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

#endif
