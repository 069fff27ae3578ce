#include "progress.h"

#include <stdlib.h>

#include "lq_test.h"

#define SEC_NS UINT64_C(1000000000)

static char *text;
static size_t text_sz;
static lq_progress_t progress;

static int open_text(void **state)
{
    (void)state;
    FILE *out = open_memstream(&text, &text_sz);
    if (!out)
        return -1;
    lq_progress_init(&progress, out);
    return 0;
}

static int close_text(void **state)
{
    (void)state;
    (void)fclose(progress.out);
    free(text);
    return 0;
}

/* Shows 'done' of 'all' at SEC seconds. */
static void show(uint64_t sec, const char *what, uint64_t done, uint64_t all)
{
    lq_progress_show(&progress, sec * SEC_NS, what, "blocks", done, all, LQ_PROGRESS_NO_ETA);
}

static void assert_text(const char *want)
{
    (void)fflush(progress.out);
    assert_string_equal(text, want);
}

static void writes_a_line_now_and_then_where_nobody_looks(void **state)
{
    (void)state;
    assert_false(progress.terminal);
    show(100, "logs", 0, 200);
    show(101, "logs", 20, 200);
    show(109, "logs", 90, 200);
    assert_text("logs 0 %, 0 of 200 blocks\n");
    show(110, "logs", 100, 200);
    show(111, "accounts", 5, 0);
    assert_text("logs 0 %, 0 of 200 blocks\n"
                "logs 50 %, 100 of 200 blocks, 00:10 left\n"
                "accounts: 5 blocks\n");
    lq_progress_clear(&progress);
    assert_text("logs 0 %, 0 of 200 blocks\n"
                "logs 50 %, 100 of 200 blocks, 00:10 left\n"
                "accounts: 5 blocks\n");
}

static void draws_over_what_it_drew_on_a_terminal(void **state)
{
    (void)state;
    progress.terminal = true;
    show(1, "logs", 1, 2);
    lq_progress_show(&progress, SEC_NS + SEC_NS / 10, "logs", "blocks", 2, 2, 0); /* too soon */
    assert_text("\r\033[Klogs [###############...............] 50 %, 1 of 2 blocks");
    lq_progress_clear(&progress);
    lq_progress_clear(&progress);
    assert_text("\r\033[Klogs [###############...............] 50 %, 1 of 2 blocks\r\033[K");
}

static void takes_the_callers_eta_and_numbers_beyond_all(void **state)
{
    (void)state;
    lq_progress_show(&progress, 0, "logs", "blocks", 9, 7, 3723 * SEC_NS);
    lq_progress_show(&progress, 10 * SEC_NS, "logs", "blocks", 1, UINT64_MAX, 1000000 * SEC_NS);
    assert_text("logs 100 %, 7 of 7 blocks, 1:02:03 left\n"
                "logs 0 %, 1 of 18446744073709551615 blocks, 277 h left\n");
}

static void knows_no_eta_before_anything_moved(void **state)
{
    (void)state;
    show(0, "logs", 5, 10);
    show(10, "logs", 5, 10);
    show(20, "logs", 4, 10);
    assert_text("logs 50 %, 5 of 10 blocks\nlogs 50 %, 5 of 10 blocks\nlogs 40 %, 4 of 10 "
                "blocks\n");
}

#define WITH_TEXT(test) cmocka_unit_test_setup_teardown(test, open_text, close_text)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TEXT(writes_a_line_now_and_then_where_nobody_looks),
        WITH_TEXT(draws_over_what_it_drew_on_a_terminal),
        WITH_TEXT(takes_the_callers_eta_and_numbers_beyond_all),
        WITH_TEXT(knows_no_eta_before_anything_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
