#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/rpc/envelope_internal.h"
#include "bench.h"
#include "liqd/chain/decode.h"
#include "liqd/chain/tracker.h"
#include "liqd/codec/hex.h"

/* Bytes in to event out: a log's notification in memory through scanner, envelope and decoder into
   the tracker, and out of it as an event; without sockets. The head that ends each block and the
   answer that completes it come decoded, and are in the figure. The reference is a bare scan of the
   same texts. */

lq_bench_fn_t lq_bench_chain_event;

#define LOG_CNT   64u
#define FIRST_BLK UINT64_C(0x1000000) /* seven digits for long */
#define TEXT_MAX  2048u
#define WORD      "d78a0cb8bb633d06981248b816e7bd33c2a35a6089241d099fa519e361cab902"
#define ADDRESS   "0x8320fe7702b96808f7bbc0d4a888ed1468216cfd"
#define HASH_SAME "0xb1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1"

static const lq_json_limits_t limits = {TEXT_MAX, 16};

typedef struct note {
    char text[TEXT_MAX];
    size_t sz;
    char *number; /* seven digits */
    char *hash;   /* its last sixteen */
} note_t;

typedef struct event_ctx {
    lq_tracker_t *t;
    note_t notes[LOG_CNT];
    lq_evm_log_t logs[LOG_CNT];
    uint8_t data[LOG_CNT][32];
    lq_json_tok_t tok[TEXT_MAX];
    lq_header_t header;
    lq_time_t now;
    uint32_t want;
    size_t given_cnt;
} event_ctx_t;

static void need(lq_err_t err)
{
    LQ_ASSERT(err == LQ_OK);
}

static void on_event(void *ctx, const lq_event_t *e)
{
    event_ctx_t *c = ctx;
    c->given_cnt += e->kind == LQ_EVENT_LOG;
    lq_bench_keep(e);
}

static void on_want(void *ctx, const lq_want_t *want)
{
    ((event_ctx_t *)ctx)->want = want->id;
}

static void make_note(note_t *n, unsigned idx)
{
    static const char number[] = "\"blockNumber\":\"0x";
    int sz = snprintf(n->text, sizeof(n->text),
                      "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{"
                      "\"subscription\":\"0xcd0c3e8af590364c09d0fa6a1210faf5\",\"result\":{"
                      "\"address\":\"" ADDRESS "\",\"topics\":[\"0x" WORD "\",\"0x" WORD
                      "\",\"0x" WORD "\"],\"data\":\"0x" WORD "\",\"blockNumber\":\"0x%07llx\","
                      "\"transactionHash\":\"0x" WORD "\",\"transactionIndex\":\"0x1a\","
                      "\"blockHash\":\"" HASH_SAME "%016llx\",\"logIndex\":\"0x%x\","
                      "\"removed\":false}}}",
                      (unsigned long long)FIRST_BLK, (unsigned long long)FIRST_BLK, idx);
    LQ_ASSERT(sz > 0 && (size_t)sz < sizeof(n->text));
    n->sz = (size_t)sz;
    n->number = strstr(n->text, number) + sizeof(number) - 1;
    n->hash = strstr(n->text, HASH_SAME) + sizeof(HASH_SAME) - 1;
}

static void write_number(char *out, size_t digit_cnt, uint64_t number)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = digit_cnt; i-- > 0; number /= 16)
        out[i] = digits[number % 16];
}

/* Makes the texts those of the next block. */
static void next_block(event_ctx_t *c)
{
    lq_header_t *h = &c->header;
    char hash[17];
    h->block.number++;
    h->parent_hash = h->block.hash;
    write_number(hash, 16, h->block.number);
    for (size_t i = 0; i < LOG_CNT; i++) {
        memcpy(c->notes[i].number, hash + 9, 7);
        memcpy(c->notes[i].hash, hash, 16);
    }
    memset(h->block.hash.b, 0xb1, sizeof(h->block.hash));
    for (size_t i = 0; i < 8; i++)
        h->block.hash.b[31 - i] = (uint8_t)(h->block.number >> 8 * i);
}

