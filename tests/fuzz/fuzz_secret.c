/* Secrets as they come from a descriptor, and private keys as text. */

#include "fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "liqd/base/err.h"
#include "liqd/keys/private_key.h"

static lq_err_t read_back(lq_secret_t **out, lq_err_msg_t *msg, const uint8_t *data, size_t sz)
{
    int fd = memfd_create("secret", MFD_CLOEXEC);
    LQ_ASSERT(fd >= 0 && write(fd, data, sz) == (ssize_t)sz && lseek(fd, 0, SEEK_SET) == 0);
    lq_err_t err = lq_secret_read_fd(out, msg, fd);
    (void)close(fd);
    return err;
}

/* The same rule in other words: at most one newline, at the end. */
static lq_err_t expected(const uint8_t *data, size_t sz)
{
    if (sz && data[sz - 1] == '\n')
        sz -= sz > 1 && data[sz - 2] == '\r' ? 2 : 1;
    if (sz <= LQ_SECRET_MAX && (memchr(data, '\n', sz) || memchr(data, 0, sz)))
        return LQ_ERR_SYNTAX;
    return sz > LQ_SECRET_MAX ? LQ_ERR_TOO_LONG : LQ_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    lq_secret_t *secret = NULL;
    lq_private_key_t *key = NULL;
    lq_err_msg_t msg = {{0}};
    lq_err_t want = expected(data, sz);
    lq_err_t err = read_back(&secret, &msg, data, sz);
    if (err) {
        /* which fault of a long one is seen first is not promised */
        LQ_ASSERT(err == want || (want == LQ_ERR_TOO_LONG && err == LQ_ERR_SYNTAX));
        LQ_ASSERT(!secret && msg.text[0]);
        return 0;
    }
    LQ_ASSERT(want == LQ_OK && lq_secret_eq(secret, secret));
    LQ_ASSERT(!lq_secret_is_empty(secret) || sz <= 2);
    err = lq_private_key_parse(&key, &msg, secret);
    if (err) {
        LQ_ASSERT((err == LQ_ERR_SYNTAX || err == LQ_ERR_RANGE) && !key && msg.text[0]);
    } else {
        LQ_ASSERT(sz >= 64 && sz <= 68);
        (void)lq_private_key_address(key);
        lq_private_key_free(key);
    }
    lq_secret_free(secret);
    return 0;
}
