#include <string.h>

#include "chain_internal.h"
#include "liqd/codec/hex.h"

/* ---- requests */

/* Writes into the chain's params. */
typedef struct writer {
    char *at;
    char *end;
} writer_t;

static void put(writer_t *w, const char *text, size_t sz)
{
    LQ_ASSERT(sz <= (size_t)(w->end - w->at)); /* chain.c has reckoned params_max */
    memcpy(w->at, text, sz);
    w->at += sz;
}

#define PUT(w, literal) put((w), "" literal, sizeof(literal) - 1)

static void put_hash(writer_t *w, const lq_hash_t *hash)
{
    char text[2 * sizeof(hash->b)];
    lq_hex_encode(text, hash->b, sizeof(hash->b));
    PUT(w, "\"0x");
    put(w, text, sizeof(text));
    PUT(w, "\"");
}

static void put_number(writer_t *w, uint64_t number)
{
    char text[LQ_HEX_U64_MAX_SZ];
    size_t sz = lq_hex_encode_u64(text, number);
    PUT(w, "\"");
    put(w, text, sz);
    PUT(w, "\"");
}

static writer_t start_params(lq_chain_t *chain)
{
    return (writer_t){chain->params, chain->params + chain->params_max};
}

static lq_rpc_item_t item_since(const writer_t *w, const char *method, const char *params)
{
    return (lq_rpc_item_t){method, params, (size_t)(w->at - params)};
}

static lq_rpc_item_t latest_item(writer_t *w)
{
    const char *params = w->at;
    PUT(w, "[\"latest\",false]");
    return item_since(w, "eth_getBlockByNumber", params);
}

static lq_rpc_item_t number_item(writer_t *w, uint64_t number)
{
    const char *params = w->at;
    PUT(w, "[");
    put_number(w, number);
    PUT(w, ",false]");
    return item_since(w, "eth_getBlockByNumber", params);
}

static lq_rpc_item_t header_item(writer_t *w, const lq_hash_t *hash)
{
    const char *params = w->at;
    PUT(w, "[");
    put_hash(w, hash);
    PUT(w, ",false]");
    return item_since(w, "eth_getBlockByHash", params);
}

static lq_rpc_item_t receipts_item(writer_t *w, const lq_hash_t *hash)
{
    const char *params = w->at;
    PUT(w, "[");
    put_hash(w, hash);
    PUT(w, "]");
    return item_since(w, "eth_getBlockReceipts", params);
}

static lq_rpc_item_t logs_item(writer_t *w, const lq_chain_t *chain, const lq_want_t *want)
{
    const char *params = w->at;
    if (want->kind == LQ_WANT_LOGS) {
        PUT(w, "[{\"blockHash\":");
        put_hash(w, &want->hash);
    } else {
        PUT(w, "[{\"fromBlock\":");
        put_number(w, want->from);
        PUT(w, ",\"toBlock\":");
        put_number(w, want->to);
    }
    if (chain->filter_sz)
        PUT(w, ",");
    put(w, chain->filter_text, chain->filter_sz);
    PUT(w, "}]");
    return item_since(w, "eth_getLogs", params);
}

/* How many headers ASK asks for: the tracker takes what it gets. */
static size_t header_cnt(const ask_t *ask)
{
    uint64_t cnt = ask->want.to - ask->want.from + 1;
    return cnt < ask->item_max ? cnt : ask->item_max;
}

