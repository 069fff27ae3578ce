/* A dry run's report as a file. */

#include "dry_page.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lq_test.h"

static char folder[64];
static char path[96];
static lq_err_msg_t msg;
static lq_dry_page_t page;
static lq_dry_report_t report;

static int enter(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/liqd_test_page_XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof(path), "%s/report.html", folder);
    return lq_dry_report_open(&report, NULL, 0, 0, 7);
}

static int leave(void **state)
{
    char lock[128];
    (void)state;
    lq_dry_page_close(&page);
    lq_dry_report_close(&report);
    (void)snprintf(lock, sizeof(lock), "%s.lock", path);
    (void)unlink(lock);
    (void)unlink(path);
    return rmdir(folder);
}

static void store(const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void replaces_its_own(void **state)
{
    (void)state;
    assert_ok(lq_dry_page_open(&page, &msg, path));
    assert_ok(lq_dry_page_write(&page, &msg, &report));
    report.ended = true;
    assert_ok(lq_dry_page_write(&page, &msg, &report));
    lq_dry_page_close(&page);
    assert_ok(lq_dry_page_open(&page, &msg, path));
    char *text = lq_test_read(path, NULL);
    assert_non_null(strstr(text, "ended"));
    assert_non_null(strstr(text, "</html>"));
    free(text);
}

static void another_file_is_not_overwritten(void **state)
{
    (void)state;
    store("markets:\n");
    assert_err(lq_dry_page_open(&page, &msg, path), LQ_ERR_EXISTS);
    assert_non_null(strstr(msg.text, "name another"));
    store("");
    assert_ok(lq_dry_page_open(&page, &msg, path));
}

static void a_folder_that_is_not_there_is_said(void **state)
{
    char nowhere[160];
    (void)state;
    (void)snprintf(nowhere, sizeof(nowhere), "%s/no/report.html", folder);
    assert_err(lq_dry_page_open(&page, &msg, nowhere), LQ_ERR_IO);
    assert_non_null(strstr(msg.text, "its folder does not exist"));
    assert_err(lq_dry_page_open(&page, &msg, folder), LQ_ERR_EXISTS);
}

static void one_page_has_one_writer(void **state)
{
    lq_dry_page_t other;
    (void)state;
    assert_ok(lq_dry_page_open(&page, &msg, path));
    assert_err(lq_dry_page_open(&other, &msg, path), LQ_ERR_EXISTS);
    lq_dry_page_close(&other);
}

static void is_due_about_once_a_minute(void **state)
{
    (void)state;
    assert_ok(lq_dry_page_open(&page, &msg, path));
    assert_true(lq_dry_page_is_due(&page, LQ_DRY_PAGE_EVERY_NS));
    assert_false(lq_dry_page_is_due(&page, 2 * LQ_DRY_PAGE_EVERY_NS - 1));
    assert_true(lq_dry_page_is_due(&page, 2 * LQ_DRY_PAGE_EVERY_NS));
    lq_dry_page_close(&page);
    assert_ok(lq_dry_page_open(&page, &msg, NULL));
    assert_false(lq_dry_page_is_due(&page, 9 * LQ_DRY_PAGE_EVERY_NS));
    assert_ok(lq_dry_page_write(&page, &msg, &report));
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(replaces_its_own),
        EACH(another_file_is_not_overwritten),
        EACH(a_folder_that_is_not_there_is_said),
        EACH(one_page_has_one_writer),
        EACH(is_due_about_once_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
