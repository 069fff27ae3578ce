/* Secrets from files and descriptors. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "secret_internal.h"

/* Permissions that make a file no secret. Whoever may execute it reads nothing. */
#define GROUP_RW (S_IRGRP | S_IWGRP)
#define OTHER_RW (S_IROTH | S_IWOTH)

/* An access control list as the kernel hands it out, little-endian.
   @src linux:include/uapi/linux/posix_acl_xattr.h, posix_acl.h */
#define ACL_VERSION   2
#define ACL_USER_OBJ  0x01
#define ACL_USER      0x02
#define ACL_MASK      0x10
#define ACL_RW        0x06
#define ACL_ENTRY_MAX 16

typedef struct acl {
    uint32_t version;
    struct {
        uint16_t tag;
        uint16_t perm;
        uint32_t id;
    } entries[ACL_ENTRY_MAX];
} acl_t;

/* With an access control list the group bits of the mode are its mask: tells whether it lets nobody
   but the owner and the user UID read or write. */
static bool acl_is_private(int fd, uid_t uid)
{
    acl_t acl;
    ssize_t sz = fgetxattr(fd, "system.posix_acl_access", &acl, sizeof(acl));
    size_t entry_sz = sizeof(acl.entries[0]);
    if (sz < (ssize_t)sizeof(acl.version) || acl.version != ACL_VERSION)
        return false;
    size_t cnt = ((size_t)sz - sizeof(acl.version)) / entry_sz;
    for (size_t i = 0; i < cnt; i++) {
        bool ours = acl.entries[i].tag == ACL_USER_OBJ || acl.entries[i].tag == ACL_MASK ||
                    (acl.entries[i].tag == ACL_USER && acl.entries[i].id == uid);
        if (!ours && (acl.entries[i].perm & ACL_RW))
            return false;
    }
    return true;
}

static lq_err_t check_private(int fd, lq_err_msg_t *msg, const char *path)
{
    struct stat st;
    uid_t uid = geteuid();
    if (fstat(fd, &st) != 0)
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return lq_err_msg_set(msg, LQ_ERR_PERM,
                              "%s: is no regular file: give the file that holds the secret", path);
    if ((st.st_mode & OTHER_RW) || ((st.st_mode & GROUP_RW) && !acl_is_private(fd, uid)))
        return lq_err_msg_set(
            msg, LQ_ERR_PERM,
            "%s: mode %04o lets others read or write it: chmod 0400, and take its "
            "secret for known",
            path, (unsigned)(st.st_mode & 07777));
    if (st.st_uid != 0 && st.st_uid != uid && uid != 0)
        return lq_err_msg_set(msg, LQ_ERR_PERM,
                              "%s: belongs to user %u, who can change it: chown it to user %u",
                              path, (unsigned)st.st_uid, (unsigned)uid);
    return LQ_OK;
}

lq_err_t lq_file_open_private(int *fd, lq_err_msg_t *msg, const char *path)
{
    /* without O_NONBLOCK a fifo would wait for a writer before it could be refused */
    int opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (opened < 0)
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s: %s", path, strerror(errno));
    lq_err_t err = check_private(opened, msg, path);
    if (err) {
        (void)close(opened);
        return err;
    }
    *fd = opened;
    return LQ_OK;
}

lq_err_t lq_file_read(uint8_t *out, size_t *sz, size_t max, int fd)
{
    size_t have_sz = 0;
    while (have_sz < max) {
        ssize_t n = read(fd, out + have_sz, max - have_sz);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return LQ_ERR_IO;
        if (n == 0)
            break;
        have_sz += (size_t)n;
    }
    *sz = have_sz;
    return LQ_OK;
}

static lq_err_t check_line(const lq_secret_t *secret, lq_err_msg_t *msg, const char *name,
                           size_t sz)
{
    for (size_t i = 0; i < sz; i++) {
        if (secret->bytes[i] == '\n')
            return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "%s: has more than one line: a secret is one",
                                  name);
        if (secret->bytes[i] == '\0')
            return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                                  "%s: contains a NUL: a secret is a line of text", name);
    }
    if (sz > LQ_SECRET_MAX)
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG, "%s: is longer than %d bytes: a secret is not",
                              name, LQ_SECRET_MAX);
    return LQ_OK;
}

lq_err_t lq_secret_trim(lq_secret_t *secret, lq_err_msg_t *msg, const char *name)
{
    size_t sz = secret->sz;
    if (sz && secret->bytes[sz - 1] == '\n') {
        sz--;
        if (sz && secret->bytes[sz - 1] == '\r')
            sz--;
    }
    lq_err_t err = check_line(secret, msg, name, sz);
    lq_stack_wipe();
    if (!err)
        secret->sz = sz;
    return err;
}

static lq_err_t read_named(lq_secret_t **out, lq_err_msg_t *msg, int fd, const char *name)
{
    lq_secret_t *secret;
    lq_err_t err = lq_secret_new(&secret, msg);
    if (err)
        return err;
    err = lq_file_read(secret->bytes, &secret->sz, sizeof(secret->bytes), fd);
    if (err)
        err = lq_err_msg_set(msg, err, "%s: %s", name, strerror(errno));
    else
        err = lq_secret_trim(secret, msg, name);
    if (err)
        lq_secret_free(secret);
    else
        *out = secret;
    return err;
}

lq_err_t lq_secret_read_file(lq_secret_t **out, lq_err_msg_t *msg, const char *path)
{
    int fd;
    lq_err_t err = lq_file_open_private(&fd, msg, path);
    if (err)
        return err;
    err = read_named(out, msg, fd, path);
    (void)close(fd);
    return err;
}

lq_err_t lq_secret_read_fd(lq_secret_t **out, lq_err_msg_t *msg, int fd)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "descriptor %d", fd);
    return read_named(out, msg, fd, name);
}
