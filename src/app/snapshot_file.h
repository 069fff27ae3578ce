#ifndef LIQD_APP_SNAPSHOT_FILE_H
#define LIQD_APP_SNAPSHOT_FILE_H

/* Snapshots as files: see kept_file.h. */

#include "kept_file.h"
#include "liqd/base/err.h"
#include "liqd/book/snapshot.h"

/* lq_snapshot_lock: as lq_kept_lock. */
LQ_MUST_USE lq_err_t lq_snapshot_lock(lq_kept_lock_t *lock, lq_err_msg_t *msg, const char *path);

/* lq_snapshot_file_load fills SYNC, IDLE, from the file PATH and sets *INFO. LQ_ERR_NOT_FOUND:
   there is none; LQ_ERR_PERM: others could have written it; LQ_ERR_IO; LQ_ERR_NOMEM; LQ_ERR_EMPTY:
   older than MAX_AGE_SEC at NOW_SEC (0: any age); else as lq_snapshot_load. MSG names PATH. Where
   it fails in lq_snapshot_load SYNC is IDLE and empty. */
LQ_MUST_USE lq_err_t lq_snapshot_file_load(lq_sync_t *sync, lq_snapshot_info_t *info,
                                           lq_err_msg_t *msg, const char *path, uint64_t now_sec,
                                           uint64_t max_age_sec);

/* lq_snapshot_file_read sets *BYTES to what the file PATH holds: as lq_kept_read. */
LQ_MUST_USE lq_err_t lq_snapshot_file_read(lq_kept_bytes_t *bytes, lq_err_msg_t *msg,
                                           const char *path);

/* lq_snapshot_file_take does the same with BYTES, which PATH holds. */
LQ_MUST_USE lq_err_t lq_snapshot_file_take(lq_sync_t *sync, lq_snapshot_info_t *info,
                                           lq_err_msg_t *msg, const char *path,
                                           const lq_kept_bytes_t *bytes, uint64_t now_sec,
                                           uint64_t max_age_sec);

/* lq_snapshot_file_save writes the snapshot of SYNC to PATH. LQ_ERR_EMPTY: there is none just now,
   see lq_sync_place; LQ_ERR_IO: MSG says what the system said; the former file is as it was. */
LQ_MUST_USE lq_err_t lq_snapshot_file_save(lq_sync_t *sync, lq_err_msg_t *msg, const char *path);

#endif
