#include "keystore_rig.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

static const lq_scrypt_cost_t cheap = {.n = 2, .r = 1, .p = 1};

static void creates_a_file_that_only_its_owner_reads(void **state)
{
    rig_t *rig = *state;
    struct stat st;
    lq_keystore_t store;
    lq_private_key_t *got;
    const char *path = rig_path(&rig->folder, "key.json");
    mode_t before = umask(0777); /* which must not matter */
    assert_ok(lq_keystore_create(NULL, path, rig->key, rig->pass, cheap));
    (void)umask(before);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0400);
    assert_int_equal(st.st_nlink, 1);
    assert_int_equal(rig_file_cnt(&rig->folder), 1); /* no temporary file remains */
    assert_ok(lq_keystore_read(&store, NULL, path));
    assert_int_equal(store.scrypt.n, cheap.n);
    assert_ok(lq_keystore_decrypt(&got, NULL, path, &store, rig->pass));
    assert_memory_equal(got->b, rig->key->b, sizeof(got->b));
    lq_private_key_free(got);
}

static void creates_in_the_working_folder(void **state)
{
    rig_t *rig = *state;
    char cwd[4096];
    assert_non_null(getcwd(cwd, sizeof(cwd)));
    assert_int_equal(chdir(rig->folder.path), 0);
    assert_ok(lq_keystore_create(NULL, "plain.json", rig->key, rig->pass, cheap));
    assert_int_equal(access("plain.json", R_OK), 0);
    assert_int_equal(chdir(cwd), 0);
}

static void never_overwrites(void **state)
{
    rig_t *rig = *state;
    lq_err_msg_t msg;
    char path[128];
    (void)snprintf(path, sizeof(path), "%s", rig_path(&rig->folder, "key.json"));
    rig_write(path, "mine", 4, 0600);
    assert_err(lq_keystore_create(&msg, path, rig->key, rig->pass, cheap), LQ_ERR_EXISTS);
    assert_says(&msg, path, "another name");
    size_t sz;
    char *text = lq_test_read(path, &sz);
    assert_string_equal(text, "mine");
    free(text);
    assert_int_equal(rig_file_cnt(&rig->folder), 1);
    /* nor through a symbolic link, wherever it leads */
    const char *link = rig_path(&rig->folder, "link.json");
    assert_int_equal(symlink("nowhere.json", link), 0);
    assert_err(lq_keystore_create(&msg, link, rig->key, rig->pass, cheap), LQ_ERR_EXISTS);
    assert_int_equal(rig_file_cnt(&rig->folder), 2);
}

static void says_why_it_cannot_create(void **state)
{
    rig_t *rig = *state;
    lq_err_msg_t msg;
    lq_secret_t *empty = rig_secret("");
    char path[128];
    (void)snprintf(path, sizeof(path), "%s", rig_path(&rig->folder, "none/key.json"));
    assert_err(lq_keystore_create(&msg, path, rig->key, rig->pass, cheap), LQ_ERR_IO);
    assert_says(&msg, path, "No such file or directory");
    (void)snprintf(path, sizeof(path), "%s", rig_path(&rig->folder, ""));
    assert_err(lq_keystore_create(&msg, path, rig->key, rig->pass, cheap), LQ_ERR_EXISTS);
    assert_err(lq_keystore_create(&msg, "", rig->key, rig->pass, cheap), LQ_ERR_IO);
    assert_err(lq_keystore_create(&msg, "/proc/key.json", rig->key, rig->pass, cheap), LQ_ERR_IO);
    assert_says(&msg, "/proc/key.json");
    (void)snprintf(path, sizeof(path), "%s", rig_path(&rig->folder, "key.json"));
    assert_err(lq_keystore_create(&msg, path, rig->key, empty, cheap), LQ_ERR_INVAL);
    assert_err(lq_keystore_create(&msg, path, rig->key, rig->pass,
                                  (lq_scrypt_cost_t){.n = 3, .r = 1, .p = 1}),
               LQ_ERR_SYNTAX);
    assert_int_equal(rig_file_cnt(&rig->folder), 0);
    char name[300];
    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    char *too_long = malloc(strlen(rig->folder.path) + 2 + sizeof(name));
    assert_non_null(too_long);
    (void)snprintf(too_long, strlen(rig->folder.path) + 2 + sizeof(name), "%s/%s", rig->folder.path,
                   name);
    assert_err(lq_keystore_create(&msg, too_long, rig->key, rig->pass, cheap), LQ_ERR_IO);
    assert_int_equal(rig_file_cnt(&rig->folder), 0);
    free(too_long);
    lq_secret_free(empty);
}

