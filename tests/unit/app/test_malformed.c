/* Loads each malformed configuration of malformed.txt. LIQD_TEST_UPDATE=1 rewrites the file with
   what is reported now, for a person to compare. */

#include <ctype.h>

#include "liqd/app/config.h"
#include "liqd/base/text.h"
#include "lq_test.h"
#include "memory_io.h"

#define FILE_NAME LIQD_SOURCE_DIR "/tests/vectors/config/malformed.txt"

/* One case while its lines are read. Text is collected in a buffer that is never moved. */
typedef struct bad_case {
    char name[128];
    memory_io_t io;
    size_t file_cnt;
    size_t env_cnt;
    char want[16384];
    char buf[65536];
    size_t buf_sz;
    bool escaped;
} bad_case_t;

static char *keep(bad_case_t *c, const char *text, size_t sz)
{
    assert_true(c->buf_sz + sz + 1 <= sizeof(c->buf));
    char *at = c->buf + c->buf_sz;
    memcpy(at, text, sz);
    at[sz] = '\0';
    c->buf_sz += sz + 1;
    return at;
}

/* Replaces \xNN, \n and \r in place and returns the new length. */
static size_t unescape(char *text)
{
    char *out = text;
    for (char *in = text; *in;) {
        if (in[0] == '\\' && in[1] == 'x') {
            char digits[3] = {in[2], in[3], '\0'};
            *out++ = (char)strtoul(digits, NULL, 16);
            in += 4;
        } else if (in[0] == '\\' && (in[1] == 'n' || in[1] == 'r')) {
            *out++ = in[1] == 'n' ? '\n' : '\r';
            in += 2;
        } else {
            *out++ = *in++;
        }
    }
    *out = '\0';
    return (size_t)(out - text);
}

static void add_file(bad_case_t *c, const char *name)
{
    c->escaped = strncmp(name, "escaped ", 8) == 0;
    name += c->escaped ? 8 : 0;
    c->io.files[c->file_cnt].name = keep(c, name, strlen(name));
    c->io.files[c->file_cnt++].text = keep(c, "", 0);
}

static void add_variable(bad_case_t *c, char *text)
{
    char *space = strchr(text, ' ');
    assert_non_null(space);
    *space = '\0';
    c->io.env[c->env_cnt].name = keep(c, text, strlen(text));
    size_t sz = unescape(space + 1);
    c->io.env[c->env_cnt++].value = keep(c, space + 1, sz);
}

/* Appends LINE to the last file; a backslash at its end stands for no line end. */
static void add_line(bad_case_t *c, char *line)
{
    size_t i = c->file_cnt - 1;
    size_t sz = c->escaped ? unescape(line) : strlen(line);
    bool ends = !(sz && line[sz - 1] == '\\');
    const char *old = c->io.files[i].text;
    size_t old_sz = c->io.text_szs[i];
    assert_ptr_equal(old + old_sz + 1, c->buf + c->buf_sz); /* the last one kept: it can grow */
    c->buf_sz--;
    (void)keep(c, line, ends ? sz : sz - 1);
    c->io.text_szs[i] += ends ? sz : sz - 1;
    if (ends) {
        c->buf_sz--;
        (void)keep(c, "\n", 1);
        c->io.text_szs[i]++;
    }
}

static bool run_case(const bad_case_t *c, FILE *out, bool last)
{
    static char text[16384];
    lq_schema_io_t io = memory_io(&c->io);
    lq_schema_doc_t doc;
    lq_config_t config;
    lq_err_t err = lq_schema_load(&doc, &config, &lq_config_schema, &io, "liqd.yaml");
    memory_io_problems(text, sizeof(text), &doc);
    lq_schema_free(&doc);
    if (out)
        (void)fprintf(out, "%s%s", text, last ? "" : "\n");
    for (const char *t = text; *t; t += strcspn(t, "\n") + 1) /* nothing that a terminal obeys */
        assert_true(lq_text_is_plain(t, strcspn(t, "\n")));
    if (err == LQ_ERR_CONFIG && strcmp(text, c->want) == 0)
        return true;
    print_error("%s: %s\nreported:\n%swanted:\n%s", c->name, lq_err_name(err), text, c->want);
    return false;
}

static void reports_each_malformed_config(void **state)
{
    (void)state;
    char *all = lq_test_read(FILE_NAME, NULL);
    FILE *out = getenv("LIQD_TEST_UPDATE") ? fopen(FILE_NAME, "w") : NULL;
    static bad_case_t c;
    size_t case_cnt = 0;
    size_t failed_cnt = 0;
    bool want = false;
    for (char *line = all, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (out && !want)
            (void)fprintf(out, "%s\n", line);
        if (strncmp(line, "== ", 3) == 0) {
            memset(&c, 0, sizeof(c));
            (void)snprintf(c.name, sizeof(c.name), "%s", line + 3);
        } else if (strcmp(line, "-- want") == 0) {
            want = true;
        } else if (strncmp(line, "-- env ", 7) == 0) {
            add_variable(&c, line + 7);
        } else if (strncmp(line, "-- ", 3) == 0) {
            add_file(&c, line + 3);
        } else if (want && line[0]) {
            size_t sz = strlen(c.want);
            (void)snprintf(c.want + sz, sizeof(c.want) - sz, "%s\n", line);
        } else if (want) {
            want = false;
            case_cnt++;
            failed_cnt += !run_case(&c, out, !next);
        } else if (c.file_cnt) {
            add_line(&c, line);
        }
    }
    if (out)
        (void)fclose(out);
    free(all);
    print_message("%zu malformed configurations\n", case_cnt);
    assert_true(case_cnt >= 100);
    assert_int_equal(failed_cnt, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reports_each_malformed_config)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
