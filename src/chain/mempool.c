#include "liqd/chain/mempool.h"

#include <stdio.h>
#include <string.h>

#include "liqd/base/map.h"
#include "liqd/chain/decode.h"
#include "liqd/codec/hex.h"

#define SECOND_NS ((uint64_t)1000000000)

static const char hash_params[] = "[\"newPendingTransactions\"]";
static const char full_params[] = "[\"newPendingTransactions\",true]";

typedef enum seen_state {
    SEEN_TOLD,     /* its hash alone is known */
    SEEN_FETCHING, /* asked for */
    SEEN_SETTLED,  /* given, or found to be of no use */
} seen_state_t;

/* A hash that is remembered. */
typedef struct seen {
    lq_hash_t hash;
    seen_state_t state;
} seen_t;

typedef struct fetch {
    lq_mempool_t *m;
    lq_rpc_id_t rpc;
    lq_hash_t hash;
    bool used;
} fetch_t;

struct lq_mempool {
    lq_loop_t *loop;
    lq_log_t *log;
    lq_pool_t *pool;
    lq_mempool_config_t config;
    lq_event_fn_t *event;
    void *ctx;
    lq_map_t *watched; /* NULL: all */
    lq_map_t *places;  /* of hashes in SEEN */
    seen_t *seen;      /* a ring */
    size_t seen_cnt, seen_at;
    fetch_t *fetches;
    size_t fetch_cnt;
    uint64_t credit; /* in 10^-9 fetches */
    uint64_t credit_ns;
    uint8_t *input;
    uint32_t sub_full, sub_hash;
    bool has_full, has_hash;
    uint64_t full_mask; /* endpoints that give whole transactions */
    lq_mempool_stat_t stat;
};

static void note_garbage(lq_mempool_t *m, uint32_t endpoint, const lq_err_msg_t *msg)
{
    m->stat.garbage_cnt++;
    LQ_LOG(m->log, LQ_LOG_WARN, "chain", "pending transaction malformed",
           LQ_LOG_CSTR("endpoint", lq_pool_name(m->pool, endpoint)), LQ_LOG_CSTR("why", msg->text));
}

/* Counts a transaction that is dropped, and says why. */
static void note_drop(lq_mempool_t *m, uint64_t *cnt, uint32_t endpoint, const char *why)
{
    ++*cnt;
    LQ_LOG(m->log, LQ_LOG_INFO, "chain", "pending transaction dropped",
           LQ_LOG_CSTR("endpoint", lq_pool_name(m->pool, endpoint)), LQ_LOG_CSTR("why", why));
}

/* The place of HASH, made where it is new, at the cost of the oldest. */
static seen_t *remember(lq_mempool_t *m, const lq_hash_t *hash)
{
    uint32_t place;
    if (!lq_map_find(m->places, &place, hash->b))
        return &m->seen[place];
    seen_t *s = &m->seen[m->seen_at];
    lq_err_t err = LQ_OK;
    if (m->seen_cnt == m->config.seen_max)
        err = lq_map_remove(m->places, s->hash.b);
    else
        m->seen_cnt++;
    *s = (seen_t){*hash, SEEN_TOLD};
    if (!err)
        err = lq_map_insert(m->places, hash->b, (uint32_t)m->seen_at);
    LQ_ASSERT(!err);
    m->seen_at = (m->seen_at + 1) % m->config.seen_max;
    return s;
}

static bool is_watched(const lq_mempool_t *m, const lq_pending_tx_t *tx)
{
    uint32_t ignored;
    return !m->watched || (!tx->creates && !lq_map_find(m->watched, &ignored, tx->to.b));
}

/* Takes a whole transaction, the value AT; HASH (may be NULL) is the one that was asked for. */
static void take_tx(lq_mempool_t *m, const lq_json_t *doc, lq_json_val_t at, const lq_hash_t *hash,
                    uint32_t endpoint, lq_time_t recv)
{
    lq_pending_tx_t tx;
    bool mined;
    lq_err_msg_t msg = {{0}};
    lq_err_t err = lq_pending_tx_decode(doc, &tx, &mined, m->input, m->config.input_max, &msg, at);
    if (!err && hash && memcmp(hash, &tx.hash, sizeof(*hash)) != 0)
        err = lq_err_msg_set(&msg, LQ_ERR_RANGE, "another transaction than was asked for");
    if (err == LQ_ERR_TOO_LONG) {
        note_drop(m, &m->stat.over_cnt, endpoint, "its calldata is longer than there is room for");
        if (hash)
            remember(m, hash)->state = SEEN_SETTLED;
        return;
    }
    if (err) {
        note_garbage(m, endpoint, &msg);
        return;
    }
    seen_t *seen = remember(m, &tx.hash);
    bool settled = seen->state == SEEN_SETTLED;
    seen->state = SEEN_SETTLED;
    if (settled) {
        m->stat.double_cnt++;
    } else if (mined) {
        m->stat.gone_cnt++;
    } else if (!is_watched(m, &tx)) {
        m->stat.unwatched_cnt++;
    } else {
        m->stat.given_cnt++;
        lq_event_t event = {.kind = LQ_EVENT_PENDING, .time = recv, .as.pending = &tx};
        m->event(m->ctx, &event);
    }
}

