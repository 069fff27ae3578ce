#include <string.h>

#include "engine_internal.h"

static const char *const action_strs[LQ_ACTION_CNT] = {
    [LQ_ACTION_READ] = "read",           [LQ_ACTION_CANCEL_READ] = "cancel_read",
    [LQ_ACTION_SEARCH] = "search",       [LQ_ACTION_FOLLOW] = "follow",
    [LQ_ACTION_BEGIN] = "begin",         [LQ_ACTION_NOTICE] = "notice",
    [LQ_ACTION_TAKE] = "take",           [LQ_ACTION_DROP] = "drop",
    [LQ_ACTION_CANDIDATE] = "candidate", [LQ_ACTION_LIMIT] = "limit",
};

const char *lq_action_kind_str(lq_action_kind_t kind)
{
    return (unsigned)kind < LQ_ACTION_CNT ? action_strs[kind] : "?";
}

void engine_emit(lq_engine_t *e, const lq_action_t *action)
{
    e->fn(e->ctx, action);
}

void engine_tell_candidate(const engine_row_t *row, bool ended, lq_action_fn_t *fn, void *ctx)
{
    lq_action_candidate_t told;
    memset(&told, 0, sizeof(told));
    told.instance = row->instance;
    told.account = row->account;
    told.borrower = row->owner;
    told.reason = row->reason;
    told.ended = ended;
    told.has_profit = row->has_profit;
    if (row->has_profit)
        told.profit = row->profit;
    if (row->reason == LQ_REASON_LIMIT || row->reason == LQ_REASON_BREAKER) {
        told.hold.limit = row->hold.limit; /* one by one: its padding is nobody's */
        told.hold.until_sec = row->hold.until_sec;
    }
    if (row->reason == LQ_REASON_NO_ROUTE)
        told.no_route = row->no_route;
    if (row->reason == LQ_REASON_LOST || row->reason == LQ_REASON_OUTBID)
        told.liquidator = row->rival;
    fn(ctx, &(lq_action_t){.kind = LQ_ACTION_CANDIDATE, .as.candidate = &told});
}

void engine_emit_candidate(lq_engine_t *e, const engine_row_t *row, bool ended)
{
    engine_tell_candidate(row, ended, e->fn, e->ctx);
}

static void on_read(void *ctx, uint64_t id, const lq_block_ref_t *block,
                    const lq_read_call_t *calls, size_t cnt)
{
    engine_emit(ctx, &(lq_action_t){.kind = LQ_ACTION_READ, .as.read = {id, *block, calls, cnt}});
}

static void on_cancel(void *ctx, uint64_t id)
{
    engine_emit(ctx, &(lq_action_t){.kind = LQ_ACTION_CANCEL_READ, .as.id = id});
}

static void on_search(void *ctx, uint32_t instance, const lq_address_t *addresses,
                      size_t address_cnt, const lq_hash_t *topics, size_t topic_cnt,
                      uint64_t from_blk, uint64_t to_blk)
{
    engine_emit(ctx, &(lq_action_t){.kind = LQ_ACTION_SEARCH,
                                    .as.search = {instance, addresses, address_cnt, topics,
                                                  topic_cnt, from_blk, to_blk}});
}

static void on_follow(void *ctx, uint64_t from_blk, const lq_hash_t *parent_hash,
                      const lq_address_t *addresses, size_t address_cnt, const lq_hash_t *topics,
                      size_t topic_cnt)
{
    engine_followed(ctx, from_blk);
    engine_emit(ctx, &(lq_action_t){.kind = LQ_ACTION_FOLLOW,
                                    .as.follow = {from_blk, *parent_hash, addresses, address_cnt,
                                                  topics, topic_cnt}});
}

static void on_head(void *ctx)
{
    engine_emit(ctx, &(lq_action_t){.kind = LQ_ACTION_BEGIN});
}

static void on_notice(void *ctx, const lq_sync_notice_t *notice)
{
    lq_engine_t *e = ctx;
    if (notice->kind == LQ_SYNC_NOTICE_BACK)
        engine_went_back(e, notice->block.number);
    else if (notice->kind == LQ_SYNC_NOTICE_REBUILD)
        engine_rebuilt(e);
    engine_emit(ctx, &(lq_action_t){.kind = LQ_ACTION_NOTICE, .as.notice = notice});
}

static void on_moved(void *ctx, const lq_book_event_t *event)
{
    if (event->from == LQ_TIER_LIQUIDATABLE || event->to == LQ_TIER_LIQUIDATABLE)
        engine_note(ctx, event->account);
}

lq_sync_sink_t engine_sink(lq_engine_t *e)
{
    return (lq_sync_sink_t){.ctx = e,
                            .read = on_read,
                            .cancel = on_cancel,
                            .search = on_search,
                            .follow = on_follow,
                            .head = on_head,
                            .notice = on_notice,
                            .moved = on_moved};
}
