#include "endpoint_internal.h"

#include <string.h>

/* Subscriptions. What comes between eth_subscribe and its answer may be a notification of it: a
   node can begin to notify before it has said under which id. Such are held back until no answer is
   awaited. Where there is no room for them the oldest go: what is then lost came before ON, and all
   that comes after ON is without a gap. */

#define PLACE_BITS   5u /* of a number: 2 * 16 places */
#define HELD_MAX     (256u << 10)
#define SUBSCRIBE_NS 10000000000u /* until we ask again */
#define ENVELOPE_SZ  128u         /* around the parameters, a frame\'s header included */

typedef struct held {
    size_t sz;
    lq_time_t recv;
} held_t;

static void ask(lq_sub_t *s);

static void on_timer(void *ctx, lq_timer_t *timer)
{
    (void)timer;
    ask(ctx);
}

lq_err_t lq_subs_init(lq_endpoint_t *e, lq_arena_t *arena)
{
    e->sub_cap = 2 * e->config.sub_max;
    e->subs = lq_arena_alloc(arena, e->sub_cap * sizeof(*e->subs), _Alignof(lq_sub_t));
    e->held = lq_arena_alloc(arena, e->sub_cap ? HELD_MAX : 0, 1);
    if (!e->subs || !e->held)
        return LQ_ERR_NOMEM;
    for (size_t i = 0; i < e->sub_cap; i++) {
        lq_sub_t *s = &e->subs[i];
        *s = (lq_sub_t){.number = (uint32_t)i, .e = e, .timer = {.fn = on_timer, .ctx = s}};
        s->params = lq_arena_alloc(arena, LQ_RPC_SUB_PARAMS_MAX, 1);
        if (!s->params)
            return LQ_ERR_NOMEM;
    }
    return LQ_OK;
}

void lq_subs_stop(lq_endpoint_t *e)
{
    for (size_t i = 0; i < e->sub_cap; i++)
        lq_timer_stop(e->loop, &e->subs[i].timer);
}

/* Tells S's user, who may end S meanwhile: nobody looks at S afterwards. */
static void tell(lq_sub_t *s, lq_sub_event_t event)
{
    event.endpoint = s->e->config.number;
    s->fn(s->ctx, &event);
}

static void free_sub(lq_sub_t *s)
{
    lq_timer_stop(s->e->loop, &s->timer);
    s->state = LQ_SUB_STATE_FREE;
    s->id_sz = 0;
}

static void try_later(lq_sub_t *s)
{
    s->state = LQ_SUB_STATE_WAITS;
    s->id_sz = 0;
    lq_timer_set_in(s->e->loop, &s->timer, lq_endpoint_backoff_ns(s->e, s->try_cnt));
    if (s->try_cnt < UINT32_MAX)
        s->try_cnt++;
}

static void on_unsubscribed(void *ctx, const lq_rpc_answer_t *answer)
{
    (void)ctx, (void)answer; /* whatever it says, we do not listen any more */
}

/* Asks the node to end the subscription ID; where that cannot be sent, what still comes of it is
   counted and dropped. */
static void leave(lq_endpoint_t *e, const char *id, size_t id_sz)
{
    char params[LQ_ENVELOPE_SUB_MAX + 4] = "[\"";
    memcpy(params + 2, id, id_sz);
    params[2 + id_sz] = '"';
    params[3 + id_sz] = ']';
    lq_rpc_item_t item = {"eth_unsubscribe", params, id_sz + 4};
    lq_rpc_call_t call = {&item, 1, SUBSCRIBE_NS, on_unsubscribed, NULL};
    lq_rpc_id_t ignored;
    if (lq_call_start(e, &ignored, &call, true) != LQ_OK)
        LQ_LOG(e->log, LQ_LOG_DEBUG, "rpc", "subscription left without a word",
               LQ_LOG_CSTR("endpoint", e->config.name));
}

