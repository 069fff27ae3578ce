#ifndef LIQD_OPS_NOTIFY_H
#define LIQD_OPS_NOTIFY_H

/* What the service manager is told: sd_notify(3)'s datagrams, by their documented protocol. Where
   nobody wants to be told, nothing is sent.
   @src systemd man/sd_notify.xml, man/sd_watchdog_enabled.xml */

#include <stdbool.h>
#include <stdint.h>

#include "liqd/base/err.h"

/* Plain value; FD is -1 where nobody wants to be told. */
typedef struct lq_notify {
    int fd;
    uint64_t watchdog_ns; /* 0: none; without a word for so long the service is killed */
    uint64_t told_mono_ns;
} lq_notify_t;

/* What the environment says: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID; NULL: not set. */
typedef struct lq_notify_env {
    const char *socket;
    const char *watchdog_usec;
    const char *watchdog_pid;
} lq_notify_env_t;
lq_notify_env_t lq_notify_env(void);

/* lq_notify_open sets *N up by ENV. A socket's name begins with '/', or, of an abstract one, '@'. A
   watchdog for another process than this one is none of ours. LQ_ERR_SYNTAX: MSG says which is
   none; LQ_ERR_IO. lq_notify_close ends it. */
LQ_MUST_USE lq_err_t lq_notify_open(lq_notify_t *n, lq_err_msg_t *msg, const lq_notify_env_t *env);
void lq_notify_close(lq_notify_t *n);

/* Each sends one datagram, or, where it cannot be sent at once, none. status: one line for people;
   reloading is followed by ready. */
void lq_notify_ready(lq_notify_t *n, const char *status);
void lq_notify_status(lq_notify_t *n, const char *status);
void lq_notify_reloading(lq_notify_t *n, uint64_t now_mono_ns);
void lq_notify_stopping(lq_notify_t *n);

/* lq_notify_alive, to be called at each turn of the loop, tells the watchdog twice in its time that
   the process works, but only while the journal's thread has come round at BEAT_MONO_NS, in that
   time. */
void lq_notify_alive(lq_notify_t *n, uint64_t now_mono_ns, uint64_t beat_mono_ns);

#endif
