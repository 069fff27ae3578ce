#include "run_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "liqd/base/digest.h"
#include "liqd/base/text.h"
#include "liqd/keys/address.h"

static lq_err_t fail(lq_err_msg_t *msg, const char *path, const char *text)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    return lq_err_msg_set(msg, LQ_ERR_IO, "journal.run_dir: %s: %s", lq_text_quote(quoted, path),
                          text);
}

lq_err_t lq_run_dir_open(lq_err_msg_t *msg, lq_log_t *log, const char *path)
{
    char quoted[LQ_TEXT_QUOTE_SZ];
    struct stat st;
    struct statfs fs;
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return lq_err_msg_set(
            msg, LQ_ERR_IO,
            "journal.run_dir: %s: %s: make it (install -d -m 700 -o USER FOLDER, or RuntimeDirectory "
            "of systemd), or name another on a tmpfs",
            lq_text_quote(quoted, path), strerror(errno));
    if (stat(path, &st) != 0)
        return fail(msg, path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return fail(msg, path, "is no folder: name one");
    if (st.st_mode & 022 || (st.st_uid != geteuid() && st.st_uid != 0))
        return lq_err_msg_set(msg, LQ_ERR_PERM,
                              "journal.run_dir: %s: others can write there: chmod 700 it, or name "
                              "another",
                              lq_text_quote(quoted, path));
    if (statfs(path, &fs) == 0 && fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC)
        LQ_LOG(log, LQ_LOG_WARN, "app",
               "the run folder is on no tmpfs: sending may have to wait for a disk",
               LQ_LOG_CSTR("folder", path));
    return LQ_OK;
}

/* Who holds the lock FD, as it has written there; 0: not known. */
static unsigned long holder_of(int fd)
{
    char text[32];
    ssize_t sz = pread(fd, text, sizeof(text) - 1, 0);
    text[sz > 0 ? sz : 0] = '\0';
    return strtoul(text, NULL, 10);
}

lq_err_t lq_run_lock(int *out, lq_err_msg_t *msg, const char *path, uint64_t chain_id,
                     const lq_address_t *address)
{
    char name[LQ_RUN_PATH_SZ];
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    lq_address_print(text, address);
    int sz = snprintf(name, sizeof(name), "%s/%" PRIu64 "-%s.lock", path, chain_id, text);
    LQ_ASSERT(sz > 0 && (size_t)sz < sizeof(name));
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(msg, name, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        lq_err_t err = errno == EWOULDBLOCK
                           ? lq_err_msg_set(msg, LQ_ERR_BUSY,
                                            "%s is used by process %lu: end that one first; two on "
                                            "one key would send against each other",
                                            text, holder_of(fd))
                           : fail(msg, name, strerror(errno));
        (void)close(fd);
        return err;
    }
    char pid[32];
    int pid_sz = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)pid_sz, 0) != pid_sz) {
        lq_err_t err = fail(msg, name, strerror(errno));
        (void)close(fd);
        return err;
    }
    *out = fd;
    return LQ_OK;
}

lq_err_t lq_run_log_path(char out[LQ_RUN_PATH_SZ], lq_err_msg_t *msg, const char *path,
                         uint64_t chain_id, const char *journal)
{
    char folder[LQ_RUN_PATH_SZ];
    char quoted[LQ_TEXT_QUOTE_SZ];
    const char *slash = strrchr(journal, '/');
    const char *name = slash ? slash + 1 : journal;
    int sz = snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - journal) + 1 : 1,
                      slash ? journal : ".");
    if (sz < 0 || (size_t)sz >= sizeof(folder))
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "journal.file: the path is too long");
    char *whole = realpath(folder, NULL);
    if (!whole)
        return lq_err_msg_set(msg, LQ_ERR_IO, "journal.file: %s: %s", lq_text_quote(quoted, folder),
                              strerror(errno));
    uint64_t digest =
        lq_digest_word(lq_digest(whole, strlen(whole)), lq_digest(name, strlen(name)));
    free(whole);
    sz = snprintf(out, LQ_RUN_PATH_SZ, "%s/%" PRIu64 "-%016" PRIx64 ".wal", path, chain_id, digest);
    if (sz < 0 || (size_t)sz >= LQ_RUN_PATH_SZ)
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "journal.run_dir: the path is too long");
    return LQ_OK;
}

lq_err_t lq_run_boot_id(char out[LQ_RUN_BOOT_ID_SZ], lq_err_msg_t *msg)
{
    static const char path[] = "/proc/sys/kernel/random/boot_id";
    char text[64];
    size_t cnt = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t sz = fd < 0 ? -1 : read(fd, text, sizeof(text));
    int why = errno;
    if (fd >= 0)
        (void)close(fd);
    for (ssize_t i = 0; i < sz && cnt < LQ_RUN_BOOT_ID_SZ - 1; i++)
        if ((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f'))
            out[cnt++] = text[i];
    out[cnt] = '\0';
    if (cnt != LQ_RUN_BOOT_ID_SZ - 1)
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s: %s", path,
                              sz < 0 ? strerror(why) : "is no boot id");
    return LQ_OK;
}
