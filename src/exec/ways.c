#include "liqd/exec/ways.h"
#include "liqd/base/fetch.h"

#include <stdio.h>
#include <string.h>

#include "liqd/codec/json_write.h"
#include "liqd/net/http.h"
#include "ways_internal.h"

#define WARM_SZ     2048u  /* of the text of a transaction */
#define ANSWER_MAX  16384u /* bytes of a relay's answer */
#define TOK_MAX     (ANSWER_MAX / 2 + 1)
#define CONNECT_NS  UINT64_C(5000000000)
#define REQ_MAX     256u /* requests to one relay under way */
#define HEADER_NAME "X-Flashbots-Signature: "
#define HEADER_SZ   (sizeof(HEADER_NAME) + LQ_RELAY_HEADER_SZ)
#define GRACE_BLK   2u /* behind the last block, until it is known what was mined in it */
#define SILENT_ROW  3u /* from so many on it is said */

static const char hidden[] = "(it quotes its URL)";

/* One request under way. */
typedef struct flight {
    lq_ways_t *w;
    bool used;
    bool cancels; /* nobody waits for the answer */
    uint32_t way;
    lq_hash_t hash;
    uint64_t target_blk;
    uint64_t sent_ns;
    lq_rpc_id_t rpc;     /* of a node */
    lq_http_id_t http;   /* of the others */
    const char *unsent;  /* it did not leave: why */
    struct flight *next; /* of the free ones, or of those that did not leave */
} flight_t;

/* What relays and builders were given. */
typedef struct parcel {
    bool used;
    bool wanted; /* false: cancelled, or another has its nonce */
    bool late;   /* that came behind its last block */
    uint64_t seq;
    lq_hash_t hash;
    uint32_t sender;
    uint64_t nonce;
    uint32_t ways;     /* it was given to */
    uint32_t accepted; /* and these took it */
    uint64_t first_blk;
    uint64_t last_blk;
    uint64_t next_blk; /* the first that no bundle was sent for */
    ways_raw_t raw;
    char *text;
} parcel_t;

typedef struct way {
    lq_way_t is;
    lq_http_t *http; /* NULL: a node */
    lq_ways_stat_t stat;
} way_t;

struct lq_ways {
    lq_loop_t *loop;
    lq_log_t *log;
    lq_pool_t *pool;
    lq_ways_config_t config;
    lq_ways_fn_t *fn;
    void *ctx;
    lq_clock_t clock;
    lq_timer_t timer; /* tells what did not leave */
    flight_t *unsent_first;
    flight_t **unsent_end;
    uint64_t head_blk;
    uint64_t next_seq;
    uint64_t written_ns;
    size_t flight_cnt;
    flight_t *flights;
    flight_t *free;
    parcel_t *parcels;
    char *params; /* a node's: the raw transaction's text in brackets */
    char *body;
    char *words;
    lq_json_tok_t *tok;
    char header[HEADER_SZ];
    way_t ways[LQ_TXMAN_WAY_MAX];
};

/* ---- making ---- */

static size_t text_max(const lq_ways_config_t *c)
{
    return 2 * c->raw_max + 8;
}

static size_t req_max(const lq_ways_config_t *c, lq_way_kind_t kind)
{
    size_t cnt = kind == LQ_WAY_BUNDLE ? 2 * c->max * c->bundle_blk : 2 * c->max;
    return cnt < REQ_MAX ? cnt : REQ_MAX;
}

size_t lq_ways_timer_cnt(const lq_ways_config_t *c)
{
    size_t cnt = 2; /* ours, and libcurl's */
    for (size_t i = 0; i < c->way_cnt; i++)
        cnt += c->ways[i].kind == LQ_WAY_NODE ? 0 : req_max(c, c->ways[i].kind);
    return cnt;
}

static size_t flights_of(const lq_ways_config_t *c)
{
    size_t cnt = 0;
    for (size_t i = 0; i < c->way_cnt; i++)
        cnt += c->ways[i].kind == LQ_WAY_NODE ? c->max : req_max(c, c->ways[i].kind);
    return cnt + c->max;
}

static bool is_sound(const lq_way_t *way, const lq_ways_config_t *c, const lq_pool_t *pool)
{
    if (way->kind == LQ_WAY_NODE)
        return way->endpoint < lq_pool_endpoint_cnt(pool);
    return way->url && lq_url_is_http(way->url) && (!way->signs || c->relay_key);
}

