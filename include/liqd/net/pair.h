#ifndef LIQD_NET_PAIR_H
#define LIQD_NET_PAIR_H

/* Two ends of a connection to ourselves: what the system does when something is sent and comes is
   rehearsed on them. */

#include <stdbool.h>
#include <stddef.h>

#include "liqd/base/err.h"

typedef struct lq_pair {
    int fds[2]; /* -1: none */
} lq_pair_t;

/* lq_pair_open makes PAIR, of Unix sockets or, with TCP, over the loopback device. Else LQ_ERR_IO,
   and PAIR can be closed and rehearsed on all the same. */
LQ_MUST_USE lq_err_t lq_pair_open(lq_pair_t *pair, bool tcp);
void lq_pair_close(lq_pair_t *pair);

/* lq_pair_rehearse sends SZ bytes, at most 2048, and takes them. */
void lq_pair_rehearse(const lq_pair_t *pair, size_t sz);

#endif
