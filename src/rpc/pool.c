#include "pool_internal.h"

#include <string.h>

/* The endpoints of a pool. A timer looks at them now and then; what is urgent happens when it is
   seen. */

#define PROBE_NS   (5 * LQ_NODE_HEALTH_SEC)
#define SEND_SHARE 8u /* of call_max, kept for sends at least */

static void log_health(lq_pool_peer_t *p, uint64_t now)
{
    lq_pool_t *pool = p->pool;
    lq_node_health_t is = lq_health_of(&pool->health, p->number, now);
    if (is == p->shown)
        return;
    lq_node_health_t was = p->shown;
    p->shown = is;
    if (is == LQ_NODE_HEALTH_WELL || is == LQ_NODE_HEALTH_UNPROVEN || is == LQ_NODE_HEALTH_DOWN)
        LQ_LOG(pool->log, LQ_LOG_INFO, "rpc", "endpoint's health", LQ_LOG_CSTR("endpoint", p->name),
               LQ_LOG_CSTR("was", lq_node_health_str(was)),
               LQ_LOG_CSTR("is", lq_node_health_str(is)));
    else
        LQ_LOG(pool->log, LQ_LOG_WARN, "rpc", "endpoint is unwell",
               LQ_LOG_CSTR("endpoint", p->name), LQ_LOG_CSTR("was", lq_node_health_str(was)),
               LQ_LOG_CSTR("is", lq_node_health_str(is)));
    bool unwell =
        is != LQ_NODE_HEALTH_WELL && is != LQ_NODE_HEALTH_UNPROVEN && is != LQ_NODE_HEALTH_DOWN;
    p->unwell_cnt += was == LQ_NODE_HEALTH_WELL && unwell;
}

/* Takes the chain id that P says. */
static void take_chain(lq_pool_peer_t *p, uint64_t now, uint64_t chain_id)
{
    lq_pool_t *pool = p->pool;
    lq_health_note_chain(&pool->health, p->number, now, chain_id);
    if (chain_id == pool->chain_id)
        return;
    LQ_LOG(pool->log, LQ_LOG_ERROR, "rpc", "endpoint is of another chain and is not used",
           LQ_LOG_CSTR("endpoint", p->name), LQ_LOG_U64("chain_id", chain_id),
           LQ_LOG_U64("wanted", pool->chain_id));
    lq_pool_take_away(pool, p->number, true);
    lq_pool_subs_foreign(pool, p->number);
}

/* Takes what a probe found; false where it is no answer to it. */
static bool take_probe(lq_pool_peer_t *p, uint64_t now, const lq_rpc_answer_t *answer)
{
    lq_pool_t *pool = p->pool;
    uint64_t number;
    if (answer->results[0].class_ != LQ_RPC_OK)
        return false;
    if (lq_json_get_qty_u64(answer->doc, &number, NULL, answer->results[0].value, NULL) != LQ_OK) {
        LQ_LOG(pool->log, LQ_LOG_WARN, "rpc", "answer is no number",
               LQ_LOG_CSTR("endpoint", p->name));
        lq_health_note_fault(&pool->health, p->number, now);
        return false;
    }
    if (p->probe == LQ_NODE_HEALTH_PROBE_CHAIN)
        take_chain(p, now, number);
    else
        return lq_health_note_head(&pool->health, p->number, now, number);
    return true;
}

static void start_probe(lq_pool_peer_t *p, uint64_t now);

static void on_probe(void *ctx, const lq_rpc_answer_t *answer)
{
    lq_pool_peer_t *p = ctx;
    lq_pool_t *pool = p->pool;
    uint64_t now = lq_pool_now(pool);
    lq_rpc_class_t c = answer->results[0].class_;
    bool was_proven = pool->health.peers[p->number].proven;
    lq_health_note_end(&pool->health, p->number, now, c, lq_pool_is_answered(answer, c),
                       answer->latency_ns, answer->retry_after_ns);
    bool ok = take_probe(p, now, answer);
    lq_health_note_probe_end(&pool->health, p->number, now, ok);
    log_health(p, now);
    start_probe(p, now);
    lq_pool_pump(pool, false);
    if (!was_proven && pool->health.peers[p->number].proven)
        lq_pool_subs_proven(pool, p->number);
}

