#ifndef LIQD_KEYS_SECRET_H
#define LIQD_KEYS_SECRET_H

/* Secrets in memory: passphrases and private keys. What holds one has no accessor, no formatter and
   no log path outside the layer `keys`.

   Their memory is locked (never swapped), left out of core images (MADV_DONTDUMP), zero in a forked
   child (MADV_WIPEONFORK), fenced by pages without access, and cleared before it is given back. A
   secret costs three pages of addresses and one locked page.

   Nothing here is safe to call from two threads on one secret. */

#include <stdbool.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

/* A passphrase, or a private key as text: 0 to LQ_SECRET_MAX bytes. */
typedef struct lq_secret lq_secret_t;

/* LQ_SECRET_MAX in bytes: the longest passphrase. Ours; a line on a terminal may have 4095. */
#define LQ_SECRET_MAX 1024

/* lq_secret_harden_process keeps the process out of core images and away from debuggers: soft and
   hard RLIMIT_CORE become 0 and PR_SET_DUMPABLE is cleared. Forked children inherit both; a program
   that one of them executes keeps the limit, but may be debugged again. A program calls it first
   thing, before it reads any secret. LQ_ERR_PERM: the system refuses. */
LQ_MUST_USE lq_err_t lq_secret_harden_process(lq_err_msg_t *msg);

/* These read a secret into a new *OUT, which the caller frees with lq_secret_free. It is what comes
   until the end, without one newline ("\n" or "\r\n") at its end. They write nothing but *OUT, MSG
   (may be NULL; it never contains what was read) and, for the prompt, the terminal.
   LQ_ERR_TOO_LONG: more than LQ_SECRET_MAX bytes. LQ_ERR_SYNTAX: more than one line, or a NUL.
   LQ_ERR_IO: it cannot be opened or read. LQ_ERR_NOMEM: memory cannot be locked; MSG names the
   limit to raise. All allocate (by mmap). */

/* lq_secret_read_file reads the file PATH, which symbolic links may lead to. LQ_ERR_PERM where it
   is no regular file, where others than its owner may read or write it (group permissions that only
   an access control list grants to this very user, as systemd's credentials have them, pass), or
   where its owner is neither root nor the effective user; root reads any owner's. */
LQ_MUST_USE lq_err_t lq_secret_read_file(lq_secret_t **out, lq_err_msg_t *msg, const char *path);

/* lq_secret_read_fd reads the descriptor FD, e.g. a pipe, to its end and leaves it open. */
LQ_MUST_USE lq_err_t lq_secret_read_fd(lq_secret_t **out, lq_err_msg_t *msg, int fd);

/* lq_secret_prompt writes PROMPT to the controlling terminal and reads a line from it without echo.
   A signal that ends or stops the process finds the terminal as it was before; after a stop it asks
   again, after a signal that was handled it fails. LQ_ERR_IO: no terminal, the line ended without a
   newline, or a signal. It waits as long as the user does. */
LQ_MUST_USE lq_err_t lq_secret_prompt(lq_secret_t **out, lq_err_msg_t *msg, const char *prompt);

/* lq_secret_eq tells whether A and B hold the same bytes, in a time that depends on their lengths
   only. */
bool lq_secret_eq(const lq_secret_t *a, const lq_secret_t *b);

/* lq_secret_is_empty tells whether A has no bytes. */
bool lq_secret_is_empty(const lq_secret_t *a);

/* lq_secret_free clears SECRET and gives its memory back. NULL is allowed. */
void lq_secret_free(lq_secret_t *secret);

#endif
