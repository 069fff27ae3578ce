/* Snapshots as files; what stands in them is tested with book/snapshot.h. */

#include "snapshot_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lq_test.h"
#include "state.h"

static char folder[64];
static char path[128];
static lq_config_t config;
static lq_state_t app;

/* A state that is at a block: of a market of which nothing was read. */
static void open_state(bool begun)
{
    lq_err_msg_t msg;
    lq_header_t header = {.block = {.number = 100}, .timestamp_sec = 1000};
    config = (lq_config_t){.chain_id = 1,
                           .block_ns = 1000000000,
                           .multicall = "",
                           .coin_token = "",
                           .executor = "",
                           .target_blk = 1,
                           .candidates = 16,
                           .in_flight = 1,
                           .gas_kinds = 16,
                           .revert_ratio_bps = 10000,
                           .revert_window = 1,
                           .markets = {{.name = "m",
                                        .protocol = 1,
                                        .address = "0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb",
                                        .version = "probe",
                                        .ids = "",
                                        .assets = 4}},
                           .market_cnt = 1,
                           .book_accounts = 64,
                           .book_groups = 16,
                           .book_oracles = 16,
                           .book_feeds = 16,
                           .book_undo_sz = 1 << 20,
                           .book_replay_sz = 1 << 20,
                           .audit_recheck_blk = 50,
                           .snapshot_file = ""};
    assert_ok(lq_state_open(&app, &msg, &config, false, NULL, NULL, 1));
    if (begun)
        lq_sync_begin(app.sync, &header);
}

static int enter(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/liqd_test_snapshot_XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof(path), "%s/x", folder);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    static const char *const names[] = {"x", "x.new", "x.lock"};
    char name[160];
    lq_state_close(&app);
    for (size_t i = 0; i < LQ_ARRAY_CNT(names); i++) {
        (void)snprintf(name, sizeof(name), "%s/%s", folder, names[i]);
        if (unlink(name) != 0)
            (void)rmdir(name);
    }
    return rmdir(folder);
}

static lq_err_t load(lq_err_msg_t *msg, uint64_t now_sec, uint64_t max_age_sec)
{
    lq_snapshot_info_t info;
    lq_err_t err = lq_snapshot_file_load(app.sync, &info, msg, path, now_sec, max_age_sec);
    if (!err)
        assert_int_equal(info.block.number, 100);
    return err;
}

static void a_second_lock_is_refused_until_the_first_ends(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    lq_kept_lock_t first;
    lq_kept_lock_t second;
    assert_ok(lq_snapshot_lock(&first, &msg, path));
    assert_err(lq_snapshot_lock(&second, &msg, path), LQ_ERR_EXISTS);
    assert_non_null(strstr(msg.text, "another process uses it"));
    assert_int_equal(second.fd, -1);
    lq_kept_unlock(&second);
    lq_kept_unlock(&first);
    assert_ok(lq_snapshot_lock(&second, &msg, path));
    lq_kept_unlock(&second);
    assert_err(lq_snapshot_lock(&second, &msg, "/nowhere/x"), LQ_ERR_IO);
    assert_err(lq_snapshot_lock(&second, &msg, ""), LQ_ERR_INVAL);
}

/* It would be replaced at the first write. */
static void a_place_that_is_no_file_is_refused(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    lq_kept_lock_t lock;
    char own[sizeof(path) + 8];
    (void)snprintf(own, sizeof(own), "%s.pipe", path);
    assert_int_equal(mkfifo(own, 0600), 0);
    for (int i = 0; i < 2; i++) {
        assert_err(lq_snapshot_lock(&lock, &msg, i ? folder : own), LQ_ERR_IO);
        assert_non_null(strstr(msg.text, "is not a regular file: name another"));
        assert_int_equal(lock.fd, -1);
    }
    assert_int_equal(unlink(own), 0);
}

static void is_written_for_the_owner_alone_and_loads_again(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    struct stat st;
    mode_t was = umask(0);
    open_state(true);
    assert_ok(lq_snapshot_file_save(app.sync, &msg, path));
    (void)umask(was);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    char name[160];
    (void)snprintf(name, sizeof(name), "%s.new", path);
    assert_int_equal(access(name, F_OK), -1);
    lq_state_close(&app);
    open_state(false);
    assert_ok(load(&msg, 0, 0));
}

static void an_old_one_is_not_used(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    open_state(true);
    assert_ok(lq_snapshot_file_save(app.sync, &msg, path));
    lq_state_close(&app);
    open_state(false);
    assert_err(load(&msg, 1061, 60), LQ_ERR_EMPTY);
    assert_non_null(strstr(msg.text, "snapshot.max_age"));
    assert_ok(load(&msg, 1060, 60));
}

static void what_others_could_have_written_is_refused(void **state)
{
    (void)state;
    static const mode_t modes[] = {0620, 0602, 0666};
    lq_err_msg_t msg;
    open_state(true);
    assert_ok(lq_snapshot_file_save(app.sync, &msg, path));
    lq_state_close(&app);
    open_state(false);
    for (size_t i = 0; i < LQ_ARRAY_CNT(modes); i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_err(load(&msg, 0, 0), LQ_ERR_PERM);
        assert_non_null(strstr(msg.text, "chmod 600"));
    }
    assert_int_equal(chmod(path, 0644), 0); /* reading it harms nobody */
    assert_ok(load(&msg, 0, 0));
}

static void what_is_no_file_of_ours_is_refused(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    open_state(false);
    assert_err(load(&msg, 0, 0), LQ_ERR_NOT_FOUND);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_err(load(&msg, 0, 0), LQ_ERR_SYNTAX);
    assert_int_equal(write(fd, "LIQDSNAP and nothing else", 25), 25);
    (void)close(fd);
    assert_err(load(&msg, 0, 0), LQ_ERR_SYNTAX);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_err(load(&msg, 0, 0), LQ_ERR_IO);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_err(load(&msg, 0, 0), LQ_ERR_IO); /* at once, not waiting for a writer */
    assert_int_equal(lq_sync_stat(app.sync).phase, LQ_SYNC_IDLE);
}

static void without_a_state_there_is_nothing_to_save(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    open_state(false);
    assert_err(lq_snapshot_file_save(app.sync, &msg, path), LQ_ERR_EMPTY);
    assert_int_equal(access(path, F_OK), -1);
}

/* A limit on a file's size stands for a full disk. */
static void a_disk_that_is_full_leaves_the_former_one(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    open_state(true);
    assert_ok(lq_snapshot_file_save(app.sync, &msg, path));
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct rlimit limit = {100, 100};
        (void)signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(1);
        _exit(lq_snapshot_file_save(app.sync, &msg, path) == LQ_ERR_IO ? 0 : 2);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    char name[160];
    (void)snprintf(name, sizeof(name), "%s.new", path);
    assert_int_equal(access(name, F_OK), -1);
    lq_state_close(&app);
    open_state(false);
    assert_ok(load(&msg, 0, 0));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_second_lock_is_refused_until_the_first_ends),
        IN_FOLDER(a_place_that_is_no_file_is_refused),
        IN_FOLDER(is_written_for_the_owner_alone_and_loads_again),
        IN_FOLDER(an_old_one_is_not_used),
        IN_FOLDER(what_others_could_have_written_is_refused),
        IN_FOLDER(what_is_no_file_of_ours_is_refused),
        IN_FOLDER(without_a_state_there_is_nothing_to_save),
        IN_FOLDER(a_disk_that_is_full_leaves_the_former_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
