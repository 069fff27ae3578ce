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

#if defined(__x86_64__)
/* libc copies through the upper half of the vector registers where there is AVX-512: no compiler
   counts those among what a function may have used. */
LQ_TARGET("avx512vl") static void wipe_upper_registers(void)
{
#define ZERO(n) "vpxord %%xmm" #n ", %%xmm" #n ", %%xmm" #n "\n\t"
    __asm__ volatile(ZERO(16) ZERO(17) ZERO(18) ZERO(19) ZERO(20) ZERO(21) ZERO(22) ZERO(23)
                         ZERO(24) ZERO(25) ZERO(26) ZERO(27) ZERO(28) ZERO(29) ZERO(30) ZERO(31)
                     :
                     :
                     : "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23",
                       "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31");
#undef ZERO
}

#define LOWER                                                                                \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
        "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

/* In their whole width, of 512 bits where there are so many. */
LQ_TARGET("avx") static void wipe_wide_registers(void)
{
    __asm__ volatile("vzeroall" : : : LOWER);
}

static void wipe_lower_registers(void)
{
#define ZERO(n) "pxor %%xmm" #n ", %%xmm" #n "\n\t"
    __asm__ volatile(ZERO(0) ZERO(1) ZERO(2) ZERO(3) ZERO(4) ZERO(5) ZERO(6) ZERO(7) ZERO(8) ZERO(9)
                         ZERO(10) ZERO(11) ZERO(12) ZERO(13) ZERO(14) ZERO(15)
                     :
                     :
                     : LOWER);
#undef ZERO
}
#endif

LQ_NOINLINE LQ_ZERO_REGISTERS static void wipe_registers(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx"))
        wipe_wide_registers();
    else
        wipe_lower_registers();
    if (__builtin_cpu_supports("avx512vl"))
        wipe_upper_registers();
#endif
}

LQ_NOINLINE void lq_stack_wipe(void)
{
    uint8_t below[LQ_STACK_WIPE_SZ];
    /* first, since the dynamic linker saves them to the stack when it binds a call */
    wipe_registers();
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
    void *p = NULL;
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
