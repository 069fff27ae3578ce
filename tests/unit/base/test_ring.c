#include "liqd/base/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lq_test.h"
#include "ring_internal.h"

enum {
    HEADER_SZ = 192,
    ELEM_SZ_MAX = 65
};

/* A ring in an arena of exactly its size, which the caller ends. */
static lq_ring_t *new_ring(lq_arena_t *arena, size_t elem_sz, size_t cap)
{
    lq_ring_t *ring = NULL;
    assert_ok(lq_arena_init(arena, HEADER_SZ + cap * elem_sz));
    assert_ok(lq_ring_new(&ring, arena, elem_sz, cap));
    assert_non_null(ring);
    return ring;
}

static void takes_exactly_the_memory_it_states(void **state)
{
    (void)state;
    for (size_t cap = 1; cap <= 64; cap *= 2) {
        for (size_t elem_sz = 1; elem_sz <= ELEM_SZ_MAX; elem_sz++) {
            size_t sz = HEADER_SZ + cap * elem_sz;
            lq_arena_t arena;
            lq_ring_t *ring = new_ring(&arena, elem_sz, cap);
            assert_int_equal(lq_ring_cnt(ring), 0);
            assert_int_equal(lq_ring_dropped_cnt(ring), 0);
            assert_int_equal(lq_arena_used_sz(&arena), sz);
            lq_arena_fini(&arena);

            assert_ok(lq_arena_init(&arena, sz - 1));
            ring = (lq_ring_t *)(void *)&arena;
            assert_err(lq_ring_new(&ring, &arena, elem_sz, cap), LQ_ERR_NOMEM);
            assert_ptr_equal(ring, &arena);
            assert_int_equal(lq_arena_used_sz(&arena), 0);
            assert_int_equal(lq_arena_refused_cnt(&arena), 1);
            lq_arena_fini(&arena);
        }
    }
}

static void refuses_sizes_that_overflow(void **state)
{
    (void)state;
    static const struct {
        size_t elem_sz;
        size_t cap;
    } rows[] = {
        {SIZE_MAX, 1},
        {SIZE_MAX - HEADER_SZ + 1, 1}, /* with the header 2^64 */
        {1, (size_t)1 << 63},
        {2, (size_t)1 << 63},
        {(size_t)1 << 32, (size_t)1 << 32},
        {((size_t)1 << 61) - HEADER_SZ / 8, 8},
    };
    lq_arena_t arena;
    assert_ok(lq_arena_init(&arena, 4096));
    lq_ring_t *ring = (lq_ring_t *)(void *)&arena;
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        assert_err(lq_ring_new(&ring, &arena, rows[i].elem_sz, rows[i].cap), LQ_ERR_NOMEM);
        assert_ptr_equal(ring, &arena);
        assert_int_equal(lq_arena_refused_cnt(&arena), i + 1);
    }
    lq_arena_fini(&arena);
}

static void refuses_capacities_that_are_no_power_of_two(void **state)
{
    (void)state;
    const size_t wrong[] = {0, 3, 5, 6, 7, 9, 1000, ((size_t)1 << 63) + 1, SIZE_MAX};
    lq_arena_t arena;
    assert_ok(lq_arena_init(&arena, 1u << 20));
    lq_ring_t *ring = (lq_ring_t *)(void *)&arena;
    for (size_t i = 0; i < LQ_ARRAY_CNT(wrong); i++)
        assert_err(lq_ring_new(&ring, &arena, 8, wrong[i]), LQ_ERR_INVAL);
    assert_ptr_equal(ring, &arena);
    assert_int_equal(lq_arena_used_sz(&arena), 0);
    assert_int_equal(lq_arena_refused_cnt(&arena), 0);
    lq_arena_fini(&arena);
}

static void elements_without_size_are_a_bug(void **state)
{
    (void)state;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(2);
        lq_arena_t arena;
        lq_ring_t *ring;
        if (lq_arena_init(&arena, 1u << 20) == LQ_OK)
            (void)!lq_ring_new(&ring, &arena, 0, 8);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_not_equal(status, 0);
}