static bool are_sound(const lq_ways_config_t *c, const lq_pool_t *pool)
{
    if (!c->way_cnt || c->way_cnt > LQ_TXMAN_WAY_MAX || !c->bundle_blk || c->bundle_blk > 16 ||
        !c->max || !c->raw_max || c->raw_max > LQ_TX_RAW_MAX)
        return false;
    for (size_t i = 0; i < c->way_cnt; i++)
        if (!is_sound(&c->ways[i], c, pool))
            return false;
    return true;
}

static lq_err_t make_clients(lq_ways_t *w, lq_arena_t *arena)
{
    for (size_t i = 0; i < w->config.way_cnt; i++) {
        const lq_way_t *way = &w->ways[i].is;
        lq_http_config_t http = {.url = way->url,
                                 .auth = way->auth,
                                 .req_max = req_max(&w->config, way->kind),
                                 .send_max = text_max(&w->config) + WAYS_BODY_SZ,
                                 .body_max = ANSWER_MAX,
                                 .connect_ns = CONNECT_NS,
                                 .ca_file = way->ca_file};
        lq_err_t err = LQ_OK;
        if (way->kind != LQ_WAY_NODE)
            err = lq_http_new(&w->ways[i].http, arena, w->loop, &http);
        if (err)
            return err;
    }
    return LQ_OK;
}

static bool make_room(lq_ways_t *w, lq_arena_t *arena)
{
    size_t text = text_max(&w->config);
    size_t max = w->config.max;
    w->flight_cnt = flights_of(&w->config);
    w->flights = lq_arena_alloc(arena, w->flight_cnt * sizeof(flight_t), _Alignof(flight_t));
    w->parcels = lq_arena_alloc(arena, max * sizeof(parcel_t), _Alignof(parcel_t));
    char *texts = lq_arena_alloc(arena, max * text, 1);
    w->params = lq_arena_alloc(arena, text, 1);
    w->body = lq_arena_alloc(arena, text + WAYS_BODY_SZ, 1);
    w->words = lq_arena_alloc(arena, ANSWER_MAX, 1);
    w->tok = lq_arena_alloc(arena, TOK_MAX * sizeof(*w->tok), _Alignof(lq_json_tok_t));
    if (!w->flights || !w->parcels || !texts || !w->params || !w->body || !w->words || !w->tok)
        return false;
    for (size_t i = 0; i < w->flight_cnt; i++) {
        w->flights[i] = (flight_t){.w = w, .next = w->free};
        w->free = &w->flights[i];
    }
    for (size_t i = 0; i < max; i++)
        w->parcels[i] = (parcel_t){.text = texts + i * text};
    return true;
}

static void on_unsent(void *ctx, lq_timer_t *timer);

lq_err_t lq_ways_new(lq_ways_t **out, lq_arena_t *arena, lq_loop_t *loop, lq_log_t *log,
                     lq_pool_t *pool, const lq_ways_config_t *config, lq_ways_fn_t *fn, void *ctx)
{
    if (!are_sound(config, pool))
        return LQ_ERR_RANGE;
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_ways_t *w = lq_arena_alloc(arena, sizeof(*w), _Alignof(lq_ways_t));
    if (!w)
        return LQ_ERR_NOMEM;
    memset(w, 0, sizeof(*w));
    w->loop = loop;
    w->log = log;
    w->pool = pool;
    w->config = *config;
    w->fn = fn;
    w->ctx = ctx;
    w->clock = lq_loop_clock(loop);
    w->timer = (lq_timer_t){.fn = on_unsent, .ctx = w};
    w->unsent_end = &w->unsent_first;
    w->next_seq = 1;
    for (size_t i = 0; i < config->way_cnt; i++)
        w->ways[i].is = config->ways[i];
    lq_err_t err = make_room(w, arena) ? make_clients(w, arena) : LQ_ERR_NOMEM;
    if (err) {
        lq_ways_free(w);
        lq_arena_rewind(arena, mark);
        return err;
    }
    *out = w;
    return LQ_OK;
}

void lq_ways_free(lq_ways_t *w)
{
    if (!w)
        return;
    lq_timer_stop(w->loop, &w->timer);
    for (size_t i = 0; i < w->config.way_cnt; i++)
        lq_http_free(w->ways[i].http);
    for (size_t i = 0; w->flights && i < w->flight_cnt; i++)
        if (w->flights[i].used && w->flights[i].rpc.id)
            lq_pool_cancel(w->pool, w->flights[i].rpc);
}

/* ---- answers ---- */

