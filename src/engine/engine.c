#include "liqd/engine/engine.h"

#include <string.h>

#include "engine_internal.h"

#define SPARE_SZ 4096u /* alignment of what is taken */

size_t lq_engine_arena_sz(const lq_engine_config_t *config)
{
    size_t sync = lq_sync_arena_sz(&config->sync);
    return sync ? sync + sizeof(lq_engine_t) + SPARE_SZ : 0;
}

lq_err_t lq_engine_new(lq_engine_t **engine, lq_arena_t *arena, const lq_engine_config_t *config,
                       const lq_swaps_t *swaps, lq_action_fn_t *fn, void *ctx)
{
    lq_engine_t *e = lq_arena_alloc(arena, sizeof(*e), 64);
    if (!e)
        return LQ_ERR_NOMEM;
    memset(e, 0, sizeof(*e));
    e->config = *config;
    e->swaps = swaps;
    e->fn = fn;
    e->ctx = ctx;
    lq_sync_sink_t sink = engine_sink(e);
    lq_err_t err = lq_sync_new(&e->sync, arena, &config->sync, &sink);
    if (err)
        return err;
    *engine = e;
    return LQ_OK;
}

static void on_searched(lq_engine_t *e, const lq_searched_t *searched)
{
    if (searched->done)
        lq_sync_searched(e->sync, searched->instance);
    else
        lq_sync_search_at(e->sync, searched->instance, searched->next_blk);
}

static void on_command(lq_engine_t *e, const lq_command_t *command)
{
    if (command->kind == LQ_COMMAND_RESTART && command->instance < lq_sync_instance_cnt(e->sync))
        lq_sync_restart(e->sync, command->instance);
}

void lq_engine_event(lq_engine_t *e, const lq_event_t *event)
{
    switch (event->kind) {
    case LQ_EVENT_HEAD:
    case LQ_EVENT_LOG:
    case LQ_EVENT_BLOCK:
    case LQ_EVENT_UNDONE:
    case LQ_EVENT_BROKEN:
    case LQ_EVENT_READ:
        lq_sync_event(e->sync, event);
        break;
    case LQ_EVENT_BEGIN:
        lq_sync_begin(e->sync, event->as.head);
        break;
    case LQ_EVENT_RESUME:
        lq_sync_resume(e->sync);
        break;
    case LQ_EVENT_FOUND:
        lq_sync_found(e->sync, event->as.found.instance, event->as.found.log);
        break;
    case LQ_EVENT_SEARCHED:
        on_searched(e, &event->as.searched);
        break;
    case LQ_EVENT_COMMAND:
        on_command(e, &event->as.command);
        break;
    case LQ_EVENT_PENDING:
    case LQ_EVENT_TIMER:
    case LQ_EVENT_FUNDS:
    case LQ_EVENT_OUTCOME:
    case LQ_EVENT_CNT:
        break;
    }
}

lq_sync_t *lq_engine_sync(const lq_engine_t *e)
{
    return e->sync;
}

lq_engine_stat_t lq_engine_stat(const lq_engine_t *e)
{
    return e->stat;
}