static void on_fetched(void *ctx, const lq_rpc_answer_t *answer)
{
    fetch_t *f = ctx;
    lq_mempool_t *m = f->m;
    const lq_rpc_result_t *r = &answer->results[0];
    lq_hash_t hash = f->hash;
    f->used = false;
    m->fetch_cnt--;
    uint32_t place;
    if (!lq_map_find(m->places, &place, hash.b) && m->seen[place].state == SEEN_FETCHING)
        m->seen[place].state = SEEN_TOLD; /* until we know better */
    if (r->class_ != LQ_RPC_OK && answer->endpoint >= lq_pool_endpoint_cnt(m->pool)) /* by none */
        m->stat.failed_cnt++;
    else if (r->class_ != LQ_RPC_OK)
        note_drop(m, &m->stat.failed_cnt, answer->endpoint, lq_rpc_class_str(r->class_));
    else if (lq_json_kind(r->value) == LQ_JSON_KIND_NULL)
        m->stat.gone_cnt++;
    else
        take_tx(m, answer->doc, r->value, &hash, answer->endpoint, answer->recv);
}

/* Whether the budget has one fetch more, which is then spent. */
static bool spend(lq_mempool_t *m)
{
    uint64_t now = lq_loop_time(m->loop).mono_ns;
    uint64_t ns = now - m->credit_ns;
    m->credit_ns = now;
    uint64_t full = m->config.fetch_rate * SECOND_NS;
    uint64_t earned = (ns < SECOND_NS ? ns : SECOND_NS) * m->config.fetch_rate;
    m->credit = full - m->credit < earned ? full : m->credit + earned;
    if (m->fetch_cnt == m->config.fetch_max || m->credit < SECOND_NS)
        return false;
    m->credit -= SECOND_NS;
    return true;
}

/* Asks ENDPOINT, which told of it, for the transaction HASH. */
static lq_err_t fetch(lq_mempool_t *m, const lq_hash_t *hash, uint32_t endpoint)
{
    fetch_t *f = m->fetches;
    while (f->used)
        f++;
    char hex[2 * sizeof(hash->b) + 1] = {0};
    char params[sizeof(hex) + 6];
    lq_hex_encode(hex, hash->b, sizeof(hash->b));
    int params_sz = snprintf(params, sizeof(params), "[\"0x%s\"]", hex);
    lq_rpc_item_t item = {"eth_getTransactionByHash", params, (size_t)params_sz};
    lq_pool_call_t call = {
        .rpc = {&item, 1, m->config.timeout_ns, on_fetched, f},
        .role = LQ_ROLE_SUBSCRIBE, /* which it has */
        .pinned = true,
        .endpoint = endpoint,
    };
    lq_err_t err = lq_pool_call(m->pool, &f->rpc, &call);
    if (err)
        return err;
    f->m = m;
    f->hash = *hash;
    f->used = true;
    m->fetch_cnt++;
    m->stat.fetch_cnt++;
    return LQ_OK;
}

static void take_hash(lq_mempool_t *m, const lq_sub_event_t *event)
{
    lq_hash_t hash;
    lq_err_msg_t msg;
    if (lq_json_get_data(event->doc, hash.b, sizeof(hash.b), &msg, event->value, NULL)) {
        note_garbage(m, event->endpoint, &msg);
        return;
    }
    m->stat.hash_cnt++;
    seen_t *seen = remember(m, &hash);
    if (seen->state != SEEN_TOLD)
        m->stat.double_cnt++;
    else if (!spend(m) || fetch(m, &hash, event->endpoint))
        note_drop(m, &m->stat.over_cnt, event->endpoint, "the budget of fetches is used up");
    else
        seen->state = SEEN_FETCHING;
}

static void take_data(lq_mempool_t *m, const lq_sub_event_t *event)
{
    lq_err_msg_t msg = {"neither a hash nor a transaction"};
    switch (lq_json_kind(event->value)) {
    case LQ_JSON_KIND_STRING: /* also from a node that overlooks what we ask for */
        take_hash(m, event);
        return;
    case LQ_JSON_KIND_OBJECT:
        m->stat.full_cnt++;
        take_tx(m, event->doc, event->value, NULL, event->endpoint, event->recv);
        return;
    case LQ_JSON_KIND_ABSENT:
    case LQ_JSON_KIND_NULL:
    case LQ_JSON_KIND_BOOL:
    case LQ_JSON_KIND_NUMBER:
    case LQ_JSON_KIND_ARRAY:
        note_garbage(m, event->endpoint, &msg);
        return;
    }
}

static void note_refusal(lq_mempool_t *m, const lq_sub_event_t *event)
{
    const lq_rpc_result_t *r = event->refusal;
    LQ_LOG(m->log, LQ_LOG_WARN, "chain", "node tells no pending transactions",
           LQ_LOG_CSTR("endpoint", lq_pool_name(m->pool, event->endpoint)),
           LQ_LOG_CSTR("class", lq_rpc_class_name(r->class_)),
           LQ_LOG_STR("text", r->message, r->message_sz));
}

