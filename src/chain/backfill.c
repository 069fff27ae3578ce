#include "liqd/chain/backfill.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "backfill_internal.h"

#define TICK_NS ((uint64_t)1000000000) /* progress is told so often */

/* Of one request's text: what stands around its filter. */
#define FRAME_SZ 128u

static void pump(lq_backfill_t *b);
static void on_answer(void *ctx, const lq_rpc_answer_t *answer);

static uint64_t now_ns(const lq_backfill_t *b)
{
    return lq_loop_time(b->loop).mono_ns;
}

static void tell_progress(lq_backfill_t *b)
{
    const lq_ranges_stat_t *stat = &b->ranges.stat;
    uint64_t now = lq_clock_now(lq_loop_clock(b->loop)).mono_ns;
    b->progress.next_blk = b->ranges.next_blk;
    b->progress.request_cnt = stat->request_cnt;
    b->progress.refused_cnt = stat->refused_cnt;
    b->progress.receipts_cnt = stat->receipts_cnt;
    b->progress.doubt_cnt = stat->doubt_cnt;
    b->progress.range_blk = b->ranges.range_blk;
    b->progress.elapsed_ns = now - b->begin_ns;
    b->progress.eta_ns = lq_ranges_eta_ns(&b->ranges);
    uint64_t busy_ns = b->busy_ns < b->progress.elapsed_ns ? b->busy_ns : b->progress.elapsed_ns;
    b->progress.waiting_ns = b->progress.elapsed_ns - busy_ns;
    b->progress_ns = now_ns(b);
    b->handlers.progress(b->handlers.ctx, &b->progress);
}

/* Stops asking. */
static void halt(lq_backfill_t *b)
{
    b->ended = true;
    lq_timer_stop(b->loop, &b->timer);
    for (size_t i = 0; i < LQ_RANGES_PARALLEL_MAX; i++)
        if (b->requests[i].used)
            lq_pool_cancel(b->pool, b->requests[i].rpc);
}

/* The last that is done with B: its owner may free it from there. */
static void end(lq_backfill_t *b, lq_err_t err, const lq_err_msg_t *msg)
{
    halt(b);
    b->handlers.done(b->handlers.ctx, err, msg);
}

/* Writes what group IDX of CNT asks for into the room behind *AT, and moves it on. */
static void write_group(lq_backfill_t *b, lq_rpc_item_t *item, size_t *at, const lq_range_t *range,
                        size_t idx, size_t cnt)
{
    size_t from = b->filter.address_cnt * idx / cnt;
    size_t to = b->filter.address_cnt * (idx + 1) / cnt;
    lq_filter_t part = b->filter;
    if (part.address_cnt) {
        part.addresses += from;
        part.address_cnt = to - from;
    }
    char *text = b->params + *at;
    size_t max = b->params_max - *at;
    size_t sz = (size_t)snprintf(text, max,
                                 "[{\"fromBlock\":\"0x%" PRIx64 "\",\"toBlock\":\"0x%" PRIx64 "\"",
                                 range->from_blk, range->to_blk);
    if (part.address_cnt || part.topic_cnt)
        text[sz++] = ',';
    size_t filter_sz;
    lq_err_t err = lq_filter_write(text + sz, &filter_sz, max - sz, &part);
    LQ_ASSERT(!err && filter_sz + sz + 2 <= max);
    sz += filter_sz;
    text[sz++] = '}';
    text[sz++] = ']';
    *item = (lq_rpc_item_t){"eth_getLogs", text, sz};
    *at += sz;
}

/* Asks for what REQUEST is to get: lists of logs, or receipts, and behind them the last header. */
static lq_err_t ask(lq_backfill_t *b, lq_backfill_request_t *request)
{
    const lq_range_t *range = &request->range;
    lq_rpc_item_t items[LQ_BACKFILL_GROUP_MAX + 1];
    char header[64];
    int header_sz = snprintf(header, sizeof(header), "[\"0x%" PRIx64 "\",false]", range->to_blk);
    char receipts[32];
    int receipts_sz = snprintf(receipts, sizeof(receipts), "[\"0x%" PRIx64 "\"]", range->to_blk);
    size_t cnt = range->receipts ? 1 : request->group_cnt;
    size_t at = 0;
    if (range->receipts)
        items[0] = (lq_rpc_item_t){"eth_getBlockReceipts", receipts, (size_t)receipts_sz};
    else
        for (size_t i = 0; i < cnt; i++)
            write_group(b, &items[i], &at, range, i, cnt);
    items[cnt] = (lq_rpc_item_t){"eth_getBlockByNumber", header, (size_t)header_sz};
    lq_pool_call_t call = {
        .rpc = {items, cnt + 1, b->config.timeout_ns, on_answer, request},
        .role = LQ_ROLE_READ,
        .not_mask = range->not_mask,
    };
    return lq_pool_call(b->pool, &request->rpc, &call);
}