static parcel_t *find_parcel(const lq_ways_t *w, const lq_hash_t *hash)
{
    for (size_t i = 0; i < w->config.max; i++)
        if (w->parcels[i].used && !memcmp(&w->parcels[i].hash, hash, sizeof(*hash)))
            return &w->parcels[i];
    return NULL;
}

static flight_t *take_flight(lq_ways_t *w, uint32_t way, const lq_hash_t *hash, uint64_t target_blk)
{
    flight_t *f = w->free;
    if (!f) {
        LQ_LOG(w->log, LQ_LOG_WARN, "exec", "no room to send: more under way than there may be",
               LQ_LOG_CSTR("way", w->ways[way].is.name));
        return NULL;
    }
    w->free = f->next;
    *f = (flight_t){.w = w,
                    .used = true,
                    .way = way,
                    .hash = *hash,
                    .target_blk = target_blk,
                    .sent_ns = lq_clock_mono(w->clock)};
    return f;
}

static void release(flight_t *f)
{
    f->used = false;
    f->next = f->w->free;
    f->w->free = f;
}

/* F is over, as ANSWER says; it is free before anybody hears of it. */
static void tell(flight_t *f, lq_txman_answer_t *answer)
{
    lq_ways_t *w = f->w;
    bool cancels = f->cancels;
    lq_ways_stat_t *stat = &w->ways[f->way].stat;
    answer->hash = f->hash;
    answer->way = f->way;
    answer->name = w->ways[f->way].is.name;
    answer->target_blk = f->target_blk;
    release(f);
    if (cancels)
        return;
    bool other =
        answer->has_hash && memcmp(&answer->told, &answer->hash, sizeof(answer->told)) != 0;
    bool taken = answer->class_ == LQ_RPC_KNOWN || (answer->class_ == LQ_RPC_OK && !other);
    parcel_t *p = find_parcel(w, &answer->hash);
    stat->class_cnt[answer->class_]++;
    stat->accepted_cnt += taken;
    if (p && taken)
        p->accepted |= UINT32_C(1) << answer->way;
    w->fn(w->ctx, answer);
}

/* F did not leave, which is told from a later turn. */
static void not_sent(flight_t *f, const char *why)
{
    lq_ways_t *w = f->w;
    f->unsent = why;
    f->next = NULL;
    *w->unsent_end = f;
    w->unsent_end = &f->next;
    if (!lq_timer_is_set(&w->timer))
        lq_timer_set_in(w->loop, &w->timer, 0);
}

static void on_unsent(void *ctx, lq_timer_t *timer)
{
    (void)timer;
    lq_ways_t *w = ctx;
    flight_t *f = w->unsent_first;
    w->unsent_first = NULL;
    w->unsent_end = &w->unsent_first;
    for (flight_t *next; f; f = next) {
        lq_txman_answer_t answer = {
            .class_ = LQ_RPC_UNSENT, .text = f->unsent, .text_sz = strlen(f->unsent)};
        next = f->next;
        tell(f, &answer);
    }
}

/* The loop's time may be that of the turn's beginning. */
static uint64_t latency_of(const flight_t *f, lq_time_t recv)
{
    return recv.mono_ns > f->sent_ns ? recv.mono_ns - f->sent_ns : 0;
}

/* ---- nodes ---- */

static void on_node(void *ctx, const lq_rpc_answer_t *rpc)
{
    flight_t *f = ctx;
    const lq_rpc_result_t *r = &rpc->results[0];
    lq_txman_answer_t answer = {.class_ = r->class_,
                                .next_nonce = r->hint.next_nonce,
                                .has_next_nonce = r->hint.has_next_nonce,
                                .latency_ns = latency_of(f, rpc->recv),
                                .text = r->message ? r->message : "",
                                .text_sz = r->message_sz};
    if (r->class_ == LQ_RPC_OK) {
        answer.has_hash =
            !lq_json_get_data(rpc->doc, answer.told.b, sizeof(answer.told.b), NULL, r->value, NULL);
        if (!answer.has_hash) { /* whatever it is, it does not say that it was taken */
            static const char text[] = "a result that is no hash";
            answer.class_ = LQ_RPC_BROKEN;
            answer.text = text;
            answer.text_sz = sizeof(text) - 1;
        }
    }
    tell(f, &answer);
}