static void fills_to_its_capacity_and_empties_in_order(void **state)
{
    (void)state;
    for (uint64_t cap = 1; cap <= 256; cap *= 2) {
        lq_arena_t arena;
        lq_ring_t *ring = new_ring(&arena, sizeof(uint64_t), cap);
        for (uint64_t round = 0; round < 3; round++) {
            uint64_t out = 0xdecafbad;
            assert_false(lq_ring_pop(ring, &out));
            assert_int_equal(out, 0xdecafbad);
            for (uint64_t i = 0; i < cap; i++) {
                assert_int_equal(lq_ring_cnt(ring), i);
                assert_true(lq_ring_push(ring, &i));
            }
            assert_int_equal(lq_ring_cnt(ring), cap);
            assert_int_equal(lq_ring_dropped_cnt(ring), 2 * round);
            assert_false(lq_ring_push(ring, &out));
            assert_false(lq_ring_push(ring, &out));
            assert_int_equal(lq_ring_dropped_cnt(ring), 2 * round + 2);
            assert_int_equal(lq_ring_cnt(ring), cap);
            for (uint64_t i = 0; i < cap; i++) {
                assert_true(lq_ring_pop(ring, &out));
                assert_int_equal(out, i);
            }
            assert_int_equal(lq_ring_cnt(ring), 0);
        }
        lq_arena_fini(&arena);
    }
}

/* The model counts what was pushed and popped; element number N has a content that follows from N.
 */
static void fill_elem(uint8_t *elem, size_t elem_sz, uint64_t n)
{
    for (size_t i = 0; i < elem_sz; i++)
        elem[i] = (uint8_t)(n * 29 + i);
}

static void run_against_model(lq_rng_t *rng, uint64_t cap, uint64_t start)
{
    size_t elem_sz = 1 + lq_rng_below(rng, ELEM_SZ_MAX);
    lq_arena_t arena;
    lq_ring_t *ring = new_ring(&arena, elem_sz, cap);
    lq_ring_start_at(ring, start);
    uint64_t pushed_cnt = 0;
    uint64_t popped_cnt = 0;
    uint64_t dropped_cnt = 0;
    uint8_t elem[ELEM_SZ_MAX + 1];
    uint8_t want[ELEM_SZ_MAX + 1];
    for (size_t i = 0; i < 300; i++) {
        if (lq_rng_below(rng, 16) < (i / 50 % 2 ? 6 : 10)) {
            fill_elem(elem, elem_sz, pushed_cnt);
            bool fits = pushed_cnt - popped_cnt < cap;
            assert_int_equal(lq_ring_push(ring, elem), fits);
            pushed_cnt += fits;
            dropped_cnt += !fits;
        } else {
            bool some = pushed_cnt > popped_cnt;
            memset(elem, 0xa5, sizeof(elem));
            memset(want, 0xa5, sizeof(want));
            if (some)
                fill_elem(want, elem_sz, popped_cnt);
            assert_int_equal(lq_ring_pop(ring, elem), some);
            assert_memory_equal(elem, want, sizeof(elem));
            popped_cnt += some;
        }
        assert_int_equal(lq_ring_cnt(ring), pushed_cnt - popped_cnt);
        assert_int_equal(lq_ring_dropped_cnt(ring), dropped_cnt);
    }
    lq_arena_fini(&arena);
}

static void behaves_as_the_model_also_where_counters_wrap(void **state)
{
    (void)state;
    static const uint64_t caps[] = {1, 2, 8};
    lq_rng_t rng = lq_test_rng();
    for (size_t round = 0; round < lq_test_cnt(500, 10000); round++) {
        for (size_t i = 0; i < LQ_ARRAY_CNT(caps); i++) {
            run_against_model(&rng, caps[i], 0);
            run_against_model(&rng, caps[i], -lq_rng_below(&rng, 60));
        }
    }
}

/* Two threads. An element is a cache line and a half; its sum
   shows one that was read while it was written. */
typedef struct elem {
    uint64_t n;
    uint64_t words[10];
    uint64_t sum;
} elem_t;

typedef struct two_threads {
    lq_ring_t *ring;
    uint64_t cap;
    uint64_t cnt;
    uint64_t full_cnt;        /* the producer's */
    _Atomic bool done;        /* the consumer has all, or has given up */
    const char *complaint[2]; /* of the producer and the consumer; read after both ended */
} two_threads_t;

static elem_t make_elem(uint64_t n)
{
    elem_t e = {.n = n, .sum = n};
    for (size_t i = 0; i < LQ_ARRAY_CNT(e.words); i++) {
        e.words[i] = (n + i) * 0x9e3779b97f4a7c15u;
        e.sum = (e.sum ^ e.words[i]) * 0xbf58476d1ce4e5b9u;
    }
    return e;
}

