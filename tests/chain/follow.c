/* Follows a chain through net, rpc and chain as the daemon does, and prints each event as a line,
   for the tests in this folder. Its log goes to standard error; SIGTERM ends it with its counters
   as a JSON object.

       liqd_test_follow --endpoint NAME,ROLES,URL... --chain-id N [--quorum K] [--window BLOCKS]
                        [--block-ms MS] [--from BLOCK] [--address A]... [--topic T]...

   ROLES are of the letters r (read) and s (subscribe). */

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "liqd/chain/chain.h"
#include "liqd/codec/hex.h"

#define FILTER_MAX 64u
#define ARENA_SZ   ((size_t)8 << 30) /* addresses, not memory */
#define MS         UINT64_C(1000000)

typedef struct options {
    lq_url_t urls[LQ_POOL_ENDPOINT_MAX];
    lq_pool_endpoint_t endpoints[LQ_POOL_ENDPOINT_MAX];
    size_t endpoint_cnt;
    lq_address_t addresses[FILTER_MAX];
    size_t address_cnt;
    lq_hash_t topics[FILTER_MAX];
    size_t topic_cnt;
    uint64_t chain_id;
    uint64_t block_ms;
    uint64_t from_blk;
    uint32_t quorum;
    uint32_t window_blk;
} options_t;

static volatile bool stop;

static void on_signal(int number)
{
    (void)number;
    stop = true;
}

LQ_NORETURN static void die(const char *what, lq_err_t err)
{
    (void)fprintf(stderr, "liqd_test_follow: %s: %s\n", what, lq_err_str(err));
    exit(EXIT_FAILURE);
}

static void must(const char *what, lq_err_t err)
{
    if (err)
        die(what, err);
}

/* ---- options */

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
        die(text, LQ_ERR_SYNTAX);
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
        die(text, LQ_ERR_FULL);
    must(text, lq_hex_decode_data(o->addresses[o->address_cnt++].b, sizeof(lq_address_t), NULL,
                                  text, strlen(text)));
}

static void add_topic(options_t *o, const char *text)
{
    if (o->topic_cnt == FILTER_MAX)
        die(text, LQ_ERR_FULL);
    must(text, lq_hex_decode_data(o->topics[o->topic_cnt++].b, sizeof(lq_hash_t), NULL, text,
                                  strlen(text)));
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
        {"address", required_argument, NULL, 'a'},
        {"topic", required_argument, NULL, 't'},
        {NULL, 0, NULL, 0},
    };
    *o = (options_t){.quorum = 1, .window_blk = LQ_TRACKER_WINDOW_MAX, .block_ms = 1000};
    for (int c = getopt_long(argc, argv, "", known, NULL); c != -1;
         c = getopt_long(argc, argv, "", known, NULL)) {
        if (c == 'e')
            add_endpoint(o, optarg);
        else if (c == 'a')
            add_address(o, optarg);
        else if (c == 't')
            add_topic(o, optarg);
        else if (c == 'c')
            o->chain_id = strtoull(optarg, NULL, 0);
        else if (c == 'q')
            o->quorum = (uint32_t)strtoul(optarg, NULL, 0);
        else if (c == 'w')
            o->window_blk = (uint32_t)strtoul(optarg, NULL, 0);
        else if (c == 'b')
            o->block_ms = strtoull(optarg, NULL, 0);
        else if (c == 'f')
            o->from_blk = strtoull(optarg, NULL, 0);
        else
            exit(EXIT_FAILURE);
    }
}

/* ---- output */

static void print_hex(const uint8_t *bytes, size_t sz)
{
    static char text[2 * 65536];
    (void)fputs("0x", stdout);
    for (size_t at = 0; at < sz; at += sizeof(text) / 2) {
        size_t part = sz - at < sizeof(text) / 2 ? sz - at : sizeof(text) / 2;
        lq_hex_encode(text, bytes + at, part);
        (void)fwrite(text, 1, 2 * part, stdout);
    }
}

static void print_block(const char *kind, const lq_block_ref_t *block)
{
    (void)printf("%s %" PRIu64 " ", kind, block->number);
    print_hex(block->hash.b, sizeof(block->hash.b));
}

static void print_log(const lq_evm_log_t *log)
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

static void on_event(void *ctx, const lq_event_t *event)
{
    (void)ctx;
    switch (event->kind) {
    case LQ_EVENT_HEAD:
        print_block("HEAD", &event->as.head->block);
        (void)fputs(" ", stdout);
        print_hex(event->as.head->parent_hash.b, sizeof(lq_hash_t));
        break;
    case LQ_EVENT_LOG:
        print_log(event->as.log);
        break;
    case LQ_EVENT_BLOCK:
        print_block("BLOCK", &event->as.block);
        break;
    case LQ_EVENT_UNDONE:
        print_block("UNDONE", &event->as.block);
        break;
    case LQ_EVENT_BROKEN:
        (void)fputs("BROKEN", stdout);
        break;
    case LQ_EVENT_PENDING:
    case LQ_EVENT_READ:
        LQ_BUG("the chain gives no event %d", (int)event->kind);
    }
    (void)fputs("\n", stdout);
    (void)fflush(stdout);
}

