#ifndef LIQD_APP_MEMORY_FILE_H
#define LIQD_APP_MEMORY_FILE_H

/* The engine's memory (engine.h) as a file: see kept_file.h. Bound to the chain, with a checksum of
   all of it, by offset:

        0   8  "LIQDMEMO"
        8   4  LQ_MEMORY_FILE_VERSION
       12   4  0
       16   8  chain id
       24   8  size of the memory
       32   8  digest of what stands before it here, continued by that of the memory
       40      the memory */

#include "kept_file.h"
#include "liqd/engine/engine.h"

#define LQ_MEMORY_FILE_VERSION 1u

/* lq_memory_lock: as lq_kept_lock. */
LQ_MUST_USE lq_err_t lq_memory_lock(lq_kept_lock_t *lock, lq_err_msg_t *msg, const char *path);

/* lq_memory_file_read sets *OUT to the engine's memory in the file PATH. Errors as lq_kept_read;
   LQ_ERR_SYNTAX: it is damaged, or another file; LQ_ERR_INVAL: of another version or chain. MSG
   names PATH and says what helps. */
LQ_MUST_USE lq_err_t lq_memory_file_read(lq_kept_bytes_t *out, lq_err_msg_t *msg, const char *path,
                                         uint64_t chain_id);

/* lq_memory_file_write writes MEMORY, an engine's. Errors as lq_kept_write. */
LQ_MUST_USE lq_err_t lq_memory_file_write(lq_err_msg_t *msg, const char *path, uint64_t chain_id,
                                          const lq_kept_bytes_t *memory);

/* lq_memory_fail sets MSG to why the memory of PATH was refused, and what helps; returns ERR. */
lq_err_t lq_memory_fail(lq_err_msg_t *msg, lq_err_t err, const char *path, const char *why);

#endif
