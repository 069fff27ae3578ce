#include "lq_test.h"

#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "liqd/net/loop.h"
#include "loop_internal.h"

#define TIMER_MAX 64u

typedef struct world {
    lq_arena_t arena;
    lq_clock_manual_t clock;
    lq_loop_t *loop;
    int fd[2];
} world_t;

static int set_up(void **state)
{
    world_t *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    w->clock.now = (lq_time_t){1000000, 1000};
    assert_ok(lq_arena_init(&w->arena, 1 << 16));
    assert_ok(lq_loop_new(&w->loop, &w->arena, lq_clock_manual(&w->clock), TIMER_MAX));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, w->fd), 0);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    world_t *w = *state;
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    for (size_t i = 0; i < 2; i++)
        (void)close(w->fd[i]);
    free(w);
    return 0;
}

/* What has fired, in order. */
typedef struct trace {
    size_t cnt;
    const lq_timer_t *fired[256];
} trace_t;

static void note(void *ctx, lq_timer_t *timer)
{
    trace_t *t = ctx;
    assert_false(lq_timer_is_set(timer));
    assert_true(t->cnt < LQ_ARRAY_CNT(t->fired));
    t->fired[t->cnt++] = timer;
}

static void fires_at_its_time_and_not_before(void **state)
{
    world_t *w = *state;
    trace_t t = {0};
    lq_timer_t timer = {.fn = note, .ctx = &t};
    lq_timer_set(w->loop, &timer, 1500);
    w->clock.now.mono_ns = 1499;
    lq_loop_turn(w->loop, 0);
    assert_int_equal(t.cnt, 0);
    assert_true(lq_timer_is_set(&timer));
    w->clock.now.mono_ns = 1500;
    lq_loop_turn(w->loop, 0);
    assert_int_equal(t.cnt, 1);
    lq_loop_turn(w->loop, 0);
    assert_int_equal(t.cnt, 1);
    assert_int_equal(lq_loop_time(w->loop).mono_ns, 1500);
}

static void counts_from_the_time_of_the_turn(void **state)
{
    world_t *w = *state;
    trace_t t = {0};
    lq_timer_t timer = {.fn = note, .ctx = &t};
    w->clock.now.mono_ns = 5000; /* not seen by the loop yet */
    lq_timer_set_in(w->loop, &timer, 10);
    assert_int_equal(timer.at_mono_ns, 1010);
    lq_timer_set_in(w->loop, &timer, UINT64_MAX);
    assert_int_equal(timer.at_mono_ns, UINT64_MAX);
    lq_timer_stop(w->loop, &timer);
    lq_timer_stop(w->loop, &timer);
    lq_loop_turn(w->loop, 0);
    assert_int_equal(t.cnt, 0);
}

static void equal_times_fire_as_they_were_set(void **state)
{
    world_t *w = *state;
    trace_t t = {0};
    lq_timer_t timers[TIMER_MAX];
    for (size_t i = 0; i < TIMER_MAX; i++) {
        timers[i] = (lq_timer_t){.fn = note, .ctx = &t};
        lq_timer_set(w->loop, &timers[i], i % 2 ? 2000 : 0);
    }
    w->clock.now.mono_ns = 2000;
    lq_loop_turn(w->loop, 0);
    assert_int_equal(t.cnt, TIMER_MAX);
    for (size_t i = 0; i < TIMER_MAX / 2; i++) {
        assert_ptr_equal(t.fired[i], &timers[2 * i]);
        assert_ptr_equal(t.fired[TIMER_MAX / 2 + i], &timers[2 * i + 1]);
    }
}

