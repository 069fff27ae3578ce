/* Venues under arbitrary answers and logs, undone now and then: no bytes that a chain can hold
   break them, undoing brings back what was, and a snapshot of what came out is good. */

#include "fuzz.h"
#include "fuzz_input.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/codec/abi_uniswap_v3.h"
#include "liqd/market/venues.h"

enum {
    POOL_CNT = 3,
    LENDER_CNT = 3,
    TICK_MAX = 64,
    CALL_MAX = 600,
    DATA_MAX = 64 * CALL_MAX,
    ANSWER_SZ = 480,
    BLK_MAX = 8,
};

typedef struct world {
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_venues_t *v;
    uint64_t blk;
    uint64_t digests[BLK_MAX];
} world_t;

static lq_address_t address_of(uint8_t n)
{
    return (lq_address_t){{[19] = n}};
}

/* Made once: what a run leaves behind is cleared by the next. */
static void make(world_t *w)
{
    w->blk = 0;
    if (w->v) {
        lq_undo_forget(w->undo, 0);
        lq_venues_clear(w->v);
        return;
    }
    const lq_venue_pool_config_t pools[POOL_CNT] = {
        {.kind = LQ_VENUE_UNISWAP_V3, .address = address_of(1)},
        {.kind = LQ_VENUE_UNISWAP_V3, .address = address_of(2), .factory = address_of(9)},
        {.kind = LQ_VENUE_UNISWAP_V2, .address = address_of(3), .factory = address_of(9)}};
    const lq_lender_config_t lenders[LENDER_CNT] = {{LQ_LENDER_AAVE_V3, address_of(4)},
                                                    {LQ_LENDER_MORPHO_BLUE, address_of(5)},
                                                    {LQ_LENDER_UNISWAP_V3, address_of(1)}};
    const lq_venues_config_t config = {.pools = pools,
                                       .pool_cnt = POOL_CNT,
                                       .lenders = lenders,
                                       .lender_cnt = LENDER_CNT,
                                       .tick_max = TICK_MAX,
                                       .seed = 3};
    const lq_undo_config_t undo = {
        .state_sz = lq_venues_state_sz(&config) + 64, .line_max = 4096, .blk_max = BLK_MAX};
    LQ_ASSERT(lq_arena_init(&w->arena, 4u << 20) == LQ_OK);
    LQ_ASSERT(lq_undo_new(&w->undo, &w->arena, &undo) == LQ_OK);
    LQ_ASSERT(lq_venues_new(&w->v, &w->arena, w->undo, &config) == LQ_OK);
}

static int32_t take_tick(fuzz_input_t *in)
{
    static const int32_t far[] = {LQ_V3_TICK_MIN, LQ_V3_TICK_MAX, 1 << 20, -(1 << 20)};
    uint8_t kind = fuzz_byte(in);
    return kind < 4 ? far[kind] : 60 * ((int32_t)kind - 128);
}

static void put_i32(uint8_t out[32], int32_t v)
{
    uint32_t be = __builtin_bswap32((uint32_t)v);
    memset(out, v < 0 ? 0xff : 0, 28);
    memcpy(out + 28, &be, 4);
}

/* A word as contracts give it more often than arbitrary bytes are. */
static void put_word(fuzz_input_t *in, uint8_t out[32])
{
    uint8_t kind = fuzz_byte(in);
    memset(out, 0, 32);
    if (kind >= 0xf0) {
        for (size_t i = 0; i < 32; i++)
            out[i] = fuzz_byte(in);
    } else if (kind >= 0xc0) {
        memset(out, 0xff, 32);
        out[31] = fuzz_byte(in);
    } else if (kind >= 0x80) {
        out[16 + kind % 16] = fuzz_byte(in);
    } else {
        out[31] = kind;
    }
}

