#ifndef LIQD_BASE_ERR_H
#define LIQD_BASE_ERR_H

/* Errors: zero is success, negative is failure. Each layer has a group of a hundred codes, all of
   them listed here, so that a number in a log means one thing.

   Three things are kept apart: an expected result (an enum of the module), misbehaviour of the
   world (an lq_err_t) and a bug of ours (LQ_BUG). On failure a function leaves its outputs as they
   were. */

#include <stddef.h>

#include "liqd/base/compiler.h"

/* X(name, code, string): LQ_ERR_<name>. The string reads as the end of a sentence. */
#define LQ_ERR_TABLE(X)                    \
    /* base: -1 to -99 */                  \
    X(INVAL, -1, "invalid argument")       \
    X(NOMEM, -2, "out of memory")          \
    X(FULL, -3, "capacity reached")        \
    X(EMPTY, -4, "nothing there")          \
    X(NOT_FOUND, -5, "not found")          \
    X(EXISTS, -6, "already there")         \
    X(RANGE, -7, "out of range")           \
    X(TOO_LONG, -8, "too long")            \
    X(SYNTAX, -9, "malformed")             \
    X(IO, -10, "input or output failed")   \
    X(PERM, -11, "permission refused")     \
    X(BUSY, -12, "not possible just now")  \
    /* num: -100 to -199 */                \
    X(DIV_ZERO, -100, "divided by zero")   \
    /* keys: -300 to -399 */               \
    X(SIGNATURE, -300, "bad signature")    \
    X(PASS, -301, "wrong passphrase")      \
    X(POLICY, -302, "refused by policy")   \
    /* net: -400 to -499 */                \
    X(TIMEOUT, -400, "took too long")      \
    X(CLOSED, -401, "not connected")       \
    /* rpc: -500 to -599 */                \
    X(REMOTE, -500, "refused by the node") \
    /* app: -1300 to -1399 */              \
    X(USAGE, -1300, "wrong usage")         \
    X(CONFIG, -1301, "the configuration has errors")

typedef enum lq_err {
    LQ_OK = 0,
#define LQ_ERR_ENUM(name, code, string) LQ_ERR_##name = (code),
    LQ_ERR_TABLE(LQ_ERR_ENUM)
#undef LQ_ERR_ENUM
} lq_err_t;

/* lq_err_str returns what ERR means, in lower case and without a full stop; "unknown error" for a
   number that is none. Static, never NULL. */
const char *lq_err_str(lq_err_t err);

/* lq_err_name returns the name of ERR without its prefix, e.g. "NOT_FOUND" ("OK" for success,
   "UNKNOWN" for a number that is none). Static, never NULL. */
const char *lq_err_name(lq_err_t err);

/* An error as a person reads it: what was wrong, where, and what to do. Cold paths take one as
   their last output; NULL where the caller wants none. */
#define LQ_ERR_MSG_SZ 256
typedef struct lq_err_msg {
    char text[LQ_ERR_MSG_SZ]; /* NUL-terminated, one line */
} lq_err_msg_t;

/* lq_err_msg_set writes the formatted text into MSG (cut to fit, marked with "..." when it was; MSG
   may be NULL) and returns ERR, so that a failure is one statement:
       return lq_err_msg_set(msg, LQ_ERR_RANGE, "offset %zu: depth above %u", at, max); */
LQ_MUST_USE lq_err_t lq_err_msg_set(lq_err_msg_t *msg, lq_err_t err, const char *fmt, ...)
    LQ_PRINTF(3, 4);

/* LQ_BUG ends the process because the code, not the world, is wrong: it says where and why on
   standard error, then aborts (debug builds) or exits with status 70 (release builds), so that a
   supervisor restarts it. Nothing may be sent after it. */
#define LQ_BUG(...) lq_bug(__FILE__, __LINE__, __VA_ARGS__)

/* LQ_ASSERT is LQ_BUG when COND does not hold. It stays in release builds: what guards money is
   never compiled out. */
#define LQ_ASSERT(cond) ((void)(LQ_LIKELY(cond) || (LQ_BUG("%s does not hold", #cond), 0)))

LQ_NORETURN LQ_COLD void lq_bug(const char *file, int line, const char *fmt, ...) LQ_PRINTF(3, 4);

#endif
