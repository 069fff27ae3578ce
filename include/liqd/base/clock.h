#ifndef LIQD_BASE_CLOCK_H
#define LIQD_BASE_CLOCK_H

/* Time as a source that is handed in, so that tests and replay put their own in its place. Only
   shells read a clock; pure layers get the time as an argument. */

#include <stdint.h>

/* One moment on two scales. */
typedef struct lq_time {
    uint64_t wall_ns; /* since 1970-01-01T00:00:00Z without leap seconds; may jump either way */
    uint64_t mono_ns; /* since an arbitrary origin; never goes back: for durations only */
} lq_time_t;

typedef lq_time_t lq_clock_read_fn_t(void *ctx);

/* lq_time_after returns AT_NS + NS, UINT64_MAX where that does not fit: a deadline never wraps. */
static inline uint64_t lq_time_after(uint64_t at_ns, uint64_t ns)
{
    return ns > UINT64_MAX - at_ns ? UINT64_MAX : at_ns + ns;
}

/* A source of time. Plain value: copies read the same source. CTX must outlive them. */
typedef struct lq_clock {
    lq_clock_read_fn_t *read;
    void *ctx; /* given to READ */
} lq_clock_t;

/* lq_clock_now returns the present moment of CLOCK. */
static inline lq_time_t lq_clock_now(lq_clock_t clock)
{
    return clock.read(clock.ctx);
}

/* lq_clock_mono returns the mono_ns of it, for half of the cost. */
uint64_t lq_clock_mono(lq_clock_t clock);

/* lq_clock_system returns the machine's clock: CLOCK_REALTIME and CLOCK_MONOTONIC, read one after
   the other (two vDSO calls, no system call on common hardware); both stay below 2^63. While the
   machine sleeps CLOCK_MONOTONIC stands still. Any thread may read it. */
lq_clock_t lq_clock_system(void);

/* A clock that stands still until it is told otherwise. Assign either member of NOW to make that
   scale jump, back included. */
typedef struct lq_clock_manual {
    lq_time_t now;
} lq_clock_manual_t;

/* lq_clock_manual returns a clock that reads MANUAL->now. Borrows MANUAL, which must outlive it. */
lq_clock_t lq_clock_manual(lq_clock_manual_t *manual);

/* lq_clock_manual_advance lets NS pass on both scales, each of which stops at UINT64_MAX. */
void lq_clock_manual_advance(lq_clock_manual_t *manual, uint64_t ns);

#endif
