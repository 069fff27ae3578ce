#include "liqd/ops/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TEXT_SZ 512u

lq_notify_env_t lq_notify_env(void)
{
    return (lq_notify_env_t){getenv("NOTIFY_SOCKET"), getenv("WATCHDOG_USEC"),
                             getenv("WATCHDOG_PID")};
}

/* Reads decimal digits; false where TEXT is not that, or too large a number. */
static bool read_number(uint64_t *out, const char *text)
{
    uint64_t v = 0;
    if (!text[0] || strlen(text) > 15)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        v = 10 * v + (uint64_t)(*text - '0');
    }
    *out = v;
    return true;
}

static lq_err_t read_watchdog(uint64_t *out, lq_err_msg_t *msg, const lq_notify_env_t *env)
{
    uint64_t usec = 0;
    uint64_t pid = (uint64_t)getpid();
    if (env->watchdog_usec && !read_number(&usec, env->watchdog_usec))
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "$WATCHDOG_USEC is not a number");
    if (env->watchdog_pid && !read_number(&pid, env->watchdog_pid))
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "$WATCHDOG_PID is not a number");
    *out = pid == (uint64_t)getpid() ? usec * 1000 : 0;
    return LQ_OK;
}

static lq_err_t open_socket(int *out, lq_err_msg_t *msg, const char *name)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t sz = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || sz < 2 || sz >= sizeof(to.sun_path))
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "$NOTIFY_SOCKET is no Unix socket's name");
    memcpy(to.sun_path, name, sz);
    if (name[0] == '@')
        to.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t to_sz = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sz);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, to_sz) == 0) {
        *out = fd;
        return LQ_OK;
    }
    lq_err_t err = lq_err_msg_set(msg, LQ_ERR_IO, "$NOTIFY_SOCKET: %s", strerror(errno));
    if (fd >= 0)
        (void)close(fd);
    return err;
}

lq_err_t lq_notify_open(lq_notify_t *n, lq_err_msg_t *msg, const lq_notify_env_t *env)
{
    lq_notify_t made = {.fd = -1};
    if (!env->socket || !env->socket[0]) {
        *n = made;
        return LQ_OK;
    }
    lq_err_t err = read_watchdog(&made.watchdog_ns, msg, env);
    if (!err)
        err = open_socket(&made.fd, msg, env->socket);
    if (!err)
        *n = made;
    return err;
}

void lq_notify_close(lq_notify_t *n)
{
    if (n->fd >= 0)
        (void)close(n->fd);
    n->fd = -1;
}

static void tell(lq_notify_t *n, const char *text)
{
    if (n->fd >= 0)
        (void)!send(n->fd, text, strlen(text), MSG_NOSIGNAL);
}

/* A line of its own, whatever stands in it. */
static void tell_status(lq_notify_t *n, const char *before, const char *status)
{
    char text[TEXT_SZ];
    size_t head = strlen(before);
    (void)snprintf(text, sizeof(text), "%sSTATUS=%s", before, status);
    for (char *p = text + head; *p; p++)
        if (*p == '\n')
            *p = ' ';
    tell(n, text);
}

void lq_notify_ready(lq_notify_t *n, const char *status)
{
    tell_status(n, "READY=1\n", status);
}

void lq_notify_status(lq_notify_t *n, const char *status)
{
    tell_status(n, "", status);
}

void lq_notify_reloading(lq_notify_t *n, uint64_t now_mono_ns)
{
    char text[TEXT_SZ];
    (void)snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, now_mono_ns / 1000);
    tell(n, text);
}

void lq_notify_stopping(lq_notify_t *n)
{
    tell(n, "STOPPING=1");
}

void lq_notify_alive(lq_notify_t *n, uint64_t now_mono_ns, uint64_t beat_mono_ns)
{
    if (!n->watchdog_ns || now_mono_ns - n->told_mono_ns < n->watchdog_ns / 2)
        return;
    if (now_mono_ns > beat_mono_ns && now_mono_ns - beat_mono_ns >= n->watchdog_ns)
        return;
    n->told_mono_ns = now_mono_ns;
    tell(n, "WATCHDOG=1");
}
