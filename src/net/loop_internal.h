#ifndef LIQD_NET_LOOP_INTERNAL_H
#define LIQD_NET_LOOP_INTERNAL_H

/* Descriptors on the loop, for net's other files alone. */

#include <ev.h>

#include "liqd/net/loop.h"

#define LQ_WATCH_READ  1u
#define LQ_WATCH_WRITE 2u

/* READY is a set of LQ_WATCH_*; an error or hang-up of the descriptor shows as what was asked for.
 */
typedef void lq_watch_fn_t(void *ctx, unsigned ready);

/* A watched descriptor; its owner places it and only calls the functions below. Stop it before the
   descriptor is closed and before its memory goes. */
typedef struct lq_watch {
    ev_io io;
    lq_watch_fn_t *fn;
    void *ctx;
} lq_watch_t;

/* lq_watch_init makes WATCH one that is stopped. */
void lq_watch_init(lq_watch_t *watch, lq_watch_fn_t *fn, void *ctx);

/* lq_watch_set has FN called in each turn in which FD is ready for any of INTEREST; 0 is
   lq_watch_stop. What it was set to before is forgotten. After a new FD has taken an old one's
   number, call lq_watch_stop in between. */
void lq_watch_set(lq_loop_t *loop, lq_watch_t *watch, int fd, unsigned interest);

/* lq_watch_stop has FN not called any more, in the present turn neither; a stopped one is left
   alone. */
void lq_watch_stop(lq_loop_t *loop, lq_watch_t *watch);

/* lq_watch_hot has FN of WATCH called for LQ_WATCH_READ in nearly each round of lq_loop_spin
   without asking whether its descriptor is ready: to try a read costs less than to ask. HOT false
   or lq_watch_stop ends that. One that finds no place is left to epoll. */
void lq_watch_hot(lq_loop_t *loop, lq_watch_t *watch, bool hot);

/* lq_loop_touch reads the clock, makes it lq_loop_time and returns it; for who has read something.
 */
lq_time_t lq_loop_touch(lq_loop_t *loop);

/* lq_loop_curl returns the place where the loop keeps its libcurl, NULL until curl.c has made it;
   lq_loop_free ends it. */
struct lq_curl;
struct lq_curl **lq_loop_curl(lq_loop_t *loop);

#endif
