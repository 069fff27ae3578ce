#ifndef LIQD_CHAIN_FILTER_H
#define LIQD_CHAIN_FILTER_H

/* Which logs are watched: those of any of the addresses whose first topic is any of the topics. */

#include <stdbool.h>
#include <stddef.h>

#include "liqd/base/err.h"
#include "liqd/events.h"

typedef struct lq_filter {
    const lq_address_t *addresses; /* empty: any */
    size_t address_cnt;
    const lq_hash_t *topics; /* empty: any */
    size_t topic_cnt;
} lq_filter_t;

/* lq_filter_has tells whether LOG is watched. Linear in the addresses and topics: for tests and
 * oracles. */
bool lq_filter_has(const lq_filter_t *filter, const lq_evm_log_t *log);

/* lq_filter_may_match tells whether a block with BLOOM can hold a watched log; false is certain. */
bool lq_filter_may_match(const lq_filter_t *filter, const uint8_t bloom[LQ_BLOOM_SZ]);

/* lq_filter_write writes the members "address":[...],"topics":[[...]] (an empty list leaves its
   member out) into OUT and sets *OUT_SZ; no braces. LQ_ERR_TOO_LONG: above OUT_MAX, of which
   lq_filter_text_max is always enough. */
size_t lq_filter_text_max(const lq_filter_t *filter);
LQ_MUST_USE lq_err_t lq_filter_write(char *out, size_t *out_sz, size_t out_max,
                                     const lq_filter_t *filter);

#endif