/* A file size limit stands for a full disk: the write is cut short. */
static void leaves_nothing_where_the_disk_is_full(void **state)
{
    rig_t *rig = *state;
    struct rlimit before;
    lq_err_msg_t msg;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    const char *path = rig_path(&rig->folder, "key.json");
    for (rlim_t limit = 0; limit < 500; limit += 250) {
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, before.rlim_max}), 0);
        lq_err_t err = lq_keystore_create(&msg, path, rig->key, rig->pass, cheap);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_err(err, LQ_ERR_IO);
        assert_says(&msg, path, "File too large");
        assert_int_equal(rig_file_cnt(&rig->folder), 0);
    }
    (void)signal(SIGXFSZ, handler);
}

static void refuses_files_that_others_may_read(void **state)
{
    rig_t *rig = *state;
    lq_keystore_t store;
    lq_err_msg_t msg;
    char path[128];
    (void)snprintf(path, sizeof(path), "%s", rig_path(&rig->folder, "key.json"));
    assert_ok(lq_keystore_create(NULL, path, rig->key, rig->pass, cheap));
    for (mode_t mode = 0; mode < 0100; mode++) {
        assert_int_equal(chmod(path, 0400 | mode), 0);
        lq_err_t err = lq_keystore_read(&store, &msg, path);
        if (mode & 066) {
            char octal[16];
            (void)snprintf(octal, sizeof(octal), "%04o", 0400u | (unsigned)mode);
            assert_err(err, LQ_ERR_PERM);
            assert_says(&msg, path, octal, "chmod 0400");
        } else {
            assert_ok(err);
        }
    }
}

static void refuses_what_is_no_keystore_file(void **state)
{
    rig_t *rig = *state;
    lq_keystore_t store;
    lq_err_msg_t msg;
    char path[128];
    (void)snprintf(path, sizeof(path), "%s", rig_path(&rig->folder, "x"));
    assert_err(lq_keystore_read(&store, &msg, path), LQ_ERR_IO);
    assert_says(&msg, path, "No such file");
    assert_err(lq_keystore_read(&store, &msg, rig->folder.path), LQ_ERR_PERM);
    assert_says(&msg, rig->folder.path, "regular");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_err(lq_keystore_read(&store, &msg, path), LQ_ERR_PERM); /* and does not wait */
    assert_int_equal(unlink(path), 0);
    rig_write(path, "", 0, 0400);
    assert_err(lq_keystore_read(&store, &msg, path), LQ_ERR_SYNTAX);
    assert_says(&msg, path);
    char *big = malloc(LQ_KEYSTORE_FILE_MAX + 1);
    assert_non_null(big);
    memset(big, ' ', LQ_KEYSTORE_FILE_MAX + 1);
    rig_write(path, big, LQ_KEYSTORE_FILE_MAX + 1, 0600);
    assert_err(lq_keystore_read(&store, &msg, path), LQ_ERR_TOO_LONG);
    rig_write(path, big, LQ_KEYSTORE_FILE_MAX, 0600);
    assert_err(lq_keystore_read(&store, &msg, path), LQ_ERR_SYNTAX);
    free(big);
}

static void follows_symbolic_links_to_what_they_lead_to(void **state)
{
    rig_t *rig = *state;
    lq_keystore_t store;
    char path[128];
    (void)snprintf(path, sizeof(path), "%s", rig_path(&rig->folder, "key.json"));
    assert_ok(lq_keystore_create(NULL, path, rig->key, rig->pass, cheap));
    const char *link = rig_path(&rig->folder, "link.json");
    assert_int_equal(symlink("key.json", link), 0);
    assert_ok(lq_keystore_read(&store, NULL, link));
    assert_int_equal(chmod(path, 0444), 0);
    assert_err(lq_keystore_read(&store, NULL, link), LQ_ERR_PERM);
}

/* Has renameat2 fail as on a file system, or a kernel, that has it not. */
static void forbid_renameat2(int error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = LQ_ARRAY_CNT(code), .filter = code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(77);
}