/* A tick's price and, mostly, the tick. */
static void put_price(fuzz_input_t *in, uint8_t *sqrt, uint8_t *tick)
{
    int32_t at = take_tick(in);
    lq_u256_t price = lq_u256_from_u64(0);
    uint8_t kind = fuzz_byte(in);
    if (kind != 1 && lq_v3_sqrt_at_tick(&price, at) == LQ_OK)
        price.w[0] += kind > 128;
    lq_u256_to_be(sqrt, &price);
    put_i32(tick, kind == 1 ? 0 : kind == 2 ? at - 1 : at);
}

static size_t put_answer(fuzz_input_t *in, uint8_t out[ANSWER_SZ], const lq_read_call_t *call)
{
    uint32_t selector = (uint32_t)call->input[0] << 24 | (uint32_t)call->input[1] << 16 |
                        (uint32_t)call->input[2] << 8 | call->input[3];
    uint8_t kind = fuzz_byte(in);
    memset(out, 0, ANSWER_SZ);
    if (kind == 0xff)
        return fuzz_byte(in);
    switch (selector) {
    case LQ_ABI_UNISWAP_V3_TOKEN0_SELECTOR:
        out[31] = 20 + kind % 4;
        return 32;
    case LQ_ABI_UNISWAP_V3_TOKEN1_SELECTOR:
        out[31] = 22 + kind % 4;
        return 32;
    case LQ_ABI_UNISWAP_V3_TICK_SPACING_SELECTOR:
    case LQ_ABI_UNISWAP_V3_FEE_AMOUNT_TICK_SPACING_SELECTOR:
        put_i32(out, kind == 0xfe ? -1 : kind == 0xfd ? 1 : 60);
        return 32;
    case LQ_ABI_UNISWAP_V3_GET_POOL_SELECTOR:
        out[31] = 2 + (kind == 0xfe);
        return 32;
    case LQ_ABI_UNISWAP_V3_TICK_BITMAP_SELECTOR:
        if (kind > 0xf0)
            out[fuzz_byte(in) % 32] = (uint8_t)(1u << kind % 8);
        return 32;
    case LQ_ABI_UNISWAP_V3_SLOT0_SELECTOR:
        put_price(in, out, out + 32);
        return 224;
    case LQ_ABI_UNISWAP_V3_TICKS_SELECTOR:
        put_word(in, out);
        put_word(in, out + 32);
        return 256;
    default:
        for (size_t i = 0; i < (kind & 15u); i++)
            put_word(in, out + 32 * i);
        return kind & 16u ? ANSWER_SZ : 32;
    }
}

static void answer(world_t *w, fuzz_input_t *in, lq_subject_t subject)
{
    static lq_read_call_t calls[CALL_MAX];
    static uint8_t data[DATA_MAX];
    static uint8_t answers[CALL_MAX][ANSWER_SZ];
    static lq_read_result_t results[CALL_MAX];
    lq_calls_t list = {.calls = calls, .call_max = CALL_MAX, .data = data, .data_max = DATA_MAX};
    LQ_ASSERT(lq_venues_reads(w->v, &list, subject) == LQ_OK);
    for (size_t i = 0; i < list.call_cnt; i++) {
        size_t sz = put_answer(in, answers[i], &calls[i]);
        results[i] = (lq_read_result_t){sz != 0, answers[i], sz};
    }
    size_t cnt = list.call_cnt;
    if (cnt && fuzz_byte(in) == 255)
        cnt--;
    (void)lq_venues_answer(w->v, subject, results, cnt);
}

/* What the ticks say that liquidity is at TICK, as a swap would tell it. */
static void put_liquidity(const world_t *w, uint32_t pool, const uint8_t tick[32], uint8_t out[32])
{
    size_t cnt;
    uint32_t be;
    const lq_v3_tick_t *ticks = lq_venues_ticks(w->v, &cnt);
    lq_u128_t sum = 0;
    memcpy(&be, tick + 28, 4);
    for (size_t i = 0; i < cnt; i++)
        if (ticks[i].pool == pool && ticks[i].tick <= (int32_t)__builtin_bswap32(be))
            sum += (lq_u128_t)ticks[i].net;
    lq_u256_t word = lq_u256_from_halves(0, sum);
    lq_u256_to_be(out, &word);
}

