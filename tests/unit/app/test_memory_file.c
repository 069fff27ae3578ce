/* What limits have counted, over a restart. */

#include "memory_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lq_test.h"

static char folder[64];
static char path[96];
static lq_err_msg_t msg;

static int enter(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/liqd_test_memory_XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof(path), "%s/memory", folder);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static uint8_t bytes[] = {1, 2, 3, 0, 255, 17, 18, 19, 20};

static void write_memory(void)
{
    lq_kept_bytes_t memory = {bytes, sizeof(bytes)};
    assert_ok(lq_memory_file_write(&msg, path, 7, &memory));
}

/* Reads it for CHAIN_ID: ERR, whose message holds TEXT. */
static void assert_refused(uint64_t chain_id, lq_err_t err, const char *text)
{
    lq_kept_bytes_t read = {NULL, 99};
    assert_err(lq_memory_file_read(&read, &msg, path, chain_id), err);
    assert_null(read.p);
    assert_int_equal(read.sz, 99);
    if (!strstr(msg.text, text) || !strstr(msg.text, path))
        fail_msg("%s", msg.text);
}

static size_t load(uint8_t out[256])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, out, 256);
    assert_true(fd >= 0 && n > 0);
    assert_int_equal(close(fd), 0);
    return (size_t)n;
}

static void store(const uint8_t *p, size_t sz)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, sz), sz);
    assert_int_equal(close(fd), 0);
}

static void is_read_as_it_was_written(void **state)
{
    (void)state;
    struct stat st;
    lq_kept_bytes_t read;
    write_memory();
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_ok(lq_memory_file_read(&read, &msg, path, 7));
    assert_int_equal(read.sz, sizeof(bytes));
    assert_memory_equal(read.p, bytes, sizeof(bytes));
    lq_kept_free(&read);
    assert_null(read.p);
}

static void no_file_is_none(void **state)
{
    (void)state;
    assert_refused(7, LQ_ERR_NOT_FOUND, "No such file");
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    uint8_t good[256];
    uint8_t bad[256];
    write_memory();
    size_t sz = load(good);
    for (size_t i = 0; i < 8 * sz; i++) {
        memcpy(bad, good, sz);
        bad[i / 8] ^= (uint8_t)(1u << i % 8);
        store(bad, sz);
        lq_kept_bytes_t read;
        assert_true(lq_memory_file_read(&read, &msg, path, 7) != LQ_OK);
        assert_non_null(strstr(msg.text, "move it away to start anew"));
    }
    for (size_t cut = 1; cut < sz; cut++) {
        store(good, cut);
        assert_refused(7, LQ_ERR_SYNTAX, cut < 40 ? "is no memory of liqd" : "is damaged");
    }
    good[sz] = 0;
    store(good, sz + 1);
    assert_refused(7, LQ_ERR_SYNTAX, "is damaged");
}

static void of_another_chain_it_is_refused(void **state)
{
    (void)state;
    write_memory();
    assert_refused(8, LQ_ERR_INVAL, "is of another chain");
}

static void one_that_others_can_write_is_refused(void **state)
{
    (void)state;
    write_memory();
    assert_int_equal(chmod(path, 0622), 0);
    assert_refused(7, LQ_ERR_PERM, "chmod 600");
}

static void a_failed_write_leaves_the_former(void **state)
{
    (void)state;
    lq_kept_bytes_t read;
    lq_kept_bytes_t other = {bytes, 1};
    write_memory();
    char blocked[128];
    (void)snprintf(blocked, sizeof(blocked), "%s.new", path);
    assert_int_equal(mkdir(blocked, 0700), 0); /* where the new one would be made */
    assert_err(lq_memory_file_write(&msg, path, 7, &other), LQ_ERR_IO);
    assert_int_equal(rmdir(blocked), 0);
    assert_ok(lq_memory_file_read(&read, &msg, path, 7));
    assert_int_equal(read.sz, sizeof(bytes));
    lq_kept_free(&read);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_read_as_it_was_written, enter, leave),
        cmocka_unit_test_setup_teardown(no_file_is_none, enter, leave),
        cmocka_unit_test_setup_teardown(every_flipped_bit_is_noticed, enter, leave),
        cmocka_unit_test_setup_teardown(of_another_chain_it_is_refused, enter, leave),
        cmocka_unit_test_setup_teardown(one_that_others_can_write_is_refused, enter, leave),
        cmocka_unit_test_setup_teardown(a_failed_write_leaves_the_former, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
