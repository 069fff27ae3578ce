#include "pool_internal.h"

#include <string.h>

/* Calls: a slot each, with a copy of what is asked, since a call may wait, and be asked again
   elsewhere. A slot is queued, then sent, then free or queued again. */

#define PUMP_CNT 32u /* of waiting calls that are looked at again with each answer */

#define NOTHING_FITS "no endpoint could take it"

lq_err_t lq_pool_calls_init(lq_pool_t *pool, lq_arena_t *arena, size_t text_max)
{
    pool->big_sz = text_max + sizeof(lq_rpc_item_t) * LQ_RPC_ITEM_MAX;
    pool->big_sz = (pool->big_sz + 15) & ~(size_t)15;
    pool->slots = lq_arena_alloc(arena, LQ_POOL_SLOT_CNT * sizeof(*pool->slots), 16);
    pool->texts = lq_arena_alloc(arena, (size_t)LQ_POOL_SLOT_CNT * LQ_POOL_SLOT_TEXT, 4096);
    pool->bigs = lq_arena_alloc(arena, LQ_POOL_BIG_CNT * pool->big_sz, 4096);
    if (!pool->slots || !pool->texts || !pool->bigs)
        return LQ_ERR_NOMEM;
    for (uint32_t i = 0; i < LQ_POOL_SLOT_CNT; i++)
        pool->slots[i] = (lq_pool_slot_t){.pool = pool, .next = i + 1};
    pool->slots[LQ_POOL_SLOT_CNT - 1].next = LQ_POOL_NONE;
    pool->queue_first = LQ_POOL_NONE;
    pool->queue_last = LQ_POOL_NONE;
    pool->next_seq = 1;
    return LQ_OK;
}

static uint32_t number_of(const lq_pool_slot_t *s)
{
    return (uint32_t)(s - s->pool->slots);
}

/* Puts S to the end of the queue, or before all where it has waited already. */
static void enqueue(lq_pool_slot_t *s, bool first)
{
    lq_pool_t *pool = s->pool;
    uint32_t i = number_of(s);
    s->state = LQ_POOL_SLOT_QUEUED;
    s->prev = first ? LQ_POOL_NONE : pool->queue_last;
    s->next = first ? pool->queue_first : LQ_POOL_NONE;
    *(s->prev == LQ_POOL_NONE ? &pool->queue_first : &pool->slots[s->prev].next) = i;
    *(s->next == LQ_POOL_NONE ? &pool->queue_last : &pool->slots[s->next].prev) = i;
}

static void dequeue(lq_pool_slot_t *s)
{
    lq_pool_t *pool = s->pool;
    *(s->prev == LQ_POOL_NONE ? &pool->queue_first : &pool->slots[s->prev].next) = s->next;
    *(s->next == LQ_POOL_NONE ? &pool->queue_last : &pool->slots[s->next].prev) = s->prev;
}

static void release(lq_pool_slot_t *s)
{
    lq_pool_t *pool = s->pool;
    if (s->state == LQ_POOL_SLOT_QUEUED)
        dequeue(s);
    if (s->big != LQ_POOL_NONE)
        pool->big_used &= ~(UINT32_C(1) << s->big);
    s->state = LQ_POOL_SLOT_FREE;
    s->next = pool->free_slot;
    pool->free_slot = number_of(s);
    pool->slot_used_cnt--;
}

/* The memory for S's text of SZ bytes; NULL where there is none. */
static char *take_text(lq_pool_slot_t *s, size_t sz, bool send)
{
    lq_pool_t *pool = s->pool;
    s->big = LQ_POOL_NONE;
    if (sz <= LQ_POOL_SLOT_TEXT)
        return pool->texts + (size_t)number_of(s) * LQ_POOL_SLOT_TEXT;
    uint32_t cnt = send ? LQ_POOL_BIG_CNT : LQ_POOL_BIG_CNT - LQ_POOL_SEND_BIGS;
    for (uint32_t i = 0; i < cnt; i++) {
        if (pool->big_used >> i & 1)
            continue;
        pool->big_used |= UINT32_C(1) << i;
        s->big = i;
        return pool->bigs + i * pool->big_sz;
    }
    return NULL;
}

