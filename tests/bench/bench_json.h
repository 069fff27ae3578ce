#ifndef LQ_BENCH_JSON_H
#define LQ_BENCH_JSON_H

/* What the JSON benchmark and its peer take out of the same texts; zeroed before the first use. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/rng.h"
#include "liqd/codec/hex.h"

typedef struct bench_head {
    uint64_t number, timestamp_sec, gas_limit, gas_used, base_fee_wei;
    uint8_t hash[32], parent_hash[32], miner[20], logs_bloom[256];
} bench_head_t;

typedef struct bench_log {
    uint8_t address[20], topic[4][32], data[256], tx_hash[32], block_hash[32];
    size_t topic_cnt, data_sz;
    uint64_t block_number, tx_idx, log_idx;
    bool removed;
} bench_log_t;

typedef struct bench_tx {
    uint8_t hash[32], from[20], to[20], input[2048];
    size_t input_sz;
    uint64_t nonce, gas, type, max_fee_wei, max_priority_wei;
    lq_u256_t value_wei;
} bench_tx_t;

typedef union bench_fields {
    bench_head_t head;
    bench_log_t log;
    bench_tx_t tx;
} bench_fields_t;

#define BENCH_LOG_CNT 10000

/* bench_json_logs writes an answer of BENCH_LOG_CNT logs, bench_json_log the notification of one,
   bench_json_log_timed one as geth sends it since 1.16, with the block's time, and
   bench_json_log_reth as reth and anvil do, into the BENCH_TEXT_MAX bytes at OUT; all return the
   size. */
#define BENCH_TEXT_MAX 8000000
size_t bench_json_logs(char *out, lq_rng_t *rng);
size_t bench_json_log(char *out, lq_rng_t *rng);
size_t bench_json_log_timed(char *out, lq_rng_t *rng);
size_t bench_json_log_reth(char *out, lq_rng_t *rng);

/* A taker reads the text that SOURCE holds and writes the fields of its i-th object to
   OUT[i * STRIDE]; returns their number. It aborts where a text is not what it expects. */
typedef size_t bench_take_fn_t(void *source, bench_fields_t *out, size_t stride);

/* The peer as a source; it keeps a copy of TEXT. */
void *peer_simdjson_new(const char *text, size_t text_sz);
void peer_simdjson_free(void *peer);
bench_take_fn_t peer_simdjson_head, peer_simdjson_log, peer_simdjson_tx, peer_simdjson_logs;

#endif
