/* Keeps pools as venues do, from what standard input tells of a chain, and quotes on demand:

       liqd_test_quote

   Commands, each a line of words, are answered by lines and a last one, DONE:

       pool v3|v2 ADDRESS FACTORY FEE   a pool, before begin
       begin                            all pools are named
       watch                            W ADDRESS and T TOPIC, each on a line
       block NUMBER                     what comes now is this block's
       back NUMBER                      that block is undone
       log ADDRESS DATA TOPIC...        F where it did not fit
       next                             C TO INPUT for each call of what has to be read; none:
   nothing answer OK:DATA...                the results; OK is 0 or 1; F where they do not fit pools
   P STATUS for each, words joined by "_" in|out POOL ZERO AMOUNT          Q IN OUT SQRT TICKS, or E
   ERROR */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "liqd/codec/hex.h"
#include "liqd/market/venues.h"
#include "liqd/num/decimal.h"

#define POOL_MAX  64u
#define TICK_MAX  65536u
#define BLOCK_MAX 64u
#define CALL_MAX  512u
#define DATA_SZ   (1u << 16)
#define RESULT_SZ (1u << 20)
#define LOG_SZ    1024u

typedef struct job {
    lq_venue_pool_config_t pools[POOL_MAX];
    size_t pool_cnt;
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_venues_t *venues;
    lq_subject_t subject;
    lq_read_call_t calls[CALL_MAX];
    uint8_t data[DATA_SZ];
    lq_read_result_t results[CALL_MAX];
    uint8_t result_data[RESULT_SZ];
} job_t;

static void fail(const char *what, lq_err_t err)
{
    (void)fprintf(stderr, "%s: %s\n", what, lq_err_str(err));
    exit(EXIT_FAILURE);
}

/* ---- words */

/* The next word of the line, which must be there. */
static char *word(char **line)
{
    char *w = strsep(line, " ");
    if (!w)
        fail("a word is missing", LQ_ERR_SYNTAX);
    return w;
}

static void bytes_of(uint8_t *out, size_t sz, const char *text)
{
    lq_err_msg_t msg;
    lq_err_t err = lq_hex_decode_data(out, sz, &msg, text, strlen(text));
    if (err)
        fail(text, err);
}

static size_t data_of(uint8_t *out, size_t max, const char *text)
{
    size_t sz;
    lq_err_msg_t msg;
    lq_err_t err = lq_hex_decode_data_max(out, &sz, max, &msg, text, strlen(text));
    if (err)
        fail(text, err);
    return sz;
}

static lq_u256_t number_of(const char *text)
{
    lq_u256_t v;
    lq_err_msg_t msg;
    lq_err_t err = lq_decimal_parse(&v, &msg, text, strlen(text), 0);
    if (err)
        fail(text, err);
    return v;
}

static void print_hex(const uint8_t *bytes, size_t sz)
{
    (void)printf(" 0x");
    for (size_t i = 0; i < sz; i++)
        (void)printf("%02x", bytes[i]);
}

static void print_number(const lq_u256_t *v)
{
    char text[LQ_DECIMAL_SZ];
    if (lq_decimal_print(text, sizeof(text), v, 0))
        LQ_BUG("a number has no place in %zu bytes", sizeof(text));
    (void)printf(" %s", text);
}

/* ---- the chain */

static void do_pool(job_t *job, char *line)
{
    if (job->pool_cnt == POOL_MAX)
        fail("pools", LQ_ERR_FULL);
    lq_venue_pool_config_t *pool = &job->pools[job->pool_cnt++];
    pool->kind = strcmp(word(&line), "v2") == 0 ? LQ_VENUE_UNISWAP_V2 : LQ_VENUE_UNISWAP_V3;
    bytes_of(pool->address.b, sizeof(pool->address.b), word(&line));
    bytes_of(pool->factory.b, sizeof(pool->factory.b), word(&line));
    pool->fee_pips = (uint32_t)strtoul(word(&line), NULL, 10);
}

static void do_begin(job_t *job)
{
    const lq_venues_config_t config = {
        .pools = job->pools, .pool_cnt = job->pool_cnt, .tick_max = TICK_MAX, .seed = 1};
    const lq_undo_config_t undo = {lq_venues_state_sz(&config) + LQ_UNDO_LINE_SZ, 1 << 16,
                                   BLOCK_MAX};
    size_t sz = lq_venues_arena_sz(&config) + 2 * undo.state_sz + undo.line_max * 80 + 65536;
    lq_err_t err = lq_arena_init(&job->arena, sz);
    if (!err)
        err = lq_undo_new(&job->undo, &job->arena, &undo);
    if (!err)
        err = lq_venues_new(&job->venues, &job->arena, job->undo, &config);
    if (err)
        fail("begin", err);
}

static void do_watch(const job_t *job)
{
    lq_address_t addresses[2 * POOL_MAX];
    size_t cnt = lq_venues_watch(job->venues, addresses, LQ_ARRAY_CNT(addresses));
    for (size_t i = 0; i < cnt; i++) {
        (void)printf("W");
        print_hex(addresses[i].b, sizeof(addresses[i].b));
        (void)printf("\n");
    }
    const lq_hash_t *topics = lq_venues_topics(&cnt);
    for (size_t i = 0; i < cnt; i++) {
        (void)printf("T");
        print_hex(topics[i].b, sizeof(topics[i].b));
        (void)printf("\n");
    }
}