/* Copies the items of S's call to TEXT. */
static void copy_items(lq_pool_slot_t *s, char *text)
{
    const lq_rpc_call_t *from = &s->call.rpc;
    lq_rpc_item_t *items = (lq_rpc_item_t *)(void *)text;
    char *at = text + from->item_cnt * sizeof(*items);
    for (size_t i = 0; i < from->item_cnt; i++) {
        const lq_rpc_item_t *item = &from->items[i];
        size_t method_sz = strlen(item->method) + 1;
        memcpy(at, item->method, method_sz);
        memcpy(at + method_sz, item->params, item->params_sz);
        items[i] = (lq_rpc_item_t){at, at + method_sz, item->params_sz};
        at += method_sz + item->params_sz;
    }
    s->call.rpc.items = items;
}

/* Sets *SZ to what the items take. LQ_ERR_TOO_LONG. */
static lq_err_t items_sz(size_t *sz, const lq_pool_t *pool, const lq_rpc_call_t *call)
{
    *sz = call->item_cnt * sizeof(lq_rpc_item_t);
    for (size_t i = 0; i < call->item_cnt; i++) {
        size_t item_sz = strlen(call->items[i].method) + 1 + call->items[i].params_sz;
        if (item_sz > pool->big_sz || *sz + item_sz > pool->big_sz)
            return LQ_ERR_TOO_LONG;
        *sz += item_sz;
    }
    return LQ_OK;
}

static uint32_t room_mask(const lq_pool_t *pool, lq_role_t role)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < pool->peer_cnt; i++) {
        const lq_pool_peer_t *p = &pool->peers[i];
        if (p->open_cnt < (role == LQ_ROLE_SEND ? p->send_max : p->read_max))
            mask |= UINT32_C(1) << i;
    }
    return mask;
}

static lq_health_want_t want_of(const lq_pool_slot_t *s)
{
    const lq_pool_call_t *c = &s->call;
    uint32_t mask = c->pinned ? UINT32_C(1) << c->endpoint : UINT32_MAX;
    return (lq_health_want_t){.role = c->role,
                              .mask = mask & ~s->tried_mask & ~c->not_mask,
                              .now_mask = room_mask(s->pool, c->role),
                              .min_head_blk = c->min_head_blk,
                              .item_cnt = (uint32_t)c->rpc.item_cnt};
}

static void on_answer(void *ctx, const lq_rpc_answer_t *answer);

/* Sends S to endpoint I; MORE tells that there are others, for which half of the time is kept. */
static lq_err_t send_to(lq_pool_slot_t *s, uint32_t i, uint64_t now, bool more)
{
    lq_pool_t *pool = s->pool;
    uint64_t clock_ns = lq_clock_mono(pool->clock);
    uint64_t left_ns = s->deadline_ns > clock_ns ? s->deadline_ns - clock_ns : 1;
    lq_rpc_call_t call = s->call.rpc;
    call.fn = on_answer;
    call.ctx = s;
    call.timeout_ns = more && s->call.role != LQ_ROLE_SEND ? (left_ns + 1) / 2 : left_ns;
    lq_err_t err = lq_endpoint_call(pool->peers[i].e, &s->rpc, &call);
    if (err)
        return err;
    lq_health_pay(&pool->health, i, now, (uint32_t)call.item_cnt);
    lq_health_note_sent(&pool->health, i, now);
    pool->peers[i].open_cnt++;
    dequeue(s);
    s->state = LQ_POOL_SLOT_SENT;
    s->endpoint = i;
    return LQ_OK;
}

/* Sends S, which is queued, if an endpoint can take it now. */
static void dispatch(lq_pool_slot_t *s, uint64_t now)
{
    lq_pool_t *pool = s->pool;
    lq_health_want_t want = want_of(s);
    for (;;) {
        uint32_t fit;
        uint32_t i = lq_health_choose(&pool->health, &fit, now, &want);
        if (i == LQ_NODE_HEALTH_NONE)
            return;
        uint32_t bit = UINT32_C(1) << i;
        lq_err_t err = send_to(s, i, now, (fit & ~bit) != 0);
        if (!err)
            return;
        want.now_mask &= ~bit;
        if (err != LQ_ERR_CLOSED && lq_endpoint_call_cnt(pool->peers[i].e) == 0)
            s->tried_mask |= bit; /* too large for an idle one: too large for ever */
    }
}

