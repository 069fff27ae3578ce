#ifndef LIQD_RECORD_PARTS_H
#define LIQD_RECORD_PARTS_H

/* The files of recordings in parts (record/event_log.h), in a folder:
   <chain id>-<when the recording began, UTC>-<part>.liqdlog. Of one chain they sort by time, and a
   recording's stand together, its parts in order. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/err.h"

#define LQ_PARTS_PATH_SZ 4096u
#define LQ_PARTS_MAX     1000000u /* of a recording */

/* lq_parts_path writes to OUT the path of part PART of a recording of CHAIN_ID that began at
   WALL_NS, in FOLDER. LQ_ERR_TOO_LONG; LQ_ERR_RANGE: a part that no name has room for. */
LQ_MUST_USE lq_err_t lq_parts_path(char out[LQ_PARTS_PATH_SZ], const char *folder,
                                   uint64_t chain_id, uint64_t wall_ns, uint32_t part);

/* lq_parts_prune deletes the oldest files in the folder of PATH, a part of a recording, that are of
   its chain and beyond the newest KEEP_CNT; but of a recording of which one is kept none, since the
   later need the earlier. Of one that goes the last part goes first: what is left, should the
   machine stop meanwhile, can be replayed. The recording of PATH is kept in any case. Returns how
   many there are then; 0: the folder cannot be read, and nothing is done. */
size_t lq_parts_prune(const char *path, uint64_t keep_cnt);

#endif