/* Against a model: random sets, moves and stops; what fires is what is due, sorted. */
static void fires_what_a_model_fires(void **state)
{
    world_t *w = *state;
    lq_rng_t rng = lq_test_rng();
    trace_t t = {0};
    lq_timer_t timers[TIMER_MAX];
    uint64_t order[TIMER_MAX];
    uint64_t last_order = 0;
    for (size_t i = 0; i < TIMER_MAX; i++)
        timers[i] = (lq_timer_t){.fn = note, .ctx = &t};
    for (size_t round = 0; round < lq_test_cnt(2000, 100000); round++) {
        for (uint64_t n = lq_rng_below(&rng, 20); n; n--) {
            size_t i = lq_rng_below(&rng, TIMER_MAX);
            if (lq_rng_below(&rng, 4) == 0) {
                lq_timer_stop(w->loop, &timers[i]);
                continue;
            }
            lq_timer_set(w->loop, &timers[i], w->clock.now.mono_ns - 5 + lq_rng_below(&rng, 60));
            order[i] = ++last_order;
        }
        w->clock.now.mono_ns += lq_rng_below(&rng, 20);
        bool due[TIMER_MAX];
        size_t due_cnt = 0;
        for (size_t i = 0; i < TIMER_MAX; i++) {
            due[i] = lq_timer_is_set(&timers[i]) && timers[i].at_mono_ns <= w->clock.now.mono_ns;
            due_cnt += due[i];
        }
        t.cnt = 0;
        lq_loop_turn(w->loop, 0);
        assert_int_equal(t.cnt, due_cnt);
        for (size_t k = 0; k < t.cnt; k++) {
            size_t i = (size_t)(t.fired[k] - timers);
            assert_true(due[i]);
            if (!k)
                continue;
            size_t before = (size_t)(t.fired[k - 1] - timers);
            assert_true(
                timers[before].at_mono_ns < timers[i].at_mono_ns ||
                (timers[before].at_mono_ns == timers[i].at_mono_ns && order[before] < order[i]));
        }
    }
}

typedef struct pair {
    lq_loop_t *loop;
    lq_timer_t *other;
    size_t cnt;
} pair_t;

static void stop_other(void *ctx, lq_timer_t *timer)
{
    pair_t *p = ctx;
    (void)timer;
    p->cnt++;
    lq_timer_stop(p->loop, p->other);
}

static void a_timer_stopped_by_another_that_is_due_does_not_fire(void **state)
{
    world_t *w = *state;
    trace_t t = {0};
    lq_timer_t victim = {.fn = note, .ctx = &t};
    pair_t p = {w->loop, &victim, 0};
    lq_timer_t first = {.fn = stop_other, .ctx = &p};
    lq_timer_set(w->loop, &first, 1000);
    lq_timer_set(w->loop, &victim, 1000);
    lq_loop_turn(w->loop, 0);
    assert_int_equal(p.cnt, 1);
    assert_int_equal(t.cnt, 0);
}

static void set_again(void *ctx, lq_timer_t *timer)
{
    pair_t *p = ctx;
    p->cnt++;
    lq_timer_set(p->loop, timer, 0);
}

static void a_late_timer_set_by_a_callback_waits_for_the_next_turn(void **state)
{
    world_t *w = *state;
    trace_t t = {0};
    pair_t p = {w->loop, NULL, 0};
    lq_timer_t again = {.fn = set_again, .ctx = &p};
    lq_timer_t behind = {.fn = note, .ctx = &t};
    lq_timer_set(w->loop, &again, 900);
    lq_timer_set(w->loop, &behind, 1000);
    for (size_t i = 1; i <= 3; i++) {
        lq_loop_turn(w->loop, 0);
        assert_int_equal(p.cnt, i);
    }
    assert_int_equal(t.cnt, 1);
}

static void on_ready(void *ctx, unsigned ready)
{
    *(unsigned *)ctx |= ready;
}

