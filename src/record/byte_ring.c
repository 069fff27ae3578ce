#include "byte_ring_internal.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Maps the file FD of CAP bytes twice into the 2 CAP bytes at P. */
static bool map_twice(uint8_t *p, int fd, size_t cap)
{
    for (size_t i = 0; i < 2; i++)
        if (mmap(p + i * cap, cap, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
            MAP_FAILED)
            return false;
    return true;
}

lq_err_t lq_byte_ring_init(lq_byte_ring_t *ring, size_t cap)
{
    LQ_ASSERT(cap && !(cap & (cap - 1)) && cap % (size_t)sysconf(_SC_PAGESIZE) == 0);
    uint8_t *p = mmap(NULL, 2 * cap, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return LQ_ERR_NOMEM;
    int fd = memfd_create("liqd-ring", MFD_CLOEXEC);
    /* allocated, not sparse: a page that is not there is a refusal here, not a SIGBUS later */
    bool made = fd >= 0 && posix_fallocate(fd, 0, (off_t)cap) == 0 && map_twice(p, fd, cap);
    if (fd >= 0)
        (void)close(fd);
    if (!made) {
        (void)munmap(p, 2 * cap);
        return LQ_ERR_NOMEM;
    }
    memset(p, 0, 2 * cap); /* both: each has its own entries in the page table */
    ring->bytes = p;
    ring->cap = cap;
    atomic_init(&ring->head, 0);
    ring->at = 0;
    ring->tail_seen = 0;
    atomic_init(&ring->tail, 0);
    return LQ_OK;
}

void lq_byte_ring_fini(lq_byte_ring_t *ring)
{
    (void)munmap(ring->bytes, 2 * ring->cap);
}
