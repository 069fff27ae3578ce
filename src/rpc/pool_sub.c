#include "pool_internal.h"

/* Subscriptions: one at each endpoint that can, each with a context of its own. What an endpoint
   establishes before its chain id is known is kept from the caller until then, and what it notifies
   is dropped: it comes before the caller's ON. */

#define NUMBER_STEP LQ_POOL_SUB_MAX

static bool is_proven(const lq_pool_t *pool, uint32_t endpoint)
{
    const lq_health_peer_t *h = &pool->health.peers[endpoint];
    return h->up && h->proven;
}

static void tell(const lq_pool_pair_t *pair, const lq_sub_event_t *event)
{
    pair->sub->fn(pair->sub->ctx, event);
}

/* Keeps what P's caller may not hear yet. */
static void keep(lq_pool_pair_t *pair, const lq_sub_event_t *event)
{
    switch (event->what) {
    case LQ_SUB_DATA:
        pair->sub->pool->early_cnt[pair->endpoint]++;
        return;
    case LQ_SUB_REFUSED:
        pair->refused = true;
        pair->class_ = event->refusal->class_;
        pair->code = event->refusal->code;
        return;
    case LQ_SUB_ON: /* the pair knows */
    case LQ_SUB_OFF:
        return;
    }
}

static void on_event(void *ctx, const lq_sub_event_t *event)
{
    lq_pool_pair_t *pair = ctx;
    lq_pool_t *pool = pair->sub->pool;
    bool proven = is_proven(pool, pair->endpoint);
    bool was_told = pair->told;
    if (event->what != LQ_SUB_OFF) /* which our own end can say too */
        lq_health_note_alive(&pool->health, pair->endpoint, lq_pool_now(pool));
    if (event->what == LQ_SUB_ON || event->what == LQ_SUB_OFF) {
        pair->on = event->what == LQ_SUB_ON;
        pair->told = pair->on && proven;
        pair->refused = false;
    }
    bool pass = event->what == LQ_SUB_OFF    ? was_told
                : event->what == LQ_SUB_DATA ? proven && was_told
                                             : proven;
    if (pass)
        tell(pair, event);
    else
        keep(pair, event);
}

void lq_pool_subs_proven(lq_pool_t *pool, uint32_t endpoint)
{
    lq_time_t now = lq_clock_now(pool->clock);
    for (size_t i = 0; i < LQ_POOL_SUB_MAX; i++) {
        lq_pool_pair_t *pair = &pool->subs[i].pairs[endpoint];
        if (!pool->subs[i].used || !pair->used)
            continue;
        lq_sub_event_t event = {.endpoint = endpoint, .recv = now};
        lq_rpc_result_t refusal = {
            .class_ = pair->class_, .code = pair->code, .message = "refused before"};
        refusal.message_sz = sizeof("refused before") - 1;
        if (pair->on && !pair->told) {
            pair->told = true;
            event.what = LQ_SUB_ON;
            tell(pair, &event);
        } else if (pair->refused) {
            pair->refused = false;
            event.what = LQ_SUB_REFUSED;
            event.refusal = &refusal;
            tell(pair, &event);
        }
    }
}

void lq_pool_subs_foreign(lq_pool_t *pool, uint32_t endpoint)
{
    lq_sub_event_t event = {
        .what = LQ_SUB_OFF, .endpoint = endpoint, .recv = lq_clock_now(pool->clock)};
    for (size_t i = 0; i < LQ_POOL_SUB_MAX; i++) {
        lq_pool_pair_t *pair = &pool->subs[i].pairs[endpoint];
        if (!pool->subs[i].used || !pair->used || !pair->told)
            continue;
        pair->told = false;
        tell(pair, &event);
    }
}

static void end_sub(lq_pool_sub_t *s)
{
    for (uint32_t i = 0; i < s->pool->peer_cnt; i++) {
        if (s->pairs[i].used)
            lq_endpoint_unsubscribe(s->pool->peers[i].e, s->pairs[i].number);
        s->pairs[i].used = false;
    }
    s->used = false;
}

lq_err_t lq_pool_subscribe(lq_pool_t *pool, uint32_t *sub, const char *params, size_t params_sz,
                           lq_sub_fn_t *fn, void *ctx)
{
    uint32_t place = 0;
    while (place < LQ_POOL_SUB_MAX && pool->subs[place].used)
        place++;
    if (place == LQ_POOL_SUB_MAX)
        return LQ_ERR_FULL;
    lq_pool_sub_t *s = &pool->subs[place];
    uint32_t number = s->number ? s->number + NUMBER_STEP : NUMBER_STEP + place;
    *s = (lq_pool_sub_t){.pool = pool, .used = true, .number = number, .fn = fn, .ctx = ctx};
    for (uint32_t i = 0; i < pool->peer_cnt; i++) {
        lq_pool_pair_t *pair = &s->pairs[i];
        if (!pool->peers[i].stream || !(pool->peers[i].roles & LQ_ROLE_SUBSCRIBE))
            continue;
        *pair = (lq_pool_pair_t){.sub = s, .endpoint = i};
        lq_err_t err = lq_endpoint_subscribe(pool->peers[i].e, &pair->number, params, params_sz,
                                             on_event, pair);
        if (err) {
            end_sub(s);
            return err;
        }
        pair->used = true;
    }
    *sub = number;
    return LQ_OK;
}

void lq_pool_unsubscribe(lq_pool_t *pool, uint32_t sub)
{
    lq_pool_sub_t *s = &pool->subs[sub % LQ_POOL_SUB_MAX];
    if (s->used && s->number == sub)
        end_sub(s);
}