static void send_to_node(lq_ways_t *w, uint32_t way, const lq_txman_send_t *send, size_t params_sz)
{
    const lq_way_t *is = &w->ways[way].is;
    flight_t *f = take_flight(w, way, &send->hash, 0);
    if (!f)
        return;
    lq_rpc_item_t item = {"eth_sendRawTransaction", w->params, params_sz};
    lq_pool_call_t call = {.rpc = {&item, 1, is->timeout_ns, on_node, f},
                           .role = LQ_ROLE_SEND,
                           .pinned = true,
                           .endpoint = is->endpoint};
    lq_err_t err = lq_pool_call(w->pool, &f->rpc, &call);
    if (err) {
        not_sent(f, err == LQ_ERR_TOO_LONG ? "larger than the node's requests may be"
                                           : "too many requests under way");
        return;
    }
    w->ways[way].stat.sent_cnt++;
    if (!w->written_ns)
        w->written_ns = lq_clock_mono(w->clock);
}

/* A stream that is up takes it at once; over HTTP it leaves later. */
static bool is_warm(const lq_ways_t *w, uint32_t way)
{
    lq_pool_stat_t stat = lq_pool_stat(w->pool, w->ways[way].is.endpoint);
    return stat.up && stat.rpc->connect_cnt;
}

static void send_to_nodes(lq_ways_t *w, const lq_txman_send_t *send, size_t params_sz)
{
    uint32_t warm = 0;
    for (uint32_t i = 0; i < w->config.way_cnt; i++)
        if ((send->ways >> i & 1) && w->ways[i].is.kind == LQ_WAY_NODE && is_warm(w, i))
            warm |= UINT32_C(1) << i;
    for (uint32_t i = 0; i < w->config.way_cnt; i++)
        if (warm >> i & 1)
            send_to_node(w, i, send, params_sz);
    for (uint32_t i = 0; i < w->config.way_cnt; i++)
        if (((send->ways & ~warm) >> i & 1) && w->ways[i].is.kind == LQ_WAY_NODE)
            send_to_node(w, i, send, params_sz);
}

/* ---- relays and builders ---- */

static void on_relay(void *ctx, const lq_http_answer_t *a)
{
    flight_t *f = ctx;
    lq_ways_t *w = f->w;
    const lq_way_t *is = &w->ways[f->way].is;
    lq_txman_answer_t answer = {.latency_ns = latency_of(f, a->recv)};
    if (a->err) {
        answer.class_ = !a->sent                   ? LQ_RPC_UNSENT
                        : a->err == LQ_ERR_TIMEOUT ? LQ_RPC_TIMEOUT
                                                   : LQ_RPC_BROKEN;
        answer.text = a->msg->text;
        answer.text_sz = strlen(a->msg->text);
    } else {
        ways_said_t said = {.kind = is->kind,
                            .status = a->status,
                            .body = a->body,
                            .body_sz = a->body_sz,
                            .tok = w->tok,
                            .tok_max = TOK_MAX,
                            .text = w->words};
        ways_read(&answer, &said);
        if (!lq_url_may_show(is->url, answer.text, answer.text_sz)) {
            answer.text = hidden;
            answer.text_sz = sizeof(hidden) - 1;
        }
    }
    tell(f, &answer);
}

/* The header for W->body, made once for all who get it; NULL: it cannot be made. */
static const char *sign_body(lq_ways_t *w, size_t body_sz, bool *made)
{
    if (!*made) {
        char *at = w->header + sizeof(HEADER_NAME) - 1;
        memcpy(w->header, HEADER_NAME, sizeof(HEADER_NAME) - 1);
        *made = !lq_relay_key_header(w->config.relay_key, at, w->body, body_sz);
    }
    return *made ? w->header : NULL;
}

/* What is asked of relays and builders: one body for all ways of KIND among MASK. */
typedef struct post {
    lq_way_kind_t kind;
    uint32_t mask;
    const lq_hash_t *hash;
    uint64_t target_blk;
    size_t body_sz; /* of W->body */
    bool cancels;
} post_t;

static void post_to(lq_ways_t *w, uint32_t way, const post_t *post, bool *made)
{
    const lq_way_t *is = &w->ways[way].is;
    const char *header = is->signs ? sign_body(w, post->body_sz, made) : NULL;
    flight_t *f = take_flight(w, way, post->hash, post->target_blk);
    if (!f)
        return;
    f->cancels = post->cancels;
    if (is->signs && !header) {
        not_sent(f, "the relay key did not sign");
        return;
    }
    if (lq_http_post(w->ways[way].http, &f->http, w->body, post->body_sz, header, is->timeout_ns,
                     on_relay, f)) {
        not_sent(f, "too many requests under way");
        return;
    }
    w->ways[way].stat.sent_cnt += !post->cancels;
}

