#ifndef LQ_KEYS_SECRET_INTERNAL_H
#define LQ_KEYS_SECRET_INTERNAL_H

/* Memory for what must not leak, for the layer's own use. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/keys/secret.h"

/* lq_locked_new sets *OUT to SZ zero bytes (SZ >= 1), aligned to 64, in memory as secret.h
   describes it. LQ_ERR_NOMEM: no memory, or the limit on locked memory; MSG says which to raise. */
LQ_MUST_USE lq_err_t lq_locked_new(void **out, lq_err_msg_t *msg, size_t sz);

/* lq_locked_free clears what lq_locked_new gave and gives it back. NULL is allowed. */
void lq_locked_free(void *p);

/* LQ_STACK_WIPE_SZ in bytes: how far below its caller lq_stack_wipe clears. Twice what
   libsecp256k1 0.2 and libcrypto 3.0 were seen to use, 3.3 KiB with the dynamic linker's. */
#define LQ_STACK_WIPE_SZ 8192

/* lq_stack_wipe clears the stack below its caller and the registers: libsecp256k1 and libcrypto
   leave copies of keys there. Who hands them a key calls it when they return. About 100 ns. */
void lq_stack_wipe(void);

/* One more than the longest line with its "\r\n": what shows that there is more. */
#define LQ_SECRET_READ_SZ (LQ_SECRET_MAX + 3)

struct lq_secret {
    size_t sz; /* <= LQ_SECRET_MAX once it is whole */
    uint8_t bytes[LQ_SECRET_READ_SZ];
};

/* lq_secret_new sets *OUT to a secret of no bytes. */
LQ_MUST_USE lq_err_t lq_secret_new(lq_secret_t **out, lq_err_msg_t *msg);

/* lq_secret_trim takes one newline off the end of SECRET and checks what is left, as secret.h says.
   NAME says in MSG where it came from. */
LQ_MUST_USE lq_err_t lq_secret_trim(lq_secret_t *secret, lq_err_msg_t *msg, const char *name);

/* lq_file_open_private opens the file PATH for reading by the rule of lq_secret_read_file. The
   caller closes *FD. */
LQ_MUST_USE lq_err_t lq_file_open_private(int *fd, lq_err_msg_t *msg, const char *path);

/* lq_file_read reads FD from where it stands to its end, but at most MAX bytes, to OUT, and sets
 *SZ to their count. LQ_ERR_IO: errno says why, and OUT may have been written to. */
LQ_MUST_USE lq_err_t lq_file_read(uint8_t *out, size_t *sz, size_t max, int fd);

#endif
