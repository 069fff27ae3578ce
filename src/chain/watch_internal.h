#ifndef WATCH_INTERNAL_H
#define WATCH_INTERNAL_H

/* A filter made fast: the same answers as lq_filter_has and lq_filter_may_match, from hash sets and
   from bloom bits taken once. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bloom_internal.h"
#include "liqd/base/arena.h"
#include "liqd/base/map.h"
#include "liqd/chain/filter.h"

typedef struct lq_watched {
    lq_map_t *addresses; /* NULL: any; values index address_bits */
    lq_map_t *topics;
    lq_bloom_bits_t *address_bits;
    lq_bloom_bits_t *topic_bits;
    size_t address_cnt, topic_cnt;
} lq_watched_t;

/* lq_watched_init copies FILTER. LQ_ERR_NOMEM, LQ_ERR_RANGE. */
LQ_MUST_USE lq_err_t lq_watched_init(lq_watched_t *w, lq_arena_t *arena, const lq_filter_t *filter,
                                     uint64_t seed);

bool lq_watched_has(const lq_watched_t *w, const lq_evm_log_t *log);
bool lq_watched_may_match(const lq_watched_t *w, const uint8_t bloom[LQ_BLOOM_SZ]);

/* lq_watched_in_bloom tells whether BLOOM has LOG, which is watched: all of it where FULL, else
   only what needs no keccak. */
bool lq_watched_in_bloom(const lq_watched_t *w, const uint8_t bloom[LQ_BLOOM_SZ],
                         const lq_evm_log_t *log, bool full);

#endif
