#ifndef LIQD_NET_LOOP_H
#define LIQD_NET_LOOP_H

/* The event loop of one thread: descriptors by libev, timers on the clock that is handed in, so
   that a test moves time with a manual clock. Everything in net, rpc and chain lives on one loop
   and is called from it alone.

   A callback may do anything but free the loop or turn it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/arena.h"
#include "liqd/base/clock.h"
#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

/* Opaque. */
typedef struct lq_loop lq_loop_t;

typedef struct lq_timer lq_timer_t;
typedef void lq_timer_fn_t(void *ctx, lq_timer_t *timer);

/* A timer belongs to its owner, who zeroes it, then sets FN and CTX; the rest is the loop's. It
   must be stopped before its memory goes. */
struct lq_timer {
    lq_timer_fn_t *fn;
    void *ctx;
    uint64_t at_mono_ns;
    uint32_t heap_pos; /* 1 + its place; 0 while it is not set */
};

/* lq_loop_new makes *LOOP a loop on CLOCK with room for TIMER_MAX timers set at once, its memory
   from ARENA. LQ_ERR_NOMEM; LQ_ERR_IO where the system gives no epoll. End it with lq_loop_free.
   What libev needs for the first thousand descriptors it has from then on; where there is no memory
   for that, or for more, the process ends and says so: libev would abort. */
LQ_MUST_USE lq_err_t lq_loop_new(lq_loop_t **loop, lq_arena_t *arena, lq_clock_t clock,
                                 size_t timer_max);

/* lq_loop_free ends LOOP; NULL is allowed. Everything on it must have been ended before. */
void lq_loop_free(lq_loop_t *loop);

/* lq_loop_time returns the time at which the present turn began to handle what had come, or at
   which the last bytes were read if that is later: no clock is read. Between turns it is that of
   the last one. */
lq_time_t lq_loop_time(const lq_loop_t *loop);

/* lq_loop_clock returns the clock that the loop was made with, for who needs the time now. */
lq_clock_t lq_loop_clock(const lq_loop_t *loop);

/* lq_loop_turn waits until a descriptor is ready or a timer due, but MAX_WAIT_NS at most (0: not at
   all; with a manual clock timers do not end the wait), then handles all that is: descriptors, then
   timers. Timers that are due run in the order of their times, of equal ones in the order they were
   set, each once. A sleep is a whole number of milliseconds, rounded up. A signal ends it. */
void lq_loop_turn(lq_loop_t *loop, uint64_t max_wait_ns);

/* lq_loop_spin turns LOOP without ever sleeping until *STOP is true: a wake-up costs under 1 us
   instead of 20, and a core all of its time. lq_loop_run does the same asleep. STOP is read each
   turn, and may be set by a callback, a signal handler or another thread; a sleep hides it for 0.1
   s at most. */
void lq_loop_spin(lq_loop_t *loop, const volatile bool *stop);
void lq_loop_run(lq_loop_t *loop, const volatile bool *stop);

/* lq_loop_pin binds the calling thread to the CPU numbered CPU. LQ_ERR_RANGE: there is none, or it
   is not allowed to us. */
LQ_MUST_USE lq_err_t lq_loop_pin(lq_err_msg_t *msg, unsigned cpu);

/* lq_timer_set has TIMER fire once at AT_MONO_NS, not earlier; a time that has passed counts as
   lq_loop_time, and fires in the next turn. A timer that is set moves. LQ_BUG where timer_max
   others are set. O(log n), no allocation. */
void lq_timer_set(lq_loop_t *loop, lq_timer_t *timer, uint64_t at_mono_ns);

/* lq_timer_set_in does so NS after lq_loop_time. */
void lq_timer_set_in(lq_loop_t *loop, lq_timer_t *timer, uint64_t ns);

/* lq_timer_stop has TIMER not fire; one that is not set is left alone. */
void lq_timer_stop(lq_loop_t *loop, lq_timer_t *timer);

/* lq_timer_is_set tells whether TIMER will fire. */
static inline bool lq_timer_is_set(const lq_timer_t *timer)
{
    return timer->heap_pos != 0;
}

#endif
