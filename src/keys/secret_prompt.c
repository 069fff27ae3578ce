/* Secrets from the terminal. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "secret_internal.h"

/* Signals that by default end or stop a process and that a user, a shell or a supervisor sends.
   They wait until the terminal echoes again. */
static const int held_signals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGTSTP,
                                   SIGALRM, SIGUSR1, SIGUSR2, SIGPIPE};

typedef enum answer {
    ANSWER_LINE,
    ANSWER_END,      /* of the input, before a newline */
    ANSWER_TOO_LONG, /* more than fits without a newline */
    ANSWER_SIGNAL,   /* one is pending */
} answer_t;

static answer_t read_line(lq_secret_t *secret, int tty, int signals)
{
    struct pollfd fds[2] = {{.fd = signals, .events = POLLIN}, {.fd = tty, .events = POLLIN}};
    secret->sz = 0;
    while (secret->sz < sizeof(secret->bytes)) {
        if (poll(fds, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            return ANSWER_END;
        }
        if (fds[0].revents)
            return ANSWER_SIGNAL;
        ssize_t n = read(tty, secret->bytes + secret->sz, sizeof(secret->bytes) - secret->sz);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return ANSWER_END;
        secret->sz += (size_t)n;
        if (secret->bytes[secret->sz - 1] == '\n')
            return ANSWER_LINE;
    }
    return ANSWER_TOO_LONG;
}

/* Asks once, with the terminal's echo off meanwhile. What is typed too early or too late is thrown
   away, lest a shell reads it. */
static answer_t ask_silently(lq_secret_t *secret, int tty, int signals, const char *prompt)
{
    struct termios before;
    if (tcgetattr(tty, &before) != 0)
        return ANSWER_END;
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
    silent.c_lflag |= ICANON | ISIG | ECHONL;
    if (tcsetattr(tty, TCSAFLUSH, &silent) != 0)
        return ANSWER_END;
    answer_t answer = ANSWER_END;
    if (write(tty, prompt, strlen(prompt)) >= 0)
        answer = read_line(secret, tty, signals);
    if (answer != ANSWER_LINE)
        (void)!write(tty, "\n", 1);
    (void)tcsetattr(tty, TCSAFLUSH, &before);
    return answer;
}

/* Holds signals back while it asks. They are delivered before it returns; *STOPPED tells whether a
   stop was among them. */
static answer_t ask(lq_secret_t *secret, bool *stopped, int tty, const char *prompt)
{
    sigset_t held;
    sigset_t before;
    sigset_t pending;
    (void)sigemptyset(&held);
    for (size_t i = 0; i < LQ_ARRAY_CNT(held_signals); i++)
        (void)sigaddset(&held, held_signals[i]);
    int signals = signalfd(-1, &held, SFD_CLOEXEC);
    if (signals < 0)
        return ANSWER_END;
    (void)sigprocmask(SIG_BLOCK, &held, &before);
    answer_t answer = ask_silently(secret, tty, signals, prompt);
    (void)sigpending(&pending);
    *stopped = sigismember(&pending, SIGTSTP) == 1;
    (void)close(signals);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return answer;
}

static lq_err_t prompt_on(lq_secret_t *secret, lq_err_msg_t *msg, int tty, const char *prompt)
{
    bool stopped = false;
    answer_t answer;
    do {
        answer = ask(secret, &stopped, tty, prompt);
    } while (answer == ANSWER_SIGNAL && stopped);
    switch (answer) {
    case ANSWER_LINE:
        return lq_secret_trim(secret, msg, "the terminal");
    case ANSWER_TOO_LONG:
        return lq_err_msg_set(msg, LQ_ERR_TOO_LONG,
                              "the terminal: the line is longer than %d bytes: a secret is not",
                              LQ_SECRET_MAX);
    case ANSWER_END:
        return lq_err_msg_set(
            msg, LQ_ERR_IO, "the terminal: no line was entered: enter the secret, then a newline");
    case ANSWER_SIGNAL:
        break;
    }
    return lq_err_msg_set(msg, LQ_ERR_IO, "the terminal: interrupted by a signal: start again");
}

lq_err_t lq_secret_prompt(lq_secret_t **out, lq_err_msg_t *msg, const char *prompt)
{
    int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (tty < 0)
        return lq_err_msg_set(msg, LQ_ERR_IO,
                              "/dev/tty: %s: without a terminal give the secret in a file or a "
                              "descriptor",
                              strerror(errno));
    lq_secret_t *secret;
    lq_err_t err = lq_secret_new(&secret, msg);
    if (!err) {
        err = prompt_on(secret, msg, tty, prompt);
        if (err)
            lq_secret_free(secret);
        else
            *out = secret;
    }
    (void)close(tty);
    return err;
}
