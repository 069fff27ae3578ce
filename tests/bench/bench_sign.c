/* Signing and decoding against libsecp256k1 alone, with the same key. */

#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <string.h>

#include "bench.h"
#include "liqd/keys/keystore.h"
#include "liqd/keys/signer.h"

/* An EIP-1559 call with as much data as a liquidation through an executor has. */
#define DATA_SZ 420

typedef struct sign_ctx {
    lq_signer_t *signer;
    lq_tx_signed_t *out;
    lq_tx_t tx;
    uint8_t data[DATA_SZ];
    uint64_t now_ns;
    lq_tx_raw_t raw;
    /* the peer's */
    secp256k1_context *secp;
    uint8_t key[32];
    uint8_t digest[32];
    secp256k1_ecdsa_recoverable_signature sig;
} sign_ctx_t;

static void sign(void *arg, size_t iters)
{
    sign_ctx_t *ctx = arg;
    for (size_t i = 0; i < iters; i++) {
        ctx->tx.nonce++;
        if (lq_signer_sign(ctx->signer, ctx->out, NULL, LQ_PURPOSE_LIQUIDATE, &ctx->tx,
                           ++ctx->now_ns))
            LQ_BUG("a benchmark's transaction is refused");
        lq_bench_keep(ctx->out);
    }
}

static void bare_sign(void *arg, size_t iters)
{
    sign_ctx_t *ctx = arg;
    for (size_t i = 0; i < iters; i++) {
        ctx->digest[0]++;
        LQ_ASSERT(secp256k1_ecdsa_sign_recoverable(ctx->secp, &ctx->sig, ctx->digest, ctx->key,
                                                   NULL, NULL));
        lq_bench_keep(&ctx->sig);
    }
}

static void sign_and_verify(void *arg, size_t iters)
{
    sign_ctx_t *ctx = arg;
    for (size_t i = 0; i < iters; i++) {
        sign(ctx, 1);
        LQ_ASSERT(lq_tx_signed_verify(ctx->out) == LQ_OK);
        lq_bench_keep(ctx->out);
    }
}

static void bare_recover(void *arg, size_t iters)
{
    sign_ctx_t *ctx = arg;
    secp256k1_pubkey key;
    for (size_t i = 0; i < iters; i++) {
        LQ_ASSERT(secp256k1_ecdsa_recover(ctx->secp, &key, &ctx->sig, ctx->digest));
        lq_bench_keep(&key);
    }
}

static void bare_sign_and_recover(void *arg, size_t iters)
{
    for (size_t i = 0; i < iters; i++) {
        bare_sign(arg, 1);
        bare_recover(arg, 1);
    }
}

static void encode(void *arg, size_t iters)
{
    sign_ctx_t *ctx = arg;
    uint8_t raw[1024];
    size_t sz;
    lq_signature_t sig;
    memset(&sig, 0x11, sizeof(sig));
    for (size_t i = 0; i < iters; i++) {
        LQ_ASSERT(lq_tx_encode(raw, &sz, sizeof(raw), NULL, &ctx->tx, &sig) == LQ_OK);
        lq_bench_keep(raw);
    }
}

static void copy(void *arg, size_t iters)
{
    sign_ctx_t *ctx = arg;
    uint8_t raw[1024];
    for (size_t i = 0; i < iters; i++) {
        memcpy(raw, ctx->raw.data, ctx->raw.sz);
        lq_bench_keep(raw);
    }
}

static void decode_and_recover(void *arg, size_t iters)
{
    sign_ctx_t *ctx = arg;
    lq_tx_decoded_t d;
    lq_address_t sender;
    for (size_t i = 0; i < iters; i++) {
        LQ_ASSERT(lq_tx_decode(&d, NULL, ctx->raw.data, ctx->raw.sz) == LQ_OK);
        LQ_ASSERT(lq_tx_sender(&sender, &d) == LQ_OK);
        lq_bench_keep(&sender);
    }
}

