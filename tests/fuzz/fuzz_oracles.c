/* Oracles under arbitrary answers and logs, undone now and then: no bytes that a chain can hold
   break them, the index is that of the prices, and a snapshot of what came out is good. */

#include "fuzz.h"
#include "fuzz_input.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/market/ocr.h"
#include "liqd/market/oracles.h"

enum {
    ORACLE_MAX = 12,
    FEED_MAX = 12,
    CALL_MAX = 64,
    DATA_MAX = 4096,
    NOW_SEC = 1700000000,
    WORLD_CNT = 8, /* addresses */
};

static void take_bytes(fuzz_input_t *in, uint8_t *out, size_t sz)
{
    for (size_t i = 0; i < sz; i++)
        out[i] = fuzz_byte(in);
}

typedef struct world {
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_oracles_t *o;
    uint64_t blk;
    uint64_t block_sec;
} world_t;

/* Made once: what a run leaves behind is cleared by the next. */
static void make(world_t *w)
{
    if (w->o) {
        lq_undo_forget(w->undo, 0);
        lq_oracles_clear(w->o);
        w->blk = 0;
        w->block_sec = NOW_SEC;
        return;
    }
    static const lq_oracles_config_t config = {
        .oracle_max = ORACLE_MAX, .feed_max = FEED_MAX, .seed = 3};
    *w = (world_t){.block_sec = NOW_SEC};
    lq_undo_config_t undo = {
        .state_sz = lq_oracles_state_sz(&config) + 64, .line_max = 1024, .blk_max = 8};
    if (lq_arena_init(&w->arena, 4u << 20))
        abort();
    LQ_ASSERT(lq_undo_new(&w->undo, &w->arena, &undo) == LQ_OK);
    LQ_ASSERT(lq_oracles_new(&w->o, &w->arena, w->undo, &config) == LQ_OK);
}

static lq_address_t address_of(uint8_t n)
{
    return (lq_address_t){{[19] = (uint8_t)(1 + n % WORLD_CNT)}};
}

/* A word as contracts give it more often than arbitrary bytes are. */
static void put_word(fuzz_input_t *in, uint8_t out[32])
{
    uint8_t kind = fuzz_byte(in);
    memset(out, 0, 32);
    if (kind < 64) {
        out[31] = fuzz_byte(in);
    } else if (kind < 128) {
        lq_address_t a = address_of(kind);
        memcpy(out + 12, a.b, sizeof(a.b));
    } else if (kind < 160) {
        lq_u256_t sec = lq_u256_from_u64(NOW_SEC - 64 + fuzz_byte(in));
        lq_u256_to_be(out, &sec);
    } else if (kind < 192) {
        out[24] = 0x0d;
        out[25] = 0xe0;
        out[26] = fuzz_byte(in);
    } else if (kind < 208) {
        memset(out, 0xff, 32);
        out[31] = fuzz_byte(in);
    } else {
        take_bytes(in, out, 32);
    }
}

static void answer(world_t *w, fuzz_input_t *in, lq_subject_t subject)
{
    static lq_read_call_t calls[CALL_MAX];
    static uint8_t data[DATA_MAX];
    static uint8_t answers[CALL_MAX][160];
    lq_read_result_t results[CALL_MAX];
    lq_calls_t list = {.calls = calls, .call_max = CALL_MAX, .data = data, .data_max = DATA_MAX};
    LQ_ASSERT(lq_oracles_reads(w->o, &list, subject) == LQ_OK);
    for (size_t i = 0; i < list.call_cnt; i++) {
        uint8_t kind = fuzz_byte(in);
        size_t word_cnt = kind % 4 == 0 ? 0 : kind % 4 == 1 ? 5 : 1;
        for (size_t k = 0; k < word_cnt; k++)
            put_word(in, answers[i] + 32 * k);
        size_t sz = 32 * word_cnt;
        if (kind > 250 && sz)
            sz--;
        results[i] = (lq_read_result_t){kind % 8 != 0, answers[i], sz};
    }
    size_t cnt = list.call_cnt;
    if (cnt && fuzz_byte(in) == 255)
        cnt--;
    (void)lq_oracles_answer(w->o, subject, results, cnt, w->block_sec);
}

static void apply_log(world_t *w, fuzz_input_t *in)
{
    lq_address_t watched[4 * FEED_MAX];
    uint8_t data[288];
    size_t topic_cnt;
    const lq_hash_t *topics = lq_oracles_topics(&topic_cnt);
    size_t cnt = lq_oracles_watch(w->o, watched, LQ_ARRAY_CNT(watched));
    LQ_ASSERT(cnt <= LQ_ARRAY_CNT(watched));
    uint8_t which = fuzz_byte(in);
    lq_evm_log_t log = {.address = cnt ? watched[which % cnt] : address_of(which), .data = data};
    log.topic_cnt = fuzz_byte(in) % (LQ_TOPIC_MAX + 1);
    log.topics[0] = topics[fuzz_byte(in) % topic_cnt];
    put_word(in, log.topics[1].b);
    put_word(in, log.topics[2].b);
    log.data_sz = 32 * (size_t)(fuzz_byte(in) % 10);
    for (size_t at = 0; at < log.data_sz; at += 32)
        put_word(in, data + at);
    uint32_t feed = UINT32_MAX;
    lq_feed_outcome_t outcome = lq_oracles_apply(w->o, &feed, &log, w->block_sec);
    LQ_ASSERT(feed == UINT32_MAX || feed < lq_oracles_feed_cnt(w->o));
    LQ_ASSERT(feed == UINT32_MAX || outcome != LQ_FEED_SAME);
}

