#include "liqd/net/loop.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "curl_internal.h"
#include "loop_internal.h"

/* libev watches descriptors. Timers are ours: libev's would read its own clock, count in floating
   point and need its own memory. */

#define ARITY       4u
#define NS_PER_SEC  1000000000u
#define WAIT_MAX_NS (3600ull * NS_PER_SEC)
/* How long lq_loop_run sleeps at once: a signal that arrives between the look at STOP and the sleep
   does not end the sleep, and this bounds it then. */
#define NAP_NS (NS_PER_SEC / 10)
/* A recv that finds nothing takes 0.3 us, an epoll_wait that finds something 0.4 and the recv
   besides: beyond three descriptors trying each would be the slower way. */
#define HOT_MAX 3u
/* Rounds of lq_loop_spin of which all but one try the hot descriptors alone. */
#define HOT_ROUND_CNT 8u

/* Descriptors below the first, and so many of them ready at once, cost libev no allocation. */
#define FD_MAX    1024
#define READY_MAX 64

typedef struct entry {
    uint64_t at_mono_ns;
    uint64_t order; /* which of two for the same time was set first */
    lq_timer_t *timer;
} entry_t;

struct lq_loop {
    struct ev_loop *ev;
    lq_clock_t clock;
    bool is_system; /* sleep may count on time passing by itself */
    lq_time_t now;
    uint64_t order;
    size_t timer_cnt;
    size_t timer_max;
    ev_timer wait;
    size_t hot_cnt;
    lq_watch_t *hot[HOT_MAX];
    lq_curl_t *curl;
    entry_t heap[];
};

/* Called by libev when its wait has ended, before any callback. */
static void on_wake(struct ev_loop *ev) EV_NOEXCEPT
{
    (void)lq_loop_touch(ev_userdata(ev));
}

static void on_sleep(struct ev_loop *ev) EV_NOEXCEPT
{
    (void)ev;
}

static void on_wait_over(struct ev_loop *ev, ev_timer *wait, int events)
{
    (void)ev;
    (void)wait;
    (void)events;
}

/* libev has no errors: where this returned NULL it would abort. What was recorded is safe. */
static void *allocate(void *p, long sz) EV_NOEXCEPT
{
    static const char text[] = "liqd: out of memory: the loop cannot go on\n";
    if (!sz) {
        free(p);
        return NULL;
    }
    void *out = realloc(p, (size_t)sz);
    if (!out) {
        (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
        _exit(EXIT_FAILURE);
    }
    return out;
}

static void on_never(struct ev_loop *ev, ev_io *io, int events)
{
    (void)ev;
    (void)io;
    (void)events;
}

/* Has libev make its arrays, which grow with what is watched, as large as they will be: later there
   may be no memory. Nothing is asked of the system, since all is stopped before it looks. */
static void make_room(lq_loop_t *loop)
{
    ev_io ios[READY_MAX];
    for (int i = 0; i < READY_MAX; i++) {
        ev_io_init(&ios[i], on_never, FD_MAX - 1 - i, EV_READ);
        ev_io_start(loop->ev, &ios[i]);
        ev_feed_event(loop->ev, &ios[i], EV_READ);
    }
    ev_timer_set(&loop->wait, 0., 0.);
    ev_timer_start(loop->ev, &loop->wait);
    ev_timer_stop(loop->ev, &loop->wait);
    for (int i = 0; i < READY_MAX; i++)
        ev_io_stop(loop->ev, &ios[i]);
}

lq_err_t lq_loop_new(lq_loop_t **out, lq_arena_t *arena, lq_clock_t clock, size_t timer_max)
{
    if (timer_max > UINT32_MAX / 2)
        return LQ_ERR_NOMEM;
    lq_arena_mark_t mark = lq_arena_mark(arena);
    lq_loop_t *loop =
        lq_arena_alloc(arena, sizeof(*loop) + timer_max * sizeof(entry_t), _Alignof(lq_loop_t));
    if (!loop)
        return LQ_ERR_NOMEM;
    ev_set_allocator(allocate);
    *loop = (lq_loop_t){.ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV),
                        .clock = clock,
                        .is_system = clock.read == lq_clock_system().read,
                        .now = lq_clock_now(clock),
                        .timer_max = timer_max};
    if (!loop->ev) {
        lq_arena_rewind(arena, mark);
        return LQ_ERR_IO;
    }
    ev_set_userdata(loop->ev, loop);
    ev_set_loop_release_cb(loop->ev, on_sleep, on_wake);
    ev_init(&loop->wait, on_wait_over);
    make_room(loop);
    *out = loop;
    return LQ_OK;
}

