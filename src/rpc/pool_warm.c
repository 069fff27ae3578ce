/* What is wanted soon, while nothing happens. */

#include "liqd/base/fetch.h"
#include "pool_internal.h"

void lq_pool_warm(const lq_pool_t *pool, uint32_t endpoint)
{
    LQ_ASSERT(endpoint < pool->peer_cnt);
    if (pool->free_slot != LQ_POOL_NONE) {
        lq_fetch(&pool->slots[pool->free_slot], sizeof(pool->slots[0]));
        lq_fetch(pool->texts + (size_t)pool->free_slot * LQ_POOL_SLOT_TEXT, LQ_POOL_SLOT_TEXT);
    }
    lq_fetch(&pool->peers[endpoint], sizeof(pool->peers[endpoint]));
    lq_fetch(&pool->health.peers[endpoint], sizeof(pool->health.peers[endpoint]));
    lq_endpoint_warm(pool->peers[endpoint].e);
}

void lq_pool_rehearse(lq_pool_t *pool, const char *text, size_t text_sz)
{
    lq_fetch(pool->subs, sizeof(pool->subs));
    for (uint32_t i = 0; i < pool->peer_cnt; i++) {
        if (!pool->peers[i].stream || !(pool->peers[i].roles & LQ_ROLE_SUBSCRIBE))
            continue;
        lq_endpoint_rehearse(pool->peers[i].e, text, text_sz);
        lq_fetch(&pool->peers[i], sizeof(pool->peers[i]));
        lq_fetch(&pool->health.peers[i], sizeof(pool->health.peers[i]));
    }
}
