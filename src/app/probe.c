#include "probe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "liqd/base/arena.h"
#include "liqd/base/log.h"
#include "liqd/base/rng.h"
#include "liqd/base/text.h"
#include "liqd/chain/decode.h"
#include "liqd/chain/fees.h"
#include "liqd/net/loop.h"
#include "liqd/rpc/endpoint.h"

#define DEADLINE_SEC 30u
#define DEADLINE_NS  (DEADLINE_SEC * (uint64_t)1000000000)
#define LATENCY_CNT  5u
#define SAID_SZ      1100u               /* a node's words, before they are cut */
#define ANSWER_MAX   (4u << 20)          /* no answer to what is asked here is larger */
#define REQUEST_MAX  (64u << 10)         /* nor are requests */
#define NODE_SZ      ((size_t)128 << 20) /* memory for one, most of which is never touched */

/* Ranges of eth_getLogs that are tried, widest first. */
static const uint64_t log_ranges[] = {100000, 10000, 2000, 1000, 500, 100, 10, 1};

typedef struct run run_t;

/* All nodes, on one loop. */
typedef struct session {
    const lq_config_t *config;
    const lq_nodes_t *nodes;
    lq_arena_t arena;
    lq_loop_t *loop;
    lq_log_t log;
    lq_rng_t rng;
    size_t busy_cnt;
    bool done;
} session_t;

/* One node's questions, one after the other. */
struct run {
    session_t *session;
    size_t idx; /* of the node */
    lq_probe_t *probe;
    lq_endpoint_t *endpoint;
    uint64_t timeout_ns;
    bool stream;
    bool ended;
    size_t step;
    size_t round; /* of a step that repeats */
    lq_header_t head;
    uint64_t latencies[LATENCY_CNT];
    size_t sub_wait_cnt; /* subscriptions that have not been answered */
    lq_timer_t deadline;
};

/* A question: PARAMS writes its parameters, or returns false where it is not to be asked; TAKE
   looks at the answer and returns whether to ask again. */
typedef struct step {
    const char *method;
    bool (*params)(const run_t *run, char *out, size_t out_sz);
    bool (*take)(run_t *run, const lq_rpc_answer_t *answer);
} step_t;

static void drop_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx;
    (void)level;
    (void)line;
    (void)line_sz;
}

/* Whether nothing that can be read came back. */
static bool is_silence(lq_rpc_class_t c)
{
    return c == LQ_RPC_TIMEOUT || c == LQ_RPC_BROKEN || c == LQ_RPC_UNSENT;
}

static void end(run_t *run)
{
    if (run->ended)
        return;
    run->ended = true;
    lq_timer_stop(run->session->loop, &run->deadline);
    run->session->done = --run->session->busy_cnt == 0;
}

/* Ends once everything is answered. */
static void end_if_done(run_t *run);

static bool no_params(const run_t *run, char *out, size_t out_sz)
{
    (void)run;
    (void)snprintf(out, out_sz, "[]");
    return true;
}

/* Keeps the SZ bytes at TEXT, which the node wrote, as far as there is room. */
static void keep_words(char out[LQ_PROBE_TEXT_SZ], const run_t *run, const char *text, size_t sz)
{
    char whole[SAID_SZ];
    (void)snprintf(whole, sizeof(whole), "%.*s", (int)sz, text);
    lq_nodes_hide(whole, run->session->nodes, run->idx); /* before it is cut, perhaps within one */
    (void)snprintf(out, LQ_PROBE_TEXT_SZ, "%.*s", (int)LQ_PROBE_TEXT_SZ - 1, whole);
}

static bool take_client(run_t *run, const lq_rpc_answer_t *answer)
{
    char text[SAID_SZ];
    const char *raw;
    size_t sz;
    lq_probe_t *probe = run->probe;
    if (answer->results[0].class_)
        return false;
    if (!lq_json_get_text(answer->doc, text, &sz, sizeof(text), NULL, answer->results[0].value,
                          NULL))
        keep_words(probe->client, run, text, sz);
    else if (!lq_json_get_raw(answer->doc, &raw, &sz, NULL, answer->results[0].value, NULL))
        keep_words(probe->client, run, raw, sz < sizeof(text) ? sz : sizeof(text) - 1);
    return false;
}

