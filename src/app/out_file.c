#include "out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "liqd/base/text.h"

static lq_err_t fail(lq_err_msg_t *msg, const char *path, int number)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    return lq_err_msg_set(msg, LQ_ERR_IO, "%s: %s", lq_text_quote(quoted, path), strerror(number));
}

/* A result takes the place of what is at PATH. That may be a file; a device, a folder, a pipe or a
   link would be lost by it. */
static lq_err_t check_place(lq_err_msg_t *msg, const char *path)
{
    struct stat st;
    char quoted[LQ_TEXT_QUOTE_SZ];
    if (lstat(path, &st) != 0 || S_ISREG(st.st_mode))
        return LQ_OK;
    return lq_err_msg_set(msg, LQ_ERR_IO, "%s is no regular file: name another",
                          lq_text_quote(quoted, path));
}

lq_err_t lq_out_file_open(lq_out_file_t *f, lq_err_msg_t *msg, const char *path)
{
    size_t sz = strlen(path) + sizeof(".part");
    *f = (lq_out_file_t){.path = NULL};
    lq_err_t err = check_place(msg, path);
    if (err)
        return err;
    lq_out_file_t made = {.path = path, .part = malloc(sz)};
    if (!made.part)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "out of memory");
    (void)snprintf(made.part, sz, "%s.part", path);
    int fd = open(made.part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    made.to = fd < 0 ? NULL : fdopen(fd, "w");
    if (!made.to) {
        err = fail(msg, path, errno);
        if (fd >= 0)
            (void)close(fd);
        free(made.part);
        return err;
    }
    *f = made;
    return LQ_OK;
}

lq_err_t lq_out_file_keep(lq_out_file_t *f, lq_err_msg_t *msg)
{
    lq_err_t err = LQ_OK;
    errno = 0;
    bool bad = ferror(f->to) != 0;
    bad |= fclose(f->to) != 0;
    f->to = NULL;
    if (bad)
        err = fail(msg, f->path, errno ? errno : EIO);
    else
        err = check_place(msg, f->path);
    if (!err && rename(f->part, f->path) != 0)
        err = fail(msg, f->path, errno);
    if (err)
        (void)unlink(f->part);
    free(f->part);
    *f = (lq_out_file_t){.path = NULL};
    return err;
}

void lq_out_file_drop(lq_out_file_t *f)
{
    if (!f->path)
        return;
    (void)fclose(f->to);
    (void)unlink(f->part);
    free(f->part);
    *f = (lq_out_file_t){.path = NULL};
}