/* The end of an id as a number: what tells ids apart at once, be they random or counted. */
static uint64_t tail_of(const char *id, size_t id_sz)
{
    uint64_t tail = 0;
    if (id_sz >= sizeof(tail))
        memcpy(&tail, id + id_sz - sizeof(tail), sizeof(tail));
    else
        memcpy(&tail, id, id_sz);
    return tail;
}

static lq_sub_t *find_sub(const lq_endpoint_t *e, const char *id, size_t id_sz)
{
    uint64_t tail = tail_of(id, id_sz);
    for (size_t i = 0; i < e->sub_cap; i++) {
        lq_sub_t *s = &e->subs[i];
        if (s->tail == tail && s->id_sz == id_sz && memcmp(s->id, id, id_sz) == 0)
            return s;
    }
    return NULL;
}

/* Sets the id of a subscription from an answer; false where it has none, or one that is in use. */
static bool take_id(const lq_endpoint_t *e, const char **id, size_t *id_sz, const lq_json_t *doc,
                    lq_json_val_t v)
{
    return lq_json_get_raw(doc, id, id_sz, NULL, v, NULL) == LQ_OK && *id_sz &&
           *id_sz <= LQ_ENVELOPE_SUB_MAX && !memchr(*id, '\\', *id_sz) && !find_sub(e, *id, *id_sz);
}

static void note_stray(lq_endpoint_t *e, size_t cnt)
{
    e->stat.stray_cnt += cnt;
    if (cnt)
        LQ_LOG(e->log, LQ_LOG_DEBUG, "rpc", "notification of no subscription of ours dropped",
               LQ_LOG_CSTR("endpoint", e->config.name));
}

static size_t held_cnt(const lq_endpoint_t *e)
{
    size_t cnt = 0;
    held_t h;
    for (size_t at = 0; at < e->held_sz; at += sizeof(h) + h.sz, cnt++)
        memcpy(&h, e->held + at, sizeof(h));
    return cnt;
}

static void drop_held(lq_endpoint_t *e)
{
    note_stray(e, held_cnt(e));
    e->held_sz = 0;
}

static void hold(lq_endpoint_t *e, const lq_json_t *doc, lq_time_t recv)
{
    held_t h = {doc->text_sz, recv};
    if (h.sz > HELD_MAX - sizeof(h) || HELD_MAX - e->held_sz < sizeof(h) + h.sz)
        drop_held(e);
    if (h.sz > HELD_MAX - sizeof(h)) {
        note_stray(e, 1);
        return;
    }
    memcpy(e->held + e->held_sz, &h, sizeof(h));
    memcpy(e->held + e->held_sz + sizeof(h), doc->text, h.sz);
    e->held_sz += sizeof(h) + h.sz;
}

static void deliver(lq_sub_t *s, const lq_json_t *doc, const lq_envelope_t *env, lq_time_t recv)
{
    lq_sub_event_t event = {.what = LQ_SUB_DATA, .doc = doc, .value = env->value, .recv = recv};
    if (env->kind == LQ_ENVELOPE_NOTIFY) {
        tell(s, event);
        return;
    }
    LQ_LOG(s->e->log, LQ_LOG_WARN, "rpc", "node ended a subscription",
           LQ_LOG_CSTR("endpoint", s->e->config.name));
    try_later(s);
    event = (lq_sub_event_t){.what = LQ_SUB_OFF, .recv = recv};
    tell(s, event);
}

void lq_subs_seek(const lq_endpoint_t *e, const lq_envelope_t *env)
{
    if (env->kind == LQ_ENVELOPE_NOTIFY)
        (void)find_sub(e, env->sub, env->sub_sz);
}

void lq_subs_notify(lq_endpoint_t *e, const lq_json_t *doc, const lq_envelope_t *env,
                    lq_time_t recv)
{
    e->stat.notify_cnt++;
    lq_sub_t *s = find_sub(e, env->sub, env->sub_sz);
    if (LQ_LIKELY(s != NULL)) {
        e->answered = true;
        deliver(s, doc, env, recv);
    } else if (e->asked_cnt) {
        hold(e, doc, recv);
    } else {
        note_stray(e, 1);
    }
}

