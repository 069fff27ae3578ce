/* Receipts of our transactions. That there is one, this one, or none, is only so if all who are
   asked say it; whether its block is the chain's the manager compares. */

#include <string.h>

#include "exec_internal.h"
#include "liqd/codec/json_write.h"
#include "liqd/codec/keccak.h"

#define PARAMS_SZ (2 * sizeof(lq_hash_t) + 6) /* ["0x..."] */

size_t exec_nodes(const lq_exec_t *x, uint32_t out[LQ_EXEC_QUORUM_MAX])
{
    size_t cnt = 0;
    size_t all = lq_pool_endpoint_cnt(x->pool);
    for (int well = 1; well >= 0 && !cnt; well--)
        for (uint32_t i = 0; i < all && cnt < x->config.count_quorum; i++) {
            lq_pool_stat_t stat = lq_pool_stat(x->pool, i);
            if ((stat.roles & LQ_ROLE_READ) && stat.health != LQ_NODE_HEALTH_FOREIGN &&
                (!well || stat.health == LQ_NODE_HEALTH_WELL))
                out[cnt++] = i;
        }
    return cnt;
}

/* What of a receipt has to be the same whoever tells it. */
static lq_hash_t digest_of(lq_exec_t *x, const lq_tx_receipt_t *receipt)
{
    lq_hash_t digest;
    const lq_tx_record_t r = {.kind = LQ_TX_RECORD_RECEIPT, .as.receipt = receipt};
    LQ_ASSERT(lq_tx_record_sz(&r) <= EXEC_DATA_MAX);
    lq_keccak256(digest.b, x->data, lq_tx_record_encode(x->data, &r));
    return digest;
}

static void doubt(exec_ask_t *ask, uint32_t endpoint, const char *why)
{
    LQ_LOG(ask->x->log, LQ_LOG_WARN, "exec", "receipt not believed",
           LQ_LOG_CSTR("endpoint", lq_pool_name(ask->x->pool, endpoint)), LQ_LOG_CSTR("why", why));
}

/* The last of all who are asked, where they tell the same. */
static void take_found(exec_ask_t *ask, size_t i, const lq_rpc_answer_t *answer,
                       lq_json_val_t value)
{
    lq_exec_t *x = ask->x;
    lq_tx_receipt_t receipt;
    lq_err_msg_t msg = {""};
    if (exec_take_receipt(x, &receipt, &msg, &ask->hashes[i], answer->doc, value)) {
        doubt(ask, answer->endpoint, msg.text);
        lq_pool_note_fault(x->pool, answer->endpoint);
        return;
    }
    lq_hash_t digest = digest_of(x, &receipt);
    if (ask->found_cnt[i]++ == 0)
        ask->found[i] = digest;
    if (memcmp(&ask->found[i], &digest, sizeof(digest)) != 0) {
        doubt(ask, answer->endpoint, "another node tells another one");
        ask->found_cnt[i] = LQ_EXEC_QUORUM_MAX + 1; /* nobody is believed in this round */
    }
    if (ask->found_cnt[i] == ask->node_cnt)
        exec_tell_receipt(x, &receipt, &ask->at);
}

static void tell_absent(exec_ask_t *ask, size_t i)
{
    lq_txman_told_t told = {
        .hash = ask->hashes[i], .round = ask->round, .at = ask->at, .absent = true};
    lq_txman_event_t event = {.kind = LQ_TXMAN_TOLD, .as.told = &told};
    exec_give(ask->x, &event);
}

/* All have answered, or not. */
static void end_round(exec_ask_t *ask)
{
    for (size_t i = 0; i < ask->cnt; i++)
        if (ask->absent_cnt[i] == ask->node_cnt)
            tell_absent(ask, i);
    ask->used = false;
}

static void on_receipts(void *ctx, const lq_rpc_answer_t *answer)
{
    exec_ask_call_t *call = ctx;
    exec_ask_t *ask = call->ask;
    lq_exec_t *x = ask->x;
    call->open = false;
    ask->open_cnt--;
    for (size_t i = 0; i < call->cnt; i++) {
        const lq_rpc_result_t *r = &answer->results[i];
        if (r->class_ != LQ_RPC_OK)
            continue;
        if (lq_json_kind(r->value) == LQ_JSON_KIND_NULL)
            ask->absent_cnt[call->first + i]++;
        else
            take_found(ask, call->first + i, answer, r->value);
    }
    if (!ask->open_cnt)
        end_round(ask);
    exec_end(x);
}

