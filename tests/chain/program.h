#ifndef PROGRAM_H
#define PROGRAM_H

/* What the programs of this folder share: their options, a pool of the endpoints given, lines of
   output. */

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "liqd/chain/filter.h"
#include "liqd/rpc/pool.h"

#define FILTER_MAX 64u
#define CALL_MAX   64u
#define INPUT_MAX  1024u
#define MS         UINT64_C(1000000)

/* A contract's call: "ADDRESS,DATA". */
typedef struct given_call {
    lq_address_t to;
    uint8_t input[INPUT_MAX];
    size_t input_sz;
} given_call_t;

typedef struct options {
    lq_url_t urls[LQ_POOL_ENDPOINT_MAX];
    lq_pool_endpoint_t endpoints[LQ_POOL_ENDPOINT_MAX];
    size_t endpoint_cnt;
    lq_address_t addresses[FILTER_MAX];
    size_t address_cnt;
    lq_hash_t topics[FILTER_MAX];
    size_t topic_cnt;
    given_call_t calls[CALL_MAX];
    size_t call_cnt;
    lq_address_t multicall;
    lq_block_ref_t block;
    const char *mode;
    uint64_t chain_id;
    uint64_t block_ms;
    uint64_t from_blk;
    uint64_t to_blk;
    uint64_t range_blk;
    uint32_t quorum;
    uint32_t window_blk;
    bool full;
    bool quiet;
} options_t;

/* All that a program stands on. */
typedef struct program {
    options_t options;
    lq_arena_t arena;
    lq_loop_t *loop;
    lq_log_t log;
    lq_pool_t *pool;
    lq_filter_t filter;
} program_t;

/* Set by SIGTERM and SIGINT. */
extern volatile bool program_stop;

/* must ends the program where ERR is an error, and says what WHAT is. */
void must(const char *what, lq_err_t err);

/* program_begin parses the options and makes the pool; program_end takes all down. */
void program_begin(program_t *p, int argc, char **argv);
void program_end(program_t *p);

void print_hex(const uint8_t *bytes, size_t sz);
void print_block(const char *kind, const lq_block_ref_t *block);
void print_log(const lq_evm_log_t *log);

/* COUNT prints a member of a JSON object and a comma. */
#define COUNT(s, member) ((void)printf("\"%s\":%llu,", #member, (unsigned long long)(s)->member))

/* print_pool prints the members "endpoints", "cpu_ns" and "rss_kb", the last of an object. */
void print_pool(const lq_pool_t *pool);

#endif
