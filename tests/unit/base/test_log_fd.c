#include "liqd/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "lq_test.h"

static const char line[] = "0123456789012345678901234567890123456789\n"; /* 41 bytes */
#define LINE_SZ (sizeof(line) - 1)

/* Writes LINE; errno must come through. */
static void write_to(lq_log_fd_t *to)
{
    errno = ENOTTY;
    lq_log_fd_write(to, LQ_LOG_INFO, line, LINE_SZ);
    assert_int_equal(errno, ENOTTY);
}

/* Fills the pipe FD to the last byte. */
static void fill(int fd)
{
    char junk[4096];
    memset(junk, 'j', sizeof(junk));
    int flags = fcntl(fd, F_GETFL);
    assert_int_equal(fcntl(fd, F_SETFL, flags | O_NONBLOCK), 0);
    for (size_t sz = sizeof(junk); sz; sz /= 2)
        while (write(fd, junk, sz) > 0)
            ;
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(fcntl(fd, F_SETFL, flags), 0);
}

static void writes_whole_lines(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    lq_log_fd_t to = {.fd = ends[1]};
    write_to(&to);
    write_to(&to);
    assert_true(to.failed_cnt == 0 && to.short_cnt == 0);
    (void)close(ends[1]);
    char got[3 * LINE_SZ];
    assert_int_equal(read(ends[0], got, sizeof(got)), 2 * LINE_SZ);
    assert_memory_equal(got, line, LINE_SZ);
    assert_memory_equal(got + LINE_SZ, line, LINE_SZ);
    (void)close(ends[0]);
}

static void serves_a_log(void **state)
{
    (void)state;
    static lq_log_t log;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    lq_log_fd_t to = {.fd = ends[1]};
    lq_clock_manual_t manual = {{0}};
    assert_ok(lq_log_init(
        &log, &(lq_log_config_t){.level = LQ_LOG_INFO, .line_max = 256, .value_max = 16},
        lq_clock_manual(&manual), lq_log_fd_write, &to));
    LQ_LOG(&log, LQ_LOG_INFO, "app", "started");
    char got[256] = {0};
    assert_true(read(ends[0], got, sizeof(got) - 1) > 0);
    assert_string_equal(got,
                        "time=1970-01-01T00:00:00.000000Z level=info module=app msg=started\n");
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void closed_descriptor_is_counted(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
    lq_log_fd_t to = {.fd = ends[1]};
    write_to(&to);
    write_to(&to);
    assert_true(to.failed_cnt == 2 && to.short_cnt == 0);
    to.fd = -1;
    write_to(&to);
    assert_int_equal(to.failed_cnt, 3);
}

static void pipe_without_a_reader_is_counted(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    lq_log_fd_t to = {.fd = ends[1]};
    write_to(&to);
    assert_true(to.failed_cnt == 1 && to.short_cnt == 0);
    (void)signal(SIGPIPE, before);
    (void)close(ends[1]);
}

static void full_pipe_does_not_block(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    fill(ends[1]);
    lq_log_fd_t to = {.fd = ends[1]};
    write_to(&to);
    assert_true(to.failed_cnt == 1 && to.short_cnt == 0);
    char got[8192];
    while (read(ends[0], got, sizeof(got)) > 0)
        ;
    write_to(&to); /* works again once there is room */
    assert_int_equal(to.failed_cnt, 1);
    assert_int_equal(read(ends[0], got, sizeof(got)), LINE_SZ);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* Writes while the file may grow to SIZE bytes only. */
static void write_within(lq_log_fd_t *to, rlim_t size)
{
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit limit = {.rlim_cur = size, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    write_to(to);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
}

static void torn_line_is_the_only_one_lost(void **state)
{
    (void)state;
    int fd = memfd_create("log", 0);
    assert_true(fd >= 0);
    lq_log_fd_t to = {.fd = fd};
    write_within(&to, LINE_SZ); /* just fits */
    assert_true(to.failed_cnt == 0 && to.short_cnt == 0);
    write_within(&to, LINE_SZ + 10); /* ten bytes of it */
    assert_true(to.failed_cnt == 0 && to.short_cnt == 1);
    write_within(&to, LINE_SZ + 10); /* nothing at all */
    assert_true(to.failed_cnt == 1 && to.short_cnt == 1);
    write_within(&to, LINE_SZ + 15); /* the newline, and four bytes */
    assert_true(to.failed_cnt == 1 && to.short_cnt == 2);
    write_within(&to, LINE_SZ + 16); /* the newline alone: nothing of the line */
    assert_true(to.failed_cnt == 2 && to.short_cnt == 2);
    write_within(&to, LINE_SZ + 16 + LINE_SZ - 1); /* lacks its newline alone */
    assert_true(to.failed_cnt == 2 && to.short_cnt == 3);
    write_to(&to);
    write_to(&to);
    assert_true(to.failed_cnt == 2 && to.short_cnt == 3);
    char want[256];
    char got[256] = {0};
    (void)snprintf(want, sizeof(want), "%s%.10s\n%.4s\n%s%s%s", line, line, line, line, line, line);
    assert_int_equal(pread(fd, got, sizeof(got) - 1, 0), strlen(want));
    assert_string_equal(got, want);
    (void)close(fd);
}

static volatile sig_atomic_t signal_cnt;
static volatile sig_atomic_t drain_at;
static int drain_fd;

static void on_signal(int number)
{
    (void)number;
    signal_cnt = signal_cnt + 1;
    if (signal_cnt == drain_at) {
        char junk[4096];
        (void)!read(drain_fd, junk, sizeof(junk));
    }
}

/* Writes to a full pipe that blocks, interrupted every 2 ms. */
static void write_interrupted(lq_log_fd_t *to)
{
    struct sigaction before;
    struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART */
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    struct itimerval every = {.it_interval = {.tv_usec = 2000}, .it_value = {.tv_usec = 2000}};
    signal_cnt = 0;
    assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
    write_to(to);
    every = (struct itimerval){0};
    assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
}

static void interruptions_are_repeated_but_not_for_ever(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fill(ends[1]);
    drain_fd = ends[0];
    lq_log_fd_t to = {.fd = ends[1]};
    drain_at = 0;
    write_interrupted(&to);
    assert_true(signal_cnt >= LQ_LOG_FD_TRY_MAX);
    assert_true(to.failed_cnt == 1 && to.short_cnt == 0);
    drain_at = 3;
    write_interrupted(&to);
    assert_true(signal_cnt >= 3);
    assert_true(to.failed_cnt == 1 && to.short_cnt == 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_whole_lines),
        cmocka_unit_test(serves_a_log),
        cmocka_unit_test(closed_descriptor_is_counted),
        cmocka_unit_test(pipe_without_a_reader_is_counted),
        cmocka_unit_test(full_pipe_does_not_block),
        cmocka_unit_test(torn_line_is_the_only_one_lost),
        cmocka_unit_test(interruptions_are_repeated_but_not_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
