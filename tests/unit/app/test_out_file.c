/* Files that results go to. */

#include "out_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "lq_test.h"

static char folder[64];
static char path[96];
static char part[128];
static lq_err_msg_t msg;
static lq_out_file_t file;

static int enter(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/liqd_test_out_XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof(path), "%s/grid.csv", folder);
    (void)snprintf(part, sizeof(part), "%s.part", path);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    if (unlink(path) != 0)
        (void)rmdir(path);
    return rmdir(folder);
}

static void write_and_keep(const char *text)
{
    assert_ok(lq_out_file_open(&file, &msg, path));
    assert_true(fputs(text, file.to) >= 0);
    assert_ok(lq_out_file_keep(&file, &msg));
}

static void assert_holds(const char *wanted)
{
    char *text = lq_test_read(path, NULL);
    assert_string_equal(text, wanted);
    free(text);
}

static void takes_the_place_of_a_file_once_it_is_whole(void **state)
{
    (void)state;
    write_and_keep("first");
    assert_ok(lq_out_file_open(&file, &msg, path));
    assert_true(fputs("second", file.to) >= 0);
    assert_holds("first");
    lq_out_file_drop(&file);
    assert_holds("first");
    write_and_keep("second");
    assert_holds("second");
    assert_int_not_equal(access(part, F_OK), 0);
}

/* Refuses what PATH is, and leaves it. */
static void assert_left(mode_t type)
{
    struct stat st;
    assert_err(lq_out_file_open(&file, &msg, path), LQ_ERR_IO);
    assert_non_null(strstr(msg.text, "grid.csv\" is no regular file: name another"));
    assert_null(file.path);
    assert_int_equal(lstat(path, &st), 0);
    assert_int_equal(st.st_mode & S_IFMT, type);
    assert_int_not_equal(access(part, F_OK), 0);
}

static void takes_the_place_of_no_folder_pipe_or_link(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path, 0700), 0);
    assert_left(S_IFDIR);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_left(S_IFIFO);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/dev/null", path), 0);
    assert_left(S_IFLNK);
}

static void nor_of_one_that_came_meanwhile(void **state)
{
    struct stat st;
    (void)state;
    assert_ok(lq_out_file_open(&file, &msg, path));
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_err(lq_out_file_keep(&file, &msg), LQ_ERR_IO);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    assert_int_not_equal(access(part, F_OK), 0);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(takes_the_place_of_a_file_once_it_is_whole),
        EACH(takes_the_place_of_no_folder_pipe_or_link),
        EACH(nor_of_one_that_came_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
