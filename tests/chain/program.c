#include "program.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "liqd/codec/hex.h"

#define ARENA_SZ ((size_t)8 << 30) /* addresses, not memory */

volatile bool program_stop;

static void on_signal(int number)
{
    (void)number;
    program_stop = true;
}

void must(const char *what, lq_err_t err)
{
    if (!err)
        return;
    (void)fprintf(stderr, "%s: %s\n", what, lq_err_str(err));
    exit(EXIT_FAILURE);
}

static const lq_endpoint_config_t endpoint_config = {
    .call_max = 64,
    .sub_max = 4,
    .in_max = (size_t)8 << 20,
    .out_max = (size_t)1 << 20,
    .connect_ns = 2000 * MS,
    .ping_ns = 500 * MS,
    .pong_ns = 1000 * MS,
    .silence_ns = 2000 * MS,
    .backoff_min_ns = 10 * MS,
    .backoff_max_ns = 500 * MS,
};

static void add_endpoint(options_t *o, char *text)
{
    char *roles = strchr(text, ',');
    char *url = roles ? strchr(roles + 1, ',') : NULL;
    if (!url || o->endpoint_cnt == LQ_POOL_ENDPOINT_MAX)
        must(text, LQ_ERR_SYNTAX);
    *roles++ = '\0';
    *url++ = '\0';
    must(url, lq_url_parse(&o->urls[o->endpoint_cnt], NULL, url, strlen(url)));
    lq_pool_endpoint_t *e = &o->endpoints[o->endpoint_cnt];
    e->rpc = endpoint_config;
    e->rpc.name = text;
    e->rpc.url = &o->urls[o->endpoint_cnt];
    if (strchr(roles, 'r'))
        e->roles |= LQ_ROLE_READ;
    if (strchr(roles, 's'))
        e->roles |= LQ_ROLE_SUBSCRIBE;
    o->endpoint_cnt++;
}

static void add_address(options_t *o, const char *text)
{
    if (o->address_cnt == FILTER_MAX)
        must(text, LQ_ERR_FULL);
    must(text, lq_hex_decode_data(o->addresses[o->address_cnt++].b, sizeof(lq_address_t), NULL,
                                  text, strlen(text)));
}

static void add_topic(options_t *o, const char *text)
{
    if (o->topic_cnt == FILTER_MAX)
        must(text, LQ_ERR_FULL);
    must(text, lq_hex_decode_data(o->topics[o->topic_cnt++].b, sizeof(lq_hash_t), NULL, text,
                                  strlen(text)));
}

static void add_call(options_t *o, const char *text)
{
    const char *data = strchr(text, ',');
    if (!data || o->call_cnt == CALL_MAX)
        must(text, LQ_ERR_SYNTAX);
    given_call_t *call = &o->calls[o->call_cnt++];
    must(text,
         lq_hex_decode_data(call->to.b, sizeof(call->to.b), NULL, text, (size_t)(data - text)));
    must(text, lq_hex_decode_data_max(call->input, &call->input_sz, INPUT_MAX, NULL, data + 1,
                                      strlen(data + 1)));
}

static void take_bytes(uint8_t *out, size_t out_sz, const char *text)
{
    must(text, lq_hex_decode_data(out, out_sz, NULL, text, strlen(text)));
}

static void take_option(options_t *o, int c, char *text)
{
    uint64_t number = strtoull(text, NULL, 0);
    switch (c) {
    case 'e':
        add_endpoint(o, text);
        return;
    case 'a':
        add_address(o, text);
        return;
    case 't':
        add_topic(o, text);
        return;
    case 'C':
        add_call(o, text);
        return;
    case 'M':
        take_bytes(o->multicall.b, sizeof(o->multicall.b), text);
        return;
    case 'h':
        take_bytes(o->block.hash.b, sizeof(o->block.hash.b), text);
        return;
    case 'm':
        o->mode = text;
        return;
    case 'c':
        o->chain_id = number;
        return;
    case 'q':
        o->quorum = (uint32_t)number;
        return;
    case 'w':
        o->window_blk = (uint32_t)number;
        return;
    case 'b':
        o->block_ms = number;
        return;
    case 'f':
        o->from_blk = number;
        return;
    case 'T':
        o->to_blk = number;
        return;
    case 'r':
        o->range_blk = number;
        return;
    case 'F':
        o->full = number;
        return;
    case 'Q':
        o->quiet = number;
        return;
    default:
        exit(EXIT_FAILURE);
    }
}

static void parse(options_t *o, int argc, char **argv)
{
    static const struct option known[] = {
        {"endpoint", required_argument, NULL, 'e'},
        {"chain-id", required_argument, NULL, 'c'},
        {"quorum", required_argument, NULL, 'q'},
        {"window", required_argument, NULL, 'w'},
        {"block-ms", required_argument, NULL, 'b'},
        {"from", required_argument, NULL, 'f'},
        {"to", required_argument, NULL, 'T'},
        {"range", required_argument, NULL, 'r'},
        {"address", required_argument, NULL, 'a'},
        {"topic", required_argument, NULL, 't'},
        {"multicall", required_argument, NULL, 'M'},
        {"call", required_argument, NULL, 'C'},
        {"hash", required_argument, NULL, 'h'},
        {"mode", required_argument, NULL, 'm'},
        {"full", required_argument, NULL, 'F'},
        {"quiet", required_argument, NULL, 'Q'},
        {NULL, 0, NULL, 0},
    };
    *o =
        (options_t){.quorum = 1, .window_blk = 64, .block_ms = 1000, .range_blk = 1000, .mode = ""};
    for (int c = getopt_long(argc, argv, "", known, NULL); c != -1;
         c = getopt_long(argc, argv, "", known, NULL))
        take_option(o, c, optarg);
}