/* Delivers what was held back for subscriptions whose id is known by now, in order; keeps the rest
   as long as an answer is awaited. */
static void release_held(lq_endpoint_t *e)
{
    size_t end = e->held_sz;
    size_t keep = 0;
    held_t h;
    for (size_t at = 0; at < end; at += sizeof(h) + h.sz) {
        lq_json_t doc;
        lq_envelope_t env;
        memcpy(&h, e->held + at, sizeof(h));
        if (lq_json_parse(&doc, e->tok, e->tok_max, NULL, e->held + at + sizeof(h), h.sz,
                          &e->limits) != LQ_OK)
            LQ_BUG("a text that was held back has changed");
        lq_envelope_read(&env, &doc, lq_json_root(&doc));
        lq_sub_t *s = find_sub(e, env.sub, env.sub_sz);
        if (s) {
            deliver(s, &doc, &env, h.recv);
        } else if (e->asked_cnt) {
            memmove(e->held + keep, e->held + at, sizeof(h) + h.sz);
            keep += sizeof(h) + h.sz;
        } else {
            note_stray(e, 1);
        }
    }
    e->held_sz = keep;
}

static bool is_refusal(lq_rpc_class_t c)
{
    return c == LQ_RPC_METHOD || c == LQ_RPC_PARAMS || c == LQ_RPC_FILTER || c == LQ_RPC_FORBIDDEN;
}

static void establish(lq_sub_t *s, const char *id, size_t id_sz, lq_time_t recv)
{
    memcpy(s->id, id, id_sz);
    s->id_sz = id_sz;
    s->tail = tail_of(id, id_sz);
    s->state = LQ_SUB_STATE_KEPT;
    s->try_cnt = 0;
    tell(s, (lq_sub_event_t){.what = LQ_SUB_ON, .recv = recv});
}

static void on_failure(lq_sub_t *s, const lq_rpc_answer_t *answer)
{
    const lq_rpc_result_t *r = &answer->results[0];
    if (!lq_endpoint_is_up(s->e)) {
        s->state = LQ_SUB_STATE_WAITS;
        return;
    }
    LQ_LOG(s->e->log, LQ_LOG_WARN, "rpc", "node did not subscribe",
           LQ_LOG_CSTR("endpoint", s->e->config.name),
           LQ_LOG_CSTR("class", lq_rpc_class_name(r->class_)), LQ_LOG_I64("code", r->code),
           LQ_LOG_STR("answer", r->message, r->message_sz));
    if (!is_refusal(r->class_)) {
        try_later(s);
        return;
    }
    s->state = LQ_SUB_STATE_REFUSED;
    tell(s, (lq_sub_event_t){.what = LQ_SUB_REFUSED, .refusal = r, .recv = answer->recv});
}

static void on_answer(void *ctx, const lq_rpc_answer_t *answer)
{
    lq_sub_t *s = ctx;
    lq_endpoint_t *e = s->e;
    const lq_rpc_result_t *r = &answer->results[0];
    const char *id;
    size_t id_sz;
    e->asked_cnt--;
    bool good = r->class_ == LQ_RPC_OK && take_id(e, &id, &id_sz, answer->doc, r->value);
    if (r->class_ == LQ_RPC_OK && !good)
        e->stat.garbage_cnt++;
    if (r->class_ == LQ_RPC_TIMEOUT)
        s->late = s->call;
    if (s->state == LQ_SUB_STATE_LEFT) {
        free_sub(s);
        if (good)
            leave(e, id, id_sz);
    } else if (good) {
        establish(s, id, id_sz, answer->recv);
    } else {
        on_failure(s, answer);
    }
    release_held(e);
}

static void ask(lq_sub_t *s)
{
    lq_endpoint_t *e = s->e;
    lq_rpc_item_t item = {"eth_subscribe", s->params, s->params_sz};
    lq_rpc_call_t call = {&item, 1, SUBSCRIBE_NS, on_answer, s};
    lq_err_t err = lq_call_start(e, &s->call, &call, true);
    if (err == LQ_ERR_CLOSED) {
        s->state = LQ_SUB_STATE_WAITS;
    } else if (err) {
        LQ_LOG(e->log, LQ_LOG_WARN, "rpc", "no room to subscribe",
               LQ_LOG_CSTR("endpoint", e->config.name), LQ_LOG_ERR("err", err));
        try_later(s);
    } else {
        s->state = LQ_SUB_STATE_ASKED;
        e->asked_cnt++;
    }
}