static void step_block(world_t *w, bool back)
{
    lq_oracles_settled(w->o);
    if (back && lq_undo_depth(w->undo) > 0) {
        LQ_ASSERT(lq_undo_back(w->undo, w->blk) == LQ_OK);
        w->blk--;
        w->block_sec -= 12;
        return;
    }
    lq_undo_begin(w->undo, ++w->blk);
    w->block_sec += 12;
    lq_oracles_set_now(w->o, w->block_sec);
}

static void use_token(world_t *w, fuzz_input_t *in)
{
    uint32_t token;
    lq_value_t value;
    lq_value_gap_t gap;
    lq_value_limits_t limits = {10, 100};
    lq_address_t address = address_of(fuzz_byte(in));
    if (lq_oracles_add_token(w->o, &token, &address))
        return;
    size_t cnt = lq_oracles_cnt(w->o);
    if (cnt) {
        uint32_t oracle = fuzz_byte(in) % (uint32_t)cnt;
        lq_err_t err = lq_oracles_add_source(w->o, token, oracle);
        LQ_ASSERT(err == LQ_OK || err == LQ_ERR_FULL);
        err = lq_oracles_gap(w->o, &gap, oracle, token, &limits);
        LQ_ASSERT(err == LQ_OK || err == LQ_ERR_EMPTY);
    }
    (void)lq_oracles_value(w->o, &value, token, &limits);
}

static void step(world_t *w, fuzz_input_t *in)
{
    lq_subject_t subject = {0};
    uint32_t oracle;
    lq_address_t source;
    uint8_t op = fuzz_byte(in);
    switch (op % 10) {
    case 0:
        source = address_of(fuzz_byte(in));
        LQ_ASSERT(lq_oracles_add(w->o, &oracle, &source, (lq_oracle_view_t)(fuzz_byte(in) % 3)) ==
                      LQ_OK ||
                  lq_oracles_cnt(w->o) == ORACLE_MAX);
        return;
    case 1:
    case 2:
    case 3:
        for (uint8_t skip = fuzz_byte(in) % 4; lq_oracles_next(w->o, &subject) && skip > 0;)
            skip--;
        break;
    case 4:
        (void)lq_oracles_every_block(w->o, &subject);
        break;
    case 5:
        (void)lq_oracles_recheck(w->o, &subject);
        break;
    case 6:
        if (lq_oracles_cnt(w->o))
            lq_oracles_mismatch(w->o, fuzz_byte(in) % (uint32_t)lq_oracles_cnt(w->o));
        return;
    case 7:
        step_block(w, op >= 128);
        return;
    case 8:
        use_token(w, in);
        return;
    default:
        apply_log(w, in);
        return;
    }
    if (subject.kind)
        answer(w, in, subject);
}

static bool is_of(const uint32_t *list, size_t cnt, uint32_t what)
{
    size_t i = 0;
    while (i < cnt && list[i] != what)
        i++;
    return i < cnt;
}

/* An oracle is in the lists of its feeds, and in no other. */
static void check_index(const lq_oracles_t *o)
{
    for (uint32_t f = 0; f < lq_oracles_feed_cnt(o); f++) {
        uint32_t moved[ORACLE_MAX];
        size_t cnt = lq_oracles_by_feed(o, moved, ORACLE_MAX, f);
        LQ_ASSERT(cnt <= ORACLE_MAX);
        for (uint32_t i = 0; i < lq_oracles_cnt(o); i++) {
            uint32_t feeds[LQ_PRICE_NODE_MAX];
            size_t feed_cnt = lq_price_feeds(feeds, lq_oracles_price(o, i));
            LQ_ASSERT(is_of(moved, cnt, i) == is_of(feeds, feed_cnt, f));
        }
    }
}

static void check_snapshot(world_t *w)
{
    static world_t again;
    lq_undo_piece_t from[LQ_ORACLES_PIECE_MAX];
    lq_undo_piece_t to[LQ_ORACLES_PIECE_MAX];
    make(&again);
    size_t cnt = lq_oracles_pieces(w->o, from);
    LQ_ASSERT(lq_oracles_pieces(again.o, to) == cnt);
    for (size_t i = 0; i < cnt; i++)
        memcpy(to[i].data, from[i].data, from[i].sz);
    LQ_ASSERT(lq_oracles_restored(again.o) == LQ_OK);
    LQ_ASSERT(lq_undo_digest(again.undo) == lq_undo_digest(w->undo));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    static world_t w;
    fuzz_input_t in = {data, sz};
    make(&w);
    lq_oracles_set_now(w.o, NOW_SEC);
    while (in.sz > 0)
        step(&w, &in);
    check_index(w.o);
    check_snapshot(&w);
    return 0;
}
