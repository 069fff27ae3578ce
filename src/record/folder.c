#include "folder_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_MAX 4096u

int lq_folder_sync(const char *path)
{
    char folder[FOLDER_MAX];
    const char *slash = strrchr(path, '/');
    size_t sz = slash ? (size_t)(slash - path) + 1 : 0;
    if (sz >= sizeof(folder))
        return ENAMETOOLONG;
    memcpy(folder, path, sz);
    folder[sz] = '\0';
    int fd = open(sz ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = fsync(fd) == 0 ? 0 : errno;
    (void)close(fd);
    return error;
}
