#include "liqd/base/clock.h"

#include <time.h>

#include "liqd/base/err.h"

/* No overflow: the kernel keeps both in signed 64-bit nanoseconds and refuses to set the wall clock
   before 1970. @src torvalds/linux:include/linux/time64.h#timespec64_valid_settod */
static uint64_t read_ns(clockid_t id)
{
    struct timespec t;
    int rc = clock_gettime(id, &t);
    LQ_ASSERT(rc == 0); /* both clocks exist on every Linux */
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static lq_time_t read_system(void *ctx)
{
    (void)ctx;
    return (lq_time_t){.wall_ns = read_ns(CLOCK_REALTIME), .mono_ns = read_ns(CLOCK_MONOTONIC)};
}

uint64_t lq_clock_mono(lq_clock_t clock)
{
    return clock.read == read_system ? read_ns(CLOCK_MONOTONIC) : clock.read(clock.ctx).mono_ns;
}

lq_clock_t lq_clock_system(void)
{
    return (lq_clock_t){.read = read_system};
}

static lq_time_t read_manual(void *ctx)
{
    const lq_clock_manual_t *manual = ctx;
    return manual->now;
}

lq_clock_t lq_clock_manual(lq_clock_manual_t *manual)
{
    return (lq_clock_t){.read = read_manual, .ctx = manual};
}

void lq_clock_manual_advance(lq_clock_manual_t *manual, uint64_t ns)
{
    manual->now.wall_ns = lq_time_after(manual->now.wall_ns, ns);
    manual->now.mono_ns = lq_time_after(manual->now.mono_ns, ns);
}
