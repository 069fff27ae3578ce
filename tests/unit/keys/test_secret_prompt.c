/* lq_secret_prompt, on a terminal of its own. */

#include "keys_rig.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

#define PROMPT "Passphrase: "

/* What the child says when lq_secret_prompt has returned: its error and the secret. */
typedef struct said {
    lq_err_t err;
    int left_cnt; /* bytes typed and not read, which a shell would get */
    size_t sz;
    char bytes[LQ_SECRET_MAX];
} said_t;

/* A child that asks on a terminal, which the test types at. */
typedef struct rig {
    pid_t pid;
    int terminal;
    int report;       /* a pipe: said_t */
    char shown[8192]; /* what the terminal has shown */
    size_t shown_sz;
} rig_t;

static void on_usr1(int number)
{
    (void)number;
}

/* What is left at the terminal, a line without its end too. */
static int left_at_terminal(void)
{
    struct termios raw;
    int cnt = -1;
    int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    (void)tcgetattr(tty, &raw);
    struct termios before = raw;
    raw.c_lflag &= ~(tcflag_t)ICANON;
    (void)tcsetattr(tty, TCSANOW, &raw);
    (void)ioctl(tty, FIONREAD, &cnt);
    (void)tcsetattr(tty, TCSANOW, &before);
    (void)close(tty);
    return cnt;
}

static void child(int report)
{
    static said_t said;
    lq_secret_t *secret = NULL;
    (void)signal(SIGUSR1, on_usr1);
    said.err = lq_secret_prompt(&secret, NULL, PROMPT);
    said.left_cnt = left_at_terminal();
    if (secret) {
        said.sz = secret->sz;
        memcpy(said.bytes, secret->bytes, secret->sz);
    }
    _exit(write(report, &said, sizeof(said)) == (ssize_t)sizeof(said) ? 0 : 1);
}

static int setup(void **state)
{
    int report[2];
    rig_t *rig = calloc(1, sizeof(*rig));
    assert_non_null(rig);
    assert_int_equal(pipe(report), 0);
    rig->pid = forkpty(&rig->terminal, NULL, NULL, NULL);
    assert_true(rig->pid >= 0);
    if (rig->pid == 0)
        child(report[1]);
    (void)close(report[1]);
    rig->report = report[0];
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    rig_t *rig = *state;
    (void)kill(rig->pid, SIGKILL);
    (void)waitpid(rig->pid, NULL, 0);
    (void)close(rig->terminal);
    (void)close(rig->report);
    free(rig);
    return 0;
}

/* Reads what the terminal shows until it has shown TEXT CNT times. */
static void await(rig_t *rig, const char *text, size_t cnt)
{
    for (;;) {
        size_t seen = 0;
        for (const char *at = rig->shown; (at = strstr(at, text)); at += strlen(text))
            seen++;
        if (seen >= cnt)
            return;
        struct pollfd fd = {.fd = rig->terminal, .events = POLLIN};
        if (poll(&fd, 1, 20000) != 1)
            fail_msg("waiting for \"%s\" %zu times: \"%s\"", text, cnt, rig->shown);
        ssize_t n =
            read(rig->terminal, rig->shown + rig->shown_sz, sizeof(rig->shown) - 1 - rig->shown_sz);
        if (n <= 0)
            fail_msg("waiting for \"%s\": %s", text, rig->shown);
        rig->shown_sz += (size_t)n;
    }
}

static void type(const rig_t *rig, const char *text)
{
    assert_int_equal(write(rig->terminal, text, strlen(text)), strlen(text));
}

static bool echoes(const rig_t *rig)
{
    struct termios now;
    assert_int_equal(tcgetattr(rig->terminal, &now), 0);
    return now.c_lflag & ECHO;
}

static said_t report_of(const rig_t *rig)
{
    said_t said;
    struct pollfd fd = {.fd = rig->report, .events = POLLIN};
    assert_int_equal(poll(&fd, 1, 20000), 1);
    assert_int_equal(read(rig->report, &said, sizeof(said)), sizeof(said));
    return said;
}

static void reads_a_line_without_showing_it(void **state)
{
    rig_t *rig = *state;
    await(rig, PROMPT, 1);
    assert_false(echoes(rig));
    type(rig, "correct h\x7fhorse\n"); /* with a correction */
    said_t said = report_of(rig);
    assert_ok(said.err);
    assert_int_equal(said.sz, strlen("correct horse"));
    assert_memory_equal(said.bytes, "correct horse", said.sz);
    assert_true(echoes(rig));
    await(rig, "\n", 1);
    assert_string_equal(rig->shown, PROMPT "\r\n");
}

