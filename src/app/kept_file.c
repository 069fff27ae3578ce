#include "kept_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "liqd/base/text.h"

#define PATH_SZ   4200u /* longer than any that a key may hold, with a suffix */
#define BUFFER_SZ ((size_t)1 << 20)

lq_err_t lq_kept_fail(lq_err_msg_t *msg, lq_err_t err, const char *what, const char *path,
                      const char *text)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    return lq_err_msg_set(msg, err, "%s %s: %s", what, lq_text_quote(quoted, path), text);
}

static lq_err_t suffixed(char out[PATH_SZ], lq_err_msg_t *msg, const char *what, const char *path,
                         const char *suffix)
{
    if (!path[0])
        return lq_err_msg_set(msg, LQ_ERR_INVAL, "the %s has no name", what);
    int n = snprintf(out, PATH_SZ, "%s%s", path, suffix);
    if (n < 0 || (size_t)n >= PATH_SZ)
        return lq_kept_fail(msg, LQ_ERR_TOO_LONG, what, path, "the name is too long");
    return LQ_OK;
}

/* What is written takes the place of what is at PATH: a device or a folder would be lost by it. */
static lq_err_t check_place(lq_err_msg_t *msg, const char *what, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || S_ISREG(st.st_mode))
        return LQ_OK;
    return lq_kept_fail(msg, LQ_ERR_IO, what, path, "is not a regular file: name another");
}

lq_err_t lq_kept_lock(lq_kept_lock_t *lock, lq_err_msg_t *msg, const char *what, const char *path)
{
    char name[PATH_SZ];
    lock->fd = -1;
    lq_err_t err = suffixed(name, msg, what, path, ".lock");
    if (!err)
        err = check_place(msg, what, path);
    if (err)
        return err;
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return lq_kept_fail(msg, LQ_ERR_IO, what, name, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        err = errno == EWOULDBLOCK
                  ? lq_kept_fail(msg, LQ_ERR_EXISTS, what, path,
                                 "another process uses it: end that one, or name another file")
                  : lq_kept_fail(msg, LQ_ERR_IO, what, name, strerror(errno));
        (void)close(fd);
        return err;
    }
    lock->fd = fd;
    return LQ_OK;
}

void lq_kept_unlock(lq_kept_lock_t *lock)
{
    if (lock->fd >= 0)
        (void)close(lock->fd);
    lock->fd = -1;
}

/* ---- reading */

/* Fills P with the SZ bytes of FD; LQ_ERR_IO with errno set, 0 where the file became shorter. */
static lq_err_t read_all(int fd, uint8_t *p, size_t sz)
{
    while (sz) {
        ssize_t n = read(fd, p, sz);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = 0;
        if (n <= 0)
            return LQ_ERR_IO;
        p += n;
        sz -= (size_t)n;
    }
    return LQ_OK;
}

/* Whether the open file FD can be one of ours; sets *SZ. */
static lq_err_t check_file(size_t *sz, lq_err_msg_t *msg, const char *what, const char *path,
                           int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return lq_kept_fail(msg, LQ_ERR_IO, what, path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return lq_kept_fail(msg, LQ_ERR_IO, what, path, "is not a regular file");
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return lq_kept_fail(msg, LQ_ERR_PERM, what, path,
                            "belongs to another user, who could change it: copy it");
    if (st.st_mode & 022)
        return lq_kept_fail(msg, LQ_ERR_PERM, what, path, "can be written by others: chmod 600 it");
    if (st.st_size == 0)
        return lq_kept_fail(msg, LQ_ERR_SYNTAX, what, path, "is empty");
    *sz = (size_t)st.st_size;
    return LQ_OK;
}

lq_err_t lq_kept_copy(lq_kept_bytes_t *out, const uint8_t *p, size_t sz)
{
    uint8_t *copy = malloc(sz ? sz : 1);
    if (!copy)
        return LQ_ERR_NOMEM;
    if (p && sz)
        memcpy(copy, p, sz);
    *out = (lq_kept_bytes_t){copy, sz};
    return LQ_OK;
}

/* The file is read, not mapped: who shortens a mapped file ends the process that reads it. */
static lq_err_t read_open(lq_kept_bytes_t *out, lq_err_msg_t *msg, const char *what,
                          const char *path, int fd)
{
    size_t sz = 0;
    lq_err_t err = check_file(&sz, msg, what, path, fd);
    if (err)
        return err;
    lq_kept_bytes_t bytes;
    err = lq_kept_copy(&bytes, NULL, sz);
    if (err)
        return lq_kept_fail(msg, err, what, path, "does not fit into memory");
    err = read_all(fd, bytes.p, sz);
    if (err) {
        const char *why = errno ? strerror(errno) : "became shorter while it was read";
        lq_kept_free(&bytes);
        return lq_kept_fail(msg, err, what, path, why);
    }
    *out = bytes;
    return LQ_OK;
}

lq_err_t lq_kept_read(lq_kept_bytes_t *out, lq_err_msg_t *msg, const char *what, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return lq_kept_fail(msg, errno == ENOENT ? LQ_ERR_NOT_FOUND : LQ_ERR_IO, what, path,
                            strerror(errno));
    lq_err_t err = read_open(out, msg, what, path, fd);
    (void)close(fd);
    return err;
}

void lq_kept_free(lq_kept_bytes_t *bytes)
{
    free(bytes->p);
    *bytes = (lq_kept_bytes_t){NULL, 0};
}

/* ---- writing */

typedef struct writer {
    int fd;
    uint8_t *buffer;
    size_t fill_sz;
    int error; /* errno of the write that failed */
} writer_t;

static lq_err_t write_all(writer_t *w, const uint8_t *p, size_t sz)
{
    while (sz) {
        ssize_t n = write(w->fd, p, sz);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            w->error = n < 0 ? errno : ENOSPC;
            return LQ_ERR_IO;
        }
        p += n;
        sz -= (size_t)n;
    }
    return LQ_OK;
}