/* The requests that answer ASK; returns their count. */
static size_t make_items(lq_rpc_item_t items[LQ_TRACKER_RANGE_MAX], const ask_t *ask)
{
    const lq_want_t *want = &ask->want;
    writer_t w = start_params(ask->chain);
    switch (want->kind) {
    case LQ_WANT_HEAD:
        items[0] = latest_item(&w);
        return 1;
    case LQ_WANT_HEADER:
        items[0] = header_item(&w, &want->hash);
        return 1;
    case LQ_WANT_HEADERS:
        LQ_ASSERT(want->to >= want->from && want->to - want->from < LQ_TRACKER_RANGE_MAX);
        for (uint64_t i = 0; i < header_cnt(ask); i++)
            items[i] = number_item(&w, want->from + i);
        return header_cnt(ask);
    case LQ_WANT_LOGS:
        items[0] =
            ask->by_receipts ? receipts_item(&w, &want->hash) : logs_item(&w, ask->chain, want);
        return 1;
    case LQ_WANT_LOGS_RANGE:
        items[0] = logs_item(&w, ask->chain, want);
        items[1] = number_item(&w, want->to);
        return 2;
    case LQ_WANT_RECEIPTS:
        items[0] = receipts_item(&w, &want->hash);
        return 1;
    }
    LQ_BUG("want of kind %d", (int)want->kind);
}

static void on_answer(void *ctx, const lq_rpc_answer_t *answer);

static lq_err_t send(ask_t *ask)
{
    lq_chain_t *chain = ask->chain;
    const lq_want_t *want = &ask->want;
    lq_rpc_item_t items[LQ_TRACKER_RANGE_MAX];
    lq_pool_call_t call = {
        .rpc = {.items = items,
                .item_cnt = make_items(items, ask),
                .timeout_ns = chain->config.timeout_ns,
                .fn = on_answer,
                .ctx = ask},
        .role = LQ_ROLE_READ,
        .pinned = want->endpoint != LQ_TRACKER_ANY,
        .endpoint = want->endpoint,
        .min_head_blk = want->kind == LQ_WANT_HEAD ? 0 : want->to,
        .not_mask = want->not_mask,
    };
    return lq_pool_call(chain->pool, &ask->call, &call);
}

/* ---- answers */

/* What an answer is decoded into, and how far. */
typedef struct taker {
    lq_chain_t *chain;
    const lq_json_t *doc;
    size_t header_cnt;
    size_t log_cnt;
    size_t data_sz;
    bool watched_only;
    lq_err_msg_t msg;
} taker_t;

static lq_err_t take_header(taker_t *t, lq_json_val_t at)
{
    lq_header_t *header = &t->chain->headers[t->header_cnt];
    lq_err_t err = lq_header_decode(t->doc, header, &t->msg, at);
    t->header_cnt += err == LQ_OK;
    return err;
}

/* Whether AT is a log that nobody watches; of one that is malformed the decoder says so. */
static bool is_unwatched(const taker_t *t, lq_json_val_t at)
{
    lq_evm_log_t log = {.topic_cnt = 1};
    if (lq_json_get_data(t->doc, log.address.b, sizeof(log.address), NULL, at, "address"))
        return false;
    lq_err_t err =
        lq_json_get_data(t->doc, log.topics[0].b, sizeof(lq_hash_t), NULL, at, "topics[0]");
    if (err == LQ_ERR_NOT_FOUND)
        log.topic_cnt = 0;
    else if (err)
        return false;
    return !lq_filter_has(&t->chain->filter, &log);
}

static lq_err_t take_log(taker_t *t, lq_json_val_t at)
{
    const lq_chain_config_t *config = &t->chain->config;
    if (t->watched_only && is_unwatched(t, at))
        return LQ_OK; /* before it takes room */
    if (t->log_cnt == config->block_log_max)
        return lq_err_msg_set(&t->msg, LQ_ERR_TOO_LONG, "more than %zu logs",
                              config->block_log_max);
    lq_evm_log_t *log = &t->chain->logs[t->log_cnt];
    bool removed;
    lq_err_t err = lq_evm_log_decode(t->doc, log, &removed, t->chain->data + t->data_sz,
                                     config->block_data_max - t->data_sz, &t->msg, at);
    if (err)
        return err;
    t->log_cnt++;
    t->data_sz += log->data_sz;
    return LQ_OK;
}

