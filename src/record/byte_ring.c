#include "byte_ring_internal.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Maps CAP bytes twice into the 2 CAP bytes at P. Anonymous: a file of memory would stand under the
   limit on the size of files. */
static bool map_twice(uint8_t *p, size_t cap)
{
    if (mmap(p, cap, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
        MAP_FAILED)
        return false;
    /* an old size of 0: the same pages once more */
    return mremap(p, 0, cap, MREMAP_MAYMOVE | MREMAP_FIXED, p + cap) != MAP_FAILED;
}

lq_err_t lq_byte_ring_init(lq_byte_ring_t *ring, size_t cap)
{
    LQ_ASSERT(cap && !(cap & (cap - 1)) && cap % (size_t)sysconf(_SC_PAGESIZE) == 0);
    uint8_t *p = mmap(NULL, 2 * cap, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return LQ_ERR_NOMEM;
    if (!map_twice(p, cap)) {
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
