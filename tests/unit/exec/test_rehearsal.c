#include "liqd/exec/rehearsal.h"

#include "lq_test.h"

typedef struct rig {
    lq_arena_t arena;
    lq_rehearsal_t *r;
} rig_t;

static int setup(void **state)
{
    rig_t *rig = calloc(1, sizeof(*rig));
    lq_err_msg_t msg = {""};
    assert_non_null(rig);
    assert_ok(lq_arena_init(&rig->arena, (size_t)20 << 20));
    assert_ok(lq_rehearsal_new(&rig->r, &msg, &rig->arena));
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    rig_t *rig = *state;
    lq_rehearsal_free(rig->r);
    lq_arena_fini(&rig->arena);
    free(rig);
    return 0;
}

/* More than a key has nonces in use, than blocks are remembered, than signatures are blinded by one
   seed. */
static void goes_on_for_ever(void **state)
{
    const rig_t *rig = *state;
    uint64_t cnt = lq_test_cnt(1000, 100000);
    for (uint64_t i = 1; i <= cnt; i++) {
        lq_rehearsal_send(rig->r);
        if (i % 8 == 0)
            lq_rehearsal_sign(rig->r);
    }
    assert_int_equal(lq_rehearsal_stat(rig->r).sent_cnt, cnt);
    assert_int_equal(lq_rehearsal_stat(rig->r).signed_cnt, cnt / 8);
}

static void takes_no_memory_but_what_it_was_given(void **state)
{
    rig_t *rig = *state;
    lq_arena_t small;
    lq_rehearsal_t *r = NULL;
    lq_err_msg_t msg = {""};
    assert_ok(lq_arena_init(&small, (size_t)1 << 16));
    assert_err(lq_rehearsal_new(&r, &msg, &small), LQ_ERR_NOMEM);
    assert_null(r);
    assert_true(msg.text[0]);
    lq_arena_fini(&small);
    size_t used = lq_arena_mark(&rig->arena).used_sz;
    lq_rehearsal_send(rig->r);
    lq_rehearsal_sign(rig->r);
    assert_int_equal(lq_arena_mark(&rig->arena).used_sz, used);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(goes_on_for_ever, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_no_memory_but_what_it_was_given, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
