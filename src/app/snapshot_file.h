#ifndef LIQD_APP_SNAPSHOT_FILE_H
#define LIQD_APP_SNAPSHOT_FILE_H

/* Snapshots as files. One is written under another name in the same folder, flushed, renamed, and
   its folder flushed: whenever the process or the machine dies, the name stands for a whole one.
   Only the owner can read it. A lock beside it (FILE.lock, which stays) keeps others from writing
   the same. */

#include <stdbool.h>
#include <stddef.h>

#include "liqd/base/err.h"
#include "liqd/book/snapshot.h"

/* An open lock; FD is -1 where there is none. */
typedef struct lq_snapshot_lock {
    int fd;
} lq_snapshot_lock_t;

/* lq_snapshot_lock takes the lock of PATH and holds it until lq_snapshot_unlock or the end of the
   process. LQ_ERR_EXISTS: another process holds it; LQ_ERR_IO. */
LQ_MUST_USE lq_err_t lq_snapshot_lock(lq_snapshot_lock_t *lock, lq_err_msg_t *msg,
                                      const char *path);
void lq_snapshot_unlock(lq_snapshot_lock_t *lock);

/* lq_snapshot_file_load fills SYNC, IDLE, from the file PATH and sets *INFO. LQ_ERR_NOT_FOUND:
   there is none; LQ_ERR_PERM: others could have written it; LQ_ERR_IO; LQ_ERR_NOMEM; LQ_ERR_EMPTY:
   older than MAX_AGE_SEC at NOW_SEC (0: any age); else as lq_snapshot_load. MSG names PATH. Where
   it fails in lq_snapshot_load SYNC is IDLE and empty. */
LQ_MUST_USE lq_err_t lq_snapshot_file_load(lq_sync_t *sync, lq_snapshot_info_t *info,
                                           lq_err_msg_t *msg, const char *path, uint64_t now_sec,
                                           uint64_t max_age_sec);

/* lq_snapshot_file_save writes the snapshot of SYNC to PATH. LQ_ERR_EMPTY: there is none just now,
   see lq_sync_place; LQ_ERR_IO: MSG says what the system said; the former file is as it was. */
LQ_MUST_USE lq_err_t lq_snapshot_file_save(const lq_sync_t *sync, lq_err_msg_t *msg,
                                           const char *path);

#endif