static void creates_where_files_cannot_be_renamed_so(void **state)
{
    rig_t *rig = *state;
    static const int errors[] = {EINVAL, ENOSYS, EPERM};
    for (size_t i = 0; i < LQ_ARRAY_CNT(errors); i++) {
        int status;
        struct stat st;
        const char *path = rig_path(&rig->folder, "key.json");
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            lq_secret_t *pass = rig_secret("p");
            lq_private_key_t *key;
            assert_ok(lq_private_key_generate(&key, NULL));
            forbid_renameat2(errors[i]);
            _exit((int)-lq_keystore_create(NULL, path, key, pass, cheap));
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == 77) {
            print_message("skipped: no seccomp here\n");
            skip();
        }
        if (errors[i] == EPERM) {
            assert_int_equal(WEXITSTATUS(status), -LQ_ERR_IO);
            assert_int_equal(rig_file_cnt(&rig->folder), 0);
        } else {
            assert_int_equal(WEXITSTATUS(status), 0);
            assert_int_equal(stat(path, &st), 0);
            assert_int_equal(st.st_nlink, 1);
            assert_int_equal(rig_file_cnt(&rig->folder), 1);
            assert_int_equal(unlink(path), 0);
        }
    }
}

/* All look before any has finished: the name must go to one. */
static void gives_the_name_to_one_of_many(void **state)
{
    rig_t *rig = *state;
    enum {
        CHILDREN = 8
    };
    const char *path = rig_path(&rig->folder, "key.json");
    int gate[2];
    size_t made_cnt = 0;
    pid_t pids[CHILDREN];
    assert_int_equal(pipe(gate), 0);
    for (size_t i = 0; i < CHILDREN; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            char c;
            lq_secret_t *pass = rig_secret("p");
            lq_private_key_t *key;
            assert_ok(lq_private_key_generate(&key, NULL));
            (void)close(gate[1]);
            (void)!read(gate[0], &c, 1);
            lq_err_t err = lq_keystore_create(NULL, path, key, pass, cheap);
            _exit(err == LQ_OK ? 0 : err == LQ_ERR_EXISTS ? 1 : 2);
        }
    }
    (void)close(gate[0]);
    (void)close(gate[1]); /* they start */
    for (size_t i = 0; i < CHILDREN; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
        made_cnt += WEXITSTATUS(status) == 0;
    }
    assert_int_equal(made_cnt, 1);
    assert_int_equal(rig_file_cnt(&rig->folder), 1);
}

/* A process killed at any moment leaves no file under the name or a whole one. */
static void survives_being_killed_at_any_moment(void **state)
{
    rig_t *rig = *state;
    const char *path = rig_path(&rig->folder, "key.json");
    size_t whole_cnt = 0;
    size_t cnt = lq_test_cnt(30, 1000);
    struct timespec a;
    struct timespec b;
    (void)clock_gettime(CLOCK_MONOTONIC, &a);
    assert_ok(lq_keystore_create(NULL, path, rig->key, rig->pass, cheap));
    (void)clock_gettime(CLOCK_MONOTONIC, &b);
    assert_int_equal(unlink(path), 0);
    size_t takes_us = (size_t)((b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000);
    for (size_t i = 0; i < cnt; i++) {
        lq_keystore_t store;
        lq_private_key_t *key;
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            /* secrets do not survive a fork */
            lq_secret_t *pass = rig_secret("p");
            lq_private_key_t *own = rig_key("0000000000000000000000000000000000000000000000000000"
                                            "000000000001");
            _exit(lq_keystore_create(NULL, path, own, pass, cheap) ? 1 : 0);
        }
        (void)usleep((useconds_t)(i * takes_us / cnt));
        (void)kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        if (access(path, F_OK) == 0) {
            assert_ok(lq_keystore_read(&store, NULL, path));
            assert_ok(lq_keystore_decrypt(&key, NULL, path, &store, rig->pass));
            lq_private_key_free(key);
            assert_int_equal(unlink(path), 0);
            whole_cnt++;
        }
    }
    print_message("%zu of %zu came through\n", whole_cnt, cnt);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        TEST(creates_a_file_that_only_its_owner_reads),
        TEST(creates_in_the_working_folder),
        TEST(never_overwrites),
        TEST(says_why_it_cannot_create),
        TEST(leaves_nothing_where_the_disk_is_full),
        TEST(refuses_files_that_others_may_read),
        TEST(refuses_what_is_no_keystore_file),
        TEST(follows_symbolic_links_to_what_they_lead_to),
        TEST(creates_where_files_cannot_be_renamed_so),
        TEST(gives_the_name_to_one_of_many),
        TEST(survives_being_killed_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
