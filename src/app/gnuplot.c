#include "gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "liqd/base/text.h"

#define PROGRAM "gnuplot"

/* What of the child's is ours. */
typedef struct pipes {
    int input[2];
    int status[2]; /* why it could not be started; closed by exec */
} pipes_t;

static bool open_pipes(pipes_t *p)
{
    if (pipe2(p->input, O_CLOEXEC) != 0)
        return false;
    if (pipe2(p->status, O_CLOEXEC) == 0)
        return true;
    (void)close(p->input[0]);
    (void)close(p->input[1]);
    return false;
}

/* The child: nothing but what may be called behind fork. -d: nobody's ~/.gnuplot. */
static void run_child(const pipes_t *p, int out_fd, int said_fd)
{
    char name[] = PROGRAM;
    char plain[] = "-d";
    char *const argv[] = {name, plain, NULL};
    (void)signal(SIGPIPE, SIG_DFL);
    if (dup2(p->input[0], STDIN_FILENO) >= 0 && dup2(out_fd, STDOUT_FILENO) >= 0 &&
        dup2(said_fd, STDERR_FILENO) >= 0)
        (void)execvp(PROGRAM, argv);
    int number = errno;
    (void)!write(p->status[1], &number, sizeof(number));
    _exit(127);
}

static lq_err_t fail_start(lq_err_msg_t *msg, int number)
{
    if (number == ENOENT)
        return lq_err_msg_set(msg, LQ_ERR_NOT_FOUND,
                              "--plot needs gnuplot, which is not installed: install the package "
                              "gnuplot-nox, or take --csv");
    return lq_err_msg_set(msg, LQ_ERR_IO, PROGRAM ": %s", strerror(number));
}

/* Starts it; *NUMBER is what went wrong, 0 where nothing did. */
static void start(lq_gnuplot_t *g, int *number, const pipes_t *p)
{
    (void)fflush(NULL); /* nothing is written twice */
    g->pid = fork();
    if (g->pid == 0)
        run_child(p, fileno(g->out.to), fileno(g->said));
    *number = g->pid < 0 ? errno : 0;
    (void)close(p->input[0]);
    (void)close(p->status[1]);
    if (!*number && read(p->status[0], number, sizeof(*number)) != (ssize_t)sizeof(*number))
        *number = 0;
    (void)close(p->status[0]);
    if (*number && g->pid > 0)
        (void)waitpid(g->pid, NULL, 0);
}

lq_err_t lq_gnuplot_open(lq_gnuplot_t *g, lq_err_msg_t *msg, const char *path)
{
    pipes_t p;
    int number = 0;
    *g = (lq_gnuplot_t){.pid = 0};
    lq_err_t err = lq_out_file_open(&g->out, msg, path);
    if (err)
        return err;
    g->said = tmpfile();
    if (!g->said || !open_pipes(&p)) {
        err = fail_start(msg, errno);
        lq_gnuplot_drop(g);
        return err;
    }
    start(g, &number, &p);
    if (number)
        (void)close(p.input[1]);
    else if (!(g->to = fdopen(p.input[1], "w"))) {
        number = errno;
        (void)close(p.input[1]);
        (void)waitpid(g->pid, NULL, 0);
    }
    if (!number)
        return LQ_OK;
    g->pid = 0;
    err = fail_start(msg, number);
    lq_gnuplot_drop(g);
    return err;
}

/* The last line that it said, which tells what is wrong. */
static void last_line(char out[LQ_TEXT_SHOWN_MAX * 2], FILE *said)
{
    char line[256];
    out[0] = '\0';
    rewind(said);
    while (fgets(line, sizeof(line), said)) {
        size_t sz = strcspn(line, "\n");
        while (sz && line[sz - 1] == ' ')
            sz--;
        if (sz)
            lq_text_show_cut(out, (size_t)LQ_TEXT_SHOWN_MAX * 2, (const uint8_t *)line, sz);
    }
}

/* Ends its input and waits for it; whether all went well. */
static bool wait_for(lq_gnuplot_t *g)
{
    int status = 0;
    bool ok = !ferror(g->to);
    ok &= fclose(g->to) == 0;
    g->to = NULL;
    pid_t got;
    do
        got = waitpid(g->pid, &status, 0);
    while (got < 0 && errno == EINTR);
    g->pid = 0;
    return ok && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

lq_err_t lq_gnuplot_close(lq_gnuplot_t *g, lq_err_msg_t *msg)
{
    lq_err_t err;
    if (wait_for(g)) {
        err = lq_out_file_keep(&g->out, msg);
    } else {
        char said[LQ_TEXT_SHOWN_MAX * 2];
        last_line(said, g->said);
        err = lq_err_msg_set(msg, LQ_ERR_REMOTE, PROGRAM " failed: %s",
                             said[0] ? said : "it said nothing");
    }
    lq_gnuplot_drop(g);
    return err;
}

void lq_gnuplot_drop(lq_gnuplot_t *g)
{
    if (g->pid > 0)
        (void)kill(g->pid, SIGTERM);
    if (g->pid > 0)
        (void)wait_for(g);
    if (g->said)
        (void)fclose(g->said);
    lq_out_file_drop(&g->out);
    *g = (lq_gnuplot_t){.pid = 0};
}
