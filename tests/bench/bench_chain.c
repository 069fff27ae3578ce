#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "bench_json.h"
#include "liqd/chain/decode.h"

/* From a node's text to the structs of events.h. The answers are several, so that they come from
   memory and not from a cache; the peer takes the same fields of the same texts. */

#define ANSWER_CNT 8
#define TOK_MAX    400000
#define DATA_MAX   256

typedef struct chain_ctx {
    char *text[ANSWER_CNT];
    size_t text_sz[ANSWER_CNT];
    void *peer[ANSWER_CNT];
    size_t answer_cnt;
    size_t next;
    const char *path;
    bench_take_fn_t *take_peer;
    lq_json_tok_t *tok;
    bench_fields_t fields;
} chain_ctx_t;

/* What each log that was decoded goes to. */
typedef void keep_fn_t(void *to, size_t i, const lq_evm_log_t *log, bool removed);

static void take(const lq_json_t *doc, lq_json_val_t at, keep_fn_t *keep, void *to, size_t i)
{
    lq_evm_log_t log;
    bool removed;
    uint8_t data[DATA_MAX];
    LQ_ASSERT(!lq_evm_log_decode(doc, &log, &removed, data, sizeof(data), NULL, at));
    keep(to, i, &log, removed);
}

static size_t decode(chain_ctx_t *c, size_t answer, keep_fn_t *keep, void *to)
{
    static const lq_json_limits_t limits = {LQ_JSON_TEXT_MAX, 16};
    lq_json_t doc;
    lq_json_val_t at;
    LQ_ASSERT(
        !lq_json_parse(&doc, c->tok, TOK_MAX, NULL, c->text[answer], c->text_sz[answer], &limits));
    LQ_ASSERT(!lq_json_find(&doc, &at, NULL, lq_json_root(&doc), c->path));
    if (lq_json_kind(at) == LQ_JSON_KIND_OBJECT) {
        take(&doc, at, keep, to, 0);
        return 1;
    }
    lq_json_iter_t it;
    lq_json_val_t log;
    LQ_ASSERT(!lq_json_iter(&doc, &it, NULL, at, NULL));
    size_t cnt = 0;
    while (lq_json_next(&doc, NULL, &log, &it))
        take(&doc, log, keep, to, cnt++);
    return cnt;
}

static void keep_alive(void *to, size_t i, const lq_evm_log_t *log, bool removed)
{
    (void)to, (void)i, (void)removed;
    lq_bench_keep(log);
}

static void work(void *ctx, size_t iters)
{
    chain_ctx_t *c = ctx;
    while (iters--)
        (void)decode(c, c->next++ % c->answer_cnt, keep_alive, NULL);
}

#if LIQD_PEER_SIMDJSON
static void work_peer(void *ctx, size_t iters)
{
    chain_ctx_t *c = ctx;
    while (iters--) {
        (void)c->take_peer(c->peer[c->next++ % c->answer_cnt], &c->fields, 0);
        lq_bench_keep(&c->fields);
    }
}

static void keep_fields(void *to, size_t i, const lq_evm_log_t *log, bool removed)
{
    bench_log_t *out = &((bench_fields_t *)to)[i].log;
    memcpy(out->address, log->address.b, 20);
    memcpy(out->topic, log->topics, sizeof(out->topic));
    memcpy(out->data, log->data, log->data_sz);
    memcpy(out->tx_hash, log->tx_hash.b, 32);
    memcpy(out->block_hash, log->block.hash.b, 32);
    out->topic_cnt = log->topic_cnt;
    out->data_sz = log->data_sz;
    out->block_number = log->block.number;
    out->tx_idx = log->tx_idx;
    out->log_idx = log->log_idx;
    out->removed = removed;
}

/* Both must take the same out of each text. */
static void compare(chain_ctx_t *c)
{
    for (size_t i = 0; i < c->answer_cnt; i++) {
        bench_fields_t *ours = calloc(BENCH_LOG_CNT, sizeof(*ours));
        bench_fields_t *theirs = calloc(BENCH_LOG_CNT, sizeof(*theirs));
        LQ_ASSERT(ours && theirs);
        size_t cnt = decode(c, i, keep_fields, ours);
        LQ_ASSERT(c->take_peer(c->peer[i], theirs, 1) == cnt);
        LQ_ASSERT(memcmp(ours, theirs, cnt * sizeof(*ours)) == 0);
        free(ours);
        free(theirs);
    }
}

static void run(lq_bench_t *bench, chain_ctx_t *c, lq_bench_case_t *b)
{
    for (size_t i = 0; i < c->answer_cnt; i++)
        c->peer[i] = peer_simdjson_new(c->text[i], c->text_sz[i]);
    compare(c);
    b->reference = "simdjson on demand";
    b->reference_work = work_peer;
    b->target = 1.2;
    lq_bench_case(bench, b);
    for (size_t i = 0; i < c->answer_cnt; i++)
        peer_simdjson_free(c->peer[i]);
}
#define PEER(fn) (fn)
#else
static void run(lq_bench_t *bench, chain_ctx_t *c, lq_bench_case_t *b)
{
    (void)c;
    lq_bench_case(bench, b);
}
#define PEER(fn) NULL
#endif

static const struct {
    const char *name;
    size_t (*write)(char *out, lq_rng_t *rng);
    const char *path;
    bench_take_fn_t *take_peer;
    size_t answer_cnt;
    size_t scale;
} cases[] = {
    {"chain/log_note", bench_json_log, "params.result", PEER(peer_simdjson_log), 1, 1},
    {"chain/log_note_geth_1_16", bench_json_log_timed, "params.result", PEER(peer_simdjson_log), 1,
     1},
    {"chain/log_note_reth", bench_json_log_reth, "params.result", PEER(peer_simdjson_log), 1, 1},
    {"chain/log_of_10000", bench_json_logs, "result", PEER(peer_simdjson_logs), ANSWER_CNT,
     BENCH_LOG_CNT},
};

lq_bench_fn_t lq_bench_chain;
void lq_bench_chain(lq_bench_t *bench)
{
    for (size_t k = 0; k < LQ_ARRAY_CNT(cases); k++) {
        lq_rng_t rng;
        lq_rng_seed(&rng, 1);
        chain_ctx_t *c = calloc(1, sizeof(*c));
        LQ_ASSERT(c);
        c->path = cases[k].path;
        c->take_peer = cases[k].take_peer;
        c->answer_cnt = cases[k].answer_cnt;
        c->tok = calloc(TOK_MAX, sizeof(*c->tok));
        LQ_ASSERT(c->tok);
        for (size_t i = 0; i < c->answer_cnt; i++) {
            c->text[i] = malloc(BENCH_TEXT_MAX);
            LQ_ASSERT(c->text[i]);
            c->text_sz[i] = cases[k].write(c->text[i], &rng);
        }
        lq_bench_case_t b = {
            .name = cases[k].name, .work = work, .ctx = c, .scale = cases[k].scale};
        run(bench, c, &b);
        for (size_t i = 0; i < c->answer_cnt; i++)
            free(c->text[i]);
        free(c->tok);
        free(c);
    }
}
