#include "lq_test.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "liqd/ops/notify.h"

#define SEC_NS 1000000000ull

/* The service manager: an abstract socket of its own. */
typedef struct manager {
    int fd;
    char name[64];
    lq_notify_t n;
} manager_t;

static void listen_as(manager_t *m, const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t sz = strlen(name);
    memcpy(at.sun_path, name, sz);
    if (name[0] == '@')
        at.sun_path[0] = '\0';
    m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(m->fd, (const struct sockaddr *)&at,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sz)),
                     0);
}

static void begin(manager_t *m, const char *watchdog_usec, const char *watchdog_pid)
{
    lq_err_msg_t msg;
    (void)snprintf(m->name, sizeof(m->name), "@lq-notify-%d", (int)getpid());
    listen_as(m, m->name);
    assert_ok(
        lq_notify_open(&m->n, &msg, &(lq_notify_env_t){m->name, watchdog_usec, watchdog_pid}));
}

static void end(manager_t *m)
{
    lq_notify_close(&m->n);
    assert_int_equal(m->n.fd, -1);
    (void)close(m->fd);
}

static void assert_told(manager_t *m, const char *want)
{
    char text[1024];
    ssize_t sz = recv(m->fd, text, sizeof(text) - 1, 0);
    if (!want) {
        assert_int_equal(sz, -1);
        assert_int_equal(errno, EAGAIN);
        return;
    }
    assert_true(sz > 0);
    text[sz] = '\0';
    assert_string_equal(text, want);
}

static void tells_by_the_protocol(void **state)
{
    (void)state;
    manager_t m;
    begin(&m, NULL, NULL);
    lq_notify_ready(&m.n, "at block 7");
    assert_told(&m, "READY=1\nSTATUS=at block 7");
    lq_notify_status(&m.n, "a\nREADY=1");
    assert_told(&m, "STATUS=a READY=1");
    lq_notify_reloading(&m.n, 1234567);
    assert_told(&m, "RELOADING=1\nMONOTONIC_USEC=1234");
    lq_notify_stopping(&m.n);
    assert_told(&m, "STOPPING=1");
    lq_notify_alive(&m.n, SEC_NS, SEC_NS);
    assert_told(&m, NULL);
    end(&m);
}

static void tells_a_socket_with_a_path(void **state)
{
    (void)state;
    manager_t m;
    lq_err_msg_t msg;
    char path[64];
    (void)snprintf(path, sizeof(path), "/tmp/lq-notify-%d", (int)getpid());
    listen_as(&m, path);
    assert_ok(lq_notify_open(&m.n, &msg, &(lq_notify_env_t){path, NULL, NULL}));
    lq_notify_stopping(&m.n);
    assert_told(&m, "STOPPING=1");
    end(&m);
    (void)unlink(path);
}

static void nobody_is_told_where_nobody_wants_to_be(void **state)
{
    (void)state;
    lq_notify_t n = {.fd = 7};
    lq_err_msg_t msg;
    assert_ok(lq_notify_open(&n, &msg, &(lq_notify_env_t){NULL, "1", NULL}));
    assert_int_equal(n.fd, -1);
    assert_int_equal(n.watchdog_ns, 0);
    lq_notify_ready(&n, "");
    lq_notify_close(&n);
    assert_ok(lq_notify_open(&n, &msg, &(lq_notify_env_t){"", NULL, NULL}));
    assert_int_equal(n.fd, -1);
}

static void the_watchdog_hears_of_both_or_nothing(void **state)
{
    (void)state;
    manager_t m;
    char pid[32];
    (void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
    begin(&m, "10000000", pid);
    assert_int_equal(m.n.watchdog_ns, 10 * SEC_NS);
    uint64_t now = 100 * SEC_NS;
    lq_notify_alive(&m.n, now, now);
    assert_told(&m, "WATCHDOG=1");
    lq_notify_alive(&m.n, now + 5 * SEC_NS - 1, now);
    assert_told(&m, NULL);
    lq_notify_alive(&m.n, now + 5 * SEC_NS, now);
    assert_told(&m, "WATCHDOG=1");
    /* the loop turns on, the journal does not */
    lq_notify_alive(&m.n, now + 10 * SEC_NS, now);
    assert_told(&m, NULL);
    lq_notify_alive(&m.n, now + 20 * SEC_NS, now);
    assert_told(&m, NULL);
    lq_notify_alive(&m.n, now + 20 * SEC_NS, now + 20 * SEC_NS + 1); /* it beat just now */
    assert_told(&m, "WATCHDOG=1");
    end(&m);
    begin(&m, "10000000", "1");
    assert_int_equal(m.n.watchdog_ns, 0);
    end(&m);
}

static void refuses_what_is_none(void **state)
{
    (void)state;
    lq_notify_t n = {.fd = 7};
    lq_err_msg_t msg;
    char path[128];
    memset(path, '/', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    const lq_notify_env_t bad[] = {
        {"x", NULL, NULL}, {"/", NULL, NULL}, {"@", NULL, NULL}, {path, NULL, NULL}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++) {
        assert_err(lq_notify_open(&n, &msg, &bad[i]), LQ_ERR_SYNTAX);
        assert_string_equal(msg.text, "$NOTIFY_SOCKET is no Unix socket's name");
    }
    static const char *const numbers[] = {"", "x", "-1", "1.5", "1234567890123456"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(numbers); i++) {
        assert_err(lq_notify_open(&n, &msg, &(lq_notify_env_t){"@a", numbers[i], NULL}),
                   LQ_ERR_SYNTAX);
        assert_string_equal(msg.text, "$WATCHDOG_USEC is not a number");
        assert_err(lq_notify_open(&n, &msg, &(lq_notify_env_t){"@a", "1", numbers[i]}),
                   LQ_ERR_SYNTAX);
        assert_string_equal(msg.text, "$WATCHDOG_PID is not a number");
    }
    assert_err(lq_notify_open(&n, &msg, &(lq_notify_env_t){"/nowhere/s", NULL, NULL}), LQ_ERR_IO);
    assert_string_equal(msg.text, "$NOTIFY_SOCKET: No such file or directory");
    assert_int_equal(n.fd, 7);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_by_the_protocol),
        cmocka_unit_test(tells_a_socket_with_a_path),
        cmocka_unit_test(nobody_is_told_where_nobody_wants_to_be),
        cmocka_unit_test(the_watchdog_hears_of_both_or_nothing),
        cmocka_unit_test(refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
