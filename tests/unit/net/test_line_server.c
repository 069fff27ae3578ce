#include "lq_test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "liqd/net/line_server.h"

#define CLIENT_MAX 2u
#define LINE_MAX_  64u
#define OUT_MAX    (1u << 20)
#define IDLE_NS    1000000000ull

typedef struct world {
    lq_arena_t arena;
    lq_clock_manual_t clock;
    lq_loop_t *loop;
    char dir[64];
    char path[96];
    lq_line_server_t *server;
    char lines[256]; /* one behind the other, a '|' after each */
    const char *answer;
    size_t answer_sz;
} world_t;

static void on_line(void *ctx, uint32_t client, const char *line, size_t sz)
{
    world_t *w = ctx;
    size_t at = strlen(w->lines);
    assert_true(client < CLIENT_MAX);
    assert_true(at + sz + 2 < sizeof(w->lines));
    memcpy(w->lines + at, line, sz);
    memcpy(w->lines + at + sz, "|", 2);
    if (w->answer)
        lq_line_server_say(w->server, client, w->answer, w->answer_sz);
}

static lq_err_t listen_at(world_t *w, lq_line_server_t **out, lq_err_msg_t *msg, const char *path)
{
    lq_line_server_config_t config = {path, CLIENT_MAX, LINE_MAX_, OUT_MAX, IDLE_NS};
    return lq_line_server_new(out, msg, &w->arena, w->loop, &config, on_line, w);
}

