#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench.h"
#include "liqd/chain/chain.h"
#include "liqd/codec/hex.h"

/* The whole way of a block: a node on a Unix socket tells its logs and its head, all that stands
   between gives LOG, HEAD and, after eth_getLogs by its hash, BLOCK. So each log is read, scanned
   and decoded twice, and compared; the figure is what one of them costs, the node's work and all
   system calls included. The reference is a bare scan of the same texts. */

lq_bench_fn_t lq_bench_chain_path;

#define LOG_CNT    64u
#define LOG_IDX    0x10u /* of the first, so that all indices have two digits */
#define FIRST_BLK  UINT64_C(0x1000000)
#define TEXT_MAX   ((size_t)1 << 17)
#define WORD       "d78a0cb8bb633d06981248b816e7bd33c2a35a6089241d099fa519e361cab902"
#define TOPIC      "0x" WORD
#define ADDRESS    "0x8320fe7702b96808f7bbc0d4a888ed1468216cfd"
#define HASH_START "0xb1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1"
#define NOTE       "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{\"subscription\":"
#define HEADS_ID   "\"0x9ce59a13059e417087c02d3236a0b1c1\""
#define LOGS_ID    "\"0xcd0c3e8af590364c09d0fa6a1210faf5\""

typedef struct text {
    char *at;
    size_t sz;
} text_t;

typedef struct path_ctx {
    lq_arena_t arena;
    lq_loop_t *loop;
    lq_log_t log;
    lq_url_t url;
    lq_pool_t *pool;
    lq_chain_t *chain;
    char path[64];
    int listener;
    int peer;
    lq_json_frame_t frame;
    lq_json_tok_t *tok;
    char *in; /* requests */
    size_t in_sz;
    uint64_t number; /* of the node's head */
    text_t told;     /* the head's logs and itself, as notifications */
    text_t logs;     /* its logs, as an answer */
    text_t out;
    uint64_t log_cnt; /* events */
    uint64_t complete;
} path_ctx_t;

static void need(lq_err_t err)
{
    LQ_ASSERT(err == LQ_OK);
}

static void put(text_t *t, const char *text, size_t sz)
{
    LQ_ASSERT(sz <= TEXT_MAX - t->sz);
    memcpy(t->at + t->sz, text, sz);
    t->sz += sz;
}

#define PUT(t, literal) put((t), "" literal, sizeof(literal) - 1)

static void put_cstr(text_t *t, const char *text)
{
    put(t, text, strlen(text));
}

static void put_hash(text_t *t, uint64_t number)
{
    char digits[32];
    PUT(t, "\"" HASH_START);
    (void)snprintf(digits, sizeof(digits), "%016llx\"", (unsigned long long)number);
    put_cstr(t, digits);
}

static void put_number(text_t *t, uint64_t number)
{
    char digits[LQ_HEX_U64_MAX_SZ];
    PUT(t, "\"");
    put(t, digits, lq_hex_encode_u64(digits, number));
    PUT(t, "\"");
}

static void put_log(text_t *t, uint64_t number, uint64_t idx)
{
    PUT(t, "{\"address\":\"" ADDRESS "\",\"topics\":[\"" TOPIC "\",\"" TOPIC "\",\"" TOPIC "\"],"
           "\"data\":\"0x" WORD "\",\"blockNumber\":");
    put_number(t, number);
    PUT(t, ",\"transactionHash\":\"0x" WORD "\",\"transactionIndex\":\"0x1a\",\"blockHash\":");
    put_hash(t, number);
    PUT(t, ",\"logIndex\":");
    put_number(t, idx);
    PUT(t, ",\"removed\":false}");
}

static void put_header(text_t *t, uint64_t number)
{
    static const char zeros[] = "0000000000000000000000000000000000000000";
    PUT(t, "{\"parentHash\":");
    put_hash(t, number - 1);
    PUT(t, ",\"miner\":\"0x");
    put(t, zeros, 40);
    PUT(t, "\",\"logsBloom\":\"0x");
    for (size_t i = 0; i < 2 * (size_t)LQ_BLOOM_SZ; i += 32)
        PUT(t, "ffffffffffffffffffffffffffffffff");
    PUT(t, "\",\"number\":");
    put_number(t, number);
    PUT(t, ",\"gasLimit\":\"0x1c9c380\",\"gasUsed\":\"0xe4e1c0\",\"timestamp\":\"0x6b018b26\","
           "\"baseFeePerGas\":\"0x3b9aca00\",\"hash\":");
    put_hash(t, number);
    PUT(t, "}");
}

