/* The header of the block that the state stands at: what came of the chain need not have had it, as
   where a snapshot was of the newest block. */

#include <stdio.h>
#include <string.h>

#include "follow_internal.h"
#include "liqd/chain/decode.h"
#include "liqd/codec/hex.h"

#define SEC_NS  UINT64_C(1000000000)
#define WAIT_NS (5 * SEC_NS)

typedef struct question {
    lq_header_t header;
    bool done;
    bool told;
} question_t;

static void on_answer(void *ctx, const lq_rpc_answer_t *answer)
{
    question_t *q = ctx;
    const lq_rpc_result_t *r = &answer->results[0];
    q->done = true;
    q->told = !r->class_ && !lq_header_decode(answer->doc, &q->header, NULL, r->value);
}

bool lq_follow_header(lq_follow_t *f, lq_header_t *out)
{
    question_t q = {.done = false};
    char hash[2 * sizeof(lq_hash_t) + 1];
    char params[sizeof(hash) + 16];
    lq_block_ref_t block = lq_sync_stat(f->state.sync).complete;
    f->ended = true;
    lq_hex_encode(hash, block.hash.b, sizeof(block.hash.b));
    hash[sizeof(hash) - 1] = '\0';
    (void)snprintf(params, sizeof(params), "[\"0x%s\",false]", hash);
    lq_rpc_item_t item = {"eth_getBlockByHash", params, strlen(params)};
    lq_pool_call_t call = {
        .rpc = {.items = &item, .item_cnt = 1, .timeout_ns = WAIT_NS, .fn = on_answer, .ctx = &q},
        .role = LQ_ROLE_READ,
        .not_mask = lq_follow_syncing_mask(f),
    };
    lq_rpc_id_t id;
    if (lq_pool_call(f->pool, &id, &call))
        return false;
    uint64_t end_mono_ns = lq_clock_now(lq_loop_clock(f->loop)).mono_ns + WAIT_NS;
    while (!q.done && lq_clock_now(lq_loop_clock(f->loop)).mono_ns < end_mono_ns)
        lq_loop_turn(f->loop, SEC_NS / 10);
    if (!q.done)
        lq_pool_cancel(f->pool, id);
    if (!q.told || memcmp(&q.header.block.hash, &block.hash, sizeof(block.hash)) != 0)
        return false;
    *out = q.header;
    return true;
}
