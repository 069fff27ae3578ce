#include "pages_internal.h"

#include <sys/mman.h>

#define PAGE_SZ ((size_t)65536) /* a multiple of every machine's */

lq_err_t lq_pages_new(lq_pages_t *pages, size_t sz)
{
    if (sz > SIZE_MAX - PAGE_SZ)
        return LQ_ERR_NOMEM;
    sz = (sz + PAGE_SZ - 1) & ~(PAGE_SZ - 1);
    void *mem =
        mmap(NULL, sz, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mem == MAP_FAILED)
        return LQ_ERR_NOMEM;
    *pages = (lq_pages_t){.mem = mem, .cap_sz = sz};
    return LQ_OK;
}

void lq_pages_free(lq_pages_t *pages)
{
    if (pages->mem)
        (void)munmap(pages->mem, pages->cap_sz);
    *pages = (lq_pages_t){0};
}

void lq_pages_trim(lq_pages_t *pages, size_t keep_sz)
{
    keep_sz = (keep_sz + PAGE_SZ - 1) & ~(PAGE_SZ - 1);
    if (LQ_LIKELY(pages->high_sz <= keep_sz))
        return;
    /* It fails on locked memory alone: the pages then stay, which harms nobody. */
    (void)madvise(pages->mem + keep_sz, pages->high_sz - keep_sz, MADV_DONTNEED);
    pages->high_sz = keep_sz;
}
