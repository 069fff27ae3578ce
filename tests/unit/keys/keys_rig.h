#ifndef LQ_KEYS_RIG_H
#define LQ_KEYS_RIG_H

/* What the tests of the layer share: vectors in JSON, hexadecimal text, files, keys. */

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ecdsa_internal.h"
#include "liqd/codec/hex.h"
#include "lq_test.h"
#include "secret_internal.h"

#if defined(__SANITIZE_THREAD__) || LQ_ASAN
#define RIG_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RIG_SANITIZED 1
#endif
#endif
#ifndef RIG_SANITIZED
#define RIG_SANITIZED 0
#endif

/* rig_json returns the JSON of the file PATH, unpacked where it ends in .gz. */
static inline json_t *rig_json(const char *path)
{
    json_error_t error = {0};
    json_t *root;
    size_t sz = strlen(path);
    if (sz > 3 && strcmp(path + sz - 3, ".gz") == 0) {
        char command[8192];
        (void)snprintf(command, sizeof(command), "gzip -dc '%s'", path);
        FILE *f = popen(command, "r"); // NOLINT(cert-env33-c): a path of the tests' own
        assert_non_null(f);
        root = json_loadf(f, 0, &error);
        assert_int_equal(pclose(f), 0);
    } else {
        root = json_load_file(path, 0, &error);
    }
    if (!root)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    return root;
}

/* rig_str returns the string member KEY of OBJECT, "" where there is none. */
static inline const char *rig_str(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* rig_hex reads digits, "0x" before them or not, into memory that the caller frees. */
static inline uint8_t *rig_hex(size_t *sz, const char *text)
{
    if (strncmp(text, "0x", 2) == 0)
        text += 2;
    *sz = strlen(text) / 2;
    uint8_t *out = malloc(*sz ? *sz : 1);
    assert_non_null(out);
    assert_ok(lq_hex_decode(out, *sz, NULL, text, strlen(text)));
    return out;
}

/* rig_hex_to does the same for exactly SZ bytes. */
static inline void rig_hex_to(void *out, size_t sz, const char *text)
{
    size_t got;
    uint8_t *bytes = rig_hex(&got, text);
    assert_int_equal(got, sz);
    memcpy(out, bytes, sz);
    free(bytes);
}

/* rig_secret returns a secret with TEXT. */
static inline lq_secret_t *rig_secret(const char *text)
{
    lq_secret_t *secret;
    assert_ok(lq_secret_new(&secret, NULL));
    secret->sz = strlen(text);
    assert_true(secret->sz <= LQ_SECRET_MAX);
    memcpy(secret->bytes, text, secret->sz);
    return secret;
}

/* rig_key returns the private key of 64 digits. */
static inline lq_private_key_t *rig_key(const char *digits)
{
    lq_private_key_t *key;
    lq_secret_t *text = rig_secret(digits);
    assert_ok(lq_private_key_parse(&key, NULL, text));
    lq_secret_free(text);
    return key;
}

/* A folder of a test's own, and paths in it. */
typedef struct rig_folder {
    char path[64];
    char file[128]; /* what rig_path returned last */
} rig_folder_t;

static inline void rig_folder_make(rig_folder_t *f)
{
    (void)snprintf(f->path, sizeof(f->path), "/tmp/liqd-test-XXXXXX");
    assert_non_null(mkdtemp(f->path));
}

/* rig_path returns NAME in F; valid until the next call. */
static inline const char *rig_path(rig_folder_t *f, const char *name)
{
    (void)snprintf(f->file, sizeof(f->file), "%s/%s", f->path, name);
    return f->file;
}

/* rig_file_cnt returns how many files are in F, and the name of one in NAME (may be NULL). */
static inline size_t rig_file_cnt(const rig_folder_t *f)
{
    size_t cnt = 0;
    DIR *dir = opendir(f->path);
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir));)
        cnt += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    (void)closedir(dir);
    return cnt;
}

static inline void rig_folder_remove(rig_folder_t *f)
{
    DIR *dir = opendir(f->path);
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir));)
        (void)unlinkat(dirfd(dir), e->d_name, 0);
    (void)closedir(dir);
    assert_int_equal(rmdir(f->path), 0);
}

/* rig_write writes the SZ bytes of DATA to the new file PATH with MODE. */
static inline void rig_write(const char *path, const void *data, size_t sz, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, sz), sz);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

/* assert_says checks that the message MSG contains each of the texts, which end with NULL. */
#define assert_says(msg, ...) rig_assert_says((msg), (const char *const[]){__VA_ARGS__, NULL})
static inline void rig_assert_says(const lq_err_msg_t *msg, const char *const *texts)
{
    for (; *texts; texts++)
        if (!strstr(msg->text, *texts))
            fail_msg("\"%s\" is not in \"%s\"", *texts, msg->text);
}

#endif
