#include <string.h>

#include "sync_internal.h"

/* From where the last call stopped, where that was at the same block. */
static void ask_turn(lq_sync_t *s)
{
    uint64_t number = s->complete.number;
    if (s->turn_blk != number)
        s->turn_at = (lq_subject_t){0, 0};
    s->turn_blk = number;
    for (lq_subject_t at = s->turn_at; lq_venues_turn(s->venues, &at, number); s->turn_at = at)
        if (!sync_in_flight(s, SYNC_VENUES, at) && !sync_waits(s, SYNC_VENUES, at) &&
            !sync_add(s, SYNC_VENUE, SYNC_VENUES, at))
            return;
}

/* What has to be read first, then what has its turn, once a block. */
void sync_ask_venues(lq_sync_t *s)
{
    lq_subject_t subject = {0, 0};
    if (s->venue_fail_here >= SYNC_FAIL_HERE)
        return;
    while (lq_venues_next(s->venues, &subject)) {
        if (sync_in_flight(s, SYNC_VENUES, subject) || sync_waits(s, SYNC_VENUES, subject))
            continue;
        if (!sync_add(s, SYNC_VENUE, SYNC_VENUES, subject)) {
            sync_send(s);
            return;
        }
    }
    ask_turn(s);
    sync_send(s);
}

void sync_tell_pools(lq_sync_t *s)
{
    uint64_t at = s->back_cnt + lq_venues_settled_cnt(s->venues);
    if (at == s->pools_told_at)
        return;
    s->pools_told_at = at;
    for (uint32_t i = 0; i < s->config.venues.pool_cnt; i++) {
        lq_no_route_t status = lq_venues_pool(s->venues, i)->status;
        if (s->pool_told[i] == status)
            continue;
        s->pool_told[i] = (uint8_t)status;
        lq_sync_notice_t n = sync_blank(s, LQ_SYNC_NOTICE_POOL, UINT32_MAX);
        n.index = i;
        n.text = status == LQ_NO_ROUTE_NONE ? "the pool can be used" : lq_no_route_str(status);
        sync_tell(s, &n);
    }
}

bool sync_expect_pool(lq_sync_t *s, sync_expected_t *out, uint32_t *pool)
{
    size_t cnt = s->config.venues.pool_cnt;
    uint64_t turn = lq_rng_u64(&s->rng);
    lq_audit_t audit = {0};
    for (size_t tries = 0; tries < cnt; tries++) {
        *pool = (uint32_t)(s->pool_turn++ % cnt);
        if (lq_venues_audit_expected(s->venues, &audit, *pool, turn))
            continue;
        memset(out, 0, sizeof(*out));
        out->turn = turn;
        out->audit = audit;
        return true;
    }
    return false;
}
