#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/exec/tx_manager.h"

/* What a transaction costs in the manager from the engine's wish to its last word, signature and
   recording apart: TAKE and SIGNED, in which it leaves, its receipt, and its finality. */

typedef struct txman {
    lq_txman_t *m;
    uint64_t sign_id;
    uint64_t cnt;
    lq_block_ref_t block;
} txman_t;

static lq_err_t on_record(void *ctx, const lq_tx_record_t *r)
{
    (void)ctx;
    lq_bench_keep(r);
    return LQ_OK;
}

static void on_action(void *ctx, const lq_txman_action_t *a)
{
    txman_t *t = ctx;
    if (a->kind == LQ_TXMAN_ACTION_SIGN)
        t->sign_id = a->as.sign->id;
    lq_bench_keep(a);
}

static void give(txman_t *t, lq_txman_event_t e)
{
    lq_txman_event(t->m, &e);
}

static void cycle(void *ctx, size_t iters)
{
    txman_t *t = ctx;
    static const uint8_t input[1024];
    static const lq_txman_tx_t tx = {.input = input, .input_sz = 1024, .gas_limit = 500000};
    lq_txman_take_t take = {.txs = &tx, .tx_cnt = 1, .ways = 1};
    take.tip_wei.raw = lq_u256_from_u64(1);
    take.most_fee_wei.raw = lq_u256_from_u64(1000);
    for (size_t i = 0; i < iters; i++) {
        take.about.engine_intent = ++t->cnt;
        memcpy(take.about.borrower.b, &t->cnt, 8);
        give(t, (lq_txman_event_t){.kind = LQ_TXMAN_TAKE, .as.take = &take});
        lq_txman_event_t e = {.kind = LQ_TXMAN_SIGNED};
        e.as.signed_.id = t->sign_id;
        e.as.signed_.raw = input;
        e.as.signed_.raw_sz = sizeof(input);
        memcpy(e.as.signed_.hash.b, &t->cnt, 8);
        give(t, e);
        lq_tx_receipt_t r = {.block = t->block, .ok = true, .gas = 1};
        lq_txman_told_t told = {.hash = e.as.signed_.hash, .at = t->block, .receipt = &r};
        give(t, (lq_txman_event_t){.kind = LQ_TXMAN_TOLD, .as.told = &told});
        give(t, (lq_txman_event_t){.kind = LQ_TXMAN_FINALIZED, .as.block = t->block});
    }
}

lq_bench_fn_t lq_bench_txman;
void lq_bench_txman(lq_bench_t *b)
{
    static const lq_address_t sender = {{1}};
    txman_t t = {.block = {.number = 1}};
    const lq_txman_sink_t sink = {&t, on_record, on_action};
    lq_txman_config_t config = {.chain_id = 1,
                                .senders = &sender,
                                .sender_cnt = 1,
                                .public_mask = 1,
                                .intent_max = 256,
                                .inflight_max = 16,
                                .max_fee_wei = {lq_u256_from_u64(1000)},
                                .bump_bps = 2000,
                                .resend_ns = 1};
    lq_arena_t arena;
    if (lq_arena_init(&arena, lq_txman_arena_sz(&config)) ||
        lq_txman_new(&t.m, &arena, &config, &sink))
        abort();
    lq_txman_start_t start = {.has_journal = true};
    lq_header_t head = {.block = t.block, .base_fee_wei = {lq_u256_from_u64(7)}};
    lq_txman_count_t count = {.at = t.block};
    give(&t, (lq_txman_event_t){.kind = LQ_TXMAN_START, .as.start = &start});
    give(&t, (lq_txman_event_t){.kind = LQ_TXMAN_HEAD, .as.head = &head});
    give(&t, (lq_txman_event_t){.kind = LQ_TXMAN_COUNT, .as.count = &count});
    lq_bench_case(b,
                  &(lq_bench_case_t){.name = "exec/txman_take_to_final", .work = cycle, .ctx = &t});
    lq_arena_fini(&arena);
}
