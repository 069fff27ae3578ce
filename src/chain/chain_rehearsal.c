#include "liqd/chain/chain_rehearsal.h"

#include <string.h>

#include "liqd/chain/decode.h"
#include "liqd/chain/tracker.h"
#include "liqd/codec/hex.h"

#define TOK_MAX   64u
#define DATA_MAX  64u
#define MS_NS     UINT64_C(1000000)
#define FIRST_BLK UINT64_C(0x1000000000000) /* so that all numbers have as many digits */

/* A price's, as geth tells it; dots stand for its block. */
#define HASH_DOTS   "................................................................"
#define NUMBER_DOTS "............."
#define ZEROS_48    "000000000000000000000000000000000000000000000000"
#define TOPIC       "0559884fd3a460db3073b7fc896cc77986f16e378210ded43183175bf646fc5f"
#define ADDRESS     "7d4e742018fb52e48b08be73d041c18b21de6fb5"

static const char notification[] =
    "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{\"subscription\":"
    "\"0xcd0c3e8af590364c09d0fa6a1210faf5\",\"result\":{\"address\":\"0x" ADDRESS
    "\",\"topics\":[\"0x" TOPIC "\",\"0x" ZEROS_48 "000000003a352944\",\"0x" ZEROS_48
    "000000000000a1f3\"],\"data\":\"0x" ZEROS_48
    "00000000673c8f1b\",\"blockNumber\":\"0x" NUMBER_DOTS "\",\"transactionHash\":\"0x" TOPIC
    "\",\"transactionIndex\":\"0x1a\",\"blockHash\":\"0x" HASH_DOTS
    "\",\"logIndex\":\"0x2b\",\"removed\":false}}}";

struct lq_chain_rehearsal {
    lq_tracker_t *tracker;
    lq_header_t head;
    lq_want_t want; /* the last; id 0: none */
    uint64_t round;
    lq_chain_rehearsal_stat_t stat;
    char text[sizeof(notification)];
    char *number; /* in TEXT */
    char *hash;
    lq_json_tok_t tok[TOK_MAX];
    uint8_t data[DATA_MAX];
};

static void on_event(void *ctx, const lq_event_t *event)
{
    lq_chain_rehearsal_t *r = ctx;
    r->stat.log_cnt += event->kind == LQ_EVENT_LOG;
    r->stat.block_cnt += event->kind == LQ_EVENT_BLOCK;
}

static void on_want(void *ctx, const lq_want_t *want)
{
    lq_chain_rehearsal_t *r = ctx;
    r->want = *want;
}

static lq_time_t now_of(const lq_chain_rehearsal_t *r)
{
    return (lq_time_t){.mono_ns = r->round * MS_NS, .wall_ns = r->round * MS_NS};
}

/* The next block. */
static void go_on(lq_chain_rehearsal_t *r)
{
    r->round++;
    r->head.parent_hash = r->head.block.hash;
    r->head.block.number = FIRST_BLK + r->round;
    r->head.timestamp_sec++;
    memcpy(r->head.block.hash.b, &r->round, sizeof(r->round));
}

static void write_block(lq_chain_rehearsal_t *r)
{
    char digits[LQ_HEX_U64_MAX_SZ];
    size_t sz = lq_hex_encode_u64(digits, r->head.block.number);
    LQ_ASSERT(sz == sizeof(NUMBER_DOTS) + 1); /* with its 0x */
    memcpy(r->number, digits + 2, sz - 2);
    lq_hex_encode(r->hash, r->head.block.hash.b, sizeof(r->head.block.hash.b));
}

static void read_log(lq_chain_rehearsal_t *r, lq_evm_log_t *log)
{
    const lq_json_limits_t limits = {.text_max = sizeof(notification), .depth_max = 8};
    lq_json_t doc;
    lq_json_val_t at;
    bool removed;
    write_block(r);
    if (lq_json_parse(&doc, r->tok, TOK_MAX, NULL, r->text, sizeof(notification) - 1, &limits) ||
        lq_json_find(&doc, &at, NULL, lq_json_root(&doc), "params.result") ||
        lq_evm_log_decode(&doc, log, &removed, r->data, sizeof(r->data), NULL, at))
        LQ_BUG("the text of a rehearsal is none of a log");
}

void lq_chain_rehearsal_hear(lq_chain_rehearsal_t *r)
{
    lq_evm_log_t log;
    go_on(r);
    read_log(r, &log);
    lq_tracker_log(r->tracker, 0, &log, false, now_of(r));
    (void)lq_tracker_step(r->tracker, now_of(r));
    r->want.id = 0;
    lq_tracker_head(r->tracker, 0, &r->head, now_of(r));
    if (!r->want.id)
        return;
    const lq_tracker_answer_t answer = {
        .id = r->want.id, .logs = &log, .log_cnt = 1, .time = now_of(r)};
    lq_tracker_answer(r->tracker, &answer);
}

const char *lq_chain_rehearsal_text(const lq_chain_rehearsal_t *r, size_t *sz)
{
    *sz = sizeof(notification) - 1;
    return r->text;
}

lq_chain_rehearsal_stat_t lq_chain_rehearsal_stat(const lq_chain_rehearsal_t *r)
{
    return r->stat;
}

static lq_err_t make_tracker(lq_chain_rehearsal_t *r, lq_arena_t *arena)
{
    const lq_tracker_config_t config = {.endpoint_cnt = 1,
                                        .quorum = 1,
                                        .window_blk = LQ_TRACKER_WINDOW_MAX,
                                        .trust_bloom = true,
                                        .gap_max_blk = 1,
                                        .retry_ns = MS_NS,
                                        .header_max = 512,
                                        .log_max = 512,
                                        .data_max = (size_t)1 << 16};
    const lq_tracker_sink_t sink = {.ctx = r, .event = on_event, .want = on_want};
    lq_address_t address;
    lq_hash_t topic;
    const lq_filter_t filter = {&address, 1, &topic, 1};
    if (lq_hex_decode(address.b, sizeof(address.b), NULL, ADDRESS, 2 * sizeof(address.b)) ||
        lq_hex_decode(topic.b, sizeof(topic.b), NULL, TOPIC, 2 * sizeof(topic.b)))
        LQ_BUG("no digits");
    return lq_tracker_new(&r->tracker, arena, &config, &filter, &sink);
}

lq_err_t lq_chain_rehearsal_new(lq_chain_rehearsal_t **out, lq_arena_t *arena)
{
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_chain_rehearsal_t *r = lq_arena_alloc(arena, sizeof(*r), 64);
    if (!r)
        return LQ_ERR_NOMEM;
    memset(r, 0, sizeof(*r));
    lq_err_t err = make_tracker(r, arena);
    if (err) {
        lq_arena_rewind(arena, mark);
        return err;
    }
    memcpy(r->text, notification, sizeof(notification));
    r->number = strstr(r->text, "\"blockNumber\":\"0x") + sizeof("\"blockNumber\":\"0x") - 1;
    r->hash = strstr(r->text, "\"blockHash\":\"0x") + sizeof("\"blockHash\":\"0x") - 1;
    r->head.timestamp_sec = 1;
    go_on(r);
    lq_tracker_connected(r->tracker, 0, true, now_of(r));
    lq_tracker_head(r->tracker, 0, &r->head, now_of(r)); /* without a log */
    memset(r->head.logs_bloom, 0xff, sizeof(r->head.logs_bloom));
    *out = r;
    return LQ_OK;
}
