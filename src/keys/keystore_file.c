/* Keystores on disk. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ecdsa_internal.h"
#include "keystore_internal.h"
#include "secret_internal.h"

lq_err_t lq_keystore_read(lq_keystore_t *out, lq_err_msg_t *msg, const char *path)
{
    uint8_t text[LQ_KEYSTORE_FILE_MAX + 1];
    size_t sz;
    int fd;
    lq_err_t err = lq_file_open_private(&fd, msg, path);
    if (err)
        return err;
    err = lq_file_read(text, &sz, sizeof(text), fd);
    if (err)
        err = lq_err_msg_set(msg, err, "%s: %s", path, strerror(errno));
    (void)close(fd);
    return err ? err : lq_keystore_parse(out, msg, path, (const char *)text, sz);
}

/* A new file under a temporary name in the folder where it is to be. */
typedef struct draft {
    int folder;
    char temporary[NAME_MAX + 1]; /* in that folder, like name */
    const char *name;
    char path[PATH_MAX]; /* of the temporary file, to read it again as a user would */
} draft_t;

static lq_err_t open_folder(draft_t *out, lq_err_msg_t *msg, const char *path)
{
    uint64_t tag;
    const char *slash = strrchr(path, '/');
    int folder_sz = slash ? (int)(slash - path) + 1 : 0;
    out->name = slash ? slash + 1 : path;
    if (!out->name[0])
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s: names no file: add one", path);
    lq_err_t err = lq_random_bytes((uint8_t *)&tag, sizeof(tag), msg);
    if (err)
        return err;
    (void)snprintf(out->temporary, sizeof(out->temporary), ".liqd-%016" PRIx64 ".tmp", tag);
    int sz = snprintf(out->path, sizeof(out->path), "%.*s%s", folder_sz, path, out->temporary);
    if (sz < 0 || (size_t)sz >= sizeof(out->path))
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s: %s", path, strerror(ENAMETOOLONG));
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof(folder), "%.*s", folder_sz, slash ? path : "");
    out->folder = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->folder < 0)
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s: the folder cannot be opened: %s", path,
                              strerror(errno));
    return LQ_OK;
}

static bool write_all(int fd, const char *text, size_t sz)
{
    while (sz) {
        ssize_t n = write(fd, text, sz);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        sz -= (size_t)n;
    }
    return true;
}

static lq_err_t write_draft(const draft_t *draft, lq_err_msg_t *msg, const char *path,
                            const lq_keystore_t *store)
{
    char text[LQ_KEYSTORE_TEXT_MAX];
    size_t sz = lq_keystore_print(text, store);
    int fd = openat(draft->folder, draft->temporary,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
    if (fd < 0)
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s: no file can be made there: %s", path,
                              strerror(errno));
    /* the umask may have taken the owner's bit too */
    bool done = fchmod(fd, 0400) == 0 && write_all(fd, text, sz) && fsync(fd) == 0;
    int cause = errno;
    if (close(fd) != 0 && done) {
        cause = errno;
        done = false;
    }
    if (done)
        return LQ_OK;
    return lq_err_msg_set(msg, LQ_ERR_IO, "%s: cannot be written: %s", path, strerror(cause));
}

/* Reads what was written, not what was meant to be written. */
static lq_err_t verify_draft(const draft_t *draft, lq_err_msg_t *msg, const lq_private_key_t *key,
                             const lq_secret_t *passphrase)
{
    lq_keystore_t store;
    lq_private_key_t *again;
    lq_err_t err = lq_keystore_read(&store, msg, draft->path);
    if (!err)
        err = lq_keystore_decrypt(&again, msg, draft->path, &store, passphrase);
    if (err)
        return err;
    if (CRYPTO_memcmp(again->b, key->b, sizeof(key->b)) != 0)
        err = lq_err_msg_set(msg, LQ_ERR_IO,
                             "%s: does not hold the key that was written: check the "
                             "disk and the memory",
                             draft->path);
    lq_private_key_free(again);
    return err;
}

/* Gives the draft its name, unless something has it. */
static lq_err_t name_draft(const draft_t *draft, lq_err_msg_t *msg, const char *path)
{
    int dir = draft->folder;
    int rc = renameat2(dir, draft->temporary, dir, draft->name, RENAME_NOREPLACE);
    if (rc != 0 && (errno == EINVAL || errno == ENOSYS)) {
        /* a file system without that: a hard link does not replace either */
        rc = linkat(dir, draft->temporary, dir, draft->name, 0);
        if (rc == 0)
            (void)unlinkat(dir, draft->temporary, 0);
    }
    if (rc != 0 && errno == EEXIST)
        return lq_err_msg_set(msg, LQ_ERR_EXISTS,
                              "%s: exists and is not overwritten: give another name", path);
    if (rc != 0)
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s: cannot be named so: %s", path, strerror(errno));
    if (fsync(dir) != 0) {
        int cause = errno;
        (void)unlinkat(dir, draft->name, 0);
        return lq_err_msg_set(msg, LQ_ERR_IO, "%s: the folder cannot be synced: %s", path,
                              strerror(cause));
    }
    return LQ_OK;
}

lq_err_t lq_keystore_create(lq_err_msg_t *msg, const char *path, const lq_private_key_t *key,
                            const lq_secret_t *passphrase, lq_scrypt_cost_t cost)
{
    lq_keystore_t store;
    draft_t draft;
    struct stat st;
    if (lstat(path, &st) == 0) /* says so before it costs seconds; name_draft decides */
        return lq_err_msg_set(msg, LQ_ERR_EXISTS,
                              "%s: exists and is not overwritten: give another name", path);
    lq_err_t err = open_folder(&draft, msg, path);
    if (err)
        return err;
    err = lq_keystore_encrypt(&store, msg, key, passphrase, cost);
    if (!err) {
        err = write_draft(&draft, msg, path, &store);
        if (!err)
            err = verify_draft(&draft, msg, key, passphrase);
        if (!err)
            err = name_draft(&draft, msg, path);
        if (err)
            (void)unlinkat(draft.folder, draft.temporary, 0);
    }
    (void)close(draft.folder);
    return err;
}
