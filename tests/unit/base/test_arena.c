#include "liqd/base/arena.h"

#include <sys/mman.h>
#include <unistd.h>

#include "lq_test.h"

static lq_arena_t new_arena(size_t cap_sz)
{
    lq_arena_t arena;
    assert_ok(lq_arena_init(&arena, cap_sz));
    return arena;
}

static void starts_empty(void **state)
{
    (void)state;
    lq_arena_t arena = new_arena(5000);
    assert_int_equal(lq_arena_cap_sz(&arena), 5000);
    assert_int_equal(lq_arena_used_sz(&arena), 0);
    assert_int_equal(lq_arena_peak_sz(&arena), 0);
    assert_int_equal(lq_arena_refused_cnt(&arena), 0);
    lq_arena_fini(&arena);
}

static void refuses_capacities_of_zero_and_beyond_the_machine(void **state)
{
    (void)state;
    lq_arena_t arena;
    memset(&arena, 0xa5, sizeof(arena));
    lq_arena_t before;
    memcpy(&before, &arena, sizeof(before));
    assert_err(lq_arena_init(&arena, 0), LQ_ERR_INVAL);
    assert_memory_equal(&arena, &before, sizeof(arena));
    const size_t beyond[] = {SIZE_MAX, SIZE_MAX - 4095, SIZE_MAX - 4096, (size_t)1 << 63,
                             (size_t)1 << 62};
    for (size_t i = 0; i < LQ_ARRAY_CNT(beyond); i++) {
        assert_err(lq_arena_init(&arena, beyond[i]), LQ_ERR_NOMEM);
        assert_memory_equal(&arena, &before, sizeof(arena));
    }
}

static void ended_and_zeroed_arenas_refuse_everything(void **state)
{
    (void)state;
    lq_arena_t arena = new_arena(100);
    assert_non_null(lq_arena_alloc(&arena, 100, 1));
    lq_arena_fini(&arena);
    assert_int_equal(lq_arena_cap_sz(&arena), 0);
    assert_null(lq_arena_alloc(&arena, 0, 1));
    assert_null(lq_arena_alloc(&arena, 1, 1));
    lq_arena_reset(&arena);
    lq_arena_fini(&arena);

    lq_arena_t zero = {0};
    assert_null(lq_arena_alloc(&zero, 1, 1));
    assert_int_equal(lq_arena_refused_cnt(&zero), 1);
    lq_arena_fini(&zero);
}

static void fills_to_exactly_the_capacity(void **state)
{
    (void)state;
    for (size_t cap_sz = 1; cap_sz < 100; cap_sz++) {
        for (size_t first_sz = 1; first_sz < cap_sz; first_sz++) {
            lq_arena_t arena = new_arena(cap_sz);
            uint8_t *first = lq_arena_alloc(&arena, first_sz, 1);
            assert_non_null(first);
            assert_null(lq_arena_alloc(&arena, cap_sz - first_sz + 1, 1));
            assert_int_equal(lq_arena_used_sz(&arena), first_sz);
            uint8_t *last = lq_arena_alloc(&arena, cap_sz - first_sz, 1);
            assert_non_null(last);
            memset(first, 1, first_sz);
            memset(last, 2, cap_sz - first_sz);
            assert_int_equal(first[first_sz - 1], 1);
            assert_int_equal(lq_arena_used_sz(&arena), cap_sz);
            assert_null(lq_arena_alloc(&arena, 1, 1));
            assert_int_equal(lq_arena_refused_cnt(&arena), 2);
            lq_arena_fini(&arena);
        }
    }
}

static void zero_size_takes_one_byte(void **state)
{
    (void)state;
    lq_arena_t arena = new_arena(3);
    void *p[3];
    for (size_t i = 0; i < 3; i++) {
        p[i] = lq_arena_alloc(&arena, 0, 1);
        assert_non_null(p[i]);
        assert_int_equal(lq_arena_used_sz(&arena), i + 1);
    }
    assert_ptr_not_equal(p[0], p[1]);
    assert_ptr_not_equal(p[1], p[2]);
    assert_ptr_not_equal(p[0], p[2]);
    assert_null(lq_arena_alloc(&arena, 0, 1));
    lq_arena_fini(&arena);
}