void lq_pool_pump(lq_pool_t *pool, bool all)
{
    uint64_t now = lq_pool_now(pool);
    for (int send = 1; send >= 0; send--) {
        size_t left_cnt = all ? LQ_POOL_SLOT_CNT : PUMP_CNT;
        for (uint32_t i = pool->queue_first; i != LQ_POOL_NONE && left_cnt;) {
            lq_pool_slot_t *s = &pool->slots[i];
            i = s->next;
            if ((s->call.role == LQ_ROLE_SEND) != (send != 0) || now >= s->deadline_ns)
                continue;
            dispatch(s, now);
            left_cnt -= s->state == LQ_POOL_SLOT_QUEUED;
        }
    }
}

/* Ends S without an endpoint's answer to give. */
static void end_unanswered(lq_pool_slot_t *s)
{
    lq_pool_t *pool = s->pool;
    const char *message = s->last == LQ_RPC_UNSENT ? NOTHING_FITS : lq_rpc_class_str(s->last);
    size_t cnt = s->call.rpc.item_cnt;
    for (size_t i = 0; i < cnt; i++)
        pool->results[i] =
            (lq_rpc_result_t){.class_ = s->last, .message = message, .message_sz = strlen(message)};
    lq_rpc_answer_t answer = {.results = pool->results,
                              .result_cnt = cnt,
                              .endpoint = s->last_endpoint,
                              .recv = lq_clock_now(pool->clock)};
    lq_rpc_fn_t *fn = s->call.rpc.fn;
    void *ctx = s->call.rpc.ctx;
    LQ_LOG(pool->log, LQ_LOG_WARN, "rpc", "call waited in vain for an endpoint",
           LQ_LOG_CSTR("method", s->call.rpc.items[0].method),
           LQ_LOG_CSTR("last", lq_rpc_class_name(s->last)));
    release(s);
    fn(ctx, &answer);
}

/* Whether waiting is in vain: health may change, but not roles, nor what was tried. */
static bool is_hopeless(const lq_pool_slot_t *s)
{
    const lq_pool_t *pool = s->pool;
    uint32_t mask = want_of(s).mask;
    for (uint32_t i = 0; i < pool->peer_cnt; i++)
        if ((mask >> i & 1) && (pool->peers[i].roles & s->call.role))
            return false;
    return true;
}

/* The callbacks may end and begin calls: after each the queue is looked through anew, for those of
   before. */
void lq_pool_expire(lq_pool_t *pool)
{
    uint64_t now = lq_pool_now(pool);
    uint64_t end_seq = pool->next_seq;
    for (uint32_t i = pool->queue_first; i != LQ_POOL_NONE;) {
        lq_pool_slot_t *s = &pool->slots[i];
        i = s->next;
        if ((now < s->deadline_ns && !is_hopeless(s)) || s->id >> LQ_POOL_SLOT_BITS >= end_seq)
            continue;
        end_unanswered(s);
        i = pool->queue_first;
    }
}

/* Where S has to wait, has the timer look at it soon. */
static void hurry(lq_pool_slot_t *s)
{
    lq_pool_t *pool = s->pool;
    uint64_t at_ns = lq_loop_time(pool->loop).mono_ns + LQ_POOL_TICK_BUSY_NS;
    if (s->state == LQ_POOL_SLOT_QUEUED && pool->timer.at_mono_ns > at_ns)
        lq_timer_set(pool->loop, &pool->timer, at_ns);
}

/* Queues S, which was sent, again, and sends it if that can be. */
static void move_on(lq_pool_slot_t *s, lq_rpc_class_t why, uint64_t now)
{
    s->tried_mask |= UINT32_C(1) << s->endpoint;
    s->last = why;
    s->last_endpoint = s->endpoint;
    enqueue(s, true);
    dispatch(s, now);
    hurry(s);
}

/* The endpoints, but for the tried ones, that could take S now or soon. */
static uint32_t others(lq_pool_slot_t *s, uint32_t *best, uint64_t now)
{
    uint32_t fit;
    lq_health_want_t want = want_of(s);
    want.mask &= ~(UINT32_C(1) << s->endpoint);
    *best = lq_health_choose(&s->pool->health, &fit, now, &want);
    return fit;
}

void lq_pool_take_away(lq_pool_t *pool, uint32_t endpoint, bool all)
{
    uint64_t now = lq_pool_now(pool);
    for (uint32_t i = 0; i < LQ_POOL_SLOT_CNT; i++) {
        lq_pool_slot_t *s = &pool->slots[i];
        uint32_t best;
        if (s->state != LQ_POOL_SLOT_SENT || s->endpoint != endpoint ||
            s->call.role == LQ_ROLE_SEND)
            continue;
        if (!all && (!others(s, &best, now) || best == LQ_NODE_HEALTH_NONE ||
                     lq_health_of(&pool->health, best, now) != LQ_NODE_HEALTH_WELL))
            continue;
        lq_endpoint_cancel(pool->peers[endpoint].e, s->rpc);
        lq_health_note_cancelled(&pool->health, endpoint);
        pool->peers[endpoint].open_cnt--;
        move_on(s, all ? LQ_RPC_BROKEN : LQ_RPC_TIMEOUT, now);
    }
}

