#include "run_dir.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lq_test.h"

static lq_log_t log_;
static size_t line_cnt;
static char dir[64];
static const lq_address_t account = {{0xf3, 0x9f, 0xd6, 0xe5, 0x1a, 0xad, 0x88, 0xf6, 0xf4, 0xce,
                                      0x6a, 0xb8, 0x82, 0x72, 0x79, 0xcf, 0xff, 0xb9, 0x22, 0x66}};

static void on_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx;
    (void)level;
    (void)line;
    (void)line_sz;
    line_cnt++;
}

static int set_up(void **state)
{
    lq_log_config_t config = {.line_max = LQ_LOG_LINE_MIN, .value_max = LQ_LOG_VALUE_MIN};
    assert_ok(lq_log_init(&log_, &config, lq_clock_system(), on_line, NULL));
    line_cnt = 0;
    (void)snprintf(dir, sizeof(dir), "/tmp/lq-run-XXXXXX");
    assert_non_null(mkdtemp(dir));
    *state = dir;
    return 0;
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(dir, drop, 8, FTW_DEPTH | FTW_PHYS);
}

static void a_folder_is_made_for_its_owner_alone(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    char path[128];
    struct stat st;
    (void)snprintf(path, sizeof(path), "%s/run", dir);
    assert_ok(lq_run_dir_open(&msg, &log_, path));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_ok(lq_run_dir_open(&msg, &log_, path));
    assert_int_equal(chmod(path, 0770), 0);
    assert_err(lq_run_dir_open(&msg, &log_, path), LQ_ERR_PERM);
    assert_non_null(strstr(msg.text, "others can write there: chmod 700 it, or name another"));
    (void)snprintf(path, sizeof(path), "%s/no/run", dir);
    assert_err(lq_run_dir_open(&msg, &log_, path), LQ_ERR_IO);
    assert_non_null(strstr(msg.text, "No such file or directory: make it"));
    (void)snprintf(path, sizeof(path), "%s/file", dir);
    (void)close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_err(lq_run_dir_open(&msg, &log_, path), LQ_ERR_IO);
    assert_non_null(strstr(msg.text, "is no folder: name one"));
}

/* What another process gets. */
static int lock_in_child(uint64_t chain_id, const lq_address_t *address, const char *want)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        lq_err_msg_t msg;
        int fd;
        lq_err_t err = lq_run_lock(&fd, &msg, dir, chain_id, address);
        _exit(err ? (err == LQ_ERR_BUSY && strcmp(msg.text, want) == 0 ? 1 : 2) : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void one_process_uses_a_key(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    int fd;
    char want[256];
    lq_address_t other = account;
    other.b[19]++;
    assert_ok(lq_run_lock(&fd, &msg, dir, 1, &account));
    (void)snprintf(
        want, sizeof(want),
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 is used by process %ld: end that one "
        "first; two on one key would send against each other",
        (long)getpid());
    assert_int_equal(lock_in_child(1, &account, want), 1);
    assert_int_equal(lock_in_child(1, &other, ""), 0);    /* another key */
    assert_int_equal(lock_in_child(10, &account, ""), 0); /* another chain */
    (void)close(fd);
    assert_int_equal(lock_in_child(1, &account, ""), 0);
}

static void a_log_belongs_to_a_journal_wherever_it_is_named_from(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    char a[LQ_RUN_PATH_SZ];
    char b[LQ_RUN_PATH_SZ];
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/j.db", dir);
    assert_ok(lq_run_log_path(a, &msg, "/run/liqd", 1, path));
    (void)snprintf(path, sizeof(path), "%s/../%s/j.db", dir, strrchr(dir, '/') + 1);
    assert_ok(lq_run_log_path(b, &msg, "/run/liqd", 1, path));
    assert_string_equal(a, b);
    assert_memory_equal(a, "/run/liqd/1-", 12);
    assert_string_equal(strrchr(a, '.'), ".wal");
    (void)snprintf(path, sizeof(path), "%s/k.db", dir);
    assert_ok(lq_run_log_path(b, &msg, "/run/liqd", 1, path));
    assert_string_not_equal(a, b);
    assert_ok(lq_run_log_path(b, &msg, "/run/liqd", 10, path));
    assert_memory_equal(b, "/run/liqd/10-", 13);
    assert_ok(lq_run_log_path(b, &msg, "/run/liqd", 1, "j.db"));
    (void)snprintf(path, sizeof(path), "%s/no/j.db", dir);
    assert_err(lq_run_log_path(a, &msg, "/run/liqd", 1, path), LQ_ERR_IO);
}

static void the_boot_has_an_id(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    char a[LQ_RUN_BOOT_ID_SZ];
    char b[LQ_RUN_BOOT_ID_SZ];
    assert_ok(lq_run_boot_id(a, &msg));
    assert_ok(lq_run_boot_id(b, &msg));
    assert_string_equal(a, b);
    assert_int_equal(strspn(a, "0123456789abcdef"), 32);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        CASE(a_folder_is_made_for_its_owner_alone),
        CASE(one_process_uses_a_key),
        CASE(a_log_belongs_to_a_journal_wherever_it_is_named_from),
        CASE(the_boot_has_an_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