static lq_err_t empty_buffer(writer_t *w)
{
    lq_err_t err = write_all(w, w->buffer, w->fill_sz);
    w->fill_sz = 0;
    return err;
}

/* An lq_kept_put_fn_t. */
static lq_err_t take_bytes(void *ctx, const void *p, size_t sz)
{
    writer_t *w = ctx;
    if (sz > BUFFER_SZ - w->fill_sz) {
        lq_err_t err = empty_buffer(w);
        if (err)
            return err;
    }
    if (sz > BUFFER_SZ)
        return write_all(w, p, sz);
    if (sz)
        memcpy(w->buffer + w->fill_sz, p, sz);
    w->fill_sz += sz;
    return LQ_OK;
}

/* Flushes the folder of PATH, so that the rename is not lost. */
static bool flush_folder(const char *path)
{
    char folder[PATH_SZ];
    (void)snprintf(folder, sizeof(folder), "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[1] = '\0';
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool flushed = fsync(fd) == 0;
    int error = errno;
    (void)close(fd);
    errno = error;
    return flushed;
}

typedef lq_err_t write_fn_t(void *ctx, lq_kept_put_fn_t *put, void *to);

static lq_err_t write_file(writer_t *w, write_fn_t *write, void *ctx)
{
    lq_err_t err = write(ctx, take_bytes, w);
    if (!err)
        err = empty_buffer(w);
    if (!err && fsync(w->fd) != 0) {
        w->error = errno;
        err = LQ_ERR_IO;
    }
    return err;
}

/* Says why the file could not be written. */
static lq_err_t explain(lq_err_msg_t *msg, lq_err_t err, const char *what, const char *path,
                        const writer_t *w, size_t sz)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    if (w->error == ENOSPC)
        return lq_err_msg_set(msg, err, "%s %s: the disk is full: free %zu MiB", what,
                              lq_text_quote(quoted, path), (sz >> 20) + 1);
    return lq_kept_fail(msg, err, what, path, w->error ? strerror(w->error) : lq_err_str(err));
}

static lq_err_t save_as(lq_err_msg_t *msg, const char *what, const char *path,
                        const char *temporary, size_t sz, uint8_t *buffer, write_fn_t *write,
                        void *ctx)
{
    (void)unlink(temporary); /* of a process that was killed: the lock is ours */
    writer_t w = {open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600),
                  buffer, 0, 0};
    if (w.fd < 0)
        return lq_kept_fail(msg, LQ_ERR_IO, what, temporary, strerror(errno));
    lq_err_t err = write_file(&w, write, ctx);
    if (err)
        err = explain(msg, err, what, path, &w, sz);
    if (close(w.fd) != 0 && !err)
        err = lq_kept_fail(msg, LQ_ERR_IO, what, temporary, strerror(errno));
    if (!err && rename(temporary, path) != 0)
        err = lq_kept_fail(msg, LQ_ERR_IO, what, path, strerror(errno));
    if (err) {
        (void)unlink(temporary);
        return err;
    }
    return flush_folder(path) ? LQ_OK : lq_kept_fail(msg, LQ_ERR_IO, what, path, strerror(errno));
}

lq_err_t lq_kept_write(lq_err_msg_t *msg, const char *what, const char *path, size_t sz,
                       write_fn_t *write, void *ctx)
{
    char temporary[PATH_SZ];
    lq_err_t err = suffixed(temporary, msg, what, path, ".new");
    if (err)
        return err;
    uint8_t *buffer = malloc(BUFFER_SZ);
    if (!buffer)
        return lq_kept_fail(msg, LQ_ERR_NOMEM, what, path, "out of memory");
    err = save_as(msg, what, path, temporary, sz, buffer, write, ctx);
    free(buffer);
    return err;
}
