/* What reaches the disk, and in which order. The program has its own write, fsync and renameat2,
   which the layer then calls: a disk that errs, and a record of what was done. */

#include <errno.h>
#include <sys/syscall.h>

#include "keystore_internal.h"
#include "keystore_rig.h"

static const lq_scrypt_cost_t cheap = {.n = 2, .r = 1, .p = 1};

/* Set while a keystore is created. In DONE: w(rite), f(sync of a file), d (fsync of a folder),
   r(ename). */
static struct disk {
    bool on;
    char done[32];
    size_t done_cnt;
    size_t flip_at;      /* the byte of the file that is written wrong; SIZE_MAX: none */
    const char *instead; /* what is written in place of the file; NULL: the file */
    char failing;        /* the step that fails with EIO; 0: none */
} disk;

static void record(char step)
{
    assert_true(disk.done_cnt + 1 < sizeof(disk.done));
    disk.done[disk.done_cnt++] = step;
    disk.done[disk.done_cnt] = '\0';
}

ssize_t write(int fd, const void *buf, size_t n)
{
    if (!disk.on)
        return syscall(SYS_write, fd, buf, n);
    char wrong[LQ_KEYSTORE_TEXT_MAX];
    size_t wrong_sz = n;
    assert_true(n < sizeof(wrong));
    record('w');
    memcpy(wrong, buf, n);
    if (disk.flip_at < n)
        wrong[disk.flip_at] ^= 1;
    if (disk.instead) {
        wrong_sz = strlen(disk.instead);
        memcpy(wrong, disk.instead, wrong_sz);
    }
    assert_int_equal(syscall(SYS_write, fd, wrong, wrong_sz), wrong_sz);
    return (ssize_t)n;
}

int fsync(int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    char step = S_ISDIR(st.st_mode) ? 'd' : 'f';
    record(step);
    if (disk.failing == step) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

int renameat2(int oldfd, const char *old, int newfd, const char *new, unsigned flags)
{
    record('r');
    return (int)syscall(SYS_renameat2, oldfd, old, newfd, new, flags);
}

/* Creates a keystore on a disk that is as HOW says. */
static lq_err_t create(rig_t *rig, lq_err_msg_t *msg, struct disk how)
{
    disk = how;
    disk.on = true;
    lq_err_t err =
        lq_keystore_create(msg, rig_path(&rig->folder, "key.json"), rig->key, rig->pass, cheap);
    disk.on = false;
    return err;
}

static void syncs_the_file_before_it_has_its_name_and_the_folder_after(void **state)
{
    rig_t *rig = *state;
    assert_ok(create(rig, NULL, (struct disk){.flip_at = SIZE_MAX}));
    assert_string_equal(disk.done, "wfrd");
}

static void leaves_nothing_where_a_sync_fails(void **state)
{
    rig_t *rig = *state;
    lq_err_msg_t msg;
    assert_err(create(rig, &msg, (struct disk){.flip_at = SIZE_MAX, .failing = 'f'}), LQ_ERR_IO);
    assert_says(&msg, rig->folder.file, "cannot be written", strerror(EIO));
    assert_string_equal(disk.done, "wf");
    assert_int_equal(rig_file_cnt(&rig->folder), 0);
    assert_err(create(rig, &msg, (struct disk){.flip_at = SIZE_MAX, .failing = 'd'}), LQ_ERR_IO);
    assert_says(&msg, rig->folder.file, "cannot be synced", strerror(EIO));
    assert_string_equal(disk.done, "wfrd");
    assert_int_equal(rig_file_cnt(&rig->folder), 0);
}

/* One bit of each member's value, which is another value then, or none. */
static void gives_no_name_to_a_file_with_a_wrong_byte(void **state)
{
    rig_t *rig = *state;
    static const char *const members[] = {"address", "ciphertext", "iv",  "dklen", "n",
                                          "p",       "r",          "mac", "salt",  "version"};
    lq_keystore_t store;
    char text[LQ_KEYSTORE_TEXT_MAX];
    assert_ok(lq_keystore_encrypt(&store, NULL, rig->key, rig->pass, cheap));
    (void)lq_keystore_print(text, &store);
    for (size_t i = 0; i < LQ_ARRAY_CNT(members); i++) {
        char name[32];
        lq_err_msg_t msg;
        (void)snprintf(name, sizeof(name), "\"%s\":", members[i]);
        const char *at = strstr(text, name);
        assert_non_null(at);
        at += strlen(name);
        size_t flip_at = (size_t)(at - text) + (*at == '"');
        if (create(rig, &msg, (struct disk){.flip_at = flip_at}) == LQ_OK)
            fail_msg("%s: a wrong byte goes unseen", members[i]);
        assert_string_equal(disk.done, "wf");
        assert_int_equal(rig_file_cnt(&rig->folder), 0);
    }
}

/* A whole keystore with this very passphrase: only the key itself tells. */
static void gives_no_name_to_a_file_with_another_key(void **state)
{
    rig_t *rig = *state;
    lq_err_msg_t msg;
    lq_keystore_t store;
    char text[LQ_KEYSTORE_TEXT_MAX];
    lq_private_key_t *other;
    assert_ok(lq_private_key_generate(&other, NULL));
    assert_ok(lq_keystore_encrypt(&store, NULL, other, rig->pass, cheap));
    (void)lq_keystore_print(text, &store);
    lq_private_key_free(other);
    assert_err(create(rig, &msg, (struct disk){.flip_at = SIZE_MAX, .instead = text}), LQ_ERR_IO);
    assert_says(&msg, "does not hold the key");
    assert_string_equal(disk.done, "wf");
    assert_int_equal(rig_file_cnt(&rig->folder), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(syncs_the_file_before_it_has_its_name_and_the_folder_after),
        TEST(leaves_nothing_where_a_sync_fails),
        TEST(gives_no_name_to_a_file_with_a_wrong_byte),
        TEST(gives_no_name_to_a_file_with_another_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
