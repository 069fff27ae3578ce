#ifndef FOLLOWING_H
#define FOLLOWING_H

/* What engines over a book that is put in by hand are made of, for tests and benchmarks: they stand
   at a block and follow from there, trusted, with nothing that holds a liquidation back. */

#include <string.h>

#include "liqd/engine/engine.h"

/* One instance; the ledger and what else differs is the caller's. */
static inline lq_sync_config_t following_sync(const lq_sync_instance_t *instances)
{
    return (lq_sync_config_t){.instances = instances,
                              .instance_cnt = 1,
                              .oracles = {.oracle_max = 128, .feed_max = 64},
                              .group_max = 4096,
                              .margin_bps = 50,
                              .window_blk = 64,
                              .undo_line_max = (size_t)1 << 18,
                              .hold_max = (size_t)1 << 20,
                              .block_sec = 12,
                              .audit_mismatch_max = 1,
                              .read_max = 8,
                              .read_account_max = 16,
                              .chain_id = 1,
                              .seed = 1};
}

static inline lq_engine_config_t following_engine(const lq_sync_config_t *sync,
                                                  const lq_engine_market_t *markets)
{
    return (lq_engine_config_t){.sync = *sync,
                                .markets = markets,
                                .value = {.grace_sec = 1000000, .deviation_bps = 1000},
                                .protocol_prices = true,
                                .tip_wei = {{{1000000000}}},
                                .bid = {.kind = LQ_BID_SHARE, .share_bps = 5000, .cap_bps = 9000},
                                .atomic = true,
                                .target_blk = 2,
                                .limits = {.revert_ratio_bps = 10000,
                                           .revert_window = 1,
                                           .revert_hold_sec = 1,
                                           .gas_hour_wei = {{{UINT64_MAX}}},
                                           .gas_day_wei = {{{UINT64_MAX}}},
                                           .stale_head_sec = 100},
                                .candidate_max = 4096,
                                .inflight_max = 64,
                                .gas_kind_max = 1024,
                                .slice_work = LQ_ENGINE_SLICE};
}

/* Behind block BLK of the time SEC; CNT instances have TRUST. */
static inline lq_sync_place_t following_place(uint64_t blk, uint64_t sec, uint32_t cnt,
                                              lq_trust_t trust)
{
    lq_sync_place_t place = {.block = {.number = blk},
                             .block_sec = sec,
                             .phase = LQ_SYNC_FOLLOWING,
                             .instance_cnt = cnt};
    for (uint32_t i = 0; i < cnt; i++) {
        place.instances[i].audit_cnt = LQ_TRUST_AUDIT_CNT;
        place.instances[i].trust = trust;
    }
    return place;
}

/* Makes HEAD its own successor. */
static inline void following_next(lq_header_t *head)
{
    head->parent_hash = head->block.hash;
    head->block.number++;
    memcpy(head->block.hash.b, &head->block.number, sizeof(uint64_t));
}

#endif
