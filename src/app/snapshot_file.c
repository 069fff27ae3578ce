#include "snapshot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "liqd/base/text.h"

#define PATH_SZ   4200u /* longer than any that a key may hold, with a suffix */
#define BUFFER_SZ ((size_t)1 << 20)

static lq_err_t fail(lq_err_msg_t *msg, lq_err_t err, const char *path, const char *text)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    return lq_err_msg_set(msg, err, "snapshot %s: %s", lq_text_quote(quoted, path), text);
}

static lq_err_t suffixed(char out[PATH_SZ], lq_err_msg_t *msg, const char *path, const char *suffix)
{
    if (!path[0])
        return lq_err_msg_set(msg, LQ_ERR_INVAL, "the snapshot has no name");
    int n = snprintf(out, PATH_SZ, "%s%s", path, suffix);
    if (n < 0 || (size_t)n >= PATH_SZ)
        return fail(msg, LQ_ERR_TOO_LONG, path, "the name is too long");
    return LQ_OK;
}

lq_err_t lq_snapshot_lock(lq_snapshot_lock_t *lock, lq_err_msg_t *msg, const char *path)
{
    char name[PATH_SZ];
    lock->fd = -1;
    lq_err_t err = suffixed(name, msg, path, ".lock");
    if (err)
        return err;
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return fail(msg, LQ_ERR_IO, name, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        err = errno == EWOULDBLOCK
                  ? fail(msg, LQ_ERR_EXISTS, path,
                         "another process uses it: end that one, or name another file")
                  : fail(msg, LQ_ERR_IO, name, strerror(errno));
        (void)close(fd);
        return err;
    }
    lock->fd = fd;
    return LQ_OK;
}

void lq_snapshot_unlock(lq_snapshot_lock_t *lock)
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
static lq_err_t check_file(size_t *sz, lq_err_msg_t *msg, const char *path, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fail(msg, LQ_ERR_IO, path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return fail(msg, LQ_ERR_IO, path, "is not a regular file");
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return fail(msg, LQ_ERR_PERM, path,
                    "belongs to another user, who could change it: copy it");
    if (st.st_mode & 022)
        return fail(msg, LQ_ERR_PERM, path, "can be written by others: chmod 600 it");
    if (st.st_size == 0)
        return fail(msg, LQ_ERR_SYNTAX, path, "is empty");
    *sz = (size_t)st.st_size;
    return LQ_OK;
}

/* Says how the bytes at P load, with the file's name before it. */
static lq_err_t load_bytes(lq_sync_t *sync, lq_snapshot_info_t *info, lq_err_msg_t *msg,
                           const char *path, const uint8_t *p, size_t sz, uint64_t now_sec,
                           uint64_t max_age_sec)
{
    lq_err_msg_t why = {"is refused"};
    lq_snapshot_info_t found;
    lq_err_t err = lq_snapshot_info(&found, &why, p, sz);
    if (err)
        return fail(msg, err, path, why.text);
    uint64_t age_sec = now_sec > found.block_sec ? now_sec - found.block_sec : 0;
    if (max_age_sec && age_sec > max_age_sec)
        return fail(msg, LQ_ERR_EMPTY, path, "is older than snapshot.max_age");
    err = lq_snapshot_load(sync, &why, p, sz);
    if (err)
        return fail(msg, err, path, why.text);
    *info = found;
    return LQ_OK;
}

/* The file is read, not mapped: who shortens a mapped file ends the process that reads it. */
static lq_err_t load_open(lq_sync_t *sync, lq_snapshot_info_t *info, lq_err_msg_t *msg,
                          const char *path, int fd, uint64_t now_sec, uint64_t max_age_sec)
{
    size_t sz = 0;
    lq_err_t err = check_file(&sz, msg, path, fd);
    if (err)
        return err;
    uint8_t *p = mmap(NULL, sz, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return fail(msg, LQ_ERR_NOMEM, path, "does not fit into memory");
    err = read_all(fd, p, sz);
    if (err)
        err = fail(msg, err, path, errno ? strerror(errno) : "became shorter while it was read");
    else
        err = load_bytes(sync, info, msg, path, p, sz, now_sec, max_age_sec);
    (void)munmap(p, sz);
    return err;
}

lq_err_t lq_snapshot_file_load(lq_sync_t *sync, lq_snapshot_info_t *info, lq_err_msg_t *msg,
                               const char *path, uint64_t now_sec, uint64_t max_age_sec)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(msg, errno == ENOENT ? LQ_ERR_NOT_FOUND : LQ_ERR_IO, path, strerror(errno));
    lq_err_t err = load_open(sync, info, msg, path, fd, now_sec, max_age_sec);
    (void)close(fd);
    return err;
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

/* An lq_snapshot_write_fn_t. */
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

static lq_err_t write_file(const lq_sync_t *sync, lq_err_msg_t *msg, const char *path, writer_t *w)
{
    lq_err_t err = lq_snapshot_save(sync, take_bytes, w);
    if (!err)
        err = empty_buffer(w);
    if (!err && fsync(w->fd) != 0) {
        w->error = errno;
        err = LQ_ERR_IO;
    }
    if (err == LQ_ERR_EMPTY)
        return fail(msg, err, path, "there is no state to keep yet");
    if (err && w->error == ENOSPC) {
        char quoted[LQ_TEXT_QUOTE_SZ];
        return lq_err_msg_set(msg, err, "snapshot %s: the disk is full: free %zu MiB",
                              lq_text_quote(quoted, path), (lq_snapshot_sz(sync) >> 20) + 1);
    }
    if (err)
        return fail(msg, err, path, w->error ? strerror(w->error) : lq_err_str(err));
    return LQ_OK;
}

static lq_err_t save_as(const lq_sync_t *sync, lq_err_msg_t *msg, const char *path,
                        const char *temporary, uint8_t *buffer)
{
    (void)unlink(temporary); /* of a process that was killed: the lock is ours */
    writer_t w = {open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600),
                  buffer, 0, 0};
    if (w.fd < 0)
        return fail(msg, LQ_ERR_IO, temporary, strerror(errno));
    lq_err_t err = write_file(sync, msg, path, &w);
    if (close(w.fd) != 0 && !err)
        err = fail(msg, LQ_ERR_IO, temporary, strerror(errno));
    if (!err && rename(temporary, path) != 0)
        err = fail(msg, LQ_ERR_IO, path, strerror(errno));
    if (err) {
        (void)unlink(temporary);
        return err;
    }
    return flush_folder(path) ? LQ_OK : fail(msg, LQ_ERR_IO, path, strerror(errno));
}

lq_err_t lq_snapshot_file_save(const lq_sync_t *sync, lq_err_msg_t *msg, const char *path)
{
    char temporary[PATH_SZ];
    lq_err_t err = suffixed(temporary, msg, path, ".new");
    if (err)
        return err;
    if (!lq_snapshot_sz(sync))
        return fail(msg, LQ_ERR_EMPTY, path, "there is no state to keep yet");
    uint8_t *buffer = malloc(BUFFER_SZ);
    if (!buffer)
        return fail(msg, LQ_ERR_NOMEM, path, "out of memory");
    err = save_as(sync, msg, path, temporary, buffer);
    free(buffer);
    return err;
}
