#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/chain/simulate_internal.h"

/* The laws: a failure has its message and one of the errors that are said, with and without a
   message; an access list and a trace then leave the outputs as they were. What is taken is within
   its bounds: gas, logs, bytes, candidates.

   The answers are to the question that the corpus answers: two transactions in block 101 behind
   block 100, whose hash begins with 1. */

#define TX_CNT        2u
#define LOG_MAX       3u
#define BYTES_MAX     64u
#define CANDIDATE_MAX 4u

static void *need(void *p)
{
    LQ_ASSERT(p);
    return p;
}

static bool is_kept(const void *p, size_t sz)
{
    const uint8_t *b = p;
    for (size_t i = 0; i < sz; i++)
        if (b[i] != 0xa5)
            return false;
    return true;
}

static void check(lq_err_t err, lq_err_t plain, const lq_err_msg_t *msg)
{
    LQ_ASSERT(err == plain);
    LQ_ASSERT(memchr(msg->text, 0, sizeof(msg->text)));
    LQ_ASSERT((err != LQ_OK) == (msg->text[0] != '\0'));
}

static bool is_within(const lq_simulate_room_t *room, const uint8_t *data, size_t sz)
{
    return data >= room->bytes && sz <= BYTES_MAX && (size_t)(data - room->bytes) <= BYTES_MAX - sz;
}

static void check_results(const lq_simulate_room_t *room, const lq_simulate_ask_t *ask)
{
    size_t log_cnt = 0;
    for (size_t i = 0; i < TX_CNT; i++) {
        const lq_simulate_result_t *r = &room->results[i];
        LQ_ASSERT(r->known && r->has_logs && r->gas <= ask->txs[i].gas_limit);
        LQ_ASSERT(is_within(room, r->data, r->data_sz));
        LQ_ASSERT(r->ok || r->log_cnt == 0);
        log_cnt += r->log_cnt;
        for (size_t k = 0; k < r->log_cnt; k++) {
            LQ_ASSERT(r->logs[k].topic_cnt <= LQ_TOPIC_MAX);
            LQ_ASSERT(is_within(room, r->logs[k].data, r->logs[k].data_sz));
        }
    }
    LQ_ASSERT(log_cnt <= LOG_MAX);
}

static void take_v1(const lq_json_t *doc, lq_json_val_t root, bool by_number)
{
    static const lq_simulate_tx_t txs[TX_CNT] = {{.gas_limit = 100000}, {.gas_limit = 50000}};
    lq_simulate_ask_t ask = {
        .parent = {100, {{1}}},
        .block = {.block = {101, {{0}}},
                  .timestamp_sec = 1012,
                  .base_fee_wei = {{{10}}},
                  .miner = {{[19] = 5}}},
        .txs = txs,
        .tx_cnt = TX_CNT,
    };
    lq_simulate_room_t room = {
        .results = need(malloc(TX_CNT * sizeof(lq_simulate_result_t))),
        .logs = need(malloc(LOG_MAX * sizeof(lq_evm_log_t))),
        .log_max = LOG_MAX,
        .bytes = need(malloc(BYTES_MAX)),
        .bytes_max = BYTES_MAX,
    };
    lq_err_msg_t msg = {""};
    lq_err_t plain = lq_simulate_read_v1(&room, NULL, doc, root, &ask, by_number);
    lq_err_t err = lq_simulate_read_v1(&room, &msg, doc, root, &ask, by_number);
    check(err, plain, &msg);
    LQ_ASSERT(!err || err == LQ_ERR_SYNTAX || err == LQ_ERR_NOT_FOUND || err == LQ_ERR_TOO_LONG);
    if (!err)
        check_results(&room, &ask);
    free(room.results);
    free(room.logs);
    free(room.bytes);
}

static void take_list(const lq_json_t *doc, lq_json_val_t root)
{
    lq_simulate_candidate_t *out = need(malloc(CANDIDATE_MAX * sizeof(*out)));
    size_t cnt = SIZE_MAX;
    bool whole = false;
    lq_err_msg_t msg = {""};
    lq_err_t plain = lq_simulate_read_list(out, &cnt, &whole, CANDIDATE_MAX, NULL, doc, root);
    lq_err_t err = lq_simulate_read_list(out, &cnt, &whole, CANDIDATE_MAX, &msg, doc, root);
    check(err, plain, &msg);
    LQ_ASSERT(err ? err == LQ_ERR_SYNTAX && cnt == SIZE_MAX : cnt <= CANDIDATE_MAX);
    LQ_ASSERT(err || whole || cnt == CANDIDATE_MAX);
    free(out);
}

static void take_trace(const lq_json_t *doc, lq_json_val_t root)
{
    static const lq_address_t from = {{[19] = 8}};
    static const lq_address_t recipient = {{[19] = 5}};
    lq_json_iter_t *stack = need(malloc(LQ_SIMULATE_DEPTH_MAX * sizeof(*stack)));
    lq_wei_t out;
    memset(&out, 0xa5, sizeof(out));
    lq_wei_t other = out;
    lq_err_msg_t msg = {""};
    lq_err_t plain = lq_simulate_read_trace(&other, stack, NULL, doc, root, &from, &recipient);
    lq_err_t err = lq_simulate_read_trace(&out, stack, &msg, doc, root, &from, &recipient);
    check(err, plain, &msg);
    LQ_ASSERT(err ? err == LQ_ERR_SYNTAX && is_kept(&out, sizeof(out))
                  : lq_wei_cmp(&out, &other) == 0);
    free(stack);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    static const lq_json_limits_t limits = {LQ_JSON_TEXT_MAX, 4096};
    lq_json_tok_t *tok = need(malloc((sz / 2 + 1) * sizeof(*tok)));
    lq_json_t doc;
    if (!lq_json_parse(&doc, tok, sz / 2 + 1, NULL, (const char *)data, sz, &limits)) {
        lq_json_val_t root = lq_json_root(&doc);
        take_v1(&doc, root, false);
        take_v1(&doc, root, true);
        take_list(&doc, root);
        take_trace(&doc, root);
    }
    free(tok);
    return 0;
}