static void tells_which_descriptor_is_ready_for_what(void **state)
{
    world_t *w = *state;
    unsigned ready = 0;
    lq_watch_t watch;
    lq_watch_init(&watch, on_ready, &ready);
    lq_watch_set(w->loop, &watch, w->fd[0], LQ_WATCH_READ);
    lq_loop_turn(w->loop, 0);
    assert_int_equal(ready, 0);
    assert_int_equal(write(w->fd[1], "x", 1), 1);
    lq_loop_turn(w->loop, UINT64_MAX);
    assert_int_equal(ready, LQ_WATCH_READ);
    ready = 0;
    lq_watch_set(w->loop, &watch, w->fd[0], LQ_WATCH_WRITE);
    lq_loop_turn(w->loop, UINT64_MAX);
    assert_int_equal(ready, LQ_WATCH_WRITE);
    ready = 0;
    lq_watch_set(w->loop, &watch, w->fd[0], LQ_WATCH_READ | LQ_WATCH_WRITE);
    lq_loop_turn(w->loop, UINT64_MAX);
    assert_int_equal(ready, LQ_WATCH_READ | LQ_WATCH_WRITE);
    ready = 0;
    lq_watch_set(w->loop, &watch, w->fd[0], 0);
    lq_loop_turn(w->loop, 0);
    assert_int_equal(ready, 0);
}

static void a_descriptor_that_takes_an_old_number_is_watched(void **state)
{
    world_t *w = *state;
    unsigned ready = 0;
    lq_watch_t watch;
    lq_watch_init(&watch, on_ready, &ready);
    lq_watch_set(w->loop, &watch, w->fd[0], LQ_WATCH_READ);
    lq_loop_turn(w->loop, 0);
    lq_watch_stop(w->loop, &watch);
    (void)close(w->fd[0]);
    (void)close(w->fd[1]);
    int old = w->fd[0];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, w->fd), 0);
    assert_int_equal(w->fd[0], old);
    lq_watch_set(w->loop, &watch, w->fd[0], LQ_WATCH_READ);
    assert_int_equal(write(w->fd[1], "x", 1), 1);
    lq_loop_turn(w->loop, UINT64_MAX);
    assert_int_equal(ready, LQ_WATCH_READ);
    lq_watch_stop(w->loop, &watch);
}

typedef struct stopper {
    lq_loop_t *loop;
    lq_watch_t own;
    struct stopper *other;
    unsigned *cnt;
} stopper_t;

static void stop_the_other(void *ctx, unsigned ready)
{
    stopper_t *s = ctx;
    assert_int_equal(ready, LQ_WATCH_READ);
    ++*s->cnt;
    lq_watch_stop(s->loop, &s->other->own);
}

static void a_watch_stopped_in_the_same_turn_is_not_called(void **state)
{
    world_t *w = *state;
    unsigned cnt = 0;
    stopper_t a = {.loop = w->loop, .cnt = &cnt};
    stopper_t b = {.loop = w->loop, .cnt = &cnt, .other = &a};
    a.other = &b;
    lq_watch_init(&a.own, stop_the_other, &a);
    lq_watch_init(&b.own, stop_the_other, &b);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(write(w->fd[i], "x", 1), 1);
    lq_watch_set(w->loop, &a.own, w->fd[0], LQ_WATCH_READ);
    lq_watch_set(w->loop, &b.own, w->fd[1], LQ_WATCH_READ);
    lq_loop_turn(w->loop, UINT64_MAX);
    assert_int_equal(cnt, 1);
    lq_watch_stop(w->loop, &a.own);
    lq_watch_stop(w->loop, &b.own);
}

static void set_flag(void *ctx, lq_timer_t *timer)
{
    (void)timer;
    *(volatile bool *)ctx = true;
}

static void sleeps_until_a_timer_by_the_machine_s_clock(void **state)
{
    (void)state;
    lq_arena_t arena;
    lq_loop_t *loop;
    assert_ok(lq_arena_init(&arena, 1 << 16));
    assert_ok(lq_loop_new(&loop, &arena, lq_clock_system(), 1));
    for (size_t i = 0; i < 2; i++) {
        volatile bool stop = false;
        lq_timer_t timer = {.fn = set_flag, .ctx = (void *)&stop};
        uint64_t start = lq_clock_now(lq_clock_system()).mono_ns;
        lq_timer_set(loop, &timer, start + 3000000);
        if (i)
            lq_loop_spin(loop, &stop);
        else
            lq_loop_run(loop, &stop);
        assert_true(lq_clock_now(lq_clock_system()).mono_ns >= start + 3000000);
        assert_true(lq_loop_time(loop).mono_ns >= start + 3000000);
    }
    lq_loop_turn(loop, 1);
    lq_loop_free(loop);
    lq_arena_fini(&arena);
}