static size_t write_params(char out[PARAMS_SZ], const lq_hash_t *hash)
{
    (void)lq_json_put_text(lq_json_put_hex(lq_json_put_text(out, "["), hash->b, sizeof(hash->b)),
                           "]");
    return PARAMS_SZ;
}

static void ask_node(exec_ask_t *ask, exec_ask_call_t *call, uint32_t endpoint)
{
    char texts[EXEC_ASK_CHUNK][PARAMS_SZ];
    lq_rpc_item_t items[EXEC_ASK_CHUNK];
    lq_exec_t *x = ask->x;
    for (size_t i = 0; i < call->cnt; i++)
        items[i] = (lq_rpc_item_t){"eth_getTransactionReceipt", texts[i],
                                   write_params(texts[i], &ask->hashes[call->first + i])};
    lq_pool_call_t rpc = {.rpc = {items, call->cnt, x->config.timeout_ns, on_receipts, call},
                          .role = LQ_ROLE_READ,
                          .pinned = true,
                          .endpoint = endpoint,
                          .min_head_blk = ask->at.number};
    call->open = lq_pool_call(x->pool, &call->rpc, &rpc) == LQ_OK;
    ask->open_cnt += call->open;
}

/* Where all rounds are under way, since the nodes are slow, this one is left out: it is asked for
   again at the next head. */
static exec_ask_t *take_round(lq_exec_t *x)
{
    for (size_t i = 0; i < EXEC_ASKS; i++)
        if (!x->asks[i].used)
            return &x->asks[i];
    LQ_LOG(x->log, LQ_LOG_WARN, "exec", "receipts are not asked for: too many questions are open");
    return NULL;
}

static void ask_some(lq_exec_t *x, const lq_hash_t *hashes, size_t cnt, uint64_t round)
{
    uint32_t nodes[LQ_EXEC_QUORUM_MAX] = {0};
    const lq_header_t *head = exec_head(x);
    exec_ask_t *ask = take_round(x);
    if (!ask)
        return;
    memset(ask, 0, sizeof(*ask));
    ask->x = x;
    ask->used = true;
    ask->round = round;
    ask->cnt = cnt;
    if (head)
        ask->at = head->block;
    memcpy(ask->hashes, hashes, cnt * sizeof(*hashes));
    ask->node_cnt = exec_nodes(x, nodes);
    for (size_t n = 0; n < ask->node_cnt; n++)
        for (size_t c = 0; c * EXEC_ASK_CHUNK < cnt; c++) {
            size_t left = cnt - c * EXEC_ASK_CHUNK;
            exec_ask_call_t *call = &ask->calls[n][c];
            *call = (exec_ask_call_t){.ask = ask,
                                      .first = c * EXEC_ASK_CHUNK,
                                      .cnt = left < EXEC_ASK_CHUNK ? left : EXEC_ASK_CHUNK};
            ask_node(ask, call, nodes[n]);
        }
    ask->used = ask->open_cnt > 0;
}

void exec_ask(lq_exec_t *x, const lq_hash_t *hashes, size_t cnt, uint64_t round)
{
    for (size_t i = 0; i < cnt; i += EXEC_ASK_MAX)
        ask_some(x, hashes + i, cnt - i < EXEC_ASK_MAX ? cnt - i : EXEC_ASK_MAX, round);
}

void exec_ask_free(lq_exec_t *x)
{
    for (size_t i = 0; i < EXEC_ASKS; i++)
        for (size_t n = 0; x->asks[i].used && n < LQ_EXEC_QUORUM_MAX; n++)
            for (size_t c = 0; c < EXEC_ASK_CALLS; c++)
                if (x->asks[i].calls[n][c].open)
                    lq_pool_cancel(x->pool, x->asks[i].calls[n][c].rpc);
}