static void decode(void *arg, size_t iters)
{
    sign_ctx_t *ctx = arg;
    lq_tx_decoded_t d;
    for (size_t i = 0; i < iters; i++) {
        LQ_ASSERT(lq_tx_decode(&d, NULL, ctx->raw.data, ctx->raw.sz) == LQ_OK);
        lq_bench_keep(&d);
    }
}

static bool prepare(sign_ctx_t *ctx)
{
    lq_private_key_t *key;
    lq_policy_call_t call = {.to = {{1, 2, 3}}, .selector = {0x12, 0x34, 0x56, 0x78}};
    lq_policy_t policy = {.chain_id = 1};
    lq_policy_rule_t *rule = &policy.rules[LQ_PURPOSE_LIQUIDATE];
    *rule = (lq_policy_rule_t){.calls = &call,
                               .call_cnt = 1,
                               .gas_limit_max = 2000000,
                               .rate_cnt = LQ_POLICY_RATE_MAX,
                               .rate_window_ns = 1};
    rule->max_fee_per_gas_max.raw = lq_u256_from_u64(1000000000000);
    rule->total_fee_max.raw = lq_u256_from_u64(1000000000000000000);
    memset(ctx->data, 0, sizeof(ctx->data));
    for (size_t i = 0; i < sizeof(ctx->data); i += 3)
        ctx->data[i] = (uint8_t)i; /* two thirds zero, as arguments are */
    memcpy(ctx->data, call.selector, 4);
    ctx->tx = (lq_tx_t){.chain_id = 1,
                        .nonce = 1000,
                        .gas_limit = 1000000,
                        .to = call.to,
                        .data = ctx->data,
                        .data_sz = sizeof(ctx->data)};
    ctx->tx.max_priority_fee_per_gas.raw = lq_u256_from_u64(3000000000);
    ctx->tx.max_fee_per_gas.raw = lq_u256_from_u64(50000000000);
    memset(ctx->key, 0x46, sizeof(ctx->key));
    memset(ctx->digest, 0x99, sizeof(ctx->digest));
    ctx->secp = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    return lq_private_key_generate(&key, NULL) == LQ_OK &&
           lq_signer_open(&ctx->signer, NULL, key, &policy) == LQ_OK &&
           lq_tx_signed_new(&ctx->out, 1024) == LQ_OK;
}

lq_bench_fn_t lq_bench_sign;
void lq_bench_sign(lq_bench_t *bench)
{
    sign_ctx_t ctx = {0};
    if (!prepare(&ctx))
        LQ_BUG("no signer: locked memory, random bytes?");
    lq_bench_case(bench, &(lq_bench_case_t){.name = "keys/sign_encode",
                                            .work = sign,
                                            .reference = "sign_recoverable",
                                            .reference_work = bare_sign,
                                            .ctx = &ctx,
                                            .target = 1.05});
    lq_bench_case(bench, &(lq_bench_case_t){.name = "keys/sign_encode_verify",
                                            .work = sign_and_verify,
                                            .reference = "sign_recoverable, recover",
                                            .reference_work = bare_sign_and_recover,
                                            .ctx = &ctx});
    sign_and_verify(&ctx, 1);
    ctx.raw = lq_tx_signed_raw(ctx.out);
    lq_bench_case(bench, &(lq_bench_case_t){.name = "keys/tx_encode",
                                            .work = encode,
                                            .reference = "memcpy",
                                            .reference_work = copy,
                                            .ctx = &ctx});
    lq_bench_case(bench, &(lq_bench_case_t){.name = "keys/tx_decode",
                                            .work = decode,
                                            .reference = "memcpy",
                                            .reference_work = copy,
                                            .ctx = &ctx});
    bare_sign(&ctx, 1);
    lq_bench_case(bench, &(lq_bench_case_t){.name = "keys/tx_decode_sender",
                                            .work = decode_and_recover,
                                            .reference = "recover",
                                            .reference_work = bare_recover,
                                            .ctx = &ctx});
    secp256k1_context_destroy(ctx.secp);
    lq_tx_signed_free(ctx.out);
    lq_signer_close(ctx.signer);
}