/* The next block of the node. */
static void make_block(path_ctx_t *c)
{
    c->number++;
    c->told.sz = c->logs.sz = 0;
    PUT(&c->logs, "[");
    for (uint64_t i = LOG_IDX; i < LOG_IDX + LOG_CNT; i++) {
        PUT(&c->told, NOTE LOGS_ID ",\"result\":");
        put_log(&c->told, c->number, i);
        PUT(&c->told, "}}\n");
        if (i > LOG_IDX)
            PUT(&c->logs, ",");
        put_log(&c->logs, c->number, i);
    }
    PUT(&c->logs, "]");
    PUT(&c->told, NOTE HEADS_ID ",\"result\":");
    put_header(&c->told, c->number);
    PUT(&c->told, "}}\n");
}

/* ---- the node */

static void node_send(path_ctx_t *c, const text_t *t)
{
    for (size_t at = 0; at < t->sz;) {
        ssize_t sz = write(c->peer, t->at + at, t->sz - at);
        if (sz > 0)
            at += (size_t)sz;
        else
            lq_loop_turn(c->loop, 0); /* full: let the other side read */
    }
}

static void node_answer(path_ctx_t *c, const char *text, size_t sz)
{
    static const lq_json_limits_t limits = {TEXT_MAX, 16};
    lq_json_t doc;
    lq_json_val_t id;
    const char *method;
    size_t method_sz;
    const char *first;
    size_t first_sz;
    uint64_t number;
    need(lq_json_parse(&doc, c->tok, TEXT_MAX, NULL, text, sz, &limits));
    need(lq_json_find(&doc, &id, NULL, lq_json_root(&doc), "id"));
    need(lq_json_get_u64(&doc, &number, NULL, id, NULL));
    need(lq_json_get_raw(&doc, &method, &method_sz, NULL, lq_json_root(&doc), "method"));
    char start[64];
    (void)snprintf(start, sizeof(start),
                   "{\"jsonrpc\":\"2.0\",\"id\":%llu,\"result\":", (unsigned long long)number);
    c->out.sz = 0;
    put_cstr(&c->out, start);
    if (strncmp(method, "eth_getLogs", method_sz) == 0)
        put(&c->out, c->logs.at, c->logs.sz);
    else if (strncmp(method, "eth_getBlockBy", 14) == 0)
        put_header(&c->out, c->number);
    else if (strncmp(method, "eth_subscribe", method_sz) == 0 &&
             !lq_json_get_raw(&doc, &first, &first_sz, NULL, lq_json_root(&doc), "params[0]"))
        put_cstr(&c->out, *first == 'n' ? HEADS_ID : LOGS_ID);
    else if (strncmp(method, "eth_blockNumber", method_sz) == 0)
        put_number(&c->out, c->number);
    else
        PUT(&c->out, "\"0x1\"");
    PUT(&c->out, "}\n");
    node_send(c, &c->out);
}

static void node_poll(path_ctx_t *c)
{
    if (c->peer < 0)
        c->peer = accept4(c->listener, NULL, NULL, SOCK_NONBLOCK);
    ssize_t got = c->peer < 0 ? 0 : read(c->peer, c->in + c->in_sz, TEXT_MAX - c->in_sz);
    if (got <= 0)
        return;
    size_t end = c->in_sz + (size_t)got;
    size_t start = 0;
    for (size_t at = c->in_sz; at < end;) {
        size_t used;
        size_t value_sz;
        need(lq_json_frame_feed(&c->frame, &used, &value_sz, NULL, c->in + at, end - at));
        at += used;
        if (value_sz) {
            node_answer(c, c->in + at - value_sz, value_sz);
            start = at;
        }
    }
    memmove(c->in, c->in + start, end - start);
    c->in_sz = end - start;
}

/* ---- ours */

static void on_event(void *ctx, const lq_event_t *event)
{
    path_ctx_t *c = ctx;
    lq_bench_keep(event);
    if (event->kind == LQ_EVENT_LOG)
        c->log_cnt++;
    else if (event->kind == LQ_EVENT_BLOCK)
        c->complete = event->as.block.number;
}

static void wait_complete(path_ctx_t *c)
{
    while (c->complete != c->number) {
        lq_loop_turn(c->loop, 0);
        node_poll(c);
    }
}

static void follow(void *ctx, size_t iters)
{
    path_ctx_t *c = ctx;
    for (size_t i = 0; i < iters; i++) {
        make_block(c);
        node_send(c, &c->told);
        wait_complete(c);
    }
}

static void scan(void *ctx, size_t iters)
{
    path_ctx_t *c = ctx;
    static const lq_json_limits_t limits = {TEXT_MAX, 16};
    for (size_t i = 0; i < iters; i++) {
        lq_json_t doc;
        const char *end = c->told.at + c->told.sz;
        for (const char *at = c->told.at; at < end;) {
            const char *next = memchr(at, '\n', (size_t)(end - at));
            need(lq_json_parse(&doc, c->tok, TEXT_MAX, NULL, at, (size_t)(next - at), &limits));
            at = next + 1;
        }
        need(lq_json_parse(&doc, c->tok, TEXT_MAX, NULL, c->logs.at, c->logs.sz, &limits));
        lq_bench_keep(&doc);
    }
}