static void padding_counts_and_may_be_what_does_not_fit(void **state)
{
    (void)state;
    for (size_t align = 1; align <= LQ_ARENA_ALIGN_MAX; align *= 2) {
        lq_arena_t arena = new_arena(align + 2);
        assert_non_null(lq_arena_alloc(&arena, 1, align));
        assert_int_equal(lq_arena_used_sz(&arena), 1);
        assert_null(lq_arena_alloc(&arena, 3, align)); /* align 1: 1 + 3 > 3 */
        uint8_t *p = lq_arena_alloc(&arena, 2, align);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % align, 0);
        assert_int_equal(lq_arena_used_sz(&arena), align + 2);
        lq_arena_fini(&arena);
        if (align == 1)
            continue;
        /* One byte is free, and it is not aligned; a size that fits alone does not after padding.
         */
        arena = new_arena(align);
        assert_non_null(lq_arena_alloc(&arena, align - 1, 1));
        assert_null(lq_arena_alloc(&arena, 1, align));
        assert_int_equal(lq_arena_used_sz(&arena), align - 1);
        assert_non_null(lq_arena_alloc(&arena, 1, 1));
        lq_arena_fini(&arena);
    }
}

static void huge_sizes_are_refused_and_change_nothing(void **state)
{
    (void)state;
    lq_arena_t arena = new_arena(1000);
    assert_non_null(lq_arena_alloc(&arena, 3, 1));
    uint64_t refused_cnt = 0;
    for (size_t align = 1; align <= LQ_ARENA_ALIGN_MAX; align *= 2) {
        /* Sizes that wrap around when the padding, the used bytes or the base are added. */
        for (size_t less = 0; less < 5000; less += 1 + less / 8) {
            assert_null(lq_arena_alloc(&arena, SIZE_MAX - less, align));
            assert_null(lq_arena_alloc(&arena, SIZE_MAX / 2 - less, align));
            refused_cnt += 2;
        }
        assert_null(lq_arena_alloc(&arena, (size_t) - (uintptr_t)&arena, align));
        refused_cnt++;
    }
    assert_int_equal(lq_arena_refused_cnt(&arena), refused_cnt);
    assert_int_equal(lq_arena_used_sz(&arena), 3);
    assert_int_equal(lq_arena_peak_sz(&arena), 3);
    assert_non_null(lq_arena_alloc(&arena, 997, 1));
    lq_arena_fini(&arena);
}

static void align_zero(void)
{
    lq_arena_t arena = new_arena(8192);
    (void)!lq_arena_alloc(&arena, 1, 0);
}

static void align_three(void)
{
    lq_arena_t arena = new_arena(8192);
    (void)!lq_arena_alloc(&arena, 1, 3);
}

static void align_above_max(void)
{
    lq_arena_t arena = new_arena(1u << 20);
    (void)!lq_arena_alloc(&arena, 1, (size_t)LQ_ARENA_ALIGN_MAX * 2);
}

static void align_of_the_top_bit(void)
{
    lq_arena_t arena = new_arena(8192);
    (void)!lq_arena_alloc(&arena, 1, (size_t)1 << 63);
}

static void align_of_all_bits(void)
{
    lq_arena_t arena = new_arena(8192);
    (void)!lq_arena_alloc(&arena, SIZE_MAX, SIZE_MAX);
}

static void other_alignments_are_bugs(void **state)
{
    (void)state;
    assert_dies(align_zero, "alignment 0 is");
    assert_dies(align_three, "alignment 3 is");
    assert_dies(align_above_max, "alignment 8192 is");
    assert_dies(align_of_the_top_bit, "alignment 9223372036854775808 is");
    assert_dies(align_of_all_bits, "alignment 18446744073709551615 is");
}