/* Asks P what is wanted to be known of it, if anything. */
static void start_probe(lq_pool_peer_t *p, uint64_t now)
{
    lq_pool_t *pool = p->pool;
    lq_health_probe_t probe = lq_health_wants_probe(&pool->health, p->number, now);
    if (probe == LQ_NODE_HEALTH_PROBE_NONE)
        return;
    lq_rpc_item_t item = {probe == LQ_NODE_HEALTH_PROBE_CHAIN ? "eth_chainId" : "eth_blockNumber",
                          "[]", 2};
    lq_rpc_call_t call = {&item, 1, PROBE_NS, on_probe, p};
    lq_rpc_id_t ignored;
    if (lq_endpoint_call(p->e, &ignored, &call) != LQ_OK)
        return; /* no room now: the timer comes again */
    p->probe = probe;
    lq_health_note_probe(&pool->health, p->number, now, probe);
}

static void on_state(void *ctx, uint32_t endpoint, bool up)
{
    lq_pool_t *pool = ctx;
    lq_pool_peer_t *p = &pool->peers[endpoint];
    uint64_t now = lq_pool_now(pool);
    lq_health_note_up(&pool->health, endpoint, now, up);
    log_health(p, now);
    start_probe(p, now);
}

static void on_timer(void *ctx, lq_timer_t *timer)
{
    lq_pool_t *pool = ctx;
    uint64_t now = lq_pool_now(pool);
    for (uint32_t i = 0; i < pool->peer_cnt; i++) {
        lq_pool_peer_t *p = &pool->peers[i];
        if (lq_health_is_silent(&pool->health, i, now))
            lq_pool_take_away(pool, i, false);
        if (lq_health_is_dead(&pool->health, i, now)) {
            LQ_LOG(pool->log, LQ_LOG_WARN, "rpc", "connection is dead: opened again",
                   LQ_LOG_CSTR("endpoint", p->name));
            lq_health_note_alive(&pool->health, i, now); /* once is enough */
            lq_endpoint_reconnect(p->e);
        }
        start_probe(p, now);
        log_health(p, now);
    }
    lq_pool_pump(pool, true);
    lq_pool_expire(pool);
    lq_timer_set_in(pool->loop, timer,
                    pool->queue_first == LQ_POOL_NONE ? LQ_POOL_TICK_NS : LQ_POOL_TICK_BUSY_NS);
}

static lq_err_t peer_init(lq_pool_t *pool, lq_arena_t *arena, uint32_t i,
                          const lq_pool_endpoint_t *c)
{
    lq_pool_peer_t *p = &pool->peers[i];
    lq_endpoint_config_t rpc = c->rpc;
    rpc.number = i;
    rpc.call_max += rpc.call_max < 1024; /* for probes */
    uint32_t send_max = (uint32_t)c->rpc.call_max;
    uint32_t reserve = c->send_reserve;
    if ((c->roles & LQ_ROLE_SEND) && reserve < send_max / SEND_SHARE)
        reserve = send_max / SEND_SHARE;
    *p = (lq_pool_peer_t){
        .pool = pool,
        .name = c->rpc.name,
        .number = i,
        .send_max = send_max,
        .read_max = reserve < send_max ? send_max - reserve : 1,
        .stream = !lq_url_is_http(rpc.url),
        .roles = c->roles,
        .shown = LQ_NODE_HEALTH_UNPROVEN,
    };
    return lq_endpoint_new(&p->e, arena, pool->loop, pool->log, &pool->rng, &rpc, on_state, pool);
}

static lq_err_t pool_init(lq_pool_t *pool, lq_arena_t *arena, const lq_pool_config_t *config)
{
    size_t text_max = 0;
    for (size_t i = 0; i < config->endpoint_cnt; i++)
        if (config->endpoints[i].rpc.out_max > text_max)
            text_max = config->endpoints[i].rpc.out_max;
    lq_err_t err = lq_pool_calls_init(pool, arena, text_max);
    for (uint32_t i = 0; !err && i < config->endpoint_cnt; i++) {
        err = peer_init(pool, arena, i, &config->endpoints[i]);
        if (!err)
            pool->peer_cnt++;
    }
    return err;
}