/* ---- output */

void print_hex(const uint8_t *bytes, size_t sz)
{
    static char text[2 * 65536];
    (void)fputs("0x", stdout);
    for (size_t at = 0; at < sz; at += sizeof(text) / 2) {
        size_t part = sz - at < sizeof(text) / 2 ? sz - at : sizeof(text) / 2;
        lq_hex_encode(text, bytes + at, part);
        (void)fwrite(text, 1, 2 * part, stdout);
    }
}

void print_block(const char *kind, const lq_block_ref_t *block)
{
    (void)printf("%s %" PRIu64 " ", kind, block->number);
    print_hex(block->hash.b, sizeof(block->hash.b));
}

void print_log(const lq_evm_log_t *log)
{
    print_block("LOG", &log->block);
    (void)printf(" %" PRIu32 " ", log->log_idx);
    print_hex(log->tx_hash.b, sizeof(log->tx_hash.b));
    (void)printf(" %" PRIu32 " ", log->tx_idx);
    print_hex(log->address.b, sizeof(log->address.b));
    for (uint32_t i = 0; i < log->topic_cnt; i++) {
        (void)fputs(i ? "," : " ", stdout);
        print_hex(log->topics[i].b, sizeof(log->topics[i].b));
    }
    (void)fputs(log->topic_cnt ? " " : " - ", stdout);
    print_hex(log->data, log->data_sz);
}

static void write_log(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx;
    (void)level;
    (void)fwrite(line, 1, line_sz, stderr);
}

static void print_classes(const lq_endpoint_stat_t *stat)
{
    const char *comma = "";
    (void)printf("\"classes\":{");
    for (size_t c = 0; c < LQ_RPC_CLASS_CNT; c++) {
        if (!stat->class_cnt[c])
            continue;
        (void)printf("%s\"%s\":%llu", comma, lq_rpc_class_name((lq_rpc_class_t)c),
                     (unsigned long long)stat->class_cnt[c]);
        comma = ",";
    }
    (void)printf("},");
}

static void print_endpoint(const lq_pool_t *pool, uint32_t number)
{
    lq_pool_stat_t stat = lq_pool_stat(pool, number);
    (void)printf("\"%s\":{", lq_pool_name(pool, number));
    COUNT(stat.rpc, connect_cnt);
    COUNT(stat.rpc, down_cnt);
    COUNT(stat.rpc, call_cnt);
    COUNT(stat.rpc, notify_cnt);
    COUNT(stat.rpc, wrong_id_cnt);
    COUNT(stat.rpc, garbage_cnt);
    COUNT(stat.rpc, too_long_cnt);
    COUNT(stat.rpc, timeout_cnt);
    COUNT(stat.rpc, stray_cnt);
    COUNT(stat.rpc, in_sz);
    COUNT(&stat, latency_ns);
    COUNT(&stat, unwell_cnt);
    print_classes(stat.rpc);
    (void)printf("\"health\":\"%s\"},", lq_node_health_str(stat.health));
}

static uint64_t time_ns(struct timeval t)
{
    return (uint64_t)t.tv_sec * 1000 * MS + (uint64_t)t.tv_usec * 1000;
}

void print_pool(const lq_pool_t *pool)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("\"endpoints\":{");
    for (uint32_t i = 0; i < lq_pool_endpoint_cnt(pool); i++)
        print_endpoint(pool, i);
    (void)printf("\"\":null},\"cpu_ns\":%" PRIu64 ",\"rss_kb\":%ld",
                 time_ns(usage.ru_utime) + time_ns(usage.ru_stime), usage.ru_maxrss);
}

/* ---- the world */

void program_begin(program_t *p, int argc, char **argv)
{
    static const lq_log_config_t log_config = {.level = LQ_LOG_DEBUG,
                                               .rate_per_sec = 10,
                                               .burst_cnt = 50,
                                               .line_max = 1024,
                                               .value_max = 256};
    options_t *o = &p->options;
    parse(o, argc, argv);
    p->filter = (lq_filter_t){o->addresses, o->address_cnt, o->topics, o->topic_cnt};
    (void)signal(SIGTERM, on_signal);
    (void)signal(SIGINT, on_signal);
    (void)signal(SIGPIPE, SIG_IGN);
    must("memory", lq_arena_init(&p->arena, ARENA_SZ));
    must("the log", lq_log_init(&p->log, &log_config, lq_clock_system(), write_log, NULL));
    must("the loop", lq_loop_new(&p->loop, &p->arena, lq_clock_system(), 8192));
    lq_pool_config_t config = {
        .endpoints = o->endpoints,
        .endpoint_cnt = o->endpoint_cnt,
        .chain_id = o->chain_id,
        .block_ns = o->block_ms * MS,
        .lag_blk_max = 8,
        .seed = 1,
    };
    must("the pool", lq_pool_new(&p->pool, &p->arena, p->loop, &p->log, &config));
}

void program_end(program_t *p)
{
    lq_pool_free(p->pool);
    lq_loop_free(p->loop);
    lq_arena_fini(&p->arena);
}
