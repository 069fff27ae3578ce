#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/codec/hex.h"

typedef struct input {
    size_t sz;
    uint8_t bytes[4096];
    char text[2 * 4096];
} input_t;

static void decode(void *ctx, size_t iters)
{
    input_t *in = ctx;
    for (size_t i = 0; i < iters; i++) {
        if (lq_hex_decode(in->bytes, in->sz, NULL, in->text, 2 * in->sz) != LQ_OK)
            abort();
        lq_bench_keep(in->bytes);
    }
}

static void encode(void *ctx, size_t iters)
{
    input_t *in = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_hex_encode(in->text, in->bytes, in->sz);
        lq_bench_keep(in->text);
    }
}

/* The usual way: a table of 256 digits, byte after byte; it writes before it knows of an error. */
static void decode_by_table(void *ctx, size_t iters)
{
    static const int8_t value[256] = {
        ['1'] = 1,  ['2'] = 2,  ['3'] = 3,  ['4'] = 4,  ['5'] = 5,  ['6'] = 6,  ['7'] = 7,
        ['8'] = 8,  ['9'] = 9,  ['a'] = 10, ['b'] = 11, ['c'] = 12, ['d'] = 13, ['e'] = 14,
        ['f'] = 15, ['A'] = 10, ['B'] = 11, ['C'] = 12, ['D'] = 13, ['E'] = 14, ['F'] = 15,
    };
    input_t *in = ctx;
    for (size_t i = 0; i < iters; i++) {
        for (size_t k = 0; k < in->sz; k++) {
            uint8_t high = (uint8_t)in->text[2 * k];
            uint8_t low = (uint8_t)in->text[2 * k + 1];
            if ((!value[high] && high != '0') || (!value[low] && low != '0'))
                abort();
            in->bytes[k] = (uint8_t)(value[high] << 4 | value[low]);
        }
        lq_bench_keep(in->bytes);
    }
}

static void encode_by_table(void *ctx, size_t iters)
{
    input_t *in = ctx;
    for (size_t i = 0; i < iters; i++) {
        for (size_t k = 0; k < in->sz; k++) {
            in->text[2 * k] = "0123456789abcdef"[in->bytes[k] >> 4];
            in->text[2 * k + 1] = "0123456789abcdef"[in->bytes[k] & 15];
        }
        lq_bench_keep(in->text);
    }
}

static void quantity_u64(void *ctx, size_t iters)
{
    input_t *in = ctx;
    uint64_t sum = 0;
    for (size_t i = 0; i < iters; i++) {
        uint64_t v = 0;
        if (lq_hex_decode_u64(&v, NULL, in->text, in->sz) != LQ_OK)
            abort();
        sum += v;
        lq_bench_keep(in->text);
    }
    lq_bench_keep(&sum);
}

static void quantity_strtoull(void *ctx, size_t iters)
{
    input_t *in = ctx;
    uint64_t sum = 0;
    for (size_t i = 0; i < iters; i++) {
        sum += strtoull(in->text, NULL, 16);
        lq_bench_keep(in->text);
    }
    lq_bench_keep(&sum);
}

static void quantity_u256(void *ctx, size_t iters)
{
    input_t *in = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_u256_t v = {{0}};
        if (lq_hex_decode_u256(&v, NULL, in->text, in->sz) != LQ_OK)
            abort();
        lq_bench_keep(&v);
    }
}

lq_bench_fn_t lq_bench_hex;
void lq_bench_hex(lq_bench_t *bench)
{
    static const struct {
        const char *name;
        size_t sz;
        lq_bench_work_t *work;
        const char *reference;
        lq_bench_work_t *reference_work;
        double target;
    } cases[] = {
        {"codec/hex_decode_32", 32, decode, "table", decode_by_table, 0.3},
        {"codec/hex_decode_4096", 4096, decode, "table", decode_by_table, 0.15},
        {"codec/hex_encode_32", 32, encode, "table", encode_by_table, 0.3},
        {"codec/hex_encode_4096", 4096, encode, "table", encode_by_table, 0.12},
    };
    input_t in;
    for (size_t i = 0; i < sizeof(in.bytes); i++)
        in.bytes[i] = (uint8_t)(i * 0x9d);
    lq_hex_encode(in.text, in.bytes, sizeof(in.bytes));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        in.sz = cases[i].sz;
        lq_bench_case(bench, &(lq_bench_case_t){.name = cases[i].name,
                                                .work = cases[i].work,
                                                .reference = cases[i].reference,
                                                .reference_work = cases[i].reference_work,
                                                .ctx = &in,
                                                .target = cases[i].target});
    }
    in.sz = 9;
    memcpy(in.text, "0x1406f40", 10);
    lq_bench_case(bench, &(lq_bench_case_t){.name = "codec/hex_quantity_u64",
                                            .work = quantity_u64,
                                            .reference = "strtoull",
                                            .reference_work = quantity_strtoull,
                                            .ctx = &in,
                                            .target = 1.0});
    in.sz = 22;
    memcpy(in.text, "0x21e19e0c9bab2400001f", 23);
    lq_bench_case(bench, &(lq_bench_case_t){
                             .name = "codec/hex_quantity_u256", .work = quantity_u256, .ctx = &in});
}