static void apply_log(world_t *w, fuzz_input_t *in)
{
    static const uint32_t topic_cnts[] = {1, 4, 4, 3, 1};
    static const uint32_t word_cnts[] = {2, 4, 3, 5, 2};
    uint8_t data[5 * 32];
    size_t topic_cnt;
    const lq_hash_t *topics = lq_venues_topics(&topic_cnt);
    uint8_t which = fuzz_byte(in);
    uint32_t kind = which % 5;
    uint32_t pool = which / 5 % POOL_CNT;
    lq_evm_log_t log = {.address = address_of((uint8_t)(pool + 1)),
                        .topic_cnt = topic_cnts[kind],
                        .data = data,
                        .data_sz = 32 * (size_t)word_cnts[kind]};
    log.topics[0] = topics[kind];
    for (size_t at = 0; at < sizeof(data); at += 32)
        put_word(in, data + at);
    if (kind == 0)
        put_price(in, data, data + 32);
    if (kind == 3) {
        put_price(in, data + 64, data + 128);
        if (fuzz_byte(in) < 192)
            put_liquidity(w, pool, data + 128, data + 96);
    }
    memset(log.topics[1].b, 0, 96);
    put_i32(log.topics[2].b, take_tick(in));
    put_i32(log.topics[3].b, take_tick(in));
    if (fuzz_byte(in) == 255)
        log.data_sz -= 32;
    bool fault = false;
    (void)lq_venues_apply(w->v, &log, &fault);
    LQ_ASSERT(!fault || lq_venues_pool(w->v, pool)->status == LQ_NO_ROUTE_DOUBTFUL);
}

static void audit(const world_t *w, fuzz_input_t *in)
{
    lq_audit_t expected;
    uint32_t pool = fuzz_byte(in) % POOL_CNT;
    lq_err_t err = lq_venues_audit_expected(w->v, &expected, pool, fuzz_byte(in));
    LQ_ASSERT(!err == (lq_venues_pool(w->v, pool)->status == LQ_NO_ROUTE_NONE));
}

static void undo(world_t *w)
{
    if (lq_undo_depth(w->undo) == 0)
        return;
    LQ_ASSERT(lq_undo_back(w->undo, w->blk) == LQ_OK);
    LQ_ASSERT(lq_undo_digest(w->undo) == w->digests[w->blk % BLK_MAX]);
    w->blk--;
}

static void step(world_t *w, fuzz_input_t *in)
{
    lq_subject_t subject = {0};
    uint8_t op = fuzz_byte(in);
    switch (op % 8) {
    case 0:
        w->blk++;
        w->digests[w->blk % BLK_MAX] = lq_undo_digest(w->undo);
        lq_undo_begin(w->undo, w->blk);
        return;
    case 1:
        undo(w);
        return;
    case 2:
        for (uint8_t left = op / 64; lq_venues_turn(w->v, &subject, op / 8) && left; left--)
            continue;
        if (subject.kind)
            answer(w, in, subject);
        return;
    case 3:
    case 4:
        for (uint8_t left = op / 64; lq_venues_next(w->v, &subject) && left; left--)
            continue;
        if (subject.kind)
            answer(w, in, subject);
        return;
    case 5:
        audit(w, in);
        if (op > 240)
            lq_venues_doubt(w->v, op % POOL_CNT);
        return;
    default:
        apply_log(w, in);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    static world_t w;
    fuzz_input_t in = {data, sz};
    make(&w);
    for (unsigned i = 0; in.sz && i < 100; i++)
        step(&w, &in);
    lq_undo_forget(w.undo, 0);
    LQ_ASSERT(lq_venues_restored(w.v) == LQ_OK);
    return 0;
}