typedef struct hot {
    lq_loop_t *loop;
    lq_watch_t watch;
    volatile bool stop;
    size_t cnt;
    size_t cold_cnt;
} hot_t;

static void count_hot(void *ctx, unsigned ready)
{
    hot_t *h = ctx;
    assert_int_equal(ready, LQ_WATCH_READ);
    if (++h->cnt == 100)
        lq_watch_stop(h->loop, &h->watch);
}

static void count_cold(void *ctx, unsigned ready)
{
    hot_t *h = ctx;
    assert_int_equal(ready, LQ_WATCH_WRITE);
    h->cold_cnt++;
}

static void stop_spin(void *ctx, lq_timer_t *timer)
{
    hot_t *h = ctx;
    lq_timer_set(h->loop, timer, 0);
    if (h->cold_cnt == 100)
        h->stop = true;
}

static void spinning_tries_hot_descriptors_and_starves_no_other(void **state)
{
    world_t *w = *state;
    hot_t h = {.loop = w->loop};
    lq_watch_t cold;
    lq_timer_t timer = {.fn = stop_spin, .ctx = &h};
    lq_watch_init(&h.watch, count_hot, &h);
    lq_watch_init(&cold, count_cold, &h);
    lq_watch_set(w->loop, &h.watch, w->fd[0], LQ_WATCH_READ); /* never ready */
    lq_watch_set(w->loop, &cold, w->fd[1], LQ_WATCH_WRITE);
    for (size_t i = 0; i < 2; i++)
        lq_watch_hot(w->loop, &h.watch, true);
    lq_timer_set(w->loop, &timer, 0);
    lq_loop_spin(w->loop, &h.stop);
    assert_int_equal(h.cnt, 100); /* in 7 of 8 rounds, and no more once it is stopped */
    assert_int_equal(h.cold_cnt, 100);
    lq_timer_stop(w->loop, &timer);
    lq_watch_stop(w->loop, &cold);
}

static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    lq_arena_t arena;
    lq_loop_t *loop = NULL;
    assert_ok(lq_arena_init(&arena, 4096));
    assert_err(lq_loop_new(&loop, &arena, lq_clock_system(), 4096), LQ_ERR_NOMEM);
    assert_err(lq_loop_new(&loop, &arena, lq_clock_system(), SIZE_MAX), LQ_ERR_NOMEM);
    assert_null(loop);
    lq_loop_free(NULL);
    lq_arena_fini(&arena);
}

static void pins_to_a_cpu_that_there_is(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    assert_err(lq_loop_pin(&msg, 1023), LQ_ERR_RANGE);
    assert_non_null(strstr(msg.text, "CPU 1023"));
    assert_err(lq_loop_pin(&msg, 1 << 20), LQ_ERR_RANGE);
    assert_ok(lq_loop_pin(NULL, 0));
    assert_int_equal(sched_getcpu(), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(fires_at_its_time_and_not_before),
        CASE(counts_from_the_time_of_the_turn),
        CASE(equal_times_fire_as_they_were_set),
        CASE(fires_what_a_model_fires),
        CASE(a_timer_stopped_by_another_that_is_due_does_not_fire),
        CASE(a_late_timer_set_by_a_callback_waits_for_the_next_turn),
        CASE(tells_which_descriptor_is_ready_for_what),
        CASE(a_descriptor_that_takes_an_old_number_is_watched),
        CASE(a_watch_stopped_in_the_same_turn_is_not_called),
        CASE(spinning_tries_hot_descriptors_and_starves_no_other),
        cmocka_unit_test(sleeps_until_a_timer_by_the_machine_s_clock),
        cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(pins_to_a_cpu_that_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
