#include "fuzz.h"
#include "fuzz_input.h"

#include <string.h>

#include "../../src/chain/ranges_internal.h"

typedef struct flight {
    lq_ranges_t r;
    lq_ranges_config_t c;
    lq_range_t sent[LQ_RANGES_PARALLEL_MAX];
    size_t sent_cnt;
    uint64_t now_ns, next_blk;
} flight_t;

static void deliver(flight_t *f)
{
    lq_range_t given;
    while (lq_ranges_deliver(&f->r, &given, f->now_ns)) {
        LQ_ASSERT(given.from_blk == f->next_blk && given.to_blk >= given.from_blk);
        f->next_blk = given.to_blk + 1;
    }
    LQ_ASSERT(f->r.held_sz <= f->c.hold_max && f->r.piece_cnt <= LQ_RANGES_PIECE_MAX);
    (void)lq_ranges_eta_ns(&f->r);
}

static void answer(flight_t *f, const lq_range_t *q, uint64_t row_cnt, size_t sz)
{
    uint32_t last;
    while (f->r.held_sz + sz > f->c.hold_max && lq_ranges_is_head(&f->r, q->id) &&
           lq_ranges_last_held(&f->r, &last))
        lq_ranges_dropped(&f->r, last, 0);
    size_t held_sz = f->r.held_sz;
    if (held_sz + sz > f->c.hold_max)
        lq_ranges_dropped(&f->r, q->id, sz);
    else if (lq_ranges_answered(&f->r, q->id, row_cnt, lq_ranges_is_round(row_cnt), sz) ==
             LQ_RANGES_HOLD)
        LQ_ASSERT(f->r.held_sz == held_sz + sz);
    else
        LQ_ASSERT(f->r.held_sz == held_sz && !q->receipts);
    deliver(f);
}

/* Whether it goes on. */
static bool refuse(flight_t *f, const lq_range_t *q, unsigned class_, fuzz_input_t *in)
{
    lq_rpc_hint_t hint = {.range_max = fuzz_number(in, 2)};
    hint.from = fuzz_number(in, 1) & 1 ? q->from_blk : fuzz_number(in, 8);
    hint.to = hint.from + fuzz_number(in, 2);
    uint32_t endpoint = (uint32_t)fuzz_number(in, 1);
    uint64_t wait_ns = fuzz_number(in, 1) & 1 ? fuzz_number(in, 8) : 0;
    return !lq_ranges_refused(&f->r, q->id, (lq_rpc_class_t)class_, &hint, endpoint, wait_ns,
                              f->now_ns);
}

/* Sends what it may. Time moves where nothing else would. */
static void ask(flight_t *f)
{
    uint64_t wake;
    lq_range_t q;
    for (;;) {
        while (lq_ranges_next(&f->r, &q, &wake, f->now_ns)) {
            LQ_ASSERT(f->sent_cnt < f->c.parallel);
            LQ_ASSERT(q.from_blk >= f->next_blk && q.from_blk <= q.to_blk);
            LQ_ASSERT(q.to_blk <= f->c.to_blk && q.to_blk - q.from_blk < f->c.range_max_blk);
            LQ_ASSERT(!q.receipts || q.from_blk == q.to_blk);
            f->sent[f->sent_cnt++] = q;
        }
        if (f->sent_cnt || lq_ranges_is_done(&f->r))
            return;
        LQ_ASSERT(wake > f->now_ns && wake != UINT64_MAX);
        f->now_ns = wake;
    }
}

/* The law: whatever comes back, blocks are delivered in order and none is lost; and once the nodes
   answer, it ends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    fuzz_input_t in = {data, sz};
    flight_t f = {0};
    f.c.from_blk = fuzz_number(&in, 1) & 1 ? fuzz_number(&in, 8) / 2 : fuzz_number(&in, 1);
    f.c.to_blk = f.c.from_blk + fuzz_number(&in, 2) % 4096;
    f.c.range_blk = 1 + fuzz_number(&in, 1);
    f.c.range_max_blk = f.c.range_blk + fuzz_number(&in, 2);
    f.c.parallel = 1 + (size_t)fuzz_number(&in, 1) % LQ_RANGES_PARALLEL_MAX;
    f.c.hold_max = 1 + (size_t)fuzz_number(&in, 3);
    f.c.endpoint_cnt = 1 + (uint32_t)fuzz_number(&in, 1) % 32;
    f.next_blk = f.c.from_blk;
    LQ_ASSERT(!lq_ranges_init(&f.r, &f.c, 0));
    uint64_t step_cnt = 0;
    for (ask(&f); !lq_ranges_is_done(&f.r); ask(&f)) {
        size_t i = (size_t)fuzz_number(&in, 1) % f.sent_cnt;
        lq_range_t q = f.sent[i];
        f.sent[i] = f.sent[--f.sent_cnt];
        f.now_ns += fuzz_number(&in, 1) << 20;
        unsigned class_ = (unsigned)fuzz_number(&in, 1) % LQ_RPC_CLASS_CNT;
        if (!class_)
            answer(&f, &q, fuzz_number(&in, 2), (size_t)fuzz_number(&in, 3) % (f.c.hold_max + 1));
        else if (!refuse(&f, &q, class_, &in))
            return 0;
        /* at worst one block at a time, and now and then a drop for want of room */
        LQ_ASSERT(in.sz || ++step_cnt < 200000);
    }
    LQ_ASSERT(f.next_blk == f.c.to_blk + 1 && f.sent_cnt == 0);
    return 0;
}
