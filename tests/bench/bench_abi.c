#include "bench.h"

#include <string.h>

#include "liqd/base/rng.h"
#include "liqd/codec/abi.h"
#include "liqd/codec/abi_aave_v3.h"
#include "liqd/codec/abi_erc20.h"
#include "liqd/codec/abi_morpho_blue.h"

/* Arguments and logs, and where they go. */
typedef struct abi_bench {
    lq_abi_morpho_blue_market_params_t params;
    lq_address_t addresses[3];
    lq_u256_t amount;
    uint8_t swap[256]; /* what a callback's data is about */
    lq_abi_type_t type;
    lq_abi_val_t vals[5];
    uint8_t encoded[1024];
    size_t encoded_sz;
    uint8_t out[1024];
    lq_hash_t topics[4];
    uint8_t data[160];
} abi_bench_t;

static void encode_liquidation_call(void *ctx, size_t iters)
{
    abi_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        size_t sz = 0;
        LQ_ASSERT(lq_abi_aave_v3_liquidation_call_encode(
                      b->out, sizeof(b->out), &sz, NULL, &b->addresses[0], &b->addresses[1],
                      &b->addresses[2], &b->amount, true) == LQ_OK);
        lq_bench_keep(b->out);
    }
}

static void encode_liquidation_call_from_values(void *ctx, size_t iters)
{
    abi_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        size_t sz = 0;
        LQ_ASSERT(lq_abi_encode(b->out, sizeof(b->out), &sz, NULL, &b->type, b->vals, 5) == LQ_OK);
        lq_bench_keep(b->out);
    }
}

static void decode_liquidation_call_to_values(void *ctx, size_t iters)
{
    abi_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        size_t cnt = 0;
        LQ_ASSERT(lq_abi_decode(b->vals, 5, &cnt, NULL, &b->type, b->encoded + 4, 160) == LQ_OK);
        lq_bench_keep(b->vals);
    }
}

static void encode_liquidate(void *ctx, size_t iters)
{
    abi_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        size_t sz = 0;
        LQ_ASSERT(lq_abi_morpho_blue_liquidate_encode(b->out, sizeof(b->out), &sz, NULL, &b->params,
                                                      &b->addresses[0], &b->amount, &b->amount,
                                                      b->swap, sizeof(b->swap)) == LQ_OK);
        lq_bench_keep(b->out);
    }
}

static void copy_encoded(void *ctx, size_t iters)
{
    abi_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        memcpy(b->out, b->encoded, b->encoded_sz);
        lq_bench_keep(b->out);
    }
}

static void decode_transfer(void *ctx, size_t iters)
{
    abi_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_abi_erc20_transfer_event_t e;
        LQ_ASSERT(lq_abi_erc20_transfer_event_decode(&e, NULL, b->topics, 3, b->data, 32) == LQ_OK);
        lq_bench_keep(&e);
    }
}

static void copy_transfer(void *ctx, size_t iters)
{
    abi_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        struct {
            lq_hash_t topics[3];
            uint8_t data[32];
        } e;
        memcpy(e.topics, b->topics, sizeof(e.topics));
        memcpy(e.data, b->data, sizeof(e.data));
        lq_bench_keep(&e);
    }
}

static void decode_reserve_data(void *ctx, size_t iters)
{
    abi_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_abi_aave_v3_reserve_data_updated_event_t e;
        LQ_ASSERT(lq_abi_aave_v3_reserve_data_updated_event_decode(&e, NULL, b->topics, 2, b->data,
                                                                   160) == LQ_OK);
        lq_bench_keep(&e);
    }
}

static void copy_reserve_data(void *ctx, size_t iters)
{
    abi_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        struct {
            lq_hash_t topics[2];
            uint8_t data[160];
        } e;
        memcpy(e.topics, b->topics, sizeof(e.topics));
        memcpy(e.data, b->data, sizeof(e.data));
        lq_bench_keep(&e);
    }
}

static void fill(abi_bench_t *b)
{
    static const char text[] = "(address,address,address,uint256,bool)";
    lq_rng_t rng;
    lq_rng_seed(&rng, 1);
    lq_rng_bytes(&rng, b, sizeof(*b));
    LQ_ASSERT(lq_abi_type_parse(&b->type, NULL, text, sizeof(text) - 1) == LQ_OK);
    for (size_t i = 0; i < 3; i++)
        b->vals[i].address = b->addresses[i];
    b->vals[3].num = b->amount;
    b->vals[4].num = lq_u256_from_u64(1);
    for (size_t i = 1; i < 3; i++)
        memset(b->topics[i].b, 0, 12);
    encode_liquidation_call(b, 1);
    memcpy(b->encoded, b->out, LQ_ABI_AAVE_V3_LIQUIDATION_CALL_SZ);
}

lq_bench_fn_t lq_bench_abi;
void lq_bench_abi(lq_bench_t *bench)
{
    static abi_bench_t b;
    fill(&b);
    b.encoded_sz = LQ_ABI_AAVE_V3_LIQUIDATION_CALL_SZ;
    lq_bench_case(bench, &(lq_bench_case_t){.name = "codec/abi_liquidation_call",
                                            .work = encode_liquidation_call,
                                            .reference = "memcpy",
                                            .reference_work = copy_encoded,
                                            .ctx = &b});
    lq_bench_case(bench, &(lq_bench_case_t){.name = "codec/abi_encode",
                                            .work = encode_liquidation_call_from_values,
                                            .reference = "generated",
                                            .reference_work = encode_liquidation_call,
                                            .ctx = &b});
    lq_bench_case(bench, &(lq_bench_case_t){.name = "codec/abi_decode",
                                            .work = decode_liquidation_call_to_values,
                                            .reference = "memcpy",
                                            .reference_work = copy_encoded,
                                            .ctx = &b});
    b.encoded_sz = 4 + 10 * 32 + sizeof(b.swap);
    lq_bench_case(bench, &(lq_bench_case_t){.name = "codec/abi_liquidate_256",
                                            .work = encode_liquidate,
                                            .reference = "memcpy",
                                            .reference_work = copy_encoded,
                                            .ctx = &b});
    b.topics[0] = lq_abi_erc20_transfer_event_topic;
    lq_bench_case(bench, &(lq_bench_case_t){.name = "codec/abi_transfer_event",
                                            .work = decode_transfer,
                                            .reference = "memcpy",
                                            .reference_work = copy_transfer,
                                            .ctx = &b});
    b.topics[0] = lq_abi_aave_v3_reserve_data_updated_event_topic;
    lq_bench_case(bench, &(lq_bench_case_t){.name = "codec/abi_reserve_data_event",
                                            .work = decode_reserve_data,
                                            .reference = "memcpy",
                                            .reference_work = copy_reserve_data,
                                            .ctx = &b});
}