/* What an answer says about the node: the first of its results that blames it, else the first. */
static lq_rpc_class_t class_of(const lq_rpc_answer_t *answer)
{
    for (size_t i = 0; i < answer->result_cnt; i++)
        if (lq_rpc_blames_node(answer->results[i].class_))
            return answer->results[i].class_;
    return answer->results[0].class_;
}

/* A batch moves as a whole, and only where it brought nothing: what one endpoint has answered is
   not asked of another. */
static bool may_move(const lq_rpc_answer_t *answer)
{
    for (size_t i = 0; i < answer->result_cnt; i++)
        if (!lq_rpc_may_move(answer->results[i].class_))
            return false;
    return true;
}

static void on_answer(void *ctx, const lq_rpc_answer_t *answer)
{
    lq_pool_slot_t *s = ctx;
    lq_pool_t *pool = s->pool;
    uint64_t now = lq_pool_now(pool);
    uint32_t i = s->endpoint;
    lq_rpc_class_t c = class_of(answer);
    pool->peers[i].open_cnt--;
    lq_health_note_end(&pool->health, i, now, c, lq_pool_is_answered(answer, c), answer->latency_ns,
                       answer->retry_after_ns);
    uint32_t best;
    if (may_move(answer) && s->call.role != LQ_ROLE_SEND && now < s->deadline_ns &&
        others(s, &best, now)) {
        move_on(s, c, now);
    } else {
        lq_rpc_fn_t *fn = s->call.rpc.fn;
        void *user = s->call.rpc.ctx;
        release(s);
        fn(user, answer);
    }
    lq_pool_pump(pool, false);
}

lq_err_t lq_pool_call(lq_pool_t *pool, lq_rpc_id_t *id, const lq_pool_call_t *call)
{
    LQ_ASSERT(call->rpc.item_cnt >= 1 && call->rpc.item_cnt <= LQ_RPC_ITEM_MAX);
    LQ_ASSERT(!call->pinned || call->endpoint < pool->peer_cnt);
    bool send = call->role == LQ_ROLE_SEND;
    uint32_t slot_max = send ? LQ_POOL_SLOT_CNT : LQ_POOL_SLOT_CNT - LQ_POOL_SEND_SLOTS;
    size_t sz;
    lq_err_t err = items_sz(&sz, pool, &call->rpc);
    if (err)
        return err;
    if (pool->slot_used_cnt >= slot_max)
        return LQ_ERR_FULL;
    lq_pool_slot_t *s = &pool->slots[pool->free_slot];
    char *text = take_text(s, sz, send);
    if (!text)
        return LQ_ERR_FULL;
    uint64_t clock_ns = lq_clock_mono(pool->clock);
    pool->free_slot = s->next;
    pool->slot_used_cnt++;
    s->id = pool->next_seq++ << LQ_POOL_SLOT_BITS | number_of(s);
    s->call = *call;
    s->deadline_ns = lq_time_after(clock_ns, call->rpc.timeout_ns);
    s->tried_mask = 0;
    s->last = LQ_RPC_UNSENT;
    s->last_endpoint = LQ_POOL_ENDPOINT_MAX;
    copy_items(s, text);
    enqueue(s, false);
    dispatch(s, lq_pool_now(pool));
    hurry(s);
    id->id = s->id;
    return LQ_OK;
}

void lq_pool_cancel(lq_pool_t *pool, lq_rpc_id_t id)
{
    lq_pool_slot_t *s = &pool->slots[id.id & (LQ_POOL_SLOT_CNT - 1)];
    if (s->id != id.id || s->state == LQ_POOL_SLOT_FREE)
        return;
    if (s->state == LQ_POOL_SLOT_SENT) {
        lq_endpoint_cancel(pool->peers[s->endpoint].e, s->rpc);
        lq_health_note_cancelled(&pool->health, s->endpoint);
        pool->peers[s->endpoint].open_cnt--;
    }
    release(s);
}