lq_err_t lq_pool_new(lq_pool_t **pool, lq_arena_t *arena, lq_loop_t *loop, lq_log_t *log,
                     const lq_pool_config_t *config)
{
    if (config->endpoint_cnt < 1 || config->endpoint_cnt > LQ_POOL_ENDPOINT_MAX)
        return LQ_ERR_RANGE;
    for (size_t i = 0; i < config->endpoint_cnt; i++) {
        const lq_endpoint_config_t *rpc = &config->endpoints[i].rpc;
        if (rpc->call_max < 1 || rpc->call_max > 1024 || rpc->sub_max > 16)
            return LQ_ERR_RANGE;
    }
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_pool_t *n = lq_arena_alloc(arena, sizeof(*n), _Alignof(lq_pool_t));
    if (!n)
        return LQ_ERR_NOMEM;
    memset(n, 0, sizeof(*n));
    n->loop = loop;
    n->log = log;
    n->clock = lq_loop_clock(loop);
    n->chain_id = config->chain_id;
    n->timer = (lq_timer_t){.fn = on_timer, .ctx = n};
    lq_rng_seed(&n->rng, ~config->seed);
    lq_health_init(&n->health, config, lq_pool_now(n));
    lq_err_t err = pool_init(n, arena, config);
    if (err) {
        lq_pool_free(n);
        lq_arena_rewind(arena, mark);
        return err;
    }
    lq_timer_set_in(loop, &n->timer, 0);
    *pool = n;
    return LQ_OK;
}

void lq_pool_free(lq_pool_t *pool)
{
    if (!pool)
        return;
    lq_timer_stop(pool->loop, &pool->timer);
    while (pool->peer_cnt)
        lq_endpoint_free(pool->peers[--pool->peer_cnt].e);
}

void lq_pool_note_head(lq_pool_t *pool, uint32_t endpoint, uint64_t number)
{
    LQ_ASSERT(endpoint < pool->peer_cnt);
    uint64_t now = lq_pool_now(pool);
    if (!pool->health.peers[endpoint].proven)
        return; /* an event of before its connection went */
    if (!lq_health_note_head(&pool->health, endpoint, now, number))
        LQ_LOG(pool->log, LQ_LOG_WARN, "rpc", "head that cannot be ignored",
               LQ_LOG_CSTR("endpoint", pool->peers[endpoint].name), LQ_LOG_U64("number", number));
    lq_pool_pump(pool, false);
}

void lq_pool_note_fault(lq_pool_t *pool, uint32_t endpoint)
{
    LQ_ASSERT(endpoint < pool->peer_cnt);
    uint64_t now = lq_pool_now(pool);
    lq_health_note_fault(&pool->health, endpoint, now);
    log_health(&pool->peers[endpoint], now);
}

size_t lq_pool_endpoint_cnt(const lq_pool_t *pool)
{
    return pool->peer_cnt;
}

const char *lq_pool_name(const lq_pool_t *pool, uint32_t endpoint)
{
    LQ_ASSERT(endpoint < pool->peer_cnt);
    return pool->peers[endpoint].name;
}

lq_pool_stat_t lq_pool_stat(const lq_pool_t *pool, uint32_t endpoint)
{
    LQ_ASSERT(endpoint < pool->peer_cnt);
    const lq_health_peer_t *h = &pool->health.peers[endpoint];
    uint64_t now = lq_pool_now(pool);
    return (lq_pool_stat_t){
        .roles = pool->peers[endpoint].roles,
        .health = lq_health_of(&pool->health, endpoint, now),
        .up = h->up,
        .head_blk = h->head_blk,
        .head_mono_ns = h->head_ns,
        .latency_ns = h->latency_ns,
        .chain_id = h->chain_id,
        .until_mono_ns = lq_health_until(&pool->health, endpoint, now),
        .unwell_cnt = pool->peers[endpoint].unwell_cnt,
        .early_cnt = pool->early_cnt[endpoint],
        .rpc = lq_endpoint_stat(pool->peers[endpoint].e),
    };
}