void lq_subs_up(lq_endpoint_t *e)
{
    for (size_t i = 0; i < e->sub_cap; i++)
        if (e->subs[i].state == LQ_SUB_STATE_WAITS)
            ask(&e->subs[i]);
}

/* The calls have ended before, so none is ASKED or LEFT, and nothing is held. */
void lq_subs_down(lq_endpoint_t *e)
{
    for (size_t i = 0; i < e->sub_cap; i++) {
        lq_sub_t *s = &e->subs[i];
        if (s->state == LQ_SUB_STATE_FREE)
            continue;
        bool was_on = s->state == LQ_SUB_STATE_KEPT;
        lq_timer_stop(e->loop, &s->timer);
        s->state = LQ_SUB_STATE_WAITS;
        s->id_sz = 0;
        s->try_cnt = 0;
        s->late.id = 0;
        if (was_on)
            tell(s, (lq_sub_event_t){.what = LQ_SUB_OFF, .recv = lq_loop_time(e->loop)});
    }
}

void lq_subs_late(lq_endpoint_t *e, const lq_json_t *doc, const lq_envelope_t *env)
{
    uint64_t seq = env->id >> LQ_ENDPOINT_ITEM_BITS;
    for (size_t i = 0; seq && i < e->sub_cap; i++) {
        const char *id;
        size_t id_sz;
        if (e->subs[i].late.id != seq)
            continue;
        e->subs[i].late.id = 0;
        if (env->kind == LQ_ENVELOPE_RESULT && take_id(e, &id, &id_sz, doc, env->value))
            leave(e, id, id_sz);
        return;
    }
}

static lq_sub_t *free_place(lq_endpoint_t *e)
{
    for (size_t i = 0; i < e->sub_cap; i++)
        if (e->subs[i].state == LQ_SUB_STATE_FREE)
            return &e->subs[i];
    return NULL;
}

lq_err_t lq_endpoint_subscribe(lq_endpoint_t *e, uint32_t *sub, const char *params,
                               size_t params_sz, lq_sub_fn_t *fn, void *ctx)
{
    if (e->http)
        return LQ_ERR_INVAL;
    if (params_sz > LQ_RPC_SUB_PARAMS_MAX || params_sz + ENVELOPE_SZ > e->config.out_max)
        return LQ_ERR_TOO_LONG;
    lq_sub_t *s = e->sub_cnt < e->config.sub_max ? free_place(e) : NULL;
    if (!s)
        return LQ_ERR_FULL;
    e->sub_cnt++;
    s->number += 1u << PLACE_BITS;
    s->fn = fn;
    s->ctx = ctx;
    memcpy(s->params, params, params_sz);
    s->params_sz = params_sz;
    s->try_cnt = 0;
    s->late.id = 0;
    *sub = s->number;
    ask(s);
    return LQ_OK;
}

void lq_endpoint_unsubscribe(lq_endpoint_t *e, uint32_t sub)
{
    size_t place = sub & ((1u << PLACE_BITS) - 1);
    lq_sub_t *s = place < e->sub_cap ? &e->subs[place] : NULL;
    if (!s || s->number != sub || s->state == LQ_SUB_STATE_FREE || s->state == LQ_SUB_STATE_LEFT)
        return;
    e->sub_cnt--;
    if (s->state == LQ_SUB_STATE_ASKED) {
        s->state = LQ_SUB_STATE_LEFT;
        return;
    }
    char id[LQ_ENVELOPE_SUB_MAX];
    size_t id_sz = s->id_sz;
    memcpy(id, s->id, id_sz);
    free_sub(s);
    if (id_sz)
        leave(e, id, id_sz);
}