/* Sends RANGE; where the pool takes no more now, later. LQ_ERR_TOO_LONG: it never will. */
static lq_err_t send(lq_backfill_t *b, const lq_range_t *range)
{
    static const lq_rpc_hint_t none;
    size_t i = 0;
    while (b->requests[i].used)
        i++;
    lq_backfill_request_t *request = &b->requests[i];
    *request = (lq_backfill_request_t){.b = b, .range = *range, .group_cnt = b->group_cnt};
    lq_err_t err = ask(b, request);
    request->used = !err;
    if (err != LQ_ERR_FULL)
        return err;
    return lq_ranges_refused(&b->ranges, range->id, LQ_RPC_RATE, &none, 0, 0, now_ns(b));
}

/* Sends what may be sent, and sets the timer to when it must be looked at again. May end it. */
static void pump(lq_backfill_t *b)
{
    uint64_t wake;
    lq_range_t range;
    while (lq_ranges_next(&b->ranges, &range, &wake, now_ns(b))) {
        lq_err_msg_t msg;
        lq_err_t err = send(b, &range);
        if (!err)
            continue;
        err = lq_err_msg_set(&msg, err,
                             "a request for the logs of %zu addresses and %zu topics is longer "
                             "than an endpoint sends; raise its out_max or watch less",
                             b->filter.address_cnt, b->filter.topic_cnt);
        end(b, err, &msg);
        return;
    }
    uint64_t tick = b->progress_ns + TICK_NS;
    lq_timer_set(b->loop, &b->timer, wake < tick ? wake : tick);
}

static void on_timer(void *ctx, lq_timer_t *timer)
{
    (void)timer;
    lq_backfill_t *b = ctx;
    uint64_t now = now_ns(b);
    if (now - b->answer_ns >= b->config.give_up_ns) {
        lq_err_msg_t msg;
        lq_err_t err = lq_err_msg_set(&msg, LQ_ERR_TIMEOUT,
                                      "block %" PRIu64 ": no node answered for %" PRIu64
                                      " s; check the endpoints",
                                      b->ranges.next_blk, b->config.give_up_ns / TICK_NS);
        end(b, err, &msg);
        return;
    }
    if (now - b->progress_ns >= TICK_NS)
        tell_progress(b);
    pump(b);
}

/* Gives all that is complete up to here, in order. */
static void deliver(lq_backfill_t *b)
{
    lq_range_t range;
    while (lq_ranges_deliver(&b->ranges, &range, now_ns(b))) {
        const lq_evm_log_t *log;
        for (size_t i = 0; (log = lq_hold_log(&b->hold, range.id, i)); i++) {
            b->progress.log_cnt++;
            b->handlers.log(b->handlers.ctx, log);
        }
        lq_hold_drop(&b->hold, range.id);
        tell_progress(b);
    }
}

static void note_fault(lq_backfill_t *b, uint32_t endpoint, const lq_err_msg_t *msg)
{
    b->progress.fault_cnt++;
    b->last_fault = *msg;
    LQ_LOG(b->log, LQ_LOG_WARN, "chain", "answer of a backfill not believed",
           LQ_LOG_CSTR("endpoint", lq_pool_name(b->pool, endpoint)), LQ_LOG_CSTR("why", msg->text));
    lq_pool_note_fault(b->pool, endpoint);
}

static void note_refusal(lq_backfill_t *b, const lq_range_t *range,
                         const lq_backfill_judged_t *judged, uint32_t endpoint)
{
    const lq_rpc_result_t *result = judged->result;
    (void)snprintf(b->last_fault.text, sizeof(b->last_fault.text), "%s",
                   lq_rpc_class_str(judged->class_));
    LQ_LOG(b->log, LQ_LOG_DEBUG, "chain", "range refused",
           LQ_LOG_CSTR("class", lq_rpc_class_name(judged->class_)),
           LQ_LOG_U64("from_blk", range->from_blk), LQ_LOG_U64("to_blk", range->to_blk),
           LQ_LOG_U64("endpoint", endpoint),
           LQ_LOG_STR("text", result ? result->message : "", result ? result->message_sz : 0));
}

/* Whether a filter that was too much in GROUP_CNT parts is asked for in more from now on. */
static bool split_filter(lq_backfill_t *b, size_t group_cnt)
{
    if (group_cnt < b->group_cnt)
        return true; /* it has been split since */
    if (b->group_cnt == b->group_max)
        return false;
    b->group_cnt = 2 * b->group_cnt < b->group_max ? 2 * b->group_cnt : b->group_max;
    return true;
}

