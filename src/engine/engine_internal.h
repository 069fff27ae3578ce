#ifndef LQ_ENGINE_INTERNAL_H
#define LQ_ENGINE_INTERNAL_H

/* What the files of the engine share: its struct, and who does what.

     engine.c  making it, events
     emit.c    the book's wishes as actions */

#include "liqd/engine/engine.h"

struct lq_engine {
    lq_engine_config_t config;
    lq_action_fn_t *fn;
    void *ctx;
    const lq_swaps_t *swaps;
    lq_sync_t *sync;
    lq_engine_stat_t stat;
};

/* emit.c */
void engine_emit(lq_engine_t *e, const lq_action_t *action);
lq_sync_sink_t engine_sink(lq_engine_t *e);

#endif
