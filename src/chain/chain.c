#include "liqd/chain/chain.h"

#include <stddef.h>
#include <string.h>

#include "chain_internal.h"
#include "liqd/base/fetch.h"

/* Room for what a request has beside the filter: a hash, member names; or a batch of requests by
 * number. */
#define PARAMS_EXTRA (256u + LQ_TRACKER_RANGE_MAX * 32u)

void lq_chain_garbage(lq_chain_t *chain, uint32_t endpoint, const char *what, lq_err_t err,
                      const lq_err_msg_t *msg)
{
    chain->stat.garbage_cnt++;
    lq_pool_note_fault(chain->pool, endpoint);
    LQ_LOG(chain->log, LQ_LOG_WARN, "chain", "cannot be decoded",
           LQ_LOG_CSTR("endpoint", lq_pool_name(chain->pool, endpoint)), LQ_LOG_CSTR("what", what),
           LQ_LOG_ERR("err", err), LQ_LOG_CSTR("why", msg->text));
}

void lq_chain_overflow(lq_chain_t *chain, uint32_t endpoint, const char *what,
                       const lq_err_msg_t *msg)
{
    chain->stat.overflow_cnt++;
    LQ_LOG(chain->log, LQ_LOG_ERROR, "chain", "no room for it: raise the limits of a block's logs",
           LQ_LOG_CSTR("endpoint", lq_pool_name(chain->pool, endpoint)), LQ_LOG_CSTR("what", what),
           LQ_LOG_CSTR("why", msg->text), LQ_LOG_U64("block_log_max", chain->config.block_log_max),
           LQ_LOG_U64("block_data_max", chain->config.block_data_max));
}

void lq_chain_connected(node_t *node, bool on, lq_time_t now)
{
    if (node->connected == on)
        return;
    node->connected = on;
    if (!on)
        LQ_LOG(node->chain->log, LQ_LOG_WARN, "chain", "endpoint's head is not known any more",
               LQ_LOG_CSTR("endpoint", lq_pool_name(node->chain->pool, node->number)));
    lq_tracker_connected(node->chain->tracker, node->number, on, now);
}

/* HEADER came by a poll, and no subscription had told it. */
static void note_missed(node_t *node, const lq_header_t *header)
{
    lq_chain_t *chain = node->chain;
    chain->stat.missed_head_cnt++;
    LQ_LOG(chain->log, LQ_LOG_WARN, "chain", "subscription missed a head",
           LQ_LOG_CSTR("endpoint", lq_pool_name(chain->pool, node->number)),
           LQ_LOG_U64("number", header->block.number));
}

void lq_chain_head(node_t *node, const lq_header_t *header, bool was_told, lq_time_t now)
{
    lq_chain_t *chain = node->chain;
    bool is_new = memcmp(&node->told, &header->block.hash, sizeof(node->told)) != 0;
    bool is_first = memcmp(&node->told, &(lq_hash_t){0}, sizeof(node->told)) == 0;
    if (!was_told && node->subscribed && is_new && !is_first)
        note_missed(node, header);
    node->told = header->block.hash;
    node->heard |= was_told;
    if (node->subscribed)
        lq_chain_poll_due(node, now);
    lq_pool_note_head(chain->pool, node->number, header->block.number);
    lq_chain_connected(node, true, now);
    lq_tracker_head(chain->tracker, node->number, header, now);
}

/* When the first poll is due. */
static uint64_t next_poll(const lq_chain_t *chain)
{
    uint64_t at = UINT64_MAX;
    for (size_t i = 0; i < chain->node_cnt; i++)
        if (!chain->nodes[i].polling && chain->nodes[i].poll_at < at)
            at = chain->nodes[i].poll_at;
    return at;
}