static void take(event_ctx_t *c, size_t i)
{
    lq_json_t doc;
    lq_envelope_t env;
    bool removed;
    need(lq_json_parse(&doc, c->tok, TEXT_MAX, NULL, c->notes[i].text, c->notes[i].sz, &limits));
    lq_envelope_read(&env, &doc, lq_json_root(&doc));
    need(lq_evm_log_decode(&doc, &c->logs[i], &removed, c->data[i], sizeof(c->data[i]), NULL,
                           env.value));
    lq_tracker_log(c->t, 0, &c->logs[i], removed, c->now);
    (void)lq_tracker_step(c->t, c->now);
}

static void one_block(event_ctx_t *c)
{
    next_block(c);
    for (size_t i = 0; i < LOG_CNT; i++)
        take(c, i);
    lq_tracker_head(c->t, 0, &c->header, c->now);
    lq_tracker_answer_t a = {.id = c->want, .logs = c->logs, .log_cnt = LOG_CNT, .time = c->now};
    lq_tracker_answer(c->t, &a);
}

static void work(void *ctx, size_t iters)
{
    event_ctx_t *c = ctx;
    size_t before = c->given_cnt;
    for (size_t i = 0; i < iters; i++)
        one_block(c);
    LQ_ASSERT(c->given_cnt == before + iters * LOG_CNT);
}

static void scan(void *ctx, size_t iters)
{
    event_ctx_t *c = ctx;
    for (size_t k = 0; k < iters; k++)
        for (size_t i = 0; i < LOG_CNT; i++) {
            lq_json_t doc;
            need(lq_json_parse(&doc, c->tok, TEXT_MAX, NULL, c->notes[i].text, c->notes[i].sz,
                               &limits));
            lq_bench_keep(&doc);
        }
}

static void make_tracker(event_ctx_t *c, lq_arena_t *arena)
{
    static const lq_tracker_config_t config = {.endpoint_cnt = 1,
                                               .quorum = 1,
                                               .window_blk = 64,
                                               .trust_bloom = true,
                                               .gap_max_blk = 1000,
                                               .retry_ns = 1000000000,
                                               .header_max = 256,
                                               .log_max = 10000,
                                               .data_max = 1 << 20};
    lq_address_t address;
    lq_hash_t topic;
    need(lq_hex_decode_data(address.b, sizeof(address.b), NULL, ADDRESS, sizeof(ADDRESS) - 1));
    need(lq_hex_decode_data(topic.b, sizeof(topic.b), NULL, "0x" WORD, sizeof("0x" WORD) - 1));
    lq_filter_t filter = {&address, 1, &topic, 1};
    lq_tracker_sink_t sink = {c, on_event, on_want};
    need(lq_tracker_new(&c->t, arena, &config, &filter, &sink));
}

void lq_bench_chain_event(lq_bench_t *b)
{
    lq_arena_t arena;
    event_ctx_t *c = calloc(1, sizeof(*c));
    LQ_ASSERT(c);
    need(lq_arena_init(&arena, (size_t)64 << 20));
    make_tracker(c, &arena);
    for (unsigned i = 0; i < LOG_CNT; i++)
        make_note(&c->notes[i], i);
    memset(c->header.logs_bloom, 0xff, sizeof(c->header.logs_bloom));
    c->header.block.number = FIRST_BLK;
    lq_tracker_connected(c->t, 0, true, c->now);
    one_block(c); /* begins the stack */
    one_block(c);
    lq_bench_case(b, &(lq_bench_case_t){.name = "chain/log_from_text_to_event",
                                        .work = work,
                                        .reference = "bare scan of the same texts",
                                        .reference_work = scan,
                                        .ctx = c,
                                        .scale = LOG_CNT});
    lq_arena_fini(&arena);
    free(c);
}