static void takes_an_empty_line_and_no_end_of_input(void **state)
{
    rig_t *rig = *state;
    await(rig, PROMPT, 1);
    type(rig, "\n");
    said_t said = report_of(rig);
    assert_ok(said.err);
    assert_int_equal(said.sz, 0);
}

static void fails_at_the_end_of_input(void **state)
{
    rig_t *rig = *state;
    await(rig, PROMPT, 1);
    type(rig, "\x04");
    assert_err(report_of(rig).err, LQ_ERR_IO);
    assert_true(echoes(rig));
}

static void refuses_a_line_that_is_too_long(void **state)
{
    rig_t *rig = *state;
    char line[LQ_SECRET_MAX + 10];
    memset(line, 'x', sizeof(line));
    line[sizeof(line) - 2] = '\n';
    line[sizeof(line) - 1] = '\0';
    await(rig, PROMPT, 1);
    type(rig, line);
    assert_err(report_of(rig).err, LQ_ERR_TOO_LONG);
    assert_true(echoes(rig));
    assert_null(strchr(rig->shown, 'x'));
}

/* Half a passphrase is not left to the shell that reads next. */
static void throws_away_what_was_typed_when_it_fails(void **state)
{
    rig_t *rig = *state;
    await(rig, PROMPT, 1);
    type(rig, "half");
    assert_int_equal(kill(rig->pid, SIGUSR1), 0); /* handled: the prompt fails */
    said_t said = report_of(rig);
    assert_err(said.err, LQ_ERR_IO);
    assert_int_equal(said.left_cnt, 0);
    assert_true(echoes(rig));
    await(rig, "\n", 1);
    assert_null(strstr(rig->shown, "half"));
}

/* A signal that ends the process finds the terminal as it was. */
static void restores_the_terminal_before_it_dies(void **state)
{
    rig_t *rig = *state;
    static const struct {
        const char *typed;
        int number;
    } ends[] = {{"secret\x03", SIGINT}, {"secret\x1c", SIGQUIT}, {NULL, SIGTERM}, {NULL, SIGHUP}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(ends); i++) {
        int status;
        await(rig, PROMPT, 1);
        assert_false(echoes(rig));
        if (ends[i].typed)
            type(rig, ends[i].typed);
        else
            assert_int_equal(kill(rig->pid, ends[i].number), 0);
        assert_int_equal(waitpid(rig->pid, &status, WUNTRACED), rig->pid);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), ends[i].number);
        assert_true(echoes(rig));
        assert_null(strstr(rig->shown, "secret"));
        (void)close(rig->terminal);
        (void)close(rig->report);
        free(rig);
        (void)setup(state); /* the next child */
        rig = *state;
    }
}

/* Stopped from outside: the leader of a session without a shell is not stopped by the terminal. */
static void asks_again_after_a_stop(void **state)
{
    rig_t *rig = *state;
    await(rig, PROMPT, 1);
    type(rig, "half");
    assert_int_equal(kill(rig->pid, SIGTSTP), 0);
    await(rig, PROMPT, 2);
    assert_false(echoes(rig));
    type(rig, "whole\n");
    said_t said = report_of(rig);
    assert_ok(said.err);
    assert_int_equal(said.sz, strlen("whole"));
    assert_memory_equal(said.bytes, "whole", said.sz);
    assert_true(echoes(rig));
}

static void fails_without_a_terminal(void **state)
{
    (void)state;
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        lq_secret_t *secret = NULL;
        lq_err_msg_t msg;
        (void)setsid();
        lq_err_t err = lq_secret_prompt(&secret, &msg, PROMPT);
        _exit(err == LQ_ERR_IO && !secret && strstr(msg.text, "/dev/tty") ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(reads_a_line_without_showing_it),
        TEST(takes_an_empty_line_and_no_end_of_input),
        TEST(fails_at_the_end_of_input),
        TEST(refuses_a_line_that_is_too_long),
        TEST(throws_away_what_was_typed_when_it_fails),
        TEST(restores_the_terminal_before_it_dies),
        TEST(asks_again_after_a_stop),
        cmocka_unit_test(fails_without_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