static void do_log(job_t *job, char *line)
{
    uint8_t data[LOG_SZ];
    lq_evm_log_t log = {.data = data};
    bool fault = false;
    bytes_of(log.address.b, sizeof(log.address.b), word(&line));
    log.data_sz = data_of(data, sizeof(data), word(&line));
    while (line && log.topic_cnt < LQ_TOPIC_MAX) {
        lq_hash_t *topic = &log.topics[log.topic_cnt++];
        bytes_of(topic->b, sizeof(topic->b), word(&line));
    }
    (void)lq_venues_apply(job->venues, &log, &fault);
    if (fault)
        (void)printf("F\n");
}

static void do_next(job_t *job)
{
    lq_calls_t calls = {
        .calls = job->calls, .call_max = CALL_MAX, .data = job->data, .data_max = DATA_SZ};
    job->subject = (lq_subject_t){0};
    if (!lq_venues_next(job->venues, &job->subject))
        return;
    lq_err_t err = lq_venues_reads(job->venues, &calls, job->subject);
    if (err)
        fail("reads", err);
    for (size_t i = 0; i < calls.call_cnt; i++) {
        (void)printf("C");
        print_hex(job->calls[i].to.b, sizeof(job->calls[i].to.b));
        print_hex(job->calls[i].input, job->calls[i].input_sz);
        (void)printf("\n");
    }
}

static void do_answer(job_t *job, char *line)
{
    size_t cnt = 0;
    size_t used = 0;
    while (line && cnt < CALL_MAX) {
        const char *text = word(&line);
        lq_read_result_t *r = &job->results[cnt++];
        r->ok = text[0] == '1';
        r->data = job->result_data + used;
        r->data_sz = data_of(job->result_data + used, RESULT_SZ - used, text + 2);
        used += r->data_sz;
    }
    if (!lq_venues_answer(job->venues, job->subject, job->results, cnt))
        (void)printf("F\n");
}

/* ---- quotes */

static void do_pools(const job_t *job)
{
    for (uint32_t i = 0; i < lq_venues_pool_cnt(job->venues); i++) {
        (void)printf("P ");
        for (const char *c = lq_no_route_str(lq_venues_pool(job->venues, i)->status); *c; c++)
            (void)putchar(*c == ' ' ? '_' : *c);
        (void)printf("\n");
    }
}

static lq_err_t quote_v2(lq_v3_quote_t *q, const lq_venue_pool_t *pool, bool zero,
                         const lq_u256_t *amount, bool exact_out)
{
    const lq_u256_t *in = &pool->reserves[!zero];
    const lq_u256_t *out = &pool->reserves[zero];
    *q = (lq_v3_quote_t){.amount_in = *amount, .amount_out = *amount};
    return exact_out ? lq_v2_given_out(&q->amount_in, in, out, pool->fee_pips, amount)
                     : lq_v2_given_in(&q->amount_out, in, out, pool->fee_pips, amount);
}

static void do_quote(const job_t *job, char *line, bool exact_out)
{
    uint32_t index = (uint32_t)strtoul(word(&line), NULL, 10);
    bool zero = strcmp(word(&line), "1") == 0;
    lq_u256_t amount = number_of(word(&line));
    if (index >= lq_venues_pool_cnt(job->venues))
        fail("no such pool", LQ_ERR_RANGE);
    const lq_venue_pool_t *pool = lq_venues_pool(job->venues, index);
    size_t cnt;
    const lq_v3_tick_t *ticks = lq_venues_ticks(job->venues, &cnt);
    lq_v3_quote_t q;
    lq_err_t err = pool->config.kind == LQ_VENUE_UNISWAP_V2
                       ? quote_v2(&q, pool, zero, &amount, exact_out)
                   : exact_out ? lq_v3_given_out(&q, &pool->v3, ticks, zero, &amount)
                               : lq_v3_given_in(&q, &pool->v3, ticks, zero, &amount);
    if (err) {
        (void)printf("E %s\n", lq_err_name(err));
        return;
    }
    (void)printf("Q");
    print_number(&q.amount_in);
    print_number(&q.amount_out);
    print_number(&q.sqrt);
    (void)printf(" %" PRIu32 "\n", q.tick_cnt);
}

/* ---- */

static void run(job_t *job, char *line)
{
    const char *what = word(&line);
    if (strcmp(what, "pool") == 0)
        do_pool(job, line);
    else if (strcmp(what, "begin") == 0)
        do_begin(job);
    else if (strcmp(what, "watch") == 0)
        do_watch(job);
    else if (strcmp(what, "block") == 0)
        lq_undo_begin(job->undo, strtoull(word(&line), NULL, 10));
    else if (strcmp(what, "back") == 0 && lq_undo_back(job->undo, strtoull(word(&line), NULL, 10)))
        fail("back", LQ_ERR_EMPTY);
    else if (strcmp(what, "log") == 0)
        do_log(job, line);
    else if (strcmp(what, "next") == 0)
        do_next(job);
    else if (strcmp(what, "answer") == 0)
        do_answer(job, line);
    else if (strcmp(what, "pools") == 0)
        do_pools(job);
    else if (strcmp(what, "in") == 0 || strcmp(what, "out") == 0)
        do_quote(job, line, what[0] == 'o');
    else if (strcmp(what, "back") != 0)
        fail(what, LQ_ERR_SYNTAX);
    (void)printf("DONE\n");
}

int main(void)
{
    static job_t job;
    char *line = NULL;
    size_t max = 0;
    ssize_t sz;
    while ((sz = getline(&line, &max, stdin)) > 0) {
        if (line[sz - 1] == '\n')
            line[sz - 1] = '\0';
        run(&job, line);
        (void)fflush(stdout);
    }
    free(line);
    lq_arena_fini(&job.arena);
    return EXIT_SUCCESS;
}
