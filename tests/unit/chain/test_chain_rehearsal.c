#include "liqd/chain/chain_rehearsal.h"

#include "lq_test.h"

/* Far beyond the stack, and what it remembers. */
static void each_log_is_heard_and_each_block_complete(void **state)
{
    (void)state;
    lq_arena_t arena;
    lq_chain_rehearsal_t *r;
    assert_ok(lq_arena_init(&arena, (size_t)4 << 20));
    assert_ok(lq_chain_rehearsal_new(&r, &arena));
    size_t used = lq_arena_mark(&arena).used_sz;
    uint64_t before = lq_chain_rehearsal_stat(r).block_cnt;
    uint64_t cnt = lq_test_cnt(3000, 300000);
    for (uint64_t i = 1; i <= cnt; i++) {
        lq_chain_rehearsal_hear(r);
        assert_int_equal(lq_chain_rehearsal_stat(r).log_cnt, i);
    }
    assert_true(lq_chain_rehearsal_stat(r).block_cnt - before >= cnt - 1);
    assert_int_equal(lq_arena_mark(&arena).used_sz, used);
    lq_arena_fini(&arena);
}

static void takes_no_memory_but_what_it_is_given(void **state)
{
    (void)state;
    lq_arena_t arena;
    lq_chain_rehearsal_t *r = NULL;
    assert_ok(lq_arena_init(&arena, 4096));
    assert_err(lq_chain_rehearsal_new(&r, &arena), LQ_ERR_NOMEM);
    assert_null(r);
    assert_int_equal(lq_arena_mark(&arena).used_sz, 0);
    lq_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_log_is_heard_and_each_block_complete),
        cmocka_unit_test(takes_no_memory_but_what_it_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
