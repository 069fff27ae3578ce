#include "liqd/exec/rehearsal.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lq_test.h"

#define BLIND_PERIOD 256u /* signatures; the system is asked for random bytes then */

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

/* A process that is killed at its first system call, but for read and write, and has no descriptor
   for those: nothing can be sent, written or asked, wherever a rehearsal leads. */
static void makes_no_system_call(void **state)
{
    (void)state;
    lq_arena_t arena;
    lq_rehearsal_t *r;
    lq_err_msg_t msg;
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (lq_arena_init(&arena, (size_t)20 << 20) || lq_rehearsal_new(&r, &msg, &arena))
            _exit(1);
        for (int fd = 0; fd < 1024; fd++)
            (void)close(fd);
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
            _exit(77);
        for (unsigned i = 0; i < BLIND_PERIOD - 1; i++) {
            lq_rehearsal_send(r);
            lq_rehearsal_sign(r);
        }
        (void)syscall(SYS_exit, lq_rehearsal_stat(r).sent_cnt == BLIND_PERIOD - 1 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip(); /* no such mode here */
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(goes_on_for_ever, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_no_memory_but_what_it_was_given, setup, teardown),
        cmocka_unit_test(makes_no_system_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
