#include "scrypt_internal.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/mman.h>

#define SALSA_WORDS 16 /* of 32 bits: 64 bytes */

static inline uint32_t rotl(uint32_t v, int bits)
{
    return v << bits | v >> (32 - bits);
}

static inline void quarter(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
    *b ^= rotl(*a + *d, 7);
    *c ^= rotl(*b + *a, 9);
    *d ^= rotl(*c + *b, 13);
    *a ^= rotl(*d + *c, 18);
}

/* Salsa20/8 of STATE ^ IN, into STATE. */
static void salsa(uint32_t state[SALSA_WORDS], const uint32_t in[SALSA_WORDS])
{
    uint32_t x[SALSA_WORDS];
    for (size_t i = 0; i < SALSA_WORDS; i++) {
        state[i] ^= in[i];
        x[i] = state[i];
    }
    for (int round = 0; round < 8; round += 2) {
        quarter(&x[0], &x[4], &x[8], &x[12]);
        quarter(&x[5], &x[9], &x[13], &x[1]);
        quarter(&x[10], &x[14], &x[2], &x[6]);
        quarter(&x[15], &x[3], &x[7], &x[11]);
        quarter(&x[0], &x[1], &x[2], &x[3]);
        quarter(&x[5], &x[6], &x[7], &x[4]);
        quarter(&x[10], &x[11], &x[8], &x[9]);
        quarter(&x[15], &x[12], &x[13], &x[14]);
    }
    for (size_t i = 0; i < SALSA_WORDS; i++)
        state[i] += x[i];
}

/* scryptBlockMix: the 2 r blocks of IN into OUT, even ones first. */
static void block_mix(uint32_t *out, const uint32_t *in, size_t r)
{
    uint32_t x[SALSA_WORDS];
    memcpy(x, in + (2 * r - 1) * SALSA_WORDS, sizeof(x));
    for (size_t i = 0; i < 2 * r; i++) {
        salsa(x, in + i * SALSA_WORDS);
        memcpy(out + (i / 2 + (i % 2) * r) * SALSA_WORDS, x, sizeof(x));
    }
}

/* scryptROMix of one block B of 32 r words, with room for two blocks at XY and n at V. */
static void ro_mix(uint32_t *b, uint32_t *xy, uint32_t *v, size_t n, size_t r)
{
    size_t words = 2 * r * SALSA_WORDS;
    uint32_t *x = xy;
    uint32_t *y = xy + words;
    memcpy(x, b, words * sizeof(*x));
    for (size_t i = 0; i < n; i++) {
        memcpy(v + i * words, x, words * sizeof(*x));
        block_mix(y, x, r);
        uint32_t *swap = x;
        x = y;
        y = swap;
    }
    for (size_t i = 0; i < n; i++) {
        const uint32_t *vj = v + (x[words - SALSA_WORDS] & (n - 1)) * words;
        for (size_t k = 0; k < words; k++)
            x[k] ^= vj[k];
        block_mix(y, x, r);
        uint32_t *swap = x;
        x = y;
        y = swap;
    }
    memcpy(b, x, words * sizeof(*x));
}

lq_err_t lq_pbkdf2(uint8_t *out, size_t out_sz, lq_err_msg_t *msg, const uint8_t *pass,
                   size_t pass_sz, const uint8_t *salt, size_t salt_sz, uint32_t cnt)
{
    /* where it has no memory for the state that it makes at its first use, it would crash later */
    if (!OSSL_LIB_CTX_get0_global_default() ||
        PKCS5_PBKDF2_HMAC((const char *)pass, (int)pass_sz, salt, (int)salt_sz, (int)cnt,
                          EVP_sha256(), (int)out_sz, out) != 1)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM,
                              "libcrypto's PBKDF2 with SHA-256 failed: is it there, and memory?");
    return LQ_OK;
}

lq_err_t lq_scrypt(uint8_t *out, size_t out_sz, lq_err_msg_t *msg, const uint8_t *pass,
                   size_t pass_sz, const uint8_t *salt, size_t salt_sz, lq_scrypt_cost_t cost)
{
    size_t block_sz = (size_t)128 * cost.r;
    size_t b_sz = block_sz * cost.p;
    size_t map_sz = b_sz + 2 * block_sz + block_sz * cost.n;
    uint8_t *map = mmap(NULL, map_sz, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "scrypt needs %zu bytes: %s: free some memory",
                              map_sz, strerror(errno));
    (void)madvise(map, map_sz, MADV_DONTDUMP);
    uint8_t *xy = map + b_sz;
    uint8_t *v = xy + 2 * block_sz;
    lq_err_t err = lq_pbkdf2(map, b_sz, msg, pass, pass_sz, salt, salt_sz, 1);
    for (size_t i = 0; !err && i < cost.p; i++)
        ro_mix((uint32_t *)(void *)(map + i * block_sz), (uint32_t *)(void *)xy,
               (uint32_t *)(void *)v, cost.n, cost.r);
    if (!err)
        err = lq_pbkdf2(out, out_sz, msg, pass, pass_sz, map, b_sz, 1);
    explicit_bzero(map, b_sz + 2 * block_sz);
    (void)munmap(map, map_sz);
    return err;
}