/* Notes why the node is of no use; what may be its own words in quotes. */
static void refuse(run_t *run, const char *method, const lq_rpc_result_t *result)
{
    lq_probe_t *probe = run->probe;
    const char *class_ = lq_rpc_class_str(result->class_);
    char said[LQ_PROBE_TEXT_SZ];
    char quoted[LQ_TEXT_QUOTE_SZ];
    keep_words(said, run, result->message, result->message_sz);
    if (!result->class_)
        probe->err =
            lq_err_msg_set(&probe->fault, LQ_ERR_SYNTAX, "%s: answered with nonsense", method);
    else if (result->class_ == LQ_RPC_UNSENT) /* nothing came from it */
        probe->err = lq_err_msg_set(&probe->fault, LQ_ERR_IO, "%s", said);
    else
        probe->err = lq_err_msg_set(
            &probe->fault, is_silence(result->class_) ? LQ_ERR_IO : LQ_ERR_REMOTE, "%s: %s%s%s",
            method, class_, said[0] && strcmp(said, class_) != 0 ? ": " : "",
            said[0] && strcmp(said, class_) != 0 ? lq_text_quote(quoted, said) : "");
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x;
    uint64_t y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

/* Five times, since the first answer pays for the connection. */
static bool take_chain_id(run_t *run, const lq_rpc_answer_t *answer)
{
    lq_probe_t *probe = run->probe;
    const lq_rpc_result_t *result = &answer->results[0];
    if (result->class_ ||
        lq_json_get_qty_u64(answer->doc, &probe->chain_id, NULL, result->value, NULL)) {
        refuse(run, "eth_chainId", result);
        end(run);
        return false;
    }
    probe->available = true;
    probe->chain =
        probe->chain_id == run->session->config->chain_id ? LQ_FINDING_YES : LQ_FINDING_NO;
    if (probe->chain == LQ_FINDING_NO) {
        end(run);
        return false;
    }
    run->latencies[run->round] = answer->latency_ns;
    if (run->round + 1 < LATENCY_CNT)
        return true;
    qsort(run->latencies, LATENCY_CNT, sizeof(run->latencies[0]), compare_u64);
    probe->latency_ns = run->latencies[LATENCY_CNT / 2];
    return false;
}

/* false, or an object that tells how far it is. */
static bool take_syncing(run_t *run, const lq_rpc_answer_t *answer)
{
    bool syncing = true;
    const lq_rpc_result_t *result = &answer->results[0];
    if (result->class_)
        return false;
    bool told = lq_json_kind(result->value) == LQ_JSON_KIND_OBJECT ||
                !lq_json_get_bool(answer->doc, &syncing, NULL, result->value, NULL);
    if (told)
        run->probe->syncing = syncing ? LQ_FINDING_YES : LQ_FINDING_NO;
    return false;
}

static bool latest_params(const run_t *run, char *out, size_t out_sz)
{
    (void)run;
    (void)snprintf(out, out_sz, "[\"latest\",false]");
    return true;
}

static bool take_head(run_t *run, const lq_rpc_answer_t *answer)
{
    lq_probe_t *probe = run->probe;
    if (answer->results[0].class_ ||
        lq_header_decode(answer->doc, &run->head, NULL, answer->results[0].value)) {
        refuse(run, "eth_getBlockByNumber", &answer->results[0]); /* nothing works without */
        return false;
    }
    uint64_t now_sec = answer->recv.wall_ns / 1000000000u;
    probe->head = LQ_FINDING_YES;
    probe->head_blk = run->head.block.number;
    probe->head_age_sec = now_sec > run->head.timestamp_sec ? now_sec - run->head.timestamp_sec : 0;
    return false;
}

static bool parent_params(const run_t *run, char *out, size_t out_sz)
{
    if (run->probe->head != LQ_FINDING_YES || !run->head.block.number ||
        !run->session->config->elasticity)
        return false;
    (void)snprintf(out, out_sz, "[\"0x%" PRIx64 "\",false]", run->head.block.number - 1);
    return true;
}

/* A block of that number that is not the parent, after a reorg or of another node behind the same
   address, proves nothing. */
static bool take_parent(run_t *run, const lq_rpc_answer_t *answer)
{
    const lq_config_t *config = run->session->config;
    lq_base_fee_rule_t rule = {config->elasticity, config->base_fee_denominator};
    lq_header_t parent;
    lq_wei_t next;
    if (!answer->results[0].class_ &&
        !lq_header_decode(answer->doc, &parent, NULL, answer->results[0].value) &&
        memcmp(&parent.block.hash, &run->head.parent_hash, sizeof(lq_hash_t)) == 0 &&
        !lq_base_fee_next(&next, &parent, &rule))
        run->probe->base_fee =
            lq_wei_cmp(&next, &run->head.base_fee_wei) == 0 ? LQ_FINDING_YES : LQ_FINDING_NO;
    return false;
}

static bool final_params(const run_t *run, char *out, size_t out_sz)
{
    if (run->session->config->finality == LQ_FINALITY_NONE)
        return false;
    (void)snprintf(out, out_sz, "[\"%s\",false]",
                   lq_finality_names[run->session->config->finality]);
    return true;
}

static bool take_final(run_t *run, const lq_rpc_answer_t *answer)
{
    lq_header_t header;
    if (is_silence(answer->results[0].class_))
        return false;
    run->probe->final = LQ_FINDING_NO;
    if (answer->results[0].class_ ||
        lq_header_decode(answer->doc, &header, NULL, answer->results[0].value))
        return false;
    run->probe->final = LQ_FINDING_YES;
    run->probe->final_blk = header.block.number;
    return false;
}

static bool multicall_params(const run_t *run, char *out, size_t out_sz)
{
    if (!run->session->config->multicall[0])
        return false;
    (void)snprintf(out, out_sz, "[\"%s\",\"latest\"]", run->session->config->multicall);
    return true;
}

static bool take_multicall(run_t *run, const lq_rpc_answer_t *answer)
{
    const char *hex;
    size_t hex_sz;
    if (!answer->results[0].class_ &&
        !lq_json_get_raw(answer->doc, &hex, &hex_sz, NULL, answer->results[0].value, NULL))
        run->probe->multicall = hex_sz > 2 ? LQ_FINDING_YES : LQ_FINDING_NO;
    return false;
}

/* The blocks of the present round: no more than there are. */
static uint64_t log_span(const run_t *run)
{
    uint64_t all = run->head.block.number + 1;
    return log_ranges[run->round] < all ? log_ranges[run->round] : all;
}

/* Logs of an address that has none: the range alone is what the node minds. */
static bool logs_params(const run_t *run, char *out, size_t out_sz)
{
    if (run->probe->head != LQ_FINDING_YES)
        return false;
    uint64_t to = run->head.block.number;
    uint64_t from = to + 1 - log_span(run);
    (void)snprintf(out, out_sz,
                   "[{\"address\":\"0x00000000000000000000000000000000000000ff\","
                   "\"fromBlock\":\"0x%" PRIx64 "\",\"toBlock\":\"0x%" PRIx64 "\"}]",
                   from, to);
    return true;
}

static bool take_logs(run_t *run, const lq_rpc_answer_t *answer)
{
    const lq_rpc_result_t *result = &answer->results[0];
    if (!result->class_) {
        if (lq_json_kind(result->value) == LQ_JSON_KIND_ARRAY)
            run->probe->log_range_blk = log_span(run);
        else
            refuse(run, "eth_getLogs", result);
        return false;
    }
    keep_words(run->probe->log_refusal, run, result->message, result->message_sz);
    return (result->class_ == LQ_RPC_RANGE || result->class_ == LQ_RPC_ROWS ||
            result->class_ == LQ_RPC_TIMEOUT || result->class_ == LQ_RPC_UNKNOWN ||
            result->class_ == LQ_RPC_PARAMS) &&
           run->round + 1 < LQ_ARRAY_CNT(log_ranges);
}

static const step_t steps[] = {
    {"eth_chainId", no_params, take_chain_id},
    {"web3_clientVersion", no_params, take_client},
    {"eth_syncing", no_params, take_syncing},
    {"eth_getBlockByNumber", latest_params, take_head},
    {"eth_getBlockByNumber", parent_params, take_parent},
    {"eth_getBlockByNumber", final_params, take_final},
    {"eth_getCode", multicall_params, take_multicall},
    {"eth_getLogs", logs_params, take_logs},
};

static void on_answer(void *ctx, const lq_rpc_answer_t *answer);

/* Asks the next question that is to be asked. */
static void ask(run_t *run)
{
    char params[256];
    while (run->step < LQ_ARRAY_CNT(steps) && !steps[run->step].params(run, params, sizeof(params)))
        run->step++;
    if (run->step == LQ_ARRAY_CNT(steps)) {
        end_if_done(run);
        return;
    }
    lq_rpc_item_t item = {steps[run->step].method, params, strlen(params)};
    lq_rpc_call_t call = {&item, 1, run->timeout_ns, on_answer, run};
    lq_rpc_id_t id;
    lq_err_t err = lq_endpoint_call(run->endpoint, &id, &call);
    if (err && err != LQ_ERR_CLOSED) { /* else end_lost says why */
        run->probe->err =
            lq_err_msg_set(&run->probe->fault, err, "%s: %s", item.method, lq_err_str(err));
        end(run);
    }
}

static void on_answer(void *ctx, const lq_rpc_answer_t *answer)
{
    run_t *run = ctx;
    if (run->ended)
        return;
    const step_t *step = &steps[run->step];
    const lq_rpc_result_t *result = &answer->results[0];
    bool again = step->take(run, answer);
    if (!again && is_silence(result->class_) && !run->probe->err)
        refuse(run, step->method, result);
    run->round = again ? run->round + 1 : 0;
    run->step += again ? 0 : 1;
    if (!run->ended)
        ask(run);
}

static void end_if_done(run_t *run)
{
    if (run->step == LQ_ARRAY_CNT(steps) && !run->sub_wait_cnt)
        end(run);
}

static void on_sub(run_t *run, lq_finding_t *finding, const lq_sub_event_t *event)
{
    if (run->ended || *finding || event->what == LQ_SUB_OFF || event->what == LQ_SUB_DATA)
        return;
    *finding = event->what == LQ_SUB_ON ? LQ_FINDING_YES : LQ_FINDING_NO;
    run->sub_wait_cnt--;
    end_if_done(run);
}

static void on_sub_heads(void *ctx, const lq_sub_event_t *event)
{
    run_t *run = ctx;
    on_sub(run, &run->probe->sub_heads, event);
}

static void on_sub_logs(void *ctx, const lq_sub_event_t *event)
{
    run_t *run = ctx;
    on_sub(run, &run->probe->sub_logs, event);
}

static void subscribe(run_t *run, const char *params, lq_sub_fn_t *fn);

static void on_sub_pending(void *ctx, const lq_sub_event_t *event)
{
    run_t *run = ctx;
    if (event->what == LQ_SUB_REFUSED && !run->probe->pending_hashes && !run->ended) {
        run->probe->pending_hashes = true; /* the daemon falls back to them too */
        run->sub_wait_cnt--;
        subscribe(run, "[\"newPendingTransactions\"]", on_sub_pending);
        return;
    }
    on_sub(run, &run->probe->sub_pending, event);
}

static void subscribe(run_t *run, const char *params, lq_sub_fn_t *fn)
{
    uint32_t sub;
    if (!lq_endpoint_subscribe(run->endpoint, &sub, params, strlen(params), fn, run))
        run->sub_wait_cnt++;
}

static void subscribe_all(run_t *run)
{
    subscribe(run, "[\"newHeads\"]", on_sub_heads);
    subscribe(run, "[\"logs\",{\"address\":\"0x00000000000000000000000000000000000000ff\"}]",
              on_sub_logs);
    if (run->session->config->mempool == LQ_MEMPOOL_NONE)
        return;
    run->probe->pending_hashes = run->session->config->mempool == LQ_MEMPOOL_HASHES;
    subscribe(run,
              run->probe->pending_hashes ? "[\"newPendingTransactions\"]"
                                         : "[\"newPendingTransactions\",true]",
              on_sub_pending);
}

static void on_state(void *ctx, uint32_t endpoint, bool up)
{
    run_t *run = ctx;
    (void)endpoint;
    if (run->ended)
        return;
    if (up)
        ask(run);
}

/* Ends those whose connection failed: the endpoint would try again for ever. */
static void end_lost(run_t *runs, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++) {
        if (runs[i].ended || !runs[i].stream || !lq_endpoint_stat(runs[i].endpoint)->down_cnt)
            continue;
        runs[i].probe->err = LQ_ERR_IO;
        runs[i].probe->fault = *lq_endpoint_fault(runs[i].endpoint);
        lq_nodes_hide(runs[i].probe->fault.text, runs[i].session->nodes, runs[i].idx);
        end(&runs[i]);
    }
}

