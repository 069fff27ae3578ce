#include "liqd/base/err.h"

#include <sys/wait.h>
#include <unistd.h>

#include "lq_test.h"

static const struct {
    lq_err_t err;
    const char *name;
} errors[] = {
#define ROW(name, code, string) {LQ_ERR_##name, #name},
    LQ_ERR_TABLE(ROW)
#undef ROW
};

static void names_every_error_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(errors); i++) {
        assert_true(errors[i].err < 0);
        assert_string_equal(lq_err_name(errors[i].err), errors[i].name);
        const char *text = lq_err_str(errors[i].err);
        assert_string_not_equal(text, "unknown error");
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(text, lq_err_str(errors[k].err));
    }
}

static void names_success_and_strangers(void **state)
{
    (void)state;
    assert_string_equal(lq_err_name(LQ_OK), "OK");
    assert_string_equal(lq_err_str(LQ_OK), "success");
    assert_string_equal(lq_err_name((lq_err_t)-99999), "UNKNOWN");
    assert_string_equal(lq_err_str((lq_err_t)-99999), "unknown error");
}

static void message_is_cut_and_says_so(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    assert_err(lq_err_msg_set(&msg, LQ_ERR_RANGE, "offset %d", 7), LQ_ERR_RANGE);
    assert_string_equal(msg.text, "offset 7");

    char text[LQ_ERR_MSG_SZ + 1];
    memset(text, 'x', sizeof(text));
    text[LQ_ERR_MSG_SZ - 1] = '\0'; /* the longest that fits */
    assert_err(lq_err_msg_set(&msg, LQ_ERR_IO, "%s", text), LQ_ERR_IO);
    assert_string_equal(msg.text, text);
    text[LQ_ERR_MSG_SZ - 1] = 'x';
    text[LQ_ERR_MSG_SZ] = '\0';
    assert_err(lq_err_msg_set(&msg, LQ_ERR_IO, "%s", text), LQ_ERR_IO);
    assert_int_equal(strlen(msg.text), LQ_ERR_MSG_SZ - 1);
    assert_string_equal(msg.text + LQ_ERR_MSG_SZ - 5, "x...");

    assert_err(lq_err_msg_set(NULL, LQ_ERR_IO, "%s", text), LQ_ERR_IO);
}

static void bug_ends_the_process_and_says_where(void **state)
{
    (void)state;
    int out[2];
    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(out[1], 2);
        LQ_ASSERT(1 + 1 == 2);
        LQ_ASSERT(1 + 1 == 3);
        _exit(0);
    }
    (void)close(out[1]);
    char text[512] = {0};
    size_t sz = 0;
    for (ssize_t n; (n = read(out[0], text + sz, sizeof(text) - 1 - sz)) > 0;)
        sz += (size_t)n;
    (void)close(out[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
#ifdef NDEBUG
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 70);
#else
    assert_true(WIFSIGNALED(status));
#endif
    assert_non_null(strstr(text, "test_err.c:"));
    assert_non_null(strstr(text, "1 + 1 == 3 does not hold"));
}

static void cuts_before_a_character_that_would_be_halved(void **state)
{
    (void)state;
    lq_err_msg_t msg;
    for (size_t at = LQ_ERR_MSG_SZ - 10; at < LQ_ERR_MSG_SZ; at++) {
        char text[LQ_ERR_MSG_SZ + 64];
        memset(text, 'x', sizeof(text));
        for (size_t i = 0; i + at + 4 < sizeof(text); i += 3)
            memcpy(text + at + i, "\xe5\xad\xad", 3);
        text[at + 30] = '\0';
        assert_err(lq_err_msg_set(&msg, LQ_ERR_IO, "%s", text), LQ_ERR_IO);
        size_t sz = strlen(msg.text);
        assert_string_equal(msg.text + sz - 3, "...");
        assert_memory_equal(msg.text, text, sz - 3);
        assert_true(sz - 3 <= at || (sz - 3 - at) % 3 == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_before_a_character_that_would_be_halved),
        cmocka_unit_test(names_every_error_once),
        cmocka_unit_test(names_success_and_strangers),
        cmocka_unit_test(message_is_cut_and_says_so),
        cmocka_unit_test(bug_ends_the_process_and_says_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