/* lq_json_iter walks over the members of an object, too. */
static lq_err_t iter_array(taker_t *t, lq_json_iter_t *it, lq_json_val_t at)
{
    if (lq_json_kind(at) != LQ_JSON_KIND_ARRAY)
        return lq_err_msg_set(&t->msg, LQ_ERR_SYNTAX, "not an array");
    return lq_json_iter(t->doc, it, &t->msg, at, NULL);
}

static lq_err_t take_logs(taker_t *t, lq_json_val_t at)
{
    lq_json_iter_t it;
    lq_json_val_t val;
    lq_err_t err = iter_array(t, &it, at);
    while (!err && lq_json_next(t->doc, NULL, &val, &it))
        err = take_log(t, val);
    return err;
}

static lq_err_t take_receipts(taker_t *t, lq_json_val_t at)
{
    lq_json_iter_t it;
    lq_json_val_t receipt;
    lq_json_val_t logs;
    lq_err_t err = iter_array(t, &it, at);
    while (!err && lq_json_next(t->doc, NULL, &receipt, &it)) {
        err = lq_json_find(t->doc, &logs, &t->msg, receipt, "logs");
        if (!err)
            err = take_logs(t, logs);
    }
    return err;
}

/* Whether a node said that what was asked for is not there, by null or by an error. */
static bool is_absent(const lq_rpc_result_t *result)
{
    return result->class_ == LQ_RPC_ABSENT ||
           (result->class_ == LQ_RPC_OK && lq_json_kind(result->value) == LQ_JSON_KIND_NULL);
}

static bool has_value(const lq_rpc_result_t *result)
{
    return result->class_ == LQ_RPC_OK && !is_absent(result);
}

/* What the node had: up to the first that it had not. */
static lq_err_t take_headers(taker_t *t, const lq_rpc_answer_t *answer)
{
    lq_err_t err = LQ_OK;
    for (size_t i = 0; !err && i < answer->result_cnt && has_value(&answer->results[i]); i++)
        err = take_header(t, answer->results[i].value);
    return err;
}

static lq_err_t take_answer(taker_t *t, const ask_t *ask, const lq_rpc_answer_t *answer)
{
    lq_json_val_t first = answer->results[0].value;
    switch (ask->want.kind) {
    case LQ_WANT_HEAD:
    case LQ_WANT_HEADER:
        return take_header(t, first);
    case LQ_WANT_HEADERS:
        return take_headers(t, answer);
    case LQ_WANT_LOGS:
        t->watched_only = ask->by_receipts;
        return ask->by_receipts ? take_receipts(t, first) : take_logs(t, first);
    case LQ_WANT_LOGS_RANGE: {
        lq_err_t err = take_logs(t, first);
        return err ? err : take_header(t, answer->results[1].value);
    }
    case LQ_WANT_RECEIPTS:
        return take_receipts(t, first);
    }
    LQ_BUG("want of kind %d", (int)ask->want.kind);
}

/* The first result that keeps the whole from being an answer, or NULL. */
static const lq_rpc_result_t *refusal_of(const ask_t *ask, const lq_rpc_answer_t *answer)
{
    size_t cnt = ask->want.kind == LQ_WANT_HEADERS ? 1 : answer->result_cnt;
    for (size_t i = 0; i < cnt; i++)
        if (!has_value(&answer->results[i]))
            return &answer->results[i];
    return NULL;
}

static void end_unanswered(ask_t *ask, lq_unanswered_t why, lq_time_t now)
{
    ask->chain->stat.unanswered_cnt++;
    ask->state = ASK_FREE;
    lq_tracker_unanswered(ask->chain->tracker, ask->want.id, why, now);
}

/* Whether it is a refusal of what was asked, and not of us or of now. */
static lq_unanswered_t unanswered_of(const lq_rpc_result_t *refusal)
{
    lq_rpc_class_t c = refusal->class_;
    if (is_absent(refusal))
        return LQ_UNANSWERED_ABSENT;
    return c == LQ_RPC_METHOD || c == LQ_RPC_PARAMS || c == LQ_RPC_FORBIDDEN || c == LQ_RPC_GAS ||
                   c == LQ_RPC_ROWS || c == LQ_RPC_RANGE || c == LQ_RPC_FILTER
               ? LQ_UNANSWERED_REFUSED
               : LQ_UNANSWERED_NOBODY;
}