static void *produce(void *ctx)
{
    two_threads_t *t = ctx;
    for (uint64_t n = 0; n < t->cnt && !t->done;) {
        elem_t e = make_elem(n);
        bool room = lq_ring_cnt(t->ring) < t->cap;
        if (lq_ring_push(t->ring, &e)) {
            n++;
            continue;
        }
        t->full_cnt++;
        if (room)
            t->complaint[0] = "a push found the ring full that had room";
        (void)sched_yield();
    }
    return NULL;
}

static const char *check_elem(const elem_t *e, uint64_t n)
{
    elem_t want = make_elem(e->n);
    if (e->sum != want.sum || memcmp(e->words, want.words, sizeof(want.words)) != 0)
        return "an element was torn";
    if (e->n != n)
        return e->n < n ? "an element came twice" : "an element was lost";
    return NULL;
}

static void *consume(void *ctx)
{
    two_threads_t *t = ctx;
    for (uint64_t n = 0; n < t->cnt && !t->complaint[1];) {
        elem_t e;
        bool some = lq_ring_cnt(t->ring) > 0;
        if (lq_ring_pop(t->ring, &e)) {
            t->complaint[1] = check_elem(&e, n++);
            continue;
        }
        if (some)
            t->complaint[1] = "a pop found the ring empty that had elements";
        (void)sched_yield();
    }
    t->done = true;
    return NULL;
}

static void hand_over(uint64_t cap, uint64_t cnt, uint64_t start)
{
    lq_arena_t arena;
    two_threads_t t = {.ring = new_ring(&arena, sizeof(elem_t), cap), .cap = cap, .cnt = cnt};
    lq_ring_start_at(t.ring, start);
    pthread_t producer;
    pthread_t consumer;
    assert_int_equal(pthread_create(&consumer, NULL, consume, &t), 0);
    assert_int_equal(pthread_create(&producer, NULL, produce, &t), 0);
    assert_int_equal(pthread_join(producer, NULL), 0);
    assert_int_equal(pthread_join(consumer, NULL), 0);
    for (size_t i = 0; i < LQ_ARRAY_CNT(t.complaint); i++)
        if (t.complaint[i])
            fail_msg("capacity %zu: %s", (size_t)cap, t.complaint[i]);
    assert_int_equal(lq_ring_cnt(t.ring), 0);
    assert_int_equal(lq_ring_dropped_cnt(t.ring), t.full_cnt);
    lq_arena_fini(&arena);
}

static void hands_every_element_over_once_and_whole(void **state)
{
    (void)state;
    uint64_t cnt = lq_test_cnt(100000, 1000000);
    hand_over(1024, cnt, -(cnt / 2)); /* the counters wrap half-way */
    hand_over(8, cnt, 0);
    hand_over(2, cnt / 10, -(cnt / 20));
    hand_over(1, cnt / 10, 0);
}

typedef struct watched {
    lq_ring_t *ring;
    size_t cap;
    _Atomic bool started;
    _Atomic bool done;
    bool above; /* read after the watcher ended */
} watched_t;

static void *watch(void *ctx)
{
    watched_t *w = ctx;
    w->started = true;
    while (!w->done)
        w->above |= lq_ring_cnt(w->ring) > w->cap;
    return NULL;
}

/* One thread is both producer and consumer, as fast as it can, so that much happens between any two
   loads of the watcher. */
static void other_threads_count_at_most_the_capacity(void **state)
{
    (void)state;
    const uint64_t cnt = lq_test_cnt(300000, 3000000);
    for (size_t cap = 1; cap <= 8; cap *= 2) {
        lq_arena_t arena;
        watched_t w = {.ring = new_ring(&arena, 8, cap), .cap = cap};
        pthread_t watcher;
        assert_int_equal(pthread_create(&watcher, NULL, watch, &w), 0);
        while (!w.started)
            (void)sched_yield();
        for (uint64_t i = 0; i < cnt; i++) {
            uint64_t out = ~i;
            assert_true(lq_ring_push(w.ring, &i) && lq_ring_pop(w.ring, &out) && out == i);
        }
        w.done = true;
        assert_int_equal(pthread_join(watcher, NULL), 0);
        assert_false(w.above);
        lq_arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_exactly_the_memory_it_states),
        cmocka_unit_test(refuses_sizes_that_overflow),
        cmocka_unit_test(refuses_capacities_that_are_no_power_of_two),
        cmocka_unit_test(elements_without_size_are_a_bug),
        cmocka_unit_test(fills_to_its_capacity_and_empties_in_order),
        cmocka_unit_test(behaves_as_the_model_also_where_counters_wrap),
        cmocka_unit_test(hands_every_element_over_once_and_whole),
        cmocka_unit_test(other_threads_count_at_most_the_capacity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