static void rewind_restores_and_may_be_repeated(void **state)
{
    (void)state;
    lq_arena_t arena = new_arena(100);
    uint8_t *kept = lq_arena_alloc(&arena, 10, 1);
    assert_non_null(kept);
    memset(kept, 7, 10);
    lq_arena_mark_t mark = lq_arena_mark(&arena);
    lq_arena_rewind(&arena, mark); /* nothing since */
    for (size_t i = 0; i < 3; i++) {
        assert_non_null(lq_arena_alloc(&arena, 90 - i, 1));
        assert_int_equal(lq_arena_used_sz(&arena), 100 - i);
        lq_arena_rewind(&arena, mark);
        assert_int_equal(lq_arena_used_sz(&arena), 10);
    }
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(kept[i], 7);
    assert_int_equal(lq_arena_peak_sz(&arena), 100);
    lq_arena_reset(&arena);
    assert_int_equal(lq_arena_used_sz(&arena), 0);
    assert_int_equal(lq_arena_peak_sz(&arena), 100);
    assert_non_null(lq_arena_alloc(&arena, 100, 1));
    lq_arena_fini(&arena);
}

static void mark_of_more_than_is_used(void)
{
    lq_arena_t arena = new_arena(100);
    lq_arena_mark_t start = lq_arena_mark(&arena);
    (void)!lq_arena_alloc(&arena, 10, 1);
    lq_arena_mark_t mark = lq_arena_mark(&arena);
    lq_arena_rewind(&arena, start);
    lq_arena_rewind(&arena, mark);
}

static void mark_from_before_the_reset(void)
{
    lq_arena_t arena = new_arena(100);
    (void)!lq_arena_alloc(&arena, 10, 1);
    lq_arena_mark_t mark = lq_arena_mark(&arena);
    lq_arena_reset(&arena);
    lq_arena_rewind(&arena, mark);
}

static void mark_of_as_much_but_other_memory(void)
{
    lq_arena_t arena = new_arena(100);
    (void)!lq_arena_alloc(&arena, 10, 1);
    lq_arena_mark_t mark = lq_arena_mark(&arena);
    lq_arena_reset(&arena);
    (void)!lq_arena_alloc(&arena, 10, 1);
    lq_arena_rewind(&arena, mark);
}

static void mark_overtaken_by_new_memory(void)
{
    lq_arena_t arena = new_arena(100);
    (void)!lq_arena_alloc(&arena, 10, 1);
    lq_arena_mark_t mark = lq_arena_mark(&arena);
    lq_arena_reset(&arena);
    (void)!lq_arena_alloc(&arena, 30, 1); /* byte 10 is now in the midst of it */
    lq_arena_rewind(&arena, mark);
}

static void mark_not_of_the_past_is_a_bug(void **state)
{
    (void)state;
    assert_dies(mark_of_more_than_is_used, "rewind to 10 bytes, not a mark of the past of the 0");
    assert_dies(mark_from_before_the_reset, "rewind to 10 bytes, not a mark of the past of the 0");
    assert_dies(mark_of_as_much_but_other_memory,
                "rewind to 10 bytes, not a mark of the past of the 10");
}

static void every_void_mark_is_found_under_asan(void **state)
{
    (void)state;
    if (!LQ_ASAN) {
        print_message("skipped: only builds with the address sanitizer find each void mark\n");
        skip();
    }
    assert_dies(mark_overtaken_by_new_memory, "a mark that an earlier rewind made void");
}

static void write_one_byte_behind(void)
{
    lq_arena_t arena = new_arena(100);
    volatile uint8_t *first = lq_arena_alloc(&arena, 10, 1);
    (void)!lq_arena_alloc(&arena, 10, 1);
    first[10] = 1;
}

static void write_one_byte_before(void)
{
    lq_arena_t arena = new_arena(100);
    (void)!lq_arena_alloc(&arena, 16, 1);
    volatile uint8_t *second = lq_arena_alloc(&arena, 10, 1);
    *(second - 1) = 1;
}

/* Nothing touches the byte before: gcc 12 leaves out the check of an address it has checked
   already, whatever was called in between. */
