#include "desk.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/base/clock.h"
#include "liqd/base/text.h"
#include "liqd/chain/decode.h"
#include "liqd/rpc/failure.h"
#include "state.h"

#define SEC_NS     UINT64_C(1000000000)
#define TURN_NS    (SEC_NS / 10)
#define TIMEOUT_NS (20 * SEC_NS)

/* Address space, of which most is never touched. */
#define BASE_SZ  ((size_t)512 << 20)
#define INPUT_SZ ((size_t)LQ_DESK_CALL_MAX * 128)
#define OUT_SZ   ((size_t)LQ_DESK_CALL_MAX * 512)

struct lq_desk {
    const lq_config_t *config;
    lq_log_t *log;
    lq_arena_t arena;
    lq_loop_t *loop;
    lq_pool_t *pool;
    lq_reads_t *reads;
    /* the question under way */
    bool waiting;
    lq_err_t err;
    lq_err_msg_t *msg;
    const char *method;
    lq_desk_fn_t *fn;
    lq_desk_read_fn_t *read_fn;
    void *ctx;
};

/* ---- one question */

static void on_answer(void *ctx, const lq_rpc_answer_t *answer)
{
    lq_desk_t *d = ctx;
    const lq_rpc_result_t *r = &answer->results[0];
    char words[LQ_TEXT_QUOTE_SZ];
    char text[160];
    d->waiting = false;
    if (!r->class_) {
        d->err = d->fn(d->ctx, d->msg, answer->doc, r->value);
        return;
    }
    size_t sz = r->message_sz < sizeof(text) - 1 ? r->message_sz : sizeof(text) - 1;
    if (sz)
        memcpy(text, r->message, sz);
    text[sz] = '\0';
    bool silent = r->class_ == LQ_RPC_TIMEOUT || r->class_ == LQ_RPC_UNSENT;
    d->err = lq_err_msg_set(d->msg, silent ? LQ_ERR_TIMEOUT : LQ_ERR_REMOTE,
                            "%s: %s: liqd check --online tells what the nodes can do", d->method,
                            silent ? "no node answers" : lq_text_quote(words, text));
}

static void wait(lq_desk_t *d)
{
    while (d->waiting)
        lq_loop_turn(d->loop, TURN_NS);
}

lq_err_t lq_desk_ask(lq_desk_t *desk, lq_err_msg_t *msg, const char *method, const char *params,
                     lq_desk_fn_t *fn, void *ctx)
{
    lq_rpc_item_t item = {method, params, strlen(params)};
    lq_pool_call_t call = {.rpc = {.items = &item,
                                   .item_cnt = 1,
                                   .timeout_ns = TIMEOUT_NS,
                                   .fn = on_answer,
                                   .ctx = desk},
                           .role = LQ_ROLE_READ};
    lq_rpc_id_t id;
    desk->msg = msg;
    desk->method = method;
    desk->fn = fn;
    desk->ctx = ctx;
    lq_err_t err = lq_pool_call(desk->pool, &id, &call);
    if (err)
        return lq_err_msg_set(msg, err, "%s: %s", method, lq_err_str(err));
    desk->waiting = true;
    wait(desk);
    return desk->err;
}

static lq_err_t take_block(void *ctx, lq_err_msg_t *msg, const lq_json_t *doc, lq_json_val_t result)
{
    return lq_header_decode(doc, ctx, msg, result);
}

lq_err_t lq_desk_block(lq_desk_t *desk, lq_err_msg_t *msg, lq_header_t *out, const char *tag)
{
    char params[64];
    (void)snprintf(params, sizeof(params), "[\"%s\",false]", tag);
    lq_err_t err = lq_desk_ask(desk, msg, "eth_getBlockByNumber", params, take_block, out);
    for (uint32_t i = 0; !err && i < lq_pool_endpoint_cnt(desk->pool); i++)
        lq_pool_note_head(desk->pool, i, out->block.number);
    return err;
}

/* ---- a read */

static void on_read(void *ctx, const lq_event_t *event)
{
    lq_desk_t *d = ctx;
    const lq_read_answer_t *answer = event->as.read;
    d->waiting = false;
    d->err = answer->err;
    if (!answer->err)
        d->read_fn(d->ctx, answer);
}

lq_err_t lq_desk_read(lq_desk_t *desk, lq_err_msg_t *msg, const lq_block_ref_t *block,
                      const lq_calls_t *calls, lq_desk_read_fn_t *fn, void *ctx)
{
    desk->read_fn = fn;
    desk->ctx = ctx;
    desk->err = lq_reads_submit(desk->reads, 1, block, calls->calls, calls->call_cnt);
    desk->waiting = !desk->err;
    wait(desk);
    return desk->err ? lq_err_msg_set(msg, desk->err, "the contracts cannot be read: %s",
                                      lq_err_str(desk->err))
                     : LQ_OK;
}

/* ---- making it */

static lq_err_t open_all(lq_desk_t *d, const lq_nodes_t *nodes, size_t timer_cnt, size_t memory_sz)
{
    const lq_config_t *config = d->config;
    lq_pool_config_t pool = {.endpoints = nodes->endpoints,
                             .endpoint_cnt = nodes->cnt,
                             .chain_id = config->chain_id,
                             .block_ns = config->block_ns,
                             .lag_blk_max = 8,
                             .seed = lq_state_seed()};
    lq_reads_config_t reads = {.read_max = 1,
                               .call_max = LQ_DESK_CALL_MAX,
                               .input_max = INPUT_SZ,
                               .output_max = OUT_SZ,
                               .chunk_call_max = 256,
                               .timeout_ns = TIMEOUT_NS};
    if (config->multicall[0])
        reads.multicall = lq_config_address(config->multicall);
    lq_err_t err = lq_arena_init(&d->arena, BASE_SZ + lq_nodes_sz(nodes) + memory_sz);
    if (!err)
        err = lq_loop_new(&d->loop, &d->arena, lq_clock_system(),
                          lq_nodes_timer_cnt(nodes) + timer_cnt);
    if (!err)
        err = lq_pool_new(&d->pool, &d->arena, d->loop, d->log, &pool);
    if (!err)
        err = lq_reads_new(&d->reads, &d->arena, d->loop, d->log, d->pool, &reads, on_read, d);
    return err;
}

lq_err_t lq_desk_open(lq_desk_t **desk, lq_err_msg_t *msg, const lq_config_t *config,
                      const lq_nodes_t *nodes, lq_log_t *log, size_t timer_cnt, size_t memory_sz)
{
    if (!nodes->cnt)
        return lq_err_msg_set(msg, LQ_ERR_EMPTY, "no node is configured: name one under nodes");
    lq_desk_t *d = calloc(1, sizeof(*d));
    if (!d)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "out of memory");
    d->config = config;
    d->log = log;
    lq_err_t err = open_all(d, nodes, timer_cnt, memory_sz);
    if (err) {
        lq_desk_close(d);
        return lq_err_msg_set(msg, err, "the nodes cannot be asked: %s", lq_err_str(err));
    }
    *desk = d;
    return LQ_OK;
}

void lq_desk_close(lq_desk_t *desk)
{
    if (!desk)
        return;
    lq_reads_free(desk->reads);
    lq_pool_free(desk->pool);
    lq_loop_free(desk->loop);
    lq_arena_fini(&desk->arena);
    free(desk);
}

lq_loop_t *lq_desk_loop(lq_desk_t *desk)
{
    return desk->loop;
}

lq_pool_t *lq_desk_pool(lq_desk_t *desk)
{
    return desk->pool;
}

lq_arena_t *lq_desk_arena(lq_desk_t *desk)
{
    return &desk->arena;
}