static lq_err_t take_refusal(lq_backfill_t *b, lq_err_msg_t *msg,
                             const lq_backfill_request_t *request,
                             const lq_backfill_judged_t *judged, const lq_rpc_answer_t *answer)
{
    const lq_range_t *range = &request->range;
    lq_rpc_class_t class_ = judged->class_;
    if (class_ == LQ_RPC_FILTER && !split_filter(b, request->group_cnt))
        class_ = LQ_RPC_METHOD; /* not with this node */
    lq_err_t err = lq_ranges_refused(&b->ranges, range->id, class_, &judged->hint, answer->endpoint,
                                     answer->retry_after_ns, now_ns(b));
    if (err)
        return lq_err_msg_set(msg, err, "blocks %" PRIu64 " to %" PRIu64 ": no node gives them: %s",
                              range->from_blk, range->to_blk, b->last_fault.text);
    return LQ_OK;
}

/* The hold is full. What comes first has room made for it, then is asked for in smaller pieces;
   what comes later is forgotten for now. Sets *AGAIN where it is to be judged once more. */
static lq_err_t make_room(lq_backfill_t *b, bool *again, lq_err_msg_t *msg, const lq_range_t *range)
{
    static const lq_rpc_hint_t none;
    uint32_t last;
    *again = false;
    if (!lq_ranges_is_head(&b->ranges, range->id)) {
        lq_ranges_dropped(&b->ranges, range->id, lq_hold_free_sz(&b->hold) + 1);
        return LQ_OK;
    }
    while (lq_ranges_last_held(&b->ranges, &last)) {
        lq_hold_drop(&b->hold, last);
        lq_ranges_dropped(&b->ranges, last, 0);
        *again = true;
    }
    if (*again)
        return LQ_OK;
    if (range->from_blk == range->to_blk)
        return lq_err_msg_set(msg, LQ_ERR_FULL,
                              "block %" PRIu64
                              ": its logs take more than %zu bytes; raise hold_max",
                              range->from_blk, b->config.hold_max);
    return lq_ranges_refused(&b->ranges, range->id, LQ_RPC_ROWS, &none, 0, 0, now_ns(b));
}

static void keep(lq_backfill_t *b, const lq_range_t *range, const lq_backfill_judged_t *judged)
{
    size_t sz = lq_hold_end(&b->hold, range->id);
    if (lq_ranges_answered(&b->ranges, range->id, judged->row_cnt, judged->round, sz) ==
        LQ_RANGES_DOUBT) {
        lq_hold_drop(&b->hold, range->id);
        LQ_LOG(b->log, LQ_LOG_DEBUG, "chain", "answer of a round number of logs read again",
               LQ_LOG_U64("from_blk", range->from_blk), LQ_LOG_U64("to_blk", range->to_blk),
               LQ_LOG_U64("logs", judged->row_cnt));
    }
}

/* Takes ANSWER; an error ends the backfill. */
static lq_err_t take(lq_backfill_t *b, lq_err_msg_t *msg, const lq_backfill_request_t *request,
                     const lq_rpc_answer_t *answer)
{
    lq_backfill_judged_t judged;
    lq_err_t err = LQ_OK;
    bool again = true;
    while (again) {
        again = false;
        switch (lq_backfill_judge(b, &judged, msg, request, answer)) {
        case LQ_BACKFILL_GOOD:
            keep(b, &request->range, &judged);
            break;
        case LQ_BACKFILL_REFUSED:
            note_refusal(b, &request->range, &judged, answer->endpoint);
            err = take_refusal(b, msg, request, &judged, answer);
            break;
        case LQ_BACKFILL_FAULTY:
            note_fault(b, answer->endpoint, msg);
            judged.class_ = LQ_RPC_SYNCING; /* so that another node is asked */
            err = take_refusal(b, msg, request, &judged, answer);
            break;
        case LQ_BACKFILL_NO_ROOM:
            err = make_room(b, &again, msg, &request->range);
            break;
        }
    }
    return err;
}

static bool is_silence(lq_rpc_class_t c)
{
    return c == LQ_RPC_TIMEOUT || c == LQ_RPC_BROKEN || c == LQ_RPC_UNSENT;
}