static void on_hash(void *ctx, const lq_sub_event_t *event)
{
    lq_mempool_t *m = ctx;
    switch (event->what) {
    case LQ_SUB_DATA:
        if (!(m->full_mask >> event->endpoint & 1))
            take_data(m, event);
        return;
    case LQ_SUB_REFUSED:
        note_refusal(m, event);
        return;
    case LQ_SUB_ON:
    case LQ_SUB_OFF:
        return;
    }
}

/* Asks for hashes too, of all endpoints since the pool knows no other way. */
static lq_err_t fall_back(lq_mempool_t *m)
{
    if (m->has_hash)
        return LQ_OK;
    lq_err_t err =
        lq_pool_subscribe(m->pool, &m->sub_hash, hash_params, sizeof(hash_params) - 1, on_hash, m);
    m->has_hash = !err;
    return err;
}

static void on_full(void *ctx, const lq_sub_event_t *event)
{
    lq_mempool_t *m = ctx;
    uint64_t bit = (uint64_t)1 << event->endpoint;
    switch (event->what) {
    case LQ_SUB_ON:
        m->full_mask |= bit;
        return;
    case LQ_SUB_DATA:
        take_data(m, event);
        return;
    case LQ_SUB_OFF:
        m->full_mask &= ~bit;
        return;
    case LQ_SUB_REFUSED:
        m->full_mask &= ~bit;
        if (fall_back(m))
            note_refusal(m, event); /* tried again with its next connection */
        return;
    }
}

static lq_err_t watch(lq_mempool_t *m, lq_arena_t *arena, const lq_address_t *watched, size_t cnt)
{
    if (!cnt)
        return LQ_OK;
    lq_err_t err = lq_map_new(&m->watched, arena, sizeof(lq_address_t), cnt, m->config.seed);
    for (size_t i = 0; !err && i < cnt; i++)
        err = lq_map_upsert(m->watched, watched[i].b, 0);
    return err;
}

static lq_err_t init(lq_mempool_t *m, lq_arena_t *arena, const lq_address_t *watched,
                     size_t watched_cnt)
{
    const lq_mempool_config_t *c = &m->config;
    lq_err_t err = lq_map_new(&m->places, arena, sizeof(lq_hash_t), c->seen_max, c->seed);
    if (!err)
        err = watch(m, arena, watched, watched_cnt);
    if (err)
        return err;
    m->seen = lq_arena_alloc(arena, c->seen_max * sizeof(seen_t), _Alignof(seen_t));
    m->fetches = lq_arena_alloc(arena, c->fetch_max * sizeof(fetch_t), _Alignof(fetch_t));
    m->input = lq_arena_alloc(arena, c->input_max, 1);
    if (!m->seen || !m->fetches || !m->input)
        return LQ_ERR_NOMEM;
    memset(m->fetches, 0, c->fetch_max * sizeof(fetch_t));
    m->credit = c->fetch_rate * SECOND_NS;
    m->credit_ns = lq_loop_time(m->loop).mono_ns;
    if (!c->full)
        return fall_back(m);
    err =
        lq_pool_subscribe(m->pool, &m->sub_full, full_params, sizeof(full_params) - 1, on_full, m);
    m->has_full = !err;
    return err;
}

lq_err_t lq_mempool_new(lq_mempool_t **m, lq_arena_t *arena, lq_loop_t *loop, lq_log_t *log,
                        lq_pool_t *pool, const lq_mempool_config_t *config,
                        const lq_address_t *watched, size_t watched_cnt, lq_event_fn_t *event,
                        void *ctx)
{
    if (!config->seen_max || config->seen_max > LQ_MAP_CAP_MAX ||
        config->fetch_max > LQ_MEMPOOL_FETCH_MAX || watched_cnt > LQ_MEMPOOL_WATCH_MAX)
        return LQ_ERR_RANGE;
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_mempool_t *new = lq_arena_alloc(arena, sizeof(*new), _Alignof(lq_mempool_t));
    if (!new)
        return LQ_ERR_NOMEM;
    *new = (lq_mempool_t){
        .loop = loop, .log = log, .pool = pool, .config = *config, .event = event, .ctx = ctx};
    lq_err_t err = init(new, arena, watched, watched_cnt);
    if (err) {
        lq_arena_rewind(arena, mark);
        return err;
    }
    *m = new;
    return LQ_OK;
}

void lq_mempool_free(lq_mempool_t *m)
{
    if (!m)
        return;
    if (m->has_full)
        lq_pool_unsubscribe(m->pool, m->sub_full);
    if (m->has_hash)
        lq_pool_unsubscribe(m->pool, m->sub_hash);
    for (size_t i = 0; i < m->config.fetch_max; i++)
        if (m->fetches[i].used)
            lq_pool_cancel(m->pool, m->fetches[i].rpc);
}

const lq_mempool_stat_t *lq_mempool_stat(const lq_mempool_t *m)
{
    return &m->stat;
}
