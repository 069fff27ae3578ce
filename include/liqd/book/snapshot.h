#ifndef LIQD_BOOK_SNAPSHOT_H
#define LIQD_BOOK_SNAPSHOT_H

/* A snapshot: the state of a sync at the end of one block, as bytes, so that a restart costs only
   the blocks missed. Bound to the format, the layouts of ledger, oracles and adapters, the chain,
   and the instances (adapter, contract, version, markets kept, first block). Not bound to pools and
   lenders: where they are others, of another layout, or do not fit, they alone are read anew; so
   they are by one of version 1, which has none. Each section and the
   header carry a checksum (base/digest.h) against damage, not against one who forges it: the file
   is the operator's own. Every changed byte is noticed, and so is every byte cut off or added.

   The bytes are in the machine's order (little-endian; others are refused) and depend on no
   capacity: what was saved loads wherever there is room for it. Reading and writing files is the
   app's affair; here are bytes.

   The header, then the sections without a gap. Header, by offset:

         0   8  "LIQDSNAP"
         8   4  LQ_SNAPSHOT_VERSION
        12   4  0x01020304
        16   4  size of the header
        20   4  number of instances, I
        24   4  number of sections, S
        28   4  phase (lq_sync_phase_t)
        32   8  size of all
        40   8  chain id
        48   8  block: number
        56  32         hash
        88   8         time in seconds
        96   8  accounts
       104   4  LQ_LEDGER_LAYOUT
       108   4  LQ_ORACLES_LAYOUT
       112   4  LQ_VENUES_LAYOUT; version 1: there is none, and all is 8 bytes before
       116   4  0
       120      I instances of 128 bytes, in the order of their numbers
                   0  32  adapter's name, NUL behind it
                  32  20  contract
                  52   4  layout of the adapter
                  56  32  keccak-256 of the ids of the markets kept, in their order
                  88   8  from_blk
                  96   8  blocks below it were searched
                 104   8  audits matched
                 112   4  trust (lq_trust_t)
                 116   4  version
                 120   8  number of ids
                S sections of 24 bytes, in order: the pieces of the ledger, of the oracles, of each
                instance, of the venues
                   0   4  whose: 0 ledger, 1 oracles, 2 + i instance i, UINT32_MAX venues
                   4   4  which piece of it
                   8   8  size
                  16   8  checksum
                8  checksum of the header up to here */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/err.h"
#include "liqd/book/sync.h"

#define LQ_SNAPSHOT_VERSION 2u

/* lq_snapshot_sz returns how many bytes lq_snapshot_save would write now; 0 where it cannot. */
size_t lq_snapshot_sz(const lq_sync_t *sync);

/* A sink of bytes: takes all SZ bytes at P or fails. */
typedef lq_err_t lq_snapshot_write_fn_t(void *ctx, const void *p, size_t sz);

/* lq_snapshot_save gives the snapshot of SYNC to WRITE, in order: the header, then each section.
   LQ_ERR_EMPTY: see lq_sync_place; else what WRITE returned. Cost: reads the state twice. */
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

/* lq_snapshot_info reads the header at the begin of the SZ bytes at P; what follows it may be
   missing and is not looked at. LQ_ERR_SYNTAX: no snapshot, or damaged; LQ_ERR_INVAL: of another
   version. *OUT is then unchanged. */
LQ_MUST_USE lq_err_t lq_snapshot_info(lq_snapshot_info_t *out, lq_err_msg_t *msg, const void *p,
                                      size_t sz);

/* lq_snapshot_load fills SYNC, which is IDLE (LQ_BUG), from the SZ bytes at P, which are not needed
   afterwards; lq_sync_resume goes on from there. MSG says what is wrong and what follows from it;
   it reads on from the name of the file.
     LQ_ERR_SYNTAX   no snapshot, cut off, or damaged
     LQ_ERR_INVAL    of another version, chain or set of instances
     LQ_ERR_FULL     larger than the capacities
     LQ_ERR_RANGE    the parts contradict each other
   SYNC is then IDLE and empty, whatever was in it: begin from nothing. Nothing is copied before all
   checksums and sizes are right. Cost: a million accounts in a second, of which the book takes
   most.
 */
LQ_MUST_USE lq_err_t lq_snapshot_load(lq_sync_t *sync, lq_err_msg_t *msg, const void *p, size_t sz);

#endif