static void post_all(lq_ways_t *w, const post_t *post)
{
    bool made = false;
    for (uint32_t i = 0; i < w->config.way_cnt; i++)
        if ((post->mask >> i & 1) && w->ways[i].is.kind == post->kind)
            post_to(w, i, post, &made);
}

static bool has_kind(const lq_ways_t *w, uint32_t mask, lq_way_kind_t kind)
{
    for (uint32_t i = 0; i < w->config.way_cnt; i++)
        if ((mask >> i & 1) && w->ways[i].is.kind == kind)
            return true;
    return false;
}

static void give_private(lq_ways_t *w, const parcel_t *p, uint32_t mask)
{
    post_t post = {.kind = LQ_WAY_PRIVATE, .mask = mask, .hash = &p->hash};
    if (!has_kind(w, mask, LQ_WAY_PRIVATE))
        return;
    post.body_sz = ways_private_body(w->body, &p->raw, p->last_blk);
    post_all(w, &post);
}

/* The bundles of the blocks from next_blk to TO_BLK that it is still for. */
static void give_bundles(lq_ways_t *w, parcel_t *p, uint32_t mask, uint64_t to_blk)
{
    post_t post = {.kind = LQ_WAY_BUNDLE, .mask = mask, .hash = &p->hash};
    bool has = has_kind(w, mask, LQ_WAY_BUNDLE);
    to_blk = to_blk < p->last_blk ? to_blk : p->last_blk;
    for (; has && p->next_blk <= to_blk; p->next_blk++) {
        post.target_blk = p->next_blk;
        post.body_sz = ways_bundle_body(w->body, &p->raw, &p->hash, p->next_blk);
        post_all(w, &post);
    }
}

/* A place for what SEND says; where all are used that of the oldest, of which nothing more is then
   heard. */
static parcel_t *take_parcel(lq_ways_t *w, const lq_txman_send_t *send)
{
    parcel_t *p = find_parcel(w, &send->hash);
    for (size_t i = 0; i < w->config.max && !p; i++)
        if (!w->parcels[i].used)
            p = &w->parcels[i];
    if (!p) {
        p = &w->parcels[0];
        for (size_t i = 1; i < w->config.max; i++)
            if (w->parcels[i].seq < p->seq)
                p = &w->parcels[i];
        p->used = false;
    }
    return p;
}

static void fill_parcel(lq_ways_t *w, parcel_t *p, const lq_txman_send_t *send, ways_raw_t raw)
{
    char *text = p->text;
    uint32_t accepted = p->used ? p->accepted : 0;
    uint32_t ways = p->used ? p->ways : 0;
    memcpy(text, raw.text, raw.sz);
    *p = (parcel_t){.used = true,
                    .wanted = true,
                    .seq = w->next_seq++,
                    .hash = send->hash,
                    .sender = send->sender,
                    .nonce = send->nonce,
                    .ways = ways | send->ways,
                    .accepted = accepted,
                    .first_blk = send->first_blk > w->head_blk ? send->first_blk : w->head_blk + 1,
                    .last_blk = send->last_blk,
                    .raw = {text, raw.sz},
                    .text = text};
    p->next_blk = p->first_blk;
}

static void cancel(lq_ways_t *w, parcel_t *p)
{
    post_t post = {.mask = p->ways, .hash = &p->hash, .cancels = true};
    p->wanted = false;
    p->late = p->last_blk <= w->head_blk;
    if (has_kind(w, p->ways, LQ_WAY_PRIVATE)) {
        post.kind = LQ_WAY_PRIVATE;
        post.body_sz = ways_cancel_private_body(w->body, &p->hash);
        post_all(w, &post);
    }
    post.kind = LQ_WAY_BUNDLE;
    uint64_t from_blk = p->first_blk > w->head_blk ? p->first_blk : w->head_blk + 1;
    for (uint64_t blk = from_blk; blk < p->next_blk; blk++) {
        post.body_sz = ways_cancel_bundle_body(w->body, &p->hash, blk);
        post_all(w, &post);
    }
}

/* Another transaction has the nonce of what they were given before. */
static void replace(lq_ways_t *w, const lq_txman_send_t *send)
{
    for (size_t i = 0; i < w->config.max; i++) {
        parcel_t *p = &w->parcels[i];
        if (p->used && p->wanted && p->sender == send->sender && p->nonce == send->nonce &&
            memcmp(&p->hash, &send->hash, sizeof(p->hash)) != 0)
            cancel(w, p);
    }
}

/* ---- what is asked for ---- */