/* The tracker is pure and has no log: what it has counted since the last look is said here. */
static void say_news(lq_chain_t *chain)
{
#define SAY(level, member, text)                                                                   \
    if (is.member != was.member)                                                                   \
    LQ_LOG(chain->log, LQ_LOG_##level, "chain", text, LQ_LOG_U64("count", is.member - was.member), \
           LQ_LOG_U64("top", is.top.number))
    lq_tracker_stat_t is = lq_tracker_stat(chain->tracker);
    lq_tracker_stat_t was = chain->said;
    chain->said = is;
    SAY(INFO, reorg_cnt, "the chain was reorganised");
    SAY(ERROR, broken_cnt, "the chain left the window: everything starts anew");
    SAY(WARN, contradiction_cnt, "what nodes say was not believed");
    SAY(WARN, believed_cnt, "doubtful logs were believed: no node gives receipts");
    SAY(WARN, redone_cnt, "blocks were given again: their logs had been wrong");
    SAY(WARN, dropped_cnt, "no room for what came: it is fetched again");
    SAY(WARN, unwatched_cnt, "logs came that nobody asked for");
#undef SAY
}

static void go_on(lq_chain_t *chain, lq_time_t now)
{
    uint64_t at = lq_tracker_step(chain->tracker, now);
    uint64_t poll = next_poll(chain);
    if (poll < at)
        at = poll;
    if (chain->failed_cnt)
        at = now.mono_ns;
    if (at == UINT64_MAX)
        lq_timer_stop(chain->loop, &chain->timer);
    else if (!lq_timer_is_set(&chain->timer) || chain->timer.at_mono_ns != at)
        lq_timer_set(chain->loop, &chain->timer, at);
}

void lq_chain_pump(lq_chain_t *chain, lq_time_t now)
{
    go_on(chain, now);
    say_news(chain);
}

static bool is_other_connected(const node_t *node)
{
    const lq_chain_t *chain = node->chain;
    for (size_t i = 0; i < chain->node_cnt; i++)
        if (chain->nodes[i].connected && &chain->nodes[i] != node)
            return true;
    return false;
}

/* A stream that is down cannot be asked, and says itself when it is up again. A node whose quota is
   used up is the pool's to probe, rarely, unless there is no other. */
static void poll_if_up(node_t *node, lq_time_t now)
{
    lq_pool_stat_t stat = lq_pool_stat(node->chain->pool, node->number);
    bool spent = stat.health == LQ_NODE_HEALTH_QUOTA && is_other_connected(node);
    if (stat.up && !spent) {
        lq_chain_poll(node);
        return;
    }
    if (!stat.up || !node->subscribed)
        lq_chain_connected(node, false, now);
    node->poll_at = now.mono_ns + node->chain->config.poll_ns;
}

static void on_timer(void *ctx, lq_timer_t *timer)
{
    (void)timer;
    lq_chain_t *chain = ctx;
    lq_time_t now = lq_loop_time(chain->loop);
    lq_chain_ask_settle(chain, now);
    for (size_t i = 0; i < chain->node_cnt; i++)
        if (!chain->nodes[i].polling && chain->nodes[i].poll_at <= now.mono_ns)
            poll_if_up(&chain->nodes[i], now);
    lq_chain_pump(chain, now);
}

static void on_event(void *ctx, const lq_event_t *event)
{
    lq_chain_t *chain = ctx;
    chain->event(chain->event_ctx, event);
}

/* With a subscription that comes what was before it was missed; where it goes or is refused,
 * nothing is told any more. */
static void poll_soon(node_t *node, lq_time_t now)
{
    node->poll_again = node->polling;
    node->poll_at = now.mono_ns;
}

static void take_head(node_t *node, const lq_sub_event_t *e)
{
    lq_err_msg_t msg;
    lq_header_t *header = &node->chain->headers[0];
    lq_err_t err = lq_header_decode(e->doc, header, &msg, e->value);
    if (err)
        lq_chain_garbage(node->chain, node->number, "a head", err, &msg);
    else
        lq_chain_head(node, header, true, e->recv);
}

static void on_head_sub(void *ctx, const lq_sub_event_t *e)
{
    lq_chain_t *chain = ctx;
    node_t *node = &chain->nodes[e->endpoint];
    switch (e->what) {
    case LQ_SUB_ON:
        node->subscribed = true;
        node->told = (lq_hash_t){0};
        poll_soon(node, e->recv);
        break;
    case LQ_SUB_OFF:
        node->subscribed = false;
        poll_soon(node, e->recv);
        lq_chain_connected(node, false, e->recv);
        break;
    case LQ_SUB_REFUSED:
        node->subscribed = false;
        poll_soon(node, e->recv);
        LQ_LOG(chain->log, LQ_LOG_WARN, "chain", "no subscription to heads, polling",
               LQ_LOG_CSTR("endpoint", lq_pool_name(chain->pool, e->endpoint)),
               LQ_LOG_STR("why", e->refusal->message, e->refusal->message_sz));
        break;
    case LQ_SUB_DATA:
        take_head(node, e);
        break;
    }
    lq_chain_pump(chain, e->recv);
}