static void on_answer(void *ctx, const lq_rpc_answer_t *answer)
{
    lq_backfill_request_t *request = ctx;
    lq_backfill_t *b = request->b;
    uint64_t from_ns = answer->recv.mono_ns;
    if (from_ns < b->busy_end_ns)
        from_ns = b->busy_end_ns;
    request->used = false;
    for (size_t i = 0; i < answer->result_cnt; i++)
        if (!is_silence(answer->results[i].class_))
            b->answer_ns = now_ns(b);
    lq_err_msg_t msg = {{0}};
    lq_err_t err = take(b, &msg, request, answer);
    if (err) {
        end(b, err, &msg);
        return;
    }
    deliver(b);
    b->busy_end_ns = lq_clock_now(lq_loop_clock(b->loop)).mono_ns;
    if (answer->doc && b->busy_end_ns > from_ns)
        b->busy_ns += b->busy_end_ns - from_ns;
    if (lq_ranges_is_done(&b->ranges))
        end(b, LQ_OK, &msg);
    else
        pump(b);
}

static lq_err_t copy_filter(lq_backfill_t *b, lq_arena_t *arena, const lq_filter_t *filter)
{
    size_t address_sz = filter->address_cnt * sizeof(lq_address_t);
    size_t topic_sz = filter->topic_cnt * sizeof(lq_hash_t);
    lq_address_t *addresses = lq_arena_alloc(arena, address_sz, 1);
    lq_hash_t *topics = lq_arena_alloc(arena, topic_sz, 1);
    lq_filter_t topics_alone = {.topics = filter->topics, .topic_cnt = filter->topic_cnt};
    b->params_max = lq_filter_text_max(filter) +
                    LQ_BACKFILL_GROUP_MAX * (lq_filter_text_max(&topics_alone) + FRAME_SZ);
    b->params = lq_arena_alloc(arena, b->params_max, 1);
    if (!addresses || !topics || !b->params)
        return LQ_ERR_NOMEM;
    if (address_sz)
        memcpy(addresses, filter->addresses, address_sz);
    if (topic_sz)
        memcpy(topics, filter->topics, topic_sz);
    b->filter = (lq_filter_t){addresses, filter->address_cnt, topics, filter->topic_cnt};
    b->group_cnt = 1;
    b->group_max =
        filter->address_cnt < LQ_BACKFILL_GROUP_MAX ? filter->address_cnt : LQ_BACKFILL_GROUP_MAX;
    if (!b->group_max)
        b->group_max = 1;
    return lq_watched_init(&b->watched, arena, filter, now_ns(b));
}

static lq_err_t init(lq_backfill_t *b, lq_arena_t *arena, const lq_filter_t *filter)
{
    const lq_backfill_config_t *c = &b->config;
    uint64_t now = lq_clock_now(lq_loop_clock(b->loop)).mono_ns;
    lq_ranges_config_t ranges = {
        .from_blk = c->from_blk,
        .to_blk = c->to_blk,
        .range_blk = c->range_blk,
        .range_max_blk = c->range_max_blk,
        .parallel = c->parallel,
        .hold_max = c->hold_max,
        .endpoint_cnt = (uint32_t)lq_pool_endpoint_cnt(b->pool),
    };
    lq_err_t err = lq_ranges_init(&b->ranges, &ranges, now);
    if (!err && (!c->timeout_ns || !c->give_up_ns))
        err = LQ_ERR_RANGE;
    if (!err)
        err = lq_hold_init(&b->hold, arena, c->hold_max);
    if (!err)
        err = copy_filter(b, arena, filter);
    if (err)
        return err;
    b->begin_ns = b->answer_ns = b->progress_ns = b->busy_end_ns = now;
    b->progress.from_blk = c->from_blk;
    b->progress.to_blk = c->to_blk;
    b->timer = (lq_timer_t){.fn = on_timer, .ctx = b};
    return LQ_OK;
}

lq_err_t lq_backfill_new(lq_backfill_t **b, lq_arena_t *arena, lq_loop_t *loop, lq_log_t *log,
                         lq_pool_t *pool, const lq_backfill_config_t *config,
                         const lq_filter_t *filter, const lq_backfill_handlers_t *handlers)
{
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_backfill_t *new = lq_arena_alloc(arena, sizeof(*new), _Alignof(lq_backfill_t));
    if (!new)
        return LQ_ERR_NOMEM;
    memset(new, 0, sizeof(*new));
    new->loop = loop;
    new->log = log;
    new->pool = pool;
    new->config = *config;
    new->handlers = *handlers;
    lq_err_t err = init(new, arena, filter);
    if (err) {
        lq_arena_rewind(arena, mark);
        return err;
    }
    lq_timer_set_in(loop, &new->timer, 0);
    *b = new;
    return LQ_OK;
}

void lq_backfill_free(lq_backfill_t *b)
{
    if (b && !b->ended)
        halt(b);
}