static void write_log(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx;
    (void)level;
    (void)fwrite(line, 1, line_sz, stderr);
}

#define COUNT(s, member) printf("\"%s\":%" PRIu64 ",", #member, (uint64_t)(s)->member)

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
    (void)printf("\"health\":\"%s\"},", lq_health_str(stat.health));
}

static void print_stat(const lq_chain_t *chain, const lq_pool_t *pool)
{
    lq_chain_stat_t stat = lq_chain_stat(chain);
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("{");
    COUNT(&stat.tracker, head_cnt);
    COUNT(&stat.tracker, log_cnt);
    COUNT(&stat.tracker, double_cnt);
    COUNT(&stat.tracker, removed_cnt);
    COUNT(&stat.tracker, reorg_cnt);
    COUNT(&stat.tracker, reorg_depth_max);
    COUNT(&stat.tracker, undone_cnt);
    COUNT(&stat.tracker, broken_cnt);
    COUNT(&stat.tracker, gap_cnt);
    COUNT(&stat.tracker, gap_blk_cnt);
    COUNT(&stat.tracker, contradiction_cnt);
    COUNT(&stat.tracker, redone_cnt);
    COUNT(&stat.tracker, dropped_cnt);
    COUNT(&stat.tracker, unwatched_cnt);
    COUNT(&stat, poll_cnt);
    COUNT(&stat, missed_head_cnt);
    COUNT(&stat, garbage_cnt);
    COUNT(&stat, want_cnt);
    COUNT(&stat, unanswered_cnt);
    (void)printf("\"endpoints\":{");
    for (uint32_t i = 0; i < lq_pool_endpoint_cnt(pool); i++)
        print_endpoint(pool, i);
    (void)printf("\"\":null},\"rss_kb\":%ld}\n", usage.ru_maxrss);
}

/* ---- the world */

static lq_chain_config_t chain_config(const options_t *o)
{
    uint64_t block_ns = o->block_ms * MS;
    return (lq_chain_config_t){
        .tracker = {.quorum = o->quorum,
                    .window_blk = o->window_blk,
                    .trust_bloom = true,
                    .gap_max_blk = 10000,
                    .retry_ns = 100 * MS,
                    .seed = 1,
                    .header_max = 4096,
                    .log_max = 16384,
                    .data_max = (size_t)16 << 20},
        .block_ns = block_ns,
        .poll_ns = block_ns / 2,
        .timeout_ns = 1500 * MS,
        .block_log_max = 4096,
        .block_data_max = (size_t)8 << 20,
    };
}

static void follow(const options_t *o, lq_arena_t *arena, lq_loop_t *loop, lq_log_t *log)
{
    lq_pool_config_t pool_config = {
        .endpoints = o->endpoints,
        .endpoint_cnt = o->endpoint_cnt,
        .chain_id = o->chain_id,
        .block_ns = o->block_ms * MS,
        .lag_blk_max = 8,
        .seed = 1,
    };
    lq_filter_t filter = {o->addresses, o->address_cnt, o->topics, o->topic_cnt};
    lq_chain_config_t config = chain_config(o);
    lq_chain_start_t start = {.from_blk = o->from_blk};
    lq_pool_t *pool;
    lq_chain_t *chain;
    must("the pool", lq_pool_new(&pool, arena, loop, log, &pool_config));
    must("the chain", lq_chain_new(&chain, arena, loop, log, pool, &config, &filter,
                                   o->from_blk ? &start : NULL, on_event, NULL));
    lq_loop_run(loop, &stop);
    print_stat(chain, pool);
    lq_chain_free(chain);
    lq_pool_free(pool);
}

int main(int argc, char **argv)
{
    static options_t options;
    static lq_log_t log;
    static const lq_log_config_t log_config = {.level = LQ_LOG_INFO,
                                               .rate_per_sec = 10,
                                               .burst_cnt = 50,
                                               .line_max = 1024,
                                               .value_max = 256};
    parse(&options, argc, argv);
    (void)signal(SIGTERM, on_signal);
    (void)signal(SIGINT, on_signal);
    (void)signal(SIGPIPE, SIG_IGN);
    lq_arena_t arena;
    lq_loop_t *loop;
    must("memory", lq_arena_init(&arena, ARENA_SZ));
    must("the log", lq_log_init(&log, &log_config, lq_clock_system(), write_log, NULL));
    must("the loop", lq_loop_new(&loop, &arena, lq_clock_system(), 4096));
    follow(&options, &arena, loop, &log);
    lq_loop_free(loop);
    lq_arena_fini(&arena);
    return EXIT_SUCCESS;
}