static void take_log(lq_chain_t *chain, const lq_sub_event_t *e)
{
    lq_err_msg_t msg;
    lq_evm_log_t *log = &chain->logs[0];
    bool removed;
    lq_err_t err = lq_evm_log_decode(e->doc, log, &removed, chain->data,
                                     chain->config.block_data_max, &msg, e->value);
    if (err == LQ_ERR_TOO_LONG)
        lq_chain_overflow(chain, e->endpoint, "a log", &msg);
    else if (err)
        lq_chain_garbage(chain, e->endpoint, "a log", err, &msg);
    else
        lq_tracker_log(chain->tracker, e->endpoint, log, removed, e->recv);
}

static void on_log_sub(void *ctx, const lq_sub_event_t *e)
{
    lq_chain_t *chain = ctx;
    switch (e->what) {
    case LQ_SUB_ON:
    case LQ_SUB_OFF:
        return; /* heads tell what was missed */
    case LQ_SUB_REFUSED:
        LQ_LOG(chain->log, LQ_LOG_WARN, "chain", "no subscription to logs",
               LQ_LOG_CSTR("endpoint", lq_pool_name(chain->pool, e->endpoint)),
               LQ_LOG_STR("why", e->refusal->message, e->refusal->message_sz));
        return;
    case LQ_SUB_DATA:
        take_log(chain, e);
        break;
    }
    go_on(chain, e->recv);
}

static lq_err_t subscribe(lq_chain_t *chain)
{
    static const char heads[] = "[\"newHeads\"]";
    static const char begin[] = "[\"logs\",{";
    static const char end[] = "}]";
    lq_err_t err = lq_pool_subscribe(chain->pool, &chain->head_sub, heads, sizeof(heads) - 1,
                                     on_head_sub, chain);
    if (err)
        return err;
    chain->has_head_sub = true;
    char *at = chain->params;
    memcpy(at, begin, sizeof(begin) - 1);
    at += sizeof(begin) - 1;
    memcpy(at, chain->filter_text, chain->filter_sz);
    at += chain->filter_sz;
    memcpy(at, end, sizeof(end) - 1);
    at += sizeof(end) - 1;
    err = lq_pool_subscribe(chain->pool, &chain->log_sub, chain->params,
                            (size_t)(at - chain->params), on_log_sub, chain);
    chain->has_log_sub = err == LQ_OK;
    return err;
}

static lq_err_t copy_filter(lq_chain_t *chain, lq_arena_t *arena, const lq_filter_t *filter)
{
    size_t addresses_sz = filter->address_cnt * sizeof(lq_address_t);
    size_t topics_sz = filter->topic_cnt * sizeof(lq_hash_t);
    lq_address_t *addresses = lq_arena_alloc(arena, addresses_sz, _Alignof(lq_address_t));
    lq_hash_t *topics = lq_arena_alloc(arena, topics_sz, _Alignof(lq_hash_t));
    size_t text_max = lq_filter_text_max(filter);
    chain->filter_text = lq_arena_alloc(arena, text_max, 1);
    chain->params_max = text_max + PARAMS_EXTRA;
    chain->params = lq_arena_alloc(arena, chain->params_max, 1);
    if (!addresses || !topics || !chain->filter_text || !chain->params)
        return LQ_ERR_NOMEM;
    if (addresses_sz)
        memcpy(addresses, filter->addresses, addresses_sz);
    if (topics_sz)
        memcpy(topics, filter->topics, topics_sz);
    chain->filter = (lq_filter_t){addresses, filter->address_cnt, topics, filter->topic_cnt};
    return lq_filter_write(chain->filter_text, &chain->filter_sz, text_max, filter);
}