static void read_after_rewind(void)
{
    lq_arena_t arena = new_arena(100);
    lq_arena_mark_t mark = lq_arena_mark(&arena);
    volatile uint8_t *p = lq_arena_alloc(&arena, 10, 1);
    lq_arena_rewind(&arena, mark);
    uint8_t stale = p[0];
    (void)stale;
}

static void read_after_reset(void)
{
    lq_arena_t arena = new_arena(100);
    volatile uint8_t *p = lq_arena_alloc(&arena, 10, 1);
    lq_arena_reset(&arena);
    uint8_t stale = p[0];
    (void)stale;
}

static void read_after_fini(void)
{
    lq_arena_t arena = new_arena(100);
    volatile uint8_t *p = lq_arena_alloc(&arena, 10, 1);
    lq_arena_fini(&arena);
    uint8_t stale = p[0];
    (void)stale;
}

static void misuse_is_reported_under_asan(void **state)
{
    (void)state;
    if (!LQ_ASAN) {
        print_message("skipped: only builds with the address sanitizer report misuse\n");
        skip();
    }
    assert_dies(write_one_byte_behind, "heap-buffer-overflow");
    assert_dies(write_one_byte_before, "heap-buffer-overflow");
    assert_dies(read_after_rewind, "heap-use-after-free");
    assert_dies(read_after_reset, "heap-use-after-free");
    assert_dies(read_after_fini, "heap-use-after-free");
}

static size_t resident_cnt(void *p, size_t page_cnt)
{
    unsigned char in_core[1024];
    assert_true(page_cnt <= sizeof(in_core));
    assert_int_equal(mincore(p, page_cnt * (size_t)sysconf(_SC_PAGESIZE), in_core), 0);
    size_t cnt = 0;
    for (size_t i = 0; i < page_cnt; i++)
        cnt += in_core[i] & 1u;
    return cnt;
}

static void untouched_pages_cost_nothing(void **state)
{
    (void)state;
    if (LQ_ASAN) {
        print_message("skipped: malloc backs the arena of this build\n");
        skip();
    }
    const size_t page_sz = (size_t)sysconf(_SC_PAGESIZE);
    enum {
        PAGES = 1000
    };
    lq_arena_t arena = new_arena(PAGES * page_sz);
    uint8_t *p = lq_arena_alloc(&arena, PAGES * page_sz, LQ_ARENA_ALIGN_MAX);
    assert_non_null(p);
    assert_int_equal(resident_cnt(p, PAGES), 0);
    /* One page, or one huge page of 2 MB where the system always gives those. */
    p[0] = 1;
    assert_in_range(resident_cnt(p, PAGES), 1, (2u << 20) / page_sz);
    lq_arena_fini(&arena);
}

/* The model: the allocations that live, in order, with the content they must have. */
enum {
    LIVE_MAX = 4096,
    MARKS_MAX = 32
};

typedef struct live {
    uint8_t *p;
    size_t sz;
    uint8_t fill;
} live_t;

typedef struct model {
    live_t live[LIVE_MAX];
    size_t live_cnt;
    struct {
        lq_arena_mark_t mark;
        size_t used_sz;
        size_t live_cnt;
    } marks[MARKS_MAX];
    size_t mark_cnt;
    size_t cap_sz;
    size_t used_sz;
    size_t peak_sz;
    uint64_t refused_cnt;
    uint8_t fill;
} model_t;

static void check_content(const model_t *m)
{
    for (size_t i = 0; i < m->live_cnt; i++)
        for (size_t k = 0; k < m->live[i].sz; k++)
            if (m->live[i].p[k] != (uint8_t)(m->live[i].fill + k))
                fail_msg("byte %zu of live allocation %zu was overwritten", k, i);
}