/* A node that finds one block's logs too many, or the filter too long, may give its receipts. */
static bool retry_by_receipts(ask_t *ask, lq_rpc_class_t why)
{
    bool is_limit = why == LQ_RPC_ROWS || why == LQ_RPC_RANGE || why == LQ_RPC_FILTER;
    if (ask->want.kind != LQ_WANT_LOGS || ask->by_receipts || !is_limit)
        return false;
    ask->by_receipts = true;
    LQ_LOG(ask->chain->log, LQ_LOG_DEBUG, "chain", "logs of a block refused: its receipts instead",
           LQ_LOG_CSTR("why", lq_rpc_class_str(why)), LQ_LOG_U64("block", ask->want.to));
    return send(ask) == LQ_OK;
}

/* A node that refuses a batch may take a smaller one. */
static bool retry_with_fewer(ask_t *ask, lq_rpc_class_t why)
{
    bool is_said =
        why == LQ_RPC_GAS || why == LQ_RPC_PARAMS || why == LQ_RPC_METHOD || why == LQ_RPC_UNKNOWN;
    if (ask->want.kind != LQ_WANT_HEADERS || !is_said || header_cnt(ask) == 1)
        return false;
    ask->item_max = (uint32_t)header_cnt(ask) / 2;
    if (ask->want.endpoint != LQ_TRACKER_ANY)
        ask->chain->nodes[ask->want.endpoint].item_max = ask->item_max;
    return send(ask) == LQ_OK;
}

static const char *want_name(lq_want_kind_t kind)
{
    switch (kind) {
    case LQ_WANT_HEAD:
        return "the latest header";
    case LQ_WANT_HEADER:
        return "a header";
    case LQ_WANT_HEADERS:
        return "headers";
    case LQ_WANT_LOGS:
        return "a block's logs";
    case LQ_WANT_LOGS_RANGE:
        return "a range's logs";
    case LQ_WANT_RECEIPTS:
        return "receipts";
    }
    LQ_BUG("want of kind %d", (int)kind);
}

static void end_answered(ask_t *ask, const taker_t *t, const lq_rpc_answer_t *answer)
{
    lq_chain_t *chain = ask->chain;
    node_t *node = &chain->nodes[answer->endpoint];
    ask->state = ASK_FREE;
    if (ask->want.kind == LQ_WANT_HEADERS && answer->result_cnt == node->item_max &&
        node->item_max < LQ_TRACKER_RANGE_MAX)
        node->item_max++;
    if (ask->want.kind == LQ_WANT_HEAD) {
        lq_pool_note_head(chain->pool, answer->endpoint, chain->headers[0].block.number);
        /* as the tracker takes it to be from now on */
        lq_chain_connected(node, true, answer->recv);
    }
    lq_tracker_answer_t said = {
        .id = ask->want.id,
        .endpoint = answer->endpoint,
        .headers = chain->headers,
        .header_cnt = t->header_cnt,
        .logs = chain->logs,
        .log_cnt = t->log_cnt,
        .time = answer->recv,
    };
    uint64_t contradiction_cnt = lq_tracker_stat(chain->tracker).contradiction_cnt;
    lq_tracker_answer(chain->tracker, &said);
    if (lq_tracker_stat(chain->tracker).contradiction_cnt != contradiction_cnt)
        LQ_LOG(chain->log, LQ_LOG_INFO, "chain", "answer not believed: asked again",
               LQ_LOG_CSTR("endpoint", lq_pool_name(chain->pool, answer->endpoint)),
               LQ_LOG_CSTR("what", want_name(ask->want.kind)), LQ_LOG_U64("block", ask->want.to));
}