static lq_err_t make_buffers(lq_chain_t *chain, lq_arena_t *arena)
{
    const lq_chain_config_t *config = &chain->config;
    if (config->block_log_max > SIZE_MAX / sizeof(lq_evm_log_t))
        return LQ_ERR_NOMEM;
    chain->logs =
        lq_arena_alloc(arena, config->block_log_max * sizeof(lq_evm_log_t), _Alignof(lq_evm_log_t));
    chain->data = lq_arena_alloc(arena, config->block_data_max, 1);
    return chain->logs && chain->data ? LQ_OK : LQ_ERR_NOMEM;
}

static void init_nodes(lq_chain_t *chain)
{
    chain->node_cnt = lq_pool_endpoint_cnt(chain->pool);
    for (uint32_t i = 0; i < chain->node_cnt; i++)
        chain->nodes[i] = (node_t){.chain = chain, .number = i, .item_max = LQ_TRACKER_RANGE_MAX};
    for (size_t i = 0; i < ASK_MAX; i++)
        chain->asks[i].chain = chain;
}

static lq_err_t make_tracker(lq_chain_t *chain, lq_arena_t *arena, const lq_filter_t *filter,
                             const lq_chain_start_t *start)
{
    lq_tracker_config_t config = chain->config.tracker;
    config.endpoint_cnt = (uint32_t)chain->node_cnt;
    lq_tracker_sink_t sink = {.ctx = chain, .event = on_event, .want = lq_chain_ask};
    lq_err_t err = lq_tracker_new(&chain->tracker, arena, &config, filter, &sink);
    if (!err && start)
        lq_tracker_start(chain->tracker, start->from_blk, &start->parent_hash);
    return err;
}

lq_err_t lq_chain_new(lq_chain_t **out, lq_arena_t *arena, lq_loop_t *loop, lq_log_t *log,
                      lq_pool_t *pool, const lq_chain_config_t *config, const lq_filter_t *filter,
                      const lq_chain_start_t *start, lq_event_fn_t *event, void *ctx)
{
    if (!config->block_log_max || !config->block_data_max || !config->block_ns ||
        !config->poll_ns || !config->timeout_ns)
        return LQ_ERR_RANGE;
    lq_chain_t *chain = lq_arena_alloc(arena, sizeof(*chain), _Alignof(lq_chain_t));
    if (!chain)
        return LQ_ERR_NOMEM;
    *chain = (lq_chain_t){.loop = loop,
                          .log = log,
                          .pool = pool,
                          .config = *config,
                          .event = event,
                          .event_ctx = ctx,
                          .timer = {.fn = on_timer, .ctx = chain}};
    init_nodes(chain);
    lq_err_t err = make_buffers(chain, arena);
    if (!err)
        err = copy_filter(chain, arena, filter);
    if (!err)
        err = make_tracker(chain, arena, filter, start);
    if (!err)
        err = subscribe(chain);
    if (err) {
        lq_chain_free(chain);
        return err;
    }
    lq_timer_set(loop, &chain->timer, 0); /* the first polls */
    *out = chain;
    return LQ_OK;
}

void lq_chain_free(lq_chain_t *chain)
{
    if (!chain)
        return;
    lq_timer_stop(chain->loop, &chain->timer);
    if (chain->has_head_sub)
        lq_pool_unsubscribe(chain->pool, chain->head_sub);
    if (chain->has_log_sub)
        lq_pool_unsubscribe(chain->pool, chain->log_sub);
    lq_chain_ask_cancel(chain);
}

lq_chain_stat_t lq_chain_stat(const lq_chain_t *chain)
{
    lq_chain_stat_t stat = chain->stat;
    stat.tracker = lq_tracker_stat(chain->tracker);
    return stat;
}

void lq_chain_warm(const lq_chain_t *chain)
{
    lq_fetch(chain, offsetof(lq_chain_t, nodes));
    lq_fetch(&chain->failed_cnt, sizeof(chain->failed_cnt));
    lq_fetch(&chain->filter, offsetof(lq_chain_t, headers) - offsetof(lq_chain_t, filter));
    lq_fetch(&chain->logs, sizeof(*chain) - offsetof(lq_chain_t, logs));
    lq_fetch(chain->logs, sizeof(chain->logs[0]));
    lq_fetch(chain->data, LQ_CACHE_LINE_SZ);
    for (size_t i = 0; i < chain->node_cnt; i++)
        lq_fetch(&chain->nodes[i], sizeof(chain->nodes[i]));
    lq_tracker_warm(chain->tracker);
}
