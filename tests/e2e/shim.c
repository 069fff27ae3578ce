/* Preloaded into a live daemon: its wall clock jumps, and its memory ends, when a test says so by a
   file that both map. What stands in it is in tests/e2e/shim.mjs too. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SEC_NS INT64_C(1000000000)

typedef struct shim {
    _Atomic int64_t wall_ns; /* later than it is */
    _Atomic int64_t left;    /* allocations that are given yet; below zero: all */
    _Atomic int64_t cnt;     /* allocations, of those that are counted */
    _Atomic int64_t failed;
    char who[32]; /* by libraries with this in their path alone; "": by all */
} shim_t;

static shim_t nothing = {.left = -1};
static shim_t *_Atomic mapped;

void *__libc_malloc(size_t sz);
void *__libc_calloc(size_t cnt, size_t sz);
void *__libc_realloc(void *p, size_t sz);
void *__libc_memalign(size_t align, size_t sz);

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name, performance-no-int-to-ptr):
   the C library's names are reserved ones, and a system call gives a number */

/* The first call may be an allocation before main: nothing here makes one. */
static shim_t *get(void)
{
    shim_t *s = mapped;
    if (s)
        return s;
    const char *path = getenv("LIQD_SHIM");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *p = MAP_FAILED;
    if (fd >= 0)
        p = (void *)syscall(SYS_mmap, NULL, sizeof(shim_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                            0);
    if (fd >= 0)
        (void)close(fd);
    s = p == MAP_FAILED ? &nothing : p;
    mapped = s;
    return s;
}

/* ---- memory */

static int is_asked_for(const shim_t *s, const void *caller)
{
    Dl_info info;
    if (!s->who[0])
        return 1;
    return dladdr(caller, &info) && info.dli_fname && strstr(info.dli_fname, s->who);
}

static int fails(const void *caller)
{
    shim_t *s = get();
    if (s == &nothing || !is_asked_for(s, caller))
        return 0;
    int64_t nth = atomic_fetch_add(&s->cnt, 1);
    int64_t left = atomic_load(&s->left);
    if (left < 0 || nth < left)
        return 0;
    (void)atomic_fetch_add(&s->failed, 1);
    errno = ENOMEM;
    return 1;
}

#define CALLER __builtin_extract_return_addr(__builtin_return_address(0))

void *malloc(size_t sz)
{
    return fails(CALLER) ? NULL : __libc_malloc(sz);
}

void *calloc(size_t cnt, size_t sz)
{
    return fails(CALLER) ? NULL : __libc_calloc(cnt, sz);
}

void *realloc(void *p, size_t sz)
{
    return fails(CALLER) ? NULL : __libc_realloc(p, sz);
}

void *aligned_alloc(size_t align, size_t sz)
{
    return fails(CALLER) ? NULL : __libc_memalign(align, sz);
}

int posix_memalign(void **out, size_t align, size_t sz)
{
    if (fails(CALLER))
        return ENOMEM;
    *out = __libc_memalign(align, sz);
    return *out ? 0 : ENOMEM;
}

void *mmap(void *at, size_t sz, int prot, int flags, int fd, off_t from)
{
    if (fails(CALLER))
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, at, sz, prot, flags, fd, from);
}

/* ---- the wall clock */

int clock_gettime(clockid_t id, struct timespec *out)
{
    int rc = (int)syscall(SYS_clock_gettime, id, out);
    if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
        int64_t ns = out->tv_sec * SEC_NS + out->tv_nsec + atomic_load(&get()->wall_ns);
        out->tv_sec = ns / SEC_NS;
        out->tv_nsec = ns % SEC_NS;
    }
    return rc;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    int rc = clock_gettime(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return rc;
}

time_t time(time_t *out)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name, performance-no-int-to-ptr) */