static void on_deadline(void *ctx, lq_timer_t *timer)
{
    run_t *run = ctx;
    (void)timer;
    if (!run->probe->err)
        run->probe->err = lq_err_msg_set(&run->probe->fault, LQ_ERR_TIMEOUT,
                                         "not all was answered within %u s", DEADLINE_SEC);
    end(run);
}

static lq_err_t start(run_t *run, session_t *session, const lq_nodes_t *nodes, size_t i)
{
    lq_endpoint_config_t config = nodes->endpoints[i].rpc;
    run->session = session;
    run->idx = i;
    run->timeout_ns = session->config->nodes[i].timeout_ns;
    run->stream = !lq_url_is_http(config.url);
    run->deadline = (lq_timer_t){.fn = on_deadline, .ctx = run};
    config.number = (uint32_t)i;
    config.in_max = ANSWER_MAX;
    config.out_max = REQUEST_MAX;
    lq_err_t err = lq_endpoint_new(&run->endpoint, &session->arena, session->loop, &session->log,
                                   &session->rng, &config, on_state, run);
    if (err)
        return err;
    session->busy_cnt++;
    lq_timer_set_in(session->loop, &run->deadline, DEADLINE_NS);
    if (run->stream && nodes->endpoints[i].roles & LQ_ROLE_SUBSCRIBE)
        subscribe_all(run);
    if (!run->stream)
        ask(run);
    return LQ_OK;
}

