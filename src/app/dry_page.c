#include "dry_page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WHAT "report"

/* Whether the open file FD, if not empty, is a report. */
static bool is_report(int fd)
{
    char begin[sizeof(LQ_DRY_REPORT_HTML_MARK)] = "";
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    ssize_t n = read(fd, begin, sizeof(begin) - 1);
    return n == 0 || strcmp(begin, LQ_DRY_REPORT_HTML_MARK) == 0;
}

/* Whether there is a folder that PATH could be in. */
static bool has_folder(const char *path)
{
    struct stat st;
    const char *slash = strrchr(path, '/');
    size_t sz = slash ? (size_t)(slash - path) + 1 : 0;
    char *folder = slash ? strndup(path, sz) : strdup(".");
    bool there = folder && stat(folder, &st) == 0 && S_ISDIR(st.st_mode);
    free(folder);
    return there;
}

/* Whatever else is at PATH is not overwritten. */
static lq_err_t check_former(lq_err_msg_t *msg, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return has_folder(path) ? LQ_OK
                                : lq_kept_fail(msg, LQ_ERR_IO, WHAT, path,
                                               "its folder does not exist: make it first");
    if (fd < 0)
        return lq_kept_fail(msg, LQ_ERR_IO, WHAT, path, strerror(errno));
    bool ok = is_report(fd);
    (void)close(fd);
    return ok ? LQ_OK
              : lq_kept_fail(msg, LQ_ERR_EXISTS, WHAT, path,
                             "is there, and no dry run has written it: name another");
}

lq_err_t lq_dry_page_open(lq_dry_page_t *page, lq_err_msg_t *msg, const char *path)
{
    *page = (lq_dry_page_t){.path = path, .lock = {-1}};
    if (!path)
        return LQ_OK;
    lq_err_t err = check_former(msg, path);
    return err ? err : lq_kept_lock(&page->lock, msg, WHAT, path);
}

void lq_dry_page_close(lq_dry_page_t *page)
{
    lq_kept_unlock(&page->lock);
}

typedef struct text {
    char *p;
    size_t sz;
} text_t;

static lq_err_t put_all(void *ctx, lq_kept_put_fn_t *put, void *to)
{
    const text_t *text = ctx;
    return put(to, text->p, text->sz);
}

lq_err_t lq_dry_page_write(lq_dry_page_t *page, lq_err_msg_t *msg, const lq_dry_report_t *r)
{
    text_t text = {NULL, 0};
    if (!page->path)
        return LQ_OK;
    FILE *out = open_memstream(&text.p, &text.sz);
    if (!out)
        return lq_kept_fail(msg, LQ_ERR_NOMEM, WHAT, page->path, lq_err_str(LQ_ERR_NOMEM));
    lq_dry_report_html(out, r);
    bool failed = ferror(out) != 0;
    failed |= fclose(out) != 0;
    lq_err_t err = failed
                       ? lq_kept_fail(msg, LQ_ERR_NOMEM, WHAT, page->path, lq_err_str(LQ_ERR_NOMEM))
                       : lq_kept_write(msg, WHAT, page->path, text.sz, put_all, &text);
    free(text.p);
    return err;
}

bool lq_dry_page_is_due(lq_dry_page_t *page, uint64_t now_mono_ns)
{
    if (!page->path || now_mono_ns - page->written_mono_ns < LQ_DRY_PAGE_EVERY_NS)
        return false;
    page->written_mono_ns = now_mono_ns;
    return true;
}