/* The text of all requests, once. */
static ways_raw_t write_raw(lq_ways_t *w, const lq_txman_send_t *send)
{
    char *at = lq_json_put_text(w->params, "[");
    char *end = lq_json_put_hex(at, send->raw, send->raw_sz);
    (void)lq_json_put_text(end, "]");
    return (ways_raw_t){at, (size_t)(end - at)};
}

static void refuse_all(lq_ways_t *w, const lq_txman_send_t *send, const char *why)
{
    for (uint32_t i = 0; i < w->config.way_cnt; i++) {
        flight_t *f = send->ways >> i & 1 ? take_flight(w, i, &send->hash, 0) : NULL;
        if (f)
            not_sent(f, why);
    }
}

void lq_ways_send(lq_ways_t *w, const lq_txman_send_t *send)
{
    w->written_ns = 0;
    if (send->raw_sz > w->config.raw_max) {
        refuse_all(w, send, "larger than a transaction of ours may be");
        return;
    }
    ways_raw_t raw = write_raw(w, send);
    send_to_nodes(w, send, raw.sz + 2);
    if (has_kind(w, send->ways, LQ_WAY_PRIVATE) || has_kind(w, send->ways, LQ_WAY_BUNDLE)) {
        parcel_t *p = take_parcel(w, send);
        fill_parcel(w, p, send, raw);
        give_private(w, p, send->ways);
        give_bundles(w, p, send->ways, p->first_blk + w->config.bundle_blk - 1);
    }
    replace(w, send);
}

void lq_ways_warm(const lq_ways_t *w)
{
    lq_fetch(w, offsetof(lq_ways_t, header));
    lq_fetch(w->params, WARM_SZ);
    if (w->free)
        lq_fetch(w->free, sizeof(*w->free));
    for (uint32_t i = 0; i < w->config.way_cnt; i++) {
        lq_fetch(&w->ways[i], sizeof(w->ways[i]));
        if (w->ways[i].is.kind == LQ_WAY_NODE)
            lq_pool_warm(w->pool, w->ways[i].is.endpoint);
    }
}

void lq_ways_cancel(lq_ways_t *w, const lq_hash_t *hash)
{
    parcel_t *p = find_parcel(w, hash);
    if (p && p->wanted)
        cancel(w, p);
}

void lq_ways_mined(lq_ways_t *w, const lq_hash_t *hash)
{
    parcel_t *p = find_parcel(w, hash);
    if (!p)
        return;
    for (uint32_t i = 0; i < w->config.way_cnt; i++)
        if (p->accepted >> i & 1)
            w->ways[i].stat.silent_row = 0;
    p->used = false;
}

/* Who took P and said nothing more. Nodes owe nothing: what they have is seen by all. */
static void count_silent(lq_ways_t *w, const parcel_t *p)
{
    for (uint32_t i = 0; i < w->config.way_cnt; i++) {
        way_t *way = &w->ways[i];
        if (!(p->accepted >> i & 1) || way->is.kind == LQ_WAY_NODE)
            continue;
        way->stat.silent_cnt++;
        if (++way->stat.silent_row >= SILENT_ROW)
            LQ_LOG(w->log, LQ_LOG_WARN, "exec", "takes transactions, and none of them is mined",
                   LQ_LOG_CSTR("way", way->is.name), LQ_LOG_U64("in_a_row", way->stat.silent_row),
                   LQ_LOG_HEX("hash", p->hash.b, sizeof(p->hash.b)));
    }
}

void lq_ways_block(lq_ways_t *w, uint64_t blk)
{
    w->head_blk = blk;
    for (size_t i = 0; i < w->config.max; i++) {
        parcel_t *p = &w->parcels[i];
        if (!p->used)
            continue;
        if (p->wanted)
            give_bundles(w, p, p->ways, blk + w->config.bundle_blk);
        if (blk < p->last_blk || blk - p->last_blk < GRACE_BLK)
            continue;
        if (p->wanted || p->late)
            count_silent(w, p);
        p->used = false;
    }
}

lq_ways_stat_t lq_ways_stat(const lq_ways_t *w, uint32_t way)
{
    LQ_ASSERT(way < w->config.way_cnt);
    return w->ways[way].stat;
}

const char *lq_ways_name(const lq_ways_t *w, uint32_t way)
{
    LQ_ASSERT(way < w->config.way_cnt);
    return w->ways[way].is.name;
}

uint64_t lq_ways_written_ns(const lq_ways_t *w)
{
    return w->written_ns;
}
