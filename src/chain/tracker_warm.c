#include <stddef.h>

#include "liqd/base/fetch.h"
#include "tracker_internal.h"

void lq_tracker_warm(const lq_tracker_t *t)
{
    lq_fetch(t, offsetof(lq_tracker_t, stack));
    lq_fetch(&t->given, offsetof(lq_tracker_t, wants) - offsetof(lq_tracker_t, given));
    lq_fetch(&t->want_id, sizeof(*t) - offsetof(lq_tracker_t, want_id));
    lq_fetch(t->data + t->data_at, LQ_CACHE_LINE_SZ);
    lq_map_warm(t->by_hash);
    if (t->watch.addresses)
        lq_map_warm(t->watch.addresses);
    if (t->watch.topics)
        lq_map_warm(t->watch.topics);
    if (t->node_free != TRK_NONE)
        lq_fetch(&t->nodes[t->node_free], sizeof(t->nodes[0]));
    if (t->blk_free != TRK_NONE)
        lq_fetch(&t->blks[t->blk_free], sizeof(t->blks[0]));
    if (!t->stack_cnt)
        return;
    uint32_t top = t->stack[t->stack_cnt - 1];
    lq_fetch(&t->stack[t->stack_cnt - 1], 2 * sizeof(t->stack[0]));
    lq_fetch(&t->blks[top], sizeof(t->blks[0]));
    lq_fetch(t->given[t->blks[top].ref.number % TRK_STACK_MAX], sizeof(t->given[0]));
}