static void model_alloc(model_t *m, lq_arena_t *arena, lq_rng_t *rng)
{
    size_t sz = lq_rng_below(rng, (uint64_t)1 << lq_rng_below(rng, 12));
    size_t align = (size_t)1 << lq_rng_below(rng, lq_rng_below(rng, 8) ? 7 : 13);
    if (!lq_rng_below(rng, 8) && m->cap_sz > m->used_sz)
        sz = m->cap_sz - m->used_sz + lq_rng_below(rng, 2); /* at exhaustion and one beyond */
    size_t want_sz = sz ? sz : 1;
    size_t at = (m->used_sz + align - 1) / align * align;
    uint8_t *p = lq_arena_alloc(arena, sz, align);
    if (at + want_sz > m->cap_sz) {
        assert_null(p);
        m->refused_cnt++;
        return;
    }
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % align, 0);
    for (size_t i = 0; i < m->live_cnt; i++)
        assert_true(p + want_sz <= m->live[i].p || m->live[i].p + m->live[i].sz <= p);
    m->used_sz = at + want_sz;
    if (m->used_sz > m->peak_sz)
        m->peak_sz = m->used_sz;
    assert_true(m->live_cnt < LIVE_MAX);
    live_t *live = &m->live[m->live_cnt++];
    *live = (live_t){.p = p, .sz = want_sz, .fill = m->fill++};
    for (size_t k = 0; k < want_sz; k++)
        p[k] = (uint8_t)(live->fill + k);
}

static void model_rewind(model_t *m, lq_arena_t *arena, lq_rng_t *rng)
{
    if (!m->mark_cnt)
        return;
    check_content(m);
    size_t i = lq_rng_below(rng, m->mark_cnt);
    lq_arena_rewind(arena, m->marks[i].mark);
    m->used_sz = m->marks[i].used_sz;
    m->live_cnt = m->marks[i].live_cnt;
    m->mark_cnt = i + lq_rng_below(rng, 2); /* the mark itself stays valid */
}

static void model_step(model_t *m, lq_arena_t *arena, lq_rng_t *rng)
{
    uint64_t what = lq_rng_below(rng, 64);
    if (what < 48) {
        model_alloc(m, arena, rng);
    } else if (what < 55) {
        if (m->mark_cnt < MARKS_MAX) {
            m->marks[m->mark_cnt].mark = lq_arena_mark(arena);
            m->marks[m->mark_cnt].used_sz = m->used_sz;
            m->marks[m->mark_cnt++].live_cnt = m->live_cnt;
        }
    } else if (what < 63) {
        model_rewind(m, arena, rng);
    } else {
        check_content(m);
        lq_arena_reset(arena);
        m->used_sz = m->live_cnt = m->mark_cnt = 0;
    }
    assert_int_equal(lq_arena_used_sz(arena), m->used_sz);
    assert_int_equal(lq_arena_peak_sz(arena), m->peak_sz);
    assert_int_equal(lq_arena_refused_cnt(arena), m->refused_cnt);
}

static void keeps_its_laws_under_random_operations(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static model_t m;
    for (size_t round = 0; round < lq_test_cnt(400, 20000); round++) {
        m = (model_t){.cap_sz = 1 + lq_rng_below(&rng, (uint64_t)1 << lq_rng_below(&rng, 17))};
        lq_arena_t arena = new_arena(m.cap_sz);
        for (size_t i = 0; i < 500; i++)
            model_step(&m, &arena, &rng);
        check_content(&m);
        lq_arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_empty),
        cmocka_unit_test(refuses_capacities_of_zero_and_beyond_the_machine),
        cmocka_unit_test(ended_and_zeroed_arenas_refuse_everything),
        cmocka_unit_test(fills_to_exactly_the_capacity),
        cmocka_unit_test(zero_size_takes_one_byte),
        cmocka_unit_test(padding_counts_and_may_be_what_does_not_fit),
        cmocka_unit_test(huge_sizes_are_refused_and_change_nothing),
        cmocka_unit_test(other_alignments_are_bugs),
        cmocka_unit_test(rewind_restores_and_may_be_repeated),
        cmocka_unit_test(mark_not_of_the_past_is_a_bug),
        cmocka_unit_test(every_void_mark_is_found_under_asan),
        cmocka_unit_test(misuse_is_reported_under_asan),
        cmocka_unit_test(untouched_pages_cost_nothing),
        cmocka_unit_test(keeps_its_laws_under_random_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