static int set_up(void **state)
{
    world_t *w = calloc(1, sizeof(*w));
    lq_err_msg_t msg;
    assert_non_null(w);
    w->clock.now = (lq_time_t){1000000, 1000};
    assert_ok(lq_arena_init(&w->arena, 64 << 20));
    assert_ok(lq_loop_new(&w->loop, &w->arena, lq_clock_manual(&w->clock), 16));
    (void)snprintf(w->dir, sizeof(w->dir), "/tmp/lq-lines-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    (void)snprintf(w->path, sizeof(w->path), "%s/s", w->dir);
    assert_ok(listen_at(w, &w->server, &msg, w->path));
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    world_t *w = *state;
    lq_line_server_free(w->server);
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    (void)unlink(w->path);
    assert_int_equal(rmdir(w->dir), 0);
    free(w);
    return 0;
}

static int join(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    (void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

static void turn(world_t *w)
{
    for (int i = 0; i < 8; i++)
        lq_loop_turn(w->loop, 0);
}

static void ask(world_t *w, int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
    turn(w);
}

/* What there is to read: its size, 0 at the end, -1 where there is nothing yet. */
static ssize_t heard(int fd, char *out, size_t max)
{
    ssize_t n = recv(fd, out, max - 1, 0);
    out[n > 0 ? n : 0] = '\0';
    return n;
}

static bool is_closed(int fd)
{
    char c;
    ssize_t n = recv(fd, &c, 1, 0);
    return n == 0 || (n < 0 && errno == ECONNRESET);
}

static void takes_lines_however_they_are_cut_and_answers(void **state)
{
    world_t *w = *state;
    char got[64];
    int fd = join(w->path);
    w->answer = "yes";
    w->answer_sz = 3;
    ask(w, fd, "on");
    assert_string_equal(w->lines, "");
    assert_int_equal(heard(fd, got, sizeof(got)), -1);
    ask(w, fd, "e\n\ntwo\nthr");
    assert_string_equal(w->lines, "one||two|");
    assert_int_equal(heard(fd, got, sizeof(got)), 12);
    assert_string_equal(got, "yes\nyes\nyes\n");
    ask(w, fd, "ee\n");
    assert_string_equal(w->lines, "one||two|three|");
    assert_int_equal(lq_line_server_stat(w->server)->line_cnt, 4);
    (void)close(fd);
}

static void the_socket_is_its_owners_alone(void **state)
{
    world_t *w = *state;
    struct stat st;
    assert_int_equal(stat(w->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void there_are_so_many_clients_and_no_more(void **state)
{
    world_t *w = *state;
    int fd[CLIENT_MAX + 1];
    for (size_t i = 0; i <= CLIENT_MAX; i++)
        fd[i] = join(w->path);
    turn(w);
    assert_true(is_closed(fd[CLIENT_MAX]));
    assert_int_equal(lq_line_server_stat(w->server)->refused_cnt, 1);
    assert_false(is_closed(fd[0]));
    (void)close(fd[0]);
    turn(w);
    (void)close(fd[CLIENT_MAX]);
    fd[0] = join(w->path);
    ask(w, fd[0], "a\n");
    assert_string_equal(w->lines, "a|");
    (void)close(fd[0]);
    (void)close(fd[1]);
}

static void a_line_that_is_too_long_ends_it(void **state)
{
    world_t *w = *state;
    char text[LINE_MAX_ + 1];
    memset(text, 'x', sizeof(text));
    text[LINE_MAX_ - 1] = '\n';
    text[LINE_MAX_] = '\0';
    int fd = join(w->path);
    ask(w, fd, text);
    assert_int_equal(strlen(w->lines), LINE_MAX_);
    assert_false(is_closed(fd));
    text[LINE_MAX_ - 1] = 'x';
    ask(w, fd, text);
    assert_true(is_closed(fd));
    assert_int_equal(lq_line_server_stat(w->server)->dropped_cnt, 1);
    (void)close(fd);
}

static void who_reads_nothing_is_dropped(void **state)
{
    world_t *w = *state;
    char *much = calloc(1, OUT_MAX);
    int fd = join(w->path);
    assert_non_null(much);
    memset(much, 'y', OUT_MAX);
    w->answer = much;
    w->answer_sz = OUT_MAX - 1;
    ask(w, fd, "a\n");
    assert_int_equal(lq_line_server_stat(w->server)->dropped_cnt, 0);
    ask(w, fd, "b\n"); /* what the kernel did not take of the first is in the way */
    assert_int_equal(lq_line_server_stat(w->server)->dropped_cnt, 1);
    (void)close(fd);
    free(much);
}

static void what_does_not_go_at_once_goes_later(void **state)
{
    world_t *w = *state;
    char *much = calloc(1, OUT_MAX);
    char *got = calloc(1, OUT_MAX);
    size_t sz = 0;
    int fd = join(w->path);
    assert_non_null(much);
    assert_non_null(got);
    for (size_t i = 0; i < OUT_MAX - 1; i++)
        much[i] = (char)('a' + i % 26);
    w->answer = much;
    w->answer_sz = OUT_MAX - 1;
    ask(w, fd, "a\n");
    for (int i = 0; i < 1000 && sz < OUT_MAX; i++) {
        ssize_t n = recv(fd, got + sz, OUT_MAX - sz, 0);
        sz += n > 0 ? (size_t)n : 0;
        turn(w);
    }
    assert_int_equal(sz, OUT_MAX);
    assert_memory_equal(got, much, OUT_MAX - 1);
    assert_int_equal(got[OUT_MAX - 1], '\n');
    (void)close(fd);
    free(got);
    free(much);
}

static void who_asks_nothing_is_dropped_in_time(void **state)
{
    world_t *w = *state;
    int fd = join(w->path);
    ask(w, fd, "a");
    w->clock.now.mono_ns += IDLE_NS - 1;
    turn(w);
    assert_false(is_closed(fd));
    w->clock.now.mono_ns += 1;
    turn(w);
    assert_true(is_closed(fd));
    assert_int_equal(lq_line_server_stat(w->server)->dropped_cnt, 1);
    (void)close(fd);
}

static void a_socket_that_is_dead_is_replaced_and_no_other(void **state)
{
    world_t *w = *state;
    lq_line_server_t *other = NULL;
    lq_err_msg_t msg;
    char want[256];
    assert_err(listen_at(w, &other, &msg, w->path), LQ_ERR_EXISTS);
    (void)snprintf(want, sizeof(want),
                   "%s: another process listens there: stop it, or name another socket", w->path);
    assert_string_equal(msg.text, want);
    assert_null(other);
    lq_line_server_free(w->server);
    w->server = NULL;
    assert_int_equal(access(w->path, F_OK), -1);
    /* one that was left */
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", w->path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    (void)close(fd);
    assert_ok(listen_at(w, &w->server, &msg, w->path));
    lq_line_server_free(w->server);
    w->server = NULL;
    fd = open(w->path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_err(listen_at(w, &other, &msg, w->path), LQ_ERR_EXISTS);
    (void)snprintf(want, sizeof(want), "%s: is there, and is no socket: remove it", w->path);
    assert_string_equal(msg.text, want);
    assert_err(listen_at(w, &other, &msg, "/nowhere/s"), LQ_ERR_IO);
    assert_string_equal(msg.text, "/nowhere/s: No such file or directory");
    char path[LQ_LINE_SERVER_PATH_MAX + 2];
    memset(path, 'p', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_err(listen_at(w, &other, &msg, path), LQ_ERR_TOO_LONG);
    assert_null(other);
}

static void the_socket_of_another_is_left(void **state)
{
    world_t *w = *state;
    lq_line_server_t *other;
    lq_err_msg_t msg;
    assert_int_equal(unlink(w->path), 0);
    assert_ok(listen_at(w, &other, &msg, w->path));
    lq_line_server_free(w->server);
    w->server = other;
    assert_int_equal(access(w->path, F_OK), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        CASE(takes_lines_however_they_are_cut_and_answers),
        CASE(the_socket_is_its_owners_alone),
        CASE(there_are_so_many_clients_and_no_more),
        CASE(a_line_that_is_too_long_ends_it),
        CASE(who_reads_nothing_is_dropped),
        CASE(what_does_not_go_at_once_goes_later),
        CASE(who_asks_nothing_is_dropped_in_time),
        CASE(a_socket_that_is_dead_is_replaced_and_no_other),
        CASE(the_socket_of_another_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