static size_t timer_cnt(const lq_nodes_t *nodes)
{
    size_t cnt = nodes->cnt; /* a deadline each */
    for (size_t i = 0; i < nodes->cnt; i++)
        cnt += LQ_ENDPOINT_TIMER_CNT(nodes->endpoints[i].rpc.call_max,
                                     nodes->endpoints[i].rpc.sub_max);
    return cnt;
}

static lq_err_t open_session(session_t *session, const lq_nodes_t *nodes, const lq_config_t *config)
{
    static const lq_log_config_t quiet = {
        .level = LQ_LOG_ERROR, .line_max = LQ_LOG_LINE_MIN, .value_max = LQ_LOG_VALUE_MIN};
    session->config = config;
    session->nodes = nodes;
    lq_rng_seed(&session->rng, lq_clock_now(lq_clock_system()).mono_ns);
    if (lq_log_init(&session->log, &quiet, lq_clock_system(), drop_line, NULL))
        LQ_BUG("the settings of a log without lines are refused");
    lq_err_t err = lq_arena_init(&session->arena, (nodes->cnt + 1) * NODE_SZ);
    if (!err)
        err = lq_loop_new(&session->loop, &session->arena, lq_clock_system(), timer_cnt(nodes));
    return err;
}

lq_err_t lq_probe_all(lq_probe_t *probes, const lq_nodes_t *nodes, const lq_config_t *config)
{
    session_t session = {0};
    run_t runs[LQ_POOL_ENDPOINT_MAX] = {0};
    memset(probes, 0, nodes->cnt * sizeof(*probes));
    lq_err_t err = open_session(&session, nodes, config);
    for (size_t i = 0; i < nodes->cnt && !err; i++) {
        runs[i].probe = &probes[i];
        err = start(&runs[i], &session, nodes, i);
    }
    while (!err && !session.done) {
        lq_loop_turn(session.loop, DEADLINE_NS);
        end_lost(runs, nodes->cnt);
    }
    for (size_t i = 0; i < nodes->cnt; i++) {
        if (session.loop)
            lq_timer_stop(session.loop, &runs[i].deadline);
        lq_endpoint_free(runs[i].endpoint);
    }
    lq_loop_free(session.loop);
    lq_arena_fini(&session.arena);
    return err;
}
