#ifndef LIQD_BOOK_SNAPSHOT_H
#define LIQD_BOOK_SNAPSHOT_H

/* A snapshot: the state of a sync at the end of one block, as bytes, so that a restart costs only
   the blocks missed. Bound to the format, the layouts of ledger, oracles and adapters, the chain,
   and the instances (adapter, contract, markets kept); each section and the whole carry a checksum
   against damage (not against one who forges it: the file is the operator's own).

   The bytes are in the machine's order (little-endian; others are refused) and depend on no
   capacity: what was saved loads wherever there is room for it.

   File: header (magic "LIQDSNAP", version, chain id, place, instance bindings, section table),
   sections. Reading and writing files is the app's affair; here are bytes. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/err.h"
#include "liqd/book/sync.h"

#define LQ_SNAPSHOT_VERSION 1u

/* lq_snapshot_sz returns how many bytes lq_snapshot_save would write now; 0 where it cannot. */
size_t lq_snapshot_sz(const lq_sync_t *sync);

/* A sink of bytes: takes all SZ bytes at P or fails. */
typedef lq_err_t lq_snapshot_write_fn_t(void *ctx, const void *p, size_t sz);

/* lq_snapshot_save gives the snapshot of SYNC to WRITE, in order. LQ_ERR_EMPTY: see lq_sync_place;
   else what WRITE returned. */
LQ_MUST_USE lq_err_t lq_snapshot_save(const lq_sync_t *sync, lq_snapshot_write_fn_t *write,
                                      void *ctx);

/* What the header of a snapshot says. */
typedef struct lq_snapshot_info {
    uint32_t version;
    uint64_t chain_id;
    lq_block_ref_t block;
    uint64_t block_sec;
    uint32_t instance_cnt;
    uint64_t account_cnt;
} lq_snapshot_info_t;

/* lq_snapshot_info reads the header of the SZ bytes at P. LQ_ERR_SYNTAX: no snapshot, or damaged.
 */
LQ_MUST_USE lq_err_t lq_snapshot_info(lq_snapshot_info_t *out, lq_err_msg_t *msg, const void *p,
                                      size_t sz);

/* lq_snapshot_load fills SYNC, which is IDLE, from the SZ bytes at P, which are not needed
   afterwards; lq_sync_resume goes on from there. MSG says what is wrong and what follows from it.
     LQ_ERR_SYNTAX   no snapshot, cut off, or damaged
     LQ_ERR_INVAL    of another version, chain or set of instances
     LQ_ERR_FULL     larger than the capacities
     LQ_ERR_RANGE    the parts contradict each other
   SYNC is then IDLE and empty: begin from nothing. Cost: a million accounts in a second. */
LQ_MUST_USE lq_err_t lq_snapshot_load(lq_sync_t *sync, lq_err_msg_t *msg, const void *p, size_t sz);

#endif
