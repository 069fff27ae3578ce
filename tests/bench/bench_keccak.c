#include "bench.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "liqd/base/compiler.h"
#include "liqd/codec/keccak.h"

typedef struct input {
    size_t sz;
    EVP_MD_CTX *evp;
    EVP_MD *sha3;
    uint8_t data[4096];
} input_t;

static void ours(void *ctx, size_t iters)
{
    input_t *in = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_keccak256(in->data, in->data, in->sz); /* chained: each hash waits for the last */
        lq_bench_keep(in->data);
    }
}

#ifdef LIQD_PEER_COMPILER
/* keccak.c as the other compiler builds it */
void peer_keccak256(uint8_t out[LQ_KECCAK_SZ], const void *data, size_t sz);

static void peer(void *ctx, size_t iters)
{
    input_t *in = ctx;
    for (size_t i = 0; i < iters; i++) {
        peer_keccak256(in->data, in->data, in->sz);
        lq_bench_keep(in->data);
    }
}
#endif

/* SHA3-256 differs from Keccak-256 in one byte of padding: the same work. */
static void openssl(void *ctx, size_t iters)
{
    input_t *in = ctx;
    for (size_t i = 0; i < iters; i++) {
        (void)EVP_DigestInit_ex(in->evp, in->sha3, NULL);
        (void)EVP_DigestUpdate(in->evp, in->data, in->sz);
        (void)EVP_DigestFinal_ex(in->evp, in->data, NULL);
        lq_bench_keep(in->data);
    }
}

lq_bench_fn_t lq_bench_keccak;
void lq_bench_keccak(lq_bench_t *bench)
{
    static const struct {
        size_t sz;
        const char *openssl_name;
        const char *peer_name;
    } sizes[] = {
        {32, "codec/keccak256_32", "codec/keccak256_32_compiler"},
        {136, "codec/keccak256_136", "codec/keccak256_136_compiler"},
        {500, "codec/keccak256_500", "codec/keccak256_500_compiler"},
        {4096, "codec/keccak256_4096", "codec/keccak256_4096_compiler"},
    };
    input_t in = {.evp = EVP_MD_CTX_new(), .sha3 = EVP_MD_fetch(NULL, "SHA3-256", NULL)};
    if (!in.evp || !in.sha3)
        abort();
    for (size_t i = 0; i < LQ_ARRAY_CNT(sizes); i++) {
        in.sz = sizes[i].sz;
        lq_bench_case(bench, &(lq_bench_case_t){.name = sizes[i].openssl_name,
                                                .work = ours,
                                                .reference = "OpenSSL SHA3-256",
                                                .reference_work = openssl,
                                                .ctx = &in,
                                                .target = 1.0});
#ifdef LIQD_PEER_COMPILER
        lq_bench_case(bench, &(lq_bench_case_t){.name = sizes[i].peer_name,
                                                .work = ours,
                                                .reference = "built by " LIQD_PEER_COMPILER,
                                                .reference_work = peer,
                                                .ctx = &in,
                                                .target = 1.15});
#endif
    }
    EVP_MD_free(in.sha3);
    EVP_MD_CTX_free(in.evp);
}
