#ifndef LIQD_APP_RUN_DIR_H
#define LIQD_APP_RUN_DIR_H

/* The folder of what lives as long as the machine runs (journal.run_dir): the write-ahead log, and
   a lock for each key, by which two processes never use one. */

#include "liqd/base/err.h"
#include "liqd/base/log.h"
#include "liqd/codec/types.h"

/* Longer than any path that a key may hold, with a name behind it. */
#define LQ_RUN_PATH_SZ 4200u

/* lq_run_dir_open makes the folder PATH, mode 0700, where it is not there, and looks whether it is
   ours alone. One that is not on a tmpfs is said to LOG. LQ_ERR_IO, LQ_ERR_PERM (others could
   write there); MSG says what helps. */
LQ_MUST_USE lq_err_t lq_run_dir_open(lq_err_msg_t *msg, lq_log_t *log, const char *path);

/* lq_run_lock takes the lock of ADDRESS on CHAIN_ID in the folder PATH, held until the descriptor
   *FD is closed or the process ends. LQ_ERR_BUSY: another process has it, MSG says which;
   LQ_ERR_IO. */
LQ_MUST_USE lq_err_t lq_run_lock(int *fd, lq_err_msg_t *msg, const char *path, uint64_t chain_id,
                                 const lq_address_t *address);

/* lq_run_log_path writes to OUT the path of the write-ahead log that belongs to the journal
   JOURNAL: the same for the same file, from wherever it is named. LQ_ERR_IO: its folder;
   LQ_ERR_TOO_LONG. */
LQ_MUST_USE lq_err_t lq_run_log_path(char out[LQ_RUN_PATH_SZ], lq_err_msg_t *msg, const char *path,
                                     uint64_t chain_id, const char *journal);

/* lq_run_boot_id writes the id of this boot of the system to OUT: 32 hex digits. LQ_ERR_IO. */
#define LQ_RUN_BOOT_ID_SZ 33u
LQ_MUST_USE lq_err_t lq_run_boot_id(char out[LQ_RUN_BOOT_ID_SZ], lq_err_msg_t *msg);

#endif