static void note_useless(const ask_t *ask, uint32_t endpoint, lq_err_t err, const lq_err_msg_t *msg)
{
    lq_chain_t *chain = ask->chain;
    if (err != LQ_ERR_TOO_LONG)
        lq_chain_garbage(chain, endpoint, want_name(ask->want.kind), err, msg);
    else if (ask->want.kind != LQ_WANT_LOGS_RANGE)
        lq_chain_overflow(chain, endpoint, want_name(ask->want.kind), msg);
    else
        chain->stat.overflow_cnt++; /* they are asked for block by block next */
}

static void note_refusal(const ask_t *ask, const lq_rpc_answer_t *answer,
                         const lq_rpc_result_t *refusal)
{
    const lq_chain_t *chain = ask->chain;
    bool is_known = answer->endpoint < chain->node_cnt;
    LQ_LOG(chain->log, LQ_LOG_WARN, "chain", "nobody answered",
           LQ_LOG_CSTR("endpoint", is_known ? lq_pool_name(chain->pool, answer->endpoint) : "none"),
           LQ_LOG_CSTR("what", want_name(ask->want.kind)),
           LQ_LOG_CSTR("class", lq_rpc_class_name(refusal->class_)),
           LQ_LOG_STR("answer", refusal->message, refusal->message_sz));
}

static void on_answer(void *ctx, const lq_rpc_answer_t *answer)
{
    ask_t *ask = ctx;
    lq_chain_t *chain = ask->chain;
    const lq_rpc_result_t *refusal = refusal_of(ask, answer);
    if (refusal) {
        if (retry_by_receipts(ask, refusal->class_) || retry_with_fewer(ask, refusal->class_))
            return;
        if (!is_absent(refusal))
            note_refusal(ask, answer, refusal);
        end_unanswered(ask, unanswered_of(refusal), answer->recv);
    } else {
        taker_t t = {.chain = chain, .doc = answer->doc};
        lq_err_t err = take_answer(&t, ask, answer);
        if (err) {
            note_useless(ask, answer->endpoint, err, &t.msg);
            /* want of room of ours says nothing about the node */
            end_unanswered(ask,
                           err == LQ_ERR_TOO_LONG ? LQ_UNANSWERED_NOBODY : LQ_UNANSWERED_REFUSED,
                           answer->recv);
        } else {
            end_answered(ask, &t, answer);
        }
    }
    lq_chain_pump(chain, answer->recv);
}

/* A free ask, else the oldest, whose call is given up: the tracker forgets a want that stays
   without an answer, so what is oldest here is nothing that it still waits for, or will not be for
   long. */
static ask_t *take_ask(lq_chain_t *chain)
{
    ask_t *oldest = &chain->asks[0];
    for (size_t i = 0; i < ASK_MAX; i++) {
        ask_t *ask = &chain->asks[i];
        if (ask->state == ASK_FREE)
            return ask;
        if ((int32_t)(ask->want.id - oldest->want.id) < 0) /* ids wrap */
            oldest = ask;
    }
    LQ_LOG(chain->log, LQ_LOG_WARN, "chain", "too much stays without an answer: given up",
           LQ_LOG_CSTR("what", want_name(oldest->want.kind)));
    if (oldest->state == ASK_SENT)
        lq_pool_cancel(chain->pool, oldest->call);
    else
        chain->failed_cnt--;
    chain->stat.unanswered_cnt++;
    return oldest;
}

void lq_chain_ask(void *ctx, const lq_want_t *want)
{
    lq_chain_t *chain = ctx;
    ask_t *ask = take_ask(chain);
    chain->stat.want_cnt++;
    ask->want = *want;
    ask->by_receipts = false;
    ask->item_max = want->endpoint == LQ_TRACKER_ANY ? LQ_TRACKER_RANGE_MAX
                                                     : chain->nodes[want->endpoint].item_max;
    ask->state = ASK_SENT;
    lq_err_t err = send(ask);
    if (err) {
        LQ_LOG(chain->log, LQ_LOG_WARN, "chain", "could not be asked",
               LQ_LOG_CSTR("what", want_name(want->kind)), LQ_LOG_ERR("err", err));
        ask->state = ASK_FAILED;
        chain->failed_cnt++;
    }
}