void lq_loop_free(lq_loop_t *loop)
{
    if (!loop)
        return;
    lq_curl_free(loop->curl);
    ev_loop_destroy(loop->ev);
}

lq_curl_t **lq_loop_curl(lq_loop_t *loop)
{
    return &loop->curl;
}

lq_time_t lq_loop_time(const lq_loop_t *loop)
{
    return loop->now;
}

lq_time_t lq_loop_touch(lq_loop_t *loop)
{
    loop->now = lq_clock_now(loop->clock);
    return loop->now;
}

lq_clock_t lq_loop_clock(const lq_loop_t *loop)
{
    return loop->clock;
}

static bool is_before(const entry_t *a, const entry_t *b)
{
    return a->at_mono_ns != b->at_mono_ns ? a->at_mono_ns < b->at_mono_ns : a->order < b->order;
}

static void place(lq_loop_t *loop, size_t at, const entry_t *e)
{
    loop->heap[at] = *e;
    e->timer->heap_pos = (uint32_t)at + 1;
}

/* Puts E, for which there is a hole at AT, where it belongs towards the top. */
static void sift_up(lq_loop_t *loop, size_t at, entry_t e)
{
    while (at) {
        size_t parent = (at - 1) / ARITY;
        if (!is_before(&e, &loop->heap[parent]))
            break;
        place(loop, at, &loop->heap[parent]);
        at = parent;
    }
    place(loop, at, &e);
}

/* The same towards the bottom. */
static void sift_down(lq_loop_t *loop, size_t at, entry_t e)
{
    for (;;) {
        size_t first = at * ARITY + 1;
        if (first >= loop->timer_cnt)
            break;
        size_t end = first + ARITY < loop->timer_cnt ? first + ARITY : loop->timer_cnt;
        size_t least = first;
        for (size_t i = first + 1; i < end; i++)
            if (is_before(&loop->heap[i], &loop->heap[least]))
                least = i;
        if (!is_before(&loop->heap[least], &e))
            break;
        place(loop, at, &loop->heap[least]);
        at = least;
    }
    place(loop, at, &e);
}

static void sift(lq_loop_t *loop, size_t at, entry_t e)
{
    if (at && is_before(&e, &loop->heap[(at - 1) / ARITY]))
        sift_up(loop, at, e);
    else
        sift_down(loop, at, e);
}

void lq_timer_set(lq_loop_t *loop, lq_timer_t *timer, uint64_t at_mono_ns)
{
    /* Counted as now, a late one sorts behind all that are due, so that a callback that sets one
       cannot keep the turn from ending. */
    if (at_mono_ns < loop->now.mono_ns)
        at_mono_ns = loop->now.mono_ns;
    timer->at_mono_ns = at_mono_ns;
    entry_t e = {at_mono_ns, ++loop->order, timer};
    if (timer->heap_pos) {
        sift(loop, timer->heap_pos - 1, e);
        return;
    }
    if (loop->timer_cnt == loop->timer_max)
        LQ_BUG("loop: more than %zu timers set", loop->timer_max);
    sift_up(loop, loop->timer_cnt++, e);
}

void lq_timer_set_in(lq_loop_t *loop, lq_timer_t *timer, uint64_t ns)
{
    lq_timer_set(loop, timer, lq_time_after(loop->now.mono_ns, ns));
}

void lq_timer_stop(lq_loop_t *loop, lq_timer_t *timer)
{
    if (!timer->heap_pos)
        return;
    size_t at = timer->heap_pos - 1;
    timer->heap_pos = 0;
    entry_t last = loop->heap[--loop->timer_cnt];
    if (at < loop->timer_cnt)
        sift(loop, at, last);
}

static void run_timers(lq_loop_t *loop)
{
    uint64_t order = loop->order;
    while (loop->timer_cnt && loop->heap[0].at_mono_ns <= loop->now.mono_ns &&
           loop->heap[0].order <= order) {
        lq_timer_t *timer = loop->heap[0].timer;
        lq_timer_stop(loop, timer);
        timer->fn(timer->ctx, timer);
    }
}

/* How long the loop may sleep. Asked of the clock itself, since the last turn's callbacks took
   time. */