static void drop_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx, (void)level, (void)line, (void)line_sz;
}

static void listen_at(path_ctx_t *c)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(c->path, sizeof(c->path), "/tmp/liqd-bench-%ld.ipc", (long)getpid());
    memcpy(address.sun_path, c->path, sizeof(c->path));
    c->peer = -1;
    c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    LQ_ASSERT(c->listener >= 0);
    LQ_ASSERT(bind(c->listener, (const struct sockaddr *)&address, sizeof(address)) == 0);
    LQ_ASSERT(listen(c->listener, 4) == 0);
}

static void make_pool(path_ctx_t *c)
{
    const uint64_t sec = 1000000000;
    need(lq_url_parse(&c->url, NULL, c->path, strlen(c->path)));
    lq_pool_endpoint_t endpoint = {.rpc = {.name = "bench",
                                           .url = &c->url,
                                           .call_max = 64,
                                           .sub_max = 2,
                                           .in_max = 1 << 20,
                                           .out_max = 1 << 16,
                                           .connect_ns = sec,
                                           .backoff_min_ns = sec / 100,
                                           .backoff_max_ns = sec},
                                   .roles = LQ_ROLE_READ | LQ_ROLE_SUBSCRIBE};
    lq_pool_config_t config = {.endpoints = &endpoint,
                               .endpoint_cnt = 1,
                               .chain_id = 1,
                               .block_ns = 1000 * sec,
                               .lag_blk_max = 8,
                               .seed = 1};
    need(lq_pool_new(&c->pool, &c->arena, c->loop, &c->log, &config));
}

static void make_chain(path_ctx_t *c)
{
    const uint64_t sec = 1000000000;
    lq_chain_config_t config = {.tracker = {.quorum = 1,
                                            .window_blk = 64,
                                            .trust_bloom = true,
                                            .gap_max_blk = 1000,
                                            .retry_ns = sec / 10,
                                            .seed = 1,
                                            .header_max = 1024,
                                            .log_max = 8192,
                                            .data_max = 1 << 20},
                                .block_ns = 1000 * sec,
                                .poll_ns = 1000 * sec,
                                .timeout_ns = sec,
                                .block_log_max = 1024,
                                .block_data_max = 1 << 20};
    lq_address_t address;
    lq_hash_t topic;
    need(lq_hex_decode_data(address.b, sizeof(address.b), NULL, ADDRESS, sizeof(ADDRESS) - 1));
    need(lq_hex_decode_data(topic.b, sizeof(topic.b), NULL, TOPIC, sizeof(TOPIC) - 1));
    lq_filter_t filter = {&address, 1, &topic, 1};
    need(lq_chain_new(&c->chain, &c->arena, c->loop, &c->log, c->pool, &config, &filter, NULL,
                      on_event, c));
}

static void set_up(path_ctx_t *c)
{
    static const lq_log_config_t log = {
        .level = LQ_LOG_ERROR, .line_max = LQ_LOG_LINE_MAX, .value_max = 64};
    static const lq_json_limits_t limits = {TEXT_MAX, 16};
    c->told.at = malloc(TEXT_MAX);
    c->logs.at = malloc(TEXT_MAX);
    c->out.at = malloc(TEXT_MAX);
    c->in = malloc(TEXT_MAX);
    c->tok = malloc(TEXT_MAX * sizeof(lq_json_tok_t));
    LQ_ASSERT(c->told.at && c->logs.at && c->out.at && c->in && c->tok);
    lq_json_frame_init(&c->frame, &limits);
    c->number = FIRST_BLK;
    make_block(c);
    listen_at(c);
    need(lq_arena_init(&c->arena, (size_t)1 << 30));
    need(lq_loop_new(&c->loop, &c->arena, lq_clock_system(), 1024));
    need(lq_log_init(&c->log, &log, lq_clock_system(), drop_line, NULL));
    make_pool(c);
    make_chain(c);
    wait_complete(c);
}

static void tear_down(path_ctx_t *c)
{
    lq_chain_free(c->chain);
    lq_pool_free(c->pool);
    lq_loop_free(c->loop);
    lq_arena_fini(&c->arena);
    (void)close(c->peer);
    (void)close(c->listener);
    (void)unlink(c->path);
    free(c->told.at);
    free(c->logs.at);
    free(c->out.at);
    free(c->in);
    free(c->tok);
}

void lq_bench_chain_path(lq_bench_t *b)
{
    path_ctx_t *c = calloc(1, sizeof(*c));
    LQ_ASSERT(c);
    set_up(c);
    lq_bench_case(b, &(lq_bench_case_t){.name = "chain/log_from_socket_to_anchored_block",
                                        .work = follow,
                                        .reference = "bare scan of the same texts",
                                        .reference_work = scan,
                                        .ctx = c,
                                        .scale = LOG_CNT});
    LQ_ASSERT(c->log_cnt % LOG_CNT == 0);
    tear_down(c);
    free(c);
}
