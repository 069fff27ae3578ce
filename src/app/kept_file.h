#ifndef LIQD_APP_KEPT_FILE_H
#define LIQD_APP_KEPT_FILE_H

/* Files that keep something over restarts. One is written under another name in the same folder,
   flushed, renamed, and its folder flushed: whenever the process or the machine dies, the name
   stands for a whole one. Only the owner can read it. A lock beside it (FILE.lock, which stays)
   keeps others from writing the same. WHAT is what messages call it. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/err.h"

/* An open lock; FD is -1 where there is none. */
typedef struct lq_kept_lock {
    int fd;
} lq_kept_lock_t;

/* lq_kept_lock takes the lock of PATH and holds it until lq_kept_unlock or the end of the process.
   LQ_ERR_EXISTS: another process holds it; LQ_ERR_IO, also where PATH is there and no regular file,
   which a write would replace. */
LQ_MUST_USE lq_err_t lq_kept_lock(lq_kept_lock_t *lock, lq_err_msg_t *msg, const char *what,
                                  const char *path);
void lq_kept_unlock(lq_kept_lock_t *lock);

/* The content of a file, in memory of its own. */
typedef struct lq_kept_bytes {
    uint8_t *p; /* NULL: none */
    size_t sz;
} lq_kept_bytes_t;

/* lq_kept_read sets *OUT to the content of PATH; lq_kept_free gives it back, where there is any.
   LQ_ERR_NOT_FOUND: there is no such file; LQ_ERR_PERM: others could have written it;
   LQ_ERR_SYNTAX: it is empty; LQ_ERR_IO; LQ_ERR_NOMEM. MSG names PATH. */
LQ_MUST_USE lq_err_t lq_kept_read(lq_kept_bytes_t *out, lq_err_msg_t *msg, const char *what,
                                  const char *path);
void lq_kept_free(lq_kept_bytes_t *bytes);

/* lq_kept_copy sets *OUT to a copy of the SZ bytes at P, not initialised where that is NULL.
   LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_kept_copy(lq_kept_bytes_t *out, const uint8_t *p, size_t sz);

/* Takes bytes, or LQ_ERR_IO. */
typedef lq_err_t lq_kept_put_fn_t(void *to, const void *p, size_t sz);

/* lq_kept_write makes what WRITE gives to PUT the content of PATH. Errors: WRITE's; LQ_ERR_IO: MSG
   says what the system said; SZ, what it takes, is named where the disk is full; LQ_ERR_NOMEM. The
   former file is then as it was. */
LQ_MUST_USE lq_err_t lq_kept_write(lq_err_msg_t *msg, const char *what, const char *path, size_t sz,
                                   lq_err_t (*write)(void *ctx, lq_kept_put_fn_t *put, void *to),
                                   void *ctx);

/* lq_kept_fail sets MSG to TEXT about PATH and returns ERR. */
lq_err_t lq_kept_fail(lq_err_msg_t *msg, lq_err_t err, const char *what, const char *path,
                      const char *text);

#endif
