#include "bench.h"

#include <string.h>

#include "liqd/market/ocr.h"
#include "liqd/market/price.h"

/* Eight feeds, a price over them, an overlay of one. */
typedef struct price_bench {
    lq_feed_t feeds[8];
    lq_price_overlay_t overlay;
    lq_price_view_t view;
    lq_price_t price;
    lq_ocr_t ocr;
    uint8_t calldata[2048];
    size_t calldata_sz;
} price_bench_t;

static void evaluate(void *ctx, size_t iters)
{
    price_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_u256_t value;
        b->overlay.answer.bits.w[0] ^= i & 0xff;
        LQ_ASSERT(lq_price_eval(&value, &b->price, &b->view) == LQ_PRICE_OK);
        lq_bench_keep(&value);
    }
}

/* The floor: one product and one division of the widths at hand. */
static void multiply_and_divide(void *ctx, size_t iters)
{
    price_bench_t *b = ctx;
    lq_u256_t divisor = lq_u256_from_u64(1000000000000000000u);
    for (size_t i = 0; i < iters; i++) {
        lq_u256_t value;
        b->overlay.answer.bits.w[0] ^= i & 0xff;
        LQ_ASSERT(lq_u256_mul_div_down(&value, &b->overlay.answer.bits, &b->feeds[1].answer.bits,
                                       &divisor) == LQ_OK);
        lq_bench_keep(&value);
    }
}

static void decode_transmit(void *ctx, size_t iters)
{
    price_bench_t *b = ctx;
    static const lq_address_t to = {{1}};
    for (size_t i = 0; i < iters; i++) {
        lq_ocr_transmit_t t;
        LQ_ASSERT(lq_ocr_transmit_decode(&b->ocr, &t, NULL, &to, b->calldata, b->calldata_sz) ==
                  LQ_OK);
        lq_bench_keep(&t);
    }
}

static lq_feed_t feed_of(uint64_t answer)
{
    lq_i256_t wide = {lq_u256_from_u64(answer)};
    return lq_feed_init_fixed(&wide, 8);
}

static void fill(price_bench_t *b)
{
    static const uint64_t answers[8] = {200000000000, 1200000000000000000, 100000000, 99900000};
    for (size_t i = 0; i < 8; i++)
        b->feeds[i] = feed_of(answers[i]);
    b->overlay = (lq_price_overlay_t){.answer = b->feeds[0].answer, .feed = 0};
    b->view = (lq_price_view_t){.feeds = b->feeds,
                                .overlays = &b->overlay,
                                .feed_cnt = 8,
                                .overlay_cnt = 1,
                                .now_sec = 1700100000};
}

static void add_capped(lq_price_t *p, uint8_t *node)
{
    const lq_price_ratio_cap_t cap = {
        .snapshot_ratio = 1190000000000000000,
        .max_growth_per_second_scaled = lq_price_cap_growth(1190000000000000000, 968),
        .snapshot_sec = 1700000000,
        .ratio_decimals = 18,
    };
    uint8_t base;
    uint8_t ratio;
    LQ_ASSERT(lq_price_add_feed(p, &base, 0) == LQ_OK);
    LQ_ASSERT(lq_price_add_feed(p, &ratio, 1) == LQ_OK);
    LQ_ASSERT(lq_price_add_cap_ratio(p, node, base, ratio, &cap) == LQ_OK);
}

static void run(lq_bench_t *bench, price_bench_t *b, const char *name)
{
    lq_bench_case(bench, &(lq_bench_case_t){.name = name,
                                            .work = evaluate,
                                            .reference = "mul_div",
                                            .reference_work = multiply_and_divide,
                                            .ctx = b});
}

/* A transmit of OCR2 with 16 observations and 6 signatures. */
static void fill_transmit(price_bench_t *b)
{
    enum {
        OBSERVATION_CNT = 16,
        SIGNATURE_CNT = 6
    };
    const uint64_t word_sz = 32;
    uint8_t *out = b->calldata;
    memset(out, 0, sizeof(b->calldata));
    const uint8_t selector[4] = {0xb1, 0xdc, 0x65, 0xa4};
    memcpy(out, selector, 4);
    const uint64_t report_sz = word_sz * (5u + OBSERVATION_CNT);
    const uint64_t rs_at = 8 * word_sz + report_sz;
    const uint64_t ss_at = rs_at + word_sz * (1u + SIGNATURE_CNT);
    const struct {
        size_t word;
        uint64_t value;
    } words[] = {{3, 7 * word_sz},
                 {4, rs_at},
                 {5, ss_at},
                 {7, report_sz},
                 {10, 128},
                 {12, OBSERVATION_CNT},
                 {rs_at / word_sz, SIGNATURE_CNT},
                 {ss_at / word_sz, SIGNATURE_CNT}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(words); i++) {
        lq_u256_t v = lq_u256_from_u64(words[i].value);
        lq_u256_to_be(out + 4 + word_sz * words[i].word, &v);
    }
    b->calldata_sz = 4 + ss_at + word_sz * (1u + SIGNATURE_CNT);
    lq_ocr_init(&b->ocr);
}

lq_bench_fn_t lq_bench_price;
void lq_bench_price(lq_bench_t *bench)
{
    static price_bench_t b;
    uint8_t node;
    fill(&b);
    LQ_ASSERT(lq_price_add_feed(&b.price, &node, 0) == LQ_OK);
    run(bench, &b, "market/price_plain");

    b.price.node_cnt = 0;
    add_capped(&b.price, &node);
    run(bench, &b, "market/price_ratio_cap");

    const lq_i256_t stable = lq_i256_from_i64(104000000);
    lq_price_morpho_t morpho = {.scale_factor = lq_u256_from_u64(1000000),
                                .base_vault = LQ_PRICE_NO_NODE,
                                .base_feed_2 = LQ_PRICE_NO_NODE,
                                .quote_vault = LQ_PRICE_NO_NODE,
                                .quote_feed_2 = LQ_PRICE_NO_NODE};
    b.price.node_cnt = 0;
    LQ_ASSERT(lq_price_add_feed(&b.price, &morpho.base_feed_1, 0) == LQ_OK);
    LQ_ASSERT(lq_price_add_feed(&b.price, &morpho.quote_feed_1, 2) == LQ_OK);
    LQ_ASSERT(lq_price_add_morpho(&b.price, NULL, &morpho) == LQ_OK);
    run(bench, &b, "market/price_morpho_2_feeds");

    b.price.node_cnt = 0;
    add_capped(&b.price, &morpho.base_feed_1);
    LQ_ASSERT(lq_price_add_feed(&b.price, &node, 2) == LQ_OK);
    LQ_ASSERT(lq_price_add_cap_stable(&b.price, &morpho.quote_feed_1, node, &stable) == LQ_OK);
    LQ_ASSERT(lq_price_add_morpho(&b.price, NULL, &morpho) == LQ_OK);
    run(bench, &b, "market/price_morpho_capped");

    fill_transmit(&b);
    lq_bench_case(bench, &(lq_bench_case_t){.name = "market/transmit_decode_16",
                                            .work = decode_transmit,
                                            .ctx = &b});
}