static uint64_t wait_ns(const lq_loop_t *loop, uint64_t max_ns)
{
    if (!max_ns || !loop->timer_cnt)
        return max_ns;
    uint64_t now = loop->is_system ? lq_clock_mono(loop->clock) : loop->now.mono_ns;
    uint64_t at = loop->heap[0].at_mono_ns;
    if (at <= now)
        return 0;
    return loop->is_system && at - now < max_ns ? at - now : max_ns;
}

static void sleep_up_to(lq_loop_t *loop, uint64_t ns)
{
    if (ns > WAIT_MAX_NS)
        ns = WAIT_MAX_NS;
    ev_now_update(loop->ev); /* its timers count from what it believes is now */
    ev_timer_set(&loop->wait, (double)ns / NS_PER_SEC, 0.);
    ev_timer_start(loop->ev, &loop->wait);
    ev_run(loop->ev, EVRUN_ONCE);
    ev_timer_stop(loop->ev, &loop->wait);
}

void lq_loop_turn(lq_loop_t *loop, uint64_t max_wait_ns)
{
    uint64_t ns = wait_ns(loop, max_wait_ns);
    if (ns)
        sleep_up_to(loop, ns);
    else
        ev_run(loop->ev, EVRUN_NOWAIT);
    run_timers(loop);
}

static inline bool is_set(const volatile bool *stop)
{
    return __atomic_load_n(stop, __ATOMIC_RELAXED);
}

void lq_loop_spin(lq_loop_t *loop, const volatile bool *stop)
{
    for (size_t round = 0; !is_set(stop); round++) {
        if (round % HOT_ROUND_CNT == 0 || !loop->hot_cnt) {
            lq_loop_turn(loop, 0);
            continue;
        }
        /* A callback may take any out: the next then waits for the next round. */
        for (size_t i = 0; i < loop->hot_cnt && !is_set(stop); i++)
            loop->hot[i]->fn(loop->hot[i]->ctx, LQ_WATCH_READ);
    }
}

void lq_loop_run(lq_loop_t *loop, const volatile bool *stop)
{
    while (!is_set(stop))
        lq_loop_turn(loop, NAP_NS);
}

lq_err_t lq_loop_pin(lq_err_msg_t *msg, unsigned cpu)
{
    cpu_set_t set;
    if (cpu >= CPU_SETSIZE)
        return lq_err_msg_set(msg, LQ_ERR_RANGE, "CPU %u: only 0 to %d can be named", cpu,
                              CPU_SETSIZE - 1);
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set) != 0)
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "CPU %u cannot be used: %s; nproc and taskset -p show which can", cpu,
                              strerror(errno));
    return LQ_OK;
}

static void on_ready(struct ev_loop *ev, ev_io *io, int events)
{
    (void)ev;
    lq_watch_t *watch = io->data;
    watch->fn(watch->ctx,
              (events & EV_READ ? LQ_WATCH_READ : 0) | (events & EV_WRITE ? LQ_WATCH_WRITE : 0));
}

void lq_watch_init(lq_watch_t *watch, lq_watch_fn_t *fn, void *ctx)
{
    *watch = (lq_watch_t){.fn = fn, .ctx = ctx};
    ev_io_init(&watch->io, on_ready, -1, 0);
    watch->io.data = watch;
}

void lq_watch_set(lq_loop_t *loop, lq_watch_t *watch, int fd, unsigned interest)
{
    int events =
        (interest & LQ_WATCH_READ ? EV_READ : 0) | (interest & LQ_WATCH_WRITE ? EV_WRITE : 0);
    bool same_fd = ev_is_active(&watch->io) && watch->io.fd == fd;
    if (same_fd && (watch->io.events & (EV_READ | EV_WRITE)) == events)
        return;
    if (!events) {
        lq_watch_stop(loop, watch);
        return;
    }
    ev_io_stop(loop->ev, &watch->io);
    if (same_fd)
        ev_io_modify(&watch->io, events);
    else
        ev_io_set(&watch->io, fd, events);
    ev_io_start(loop->ev, &watch->io);
}

void lq_watch_hot(lq_loop_t *loop, lq_watch_t *watch, bool hot)
{
    size_t i = 0;
    while (i < loop->hot_cnt && loop->hot[i] != watch)
        i++;
    if (hot && i == loop->hot_cnt && i < HOT_MAX)
        loop->hot[loop->hot_cnt++] = watch;
    else if (!hot && i < loop->hot_cnt)
        loop->hot[i] = loop->hot[--loop->hot_cnt];
}

void lq_watch_stop(lq_loop_t *loop, lq_watch_t *watch)
{
    lq_watch_hot(loop, watch, false);
    ev_io_stop(loop->ev, &watch->io);
}
