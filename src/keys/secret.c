#include "secret_internal.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* What stands before the bytes that lq_locked_new gives, in the same locked pages. */
#define HEAD_SZ 64

typedef struct head {
    size_t map_sz;  /* of the whole mapping, guard pages included */
    size_t data_sz; /* of the pages between them */
} head_t;

static lq_err_t lock(uint8_t *data, size_t data_sz, lq_err_msg_t *msg)
{
    if (mlock(data, data_sz) != 0)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM,
                              "%zu bytes for a secret cannot be locked: %s: raise the limit on "
                              "locked memory (LimitMEMLOCK= in the unit, ulimit -l in a shell)",
                              data_sz, strerror(errno));
    if (madvise(data, data_sz, MADV_DONTDUMP) != 0 || madvise(data, data_sz, MADV_WIPEONFORK) != 0)
        return lq_err_msg_set(
            msg, LQ_ERR_NOMEM,
            "memory for a secret cannot be kept out of core images and forks: %s: "
            "a kernel from 4.14 on can",
            strerror(errno));
    return LQ_OK;
}

lq_err_t lq_locked_new(void **out, lq_err_msg_t *msg, size_t sz)
{
    size_t page_sz = (size_t)sysconf(_SC_PAGESIZE);
    size_t data_sz = (HEAD_SZ + sz + page_sz - 1) / page_sz * page_sz;
    size_t map_sz = data_sz + 2 * page_sz;
    uint8_t *map = mmap(NULL, map_sz, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "%zu bytes for a secret: %s: free some memory",
                              map_sz, strerror(errno));
    uint8_t *data = map + page_sz;
    lq_err_t err;
    if (mprotect(data, data_sz, PROT_READ | PROT_WRITE) != 0)
        err = lq_err_msg_set(msg, LQ_ERR_NOMEM, "%zu bytes for a secret: %s: free some memory",
                             data_sz, strerror(errno));
    else
        err = lock(data, data_sz, msg);
    if (err) {
        (void)munmap(map, map_sz);
        return err;
    }
    *(head_t *)data = (head_t){.map_sz = map_sz, .data_sz = data_sz};
    *out = data + HEAD_SZ;
    return LQ_OK;
}

void lq_locked_free(void *p)
{
    if (!p)
        return;
    uint8_t *data = (uint8_t *)p - HEAD_SZ;
    head_t head = *(head_t *)data;
    explicit_bzero(data, head.data_sz);
    (void)munmap(data - (head.map_sz - head.data_sz) / 2, head.map_sz);
}

LQ_NOINLINE LQ_ZERO_REGISTERS void lq_stack_wipe(void)
{
    uint8_t below[LQ_STACK_WIPE_SZ];
    explicit_bzero(below, sizeof(below));
}

lq_err_t lq_secret_harden_process(lq_err_msg_t *msg)
{
    if (setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) != 0)
        return lq_err_msg_set(msg, LQ_ERR_PERM, "RLIMIT_CORE cannot be set to 0: %s: permit it",
                              strerror(errno));
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return lq_err_msg_set(msg, LQ_ERR_PERM, "PR_SET_DUMPABLE cannot be cleared: %s: permit it",
                              strerror(errno));
    return LQ_OK;
}

lq_err_t lq_secret_new(lq_secret_t **out, lq_err_msg_t *msg)
{
    void *p;
    lq_err_t err = lq_locked_new(&p, msg, sizeof(lq_secret_t));
    if (!err)
        *out = p;
    return err;
}

bool lq_secret_eq(const lq_secret_t *a, const lq_secret_t *b)
{
    return a->sz == b->sz && CRYPTO_memcmp(a->bytes, b->bytes, a->sz) == 0;
}

bool lq_secret_is_empty(const lq_secret_t *a)
{
    return a->sz == 0;
}

void lq_secret_free(lq_secret_t *secret)
{
    lq_locked_free(secret);
}