void lq_chain_ask_settle(lq_chain_t *chain, lq_time_t now)
{
    /* the tracker may want the same again, and fail again: that is for the next turn */
    size_t cnt = chain->failed_cnt;
    for (size_t i = 0; i < ASK_MAX && cnt; i++) {
        if (chain->asks[i].state != ASK_FAILED)
            continue;
        cnt--;
        chain->failed_cnt--;
        end_unanswered(&chain->asks[i], LQ_UNANSWERED_NOBODY, now);
    }
}

void lq_chain_ask_cancel(lq_chain_t *chain)
{
    for (size_t i = 0; i < ASK_MAX; i++)
        if (chain->asks[i].state == ASK_SENT)
            lq_pool_cancel(chain->pool, chain->asks[i].call);
    for (size_t i = 0; i < chain->node_cnt; i++)
        if (chain->nodes[i].polling)
            lq_pool_cancel(chain->pool, chain->nodes[i].call);
}

/* ---- polls */

void lq_chain_poll_due(node_t *node, lq_time_t now)
{
    const lq_chain_config_t *config = &node->chain->config;
    uint64_t wait_ns = config->poll_ns;
    if (node->subscribed && 2 * config->block_ns > wait_ns)
        wait_ns = 2 * config->block_ns;
    node->poll_at = now.mono_ns + wait_ns;
}

/* Whether a failed poll leaves nothing known of the node's head: what refuses, or could not be
   asked, while its subscription works is still there. */
static bool is_lost(const node_t *node, lq_rpc_class_t why)
{
    return !node->subscribed || (!node->heard && (why == LQ_RPC_TIMEOUT || why == LQ_RPC_BROKEN));
}

/* Takes the head that NODE answered; false: there is none in it. */
static bool take_poll(node_t *node, const lq_rpc_answer_t *answer)
{
    lq_chain_t *chain = node->chain;
    taker_t t = {.chain = chain, .doc = answer->doc};
    lq_err_t err = take_header(&t, answer->results[0].value);
    if (err)
        lq_chain_garbage(chain, node->number, "the latest header", err, &t.msg);
    else
        lq_chain_head(node, chain->headers, false, answer->recv);
    return err == LQ_OK;
}

static void on_poll(void *ctx, const lq_rpc_answer_t *answer)
{
    node_t *node = ctx;
    lq_rpc_class_t class_ = answer->results[0].class_;
    node->polling = false;
    lq_chain_poll_due(node, answer->recv);
    bool got = class_ == LQ_RPC_OK && take_poll(node, answer);
    if (!got && is_lost(node, class_))
        lq_chain_connected(node, false, answer->recv);
    if (node->poll_again)
        node->poll_at = answer->recv.mono_ns;
    node->poll_again = false;
    lq_chain_pump(node->chain, answer->recv);
}

void lq_chain_poll(node_t *node)
{
    lq_chain_t *chain = node->chain;
    writer_t w = start_params(chain);
    lq_rpc_item_t item = latest_item(&w);
    lq_pool_call_t call = {
        .rpc = {.items = &item,
                .item_cnt = 1,
                .timeout_ns = chain->config.timeout_ns,
                .fn = on_poll,
                .ctx = node},
        .role = LQ_ROLE_READ,
        .pinned = true,
        .endpoint = node->number,
    };
    chain->stat.poll_cnt++;
    node->heard = false;
    node->polling = lq_pool_call(chain->pool, &node->call, &call) == LQ_OK;
    if (!node->polling)
        node->poll_at = lq_loop_time(chain->loop).mono_ns + chain->config.poll_ns;
}
