/* Where a configuration is found and how its files are read. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "liqd/app/config.h"

/* Fills TEXT with the SZ bytes of the open file; false with errno set, 0 where the file is shorter
   than its size said. */
static bool read_all(int fd, char *text, size_t sz)
{
    while (sz) {
        ssize_t n = read(fd, text, sz);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            if (n == 0)
                errno = 0;
            return false;
        }
        text += n;
        sz -= (size_t)n;
    }
    return true;
}

static lq_err_t read_open_file(lq_schema_file_t *out, lq_err_msg_t *msg, lq_arena_t *arena, int fd,
                               size_t max)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return lq_err_msg_set(msg, LQ_ERR_IO, "is not a regular file");
    if ((uint64_t)st.st_size > max)
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "is longer than %zu bytes", max);
    size_t sz = (size_t)st.st_size;
    char *text = lq_arena_alloc(arena, sz, 1);
    if (!text)
        return lq_err_msg_set(msg, LQ_ERR_NOMEM, "does not fit into memory");
    if (!read_all(fd, text, sz))
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s",
                              errno ? strerror(errno) : "changed while it was read: try again");
    *out = (lq_schema_file_t){text, sz, st.st_mode & 07777, {st.st_dev, st.st_ino}};
    return LQ_OK;
}

static lq_err_t read_file(const void *ctx, lq_schema_file_t *out, lq_err_msg_t *msg,
                          lq_arena_t *arena, const char *path, size_t max)
{
    (void)ctx;
    /* not waiting for a writer, should the path be a pipe */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return lq_err_msg_set(msg, errno == ENOENT ? LQ_ERR_NOT_FOUND : LQ_ERR_IO, "%s",
                              strerror(errno));
    lq_err_t err = read_open_file(out, msg, arena, fd, max);
    (void)close(fd);
    return err;
}

static const char *read_env(const void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

const lq_schema_io_t lq_config_io = {.read = read_file, .env = read_env};

lq_err_t lq_config_find(const char **path, lq_err_msg_t *msg, const char *given)
{
    static const char *const places[] = {"liqd.yaml", LIQD_CONFIG_DIR "/liqd.yaml"};
    struct stat st;
    const char *by_env = getenv("LIQD_CONFIG");
    const char *found = given ? given : by_env && by_env[0] ? by_env : NULL;
    for (size_t i = 0; !found && i < LQ_ARRAY_CNT(places); i++)
        if (lstat(places[i], &st) == 0) /* a dangling link is named, not passed over */
            found = places[i];
    if (given && !given[0])
        return lq_err_msg_set(msg, LQ_ERR_INVAL, "--config names no file");
    if (!found)
        return lq_err_msg_set(msg, LQ_ERR_NOT_FOUND,
                              "no configuration: neither --config nor $LIQD_CONFIG is given, and "
                              "there is no ./liqd.yaml and no " LIQD_CONFIG_DIR "/liqd.yaml");
    *path = found;
    return LQ_OK;
}
